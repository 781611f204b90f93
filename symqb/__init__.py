"""symqb: symbolic derivation, proofs and fast numbers for XXZ spin-chain quantum batteries."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import symqb.show  # tells records how they are shown  # noqa: F401
from symqb._version import __version__
from symqb.battery import Battery, xxz_battery
from symqb.derive.thermal import bose, phi
from symqb.emit.result import Result
from symqb.load import load_model
from symqb.models import (
    AbsentError,
    Bath,
    BatteryModel,
    Chain,
    DegenerateLevelsError,
    DomainError,
    Jump,
    NoClosedFormError,
    ParameterError,
    Register,
    SpectralDensity,
    SteadyStateError,
    SymqbError,
    System,
    spins,
)
from symqb.numerics.ergotropy import ergotropy
from symqb.open_system import OpenSystem
from symqb.rate_network import network
from symqb.xx_chain import XXChain, xx_chain

if TYPE_CHECKING:
    from symqb.audit import audit_paper
    from symqb.check import check_model

__all__ = [
    "AbsentError",
    "Bath",
    "Battery",
    "BatteryModel",
    "Chain",
    "DegenerateLevelsError",
    "DomainError",
    "Jump",
    "NoClosedFormError",
    "OpenSystem",
    "ParameterError",
    "Register",
    "Result",
    "SpectralDensity",
    "SteadyStateError",
    "SymqbError",
    "System",
    "XXChain",
    "__version__",
    "audit_paper",
    "bose",
    "check_model",
    "ergotropy",
    "load_model",
    "network",
    "phi",
    "spins",
    "xx_chain",
    "xxz_battery",
]


def __getattr__(name: str) -> Any:
    """The audit and the examination are imported when first used: no formula waits for them."""
    if name == "audit_paper":
        return import_module("symqb.audit").audit_paper
    if name == "check_model":
        return import_module("symqb.check").check_model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
