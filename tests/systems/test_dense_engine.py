"""The engine of many levels against solvers of other kinds, entry by entry, and its refusals."""

from __future__ import annotations

import random
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy as sp
from mpmath import mp

from symqb import (
    AbsentError,
    Bath,
    DegenerateLevelsError,
    DomainError,
    OpenSystem,
    Register,
    SpectralDensity,
    SteadyStateError,
    System,
)
from symqb.derive import derived
from symqb.derive.chain_systems import system_of
from symqb.models import xxz_model
from symqb.numerics import dense_engine
from symqb.numerics.chain import evaluate_chain
from symqb.numerics.pair_eigensystems import solve_hermitian
from symqb.numerics.pair_elimination import spread
from symqb.numerics.pair_matrices import multiply_matrices, pair_of
from symqb.numerics.system_outputs import evaluate_system


def banded(size: int, seed: int) -> tuple[Any, Any, Any]:
    """A Hamiltonian and two couplings at random, near their diagonals, in small rationals."""
    rng = random.Random(seed)

    def entry() -> Any:
        return sp.Rational(rng.randint(-999, 999), 1000)

    H, A, B = (sp.zeros(size) for _ in range(3))
    for i in range(size):
        H[i, i] = sp.Rational(i, 8) + entry()
        for j in range(i + 1, min(i + 4, size)):
            H[i, j] = H[j, i] = entry()
            A[i, j] = A[j, i] = entry()
            B[i, j] = B[j, i] = entry()
    return H, A, B


def by_forty_digits(
    H: Any, couplings: list[tuple[Any, str]]
) -> tuple[list[Any], list[Any], list[Any]]:
    """Energies, populations and heat currents, all in mpmath: rates from its own states, and
    populations from a linear solve with partial pivoting."""
    size = H.rows
    with mp.workdps(60):
        E, V = mp.eigsy(mp.matrix([[mp.mpf(x.p) / x.q for x in row] for row in H.tolist()]))
        baths = []
        for S, temperature in couplings:
            numbers = mp.matrix([[mp.mpf(x.p) / x.q for x in row] for row in S.tolist()])
            squared, T = V.T * numbers * V, mp.mpf(temperature)
            rates = mp.matrix(size, size)
            for i in range(size):
                for j in range(size):
                    if i != j:
                        w = E[j] - E[i]
                        rates[i, j] = squared[i, j] ** 2 * w / -mp.expm1(-w / T)
            baths.append(rates)
        A = baths[0] + baths[1]
        for j in range(size):
            A[j, j] = -mp.fsum(A[i, j] for i in range(size) if i != j)
        for j in range(size):
            A[0, j] = 1
        p = mp.lu_solve(A, mp.matrix([1] + (size - 1) * [0]))
        heats = [
            mp.fsum((E[i] - E[j]) * k[i, j] * p[j] for i in range(size) for j in range(size))
            for k in baths
        ]
        return list(E), list(p), heats


def assert_close(found: Any, right: Any, tolerance: float) -> None:
    pairs = zip(np.ravel(found), right, strict=True)
    worst = max(abs(float(mp.mpf(float(x)) / y - 1)) for x, y in pairs)
    assert worst <= tolerance, worst


@pytest.mark.parametrize("size", [16, 64])
def test_every_population_is_that_of_forty_digits(size: int) -> None:
    H, A, B = banded(size, seed=size)
    E, p, heats = by_forty_digits(H, [(A, "0.25"), (B, "0.125")])
    assert max(p) / min(p) > 1e6
    system = OpenSystem(System(H, [Bath("a", "T_a", A), Bath("b", "T_b", B)], kappa=1))
    found = system.evaluate(T_a=0.25, T_b=0.125)
    # above the largest energy over the lowest temperature nothing is lost
    assert_close(found.energies, E, 1e-15)
    assert_close(found.populations, p, 4e-16)
    assert_close([found.heat_current_a, found.heat_current_b], heats, 1e-14)


@pytest.mark.parametrize("spins", [5, 8])
def test_a_chain_is_what_its_own_engine_says(spins: int) -> None:
    model = xxz_model(spins)
    point: dict[str, Any] = {
        "B0": 3.0,
        "J": 1.0,
        "Delta": 0.4,
        "epsilon": 0.3,
        "T_L": 4.0,
        "T_R": 1.0,
    }
    own = evaluate_chain(model, point | {"kappa": 1.0})
    found = OpenSystem(system_of(model)).evaluate(kappa=1.0, **point)
    order = np.argsort(found.energies)
    assert found.energies[order] == pytest.approx(own.energies, rel=1e-13)
    assert_close(found.populations[order], own.populations, 1e-13)
    for name in ("heat_current_L", "heat_current_R", "entropy_production", "exergy", "ergotropy"):
        assert found[name] == pytest.approx(own[name], rel=1e-11), name


@lru_cache(maxsize=1)
def oscillators() -> System:
    """Two oscillators cut off and a qubit between them."""
    reg, g = Register(2, 4, 2), sp.Symbol("g")
    positions = [reg.lower(k) + reg.raising(k) for k in (1, 2)]
    H = reg.number(1) + sp.Rational(13, 10) * reg.number(2) + sp.Rational(11, 10) * reg.number(3)
    H += g * (positions[0] + positions[1]) * reg.x(3)
    # sites of two levels have |1> first, and these operators all the same
    baths = [Bath(k, f"T_{k}", S) for k, S in zip("ab", positions, strict=True)]
    return System(H, baths, register=reg, reference="lowest", kappa=1)


POINT: dict[str, Any] = {"g": 0.21, "T_a": 2.0, "T_b": 0.7}


def test_qutip_has_the_same_state_and_currents() -> None:
    qutip = pytest.importorskip("qutip")
    system = oscillators()
    found = OpenSystem(system).evaluate(
        outputs=["density", "heat_current_a", "heat_current_b"], **POINT
    )
    H = np.array(sp.Matrix(system.H.subs("g", sp.Float(POINT["g"], 30)))).astype(float)
    E, V = np.linalg.eigh(H)
    jumps: dict[str, list[Any]] = {}
    for bath in system.baths:
        S = V.T @ np.array(sp.Matrix(bath.coupling)).astype(float) @ V
        T = POINT[str(bath.temperature)]
        jumps[bath.name] = []
        for i, j in zip(*np.nonzero(np.abs(S) > 1e-12), strict=True):
            if i != j:
                w = E[j] - E[i]
                L = np.outer(V[:, i], V[:, j]) * np.sqrt(w / -np.expm1(-w / T)) * S[i, j]
                jumps[bath.name].append(qutip.Qobj(L))
    whole = qutip.Qobj(H)
    state = qutip.steadystate(whole, [L for ops in jumps.values() for L in ops])
    assert np.abs(found.density - state.full()).max() < 1e-10
    for name, ops in jumps.items():
        flow = sum(qutip.lindblad_dissipator(L).full() for L in ops) @ state.full().T.ravel()
        heat = np.trace(H @ flow.reshape(len(H), -1).T).real
        assert found[f"heat_current_{name}"] == pytest.approx(heat, rel=1e-8)


def weak_chain(bond: Any) -> System:
    """Sites far apart in energy on weak bonds, a hot bath at one end and a cold one at the other.

    The middle is fed through elements of two bonds each.
    """
    reg = Register(2, 2, 2, 2)
    H = sp.zeros(16)
    for k in range(1, 5):
        H += sp.Rational(10 + 3 * k * k, 10) * reg.number(k)
    for k in range(1, 4):
        H += bond * reg.x(k) * reg.x(k + 1)
    return System(H, [Bath("a", "T_a", reg.x(1)), Bath("b", "T_b", reg.x(4))], kappa=1)


def test_elements_below_the_rounding_of_states_feed_levels_rightly() -> None:
    system = weak_chain(sp.Symbol("g"))
    point: dict[str, Any] = {"g": 3e-6, "T_a": 1.0, "T_b": 0.5}
    found = OpenSystem(system).evaluate(outputs=["populations"], **point).populations
    right = evaluate_system(system, ["populations"], point, 30)["populations"]
    assert_close(found, right, 1e-15)
    # what LAPACK's states make of the same elements is not even close
    H = np.array(sp.Matrix(system.H.subs("g", sp.Float(3e-6, 30)))).astype(float)
    E, V = np.linalg.eigh(H)
    rates = np.zeros((16, 16))
    for bath, T in zip(system.baths, (1.0, 0.5), strict=True):
        S = V.T @ np.array(sp.Matrix(bath.coupling)).astype(float) @ V
        w = np.subtract.outer(E, E).T
        np.fill_diagonal(w, 1.0)
        rates += S**2 * w / -np.expm1(-w / T)
    np.fill_diagonal(rates, 0.0)
    A = rates - np.diag(rates.sum(axis=0))
    A[0] = 1.0
    plain = np.sort(np.linalg.solve(A, np.eye(16)[0]))
    assert np.abs(plain / np.sort(found) - 1).max() > 1e-6


def test_close_levels_are_told_apart_with_their_states() -> None:
    rng = np.random.default_rng(3)
    half = np.round(rng.standard_normal((6, 6)) * 1024) / 1024
    matrix = np.kron(np.eye(2), half + half.T)
    matrix[0, 6] = matrix[6, 0] = 2.0**-46
    found = solve_hermitian(pair_of(matrix))
    with mp.workdps(50):
        right = mp.eigsy(mp.matrix(matrix.tolist()), eigvals_only=True)
        numbers = [mp.mpf(x) + mp.mpf(y) for x, y in zip(*map(list, found.energies), strict=True)]
        gaps = [float(b - a) for a, b in pairwise(sorted(right))]
        assert min(gaps) < 1e-16
        assert all(abs(x - y) < found.noise for x, y in zip(sorted(numbers), right, strict=True))
        V = mp.matrix(found.vectors[0].tolist()) + mp.matrix(found.vectors[1].tolist())
        left = V.T * mp.matrix(matrix.tolist()) * V - mp.diag(numbers)
        assert max(abs(x) for x in left) < float(found.residue.max())
        assert max(abs(x) for x in V.T * V - mp.eye(12)) < 1e-28


def test_no_rates_within_their_doubts_change_a_population_more_than_said() -> None:
    rng = np.random.default_rng(5)
    rates = 10.0 ** rng.uniform(-12, 3, (7, 7))
    doubts = rates * 10.0 ** rng.uniform(-30, -18, (7, 7))
    doubts[1, 4] = 1e-25
    said = spread(rates, doubts)

    def populations(share: Any) -> Any:
        A = mp.matrix(7, 7)
        for i in range(7):
            for j in range(7):
                if i != j:
                    rate = mp.mpf(rates[i, j]) + mp.mpf(doubts[i, j]) * share[i, j]
                    A[j, i] += rate
                    A[i, i] -= rate
        for j in range(7):
            A[0, j] = 1
        return mp.lu_solve(A, mp.matrix([1] + 6 * [0]))

    with mp.workdps(80):
        least = populations(np.zeros((7, 7)))
        seen = mp.mpf(0)
        for _ in range(40):
            other = populations(rng.integers(0, 2, (7, 7)))
            seen = max(seen, *(abs(x / y - 1) for x, y in zip(other, least, strict=True)))
    assert said / 1e4 < seen <= said


def test_an_answer_does_not_hang_on_what_else_is_asked() -> None:
    system = OpenSystem(oscillators())
    alone = system.evaluate(outputs=["populations"], **POINT)
    whole = system.evaluate(**POINT)
    rows = system.evaluate(outputs=["populations", "exergy"], **(POINT | {"g": [0.1, 0.21]}))
    assert np.array_equal(alone.populations, whole.populations)
    assert np.array_equal(rows.populations[1], whole.populations)
    assert rows.exergy[1] == whole.exergy


def test_nothing_flows_in_equilibrium() -> None:
    found = OpenSystem(oscillators()).evaluate(g=0.21, T_a=0.7, T_b=0.7)
    assert found.entropy_production == found.heat_current_a == found.heat_current_b == 0.0
    assert found.exergy == found.ergotropy == 0.0
    gibbs = np.exp(-(found.energies - found.energies.min()) / 0.7)
    assert found.populations == pytest.approx(gibbs / gibbs.sum(), rel=1e-14)


def test_what_doubles_do_not_tell_is_refused_where_more_digits_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dense_engine, "MANY_DIGITS", 8)
    reg = Register(2, 2, 2, 2)
    alike = sp.zeros(16)
    for k in range(1, 5):
        alike += reg.number(k)
    shared = sum((reg.x(k) for k in range(2, 5)), reg.x(1))
    mixed = OpenSystem(System(alike, [Bath("c", "T", shared)], kappa=1))
    with pytest.raises(DegenerateLevelsError, match=r"coincide, and bath c mixes .* Move off"):
        mixed.evaluate(outputs=["populations"], T=1.0)
    cold = OpenSystem(oscillators())
    with pytest.raises(SteadyStateError, match=r"rates span .* 16 levels are too many"):
        cold.evaluate(outputs=["populations"], g=0.21, T_a=0.001, T_b=0.001)
    with pytest.raises(AbsentError, match="is a difference of much larger terms"):
        OpenSystem(weak_chain(sp.Symbol("g"))).evaluate(
            outputs=["heat_current_a"], g=1e-9, T_a=1.0, T_b=0.5
        )
    # a qubit that no bath moves
    (H, A, _), one = banded(8, seed=1), sp.eye(2)
    whole = sp.kronecker_product(H, one) + sp.kronecker_product(sp.eye(8), sp.diag(0, "1/3"))
    apart = System(whole, [Bath("a", "T", sp.kronecker_product(A, one))], kappa=1)
    with pytest.raises(SteadyStateError, match=r"not unique: there are 2, .* is ever left"):
        OpenSystem(apart).evaluate(outputs=["populations"], T=1.0)


def test_a_rate_that_underflows_leaves_no_level_empty() -> None:
    # the eighth level is reached by way of the ninth alone, twice as high
    H, A, _ = banded(9, seed=4)
    for k, height in ((7, 400), (8, 800)):
        for j in range(9):
            H[k, j] = H[j, k] = A[k, j] = A[j, k] = 0
        H[k, k] = height
    A[8, 0] = A[0, 8] = A[8, 7] = A[7, 8] = 1
    system = System(H, [Bath("a", "T", A)], kappa=1)
    with pytest.raises(dense_engine.NotToldError, match="rates span"):
        dense_engine.evaluate_dense(system, ["populations"], {"T": 1})
    found = OpenSystem(system).evaluate(outputs=["energies", "populations"], T=1.0)
    gibbs = np.exp(found.energies.min() - found.energies)
    assert found.populations[7:8] == pytest.approx(gibbs[7:8] / gibbs.sum(), rel=1e-10)
    assert 0 < found.populations[7] < 1e-170


def test_dephasing_without_bounds_is_refused() -> None:
    H, A, _ = banded(9, seed=2)
    bath = Bath("a", "T", A + sp.diag(*range(9)), spectrum=SpectralDensity(s="1/2", cutoff=3))
    with pytest.raises(DomainError, match=r"must be finite .* and is not at 0\.0"):
        OpenSystem(System(H, [bath], kappa=1)).evaluate(T=1.0)


def test_digits_of_many_levels_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense_engine, "PATIENT", 8)
    system = OpenSystem(oscillators())
    for asked in ({"digits": 20}, {"outputs": {"sum": "heat_current_a + heat_current_b"}}):
        with pytest.raises(DomainError, match=r"digits of 16 levels, .* Ask for the outputs"):
            system.evaluate(**asked, **POINT)


def test_where_few_levels_are_not_told_more_digits_are() -> None:
    point: dict[str, Any] = {"g": 0.21, "T_a": 0.002, "T_b": 0.001}
    with pytest.raises(dense_engine.NotToldError, match="rates span"):
        dense_engine.evaluate_dense(oscillators(), ["populations"], point)
    found = OpenSystem(oscillators()).evaluate(outputs=["populations"], **point).populations
    assert found.max() == 1.0
    assert 0 < np.sort(found)[-2] < 1e-100


def test_levels_that_are_mixed_are_told_by_their_error_not_by_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> Any:
        raise dense_engine.NotToldError("roundings coincide")

    monkeypatch.setattr(dense_engine, "MANY_DIGITS", 8)
    monkeypatch.setattr(dense_engine, "evaluate_dense", refuse)
    with pytest.raises(SteadyStateError, match="roundings coincide; 16 levels are too many"):
        OpenSystem(oscillators()).evaluate(outputs=["populations"], **POINT)


def test_only_models_without_a_hash_are_derived_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: Any) -> Any:
        raise TypeError("within a derivation")

    monkeypatch.setattr(derived, "_kept", failing)
    with pytest.raises(TypeError, match="within a derivation"):
        derived.derivation_of(oscillators())


def test_products_of_matrices_beyond_their_bound_are_refused() -> None:
    wide, tall = np.ones((1, 1025)), np.ones((1025, 1))
    with pytest.raises(DomainError, match=r"matrices of 1025 rows: .* at most 1024"):
        multiply_matrices(pair_of(wide), pair_of(tall))
    assert multiply_matrices(pair_of(wide[:, 1:]), pair_of(tall[1:]))[0] == 1024
