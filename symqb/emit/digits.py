"""A program at many digits: so many that those asked for are right."""

from __future__ import annotations

import math
import sys
import weakref
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from symqb.emit.plan import MAY_BE_INFINITE
from symqb.models import (
    AbsentError,
    DegenerateLevelsError,
    DomainError,
    ParameterError,
    SteadyStateError,
)
from symqb.models.errors import located
from symqb.models.exact import SCALE, exact_number
from symqb.program import GuardKind, MPArithmetic, Program, lower, run
from symqb.program.contexts import digits_context

GUARD_DIGITS = 30
SMALLEST_DIGITS, LARGEST_DIGITS = 15, 2000

ROUNDS = 6
"""How often the digits carried are doubled before a result is given up."""

TEMPERATURE = "effective_temperature"
"""How outputs without a program begin that are infinite where two levels are filled alike."""

KEPT = (
    *("rootsum", "bose", "boltzmann", "entropy", "ratio", "power", "log1p", "divergence"),
    *("bose_a", "bose_T", "held", "lifted"),
)
"""Operations that many digits need not have rewritten."""


def check_digits(digits: Any) -> int:
    """Check a number of decimal digits against what is offered; return it as an int.

    Raises
    ------
    ParameterError, DomainError
        Not an integer, or outside 15 to 2000.
    """
    if isinstance(digits, bool) or not hasattr(digits, "__index__"):
        raise ParameterError(f"digits={digits!r} is not an integer; give e.g. digits=50")
    if not SMALLEST_DIGITS <= digits <= LARGEST_DIGITS:
        raise DomainError(
            f"digits={digits} is out of range; give {SMALLEST_DIGITS} to {LARGEST_DIGITS}"
        )
    return int(digits.__index__())


_GUARDED: dict[int, Program] = {}


def guarded(program: Program) -> Program:
    """Give the program its guards as further outputs, ``guard 0`` and so on; RANGE apart.

    Made once and kept as long as the program is.
    """
    found = _GUARDED.get(id(program))
    if found is None:
        found = _GUARDED[id(program)] = _with_guards(program)
        weakref.finalize(program, _GUARDED.pop, id(program), None)
    return found


def _with_guards(program: Program) -> Program:
    source = lower(program, keep=KEPT)
    guards = {
        f"guard {k}": guard.ref
        for k, guard in enumerate(source.guards)
        if guard.kind is not GuardKind.RANGE
    }
    return source.with_outputs(guards)


def refuse(program: Program, name: str) -> None:
    """Raise the error of the guard ``name`` of a program from :func:`guarded`."""
    guard = program.guards[int(name.removeprefix("guard "))]
    if guard.kind is GuardKind.LEVELS:
        raise DegenerateLevelsError(
            f"{guard.rule}, or not be too close to tell at these digits; "
            "battery.evaluate(...) solves such points"
        )
    if guard.kind is GuardKind.ABSENT:
        message = f"{guard.rule}; leave out {', '.join(guard.outputs)}"
        raise AbsentError(message, guard.outputs)
    raise DomainError(f"{guard.rule}; give values that keep to it")


def evaluate_digits(
    program: Program,
    digits: int,
    point: Mapping[str, Any],
    *,
    proved: bool = False,
    most: int | None = None,
) -> dict[str, Any]:
    """Evaluate a program at one point to so many digits, all of them right.

    More and more digits are carried until two rounds agree.  What shrinks as its rounding does with
    every round, ``2**ROUNDS`` times as many digits, is zero.

    Parameters
    ----------
    program : Program
        Pruned to the outputs wanted.
    digits : int
        Decimal digits of every entry of the result.
    point : mapping
        Parameter name to an int, float, Fraction or mpf, taken exactly.
    proved : bool
        Whether to refuse at once what seems to be zero and is not exactly.
    most : int, optional
        Digits that may be carried for the sake of exponentials far below all else.

    Returns
    -------
    dict
        Output name to mpf, or a list of them.

    Raises
    ------
    DegenerateLevelsError
        Levels coincide, or nearly so.
    DomainError
        A guard of the program is zero, or digits cannot be had.
    SteadyStateError
        The steady state is not unique, or its limit at T = 0 is not in the program; with ``proved``
        also an output that is zero by its size alone; more digits than ``most``.

    Examples
    --------
    >>> from symqb.program import Builder
    >>> b = Builder(("x",))
    >>> print(evaluate_digits(b.build({"y": b.apply("sqrt", "x")}), 20, {"x": 2})["y"])
    1.4142135623730950488
    """
    with located(point):
        return _settle(program, digits, point, proved=proved, most=most)


def _settle(
    program: Program,
    digits: int,
    point: Mapping[str, Any],
    *,
    proved: bool,
    most: int | None,
) -> dict[str, Any]:
    """The outputs, from as many digits as their exponentials take beside a number."""
    source = guarded(program)
    carried = digits + GUARD_DIGITS + 2 * max(map(_length, point.values()), default=0)
    while True:
        try:
            found = _agreed(source, digits, carried, point, proved=proved)
        except _DeeperError as deeper:
            carried = deeper.digits + GUARD_DIGITS
            if most is not None and carried > most:
                raise SteadyStateError(
                    f"exponentials need {carried} digits beside a number, and {most} may be "
                    "carried; raise the lowest temperature, or give it as exactly 0"
                ) from None
        else:
            return {name: _shaped(value, program, name) for name, value in found.items()}


class _DeeperError(Exception):
    """What decides is an exponential that so few digits lose beside a number."""

    def __init__(self, digits: int) -> None:
        super().__init__(digits)
        self.digits = digits


def _agreed(
    source: Program, digits: int, carried: int, point: Mapping[str, Any], *, proved: bool
) -> dict[str, list[Any]]:
    """The outputs by more and more digits, until two rounds agree."""
    before, tried = _round(source, carried, point)
    cold = tried.met_zero
    if cold or tried.longest:
        # an exponent is worth its digits behind the point alone
        carried += 0 if cold else tried.longest
        before, _ = _round(source, carried, point, cold=cold)
    for number in range(ROUNDS):
        finer, tried = _round(source, 2 * carried, point, cold=cold)
        if carried < tried.deepest and _any_zero(finer):
            # two rounds may lose one and the same exponential
            raise _DeeperError(tried.deepest)
        zeros = number == ROUNDS - 1 and not proved
        settled = dict[str, list[Any] | None]()
        for name, fine in finer.items():
            rough = before[name]
            settled[name] = _settled(rough, fine, digits, carried, zeros=zeros)
            if proved and settled[name] != _settled(rough, fine, digits, carried):
                raise SteadyStateError(f"{name} is not told from zero by the program")
        if all(value is not None for value in settled.values()):
            return {name: value for name, value in settled.items() if value is not None}
        before, carried = finer, 2 * carried
    lost = next(name for name, value in settled.items() if value is None)
    raise DomainError(
        f"{lost} does not settle to {digits} digits with {carried} carried; its terms "
        "cancel, or the point is on an edge. Move off the point, or leave out that output"
    )


def _any_zero(found: Mapping[str, list[Any]]) -> bool:
    return any(value == 0 for values in found.values() for value in values)


def _length(value: Any) -> int:
    """Decimal digits that tell a number from its neighbours; powers of two take none."""
    number = exact_number(value) or Fraction(0)
    odd = (abs(n) // (n & -n or 1) for n in (number.numerator, number.denominator))
    return max(n.bit_length() for n in odd) * 3 // 10


def _round(
    source: Program, carried: int, point: Mapping[str, Any], *, cold: bool = False
) -> tuple[dict[str, Any], MPArithmetic]:
    """All outputs as lists of mpf at so many digits, and what the arithmetic has met."""
    arithmetic = MPArithmetic(carried, cold=cold)
    inputs = {name: arithmetic.number(point[name]) for name in source.inputs}
    values = run(source, arithmetic, inputs)
    shallow = carried < arithmetic.deepest
    for name in [name for name in values if name.startswith("guard ")]:
        if values.pop(name) == 0:
            if shallow:
                raise _DeeperError(arithmetic.deepest)
            refuse(source, name)
    found = {k: list(v) if isinstance(v, list) else [v] for k, v in values.items()}
    for name, value in found.items():
        infinite = name.startswith(MAY_BE_INFINITE)
        if any(v != v or (abs(v) == arithmetic.context.inf and not infinite) for v in value):
            if shallow:
                raise _DeeperError(arithmetic.deepest)
            refuse_unknown(name)
    if arithmetic.lost:
        raise SteadyStateError(
            "one temperature is 0 and another so low that the program does not hold both; raise "
            "the temperature that is 0, or move off the point"
        )
    return found, arithmetic


def refuse_unknown(name: str) -> None:
    """Raise the error of an output that is not a number.

    Raises
    ------
    DomainError, SteadyStateError
        For a derivative, and for any other output.
    """
    if name.startswith("d_"):
        raise DomainError(
            f"{name} is not finite here; move off the point, or ask for that output "
            "without its derivative"
        )
    raise SteadyStateError(
        f"{name} is not a number: the steady state is not unique, or the program has no "
        "limit here; raise a temperature above zero, or move off the point"
    )


def refuse_overflow(values: Mapping[str, Any]) -> None:
    """Refuse outputs that are larger than every double, where infinite is no answer.

    Parameters
    ----------
    values : mapping
        Output name to a number, or numbers in lists or arrays.

    Raises
    ------
    DomainError
        There is one; with more digits it is told.

    Examples
    --------
    >>> from mpmath import mpf
    >>> refuse_overflow({"charge": mpf(1), "energies": [mpf(0), mpf("1e450")]})
    Traceback (most recent call last):
    ...
    symqb.models.errors.DomainError: energies is 1.0e+450 here, above all doubles; ask for \
digits=15, or scale all energies and temperatures, or all rates, together
    """
    for name, value in values.items():
        largest = max(map(abs, _numbers(value)), default=0)
        infinite = largest == math.inf and name.startswith((MAY_BE_INFINITE, TEMPERATURE))
        if largest > sys.float_info.max and not infinite:
            shown = digits_context(SMALLEST_DIGITS).nstr(largest, 6)
            raise DomainError(
                f"{name} is {shown} here, above all doubles; ask for digits=15, or {SCALE}"
            )


def _numbers(value: Any) -> list[Any]:
    """Every number of an output of any shape."""
    if isinstance(value, Iterable):
        return [number for part in value for number in _numbers(part)]
    return [value]


def _settled(
    before: list[Any], finer: list[Any], digits: int, carried: int, *, zeros: bool = True
) -> list[Any] | None:
    """The finer values rounded to ``digits``, or None where the two rounds differ there.

    With ``zeros`` what rounding may have left of zero is zero.
    """
    largest = max((abs(v) for v in finer), default=0)
    found: list[Any] = []
    for rough, fine in zip(before, finer, strict=True):
        context = fine.context
        if rough == fine or abs(rough - fine) <= abs(fine) * context.mpf(10) ** (-digits - 2):
            found.append(_rounded(fine, digits))
        elif zeros and abs(fine) <= max(largest, 1) * context.mpf(10) ** (
            -2 * carried + GUARD_DIGITS
        ):
            found.append(_rounded(context.zero, digits))
        else:
            return None
    return found


def _rounded(value: Any, digits: int) -> Any:
    return +digits_context(digits).mpf(value)


def _shaped(values: list[Any], program: Program, name: str) -> Any:
    return values if isinstance(program.outputs[name], tuple) else values[0]
