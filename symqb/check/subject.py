"""What is examined: a system, with its numbers where a point is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import mpmath
import sympy as sp

from symqb.battery import Battery
from symqb.derive.derived import derivation_of
from symqb.derive.hamiltonian import as_expr, hamiltonian_matrix
from symqb.derive.system_transitions import SystemTransitions
from symqb.models import (
    BatteryModel,
    ParameterError,
    Register,
    SteadyStateError,
    SymqbError,
)
from symqb.models.fixed import fix_parameters
from symqb.models.system import System
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.system_digits import next_digits
from symqb.numerics.system_engine import Jumps, SteadyPoint, bath_jumps, solve_point
from symqb.numerics.system_lindblad import FullPoint, solve_lindblad
from symqb.numerics.system_numbers import LevelNumbers, solve_levels, system_formulas
from symqb.open_system import OpenSystem
from symqb.program.contexts import working_bits

LONGEST_CHAIN = 4
"""Spins of a chain up to which it is examined as a system of levels."""
DIGITS = 50


def as_system(model: BatteryModel) -> System:
    """Write a battery as a Hamiltonian and the operators of its baths.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> as_system(xxz_model(2)).size
    4
    """
    reg = Register(*[2] * model.chain.spins)
    baths = []
    for bath in model.baths:
        sigma = reg.x if bath.axis == "x" else reg.y
        operators = [as_expr(weight) * sigma(site) for site, weight in bath.couplings]
        kept = [operator for operator in operators if not operator.is_zero_matrix]
        baths.append(
            replace(bath, sites=(), axis="x", coupling=kept, dissipation=model.dissipation)
        )
    return System(hamiltonian_matrix(model.chain), baths, kappa=model.kappa, register=reg)


Found = TypeVar("Found")


def with_digits(run: Callable[[], Found]) -> Found:
    """Run with as many digits as it asks for.

    Raises
    ------
    DomainError
        They are beyond reason.
    """
    count = DIGITS
    while True:
        with working_bits(int(3.34 * count) + 40), mpmath.workdps(count):
            try:
                return run()
            except MoreDigitsError as error:
                count = next_digits(error, count)


@contextmanager
def digits() -> Iterator[None]:
    """Carry the digits that numbers of a point are found with."""
    with working_bits(int(3.34 * DIGITS) + 40), mpmath.workdps(DIGITS):
        yield


class Subject:
    """A system under examination, and the point where it is looked at.

    Parameters
    ----------
    system : System
    point : mapping or None
        Every parameter's number; None to ask only what needs none.
    given : iterable of str
        Which parameters were given: a kappa that was not is a unit, and no strength.
    """

    def __init__(
        self, system: System, point: Mapping[str, Any] | None, given: Iterable[str]
    ) -> None:
        self.system = system
        self.derivation = derivation_of(system)
        self.point: dict[str, Any] | None = None
        if point is not None:
            self.point = {name: point[name] for name in self.derivation.parameters}
        self.strength_known = self.derivation.kappa is None or self.derivation.kappa in set(given)
        self.skipped: list[str] = []
        self.refused: SymqbError | None = None

    def skip(self, what: str, why: object) -> None:
        """Note a question that is not asked."""
        text = f"{what}: {why}"
        if text not in self.skipped:
            self.skipped.append(text)

    @cached_property
    def held(self) -> OpenSystem:
        """The system as a user holds it."""
        return OpenSystem(self.system)

    @cached_property
    def transitions(self) -> SystemTransitions | None:
        """The transitions in closed form; None without one."""
        try:
            return self.derivation.transitions
        except (NotImplementedError, SteadyStateError):
            # no closed form, or a limit that SymPy does not know
            return None

    @cached_property
    def fixed(self) -> System | None:
        """The system with the point's numbers in it, exactly; None without a point."""
        if self.point is None:
            return None
        return fix_parameters(*_kept(self.system, self.point, self.derivation.symbols))

    @cached_property
    def levels(self) -> LevelNumbers | None:
        """The levels at the point; None without one."""
        if self.point is None:
            return None
        return with_digits(self._solved)

    def _solved(self) -> LevelNumbers:
        return solve_levels(system_formulas(self.system), self.point or {})

    @cached_property
    def jumps(self) -> tuple[Jumps, ...] | None:
        """The jumps that baths drive at the point; None where their rates are refused."""
        if self.levels is None:
            return None
        try:
            with digits():
                return tuple(bath_jumps(self.levels))
        except SymqbError as error:
            self.refused = error
            return None

    @cached_property
    def steady(self) -> SteadyPoint | FullPoint | None:
        """The steady state at the point; None where there is no single one."""
        if self.levels is None or self.jumps is None:
            return None
        solve = solve_lindblad if self.system.jumps else solve_point
        try:
            return with_digits(lambda: solve(self._solved()))
        except SymqbError as error:
            self.skip("the steady state at the point", error)
            return None

    def number(self, value: Any) -> Any:
        """A value of the model at the point."""
        if self.levels is None:
            raise ParameterError(f"{value} has no number: no point is given; give at={{...}}")
        with digits():
            return self.levels.bath_value(value)


def _kept(
    system: System, point: Mapping[str, Any], symbols: Sequence[sp.Symbol]
) -> tuple[System, dict[str, Any], tuple[str, ...]]:
    """A system without the operators that are zero at a point, and what is left to be fixed."""
    values = {symbol: as_expr(point[str(symbol)]) for symbol in symbols}
    baths = []
    for bath in system.baths:
        operators = [o for o in bath.operators if not o.subs(values).is_zero_matrix]
        if operators:
            baths.append(replace(bath, coupling=operators))
    jumps = [j for j in system.jumps if not j.operator.subs(values).is_zero_matrix]
    found = replace(system, baths=baths, jumps=jumps) if baths or jumps else system
    names = derivation_of(found).parameters
    return found, {name: point[name] for name in names}, names


def battery_of(model: object) -> BatteryModel | None:
    """Give the battery that a model is, if it is one."""
    if isinstance(model, Battery):
        return model.model
    return model if isinstance(model, BatteryModel) else None


def shown(expression: Any) -> str:
    """Write an expression; a number to six digits."""
    expr = as_expr(expression)
    return f"{float(expr):.6g}" if expr.is_real and expr.is_number else str(expr)
