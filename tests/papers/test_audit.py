"""The audit as a whole: ids, rows, the erratum, the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pytest

import symqb.audit
from symqb import ParameterError
from symqb.audit import KINDS, STATUSES, AuditError, AuditRow, AuditRows, count_statuses
from symqb.audit.erratum import CORRECTED, prose
from symqb.papers.pra109_042619 import PAPER


def audit(ids: Iterable[str] | None = None) -> AuditRows:
    return symqb.audit_paper(PAPER, ids)


def erratum(rows: list[AuditRow]) -> str:
    return symqb.audit.erratum(PAPER, rows)


def audit_page(rows: list[AuditRow]) -> str:
    return symqb.audit.audit_page(PAPER, rows)


PAGE = Path(__file__).parents[2] / "docs" / "audit.md"
SOME = [
    "1",
    "2c",
    "11",
    "12a",
    "26",
    "B3",
    "B9",
    "B10",
    "C3",
    "A17",
    "A-arg-11",
    "text-10",
    "cond-1",
]


def test_rows_of_the_contract() -> None:
    rows = {row.id: row for row in audit(["2a", "12a", "B9", "C3"])}
    assert [rows[i].status for i in ("2a", "12a", "B9", "C3")] == [
        "confirmed",
        "misprint",
        "misprint",
        "incomplete",
    ]
    assert all(row.kind == "equation" for row in rows.values())
    fields = json.loads(json.dumps(asdict(rows["B9"])))
    assert {"id", "kind", "status", "printed", "derived", "evidence"} <= set(fields)


def test_unknown_row_is_refused() -> None:
    with pytest.raises(ParameterError, match="no audit row is called '99'"):
        audit(["99"])


def test_one_id_may_be_given_as_a_string() -> None:
    assert [row.id for row in audit("B10")] == ["B10"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("kind", "poem", "kind"), ("status", "fine", "status"), ("evidence", "", "no evidence")],
)
def test_a_row_without_ground_cannot_be_made(field: str, value: str, message: str) -> None:
    good = {
        "id": "1",
        "kind": "equation",
        "status": "confirmed",
        "printed": "",
        "derived": "",
        "evidence": "exact",
    }
    AuditRow(**good)
    with pytest.raises(AuditError, match=message):
        AuditRow(**{**good, field: value})


def test_counts_add_up() -> None:
    rows = audit(SOME)
    assert sum(count_statuses(rows).values()) == len(rows)


def _is_balanced(text: str) -> bool:
    depth, escaped = 0, False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


def _environments_nest(text: str) -> bool:
    stack = []
    for word, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", text):
        if word == "begin":
            stack.append(name)
        elif not stack or stack.pop() != name:
            return False
    return not stack


def _check_latex(text: str, rows: list[AuditRow]) -> None:
    assert _is_balanced(text)
    assert _environments_nest(text)
    assert text.count(r"\left") - text.count(r"\leftarrow") == text.count(r"\right") - text.count(
        r"\rightarrow"
    )
    assert len(re.findall(r"(?<!\\)\$", text)) % 2 == 0
    assert text.count(r"\[") == text.count(r"\]")
    assert text.isascii()
    for row in rows:
        title = f"({row.id})" if row.kind == "equation" else row.id
        assert (rf"\item[\textbf{{{title}}}]" in text) == (row.status in CORRECTED), row.id


def test_erratum_compiles_in_form_and_holds_each_correction() -> None:
    rows = audit(SOME)
    _check_latex(erratum(rows), rows)


def test_latex_checks_can_fail() -> None:
    assert not _is_balanced(r"{\frac{1}{2}")
    assert not _environments_nest(r"\begin{description}\end{document}")
    row = audit(["B9"])[0]
    with pytest.raises(AssertionError):
        _check_latex(r"\item[\textbf{(B8)}]", [row])


def test_prose_sets_symbols_and_escapes_the_rest() -> None:
    assert prose("100% of gamma_41^(L)") == r"100\% of $\gamma_{41}^{(L)}$"
    assert prose("a_b & c") == r"$a_{b}$ \& c"


def test_page_lists_rows_by_kind_and_counts_them() -> None:
    rows = audit(SOME)
    page = audit_page(rows)
    for row in rows:
        assert f"### {row.id} — {row.status}" in page
    misprints = sum(r.status == "misprint" and r.kind == "equation" for r in rows)
    assert f"| misprint | {misprints} |" in page


def _mask(page: str) -> str:
    """Numbers found by a search differ in their last digits from machine to machine."""
    return re.sub(r"[-+]?\d[\d.]*(e[-+]?\d+)?", "#", page)


def test_committed_page_has_every_row() -> None:
    text = PAGE.read_text(encoding="utf-8")
    ids = re.findall(r"^### (\S+) — (\w+)$", text, flags=re.M)
    assert {id_ for id_, _ in ids} == {item.id for item in PAPER.items}
    assert {status for _, status in ids} <= set(STATUSES)
    for row in audit(SOME):
        assert (row.id, row.status) in ids


@pytest.mark.slow
def test_whole_audit_page_and_erratum() -> None:
    rows = audit()
    assert {row.kind for row in rows} == set(KINDS)
    assert _mask(audit_page(rows)) == _mask(PAGE.read_text(encoding="utf-8"))
    _check_latex(erratum(rows), rows)
    for row in rows:
        if row.status == "conditional":
            assert row.counterexample, row.id


def test_evidence_reads_as_sentences() -> None:
    raw = re.compile(r"\[['(\]]|\('|\(\d+, |\b(True|False|None)\b")

    assert raw.search("differing at []")
    assert raw.search("failing: [('1', 2)]")
    assert raw.search("monotone throughout: False")
    rows = audit(["3", "4", "7", "8a", "8b", "10a", "10c", "24", "cond-2", "text-3", "text-5"])
    assert [row.id for row in rows if raw.search(row.evidence)] == []
    page = PAGE.read_text(encoding="utf-8")
    lines = re.findall(r"^- decided: (.*)$", page, flags=re.MULTILINE)
    assert len(lines) > 150
    assert [line for line in lines if raw.search(line)] == []
