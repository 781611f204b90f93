"""Comparing Eqs. 6-10 and 23-25, the dissipators, with the derived master equation."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import sympy as sp

from symqb.audit.equations import Check, Parts
from symqb.audit.operators import Matrix, OperatorPoint, close, evaluate, mp
from symqb.audit.rows import Finding, differing

from . import notation as p
from .meaning import battery, operator_matrix
from .notation import D_L, D_R, V1, V2, Ad, Aop, V1d, V2d, commutator, n_bath, rate

POINT = {"B0": "23/10", "J": "4/5", "Delta": "3/10", "kappa": "7/5", "T_L": "17/10", "T_R": "3/5"}
"""All frequencies positive for two spins and for three."""
HOW = "50 digits, a matrix without symmetry, all derived operators"


@cache
def point(spins: int, epsilon: str = "1/2") -> OperatorPoint:
    """Make the operators at the point; kept for the run."""
    return OperatorPoint(
        battery(spins),
        battery(spins, "individual"),
        {**POINT, "epsilon": epsilon},
        {"L": "T_L", "R": "T_R"},
        ("epsilon",),
    )


@cache
def derived(spins: int, epsilon: str = "1/2", bath: str | None = None) -> Matrix:
    """Apply the derived generator at the point; kept for the run."""
    return point(spins, epsilon).derived(bath)


def _printed(here: Any, parts: Parts, w: Any, bath: str, operators: dict[sp.Symbol, Any]) -> Any:
    """Sum the printed terms at one frequency of one bath."""
    env = {
        **operators,
        p.rho_t: here.rho,
        rate: here.number(p.kappa) * w,
        n_bath: here.bose(bath, w),
    }
    return sum((evaluate(part, env) for part in parts), here.zero())


def _lindblad(here: Any, V: Any, w: Any, bath: str) -> Any:
    """Apply L_V and L_V+ with rates kappa phi(+-omega), as the derivation has them."""
    strength, number = here.number(p.kappa) * w, here.bose(bath, w)
    return here.lindblad(V, strength * (1 + number)) + here.lindblad(V.T, strength * number)


def generator(parts: Parts) -> Finding:
    """Eq. 6: the commutator and the two dissipators."""
    env = {
        commutator: point(2).commutator,
        D_L: derived(2, "1/2", "L"),
        D_R: derived(2, "1/2", "R"),
    }
    value = evaluate(sp.expand(parts[0]), env)
    return Finding(close(value, derived(2)), "derived generator of Eqs. 6-8", HOW)


def lindblad(parts: Parts) -> Finding:
    """Eq. 7: emission and absorption terms, summed over the derived A_nu(omega), each bath."""
    here, wrong = point(2), []
    for bath in ("L", "R"):
        total = here.zero()
        for w, jump in here.jumps(bath):
            total += _printed(here, parts, w, bath, {Aop: jump, Ad: jump.T})
        if not close(total, derived(2, "1/2", bath)):
            wrong.append(f"bath {bath}")
    return Finding(
        not wrong,
        r"\sum_\omega \kappa\phi(\omega,T_\nu) L_{A_\nu} + \kappa\phi(-\omega,T_\nu) "
        r"L_{A_\nu^\dagger}",
        f"{HOW}; {differing(wrong)}",
    )


def _in_energy_basis(here: Any, operator: sp.Expr, spins: int) -> Any:
    """Write a sum of Pauli operators as a matrix between the derived levels."""
    states = sp.Matrix.hstack(*(level.state for level in battery(spins).eigensystem()))
    numeric = [
        mp.matrix([[here.number(entry) for entry in row] for row in matrix.tolist()])
        for matrix in (states, operator_matrix(operator, spins))
    ]
    return numeric[0].T * numeric[1] * numeric[0]


def _sandwich(here: Any, part: sp.Expr, spins: int) -> list[tuple[Any, Any]]:
    """Sum P_j S P_i over the printed pairs (i, j), for each derived frequency."""
    operator, order, selection = part.args
    S, found = _in_energy_basis(here, operator, spins), []
    for frequency, _ in here.jumps("L"):
        matrix = here.zero()
        for r, c in product(range(here.size), repeat=2):
            i, j = (c, r) if order == sp.Integer(1) else (r, c)
            gap = here.energies[here.labels[i]] - here.energies[here.labels[j]]
            if gap > 0 if selection == p.w else abs(gap - frequency) < mp.mpf(10) ** -40:
                matrix[r, c] = S[r, c]
        found.append((frequency, matrix))
    return found


def eigenoperators(spins: int, kind: str) -> Check:
    """Eqs. 8a, 8b, 10c: A(omega) as printed against the derived jump operators."""

    def check(parts: Parts) -> Finding:
        here = point(spins)
        expected = here.jumps(kind) if kind in ("L", "R") else here.site_jumps(int(kind))
        by_frequency = {mp.nstr(value, 30): matrix for value, matrix in expected}
        wrong = [
            f"omega = {mp.nstr(value, 6)}"
            for value, matrix in _sandwich(here, parts[0], spins)
            if not close(matrix, by_frequency.get(mp.nstr(value, 30), here.zero()))
        ]
        return Finding(
            not wrong,
            "derived jump operators, one for each Bohr frequency",
            f"50 digits, every entry at every frequency; {differing(wrong)}",
        )

    return check


def individual(spins: int) -> Check:
    """Eqs. 10a, 24: one site's dissipator against the derived one of a single-site bath."""

    def check(parts: Parts) -> Finding:
        here, wrong = point(spins), []
        for site, bath in product((1, spins), ("L", "R")):
            printed, expected = here.zero(), here.zero()
            for w, V in here.site_jumps(site):
                printed += _printed(here, parts, w, bath, {V1: V, V1d: V.T})
                expected += _lindblad(here, V, w, bath)
            if not close(printed, expected):
                wrong.append(f"site {site} on bath {bath}")
        return Finding(not wrong, r"\sum_\omega \kappa\phi L_V", f"{HOW}; {differing(wrong)}")

    return check


def collective(spins: int) -> Check:
    """Eqs. 10b, 25: the cross term, as L[V1 + V2] - L[V1] - L[V2]."""

    def check(parts: Parts) -> Finding:
        here = point(spins)
        printed, expected = here.zero(), here.zero()
        for w, first, second in here.paired((1, spins)):
            operators = {V1: first, V1d: first.T, V2: second, V2d: second.T}
            printed += _printed(here, parts, w, "L", operators)
            expected += _lindblad(here, first + second, w, "L")
            expected -= _lindblad(here, first, w, "L")
            expected -= _lindblad(here, second, w, "L")
        return Finding(
            close(printed, expected), r"\mathcal{L}[V_1+V_2]-\mathcal{L}[V_1]-\mathcal{L}[V_2]", HOW
        )

    return check


@cache
def _pieces(spins: int) -> dict[sp.Basic, Any]:
    """Apply single-site and cross dissipators; epsilon does not enter them."""
    here, found = point(spins), {}
    for site, bath in product((1, spins), ("L", "R")):
        jumps = here.site_jumps(site)
        found[p.dissipator(sp.Symbol(bath), site)] = sum(
            (_lindblad(here, V, w, bath) for w, V in jumps), here.zero()
        )
    both = sum(
        (_lindblad(here, one + two, w, "L") for w, one, two in here.paired((1, spins))), here.zero()
    )
    single = found[p.dissipator(p.L, 1)] + found[p.dissipator(p.L, spins)]
    return {**found, p.cross(p.L, 1, spins): both - single, commutator: here.commutator}


def sum_of_dissipators(spins: int) -> Check:
    """Eqs. 9, 23: at epsilon = 0, 1 and 1/2 against the derived generator."""

    def check(parts: Parts) -> Finding:
        good = []
        for epsilon in ("0", "1", "1/2"):
            env = {**_pieces(spins), p.epsilon: point(spins, epsilon).number(p.epsilon)}
            if close(evaluate(sp.expand(parts[0]), env), derived(spins, epsilon)):
                good.append(epsilon)
        return Finding(
            len(good) == 3,
            rf"\varepsilon^2\mathcal{{L}}_L^{{({spins})}} + "
            rf"\varepsilon\mathcal{{L}}_L^{{(1,{spins})}}",
            f"{HOW}; agrees at epsilon in {{{', '.join(good)}}} of {{0, 1, 1/2}}",
            "" if len(good) == 3 else "epsilon=1/2",
        )

    return check
