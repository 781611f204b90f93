"""The audit: every printed item of a paper, decided one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from types import ModuleType

from symqb.audit.paper import Paper, as_paper
from symqb.audit.rows import AuditRow, AuditRows
from symqb.models import ParameterError
from symqb.prove.ledger import prove


@cache
def _certificate(name: str) -> str:
    return f"{name} {prove([name])[0].verdict}"


@cache
def _row(paper: Paper, id_: str) -> AuditRow:
    (item,) = (item for item in paper.items if item.id == id_)
    row = item.row(paper.notation)
    names = paper.certificates.get(id_, ())
    if not names:
        return row
    verdicts = ", ".join(map(_certificate, names))
    return replace(row, evidence=f"{row.evidence}; certificates: {verdicts}")


def _select(paper: Paper, ids: Iterable[str] | None) -> list[str]:
    known = [item.id for item in paper.items]
    chosen = known if ids is None else [ids] if isinstance(ids, str) else list(ids)
    for id_ in chosen:
        if id_ not in known:
            raise ParameterError(
                f"no audit row is called {id_!r}; give an equation's number without brackets, "
                f"such as {known[0]!r}, or one of {', '.join(known[-5:])} ..."
            )
    return chosen


def audit_paper(paper: Paper | ModuleType, ids: Iterable[str] | None = None) -> AuditRows:
    """Decide the printed items of a paper against the derivation.

    Each row is computed when asked for and kept for the process; nothing is read from a stored
    verdict.  A row is "confirmed" only by a comparison that ran.

    Parameters
    ----------
    paper : Paper or module
        The paper as data, or a module or package whose ``PAPER`` is one, such as
        ``symqb.papers.pra109_042619``.
    ids : iterable of str, optional
        Rows by id, as printed without brackets (``"12a"``, ``"B9"``).  All rows if left out.

    Returns
    -------
    AuditRows
        A list of :class:`AuditRow`, in the order asked for, or of the paper.

    Raises
    ------
    ParameterError
        What is no paper, or an id that no row has.

    Examples
    --------
    >>> from symqb.papers import pra109_042619
    >>> [(row.id, row.status) for row in audit_paper(pra109_042619, ["B9", "C3"])]
    [('B9', 'misprint'), ('C3', 'incomplete')]
    """
    found = as_paper(paper)
    return AuditRows(_row(found, id_) for id_ in _select(found, ids))
