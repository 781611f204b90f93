"""T8: three spins in a field B0 >= alpha (21/20 + 9/20 Delta^2/J^2), whatever the temperatures.

Every transition changes the magnetisation by one, so its frequency is B0 + s with s free of B0.
With theta = (alpha + Delta)/(2 alpha), hence alpha theta (1 - theta) = 2 J^2/alpha, the s of all
transitions are linear in theta in units of alpha: one variable in (0, 1) is left.  The path lemma
and the criterion :func:`bound` are explained in docs/passivity.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, partial
from itertools import pairwise

import sympy as sp
from flint import arb, fmpq

from symqb.battery import xxz_battery
from symqb.models.plain_data import JsonObject
from symqb.prove.balls import NotFinite, finite, positive
from symqb.prove.boxes import Box
from symqb.prove.polynomials import rational
from symqb.prove.theorems.curvature import BEND
from symqb.prove.theorems.three_spins import all_paths

Q = Fraction
# B0/alpha = FIELD + GROWTH Delta^2/J^2
FIELD, GROWTH = Q(21, 20), Q(9, 20)
# Closer than this to 0 or 1 a box is treated with its gap factored out.
END = Q(1, 200)


@dataclass(frozen=True)
class Line:
    """A number that is linear in theta: value at theta = 0, and at theta = 1."""

    at_zero: Fraction
    at_one: Fraction

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # every box looks up every line of every path
        return hash((self.at_zero, self.at_one))

    def at(self, theta: Fraction) -> Fraction:
        return self.at_zero + (self.at_one - self.at_zero) * theta


@dataclass(frozen=True)
class Path:
    """A simple path upward: (omega - B0)/alpha of its steps up and of its steps down."""

    up: tuple[Line, ...]
    down: tuple[Line, ...]


def in_theta(expression: sp.Expr) -> list[Fraction]:
    """An expression in Delta and J as a polynomial in theta at alpha = 1, constant term first."""
    theta = sp.Symbol("theta", positive=True)
    values = {"B0": 0, "epsilon": 0, "Delta": 2 * theta - 1, "J": sp.sqrt(theta * (1 - theta) / 2)}
    chosen = {symbol: values[symbol.name] for symbol in expression.free_symbols}
    polynomial = sp.Poly(sp.simplify(expression.subs(chosen)), theta)
    return [Q(int(c.p), int(c.q)) for c in reversed(polynomial.all_coeffs())]


@cache
def offsets() -> dict[frozenset[int], tuple[int, Line]]:
    """For each coupled pair its upper level and (omega - B0)/alpha, from what is derived."""
    found = {}
    for transition in xxz_battery(spins=3).transitions():
        start, slope = [*in_theta(transition.frequency), Q(0)][:2]
        line = Line(start, start + slope)
        found[frozenset((transition.upper, transition.lower))] = (transition.upper, line)
    return found


@cache
def upward_paths(absent: frozenset[frozenset[int]] = frozenset()) -> tuple[Path, ...]:
    """The simple paths between neighbours in energy (234, unless pairs are absent), by offsets."""
    table, found = offsets(), []
    for path in all_paths():
        steps = [(j, frozenset((i, j))) for i, j in pairwise(path)]
        if absent.isdisjoint(pair for _, pair in steps):
            up = tuple(table[pair][1] for j, pair in steps if table[pair][0] == j)
            down = tuple(table[pair][1] for j, pair in steps if table[pair][0] != j)
            found.append(Path(up, down))
    return tuple(found)


def least_field(low: Fraction, high: Fraction) -> Fraction:
    """The least of B0/alpha = 21/20 + 9/20 Delta^2/J^2 over theta in [low, high]."""
    product = max(t * (1 - t) for t in (low, high))
    if low <= Q(1, 2) <= high:
        product = Q(1, 4)
    # Delta^2/J^2 = 2 (2 theta - 1)^2/(theta (1 - theta)) = 2/(theta (1 - theta)) - 8
    return FIELD + GROWTH * (2 / product - 8)


def power(x: arb, exponent: fmpq) -> arb:
    """x^exponent of a positive ball."""
    if not x > 0:
        raise NotFinite(f"{x} should be positive; split the box further")
    return (arb(exponent) * x.log()).exp()


def bound(up: Sequence[fmpq], down: Sequence[fmpq]) -> arb:
    """A lower bound of V just below the smallest frequency.

    V(w) is the least of the integral of f'(v)/f'(w) n(v) dv over v > w, where n(v) counts the
    steps up with a frequency above v less the steps down, over all f' > 0 that fall while
    v^q f'(v), q = 7/25, rises.  Going down from the largest frequency, f'(w)/f'(b) lies between
    1 and (b/w)^q: where V > 0 the worst is the latter, where V < 0 the former.
    """
    events = sorted([(w, 1) for w in up] + [(w, -1) for w in down], reverse=True)
    value, count = arb(0), 0
    for (high, sign), (low, _) in pairwise(events):
        count += sign
        if low < high:
            value = segment(arb(low), arb(high), count, value).lower()
    return value


def integrals(up: Sequence[fmpq], down: Sequence[fmpq]) -> list[fmpq]:
    """The integral of n from 0 to each of the frequencies, in ascending order."""
    events = sorted([(w, -1) for w in up] + [(w, 1) for w in down])
    count, total, last = len(up) - len(down), fmpq(0), fmpq(0)
    found = []
    for w, sign in events:
        total += count * (w - last)
        count, last = count + sign, w
        found.append(total)
    return found


def rises_if_concave(up: Sequence[fmpq], down: Sequence[fmpq]) -> bool:
    """Whether X > 0 for every f' > 0 that falls: the integral of n from 0 is nowhere negative.

    X is then the integral of -f'' times it, plus the last f' times its last value, the gap.
    """
    found = integrals(up, down)
    return bool(min(found) >= 0 and found[-1] > 0)


def segment(a: arb, b: arb, count: int, value: arb) -> arb:
    """V(a) at least, from V(b) >= value and n = count between; ``value`` is one number."""
    return bent(a, b, count, value) if value > 0 else straight(a, b, count, value)


def bent(a: arb, b: arb, count: int, value: arb) -> arb:
    """While V > 0: f' rises downward as fast as it may.  Where V reaches 0 it goes on straight."""
    bend = rational(BEND)
    rest = 1 - bend
    total = power(a / b, bend) * value
    total += count * power(a, bend) * (power(b, rest) - power(a, rest)) / arb(rest)
    if count >= 0 or total > 0:
        return total
    root = power(b, rest) + value * power(b, -bend) * arb(rest) / count
    return arb(total.lower()).min(count * (power(finite(root), 1 / rest) - a))


def straight(a: arb, b: arb, count: int, value: arb) -> arb:
    """While V < 0: f' stays.  Where V reaches 0 it goes on bent."""
    total = value + count * (b - a)
    if count <= 0 or not total > 0:
        return total
    zero = b + value / count
    return bent(a, zero, count, arb(0))


@dataclass(frozen=True)
class Ends:
    """The least and the most of (omega - B0)/alpha, of every transition, on a box of theta."""

    least: Mapping[Line, fmpq]
    most: Mapping[Line, fmpq]

    @classmethod
    def of(cls, low: Fraction, high: Fraction) -> Ends:
        values = {line: (line.at(low), line.at(high)) for _, line in offsets().values()}
        return cls(
            {line: rational(min(v)) for line, v in values.items()},
            {line: rational(max(v)) for line, v in values.items()},
        )

    def hardest(self, path: Path) -> tuple[list[fmpq], list[fmpq]]:
        """Steps up at their least, down at their most: X is no smaller anywhere on the box."""
        return [self.least[line] for line in path.up], [self.most[line] for line in path.down]

    def easiest(self, path: Path) -> tuple[list[fmpq], list[fmpq]]:
        """Steps up at their most, down at their least."""
        return [self.most[line] for line in path.up], [self.least[line] for line in path.down]


def holds_inside(path: Path, ends: Ends, field: fmpq) -> bool:
    """Whether X > 0 on a box away from the ends, in any field from the given one up."""
    up, down = ([field + s for s in steps] for steps in ends.hardest(path))
    smallest = min([*up, *down])
    if smallest <= 0:
        return False
    if rises_if_concave(up, down):
        return True
    value = bound(up, down)
    # below the smallest frequency n = 0, or n = 1 and f' is at least what it is there
    return positive(value) if len(up) == len(down) else positive(value + arb(smallest))


def excess(
    up: Sequence[fmpq], down: Sequence[fmpq], lowest: fmpq
) -> Iterator[tuple[fmpq, fmpq, fmpq, fmpq]]:
    """The pieces (low, high, V at low, V at high) of V for constant f', from the top to lowest."""
    events = sorted([(s, 1) for s in up] + [(s, -1) for s in down], reverse=True)
    value, count = fmpq(0), 0
    for (high, sign), (low, _) in pairwise([*events, (lowest, 0)]):
        count += sign
        yield low, high, value + count * (high - low), value
        value += count * (high - low)


def positive_area(up: Sequence[fmpq], down: Sequence[fmpq], lowest: fmpq) -> fmpq:
    """The integral of max(V, 0) from ``lowest`` on, for constant f', exactly.

    ``lowest`` is below every step.  On a box the steps lie higher at some points than at others,
    so there is a piece of V between it and the smallest of them.
    """
    area = fmpq(0)
    for low, high, at_low, at_high in excess(up, down, lowest):
        width, top, bottom = high - low, max(at_low, at_high), min(at_low, at_high)
        if bottom >= 0:
            area += width * (top + bottom) / 2
        elif top > 0:
            area += width * top * top / (top - bottom) / 2
    return area


def total(lines: Iterable[Line], zero: bool) -> tuple[Fraction, Fraction]:
    """The sum of some lines at an end of (0, 1), and its slope away from there."""
    at_zero = sum((line.at_zero for line in lines), Q(0))
    at_one = sum((line.at_one for line in lines), Q(0))
    return (at_zero, at_one - at_zero) if zero else (at_one, at_zero - at_one)


def holds_at_end(path: Path, ends: Ends, field: fmpq, zero: bool, width: fmpq) -> bool:
    """Whether X > 0 on a box that ends at theta = 0 or 1, where B0 grows without bound."""
    gain, loss = gain_and_loss(path, ends, field, zero, width)
    return bool(gain > loss)


def gain_and_loss(
    path: Path, ends: Ends, field: fmpq, zero: bool, width: fmpq
) -> tuple[fmpq, fmpq]:
    """Numbers of which the first exceeds the second only if X > 0 on a box at an end.

    X >= f'(w_min) (gap - q area/w_min), with n = 1 below w_min added if the path has one step up
    more than down.  The area is that of the easiest steps, from w_min on: V is nowhere larger at
    any point of the box.  Otherwise the gap is G0 + G1 g exactly, with g = theta (or 1 - theta),
    and g B0/alpha = 2 GROWTH/(1 - g) + (FIELD - 8 GROWTH) g >= 2 GROWTH - (8 GROWTH - FIELD) g.
    """
    least, most = ends.hardest(path)
    easiest = ends.easiest(path)
    lowest = min([*least, *easiest[1]])
    w_min = field + lowest
    if w_min <= 0:
        return fmpq(0), fmpq(0)
    loss = rational(BEND) * positive_area(*easiest, lowest)
    gap = sum(least, fmpq(0)) - sum(most, fmpq(0))
    if len(path.up) > len(path.down):
        return (w_min + gap - lowest) * w_min, loss
    (up, rise), (down, fall) = (total(lines, zero) for lines in (path.up, path.down))
    if up != down:
        return (gap * w_min if up > down else fmpq(0)), loss
    grown = rational(2 * GROWTH) + min((rational(FIELD - 8 * GROWTH) + lowest) * width, fmpq(0))
    return rational(rise - fall) * grown, loss


@dataclass(frozen=True)
class FarField:
    """The statement that X > 0 on every path, on a box of theta; see :class:`BoxStatement`."""

    name: str = "T8_far"
    title: str = "three spins, epsilon = 0, in a strong field: strictly passive at all temperatures"
    box: tuple[tuple[Fraction, Fraction], ...] = ((Q(0), Q(1)),)

    @property
    def root(self) -> Box:
        return self.box

    @property
    def scope(self) -> str:
        return "J != 0, all Delta, T_hot > 0, T_cold >= 0, B0 >= alpha (21/20 + 9/20 Delta^2/J^2)"

    def to_json(self) -> JsonObject:
        """The statement as a JSON object."""
        return {
            "name": self.name,
            "box": {"theta": [str(end) for end in self.box[0]]},
            "field": [str(FIELD), str(GROWTH)],
            "bend": str(BEND),
            "offsets": {
                "-".join(map(str, sorted(pair))): [upper, str(line.at_zero), str(line.at_one)]
                for pair, (upper, line) in sorted(offsets().items(), key=lambda i: sorted(i[0]))
            },
        }

    def decide(self, box: Box) -> int | None:
        """None if X > 0 on every path, else the variable to halve."""
        ((low, high),) = box
        touches = low == 0 or high == 1
        if touches and high - low > END:
            return 0
        ends, field = Ends.of(low, high), rational(least_field(low, high))
        inside = partial(holds_inside, ends=ends, field=field)
        outer = partial(
            holds_at_end, ends=ends, field=field, zero=low == 0, width=rational(high - low)
        )
        try:
            return None if all(map(outer if touches else inside, upward_paths())) else 0
        except NotFinite:
            return 0
