"""What exchanges no heat, exactly: operators of baths, and transitions of a steady state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from symqb.numerics.ball_state import BallState
from symqb.numerics.degeneracy import join
from symqb.numerics.exact_inputs import ExactInputs

Pair = tuple[int, int]


def balanced_operators(
    inputs: ExactInputs, temperatures: Mapping[str, Any]
) -> dict[str, list[bool]]:
    """For every operator of a bath whether it exchanges no heat, the bath's operators in order.

    Its piece of the chain is as warm all over, or has no energy at all.  Pieces are sites connected
    by bonds, or by one operator of a bath.
    """
    spins = inputs.model.chain.spins
    part = list(range(spins + 1))

    def connect(a: int, b: int) -> None:
        kept, gone = part[a], part[b]
        part[:] = [kept if p == gone else p for p in part]

    lively: set[int] = set()
    for (kind, i), value in inputs.slots.items():
        if inputs.ball(value) != 0:
            lively.add(i + 1)
            if kind != "B":
                connect(i + 1, i + 2)
    operators: dict[str, list[list[int]]] = {}
    for bath in inputs.model.baths:
        sites = [[s] if inputs.ball(weight) != 0 else [] for s, weight in bath.couplings]
        if inputs.model.dissipation == "collective":
            sites = [[site for places in sites for site in places]]
            for site in sites[0][1:]:
                connect(sites[0][0], site)
        operators[bath.name] = sites
    energetic = {part[site] for site in lively}
    warm: dict[int, set[Any]] = {}
    for name, places in operators.items():
        for site in (site for sites in places for site in sites):
            warm.setdefault(part[site], set()).add(temperatures[name])

    def still(site: int) -> bool:
        return part[site] not in energetic or len(warm[part[site]]) == 1

    return {
        name: [all(still(site) for site in sites) for sites in places]
        for name, places in operators.items()
    }


def balanced_baths(inputs: ExactInputs, temperatures: Mapping[str, Any]) -> set[str]:
    """Baths that exchange no heat, as :func:`balanced_operators` has it of each operator."""
    found = balanced_operators(inputs, temperatures)
    return {name for name, balanced in found.items() if all(balanced)}


def balanced_pairs(state: BallState) -> set[Pair]:
    """Find pairs of levels between which as much flows up as down, through each bath.

    Flows of a steady state add up to zero at every level, so they run in cycles.  Transitions that
    share no cycle with any other bath's are a system by itself, at one temperature.
    """
    populations = state.populations
    warm: dict[Pair, set[Any]] = {}
    for name, edges in state.edges.items():
        bath = state.baths[name]
        for edge in edges:
            up, down = edge.up * populations[edge.lower], edge.down * populations[edge.upper]
            if not up == down == 0:
                # levels of one energy are as full at any temperature
                found = warm.setdefault((edge.lower, edge.upper), set())
                found.update([] if edge.size == 0 else [bath.same])
    pairs = list(warm)
    return {
        pairs[k]
        for members in join(len(pairs), _on_one_cycle(pairs))
        if len(temperatures := set().union(*(warm[pairs[k]] for k in members))) <= 1
        and 0 not in temperatures
        for k in members
    }


def _on_one_cycle(pairs: list[Pair]) -> Iterable[Pair]:
    """Numbers of edges of a graph that lie on one cycle; all such follow by connecting these."""
    neighbours: dict[int, list[tuple[int, int]]] = {}
    for k, (a, b) in enumerate(pairs):
        neighbours.setdefault(a, []).append((b, k))
        neighbours.setdefault(b, []).append((a, k))
    way: dict[int, list[tuple[int, int]]] = {}
    tree: set[int] = set()
    for start in neighbours:
        if start in way:
            continue
        way[start], frontier = [], [start]
        while frontier:
            node = frontier.pop()
            for other, k in neighbours[node]:
                if other not in way:
                    way[other] = [*way[node], (node, k)]
                    tree.add(k)
                    frontier.append(other)
    for k, (a, b) in enumerate(pairs):
        if k not in tree:
            left, right = {e for _, e in way[a]}, {e for _, e in way[b]}
            for e in left ^ right:
                yield k, e
