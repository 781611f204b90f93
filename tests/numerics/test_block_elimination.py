"""Elimination without subtraction, in blocks, against many digits and against failures."""

from itertools import pairwise

import numpy as np
import pytest
from flint import arb, arb_mat, ctx
from hypothesis import given
from hypothesis import strategies as st

from symqb.models import SteadyStateError
from symqb.numerics.block_elimination import (
    closed_classes,
    inverse_m_matrix,
    normalise,
    stationary,
    steady_weights,
)


def wild_rates(seed, rows, columns, decades=30):
    rng = np.random.default_rng(seed)
    return 10.0 ** rng.uniform(-decades / 2, decades / 2, (rows, columns))


def exact_m_matrix(rates, exits):
    size = len(exits)
    matrix = arb_mat(size, size)
    for i in range(size):
        total = arb(float(exits[i]))
        for j in range(size):
            if i != j:
                matrix[i, j] = -arb(float(rates[i, j]))
                total += arb(float(rates[i, j]))
        matrix[i, i] = total
    return matrix


@pytest.fixture
def many_digits():
    saved, ctx.prec = ctx.prec, 1200
    yield
    ctx.prec = saved


def largest_relative_error(found, exact):
    return max(
        float(abs(arb(float(found[i, j])) / exact[i, j] - 1))
        for i in range(found.shape[0])
        for j in range(found.shape[1])
    )


@pytest.mark.parametrize("size", [1, 2, 23, 24, 25, 49, 60])
def test_inverse_is_accurate_entry_by_entry(size, many_digits):
    rates, exits = wild_rates(size, size, size), wild_rates(size + 1, 1, size)[0]
    exact = exact_m_matrix(rates, exits).inv()
    assert largest_relative_error(inverse_m_matrix(rates, exits), exact) < 1e-13


def test_a_plain_inverse_is_not_accurate_entry_by_entry(many_digits):
    rates, exits = wild_rates(30, 30, 30), np.full(30, 1e-30)
    matrix = np.diag(rates.sum(1) - np.diag(rates) + exits) - (rates - np.diag(np.diag(rates)))
    exact = exact_m_matrix(rates, exits).inv()
    assert largest_relative_error(np.linalg.inv(matrix), exact) > 1e-3
    assert largest_relative_error(inverse_m_matrix(rates, exits), exact) < 1e-13


def whole_matrix(sizes, pairs):
    ends = np.concatenate([[0], np.cumsum(sizes)])
    whole = np.zeros((ends[-1], ends[-1]))
    for k, (down, up) in enumerate(pairs):
        whole[ends[k + 1] : ends[k + 2], ends[k] : ends[k + 1]] = down
        whole[ends[k] : ends[k + 1], ends[k + 1] : ends[k + 2]] = up
    return whole


@given(
    sizes=st.lists(st.integers(1, 7), min_size=2, max_size=5),
    seed=st.integers(0, 2**32 - 1),
    data=st.data(),
)
def test_blocks_give_the_stationary_weights_whatever_the_centre(sizes, seed, data):
    centre = data.draw(st.integers(0, len(sizes) - 1))
    pairs = [
        (wild_rates([seed, k, 0], b, a), wild_rates([seed, k, 1], a, b))
        for k, (a, b) in enumerate(pairwise(sizes))
    ]
    weights = np.concatenate(normalise(steady_weights(sizes, lambda k: pairs[k], centre)))
    plain = normalise([stationary(whole_matrix(sizes, pairs))])[0]
    assert np.all(weights > 0)
    np.testing.assert_allclose(weights, plain, rtol=1e-12)


def test_stationary_weights_against_many_digits(many_digits):
    rates = wild_rates(5, 40, 40)
    np.fill_diagonal(rates, 0.0)
    system = exact_m_matrix(rates, np.zeros(40)).transpose()
    right = arb_mat(40, 1)
    for j in range(40):
        system[39, j] = arb(1)
    right[39, 0] = arb(1)
    exact = system.solve(right)
    found = normalise([stationary(rates)])[0]
    assert largest_relative_error(found[:, None], exact) < 1e-13


def chains(*links):
    down_up = [(np.array(d, dtype=bool), np.array(u, dtype=bool)) for d, u in links]
    return lambda k: down_up[k]


def test_one_class_where_all_is_connected():
    found = closed_classes([1, 2], chains(([[1], [1]], [[1, 1]])))
    assert [[m.tolist() for m in c] for c in found] == [[[True], [True, True]]]


def test_two_absorbing_levels_are_two_classes():
    # the middle level falls to either side and neither end is left
    found = closed_classes([1, 1, 1], chains(([[1]], [[0]]), ([[0]], [[1]])))
    shown = sorted([[m.tolist() for m in c] for c in found])
    assert shown == [[[False], [False], [True]], [[True], [False], [False]]]


@given(seed=st.integers(0, 2**32 - 1))
def test_closed_classes_agree_with_powers_of_the_whole_matrix(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 5, size=3).tolist()
    links = [(rng.random((b, a)) < 0.3, rng.random((a, b)) < 0.3) for a, b in pairwise(sizes)]
    reach = whole_matrix(sizes, links) > 0
    np.fill_diagonal(reach, True)
    reach = np.linalg.matrix_power(reach.astype(float), 16) > 0
    closed = {
        tuple(np.flatnonzero(reach[i])) for i in range(len(reach)) if reach[reach[i], i].all()
    }
    found = closed_classes(sizes, lambda k: links[k])
    assert {tuple(np.flatnonzero(np.concatenate(c))) for c in found} == closed
    assert len(found) == len(closed)


def test_weights_that_overflow_are_refused():
    with pytest.raises(SteadyStateError, match="more than double precision"):
        normalise([np.array([1.0, np.inf])])
