"""Comparing Eqs. 11, 12, 18, 26, 27, B and C with the derived transitions: exact identities."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from symqb.audit.equations import Check, Parts
from symqb.audit.inequalities import show_point
from symqb.audit.rows import Finding, differing

from . import notation as p
from .meaning import GENERIC, battery, is_zero, pairs, rates, rational_point, resolve

EXACT = "exact, as an identity in all parameters and Bose numbers"
Compared = tuple[str, sp.Expr, sp.Expr]
"""A name, what is printed for it and what is derived."""


def _wrong(compared: Iterable[Compared], spins: int) -> list[Compared]:
    """Find what differs, as identities; the printed side resolved."""
    resolved = ((name, resolve(printed, spins), derived) for name, printed, derived in compared)
    return [found for found in resolved if not is_zero(found[1] - found[2])]


def _names(wrong: list[Compared]) -> str:
    return ", ".join(name for name, *_ in wrong) or "none"


def jumps(spins: int) -> Check:
    """Eqs. 11, 26: the coefficient of every L_tau against the derived rate of that jump."""

    def check(parts: Parts) -> Finding:
        expr, derived = sp.expand(parts[0]), rates(spins)
        expected = {(j, i) for pair in pairs(spins) for i, j in (pair, pair[::-1])}
        printed = {tuple(map(int, head.args)) for head in expr.atoms(p.jump)}
        found = {jump: expr.coeff(p.jump(*jump)) for jump in sorted(expected | printed)}
        missing = [f"{source}->{to}" for (to, source), rate in found.items() if rate == 0]
        compared = (
            (
                f"{source}->{to} ({bath})",
                rate.subs(p.nu, bath),
                derived.get((str(bath), source, to), sp.Integer(0)),
            )
            for (to, source), rate in found.items()
            for bath in (p.L, p.R)
            if rate != 0
        )
        wrong = _wrong(compared, spins)
        shown = ", ".join(f"{upper}-{lower}" for upper, lower in pairs(spins))
        return Finding(
            not wrong and not missing,
            f"transitions {shown}, each with emission and absorption",
            f"{EXACT}; wrong rate: {_names(wrong)}; missing jumps: {', '.join(missing) or 'none'}",
            show_point(GENERIC) if wrong or missing else "",
        )

    return check


def _example(name: str, printed: sp.Expr, expected: sp.Expr) -> str:
    """Give both values at an exact point where they differ."""
    for epsilon in (1, 0):
        where = {**GENERIC, "epsilon": epsilon}
        got = rational_point(printed, where, 12)
        true = rational_point(expected.rewrite(sp.exp), where, 12)
        if got != true:
            return f"{show_point(where)}: {name} printed {got}, derived {true}"
    return ""


def rule(
    spins: int,
    kind: str,
    dissipation: str = "collective",
    epsilon: int | None = None,
    baths: tuple[str, ...] = ("L", "R"),
    only: tuple[int, int] | None = None,
) -> Check:
    """Formulas in i, j over every derived transition (Eqs. 12, 18, 27), or one (Appendix B).

    With one letter of ``kind``, e or a, there is a formula a bath; with both, they are for one.
    """

    def check(parts: Parts) -> Finding:
        names = [(bath, letter) for letter in kind for bath in baths]
        fixed = {} if epsilon is None else {p.epsilon: epsilon}
        derived = battery(spins, dissipation).transitions()
        chosen = [t for t in derived if only in (None, (t.upper, t.lower))]
        compared = (
            (
                f"gamma_{t.upper}{t.lower}^({bath},{letter})",
                sp.sympify(formula).subs({p.i: t.upper, p.j: t.lower, **fixed}),
                (t.emission if letter == "e" else t.absorption)[bath].subs(fixed),
            )
            for (bath, letter), formula in zip(names, parts, strict=True)
            for t in chosen
        )
        wrong = _wrong(compared, spins)
        if only:
            words = f"squared matrix element {chosen[0].weights[baths[0]]}"
            how = "with alpha^2 = Delta^2 + 8 J^2"
        else:
            weights = "; ".join(f"{t.upper}{t.lower}: {t.weights[baths[0]]}" for t in chosen)
            words = f"kappa |<j|S|i>|^2 phi; squared elements on {baths[0]}: {weights}"
            how = f"{len(chosen)} transitions"
        return Finding(
            not wrong,
            words,
            f"{EXACT}{' ' if only else ', '}{how}; {differing([name for name, *_ in wrong])}",
            _example(*wrong[0]) if wrong else "",
        )

    return check


def balance(label: int) -> Check:
    """One line of Appendix C: gains and losses of a level against the derived jumps."""

    def check(parts: Parts) -> Finding:
        bracket, derived, zero = sp.expand(parts[0]), rates(3), sp.Integer(0)
        labels = [level.label for level in battery(3).eigensystem()]

        def rate(bath: sp.Symbol, source: int) -> sp.Expr:
            if source != label:
                return derived.get((str(bath), source, label), zero)
            return -sum((derived.get((str(bath), label, to), zero) for to in labels), zero)

        compared = (
            (
                f"rho_{source}{source} ({bath})",
                bracket.subs(p.nu, bath).coeff(p.rho(source, source)),
                rate(bath, source),
            )
            for bath in (p.L, p.R)
            for source in labels
        )
        wrong = _wrong(compared, 3)
        around = sorted({u + low - label for u, low in pairs(3) if label in (u, low)})
        return Finding(
            not wrong,
            f"level {label} exchanges with levels {', '.join(map(str, around))}",
            f"{EXACT}; coefficients that differ: {_names(wrong)}",
            show_point(GENERIC) if wrong else "",
        )

    return check
