"""A model and what follows from it, derived once and when it is first asked for."""

from __future__ import annotations

from functools import cached_property

from symqb.derive.eigensystem import Eigensystem, derive_eigensystem
from symqb.derive.energetics import (
    ALIKE,
    LEVEL_OUTPUTS,
    derive_level_program,
    derive_program,
    derive_steady_state,
    parameter_names,
)
from symqb.derive.hamiltonian import as_expr
from symqb.derive.programs import Programs
from symqb.derive.spectra import densities_are_programs
from symqb.derive.steady_state import SteadyState
from symqb.derive.transitions import Transitions, derive_transitions
from symqb.models import BatteryModel, NoClosedFormError
from symqb.program import Program

CLOSED_FORM_SPINS = 3


class Derivation(Programs):
    """Levels, transitions, programs and roles of the parameters of one model.

    Parameters
    ----------
    model : BatteryModel
        What is derived from.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> derivation = Derivation(xxz_model(2))
    >>> derivation.closed, derivation.labels, derivation.temperatures, derivation.kappa
    (True, (1, 2, 3, 4), ('T_L', 'T_R'), 'kappa')
    """

    level_outputs = LEVEL_OUTPUTS
    alike = ALIKE

    def __init__(self, model: BatteryModel) -> None:
        self.model = model

    def __repr__(self) -> str:
        return f"Derivation({', '.join(self.parameters)})"

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, in order."""
        return parameter_names(self.model)

    @property
    def temperatures(self) -> tuple[str, ...]:
        """The parameters that are temperatures."""
        names = (str(as_expr(bath.temperature)) for bath in self.model.baths)
        return tuple(name for name in names if name in self.parameters)

    @property
    def kappa(self) -> str | None:
        """The parameter that is the dissipation strength, if one is."""
        name = str(as_expr(self.model.kappa))
        return name if name in self.parameters else None

    @cached_property
    def eigensystem(self) -> Eigensystem:
        """The levels; NoClosedFormError where a block is larger than 2 x 2."""
        return derive_eigensystem(self.model)

    @cached_property
    def transitions(self) -> Transitions:
        """The transitions that baths drive, with their rates."""
        return derive_transitions(self.model, self.eigensystem)

    @property
    def labels(self) -> tuple[int, ...]:
        """The levels' labels."""
        return tuple(level.label for level in self.eigensystem)

    @cached_property
    def closed(self) -> bool:
        """Whether there is a closed form, and a program of it."""
        if self.model.chain.spins > CLOSED_FORM_SPINS:
            return False
        try:
            return self.transitions is not None and densities_are_programs(self.model)
        except NoClosedFormError:
            return False

    @cached_property
    def program(self) -> Program:
        """From the parameters to every output, free of cancellation."""
        return derive_program(self.model, self.eigensystem, self.transitions)

    @cached_property
    def _plain(self) -> Program:
        return derive_program(self.model, self.eigensystem, self.transitions, plain=True)

    @cached_property
    def _levels_alone(self) -> Program:
        return derive_level_program(self.model, self.eigensystem)

    def steady_state(self) -> SteadyState:
        """The steady populations, and their program where there is one."""
        program = self.program if self.closed else None
        return derive_steady_state(self.eigensystem, self.transitions, program)
