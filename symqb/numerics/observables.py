"""Energies, charge, ergotropy, exergy and currents in doubles, each with a bound of its error.

An output whose error doubles cannot keep below its promise is refused with the reason, not given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel
from symqb.numerics.block_rates import BathNumbers, Spectrum, thermal_factor

Array = npt.NDArray[np.float64]

ROUNDING = 2.0**-53
PROMISE = 1e-10
"""The relative error up to which currents, entropy production and exergy are given."""

NO_CHARGE = (
    "charge does not exist here: |0..0> is the top level, so the capacity is 0; leave out "
    "charge, or raise the field"
)


def difference(name: str, value: float, error: float, spins: int) -> str:
    """Say that an output has too few digits in doubles, and that more take too long."""
    return (
        f"{name} is a difference of much larger terms here: {value:.3g} with an error of up to "
        f"{error:.1g} in doubles, and chains of {spins} spins are too long for more digits"
    )


def capacity_error(energies: Array, capacity: float) -> float:
    """What the rounding of energies leaves open of a capacity; an exact 0 is the empty state's."""
    return height_error(energies) if capacity else 0.0


def height_error(energies: Array) -> float:
    """What the rounding of energies leaves open of one above another."""
    return 4 * ROUNDING * float(np.abs(energies).max())


@dataclass(frozen=True)
class Flow:
    """What one bath moves between two neighbouring sectors, over kappa; arrays of one shape.

    ``gaps`` are energies of the upper sector above the lower; ``rising`` and ``falling`` the flows
    of population up and down in charge.  ``lost``
    is the share of their rates that doubles may lose.
    """

    bath: BathNumbers
    gaps: Array
    rising: Array
    falling: Array
    lower: Array
    upper: Array
    lost: Array | float = 0.0


def flows(spectrum: Spectrum, populations: Sequence[Array]) -> Iterator[Flow]:
    """Every flow of population that is not zero, sector by sector and bath by bath."""
    for k, squared in enumerate(spectrum.squared):
        gaps = spectrum.gaps(k)
        size = np.abs(gaps)
        lower, upper = (
            np.broadcast_to(p, gaps.shape)
            for p in (populations[k][None, :], populations[k + 1][:, None])
        )
        for bath in spectrum.baths:
            thermal = thermal_factor(size, bath.temperature)
            rising = squared[bath.name] * (thermal + np.maximum(-gaps, 0.0)) * lower
            falling = squared[bath.name] * (thermal + np.maximum(gaps, 0.0)) * upper
            moved = (rising > 0) | (falling > 0)
            parts = [part[moved] for part in (gaps, rising, falling, lower, upper)]
            if not spectrum.exact_elements:
                parts.append(2 * bath.lost(squared[bath.name][moved], parts[0]))
            yield Flow(bath, *parts)


def heat_currents(spectrum: Spectrum, populations: Sequence[Array]) -> dict[str, float]:
    """The heat that each bath gives to the battery in unit time, over kappa."""
    found = {bath.name: 0.0 for bath in spectrum.baths}
    for flow in flows(spectrum, populations):
        found[flow.bath.name] += float(np.sum(flow.gaps * (flow.rising - flow.falling)))
    return found


@dataclass
class Outputs:
    """The outputs of one steady state.

    Parameters
    ----------
    model : BatteryModel
    spectrum : Spectrum
        In whose basis populations close.
    populations : sequence of array
        Sector by sector.
    energies : array
        Of all levels, in the order of their labels, and ``weights`` their populations.
    height : array
        Energies above ``|0..0>``.
    kappa : float
    balanced : set of str
        Baths that exchange no heat.
    """

    model: BatteryModel
    spectrum: Spectrum
    populations: Sequence[Array]
    energies: Array
    weights: Array
    heights: Array
    kappa: float
    balanced: set[str]
    refused: dict[str, str] = field(default_factory=dict)

    @cached_property
    def doubt(self) -> float:
        """What a population may be off, over itself: roundings of its rates and of its energy."""
        coldest = min((b.temperature for b in self.spectrum.baths if b.temperature), default=np.inf)
        largest = float(np.abs(self.energies).max())
        return float(ROUNDING * (16 + np.sqrt(len(self.energies)) + 2 * largest / coldest))

    def _refuse(self, name: str, value: float, error: float) -> None:
        self.refused[name] = (
            difference(name, value, error, self.model.chain.spins)
            + "; leave out that output, or move away from equilibrium"
        )

    def _kept(self, found: dict[str, Any], name: str, value: float, error: float) -> None:
        # what over- or underflowed on the way is infinite, and so is its error
        if np.isfinite(value) and error <= PROMISE * abs(value):
            found[name] = value
        else:
            self._refuse(name, value, error)

    def all(self) -> dict[str, Any]:
        """Every output that doubles can promise; ``refused`` then holds the rest."""
        found: dict[str, Any] = {"energies": self.energies, "populations": self.weights}
        stored, capacity = float(self.weights @ self.heights), float(self.heights.max())
        self._kept(found, "stored_energy", stored, height_error(self.energies) * self._filled)
        self._kept(found, "capacity", capacity, capacity_error(self.energies, capacity))
        lacking = [
            self.refused[name] for name in ("stored_energy", "capacity") if name not in found
        ]
        if capacity == 0:
            self.refused["charge"] = NO_CHARGE
        elif lacking:
            self.refused["charge"] = lacking[0]
        else:
            found["charge"] = stored / capacity
        found["ergotropy"] = self._ergotropy()
        self._exergy(found)
        self._currents(found)
        return found

    @property
    def _filled(self) -> float:
        """The share of levels that may be off ``|0..0>`` by a rounding, which itself is not."""
        exact = np.flatnonzero(self.heights == 0)
        return float(np.sum(np.delete(self.weights, exact) if len(exact) == 1 else self.weights))

    @cached_property
    def _ascending(self) -> npt.NDArray[np.int64]:
        return np.lexsort((-self.weights, self.energies)).astype(np.int64)

    @cached_property
    def _above(self) -> Array:
        ordered = self.energies[self._ascending]
        return np.asarray(ordered - ordered[0])

    def _ergotropy(self) -> float:
        """Eqs. 16-17: steps of energy times what lies too high, all terms >= 0."""
        weights = self.weights[self._ascending]
        passive = np.sort(weights)[::-1]
        excess = np.cumsum((weights - passive)[::-1])[::-1]
        # what one rounding of the populations puts in disorder is none
        unsure = self.doubt * np.cumsum(np.abs(weights - passive)[::-1])[::-1]
        excess = np.where(excess > unsure, excess, 0.0)
        return float(np.sum(np.diff(self._above) * excess[1:]))

    def _exergy(self, found: dict[str, Any]) -> None:
        """Eq. 19 with the last bath as reference: T sum(p ln(p/g) - p + g), all terms >= 0."""
        reference = self.spectrum.baths[-1]
        T = reference.temperature
        passive = np.sort(self.weights)[::-1]
        if T == 0:
            found["exergy"] = float(self._above @ passive)
            return
        if len({bath.temperature for bath in self.spectrum.baths}) == 1:
            found["exergy"] = 0.0
            return
        with np.errstate(all="ignore"):
            heights = self._above / T
            partition = float(np.sum(np.exp(-heights)))
            gibbs = np.exp(-heights) / partition
            excess = np.log(passive) + heights + np.log(partition)
            usual = passive * excess - passive + gibbs
            terms = np.where(np.abs(excess) < 0.02, gibbs * _relative(excess), usual)
            terms = np.where(passive > 0, terms, gibbs)
            errors = np.where(passive > 0, passive * np.abs(excess) * self.doubt, 0.0)
        rounding = 4 * ROUNDING * np.where(np.abs(excess) < 0.02, terms, passive + gibbs)
        self._kept(found, "exergy", T * float(np.sum(terms)), T * float(np.sum(errors + rounding)))

    def _currents(self, found: dict[str, Any]) -> None:
        value = {bath.name: 0.0 for bath in self.spectrum.baths}
        size, lost = dict(value), dict(value)
        production, error, infinite = 0.0, 0.0, False
        for flow in flows(self.spectrum, self.populations):
            name = flow.bath.name
            if name in self.balanced:
                continue
            carried = flow.gaps * (flow.rising - flow.falling)
            value[name] += float(np.sum(carried))
            lost[name] += float(np.sum(np.abs(carried) * flow.lost))
            size[name] += float(np.sum(np.abs(flow.gaps) * (flow.rising + flow.falling)))
            if flow.bath.temperature == 0:
                infinite |= len(flow.gaps) > 0
                continue
            part, doubt = _production(flow, self.doubt)
            production, error = production + part, error + doubt
        errors = {name: self.doubt * part + lost[name] for name, part in size.items()}
        for name in value:
            total, doubt = _better(name, value, errors)
            self._kept(found, f"heat_current_{name}", self.kappa * total, self.kappa * doubt)
        if infinite:
            found["entropy_production"] = np.inf
        else:
            pair = self.kappa * production, self.kappa * error
            self._kept(found, "entropy_production", *pair)


def _relative(excess: Array) -> Array:
    """``r e^r - expm1(r)`` for small r, from its series."""
    r = excess
    return np.asarray(
        r * r * (1 / 2 + r * (1 / 3 + r * (1 / 8 + r * (1 / 30 + r * (1 / 144 + r / 840)))))
    )


def _better(
    name: str, value: Mapping[str, float], errors: Mapping[str, float]
) -> tuple[float, float]:
    """A current, or minus the sum of all others where that is known better."""
    others = sum(errors[other] for other in errors if other != name)
    if others < errors[name]:
        return -sum(value[other] for other in value if other != name), others
    return value[name], errors[name]


def _production(flow: Flow, doubt: float) -> tuple[float, float]:
    """The sum of (x - y) ln(x/y) over the edges of a bath above T = 0, and its error."""
    with np.errstate(all="ignore"):
        heights = flow.gaps / flow.bath.temperature
        affinity = np.log(flow.lower / flow.upper) - heights
        unsure = 2 * doubt + ROUNDING * np.abs(heights)
        net = flow.falling * np.expm1(affinity)
        # the larger flow may be the other one
        net = np.where(affinity > 0, -flow.rising * np.expm1(-affinity), net)
        error = np.abs(net) * unsure
        error += np.abs(affinity) * np.maximum(flow.rising, flow.falling) * unsure
        error += np.abs(net * affinity) * flow.lost
        # what is no number is refused
        return float(np.sum(net * affinity)), float(np.sum(error))
