"""The reader's page names what is there: every Coq name on it exists, every headline is on it."""

from __future__ import annotations

import re
from pathlib import Path

from symqb.prove.coq import AXIOMS_OF_THE_REALS, SOURCE, files
from symqb.prove.coq_statements import HEADLINES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coq.md"
DECLARED = re.compile(r"^(?:Theorem|Lemma|Definition|Record|Fixpoint) (\w+)", re.MULTILINE)


def names_on(page: str) -> set[str]:
    prose = re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)
    quoted = re.findall(r"(?<!`)`([A-Za-z]\w*)`", prose)
    quoted += [name.replace("\\_", "_") for name in re.findall(r"\\texttt\{([^}]*)\}", prose)]
    return {name for name in quoted if "_" in name or name in ("chebyshev", "rearrangement")}


def test_every_coq_name_on_the_page_exists() -> None:
    declared = {name for file in files() for name in DECLARED.findall((SOURCE / file).read_text())}
    named = names_on(PAGE.read_text())
    assert len(named) > 50
    assert named - declared == set()
    assert names_on("`no_such_lemma`") - declared == {"no_such_lemma"}


def test_every_headline_and_every_axiom_is_on_the_page() -> None:
    page = PAGE.read_text()
    wanted = {line.name for line in HEADLINES} | AXIOMS_OF_THE_REALS.keys()
    assert [name for name in wanted if f"`{name}`" not in page] == []
    assert [name for name in files() if f"`{name}`" not in page] == ["Matrices.v"]
