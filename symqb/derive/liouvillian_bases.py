"""The bases that a generator is written in: bare states, or levels; elements as terms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import mpmath
import sympy as sp

from symqb.derive.liouvillian import Entries
from symqb.derive.liouvillian_terms import UNIT, Term, Terms
from symqb.derive.rate_expressions import sum_keeps_digits
from symqb.derive.system_levels import SMALLEST_TRIAL, TRIAL_DIGITS, Trial, numbers
from symqb.derive.system_writer import Number, SystemWriter
from symqb.models.operators import parts

Complex = tuple[Term | None, Term | None]
"""A complex number as its two parts, None for zeros."""


class Basis(ABC):
    """A basis of one system, whose elements are told as numbers at a trial point and as terms.

    Parameters
    ----------
    writer : SystemWriter
    terms : Terms
        Over the writer's builder.
    """

    def __init__(self, writer: SystemWriter, terms: Terms) -> None:
        self.writer, self.terms = writer, terms
        self.size = writer.model.size

    @abstractmethod
    def tried(self, matrix: sp.ImmutableMatrix) -> Any:
        """Give an operator at the trial point, as an mpmath matrix."""

    @abstractmethod
    def element(self, i: int, matrix: sp.ImmutableMatrix, j: int) -> Complex:
        """Write an element of an operator, zeros not left out."""

    @abstractmethod
    def gap(self, i: int, j: int) -> Term:
        """Write the difference of two diagonal elements of the Hamiltonian."""

    @abstractmethod
    def columns(self) -> list[dict[int, Complex]]:
        """Write the bare amplitudes of every level in this basis; by level, then by state."""

    @abstractmethod
    def states(self) -> list[dict[int, Complex]]:
        """Write the amplitudes of every bare state in this basis."""

    def entries(self, matrix: sp.ImmutableMatrix) -> Entries:
        """Write the elements that are not zero at the trial point."""
        found: dict[tuple[int, int], Complex] = {}
        for place, tried in nonzero(self.tried(matrix)).items():
            re, im = self.element(place[0], matrix, place[1])
            found[place] = (None if tried[0] is None else re, None if tried[1] is None else im)
        return found

    def expression(self, expr: sp.Expr) -> Term:
        """Write an expression as a term, its factors apart, or as a sum of such."""
        expanded = sp.expand(expr)
        if expanded.is_Add and sum_keeps_digits(expanded, exact=True):
            return self.terms.number(self.writer.expressions.expr(expanded))
        return self.terms.sum(map(self._monomial, sp.Add.make_args(expanded)))

    def _monomial(self, expr: sp.Expr) -> Term:
        factor, rest = expr.as_coeff_Mul()
        found = [self.terms.number(self.writer.expressions.expr(sp.sympify(factor)))]
        for part in sp.Mul.make_args(rest):
            base, times = part.as_base_exp()
            if not (times.is_Integer and times > 0):
                base, times = part, 1
            ref = self.writer.expressions.expr(base)
            one = self.terms.number(ref, positive=bool(base.is_nonnegative))
            found += [one] * int(times)
        return self.terms.product(*found)


class BareBasis(Basis):
    """The states that the Hamiltonian is written in.

    Parameters
    ----------
    point : mapping
        The trial point.
    """

    def __init__(self, writer: SystemWriter, terms: Terms, point: Mapping[sp.Symbol, Any]) -> None:
        super().__init__(writer, terms)
        self.point = point

    def tried(self, matrix: sp.ImmutableMatrix) -> Any:
        with mpmath.workdps(TRIAL_DIGITS):
            return numbers(matrix, self.point)

    def element(self, i: int, matrix: sp.ImmutableMatrix, j: int) -> Complex:
        re, im = parts(matrix[i, j])
        return self.expression(re), self.expression(im)

    def gap(self, i: int, j: int) -> Term:
        H = self.writer.model.H
        return self.expression(parts(H[i, i] - H[j, j])[0])

    def columns(self) -> list[dict[int, Complex]]:
        return [level_column(self, level.label) for level in self.writer.levels]

    def states(self) -> list[dict[int, Complex]]:
        return [{k: (UNIT, None)} for k in range(self.size)]


class LevelBasis(Basis):
    """The levels, normalised.

    Parameters
    ----------
    trial : Trial
    """

    def __init__(self, writer: SystemWriter, terms: Terms, trial: Trial) -> None:
        super().__init__(writer, terms)
        self.trial = trial
        self._tried: dict[sp.ImmutableMatrix, Any] = {}

    def tried(self, matrix: sp.ImmutableMatrix) -> Any:
        if matrix not in self._tried:
            self._tried[matrix] = self.trial.elements(matrix)
        return self._tried[matrix]

    def element(self, i: int, matrix: sp.ImmutableMatrix, j: int) -> Complex:
        number = self.writer.element(i + 1, matrix, j + 1)
        scale = self.terms.product(*(self.root(k) for k in (i, j)))
        re, im = as_terms(self.terms, number)
        return self.terms.product(re, scale), self.terms.product(im, scale)

    def root(self, k: int) -> Term:
        """Write one over the norm of a level's amplitudes."""
        b, norm = self.terms.builder, self.writer.amplitudes(k + 1)[1]
        return self.terms.inverse(self.terms.number(b.apply("sqrt", norm), positive=True))

    def gap(self, i: int, j: int) -> Term:
        # the difference of two energies is rounded as these are
        return self.terms.number(self.writer.gap(i + 1, j + 1), size=self.writer.span())

    def columns(self) -> list[dict[int, Complex]]:
        return [{k: (UNIT, None)} for k in range(self.size)]

    def states(self) -> list[dict[int, Complex]]:
        found: list[dict[int, Complex]] = [{} for _ in range(self.size)]
        for k in range(self.size):
            for state, (re, im) in level_column(self, k + 1).items():
                back = None if im is None else self.terms.scaled(-1, im)
                found[state][k] = re, back
        return found


def level_column(basis: Basis, label: int) -> dict[int, Complex]:
    """Write the normalised amplitudes of a level over the bare states."""
    terms, writer = basis.terms, basis.writer
    amplitudes, norm = writer.amplitudes(label)
    root = terms.number(terms.builder.apply("sqrt", norm), positive=True)
    scale = terms.inverse(root)
    found: dict[int, tuple[list[Term], list[Term]]] = {}
    for number, combination in zip(amplitudes, writer.levels[label].block.basis, strict=True):
        re, im = as_terms(terms, number)
        for state, sign in combination.items():
            kept = found.setdefault(state, ([], []))
            kept[0].append(terms.scaled(sign, re))
            kept[1].append(terms.scaled(sign, im))
    summed = {s: (terms.sum(re), terms.sum(im)) for s, (re, im) in found.items()}
    return {
        state: (some(terms.product(re, scale)), some(terms.product(im, scale)))
        for state, (re, im) in summed.items()
        if re.factor != 0 or im.factor != 0
    }


def some(term: Term) -> Term | None:
    """Give a term, None if it is zero."""
    return None if term.factor == 0 else term


def as_terms(terms: Terms, number: Number) -> tuple[Term, Term]:
    """Take a complex number of a program as two terms, with what may be lost of them."""
    b = terms.builder
    plain = b.add(*(b.apply("abs", b.strip_sign(part)) for part in (number.re, number.im)))
    size = None if plain == number.size else number.size
    return terms.number(number.re, size=size), terms.number(number.im, size=size)


def nonzero(
    matrix: Any, rows: Iterable[int] | None = None, columns: Iterable[int] | None = None
) -> dict[tuple[int, int], tuple[Any, Any]]:
    """List elements of an mpmath matrix that are not rounding, zero parts as None; some or all."""
    largest = max((abs(x) for x in matrix), default=mpmath.mpf(0))
    found = {}
    listed = list(range(matrix.cols) if columns is None else columns)
    for i in range(matrix.rows) if rows is None else rows:
        for j in listed:
            re, im = mpmath.re(matrix[i, j]), mpmath.im(matrix[i, j])
            kept = [x if abs(x) > SMALLEST_TRIAL * largest else None for x in (re, im)]
            if kept != [None, None]:
                found[i, j] = kept[0], kept[1]
    return found
