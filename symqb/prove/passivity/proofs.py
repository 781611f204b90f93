"""Passivity decided in ball arithmetic: verdicts are proofs; where balls overlap it stays open."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb

from symqb.models import BatteryModel, DomainError, NoClosedFormError
from symqb.numerics.balls import (
    BallLevel,
    Interval,
    Undecided,
    ball_converter,
    eliminate_balls,
    enclose_couplings,
    enclose_levels,
    enclose_phi,
)
from symqb.program.contexts import working_bits
from symqb.prove.boxes import UNDECIDED, Box, Search, marked

PRECISION = 192
Exact = Fraction | int | Interval
"""An exact number, or an interval between two."""


@dataclass(frozen=True)
class BallVerdict:
    """What was proved about the order of the populations.

    Attributes
    ----------
    verdict : str
        ``"passive"``: all populations fall with the energy; ``"active"``: a pair rises;
        ``"open"``: the balls do not tell.
    reason : str
        The pair, or what could not be separated.
    lower, upper : tuple of str
        For ``"active"``: energy and population of the pair, as enclosures.
    work : str
        For ``"active"``: an enclosure of the work from exchanging the pair, a lower bound of the
        ergotropy.
    above_saturation : bool
        Whether every level of a magnetisation is proved to lie below all of the next.
    """

    verdict: str
    reason: str
    lower: tuple[str, str] = ("", "")
    upper: tuple[str, str] = ("", "")
    work: str = ""
    above_saturation: bool = False


def _saturated(levels: Sequence[BallLevel], spins: int) -> bool:
    by_up = [[level.energy for level in levels if level.up == up] for up in range(spins + 1)]
    return all(a < b for up in range(spins) for a in by_up[up] for b in by_up[up + 1])


def _decide(levels: Sequence[BallLevel], weights: Sequence[Any], spins: int) -> BallVerdict:
    """Compare neighbours; levels and weights come in descending energy."""
    saturated = _saturated(levels, spins)
    total = sum(weights, arb(0))
    overlaps = 0
    for k in range(len(levels) - 1, 0, -1):
        low, high = weights[k], weights[k - 1]
        if low < high:
            gap = levels[k - 1].energy - levels[k].energy
            return BallVerdict(
                "active",
                f"levels {len(levels) - k} and {len(levels) - k + 1} from below are inverted",
                (levels[k].energy.str(12), (low / total).str(12)),
                (levels[k - 1].energy.str(12), (high / total).str(12)),
                (gap * (high - low) / total).str(6),
                saturated,
            )
        overlaps += not low >= high
    if overlaps:
        return BallVerdict(
            "open", f"{overlaps} pairs of populations overlap", above_saturation=saturated
        )
    return BallVerdict("passive", "every population is below the last", above_saturation=saturated)


class BallBattery:
    """A battery at an exact point, or box, of its couplings; temperatures come later.

    Parameters
    ----------
    model : BatteryModel
        The battery; kappa plays no part.
    point : mapping
        Parameter name to a Fraction or int, or to a pair of them: an interval.
    precision : int
        Bits.
    """

    def __init__(
        self, model: BatteryModel, point: Mapping[str, Exact], precision: int = PRECISION
    ) -> None:
        if model.beyond_the_paper:
            raise NoClosedFormError(
                f"{model.beyond_the_paper}: not enclosed in balls; use evaluate for numbers"
            )
        self.model, self.point, self.precision = model, dict(point), precision
        self._failure = ""
        with working_bits(precision):
            convert = ball_converter(point)
            try:
                levels, matrices = enclose_levels(model, convert)
                self._levels = sorted(levels, key=lambda level: -float(level.energy.mid()))
                for above, below in pairwise(self._levels):
                    if not above.energy > below.energy:
                        raise Undecided(f"levels near {above.energy.str(6)} are not separated")
                self._couplings = enclose_couplings(model, self._levels, matrices, convert)
            except Undecided as error:
                self._failure = str(error)

    def decide(self, **temperatures: Exact) -> BallVerdict:
        """The verdict at these temperatures, exact or intervals; others as in the point."""
        if self._failure:
            return BallVerdict("open", self._failure)
        with working_bits(self.precision):
            convert = ball_converter({**self.point, **temperatures})
            baths = [convert(bath.temperature) for bath in self.model.baths]
            size = len(self._levels)
            rates = [[arb(0)] * size for _ in range(size)]
            try:
                for c in self._couplings:
                    T = baths[c.bath]
                    rates[c.upper][c.lower] += c.square * enclose_phi(c.frequency, T)
                    rates[c.lower][c.upper] += c.square * enclose_phi(-c.frequency, T)
                weights = eliminate_balls(rates)
            except Undecided as error:
                return BallVerdict("open", str(error))
            return _decide(self._levels, weights, self.model.chain.spins)


def decide_passivity(
    model: BatteryModel, point: Mapping[str, Exact], *, precision: int = PRECISION
) -> BallVerdict:
    """Whether a steady state is passive, with proof, at an exact point or over a box.

    Parameters
    ----------
    model : BatteryModel
        The battery; kappa plays no part.
    point : mapping
        Parameter name to a Fraction or int, or to a pair of them: an interval.
    precision : int
        Bits.

    Returns
    -------
    BallVerdict
        Passive, active or open.

    Examples
    --------
    >>> point = dict(B0=5, J=1, Delta=Fraction(1, 2), epsilon=1, T_L=39, T_R=1, kappa=1)
    >>> from symqb.models import xxz_model
    >>> decide_passivity(xxz_model(2), point).verdict
    'active'
    """
    return BallBattery(model, point, precision).decide()


FINEST = Fraction(1, 10**5)


def check_temperatures(box: Box) -> None:
    """Refuse a rectangle of temperatures that is none, or that touches zero.

    Raises
    ------
    DomainError
        Halving towards zero would never end: no ball around it is separated from it.
    """
    for name, (low, high) in zip(("T_L", "T_R"), box, strict=True):
        if not 0 < low <= high:
            raise DomainError(
                f"{name} from {low} to {high}: give two temperatures above zero, the lower first"
            )


def coarsest(box: Box, finest: Fraction = FINEST) -> int:
    """The side of a box that is the widest for its temperature, to be halved next.

    ``UNDECIDED`` if every side is narrower than ``finest`` of its upper end.
    """
    widths = [(high - low) / high for low, high in box]
    return UNDECIDED if max(widths) < finest else widths.index(max(widths))


@dataclass(frozen=True)
class Cover:
    """A rectangle of temperatures cut into boxes, each with its verdict.

    Attributes
    ----------
    passive, active : int
        Boxes proved passive, and proved active.
    open : tuple
        ``(T_L interval, T_R interval, verdict)`` of the boxes that are neither.
    above_saturation : bool
        Whether every level of a magnetisation is proved to lie below all of the next.
    """

    passive: int
    active: int
    open: tuple[tuple[Interval, Interval, BallVerdict], ...]
    above_saturation: bool

    @property
    def verdict(self) -> str:
        """``"passive"`` or ``"active"`` if every box is, ``"both"``, or ``"open"`` if one is."""
        if self.open:
            return "open"
        if self.passive and self.active:
            return "both"
        return "passive" if self.passive else "active"


@dataclass(frozen=True)
class _EitherWay:
    """Whether a box of temperatures is passive or active, whichever; keeps each verdict."""

    battery: BallBattery
    root: Box
    finest: Fraction
    verdicts: dict[Box, BallVerdict] = field(default_factory=dict)

    def decide(self, box: Box) -> int | None:
        """None if it is either, else the side to halve."""
        found = self.verdicts[box] = self.battery.decide(T_L=box[0], T_R=box[1])
        return coarsest(box, self.finest) if found.verdict == "open" else None


def cover_temperatures(
    model: BatteryModel,
    point: Mapping[str, Exact],
    T_L: Interval,
    T_R: Interval,
    *,
    finest: Fraction = FINEST,
) -> Cover:
    """Decide passivity over a rectangle of the two bath temperatures, box by box.

    Parameters
    ----------
    model : BatteryModel
        A battery whose baths have the temperatures ``T_L`` and ``T_R``.
    point : mapping
        The other parameters, exact.
    T_L, T_R : pair of Fraction
        The rectangle.
    finest : Fraction
        Boxes are halved until decided, or until narrower than this share of their temperature.

    Returns
    -------
    Cover
        How many boxes are passive and active, and those that stayed open.

    Raises
    ------
    DomainError
        A rectangle that touches zero temperature.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=5, J=1, Delta=Fraction(1, 2), epsilon=0)
    >>> square = (Fraction(2), Fraction(3))
    >>> cover_temperatures(xxz_model(3), point, square, square).verdict
    'passive'
    """
    question = _EitherWay(BallBattery(model, point), (T_L, T_R), finest)
    check_temperatures(question.root)
    tree = Search(question, limit=sys.maxsize).run()
    found = [(box, question.verdicts[box]) for box, _ in marked(question.root, tree)]
    counts = Counter(verdict.verdict for _, verdict in found)
    decided = [verdict for _, verdict in found if verdict.verdict != "open"]
    return Cover(
        counts["passive"],
        counts["active"],
        tuple((box[0], box[1], verdict) for box, verdict in found if verdict.verdict == "open"),
        bool(decided) and all(verdict.above_saturation for verdict in decided),
    )
