"""One loop replays a program; what is made from a checked program is not checked again."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import symqb
from symqb.program import Builder, Program, ProgramError, Step, inline, lower, rewrite, walk
from symqb.program.core import Names
from symqb.program.rewrite import copy

PROGRAM = symqb.xxz_battery(2).program


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """Every step that is checked while a test runs."""
    steps: list[Step] = []
    take = Names.take

    def watched(names: Names, step: Step) -> None:
        steps.append(step)
        take(names, step)

    monkeypatch.setattr(Names, "take", watched)
    return steps


def test_the_rule_that_copies_changes_nothing() -> None:
    once = rewrite(PROGRAM)
    assert rewrite(once) == once
    assert once.operation_counts() == PROGRAM.operation_counts()
    assert [g.rule for g in once.guards] == [g.rule for g in PROGRAM.guards]


def test_a_rule_changes_its_operation_alone() -> None:
    def rule(b: Builder, step: Step, ref: Any) -> Any:
        return b.apply("max", *map(ref, step.args)) if step.op == "min" else copy(b, step, ref)

    b = Builder(("x", "y"))
    program = b.build({"z": b.mul(b.apply("min", "x", "y"), b.apply("sqrt", "x"))})
    assert rewrite(program, rule).operation_counts() == {"max": 1, "mul": 1, "sqrt": 1}


def test_a_walk_asks_for_every_step_once_and_in_order() -> None:
    asked: list[str] = []
    walk(PROGRAM, {}, lambda c: None, lambda step, value: asked.append(step.name))
    assert asked == [step.name for step in PROGRAM.steps]


def test_what_is_made_from_a_checked_program_is_checked_once(taken: list[Step]) -> None:
    pruned = PROGRAM.prune(["populations", "charge"])
    pruned.with_outputs({"least": pruned.steps[0].name})
    assert not taken
    lowered = lower(pruned)
    # a builder's steps, some of which nothing needs in the end
    assert len(lowered.steps) <= len(taken) < 1.2 * len(lowered.steps)
    assert len({step.name for step in taken}) == len(taken)


def test_a_program_from_elsewhere_is_checked_in_full(taken: list[Step]) -> None:
    assert Program.from_json(PROGRAM.to_json()) == PROGRAM
    assert len(taken) == len(PROGRAM.steps)


@pytest.mark.parametrize(
    ("op", "args", "why"),
    [
        ("sine", ("x",), "unknown operation 'sine'"),
        ("sqrt", ("x", "x"), "takes 1 arguments, got 2"),
        ("sqrt", ("y",), "uses 'y' before it is assigned"),
    ],
)
def test_a_builder_refuses_a_wrong_step_where_it_is_written(
    op: str, args: tuple[str, ...], why: str
) -> None:
    b = Builder(("x",))
    with pytest.raises(ProgramError, match=why):
        b.apply(op, *args)
    assert b.build({"root": b.apply("sqrt", "x")}).operation_counts() == {"sqrt": 1}


def test_outputs_that_are_never_assigned_are_refused() -> None:
    b = Builder(("x",))
    with pytest.raises(ProgramError, match="'y' is never assigned"):
        b.build({"z": "y"})
    with pytest.raises(ProgramError, match="'y' is never assigned"):
        PROGRAM.with_outputs({"z": ("y", Fraction(1))})
    with pytest.raises(ProgramError, match="repeat a name"):
        Builder(("x", "x"))


def test_inlining_binds_inputs() -> None:
    inner = Builder(("a", "b"))
    product = inner.build({"p": inner.mul("a", "b")})
    outer = Builder(("x",))
    assert inline(outer, product, {"a": "x", "b": Fraction(1)}) == {"p": "x"}
