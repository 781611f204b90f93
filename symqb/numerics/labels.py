"""The order of levels: that of the closed form where there is one, else ascending energy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
import sympy as sp

from symqb.derive import derive_eigensystem
from symqb.models import BatteryModel, NoClosedFormError, SymqbError

Integers = npt.NDArray[np.int64]
Key = tuple[int, int]
"""Charge and reflection parity; 0 without reflection."""

LARGEST_CLOSED = 3

ORDER_DIGITS = 60
"""Digits in which energies as printed, which may cancel, still come in order."""


@lru_cache(maxsize=64)
def _closed_form(
    model: BatteryModel,
) -> tuple[tuple[Key, ...], tuple[str, ...], Callable[..., Any]] | None:
    """Keys of the closed form's levels in order, and their energies as a function."""
    try:
        levels = derive_eigensystem(model)
    except (NoClosedFormError, SymqbError):
        return None
    conserved = model.chain.conserves_magnetization
    keys = tuple((level.up if conserved else level.up % 2, level.parity or 0) for level in levels)
    energies = [level.energy for level in levels]
    symbols = sorted({s for energy in energies for s in energy.free_symbols}, key=str)
    return keys, tuple(map(str, symbols)), sp.lambdify(symbols, energies, "mpmath")


def label_order(
    model: BatteryModel, point: Mapping[str, Any], keys: Sequence[Key], energies: Sequence[float]
) -> Integers:
    """Where each level stands in an engine's list, levels in the order of their labels.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    point : mapping
        Parameter name to number.
    keys : sequence of (charge, parity)
        Of each level in the engine's order, which ascends in energy within a key.
    energies : sequence of float
        Their energies.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = {"B0": 1.0, "J": 0.5, "Delta": 0.0}
    >>> keys = [(0, 1), (1, -1), (1, 1), (2, 1)]
    >>> label_order(xxz_model(2), point, keys, [-1.0, -0.5, 0.5, 1.0]).tolist()
    [0, 3, 1, 2]
    """
    chain = model.chain
    found = _closed_form(model) if chain.spins <= LARGEST_CLOSED else None
    if found is None:
        if chain.spins <= LARGEST_CLOSED and chain.conserves_magnetization:
            return np.arange(len(keys))
        return np.argsort(np.asarray(energies, dtype=np.float64), kind="stable")
    wanted, names, function = found
    with mpmath.workdps(ORDER_DIGITS):
        # a root of what cancels to zero may be imaginary by a rounding
        values = function(*(mpmath.mpf(float(point[name])) for name in names))
        closed = [mpmath.re(value) for value in values]
    order = np.empty(len(keys), dtype=np.int64)
    for key in set(wanted):
        labels = [k for k, other in enumerate(wanted) if other == key]
        labels.sort(key=lambda k: closed[k])
        order[labels] = [k for k, other in enumerate(keys) if tuple(other) == key]
    return order
