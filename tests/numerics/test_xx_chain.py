"""Chains without anisotropy by their modes, against the engine and the full Lindblad equation.

The reference for up to five spins knows nothing of modes, nor of symqb: Kronecker products of Pauli
matrices, one jump operator for each bath and frequency, all elements of the density matrix.
"""

from functools import reduce

import mpmath
import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import (
    AbsentError,
    Bath,
    BatteryModel,
    Chain,
    DegenerateLevelsError,
    DomainError,
    NoClosedFormError,
    ParameterError,
    SpectralDensity,
    SteadyStateError,
)
from symqb.derive.free_fermions import mode_battery, one_particle_matrix, uniform_modes
from symqb.models import xxz_model
from symqb.numerics import evaluate_chain
from symqb.numerics.fermion_modes import uneven_modes, uniform_circle
from symqb.numerics.two_floats import add_pairs, multiply_pairs
from symqb.xx_chain import XXChain, xx_chain

PAULI = {
    "x": np.array([[0.0, 1.0], [1.0, 0.0]]),
    "y": np.array([[0.0, -1.0j], [1.0j, 0.0]]),
    "z": np.diag([1.0, -1.0]),
}
SUMS = ("stored_energy", "capacity", "charge")
FLOWS = ("heat_current_L", "heat_current_R", "entropy_production")


def on_site(axis, site, spins):
    parts = [PAULI[axis] if k == site else np.eye(2) for k in range(spins)]
    return reduce(np.kron, parts)


def hamiltonian(fields, bonds):
    spins = len(fields)
    total = sum(B * on_site("z", k, spins) for k, B in enumerate(fields))
    for k, J in enumerate(bonds):
        for axis in "xy":
            total = total + J * on_site(axis, k, spins) @ on_site(axis, k + 1, spins)
    return np.real(total) / 2


def thermal(w, T):
    if T == 0 or abs(w) < 1e-9:
        return max(w, 0.0) if abs(w) >= 1e-9 else T
    return w / -np.expm1(-w / T)


def lindblad(H, baths):
    """Steady density matrix and the heat from every bath, in the energy basis; baths are (S, T)."""
    energies, states = np.linalg.eigh(H)
    size, one = len(energies), np.eye(len(energies))
    parts = []
    for S, T in baths:
        elements = states.T @ S @ states
        lost, generator = np.zeros((size, size)), np.zeros((size**2, size**2))
        gaps = energies[None, :] - energies[:, None]
        moved = np.abs(elements) > 1e-13
        ordered = np.sort(gaps[moved])
        for group in np.split(ordered, np.flatnonzero(np.diff(ordered) > 1e-9) + 1):
            w = group.mean()
            A = np.where(moved & (np.abs(gaps - w) < 1e-8), elements, 0.0)
            generator += thermal(w, T) * np.kron(A, A)
            lost += thermal(w, T) * A.T @ A
        parts.append(generator - (np.kron(lost, one) + np.kron(one, lost)) / 2)
    free = np.kron(np.diag(energies), one) - np.kron(one, np.diag(energies))
    total = sum(parts) - 1j * free
    total[0] = one.ravel()
    right = np.zeros(size**2, dtype=complex)
    right[0] = 1.0
    rho = np.linalg.solve(total, right)
    heat = [float(np.real(np.diag(energies).ravel() @ (part @ rho))) for part in parts]
    return energies, rho.reshape(size, size), heat


def point(rng, **more):
    found = {
        "B0": rng.uniform(0.2, 4),
        "J": rng.uniform(0.3, 1) * rng.choice([-1, 1]),
        "T_L": 10 ** rng.uniform(-0.3, 1.3),
        "T_R": 10 ** rng.uniform(-0.3, 1.3),
    }
    return found | more


@pytest.mark.parametrize("spins", range(2, 11))
def test_modes_give_what_the_engine_gives(spins):
    rng = np.random.default_rng(spins)
    for _ in range(3):
        at = point(rng)
        chain = xx_chain(spins)
        found, levels = chain.evaluate(**at), chain.fock(**at)
        engine = evaluate_chain(xxz_model(spins), at | {"Delta": 0.0, "epsilon": 0.0, "kappa": 1.0})
        scale = np.abs(engine.energies).max()
        np.testing.assert_allclose(
            np.sort(levels.energies), np.sort(engine.energies), atol=1e-14 * scale
        )
        # whatever levels coincide, the same populations are there
        np.testing.assert_allclose(
            np.sort(levels.populations), np.sort(engine.populations), rtol=1e-12
        )
        for name in SUMS:
            assert found[name] == pytest.approx(engine[name], rel=1e-12, abs=1e-13 * scale)
        for name in FLOWS:
            assert found[name] == pytest.approx(engine[name], rel=1e-12)
        free = engine.ergotropy + engine.exergy
        assert found.free_energy == pytest.approx(free, rel=1e-12, abs=1e-13 * scale)


@pytest.mark.parametrize("spins", [2, 3, 4, 5])
def test_modes_give_the_steady_state_of_the_full_lindblad_equation(spins):
    rng = np.random.default_rng([spins, 5])
    cases = [point(rng) for _ in range(5 if spins < 5 else 2)]
    cases += [point(rng, T_R=0.0), {"B0": 2.0, "J": 1.0, "T_L": 5.0, "T_R": 1.0}]
    for at in cases[: 3 if spins == 5 else None]:
        H = hamiltonian([at["B0"]] * spins, [at["J"]] * (spins - 1))
        ends = (on_site("x", 0, spins), at["T_L"]), (on_site("x", spins - 1, spins), at["T_R"])
        energies, rho, heat = lindblad(H, ends)
        found, levels = xx_chain(spins).evaluate(**at), xx_chain(spins).fock(**at)
        np.testing.assert_allclose(np.sort(levels.energies), energies, atol=1e-12)
        np.testing.assert_allclose(np.sort(levels.populations), np.linalg.eigvalsh(rho), atol=1e-12)
        np.testing.assert_allclose([found.heat_current_L, found.heat_current_R], heat, atol=1e-12)
        energy = np.real(np.trace(rho @ np.diag(energies)))
        assert found.energy == pytest.approx(energy, abs=1e-12)


def test_bonds_fields_weights_and_several_baths_of_their_own():
    """Against the full Lindblad equation; two baths share an end, one couples through sigma_y."""
    fields, bonds = (1.1, -0.4, 0.9, 1.7), (0.7, -1.2, 0.5)
    baths = (
        Bath("L", 2.5, {1: 1}),
        Bath("Q", 1.2, {1: 0.6}, "y"),
        Bath("R", 0.7, {4: "w"}),
    )
    chain = XXChain(BatteryModel(Chain(4, bonds, 0, fields), baths, 1.0))
    operators = [
        (on_site("x", 0, 4), 2.5),
        (0.6 * on_site("x", 0, 4), 1.2),
        (-0.8 * on_site("x", 3, 4), 0.7),
    ]
    energies, rho, heat = lindblad(hamiltonian(fields, bonds), operators)
    found, levels = chain.evaluate(w=-0.8), chain.fock(w=-0.8)
    order = np.argsort(levels.energies)
    np.testing.assert_allclose(levels.energies[order], energies, atol=1e-13)
    np.testing.assert_allclose(levels.populations[order], np.real(np.diag(rho)), atol=1e-12)
    currents = [found[f"heat_current_{name}"] for name in "LQR"]
    np.testing.assert_allclose(currents, heat, atol=1e-12)
    assert sum(currents) == pytest.approx(0, abs=1e-15)


def test_a_spectral_density_of_its_own_is_that_of_the_engine():
    density = SpectralDensity(cutoff="w_c", s=3)
    baths = Bath("L", "T", {1: 1}, "x", density), Bath("R", 1.0, {6: 1})
    model = BatteryModel(Chain(6, "J", 0, "B0"), baths, 1.0)
    at = {"J": 0.7, "B0": 2.0, "T": 3.0, "w_c": 5.0}
    found, engine = XXChain(model).evaluate(**at), evaluate_chain(model, at)
    for name in (*SUMS, *FLOWS):
        assert found[name] == pytest.approx(engine[name], rel=1e-12)


def test_a_uniform_chain_is_one_whose_bonds_are_all_alike():
    """The closed form against the elimination of the one-particle matrix."""
    spins, at = 40, {"T_L": 3.0, "T_R": 0.5}
    values = (0.9,) * 39, (1.7,) * 40
    model = XXChain(BatteryModel(Chain(spins, *(values[0], 0, values[1])), _ends(spins), 1.0)).model
    closed, solved = XXChain(model), uneven_modes(model, at)
    order = np.argsort(closed.evaluate(**at).frequencies)
    np.testing.assert_allclose(
        solved.frequencies[0], closed.evaluate(**at).frequencies[order], rtol=1e-15
    )
    amplitude = uniform_circle(spins)[1][order]
    np.testing.assert_allclose(np.abs(solved.first), amplitude, rtol=1e-13)
    np.testing.assert_allclose(np.abs(solved.last), amplitude, rtol=1e-13)


def _ends(spins):
    return Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {spins: 1})


def test_small_amplitudes_keep_their_digits():
    """A chain whose far end is hardly reached, against sixty digits."""
    bonds, fields = (1e-3, 0.5, 1e-4, 0.2, 1e-3), (1.0, 2.0, 1.7, 0.4, 2.6, 3.1)
    model = BatteryModel(Chain(6, bonds, 0, fields), _ends(6), 1.0)
    found = uneven_modes(model, {"T_L": 1.0, "T_R": 1.0})
    with mpmath.workdps(60):
        h = mpmath.diag([mpmath.mpf(B) for B in fields])
        for k, J in enumerate(bonds):
            h[k, k + 1] = h[k + 1, k] = mpmath.mpf(J)
        values, vectors = mpmath.eigsy(h)
        for site, got in ((0, found.first), (5, found.last)):
            exact = np.array([float(abs(vectors[site, k])) for k in range(6)])
            assert exact.min() < 1e-10
            np.testing.assert_allclose(np.abs(got), exact, rtol=1e-14)
        for k in range(6):
            error = values[k] - found.frequencies[0][k] - found.frequencies[1][k]
            assert abs(error) < mpmath.mpf("1e-29")


def test_modes_too_close_for_doubles_are_solved_with_digits_or_refused():
    """Two equal halves joined by next to nothing: pairs of modes split by 1e-13."""

    def chain(spins):
        bonds = tuple(1e-13 if k == spins // 2 - 1 else 1.0 for k in range(spins - 1))
        fields = tuple(3.0 + 0.01 * min(k, spins - 1 - k) for k in range(spins))
        return XXChain(BatteryModel(Chain(spins, bonds, 0, fields), _ends(spins), 1.0))

    short = chain(4).evaluate(T_L=3.0, T_R=1.0)
    engine = evaluate_chain(chain(4).model, {"T_L": 3.0, "T_R": 1.0})
    assert short.heat_current_L == pytest.approx(engine.heat_current_L, rel=1e-12)
    with pytest.raises(DegenerateLevelsError, match="take at most 40 spins"):
        chain(50).evaluate(T_L=3.0, T_R=1.0)


def test_currents_do_not_cancel_and_vanish_at_equal_temperatures():
    chain = xx_chain(300)
    at = {"B0": 2.5, "J": 1.0}
    still = chain.evaluate(T_L=1.5, T_R=1.5, **at)
    assert still.heat_current_L == still.heat_current_R == still.entropy_production == 0.0
    nearly = chain.evaluate(T_L=1.5 * (1 + 2.0**-40), T_R=1.5, **at)
    exact = chain.evaluate(
        T_L=sp.Rational(3, 2) * (1 + sp.Rational(1, 2**40)),
        T_R=sp.Rational(3, 2),
        B0=sp.Rational(5, 2),
        J=1,
        digits=20,
        outputs=["heat_current_L", "entropy_production"],
    )
    for name in exact:
        assert nearly[name] > 0
        assert nearly[name] == pytest.approx(float(exact[name]), rel=1e-13)


def test_a_frequency_near_zero_keeps_its_digits():
    """B0 + 2 J cos: where the terms nearly cancel the difference is still right to a rounding."""
    root = float(np.sqrt(2))
    found = xx_chain(3).evaluate(B0=root, J=1.0, T_L=2.0, T_R=1.0, outputs="frequencies")
    with mpmath.workdps(40):
        exact = mpmath.mpf(root) + 2 * mpmath.cos(3 * mpmath.pi / 4)
    # not below the rounding of B0: this mode counts as one of frequency zero
    assert abs(exact) < 4 * 2.0**-53 * root
    assert found.frequencies[2] == 0.0
    beside = root + 1e-12
    with mpmath.workdps(40):
        exact = mpmath.mpf(beside) + 2 * mpmath.cos(3 * mpmath.pi / 4)
    found = xx_chain(3).evaluate(B0=beside, J=1.0, T_L=2.0, T_R=1.0)
    assert found.frequencies[2] == pytest.approx(float(exact), rel=1e-15)


@pytest.mark.parametrize("spins", [2, 5])
def test_a_mode_at_zero_frequency_is_half_full_as_in_the_engine(spins):
    at = {"B0": 1.0, "J": 1.0, "T_L": 3.0, "T_R": 0.4}
    found = xx_chain(spins).evaluate(**at)
    engine = evaluate_chain(xxz_model(spins), at | {"Delta": 0.0, "epsilon": 0.0, "kappa": 1.0})
    assert np.sum(found.occupations == 0.5) == 1
    for name in (*SUMS, *FLOWS):
        assert found[name] == pytest.approx(engine[name], rel=1e-12)
    exact = xx_chain(spins).evaluate(B0=1, J=1, T_L=3, T_R="0.4", digits=30)
    assert float(exact.heat_current_L) == pytest.approx(found.heat_current_L, rel=1e-13)


REFUSED = {
    "opposite frequencies": ({"B0": 0.0}, DegenerateLevelsError, "omega_2 = -omega_3"),
    "an accidental coincidence": ({"B0": 0.5}, DegenerateLevelsError, "move off the point"),
    "a bond of zero": ({"J": 0.0}, DomainError, "cuts the chain"),
    "a negative temperature": ({"T_L": -1.0}, DomainError, "temperatures must be >= 0"),
    "kappa zero": ({"kappa": 0.0}, DomainError, "dissipation strength"),
    "not a number": ({"B0": float("nan")}, DomainError, "not finite"),
    "an unknown name": ({"Delta": 0.0}, ParameterError, "unknown parameter 'Delta'"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refused_with_value_rule_and_remedy(reason):
    changed, error, message = REFUSED[reason]
    at = {"B0": 2.0, "J": 1.0, "T_L": 3.0, "T_R": 1.0} | changed
    with pytest.raises(error, match=message):
        xx_chain(4).evaluate(**at)
    arrays = {name: np.array([2.7 if name == "B0" else 1.0, v]) for name, v in at.items()}
    with pytest.raises(error, match=message):
        xx_chain(4).evaluate(**arrays)


def test_a_point_of_many_says_which_it_is():
    with pytest.raises(DegenerateLevelsError, match=r"B0=0.0.* at index \(1, 0\)"):
        xx_chain(4).evaluate(B0=[[2.0], [0.0]], J=[1.0, 0.5], T_L=3.0, T_R=1.0)


def test_exact_coincidences_are_told_from_near_ones():
    """B0 = 1/2, N = 4: omega_2 + omega_4 = 2 B0 + 2 J (cos(2 pi/5) + cos(4 pi/5)) = 0."""
    at = {"J": 1, "T_L": 3, "T_R": 1, "digits": 20}
    with pytest.raises(DegenerateLevelsError, match="omega_2 = -omega_4"):
        xx_chain(4).evaluate(B0=sp.Rational(1, 2), **at)
    beside = xx_chain(4).evaluate(B0="0.50000000000000000001", **at)
    assert beside.heat_current_L > 0


def test_a_mode_at_zero_is_refused_where_a_cold_bath_does_not_move_it():
    at = {"B0": 1.0, "J": 1.0, "T_L": 3.0}
    with pytest.raises(SteadyStateError, match="a mode has frequency 0"):
        xx_chain(5).evaluate(T_R=0.0, **at)
    with pytest.raises(SteadyStateError, match="a mode has frequency 0"):
        xx_chain(5).evaluate(T_R=0, digits=20, **at)


MODELS = {
    "anisotropy": (Chain(3, 1, (0, 0.1), 2), {1: 1}, {3: 1}, "Delta=0.1 of a bond"),
    "a bond that pairs": (Chain(3, 1, 0, 2, 0.1), {1: 1}, {3: 1}, "eta=0.1 of a bond"),
    "a bath inside": (Chain(3, 1, 0, 2), {2: 1}, {3: 1}, "every bath is on site 1 alone"),
    "a bath on both ends": (Chain(3, 1, 0, 2), {1: 1, 3: 0.5}, {3: 1}, "epsilon = 0"),
    "one spin": (Chain(1, 1, 0, 2), {1: 1}, {1: 1}, "two spins or more"),
}


@pytest.mark.parametrize("reason", MODELS)
def test_a_model_that_is_no_such_chain_is_refused(reason):
    chain, left, right, message = MODELS[reason]
    model = BatteryModel(chain, (Bath("L", 2.0, left), Bath("R", 1.0, right)), 1.0)
    with pytest.raises(ParameterError, match=message):
        XXChain(model)


def test_a_python_density_has_no_formula():
    baths = Bath("L", 2.0, {1: 1}, spectrum=lambda w: w), Bath("R", 1.0, {3: 1})
    with pytest.raises(NoClosedFormError, match="SpectralDensity"):
        XXChain(BatteryModel(Chain(3, 1, 0, 2), baths, 1.0))


def test_cold_baths_give_the_limit():
    at = {"B0": 1.3, "J": 1.0}
    both = xx_chain(6).evaluate(T_L=0.0, T_R=0.0, **at)
    np.testing.assert_array_equal(both.occupations, (both.frequencies < 0).astype(float))
    assert both.heat_current_L == 0
    one = xx_chain(6).evaluate(T_L=2.0, T_R=0.0, **at)
    engine = evaluate_chain(
        xxz_model(6), at | {"T_L": 2.0, "T_R": 0.0, "Delta": 0.0, "epsilon": 0.0, "kappa": 1.0}
    )
    assert one.entropy_production == engine.entropy_production == np.inf
    assert one.heat_current_L == pytest.approx(engine.heat_current_L, rel=1e-12)


@pytest.mark.parametrize("T", [(1e-4, 1e-5), (1e-4, 0.0), (0.0, 0.0), (0.0, 2e-4)])
def test_frozen_modes_are_those_of_the_closed_form(T):
    at = {"B0": 1.3, "J": 1.0, "T_L": T[0], "T_R": T[1]}
    found = xx_chain(3).evaluate(**at)
    engine = symqb.xxz_battery(3).evaluate(Delta=0.0, epsilon=0.0, **at)
    for name in (*SUMS, *FLOWS):
        assert found[name] == pytest.approx(engine[name], rel=1e-13, abs=0)
    assert found.free_energy == pytest.approx(engine.ergotropy + engine.exergy, rel=1e-13)
    arrays = xx_chain(3).evaluate(**at | {"T_L": [T[0], 3.0]})
    assert arrays.energy[0] == found.energy
    assert arrays.heat_current_L[1] > 0


def test_the_charge_is_absent_where_the_empty_chain_is_the_top_level():
    at = {"B0": -5.0, "J": 1.0, "T_L": 2.0, "T_R": 1.0}
    found = xx_chain(4).evaluate(**at)
    assert "charge" in found.absent
    with pytest.raises(AbsentError, match="no charge here"):
        _ = found.charge
    with pytest.raises(AbsentError, match="raise the field"):
        xx_chain(4).evaluate(outputs="charge", **at)


def test_arrays_and_digits_give_what_single_points_give():
    chain = xx_chain(7)
    B0, T = np.array([[2.0], [0.3]]), np.array([1.0, 3.0, 0.4])
    found = chain.evaluate(B0=B0, J=-0.7, T_L=T, T_R=1.0)
    assert found.frequencies.shape == found.occupations.shape == (2, 3, 7)
    for i, j in np.ndindex(2, 3):
        at = {"B0": B0[i, 0], "J": -0.7, "T_L": T[j], "T_R": 1.0}
        one, exact = chain.evaluate(**at), chain.evaluate(digits=20, **at)
        for name in chain.outputs:
            np.testing.assert_allclose(found[name][i, j], one[name], rtol=2e-15)
            many = [float(x) for x in np.atleast_1d(np.array(exact[name], dtype=object))]
            np.testing.assert_allclose(np.atleast_1d(one[name]), many, rtol=2e-14)


def test_numbers_and_expressions_of_a_model_are_taken_as_they_are():
    J = sp.Symbol("a") ** 2 / 3
    named = xx_chain(3, J=J, B0="1.1").evaluate(a=1.5, T_L=2.0, T_R=1.0)
    plain = xx_chain(3).evaluate(B0=1.1, J=0.75, T_L=2.0, T_R=1.0)
    assert named.heat_current_L == pytest.approx(plain.heat_current_L, rel=1e-15)
    at = {"T_L": 2.0, "T_R": 1.0}
    assert (named.frequencies.shape, XXChain(xx_chain(3).model).parameters) == (
        (3,),
        ("B0", "J", "T_L", "T_R", "kappa"),
    )
    odd = xx_chain(2, J="omega", B0="g_L").evaluate(omega=1.0, g_L=3.0, **at)
    assert odd.energy == xx_chain(2).evaluate(J=1.0, B0=3.0, **at).energy


def test_a_thousand_spins_are_the_integral_over_the_band():
    """Energy a spin of a long chain: the mean of -w/2 (1 - 2 f(w)) over the angles of its band."""
    at = {"B0": 2.5, "J": 1.0, "T_L": 3.0, "T_R": 1.0}
    found = xx_chain(1000).evaluate(**at)
    assert found.occupations.shape == (1000,)
    with mpmath.workdps(20):

        def of_mode(angle):
            w = 2.5 + 2 * mpmath.cos(angle)
            wide = [w * mpmath.coth(w / (2 * T)) for T in (3, 1)]
            return -(w**2) / sum(wide)

        mean = mpmath.quad(of_mode, [0, mpmath.pi]) / mpmath.pi
    assert found.energy / 1000 == pytest.approx(float(mean), abs=1e-3)
    assert found.heat_current_L == pytest.approx(-found.heat_current_R, rel=1e-14)


def test_the_hamiltonian_is_the_sum_over_the_modes_of_the_one_particle_matrix():
    """Jordan and Wigner, exactly, for four sites with every bond and field its own."""
    bonds, fields = sp.symbols("a b c"), sp.symbols("p q r s")
    matrix = one_particle_matrix(Chain(4, bonds, 0, fields))
    lower, z, one = sp.Matrix([[0, 0], [1, 0]]), sp.diag(1, -1), sp.eye(2)

    def kron(parts):
        return reduce(sp.kronecker_product, parts)

    c = [kron([-z] * k + [lower] + [one] * (3 - k)) for k in range(4)]
    total = sum((matrix[i, j] * c[i].T * c[j] for i in range(4) for j in range(4)), sp.zeros(16))
    total -= sp.eye(16) * sum(fields) / 2
    whole = symqb.Battery(BatteryModel(Chain(4, bonds, 0, fields), _ends(4))).hamiltonian
    assert sp.simplify(total - whole) == sp.zeros(16)


@pytest.mark.parametrize("spins", [2, 3, 4, 7])
def test_uniform_modes_solve_the_one_particle_matrix(spins):
    J, B0 = sp.symbols("J B0")
    modes = uniform_modes(spins, J, B0)
    matrix = one_particle_matrix(Chain(spins, "J", 0, "B0"))
    at = {J: sp.Rational(7, 10), B0: sp.Rational(13, 10)}
    for k in range(1, spins + 1):
        vector = sp.Matrix(
            [modes.amplitude.subs({modes.k: k, modes.site: j}) for j in range(1, spins + 1)]
        )
        frequency = modes.frequency.subs(modes.k, k)
        rest = (matrix * vector - frequency * vector).subs(at)
        assert max(abs(sp.N(x, 40)) for x in rest) < 1e-38
        assert abs(sp.N(vector.dot(vector) - 1, 40)) < 1e-38


def test_the_formulas_are_what_is_evaluated():
    chain = xx_chain(5)
    at = {"B0": 1.7, "J": -0.6, "T_L": 2.0, "T_R": 0.9, "kappa": 0.3}
    found, modes, formulas = chain.evaluate(**at), chain.modes, chain.formulas
    mode = mode_battery(chain.model)
    values = {sp.Symbol(name): value for name, value in at.items()}
    total = 0.0
    for k in range(1, 6):
        frequency = modes.frequency.subs({modes.k: k}).subs(values)
        ends = {
            name: modes.amplitude.subs({modes.k: k, modes.site: 1 if mode.first[bath] else 5})
            for bath, name in mode.amplitudes.items()
        }
        symbols = values | {sp.Symbol(name): value for name, value in ends.items()}
        symbols[sp.Symbol(mode.frequency)] = frequency
        assert found.frequencies[k - 1] == pytest.approx(float(frequency), rel=1e-14)
        occupation = float(formulas.occupation.subs(symbols).evalf(30))
        assert found.occupations[k - 1] == pytest.approx(occupation, rel=1e-13)
        total += float(formulas.heat_current["L"].subs(symbols).evalf(30))
    assert found.heat_current_L == pytest.approx(total, rel=1e-13)


def test_latex_names_modes_and_sums():
    text = xx_chain(5).latex()
    assert r"\omega_k &= B_0 + 2 J \cos{\left(\frac{\pi k}{6} \right)}" in text
    assert r"\dot{Q}_{L} &= \sum_k \omega_k \frac{A_{k,L} E_{k,R} - E_{k,L} A_{k,R}}" in text
    assert "v_{k,3}" in xx_chain(3, J=("a", "b")).latex()
    with pytest.raises(NoClosedFormError, match="one J and one B0 for all"):
        _ = xx_chain(3, J=("a", "b")).modes


def test_too_many_states_or_spins_are_refused():
    at = {"B0": 2.0, "J": 1.0, "T_L": 3.0, "T_R": 1.0}
    with pytest.raises(DomainError, match=r"2\*\*21 states"):
        xx_chain(21).fock(**at)
    with pytest.raises(DomainError, match="at most 3000"):
        xx_chain(3001, J=(1,) * 2999 + (2,)).evaluate(B0=2.0, T_L=3.0, T_R=1.0)
    with pytest.raises(DomainError, match="take too long"):
        xx_chain(50, J=(1,) * 48 + (2,)).evaluate(B0=3, T_L=3, T_R=1, digits=20)


def test_pairs_of_doubles_hold_twice_the_digits():
    rng = np.random.default_rng(3)
    a, b = (
        (high, high * 2.0**-54 * rng.uniform(-1, 1, 50)) for high in rng.uniform(-1, 1, (2, 50))
    )
    with mpmath.workdps(50):
        for made, exact in ((add_pairs(a, b), mpmath.fadd), (multiply_pairs(a, b), mpmath.fmul)):
            for k in range(50):
                x, y = (mpmath.mpf(p[0][k]) + mpmath.mpf(p[1][k]) for p in (a, b))
                error = abs(mpmath.mpf(made[0][k]) + mpmath.mpf(made[1][k]) - exact(x, y))
                assert error <= mpmath.mpf("1e-31")
