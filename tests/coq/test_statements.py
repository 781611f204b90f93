"""One statement, two readings: Coq's text is pinned by the files, the numbers by steady states."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import symqb
from symqb.prove import coq_statements as statements
from symqb.prove.coq import SOURCE, NotChecked, coq_results, headlines_in, link
from symqb.prove.coq_statements import HEADLINES
from symqb.prove.coq_syntax import Let, Spelled, to_coq

LEVELS = ("1", "2", "3", "4")
SPELLED = {line.name: line.statement for line in HEADLINES if isinstance(line.statement, Spelled)}


def test_the_coq_file_has_the_generated_statements() -> None:
    found = headlines_in((SOURCE / "Headlines.v").read_text())
    assert list(found) == [line.name for line in HEADLINES]
    for line in HEADLINES:
        assert found[line.name] == line.coq


def test_a_changed_statement_would_differ() -> None:
    text = (SOURCE / "Headlines.v").read_text()
    line = HEADLINES[0]
    changed = text.replace("0 < T_R", "0 <= T_R", 1)
    assert headlines_in(changed)[line.name] != line.coq


def rate_matrix(names: dict[str, float]) -> np.ndarray:
    """The matrix of the rate equations, from the rates a statement defines."""
    matrix = np.zeros((4, 4))
    for upper, lower in ("31", "41", "23", "24"):
        i, j = LEVELS.index(upper), LEVELS.index(lower)
        for rate, source, target in ((f"E{upper}{lower}", i, j), (f"A{upper}{lower}", j, i)):
            matrix[target, source] += names[rate]
            matrix[source, source] -= names[rate]
    return matrix


def steady(statement: Spelled, values: dict[str, float]) -> dict[str, float]:
    """The parameters together with p1, ..., p4, the null vector of the rate matrix."""
    start = statement.evaluate({**values, **dict.fromkeys(("p1", "p2", "p3", "p4"), 0.25)})
    matrix = rate_matrix(start)
    system = np.vstack([matrix[:3] / np.abs(matrix).max(), np.ones(4)])
    solution = np.linalg.solve(system, [0.0, 0.0, 0.0, 1.0])
    return {**values, **dict(zip(("p1", "p2", "p3", "p4"), map(float, solution), strict=True))}


coupling = st.floats(-2.0, 2.0).filter(lambda x: abs(x) > 1e-2)
temperature = st.floats(0.3, 30.0)


@given(
    name=st.sampled_from([n for n, s in SPELLED.items() if len(s.variables) >= 10]),
    J=coupling,
    Delta=coupling,
    excess=st.floats(0.05, 3.0),
    T_L=temperature,
    T_R=temperature,
    others=st.lists(st.floats(0.2, 5.0), min_size=7, max_size=7),
)
def test_python_reading_of_the_passivity_theorems_holds(
    name: str,
    J: float,
    Delta: float,
    excess: float,
    T_L: float,
    T_R: float,
    others: list[float],
) -> None:
    statement = SPELLED[name]
    values = {"J": J, "Delta": Delta, "B0": abs(J) + abs(Delta) + excess, "T_L": T_L, "T_R": T_R}
    rest = [v for v in statement.variables if v not in values and v not in ("p1", "p2", "p3", "p4")]
    values |= dict(zip(rest, others, strict=False))
    assume(abs(T_L - T_R) > 1e-3)
    point = steady(statement, values)
    outcome = statement.evaluate(point)
    assert outcome["domain"] == (True,) * len(statement.domain)
    assert outcome["premises"] == (True, True)
    assert outcome["conclusion"] is True


@pytest.mark.parametrize("name", ["inversion_at_epsilon_1", "inversion_at_weak_field"])
def test_python_reading_of_the_refutations_holds(name: str) -> None:
    outcome = SPELLED[name].evaluate(steady(SPELLED[name], {"kappa": 0.7}))
    assert all(outcome["domain"])
    assert all(outcome["premises"])
    assert outcome["conclusion"] is True


def test_the_same_reading_fails_at_epsilon_1() -> None:
    theorem = statements.PASSIVITY
    lets = tuple(Let("epsilon", "1") if let.name == "epsilon" else let for let in theorem.lets)
    wrong = replace(theorem, lets=lets)
    values = {"J": 1.0, "Delta": 0.5, "B0": 2.0, "T_L": 39.0, "T_R": 1.0, "kappa": 0.01}
    outcome = wrong.evaluate(steady(wrong, values))
    assert all(outcome["domain"])
    assert all(outcome["premises"])
    assert outcome["conclusion"] is False


def test_premises_fail_off_the_steady_state() -> None:
    values = {"J": 1.0, "Delta": 0.5, "B0": 2.0, "T_L": 39.0, "T_R": 1.0, "kappa": 0.01}
    uniform = dict.fromkeys(("p1", "p2", "p3", "p4"), 0.25)
    outcome = statements.PASSIVITY.evaluate({**values, **uniform})
    assert outcome["premises"] == (False, True)


@pytest.mark.parametrize("epsilon", [0, 1])
def test_statement_and_battery_have_the_same_steady_state(epsilon: int) -> None:
    name = "inversion_at_epsilon_1" if epsilon else "two_spin_passivity"
    values = {"J": 1.0, "Delta": 0.5, "B0": 2.0, "T_L": 39.0, "T_R": 1.0, "kappa": 0.01}
    own = {v: values[v] for v in SPELLED[name].variables if v in values}
    point = steady(SPELLED[name], own)
    battery = symqb.xxz_battery(spins=2).evaluate(**values, epsilon=float(epsilon))
    ours = [point[p] for p in ("p1", "p2", "p3", "p4")]
    assert np.allclose(ours, battery.populations, rtol=1e-12, atol=0)
    found = SPELLED[name].evaluate(point)
    assert np.allclose([found[f"E{k}"] for k in LEVELS], battery.energies, rtol=1e-14)


def test_individual_statement_and_battery_have_the_same_steady_state() -> None:
    values = {"J": 1.0, "Delta": 0.5, "B0": 2.0, "T_L": 39.0, "T_R": 1.0, "kappa": 0.01}
    point = steady(statements.INDIVIDUAL, {**values, "epsilon": 0.8})
    battery = symqb.xxz_battery(spins=2, dissipation="individual")
    theirs = battery.evaluate(**values, epsilon=0.8).populations
    assert np.allclose([point[p] for p in ("p1", "p2", "p3", "p4")], theirs, rtol=1e-12, atol=0)


def test_language_of_statements_is_closed() -> None:
    for text in ("x | y", "[1]", "1.5", "f(x=1)", "a < b < c", "not a"):
        with pytest.raises(ValueError, match="outside the language"):
            to_coq(text)


@pytest.mark.parametrize(
    ("text", "coq"),
    [
        ("a - (b - c)", "a - (b - c)"),
        ("a - b - c", "a - b - c"),
        ("a / (b * c) / d", "a / (b * c) / d"),
        ("-a / 2", "- a / 2"),
        ("-(a / 2)", "- (a / 2)"),
        ("(a + b) ** 2 * c", "(a + b) ^ 2 * c"),
        ("f(-1, g(x))", "f (-1) (g x)"),
        ("abs(J) + abs(-J) < B0", "Rabs J + Rabs (- J) < B0"),
        ("exists(x, y, x == y and 0 < x)", "(exists x y : R, x = y /\\ 0 < x)"),
        ("implies(a < b and b < c, a < c)", "(a < b /\\ b < c -> a < c)"),
    ],
)
def test_printing_keeps_the_meaning(text: str, coq: str) -> None:
    assert to_coq(text) == coq


def test_quantified_conclusions_are_not_decided_by_numbers() -> None:
    with pytest.raises(TypeError, match="quantifier"):
        statements.EXISTS_WEAK.evaluate({"kappa": 1.0})


@pytest.mark.needs_coq
def test_coq_notices_a_statement_that_differs(built: Path, tmp_path: Path) -> None:
    for path in built.glob("*.vo"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    stronger = replace(statements.PASSIVITY, domain=("0 < T_L", "0 < T_R", "0 < kappa"))
    line = replace(HEADLINES[0], statement=stronger)
    with pytest.raises(NotChecked, match="has type"):
        link(tmp_path, (line,))


def test_without_coq_everything_is_reported_as_not_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    results = coq_results()
    assert [result.name for result in results] == [line.name for line in HEADLINES]
    assert {result.verdict for result in results} == {"not checked here"}
    assert all("coqc is not installed" in result.reason for result in results)
    assert all(not result.assumes for result in results)


@pytest.mark.needs_coq
def test_without_the_files_everything_is_reported_as_not_checked(tmp_path: Path) -> None:
    results = coq_results(tmp_path / "nowhere")
    assert {result.verdict for result in results} == {"not checked here"}
    assert all("proofs/coq is not here" in result.reason for result in results)


@pytest.mark.needs_coq
def test_something_assumed_in_a_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "_CoqProject").write_text("-Q . XXZ\nBose.v\n")
    (tmp_path / "Bose.v").write_text("Axiom easy : False. (* Axiom in a comment is fine *)\n")
    results = coq_results(tmp_path)
    assert {result.reason for result in results} == {
        "Bose.v: it contains 'Axiom': a proof assumes nothing and switches nothing off"
    }


@pytest.mark.slow
@pytest.mark.needs_coq
def test_everything_is_proved_on_the_spot() -> None:
    results = coq_results()
    assert [result.name for result in results] == [line.name for line in HEADLINES]
    assert {result.verdict for result in results} == {"proved"}
    assert all(result.assumes for result in results)
