"""Comparing Eqs. 6-10 and 23-25, the dissipators, with the derived master equation."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import sympy as sp

from symqb.paper import notation as p
from symqb.paper.operators import close, derived, evaluate, mp, point
from symqb.paper.rows import Check, Finding, Parts, differing

rho, H = p.rho_t, p.H
Aop, Ad, V1, V1d, V2, V2d = sp.symbols(
    r"A_\nu A_\nu^\dagger V^{(1)} V^{(1)\dagger} V^{(2)} V^{(2)\dagger}", commutative=False
)
rate, n_bath = sp.symbols(r"\mathcal{J}_\nu n_\nu")
D_L, D_R = sp.symbols(r"\mathfrak{D}_L \mathfrak{D}_R", commutative=False)
commutator = p.bracket(p.H, p.rho_t)
matches, w = sp.Symbol("omega_match"), sp.Symbol("omega")
HOW = "50 digits, a matrix without symmetry, all derived operators"


def generator(parts: Parts) -> Finding:
    """Eq. 6: the commutator and the two dissipators."""
    here = point(2)
    env = {
        commutator: here.H * here.rho - here.rho * here.H,
        D_L: derived(2, "1/2", "L"),
        D_R: derived(2, "1/2", "R"),
    }
    value = evaluate(sp.expand(parts[0]), env, 4)
    return Finding(close(value, derived(2)), "derived generator of Eqs. 6-8", HOW)


def lindblad(parts: Parts) -> Finding:
    """Eq. 7: emission and absorption terms, summed over the derived A_nu(omega), each bath."""
    here, wrong = point(2), []
    for bath in ("L", "R"):
        total = here.zero()
        for frequency, jump in here.jumps(bath):
            env = {
                Aop: jump,
                Ad: jump.T,
                rho: here.rho,
                rate: here.kappa * frequency,
                n_bath: here.bose(bath, frequency),
            }
            total += sum((evaluate(part, env, 4) for part in parts), here.zero())
        if not close(total, derived(2, "1/2", bath)):
            wrong.append(f"bath {bath}")
    return Finding(
        not wrong,
        r"\sum_\omega \kappa\phi(\omega,T_\nu) L_{A_\nu} + \kappa\phi(-\omega,T_\nu) "
        r"L_{A_\nu^\dagger}",
        f"{HOW}; {differing(wrong)}",
    )


def _sandwich(here: Any, part: sp.Expr, spins: int) -> list[tuple[Any, Any]]:
    """Printed sum over pairs (i, j) of P_j S P_i, for each derived frequency."""
    from symqb.paper.meaning import battery, operator_matrix

    operator, order, selection = part.args
    states = [level.state for level in battery(spins).eigensystem()]
    U = mp.matrix(here.size)
    for c, state in enumerate(states):
        for r in range(here.size):
            U[r, c] = here.number(state[r])
    symbolic = operator_matrix(operator, spins)
    S = mp.matrix(here.size)
    for r, c in product(range(here.size), repeat=2):
        S[r, c] = here.number(symbolic[r, c])
    S = U.T * S * U
    found = []
    for frequency, _ in here.jumps("L"):
        matrix = here.zero()
        for r, c in product(range(here.size), repeat=2):
            i, j = (c, r) if order == sp.Integer(1) else (r, c)
            gap = here.energies[here.labels[i]] - here.energies[here.labels[j]]
            taken = gap > 0 if selection == w else abs(gap - frequency) < mp.mpf(10) ** -40
            if taken:
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


def individual(spins: int, sites: tuple[int, ...]) -> Check:
    """Eqs. 10a, 24: one site's dissipator against the derived one of a single-site bath."""

    def check(parts: Parts) -> Finding:
        here, wrong = point(spins), []
        for site, bath in product(sites, ("L", "R")):
            printed, expected = here.zero(), here.zero()
            for frequency, V in here.site_jumps(site):
                env = {
                    V1: V,
                    V1d: V.T,
                    rho: here.rho,
                    rate: here.kappa * frequency,
                    n_bath: here.bose(bath, frequency),
                }
                printed += sum((evaluate(part, env, here.size) for part in parts), here.zero())
                expected += _lindblad(here, V, frequency, bath)
            if not close(printed, expected):
                wrong.append(f"site {site} on bath {bath}")
        return Finding(not wrong, r"\sum_\omega \kappa\phi L_V", f"{HOW}; {differing(wrong)}")

    return check


def _lindblad(here: Any, V: Any, frequency: Any, bath: str) -> Any:
    """Rates kappa phi(+-omega) on L_V and L_V+, as the derivation has them."""
    number = here.bose(bath, frequency)
    total = here.zero()
    for weight, X in ((1 + number, V), (number, V.T)):
        square = X.T * X
        gain = X * here.rho * X.T - (square * here.rho + here.rho * square) / 2
        total += here.kappa * frequency * weight * gain
    return total


def collective(spins: int, sites: tuple[int, int]) -> Check:
    """Eqs. 10b, 25: the cross term, as L[V1 + V2] - L[V1] - L[V2]."""

    def check(parts: Parts) -> Finding:
        here = point(spins)
        printed, expected = here.zero(), here.zero()
        for frequency, first, second in here.paired(sites):
            env = {
                V1: first,
                V1d: first.T,
                V2: second,
                V2d: second.T,
                rho: here.rho,
                rate: here.kappa * frequency,
                n_bath: here.bose("L", frequency),
            }
            printed += sum((evaluate(part, env, here.size) for part in parts), here.zero())
            expected += _lindblad(here, first + second, frequency, "L")
            expected -= _lindblad(here, first, frequency, "L")
            expected -= _lindblad(here, second, frequency, "L")
        return Finding(
            close(printed, expected), r"\mathcal{L}[V_1+V_2]-\mathcal{L}[V_1]-\mathcal{L}[V_2]", HOW
        )

    return check


@cache
def _pieces(spins: int) -> dict[sp.Basic, Any]:
    """Single-site and cross dissipators applied to rho; epsilon does not enter them."""
    here, found = point(spins), {}
    for site, bath in product((1, spins), ("L", "R")):
        total = here.zero()
        for frequency, V in here.site_jumps(site):
            total += _lindblad(here, V, frequency, bath)
        found[p.dissipator(sp.Symbol(bath), site)] = total
    both = here.zero()
    for frequency, first, second in here.paired((1, spins)):
        both += _lindblad(here, first + second, frequency, "L")
    single = found[p.dissipator(p.L, 1)] + found[p.dissipator(p.L, spins)]
    found[p.cross(p.L, 1, spins)] = both - single
    found[commutator] = here.H * here.rho - here.rho * here.H
    return found


def sum_of_dissipators(spins: int) -> Check:
    """Eqs. 9, 23: at epsilon = 0, 1 and 1/2 against the derived generator."""

    def check(parts: Parts) -> Finding:
        agrees = {}
        for epsilon in ("0", "1", "1/2"):
            here = point(spins, epsilon)
            env = {**_pieces(spins), p.epsilon: here.epsilon}
            value = evaluate(sp.expand(parts[0]), env, here.size)
            agrees[epsilon] = close(value, derived(spins, epsilon))
        good = [name for name, ok in agrees.items() if ok]
        return Finding(
            len(good) == 3,
            rf"\varepsilon^2\mathcal{{L}}_L^{{({spins})}} + "
            rf"\varepsilon\mathcal{{L}}_L^{{(1,{spins})}}",
            f"{HOW}; agrees at epsilon in {{{', '.join(good)}}} of {{0, 1, 1/2}}",
            "" if len(good) == 3 else "epsilon=1/2",
        )

    return check
