"""Signed permutations of states that commute with a Hamiltonian: looked for, where none is given.

For levels in closed form only that matters: a signed permutation P with PH = HP splits H into
sectors, whatever the baths do.  Couplings that P turns into plus or minus themselves besides keep
the sectors apart in the steady state where levels coincide, so that such P are looked for first.

States are vertices, entries up to their sign the labels of edges.  Colours are refined until equal
ones have alike neighbours, then states are told apart one by one (McKay, Congressus Numerantium 30,
45 (1981)); the signs of each permutation found solve equations modulo two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import lcm

import sympy as sp

MOST_STEPS = 400_000
"""Edges that one search looks at, at most: what is found by then is all."""

Entries = Mapping[tuple[int, int], sp.Expr]
"""The entries of a matrix that are not zero."""


@dataclass(frozen=True)
class SignedPermutation:
    """A permutation with signs: state k goes to ``signs[k]`` times state ``image[k]``.

    Examples
    --------
    >>> turn = SignedPermutation((1, 2, 0), (1, 1, -1))
    >>> turn.order, turn.power(3)
    (3, SignedPermutation(image=(0, 1, 2), signs=(-1, -1, -1)))
    """

    image: tuple[int, ...]
    signs: tuple[int, ...]

    def after(self, first: SignedPermutation) -> SignedPermutation:
        """Give what another one and then this one do."""
        return SignedPermutation(
            tuple(self.image[k] for k in first.image),
            tuple(s * self.signs[k] for k, s in zip(first.image, first.signs, strict=True)),
        )

    def power(self, times: int) -> SignedPermutation:
        """Give what this one does several times, at least once."""
        found = self
        for _ in range(times - 1):
            found = self.after(found)
        return found

    @cached_property
    def order(self) -> int:
        """After how many times no state is moved, signs apart."""
        lengths, seen = set[int](), set[int]()
        for start in range(len(self.image)):
            k, length = start, 0
            while k not in seen:
                seen.add(k)
                k, length = self.image[k], length + 1
            lengths.add(max(length, 1))
        return lcm(*lengths)

    @property
    def own_inverse(self) -> bool:
        """Whether twice is nothing, with the signs."""
        return set(self.power(2).signs) == {1} and self.order <= 2

    def commutes(self, other: SignedPermutation) -> bool:
        """Tell whether the order of two does not matter."""
        return self.after(other) == other.after(self)


class _ExhaustedError(Exception):
    """A search has looked at as many edges as it may."""


class SymmetrySearch:
    """A search for the signed permutations P that some matrices commute with.

    Parameters
    ----------
    size : int
        How many states there are.
    kept : sequence of mappings
        Matrices M with PM = MP, by their entries that are not zero.
    turned : sequence of mappings
        Matrices M with PM = MP or PM = -MP.
    colours : sequence, optional
        What else P must not change of a state, one value each.

    Examples
    --------
    >>> J = sp.Symbol("J")
    >>> ring = {(a, b): J for a, b in ((0, 1), (1, 0), (1, 2), (2, 1), (2, 0), (0, 2))}
    >>> [found.image for found in SymmetrySearch(3, [ring])]
    [(1, 0, 2), (2, 1, 0), (0, 2, 1)]
    >>> [found.image for found in SymmetrySearch(3, [ring], colours="aab")]
    [(1, 0, 2)]
    """

    def __init__(
        self,
        size: int,
        kept: Sequence[Entries],
        turned: Sequence[Entries] = (),
        colours: Sequence[Hashable] | None = None,
    ) -> None:
        self.size, self.steps, self._kept = size, 0, len(kept)
        self._odd = [_oddness(entries) for entries in (*kept, *turned)]
        labels: list[dict[int, list[tuple[int, str, int]]]] = [{} for _ in range(size)]
        start: list[list[Hashable]] = [[c] for c in colours or [0] * size]
        for number, entries in enumerate((*kept, *turned)):
            kinds = _kinds(entries)
            for (i, j), entry in entries.items():
                if i != j:
                    labels[i].setdefault(j, []).append((number, "from", kinds[entry]))
                    labels[j].setdefault(i, []).append((number, "to", kinds[entry]))
                else:
                    exact = number < len(kept)
                    start[i].append((number, entry if exact else kinds[entry]))
        names: dict[Hashable, int] = {}
        self._edges = [
            [(names.setdefault(tuple(sorted(found)), len(names)), j) for j, found in around.items()]
            for around in labels
        ]
        self._start = _numbered([tuple(given) for given in start], {})

    def __iter__(self) -> Iterator[SignedPermutation]:
        """Yield generators of the group of all that there are, as far as the search goes."""
        try:
            yield from self._generators()
        except _ExhaustedError:
            return

    def _generators(self) -> Iterator[SignedPermutation]:
        refined = self._refine(self._start, self._start)
        while refined is not None:
            colours = refined[0]
            cell = _first_cell(colours)
            if cell is None:
                return
            first, *others = cell
            fixed = _apart(colours, first)
            for other in others:
                found = next(self._extended(fixed, _apart(colours, other)), None)
                if found is not None:
                    yield found
            refined = self._refine(fixed, fixed)

    def _extended(self, left: list[int], right: list[int]) -> Iterator[SignedPermutation]:
        """Yield what takes states of each colour on the left to those of it on the right."""
        refined = self._refine(left, right)
        if refined is None:
            return
        left, right = refined
        cell = _first_cell(left)
        back = {colour: k for k, colour in enumerate(right)}
        if cell is None:
            image = tuple(back[colour] for colour in left)
            signs = self._signs(image)
            if signs is not None:
                yield SignedPermutation(image, signs)
            return
        state = cell[0]
        targets = [k for k, colour in enumerate(right) if colour == left[state]]
        # first what makes it its own inverse, then what leaves the state where it is
        source = [k for k, colour in enumerate(left) if back.get(colour) == state]
        for target in sorted(targets, key=lambda k: (k not in source, k != state)):
            yield from self._extended(_apart(left, state), _apart(right, target))

    def _refine(self, left: list[int], right: list[int]) -> tuple[list[int], list[int]] | None:
        """Tell states apart by the colours around them; None if left and right then differ."""
        while True:
            known: dict[Hashable, int] = {}
            finer = [_numbered(self._around(colours), known) for colours in (left, right)]
            if Counter(finer[0]) != Counter(finer[1]):
                return None
            if len(set(finer[0])) == len(set(left)):
                return finer[0], finer[1]
            left, right = finer

    def _around(self, colours: list[int]) -> list[Hashable]:
        found: list[Hashable] = []
        for state, edges in enumerate(self._edges):
            self.steps += 1 + len(edges)
            around = sorted((label, colours[j]) for label, j in edges)
            found.append((colours[state], *around))
        if self.steps > MOST_STEPS:
            raise _ExhaustedError
        return found

    def _signs(self, image: tuple[int, ...]) -> tuple[int, ...] | None:
        """Solve for the signs of a permutation; None if there are none."""
        rows: dict[int, int] = {}
        one = 1 << (self.size + len(self._odd))
        for number, odd in enumerate(self._odd):
            turned = 1 << (self.size + number) if number >= self._kept else 0
            for (i, j), bit in odd.items():
                equation = (1 << i) ^ (1 << j) ^ turned
                if bit ^ odd[image[i], image[j]]:
                    equation ^= one
                self.steps += 1
                if not _take(equation, rows, one):
                    return None
        return _solved(rows, self.size, one)


def _oddness(entries: Entries) -> dict[tuple[int, int], int]:
    """Tell by 1 which entries are minus the one that stands for all of their kind."""
    kinds, first = _kinds(entries), dict[int, sp.Expr]()
    return {
        place: int(first.setdefault(kinds[entry], entry) != entry)
        for place, entry in entries.items()
    }


def _kinds(entries: Entries) -> dict[sp.Expr, int]:
    """Number entries, those that differ by their sign alike."""
    found: dict[sp.Expr, int] = {}
    for entry in entries.values():
        if entry not in found:
            found[entry] = found.get(-entry, len(found))
    return found


def _numbered(values: Sequence[Hashable], known: dict[Hashable, int]) -> list[int]:
    return [known.setdefault(value, len(known)) for value in values]


def _first_cell(colours: list[int]) -> list[int] | None:
    """The first states of one colour, where some have one; None if each has its own."""
    cells: dict[int, list[int]] = {}
    for state, colour in enumerate(colours):
        cells.setdefault(colour, []).append(state)
    return min((c for c in cells.values() if len(c) > 1), key=len, default=None)


def _apart(colours: list[int], state: int) -> list[int]:
    """Give one state a colour of its own."""
    found = list(colours)
    found[state] = -1
    return found


def _take(equation: int, rows: dict[int, int], one: int) -> bool:
    """Add an equation modulo two to those in echelon form; False if it contradicts them."""
    while equation & (one - 1):
        pivot = equation & -equation
        if pivot not in rows:
            rows[pivot] = equation
            return True
        equation ^= rows[pivot]
    return equation == 0


def _solved(rows: Mapping[int, int], size: int, one: int) -> tuple[int, ...]:
    """Solve equations modulo two, what is free being zero."""
    odd = 0
    for pivot in sorted(rows, reverse=True):
        rest = rows[pivot] ^ pivot
        if (rest & odd).bit_count() % 2 ^ bool(rest & one):
            odd |= pivot
    return tuple(-1 if odd >> k & 1 else 1 for k in range(size))
