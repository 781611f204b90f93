"""Temperatures, coherence and ergotropy read off a steady state, against their definitions."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.linalg
import sympy as sp

from symqb import AbsentError, Bath, Jump, OpenSystem, Register, System
from tests.systems.cases import Case, drawn, hopping, numbers
from tests.systems.test_open_systems import maser, qubit_qutrit, truncated_jaynes_cummings

PAIR = Register(2, 2)
W, V, G, F = sp.symbols("w v g f")


def tilted() -> Case:
    """Two unlike qubits whose own fields are not along z, driven by jumps of the first."""
    H = W * PAIR.number(1) + F * PAIR.x(1) + V * PAIR.number(2) + G * PAIR.z(1) * PAIR.z(2)
    jumps = [Jump(PAIR.minus(1), "a"), Jump(PAIR.plus(1), "b"), Jump(PAIR.minus(2), "c")]
    jumps.append(Jump(PAIR.plus(2), "d"))
    ends = dict.fromkeys("wvgfabcd", (0.2, 2.0))
    return Case(System(H + G * hopping(PAIR, 1, 2), [], jumps=jumps, register=PAIR), ends)


def traced(matrix: Any, sizes: tuple[int, ...], site: int) -> Any:
    """The trace over all sites but one."""
    shape = (math.prod(sizes[:site]), sizes[site], math.prod(sizes[site + 1 :]))
    return np.einsum("axbayb->xy", matrix.reshape(shape * 2))


def own_ergotropy(rho: Any, h: Any) -> float:
    falling = np.sort(np.linalg.eigvalsh(rho))[::-1]
    return float(np.trace(rho @ h).real - np.linalg.eigvalsh(h) @ falling)


def own_temperature(rho: Any, h: Any) -> float:
    energies, states = np.linalg.eigh(h)
    below, above = np.diag(states.conj().T @ rho @ states).real
    return float((energies[1] - energies[0]) / np.log(below / above))


def entropy(rho: Any) -> float:
    values = np.linalg.eigvalsh(rho)
    return float(-sum(x * np.log(x) for x in values if x > 0))


@lru_cache(maxsize=8)
def held_case(made: Any, *sizes: int) -> tuple[Case, OpenSystem]:
    case, reg = made(), Register(*sizes)
    system = case.system
    return case, OpenSystem(System(system.H, system.baths, jumps=system.jumps, register=reg))


CASES = [(qubit_qutrit, 2, 3), (truncated_jaynes_cummings, 2, 3), (tilted, 2, 2), (maser, 3)]


@pytest.mark.parametrize("made", CASES, ids=lambda made: made[0].__name__)
def test_outputs_of_the_state_are_what_their_definitions_give(made: Any) -> None:
    case, held = held_case(*made)
    register = held.system.register
    assert register
    asked = [
        n for n in held.state_outputs if n.split("_")[0] in ("coherence", "effective", "local")
    ]
    for seed in range(3):
        point = {n: x for n, x in drawn(case, seed).items() if n in held.parameters}
        found = held.evaluate(outputs=["density", *asked], **point)
        rho, H = found.density, numbers(case.system.H, point)
        beside = rho - np.diag(np.diag(rho))
        assert found.coherence_l1 == pytest.approx(abs(beside).sum(), abs=1e-13)
        truth = entropy(np.diag(np.diag(rho))) - entropy(rho)
        assert found.coherence_entropy == pytest.approx(truth, abs=1e-13)
        for k, size in enumerate(register.levels):
            own = traced(rho, register.levels, k)
            h = traced(H, register.levels, k) * size / register.size
            worth = found[f"local_ergotropy_{k + 1}"]
            assert worth == pytest.approx(own_ergotropy(own, h), abs=1e-13)
            if size == 2:
                truth = own_temperature(own, h)
                assert found[f"effective_temperature_{k + 1}"] == pytest.approx(truth, rel=1e-9)


def test_a_tilted_driven_pair_has_work_and_coherence_to_be_found() -> None:
    case = tilted()
    held = OpenSystem(case.system)
    point = {**dict.fromkeys("wvgfacd", 1.0), "b": 3.0}
    names = ["local_ergotropy_1", "coherence_l1", "coherence_entropy", "effective_temperature_1"]
    found = held.evaluate(outputs=names, **point)
    assert min(found.local_ergotropy_1, found.coherence_l1, found.coherence_entropy) > 1e-3
    assert found.effective_temperature_1 < 0


def test_a_qubit_has_the_temperature_of_its_only_bath_to_any_digits() -> None:
    reg = Register(2)
    qubit = OpenSystem(System(W * reg.number(1), [Bath("c", "T", reg.x(1))], register=reg))
    assert qubit.state_outputs[-2:] == ("effective_temperature_1", "local_ergotropy_1")
    names = ["effective_temperature_1", "local_ergotropy_1", "coherence_l1", "coherence_entropy"]
    found = qubit.evaluate(outputs=names, digits=60, w="1.7", T="0.013")
    with mpmath.workdps(70):
        assert abs(found.effective_temperature_1 - mpmath.mpf("0.013")) < mpmath.mpf(10) ** -61
    assert [found[name] for name in names[1:]] == [0, 0, 0]
    assert qubit.evaluate(outputs=names[:1], w=1.0, T=0.0).effective_temperature_1 == 0


def driven(up: Any, down: Any) -> OpenSystem:
    """One qubit with rates of its own up and down."""
    reg = Register(2)
    jumps = [Jump(reg.minus(1), down), Jump(reg.plus(1), up)]
    return OpenSystem(System(W * reg.number(1), [], jumps=jumps, register=reg))


def test_temperatures_are_infinite_negative_or_none_as_populations_have_them() -> None:
    name = "effective_temperature_1"
    names = [name, "local_ergotropy_1"]
    qubit = driven("u", "d")
    equal = qubit.evaluate(outputs=names, w=2.0, u=3.0, d=3.0)
    assert equal[name] == math.inf
    assert equal.local_ergotropy_1 == 0
    inverted = qubit.evaluate(outputs=names, w=2.0, u=3.0, d=1.0)
    assert inverted[name] == pytest.approx(-2 / np.log(3), rel=1e-13)
    assert inverted.local_ergotropy_1 == pytest.approx(1, rel=1e-13)
    # apart by far less than doubles show: not taken for equal
    near = qubit.evaluate(outputs=names, digits=20, w=1, u=1, d="1.0000000000000000000000000000001")
    with mpmath.workdps(50):
        assert abs(near[name] * mpmath.mpf("1e-31") - 1) < mpmath.mpf("1e-19")
    assert qubit.evaluate(outputs=names, w=2.0, u=0.0, d=1.0)[name] == 0
    with pytest.raises(AbsentError, match=r"effective_temperature_1: all of the population is in"):
        qubit.evaluate(outputs=names, w=2.0, u=1.0, d=0.0)
    with pytest.raises(AbsentError, match=r"does not split its two levels.*leave it out"):
        qubit.evaluate(outputs=names, w=0.0, u=1.0, d=2.0)
    assert qubit.evaluate(outputs=names[1:], w=0.0, u=1.0, d=2.0).local_ergotropy_1 == 0
    # a field downwards: the upper level is the other bare state
    turned = qubit.evaluate(outputs=names, w=-2.0, u=3.0, d=1.0)
    assert turned[name] == pytest.approx(2 / np.log(3), rel=1e-13)


def test_a_gap_far_below_the_energies_is_still_one() -> None:
    """Two terms of one site's Hamiltonian that nearly cancel."""
    H = (W - V) * PAIR.number(1) + W * PAIR.number(2)
    jumps = [Jump(PAIR.minus(k), 2) for k in (1, 2)] + [Jump(PAIR.plus(k), 1) for k in (1, 2)]
    held = OpenSystem(System(H, [], jumps=jumps, register=PAIR))
    point = {"w": "1", "v": "0." + 60 * "9"}
    found = held.evaluate(outputs=["effective_temperature_1"], digits=15, **point)
    truth = mpmath.mpf(10) ** -60 / mpmath.log(2)
    assert abs(found.effective_temperature_1 / truth - 1) < mpmath.mpf(10) ** -14


def test_interactions_without_a_field_of_their_own_are_no_part_of_a_site() -> None:
    """The exchange leaves the local Hamiltonian as it is; U n_1 n_2 adds half of it to each."""
    H = W * PAIR.number(1) + V * PAIR.number(2) + G * PAIR.number(1) * PAIR.number(2)
    baths = [Bath("L", "T", PAIR.x(1)), Bath("R", "T", PAIR.x(2))]
    held = OpenSystem(System(H + F * hopping(PAIR, 1, 2), baths, register=PAIR))
    point = {"w": 1.0, "v": 1.5, "g": 0.4, "f": 0.3, "T": 0.7}
    found = held.evaluate(outputs=["reduced_1", "effective_temperature_1"], **point)
    up, down = found.reduced_1[0, 0].real, found.reduced_1[1, 1].real
    assert found.effective_temperature_1 == pytest.approx(1.2 / np.log(down / up), rel=1e-12)


def test_coherence_of_a_thermal_pair_falls_with_its_coupling_to_any_digits() -> None:
    """To second order in g: what is tiny beside 1 is told to as many digits as it is asked for."""
    H = W * (PAIR.number(1) + PAIR.number(2)) + G * hopping(PAIR, 1, 2)
    baths = [Bath("L", "T", PAIR.x(1)), Bath("R", "T", PAIR.x(2))]
    held = OpenSystem(System(H, baths, register=PAIR))
    names = ["coherence_l1", "coherence_entropy"]
    found = held.evaluate(outputs=names, digits=20, w=1, g="1e-25", T=1)
    with mpmath.workdps(90):
        T, g = mpmath.mpf(1), mpmath.mpf("1e-25")
        high, low = mpmath.exp(-(1 + g)), mpmath.exp(-(1 - g))
        norm = 1 + high + low + mpmath.exp(-2 / T)
        p, q, even = high / norm, low / norm, (high + low) / norm / 2
        entropy_gained = p * mpmath.log(p) + q * mpmath.log(q) - 2 * even * mpmath.log(even)
        truth = (low - high) / norm, entropy_gained
    for name, value in zip(names, truth, strict=True):
        assert abs(found[name] / value - 1) < mpmath.mpf(10) ** -19, name


def test_sweeps_take_them_and_skip_where_they_are_absent() -> None:
    pytest.importorskip("xarray")
    pytest.importorskip("dask")
    grid = {"w": 2.0, "u": [0.5, 1.0], "d": [0.0, 1.0]}
    data = driven("u", "d").sweep(grid, outputs=["effective_temperature_1"], skip_errors=True)
    values = data.effective_temperature_1
    assert np.isnan(values.sel(d=0.0)).all()
    assert values.sel(u=1.0, d=1.0) == math.inf
    assert values.sel(u=0.5, d=1.0) == pytest.approx(2 / np.log(2))


def test_the_ergotropy_of_a_site_is_what_the_best_unitary_draws() -> None:
    """By a search over unitaries of a qutrit, none of which does better."""
    case, held = held_case(qubit_qutrit, 2, 3)
    point = {n: x for n, x in drawn(case, 1).items() if n in held.parameters}
    found = held.evaluate(outputs=["reduced_2", "local_ergotropy_2"], **point)
    h = traced(numbers(held.system.H, point), (2, 3), 1) / 2
    rho, source = found.reduced_2, np.random.default_rng(0)
    before = np.trace(rho @ h).real
    for _ in range(100):
        made = source.normal(size=(3, 3)) + 1j * source.normal(size=(3, 3))
        U = scipy.linalg.expm(1j * (made + made.conj().T))
        assert before - np.trace(U @ rho @ U.conj().T @ h).real <= found.local_ergotropy_2 + 1e-13


def test_many_levels_know_of_temperatures_that_do_not_exist_and_of_infinite_ones() -> None:
    """Sixteen levels, which arrays solve: what these cannot tell goes to more digits."""
    reg = Register(2, 2, 2, 2)
    H = sum((k * reg.number(k) for k in (1, 3, 4)), sp.zeros(16, 16))
    H += sum((hopping(reg, k, k + 1) / 3 for k in (1, 2, 3)), sp.zeros(16, 16))
    baths = [Bath("L", "T", reg.x(1)), Bath("R", "T", reg.x(4))]
    held = OpenSystem(System(H, baths, register=reg))
    with pytest.raises(AbsentError, match=r"effective_temperature_2: .* does not split"):
        held.evaluate(outputs=["effective_temperature_2"], T=2.0)
    hot = held.evaluate(outputs=["effective_temperature_1"], T=1e40).effective_temperature_1
    assert hot == pytest.approx(1e40, rel=1e-10)
    cold = held.evaluate(outputs=["effective_temperature_1"], T=0.02)
    many = held.evaluate(outputs=["effective_temperature_1"], T=0.02, digits=20)
    truth = float(many.effective_temperature_1)
    assert cold.effective_temperature_1 == pytest.approx(truth, rel=1e-10)
