"""Eqs. 11, 12, 18, 26, 27, B1-B12 and C1-C8 exactly as printed: jumps, rates, balances."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symqb.audit.equations import Equation, Parts

from . import compare_rates as compare
from . import notation as p
from .notation import Delta, J, L, R, a, bose, e, epsilon, gamma, i, j, kappa, n, nu, omega, rho

half = sp.Rational(1, 2)
alpha, x, y = p.alpha, p.x, p.y
plus, minus = (Delta + alpha) / J, (Delta - alpha) / J


def _pairs(subscripts: str) -> tuple[tuple[int, int], ...]:
    """Read transitions from their subscripts."""
    return tuple((int(pair[0]), int(pair[1])) for pair in subscripts.split())


PRINTED_26 = _pairs("13 61 81 42 25 27 46 48 65 67 85 87")


def _jumps(
    pairs: tuple[tuple[int, int], ...],
    written: dict[tuple[int, int], tuple[int, int]] | None = None,
) -> sp.Expr:
    """Emission on tau_lower,upper, absorption on tau_upper,lower; some rates written otherwise."""
    rates = {pair: (written or {}).get(pair, pair) for pair in pairs}
    emitted = [gamma(*rates[u, v], nu, e) * p.jump(v, u) for u, v in pairs]
    return sp.Add(*emitted, *(gamma(*rates[u, v], nu, a) * p.jump(u, v) for u, v in pairs))


def _thermal(weight: Any, bath: sp.Symbol, w: sp.Expr, emitting: sp.Expr | None = None) -> Parts:
    """Emission and absorption of one bath at a frequency; that of emission as printed."""
    rate = weight * kappa * w
    return rate * (1 + n(bath, emitting or w)), rate * n(bath, w)


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


TWO_SPINS = (
    Equation(
        "11",
        (_jumps(_pairs("31 41 23 24"), {(4, 1): (1, 4)}),),
        r"\dot\rho = -i[H_B,\rho] + \sum_{\nu=L,R} [@1]",
        compare.jumps(2),
        fault="misprint",
        repaired=(_jumps(_pairs("31 41 23 24")),),
        repair="gamma_14 is gamma_41: level 4 lies above level 1",
        consequence="with omega_14 = E_1 - E_4 < 0 put into Eq. (12), emission and absorption of "
        "this transition are exchanged",
    ),
    _twelve_equation("12a", "e"),
    _twelve_equation("12b", "a"),
    Equation(
        "18",
        _thermal(2, L, omega(i, j)),
        r"\gamma_{ij}^{(L,e)} = @1, \quad \gamma_{ij}^{(L,a)} = @2",
        compare.rule(2, "ea", "individual", 1, ("L",)),
        fault="wrong",
        repaired=_thermal(1, L, omega(i, j)),
        repair="2 kappa becomes kappa: without the cross term (epsilon + 1)^2/2 = 2 is replaced by "
        "(1 + epsilon^2)/2 = 1",
        consequence="populations of the individual setting shift (the left bath counts 4:1 instead "
        "of 2:1); its passivity does not depend on the factor",
    ),
)


odd, even = half * (epsilon - 1) ** 2, (epsilon + 1) ** 2
WEIGHTS_B = {
    (1, 3): odd,
    (6, 1): odd * plus**2 * x**2,
    (8, 1): odd * minus**2 * y**2,
    (4, 2): odd,
    (2, 5): odd * plus**2 * x**2,
    (2, 7): odd * minus**2 * y**2,
    (4, 6): 4 * even * x**2,
    (4, 8): 4 * even * y**2,
    (6, 5): 16 * even * plus**2 * x**2,
    (6, 7): 16 * even * (Delta / J) ** 2 * x**2 * y**2,
    (8, 5): 16 * even * (Delta / J) ** 2 * x**2 * y**2,
    (8, 7): 16 * even * minus**2 * y**4,
}
"""The factor before kappa omega in (B1)-(B12), by the subscripts."""
FAULTS_B: dict[tuple[int, int], dict[str, Any]] = {
    (8, 1): {
        "repaired": _thermal(WEIGHTS_B[8, 1], L, omega(8, 1)),
        "repair": "n_L(omega_61) is n_L(omega_81) in the emission rate",
        "consequence": "gamma_81^(L,e) uses the Bose number of another frequency; no effect at "
        "epsilon = 1, where the weight vanishes",
    },
    (6, 5): {
        "repaired": _thermal(WEIGHTS_B[6, 5] * x**2, L, omega(6, 5)),
        "repair": "x^2 is x^4, as in the partner (B12)",
        "consequence": "the left bath's 6-5 rates are too large by 1/x^2 = ((Delta+alpha)/J)^2 + "
        "8, 16 at Delta = 0 and 24 at Delta = J",
    },
}
APPENDIX_B = tuple(
    Equation(
        f"B{number}",
        _thermal(weight, L, omega(u, v), omega(6, 1) if (u, v) == (8, 1) else None),
        rf"\gamma_{{{u}{v}}}^{{(L,e)}} = @1, \quad \gamma_{{{u}{v}}}^{{(L,a)}} = @2",
        compare.rule(3, "ea", baths=("L",), only=(u, v)),
        "misprint",
        **FAULTS_B.get((u, v), {}),
    )
    for number, ((u, v), weight) in enumerate(WEIGHTS_B.items(), start=1)
)


def _balance(level: int, down: str, up: str) -> Parts:
    """Gains minus losses: ``down`` are lower neighbours, ``up`` are upper ones, as printed."""
    lower, upper = map(int, down), map(int, up)
    pairs = [(u, level, u, a, e) for u in upper] + [(level, v, v, e, a) for v in lower]
    gains = [gamma(u, v, nu, gain) * rho(k, k) for u, v, k, _, gain in pairs]
    losses = [gamma(u, v, nu, loss) for u, v, _, loss, _ in pairs]
    return (sp.Add(*gains) - sp.Add(*losses) * rho(level, level),)


NEIGHBOURS = ("3 68", "57 4", " 1", "268 ", " 268", "157 4", " 268", "157 4")
"""Lower and upper neighbours of levels 1 to 8 in (C1)-(C8)."""
MISSING = {3: (" 157", "5-3 and 7-3"), 5: ("3 268", "5-3"), 7: ("3 268", "7-3")}
"""All neighbours where some are missing, and the transitions to add."""
APPENDIX_C = tuple(
    Equation(
        f"C{level}",
        _balance(level, *printed.split(" ")),
        rf"\dot\rho_{{{level}{level}}} = \sum_{{\nu=L,R}} [@1]",
        compare.balance(level),
        "incomplete",
        _balance(level, *MISSING[level][0].split(" ")) if level in MISSING else None,
        f"add the terms of the transition {MISSING[level][1]}" if level in MISSING else "",
        "as Eq. (26)" if level in MISSING else "",
    )
    for level, printed in enumerate(NEIGHBOURS, start=1)
)

THREE_SPINS = (
    Equation(
        "26",
        (_jumps(PRINTED_26),),
        r"\dot\rho = -i[\mathbb{H}_B,\rho] + \sum_{\nu=L,R} [@1]",
        compare.jumps(3),
        fault="incomplete",
        repaired=(_jumps((*PRINTED_26, *_pairs("53 73"))),),
        repair="add the transitions 5-3 and 7-3",
        consequence="|0,0,0> is reached from one level only; together with Eq. (27) and (B9) the "
        "printed three-spin system gives other stored energies and ergotropies (fig12-literal)",
    ),
    Equation(
        "27",
        _thermal(half, R, omega(i, j)),
        r"\gamma_{ij}^{(R,e)} = @1, \quad \gamma_{ij}^{(R,a)} = @2",
        compare.rule(3, "ea", baths=("R",)),
        fault="incomplete",
        repaired=_thermal(p.weight_3(i, j), R, omega(i, j)),
        repair="the factor 1/2 is the squared matrix element only for 1-3 and 4-2; elsewhere it is "
        "|<i|sigma_x^(3)|j>|^2, which is the left weight of Appendix B at epsilon = 0",
        consequence="ten of the twelve printed right rates are too large (6-5 and 8-7 are right at "
        "Delta = 0 alone)",
    ),
)
