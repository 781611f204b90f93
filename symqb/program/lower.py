"""Lowering: rewrite derived operations into those that every target has."""

from __future__ import annotations

from collections.abc import Callable

from symqb.program.builder import ZERO, Builder
from symqb.program.core import Guard, Program, Ref


def _rootsum(b: Builder, args: tuple[Ref, ...]) -> Ref:
    a, s, root = args
    larger = b.add(b.apply("abs", b.strip_sign(a)), root)
    return b.apply("select", ZERO, a, larger, b.div(s, larger))


LOWERINGS: dict[str, Callable[[Builder, tuple[Ref, ...]], Ref]] = {"rootsum": _rootsum}


def lower(program: Program) -> Program:
    """The same program with ``rootsum`` written out by ``abs``, ``div`` and ``select``.

    Examples
    --------
    >>> from fractions import Fraction
    >>> b = Builder(("x", "r"))
    >>> lower(b.build({"y": b.apply("rootsum", "x", Fraction(8), "r")})).operation_counts()
    {'abs': 1, 'add': 1, 'div': 1, 'select': 1}
    """
    builder = Builder(program.inputs)
    refs: dict[str, Ref] = {name: name for name in program.inputs}

    def resolve(ref: Ref) -> Ref:
        return refs[ref] if isinstance(ref, str) else ref

    for step in program.steps:
        args = tuple(map(resolve, step.args))
        lowering = LOWERINGS.get(step.op)
        refs[step.name] = lowering(builder, args) if lowering else builder.apply(step.op, *args)
    outputs = {
        name: tuple(map(resolve, out)) if isinstance(out, tuple) else resolve(out)
        for name, out in program.outputs.items()
    }
    return builder.build(
        outputs, (Guard(resolve(g.ref), g.rule, g.outputs) for g in program.guards)
    )
