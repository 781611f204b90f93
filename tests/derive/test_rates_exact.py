"""Rates and jump operators against explicit matrices, exactly (Eqs. 7-12, 23-27, App. B)."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import pytest
import sympy as sp

import symqb
from symqb.derive import phi

epsilon, kappa = sp.symbols("epsilon kappa")
TEMPERATURES = {"L": sp.Symbol("T_L"), "R": sp.Symbol("T_R")}
DISSIPATIONS = ("collective", "individual")
EXACT_POINTS = (
    # alpha = (Delta^2 + 8 J^2)^(1/2) is rational at these, of all signs
    {"J": 1, "Delta": 1, "B0": sp.Rational(7, 3)},
    {"J": 1, "Delta": -1, "B0": sp.Rational(1, 5)},
    {"J": -3, "Delta": 3, "B0": 2},
    {"J": -1, "Delta": -1, "B0": -3},
    {"J": 3, "Delta": 7, "B0": 5},
    {"J": 3, "Delta": -7, "B0": 1},
)


def sigma_x(site: int, spins: int) -> sp.Matrix:
    factors = [sp.Matrix([[0, 1], [1, 0]]) if k == site else sp.eye(2) for k in range(1, spins + 1)]
    return sp.Matrix(sp.kronecker_product(*factors))


@cache
def battery(spins: int, dissipation: str) -> symqb.Battery:
    return symqb.xxz_battery(spins, dissipation)


def squared_elements(spins: int, dissipation: str, bath: str, values: Any) -> Any:
    """|<j|S|i>|^2 for all pairs from explicit matrices, at an exact point."""
    levels = list(battery(spins, dissipation).eigensystem())
    states = sp.Matrix.hstack(*(sp.Matrix(level.state) for level in levels)).subs(values)
    near = {"L": [(1, sp.Integer(1)), (spins, epsilon)], "R": [(spins, sp.Integer(1))]}[bath]
    elements = [w * (states.T * sigma_x(site, spins) * states) for site, w in near]
    size = len(levels)
    if dissipation == "collective":
        total = sum(elements, sp.zeros(size))
        return total.applyfunc(lambda e: sp.expand(sp.nsimplify(e) ** 2))
    return sum((m.applyfunc(lambda e: sp.expand(e**2)) for m in elements), sp.zeros(size))


@pytest.mark.parametrize("dissipation", DISSIPATIONS)
@pytest.mark.parametrize("spins", [2, 3])
def test_weights_are_the_squared_matrix_elements(spins: int, dissipation: str) -> None:
    transitions = {(t.upper, t.lower): t for t in battery(spins, dissipation).transitions()}
    size = 2**spins
    for values, bath in itertools.product(EXACT_POINTS[:: 3 - spins + 1], ("L", "R")):
        expected = squared_elements(spins, dissipation, bath, values)
        for i, j in itertools.combinations(range(1, size + 1), 2):
            t = transitions.get((i, j)) or transitions.get((j, i))
            ours = t.weights[bath].subs(values) if t else sp.Integer(0)
            difference = sp.expand(sp.radsimp(ours - expected[i - 1, j - 1]))
            assert sp.simplify(difference) == 0, (values, bath, i, j)


@pytest.mark.parametrize("dissipation", DISSIPATIONS)
@pytest.mark.parametrize(("spins", "pairs"), [(2, 4), (3, 14)])
def test_rates_are_weight_times_thermal_factor_both_ways(
    spins: int, pairs: int, dissipation: str
) -> None:
    system = battery(spins, dissipation)
    transitions = system.transitions()
    assert len(transitions) == pairs
    levels = system.eigensystem()
    for t in transitions:
        omega = sp.expand(levels[t.upper].energy - levels[t.lower].energy)
        assert sp.expand(t.frequency - omega) == 0
        for bath, T in TEMPERATURES.items():
            assert t.emission[bath] == kappa * t.weights[bath] * phi(t.frequency, T)
            assert t.absorption[bath] == kappa * t.weights[bath] * phi(-t.frequency, T)


def test_two_spin_rates_are_those_of_eq_12() -> None:
    omega, T = sp.symbols("omega T", positive=True)
    printed = omega / 2 * (1 + 1 / (sp.exp(omega / T) - 1))
    assert sp.simplify(printed - sp.Rational(1, 2) * phi(omega, T).rewrite(sp.exp)) == 0
    weights = {(t.upper, t.lower): t.weights for t in battery(2, "collective").transitions()}
    for (upper, lower), weight in weights.items():
        odd = 3 in (upper, lower)
        sign = -1 if odd else 1
        assert sp.expand(weight["L"] - (epsilon + sign) ** 2 / 2) == 0
        assert weight["R"] == sp.Rational(1, 2)


@pytest.mark.parametrize("spins", [2, 3])
def test_collective_and_individual_agree_without_the_extra_coupling(spins: int) -> None:
    collective, individual = (battery(spins, d).transitions() for d in DISSIPATIONS)
    for a, b in zip(collective, individual, strict=True):
        for bath in TEMPERATURES:
            left, right = (t.weights[bath].subs(epsilon, 0) for t in (a, b))
            assert sp.simplify(left - right) == 0


def test_phi_obeys_detailed_balance_and_its_limits() -> None:
    omega, T = sp.symbols("omega T", positive=True)
    up, down = (phi(s * omega, T).rewrite(sp.exp) for s in (-1, 1))
    assert sp.simplify(up / down - sp.exp(-omega / T)) == 0
    assert sp.limit(down, omega, 0) == T
    assert phi(0, T) == T
    assert phi(sp.Integer(3), 0) == 3
    assert phi(sp.Integer(-3), 0) == 0
    assert abs(phi(sp.Float("1e-20", 30), 2).evalf(30) - 2) < 1e-19


def dissipator(operator: sp.Matrix, rho: sp.Matrix) -> sp.Matrix:
    square = operator.T * operator
    return operator * rho * operator.T - (square * rho + rho * square) / 2


@pytest.mark.parametrize("dissipation", DISSIPATIONS)
@pytest.mark.parametrize("spins", [2, 3])
def test_superoperator_is_the_lindblad_form_of_its_jumps(spins: int, dissipation: str) -> None:
    """Applied to several matrices, with several numbers for the thermal factors."""
    equation = battery(spins, dissipation).master_equation()
    size = len(equation.labels)
    factors = dict.fromkeys(f for j in equation.jumps for f in (j.emission, j.absorption))
    names = {factor / kappa: sp.Symbol(f"e{k}") for k, factor in enumerate(factors)}
    rho = sp.Matrix(size, size, lambda i, j: sp.Symbol(f"r{i + 1}_{j + 1}"))
    energies = sp.diag(*(equation.energies[label] for label in equation.labels))
    expected = -sp.I * (energies * rho - rho * energies)
    for jump in equation.jumps:
        A = sp.Matrix(jump.matrix(equation.labels))
        expected += kappa * names[jump.emission / kappa] * dissipator(A, rho)
        expected += kappa * names[jump.absorption / kappa] * dissipator(A.T, rho)
    point = {"J": 2, "Delta": sp.Rational(3, 7), "B0": 5, "epsilon": sp.Rational(1, 3)}
    ours = sp.zeros(size)
    for ((a, b), (c, d)), value in equation.generator().items():
        ours[a - 1, b - 1] += value.xreplace(names) * rho[c - 1, d - 1]
    symbols = sorted((ours.free_symbols | expected.free_symbols), key=str)
    free = [s for s in symbols if s.name not in point]
    for shift in range(3):
        values = {s: sp.Integer((7 * k + 5 * shift) % 23 - 9) for k, s in enumerate(free)}
        values |= {sp.Symbol(name): value for name, value in point.items()}
        difference = (ours - expected).xreplace(values).evalf(40)
        assert max(abs(entry) for entry in difference) < 1e-30


@pytest.mark.parametrize("dissipation", DISSIPATIONS)
@pytest.mark.parametrize("spins", [2, 3])
def test_populations_close_among_themselves(spins: int, dissipation: str) -> None:
    equation = battery(spins, dissipation).master_equation()
    generator = equation.generator()
    populations = [(a, a) for a in equation.labels]
    assert all(any(key == (p, q) for key in generator) for p in populations for q in [p])
    mixed = [
        (target, source)
        for target, source in generator
        if (target in populations) != (source in populations)
    ]
    assert mixed == [] == equation.coherences_feeding_populations()


@pytest.mark.parametrize("dissipation", DISSIPATIONS)
@pytest.mark.parametrize("spins", [2, 3])
def test_population_block_is_the_rate_matrix(spins: int, dissipation: str) -> None:
    system = battery(spins, dissipation)
    generator = system.master_equation().generator()
    rates = system.steady_state().rates
    point = {"J": 2, "Delta": sp.Rational(3, 7), "B0": 5, "epsilon": sp.Rational(1, 3)}
    values = {sp.Symbol(k): v for k, v in point.items()} | {kappa: 1}
    values |= {TEMPERATURES["L"]: 3, TEMPERATURES["R"]: sp.Rational(1, 2)}
    labels = system.master_equation().labels
    for i, j in itertools.product(labels, repeat=2):
        entry = generator.get(((j, j), (i, i)), sp.Integer(0)).subs(values).evalf(30)
        if i != j:
            expected = rates.get(f"Gamma_{i}_{j}", sp.Integer(0))
        else:
            expected = -sum(r for name, r in rates.items() if name.startswith(f"Gamma_{i}_"))
        assert abs(entry - sp.sympify(expected).subs(values).evalf(30)) < 1e-25, (i, j)


@pytest.mark.parametrize("dissipation", DISSIPATIONS)
@pytest.mark.parametrize("spins", [2, 3])
def test_every_coherence_has_a_jump_that_only_damps_it(spins: int, dissipation: str) -> None:
    equation = battery(spins, dissipation).master_equation()
    reasons = equation.coherences_decay()
    assert len(reasons) == 4**spins - 2**spins
    assert all(reasons.values())
    blocks = equation.coherence_blocks()
    assert sorted(pair for block in blocks for pair in block) == sorted(reasons)


def test_equal_frequencies_share_one_jump_operator() -> None:
    for spins in (2, 3):
        for dissipation in DISSIPATIONS:
            jumps = battery(spins, dissipation).master_equation().jumps
            keys = [(j.bath, j.site, sp.expand(j.frequency)) for j in jumps]
            assert len(set(keys)) == len(keys)
    shared = [
        sorted(j.elements)
        for j in battery(3, "collective").master_equation().jumps
        if j.bath == "L" and len(j.elements) > 1
    ]
    assert shared == [[(5, 6), (7, 8)]]
