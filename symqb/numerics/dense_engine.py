"""The steady state of a system of many levels at a point: arrays of two doubles, errors bounded.

Entry by entry: rates come from matrix elements that are told from zero, populations from
elimination without a subtraction, currents from sums of thirty digits.  What the doubts of the
elements leave open of populations is bounded, and what is open by more than the promise is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath
import numpy as np

from symqb.derive.system_programs import SYSTEM_LEVEL_OUTPUTS
from symqb.derive.system_writer import has_bose_factor
from symqb.models import AbsentError, DegenerateLevelsError, DomainError, SteadyStateError
from symqb.models.system import System
from symqb.numerics.ball_elimination import closed_classes
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.dense_levels import DIGITS, DenseLevels, solve_dense_levels, to_numbers
from symqb.numerics.dense_rates import Channel, channels
from symqb.numerics.pair_elimination import spread, stationary_pairs, total
from symqb.numerics.system_numbers import system_formulas
from symqb.numerics.system_outputs import Teller, Told, evaluate_system
from symqb.numerics.two_floats import Pair, add_pairs, multiply_pairs

ROUNDING = 2.0**-53
EXACT = 2.0**-90
"""What is left of rounding in sums of numbers of two doubles."""
PROMISE = mpmath.mpf(10) ** -10
"""The relative error up to which scalars are given."""
LEAST_RATE = 1e-200
"""Positive rates below this one may be lost in products."""
NEVER_NEGATIVE = ("ergotropy", "exergy", "local_ergotropy", "coherence")
FEW_LEVELS = 8
"""Levels up to which many digits are quick enough to be the only way."""
MANY_DIGITS = 64
"""Levels up to which more digits are tried where doubles do not tell."""
PATIENT = 128
"""Levels up to which more digits than those of a double are given to who asks for them."""


class NotToldError(Exception):
    """Doubles do not tell an answer here; more digits may."""


class MixedLevelsError(NotToldError):
    """Levels coincide and a bath mixes them: coherences between them matter."""


@dataclass(frozen=True, eq=False)
class DensePoint:
    """A steady state at a point: populations of levels.

    Attributes
    ----------
    levels : DenseLevels
    channels : tuple of Channel
    pairs : pair of arrays, shape (n,)
        Populations.
    doubt : float
        What a population may be off, over itself.
    """

    levels: DenseLevels
    channels: tuple[Channel, ...]
    pairs: Pair
    doubt: float

    @cached_property
    def populations(self) -> list[Any]:
        """Populations by level."""
        return to_numbers(self.pairs)

    @property
    def spectrum(self) -> list[Any]:
        """The eigenvalues of the density matrix."""
        return self.populations

    def current(self, bath: str, what: str) -> tuple[Any, Any]:
        """What flows from a bath into the system, and the moduli of its terms."""
        gaps, pairs = self.levels.gaps, self.pairs
        value, size = mpmath.mpf(0), mpmath.mpf(0)
        for one in self.channels:
            if one.bath.bath.name != bath:
                continue
            flows = multiply_pairs(one.rates, (pairs[0][None, :], pairs[1][None, :]))
            if what == "heat":
                terms = multiply_pairs(one.heats(gaps), flows)
            else:
                number = one.particles(gaps)
                terms = flows[0] * number, flows[1] * number
            high, low = total(terms)
            taken = mpmath.mpf(float(high)) + mpmath.mpf(float(low))
            value, size = value - taken, size + mpmath.mpf(float(np.abs(terms[0]).sum()))
        return (mpmath.mpf(0) if self.balanced else value), size

    @cached_property
    def balanced(self) -> bool:
        """Whether all baths are in equilibrium with each other, so that nothing flows."""
        baths = [one.bath for one in self.channels]
        leads = all(one.bath.statistics == "fermion" for one in baths)
        if not leads and not all(has_bose_factor(one.bath) for one in baths):
            return False
        return len({(one.temperature, one.mu) for one in baths}) == 1

    @property
    def whole(self) -> Pair:
        """The density matrix over all levels, which is diagonal: its diagonal."""
        return self.pairs

    @cached_property
    def blur(self) -> float:
        """What an element of the density matrix over bare states may be off."""
        apart = np.abs(np.subtract.outer(self.pairs[0], self.pairs[0]))
        return float((self.levels.mixing * apart).sum() + len(apart) * EXACT)


def evaluate_dense(
    system: System, outputs: Sequence[str], point: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Solve a system whose levels no bath mixes, by populations alone.

    Returns
    -------
    found : dict
        Output to its value, mpmath numbers.
    refused : dict
        Output that is not told to its promise to the reason.

    Raises
    ------
    DomainError
        A value outside its domain.
    SteadyStateError
        The steady state is not unique, as far as elements are told from zero.
    NotToldError
        Levels that coincide and are mixed; rates or elements too small to be told.
    """
    formulas = system_formulas(system)
    levels = solve_dense_levels(formulas, point)
    steady = None if set(outputs) <= SYSTEM_LEVEL_OUTPUTS else solve_dense(levels)
    found: dict[str, Any] = {}
    refused: dict[str, str] = {}
    with mpmath.workdps(DIGITS):
        teller = Teller(system, levels, steady)
        for name in outputs:
            try:
                told = teller.tell(name)
            except AbsentError as error:
                refused[name] = str(error)
                continue
            except MoreDigitsError:
                refused[name] = f"{name}: it takes more digits than arrays hold; leave it out"
                continue
            values = _judged(told, steady, positive=name.startswith(NEVER_NEGATIVE))
            if name == "energies":
                # below its error an energy is none
                values = [x if abs(x) > 4 * levels.noise else mpmath.mpf(0) for x in told.values]
            if values is None:
                refused[name] = _reason(name, told)
            else:
                found[name] = told.shaped(values)
    return found, refused


def _reason(name: str, told: Told) -> str:
    """Say why an output is not told."""
    if told.vector:
        return f"{name}: its smallest elements are lost in rounding; leave out that output"
    shown = mpmath.nstr(told.values[0], 3)
    return f"{name}: {shown} is a difference of much larger terms; leave out that output"


def _judged(told: Told, steady: DensePoint | None, *, positive: bool) -> list[Any] | None:
    """The values of an output as they are given, or None where they are not told.

    What is ``positive`` or zero by its nature is zero within its error.
    """
    doubt, blur = (2 * steady.doubt, steady.blur) if steady else (0.0, EXACT)
    found = []
    scales = told.scales or told.values
    for value, size, scale in zip(told.values, told.sizes, scales, strict=True):
        if told.vector:
            # each has its relative accuracy; of a matrix, beside the populations it belongs to
            error = blur if told.square else 0.0
        else:
            error = size * (doubt + 64 * EXACT) + (blur if told.early else 0)
        if (told.early or positive) and abs(value) <= 4 * error:
            found.append(mpmath.mpf(0))
        elif error <= PROMISE * abs(scale) or value == scale == 0:
            found.append(value)
        else:
            return None
    if told.inverse:
        # infinite, or too large to be told: rounding does not tell
        return [1 / x for x in found] if all(found) else None
    return found


def solve_dense(levels: DenseLevels) -> DensePoint:
    """Find the populations of levels.

    Raises
    ------
    DomainError, SteadyStateError, NotToldError
        As :func:`evaluate_dense`.
    """
    try:
        with np.errstate(under="ignore", over="raise", invalid="raise", divide="ignore"):
            found = tuple(channels(levels))
            check_mixed(levels, found)
            return _solve(levels, found)
    except FloatingPointError:
        raise NotToldError("rates span more than doubles hold") from None


def _solve(levels: DenseLevels, found: tuple[Channel, ...]) -> DensePoint:
    """The populations that channels lead to."""
    rates = found[0].rates
    for one in found[1:]:
        rates = add_pairs(rates, one.rates)
    least, more = (sum(getattr(one, part) for one in found).T for part in ("least", "more"))
    positive = rates[0][rates[0] > 0]
    if not len(positive) or positive.min() < LEAST_RATE or positive.max() > 1 / LEAST_RATE:
        raise NotToldError("rates span more than doubles hold")
    classes = closed_classes(rates[0].T > 0)
    if len(classes) > 1:
        shown = " and ".join(str([k + 1 for k in members]) for members in classes)
        raise SteadyStateError(
            f"the steady state is not unique: there are {len(classes)}, as none of the sets of "
            f"levels {shown} is ever left, matrix elements below {levels.noise:.0e} taken for "
            "zero; raise a temperature that is 0, or couple a bath through an operator that "
            "connects them"
        )
    members = np.array(sorted(classes[0], key=lambda k: levels.energies[k]))
    outside = np.setdiff1d(np.arange(len(rates[0])), members)
    if more[np.ix_(members, outside)].any():
        raise NotToldError("matrix elements are too small to tell which levels are reached")
    inside = np.ix_(members, members)
    kept = stationary_pairs((rates[0].T[inside], rates[1].T[inside]))
    doubt = spread(least[inside], more[inside])
    coldest = min((float(o.bath.temperature) for o in found if o.bath.temperature), default=np.inf)
    largest = float(np.abs(levels.pairs[0]).max())
    if not doubt <= ROUNDING * (len(members) + 4 * largest / coldest):
        raise NotToldError(
            f"populations hang on matrix elements that are lost in rounding, by {doubt:.0e}"
        )
    pairs = np.zeros((2, len(rates[0])))
    for part, values in zip(pairs, kept, strict=True):
        part[members] = values
    return DensePoint(levels, found, (pairs[0], pairs[1]), doubt)


def check_mixed(levels: DenseLevels, found: Sequence[Channel]) -> None:
    """Refuse levels that coincide where a bath mixes them: coherences between them matter.

    Raises
    ------
    MixedLevelsError
        They are mixed.
    """
    for group in levels.groups:
        if len(group) == 1:
            continue
        for one in found:
            if (one.told[group].sum(axis=0) > 1).any() or (
                one.told[:, group].sum(axis=1) > 1
            ).any():
                shown = ", ".join(str(k + 1) for k in group)
                raise MixedLevelsError(
                    f"levels {shown} coincide, and bath {one.bath.bath.name} mixes them, so that "
                    "coherences between them matter"
                )


def evaluate_in_numbers(
    system: System, outputs: Sequence[str], point: Mapping[str, Any], digits: int, *, doubles: bool
) -> dict[str, Any]:
    """Solve a system in numbers: in arrays, and by more digits where these do not tell.

    Parameters
    ----------
    digits : int
        That must be right.
    doubles : bool
        Whether these are the digits of a double, and arrays enough.

    Raises
    ------
    AbsentError
        An output that is not told.
    DomainError, SteadyStateError
        As :func:`symqb.numerics.system_outputs.evaluate_system`.
    DegenerateLevelsError
        Many levels of which some coincide and are mixed.
    """
    size = system.size
    if not doubles and size > PATIENT:
        raise DomainError(
            f"{', '.join(outputs)}: {digits} digits of {size} levels, as expressions in outputs "
            f"take them too, take hours; up to {PATIENT} levels do not. Ask for the outputs "
            "themselves, without digits"
        )
    if not doubles or system.jumps or size <= FEW_LEVELS:
        return evaluate_system(system, outputs, point, digits)
    try:
        found, refused = evaluate_dense(system, outputs, point)
    except (NotToldError, SteadyStateError) as error:
        if size <= MANY_DIGITS:
            return evaluate_system(system, outputs, point, digits)
        if isinstance(error, SteadyStateError):
            raise
        mixed = isinstance(error, MixedLevelsError)
        kind = DegenerateLevelsError if mixed else SteadyStateError
        raise kind(
            f"{error}; {size} levels are too many for more digits than doubles have. Move off the "
            "point, or raise the lowest temperature"
        ) from None
    if refused and size <= MANY_DIGITS:
        found |= evaluate_system(system, tuple(refused), point, digits)
    elif refused:
        raise AbsentError("; ".join(refused.values()), tuple(refused))
    return {name: found[name] for name in outputs}
