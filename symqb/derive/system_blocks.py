"""Blocks of a Hamiltonian: what it maps among itself, by symmetries given and symmetries found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from symqb.derive.found_symmetries import SignedPermutation, SymmetrySearch
from symqb.models import NoClosedFormError
from symqb.models.baths import bath_operators
from symqb.models.operators import components
from symqb.models.system import System

Combination = Mapping[int, int]
"""A combination of bare states with amplitudes 1 and -1, not normalised."""

LARGEST_SEARCHED = 64
"""States of a system up to which symmetries are looked for."""


@dataclass(frozen=True)
class Block:
    """Combinations of bare states that H maps among themselves.

    ``matrix[l, k]`` is how much of combination l is in H times combination k; ``norms`` are the
    squared norms of the combinations.
    """

    basis: tuple[Combination, ...]
    norms: tuple[int, ...]
    matrix: sp.ImmutableMatrix

    @property
    def states(self) -> tuple[int, ...]:
        """The bare states in it, counted from 0."""
        return tuple(sorted({state for combination in self.basis for state in combination}))


def derive_blocks(system: System) -> tuple[Block, ...]:
    """Split the bare states by the given symmetries, and by what H connects.

    Examples
    --------
    >>> from symqb.models import Bath, Register
    >>> r, w, g = Register(2, 2), *sp.symbols("w g")
    >>> H = w * r.number(1) + g * (r.plus(1) * r.minus(2) + r.minus(1) * r.plus(2))
    >>> [block.states for block in derive_blocks(System(H, [Bath("c", "T", r.x(1))]))]
    [(0,), (1, 2), (3,)]
    """
    return _blocks(system, _given(system))


def split_blocks(system: System) -> tuple[Block, ...]:
    """Split the bare states further, by symmetries that are looked for.

    First by those of H and all couplings, then each block by whatever its part of H has: levels
    need no more, and couplings connect the sectors.

    Examples
    --------
    >>> from symqb.models import Bath, Register
    >>> r, w, g = Register(2, 2), *sp.symbols("w g")
    >>> H = w * r.z(1) * r.z(2) + g * (r.x(1) + r.x(2))
    >>> system = System(H, [Bath("c", "T", r.x(1))])
    >>> [len(block.basis) for block in derive_blocks(system)]
    [4]
    >>> [block.basis for block in split_blocks(system)]
    [({0: 1, 3: 1}, {1: 1, 2: 1}), ({0: 1, 3: -1},), ({1: 1, 2: -1},)]
    """
    if system.size > LARGEST_SEARCHED:
        return derive_blocks(system)
    blocks = _blocks(system, [*_given(system), *_shared(system)])
    found = [piece for block in blocks for piece in _split(block)]
    return tuple(sorted(found, key=lambda block: block.states[0]))


def _given(system: System) -> list[SignedPermutation]:
    """The symmetries that the system was given."""
    found = []
    for symmetry in system.symmetries:
        step = {k: (row, int(sign)) for (row, k), sign in symmetry.todok().items()}
        image, signs = zip(*(step[k] for k in range(system.size)), strict=True)
        found.append(SignedPermutation(image, signs))
    return found


def _shared(system: System) -> list[SignedPermutation]:
    """Symmetries of H and of every coupling, which commute with each other and those given."""
    expanded = {place: sp.expand(x) for place, x in system.H.todok().items()}
    couplings = [S.todok() for bath in system.baths for S in bath_operators(bath)]
    known = _given(system)
    chosen: list[SignedPermutation] = []
    for generator in SymmetrySearch(system.size, [expanded], couplings):
        found = generator.power(max(generator.order // 2, 1))
        if found.own_inverse and all(map(found.commutes, [*known, *chosen])):
            chosen.append(found)
    return chosen


def _blocks(system: System, symmetries: Sequence[SignedPermutation]) -> tuple[Block, ...]:
    """The blocks within the sectors of symmetries that commute."""
    basis = _adapted(system.size, symmetries)
    norms = [sum(abs(s) for s in combination.values()) for combination in basis]
    columns: dict[int, dict[int, sp.Expr]] = {}
    for (row, column), entry in system.H.todok().items():
        columns.setdefault(column, {})[row] = entry
    images = [_image(columns, combination) for combination in basis]
    entries: dict[tuple[int, int], sp.Expr] = {}
    owner: dict[int, list[int]] = {state: [] for state in range(system.size)}
    for k, combination in enumerate(basis):
        for state in combination:
            owner[state].append(k)
    for k, image in enumerate(images):
        for row in dict.fromkeys(j for state in image for j in owner[state]):
            overlap = sum(sign * image.get(s, 0) for s, sign in basis[row].items())
            value = sp.expand(overlap / norms[row])
            if value != 0:
                entries[row, k] = value
    return tuple(sorted(_parts(basis, norms, entries), key=lambda block: block.states[0]))


def _parts(
    basis: Sequence[Combination], norms: Sequence[int], entries: Mapping[tuple[int, int], sp.Expr]
) -> Iterator[Block]:
    """Blocks of what the entries connect."""
    for part in components(len(basis), entries):
        matrix = [[entries.get((i, j), sp.S(0)) for j in part] for i in part]
        members = tuple(basis[k] for k in part), tuple(norms[k] for k in part)
        yield Block(*members, sp.ImmutableMatrix(matrix))


def _image(
    columns: Mapping[int, Mapping[int, sp.Expr]], combination: Combination
) -> dict[int, sp.Expr]:
    image: dict[int, sp.Expr] = {}
    for state, sign in combination.items():
        for row, entry in sorted(columns.get(state, {}).items()):
            image[row] = image.get(row, sp.S(0)) + sign * entry
    return image


def _adapted(size: int, symmetries: Sequence[SignedPermutation]) -> list[Combination]:
    """Combinations of bare states that every symmetry takes to themselves, up to a sign."""
    basis: list[dict[int, int]] = [{k: 1} for k in range(size)]
    for symmetry in symmetries:
        turned: list[dict[int, int]] = []
        known, seen = {_signed(c) for c in basis}, set[frozenset[Signed]]()
        for combination in basis:
            image = {symmetry.image[k]: s * symmetry.signs[k] for k, s in combination.items()}
            pair = frozenset((_signed(combination), _signed(image)))
            if len(pair) == 1:
                turned.append(combination)
                continue
            if _signed(image) not in known or set(image) & set(combination):
                raise NoClosedFormError(
                    "the symmetries do not commute with each other; give fewer of them, or use "
                    "evaluate(...) for numbers"
                )
            if pair not in seen:
                seen.add(pair)
                turned += [combination | {k: c * s for k, s in image.items()} for c in (1, -1)]
        basis = turned
    return list(basis)


Signed = frozenset[tuple[int, int]]


def _signed(combination: Combination) -> Signed:
    """A combination up to its sign: that of its first state positive."""
    first = combination[min(combination)]
    return frozenset((state, sign * first) for state, sign in combination.items())


def _split(block: Block) -> Iterator[Block]:
    """Split a block of more than two by symmetries of its own, as long as there are any."""
    size = len(block.basis)
    found = SymmetrySearch(size, [block.matrix.todok()], colours=block.norms) if size > 2 else ()
    for generator in found:
        turn = generator.power(max(generator.order // 2, 1))
        if turn.own_inverse:
            for piece in _sectors(block, turn):
                yield from _split(piece)
            return
    yield block


def _sectors(block: Block, turn: SignedPermutation) -> Iterator[Block]:
    """Split a block by a symmetry of its matrix that is its own inverse."""
    for parity in (1, -1):
        orbits: dict[int, dict[int, int]] = {}
        for k, (other, sign) in enumerate(zip(turn.image, turn.signs, strict=True)):
            if other > k:
                orbits[k] = {k: 1, other: sign * parity}
            elif other == k and sign == parity:
                orbits[k] = {k: 1}
        basis = [
            {s: a * c for k, a in orbit.items() for s, c in block.basis[k].items()}
            for orbit in orbits.values()
        ]
        norms = [len(orbit) * block.norms[k] for k, orbit in orbits.items()]
        entries = {}
        for row, first in enumerate(orbits):
            for column, orbit in enumerate(orbits.values()):
                value = sp.expand(sum(a * block.matrix[first, k] for k, a in orbit.items()))
                if value != 0:
                    entries[row, column] = value
        yield from _parts(basis, norms, entries)
