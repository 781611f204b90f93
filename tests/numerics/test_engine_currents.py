"""Every output of the engine against a judge with 80 digits and no form that avoids cancellation.

The judge knows nothing of symqb: Kronecker products, mpmath's eigenvectors, one linear system, and
each output as its definition has it, differences of large numbers and all.
"""

import mpmath as mp
import numpy as np
import pytest

import symqb
from symqb.models import Bath, BatteryModel, Chain, DomainError, xxz_model
from symqb.numerics import evaluate_chain
from symqb.numerics.ball_balance import balanced_baths
from symqb.numerics.chain import _in_doubles, evaluate_chain_digits
from symqb.numerics.exact_inputs import ExactInputs

DIGITS = 80


def pauli(name, site, spins):
    matrix = {"x": mp.matrix([[0, 1], [1, 0]]), "z": mp.matrix([[1, 0], [0, -1]])}[name]
    found = mp.matrix([[1]])
    for k in range(1, spins + 1):
        part = matrix if k == site else mp.eye(2)
        found = mp.matrix(
            [
                [found[i, j] * part[a, b] for j in range(found.cols) for b in range(2)]
                for i in range(found.rows)
                for a in range(2)
            ]
        )
    return found


def flip_flop(site, spins):
    """(sigma_x sigma_x + sigma_y sigma_y) / 2 of a bond, from sigma_x and sigma_z alone."""
    x, other = pauli("x", site, spins) * pauli("x", site + 1, spins), None
    other = pauli("z", site, spins) * pauli("z", site + 1, spins)
    return (x - x * other) / 2


def judge(spins, B0, J, Delta, epsilon, T_L, T_R):
    """All outputs with kappa = 1, levels by ascending energy."""
    mp.mp.dps = DIGITS
    B0, J, Delta, epsilon, T_L, T_R = map(mp.mpf, (B0, J, Delta, epsilon, T_L, T_R))
    H = mp.zeros(2**spins)
    for s in range(1, spins + 1):
        H += B0 * pauli("z", s, spins) / 2
    for s in range(1, spins):
        bond = pauli("z", s, spins) * pauli("z", s + 1, spins)
        H += J * flip_flop(s, spins) + Delta * bond / 2
    energies, vectors = mp.eigsy(H)
    size = len(energies)
    left = pauli("x", 1, spins) + epsilon * pauli("x", spins, spins)
    rates = {}
    for name, S, T in (("L", left, T_L), ("R", pauli("x", spins, spins), T_R)):
        elements = vectors.T * S * vectors
        rates[name] = mp.matrix(size, size)
        for i in range(size):
            for j in range(size):
                w = energies[i] - energies[j]
                thermal = w / -mp.expm1(-w / T) if w else T
                rates[name][j, i] = elements[j, i] ** 2 * thermal if i != j else mp.mpf(0)
    total = rates["L"] + rates["R"]
    system = total - mp.diag([mp.fsum(total[j, i] for j in range(size)) for i in range(size)])
    for j in range(size):
        system[0, j] = 1
    right = mp.zeros(size, 1)
    right[0] = 1
    p = mp.lu_solve(system, right)
    return outputs(energies, p, rates, H[size - 1, size - 1], {"L": T_L, "R": T_R})


def outputs(energies, p, rates, empty, T):
    size = len(energies)
    levels = range(size)
    current = {
        name: mp.fsum(R[j, i] * p[i] * (energies[j] - energies[i]) for i in levels for j in levels)
        for name, R in rates.items()
    }
    order = sorted(levels, key=lambda k: energies[k])
    passive = sorted((p[k] for k in levels), reverse=True)
    stored = mp.fsum(p[k] * (energies[k] - empty) for k in levels)
    capacity = max(energies[k] - empty for k in levels)
    low = mp.fsum(x * energies[k] for x, k in zip(passive, order, strict=True))
    entropy = -mp.fsum(x * mp.log(x) for x in passive)
    gibbs = [mp.exp(-energies[k] / T["R"]) for k in levels]
    return {
        "energies": [energies[k] for k in order],
        "populations": [p[k] for k in order],
        "stored_energy": stored,
        "capacity": capacity,
        "charge": stored / capacity,
        "ergotropy": mp.fsum(p[k] * energies[k] for k in levels) - low,
        "exergy": low - T["R"] * entropy + T["R"] * mp.log(mp.fsum(gibbs)),
        "heat_current_L": current["L"],
        "heat_current_R": current["R"],
        "entropy_production": -current["L"] / T["L"] - current["R"] / T["R"],
    }


def compare(found, right, relative):
    order = np.argsort(found.energies, kind="stable")
    for name, expected in right.items():
        given = found[name][order] if name in ("energies", "populations") else [found[name]]
        wanted = expected if isinstance(expected, list) else [expected]
        scale = max(abs(x) for x in wanted)
        floor = scale * mp.mpf(10) ** (20 - DIGITS) + mp.mpf(10) ** (25 - DIGITS)
        for g, w in zip(given, wanted, strict=True):
            assert abs(mp.mpf(float(g)) - w) <= relative * abs(w) + floor, (name, g, mp.nstr(w, 20))


def adversarial(rng):
    T_R = 10 ** rng.uniform(-0.5, 2)
    ratio = 1 + 10 ** rng.uniform(-12, 2) * rng.choice([-1, 1]) * (rng.random() < 0.5)
    ratio = ratio if ratio > 0.1 else 10 ** rng.uniform(-0.5, 4)
    return {
        "B0": rng.uniform(0.1, 4),
        "J": rng.uniform(0.3, 1) * rng.choice([-1, 1]),
        "Delta": rng.uniform(-1, 1),
        "epsilon": float(rng.choice([0.0, 1e-9, 0.4, 1.0, 1e5, 1e10])),
        "T_L": float(T_R * ratio),
        "T_R": T_R,
    }


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("spins", [2, 3])
def test_every_output_at_adversarial_points(spins, seed):
    point = adversarial(np.random.default_rng([spins, seed]))
    found = evaluate_chain(xxz_model(spins), {**point, "kappa": 1.0})
    compare(found, judge(spins, **point), 1e-15)


@pytest.mark.parametrize("seed", range(2))
def test_every_output_of_four_spins(seed):
    point = adversarial(np.random.default_rng([4, seed]))
    found = evaluate_chain(xxz_model(4), {**point, "kappa": 1.0})
    compare(found, judge(4, **point), 1e-15)


def test_the_judge_is_not_fooled_by_a_small_change():
    point = {"B0": 3.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.5, "T_L": 3.0, "T_R": 2.0}
    found = evaluate_chain(xxz_model(2), {**point, "kappa": 1.0})
    right = judge(2, **point)
    compare(found, right, 1e-15)
    for name in right:
        changed = right[name]
        changed = (
            [x * (1 + mp.mpf("1e-13")) for x in changed]
            if isinstance(changed, list)
            else changed * (1 + mp.mpf("1e-13"))
        )
        if name != "ergotropy":
            with pytest.raises(AssertionError, match=name):
                compare(found, {name: changed}, 1e-15)


ENDS = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {2: 1}))

# computed apart, with 60 digits and an elimination of its own
KNOWN = [
    (
        BatteryModel(Chain(2, J=0, Delta="D", B0="B"), ENDS),
        {"D": 0.4, "B": 1.5, "T_L": 3.0, "T_R": 1.0},
        {"heat_current_L": 0.0257929789041343},
        1e-13,
    ),
    (
        BatteryModel(Chain(2, J=2, Delta=1, B0=3), ENDS),
        {"T_L": 5.0, "T_R": 2.0},
        {"heat_current_L": 1.870616622525504},
        1e-15,
    ),
    (
        xxz_model(4),
        {"B0": 3.0, "J": 1e-4, "Delta": 0.4, "epsilon": 0.3, "T_L": 4.0, "T_R": 1.0},
        {"ergotropy": 4.24677794363e-13, "charge": 0.22561280218378},
        1e-11,
    ),
    (
        xxz_model(2),
        {"B0": 3.0, "J": 1.0, "Delta": -0.4, "epsilon": 1e9, "T_L": 30.0, "T_R": 2.0},
        {"heat_current_L": 4.6958660838746929, "entropy_production": 2.1914041724748567},
        1e-15,
    ),
    (
        xxz_model(3),
        {"B0": 4.0, "J": 1.0, "Delta": 0.3, "epsilon": 1e8, "T_L": 30.0, "T_R": 2.0},
        {"heat_current_L": 7.681086659520541, "entropy_production": 3.5845071077762524},
        1e-15,
    ),
    (
        xxz_model(2),
        {"B0": 3.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.5, "T_L": 2 + 2.0**-20, "T_R": 2.0},
        {"entropy_production": 1.7303543038197312e-13, "exergy": 3.7930639320320412e-14},
        1e-15,
    ),
    (
        xxz_model(2),
        {"B0": 3.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.5, "T_L": 3.0, "T_R": 1e7},
        {"exergy": 3.7274944748526981e-7},
        1e-15,
    ),
]


@pytest.mark.parametrize(("model", "point", "expected", "relative"), KNOWN)
def test_values_computed_apart(model, point, expected, relative):
    found = evaluate_chain(model, {**point, "kappa": 1.0})
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=relative, abs=0)


@pytest.mark.parametrize("spins", [2, 3, 4, 5, 6, 9])
def test_nothing_flows_and_nothing_is_produced_at_equal_temperatures(spins):
    rng = np.random.default_rng(spins)
    for _ in range(3 if spins < 9 else 1):
        T = float(10 ** rng.uniform(-1, 2))
        point = {"B0": rng.uniform(1, 3), "J": 1.0, "Delta": rng.uniform(-1, 1), "epsilon": 0.4}
        found = evaluate_chain(xxz_model(spins), {**point, "T_L": T, "T_R": T, "kappa": 1.0})
        names = ("heat_current_L", "heat_current_R", "entropy_production", "exergy", "ergotropy")
        assert [found[name] for name in names] == [0.0] * 5


def test_spins_that_share_nothing_exchange_no_heat():
    model = BatteryModel(Chain(2, J=0, Delta=0, B0="B"), ENDS)
    found = evaluate_chain(model, {"B": 1.5, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0})
    assert found.heat_current_L == found.heat_current_R == found.entropy_production == 0.0
    inputs = ExactInputs.of(BatteryModel(Chain(2, J=0, Delta=0.1, B0="B"), ENDS), {"B": 1.5})
    assert balanced_baths(inputs, {"L": 3, "R": 1}) == set()
    assert balanced_baths(inputs, {"L": 3, "R": 3}) == {"L", "R"}


@pytest.mark.parametrize("spins", [2, 7])
def test_a_bath_of_weight_1e_14_still_carries_heat(spins):
    point = {"B0": 3.0, "J": 1.0, "Delta": 0.4, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    currents = []
    for weight in (1e-3, 1e-14):
        baths = (Bath("L", "T_L", {1: weight}), Bath("R", "T_R", {spins: 1}))
        found = evaluate_chain(BatteryModel(Chain(spins), baths), point)
        currents.append(found.heat_current_L / weight**2)
    assert currents[1] == pytest.approx(currents[0], rel=1e-5)


@pytest.mark.parametrize("spins", [3, 4, 7])
def test_charge_does_not_exist_where_the_empty_state_is_the_top_level(spins):
    point = {"B0": -9.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.5, "T_L": 3.0, "T_R": 1.0}
    found = evaluate_chain(xxz_model(spins), {**point, "kappa": 1.0})
    assert found.capacity == 0.0
    assert "charge" not in found.keys()  # noqa: SIM118  a Result iterates over names
    with pytest.raises(DomainError, match="capacity is 0"):
        evaluate_chain(xxz_model(spins), {**point, "kappa": 1.0}, outputs=["charge"])


def test_a_bath_at_zero_temperature_that_takes_a_current_produces_without_bound():
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.5, "kappa": 1.0}
    for spins in (2, 4, 6):
        found = evaluate_chain(xxz_model(spins), {**point, "T_L": 2.0, "T_R": 0.0})
        assert found.entropy_production == np.inf
        cold = evaluate_chain(xxz_model(spins), {**point, "T_L": 2.0, "T_R": 1e-200})
        assert cold.entropy_production == pytest.approx(found.heat_current_L / 1e-200)
        assert cold.heat_current_L == pytest.approx(found.heat_current_L, rel=1e-12)


def test_long_chains_near_equilibrium_refuse_what_doubles_cannot_tell():
    point = {"B0": 4.0, "J": 1.0, "Delta": 0.3, "epsilon": 1.0, "kappa": 1.0}
    near = {**point, "T_L": 2.0 + 1e-6, "T_R": 2.0}
    found = evaluate_chain(xxz_model(9), near)
    assert "populations" in found.keys()  # noqa: SIM118
    assert "heat_current_L" not in found.keys()  # noqa: SIM118
    with pytest.raises(DomainError, match=r"heat_current_L is a difference of much larger"):
        evaluate_chain(xxz_model(9), near, outputs=("heat_current_L",))


def test_a_strongly_coupled_bath_of_a_long_chain_is_known_from_the_others():
    point = {"B0": 9.0, "J": 1.0, "Delta": 0.3, "T_L": 2.0, "T_R": 1.0, "kappa": 1.0}
    strong, stronger = (evaluate_chain(xxz_model(9), {**point, "epsilon": e}) for e in (1e8, 1e9))
    assert stronger.heat_current_L == -stronger.heat_current_R
    assert stronger.heat_current_L == pytest.approx(strong.heat_current_L, rel=1e-6)


@pytest.mark.parametrize("dissipation", ["collective", "individual"])
@pytest.mark.parametrize("spins", [2, 3])
def test_every_engine_gives_every_output_of_the_closed_form(spins, dissipation):
    """Balls, doubles and digits."""
    rng = np.random.default_rng([spins, len(dissipation)])
    model = xxz_model(spins, dissipation)
    for _ in range(4):
        point = {
            "B0": rng.uniform(1, 4),
            "J": rng.uniform(0.3, 1),
            "Delta": rng.uniform(-1, 1),
            "epsilon": rng.uniform(0, 1),
            "T_L": 10 ** rng.uniform(0, 1),
            "T_R": 10 ** rng.uniform(-0.5, 0),
            "kappa": rng.uniform(0.1, 2),
        }
        closed = symqb.Battery(model).evaluate(**point)
        balls = evaluate_chain(model, point)
        digits = evaluate_chain_digits(model, 25, point)
        doubles, refused = _in_doubles(model, point, None)
        assert not refused
        by_energy = np.argsort(closed.energies, kind="stable")
        assert set(closed.keys()) <= set(balls.keys())
        for name in closed:
            expected, tolerance = closed[name], {"rel": 1e-11, "abs": 1e-14}
            vector = name in ("energies", "populations")
            assert balls[name] == pytest.approx(expected, **tolerance)
            assert np.array(digits[name], dtype=float) == pytest.approx(balls[name], rel=1e-15)
            ordered = expected[by_energy] if vector else expected
            assert doubles[name] == pytest.approx(ordered, **tolerance)


def test_what_is_asked_for_does_not_change_what_is_given():
    point = {"B0": 3.0, "J": 1.0, "Delta": 0.4, "epsilon": 1e9, "T_L": 3.0, "T_R": 1.0}
    point |= {"kappa": 1.0}
    for spins in (3, 6):
        whole = evaluate_chain(xxz_model(spins), point)
        for name in whole:
            assert np.all(
                evaluate_chain(xxz_model(spins), point, outputs=(name,))[name] == whole[name]
            )


def test_rates_that_span_too_much_are_solved_with_more_digits():
    point = {"B0": 4.0, "J": 1.0, "Delta": 0.3, "epsilon": 0.4, "kappa": 1.0}
    found = evaluate_chain(xxz_model(6), {**point, "T_L": 1e-3, "T_R": 2e-3})
    assert found.populations[0] == 1.0
    long = evaluate_chain(xxz_model(9), {**point, "T_L": 1e-3, "T_R": 2e-3})
    assert long.populations[0] == 1.0
    # below the smallest double, as for six spins with all digits
    assert long.entropy_production == found.entropy_production == 0.0
