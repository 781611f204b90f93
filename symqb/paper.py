"""The old name of the audit of Phys. Rev. A 109, 042619 (2024); it goes on working.

Write ``symqb.audit_paper(paper, ids)`` for ``audit(ids)``, with
``from symqb.papers import pra109_042619 as paper``, and take the rest from :mod:`symqb.audit`:
``erratum(paper)``, ``audit_page(paper)`` and ``draw_figures(paper.PAPER.figures)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from symqb import audit as engine
from symqb.audit import KINDS, STATUSES, AuditError, AuditRow, AuditRows, count_statuses
from symqb.papers.pra109_042619 import PAPER

__all__ = [
    "FIGURES",
    "KINDS",
    "STATUSES",
    "AuditError",
    "AuditRow",
    "AuditRows",
    "audit",
    "audit_page",
    "count_statuses",
    "draw_figures",
    "erratum",
]

FIGURES = PAPER.figures


def audit(ids: Iterable[str] | None = None) -> AuditRows:
    """Decide printed items; write ``symqb.audit_paper(paper, ids)`` instead.

    Examples
    --------
    >>> [(row.id, row.status) for row in audit(["B9", "C3"])]
    [('B9', 'misprint'), ('C3', 'incomplete')]
    """
    return engine.audit_paper(PAPER, ids)


def erratum(rows: Iterable[AuditRow] | None = None) -> str:
    """Write the erratum; write ``symqb.audit.erratum(paper, rows)`` instead."""
    return engine.erratum(PAPER, rows)


def audit_page(rows: Iterable[AuditRow] | None = None) -> str:
    """Write the page; write ``symqb.audit.audit_page(paper, rows)`` instead."""
    return engine.audit_page(PAPER, rows)


def draw_figures(
    names: Iterable[str] | None = None,
    output_dir: str | Path = "figures",
    formats: Sequence[str] = ("svg",),
) -> list[Path]:
    """Redraw figures; write ``symqb.audit.draw_figures(paper.PAPER.figures, names)`` instead."""
    return engine.draw_figures(FIGURES, names, output_dir, formats)
