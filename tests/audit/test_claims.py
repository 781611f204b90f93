"""Claims are decided over their domain: true ones confirmed, false ones not."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
import sympy as sp

from symqb import ParameterError, xxz_battery
from symqb.audit import (
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
