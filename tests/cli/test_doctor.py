"""``symqb doctor --model`` examines a model file, and its exit status says what was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import symqb
from symqb.cli import app

COMMON = """
[register]
levels = [2, 2]
[system]
H = "w*(N1 + N2)"
[[baths]]
name = "c"
temperature = "T"
coupling = "X1 + {weight}*X2"
"""
NUMBERS = """
[register]
levels = [2]
[system]
H = "N1"
kappa = "1/1000"
[[baths]]
name = "c"
temperature = 1
coupling = "X1"
mu = "1/2"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("dark.toml").write_text(COMMON.format(weight=1))
    Path("sound.toml").write_text(COMMON.format(weight=2))
    Path("numbers.toml").write_text(NUMBERS)
    return tmp_path


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["doctor", *words])


def test_a_fault_is_told_with_its_remedy_and_status_1() -> None:
    result = run("--model", "dark.toml")
    assert result.exit_code == 1
    assert result.stdout.startswith("conserved-quantity (proved for all parameters)\n")
    assert "Remedy: " in result.stdout
    assert "no point is given" in result.stdout


def test_a_sound_model_has_status_0() -> None:
    result = run("--model", "sound.toml", "--set", "w=1", "--set", "T=1/3", "--set", "kappa=1e-4")
    assert (result.exit_code, result.stdout) == (0, "nothing found\n")


def test_json_is_the_report_of_the_library() -> None:
    result = run("--model", "dark.toml", "--set", "w=1", "--set", "T=0.5", "--format", "json")
    assert result.exit_code == 1
    report = symqb.check_model(symqb.load_model("dark.toml"), {"w": 1.0, "T": 0.5})
    assert json.loads(result.stdout) == json.loads(json.dumps(report.to_dict()))


def test_a_file_of_numbers_alone_is_a_point() -> None:
    result = run("--model", "numbers.toml")
    assert (result.exit_code, result.stdout) == (0, "nothing found\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "w=1"], "--set 'w=1' is for parameters of --model FILE"),
        (["--model", "dark.toml", "--set", "w=1"], "missing"),
        (["--model", "dark.toml", "--set", "w=1", "--set", "T=-1"], "T=-1.0"),
        (["--model", "dark.toml", "--set", "w"], "--set 'w' is no NAME=VALUE"),
        (["--model", "absent.toml"], "absent.toml"),
    ],
)
def test_bad_input_has_status_2_and_one_message(words: list[str], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("symqb: ")
    assert said in result.stderr
    assert result.stdout == ""


def test_without_a_model_it_tells_what_is_here() -> None:
    rows = json.loads(run("--format", "json").stdout)
    assert {"Python", "symqb"} <= {row["part"] for row in rows}
