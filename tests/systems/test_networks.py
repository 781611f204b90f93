"""Networks of rates against independent linear algebra, and what is refused."""

from __future__ import annotations

import pickle
from fractions import Fraction
from importlib.util import find_spec
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
import sympy as sp
from mpmath import mp

from symqb import DomainError, ParameterError, SteadyStateError, network
from symqb.derive.rate_networks import NetworkDerivation
from symqb.models.network import Network
from symqb.numerics import network_points
from symqb.program import run
from symqb.program.arithmetic import Field

IN_PROCESS = [
    "numpy",
    "c",
    "mpmath",
    "arb",
    *(
        pytest.param(
            name, marks=pytest.mark.skipif(find_spec(name) is None, reason=f"{name} is missing")
        )
        for name in ("numba", "jax")
    ),
]

x, y, z = sp.symbols("x y z")


def complete(size: int) -> dict[tuple[str, str], str]:
    return {(f"s{a}", f"s{b}"): f"k_{a}_{b}" for a, b in permutations(range(size), 2)}


def hypercube(bits: int) -> dict[tuple[int, int], str]:
    pairs = [(a, a ^ (1 << k)) for a in range(2**bits) for k in range(bits)]
    return {(a, b): f"k_{a}_{b}" for a, b in pairs}


def ring_one_way(size: int) -> dict[tuple[str, str], str]:
    jumps = {(f"s{a}", f"s{(a + 1) % size}"): f"k{a}" for a in range(size)}
    return {**jumps, ("s0", "s2"): "far", ("s2", "s1"): "back"}


def generator(rates: dict[Any, Any], point: dict[str, Any]) -> tuple[list[str], Any]:
    """The matrix of the master equation, columns summing to zero, in many digits."""
    states = list(dict.fromkeys(str(s) for jump in rates for s in jump))
    G = mp.zeros(len(states))
    for (a, b), name in rates.items():
        i, j = states.index(str(a)), states.index(str(b))
        G[j, i] += mp.mpf(point[name])
        G[i, i] -= mp.mpf(point[name])
    return states, G


def null_space(G: Any) -> Any:
    """Steady populations by LU of a bordered matrix."""
    size = G.rows
    A, b = G.copy(), mp.zeros(size, 1)
    for k in range(size):
        A[0, k] = 1
    b[0] = 1
    return mp.lu_solve(A, b)


def widely(names: list[str], seed: int) -> dict[str, float]:
    """Rates over thirty decades."""
    decades = np.random.default_rng(seed).uniform(-15, 15, len(names))
    return dict(zip(names, (10**decades).tolist(), strict=True))


class Exact(Field):
    """Fractions: exact where a program only adds, multiplies and divides."""

    def constant(self, value: Fraction) -> Fraction:
        return value

    def div(self, a: Any, b: Any) -> Any:
        return Fraction(a) / b


def middle(value: Any) -> Any:
    """A number, or the middle of a ball, for mpmath."""
    return mp.make_mpf(value.mid()._mpf_) if hasattr(value, "mid") else mp.mpf(value)


@pytest.mark.parametrize(
    ("rates", "operations"),
    [
        (complete(4), 40),
        (complete(6), 140),
        (complete(8), 336),
        (hypercube(3), 125),
        (hypercube(6), 17_771),
        (ring_one_way(5), 19),
    ],
    ids=["K4", "K6", "K8", "cube", "64 states", "one way"],
)
def test_operations_of_the_elimination_are_pinned(rates: Any, operations: int) -> None:
    counted = NetworkDerivation(Network(rates)).elimination.operation_counts()
    assert sum(counted.values()) == operations
    assert "sub" not in counted


@pytest.mark.parametrize("target", ["numpy", "c", "mpmath", "arb"])
@pytest.mark.parametrize("rates", [complete(4), hypercube(3), ring_one_way(5)])
def test_populations_are_those_of_the_null_space_entry_by_entry(rates: Any, target: str) -> None:
    call = network(rates).emit(target, ("populations",))
    with mp.workdps(120):
        for seed in range(5):
            point = widely(list(rates.values()), seed)
            right = null_space(generator(rates, point)[1])
            found = call(**point).populations
            for p, q in zip(found, right, strict=True):
                assert abs(middle(p) / q - 1) < 1e-13


@pytest.mark.parametrize("rates", [complete(3), complete(4), ring_one_way(5)])
def test_the_elimination_is_stationary_exactly_for_free_rates(rates: Any) -> None:
    program = NetworkDerivation(Network(rates)).elimination
    rng = np.random.default_rng(1)
    # a rational function that vanishes at so many more points than its degree vanishes
    for _ in range(40):
        point = {name: Fraction(int(rng.integers(1, 10**9))) for name in program.inputs}
        p = run(program, Exact(), point)["populations"]
        flows = [Fraction(0)] * len(p)
        for name, rate in point.items():
            a, b = (int(x) - 1 for x in name.split("_")[1:])
            flows[a] -= p[a] * rate
            flows[b] += p[a] * rate
        assert flows == [0] * len(p)
        assert sum(p) == 1


@pytest.mark.parametrize("rates", [complete(4), hypercube(3), ring_one_way(5)])
def test_fluxes_obey_kirchhoffs_law_and_entropy_production_is_theirs(rates: Any) -> None:
    net = network(rates)
    with mp.workdps(120):
        for seed in range(3):
            point = widely(list(rates.values()), seed)
            states, G = generator(rates, point)
            p, found = null_space(G), net.evaluate(**point)
            produced = mp.mpf(0)
            for a, b in combinations(range(len(states)), 2):
                x, y = p[a] * G[b, a], p[b] * G[a, b]
                if x == y == 0:
                    continue
                name, sign = f"flux_{states[a]}_{states[b]}", 1
                if name not in net.outputs:
                    name, sign = f"flux_{states[b]}_{states[a]}", -1
                assert abs(sign * mp.mpf(found[name]) / (x - y) - 1) < 1e-10
                produced += mp.inf if 0 in (x, y) else (x - y) * mp.log(x / y)
            made = mp.mpf(found.entropy_production)
            assert made == produced or abs(made / produced - 1) < 1e-10


def test_affinities_are_logarithms_of_the_rates_round_a_cycle() -> None:
    net = network(complete(3))
    (cycle,) = net.cycles
    assert set(cycle.states) == {"s0", "s1", "s2"}
    point = dict(zip(net.parameters, (2.0, 3.0, 5.0, 7.0, 11.0, 13.0), strict=True))
    right = float(cycle.affinity.subs(point))
    assert net.evaluate(**point).affinity_1 == pytest.approx(right, rel=1e-14)
    balanced = dict.fromkeys(net.parameters, 0.1)
    found = net.evaluate(**balanced)
    assert found.affinity_1 == found.entropy_production == found.flux_s0_s1 == 0.0


@pytest.mark.parametrize("rates", [complete(4), hypercube(3), ring_one_way(5)])
def test_first_passage_times_and_splitting_solve_their_equations(rates: Any) -> None:
    net = network(rates)
    a, b = net.states[1], net.states[-1]
    times, splits = net.first_passage_times(b), net.splitting_probabilities(a, b)
    with mp.workdps(150):
        for seed in range(4):
            point = widely(list(rates.values()), seed)
            states, G = generator(rates, point)
            inner = [k for k, s in enumerate(states) if s != b]
            A = mp.matrix([[-G[j, i] for j in inner] for i in inner])
            right = mp.lu_solve(A, mp.ones(len(inner), 1))
            found = times.evaluate(**point).times
            assert found[states.index(b)] == 0
            for k, t in zip(inner, right, strict=True):
                assert abs(mp.mpf(found[k]) / t - 1) < 1e-13
            inner = [k for k, s in enumerate(states) if s not in (a, b)]
            A = mp.matrix([[-G[j, i] for j in inner] for i in inner])
            right = mp.lu_solve(A, mp.matrix([G[states.index(a), i] for i in inner]))
            chances = splits.evaluate(**point)
            for k, h in zip(inner, right, strict=True):
                found = mp.mpf(chances[f"probability_{a}"][k])
                assert found == h or abs(found / h - 1) < 1e-13
            total = chances[f"probability_{a}"] + chances[f"probability_{b}"]
            assert np.allclose(total, 1, rtol=1e-14)


def test_one_way_networks_end_where_they_end() -> None:
    net = network({("a", "b"): "k", ("b", "c"): "q", ("c", "b"): 1})
    found = net.evaluate(k=2.0, q=3.0)
    assert found.populations.tolist() == [0.0, 0.25, 0.75]
    assert found.entropy_production == 0.0
    assert network({("a", "b"): "k"}).evaluate(k=2.0).populations.tolist() == [0.0, 1.0]


def test_a_one_way_flow_makes_infinite_entropy() -> None:
    for target in ("numpy", "c", "mpmath"):
        found = network(ring_one_way(4)).emit(target, ("entropy_production",))
        assert float(
            found(**dict.fromkeys(["k0", "k1", "k2", "k3", "far", "back"], 1.0))[
                "entropy_production"
            ]
        ) == float("inf")


def test_rates_that_are_zero_at_a_point_are_no_jumps_there() -> None:
    net = network(complete(3))
    ones = dict.fromkeys(net.parameters, 1.0)
    # from s0 nothing leaves
    found = net.evaluate(**{**ones, "k_0_1": 0.0, "k_0_2": 0.0})
    assert found.populations.tolist() == [1.0, 0.0, 0.0]
    assert "affinity_1" in found.absent
    with pytest.raises(SteadyStateError, match="s1; s2"):
        net.evaluate(**{**ones, "k_1_0": 0.0, "k_1_2": 0.0, "k_2_0": 0.0, "k_2_1": 0.0})
    array = net.evaluate(**{**ones, "k_0_1": [0.0, 1.0], "k_0_2": 0.0}, outputs=["populations"])
    assert array.populations[0].tolist() == [1.0, 0.0, 0.0]
    assert array.populations[1].sum() == pytest.approx(1)


def test_several_closed_classes_have_no_single_steady_state() -> None:
    net = network({("b", "a"): "q", ("b", "c"): "k"})
    assert net.closed_classes == [("a",), ("c",)]
    with pytest.raises(SteadyStateError, match=r"not unique.*a; c"):
        net.evaluate(k=1.0, q=2.0)
    assert net.splitting_probabilities("a", "c").evaluate(k=1.0, q=3.0).probability_a[0] == 0.75


@pytest.mark.parametrize(
    ("rates", "error", "words"),
    [
        ({}, ParameterError, "no mapping of jumps"),
        ([("a", "b")], ParameterError, "no mapping of jumps"),
        ({"ab": 1}, ParameterError, "no pair"),
        ({("a", "b", "c"): 1}, ParameterError, "no pair"),
        ({("a", "a"): 1}, ParameterError, "leads nowhere"),
        ({("a-1", "b"): 1}, ParameterError, "output's name"),
        ({(1.5, "b"): 1}, ParameterError, "output's name"),
        ({("a", "b"): -1}, DomainError, "a -> b is -1"),
        ({("a", "b"): "nan"}, ParameterError, "finite"),
        ({("a", "b"): float("inf")}, DomainError, "finite"),
        ({("a", "b"): 1j}, ParameterError, "a -> b"),
        ({("a", "b"): "populations"}, ParameterError, "output"),
        ({(1, "b"): 1, ("1", "b"): 2}, ParameterError, "twice"),
    ],
)
def test_what_is_no_network_is_refused(rates: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        network(rates)


def test_questions_that_have_no_answer_are_refused() -> None:
    net = network({("a", "b"): "k", ("b", "a"): "q", ("b", "c"): 1})
    with pytest.raises(ParameterError, match="'d' is no state"):
        net.first_passage_times("d")
    with pytest.raises(ParameterError, match="each once"):
        net.splitting_probabilities("a", "a")
    with pytest.raises(ParameterError, match="one state or more"):
        net.first_passage_times()
    with pytest.raises(SteadyStateError, match="from c no target"):
        net.first_passage_times("a").evaluate(k=1.0, q=1.0)
    with pytest.raises(DomainError, match="the rate a -> b, k, must be >= 0"):
        net.evaluate(k=-1.0, q=1.0)
    with pytest.raises(ParameterError, match="q"):
        net.evaluate(k=1.0)


def test_rates_may_be_expressions_and_nothing_is_lost_where_they_nearly_cancel() -> None:
    net = network({("a", "b"): x * y - z, ("b", "a"): 1})
    point = {"x": 1 + 2.0**-30, "y": 1 - 2.0**-30, "z": 1 - 2.0**-40}
    exact = {name: Fraction(value) for name, value in point.items()}
    rate = exact["x"] * exact["y"] - exact["z"]
    assert net.evaluate(**point).populations[1] == pytest.approx(
        float(rate / (1 + rate)), rel=1e-15
    )


def test_networks_are_copied_and_pickled() -> None:
    net = network(complete(3))
    point = dict.fromkeys(net.parameters, 2.0)
    same = pickle.loads(pickle.dumps(net))
    assert same.evaluate(**point).to_dict().keys() == net.evaluate(**point).to_dict().keys()
    call = pickle.loads(pickle.dumps(net.emit("numpy", ("populations",))))
    assert call(**point).populations.tolist() == pytest.approx([1 / 3] * 3)


TRIANGLE: dict[Any, Any] = {
    ("a", "b"): 1,
    ("b", "a"): 2,
    ("b", "c"): 3,
    ("c", "b"): 4,
    ("c", "a"): 5,
    ("a", "c"): 6,
}


@pytest.mark.parametrize("target", IN_PROCESS)
def test_what_holds_only_where_every_jump_happens_is_asked_anew_at_zero_rates(target: str) -> None:
    net = network({("a", "b"): "k", ("b", "c"): 1, ("c", "b"): "q"})
    one_way = network({("a", "b"): "k"})
    with pytest.raises(SteadyStateError, match=r"not unique.*a; b, c"):
        net.emit(target, ("populations",))(k=0.0, q=1.0)
    # a flux that is 0 in every steady state, and a probability that is 1 where there is a way
    for name in ("flux_a_b", "entropy_production", "traffic_a_b"):
        with pytest.raises(SteadyStateError, match="not unique"):
            one_way.emit(target, (name,))(k=0.0)
    with pytest.raises(SteadyStateError, match="from a no target"):
        one_way.splitting_probabilities("b").emit(target)(k=0.0)
    found = net.emit(target, ("populations",))(k=0.5, q=0.0).populations
    assert [float(middle(p)) for p in found] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("target", ["numpy", "javascript"])
def test_standalone_text_guards_zero_rates_of_constants(target: str) -> None:
    rule = "the rate a -> b, k, must be > 0 here"
    net = network({("a", "b"): "k"})
    assert rule in net.source(target, ["populations"])
    both = network({("a", "b"): "k", ("b", "a"): "q"})
    assert rule not in both.source(target, ["populations"])
    assert rule in both.source(target, ["flux_a_b"])


def test_pairs_whose_outputs_would_share_a_name_are_refused() -> None:
    rates = {("a", "b_c"): 1, ("b_c", "a"): 2, ("a_b", "c"): 3, ("c", "a_b"): 4, ("a", "c"): 1}
    with pytest.raises(ParameterError, match=r"a and b_c, a_b and c.*flux_a_b_c; rename a state"):
        network(rates)


@pytest.mark.parametrize(
    ("rate", "point"),
    [
        ((sp.exp(sp.Symbol("k")) - 1) ** 2, {"k": 1e-9}),
        (x * (y**2 - z**2), {"x": 3.0, "y": 0.1 + 2.0**-40, "z": 0.1}),
        (sp.exp(x * (y**2 - z**2)), {"x": 2.0**40, "y": 1 / 3 + 2.0**-41, "z": 1 / 3}),
        (sp.exp(x * y - z), {"x": 1e7 + 0.1, "y": 0.3, "z": 3e6 - 100.0}),
        (1 / (sp.exp(y / x) - 1), {"x": 1e9, "y": 0.3}),
        (1 / (x * y - z), {"x": 1.1, "y": 1.1, "z": 1.21 - 2.0**-45}),
        (x ** (y * z - 3), {"x": 7.0, "y": 1e5, "z": 3e-5 + 2e-10}),
    ],
    ids=str,
)
@pytest.mark.parametrize("target", ["numpy", "c"])
def test_rates_keep_their_digits_wherever_in_them_terms_cancel(
    rate: Any, point: dict[str, float], target: str
) -> None:
    found = network({("a", "b"): rate, ("b", "a"): 1}).emit(target)(**point)
    with mp.workdps(80):
        exact = {name: mp.mpf(value) for name, value in point.items()}
        right = sp.lambdify(list(exact), rate, "mpmath")(**exact)
        assert abs(mp.mpf(found.populations[1]) / (right / (1 + right)) - 1) < 2e-13
        assert abs(mp.mpf(found.populations[0]) * (1 + right) - 1) < 2e-13


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_affinities_near_zero_keep_their_digits(target: str) -> None:
    net = network({**dict.fromkeys(TRIANGLE, 1), ("a", "b"): x * y})
    call = net.emit(target, ("affinity_1",))
    for shift in (1e-3, 1e-6, 1e-12):
        point = {"x": 1.1, "y": (1 + shift) / 1.1}
        with mp.workdps(40):
            right = mp.log(mp.mpf(point["x"]) * mp.mpf(point["y"]))
            # the first jump may be against the cycle's sense
            assert abs(abs(mp.mpf(call(**point).affinity_1) / right) - 1) < 2e-13


def test_detailed_balance_is_seen_in_the_symbols() -> None:
    k, q, E, F, T = sp.symbols("k q E F T")
    power = {("a", "b"): k, ("b", "a"): q, ("b", "c"): k, ("c", "b"): q}
    net = network({**power, ("c", "a"): q**2, ("a", "c"): k**2, ("c", "d"): 1, ("d", "c"): 2})
    assert net.cycles[0].affinity == 0
    for name in ("flux_a_b", "flux_c_d", "entropy_production", "affinity_1"):
        assert net.program.outputs[name] == 0
    assert "log" not in net.program.operation_counts()
    boltzmann = {
        ("a", "b"): sp.exp(-E / T),
        ("b", "a"): sp.exp(-F / T),
        ("b", "c"): k,
        ("c", "b"): k,
        ("c", "a"): sp.exp((E - F) / T),
        ("a", "c"): 1,
    }
    assert network(boltzmann).cycles[0].affinity == 0
    driven = network({**boltzmann, ("a", "c"): 2})
    assert driven.cycles[0].affinity != 0
    # a balanced triangle beside a driven one, which share a state
    both = network(
        {
            **power,
            ("c", "a"): q**2,
            ("a", "c"): k**2,
            ("c", "d"): 1,
            ("d", "c"): 1,
            ("d", "e"): 1,
            ("e", "d"): 1,
            ("e", "c"): 2,
            ("c", "e"): 1,
        }
    )
    still = [name for name, ref in both.program.outputs.items() if ref == 0]
    assert still == ["flux_a_b", "flux_b_c", "flux_c_a", "affinity_1"]


def test_zeros_at_a_point_of_rational_rates_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any) -> None:
        raise AssertionError("more and more digits for what is exact")

    monkeypatch.setattr(network_points, "evaluate_digits", refuse)
    net = network(complete(4))
    # a Wheatstone bridge: driven, and yet nothing flows between s1 and s2
    point = dict.fromkeys(net.parameters, 0.1) | {"k_0_3": 0.7, "k_3_0": 1e-7}
    found = net.evaluate(**point)
    assert found.flux_s1_s2 == 0.0
    assert found.flux_s0_s3 > 0
    assert net.evaluate(digits=40, **point).flux_s1_s2 == 0
    balanced = net.evaluate(**{name: [0.1, 0.3] for name in net.parameters})
    assert not balanced.entropy_production.any()
    assert not balanced.affinity_1.any()


@pytest.mark.parametrize("target", IN_PROCESS)
def test_every_target_tells_an_affinity_beside_a_rate_of_zero(target: str) -> None:
    net = network({**TRIANGLE, ("c", "d"): "k"})
    right = float(sp.log(sp.Rational(1 * 3 * 5, 2 * 4 * 6)))
    found = net.emit(target, ("affinity_1",))(k=0.0)
    assert float(middle(found.affinity_1)) == pytest.approx(right, rel=1e-14)


def test_an_affinity_needs_the_rates_of_its_own_cycle_only() -> None:
    right = float(sp.log(sp.Rational(1 * 3 * 5, 2 * 4 * 6)))
    back = network({**TRIANGLE, ("c", "d"): "k", ("d", "c"): 1})
    assert float(back.evaluate(digits=30, k=0).affinity_1) == pytest.approx(right, rel=1e-14)
    free = network({**TRIANGLE, ("c", "a"): "k", ("c", "d"): 1, ("d", "c"): 1})
    for digits in (None, 20):
        assert "c, is > 0" in free.evaluate(k=0.0, digits=digits).absent["affinity_1"]


@pytest.mark.parametrize("target", IN_PROCESS)
@pytest.mark.parametrize(
    ("rate", "point"),
    [(1 / x, {"x": 0.0}), (sp.sqrt(x), {"x": -1.0}), (x / (x + y), {"x": 0.0, "y": 0.0})],
    ids=str,
)
def test_a_rate_that_is_no_number_is_named(target: str, rate: Any, point: Any) -> None:
    net = network({("a", "b"): rate, ("b", "a"): 1})
    with pytest.raises(DomainError, match=r"the rate a -> b, .* must be a finite number; give"):
        net.emit(target, ("populations",))(**point)


def test_times_beyond_all_doubles_are_refused_and_told_by_digits() -> None:
    net = network({("a", "b"): "k", ("b", "a"): "q", ("b", "c"): "k"})
    times = net.first_passage_times("c")
    point = {"k": 1e-280, "q": 1e80}
    with pytest.raises(DomainError, match=r"times is 1\.0e\+640 here, above all doubles"):
        times.evaluate(**point)
    assert mp.log10(times.evaluate(digits=20, **point).times[0]) == pytest.approx(640)


def test_networks_are_equal_with_their_order_of_states() -> None:
    rates = {("a", "b"): "k", ("b", "c"): 1, ("c", "a"): 2}
    turned = dict(reversed(rates.items()))
    assert Network(rates) == Network(dict(rates))
    assert hash(Network(rates)) == hash(Network(dict(rates)))
    assert Network(rates) != Network(turned)
    assert Network(rates) != rates
