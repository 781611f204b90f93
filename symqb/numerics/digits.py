"""A battery's program at many digits: for exact input, and for points beyond double precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symqb.models import DegenerateLevelsError, DomainError, ParameterError, SteadyStateError
from symqb.program import MPArithmetic, Program, run

GUARD_DIGITS = 30
SMALLEST_DIGITS, LARGEST_DIGITS = 15, 2000

UNDERFLOW = "rates"
"""How the rule of a guard begins where rates may leave double precision's range."""


def check_digits(digits: Any) -> int:
    """A number of decimal digits within what is offered, as an int."""
    if isinstance(digits, bool) or not hasattr(digits, "__index__"):
        raise ParameterError(f"digits={digits!r} is not an integer; give e.g. digits=50")
    if not SMALLEST_DIGITS <= digits <= LARGEST_DIGITS:
        raise DomainError(
            f"digits={digits} is out of range; give {SMALLEST_DIGITS} to {LARGEST_DIGITS}"
        )
    return int(digits)


def evaluate_digits(program: Program, digits: int, point: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a program as mpmath numbers, rounded to ``digits``.

    Parameters
    ----------
    program : Program
        Pruned to the outputs wanted.
    digits : int
        Decimal digits of the result; more are carried.
    point : mapping
        Parameter name to an int, float, Fraction or mpf.

    Raises
    ------
    DegenerateLevelsError, DomainError
        A guard of the program is zero.
    SteadyStateError
        The steady state is not unique, or its limit at T = 0 is not in the program.

    Examples
    --------
    >>> from symqb.program import Builder
    >>> b = Builder(("x",))
    >>> print(evaluate_digits(b.build({"y": b.apply("sqrt", "x")}), 20, {"x": 2})["y"])
    1.4142135623730950488
    """
    arithmetic = MPArithmetic(digits + GUARD_DIGITS)
    guards = [guard for guard in program.guards if not guard.rule.startswith(UNDERFLOW)]
    watched = {f"guard_{k}": guard.ref for k, guard in enumerate(guards)}
    checked = Program(program.inputs, program.steps, {**program.outputs, **watched})
    values = run(
        checked, arithmetic, {name: arithmetic.number(point[name]) for name in program.inputs}
    )
    for k, guard in enumerate(guards):
        if values.pop(f"guard_{k}") == 0:
            degenerate = guard.rule.startswith("levels")
            error = DegenerateLevelsError if degenerate else DomainError
            remedy = "move off the point" if degenerate else "leave out that output"
            raise error(f"{guard.rule}, which is 0 here; {remedy}")
    arithmetic.context.dps = digits
    rounded = {
        name: [+v for v in value] if isinstance(value, list) else +value
        for name, value in values.items()
    }
    if any(v != v for value in rounded.values() for v in _listed(value)):
        shown = ", ".join(f"{name}={value}" for name, value in point.items())
        raise SteadyStateError(
            f"{shown}: the steady state is not unique, or the program has no limit here; "
            "leave out digits, or raise a temperature above zero"
        )
    return rounded


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
