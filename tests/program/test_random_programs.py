"""What rewrites programs keeps their meaning: random programs, at points of every kind.

The long program, step by step in exact or 50-digit arithmetic, is the judge of the short one.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symqb.program import (
    Builder,
    GuardKind,
    MPArithmetic,
    Program,
    ProgramError,
    Step,
    inline,
    lower,
    run,
)
from symqb.program.differentiate import RULES, derivative_name, differentiate
from symqb.program.factor import factor_bose
from symqb.program.lower import LOWERINGS
from symqb.program.quotients import clear_divisions, share_reciprocals
from symqb.program.signs import Signs, assume_positive, sign_conditions
from tests.program.strategies import (
    FIELD,
    FREE,
    HOT,
    ORDER,
    SPECIAL,
    THERMAL,
    WARM,
    Rational,
    near,
    points,
    programs,
)

EXACT = programs(FIELD, ORDER, guards=3)
EVERY = programs(FIELD, ORDER, SPECIAL)
HEATED = programs(FIELD, ORDER, THERMAL, rates=True)
Point = Mapping[str, Fraction]
MANY = settings(max_examples=3 * settings().max_examples)
"""A program takes milliseconds: as many of them as there are operations, times several."""


def digits(program: Program, point: Point, count: int = 50) -> dict[str, Any]:
    arithmetic = MPArithmetic(count)
    return run(program, arithmetic, {k: arithmetic.number(v) for k, v in point.items()})


def exact(program: Program, point: Point) -> dict[str, Fraction]:
    return run(program, Rational(), point)


def vanishing(program: Program, point: Point) -> set[tuple[GuardKind, tuple[str, ...]]]:
    """What the guards that are 0 at a point mean, and the outputs they protect."""
    marked = {str(k): guard.ref for k, guard in enumerate(program.guards)}
    values = run(Program(program.inputs, program.steps, marked), Rational(), point)
    zero = [program.guards[int(k)] for k, value in values.items() if value == 0]
    return {(guard.kind, guard.outputs) for guard in zero}


def taken(program: Program, point: Point) -> dict[str, Fraction]:
    """The inputs that a program still has."""
    return {name: point[name] for name in program.inputs}


@MANY
@given(EVERY, points())
def test_what_signs_claims_holds(program: Program, point: Point) -> None:
    """Inputs that are positive by their sort are known, nothing else is."""
    signs = Signs(program.steps, HOT)
    values = digits(program, point)
    for step in program.steps:
        value = values[f"out {step.name}"]
        # a derivative is a difference of two terms: rounding of its 50 digits is no sign
        assert not signs.nonnegative(step.name) or value >= -1e-30, step
        assert not signs.positive(step.name) or value > 0, step


@MANY
@given(programs(FIELD, ORDER), points())
def test_what_signs_claims_holds_exactly(program: Program, point: Point) -> None:
    known = [name for name, value in point.items() if value > 0]
    signs, values = Signs(program.steps, known), exact(program, point)
    for step in program.steps:
        value = values[f"out {step.name}"]
        assert not signs.nonnegative(step.name) or value >= 0, step
        assert not signs.positive(step.name) or value > 0, step


@pytest.mark.parametrize(
    ("op", "args", "expected"),
    [
        ("add", "aa", True),
        ("add", "ax", False),
        ("sub", "aa", False),
        ("sub", "ax", False),
        ("mul", "xx", True),
        ("mul", "ax", False),
        ("neg", "a", False),
        ("abs", "x", True),
        ("min", "ax", False),
        ("max", "ax", True),
        ("select", "xyab", True),
        ("select", "abax", False),
        ("log", "a", False),
        ("div", "ab", True),
        ("div", "xa", False),
    ],
)
def test_signs_says_neither_less_nor_more(op: str, args: str, expected: bool) -> None:
    signs = Signs([Step("s", op, tuple(args))], "ab")
    assert signs.nonnegative("s") is expected


@MANY
@given(EXACT, points(), st.data())
def test_where_values_are_positive_the_program_that_assumes_it_is_the_same(
    program: Program, point: Point, data: st.DataObject
) -> None:
    values = exact(program, point) | {f"out {name}": value for name, value in point.items()}
    positive = [name.removeprefix("out ") for name, value in values.items() if value > 0]
    assumed = data.draw(st.lists(st.sampled_from(positive), max_size=4, unique=True))
    shorter = assume_positive(program, assumed)
    assert len(shorter.steps) <= len(program.steps)
    assert exact(shorter, taken(shorter, point)) == exact(program, point)
    assert vanishing(shorter, taken(shorter, point)) == vanishing(program, point)


@MANY
@given(EVERY, points())
def test_frequencies_of_one_sign_shorten_thermal_programs_and_keep_values(
    program: Program, point: Point
) -> None:
    signs = [ref for ref in sign_conditions(program) if isinstance(ref, str)]
    values = digits(program, point) | {f"out {name}": value for name, value in point.items()}
    assumed = [ref for ref in (*signs, *FREE) if values[f"out {ref}"] > 0]
    shorter = assume_positive(program, assumed)
    wanted = digits(program, point)
    assert near(digits(shorter, taken(shorter, point)), wanted, 1e-40)


@MANY
@given(HEATED, points(cold=False))
def test_cleared_divisions_and_factored_terms_keep_values(program: Program, point: Point) -> None:
    wanted = digits(program, point)
    for rewrite in (clear_divisions, factor_bose, share_reciprocals):
        shorter = rewrite(program)
        assert near(digits(shorter, taken(shorter, point)), wanted, 1e-40), rewrite


@MANY
@given(programs(FIELD, ORDER), points(cold=False), st.integers(2, 9))
def test_rational_functions_stay_exact(program: Program, point: Point, group: int) -> None:
    wanted = exact(program, point)
    for shorter in (
        share_reciprocals(program, group=group),
        clear_divisions(program),
        factor_bose(program),
        lower(program),
    ):
        assert exact(shorter, taken(shorter, point)) == wanted


@MANY
@given(EVERY, points())
def test_lowered_programs_keep_values_to_their_floors(program: Program, point: Point) -> None:
    lowered = lower(program)
    assert not set(lowered.operation_counts()) & set(LOWERINGS)
    # a frequency of 0 is lifted to 2^-60 of the temperature
    assert near(digits(lowered, taken(lowered, point)), digits(program, point), 1e-14)


@MANY
@given(EVERY, points())
def test_kept_operations_keep_every_digit(program: Program, point: Point) -> None:
    same = lower(program, keep=LOWERINGS)
    assert near(digits(same, taken(same, point)), digits(program, point), 1e-45)


@MANY
@given(EVERY, points())
def test_what_a_builder_simplifies_is_the_same(program: Program, point: Point) -> None:
    """Exact zeros and ones, constants that are folded, steps that are found again."""
    builder = Builder(program.inputs)
    outputs = inline(builder, program, {name: name for name in program.inputs})
    built = builder.build(outputs)
    assert len(built.steps) <= len(program.steps)
    assert near(digits(built, taken(built, point)), digits(program, point), 1e-45)


@MANY
@given(EVERY, points(), st.data())
def test_pruned_and_reread_programs_are_the_same(
    program: Program, point: Point, data: st.DataObject
) -> None:
    kept = data.draw(st.lists(st.sampled_from([*program.outputs]), min_size=1, unique=True))
    pruned = program.prune(kept)
    values = digits(program, point)
    assert digits(pruned, point) == {name: values[name] for name in kept}
    again = Program.from_json(pruned.to_json())
    assert again == pruned
    assert again.digest == pruned.digest


SMOOTH = tuple(rule for rule in SPECIAL if rule[0] not in {"bose_a", "bose_T"})


@MANY
@given(
    programs(FIELD, ORDER, SMOOTH, size=8), points(cold=False), st.sampled_from(FREE + WARM + HOT)
)
def test_derivatives_are_the_slopes(program: Program, point: Point, by: str) -> None:
    """Against differences to both sides at 120 digits; where those differ there is a kink."""
    sloped = differentiate(program, [by])
    at = {name: point[name] + Fraction(k + 1, 997) for k, name in enumerate(point)}
    step = Fraction(1, 10**40)
    low, mid, high = (digits(program, at | {by: at[by] + k * step}, 120) for k in (-1, 0, 1))
    found = digits(sloped, taken(sloped, at), 120)
    compared = 0
    for name, value in mid.items():
        assert abs(found[name] - value) <= 1e-100 * (1 + abs(value))
        left, right = (value - low[name]) * 10**40, (high[name] - value) * 10**40
        size = 1 + abs(left) + abs(right) + max(map(abs, mid.values()))
        if abs(right - left) > 1e-25 * size**4:
            continue
        compared += 1
        slope = found[derivative_name(name, by)]
        assert abs(slope - (left + right) / 2) <= 1e-15 * size, (name, slope, left)
    assume(compared)


def test_every_operation_of_the_programs_is_drawn() -> None:
    """So that no rewriting is left out: what has a rule or a lowering occurs in a strategy."""
    drawn = {rule[0] for rule in (*FIELD, *ORDER, *SPECIAL, *THERMAL)} | {"rootsum", "ratio"}
    assert drawn | {"occupied", "vacant"} >= set(RULES) | set(LOWERINGS)


def test_an_operation_that_is_not_known_is_refused() -> None:
    with pytest.raises(ProgramError, match="unknown operation 'sine'"):
        Program(("x",), (Step("s", "sine", ("x",)),), {"s": "s"})
