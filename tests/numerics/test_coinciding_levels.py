"""Coinciding levels of chains: the basis in which populations close, against the full equation.

The judge (conftest.py) solves for all elements of the density matrix from Kronecker products.
"""

from dataclasses import replace

import numpy as np
import pytest

from symqb.models import (
    Bath,
    BatteryModel,
    Chain,
    DegenerateLevelsError,
    SteadyStateError,
    xxz_model,
)
from symqb.numerics import evaluate_chain, full_block
from symqb.numerics.block_elimination import normalise, steady_weights
from symqb.numerics.block_inverse import BlockInverse, small_subspace
from symqb.numerics.block_rates import solve_spectrum
from symqb.numerics.chain_sectors import Convert
from symqb.numerics.full_block import closing_spectrum
from symqb.numerics.observables import heat_currents
from symqb.numerics.pair_blocks import Grouped
from tests.numerics.fock import by_energy_and_population, equal_levels, fock_spectrum

SAME = 1e-9
CONVERT = Convert({})


def battery(chain, left=None, right=None, T=(3.0, 0.4), dissipation="collective", axes="xx"):
    baths = (
        Bath("L", T[0], left or {1: 1, chain.spins: 0.6}, axes[0]),
        Bath("R", T[1], right or {chain.spins: 1}, axes[1]),
    )
    return BatteryModel(chain, baths, 1.0, dissipation)


def solved(model):
    """The closed spectrum, its populations, and those by energy and then size."""
    spectrum = solve_spectrum(model, CONVERT)
    widest = max(float(np.abs(part).max()) for part in spectrum.energies)
    closed = closing_spectrum(model, spectrum, CONVERT, equal_levels(spectrum, 1e-12 * widest))
    weights = steady_weights(
        closed.spectrum.sizes, closed.spectrum.rates, closed.spectrum.ground_sector
    )
    populations = normalise(weights)
    flat = closed.as_before(populations)
    order = by_energy_and_population(np.concatenate(spectrum.energies), flat, SAME)
    return closed, populations, flat[order]


def heat(full):
    """The heat that each bath gives, from the density matrix."""
    energies, rho = np.diag(full.energies), full.density()
    found = []
    for place in range(len(full.baths)):
        flow = 0.0
        for rate, jump in full.jumps(lambda here, w, place=place: float(here == place)):
            square = jump.conj().T @ jump
            change = jump @ rho @ jump.conj().T - (square @ rho + rho @ square) / 2
            flow += rate * np.real(np.trace(energies @ change))
        found.append(flow)
    return found


COINCIDENCES = {
    "tied Fock levels": (Chain(4, 1, 0, 2), {}),
    "tied Fock levels, each site for itself": (Chain(4, 1, 0, 2), {"dissipation": "individual"}),
    "tied Fock levels, along y": (Chain(4, 1, 0, 2), {"axes": "yx"}),
    "baths beside the ends": (Chain(4, 1, 0, 2), {"left": {2: 1}, "right": {4: 1, 3: 0.3}}),
    "modes of opposite frequency": (Chain(3, 1, 0, 0), {"left": {1: 1}, "right": {3: 1}}),
    "modes of opposite frequency, five spins": (
        Chain(4, (1, 0.5, 0.7), 0, (1.5, -1.5, 1.5, -1.5)),
        {},
    ),
    "free spins, one field": (Chain(3, 0, 0, 1.3), {"left": {1: 1, 2: 0.5}, "right": {3: 1, 2: 1}}),
    "free spins, two fields": (Chain(2, 0, 0, (1.3, -1.3)), {}),
    "a pair that commutes": (Chain(2, 0, 0.4, 1.5), {}),
    "charges two apart": (Chain(2, 1, 0.3, (0.4, -0.4)), {"right": {2: 1, 1: 0.3}}),
    "charges two apart, along y": (
        Chain(2, 1, 0.3, (0.4, -0.4)),
        {"right": {2: 1, 1: 0.3}, "axes": "yx"},
    ),
    "a pair with XYZ bond beside a spin in the field of a gap": (
        Chain(3, (0.3, 0), 0, (1.5, 0.5, 1.16**0.5 - 0.34**0.5), eta=(0.4, 0)),
        {"left": {1: 1, 3: 0.5}, "right": {3: 1, 2: 0.4}},
    ),
    "one bath at zero": (Chain(4, 1, 0, 2), {"T": (3.0, 0)}),
    "both baths at zero": (Chain(4, 1, 0, 2), {"T": (0, 0)}),
    "one bath on both ends": (Chain(4, 1, 0, 2), {"right": {1: 1, 4: 1}, "left": {1: 1, 4: 1}}),
    "no field": (Chain(3, 1, 0.4, 0), {}),
    "no field, four spins": (Chain(4, 1, 0.4, 0), {}),
    "a spin on no bath": (Chain(3, (1, 0), 0, (1.3, 1.3, 2)), {"left": {1: 1}, "right": {2: 1}}),
}


@pytest.mark.parametrize("name", COINCIDENCES)
def test_populations_and_currents_are_those_of_the_density_matrix(judge, name):
    chain, options = COINCIDENCES[name]
    model = battery(chain, **options)
    full = judge(model)
    assert np.diff(full.energies).min() < SAME
    if full.steady_states() != 1:
        with pytest.raises(SteadyStateError, match=f"there are {full.steady_states()}"):
            solved(model)
        return
    closed, populations, ordered = solved(model)
    np.testing.assert_allclose(ordered, full.eigenvalues(), atol=1e-11)
    currents = heat_currents(closed.spectrum, populations)
    np.testing.assert_allclose([currents["L"], currents["R"]], heat(full), atol=1e-10)


def test_the_kinds_of_coincidence_are_all_there(judge):
    """Else the test before could pass without a coherence in play."""
    layouts = set()
    for chain, options in COINCIDENCES.values():
        model = battery(chain, **options)
        try:
            closed, *_ = solved(model)
        except SteadyStateError:
            layouts.add("several states")
            continue
        by_charge = len(closed.spectrum.sizes) == chain.spins + 1
        layouts.add((by_charge, closed.expected is not None))
    assert layouts == {"several states", (True, True), (False, True)}


@pytest.mark.parametrize(("spins", "epsilon"), [(4, 0.3), (6, -0.7), (8, 0.3)])
def test_small_populations_keep_their_digits(spins, epsilon):
    """Two ways that share nothing but the elimination: modes, and coherences of levels."""
    chain = Chain(spins, 1, 0, 5.3)
    model = battery(chain, {1: 1, spins: epsilon}, {spins: 1}, T=(3.0, 0.5))
    fock = fock_spectrum(model, {})
    weights = normalise(steady_weights(fock.sizes, fock.rates, fock.ground_sector))
    flat, energies = np.concatenate(weights), np.concatenate(fock.energies)
    expected = flat[by_energy_and_population(energies, flat, SAME)]
    _, _, found = solved(model)
    np.testing.assert_allclose(found, expected, rtol=1e-11)
    assert expected.min() < 1e-4


def test_levels_close_in_charge_and_energy_are_told_apart_by_the_groups_given():
    """Where the caller's rule says apart, no coherence is in play."""
    model = battery(Chain(4, 1, 0, 2))
    spectrum = solve_spectrum(model, CONVERT)
    groups = equal_levels(spectrum, 1e-12)
    assert sorted(map(len, groups))[-1] == 2
    apart = [[k] for k in range(16)]
    together = closing_spectrum(model, spectrum, CONVERT, groups)
    alone = closing_spectrum(model, spectrum, CONVERT, apart)
    assert together.expected is not None
    assert alone.expected is None
    assert alone.spectrum is spectrum


def test_a_coupling_that_hardly_breaks_a_symmetry_is_refused():
    chain = Chain(4, 1, 0, 2)
    ends = {1: 1, 4: 1}
    with pytest.raises(SteadyStateError, match="do not tell from never"):
        solved(battery(chain, ends, {1: 1, 4: 1 + 3e-5}))
    with pytest.raises(SteadyStateError, match="there are 3"):
        solved(battery(chain, ends, ends))
    solved(battery(chain, ends, {1: 1, 4: 1.01}))


def test_what_takes_more_memory_than_there_is_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(full_block, "available_memory", lambda: 90 * 2**20)
    with pytest.raises(
        DegenerateLevelsError, match=r"2 levels coincide .* 17 unknowns .* are free"
    ):
        solved(battery(Chain(4, 1, 0, 2)))


def test_populations_that_disagree_with_the_null_space_are_refused():
    closed, populations, _ = solved(battery(Chain(4, 1, 0, 2)))
    off = [part.copy() for part in populations]
    off[2][0] += 1e-8
    with pytest.raises(SteadyStateError, match=r"differ by 1\.0e-08"):
        closed.as_before(off)


def test_block_inverses_are_those_of_the_whole_matrix():
    rng = np.random.default_rng(1)
    sizes = (2, 3, 1)
    diagonal = [rng.standard_normal((n, n)) - 5 * np.eye(n) for n in sizes]
    above = [rng.standard_normal(shape) for shape in ((2, 3), (3, 1))]
    below = [rng.standard_normal(shape) for shape in ((3, 2), (1, 3))]
    whole = np.zeros((6, 6))
    whole[:2, :2], whole[2:5, 2:5], whole[5:, 5:] = diagonal
    whole[:2, 2:5], whole[2:5, 5:] = above
    whole[2:5, :2], whole[5:, 2:5] = below
    right = rng.standard_normal((6, 2))
    expected = np.linalg.solve(whole - 0.5 * np.eye(6), right)
    found = BlockInverse(diagonal, above, below, 0.5).solve(right)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    values, vectors = small_subspace(diagonal, above, below, count=6, shift=0.0)
    np.testing.assert_allclose(values, np.sort(np.abs(np.linalg.eigvals(whole))), rtol=1e-10)
    assert vectors.shape == (6, 6)


@pytest.mark.slow
def test_five_spins_without_anisotropy_and_a_bath_beside_the_ends(judge):
    model = battery(Chain(5, 1, 0, 2), {1: 1, 5: 0.6}, {5: 1, 2: 0.5})
    _, _, ordered = solved(model)
    np.testing.assert_allclose(ordered, judge(model).eigenvalues(), atol=1e-11)


def test_twelve_spins_without_anisotropy_are_a_product_of_modes():
    """At epsilon = 0 every mode is filled and emptied by itself; levels coincide by the dozen."""
    spins, B0, temperatures = 12, 2.3, (3.0, 0.4)
    point = {"B0": B0, "J": 1.0, "Delta": 0.0, "epsilon": 0.0, "kappa": 1.0}
    found = evaluate_chain(xxz_model(spins), {**point, "T_L": 3.0, "T_R": 0.4})
    k = np.arange(1, spins + 1)
    modes = B0 + 2 * np.cos(np.pi * k / (spins + 1))
    squared = 2 / (spins + 1) * np.sin(np.pi * k / (spins + 1)) ** 2
    down, up = (sum(s * modes / -np.expm1(-s * modes / T) for T in temperatures) for s in (1, -1))
    filled = up / (up + down)
    populations, energies = np.ones(1), np.full(1, -spins * B0 / 2)
    for energy, share in zip(modes, filled, strict=True):
        populations = np.concatenate([populations * (1 - share), populations * share])
        energies = np.concatenate([energies, energies + energy])
    order = by_energy_and_population(energies, populations, SAME)
    np.testing.assert_allclose(found.energies, energies[order], atol=1e-12)
    np.testing.assert_allclose(found.populations, populations[order], rtol=1e-11)
    n_hot = -modes / -np.expm1(modes / 3.0)
    heat = np.sum(squared * modes * (n_hot * (1 - filled) - (n_hot + modes) * filled))
    assert found.heat_current_L == pytest.approx(heat, rel=1e-11)


def test_eight_spins_at_half_the_exchange_reach_equilibrium_and_carry_heat():
    """Delta = J/2: levels coincide from six spins on, and not by free fermions."""
    point = {"B0": 3.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "kappa": 1.0}
    model = xxz_model(8)
    spectrum = solve_spectrum(model, Convert({**point, "T_L": 2.0, "T_R": 2.0}))
    assert max(map(len, equal_levels(spectrum, 1e-12))) > 1
    still = evaluate_chain(model, {**point, "T_L": 2.0, "T_R": 2.0})
    weights = np.exp(-(still.energies - still.energies[0]) / 2.0)
    np.testing.assert_allclose(still.populations, weights / weights.sum(), rtol=1e-10)
    moved = evaluate_chain(model, {**point, "T_L": 3.0, "T_R": 1.0})
    assert moved.heat_current_L == pytest.approx(-moved.heat_current_R, rel=1e-11)
    assert moved.heat_current_L > 0


def test_levels_apart_form_no_group_and_those_together_get_one_energy_and_one_rest():
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.3, "epsilon": 0.5, "T_L": 2.0, "T_R": 1.0, "kappa": 1}
    model = xxz_model(2)
    spectrum = solve_spectrum(model, Convert(point))
    rests = tuple(np.arange(len(part)) + k / 8 for k, part in enumerate(spectrum.energies))
    energies = np.concatenate(spectrum.energies)
    levels = Grouped.of(replace(spectrum, rests=rests), [[3], [2, 1], [0]])
    assert [group.tolist() for group in levels.groups] == [[1, 2]]
    assert levels.energies.tolist() == [energies[0], energies[1], energies[1], energies[3]]
    assert levels.rests.tolist() == [0.0, 0.125, 0.125, 0.25]
    assert [pair.tolist() for pair in levels.pairs(0)] == [[1], [2]]
    assert Grouped.of(spectrum, [[k] for k in range(4)]).groups == ()
