"""Populations in the Fock basis of chains without anisotropy, against the full Lindblad equation.

The reference (``judge`` in conftest.py) knows nothing of fermions: Kronecker products, one jump
operator for each bath and frequency, and all elements of the density matrix.
"""

from dataclasses import replace

import numpy as np
import pytest

from symqb import SpectralDensity
from symqb.models import Bath, BatteryModel, Chain, xxz_model
from symqb.numerics.block_elimination import normalise, steady_weights
from symqb.numerics.block_rates import solve_spectrum
from symqb.numerics.chain_sectors import Convert
from symqb.numerics.free_fermions import fock_levels
from tests.numerics.fock import by_energy_and_population, fock_spectrum

SAME = 1e-9


def solved(spectrum):
    """Populations of all levels in the order of the spectrum's sectors."""
    weights = steady_weights(spectrum.sizes, spectrum.rates, spectrum.ground_sector)
    return np.concatenate(normalise(weights))


def compare(judge, model, density=lambda place, w: 1.0):
    """The largest difference of an eigenvalue of the density matrix, level by level."""
    full = judge(model)
    spectrum = fock_spectrum(model, {})
    assert spectrum is not None
    populations = solved(spectrum)
    levels = np.concatenate(spectrum.energies)
    order = by_energy_and_population(levels, populations, SAME)
    np.testing.assert_allclose(levels[order], full.energies, atol=1e-11)
    return float(np.abs(populations[order] - full.eigenvalues(density)).max())


def battery(spins, B0, epsilon, dissipation="collective", J=1.0, T=(3.0, 0.4)):
    baths = (Bath("L", T[0], {1: 1, spins: epsilon}), Bath("R", T[1], {spins: 1}))
    return BatteryModel(Chain(spins, J, 0, B0), baths, 1.0, dissipation)


@pytest.mark.parametrize("epsilon", [0.0, 0.6, 1.0, -1.0])
@pytest.mark.parametrize("dissipation", ["collective", "individual"])
@pytest.mark.parametrize("spins", [2, 3, 4])
def test_uniform_chains_give_the_eigenvalues_of_the_density_matrix(
    judge, spins, dissipation, epsilon
):
    assert compare(judge, battery(spins, 1.3, epsilon, dissipation, -0.8)) < 1e-11


def test_five_spins_with_coinciding_levels_and_a_coupled_far_end(judge):
    assert compare(judge, battery(5, 2.0, 0.6)) < 1e-11


@pytest.mark.parametrize("axes", ["xy", "yx", "yy"])
@pytest.mark.parametrize("dissipation", ["collective", "individual"])
def test_bonds_fields_axes_weights_and_densities_of_their_own(judge, axes, dissipation):
    density = SpectralDensity(cutoff=5.0, s=3)
    model = BatteryModel(
        Chain(4, (0.7, -1.2, 0.5), 0, (1.1, -0.4, 0.9, 1.7)),
        (
            Bath("L", 2.5, {1: 1, 4: 0.6}, axes[0]),
            Bath("R", 0.7, {1: 0.8, 4: -0.3}, axes[1], density),
            Bath("Q", 1.2, {4: 0.2}),
        ),
        1.0,
        dissipation,
    )

    def over_ohmic(place, w):
        return (w / 5.0) ** 2 * np.exp(-w / 5.0) if place == 1 else 1.0

    assert compare(judge, model, over_ohmic) < 1e-11


@pytest.mark.parametrize("spins", [2, 5])
def test_a_mode_at_zero_frequency_keeps_its_populations(judge, spins):
    """B0 = J: one of the modes has omega = 0, where A(0) is one Hermitian operator."""
    assert compare(judge, battery(spins, 1.0, 0.4)) < 1e-11


def test_zero_temperature_and_a_cut_chain_close_as_well(judge):
    model = BatteryModel(
        Chain(4, (0.7, 0, -0.9), 0, (1.2, 0.5, 0.8, 1.5)),
        (Bath("L", 2.0, {1: 1}), Bath("R", 0, {4: 1})),
        1.0,
    )
    assert compare(judge, model) < 1e-11


REFUSED = {
    "two modes of opposite frequency": (Chain(3, 1, 0, 0), {1: 1}, {3: 1}),
    "a bath beside the ends": (Chain(3, 1, 0, 1.3), {2: 1}, {3: 1}),
    "anisotropy": (Chain(3, 1, (0, 1e-30), 1.3), {1: 1}, {3: 1}),
    "free spins on one operator": (Chain(2, 0, 0, 1.3), {1: 1, 2: 0.5}, {2: 1}),
    "a mode that no bath moves": (Chain(3, (1, 0), 0, 1.3), {1: 1}, {1: 0.5}),
    "a mode moved in one parity alone": (Chain(3, 1, 0, 1.3), {1: 1, 3: 1}, {1: 0.5, 3: 0.5}),
    "a zero mode and one end": (Chain(2, 1, 0, 1.0), {1: 1}, {1: 0.7}),
    "a zero mode and two pieces, an end each": (
        Chain(4, (0.5, 0, -1), 0, (2, 1.3, 0.5, 2)),
        {1: 0.3},
        {4: 1},
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_it_does_not_apply_where_coherences_matter(reason):
    chain, left, right = REFUSED[reason]
    model = BatteryModel(chain, (Bath("L", 2.0, left), Bath("R", 1.0, right)), 1.0)
    assert fock_spectrum(model, {}) is None


def test_coherences_of_a_zero_mode_on_one_end_indeed_never_decay(judge):
    def states(site):
        baths = (Bath("L", 2.0, {1: 1}), Bath("R", 1.0, {site: 0.7}))
        return judge(BatteryModel(Chain(2, 1, 0, 1.0), baths, 1.0)).steady_states()

    assert states(1) > 1
    assert states(2) == 1
    chain, left, right = REFUSED["a zero mode and two pieces, an end each"]
    model = BatteryModel(chain, (Bath("L", 2.0, left), Bath("R", 1.0, right)), 1.0)
    assert judge(model).steady_states() == 2


def test_a_density_that_vanishes_at_a_mode_leaves_its_coherences():
    def vanishing(w):
        return w * (np.abs(w - 0.3) > 1e-9)

    def model(density):
        baths = (Bath("L", 2.0, {1: 1}, "x", density), Bath("R", 1.0, {2: 1}, "x", density))
        return BatteryModel(Chain(2, 1, 0, 1.3), baths, 1.0)

    assert fock_spectrum(model(vanishing), {}) is None
    assert fock_spectrum(model(lambda w: w), {}) is not None


def test_a_frequency_that_is_zero_by_rounding_meets_the_density_at_zero():
    """b c = J^2 for decimals, and to a rounding for doubles: one mode's energy is 0."""
    density = SpectralDensity(cutoff=5.0, s=1.5)
    baths = (Bath("L", 2.0, {1: 1}, "x", density), Bath("R", 1.0, {2: 1}))
    model = BatteryModel(Chain(2, "J", 0, ("b", "c")), baths, 1.0)

    def smallest(c):
        return fock_spectrum(model, {"J": 0.2, "b": 0.4, "c": c}).squared[0]["L"].min()

    assert smallest(0.1) == 0
    assert smallest(0.1 + 1e-12) > 0


def test_a_mode_at_zero_that_no_density_moves_is_left_alone():
    density = SpectralDensity(cutoff=5.0, s=1.5)
    baths = (Bath("L", 2.0, {1: 1}, "x", density), Bath("R", 1.0, {2: 1}, "x", density))
    chain = Chain(2, "J", 0, ("b", "c"))
    point = {"J": 0.5, "b": 0.5, "c": 0.5}
    assert fock_spectrum(BatteryModel(chain, baths, 1.0), point) is None
    assert fock_spectrum(BatteryModel(chain, baths, 1.0), {**point, "c": 0.6}) is not None


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
    fock, whole = fock_spectrum(model, point), solve_spectrum(model, Convert(point))
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


@pytest.mark.parametrize("eta", [0.4, "eta"])
def test_a_chain_that_mixes_charges_has_no_fock_basis_of_fixed_charge(eta):
    """Not even where its eta happens to be 0: elsewhere it has two sectors, and keeps them."""
    baths = (Bath("L", 2.0, {1: 1}), Bath("R", 1.0, {6: 1}))
    model = BatteryModel(Chain(6, 1.0, 0, 2.0, eta), baths, 1.0)
    assert fock_levels(model, {"eta": 0.0}) is None
    assert fock_levels(replace(model, chain=Chain(6, 1.0, 0, 2.0)), {}) is not None
