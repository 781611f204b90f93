"""Levels and couplings at any number of digits, against mpmath and plain Pauli matrices."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from flint import arb, arb_mat

from symqb.models import Bath, BatteryModel, Chain, SpectralDensity, xxz_model
from symqb.numerics import eigen_digits
from symqb.numerics.ball_state import _turn
from symqb.numerics.block_structure import chain_blocks
from symqb.numerics.chain_sectors import ChainNumbers, Convert, solve_sector
from symqb.numerics.close_levels import settle
from symqb.numerics.degeneracy import coincide, join
from symqb.numerics.distinct import count_distinct
from symqb.numerics.eigen_digits import ball_matrix, midpoints, object_array, solve_symmetric
from symqb.numerics.exact_inputs import ExactInputs, by_midpoint, to_ball
from symqb.numerics.levels import Coupling, solve_levels
from symqb.program.contexts import working_bits

PAULI = {
    "x": np.array([[0.0, 1.0], [1.0, 0.0]]),
    "y": np.array([[0.0, -1.0j], [1.0j, 0.0]]),
    "z": np.diag([1.0, -1.0]),
}


def at(axis, site, spins):
    found = np.eye(1)
    for k in range(1, spins + 1):
        found = np.kron(found, PAULI[axis] if k == site else np.eye(2))
    return found


def hamiltonian(chain, convert):
    spins = chain.spins
    total = sum(convert(B) * at("z", k, spins) for k, B in enumerate(chain.fields, 1))
    for k, ((J, Delta), eta) in enumerate(zip(chain.bonds, chain.eta, strict=True), 1):
        for axis, value in (
            ("x", convert(J) + convert(eta)),
            ("y", convert(J) - convert(eta)),
            ("z", convert(Delta)),
        ):
            total = total + value * at(axis, k, spins) @ at(axis, k + 1, spins)
    return np.real(total) / 2


def models():
    ends = (Bath("L", "T_L", {1: 1, 3: 0.4}), Bath("R", "T_R", {3: 1}, "y"))
    uneven = Chain(3, J=(0.7, "J"), Delta=(0.2, 0.5), B0=(1.0, 1.1, "B0"))
    return {
        "uniform": BatteryModel(Chain(3), ends),
        "uneven": BatteryModel(uneven, ends),
        "xyz": BatteryModel(Chain.xyz(3, "J", 0.3, "Delta", "B0"), ends),
        "individual": BatteryModel(Chain(4), ends, dissipation="individual"),
        "one": BatteryModel(Chain(1), (Bath("L", "T_L", {1: 2}),)),
    }


POINT = {"J": 0.9, "Delta": 0.35, "B0": 1.7}


@pytest.mark.parametrize("kind", models())
def test_levels_and_couplings_are_those_of_pauli_matrices(kind):
    model = models()[kind]
    levels = solve_levels(model, POINT)
    spins, V = model.chain.spins, midpoints(levels.vectors)
    H = hamiltonian(model.chain, Convert(POINT))
    np.testing.assert_allclose(V.T @ V, np.eye(2**spins), atol=1e-15)
    np.testing.assert_allclose(V.T @ H @ V, np.diag(levels.floats), atol=2e-15)
    operators = []
    for bath in model.baths:
        parts = [w * at(bath.axis, s, spins) for s, w in bath.couplings]
        operators += parts if model.dissipation == "individual" else [sum(parts)]
    assert len(operators) == len(levels.couplings)
    for coupling, S in zip(levels.couplings, operators, strict=True):
        found = coupling.floats * (1j if coupling.axis == "y" else 1)
        np.testing.assert_allclose(V.T @ S @ V, found, atol=2e-15)
    empty = H[-1, -1]
    assert float(levels.empty_energy.mid()) == pytest.approx(empty, rel=1e-15)


@pytest.mark.parametrize("digits", [20, 50, 200])
def test_energies_are_right_to_the_digits_asked_for(digits):
    levels = solve_levels(xxz_model(4), {**POINT, "epsilon": 0.3}, digits)
    mp.mp.dps = digits + 20
    J, Delta, B = (mp.mpf(POINT[name]) for name in ("J", "Delta", "B0"))
    H = mp.matrix(16, 16)
    for state in range(16):
        z = [1 - 2 * ((state >> (3 - k)) & 1) for k in range(4)]
        H[state, state] = (B * sum(z) + Delta * sum(z[k] * z[k + 1] for k in range(3))) / 2
        for k in range(3):
            if z[k] != z[k + 1]:
                H[state ^ (3 << (2 - k)), state] = J
    exact = sorted(mp.eigsy(H, eigvals_only=True))
    with working_bits(4 * digits + 100):
        for ball, value in zip(sorted(levels.energies, key=by_midpoint), exact, strict=True):
            distance = ball - arb(mp.nstr(value, digits + 15))
            assert abs(distance) < arb(10) ** (-digits)
            assert ball.rad() < arb(10) ** (-digits)


def test_slopes_are_derivatives_of_the_energies():
    point = {**POINT, "epsilon": 0.3}
    levels = solve_levels(xxz_model(4), point)
    assert levels.names == ("J", "Delta", "B0")
    for name, slopes in zip(levels.names, levels.slopes, strict=True):
        step = 1e-6 * point[name]
        above, below = (
            solve_levels(xxz_model(4), {**point, name: point[name] + s}).floats
            for s in (step, -step)
        )
        np.testing.assert_allclose(midpoints(slopes), (above - below) / 2e-6, atol=1e-8)


def test_close_eigenvalues_are_told_apart_and_equal_ones_share_a_basis():
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    with working_bits(500):
        U = ball_matrix(turn)
        for _ in range(6):  # orthonormal to all digits
            U = (U * (3 * ball_matrix(np.eye(6)) - U.transpose() * U) * arb(0.5)).mid()
        tiny = arb(10) ** -40
        wanted = [arb(1), arb(1) + tiny, arb(2), arb(2), arb(3), arb(-4)]
        D = arb_mat(6, 6)
        for k, value in enumerate(wanted):
            D[k, k] = value
        A = U * D * U.transpose()
        energies, vectors, errors = solve_symmetric((A + A.transpose()) * arb(0.5), 300)
        for ball, value in zip(energies, sorted(wanted, key=by_midpoint), strict=True):
            assert (ball - value).contains(0)
            assert ball.rad() < arb(10) ** -85
        V = ball_matrix(vectors)
        residual = object_array(A * V)
        for k, energy in enumerate(energies):
            for i in range(6):
                assert abs(residual[i, k] - energy * vectors[i, k]) < arb(10) ** -80
        assert max(errors) < arb(10) ** -40


@pytest.mark.parametrize("seed", range(6))
def test_levels_that_coincide_exactly_gain_digits_as_fast_as_others(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    block = rng.integers(-5, 6, (4, 4))
    shuffled = rng.permutation(8)
    whole = np.kron(np.eye(2, dtype=int), block + block.T)[np.ix_(shuffled, shuffled)].astype(
        object
    )
    for _ in range(6):
        i, j = rng.choice(8, 2, replace=False)
        # five times a rotation, in integers
        turn = 5 * np.eye(8, dtype=int).astype(object)
        turn[[i, j], [i, j]], turn[i, j], turn[j, i] = 3, 4, -4
        whole = turn @ whole @ turn.T
    rounds = []
    turned = eigen_digits._rotation
    monkeypatch.setattr(
        eigen_digits, "_rotation", lambda T, scale: rounds.append(0) or turned(T, scale)
    )
    with working_bits(2000):
        matrix = arb_mat([[arb(int(x)) for x in row] for row in whole])
        energies, _, _ = solve_symmetric(matrix, 1700)
    assert len(rounds) < 12
    assert all((a - b).contains(0) for a, b in zip(energies[::2], energies[1::2], strict=True))


@pytest.mark.parametrize("J", [1e-6, 1e-30])
def test_levels_that_a_tiny_exchange_splits_are_apart(J):
    levels = solve_levels(xxz_model(4), {"B0": 3.0, "J": J, "Delta": 0.4, "epsilon": 0.3})
    assert all(len(group) == 1 for group in levels.groups)


GROUPS = [
    # structure: no field, no exchange
    (xxz_model(3), {"B0": 0.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.3}, 4),
    (xxz_model(2), {"B0": 2.0, "J": 0.0, "Delta": 0.4, "epsilon": 0.3}, 1),
    (xxz_model(2), {"B0": 2, "J": 0, "Delta": "0.4", "epsilon": 0.3}, 1),
    # modes w1 + w4 = w2 + w3
    (xxz_model(4), {"B0": 2.0, "J": 1.0, "Delta": 0.0, "epsilon": 0.3}, 1),
    (xxz_model(4), {"B0": 2, "J": 1, "Delta": 0, "epsilon": 0.3}, 1),
    # irrational, and so in doubles up to their rounding: sqrt(2) B0 = 2
    (xxz_model(3), {"B0": float(np.sqrt(2.0)), "J": 1.0, "Delta": 0.0, "epsilon": 0.3}, 4),
    # the same numbers exact: not sqrt(2)
    (xxz_model(3), {"B0": Fraction(float(np.sqrt(2.0))), "J": 1, "Delta": 0, "epsilon": 0.3}, 0),
    # exactly equal, or by one part in 10^60 not
    (xxz_model(2), {"B0": 1, "J": "0.7", "Delta": "0.3", "epsilon": 0.3}, 1),
    (
        xxz_model(2),
        {"B0": 1, "J": "0.7", "Delta": Fraction(3, 10) + Fraction(1, 10**60), "epsilon": 0.3},
        0,
    ),
    # within the rounding of floats, and outside
    (xxz_model(2), {"B0": 1.0, "J": 0.7, "Delta": 0.3, "epsilon": 0.3}, 1),
    (xxz_model(2), {"B0": 1.0 + 2.0**-48, "J": 0.7, "Delta": 0.3, "epsilon": 0.3}, 0),
    # a root in the model
    (
        BatteryModel(Chain(2, J=sp.sqrt(2), Delta=0, B0=sp.sqrt(2)), (Bath("L", "T", {1: 1}),)),
        {},
        2,
    ),
]


@pytest.mark.parametrize(("model", "point", "coinciding"), GROUPS)
def test_the_rule_of_coincidence(model, point, coinciding):
    groups = solve_levels(model, point).groups
    assert sum(len(group) - 1 for group in groups) == coinciding
    assert sorted(k for group in groups for k in group) == list(range(2**model.chain.spins))


def test_the_rule_itself():
    one = arb(1)
    assert coincide(one * 2.0**-51, one) is True
    assert coincide(one * 2.0**-50, one) is False
    assert coincide(arb(0), arb(0)) is True
    assert coincide(arb(0, 1e-20), arb(0)) is None
    assert join(5, [(0, 2), (2, 4)]) == [[0, 2, 4], [1], [3]]


def test_distinct_levels_are_counted_exactly():
    values = {("J", i): Fraction(1) for i in range(3)}
    values |= {("Delta", i): Fraction(0) for i in range(3)}
    values |= {("B", i): Fraction(2) for i in range(4)}
    blocks = chain_blocks(4, False, True)
    assert count_distinct(blocks, values) == 15
    values["Delta", 1] = Fraction(1, 10**30)
    assert count_distinct(blocks, values) == 16


def test_numbers_of_a_model_are_exact_as_given():
    chain = Chain(2, J=0.1, Delta="0.1", B0=sp.sqrt(sp.Symbol("g")) + Fraction(1, 3))
    bath = Bath("L", "T", {1: 1}, spectrum=SpectralDensity(3.0))
    inputs = ExactInputs.of(BatteryModel(chain, (bath,)), {"g": 2.0, "T": 1.0})
    assert inputs.value(chain.J[0]) == Fraction(0.1)
    assert inputs.value(chain.Delta[0]) == Fraction(1, 10)
    with working_bits(300):
        field = inputs.value(chain.B0[0])
        assert (field - arb(2).sqrt() - to_ball(Fraction(1, 3))).contains(0)
        assert field.rad() < arb(10) ** -85
    moved = inputs.rounded
    assert moved["g"]["B", 0] == pytest.approx(np.sqrt(2.0) / 2)
    assert set(moved) == {"g"}


@pytest.mark.parametrize("J", [0.5, 1e-3, 1e-4])
def test_energies_of_doubles_and_their_rests_are_right_to_extended_precision(J):
    point = {"J": J, "Delta": 0.3, "B0": 2.0, "epsilon": 0.3}
    exact = solve_levels(xxz_model(6), point)
    numbers = ChainNumbers.of(xxz_model(6).chain, Convert(point))
    found = []
    for charge in range(numbers.charges):
        sector = solve_sector(numbers, charge)
        settle(numbers, sector)
        found += list(zip(sector.energies, sector.rests, strict=True))
    with working_bits(200):
        ordered = sorted(exact.energies, key=by_midpoint)
        for ball, (energy, rest) in zip(ordered, sorted(found), strict=True):
            assert abs(ball - arb(energy) - arb(rest)) < 1e-18


@pytest.mark.parametrize("sign", [1, -1])
def test_a_turned_coupling_is_as_wide_as_its_states_are_doubtful(sign):
    """Whatever its sign; and what then holds zero is told neither from it nor to be it."""
    matrix = np.array([[arb(3 * sign), arb(2 * sign)], [arb(2 * sign), arb(0)]])
    turn = np.array([[arb(1), arb(0)], [arb(0), arb(1)]])
    turned = _turn(Coupling("L", "x", matrix), turn, [arb("1e-3"), arb("1e-2")]).matrix
    assert turned[1, 1].mid() == 0
    assert [turned[1, 1] == 0, turned[1, 1] != 0] == [False, False]
    for (a, b), doubt in {(0, 0): 2e-3, (0, 1): 1.1e-2, (1, 0): 1.1e-2}.items():
        assert turned[a, b].mid() == matrix[a, b]
        assert float(turned[a, b].rad()) >= 3 * doubt
