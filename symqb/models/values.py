"""Checks on single values that the records share."""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from numbers import Rational, Real
from typing import Any, SupportsIndex

from symqb.models.errors import DomainError, ParameterError

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
    """``value`` if it is a finite number, a parameter's name or a symbolic expression."""
    if isinstance(value, str):
        if not value.isidentifier():
            raise ParameterError(
                f"{name}={value!r} is not a parameter name; use a number or a name such as 'J'"
            )
        return value
    if hasattr(value, "free_symbols"):
        if value.is_number and not (value.is_real and value.is_finite):
            raise DomainError(f"{name}={value} is not real and finite; give a real number")
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ParameterError(
            f"{name}={value!r} is a {type(value).__name__}; "
            "give a real number, a parameter's name or a SymPy expression"
        )
    if not isinstance(value, Rational | Fraction) and not math.isfinite(value):
        raise DomainError(f"{name}={value!r} is not finite; give a finite real number")
    return value


def known_below(value: Value, bound: int, *, strict: bool = False) -> bool:
    """Whether a value is a number, of any kind, below ``bound`` (or equal, if not ``strict``)."""
    if isinstance(value, str) or (hasattr(value, "free_symbols") and not value.is_number):
        return False
    return bool(value < bound if strict else value <= bound)


def check_choice(value: object, name: str, choices: tuple[str, ...]) -> str:
    """``value`` if it is one of ``choices``."""
    if not isinstance(value, str) or value not in choices:
        known = " or ".join(map(repr, choices))
        raise ParameterError(f"{name}={value!r} is unknown; choose {known}")
    return value


def as_expression(value: Value) -> Any:
    """A value as something to calculate with: names become SymPy symbols."""
    if not isinstance(value, str):
        return value
    from sympy import Symbol

    return Symbol(value)
