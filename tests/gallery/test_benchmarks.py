"""What papers on small machines state, held against the models of the gallery."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.optimize
import sympy as sp

import symqb
from symqb import OpenSystem
from tests.gallery.pages import page
from tests.systems.cases import judged_baths, numbers
from tests.systems.open_judge import judge
from tests.systems.test_states_in_time import wootters

TRANSISTOR = {"B_L": 0.05, "B_M": 0.1, "B_R": 0.15, "D": 1.0, "T_L": 0.2, "T_R": 0.02}
HEATS = ["heat_current_L", "heat_current_M"]


def zero(difference: Any) -> bool:
    return bool(sp.simplify(difference) == 0)


def uniform(seed: int, **ranges: tuple[float, float]) -> dict[str, float]:
    source = random.Random(seed)
    return {name: source.uniform(*ends) for name, ends in ranges.items()}


def test_the_masers_efficiency_is_a_ratio_of_frequencies() -> None:
    """Scovil and Schulz-DuBois, Phys. Rev. Lett. 2, 262 (1959)."""
    names = page("three-level-maser")
    heat, ratio = names["heat"], names["w_c"] / names["w_h"]
    assert zero(-heat["w"] / heat["h"] - (1 - ratio))
    assert zero(-heat["c"] / heat["h"] - ratio)


def test_the_maser_amplifies_where_carnot_lets_it() -> None:
    """Scovil and Schulz-DuBois 1959: inversion needs w_c/T_c above w_h/T_h."""
    system, signs = page("three-level-maser")["system"], set()
    for seed in range(100):
        point = uniform(seed, w_c=(0.1, 0.9), T_c=(0.2, 1.0), T_h=(0.5, 4.0)) | {"w_h": 1.0}
        into = system.evaluate(outputs=["heat_current_w"], T_w=1e9, **point).heat_current_w < 0
        inverted = point["w_c"] / point["T_c"] > point["w_h"] / point["T_h"]
        assert into == inverted, point
        signs.add(inverted)
    assert signs == {True, False}


def test_the_global_refrigerator_cools_below_carnot() -> None:
    """Correa, Palao, Adesso and Alonso, Phys. Rev. E 87, 042131 (2013)."""
    for name in ("absorption-refrigerator", "qubit-qutrit"):
        system, cooling = page(name)["system"], 0
        for seed in range(100):
            drawn = uniform(seed, w_c=(0.2, 1.5), g=(0.02, 0.3), T_h=(1.05, 2.0), T_w=(2.0, 9.0))
            point = drawn | {"w_w": 2.0, "T_c": 1.0}
            found = system.evaluate(outputs=["heat_current_c", "heat_current_w"], **point)
            if found.heat_current_c > 0:
                cooling += 1
                carnot = (1 - point["T_h"] / point["T_w"]) / (point["T_h"] - 1)
                assert found.heat_current_c / found.heat_current_w < carnot
        assert cooling > 20


def test_the_local_refrigerators_performance_is_a_ratio_of_frequencies() -> None:
    """Linden, Popescu and Skrzypczyk 2010: by identities of operators, for all parameters."""
    names = page("local-refrigerator")
    # heat from each bath: its frequency times its excitations, and a multiple of the bond
    assert all(rest.is_zero_matrix for rest in names["rest"].values())
    H, V, bare, n = (names[key] for key in ("H", "V", "bare", "n"))
    # the bond only decays, so that its mean is zero; excitations are given two by two
    assert (bare * V - V * bare).expand().is_zero_matrix
    assert (H * n - n * H).expand().is_zero_matrix
    decay = sum(names["decay"].values())
    changes = sum((names["change"](V, bath) for bath in "chw"), sp.zeros(8, 8))
    assert (changes + decay * V / 2).expand().is_zero_matrix
    # it cools where u_c u_w > u_h: all else is positive
    u_c, u_h, u_w, g = sp.symbols("u_c u_h u_w g")
    top, bottom = sp.fraction(names["moved"])
    rest = sp.Poly(sp.cancel(top / (g * (u_c * u_w - u_h))), u_c, u_h, u_w, g)
    assert all(c.is_positive for part in (rest, sp.Poly(bottom)) for c in part.coeffs())
    for seed in range(3):
        point = uniform(seed, w_c=(0.3, 1.5), w_w=(0.5, 2), g=(0.05, 0.5), T_c=(0.5, 1), T_w=(2, 9))
        heats = ["heat_current_c", "heat_current_w"]
        found = names["system"].evaluate(outputs=heats, T_h=1.2, **point)
        ratio = point["w_c"] / point["w_w"]
        assert found.heat_current_c / found.heat_current_w == pytest.approx(ratio, rel=1e-9)


def test_local_jumps_move_heat_from_cold_to_hot_in_a_known_domain() -> None:
    """Levy and Kosloff, EPL 107, 20004 (2014): here T_1 < T_2 < T_1 w_2/w_1."""
    names = page("local-valve")
    u_1, u_2, w_1, w_2, g = sp.symbols("u_1 u_2 w_1 w_2 g")
    top, bottom = sp.fraction(sp.factor(names["heat"]))
    assert zero(top - 4 * g**2 * (u_1 - u_2) * (w_1 * (1 + u_2) + w_2 * (1 + u_1)))
    # positive: without the squared detuning all terms of the denominator are
    rest = sp.Poly(sp.expand(bottom - 4 * (w_1 - w_2) ** 2 * (1 + u_1) * (1 + u_2)), u_1, u_2, g)
    assert all(c.is_positive for c in rest.coeffs())
    formula = sp.lambdify((w_1, w_2, g, u_1, u_2), names["heat"])
    seen = {True: 0, False: 0}
    for seed in range(400):
        drawn = uniform(seed, w_1=(0.2, 2), w_2=(0.2, 2), g=(0.05, 0.6), T_1=(0.3, 3), T_2=(0.3, 3))
        up = [np.exp(-drawn[f"w_{k}"] / drawn[f"T_{k}"]) for k in (1, 2)]
        heat = formula(drawn["w_1"], drawn["w_2"], drawn["g"], *up)
        against = (heat > 0) == (drawn["T_1"] < drawn["T_2"])
        low, high = sorted((1.0, drawn["w_2"] / drawn["w_1"]))
        assert against == (low < drawn["T_2"] / drawn["T_1"] < high)
        seen[against] += 1
        if seed < 20:
            current = names["system"].evaluate(outputs=["heat_current_one"], **drawn)
            assert current.heat_current_one == pytest.approx(heat, abs=1e-12)
            proper = names["whole"].evaluate(outputs=["heat_current_one"], **drawn)
            assert (proper.heat_current_one > 0) == (drawn["T_1"] > drawn["T_2"])
    assert min(seen.values()) > 50


def test_the_transistor_amplifies() -> None:
    """Joulain, Drevillon, Ezzahri and Ordonez-Miranda, Phys. Rev. Lett. 116, 200601 (2016)."""
    system = page("thermal-transistor")["system"]
    found = system.emit("numpy", outputs=HEATS, derivatives=["T_M"])(T_M=0.1, **TRANSISTOR)
    amplification = found.d_heat_current_L_d_T_M / found.d_heat_current_M_d_T_M
    assert abs(amplification) > 100
    exact = {name: str(x) for name, x in TRANSISTOR.items()}
    ends = [system.evaluate(digits=30, outputs=HEATS, T_M=T, **exact) for T in ("0.0999", "0.1001")]
    by_differences = (ends[1].heat_current_L - ends[0].heat_current_L) / (
        ends[1].heat_current_M - ends[0].heat_current_M
    )
    assert float(by_differences) == pytest.approx(amplification, rel=1e-4)


def test_the_transistor_with_a_third_bond_amplifies_too() -> None:
    """The triangle of Joulain et al. 2016; with no bond between L and R it is the row."""
    row, triangle = (page(n)["system"] for n in ("thermal-transistor", "transistor-third-bond"))
    outputs = ["heat_current_L", "heat_current_M", "heat_current_R"]
    plain = row.evaluate(T_M=0.1, outputs=outputs, **TRANSISTOR)
    without = triangle.evaluate(T_M=0.1, J=0.0, outputs=outputs, **TRANSISTOR)
    for name in outputs:
        assert without[name] == pytest.approx(plain[name], rel=1e-11)
    slopes = triangle.emit("numpy", outputs=HEATS, derivatives=["T_M"])
    found = slopes(T_M=0.1, J=0.2, **TRANSISTOR)
    assert abs(found.d_heat_current_L_d_T_M / found.d_heat_current_M_d_T_M) > 100


def test_unequal_qubits_rectify_and_equal_ones_do_not() -> None:
    """Werlang, Marchiori, Cornelio and Valente, Phys. Rev. E 89, 062109 (2014)."""
    system = page("thermal-diode")["system"]

    def both(**point: float) -> list[float]:
        return [
            system.evaluate(T_L=a, T_R=b, outputs=["heat_current_L"], **point).heat_current_L
            for a, b in ((0.5, 0.05), (0.05, 0.5))
        ]

    forward, backward = both(w_L=1.0, w_R=0.1, J=0.5)
    assert forward > 0 > backward
    assert (forward + backward) / forward > 0.99
    forward, backward = both(w_L=1.0, w_R=1.0, J=0.5)
    assert forward == pytest.approx(-backward, rel=1e-12)


def test_the_spin_boson_rectifiers_current_is_the_published_one() -> None:
    """Segal and Nitzan, Phys. Rev. Lett. 94, 034301 (2005)."""
    names = page("spin-boson-rectifier")
    w, n_L, n_R, k_L, k_R = (names[key] for key in ("w", "n_L", "n_R", "k_L", "k_R"))
    left, right = k_L * w, k_R * w
    published = w * left * right * (n_L - n_R) / (left * (1 + 2 * n_L) + right * (1 + 2 * n_R))
    assert zero(names["heat"] - published)
    point = {"w": 0.8, "T_L": 1.5, "T_R": 0.4, "k_L": 1.3, "k_R": 0.2}
    means = {n_L: 1 / np.expm1(0.8 / 1.5), n_R: 1 / np.expm1(0.8 / 0.4)}
    value = float(names["heat"].subs(means).subs({w: 0.8, k_L: 1.3, k_R: 0.2}))
    found = names["system"].evaluate(outputs=["heat_current_L"], **point)
    assert found.heat_current_L == pytest.approx(value, rel=1e-12)


def test_qubits_between_two_temperatures_are_entangled() -> None:
    """Quiroga, Rodriguez, Ramirez and Paris, Phys. Rev. A 75, 032308 (2007)."""
    system = page("two-qubits-entangled")["system"]
    for g, T_L, T_R in ((1.5, 0.5, 0.2), (0.8, 0.35, 0.1), (3.0, 0.2, 0.9)):
        point = {"w": 1.0, "g": g, "T_L": T_L, "T_R": T_R}
        found = system.evaluate(outputs=["concurrence_1_2"], **point).concurrence_1_2
        full = {**point, "kappa": 1.0}
        truth = judge(numbers(system.hamiltonian, full), judged_baths(system.system, full))
        assert found == pytest.approx(wootters(truth.density), abs=1e-8)
        assert found > 0.01


def test_the_singlet_is_dark_and_the_triplet_radiates_twice_as_fast() -> None:
    """Dicke, Phys. Rev. 93, 99 (1954)."""
    system = page("common-bath-dark-state")["system"]
    half = 0.5**0.5
    start = {"singlet": [0, half, -half, 0], "triplet": [0, half, half, 0]}
    cold = {"w": 1.0, "T": 0.0}
    found = {
        name: system.evolve([0.0, 1.0], initial=state, basis="bare", **cold).energy[1]
        for name, state in start.items()
    }
    # one qubit alone would have exp(-1) left
    assert found["singlet"] == pytest.approx(1, rel=1e-12)
    assert found["triplet"] == pytest.approx(np.exp(-2), rel=1e-12)
    end = system.evolve([np.inf], initial=[0, 1, 0, 0], basis="bare", **cold).bare_density[0]
    assert wootters(end) == pytest.approx(0.5, abs=1e-7)


def test_the_dots_efficiency_is_a_ratio_of_energies() -> None:
    """Humphrey, Newbury, Taylor and Linke, Phys. Rev. Lett. 89, 116801 (2002)."""
    names, made = page("quantum-dot-engine"), {"x": "heat_current_h / particle_current_h"}
    f_h, f_c, kappa = names["f_h"], names["f_c"], names["kappa"]
    assert zero(names["current"] - kappa * (f_h - f_c) / 2)
    point = {"e": 2.0, "mu_h": 0.1, "mu_c": 0.7, "T_h": 1.0, "T_c": 0.2}
    assert names["system"].evaluate(outputs=made, **point).x == pytest.approx(1.9, rel=1e-12)
    # reversible, where nothing flows: (e - mu_h)/T_h = (e - mu_c)/T_c
    still = {"e": "2", "mu_h": "0", "mu_c": "8/5", "T_h": "1", "T_c": "1/5"}
    exact = names["system"].evaluate(digits=20, outputs=["particle_current_h"], **still)
    assert exact.particle_current_h == 0


def test_the_dots_efficiency_at_the_largest_power() -> None:
    """Esposito, Lindenberg and Van den Broeck, EPL 85, 60010 (2009): eta/2 + eta^2/8 + ..."""
    system = page("quantum-dot-engine")["system"]
    power = {"power": "(mu_c - mu_h) * particle_current_h"}
    for eta in (0.05, 0.1, 0.2):

        def lost(x: Any, eta: float = eta) -> float:
            found = system.evaluate(outputs=power, e=x[0], mu_h=0, mu_c=x[1], T_h=1, T_c=1 - eta)
            return float(-found.power / eta**2)

        start = [2.4, 1.2 * eta]
        best = scipy.optimize.minimize(
            lost, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12}
        )
        e, mu_c = best.x
        assert abs(mu_c / e - (eta / 2 + eta**2 / 8)) < 0.2 * eta**3
        assert abs(mu_c / e - eta / 2) > eta**2 / 16  # the second term is there


def test_doublets_of_opposite_chirality_are_split() -> None:
    """Trif, Troiani, Stepanenko and Loss, Phys. Rev. Lett. 101, 217201 (2008): sqrt(3) D."""
    names = page("trimer-with-dm")
    levels, reg, D = names["system"].eigensystem(), names["reg"], names["D"]
    assert zero(levels[4].energy - levels[3].energy - sp.sqrt(3) * D)
    assert zero(levels[7].energy - levels[6].energy - sp.sqrt(3) * D)
    first, second, third = (
        [number(f(site) / 2) for f in (reg.x, reg.y, reg.z)] for site in (1, 2, 3)
    )
    chirality = sum(
        first[a] @ (second[b] @ third[c] - second[c] @ third[b])
        for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    )
    means = []
    for label in (3, 4, 6, 7):
        state = np.zeros(8, dtype=complex)
        for k, amplitude in levels[label].components.items():
            state[k] = complex(amplitude.subs({names["J"]: 1.0, D: 0.5}))
        means.append((state.conj() @ chirality @ state).real / np.vdot(state, state).real)
    assert np.abs(means) == pytest.approx([3**0.5 / 4] * 4, rel=1e-12)
    assert means[0] * means[1] < 0
    assert means[2] * means[3] < 0


def number(matrix: Any) -> Any:
    return np.array(sp.Matrix(matrix).tolist(), dtype=complex)


def test_a_rings_lowest_state_is_that_of_w() -> None:
    """Lieb, Schultz and Mattis 1961: B + 2J cos(2 pi m/3); Duer, Vidal and Cirac 2000: 2/3."""
    system = page("ring")["system"]
    found = system.evaluate(B=1.5, J=-1.0, T1=0.05, T2=0.05, T3=0.05, outputs=system.state_outputs)
    for pair in ("1_2", "1_3", "2_3"):
        assert found[f"concurrence_{pair}"] == pytest.approx(2 / 3, abs=1e-4)
    energies = np.sort(system.evaluate(B=7.0, J=0.4, T1=1, T2=1, T3=1).energies)
    modes = np.sort([7.0 + 2 * 0.4 * np.cos(2 * np.pi * m / 3) for m in range(3)])
    assert energies[1:4] == pytest.approx(modes, rel=1e-12)


def test_the_middle_of_a_star_entangles_those_around_it() -> None:
    """Hutton and Bose, Phys. Rev. A 69, 042312 (2004); levels: Breuer et al. 2004."""
    system = page("star")["system"]
    cold = {f"T{site}": 0.05 for site in range(1, 5)}
    names = ["energies", "concurrence_1_3", "concurrence_2_4"]
    found = system.evaluate(B=1.0, g=1.2, outputs=names, **cold)
    assert found.concurrence_1_3 == pytest.approx(3**-0.5, abs=2e-3)
    assert found.concurrence_2_4 == pytest.approx(1 / 3, abs=2e-3)
    ladder = [0, 4, 1, 1, 3, 3]  # all up or down; the doublets of the outer spins leave B and 3B
    split = [(1, 3**0.5), (2, 2.0), (3, 3**0.5), (2, 1.0), (2, 1.0)]
    truth = [float(n) for n in ladder] + [n + s * 1.2 * x for n, x in split for s in (-1, 1)]
    assert np.sort(found.energies) == pytest.approx(np.sort(truth), abs=1e-12)


def test_dephasing_assists_where_energies_differ() -> None:
    """Plenio and Huelga 2008; Mohseni, Rebentrost, Lloyd and Aspuru-Guzik 2008."""
    system, rates = page("dephasing-assisted-transport")["system"], np.logspace(-2, 3, 11)

    def currents(step: float) -> list[float]:
        found = system.evaluate(step=step, g=1.0, gamma=rates, outputs=["density"])
        return list(found.density[:, 3, 3].real)

    flat, steep = currents(0.0), currents(3.0)
    assert all(a > b for a, b in pairwise(flat))
    best = int(np.argmax(steep))
    assert 0 < best < len(steep) - 1
    assert steep[best] > 10 * steep[0]
    assert all(a < b for a, b in pairwise(steep[: best + 1]))
    assert all(a > b for a, b in pairwise(steep[best:]))


def test_doublets_of_light_and_matter_are_split_by_the_root_of_their_excitations() -> None:
    """Jaynes and Cummings, Proc. IEEE 51, 89 (1963)."""
    names = page("jaynes-cummings")
    levels, w_q, w_o, g = (names["system"].eigensystem(), *(names[k] for k in ("w_q", "w_o", "g")))
    for n in (1, 2, 3):
        upper, lower = levels[2 * n].energy, levels[2 * n - 1].energy
        assert zero((upper - lower) ** 2 - ((w_q - w_o) ** 2 + 4 * n * g**2))
        assert zero(upper + lower - (2 * n - 1) * w_o - w_q)


def test_a_long_chains_current_is_an_integral_without_its_length() -> None:
    """Karevski and Platini, Phys. Rev. Lett. 102, 207207 (2009): it does not fall with length."""

    def phi(w: Any, T: Any) -> Any:
        return w / (1 - mpmath.exp(-w / T))

    def mode(k: Any) -> Any:
        w = mpmath.mpf("2.5") + 2 * mpmath.cos(k)
        up, down = [phi(-w, T) for T in (3, 1)], [phi(w, T) for T in (3, 1)]
        flow = up[0] * down[1] - up[1] * down[0]
        return mpmath.sin(k) ** 2 * w * flow / sum(up + down)

    limit = 2 / mpmath.pi * mpmath.quad(mode, [0, mpmath.pi / 2, mpmath.pi])
    for spins in (100, 1000):
        chain = symqb.xx_chain(spins)
        found = chain.evaluate(B0=2.5, J=1.0, T_L=3.0, T_R=1.0, outputs=["heat_current_L"])
        assert found.heat_current_L == pytest.approx(float(limit), rel=1e-12)


def test_the_chain_of_three_is_the_same_stated_as_any_system() -> None:
    system = page("xx-chain")["system"]
    assert isinstance(system, OpenSystem)
    point = {"B0": 1.1, "J": 0.7, "T_L": 2.0, "T_R": 0.4}
    outputs = ["heat_current_L", "heat_current_R", "entropy_production"]
    one, other = (s.evaluate(outputs=outputs, **point) for s in (system, symqb.xx_chain(3)))
    for name in outputs:
        assert one[name] == pytest.approx(other[name], rel=1e-12), name


def test_coupling_gains_in_an_otto_cycle_up_to_one_singlet_a_quantum() -> None:
    """Thomas and Johal, Phys. Rev. E 83, 031135 (2011)."""
    cycle, gains, engines = page("coupled-otto")["cycle"], 0, 0
    rng = np.random.default_rng(3)
    B_h = rng.uniform(0.5, 5.0, 300)
    B_c = B_h * rng.uniform(0.1, 1.0, 300)
    s = B_c * rng.uniform(0.02, 0.98, 300)
    T_h = rng.uniform(0.3, 5.0, 300)
    T_c = T_h * rng.uniform(0.1, 1.0, 300)
    heat, work = cycle(B_h, B_c, T_h, T_c, s)
    for k in np.flatnonzero(work > 1e-6):
        efficiency, uncoupled = work[k] / heat[k], 1 - B_c[k] / B_h[k]
        # the field's work is of the magnetisation alone, and the rest of the heat is the singlet's
        singlet = (B_h[k] * work[k] / (B_h[k] - B_c[k]) - heat[k]) / s[k]
        assert (efficiency > uncoupled) == (singlet > 0)
        assert efficiency <= (B_h[k] - B_c[k]) / (B_h[k] - s[k]) * (1 + 1e-9)
        assert efficiency <= 1 - T_c[k] / T_h[k]
        gains, engines = gains + (singlet > 0), engines + 1
    assert min(gains, engines - gains) > 20
    heat, work = cycle(3.0, 2.0, 0.1, 0.01, 1.0)
    assert work / heat == pytest.approx(1 / 2, rel=1e-3)


def two_dots() -> OpenSystem:
    """Two levels that repel and mix, a lead on each: heat and particles flow in no fixed ratio."""
    reg, (w, v, g, u) = symqb.Register(2, 2), sp.symbols("w v g u")
    first, second = reg.minus(1), reg.z(1) * reg.minus(2)
    n, m = first.T * first, second.T * second
    H = w * n + v * m + g * (first.T * second + second.T * first) + u * n * m
    leads = [
        symqb.Bath("L", "T_L", first, statistics="fermion", mu="mu_L"),
        symqb.Bath("R", "T_R", second, statistics="fermion", mu="mu_R", kappa=sp.Rational(1, 3)),
    ]
    return OpenSystem(symqb.System(H, leads, kappa=1))


def test_heat_and_particles_respond_to_each_other_alike() -> None:
    """Onsager, Phys. Rev. 37, 405 (1931), and Kubo: half the covariance is the response to both."""
    dots = two_dots()
    point = {"w": "1.1", "v": "0.7", "g": "0.35", "u": "0.8", "T_L": "3/5", "T_R": "3/5"}
    point |= {"mu_L": "0.4", "mu_R": "0.4"}
    currents = ["particle_current_L", "heat_current_L"]
    slopes = dots.emit("mpmath", outputs=currents, derivatives=("T_L", "mu_L"))(digits=40, **point)
    noise = dots.fluctuations().evaluate(
        outputs=["covariance_heat_L_particles_L", "variance_heat_L"], digits=40, **point
    )
    with mpmath.workdps(45):
        T = mpmath.mpf(3) / 5
        crossed = T**2 * slopes.d_particle_current_L_d_T_L
        back = T * slopes.d_heat_current_L_d_mu_L
        heat = T**2 * slopes.d_heat_current_L_d_T_L
        pairs = [
            (back, crossed),
            (noise.covariance_heat_L_particles_L / 2, crossed),
            (noise.variance_heat_L / 2, heat),
        ]
        assert all(abs(one / other - 1) < mpmath.mpf(10) ** -38 for one, other in pairs)
        # two flows in a fixed ratio would have no choice
        assert crossed**2 < 0.9 * heat * T * slopes.d_particle_current_L_d_mu_L


def test_baths_of_a_transistor_respond_to_each_other_alike() -> None:
    """Onsager, Phys. Rev. 37, 405 (1931): for the heat of two baths beside a third."""
    system = page("thermal-transistor")["system"]
    point = TRANSISTOR | {"D": 0.3, "T_L": 0.25, "T_M": 0.25, "T_R": 0.25}
    exact = {name: str(value) for name, value in point.items() if name in system.parameters}
    slopes = system.emit("mpmath", outputs=HEATS, derivatives=("T_L", "T_M"))(digits=30, **exact)
    one, other = slopes.d_heat_current_L_d_T_M, slopes.d_heat_current_M_d_T_L
    assert abs(one / other - 1) < mpmath.mpf(10) ** -28
    assert one < 0
