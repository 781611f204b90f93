"""Levels of any small Hamiltonian in closed form: blocks, and within each what its roots allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath
import sympy as sp

from symqb.derive.system_blocks import Block, derive_blocks, split_blocks
from symqb.models import NoClosedFormError, SteadyStateError
from symqb.models.displays import Displayed, Tabular
from symqb.models.operators import conjugate, trial_point, vanishes
from symqb.models.system import System

LARGEST_FACTORED = 6
"""Size of a block up to which its characteristic polynomial is factored."""

TRIALS, TRIAL_DIGITS = 2, 50
SMALLEST_TRIAL = mpmath.mpf(10) ** -30


@dataclass(frozen=True)
class Energy:
    """An energy: a part without roots, and rational multiples of square roots by their radicands.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> (Energy(x, {x**2 + 1: sp.Rational(1, 2)}) - Energy(sp.S(1), {})).expr
    x + sqrt(x**2 + 1)/2 - 1
    """

    rational: sp.Expr
    roots: Mapping[sp.Expr, sp.Rational]

    def __sub__(self, other: Energy) -> Energy:
        radicands = dict.fromkeys((*self.roots, *other.roots))
        left = {r: self.roots.get(r, sp.S(0)) - other.roots.get(r, sp.S(0)) for r in radicands}
        kept = {r: factor for r, factor in left.items() if factor != 0}
        return Energy(sp.expand(self.rational - other.rational), kept)

    @property
    def expr(self) -> sp.Expr:
        """The energy as an expression."""
        return self.rational + sp.Add(*(c * sp.sqrt(r) for r, c in self.roots.items()))


@dataclass(frozen=True, repr=False)
class SystemLevel(Displayed):
    """A level of a system: its number, energy, and amplitudes over its block's combinations.

    ``branch`` is 1 or -1 for the upper and the lower of a pair with a root, and 0 for a level
    without one.  ``amplitudes`` are not normalised.
    """

    label: int
    exact_energy: Energy
    block: Block
    branch: int
    amplitudes: tuple[sp.Expr, ...]

    @property
    def energy(self) -> sp.Expr:
        """The energy as an expression, in the units of the parameters."""
        return self.exact_energy.expr

    @cached_property
    def components(self) -> dict[int, sp.Expr]:
        """The amplitudes in the bare states, not normalised, zeros left out."""
        found: dict[int, sp.Expr] = {}
        for amplitude, combination in zip(self.amplitudes, self.block.basis, strict=True):
            for state, sign in combination.items():
                if amplitude != 0:
                    found[state] = found.get(state, sp.S(0)) + sign * amplitude
        return found

    @cached_property
    def norm(self) -> sp.Expr:
        """The sum of squared moduli of the amplitudes."""
        return sp.expand(sp.Add(*(a * conjugate(a) for a in self.components.values())))


@dataclass(frozen=True, repr=False)
class SystemEigensystem(Tabular):
    """All levels of a system, in the order of their blocks."""

    size: int
    levels: tuple[SystemLevel, ...]

    def __iter__(self) -> Iterator[SystemLevel]:
        return iter(self.levels)

    def __len__(self) -> int:
        return len(self.levels)

    def __getitem__(self, label: int) -> SystemLevel:
        for level in self.levels:
            if level.label == label:
                return level
        raise KeyError(f"no level {label}; levels are 1 to {len(self.levels)}")

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks that the levels are those of, in order."""
        return tuple({id(level.block): level.block for level in self.levels}.values())

    def state(self, label: int) -> sp.ImmutableMatrix:
        """The normalised state of a level as a column over the bare states."""
        level = self[label]
        norm = sp.sqrt(sp.factor_terms(level.norm))
        return sp.ImmutableMatrix(
            [level.components.get(k, sp.S(0)) / norm for k in range(self.size)]
        )


def derive_system_levels(system: System) -> SystemEigensystem:
    """Diagonalise a Hamiltonian block by block in closed form.

    Levels are numbered in the order of their blocks, these by their first bare states; within a
    block by the factors of its characteristic polynomial, the lower of two levels with a root
    first.

    Raises
    ------
    NoClosedFormError
        A block whose characteristic polynomial has a factor beyond degree two, or a repeated one.

    Examples
    --------
    >>> from symqb.models import Bath, Register
    >>> r, w, g = Register(2, 2), *sp.symbols("w g")
    >>> H = w * r.number(1) + g * (r.plus(1) * r.minus(2) + r.minus(1) * r.plus(2))
    >>> system = System(H, [Bath("c", "T", r.x(1))])
    >>> [level.energy for level in derive_system_levels(system)]
    [w, w/2 - sqrt(4*g**2 + w**2)/2, w/2 + sqrt(4*g**2 + w**2)/2, 0]
    """
    blocks = derive_blocks(system)
    try:
        solved = _solve_all(blocks)
    except NoClosedFormError:
        finer = split_blocks(system)
        if len(finer) == len(blocks):
            raise
        solved = _solve_all(finer)
    levels: list[SystemLevel] = []
    for block, solutions in solved:
        for energy, branch, amplitudes in solutions:
            label = len(levels) + 1
            levels.append(SystemLevel(label, energy, block, branch, tuple(amplitudes)))
    return SystemEigensystem(system.size, tuple(levels))


Solution = tuple[Energy, int, Sequence[sp.Expr]]


def _solve_all(blocks: Sequence[Block]) -> list[tuple[Block, list[Solution]]]:
    for block in blocks:
        if block.matrix.rows > LARGEST_FACTORED:
            raise _refuse(
                block, f"has {block.matrix.rows} states, and larger ones than {LARGEST_FACTORED}"
            )
    return [(block, _solve(block)) for block in blocks]


def _solve(block: Block) -> list[Solution]:
    matrix = block.matrix
    if matrix.rows == 1:
        return [(Energy(matrix[0, 0], {}), 0, [sp.S(1)])]
    if matrix.rows == 2:
        return _solve_pair(block)
    return [(energy, branch, _column(matrix, energy.expr)) for energy, branch in _roots(block)]


def _solve_pair(block: Block) -> list[Solution]:
    """Solve a block of two: levels ``(b, r - h)`` and ``(b, -r - h)`` of energies ``m +- r``."""
    (a, right), (left, c) = block.matrix.tolist()
    mean, half = sp.expand((a + c) / 2), sp.expand((a - c) / 2)
    unit = sp.I if right.has(sp.I) else sp.S(1)
    strength = sp.expand(right / unit)
    if half == 0 and right == left * unit / conjugate(unit) and not strength.has(sp.I):
        # the sign of the strength is that of the splitting: no root
        return [
            (Energy(sp.expand(mean + sign * strength), {}), 0, [unit, sp.S(sign)])
            for sign in (-1, 1)
        ]
    square = sp.expand(half**2 + right * left)
    if (exact := _polynomial_root(square)) is not None and exact.free_symbols:
        # no root, and so no sign of one
        return [
            (Energy(sp.expand(mean + s * exact), {}), 0, _primitive([right, s * exact - half]))
            for s in (-1, 1)
        ]
    root = _root(square)
    size = Energy(sp.S(0), root).expr
    return [
        (Energy(mean, {r: sign * f for r, f in root.items()}), sign, [right, sign * size - half])
        for sign in (-1, 1)
    ]


def _root(square: sp.Expr) -> dict[sp.Expr, sp.Rational]:
    """A square root as a rational times that of a sum with coprime integer coefficients."""
    content, radicand = sp.expand(square).as_content_primitive()
    outside, inside = sp.sqrt(content).as_coeff_Mul()
    return {sp.expand(radicand * inside**2): outside}


def _roots(block: Block) -> list[tuple[Energy, int]]:
    """Find all energies of a block of three and more by factors of degree one and two."""
    unknown = sp.Dummy("E")
    whole = sp.expand(block.matrix.charpoly(unknown).as_expr(unknown))
    opaque = {
        power: sp.Dummy()
        for power in whole.atoms(sp.Pow, sp.Function)
        if not (power.is_Pow and power.exp.is_Integer and power.exp > 0)
    }
    back = {symbol: power for power, symbol in opaque.items()}
    found: list[tuple[Energy, int]] = []
    for factor, times in sp.factor_list(whole.xreplace(opaque), unknown)[1]:
        polynomial = sp.Poly(factor, unknown)
        if times > 1:
            raise _refuse(block, "has levels that coincide for all parameters, and those")
        if polynomial.degree() > 2:
            raise _refuse(block, f"needs roots of degree {polynomial.degree()}, and those")
        first, *rest = (x.xreplace(back) for x in polynomial.all_coeffs())
        rest = [sp.cancel(x / first) for x in rest]
        if len(rest) == 1:
            found.append((Energy(sp.expand(-rest[0]), {}), 0))
            continue
        square, mean = sp.expand(rest[0] ** 2 / 4 - rest[1]), sp.expand(-rest[0] / 2)
        if (exact := _polynomial_root(square)) is not None:
            found += [(Energy(sp.expand(mean + s * exact), {}), 0) for s in (-1, 1)]
            continue
        root = _root(square)
        found += [(Energy(mean, {r: s * f for r, f in root.items()}), s) for s in (-1, 1)]
    return found


def _polynomial_root(square: sp.Expr) -> sp.Expr | None:
    """Give one of the two roots of a polynomial's square up to a number; None of any other."""
    content, factors = sp.factor_list(square)
    if any(times % 2 for _, times in factors) or not content.is_positive:
        return None
    return sp.sqrt(content) * sp.Mul(*(factor ** (times // 2) for factor, times in factors))


def _column(matrix: sp.ImmutableMatrix, energy: sp.Expr) -> list[sp.Expr]:
    """A column of the adjugate of ``matrix - energy`` that is not zero: an eigenvector."""
    shifted = matrix - energy * sp.eye(matrix.rows)
    for column in range(matrix.rows):
        found = [shifted.cofactor(column, row) for row in range(matrix.rows)]
        if not all(vanishes(x) for x in found):
            return _primitive([sp.expand(x) for x in found])
    raise SteadyStateError(f"the energy {energy} is no simple one; give symmetries=...")


def _primitive(column: list[sp.Expr]) -> list[sp.Expr]:
    """Divide polynomials in the parameters, over algebraic numbers, by what they share.

    Where a root of parameters is in them they stay as they are.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> _primitive([x**2 - 3 * y**2, sp.S(0), sp.expand(2 * x - 2 * sp.sqrt(3) * y)])
    [x + sqrt(3)*y, 0, 2]
    >>> _primitive([2 * x, 4 * x])
    [1, 2]
    """
    symbols = sorted({s for x in column for s in x.free_symbols}, key=str)
    if not symbols or not all(x.is_polynomial(*symbols) for x in column):
        return column
    numbers = {n for x in column for n in x.atoms(sp.Pow, sp.I.func) if not n.free_symbols}
    field = {"extension": sorted(numbers, key=str)} if numbers else {}
    polynomials = [sp.Poly(x, *symbols, **field) for x in column]
    shared = polynomials[0]
    for polynomial in polynomials[1:]:
        shared = shared.gcd(polynomial)
    left = [polynomial.exquo(shared).as_expr() for polynomial in polynomials]
    first = next(x for x in left if x != 0)
    return [sp.radsimp(x / first) for x in left] if first.is_number else left


def _refuse(block: Block, what: str) -> NoClosedFormError:
    states = ", ".join(str(state + 1) for state in block.states)
    return NoClosedFormError(
        f"the block of bare states {states} {what} have no closed form here; use evaluate(...) for "
        "numbers, or symmetries=[...] to split it"
    )


@dataclass(frozen=True)
class Trial:
    """A system at one point of unrelated rationals, to 50 digits: what vanishes there vanishes.

    ``energies`` and ``states`` (normalised columns) go by the levels' order; ``point`` has the
    parameters' values.
    """

    point: Mapping[sp.Symbol, Any]
    energies: tuple[Any, ...]
    states: Any

    def elements(self, operator: sp.ImmutableMatrix) -> Any:
        """The operator between the levels."""
        with mpmath.workdps(TRIAL_DIGITS):
            return self.states.H * numbers(operator, self.point) * self.states


def numbers(matrix: sp.ImmutableMatrix, point: Mapping[sp.Symbol, Any]) -> Any:
    """A matrix at a point, as mpmath numbers at the working precision."""
    found = mpmath.matrix(matrix.rows, matrix.cols)
    for place, entry in matrix.todok().items():
        found[place] = number(entry, point)
    return found


def number(entry: sp.Expr, point: Mapping[sp.Symbol, Any]) -> Any:
    """An expression at a point, as an mpmath number at the working precision."""
    value = entry.subs(point) if entry.free_symbols else entry
    return mpmath.mpmathify(sp.N(value, mpmath.mp.dps + 5))


def derive_trials(system: System, levels: SystemEigensystem) -> tuple[Trial, ...]:
    """Evaluate the levels at two points where all roots are real.

    Raises
    ------
    NoClosedFormError
        No such point is found.
    """
    symbols = {s for value in system.values() for s in getattr(value, "free_symbols", ())}
    found: list[Trial] = []
    for trial in range(20 * TRIALS):
        point = {s: abs(x) if not s.is_nonpositive else x for s, x in _numbered(symbols, trial)}
        with mpmath.workdps(TRIAL_DIGITS):
            energies = [number(level.energy, point) for level in levels]
            if any(abs(mpmath.im(energy)) > SMALLEST_TRIAL for energy in energies):
                continue
            states = mpmath.matrix(levels.size, levels.size)
            for k, level in enumerate(levels):
                column = {s: number(a, point) for s, a in level.components.items()}
                norm = mpmath.sqrt(sum(abs(a) ** 2 for a in column.values()))
                for state, amplitude in column.items():
                    states[state, k] = amplitude / norm
        found.append(Trial(point, tuple(mpmath.re(energy) for energy in energies), states))
        if len(found) == TRIALS:
            return tuple(found)
    raise NoClosedFormError(
        "roots in the Hamiltonian are not real at the points tried; use evaluate(...) for numbers"
    )


def _numbered(symbols: set[sp.Symbol], trial: int) -> list[tuple[sp.Symbol, sp.Rational]]:
    return list(trial_point(symbols, trial).items())
