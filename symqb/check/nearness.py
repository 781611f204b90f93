"""Levels and frequencies too close for the secular form: rates against what they must be below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import mpmath

from symqb.check.findings import NUMERICAL, Finding
from symqb.check.subject import Subject, digits
from symqb.numerics.system_engine import Jumps
from symqb.numerics.system_numbers import LevelNumbers, same_gap

WEAK = 0.1
"""Rates must be below this times a distance for the secular form to hold."""


@dataclass(frozen=True)
class Near:
    """Two jumps of one operator at different frequencies, and what tells whether they interfere.

    ``levels`` is the pair whose gap is the difference of the frequencies; None where the jumps have
    no level in common.  ``ratio`` is their rate over the difference.
    """

    bath: str
    levels: tuple[int, int] | None
    first: tuple[int, int]
    second: tuple[int, int]
    distance: Any
    ratio: Any


def too_close(subject: Subject) -> Iterator[Finding]:
    """Find levels, and frequencies of one operator, that its rates do not tell apart."""
    if subject.levels is None or subject.jumps is None:
        return
    with digits():
        near = list(_near(subject.levels, subject.jumps))
    shared = [one for one in near if one.levels is not None]
    apart = [one for one in near if one.levels is None]
    if not subject.strength_known:
        _say_up_to(subject, near)
        return
    for code, found in (("levels-too-close", shared), ("frequencies-too-close", apart)):
        close = [one for one in found if one.ratio > WEAK]
        if close:
            yield _finding(code, max(close, key=lambda one: one.ratio), len(close))


def _say_up_to(subject: Subject, near: list[Near]) -> None:
    worst = max((one.ratio for one in near), default=mpmath.mpf(0))
    limit = mpmath.nstr(1 / worst, 3) if worst > 0 else "any"
    subject.skip(
        "levels or frequencies too close for the secular form",
        f"{subject.derivation.kappa} is not given; it must be well below {limit} here",
    )


def _near(levels: LevelNumbers, jumps: tuple[Jumps, ...]) -> Iterator[Near]:
    """Pairs of jumps by one operator whose frequencies differ."""
    for one, other in combinations(jumps, 2):
        if one.key != other.key or not (one.rate > 0 and other.rate > 0):
            continue
        first, second = (one.source[0], one.to[0]), (other.source[0], other.to[0])
        if same_gap(levels, first, second):
            continue
        distance = abs(_frequency(levels, first) - _frequency(levels, second))
        strength = mpmath.sqrt(_size(one) * _size(other))
        pair = _between(one, other)
        named = [(a + 1, b + 1) for a, b in (first, second)]
        yield Near(one.bath, pair, named[0], named[1], distance, strength / distance)


def _frequency(levels: LevelNumbers, ends: tuple[int, int]) -> Any:
    return levels.energies[ends[0]] - levels.energies[ends[1]]


def _size(jumps: Jumps) -> Any:
    return jumps.rate * max(abs(x) for x in jumps.operator) ** 2


def _between(one: Jumps, other: Jumps) -> tuple[int, int] | None:
    """The two levels whose coherence two jumps couple to populations, if they do."""
    if one.to == other.to:
        ends = one.source[0], other.source[0]
    elif one.source == other.source:
        ends = one.to[0], other.to[0]
    elif one.source == other.to and one.to == other.source:
        # there and back: the frequency itself must be large against the rate
        ends = one.source[0], one.to[0]
    else:
        return None
    return min(ends) + 1, max(ends) + 1


def _finding(code: str, near: Near, count: int) -> Finding:
    distance, ratio = (mpmath.nstr(x, 4) for x in (near.distance, near.ratio))
    if near.levels is not None:
        what = f"levels {near.levels[0]} and {near.levels[1]} are {distance} apart"
        wrong = "populations then meet coherences, which the secular form leaves out"
    else:
        what = (
            f"the frequencies of the jumps {near.first[0]} to {near.first[1]} and "
            f"{near.second[0]} to {near.second[1]} differ by {distance}"
        )
        wrong = (
            "coherences then pass from one pair of levels to the other, which the secular form "
            "leaves out; populations feel it only where coherences are driven"
        )
    more = "" if count == 1 else f" ({count} such pairs, this one the closest)"
    return Finding(
        code,
        f"{what}, and bath {near.bath} drives both at a rate {ratio} times that{more}: {wrong}",
        "lower kappa, or move the levels apart; where they are to stay close take the limit in "
        "which they coincide, or jumps=[...] (a local master equation)",
        NUMERICAL,
        {
            "bath": near.bath,
            "levels": None if near.levels is None else list(near.levels),
            "jumps": [list(near.first), list(near.second)],
            "distance": float(near.distance),
            "ratio": float(near.ratio),
            "pairs": count,
        },
    )
