"""What follows from a model, derived once in a process however often the model is stated."""

from __future__ import annotations

from functools import lru_cache
from typing import overload

from symqb.derive.derivation import Derivation
from symqb.derive.system_derivation import SystemDerivation
from symqb.models import BatteryModel
from symqb.models.system import System

KEPT = 32
"""Models whose derivation is kept: enough for those a person has at hand, a few MB each."""


@overload
def derivation_of(model: BatteryModel) -> Derivation: ...


@overload
def derivation_of(model: System) -> SystemDerivation: ...


def derivation_of(model: BatteryModel | System) -> Derivation | SystemDerivation:
    """Give the derivation of a model; equal models share it.

    Parameters
    ----------
    model : BatteryModel or System
        What is derived from.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> derivation_of(xxz_model(2)) is derivation_of(xxz_model(2))
    True
    """
    try:
        hash(model)
    except TypeError:
        # a spectral density of the user's own may have no hash
        return _derive(model)
    return _kept(model)


def _derive(model: BatteryModel | System) -> Derivation | SystemDerivation:
    return SystemDerivation(model) if isinstance(model, System) else Derivation(model)


_kept = lru_cache(maxsize=KEPT)(_derive)
