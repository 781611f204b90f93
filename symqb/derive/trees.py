"""Steady states as sums over spanning trees (Kirchhoff), and the eta-form of Eqs. 13-14."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sympy as sp

from symqb.derive.steady_state import Edge, rate_name
from symqb.models import NoClosedFormError

Tree = tuple[tuple[int, int], ...]
"""Jumps ``source -> target``, one from each level but the root, leading to the root."""


def count_trees(labels: Sequence[int], edges: Sequence[Edge]) -> int:
    """The number of spanning trees, by the matrix-tree theorem.

    Examples
    --------
    >>> count_trees([1, 2, 3, 4], [(3, 1), (4, 1), (2, 3), (2, 4)])
    4
    """
    index = {label: k for k, label in enumerate(labels)}
    laplacian = sp.zeros(len(labels))
    for a, b in edges:
        i, j = index[a], index[b]
        laplacian[i, i] += 1
        laplacian[j, j] += 1
        laplacian[i, j] -= 1
        laplacian[j, i] -= 1
    return int(laplacian[1:, 1:].det(method="bareiss")) if len(labels) > 1 else 1


def spanning_trees(labels: Sequence[int], edges: Sequence[Edge], root: int) -> Iterator[Tree]:
    """All spanning trees, their jumps directed towards ``root``.

    Each edge in turn is left out or taken; a branch that can no longer connect all levels is cut.

    Examples
    --------
    >>> sum(1 for _ in spanning_trees([1, 2, 3], [(1, 2), (2, 3), (1, 3)], root=1))
    3
    """
    ordered = sorted((min(edge), max(edge)) for edge in edges)

    def grow(
        start: int, parts: tuple[frozenset[int], ...], taken: tuple[Edge, ...]
    ) -> Iterator[tuple[Edge, ...]]:
        if len(parts) == 1:
            yield taken
            return
        if not _connectable(parts, ordered[start:]):
            return
        a, b = ordered[start]
        left = next(part for part in parts if a in part)
        right = next(part for part in parts if b in part)
        if left is not right:
            merged = (*(p for p in parts if p is not left and p is not right), left | right)
            yield from grow(start + 1, merged, (*taken, (a, b)))
        yield from grow(start + 1, parts, taken)

    for tree in grow(0, tuple(frozenset([label]) for label in labels), ()):
        yield direct(tree, root)


def _connectable(parts: tuple[frozenset[int], ...], edges: Sequence[Edge]) -> bool:
    groups = list(parts)
    for a, b in edges:
        left = next(g for g in groups if a in g)
        right = next(g for g in groups if b in g)
        if left is not right:
            groups = [g for g in groups if g is not left and g is not right] + [left | right]
    return len(groups) == 1


def direct(tree: Sequence[Edge], root: int) -> Tree:
    """A tree's edges as jumps towards the root."""
    jumps: list[tuple[int, int]] = []
    reached, remaining = {root}, list(tree)
    while remaining:
        for a, b in remaining:
            if a in reached or b in reached:
                source, target = (a, b) if b in reached else (b, a)
                jumps.append((source, target))
                reached.add(source)
                remaining.remove((a, b))
                break
    return tuple(sorted(jumps))


def tree_populations(
    labels: Sequence[int], edges: Sequence[Edge], rates: Mapping[str, sp.Expr] | None = None
) -> tuple[sp.Expr, ...]:
    """Populations as sums over spanning trees, all terms positive.

    .. math:: \\rho_{ii} = W_i / \\sum_j W_j, \\qquad
              W_i = \\sum_{\\text{trees to } i} \\prod_{k\\to l} \\Gamma_{k\\to l}

    Parameters
    ----------
    labels, edges : sequences
        The levels and their connected pairs.
    rates : mapping, optional
        What to put for the rates; symbols by default.

    Examples
    --------
    >>> tree_populations([1, 2], [(1, 2)])[0]
    Gamma_2_1/(Gamma_1_2 + Gamma_2_1)
    """
    if count_trees(labels, edges) > 10_000:
        raise NoClosedFormError(
            f"{count_trees(labels, edges)} spanning trees a root do not make a formula; "
            "use the elimination program"
        )

    def rate(jump: tuple[int, int]) -> sp.Expr:
        name = rate_name(*jump)
        return rates[name] if rates is not None else sp.Symbol(name)

    weights = [
        sp.Add(*(sp.Mul(*map(rate, tree)) for tree in spanning_trees(labels, edges, root)))
        for root in labels
    ]
    total = sp.Add(*weights)
    return tuple(weight / total for weight in weights)


def eta_form(
    edges: Sequence[Edge], hub: Edge, rates: Mapping[str, sp.Expr] | None = None
) -> dict[str, sp.Expr]:
    """The two-spin populations by substitution, in the shape of Eqs. 13-14.

    The levels outside ``hub`` are eliminated from their own balance equations; the balance of the
    first hub level then reads ``eta_2 rho_first = eta_1 rho_second``.

    Parameters
    ----------
    edges : sequence of pairs
        The four transitions of the two-spin battery.
    hub : pair
        The two levels kept, ``(3, 4)`` in the paper.

    Returns
    -------
    dict
        ``eta_1``, ``eta_2`` and ``rho_1`` ... ``rho_4``.

    Examples
    --------
    >>> form = eta_form([(3, 1), (4, 1), (2, 3), (2, 4)], hub=(3, 4))
    >>> sp.simplify(form["rho_4"] / form["rho_3"] - form["eta_2"] / form["eta_1"])
    0
    """
    first, second = hub
    neighbours: dict[int, set[int]] = {}
    for a, b in edges:
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)

    def rate(source: int, target: int) -> sp.Expr:
        name = rate_name(source, target)
        return rates[name] if rates is not None else sp.Symbol(name)

    outer = sorted(set(neighbours) - set(hub))
    leaving = sp.Add(*(rate(first, o) for o in outer))
    eta_1, eta_2 = sp.Integer(0), sp.Integer(1)
    for o in outer:
        out = sp.Add(*(rate(o, h) for h in hub))
        eta_1 += rate(o, first) * rate(second, o) / (leaving * out)
        eta_2 -= rate(o, first) * rate(first, o) / (leaving * out)
    relative = {first: sp.Integer(1), second: eta_2 / eta_1}
    for o in outer:
        arriving = rate(first, o) * eta_1 + rate(second, o) * eta_2
        relative[o] = arriving / (eta_1 * sp.Add(*(rate(o, h) for h in hub)))
    total = sp.Add(*relative.values())
    populations = {f"rho_{label}": relative[label] / total for label in sorted(relative)}
    return {"eta_1": eta_1, "eta_2": eta_2, **populations}
