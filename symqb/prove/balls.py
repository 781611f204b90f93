"""Running a program over boxes: balls with derivatives, every ball an enclosure (flint's arb)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from symqb.prove.polynomials import rational

ZERO, ONE = arb(0), arb(1)


class NotFinite(ArithmeticError):
    """A ball is not finite: the box is too wide, or an operation is not defined on it."""


def ball(low: Fraction, high: Fraction) -> arb:
    """A ball around the interval [low, high]."""
    return exactly(low).union(exactly(high))


def exactly(value: Fraction) -> arb:
    """A rational number as a ball, to the working precision."""
    return arb(rational(value))


def finite(value: arb) -> arb:
    """The ball itself, if it is one: a NaN or an infinite ball proves nothing."""
    if not value.is_finite():
        raise NotFinite(f"the ball {value} is not finite; split the box further")
    return value


@dataclass(frozen=True)
class Jet:
    """An enclosure of a function on a box, with enclosures of its partial derivatives there."""

    value: arb
    slopes: tuple[arb, ...]

    def chain(self, value: arb, slope: arb) -> Jet:
        """f(self), from f and f' enclosed on self's ball."""
        return Jet(value, tuple(slope * d for d in self.slopes))


def times(a: arb, b: arb) -> arb:
    """The product; from the corners if a factor touches zero, where balls alone lose the sign."""
    if not (a.contains(ZERO) or b.contains(ZERO)):
        return a * b
    corners = [x * y for x in (a.lower(), a.upper()) for y in (b.lower(), b.upper())]
    return corners[0].union(corners[1]).union(corners[2]).union(corners[3])


def ends(value: arb, slack: str) -> tuple[arb, arb]:
    """Lower and upper end of an argument that may be negative by a small part of its size only.

    The radius of a ball has thirty bits, so even a ball around [0, 1] reaches a little below 0.
    """
    low, high = arb(finite(value).lower()), arb(value.upper())
    if low < 0 and not low > -high * arb(slack):
        raise NotFinite(f"{value} should not be negative; split the box further")
    return low, high


def hull(a: arb, b: arb) -> arb:
    """The smallest ball around two finite balls."""
    return finite(a).union(finite(b))


def occupation(x: arb) -> arb:
    """x/(exp(x) - 1) at one point x."""
    if x == 0:
        return ONE
    return x / x.expm1() if x < 700 else (x * (-x).exp() / (1 - (-x).exp()))


def occupation_slope(x: arb) -> arb:
    """Minus the derivative of x/(exp(x) - 1) at one point x > -1/100; it falls, and is 1/2 at 0.

    (e^x (x - 1) + 1)/(e^x - 1)^2; below 1/100 its Taylor series 1/2 - x/6 + x^3/180 - ...,
    alternating, between two of its sums.
    """
    if x < arb("0.01"):
        return hull(arb(1) / 2 - x / 6, arb(1) / 2 - x / 6 + x**3 / 180)
    e = (-x).exp()
    return e * (x - 1 + e) / (1 - e) ** 2


def response(x: arb) -> arb:
    """((x/2)/sinh(x/2))^2 at one point x >= 0: d/dT of T occupation(x); falls from 1 to 0."""
    if x == 0:
        return ONE
    return x * x * (-x).exp() / (-x).expm1() ** 2


class Jets:
    """The operations of a program on jets; see :class:`symqb.program.Arithmetic`.

    Parameters
    ----------
    count : int
        Number of variables that slopes are taken in; none for plain balls.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.none = (ZERO,) * count

    def variable(self, index: int, value: arb) -> Jet:
        slopes = [ZERO] * self.count
        if self.count:
            slopes[index] = ONE
        return Jet(value, tuple(slopes))

    def constant(self, value: Fraction) -> Jet:
        return Jet(exactly(value), self.none)

    def add(self, a: Jet, b: Jet) -> Jet:
        return Jet(a.value + b.value, tuple(x + y for x, y in zip(a.slopes, b.slopes, strict=True)))

    def sub(self, a: Jet, b: Jet) -> Jet:
        return Jet(a.value - b.value, tuple(x - y for x, y in zip(a.slopes, b.slopes, strict=True)))

    def mul(self, a: Jet, b: Jet) -> Jet:
        slopes = tuple(x * b.value + a.value * y for x, y in zip(a.slopes, b.slopes, strict=True))
        return Jet(times(a.value, b.value), slopes)

    def div(self, a: Jet, b: Jet) -> Jet:
        quotient = finite(a.value / b.value)
        slopes = tuple(
            (x - quotient * y) / b.value for x, y in zip(a.slopes, b.slopes, strict=True)
        )
        return Jet(quotient, slopes)

    def neg(self, a: Jet) -> Jet:
        return Jet(-a.value, tuple(-x for x in a.slopes))

    def abs(self, a: Jet) -> Jet:
        if a.value >= 0:
            return a
        if a.value <= 0:
            return self.neg(a)
        return a.chain(abs(a.value), arb(0, 1))

    def sqrt(self, a: Jet) -> Jet:
        root = finite(a.value.sqrt())
        return a.chain(root, finite(ONE / (2 * root)) if self.count else ZERO)

    def log(self, a: Jet) -> Jet:
        return a.chain(finite(a.value.log()), finite(ONE / a.value) if self.count else ZERO)

    def max(self, a: Jet, b: Jet) -> Jet:
        if a.value >= b.value:
            return a
        if a.value <= b.value:
            return b
        return Jet(a.value.max(b.value), tuple(map(hull, a.slopes, b.slopes)))

    def min(self, a: Jet, b: Jet) -> Jet:
        return self.neg(self.max(self.neg(a), self.neg(b)))

    def ratio(self, a: Jet, b: Jet) -> Jet:
        return self.div(a, b)

    def rootsum(self, a: Jet, b: Jet, r: Jet) -> Jet:
        """a + r with r = sqrt(a^2 + b), by the form that does not cancel for a < 0."""
        return self.div(b, self.sub(r, a)) if a.value < 0 else self.add(a, r)

    def bose(self, a: Jet, T: Jet) -> Jet:
        """a/(exp(a/T) - 1), T at a = 0: it falls in a and rises in T, so the corners enclose it.

        The function goes on smoothly to a < 0, and what a ball holds of that is enclosed too.
        There is no T < 0: what a ball rounds to there is not a point of the domain.  At T = 0 it
        is the limit: 0 for a >= 0, where by T it rises with slope 1 at a = 0 and not at all beyond.
        """
        low, high = ends(a.value, "1e-6")
        if T.value == 0:
            return self.frozen(low, a, T)
        cold, hot = ends(T.value, "1e-8")
        if not hot > 0:
            raise NotFinite(f"bose needs a hot end above zero, not {T.value}")
        large = high / cold if cold > 0 else None
        least = cold * occupation(large) if large is not None else ZERO
        value = hull(least, hot * occupation(low / hot))
        if not self.count:
            return Jet(value, ())
        by_a = -hull(
            occupation_slope(large) if large is not None else ZERO, steepest(low, cold, hot)
        )
        by_T = hull(
            response(large) if large is not None else ZERO, response(low / hot) if low > 0 else ONE
        )
        slopes = tuple(by_a * x + by_T * y for x, y in zip(a.slopes, T.slopes, strict=True))
        return Jet(value, slopes)

    def frozen(self, low: arb, a: Jet, T: Jet) -> Jet:
        """bose at T = 0 and a >= low: -a for what a ball holds of a < 0, else 0."""
        value, by_a = (hull(ZERO, -low), hull(ZERO, -ONE)) if low < 0 else (ZERO, ZERO)
        by_T = ZERO if low > 0 else hull(ZERO, ONE)
        slopes = tuple(by_a * x + by_T * y for x, y in zip(a.slopes, T.slopes, strict=True))
        return Jet(value, slopes)


def steepest(low: arb, cold: arb, hot: arb) -> arb:
    """The most that minus the derivative of x/(exp(x) - 1) is for x >= low/T."""
    if low >= 0:
        return occupation_slope(low / hot)
    return occupation_slope(low / cold) if cold > 0 and low / cold > arb("-0.01") else ONE


def positive(value: arb) -> bool:
    """Whether a ball is finite and lies above zero; a NaN ball does not."""
    return bool(value.is_finite() and value > 0)


def mean_value(centre: arb, slopes: Sequence[arb], radii: Sequence[arb]) -> arb:
    """f(box) lies in f(centre) + sum of slope times offset."""
    total = centre
    for slope, radius in zip(slopes, radii, strict=True):
        total = total + slope * radius
    return total
