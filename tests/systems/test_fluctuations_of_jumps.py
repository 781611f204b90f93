"""Fluctuations where populations meet coherences, against tilted generators written here alone."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
from mpmath import mp

from symqb import (
    AbsentError,
    Bath,
    Jump,
    NoClosedFormError,
    OpenSystem,
    ParameterError,
    Register,
    System,
)

Kind = tuple[Any, Any, Any]
"""An operator, its rate, and what its jumps add."""

DIGITS, STEP = 100, "1e-25"


def judge(H: Any, kinds: list[Kind]) -> tuple[Any, Any]:
    """Mean and variance of a count a unit of time: differences of the determinant of a tilted
    generator over all elements of the density matrix, by its eigenvalue and by its exponent."""
    size = len(H)
    one = np.eye(size, dtype=int)

    def polynomial(eigenvalue: Any, chi: Any) -> Any:
        whole = -1j * (np.kron(H, one) - np.kron(one, H.T))
        whole = whole * mp.mpc(1) - eigenvalue * np.eye(size**2, dtype=int)
        for L, rate, adds in kinds:
            twice = L.conj().T @ L
            whole = whole + rate * mp.exp(chi * adds) * np.kron(L, L.conj())
            whole = whole - rate * (np.kron(twice, one) + np.kron(one, twice.T)) / 2
        return mp.det(mp.matrix(whole.tolist()))

    h = mp.mpf(STEP)
    at = {(i, j): polynomial(i * h, j * h) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    by_value, by_chi = (at[1, 0] - at[-1, 0]) / (2 * h), (at[0, 1] - at[0, -1]) / (2 * h)
    twice_value = (at[1, 0] + at[-1, 0] - 2 * at[0, 0]) / h**2
    twice_chi = (at[0, 1] + at[0, -1] - 2 * at[0, 0]) / h**2
    mixed = (at[1, 1] + at[-1, -1] - at[1, -1] - at[-1, 1]) / (4 * h * h)
    slope = -by_chi / by_value
    return slope.real, (-(twice_chi + 2 * mixed * slope + twice_value * slope**2) / by_value).real


def to(a: int, b: int, size: int = 3) -> Any:
    """|a><b| in integers."""
    found = np.zeros((size, size), dtype=object)
    found[a, b] = 1
    return found


def driven_maser() -> System:
    """A three-level maser in the frame of the field that drives its two upper levels."""
    reg = Register(3)
    detuning, strength, hot, cold, n_h, n_c = sp.symbols("Delta epsilon g_h g_c n_h n_c")
    H = -detuning * reg.transition(1, 2, 2)
    H += strength * (reg.transition(1, 1, 2) + reg.transition(1, 2, 1))
    jumps = [
        Jump(reg.transition(1, 2, 0), hot * n_h, "h"),
        Jump(reg.transition(1, 0, 2), hot * (n_h + 1), "h"),
        Jump(reg.transition(1, 1, 0), cold * n_c, "c"),
        Jump(reg.transition(1, 0, 1), cold * (n_c + 1), "c"),
    ]
    return System(H, [], jumps=jumps)


def test_the_driven_maser_fluctuates_less_than_classical_machines_can() -> None:
    # Kalaee, Wacker and Potts, Phys. Rev. E 104, L012103 (2021): populations alone keep to 2.  The
    # entropy is the baths' heat at the energies of the bare levels over their temperatures, as
    # n/(n + 1) = exp(-w/T) has it
    photons = OpenSystem(driven_maser()).fluctuations({"photons": {1: 1, 2: -1}})
    point: dict[str, Any] = {
        "Delta": 0,
        "epsilon": 1,
        "g_h": "1/10",
        "g_c": 2,
        "n_h": 10,
        "n_c": "3/10",
    }
    found = photons.evaluate(digits=30, **point)
    with mp.workdps(DIGITS):
        g_h, g_c, n_h, n_c = mp.mpf(1) / 10, mp.mpf(2), mp.mpf(10), mp.mpf(3) / 10
        kinds = [
            (to(2, 0), g_h * n_h, 1),
            (to(0, 2), g_h * (n_h + 1), -1),
            (to(1, 0), g_c * n_c, 0),
            (to(0, 1), g_c * (n_c + 1), 0),
        ]
        mean, spread = judge(to(1, 2) + to(2, 1), kinds)
        produced = mean * mp.log(n_h / (n_h + 1) * (n_c + 1) / n_c)
        ratio = spread * produced / mean**2
        small = mp.mpf(10) ** -29
        assert abs(found.mean_photons / mean - 1) < small
        assert abs(found.variance_photons / spread - 1) < small
        assert abs(found.uncertainty_photons / ratio - 1) < small
        assert ratio < mp.mpf("1.97")


@pytest.mark.parametrize("strength", ["1/10", "1/2", "3"])
def test_photons_of_a_driven_qubit_come_as_mandel_found(strength: str) -> None:
    # L. Mandel, Opt. Lett. 4, 205 (1979), on resonance: antibunched
    reg, w = Register(2), sp.Symbol("w")
    driven = OpenSystem(System(w * reg.x(1) / 2, [], jumps=[Jump(reg.minus(1), 1)]))
    found = driven.fluctuations({"photons": {1: 1}}).evaluate(
        digits=30, outputs=["mean_photons", "fano_photons"], w=strength
    )
    x = Fraction(strength) ** 2
    mean, fano = x / (1 + 2 * x), 1 - 6 * x / (1 + 2 * x) ** 2
    with mp.workdps(40):
        assert abs(found.mean_photons / (mp.mpf(mean.numerator) / mean.denominator) - 1) < 1e-29
        assert abs(found.fano_photons / (mp.mpf(fano.numerator) / fano.denominator) - 1) < 1e-29


def test_levels_that_a_bath_mixes_fluctuate_with_their_coherence() -> None:
    # two upper levels of one energy, one bath through both at once, another through one alone
    reg = Register(3)

    def between(*upper: int) -> Any:
        S = sp.zeros(3)
        for k in upper:
            S += reg.transition(1, 0, k) + reg.transition(1, k, 0)
        return S

    H = reg.transition(1, 1, 1) + reg.transition(1, 2, 2)
    system = System(H, [Bath("c", "T_c", between(1, 2)), Bath("h", "T_h", between(2))], kappa=1)
    noise = OpenSystem(system).fluctuations()
    found = noise.evaluate(T_c=0.5, T_h=2.0)
    with mp.workdps(DIGITS):
        kinds: list[Kind] = []
        for T, L, adds in ((0.5, to(0, 1) + to(0, 2), 0), (2.0, to(0, 2), 1)):
            n = 1 / mp.expm1(1 / mp.mpf(T))
            kinds += [(L, n + 1, -adds), (L.T, n, adds)]
        mean, spread = judge(to(1, 1) + to(2, 2), kinds)
    assert found.mean_heat_h == pytest.approx(float(mean), rel=1e-14)
    assert found.variance_heat_h == pytest.approx(float(spread), rel=1e-14)
    assert found.covariance_heat_c_heat_h == pytest.approx(-float(spread), rel=1e-14)
    assert found.entropy_production == pytest.approx(float(mean) * (1 / 0.5 - 1 / 2), rel=1e-13)


def dot(*, jumps: bool) -> System:
    """A level between two leads, by baths or by jumps with the same rates."""
    reg, w = Register(2), sp.Symbol("w")
    H, d = w * reg.number(1), reg.minus(1)
    if not jumps:
        return System(H, [Bath(k, f"T_{k}", d, statistics="fermion") for k in "LR"], kappa=1)
    found = []
    for k in "LR":
        filled = 1 / (sp.exp(w / sp.Symbol(f"T_{k}")) + 1)
        found += [Jump(d, 1 - filled, k), Jump(d.T, filled, k)]
    return System(H, [], jumps=found)


def test_jumps_at_the_rates_of_baths_fluctuate_as_these() -> None:
    point: dict[str, Any] = {"w": 1.0, "T_L": 2.0, "T_R": 0.5}
    closed = OpenSystem(dot(jumps=False)).fluctuations().evaluate(**point)
    stated = OpenSystem(dot(jumps=True)).fluctuations().evaluate(**point)
    shared = set(closed) & set(stated)
    assert {"variance_heat_L", "covariance_heat_L_heat_R", "uncertainty_heat_R"} <= shared
    for name in shared:
        assert stated[name] == pytest.approx(closed[name], rel=1e-13), name
    # a level is filled and emptied in turn
    net = stated.mean_jump_2 + stated.mean_jump_4 - stated.mean_jump_1 - stated.mean_jump_3
    assert abs(net) < 1e-15


def test_a_bath_beside_jumps_counts_its_own() -> None:
    reg, w = Register(2), sp.Symbol("w")
    H = w * reg.number(1)
    both = System(H, [Bath("c", "T", reg.x(1))], jumps=[Jump(reg.plus(1), "p")], kappa=1)
    found = OpenSystem(both).fluctuations().evaluate(w=1.0, T=1.0, p=0.7)
    with mp.workdps(DIGITS):
        n = 1 / mp.expm1(1)
        L = to(1, 0, 2)  # the upper state comes first
        kinds = [(L, n + 1, 1), (L.T, n, -1), (L.T, mp.mpf(0.7), 0)]
        mean, spread = judge(to(0, 0, 2), kinds)
    assert found.mean_heat_c == pytest.approx(-float(mean), rel=1e-14)
    assert found.variance_heat_c == pytest.approx(float(spread), rel=1e-14)
    assert "entropy_production" not in found


def test_what_does_not_exist_is_left_out_with_its_reason() -> None:
    noise = OpenSystem(driven_maser()).fluctuations()
    point: dict[str, Any] = {
        "Delta": 0.0,
        "epsilon": 1.0,
        "g_h": 0.1,
        "g_c": 2.0,
        "n_h": 10.0,
        "n_c": 0.3,
    }
    found = noise.evaluate(**point)
    assert "variance_jump_4" in found
    assert "mean_heat_h" not in found
    with pytest.raises(AbsentError, match="no heat belongs to it; count it, as jump_1"):
        noise.evaluate(outputs=["variance_heat_h"], **point)
    with pytest.raises(AbsentError, match=r"jump 2 needs one back, .* and has none"):
        noise.evaluate(outputs=["entropy_production"], **(point | {"n_h": 0.0}))
    one_way = OpenSystem(driven_maser()).fluctuations({"up": {1: 1}})
    with pytest.raises(AbsentError, match="jump 1 and the one back must add opposite numbers"):
        one_way.evaluate(outputs=["uncertainty_up"], **point)
    undriven = OpenSystem(driven_maser()).fluctuations({"photons": {1: 1, 2: -1}})
    with pytest.raises(AbsentError, match="mean of photons must not be 0"):
        undriven.evaluate(outputs=["fano_photons"], **(point | {"epsilon": 0.0}))


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({"n": {5: 1}}, "5 is no jump of the system; give numbers from 1 to 4"),
        ({"n": {1: 0}}, "no weight other than 0"),
        ({"n": (1, 2)}, "give the weight of each jump by its number"),
        ({"a b": {1: 1}}, "cannot be part of an output's name"),
        ({"n": {1: "q"}}, "has q, which is no parameter of the system"),
        ({}, "is no mapping of names to weights"),
    ],
)
def test_counts_that_are_none_are_refused(counts: Any, reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        OpenSystem(driven_maser()).fluctuations(counts)


def test_they_have_no_formula_and_travel_as_they_are() -> None:
    noise = OpenSystem(driven_maser()).fluctuations({"work": {1: "g_h", 2: -1}})
    with pytest.raises(NoClosedFormError, match="jumps that are taken as they stand"):
        noise.emit()
    point: dict[str, Any] = {
        "Delta": 0.0,
        "epsilon": 1.0,
        "g_h": 0.1,
        "g_c": 2.0,
        "n_h": 10.0,
        "n_c": 0.3,
    }
    with pytest.raises(ParameterError, match=r"'2\*mean_work' names mean_work"):
        noise.evaluate(outputs={"twice": "2*mean_work"}, **point)
    copied = pickle.loads(pickle.dumps(noise))
    assert copied.outputs == noise.outputs
    assert copied.outputs[0] == "mean_work"


def test_what_fluctuations_in_numbers_do_not_tell_is_said_with_what_does() -> None:
    one = Register(2)
    point: dict[str, Any] = {"Omega": 1.0, "gamma": 1.0}
    lost = Jump(one.minus(1), "gamma")
    noise = OpenSystem(System(sp.Symbol("Omega") * one.x(1), [], jumps=[lost])).fluctuations(
        {"n": {1: 1}}
    )
    mean, variance = sp.symbols("mean_n variance_n")
    for given in ("variance_n/mean_n", variance / mean):
        said = r"found in numbers and can be in no expression; .* compute from the result"
        with pytest.raises(ParameterError, match=said):
            noise.evaluate(outputs={"f": given}, **point)
    with pytest.raises(NoClosedFormError, match=r"take no expressions; .* compute from the result"):
        noise.evaluate(outputs={"f": "2*Omega"}, **point)
    with pytest.raises(NoClosedFormError, match="are the means and variances, which evaluate"):
        noise.scaled_cumulant({"n": 1}, **point)
    still = System(sp.Symbol("w") * one.number(1), [Bath("c", "T", one.x(1))])
    with pytest.raises(ParameterError, match="the system has none that are taken as they stand"):
        OpenSystem(still).fluctuations({"n": {1: 1}})
