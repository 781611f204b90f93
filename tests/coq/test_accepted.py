"""Coq accepts every file, and every theorem rests on the axioms of the real numbers alone."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from symqb.prove import coq
from symqb.prove.coq import AXIOMS_OF_THE_REALS, SOURCE, NotChecked, link, link_text, run_coqc
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


def with_proof(built: Path, folder: Path, name: str, proof: str, before: str = "") -> None:
    """Copy what is compiled, and compile the headlines with another proof of one of them."""
    for path in built.iterdir():
        if path.suffix in (".v", ".vo"):
            (folder / path.name).write_bytes(path.read_bytes())
    text = (folder / "Headlines.v").read_text()
    start = text.index(f"Theorem {name}")
    begin = text.index("Proof.", start)
    end = text.index("Qed.", begin) + len("Qed.")
    parts = (text[:start], before, text[start:begin], proof, text[end:])
    (folder / "Headlines.v").write_text("".join(parts))
    run_coqc(folder, "Headlines.v")


PAIR = ("two_spin_zero_ergotropy", "squared_moduli_doubly_stochastic")
TWO = tuple(line for line in HEADLINES if line.name in PAIR)


@pytest.mark.needs_coq
def test_an_admitted_theorem_shows_in_its_assumptions(built: Path, tmp_path: Path) -> None:
    with_proof(built, tmp_path, PAIR[0], "Admitted.")
    found = link(tmp_path, TWO)
    extra = {name: set(axioms) - AXIOMS_OF_THE_REALS.keys() for name, axioms in found.items()}
    assert {axiom.rpartition(".")[2] for axiom in extra[PAIR[0]]} == {PAIR[0]}
    assert extra[PAIR[1]] == set()


#: Proofs of False that coqc accepts, and what Print Assumptions says of them.
FALSEHOODS = {
    "is assumed to be guarded": (
        "Unset Guard Checking.\nFixpoint loop (n : nat) : False := loop n.\nSet Guard Checking.\n",
        "destruct (loop 0).",
    ),
    "is assumed to be positive": (
        "Unset Positivity Checking.\nInductive bad : Prop := B : (bad -> False) -> bad.\n"
        "Set Positivity Checking.\n"
        "Definition no (b : bad) : False := match b with B f => f b end.\n",
        "destruct (no (B no)).",
    ),
}


@pytest.mark.needs_coq
@pytest.mark.parametrize("line", FALSEHOODS)
def test_what_a_false_proof_rests_on_is_not_overlooked(
    line: str, built: Path, tmp_path: Path
) -> None:
    """The second guard: had the file not been refused unread, its assumptions would tell."""
    before, proof = FALSEHOODS[line]
    with_proof(built, tmp_path, PAIR[0], f"Proof. {proof} Qed.", before)
    with pytest.raises(NotChecked, match=f"rests on '.*{re.escape(line)}"):
        link(tmp_path, TWO)


@pytest.mark.needs_coq
def test_a_false_axiom_under_the_name_of_one_of_the_reals_is_told_from_it(
    built: Path, tmp_path: Path
) -> None:
    name = "ClassicalDedekindReals.sig_not_dec"
    module, axiom = name.split(".")
    before = f"Module {module}. Axiom {axiom} : False. End {module}.\n"
    with_proof(built, tmp_path, PAIR[0], f"Proof. destruct {name}. Qed.", before)
    (extra,) = set(link(tmp_path, TWO)[PAIR[0]]) - AXIOMS_OF_THE_REALS.keys()
    assert extra.endswith(name)


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
    assert {name.split(".", 2)[2] for name in listed} - AXIOMS_OF_THE_REALS.keys() <= {
        "Classical_Prop.classic"
    }
    for kind in ("type-in-type", "unsafe (co)fixpoints", "positivity is assumed"):
        assert re.search(rf"{re.escape(kind)}.*<none>", summary), kind


def test_the_link_reads_spelled_statements_with_nothing_of_the_project_in_scope() -> None:
    text = link_text()
    before, _, _ = text.partition("From XXZ Require Import")
    assert "link_two_spin_passivity" in before
    assert "Import" not in before.replace("From Coq Require Import Reals List.", "")
