"""Points at which the program of a system's fluctuations loses digits in doubles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from symqb.emit.digits import evaluate_digits
from symqb.models import AbsentError, DegenerateLevelsError
from symqb.numerics.system_points import DIGITS, MOST_DIGITS
from symqb.program import GuardKind, Program


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
        _refuse_absent(program, point, count)
        return evaluate_digits(program, count, point, most=count + MOST_DIGITS)
    except DegenerateLevelsError as error:
        # which tells the point already
        rule = str(error).split(", or not be too close", maxsplit=1)[0]
        raise DegenerateLevelsError(
            f"{rule}: fluctuations are derived of populations, and there coherences fluctuate as "
            "well; move off the point"
        ) from None


def _refuse_absent(program: Program, point: Mapping[str, Any], digits: int) -> None:
    """Refuse ratios of which a mean is zero: by its size, as their quotients never settle."""
    kept = tuple(
        replace(guard, outputs=()) for guard in program.guards if guard.kind is not GuardKind.ABSENT
    )
    absent = [guard for guard in program.guards if guard.kind is GuardKind.ABSENT]
    names = {f"absent {k}": guard.ref for k, guard in enumerate(absent)}
    if not names:
        return
    source = replace(program.with_outputs(names), guards=kept).prune(names)
    found = evaluate_digits(source, digits, point, most=digits + MOST_DIGITS)
    for guard, name in zip(absent, names, strict=True):
        if found[name] == 0:
            message = f"{guard.rule}; leave out {', '.join(guard.outputs)}"
            raise AbsentError(message, guard.outputs)
