"""Levels and frequencies too close for the secular form: rates against what they must be below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import mpmath
import numpy as np

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
        if not subject.strength_known:
            _say_up_to(subject, next(_near(subject.levels, subject.jumps, 0), None))
            return
        near = list(_near(subject.levels, subject.jumps, WEAK))
    shared = [one for one in near if one.levels is not None]
    apart = [one for one in near if one.levels is None]
    for code, found in (("levels-too-close", shared), ("frequencies-too-close", apart)):
        close = [one for one in found if one.ratio > WEAK]
        if close:
            yield _finding(code, max(close, key=lambda one: one.ratio), len(close))


def _say_up_to(subject: Subject, worst: Near | None) -> None:
    limit = "any value" if worst is None else mpmath.nstr(1 / worst.ratio, 3)
    subject.skip(
        "levels or frequencies too close for the secular form",
        f"{subject.derivation.kappa} is not given; it must be well below {limit} here",
    )


def _near(levels: LevelNumbers, jumps: Sequence[Jumps], least: float) -> Iterator[Near]:
    """Pairs of jumps by one operator whose frequencies differ, the strongest first."""
    kinds: dict[Any, list[Jumps]] = {}
    for one in jumps:
        if one.rate > 0:
            kinds.setdefault(one.key, []).append(one)
    candidates = [found for members in kinds.values() for found in _candidates(levels, members)]
    for ratio, one, other in sorted(candidates, key=lambda found: -found[0]):
        if ratio < least / 2:
            return
        first, second = _ends(one), _ends(other)
        if same_gap(levels, first, second):
            continue
        distance = abs(_frequency(levels, first) - _frequency(levels, second))
        if _there_and_back(one, other):
            distance /= 2
        strength = mpmath.sqrt(_size(one) * _size(other))
        named = [(a + 1, b + 1) for a, b in (first, second)]
        yield Near(
            one.bath, _between(one, other), named[0], named[1], distance, strength / distance
        )


def _candidates(
    levels: LevelNumbers, members: Sequence[Jumps]
) -> Iterator[tuple[float, Jumps, Jumps]]:
    """All pairs with their ratios in doubles, infinite where the frequencies round to one."""
    frequencies = np.array([float(_frequency(levels, _ends(one))) for one in members])
    strengths = np.sqrt([float(_size(one)) for one in members])
    distances = np.abs(np.subtract.outer(frequencies, frequencies))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.outer(strengths, strengths) / distances
    for i, j in combinations(range(len(members)), 2):
        one, other = members[i], members[j]
        yield float(ratios[i, j]) * (2 if _there_and_back(one, other) else 1), one, other


def _there_and_back(one: Jumps, other: Jumps) -> bool:
    """Whether a jump undoes another: the frequency itself must be large against the rates."""
    return one.source == other.to and one.to == other.source


def _ends(jumps: Jumps) -> tuple[int, int]:
    return jumps.source[0], jumps.to[0]


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
    elif _there_and_back(one, other):
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
