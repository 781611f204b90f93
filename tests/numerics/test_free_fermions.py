"""Populations in the Fock basis of chains without anisotropy, against the full Lindblad equation.

The reference knows nothing of fermions: Kronecker products, one jump operator for each bath and
frequency, and the null space of the generator on all elements of the density matrix.
"""

from functools import reduce

import numpy as np
import pytest

from symqb import SpectralDensity
from symqb.models import Bath, BatteryModel, Chain, xxz_model
from symqb.numerics.block_elimination import normalise, steady_weights
from symqb.numerics.block_rates import solve_spectrum
from symqb.numerics.chain_sectors import converter
from symqb.numerics.free_fermions import by_energy_and_population, fock_spectrum

SAME = 1e-9
PAULI = {
    "x": np.array([[0.0, 1.0], [1.0, 0.0]]),
    "y": np.array([[0.0, -1.0j], [1.0j, 0.0]]),
    "z": np.diag([1.0, -1.0]),
}


def on_site(axis, site, spins):
    return reduce(np.kron, [PAULI[axis] if k == site else np.eye(2) for k in range(1, spins + 1)])


def hamiltonian(fields, J):
    spins = len(fields)
    total = sum(B * on_site("z", k, spins) for k, B in enumerate(fields, 1))
    for k, strength in enumerate(J, 1):
        for axis in "xy":
            total = total + strength * on_site(axis, k, spins) @ on_site(axis, k + 1, spins)
    return np.real(total) / 2


def phi(w, T):
    if abs(w) < SAME:
        return T
    if T == 0:
        return max(w, 0.0)
    return w / -np.expm1(-w / T)


def generator(H, baths):
    """Energies and the generator on all of rho, row-major; baths are (operators, T, J(w)/w)."""
    energies, states = np.linalg.eigh(H)
    unit = np.eye(len(energies))
    gaps = np.subtract.outer(energies, energies).T
    total = -1j * (np.kron(np.diag(energies), unit) - np.kron(unit, np.diag(energies)))
    for operators, T, density in baths:
        for S in operators:
            elements = states.conj().T @ S @ states
            found = np.sort(gaps[np.abs(elements) > 1e-13])
            cuts = np.flatnonzero(np.diff(found) > SAME) + 1
            for group in np.split(found, cuts) if len(found) else []:
                w = float(group.mean())
                jump = np.where(np.abs(gaps - w) <= SAME, elements, 0.0)
                square = jump.conj().T @ jump
                part = np.kron(jump, jump.conj())
                part -= (np.kron(square, unit) + np.kron(unit, square.T)) / 2
                total += phi(w, T) * density(abs(w)) * part
    return energies, total


def steady_states(H, baths):
    """How many steady states there are."""
    singular = np.linalg.svd(generator(H, baths)[1], compute_uv=False)
    return int(np.sum(singular < 1e-9 * singular[0]))


def judged(H, baths):
    """Energies and the one steady density matrix in the energy basis."""
    energies, total = generator(H, baths)
    size, first = len(energies), total[0].copy()
    # one equation follows from the others; the trace takes its place
    total[0] = np.eye(size).ravel()
    rho = np.linalg.solve(total, np.eye(1, size**2).ravel())
    assert np.abs(first @ rho) < 1e-12
    assert np.abs(rho).max() < 1 + 1e-9
    return energies, rho.reshape(size, size)


def solved(spectrum):
    """Populations of all levels in the order of the spectrum's sectors."""
    weights = steady_weights(spectrum.sizes, spectrum.rates, spectrum.ground_sector)
    return np.concatenate(normalise(weights))


def compare(model, point, H, baths):
    """The largest difference of an eigenvalue of the density matrix, cluster by cluster."""
    energies, rho = judged(H, baths)
    spectrum = fock_spectrum(model, point)
    assert spectrum is not None
    populations = solved(spectrum)
    levels = np.concatenate(spectrum.energies)
    order = by_energy_and_population(levels, populations, SAME)
    np.testing.assert_allclose(levels[order], energies, atol=1e-11)
    cuts = np.flatnonzero(np.diff(energies) > SAME) + 1
    expected = np.concatenate(
        [np.linalg.eigvalsh(rho[np.ix_(c, c)]) for c in np.split(np.arange(len(energies)), cuts)]
    )
    return float(np.abs(populations[order] - expected).max())


def ohmic(w):
    return 1.0


def ends(spins, point, dissipation, axes="xx"):
    first, last = on_site(axes[0], 1, spins), point["epsilon"] * on_site(axes[0], spins, spins)
    left = [first + last] if dissipation == "collective" else [first, last]
    right = [on_site(axes[1], spins, spins)]
    return [(left, point["T_L"], ohmic), (right, point["T_R"], ohmic)]


@pytest.mark.parametrize("epsilon", [0.0, 0.6, 1.0, -1.0])
@pytest.mark.parametrize("dissipation", ["collective", "individual"])
@pytest.mark.parametrize("spins", [2, 3, 4])
def test_uniform_chains_give_the_eigenvalues_of_the_density_matrix(spins, dissipation, epsilon):
    point = {"B0": 1.3, "J": -0.8, "Delta": 0.0, "epsilon": epsilon, "T_L": 3.0, "T_R": 0.4}
    H = hamiltonian([1.3] * spins, [-0.8] * (spins - 1))
    model = xxz_model(spins, dissipation)
    worst = compare(model, {**point, "kappa": 1.0}, H, ends(spins, point, dissipation))
    assert worst < 1e-11


def test_five_spins_with_coinciding_levels_and_a_coupled_far_end():
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.0, "epsilon": 0.6, "T_L": 3.0, "T_R": 1.0}
    H = hamiltonian([2.0] * 5, [1.0] * 4)
    found = compare(xxz_model(5), {**point, "kappa": 1.0}, H, ends(5, point, "collective"))
    assert found < 1e-11


@pytest.mark.parametrize("axes", ["xy", "yx", "yy"])
@pytest.mark.parametrize("dissipation", ["collective", "individual"])
def test_bonds_fields_axes_weights_and_densities_of_their_own(axes, dissipation):
    fields, J, weights = (1.1, -0.4, 0.9, 1.7), (0.7, -1.2, 0.5), (0.8, -0.3)
    density = SpectralDensity(cutoff=5.0, s=3)
    model = BatteryModel(
        Chain(4, J, 0, fields),
        (
            Bath("L", 2.5, {1: 1, 4: 0.6}, axes[0]),
            Bath("R", 0.7, {1: weights[0], 4: weights[1]}, axes[1], density),
            Bath("Q", 1.2, {4: 0.2}),
        ),
        1.0,
        dissipation,
    )
    sites = [(("L", 0), (1.0, 0.6)), (("R", 1), weights)]
    operators = [
        [w * on_site(axes[place], s, 4) for s, w in zip((1, 4), pair, strict=True)]
        for (_, place), pair in sites
    ]
    if dissipation == "collective":
        operators = [[sum(pair)] for pair in operators]
    baths = [
        (operators[0], 2.5, ohmic),
        (operators[1], 0.7, lambda w: (w / 5.0) ** 2 * np.exp(-w / 5.0)),
        ([0.2 * on_site("x", 4, 4)], 1.2, ohmic),
    ]
    assert compare(model, {}, hamiltonian(fields, J), baths) < 1e-11


def test_a_mode_at_zero_frequency_keeps_its_populations():
    """B0 = J: the fourth mode of five spins has omega = 0, and A(0) is one Hermitian operator."""
    for spins, B0, epsilon in ((2, 1.0, 0.5), (5, 1.0, 0.3)):
        point = {"B0": B0, "J": 1.0, "Delta": 0.0, "epsilon": epsilon, "T_L": 3.0, "T_R": 1.0}
        H = hamiltonian([B0] * spins, [1.0] * (spins - 1))
        baths = ends(spins, point, "collective")
        assert compare(xxz_model(spins), {**point, "kappa": 1.0}, H, baths) < 1e-11


def test_zero_temperature_and_a_cut_chain_close_as_well():
    model = BatteryModel(
        Chain(4, (0.7, 0, -0.9), 0, (1.2, 0.5, 0.8, 1.5)),
        (Bath("L", 2.0, {1: 1}), Bath("R", 0, {4: 1})),
        1.0,
    )
    H = hamiltonian((1.2, 0.5, 0.8, 1.5), (0.7, 0, -0.9))
    baths = [([on_site("x", 1, 4)], 2.0, ohmic), ([on_site("x", 4, 4)], 0, ohmic)]
    assert compare(model, {}, H, baths) < 1e-11


REFUSED = {
    "two modes of opposite frequency": (Chain(3, 1, 0, 0), {1: 1}, {3: 1}),
    "a bath beside the ends": (Chain(3, 1, 0, 1.3), {2: 1}, {3: 1}),
    "anisotropy": (Chain(3, 1, (0, 1e-30), 1.3), {1: 1}, {3: 1}),
    "free spins on one operator": (Chain(2, 0, 0, 1.3), {1: 1, 2: 0.5}, {2: 1}),
    "a mode that no bath moves": (Chain(3, (1, 0), 0, 1.3), {1: 1}, {1: 0.5}),
    "a mode moved in one parity alone": (Chain(3, 1, 0, 1.3), {1: 1, 3: 1}, {1: 0.5, 3: 0.5}),
    "a zero mode and one end": (Chain(2, 1, 0, 1.0), {1: 1}, {1: 0.7}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_it_does_not_apply_where_coherences_matter(reason):
    chain, left, right = REFUSED[reason]
    model = BatteryModel(chain, (Bath("L", 2.0, left), Bath("R", 1.0, right)), 1.0)
    assert fock_spectrum(model, {}) is None


def test_coherences_of_a_zero_mode_on_one_end_indeed_never_decay():
    baths = [([on_site("x", 1, 2)], 2.0, ohmic), ([0.7 * on_site("x", 1, 2)], 1.0, ohmic)]
    H = hamiltonian((1.0, 1.0), (1.0,))
    assert steady_states(H, baths) > 1
    baths[1] = ([on_site("x", 2, 2)], 1.0, ohmic)
    assert steady_states(H, baths) == 1


def test_a_density_that_vanishes_at_a_mode_leaves_its_coherences():
    def vanishing(w):
        return w * (np.abs(w - 0.3) > 1e-9)

    def model(density):
        baths = (Bath("L", 2.0, {1: 1}, "x", density), Bath("R", 1.0, {2: 1}, "x", density))
        return BatteryModel(Chain(2, 1, 0, 1.3), baths, 1.0)

    assert fock_spectrum(model(vanishing), {}) is None
    assert fock_spectrum(model(lambda w: w), {}) is not None


def test_modes_a_rounding_apart_count_as_one():
    """The modes of two spins are opposite where the fields are: here to a rounding of both."""
    point = {"J": 0.1, "Delta": 0.0, "epsilon": 0.5, "T_L": 2.0, "T_R": 1.0, "kappa": 1.0}
    chain = Chain(2, "J", "Delta", ("b", "c"))
    model = BatteryModel(chain, (Bath("L", "T_L", {1: 1, 2: "epsilon"}), Bath("R", "T_R", {2: 1})))
    assert fock_spectrum(model, {**point, "b": 0.3, "c": -(0.1 + 0.2)}) is None
    assert fock_spectrum(model, {**point, "b": 0.3, "c": -(0.3 + 1e-12)}) is not None


@pytest.mark.parametrize("spins", [2, 3, 5, 6])
@pytest.mark.parametrize("J", [1.0, -0.7])
def test_levels_parities_and_elements_are_those_of_the_sectors(spins, J):
    point = {"B0": 1.37, "J": J, "Delta": 0.0, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    model = xxz_model(spins)
    fock, whole = fock_spectrum(model, point), solve_spectrum(model, converter(point))
    assert fock.empty_energy == pytest.approx(whole.empty_energy, rel=1e-15)
    for k in range(spins + 1):
        np.testing.assert_allclose(fock.energies[k], whole.energies[k], atol=1e-13)
        np.testing.assert_array_equal(fock.parities[k], whole.parities[k])
    for k in range(spins):
        for name in "LR":
            # in whatever basis of a degenerate level, what one level passes on is the same
            assert fock.squared[k][name].sum() == pytest.approx(whole.squared[k][name].sum())


def test_weights_that_cancel_leave_exact_zeros_and_those_that_nearly_do_stay():
    def left(epsilon):
        point = {"B0": 1.3, "J": 1.0, "Delta": 0.0, "epsilon": epsilon, "T_L": 1.0, "T_R": 1.0}
        return fock_spectrum(xxz_model(3), {**point, "kappa": 1.0}).squared[0]["L"].ravel()

    assert sorted(left(1.0) == 0) == [False, False, True]
    nearly = left(1.0 - 2**-40).min()
    assert nearly == pytest.approx(0.5 * 2.0**-80, rel=1e-12)
