"""Appendix A: each step is decided, and a wrong step cannot pass for a right one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from symqb.audit import AuditError
from symqb.audit.arguments import identity
from symqb.papers.pra109_042619 import arguments
from symqb.papers.pra109_042619.arguments import A23, A24, E23
from symqb.papers.pra109_042619.domains import values
from symqb.papers.pra109_042619.notation import kappa, omega
from symqb.papers.pra109_042619.proof_steps import STEPS

BY_ID = {step.id: step for step in STEPS}
GAPS = {"A-arg-17", "A-arg-21"}
CONFIRMED = {f"A-arg-{k}" for k in (1, 3, 7, 8, 10, 14, 15, 16, 22)}


@pytest.mark.parametrize("id_", list(BY_ID))
def test_step_is_decided(id_: str) -> None:
    row = BY_ID[id_].row()
    expected = "gap" if id_ in GAPS else "confirmed" if id_ in CONFIRMED else None
    assert expected in (None, row.status)
    if row.status in ("misprint", "gap"):
        assert "intended reading: follows" in row.evidence
        assert row.repair


def test_a_step_that_does_not_follow_cannot_be_called_confirmed() -> None:
    step = replace(BY_ID["A-arg-11"], status="confirmed")
    with pytest.raises(AuditError, match="status confirmed"):
        step.row()


def test_a_step_that_follows_cannot_be_called_a_gap() -> None:
    step = replace(BY_ID["A-arg-7"], status="gap")
    with pytest.raises(AuditError, match="status gap"):
        step.row()


def test_an_intended_reading_that_fails_is_refused() -> None:
    step = BY_ID["A-arg-11"]
    with pytest.raises(AuditError, match="intended reading fails"):
        replace(step, as_intended=step.as_printed).row()


def test_identity_tells_equal_from_unequal() -> None:
    assert identity((A23 + A24) ** 2, A23**2 + 2 * A23 * A24 + A24**2)()[0]
    assert not identity((A23 + A24) ** 2, A23**2 + A24**2)()[0]


def test_emission_is_absorption_plus_kappa_omega_and_not_omega() -> None:
    assert values(E23, A23 + kappa * omega(2, 3))()[0]
    assert not values(E23, A23 + omega(2, 3))()[0]


def test_bose_number_is_convex_in_temperature() -> None:
    assert arguments.monotone()[0]
    x = sp.Symbol("x", positive=True)
    assert sp.series(x * sp.coth(x / 2), x, 0, 4).removeO().subs(x, 0) == 2


def test_ferromagnetic_case_needs_another_proof() -> None:
    row = BY_ID["A-arg-21"].row()
    assert "does not follow" in row.evidence
    assert "T3" in row.derived
