"""Whether balls tell how many steady states there are, or need more digits to.

An amplitude that no digit tells from zero may be a path of many tiny bonds: only with all of them
taken for links, or by the exact count of :mod:`symqb.numerics.commutant`, is a number of steady
states certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb

from symqb.models import Bath, SpectralDensity
from symqb.numerics.ball_elimination import closed_classes, rate_matrix
from symqb.numerics.ball_rates import BathBalls, MoreDigitsError, bath_balls, edges_of
from symqb.numerics.commutant import least_count
from symqb.numerics.levels import Coupling, Levels

Bools = npt.NDArray[np.bool_]

APART = 2.0**-40
"""What may be zero is nothing beside an amplitude if it is smaller by this much."""


def told_apart(couplings: Iterable[Coupling]) -> bool:
    """Whether amplitudes that may be zero are nothing beside those that are not."""
    sure: list[Any] = []
    doubtful: list[Any] = []
    for coupling in couplings:
        for ball in coupling.matrix.ravel():
            if ball != 0:
                sure.append(ball.abs_lower())
            elif ball.rad() > 0:
                doubtful.append(ball.rad())
    return not (sure and doubtful) or bool(max(doubtful) <= APART * min(sure))


def check_classes(levels: Levels, baths: Mapping[str, BathBalls], links: Bools, count: int) -> None:
    """Check the number of sets of levels that are never left.

    Parameters
    ----------
    levels : Levels
    baths : mapping of BathBalls
    links : array of bool, shape (levels, levels)
        From which level a rate that is surely not zero leads to which.
    count : int
        The number of closed classes by these.

    Raises
    ------
    MoreDigitsError
        Amplitudes that may be zero could join some, and not all of them are zero for certain.
    """
    if len(closed_classes(links | _possible(levels, baths))) == count:
        return
    if least_count(levels.inputs) != count:
        raise MoreDigitsError


def check_parts(levels: Levels, baths: Mapping[str, BathBalls], count: int) -> None:
    """Check the number of steady states where levels coincide, coherences among them.

    Raises
    ------
    MoreDigitsError
        The exact count is another; beside a bath at zero, a density that may vanish, and levels
        that coincide by rounding alone there is none.
    """
    if _follows(levels, baths):
        least = least_count(levels.inputs)
        if least is not None and least != count:
            raise MoreDigitsError


def check_steady(levels: Levels, count: int) -> None:
    """Check the number of steady states, coherences among them, that a generator has.

    Raises
    ------
    MoreDigitsError
        As for :func:`check_parts`; where a number of the model is a root there is no exact count.
    """
    inputs = levels.inputs
    if count == 1 or not _follows(levels, bath_balls(inputs)):
        return
    weights = [weight for bath in levels.model.baths for _, weight in bath.couplings]
    numbers = [inputs.value(value) for value in (*inputs.slots.values(), *weights)]
    if all(isinstance(value, Fraction) for value in numbers):
        least = least_count(inputs)
        if least is not None and least != count:
            raise MoreDigitsError


def _follows(levels: Levels, baths: Mapping[str, BathBalls]) -> bool:
    """Whether there are as many steady states as the exact count has, were all numbers rational."""
    return (
        not any(bath.cold for bath in baths.values())
        and all(_never_zero(bath, levels) for bath in levels.model.baths)
        and _exactly_joined(levels)
    )


def _never_zero(bath: Bath, levels: Levels) -> bool:
    """Whether no rate of a warm bath vanishes, between levels of one energy neither."""
    spectrum = bath.spectrum
    if isinstance(spectrum, SpectralDensity):
        return bool(levels.inputs.value(spectrum.s) == 1)
    return spectrum is None


def _exactly_joined(levels: Levels) -> bool:
    """Whether no two levels of a group surely differ."""
    return all(
        (levels.energies[a] - levels.energies[group[0]]).contains(0)
        for group in levels.groups
        for a in group
    )


def _possible(levels: Levels, baths: Mapping[str, BathBalls]) -> Bools:
    """From which level to which a rate leads whose amplitude may be zero or not."""
    found = np.zeros((levels.size, levels.size), dtype=bool)
    group = levels.group_of
    apart = group[:, None] != group[None, :]
    ones = []
    for coupling in levels.couplings:
        doubtful = ~((coupling.matrix == 0) | (coupling.matrix != 0)).astype(bool)
        found |= doubtful & ~apart
        matrix = np.full(apart.shape, arb(0), dtype=object)
        matrix[doubtful & apart] = arb(1)
        ones.append(replace(coupling, matrix=matrix))
    edges = edges_of(ones, baths, levels.energies.tolist(), group.tolist())
    rates = rate_matrix(levels.size, (edge for part in edges.values() for edge in part))
    return np.asarray(found | (rates != 0), dtype=bool)
