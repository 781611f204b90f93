"""Each folder of papers is a paper; the old name of the first one goes on working."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import symqb
from symqb import papers
from symqb.audit import Paper

ROOT = Path(__file__).resolve().parents[2] / "symqb" / "papers"


def test_every_folder_is_listed() -> None:
    assert papers.__all__ == sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
    with pytest.raises(AttributeError, match="no attribute 'none'"):
        papers.none  # noqa: B018


@pytest.mark.parametrize("name", papers.__all__)
def test_every_folder_holds_a_paper(name: str) -> None:
    paper = getattr(papers, name).PAPER
    assert isinstance(paper, Paper)
    assert paper.items
    first = paper.items[0].id
    assert [row.id for row in symqb.audit_paper(getattr(papers, name), first)] == [first]


def test_papers_are_imported_when_they_are_asked_for() -> None:
    code = "import sys, symqb.papers; print([m for m in sys.modules if 'papers.' in m])"
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_old_name_works_and_says_what_to_write() -> None:
    from symqb import paper

    assert "symqb.audit_paper(paper, ids)" in (paper.__doc__ or "")
    rows = paper.audit(["B9"])
    assert rows == symqb.audit_paper(papers.pra109_042619, ["B9"])
    assert r"\item[\textbf{(B9)}]" in paper.erratum(rows)
    assert "### B9 — misprint" in paper.audit_page(rows)
    assert list(paper.FIGURES) == list(papers.pra109_042619.PAPER.figures)
