"""Random directed graphs, their rates over many decades or 0, against Gauss in rationals."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from flint import fmpq, fmpq_mat
from mpmath import mp

from symqb import DomainError, SteadyStateError, network
from tests.systems.test_networks import IN_PROCESS

TOO_LARGE = (
    "above all doubles; ask for digits=15, or scale all energies and temperatures, or all rates, "
    "together"
)


def middle(value: Any) -> Any:
    """A number, or the middle of a ball, for mpmath."""
    return mp.make_mpf(value.mid()._mpf_) if hasattr(value, "mid") else mp.mpf(value)


def assert_close(found: Any, right: Fraction, tolerance: float) -> None:
    """Compare with a rational; what is zero must be, unless it is below all doubles."""
    exact = mp.mpf(right.numerator) / right.denominator
    assert abs(middle(found) - exact) <= tolerance * abs(exact) + mp.mpf(10) ** -300, (found, exact)


def exact_rates(rates: dict[tuple[str, str], str], point: dict[str, float]) -> dict[Any, Fraction]:
    return {jump: Fraction(point[name]) for jump, name in rates.items()}


def judge(rates: dict[tuple[str, str], Fraction]) -> dict[str, Fraction] | None:
    """The steady populations by Gauss in fractions; None where they are not unique."""
    states = list(dict.fromkeys(s for jump in rates for s in jump))
    size, place = len(states), {s: k for k, s in enumerate(states)}
    rows = [[fmpq(0)] * (size + 1) for _ in states]
    for (a, b), rate in rates.items():
        rows[place[b]][place[a]] += fmpq(rate.numerator, rate.denominator)
        rows[place[a]][place[a]] -= fmpq(rate.numerator, rate.denominator)
    matrix = fmpq_mat([*rows, [fmpq(1)] * (size + 1)])
    reduced, rank = matrix.rref()
    if rank < size:
        return None
    column = [reduced[k, size] for k in range(size)]
    return {s: Fraction(int(x.p), int(x.q)) for s, x in zip(states, column, strict=True)}


def random_graph(rng: np.random.Generator) -> dict[tuple[str, str], str]:
    """A directed graph of 2 to 6 states, each jump with a rate of its own."""
    pairs = list(permutations(range(int(rng.integers(2, 7))), 2))
    share = rng.choice([0.3, 0.6, 1.0])
    chosen = [pair for pair in pairs if rng.random() < share] or pairs
    return {(f"s{a}", f"s{b}"): f"k_{a}_{b}" for a, b in chosen}


def random_point(rng: np.random.Generator, names: list[str], kind: int) -> dict[str, float]:
    """Rates that are alike, over 60 decades, these with some of them 0, and as far as they go."""
    size = len(names)
    ends = (-290, 100) if kind == 3 else (-30, 30)
    values = 10 ** rng.uniform(*ends, size) if kind else rng.choice([1.0, 2.0, 0.1], size)
    if kind == 2:
        values *= rng.random(size) > 0.2
    return dict(zip(names, values.tolist(), strict=True))


@pytest.mark.parametrize("target", IN_PROCESS)
def test_random_networks_agree_with_gauss_in_rationals(target: str) -> None:
    rng, judged = np.random.default_rng(7), Counter[str]()
    for _ in range({"c": 6, "jax": 5, "numba": 5}.get(target, 25)):
        rates = random_graph(rng)
        net = network(rates)
        if len(net.closed_classes) > 1:
            continue
        fluxes = [f"flux_{a}_{b}" for a, b in net.network.pairs]
        call = net.emit(target, ("populations", *fluxes))
        for point in (random_point(rng, list(rates.values()), k % 4) for k in range(12)):
            exact = exact_rates(rates, point)
            right = judge(exact)
            try:
                found = call(**point)
            except SteadyStateError:
                assert right is None, point
                judged["refused"] += 1
                continue
            assert right is not None, point
            judged["solved"] += 1
            with mp.workdps(40):
                for state, p in zip(net.states, found.populations, strict=True):
                    assert_close(p, right[state], 1e-13)
                for (a, b), name in zip(net.network.pairs, fluxes, strict=True):
                    flow = right[a] * exact[a, b] - right[b] * exact.get((b, a), Fraction(0))
                    assert_close(found[name], flow, 1e-10)
    assert set(judged) == {"refused", "solved"}


def judge_target(rates: dict[tuple[str, str], Fraction], target: str) -> dict[str, Any] | None:
    """Times to a target by Gauss; None where it is singular: some state never gets there."""
    states = list(dict.fromkeys(s for jump in rates for s in jump))
    inner = [s for s in states if s != target]
    matrix = fmpq_mat(len(inner), len(inner))
    for (a, b), rate in rates.items():
        if a == target:
            continue
        k, value = inner.index(a), fmpq(rate.numerator, rate.denominator)
        matrix[k, k] += value
        if b != target:
            matrix[k, inner.index(b)] -= value
    try:
        solved = matrix.solve(fmpq_mat(len(inner), 1, [fmpq(1)] * len(inner)))
    except ZeroDivisionError:
        return None
    found = {s: Fraction(int(solved[k, 0].p), int(solved[k, 0].q)) for k, s in enumerate(inner)}
    return found | {target: Fraction(0)}


@pytest.mark.parametrize("target", IN_PROCESS)
def test_random_passage_times_agree_with_gauss_in_rationals(target: str) -> None:
    rng, judged = np.random.default_rng(3), Counter[str]()
    for _ in range({"c": 6, "jax": 4, "numba": 4}.get(target, 25)):
        rates = random_graph(rng)
        net = network(rates)
        end = net.states[-1]
        try:
            call = net.first_passage_times(end).emit(target)
        except SteadyStateError:
            assert judge_target(dict.fromkeys(rates, Fraction(1)), end) is None
            continue
        for point in (random_point(rng, list(rates.values()), k % 4) for k in range(12)):
            right = judge_target(exact_rates(rates, point), end)
            try:
                found = call(**point).times
            except SteadyStateError:
                assert right is None, point
                judged["refused"] += 1
                continue
            except DomainError as error:
                judged[str(error).partition(" here, ")[2]] += 1
                assert max((right or {end: 0}).values()) > Fraction(2) ** 1023
                continue
            assert right is not None, point
            judged["solved"] += 1
            with mp.workdps(40):
                for state, t in zip(net.states, found, strict=True):
                    assert_close(t, right[state], 1e-13)
    assert set(judged) - {TOO_LARGE} == {"refused", "solved"}


@pytest.mark.parametrize("target", ["numpy", "c", "mpmath"])
def test_random_splitting_agrees_with_gauss_in_rationals(target: str) -> None:
    rng, judged = np.random.default_rng(11), Counter[str]()
    for _ in range(6 if target == "c" else 25):
        rates = random_graph(rng)
        net = network(rates)
        first, last = net.states[0], net.states[-1]
        try:
            call = net.splitting_probabilities(first, last).emit(target)
        except SteadyStateError:
            continue
        for point in (random_point(rng, list(rates.values()), k % 4) for k in range(12)):
            exact = exact_rates(rates, point)
            # both targets lead on to one end: a state that never gets there reaches neither
            ends = {jump: rate for jump, rate in exact.items() if jump[0] not in (first, last)}
            closed_at = {**ends, (first, "end"): Fraction(1), (last, "end"): Fraction(1)}
            if judge_target(closed_at, "end") is None:
                with pytest.raises(SteadyStateError, match="no target"):
                    call(**point)
                judged["refused"] += 1
                continue
            found = call(**point)
            judged["solved"] += 1
            right = chances(ends, first, last, net.states)
            with mp.workdps(40):
                for state, h in zip(net.states, found[f"probability_{first}"], strict=True):
                    assert_close(h, right[state], 1e-13)
    assert set(judged) == {"refused", "solved"}


def chances(
    rates: dict[tuple[str, str], Fraction], first: str, last: str, states: tuple[str, ...]
) -> dict[str, Fraction]:
    """The probabilities to reach ``first`` before ``last``, by Gauss."""
    inner = [s for s in states if s not in (first, last)]
    matrix, column = fmpq_mat(len(inner), len(inner)), fmpq_mat(len(inner), 1)
    for (a, b), rate in rates.items():
        k, value = inner.index(a), fmpq(rate.numerator, rate.denominator)
        matrix[k, k] += value
        if b == first:
            column[k, 0] += value
        elif b != last:
            matrix[k, inner.index(b)] -= value
    solved = matrix.solve(column) if inner else column
    found = {s: Fraction(int(solved[k, 0].p), int(solved[k, 0].q)) for k, s in enumerate(inner)}
    return found | {first: Fraction(1), last: Fraction(0)}
