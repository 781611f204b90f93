"""What the paper's symbols stand for, from derived objects only, and exact zero tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import product
from typing import Any

import sympy as sp

from symqb.battery import Battery, xxz_battery
from symqb.derive.thermal import phi

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
def rates(spins: int, dissipation: str = "collective") -> Mapping[tuple[str, int, int], sp.Expr]:
    """Derive the rate of every jump ``(bath, from, to)``."""
    found: dict[tuple[str, int, int], sp.Expr] = {}
    for t in battery(spins, dissipation).transitions():
        for bath in t.weights:
            found[bath, t.upper, t.lower] = t.emission[bath]
            found[bath, t.lower, t.upper] = t.absorption[bath]
    return found


def pairs(spins: int) -> tuple[tuple[int, int], ...]:
    """Derive the transitions ``(upper, lower)``."""
    return tuple((t.upper, t.lower) for t in battery(spins).transitions())


def frequency(spins: int, upper: Any, lower: Any) -> sp.Expr:
    """Subtract the derived energies of two levels."""
    levels = battery(spins).eigensystem()
    return levels[int(upper)].energy - levels[int(lower)].energy


def resolve(expr: sp.Basic, spins: int, dissipation: str = "collective") -> sp.Basic:
    r"""Replace the paper's heads by what is derived.

    :math:`\gamma_{ij}^{(\nu,e)}` is the rate from i to j and :math:`\gamma_{ij}^{(\nu,a)}` the rate
    from j to i, as the text below Eq. (12) defines them.
    """
    derived = rates(spins, dissipation)

    def gamma(i: Any, j: Any, bath: Any, kind: Any) -> sp.Expr:
        source, target = (i, j) if str(kind) == "e" else (j, i)
        return derived.get((str(bath), int(source), int(target)), sp.Integer(0))

    def total(kind: sp.Symbol) -> Any:
        return lambda i, j: gamma(i, j, p.L, kind) + gamma(i, j, p.R, kind)

    return (
        expr.replace(p.gamma, gamma)
        .replace(p.A, total(p.a))
        .replace(p.E, total(p.e))
        .replace(p.omega, lambda i, j: frequency(spins, i, j))
        .replace(p.energy, lambda i: battery(spins).eigensystem()[int(i)].energy)
        .replace(p.weight_3, lambda i, j: _weight(int(i), int(j)))
        .subs(ABBREVIATIONS)
    )


def _weight(upper: int, lower: int) -> sp.Expr:
    """The derived squared element of the right bath's operator, three spins."""
    found = {(t.upper, t.lower): t.weights["R"] for t in battery(3).transitions()}
    return found.get((upper, lower), sp.Integer(0))


def to_bose(expr: sp.Expr) -> sp.Expr:
    r"""Write thermal functions in Bose numbers: :math:`\phi(\omega,T_\nu)=\omega(1+n_\nu)`.

    Each Bose number is an independent symbol; :math:`n(-\omega)=-1-n(\omega)`.
    """

    def number(bath: Any, w: sp.Expr) -> sp.Expr:
        w = sp.expand(w.subs(ROOT, p.alpha))
        if w.could_extract_minus_sign():
            return -1 - sp.Symbol(f"n_{bath}[{sp.sstr(sp.expand(-w))}]")
        return sp.Symbol(f"n_{bath}[{sp.sstr(w)}]")

    names = {symbol: name for name, symbol in TEMPERATURES.items()}
    expr = expr.replace(phi, lambda w, T: w * (1 + number(names[T], w)))
    return expr.replace(p.n, number).subs(ROOT, p.alpha)


def is_zero(expr: sp.Expr) -> bool:
    """Whether an expression in parameters, Bose numbers and alpha vanishes identically: exact.

    Bose numbers at different frequencies are algebraically independent of the parameters, so the
    question is one of polynomials modulo ``alpha^2 = Delta^2 + 8 J^2``.
    """
    numerator, _ = sp.fraction(sp.together(to_bose(expr)))
    polynomial = sp.expand(numerator)
    if polynomial == 0:
        return True
    relation = p.alpha**2 - p.Delta**2 - 8 * p.J**2
    try:
        return bool(sp.expand(sp.rem(polynomial, relation, p.alpha)) == 0)
    except sp.PolynomialError:
        return _vanishes_at_a_point(polynomial)


def _vanishes_at_a_point(expr: sp.Expr) -> bool:
    """Zero test for a form with other radicals than alpha: 50 digits at one generic point."""
    expr = expr.subs(p.alpha, ROOT)
    symbols = sorted(expr.free_symbols, key=str)
    values = {s: sp.Rational(2 * k + 3, 3 * k + 7) for k, s in enumerate(symbols)}
    return bool(abs(sp.N(expr.subs(values), 60)) < sp.Float(10) ** -50)


def same(printed: sp.Basic, derived: sp.Basic, spins: int) -> bool:
    """Whether a printed expression equals a derived one identically."""
    return is_zero(resolve(printed, spins) - derived)


def in_parameters(expr: sp.Expr, expm1: Any = lambda x: sp.exp(x) - 1) -> sp.Expr:
    """Write out alpha, x, y and the Bose numbers; ``expm1`` may be a function of its own."""

    def number(bath: Any, w: sp.Expr) -> sp.Expr:
        return 1 / expm1(w / TEMPERATURES[str(bath)])

    return expr.subs(ABBREVIATIONS).subs(p.alpha, ROOT).replace(p.n, number)


def rational_point(expr: sp.Expr, point: Mapping[str, Any], digits: int = 20) -> sp.Expr:
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
