"""The audit as a Markdown page, for the documentation and the report."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from symqb.audit.audit import audit_paper
from symqb.audit.paper import Paper, as_paper
from symqb.audit.rows import KINDS, STATUSES, AuditRow, count_statuses

HEAD = """# The audit

<!-- Written by symqb.audit.audit_page(); a test compares the two. -->

Every numbered equation, condition, step of an argument and claim in words, held against the
derivation. `symqb audit` recomputes every row; `symqb audit --erratum` writes the corrections as
LaTeX.

@ids
What the statuses mean

- **confirmed**: a comparison ran and found agreement;
- **misprint**: wrong as printed, and the intended form is clear;
- **incomplete**: something is left out;
- **wrong**: not true, or another value;
- **gap**: the argument does not give its conclusion;
- **conditional**: true in a part of the range it is made for, with a counterexample outside;
- **uncheckable**: nothing in the derivation decides it.

"Exact" is an identity decided symbolically or in rationals; "50 digits" a comparison at points
without special structure; "numerical" a dense search with refinement, which is a test and no proof.
Certificates are those of `symqb prove`.

@remarks"""


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def _entry(row: AuditRow) -> str:
    printed = f"$${row.printed}$$" if row.kind == "equation" else _cell(row.printed)
    lines = [f"### {row.id} — {row.status}", "", printed, "", f"- decided: {row.evidence}"]
    for name in ("repair", "counterexample", "consequence"):
        value = getattr(row, name)
        words, _, formula = value.partition("\n")
        if words:
            lines.append(f"- {name}: {words}")
        if formula:
            lines += ["", f"$${formula}$$", ""]
    return "\n".join(lines)


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

    Examples
    --------
    >>> from symqb.papers import pra109_042619 as paper
    >>> "### B9 — misprint" in audit_page(paper, audit_paper(paper, ["B9"]))
    True
    """
    paper = as_paper(paper)
    rows = audit_paper(paper) if rows is None else list(rows)
    head = HEAD.replace("@ids", paper.ids).replace("@remarks", paper.remarks)
    counts = count_statuses(rows)
    table = ["| status | " + " | ".join(KINDS) + " | all |", "|---" * (len(KINDS) + 2) + "|"]
    for status in STATUSES:
        if status in counts:
            cells = [
                str(sum(r.kind == kind and r.status == status for r in rows)) for kind in KINDS
            ]
            table.append(f"| {status} | {' | '.join(cells)} | {counts[status]} |")
    differing = [row for row in rows if row.status not in ("confirmed", "uncheckable")]
    overview = ["| id | status | what to change, or where it fails |", "|---|---|---|"]
    overview += [f"| {row.id} | {row.status} | {_cell(_short(row))} |" for row in differing]
    sections = []
    for kind in KINDS:
        entries = [_entry(row) for row in rows if row.kind == kind]
        if entries:
            sections.append(f"## {kind.capitalize()}s\n\n" + "\n\n".join(entries))
    return "\n".join(
        [head, "## Count", "", *table, "", "## Differences", "", *overview, "", *sections, ""]
    )


def _short(row: AuditRow) -> str:
    if row.repair:
        return row.repair.partition("\n")[0]
    return row.counterexample or row.derived
