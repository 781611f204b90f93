"""Running a program over any arithmetic: floats, multiple precision, symbols, balls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

import mpmath

from symqb.program.contexts import elementary
from symqb.program.core import LARGEST_EXPONENT, LEAST, Program, ProgramError, Step, as_double
from symqb.program.rewrite import Lookup, walk
from symqb.program.series import planck_slope


class Arithmetic(Protocol):
    """What a number system must offer to run a program: one method an operation."""

    def constant(self, value: Fraction) -> Any: ...
    def add(self, a: Any, b: Any) -> Any: ...
    def sub(self, a: Any, b: Any) -> Any: ...
    def mul(self, a: Any, b: Any) -> Any: ...
    def div(self, a: Any, b: Any) -> Any: ...
    def neg(self, a: Any) -> Any: ...
    def abs(self, a: Any) -> Any: ...
    def sqrt(self, a: Any) -> Any: ...
    def log(self, a: Any) -> Any: ...
    def min(self, a: Any, b: Any) -> Any: ...
    def max(self, a: Any, b: Any) -> Any: ...
    def select(self, a: Any, b: Any, x: Any, y: Any) -> Any: ...
    def rootsum(self, a: Any, b: Any, r: Any) -> Any: ...
    def bose(self, a: Any, T: Any) -> Any: ...
    def bose_a(self, a: Any, T: Any) -> Any: ...
    def bose_T(self, a: Any, T: Any) -> Any: ...
    def expm1(self, a: Any) -> Any: ...
    def log1p(self, a: Any) -> Any: ...
    def divergence(self, a: Any) -> Any: ...
    def held(self, a: Any) -> Any: ...
    def lifted(self, a: Any) -> Any: ...
    def boltzmann(self, a: Any, T: Any) -> Any: ...
    def entropy(self, a: Any) -> Any: ...
    def ratio(self, a: Any, b: Any) -> Any: ...
    def power(self, a: Any, b: Any) -> Any: ...
    def occupied(self, a: Any, b: Any) -> Any: ...
    def vacant(self, a: Any, b: Any) -> Any: ...


def run(program: Program, arithmetic: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Run a program step by step; an operation the arithmetic lacks is an error.

    Returns
    -------
    dict
        Every output by name: a value, or a list of values for a vector output.

    Raises
    ------
    ProgramError
        A missing input, or an operation that the arithmetic does not define.

    Examples
    --------
    >>> from symqb.program import Builder
    >>> b = Builder(("a", "T"))
    >>> run(b.build({"n": b.apply("bose", "a", "T")}), FloatArithmetic(), {"a": 0.0, "T": 3.0})
    {'n': 3.0}
    """
    missing = [name for name in program.inputs if name not in inputs]
    if missing:
        raise ProgramError(f"missing inputs {missing}; the program takes {list(program.inputs)}")

    def operate(step: Step, value: Lookup[Any]) -> Any:
        operation = getattr(arithmetic, step.op, None)
        if operation is None:
            raise ProgramError(f"{type(arithmetic).__name__} has no operation {step.op!r}")
        return operation(*map(value, step.args))

    given = {name: inputs[name] for name in program.inputs}
    value = walk(program, given, arithmetic.constant, operate)
    return {
        name: [value(r) for r in out] if isinstance(out, tuple) else value(out)
        for name, out in program.outputs.items()
    }


class Field:
    """The operations that Python's operators already give."""

    def add(self, a: Any, b: Any) -> Any:
        return a + b

    def sub(self, a: Any, b: Any) -> Any:
        return a - b

    def mul(self, a: Any, b: Any) -> Any:
        return a * b

    def neg(self, a: Any) -> Any:
        return -a


class _Ordered(Field):
    """Real numbers that can be compared: the derived operations, with their limits."""

    # what is not a number is neither smaller nor larger, and stays
    def min(self, a: Any, b: Any) -> Any:
        return a if a <= b or a != a else b

    def max(self, a: Any, b: Any) -> Any:
        return a if a >= b or a != a else b

    def select(self, a: Any, b: Any, x: Any, y: Any) -> Any:
        return x if a <= b else y

    def abs(self, a: Any) -> Any:
        return -a if a < 0 else a

    def rootsum(self, a: Any, b: Any, r: Any) -> Any:
        return a + r if a >= 0 else self.div(b, r - a)

    def div(self, a: Any, b: Any) -> Any:
        raise NotImplementedError

    def ratio(self, a: Any, b: Any) -> Any:
        return a if a == 0 else self.div(a, b)

    def expm1(self, a: Any) -> Any:
        raise NotImplementedError

    def occupied(self, a: Any, b: Any) -> Any:
        # exp(-a b); 1 + expm1(-a b) would lose its digits
        return self.div(1, 1 + self.expm1(a * b))

    def vacant(self, a: Any, b: Any) -> Any:
        return -self.expm1(-a * b)


class FloatArithmetic(_Ordered):
    """Python floats: the reference for what every double-precision target must do."""

    def constant(self, value: Fraction) -> float:
        return as_double(value)

    def div(self, a: float, b: float) -> float:
        if b == 0:
            return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a)
        return a / b

    def sqrt(self, a: float) -> float:
        return math.sqrt(a)

    def log(self, a: float) -> float:
        return math.log(a)

    def bose(self, a: float, T: float) -> float:
        if a == 0 or T == 0:
            return T if a == 0 else 0.0
        x = a / T
        if x > 709.0:
            return a * math.exp(-x)
        return a / math.expm1(x) if x > 1e-300 else T

    def bose_a(self, a: float, T: float) -> float:
        return planck_slope(a / T) if T else 0.0

    def bose_T(self, a: float, T: float) -> float:
        if a == 0 or T == 0:
            return 1.0 if a == 0 else 0.0
        return (self.bose(a, T) - a * self.bose_a(a, T)) / T

    def expm1(self, a: float) -> float:
        return math.expm1(a) if a < 709.782712893384 else math.inf

    def log1p(self, a: float) -> float:
        return math.log1p(a) if a > -1 else -math.inf

    def held(self, a: float) -> float:
        return a if a != a else min(a, float(LARGEST_EXPONENT))

    def lifted(self, a: float) -> float:
        return a if a != a else max(float(LEAST), a)

    def divergence(self, a: float) -> float:
        if abs(a) > 0.125:
            return a - 1 + math.exp(-a) if a > -709 else math.inf
        # the closed form cancels: 12 terms are exact to rounding
        return math.fsum((-a) ** k / math.factorial(k) for k in range(2, 13))

    def boltzmann(self, a: float, T: float) -> float:
        if T == 0:
            return 1.0 if a == 0 else 0.0
        return math.exp(-a / T)

    def entropy(self, a: float) -> float:
        return 0.0 if a == 0 else -a * math.log(a)

    def power(self, a: float, b: float) -> float:
        if a == 0:
            return math.inf if b < 0 else float(b == 0)
        try:
            return math.pow(a, b)
        except OverflowError:
            return math.inf


DEEPEST = 100_000
"""Exponents up to which digits are carried to see an exponential beside a number of order one."""

COLDEST_EXPONENT = 5000
"""Where, beside a temperature of 0, many digits let an exponential stand for any larger one: beyond
all digits offered; the smallest number is then its exponential's inverse, squared."""


class MPArithmetic(_Ordered):
    """mpmath at a chosen number of decimal digits, in a context of its own.

    Parameters
    ----------
    digits : int
        Decimal digits carried, at least 15.
    cold : bool
        Hold exponents as doubles do, at many more digits: right where a temperature is 0, whose
        rates are exactly 0 while no exponent is infinite.

    Examples
    --------
    >>> arithmetic = MPArithmetic(30)
    >>> print(arithmetic.bose(arithmetic.number("0.1"), arithmetic.number(2)))
    1.95041664930658889044306532884
    """

    def __init__(self, digits: int, *, cold: bool = False) -> None:
        self.context = mpmath.MPContext()
        self.context.dps = digits
        self._cold = cold
        self.longest = 0
        """Decimal digits before the point of the longest exponent met, lost to the rest."""
        self.lost = False
        """Whether, held so, a number other than 0 was taken for another."""
        self.deepest = 0
        """Decimal digits of the longest exponential met: beside a number it is lost to fewer."""
        self.met_zero = False
        """Whether something was 0 where its inverse or logarithm is meant: a temperature."""

    def number(self, value: Any) -> Any:
        """``value`` (int, float, Fraction, str or mpf) in this context, without loss."""
        if isinstance(value, Fraction):
            return self.constant(value)
        return self.context.mpf(value)

    def constant(self, value: Fraction) -> Any:
        return self.context.mpf(value.numerator) / value.denominator

    def div(self, a: Any, b: Any) -> Any:
        if b == 0:
            return self.context.nan if a == 0 else self.context.inf * self.context.sign(a)
        return a / b

    def sqrt(self, a: Any) -> Any:
        return elementary(self.context, "sqrt", a) if a >= 0 else self.context.nan

    def log(self, a: Any) -> Any:
        return elementary(self.context, "log", a) if a > 0 else self._outside(a == 0)

    def bose(self, a: Any, T: Any) -> Any:
        if a == 0 or T == 0:
            return T if a == 0 else self.context.zero
        return self.div(a, self._expm1(a / T))

    def bose_a(self, a: Any, T: Any) -> Any:
        if T == 0:
            return self.context.zero
        x = a / T
        if abs(x) < 1:
            # the closed form loses digits as x -> 0: carry as many more as x has zeros
            if abs(x) < self.context.eps:
                return -self.context.mpf(1) / 2
            extra = 2 * self.context.prec + 20
            with self.context.workprec(extra):
                return self._slope(x)
        return self._slope(x)

    def _slope(self, x: Any) -> Any:
        g = x / self.expm1(x)
        return g * (1 - x - g) / x

    def bose_T(self, a: Any, T: Any) -> Any:
        if a == 0 or T == 0:
            return self.context.one if a == 0 else self.context.zero
        return (self.bose(a, T) - a * self.bose_a(a, T)) / T

    def _tiny(self, a: Any) -> bool:
        """Whether the square of a number is nothing beside it."""
        return bool(self.context.mag(a) < -self.context.prec)

    def expm1(self, a: Any) -> Any:
        if self.context.isfinite(a) and abs(a) < DEEPEST:
            self.deepest = max(self.deepest, int(0.44 * abs(a)))
        return self._expm1(a)

    def _expm1(self, a: Any) -> Any:
        # mpmath carries as many more digits as a number has zeros, of which there may be thousands
        return a + a * a / 2 if self._tiny(a) else elementary(self.context, "expm1", a)

    def log1p(self, a: Any) -> Any:
        if self._tiny(a):
            return a - a * a / 2
        return elementary(self.context, "log1p", a) if a > -1 else self._outside(a == -1)

    def held(self, a: Any) -> Any:
        if self._cold:
            # those of a temperature of 0 lie beyond all others; one of another bath is lost
            self.lost = self.lost or COLDEST_EXPONENT < a < self.context.exp(COLDEST_EXPONENT)
            return min(a, self.context.mpf(COLDEST_EXPONENT))
        if self.context.isfinite(a):
            self.longest = max(self.longest, int(0.302 * self.context.mag(a)) if a else 0)
        return a

    def lifted(self, a: Any) -> Any:
        if self._cold:
            least = self.context.exp(-2 * COLDEST_EXPONENT)
            self.lost = self.lost or 0 < a < least
            return max(a, least)
        self.met_zero = self.met_zero or a == 0
        return a if a != 0 else self.constant(LEAST)

    def divergence(self, a: Any) -> Any:
        if self._tiny(a):
            return a * a * (1 - a / 3) / 2
        if self._cold and abs(a) > COLDEST_EXPONENT:
            return a - 1 if a > 0 else self.context.exp(COLDEST_EXPONENT)
        # as many more digits as the argument has zeros, twice
        zeros = max(0, -self.context.mag(a))
        with self.context.workprec(2 * self.context.prec + 2 * zeros):
            value = a + elementary(self.context, "expm1", -a)
        return +value

    def _outside(self, pole: bool) -> Any:
        """What a logarithm is at its pole and below: not a number, and no complex one."""
        return -self.context.inf if pole else self.context.nan

    def boltzmann(self, a: Any, T: Any) -> Any:
        if T == 0:
            return self.context.one if a == 0 else self.context.zero
        return elementary(self.context, "exp", -a / T)

    def entropy(self, a: Any) -> Any:
        return a if a == 0 else -a * self.log(a)

    def power(self, a: Any, b: Any) -> Any:
        if a == 0:
            return self.context.inf if b < 0 else self.context.mpf(int(b == 0))
        return self.context.power(a, b) if a > 0 else self.context.nan
