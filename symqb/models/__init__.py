"""What a user describes: a chain, its baths, a battery.  Frozen records that check themselves."""

from symqb.models.baths import AXES, Bath
from symqb.models.battery import DISSIPATIONS, BatteryModel, xxz_model
from symqb.models.chain import Chain
from symqb.models.copies import make_mappings_copyable
from symqb.models.errors import (
    AbsentError,
    CallError,
    DegenerateLevelsError,
    DomainError,
    NoClosedFormError,
    ParameterError,
    SteadyStateError,
    SymqbError,
)
from symqb.models.parameters import check_parameters, exact_value
from symqb.models.register import Register
from symqb.models.spectra import SpectralDensity, has_formula, is_formula
from symqb.models.spin_systems import spins
from symqb.models.system import Jump, System

make_mappings_copyable()

__all__ = [
    "AXES",
    "DISSIPATIONS",
    "AbsentError",
    "Bath",
    "BatteryModel",
    "CallError",
    "Chain",
    "DegenerateLevelsError",
    "DomainError",
    "Jump",
    "NoClosedFormError",
    "ParameterError",
    "Register",
    "SpectralDensity",
    "SteadyStateError",
    "SymqbError",
    "System",
    "check_parameters",
    "exact_value",
    "has_formula",
    "is_formula",
    "spins",
    "xxz_model",
]
