"""Every output of a battery at one point to any number of digits, or a refusal in words.

Balls carry their errors, so each output tells whether it is right to the digits asked for; where
one is not, everything is solved again with twice the bits.  An output is taken from the first round
that settles it, so what else is asked changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import arb

from symqb.derive.energetics import LEVEL_OUTPUTS, output_names
from symqb.emit.result import Result
from symqb.models import BatteryModel, NoClosedFormError, has_formula, is_formula
from symqb.numerics.ball_outputs import BallOutputs, Measured, capacity
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.ball_state import solve_state
from symqb.numerics.ball_zeros import zero_levels
from symqb.numerics.degeneracy import DISTANCES
from symqb.numerics.levels import BITS_A_DIGIT, SPARE_BITS, Levels, solve_levels
from symqb.numerics.observables import NO_CHARGE
from symqb.program.contexts import digits_context, working_bits

DOUBLE_DIGITS = 18
FIRST_SPARE = 10
"""Decimal digits carried beyond those asked for in the first round."""
MOST_BITS = {1: 256000, 2: 256000, 3: 128000, 4: 8000, 5: 6000, 6: 3000, 7: 1500, 8: 700}
"""The precision at which a chain of so many spins is given up, after seconds."""
MOST_FORMULA_BITS = 16000
"""The same where a spectral density is a formula, which takes mpmath longer than all the rest."""
LARGEST_SPINS = max(MOST_BITS)
SMALLEST_DOUBLE = 2.0**-1070


@dataclass
class _Ledger:
    """What is settled so far, and why the rest is not."""

    digits: int
    floor: float
    convert: Callable[[Any], Any]
    values: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def settled(self, value: Any) -> Any:
        """The midpoint if it is right to the digits or below all doubles asked for; else None.

        What nothing tells from zero is not zero for that: see :mod:`symqb.numerics.ball_zeros`.
        """
        if value.rel_accuracy_bits() >= self.digits * BITS_A_DIGIT + 4 or not value.is_finite():
            return None if value.is_nan() else self.convert(value.mid())
        # adding 0 takes the sign of what is below all doubles
        return self.convert(value.mid()) + 0 if value.abs_upper() < self.floor else None

    def scalar(self, name: str, measured: Measured | None) -> None:
        """Take an output if this round settles it."""
        if measured is None:
            self.refused[name] = NO_CHARGE
            return
        found = self.settled(measured[0])
        if found is not None:
            self.values[name] = found

    def vector(self, name: str, balls: Iterable[Any]) -> None:
        """Take all entries if this round settles every one."""
        found = [self.settled(ball) for ball in balls]
        if all(value is not None for value in found):
            self.values[name] = found


def _settle_levels(ledger: _Ledger, levels: Levels) -> bool:
    """Settle what levels alone tell, at this precision; whether anything of it is left."""
    if "energies" not in ledger.values:
        zero = zero_levels(levels)
        energies = [arb(0) if k in zero else E for k, E in enumerate(levels.energies)]
        ledger.vector("energies", energies)
    if "capacity" not in ledger.values:
        ledger.scalar("capacity", capacity(levels))
    return not ledger.values.keys() >= LEVEL_OUTPUTS


def _settle_all(ledger: _Ledger, levels: Levels) -> bool:
    """Settle what this precision settles; whether anything is left."""
    # first, so that they are the same whether or not a state is asked for
    _settle_levels(ledger, levels)
    outputs = BallOutputs(solve_state(levels))
    if "populations" not in ledger.values:
        ledger.vector("populations", outputs.state.populations)
    for name, measure in outputs.named().items():
        if name not in ledger.values and name not in ledger.refused:
            ledger.scalar(name, measure())
    count = 2 + len(outputs.named())
    return len(ledger.values) + len(ledger.refused) < count


def _rounds(
    model: BatteryModel,
    point: Mapping[str, Any],
    ledger: _Ledger,
    settle: Callable[[_Ledger, Levels], bool],
) -> None:
    digits = ledger.digits + FIRST_SPARE
    most = MOST_BITS[model.chain.spins]
    if any(is_formula(bath.spectrum) for bath in model.baths):
        most = min(most, MOST_FORMULA_BITS)
    most += 8 * ledger.digits
    while digits * BITS_A_DIGIT <= most:
        levels = solve_levels(model, point, digits)
        try:
            with working_bits(levels.bits + SPARE_BITS):
                if not settle(ledger, levels):
                    return
        except MoreDigitsError:
            pass
        digits = max(2 * digits, int(levels.bits / BITS_A_DIGIT))
    for name in (*output_names(model), *DISTANCES):
        if name not in ledger.values:
            ledger.refused.setdefault(
                name,
                f"{name} is not told to {ledger.digits} digits by {most} bits: "
                "it is zero, or the rates span too much; leave out that output, or move off the "
                "point",
            )


def evaluate_balls(
    model: BatteryModel,
    point: Mapping[str, Any],
    digits: int | None = None,
    *,
    levels_only: bool = False,
) -> tuple[Result, dict[str, str]]:
    """Every output at one point, and for those that are refused the reason.

    Parameters
    ----------
    model : BatteryModel
        A chain of at most ``LARGEST_SPINS`` spins.
    point : mapping
        Parameter name to number; see :func:`symqb.numerics.levels.solve_levels`.
    digits : int, optional
        Decimal digits of mpmath numbers; doubles rounded once by default.
    levels_only : bool
        Only :data:`symqb.derive.energetics.LEVEL_OUTPUTS`, which need no single steady state.

    Raises
    ------
    SteadyStateError, DegenerateLevelsError, NoClosedFormError
        No unique steady state; levels that cannot be told apart; bad input; digits with a spectral
        density that is a Python function.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=5, J=1, Delta="0.5", epsilon=0, T_L=2, T_R=2, kappa=1)
    >>> result, _ = evaluate_balls(xxz_model(4), point, digits=30)
    >>> print(result.stored_energy, result.entropy_production)
    1.66059562245701017430415482212 0.0
    """
    if digits is not None and not levels_only:
        for bath in model.baths:
            if not has_formula(bath.spectrum):
                raise NoClosedFormError(
                    f"digits={digits}: the spectral density of bath {bath.name} is a Python "
                    "function, which gives doubles; give a SymPy Lambda, or leave out digits"
                )
    convert = float if digits is None else _to_mpmath(digits)
    floor = SMALLEST_DOUBLE if digits is None else 0.0
    ledger = _Ledger(digits or DOUBLE_DIGITS, floor, convert)
    _rounds(model, point, ledger, _settle_levels if levels_only else _settle_all)
    names = [*output_names(model), *DISTANCES]
    values = {name: ledger.values[name] for name in names if name in ledger.values}
    if digits is None:
        for name in ("energies", "populations"):
            if name in values:
                values[name] = np.array(values[name])
    labels = tuple(range(1, 2**model.chain.spins + 1))
    return Result(values, labels, dict(point)), ledger.refused


def _to_mpmath(digits: int) -> Callable[[Any], Any]:
    context = digits_context(digits)

    def convert(ball: Any) -> Any:
        if not ball.is_finite():
            return context.inf
        mantissa, exponent = ball.man_exp()
        return context.ldexp(context.mpf(int(mantissa)), int(exponent)) + 0

    return convert
