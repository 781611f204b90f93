"""The null vector of a generator: coherences are eliminated first, then populations.

Eliminating an unknown folds what it passes on into what is left, as for rates alone; a population's
own entry is never used, for what leaves it arrives elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

from symqb.derive.liouvillian import Place, TrialNumbers
from symqb.derive.liouvillian_terms import NOTHING, UNIT, Term, Terms

Matrix = dict[tuple[Place, Place], Any]


class SingularError(Exception):
    """An unknown that nothing damps: no next one can be eliminated.

    Parameters
    ----------
    left : tuple of Place
        What is left to eliminate.
    """

    def __init__(self, left: Sequence[Place]) -> None:
        super().__init__(left)
        self.left = tuple(left)


def is_population(place: Place) -> bool:
    """Tell whether an unknown is a population."""
    return place[0] == place[1]


@dataclass(frozen=True)
class Fold:
    """What eliminating one unknown takes: whence it comes, where it goes, what decays."""

    node: Place
    arriving: tuple[Place, ...]
    leaving: tuple[Place, ...]


@dataclass(frozen=True)
class Plan:
    """An order of elimination, with the pattern of what is not zero on the way.

    ``kept`` is the population that is left; ``filled[row, column]`` says what each fold changes.
    """

    folds: tuple[Fold, ...]
    kept: Place | None
    changed: tuple[frozenset[tuple[Place, Place]], ...]
    weights: Mapping[Place, Any]


def plan(trial: Matrix, places: Collection[Place], kept: Place | None) -> Plan:
    """Order the unknowns by least work now, coherences first, at a trial point.

    Parameters
    ----------
    trial : dict
        The generator there.
    places : collection of Place
    kept : Place, optional
        The population that is left; all places are coherences where it is None.

    Raises
    ------
    SingularError
        What is left has no unknown that decays.
    """
    ring, entries, left = TrialNumbers(), dict(trial), set(places)
    folds, changed, shares = list[Fold](), list[frozenset[tuple[Place, Place]]](), []
    while left - {kept}:
        fold, total = _next(entries, left, kept)
        left.discard(fold.node)
        moved = set[tuple[Place, Place]]()
        for i in fold.leaving:
            for j in fold.arriving:
                if i == j and is_population(i):
                    continue
                detour = entries[i, fold.node] * entries[fold.node, j] / total
                value = ring.sum([entries.get((i, j), mpmath.mpf(0)), detour])
                entries[i, j] = value
                moved.add((i, j))
                if value == 0:
                    del entries[i, j]
                    moved.discard((i, j))
        shares.append((fold, {j: entries[fold.node, j] / total for j in fold.arriving}))
        folds.append(fold)
        changed.append(frozenset(moved))
    weights = {} if kept is None else {kept: mpmath.mpf(1)}
    for fold, share in reversed(shares):
        weights[fold.node] = sum((x * weights[j] for j, x in share.items()), mpmath.mpf(0))
    return Plan(tuple(folds), kept, tuple(changed), weights)


def _next(entries: Matrix, left: set[Place], kept: Place | None) -> tuple[Fold, Any]:
    """The unknown that is eliminated for least work, and what it decays by."""
    into: dict[Place, list[Place]] = {place: [] for place in left}
    out: dict[Place, list[Place]] = {place: [] for place in left}
    for i, j in entries:
        if i != j and i in left and j in left:
            into[i].append(j)
            out[j].append(i)
    candidates = sorted(p for p in left if not is_population(p)) or sorted(left - {kept})
    ring, best = TrialNumbers(), None
    for node in candidates:
        if is_population(node):
            total = ring.sum([entries[i, node] for i in out[node]])
        else:
            total = -entries.get((node, node), mpmath.mpf(0))
        if total != 0:
            cost = len(into[node]) * len(out[node])
            if best is None or cost < best[0]:
                best = cost, Fold(node, tuple(sorted(into[node])), tuple(sorted(out[node]))), total
    if best is None:
        raise SingularError(sorted(left))
    return best[1], best[2]


@dataclass(frozen=True)
class Pivot:
    """What an unknown decays by: that must not vanish."""

    node: Place
    total: Term


def eliminate(
    terms: Terms, entries: Mapping[tuple[Place, Place], Term], order: Plan
) -> tuple[dict[Place, Term], list[Pivot]]:
    """Write an elimination in a planned order.

    Returns
    -------
    weights : dict
        Each unknown over the population that is kept.
    pivots : list of Pivot
    """
    found, pivots, shares = dict(entries), list[Pivot](), []
    for fold, changed in zip(order.folds, order.changed, strict=True):
        node = fold.node
        if is_population(node):
            total = terms.sum(found[i, node] for i in fold.leaving)
        else:
            total = terms.scaled(-1, found[node, node])
        pivots.append(Pivot(node, total))
        inverse = terms.inverse(total)
        for i in fold.leaving:
            for j in fold.arriving:
                if (i, j) in changed:
                    # the share first: two slow rates multiplied may leave the range of doubles
                    detour = terms.product(found[node, j], inverse, found[i, node])
                    found[i, j] = terms.sum([found.get((i, j), NOTHING), detour])
                elif not (i == j and is_population(i)):
                    found.pop((i, j), None)
        shares.append((node, [(terms.product(found[node, j], inverse), j) for j in fold.arriving]))
    weights: dict[Place, Term] = {} if order.kept is None else {order.kept: UNIT}
    for node, share in reversed(shares):
        weights[node] = terms.sum(terms.product(x, weights[j]) for x, j in share)
    return weights, pivots


def damped(trial: Matrix, places: Iterable[Place]) -> list[Plan]:
    """Plan the elimination of coherences that populations do not reach, connected part by part.

    They are zero in the steady state, if nothing of them lasts.

    Raises
    ------
    SingularError
        Something lasts.
    """
    left, plans = set(places), []
    neighbours: dict[Place, set[Place]] = {place: set() for place in left}
    for i, j in trial:
        if i in left and j in left:
            neighbours[i].add(j)
            neighbours[j].add(i)
    while left:
        part, waiting = set[Place](), [min(left)]
        while waiting:
            place = waiting.pop()
            if place not in part:
                part.add(place)
                waiting += neighbours[place]
        left -= part
        plans.append(plan({k: x for k, x in trial.items() if part.issuperset(k)}, part, None))
    return plans
