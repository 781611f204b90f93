"""Checks on single values that the records share."""

from __future__ import annotations

import math
import operator
from decimal import Decimal
from fractions import Fraction
from numbers import Rational, Real
from typing import TYPE_CHECKING, Any, SupportsIndex

from symqb.models.assumed import refuse_unchecked
from symqb.models.errors import DomainError, ParameterError
from symqb.models.exact import (
    check_numbers,
    exact_expression,
    exact_number,
    in_range,
    magnitude_message,
)
from symqb.models.names import check_name, name_in

if TYPE_CHECKING:
    import sympy as sp

Value = Any
"""A number, the name of a parameter, or a SymPy expression in parameters."""


def check_count(value: object, name: str, least: int) -> int:
    """``value`` as an int of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise ParameterError(
            f"{name}={value!r} is not an integer; give a whole number of at least {least}"
        )
    count = operator.index(value)
    if count < least:
        raise DomainError(f"{name}={count} is too small; give a whole number of at least {least}")
    return count


def check_value(value: Value, name: str) -> Value:
    """``value`` as a record keeps it: a number, a parameter's name or a SymPy expression.

    Numbers stay exactly what they are: as int or Fraction, or as float where a binary number was
    given that is one.  See :func:`symqb.models.exact.exact_number` for the kinds there are.

    Raises
    ------
    ParameterError, DomainError
        Not a finite real number, not a name that every target can use, or an expression in
        anything but plain real symbols.

    Examples
    --------
    >>> check_value("0.1", "J"), check_value("J", "J")
    (Fraction(1, 10), 'J')
    """
    if isinstance(value, float) and math.isfinite(value):
        # a negative zero would be a sign that no number has
        return _in_range(float(value) + 0.0, Fraction(value), name)
    number = exact_number(value, name)
    if number is not None:
        _in_range(value, number, name)
        if not isinstance(value, str | Decimal | Rational) and Fraction(float(number)) == number:
            return float(number)
        return number.numerator if number.denominator == 1 else number
    if isinstance(value, str):
        if reads_as_number(value) and name_in(value) is None:
            raise ParameterError(f"{name}={value!r} is not a finite number; give one")
        return check_name(value, name)
    if hasattr(value, "free_symbols") and hasattr(value, "is_number"):
        return _check_expression(value, name)
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise ParameterError(
            f"{name}={value!r} is a {type(value).__name__}; "
            "give a real number, a parameter's name or a SymPy expression"
        )
    raise DomainError(f"{name}={value!r} is not finite; give a finite real number")


def _in_range(kept: Value, number: Fraction, name: str) -> Value:
    if not in_range(number):
        raise DomainError(magnitude_message(name, kept))
    return kept


def _check_expression(value: Any, name: str) -> Value:
    """An expression, or the number that it is for every value of its symbols."""
    from sympy import Expr, I, Symbol, expand, nan, oo, zoo
    from sympy.core.function import AppliedUndef

    if not isinstance(value, Expr):
        raise ParameterError(
            f"{name}={value} is a {type(value).__name__}; give a real number, a parameter's name "
            "or a SymPy expression"
        )
    # a symbol of another class (Dummy, Indexed) has no name that an evaluation could take
    for symbol in value.free_symbols:
        if type(symbol) is not Symbol or not symbol.is_commutative:
            raise ParameterError(
                f"{name}={value} holds {symbol}, a {type(symbol).__name__} that is no plain "
                "number; use a SymPy Symbol"
            )
        check_name(symbol.name, name)
        # of what is not real SymPy also says that it is no integer
        if symbol.is_extended_real is False:
            raise DomainError(f"{name}={value}: the symbol {symbol} is not real; use one that is")
        refuse_unchecked(symbol, name)
    if value.atoms(AppliedUndef):
        raise ParameterError(
            f"{name}={value} holds a function without a formula; write it out, or use a symbol"
        )
    if value.free_symbols or not value.is_Rational:
        check_numbers(value, name)
    exact = exact_expression(value)
    if exact.free_symbols and not expand(exact).free_symbols:
        exact = expand(exact)
    if exact.is_number:
        if not (exact.is_real and exact.is_finite):
            raise DomainError(f"{name}={value} is not real and finite; give a real number")
        return _in_range(exact, Fraction(exact), name) if exact.is_Rational else value
    if exact.has(I, nan, oo, zoo):
        raise DomainError(f"{name}={value} is not real and finite; give a real expression")
    return value


def reads_as_number(text: str) -> bool:
    """Whether text spells a number, or tries to: a digit, a sign or a point comes first."""
    return text.strip()[:1].isdigit() or text.strip()[:1] in {"+", "-", "."}


def known_sign(value: Value) -> int | None:
    """The sign of a value of any kind, -1, 0 or 1; None for what depends on parameters.

    Examples
    --------
    >>> import sympy as sp
    >>> known_sign("-0.5"), known_sign(sp.sqrt(2) - 1), known_sign("J"), known_sign(0.0)
    (-1, 1, None, 0)
    """
    number = exact_number(value)
    if number is not None:
        return (number > 0) - (number < 0)
    if not hasattr(value, "free_symbols"):
        return None
    if value.is_negative or value.is_positive:
        return -1 if value.is_negative else 1
    if value.is_zero or (value.is_number and value.equals(0)):
        return 0
    if not value.is_number:
        return None
    return 1 if value.evalf(30) > 0 else -1


def check_positive(value: Value, name: str, remedy: str) -> Value:
    """:func:`check_value`, of what must be above zero wherever that can be told."""
    kept = check_value(value, name)
    sign = known_sign(kept)
    if (sign is not None and sign <= 0) or getattr(kept, "is_nonpositive", None):
        raise DomainError(f"{name}={value!r}{remedy}")
    return kept


def check_nonnegative(value: Value, name: str, remedy: str) -> Value:
    """:func:`check_value`, of what must not be below zero wherever that can be told."""
    kept = check_value(value, name)
    if known_sign(kept) == -1:
        raise DomainError(f"{name}={value!r}{remedy}")
    return kept


def same_value(a: Value, b: Value) -> bool:
    """Whether two values are equal whatever the parameters are, however they are written.

    Examples
    --------
    >>> import sympy as sp
    >>> J = sp.Symbol("J")
    >>> same_value(0.5, Fraction(1, 2)), same_value("J", J), same_value(J * (J + 1), J**2 + J)
    (True, True, True)
    >>> same_value(0.1, "0.1"), same_value("J", 1)
    (False, False)
    """
    if exact_number(a) is not None and exact_number(b) is not None:
        return exact_number(a) == exact_number(b)
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    from sympy import expand, together

    difference = expand(plain_expression(a) - plain_expression(b))
    return bool(difference == 0 or expand(together(difference).as_numer_denom()[0]) == 0)


def check_choice(value: object, name: str, choices: tuple[str, ...]) -> str:
    """``value`` if it is one of ``choices``."""
    if not isinstance(value, str) or value not in choices:
        known = " or ".join(map(repr, choices))
        raise ParameterError(f"{name}={value!r} is unknown; choose {known}")
    return value


def as_expression(value: Value) -> sp.Expr:
    """A value as something to calculate with exactly: SymPy symbols for names, rationals."""
    number = exact_number(value)
    if number is not None:
        from sympy import Rational

        return Rational(number.numerator, number.denominator)
    if not isinstance(value, str):
        return exact_expression(value)
    from sympy import Symbol

    return Symbol(value)


def plain_expression(value: Value) -> sp.Expr:
    """:func:`as_expression` with symbols that carry nothing but their names."""
    from sympy import Symbol

    expression = as_expression(value)
    return expression.xreplace({s: Symbol(s.name) for s in expression.free_symbols})
