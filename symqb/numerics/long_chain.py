"""The steady state of chains too long for balls alone: doubles, checked, with a way to more digits.

Levels come refined from :mod:`symqb.numerics.chain_sectors`; which of them coincide is decided by
the one rule on energies in extended precision; where coherences join, the basis is turned so that
populations close.  What doubles cannot promise is handed to balls up to eight spins, and refused
beyond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel, DegenerateLevelsError
from symqb.numerics.ball_outputs import balanced_baths
from symqb.numerics.block_rates import Spectrum
from symqb.numerics.chain_sectors import ChainNumbers, Convert, plain_block, solve_sector
from symqb.numerics.degeneracy import ROUNDING, TOLERANCE, join
from symqb.numerics.exact_inputs import ExactInputs

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

EXTENDED = 1e-19
"""What energies and their rests together are right to, over the largest energy."""
SAME_SLOPE = 1e-12


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
    inputs = ExactInputs(model, point)
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
    slopes = _slopes(model, inputs, convert, spectrum, sorted({k for pair in pairs for k in pair}))
    together = [
        (a, b)
        for a, b in pairs
        if _coincide(
            abs((energies[b] - energies[a]) + (rests[b] - rests[a])),
            np.abs(slopes[b] - slopes[a]),
            scale,
        )
    ]
    return join_sparse(together)


def _coincide(gap: float, moved: Array, scale: float) -> bool:
    bound, noise = TOLERANCE * float(moved.sum()), 2 * EXTENDED * scale
    if gap - noise > bound:
        return False
    if gap + noise <= bound:
        return True
    if gap <= noise and (moved <= SAME_SLOPE * scale).all():
        # the gap is zero and no input moves it: equal by structure
        return True
    raise UndecidedError(f"levels come within {gap:.1e}")


def join_sparse(pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The groups that pairs connect, without those of one member."""
    members = sorted({k for pair in pairs for k in pair})
    place = {k: n for n, k in enumerate(members)}
    found = join(len(members), [(place[a], place[b]) for a, b in pairs])
    return [[members[n] for n in group] for group in found]


def _slopes(
    model: BatteryModel,
    inputs: ExactInputs,
    convert: Convert,
    spectrum: Spectrum,
    places: Sequence[int],
) -> dict[int, Array]:
    """x dE/dx of some levels for every input that is a float."""
    numbers = ChainNumbers.of(model.chain, convert)
    ends = np.concatenate([[0], np.cumsum(spectrum.sizes)])
    found: dict[int, Array] = {}
    for charge in range(numbers.charges):
        here = [k for k in places if ends[charge] <= k < ends[charge + 1]]
        if not here:
            continue
        sector = solve_sector(numbers, charge)
        vectors = sector.vectors[:, [k - ends[charge] for k in here]].astype(np.longdouble)
        rows = []
        for moved in inputs.rounded.values():
            block = plain_block(numbers.replaced(moved), sector.states)
            rows.append(np.sum(vectors * block.times(vectors), axis=0).astype(np.float64))
        table = np.array(rows).reshape(len(rows), len(here))
        found.update({k: table[:, n] for n, k in enumerate(here)})
    return found


def closest_mixing(spectrum: Spectrum, groups: Sequence[Sequence[int]]) -> float:
    """What refined vectors of one block may still be mixed by, over the promise for populations."""
    scale = max(float(np.abs(part).max()) for part in spectrum.energies) or 1.0
    worst, start = 0.0, 0
    grouped = {k: n for n, group in enumerate(groups) for k in group}
    for energies, rests, parities in zip(
        spectrum.energies, spectrum.rests, spectrum.parities, strict=True
    ):
        for parity in np.unique(parities):
            inside = np.flatnonzero(parities == parity)
            gaps = np.diff(energies[inside]) + np.diff(rests[inside])
            for n in np.flatnonzero(gaps < 1e-3 * scale):
                a, b = (start + int(k) for k in inside[n : n + 2])
                if a in grouped and grouped.get(a) == grouped.get(b):
                    continue
                worst = max(worst, EXTENDED * scale / max(float(gaps[n]), 1e-300))
        start += len(energies)
    return worst / (ROUNDING * sum(spectrum.sizes))


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
    found = []
    for k, squared in enumerate(spectrum.squared):
        driven = np.any([part > 0 for part in squared.values()], axis=0)
        rest = np.subtract.outer(low[k + 1], low[k])
        found.append(np.abs(spectrum.gaps(k)[driven] + rest[driven]))
    steps = np.diff(np.sort(np.concatenate(found)))
    scale = float(np.abs(energies).max()) or 1.0
    steps = steps[steps > max(reach, 4 * ROUNDING * scale)]
    difference = float(steps.min(initial=np.inf))
    smaller = min(best, difference)
    return {
        "smallest_gap": best,
        "smallest_frequency_difference": difference,
        "secular_ratio": kappa / smaller if np.isfinite(smaller) else 0.0,
    }


def balanced(model: BatteryModel, point: Mapping[str, Any], spectrum: Spectrum) -> set[str]:
    """Baths that exchange no heat."""
    temperatures = {bath.name: bath.temperature for bath in spectrum.baths}
    return balanced_baths(ExactInputs(model, point), temperatures)


def refuse_close(point: Mapping[str, Any], reason: str, spins: int) -> DegenerateLevelsError:
    """The error for a point that neither doubles nor digits can answer."""
    return DegenerateLevelsError(
        f"{reason} at {dict(point)}, too close for doubles, and chains of {spins} spins are too "
        "long for more digits; move off the point, by 1e-6 say"
    )
