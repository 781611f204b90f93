"""Comparing Eqs. 11, 12, 18, 26, 27, B and C with the derived transitions: exact identities."""

from __future__ import annotations

import sympy as sp

from symqb.audit.equations import Check, Parts
from symqb.audit.inequalities import show_point
from symqb.audit.rows import Finding, differing

from . import notation as p
from .meaning import (
    GENERIC,
    battery,
    is_zero,
    pairs,
    rates,
    rational_point,
    resolve,
)

EXACT = "exact, as an identity in all parameters and Bose numbers"


def jumps(spins: int) -> Check:
    """Eqs. 11, 26: the coefficient of every L_tau against the derived rate of that jump."""

    def check(parts: Parts) -> Finding:
        wrong, missing = [], []
        expected = {(j, i) for pair in pairs(spins) for i, j in (pair, pair[::-1])}
        expr = sp.expand(parts[0])
        printed = {tuple(map(int, head.args)) for head in expr.atoms(p.jump)}
        for target, source in sorted(expected | printed):
            coefficient = expr.coeff(p.jump(target, source))
            if coefficient == 0:
                missing.append(f"{source}->{target}")
                continue
            for bath in (p.L, p.R):
                derived = rates(spins).get((str(bath), source, target), sp.Integer(0))
                if not is_zero(resolve(coefficient.subs(p.nu, bath), spins) - derived):
                    wrong.append(f"{source}->{target} ({bath})")
        shown = ", ".join(f"{upper}-{lower}" for upper, lower in pairs(spins))
        return Finding(
            not wrong and not missing,
            f"transitions {shown}, each with emission and absorption",
            f"{EXACT}; wrong rate: {', '.join(wrong) or 'none'}; "
            f"missing jumps: {', '.join(missing) or 'none'}",
            f"{show_point(GENERIC)}" if wrong or missing else "",
        )

    return check


def _example(name: str, printed: sp.Expr, expected: sp.Expr) -> str:
    """Both values at an exact point where they differ."""
    for epsilon in (1, 0):
        where = {**GENERIC, "epsilon": epsilon}
        got = rational_point(printed, where, 12)
        true = rational_point(expected.rewrite(sp.exp), where, 12)
        if got != true:
            return f"{show_point(where)}: {name} printed {got}, derived {true}"
    return ""


def _against(
    formulas: dict[tuple[str, str], sp.Expr],
    spins: int,
    chosen: list[tuple[int, int]],
    dissipation: str = "collective",
    fixed: dict[sp.Symbol, int] | None = None,
) -> tuple[list[str], str]:
    """Which transitions a formula in (i, j) gets wrong, and one value each way."""
    wrong, shown = [], ""
    derived = {(t.upper, t.lower): t for t in battery(spins, dissipation).transitions()}
    for (bath, kind), formula in formulas.items():
        for upper, lower in chosen:
            t = derived[upper, lower]
            expected = (t.emission if kind == "e" else t.absorption)[bath].subs(fixed or {})
            printed = resolve(formula.subs({p.i: upper, p.j: lower}), spins).subs(fixed or {})
            if is_zero(printed - expected):
                continue
            wrong.append(f"gamma_{upper}{lower}^({bath},{kind})")
            if not shown:
                shown = _example(wrong[0], printed, expected)
    return wrong, shown


def rule(
    spins: int,
    kind: str,
    dissipation: str = "collective",
    epsilon: int | None = None,
    baths: tuple[str, ...] = ("L", "R"),
) -> Check:
    """A formula in i, j for one or both baths, over every derived transition (Eqs. 12, 18, 27)."""

    def check(parts: Parts) -> Finding:
        kinds = [kind] * len(parts) if len(kind) == 1 else list(kind)
        names = list(baths) if len(baths) == len(parts) else [baths[0]] * len(parts)
        formulas = dict(zip(zip(names, kinds, strict=True), parts, strict=True))
        fixed = None if epsilon is None else {p.epsilon: epsilon}
        chosen = list(pairs(spins))
        wrong, shown = _against(formulas, spins, chosen, dissipation, fixed)
        weights = "; ".join(
            f"{t.upper}{t.lower}: {t.weights[names[0]]}"
            for t in battery(spins, dissipation).transitions()
        )
        return Finding(
            not wrong,
            f"kappa |<j|S|i>|^2 phi; squared elements on {names[0]}: {weights}",
            f"{EXACT}, {len(chosen)} transitions; {differing(wrong)}",
            shown,
        )

    return check


def pair(upper: int, lower: int) -> Check:
    """One line of Appendix B: emission and absorption on the left bath for one transition."""

    def check(parts: Parts) -> Finding:
        formulas = {("L", "e"): parts[0], ("L", "a"): parts[1]}
        wrong, shown = _against(formulas, 3, [(upper, lower)])
        transition = next(
            t for t in battery(3).transitions() if (t.upper, t.lower) == (upper, lower)
        )
        return Finding(
            not wrong,
            f"squared matrix element {transition.weights['L']}",
            f"{EXACT} with alpha^2 = Delta^2 + 8 J^2; {differing(wrong)}",
            shown,
        )

    return check


def balance(label: int) -> Check:
    """One line of Appendix C: gains and losses of a level against the derived jumps."""

    def check(parts: Parts) -> Finding:
        bracket, wrong = sp.expand(parts[0]), []
        labels = [level.label for level in battery(3).eigensystem()]
        for bath in (p.L, p.R):
            here = resolve(bracket.subs(p.nu, bath), 3)
            for source in labels:
                if source == label:
                    derived = -sum(
                        (rates(3).get((str(bath), label, to), sp.Integer(0)) for to in labels),
                        sp.Integer(0),
                    )
                else:
                    derived = rates(3).get((str(bath), source, label), sp.Integer(0))
                if not is_zero(sp.expand(here).coeff(p.rho(source, source)) - derived):
                    wrong.append(f"rho_{source}{source} ({bath})")
        around = sorted({u + low - label for u, low in pairs(3) if label in (u, low)})
        return Finding(
            not wrong,
            f"level {label} exchanges with levels {', '.join(map(str, around))}",
            f"{EXACT}; coefficients that differ: {', '.join(wrong) or 'none'}",
            show_point(GENERIC) if wrong else "",
        )

    return check
