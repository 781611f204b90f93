"""Populations that hang on matrix elements which doubles lose: seen by moving the elements.

LAPACK's vectors are right to a rounding of the largest component, so that an element of a coupling
operator far below that operator's norm has few digits, or none.  Between sites that weak bonds
connect such elements may be all that feeds a level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from symqb.models import SteadyStateError
from symqb.numerics.block_rates import Spectrum

Array = npt.NDArray[np.float64]

MOST_MOVED = 12
"""Spins up to which elements are moved: it costs a second elimination, a quarter of all time."""
ROUNDING = 2.0**-52
SLOPE = 4.0
"""What the promise grants to populations for the largest energy over the lowest temperature."""


def moved_elements(spectrum: Spectrum) -> Spectrum:
    """Move every element by what rounding may have done to it, up and down in no pattern.

    Elements of the Fock basis are products of accurate amplitudes and stay.
    """
    random = np.random.default_rng(0)
    squared: list[dict[str, Array]] = []
    for k, parts in enumerate(spectrum.squared):
        gaps = spectrum.gaps(k)
        signs = random.integers(0, 2, gaps.shape) * 2.0 - 1.0
        squared.append(
            {
                bath.name: parts[bath.name]
                * np.square(1 + signs * bath.lost(parts[bath.name], gaps))
                for bath in spectrum.baths
            }
        )
    return replace(spectrum, squared=tuple(squared))


def check_elements(
    spectrum: Spectrum,
    populations: Sequence[Array],
    solve: Callable[[Spectrum], Sequence[Array]],
) -> None:
    """Refuse populations that change by more than their promise when elements move.

    Parameters
    ----------
    spectrum : Spectrum
    populations : sequence of array
        Sector by sector.
    solve : callable
        From a spectrum to its populations, in the same way.

    Raises
    ------
    SteadyStateError
        They do.
    """
    if spectrum.exact_elements:
        return
    before = np.concatenate(list(populations))
    after = np.concatenate(list(solve(moved_elements(spectrum))))
    with np.errstate(all="ignore"):
        change = np.where(before == after, 0.0, np.abs(after / before - 1))
    coldest = min((b.temperature for b in spectrum.baths if b.temperature), default=np.inf)
    largest = max(float(np.abs(energies).max()) for energies in spectrum.energies)
    granted = ROUNDING * (len(before) + SLOPE * largest / coldest)
    worst = int(np.argmax(np.where(np.isnan(change), np.inf, change)))
    if not change[worst] <= granted:
        spins = len(before).bit_length() - 1
        raise SteadyStateError(
            f"a population of {before[worst]:.1e} hangs on matrix elements that are lost in "
            f"rounding: as these move it changes by {change[worst]:.1e} of itself, and chains of "
            f"{spins} spins are too long for more digits; raise the lowest temperature, or the "
            "weak bonds"
        )
