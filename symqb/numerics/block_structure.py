"""Blocks of a chain's Hamiltonian as integer patterns: which slot stands where, whatever its value.

A block holds the bare states of one conserved charge and one reflection parity.  Its entries are
sums of the model's numbers times small rationals; over states that are not normalised they are
rational, so that characteristic polynomials are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.numerics.exact_inputs import Slot

Term = tuple[int, int, Slot, Fraction, int]
"""Row, column, slot, factor, and 1, 0 or -1: times the root of 2 to this power if normalised."""


@dataclass(frozen=True)
class Block:
    """One symmetry block.

    Attributes
    ----------
    charge, parity : int
        Up spins (XYZ bonds: their parity), and +1, -1 or 0 without reflection.
    leading : tuple of int
        One bare state of each combination, site 1 the highest bit.
    images : tuple of int
        Its mirror image; the same state where the combination has one member.
    terms : tuple of Term
        What the Hamiltonian is the sum of.
    """

    charge: int
    parity: int
    leading: tuple[int, ...]
    images: tuple[int, ...]
    terms: tuple[Term, ...]

    @property
    def size(self) -> int:
        """How many levels the block has."""
        return len(self.leading)

    def hamiltonian(
        self, values: Mapping[Slot, Any], zero: Any, root: Any
    ) -> npt.NDArray[np.object_]:
        """The block, symmetric; ``root`` is the square root of 2 in the numbers wanted."""
        found = np.full((self.size, self.size), zero, dtype=object)
        powers = {-1: root / 2, 0: None, 1: root}
        for row, column, slot, factor, half in self.terms:
            term = values[slot] * factor.numerator / factor.denominator
            power = powers[half]
            found[row, column] = found[row, column] + (term if power is None else term * power)
        return found

    def rational(self, values: Mapping[Slot, Any], zero: Any) -> npt.NDArray[np.object_]:
        """A similar block over states that are not normalised: no root, not symmetric."""
        found = np.full((self.size, self.size), zero, dtype=object)
        for row, column, slot, factor, half in self.terms:
            weight = factor * Fraction(2) ** half
            term = values[slot] * weight.numerator / weight.denominator
            found[row, column] = found[row, column] + term
        return found


def reflected(state: int, spins: int) -> int:
    """A bare state with left and right exchanged."""
    return int(format(state, f"0{spins}b")[::-1], 2)


def _images(state: int, spins: int, *, pairing: bool) -> list[tuple[int, Slot, Fraction]]:
    """``H |state>``: bare state, slot and factor."""
    z = [2 * ((state >> (spins - 1 - site)) & 1) - 1 for site in range(spins)]
    found: list[tuple[int, Slot, Fraction]] = [
        (state, ("B", site), Fraction(z[site], 2)) for site in range(spins)
    ]
    for i in range(spins - 1):
        found.append((state, ("Delta", i), Fraction(z[i] * z[i + 1], 2)))
        flipped = state ^ (3 << (spins - 2 - i))
        if z[i] != z[i + 1]:
            found.append((flipped, ("J", i), Fraction(1)))
        elif pairing:
            found.append((flipped, ("eta", i), Fraction(1)))
    return found


def _block(states: list[int], charge: int, parity: int, spins: int, pairing: bool) -> Block:
    if parity == 0:
        kept = [(s, s) for s in states]
    else:
        pairs = ((s, reflected(s, spins)) for s in states)
        kept = [(s, m) for s, m in pairs if s < m or (s == m and parity == 1)]
    leading = tuple(s for s, _ in kept)
    index = {s: k for k, s in enumerate(leading)}
    orbit = [1 if s == m else 2 for s, m in kept]
    terms: dict[tuple[int, int, Slot], Fraction] = {}
    for column, state in enumerate(leading):
        for image, slot, factor in _images(state, spins, pairing=pairing):
            sign, target = 1, image
            if parity:
                mirrored = reflected(image, spins)
                if mirrored < image:
                    sign, target = parity, mirrored
            row = index.get(target)
            if row is not None:
                key = row, column, slot
                terms[key] = terms.get(key, Fraction(0)) + sign * factor
    listed = tuple(
        # the root of orbit over orbit: 2, 1 or 1/2 under the root
        (row, column, slot, factor, orbit[column] - orbit[row])
        for (row, column, slot), factor in terms.items()
        if factor
    )
    return Block(charge, parity, leading, tuple(m for _, m in kept), listed)


@lru_cache(maxsize=16)
def chain_blocks(spins: int, pairing: bool, symmetric: bool) -> tuple[Block, ...]:
    """All blocks of a chain, by charge, then parity (odd first), as chain_sectors has them.

    Examples
    --------
    >>> [(b.charge, b.parity, b.size) for b in chain_blocks(3, False, True)]
    [(0, 1, 1), (1, -1, 1), (1, 1, 2), (2, -1, 1), (2, 1, 2), (3, 1, 1)]
    """
    found: list[Block] = []
    for charge in range(2 if pairing else spins + 1):
        states = [
            s
            for s in range(2**spins)
            if (s.bit_count() % 2 if pairing else s.bit_count()) == charge
        ]
        for parity in (-1, 1) if symmetric else (0,):
            block = _block(states, charge, parity, spins, pairing)
            if block.size:
                found.append(block)
    return tuple(found)
