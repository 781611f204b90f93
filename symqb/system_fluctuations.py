"""Fluctuations of the currents of any small open system, as a user holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import sympy as sp

from symqb.derive.system_fluctuations import (
    FluctuatingSystem,
    check_counted,
    counted,
    counted_outputs,
)
from symqb.emit import Result
from symqb.emit.digits import check_digits
from symqb.held import Composed, Held
from symqb.models import NoClosedFormError, exact_value
from symqb.models.calls import choose_outputs, refuse_no_mapping, refuse_unnamed
from symqb.models.counts import check_jump_counts
from symqb.models.system import System
from symqb.numerics.fluctuation_points import FluctuationPoints
from symqb.numerics.scaled_cumulant import system_scaled_cumulant
from symqb.numerics.system_points import over_points


class SystemFluctuations(Held):
    """Fluctuations of the currents of a system; made by :meth:`OpenSystem.fluctuations`."""

    def __init__(self, system: System, counts: Mapping[str, Any] | None = None) -> None:
        self.system = system
        known = None if counts is None else check_jump_counts(counts, len(system.jumps))
        self.counts = known or ()
        check_counted(system, self.counts)

    def __reduce__(self) -> tuple[Any, ...]:
        given = {count.name: dict(count.weights) for count in self.counts}
        return type(self), (self.system, given or None)

    @cached_property
    def derivation(self) -> FluctuatingSystem:
        """What follows from the system, derived when it is asked for."""
        return FluctuatingSystem(self.system)

    @cached_property
    def symbols(self) -> Mapping[str, sp.Symbol]:
        """The SymPy symbols that occur in formulas, by name."""
        return {str(symbol): symbol for symbol in self.derivation.symbols}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs that can be asked for."""
        return self.derivation.outputs if self.derivation.closed else self._numeric_outputs

    def latex(self, outputs: Iterable[str] | None = None) -> str:
        """Print the derived formulas, step by step, as LaTeX."""
        return self.source("latex", outputs)

    def scaled_cumulant(
        self, chi: Mapping[str, Any], *given: Any, digits: int | None = None, **parameters: Any
    ) -> Any:
        """Find the scaled cumulant generating function in numbers, at one point.

        By how much the logarithm of the mean of ``exp(sum of chi N)`` grows a unit of time, N the
        heat ``heat_<bath>`` or the particles ``particles_<bath>`` that came from a bath.

        Parameters
        ----------
        chi : mapping
            Name of a count to a number; 0 for those left out.
        digits : int, optional
            Decimal digits, 15 to 2000; a double by default.
        **parameters
            Scalars.

        Returns
        -------
        float or mpf

        Raises
        ------
        ParameterError, DomainError
            Bad input; an unknown count; a rate that is zero.
        DegenerateLevelsError, NoClosedFormError
            What :meth:`evaluate` refuses.
        """
        refuse_unnamed("scaled_cumulant", given, ("chi", *self.parameters))
        refuse_no_mapping("chi", chi, "names of counts to numbers, e.g. {'heat_L': 1.0}")
        if self.system.jumps:
            raise NoClosedFormError(
                f"scaled_cumulant(chi={chi!r}): it is told where populations move alone, and "
                "jumps that are taken as they stand move coherences with them; its slope and "
                "curvature at chi=0 are the means and variances, which evaluate(...) of these "
                "fluctuations gives"
            )
        if chi:
            choose_outputs(chi, counted(self.system))
        exponents = {name: exact_value(f"chi[{name!r}]", value) for name, value in chi.items()}
        count = 20 if digits is None else check_digits(digits)
        point, _ = self._exact_point(parameters)
        found = system_scaled_cumulant(self.derivation, exponents, point, count)
        return float(found) if digits is None else found

    @property
    def _numeric_outputs(self) -> tuple[str, ...]:
        return () if self.derivation.closed else counted_outputs(self.system, self.counts)

    _numeric_digits = _numeric_outputs

    @property
    def _labels(self) -> tuple[int, ...]:
        return self.derivation.labels

    @property
    def _title(self) -> str:
        return f"Fluctuations of an open system of {self.system.size} levels."

    def _points(self, composed: Composed) -> Any:
        return FluctuationPoints(self.system, self.counts)

    def _solve_arrays(self, outputs: tuple[str, ...], arrays: Mapping[str, Any]) -> Result:
        points = FluctuationPoints(self.system, self.counts)
        found, shown = over_points(arrays, lambda point: points.in_numbers(outputs, point))
        return Result(found, self._labels, shown)

    def _solve_point(
        self, outputs: tuple[str, ...], digits: int, point: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        return FluctuationPoints(self.system, self.counts).in_numbers(outputs, point, digits)
