r"""Steady states where levels coincide: populations together with the coherences they couple to.

Levels of one energy form a cluster e with a density matrix :math:`\rho_e` of its own; coherences
between clusters decay by themselves. Eqs. 6-8 restricted to these blocks read

.. math:: \dot\rho_e = \sum_{\nu,f}\phi_\nu(E_f-E_e)\,S_{ef}\rho_f S_{fe}
          - \tfrac12\Big\{\sum_{\nu,f}\phi_\nu(E_e-E_f)\,S_{ef}S_{fe},\ \rho_e\Big\}.

They are solved as one linear system, so populations come with an absolute, not a relative,
accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel, DegenerateLevelsError, SteadyStateError
from symqb.numerics.block_rates import (
    FORBIDDEN,
    BathNumbers,
    PairElements,
    Spectrum,
    bath_numbers,
    thermal_factor,
)
from symqb.numerics.chain_sectors import ChainNumbers, Convert, SectorLevels, solve_sector
from symqb.numerics.degeneracy import DEGENERATE, energy_scale

Array = npt.NDArray[np.float64]

LARGEST_UNKNOWNS = 2400
SINGULAR = 1e-11


@dataclass(frozen=True)
class Clusters:
    """Levels sorted by energy, cut where the energy changes."""

    energies: Array
    slices: tuple[slice, ...]
    pairs: tuple[tuple[Any, Any], ...]

    @classmethod
    def of(cls, energies: Array, width: float) -> Clusters:
        """Cut sorted energies into clusters no step of which exceeds the width."""
        cuts = [0, *(np.flatnonzero(np.diff(energies) > width) + 1).tolist(), len(energies)]
        slices = tuple(slice(a, b) for a, b in pairwise(cuts))
        pairs = tuple(np.triu_indices(s.stop - s.start) for s in slices)
        return cls(np.array([energies[s].mean() for s in slices]), slices, pairs)

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """Where each cluster's unknowns begin; the last entry is their number."""
        counts = [len(rows) for rows, _ in self.pairs]
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @property
    def spread(self) -> Array:
        """The cluster's energy for each level."""
        return np.repeat(self.energies, [s.stop - s.start for s in self.slices])


@dataclass(frozen=True)
class _Operator:
    """One coupling operator over all levels, sorted by energy, with its bath."""

    bath: BathNumbers
    matrix: Array


def _coupling_operators(
    model: BatteryModel, convert: Convert, order: npt.NDArray[np.int64]
) -> list[_Operator]:
    numbers = ChainNumbers.of(model.chain, convert)
    size = len(order)
    sectors: list[SectorLevels] = [solve_sector(numbers, c) for c in range(numbers.charges)]
    ends = np.concatenate([[0], np.cumsum([len(s.energies) for s in sectors])])
    pairs = [PairElements(sectors[k], sectors[k + 1], numbers) for k in range(len(sectors) - 1)]
    found: list[_Operator] = []
    for bath in bath_numbers(model, convert):
        parts = [pair.bath(bath, model.dissipation) for pair in pairs]
        for choice in range(len(parts[0])):
            whole = np.zeros((size, size))
            for k, part in enumerate(parts):
                below, above = slice(ends[k], ends[k + 1]), slice(ends[k + 1], ends[k + 2])
                back = part[choice].T if bath.axis == "x" else -part[choice].T
                whole[above, below], whole[below, above] = part[choice], back
            whole[np.square(whole) < FORBIDDEN] = 0.0
            found.append(_Operator(bath, whole[np.ix_(order, order)]))
    return found


def _rates(energies: Array, bath: BathNumbers) -> Array:
    """``phi(E_from - E_to, T)``, one row a level to go to, one column a level to leave."""
    frequency = np.subtract.outer(energies, energies).T
    thermal = thermal_factor(np.abs(frequency), bath.temperature)
    return np.asarray((thermal + np.maximum(frequency, 0.0)) * bath.over_ohmic(frequency))


def _generator(clusters: Clusters, operators: list[_Operator]) -> Array:
    """The generator over the upper triangles of all clusters' matrices."""
    starts = clusters.starts
    total = np.zeros((starts[-1], starts[-1]))
    sizes = np.array([s.stop - s.start for s in clusters.slices])
    single, several = np.flatnonzero(sizes == 1), np.flatnonzero(sizes > 1)
    levels = np.array([clusters.slices[e].start for e in single], dtype=np.int64)
    for operator in operators:
        rates = _rates(clusters.energies, operator.bath)
        S = operator.matrix
        flow = np.square(S[np.ix_(levels, levels)]) * rates[np.ix_(single, single)]
        total[np.ix_(starts[single], starts[single])] += flow
        for e in range(len(sizes)):
            for f in several if sizes[e] == 1 else range(len(sizes)):
                part = S[clusters.slices[e], clusters.slices[f]]
                if part.any():
                    target = slice(starts[e], starts[e + 1]), slice(starts[f], starts[f + 1])
                    total[target] += rates[e, f] * _sandwich(
                        part, part, clusters.pairs[e], clusters.pairs[f]
                    )
        weighted = np.repeat(np.repeat(rates, sizes, 0), sizes, 1) * S
        for f, source in enumerate(clusters.slices):
            loss = S[:, source].T @ weighted[:, source]
            unit, pairs = np.eye(sizes[f]), clusters.pairs[f]
            both = _sandwich(loss, unit, pairs, pairs) + _sandwich(unit, loss, pairs, pairs)
            total[starts[f] : starts[f + 1], starts[f] : starts[f + 1]] -= both / 2
    return total


def _sandwich(left: Array, right: Array, rows: Any, columns: Any) -> Array:
    """``rho -> left rho right^T`` for symmetric rho given by its upper triangle."""
    (a, b), (c, d) = rows, columns
    straight = left[np.ix_(a, c)] * right[np.ix_(b, d)]
    crossed = left[np.ix_(a, d)] * right[np.ix_(b, c)]
    return np.asarray(straight + np.where(c == d, 0.0, 1.0)[None, :] * crossed)


def _null_vector(generator: Array) -> Array:
    _, singular, right = np.linalg.svd(generator)
    count = int(np.sum(singular <= SINGULAR * singular[0]))
    if count != 1:
        raise SteadyStateError(
            f"the steady state is not unique: at this degenerate point there are {count} of them; "
            "couple the baths to more sites, raise a temperature, or move off the point"
        )
    return np.asarray(right[-1])


@dataclass(frozen=True)
class ClusterState:
    """Eigenvalues of the steady density matrix in ascending energy, and heat currents / kappa."""

    populations: Array
    currents: dict[str, float]


def _currents(
    clusters: Clusters, operators: list[_Operator], basis: Array, populations: Array
) -> dict[str, float]:
    energies = clusters.spread
    currents: dict[str, float] = {}
    for operator in operators:
        squared = np.square(basis.T @ operator.matrix @ basis)
        rates = _rates(energies, operator.bath)
        gained = np.subtract.outer(energies, energies)
        flow = float(np.sum(squared * rates * gained * populations[None, :]))
        name = operator.bath.name
        currents[name] = currents.get(name, 0.0) + flow
    return currents


def solve_clusters(model: BatteryModel, spectrum: Spectrum, convert: Convert) -> ClusterState:
    """The steady state with the coherences between coinciding levels.

    Raises
    ------
    DegenerateLevelsError
        Too many unknowns.
    SteadyStateError
        The steady state is not unique.
    """
    energies = np.concatenate(spectrum.energies)
    order = np.argsort(energies, kind="stable")
    clusters = Clusters.of(energies[order], DEGENERATE * energy_scale(spectrum))
    unknowns = int(clusters.starts[-1])
    if unknowns > LARGEST_UNKNOWNS:
        raise DegenerateLevelsError(
            f"{len(energies) - len(clusters.slices)} levels coincide with another and share a "
            f"neighbour; populations and coherences together are {unknowns} unknowns, "
            f"and at most {LARGEST_UNKNOWNS} are solved. Move off the point, by 1e-6 say"
        )
    operators = _coupling_operators(model, convert, order)
    vector = _null_vector(_generator(clusters, operators))
    basis, populations = np.eye(len(energies)), np.empty(len(energies))
    for part, (a, b), start in zip(clusters.slices, clusters.pairs, clusters.starts, strict=False):
        block = np.zeros((part.stop - part.start,) * 2)
        block[a, b] = block[b, a] = vector[start : start + len(a)]
        populations[part], basis[part, part] = np.linalg.eigh(block)
    populations = np.abs(populations / populations.sum())
    return ClusterState(populations, _currents(clusters, operators, basis, populations))


def by_sector(spectrum: Spectrum, populations: Array) -> tuple[Array, ...]:
    """Populations in ascending energy, laid back into the sectors' order."""
    order = np.argsort(np.concatenate(spectrum.energies), kind="stable")
    flat = np.empty(len(order))
    flat[order] = populations
    return tuple(np.split(flat, np.cumsum(spectrum.sizes)[:-1]))
