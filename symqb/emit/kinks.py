"""Where the ergotropy has kinks: two populations, or two energies, change order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def order_margin(values: Any) -> npt.NDArray[np.float64]:
    """How far levels are from changing order: the smallest relative gap between two of them.

    Ergotropy, exergy and capacity are smooth where the order of populations and of energies stays
    the same.  Where two of them meet there is a kink, and a derivative is that of one side.

    Parameters
    ----------
    values : array, shape (..., levels)
        Populations, or energies, with the levels along the last axis.

    Returns
    -------
    array, shape (...)
        ``min |x_i - x_j| / max(|x_i|, |x_j|)`` over pairs; 0 exactly on a kink.

    Examples
    --------
    >>> order_margin([[0.5, 0.3, 0.2], [0.4, 0.4, 0.2]]).round(3).tolist()
    [0.333, 0.0]
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=-1)
    low, high = ordered[..., :-1], ordered[..., 1:]
    size = np.maximum(np.abs(low), np.abs(high))
    with np.errstate(invalid="ignore"):
        gaps = np.where(size > 0, (high - low) / size, 0.0)
    return np.asarray(np.min(gaps, axis=-1))
