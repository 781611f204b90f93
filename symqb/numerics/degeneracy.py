r"""The one rule of coincidence, and the distances that tell whether the rate equation holds.

Two levels (or two frequencies) coincide at a point exactly when :math:`|g| \le 4\epsilon u`:
:math:`g` is their gap at the point, every input taken exactly as given;
:math:`u = \sum_x |x\,\partial g/\partial x|` over the parameters x given as floats is what
their rounding can move, in units of :math:`\epsilon = 2^{-53}`.  Exact values (int, Fraction, text)
and all numbers of the model itself have no rounding: there only a gap of exactly zero counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb

from symqb.numerics.block_rates import Spectrum
from symqb.numerics.exact_inputs import by_midpoint

Array = npt.NDArray[np.float64]

ROUNDING = 2.0**-53
TOLERANCE = 4 * ROUNDING
"""A gap up to this times what the inputs move counts as a coincidence."""

DISTANCES = ("smallest_gap", "smallest_frequency_difference", "secular_ratio")
"""What tells whether the rate equation holds, beside the outputs of every battery."""

Place = tuple[int, int]
"""A level by its sector and its number there."""


def _share_neighbour(spectrum: Spectrum, a: Place, c: Place) -> bool:
    """Whether one bath couples both levels to one and the same third level."""
    (k, i), (above, j) = min(a, c), max(a, c)
    squared = spectrum.squared
    for bath in spectrum.baths:
        name = bath.name
        if k == above:
            if k < len(squared) and (squared[k][name][:, i] * squared[k][name][:, j]).any():
                return True
            if k and (squared[k - 1][name][i] * squared[k - 1][name][j]).any():
                return True
        elif above == k + 2 and (squared[k][name][:, i] * squared[k + 1][name][j]).any():
            return True
    return False


def coupled(spectrum: Spectrum, groups: Iterable[Sequence[int]]) -> bool:
    """Whether levels that coincide share a neighbour: there populations meet coherences.

    ``groups`` hold places in the sectors one after the other.
    """
    places = [(k, i) for k, size in enumerate(spectrum.sizes) for i in range(size)]
    return any(
        _share_neighbour(spectrum, places[a], places[c])
        for group in groups
        for a, c in combinations(group, 2)
    )


Pair = tuple[int, int]


def coincide(gap: Any, moved: Any) -> bool | None:
    """The rule for one gap in balls: True, False, or None where more digits must decide.

    Parameters
    ----------
    gap : arb
        The gap at the point, inputs exact.
    moved : arb
        The sum of |x dg/dx| over the inputs x that are floats.
    """
    size, bound = abs(gap), TOLERANCE * moved
    if size <= bound:
        return True
    return False if size > bound else None


def coincidences(
    energies: Sequence[Any], slopes: Sequence[Sequence[Any]]
) -> tuple[list[Pair] | None, list[Pair]]:
    """Pairs of levels that coincide, and pairs that no digit tells apart.

    Parameters
    ----------
    energies : sequence of arb
        With their errors.
    slopes : sequence of sequences of arb
        x dE/dx of every level, one row an input that is a float.

    Returns
    -------
    together : list of pairs, or None
        None where a gap that is surely not zero stands at the rule's edge: more digits decide.
    equal : list of pairs
        Gaps that may be exactly zero; the caller proves that they are, or asks for more digits.
    """
    order = sorted(range(len(energies)), key=lambda k: by_midpoint(energies[k]))
    reach = sum((2 * max(abs(s).upper() for s in row) for row in slopes if row), arb(0))
    together: list[Pair] = []
    equal: list[Pair] = []
    for start, a in enumerate(order):
        for c in order[start + 1 :]:
            gap = energies[c] - energies[a]
            if gap > TOLERANCE * reach:
                break
            verdict = coincide(gap, sum((abs(row[c] - row[a]) for row in slopes), arb(0)))
            if verdict is None and not gap.contains(0):
                return None, []
            if verdict is None:
                equal.append((a, c))
            elif verdict:
                together.append((a, c))
    return together, equal


def join(size: int, pairs: Iterable[Pair]) -> list[list[int]]:
    """Groups of what the pairs connect; what is in no pair is a group of its own.

    Examples
    --------
    >>> join(4, [(0, 2)])
    [[0, 2], [1], [3]]
    """
    part = list(range(size))
    for a, b in pairs:
        kept, gone = sorted((part[a], part[b]))
        part = [kept if p == gone else p for p in part]
    groups: dict[int, list[int]] = {}
    for k, p in enumerate(part):
        groups.setdefault(p, []).append(k)
    return list(groups.values())
