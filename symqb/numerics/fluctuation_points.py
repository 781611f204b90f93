"""Points at which the program of a system's fluctuations loses digits in doubles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from symqb.derive.system_fluctuations import counted_outputs
from symqb.emit.digits import evaluate_digits
from symqb.models import AbsentError, DegenerateLevelsError, NoClosedFormError
from symqb.models.counts import JumpCount
from symqb.models.system import System
from symqb.numerics.system_points import DIGITS, MOST_DIGITS
from symqb.program import GuardKind, Program


@dataclass(frozen=True)
class FluctuationPoints:
    """Solves single points of a system's fluctuations: by their program, or in numbers.

    Parameters
    ----------
    system : System
    counts : tuple of JumpCount
        Those of the user's own.
    """

    system: System
    counts: tuple[JumpCount, ...] = ()

    def __call__(
        self, program: Program, point: Mapping[str, Any], digits: int | None = None
    ) -> Mapping[str, Any]:
        """Evaluate a program of fluctuations at a point; with coherences where levels coincide.

        Raises
        ------
        DegenerateLevelsError
            Levels coincide, and the outputs are expressions in others.
        AbsentError, DomainError, SteadyStateError
            As :func:`fluctuations_by_digits`.
        """
        try:
            return fluctuations_by_digits(program, point, digits)
        except DegenerateLevelsError:
            outputs = tuple(program.outputs)
            if not set(outputs) <= set(counted_outputs(self.system, self.counts)):
                raise
        return self.in_numbers(outputs, point, digits)

    def solve(
        self, outputs: tuple[str, ...], point: Mapping[str, Any], digits: int | None = None
    ) -> Mapping[str, Any]:
        """Refuse expressions in outputs that are found in numbers.

        Raises
        ------
        NoClosedFormError
        """
        raise NoClosedFormError(
            f"{', '.join(outputs)}: fluctuations found in numbers take no expressions; ask "
            "evaluate(outputs=[...]) for what it is made of, and compute from the result"
        )

    def in_numbers(
        self, outputs: tuple[str, ...], point: Mapping[str, Any], digits: int | None = None
    ) -> Mapping[str, Any]:
        """Evaluate outputs from all of the density matrix that populations meet.

        Raises
        ------
        AbsentError, DomainError, SteadyStateError
            As :func:`symqb.numerics.count_outputs.evaluate_counts`.
        """
        # NumPy waits for the first numbers
        from symqb.numerics.count_outputs import evaluate_counts

        return evaluate_counts(self.system, self.counts, outputs, point, digits or DIGITS)


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
