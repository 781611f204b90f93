"""The steady state: subtraction-free elimination (Grassmann, Taksar, Heyman) as a program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol

import sympy as sp

from symqb.derive.expression import to_sympy
from symqb.models import NoClosedFormError
from symqb.models.displays import Tabular
from symqb.program import Builder, Program, Ref

Edge = tuple[int, int]
"""A pair of connected levels, in either order."""


def rate_name(source: int, target: int) -> str:
    """The name of the total rate of the jump ``source -> target``."""
    return f"Gamma_{source}_{target}"


class Jumps:
    """Hold which states lead where while states are eliminated.

    Parameters
    ----------
    labels : iterable of int
        All states.
    jumps : iterable of pairs
        From where to where; two-way connections as two.
    """

    def __init__(self, labels: Iterable[int], jumps: Iterable[Edge]) -> None:
        self.out: dict[int, set[int]] = {label: set() for label in labels}
        self.into: dict[int, set[int]] = {label: set() for label in self.out}
        for a, b in jumps:
            self.out[a].add(b)
            self.into[b].add(a)

    def cost(self, node: int) -> tuple[int, int]:
        """Count the operations that eliminating a state takes, and the jumps it makes anew."""
        arriving, leaving = self.into[node], self.out[node]
        pairs = [(a, b) for a in arriving for b in leaving if a != b]
        fresh = sum(1 for a, b in pairs if b not in self.out[a])
        # where all leave one way the detours are the arrivals themselves
        products = len(pairs) if len(leaving) > 1 else 0
        return len(arriving) + products + len(leaving) - 1 + len(pairs) - fresh, fresh

    def remove(self, node: int) -> None:
        """Eliminate a state: whatever came through it now jumps by itself."""
        arriving, leaving = self.into.pop(node), self.out.pop(node)
        for a in arriving:
            self.out[a] = (self.out[a] | leaving) - {a, node}
        for b in leaving:
            self.into[b] = (self.into[b] | arriving) - {b, node}


def both_ways(edges: Iterable[Edge]) -> list[Edge]:
    """Give the jumps of connections: each pair there and back."""
    return [jump for a, b in edges for jump in ((a, b), (b, a))]


def elimination_cost(labels: Sequence[int], edges: Iterable[Edge], order: Sequence[int]) -> int:
    """Operations of the elimination in a given order (divisions and back substitution apart)."""
    graph, total = Jumps(labels, both_ways(edges)), 0
    for node in order:
        total += graph.cost(node)[0]
        graph.remove(node)
    return total


def elimination_order(labels: Sequence[int], edges: Iterable[Edge], last: int) -> tuple[int, ...]:
    """An order of elimination by least work now, keeping ``last`` to the end.

    The level kept last should be the one most populated at low temperature, ``|0..0>``: then every
    pivot contains an emission rate and stays away from zero as the baths grow cold.

    Examples
    --------
    >>> elimination_order([1, 2, 3, 4], [(1, 3), (1, 4), (2, 3), (2, 4)], last=1)
    (4, 3, 2)
    """
    return _greedy(labels, both_ways(edges), {last}, Jumps.cost)[1]


def cheapest_order(
    labels: Sequence[int], jumps: Sequence[Edge], kept: Collection[int] = ()
) -> tuple[int, ...]:
    """Order states for little work, some kept to the end; without these the last one is.

    The better of two: by least work now, and by fewest jumps made anew.

    Examples
    --------
    >>> cheapest_order([1, 2, 3], [(1, 2), (2, 3), (3, 1)])
    (3, 2)
    """
    first = _greedy(labels, jumps, kept, Jumps.cost)
    second = _greedy(labels, jumps, kept, lambda graph, node: graph.cost(node)[::-1])
    return min(first, second, key=lambda found: found[0])[1]


def _greedy(
    labels: Sequence[int],
    jumps: Iterable[Edge],
    kept: Collection[int],
    rule: Callable[[Jumps, int], tuple[int, int]],
) -> tuple[int, tuple[int, ...]]:
    """Eliminate what a rule puts first, again and again; the operations it takes, and the order."""
    graph, total = Jumps(labels, jumps), 0
    order: list[int] = []
    while len(graph.out) > max(1, len(kept)):
        node = min((n for n in graph.out if n not in kept), key=lambda n: (*rule(graph, n), -n))
        total += graph.cost(node)[0]
        order.append(node)
        graph.remove(node)
    return total, tuple(order)


def elimination_program(
    labels: Sequence[int], edges: Sequence[Edge], order: Sequence[int]
) -> Program:
    """The program from total rates to populations, by elimination without a subtraction.

    Eliminating level n folds its jumps into those of the others,
    ``Gamma_ij += Gamma_in Gamma_nj / s_n`` with ``s_n = sum_j Gamma_nj``; afterwards
    ``p_n = sum_i p_i Gamma_in / s_n``.  Sums, products and quotients of positive numbers lose at
    most a few roundings each, whatever the rates' magnitudes.

    Parameters
    ----------
    labels : sequence of int
        All levels, in the order of the output.
    edges : sequence of pairs
        Connected levels.
    order : sequence of int
        All levels but one, which is kept.

    Returns
    -------
    Program
        Inputs ``Gamma_i_j``, output ``populations``.

    Examples
    --------
    >>> elimination_program([1, 2], [(1, 2)], [2]).operation_counts()
    {'add': 1, 'div': 2, 'mul': 1}
    """
    return jumps_program(labels, both_ways(edges), order)


def jumps_program(labels: Sequence[int], jumps: Sequence[Edge], order: Sequence[int]) -> Program:
    """Write :func:`elimination_program` for jumps that need not go both ways.

    Every state but the one kept must reach it, and be reached from it.

    Examples
    --------
    >>> jumps_program([1, 2, 3], [(1, 2), (2, 3), (3, 1)], [3, 2]).operation_counts()
    {'add': 2, 'div': 3, 'mul': 3}
    """
    graph = Jumps(labels, jumps)
    (kept,) = set(labels) - set(order)
    inputs = [rate_name(i, j) for i in sorted(graph.out) for j in sorted(graph.out[i])]
    builder = Builder(inputs, prefix="g")
    rates: dict[Edge, Ref] = {(i, j): rate_name(i, j) for i in graph.out for j in graph.out[i]}
    weights: dict[int, Ref] = {kept: Fraction(1)}
    for node, shares in reversed(list(eliminate(builder, rates, graph, order))):
        weights[node] = builder.sum(builder.mul(weights[i], f) for i, f in shares.arriving.items())
    norm = builder.div(Fraction(1), builder.sum(weights[label] for label in labels))
    return builder.build(
        {"populations": tuple(builder.mul(weights[label], norm) for label in labels)}
    )


@dataclass(frozen=True)
class Shares:
    """Hold what eliminating a state leaves behind.

    ``arriving`` is the rate from each state into it over ``total``, the rate out of it;
    ``leaving`` are the rates out of it, to the states then left.
    """

    arriving: dict[int, Ref]
    leaving: dict[int, Ref]
    total: Ref


def eliminate(
    builder: Builder, rates: dict[Edge, Ref], graph: Jumps, order: Iterable[int]
) -> Iterator[tuple[int, Shares]]:
    """Fold one state's jumps after another into those of the states left, which ``rates`` holds."""
    for node in order:
        arriving, leaving = sorted(graph.into[node]), sorted(graph.out[node])
        graph.remove(node)
        yield node, _fold(builder, rates, node, arriving, leaving)


def _fold(
    builder: Builder, rates: dict[Edge, Ref], node: int, arriving: list[int], leaving: list[int]
) -> Shares:
    """Fold a state's jumps into those of its neighbours."""
    out = {j: rates[node, j] for j in leaving}
    total = builder.sum(out.values())
    one_way = len(leaving) == 1
    inverse = total if one_way else builder.div(Fraction(1), total)
    share = builder.div if one_way else builder.mul
    shares = {i: share(rates[i, node], inverse) for i in arriving}
    for i in arriving:
        for j in leaving:
            if i != j:
                detour = rates[i, node] if one_way else builder.mul(shares[i], out[j])
                rates[i, j] = builder.add(rates.get((i, j), Fraction(0)), detour)
    return Shares(shares, out, total)


class Driven(Protocol):
    """A pair of levels with its rates down and up by bath: of a chain, or of any system."""

    @property
    def upper(self) -> int: ...
    @property
    def lower(self) -> int: ...
    @property
    def emission(self) -> Mapping[str, sp.Expr]: ...
    @property
    def absorption(self) -> Mapping[str, sp.Expr]: ...


@dataclass(frozen=True, repr=False)
class SteadyState(Tabular):
    """The steady populations: as a program, and as formulas.

    Attributes
    ----------
    labels : tuple of int
        The levels, in the order of the populations.
    transitions : tuple of Driven
        The jumps, with their rates.
    elimination : Program
        From total rates ``Gamma_i_j`` (all baths) to populations; no subtraction in it.
    full : Program or None
        From the parameters to populations, if it can be written; see :attr:`program`.
    """

    labels: tuple[int, ...]
    transitions: tuple[Driven, ...]
    elimination: Program
    full: Program | None

    @property
    def program(self) -> Program:
        """From the parameters to populations: what is emitted, enclosed and certified.

        Raises
        ------
        NoClosedFormError
            A bath whose spectral density is a Python function.
        """
        if self.full is None:
            raise NoClosedFormError(
                "a spectral density that is a Python function, or has functions other than powers "
                "and exp, has no program; give a SymPy Lambda of these, or use "
                "battery.evaluate(...) for numbers"
            )
        return self.full

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Connected pairs ``(upper, lower)``."""
        return tuple((t.upper, t.lower) for t in self.transitions)

    @cached_property
    def rates(self) -> dict[str, sp.Expr]:
        """Total rate of every jump, summed over the baths, by its name in ``elimination``."""
        rates: dict[str, sp.Expr] = {}
        for t in self.transitions:
            rates[rate_name(t.upper, t.lower)] = sp.Add(*t.emission.values())
            rates[rate_name(t.lower, t.upper)] = sp.Add(*t.absorption.values())
        return rates

    @cached_property
    def populations_in_rates(self) -> tuple[sp.Expr, ...]:
        """The populations as SymPy expressions in the total rates."""
        return tuple(to_sympy(self.elimination)["populations"])

    @cached_property
    def populations(self) -> tuple[sp.Expr, ...]:
        """The populations as SymPy expressions in the parameters, exact."""
        return tuple(to_sympy(self.elimination, self.rates)["populations"])
