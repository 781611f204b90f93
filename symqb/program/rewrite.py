"""Replaying a program: one loop, and a rule for what becomes of a step.

A pass is a rule.  It is asked for each step in order, and finds what became of the step's arguments
by the lookup it is given; :func:`copy` is the rule that changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar

from symqb.program.builder import Builder
from symqb.program.core import Guard, Output, Program, Ref, Step

Value = TypeVar("Value")
Lookup = Callable[[Ref], Value]
"""From a reference of the program that is replayed to what became of it."""

Ends = tuple[Mapping[str, Output], Iterable[Guard]]
"""Outputs and guards."""

SIMPLIFIED = frozenset({"add", "sub", "mul", "div", "neg"})
"""Operations that a builder has a simplifying method for."""


def walk(
    program: Program,
    inputs: Mapping[str, Value],
    constant: Callable[[Fraction], Value],
    rule: Callable[[Step, Lookup[Value]], Value],
) -> Lookup[Value]:
    """Ask a rule for the value of every step, in order; return the lookup of all values.

    Examples
    --------
    >>> program = Program(("x",), (Step("y", "mul", ("x", "x")),), {"square": "y"})
    >>> depth = walk(program, {"x": 0}, lambda c: 0, lambda s, value: 1 + max(map(value, s.args)))
    >>> depth("y")
    1
    """
    values = dict(inputs)

    def value(ref: Ref) -> Value:
        return values[ref] if isinstance(ref, str) else constant(ref)

    for step in program.steps:
        values[step.name] = rule(step, value)
    return value


def rebuild(builder: Builder, op: str, args: tuple[Ref, ...]) -> Ref:
    """Write ``op(*args)``, by the builder's simplifying method where it has one."""
    if op in SIMPLIFIED:
        result: Ref = getattr(builder, op)(*args)
        return result
    return builder.apply(op, *args)


def copy(builder: Builder, step: Step, ref: Lookup[Ref]) -> Ref:
    """Copy a step: the rule that changes nothing."""
    return rebuild(builder, step.op, tuple(map(ref, step.args)))


def map_outputs(program: Program, ref: Lookup[Ref]) -> tuple[dict[str, Output], list[Guard]]:
    """Look up every reference of a program's outputs and guards."""
    outputs: dict[str, Output] = {
        name: tuple(map(ref, out)) if isinstance(out, tuple) else ref(out)
        for name, out in program.outputs.items()
    }
    return outputs, [replace(g, ref=ref(g.ref)) for g in program.guards]


def rewrite(
    program: Program,
    rule: Callable[[Builder, Step, Lookup[Any]], Any] = copy,
    ends: Callable[[Builder, Lookup[Any]], Ends] | None = None,
) -> Program:
    """Make a program of another by a rule for its steps.

    Parameters
    ----------
    program : Program
        What is replayed.
    rule : callable
        Builder, step and lookup, to what becomes of the step: a reference, or whatever ``ends``
        and the rule itself make references of.
    ends : callable, optional
        Builder and lookup, to outputs and guards; by default those of ``program``.

    Examples
    --------
    >>> program = Program(("x",), (Step("y", "mul", ("x", "x")),), {"square": "y"})
    >>> doubled = rewrite(program, lambda b, step, ref: b.add(*map(ref, step.args)))
    >>> print(doubled.listing())
    v0 = x + x
    square: v0
    """
    builder = Builder(program.inputs)
    names: dict[str, Any] = {name: name for name in program.inputs}
    value = walk(program, names, lambda constant: constant, partial(rule, builder))
    return builder.build(*(ends(builder, value) if ends else map_outputs(program, value)))


def inline(builder: Builder, program: Program, bindings: Mapping[str, Ref]) -> dict[str, Output]:
    """Copy ``program`` into ``builder`` with its inputs bound; return its outputs' references."""
    value = walk(program, bindings, lambda constant: constant, partial(copy, builder))
    return map_outputs(program, value)[0]
