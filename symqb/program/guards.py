"""Guards made cheap: a guard only asks whether a quantity vanishes, not what it is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symqb.program.builder import Builder
from symqb.program.core import Guard, GuardKind, Program, Ref, Step
from symqb.program.lower import map_outputs


class _Vanishing:
    """Finds, for a reference, quantities one of which is zero exactly where it is.

    References that come out belong to the new builder.
    """

    def __init__(self, program: Program, *, strict: bool = False) -> None:
        self.strict = strict
        self.steps = {step.name: step for step in program.steps}
        self.builder = Builder(program.inputs)
        self.refs: dict[str, Ref] = {name: name for name in program.inputs}
        for step in program.steps:
            args = tuple(map(self.resolve, step.args))
            self.refs[step.name] = self.builder.apply(step.op, *args)

    def resolve(self, ref: Ref) -> Ref:
        return self.refs[ref] if isinstance(ref, str) else ref

    def factors(self, ref: Ref) -> list[Ref]:
        step = self.steps.get(ref) if isinstance(ref, str) else None
        if isinstance(ref, Fraction):
            return [] if ref else [ref]
        if step is None:
            return [self.resolve(ref)]
        if step.op == "mul":
            return list(dict.fromkeys(f for arg in step.args for f in self.factors(arg)))
        if step.op in {"div", "neg", "abs", "sqrt"}:
            return self.factors(step.args[0])
        if step.op == "rootsum":
            # (a + r)(r - a) = r^2 - a^2: where that is not zero, neither factor is
            return self.factors(step.args[1]) if self.strict else [self._rootsum(step)]
        return [self.resolve(ref)]

    def _rootsum(self, step: Step) -> Ref:
        """``a + r`` where a >= 0, else ``s = r^2 - a^2``: the root's sum without the division."""
        a, s, root = map(self.resolve, step.args)
        b = self.builder
        larger = b.add(b.apply("abs", b.strip_sign(a)), root)
        return b.apply("select", Fraction(0), a, larger, s)


def simplify_guards(program: Program, *, strict: bool = False) -> Program:
    """The same program with guards that take fewer steps and vanish at the same points.

    With ``strict`` they take fewer still, and may vanish at more points.

    Examples
    --------
    >>> b = Builder(("x", "y"))
    >>> p = b.build({"z": "x"}, [Guard(b.div(b.mul("x", Fraction(3)), "y"), "x is not 0")])
    >>> [guard.ref for guard in simplify_guards(p).guards]
    ['x']
    """
    finder = _Vanishing(program, strict=strict)
    outputs, _ = map_outputs(program, finder.resolve)
    found: dict[tuple[Ref, tuple[str, ...], GuardKind], Guard] = {}
    for guard in program.guards:
        for factor in finder.factors(guard.ref):
            key = factor, guard.outputs, guard.kind
            found.setdefault(key, replace(guard, ref=factor))
    return finder.builder.build(outputs, found.values())
