"""The printed and the derived three-spin system on points of Fig. 12, refereed by QuTiP."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from symqb import xxz_battery
from symqb.papers.pra109_042619 import literal
from symqb.papers.pra109_042619.claims_three import LITERAL_POINTS, literal_table
from symqb.papers.pra109_042619.printed_rates import PRINTED_26

qutip = pytest.importorskip("qutip")
LABELS = range(1, 9)


def _parameters(point: tuple[int, float, float, float]) -> dict[str, float]:
    eps, d, s, T = point
    return {
        "B0": 5.0,
        "J": 1.0,
        "Delta": d,
        "epsilon": float(eps),
        "T_L": T * (1 + s),
        "T_R": T * (1 - s),
    }


def _operators() -> tuple[list, list, list]:
    def at(operator: object, site: int) -> object:
        return qutip.tensor(*(operator if k == site else qutip.qeye(2) for k in range(3)))

    pauli = (qutip.sigmax(), qutip.sigmay(), qutip.sigmaz())
    return tuple([at(s, k) for k in range(3)] for s in pauli)  # type: ignore[return-value]


def _hamiltonian(q: dict[str, float]) -> object:
    x, y, z = _operators()
    H = sum(q["B0"] * z[k] for k in range(3))
    for k in range(2):
        H = H + q["J"] * (x[k] * x[k + 1] + y[k] * y[k + 1]) + q["Delta"] * z[k] * z[k + 1]
    return H / 2


def _null_space(H: object, collapse: list) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rho = qutip.steadystate(H, collapse, method="direct")
    return rho.full()


def _energy_and_work(H: np.ndarray, rho: np.ndarray) -> tuple[float, float]:
    energies = np.linalg.eigvalsh(H)
    mean = float(np.trace(H @ rho).real)
    passive = float(np.sort(energies) @ -np.sort(-np.linalg.eigvalsh(rho)))
    empty = float(H[-1, -1].real)
    return (mean - empty) / (energies[-1] - empty), mean - passive


def _bose(w: float, T: float) -> float:
    return 1.0 / np.expm1(w / T)


def _from_couplings(q: dict[str, float]) -> tuple[float, float]:
    """Eqs. 20-25 by QuTiP: nothing of symqb enters."""
    H = _hamiltonian(q)
    x = _operators()[0]
    energies, states = np.linalg.eigh(H.full())
    collapse = []
    for S, T in ((x[0] + q["epsilon"] * x[2], q["T_L"]), (x[2], q["T_R"])):
        inner = states.conj().T @ S.full() @ states
        gaps = energies[None, :] - energies[:, None]
        for w in sorted({round(g, 9) for g in gaps[(np.abs(inner) > 1e-9) & (gaps > 1e-9)]}):
            A = np.where(np.abs(gaps - w) < 1e-7, inner, 0.0)
            A = qutip.Qobj(states @ A @ states.conj().T, dims=H.dims)
            n = _bose(w, T)
            collapse += [np.sqrt(w * (1 + n)) * A, np.sqrt(w * n) * A.dag()]
    return _energy_and_work(H.full(), _null_space(H, collapse))


def _from_printed_jumps(q: dict[str, float]) -> tuple[float, float]:
    """Eq. 26 as printed by QuTiP, with the printed rates read off term by term."""
    keys, function = literal.three_spin_rates()
    values = {key: float(v) for key, v in zip(keys, function(*_arguments(q)), strict=True)}
    energy = xxz_battery(3).evaluate(outputs=("energies",), **q).energies
    H = qutip.Qobj(np.diag(energy))
    collapse = []
    for u, v in PRINTED_26:
        down = qutip.Qobj(np.outer(np.eye(8)[v - 1], np.eye(8)[u - 1]))
        for bath in ("L", "R"):
            collapse += [
                np.sqrt(values[bath, u, v, "e"]) * down,
                np.sqrt(values[bath, u, v, "a"]) * down.dag(),
            ]
    rho = _null_space(H, collapse)
    empty = energy[2]
    mean = float(np.trace(H.full() @ rho).real)
    passive = float(np.sort(energy) @ -np.sort(-np.linalg.eigvalsh(rho)))
    return (mean - empty) / (energy.max() - empty), mean - passive


def _arguments(q: dict[str, float]) -> tuple[float, ...]:
    return tuple(q[name] for name in ("B0", "J", "Delta", "epsilon", "T_L", "T_R"))


def test_at_least_twenty_points_of_both_panels() -> None:
    assert len(LITERAL_POINTS) >= 20
    assert {point[0] for point in LITERAL_POINTS} == {0, 1}


@pytest.mark.parametrize("index", range(len(LITERAL_POINTS)))
def test_printed_and_derived_systems_by_null_space(index: int) -> None:
    point = LITERAL_POINTS[index]
    q = _parameters(point)
    (row,) = literal_table((point,))
    charge, work = _from_couplings(q)
    assert row["charge_derived"] == pytest.approx(charge, abs=1e-8)
    assert row["ergotropy_derived"] == pytest.approx(work, abs=1e-8)
    charge, work = _from_printed_jumps(q)
    assert row["charge_printed"] == pytest.approx(charge, abs=1e-8)
    assert row["ergotropy_printed"] == pytest.approx(work, abs=1e-8)


def test_printed_system_does_not_give_figure_12() -> None:
    rows = literal_table()
    assert max(abs(r["charge_printed"] - r["charge_derived"]) for r in rows) > 0.3
    off = [r for r in rows if r["epsilon"] == 0]
    assert max(r["ergotropy_printed"] for r in off) > 1e-3
    assert max(r["ergotropy_derived"] for r in off) == 0


def test_printed_balances_conserve_probability() -> None:
    M = literal.generator(**_parameters(LITERAL_POINTS[0]))
    assert np.abs(M.sum(axis=0)).max() < 1e-12
    assert np.abs(M).max() > 1


def test_printed_two_spin_system_agrees_where_the_printed_rule_is_right() -> None:
    """At epsilon = 0 the exponent in Eq. 12 does not matter; at epsilon = 1 it does."""
    q = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "T_L": 3.0, "T_R": 1.0}
    battery = xxz_battery(2)
    for epsilon, agree in ((0.0, True), (1.0, False)):
        printed = literal.evaluate(2, **q, epsilon=epsilon)["populations"]
        derived = battery.evaluate(**q, epsilon=epsilon).populations
        assert np.allclose(printed, derived, atol=1e-12) is agree
