"""A system and what follows from it, derived once and when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import sympy as sp

from symqb.derive.derivation import with_slopes
from symqb.derive.hamiltonian import as_expr
from symqb.derive.steady_state import SteadyState
from symqb.derive.system_levels import (
    SystemEigensystem,
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
from symqb.derive.system_transitions import SystemTransitions, derive_system_transitions
from symqb.derive.system_writer import has_bose_factor, system_symbols
from symqb.models import NoClosedFormError, ParameterError, SteadyStateError, SymqbError
from symqb.models.system import System
from symqb.program import Program


class SystemDerivation:
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
    def transitions(self) -> SystemTransitions:
        """The transitions that baths drive, with their rates."""
        trials = derive_trials(self.system, self.eigensystem)
        return derive_system_transitions(self.system, self.eigensystem, trials)

    @cached_property
    def refusal(self) -> NoClosedFormError | None:
        """Why there is no closed form; None where there is one, and a program of it."""
        if self.system.jumps:
            return NoClosedFormError(
                "jumps that are taken as they stand couple populations to coherences, and have no "
                "closed form here; use evaluate(...) for numbers"
            )
        return self._written if isinstance(self._written, NoClosedFormError) else None

    @property
    def closed(self) -> bool:
        """Whether there is a closed form, and a program of it."""
        return self.refusal is None

    @cached_property
    def program(self) -> Program:
        """From the parameters to every output.

        Raises
        ------
        NoClosedFormError
            There is none; the message says why.
        """
        if self.refusal is not None:
            raise self.refusal
        return derive_system_program(self.system, self.eigensystem, self.transitions)

    @cached_property
    def _written(self) -> Program | SymqbError:
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

    def steady_state(self) -> SteadyState:
        """The steady populations, and their program where there is one."""
        if self.system.jumps and self.refusal is not None:
            raise self.refusal
        elimination = system_elimination(self.eigensystem, self.transitions)[1]
        full = self.program.prune(["populations"]) if self.closed else None
        return SteadyState(self.labels, tuple(self.transitions), elimination, full)

    def pruned(self, outputs: Iterable[str], by: Iterable[str] = ()) -> Program:
        """The program of some outputs, and of their derivatives by some parameters.

        Raises
        ------
        ParameterError
            What is differentiated by is no parameter.
        SteadyStateError
            Levels that no bath connects, if an output needs a steady state.
        """
        chosen, by = tuple(outputs), (by,) if isinstance(by, str) else tuple(by)
        unknown = [name for name in by if name not in self.parameters]
        if unknown:
            raise ParameterError(
                f"derivatives: {unknown[0]!r} is not a parameter; choose from "
                f"{', '.join(self.parameters)}"
            )
        if (chosen, by) not in self._pruned:
            whole = self._levels_alone if set(chosen) <= SYSTEM_LEVEL_OUTPUTS else self.program
            self._pruned[chosen, by] = with_slopes(whole, chosen, by)
        return self._pruned[chosen, by]

    @cached_property
    def _pruned(self) -> dict[tuple[tuple[str, ...], tuple[str, ...]], Program]:
        # what is made of a program is kept with it, so that it is to be the same one
        return {}

    def plain(self, outputs: Iterable[str], by: Iterable[str] = ()) -> Program | None:
        """Write what :meth:`pruned` does in fewer steps, guarded where they lose digits.

        None where there is none such.
        """
        chosen, by = tuple(outputs), (by,) if isinstance(by, str) else tuple(by)
        baths = self.system.baths
        if set(chosen) <= SYSTEM_ALIKE or len(baths) < 2 or not all(map(has_bose_factor, baths)):
            return None
        return with_slopes(self._plain, chosen, by)
