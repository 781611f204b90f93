"""Beside the pinned counts, which may be written anew: what the counted programs compute is right.

The judges are the balance equations in exact arithmetic, Kirchhoff's determinant, and a rate matrix
from Kronecker products: nothing of symqb enters them.
"""

from __future__ import annotations

import random
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import pytest

import symqb
from symqb.program import FloatArithmetic, run
from tests.program.strategies import Rational

CASES = [(spins, d) for spins in (2, 3) for d in ("collective", "individual")]
POINT = {"B0": 2.7, "J": 0.9, "Delta": -0.35, "epsilon": 0.6, "T_L": 1.9, "T_R": 0.8, "kappa": 1.3}
X = np.array([[0.0, 1.0], [1.0, 0.0]])
Z = np.diag([1.0, -1.0])


@pytest.mark.parametrize(("spins", "dissipation"), CASES)
def test_eliminated_populations_balance_exactly(spins: int, dissipation: str) -> None:
    """Every level gains what it loses, at random rates that are fractions."""
    state = symqb.xxz_battery(spins, dissipation).steady_state()
    rng = random.Random(spins)
    for _ in range(3):
        rates = {
            name: Fraction(rng.randrange(1, 10**6), rng.randrange(1, 10**3))
            for name in state.elimination.inputs
        }
        assert len(rates) == 2 * len(state.edges)
        found = run(state.elimination, Rational(), rates)["populations"]
        p = dict(zip(state.labels, found, strict=True))
        assert sum(p.values()) == 1
        assert min(p.values()) > 0
        for level in state.labels:
            gain = loss = Fraction(0)
            for edge in state.edges:
                for source, target in (edge, edge[::-1]):
                    flow = rates[f"Gamma_{source}_{target}"] * p[source]
                    gain += flow * (target == level)
                    loss += flow * (source == level)
            assert gain == loss
            assert gain > 0


@pytest.mark.parametrize("spins", [2, 3])
def test_trees_are_as_many_as_kirchhoffs_determinant(spins: int) -> None:
    state = symqb.xxz_battery(spins).steady_state()
    index = {label: k for k, label in enumerate(state.labels)}
    laplacian = np.zeros((len(index), len(index)))
    for a, b in state.edges:
        laplacian[index[a], index[b]] = laplacian[index[b], index[a]] = -1
    laplacian -= np.diag(laplacian.sum(axis=0))
    trees = round(float(np.linalg.det(laplacian[1:, 1:])))
    assert symqb.derive.count_trees(state.labels, state.edges) == trees == {2: 4, 3: 1280}[spins]


def at(matrix: Any, site: int, spins: int) -> Any:
    return reduce(np.kron, [matrix if k == site else np.eye(2) for k in range(spins)])


def judge(spins: int, dissipation: str) -> tuple[Any, Any]:
    """Energies and steady populations of the rate equation, from Kronecker products."""
    q = POINT
    H = sum(q["B0"] * at(Z, k, spins) for k in range(spins))
    for k in range(spins - 1):
        # XX + YY from real matrices
        xx = at(X, k, spins) @ at(X, k + 1, spins)
        zz = at(Z, k, spins) @ at(Z, k + 1, spins)
        H = H + q["J"] * (xx - xx @ zz) + q["Delta"] * zz
    energies, states = np.linalg.eigh(H / 2)
    sites = {"L": [(0, 1.0), (spins - 1, q["epsilon"])], "R": [(spins - 1, 1.0)]}
    rates = np.zeros((2**spins, 2**spins))
    for bath, weighted in sites.items():
        parts = [w * states.T @ at(X, site, spins) @ states for site, w in weighted]
        squared = sum(parts) ** 2 if dissipation == "collective" else sum(p**2 for p in parts)
        gaps = energies[:, None] - energies[None, :]  # from row to column
        T = q[f"T_{bath}"]
        with np.errstate(all="ignore"):
            thermal = np.where(gaps == 0, T, gaps / -np.expm1(-gaps / T))
        rates += q["kappa"] * squared * thermal
    np.fill_diagonal(rates, 0.0)
    generator = rates.T - np.diag(rates.sum(axis=1))
    _, _, right = np.linalg.svd(generator)
    return energies, right[-1] / right[-1].sum()


@pytest.mark.parametrize(("spins", "dissipation"), CASES)
def test_counted_programs_give_the_populations_of_the_matrices(
    spins: int, dissipation: str
) -> None:
    battery = symqb.xxz_battery(spins, dissipation)
    energies, populations = judge(spins, dissipation)
    found = run(battery.steady_state().program, FloatArithmetic(), POINT)["populations"]
    own = battery.evaluate(outputs=["energies"], **POINT).energies
    order = np.argsort(own)
    np.testing.assert_allclose(np.asarray(own)[order], energies, rtol=1e-13)
    np.testing.assert_allclose(np.asarray(found)[order], populations, rtol=1e-9)
    assert len({round(float(p), 6) for p in populations}) == 2**spins
