"""Closed forms where populations meet coherences: coinciding levels, jumps taken as they stand."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import Bath, Jump, NoClosedFormError, OpenSystem, Register, System
from symqb.derive.expression import ExpressionBuilder
from symqb.derive.liouvillian_fractions import Quotient, RationalFunctions
from symqb.emit.digits import evaluate_digits
from symqb.models.operators import parts
from symqb.program import Builder, Program, run
from symqb.report import model_sections
from tests.systems.open_judge import JudgedBath, dissipator, judge, judge_digits

W, G = sp.symbols("w g")


def flips(reg: Register, a: int, b: int) -> sp.Matrix:
    return reg.transition(1, a, b) + reg.transition(1, b, a)


def collective() -> System:
    """Two qubits on one bath, and a second that moves its dark state."""
    reg = Register(2, 2)
    H = W * (reg.number(1) + reg.number(2))
    baths = [Bath("c", "T_c", reg.x(1) + reg.x(2)), Bath("h", "T_h", reg.x(1))]
    return System(H, baths, register=reg)


def vee() -> System:
    """A level below two that coincide, which two baths drive from different sides."""
    reg, r = Register(3), sp.Symbol("r")
    H = W * (reg.transition(1, 1, 1) + reg.transition(1, 2, 2))
    one, other = flips(reg, 0, 1), flips(reg, 0, 2)
    return System(H, [Bath("a", "T_a", one + other), Bath("b", "T_b", one - r * other)])


def leads() -> System:
    """Two dots of one energy on two leads, each of which sees a combination of its own."""
    reg = Register(3)
    H = W * (reg.transition(1, 1, 1) + reg.transition(1, 2, 2))
    first, second = reg.transition(1, 0, 1), reg.transition(1, 0, 2)
    return System(
        H,
        [
            Bath("L", "T_L", first + sp.I * second, statistics="fermion", mu="mu_L"),
            Bath("R", "T_R", first + second / 2, statistics="fermion", mu="mu_R", kappa="k_R"),
        ],
    )


def local() -> System:
    """Two coupled qubits, each with jumps of its own: a local master equation."""
    reg, u = Register(2, 2), sp.Symbol("u")
    swap = reg.plus(1) * reg.minus(2)
    H = W * reg.number(1) + u * reg.number(2) + G * (swap + swap.T)
    jumps = []
    for site, name in ((1, "L"), (2, "R")):
        jumps += [Jump(reg.minus(site), f"d_{name}", name), Jump(reg.plus(site), f"u_{name}", name)]
    return System(H, [], jumps=jumps)


def driven() -> System:
    """A coherently driven qubit, in the frame that turns with the drive."""
    reg, detuning, drive = Register(2), *sp.symbols("Delta Omega")
    H = detuning * reg.number(1) + drive / 2 * reg.x(1)
    return System(H, [], jumps=[Jump(reg.minus(1), "gamma", "vacuum")])


def maser() -> System:
    """A three-level maser whose upper two levels a coherent field joins."""
    reg, detuning, field = Register(3), *sp.symbols("Delta lambda")
    H = detuning * reg.transition(1, 1, 1) + field * flips(reg, 1, 2)
    jumps = []
    for level, name in ((1, "c"), (2, "h")):
        jumps.append(Jump(reg.transition(1, 0, level), f"d_{name}", name))
        jumps.append(Jump(reg.transition(1, level, 0), f"u_{name}", name))
    return System(H, [], jumps=jumps)


def refrigerator() -> System:
    """Three qubits, each with jumps of its own, and a bond that moves three excitations at once."""
    reg = Register(2, 2, 2)
    bond = reg.plus(1) * reg.minus(2) * reg.plus(3)
    H = G * (bond + bond.T) + W * reg.number(1) + 3 * W * reg.number(2) + 2 * W * reg.number(3)
    jumps = []
    for site, name in enumerate("chw", 1):
        jumps += [Jump(reg.minus(site), 1, name), Jump(reg.plus(site), f"u_{name}", name)]
    return System(H, [], jumps=jumps)


MODELS = {m.__name__: m for m in (collective, vee, leads, local, driven, maser, refrigerator)}


@lru_cache
def opened(name: str) -> OpenSystem:
    return OpenSystem(MODELS[name]())


def points(name: str, count: int) -> list[dict[str, float]]:
    draw = random.Random(name)
    return [{p: draw.uniform(0.3, 2.0) for p in opened(name).parameters} for _ in range(count)]


def numbers(matrix: sp.Matrix, point: dict[str, float]) -> Any:
    return np.array(matrix.subs(point).evalf(), dtype=complex)


def value(given: Any, point: dict[str, float]) -> float:
    return point[given] if isinstance(given, str) else float(sp.sympify(given).subs(point))


def judged(system: System, point: dict[str, float]) -> tuple[Any, dict[str, float]]:
    """The density matrix and the heat currents by bath, by null space of the whole equation."""
    baths = [
        JudgedBath(
            [numbers(S, point) for S in bath.operators],
            value(bath.temperature, point),
            value(system.kappa if bath.kappa is None else bath.kappa, point),
            bath.statistics == "fermion",
            value(bath.mu, point),
        )
        for bath in system.baths
    ]
    jumps = [(numbers(jump.operator, point), value(jump.rate, point)) for jump in system.jumps]
    number = np.diag([0.0, 1.0, 1.0]) if any(bath.fermion for bath in baths) else None
    found = judge(numbers(system.H, point), baths, number=number, jumps=jumps)
    names = [bath.name for bath in system.baths] + [jump.bath for jump in system.jumps]
    heats = dict.fromkeys(names, 0.0)
    for name, heat in zip(names, found.heat, strict=True):
        heats[name] += heat
    return found.density, heats


def density_of(result: Any, size: int) -> Any:
    found = np.zeros((size, size), dtype=complex)
    for name, x in result.to_dict().items():
        _, part, i, j = name.split("_")
        found[int(i) - 1, int(j) - 1] += x if part == "re" else 1j * x
    return found + np.triu(found, 1).conj().T


def by_level(system: System, density: Any, energies: Any, point: dict[str, float]) -> Any:
    """Populations: of coinciding levels, all of them coherent here, eigenvalues, ascending."""
    H = numbers(system.H, point)
    found = np.empty(len(energies))
    for energy in np.unique(np.round(energies, 9)):
        places = np.flatnonzero(np.abs(energies - energy) < 1e-8)
        values, vectors = np.linalg.eigh(H)
        inside = vectors[:, np.abs(values - energy) < 1e-8]
        found[places] = np.linalg.eigvalsh(inside.conj().T @ density @ inside)
    return found


@pytest.mark.parametrize("name", MODELS)
def test_the_state_and_the_currents_are_those_of_the_whole_equation(name: str) -> None:
    model = opened(name)
    assert model.closed
    emitted = model.emit("numpy", outputs=model.derivation.elements)
    for point in points(name, 10):
        density, heats = judged(model.system, point)
        assert np.abs(density_of(emitted(**point), model.system.size) - density).max() < 1e-12
        result = model.evaluate(**point)
        populations = by_level(model.system, density, result.energies, point)
        assert np.abs(result.populations - populations).max() < 1e-12
        for bath, heat in heats.items():
            assert result[f"heat_current_{bath}"] == pytest.approx(heat, rel=1e-10, abs=1e-12)


DRAWN = [sp.Rational(k + 3, 4 + (3 * k) % 7) for k in range(8)]
DIGITS = mpmath.mpf(10) ** -39


def exact(value: Any, point: dict[str, sp.Rational]) -> Any:
    """A value at a point, as an mpmath number at the working precision."""
    given = point[value] if isinstance(value, str) else sp.sympify(value).subs(point)
    re, im = (sp.Rational(part) for part in sp.sympify(given).as_real_imag())
    return mpmath.mpc(mpmath.mpf(int(re.p)) / int(re.q), mpmath.mpf(int(im.p)) / int(im.q))


def exactly(matrix: sp.Matrix, point: dict[str, sp.Rational]) -> Any:
    return np.array([[exact(x, point) for x in row] for row in matrix.tolist()], dtype=object)


@pytest.mark.parametrize("name", ["collective", "vee"])
def test_forty_digits_among_coinciding_levels_are_those_of_a_null_space(name: str) -> None:
    model = opened(name)
    point = dict(zip(model.parameters, DRAWN, strict=False)) | {"kappa": sp.Integer(1)}
    with mpmath.workdps(60):
        baths = [
            JudgedBath([exactly(S, point) for S in bath.operators], mpmath.re(exact(T, point)))
            for bath in model.system.baths
            for T in [bath.temperature]
        ]
        _, heats = judge_digits(mpmath.matrix(exactly(model.system.H, point).tolist()), baths, 40)
        names = [f"heat_current_{bath.name}" for bath in model.system.baths]
        found = model.evaluate(digits=40, outputs=names, **{k: str(x) for k, x in point.items()})
        for output, heat in zip(names, heats, strict=True):
            assert abs(found[output] - heat) < abs(heat) * DIGITS


@pytest.mark.parametrize("name", ["local", "driven", "maser", "refrigerator"])
def test_forty_digits_under_jumps_are_those_of_a_null_space(name: str) -> None:
    model = opened(name)
    size, system = model.system.size, model.system
    point = dict(zip(model.parameters, DRAWN, strict=False))
    with mpmath.workdps(60):
        H = exactly(system.H, point)
        parts_of: dict[str, Any] = {}
        for jump in system.jumps:
            moved = dissipator([(exactly(jump.operator, point), exact(jump.rate, point))], size)
            parts_of[jump.bath] = parts_of.get(jump.bath, 0) + moved
        eye = np.eye(size, dtype=int).astype(object)
        turned = mpmath.mpc(0, 1) * (np.kron(H, eye) - np.kron(eye, H.T))
        matrix = mpmath.matrix((sum(parts_of.values()) - turned).tolist())
        right = mpmath.matrix(size * size, 1)
        for k in range(size * size):
            matrix[0, k] = 1 if k % (size + 1) == 0 else 0
        right[0] = 1
        rho = np.array(list(mpmath.lu_solve(matrix, right)), dtype=object)
        outputs = [*model.density_elements, *(f"heat_current_{bath}" for bath in parts_of)]
        program = model.program.prune(outputs)
        found = evaluate_digits(program, 40, {n: Fraction(x.p, x.q) for n, x in point.items()})
        for element in model.density_elements:
            _, part, i, j = element.split("_")
            entry = rho[(int(i) - 1) * size + int(j) - 1]
            wanted = mpmath.re(entry) if part == "re" else mpmath.im(entry)
            assert abs(found[element] - wanted) < abs(wanted) * DIGITS
        for bath, moved in parts_of.items():
            heat = mpmath.re(np.trace(H @ (moved @ rho).reshape(size, size)))
            assert abs(found[f"heat_current_{bath}"] - heat) < max(abs(heat), DIGITS) * DIGITS


def test_the_saturation_of_a_driven_qubit_is_the_formula_of_the_textbooks() -> None:
    """The optical Bloch equations: Steck, Quantum and Atom Optics, section 5.5."""
    detuning, drive, gamma = sp.symbols("Delta Omega gamma")
    density = opened("driven").steady_state().density
    expected = drive**2 / 4 / (detuning**2 + gamma**2 / 4 + drive**2 / 2)
    assert sp.simplify(density[0, 0] - expected) == 0
    coherence = (
        -(drive / 2) * (detuning + sp.I * gamma / 2) / (detuning**2 + gamma**2 / 4 + drive**2 / 2)
    )
    assert sp.simplify(sp.expand(density[0, 1] - coherence)) == 0


def rational(expr: sp.Expr, field: RationalFunctions) -> Quotient:
    """A polynomial as one of a field's."""
    names = sorted(map(str, expr.free_symbols))
    builder = Builder(names)
    program = builder.build({"x": ExpressionBuilder(builder).expr(expr)})
    return run(program, field, {name: field.symbols[name] for name in names})["x"]


@pytest.mark.parametrize("name", ["driven", "local", "maser"])
def test_the_state_is_stationary_for_all_parameters(name: str) -> None:
    model = opened(name)
    program = model.steady_state().program
    bare = Program(program.inputs, program.steps, program.outputs).prune(model.derivation.elements)
    field, size = RationalFunctions(model.parameters), model.system.size
    found = run(bare, field, {name: field.symbols[name] for name in bare.inputs})
    nothing = field.constant(Fraction(0))
    rho = {(i, j): (nothing, nothing) for i in range(size) for j in range(size)}
    for element, x in found.items():
        _, part, i, j = element.split("_")
        for place, sign in (((int(i) - 1, int(j) - 1), 1), ((int(j) - 1, int(i) - 1), -1)):
            re, im = rho[place]
            rho[place] = (x, im) if part == "re" else (re, x if sign > 0 else field.neg(x))
    re, im = (sp.Matrix(size, size, lambda i, j, k=k: sp.Symbol(f"{k}_{i}_{j}")) for k in "xy")
    matrix = re + sp.I * im
    change = -sp.I * (model.system.H * matrix - matrix * model.system.H)
    for jump in model.system.jumps:
        L, back = jump.operator, jump.operator.T
        gain = L * matrix * back - (back * L * matrix + matrix * back * L) / 2
        change += sp.Symbol(str(jump.rate)) * gain
    for place, pair in rho.items():
        for k, x in zip("xy", pair, strict=True):
            field.symbols[f"{k}_{place[0]}_{place[1]}"] = x
    for entry in change:
        for slope in parts(sp.expand(entry)):
            assert rational(slope, field).over == 0
    trace = nothing
    for k in range(size):
        trace = field.add(trace, rho[k, k][0])
    assert field.sub(trace, field.constant(Fraction(1))).over == 0


@pytest.mark.parametrize("name", ["collective", "vee", "driven", "maser", "local"])
def test_the_elimination_is_stationary_for_free_entries(name: str) -> None:
    """The null vector of any generator of that pattern, populations' own entries being the rest."""
    steady = opened(name).steady_state()
    places, program = steady.unknowns, steady.elimination
    field = RationalFunctions(program.inputs)
    entries = {place: field.symbols[entry] for entry, place in steady.entries.items()}
    nothing = field.constant(Fraction(0))

    def total(terms: Any) -> Quotient:
        found = nothing
        for term in terms:
            found = field.add(found, term)
        return found

    for column in places:
        rows = [r for r in places if r[0] == r[1] and (r, column) in entries]
        if column[0] != column[1] and rows:
            # what a coherence gives to populations adds up to nothing
            entries[rows[-1], column] = field.neg(total(entries[r, column] for r in rows[:-1]))
    inputs = {entry: entries[place] for entry, place in steady.entries.items()}
    state = dict(zip(places, run(program, field, inputs)["state"], strict=True))
    for row in places:
        own = [field.neg(entries[r, row]) for r in places if r[0] == r[1] and (r, row) in entries]
        diagonal = total(own) if row[0] == row[1] else entries.get((row, row), nothing)
        moved = [
            field.mul(diagonal if row == column else entries[row, column], x)
            for column, x in state.items()
            if row == column or (row, column) in entries
        ]
        assert total(moved).over == 0
    assert any(x.over != 0 for x in state.values())


def test_a_dark_state_is_named_and_keeps_its_refusal() -> None:
    reg = Register(2, 2)
    H = W * (reg.number(1) + reg.number(2))
    dark = OpenSystem(System(H, [Bath("c", "T", reg.x(1) + reg.x(2))]))
    assert not dark.closed
    with pytest.raises(NoClosedFormError, match=r"no bath moves -\|2> \+ \|3> .*steady_states"):
        dark.steady_state()
    with pytest.raises(symqb.SteadyStateError, match="not unique"):
        dark.evaluate(w=1.0, T=0.5)


def test_too_many_coherences_are_named_and_have_numbers() -> None:
    reg = Register(5)
    H = sum((sp.Symbol(f"g{k}") * flips(reg, k, k + 1) for k in range(4)), sp.zeros(5, 5))
    H += W * reg.number(1)
    dense = OpenSystem(System(H, [], jumps=[Jump(reg.lower(1), 1, "c"), Jump(reg.raising(1), G)]))
    with pytest.raises(NoClosedFormError, match=r"the coherences 1-2, 1-3.* 4-5: 20 unknowns.*12"):
        dense.steady_state()
    point = {"w": 1.0, "g": 0.3} | {f"g{k}": 0.2 + 0.1 * k for k in range(4)}
    _, heats = judged(dense.system, point)
    found = dense.evaluate(outputs=["heat_current_c"], **point)
    assert found.heat_current_c == pytest.approx(heats["c"], rel=1e-10)


def test_a_point_without_one_steady_state_is_refused_and_not_divided_by_nothing() -> None:
    model = opened("vee")
    emitted = model.emit("numpy", outputs=["populations"])
    # the second bath drives the same combination as the first
    with pytest.raises(symqb.SteadyStateError, match="not unique"):
        emitted(w=1.0, T_a=1.0, T_b=2.0, r=-1.0)
    # and nearly so
    near = emitted(w=1.0, T_a=1.0, T_b=2.0, r=-1.0 + 2**-30).populations
    exact = model.evaluate(digits=30, w=1, T_a=1, T_b=2, r=-1 + 2**-30, outputs=["populations"])
    assert near == pytest.approx([float(x) for x in exact.populations], rel=1e-12)


@pytest.mark.parametrize("target", ["c", "javascript", "latex", "json", "julia"])
def test_sources_are_written(target: str) -> None:
    text = opened("local").source(
        target, outputs=["populations", "heat_current_L", "density_im_2_3"]
    )
    assert len(text) > 500


def transport() -> OpenSystem:
    """Three coherent sites between a source and a sink: the ergotropy alone has no closed form."""
    reg, noise = Register(4), sp.Symbol("noise")
    H = W * reg.transition(1, 2, 2) + G * (flips(reg, 1, 2) + flips(reg, 2, 3))
    jumps = [Jump(reg.transition(1, 1, 0), 1, "in"), Jump(reg.transition(1, 0, 3), 1, "out")]
    jumps += [Jump(reg.transition(1, site, site), noise) for site in (1, 2, 3)]
    return OpenSystem(System(H, [], jumps=jumps))


def test_what_has_no_closed_form_beside_others_is_found_in_numbers() -> None:
    model, point = transport(), {"w": 1.0, "g": 0.7, "noise": 0.4}
    assert model.closed
    assert model.derivation.in_numbers == ("ergotropy",)
    whole = model.evaluate(**point)
    assert list(whole) == list(model.outputs)
    made = {"half": "ergotropy/2", "leaving": "density_re_4_4"}
    found = model.evaluate(outputs=made, **point)
    assert found.half == pytest.approx(whole.ergotropy / 2, rel=1e-14)
    assert found.leaving == model.emit("numpy", outputs=["density_re_4_4"])(**point).density_re_4_4
    for outputs in (["ergotropy"], made):
        with pytest.raises(symqb.ParameterError, match="is found in numbers, not by a program"):
            model.emit("numpy", outputs=outputs)
    assert "ergotropy" not in model.emit("numpy")(**point).to_dict()


def test_two_baths_of_one_occupation_leave_no_coherence_and_the_state_of_equilibrium() -> None:
    """A V of levels, one bath on the sum of its arms and one on the first: n/(n + 1) of each."""
    reg, n, m, a, b = Register(3), *sp.symbols("n m a b", positive=True)
    first, second = reg.transition(1, 0, 1), reg.transition(1, 0, 2)
    jumps = [
        Jump(first + second, a * (n + 1)),
        Jump((first + second).T, a * n),
        Jump(first, b * (m + 1)),
        Jump(first.T, b * m),
    ]
    H = W * (reg.transition(1, 1, 1) + reg.transition(1, 2, 2))
    density = OpenSystem(System(H, [], jumps=jumps)).steady_state().density
    assert sp.cancel(density[1, 2]) != 0
    equal = density.subs(m, n).applyfunc(sp.cancel)
    assert equal == sp.diag(n + 1, n, n).applyfunc(lambda x: sp.cancel(x / (3 * n + 1)))


def test_one_temperature_leaves_the_state_of_equilibrium() -> None:
    found = opened("vee").evaluate(w=1.0, r=0.7, T_a=0.8, T_b=0.8)
    weight = np.exp(-1 / 0.8)
    gibbs = np.array([1, weight, weight]) / (1 + 2 * weight)
    assert found.populations == pytest.approx(gibbs, rel=1e-13)
    assert (found.heat_current_a, found.heat_current_b, found.entropy_production) == (0, 0, 0)


def test_levels_of_one_energy_that_a_dephasing_bath_joins_are_those_of_the_whole_equation() -> None:
    """Complex couplings, a bath at frequency zero, one rate for transitions of one frequency."""
    reg = Register(4)
    H = W * (reg.transition(1, 1, 1) + reg.transition(1, 2, 2)) + 2 * W * reg.transition(1, 3, 3)
    turned = reg.transition(1, 0, 1) + sp.I * reg.transition(1, 0, 2) + reg.transition(1, 1, 2)
    apart = reg.transition(1, 1, 1) - 2 * reg.transition(1, 2, 2) + flips(reg, 1, 3)
    baths = [Bath("a", "T_a", turned + turned.H), Bath("b", "T_b", apart, kappa="k_b")]
    model = OpenSystem(System(H, baths))
    assert model.closed
    draw = random.Random(7)
    for _ in range(3):
        point = {p: draw.uniform(0.3, 2.0) for p in model.parameters}
        density, heats = judged(model.system, point)
        found = model.evaluate(outputs=model.density_elements, **point)
        assert np.abs(density_of(found, 4) - density).max() < 1e-12
        heat = model.evaluate(outputs=["heat_current_b"], **point).heat_current_b
        assert heat == pytest.approx(heats["b"], rel=1e-10)


def test_complex_jumps_have_numbers_as_well() -> None:
    """What rounding left of a part of an element was taken for a slow rate, and refused."""
    H = sp.Matrix([[W, 0, 0], [0, W, 3 * G], [0, 3 * G, 1]])
    first = sp.Matrix([[0, 1 + sp.I, 0], [-1, 0, 0], [0, 1, 0]])
    second = sp.Matrix([[0, 2, 0], [sp.I, 0, 0], [0, 1, -1]])
    model = OpenSystem(System(H, [], jumps=[Jump(first, "a", "x"), Jump(second, "b", "y")]))
    point = {"w": 0.35, "g": 1.55, "a": 1.2, "b": 0.8}
    density, heats = judged(model.system, point)
    found = model.evaluate(outputs=["density"], **point).density
    assert np.abs(found - density).max() < 1e-12
    elements = model.evaluate(outputs=model.density_elements, **point)
    assert np.abs(density_of(elements, 3) - density).max() < 1e-12
    assert model.evaluate(**point).heat_current_x == pytest.approx(heats["x"], rel=1e-10)


def test_levels_that_all_coincide_are_filled_alike() -> None:
    reg = Register(3)
    both = flips(reg, 0, 1) + flips(reg, 1, 2)
    other = reg.transition(1, 0, 0) + 2 * flips(reg, 1, 2)
    baths = [Bath("a", "T_a", both), Bath("b", "T_b", other)]
    model = OpenSystem(System(W * sp.eye(3), baths))
    assert model.closed
    found = model.evaluate(w=1.0, T_a=0.5, T_b=2.0)
    assert found.populations == pytest.approx([1 / 3] * 3, rel=1e-13)
    assert found.heat_current_a == 0


def test_where_levels_have_no_populations_the_density_matrix_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    level, w = Register(4), sp.Symbol("w")

    def move(to: int, *states: int) -> Any:
        return sum((level.transition(1, to, k) for k in states), sp.zeros(4))

    # three levels that coincide, coherent
    lost = [move(0, 1, 2), move(0, 2, 3), move(0, 1), move(1, 0) + move(2, 0) + move(3, 0)]
    model = OpenSystem(System(w * move(0, 0), [], jumps=[Jump(L, "a") for L in lost]))
    steady: Any = model.steady_state()
    names, values = steady.columns()
    assert list(names.values)[4:6] == ["rho_2_2", "rho_2_3"]
    assert list(values.values)[4:6] == [steady.density[1, 1], steady.density[1, 2]]
    assert "rho_3_4" in steady._repr_html_()
    monkeypatch.setattr(model_sections, "LARGEST_WRITTEN", 1000)
    said = str(model_sections.model_steps(model)[-1])
    assert "Populations and coherences together" in said
    assert "populations have no closed form: elements over the bare states" in said


def test_standalone_text_takes_a_drive_of_exactly_zero_whatever_stands_before_it() -> None:
    qubit = Register(2)
    detuning, drive = sp.symbols("Delta Omega")
    H = detuning * qubit.number(1) + drive / 2 * qubit.x(1)
    model = OpenSystem(System(H, [], jumps=[Jump(qubit.minus(1), "gamma")]))
    alone: dict[str, Any] = {}
    exec(model.source("numpy", ["density_re_1_1", "density_im_1_2"]), alone)
    found = alone["evaluate"](Delta=0.0, Omega=0.0, gamma=1.0)
    assert found == {"density_re_1_1": 0.0, "density_im_1_2": 0.0}
    driven = alone["evaluate"](Delta=0.0, Omega=1.0, gamma=1.0)
    assert driven["density_re_1_1"] == pytest.approx(1 / 3, rel=1e-15)
    # half of the least double is lost, and the coherence over a small rate is none
    with pytest.raises(ValueError, match="leave doubles"):
        alone["evaluate"](Delta=0.0, Omega=5e-324, gamma=1e-60)
