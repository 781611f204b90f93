"""Fluctuations of open systems against a tilted generator made by a diagonalisation of its own."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from mpmath import mp

from symqb import (
    AbsentError,
    Bath,
    DomainError,
    OpenSystem,
    ParameterError,
    Register,
    System,
)
from tests.systems.test_open_systems import maser

Channels = list[tuple[int, int, Any, dict[str, Any]]]
"""From which level to which, at what rate, and what is counted."""

DIGITS, STEP = 120, "1e-30"


def pair() -> System:
    """Two unlike qubits that exchange excitations, a bath on each."""
    reg, (g, d) = Register(2, 2), sp.symbols("g d")
    swap = reg.plus(1) * reg.minus(2)
    H = reg.number(1) + d * reg.number(2) + g * (swap + swap.T)
    return System(H, [Bath("L", "T_L", reg.x(1)), Bath("R", "T_R", reg.x(2))])


def driven_maser() -> System:
    return maser().system


def dot() -> System:
    """One level between two leads."""
    reg, w = Register(2), sp.Symbol("w")
    leads = [Bath(k, f"T_{k}", reg.minus(1), statistics="fermion", mu=f"mu_{k}") for k in "LR"]
    return System(w * reg.number(1), leads)


def two_dots() -> System:
    """Two levels that repel, three leads of unlike strength."""
    reg, (w, v, u) = Register(2, 2), sp.symbols("w v u")
    H = w * reg.number(1) + v * reg.number(2) + u * reg.number(1) * reg.number(2)
    strengths = {"L": (1, 1), "R": (1, "1/3"), "D": (2, "g")}
    leads = [
        Bath(k, f"T_{k}", reg.minus(site), statistics="fermion", mu=f"mu_{k}", kappa=kappa)
        for k, (site, kappa) in strengths.items()
    ]
    return System(H, leads)


SYSTEMS: list[Callable[[], System]] = [pair, driven_maser, dot, two_dots]


def draw(system: System, rng: random.Random, low: float, high: float) -> dict[str, Any]:
    """A point at random: temperatures between two, energies of order one."""
    names = OpenSystem(system).parameters
    ranges = {"T": (low, high), "m": (-1.5, 1.5), "w": (0.5, 2.5), "k": (0.2, 3.0)}
    return {name: rng.uniform(*ranges.get(name[0], (0.3, 1.7))) for name in names}


def channels(system: System, point: dict[str, Any]) -> Channels:
    """Every jump of every bath, from numbers alone."""
    numbers = {name: mp.mpf(value) for name, value in point.items()}

    def value(x: Any) -> Any:
        expression = sp.sympify(x)
        return sp.lambdify(list(map(sp.Symbol, numbers)), expression, "mpmath")(*numbers.values())

    size, H = system.size, sp.Matrix(system.H)
    E, V = mp.eighe(mp.matrix([[mp.mpc(value(x)) for x in row] for row in H.tolist()]))
    found: Channels = []
    for bath in system.baths:
        T, mu = value(bath.temperature), value(bath.mu)
        kappa = value(system.kappa if bath.kappa is None else bath.kappa)
        S = V.H * mp.matrix(sp.Matrix(bath.coupling).applyfunc(int).tolist()) * V
        heat, particles = f"heat_{bath.name}", f"particles_{bath.name}"
        for i in range(size):
            for j in range(size):
                weight, w = kappa * abs(S[j, i]) ** 2, E[i] - E[j]
                if i == j or weight < mp.mpf(10) ** -60:
                    continue
                if bath.statistics == "boson":
                    found.append((i, j, weight * w / -mp.expm1(-w / T), {heat: -w}))
                    continue
                f = 1 / (mp.exp((w - mu) / T) + 1)
                found.append((i, j, weight * (1 - f), {heat: mu - w, particles: -1}))
                found.append((j, i, weight * f, {heat: w - mu, particles: 1}))
    return found


def judge(size: int, found: Channels, names: list[str]) -> tuple[Any, Any]:
    """Slope and curvature of the tilted generator's eigenvalue: differences of a determinant.

    What is counted is the sum over the names.
    """

    def polynomial(eigenvalue: Any, chi: Any) -> Any:
        A = -eigenvalue * mp.eye(size)
        for i, j, rate, counts in found:
            A[j, i] += rate * mp.exp(chi * mp.fsum(counts.get(name, 0) for name in names))
            A[i, i] -= rate
        return mp.det(A)

    h = mp.mpf(STEP)
    at = {(i, j): polynomial(i * h, j * h) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    by_value, by_chi = (at[1, 0] - at[-1, 0]) / (2 * h), (at[0, 1] - at[0, -1]) / (2 * h)
    twice_value = (at[1, 0] + at[-1, 0] - 2 * at[0, 0]) / h**2
    twice_chi = (at[0, 1] + at[0, -1] - 2 * at[0, 0]) / h**2
    mixed = (at[1, 1] + at[-1, -1] - at[1, -1] - at[-1, 1]) / (4 * h * h)
    slope = -by_chi / by_value
    return slope, -(twice_chi + 2 * mixed * slope + twice_value * slope**2) / by_value


def assert_right(value: float, right: Any, tolerance: float) -> None:
    assert abs(value - right) <= tolerance * abs(right) + mp.mpf(10) ** -25, (value, right)


@pytest.mark.parametrize("make", SYSTEMS)
@pytest.mark.parametrize(("low", "high"), [(0.5, 3.0), (0.05, 0.4)], ids=["warm", "cold"])
def test_systems_agree_with_the_tilted_generator(
    make: Callable[[], System], low: float, high: float
) -> None:
    system, rng = make(), random.Random(f"{make.__name__} {low}")
    noise = OpenSystem(system).fluctuations()
    names = [name.removeprefix("mean_") for name in noise.outputs if name.startswith("mean_")]
    assert len(names) >= len(system.baths)
    for _ in range(4):
        point = draw(system, rng, low, high)
        result = noise.evaluate(**point)
        with mp.workdps(DIGITS):
            found = channels(system, point)
            spreads = {}
            for name in names:
                mean, spreads[name] = judge(system.size, found, [name])
                assert_right(result[f"mean_{name}"], mean, 1e-11)
                assert_right(result[f"variance_{name}"], spreads[name], 1e-11)
            first, last = names[0], names[-1]
            joint = judge(system.size, found, [first, last])[1]
            right = (joint - spreads[first] - spreads[last]) / 2
            assert_right(result[f"covariance_{first}_{last}"], right, 1e-11)
        flowing = [name for name in names if f"fano_{name}" in noise.outputs]
        # a lead that is alone with its dot gives it particles and takes them back
        assert set(names) - set(flowing) <= {"particles_D"}
        for name in flowing:
            assert result[f"uncertainty_{name}"] >= 2 - 1e-9
            assert result[f"kinetic_{name}"] >= 1


def test_means_and_entropy_production_are_those_of_the_steady_state() -> None:
    point: dict[str, Any] = {
        "w": 1.0,
        "T_L": 0.7,
        "T_R": 1.1,
        "mu_L": 0.4,
        "mu_R": -0.2,
        "kappa": 0.3,
    }
    whole = OpenSystem(dot())
    steady, noise = whole.evaluate(**point), whole.fluctuations().evaluate(**point)
    for lead in "LR":
        assert noise[f"mean_heat_{lead}"] == pytest.approx(
            steady[f"heat_current_{lead}"], rel=1e-12
        )
        current = steady[f"particle_current_{lead}"]
        assert noise[f"mean_particles_{lead}"] == pytest.approx(current, rel=1e-12)
    assert noise.entropy_production == pytest.approx(steady.entropy_production, rel=1e-12)
    # what one lead gives the other takes
    shared = noise.covariance_particles_L_particles_R
    assert shared == pytest.approx(-noise.variance_particles_L, rel=1e-13)


def test_at_equilibrium_fluctuation_is_response() -> None:
    # variance of the heat = 2 T^2 dJ/dT of one bath
    noise = OpenSystem(pair()).fluctuations()
    point: dict[str, Any] = {"g": "0.3", "d": "1.4", "T_R": 1}
    step = mp.mpf(10) ** -25
    with mp.workdps(60):
        driven = noise.evaluate(digits=40, T_L=1 + step, outputs=["mean_heat_L"], **point)
        still = noise.evaluate(digits=40, T_L=1, outputs=["variance_heat_L"], **point)
        assert abs(2 * driven.mean_heat_L / step / still.variance_heat_L - 1) < mp.mpf(10) ** -22
        assert still.variance_heat_L > 0


@pytest.mark.parametrize("make", SYSTEMS)
def test_the_generating_function_has_the_symmetry_of_gallavotti_and_cohen(
    make: Callable[[], System],
) -> None:
    system = make()
    noise, rng = OpenSystem(system).fluctuations(), random.Random(make.__name__)
    point = {name: Fraction(value) for name, value in draw(system, rng, 0.5, 3.0).items()}
    # time reversed, all heat that comes at T weighs exp(heat / T) more
    there = {f"heat_{bath.name}": Fraction(rng.randint(-9, 9), 10) for bath in system.baths}
    inverse = {f"heat_{bath.name}": 1 / point[str(bath.temperature)] for bath in system.baths}
    back = {name: inverse[name] - chi for name, chi in there.items()}
    one, other = (noise.scaled_cumulant(chi, digits=30, **point) for chi in (there, back))
    assert abs(one - other) < abs(one) * mp.mpf(10) ** -28
    assert one != 0
    # and its curvature is the variance
    name = f"heat_{system.baths[0].name}"
    curved = [noise.scaled_cumulant({name: f"{sign}1e-20"}, digits=60, **point) for sign in "+-"]
    doubles: dict[str, Any] = {k: float(v) for k, v in point.items()}
    found = noise.evaluate(outputs=[f"variance_{name}"], **doubles)
    assert float(sum(curved) * 10**40) == pytest.approx(found[f"variance_{name}"], rel=1e-10)


def test_ratios_are_left_out_where_nothing_flows() -> None:
    noise = OpenSystem(pair()).fluctuations()
    even: dict[str, Any] = {"g": 0.3, "d": 1.4, "T_L": 1.0, "T_R": 1.0}
    found = noise.evaluate(**even)
    assert found.mean_heat_L == 0
    assert found.variance_heat_L > 0
    assert "fano_heat_L" not in found
    with pytest.raises(AbsentError, match="the mean of heat_L must not be 0"):
        noise.evaluate(outputs=["fano_heat_L"], **even)


def test_a_bath_alone_gives_and_takes_and_nothing_spreads() -> None:
    reg, w = Register(2), sp.Symbol("w")
    noise = OpenSystem(System(w * reg.number(1), [Bath("c", "T", reg.x(1))])).fluctuations()
    assert noise.program.outputs["mean_heat_c"] == noise.program.outputs["variance_heat_c"] == 0
    assert "fano_heat_c" not in noise.outputs


def test_emitted_functions_and_expressions_in_outputs_agree() -> None:
    noise = OpenSystem(dot()).fluctuations()
    point: dict[str, Any] = {"w": 1.0, "T_L": 0.7, "T_R": 1.1, "mu_L": 0.4, "mu_R": -0.2}
    whole = noise.evaluate(**point)
    fast = noise.emit("c", {"r": "variance_heat_L / variance_particles_L"})(**point)
    assert fast.r == pytest.approx(whole.variance_heat_L / whole.variance_particles_L, rel=1e-13)
    assert "variance" in noise.source("numpy", ["variance_heat_L"])
    assert pickle.loads(pickle.dumps(noise)).outputs == noise.outputs


def test_baths_of_other_kinds_fluctuate_too() -> None:
    reg, w = Register(2), sp.Symbol("w")
    squeezed = Bath("s", "T", reg.x(1), occupation="n")
    photons = Bath("p", "T", reg.x(1), mu="mu")
    noise = OpenSystem(System(w * reg.number(1), [squeezed, photons])).fluctuations()
    assert "entropy_production" not in noise.outputs
    point: dict[str, Any] = {"w": 2.0, "T": 1.0, "n": 0.4, "mu": 0.5, "kappa": 1.0}
    found = noise.evaluate(**point)
    # of both the density is Ohmic: rates are 2 (n + 1) down and 2 n up
    filled = 1 / mp.expm1(1.5)
    rates: Channels = []
    for name, n in (("heat_s", mp.mpf("0.4")), ("heat_p", filled)):
        heat = mp.mpf(2 if name == "heat_s" else 1.5)
        number = {} if name == "heat_s" else {"particles_p": 1}
        rates.append((0, 1, 2 * n, {name: heat, **number}))
        rates.append((1, 0, 2 * (n + 1), {k: -v for k, v in ({name: heat} | number).items()}))
    with mp.workdps(DIGITS):
        for name in ("heat_s", "heat_p", "particles_p"):
            mean, spread = judge(2, rates, [name])
            assert_right(found[f"mean_{name}"], mean, 1e-12)
            assert_right(found[f"variance_{name}"], spread, 1e-12)


def test_what_a_generating_function_does_not_know_is_refused() -> None:
    noise = OpenSystem(pair()).fluctuations()
    point: dict[str, Any] = {"g": 0.3, "d": 1.4, "T_L": 1.0, "T_R": 0.0}
    with pytest.raises(ParameterError, match="'heat_x' is unknown; choose heat_L, heat_R"):
        noise.scaled_cumulant({"heat_x": 1}, **point)
    with pytest.raises(DomainError, match="raise the temperatures that are 0"):
        noise.scaled_cumulant({"heat_R": 1}, **(point | {"T_L": 0.0}))


def test_where_levels_coincide_the_limit_is_found() -> None:
    noise = OpenSystem(dot()).fluctuations()
    point: dict[str, Any] = {"T_L": 1.0, "T_R": 0.5, "mu_L": 1.0, "mu_R": -1.0}
    at_zero, beside = noise.evaluate(w=0.0, **point), noise.evaluate(w=1e-13, **point)
    assert set(at_zero) == set(beside)
    for name in at_zero:
        assert at_zero[name] == pytest.approx(beside[name], rel=1e-11)
