"""T8: statements on boxes about the three-spin battery at epsilon = 0."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise

from symqb.battery import xxz_battery
from symqb.program import Builder, Program, Ref, inline
from symqb.prove.boxes import BoxStatement

Q = Fraction
# Ascending in energy wherever B0 > max(alpha, (3 |Delta| + alpha)/2) and J > 0.
ORDER = (3, 5, 1, 7, 6, 2, 8, 4)
EDGES = (
    (1, 3),
    (5, 3),
    (7, 3),
    (6, 1),
    (8, 1),
    (2, 5),
    (6, 5),
    (8, 5),
    (2, 7),
    (6, 7),
    (8, 7),
    (4, 2),
    (4, 6),
    (4, 8),
)


# Figure 12 names no temperatures in its text; these cover what the other figures use.
FIGURE_POINTS = tuple((Q(T), Q(s)) for T in (1, 2, 5, 20, 40) for s in ("0", "1/2", "9/10", "1"))


@cache
def _emitted(spins: int) -> Program:
    """Derive the program once: statements join it to itself at twenty points."""
    return xxz_battery(spins=spins).program.prune(["energies", "populations"])


def ordered(b: Builder, values: dict[str, Ref], spins: int, order: Sequence[int]) -> list[Ref]:
    """Energy gaps and log-ratios of neighbouring populations, from the emitted program."""
    emitted = _emitted(spins)
    outputs = inline(b, emitted, {name: values[name] for name in emitted.inputs})
    energy, population = outputs["energies"], outputs["populations"]
    if not isinstance(energy, tuple) or not isinstance(population, tuple):
        raise TypeError("energies and populations are vectors")
    gaps: list[Ref] = []
    for i, j in pairwise(order):
        gaps.append(b.sub(energy[j - 1], energy[i - 1]))
        low, high = (b.apply("log", population[k - 1]) for k in (i, j))
        gaps.append(b.sub(low, high))
    return gaps


@cache
def figure_statement() -> BoxStatement:
    """Fig. 12 at epsilon = 0: every Delta in [0, J], at twenty pairs of temperatures."""
    b = Builder(("Delta",))
    goals: list[Ref] = []
    for T_M, s in FIGURE_POINTS:
        values: dict[str, Ref] = {"B0": Q(5), "J": Q(1), "Delta": "Delta", "epsilon": Q(0)}
        goals += ordered(b, values | {"T_L": T_M * (1 + s), "T_R": T_M * (1 - s)}, 3, ORDER)
    program = b.build({"ordered": tuple(dict.fromkeys(goals))})
    title = (
        "three spins, epsilon = 0, B0 = 5 J, Delta in [0, J], T_M/J in {1, 2, 5, 20, 40}, "
        "Delta T/(2 T_M) in {0, 1/2, 9/10, 1}: the emitted populations are strictly passive"
    )
    return BoxStatement("T8_figure", title, program, {"Delta": (Q(0), Q(1))})


def paths(start: int, end: int) -> list[tuple[int, ...]]:
    """All simple paths between two levels of the transition graph."""
    near: dict[int, list[int]] = {k: [] for k in range(1, 9)}
    for a, b in EDGES:
        near[a].append(b)
        near[b].append(a)
    found: list[tuple[int, ...]] = []

    def extend(path: tuple[int, ...]) -> None:
        if path[-1] == end:
            found.append(path)
            return
        for k in near[path[-1]]:
            if k not in path:
                extend((*path, k))

    extend((start,))
    return found


def all_paths() -> list[tuple[int, ...]]:
    """The 234 simple paths between neighbours in energy."""
    return [p for i, j in pairwise(ORDER) for p in paths(i, j)]
