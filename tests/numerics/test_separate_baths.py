"""Currents that vanish as every bath has a part of the Hamiltonian of its own."""

from fractions import Fraction

import pytest

from symqb import Bath, Battery, BatteryModel, Chain
from symqb.numerics.ball_engine import evaluate_balls
from symqb.numerics.exact_inputs import ExactInputs
from symqb.numerics.separate_baths import separate_baths

POINT = {"J": -0.4169227438679104, "B0": 0.0, "g": 0.5756981890694921, "T_L": 1.16, "T_R": 3.67}


def model(spins: int, Delta: float = 0, axis: str = "y") -> BatteryModel:
    """The ends of an XX chain at zero field move Majorana modes that never meet."""
    left = Bath("L", "T_L", {1: -1, 2: "g"}, axis=axis) if spins == 2 else Bath("L", "T_L", {1: 1})
    right = Bath("R", "T_R", {spins: 1})
    return BatteryModel(Chain(spins, J="J", Delta=Delta, B0="B0"), (left, right), 1, "collective")


def separate(of: BatteryModel, **changed: float) -> tuple[frozenset[str], bool]:
    names = set(Battery(of).parameters)
    point = {name: value for name, value in {**POINT, **changed}.items() if name in names}
    inputs = ExactInputs.of(of, point)
    return separate_baths(inputs, {"L": point["T_L"], "R": point["T_R"]})


def test_nothing_flows_between_modes_that_never_meet_to_any_digits() -> None:
    found = Battery(model(2)).evaluate(digits=30, **POINT)
    for name in ("heat_current_L", "heat_current_R", "entropy_production"):
        assert found[name] == 0
    assert float(found.exergy) == pytest.approx(0.0306, abs=0.01)
    assert separate(model(2)) == (frozenset("LR"), True)


@pytest.mark.parametrize("changed", [{"B0": 1e-9}, {"T_L": 3.67, "B0": 0.5}])
def test_a_field_lets_them_meet(changed: dict[str, float]) -> None:
    found, nothing = separate(model(2), **changed)
    # of one temperature all is at rest, for another reason
    assert nothing == ("T_L" in changed)
    assert bool(found) == nothing


def test_neither_anisotropy_nor_another_axis_leaves_parts() -> None:
    assert separate(model(2, Delta=Fraction(1, 10**9))) == (frozenset(), False)
    assert separate(model(2, axis="x")) == (frozenset(), False)


def test_one_bath_may_have_a_part_where_two_others_share_the_rest() -> None:
    """Sites 1 and 2 are apart from 3 and 4, between which heat flows."""
    chain = Chain(4, J=(1, 0, 1), Delta=0, B0=1)
    baths = (Bath("L", "T_L", {1: 1}), Bath("M", "T_M", {3: 1}), Bath("R", "T_R", {4: 1}))
    of = BatteryModel(chain, baths, 1, "individual")
    inputs = ExactInputs.of(of, {"T_L": 3, "T_M": 2, "T_R": 1})
    assert separate_baths(inputs, {"L": 3, "M": 2, "R": 1}) == (frozenset("L"), False)


def test_what_flows_little_is_not_taken_for_nothing() -> None:
    """A field of 1e-30 lets heat through that balls tell from zero."""
    point = {**POINT, "B0": "1e-30"}
    found, refused = evaluate_balls(model(2), point, digits=20)
    assert "heat_current_L" not in refused
    assert found.heat_current_L != 0


def test_a_part_at_zero_temperature_produces_no_entropy() -> None:
    found, refused = evaluate_balls(model(2), {**POINT, "T_R": 0.0})
    assert "entropy_production" not in refused
    assert found.entropy_production == found.heat_current_R == 0
