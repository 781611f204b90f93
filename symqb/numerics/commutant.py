"""How many steady states there must be, whatever the rates: the commutant, without a rounding.

Where no bath is at zero temperature and no rate vanishes, a state is steady exactly if it is made
of operators that commute with the Hamiltonian and with every operator of a bath (Spohn; Frigerio).
They are counted modulo a large prime: numbers of a model are rationals, and nothing is tiny there.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from random import Random
from typing import Any

from flint import nmod, nmod_mat

from symqb.numerics.block_structure import chain_blocks
from symqb.numerics.exact_inputs import ExactInputs
from symqb.numerics.residues import PRIME, residue

SEED = 7
SUSPECT = 2.0**-40
"""Roots below this are asked whether they are zero."""
LARGEST_WHOLE = 32
"""The largest matrices over all of whose elements equations are solved."""


def least_count(inputs: ExactInputs) -> int | None:
    """Count the independent operators that commute with the Hamiltonian and what baths act by.

    A number that is a root stands for any: there may be more steady states, never fewer.  So there
    may where levels that differ coincide by the rule of :mod:`symqb.numerics.degeneracy`.

    Returns
    -------
    int or None
        None where the matrices are too large for it.  The chance that a prime and numbers drawn
        at random mislead is below 1e-12.

    Examples
    --------
    >>> from symqb.models import Bath, BatteryModel, Chain
    >>> chain = Chain(3, J=Fraction(1, 10**40), Delta=0, B0=(1, 2, 4))
    >>> least_count(ExactInputs.of(BatteryModel(chain, (Bath("L", 3, {1: 1}),)), {}))
    1
    >>> chain = Chain(3, J=(1, 0), Delta=0, B0=(1, 2, 4))
    >>> least_count(ExactInputs.of(BatteryModel(chain, (Bath("L", 3, {1: 1}),)), {}))
    2
    """
    draw = Random(SEED)
    matrices = [exact_hamiltonian(inputs), *chain.from_iterable(bath_operators(inputs).values())]
    size = matrices[0].nrows()
    element = _combination(matrices, draw) * _combination(matrices, draw)
    element += _combination(matrices, draw)
    start = _vectors(size, 1, draw)
    if _rank([power.entries() for power in _powers(element, start)]) == size:
        return _polynomials(element, matrices, draw)
    return count_commuting(matrices) if size <= LARGEST_WHOLE else None


def _residue(inputs: ExactInputs, value: Any) -> Any:
    """A number modulo the prime; a root as any number, the same wherever it stands."""
    exact = inputs.exact(value)
    if not isinstance(exact, Fraction) and exact.is_Rational:
        exact = Fraction(int(exact.p), int(exact.q))
    if isinstance(exact, Fraction):
        return residue(exact)
    if abs(inputs.ball(value)) < SUSPECT and exact.equals(0):
        return residue(0)
    return nmod(Random(f"{SEED} {exact}").randrange(1, PRIME), PRIME)


def exact_hamiltonian(inputs: ExactInputs) -> Any:
    """The Hamiltonian modulo the prime."""
    spins, conserved = inputs.model.chain.spins, inputs.model.chain.conserves_magnetization
    values = {slot: _residue(inputs, value) for slot, value in inputs.slots.items()}
    found = nmod_mat(2**spins, 2**spins, PRIME)
    for block in chain_blocks(spins, not conserved, False):
        entries = block.rational(values, nmod(0, PRIME))
        for i, row in enumerate(block.leading):
            for j, column in enumerate(block.leading):
                found[row, column] = entries[i, j]
    return found


def bath_operators(inputs: ExactInputs) -> dict[str, list[Any]]:
    """The operators of every bath modulo the prime; of sigma_y over i."""
    model = inputs.model
    found: dict[str, list[Any]] = {}
    for bath in model.baths:
        parts = [
            _flip(model.chain.spins, site, bath.axis) * int(_residue(inputs, weight))
            for site, weight in bath.couplings
        ]
        together = model.dissipation == "collective"
        found[bath.name] = [sum(parts[1:], parts[0])] if together else parts
    return found


def _flip(spins: int, site: int, axis: str) -> Any:
    size, bit = 2**spins, 1 << (spins - site)
    found = nmod_mat(size, size, PRIME)
    for state in range(size):
        found[state ^ bit, state] = 1 if axis == "x" or state & bit else PRIME - 1
    return found


def _combination(matrices: Sequence[Any], draw: Random) -> Any:
    parts = [matrix * draw.randrange(1, PRIME) for matrix in matrices]
    return sum(parts[1:], parts[0])


def _vectors(size: int, count: int, draw: Random) -> Any:
    entries = [draw.randrange(PRIME) for _ in range(size * count)]
    return nmod_mat(size, count, entries, PRIME)


def _powers(matrix: Any, vectors: Any) -> list[Any]:
    """Vectors times all powers of a matrix below its size."""
    found = [vectors]
    for _ in range(matrix.nrows() - 1):
        found.append(matrix * found[-1])
    return found


def _rank(rows: Sequence[Sequence[Any]]) -> int:
    entries = [int(x) for row in rows for x in row]
    return int(nmod_mat(len(rows), len(rows[0]), entries, PRIME).rank())


def _polynomials(element: Any, matrices: Sequence[Any], draw: Random) -> int:
    """Count the polynomials of an element of the algebra that commute with all matrices.

    Whatever commutes with the element, none of whose eigenvalues is double, is one.
    """
    size = int(element.nrows())
    vectors = _vectors(size, 3, draw)
    before = _powers(element, vectors)
    moved: list[list[Any]] = [[] for _ in range(size)]
    for matrix in matrices:
        after = _powers(element, matrix * vectors)
        for row, first, last in zip(moved, after, before, strict=True):
            row += (first - matrix * last).entries()
    return size - _rank(moved)


def count_commuting(matrices: Sequence[Any]) -> int:
    """Count the matrices that commute with all given ones, by an equation for every element."""
    size = int(matrices[0].nrows())
    found = nmod_mat(size * size * len(matrices), size * size, PRIME)
    for k, matrix in enumerate(matrices):
        entries = [(i, j, matrix[i, j]) for i in range(size) for j in range(size)]
        for i, j, value in entries:
            if value != 0:
                for m in range(size):
                    row = k * size * size
                    # X G, then -G X
                    found[row + m * size + j, m * size + i] += value
                    found[row + i * size + m, j * size + m] -= value
    return size * size - int(found.rank())
