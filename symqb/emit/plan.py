"""What every compiled target needs to know of a program: its variants, rows and domains."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Protocol

from symqb.program import Guard, GuardKind, Program, Ref, lower
from symqb.program.core import flatten
from symqb.program.factor import factor_bose
from symqb.program.quotients import clear_divisions
from symqb.program.signs import assume_positive, bose_temperatures, sign_conditions


class Fallback(Protocol):
    """Solves single points that a program's fixed way through doubles cannot.

    Called with the program pruned to the outputs wanted, the values of its parameters, and a number
    of digits if more than doubles are asked for.
    """

    def __call__(
        self, program: Program, point: Mapping[str, Any], digits: int | None = None
    ) -> Mapping[str, Any]: ...


BAD_INPUT, ZERO_GUARD, UNKNOWN = 1, 2, 4
"""Bits of a kernel's status: an input outside its domain, a guard at zero, a value not finite."""

LONGEST_QUICK = 1500
"""Steps beyond which compiling another variant takes longer than it saves."""

PAIR = ("occupied", "vacant")

SIGN, WARM = "sign of frequency {}", "sign of temperature {}"
MAY_BE_INFINITE = "entropy_production"

LEAST_DOUBLE, LARGEST_DOUBLE = map(Fraction, (sys.float_info.min, sys.float_info.max))


CONSTANT_RULE = "a constant of this program is beyond the doubles: it takes more digits"


def guard_constants(program: Program) -> Program:
    """Give a program with constants that doubles do not hold a guard that is always zero.

    Values and numbers of a model are in range each for itself; their products may not be.

    Examples
    --------
    >>> from symqb.program import Builder
    >>> b = Builder(("x",))
    >>> made = [b.build({"y": b.mul("x", Fraction(10) ** power)}) for power in (300, 400)]
    >>> [len(guard_constants(program).guards) for program in made]
    [0, 1]
    """
    read = [step.args for step in program.steps] + [flatten(x) for x in program.outputs.values()]
    if all(_held(ref) for refs in read for ref in refs):
        return program
    return replace(
        program,
        guards=(*program.guards, Guard(Fraction(0), CONSTANT_RULE, kind=GuardKind.RANGE)),
    )


def _held(ref: Ref) -> bool:
    """Whether a double has all the digits of a constant."""
    return not isinstance(ref, Fraction) or not ref or LEAST_DOUBLE <= abs(ref) <= LARGEST_DOUBLE


@dataclass(frozen=True)
class Plan:
    """A program ready for emission.

    Attributes
    ----------
    program : Program
        As derived, pruned to its outputs.
    temperatures : tuple of str
        Inputs that are temperatures.
    kappa : str or None
        The input that must be positive.
    """

    program: Program
    temperatures: tuple[str, ...] = ()
    kappa: str | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs the program uses, in order."""
        return self.program.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs, in order."""
        return tuple(self.program.outputs)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """For each output the length of its vector, or 0 for a scalar."""
        return tuple(
            len(out) if isinstance(out, tuple) else 0 for out in self.program.outputs.values()
        )

    @property
    def rows(self) -> int:
        """How many numbers a point has."""
        return sum(max(width, 1) for width in self.widths)

    @cached_property
    def _with_signs(self) -> Program:
        """The program with what must be positive for the shorter variants as further outputs."""
        program = self.program.prune(self.outputs)
        signs = {SIGN.format(k): ref for k, ref in enumerate(sign_conditions(program))}
        if signs:
            # reciprocals of temperatures are shared there
            signs |= {WARM.format(k): ref for k, ref in enumerate(bose_temperatures(program))}
        return program.with_outputs(signs)

    @cached_property
    def general(self) -> Program:
        """Lowered; right for every sign of the frequencies."""
        return lower(self.program.prune(self.outputs))

    @cached_property
    def _assumed(self) -> tuple[Ref, ...]:
        """What must be positive for the shorter variants; empty where they do not exist.

        A constant among them, or a guard that is the constant 0, decides here and now.
        """
        conditions = self.conditions(self._with_signs)
        never = any(isinstance(ref, Fraction) and ref <= 0 for ref in conditions)
        if never or any(guard.ref == 0 for guard in self.program.guards):
            return ()
        return tuple(ref for ref in conditions if isinstance(ref, str))

    @property
    def _short(self) -> bool:
        return len(self.general.steps) <= LONGEST_QUICK

    @cached_property
    def positive(self) -> Program | None:
        """Lowered and shortened for positive frequencies; None if no frequency decides.

        Its guards may vanish at more points than those of ``general``, and temperatures must not
        be zero: their reciprocals are shared.
        """
        if not self._short or not self._assumed:
            return None
        return lower(factor_bose(assume_positive(self._with_signs, self._assumed)))

    @cached_property
    def quick(self) -> Program | None:
        """As ``positive``, with few divisions: right where nothing over- or underflows on the way.

        ``occupied`` and ``vacant`` are left in it, for targets that make both at once.
        """
        if not self._short or not self._assumed:
            return None
        quick = lower(clear_divisions(assume_positive(self._with_signs, self._assumed)), keep=PAIR)
        # its tests stand for those of every input
        return quick if quick.inputs == self.inputs else None

    def conditions(self, program: Program) -> tuple[Ref, ...]:
        """What must be positive for a variant to hold."""
        return tuple(
            ref
            for name, out in program.outputs.items()
            if name not in self.outputs
            for ref in flatten(out)
        )

    def values(self, program: Program) -> list[Ref]:
        """The references of a variant's outputs, row by row."""
        return [ref for name in self.outputs for ref in flatten(program.outputs[name])]

    @cached_property
    def finite(self) -> tuple[bool, ...]:
        """For each row whether an infinite value is a failure (NaN always is)."""
        return tuple(
            not name.startswith(MAY_BE_INFINITE)
            for name, width in zip(self.outputs, self.widths, strict=True)
            for _ in range(max(width, 1))
        )
