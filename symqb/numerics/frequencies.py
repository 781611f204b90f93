"""Bohr frequencies that coincide in numbers, and energies in which they do so exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb, fmpq_mat

from symqb.numerics.degeneracy import coincide
from symqb.numerics.levels import Levels

Pair = tuple[int, int]
"""Two clusters of levels, the lower first."""


@dataclass(frozen=True)
class FrequencyGroup:
    """Pairs ``(lower, upper)`` of clusters of levels that lie one frequency apart."""

    frequency: Any
    pairs: tuple[Pair, ...]


def _together(gap: Any, moved: Any) -> bool:
    """Whether the one rule takes two frequencies as equal; so too if no digit tells them apart."""
    decided = coincide(gap, moved)
    return bool(gap.contains(0)) if decided is None else decided


def _driven(levels: Levels) -> list[Pair]:
    """The pairs of clusters, the lower first, between which an operator acts."""
    found: set[Pair] = set()
    for coupling in levels.couplings:
        for i, j in zip(*np.nonzero(coupling.matrix != 0), strict=True):
            e, f = int(levels.group_of[i]), int(levels.group_of[j])
            if e != f:
                lower = levels.energies[i].mid() < levels.energies[j].mid()
                found.add((e, f) if lower else (f, e))
    return sorted(found)


def group_frequencies(levels: Levels) -> tuple[list[FrequencyGroup], tuple[Any, ...]]:
    """Group driven pairs of clusters by frequency, zero first; and energies that agree with it.

    Returns
    -------
    groups : list of FrequencyGroup
        The first is frequency zero, of each cluster with itself.
    energies : tuple of arb
        The nearest ones in which coinciding levels and frequencies are exactly equal, so that all
        phases of a state agree with each other over any time.
    """
    mean = [sum(levels.energies[k] for k in group) / len(group) for group in levels.groups]
    slope = [levels.slopes[:, list(group)].sum(axis=1) / len(group) for group in levels.groups]
    gap = {(e, f): mean[f] - mean[e] for e, f in _driven(levels)}
    chained: list[list[Pair]] = []
    for pair in sorted(gap, key=lambda pair: gap[pair].mid().fmpq()):
        if chained:
            last = chained[-1][-1]
            moved = slope[pair[1]] - slope[pair[0]] - slope[last[1]] + slope[last[0]]
            if _together(gap[pair] - gap[last], sum((abs(x) for x in moved), arb(0))):
                chained[-1].append(pair)
                continue
        chained.append([pair])
    grouped = [part for members in chained for part in _without_clash(members, gap)]
    energies = _agreeing([energy.mid() for energy in mean], grouped)
    groups = [FrequencyGroup(arb(0), tuple((e, e) for e in range(len(mean))))]
    for members in grouped:
        # as found: energies that agree may be equal where those of two clusters nearly are
        groups.append(FrequencyGroup(gap[members[0]].mid(), tuple(members)))
    return groups, tuple(energies[e] for e in levels.group_of)


def _without_clash(members: list[Pair], gap: Mapping[Pair, Any]) -> Iterator[list[Pair]]:
    """Cut a chain of frequencies, widest link first, until no two share a cluster at one end.

    Two that do would make coincide what the rule holds apart, the clusters at the other end.
    """
    if all(len({pair[end] for pair in members}) == len(members) for end in (0, 1)):
        yield members
        return
    widths = [(gap[b] - gap[a]).mid() for a, b in pairwise(members)]
    cut = widths.index(max(widths)) + 1
    yield from _without_clash(members[:cut], gap)
    yield from _without_clash(members[cut:], gap)


def _agreeing(energies: list[Any], grouped: list[list[Pair]]) -> list[Any]:
    """The energies nearest to the given ones in which grouped frequencies are equal."""
    size = len(energies)
    rows: list[list[int]] = []
    for members in grouped:
        for pair in members[1:]:
            row = [0] * size
            for (lower, upper), sign in ((pair, 1), (members[0], -1)):
                row[upper] += sign
                row[lower] -= sign
            rows.append(row)
    if not rows:
        return energies
    reduced, rank = fmpq_mat(rows).rref()
    relations = fmpq_mat([[reduced[i, j] for j in range(size)] for i in range(rank)])
    inverse = (relations * relations.transpose()).inv()
    removed = relations.transpose() * inverse * relations
    return [
        (energies[i] - sum(arb(removed[i, j]) * energies[j] for j in range(size))).mid()
        for i in range(size)
    ]
