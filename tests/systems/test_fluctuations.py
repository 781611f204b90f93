"""Fluctuations of networks against the tilted generator, fluctuation relations and trajectories."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import sympy as sp
from flint import fmpq, fmpq_mat

from symqb import AbsentError, DomainError, ParameterError, SteadyStateError, network
from tests.systems.test_networks import IN_PROCESS, complete

STEP = fmpq(1, 10**200)
"""So small that its square does not show in a hundred digits, whatever the rates."""

RING = {
    ("a", "b"): "k1",
    ("b", "c"): "k2",
    ("c", "a"): "k3",
    ("b", "a"): "q1",
    ("c", "b"): "q2",
    ("a", "c"): "q3",
}
POINT: dict[str, Any] = {"k1": 2.0, "k2": 1.0, "k3": 3.0, "q1": 0.25, "q2": 0.5, "q3": 0.125}

EVEN: dict[str, Any] = dict.fromkeys(POINT, 1.0)

Rates = dict[tuple[str, str], Fraction]


def rational(x: Any) -> fmpq:
    number = Fraction(x)
    return fmpq(number.numerator, number.denominator)


def judge(states: tuple[str, ...], rates: Rates, weights: Any) -> tuple[fmpq, fmpq]:
    """Slope and curvature at chi = 0 of the eigenvalue of the tilted generator that is 0 there.

    From its characteristic polynomial alone, exact, by central differences of a step of 1e-200; the
    exponentials are their series up to the second order.
    """
    place, size = {s: k for k, s in enumerate(states)}, len(states)

    def polynomial(eigenvalue: fmpq, chi: fmpq) -> fmpq:
        rows = [[fmpq(0)] * size for _ in states]
        for (a, b), rate in rates.items():
            x = rational(weights.get((a, b), 0)) * chi
            rows[place[b]][place[a]] += rational(rate) * (1 + x + x * x / 2)
            rows[place[a]][place[a]] -= rational(rate)
        for k in range(size):
            rows[k][k] -= eigenvalue
        return fmpq_mat(rows).det()

    h, o = STEP, fmpq(0)
    at = {(i, j): polynomial(i * h, j * h) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    by_value = (at[1, 0] - at[-1, 0]) / (2 * h)
    by_chi = (at[0, 1] - at[0, -1]) / (2 * h)
    twice_value = (at[1, 0] + at[-1, 0] - 2 * at[0, 0]) / h**2
    twice_chi = (at[0, 1] + at[0, -1] - 2 * at[0, 0]) / h**2
    mixed = (at[1, 1] + at[-1, -1] - at[1, -1] - at[-1, 1]) / (4 * h * h)
    slope = -by_chi / by_value
    assert at[0, 0] == o
    return slope, -(twice_chi + 2 * mixed * slope + twice_value * slope**2) / by_value


def assert_right(found: float, right: fmpq, tolerance: float = 1e-12) -> None:
    error = abs(rational(float(found)) - right)
    # what is exactly zero has the error of the judge's step
    assert error <= abs(right) * rational(tolerance) + fmpq(1, 10**150), (found, float(right))


def random_graph(rng: np.random.Generator) -> dict[tuple[str, str], str]:
    """A directed graph of 2 to 6 states, each jump with a rate of its own."""
    pairs = list(permutations(range(int(rng.integers(2, 7))), 2))
    share = rng.choice([0.4, 0.7, 1.0])
    chosen = [pair for pair in pairs if rng.random() < share] or pairs
    return {(f"s{a}", f"s{b}"): f"k_{a}_{b}" for a, b in chosen}


def test_two_states_have_the_known_closed_form() -> None:
    net = network({("a", "b"): "k", ("b", "a"): "q"}).fluctuations({"n": {("a", "b"): 1}})
    k, q = (next(s for s in net.derivation.symbols if s.name == name) for name in "kq")
    fano = (k**2 + q**2) / (k + q) ** 2
    assert sp.simplify(net.expressions["fano_n"] - fano) == 0
    assert sp.simplify(net.expressions["variance_n"] - fano * k * q / (k + q)) == 0


@pytest.mark.parametrize("decades", [1, 4, 10, 20])
def test_random_networks_agree_with_the_tilted_generator(decades: int) -> None:
    rng, judged = np.random.default_rng(decades), 0
    while judged < 10:
        rates = random_graph(rng)
        net, jumps = network(rates), list(rates)
        weights = {jump: int(rng.integers(-3, 4)) for jump in jumps}
        if len(net.closed_classes) > 1 or not any(weights.values()):
            continue
        a, b = jumps[0]
        point = dict(zip(rates.values(), 10 ** rng.uniform(-decades, decades, 30), strict=False))
        if decades == 4:
            point = {name: value * (rng.random() > 0.1) for name, value in point.items()}
        exact = {jump: Fraction(point[name]) for jump, name in rates.items()}
        along = {(a, b): 1, (b, a): -1}
        both = {jump: weights[jump] + along.get(jump, 0) for jump in jumps}
        try:
            found = net.fluctuations({"c": weights, "f": (a, b)}).evaluate(**point)
        except SteadyStateError:
            assert 0 in point.values()
            continue
        drift, spread = judge(net.states, exact, weights)
        flux, noise = judge(net.states, exact, along)
        joint = judge(net.states, exact, both)[1]
        assert_right(found.mean_c, drift)
        assert_right(found.variance_c, spread)
        assert_right(found.mean_f, flux)
        assert_right(found.variance_f, noise)
        assert_right(found.covariance_c_f, (joint - spread - noise) / 2)
        judged += 1


@pytest.mark.parametrize("target", IN_PROCESS)
def test_every_target_gives_the_same_fluctuations(target: str) -> None:
    net = network(RING).fluctuations({"x": ("a", "b"), "y": {("b", "c"): "w"}})
    names = ["mean_x", "variance_x", "variance_y", "covariance_x_y", "uncertainty_x"]
    right, found = (net.emit(t, names)(**POINT, w=-3.0) for t in ("numpy", target))
    exact = {jump: Fraction(POINT[name]) for jump, name in RING.items()}
    assert_right(right.variance_y, judge(net.states, exact, {("b", "c"): -3})[1])
    for name in names:
        value = found[name].mid() if hasattr(found[name], "mid") else found[name]
        assert float(value) == pytest.approx(right[name], rel=1e-13)


def test_fifty_digits_are_right() -> None:
    net = network(RING).fluctuations()
    found = net.evaluate(digits=50, outputs=["variance_flux_a_b"], **POINT).variance_flux_a_b
    exact = {jump: Fraction(POINT[name]) for jump, name in RING.items()}
    right = judge(net.states, exact, {("a", "b"): 1, ("b", "a"): -1})[1]
    error = abs(sp.Rational(str(found)) - sp.Rational(int(right.p), int(right.q)))
    assert error < sp.Rational(1, 10**49)


def test_wells_far_apart_keep_their_digits() -> None:
    # the flux in either well differs; switching makes telegraph noise, and g is 1e12 in size
    rates = {**dict(RING.items()), ("c", "d"): "slow", ("d", "c"): "slow"}
    net = network(rates).fluctuations({"x": ("a", "b")})
    for slow in (1e-3, 1e-12, 1e-30):
        point = POINT | {"slow": slow}
        exact = {jump: Fraction(point[name]) for jump, name in rates.items()}
        right = judge(net.states, exact, {("a", "b"): 1, ("b", "a"): -1})
        found = net.evaluate(**point)
        assert_right(found.mean_x, right[0])
        assert_right(found.variance_x, right[1])


def test_rates_that_are_exponentials_are_judged_too() -> None:
    E, T = sp.symbols("E T", positive=True)
    rates = {("a", "b"): sp.exp(-E / T), ("b", "c"): 1, ("c", "a"): sp.exp(-2 * E / T)}
    rates |= {(b, a): sp.exp(-E / (3 * T)) for a, b in list(rates)}
    net = network(rates).fluctuations({"x": ("a", "b")})
    for e in (0.1, 3.0, 40.0):
        numbers = {jump: sp.sympify(rate).subs({E: e, T: 1}) for jump, rate in rates.items()}
        exact = {jump: Fraction(str(sp.N(rate, 80))) for jump, rate in numbers.items()}
        right = judge(net.states, exact, {("a", "b"): 1, ("b", "a"): -1})
        found = net.evaluate(E=e, T=1.0)
        assert_right(found.mean_x, right[0], 1e-10)
        assert_right(found.variance_x, right[1], 1e-10)


def test_weights_may_be_parameters_and_zero() -> None:
    w, v = sp.symbols("w v")
    counts = {"heat": {("a", "b"): w - v, ("b", "a"): v - w, ("b", "c"): v}}
    net = network(RING).fluctuations(counts)
    assert net.parameters[-2:] == ("v", "w")
    exact = {jump: Fraction(POINT[name]) for jump, name in RING.items()}
    for a, b in [(2.0, -1.0), (1.0, 1.0), (0.0, 0.0), (1.0, 1.0 + 2**-50), (-3.0, 0.0)]:
        added: dict[Any, Fraction] = dict.fromkeys(RING, Fraction(0))
        added |= {
            ("a", "b"): Fraction(a) - Fraction(b),
            ("b", "a"): Fraction(b) - Fraction(a),
            ("b", "c"): Fraction(b),
        }
        drift, spread = judge(net.states, exact, added)
        names = ["mean_heat", "variance_heat"]
        found = net.evaluate(outputs=names, w=a, v=b, **POINT)
        assert_right(found.mean_heat, drift)
        assert_right(found.variance_heat, spread)


# ------------------------------------------------------------------------------ known consequences


def test_the_generating_function_has_mean_and_variance_as_its_derivatives() -> None:
    net = network(RING).fluctuations({"x": {("a", "b"): 2, ("c", "a"): -1}})
    values = [net.scaled_cumulant({"x": f"{k}e-20"}, digits=80, **POINT) for k in (-1, 0, 1)]
    step = values[0].context.mpf(10) ** -20
    found = net.evaluate(**POINT)
    assert values[1] == 0
    assert float((values[2] - values[0]) / (2 * step)) == pytest.approx(found.mean_x, rel=1e-14)
    curvature = float((values[2] + values[0]) / step**2)
    assert curvature == pytest.approx(found.variance_x, rel=1e-14)


def test_the_generating_function_is_the_largest_eigenvalue_of_the_tilted_generator() -> None:
    rng = np.random.default_rng(2)
    for _ in range(10):
        rates = complete(4)
        point = dict(zip(rates.values(), 10 ** rng.uniform(-1, 1, 12), strict=True))
        weights = {jump: float(rng.uniform(-1, 1)) for jump in rates}
        net = network(rates).fluctuations({"c": weights, "f": ("s0", "s1")})
        tilted = np.zeros((4, 4))
        for (a, b), name in rates.items():
            i, j = int(a[1]), int(b[1])
            along = {("s0", "s1"): 1, ("s1", "s0"): -1}.get((a, b), 0)
            tilted[j, i] += point[name] * np.exp(0.5 * weights[a, b] - 2 * along)
            tilted[i, i] -= point[name]
        found = net.scaled_cumulant({"c": 0.5, "f": -2}, **point)
        assert found == pytest.approx(max(np.linalg.eigvals(tilted).real), rel=1e-11)


def test_the_symmetry_of_gallavotti_and_cohen_holds() -> None:
    # of a ring: lambda(chi) = lambda(-A - chi), A the affinity of its only cycle
    net = network(RING)
    flux, point = net.fluctuations(), POINT | {"k1": 2e5}
    affinity = net.evaluate(digits=60, outputs=["affinity_1"], **point).affinity_1
    for chi in (Fraction(3, 10), Fraction(-7, 10), Fraction(5)):
        mirrored = -Fraction(str(affinity)) - chi
        one, other = (
            flux.scaled_cumulant({"flux_b_c": x}, digits=40, **point) for x in (chi, mirrored)
        )
        assert one != 0
        assert abs(one - other) < abs(one) * one.context.mpf(10) ** -38


def test_a_sampled_trajectory_agrees_to_five_sigma() -> None:
    rng, parts, span = np.random.default_rng(5), 400, 50.0
    rates = np.zeros((3, 3))
    for (a, b), name in RING.items():
        rates["abc".index(a), "abc".index(b)] = POINT[name]
    counted, state, clock, done = np.zeros(parts), 0, 0.0, 0
    # one long trajectory in pieces, each so long that they are independent to what is tested
    while done < parts:
        leaving = rates[state]
        clock += rng.exponential(1 / leaving.sum())
        while clock > span and done < parts:
            clock, done = clock - span, done + 1
        if done < parts:
            target = int(rng.choice(3, p=leaving / leaving.sum()))
            counted[done] += {(0, 1): 1, (1, 0): -1}.get((state, target), 0)
            state = target
    found = network(RING).fluctuations({"x": ("a", "b")}).evaluate(**POINT)
    sigma = np.sqrt(found.variance_x / (span * parts))
    assert abs(counted.sum() / (span * parts) - found.mean_x) < 5 * sigma
    spread = counted.var(ddof=1) / span
    assert abs(spread / found.variance_x - 1) < 5 * np.sqrt(2 / parts)


def test_uncertainty_relations_hold_and_are_reached() -> None:
    rng, net = np.random.default_rng(11), network(complete(4)).fluctuations()
    names = complete(4).values()
    for _ in range(40):
        found = net.evaluate(**dict(zip(names, 10 ** rng.uniform(-2, 2, 12), strict=True)))
        ratios = Counter(name.split("_")[0] for name in found)
        assert ratios["uncertainty"] == ratios["kinetic"] == 6
        for name in found:
            if name.startswith("uncertainty"):
                assert found[name] >= 2
            if name.startswith("kinetic"):
                assert found[name] >= 1
    # near equilibrium the current of a ring of equal rates reaches the one bound,
    near = network(RING).fluctuations().evaluate(k1=1 + 1e-6, k2=1, k3=1, q1=1, q2=1, q3=1)
    assert near.uncertainty_flux_a_b == pytest.approx(2, rel=1e-9)
    # and jumps that all happen at one rate are Poisson's and reach the other
    one_way = {("a", "b"): "k", ("b", "c"): "k", ("c", "a"): "k"}
    poisson = network(one_way).fluctuations({"n": dict.fromkeys(one_way, 1)}).expressions
    assert (poisson["fano_n"], poisson["kinetic_n"]) == (1, 1)


def test_at_equilibrium_fluctuation_is_twice_dissipation() -> None:
    # d mean / d affinity = variance / 2, here along a rate of which the affinity is the logarithm
    balanced: dict[str, Any] = {"k1": 2, "k2": 3, "k3": 5, "q1": 10, "q2": 1, "q3": 3}
    net = network(RING).fluctuations({"f": ("a", "b"), "g": ("b", "c")})
    step = Fraction(1, 10**40)
    driven = net.evaluate(digits=30, **(balanced | {"k1": 2 + 2 * step}))
    still = net.evaluate(digits=30, outputs=["variance_f", "covariance_f_g"], **balanced)
    assert driven.mean_f > 0
    for response, spread in (("mean_f", "variance_f"), ("mean_g", "covariance_f_g")):
        ratio = Fraction(str(driven[response])) / step / Fraction(str(still[spread]))
        assert abs(ratio - Fraction(1, 2)) < Fraction(1, 10**28)


# --------------------------------------------------------------------- what does not exist, and why


def test_what_only_goes_to_and_fro_does_not_spread() -> None:
    rates = {**RING, ("c", "d"): "p", ("d", "c"): "r"}
    heights = {"a": 0, "b": 1, "c": 5, "d": -2}
    gone = {(s, t): heights[t] - heights[s] for s, t in rates}
    net = network(rates).fluctuations({"bridge": ("c", "d"), "height": gone, "x": ("a", "b")})
    for name in ("bridge", "height"):
        for output in (f"mean_{name}", f"variance_{name}", f"covariance_{name}_x"):
            assert net.program.outputs[output] == 0
        assert f"fano_{name}" not in net.outputs


def test_ratios_are_left_out_where_the_mean_is_zero() -> None:
    net, even = network(RING).fluctuations({"x": ("a", "b")}), EVEN
    assert "fano_x" not in net.evaluate(**even)
    assert net.evaluate(**even).mean_x == 0
    with pytest.raises(AbsentError, match="the mean of x must not be 0; leave out fano_x"):
        net.evaluate(outputs=["fano_x"], **even)
    with pytest.raises(AbsentError, match="the mean of x must not be 0"):
        net.evaluate(outputs=["fano_x"], digits=20, **even)
    assert net.evaluate(outputs=["fano_x"], **(even | {"k1": 1 + 2**-50})).fano_x > 1e14


def test_a_jump_without_one_back_leaves_no_thermodynamic_ratio() -> None:
    net, one_way = network(RING).fluctuations({"x": ("a", "b")}), POINT | {"q2": 0.0}
    found = net.evaluate(**one_way)
    assert "uncertainty_x" not in found
    assert found.kinetic_x > 1
    assert found.entropy_production == np.inf
    with pytest.raises(AbsentError, match="every jump needs one back; leave out uncertainty_x"):
        net.evaluate(outputs=["uncertainty_x"], **one_way)
    bare = network({k: v for k, v in RING.items() if v != "q2"}).fluctuations({"x": ("a", "b")})
    assert "uncertainty_x" not in bare.outputs


def test_covariances_come_with_counts_or_when_asked_for() -> None:
    net = network(RING)
    assert not any(name.startswith("covariance") for name in net.fluctuations().outputs)
    whole = net.fluctuations(covariances=True)
    assert sum(name.startswith("covariance") for name in whole.outputs) == 3
    found = whole.evaluate(**POINT)
    # all fluxes of a ring are one, but for what is stored
    assert found.covariance_flux_a_b_flux_b_c == pytest.approx(found.variance_flux_a_b, rel=1e-13)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({}, "no mapping of names to weights; give one such as"),
        ([("a", "b")], "no mapping of names to weights; give one such as"),
        ({"x": {("a", "z"): 1}}, "'z' is no state of this network; it has a, b, c"),
        ({"x": {("b", "a"): 1}}, "no jump leads from b to a; give the network that rate"),
        ({"x": {("a", "b"): 0}}, "the count x has no weight other than 0"),
        ({"x": {"ab": 1}}, "'ab' is no jump"),
        ({"x": 3}, "give the weight of each jump"),
        ({"x y": ("a", "b")}, "cannot be part of an output's name"),
        ({"x": {("a", "b"): 1j}}, "the weight of a -> b in the count x"),
        ({"x": {("a", "b"): float("inf")}}, "is not finite"),
    ],
)
def test_counts_that_are_none_are_refused(counts: Any, message: str) -> None:
    net = network({("a", "b"): "k", ("b", "c"): 1, ("c", "a"): 1})
    with pytest.raises((ParameterError, DomainError), match=message):
        net.fluctuations(counts)


def test_names_that_would_make_one_covariance_are_refused() -> None:
    pair = ("a", "b")
    with pytest.raises(ParameterError, match="would both have covariance_a_b_c; rename one"):
        network(RING).fluctuations({"a": pair, "a_b": pair, "b_c": pair, "c": pair})


def test_a_steady_state_that_is_not_unique_is_refused() -> None:
    net = network({("a", "b"): "p", ("a", "c"): "q"}).fluctuations({"x": ("a", "b")})
    with pytest.raises(SteadyStateError, match="not unique"):
        net.evaluate(p=1.0, q=1.0)
    both = network(RING).fluctuations({"x": ("a", "b")})
    apart: dict[str, Any] = dict.fromkeys(POINT, 0.0) | {"k1": 1.0, "q2": 1.0}
    with pytest.raises(SteadyStateError, match="not unique"):
        both.evaluate(**(apart | {"q2": 0.0}))
    with pytest.raises(SteadyStateError, match="not unique"):
        both.scaled_cumulant({"x": 1}, **(apart | {"q2": 0.0}))


def test_a_generating_function_refuses_what_it_does_not_know() -> None:
    net = network(RING).fluctuations({"x": ("a", "b")})
    with pytest.raises(ParameterError, match="'y' is unknown; choose x"):
        net.scaled_cumulant({"y": 1}, **POINT)
    with pytest.raises(DomainError, match="the rate a -> b, k1, must be >= 0"):
        net.scaled_cumulant({"x": 1}, **(POINT | {"k1": -1.0}))
    with pytest.raises(ParameterError, match="k1"):
        net.scaled_cumulant({"x": 1})


@pytest.mark.parametrize(("size", "operations"), [(4, 125), (6, 359)])
def test_operations_of_a_variance_are_pinned(size: int, operations: int) -> None:
    net = network(complete(size)).fluctuations({"x": ("s0", "s1")})
    counted = replace(net.program, guards=()).prune(["variance_x"]).operation_counts()
    assert sum(counted.values()) == operations
