"""Where steady states are passive: the order of the populations, by search in floating point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel, Chain, SymqbError, xxz_model
from symqb.numerics.chain import evaluate_chain
from symqb.numerics.chain_sectors import ChainNumbers, Convert, solve_sector

Array = npt.NDArray[np.float64]

APART = 1e-9
"""Levels closer than this, relative to the largest energy, are not compared."""
SIGNIFICANT = 1e-9
"""An inversion counts if the logarithm of the two populations' ratio exceeds this."""


@dataclass(frozen=True)
class Ordering:
    """How the populations of a steady state are ordered against the energies.

    Attributes
    ----------
    log_ratio : float
        The smallest ``ln(p_i / p_j)`` over neighbours ``E_i < E_j``: negative means not passive.
    lower, upper : float
        The energies of that pair.
    ergotropy : float
        Largest work by cyclic unitaries, in units of energy.
    """

    log_ratio: float
    lower: float
    upper: float
    ergotropy: float

    @property
    def passive(self) -> bool:
        """Whether no inversion was found; a float's word, not a proof."""
        return self.log_ratio > -SIGNIFICANT


def saturation_field(spins: int, J: float, Delta: float) -> float:
    """The field above which every level of a magnetisation lies below all of the next.

    Examples
    --------
    >>> saturation_field(2, 1.0, 0.5)
    1.5
    """
    chain = Chain(spins, J=J, Delta=Delta, B0=0.0)
    numbers = ChainNumbers.of(chain, Convert({}))
    energies = [solve_sector(numbers, up).energies for up in range(spins + 1)]
    return max(float(a.max() - b.min()) for a, b in pairwise(energies))


def ordering(model: BatteryModel, point: Mapping[str, float]) -> Ordering:
    """The order of the steady populations at one point.

    Examples
    --------
    >>> point = dict(B0=5.0, J=1.0, Delta=0.5, epsilon=0.0, T_L=9.0, T_R=1.0, kappa=1.0)
    >>> ordering(xxz_model(2), point).passive
    True
    """
    result = evaluate_chain(model, point, progress=False)
    order = np.argsort(result.energies, kind="stable")
    energies, populations = result.energies[order], result.populations[order]
    apart = np.diff(energies) > APART * np.abs(energies).max()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.log(populations[:-1]) - np.log(populations[1:])
    ratios = np.where(apart & np.isfinite(ratios), ratios, np.inf)
    k = int(np.argmin(ratios))
    return Ordering(float(ratios[k]), float(energies[k]), float(energies[k + 1]), result.ergotropy)


@dataclass(frozen=True)
class Sample:
    """One point of a search and what was found there; ``field`` is B0 over the saturation field."""

    point: dict[str, float]
    field: float
    found: Ordering


def search(
    spins: int,
    points: int,
    *,
    epsilon: float = 0.0,
    field: tuple[float, float] = (1.0, 4.0),
    Delta: tuple[float, float] = (-1.0, 1.0),
    T: tuple[float, float] = (0.2, 50.0),
    seed: int = 0,
) -> Iterator[Sample]:
    """Random points at J = 1, uniform in Delta and B0/saturation, logarithmic in temperatures.

    J = -1 is the same chain, turned by pi about z at every second site; at epsilon = 0 the steady
    state is the same as well.

    Parameters
    ----------
    spins, points : int
        Length of the chain, and how many points to try.
    epsilon : float
        Weight of the last site on the left bath.
    field : tuple
        Range of B0 in units of the saturation field.
    Delta, T : tuple
        Ranges of the anisotropy and of both temperatures, in units of J.
    seed : int
        Of the random numbers.

    Examples
    --------
    >>> all(sample.found.passive for sample in search(3, 20))
    True
    """
    rng = np.random.default_rng([seed, spins])
    model = xxz_model(spins)
    for _ in range(points):
        anisotropy = float(rng.uniform(*Delta))
        ratio = float(rng.uniform(*field))
        T_L, T_R = (float(np.exp(rng.uniform(np.log(T[0]), np.log(T[1])))) for _ in range(2))
        point = {
            "B0": ratio * saturation_field(spins, 1.0, anisotropy),
            "J": 1.0,
            "Delta": anisotropy,
            "epsilon": epsilon,
            "T_L": T_L,
            "T_R": T_R,
            "kappa": 1.0,
        }
        try:
            yield Sample(point, ratio, ordering(model, point))
        except SymqbError:
            continue


@dataclass(frozen=True)
class Count:
    """How many samples there were, how many are not passive, and the one with most ergotropy."""

    points: int
    active: int
    best: Sample | None


def count(samples: Iterable[Sample]) -> Count:
    """Count samples, and those that are not passive."""
    kept = list(samples)
    active = [sample for sample in kept if not sample.found.passive]
    best = max(active, key=lambda sample: sample.found.ergotropy, default=None)
    return Count(len(kept), len(active), best)
