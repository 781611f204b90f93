"""Values computed apart from symqb that once came out wrong, or were refused without need.

They come from the whole Lindblad equation, or from sixty digits and an elimination of its own; at
each point one kind of fault showed.  ``tests/numerics`` has those of long chains and of evolution.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import symqb
from symqb.models import Bath, BatteryModel, Chain, SpectralDensity

ENDS = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {2: 1}))
RELATIVE = 1e-12


@cache
def xxz(spins: int) -> symqb.Battery:
    return symqb.xxz_battery(spins)


def between_ends(*chain: Any, **bonds: Any) -> symqb.Battery:
    return symqb.Battery(BatteryModel(Chain(*chain, **bonds), ENDS))


def test_a_frequency_that_vanishes_identically_keeps_its_guards() -> None:
    """B0 = J + Delta in numbers: levels 1 and 3 coincide, and the limit is smooth there."""
    result = between_ends(2, J=2, Delta=1, B0=3).evaluate(T_L=5, T_R=2)
    wanted = [0.39743403174372066, 0.07596913, 0.3953368014573691, 0.13126003]
    np.testing.assert_allclose(result.populations, wanted, rtol=1e-7)
    np.testing.assert_allclose(result.populations[::2], wanted[::2], rtol=1e-12)
    assert result.heat_current_L == pytest.approx(1.870616622525504, rel=RELATIVE)


@pytest.mark.parametrize("target", ["numpy", pytest.param("c", marks=pytest.mark.needs_cc)])
@pytest.mark.parametrize(("Delta", "heat"), [(0.4, 0.0257929789041343), (0.0, 0.0)])
def test_a_gap_that_vanishes_identically_is_solved(target: str, Delta: float, heat: float) -> None:
    battery = between_ends(2, J=0, Delta="D", B0="B")
    point = {"D": Delta, "B": 1.5, "T_L": 3.0, "T_R": 1.0}
    found = battery.emit(target, ["heat_current_L"])(**point).heat_current_L
    assert found == pytest.approx(heat, rel=RELATIVE, abs=1e-300)
    assert battery.evaluate(**point).heat_current_L == found
    assert battery.evaluate(digits=20, **point).heat_current_L == pytest.approx(heat, abs=1e-16)


def test_a_float_in_a_model_is_the_number_it_holds() -> None:
    field = 1.2500000003
    result = between_ends(2, J=1.0, Delta=0.25, B0=field).evaluate(T_L=1e-10, T_R=1e-10)
    exact = float((Fraction(field) - Fraction(5, 4)) / Fraction(1e-10))
    assert result.populations[2] / result.populations[0] == pytest.approx(np.exp(-exact), rel=1e-12)


@pytest.mark.parametrize(
    ("spins", "point", "heat", "production"),
    [
        (2, {"B0": 3, "Delta": -0.4, "epsilon": 1e9}, 4.6958660838746929, 2.1914041724748567),
        (3, {"B0": 4, "Delta": 0.3, "epsilon": 1e8}, 7.681086659520541, 3.5845071077762524),
    ],
)
def test_a_strongly_coupled_bath_has_its_current(
    spins: int, point: dict[str, float], heat: float, production: float
) -> None:
    result = xxz(spins).evaluate(J=1, T_L=30, T_R=2, **point)
    assert result.heat_current_L == pytest.approx(heat, rel=RELATIVE)
    assert result.heat_current_R == -result.heat_current_L
    assert result.entropy_production == pytest.approx(production, rel=RELATIVE)


NEAR: dict[str, float] = {"B0": 3, "J": 1, "Delta": 0.4, "epsilon": 0.5, "T_R": 2}


def test_near_equilibrium_entropy_production_and_exergy_keep_their_digits() -> None:
    result = xxz(2).evaluate(T_L=2 + 2**-20, **NEAR)
    assert result.entropy_production == pytest.approx(1.7303543038197312e-13, rel=RELATIVE)
    assert result.exergy == pytest.approx(3.7930639320320412e-14, rel=RELATIVE)


@pytest.mark.parametrize("spins", [2, 3])
def test_at_equal_temperatures_nothing_flows(spins: int) -> None:
    field = np.linspace(0.3, 7.0, 50)
    result = xxz(spins).evaluate(**(NEAR | {"B0": field}), T_L=2)
    for name in ("heat_current_L", "heat_current_R", "entropy_production", "exergy"):
        assert (result[name] == 0).all()


def test_exergy_against_a_bath_much_hotter_keeps_its_digits() -> None:
    result = xxz(2).evaluate(**(NEAR | {"T_R": 1e7}), T_L=3)
    assert result.exergy == pytest.approx(3.7274944748526981e-7, rel=RELATIVE)


@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("warmer", ["1e-26", "1e-200"])
def test_digits_are_carried_until_those_asked_for_are_right(spins: int, warmer: str) -> None:
    point = {"B0": 3, "J": 1, "Delta": "0.4", "epsilon": "0.5", "T_R": 2}
    few, many = (
        xxz(spins).evaluate(digits=n, T_L=Fraction(2) + Fraction(warmer), **point) for n in (15, 60)
    )
    assert few.heat_current_L > 0
    for name in ("heat_current_L", "entropy_production", "exergy"):
        assert abs(few[name] / many[name] - 1) < 1e-14


def test_digits_hold_for_a_bath_coupled_by_1e30() -> None:
    point = NEAR | {"epsilon": 1e30}
    few, many = (xxz(2).evaluate(digits=n, T_L=3, **point) for n in (15, 60))
    assert abs(few.heat_current_L / many.heat_current_L - 1) < 1e-14


T, D, beta, rate = sp.symbols("T_M DeltaT beta rate")
OUTSIDE: dict[str, tuple[BatteryModel, dict[str, float], dict[str, float]]] = {
    "a temperature": (
        BatteryModel(Chain(2), (Bath("L", T - D / 2, {1: 1}), Bath("R", T + D / 2, {2: 1}))),
        {"T_M": 1.0, "DeltaT": 1.0},
        {"DeltaT": 3.0},
    ),
    "an inverse temperature": (
        BatteryModel(Chain(2), (Bath("L", 1 / beta, {1: 1}), Bath("R", 2, {2: 1}))),
        {"beta": 1.0},
        {"beta": -1.0},
    ),
    "kappa": (
        BatteryModel(Chain(2), (Bath("L", 1, {1: 1}), Bath("R", 2, {2: 1})), rate - 1),
        {"rate": 2.0},
        {"rate": 0.5},
    ),
    "a cut-off": (
        BatteryModel(
            Chain(2), (Bath("L", 1, {1: 1}, "x", SpectralDensity(rate - 1)), Bath("R", 2, {2: 1}))
        ),
        {"rate": 2.0},
        {"rate": 0.5},
    ),
}


@pytest.mark.parametrize("case", OUTSIDE)
@pytest.mark.parametrize(
    "target", ["numpy", "mpmath", "arb", pytest.param("c", marks=pytest.mark.needs_cc)]
)
def test_expressions_keep_to_the_domain_of_what_they_stand_for(target: str, case: str) -> None:
    model, inside, outside = OUTSIDE[case]
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, **inside}
    for outputs in (("populations",), ("heat_current_L",)):
        function = symqb.Battery(model).emit(target, outputs)
        function(**point)
        with pytest.raises(symqb.DomainError, match=r"must be|cutoff"):
            function(**(point | outside))


def test_one_point_of_an_array_outside_is_refused_like_the_point_alone() -> None:
    model, inside, outside = OUTSIDE["a temperature"]
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, **inside}
    with pytest.raises(symqb.DomainError, match=r"index \(1,\).*DeltaT/2"):
        symqb.Battery(model).evaluate(**(point | {"DeltaT": [1.0, outside["DeltaT"]]}))


@pytest.mark.parametrize(
    "model",
    [
        BatteryModel(Chain(2), (Bath("L", 3, {1: sp.sqrt(sp.Symbol("g"))}), Bath("R", 1, {2: 1}))),
        BatteryModel(Chain(2, J=sp.sqrt(sp.Symbol("g") ** 2 + 1)), ENDS),
        BatteryModel(Chain(2, J=sp.cos(sp.Symbol("g"))), ENDS),
        BatteryModel(Chain(2, B0=sp.sqrt(2) * sp.Symbol("g")), ENDS),
    ],
)
def test_couplings_that_are_not_rational_are_answered_in_numbers(model: BatteryModel) -> None:
    battery = symqb.Battery(model)
    names = {"g": 0.7, "B0": 2.0, "J": 1.0, "Delta": 0.4, "T_L": 3.0, "T_R": 1.0}
    result = battery.evaluate(**{name: names.get(name, 1.0) for name in battery.parameters})
    assert result.populations.sum() == pytest.approx(1, rel=1e-14)
    with pytest.raises(symqb.NoClosedFormError, match="not a rational function"):
        battery.transitions()


def test_energies_need_no_single_steady_state() -> None:
    dark = symqb.Battery(BatteryModel(Chain(2), (Bath("L", "T", {1: 1, 2: 1}),)))
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "T": 1.0}
    assert dark.evaluate(outputs=["energies"], **point).energies.tolist() == [
        -1.75,
        2.25,
        -1.25,
        0.75,
    ]
    with pytest.raises(symqb.SteadyStateError, match="not unique"):
        dark.evaluate(**point)


def test_a_bath_at_temperature_zero_takes_the_heat_it_should() -> None:
    weak = sp.Symbol("eps")
    baths = (Bath("L", "T_L", {1: 1}), Bath("R", 0, {2: 2 * weak, 1: -1}))
    battery = symqb.Battery(BatteryModel(Chain(2, J="J", Delta="D", B0="B"), baths))
    point = {"J": 1.12 / 3, "D": 0.2477, "B": 0.3153, "eps": -1.2e-7, "T_L": 0.94}
    assert battery.evaluate(**point).heat_current_L == pytest.approx(
        0.07357965346406382, rel=RELATIVE
    )


def test_a_power_of_a_frequency_that_is_a_rounding_of_zero_is_right() -> None:
    baths = (
        Bath("L", "T_L", {1: -1}),
        Bath("R", Fraction(3, 2), {2: 1}, spectrum=SpectralDensity(5.0, 1.5)),
    )
    battery = symqb.Battery(BatteryModel(Chain(2, J="J", Delta="Delta", B0=1.0), baths))
    point = {"J": -0.04477753346279463, "Delta": 1.0447775334627947, "T_L": 0.008094671943712176}
    exact = battery.evaluate(digits=25, **{name: Fraction(v) for name, v in point.items()})
    wanted = [float(p) for p in exact.populations]
    np.testing.assert_allclose(battery.evaluate(**point).populations, wanted, rtol=1e-13)


@pytest.mark.parametrize(
    ("spins", "dissipation", "point", "exergy"),
    [
        (
            2,
            "collective",
            (
                1.7157119473769948,
                1.0653027840452052,
                -0.5356116552553605,
                1010864026.1603179,
                0.022609870435067566,
                0.0025565649199693293,
            ),
            1.7362847832758867e-23,
        ),
        (
            3,
            "collective",
            (
                3.3782827925357766,
                0.15120414152543882,
                -1.8459693556850931,
                -79379561.66486678,
                0.007920414917582464,
                0.19996839460161053,
            ),
            1.919792524200469e-12,
        ),
        (
            2,
            "collective",
            (
                0.2426209278341324,
                0.003304494269446019,
                30.491505376832098,
                3.3886383892613506e-05,
                1.656240584552073,
                0.759113024743813,
            ),
            2.127717074639896e-6,
        ),
        (2, "collective", (1.000000001, 0.001, 3.0, 1e-8, 0.01, 0.05), 2.5152922525793799e-18),
        (2, "collective", (1e-20, 1e-20, 1e-20, 0.5, 0.0, 3.0), 1.3802083333333333e-41),
        (2, "collective", (1.0, 1.0, 0.3, 0.5, 1.0, 1e20), 6.16328125e-21),
        (
            3,
            "collective",
            (
                2.279631027457044,
                0.7247338034954431,
                0.8202308020595921,
                9.87532710288204e-08,
                0.012519069949241715,
                0.0,
            ),
            3.47302841756330e-4,
        ),
        (
            3,
            "individual",
            (
                2.1518571822282984,
                -0.3154837733922296,
                1.8599614858814797,
                -4421410519.036284,
                0.0064867378589015,
                0.006486737379200714,
            ),
            1.957124313381361e-124,
        ),
    ],
)
def test_exergy_keeps_its_digits_in_the_cold_and_among_levels_far_below_the_rest(
    spins: int, dissipation: str, point: tuple[float, ...], exergy: float
) -> None:
    names = ("B0", "J", "Delta", "epsilon", "T_L", "T_R")
    battery = symqb.xxz_battery(spins, dissipation)
    values = dict(zip(names, point, strict=True))
    assert battery.evaluate(**values).exergy == pytest.approx(exergy, rel=1e-10, abs=1e-300)
    many = battery.evaluate(digits=20, outputs="exergy", **values).exergy
    assert float(many) == pytest.approx(exergy, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("spins", "point"),
    [
        (3, (0.36039037, 0.13027579, 0.97358566, 1e6, 0.011277068, 0.046979844)),
        (2, (0.74211166, 4.4713518, 1.6342420, 1e6, 0.020032041, 0.47791211)),
        (2, (13.88213, -0.82589347, -0.89845, 1e3, 0.027064068, 0.040525914)),
        (3, (0.87934274, -2.4888505, -1.3327271, 0.0, 0.06314052, 0.02285135)),
    ],
)
def test_exergy_is_what_its_definition_gives_where_levels_are_far_emptier_than_their_ways_in(
    spins: int, point: tuple[float, ...]
) -> None:
    values = dict(zip(("B0", "J", "Delta", "epsilon", "T_L", "T_R"), point, strict=True))
    exact = xxz(spins).evaluate(digits=400, outputs=("energies", "populations"), **values)
    with mpmath.workdps(400):
        weights = [mpmath.exp(-(E - min(exact.energies)) / values["T_R"]) for E in exact.energies]
        thermal = [w / mpmath.fsum(weights) for w in weights]
        terms = (p * mpmath.log(p / g) for p, g in zip(exact.populations, thermal, strict=True))
        wanted = float(values["T_R"] * mpmath.fsum(terms))
    assert wanted > 0
    assert xxz(spins).evaluate(**values).exergy == pytest.approx(wanted, rel=1e-11, abs=0)


def test_currents_among_three_baths_one_of_them_hot_and_strong() -> None:
    density = SpectralDensity(2.5729485829810397, s=0.5)
    baths = (
        Bath("b0", 1e7, {3: 1e4}, spectrum=density),
        Bath("b1", 0.01, {2: 1e4, 3: 0.5}),
        Bath("b2", 30.0, {2: 1e-9, 3: 0.5}),
    )
    model = BatteryModel(Chain(3, J=0.98, Delta=-1.09, B0=3.58), baths, kappa=1.0)
    result = symqb.Battery(model).evaluate()
    wanted = {
        "heat_current_b0": 855677900.5041593,
        "heat_current_b1": -855677898.63360534,
        "heat_current_b2": -1.8705539589340586,
        "exergy": 0.18955629059414793,
        "entropy_production": 85567789777.855094,
    }
    for name, value in wanted.items():
        assert result[name] == pytest.approx(value, rel=1e-10)


def test_a_cold_bath_beside_one_that_hardly_couples_keeps_its_part() -> None:
    """Shares that round to 1 were taken for equal, and a bath at zero for the only one there.

    Half of the exergy was lost, and standalone sources had currents off by 4e-9.
    """
    lead = Bath("L", "T_L", {1: 1, 2: "e"}, axis="y")
    dark = Bath("R", 1.5, {2: 1, 1: 1.0000000009313226})
    w = sp.Symbol("w")
    cubic = Bath("A", 2, {2: 1}, spectrum=sp.Lambda(w, w**3))
    chain = Chain(2, J=Fraction(1, 3), Delta=0, B0="B0")
    battery = symqb.Battery(BatteryModel(chain, (lead, dark, cubic)))
    for field, cold, right in (
        (78.9888668888725, 0.0, 5.06857248062997556e-24),
        (40.0, 0.0, 2.24849382684528307e-14),
        (40.0, 0.1, 2.24849382684528307e-14),
    ):
        point = {"B0": field, "e": -0.8672491352851693, "T_L": cold, "kappa": 23756.262776893796}
        for target in ("numpy", "c"):
            found = battery.emit(target, ["exergy"])(**point).exergy
            assert found == pytest.approx(right, rel=RELATIVE), (field, target)
    module: dict[str, Any] = {}
    exec(battery.source("numpy"), module)
    point = {"B0": 2.2181683624718103e-05, "e": 0.050545458074731986, "kappa": 12327.35800710984}
    found = module["evaluate"](T_L=0.0003490897793570149, **point)
    assert found["heat_current_L"] == pytest.approx(-440.74372883150313, rel=1e-12)
    assert found["heat_current_R"] == pytest.approx(197.22151821127759, rel=1e-11)
    assert found["heat_current_A"] == pytest.approx(243.52221062022554, rel=1e-11)


def test_coinciding_levels_whose_populations_nearly_agree_keep_all_their_transitions() -> None:
    """Elements between states that were barely told counted as zero: the current lost a fifth."""
    baths = (Bath("L", "T_L", {1: 1, 4: "epsilon"}), Bath("R", "T_R", {4: 1}))
    chain = Chain(4, J="J", Delta=0, B0="B0")
    battery = symqb.Battery(BatteryModel(chain, baths, dissipation="individual"))
    point = {"B0": 1.8275556764003908, "epsilon": 0.23776684040316187}
    point |= {"T_L": 2.479635717129041, "T_R": 1.651226338731647, "kappa": 2.7725809095224334}
    for J in (1e-9, 2e-12, 1.4e-12, 1e-12, 9.5e-13, 5e-13, 1e-14):
        found = battery.evaluate(outputs=["heat_current_L"], J=J, **point).heat_current_L
        assert found == pytest.approx(0.83193899096951378, rel=1e-12), J


@pytest.mark.parametrize("J", [1e-3, 1e-10, 1.694948633105631e-16])
def test_slow_rates_of_a_bath_at_zero_make_the_state_unique_however_slow(J: float) -> None:
    """A rate 1e-49 of the others counted as none, and two steady states were claimed."""
    w = sp.Symbol("w")
    cubic = sp.Lambda(w, w**3)
    baths = (
        Bath("L", 0, {1: 1, 2: "epsilon"}, axis="y", spectrum=cubic),
        Bath("R", 21.359591723081934, {2: 1}),
        Bath("A", 18.3336149103638, {1: 1}),
    )
    chain = Chain(2, J="J", Delta=0, B0=0)
    battery = symqb.Battery(BatteryModel(chain, baths, Fraction(1, 7)))
    for digits in (None, 15):
        found = battery.evaluate(J=J, epsilon=0.20449128503283, digits=digits)
        assert sorted(map(float, found.populations)) == pytest.approx([0, 0, 0.5, 0.5], abs=1e-3)
        # between the warm baths alone, at a frequency J
        scaled = float(found.entropy_production) / J**2
        assert scaled == pytest.approx(4.20771115e-05, rel=1e-6)
        assert found.heat_current_L == 0
