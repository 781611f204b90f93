"""Numbers as people type them on a command line."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from symqb.models.errors import DomainError, ParameterError
from symqb.models.exact import SCALE

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
    """The float nearest to a decimal number or a fraction; infinite only where that is typed.

    Raises
    ------
    ParameterError, DomainError
        Text that is no number; a number beyond all floats.

    Examples
    --------
    >>> read_float("J", "1/4"), read_float("J", "inf")
    (0.25, inf)
    """
    stripped = check_number_text(name, text)
    try:
        found = float(Fraction(stripped)) if "/" in stripped else float(stripped)
    except OverflowError:
        found = math.inf
    except (ValueError, ZeroDivisionError):
        raise ParameterError(_not_a_number(name, text)) from None
    if math.isinf(found) and not NO_NUMBER.fullmatch(stripped):
        raise DomainError(f"{name}={_shown(text)} is not finite in double precision; {SCALE}")
    return found


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def _not_a_number(name: str, text: str) -> str:
    return (
        f"{name}={_shown(text)} is not a number; give a decimal such as 0.5 or a fraction such as "
        "1/2"
    )
