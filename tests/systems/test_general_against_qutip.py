"""XYZ bonds, unequal fields, sigma_y and other spectral densities in QuTiP, from Pauli matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import qutip
import sympy as sp

from symqb import Bath, Battery, BatteryModel, Chain, SpectralDensity
from tests.systems.test_against_qutip import SAME_FREQUENCY, on_site, thermal

PAULI = {"x": qutip.sigmax(), "y": qutip.sigmay(), "z": qutip.sigmaz()}
w, g = sp.symbols("w g", positive=True)
DENSITIES: dict[str, tuple[Any, Any]] = {
    "ohmic": (None, lambda x, p: x),
    "power law": (
        SpectralDensity("w_c", "s"),
        lambda x, p: x * (x / p["w_c"]) ** (p["s"] - 1) * np.exp(-x / p["w_c"]),
    ),
    "Drude": (sp.Lambda(w, w * g**2 / (g**2 + w**2)), lambda x, p: x / (1 + (x / p["g"]) ** 2)),
}


def superoperator(p: dict[str, float], axes: str, density: Any, collective: bool) -> Any:
    """The Lindblad equation with one jump operator for each bath and frequency."""
    H = p["B1"] / 2 * on_site(PAULI["z"], 0, 2) + p["B2"] / 2 * on_site(PAULI["z"], 1, 2)
    for axis, name in (("x", "Jx"), ("y", "Jy"), ("z", "Delta")):
        H += p[name] / 2 * on_site(PAULI[axis], 0, 2) * on_site(PAULI[axis], 1, 2)
    energies, vectors = np.linalg.eigh(H.full())
    gaps = energies[None, :] - energies[:, None]
    first, last = (on_site(PAULI[axes[0]], k, 2) for k in (0, 1))
    left = [first + p["epsilon"] * last] if collective else [first, p["epsilon"] * last]
    right = on_site(PAULI[axes[1]], 1, 2)
    jumps = []
    for S, T, J in (*((S, p["T_L"], density) for S in left), (right, p["T_R"], lambda x, p: x)):
        elements = vectors.conj().T @ S.full() @ vectors
        for omega in np.unique(gaps.round(9)):
            mask = np.abs(gaps - omega) <= 10 * SAME_FREQUENCY
            exact = float(gaps[mask].mean())
            rate = p["kappa"] * thermal(exact, T) * J(abs(exact), p) / abs(exact) if exact else 0.0
            A = vectors @ (elements * mask) @ vectors.conj().T
            jumps.append(np.sqrt(rate) * qutip.Qobj(A, dims=H.dims))
    return H, qutip.liouvillian(H, jumps)


@pytest.mark.slow
@pytest.mark.parametrize("axes", ["xx", "yx", "yy"])
@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("dissipation", ["collective", "individual"])
def test_populations_and_ergotropy_equal_the_full_solution(
    axes: str, density: str, dissipation: str
) -> None:
    spectrum, function = DENSITIES[density]
    baths = (
        Bath("L", "T_L", {1: 1, 2: "epsilon"}, axes[0], spectrum),
        Bath("R", "T_R", {2: 1}, axes[1]),
    )
    chain = Chain.xyz(2, B0=("B1", "B2"))
    battery = Battery(BatteryModel(chain, baths, dissipation=dissipation))
    rng = np.random.default_rng([len(density), *axes.encode(), len(dissipation)])
    worst = 0.0
    for _ in range(6):
        p = {name: float(rng.uniform(0.3, 3)) for name in ("s", "w_c", "g", *battery.parameters)}
        p |= {k: float(rng.choice([-1, 1])) * p[k] for k in ("Jx", "Jy", "Delta", "epsilon")}
        H, L = superoperator(p, axes, function, dissipation == "collective")
        rho = qutip.steadystate(L)
        found = battery.evaluate(**{name: p[name] for name in battery.parameters})
        exact = np.real(rho.transform(H.eigenstates()[1]).diag())
        order = np.argsort(found.energies)
        worst = max(worst, float(np.abs(found.populations[order] - exact).max()))
        assert worst < 1e-10
        bare = np.real((H * rho).tr()) - np.real(H.full()[-1, -1])
        assert found.stored_energy == pytest.approx(bare, abs=1e-9)
    print(f"{axes}, {density}, {dissipation}: worst error of a population {worst:.1e}")
