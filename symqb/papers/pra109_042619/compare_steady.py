"""Comparing Eqs. 13-17 and 19 with the derived steady state and energetics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import permutations, product
from typing import Any

import sympy as sp

from symqb.audit.equations import Check, Parts
from symqb.audit.rows import Finding, differing
from symqb.derive import eta_form, rate_name, tree_populations

from . import notation as p
from .meaning import battery, meaning, pairs, resolve

TREES = "exact, against the sum over spanning trees with free positive rates"
HUB = (3, 4)


def free(expr: sp.Basic) -> sp.Expr:
    """Write A_ij, E_ij as the free rates Gamma; eta and rho as derived from them."""
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
    for name, head, part in (("A_ij", p.A, parts[2]), ("E_ij", p.E, parts[3])):
        for upper, lower in pairs(2):
            printed = part.subs({p.i: upper, p.j: lower})
            if not meaning(2).same(printed, resolve(head(upper, lower), 2)):
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


def _weighted(populations: Any, energies: Any) -> sp.Expr:
    return sum(share * energy for share, energy in zip(populations, energies, strict=True))


@cache
def _evaluated(index: int) -> dict[str, Any]:
    """Evaluate the derived battery at a point, to 60 digits."""
    result = battery(2).evaluate(digits=60, **POINTS[index])

    def convert(value: object) -> sp.Expr:
        return sp.Float(str(value), 60)

    out = {name: convert(result[name]) for name in ("stored_energy", "ergotropy", "exergy")}
    out["p"] = [convert(v) for v in result.populations]
    out["E"] = [convert(v) for v in result.energies]
    out["mean"] = _weighted(out["p"], out["E"])
    return out


Known = Callable[[dict[str, Any], Mapping[sp.Symbol, sp.Rational], Parts], Mapping[Any, Any]]
"""Values of the printed symbols, from what is derived at a point."""


def _numeric(output: str, derived: str, known: Known) -> Check:
    """Compare with a derived output at 50 digits and the points above."""

    def gap(index: int, parts: Parts) -> sp.Expr:
        found = _evaluated(index)
        point = {sp.Symbol(k): sp.Rational(str(v)) for k, v in POINTS[index].items()}
        return abs(sp.N(parts[0].subs(known(found, point, parts)) - found[output], 60))

    def check(parts: Parts) -> Finding:
        most = max(gap(index, parts) for index in range(len(POINTS)))
        agrees = bool(most < sp.Float(10) ** -50)
        return Finding(
            agrees,
            derived,
            f"50 digits at {len(POINTS)} points (every sign of J and Delta, epsilon = 0, 1/2, 1); "
            f"largest difference {'< 1e-50' if agrees else sp.N(most, 3)}",
        )

    return check


def _least(found: dict[str, Any], *_: Any) -> dict[sp.Symbol, sp.Expr]:
    """The least mean energy over unitaries (Birkhoff: over permutations)."""
    least = min(_weighted(order, found["E"]) for order in permutations(found["p"]))
    return {p.mean_energy: found["mean"], p.least_energy: least}


def _free_energies(found: dict[str, Any], point: Any, _: Parts) -> dict[sp.Symbol, sp.Expr]:
    """The passive and the Gibbs state at T_eq = T_R."""
    T, energies = point[p.T_R], sorted(found["E"])
    partition = sum(sp.exp(-(energy - energies[0]) / T) for energy in energies)
    return {
        p.U_p: _weighted(sorted(found["p"], reverse=True), energies),
        p.S_p: -sum(share * sp.log(share) for share in found["p"]),
        p.F_eq: energies[0] - T * sp.log(partition),
        p.T_eq: T,
    }


stored = _numeric(
    "stored_energy",
    "sum_i p_i (E_i - E(|0,0>))",
    lambda found, point, parts: {p.mean_energy: found["mean"], p.E_gs: parts[1].subs(point)},
)
ergotropy = _numeric("ergotropy", "energy above the sorted state, all 24 permutations", _least)
exergy = _numeric(
    "exergy", "T_eq times the relative entropy of the passive and the Gibbs state", _free_energies
)


def ergotropy_sum(parts: Parts) -> Finding:
    """Eq. 17 with r decreasing and epsilon increasing: exact, a rational state and Hamiltonian."""
    # a rational orthogonal matrix without zeros (Cayley)
    K = sp.Matrix([[0, 1, 2, -1], [-1, 0, 1, 3], [-2, -1, 0, 1], [1, -3, -1, 0]]) / 2
    mix = (sp.eye(4) - K) * (sp.eye(4) + K).inv()
    r = [sp.Rational(n, 10) for n in (4, 3, 2, 1)]
    energies = [sp.Rational(n, 3) for n in (-4, -1, 2, 5)]
    rho = mix * sp.diag(*r) * mix.T
    true = _weighted(rho.diagonal(), energies) - _weighted(r, energies)
    printed = sum(
        parts[0].subs(
            {
                p.r_j: r[j],
                p.eps_i: energies[i],
                p.overlap: mix[i, j] ** 2,
                p.delta_ij: int(i == j),
            }
        )
        for i, j in product(range(4), repeat=2)
    )
    return Finding(
        sp.simplify(printed - true) == 0,
        "Tr(rho H) - sum_k r_k eps_k, r decreasing, eps increasing",
        "exact, a rational 4 x 4 state whose eigenvectors mix all levels",
    )
