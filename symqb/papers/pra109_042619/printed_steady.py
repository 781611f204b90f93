"""Eqs. 13-17 and 19 exactly as printed: populations, stored energy, ergotropy, exergy."""

from __future__ import annotations

import sympy as sp

from symqb.audit.equations import Equation

from . import compare_steady as compare
from . import notation as p
from .notation import A23, A24, A31, A41, B0, E23, E24, E31, E41, Delta, gamma, i, j, rho

D, S, P = A23 + E31, E23 + E24, A31 + A41
eta_1, eta_2 = p.eta(1), p.eta(2)
ETA_1 = A31 * E41 / (D * P) + E23 * A24 / (D * S)
ETA_2 = 1 - A31 * E31 / (D * P) - E23 * A23 / (D * S)
_first = (E31 * eta_1 + E41 * eta_2) / (eta_1 * P)
_second = (A23 * eta_1 + A24 * eta_2) / (eta_1 * S)


def _sum(kind: sp.Symbol) -> sp.Expr:
    return gamma(i, j, p.L, kind) + gamma(i, j, p.R, kind)


EQUATIONS = (
    Equation("13a", (_first * rho(3, 3),), r"\rho_{11} = @1", compare.population(1)),
    Equation("13b", (_second * rho(3, 3),), r"\rho_{22} = @1", compare.population(2)),
    Equation(
        "13c",
        (1 / (_first + _second + eta_2 / eta_1 + 1),),
        r"\rho_{33} = @1",
        compare.population(3),
    ),
    Equation("13d", (eta_2 / eta_1 * rho(3, 3),), r"\rho_{44} = @1", compare.population(4)),
    Equation(
        "14",
        (ETA_1, ETA_2, _sum(p.a), _sum(p.e)),
        r"\eta_1 = @1,\ \eta_2 = @2,\ A_{ij} = @3,\ E_{ij} = @4",
        compare.etas,
    ),
    Equation(
        "15",
        (p.mean_energy - p.E_gs, (Delta - 2 * B0) / 2),
        r"\Delta E_B = @1,\ E_{gs} = E_1 = @2",
        compare.stored,
    ),
    Equation("16", (p.mean_energy - p.least_energy,), r"W = @1", compare.ergotropy),
    Equation(
        "17",
        (p.r_j * p.eps_i * (p.overlap - p.delta_ij),),
        r"W = \sum_{i,j} @1",
        compare.ergotropy_sum,
    ),
    Equation("19", ((p.U_p - p.T_eq * p.S_p) - p.F_eq,), r"\Sigma_{ex} = @1", compare.exergy),
)
