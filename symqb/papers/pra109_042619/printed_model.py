"""Eqs. 1-5 and 20-22 exactly as printed: Hamiltonians, levels, reservoirs, couplings."""

from __future__ import annotations

import sympy as sp

from symqb.audit.equations import Equation

from . import compare_model as compare
from . import notation as p
from .notation import B0, Delta, J, alpha, epsilon, ket, lam_L, lam_R, over_modes, sigma, w_L, w_R

a, ad, b, bd = p.mode_a, p.mode_ad, p.mode_b, p.mode_bd
X, Y, Z, jj = sp.symbols("x y z j")
half, root2 = sp.Rational(1, 2), sp.sqrt(2)
plus, minus = (Delta + alpha) / J, (Delta - alpha) / J


def _state(name: str, symbol: str) -> str:
    return rf"|{name}\rangle = @1, \quad {symbol} = @2"


def _level(id_: str, spins: int, label: int, vector: sp.Expr, energy: sp.Expr) -> Equation:
    name = rf"\Phi_{label}" if spins == 2 else rf"\Psi_{label}"
    return Equation(id_, (vector, energy), _state(name, f"E_{label}"), compare.level(spins, label))


def _branch(ratio: sp.Expr, one: bool) -> sp.Expr:
    """The printed three-spin vectors: 2 |..> - ratio |..> + 2 |..>, over a root."""
    kets = (
        (ket(1, 0, 0), ket(0, 1, 0), ket(0, 0, 1))
        if one
        else (ket(1, 1, 0), ket(1, 0, 1), ket(0, 1, 1))
    )
    return (2 * kets[0] - ratio * kets[1] + 2 * kets[2]) / sp.sqrt(ratio**2 + 8)


TWO_SPINS = (
    Equation(
        "1",
        (
            half
            * (
                B0 * sigma(Z, 1)
                + B0 * sigma(Z, 2)
                + J * sigma(X, 1) * sigma(X, 2)
                + J * sigma(Y, 1) * sigma(Y, 2)
                + Delta * sigma(Z, 1) * sigma(Z, 2)
            ),
        ),
        "H_B = @1",
        compare.hamiltonian(2),
    ),
    _level("2a", 2, 1, ket(0, 0), half * (Delta - 2 * B0)),
    _level("2b", 2, 2, ket(1, 1), half * (Delta + 2 * B0)),
    _level("2c", 2, 3, (ket(0, 1) - ket(1, 0)) / root2, -Delta / 2 - J),
    _level("2d", 2, 4, (ket(1, 0) + ket(0, 1)) / root2, -Delta / 2 + J),
    Equation(
        "3",
        (
            sp.ImmutableMatrix(
                [
                    [(Delta + 2 * B0) / 2, 0, 0, 0],
                    [0, -Delta / 2, J, 0],
                    [0, J, -Delta / 2, 0],
                    [0, 0, 0, (Delta - 2 * B0) / 2],
                ]
            ),
        ),
        "H_B = @1",
        compare.matrix,
    ),
    Equation(
        "4",
        (w_L * ad * a + w_R * bd * b,),
        r"H_{\mathrm{res}} = \sum_j [@1]",
        compare.reservoirs,
    ),
    Equation(
        "5",
        (
            over_modes(jj, lam_L * (sigma(X, 1) + epsilon * sigma(X, 2)) * (ad + a)),
            over_modes(jj, lam_R * sigma(X, 2) * (bd + b)),
        ),
        r"H_{\mathrm{B-res}} = @1 + @2",
        compare.coupling(2),
    ),
)

SPIN_OPERATORS = Equation(
    "text-1",
    (half,),
    r"\text{``}\sigma^{(i)}\text{ are spin 1/2 operators'': } S_z = @1\,\sigma_z^{\mathrm{Pauli}}",
    compare.spin_half,
    fault="misprint",
    kind="claim",
    repaired=(sp.Integer(1),),
    repair="call them Pauli operators (twice the spin-1/2 operators)",
    consequence="read literally, every energy of Eqs. 2-3 changes by factors of 2 and 4",
)


def _chain(axis: sp.Symbol) -> sp.Expr:
    return sigma(axis, 1) * sigma(axis, 2) + sigma(axis, 2) * sigma(axis, 3)


_FIELD = sum((sigma(Z, site) for site in (1, 2, 3)), sp.Integer(0))
_RIGHT = lam_R * sigma(X, 3) * (bd + b)

THREE_SPINS = (
    Equation(
        "20",
        (half * (B0 * _FIELD + J * _chain(X) + J * _chain(Y) + Delta * _chain(Z)),),
        r"\mathbb{H}_B = @1",
        compare.hamiltonian(3),
    ),
    _level("21a", 3, 1, (ket(0, 0, 1) - ket(1, 0, 0)) / root2, -B0 / 2),
    _level("21b", 3, 2, (ket(0, 1, 1) - ket(1, 1, 0)) / root2, B0 / 2),
    _level("21c", 3, 3, ket(0, 0, 0), half * (2 * Delta - 3 * B0)),
    _level("21d", 3, 4, ket(1, 1, 1), half * (2 * Delta + 3 * B0)),
    _level("21e", 3, 5, _branch(plus, True), -half * (B0 + Delta + alpha)),
    _level("21f", 3, 6, _branch(plus, False), half * (B0 - Delta - alpha)),
    _level("21g", 3, 7, _branch(minus, True), -half * (B0 + Delta - alpha)),
    _level("21h", 3, 8, _branch(minus, False), half * (B0 - Delta + alpha)),
    Equation(
        "22",
        (
            over_modes(jj, lam_L * (sigma(X, 1) + epsilon * sigma(X, 3)) * (ad + a)),
            _RIGHT,
        ),
        r"\mathbb{H}_{B-\mathrm{res}} = @1 + @2",
        compare.coupling(3),
        fault="misprint",
        repaired=(
            over_modes(jj, lam_L * (sigma(X, 1) + epsilon * sigma(X, 3)) * (ad + a)),
            over_modes(jj, _RIGHT),
        ),
        repair="sum the second term over j as well",
        consequence="none: Eqs. 23-27 use the summed form",
    ),
)
