"""Commands take a model file as they take the paper's battery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import symqb
from symqb.cli import app

PAIR = """
[register]
levels = [2, 2]
[system]
H = "w*(N1 + N2) + g*(P1*M2 + M1*P2)"
[[baths]]
name = "L"
temperature = "T_L"
coupling = "X1"
[[baths]]
name = "R"
temperature = "T_R"
coupling = "X2"
"""
PAPER = """
[chain]
spins = 2
[[baths]]
name = "L"
temperature = "T_L"
sites = { 1 = 1, 2 = "epsilon" }
[[baths]]
name = "R"
temperature = "T_R"
sites = { 2 = 1 }
"""
LOCAL = """
[register]
levels = [2]
[system]
H = "N1"
[[jumps]]
operator = "M1"
rate = "down"
bath = "c"
[[jumps]]
operator = "P1"
rate = "up"
bath = "c"
"""
CUBIC = """
[register]
levels = [3]
[system]
H = "w*T1_11 + v*T1_22 + g*(T1_01 + T1_10) + f*(T1_12 + T1_21)"
[[baths]]
name = "L"
temperature = "T_L"
coupling = "T1_01 + T1_10"
"""
POINT = {"w": "1", "g": "0.1", "T_L": "1/2", "T_R": "2"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    files = {"pair": PAIR, "paper": PAPER, "local": LOCAL, "cubic": CUBIC}
    for name, text in files.items():
        Path(f"{name}.toml").write_text(text)
    return tmp_path


pytestmark = pytest.mark.usefixtures("folder")


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def settings(**values: str) -> list[str]:
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


def output(*words: str) -> Any:
    result = run(*words, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_evaluate_gives_the_numbers_of_the_library() -> None:
    record = output("evaluate", "--model", "pair.toml", *settings(**POINT))
    expected = symqb.load_model("pair.toml").evaluate(w=1.0, g=0.1, T_L=0.5, T_R=2.0)
    levels = record.pop("levels")
    assert [level["energy"] for level in levels] == expected.energies.tolist()
    assert [level["population"] for level in levels] == expected.populations.tolist()
    assert record == {n: expected[n] for n in expected if n not in ("energies", "populations")}


def test_a_battery_is_the_same_by_its_file_and_by_its_options() -> None:
    point = {"B0": "2", "J": "1", "Delta": "0.1", "epsilon": "0.3", "T_L": "3", "T_R": "1"}
    options = [word for n, v in point.items() for word in (f"--{n.replace('_', '-')}", v)]
    by_file = ("evaluate", "--model", "paper.toml", *settings(**point))
    assert output(*by_file) == output("evaluate", *options)
    assert output(*by_file, "--digits", "30") == output("evaluate", *options, "--digits", "30")
    for words in (["derive"], ["emit", "-t", "c"], ["latex"]):
        there, here = run(*words, "--model", "paper.toml"), run(*words, "--spins", "2")
        assert there.exit_code == 0
        assert there.stdout == here.stdout


def test_digits_are_strings_and_outputs_are_chosen() -> None:
    words = ["evaluate", "--model", "pair.toml", *settings(**POINT)]
    record = output(*words, "--digits", "30", "--outputs", "density, heat_current_L,reduced_1")
    assert list(record) == ["density", "heat_current_L", "reduced_1"]
    assert len(record["heat_current_L"].lstrip("-0.")) >= 29
    assert record["density"]["imag"][1][1] == "0.0"
    first = [float(record["density"]["real"][k][k]) for k in range(4)]
    assert sum(first) == pytest.approx(1)
    assert float(record["reduced_1"]["real"][0][0]) == pytest.approx(first[0] + first[1])
    shown = run(*words, "--outputs", "reduced_1,exergy").stdout.splitlines()
    assert shown[0] == "reduced_1, row by row"
    assert len(shown) == 4
    assert shown[3].startswith("exergy ")


def test_outputs_of_the_paper_s_battery_are_chosen_too() -> None:
    point = ["--B0=2", "--J=1", "--Delta=0.1", "--epsilon=0", "--T-L=3", "--T-R=1"]
    record = output("evaluate", *point, "--outputs", "charge,energies")
    assert list(record) == ["levels", "charge"]
    assert list(record["levels"][0]) == ["label", "energy"]


def test_outputs_may_be_expressions_with_a_name() -> None:
    words = ["evaluate", "--model", "pair.toml", *settings(**POINT)]
    record = output(*words, "--outputs", "part=heat_current_L/w,exergy")
    whole = output(*words)
    assert record == {"part": whole["heat_current_L"], "exergy": whole["exergy"]}
    emitted = run("emit", "-t", "numpy", "-m", "pair.toml", "--outputs", "part=exergy/w").stdout
    assert emitted == symqb.load_model("pair.toml").source("numpy", {"part": "exergy/w"})
    twice = run(*words, "--outputs", "part=exergy,part=w")
    assert (twice.exit_code, "gives 'part' twice" in twice.stderr) == (2, True)


def test_a_grid_of_a_model_file_is_that_of_the_library() -> None:
    xarray = pytest.importorskip("xarray")
    grid = settings(w="1", g="-1:1:3", T_L="0.5,1", T_R="2")
    words = ["sweep", "--model", "pair.toml", *grid, "--output", "g.zarr", "--quiet"]
    result = run(*words, "--outputs", "heat_current_L")
    assert (result.exit_code, result.stdout) == (0, "g.zarr: heat_current_L over g[3] x T_L[2]\n")
    found = xarray.open_zarr("g.zarr", consolidated=False).load()
    values = {"w": 1.0, "g": [-1.0, 0.0, 1.0], "T_L": [0.5, 1.0], "T_R": 2.0}
    expected = symqb.load_model("pair.toml").sweep(values, outputs=["heat_current_L"])
    assert found.heat_current_L.equals(expected.heat_current_L)
    beside = run(*words, "--J", "1")
    assert (beside.exit_code, "unrecognized arguments: --J 1" in beside.stderr) == (2, True)


def test_derive_shows_the_system() -> None:
    record = output("derive", "--model", "pair.toml")
    system = symqb.load_model("pair.toml")
    assert record["basis"] == ["|1,1>", "|1,0>", "|0,1>", "|0,0>"]
    assert [level["energy"] for level in record["levels"]] == ["2*w", "-g + w", "g + w", "0"]
    assert record["transitions"][0]["frequency"] == str(system.transitions()[0].frequency)
    assert record["steady_state"]["spanning_trees"] == 4
    shown = run("derive", "--model", "pair.toml").stdout
    assert "Open system of 4 levels, baths L, R" in shown
    assert "(1) |1,0> + (-1) |0,1>" in shown
    assert "3 -> 4 by L: kappa*phi(g + w, T_L)/2" in shown
    tex = run("derive", "--model", "pair.toml", "--format", "latex").stdout
    assert tex.strip() == system.latex().strip()


def test_emit_and_latex_print_what_the_library_gives() -> None:
    system = symqb.load_model("pair.toml")
    chosen = ["heat_current_L", "exergy"]
    emitted = run("emit", "-t", "javascript", "-m", "pair.toml", "--outputs", ",".join(chosen))
    assert emitted.stdout == system.source("javascript", chosen)
    body = run("latex", "--model", "pair.toml", "--only", "exergy")
    assert body.stdout == system.latex(["exergy"])
    whole = run("latex", "--model", "pair.toml", "--document").stdout
    assert whole.startswith(r"\documentclass{article}")
    assert system.latex() in whole


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "evaluate -m pair.toml --B0 2",
            "--B0 and --model pair.toml: the file says what the model",
        ),
        ("evaluate -m pair.toml --T-L 2", "--T-L and --model pair.toml"),
        ("derive -m pair.toml --spins 2", "--spins and --model pair.toml"),
        ("emit -t c -m pair.toml --dissipation collective", "--dissipation and --model pair.toml"),
        ("evaluate -m pair.toml --set w", "--set 'w' is no NAME=VALUE; give e.g. --set T_L=1/3"),
        ("evaluate -m pair.toml --set w=1 --set w=2", "--set w is given twice"),
        ("evaluate -m pair.toml --set v=1", "unknown parameter 'v'"),
        ("evaluate -m pair.toml --set w=1", "missing parameter 'g'"),
        ("evaluate -m pair.toml --set w=x", "w='x' is not a number; give a decimal"),
        ("evaluate -m pair.toml --outputs work", "'work' is unknown; choose energies"),
        ("evaluate --set w=1", "--set 'w=1' is for parameters of --model FILE"),
        ("evaluate --B0 2", "missing option '--J'; give --J, --Delta, --epsilon, --T-L, --T-R, or"),
        ("latex -m pair.toml --form eta", "--form is for chains"),
        ("latex -m pair.toml --only levels", "outputs: 'levels' is unknown; choose energies"),
        ("derive -m cubic.toml", "the block of bare states 1, 2, 3 needs roots of degree 3"),
        ("emit -t c -m cubic.toml", "no closed form here; use evaluate(...) for numbers"),
        ("derive -m none.toml", "none.toml is no file; give the path of a model file in TOML"),
    ],
)
def test_what_a_model_file_does_not_go_with_is_one_message(words: str, told: str) -> None:
    result = run(*words.split())
    assert result.exit_code == 2
    assert result.stderr.startswith("symqb: ")
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_a_local_equation_is_evaluated() -> None:
    words = ["evaluate", "--model", "local.toml", *settings(up="1", down="3")]
    record = output(*words, "--outputs", "populations,heat_current_c")
    assert [v["population"] for v in record["levels"]] == pytest.approx([0.25, 0.75])
    assert record["heat_current_c"] == pytest.approx(0, abs=1e-15)


def test_report_writes_the_page_of_a_model(folder: Path) -> None:
    pytest.importorskip("jinja2")
    result = run("report", "--model", "pair.toml", *settings(**POINT), "--output", "page")
    assert result.exit_code == 0, result.output
    text = (folder / "page" / "index.html").read_text(encoding="utf-8")
    assert "<h1>pair.toml</h1>" in text
    assert "heat_current_L" in text
    for words, said in (
        (["--model", "pair.toml", "--quick"], "no theorems to leave out; leave one of the two out"),
        (["--set", "w=1"], "--set 'w=1' is for parameters of --model FILE"),
        (["--model", "pair.toml", "--set", "w=1"], "g, T_L, T_R"),
    ):
        refused = run("report", *words, "--output", "other")
        assert refused.exit_code == 2
        assert said in refused.output
    assert not (folder / "other").exists()
