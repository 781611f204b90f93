"""The generator of a master equation over populations and the coherences that they reach.

Written once, over numbers at a trial point and over the steps of a program alike: what is zero at
the trial, to fifty digits, is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import mpmath

from symqb.derive.liouvillian_terms import Term
from symqb.derive.system_levels import SMALLEST_TRIAL

Place = tuple[int, int, str]
"""An unknown, counted from 0: the real ("re") or imaginary ("im") part of an element, a <= c."""

Entries = Mapping[tuple[int, int], tuple[Any, Any]]
"""The elements of an operator that are not zero: real and imaginary parts, None for zeros."""


class TrialNumbers:
    """Numbers at a trial point; a sum that is rounding alone is zero."""

    def product(self, *terms: Any) -> Any:
        """Multiply numbers."""
        return mpmath.fprod(terms)

    def scaled(self, factor: Fraction | int, term: Any) -> Any:
        """Multiply a number by a rational."""
        return term * Fraction(factor).numerator / Fraction(factor).denominator

    def sum(self, terms: Iterable[Any]) -> Any:
        """Add numbers."""
        listed = list(terms)
        total, size = mpmath.fsum(listed), mpmath.fsum(listed, absolute=True)
        return total if abs(total) > SMALLEST_TRIAL * size else mpmath.mpf(0)


@dataclass(frozen=True)
class Channel:
    """A Lindblad operator in a basis, its rate, and whose it is."""

    entries: Entries
    rate: Any
    bath: str | None = None


@dataclass(frozen=True)
class Dynamics:
    """What moves a density matrix, in one basis: the Hamiltonian off its diagonal, and channels.

    ``gaps[i, j]`` is the difference of its diagonal elements i and j, if it is not zero.
    """

    hamiltonian: Entries
    gaps: Mapping[tuple[int, int], Any]
    channels: Sequence[Channel]


def all_places(size: int, groups: Sequence[Sequence[int]]) -> list[Place]:
    """List the populations, and the coherences within groups.

    Examples
    --------
    >>> all_places(3, [[0, 1]])
    [(0, 0, 're'), (1, 1, 're'), (2, 2, 're'), (0, 1, 're'), (0, 1, 'im')]
    """
    found: list[Place] = [(k, k, "re") for k in range(size)]
    for group in groups:
        for k, a in enumerate(group):
            found += [(a, c, part) for c in group[k + 1 :] for part in ("re", "im")]
    return found


@dataclass
class Generator:
    """Adds up the generator over some places: slope of the first by the value of the second."""

    ring: Any
    places: frozenset[Place]
    terms: dict[tuple[Place, Place], list[Any]] = field(default_factory=dict)

    def entries(self, dynamics: Dynamics) -> dict[tuple[Place, Place], Any]:
        """Give the entries, zeros left out where the ring knows them."""
        self._turn(dynamics)
        for channel in dynamics.channels:
            self._gain(channel)
            self._lose(channel)
        found = {key: self.ring.sum(terms) for key, terms in self.terms.items()}
        return {key: value for key, value in found.items() if not _is_zero(value)}

    def _add(
        self, row: tuple[int, int], column: tuple[int, int], re: list[Any], im: list[Any]
    ) -> None:
        """Add a complex coefficient by which an element of rho moves another."""
        a, c = column
        x, y = (min(a, c), max(a, c), "re"), (min(a, c), max(a, c), "im")
        self._put((*row, "re"), x, re)
        self._put((*row, "im"), x, im)
        if a != c:
            # the element below the diagonal is the conjugate of that above
            upper = a < c
            self._put((*row, "re"), y, [self.ring.scaled(-1, t) for t in im] if upper else im)
            self._put((*row, "im"), y, re if upper else [self.ring.scaled(-1, t) for t in re])

    def _put(self, row: Place, column: Place, terms: list[Any]) -> None:
        if terms and row in self.places and column in self.places:
            self.terms.setdefault((row, column), []).extend(terms)

    def _rows(self) -> Iterator[tuple[int, int]]:
        yield from dict.fromkeys((a, c) for a, c, _ in sorted(self.places))

    def _turn(self, dynamics: Dynamics) -> None:
        """Add what the Hamiltonian does: ``-i (H rho - rho H)``."""
        scaled, columns = self.ring.scaled, list(dynamics.hamiltonian.items())
        for i, j in self._rows():
            if (i, j) in dynamics.gaps:
                self._add((i, j), (i, j), [], [scaled(-1, dynamics.gaps[i, j])])
            for (row, m), (h, g) in columns:
                if row == i:
                    self._add((i, j), (m, j), _some(g), [scaled(-1, x) for x in _some(h)])
                if m == j:
                    self._add((i, j), (i, row), [scaled(-1, x) for x in _some(g)], _some(h))

    def _gain(self, channel: Channel) -> None:
        """Add ``L rho L^+``, but what an element of rho keeps of itself."""
        rows: dict[int, list[tuple[int, tuple[Any, Any]]]] = {}
        for (i, k), x in channel.entries.items():
            rows.setdefault(i, []).append((k, x))
        for i, j in self._rows():
            for k, x in rows.get(i, ()):
                for m, y in rows.get(j, ()):
                    if (k, m) != (i, j):
                        self._add((i, j), (k, m), *self._times(channel.rate, x, y))

    def _lose(self, channel: Channel) -> None:
        """Add ``-(L^+ L rho + rho L^+ L)/2``, and what was left out of the gain.

        Of an element with itself all is put together so that its decay has one sign.
        """
        ring, half = self.ring, Fraction(-1, 2)
        into: dict[int, list[tuple[int, tuple[Any, Any]]]] = {}
        for (m, k), x in channel.entries.items():
            into.setdefault(m, []).append((k, x))
        lost: dict[tuple[int, int], tuple[list[Any], list[Any]]] = {}
        for sources in into.values():
            for i, x in sources:
                for k, y in sources:
                    if i != k:
                        re, im = self._times(channel.rate, y, x)
                        kept = lost.setdefault((i, k), ([], []))
                        kept[0].extend(ring.scaled(half, t) for t in re)
                        kept[1].extend(ring.scaled(half, t) for t in im)
        for i, j in self._rows():
            for (a, c), (re, im) in lost.items():
                if a == i:
                    self._add((i, j), (c, j), re, im)
                if c == j:
                    self._add((i, j), (i, a), re, im)
            self._decay(channel, i, j)

    def _decay(self, channel: Channel, i: int, j: int) -> None:
        ring, nothing = self.ring, (None, None)
        left, right = (channel.entries.get((k, k), nothing) for k in (i, j))
        squares = [
            ring.scaled(Fraction(-1, 2), ring.product(channel.rate, part, part))
            for k in (i, j)
            for (m, source), x in channel.entries.items()
            if source == k and m != k
            for part in x
            if part is not None
        ]
        turned: list[Any] = []
        if i != j:
            for p, q in zip(left, right, strict=True):
                apart = ring.sum([*_some(p), *(ring.scaled(-1, x) for x in _some(q))])
                if not _is_zero(apart):
                    square = ring.product(channel.rate, apart, apart)
                    squares.append(ring.scaled(Fraction(-1, 2), square))
            turned = self._times(channel.rate, left, right)[1]
        self._add((i, j), (i, j), squares, turned)

    def _times(
        self, rate: Any, x: tuple[Any, Any], y: tuple[Any, Any]
    ) -> tuple[list[Any], list[Any]]:
        """A rate times x times the conjugate of y, as terms of the two parts."""
        (a, b), (c, d), product = x, y, self.ring.product
        re = [product(rate, p, q) for p, q in ((a, c), (b, d)) if p is not None and q is not None]
        im = [product(rate, b, c)] if b is not None and c is not None else []
        if a is not None and d is not None:
            im.append(self.ring.scaled(-1, product(rate, a, d)))
        return re, im


def _some(part: Any) -> list[Any]:
    return [] if part is None else [part]


def _is_zero(value: Any) -> bool:
    return bool(value.factor == 0 if isinstance(value, Term) else value == 0)


def reached(entries: Iterable[tuple[Place, Place]], places: Iterable[Place]) -> set[Place]:
    """List what populations move, directly or not."""
    into: dict[Place, list[Place]] = {}
    for row, column in entries:
        into.setdefault(column, []).append(row)
    waiting = [place for place in places if place[0] == place[1]]
    found = set(waiting)
    while waiting:
        for row in into.get(waiting.pop(), ()):
            if row not in found:
                found.add(row)
                waiting.append(row)
    return found
