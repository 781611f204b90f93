"""Heat currents that vanish whatever the temperatures: no cycle lets heat through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import mpmath

from symqb.check.findings import NUMERICAL, PROVED, Finding
from symqb.check.subject import Subject, digits
from symqb.derive.cycles import blocks
from symqb.derive.hamiltonian import as_expr
from symqb.models import Bath
from symqb.models.system import System

Edge = tuple[int, int, str]
"""Two levels, and a bath that drives the transition between them."""

VANISHING = 1e-30
"""A sum over its moduli below this is zero, of the digits carried."""


def vanishing_currents(subject: Subject) -> Iterator[Finding]:
    """Find baths whose current is zero in the secular steady state although they couple."""
    system = subject.system
    if system.jumps or len({_kind(bath) for bath in system.baths}) < 2:
        return
    dead: list[str] = []
    if subject.transitions is not None:
        edges = [(t.upper, t.lower, name) for t in subject.transitions for name in t.elements]
        dead = sorted(_without_cycle(system, edges))
        for name in dead:
            yield _vanishes(
                name,
                "for all temperatures, wherever no levels coincide: none of its transitions lies "
                "on a cycle with those of a bath at another temperature",
                PROVED,
            )
    yield from _vanishing_here(subject, dead)


def _kind(bath: Bath) -> tuple[Any, ...]:
    """What two baths must share to be in equilibrium with each other."""
    return as_expr(bath.temperature), as_expr(bath.mu), bath.statistics, bath.occupation


def _without_cycle(system: System, edges: Sequence[Edge]) -> set[str]:
    """Baths all of whose edges lie in blocks of the graph that are in equilibrium by themselves.

    Two baths on one transition make a cycle.  What flows through a block depends on it alone, and
    a block of one temperature obeys Kolmogorov's criterion; an edge on no cycle carries nothing.
    """
    baths = {bath.name: bath for bath in system.baths}
    # an edge is two steps, by a node of its own: no pair of nodes comes twice
    steps: list[tuple[Any, Any]] = []
    for edge in edges:
        steps += [(edge[0], edge), (edge, edge[1])]
    alive = set()
    for block in blocks(steps):
        inside = {edges[k // 2] for k in block}
        kinds = {_kind(baths[name]) for _, _, name in inside}
        own = any(baths[name].occupation is not None for _, _, name in inside)
        if len(inside) > 1 and (len(kinds) > 1 or own):
            alive |= {name for _, _, name in inside}
    return {name for _, _, name in edges} - alive


def _vanishing_here(subject: Subject, known: Sequence[str]) -> Iterator[Finding]:
    """Currents whose terms cancel at the point to all digits, temperatures being different."""
    if subject.levels is None or subject.steady is None:
        return
    kinds = {b.name: subject.number(b.temperature) for b in subject.system.baths}
    if len(set(kinds.values())) < 2:
        return
    with digits():
        for name in kinds:
            value, size = subject.steady.current(name, "heat")
            if name not in known and size > 0 and abs(value) <= VANISHING * size:
                moved = mpmath.nstr(size, 4)
                yield _vanishes(name, f"here, though it moves {moved} back and forth", NUMERICAL)


def _vanishes(name: str, why: str, certainty: str) -> Finding:
    return Finding(
        "current-vanishes",
        f"the heat current of bath {name} in the secular steady state is 0 {why}",
        "couple the bath, or another, to a transition that closes a cycle; a current carried by "
        "coherences needs a description beyond the secular one",
        certainty,
        {"bath": name},
    )
