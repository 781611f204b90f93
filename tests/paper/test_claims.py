"""Claims are decided over their domain: true ones confirmed, false ones not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symqb.paper import (
    claims_energy,
    claims_ergotropy,
    claims_summary,
    claims_three,
    conditions,
)
from symqb.paper.claims import Decision, further, larger, sign_claim, with_both
from symqb.paper.claims_ergotropy import activity
from symqb.paper.tools import ANTI, BOTH, Setting, least, most, root, roots_along

ALL = (
    *conditions.CONDITIONS,
    *conditions.TEXT,
    *claims_energy.CLAIMS,
    *claims_ergotropy.CLAIMS,
    *claims_three.CLAIMS,
    *claims_summary.CLAIMS,
)
BY_ID = {claim.id: claim for claim in ALL}
EXPECTED = {
    "cond-1": "conditional",
    "cond-2": "confirmed",
    "cond-3": "wrong",
    "cond-4": "conditional",
    "text-2": "confirmed",
    "text-3": "confirmed",
    "text-5": "wrong",
    "text-7": "confirmed",
    "text-13": "wrong",
    "fig3-claim-2": "confirmed",
    "fig4-claim-2": "confirmed",
    "fig34-claim-2": "confirmed",
    "fig34-claim-4": "confirmed",
    "fig34-arg-1": "gap",
    "fig56-claim-4": "confirmed",
    "fig6-claim-1": "conditional",
    "fig7-claim-1": "conditional",
    "fig7-claim-2": "conditional",
    "fig7-claim-3": "conditional",
    "fig7-claim-5": "confirmed",
    "fig89-claim-1": "conditional",
    "fig89-claim-2": "confirmed",
    "fig89-claim-3": "confirmed",
    "fig89-claim-5": "conditional",
    "fig89-claim-6": "confirmed",
    "fig59-literal": "wrong",
    "fig10-claim-1": "confirmed",
    "fig10-claim-4": "confirmed",
    "fig12-claim-4": "confirmed",
    "fig12-claim-5": "confirmed",
    "sum-claim-2": "wrong",
    "abs-claim-2": "conditional",
}


def test_ids_are_unique_and_more_than_thirty() -> None:
    assert len(BY_ID) == len(ALL) > 30


@pytest.mark.parametrize("id_", list(EXPECTED))
def test_claim_is_decided(id_: str) -> None:
    row = BY_ID[id_].row()
    assert row.status == EXPECTED[id_], row.evidence
    if row.status in ("conditional", "wrong") and row.kind == "claim":
        assert row.counterexample


def _charge_gap(sign: int) -> Any:
    def margin(get: Any, d: Any) -> Any:
        s, T = (0.0, 2.0) if isinstance(d, np.ndarray) else (0, 2)
        return sign * (
            get(BOTH["ferromagnetic"][0], "charge", d, s, T) - get(ANTI[0], "charge", d, s, T)
        )

    return margin


def test_a_false_claim_is_wrong_with_an_exact_counterexample() -> None:
    right = sign_claim(_charge_gap(1), {"d": (0.1, 1.0)}, derived="")
    assert right.status == "confirmed"
    reversed_ = sign_claim(_charge_gap(-1), {"d": (0.1, 1.0)}, derived="")
    assert reversed_.status == "wrong"
    assert "30 digits" in reversed_.counterexample


def test_a_claim_true_in_part_is_conditional() -> None:
    def margin(get: Any, d: Any) -> Any:
        return d - (0.5 if isinstance(d, np.ndarray) else Fraction(1, 2))

    found = sign_claim(margin, {"d": (0.0, 1.0)}, derived="", boundary=lambda: "d = 1/2")
    assert found.status == "conditional"
    assert "boundary: d = 1/2" in found.evidence


def test_cases_join_to_the_weakest_status() -> None:
    yes, no = Decision("confirmed", "", "x"), Decision("wrong", "", "y", "z")
    assert with_both({"a": yes, "b": yes}).status == "confirmed"
    assert with_both({"a": no, "b": no}).status == "wrong"
    joined = with_both({"a": yes, "b": no})
    assert (joined.status, joined.counterexample) == ("conditional", "b: z")


def test_search_finds_a_known_minimum_and_maximum() -> None:
    def bowl(x: Any, y: Any) -> Any:
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


@pytest.mark.parametrize("kind", list(BOTH))
def test_threshold_of_activity_separates_zero_from_positive(kind: str) -> None:
    setting, d = BOTH[kind][1], sp.Rational(1, 2)
    edge = float(activity(setting, d, 2))
    assert setting("ergotropy", 0.5, np.array([edge - 1e-6]), 2.0)[0] == 0
    assert setting("ergotropy", 0.5, np.array([edge + 1e-6]), 2.0)[0] > 0


def test_steps_stay_inside_the_box() -> None:
    assert further(1.0) == 1.0
    assert further(Fraction(1, 2)) == Fraction(1, 2) + Fraction(1, 2000)
    assert larger(Fraction(2)) == Fraction(2002, 1000)


def test_golden_rule_has_two_pi() -> None:
    seen, expected = conditions.golden_rule()
    assert seen == pytest.approx(expected, rel=0.02)
    assert abs(seen - expected / 2) > 0.4 * expected


def test_individual_setting_is_what_it_says() -> None:
    setting = Setting(1, 1.0, dissipation="individual")
    assert setting("ergotropy", 0.5, np.array([0.9]), 20.0)[0] == 0
    assert ANTI[1]("ergotropy", 0.5, np.array([0.9]), 20.0)[0] > 0
