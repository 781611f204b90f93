"""Operator equations at 50 digits: printed dissipators applied to a matrix, against derived ones.

An operator identity that is polynomial in the entries is checked at a point without special
structure, with every matrix built from the derived eigensystem and the derived jump operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import mpmath
import sympy as sp

from symqb.derive.master_equation import MasterEquation
from symqb.paper.meaning import battery

Matrix = Any
Number = Any
DIGITS = 50

mp = mpmath.MPContext()
mp.dps = DIGITS + 10

POINT = {"B0": "23/10", "J": "4/5", "Delta": "3/10", "kappa": "7/5", "T_L": "17/10", "T_R": "3/5"}
"""All frequencies positive for two spins and for three."""


def close(x: Matrix, y: Matrix) -> bool:
    """Whether two matrices or numbers agree to 50 digits."""
    difference = x - y
    if not hasattr(difference, "rows"):
        return bool(abs(difference) < mp.mpf(10) ** -DIGITS)
    return all(abs(entry) < mp.mpf(10) ** -DIGITS for entry in difference)


def _number(expr: sp.Expr, values: Mapping[sp.Symbol, sp.Rational]) -> Number:
    value = sp.N(sp.sympify(expr).subs(values), DIGITS + 15)
    return mp.make_mpf(sp.Float(value, DIGITS + 15)._mpf_)


class Point:
    """A battery's derived operators at one point, in its energy basis, at 50 digits."""

    def __init__(self, spins: int, epsilon: str = "1/2") -> None:
        self.spins, self.size = spins, 2**spins
        self.values = {
            sp.Symbol(name): sp.Rational(value)
            for name, value in {**POINT, "epsilon": epsilon}.items()
        }
        self.equation = battery(spins).master_equation()
        self.labels = self.equation.labels
        self.energies = {k: _number(v, self.values) for k, v in self.equation.energies.items()}
        self.H = mp.diag([self.energies[label] for label in self.labels])
        self.temperatures = {"L": self.number(sp.Symbol("T_L")), "R": self.number(sp.Symbol("T_R"))}
        self.kappa, self.epsilon = (
            self.number(sp.Symbol("kappa")),
            self.number(sp.Symbol("epsilon")),
        )
        size = self.size
        self._sites: dict[int, list[tuple[Number, Matrix]]] = {}
        # no symmetry, so that no term can hide behind another
        self.rho = mp.matrix(size)
        for r in range(size):
            for c in range(size):
                self.rho[r, c] = mp.mpf((7 * r + 3 * c + r * c) % 11 + 1) / (5 + r + 2 * c)

    def number(self, expr: sp.Expr) -> Number:
        """An expression in the parameters at the point."""
        return _number(expr, self.values)

    def zero(self) -> Matrix:
        """A zero matrix."""
        return mp.matrix(self.size)

    def bose(self, bath: str, w: Number) -> Number:
        """The Bose number of a bath."""
        return 1 / mp.expm1(w / self.temperatures[bath])

    def jumps(self, bath: str) -> list[tuple[Number, Matrix]]:
        """Derived ``(omega, A_nu(omega))``."""
        return _matrices(self, self.equation, bath, 0)

    def site_jumps(self, site: int) -> list[tuple[Number, Matrix]]:
        """Derived ``(omega, V(omega))`` of one site with weight one."""
        if site not in self._sites:
            self._sites[site] = self._find_site_jumps(site)
        return self._sites[site]

    def _find_site_jumps(self, site: int) -> list[tuple[Number, Matrix]]:
        equation = battery(self.spins, "individual").master_equation()
        unit = Point.__new__(Point)
        unit.__dict__ = {**self.__dict__}
        unit.values = {**self.values, sp.Symbol("epsilon"): sp.Integer(1)}
        return _matrices(unit, equation, "L", site)

    def paired(self, sites: tuple[int, int]) -> list[tuple[Number, Matrix, Matrix]]:
        """``(omega, V1(omega), V2(omega))``, one of them zero where a site cannot jump."""
        found: dict[str, list[Any]] = {}
        for slot, site in enumerate(sites):
            for w, V in self.site_jumps(site):
                entry = found.setdefault(mp.nstr(w, 30), [w, self.zero(), self.zero()])
                entry[1 + slot] = V
        return [(w, first, second) for w, first, second in found.values()]

    def derived(self, bath: str | None = None) -> Matrix:
        """The derived generator (without the commutator if a bath is named) applied to rho."""
        chosen = [j for j in self.equation.jumps if bath in (None, j.bath)]
        if self.spins > 2:
            return self._by_jumps(chosen, commutator=bath is None)
        equation = replace(self.equation, jumps=tuple(chosen))
        return _apply(self, equation, commutator=bath is None)

    def _by_jumps(self, jumps: list[Any], *, commutator: bool) -> Matrix:
        """The same from the jump operators and their rates: quicker for eight levels."""
        total = self.zero()
        if commutator:
            total += (self.H * self.rho - self.rho * self.H) * mp.mpc(0, -1)
        index = {label: k for k, label in enumerate(self.labels)}
        for jump in jumps:
            matrix = self.zero()
            for (lower, upper), amplitude in jump.elements.items():
                matrix[index[lower], index[upper]] = self.number(amplitude)
            for rate, X in ((jump.emission, matrix), (jump.absorption, matrix.T)):
                square = X.T * X
                gain = X * self.rho * X.T - (square * self.rho + self.rho * square) / 2
                total += self.number(rate) * gain
        return total


def _matrices(
    point: Point, equation: MasterEquation, bath: str, site: int
) -> list[tuple[Number, Matrix]]:
    found = []
    index = {label: k for k, label in enumerate(point.labels)}
    for jump in equation.jumps:
        if jump.bath != bath or site not in (0, jump.site):
            continue
        matrix = point.zero()
        for (lower, upper), amplitude in jump.elements.items():
            matrix[index[lower], index[upper]] = point.number(amplitude)
        found.append((point.number(jump.frequency), matrix))
    return found


def _apply(point: Point, equation: MasterEquation, *, commutator: bool) -> Matrix:
    index = {label: k for k, label in enumerate(point.labels)}
    result, seen = point.zero(), {}
    for ((a, b), (c, d)), coefficient in equation.generator().items():
        if coefficient not in seen:
            real, imaginary = coefficient.subs(sp.I, 0), coefficient.coeff(sp.I)
            seen[coefficient] = (point.number(real), point.number(imaginary))
        real_part, imaginary_part = seen[coefficient]
        value = real_part + (mp.mpc(0, imaginary_part) if commutator else 0)
        result[index[a], index[b]] += value * point.rho[index[c], index[d]]
    return result


@cache
def point(spins: int, epsilon: str = "1/2") -> Point:
    """A point, kept for the run."""
    return Point(spins, epsilon)


@cache
def derived(spins: int, epsilon: str = "1/2", bath: str | None = None) -> Matrix:
    """The derived right-hand side at a point, kept for the run."""
    return point(spins, epsilon).derived(bath)


def evaluate(expr: sp.Expr, env: Mapping[sp.Basic, Any], size: int) -> Any:
    """A polynomial in noncommuting symbols and scalars, with matrices and numbers put in."""
    if expr in env:
        return env[expr]
    if expr.is_Number:
        return mp.mpf(expr.p) / expr.q if expr.is_Rational else mp.mpf(str(expr))
    if expr is sp.I:
        return mp.mpc(0, 1)
    if expr.is_Add or expr.is_Mul:
        values = [evaluate(argument, env, size) for argument in expr.args]
        total = values[0]
        for value in values[1:]:
            total = total + value if expr.is_Add else total * value
        return total
    if expr.is_Pow:
        return evaluate(expr.base, env, size) ** int(expr.exp)
    raise KeyError(f"{expr} has no value here; known: {sorted(map(str, env))}")
