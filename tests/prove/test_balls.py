"""Every operation on balls and jets encloses: values and slopes, kinks and ends included.

An operation on jets is sound if, for all values in its operands' balls and all slopes in their
slopes' balls, the result's ball holds the value and its slopes' balls hold what the chain rule
gives; at a kink, the slopes of both sides.  True values come from balls of 400 bits at a point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction as Q
from typing import Any

import pytest
from flint import arb, ctx
from hypothesis import assume, given
from hypothesis import strategies as st

from symqb.program.core import OPERATIONS
from symqb.prove import balls
from symqb.prove.balls import Jet, Jets, NotFinite, ball, exactly, mean_value, positive, times

COUNT = 2


@dataclass(frozen=True)
class Operand:
    """A jet, and a point in each of its balls."""

    sides: tuple[Q, Q]
    value: Q
    slopes: tuple[tuple[Q, Q], ...]
    slope: tuple[Q, ...]

    @property
    def jet(self) -> Jet:
        return Jet(ball(*self.sides), tuple(ball(*s) for s in self.slopes))


#: Numbers that balls hold exactly: simple ones often, fine and large ones at times.
SIZES = [Q(n) for n in (0, 0, 1, 1, 2, 3, 4)] + [
    Q(n, 2**k) for n, k in ((1, 1), (3, 2), (7, 3), (1021, 8), (5, 11), (3, 30), (1, 40))
]


def numbers(low: int, high: int) -> st.SearchStrategy[Q]:
    """Such numbers between two whole ones."""
    signed = [s * size for size in SIZES for s in (1, -1)]
    return st.sampled_from([x for x in signed if low <= x <= high])


def intervals(low: int = -4, high: int = 4) -> st.SearchStrategy[tuple[Q, Q]]:
    """An interval, at times a point, at times one that begins or ends at zero."""
    return st.tuples(numbers(low, high), numbers(low, high)).map(
        lambda ends: (min(ends), max(ends))
    )


def inside(draw: st.DrawFn, low: Q, high: Q) -> Q:
    """A point of an interval: an end, zero if it is there, or any other."""
    share = draw(st.integers(-16, 64))
    if share < 0 and low <= 0 <= high:
        return Q(0)
    return low + (high - low) * Q(abs(share), 64)


@st.composite
def operands(draw: st.DrawFn, low: int = -4, high: int = 4) -> Operand:
    """A jet with every ball an interval, and a point of each."""
    sides = draw(intervals(low, high))
    slopes = tuple(draw(intervals()) for _ in range(COUNT))
    return Operand(
        sides, inside(draw, *sides), slopes, tuple(inside(draw, *side) for side in slopes)
    )


Partials = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """An operation: its value, its partial derivatives on each side, and where it may refuse."""

    value: Callable[..., Any]
    partials: Callable[..., list[Partials]]
    arguments: tuple[tuple[int, int], ...]
    refuses: Callable[..., bool] = lambda *operands: False
    domain: Callable[..., bool] = lambda *values: True
    crosses: Callable[..., bool] = lambda *operands: True  # a kink, and does not end at it


def sign_slopes(a: Any) -> list[Partials]:
    return [(s,) for s in (1, -1) if a == 0 or (a > 0) == (s > 0)]


def larger(a: Any, b: Any) -> list[Partials]:
    return [p for p, chosen in (((1, 0), a >= b), ((0, 1), a <= b)) if chosen]


def bose(a: Any, T: Any) -> Any:
    if a == 0:
        return T
    if T == 0:
        return arb(0) if a > 0 else -a
    return a / (a / T).expm1()


def bose_partials(a: Any, T: Any) -> list[Partials]:
    if T == 0:
        return [(0, 0)] if a > 0 else [(0, 0), (0, 1)] if a == 0 else [(-1, 0)]
    if a == 0:
        return [(arb(-1) / 2, 1)]
    x = a / T
    e = x.exp()
    return [((e - 1 - x * e) / (e - 1) ** 2, x**2 * e / (e - 1) ** 2)]


def crosses_zero(a: Operand) -> bool:
    return a.sides[0] < 0 < a.sides[1]


def cross(a: Operand, b: Operand) -> bool:
    return a.sides[0] < b.sides[1] and b.sides[0] < a.sides[1]


def touches_zero(a: Operand) -> bool:
    return bool(a.jet.value.contains(0))


ANY = (-4, 4)
CASES = {
    "add": Case(lambda a, b: a + b, lambda a, b: [(1, 1)], (ANY, ANY)),
    "sub": Case(lambda a, b: a - b, lambda a, b: [(1, -1)], (ANY, ANY)),
    "mul": Case(lambda a, b: a * b, lambda a, b: [(b, a)], (ANY, ANY)),
    "div": Case(
        lambda a, b: a / b,
        lambda a, b: [(1 / b, -a / b**2)],
        (ANY, ANY),
        lambda a, b: touches_zero(b),
        lambda a, b: b != 0,
    ),
    "ratio": Case(
        lambda a, b: a / b,
        lambda a, b: [(1 / b, -a / b**2)],
        (ANY, (0, 4)),
        lambda a, b: touches_zero(b),
        lambda a, b: b != 0,
    ),
    "neg": Case(lambda a: -a, lambda a: [(-1,)], (ANY,)),
    "abs": Case(abs, sign_slopes, (ANY,), crosses=crosses_zero),
    "max": Case(lambda a, b: a.max(b), larger, (ANY, ANY), crosses=cross),
    "min": Case(lambda a, b: a.min(b), lambda a, b: larger(-a, -b), (ANY, ANY), crosses=cross),
    "sqrt": Case(
        lambda a: a.sqrt(),
        lambda a: [(1 / (2 * a.sqrt()),)],
        ((0, 4),),
        touches_zero,
        lambda a: a > 0,
    ),
    "log": Case(
        lambda a: a.log(),
        lambda a: [(1 / a,)],
        ((0, 4),),
        touches_zero,
        lambda a: a > 0,
    ),
    "bose": Case(bose, bose_partials, ((0, 4), (0, 4))),
}


def test_every_operation_that_jets_have_is_examined() -> None:
    have = {name for name in OPERATIONS if hasattr(Jets, name)}
    assert have == {*CASES, "rootsum"}


def holds(ball: Any, true: Any) -> bool:
    """Whether a ball holds a number that is known to 400 bits; the ball may be exact."""
    return bool(ball.contains(true)) or (ball.overlaps(true) and true.rad() < arb(2) ** -300)


def encloses(found: Jet, value: Any, slopes: Iterator[tuple[Any, ...]] | list[Any]) -> None:
    """A jet holds a true value and true slopes, given as much narrower balls."""
    assert holds(found.value, value), (found.value, value)
    for side in slopes:
        for enclosure, true in zip(found.slopes, side, strict=True):
            assert holds(enclosure, true), (enclosure, true)


def through(partials: list[Partials], given_: tuple[Operand, ...]) -> list[tuple[Any, ...]]:
    """The chain rule for each side of a kink."""
    return [
        tuple(
            sum((arb(p) * exactly(o.slope[k]) for p, o in zip(side, given_, strict=True)), arb(0))
            for k in range(COUNT)
        )
        for side in partials
    ]


@pytest.mark.parametrize("name", CASES)
@given(st.data())
def test_values_and_slopes_lie_in_the_jet(name: str, data: st.DataObject) -> None:
    case = CASES[name]
    chosen = tuple(data.draw(operands(*side)) for side in case.arguments)
    assume(case.domain(*(o.value for o in chosen)))
    try:
        found = getattr(Jets(COUNT), name)(*(o.jet for o in chosen))
    except NotFinite:
        assert case.refuses(*chosen), "refused without need"
        return
    with ctx.workprec(400):
        at = [exactly(o.value) for o in chosen]
        sides = through(case.partials(*at), chosen)
        if case.crosses(*chosen):
            encloses(found, case.value(*at), sides)
        else:  # one side of a kink is all there is; which, at the kink itself, is no matter
            encloses(found, case.value(*at), [])
            assert any(
                all(holds(e, t) for e, t in zip(found.slopes, side, strict=True)) for side in sides
            )
    plain = getattr(Jets(0), name)(*(Jet(o.jet.value, ()) for o in chosen))
    assert plain.value.contains(found.value)
    assert found.value.contains(plain.value)


@given(st.data())
def test_the_sum_with_a_root_encloses(data: st.DataObject) -> None:
    """rootsum(a, b, r) = a + r, where r = sqrt(a^2 + b) is a jet of its own."""
    a, b = data.draw(operands()), data.draw(operands(0, 4))
    with ctx.workprec(400):
        x, y = exactly(a.value), exactly(b.value)
        r = (x * x + y).sqrt()
        assume(r > 0)
        slopes = [
            (x * exactly(p) + exactly(q) / 2) / r for p, q in zip(a.slope, b.slope, strict=True)
        ]
        true = (x + r, [tuple(exactly(p) + s for p, s in zip(a.slope, slopes, strict=True))])
    wide = arb(0, float(data.draw(st.sampled_from([0.0, 1e-9, 0.3]))))
    root = Jet(arb(r.mid(), r.rad()) + wide, tuple(s + wide for s in slopes))
    try:
        found = Jets(COUNT).rootsum(a.jet, b.jet, root)
    except NotFinite:
        assert a.sides[1] < 0, "refused without need"
        return
    encloses(found, *true)


@given(operands(), operands())
def test_products_keep_the_sign(a: Operand, b: Operand) -> None:
    """A ball around a product of [0, x] and [0, y] would reach below zero by half its size."""
    product = times(a.jet.value, b.jet.value)
    assert product.contains(exactly(a.value * b.value))
    if a.sides[0] >= 0 and b.sides[0] >= 0 and 0 in (*a.sides, *b.sides):
        assert float(product.lower()) >= -1e-8 * float(product.upper())


# ---- kinks, ends and half-lines -------------------------------------------------------------


def one(low: Any, high: Any) -> Jet:
    """The variable itself on an interval."""
    return Jet(ball(Q(low), Q(high)), (arb(1),))


def test_an_absolute_value_over_zero_has_the_slopes_of_both_sides() -> None:
    (slope,) = Jets(1).abs(one(-1, 2)).slopes
    assert slope.contains(1)
    assert slope.contains(-1)


def test_the_larger_of_two_that_cross_has_the_slopes_of_both() -> None:
    x, other = one(-1, 1), Jet(arb(0), (arb(7),))
    for operation in (Jets(1).max, Jets(1).min):
        for pair in ((x, other), (other, x)):
            (slope,) = operation(*pair).slopes
            assert slope.contains(1)
            assert slope.contains(7)


def test_the_larger_of_two_apart_is_that_one() -> None:
    x, above = one(-1, 1), Jet(arb(2), (arb(7),))
    assert Jets(1).max(x, above) is above
    assert Jets(1).max(above, x) is above
    assert float(Jets(1).min(above, x).slopes[0]) == 1


def test_bose_at_no_temperature_looks_at_its_argument_first() -> None:
    jets, cold = Jets(1), Jet(arb(0), (arb(0),))
    for argument in (
        one(-1, 1),
        one(-1, -1),
        Jet(arb("nan"), (arb(1),)),
        Jet(arb("inf"), (arb(1),)),
    ):
        with pytest.raises(NotFinite):
            jets.bose(argument, cold)
    assert float(jets.bose(one(1, 2), cold).value) == 0
    below = jets.bose(one(Q(-1, 10**7), 1), cold)
    assert below.value.contains(arb("1e-7"))
    assert below.slopes[0].contains(-1)


def test_bose_at_no_temperature_and_no_argument_rises_with_temperature() -> None:
    (slope,) = Jets(1).bose(Jet(arb(0), (arb(0),)), Jet(arb(0), (arb(1),))).slopes
    assert slope.contains(1)
    (slope,) = Jets(1).bose(Jet(arb(1), (arb(0),)), Jet(arb(0), (arb(1),))).slopes
    assert float(slope) == 0


@pytest.mark.parametrize("T", [(0, 0), (0, 1), (Q(1, 2), 1)])
@given(st.integers(0, 64), st.integers(0, 64))
def test_bose_encloses_below_zero_as_far_as_it_is_taken(T: Any, s: int, t: int) -> None:
    low, high = Q(-1, 10**7), Q(1)
    jets = Jets(2)
    found = jets.bose(jets.variable(0, ball(low, high)), jets.variable(1, ball(Q(T[0]), Q(T[1]))))
    for a in (low + (high - low) * Q(s, 64), low * Q(s, 64)):
        with ctx.workprec(600):
            at = exactly(a), exactly(T[0] + (T[1] - T[0]) * Q(t, 64))
            if a and at[1] != 0 and abs(at[0] / at[1]) > 2000:
                continue
            encloses(found, bose(*at), bose_partials(*at))


HALF_LINES = ("0", "1/2")


@pytest.mark.parametrize("name", [*CASES, "rootsum"])
@pytest.mark.parametrize("start", HALF_LINES)
def test_a_half_line_is_refused_or_enclosed_but_proves_nothing_false(name: str, start: str) -> None:
    """arb's [x, oo) has infinite radius, so nothing can come out that leaves a point out."""
    low = exactly(Q(start))
    half = Jet(low.union(arb("inf")), (arb(1),))
    unit = one(1, 2)
    value = CASES[name].value if name in CASES else lambda a, b, r: a + r
    count = len(CASES[name].arguments) if name in CASES else 3
    for place in range(count):
        given_ = [half if k == place else unit for k in range(count)]
        try:
            found = getattr(Jets(1), name)(*given_)
        except NotFinite:
            continue
        if not found.value.is_finite():
            assert not positive(found.value)
            continue
        for far in (1, 1000, 10**30):
            at = [arb(far) if k == place else arb(1) for k in range(count)]
            assert found.value.contains(value(*at)), (name, far)


def test_a_value_that_is_no_number_is_never_positive() -> None:
    nothing = Jet(arb("nan"), (arb("nan"),))
    for name, case in CASES.items():
        for place in range(len(case.arguments)):
            given_ = [nothing if k == place else one(1, 2) for k in range(len(case.arguments))]
            try:
                found = getattr(Jets(1), name)(*given_)
            except NotFinite:
                continue
            assert not positive(found.value), name


# ---- the helpers ------------------------------------------------------------------------------


@given(st.integers(0, 40 * 64).map(lambda n: Q(n, 64)))
def test_the_functions_of_one_point_enclose(x: Q) -> None:
    found = [f(exactly(x)) for f in (balls.occupation, balls.occupation_slope, balls.response)]
    with ctx.workprec(600):
        y = exactly(x)
        e = y.exp()
        true = (
            [y / (e - 1), (e * (y - 1) + 1) / (e - 1) ** 2, y**2 * e / (e - 1) ** 2]
            if x
            else [arb(1), arb(1) / 2, arb(1)]
        )
    assert all(enclosure.contains(value) for enclosure, value in zip(found, true, strict=True))


@pytest.mark.parametrize(
    "x", ["-1/101", "-1/1000", "-1/10000000", "1/101", "1/99", "699", "701", "2000"]
)
def test_the_slope_of_occupation_encloses_where_its_form_changes(x: str) -> None:
    found = balls.occupation(exactly(Q(x))), balls.occupation_slope(exactly(Q(x)))
    with ctx.workprec(8000):
        y = exactly(Q(x))
        e = y.exp()
        true = y / (e - 1), (e * (y - 1) + 1) / (e - 1) ** 2
    assert found[0].contains(true[0])
    assert found[1].contains(true[1])


@given(st.data())
def test_the_mean_value_form_encloses_what_its_jets_do(data: st.DataObject) -> None:
    """f = x |x - y| max(x, y) on a box, from its value at the centre and its slopes."""

    def f(jets: Jets, x: Jet, y: Jet) -> Jet:
        return jets.mul(x, jets.mul(jets.abs(jets.sub(x, y)), jets.max(x, y)))

    sides = data.draw(intervals()), data.draw(intervals())
    jets = Jets(2)
    slopes = f(jets, *(jets.variable(k, ball(*side)) for k, side in enumerate(sides))).slopes
    middle = [exactly((low + high) / 2) for low, high in sides]
    plain = Jets(0)
    centre = f(plain, *(plain.variable(0, m) for m in middle)).value
    radii = [exactly((high - low) / 2) * arb(0, 1) for low, high in sides]
    x, y = (inside(data.draw, *side) for side in sides)
    assert mean_value(centre, slopes, radii).contains(exactly(x * abs(x - y) * max(x, y)))


@given(intervals(), st.integers(0, 64))
def test_a_ball_holds_the_interval_it_is_made_of(side: tuple[Q, Q], share: int) -> None:
    low, high = side[0] / 3, side[1] / 3
    assert ball(low, high).contains(exactly(low + (high - low) * Q(share, 64)))
