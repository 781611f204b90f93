"""States, entanglement and evolution of systems, against the whole Lindblad equation."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.linalg
import sympy as sp

import symqb
from symqb import (
    Bath,
    DomainError,
    Jump,
    OpenSystem,
    ParameterError,
    Register,
    SteadyStateError,
    System,
    spins,
)
from symqb.numerics.system_outputs import evaluate_system
from tests.systems.cases import Case, drawn, hopping, judged_baths, numbers, value
from tests.systems.open_judge import dissipator, judge, jump_operators
from tests.systems.test_open_systems import (
    dephased,
    dots,
    maser,
    moriya,
    qubit_qutrit,
    spin_one,
    squeezed,
    truncated_jaynes_cummings,
)

PAIR = Register(2, 2)
W, G = sp.symbols("w g")
EQUAL = W * (PAIR.number(1) + PAIR.number(2))
CASES = [maser, qubit_qutrit, dephased, moriya, dots, spin_one, squeezed, truncated_jaynes_cummings]


def opened(case: Case) -> OpenSystem:
    return OpenSystem(case.system)


def given(system: OpenSystem, point: dict[str, float]) -> dict[str, float]:
    return {name: x for name, x in point.items() if name in system.parameters}


def judged_generator(system: System, point: dict[str, float]) -> Any:
    H = numbers(system.H, point)
    size = len(H)
    whole = -1j * (np.kron(H, np.eye(size)) - np.kron(np.eye(size), H.T))
    for bath in judged_baths(system, point):
        operators = [(A, float(rate)) for A, rate in jump_operators(H, bath, float)]
        whole = whole + dissipator(operators, size)
    for jump in system.jumps:
        whole = whole + dissipator([(numbers(jump.operator, point), value(jump.rate, point))], size)
    return whole


def random_state(rng: np.random.Generator, size: int, rank: int) -> Any:
    half = rng.normal(size=(size, rank)) + 1j * rng.normal(size=(size, rank))
    state = half @ half.conj().T
    return state / np.trace(state)


def follows(system: System, point: dict[str, float], rng: np.random.Generator) -> float:
    """The largest difference from the exponential of the judge's generator."""
    generator, worst = judged_generator(system, point), 0.0
    held = OpenSystem(system)
    times = [0.0, 0.05, 1.0, 30.0]
    for rank in (1, system.size):
        state = random_state(rng, system.size, rank)
        found = held.evolve(times, initial=state, basis="bare", **given(held, point))
        for time, density in zip(times, found.bare_density, strict=True):
            truth = scipy.linalg.expm(generator * time) @ state.reshape(-1)
            worst = max(worst, float(np.abs(density.reshape(-1) - truth).max()))
    return worst


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_evolution_is_the_exponential_of_the_whole_generator(make: Callable[[], Case]) -> None:
    case = make()
    rng = np.random.default_rng(5)
    for seed in range(3):
        assert follows(case.system, drawn(case, seed), rng) < 1e-10


def test_evolution_under_jumps_and_at_coinciding_levels() -> None:
    rng = np.random.default_rng(6)
    exchange = EQUAL + G * hopping(PAIR, 1, 2)
    jumps = [Jump(PAIR.minus(1), "a", "L"), Jump(PAIR.plus(2), 0.2, "R"), Jump(PAIR.z(1), 0.1)]
    hot = [Bath("L", "T", PAIR.x(1)), Bath("R", 2.0, PAIR.x(2) + PAIR.x(1))]
    point = {"w": 1.0, "g": 0.3, "a": 0.7, "T": 0.8, "kappa": 1.0}
    assert follows(System(exchange, [], jumps=jumps), point, rng) < 1e-10
    assert follows(System(exchange, hot, jumps=jumps), point, rng) < 1e-10
    assert follows(System(exchange, hot), point | {"g": 0.0}, rng) < 1e-10


def test_the_density_matrix_is_the_judges() -> None:
    for make in CASES:
        case = make()
        held, point = opened(case), drawn(case, 11)
        truth = judge(numbers(case.system.H, point), judged_baths(case.system, point))
        found = held.evaluate(outputs=["density", "populations"], **given(held, point))
        assert np.abs(found.density - truth.density).max() < 1e-12, make.__name__
        assert found.populations.sum() == pytest.approx(1, abs=1e-13)


def wootters(state: Any) -> float:
    """The concurrence as its definition has it, by roots of eigenvalues."""
    flip = np.kron([[0, -1j], [1j, 0]], [[0, -1j], [1j, 0]])
    values = np.linalg.eigvals(state @ flip @ state.conj() @ flip)
    roots = np.sort(np.sqrt(np.maximum(values.real, 0)))[::-1]
    return float(max(0.0, roots[0] - roots[1:].sum()))


def negative_part(state: Any, first: int, second: int) -> float:
    """Half of what the trace norm of the partial transpose is above 1."""
    turned = state.reshape(first, second, first, second).transpose(0, 3, 2, 1)
    values = np.linalg.eigvalsh(turned.reshape(first * second, first * second))
    return float((np.abs(values).sum() - 1) / 2)


def three_qubits() -> OpenSystem:
    reg = Register(2, 2, 2)
    fields = sum((sp.Symbol(f"B{k}") * reg.z(k) for k in (1, 2, 3)), sp.zeros(8))
    bonds = sp.Symbol("J") * (hopping(reg, 1, 2) + sp.I * reg.plus(2) * reg.minus(3))
    bonds += -sp.Symbol("J") * sp.I * reg.minus(2) * reg.plus(3)
    baths = [Bath(f"b{k}", f"T{k}", reg.x(k) + reg.y(2)) for k in (1, 3)]
    return OpenSystem(System(fields + bonds, baths, register=reg))


def test_reduced_states_and_entanglement_are_those_of_their_definitions() -> None:
    held, rng, entangled = three_qubits(), np.random.default_rng(8), 0
    for _ in range(6):
        point = {f"B{k}": rng.uniform(0.2, 1) for k in (1, 2, 3)} | {"J": rng.uniform(0.5, 3)}
        point |= {"T1": rng.uniform(0.1, 0.6), "T3": rng.uniform(0.1, 0.6)}
        found = held.evaluate(outputs=held.state_outputs, **point)
        parts = found.density.reshape(2, 2, 2, 2, 2, 2)
        assert np.allclose(found.reduced_2, np.einsum("abcadc->bd", parts), atol=1e-14)
        pairs = {
            (1, 2): np.einsum("abcdec->abde", parts),
            (1, 3): np.einsum("abcdbf->acdf", parts),
            (2, 3): np.einsum("abcaef->bcef", parts),
        }
        for (a, b), state in pairs.items():
            matrix = state.reshape(4, 4)
            assert found[f"concurrence_{a}_{b}"] == pytest.approx(wootters(matrix), abs=1e-7)
            truth = negative_part(matrix, 2, 2)
            assert found[f"negativity_{a}_{b}"] == pytest.approx(truth, abs=1e-13)
            entangled += truth > 0.01
    assert entangled >= 3  # there was something to tell


def test_a_qubit_and_a_qutrit_have_a_negativity_and_no_concurrence() -> None:
    reg, case = Register(2, 3), qubit_qutrit()
    system = System(case.system.H, case.system.baths, register=reg)
    held, point = OpenSystem(system), drawn(case, 4)
    assert held.state_outputs[:5] == (
        *("density", "reduced_1", "reduced_2", "negativity_1_2"),
        "coherence_l1",
    )
    found = held.evaluate(outputs=held.state_outputs, **given(held, point | {"T_L": 0.1}))
    assert found.negativity_1_2 == pytest.approx(negative_part(found.density, 2, 3), abs=1e-13)
    assert np.trace(found.reduced_2).real == pytest.approx(1, abs=1e-14)


def test_digits_of_entanglement_are_right() -> None:
    baths = [Bath("L", "T_L", PAIR.x(1)), Bath("R", "T_R", PAIR.x(2))]
    held = OpenSystem(System(EQUAL + G * hopping(PAIR, 1, 2), baths, register=PAIR))
    point = {"w": 1, "g": 3, "T_L": "0.4", "T_R": "0.1"}
    few, many = (
        held.evaluate(digits=n, outputs=["concurrence_1_2", "density"], **point) for n in (30, 60)
    )
    with mpmath.workdps(80):
        assert abs(few.concurrence_1_2 - many.concurrence_1_2) < mpmath.mpf(10) ** -29
        # of an X state the concurrence is 2 (|rho_23| - sqrt(rho_11 rho_44))
        rho = many.density
        root = mpmath.sqrt(rho[0][0].real * rho[3][3].real)
        assert abs(many.concurrence_1_2 - 2 * (abs(rho[1][2]) - root)) < mpmath.mpf(10) ** -59


def test_what_is_read_off_the_state_is_found_over_arrays_too() -> None:
    baths = [Bath("L", "T_L", PAIR.x(1)), Bath("R", "T_R", PAIR.x(2))]
    held = OpenSystem(System(EQUAL + G * hopping(PAIR, 1, 2), baths, register=PAIR))
    names = ["density", "energies", "concurrence_1_2"]
    many = held.evaluate(outputs=names, w=1.0, g=[[0.3], [2.0]], T_L=[0.1, 0.4, 1.0], T_R=0.2)
    assert many.density.shape == (2, 3, 4, 4)
    alone = held.evaluate(outputs=names, w=1.0, g=2.0, T_L=0.4, T_R=0.2)
    assert np.array_equal(many.density[1, 1], alone.density)
    assert many.concurrence_1_2[1, 1] == alone.concurrence_1_2
    assert np.array_equal(many.energies[1, 1], alone.energies)


def test_a_dark_state_keeps_what_was_in_it() -> None:
    """A common cold bath leaves the singlet alone: half of |10> stays (cases of superradiance)."""
    common = OpenSystem(System(EQUAL, [Bath("c", "T", PAIR.x(1) + PAIR.x(2))]))
    with pytest.raises(SteadyStateError, match="not unique"):
        common.evaluate(w=1.0, T=0.0)
    singlet = np.array([0, 1, -1, 0]) / 2**0.5
    states = common.steady_states(w=1.0, T=0.0, density=True, basis="bare")
    assert len(states) == 2
    assert any(np.allclose(s, np.outer(singlet, singlet), atol=1e-12) for s in states)
    for kappa in (1.0, 1e-9):
        end = common.evolve([np.inf], initial=[0, 1, 0, 0], basis="bare", w=1.0, T=0.0, kappa=kappa)
        truth = np.outer(singlet, singlet) / 2
        truth[3, 3] = 0.5
        assert np.abs(end.bare_density[0] - truth).max() < 1e-12
    mixed = np.array([0, 1, -1, 1]) / 3**0.5
    with pytest.raises(DomainError, match="never decays and turns at frequency 1"):
        common.evolve([np.inf], initial=mixed, basis="bare", w=1.0, T=0.0)


def test_steady_states_of_every_kind_are_steady() -> None:
    cases: list[tuple[System, dict[str, float], int]] = [
        (System(EQUAL, [Bath("c", "T", PAIR.x(1) + PAIR.x(2))]), {"w": 1.0, "T": 0.7}, 2),
        (System(EQUAL, [Bath("c", "T", PAIR.x(1))]), {"w": 1.0, "T": 0.7}, 2),
        (System(W * PAIR.number(1), [Bath("c", "T", PAIR.x(1))]), {"w": 1.0, "T": 0.7}, 4),
        (System(EQUAL + G * PAIR.z(1), [Bath("c", "T", PAIR.x(1))]), {"w": 1, "g": 0.2, "T": 1}, 2),
        (System(EQUAL, [], jumps=[Jump(PAIR.minus(1) + PAIR.minus(2), 1)]), {"w": 1.0}, 2),
        (
            System(EQUAL + G * hopping(PAIR, 1, 2), [], jumps=[Jump(PAIR.minus(1), 1)]),
            {"w": 1.0, "g": 0.1},
            1,
        ),
    ]
    for system, point, count in cases:
        held = OpenSystem(system)
        states = held.steady_states(density=True, basis="bare", **point)
        generator = judged_generator(system, {"kappa": 1.0, **point})
        kernel = np.linalg.svd(generator, compute_uv=False)
        assert len(states) == count == int((kernel < 1e-10).sum()), system
        for state in states:
            assert np.abs(generator @ state.reshape(-1)).max() < 1e-12
            assert np.trace(state).real == pytest.approx(1)
            assert np.linalg.eigvalsh(state)[0] > -1e-12
        stacked = np.array([state.reshape(-1) for state in states])
        assert np.linalg.matrix_rank(stacked, 1e-9) == count


def test_the_limit_is_what_evaluate_finds_and_currents_end_there() -> None:
    case = dots()
    held, point = opened(case), drawn(case, 2)
    names = [f"{kind}_current_{b}" for kind in ("heat", "particle") for b in "LR"]
    steady = held.evaluate(outputs=["populations", "ergotropy", *names], **given(held, point))
    end = held.evolve([np.inf], initial=np.eye(4) / 4, basis="energy", **given(held, point))
    assert np.abs(end.populations[0] - steady.populations).max() < 1e-12
    assert end.ergotropy[0] == pytest.approx(steady.ergotropy, abs=1e-12)
    for bath in "LR":
        heat, particles = end.heat_currents[bath][0], end.particle_currents[bath][0]
        assert heat == pytest.approx(steady[f"heat_current_{bath}"], abs=1e-12)
        assert particles == pytest.approx(steady[f"particle_current_{bath}"], abs=1e-12)
    assert set(end.particle_currents) == {"L", "R"}


def test_relaxation_rates_are_the_judges_eigenvalues_at_any_strength() -> None:
    case = dephased()
    held, point = opened(case), drawn(case, 3)
    found = held.evolve([0.0], initial=[1, 0, 0, 0], basis="energy", **given(held, point))
    truth = np.sort(-np.linalg.eigvals(judged_generator(case.system, point)).real)
    assert np.abs(found.relaxation_rates - truth).max() < 1e-11
    weak = held.evolve(
        [0.0], initial=[1, 0, 0, 0], basis="energy", **given(held, point | {"kappa": 1e-12})
    )
    ratio = weak.relaxation_rates[1:] / found.relaxation_rates[1:]
    assert np.allclose(ratio, 1e-12 / point["kappa"], rtol=1e-9)
    assert found.spectral_gap == found.relaxation_rates[1]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ParameterError, "no reference level to start from"),
        ({"initial": np.eye(4) / 4}, ParameterError, "say what initial is over"),
        ({"initial": np.eye(4) / 4, "basis": "levels"}, ParameterError, "basis='levels'"),
        ({"initial": [2, 0, 0, 0], "basis": "bare"}, DomainError, "amplitudes of norm 4"),
        ({"initial": np.eye(3) / 3, "basis": "bare"}, ParameterError, r"shape \(3, 3\)"),
        ({"initial": np.eye(4), "basis": "bare"}, DomainError, "trace 4"),
        ({"initial": np.diag([2, -1, 0, 0]), "basis": "bare"}, DomainError, "eigenvalue -1"),
        ({"initial": "up", "basis": "bare"}, ParameterError, "not a matrix of numbers"),
        ({"initial": [[np.nan]] * 4, "basis": "bare"}, ParameterError, "shape"),
    ],
)
def test_an_initial_state_that_is_none_is_refused(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    held = OpenSystem(System(EQUAL, [Bath("c", "T", PAIR.x(1) + PAIR.x(2))]))
    with pytest.raises(error, match=message):
        held.evolve([1.0], w=1.0, T=1.0, **options)


def test_a_level_of_reference_is_where_evolution_begins() -> None:
    bath = Bath("c", 0.0, PAIR.x(1) + 2 * PAIR.x(2))
    for reference, energy in (("lowest", 0.0), (1, 2.0)):
        held = OpenSystem(System(EQUAL, [bath], reference=reference))
        assert held.evolve([0.0], w=1.0).energy[0] == energy


def test_values_put_in_are_there_exactly_and_everywhere() -> None:
    point = {"w": 1.25, "u": 1.5, "J": 0.375, "D": 0.25, "e": 0.5, "T_L": 0.75, "T_R": 2.0}
    case = moriya()
    held = opened(case)
    truth = held.evaluate(**point)
    fixed = held.at(J=0.375, e="1/2", T_R=2)
    assert set(fixed.parameters) == {"w", "u", "D", "T_L", "kappa"}
    left = {name: x for name, x in point.items() if name in fixed.parameters}
    for name, values in fixed.evaluate(**left).to_dict().items():
        assert np.allclose(values, truth[name], rtol=1e-12, atol=1e-15), name
    leads = opened(dots()).at(mu_L="V/2", mu_R="-V/2", kappa_R="kappa", T_p=1)
    assert "V" in leads.parameters
    assert not {"mu_L", "mu_R", "kappa_R", "T_p"} & set(leads.parameters)
    cold = opened(squeezed()).at(r=0, T_h="T", w_c=1)
    assert set(cold.parameters) == {"w_h", "T_c", "T_w", "T", "kappa"}
    local = OpenSystem(System(EQUAL, [], jumps=[Jump(G * PAIR.minus(1), "k")])).at(g=2, k=0.5)
    assert local.system.jumps[0].operator == 2 * PAIR.minus(1)
    assert local.system.jumps[0].rate == 0.5


@pytest.mark.parametrize(
    ("fixed", "message"),
    [
        ({"q": 1}, "'q' is no parameter; choose from w, g, T, kappa"),
        ({"T": -1}, "temperature=-1 is negative"),
        ({"kappa": 0}, "the coupling strength must be > 0"),
        ({"g": "1 +"}, "not an expression"),
        ({"w": float("inf")}, "not a finite real number"),
    ],
)
def test_a_value_that_cannot_be_put_in_is_refused(fixed: dict[str, Any], message: str) -> None:
    held = OpenSystem(System(EQUAL + G * hopping(PAIR, 1, 2), [Bath("c", "T", PAIR.x(1))]))
    with pytest.raises((ParameterError, DomainError), match=message.replace("+", r"\+")):
        held.at(**fixed)


def test_a_register_of_another_size_is_refused() -> None:
    bath = Bath("c", "T", PAIR.x(1))
    with pytest.raises(ParameterError, match="has 6 states, and H has 4"):
        System(EQUAL, [bath], register=Register(2, 3))
    with pytest.raises(ParameterError, match=r"register=\(2, 2\) is no Register"):
        System(EQUAL, [bath], register=(2, 2))


def test_what_is_read_off_the_state_is_in_no_program() -> None:
    baths = [Bath("L", "T_L", PAIR.x(1)), Bath("R", "T_R", PAIR.x(2))]
    held = OpenSystem(System(EQUAL + G * hopping(PAIR, 1, 2), baths, register=PAIR))
    for call in (held.emit, held.source):
        with pytest.raises(ParameterError, match="density is found in numbers, not by a program"):
            call("c", outputs=["density"])
    again = pickle.loads(pickle.dumps(held))
    assert again.state_outputs == held.state_outputs


def test_matrices_are_labelled_and_shown() -> None:
    pytest.importorskip("xarray")
    baths = [Bath("L", "T_L", PAIR.x(1)), Bath("R", "T_R", PAIR.x(2))]
    held = OpenSystem(System(EQUAL + G * hopping(PAIR, 1, 2), baths, register=PAIR))
    names = ["density", "reduced_1", "energies", "concurrence_1_2"]
    many = held.evaluate(outputs=names, w=1.0, g=[0.1, 0.2], T_L=1.0, T_R=2.0)
    data = many.to_xarray()
    assert data.density.dims == ("g", "density_row", "density_column")
    assert np.array_equal(data.density.sel(g=0.2).values, many.density[1])
    frame = many.to_pandas()
    assert frame["density[1,2]"][1] == many.density[1, 1, 2]
    assert frame["reduced_1[0,0]"][0] == many.reduced_1[0, 0, 0]
    one = held.evaluate(outputs=names, w=1.0, g=0.1, T_L=1.0, T_R=2.0)
    assert one.to_xarray().density.shape == (4, 4)
    assert "2 x 4 x 4" in many._repr_html_()
    assert "density" in one._repr_html_()
    digits = held.evaluate(digits=20, outputs=names, w=1, g="0.1", T_L=1, T_R=2)
    assert "density" in digits._repr_html_()


def test_a_grid_of_a_system_is_its_points_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    baths = [Bath("L", "T_L", PAIR.x(1)), Bath("R", "T_R", PAIR.x(2))]
    held = OpenSystem(System(EQUAL + G * hopping(PAIR, 1, 2), baths, register=PAIR))
    # at g = 0 the levels coincide
    grid = {"w": 1.0, "g": [0.0, 0.5], "T_L": [0.2, 1.0, 3.0], "T_R": 0.1}
    names = ["populations", "heat_current_L", "concurrence_1_2"]
    store = tmp_path / "grid.zarr"
    for _ in range(2):
        data = held.sweep(grid, outputs=names, path=store, chunk=2, workers=2)
        for g in (0.0, 0.5):
            for T in (0.2, 1.0, 3.0):
                one = held.evaluate(outputs=names, w=1.0, g=g, T_L=T, T_R=0.1)
                there = data.sel(g=g, T_L=T)
                assert np.array_equal(there.populations.values, one.populations)
                assert float(there.heat_current_L) == one.heat_current_L
                assert float(there.concurrence_1_2) == one.concurrence_1_2
        data.close()
    other, left = held.at(w=2), {name: x for name, x in grid.items() if name != "w"}
    with pytest.raises(ParameterError, match="another"):
        other.sweep(left, outputs=names, path=store, chunk=2)


def test_a_grid_over_many_steady_states_skips_them_or_stops() -> None:
    pytest.importorskip("xarray")
    common = OpenSystem(System(EQUAL, [Bath("c", "T", PAIR.x(1) + PAIR.x(2))]))
    grid = {"w": [1.0, 2.0], "T": [0.0, 1.0]}
    with pytest.raises(SteadyStateError, match="not unique"):
        common.sweep(grid)
    data = common.sweep(grid, outputs=["energies", "ergotropy"], skip_errors=True)
    assert json.loads(data.attrs["skipped"])["points"] == 4
    assert np.isnan(data.ergotropy.values).all()
    assert data.energies.sel(w=2.0, T=0.0).values.tolist() == [4.0, 2.0, 2.0, 0.0]
    for name, message in (("density", "is a matrix"), ("x", "'x' is unknown")):
        with pytest.raises(ParameterError, match=message):
            common.sweep(grid, outputs=[name])


def test_a_coherence_that_turns_ever_so_slowly_has_no_limit_all_the_same() -> None:
    """Beside decay the frequency was lost as rounding, and the limit came out as zero."""
    H = sp.Rational(1, 10**25) * PAIR.number(1) + PAIR.number(2)
    held = OpenSystem(System(H, [Bath("c", "T", PAIR.x(2))]))
    state = np.kron([1, 1], [1, 0]) / 2**0.5
    with pytest.raises(DomainError, match="never decays and turns at frequency 1e-25"):
        held.evolve([np.inf], initial=state, basis="bare", T=1.0)
    late = held.evolve([1e24], initial=state, basis="bare", T=1.0).bare_density[0]
    reduced = late.reshape(2, 2, 2, 2).trace(axis1=1, axis2=3)
    assert reduced[0, 1] == pytest.approx(np.exp(-0.1j) / 2, abs=1e-12)


def one(reg: Register, a: int, b: int) -> Any:
    return reg.transition(1, a, b) + reg.transition(1, b, a)


def lambda_system() -> OpenSystem:
    """Two low levels that only a jump up to the third one joins."""
    reg, H = Register(3), sp.diag(0, sp.Symbol("d"), 1)
    baths = [Bath("a", "T", one(reg, 0, 2)), Bath("b", "T", one(reg, 1, 2))]
    return OpenSystem(System(H, baths))


@pytest.mark.parametrize("T", [0.011, 0.01, 0.003, 0.001])
def test_what_is_slow_in_the_cold_is_no_barrier_for_ever(T: float) -> None:
    """Below a temperature of 0.01 the state never left the middle level, in the limit alone."""
    start = {"initial": [0, 1, 0], "basis": "bare"}
    held = lambda_system()
    gibbs = np.exp(-np.array([0, 0.1, 1]) / T)
    for times in ([np.inf], [1e45, np.inf]):
        end = held.evolve(times, T=T, d=0.1, **start).populations[-1]
        assert np.allclose(end, gibbs / gibbs.sum(), rtol=1e-12, atol=1e-300)
    # between levels of one energy their coherence decays, however slowly
    assert len(held.steady_states(T=T, d=0.0)) == 1
    assert held.evaluate(T=T, d=0.0).populations[:2] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("weight", [1e-18, 1e-20, 1e-40])
def test_a_site_that_hardly_couples_ends_where_it_must(weight: float) -> None:
    e = sp.Symbol("e")
    H = PAIR.number(1) + 2 * PAIR.number(2)
    held = OpenSystem(System(H, [Bath("c", 1, PAIR.x(1) + e * PAIR.x(2))]))
    end = held.evolve([np.inf], initial=[1, 0, 0, 0], basis="bare", e=weight).populations[0]
    gibbs = np.exp(-np.array([3.0, 1.0, 2.0, 0.0]))
    assert np.allclose(end, gibbs / gibbs.sum(), rtol=1e-12)


def test_elements_below_the_digits_carried_are_seen_by_the_density_matrix() -> None:
    """A coupling of 1e-60 of another counted as none where density matrices were asked for."""
    reg, e = Register(3), sp.Symbol("e")
    baths = [
        Bath("a", 1, one(reg, 0, 1) + e * one(reg, 1, 2)),
        Bath("b", 5, one(reg, 0, 2), kappa="k"),
    ]
    held = OpenSystem(System(sp.diag(0, 1, sp.Rational(3, 2)), baths))
    point = {"e": 1e-60, "k": 1e-130}
    found = held.evaluate(outputs=["density", "populations"], **point)
    gibbs = np.exp(-np.array([0, 1, 1.5]))
    assert np.allclose(found.populations, gibbs / gibbs.sum(), rtol=1e-10)
    assert np.allclose(found.density.diagonal().real, found.populations, rtol=1e-12)


def test_a_battery_in_the_cold_has_one_state_as_its_system_too() -> None:
    point = {"B0": 1.0, "J": 1.0, "Delta": 0.0, "epsilon": 0.5, "T_L": 0.01, "T_R": 0.015}
    battery = symqb.xxz_battery(2)
    opened = battery.open_system()
    assert len(opened.steady_states(**point)) == len(battery.steady_states(**point)) == 1
    found = np.sort(opened.evaluate(outputs=["density", "populations"], **point).populations)
    assert np.allclose(found, np.sort(battery.evaluate(**point).populations), rtol=1e-10)


@pytest.mark.parametrize("epsilon", [1e3, 1e8])
def test_currents_in_time_keep_their_digits_beside_a_strong_bath(epsilon: float) -> None:
    """As differences of doubles they were off by 4 % at epsilon = 1e8, without a word."""
    opened = symqb.xxz_battery(2).open_system()
    point = {"B0": 3.0, "J": 1.0, "Delta": 0.4, "epsilon": epsilon, "T_L": 4.0, "T_R": 2.0}
    steady = opened.evaluate(outputs=["heat_current_L"], **point).heat_current_L
    moved = opened.evolve([10.0, np.inf], **point).heat_currents
    assert moved["L"] == pytest.approx([steady] * 2, rel=1e-10)
    assert moved["R"] == pytest.approx([-steady] * 2, rel=1e-10)


def test_currents_in_time_keep_their_digits_near_equilibrium_and_at_weak_coupling() -> None:
    opened = symqb.xxz_battery(2).open_system()
    point = {"B0": 3.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.5, "T_L": 1 + 2.0**-40, "T_R": 1.0}
    steady = opened.evaluate(outputs=["heat_current_L"], **point).heat_current_L
    assert opened.evolve([np.inf], **point).heat_currents["L"][0] == pytest.approx(steady, 1e-10)
    reg, hops = Register(3), sp.zeros(3)
    for a, b in ((0, 1), (1, 2), (0, 2)):
        hops += sp.Rational(1, 10**7) * one(reg, a, b)
    baths = [Bath("a", 1, one(reg, 0, 1)), Bath("b", 2, one(reg, 1, 2))]
    weak = OpenSystem(System(hops + sp.diag(0, 1, 2), baths, reference="lowest"))
    moved = weak.evolve([np.inf]).heat_currents
    assert moved["a"][0] == pytest.approx(-5.326225477553932e-15, rel=1e-11)
    assert moved["b"][0] == pytest.approx(5.326225477553932e-15, rel=1e-11)


def exchanging_qubits(*jumps: Jump) -> OpenSystem:
    reg, (a, b, g) = Register(2, 2), sp.symbols("a b g")
    swap = reg.plus(1) * reg.minus(2)
    H = a * reg.number(1) + b * reg.number(2) + g * (swap + swap.T)
    baths = [Bath("L", "T_L", reg.x(1)), Bath("R", "T_R", reg.x(2))]
    return OpenSystem(System(H, baths, jumps=jumps, register=reg))


@pytest.mark.parametrize("g", [1e-22, 1e-30, 1e-200])
def test_a_small_coherence_is_told_beside_large_populations(g: float) -> None:
    found = exchanging_qubits().evaluate(
        outputs=["density"], a=0.3, b=0.5, g=g, T_L=0.4, T_R=0.2, kappa=1.0
    )
    # of first order in g: -1.2248156... g, by sixty digits
    assert found.density[1][2] / g == pytest.approx(-1.2248156040168174, rel=1e-14)
    assert found.density[0][1] == found.density[0][3] == 0


def test_both_parts_of_a_coherence_have_their_digits() -> None:
    reg = Register(2, 2)
    system = exchanging_qubits(Jump(reg.minus(1), "k1"), Jump(reg.z(2), "k2"))
    point: dict[str, Any] = {"a": 0.23701886421777638, "b": 0.23701886421777638, "g": 1e-10}
    point |= {"T_L": 2.844778474682517, "T_R": 0.11937074803420675, "kappa": 1.0}
    point |= {"k1": 1.1101573815055985e-10, "k2": 1.0734339089165}
    found = complex(system.evaluate(outputs=["density"], **point).density[1][2])
    right = complex(system.evaluate(outputs=["density"], digits=40, **point).density[1][2])
    assert found.imag / right.imag == pytest.approx(1, rel=1e-14)
    assert right.imag == pytest.approx(-3.3065227e-22, rel=1e-7, abs=0)
    assert found.real == pytest.approx(-9.474544295827839e-12, rel=1e-14, abs=0)


def test_coinciding_levels_without_coherence_keep_their_places_on_every_path() -> None:
    reg, (w, u1, u2) = Register(3), sp.symbols("w u1 u2")
    H = w * (reg.transition(1, 1, 1) + reg.transition(1, 2, 2))
    rates = {(1, 0): u1, (2, 0): u2, (0, 1): 1, (0, 2): 1}
    jumps = [Jump(reg.transition(1, a, c), rate) for (a, c), rate in rates.items()]
    plain = OpenSystem(System(H, [], jumps=jumps, register=reg))
    beside = OpenSystem(System(H, [Bath("d", 0.5, H, kappa=1e-9)], jumps=jumps, register=reg))
    point: dict[str, Any] = {"w": 1.0, "u1": 2.0, "u2": 0.5}
    found = [
        plain.evaluate(outputs=["populations"], **point).populations,
        evaluate_system(plain.system, ["populations"], point, 17)["populations"],
        beside.evaluate(outputs=["populations"], **point).populations,
        plain.steady_states(**point)[0],
    ]
    for populations in found:
        assert [float(x) for x in populations] == pytest.approx([2 / 7, 4 / 7, 1 / 7], rel=1e-12)


def test_a_ring_with_two_fourfold_levels_has_the_state_of_equilibrium() -> None:
    baths = [Bath("L", 1, {1: 1}), Bath("R", 1, {2: 1}, axis="y")]
    ring = OpenSystem(spins(3, baths, bonds={"ring": {"J": 1, "Delta": 1}}, kappa=1))
    found = ring.evaluate(outputs=["energies", "populations"])
    gibbs = np.exp(-(found.energies - found.energies.min()))
    assert found.populations == pytest.approx(gibbs / gibbs.sum(), rel=1e-13)
    assert ring.steady_states()[0] == pytest.approx(gibbs / gibbs.sum(), rel=1e-12)


@pytest.mark.parametrize("both_sites", [False, True])
def test_a_bath_that_hardly_couples_ends_what_another_leaves_dark(both_sites: bool) -> None:
    """Two qubits of one energy under a common bath keep a singlet, but for the weaker bath."""
    reg = Register(2, 2)
    weak = reg.x(1) + reg.y(2) / 3 if both_sites else reg.x(1)

    def populations(kappa: float) -> Any:
        baths = [Bath("L", 1, reg.x(1) + reg.x(2), kappa=1), Bath("R", 2, weak, kappa=kappa)]
        system = OpenSystem(System(reg.number(1) + reg.number(2), baths, register=reg))
        return system.evaluate(outputs=["populations"]).populations

    assert populations(1e-40) == pytest.approx(populations(1e-20), rel=1e-13)
