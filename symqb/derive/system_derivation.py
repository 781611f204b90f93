"""A system and what follows from it, derived once and when it is first asked for."""

from __future__ import annotations

from functools import cached_property

import sympy as sp

from symqb.derive.hamiltonian import as_expr
from symqb.derive.liouvillian_programs import Coherent, derive_in_groups, derive_under_jumps
from symqb.derive.liouvillian_state import CoherentSteadyState
from symqb.derive.programs import Programs
from symqb.derive.steady_state import SteadyState
from symqb.derive.system_levels import (
    SystemEigensystem,
    Trial,
    derive_system_levels,
    derive_trials,
)
from symqb.derive.system_programs import (
    SYSTEM_ALIKE,
    SYSTEM_LEVEL_OUTPUTS,
    derive_system_level_program,
    derive_system_program,
    system_elimination,
    system_outputs,
)
from symqb.derive.system_transitions import (
    SystemTransitions,
    derive_system_transitions,
    refuse_mixed,
)
from symqb.derive.system_writer import has_bose_factor, system_symbols
from symqb.models import NoClosedFormError, SteadyStateError, SymqbError
from symqb.models.system import System
from symqb.program import Program

LARGEST_WRITTEN = 64
"""Levels up to which programs are written, however simple the levels are."""


class SystemDerivation(Programs):
    """Levels, transitions, programs and roles of the parameters of one system.

    Parameters
    ----------
    system : System
        What is derived from.

    Examples
    --------
    >>> from symqb.models import Bath, Register
    >>> reg, w = Register(2), sp.Symbol("w")
    >>> derivation = SystemDerivation(System(w * reg.number(1), [Bath("c", "T", reg.x(1))]))
    >>> derivation.closed, derivation.parameters, derivation.temperatures, derivation.kappa
    (True, ('w', 'T', 'kappa'), ('T',), 'kappa')
    """

    level_outputs = SYSTEM_LEVEL_OUTPUTS
    alike = SYSTEM_ALIKE

    def __init__(self, system: System) -> None:
        self.system = system

    @cached_property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The parameters, in order."""
        return system_symbols(self.system)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, in order."""
        return tuple(map(str, self.symbols))

    @property
    def temperatures(self) -> tuple[str, ...]:
        """The parameters that are temperatures."""
        names = (str(as_expr(bath.temperature)) for bath in self.system.baths)
        return tuple(dict.fromkeys(name for name in names if name in self.parameters))

    @property
    def kappa(self) -> str | None:
        """The parameter that is the common coupling strength, if one is."""
        name = str(as_expr(self.system.kappa))
        common = any(bath.kappa is None for bath in self.system.baths)
        return name if common and name in self.parameters else None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return system_outputs(self.system)

    @property
    def labels(self) -> tuple[int, ...]:
        """The levels' labels."""
        return tuple(range(1, self.system.size + 1))

    @cached_property
    def eigensystem(self) -> SystemEigensystem:
        """The levels; NoClosedFormError where a block has none in closed form."""
        return derive_system_levels(self.system)

    @cached_property
    def _trials(self) -> tuple[Trial, ...]:
        return derive_trials(self.system, self.eigensystem)

    @cached_property
    def _pairs(self) -> SystemTransitions:
        """The transitions, also where they do not tell all of what baths do."""
        return derive_system_transitions(self.system, self.eigensystem, self._trials)

    @property
    def transitions(self) -> SystemTransitions:
        """The transitions that baths drive, with their rates.

        Raises
        ------
        NoClosedFormError
            A block without closed form; levels that coincide for all parameters and that a bath
            mixes, so that rates between pairs do not tell all.
        """
        refuse_mixed(self.eigensystem, self._pairs)
        return self._pairs

    @cached_property
    def coherent(self) -> bool:
        """Whether populations meet coherences, whatever the parameters are."""
        if self.system.jumps:
            return True
        if self.system.size > LARGEST_WRITTEN:
            return False
        try:
            return bool(self._pairs.mixed)
        except NoClosedFormError:
            return False

    @cached_property
    def unclassical(self) -> NoClosedFormError | None:
        """Why rates between levels do not make a closed form; None where they do."""
        if self.system.jumps:
            return NoClosedFormError(
                "jumps that are taken as they stand couple populations to coherences: rates "
                "between levels do not tell all; use evaluate(...) of the system for numbers"
            )
        return self._written if isinstance(self._written, NoClosedFormError) else None

    @property
    def refusal(self) -> NoClosedFormError | None:
        """Why there is no closed form; None where there is one, and a program of it."""
        if not self.coherent:
            return self.unclassical
        return self._solved if isinstance(self._solved, NoClosedFormError) else None

    @property
    def closed(self) -> bool:
        """Whether there is a closed form, and a program of it."""
        return self.refusal is None

    @cached_property
    def program(self) -> Program:
        """From the parameters to every output that has a closed form.

        Raises
        ------
        NoClosedFormError
            There is none; the message says why.
        """
        if self.refusal is not None:
            raise self.refusal
        if isinstance(self._solved, Coherent):
            return self._solved.program
        return derive_system_program(self.system, self.eigensystem, self.transitions)

    @cached_property
    def _solved(self) -> Coherent | NoClosedFormError | None:
        """What is solved with coherences; None where these stay apart."""
        if not self.coherent:
            return None
        try:
            if self.system.jumps:
                return derive_under_jumps(self.system)
            return derive_in_groups(self.system, self.eigensystem, self._trials, self._pairs)
        except NoClosedFormError as error:
            return error

    @cached_property
    def in_numbers(self) -> tuple[str, ...]:
        """The outputs without a closed form, where others have one."""
        if not isinstance(self._solved, Coherent):
            return ()
        return tuple(name for name in self.outputs if name not in self._solved.program.outputs)

    @cached_property
    def elements(self) -> tuple[str, ...]:
        """Outputs of the program that are asked for by name: elements of the density matrix."""
        if not isinstance(self._solved, Coherent):
            return ()
        return tuple(name for name in self._solved.program.outputs if name not in self.outputs)

    @cached_property
    def _written(self) -> Program | SymqbError:
        if self.system.size > LARGEST_WRITTEN:
            return NoClosedFormError(
                f"{self.system.size} levels are more than the {LARGEST_WRITTEN} whose closed forms "
                "are written, in minutes; use evaluate(...) for numbers"
            )
        try:
            levels, transitions = self.eigensystem, self.transitions
            return derive_system_program(self.system, levels, transitions, plain=True)
        except (NoClosedFormError, SteadyStateError) as error:
            return error

    @property
    def _plain(self) -> Program:
        if isinstance(self._written, SymqbError):
            raise self._written
        return self._written

    @cached_property
    def _levels_alone(self) -> Program:
        return derive_system_level_program(self.system, self.eigensystem)

    def steady_state(self) -> SteadyState | CoherentSteadyState:
        """The steady populations, and their program where there is one; with coherences, if any."""
        if isinstance(self._solved, NoClosedFormError):
            raise self._solved
        if self._solved is not None:
            whole = self._solved.program
            chosen = [n for n in whole.outputs if n == "populations" or n in self.elements]
            names = {str(symbol): symbol for symbol in self.symbols}
            return CoherentSteadyState(self.labels, whole.prune(chosen), self._solved.trial, names)
        elimination = system_elimination(self.eigensystem, self.transitions)[1]
        full = self.program.prune(["populations"]) if self.closed else None
        return SteadyState(self.labels, tuple(self.transitions), elimination, full)

    @property
    def _has_plain(self) -> bool:
        baths = self.system.baths
        return not self.coherent and len(baths) > 1 and all(map(has_bose_factor, baths))
