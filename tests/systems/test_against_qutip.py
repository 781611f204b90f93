"""Judge 1: the full Lindblad equation in QuTiP, built here from Pauli matrices alone.

Nothing of the derivation is used: the Hamiltonian is diagonalised numerically, jump operators come
from grouping the numeric Bohr frequencies, and the steady state is the null space of the whole
superoperator, coherences included.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import qutip

import symqb

SAME_FREQUENCY = 1e-9
LARGEST_POPULATION_ERROR = 1e-8
LARGEST_COHERENCE = 1e-10
CASES = list(itertools.product((0.0, 0.3, 1.0), ("collective", "individual"), (1, -1), (1, -1)))


def on_site(operator: Any, site: int, spins: int) -> Any:
    return qutip.tensor([operator if k == site else qutip.qeye(2) for k in range(spins)])


def hamiltonian(spins: int, p: dict[str, float]) -> Any:
    total = sum(p["B0"] / 2 * on_site(qutip.sigmaz(), k, spins) for k in range(spins))
    for k in range(spins - 1):
        for operator, strength in (
            (qutip.sigmax(), p["J"]),
            (qutip.sigmay(), p["J"]),
            (qutip.sigmaz(), p["Delta"]),
        ):
            total += strength / 2 * on_site(operator, k, spins) * on_site(operator, k + 1, spins)
    return total


def thermal(omega: float, T: float) -> float:
    """omega (1 + n) for emission, |omega| n for absorption."""
    if abs(omega) < SAME_FREQUENCY:
        return T
    return omega / -np.expm1(-omega / T)


def couplings(spins: int, dissipation: str, p: dict[str, float]) -> list[tuple[Any, float]]:
    first, last = (on_site(qutip.sigmax(), k, spins) for k in (0, spins - 1))
    right = [(last, p["T_R"])]
    if dissipation == "collective":
        return [(first + p["epsilon"] * last, p["T_L"]), *right]
    return [(first, p["T_L"]), (p["epsilon"] * last, p["T_L"]), *right]


def jump_operators(H: Any, S: Any, T: float, kappa: float) -> list[Any]:
    """One operator for each Bohr frequency, of either sign."""
    energies, vectors = np.linalg.eigh(H.full())
    elements = vectors.conj().T @ S.full() @ vectors
    gaps = energies[None, :] - energies[:, None]
    frequencies: list[float] = []
    for gap in np.sort(gaps[np.abs(elements) > 1e-12]):
        if not frequencies or gap - frequencies[-1] > SAME_FREQUENCY:
            frequencies.append(float(gap))
    operators = []
    for omega in frequencies:
        mask = np.abs(gaps - omega) <= 10 * SAME_FREQUENCY
        A = vectors @ (elements * mask) @ vectors.conj().T
        rate = kappa * thermal(omega, T)
        operators.append(np.sqrt(rate) * qutip.Qobj(A, dims=H.dims))
    return operators


def lindblad(spins: int, dissipation: str, p: dict[str, float]) -> tuple[Any, Any]:
    """Hamiltonian and superoperator."""
    H = hamiltonian(spins, p)
    jumps = [
        jump
        for S, T in couplings(spins, dissipation, p)
        for jump in jump_operators(H, S, T, p["kappa"])
    ]
    return H, qutip.liouvillian(H, jumps).full()


def judge(spins: int, dissipation: str, p: dict[str, float]) -> tuple[Any, Any, float]:
    """Energies (ascending), steady populations and the largest steady coherence."""
    H, superoperator = lindblad(spins, dissipation, p)
    _, singular, right = np.linalg.svd(superoperator)
    assert singular[-2] > 1e-9 * singular[0], "the null space is not one-dimensional"
    size = 2**spins
    rho = right[-1].conj().reshape(size, size, order="F")
    energies, vectors = np.linalg.eigh(H.full())
    rho = vectors.conj().T @ (rho / np.trace(rho)) @ vectors
    populations = np.real(np.diag(rho))
    return energies, populations, float(np.abs(rho - np.diag(np.diag(rho))).max())


def draw(rng: np.random.Generator, case: int) -> tuple[str, dict[str, float]]:
    epsilon, dissipation, sign_J, sign_Delta = CASES[case % len(CASES)]
    return dissipation, {
        "B0": rng.uniform(0.05, 6.0),
        "J": sign_J * rng.uniform(0.2, 1.5),
        "Delta": sign_Delta * rng.uniform(0.0, 2.0),
        "epsilon": epsilon,
        "T_L": float(np.exp(rng.uniform(np.log(0.3), np.log(50)))),
        "T_R": float(np.exp(rng.uniform(np.log(0.3), np.log(50)))),
        "kappa": rng.uniform(0.02, 0.2),
    }


BATTERIES = {
    (spins, d): symqb.xxz_battery(spins, d)
    for spins in (2, 3, 4)
    for d in ("collective", "individual")
}


def compare(spins: int, dissipation: str, p: dict[str, float], **changed: float) -> None:
    """The judge's verdict on symqb's populations, those of other parameters if ``changed``."""
    energies, populations, coherence = judge(spins, dissipation, p)
    ours = BATTERIES[spins, dissipation].evaluate(**{**p, **changed})
    order = np.argsort(ours.energies)
    np.testing.assert_allclose(ours.energies[order], energies, atol=1e-10)
    error = np.abs(ours.populations[order] - populations).max()
    assert error <= LARGEST_POPULATION_ERROR, f"populations differ by {error:.3g} at {p}"
    assert coherence <= LARGEST_COHERENCE, f"a steady coherence of {coherence:.3g} at {p}"


def compare_points(spins: int, first: int, count: int) -> None:
    rng = np.random.default_rng(20240415 + spins)
    for case in range(first + count):
        dissipation, p = draw(rng, case)
        if case >= first:
            compare(spins, dissipation, p)


@pytest.mark.parametrize(("spins", "count"), [(2, 72), (3, 48)])
def test_populations_are_those_of_the_full_lindblad_equation(spins: int, count: int) -> None:
    compare_points(spins, 0, count)


@pytest.mark.slow
@pytest.mark.parametrize("spins", [2, 3])
def test_populations_are_those_of_the_full_lindblad_equation_200_points(spins: int) -> None:
    compare_points(spins, 0, 200)


def test_four_spins_agree_too() -> None:
    rng = np.random.default_rng(4)
    for case in (3, 20):
        dissipation, p = draw(rng, case)
        compare(4, dissipation, p)


@pytest.mark.parametrize("spins", [2, 3])
def test_points_cover_all_cases(spins: int) -> None:
    drawn = [draw(np.random.default_rng(k), k) for k in range(48)]
    seen = {(p["epsilon"], d, np.sign(p["J"]), np.sign(p["Delta"])) for d, p in drawn}
    assert seen == set(CASES)
    threshold = [abs(p["J"]) + abs(p["Delta"]) for _, p in drawn]
    weak = [p["B0"] < t for (_, p), t in zip(drawn, threshold, strict=True)]
    assert any(weak)
    assert not all(weak)


@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("changed", [{"T_L": 3.001}, {"epsilon": 0.99999}, {"B0": 2.00001}])
def test_judge_rejects_a_small_error(spins: int, changed: dict[str, float]) -> None:
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.4, "epsilon": 1.0, "T_L": 3.0, "T_R": 0.5, "kappa": 0.1}
    compare(spins, "collective", p)
    with pytest.raises(AssertionError):
        compare(spins, "collective", p, **changed)


def test_judge_tells_the_two_dissipations_apart() -> None:
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.4, "epsilon": 1.0, "T_L": 3.0, "T_R": 0.5, "kappa": 0.1}
    _, collective, _ = judge(2, "collective", p)
    _, individual, _ = judge(2, "individual", p)
    assert np.abs(collective - individual).max() > 0.01


@pytest.mark.parametrize(
    ("spins", "changed"),
    [
        (2, {"Delta": 0.0}),  # frequencies coincide in pairs
        (3, {"Delta": 0.0}),
        (2, {"Delta": 1.0}),  # a frequency is zero
        (3, {"Delta": 1.0}),  # 3 and 5 meet for alpha = 3
        (2, {"epsilon": -0.7}),
    ],
)
def test_coinciding_frequencies_leave_the_populations_alone(
    spins: int, changed: dict[str, float]
) -> None:
    p = {"B0": 2.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.3, "T_L": 3.0, "T_R": 0.5, "kappa": 0.1}
    p |= changed
    energies, populations, coherence = judge(spins, "collective", p)
    ours = BATTERIES[spins, "collective"].evaluate(**p)
    np.testing.assert_allclose(np.sort(ours.energies), energies, atol=1e-12)
    stored = float(populations @ energies) - float(ours.energies[2 if spins == 3 else 0])
    assert ours.stored_energy == pytest.approx(stored, abs=1e-8)
    np.testing.assert_allclose(np.sort(ours.populations), np.sort(populations), atol=1e-8)
    assert coherence <= 1e-10


def test_without_a_field_three_spins_have_two_steady_states() -> None:
    """At B0 = 0 turning all spins commutes with everything; both say so."""
    p = {"B0": 0.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.3, "T_L": 3.0, "T_R": 0.5, "kappa": 0.1}
    with pytest.raises(symqb.SteadyStateError, match="there are 2"):
        BATTERIES[3, "collective"].evaluate(**p)
    _, superoperator = lindblad(3, "collective", p)
    singular = np.linalg.svd(superoperator, compute_uv=False)
    assert np.sum(singular < 1e-9 * singular[0]) == 2
