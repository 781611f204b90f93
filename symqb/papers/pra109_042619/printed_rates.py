"""Eqs. 11, 12, 18, 26, 27, B1-B12 and C1-C8 exactly as printed: jumps, rates, balances."""

from __future__ import annotations

import sympy as sp

from symqb.audit.equations import Equation, Parts

from . import compare_rates as compare
from .notation import (
    Delta,
    J,
    L,
    R,
    a,
    alpha,
    bose,
    e,
    epsilon,
    gamma,
    i,
    j,
    jump,
    kappa,
    nu,
    omega,
    rho,
    weight_3,
    x,
    y,
)

half = sp.Rational(1, 2)
plus, minus = (Delta + alpha) / J, (Delta - alpha) / J


def _jumps(*terms: tuple[int, int, sp.Symbol, int, int]) -> sp.Expr:
    """Terms gamma_ij^(nu,kind) L_tau_kl."""
    return sp.Add(*(gamma(i_, j_, nu, kind) * jump(to, out) for i_, j_, kind, to, out in terms))


def _both(*pairs: tuple[int, int]) -> sp.Expr:
    """Emission on tau_lower,upper and absorption on tau_upper,lower, as Eq. 26 prints them."""
    return _jumps(*((u, v, e, v, u) for u, v in pairs), *((u, v, a, u, v) for u, v in pairs))


EQ_11 = _jumps(
    (3, 1, e, 1, 3),
    (3, 1, a, 3, 1),
    (1, 4, e, 1, 4),
    (1, 4, a, 4, 1),
    (2, 3, e, 3, 2),
    (2, 3, a, 2, 3),
    (2, 4, e, 4, 2),
    (2, 4, a, 2, 4),
)
PRINTED_26 = (
    (1, 3),
    (6, 1),
    (8, 1),
    (4, 2),
    (2, 5),
    (2, 7),
    (4, 6),
    (4, 8),
    (6, 5),
    (6, 7),
    (8, 5),
    (8, 7),
)


def _twelve(emission: bool, power: sp.Expr) -> Parts:
    def factor(bath: sp.Symbol) -> sp.Expr:
        return (1 if emission else 0) + bose(bath, i, j)

    sign = epsilon + sp.Integer(-1) ** power
    return (
        kappa * omega(i, j) * sign**2 / 2 * factor(L),
        kappa * omega(i, j) / 2 * factor(R),
    )


def _twelve_equation(id_: str, kind: str) -> Equation:
    emission = kind == "e"
    return Equation(
        id_,
        _twelve(emission, j),
        rf"\gamma_{{ij}}^{{(L,{kind})}} = @1, \quad \gamma_{{ij}}^{{(R,{kind})}} = @2",
        compare.rule(2, kind),
        fault="misprint",
        repaired=_twelve(emission, sp.Max(i, j)),
        repair="the exponent of -1 is the label of the one-spin-up level, max(i, j), and not j",
        consequence="as printed gamma_41^(L) carries (epsilon-1)^2: at epsilon = 1 the left bath "
        "would drive no transition of level 1 and A_41, E_41 of Eq. (14) would be wrong. Read with "
        "the subscript 14 of Eq. (11) the weight is right but omega_14 < 0 exchanges emission and "
        "absorption",
    )


def _eighteen(factor: int) -> Parts:
    return (
        factor * kappa * omega(i, j) * (1 + bose(L, i, j)),
        factor * kappa * omega(i, j) * bose(L, i, j),
    )


TWO_SPINS = (
    Equation(
        "11",
        (EQ_11,),
        r"\dot\rho = -i[H_B,\rho] + \sum_{\nu=L,R} [@1]",
        compare.jumps(2),
        fault="misprint",
        repaired=(_both((3, 1), (4, 1), (2, 3), (2, 4)),),
        repair="gamma_14 is gamma_41: level 4 lies above level 1",
        consequence="with omega_14 = E_1 - E_4 < 0 put into Eq. (12), emission and absorption of "
        "this transition are exchanged",
    ),
    _twelve_equation("12a", "e"),
    _twelve_equation("12b", "a"),
    Equation(
        "18",
        _eighteen(2),
        r"\gamma_{ij}^{(L,e)} = @1, \quad \gamma_{ij}^{(L,a)} = @2",
        compare.rule(2, "ea", "individual", 1, ("L",)),
        fault="wrong",
        repaired=_eighteen(1),
        repair="2 kappa becomes kappa: without the cross term (epsilon + 1)^2/2 = 2 is replaced by "
        "(1 + epsilon^2)/2 = 1",
        consequence="populations of the individual setting shift (the left bath counts 4:1 instead "
        "of 2:1); its passivity does not depend on the factor",
    ),
)


def _rates(weight: sp.Expr, u: int, v: int, emitted: tuple[int, int] | None = None) -> Parts:
    first = emitted or (u, v)
    return (
        weight * kappa * omega(u, v) * (1 + bose(L, *first)),
        weight * kappa * omega(u, v) * bose(L, u, v),
    )


def _line(number: int, u: int, v: int, weight: sp.Expr, **kw: object) -> Equation:
    template = rf"\gamma_{{{u}{v}}}^{{(L,e)}} = @1, \quad \gamma_{{{u}{v}}}^{{(L,a)}} = @2"
    emitted = kw.pop("emitted", None)
    parts = _rates(weight, u, v, emitted)  # type: ignore[arg-type]
    return Equation(
        f"B{number}",
        parts,
        template,
        compare.pair(u, v),
        **kw,  # type: ignore[arg-type]
    )


odd, even = half * (epsilon - 1) ** 2, (epsilon + 1) ** 2
APPENDIX_B = (
    _line(1, 1, 3, odd),
    _line(2, 6, 1, odd * plus**2 * x**2),
    _line(
        3,
        8,
        1,
        odd * minus**2 * y**2,
        emitted=(6, 1),
        fault="misprint",
        repaired=_rates(odd * minus**2 * y**2, 8, 1),
        repair="n_L(omega_61) is n_L(omega_81) in the emission rate",
        consequence="gamma_81^(L,e) uses the Bose number of another frequency; no effect at "
        "epsilon = 1, where the weight vanishes",
    ),
    _line(4, 4, 2, odd),
    _line(5, 2, 5, odd * plus**2 * x**2),
    _line(6, 2, 7, odd * minus**2 * y**2),
    _line(7, 4, 6, 4 * even * x**2),
    _line(8, 4, 8, 4 * even * y**2),
    _line(
        9,
        6,
        5,
        16 * even * plus**2 * x**2,
        fault="misprint",
        repaired=_rates(16 * even * plus**2 * x**4, 6, 5),
        repair="x^2 is x^4, as in the partner (B12)",
        consequence="the left bath's 6-5 rates are too large by 1/x^2 = ((Delta+alpha)/J)^2 + 8, "
        "16 at Delta = 0 and 24 at Delta = J",
    ),
    _line(10, 6, 7, 16 * even * (Delta / J) ** 2 * x**2 * y**2),
    _line(11, 8, 5, 16 * even * (Delta / J) ** 2 * x**2 * y**2),
    _line(12, 8, 7, 16 * even * minus**2 * y**4),
)


def _balance(level: int, down: tuple[int, ...], up: tuple[int, ...]) -> sp.Expr:
    """Gains minus losses: ``down`` are lower neighbours, ``up`` are upper ones, as printed."""
    gains = [gamma(u, level, nu, e) * rho(u, u) for u in up]
    gains += [gamma(level, v, nu, a) * rho(v, v) for v in down]
    losses = [gamma(u, level, nu, a) for u in up] + [gamma(level, v, nu, e) for v in down]
    return sp.Add(*gains) - sp.Add(*losses) * rho(level, level)


def _c(
    number: int,
    down: tuple[int, ...],
    up: tuple[int, ...],
    true: tuple[tuple[int, ...], tuple[int, ...]] | None = None,
    pair: str = "",
) -> Equation:
    template = rf"\dot\rho_{{{number}{number}}} = \sum_{{\nu=L,R}} [@1]"
    check = compare.balance(number)
    if true is None:
        return Equation(f"C{number}", (_balance(number, down, up),), template, check)
    return Equation(
        f"C{number}",
        (_balance(number, down, up),),
        template,
        check,
        fault="incomplete",
        repaired=(_balance(number, *true),),
        repair=f"add the terms of the transition {pair}",
        consequence="as Eq. (26)",
    )


APPENDIX_C = (
    _c(1, (3,), (6, 8)),
    _c(2, (5, 7), (4,)),
    _c(3, (), (1,), ((), (1, 5, 7)), "5-3 and 7-3"),
    _c(4, (2, 6, 8), ()),
    _c(5, (), (2, 6, 8), ((3,), (2, 6, 8)), "5-3"),
    _c(6, (1, 5, 7), (4,)),
    _c(7, (), (2, 6, 8), ((3,), (2, 6, 8)), "7-3"),
    _c(8, (1, 5, 7), (4,)),
)


def _right(weighted: bool) -> Parts:
    weight = weight_3(i, j) if weighted else half
    return (
        weight * kappa * omega(i, j) * (1 + bose(R, i, j)),
        weight * kappa * omega(i, j) * bose(R, i, j),
    )


THREE_SPINS = (
    Equation(
        "26",
        (_both(*PRINTED_26),),
        r"\dot\rho = -i[\mathbb{H}_B,\rho] + \sum_{\nu=L,R} [@1]",
        compare.jumps(3),
        fault="incomplete",
        repaired=(_both(*PRINTED_26, (5, 3), (7, 3)),),
        repair="add the transitions 5-3 and 7-3",
        consequence="|0,0,0> is reached from one level only; together with Eq. (27) and (B9) the "
        "printed three-spin system gives other stored energies and ergotropies (fig12-literal)",
    ),
    Equation(
        "27",
        _right(False),
        r"\gamma_{ij}^{(R,e)} = @1, \quad \gamma_{ij}^{(R,a)} = @2",
        compare.rule(3, "ea", baths=("R",)),
        fault="incomplete",
        repaired=_right(True),
        repair="the factor 1/2 is the squared matrix element only for 1-3 and 4-2; elsewhere it is "
        "|<i|sigma_x^(3)|j>|^2, which is the left weight of Appendix B at epsilon = 0",
        consequence="ten of the twelve printed right rates are too large (6-5 and 8-7 are right at "
        "Delta = 0 alone)",
    ),
)
