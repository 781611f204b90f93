"""Outputs made of other outputs, at points where their program does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from symqb.derive.composed import used_outputs
from symqb.derive.derived import derivation_of
from symqb.emit.digits import evaluate_digits
from symqb.models import (
    AbsentError,
    BatteryModel,
    DegenerateLevelsError,
    DomainError,
    SteadyStateError,
)
from symqb.models.errors import located
from symqb.models.system import System
from symqb.numerics.apart import Apart
from symqb.numerics.system_points import DIGITS, SystemPoints
from symqb.program import Program
from symqb.program.contexts import digits_context

SPARE = (20, 60, 180)
"""Digits beyond those asked for that outputs are found with, one attempt after another."""


@dataclass(frozen=True)
class ComposedPoints:
    """Solves single points of outputs that are expressions in others.

    Parameters
    ----------
    model : BatteryModel or System
    composed : tuple of pairs
        Name and expression.
    """

    model: BatteryModel | System
    composed: tuple[tuple[str, sp.Expr], ...]

    def __call__(
        self, program: Program, point: Mapping[str, Any], digits: int | None = None
    ) -> Mapping[str, Any]:
        """Evaluate the outputs of a program at a point.

        Raises
        ------
        AbsentError
            A divisor that is 0.
        DomainError, SteadyStateError
            As for the outputs that the expressions are made of.
        """
        with located(point):
            with suppress(DegenerateLevelsError, SteadyStateError):
                return evaluate_digits(program, digits or DIGITS, point)
            return self.solve(tuple(program.outputs), point, digits)

    def solve(
        self, outputs: tuple[str, ...], point: Mapping[str, Any], digits: int | None = None
    ) -> dict[str, Any]:
        """Evaluate outputs at a point from those that they are made of."""
        count, derived = digits or DIGITS, derivation_of(self.model)
        labels = labels_of(self.model)
        known = dict(self.composed)
        made = {name: known[name] for name in outputs if name in known}
        needed = {name for name in outputs if name not in known}
        for expr in made.values():
            needed |= used_outputs(expr, labels) - {*derived.parameters}
        wanted = tuple(sorted(needed))
        before: dict[str, Any] = {}
        lost: list[str] = []
        for spare in SPARE:
            with mpmath.workdps(count + spare):
                values = solve_at(self.model, wanted, point, count + spare) if wanted else {}
                found = {n: _value(n, x, values, point, labels) for n, x in made.items()}
                lost = [n for n in made if not (before and _agree(before[n], found[n], count))]
                if not lost:
                    context = digits_context(count)
                    rounded = {n: context.mpf(x) for n, x in found.items()}
                    rounded |= {n: _rounded(values[n], context) for n in outputs if n in values}
                    return {name: rounded[name] for name in outputs}
                before = found
        raise DomainError(
            f"{lost[0]} = {made[lost[0]]} does not settle to {count} digits here; its terms "
            "cancel. Move off the point, or leave out that output"
        )


def labels_of(model: BatteryModel | System) -> tuple[int, ...]:
    """Give the labels of a model's levels, which without closed forms ascend with the energy."""
    size = model.size if isinstance(model, System) else 2**model.chain.spins
    return tuple(range(1, size + 1))


def solve_at(
    model: BatteryModel | System, outputs: tuple[str, ...], point: Mapping[str, Any], digits: int
) -> Mapping[str, Any]:
    """Evaluate outputs of a model at one point to so many digits, by its program or in numbers."""
    if isinstance(model, System):
        system = derivation_of(model)
        closed = system.closed and not set(outputs) & set(system.in_numbers)
        whole = system.pruned(outputs) if closed else None
        return SystemPoints(model).solve(whole, outputs, point, digits)
    derived = derivation_of(model)
    program = derived.pruned(outputs) if derived.closed else None
    if program is not None:
        return Apart(model)(program, point, digits)
    # NumPy waits for the first numbers: a formula needs none
    from symqb.numerics.chain import evaluate_chain_digits

    solved = evaluate_chain_digits(model, digits, point, outputs=outputs)
    return {name: solved[name] for name in outputs}


def _value(
    name: str,
    expr: sp.Expr,
    values: Mapping[str, Any],
    point: Mapping[str, Any],
    labels: tuple[int, ...],
) -> Any:
    """An expression at values of what it is made of."""
    entries = {n: mpmath.mpmathify(x) for n, x in point.items() if n in _names(expr)}
    for output, value in values.items():
        if isinstance(value, list):
            entries |= {f"{output}_{k}": x for k, x in zip(labels, value, strict=True)}
        else:
            entries[output] = value
    symbols = sorted(expr.free_symbols, key=str)
    try:
        found = sp.lambdify(symbols, expr, "mpmath")(*(entries[str(s)] for s in symbols))
    except ZeroDivisionError:
        raise AbsentError(
            f"{name} = {expr} does not exist here: a divisor is 0; leave it out", (name,)
        ) from None
    if mpmath.im(found) != 0 or not mpmath.isfinite(found):
        raise DomainError(f"{name} = {expr} is no finite real number here; leave it out")
    return mpmath.re(found)


def _names(expr: sp.Expr) -> set[str]:
    return {str(symbol) for symbol in expr.free_symbols}


def _agree(rough: Any, fine: Any, digits: int) -> bool:
    return bool(abs(rough - fine) <= abs(fine) * mpmath.mpf(10) ** (-digits - 2))


def _rounded(value: Any, context: Any) -> Any:
    return [context.mpf(x) for x in value] if isinstance(value, list) else context.mpf(value)
