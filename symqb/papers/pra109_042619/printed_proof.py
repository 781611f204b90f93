"""Inequalities (A1)-(A18) exactly as printed."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symqb.audit.equations import Equation, Parts
from symqb.audit.inequalities import chain, holds, with_form
from symqb.audit.rows import Finding

from . import notation as p
from .compare_steady import free
from .domains import ANTIFERRO, J_ABOVE, J_BELOW, T, same_value
from .notation import A23, A24, A31, A41, E23, E24, E31, E41, T_M, kappa, omega, w23, w24, w31, w41
from .printed_steady import ETA_1, ETA_2

MORE = "@1 > @2"
one = sp.Integer(1)


def _printed_pair(w: sp.Expr) -> sp.Expr:
    """1/e^(omega/T_L - 1) + 1/e^(omega/T_R - 1), with the -1 inside the exponent as printed."""
    return p.over(sp.exp(w / p.T_L - 1)) + p.over(sp.exp(w / p.T_R - 1))


def _bose_pair(w: sp.Expr) -> sp.Expr:
    return 1 / less_one(w, p.T_L) + 1 / less_one(w, p.T_R)


def N(i: int, j: int) -> sp.Expr:
    r"""Write :math:`n_L(\omega_{ij}) + n_R(\omega_{ij})`."""
    return p.bose(p.L, i, j) + p.bose(p.R, i, j)


def less_one(w: sp.Expr, temperature: sp.Expr) -> sp.Expr:
    """Write :math:`e^{\\omega/T} - 1`."""
    return sp.exp(w / temperature) - 1


def expanded(product_T: sp.Expr, single_T: sp.Expr) -> sp.Expr:
    """Write the left side of (A14), (A15): a product and two single terms."""
    product = less_one(w24, product_T) * less_one(w41, product_T)
    return product + less_one(w24, single_T) + less_one(w41, single_T)


def _more(
    id_: str, left: sp.Expr, right: sp.Expr, note: str = "", consequence: str = ""
) -> Equation:
    check = holds(ANTIFERRO, note)
    return Equation(id_, (left, right), MORE, check, consequence=consequence)


def _restated(
    id_: str, printed: Parts, wanted: Parts, note: str, repair: str, consequence: str
) -> Equation:
    """An inequality that must also be the one that the argument uses."""

    def form(parts: Parts) -> bool:
        return all(map(same_value, parts, wanted))

    return Equation(
        id_,
        printed,
        MORE,
        with_form(holds(ANTIFERRO), form, note),
        fault="misprint",
        repaired=wanted,
        repair=repair,
        consequence=consequence,
    )


def _bose_equation(id_: str, low: sp.Expr, high: sp.Expr) -> Equation:
    return _restated(
        id_,
        (_printed_pair(low), _printed_pair(high)),
        (_bose_pair(low), _bose_pair(high)),
        "sums of Bose numbers, 1/(e^{omega/T} - 1)",
        "the -1 belongs below the fraction line, outside the exponent",
        "none: the argument continues with the Bose numbers",
    )


def _substituted(id_: str, at: sp.Expr, printed: sp.Expr, words: str) -> Equation:
    right = less_one(w23, at)
    return _restated(
        id_,
        (expanded(at, printed), right),
        (expanded(at, at), right),
        "the product form of Eq. (A13) at one temperature",
        words,
        "the step to Eq. (A16) needs the repaired forms",
    )


def _ratio(parts: Parts) -> Finding:
    """A12: the printed ratio is rho_44 / rho_22, and exceeds 1."""
    if sp.cancel(sp.together(free(parts[0]) - free(p.rho(4, 4) / p.rho(2, 2)))) != 0:
        return Finding(False, "rho_44/rho_22", "exact: the expression is not rho_44/rho_22")
    closed = parts[0].replace(p.eta, lambda number: ETA_1 if number == 1 else ETA_2)
    found = holds(ANTIFERRO)((closed, parts[1]))
    return replace(found, evidence=f"exact: it is rho_44/rho_22 (trees); {found.evidence}")


def _sum(i: int, j: int) -> sp.Expr:
    return p.gamma(i, j, p.L, p.a) + p.gamma(i, j, p.R, p.a)


RIGHT_17 = w23 / A23
PRINTED_17 = 2 * w41 * w24 / (A41 * A24) + w41 / A24 + w24 / A24
CORRECT_17 = kappa * w41 * w24 / (A41 * A24) + w41 / A41 + w24 / A24
A16 = (2 / (N(4, 1) * N(2, 4)) + 1 / N(4, 1) + 1 / N(2, 4), 1 / N(2, 3))

EQUATIONS = (
    Equation("A1", (w23, w24, w41, w31), "@1 > @2 > @3 > @4", chain(J_BELOW)),
    Equation("A2", (w23, w41, w24, w31), "@1 > @2 > @3 > @4", chain(J_ABOVE)),
    _bose_equation("A3", w24, w23),
    _bose_equation("A4", w31, w41),
    _more("A5", 2 * w23 * _sum(2, 4), 2 * w24 * _sum(2, 3)),
    _more("A6", 2 * w41 * _sum(3, 1), 2 * w31 * _sum(4, 1)),
    _more("A7", A24 * E23, A23 * E24),
    _more("A8", A31 * E41, A41 * E31),
    _more("A9", N(4, 1), N(2, 3)),
    _more("A10", w23 / A23, w41 / A41),
    _more("A11", E23 * A41 * E31, A31 * E41 * A23),
    Equation(
        "A12",
        (p.eta(2) * (E23 + E24) / (p.eta(1) * A23 + p.eta(2) * A24), one),
        r"\frac{\rho_{44}}{\rho_{22}} = @1 > @2",
        _ratio,
    ),
    Equation(
        "A13",
        ((sp.exp((w24 + omega(1, 4)) / T) - 1) / less_one(w23, T), one),
        MORE,
        holds(ANTIFERRO),
        fault="misprint",
        repaired=((sp.exp((w24 + w41) / T) - 1) / less_one(w23, T), one),
        repair="omega_14 is omega_41",
        consequence="with omega_14 = -omega_41 the left side is below 1 on the whole domain",
    ),
    _substituted(
        "A14",
        T_M,
        2 * T_M,
        "the two single terms carry T_M, not 2 T_M (exchanged with A15)",
    ),
    _substituted(
        "A15",
        2 * T_M,
        T_M,
        "the two single terms carry 2 T_M, not T_M (exchanged with A14)",
    ),
    _more(
        "A16",
        *A16,
        "1 + 2/N is submultiplicative: theorem T2",
        consequence="the printed argument for it has a gap (row A-arg-17); the inequality is true",
    ),
    _restated(
        "A17",
        (PRINTED_17, RIGHT_17),
        (CORRECT_17, RIGHT_17),
        "Eq. (A16) times 2/kappa, with N = 2 A/(kappa omega)",
        "2 becomes kappa in the first term, A_24 becomes A_41 below omega_41",
        "as printed it does not lead to (A18)",
    ),
    _more("A18", E41 * E24 / (A41 * A24), E23 / A23),
)
