"""Values of models: exact as given, of every kind; checked for sign and range by one function."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symqb
from symqb.derive.hamiltonian import as_expr
from symqb.models import Bath, BatteryModel, Chain, DomainError, SpectralDensity, exact_value
from symqb.models.arrays import check_domain
from symqb.models.exact import LARGEST_MAGNITUDE, exact_number
from symqb.models.values import as_expression, check_value, known_sign, same_value

BINARY = Fraction(0.1)
"""What the double 0.1 is."""

KINDS: list[tuple[Any, Fraction]] = [
    (0.1, BINARY),
    (np.float64(0.1), BINARY),
    (np.float32(0.1), Fraction(float(np.float32(0.1)))),
    (np.float16(0.1), Fraction(float(np.float16(0.1)))),
    (np.int64(-3), Fraction(-3)),
    (np.uint8(255), Fraction(255)),
    (7, Fraction(7)),
    (10**30 + 1, Fraction(10**30 + 1)),
    (Fraction(1, 3), Fraction(1, 3)),
    (Decimal("0.1"), Fraction(1, 10)),
    (Decimal("-1E-30"), Fraction(-1, 10**30)),
    (mpmath.mpf("-0.1"), -BINARY),
    (mpmath.mpf(0), Fraction(0)),
    (sp.Float(0.1), BINARY),
    (sp.Float("0.1", 40), None),
    (sp.Rational(-1, 3), Fraction(-1, 3)),
    (sp.Integer(5), Fraction(5)),
    ("0.1", Fraction(1, 10)),
    ("-1/3", Fraction(-1, 3)),
    ("1e-3", Fraction(1, 1000)),
    (" +2.50 ", Fraction(5, 2)),
]  # type: ignore[list-item]


@pytest.mark.parametrize(("value", "exact"), KINDS, ids=[repr(k[0]) for k in KINDS])
def test_a_number_of_any_kind_is_the_number_it_is(value: Any, exact: Fraction | None) -> None:
    if exact is None:  # forty digits of a tenth are nearer to it than a double is
        exact = exact_number(value)
        assert exact is not None
        assert 0 < abs(exact - Fraction(1, 10)) < Fraction(1, 10**39)
    assert exact_number(value) == exact == exact_value("x", value)
    kept = check_value(value, "x")
    assert exact_number(kept) == exact
    assert as_expression(value) == sp.Rational(exact.numerator, exact.denominator)
    assert known_sign(value) == known_sign(kept) == (exact > 0) - (exact < 0)


def test_a_longdouble_keeps_its_extra_digits() -> None:
    value = np.longdouble(1) / np.longdouble(3)
    exact = exact_number(value)
    assert exact is not None
    assert np.longdouble(exact.numerator) / np.longdouble(exact.denominator) == value


@pytest.mark.parametrize(
    "value", [value for value, exact in KINDS if exact is None or exact > 0], ids=repr
)
def test_every_field_of_a_model_keeps_a_number_alike(value: Any) -> None:
    (kept,) = Chain(2, J=value).J
    bath = Bath("L", value, {1: value})
    others = (
        *Chain(2, Delta=value).Delta,
        *Chain(2, eta=value).eta,
        *Chain(1, B0=value).B0,
        bath.temperature,
        bath.couplings[0][1],
        BatteryModel(Chain(1), (bath,), kappa=value).kappa,
    )
    assert [(type(other), other) for other in others] == [(type(kept), kept)] * len(others)


@given(st.floats(-1e100, 1e100).filter(lambda x: x == 0 or abs(x) > 1e-290))
def test_floats_are_kept_bit_by_bit(value: float) -> None:
    model = Chain(2, J=value)
    assert model.J[0] == value
    assert exact_number(mpmath.mpf(value)) == exact_number(sp.Float(value)) == Fraction(value)


def test_floats_inside_expressions_are_the_rationals_that_they_are() -> None:
    J = sp.Symbol("J")
    (kept,) = Chain(2, J=0.1 * J + 0.25).J
    exact = sp.Rational(BINARY.numerator, BINARY.denominator) * J + sp.Rational(1, 4)
    assert as_expression(kept) == as_expr(kept) == exact
    assert as_expression(Chain(2, J=J**2.0).J[0]) == J**2


@pytest.mark.parametrize("power", [-30000, 30000])
@pytest.mark.parametrize(
    "value",
    [
        lambda power: mpmath.ldexp(mpmath.mpf(1), power),
        lambda power: -mpmath.ldexp(mpmath.mpf(3), power),
        lambda power: f"1e{power}",
        lambda power: Decimal(f"-1e{power}"),
        lambda power: sp.Float(f"1e{power}"),
    ],
)
def test_a_number_of_thousands_of_digits_is_refused_before_it_is_written_out(
    value: Callable[[int], Any], power: int
) -> None:
    with pytest.raises(DomainError, match="has a magnitude outside"):
        exact_number(value(power), "J")


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_magnitude_itself_is_inside_the_domain(sign: int) -> None:
    inside = np.array([0.0, sign * LARGEST_MAGNITUDE])
    check_domain("J", inside, (), None)
    assert Chain(2, J=inside[1]).J[0] == inside[1]
    with pytest.raises(DomainError, match="overflows"):
        check_domain("J", np.nextafter(inside, sign * np.inf), (), None)


def test_binary_numbers_stay_floats_and_decimal_numbers_do_not() -> None:
    """What is a float may carry a rounding; what was written out does not."""
    for value in (0.1, np.float64(0.1), np.float32(0.5), mpmath.mpf(0.1), sp.Float(0.1)):
        assert type(check_value(value, "J")) is float
    for value in ("0.5", Decimal("0.5"), Fraction(1, 2), sp.Float("0.1", 40)):
        assert type(check_value(value, "J")) is Fraction
    for value in ("2", np.int64(2), 2):
        assert type(check_value(value, "J")) is int


def test_an_expression_without_parameters_left_is_a_number() -> None:
    J = sp.Symbol("J")
    chain = Chain(2, eta=(J + 1) ** 2 - J**2 - 2 * J - 1)
    assert chain.eta == (0,)
    assert chain.conserves_magnetization


def test_a_chain_of_jx_and_jy_does_not_round() -> None:
    chain = Chain.xyz(2, Jx=0.1, Jy=0.3)
    exact = [(Fraction(0.1) + sign * Fraction(0.3)) / 2 for sign in (1, -1)]
    assert [exact_number(v) for v in (*chain.J, *chain.eta)] == exact
    assert Chain.xyz(2, Jx="1/3", Jy=Fraction(1, 3)).conserves_magnetization


REFUSED: list[Any] = [
    "",
    "-inf",
    "1/0",
    "0x10",
    "1..2",
    "1+2",
    "1,5",
    "nan",
    "inf",
    "Infinity",
    "NAN",
    float("nan"),
    float("-inf"),
    np.float32("nan"),
    np.float64("inf"),
    Decimal("NaN"),
    Decimal("Infinity"),
    mpmath.nan,
    mpmath.inf,
    sp.nan,
    sp.oo,
    sp.zoo,
    sp.I,
    sp.I * sp.Symbol("x"),
    sp.oo * sp.Symbol("x"),
    True,
    np.bool_(True),
    sp.true,
    1j,
    1 + 0j,
    np.complex128(1),
    mpmath.mpc(1, 1),
    np.array(1.0),
    np.array([1.0, 2.0]),
    [1.0, 2.0],
    {},
    None,
    b"1",
    sp.Symbol("x") > 1,
    sp.Matrix([[1]]),
    sp.Function("f")(sp.Symbol("x")),
    sp.Dummy("x"),
    sp.Symbol("A", commutative=False),
    sp.Symbol("z", imaginary=True),
    sp.IndexedBase("A")[1],
    1e101,
    1e-300,
    -(10**101),
    Fraction(1, 10**300),
    "1e101",
    "1e999999999",
    "0.1e-999999999",
    Decimal("1e999999"),
    mpmath.mpf("1e99999999"),
    sp.Float("1e-400"),
]


@pytest.mark.parametrize("value", REFUSED, ids=[f"{type(v).__name__} {v!s}" for v in REFUSED])
def test_what_is_no_finite_real_number_is_refused_in_words(value: Any) -> None:
    for build in (
        lambda: Chain(2, J=value),
        lambda: Bath("L", "T", {1: value}),
        lambda: BatteryModel(Chain(1), (Bath("L", "T", {1: 1}),), kappa=value),
    ):
        with pytest.raises(symqb.ParameterError, match=r"give|use|another") as caught:
            build()
        assert caught.value.__cause__ is None
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "symbol",
    [
        sp.Symbol("x", imaginary=True),
        sp.Symbol("x", extended_real=False),
    ],
)
def test_a_symbol_that_is_not_real_is_called_so(symbol: sp.Symbol) -> None:
    """Also where the expression is real."""
    for value in (symbol, symbol**2 + 1, sp.Symbol("y") * symbol):
        with pytest.raises(DomainError, match="the symbol x is not real; use one that is"):
            check_value(value, "J")


MINUS: list[Any] = [
    -1.0,
    -3,
    np.int64(-3),
    np.float32(-0.5),
    Fraction(-1, 2),
    Decimal("-0.5"),
    mpmath.mpf(-0.5),
    sp.Rational(-1, 2),
    sp.Float(-0.5),
    sp.sqrt(2) - 2,
    "-0.5",
    "-1/2",
    -sp.Symbol("x", positive=True),
    -(sp.Symbol("x", real=True) ** 2) - 1,
]
ZERO: list[Any] = [
    0,
    -0.0,
    np.float64(0),
    Fraction(0),
    "0.0",
    sp.Integer(0),
    sp.sqrt(5 + 2 * sp.sqrt(6)) - sp.sqrt(2) - sp.sqrt(3),
]
POSITIVE: list[tuple[str, Callable[[Any], Any]]] = [
    ("cutoff", lambda v: SpectralDensity(v)),
    ("s", lambda v: SpectralDensity(10, s=v)),
    ("kappa", lambda v: BatteryModel(Chain(1), (Bath("L", "T", {1: 1}),), kappa=v)),
]


@pytest.mark.parametrize(("name", "build"), POSITIVE, ids=[p[0] for p in POSITIVE])
@pytest.mark.parametrize("value", [*MINUS, *ZERO], ids=repr)
def test_what_must_be_positive_is_refused_at_and_below_zero(
    name: str, build: Callable[[Any], Any], value: Any
) -> None:
    with pytest.raises(DomainError, match=name):
        build(value)


@pytest.mark.parametrize("value", MINUS, ids=repr)
def test_temperatures_below_zero_are_refused_in_every_spelling(value: Any) -> None:
    with pytest.raises(DomainError, match=r"bath L: temperature=.* is negative; give T >= 0"):
        Bath("L", value, {1: 1})


@pytest.mark.parametrize("value", [*ZERO, "1/2", np.float32(2), sp.sqrt(2) - 1, "T", 0.5])
def test_other_temperatures_are_taken(value: Any) -> None:
    assert known_sign(Bath("L", value, {1: 1}).temperature) in (0, 1, None)


@pytest.mark.parametrize("kind", ["J", "Delta", "eta", "B0"])
def test_a_chain_uneven_in_one_kind_of_value_alone_is_no_mirror_image(kind: str) -> None:
    count = 3 if kind == "B0" else 2
    even: dict[str, Any] = {"J": 1, "Delta": 0.5, "B0": 2, "eta": 0.25}
    assert Chain(3, **even).reflection_symmetric
    uneven = (*(even[kind],) * (count - 1), even[kind] + 1)
    assert not Chain(3, **{**even, kind: uneven}).reflection_symmetric
    names = (*("x",) * (count - 1), "y")
    assert not Chain(3, **{**even, kind: names}).reflection_symmetric


J = sp.Symbol("J")
EQUAL: list[tuple[Any, Any]] = [
    (0.5, Fraction(1, 2)),
    (0.5, "1/2"),
    ("0.5", sp.Rational(1, 2)),
    ("J", J),
    ("J", sp.Symbol("J", positive=True)),
    (J * (J + 1), J**2 + J),
    (1 / (J + 1) - 1, -J / (J + 1)),
    (0.5 * J, J / 2),
    (np.float32(2), 2),
]
APART: list[tuple[Any, Any]] = [
    (0.1, "0.1"),
    ("J", "K"),
    (J, -J),
    ("J", 1),
    (J * (J + 1), J**2 + J + sp.Rational(1, 10**20)),
    (1, Fraction(10**20 + 1, 10**20)),
]


@pytest.mark.parametrize(("a", "b"), EQUAL)
def test_values_are_compared_as_mathematics(a: Any, b: Any) -> None:
    assert same_value(a, b)
    assert same_value(b, a)
    assert Chain(3, J=(a, b)).reflection_symmetric


@pytest.mark.parametrize(("a", "b"), APART)
def test_values_that_differ_are_told_apart(a: Any, b: Any) -> None:
    assert not same_value(a, b)
    assert not Chain(3, J=(a, b)).reflection_symmetric
