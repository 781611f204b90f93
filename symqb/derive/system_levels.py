"""Levels of any small Hamiltonian in closed form: blocks, and within each what its roots allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath
import sympy as sp

from symqb.derive.factors import factors, primitive, square_root
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
    first.  Where a block has no closed form, or levels in it coincide for all parameters, blocks
    are those that symmetries which are looked for leave, whatever the couplings are.

    Raises
    ------
    NoClosedFormError
        A block of more than six states, or one whose characteristic polynomial has a factor beyond
        degree two.

    Examples
    --------
    >>> from symqb.models import Bath, Register
    >>> r, w, g = Register(2, 2), *sp.symbols("w g")
    >>> H = w * r.number(1) + g * (r.plus(1) * r.minus(2) + r.minus(1) * r.plus(2))
    >>> system = System(H, [Bath("c", "T", r.x(1))])
    >>> [level.energy for level in derive_system_levels(system)]
    [w, w/2 - sqrt(4*g**2 + w**2)/2, w/2 + sqrt(4*g**2 + w**2)/2, 0]
    """
    solved = None
    with suppress(NoClosedFormError):
        solved = _solve_all(derive_blocks(system))
    if solved is None:
        solved = _solve_all(split_blocks(system), coinciding=True)
    levels: list[SystemLevel] = []
    for block, solutions in solved:
        for energy, branch, amplitudes in solutions:
            label = len(levels) + 1
            levels.append(SystemLevel(label, energy, block, branch, tuple(amplitudes)))
    return SystemEigensystem(system.size, tuple(levels))


Solution = tuple[Energy, int, Sequence[sp.Expr]]


def _solve_all(
    blocks: Sequence[Block], *, coinciding: bool = False
) -> list[tuple[Block, list[Solution]]]:
    for block in blocks:
        size = block.matrix.rows
        if size > LARGEST_FACTORED:
            raise _refuse(block, f"has {size} states, and larger ones than {LARGEST_FACTORED}")
    return [(block, _solve(block, coinciding=coinciding)) for block in blocks]


def _solve(block: Block, *, coinciding: bool) -> list[Solution]:
    matrix = block.matrix
    if matrix.rows == 1:
        return [(Energy(matrix[0, 0], {}), 0, [sp.S(1)])]
    return _solve_pair(block) if matrix.rows == 2 else _solve_larger(block, coinciding=coinciding)


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
    if (exact := square_root(square)) is not None and exact.free_symbols:
        # no root, and so no sign of one
        return [
            (Energy(sp.expand(mean + s * exact), {}), 0, primitive([right, s * exact - half]))
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


Factor = Sequence[sp.Expr]
"""The coefficients of a polynomial in the energy, that of the highest power, 1, first."""


def _solve_larger(block: Block, *, coinciding: bool) -> list[Solution]:
    """Solve a block of three and more by factors of degree one and two.

    With f one factor and g the product of the others, g(H) takes every state to those of the levels
    of f, and H less the other level of f then to those of the one.
    """
    known = _factors(block)
    for factor, times in known.items():
        if len(factor) > 3:
            raise _refuse(block, f"needs roots of degree {len(factor) - 1}, and those")
        if times > 1 and not coinciding:
            raise _refuse(block, "has levels that coincide for all parameters, and those")
    found: list[Solution] = []
    for factor, times in known.items():
        rest: Factor = (sp.S(1),)
        for other in known:
            rest = rest if other is factor else _product(rest, other)
        if len(factor) == 2:
            energy = Energy(sp.expand(-factor[1]), {})
            found += [(energy, 0, state) for state in _states(block, rest, times)]
            continue
        square = sp.expand(factor[1] ** 2 / 4 - factor[2])
        mean = sp.expand(-factor[1] / 2)
        if (exact := square_root(square)) is not None:
            for root in (-exact, exact):
                energy = Energy(sp.expand(mean + root), {})
                other = (sp.S(1), sp.expand(root - mean))
                states = _states(block, _product(rest, other), times)
                found += [(energy, 0, state) for state in states]
            continue
        size = _root(square)
        for sign in (-1, 1):
            energy = Energy(mean, {r: sign * f for r, f in size.items()})
            root = (energy - Energy(mean, {})).expr
            found += [(energy, sign, state) for state in _states(block, rest, times, mean, root)]
    return found


def _factors(block: Block) -> dict[Factor, int]:
    """The factors of the characteristic polynomial, each with how often it is one.

    They come by degree, simple ones first, then by their coefficients.
    """
    unknown = sp.Dummy("E")
    whole = sp.expand(block.matrix.charpoly(unknown).as_expr(unknown))
    opaque = {
        power: sp.Dummy()
        for power in whole.atoms(sp.Pow, sp.Function)
        if not (power.is_Pow and power.exp.is_Integer and power.exp > 0)
    }
    back = {symbol: power for power, symbol in opaque.items()}
    domain = sp.Poly(whole.xreplace(opaque), unknown).domain
    found = []
    for factor, times in factors(whole.xreplace(opaque))[1]:
        polynomial = sp.Poly(factor, unknown, domain=domain)
        if polynomial.LC() < 0:
            polynomial = -polynomial
        found.append((polynomial, times))
    found.sort(key=lambda one: (one[0].degree(), one[1], one[0].rep.to_list()))
    listed: dict[Factor, int] = {}
    for polynomial, times in found:
        first, *rest = (x.xreplace(back) for x in polynomial.all_coeffs())
        listed[sp.S(1), *(sp.cancel(x / first) for x in rest)] = times
    return listed


def _product(one: Factor, other: Factor) -> Factor:
    found = [sp.S(0)] * (len(one) + len(other) - 1)
    for i, x in enumerate(one):
        for j, y in enumerate(other):
            found[i + j] += x * y
    return tuple(map(sp.expand, found))


Column = list[sp.Expr]


def _states(
    block: Block, rest: Factor, times: int, mean: sp.Expr | None = None, root: sp.Expr | None = None
) -> list[Column]:
    """Orthogonal states of a level: columns of ``rest(H)``, or of ``rest(H) (H - mean + root)``."""
    found: list[Column] = []
    for start in range(block.matrix.rows):
        column = _applied(block.matrix, rest, start)
        if root is None:
            column = primitive(column)
        else:
            moved = _times(block.matrix, column)
            plain = [sp.expand(x - mean * y) for x, y in zip(moved, column, strict=True)]
            column = _reduced(plain, column, root)
        for other in found:
            column = _without(column, other, block.norms)
        if not all(vanishes(x) for x in column):
            found.append(column)
        if len(found) == times:
            return found
    raise SteadyStateError(f"the block of bare states {block.states} has fewer states than levels")


def _reduced(plain: Column, rooted: Column, root: sp.Expr) -> Column:
    """A column ``plain + root * rooted`` over what its entries share, times a number of its field.

    That number makes the first entry one without the root, if the column is the shorter for it.
    """
    size, square = len(plain), sp.expand(root**2)
    forms = [primitive([*plain, *rooted])]
    first = next((k for k, pair in enumerate(zip(plain, rooted, strict=True)) if any(pair)), None)
    if first is not None:
        x, y = forms[0][first], -forms[0][size + first]
        turned = [
            ((x, u), (y * square, v)) if k < size else ((x, v), (y, u))
            for k in range(2 * size)
            for u, v in [(forms[0][k % size], forms[0][size + k % size])]
        ]
        forms.append(primitive([sp.expand(sum(a * b for a, b in pairs)) for pairs in turned]))
    best = min(forms, key=lambda form: sum(len(sp.Add.make_args(x)) for x in form if x != 0))
    return [sp.expand(u + root * v) for u, v in zip(best[:size], best[size:], strict=True)]


def _applied(matrix: sp.ImmutableMatrix, polynomial: Factor, start: int) -> Column:
    """A column of a polynomial of a matrix, up to the sign that the adjugate has."""
    column = [sp.S(0)] * matrix.rows
    for coefficient in polynomial:
        column = _times(matrix, column)
        column[start] = sp.expand(column[start] + coefficient)
    return [sp.expand((-1) ** (matrix.rows - 1) * x) for x in column]


def _times(matrix: sp.ImmutableMatrix, column: Column) -> Column:
    found = [sp.S(0)] * matrix.rows
    for (row, k), entry in matrix.todok().items():
        found[row] += entry * column[k]
    return list(map(sp.expand, found))


def _without(column: Column, other: Column, norms: Sequence[int]) -> Column:
    """A column less its part along another, times the other's squared norm."""
    bra = [n * conjugate(x) for n, x in zip(norms, other, strict=True)]
    along, size = (
        sp.expand(sum(x * y for x, y in zip(bra, ket, strict=True))) for ket in (column, other)
    )
    return primitive([sp.expand(size * x - along * y) for x, y in zip(column, other, strict=True)])


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

    @cached_property
    def _columns(self) -> list[dict[int, Any]]:
        size = self.states.rows
        return [{i: x for i in range(size) if (x := self.states[i, k])} for k in range(size)]

    def elements(self, operator: sp.ImmutableMatrix) -> Any:
        """The operator between the levels."""
        size = self.states.rows
        found = mpmath.matrix(size, size)
        with mpmath.workdps(TRIAL_DIGITS):
            entries: dict[int, list[tuple[int, Any]]] = {}
            for (i, j), entry in operator.todok().items():
                entries.setdefault(j, []).append((i, number(entry, self.point)))
            for c, ket in enumerate(self._columns):
                moved: dict[int, Any] = {}
                for j, x in ket.items():
                    for i, entry in entries.get(j, ()):
                        moved[i] = moved.get(i, 0) + entry * x
                for a, bra in enumerate(self._columns):
                    for i in bra.keys() & moved.keys():
                        found[a, c] += mpmath.conj(bra[i]) * moved[i]
        return found


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
