"""Open systems against a judge of their own: the whole Lindblad equation, which shares no code."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import Bath, OpenSystem, Register, System
from tests.systems.open_judge import JudgedBath, judge

POINTS, FEW = 20, 3
TOLERANCE = 1e-10


@dataclass
class Case:
    """A system, how its parameters are drawn, and the number of particles that leads count."""

    system: System
    draw: dict[str, tuple[float, float]]
    number: Any = None


def one(reg: Register, a: int, b: int, site: int = 1) -> Any:
    return reg.transition(site, a, b) + reg.transition(site, b, a)


def hopping(reg: Register, a: int, b: int) -> Any:
    swap = reg.plus(a) * reg.minus(b)
    return swap + swap.T


def maser() -> Case:
    """Three levels, each pair on a bath of its own (Scovil and Schulz-DuBois 1959)."""
    reg, c, h = Register(3), *sp.symbols("w_c w_h")
    H = c * reg.transition(1, 1, 1) + h * reg.transition(1, 2, 2)
    baths = [
        Bath("c", "T_c", one(reg, 0, 1)),
        Bath("h", "T_h", one(reg, 0, 2)),
        Bath("w", "T_w", one(reg, 1, 2)),
    ]
    temperatures = {"T_c": (0.5, 2.0), "T_h": (1.0, 5.0), "T_w": (1.0, 9.0)}
    system = System(H, baths, reference="lowest")
    return Case(system, {"w_c": (0.5, 1.5), "w_h": (2.0, 4.0), **temperatures})


def refrigerator() -> Case:
    """Three qubits with a three-body bond (Linden, Popescu, Skrzypczyk 2010), global baths."""
    reg, g = Register(2, 2, 2), sp.Symbol("g")
    w = sp.symbols("w1:4")
    bond = reg.plus(1) * reg.minus(2) * reg.plus(3)
    H = sum((w[k] * reg.number(k + 1) for k in range(3)), g * (bond + bond.T))
    baths = [Bath(name, f"T_{name}", reg.x(k)) for k, name in enumerate("chw", 1)]
    draw = {"w1": (0.5, 1.5), "w2": (2.5, 4.0), "w3": (1.5, 2.5), "g": (0.1, 0.6)}
    return Case(System(H, baths), {**draw, "T_c": (0.5, 2), "T_h": (1, 3), "T_w": (2, 9)})


def transistor() -> Case:
    """Three spins in a triangle of zz bonds, each on a bath (Joulain et al. 2016)."""
    reg = Register(2, 2, 2)
    names = {(1, 2): "J_LM", (2, 3): "J_MR", (1, 3): "J_LR"}
    H = sum(
        (sp.Symbol(f"B_{n}") * reg.z(k) / 2 for k, n in enumerate("LMR", 1)), sp.zeros(8, 8)
    ) + sum(
        (sp.Symbol(name) * reg.z(a) * reg.z(b) / 2 for (a, b), name in names.items()),
        sp.zeros(8, 8),
    )
    baths = [Bath(name, f"T_{name}", reg.x(k)) for k, name in enumerate("LMR", 1)]
    draw = dict.fromkeys(("B_L", "B_M", "B_R", *names.values()), (0.3, 2.0))
    return Case(System(H, baths), {**draw, **{f"T_{n}": (0.5, 4.0) for n in "LMR"}})


def qubit_qutrit() -> Case:
    """A qubit that exchanges its excitation with a qutrit of uneven levels."""
    reg, w, u, v, g = Register(2, 3), *sp.symbols("w u v g")
    bond = reg.plus(1) * reg.transition(2, 0, 1)
    H = w * reg.number(1) + u * reg.transition(2, 1, 1) + v * reg.transition(2, 2, 2)
    ladder = reg.lower(2) + reg.raising(2)
    baths = [Bath("L", "T_L", reg.x(1)), Bath("R", "T_R", ladder, kappa="kappa_R")]
    draw = {"w": (0.8, 1.2), "u": (0.9, 1.3), "v": (2.5, 3.5), "g": (0.1, 0.5)}
    temperatures = {"T_L": (0.5, 3.0), "T_R": (0.5, 3.0), "kappa_R": (0.3, 2.0)}
    return Case(System(H + g * (bond + bond.T), baths, reference=6), {**draw, **temperatures})


def star() -> Case:
    """A spin in the middle of three, zz bonds, a bath each: sixteen levels."""
    reg = Register(2, 2, 2, 2)
    H = sum((sp.Symbol(f"B{k}") * reg.number(k) for k in range(1, 5)), sp.zeros(16, 16))
    H += sum((sp.Symbol(f"J{k}") * reg.z(1) * reg.z(k) for k in range(2, 5)), sp.zeros(16, 16))
    baths = [Bath(f"b{k}", f"T{k}", reg.x(k)) for k in range(1, 5)]
    draw = {f"B{k}": (0.5, 3.0) for k in range(1, 5)} | {f"J{k}": (0.2, 1.5) for k in range(2, 5)}
    return Case(System(H, baths), {**draw, **{f"T{k}": (0.7, 4.0) for k in range(1, 5)}})


def dephased() -> Case:
    """Two exchanging qubits, one of them dephased by a bath along z."""
    reg, w, u, g = Register(2, 2), *sp.symbols("w u g")
    H = w * reg.number(1) + u * reg.number(2) + g * hopping(reg, 1, 2)
    baths = [
        Bath("L", "T_L", reg.x(1)),
        Bath("R", "T_R", reg.x(2)),
        Bath("d", "T_d", reg.z(1), spectrum=symqb.SpectralDensity("w_c")),
    ]
    draw = {"w": (0.8, 1.2), "u": (1.3, 1.8), "g": (0.1, 0.6), "w_c": (1.0, 4.0)}
    return Case(System(H, baths), {**draw, **{f"T_{n}": (0.5, 4.0) for n in "LRd"}})


def moriya() -> Case:
    """Two qubits with exchange and a Dzyaloshinskii-Moriya bond: complex amplitudes."""
    reg, w, u, J, D = Register(2, 2), *sp.symbols("w u J D")
    curl = reg.x(1) * reg.y(2) - reg.y(1) * reg.x(2)
    H = w * reg.number(1) + u * reg.number(2) + J * hopping(reg, 1, 2) + D * curl / 2
    both = [reg.x(1), sp.Symbol("e") * reg.y(2)]
    baths = [
        Bath("L", "T_L", both),
        Bath("R", "T_R", [*both[1:], reg.x(1)], dissipation="individual"),
    ]
    draw = {"w": (0.8, 1.2), "u": (1.4, 1.8), "J": (0.1, 0.6), "D": (0.1, 0.6), "e": (0.2, 1.5)}
    return Case(System(H, baths), {**draw, "T_L": (0.5, 3.0), "T_R": (0.5, 3.0)})


def dots() -> Case:
    """Two quantum dots in a row between leads, with repulsion, and a bath of phonons."""
    reg, a, b, t, U = Register(2, 2), *sp.symbols("e_a e_b t U")
    first, second = reg.minus(1), reg.z(1) * reg.minus(2)
    hop = first.T * second
    H = a * reg.number(1) + b * reg.number(2) + U * reg.number(1) * reg.number(2)
    baths = [
        Bath("L", "T_L", first, statistics="fermion", mu="mu_L"),
        Bath("R", "T_R", second, statistics="fermion", mu="mu_R", kappa="kappa_R"),
        Bath("p", "T_p", hop + hop.T),
    ]
    draw = {"e_a": (0.5, 1.5), "e_b": (0.5, 1.5), "t": (0.1, 0.6), "U": (0.5, 3.0)}
    leads = {"mu_L": (-1.0, 2.0), "mu_R": (-1.0, 1.0), "T_L": (0.3, 2.0), "T_R": (0.3, 2.0)}
    number = reg.number(1) + reg.number(2)
    draw = {**draw, **leads, "T_p": (0.3, 2.0), "kappa_R": (0.3, 2.0)}
    return Case(System(H + t * (hop + hop.T), baths), draw, number)


def truncated_jaynes_cummings() -> Case:
    """A qubit and an oscillator of three levels: blocks of two, with roots in the couplings."""
    reg, w, u, g = Register(2, 3), *sp.symbols("w u g")
    bond = reg.plus(1) * reg.lower(2)
    H = w * reg.number(1) + u * reg.number(2) + g * (bond + bond.T)
    baths = [Bath("q", "T_q", reg.x(1)), Bath("o", "T_o", reg.lower(2) + reg.raising(2))]
    draw = {"w": (0.8, 1.2), "u": (1.3, 1.9), "g": (0.1, 0.5)}
    return Case(System(H, baths), {**draw, "T_q": (0.5, 3.0), "T_o": (0.5, 3.0)})


def spin_one() -> Case:
    """A block of three with roots of degree two: a spin one in a transverse field."""
    reg, B, D, w = Register(3), *sp.symbols("B D w")
    H = sp.Matrix([[0, B, 0], [B, D, B], [0, B, 0]])
    baths = [
        Bath("a", "T_a", one(reg, 0, 1)),
        Bath("b", "T_b", sp.diag(0, 1, 2) + w * one(reg, 0, 2)),
    ]
    draw = {"B": (0.3, 1.0), "D": (0.2, 1.5), "w": (0.2, 1.0)}
    return Case(System(H, baths), {**draw, "T_a": (0.5, 3.0), "T_b": (0.5, 3.0)})


def squeezed() -> Case:
    """A maser with a squeezed hot bath and a cold one of phonons with an own density."""
    reg, c, h, r = Register(3), *sp.symbols("w_c w_h r")
    H = c * reg.transition(1, 1, 1) + h * reg.transition(1, 2, 2)
    w = sp.Symbol("w")
    mean = 1 / (sp.exp(w / sp.Symbol("T_h")) - 1)
    occupation = sp.Lambda(w, mean + (2 * mean + 1) * r**2)
    baths = [
        Bath("h", "T_h", one(reg, 0, 2), occupation=occupation),
        Bath("c", "T_c", one(reg, 0, 1), spectrum=sp.Lambda(w, w**3 / (1 + w**2))),
        Bath("w", "T_w", one(reg, 1, 2), mu=sp.Rational(-1, 3)),
    ]
    draw = {"w_c": (0.5, 1.5), "w_h": (2.0, 4.0), "r": (0.1, 0.8)}
    return Case(System(H, baths), {**draw, "T_c": (0.5, 2.0), "T_h": (1.0, 5.0), "T_w": (1.0, 9.0)})


CASES: list[Callable[[], Case]] = [
    *(maser, refrigerator, transistor, qubit_qutrit, star, dephased, moriya, dots),
    *(truncated_jaynes_cummings, spin_one, squeezed),
]


@cache
def built(make: Callable[[], Case]) -> tuple[Case, OpenSystem]:
    case = make()
    return case, OpenSystem(case.system)


def drawn(case: Case, seed: int) -> dict[str, float]:
    source = random.Random(f"{seed} {case.system.size} {sorted(case.draw)}")
    return {name: source.uniform(*ends) for name, ends in case.draw.items()} | {
        "kappa": source.uniform(0.3, 2.0)
    }


def numbers(matrix: Any, point: dict[str, float]) -> Any:
    entries = sp.Matrix(matrix).subs({sp.Symbol(k): v for k, v in point.items()})
    return np.array(entries.evalf(20).tolist(), dtype=complex)


def value(given: Any, point: dict[str, float]) -> Any:
    expr = sp.Symbol(given) if isinstance(given, str) else sp.sympify(given)
    return float(expr.subs({sp.Symbol(k): v for k, v in point.items()}))


def judged_baths(system: System, point: dict[str, float]) -> list[JudgedBath]:
    found = []
    for bath in system.baths:
        operators = [numbers(S, point) for S in bath.operators]
        if bath.dissipation == "collective":
            operators = [sum(operators)]
        fermion, density, occupation = bath.statistics == "fermion", None, None
        if isinstance(bath.spectrum, symqb.SpectralDensity):
            cutoff = value(bath.spectrum.cutoff, point)
            density = lambda w, cutoff=cutoff: np.exp(-w / cutoff)  # noqa: E731
        elif bath.spectrum is not None:
            density = lambda w, J=bath.spectrum: float(J(w)) / w  # noqa: E731
        if bath.occupation is not None:
            occupation = lambda w, n=bath.occupation: value(n(w), point)  # noqa: E731
        kappa = value(system.kappa if bath.kappa is None else bath.kappa, point)
        T, mu = value(bath.temperature, point), value(bath.mu, point)
        found.append(JudgedBath(operators, T, kappa, fermion, mu, density, occupation))
    return found


def compare(case: Case, opened: OpenSystem, point: dict[str, float]) -> None:
    given = {k: v for k, v in point.items() if k in opened.parameters}
    result = opened.evaluate(**given)
    number = None if case.number is None else numbers(case.number, point)
    truth = judge(numbers(case.system.H, point), judged_baths(case.system, point), number)
    order = np.argsort(result.energies, kind="stable")
    assert np.allclose(result.energies[order], truth.energies, rtol=0, atol=TOLERANCE)
    assert np.allclose(result.populations[order], truth.populations, rtol=0, atol=TOLERANCE)
    largest = max(1.0, *map(abs, truth.heat))
    for k, bath in enumerate(case.system.baths):
        mu = value(bath.mu, point)
        if not (mu and bath.statistics == "boson"):
            current = result[f"heat_current_{bath.name}"]
            assert abs(current - truth.heat[k]) < TOLERANCE * largest, bath.name
        if bath.statistics == "fermion":
            found = result[f"particle_current_{bath.name}"]
            assert abs(found - truth.particles[k]) < TOLERANCE * largest, bath.name
    if "entropy_production" in result:
        assert result.entropy_production >= 0


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_populations_and_currents_are_those_of_the_whole_lindblad_equation(
    make: Callable[[], Case],
) -> None:
    case, opened = built(make)
    assert opened.closed, opened.derivation.refusal
    for seed in range(POINTS if case.system.size < 16 else FEW):
        compare(case, opened, drawn(case, seed))


@pytest.mark.slow
def test_sixteen_levels_are_those_of_the_whole_lindblad_equation() -> None:
    case, opened = built(star)
    for seed in range(FEW, POINTS):
        compare(case, opened, drawn(case, seed))
