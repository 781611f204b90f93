"""Lowering: rewrite derived operations into the few that every target has.

What is left after lowering are the field operations, ``abs``, ``min``, ``max``, ``select``,
``sqrt``, ``log`` and ``expm1``.  The limits (frequency zero, temperature zero, a population of
zero) are built into the rewritten steps, so that no target has to know them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import factorial

from symqb.program.builder import ONE, ZERO, Builder
from symqb.program.core import LARGEST_EXPONENT, LEAST, Program, Ref, Step
from symqb.program.rewrite import Lookup, copy, rewrite
from symqb.program.series import slope_series

FLOOR = Fraction(1, 2**60)
"""Below this ratio of frequency to temperature ``a n(a, T)`` is ``T`` to rounding."""

SATURATED = Fraction(750)
"""An exponent at which ``expm1`` is infinite in double precision."""


def _rootsum(b: Builder, args: tuple[Ref, ...]) -> Ref:
    a, s, root = args
    larger = b.add(b.apply("abs", b.strip_sign(a)), root)
    return b.by_sign(a, larger, b.div(s, larger))


def inverse(b: Builder, T: Ref) -> Ref:
    """Write ``1/T``, in doubles finite at T = 0."""
    return b.div(ONE, b.apply("lifted", T))


def _inverse(b: Builder, T: Ref) -> Ref:
    return b.div(ONE, _lifted(b, (T,)))


def _bose(b: Builder, args: tuple[Ref, ...]) -> Ref:
    a, T = args
    # a floored at T 2^-60 gives T for a = 0; the second floor gives 0 where T = 0 as well
    floored = b.apply("max", a, b.mul(FLOOR, T))
    grown = b.apply("expm1", b.mul(floored, _inverse(b, T)))
    return b.div(floored, b.apply("max", LEAST, grown))


def _slope(b: Builder, x: Ref) -> Ref:
    """``g'(x)`` for ``g(x) = x / expm1(x)``: the series for x <= 1, the closed form beyond."""
    square = b.mul(x, x)
    series: Ref = ZERO
    for coefficient in reversed(slope_series()):
        series = b.add(b.mul(series, square), coefficient)
    near = b.sub(b.mul(series, x), Fraction(1, 2))
    bounded = b.apply("min", x, SATURATED)
    occupation = b.div(ONE, b.apply("max", LEAST, b.apply("expm1", bounded)))
    away = b.mul(occupation, b.sub(b.sub(ONE, bounded), b.mul(bounded, occupation)))
    return b.apply("select", x, ONE, near, away)


def _bose_a(b: Builder, args: tuple[Ref, ...]) -> Ref:
    a, T = args
    slope = _slope(b, b.mul(a, _inverse(b, T)))
    return b.apply("select", T, ZERO, ZERO, slope)


def _bose_T(b: Builder, args: tuple[Ref, ...]) -> Ref:
    a, T = args
    x = b.apply("min", b.mul(a, _inverse(b, T)), SATURATED)
    floored = b.apply("max", x, FLOOR)
    g = b.div(floored, b.apply("expm1", floored))
    return b.sub(g, b.mul(x, _slope(b, x)))


def _boltzmann(b: Builder, args: tuple[Ref, ...]) -> Ref:
    a, T = args
    return b.div(ONE, b.add(ONE, b.apply("expm1", b.mul(a, _inverse(b, T)))))


def _entropy(b: Builder, args: tuple[Ref, ...]) -> Ref:
    (a,) = args
    return b.neg(b.mul(a, b.apply("log", b.apply("max", LEAST, a))))


def _ratio(b: Builder, args: tuple[Ref, ...]) -> Ref:
    a, divisor = args
    # a divisor of -0.0 is 0 like the other
    quotient = b.div(a, b.apply("abs", divisor))
    return b.apply("select", b.apply("abs", a), ZERO, ZERO, quotient)


def _log1p(b: Builder, args: tuple[Ref, ...]) -> Ref:
    """Kahan's way: where 1 + a rounds, the logarithm errs as the difference does."""
    (a,) = args
    whole = b.add(ONE, a)
    seen = b.sub(whole, ONE)
    there = b.apply("abs", seen)
    # the divisor is 1 where the quotient is not used
    divisor = b.apply("select", there, ZERO, ONE, seen)
    scaled = b.mul(b.apply("log", whole), b.div(a, divisor))
    return b.apply("select", there, ZERO, a, scaled)


def _divergence(b: Builder, args: tuple[Ref, ...]) -> Ref:
    """By its series where the terms cancel; the next term is below 1e-19 of it."""
    (a,) = args
    series: Ref = ZERO
    for k in range(12, 1, -1):
        series = b.mul(b.add(series, Fraction((-1) ** k, factorial(k))), a)
    away = b.add(b.sub(a, ONE), _exponential(b, b.neg(a)))
    return b.apply("select", b.apply("abs", a), Fraction(1, 8), b.mul(series, a), away)


def _exponential(b: Builder, x: Ref) -> Ref:
    """``exp(x)`` for either sign."""
    grown = b.add(ONE, b.apply("expm1", b.apply("abs", x)))
    return b.apply("select", ZERO, x, grown, b.div(ONE, grown))


def _held(b: Builder, args: tuple[Ref, ...]) -> Ref:
    return b.apply("min", args[0], LARGEST_EXPONENT)


def _lifted(b: Builder, args: tuple[Ref, ...]) -> Ref:
    return b.apply("max", LEAST, args[0])


def _power(b: Builder, args: tuple[Ref, ...]) -> Ref:
    a, exponent = args
    value = _exponential(b, b.mul(exponent, b.apply("log", b.apply("max", LEAST, a))))
    # at a = 0: 1 for the exponent 0, else what LEAST is on the way to
    far = b.apply("select", ZERO, exponent, ZERO, b.div(ONE, b.apply("max", ZERO, a)))
    limit = b.apply("select", b.apply("abs", exponent), ZERO, ONE, far)
    return b.apply("select", a, ZERO, limit, value)


def _occupied(b: Builder, args: tuple[Ref, ...]) -> Ref:
    return ONE


def _vacant(b: Builder, args: tuple[Ref, ...]) -> Ref:
    return b.apply("expm1", b.mul(*args))


LOWERINGS: dict[str, Callable[[Builder, tuple[Ref, ...]], Ref]] = {
    "rootsum": _rootsum,
    "bose": _bose,
    "bose_a": _bose_a,
    "bose_T": _bose_T,
    "boltzmann": _boltzmann,
    "entropy": _entropy,
    "ratio": _ratio,
    "log1p": _log1p,
    "divergence": _divergence,
    "power": _power,
    "held": _held,
    "lifted": _lifted,
    "occupied": _occupied,
    "vacant": _vacant,
}


def lower(program: Program, keep: Iterable[str] = ()) -> Program:
    """The same program in the operations every target has.

    Parameters
    ----------
    program : Program
        Any program.
    keep : iterable of str
        Operations to leave as they are.

    Examples
    --------
    >>> b = Builder(("x", "r"))
    >>> lower(b.build({"y": b.apply("rootsum", "x", Fraction(8), "r")})).operation_counts()
    {'abs': 1, 'add': 1, 'div': 1, 'select': 1}
    """
    kept = frozenset(keep)

    def rule(b: Builder, step: Step, ref: Lookup[Ref]) -> Ref:
        lowering = None if step.op in kept else LOWERINGS.get(step.op)
        return lowering(b, tuple(map(ref, step.args))) if lowering else copy(b, step, ref)

    return rewrite(program, rule)
