"""What the paper's symbols stand for, from derived objects only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from typing import Any

import sympy as sp

from symqb.audit.meaning import Meaning
from symqb.audit.search import Exact
from symqb.battery import Battery, xxz_battery

from . import notation as p

TEMPERATURES = {"L": p.T_L, "R": p.T_R}
ROOT = sp.sqrt(p.Delta**2 + 8 * p.J**2)
ABBREVIATIONS = {
    p.x: (((p.Delta + p.alpha) / p.J) ** 2 + 8) ** sp.Rational(-1, 2),
    p.y: (((p.Delta - p.alpha) / p.J) ** 2 + 8) ** sp.Rational(-1, 2),
}
GENERIC = {"B0": 2, "J": 1, "Delta": "1/2", "epsilon": 1, "kappa": 1, "T_L": 3, "T_R": 1}


@cache
def battery(spins: int, dissipation: str = "collective") -> Battery:
    """Derive the battery; kept for the run."""
    return xxz_battery(spins, dissipation)


@cache
def meaning(spins: int, dissipation: str = "collective") -> Meaning:
    r"""Say what the paper's heads are in a battery.

    :math:`\gamma_{ij}^{(\nu,e)}` is the rate from i to j and :math:`\gamma_{ij}^{(\nu,a)}` the rate
    from j to i, as the text below Eq. (12) defines them.
    """
    plain = Meaning(battery(spins, dissipation))

    def gamma(i: Any, j: Any, bath: Any, kind: Any) -> sp.Expr:
        return plain.rate(bath, i, j) if str(kind) == "e" else plain.rate(bath, j, i)

    def total(kind: sp.Symbol) -> Any:
        return lambda i, j: gamma(i, j, p.L, kind) + gamma(i, j, p.R, kind)

    def weight_3(i: Any, j: Any) -> sp.Expr:
        found = {(t.upper, t.lower): t.weights["R"] for t in battery(3).transitions()}
        return found.get((int(i), int(j)), sp.Integer(0))

    heads = {
        p.gamma: gamma,
        p.A: total(p.a),
        p.E: total(p.e),
        p.omega: plain.frequency,
        p.energy: plain.energy,
        p.weight_3: weight_3,
    }
    return Meaning(plain.system, heads, ABBREVIATIONS, {p.alpha: ROOT}, p.n, TEMPERATURES)


def rates(spins: int) -> Mapping[tuple[str, int, int], sp.Expr]:
    """Derive the rate of every jump ``(bath, from, to)``."""
    return meaning(spins).rates


def pairs(spins: int) -> tuple[tuple[int, int], ...]:
    """Derive the transitions ``(upper, lower)``."""
    return meaning(spins).pairs


def resolve(expr: sp.Basic, spins: int) -> sp.Basic:
    """Replace the paper's heads by what is derived."""
    return meaning(spins).resolve(expr)


def is_zero(expr: sp.Expr) -> bool:
    """Whether an expression in parameters, Bose numbers and alpha vanishes identically: exact."""
    return meaning(2).is_zero(expr)


def in_parameters(expr: sp.Expr, *expm1: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    """Write out alpha, x, y and the Bose numbers."""
    return meaning(2).in_parameters(expr, *expm1)


def rational_point(expr: sp.Expr, point: Mapping[str, Exact], digits: int = 20) -> sp.Expr:
    """Evaluate an expression at an exact point."""
    values = {sp.Symbol(name): sp.Rational(str(value)) for name, value in point.items()}
    return sp.N(in_parameters(expr).subs(values), digits)


def sigma_matrix(axis: str, site: int, spins: int) -> sp.Matrix:
    """Write a Pauli matrix at a site, by its action on the bare basis |1..1> ... |0..0>."""
    states = list(product((1, 0), repeat=spins))
    matrix = sp.zeros(len(states))
    for column, state in enumerate(states):
        up = state[site - 1] == 1
        flipped = (*state[: site - 1], 1 - state[site - 1], *state[site:])
        if axis == "z":
            matrix[column, column] = 1 if up else -1
        else:
            value = 1 if axis == "x" else (sp.I if up else -sp.I)
            matrix[states.index(flipped), column] = value
    return matrix


def operator_matrix(expr: sp.Expr, spins: int) -> sp.Matrix:
    """Write a sum of products of Pauli operators as a matrix in the bare basis."""
    total = sp.zeros(2**spins)
    for term in sp.Add.make_args(sp.expand(expr)):
        scalar, factors = term.args_cnc()
        matrix = sp.eye(2**spins)
        for factor in factors:
            base, power = factor.as_base_exp()
            axis, site = base.args
            matrix = matrix * sigma_matrix(str(axis), int(site), spins) ** int(power)
        total += sp.Mul(*scalar) * matrix
    return total


def ket_vector(expr: sp.Expr, spins: int) -> sp.Matrix:
    """Write a linear combination of bare kets as a column."""
    expr = sp.expand(expr)
    return sp.Matrix([expr.coeff(p.ket(*state)) for state in product((1, 0), repeat=spins)])
