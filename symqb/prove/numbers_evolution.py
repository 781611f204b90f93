"""The judge's evolution in many digits.

Blocks of one Bohr frequency evolve apart: the decay by a real matrix exponential in balls, the
phase as a factor of its own, so that long times at weak dissipation lose nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb, arb_mat, ctx

from symqb.prove.numbers_levels import (
    APART,
    EPS,
    TOGETHER,
    Reading,
    Undecided,
)
from symqb.prove.numbers_steady import zeros

Complex = npt.NDArray[np.complex128]
LARGEST_CLASS = 160


def frequency_classes(reading: Reading) -> list[list[tuple[int, int]]]:
    """Pairs of levels (a, b) by their Bohr frequency ``E_a - E_b``.

    Raises
    ------
    Undecided
        Two frequencies too near the rule's bound.
    """
    judge = reading.judge
    size, E = judge.size, reading.energies
    slopes, width = _cluster_slopes(reading), _cluster_widths(reading)
    pairs = [(a, b) for a in range(size) for b in range(size)]
    pairs.sort(key=lambda p: (E[p[0]] - E[p[1]]).mid())
    noise = 10.0 ** (-judge.digits // 2) * judge.scale
    classes = [[pairs[0]]]
    for (a, b), (c, d) in pairwise(pairs):
        gap = float(((E[c] - E[d]) - (E[a] - E[b])).mid())
        moved = sum(abs(float(s[a] - s[b] - s[c] + s[d])) for s in slopes)
        # a mean energy lies within its cluster only
        slack = max(noise, 2 * sum(width[k] for k in (a, b, c, d)))
        if gap <= max(slack, TOGETHER * EPS * moved):
            classes[-1].append((c, d))
        elif gap > max(slack, APART * EPS * moved):
            classes.append([(c, d)])
        else:
            raise Undecided("two frequencies coincide to rounding, but not exactly")
    _check_apart(classes, E, slopes)
    return classes


def _check_apart(classes: list[list[tuple[int, int]]], E: Any, slopes: Any) -> None:
    """Neighbours were compared: what lies beyond one must not coincide across it.

    Raises
    ------
    Undecided
        The rule joins the first of three frequencies with the last, and not with the one between.
    """
    reach = APART * EPS * sum(4 * max(abs(float(x)) for x in slope) for slope in slopes)
    for k, first in enumerate(classes):
        for other in classes[k + 1 :]:
            gap = float(
                ((E[other[0][0]] - E[other[0][1]]) - (E[first[-1][0]] - E[first[-1][1]])).mid()
            )
            if gap > reach:
                break
            for (a, b), (c, d) in product(first, other):
                gap = float(((E[c] - E[d]) - (E[a] - E[b])).mid())
                moved = sum(abs(float(s[a] - s[b] - s[c] + s[d])) for s in slopes)
                if gap <= APART * EPS * moved:
                    raise Undecided("coincidence of three frequencies is not transitive")


def _cluster_slopes(reading: Reading) -> list[list[Any]]:
    """What each parameter moves the energy of each level's cluster by."""
    judge, found = reading.judge, []
    for slope in judge.slopes:
        own = [slope[k, k].mid() / judge.step for k in range(judge.size)]
        mean = [sum(own[k] for k in cluster) / len(cluster) for cluster in reading.clusters]
        found.append([mean[reading.cluster_of[k]] for k in range(judge.size)])
    return found


def _cluster_widths(reading: Reading) -> list[float]:
    """How far the levels of each level's cluster lie apart."""
    E = reading.judge.energies
    widths = [float((E[cluster[-1]] - E[cluster[0]]).mid()) for cluster in reading.clusters]
    return [widths[reading.cluster_of[k]] for k in range(reading.judge.size)]


def class_generator(reading: Reading, pairs: list[tuple[int, int]]) -> Any:
    """The real generator of one frequency's entries, the phase left out."""
    place = {pair: k for k, pair in enumerate(pairs)}
    G = zeros(len(pairs), len(pairs))
    for bath, S in reading.operators:
        loss = S.T.dot(_weighted(reading, bath, S))
        for (a, b), row in place.items():
            for (c, d), column in place.items():
                element = S[a, c] * S[b, d]
                if element != 0:
                    both = reading.rate_between(bath, c, a) + reading.rate_between(bath, d, b)
                    G[row, column] += both / 2 * element
                if b == d and reading.cluster_of[a] == reading.cluster_of[c]:
                    G[row, column] -= loss[c, a] / 2
                if a == c and reading.cluster_of[b] == reading.cluster_of[d]:
                    G[row, column] -= loss[d, b] / 2
    return G


def _weighted(reading: Reading, bath: Any, S: Any) -> Any:
    """``rate(b -> a) S_ab``; the rate depends on the cluster of b alone among its columns."""
    found = zeros(*S.shape)
    for a, b in reading.driven(S):
        found[a, b] = reading.rate_between(bath, b, a) * S[a, b]
    return found


@dataclass(frozen=True)
class JudgedEvolution:
    """States at some times in the bare basis, and the populations of the judge's levels.

    ``turned`` is the largest phase that frequencies which coincide by rounding differ by.
    """

    density: Complex
    stored_energy: npt.NDArray[np.float64]
    turned: float = 0.0


def evolve(reading: Reading, initial: Complex, times: Sequence[float]) -> JudgedEvolution:
    """The state at some times from any state in the bare basis.

    Raises
    ------
    Undecided
        Frequencies at the bound of the rule, or too many levels.
    """
    judge = reading.judge
    states = np.array(judge.amplitudes, dtype=float)
    start = states.T @ initial @ states
    found = np.zeros((len(times), judge.size, judge.size), dtype=np.complex128)
    with judge.precision():
        classes = frequency_classes(reading)
        if max(map(len, classes)) > LARGEST_CLASS:
            raise Undecided("too many coherences of one frequency for the judge")
        generators = [class_generator(reading, pairs) for pairs in classes]
        frequencies = [reading.frequency(*pairs[0]) for pairs in classes]
        spread = max(
            float(abs(reading.frequency(*pair) - w))
            for pairs, w in zip(classes, frequencies, strict=True)
            for pair in pairs
        )
        for index, time in enumerate(times):
            for pairs, G, w in zip(classes, generators, frequencies, strict=True):
                rows, columns = map(list, zip(*pairs, strict=True))
                phase = (-w * arb(time)).cos(), (-w * arb(time)).sin()
                moved = _exponential(G, time) @ start[rows, columns]
                found[index][rows, columns] = moved * complex(*map(float, phase))
        heights = np.array([float(E - judge.empty) for E in reading.energies])
    stored = np.real(np.einsum("tii,i->t", found, heights))
    return JudgedEvolution(states @ found @ states.T, stored, spread * max(times, default=0.0))


def _exponential(G: Any, time: float) -> npt.NDArray[np.float64]:
    size = len(G)
    with ctx.workprec(220):
        matrix = arb_mat(size, size, [x * arb(time) for x in G.reshape(-1)]).exp()
        return np.array([float(x) for x in matrix.entries()]).reshape(size, size)
