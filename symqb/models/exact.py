"""Numbers exactly as given: one function for every kind that a record or an evaluation takes."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from numbers import Rational, Real
from typing import TYPE_CHECKING, Any

from symqb.models.errors import DomainError

if TYPE_CHECKING:
    import sympy as sp

SMALLEST_MAGNITUDE = 1e-290
LARGEST_MAGNITUDE = 1e100
SMALLEST_TEMPERATURE = SMALLEST_MAGNITUDE

OUTSIDE = f"a magnitude outside {SMALLEST_MAGNITUDE:g} ... {LARGEST_MAGNITUDE:g}"
SCALE = "scale all energies and temperatures, or all rates, together"

FARTHEST = 5000
"""Powers of ten beyond which a number is not written out: that would take all memory."""


def exact_number(value: object, name: str = "value") -> Fraction | None:
    """Convert a real number to the fraction it is; None if it is not one rational number.

    Takes int, float, Fraction, Decimal, NumPy's scalars, mpmath's mpf, SymPy's rational and
    floating numbers, and text such as ``"0.1"``, ``"1/3"`` or ``"1e-3"``.  A float is the binary
    number it holds, text the decimal number it shows.  Not taken: bool, complex, arrays, NaN and
    infinities, irrational expressions.

    Raises
    ------
    DomainError
        A power of ten in the thousands; the message calls the number ``name``.

    Examples
    --------
    >>> exact_number("0.1"), exact_number(0.5), exact_number("J")
    (Fraction(1, 10), Fraction(1, 2), None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _from_text(value, name)
    if isinstance(value, Decimal):
        return _from_decimal(value, name)
    # a constant such as mpmath's pi has a value for every precision, a ball of flint many values
    if hasattr(value, "_mpf_") and isinstance(value, Real) and type(value).__name__ != "constant":
        return _from_mpf(value, name)
    try:
        if isinstance(value, Rational):
            return Fraction(int(value.numerator), int(value.denominator))
        if isinstance(value, Real) and hasattr(value, "as_integer_ratio"):
            return Fraction(*map(int, value.as_integer_ratio()))
    except (ValueError, OverflowError):
        return None  # NaN, an infinity
    return None


def _from_text(text: str, name: str) -> Fraction | None:
    try:
        if "/" in text:
            return Fraction(text)
        decimal = Decimal(text)
    except (InvalidOperation, ValueError, ZeroDivisionError):
        return None
    if _unwritten(decimal):
        raise DomainError(magnitude_message(name, text))
    return _from_decimal(decimal, name)


def _from_decimal(value: Decimal, name: str) -> Fraction | None:
    if not value.is_finite():
        return None
    if _unwritten(value):
        raise DomainError(magnitude_message(name, value))
    return Fraction(value) if value else Fraction(0)


def _unwritten(value: Decimal) -> bool:
    return bool(value.is_finite() and value and abs(value.adjusted()) > FARTHEST)


def _from_mpf(value: Any, name: str) -> Fraction | None:
    sign, mantissa, exponent, length = value._mpf_
    if not mantissa:
        return None if exponent else Fraction(0)
    if abs(int(exponent + length)) > 4 * FARTHEST:
        raise DomainError(magnitude_message(name, value))
    size = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -size if sign else size


def magnitude_message(name: str, value: object) -> str:
    """What is wrong with a number too large or too small for double precision."""
    try:
        shown = repr(value)
    except ValueError:  # Python writes out no integer of more than some thousand digits
        shown = "a number of thousands of digits"
    if len(shown) > 60:
        shown = f"{shown[:40]}... ({len(shown)} characters)"
    return f"{name}={shown} has {OUTSIDE}; use 0, or {SCALE}"


def in_range(number: Fraction) -> bool:
    """Whether a number is zero, or of a magnitude whose square double precision holds."""
    return not number or SMALLEST_MAGNITUDE <= abs(number) <= LARGEST_MAGNITUDE


def check_numbers(expression: sp.Basic, name: str, remedy: str = SCALE) -> None:
    """Refuse an expression with a number in it that no model takes alone: doubles lose it.

    Parameters
    ----------
    expression : sympy.Basic
        Its numbers are looked at, and its powers and functions of numbers alone.
    name : str
        What the expression is for, for the message.
    remedy : str
        What to do about it.

    Raises
    ------
    DomainError
        A number out of range.

    Examples
    --------
    >>> import sympy as sp
    >>> check_numbers(10**320 * sp.Symbol("v"), "J")
    Traceback (most recent call last):
    ...
    symqb.models.errors.DomainError: J holds the number 1.0e+320, and that is a magnitude outside \
1e-290 ... 1e+100; scale all energies and temperatures, or all rates, together
    """
    from sympy import Float, Function, Pow, Rational

    for part in expression.atoms(Rational, Float, Pow, Function):
        if part.free_symbols:
            continue
        number = part if part.is_Rational else abs(part.evalf(15))
        if (number.is_Rational or number.is_Float) and not _held(number):
            raise DomainError(
                f"{name} holds the number {_shown(number)}, and that is {OUTSIDE}; {remedy}"
            )


def _held(number: Any) -> bool:
    """Whether a number of SymPy's is in range, however long it would be written out."""
    try:
        found = exact_number(number)
    except DomainError:
        return False
    return found is not None and in_range(found)


def _shown(number: Any) -> str:
    """A number of SymPy's in a few digits."""
    import mpmath

    context = mpmath.MPContext()
    if number.is_Rational:
        number = context.mpf(int(number.p)) / context.mpf(int(number.q))
    else:
        number = context.mpf(number)
    return str(context.nstr(number, 6))


def exact_expression(expression: sp.Basic) -> sp.Basic:
    """A SymPy expression with every floating number in it replaced by the rational it is.

    Examples
    --------
    >>> import sympy as sp
    >>> exact_expression(0.5 * sp.Symbol("J"))
    J/2
    """
    from sympy import Float, Rational

    exact: dict[sp.Float, sp.Rational] = {}
    for number in expression.atoms(Float):
        fraction = exact_number(number)
        if fraction is not None:
            exact[number] = Rational(fraction.numerator, fraction.denominator)
    return expression.xreplace(exact) if exact else expression
