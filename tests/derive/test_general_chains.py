"""Closed forms beyond the paper's chain: XYZ bonds, unequal fields, sigma_y, spectral densities."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from sympy.core.function import AppliedUndef

import symqb
from symqb import Bath, Battery, BatteryModel, Chain, DomainError, NoClosedFormError, ParameterError
from symqb import SpectralDensity as Power
from symqb.emit.targets.c.compile import find_compiler
from symqb.numerics import evaluate_chain
from tests.conformance.harness import EVERY, compare, make

w, g, s = sp.symbols("w g s", positive=True)
ENDS = ({1: 1, 2: "epsilon"}, {2: 1})


def two(chain: Chain, axes: str = "xx", spectra: Any = (None, None), **options: Any) -> Battery:
    baths = tuple(
        Bath(name, f"T_{name}", sites, axis, spectrum)
        for name, sites, axis, spectrum in zip("LR", ENDS, axes, spectra, strict=True)
    )
    return Battery(BatteryModel(chain, baths, **options))


FIELDS = ("B1", "B2")
DRUDE = sp.Lambda(w, w * g**2 / (g**2 + w**2))
BATTERIES = {
    "xyz": two(Chain.xyz(2)),
    "xyz, sigma_y": two(Chain.xyz(2), "yx"),
    "xyz, unequal fields": two(Chain.xyz(2, B0=FIELDS), "xy"),
    "xyz, individual": two(Chain.xyz(2, B0=FIELDS), "yx", dissipation="individual"),
    "unequal fields": two(Chain(2, B0=FIELDS)),
    "any power law": two(Chain(2), spectra=(Power("w_c", "s"), Power(3.0, 3))),
    "Drude": two(Chain(2), spectra=(DRUDE, None)),
    "all at once": two(
        Chain.xyz(2, B0=FIELDS), "yx", (sp.Lambda(w, w**s * sp.exp(-w / g)), Power("w_c", 0.5))
    ),
    "three with a field apart": Battery(
        BatteryModel(
            Chain(3, B0=("B1", "B2", "B1")),
            (Bath("L", "T_L", {1: 1, 3: "epsilon"}, "y"), Bath("R", "T_R", {3: 1})),
        )
    ),
}
named = pytest.mark.parametrize("name", BATTERIES)


def random_point(battery: Battery, rng: np.random.Generator) -> dict[str, float]:
    positive = ("T_L", "T_R", "g", "s", "w_c", "kappa")
    point = {
        name: float(rng.uniform(0.3, 3) * (1 if name in positive else rng.choice([-1, 1])))
        for name in battery.parameters
    }
    # |0..0> is not the top level, so that the charge is defined
    return {k: abs(v) if k.startswith("B") else v for k, v in point.items()}


@named
def test_states_are_eigenstates(name: str) -> None:
    battery = BATTERIES[name]
    rng = np.random.default_rng(3)
    for level in battery.eigensystem():
        point = {symbol: sp.Rational(int(rng.integers(2, 99)), 17) for symbol in battery.symbols}
        residual = (battery.hamiltonian * level.state - level.energy * level.state).subs(point)
        assert max(abs(entry) for entry in residual.evalf(40)) < 1e-35
        assert abs((level.state.T * level.state)[0].subs(point).evalf(40) - 1) < 1e-35


@named
def test_closed_forms_equal_the_engine(name: str) -> None:
    """Two ways from the model: exact surds and one program, or LAPACK and block elimination."""
    battery, rng = BATTERIES[name], np.random.default_rng(len(name))
    for _ in range(12):
        point = random_point(battery, rng)
        closed = battery.evaluate(**point)
        numeric = evaluate_chain(battery.model, point)
        np.testing.assert_allclose(closed.energies, numeric.energies, atol=1e-13)
        np.testing.assert_allclose(closed.populations, numeric.populations, rtol=1e-11)
        for output in set(battery.outputs) - {"energies", "populations"}:
            assert closed[output] == pytest.approx(numeric[output], rel=1e-9, abs=1e-11), output


def test_the_axis_of_a_coupling_and_the_kind_of_bond_matter() -> None:
    """What the comparisons above would not notice, were it lost on both sides."""
    point = {"B0": 1.0, "Jx": 1.0, "Jy": 0.2, "Delta": 0.3, "epsilon": 0.6, "T_L": 3.0, "T_R": 0.5}
    along_x, along_y = (BATTERIES[n].evaluate(**point) for n in ("xyz", "xyz, sigma_y"))
    plain = symqb.xxz_battery(2).evaluate(B0=1.0, J=0.6, Delta=0.3, epsilon=0.6, T_L=3.0, T_R=0.5)
    assert np.abs(along_x.populations - along_y.populations).max() > 0.01
    assert np.abs(along_x.populations - plain.populations).max() > 0.01


def test_xyz_becomes_xxz_label_by_label() -> None:
    point = {"B0": 2.0, "Delta": 0.3, "epsilon": 0.6, "T_L": 3.0, "T_R": 0.5}
    found = BATTERIES["xyz"].evaluate(Jx=0.8, Jy=0.8, **point)
    plain = symqb.xxz_battery(2).evaluate(J=0.8, **point)
    np.testing.assert_allclose(found.populations, plain.populations, rtol=1e-13)
    np.testing.assert_allclose(found.energies, plain.energies, rtol=1e-13)


NEARLY = {
    # root^2 = (B1 + B2)^2/4 + (Jx - Jy)^2/4, and (B1 - B2)^2/4 + J^2: tiny differences
    "xyz": {"Jx": 1.0, "Jy": 1.0 - 1e-9, "B0": 0.7e-9},
    "xyz, unequal fields": {"B1": 1e-8, "B2": -0.9e-8, "Jx": 0.3, "Jy": 0.3 + 1e-9},
    "unequal fields": {"B1": 1.0, "B2": 1.0 - 1e-9, "J": 1e-9},
}


@pytest.mark.parametrize("name", NEARLY)
def test_nearly_equal_couplings_do_not_cancel_in_the_roots(name: str) -> None:
    battery = BATTERIES[name]
    point = {**random_point(battery, np.random.default_rng(4)), **NEARLY[name]}
    outputs = ("energies", "populations")
    found = battery.evaluate(outputs=outputs, **point)
    exact = battery.evaluate(digits=40, outputs=outputs, **point)
    truth = np.array([float(p) for p in exact.populations])
    np.testing.assert_allclose(found.populations, truth, rtol=1e-13)
    split = [exact.energies[1] - exact.energies[0], exact.energies[3] - exact.energies[2]]
    levels = found.energies[1] - found.energies[0], found.energies[3] - found.energies[2]
    np.testing.assert_allclose(levels, [float(x) for x in split], rtol=1e-6)


@named
@pytest.mark.parametrize("target", EVERY)
def test_every_target_computes_it(
    name: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if target == "c" and os.environ.get("SYMQB_SLOW") != "1":
        # to optimise takes six times as long as to compile; other tests do
        monkeypatch.setenv("CC", f"{shlex.quote(find_compiler())} -O0")
    battery = BATTERIES[name]
    point = random_point(battery, np.random.default_rng(11))
    found = make(target, battery, tmp_path)(**point)
    assert compare(battery, found, (), point) == 8 + 2 * 2**battery.spins


@pytest.mark.parametrize("name", ["xyz, unequal fields", "any power law", "all at once"])
def test_derivatives_agree_with_differences_of_many_digits(name: str) -> None:
    battery = BATTERIES[name]
    point = random_point(battery, np.random.default_rng(2))
    by, outputs = tuple(battery.parameters), ("populations", "heat_current_L")
    exact = battery.emit("mpmath", outputs, derivatives=by)(digits=50, **point)
    context = mpmath.MPContext()
    context.dps = 50
    step = context.mpf(10) ** -16
    for parameter in by:
        ends = [
            battery.evaluate(
                digits=50, outputs=outputs, **(point | {parameter: point[parameter] + h})
            )
            for h in (step, -step)
        ]
        for output in outputs:
            found, up, down = (
                np.atleast_1d(np.array(x, dtype=object))
                for x in (exact[f"d_{output}_d_{parameter}"], ends[0][output], ends[1][output])
            )
            assert np.abs((up - down) / (2 * step) - found).max() < 1e-25, (output, parameter)


def test_balls_enclose_powers() -> None:
    battery = BATTERIES["any power law"]
    point = random_point(battery, np.random.default_rng(5))
    balls = battery.emit("arb")(digits=30, **point)
    truth = battery.evaluate(digits=60, **point)
    for ball, value in zip(balls.populations, truth.populations, strict=True):
        assert abs(float(ball.mid()) - float(value)) < 1e-15
        assert float(ball.rad()) < 1e-25


@pytest.mark.parametrize("name", ["xyz, unequal fields", "all at once"])
def test_evolution_ends_in_the_steady_state(name: str) -> None:
    battery = BATTERIES[name]
    point = random_point(battery, np.random.default_rng(8))
    steady = battery.evaluate(**point)
    evolved = battery.evolve([0.0, 2000.0], **point)
    # |0..0> is a superposition of two levels
    assert np.abs(evolved.density[0] - np.diag(evolved.populations[0])).max() > 1e-3
    assert evolved.stored_energy[0] == pytest.approx(0.0, abs=1e-12)
    assert evolved.stored_energy[1] == pytest.approx(steady.stored_energy, abs=1e-9)
    np.testing.assert_allclose(evolved.density[1], np.diag(steady.populations), atol=1e-9)


def test_a_density_of_ones_own_is_an_undefined_function_in_formulas() -> None:
    battery = two(Chain(2), spectra=(lambda x: x / (1 + x**2), None))
    first = battery.transitions()[0]
    (function,) = first.emission["L"].atoms(AppliedUndef)
    assert str(function.func) == "J_L"
    assert not first.emission["R"].atoms(AppliedUndef)
    # put in, it is the emitted Lambda
    same = two(Chain(2), spectra=(sp.Lambda(w, w / (1 + w**2)), None))
    point = random_point(same, np.random.default_rng(1))
    values = {battery.symbols[k]: sp.Float(v, 30) for k, v in point.items()}
    populations = [
        p.replace(sp.Function("J_L"), lambda x: x / (1 + x**2)).subs(values).evalf(20)
        for p in battery.steady_state().populations
    ]
    np.testing.assert_allclose([float(p) for p in populations], same.evaluate(**point).populations)
    np.testing.assert_allclose(
        battery.evaluate(**point).populations, same.evaluate(**point).populations, rtol=1e-12
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda b: b.program,
        lambda b: b.emit("c"),
        lambda b: b.steady_state().program,
        lambda b: b.evaluate(digits=20, **dict.fromkeys(b.parameters, 1)),
    ],
)
def test_a_density_of_ones_own_has_no_program(ask: Any) -> None:
    battery = two(Chain(2), spectra=(lambda x: x, None))
    with pytest.raises(NoClosedFormError, match="Lambda"):
        ask(battery)


def test_rates_are_printed_with_their_spectral_density() -> None:
    text = BATTERIES["any power law"].transitions()[0]._repr_latex_()
    assert r"\mathcal{J}_{\mathrm{L}}(\omega_{31})" in text
    density = r"\frac{\kappa \omega^{3} e^{- \frac{\omega}{3}}}{9}"
    assert rf"\mathcal{{J}}_{{\mathrm{{R}}}}(\omega) &= {density}" in text
    assert "mathcal" not in symqb.xxz_battery(2).transitions()[0]._repr_latex_()
    assert r"}{J_x - J_y}" in BATTERIES["xyz"].eigensystem()[1]._repr_latex_()


# E_3 = E_1 here
POINT = {
    "B0": 2.0,
    "J": 1.0,
    "Delta": 1.0,
    "epsilon": 0.5,
    "T_L": 3.0,
    "T_R": 1.0,
}


def test_a_frequency_of_zero_takes_its_limit_or_is_refused() -> None:
    battery = BATTERIES["any power law"]
    found = battery.evaluate(**POINT, w_c=2.0, s=2.5)
    numeric = evaluate_chain(battery.model, {**POINT, "w_c": 2.0, "s": 2.5, "kappa": 1.0})
    np.testing.assert_allclose(found.populations, numeric.populations, rtol=1e-12)
    with pytest.raises(DomainError, match="diverge at a frequency of 0"):
        battery.evaluate(**POINT, w_c=2.0, s=0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"w_c": -1.0}, "cutoff must be positive"), ({"s": 0.0}, "s must be positive")],
)
def test_parameters_of_a_density_are_checked(change: dict[str, float], message: str) -> None:
    point = {**POINT, "Delta": 0.3, "w_c": 2.0, "s": 2.0, **change}
    with pytest.raises(DomainError, match=message):
        BATTERIES["any power law"].evaluate(**point)


def test_a_density_that_turns_negative_is_refused() -> None:
    battery = two(Chain(2), spectra=(sp.Lambda(w, w * (1 - w)), None))
    with pytest.raises(DomainError, match="finite and >= 0"):
        battery.evaluate(**{**POINT, "Delta": 0.3})


def test_a_narrow_band_is_solved_beyond_double_precision() -> None:
    """exp(-w / cutoff) leaves the range of doubles: more digits take over."""
    battery = two(Chain(2), spectra=(Power("w_c"), Power("w_c")))
    point = {**POINT, "Delta": 0.3, "w_c": 0.004}
    truth = battery.evaluate(digits=30, **point)
    found = battery.evaluate(**point)
    np.testing.assert_allclose(found.populations, [float(p) for p in truth.populations], rtol=1e-13)


def test_a_formula_beyond_powers_and_exp_is_for_numbers() -> None:
    battery = two(Chain(2), spectra=(sp.Lambda(w, w * (2 + sp.sin(w))), None))
    own = two(Chain(2), spectra=(lambda x: x * (2 + np.sin(x)), None))
    point = {**POINT, "Delta": 0.3}
    np.testing.assert_allclose(
        battery.evaluate(**point).populations, own.evaluate(**point).populations, rtol=1e-13
    )
    assert "sin" in str(battery.transitions()[0].emission["L"])
    with pytest.raises(NoClosedFormError, match=r"sin.* cannot be written"):
        battery.emit("numpy")
    with pytest.raises(NoClosedFormError, match="other than powers and exp"):
        _ = battery.steady_state().program


@pytest.mark.parametrize("spectrum", [sp.Function("J_L"), lambda x: "ohmic"])
def test_a_function_that_gives_no_numbers_is_for_formulas(spectrum: Any) -> None:
    battery = two(Chain(2), spectra=(spectrum, None))
    assert "J_L" in str(battery.transitions()[0].emission["L"])
    with pytest.raises(DomainError, match="gives no numbers"):
        battery.evaluate(**{**POINT, "Delta": 0.3})


def test_a_formula_has_one_variable() -> None:
    x, y = sp.symbols("x y")
    with pytest.raises(ParameterError, match="2 variables"):
        two(Chain(2), spectra=(sp.Lambda((x, y), x * y), None))


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        (Chain(3, J=("J1", "J2")), r"block of size 3.*its own mirror image.*evaluate"),
        (Chain.xyz(3), r"block of size 3.*XYZ bonds have them for two spins.*evaluate"),
        (Chain(4), r"block of size 4.*evaluate"),
    ],
)
def test_what_has_no_closed_form_says_why_and_where_to_go(chain: Chain, message: str) -> None:
    battery = Battery(BatteryModel(chain, (Bath("L", "T", {1: 1}),)))
    with pytest.raises(NoClosedFormError, match=message):
        battery.eigensystem()
