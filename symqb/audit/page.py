"""The audit as a Markdown page, for the documentation."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from symqb.audit.audit import audit_paper
from symqb.audit.paper import Paper, as_paper
from symqb.audit.rows import KINDS, STATUSES, AuditRow
from symqb.show.pages import fill


def audit_page(paper: Paper | ModuleType, rows: Iterable[AuditRow] | None = None) -> str:
    """Write the page as Markdown: counts, differences, then every row.

    Parameters
    ----------
    paper : Paper or module
        As for :func:`audit_paper`.
    rows : iterable of AuditRow, optional
        All rows of the audit if left out.

    Returns
    -------
    str

    Raises
    ------
    ImportError
        Jinja2 is not installed; the extra ``report`` brings it.

    Examples
    --------
    >>> from symqb.papers import pra109_042619 as paper
    >>> "### B9 — misprint" in audit_page(paper, audit_paper(paper, ["B9"]))
    True
    """
    paper = as_paper(paper)
    rows = audit_paper(paper) if rows is None else list(rows)
    by_kind = {kind: [row for row in rows if row.kind == kind] for kind in KINDS}
    table = {
        status: [sum(row.status == status for row in found) for found in by_kind.values()]
        for status in STATUSES
    }
    return fill(
        "symqb.audit",
        "page.md",
        paper=paper,
        rows=by_kind,
        table={status: counts for status, counts in table.items() if any(counts)},
        differing=[row for row in rows if row.status not in ("confirmed", "uncheckable")],
    )
