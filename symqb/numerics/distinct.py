"""How many different levels there are, exactly: characteristic polynomials over the rationals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mat, fmpq_poly

from symqb.numerics.block_structure import Block
from symqb.numerics.exact_inputs import Slot


def characteristic(block: Block, values: Mapping[Slot, Fraction]) -> Any:
    """The characteristic polynomial of a block at rational values."""
    exact = {slot: fmpq(v.numerator, v.denominator) for slot, v in values.items()}
    entries = block.rational(exact, fmpq(0)).ravel().tolist()
    return fmpq_mat(block.size, block.size, entries).charpoly()


def count_distinct(blocks: Iterable[Block], values: Mapping[Slot, Fraction]) -> int:
    """How many different eigenvalues some blocks have together, without a rounding.

    Examples
    --------
    >>> from symqb.numerics.block_structure import chain_blocks
    >>> values = {("J", 0): Fraction(0), ("Delta", 0): Fraction(1)}
    >>> values |= {("B", 0): Fraction(2), ("B", 1): Fraction(2)}
    >>> count_distinct(chain_blocks(2, False, True), values)
    3
    """
    known = fmpq_poly([1])
    for block in blocks:
        whole = characteristic(block, values)
        once = whole // whole.gcd(whole.derivative())
        known = known * (once // known.gcd(once))
    return int(known.degree())
