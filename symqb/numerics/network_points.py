"""Points of a network that its program in doubles cannot do: more digits, and rates that are 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb, fmpq
from mpmath.libmp import from_rational

from symqb.derive.cycles import closed
from symqb.derive.expression import ExpressionBuilder
from symqb.derive.rate_networks import NetworkDerivation
from symqb.emit.digits import GUARD_DIGITS, evaluate_digits, guarded, refuse
from symqb.models import AbsentError, DomainError, SteadyStateError
from symqb.models.errors import located
from symqb.models.exact import exact_number
from symqb.models.network import Jump
from symqb.program import Builder, GuardKind, Program, run
from symqb.program.arithmetic import Field
from symqb.program.contexts import digits_context, working_bits

DIGITS = 25
"""Decimal digits that doubles are rounded from."""

RATIONAL = frozenset({"add", "sub", "mul", "div", "neg", "abs", "min", "max", "select"})
"""Operations that make rationals of rationals."""


class ExactArithmetic(Field):
    """Runs programs of rationals exactly; a quotient by 0 is infinite, or no number.

    What follows a ``log1p`` is a ball, as narrow as the bits in force.
    """

    def constant(self, value: Fraction) -> Any:
        return fmpq(value.numerator, value.denominator)

    def div(self, a: Any, b: Any) -> Any:
        if b != 0:
            return a / b
        return arb.nan() if a == 0 else arb.pos_inf() if a > 0 else arb.neg_inf()

    def abs(self, a: Any) -> Any:
        return abs(a)

    def min(self, a: Any, b: Any) -> Any:
        return b if b < a else a

    def max(self, a: Any, b: Any) -> Any:
        return b if b > a else a

    def select(self, a: Any, b: Any, x: Any, y: Any) -> Any:
        return x if a <= b else y

    def log1p(self, a: Any) -> Any:
        return arb(a).log1p()


@dataclass(frozen=True)
class NetworkPoints:
    """Solves single points by digits, on the graph of the jumps that happen there.

    Where the rates are rational functions all is exact, so that zeros are told for certain.

    Parameters
    ----------
    derivation : NetworkDerivation
    write : callable
        From a derivation to the program that is evaluated.
    """

    derivation: NetworkDerivation
    write: Callable[[NetworkDerivation], Program]

    def __call__(
        self, program: Program, point: Mapping[str, Any], digits: int | None = None
    ) -> Mapping[str, Any]:
        """Evaluate the outputs of a program at a point, as mpmath numbers.

        Raises
        ------
        AbsentError
            The affinity of a cycle of which a rate is zero here.
        DomainError, SteadyStateError
            A rate that is negative or no number; a steady state that is not unique, or a target
            that is never reached.
        """
        count = digits or DIGITS
        with located(point):
            rates = {jump: self._rate(jump, point, count) for jump in self.derivation.network.rates}
            happening = tuple(jump for jump in self.derivation.jumps if rates[jump] != 0)
            self._refuse_absent(program, happening)
            cycles = tuple(name for name in program.outputs if name.startswith("affinity_"))
            others = tuple(name for name in program.outputs if name not in cycles)
            found = self._evaluate(self._written(others, happening, program), point, count)
            # affinities are those of all cycles there are, whichever other jumps happen
            if self._exact:
                found |= {name: self._affinity(name, rates, count) for name in cycles}
            else:
                apart = self._written(cycles, self.derivation.jumps, program)
                found |= self._evaluate(apart, point, count)
            return {name: found[name] for name in program.outputs}

    @cached_property
    def _rates(self) -> dict[Jump, Program]:
        found: dict[Jump, Program] = {}
        for jump, rate in self.derivation.expressions.items():
            builder = Builder(self.derivation.parameters)
            found[jump] = builder.build({"rate": ExpressionBuilder(builder).expr(rate)})
        return found

    @cached_property
    def _exact(self) -> bool:
        """Whether every rate is a rational function of the parameters."""
        return all(step.op in RATIONAL for rate in self._rates.values() for step in rate.steps)

    @cached_property
    def _known(self) -> dict[tuple[tuple[str, ...], tuple[Jump, ...]], Program]:
        return {}

    def _rate(self, jump: Jump, point: Mapping[str, Any], digits: int) -> Any:
        """A rate at a point: an exact rational if all are, else to so many digits."""
        rule = f"the rate {jump[0]} -> {jump[1]}, {self.derivation.expressions[jump]}, must be"
        program = self._rates[jump]
        try:
            if self._exact:
                value = run(program, ExactArithmetic(), _exact_point(program, point))["rate"]
            else:
                value = evaluate_digits(program, digits, point)["rate"]
        except SteadyStateError:
            value = None
        if value is None or isinstance(value, arb):
            raise DomainError(f"{rule} a finite number; give values at which it is one")
        if value < 0:
            raise DomainError(f"{rule} >= 0; give values that keep to it")
        return value

    def _refuse_absent(self, program: Program, happening: tuple[Jump, ...]) -> None:
        """Refuse the affinities of cycles of which some rate is zero."""
        still, lost = set(self.derivation.jumps) - set(happening), dict[str, str]()
        for k, cycle in enumerate(self.derivation.cycles if still else (), 1):
            steps = set(closed(cycle.states))
            if f"affinity_{k}" in program.outputs and still & (steps | {s[::-1] for s in steps}):
                lost[f"affinity_{k}"] = " - ".join((*cycle.states, cycle.states[0]))
        for name, shown in lost.items():
            raise AbsentError(
                f"{name} is told only where every rate of its cycle, {shown}, is > 0; leave it out",
                tuple(lost),
            )

    def _written(
        self, outputs: tuple[str, ...], happening: tuple[Jump, ...], program: Program
    ) -> Program:
        """The program of some outputs where these jumps happen, written once."""
        if (outputs, happening) not in self._known:
            if happening != self.derivation.jumps and outputs:
                program = self.write(replace(self.derivation, present=happening))
            # rates are known to be > 0 here, and the range of doubles is no matter
            absent = tuple(g for g in program.guards if g.kind is GuardKind.ABSENT)
            self._known[outputs, happening] = replace(program, guards=absent).prune(outputs)
        return self._known[outputs, happening]

    def _evaluate(self, program: Program, point: Mapping[str, Any], digits: int) -> dict[str, Any]:
        if not program.outputs:
            return {}
        source = guarded(program)
        if not self._exact or any(step.op not in RATIONAL | {"log1p"} for step in source.steps):
            return evaluate_digits(program, digits, point)
        with working_bits(_bits(digits)):
            values = run(source, ExactArithmetic(), _exact_point(source, point))
        for guard in [name for name in values if name.startswith("guard ")]:
            if values.pop(guard) == 0:
                refuse(source, guard)
        return {
            name: [_rounded(x, digits) for x in value]
            if isinstance(value, list)
            else _rounded(value, digits)
            for name, value in values.items()
        }

    def _affinity(self, name: str, rates: Mapping[Jump, Any], digits: int) -> Any:
        """The logarithm of an exact ratio: no digit is lost however near to 1 it is."""
        ratio = fmpq(1)
        for step in closed(self.derivation.cycles[int(name.removeprefix("affinity_")) - 1].states):
            ratio *= rates[step] / rates[step[::-1]]
        with working_bits(_bits(digits)):
            return _rounded(arb(ratio - 1).log1p() if ratio < 2 else arb(ratio).log(), digits)


def _bits(digits: int) -> int:
    return int(3.33 * (digits + GUARD_DIGITS))


def _exact_point(program: Program, point: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: Fraction(exact_number(point[name]) or 0) for name in program.inputs}
    return {name: fmpq(x.numerator, x.denominator) for name, x in numbers.items()}


def _rounded(value: Any, digits: int) -> Any:
    """A rational, or the middle of a narrow ball, as an mpf of so many digits."""
    context = digits_context(digits)
    if isinstance(value, fmpq):
        parts = from_rational(int(value.p), int(value.q), context.prec)
        return context.make_mpf(parts)
    return context.inf if not value.is_finite() else +context.make_mpf(value.mid()._mpf_)
