"""How many different levels there are: characteristic polynomials modulo a large prime."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from flint import nmod_mat, nmod_poly

from symqb.numerics.block_structure import Block
from symqb.numerics.exact_inputs import Slot
from symqb.numerics.residues import PRIME, residue


def characteristic(block: Block, values: Mapping[Slot, Fraction]) -> Any:
    """The characteristic polynomial of a block at rational values, modulo the prime."""
    exact = {slot: residue(value) for slot, value in values.items()}
    entries = [int(x) for x in block.rational(exact, residue(0)).ravel()]
    return nmod_mat(block.size, block.size, entries, PRIME).charpoly()


def count_distinct(blocks: Iterable[Block], values: Mapping[Slot, Fraction]) -> int:
    """How many different eigenvalues some blocks have together, without a rounding.

    Two that differ count as one only if the prime divides what tells them apart, which it does by
    a chance below 1e-12.

    Examples
    --------
    >>> from symqb.numerics.block_structure import chain_blocks
    >>> values = {("J", 0): Fraction(0), ("Delta", 0): Fraction(1)}
    >>> values |= {("B", 0): Fraction(2), ("B", 1): Fraction(2)}
    >>> count_distinct(chain_blocks(2, False, True), values)
    3
    """
    known = nmod_poly([1], PRIME)
    for block in blocks:
        whole = characteristic(block, values)
        once = whole // whole.gcd(whole.derivative())
        known = known * (once // known.gcd(once))
    return int(known.degree())
