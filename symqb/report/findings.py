"""The theorems, the audit and the figures as sections of the page, where they are available."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

from symqb.report.html import long_text, table, tag
from symqb.report.plain import STATUSES


def _function(module: str, name: str) -> Callable[..., Any] | None:
    """A function of a later layer, or None where this version does not have it."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None


def _section(key: str, title: str, body: str) -> str:
    return (
        f'<section id="{key}" aria-labelledby="{key}-h"><h2 id="{key}-h">{title}</h2>{body}'
        "</section>"
    )


def theorems_section() -> str:
    """Every theorem with verdict, scope and what it assumes; empty if there are none."""
    prove = _function("symqb.prove", "prove")
    if prove is None:
        return ""
    results = prove(None)
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
    intro = (
        f"<p>{len(results)} statements: {summary}. <em>Proved</em> means that a certificate passed "
        "the checker, which uses the standard library alone; <em>refuted</em> that an exact "
        "witness did. Random searches are tests and never become proofs.</p>"
    )
    columns = ["theorem", "verdict", "statement", "scope", "assumes", "seconds"]
    body = intro + table("Theorems", columns, rows, numeric=[5], identifier="theorem-table")
    return _section("theorems", "Theorems", body)


def audit_section() -> str:
    """Every row of the audit, filtered by status; empty if there is none."""
    audit = _function("symqb.paper", "audit")
    if audit is None:
        return ""
    rows = list(audit(None))
    body = (
        "<p>Every printed equation, condition, argument and claim of the paper beside what the "
        "derivation gives.</p>"
        + _filters("audit-table", [row.status for row in rows])
        + table(
            f"{len(rows)} rows",
            ["item", "kind", "status", "printed", "derived", "evidence"],
            [
                [
                    escape(str(row.id)),
                    escape(str(row.kind)),
                    tag(str(row.status)),
                    long_text(row.printed),
                    long_text(row.derived),
                    long_text(row.evidence),
                ]
                for row in rows
            ],
            identifier="audit-table",
            row_data=[f'data-status="{escape(str(row.status))}"' for row in rows],
        )
    )
    return _section("audit", "Audit of the paper", body)


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
    """The paper's figures, drawn from the derived formulas; empty if there are none."""
    draw = _function("symqb.paper", "draw_figures")
    if draw is None:
        return ""
    paths = [Path(path) for path in draw(None, folder / "figures")]
    images = [path for path in paths if path.suffix in (".svg", ".png")]
    inner = "".join(
        f'<figure><img src="{path.relative_to(folder).as_posix()}" loading="lazy" '
        f'alt="Figure {escape(_label(path))} of the paper, drawn from the derived formulas">'
        f"<figcaption>Figure {escape(_label(path))}</figcaption></figure>"
        for path in images
    )
    return _section("figures", "The paper's figures", f'<div class="figures">{inner}</div>')


def _label(path: Path) -> str:
    return path.stem.replace("figure", "").replace("fig", "").strip("_- ") or path.stem
