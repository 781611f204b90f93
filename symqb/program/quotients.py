"""Fewer divisions: quotients are carried as numerator over denominator, reciprocals are shared.

A vector division takes as long as some thirty products.  Every rewriting here is an identity of
rational functions; what it can cost is range, since products of many factors over- or underflow
sooner.  Whoever runs the result in doubles must notice that and fall back on the program itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from symqb.program.builder import ONE, Builder
from symqb.program.core import Program, Ref, Step
from symqb.program.rewrite import Ends, Lookup, copy, map_outputs, rebuild, rewrite, walk

Factors = Counter[Ref]

DIVISION = 16
"""What a division costs, in products."""

GROUP = 8
"""How many reciprocals are made from one division."""


@dataclass(frozen=True)
class _Quotient:
    """Factors above and below, not multiplied out; ``whole`` ones above stay together."""

    over: Factors
    under: Factors
    whole: bool = False


Value = Ref | _Quotient


def _single(value: Value) -> _Quotient:
    """A reference as a quotient of one factor."""
    if isinstance(value, _Quotient):
        return value
    return _Quotient(Counter([value] if value != ONE else []), Counter())


def _cancelled(over: Factors, under: Factors) -> _Quotient:
    common = over & under
    return _Quotient(over - common, under - common)


class _Carrying:
    """The rule that puts divisions off: all of them, or those of one transition's rates."""

    def __init__(self, program: Program, *, settle: bool) -> None:
        self.settle = settle
        self.uses = Counter(arg for step in program.steps for arg in step.args)
        self.steps = {step.name: step for step in program.steps}
        self.thermal: set[Ref] = set()

    def mul(self, b: Builder, x: _Quotient, y: _Quotient) -> _Quotient:
        return _cancelled(_joined(b, x) + _joined(b, y), x.under + y.under)

    def div(self, b: Builder, x: _Quotient, y: _Quotient) -> _Quotient:
        divisor = Counter([_product(b, y.over)])
        found = _cancelled(_joined(b, x) + y.under, x.under + divisor)
        return _single(_plain(b, found)) if self.settle else found

    def terms(self, ref: Ref) -> list[Ref]:
        """What is added up to ``ref``, through sums that nothing else uses."""
        step = self.steps.get(ref) if isinstance(ref, str) else None
        if step is None or step.op != "add":
            return [ref]
        return [t for a in step.args for t in (self.terms(a) if self.uses[a] == 1 else [a])]

    def sum(self, b: Builder, values: Sequence[_Quotient]) -> _Quotient:
        """A sum over the least common denominator, common factors taken out."""
        under: Factors = Counter()
        common = Counter(values[0].over)
        for value in values:
            under |= value.under
            common &= value.over
        total = b.sum(_product(b, value.over - common + (under - value.under)) for value in values)
        if under and set(under) <= self.thermal:
            # the same two factors belong to emission and absorption: one name for their product
            under = Counter([_product(b, under)])
            if self.settle:
                share = b.div(_product(b, common), _product(b, under))
                return _single(b.mul(total, share))
        return _Quotient(common + Counter([total]), under, whole=True)

    def bose(self, b: Builder, a: Ref, T: Ref) -> _Quotient:
        pair = (a, b.div(ONE, T))
        occupied, vacant = (b.apply(op, *pair) for op in ("occupied", "vacant"))
        self.thermal.add(vacant)
        return _Quotient(Counter([a, occupied]), Counter([vacant]))

    def step(self, b: Builder, step: Step, value: Lookup[Value]) -> _Quotient:
        if step.op == "add":
            return self.sum(b, [_single(value(term)) for term in self.terms(step.name)])
        if step.op in {"mul", "div"}:
            x, y = (_single(value(arg)) for arg in step.args)
            return self.mul(b, x, y) if step.op == "mul" else self.div(b, x, y)
        args = tuple(_plain(b, value(arg)) for arg in step.args)
        return self.bose(b, *args) if step.op == "bose" else _single(rebuild(b, step.op, args))


def _product(b: Builder, factors: Factors) -> Ref:
    """Factors multiplied, the oldest first, so that equal beginnings are shared."""
    return b.product(sorted(factors.elements(), key=_age))


def _age(ref: Ref) -> tuple[int, str]:
    made = isinstance(ref, str) and ref[1:].isdigit()
    return (int(str(ref)[1:]) if made else -1, str(ref))


def _plain(b: Builder, value: Value) -> Ref:
    """A value written out: the division is carried out here."""
    value = _single(value)
    over = _product(b, value.over)
    return b.div(over, _product(b, value.under)) if value.under else over


def _joined(b: Builder, value: _Quotient) -> Factors:
    return Counter([_product(b, value.over)]) if value.whole else value.over


def _carried(program: Program, *, settle: bool) -> Program:
    def ends(b: Builder, value: Lookup[Value]) -> Ends:
        return map_outputs(program, lambda ref: _plain(b, value(ref)))

    return share_reciprocals(rewrite(program, _Carrying(program, settle=settle).step, ends))


def cost(program: Program) -> int:
    """The length of a program in products."""
    return sum(DIVISION if step.op == "div" else 1 for step in program.steps)


def clear_divisions(program: Program) -> Program:
    """The same program with few divisions, for positive frequencies and temperatures.

    ``bose`` becomes ``a occupied / vacant``.  Of two ways, to carry every denominator to the end or
    to settle each transition's rates first, the cheaper one is taken.

    Examples
    --------
    >>> b = Builder(("a", "T", "S"))
    >>> rate = b.add(b.apply("bose", "a", "T"), b.apply("bose", "a", "S"))
    >>> clear_divisions(b.build({"share": b.div(rate, b.add(rate, "a"))})).operation_counts()
    {'add': 2, 'div': 2, 'mul': 9, 'occupied': 2, 'vacant': 2}
    """
    return min((_carried(program, settle=settle) for settle in (False, True)), key=cost)


def share_reciprocals(program: Program, group: int = GROUP) -> Program:
    """Divisions that do not wait for one another are made from one reciprocal, in groups.

    Examples
    --------
    >>> b = Builder(("x", "y"))
    >>> both = b.build({"p": b.div("x", "y"), "q": b.div("y", "x")})
    >>> share_reciprocals(both).operation_counts()
    {'div': 1, 'mul': 5}
    """

    def deeper(step: Step, depth: Lookup[int]) -> int:
        return max(map(depth, step.args)) + (step.op == "div")

    depth = walk(program, dict.fromkeys(program.inputs, 0), lambda constant: 0, deeper)
    # level by level, and the divisions of a level first: then all their divisors are there at once
    steps = sorted(program.steps, key=lambda step: (depth(step.name), step.op != "div"))
    levels: dict[int, list[Ref]] = {}
    for step in steps:
        if step.op == "div":
            levels.setdefault(depth(step.name), []).append(step.args[1])
    inverses: dict[Ref, Ref] = {}

    def rule(b: Builder, step: Step, ref: Lookup[Ref]) -> Ref:
        if step.op != "div":
            return copy(b, step, ref)
        over, under = map(ref, step.args)
        # the first division of a level makes the reciprocals for all
        divisors = dict.fromkeys(map(ref, levels.pop(depth(step.name), [])))
        fresh = [divisor for divisor in divisors if divisor not in inverses]
        for part in _parts(fresh, group):
            inverses.update(_inverses(b, part))
        return b.mul(over, inverses[under])

    ordered = Program.from_checked(program.inputs, tuple(steps), program.outputs, program.guards)
    return rewrite(ordered, rule)


def _parts(refs: Sequence[Ref], group: int) -> list[Sequence[Ref]]:
    """As few parts of at most ``group`` as will do, of nearly equal length."""
    count = -(-len(refs) // group)
    return [refs[k * len(refs) // count : (k + 1) * len(refs) // count] for k in range(count)]


def _inverses(builder: Builder, divisors: Sequence[Ref]) -> dict[Ref, Ref]:
    """``1/d`` for each divisor from one division, by a tree of products."""
    if len(divisors) == 1:
        return {divisors[0]: builder.div(ONE, divisors[0])}
    pairs = [divisors[k : k + 2] for k in range(0, len(divisors), 2)]
    products = [builder.product(pair) for pair in pairs]
    upper = _inverses(builder, products)
    found: dict[Ref, Ref] = {}
    for pair, whole in zip(pairs, products, strict=True):
        found[pair[-1]] = upper[whole]
        if len(pair) == 2:
            found[pair[0]] = builder.mul(upper[whole], pair[1])
            found[pair[1]] = builder.mul(upper[whole], pair[0])
    return found
