"""The Bose term on arrays, with its limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def bose(a: Any, T: Any) -> Any:
    """``a / (exp(a/T) - 1)`` for a, T >= 0; T where a = 0, 0 where T = 0."""
    x = np.divide(a, T)
    small = np.less(x, 708.0)
    # beyond 708 the exponential would overflow before the quotient underflows
    value = np.where(small, np.divide(a, np.expm1(np.minimum(x, 708.0))), a * np.exp(-x))
    return np.where(np.greater(x, 1e-300), value, T)
