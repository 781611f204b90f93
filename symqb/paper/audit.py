"""The audit: every printed equation, condition, argument and claim, decided one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache

from symqb.models import ParameterError
from symqb.paper import (
    claims_energy,
    claims_ergotropy,
    claims_summary,
    claims_three,
    conditions,
    printed_dissipators,
    printed_model,
    printed_proof,
    printed_rates,
    printed_steady,
    proof_steps,
)
from symqb.paper.rows import AuditRow, AuditRows, Equation
from symqb.prove.ledger import prove

CERTIFICATES = {
    **{f"A{k}": (f"A{k}",) for k in (1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 16, 18)},
    **{f"A{k}": (f"A{k}_printed", f"A{k}") for k in (3, 4, 13, 14, 15, 17)},
    "A-arg-7": ("A8_eta",),
    "A-arg-17": ("A16_argument", "A16", "T2"),
    "A-arg-20": ("A18_eta",),
    "A-arg-21": ("A9_ferro", "A10_ferro", "A11_ferro", "T3"),
    "A-arg-22": ("T3",),
    "abs-claim-1": ("T3", "T4_T3"),
    "fig89-claim-6": ("T5", "T4_T5"),
    "cond-1": ("T7_field",),
    "cond-2": ("T7_three_spins",),
}
"""Theorems of the ledger (``symqb prove NAME``) that bear on a row."""


def equations() -> tuple[Equation, ...]:
    """Every numbered equation as typed, in the order of the paper."""
    from symqb.paper.printed_rates import APPENDIX_B, APPENDIX_C

    found = [
        *printed_model.TWO_SPINS,
        *printed_model.THREE_SPINS,
        *printed_dissipators.TWO_SPINS,
        *printed_dissipators.THREE_SPINS,
        *printed_rates.TWO_SPINS,
        *printed_rates.THREE_SPINS,
        *printed_steady.EQUATIONS,
        *printed_proof.EQUATIONS,
        *APPENDIX_B,
        *APPENDIX_C,
    ]
    return tuple(sorted(found, key=lambda equation: sort_key(equation.id)))


def sort_key(id_: str) -> tuple[str, int, str]:
    """Paper order: (1)-(27), then A, B, C."""
    letter = id_[0] if id_[0].isalpha() else ""
    digits = "".join(c for c in id_ if c.isdigit())
    return letter, int(digits), id_.lstrip("ABC0123456789")


@cache
def registry() -> dict[str, Callable[[], AuditRow]]:
    """What decides each row, by id, in the order of the report."""
    found: dict[str, Callable[[], AuditRow]] = {e.id: e.row for e in equations()}
    found[printed_model.SPIN_OPERATORS.id] = printed_model.SPIN_OPERATORS.row
    groups = (
        conditions.CONDITIONS,
        proof_steps.STEPS,
        conditions.TEXT,
        claims_energy.CLAIMS,
        claims_ergotropy.CLAIMS,
        claims_three.CLAIMS,
        claims_summary.CLAIMS,
    )
    for group in groups:
        found.update({item.id: item.row for item in group})
    return found


@cache
def _certificate(name: str) -> str:
    return f"{name} {prove([name])[0].verdict}"


@cache
def _row(id_: str) -> AuditRow:
    row = registry()[id_]()
    names = CERTIFICATES.get(id_, ())
    if not names:
        return row
    verdicts = ", ".join(map(_certificate, names))
    return replace(row, evidence=f"{row.evidence}; certificates: {verdicts}")


def _select(ids: Iterable[str] | None) -> Iterator[str]:
    known = registry()
    if ids is None:
        yield from known
        return
    for id_ in [ids] if isinstance(ids, str) else ids:
        if id_ not in known:
            raise ParameterError(
                f"no audit row is called {id_!r}; give an equation's number without brackets, "
                f"such as '12a', or one of {', '.join(list(known)[-5:])} ..."
            )
        yield id_


def audit(ids: Iterable[str] | None = None) -> AuditRows:
    """Decide printed items of the paper against the derivation.

    Each row is computed when asked for and kept for the process; nothing is read from a stored
    verdict.  A row is "confirmed" only by a comparison that ran.

    Parameters
    ----------
    ids : iterable of str, optional
        Rows by id, as printed without brackets (``"12a"``, ``"B9"``, ``"C3"``); other rows are
        ``cond-1``, ``A-arg-17`` (a step of Appendix A), ``text-3``, ``fig89-claim-4`` (a claim
        about Figs. 8 and 9), ``abs-claim-1``, ``sum-claim-1``.  All rows if left out.

    Returns
    -------
    AuditRows
        A list of :class:`AuditRow`, in the order asked for, or of the paper.

    Raises
    ------
    ParameterError
        An id that no row has.

    Examples
    --------
    >>> [(row.id, row.status) for row in audit(["B9", "C3"])]
    [('B9', 'misprint'), ('C3', 'incomplete')]
    """
    return AuditRows(_row(id_) for id_ in _select(ids))


def count_statuses(rows: Iterable[AuditRow]) -> dict[str, int]:
    """How many rows have each status.

    Examples
    --------
    >>> count_statuses(audit(["2a", "B9"]))
    {'confirmed': 1, 'misprint': 1}
    """
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.status] = counts.get(row.status, 0) + 1
    return counts
