"""Which levels have energy zero exactly, proved by the ranks of the Hamiltonian's blocks."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from flint import fmpq, fmpq_mat
from sympy.polys.constructor import construct_domain
from sympy.polys.matrices import DomainMatrix

from symqb.numerics.block_structure import Block, chain_blocks
from symqb.numerics.exact_inputs import ExactInputs
from symqb.numerics.levels import Levels

LARGEST_WITH_ROOTS = 12
"""Blocks of more states than this take SymPy too long where a number of the model is a root."""


def zero_levels(levels: Levels) -> frozenset[int]:
    """Find the levels whose energy is exactly zero; more bits may find more of them.

    In a block as many energies are zero as its rank is short of its size.  Where as many balls
    hold zero they are these; where more do, none of the block is told.

    Parameters
    ----------
    levels : Levels

    Returns
    -------
    frozenset of int
        Places of levels, all of them proved to be zero.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> from symqb.numerics.levels import solve_levels
    >>> levels = solve_levels(xxz_model(2), dict(B0=2.0, J=1.0, Delta=1.0, epsilon=0.5))
    >>> sorted(zero_levels(levels))
    []
    >>> levels = solve_levels(xxz_model(2), dict(B0=2.0, J=0.0, Delta=0.0, epsilon=0.5))
    >>> sorted(zero_levels(levels))
    [2, 3]
    """
    open_: dict[tuple[int, int], list[int]] = {}
    for k, energy in enumerate(levels.energies):
        if energy.contains(0):
            open_.setdefault((levels.charges[k], levels.parities[k]), []).append(k)
    if not open_:
        return frozenset()
    chain = levels.model.chain
    blocks = chain_blocks(
        chain.spins, not chain.conserves_magnetization, chain.reflection_symmetric
    )
    found: set[int] = set()
    for block in blocks:
        places = open_.get((block.charge, block.parity), [])
        if places and block.size - _rank(block, levels.inputs) == len(places):
            found.update(places)
    return frozenset(found)


def _rank(block: Block, inputs: ExactInputs) -> int:
    """Count the energies of a block that are not zero; at least as many where it is not told."""
    used = {term[2] for term in block.terms}
    values = {slot: inputs.exact(inputs.slots[slot]) for slot in used}
    exact = {slot: _rational(value) for slot, value in values.items()}
    if all(value is not None for value in exact.values()):
        entries = block.rational(exact, fmpq(0)).ravel().tolist()
        return int(fmpq_mat(block.size, block.size, entries).rank())
    if block.size > LARGEST_WITH_ROOTS:
        return block.size
    # a sum of roots that SymPy does not see to be zero makes the rank too large, never too small
    field, numbers = construct_domain(
        [sp.sympify(value) for value in values.values()], extension=True, field=True
    )
    matrix = block.rational(dict(zip(values, numbers, strict=True)), field.zero)
    return int(DomainMatrix(matrix.tolist(), matrix.shape, field).rank())


def _rational(value: Fraction | sp.Expr) -> fmpq | None:
    if isinstance(value, Fraction):
        return fmpq(value.numerator, value.denominator)
    return fmpq(int(value.p), int(value.q)) if value.is_Rational else None
