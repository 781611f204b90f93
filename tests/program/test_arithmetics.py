"""Each operation means the same in every arithmetic: doubles, many digits, balls, symbols, arrays.

The judge is a formula of its own at 80 digits, in forms without cancellation where there are such.
Arguments are random and at every edge: zero, tiny, huge, a temperature of zero, both signs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import arb, ctx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from symqb.derive.expression import SymPyArithmetic
from symqb.emit.targets import emit_function
from symqb.emit.targets.numpy.source import compile_function
from symqb.emit.targets.precise import ArbArithmetic
from symqb.models import DomainError
from symqb.program import OPERATIONS, Builder, FloatArithmetic, MPArithmetic, Program, lower, run

EPS = 2.0**-53
TINIEST = 1e-290
mp = mpmath.MPContext()
mp.dps = 80
EVERY_OPERATION = settings(max_examples=2 * settings().max_examples)


def bose(a: Any, T: Any) -> Any:
    return T if a == 0 else mp.zero if T == 0 else a / mp.expm1(a / T)


def bose_a(a: Any, T: Any) -> Any:
    """The slope of x / (exp(x) - 1), by its series where the closed form cancels."""
    if T == 0:
        return mp.zero
    x = a / T
    if x < mp.mpf(10) ** -20:
        return -mp.mpf(1) / 2 + x / 6 - x**3 / 180
    return (1 - x * mp.exp(x) / mp.expm1(x)) / mp.expm1(x)


def bose_T(a: Any, T: Any) -> Any:
    """(x/2)^2 / sinh(x/2)^2."""
    if a == 0 or T == 0:
        return mp.one if a == 0 else mp.zero
    return (a / T / 2 / mp.sinh(a / T / 2)) ** 2


def boltzmann(a: Any, T: Any) -> Any:
    return mp.exp(-a / T) if T else mp.mpf(int(a == 0))


def power(a: Any, b: Any) -> Any:
    if a:
        return mp.exp(b * mp.log(a))
    return mp.inf if b < 0 else mp.mpf(int(b == 0))


def divergence(a: Any) -> Any:
    if abs(a) < mp.mpf(10) ** -15:
        return a**2 / 2 - a**3 / 6 + a**4 / 24 - a**5 / 120 + a**6 / 720
    return a - 1 + mp.exp(-a)


def rootsum(a: Any, b: Any, r: Any) -> Any:
    root = mp.sqrt(a**2 + b)
    return a + root if a >= 0 else b / (root - a)


# what each operation is; and how many roundings of its value doubles may err by
Meaning = tuple[Callable[..., Any], Callable[..., float]]


def few(*_: float) -> float:
    return 4.0


def thermal(a: float, T: float) -> float:
    """A rounding of the exponent a/T is worth a/T roundings of the value."""
    return 16 + 4 * min(a / T, 1e3) if T else 1.0


MEANINGS: dict[str, Meaning] = {
    "add": (lambda a, b: a + b, few),
    "sub": (lambda a, b: a - b, few),
    "mul": (lambda a, b: a * b, few),
    "div": (lambda a, b: a / b, few),
    "neg": (lambda a: -a, few),
    "abs": (lambda a: a if a >= 0 else -a, few),
    "sqrt": (lambda a: mp.sqrt(a), few),
    "log": (lambda a: mp.log(a), few),
    "min": (lambda a, b: a if a < b else b, few),
    "max": (lambda a, b: b if a < b else a, few),
    "select": (lambda a, b, c, d: d if a > b else c, few),
    "rootsum": (rootsum, few),
    "bose": (bose, thermal),
    "bose_a": (bose_a, thermal),
    "bose_T": (bose_T, thermal),
    "expm1": (lambda a: mp.expm1(a), few),
    "log1p": (lambda a: mp.log1p(a), lambda a: 8.0),
    "divergence": (divergence, lambda a: 40.0),
    "held": (lambda a: a, few),
    "lifted": (lambda a: a, few),
    "boltzmann": (boltzmann, thermal),
    "entropy": (lambda a: -a * mp.log(a) if a else mp.zero, lambda a: 8.0),
    "ratio": (lambda a, b: a / b if a else mp.zero, few),
    "power": (power, lambda a, b: 8 + 4 * abs(b * math.log(a)) if a else 1.0),
}

sizes = st.one_of(
    st.sampled_from([0.0, TINIEST, 1e-200, 1e-30, 2.0**-60, 2.0**-30, 0.5, 1.0, 1 + 2**-52, 2.0]),
    st.sampled_from([0.999, 30.0, 37.0, 700.0, 709.0, 710.0, 745.0, 750.0, 1e4, 1e50, 1e100]),
    st.floats(-20, 5).map(lambda exponent: 10.0**exponent),
)
signed = st.builds(math.copysign, sizes, st.sampled_from([1.0, -1.0]))
moderate = st.floats(-20, 5).map(lambda exponent: 10.0**exponent)
temperatures = st.one_of(st.sampled_from([0.0, TINIEST, 1e-8, 1.0, 3.7, 1e8, 1e100]), moderate)
positive = sizes.filter(bool)
small = st.one_of(st.floats(-0.99, 1e3), st.sampled_from([1e-300, -1e-300, 2.0**-53, -(2.0**-54)]))


def rooted(a: float, b: float) -> tuple[float, float, float]:
    """With the root as the step before makes it."""
    return a, b, float(mp.sqrt(mp.mpf(a) ** 2 + b))


ARGUMENTS: dict[str, st.SearchStrategy[tuple[float, ...]]] = {
    **dict.fromkeys(("add", "sub", "mul", "min", "max"), st.tuples(signed, signed)),
    **dict.fromkeys(("neg", "abs"), st.tuples(signed)),
    **dict.fromkeys(("bose", "bose_a", "bose_T", "boltzmann"), st.tuples(sizes, temperatures)),
    "div": st.tuples(signed, signed.filter(bool)),
    "sqrt": st.tuples(sizes),
    "log": st.tuples(positive),
    "select": st.tuples(signed, signed, signed, signed),
    "rootsum": st.builds(rooted, signed.filter(lambda a: 1e-140 < abs(a) < 1e50), moderate),
    "expm1": st.tuples(st.one_of(small, st.floats(-800, 700))),
    "log1p": st.tuples(small),
    "divergence": st.tuples(st.one_of(small, st.floats(0, 1e5), st.floats(-700, 0))),
    "held": st.tuples(st.floats(0, 600)),
    "lifted": st.tuples(positive.filter(lambda a: a >= 1e-300)),
    "entropy": st.tuples(sizes),
    "ratio": st.tuples(signed, positive),
    "power": st.tuples(
        sizes, st.one_of(st.floats(0, 4), st.sampled_from([0.0, 1.0, 0.5, 2.0, -1.0]))
    ),
}
OPERATION = st.sampled_from(sorted(ARGUMENTS)).flatmap(
    lambda op: st.tuples(st.just(op), ARGUMENTS[op])
)


def exact(op: str, args: tuple[float, ...]) -> Any:
    return MEANINGS[op][0](*map(mp.mpf, args))


def allowed(op: str, args: tuple[float, ...]) -> float:
    return EPS * MEANINGS[op][1](*args)


def representable(value: Any) -> bool:
    return value == 0 or TINIEST < abs(value) < 1e290


def right(found: float, op: str, args: tuple[float, ...], *, floor: float = 0.0) -> bool:
    """Whether a double is the value to the roundings allowed, or below every magnitude."""
    wanted = exact(op, args)
    if not representable(wanted):
        # zero, or subnormal; infinite, or nearly so
        return abs(found) <= 10 * TINIEST if abs(wanted) < 1 else abs(found) >= 1e289
    return bool(abs(found - wanted) <= (allowed(op, args) + floor) * abs(wanted) + TINIEST)


def one(op: str) -> Program:
    names = tuple("pqrs"[: OPERATIONS[op].arity])
    b = Builder(names)
    return b.build({"value": b.apply(op, *names)})


def test_every_operation_has_a_judge_and_arguments() -> None:
    assert set(MEANINGS) == set(ARGUMENTS) == set(OPERATIONS) - {"occupied", "vacant"}


@EVERY_OPERATION
@given(OPERATION)
@example(("boltzmann", (0.0, 0.0)))
@example(("bose", (0.0, 0.0)))
@example(("bose_T", (0.0, 0.0)))
@example(("bose_a", (1.0, 0.0)))
@example(("bose", (-0.0, 2.0)))
@example(("power", (0.0, 0.0)))
@example(("ratio", (0.0, 0.0)))
@example(("select", (1.0, 1.0, 2.0, 3.0)))
@example(("rootsum", (-1e20, 1e-3, 1e20)))
def test_doubles_are_right_to_their_roundings(case: tuple[str, tuple[float, ...]]) -> None:
    op, args = case
    found = getattr(FloatArithmetic(), op)(*args)
    assert right(found, op, args), (found, exact(op, args))


@EVERY_OPERATION
@given(OPERATION)
@example(("boltzmann", (0.0, 0.0)))
@example(("bose_a", (1e-30, 1.0)))
@example(("bose_T", (0.0, 0.0)))
@example(("power", (0.0, 0.0)))
@example(("rootsum", (-1e20, 1e-3, 1e20)))
def test_forty_digits_are_forty_digits(case: tuple[str, tuple[float, ...]]) -> None:
    op, args = case
    arithmetic = MPArithmetic(40)
    numbers = [arithmetic.number(x) for x in args]
    if op == "rootsum":
        numbers[2] = arithmetic.sqrt(numbers[0] ** 2 + numbers[1])
    found, wanted = mp.mpf(getattr(arithmetic, op)(*numbers)), exact(op, args)
    if mp.isinf(wanted):
        assert found == wanted
        return
    if wanted and abs(wanted) < mp.mpf(10) ** -4000:
        # the exponent's own rounding is worth more than all digits
        assert abs(found) < mp.mpf(10) ** -3900
        return
    lost = MEANINGS[op][1](*args) + 1e4
    assert abs(found - wanted) <= abs(wanted) * lost * mp.mpf(10) ** -38, (found, wanted)


@contextmanager
def bits(count: int) -> Iterator[None]:
    saved, ctx.prec = ctx.prec, count
    try:
        yield
    finally:
        ctx.prec = saved


FROM_ZERO = {"bose", "boltzmann", "entropy", "sqrt"}
"""Operations whose arguments are zero or positive, limits at zero included."""
BALLS = sorted({*ARGUMENTS} - {"bose_a", "bose_T"})


@EVERY_OPERATION
@given(st.sampled_from(BALLS).flatmap(lambda op: st.tuples(st.just(op), ARGUMENTS[op])))
@example(("boltzmann", (0.0, 0.0)))
@example(("bose", (0.0, 0.0)))
@example(("bose", (1.0, 0.0)))
@example(("power", (0.0, 0.0)))
@example(("rootsum", (-1e20, 1e-3, 1e20)))
def test_balls_hold_the_value_and_are_narrow(case: tuple[str, tuple[float, ...]]) -> None:
    op, args = case
    with bits(200):
        numbers = [arb(x) for x in args]
        if op == "rootsum":
            numbers[2] = (numbers[0] ** 2 + numbers[1]).sqrt()
        found = getattr(ArbArithmetic(), op)(*numbers)
        wanted = exact(op, args)
        if mp.isinf(wanted):
            assert found == arb.pos_inf()
            return
        middle = arb(str(wanted)) * arb(1, 1e-60) if wanted else arb(0)
        assert found.overlaps(middle), (found, wanted)
        width = mp.mpf(found.rad().str(10, radius=False))
        tiny = abs(wanted) < mp.mpf(10) ** -4000
        assert tiny or op == "divergence" or width <= abs(wanted) * mp.mpf(10) ** -45


@given(st.sampled_from(BALLS).flatmap(lambda op: st.tuples(st.just(op), ARGUMENTS[op])), st.data())
def test_wide_balls_hold_the_values_of_all_their_points(
    case: tuple[str, tuple[float, ...]], data: st.DataObject
) -> None:
    """At points inside a ball of arguments, zero included, the value lies in the result."""
    op, args = case
    if op in {"rootsum", "ratio", "div"}:
        return  # their arguments hang together, or the divisor's ball may hold zero
    shares = [0.0, 2.0**-40, 2.0**-3, *([1.5] if op in FROM_ZERO else [])]
    widths = [data.draw(st.sampled_from(shares)) * abs(x) for x in args]
    with bits(120):
        balls = [arb(x, w) for x, w in zip(args, widths, strict=True)]
        try:
            found = getattr(ArbArithmetic(), op)(*balls)
        except DomainError:
            return  # refused where a sign is left open
        for _ in range(3):
            moves = [data.draw(st.sampled_from([-0.99, -0.6, 0.0, 0.99])) for _ in args]
            inside = tuple(x + m * w for x, m, w in zip(args, moves, widths, strict=True))
            if op in FROM_ZERO:
                inside = tuple(max(x, 0.0) for x in inside)
            wanted = exact(op, inside)
            held = found.is_nan() or mp.isinf(wanted)
            middle = arb(0) if held or not wanted else arb(str(wanted)) * arb(1, 1e-30)
            assert held or found.overlaps(middle), (found, wanted, inside)


SYMBOLIC = sorted({*ARGUMENTS} - {"bose_a", "bose_T"})


@given(st.sampled_from(SYMBOLIC).flatmap(lambda op: st.tuples(st.just(op), ARGUMENTS[op])))
def test_symbols_mean_the_same_where_nothing_is_a_limit(
    case: tuple[str, tuple[float, ...]],
) -> None:
    """The closed form by substitution; its limits are the business of the program."""
    op, args = case
    if not all(1e-12 < abs(x) < 1e3 for x in args):
        args = tuple(math.copysign(0.25 + 0.5 * k, x) for k, x in enumerate(args))
        args = rooted(*args[:2]) if op == "rootsum" else args
    symbols = sp.symbols("p q r s")[: len(args)]
    form = getattr(SymPyArithmetic(), op)(*symbols)
    values = {s: sp.Rational(*x.as_integer_ratio()) for s, x in zip(symbols, args, strict=True)}
    if op == "rootsum":
        values[symbols[2]] = sp.sqrt(values[symbols[0]] ** 2 + values[symbols[1]])
    found = mp.mpf(str(sp.N(form.subs(values).doit().rewrite(sp.exp), 60, maxn=2000)))
    wanted = exact(op, args)
    assert abs(found - wanted) <= abs(wanted) * mp.mpf(10) ** -40, (found, wanted)


@EVERY_OPERATION
@given(OPERATION)
@example(("boltzmann", (0.0, 0.0)))
@example(("bose_a", (1.0, 0.0)))
@example(("bose_T", (0.0, 0.0)))
@example(("power", (0.0, 0.0)))
@example(("ratio", (0.0, -0.0)))
@example(("entropy", (0.0,)))
def test_lowered_operations_are_right_in_doubles_and_over_arrays(
    case: tuple[str, tuple[float, ...]],
) -> None:
    op, args = case
    program = lower(one(op))
    point = dict(zip(program.inputs, args, strict=True))
    found = run(program, FloatArithmetic(), point)["value"]
    # the floor of the frequency is 2^-60 of the temperature
    assert right(found, op, args, floor=2.0**-58), (found, exact(op, args))
    function = compile_function(program)
    with np.errstate(all="ignore"):
        (array,), _ = function(*(np.full(3, x) for x in point.values()))
        (scalar,), _ = function(*(np.float64(x) for x in point.values()))
    assert right(float(array[1]), op, args, floor=2.0**-58), (array, exact(op, args))
    assert right(float(scalar), op, args, floor=2.0**-58), (scalar, exact(op, args))


@pytest.mark.parametrize("op", sorted(ARGUMENTS))
def test_the_emitted_numpy_function_has_every_operation(op: str) -> None:
    """Through the kernel that writes into buffers: scalars, arrays, and a mix of both."""
    program = one(op)
    options: dict[str, Any] = {"labels": (), "temperatures": (), "kappa": None}
    function = emit_function(program, "numpy", parameters=program.inputs, **options)
    args = {"rootsum": rooted(-3.0, 1e-5), "select": (1.5, 1.5, -2.0, 4.0)}.get(
        op, (0.75, 0.5)[: len(program.inputs)]
    )
    for wide in range(2 ** len(args)):
        columns = {
            name: np.full(5, x) if wide >> k & 1 else x
            for k, (name, x) in enumerate(zip(program.inputs, args, strict=True))
        }
        values = np.atleast_1d(function(**columns)["value"])
        assert all(right(float(v), op, args, floor=2.0**-58) for v in values), (op, wide, values)


@given(positive, moderate)
def test_a_pair_of_occupied_and_vacant_is_a_bose_factor(a: float, b: float) -> None:
    """Fixed up to a common factor, and both are positive, in every arithmetic."""
    if not 1e-12 < a * b < 600:
        a, b = 0.5, 3.0
    wanted = 1 / mp.expm1(mp.mpf(a) * b)
    names = ("p", "q")
    builder = Builder(names)
    pair = {name: builder.apply(name, *names) for name in ("occupied", "vacant")}
    program = builder.build(pair)
    many = MPArithmetic(40)
    for arithmetic, convert, digits in (
        (FloatArithmetic(), float, 1e-12),
        (many, many.number, 1e-20),
        (SymPyArithmetic(), lambda x: sp.Rational(*float(x).as_integer_ratio()), 1e-20),
    ):
        found = run(program, arithmetic, {"p": convert(a), "q": convert(b)})
        occupied, vacant = (mp.mpf(str(sp.N(found[name], 60))) for name in pair)
        assert occupied > 0
        assert vacant > 0
        assert abs(occupied / vacant - wanted) <= wanted * digits
    lowered = run(lower(program), FloatArithmetic(), {"p": a, "q": b})
    assert abs(lowered["occupied"] / lowered["vacant"] - wanted) <= wanted * 1e-12


@pytest.mark.parametrize("value", [Fraction(-1, 3), Fraction(0), Fraction(2**70 + 1, 3**20)])
def test_constants_are_the_numbers_they_are(value: Fraction) -> None:
    assert FloatArithmetic().constant(value) == value.numerator / value.denominator
    many = MPArithmetic(40)
    assert abs(many.constant(value) * value.denominator - value.numerator) <= abs(value) * 1e-18
    assert SymPyArithmetic().constant(value) == sp.Rational(value.numerator, value.denominator)
    with bits(200):
        assert (ArbArithmetic().constant(value) * value.denominator).overlaps(arb(value.numerator))


@pytest.mark.parametrize(("a", "b", "wanted"), [(1.0, 0.0, math.inf), (-2.0, 0.0, -math.inf)])
def test_what_is_divided_by_zero_is_infinite(a: float, b: float, wanted: float) -> None:
    assert FloatArithmetic().div(a, b) == wanted
    many = MPArithmetic(30)
    assert float(many.div(many.number(a), many.number(b))) == wanted
    assert math.isnan(FloatArithmetic().div(0.0, b))
    assert many.context.isnan(many.div(many.number(0), many.number(b)))
