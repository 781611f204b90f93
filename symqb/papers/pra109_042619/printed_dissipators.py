"""Eqs. 6-10 and 23-25 exactly as printed: dissipators and eigenoperators."""

from __future__ import annotations

import sympy as sp

from symqb.audit.equations import Equation, Parts

from . import compare_dissipators as compare
from . import notation as p
from .notation import V1, V2, Ad, Aop, V1d, V2d, commutator, epsilon, n_bath, rate, sandwich, sigma
from .notation import rho_t as rho

half = sp.Rational(1, 2)
X = sp.Symbol("x")


def _single(V: sp.Symbol, Vd: sp.Symbol) -> Parts:
    emission = V * rho * Vd - half * (Vd * V * rho + rho * Vd * V)
    absorption = Vd * rho * V - half * (V * Vd * rho + rho * V * Vd)
    return (rate * (1 + n_bath) * emission, rate * n_bath * absorption)


def _pair() -> Parts:
    up, down = rate * n_bath, rate * (1 + n_bath)
    return (
        down * (V1 * rho * V2d - half * (V2d * V1 * rho + rho * V2d * V1)),
        up * (V1d * rho * V2 - half * (V2 * V1d * rho + rho * V2 * V1d)),
        down * (V2 * rho * V1d - half * (V1d * V2 * rho + rho * V1d * V2)),
        up * (V2d * rho * V1 - half * (V1 * V2d * rho + rho * V1 * V2d)),
    )


def _sum(last: int, power: int) -> sp.Expr:
    return (
        -sp.I * commutator
        + p.dissipator(p.L, 1)
        + p.dissipator(p.R, last)
        + epsilon**power * p.dissipator(p.L, last)
        + epsilon * p.cross(p.L, 1, last)
    )


def _sum_equation(id_: str, spins: int) -> Equation:
    return Equation(
        id_,
        (_sum(spins, 1),),
        r"\dot\rho = @1",
        compare.sum_of_dissipators(spins),
        fault="conditional",
        repaired=(_sum(spins, 2),),
        repair=f"write epsilon^2 before L_L^({spins}); true as printed for epsilon in {{0, 1}}",
        consequence="none for the paper's two values of epsilon; for any other value the printed "
        "equation is not of Lindblad form with the coupling of "
        + ("Eq. (5)" if spins == 2 else "Eq. (22)"),
    )


TWO_SPINS = (
    Equation("6", (-sp.I * commutator + p.D_L + p.D_R,), r"\dot\rho = @1", compare.generator),
    Equation(
        "7", _single(Aop, Ad), r"\mathfrak{D}_\nu(\rho) = \sum_{\omega>0} @1 + @2", compare.lindblad
    ),
    Equation(
        "8a",
        (sandwich(sigma(X, 1) + epsilon * sigma(X, 2), 1, p.matches),),
        r"A_L(\omega) = @1",
        compare.eigenoperators(2, "L"),
    ),
    Equation(
        "8b",
        (sandwich(sigma(X, 2), 1, p.matches),),
        r"A_R(\omega) = @1",
        compare.eigenoperators(2, "R"),
    ),
    _sum_equation("9", 2),
    Equation(
        "10a",
        _single(V1, V1d),
        r"\mathcal{L}_\nu^{(k)} = \sum_{\omega>0} @1 + @2",
        compare.individual(2),
    ),
    Equation(
        "10b",
        _pair(),
        r"\mathcal{L}_L^{(1,2)} = \sum_{\omega>0} @1 + @2 + @3 + @4",
        compare.collective(2),
    ),
    Equation(
        "10c",
        (sandwich(sigma(X, 1), 1, p.w),),
        r"V^{(k)}(\omega) = @1 \quad (k=1)",
        compare.eigenoperators(2, "1"),
        fault="misprint",
        repaired=(sandwich(sigma(X, 1), 1, p.matches),),
        repair="sum over pairs with omega_ij = omega, as in Eq. (8)",
        consequence="read literally V does not depend on omega and the dissipators are not secular",
    ),
)

THREE_SPINS = (
    _sum_equation("23", 3),
    Equation(
        "24",
        _single(V1, V1d),
        r"\mathcal{L}_\nu^{(k)} = \sum_{\omega>0} @1 + @2",
        compare.individual(3),
    ),
    Equation(
        "25",
        _pair(),
        r"\mathcal{L}_L^{(1,3)} = \sum_{\omega>0} @1 + @2 + @3 + @4",
        compare.collective(3),
    ),
)
