"""Numbers as people type them on a command line."""

from __future__ import annotations

import re
from fractions import Fraction

from symqb.models.errors import ParameterError

DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
FRACTION = re.compile(r"[+-]?\d+/\d+", re.ASCII)
NO_NUMBER = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
"""What floats have besides numbers; those who take the value refuse it."""


def check_number_text(name: str, text: str) -> str:
    """``text``, stripped, if it is a decimal number or a fraction ``p/q``.

    Raises
    ------
    ParameterError
        Anything else, also what Python reads as a number and people do not, such as ``1_0``.

    Examples
    --------
    >>> check_number_text("J", " 1/4")
    '1/4'
    """
    stripped = text.strip()
    if not any(form.fullmatch(stripped) for form in (DECIMAL, FRACTION, NO_NUMBER)):
        raise ParameterError(_not_a_number(name, text))
    return stripped


def read_float(name: str, text: str) -> float:
    """The float nearest to a decimal number or a fraction; infinite where it is beyond all.

    Raises
    ------
    ParameterError
        Text that is no number.

    Examples
    --------
    >>> read_float("J", "1/4"), read_float("J", "1e400")
    (0.25, inf)
    """
    stripped = check_number_text(name, text)
    try:
        return float(Fraction(stripped)) if "/" in stripped else float(stripped)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise ParameterError(_not_a_number(name, text)) from None


def _not_a_number(name: str, text: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    return f"{name}={shown!r} is not a number; give a decimal such as 0.5 or a fraction such as 1/2"
