"""How fast a battery forgets: the eigenvalues of its generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import acb_mat

from symqb.models import BatteryModel
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.exact_inputs import working_bits
from symqb.numerics.secular import Component, secular_generator
from symqb.numerics.steady_space import kernel_dimension, more_digits

Array = npt.NDArray[np.float64]

DIGITS = 60


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
    digits = DIGITS
    while True:
        generator = secular_generator(model, point, digits)
        found: list[float] = []
        try:
            for component in generator.components:
                rates = _decays(component, generator.bits)
                found += rates * 2 if component.mirrored else rates
            return np.sort(np.array(found))
        except MoreDigitsError:
            digits = more_digits(digits)


def _decays(component: Component, bits: int) -> list[float]:
    """The decay rates of one component."""
    steady = kernel_dimension(component, bits)
    with working_bits(bits):
        matrix = component.matrix
        if matrix.nrows() == 1:
            values = [-matrix[0, 0]]
        else:
            values = [-value.real for value in acb_mat(matrix).eig(algorithm="approx")]
        values.sort(key=lambda value: abs(value.mid()).fmpq())
        return [0.0] * steady + [float(value) for value in values[steady:]]
