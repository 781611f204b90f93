"""The three-spin populations solve the rate equations identically: 28 free symbols, no sampling.

The elimination program is run over the field of rational functions in its inputs, as quotients of
integer polynomials (FLINT), so what is compared are the polynomials themselves.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from flint import Ordering, fmpz_mpoly_ctx

import symqb
from symqb.derive import count_trees, elimination_program, rate_name, spanning_trees
from symqb.program import Program, run


class RationalFunctions:
    """Quotients of integer polynomials in lowest terms; nothing but +, * and /."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.context = fmpz_mpoly_ctx.get(names, Ordering.degrevlex)
        self.inputs = {
            name: (generator, self.context.constant(1))
            for name, generator in zip(names, self.context.gens(), strict=True)
        }

    def constant(self, value: Fraction) -> Any:
        return self.context.constant(value.numerator), self.context.constant(value.denominator)

    def add(self, a: Any, b: Any) -> Any:
        common = a[1].gcd(b[1])
        numerator = a[0] * (b[1] // common) + b[0] * (a[1] // common)
        denominator = a[1] * (b[1] // common)
        content = numerator.gcd(denominator)
        return numerator // content, denominator // content

    def mul(self, a: Any, b: Any) -> Any:
        left, right = a[0].gcd(b[1]), b[0].gcd(a[1])
        return (a[0] // left) * (b[0] // right), (a[1] // right) * (b[1] // left)

    def div(self, a: Any, b: Any) -> Any:
        return self.mul(a, (b[1], b[0]))


@cache
def steady_state(spins: int) -> Any:
    return symqb.xxz_battery(spins).steady_state()


@cache
def solved(spins: int) -> tuple[Any, list[tuple[Any, Any]]]:
    program = steady_state(spins).elimination
    field = RationalFunctions(program.inputs)
    return field, run(program, field, field.inputs)["populations"]


def rates_of(field: Any, edges: Any) -> dict[tuple[int, int], Any]:
    jumps = [pair for a, b in edges for pair in ((a, b), (b, a))]
    return {jump: field.inputs[rate_name(*jump)][0] for jump in jumps}


def residuals(weights: dict[int, Any], rates: dict[tuple[int, int], Any]) -> list[Any]:
    """Gain minus loss of every level, as polynomials."""
    return [
        sum(weights[i] * rate for (i, j), rate in rates.items() if j == level)
        - weights[level] * sum(rate for (i, _), rate in rates.items() if i == level)
        for level in weights
    ]


@pytest.mark.parametrize(("spins", "rates", "trees"), [(2, 8, 4), (3, 28, 1280)])
def test_populations_solve_the_rate_equations_identically(
    spins: int, rates: int, trees: int
) -> None:
    state = steady_state(spins)
    field, populations = solved(spins)
    jumps = rates_of(field, state.edges)
    assert len(jumps) == len(field.inputs) == rates
    denominators = {str(denominator) for _, denominator in populations}
    assert len(denominators) == 1, "in lowest terms all populations share the sum over all trees"
    weights = {level: p[0] for level, p in zip(state.labels, populations, strict=True)}
    assert all(len(w) == trees and set(w.coeffs()) == {1} for w in weights.values())
    assert all(residual == 0 for residual in residuals(weights, jumps))
    assert sum(weights.values()) == populations[0][1]


@pytest.mark.parametrize(("spins", "trees"), [(2, 4), (3, 1280)])
def test_populations_are_the_sums_over_spanning_trees(spins: int, trees: int) -> None:
    state = steady_state(spins)
    field, populations = solved(spins)
    jumps = rates_of(field, state.edges)
    one = field.context.constant(1)
    assert count_trees(state.labels, state.edges) == trees
    for root, (numerator, _) in zip(state.labels, populations, strict=True):
        listed = list(spanning_trees(state.labels, state.edges, root))
        assert len(set(listed)) == len(listed) == trees
        total = 0 * one
        for tree in listed:
            term = one
            for jump in tree:
                term = term * jumps[jump]
            total = total + term
        assert total == numerator


def test_a_program_with_one_wrong_step_fails_the_rate_equations() -> None:
    state = steady_state(2)
    program = elimination_program(state.labels, state.edges, (4, 3, 2))
    position = next(k for k, step in enumerate(program.steps) if step.op == "mul")
    spoiled = list(program.steps)
    step = spoiled[position]
    spoiled[position] = type(step)(step.name, "add", step.args)
    wrong = Program(program.inputs, tuple(spoiled), program.outputs)
    field = RationalFunctions(wrong.inputs)
    values = run(wrong, field, field.inputs)["populations"]
    jumps = rates_of(field, state.edges)
    quotients = dict(zip(state.labels, values, strict=True))
    denominator = field.context.constant(1)
    for _, d in values:
        denominator = denominator * d
    weights = {level: n * (denominator // d) for level, (n, d) in quotients.items()}
    assert any(residual != 0 for residual in residuals(weights, jumps))


def test_a_missing_tree_fails_the_rate_equations() -> None:
    state = steady_state(3)
    field, populations = solved(3)
    jumps = rates_of(field, state.edges)
    weights = {level: p[0] for level, p in zip(state.labels, populations, strict=True)}
    lost = spanning_trees(state.labels, state.edges, 1)
    term = field.context.constant(1)
    for jump in next(iter(lost)):
        term = term * jumps[jump]
    weights[1] = weights[1] - term
    assert any(residual != 0 for residual in residuals(weights, jumps))
