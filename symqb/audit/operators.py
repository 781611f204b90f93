"""Operator equations at 50 digits: printed dissipators applied to a matrix, against derived ones.

An operator identity that is polynomial in the entries is checked at a point without special
structure, with every matrix built from the derived eigensystem and the derived jump operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import mpmath
import sympy as sp

from symqb.derive.master_equation import MasterEquation

Matrix: TypeAlias = mpmath.matrix
Number: TypeAlias = mpmath.mpf
DIGITS = 50

mp = mpmath.MPContext()
mp.dps = DIGITS + 10


def close(x: Matrix, y: Matrix) -> bool:
    """Whether two matrices or numbers agree to 50 digits."""
    difference = x - y
    entries = difference if hasattr(difference, "rows") else [difference]
    smallest = mp.mpf(10) ** -DIGITS
    return all(abs(entry) < smallest for entry in entries)


def times(x: Matrix | Number, y: Matrix | Number) -> Matrix | Number:
    """Multiply numbers and matrices; of matrices the entries that are zero take no time."""
    if not (hasattr(x, "rows") and hasattr(y, "rows")):
        return x * y
    result = mp.matrix(x.rows, y.cols)
    rows = [[(c, y[r, c]) for c in range(y.cols) if y[r, c]] for r in range(y.rows)]
    for r in range(x.rows):
        for k in range(x.cols):
            if entry := x[r, k]:
                for c, other in rows[k]:
                    result[r, c] += entry * other
    return result


def number(expr: sp.Expr | int, values: Mapping[sp.Symbol, sp.Rational]) -> Number:
    """Evaluate an expression at exact values, to more than 50 digits."""
    value = sp.N(sp.sympify(expr).subs(values), DIGITS + 15)
    return mp.make_mpf(sp.Float(value, DIGITS + 15)._mpf_)


class OperatorPoint:
    """A system's derived operators at one point, in its energy basis, at 50 digits.

    Parameters
    ----------
    system : object
        What has ``master_equation``.
    apart : object
        The same with a bath of its own at every site, from which come the jumps of one site.
    values : mapping of str to str
        Exact parameters; ``weights`` are those that weigh a site and count as 1 in ``apart``.
    temperatures : mapping
        The parameter that is a bath's temperature.
    """

    def __init__(
        self,
        system: Any,
        apart: Any,
        values: Mapping[str, str],
        temperatures: Mapping[str, str],
        weights: tuple[str, ...] = (),
    ) -> None:
        self.values = {sp.Symbol(name): sp.Rational(value) for name, value in values.items()}
        self._apart, self._weights = apart, {sp.Symbol(name): sp.Integer(1) for name in weights}
        self.equation: MasterEquation = system.master_equation()
        self.labels = self.equation.labels
        self.index = {label: k for k, label in enumerate(self.labels)}
        self.size = len(self.labels)
        self.energies = {k: self.number(v) for k, v in self.equation.energies.items()}
        self.H = mp.diag([self.energies[label] for label in self.labels])
        self.temperatures = {b: self.number(sp.Symbol(n)) for b, n in temperatures.items()}
        self._sites: dict[int, list[tuple[Number, Matrix]]] = {}
        # no symmetry, so that no term can hide behind another
        self.rho = mp.matrix(self.size)
        for r in range(self.size):
            for c in range(self.size):
                self.rho[r, c] = mp.mpf((7 * r + 3 * c + r * c) % 11 + 1) / (5 + r + 2 * c)
        self.commutator = self.H * self.rho - self.rho * self.H

    def number(self, expr: sp.Expr | int) -> Number:
        """Evaluate an expression in the parameters."""
        return number(expr, self.values)

    def zero(self) -> Matrix:
        """Make a zero matrix."""
        return mp.matrix(self.size)

    def bose(self, bath: str, w: Number) -> Number:
        """Evaluate the Bose number of a bath."""
        return 1 / mp.expm1(w / self.temperatures[bath])

    def lindblad(self, X: Matrix, rate: Number) -> Matrix:
        """Apply a dissipator of one jump operator to the matrix."""
        square = times(X.T, X)
        both = times(square, self.rho) + times(self.rho, square)
        return rate * (times(times(X, self.rho), X.T) - both / 2)

    def jumps(self, bath: str) -> list[tuple[Number, Matrix]]:
        """List the derived ``(omega, A_nu(omega))``."""
        return self._matrices(self.equation, bath, 0, self.values)

    def site_jumps(self, site: int) -> list[tuple[Number, Matrix]]:
        """List the derived ``(omega, V(omega))`` of one site with weight one."""
        if site not in self._sites:
            equation = self._apart.master_equation()
            bath = next(jump.bath for jump in equation.jumps if jump.site == site)
            values = {**self.values, **self._weights}
            self._sites[site] = self._matrices(equation, bath, site, values)
        return self._sites[site]

    def paired(self, sites: tuple[int, int]) -> list[tuple[Number, Matrix, Matrix]]:
        """List ``(omega, V1(omega), V2(omega))``, one of them zero where a site cannot jump."""
        found: dict[str, list[Any]] = {}
        for slot, site in enumerate(sites):
            for w, V in self.site_jumps(site):
                entry = found.setdefault(mp.nstr(w, 30), [w, self.zero(), self.zero()])
                entry[1 + slot] = V
        return [(w, first, second) for w, first, second in found.values()]

    def _matrices(
        self,
        equation: MasterEquation,
        bath: str,
        site: int,
        values: Mapping[sp.Symbol, sp.Rational],
    ) -> list[tuple[Number, Matrix]]:
        return [
            (number(jump.frequency, values), self._matrix(jump, values))
            for jump in equation.jumps
            if jump.bath == bath and site in (0, jump.site)
        ]

    def _matrix(self, jump: Any, values: Mapping[sp.Symbol, sp.Rational]) -> Matrix:
        matrix = self.zero()
        for (lower, upper), amplitude in jump.elements.items():
            matrix[self.index[lower], self.index[upper]] = number(amplitude, values)
        return matrix

    def derived(self, bath: str | None = None) -> Matrix:
        """Apply the derived generator (without the commutator if a bath is named) to rho."""
        chosen = tuple(j for j in self.equation.jumps if bath in (None, j.bath))
        if self.size > 4:
            return self._by_jumps(chosen, commutator=bath is None)
        return self._by_entries(replace(self.equation, jumps=chosen), commutator=bath is None)

    def _by_jumps(self, jumps: tuple[Any, ...], *, commutator: bool) -> Matrix:
        """Apply the jump operators with their rates: quicker for many levels."""
        total = self.commutator * mp.mpc(0, -1) if commutator else self.zero()
        for jump in jumps:
            matrix = self._matrix(jump, self.values)
            total += self.lindblad(matrix, self.number(jump.emission))
            total += self.lindblad(matrix.T, self.number(jump.absorption))
        return total

    def _by_entries(self, equation: MasterEquation, *, commutator: bool) -> Matrix:
        """Apply the derived generator entry by entry."""
        result, seen = self.zero(), {}
        for ((a, b), (c, d)), coefficient in equation.generator().items():
            if coefficient not in seen:
                real, imaginary = coefficient.subs(sp.I, 0), coefficient.coeff(sp.I)
                seen[coefficient] = (self.number(real), self.number(imaginary))
            real_part, imaginary_part = seen[coefficient]
            value = real_part + (mp.mpc(0, imaginary_part) if commutator else 0)
            result[self.index[a], self.index[b]] += value * self.rho[self.index[c], self.index[d]]
        return result


def evaluate(expr: sp.Expr, env: Mapping[sp.Basic, Matrix | Number]) -> Matrix | Number:
    """Evaluate a polynomial in noncommuting symbols and scalars, matrices and numbers put in.

    Raises
    ------
    KeyError
        A symbol without a value.
    """
    if expr in env:
        return env[expr]
    if expr.is_Number:
        return mp.mpf(expr.p) / expr.q if expr.is_Rational else mp.mpf(str(expr))
    if expr is sp.I:
        return mp.mpc(0, 1)
    if expr.is_Add or expr.is_Mul:
        values = [evaluate(argument, env) for argument in expr.args]
        total = values[0]
        for value in values[1:]:
            total = total + value if expr.is_Add else times(total, value)
        return total
    if expr.is_Pow:
        return evaluate(expr.base, env) ** int(expr.exp)
    raise KeyError(f"{expr} has no value here; known: {sorted(map(str, env))}")
