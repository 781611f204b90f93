"""Eqs. 13-17 and 19 exactly as printed: populations, stored energy, ergotropy, exergy."""

from __future__ import annotations

from symqb.audit.equations import Equation

from . import compare_steady as compare
from .notation import (
    B0,
    A,
    Delta,
    E,
    E_gs,
    F_eq,
    L,
    R,
    S_p,
    T_eq,
    U_p,
    a,
    delta_ij,
    e,
    eps_i,
    eta,
    gamma,
    i,
    j,
    least_energy,
    mean_energy,
    overlap,
    r_j,
    rho,
)

_first = (E(3, 1) * eta(1) + E(4, 1) * eta(2)) / (eta(1) * (A(3, 1) + A(4, 1)))
_second = (A(2, 3) * eta(1) + A(2, 4) * eta(2)) / (eta(1) * (E(2, 3) + E(2, 4)))
_leave = A(2, 3) + E(3, 1)
ETA_1 = A(3, 1) * E(4, 1) / (_leave * (A(3, 1) + A(4, 1))) + E(2, 3) * A(2, 4) / (
    _leave * (E(2, 3) + E(2, 4))
)
ETA_2 = (
    1
    - A(3, 1) * E(3, 1) / (_leave * (A(3, 1) + A(4, 1)))
    - E(2, 3) * A(2, 3) / (_leave * (E(2, 3) + E(2, 4)))
)

EQUATIONS = (
    Equation("13a", (_first * rho(3, 3),), r"\rho_{11} = @1", compare.population(1)),
    Equation("13b", (_second * rho(3, 3),), r"\rho_{22} = @1", compare.population(2)),
    Equation(
        "13c",
        (1 / (_first + _second + eta(2) / eta(1) + 1),),
        r"\rho_{33} = @1",
        compare.population(3),
    ),
    Equation("13d", (eta(2) / eta(1) * rho(3, 3),), r"\rho_{44} = @1", compare.population(4)),
    Equation(
        "14",
        (
            ETA_1,
            ETA_2,
            gamma(i, j, L, a) + gamma(i, j, R, a),
            gamma(i, j, L, e) + gamma(i, j, R, e),
        ),
        r"\eta_1 = @1,\ \eta_2 = @2,\ A_{ij} = @3,\ E_{ij} = @4",
        compare.etas,
    ),
    Equation(
        "15",
        (mean_energy - E_gs, (Delta - 2 * B0) / 2),
        r"\Delta E_B = @1,\ E_{gs} = E_1 = @2",
        compare.stored,
    ),
    Equation("16", (mean_energy - least_energy,), r"W = @1", compare.ergotropy),
    Equation(
        "17", (r_j * eps_i * (overlap - delta_ij),), r"W = \sum_{i,j} @1", compare.ergotropy_sum
    ),
    Equation("19", ((U_p - T_eq * S_p) - F_eq,), r"\Sigma_{ex} = @1", compare.exergy),
)
