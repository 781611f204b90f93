"""Judge 2: mpmath from scratch, and the accuracy of the NumPy populations against many digits.

The judge shares nothing with the derivation: Hamiltonian and couplings are built bit by bit, each
magnetisation is diagonalised by mpmath's eigsy, and the null vector comes from an LU solve.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, ctx, fmpq

import symqb
from symqb.program import run

EPS = float(np.finfo(np.float64).eps)
SMALLEST_SEEN = 1e-290
LARGEST_FREQUENCY = 10.0
BITS = 240

# --- the judge -----------------------------------------------------------------------------------


def hamiltonian(spins: int, p: dict[str, Any], mp: Any) -> Any:
    """Bit k of the index (from the left) is the spin at site k; 0 is up."""
    H = mp.zeros(2**spins)
    for state in range(2**spins):
        z = [1 - 2 * (state >> (spins - 1 - k) & 1) for k in range(spins)]
        H[state, state] = p["B0"] * sum(z) / 2
        for k in range(spins - 1):
            H[state, state] += p["Delta"] * z[k] * z[k + 1] / 2
            if z[k] != z[k + 1]:
                H[state ^ (3 << (spins - 2 - k)), state] += p["J"]
    return H


def eigensystem(spins: int, p: dict[str, Any], mp: Any) -> tuple[list[Any], list[Any]]:
    H = hamiltonian(spins, p, mp)
    energies, states = [], []
    for down in range(spins + 1):
        members = [s for s in range(2**spins) if bin(s).count("1") == down]
        block = mp.matrix([[H[a, b] for b in members] for a in members])
        values, vectors = mp.eigsy(block)
        for k in range(len(members)):
            state = {s: vectors[row, k] for row, s in enumerate(members)}
            energies.append(values[k])
            states.append(state)
    return energies, states


def judge_populations(spins: int, dissipation: str, p: dict[str, float]) -> tuple[Any, Any]:
    """Energies and populations, sorted by energy, to 50 digits of each population."""
    spread = (abs(p["B0"]) + 2 * abs(p["J"]) + abs(p["Delta"])) * spins
    mp = mpmath.MPContext()
    mp.dps = 80 + int(spread / min(p["T_L"], p["T_R"]) * spins / 2)
    q = {name: mp.mpf(value) for name, value in p.items()}
    energies, states = eigensystem(spins, q, mp)
    size = len(energies)
    couplings = [(q["T_L"], {0: mp.one, spins - 1: q["epsilon"]}), (q["T_R"], {spins - 1: mp.one})]
    generator = mp.zeros(size)
    for i, j in itertools.permutations(range(size), 2):
        rate = mp.zero
        omega = energies[i] - energies[j]
        for T, weights in couplings:
            elements = [
                w
                * sum(
                    a * states[j].get(s ^ (1 << (spins - 1 - site)), 0)
                    for s, a in states[i].items()
                )
                for site, w in weights.items()
            ]
            squared = (
                sum(elements) ** 2 if dissipation == "collective" else sum(e**2 for e in elements)
            )
            # amplitudes that vanish by symmetry come out as rounding
            if squared > mp.mpf(10) ** (-mp.dps):
                rate += squared * (omega / -mp.expm1(-omega / T) if omega else T)
        generator[j, i] += rate
        generator[i, i] -= rate
    for column in range(size):
        generator[0, column] = 1
    right = mp.zeros(size, 1)
    right[0] = 1
    populations = mp.lu_solve(generator, right)
    order = sorted(range(size), key=lambda k: energies[k])
    return [energies[k] for k in order], [populations[k] for k in order]


# --- the program in ball arithmetic --------------------------------------------------------------


class Balls:
    """The program's operations on python-flint's arb; comparisons must be certain."""

    def __init__(self) -> None:
        self.constants: dict[Fraction, arb] = {}

    def constant(self, value: Fraction) -> arb:
        if value not in self.constants:
            self.constants[value] = arb(fmpq(value.numerator, value.denominator))
        return self.constants[value]

    def add(self, a: arb, b: arb) -> arb:
        return a + b

    def sub(self, a: arb, b: arb) -> arb:
        return a - b

    def mul(self, a: arb, b: arb) -> arb:
        return a * b

    def div(self, a: arb, b: arb) -> arb:
        return a / b

    def neg(self, a: arb) -> arb:
        return -a

    def abs(self, a: arb) -> arb:
        return abs(a)

    def sqrt(self, a: arb) -> arb:
        return a.sqrt()

    def min(self, a: arb, b: arb) -> arb:
        return a.min(b)

    def max(self, a: arb, b: arb) -> arb:
        return a.max(b)

    def expm1(self, a: arb) -> arb:
        return a.expm1()

    def rootsum(self, a: arb, b: arb, r: arb) -> arb:
        return a + r if a >= 0 else b / (r - a)

    def bose(self, a: arb, T: arb) -> arb:
        return a / (a / T).expm1()


BATTERIES = {
    (spins, d): symqb.xxz_battery(spins, d)
    for spins in (2, 3)
    for d in ("collective", "individual")
}


@cache
def program(spins: int, dissipation: str) -> Any:
    return BATTERIES[spins, dissipation].steady_state().program


def balls(spins: int, dissipation: str, p: dict[str, float]) -> list[arb]:
    before, ctx.prec = ctx.prec, BITS
    try:
        inputs = {name: arb(value) for name, value in p.items()}
        return list(run(program(spins, dissipation), Balls(), inputs)["populations"])
    finally:
        ctx.prec = before


# --- random points -------------------------------------------------------------------------------


def spread_energies(spins: int, J: Any, Delta: Any) -> Any:
    """Energies at B0 = 0 with their magnetisation, in the paper's order of levels."""
    zero = 0 * J
    if spins == 2:
        return [Delta / 2, Delta / 2, -Delta / 2 - J, -Delta / 2 + J], [-1, 1, 0, 0]
    alpha = np.sqrt(Delta**2 + 8 * J**2)
    low, high = -(Delta + alpha) / 2, (alpha - Delta) / 2
    return [zero, zero, Delta, Delta, low, low, high, high], [
        -0.5,
        0.5,
        -1.5,
        1.5,
        -0.5,
        0.5,
        -0.5,
        0.5,
    ]


def draw_points(spins: int, count: int, seed: int) -> dict[str, Any]:
    """|J| = 1; one transition is put at a frequency drawn evenly over 1e-6 ... 10 in orders."""
    rng = np.random.default_rng(seed)
    kept: list[dict[str, Any]] = []
    while sum(len(k["B0"]) for k in kept) < count:
        n = 4 * count
        J = rng.choice([-1.0, 1.0], n)
        Delta = rng.choice([-1.0, 1.0], n) * 10 ** rng.uniform(-3, np.log10(5), n)
        levels, _ = spread_energies(spins, J, Delta)
        pairs = [(t.upper, t.lower) for t in BATTERIES[spins, "collective"].transitions()]
        target = 10 ** rng.uniform(-6, 1, n) * rng.choice([-1.0, 1.0], n)
        chosen = rng.integers(len(pairs), size=n)
        gaps = np.array([levels[upper - 1] - levels[lower - 1] for upper, lower in pairs])
        B0 = target - gaps[chosen, np.arange(n)]
        frequencies = np.abs(gaps + B0)
        fits = (frequencies.max(axis=0) <= LARGEST_FREQUENCY) & (np.abs(B0) > 1e-9)
        kept.append(
            {
                "B0": B0[fits],
                "J": J[fits],
                "Delta": Delta[fits],
                "epsilon": rng.choice([0.0, 0.3, 1.0, 0.77], n)[fits],
                "T_L": 10 ** rng.uniform(-2, 4, n)[fits],
                "T_R": 10 ** rng.uniform(-2, 4, n)[fits],
                "frequency": np.abs(target)[fits],
            }
        )
    return {name: np.concatenate([k[name] for k in kept])[:count] for name in kept[0]}


def largest_energy(spins: int, points: dict[str, Any]) -> Any:
    levels, up = spread_energies(spins, points["J"], points["Delta"])
    return np.max([np.abs(E + m * points["B0"]) for E, m in zip(levels, up, strict=True)], axis=0)


def each(points: dict[str, Any]) -> Iterator[dict[str, float]]:
    names = [name for name in points if name != "frequency"]
    for row in zip(*(points[name] for name in names), strict=True):
        yield dict(zip(names, map(float, row), strict=True))


def worst_excess(spins: int, dissipation: str, points: dict[str, Any], ours: Any) -> float:
    """The largest ratio of a relative error to its bound eps (100 + 10 max|E| / min T)."""
    exact = np.array(
        [[float(b) for b in balls(spins, dissipation, point)] for point in each(points)]
    )
    assert np.isfinite(exact).all()
    coldest = np.minimum(points["T_L"], points["T_R"])
    bound = EPS * (100 + 10 * largest_energy(spins, points) / coldest)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.abs(ours / exact - 1) / bound[:, None]
    return float(error[exact > SMALLEST_SEEN].max())


def accuracy(spins: int, count: int, seed: int) -> None:
    half = count // 2
    for dissipation, number in (("collective", count - half), ("individual", half)):
        points = draw_points(spins, number, seed)
        f = BATTERIES[spins, dissipation].emit("numpy", outputs=("populations",))
        given = {name: value for name, value in points.items() if name != "frequency"}
        ours = f(**given).populations
        worst = worst_excess(spins, dissipation, points, ours)
        print(f"{spins} spins, {dissipation}, {number} points: {worst:.3g} of the bound")
        assert worst <= 1, f"{dissipation}: {worst:.3g} times the bound"


@pytest.mark.parametrize("spins", [2, 3])
def test_points_reach_from_slow_to_fast_and_cold_to_hot(spins: int) -> None:
    points = draw_points(spins, 1000, 1)
    assert points["frequency"].min() < 2e-6
    assert points["frequency"].max() > 5
    assert min(points["T_L"].min(), points["T_R"].min()) < 0.011
    assert max(points["T_L"].max(), points["T_R"].max()) > 9e3


@pytest.mark.parametrize("spins", [2, 3])
def test_populations_are_accurate_at_1000_points(spins: int) -> None:
    accuracy(spins, 1000, 2)


@pytest.mark.slow
@pytest.mark.parametrize("spins", [2, 3])
def test_populations_are_accurate_at_10000_points(spins: int) -> None:
    accuracy(spins, 10_000, 3)


@pytest.mark.parametrize("spins", [2, 3])
def test_accuracy_bound_rejects_an_error_of_1e_12(spins: int) -> None:
    points = draw_points(spins, 20, 4)
    points["T_L"], points["T_R"] = points["T_L"] + 1, points["T_R"] + 1
    exact = np.array([[float(b) for b in balls(spins, "collective", q)] for q in each(points)])
    assert worst_excess(spins, "collective", points, exact) < 0.1
    spoiled = exact.copy()
    spoiled[3, 1] *= 1 + 1e-12
    assert worst_excess(spins, "collective", points, spoiled) > 1


@pytest.mark.parametrize("spins", [2, 3])
def test_balls_and_fifty_digits_agree_with_the_judge(spins: int) -> None:
    for dissipation in ("collective", "individual"):
        for point in each(draw_points(spins, 4, 5)):
            energies, populations = judge_populations(spins, dissipation, point)
            result = BATTERIES[spins, dissipation].evaluate(
                digits=50, outputs=("energies", "populations"), **point
            )
            ranked = sorted(zip(result.energies, result.populations, strict=True))
            enclosed = balls(spins, dissipation, point)
            order = sorted(range(2**spins), key=lambda k: result.energies[k])
            for rank, (energy, population) in enumerate(ranked):
                assert abs(energy - energies[rank]) < mpmath.mpf(10) ** -45
                true = populations[rank]
                assert abs(population - true) <= true * mpmath.mpf(10) ** -47
                ball = enclosed[order[rank]]
                assert ball.rel_accuracy_bits() > 150
                with mpmath.workdps(60):
                    middle = mpmath.mpf(ball.mid().str(50, radius=False))
                    assert abs(middle - true) <= true * mpmath.mpf(10) ** -40


def test_judge_rejects_a_wrong_digit() -> None:
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 3.0, "T_R": 0.5}
    _, populations = judge_populations(2, "collective", point)
    result = symqb.xxz_battery(2).evaluate(
        digits=50, **{**point, "T_L": Fraction(3) + Fraction(1, 10**40)}
    )
    ranked = [p for _, p in sorted(zip(result.energies, result.populations, strict=True))]
    assert any(
        abs(a - b) > b * mpmath.mpf(10) ** -47 for a, b in zip(ranked, populations, strict=True)
    )
