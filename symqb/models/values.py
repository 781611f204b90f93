"""Checks on single values that the records share."""

from __future__ import annotations

import math
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

from symqb.models.errors import DomainError, ParameterError

Value = Any
"""A number, the name of a parameter, or a SymPy expression in parameters."""


def check_count(value: object, name: str, least: int) -> int:
    """``value`` as an int of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ParameterError(
            f"{name}={value!r} is not an integer; give a whole number of at least {least}"
        )
    if value < least:
        raise DomainError(f"{name}={value} is too small; give a whole number of at least {least}")
    return value


def check_value(value: Value, name: str) -> Value:
    """``value`` if it is a finite number, a parameter's name or a symbolic expression."""
    if isinstance(value, str):
        if not value.isidentifier():
            raise ParameterError(
                f"{name}={value!r} is not a parameter name; use a number or a name such as 'J'"
            )
        return value
    if hasattr(value, "free_symbols"):
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ParameterError(
            f"{name}={value!r} is a {type(value).__name__}; "
            "give a real number, a parameter's name or a SymPy expression"
        )
    if not isinstance(value, Rational | Fraction) and not math.isfinite(value):
        raise DomainError(f"{name}={value!r} is not finite; give a finite real number")
    return value


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
