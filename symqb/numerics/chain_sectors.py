"""Numeric eigensystems of a chain, sector by sector: conserved charge, then reflection parity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import Chain
from symqb.numerics.exact_inputs import ExactPoint

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Extended = npt.NDArray[np.longdouble]

LARGEST_WHOLE = 300
"""Blocks up to this size are refined whole, larger ones where levels come close."""
CLOSE = 3e-4
SAME = 1e-10
"""Gaps over the largest energy: refined in large blocks below the first, left alone below the last.
"""


@dataclass(frozen=True)
class Convert:
    """From a model's values (numbers, names, expressions) to floats at one point.

    Examples
    --------
    >>> Convert({"J": 2.0})("J")
    2.0
    """

    point: Mapping[str, Any]

    def __call__(self, value: Any) -> float:
        """The nearest double."""
        return float(self._exact.wide(value)[0])

    def rest(self, value: Any) -> float:
        """What the nearest double leaves."""
        return self._exact.wide(value)[1]

    @cached_property
    def _exact(self) -> ExactPoint:
        return ExactPoint(self.point)


@dataclass(frozen=True)
class ChainNumbers:
    """A chain at one point: the couplings of its bonds and the fields at its sites, as floats.

    ``rest`` is the chain of what doubles leave of expressions in the model, to be added to this
    one; None where they leave nothing.
    """

    spins: int
    exchange: tuple[float, ...]
    anisotropy: tuple[float, ...]
    fields: tuple[float, ...]
    symmetric: bool
    pairing: tuple[float, ...] = ()
    rest: ChainNumbers | None = None

    @classmethod
    def of(cls, chain: Chain, convert: Convert) -> ChainNumbers:
        """The numbers of a chain at a point."""
        rest = cls._of(chain, convert.rest)
        values = (*rest.exchange, *rest.anisotropy, *rest.fields, *rest.pairing)
        return replace(cls._of(chain, convert), rest=rest if any(values) else None)

    @classmethod
    def _of(cls, chain: Chain, convert: Callable[[Any], float]) -> ChainNumbers:
        return cls(
            chain.spins,
            tuple(convert(J) for J, _ in chain.bonds),
            tuple(convert(Delta) for _, Delta in chain.bonds),
            tuple(convert(B) for B in chain.fields),
            chain.reflection_symmetric,
            () if chain.conserves_magnetization else tuple(convert(eta) for eta in chain.eta),
        )

    def replaced(self, slots: Mapping[tuple[str, int], float]) -> ChainNumbers:
        """The same chain with other numbers, 0 where none is given; H is linear in them."""

        def values(kind: str, count: int) -> tuple[float, ...]:
            return tuple(slots.get((kind, i), 0.0) for i in range(count))

        bonds = self.spins - 1
        return ChainNumbers(
            self.spins,
            values("J", bonds),
            values("Delta", bonds),
            values("B", self.spins),
            self.symmetric,
            values("eta", bonds) if self.pairing else (),
        )

    @property
    def charges(self) -> int:
        """How many values the conserved charge takes: up spins, or with XYZ bonds their parity."""
        return 2 if self.pairing else self.spins + 1

    @property
    def empty_energy(self) -> float:
        """The mean energy of ``|0..0>``, an eigenstate of XXZ bonds."""
        return (sum(self.anisotropy) - sum(self.fields)) / 2


@dataclass(frozen=True)
class SectorLevels:
    """All levels of one charge: both reflection parities side by side.

    ``states`` are bare states as integers (site 1 the highest bit), ascending; ``vectors`` has
    one row a bare state and one column a level.  ``parities`` is +1, -1, or 0 without reflection.
    ``rests`` is what rounding took from the energies.
    """

    charge: int
    states: Integers
    energies: Array
    parities: Integers
    vectors: Array
    rests: Array


def sector_states(numbers: ChainNumbers, charge: int) -> Integers:
    """The bare states of one charge, ascending.

    Examples
    --------
    >>> chain = ChainNumbers(3, (1.0, 1.0), (0.0, 0.0), (1.0, 1.0, 1.0), True)
    >>> sector_states(chain, 1).tolist()
    [1, 2, 4]
    """
    states = np.arange(2**numbers.spins, dtype=np.int64)
    up = np.sum([(states >> site) & 1 for site in range(numbers.spins)], axis=0)
    return np.asarray(states[(up % 2 if numbers.pairing else up) == charge])


def mirror(states: Integers, spins: int) -> Integers:
    """The states with left and right exchanged."""
    image = np.zeros_like(states)
    for site in range(spins):
        image |= ((states >> site) & 1) << (spins - 1 - site)
    return image


@dataclass(frozen=True)
class SparseBlock:
    """A symmetry block of H in extended precision, row by row.

    ``columns`` and ``values`` have one row a state and one column an entry, filled up with zeros.
    """

    diagonal: Extended
    columns: Integers
    values: Extended

    def dense(self) -> Array:
        """The whole block in doubles."""
        block = np.diag(self.diagonal.astype(np.float64))
        rows = np.broadcast_to(np.arange(len(block))[:, None], self.columns.shape)
        np.add.at(block, (rows, self.columns), self.values.astype(np.float64))
        return block

    def times(self, vectors: Extended) -> Extended:
        """The block times some columns."""
        product = self.diagonal[:, None] * vectors
        for k in range(self.columns.shape[1]):
            product += self.values[:, k, None] * vectors[self.columns[:, k]]
        return product


def bare_terms(
    numbers: ChainNumbers, states: Integers
) -> tuple[list[Array], list[tuple[Any, Any, float]]]:
    """H over bare states: signs of each field, then of each anisotropy, on twice the diagonal; and
    the other terms as (which states, their images, amplitude).
    """
    n = numbers.spins
    z = [2.0 * ((states >> (n - 1 - site)) & 1) - 1.0 for site in range(n)]
    signs = [*z, *(z[i] * z[i + 1] for i in range(n - 1))]
    terms: list[tuple[Any, Any, float]] = []
    for i, J in enumerate(numbers.exchange):
        flips = (1 << (n - 1 - i)) | (1 << (n - 2 - i))
        opposite = np.flatnonzero(z[i] != z[i + 1])
        terms.append((opposite, states[opposite] ^ flips, J))
        if numbers.pairing:
            equal = np.flatnonzero(z[i] == z[i + 1])
            terms.append((equal, states[equal] ^ flips, numbers.pairing[i]))
    return signs, terms


def _terms(numbers: ChainNumbers, states: Integers) -> tuple[Extended, list[tuple[Any, Any, Any]]]:
    """The diagonal of H and its other terms as :func:`bare_terms`, in extended precision."""
    signs, terms = bare_terms(numbers, states)
    diagonal = np.zeros(len(states), dtype=np.longdouble)
    for sign, value in zip(signs, (*numbers.fields, *numbers.anisotropy), strict=True):
        diagonal += np.longdouble(value) * sign
    wide = [(columns, images, np.longdouble(amplitude)) for columns, images, amplitude in terms]
    if numbers.rest is None:
        return diagonal / 2, wide
    left, leaves = _terms(numbers.rest, states)
    pairs = zip(wide, leaves, strict=True)
    return diagonal / 2 + left, [(*where, a + b) for (*where, a), (*_, b) in pairs]


def _sparse(size: int, diagonal: Extended, entries: list[tuple[Any, Any, Any]]) -> SparseBlock:
    """A block from its off-diagonal entries, lists of (rows, columns, values)."""
    rows, columns, values = (
        (np.concatenate(part) for part in zip(*entries, strict=True))
        if entries
        else (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.longdouble))
    )
    order = np.argsort(rows, kind="stable")
    rows, columns, values = rows[order], columns[order], values[order]
    counts = np.bincount(rows, minlength=size)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = int(counts.max(initial=0))
    filled = np.zeros((size, width), dtype=np.int64), np.zeros((size, width), dtype=np.longdouble)
    filled[0][rows, place], filled[1][rows, place] = columns, values
    return SparseBlock(diagonal, *filled)


def plain_block(numbers: ChainNumbers, states: Integers) -> SparseBlock:
    """H over all states of one charge."""
    diagonal, terms = _terms(numbers, states)
    entries = [
        (np.searchsorted(states, images), columns, np.full(len(columns), amplitude, np.longdouble))
        for columns, images, amplitude in terms
    ]
    return _sparse(len(states), diagonal, entries)


def _parity_block(
    numbers: ChainNumbers, states: Integers, parity: int
) -> tuple[SparseBlock, Integers, Array]:
    """H over the combinations of one parity; their leading states and how many states each has."""
    image = mirror(states, numbers.spins)
    kept = states <= image if parity == 1 else states < image
    leading = states[kept]
    orbit = np.where(leading == image[kept], 1.0, 2.0)
    diagonal, terms = _terms(numbers, leading)
    entries: list[tuple[Any, Any, Any]] = []
    for columns, images, amplitude in terms:
        mirrored = mirror(images, numbers.spins)
        sign = np.where(images <= mirrored, 1.0, float(parity))
        target = np.minimum(images, mirrored)
        rows = np.searchsorted(leading, target)
        inside = rows < len(leading)
        inside[inside] &= leading[rows[inside]] == target[inside]
        rows, columns, sign = rows[inside], columns[inside], sign[inside]
        ratio = (orbit[columns] / orbit[rows]).astype(np.longdouble)
        entries.append((rows, columns, amplitude * sign * np.sqrt(ratio)))
    return _sparse(len(leading), diagonal, entries), leading, orbit


def _solve(block: SparseBlock) -> tuple[Array, Array, Array]:
    """Energies, what rounding took from them, and vectors.

    LAPACK mixes levels that come close by its rounding over their gap: one step of first order,
    from residuals in extended precision, takes that back (Ogita and Aishima 2018).
    """
    energies, vectors = np.linalg.eigh(block.dense())
    size = len(energies)
    if size == 1:
        exact = block.times(np.ones((1, 1), dtype=np.longdouble))[0]
        return exact.astype(np.float64), (exact - exact.astype(np.float64)).astype(float), vectors
    scale = float(np.abs(energies).max()) or 1.0
    close = np.diff(energies) <= (np.inf if size <= LARGEST_WHOLE else CLOSE) * scale
    chosen = np.flatnonzero(np.append(close, False) | np.append(False, close))
    rests = np.zeros(size)
    if not len(chosen):
        return energies, rests, vectors
    wide = vectors[:, chosen].astype(np.longdouble)
    residual = block.times(wide) - wide * energies[chosen].astype(np.longdouble)
    norms = np.sum(wide * wide, axis=0)
    # the mean energy of a vector is right to the square of its error
    rests[chosen] = np.sum(wide * residual, axis=0) / norms
    refined = energies + rests
    mixing = vectors.T @ residual.astype(np.float64)
    gaps = refined[chosen][None, :] - refined[:, None]
    apart = np.abs(gaps) > SAME * scale
    turn = np.where(apart, mixing / np.where(apart, gaps, 1.0), 0.0)
    turn[chosen, np.arange(len(chosen))] = (0.5 - 0.5 * norms).astype(np.float64)
    vectors = vectors.copy()
    vectors[:, chosen] += vectors @ turn
    return refined, rests - (refined - energies), vectors


def solve_sector(numbers: ChainNumbers, charge: int) -> SectorLevels:
    """Levels of one charge, by reflection parity (odd first) where the chain is its own mirror.

    Parameters
    ----------
    numbers : ChainNumbers
        The chain at a point.
    charge : int
        The number of up spins; with XYZ bonds its parity.

    Returns
    -------
    SectorLevels
        Ascending energies within each parity.

    Examples
    --------
    >>> chain = ChainNumbers(2, (1.0,), (0.5,), (2.0, 2.0), True)
    >>> solve_sector(chain, 1).energies.tolist()
    [-1.25, 0.75]
    """
    states = sector_states(numbers, charge)
    if not numbers.symmetric:
        energies, rests, vectors = _solve(plain_block(numbers, states))
        plain = np.zeros(len(states), np.int64)
        return SectorLevels(charge, states, energies, plain, vectors, rests)
    energies_of, rests_of, parities_of, columns_of = [], [], [], []
    for parity in (-1, 1):
        block, leading, orbit = _parity_block(numbers, states, parity)
        if not len(leading):
            continue
        energies, rests, vectors = _solve(block)
        spread = np.zeros((len(states), len(leading)))
        scaled = vectors / np.sqrt(orbit)[:, None]
        spread[np.searchsorted(states, leading)] = scaled
        paired = orbit == 2.0
        images = mirror(leading[paired], numbers.spins)
        spread[np.searchsorted(states, images)] = parity * scaled[paired]
        energies_of.append(energies)
        rests_of.append(rests)
        parities_of.append(np.full(len(leading), parity, dtype=np.int64))
        columns_of.append(spread)
    return SectorLevels(
        charge,
        states,
        np.concatenate(energies_of),
        np.concatenate(parities_of),
        np.concatenate(columns_of, axis=1),
        np.concatenate(rests_of),
    )
