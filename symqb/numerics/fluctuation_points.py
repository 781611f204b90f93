"""Points at which the program of a system's fluctuations loses digits in doubles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symqb.emit.digits import evaluate_digits
from symqb.models import DegenerateLevelsError
from symqb.numerics.system_points import DIGITS, MOST_DIGITS
from symqb.program import Program


def fluctuations_by_digits(
    program: Program, point: Mapping[str, Any], digits: int | None = None
) -> Mapping[str, Any]:
    """Evaluate a program of fluctuations at a point, as mpmath numbers (18 digits by default).

    Raises
    ------
    AbsentError
        A ratio that does not exist here.
    DegenerateLevelsError
        Levels coincide and a bath mixes them: there coherences fluctuate as well.
    DomainError, SteadyStateError
        As :func:`symqb.emit.digits.evaluate_digits`.
    """
    count = digits or DIGITS
    try:
        return evaluate_digits(program, count, point, most=count + MOST_DIGITS)
    except DegenerateLevelsError as error:
        # which tells the point already
        rule = str(error).split(", or not be too close", maxsplit=1)[0]
        raise DegenerateLevelsError(
            f"{rule}: fluctuations are derived of populations, and there coherences fluctuate as "
            "well; move off the point"
        ) from None
