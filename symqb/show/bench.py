"""What a theorist asks of a system that is held: other parameters, formulas, LaTeX."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

from symqb.derive.derivation import Derivation
from symqb.derive.hamiltonian import check_couplings
from symqb.models import BatteryModel
from symqb.models.calls import refuse_unnamed
from symqb.models.fixed import fix_parameters


class Bench:
    """The methods of whoever holds a model and its derivation.

    Parameters
    ----------
    model : BatteryModel
        What everything follows from.
    """

    def __init__(self, model: BatteryModel) -> None:
        self.model = model

    @cached_property
    def derivation(self) -> Derivation:
        """What follows from the model: levels, transitions, programs, derived when asked for."""
        return Derivation(self.model)

    def at(self, *given: Any, **fixed: Any) -> Self:
        """The same system with some parameters fixed exactly, derived anew.

        Values go into the model, not into results: what vanishes is not there, and formulas and
        programs are as short as the system left is simple.  At a temperature of 0 the limit is
        taken.

        Parameters
        ----------
        **fixed
            Parameters, each a number (taken exactly as it is: an int, a float, a Fraction, a text
            such as ``"0.1"``), another name, a text such as ``"T + dT/2"``, or a SymPy expression.
            All are put in at once.

        Raises
        ------
        ParameterError, DomainError
            A name that is no parameter's, a value that is none or outside its domain.

        Examples
        --------
        >>> from symqb import xxz_battery
        >>> resonant = xxz_battery(2).at(epsilon=0, Delta=0, J=1)
        >>> resonant.parameters
        ('B0', 'T_L', 'T_R', 'kappa')
        >>> [level.energy for level in resonant.eigensystem()]
        [-B0, B0, -1, 1]
        >>> xxz_battery(2).at(T_L="T + dT/2", T_R="T - dT/2").parameters
        ('B0', 'J', 'Delta', 'epsilon', 'T', 'dT', 'kappa')
        """
        refuse_unnamed("at", given, self.derivation.parameters)
        model = fix_parameters(self.model, fixed, self.derivation.parameters)
        check_couplings(model)
        return type(self)(model)
