"""The mpmath and arb targets: the program at any precision, and in balls that enclose the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import cached_property
from typing import Any

import mpmath
from flint import arb, ctx, fmpq

from symqb.emit.ball_copies import make_balls_copyable
from symqb.emit.digits import (
    GUARD_DIGITS,
    ROUNDS,
    check_digits,
    evaluate_digits,
    guarded,
    refuse,
    refuse_unknown,
)
from symqb.emit.emitted import Emitted
from symqb.emit.plan import Fallback, Plan
from symqb.emit.result import Result
from symqb.models import (
    DegenerateLevelsError,
    DomainError,
    SteadyStateError,
    check_parameters,
    exact_value,
)
from symqb.models.calls import refuse_unnamed
from symqb.models.errors import located
from symqb.program import Program, run
from symqb.program.arithmetic import Field

BITS_A_DIGIT = 3.33

make_balls_copyable()


class ArbArithmetic(Field):
    """python-flint's balls: every result contains the true number.

    A comparison the balls leave open gives the union of both branches where both are defined.
    """

    def constant(self, value: Fraction) -> Any:
        return arb(fmpq(value.numerator, value.denominator))

    def div(self, a: Any, b: Any) -> Any:
        return a / b

    def abs(self, a: Any) -> Any:
        return abs(a)

    def sqrt(self, a: Any) -> Any:
        return a.sqrt()

    def log(self, a: Any) -> Any:
        return a.log()

    def expm1(self, a: Any) -> Any:
        return a.expm1()

    def log1p(self, a: Any) -> Any:
        return a.log1p()

    def divergence(self, a: Any) -> Any:
        return arb(0) if a == 0 else (a + (-a).expm1()).max(arb(0))

    def held(self, a: Any) -> Any:
        return a

    def lifted(self, a: Any) -> Any:
        # beside a temperature of 0 rates are exactly 0 and exponents infinite: no ball is both
        return arb.nan() if a == 0 else a

    def min(self, a: Any, b: Any) -> Any:
        return a.min(b)

    def max(self, a: Any, b: Any) -> Any:
        return a.max(b)

    def select(self, a: Any, b: Any, x: Any, y: Any) -> Any:
        if a <= b:
            return x
        return y if a > b else x.union(y)

    def rootsum(self, a: Any, b: Any, r: Any) -> Any:
        return b / (r - a) if a < 0 else a + r

    def bose(self, a: Any, T: Any) -> Any:
        if a == 0 or T == 0:
            return T if a == 0 else arb(0)
        if a > 0 and T > 0:
            return a / (a / T).expm1()
        # increasing in T and decreasing in a: the ends of the balls enclose the rest
        low, high = _end(a, upper=True), _end(T, upper=True)
        least = self.bose(low, _end(T, upper=False)) if low > 0 else arb(0)
        return least.union(high)

    def boltzmann(self, a: Any, T: Any) -> Any:
        if T == 0:
            return arb(1) if a == 0 else self._decided(a > 0, arb(0))
        return (-a / T).exp()

    def entropy(self, a: Any) -> Any:
        return arb(0) if a == 0 else -a * a.log()

    def ratio(self, a: Any, b: Any) -> Any:
        if a == 0 or b != 0:
            return arb(0) if a == 0 else a / b
        self._decided(a > 0 or a < 0, None)
        return arb.pos_inf() if a > 0 else arb.neg_inf()

    def power(self, a: Any, b: Any) -> Any:
        if a > 0:
            return a**b
        # zero or a ball that holds it: increasing for a positive exponent
        if b == 0:
            return arb(1)
        if not b > 0:
            return self._decided(a == 0 and b < 0, arb.pos_inf())
        end = _end(a, upper=True)
        return (end**b).union(arb(0)) if end > 0 else arb(0)

    @staticmethod
    def _decided(certain: bool, value: Any) -> Any:
        if not certain:
            raise DomainError(
                "the balls leave a sign open where the limit needs it; give more digits"
            )
        return value


def _end(ball: Any, *, upper: bool) -> Any:
    end = arb(ball.upper() if upper else ball.lower())
    return end if end > 0 else arb(0)


class MPFunction(Emitted):
    """The program at one point in multiple precision: ``f(digits=50, B0="0.1", ...)``."""

    target = "mpmath"

    def __init__(
        self,
        plan: Plan,
        parameters: tuple[str, ...],
        labels: tuple[int, ...],
        fallback: Fallback | None = None,
    ) -> None:
        self._plan, self.parameters, self.labels = plan, parameters, labels
        self.program, self._fallback = plan.program, fallback

    @classmethod
    def function(cls, plan: Plan, **options: Any) -> MPFunction:
        """The function of a plan; options as for :class:`symqb.emit.ProgramFunction`."""
        return cls(plan, options["parameters"], options["labels"], options.get("fallback"))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return self._plan.outputs

    def _exact(self, parameters: Mapping[str, Any]) -> dict[str, Fraction]:
        numbers = {name: exact_value(name, value) for name, value in parameters.items()}
        check_parameters(
            self.parameters,
            {name: float(value) for name, value in numbers.items()},
            temperatures=self._plan.temperatures,
            kappa=self._plan.kappa,
            defaults={self._plan.kappa: 1.0} if self._plan.kappa else {},
        )
        if self._plan.kappa:
            numbers.setdefault(self._plan.kappa, Fraction(1))
        return numbers

    def __call__(self, *given: Any, digits: int = 50, **parameters: Any) -> Result:
        """Evaluate at one point with so many decimal digits.

        Raises
        ------
        ParameterError, DomainError
            Bad input, digits that are not an integer from 15 to 2000.
        DegenerateLevelsError
            Levels coincide, or cannot be told apart at these digits.
        """
        refuse_unnamed("f", given, self.parameters)
        numbers = self._exact(parameters)
        # a float carries a rounding, which counts where levels nearly coincide
        point = numbers | {n: v for n, v in parameters.items() if isinstance(v, float)}
        return Result(self._values(check_digits(digits), point), self.labels, numbers)

    def _values(self, digits: int, point: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._fallback is not None:
            return self._fallback(self.program, point, digits)
        return evaluate_digits(self.program, digits, point)


@contextmanager
def _bits(count: int) -> Iterator[None]:
    saved, ctx.prec = ctx.prec, count
    try:
        yield
    finally:
        ctx.prec = saved


class ArbFunction(MPFunction):
    """The program at one point in ball arithmetic: every output encloses the true number."""

    target = "arb"

    @cached_property
    def _guarded(self) -> Program:
        # the derivatives of bose are lowered: their series is truncated, so they are no enclosure
        if any(step.op in {"bose_a", "bose_T"} for step in self.program.steps):
            raise DomainError("target 'arb' encloses outputs, not derivatives; use 'mpmath'")
        return guarded(self.program)

    def _values(self, digits: int, point: Mapping[str, Any]) -> Mapping[str, Any]:
        """Balls of more and more bits, until they are as narrow as the digits asked for.

        What never is, is either zero or told by the engine.
        """
        bits = int((digits + GUARD_DIGITS) * BITS_A_DIGIT)
        engine, more = self._fallback, 0
        while True:
            last = more == ROUNDS - 1
            try:
                with located(point), _bits(bits << more):
                    values = self._enclosed(point)
                    alone = last and engine is None
                    if alone or all(_narrow(x, digits) for x in _listed(values)):
                        return values
            except (DomainError, SteadyStateError) as error:
                # a sign left open may close with more bits; levels that coincide do not part
                last = last or isinstance(error, DegenerateLevelsError)
                if last and engine is None:
                    raise
            if last and engine is not None:
                found = engine(self.program, point, digits)
                with _bits(bits):
                    return _around(found, digits)
            more += 1

    def _enclosed(self, point: Mapping[str, Any]) -> dict[str, Any]:
        source, arithmetic = self._guarded, ArbArithmetic()
        inputs = {name: arithmetic.constant(Fraction(point[name])) for name in source.inputs}
        values = run(source, arithmetic, inputs)
        for name in [name for name in values if name.startswith("guard ")]:
            if values.pop(name).contains(0):
                refuse(source, name)
        for name, value in values.items():
            if any(x.is_nan() for x in (value if isinstance(value, list) else [value])):
                refuse_unknown(name)
        return values


def _around(values: Mapping[str, Any], digits: int) -> dict[str, Any]:
    """Balls around numbers that are right to so many digits; zeros are exact."""

    def ball(value: Any) -> Any:
        if mpmath.isinf(value):
            return arb.pos_inf() if value > 0 else arb.neg_inf()
        # by its exponent, which may be beyond any fraction that could be written out
        known = hasattr(value, "_mpf_")
        sign, size, exponent, _ = value._mpf_ if known else mpmath.libmp.from_float(float(value))
        middle = arb(-int(size) if sign else int(size)) * arb(2) ** int(exponent)
        return arb(middle.mid(), abs(middle).upper() * arb(10) ** (1 - digits) + middle.rad())

    return {k: [ball(x) for x in v] if isinstance(v, list) else ball(v) for k, v in values.items()}


def _listed(values: Mapping[str, Any]) -> list[Any]:
    return [x for v in values.values() for x in (v if isinstance(v, list) else [v])]


def _narrow(ball: Any, digits: int) -> bool:
    """Whether a ball shows so many digits: exact ones and infinities do."""
    return bool(ball.rad() == 0 or not ball.is_finite() or ball.rel_accuracy_bits() > 3.33 * digits)
