"""T8: statements on boxes about the three-spin battery at epsilon = 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise

from symqb.battery import xxz_battery
from symqb.program import Builder, Program, Ref, inline
from symqb.prove.boxes import BoxStatement

Q = Fraction
# Ascending in energy wherever B0 > max(alpha, (3 |Delta| + alpha)/2) and J > 0.
ORDER = (3, 5, 1, 7, 6, 2, 8, 4)
EDGES = (
    (1, 3), (5, 3), (7, 3), (6, 1), (8, 1), (2, 5), (6, 5), (8, 5), (2, 7), (6, 7), (8, 7),
    (4, 2), (4, 6), (4, 8),
)  # fmt: skip


# Figure 12 names no temperatures in its text; these cover what the other figures use.
FIGURE_POINTS = tuple((Q(T), Q(s)) for T in (1, 2, 5, 20, 40) for s in ("0", "1/2", "9/10", "1"))


def ordered(b: Builder, values: dict[str, Ref], spins: int, order: Sequence[int]) -> list[Ref]:
    """Energy gaps and log-ratios of neighbouring populations, from the emitted program."""
    emitted = xxz_battery(spins=spins).program.prune(["energies", "populations"])
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


def energies(b: Builder, B0: Ref) -> dict[int, Ref]:
    """Eqs. (21) at J = 1, with Delta an input."""
    delta: Ref = "Delta"
    alpha = b.apply("sqrt", b.add(b.mul(delta, delta), Q(8)))
    low, high = (b.mul(Q(1, 2), x) for x in (b.add(delta, alpha), b.sub(alpha, delta)))
    half, more = b.mul(Q(1, 2), B0), b.mul(Q(3, 2), B0)
    return {
        1: b.neg(half), 2: half, 3: b.sub(delta, more), 4: b.add(delta, more),
        5: b.sub(b.neg(half), low), 6: b.sub(half, low), 7: b.sub(high, half), 8: b.add(high, half),
    }  # fmt: skip


def occupations(b: Builder, levels: dict[int, Ref]) -> dict[frozenset[int], tuple[Ref, Ref]]:
    """For each coupled pair: w and M, where N = M/(w y) is the sum of both Bose numbers.

    y = 1/T_hot and r = T_cold/T_hot: M = bose(w y, 1) + bose(w y, r), finite at y = 0 and r = 0.
    """
    found = {}
    for upper, lower in EDGES:
        w = b.sub(levels[upper], levels[lower])
        x = b.mul(w, "y")
        M = b.add(b.apply("bose", x, Q(1)), b.apply("bose", x, "r"))
        found[frozenset((upper, lower))] = (w, M)
    return found


def path_program(B0: Fraction | None, hot: bool) -> Program:
    """e^X > 1 for every simple path, X being the signed sum of ln g along it; B0 None: an input.

    ``hot`` selects (e^X - 1)/y cleared of its denominator, which is regular at y = 0; otherwise X
    itself.  With a = 2 w/M, g = 1 + y a: a path's product of (1 + y a) going up must exceed that
    going down.
    """
    b = Builder(("Delta", "y", "r") if B0 is not None else ("B0", "Delta", "y", "r"))
    levels = energies(b, B0 if B0 is not None else "B0")
    pairs = occupations(b, levels)
    slope: dict[frozenset[int], Ref] = {}
    for pair, (w, M) in pairs.items():
        a = b.div(b.mul(Q(2), w), M)
        slope[pair] = a if hot else b.apply("log", b.add(Q(1), b.mul("y", a)))
    goals: list[Ref] = []
    for i, j in pairwise(ORDER):
        goals.append(b.sub(levels[j], levels[i]))
    rises = {frozenset(edge): edge[0] for edge in EDGES}
    for path in all_paths():
        steps = list(pairwise(path))
        up = [slope[frozenset(s)] for s in steps if rises[frozenset(s)] == s[1]]
        down = [slope[frozenset(s)] for s in steps if rises[frozenset(s)] == s[0]]
        goals.append(
            b.sub(growth(b, up), growth(b, down)) if hot else b.sub(b.sum(up), b.sum(down))
        )
    return b.build({"paths": tuple(dict.fromkeys(goals))})


def growth(b: Builder, slopes: Sequence[Ref]) -> Ref:
    """(prod (1 + y a_k) - 1)/y, without dividing by y."""
    product: Ref = Q(1)
    total: Ref = Q(0)
    for a in slopes:
        total = b.add(total, b.mul(a, product))
        product = b.mul(product, b.add(Q(1), b.mul("y", a)))
    return total


@cache
def path_statement(hot: bool, wide: bool = False) -> BoxStatement:
    """J = 1: T_hot >= 4, or down to T_hot = 8/17, beyond which the estimate is elementary."""
    y = (Q(0), Q(1, 4)) if hot else (Q(1, 4), Q(17, 8))
    box = {"Delta": (Q(-1) if wide else Q(0), Q(1)), "y": y, "r": (Q(0), Q(1))}
    if wide:
        box = {"B0": (Q(5), Q(10)), **box}
    name = f"T8_{'wide_' if wide else ''}{'hot' if hot else 'warm'}"
    domain = "5 J <= B0 <= 10 J, |Delta| <= J" if wide else "B0 = 5 J, Delta in [0, J]"
    heat = "T_hot >= 4 J" if hot else "8/17 J <= T_hot <= 4 J"
    title = f"three spins, epsilon = 0, {domain}, {heat}: ln g rises along every path upward"
    return BoxStatement(name, title, path_program(None if wide else Q(5), hot), box)


BOXES: dict[str, Callable[[], BoxStatement]] = {
    "T8_figure": figure_statement,
    "T8_hot": partial(path_statement, True),
    "T8_warm": partial(path_statement, False),
}
