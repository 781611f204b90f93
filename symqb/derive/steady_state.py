"""The steady state: subtraction-free elimination (Grassmann, Taksar, Heyman) as a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations

import sympy as sp

from symqb.derive.expression import to_sympy
from symqb.derive.transitions import Transition
from symqb.models import NoClosedFormError
from symqb.models.displays import Tabular
from symqb.program import Builder, Program, Ref

Edge = tuple[int, int]
"""A pair of connected levels, in either order."""


def rate_name(source: int, target: int) -> str:
    """The name of the total rate of the jump ``source -> target``."""
    return f"Gamma_{source}_{target}"


def _neighbours(labels: Iterable[int], edges: Iterable[Edge]) -> dict[int, set[int]]:
    graph: dict[int, set[int]] = {label: set() for label in labels}
    for a, b in edges:
        graph[a].add(b)
        graph[b].add(a)
    return graph


def _cost(graph: Mapping[int, set[int]], node: int) -> tuple[int, int]:
    """Operations that eliminating ``node`` takes, and the new connections it makes."""
    around = graph[node]
    degree = len(around)
    fresh = sum(1 for a, b in combinations(sorted(around), 2) if b not in graph[a])
    multiplications = degree + degree * (degree - 1)
    additions = (degree - 1) + degree * (degree - 1) - 2 * fresh
    return multiplications + additions, fresh


def elimination_cost(labels: Sequence[int], edges: Iterable[Edge], order: Sequence[int]) -> int:
    """Operations of the elimination in a given order (divisions and back substitution apart)."""
    graph, total = _neighbours(labels, edges), 0
    for node in order:
        total += _cost(graph, node)[0]
        _remove(graph, node)
    return total


def _remove(graph: dict[int, set[int]], node: int) -> None:
    around = graph.pop(node)
    for a in around:
        graph[a] |= around - {a}
        graph[a].discard(node)


def elimination_order(labels: Sequence[int], edges: Iterable[Edge], last: int) -> tuple[int, ...]:
    """An order of elimination by least work now, keeping ``last`` to the end.

    The level kept last should be the one most populated at low temperature, ``|0..0>``: then every
    pivot contains an emission rate and stays away from zero as the baths grow cold.

    Examples
    --------
    >>> elimination_order([1, 2, 3, 4], [(1, 3), (1, 4), (2, 3), (2, 4)], last=1)
    (4, 3, 2)
    """
    graph = _neighbours(labels, edges)
    order: list[int] = []
    while len(graph) > 1:
        node = min((n for n in graph if n != last), key=lambda n: (*_cost(graph, n), -n))
        order.append(node)
        _remove(graph, node)
    return tuple(order)


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
    graph = _neighbours(labels, edges)
    (kept,) = set(labels) - set(order)
    inputs = [rate_name(i, j) for i in sorted(graph) for j in sorted(graph[i])]
    builder = Builder(inputs, prefix="g")
    rates: dict[Edge, Ref] = {(i, j): rate_name(i, j) for i in graph for j in graph[i]}
    arrivals: list[tuple[int, dict[int, Ref]]] = []
    for node in order:
        around = sorted(graph[node])
        arrivals.append((node, _eliminate(builder, rates, node, around)))
        _remove(graph, node)
    weights: dict[int, Ref] = {kept: Fraction(1)}
    for node, shares in reversed(arrivals):
        weights[node] = builder.sum(builder.mul(weights[i], f) for i, f in shares.items())
    norm = builder.div(Fraction(1), builder.sum(weights[label] for label in labels))
    return builder.build(
        {"populations": tuple(builder.mul(weights[label], norm) for label in labels)}
    )


def _eliminate(
    builder: Builder, rates: dict[Edge, Ref], node: int, around: list[int]
) -> dict[int, Ref]:
    """Fold a level's jumps into those of its neighbours; return the shares arriving from each."""
    total = builder.sum(rates[node, j] for j in around)
    if len(around) == 1:
        return {around[0]: builder.div(rates[around[0], node], total)}
    inverse = builder.div(Fraction(1), total)
    shares = {i: builder.mul(rates[i, node], inverse) for i in around}
    for i in around:
        for j in around:
            if i != j:
                detour = builder.mul(shares[i], rates[node, j])
                rates[i, j] = builder.add(rates.get((i, j), Fraction(0)), detour)
    return shares


@dataclass(frozen=True)
class SteadyState(Tabular):
    """The steady populations: as a program, and as formulas.

    Attributes
    ----------
    labels : tuple of int
        The levels, in the order of the populations.
    transitions : tuple of Transition
        The jumps, with their rates.
    elimination : Program
        From total rates ``Gamma_i_j`` (all baths) to populations; no subtraction in it.
    full : Program or None
        From the parameters to populations, if it can be written; see :attr:`program`.
    """

    labels: tuple[int, ...]
    transitions: tuple[Transition, ...]
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
