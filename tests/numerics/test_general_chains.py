"""XYZ bonds, sigma_y couplings, other spectral densities: against plain Pauli matrices."""

import numpy as np
import pytest

import symqb
from symqb.models import (
    Bath,
    BatteryModel,
    Chain,
    DomainError,
    NoClosedFormError,
    ParameterError,
    SpectralDensity,
)
from symqb.numerics import evaluate_chain
from symqb.prove.passivity.proofs import decide_passivity


def ohmic(w):
    return w


def pauli_hamiltonian(reference, Jx, Jy, Delta, B):
    spins = len(B)
    total = 0
    for i in range(1, spins):
        for axis, strength in (("x", Jx), ("y", Jy), ("z", Delta)):
            pair = [reference.at_site(reference.PAULI[axis], s, spins) for s in (i, i + 1)]
            total = total + strength[i - 1] * pair[0] @ pair[1]
    for s in range(1, spins + 1):
        total = total + B[s - 1] * reference.at_site(reference.PAULI["z"], s, spins)
    return total / 2


def check(reference, model, H, baths, point):
    found = evaluate_chain(model, {**point, "kappa": 1.0})
    energies, populations = reference.steady_populations(H, baths)
    battery = symqb.Battery(model)
    # the closed form, for two spins
    chosen = {name: value for name, value in point.items() if name in battery.parameters}
    for result in (found, battery.evaluate(**chosen)):
        order = np.argsort(result.energies)
        np.testing.assert_allclose(result.energies[order], energies, atol=1e-12)
        np.testing.assert_allclose(result.populations[order], populations, atol=1e-10)
    return found


@pytest.mark.parametrize("spins", [2, 3, 4, 5])
@pytest.mark.parametrize("axis", ["x", "y"])
def test_xyz_chains_with_unequal_bonds_and_fields(reference, spins, axis):
    rng = np.random.default_rng([spins, ord(axis)])
    Jx, Jy, Delta = rng.uniform(-1, 1, (3, spins - 1))
    B = rng.uniform(0.5, 2, spins)
    chain = Chain.xyz(spins, tuple(Jx), tuple(Jy), tuple(Delta), tuple(B))
    model = BatteryModel(
        chain,
        (Bath("L", "T_L", {1: 1, spins: 0.6}, axis), Bath("R", "T_R", {spins: 1})),
    )
    H = pauli_hamiltonian(reference, Jx, Jy, Delta, B)
    first, last = (reference.at_site(reference.PAULI[axis], s, spins) for s in (1, spins))
    right = reference.at_site(reference.PAULI["x"], spins, spins)
    baths = [([first + 0.6 * last], 2.0, ohmic), ([right], 0.7, ohmic)]
    found = check(reference, model, H, baths, {"T_L": 2.0, "T_R": 0.7})
    assert found.heat_current_L == pytest.approx(-found.heat_current_R, abs=1e-10)


@pytest.mark.parametrize("spins", [3, 4])
def test_uniform_xyz_chains_use_their_mirror_image(reference, spins):
    model = BatteryModel(Chain.xyz(spins), (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {spins: 1})))
    assert model.chain.reflection_symmetric
    assert not model.chain.conserves_magnetization
    point = {"Jx": 1.0, "Jy": 0.3, "Delta": 0.45, "B0": 1.7, "T_L": 3.0, "T_R": 0.5}
    bonds = [np.full(spins - 1, point[name]) for name in ("Jx", "Jy", "Delta")]
    H = pauli_hamiltonian(reference, *bonds, np.full(spins, 1.7))
    ends = [reference.at_site(reference.PAULI["x"], s, spins) for s in (1, spins)]
    found = check(reference, model, H, [([ends[0]], 3.0, ohmic), ([ends[1]], 0.5, ohmic)], point)
    stored = found.populations @ found.energies - np.real(H[-1, -1])
    assert found.stored_energy == pytest.approx(stored)


def test_xyz_with_equal_couplings_is_xxz():
    baths = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {4: 1}))
    point = {"B0": 2.0, "Delta": 0.3, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    plain = evaluate_chain(BatteryModel(Chain(4), baths), {**point, "J": 0.8})
    same = evaluate_chain(BatteryModel(Chain.xyz(4), baths), {**point, "Jx": 0.8, "Jy": 0.8})
    order = np.argsort(same.energies)
    np.testing.assert_allclose(same.populations[order], plain.populations, rtol=1e-11)


@pytest.mark.parametrize(
    ("spectrum", "density"),
    [
        (SpectralDensity(cutoff=5.0), lambda w: w * np.exp(-w / 5)),
        (SpectralDensity(cutoff="w_c", s=3), lambda w: w * (w / 4) ** 2 * np.exp(-w / 4)),
        (SpectralDensity(cutoff=2.0, s=0.5), lambda w: w * (w / 2) ** -0.5 * np.exp(-w / 2)),
        (lambda w: w / (1 + w**2), lambda w: w / (1 + w**2)),
    ],
    ids=["ohmic-cutoff", "super-ohmic", "sub-ohmic", "own"],
)
@pytest.mark.parametrize("spins", [2, 4])
def test_spectral_densities_beyond_the_ohmic_one(reference, spins, spectrum, density):
    model = BatteryModel(
        Chain(spins),
        (Bath("L", "T_L", {1: 1}, spectrum=spectrum), Bath("R", "T_R", {spins: 1})),
    )
    point = {"J": 1.0, "Delta": 0.3, "B0": 2.0, "T_L": 3.0, "T_R": 0.5, "w_c": 4.0}
    bonds = [np.full(spins - 1, x) for x in (1.0, 1.0, 0.3)]
    H = pauli_hamiltonian(reference, *bonds, np.full(spins, 2.0))
    ends = [reference.at_site(reference.PAULI["x"], s, spins) for s in (1, spins)]
    check(reference, model, H, [([ends[0]], 3.0, density), ([ends[1]], 0.5, ohmic)], point)


@pytest.mark.parametrize(
    ("spectrum", "message"),
    [
        (lambda w: -w, "not finite and >= 0"),
        (lambda w: np.ones(7), "not one number for each"),
        (lambda w: np.full_like(w, np.nan), "not finite"),
    ],
)
def test_bad_spectral_densities_are_refused(spectrum, message):
    model = BatteryModel(Chain(2), (Bath("L", "T", {1: 1}, spectrum=spectrum),))
    point = {"J": 1.0, "Delta": 0.3, "B0": 2.0, "T": 3.0, "kappa": 1.0}
    with pytest.raises(DomainError, match=message):
        evaluate_chain(model, point)


def test_a_sub_ohmic_rate_that_diverges_is_refused():
    # E_4 - E_1 = B0 - Delta + J = 0 with these numbers
    spectrum = SpectralDensity(cutoff=2.0, s=0.5)
    model = BatteryModel(Chain(2), (Bath("L", "T", {1: 1}, spectrum=spectrum),))
    point = {"J": 1.0, "Delta": 3.0, "B0": 2.0, "T": 3.0, "kappa": 1.0}
    with pytest.raises(DomainError, match="diverge at a frequency of 0"):
        evaluate_chain(model, point)


@pytest.mark.parametrize(
    "chain",
    [Chain.xyz(3, 1.0, 0.4, 0.3, 2.0), Chain(3, J=(1.0, 0.7), Delta=0.3, B0=2.0)],
    ids=["xyz", "unequal-bonds"],
)
def test_short_chains_without_a_closed_form_evaluate_all_the_same(chain):
    model = BatteryModel(chain, (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {chain.spins: 1})))
    found = symqb.Battery(model).evaluate(T_L=[1.0, 3.0], T_R=1.0)
    direct = evaluate_chain(model, {"T_L": 3.0, "T_R": 1.0, "kappa": 1.0})
    assert found.ergotropy[1] == direct.ergotropy
    assert found.smallest_gap[1] == direct.smallest_gap
    weights = np.exp(-(found.energies[0] - found.energies[0].min()))
    np.testing.assert_allclose(found.populations[0], weights / weights.sum(), rtol=1e-12)


@pytest.mark.parametrize("arguments", [{"cutoff": 0.0}, {"cutoff": -1}, {"cutoff": 1.0, "s": 0}])
def test_spectral_densities_check_themselves(arguments):
    with pytest.raises(DomainError, match="not positive"):
        SpectralDensity(**arguments)


def test_a_spectrum_of_the_wrong_kind_is_refused():
    with pytest.raises(ParameterError, match="none of these"):
        Bath("L", "T", {1: 1}, spectrum="ohmic")


@pytest.mark.parametrize(
    "model",
    [
        BatteryModel(Chain.xyz(2), (Bath("L", "T", {1: 1}),)),
        BatteryModel(Chain(2), (Bath("L", "T", {1: 1}, "y"),)),
        BatteryModel(Chain(2), (Bath("L", "T", {1: 1}, spectrum=SpectralDensity(3.0)),)),
    ],
    ids=["xyz", "sigma_y", "spectrum"],
)
def test_certificates_of_passivity_are_for_the_model_of_the_paper(model):
    with pytest.raises(NoClosedFormError):
        decide_passivity(model, {})
