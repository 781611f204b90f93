"""Claims are decided over their domain: true ones confirmed, false ones not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from symqb import ParameterError, xxz_battery
from symqb.audit import (
    AuditError,
    Boundary,
    Cases,
    Decision,
    Reading,
    Setting,
    Sign,
    Unchecked,
    Vanishes,
    read_claims,
)
from symqb.audit.search import least, most, root, roots_along
from symqb.audit.settings import Coordinate, Quantity, falls, further, larger, rises
from symqb.models import SteadyStateError

d, s = sp.symbols("d s")


@cache
def chain(sign: int, epsilon: int = 0) -> Setting:
    values = {"B0": 2, "J": sign, "Delta": sign * d, "epsilon": epsilon}
    return Setting(xxz_battery(2), {**values, "T_L": 20 * (1 + s), "T_R": 20 * (1 - s)})


def charge(sign: int) -> Quantity:
    return Reading(chain(sign), "charge", {"s": 0})


def test_a_false_claim_is_wrong_with_an_exact_counterexample() -> None:
    box = {"d": (0.1, 1.0)}
    assert Sign(charge(-1) - charge(1), box, "")().status == "confirmed"
    reversed_ = Sign(charge(1) - charge(-1), box, "")()
    assert reversed_.status == "wrong"
    assert "30 digits" in reversed_.counterexample


def test_a_claim_true_in_part_is_conditional_and_its_boundary_is_told() -> None:
    margin, box = Coordinate("x") - Coordinate("y"), {"x": (0.0, 1.0), "y": (0.0, 1.0)}
    line = Boundary("x", 0.1, 0.9, ({"y": "1/3"},), "x = {root} at y = {y}", places=6)
    found = Sign(margin, box, "", line)()
    assert found.status == "conditional"
    assert "boundary: x = 0.333333 at y = 1/3" in found.evidence
    assert found.counterexample == "x=0, y=1: margin -1 (30 digits)"
    assert "boundary: none on the lines" in Sign(margin, box, "")().evidence


def test_a_boundary_without_a_root_says_so() -> None:
    line = Boundary("x", 0.1, 0.9, ({"y": 2},), before="there: ", none="nowhere")
    assert line.find(Coordinate("x") - Coordinate("y")) == "there: nowhere"


def test_cases_join_to_the_weakest_status() -> None:
    def yes() -> Decision:
        return Decision("confirmed", "", "x")

    def no() -> Decision:
        return Decision("wrong", "", "y", "z")

    assert Cases({"a": yes, "b": yes})().status == "confirmed"
    assert Cases({"a": no, "b": no})().status == "wrong"
    joined = Cases({"a": yes, "b": no})()
    assert (joined.status, joined.counterexample) == ("conditional", "b: z")


def test_an_output_vanishes_only_if_it_is_zero_on_the_whole_box() -> None:
    box = {"d": (0.4, 0.6), "s": (0.0, 0.95)}
    assert Vanishes("ergotropy", {"off": chain(1)}, box, "")().status == "confirmed"
    found = Vanishes("ergotropy", {"off": chain(1), "on": chain(1, 1)}, box, "")()
    assert found.status == "conditional"
    assert "s=0.95" in found.counterexample


def test_rising_and_falling_are_opposite() -> None:
    at = {"d": 0.5, "s": 0.2}
    up = rises(chain(1, 1), "charge", {"d": further("d")})
    down = falls(chain(1, 1), "charge", {"d": further("d")})
    assert up.floats(**at) == -down.floats(**at) != 0
    exact = {name: Fraction(str(value)) for name, value in at.items()}
    assert up.exact(**exact) == pytest.approx(float(up.floats(**at)), rel=1e-9)


def test_a_reading_takes_the_level_that_is_named() -> None:
    at = {"d": 0.5, "s": np.array([0.2, 0.4])}
    whole = chain(1)("populations", **at)
    for level in (1, 2, 3, 4):
        assert (
            Reading(chain(1), "populations", {}, level).floats(**at) == whole[:, level - 1]
        ).all()


def test_exact_values_take_numbers_as_they_are() -> None:
    """A third is a third to 30 digits, however it is given."""
    third = chain(1).exact("charge", d="1/3", s=0)
    assert third == chain(1).exact("charge", d=sp.Rational(1, 3), s=0)
    assert third != chain(1).exact("charge", d=0.3333333333333333, s=0)
    assert abs(third - chain(1).exact("charge", d=sp.sqrt(2) / (3 * sp.sqrt(2)), s=0)) < 1e-28


def test_search_finds_a_known_minimum_and_maximum() -> None:
    def bowl(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (x - 0.3) ** 2 + (y + 0.7) ** 2 + 2

    box = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
    low = least(bowl, box)
    assert low.value == pytest.approx(2, abs=1e-9)
    assert low.point == pytest.approx({"x": 0.3, "y": -0.7}, abs=1e-4)
    assert most(bowl, box).value == pytest.approx(1.69 + 2.89 + 2)


def test_roots_to_many_digits() -> None:
    found = root(lambda x: x * x - 2, 1, 2)
    assert abs(float(found) - 2**0.5) < 1e-15
    assert abs(sp.Float(str(found), 25) ** 2 - 2) < sp.Float("1e-18")
    with pytest.raises(ValueError, match="no sign change"):
        root(lambda x: x * x + 1, 0, 1)
    assert len(roots_along(np.sin, lambda x: sp.sin(sp.Float(str(x), 30)), 1.0, 7.0)) == 2


def test_a_root_on_a_grid_point_is_found_once() -> None:
    for count in (3, 4, 5, 201):
        (found,) = roots_along(lambda x: x - 1, lambda x: x - 1, 0.0, 2.0, count)
        assert found == 1
    assert roots_along(lambda x: (x - 1) ** 2, lambda x: (x - 1) ** 2, 0.0, 2.0, 3) == []
    flat = roots_along(
        lambda x: np.clip(x, 1, 2) - np.clip(x, 2, 3), lambda x: min(x, 1) - 1, 0.0, 1.0, 5
    )
    assert flat == []


def test_no_root_is_seen_across_a_gap() -> None:
    def torn(x: np.ndarray) -> np.ndarray:
        return np.where(abs(x - 1) < 0.1, np.nan, x - 1)

    assert roots_along(torn, lambda x: x - 1, 0.0, 2.0, 3) == []


@dataclass(frozen=True)
class Given(Quantity):
    """A quantity by its two functions."""

    floats_of: Callable[..., Any]
    exact_of: Callable[..., Any]

    def floats(self, **point: Any) -> Any:
        return self.floats_of(**point)

    def exact(self, **point: Any) -> Any:
        return self.exact_of(**point)


def test_a_margin_without_a_value_is_refused_and_minus_infinity_is_no_confirmation() -> None:
    box = {"x": (0.0, 1.0)}
    nowhere = Given(lambda x: np.nan * x, lambda x: mpmath.nan)
    with pytest.raises(AuditError, match="no value is finite"):
        Sign(nowhere, box, "")()
    half = Given(
        lambda x: np.where(x < 0.5, -np.inf, 1.0), lambda x: -mpmath.inf if 2 * x < 1 else 1
    )
    found = Sign(half, box, "")()
    assert found.status == "conditional"
    assert found.counterexample.endswith("margin -inf (30 digits)")
    assert "boundary: x = 0.5" in found.evidence
    assert most(half.floats, box).value == 1


def test_the_first_grid_is_asked_once_and_as_many_grids_follow_as_are_wanted() -> None:
    sizes: list[int] = []

    def asked(x: np.ndarray) -> np.ndarray:
        sizes.append(x.size)
        return x - 0.5

    margin = Given(asked, lambda x: x - Fraction(1, 2))
    line = Boundary("x", 0.1, 0.9, ({},), count=7)
    found = Sign(margin, {"x": (0.0, 1.0)}, "", line, rounds=2)()
    assert (found.status, sizes) == ("conditional", [33, 9, 9, 7])
    assert found.evidence.count("(42 points)") == 2


def test_points_without_a_value_are_counted_in_the_evidence() -> None:
    box = {"x": (0.0, 1.0)}
    torn = Given(lambda x: np.where(x < 0.5, np.nan, x), lambda x: x)
    low = least(torn.floats, box)
    assert 0 < low.undefined < low.tried
    assert f", {low.undefined} of them undefined)" in Sign(torn, box, "")().evidence
    assert "undefined" not in Sign(Coordinate("x"), box, "")().evidence


def test_a_counterexample_is_not_rounded_out_of_the_box() -> None:
    """The least value is at 0.96, which to one digit is 1."""
    box = {"x": (0.1, 0.96)}
    falling = Given(lambda x: 1 - 2 * x, lambda x: 1 - 2 * x)
    assert Sign(falling, box, "")().counterexample.startswith("x=24/25: margin")
    rising = Given(lambda x: 2 * x - 1, lambda x: 2 * x - 1)
    assert Sign(rising, box, "")().counterexample.startswith("x=1/10: margin")


def test_a_step_off_an_edge_without_steady_state_stays_in_the_box() -> None:
    def exact(x: Any) -> Any:
        if x == 1:
            raise SteadyStateError("an empty transition")
        return -x

    edge = Given(lambda x: -x, exact)
    assert Sign(edge, {"x": (0.5, 1.0)}, "")().counterexample.startswith("x=999/1000: margin")
    assert Sign(edge, {"x": (0.9995, 1.0)}, "")().counterexample == ""


def test_a_box_without_a_short_point_says_that_no_counterexample_was_found() -> None:
    box = {"x": (0.12345671, 0.12345674)}
    negative = Given(lambda x: -x, lambda x: -x)
    found = Sign(negative, box, "")()
    assert (found.status, found.counterexample) == ("wrong", "")
    assert "no point of the box with at most 6 digits" in found.evidence


def test_steps_stay_inside_the_box() -> None:
    assert further("x")({"x": 1.0}) == 1.0
    assert further("x")({"x": Fraction(1, 2)}) == Fraction(1, 2) + Fraction(1, 2000)
    assert larger("x")({"x": Fraction(2)}) == Fraction(2002, 1000)


CLAIMS = """
[domains]
all = "every point"
[claims]
c-1 = ["all", "it rises"]
c-2 = ["at x = 1", "it is small", "condition"]
"""


def test_claims_as_data_keep_their_order_domains_and_kinds() -> None:
    no = Unchecked("not said")
    found = read_claims(CLAIMS, {"c-2": no, "c-1": no})
    rows = [claim.row() for claim in found]
    assert [(row.id, row.kind, row.printed) for row in rows] == [
        ("c-1", "claim", "it rises [domain: every point]"),
        ("c-2", "condition", "it is small [domain: at x = 1]"),
    ]


def test_a_claim_without_a_decision_and_a_decision_without_a_claim_are_refused() -> None:
    no = Unchecked("not said")
    with pytest.raises(ParameterError, match="'c-2' has no decision"):
        read_claims(CLAIMS, {"c-1": no})
    with pytest.raises(ParameterError, match="'c-3' has no claim"):
        read_claims(CLAIMS, {"c-1": no, "c-2": no, "c-3": no})
