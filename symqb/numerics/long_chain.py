"""The steady state of chains too long for balls alone: doubles, checked, with a way to more digits.

Levels come refined from :mod:`symqb.numerics.chain_sectors`; which of them coincide is decided by
the one rule on energies in extended precision; where coherences join, the basis is turned so that
populations close.  What doubles cannot promise is handed to balls up to eight spins, and refused
beyond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel, DegenerateLevelsError
from symqb.numerics.ball_balance import balanced_baths
from symqb.numerics.block_rates import Spectrum
from symqb.numerics.block_structure import chain_blocks
from symqb.numerics.chain_sectors import ChainNumbers, Convert, plain_block
from symqb.numerics.close_levels import EXTENDED, Sectors
from symqb.numerics.degeneracy import ROUNDING, TOLERANCE, join
from symqb.numerics.distinct import count_distinct
from symqb.numerics.exact_inputs import ExactInputs

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SAME_SLOPE = 1e-9
"""Slopes over the largest energy that differ by less are one."""
DIAGNOSTIC = 1e-3
"""The relative error up to which a smallest distance is given."""
MOST_EXTENDED = 12
"""Spins up to which all frequencies fit into memory in extended precision."""


class UndecidedError(Exception):
    """Doubles do not decide; the message says what."""


def largest_move(inputs: ExactInputs) -> float:
    """A bound for what a relative change of the inputs moves any gap by, per unit of change."""
    return 4.0 * sum(abs(v) for moved in inputs.rounded.values() for v in moved.values())


def coinciding(
    model: BatteryModel, point: Mapping[str, Any], spectrum: Spectrum, convert: Convert
) -> list[list[int]]:
    """Groups of more than one level that coincide, as places in the sectors one after the other.

    Raises
    ------
    UndecidedError
        Levels so close that extended precision does not tell.
    """
    inputs = ExactInputs.of(model, point)
    energies = np.concatenate(spectrum.energies)
    rests = np.concatenate(spectrum.rests)
    scale = float(np.abs(energies).max()) or 1.0
    reach = max(TOLERANCE * largest_move(inputs), 8 * EXTENDED * scale)
    order = np.lexsort((rests, energies))
    pairs: list[tuple[int, int]] = []
    for start, a in enumerate(order):
        for b in order[start + 1 :]:
            if (energies[b] - energies[a]) + (rests[b] - rests[a]) > reach:
                break
            pairs.append((int(a), int(b)))
    if not pairs:
        return []
    responses = _Responses(model, inputs, convert, spectrum, {k for pair in pairs for k in pair})
    noise = 2 * EXTENDED * scale
    gaps = {(a, b): abs((energies[b] - energies[a]) + (rests[b] - rests[a])) for a, b in pairs}
    # where no gap is seen the basis is arbitrary, and so are the slopes of single levels
    unseen = join_sparse([pair for pair, gap in gaps.items() if gap <= noise])
    # gaps that no input opens are exact if as many vanish at any point of such a chain
    merged = sum(responses.alike(group, scale) for group in unseen)
    numbers = ChainNumbers.of(model.chain, convert)
    hidden = sum(len(group) - 1 for group in unseen)
    if merged and merged != _structural(numbers) and hidden != _coincident(inputs):
        raise UndecidedError(f"levels come within {noise:.1e}")
    inside = {pair for group in unseen for pair in combinations(sorted(group), 2)}
    together = [
        pair
        for pair, gap in gaps.items()
        if tuple(sorted(pair)) in inside or _coincide(gap, responses.difference(*pair), noise)
    ]
    return join_sparse(together)


def _structural(numbers: ChainNumbers) -> int:
    """How many levels coincide with one before whatever the numbers, zeros and equal ones kept.

    Counted at numbers that have nothing in common but that.  As many coincide at any point; so
    where no more are indistinguishable, these coincide exactly.
    """
    generic: dict[float, float] = {0.0: 0.0}

    def chosen(values: tuple[float, ...]) -> tuple[float, ...]:
        for value in values:
            generic.setdefault(abs(value), 1 + (len(generic) * np.sqrt(2.0) + np.pi) % 1)
        return tuple(float(np.copysign(generic[abs(value)], value)) for value in values)

    other = replace(
        numbers,
        exchange=chosen(numbers.exchange),
        anisotropy=chosen(numbers.anisotropy),
        fields=chosen(numbers.fields),
        pairing=chosen(numbers.pairing),
    )
    sectors = [Sectors(other).solve(charge) for charge in range(other.charges)]
    energies = np.concatenate([sector.energies for sector in sectors])
    rests = np.concatenate([sector.rests for sector in sectors])
    order = np.lexsort((rests, energies))
    gaps = np.diff(energies[order]) + np.diff(rests[order])
    return int(np.sum(gaps <= 4 * EXTENDED * float(np.abs(energies).max())))


def _coincident(inputs: ExactInputs) -> int | None:
    """How many levels coincide exactly with one before; None where that takes too long."""
    chain = inputs.model.chain
    if chain.spins > MOST_EXTENDED:
        return None
    values = {slot: inputs.value(value) for slot, value in inputs.slots.items()}
    if not all(isinstance(value, Fraction) for value in values.values()):
        return None
    pairing = not chain.conserves_magnetization
    blocks = chain_blocks(chain.spins, pairing, chain.reflection_symmetric)
    return int(2**chain.spins - count_distinct(blocks, values))


def _coincide(gap: float, moved: Array, noise: float) -> bool:
    bound = TOLERANCE * float(moved.sum())
    if gap - noise > bound:
        return False
    if gap + noise <= bound:
        return True
    raise UndecidedError(f"levels come within {gap:.1e}")


def join_sparse(pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The groups that pairs connect, without those of one member."""
    members = sorted({k for pair in pairs for k in pair})
    place = {k: n for n, k in enumerate(members)}
    found = join(len(members), [(place[a], place[b]) for a, b in pairs])
    return [[members[n] for n in group] for group in found]


class _Responses:
    """x dH/dx between some levels of each sector, for every input x that is a float."""

    def __init__(
        self,
        model: BatteryModel,
        inputs: ExactInputs,
        convert: Convert,
        spectrum: Spectrum,
        places: set[int],
    ) -> None:
        numbers = ChainNumbers.of(model.chain, convert)
        sectors = spectrum.sectors or Sectors(numbers)
        self._ends = np.concatenate([[0], np.cumsum(spectrum.sizes)])
        self._count = len(inputs.rounded)
        self._row: dict[int, int] = {}
        self._matrices: dict[int, list[Array]] = {}
        for charge in range(numbers.charges):
            here = sorted(k for k in places if self._sector(k) == charge)
            if not here:
                continue
            self._row.update({k: n for n, k in enumerate(here)})
            sector = sectors.solve(charge)
            vectors = sector.vectors[:, [k - self._ends[charge] for k in here]]
            wide = vectors.astype(np.longdouble)
            self._matrices[charge] = [
                vectors.T
                @ plain_block(numbers.replaced(moved), sector.states).times(wide).astype(np.float64)
                for moved in inputs.rounded.values()
            ]

    def _sector(self, place: int) -> int:
        return int(np.searchsorted(self._ends, place, side="right")) - 1

    def difference(self, a: int, b: int) -> Array:
        """How far each input moves two levels with a visible gap apart."""
        return np.abs(self._slopes(a) - self._slopes(b))

    def _slopes(self, place: int) -> Array:
        row, matrices = self._row[place], self._matrices[self._sector(place)]
        return np.array([matrix[row, row] for matrix in matrices])

    def alike(self, group: Sequence[int], scale: float) -> int:
        """How many levels of a group without a visible gap move as one before them does."""
        slopes: list[float] = []
        # inputs in a proportion that no two levels have by chance
        weights = [1 + (n * np.sqrt(2.0)) % 1 for n in range(self._count)]
        for charge in {self._sector(k) for k in group}:
            rows = [self._row[k] for k in group if self._sector(k) == charge]
            whole = np.zeros((len(rows), len(rows)))
            for weight, matrix in zip(weights, self._matrices[charge], strict=True):
                whole += weight * matrix[np.ix_(rows, rows)]
            slopes += np.linalg.eigvalsh(whole).tolist()
        return int(np.sum(np.diff(np.sort(slopes)) <= SAME_SLOPE * scale))


def distances(
    spectrum: Spectrum, groups: Sequence[Sequence[int]], kappa: float, reach: float
) -> dict[str, float]:
    """``smallest_gap``, ``smallest_frequency_difference`` and ``secular_ratio`` in doubles."""
    energies = np.concatenate(spectrum.energies)
    low = spectrum.rests or tuple(np.zeros(size) for size in spectrum.sizes)
    rests = np.concatenate(low)
    ends = np.concatenate([[0], np.cumsum(spectrum.sizes)])
    grouped = np.arange(len(energies))
    for group in groups:
        grouped[list(group)] = group[0]
    best = np.inf
    blocks = [np.arange(a, b) for a, b in pairwise(ends)]
    if len(blocks) > 2:
        across = [np.concatenate(pair) for pair in zip(blocks[:-2], blocks[2:], strict=True)]
    else:
        across = []
    for members in [*blocks, *across]:
        ordered = members[np.lexsort((rests[members], energies[members]))]
        apart = grouped[ordered[1:]] != grouped[ordered[:-1]]
        gaps = np.diff(energies[ordered]) + np.diff(rests[ordered])
        best = min(best, float(gaps[apart].min(initial=np.inf)))
    unit = EXTENDED if spectrum.rests else ROUNDING
    if 2 * unit * float(np.abs(energies).max()) > DIAGNOSTIC * best:
        return {}
    found = {"smallest_gap": best}
    difference = _smallest_difference(spectrum, reach)
    if difference is not None:
        found["smallest_frequency_difference"] = difference
        smaller = min(best, difference)
        found["secular_ratio"] = kappa / smaller if np.isfinite(smaller) else 0.0
    return found


def _smallest_difference(spectrum: Spectrum, reach: float) -> float | None:
    """Between frequencies of driven transitions that do not coincide; None where not told."""
    spins = int(np.log2(sum(spectrum.sizes)))
    energies: list[Any] = list(spectrum.energies)
    unit = ROUNDING
    if spectrum.rests and spins <= MOST_EXTENDED:
        pairs = zip(energies, spectrum.rests, strict=True)
        energies, unit = [part.astype(np.longdouble) + rest for part, rest in pairs], EXTENDED
    found = []
    for k, squared in enumerate(spectrum.squared):
        driven = np.any([part > 0 for part in squared.values()], axis=0)
        found.append(np.abs(np.subtract.outer(energies[k + 1], energies[k])[driven]))
    whole = np.concatenate(found)
    whole.sort()
    steps = np.diff(whole).astype(np.float64)
    noise = 4 * unit * max(float(np.abs(part).max()) for part in spectrum.energies)
    steps = steps[steps > noise]
    smallest = float(steps.min(initial=np.inf))
    # within reach of the inputs' rounding the rule asks for more than is known here
    told = smallest > reach and noise <= DIAGNOSTIC * smallest
    return smallest if told else None


def balanced(model: BatteryModel, point: Mapping[str, Any], spectrum: Spectrum) -> set[str]:
    """Baths that exchange no heat."""
    temperatures = {bath.name: bath.temperature for bath in spectrum.baths}
    return balanced_baths(ExactInputs.of(model, point), temperatures)


def refuse_close(reason: str, spins: int) -> DegenerateLevelsError:
    """The error for a point that neither doubles nor digits can answer."""
    return DegenerateLevelsError(
        f"{reason}, too close for doubles, and chains of {spins} spins are too "
        "long for more digits; move off the point, by 1e-6 say"
    )
