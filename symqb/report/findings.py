"""The theorems, the audit and the figures as sections of the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from importlib import import_module
from pathlib import Path

from symqb.models import SymqbError
from symqb.paper import AuditRow
from symqb.report.html import long_text, table, tag
from symqb.report.mathml import inline
from symqb.report.plain import STATUSES

WORD = re.compile(r"[A-Za-z]{3,}")


def _section(key: str, title: str, body: str) -> str:
    return (
        f'<section id="{key}" aria-labelledby="{key}-h"><h2 id="{key}-h">{title}</h2>{body}'
        "</section>"
    )


def theorems_section() -> str:
    """Every theorem of the ledger; those whose check takes minutes are named, not run."""
    ledger = import_module("symqb.prove.ledger")
    quick = list(import_module("symqb.prove.theorems.registry").THEOREMS)
    results = ledger.prove(quick)
    rows = [
        [
            escape(r.name),
            tag(r.verdict),
            long_text(r.statement),
            long_text(r.scope),
            long_text(r.assumes),
            f"{r.seconds:.2f}",
        ]
        for r in results
    ]
    counts = Counter(r.verdict for r in results)
    summary = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
    others = [name for name in ledger.names() if name not in quick] + ["coq"]
    commands = ", ".join(f"<code>symqb prove {escape(name)}</code>" for name in others)
    intro = (
        f"<p>{len(results)} statements checked while this page was written: {summary}. "
        "<em>Proved</em> means that a certificate passed the checker, which uses the standard "
        "library alone; <em>refuted</em> that an exact witness did. Random searches are tests and "
        "never become proofs.</p>"
        f"<p>Not run here, because each takes long: {commands}.</p>"
    )
    columns = ["theorem", "verdict", "statement", "scope", "assumes", "seconds"]
    body = intro + table("Theorems", columns, rows, numeric=[5], identifier="theorem-table")
    return _section("theorems", "Theorems", body)


def audit_section() -> str:
    """Every row of the audit, filtered by status."""
    rows = list(import_module("symqb.paper").audit(None))
    body = (
        "<p>Every printed equation, condition, argument and claim of the paper beside what the "
        "derivation gives.</p>"
        + _filters("audit-table", [row.status for row in rows])
        + table(
            f"{len(rows)} rows",
            ["item", "finding"],
            [[_item(row), _finding(row)] for row in rows],
            identifier="audit-table",
            row_data=[f'data-status="{escape(str(row.status))}"' for row in rows],
        )
    )
    return _section("audit", "Audit of the paper", body)


def _item(row: AuditRow) -> str:
    return f"{escape(row.id)}<br>{tag(row.status)}<br><small>{escape(row.kind)}</small>"


def _finding(row: AuditRow) -> str:
    """What is printed, what was derived, why the row has its status, and what follows."""
    parts = [("printed", _printed(row))]
    for name in ("derived", "evidence", "repair", "counterexample", "consequence"):
        if getattr(row, name):
            parts.append((name, _mixed(getattr(row, name))))
    inner = "".join(f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in parts)
    return f'<dl class="finding">{inner}</dl>'


def _mixed(text: str) -> str:
    """Text that may end in a formula, the formula set if it can be."""
    start = text.find("\\")
    if start < 0:
        return escape(text)
    if not WORD.search(text[:start]):
        start = 0
    try:
        return f'{escape(text[:start])}<div class="scroll">{inline(text[start:])}</div>'
    except (SymqbError, ValueError, IndexError):
        return escape(text)


def _printed(row: AuditRow) -> str:
    """What the paper prints: an equation as a formula, if it can be set, else its text."""
    return _mixed(row.printed) if row.kind == "equation" else escape(row.printed)


def _filters(target: str, statuses: Sequence[str]) -> str:
    counts = Counter(statuses)
    buttons = [("", f"all {len(statuses)}")]
    buttons += [(status, f"{status} {counts[status]}") for status in STATUSES if counts[status]]
    inner = "".join(
        f'<button type="button" data-status="{status}" aria-pressed="{str(not status).lower()}">'
        f"{label}</button>"
        for status, label in buttons
    )
    return (
        f'<div class="filters" role="group" aria-label="Filter by status" data-for="{target}">'
        f"{inner}</div>"
    )


def figures_section(folder: Path) -> str:
    """The paper's figures, drawn from the derived formulas."""
    draw = import_module("symqb.paper").draw_figures
    paths = [Path(path) for path in draw(None, folder / "figures")]
    images = [path for path in paths if path.suffix in (".svg", ".png")]
    inner = "".join(
        f'<figure><img src="{path.relative_to(folder).as_posix()}" loading="lazy" '
        f'alt="Figure {escape(_label(path))} of the paper, drawn from the derived formulas">'
        f"<figcaption>Figure {escape(_label(path))}</figcaption></figure>"
        for path in images
    )
    return _section("figures", "The paper's figures", f'<div class="figures wide">{inner}</div>')


def _label(path: Path) -> str:
    return path.stem.replace("figure", "").replace("fig", "").strip("_- ") or path.stem
