"""The order of elimination is the cheapest of all that keep |0..0> to the end."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

import symqb
from symqb.derive import elimination_order, elimination_program
from symqb.derive.steady_state import elimination_cost

BATTERIES = {spins: symqb.xxz_battery(spins) for spins in (2, 3)}


def orders(spins: int) -> list[tuple[int, ...]]:
    state, last = BATTERIES[spins].steady_state(), BATTERIES[spins].eigensystem().empty.label
    return list(itertools.permutations(label for label in state.labels if label != last))


@pytest.mark.parametrize(("spins", "count"), [(2, 6), (3, 5040)])
def test_order_costs_least_of_all_orders(spins: int, count: int) -> None:
    state = BATTERIES[spins].steady_state()
    chosen = elimination_order(
        state.labels, state.edges, BATTERIES[spins].eigensystem().empty.label
    )
    costs = {order: elimination_cost(state.labels, state.edges, order) for order in orders(spins)}
    assert len(costs) == count
    assert costs[chosen] == min(costs.values())
    if spins == 3:
        # what a careless order costs: the comparison is not between equals
        assert max(costs.values()) > 1.5 * costs[chosen]


@pytest.mark.parametrize("spins", [2, 3])
def test_program_of_the_battery_uses_that_order(spins: int) -> None:
    state = BATTERIES[spins].steady_state()
    chosen = elimination_order(
        state.labels, state.edges, BATTERIES[spins].eigensystem().empty.label
    )
    assert state.elimination == elimination_program(state.labels, state.edges, chosen)


@pytest.mark.parametrize("spins", [2, 3])
def test_cost_counts_the_sums_and_products_of_the_elimination(spins: int) -> None:
    """Cost, back substitution, normalisation and divisions make up the program's steps."""
    state = BATTERIES[spins].steady_state()
    sample = random.Random(1).sample(orders(spins), 6)
    steps = {o: len(elimination_program(state.labels, state.edges, o).steps) for o in sample}
    for a, b in itertools.combinations(sample, 2):
        cheaper = elimination_cost(state.labels, state.edges, a) - elimination_cost(
            state.labels, state.edges, b
        )
        assert abs((steps[a] - steps[b]) - cheaper) <= 2 * len(state.edges)


@pytest.mark.slow
def test_program_is_shortest_of_all_orders_step_by_step() -> None:
    state = BATTERIES[3].steady_state()
    lengths = Counter(
        len(elimination_program(state.labels, state.edges, order).steps) for order in orders(3)
    )
    assert sum(lengths.values()) == 5040
    assert min(lengths) == len(state.elimination.steps)


@pytest.mark.parametrize("spins", [2, 3])
def test_elimination_never_subtracts(spins: int) -> None:
    counts = BATTERIES[spins].steady_state().elimination.operation_counts()
    assert set(counts) == {"add", "mul", "div"}
