"""Points that a program in doubles cannot answer: by more digits, or by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from symqb.derive.energetics import LEVEL_OUTPUTS, output_names
from symqb.emit.digits import evaluate_digits
from symqb.models import (
    AbsentError,
    BatteryModel,
    DegenerateLevelsError,
    SteadyStateError,
    has_formula,
)
from symqb.models.errors import located
from symqb.numerics.system_points import DIGITS, MOST_DIGITS
from symqb.program import Program


@dataclass(frozen=True)
class Apart:
    """Solve single points of a battery apart from the program's fixed way through doubles.

    The program itself is run with as many digits as its outputs take.  Where levels coincide, where
    an output seems to be zero, and where the limit of a temperature zero is not in the program, the
    engine decides.

    Parameters
    ----------
    model : BatteryModel
        The battery that the programs were derived from.
    """

    model: BatteryModel

    def __call__(
        self, program: Program, point: Mapping[str, Any], digits: int | None = None
    ) -> Mapping[str, Any]:
        """Evaluate the outputs of a program at a point, as mpmath numbers or as doubles.

        Raises
        ------
        DomainError, SteadyStateError
            As :func:`symqb.numerics.evaluate_chain`.
        """
        known = self._known()
        with located(point):
            proved = set(program.outputs) <= known and all(
                has_formula(bath.spectrum) for bath in self.model.baths
            )
            # what seems to be zero may be what makes an output absent
            seeming = (AbsentError,) if proved else ()
            with suppress(DegenerateLevelsError, SteadyStateError, *seeming):
                count = digits or DIGITS
                # exponentials cost the engine, whose numbers are balls, no digits
                most = count + MOST_DIGITS if proved else None
                return evaluate_digits(program, count, point, proved=proved, most=most)
            solved = self._by_engine(program, point, digits)
            missing = tuple(name for name in program.outputs if name not in solved)
            if missing:
                raise AbsentError(
                    f"{missing[0]} is not told where levels coincide; move off the point, or leave "
                    "out that output",
                    missing,
                )
            return {name: solved[name] for name in program.outputs}

    def _known(self) -> set[str]:
        """The outputs that the engine has."""
        return {*output_names(self.model), *LEVEL_OUTPUTS}

    def _by_engine(self, program: Program, point: Mapping[str, Any], digits: int | None) -> Any:
        """What the engine has of a program's outputs; not there, it says why."""
        from symqb.numerics import chain

        known = self._known()
        wanted = [name for name in program.outputs if name in known] or None
        if digits is None:
            floats = {name: float(value) for name, value in point.items()}
            return chain.evaluate_chain(self.model, floats, outputs=wanted)
        return chain.evaluate_chain_digits(self.model, digits, point, outputs=wanted)
