"""Numeric eigensystems of a chain, sector by sector: conserved charge, then reflection parity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import Chain

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Convert = Callable[[Any], float]


def converter(point: Mapping[str, float]) -> Convert:
    """A function from a model's values (numbers, names, expressions) to floats at one point.

    Examples
    --------
    >>> converter({"J": 2.0})("J")
    2.0
    """

    def convert(value: Any) -> float:
        if isinstance(value, str):
            return float(point[value])
        if hasattr(value, "free_symbols"):
            return float(value.subs({s: point[str(s)] for s in value.free_symbols}))
        return float(value)

    return convert


@dataclass(frozen=True)
class ChainNumbers:
    """A chain at one point: the couplings of its bonds and the fields at its sites, as floats."""

    spins: int
    exchange: tuple[float, ...]
    anisotropy: tuple[float, ...]
    fields: tuple[float, ...]
    symmetric: bool
    pairing: tuple[float, ...] = ()

    @classmethod
    def of(cls, chain: Chain, convert: Convert) -> ChainNumbers:
        """The numbers of a chain at a point."""
        return cls(
            chain.spins,
            tuple(convert(J) for J, _ in chain.bonds),
            tuple(convert(Delta) for _, Delta in chain.bonds),
            tuple(convert(B) for B in chain.fields),
            chain.reflection_symmetric,
            () if chain.conserves_magnetization else tuple(convert(eta) for eta in chain.eta),
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
    """

    charge: int
    states: Integers
    energies: Array
    parities: Integers
    vectors: Array


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


def _terms(numbers: ChainNumbers, states: Integers) -> tuple[Array, list[tuple[Any, Any, float]]]:
    """The diagonal of H, and its off-diagonal terms as (which states, their images, amplitude)."""
    n = numbers.spins
    z = [2.0 * ((states >> (n - 1 - site)) & 1) - 1.0 for site in range(n)]
    diagonal = sum((B * z[i] for i, B in enumerate(numbers.fields)), np.zeros(len(states)))
    terms: list[tuple[Any, Any, float]] = []
    for i, (J, Delta) in enumerate(zip(numbers.exchange, numbers.anisotropy, strict=True)):
        diagonal = diagonal + Delta * z[i] * z[i + 1]
        flips = (1 << (n - 1 - i)) | (1 << (n - 2 - i))
        opposite = np.flatnonzero(z[i] != z[i + 1])
        terms.append((opposite, states[opposite] ^ flips, J))
        if numbers.pairing:
            equal = np.flatnonzero(z[i] == z[i + 1])
            terms.append((equal, states[equal] ^ flips, numbers.pairing[i]))
    return diagonal / 2, terms


def _parity_block(
    numbers: ChainNumbers, states: Integers, parity: int
) -> tuple[Array, Integers, Array]:
    """H over the combinations of one parity; their leading states and how many states each has."""
    image = mirror(states, numbers.spins)
    kept = states <= image if parity == 1 else states < image
    leading = states[kept]
    orbit = np.where(leading == image[kept], 1.0, 2.0)
    diagonal, terms = _terms(numbers, leading)
    block = np.diag(diagonal)
    for columns, images, amplitude in terms:
        mirrored = mirror(images, numbers.spins)
        sign = np.where(images <= mirrored, 1.0, float(parity))
        target = np.minimum(images, mirrored)
        rows = np.searchsorted(leading, target)
        inside = rows < len(leading)
        inside[inside] &= leading[rows[inside]] == target[inside]
        rows, columns, sign = rows[inside], columns[inside], sign[inside]
        weight = amplitude * sign * np.sqrt(orbit[columns] / orbit[rows])
        np.add.at(block, (rows, columns), weight)
    return block, leading, orbit


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
        diagonal, terms = _terms(numbers, states)
        block = np.diag(diagonal)
        for columns, images, amplitude in terms:
            np.add.at(block, (np.searchsorted(states, images), columns), amplitude)
        energies, vectors = np.linalg.eigh(block)
        return SectorLevels(charge, states, energies, np.zeros(len(states), np.int64), vectors)
    energies_of, parities_of, columns_of = [], [], []
    for parity in (-1, 1):
        block, leading, orbit = _parity_block(numbers, states, parity)
        if not len(leading):
            continue
        energies, vectors = np.linalg.eigh(block)
        spread = np.zeros((len(states), len(leading)))
        scaled = vectors / np.sqrt(orbit)[:, None]
        spread[np.searchsorted(states, leading)] = scaled
        paired = orbit == 2.0
        images = mirror(leading[paired], numbers.spins)
        spread[np.searchsorted(states, images)] = parity * scaled[paired]
        energies_of.append(energies)
        parities_of.append(np.full(len(leading), parity, dtype=np.int64))
        columns_of.append(spread)
    return SectorLevels(
        charge,
        states,
        np.concatenate(energies_of),
        np.concatenate(parities_of),
        np.concatenate(columns_of, axis=1),
    )
