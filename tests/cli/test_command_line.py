"""The command line prints the contract's JSON and exits 0, 1 or 2 as it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sympy as sp
from typer.testing import CliRunner

import symqb
from symqb.cli import app
from symqb.prove.passivity.map import certify, counts

POINT = {"B0": 2, "J": 1, "Delta": "0.1", "epsilon": 1, "T_L": 39, "T_R": 1}
SCALARS = [
    "stored_energy",
    "capacity",
    "charge",
    "ergotropy",
    "exergy",
    "heat_current_L",
    "heat_current_R",
    "entropy_production",
]


def arguments(**changes: Any) -> list[str]:
    point = {**POINT, **changes}
    return [
        part
        for name, value in point.items()
        if value is not None
        for part in (f"--{name.replace('_', '-')}", str(value))
    ]


def run(*command: str) -> Any:
    return CliRunner().invoke(app, list(command))


def output(*command: str) -> Any:
    result = run(*command, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("spins", [2, 3, 4])
def test_evaluate_prints_the_numbers_of_the_library(spins: int) -> None:
    record = output("evaluate", "--spins", str(spins), *arguments())
    assert list(record)[: len(SCALARS) + 1] == ["levels", *SCALARS]
    expected = symqb.xxz_battery(spins).evaluate(**{**POINT, "Delta": 0.1}, kappa=1.0)
    assert {name: record[name] for name in SCALARS} == {n: expected[n] for n in SCALARS}
    assert [level["label"] for level in record["levels"]] == list(expected.labels)
    assert [level["energy"] for level in record["levels"]] == expected.energies.tolist()
    assert [level["population"] for level in record["levels"]] == expected.populations.tolist()


def test_digits_read_decimals_exactly_and_print_them_in_full() -> None:
    record = output("evaluate", *arguments(), "--digits", "60")
    exact = symqb.xxz_battery(2).evaluate(digits=60, **{**POINT, "Delta": Fraction(1, 10)})
    rounded = symqb.xxz_battery(2).evaluate(digits=60, **{**POINT, "Delta": 0.1})
    shown = sp.Float(record["charge"], 60)
    assert abs(shown - sp.Float(str(exact.charge), 60)) < sp.Float("1e-58")
    assert abs(shown - sp.Float(str(rounded.charge), 60)) > sp.Float("1e-20")


def test_a_fraction_is_a_number() -> None:
    assert output("evaluate", *arguments(Delta="1/10")) == output("evaluate", *arguments())


def test_an_infinite_output_is_still_strict_json() -> None:
    result = run("evaluate", *arguments(T_R=0), "--format", "json")
    record = json.loads(result.stdout, parse_constant=lambda name: pytest.fail(name))
    assert record["entropy_production"] == "Infinity"


@pytest.mark.parametrize("J", [1, 0])
@pytest.mark.parametrize("digits", [(), ("--digits", "20")])
def test_an_output_that_does_not_exist_is_named_with_the_reason(
    J: int, digits: tuple[str, ...]
) -> None:
    command = ("evaluate", *arguments(B0=-5, J=J), *digits)
    record = output(*command)
    assert "charge" not in record
    assert float(record["capacity"]) == 0
    assert "|0..0> is the top level" in record["absent"]["charge"]
    (line,) = [row for row in run(*command).stdout.splitlines() if row.startswith("charge ")]
    assert line.split(maxsplit=1)[1] == f"none: {record['absent']['charge']}"
    assert "absent" not in output("evaluate", *arguments())


def test_the_exchange_may_be_zero() -> None:
    assert "not 0" not in run("evaluate", "--help").output
    assert output("evaluate", *arguments(J=0))["capacity"] > 0


def test_derive_prints_formulas_that_evaluate_to_the_numbers() -> None:
    record = output("derive", "--spins", "3")
    point = {sp.Symbol("B0"): 2, sp.Symbol("J"): 1, sp.Symbol("Delta"): sp.Rational(1, 10)}
    numbers = symqb.xxz_battery(3).evaluate(**{**POINT, "Delta": 0.1}).energies
    for level, number in zip(record["levels"], numbers, strict=True):
        assert float(sp.sympify(level["energy"]).subs(point)) == pytest.approx(number, rel=1e-14)
    assert record["steady_state"]["spanning_trees"] == 1280
    assert len(record["transitions"]) == 14


@pytest.mark.parametrize("form", ["text", "latex"])
def test_derive_prints_for_people(form: str) -> None:
    result = run("derive", "--format", form)
    assert result.exit_code == 0
    assert "spanning trees" in result.stdout


def test_evaluate_prints_for_people() -> None:
    result = run("evaluate", *arguments())
    assert result.exit_code == 0
    assert "ergotropy" in result.stdout


def test_emit_writes_the_source_of_the_library(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "battery.py"
    assert run("emit", "--target", "numpy", "--spins", "3", "--output", str(target)).exit_code == 0
    assert target.read_text() == symqb.xxz_battery(3).source("numpy")
    shown = run("emit", "--target", "numpy", "--outputs", "charge, ergotropy")
    assert shown.stdout == symqb.xxz_battery(2).source("numpy", ("charge", "ergotropy"))


def test_latex_writes_a_document(tmp_path: Path) -> None:
    target = tmp_path / "battery.tex"
    assert run("latex", "--document", "--output", str(target)).exit_code == 0
    assert target.read_text().rstrip().endswith(r"\end{document}")
    assert run("latex").stdout.startswith(r"\section*{Hamiltonian")


def test_version_and_help_name_every_command() -> None:
    assert run("--version").stdout == f"symqb {symqb.__version__}\n"
    shown = run("--help").stdout
    commands = [
        "derive",
        "evaluate",
        "latex",
        "emit",
        "prove",
        "check",
        "falsify",
        "audit",
        "figures",
        "sweep",
        "report",
        "doctor",
    ]
    assert [name for name in commands if name not in shown] == []


@pytest.mark.parametrize(
    ("words", "completed"),
    [("symqb ev", ["evaluate"]), ("symqb derive --format ", ["text", "json", "latex"])],
)
def test_the_shell_completes(words: str, completed: list[str]) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    result = subprocess.run(
        [str(Path(sys.executable).with_name("symqb"))],
        env=os.environ | asked | {"_SYMQB_COMPLETE": "complete_bash"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.split() == completed


def test_doctor_tells_what_is_here() -> None:
    parts = {row["part"]: row for row in output("doctor")}
    assert parts["sympy"]["detail"] == sp.__version__
    assert {
        "extra plot",
        "extra sweep",
        "certificates",
        "C compiler",
        "node",
        "Coq",
        "GPU",
        "browser",
    } <= set(parts)
    assert run("doctor").exit_code == 0


def test_doctor_knows_every_extra_and_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from symqb.report import doctor

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    offered = set(project["optional-dependencies"])
    assert offered - {"all", "test", "docs", "dev", "bench"} == set(doctor.PURPOSES)
    assert {"", "plot", "sweep"} <= set(doctor.requirements())
    monkeypatch.setattr(doctor, "_package", lambda name: None if name == "zarr" else "1.0")
    parts = {row["part"]: row for row in doctor.examine()}
    assert not parts["extra sweep"]["available"]
    assert "without zarr; pip install 'symqb[sweep]'" in parts["extra sweep"]["detail"]
    assert parts["extra plot"]["detail"] == "matplotlib 1.0"


@dataclass(frozen=True)
class Theorem:
    """What `prove` gives for one theorem."""

    name: str
    verdict: str
    statement: str = "p > q"
    scope: str = "all parameters of the statement"
    assumes: tuple[str, ...] = ()
    certificate: str = "search"
    seconds: float = 0.5


@pytest.mark.parametrize(
    ("verdict", "status"), [("proved", 0), ("refuted", 0), ("inconclusive", 1)]
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_prove_fails_only_when_inconclusive(
    monkeypatch: pytest.MonkeyPatch, verdict: str, status: int, form: str
) -> None:
    results = [Theorem("T0", "proved"), Theorem("T1", verdict)]
    monkeypatch.setattr("symqb.prove.prove", lambda names, **_: results)
    result = run("prove", "--format", form)
    assert result.exit_code == status
    if form == "json":
        first = json.loads(result.stdout)[1]
        keys = ["name", "statement", "verdict", "scope", "assumes", "certificate", "seconds"]
        assert list(first)[:7] == keys
        assert first["verdict"] == verdict


CERTIFICATE = Path(symqb.__file__).resolve().parents[1] / "proofs" / "T2" / "T2_step.json"


def test_check_accepts_a_certificate_and_refuses_a_forged_one(tmp_path: Path) -> None:
    record = output("check", str(CERTIFICATE))
    assert record["verdict"] == "proved"
    assert run("check", str(CERTIFICATE)).exit_code == 0
    forged = tmp_path / "forged.json"
    changed = json.loads(CERTIFICATE.read_text())
    changed["format"] = "symqb-certificate-0"
    forged.write_text(json.dumps(changed))
    refused = run("check", str(forged), "--format", "json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["verdict"] == "refused"


def test_prove_reads_the_shipped_certificate() -> None:
    (record,) = output("prove", "T2_step")
    assert (record["verdict"], record["certificate"]) == ("proved", "proofs/T2/T2_step.json")


def test_falsify_fails_only_against_what_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    (tested,) = output("falsify", "T2_step", "--profile", "quick")
    assert tested["verdict"] == "tested"
    assert tested["examples"] > 0
    (refuted,) = output("falsify", "A16_argument", "--profile", "quick")
    assert refuted["witness"]
    wrong = SimpleNamespace(name="T2_step", verdict="refuted")
    module = import_module("symqb.prove.falsify")
    monkeypatch.setattr(module, "falsify", lambda name, profile: wrong)
    monkeypatch.setattr("symqb.report.plain.record", vars)
    assert run("falsify", "T2_step").exit_code == 1


def test_audit_prints_the_rows_of_the_contract() -> None:
    rows = output("audit", "B9", "C3", "2a")
    assert [row["id"] for row in rows] == ["B9", "C3", "2a"]
    assert list(rows[0])[:6] == ["id", "kind", "status", "printed", "derived", "evidence"]
    chosen = output("audit", "B9", "C3", "2a", "--status", rows[0]["status"])
    assert [row["id"] for row in chosen] == ["B9"]
    assert "3 rows" in run("audit", "B9", "C3", "2a").stdout


BAD: list[tuple[list[str], str]] = [
    (["evaluate", *arguments(B0="two")], "B0='two' is not a number"),
    (["evaluate", *arguments(B0="nan")], "not finite"),
    (["evaluate", *arguments(J="inf")], "not finite"),
    (["evaluate", *arguments(J="1/0")], "J='1/0' is not a number"),
    (["evaluate", *arguments(Delta="1e400")], "Delta='1e400' is not finite in double precision"),
    (["evaluate", *arguments(J="1" + 400 * "0" + "/3")], "J='1000"),
    (["evaluate", *arguments(Delta="1e200")], "scale all energies"),
    (["evaluate", *arguments(Delta="")], "Delta='' is not a number"),
    (["evaluate", *arguments(T_L="-1")], "temperatures must be >= 0"),
    (["evaluate", *arguments(T_R="-0.5")], "temperatures must be >= 0"),
    (["evaluate", *arguments(T_R="1e-300")], "cannot be resolved"),
    (["evaluate", *arguments(), "--kappa", "0"], "must be > 0"),
    (["evaluate", *arguments(), "--kappa", "-1"], "must be > 0"),
    (["evaluate", *arguments(), "--spins", "0"], "spins=0"),
    (["evaluate", *arguments(), "--spins", "-3"], "spins=-3"),
    (["evaluate", *arguments(), "--spins", "1"], "at least 2"),
    (["evaluate", *arguments(), "--digits", "3"], "digits=3"),
    (["evaluate", *arguments(), "--digits", "9999"], "give 15 to 2000"),
    (["evaluate", *arguments(Delta="x"), "--digits", "30"], "Delta='x'"),
    (["evaluate", *arguments(Delta="nan"), "--digits", "30"], "Delta='nan'"),
    (["derive", "--spins", "5"], "spins=5"),
    (["derive", "--spins", "1"], "spins=1"),
    (["latex", "--spins", "6"], "spins=6"),
    (["emit", "--target", "cobol"], "target='cobol' is unknown"),
    (["emit", "--target", "numpy", "--outputs", "work"], "'work' is unknown"),
    (["emit", "--target", "numpy", "--outputs", ""], "unknown"),
    (["emit", "--target", "numpy", "--spins", "4"], "spins=4"),
    (["check", "no-such-file.json"], "no-such-file.json"),
    (["prove", "no-such-theorem"], "no-such-theorem"),
    (["audit", "--status", "fine"], "status='fine' is unknown"),
    (["audit", "no-such-row"], "no audit row is called 'no-such-row'"),
    (["falsify", "no-such-theorem"], "no theorem is called 'no-such-theorem'"),
    (["figures", "99", "--output", "unused"], "99"),
]
USAGE: list[tuple[list[str], str]] = [
    (["evaluate", *arguments(B0=None)], "--B0"),
    (["evaluate", *arguments(), "--spins", "two"], "--spins"),
    (["evaluate", *arguments(), "--dissipation", "shared"], "--dissipation"),
    (["evaluate", *arguments(), "--format", "xml"], "--format"),
    (["evaluate", *arguments(), "--mass", "1"], "--mass"),
    (["latex", "--width", "3"], "--width"),
    (["emit"], "--target"),
    (["report"], "--output"),
    (["explode"], "explode"),
]


@pytest.mark.parametrize(("command", "expected"), BAD, ids=[" ".join(c)[:60] for c, _ in BAD])
def test_bad_input_is_one_message_and_status_2(command: list[str], expected: str) -> None:
    result = run(*command)
    assert result.exit_code == 2, result.output
    assert expected in result.stderr
    assert result.stderr.startswith("symqb: ")
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.output


@pytest.mark.parametrize(("command", "expected"), USAGE, ids=[" ".join(c)[:60] for c, _ in USAGE])
def test_wrong_usage_is_status_2(command: list[str], expected: str) -> None:
    result = run(*command)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert "Traceback" not in result.output


def test_an_output_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    for command in (["latex", "--output"], ["emit", "--target", "numpy", "--output"]):
        result = run(*command, str(blocked / "deeper.txt"))
        assert (result.exit_code, result.stdout) == (2, "")
        assert str(blocked) in result.stderr
    assert run("report", "--output", str(blocked)).exit_code == 2


def test_passivity_prints_the_stated_points_with_their_proofs() -> None:
    rows = output("passivity", "2")
    assert rows == list(certify([2]))
    assert [(row["verdict"], row["holds"]) for row in rows] == [("active", True)] * 5
    shown = run("passivity", "2")
    assert (shown.exit_code, shown.stdout.count("weak-field-2")) == (0, 1)


def test_a_stated_verdict_that_fails_is_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    false = [{**row, "holds": False} for row in certify([2])]
    monkeypatch.setattr("symqb.prove.passivity.map.certify", lambda lengths: false)
    for form in ("text", "json"):
        result = run("passivity", "2", "--format", form)
        assert (result.exit_code, "weak-field-2" in result.stdout) == (1, True)
    assert run("passivity", "2").stdout.count(" NO ") == len(false)


def test_passivity_counts_by_search() -> None:
    assert output("passivity", "2", "--points", "5") == list(counts([2], 5))
    assert "of 5" in run("passivity", "2", "--points", "5").stdout


def test_passivity_draws_the_map_of_the_lengths_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def draw(folder: Path, spins: list[int], size: int) -> list[Path]:
        asked.append((folder, spins))
        return [folder / "a.png"]

    monkeypatch.setattr("symqb.prove.passivity.pictures.draw", draw)
    assert output("passivity", "3", "4", "-o", str(tmp_path)) == [str(tmp_path / "a.png")]
    assert asked == [(tmp_path, [3, 4])]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["12"], "no point is stated for [12] spins; give lengths from 2 to 8"),
        (["--points", "5", "-o", "x"], "--points 5 and --output x: give one of them"),
    ],
)
def test_what_passivity_cannot_do_is_bad_input(words: list[str], told: str) -> None:
    result = run("passivity", *words)
    assert (result.exit_code, result.stderr) == (2, f"symqb: {told}\n")


def test_a_missing_part_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "symqb.prove", None)
    result = run("prove")
    assert result.exit_code == 2
    assert "symqb.prove" in result.stderr


@pytest.mark.parametrize("module", ["symqb", "symqb.cli"])
def test_a_real_process_shows_no_traceback(module: str) -> None:
    environment = {**os.environ, "NO_COLOR": "1"}
    command = [sys.executable, "-m", module, "evaluate", *arguments(T_L="-1")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "symqb: T_L=-1.0: temperatures must be >= 0; T = 0 is allowed\n"


def test_a_file_dropped_among_the_commands_is_a_command(tmp_path: Path) -> None:
    """Nothing else names it; it comes after the files whose order is told."""
    folder = tmp_path / "symqb"
    shutil.copytree(
        Path(symqb.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "cli" / "commands" / "another.py").write_text(
        "from symqb.cli.application import app\n\n\n"
        '@app.command()\ndef greet() -> None:\n    """Greet."""\n    print("good morning")\n'
    )
    command = [sys.executable, "-m", "symqb"]
    done = [
        subprocess.run([*command, word], cwd=tmp_path, capture_output=True, text=True, check=True)
        for word in ("greet", "--help")
    ]
    assert done[0].stdout == "good morning\n"
    assert done[1].stdout.index("doctor") < done[1].stdout.index("greet")


@pytest.mark.parametrize("module", ["matplotlib", "latex2mathml", "jax", "numba"])
def test_help_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, symqb.cli; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


NOT_SHIPPED = ["no JSON", "[1]", "{}", '{"format": "x"}', None]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("T9", text) for text in NOT_SHIPPED),
        # each replays a tree of ten seconds
        ("T8_figure", None),
        *(pytest.param("T8_figure", x, marks=pytest.mark.slow) for x in NOT_SHIPPED if x),
    ],
)
def test_check_refuses_a_forged_certificate_over_boxes(
    tmp_path: Path, name: str, text: str | None
) -> None:
    """A file is judged by what it holds, never by the certificate its name stands for."""
    shipped = (CERTIFICATE.parents[1] / name[:2] / f"{name}.json").read_text()
    forged = tmp_path / f"{name}.json"
    forged.write_text(shipped.replace("1", "2", 1) if text is None else text)
    refused = run("check", str(forged))
    assert refused.exit_code == 1
    assert "proved" not in refused.stdout


def test_falsify_takes_a_folder_and_attacks_variants() -> None:
    assert {r["name"] for r in output("falsify", "T2", "--profile", "quick")} == {"T2", "T2_step"}
    outcomes = output("falsify", "A1", "--variants", "--profile", "quick")
    assert {o["verdict"] for o in outcomes} == {"refuted"}
    assert "7 variants: 7 refuted" in run("falsify", "A1", "--variants").output
    assert "searched: 1, found refuted: 1, tested: 0" in run("falsify", "A13_printed").output
