"""Rates between neighbouring sectors: squared matrix elements times thermal factors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.emit.targets.numpy.runtime import bose
from symqb.models import Bath, BatteryModel, DomainError, SpectralDensity, is_formula
from symqb.numerics.chain_sectors import ChainNumbers, Convert, SectorLevels
from symqb.numerics.close_levels import Sectors

Array = npt.NDArray[np.float64]

SMALLEST_FREQUENCY = 1e-150
"""Where a spectral density is evaluated for its limit at zero frequency."""
SMALL_FREQUENCY = 1e-100
"""A larger one beside it, which tells a limit from what grows or falls without end."""
STEEPEST = 1e-6
"""Slope of the logarithm, between the two, up to which a spectral density over the Ohmic one has a
limit; beyond, it is a power that diverges or vanishes."""
SEEN, LEAST_POWER = (1e-7, 1e-5), 0.05
"""Frequencies at which a density that is rounded to zero below is seen for what it is: it vanishes
beside the Ohmic one as no less than this power."""
NO_TAIL = 700.0
"""Frequencies over the temperature up to which the exponential does not overflow."""
FORBIDDEN = 1e-28
"""Squared elements over those of the weights below this are rounding of zero."""
LOST = 2.0**-51
"""What an element may be off, over the weights: vectors are right to some roundings of one."""


@dataclass(frozen=True)
class BathNumbers:
    """A bath at one point: its temperature and the sites it couples to, with their weights."""

    name: str
    temperature: float
    sites: tuple[tuple[int, float], ...]
    axis: str = "x"
    density: Callable[[Array], Array] | None = None

    @property
    def negligible(self) -> float:
        """Squared elements below this are rounding of zero: sigma has norm 1."""
        return FORBIDDEN * sum(abs(weight) for _, weight in self.sites) ** 2

    def lost(self, squared: Array, gaps: Array) -> Array:
        """The share that rounding of the vectors may take of elements, given their squares."""
        norm = sum(abs(weight) for _, weight in self.sites)
        with np.errstate(all="ignore"):
            share = LOST * norm * np.sqrt(self.over_ohmic(gaps) / squared)
        return np.where(squared > 0, share, 0.0)

    def over_ohmic(self, size: Array) -> Array | float:
        """The spectral density over that of an Ohmic bath, at frequencies of either sign."""
        if self.density is None:
            return 1.0
        positive = np.maximum(np.abs(size), SMALLEST_FREQUENCY)
        with np.errstate(all="ignore"):
            try:
                values = np.asarray(self.density(positive), dtype=np.float64)
            except (TypeError, ValueError) as error:
                raise DomainError(
                    f"the spectral density of bath {self.name} gives no numbers for an array of "
                    f"frequencies ({error}); give a function of an array, or a SymPy Lambda"
                ) from None
            fits = values.shape in ((), positive.shape)
            ratio = values / positive if fits else np.array(np.nan)
        if not np.isfinite(ratio).all() or (ratio < 0).any():
            raise DomainError(
                f"the spectral density of bath {self.name} is not finite and >= 0 at every "
                "frequency here, or not one number for each; check its definition"
            )
        if not (np.abs(size) < SMALLEST_FREQUENCY).any():
            return ratio
        limit = self._limit()
        return np.where(np.abs(size) < SMALLEST_FREQUENCY, limit, ratio)

    def _limit(self) -> float:
        """The ratio at frequency zero."""

        def ratio(frequency: float) -> float:
            return float(np.ravel(self.over_ohmic(np.array([frequency])))[0])

        return float(limit_at_zero(self.name, ratio))


def limit_at_zero(bath: str, ratio: Callable[[float], Any]) -> Any:
    """Take the limit of a spectral density over the Ohmic one from its values near zero.

    Parameters
    ----------
    bath : str
        Its name.
    ratio : callable
        From a positive frequency to the ratio there.

    Raises
    ------
    DomainError
        It grows without end, or its values are no more than rounding there.
    """
    near, far = ratio(SMALLEST_FREQUENCY), ratio(SMALL_FREQUENCY)
    if near > 0 and far > 0:
        slope = _slope(near, far, SMALLEST_FREQUENCY / SMALL_FREQUENCY)
        if slope < -STEEPEST:
            raise DomainError(
                f"the spectral density of bath {bath} makes rates diverge at a frequency of 0, "
                "which occurs here; move off the point, or take s >= 1"
            )
        return near if slope <= STEEPEST else 0 * near
    small, larger = (ratio(frequency) for frequency in SEEN)
    if small > 0 and larger > 0 and _slope(small, larger, SEEN[0] / SEEN[1]) < LEAST_POWER:
        raise DomainError(
            f"the spectral density of bath {bath} is rounded to 0 near the frequency 0, which "
            "occurs here; write it with numpy.log1p or expm1, or give a SymPy Lambda"
        )
    return 0 * near


def _slope(near: Any, far: Any, apart: float) -> float:
    return math.log(float(near / far)) / math.log(apart)


@dataclass(frozen=True)
class Spectrum:
    """All levels of a battery by sector, with what the baths drive between neighbouring sectors.

    ``squared[k][nu]`` holds :math:`|\\langle j|S_\\nu|i\\rangle|^2` for j in sector k + 1 (rows)
    and i in sector k (columns), times the bath's spectral density over the Ohmic one.  ``rests`` is
    what rounding took from the energies, where that is known; ``sectors`` gives the levels again,
    with their vectors.  ``exact_elements`` says that small ones have all digits too.
    """

    energies: tuple[Array, ...]
    parities: tuple[npt.NDArray[np.int64], ...]
    squared: tuple[Mapping[str, Array], ...]
    baths: tuple[BathNumbers, ...]
    empty_energy: float = 0.0
    rests: tuple[Array, ...] = ()
    sectors: Sectors | None = None
    exact_elements: bool = False

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
        if not temperature > 0 or size.max(initial=0.0) > NO_TAIL * temperature:
            return np.asarray(bose(size, np.float64(temperature)))
        # the same without the tail, which takes half of the time
        found = np.asarray(np.expm1(size / temperature))
        np.divide(size, found, out=found)
        found[~(size > 1e-300 * temperature)] = temperature
        return found


def site_elements(
    lower: SectorLevels, upper: SectorLevels, site: int, numbers: ChainNumbers, axis: str = "x"
) -> Array:
    """Signed elements of sigma at one site, upper sector (rows) by lower sector (columns).

    For sigma_y the elements are i times the real numbers returned.
    """
    bit = 1 << (numbers.spins - site)
    images = lower.states ^ bit
    rows = np.searchsorted(upper.states, images)
    inside = rows < len(upper.states)
    inside[inside] &= upper.states[rows[inside]] == images[inside]
    images_of = lower.vectors[inside]
    if axis == "y":
        images_of = np.where(lower.states[inside, None] & bit, 1.0, -1.0) * images_of
    return np.asarray(upper.vectors[rows[inside]].T @ images_of)


class PairElements:
    """Elements between two neighbouring sectors; a site's mirror image costs no second product."""

    def __init__(self, lower: SectorLevels, upper: SectorLevels, numbers: ChainNumbers) -> None:
        self._lower, self._upper, self._numbers = lower, upper, numbers
        self._known: dict[tuple[int, str], Array] = {}

    def at(self, site: int, axis: str) -> Array:
        """Signed elements at one site; see :func:`site_elements`."""
        if (site, axis) not in self._known:
            other = self._known.get((self._numbers.spins + 1 - site, axis))
            if self._numbers.symmetric and other is not None:
                sign = np.multiply.outer(self._upper.parities, self._lower.parities)
                self._known[site, axis] = other * sign
            else:
                self._known[site, axis] = site_elements(
                    self._lower, self._upper, site, self._numbers, axis
                )
        return self._known[site, axis]

    def bath(self, bath: BathNumbers, dissipation: str) -> list[Array]:
        """The coupling operators of a bath: one together, or one for each site."""
        weighted = [self.at(site, bath.axis) * weight for site, weight in bath.sites]
        return [np.sum(weighted, axis=0)] if dissipation == "collective" else weighted

    def squared(self, bath: BathNumbers, dissipation: str) -> Array:
        """Squared elements of a bath, exact zeros where rounding is all there is."""
        total = np.zeros((len(self._upper.energies), len(self._lower.energies)))
        together = dissipation == "collective"
        least = [bath.negligible] if together else [FORBIDDEN * w * w for _, w in bath.sites]
        for part, negligible in zip(self.bath(bath, dissipation), least, strict=True):
            squares = np.square(part)
            squares[squares < negligible] = 0.0
            total += squares
        if bath.density is None:
            return total
        gaps = np.subtract.outer(self._upper.energies, self._lower.energies)
        return np.asarray(total * bath.over_ohmic(gaps))


def _formula(spectrum: Any, convert: Convert) -> Callable[[Array], Array]:
    import sympy as sp

    (frequency,) = spectrum.signature
    values = {s: convert(str(s)) for s in spectrum.free_symbols}
    function = sp.lambdify(frequency, spectrum.expr.subs(values), "numpy")
    return lambda w: np.broadcast_to(np.asarray(function(w), dtype=np.float64), w.shape)


def _density(spectrum: Any, convert: Convert) -> Callable[[Array], Array] | None:
    if is_formula(spectrum):
        return _formula(spectrum, convert)
    if not isinstance(spectrum, SpectralDensity):
        return spectrum  # type: ignore[no-any-return]
    s, cutoff = convert(spectrum.s), convert(spectrum.cutoff)
    if not (s > 0 and cutoff > 0):
        raise DomainError(f"spectral density: s={s}, cutoff={cutoff}; both must be positive")

    def power_law(w: Array) -> Array:
        return np.asarray(w * (w / cutoff) ** (s - 1) * np.exp(-w / cutoff))

    return power_law


def _temperature(bath: Bath, convert: Convert) -> float:
    temperature = convert(bath.temperature)
    if temperature < 0:
        raise DomainError(
            f"the temperature of bath {bath.name}, {bath.temperature}, is {temperature:g} here; "
            "temperatures must be >= 0"
        )
    return temperature


def bath_numbers(model: BatteryModel, convert: Convert) -> tuple[BathNumbers, ...]:
    """The baths of a model at one point."""
    return tuple(
        BathNumbers(
            bath.name,
            _temperature(bath, convert),
            tuple((site, convert(weight)) for site, weight in bath.couplings),
            bath.axis,
            _density(bath.spectrum, convert),
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
    sectors = Sectors(numbers)
    baths = bath_numbers(model, convert)
    energies: list[Array] = []
    parities: list[npt.NDArray[np.int64]] = []
    squared: list[dict[str, Array]] = []
    rests: list[Array] = []
    lower: SectorLevels | None = None
    for charge in range(numbers.charges):
        upper = sectors.solve(charge)
        energies.append(upper.energies)
        parities.append(upper.parities)
        rests.append(upper.rests)
        if lower is not None:
            elements = PairElements(lower, upper, numbers)
            squared.append({b.name: elements.squared(b, model.dissipation) for b in baths})
        lower = upper
        if advance is not None:
            advance(charge)
    return Spectrum(
        tuple(energies),
        tuple(parities),
        tuple(squared),
        baths,
        numbers.empty_energy,
        tuple(rests),
        sectors,
    )
