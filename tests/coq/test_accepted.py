"""Coq accepts every file, and every theorem rests on the axioms of the real numbers alone."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from symqb.prove import coq
from symqb.prove.coq import AXIOMS_OF_THE_REALS, SOURCE, link, link_text, run_coqc
from symqb.prove.coq_statements import HEADLINES

#: Theorems about complex matrices alone do without one of the three axioms.
WITHOUT_NOT_DEC = {
    "squared_moduli_doubly_stochastic",
    "ordered_populations_zero_ergotropy",
    "rate_equations_from_eq7",
}


@pytest.mark.needs_coq
def test_every_file_compiles(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = json.loads((built / "report.json").read_text())["seconds"]
    assert list(seconds) == coq.files()
    assert {path.name for path in SOURCE.glob("*.v")} == set(seconds)
    size = {name: (SOURCE / name).stat().st_size for name in seconds}
    with capsys.disabled():
        lines = [f"  {name}: {seconds[name]:.1f} s, {size[name]} bytes" for name in seconds]
        total = f"  all: {sum(seconds.values()):.1f} s, {sum(size.values())} bytes"
        print("", "Coq files, time and size", *lines, total, sep="\n")


@pytest.mark.needs_coq
def test_assumptions_of_every_theorem_are_those_of_the_reals(built: Path) -> None:
    found = json.loads((built / "report.json").read_text())["axioms"]
    assert set(found) == {line.name for line in HEADLINES}
    for name, axioms in found.items():
        expected = set(AXIOMS_OF_THE_REALS)
        if name in WITHOUT_NOT_DEC:
            expected.remove("ClassicalDedekindReals.sig_not_dec")
        assert set(axioms) == expected, name


def test_nothing_is_admitted_or_assumed() -> None:
    words = re.compile(
        r"\b(Admitted|admit|Abort|give_up|Axioms?|Parameters?|Conjectures?|Unset|bypass_check)\b"
    )
    comments = re.compile(r"\(\*.*?\*\)", re.DOTALL)
    texts = [path.read_text() for path in SOURCE.glob("*.v")]
    assert len(texts) >= 10
    assert not [found for text in texts for found in words.findall(comments.sub("", text))]
    assert words.search("Axiom easy : False.")


@pytest.mark.needs_coq
def test_an_admitted_theorem_shows_in_its_assumptions(built: Path, tmp_path: Path) -> None:
    for path in built.iterdir():
        if path.suffix in (".v", ".vo"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    text = (tmp_path / "Headlines.v").read_text()
    start = text.index("Theorem two_spin_zero_ergotropy")
    proof = text.index("Proof.", start)
    end = text.index("Qed.", proof)
    (tmp_path / "Headlines.v").write_text(text[:proof] + "Admitted." + text[end + 4 :])
    run_coqc(tmp_path, "Headlines.v")
    pair = ("two_spin_zero_ergotropy", "squared_moduli_doubly_stochastic")
    found = link(tmp_path, tuple(line for line in HEADLINES if line.name in pair))
    extra = {name: set(axioms) - AXIOMS_OF_THE_REALS for name, axioms in found.items()}
    assert {axiom.rpartition(".")[2] for axiom in extra[pair[0]]} == {pair[0]}
    assert extra[pair[1]] == set()


@pytest.mark.slow
@pytest.mark.needs_coq
def test_coqchk_accepts_every_file(built: Path) -> None:
    command = ["coqchk", "-silent", "-o", "-Q", ".", "XXZ", "XXZ.Headlines"]
    done = subprocess.run(command, cwd=built, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr
    summary = done.stdout + done.stderr
    axioms = re.search(r"\* Axioms:\n(.*?)\n\s*\n\*", summary, re.DOTALL)
    assert axioms, summary
    listed = {line.strip() for line in axioms.group(1).splitlines() if line.strip()}
    # coqchk lists what the loaded libraries assume, used or not: excluded middle is one of them.
    assert {name.split(".", 2)[2] for name in listed} - AXIOMS_OF_THE_REALS <= {
        "Classical_Prop.classic"
    }
    for kind in ("type-in-type", "unsafe (co)fixpoints", "positivity is assumed"):
        assert re.search(rf"{re.escape(kind)}.*<none>", summary), kind


def test_the_link_reads_spelled_statements_with_nothing_of_the_project_in_scope() -> None:
    text = link_text()
    before, _, _ = text.partition("From XXZ Require Import")
    assert "link_two_spin_passivity" in before
    assert "Import" not in before.replace("From Coq Require Import Reals List.", "")
