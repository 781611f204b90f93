"""Claims are decided over their domain: true ones confirmed, false ones not."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from symqb.audit import Claim
from symqb.papers.pra109_042619 import PAPER, conditions
from symqb.papers.pra109_042619.claims_ergotropy import activity
from symqb.papers.pra109_042619.settings import ANTI, BOTH, INDIVIDUAL

ALL = [item for item in PAPER.items if isinstance(item, Claim)]
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


@pytest.mark.parametrize("kind", list(BOTH))
def test_threshold_of_activity_separates_zero_from_positive(kind: str) -> None:
    setting, d = BOTH[kind][1], sp.Rational(1, 2)
    edge = float(activity(setting, d, 2))
    assert setting("ergotropy", d=0.5, s=np.array([edge - 1e-6]), T_M=2.0)[0] == 0
    assert setting("ergotropy", d=0.5, s=np.array([edge + 1e-6]), T_M=2.0)[0] > 0


def test_golden_rule_has_two_pi() -> None:
    seen, expected = conditions.golden_rule()
    assert seen == pytest.approx(expected, rel=0.02)
    assert abs(seen - expected / 2) > 0.4 * expected


def test_individual_setting_is_what_it_says() -> None:
    at = {"d": 0.5, "s": np.array([0.9]), "T_M": 20.0}
    assert INDIVIDUAL["antiferromagnetic"]("ergotropy", **at)[0] == 0
    assert ANTI[1]("ergotropy", **at)[0] > 0
