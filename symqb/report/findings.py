"""The theorems, the audit and the figures as sections of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from importlib import import_module
from pathlib import Path

from symqb.audit import AuditRow, draw_figures
from symqb.models import SymqbError
from symqb.papers import pra109_042619
from symqb.prove.ledger import Verdict
from symqb.report.formal import formal_statement
from symqb.report.html import long_text, table, tag
from symqb.report.mathml import copy_button, inline
from symqb.report.plain import STATUSES

VERDICTS = ("proved", "refuted", "inconclusive")
FOLDED, LONG = ("derived", "counterexample", "evidence"), 240
"""What a row of the audit folds where it is longer than so many characters."""


def _section(key: str, title: str, body: str) -> str:
    return (
        f'<section id="{key}" aria-labelledby="{key}-h"><h2 id="{key}-h">{title}</h2>{body}'
        "</section>"
    )


def check_theorems() -> tuple[list[Verdict], list[str]]:
    """The ledger's quick theorems, checked now, and the commands of those that take long."""
    ledger = import_module("symqb.prove.ledger")
    quick = list(import_module("symqb.prove.theorems.registry").THEOREMS)
    others = [name for name in ledger.names() if name not in quick]
    return ledger.prove(quick), [f"symqb prove {name}" for name in [*others, "coq"]]


def theorems_section(results: Sequence[Verdict], others: Sequence[str]) -> str:
    """Every theorem of the ledger; those whose check takes minutes are named, not run."""
    rows = [
        [
            escape(r.name),
            tag(r.verdict),
            long_text(r.statement) + _witness(r) + _in_full(r.name),
            long_text(r.scope),
            long_text(r.assumes),
            "" if r.seconds is None else f"{r.seconds:.2f}",
        ]
        for r in results
    ]
    verdicts = [r.verdict for r in results]
    summary = ", ".join(f"{n} {verdict}" for verdict, n in Counter(verdicts).items())
    commands = ", ".join(f"<code>{escape(command)}</code>" for command in others)
    intro = (
        f"<p>{len(results)} statements checked while this page was written: {summary}. "
        "<em>Proved</em> means that a certificate passed the checker, which uses the standard "
        "library alone; <em>refuted</em> that an exact witness did. Random searches are tests and "
        "never become proofs.</p>"
        f"<p>Not run here, because each takes long: {commands}.</p>"
    )
    columns = ["theorem", "verdict", "statement", "scope", "assumes", "seconds"]
    data = [f'id="theorem-{escape(r.name)}" data-status="{escape(r.verdict)}"' for r in results]
    filters = _filters("theorem-table", "verdict", {"status": verdicts})
    grid = table("Theorems", columns, rows, numeric=[5], identifier="theorem-table", row_data=data)
    return _section("theorems", "Theorems", intro + filters + grid)


def _witness(line: Verdict) -> str:
    """Where a refuted statement fails."""
    if not line.witness:
        return ""
    point = ", ".join(f"{name} = {value}" for name, value in line.witness.items())
    return long_text(f"fails at {point}: not {line.violates}")


def _in_full(name: str) -> str:
    """The statement as the checker reads it, folded."""
    entry = import_module("symqb.prove.theorems.registry").THEOREMS.get(name)
    if entry is None:
        return ""
    return (
        f'<details><summary>in full<span class="hidden">: {escape(name)}</span></summary>'
        f'<pre class="formal">{escape(formal_statement(entry.statement()))}</pre></details>'
    )


def audit_section(rows: Sequence[AuditRow]) -> str:
    """Every row of the audit, filtered by status, kind and words."""
    data = [
        f'id="audit-{escape(row.id)}" data-status="{escape(row.status)}" '
        f'data-kind="{escape(row.kind)}"'
        for row in rows
    ]
    facets = {"status": [row.status for row in rows], "kind": [row.kind for row in rows]}
    body = (
        "<p>Every printed equation, condition, argument and claim of the paper beside what the "
        "derivation gives. What is confirmed is folded.</p>"
        + _filters("audit-table", "status", facets)
        + table(
            f"{len(rows)} rows",
            ["item", "finding"],
            [[_item(row), _finding(row)] for row in rows],
            identifier="audit-table",
            row_data=data,
        )
    )
    return _section("audit", "Audit of the paper", body)


def _item(row: AuditRow) -> str:
    link = f'<a href="#audit-{escape(row.id)}">{escape(row.id)}</a>'
    return f"{link} {tag(row.status)} <small>{escape(row.kind)}</small>"


def _finding(row: AuditRow) -> str:
    """What is printed, what was derived, why the row has its status, and what follows.

    What agrees is folded, and so are numbers and evidence at length.
    """
    shown, folded = [("printed", _printed(row))], list[tuple[str, str]]()
    for name in ("derived", "repair", "counterexample", "consequence", "evidence"):
        text = getattr(row, name)
        if text:
            away = row.status == "confirmed" or (len(text) > LONG and name in FOLDED)
            (folded if away else shown).append((name, _mixed(text, f"{name} of {row.id}")))
    fold = ""
    if folded:
        names = " and ".join(name for name, _ in folded)
        fold = (
            f'<details><summary>{names}<span class="hidden"> of {escape(row.id)}</span></summary>'
            f"{_pairs(folded)}</details>"
        )
    return _pairs(shown) + fold


def _pairs(parts: Sequence[tuple[str, str]]) -> str:
    inner = "".join(f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in parts)
    return f'<dl class="finding">{inner}</dl>'


def _mixed(text: str, name: str) -> str:
    """Text whose last line may be a formula, the formula set if it can be."""
    words, _, latex = text.rpartition("\n")
    if "\\" not in latex:
        return escape(text)
    try:
        formula = f'<div class="scroll">{inline(latex)}</div>{copy_button(latex, name)}'
    except (SymqbError, ValueError, IndexError):
        return escape(text)
    return f'{escape(words)}<div class="formula">{formula}</div>'


def _printed(row: AuditRow) -> str:
    """What the paper prints: an equation as a formula, if it can be set, else its text."""
    if row.kind == "equation":
        return _mixed(row.printed, f"{row.id} as printed")
    return escape(row.printed)


def _filters(target: str, facet: str, facets: Mapping[str, Sequence[str]]) -> str:
    """Buttons for the first facet, a menu for each other, and words to look for."""
    (first, values), *others = facets.items()
    counts = Counter(values)
    known = [*STATUSES, *VERDICTS]
    buttons = [("", f"all {len(values)}")]
    buttons += [(value, f"{value} {counts[value]}") for value in known if counts[value]]
    inner = "".join(
        f'<button type="button" data-{first}="{value}" aria-pressed="{str(not value).lower()}">'
        f"{label}</button>"
        for value, label in buttons
    )
    for name, found in others:
        options = "".join(
            f'<option value="{v}">{v} {n}</option>' for v, n in Counter(found).items()
        )
        inner += (
            f'<label class="select" for="{target}-{name}">{name} <select id="{target}-{name}" '
            f'data-facet="{name}"><option value="">every {name}</option>{options}</select></label>'
        )
    inner += (
        f'<label class="select" for="{target}-words">words '
        f'<input type="search" id="{target}-words" autocomplete="off"></label>'
    )
    return (
        f'<div class="filters" role="group" aria-label="Filter by {facet}" data-for="{target}">'
        f"{inner}</div>"
    )


def figures_section(folder: Path) -> str:
    """The paper's figures, drawn from the derived formulas, each with its data."""
    paths = draw_figures(pra109_042619.PAPER.figures, None, folder / "figures")
    inner = "".join(_figure(path, folder) for path in paths if path.suffix == ".svg")
    intro = (
        "<p>Drawn from the derived formulas. Where a panel says so, the equations as printed are "
        "drawn below them, for comparison; what the paper leaves open is marked as chosen.</p>"
    )
    return _section("figures", "The paper's figures", f'{intro}<div class="figures">{inner}</div>')


def _figure(path: Path, folder: Path) -> str:
    source, name = path.relative_to(folder).as_posix(), f"Figure {escape(_label(path))}"
    data = path.with_suffix(".csv")
    links = [f'<a href="{source}">enlarge<span class="hidden"> {name}</span></a>']
    if data.is_file():
        link = data.relative_to(folder).as_posix()
        links.append(f'<a href="{link}">data<span class="hidden"> of {name}</span></a> (CSV)')
    return (
        f'<figure><img src="{source}" loading="lazy" alt="{name} of the paper, drawn from the '
        f'derived formulas"><figcaption>{name}: {", ".join(links)}</figcaption></figure>'
    )


def _label(path: Path) -> str:
    return path.stem.replace("figure", "").replace("fig", "").strip("_- ") or path.stem
