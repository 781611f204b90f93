"""Open systems against a judge of their own: the whole Lindblad equation, which shares no code."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import Bath, OpenSystem, Register, System
from symqb.derive.system_blocks import derive_blocks
from symqb.derive.system_levels import derive_system_levels
from symqb.numerics.system_outputs import evaluate_system
from tests.systems.cases import Case, agree, compare, compare_digits, drawn, hopping, one

POINTS, FEW = 20, 3


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


@pytest.mark.parametrize("make", [maser, qubit_qutrit, dephased, refrigerator])
def test_fifty_digits_are_those_of_the_whole_lindblad_equation(make: Callable[[], Case]) -> None:
    case, opened = built(make)
    for seed in range(1 if case.system.size > 6 else 3):
        compare_digits(case, opened, drawn(case, 100 + seed))


PAIR = Register(2, 2)
W, G = sp.symbols("w g")
EQUAL = W * (PAIR.number(1) + PAIR.number(2))


@pytest.mark.parametrize("g", [0.0, 0.3])
def test_where_levels_coincide_coherences_are_counted(g: float) -> None:
    H = EQUAL + G * hopping(PAIR, 1, 2)
    baths = [Bath("L", "T_L", PAIR.x(1) + 2 * PAIR.x(2)), Bath("R", "T_R", PAIR.x(2))]
    opened = OpenSystem(System(H, baths))
    assert opened.closed
    agree(opened, {"w": 1.0, "g": g, "T_L": 1.0, "T_R": 2.5})
    if g == 0:
        emitted = opened.emit("numpy", outputs=["heat_current_L"])
        both = emitted(w=1.0, g=[0.0, 0.3], T_L=1.0, T_R=2.5).heat_current_L
        alone = opened.evaluate(w=1.0, g=0.0, T_L=1.0, T_R=2.5).heat_current_L
        assert both[0] == pytest.approx(alone, rel=1e-14)


def test_levels_that_coincide_for_all_parameters_have_numbers_and_a_reason() -> None:
    baths = [Bath("L", "T_L", PAIR.x(1) + 2 * PAIR.y(2)), Bath("R", "T_R", PAIR.x(2))]
    opened = OpenSystem(System(EQUAL, baths))
    with pytest.raises(symqb.NoClosedFormError, match=r"levels 2 and 3 coincide for all.*evaluate"):
        opened.transitions()
    assert opened.closed
    agree(opened, {"w": 1.0, "T_L": 1.0, "T_R": 2.5})


def test_a_resonant_transistor_is_that_of_the_judge() -> None:
    _, opened = built(transistor)
    point = {"B_L": 1.0, "B_M": 1.0, "B_R": 1.0, "J_LM": 0.5, "J_MR": 0.5, "J_LR": 0.5}
    agree(opened, {**point, "T_L": 1.0, "T_M": 2.0, "T_R": 3.0})


def triangle() -> OpenSystem:
    reg = Register(2, 2, 2)
    H = sum((sp.Symbol(f"B{k}") * reg.number(k) for k in (1, 2, 3)), sp.zeros(8, 8))
    for a, b in ((1, 2), (2, 3), (1, 3)):
        H += G * hopping(reg, a, b)
    return OpenSystem(System(H, [Bath(f"b{k}", f"T{k}", reg.x(k)) for k in (1, 2, 3)]))


def test_a_block_without_closed_form_is_named_and_has_numbers() -> None:
    opened = triangle()
    for call in (opened.eigensystem, opened.steady_state, lambda: opened.emit("numpy")):
        with pytest.raises(symqb.NoClosedFormError, match=r"block of bare states 2, 3, 5 needs"):
            call()
    point = {"B1": 1.0, "B2": 1.3, "B3": 1.8, "g": 0.4, "T1": 1.0, "T2": 2.0, "T3": 0.5}
    agree(opened, point)
    # three equal fields: levels coincide
    agree(opened, point | {"B2": 1.0, "B3": 1.0})
    arrays = opened.evaluate(**point | {"T1": [1.0, 2.0]}, outputs=["populations"])
    assert arrays.populations.shape == (2, 8)
    alone = opened.evaluate(**point, outputs=["populations"]).populations
    assert (arrays.populations[0] == alone).all()


def test_entries_may_be_roots_exponentials_and_cosines() -> None:
    theta, a = sp.symbols("theta a")
    baths = [Bath("L", "T_L", PAIR.x(1)), Bath("R", "T_R", sp.exp(-a) * PAIR.x(2))]
    bond = hopping(PAIR, 1, 2)
    uneven = W * PAIR.number(1) + 2 * W * PAIR.number(2)
    point = {"w": 1.0, "T_L": 1.0, "T_R": 2.0, "a": 0.3}
    rooted = OpenSystem(System(uneven + sp.sqrt(G) * bond, baths))
    assert rooted.closed
    agree(rooted, point | {"g": 0.2})
    turned = OpenSystem(System(uneven + sp.cos(theta) * bond / 3, baths))
    assert turned.eigensystem()[2].energy.has(sp.cos(theta))
    with pytest.raises(symqb.NoClosedFormError, match=r"cos.theta. cannot be written"):
        turned.emit("numpy")
    agree(turned, point | {"theta": 0.7})


def test_symmetries_split_blocks() -> None:
    swap = sp.Matrix([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    H = EQUAL + G * hopping(PAIR, 1, 2) + sp.Symbol("h") * (PAIR.x(1) + PAIR.x(2))
    baths = [Bath("L", "T_L", PAIR.x(1)), Bath("R", "T_R", PAIR.z(2))]
    whole, split = (OpenSystem(System(H, baths, symmetries=s)) for s in ([], [swap]))
    assert [len(block.basis) for block in derive_blocks(whole.system)] == [4]
    assert [len(block.basis) for block in derive_blocks(split.system)] == [3, 1]
    point = {"w": 1.0, "g": 0.3, "h": 0.4, "T_L": 1.0, "T_R": 2.0}
    agree(whole, point)
    agree(split, point)


def test_jumps_are_taken_as_they_stand() -> None:
    H = W * PAIR.number(1) + sp.Symbol("u") * PAIR.number(2) + G * hopping(PAIR, 1, 2)
    jumps = [
        symqb.Jump(PAIR.minus(1), "a", "L"),
        symqb.Jump(PAIR.plus(1), "b", "L"),
        symqb.Jump(PAIR.minus(2), "c", "R"),
        symqb.Jump(PAIR.plus(2), sp.Symbol("c") / 5, "R"),
    ]
    local = OpenSystem(System(H, [], jumps=jumps))
    point = {"w": 1.0, "u": 1.6, "g": 0.3, "a": 1.0, "b": 0.5, "c": 1.0}
    agree(local, point, jumps=True)
    assert local.closed
    mixed = OpenSystem(System(H, [Bath("d", "T", PAIR.z(1) + PAIR.x(2))], jumps=jumps[:2]))
    agree(mixed, {k: v for k, v in point.items() if k != "c"} | {"T": 1.5}, jumps=True)


def test_the_efficiency_of_the_maser_is_one_less_the_ratio_of_frequencies() -> None:
    _, opened = built(maser)
    steady = opened.steady_state()
    p = dict(zip(steady.labels, steady.populations_in_rates, strict=True))
    flux = {}
    for t in steady.transitions:
        (bath,) = t.elements
        rates = [sp.Symbol(f"Gamma_{a}_{b}") for a, b in ((t.upper, t.lower), (t.lower, t.upper))]
        # heat from the bath, over the frequency
        flux[bath] = (t.frequency, rates[1] * p[t.lower] - rates[0] * p[t.upper])
    heat = {bath: sp.simplify(w * rate) for bath, (w, rate) in flux.items()}
    c, h = sp.symbols("w_c w_h")
    assert sp.simplify(-heat["w"] / heat["h"] - (1 - c / h)) == 0
    assert sp.simplify(-heat["c"] / heat["h"] - c / h) == 0


def test_the_local_refrigerator_has_the_ratio_of_frequencies_as_its_performance() -> None:
    reg, g = Register(2, 2, 2), sp.Symbol("g")
    w = {"c": 1, "h": sp.Rational(8, 3), "w": sp.Rational(5, 3)}
    bond = reg.plus(1) * reg.minus(2) * reg.plus(3)
    H = sum((w[n] * reg.number(k) for k, n in enumerate("chw", 1)), g * (bond + bond.T))
    jumps = []
    for k, name in enumerate("chw", 1):
        ratio = sp.exp(-w[name] / sp.Symbol(f"T_{name}"))
        jumps += [symqb.Jump(reg.minus(k), 1, name), symqb.Jump(reg.plus(k), ratio, name)]
    local = OpenSystem(System(H, [], jumps=jumps))
    heats = [f"heat_current_{name}" for name in "chw"]
    found = local.evaluate(g=0.05, T_c=1.0, T_h=1.2, T_w=5.0, outputs=heats)
    assert found.heat_current_c > 0
    # the energy of the bond is carried in both ratios alike at resonance
    assert found.heat_current_c / found.heat_current_w == pytest.approx(3 / 5, rel=1e-12)


def test_the_global_refrigerator_stays_below_carnot() -> None:
    _, opened = built(refrigerator)
    cooling = 0
    for seed in range(200):
        point = drawn(built(refrigerator)[0], 1000 + seed)
        cold, hot, work = sorted((point["T_c"], point["T_h"], point["T_w"]))
        point |= {"T_c": cold, "T_h": hot, "T_w": work, "w2": point["w1"] + point["w3"] + 0.01}
        found = opened.evaluate(**point, outputs=["heat_current_c", "heat_current_w"])
        if found.heat_current_c > 1e-6 and found.heat_current_w > 0:
            cooling += 1
            carnot = (1 - hot / work) / (hot / cold - 1)
            assert found.heat_current_c / found.heat_current_w < carnot
    assert cooling > 5


def test_a_dot_between_two_leads_has_the_mean_of_their_occupations() -> None:
    reg, e = Register(2), sp.Symbol("e")
    leads = [
        Bath(n, f"T_{n}", reg.minus(1), statistics="fermion", mu=f"mu_{n}", kappa=f"k_{n}")
        for n in "LR"
    ]
    dot = OpenSystem(System(e * reg.number(1), leads))
    point = {"e": 0.7, "mu_L": 0.4, "mu_R": -0.2, "T_L": 1.5, "T_R": 0.3, "k_L": 2.0, "k_R": 0.5}
    f = [1 / (np.exp((0.7 - point[f"mu_{n}"]) / point[f"T_{n}"]) + 1) for n in "LR"]
    found = dot.evaluate(**point)
    occupied = (2.0 * f[0] + 0.5 * f[1]) / 2.5
    current = 2.0 * 0.5 / 2.5 * (f[0] - f[1])
    assert found.populations == pytest.approx([occupied, 1 - occupied], rel=1e-14)
    assert found.particle_current_L == pytest.approx(current, rel=1e-13)
    assert found.particle_current_R == pytest.approx(-current, rel=1e-13)
    assert found.heat_current_L == pytest.approx((0.7 - 0.4) * current, rel=1e-13)
    # at the reversible point, other temperatures and potentials, nothing flows
    still = point | {"e": "1/2", "mu_L": "1/4", "mu_R": "0", "T_L": "1/2", "T_R": "1"}
    exact = {name: str(x) for name, x in still.items()}
    quiet = dot.evaluate(digits=20, outputs=["particle_current_L", "entropy_production"], **exact)
    assert (quiet.particle_current_L, quiet.entropy_production) == (0, 0)


@pytest.mark.parametrize("make", [maser, refrigerator, moriya, dots])
def test_at_one_temperature_nothing_flows(make: Callable[[], Case]) -> None:
    case, opened = built(make)
    point = {k: v for k, v in drawn(case, 7).items() if k in opened.parameters}
    point |= {k: 1.25 for k in point if k.startswith("T_")}
    point |= {k: 0.5 for k in point if k.startswith("mu_")}
    found = opened.evaluate(**point)
    for name in opened.outputs:
        if "current" in name or name == "entropy_production":
            assert found[name] == 0, name
    if make is not dots:
        weights = np.exp(-found.energies / 1.25)
        assert found.populations == pytest.approx(weights / weights.sum(), rel=1e-13)


def test_a_chain_stated_as_a_system_is_the_chain() -> None:
    battery = symqb.xxz_battery(3)
    reg = Register(2, 2, 2)
    left = reg.x(1) + sp.Symbol("epsilon") * reg.x(3)
    baths = [Bath("L", "T_L", left), Bath("R", "T_R", reg.x(3))]
    mirror = sp.zeros(8, 8)
    states = reg.states()
    for k, state in enumerate(states):
        mirror[states.index(state[::-1]), k] = 1
    levels = derive_system_levels(System(battery.hamiltonian, baths, symmetries=[mirror]))
    empty = next(level.label for level in levels if level.energy == battery.hamiltonian[7, 7])
    opened = OpenSystem(System(battery.hamiltonian, baths, reference=empty, symmetries=[mirror]))
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.6, "T_L": 5.0, "T_R": 0.8}
    one, other = battery.evaluate(**point), opened.evaluate(**point)
    order, back = np.argsort(one.energies), np.argsort(other.energies)
    assert one.populations[order] == pytest.approx(other.populations[back], rel=1e-13)
    for name in ("stored_energy", "capacity", "charge", "ergotropy", "exergy", "heat_current_L"):
        assert other[name] == pytest.approx(one[name], rel=1e-12), name


@pytest.mark.parametrize("target", ["numpy", "c", "mpmath", "arb"])
def test_every_target_gives_what_evaluate_gives(target: str) -> None:
    case, opened = built(dots)
    point = {k: v for k, v in drawn(case, 3).items() if k in opened.parameters}
    outputs = ["populations", "heat_current_L", "particle_current_R", "entropy_production"]
    expected = opened.evaluate(outputs=outputs, **point)
    found = opened.emit(target, outputs=outputs)(**point)
    for name in outputs:
        numbers = np.array(found[name], dtype=object)
        floats = np.vectorize(lambda x: float(getattr(x, "mid", lambda: x)()))(numbers)
        assert floats == pytest.approx(expected[name], rel=1e-12), name


def test_derivatives_and_sources_are_there() -> None:
    _, opened = built(maser)
    point = {"w_c": 1.0, "w_h": 3.0, "T_c": 1.0, "T_h": 4.0, "T_w": 10.0}
    slope = opened.emit("numpy", outputs=["heat_current_c"], derivatives=["T_h"])(**point)
    step = 1e-5
    ends = [
        opened.evaluate(**point | {"T_h": 4.0 + s}, outputs=["heat_current_c"]).heat_current_c
        for s in (-step, step)
    ]
    difference = (ends[1] - ends[0]) / (2 * step)
    assert slope["d_heat_current_c_d_T_h"] == pytest.approx(difference, rel=1e-6)
    for target in ("numpy", "c", "javascript", "julia", "fortran", "rust", "mathematica", "json"):
        assert "w_c" in opened.source(target, outputs=["populations"]), target
    assert "3 levels, baths c, h, w" in opened.latex(["populations"])


def test_dephasing_is_recorded_and_drives_nothing() -> None:
    _, opened = built(dephased)
    transitions = opened.transitions()
    (diagonal,) = [d for d in transitions.dephasing if d.bath == "d"]
    assert set(diagonal.elements) == {1, 2, 3, 4}
    assert diagonal.rate == sp.Symbol("kappa") * sp.Symbol("T_d")
    pairs = {(t.upper, t.lower) for t in transitions if "d" in t.elements}
    assert pairs == {(3, 2)}


def test_open_systems_refuse_what_they_cannot_do() -> None:
    _, opened = built(maser)
    point = {"w_c": 1.0, "w_h": 3.0, "T_c": 1.0, "T_h": 4.0, "T_w": 10.0}
    cases: list[tuple[dict[str, Any], str]] = [
        (point | {"T_c": -1.0}, "temperatures must be >= 0"),
        (point | {"kappa": 0.0}, "dissipation strength must be > 0"),
        (point | {"w_x": 1.0}, "unknown parameter 'w_x'"),
        ({k: v for k, v in point.items() if k != "w_c"}, "missing parameter 'w_c'"),
        (point | {"w_c": float("nan")}, "not finite"),
        (point | {"outputs": ["work"]}, "'work' is unknown"),
        (point | {"digits": 3}, "digits=3 is out of range"),
    ]
    for given, said in cases:
        with pytest.raises(symqb.ParameterError, match=said):
            opened.evaluate(**given)
    with pytest.raises(symqb.ParameterError, match="is not a System"):
        OpenSystem(3)  # type: ignore[arg-type]
    with pytest.raises(symqb.ParameterError, match="target='cobol'"):
        opened.emit("cobol")
    with pytest.raises(symqb.ParameterError, match="no option 'T_c'"):
        opened.emit("numpy", T_c=1.0)


def test_a_chemical_potential_above_a_frequency_is_refused() -> None:
    reg = Register(2)
    opened = OpenSystem(System(W * reg.number(1), [Bath("m", "T", reg.x(1), mu="mu")]))
    assert opened.evaluate(w=1.0, T=1.0, mu=0.5).populations[0] == pytest.approx(
        1 / (np.exp(0.5) + 1), rel=1e-14
    )
    for mu in (1.0, 1.5):
        with pytest.raises(symqb.DomainError, match="must be below every frequency"):
            opened.evaluate(w=1.0, T=1.0, mu=mu)


def test_several_steady_states_are_refused() -> None:
    dark = OpenSystem(
        System(EQUAL + G * hopping(PAIR, 1, 2), [Bath("L", "T", PAIR.x(1) + PAIR.x(2))])
    )
    assert dark.evaluate(w=1.0, g=0.3, T=1.0, outputs=["energies"]).energies.shape == (4,)
    with pytest.raises(symqb.SteadyStateError, match=r"not unique.*no bath connects levels"):
        dark.evaluate(w=1.0, g=0.3, T=1.0)
    still = OpenSystem(System(EQUAL, [Bath("L", "T", PAIR.x(1) + PAIR.x(2))]))
    with pytest.raises(symqb.SteadyStateError, match="not unique"):
        still.evaluate(w=1.0, T=1.0)
    qutrit = Register(3)
    baths = [Bath("L", "T", one(qutrit, 0, 1)), Bath("R", "S", one(qutrit, 1, 2))]
    frozen = OpenSystem(System(sp.diag(0, W, G), baths))
    with pytest.raises(symqb.SteadyStateError, match="ever left"):
        frozen.evaluate(w=2.0, g=1.0, T=0.0, S=0.0)


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_numbers_without_the_program_have_its_levels_in_its_order(
    make: Callable[[], Case],
) -> None:
    case, opened = built(make)
    point = {k: v for k, v in drawn(case, 50).items() if k in opened.parameters}
    found = evaluate_system(case.system, opened.outputs, point, 20)
    expected = opened.evaluate(**point)
    for name in opened.outputs:
        numbers = np.array(found[name], dtype=float)
        assert numbers == pytest.approx(expected[name], rel=1e-11, abs=1e-13), name


def test_beside_a_very_cold_bath_exergy_keeps_its_digits() -> None:
    _, opened = built(qubit_qutrit)
    point = {"w": 1211.4141289672084, "u": 0.012967366697644063, "v": 0.1580951857505526}
    point |= {"g": 454.6657887134947, "T_L": 0.00032553950241023116, "T_R": 8610.391479479475}
    point |= {"kappa_R": 75.45577918084845, "kappa": 1.0660764967683687}
    # by hand from the populations to 25 digits; a program without the guard has 0.24832573546
    assert opened.evaluate(**point).exergy == pytest.approx(0.2565923163874772747, rel=1e-12)


def test_equal_qubits_on_baths_of_their_own_are_two_qubits() -> None:
    opened = OpenSystem(System(EQUAL, [Bath("L", "T_L", PAIR.x(1)), Bath("R", "T_R", PAIR.x(2))]))
    assert opened.closed
    found = opened.evaluate(w=1.0, T_L=1.0, T_R=2.5)
    up = [1 / (np.exp(1.0 / T) + 1) for T in (1.0, 2.5)]
    product = [up[0] * up[1], up[0] * (1 - up[1]), (1 - up[0]) * up[1], (1 - up[0]) * (1 - up[1])]
    assert found.populations == pytest.approx(product, rel=1e-13)
    assert found.heat_current_L == 0


def test_levels_and_transitions_show_themselves() -> None:
    _, opened = built(maser)
    assert repr(opened.eigensystem()).splitlines()[1] == "E_2 = w_c  (bare states 2)"
    assert len(repr(opened.transitions()).splitlines()) == 3
    assert "dephasing by d" in repr(built(dephased)[1].transitions())
    for table in (opened.eigensystem(), opened.transitions()):
        assert table._repr_html_().count("<tr>") == 4


def test_algebraic_constants_are_taken_out_of_states_and_squares_out_of_roots() -> None:
    """A trimer's weights were quotients of degree sixteen, and a ring's levels held sqrt(J**2)."""
    reg, B, J, D = Register(2, 2, 2), *sp.symbols("B J D")
    bonds = [(1, 2), (2, 3), (3, 1)]
    H = sum((B * reg.number(k) for k in (1, 2, 3)), sp.zeros(8))
    H += sum((J * hopping(reg, a, b) for a, b in bonds), sp.zeros(8))
    curl = sum((reg.x(a) * reg.y(b) - reg.y(a) * reg.x(b) for a, b in bonds), sp.zeros(8))
    trimer = OpenSystem(System(H + D * curl / 2, [Bath("L", "T", reg.x(1))]))
    weights = {w for t in trimer.transitions() for w in t.weights.values()}
    assert weights == {sp.Rational(1, 3), sp.Rational(1, 9), sp.Rational(4, 9)}
    states = reg.states()
    mirror = sp.Matrix(8, 8, lambda i, j: int(states[i] == states[j][::-1]))
    ring = OpenSystem(System(H, [Bath("L", "T", reg.x(1))], symmetries=[mirror]))
    energies = {level.energy for level in ring.eigensystem()}
    assert energies == {0, 3 * B, B - J, 2 * B - J, B + 2 * J, 2 * B + 2 * J}
