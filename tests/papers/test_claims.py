"""Claims are decided over their domain: true ones confirmed, false ones not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from symqb.audit import Cases, Claim, Decision, Sign
from symqb.audit.claims import Decide, join
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
    "fig56-claim-2": "conditional",
    "fig56-claim-3": "conditional",
    "fig56-claim-4": "confirmed",
    "fig56-claim-5": "conditional",
    "fig56-claim-6": "conditional",
    "fig6-claim-1": "conditional",
    "fig7-claim-1": "conditional",
    "fig7-claim-2": "conditional",
    "fig7-claim-3": "conditional",
    "fig7-claim-4": "conditional",
    "fig7-claim-5": "confirmed",
    "fig89-claim-1": "conditional",
    "fig89-claim-2": "confirmed",
    "fig89-claim-3": "confirmed",
    "fig89-claim-4": "conditional",
    "fig89-claim-5": "conditional",
    "fig89-claim-6": "confirmed",
    "fig59-literal": "wrong",
    "fig10-claim-1": "confirmed",
    "fig10-claim-3": "conditional",
    "fig10-claim-4": "confirmed",
    "fig12-claim-1": "conditional",
    "fig12-claim-4": "confirmed",
    "fig12-claim-5": "confirmed",
    "fig12-claim-7": "conditional",
    "sum-claim-2": "wrong",
    "abs-claim-2": "conditional",
}


def test_ids_are_unique_and_more_than_thirty() -> None:
    assert len(BY_ID) == len(ALL) > 30


Signs = list[tuple[Sign, Decision]]


def decided(decide: Decide, signs: Signs) -> Decision:
    """Decide a claim, and keep what each sign in it came to."""
    if isinstance(decide, Cases):
        return join({name: decided(case, signs) for name, case in decide.cases.items()})
    found = decide()
    if isinstance(decide, Sign):
        signs.append((decide, found))
    return found


def assert_in_box(sign: Sign, counterexample: str) -> None:
    """A counterexample names every coordinate, lies in the box and is negative there."""
    where, _ = counterexample.split(": margin ")
    point = {name: Fraction(v) for name, v in (part.split("=") for part in where.split(", "))}
    assert list(point) == list(sign.box)
    for name, (start, end) in sign.box.items():
        assert Fraction(str(start)) <= point[name] <= Fraction(str(end)), counterexample
    assert sign.margin.exact(**point) < 0


@pytest.mark.parametrize("id_", list(EXPECTED))
def test_claim_is_decided(id_: str) -> None:
    claim, signs = BY_ID[id_], Signs()
    row = replace(claim, decide=lambda: decided(claim.decide, signs)).row()
    assert row.status == EXPECTED[id_], row.evidence
    if row.status in ("conditional", "wrong") and row.kind == "claim":
        assert row.counterexample
    for sign, found in signs:
        assert bool(found.counterexample) == (found.status != "confirmed")
        if found.counterexample:
            assert_in_box(sign, found.counterexample)


def test_some_claims_with_counterexamples_are_signs() -> None:
    signs = [BY_ID[id_].decide for id_ in ("fig7-claim-3", "fig89-claim-5", "fig56-claim-6")]
    assert [type(decide) for decide in signs] == [Cases, Sign, Sign]


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
