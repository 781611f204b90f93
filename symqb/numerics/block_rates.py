"""Rates between neighbouring sectors: squared matrix elements times thermal factors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.emit.numpy_runtime import bose
from symqb.models import BatteryModel
from symqb.numerics.chain_sectors import ChainNumbers, Convert, SectorLevels, solve_sector

Array = npt.NDArray[np.float64]

FORBIDDEN = 1e-28
"""Squared elements below this are rounding of zero: sigma has norm 1, amplitudes err by 1e-15."""


@dataclass(frozen=True)
class BathNumbers:
    """A bath at one point: its temperature and the sites it couples to, with their weights."""

    name: str
    temperature: float
    sites: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Spectrum:
    """All levels of a battery by sector, with what the baths drive between neighbouring sectors.

    ``squared[k][nu]`` holds :math:`|\\langle j|S_\\nu|i\\rangle|^2` for j in sector k + 1 (rows)
    and i in sector k (columns).
    """

    energies: tuple[Array, ...]
    parities: tuple[npt.NDArray[np.int64], ...]
    squared: tuple[Mapping[str, Array], ...]
    baths: tuple[BathNumbers, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Levels in each sector."""
        return tuple(len(part) for part in self.energies)

    @property
    def ground_sector(self) -> int:
        """The sector of the lowest level."""
        return int(np.argmin([part.min() for part in self.energies]))

    def gaps(self, k: int) -> Array:
        """Energies of sector k + 1 (rows) above those of sector k (columns)."""
        return np.subtract.outer(self.energies[k + 1], self.energies[k])

    def rates(self, k: int) -> tuple[Array, Array]:
        """Rates over kappa from sector k + 1 to k, and from k to k + 1, all baths together."""
        gaps = self.gaps(k)
        falling, rising = np.maximum(gaps, 0.0), np.maximum(-gaps, 0.0)
        size = np.abs(gaps)
        down, up = np.zeros_like(gaps), np.zeros_like(gaps)
        for bath in self.baths:
            squared = self.squared[k][bath.name]
            thermal = thermal_factor(size, bath.temperature)
            down += squared * (thermal + falling)
            up += squared * (thermal + rising)
        return down, np.ascontiguousarray(up.T)


def thermal_factor(size: Array, temperature: float) -> Array:
    """``w n(w)`` for w >= 0: the part of a rate that absorption and emission share."""
    with np.errstate(all="ignore"):
        return np.asarray(bose(size, np.float64(temperature)))


def site_elements(
    lower: SectorLevels, upper: SectorLevels, site: int, numbers: ChainNumbers
) -> Array:
    """Signed elements of sigma_x at one site, upper sector (rows) by lower sector (columns)."""
    bit = 1 << (numbers.spins - site)
    images = lower.states ^ bit
    rows = np.searchsorted(upper.states, images)
    inside = rows < len(upper.states)
    inside[inside] &= upper.states[rows[inside]] == images[inside]
    return np.asarray(upper.vectors[rows[inside]].T @ lower.vectors[inside])


class PairElements:
    """Elements between two neighbouring sectors; a site's mirror image costs no second product."""

    def __init__(self, lower: SectorLevels, upper: SectorLevels, numbers: ChainNumbers) -> None:
        self._lower, self._upper, self._numbers = lower, upper, numbers
        self._known: dict[int, Array] = {}

    def __getitem__(self, site: int) -> Array:
        if site not in self._known:
            other = self._numbers.spins + 1 - site
            if self._numbers.symmetric and other in self._known:
                sign = np.multiply.outer(self._upper.parities, self._lower.parities)
                self._known[site] = self._known[other] * sign
            else:
                self._known[site] = site_elements(self._lower, self._upper, site, self._numbers)
        return self._known[site]

    def bath(self, bath: BathNumbers, dissipation: str) -> list[Array]:
        """The coupling operators of a bath: one together, or one for each site."""
        weighted = [self[site] * weight for site, weight in bath.sites]
        return [np.sum(weighted, axis=0)] if dissipation == "collective" else weighted

    def squared(self, bath: BathNumbers, dissipation: str) -> Array:
        """Squared elements of a bath, exact zeros where rounding is all there is."""
        total = np.sum([np.square(part) for part in self.bath(bath, dissipation)], axis=0)
        total[total < FORBIDDEN] = 0.0
        return np.asarray(total)


def bath_numbers(model: BatteryModel, convert: Convert) -> tuple[BathNumbers, ...]:
    """The baths of a model at one point."""
    return tuple(
        BathNumbers(
            bath.name,
            convert(bath.temperature),
            tuple((site, convert(weight)) for site, weight in bath.couplings),
        )
        for bath in model.baths
    )


def solve_spectrum(model: BatteryModel, convert: Convert, advance: Any = None) -> Spectrum:
    """Levels and squared matrix elements of a battery; two sectors' vectors in memory at a time.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    convert : callable
        From the model's values to floats.
    advance : callable, optional
        Told the number of each sector when it is solved.
    """
    numbers = ChainNumbers.of(model.chain, convert)
    baths = bath_numbers(model, convert)
    energies: list[Array] = []
    parities: list[npt.NDArray[np.int64]] = []
    squared: list[dict[str, Array]] = []
    lower: SectorLevels | None = None
    for charge in range(numbers.charges):
        upper = solve_sector(numbers, charge)
        energies.append(upper.energies)
        parities.append(upper.parities)
        if lower is not None:
            elements = PairElements(lower, upper, numbers)
            squared.append({b.name: elements.squared(b, model.dissipation) for b in baths})
        lower = upper
        if advance is not None:
            advance(charge)
    return Spectrum(tuple(energies), tuple(parities), tuple(squared), baths)
