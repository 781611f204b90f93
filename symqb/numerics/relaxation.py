"""How fast a battery forgets, and how fast it charges: both with digits to spare.

Rates may lie a hundred decades apart and flows cancel nearly entirely, so both are computed in
balls, with more digits until the result stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import acb_mat, arb, arb_mat

from symqb.models import BatteryModel
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.count_told import check_steady
from symqb.numerics.eigen_digits import midpoints
from symqb.numerics.secular import Component, SecularGenerator, secular_generator
from symqb.numerics.semigroup import ball_states, first_step, rungs
from symqb.numerics.steady_space import counted_dimension, kernel_dimension, more_digits
from symqb.program.contexts import working_bits

Array = npt.NDArray[np.float64]

DIGITS = 30
AGREE = 1e-11
"""How far eigenvalues may move when the digits are doubled, relative to each."""
ACCURATE = 1e-12
NEGLIGIBLE = 1e-30
"""A power below this times the largest flow is as good as none."""
LEAST = 5e-324
"""The smallest double, in place of rates that are smaller but not 0."""
UNDERFLOW = 2200
"""Bits with half of which the smallest double is resolved."""


def relaxation_rates(model: BatteryModel, point: Mapping[str, Any]) -> Array:
    """How fast each mode of the master equation decays, ascending; exactly 0 for what stays.

    Parameters
    ----------
    model : BatteryModel
        The battery, of at most seven spins.
    point : mapping
        Parameter name to number.

    Returns
    -------
    array, shape (d^2,)
        Real parts of the generator's eigenvalues, sign changed, in units of energy.

    Examples
    --------
    >>> from symqb.models import Bath, Chain
    >>> one = BatteryModel(Chain(1), (Bath("L", "T", {1: 1}),))
    >>> relaxation_rates(one, dict(B0=1.0, T=0.0, kappa=0.5)).tolist()
    [0.0, 0.25, 0.25, 0.5]
    """
    digits, before = DIGITS, None
    while True:
        try:
            found = _all_decays(secular_generator(model, point, digits))
        except MoreDigitsError:
            found = None
        if found is not None and before is not None and np.allclose(found, before, AGREE, 0):
            return found
        before = found
        digits = more_digits(digits, model.chain.spins)


def _all_decays(generator: SecularGenerator) -> Array:
    found: list[float] = []
    steady = 0
    for component in generator.components:
        rates = _decays(generator, component) * (1 + component.mirrored)
        steady += rates.count(0.0) if component.at_zero else 0
        found += rates
    check_steady(generator.levels, steady)
    return np.sort(np.array(found))


def _decays(generator: SecularGenerator, component: Component) -> list[float]:
    """The decay rates of one component."""
    try:
        steady = kernel_dimension(generator, component)
    except MoreDigitsError:
        if generator.bits < UNDERFLOW:
            raise
        # what these digits do not tell from zero doubles do not hold
        steady = counted_dimension(generator, component)
    with working_bits(generator.bits):
        matrix = component.matrix
        if matrix.nrows() == 1:
            values = [-matrix[0, 0]]
        else:
            values = [-value.real for value in acb_mat(matrix).eig(algorithm="approx")]
        values.sort(key=lambda value: abs(value.mid()).fmpq())
        return [0.0] * steady + [max(float(value), LEAST) for value in values[steady:]]


def charging_slopes(
    generator: SecularGenerator, heights: Any, start: npt.NDArray[np.complex128], times: Array
) -> Array:
    """The slope of the mean energy at each time, right although the flows may cancel.

    Parameters
    ----------
    generator : SecularGenerator
    heights : sequence of arb
        Energies of its levels.
    start : array, shape (d, d)
        The initial state over its levels.
    times : array, shape (n,)
        At ``inf`` the slope is 0.

    Returns
    -------
    array, shape (n,)
        In units of energy over time.
    """
    found = np.zeros(len(times))
    finite = np.isfinite(times)
    for component in generator.components:
        if any(a == b for a, b in component.pairs):
            found[finite] += _slopes(component, heights, start, times[finite])
    return found


def _slopes(
    component: Component, heights: Any, start: npt.NDArray[np.complex128], times: Array
) -> Array:
    longest = float(times.max(initial=0.0))
    norm = float(np.abs(midpoints(np.array(component.matrix.entries()))).sum())
    step = first_step(norm)
    count = rungs(step, longest)
    bits = 160 + 4 * count
    while True:
        with working_bits(bits):
            row = arb_mat([[heights[a] if a == b else arb(0) for a, b in component.pairs]])
            column = arb_mat([[arb(float(start[a, b].real))] for a, b in component.pairs])
            flow = row * component.matrix
            largest = max(abs(x).upper() for x in flow.entries())
            states = ball_states(component.matrix, column, step, count, times.tolist())
            values = [(flow * state)[0, 0] for state in states]
            if all(x.rad() <= ACCURATE * abs(x) + NEGLIGIBLE * largest for x in values):
                return np.array([float(x.mid()) for x in values])
        bits *= 2
