"""Cycles of an undirected graph: the fundamental ones of a forest, and the blocks they make."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from sympy.utilities.iterables import connected_components

Node = TypeVar("Node", bound=Hashable)


def fundamental_cycles(pairs: Sequence[tuple[Node, Node]]) -> list[tuple[Node, ...]]:
    """List one cycle for each pair that closes one, as its nodes in order; no pair comes twice.

    Every cycle of the graph is a sum of these.

    Examples
    --------
    >>> fundamental_cycles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")])
    [('c', 'a', 'b')]
    """
    tree: dict[Node, list[Node]] = {}
    found: list[tuple[Node, ...]] = []
    for a, b in pairs:
        path = _path(tree, b, a)
        if path:
            found.append((a, *path[:-1]))
            continue
        tree.setdefault(a, []).append(b)
        tree.setdefault(b, []).append(a)
    return found


def closed(nodes: Sequence[Node]) -> Iterator[tuple[Node, Node]]:
    """Yield the steps round a cycle, the last one back to its first node."""
    return pairwise((*nodes, nodes[0]))


def blocks(pairs: Sequence[tuple[Node, Node]]) -> list[list[int]]:
    """Part pairs, by their numbers, into those that share cycles; one on no cycle is alone.

    Examples
    --------
    >>> blocks([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")])
    [[0, 1, 2], [3]]
    """
    number = {frozenset(pair): k for k, pair in enumerate(pairs)}
    shared = [
        (number[frozenset(first)], number[frozenset(other)])
        for nodes in fundamental_cycles(pairs)
        for first, other in pairwise(closed(nodes))
    ]
    return [sorted(part) for part in connected_components((list(range(len(pairs))), shared))]


def _path(tree: Mapping[Node, Sequence[Node]], start: Node, end: Node) -> tuple[Node, ...]:
    """Find the way through a forest from one node to another; empty if there is none."""
    ways: list[tuple[Node, ...]] = [(start,)]
    while ways:
        way = ways.pop()
        if way[-1] == end:
            return way
        ways += [(*way, n) for n in tree.get(way[-1], ()) if n not in way[-2:-1]]
    return ()
