"""The ledger, pinned: nothing silently becomes inconclusive, nothing weaker is passed off."""

from __future__ import annotations

import copy
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from symqb.certify import check
from symqb.prove import ledger
from symqb.prove.builder import NotFound
from symqb.prove.falsify import refutes
from symqb.prove.ledger import PROOFS, prove
from symqb.prove.sampling import parse
from symqb.prove.theorems.registry import THEOREMS

REFUTED = {
    "A9_ferro",
    "A10_ferro",
    "A13_printed",
    "A14_printed",
    "A16_argument",
    "A17_printed",
    "T7_epsilon_1",
    "T7_field",
    "T7_three_spins",
}
PROVED = {
    "T1",
    "T1_existence",
    "T1_program_2",
    "T1_program_3",
    "T1_unique_2",
    "T1_unique_3",
    "T2",
    "T2_step",
    "T3",
    "T3_existence",
    "T4_4",
    "T4_8",
    "T4_unitary_4",
    "T4_unitary_8",
    "T4_T3",
    "T4_T5",
    "T5",
    "T5_existence",
    *(f"A{k}" for k in range(1, 19)),
    "A3_printed",
    "A4_printed",
    "A8_eta",
    "A11_ferro",
    "A15_printed",
    "A18_eta",
    "T8_concave",
}


def test_the_ledger_is_pinned() -> None:
    lines = prove(THEOREMS)
    assert {line.name for line in lines if line.verdict == "proved"} == PROVED
    assert {line.name for line in lines if line.verdict == "refuted"} == REFUTED
    assert all(line.certificate.startswith("proofs/") and not line.reason for line in lines)
    assert all(line.scope and line.statement and line.assumes for line in lines)
    pinned = json.loads((Path(__file__).parents[1] / "golden" / "assumed.json").read_text())
    assert {line.name: list(line.assumes) for line in lines} == pinned


def test_a_verdict_that_changes_is_seen(tmp_path: Path) -> None:
    """The pinned ledger can fail: one spoiled certificate makes its line another one."""
    path = tmp_path / THEOREMS["A1"].path
    path.parent.mkdir(parents=True)
    text = (PROOFS / THEOREMS["A1"].path).read_text(encoding="utf-8")
    path.write_text(text.replace('"combine": [{"c": "2"', '"combine": [{"c": "3"', 1))
    assert path.read_text() != text
    (line,) = prove(["A1"], proofs=tmp_path)
    assert (line.verdict, line.assumes) == ("inconclusive", ())
    assert line.reason.startswith("not-identical")


@pytest.mark.parametrize("name", sorted(THEOREMS))
def test_the_shipped_certificate_is_what_the_search_finds(name: str) -> None:
    entry = THEOREMS[name]
    shipped = (PROOFS / entry.path).read_text(encoding="utf-8")
    assert shipped == ledger.text(entry.make())
    assert json.loads(shipped)["statement"] == entry.statement()


def test_no_certificate_is_shipped_that_no_theorem_claims() -> None:
    shipped = {
        path.relative_to(PROOFS).as_posix()
        for path in PROOFS.glob("T*/*.json")
        if '"symqb-certificate-1"' in path.read_text(encoding="utf-8")[:60]
    }
    assert shipped == {entry.path for entry in THEOREMS.values()}


def strangers(folder: Path) -> set[str]:
    """Files of a folder of proofs that are no page, no certificate and no Coq file."""
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    coq = {p for p in found if p.startswith("coq/")}
    return {p for p in found - coq if Path(p).suffix not in {".md", ".json"}}


def test_nothing_else_lies_among_the_proofs(tmp_path: Path) -> None:
    assert strangers(PROOFS) == set()
    (tmp_path / "checker.py").touch()
    assert strangers(tmp_path) == {"checker.py"}


def test_every_folder_has_its_page() -> None:
    for folder in {entry.folder for entry in THEOREMS.values()} | {"T8", "T9", "T10"}:
        page = (PROOFS / folder / "README.md").read_text(encoding="utf-8")
        for entry in THEOREMS.values():
            if entry.folder == folder:
                assert f"`{entry.name}" in page or f"{entry.name}.json" in page, entry.name


def test_a_certificate_of_a_weaker_theorem_is_not_passed_off(tmp_path: Path) -> None:
    """T2 for x = y only, correctly proved, in the place of T2."""
    entry = THEOREMS["T2"]
    weaker = entry.make()
    weaker["statement"]["hypotheses"]["equal"] = "x = y"
    assert check(weaker).verdict == "proved"
    path = tmp_path / entry.path
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(weaker))
    (line,) = prove(["T2"][:1], proofs=tmp_path)[:1]
    assert line.verdict == "inconclusive"
    assert line.reason.startswith("statement-differs")


def test_a_search_that_finds_nothing_is_inconclusive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail() -> Any:
        raise NotFound("nothing")

    entry = THEOREMS["T2_step"]
    object_with = copy.copy(entry)
    object.__setattr__(object_with, "make", fail)
    monkeypatch.setitem(ledger.THEOREMS, "T2_step", object_with)
    (line,) = prove(["T2_step"], proofs=tmp_path)
    assert (line.verdict, line.reason) == ("inconclusive", "nothing")


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError, match="no theorem is called 'T99'"):
        prove(["T99"])


def test_a_folder_stands_for_its_theorems() -> None:
    assert {line.name for line in prove(["T2"])} >= {"T2"}


def test_every_title_says_more_than_a_number() -> None:
    def bare(title: str) -> bool:
        return len(re.findall(r"[A-Za-z_]{2,}", re.sub(r"as printed|\(A\d+\)", "", title))) < 2

    assert [name for name, entry in THEOREMS.items() if bare(entry.title)] == []
    assert [bare("(A5)"), bare("(A14) as printed"), bare("(A5): absorption grows")] == [1, 1, 0]


def test_a_name_brings_what_else_its_folder_holds() -> None:
    """The README's row for T1 is about the emitted elimination too, not the tree form alone."""
    from symqb.prove.ledger import _selected

    assert set(_selected(["T1"])) == {name for name in PROVED if name.startswith("T1")}
    assert _selected(["T7_field"]) == ["T7_field"]


@pytest.mark.parametrize("name", sorted(REFUTED))
def test_a_refuted_line_shows_a_point_that_refutes(name: str) -> None:
    """The rational part of the witness, decided again by balls: a conclusion fails there."""
    (line,) = prove([name])
    assert line.witness is not None
    point = {k: Fraction(v) for k, v in line.witness.items()}
    statement = THEOREMS[name].statement()
    failed = refutes(parse(statement), point)
    assert failed is not None
    if "p1" not in statement["variables"]:
        assert statement["conclusions"][failed] == line.violates
    assert line.to_json()["witness"] == line.witness
    assert ", ".join(f"{k} = {v}" for k, v in line.witness.items()) in str(
        [column.cells for column in prove([name]).columns()]
    )


def test_a_proved_line_has_no_witness() -> None:
    (line,) = prove(["T2_step"])
    assert (line.witness, line.violates, line.scope) == (None, "", ledger.ALL)
