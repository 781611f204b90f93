"""The theorems, the audit and the figures as sections of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from symqb.audit import STATUSES, AuditRow, draw_figures
from symqb.models import SymqbError
from symqb.papers import pra109_042619
from symqb.prove.ledger import Verdict
from symqb.report.assets import fill
from symqb.report.formal import formal_statement
from symqb.report.panels import shown
from symqb.show.formula_mathml import inline_formula

VERDICTS = ("proved", "refuted", "inconclusive")
FOLDED, LONG = ("derived", "counterexample", "evidence"), 240
"""What a row of the audit folds where it is longer than so many characters."""


def check_theorems() -> tuple[list[Verdict], list[str]]:
    """The ledger's quick theorems, checked now, and the commands of those that take long."""
    ledger = import_module("symqb.prove.ledger")
    quick = list(import_module("symqb.prove.theorems.registry").THEOREMS)
    others = [name for name in ledger.names() if name not in quick]
    return ledger.prove(quick), [f"symqb prove {name}" for name in [*others, "coq"]]


def theorems_section(results: Sequence[Verdict], others: Sequence[str]) -> str:
    """Write every theorem of the ledger; those whose check takes minutes are named, not run."""
    found = Counter(r.verdict for r in results)
    return fill(
        "theorems.html",
        theorems=[_theorem(r) for r in results],
        verdicts=found,
        buttons={verdict: found[verdict] for verdict in VERDICTS if found[verdict]},
        others=others,
    )


def _theorem(line: Verdict) -> dict[str, object]:
    """A row of the table of theorems: where a refuted one fails, and the statement in full."""
    entry = import_module("symqb.prove.theorems.registry").THEOREMS.get(line.name)
    point = ", ".join(f"{name} = {value}" for name, value in (line.witness or {}).items())
    return {
        "name": line.name,
        "verdict": line.verdict,
        "statement": _joined(line.statement),
        "witness": f"fails at {point}: not {line.violates}" if point else "",
        "formal": formal_statement(entry.statement()) if entry else "",
        "scope": _joined(line.scope),
        "assumes": _joined(line.assumes),
        "seconds": line.seconds,
    }


def _joined(value: str | Iterable[object]) -> str:
    return value if isinstance(value, str) else "; ".join(map(str, value))


def audit_section(rows: Sequence[AuditRow]) -> str:
    """Write every row of the audit, filtered by status, kind and words."""
    found = Counter(row.status for row in rows)
    return fill(
        "audit.html",
        rows=[_finding(row) for row in rows],
        statuses={status: found[status] for status in STATUSES if found[status]},
        kinds=Counter(row.kind for row in rows),
    )


def _finding(row: AuditRow) -> dict[str, object]:
    """What is printed, what was derived, why the row has its status, and what follows.

    What agrees is folded, and so are numbers and evidence at length.
    """
    printed: dict[str, object] = {"words": row.printed, "formula": None}
    if row.kind == "equation":
        printed = _mixed(row.printed, f"{row.id} as printed")
    seen, folded = [{"name": "printed", **printed}], list[dict[str, object]]()
    for name in ("derived", "repair", "counterexample", "consequence", "evidence"):
        text = getattr(row, name)
        if text:
            away = row.status == "confirmed" or (len(text) > LONG and name in FOLDED)
            part = {"name": name, **_mixed(text, f"{name} of {row.id}")}
            (folded if away else seen).append(part)
    return {
        "id": row.id,
        "status": row.status,
        "kind": row.kind,
        "shown": seen,
        "folded": folded,
    }


def _mixed(text: str, name: str) -> dict[str, object]:
    """Text whose last line may be a formula, the formula set if it can be."""
    words, _, latex = text.rpartition("\n")
    if "\\" in latex:
        with suppress(SymqbError, ValueError, IndexError):
            return {"words": words, "formula": shown(inline_formula(latex), latex, name)}
    return {"words": text, "formula": None}


def figures_section(folder: Path) -> str:
    """Draw the paper's figures from the derived formulas, each with its data, and show them."""
    paths = draw_figures(pra109_042619.PAPER.figures, None, folder / "figures")
    return fill(
        "figures.html",
        figures=[
            {
                "label": _label(path),
                "source": path.relative_to(folder).as_posix(),
                "data": data.relative_to(folder).as_posix() if data.is_file() else "",
            }
            for path in paths
            if path.suffix == ".svg"
            for data in (path.with_suffix(".csv"),)
        ],
    )


def _label(path: Path) -> str:
    return path.stem.replace("figure", "").replace("fig", "").strip("_- ") or path.stem
