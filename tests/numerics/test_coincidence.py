"""Coinciding levels: how many steady states there are, and which, against the whole generator.

The judge is a Lindblad superoperator of Kronecker products over all pairs of levels, its jump
operators grouped by frequency, and its null space from singular values.
"""

import re

import mpmath as mp
import numpy as np
import pytest
from flint import arb

import symqb
from symqb.models import (
    Bath,
    BatteryModel,
    Chain,
    DegenerateLevelsError,
    SteadyStateError,
    xxz_model,
)
from symqb.numerics import evaluate_chain
from symqb.numerics.ball_engine import evaluate_balls
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.chain import _in_doubles, evaluate_chain_digits
from symqb.numerics.long_chain import UndecidedError
from symqb.numerics.not_unique import NotUniqueError
from symqb.numerics.zero_block import rank
from symqb.program.contexts import working_bits

SAME = 1e-9
EPS = 2.0**-53
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


def values(model, point):
    def convert(value):
        return point[value] if isinstance(value, str) else float(value)

    chain, spins = model.chain, model.chain.spins
    H = sum(convert(B) * at("z", k, spins) for k, B in enumerate(chain.fields, 1))
    for k, (J, Delta) in enumerate(chain.bonds, 1):
        for axis, strength in (("x", J), ("y", J), ("z", Delta)):
            H = H + convert(strength) * at(axis, k, spins) @ at(axis, k + 1, spins)
    baths = []
    for bath in model.baths:
        parts = [convert(w) * at(bath.axis, s, spins) for s, w in bath.couplings]
        together = model.dissipation == "collective"
        baths.append(([sum(parts)] if together else parts, convert(bath.temperature)))
    return np.asarray(H) / 2, baths


def phi(w, T):
    if T == 0:
        return max(w, 0.0)
    return T if abs(w) < SAME else w / -np.expm1(-w / T)


def superoperator(H, baths):
    """Over all pairs of levels, row-major, and how each bath changes the energy."""
    energies, states = np.linalg.eigh(H)
    unit = np.eye(len(energies))
    gaps = energies[None, :] - energies[:, None]
    total = -1j * (np.kron(np.diag(energies), unit) - np.kron(unit, np.diag(energies)))
    currents = []
    frequencies = np.sort(gaps.ravel())
    groups = np.split(frequencies, np.flatnonzero(np.diff(frequencies) > SAME) + 1)
    for operators, T in baths:
        part = np.zeros_like(total)
        for S in operators:
            elements = states.conj().T @ S @ states
            for group in groups:
                w = float(group.mean())
                A = np.where(np.abs(gaps - w) < 2 * SAME, elements, 0.0)
                square = A.conj().T @ A
                part += phi(w, T) * (
                    np.kron(A, A.conj()) - (np.kron(square, unit) + np.kron(unit, square.T)) / 2
                )
        total = total + part
        currents.append(part.T @ np.diag(energies).reshape(-1))
    return energies, states, total, currents


def null_space(total):
    _, singular, right = np.linalg.svd(total)
    return right[singular < 1e-10 * singular[0]].conj()


def steady(total, size):
    (vector,) = null_space(total)
    rho = vector.reshape(size, size)
    return rho / np.trace(rho)


def ends(spins, axis="x"):
    return (Bath("L", "T_L", {1: 1}, axis), Bath("R", "T_R", {spins: 1}))


HOT = {"T_L": 3.0, "T_R": 1.0, "epsilon": 0.3, "kappa": 1.0}
COINCIDING = {
    "no exchange": (xxz_model(2), {"B0": 1.5, "J": 0.0, "Delta": 0.4}),
    "no exchange, individual": (xxz_model(2, "individual"), {"B0": 1.5, "J": 0.0, "Delta": 0.4}),
    "no exchange, three": (xxz_model(3), {"B0": 1.5, "J": 0.0, "Delta": 0.4}),
    "no field": (xxz_model(2), {"B0": 0.0, "J": 1.0, "Delta": 0.4}),
    "no field, three": (xxz_model(3), {"B0": 0.0, "J": 1.0, "Delta": 0.4}),
    "no field by name": (
        BatteryModel(Chain(3, B0=("B1", "B2", "B3")), ends(3)),
        {"B1": 0.0, "B2": 0.0, "B3": 0.0, "J": 1.0, "Delta": 0.4},
    ),
    "nothing but the field": (xxz_model(2), {"B0": 1.5, "J": 0.0, "Delta": 0.0}),
    "nothing but the field, three": (xxz_model(3), {"B0": 1.5, "J": 0.0, "Delta": 0.0}),
    "zero mode": (xxz_model(2), {"B0": 1.0, "J": 1.0, "Delta": 0.0}),
    "zero mode, one bath": (
        BatteryModel(Chain(2), (Bath("L", "T_L", {1: 1}),)),
        {"B0": 1.0, "J": 1.0, "Delta": 0.0},
    ),
    "zero mode, no epsilon": (xxz_model(2, epsilon=0), {"B0": 1.0, "J": 1.0, "Delta": 0.0}),
    "crossing of neighbours": (xxz_model(2), {"B0": 1.5, "J": 1.0, "Delta": 0.5}),
    "crossing, y axis": (BatteryModel(Chain(2), ends(2, "y")), {"B0": 1.5, "J": 1.0, "Delta": 0.5}),
    "modes of opposite frequency": (xxz_model(3), {"B0": 2**0.5, "J": 1.0, "Delta": 0.0}),
    "isotropic": (xxz_model(3), {"B0": 0.5, "J": 1.0, "Delta": 1.0}),
    "dark state": (
        BatteryModel(Chain(2), (Bath("L", "T_L", {1: 1, 2: 1}),)),
        {"B0": 2.0, "J": 1.0, "Delta": 0.4},
    ),
    "a spin apart": (
        BatteryModel(Chain(3, J=("J", 0), Delta=("Delta", 0)), ends(3)),
        {"B0": 2.0, "J": 1.0, "Delta": 0.4},
    ),
    "a spin on no bath": (
        BatteryModel(Chain(3, J=("J", 0), Delta=("Delta", 0)), (Bath("L", "T_L", {1: 1}),)),
        {"B0": 2.0, "J": 1.0, "Delta": 0.4},
    ),
    "cold": (xxz_model(2), {"B0": 1.5, "J": 0.0, "Delta": 0.4, "T_L": 0.0, "T_R": 0.0}),
    "cold, no field": (xxz_model(2), {"B0": 0.0, "J": 1.0, "Delta": 0.4, "T_L": 0.0, "T_R": 0.0}),
}


@pytest.mark.parametrize("case", COINCIDING)
def test_as_many_steady_states_as_the_whole_generator_has(case):
    model, given = COINCIDING[case]
    point = {**HOT, **given}
    H, baths = values(model, point)
    energies, states, total, currents = superoperator(H, baths)
    count = len(null_space(total))
    if count > 1:
        with pytest.raises(NotUniqueError, match=f"not unique: there are {count}[,;]"):
            evaluate_chain(model, point)
        with pytest.raises(NotUniqueError, match=f"not unique: there are {count}[,;]"):
            evaluate_chain_digits(model, 20, point)
        assert len(symqb.numerics.steady_states(model, point)) == count
        return
    found = evaluate_chain(model, point)
    rho = steady(total, len(energies))
    bare = states @ rho @ states.conj().T
    eigenvalues = np.sort(np.linalg.eigvalsh(rho))
    np.testing.assert_allclose(np.sort(found.populations), eigenvalues, atol=1e-13)
    stored = np.real(np.trace(bare @ H)) - H[-1, -1].real
    assert found.stored_energy == pytest.approx(stored, abs=1e-12)
    assert found.ergotropy == pytest.approx(symqb.ergotropy(bare, H), abs=1e-12)
    for name, row in zip([bath.name for bath in model.baths], currents, strict=True):
        heat = np.real(row @ rho.reshape(-1))
        assert found[f"heat_current_{name}"] == pytest.approx(heat, abs=1e-12)
    assert len(symqb.numerics.steady_states(model, point)) == 1


def test_the_cases_have_both_one_and_several_steady_states():
    counts = set()
    for model, given in COINCIDING.values():
        counts.add(len(null_space(superoperator(*values(model, {**HOT, **given}))[2])))
    assert counts == {1, 2}


def test_three_names_given_zero_are_one_name_given_zero():
    named = BatteryModel(Chain(3, B0=("B1", "B2", "B3")), ends(3))
    messages = []
    for model, fields in (
        (named, {"B1": 0.0, "B2": 0.0, "B3": 0.0}),
        (BatteryModel(Chain(3), ends(3)), {"B0": 0.0}),
        (BatteryModel(Chain(3, B0=0), ends(3)), {}),
    ):
        with pytest.raises(SteadyStateError, match="there are 2") as caught:
            evaluate_chain(model, {**HOT, **fields, "J": 1.0, "Delta": 0.4})
        # levels have other labels where there is no closed form
        messages.append(re.sub(r"levels \d and \d", "levels", caught.value.args[0]))
    assert len(set(messages)) == 1


@pytest.mark.parametrize("step", [0.0, 1e-15, 1e-12, 1e-9, 1e-3])
def test_the_diagnostics_know_the_gap_that_the_populations_know(step):
    """Levels 1 and 3 cross at B0 = Delta + J; there is no jump between together and apart."""
    point = {**HOT, "J": 1.0, "Delta": 0.5, "B0": 1.5 + step}
    found = evaluate_chain(xxz_model(2), point)
    assert found.secular_ratio == pytest.approx(
        1 / min(found.smallest_gap, found.smallest_frequency_difference)
    )
    assert found.smallest_gap == pytest.approx(2.0, rel=1e-2)
    near = {**HOT, "J": step, "Delta": 0.5, "B0": 1.5}
    if step:
        assert evaluate_chain(xxz_model(2), near).smallest_gap == pytest.approx(2 * step)


@pytest.mark.parametrize("spins", [2, 3, 4])
def test_a_tiny_exchange_is_not_none(spins):
    """The limit J -> 0 is not the value at J = 0."""
    point = {**HOT, "B0": 3.0, "Delta": 0.4}
    answers = [evaluate_chain(xxz_model(spins), {**point, "J": J}) for J in (1e-9, 1e-12, 1e-40)]
    for other in answers[1:]:
        np.testing.assert_allclose(other.populations, answers[0].populations, rtol=1e-6)
    if spins == 2:
        at_zero = evaluate_chain(xxz_model(spins), {**point, "J": 0.0})
        assert abs(at_zero.heat_current_L - answers[0].heat_current_L) > 1e-3
    else:
        with pytest.raises(SteadyStateError, match="not unique"):
            evaluate_chain(xxz_model(spins), {**point, "J": 0.0})


def promise(found, point):
    coldest = min(point["T_L"], point["T_R"])
    return EPS * (len(found.energies) + 4 * np.abs(found.energies).max() / coldest)


def disordered(rng, spins):
    fields = rng.uniform(1, 2) + rng.choice([1e-6, 1e-3, 1.0], spins) * rng.uniform(0, 1, spins)
    J = rng.uniform(0.1, 1, spins - 1) * rng.choice([1e-2, 0.1, 1], spins - 1)
    Delta = rng.uniform(-1, 1, spins - 1)
    chain = Chain(spins, J=tuple(J), Delta=tuple(Delta), B0=tuple(fields))
    return BatteryModel(chain, (Bath("L", "T_L", {1: 1, spins: 0.4}), Bath("R", "T_R", {spins: 1})))


@pytest.mark.parametrize("seed", range(4))
def test_doubles_keep_the_promise_for_populations_of_uneven_chains(seed):
    """Without the step that refines levels the worst of these is 26 times the promise."""
    rng = np.random.default_rng(seed)
    model, point = disordered(rng, 6), {"T_L": 3.0, "T_R": 0.8, "kappa": 1.0}
    found, _ = _in_doubles(model, point, None)
    exact, _ = evaluate_balls(model, point)
    error = np.abs(found.populations / exact.populations - 1).max()
    assert error < promise(exact, point)


@pytest.mark.parametrize(
    "changed", [{"J": 0.01}, {"Delta": 0.5}, {"Delta": 0.0}, {"epsilon": 1e-7}, {"T_L": 1.1}]
)
def test_every_output_of_six_spins_in_doubles_is_that_of_balls(changed):
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.3, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0}
    point |= {"kappa": 0.7, **changed}
    found, refused = _in_doubles(xxz_model(6), point, None)
    exact, _ = evaluate_balls(xxz_model(6), point)
    np.testing.assert_allclose(found.energies, exact.energies, atol=4e-15)
    np.testing.assert_allclose(found.populations, exact.populations, rtol=2e-14)
    for name in exact:
        if name in refused:
            continue
        tolerance = 1e-3 if name in symqb.numerics.DISTANCES else 1e-10
        assert found[name] == pytest.approx(exact[name], rel=tolerance, abs=1e-18)


@pytest.mark.parametrize("J", [1e-3, 1e-6])
def test_levels_too_close_for_doubles_are_solved_in_balls(J):
    """Levels of six spins that a small exchange splits by less than a rounding of doubles."""
    point = {"B0": 2.0, "J": J, "Delta": 0.3, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    with pytest.raises(UndecidedError):
        _in_doubles(xxz_model(6), point, None)
    found = evaluate_chain(xxz_model(6), point)
    exact = evaluate_chain_digits(xxz_model(6), 30, point)
    populations = np.array([float(p) for p in exact.populations])
    np.testing.assert_allclose(found.populations, populations, rtol=1e-15)
    with pytest.raises(DegenerateLevelsError, match="too close for doubles"):
        evaluate_chain(xxz_model(9), point)


def test_digits_beyond_the_closed_forms_are_right():
    point = {"B0": "3.1", "J": 1, "Delta": "0.3", "epsilon": "0.4", "T_L": 3, "T_R": 1, "kappa": 1}
    model = xxz_model(5)
    few, many = (evaluate_chain_digits(model, digits, point) for digits in (30, 60))
    for name in few:
        pairs = zip(np.ravel(few[name]), np.ravel(many[name]), strict=True)
        for a, b in pairs:
            with mp.workdps(70):
                assert abs(mp.mpf(a) - mp.mpf(b)) <= abs(mp.mpf(b)) * mp.mpf(10) ** -29


def test_a_python_function_as_density_gives_doubles_and_no_digits():
    bath = Bath("L", "T_L", {1: 1}, spectrum=lambda w: w * np.exp(-w))
    model = BatteryModel(Chain(2), (bath, Bath("R", "T_R", {2: 1})))
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.3, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    found = evaluate_chain(model, point)
    assert found.heat_current_L == pytest.approx(-found.heat_current_R, rel=1e-14)
    with pytest.raises(symqb.models.NoClosedFormError, match="Python function"):
        evaluate_chain_digits(model, 30, point)


@pytest.mark.parametrize("spins", [2, 6])
def test_a_temperature_below_zero_is_refused_in_every_engine(spins):
    import sympy as sp

    warm, step = sp.symbols("T_M DeltaT")
    baths = (Bath("L", warm - step / 2, {1: 1}), Bath("R", warm + step / 2, {spins: 1}))
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.3, "T_M": 1.0, "DeltaT": 4.0, "kappa": 1.0}
    with pytest.raises(symqb.models.DomainError, match="temperatures must be >= 0"):
        evaluate_chain(BatteryModel(Chain(spins), baths), point)
    with pytest.raises(symqb.models.DomainError, match="strength must be > 0"):
        evaluate_chain(BatteryModel(Chain(spins), baths, kappa=-warm), {**point, "DeltaT": 1.0})


@pytest.mark.parametrize("spins", [2, 4, 9])
def test_energies_and_capacity_need_no_single_steady_state(spins):
    point = {**HOT, "B0": 0.0, "J": 1.0, "Delta": 0.4}
    with pytest.raises(NotUniqueError):
        evaluate_chain(xxz_model(spins), point)
    found = evaluate_chain(xxz_model(spins), point, outputs=("energies", "capacity"))
    H, _ = values(xxz_model(spins), point)
    np.testing.assert_allclose(np.sort(found.energies), np.linalg.eigvalsh(H), atol=1e-13)
    assert found.capacity == pytest.approx(np.linalg.eigvalsh(H)[-1] - H[-1, -1].real, abs=1e-13)


def slow_between_fast(slow):
    """A rate equation in balls: two pairs of levels, slow rates between them."""
    third = arb(1) / 3
    rates = {(1, 0): third, (0, 1): third * 2, (3, 2): third * 5, (2, 3): third * 7}
    found = np.full((4, 4), arb(0), dtype=object)
    for (to, source), rate in {**rates, (2, 1): slow, (1, 2): 2 * slow}.items():
        found[to, source] += rate
        found[source, source] -= rate
    return found


def test_slow_rates_are_counted_or_ask_for_more_digits():
    with working_bits(200), pytest.raises(MoreDigitsError):
        rank(slow_between_fast(arb(10) ** -100))
    with working_bits(800):
        assert rank(slow_between_fast(arb(10) ** -100)) == 3
        assert rank(slow_between_fast(arb(0))) == 2
