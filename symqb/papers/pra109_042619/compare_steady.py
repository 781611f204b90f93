"""Comparing Eqs. 13-17 and 19 with the derived steady state and energetics."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import sympy as sp

from symqb.audit.equations import Check, Parts
from symqb.audit.rows import Finding, differing
from symqb.derive import eta_form, rate_name, tree_populations

from . import notation as p
from .meaning import battery, meaning, pairs, resolve
from .notation import (
    E_gs,
    F_eq,
    S_p,
    T_eq,
    U_p,
    delta_ij,
    eps_i,
    least_energy,
    mean_energy,
    overlap,
    r_j,
)

TREES = "exact, against the sum over spanning trees with free positive rates"
HUB = (3, 4)


def free(expr: sp.Basic) -> sp.Expr:
    """A_ij, E_ij as the free rates Gamma; eta and rho as derived from them."""
    labels = [level.label for level in battery(2).eigensystem()]
    populations = dict(zip(labels, tree_populations(labels, pairs(2)), strict=True))
    form = eta_form(pairs(2), HUB)
    return (
        expr.replace(p.eta, lambda number: form[f"eta_{number}"])
        .replace(
            # steady coherences vanish (row text-3)
            p.rho,
            lambda row, column: populations[int(row)] if row == column else sp.Integer(0),
        )
        .replace(p.A, lambda i, j: sp.Symbol(rate_name(int(j), int(i))))
        .replace(p.E, lambda i, j: sp.Symbol(rate_name(int(i), int(j))))
    )


def population(label: int) -> Check:
    """Eqs. 13a-13d: an expression for rho_ii."""

    def check(parts: Parts) -> Finding:
        difference = sp.cancel(sp.together(free(parts[0] - p.rho(label, label))))
        return Finding(difference == 0, "sum over four spanning trees over their total", TREES)

    return check


def etas(parts: Parts) -> Finding:
    """Eq. 14: eta_1, eta_2 by elimination of levels 1 and 2, and A_ij, E_ij as sums over baths."""
    form, wrong = eta_form(pairs(2), HUB), []
    for number, part in enumerate(parts[:2], start=1):
        if sp.cancel(sp.together(free(part) - form[f"eta_{number}"])) != 0:
            wrong.append(f"eta_{number}")
    for name, kind, part in (("A_ij", p.a, parts[2]), ("E_ij", p.e, parts[3])):
        for upper, lower in pairs(2):
            total = p.gamma(upper, lower, p.L, kind) + p.gamma(upper, lower, p.R, kind)
            printed = part.subs({p.i: upper, p.j: lower})
            if not meaning(2).same(printed, resolve(total, 2)):
                wrong.append(f"{name} at {upper}{lower}")
    return Finding(
        not wrong,
        "balance of level 3 after elimination of levels 1 and 2",
        f"exact, free rates; {differing(wrong)}",
    )


POINTS: tuple[dict[str, Any], ...] = (
    {"B0": 2, "J": 1, "Delta": "1/2", "epsilon": 1, "T_L": 39, "T_R": 1},
    {"B0": 2, "J": -1, "Delta": "-3/10", "epsilon": 0, "T_L": "1/3", "T_R": 4},
    {"B0": "7/3", "J": "4/5", "Delta": "-1/4", "epsilon": "1/2", "T_L": 2, "T_R": "5/7"},
)


@cache
def _evaluated(index: int) -> dict[str, Any]:
    result = battery(2).evaluate(digits=60, **POINTS[index])

    def convert(value: object) -> sp.Expr:
        return sp.Float(str(value), 60)

    out = {name: convert(result[name]) for name in ("stored_energy", "ergotropy", "exergy")}
    out["p"] = [convert(v) for v in result.populations]
    out["E"] = [convert(v) for v in result.energies]
    return out


def _numeric(values: Callable[[int], tuple[sp.Expr, sp.Expr]], derived: str) -> Finding:
    """Printed against derived at 50 digits and the points above."""
    gaps = [abs(sp.N(printed - true, 60)) for printed, true in map(values, range(len(POINTS)))]
    agrees = all(gap < sp.Float(10) ** -50 for gap in gaps)
    return Finding(
        agrees,
        derived,
        f"50 digits at {len(POINTS)} points (every sign of J and Delta, epsilon = 0, 1/2, 1); "
        f"largest difference {sp.N(max(gaps), 3) if not agrees else '< 1e-50'}",
    )


def stored(parts: Parts) -> Finding:
    """Eq. 15 and its E_gs = E_1."""

    def values(index: int) -> tuple[sp.Expr, sp.Expr]:
        found = _evaluated(index)
        point = {sp.Symbol(k): sp.Rational(str(v)) for k, v in POINTS[index].items()}
        mean = sum(pi * ei for pi, ei in zip(found["p"], found["E"], strict=True))
        ground = parts[1].subs(point)
        return parts[0].subs({mean_energy: mean, E_gs: ground}), found["stored_energy"]

    return _numeric(values, "sum_i p_i (E_i - E(|0,0>))")


def _passive_energy(found: dict[str, Any]) -> sp.Expr:
    ordered = sorted(found["E"])
    return sum(e * q for e, q in zip(ordered, sorted(found["p"], reverse=True), strict=True))


def ergotropy(parts: Parts) -> Finding:
    """Eq. 16: mean energy minus the least over unitaries (Birkhoff: over permutations)."""
    from itertools import permutations

    def values(index: int) -> tuple[sp.Expr, sp.Expr]:
        found = _evaluated(index)
        mean = sum(pi * ei for pi, ei in zip(found["p"], found["E"], strict=True))
        least = min(
            sum(pi * ei for pi, ei in zip(order, found["E"], strict=True))
            for order in permutations(found["p"])
        )
        return parts[0].subs({mean_energy: mean, least_energy: least}), found["ergotropy"]

    return _numeric(values, "energy above the sorted state, all 24 permutations")


def _rotation() -> sp.Matrix:
    """A rational orthogonal matrix without zeros (Cayley)."""
    K = sp.Matrix([[0, 1, 2, -1], [-1, 0, 1, 3], [-2, -1, 0, 1], [1, -3, -1, 0]]) / 2
    return (sp.eye(4) - K) * (sp.eye(4) + K).inv()


def ergotropy_sum(parts: Parts) -> Finding:
    """Eq. 17 with r decreasing and epsilon increasing: exact, a rational state and Hamiltonian."""
    mix = _rotation()
    r = [sp.Rational(n, 10) for n in (4, 3, 2, 1)]
    energies = [sp.Rational(n, 3) for n in (-4, -1, 2, 5)]
    rho = mix * sp.diag(*r) * mix.T
    mean = sum(rho[k, k] * energies[k] for k in range(4))
    true = mean - sum(x * y for x, y in zip(r, energies, strict=True))
    printed = sum(
        parts[0].subs(
            {r_j: r[j], eps_i: energies[i], overlap: mix[i, j] ** 2, delta_ij: int(i == j)}
        )
        for i in range(4)
        for j in range(4)
    )
    return Finding(
        sp.simplify(printed - true) == 0,
        "Tr(rho H) - sum_k r_k eps_k, r decreasing, eps increasing",
        "exact, a rational 4 x 4 state whose eigenvectors mix all levels",
    )


def exergy(parts: Parts) -> Finding:
    """Eq. 19 with T_eq = T_R: free energies of the passive and the Gibbs state."""

    def values(index: int) -> tuple[sp.Expr, sp.Expr]:
        found = _evaluated(index)
        T = sp.Rational(str(POINTS[index]["T_R"]))
        entropy = -sum(pi * sp.log(pi) for pi in found["p"])
        partition = sum(sp.exp(-(e - min(found["E"])) / T) for e in found["E"])
        equilibrium = min(found["E"]) - T * sp.log(partition)
        env = {U_p: _passive_energy(found), S_p: entropy, F_eq: equilibrium, T_eq: T}
        return parts[0].subs(env), found["exergy"]

    return _numeric(values, "T_eq times the relative entropy of the passive and the Gibbs state")
