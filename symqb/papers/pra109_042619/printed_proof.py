"""Inequalities (A1)-(A18) exactly as printed."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from symqb.audit.equations import Equation, Parts
from symqb.audit.inequalities import chain, holds, with_form
from symqb.audit.rows import Finding

from .compare_steady import free
from .domains import ANTIFERRO, J_ABOVE, J_BELOW, T, same_value
from .notation import T_L, T_M, T_R, A, E, L, R, a, bose, eta, gamma, kappa, omega, over, rho
from .printed_steady import ETA_1, ETA_2

MORE = "@1 > @2"


def _printed_pair(i: int, j: int) -> sp.Expr:
    """1/e^(omega/T_L - 1) + 1/e^(omega/T_R - 1), with the -1 inside the exponent as printed."""
    return over(sp.exp(omega(i, j) / T_L - 1)) + over(sp.exp(omega(i, j) / T_R - 1))


def _bose_pair(i: int, j: int) -> sp.Expr:
    return 1 / (sp.exp(omega(i, j) / T_L) - 1) + 1 / (sp.exp(omega(i, j) / T_R) - 1)


def N(i: int, j: int) -> sp.Expr:
    r""":math:`n_L(\omega_{ij}) + n_R(\omega_{ij})`."""
    return bose(L, i, j) + bose(R, i, j)


def _sum(i: int, j: int) -> sp.Expr:
    return gamma(i, j, L, a) + gamma(i, j, R, a)


def _is(*wanted: sp.Expr) -> Callable[[Parts], bool]:
    """Whether the printed sides are the wanted ones."""
    return lambda parts: all(map(same_value, parts, wanted))


def _x(i: int, j: int, temperature: sp.Expr) -> sp.Expr:
    return sp.exp(omega(i, j) / temperature) - 1


def _expanded(product_T: sp.Expr, single_T: sp.Expr) -> Parts:
    return (
        _x(2, 4, product_T) * _x(4, 1, product_T) + _x(2, 4, single_T) + _x(4, 1, single_T),
        _x(2, 3, product_T),
    )


def _bose_equation(id_: str, low: tuple[int, int], high: tuple[int, int]) -> Equation:
    wanted = (_bose_pair(*low), _bose_pair(*high))
    return Equation(
        id_,
        (_printed_pair(*low), _printed_pair(*high)),
        MORE,
        with_form(holds(ANTIFERRO), _is(*wanted), "sums of Bose numbers, 1/(e^{omega/T} - 1)"),
        fault="misprint",
        repaired=wanted,
        repair="the -1 belongs below the fraction line, outside the exponent",
        consequence="none: the argument continues with the Bose numbers",
    )


def _substituted(id_: str, printed: Parts, wanted: Parts, words: str) -> Equation:
    return Equation(
        id_,
        printed,
        MORE,
        with_form(
            holds(ANTIFERRO), _is(*wanted), "the product form of Eq. (A13) at one temperature"
        ),
        fault="misprint",
        repaired=wanted,
        repair=words,
        consequence="the step to Eq. (A16) needs the repaired forms",
    )


def _ratio(parts: Parts) -> Finding:
    """A12: the printed ratio is rho_44 / rho_22, and exceeds 1."""
    ratio = sp.cancel(sp.together(free(parts[0]) - free(_RHO_RATIO)))
    if ratio != 0:
        return Finding(False, "rho_44/rho_22", "exact: the expression is not rho_44/rho_22")
    found = holds(ANTIFERRO)((_closed(parts[0]), parts[1]))
    return Finding(
        found.agrees,
        found.derived,
        f"exact: it is rho_44/rho_22 (trees); {found.evidence}",
        found.counterexample,
    )


def _closed(expr: sp.Expr) -> sp.Expr:
    return expr.replace(eta, lambda number: ETA_1 if number == 1 else ETA_2)


_RHO_RATIO = rho(4, 4) / rho(2, 2)

EQUATIONS = (
    Equation(
        "A1",
        (omega(2, 3), omega(2, 4), omega(4, 1), omega(3, 1)),
        "@1 > @2 > @3 > @4",
        chain(J_BELOW),
    ),
    Equation(
        "A2",
        (omega(2, 3), omega(4, 1), omega(2, 4), omega(3, 1)),
        "@1 > @2 > @3 > @4",
        chain(J_ABOVE),
    ),
    _bose_equation("A3", (2, 4), (2, 3)),
    _bose_equation("A4", (3, 1), (4, 1)),
    Equation(
        "A5", (2 * omega(2, 3) * _sum(2, 4), 2 * omega(2, 4) * _sum(2, 3)), MORE, holds(ANTIFERRO)
    ),
    Equation(
        "A6", (2 * omega(4, 1) * _sum(3, 1), 2 * omega(3, 1) * _sum(4, 1)), MORE, holds(ANTIFERRO)
    ),
    Equation("A7", (A(2, 4) * E(2, 3), A(2, 3) * E(2, 4)), MORE, holds(ANTIFERRO)),
    Equation("A8", (A(3, 1) * E(4, 1), A(4, 1) * E(3, 1)), MORE, holds(ANTIFERRO)),
    Equation("A9", (N(4, 1), N(2, 3)), MORE, holds(ANTIFERRO)),
    Equation("A10", (omega(2, 3) / A(2, 3), omega(4, 1) / A(4, 1)), MORE, holds(ANTIFERRO)),
    Equation(
        "A11", (E(2, 3) * A(4, 1) * E(3, 1), A(3, 1) * E(4, 1) * A(2, 3)), MORE, holds(ANTIFERRO)
    ),
    Equation(
        "A12",
        (
            eta(2) * (E(2, 3) + E(2, 4)) / (eta(1) * A(2, 3) + eta(2) * A(2, 4)),
            sp.Integer(1),
        ),
        r"\frac{\rho_{44}}{\rho_{22}} = @1 > @2",
        _ratio,
    ),
    Equation(
        "A13",
        ((sp.exp((omega(2, 4) + omega(1, 4)) / T) - 1) / _x(2, 3, T), sp.Integer(1)),
        MORE,
        holds(ANTIFERRO),
        fault="misprint",
        repaired=((sp.exp((omega(2, 4) + omega(4, 1)) / T) - 1) / _x(2, 3, T), sp.Integer(1)),
        repair="omega_14 is omega_41",
        consequence="with omega_14 = -omega_41 the left side is below 1 on the whole domain",
    ),
    _substituted(
        "A14",
        _expanded(T_M, 2 * T_M),
        _expanded(T_M, T_M),
        "the two single terms carry T_M, not 2 T_M (exchanged with A15)",
    ),
    _substituted(
        "A15",
        _expanded(2 * T_M, T_M),
        _expanded(2 * T_M, 2 * T_M),
        "the two single terms carry 2 T_M, not T_M (exchanged with A14)",
    ),
    Equation(
        "A16",
        (2 / (N(4, 1) * N(2, 4)) + 1 / N(4, 1) + 1 / N(2, 4), 1 / N(2, 3)),
        MORE,
        holds(ANTIFERRO, "1 + 2/N is submultiplicative: theorem T2"),
        consequence="the printed argument for it has a gap (row A-arg-17); the inequality is true",
    ),
    Equation(
        "A17",
        (
            2 * omega(4, 1) * omega(2, 4) / (A(4, 1) * A(2, 4))
            + omega(4, 1) / A(2, 4)
            + omega(2, 4) / A(2, 4),
            omega(2, 3) / A(2, 3),
        ),
        MORE,
        with_form(
            holds(ANTIFERRO),
            _is(
                kappa * omega(4, 1) * omega(2, 4) / (A(4, 1) * A(2, 4))
                + omega(4, 1) / A(4, 1)
                + omega(2, 4) / A(2, 4),
                omega(2, 3) / A(2, 3),
            ),
            "Eq. (A16) times 2/kappa, with N = 2 A/(kappa omega)",
        ),
        fault="misprint",
        repaired=(
            kappa * omega(4, 1) * omega(2, 4) / (A(4, 1) * A(2, 4))
            + omega(4, 1) / A(4, 1)
            + omega(2, 4) / A(2, 4),
            omega(2, 3) / A(2, 3),
        ),
        repair="2 becomes kappa in the first term, A_24 becomes A_41 below omega_41",
        consequence="as printed it does not lead to (A18)",
    ),
    Equation(
        "A18", (E(4, 1) * E(2, 4) / (A(4, 1) * A(2, 4)), E(2, 3) / A(2, 3)), MORE, holds(ANTIFERRO)
    ),
)
