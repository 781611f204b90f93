"""symqb: symbolic derivation, proofs and fast numbers for XXZ spin-chain quantum batteries."""

from symqb.battery import Battery, xxz_battery
from symqb.derive.thermal import phi
from symqb.emit.result import Result
from symqb.models import (
    AbsentError,
    Bath,
    BatteryModel,
    Chain,
    DegenerateLevelsError,
    DomainError,
    NoClosedFormError,
    ParameterError,
    SpectralDensity,
    SteadyStateError,
    SymqbError,
)
from symqb.numerics.ergotropy import ergotropy

__version__ = "0.1.0"

__all__ = [
    "AbsentError",
    "Bath",
    "Battery",
    "BatteryModel",
    "Chain",
    "DegenerateLevelsError",
    "DomainError",
    "NoClosedFormError",
    "ParameterError",
    "Result",
    "SpectralDensity",
    "SteadyStateError",
    "SymqbError",
    "__version__",
    "ergotropy",
    "phi",
    "xxz_battery",
]
