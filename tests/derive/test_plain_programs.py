"""The plain form of a program: shorter, and other only where currents and exergy are asked for."""

from __future__ import annotations

import numpy as np
import pytest

import symqb
from symqb.derive.derivation import Derivation
from symqb.derive.energetics import ALIKE, derive_program
from symqb.derive.program_writer import ProgramWriter
from symqb.models import Bath, BatteryModel, Chain
from symqb.program import FloatArithmetic, Program, run

THREE = tuple(Bath(name, f"T_{name}", {1: 1, 2: f"w_{name}"}) for name in "abc")
MODELS = [
    symqb.xxz_battery(2).model,
    symqb.xxz_battery(3, "individual").model,
    BatteryModel(Chain(2), THREE),
]


def forms(model: BatteryModel) -> tuple[Program, Program]:
    derived = Derivation(model)
    levels, transitions = derived.eigensystem, derived.transitions
    careful, plain = (
        derive_program(model, levels, transitions, plain=plain) for plain in (False, True)
    )
    return careful, plain


@pytest.mark.parametrize("model", MODELS)
def test_outputs_said_to_be_written_alike_are(model: BatteryModel) -> None:
    careful, plain = forms(model)
    points = np.random.default_rng(5).uniform(0.5, 5.0, (5, len(careful.inputs)))
    for name in ALIKE:
        one, other = careful.prune([name]), plain.prune([name])
        assert one.operation_counts() == other.operation_counts()
        assert [g.rule for g in one.guards] == [g.rule for g in other.guards]
        for values in points:
            point = dict(zip(careful.inputs, map(float, values), strict=True))
            assert run(one, FloatArithmetic(), point) == run(other, FloatArithmetic(), point)


@pytest.mark.parametrize("model", MODELS)
def test_what_may_cancel_is_shorter_in_the_plain_form(model: BatteryModel) -> None:
    careful, plain = forms(model)
    others = set(careful.outputs) - ALIKE
    assert {"exergy", "entropy_production"} < others
    for name in others:
        assert len(plain.prune([name]).steps) < len(careful.prune([name]).steps)


def test_only_what_differs_is_derived_twice() -> None:
    derived = Derivation(symqb.xxz_battery(2).model)
    assert derived.plain(ALIKE) is None
    assert "_plain" not in vars(derived)
    assert derived.plain(["populations", "exergy"]) is not None


def test_a_bath_has_no_part_in_transitions_that_it_does_not_drive() -> None:
    """The site in the middle has no element between states of unlike reflection."""
    baths = (Bath("L", "T_L", {1: 1}), Bath("M", "T_M", {2: 1}))
    derived = Derivation(BatteryModel(Chain(3), baths))
    transitions = derived.transitions
    writer = ProgramWriter(derived.model, derived.eigensystem, transitions)
    driving = [{n for n, w in t.exact_weights.items() if w} for t in transitions]
    assert {"L"} in driving
    assert {"L", "M"} in driving
    for jump, names in zip(writer.jumps, driving, strict=True):
        assert set(jump.weights) == set(jump.bose) == names
