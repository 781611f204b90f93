"""What every compiled target needs to know of a program: its variants, rows and domains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from symqb.program import Program, Ref, lower
from symqb.program.core import flatten
from symqb.program.factor import factor_bose
from symqb.program.guards import simplify_guards
from symqb.program.quotients import clear_divisions
from symqb.program.signs import assume_positive, sign_conditions

BAD_INPUT, ZERO_GUARD, UNKNOWN = 1, 2, 4
"""Bits of a kernel's status: an input outside its domain, a guard at zero, a value not finite."""

UNDERFLOW = "rates"
"""How the rule of a guard begins that asks for the fallback, not for an error."""

PAIR = ("occupied", "vacant")

SIGN = "sign of frequency {}"
MAY_BE_INFINITE = "entropy_production"


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

    def _with_signs(self, *, strict: bool) -> Program:
        simple = simplify_guards(self.program, strict=strict)
        signs = {SIGN.format(k): ref for k, ref in enumerate(sign_conditions(simple))}
        return Program(simple.inputs, simple.steps, {**simple.outputs, **signs}, simple.guards)

    @cached_property
    def _strict(self) -> Program:
        return self._with_signs(strict=True)

    @cached_property
    def general(self) -> Program:
        """Lowered; right for every sign of the frequencies."""
        return lower(self._with_signs(strict=False).prune(self.outputs))

    @cached_property
    def positive(self) -> Program | None:
        """Lowered and shortened for positive frequencies; None if no frequency decides.

        Its guards may vanish at more points than those of ``general``, and temperatures must not
        be zero: their reciprocals are shared.
        """
        conditions = self.conditions(self._strict)
        if not conditions:
            return None
        made = factor_bose(assume_positive(self._strict, conditions))
        warm = {f"sign of {name}": name for name in self.temperatures if name in made.inputs}
        return lower(Program(made.inputs, made.steps, {**made.outputs, **warm}, made.guards))

    @cached_property
    def quick(self) -> Program | None:
        """As ``positive``, with few divisions: right where nothing over- or underflows on the way.

        ``occupied`` and ``vacant`` are left in it, for targets that make both at once.
        """
        conditions = self.conditions(self._strict)
        if not conditions:
            return None
        quick = lower(clear_divisions(assume_positive(self._strict, conditions)), keep=PAIR)
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
