"""Energies, charge, ergotropy, exergy and currents of a chain from its levels and populations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.emit.numpy_runtime import boltzmann
from symqb.emit.numpy_runtime import entropy as entropy_terms
from symqb.models import BatteryModel
from symqb.numerics.block_rates import Spectrum, thermal_factor
from symqb.numerics.chain_sectors import Convert

Array = npt.NDArray[np.float64]


def heat_currents(spectrum: Spectrum, populations: Sequence[Array]) -> dict[str, float]:
    """The heat that each bath gives to the battery in unit time, over kappa."""
    flows = {bath.name: 0.0 for bath in spectrum.baths}
    for k, squared in enumerate(spectrum.squared):
        gaps = spectrum.gaps(k)
        size = np.abs(gaps)
        lower, upper = populations[k][None, :], populations[k + 1][:, None]
        driven = np.where(gaps > 0, -gaps * upper, -gaps * lower)
        for bath in spectrum.baths:
            thermal = thermal_factor(size, bath.temperature) * (lower - upper)
            flows[bath.name] += float(np.sum(squared[bath.name] * gaps * (thermal + driven)))
    return flows


def _entropy_production(currents: Mapping[str, float], temperatures: Mapping[str, float]) -> float:
    total = 0.0
    for name, current in currents.items():
        if current != 0:
            T = temperatures[name]
            total -= current / T if T else np.copysign(np.inf, current)
    return total


def _exergy(above: Array, passive: Array, temperature: float) -> float:
    with np.errstate(all="ignore"):
        partition = np.sum(boltzmann(above, np.float64(temperature)))
        entropy = float(np.sum(entropy_terms(passive)))
    return max(float(above @ passive) + temperature * (float(np.log(partition)) - entropy), 0.0)


def outputs_of(
    model: BatteryModel,
    spectrum: Spectrum,
    populations: Sequence[Array],
    flows: Mapping[str, float],
    order: npt.NDArray[np.int64],
    convert: Convert,
) -> dict[str, Any]:
    """The outputs of the contract, levels in the given order (Eqs. 15-19)."""
    energies = np.concatenate(spectrum.energies)[order]
    weights = np.concatenate(list(populations))[order]
    heights = energies - spectrum.empty_energy
    kappa = convert(model.kappa)
    currents = {name: kappa * flow for name, flow in flows.items()}
    temperatures = {bath.name: bath.temperature for bath in spectrum.baths}
    ascending = np.argsort(energies, kind="stable")
    passive = np.sort(weights)[::-1]
    above = energies[ascending] - energies[ascending[0]]
    stored, capacity = float(weights @ heights), float(heights.max())
    return {
        "energies": energies,
        "populations": weights,
        "stored_energy": stored,
        "capacity": capacity,
        "charge": stored / capacity if capacity else float("nan"),
        "ergotropy": max(float(above @ (weights[ascending] - passive)), 0.0),
        "exergy": _exergy(above, passive, temperatures[model.baths[-1].name]),
        **{f"heat_current_{name}": current for name, current in currents.items()},
        "entropy_production": _entropy_production(currents, temperatures),
    }
