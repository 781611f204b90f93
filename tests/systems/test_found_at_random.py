"""What the fuzzer of numbers and reviewers found wrong once."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from mpmath import mp

from symqb import Bath, Battery, BatteryModel, Chain, SpectralDensity, SymqbError, xxz_battery
from symqb.emit import digits as emit_digits
from symqb.models import DomainError, xxz_model
from symqb.prove.numbers_model import judge_at

W, HALF, T_M = sp.Symbol("w"), sp.Symbol("DeltaT") / 2, sp.Symbol("T_M")


def two_spins(*more: Bath, density: object = None, **chain: object) -> Battery:
    first = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {2: 1}, spectrum=density))
    return Battery(BatteryModel(Chain(2, **chain), (*first, *more)))


@pytest.mark.parametrize("target", ["numpy", "c", "mpmath", "arb"])
def test_a_guard_that_is_no_number_does_not_hide_one_that_is_zero(target):
    # exergy is undefined beside a bath at zero, and levels coincide at J = 0
    battery = two_spins(Bath("A", "T_A", {2: 1}), J="J", Delta=0)
    found = battery.emit(target)(B0=3.0, J=0.0, T_L=11.6, T_R=0.0, T_A=2.0)
    # by the null space of the fuzzer's judge
    right = [0.50134133466774188, 0.048609218150875989, 0.062955861923338926, 0.38709358525804320]
    assert np.allclose([float(x) for x in found.populations], right, rtol=1e-13, atol=0)


def test_temperatures_that_share_a_symbol_lose_no_digit_of_their_difference():
    model = BatteryModel(Chain(2), (Bath("L", T_M - HALF, {1: 1}), Bath("R", T_M + HALF, {2: 1})))
    battery, point = Battery(model), {"J": 1.0, "Delta": 0.9, "B0": 0.4, "T_M": 4558236.737700451}
    for difference in (0.3, 1e-9):
        fast = battery.evaluate(**point, DeltaT=difference)
        slow = battery.evaluate(**point, DeltaT=difference, digits=30)
        for name in ("heat_current_L", "entropy_production", "exergy"):
            assert fast[name] == pytest.approx(float(slow[name]), rel=1e-12, abs=0)
    assert battery.evaluate(**point, DeltaT=0.0).entropy_production == 0


def test_temperatures_that_nearly_agree_by_chance_lose_no_digit_of_their_difference():
    model = BatteryModel(Chain(3), (Bath("L", "T_L", {1: 1}), Bath("R", T_M + HALF, {3: 1})))
    point = {
        "J": 1.0,
        "Delta": 0.9,
        "B0": 0.4,
        "T_L": 4558236.7,
        "T_M": 4558236.737700451,
        "DeltaT": -0.3,
    }
    result = Battery(model).evaluate(**point, kappa=1.3)
    assert result.heat_current_L == pytest.approx(1.5773597979122858e-8, rel=1e-12)
    assert result.exergy == pytest.approx(2.5383140457830373e-23, rel=1e-12, abs=0)


def test_balls_of_coinciding_levels_are_as_narrow_as_the_digits():
    baths = (Bath("L", "T_L", {1: 1}, axis="y"), Bath("R", 1, {2: 0.5}))
    battery = Battery(BatteryModel(Chain(2, J=3), baths))
    energies = battery.emit("arb")(Delta=0.8, B0=0.0, T_L=0.4, digits=40).energies
    assert all(energy.rel_accuracy_bits() > 38 * 3.3 for energy in energies)
    assert energies[0].overlaps(type(energies[0])(0.8) / 2)


def test_balls_have_the_limit_of_one_bath_at_zero():
    model = BatteryModel(Chain(2, J="J", Delta=0, B0=-0.1), (Bath("R", "T_R", {2: 1}),))
    assert [float(p) for p in Battery(model).emit("arb")(J=1.0, T_R=0.0).populations] == [
        0,
        0,
        1,
        0,
    ]


@pytest.mark.parametrize("digits", [None, 20])
def test_a_density_may_be_large_where_frequencies_are(digits):
    # in units 1e8 times smaller the steady state is the same
    cubic = sp.Lambda(W, W**3)
    baths = (Bath("L", "T_L", {1: 1}, spectrum=cubic), Bath("R", "T_R", {2: 1}, spectrum=cubic))
    battery = Battery(BatteryModel(Chain(2, Delta=0), baths))

    def populations(unit):
        point = {"J": 0.7 * unit, "B0": 1.5 * unit, "T_L": 2.0 * unit, "T_R": 1.0 * unit}
        return [float(p) for p in battery.evaluate(**point, digits=digits).populations]

    assert populations(1e8) == pytest.approx(populations(1.0), rel=1e-12)


def test_a_bath_that_does_not_act_leaves_no_exergy_in_digits():
    baths = (Bath("L", 0, {1: "epsilon"}), Bath("R", "T_R", {3: 0.5, 1: 1}))
    chain = Chain(3, J=("J_1", sp.sqrt(2) * sp.Symbol("J_2")), Delta="Delta", B0=-0.7)
    battery = Battery(BatteryModel(chain, baths, "kappa", "individual"))
    point = {"J_1": 1.1, "J_2": -1.2, "Delta": -1.4, "epsilon": 0.0, "T_R": 0.3}
    result = battery.evaluate(**point, digits=15)
    assert result.exergy == result.entropy_production == result.heat_current_R == 0


def test_digits_know_no_smallest_double():
    # rates of 1e-67000: what keeps doubles finite must not reach many digits
    lorentz = sp.Lambda(W, W / (1 + W**2))
    baths = (Bath("L", "T_L", {1: 0.3, 2: 1}, spectrum=lorentz), Bath("R", "T_R", {2: 1, 1: 1}))
    more = (Bath("A", "T_A", {1: -1}, axis="y"), Bath("B", "T_B", {1: 1}))
    battery = Battery(BatteryModel(Chain(2, J="J", Delta=0, B0=3), (*baths, *more)))
    point = {"J": -1.25e-6, "T_L": 9.6e-6, "T_R": 3.8e-7, "T_A": 5.3e-7, "T_B": 3.9e-7}
    found = battery.evaluate(**point, digits=40)
    balls = battery.emit("arb")(**point)
    assert 0 < balls.populations[1] < mp.mpf(10) ** -30000
    with mp.workdps(60):
        heats = [found[f"heat_current_{name}"] / mp.mpf(point[f"T_{name}"]) for name in "LRAB"]
        assert 0 < found.entropy_production < mp.mpf(10) ** -30000
        assert abs(found.entropy_production / -sum(heats) - 1) < mp.mpf(10) ** -20


def test_a_factor_of_a_matrix_element_may_cancel():
    # J (epsilon^2 - 1) + 3 B0 epsilon, with B0 small beside J
    baths = (Bath("L", "T_L", {1: 1, 2: "epsilon"}), Bath("R", 0, {2: 2, 1: -1}, axis="y"))
    battery = Battery(BatteryModel(Chain(2, J="J", Delta=1.2, B0=("B0", 0)), baths))
    for epsilon in (1.0, 1 + 2.0**-30):
        point = {"J": -0.27, "B0": -1e-8, "epsilon": epsilon, "T_L": 2.7}
        right = battery.evaluate(**point, digits=30).populations
        for target in ("numpy", "c"):
            found = battery.emit(target, outputs=["populations"])(**point)
            assert list(found.populations) == pytest.approx(list(map(float, right)), rel=1e-13)


@pytest.mark.parametrize(
    ("power", "refusal"), [("1003/1000", "not unique"), ("1", ""), ("9999/10000", "diverge")]
)
def test_a_slow_power_of_the_frequency_is_a_power(power, refusal):
    exponent = sp.Rational(power)
    formula = sp.Lambda(W, W**exponent * sp.exp(-W))
    # a transition has the frequency 0 at J = B0
    for density in (formula, lambda w: np.power(w, float(exponent)) * np.exp(-w)):
        baths = (Bath("L", 2, {1: 1}, spectrum=density), Bath("R", 1, {2: 1}, spectrum=density))
        battery = Battery(BatteryModel(Chain(2, J=1, Delta=0, B0=1), baths))
        if refusal:
            with pytest.raises(SymqbError, match=refusal):
                battery.evaluate()
        else:
            assert battery.evaluate().populations.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("left", "right", "current"),
    [
        ({2: 1}, {3: 1}, 0.756456051139),
        ({1: 1, 3: 1}, {3: 1}, 1.02304077252),
        ({1: 1, 3: 1}, {1: 1, 3: -1}, 1.15109),
        ({1: 1, 3: 1}, {2: 1, 3: 1}, 1.51142),
        ({1: 1, 3: -1}, {1: 1}, 1.141478),
    ],
)
def test_three_spins_beside_a_bath_at_zero_have_the_limit_of_a_cold_one(left, right, current):
    battery = Battery(BatteryModel(Chain(3), (Bath("L", "T_L", left), Bath("R", "T_R", right))))
    fixed = BatteryModel(Chain(3), (Bath("L", 3, left), Bath("R", 0, right)))
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "T_L": 3.0}
    named = {key: point[key] for key in ("B0", "J", "Delta")}
    found = [battery.evaluate(T_R=T, **point).heat_current_L for T in (0.0, 1e-200, 1e-5)]
    found += [battery.evaluate(T_R=T, digits=30, **point).heat_current_L for T in (0.0, 1e-200)]
    found += [Battery(fixed).evaluate(**named, digits=d).heat_current_L for d in (None, 15)]
    found += [battery.emit("arb")(T_R=0.0, **point).heat_current_L]
    assert [float(x) for x in found] == pytest.approx([float(found[2])] * len(found), rel=1e-11)
    assert float(found[0]) == pytest.approx(current, rel=4e-6)


@pytest.mark.parametrize(
    "density",
    [sp.log(1 + W), (1 - sp.cos(W)) / W, 1 - sp.exp(-W), sp.sqrt(1 + W) - 1, sp.sqrt(W**2 + W**4)],
)
def test_a_density_with_a_slope_at_zero_has_it_there(density):
    baths = (Bath("L", 3, {1: 1}, spectrum=sp.Lambda(W, density)), Bath("R", 1, {2: 1}))
    battery = Battery(BatteryModel(Chain(2, J=1, Delta=0.5), baths))
    there, near = battery.evaluate(B0=1.5), battery.evaluate(B0=1.5 + 1e-9)
    assert there.heat_current_L == pytest.approx(near.heat_current_L, rel=1e-8)


def test_a_density_that_is_rounded_to_zero_is_refused():
    for function, refused in ((lambda w: np.log(1 + w), True), (np.log1p, False)):
        baths = (Bath("L", 3, {1: 1}, spectrum=function), Bath("R", 1, {2: 1}))
        battery = Battery(BatteryModel(Chain(2, J=1, Delta=0.5), baths))
        if refused:
            with pytest.raises(SymqbError, match="rounded to 0 near the frequency 0"):
                battery.evaluate(B0=1.5)
        else:
            assert battery.evaluate(B0=1.5).heat_current_L == pytest.approx(0.4417451987789711)


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_large_energies_beside_a_bath_at_zero_are_no_overflow(target):
    model = BatteryModel(
        Chain(2, J=1e8, Delta=0.5e8, B0=2e8), (Bath("L", 0, {1: 1}), Bath("R", 1, {2: 1}))
    )
    assert list(Battery(model).emit(target)().populations) == [1, 0, 0, 0]


def test_one_bath_at_zero_and_another_nearly_so_are_right_or_refused():
    baths = (Bath("L", "T_L", {1: 1}), Bath("R", 0, {2: 1}), Bath("A", "T_A", {1: 1, 2: 0.5}))
    battery = Battery(BatteryModel(Chain(2), baths))
    point = {"B0": -2.0, "J": 1.0, "Delta": 0.5, "T_L": 1e-5, "T_A": 2e-5}
    # held at e^5000 the program says so, and the engine answers
    with pytest.raises(SymqbError, match="does not hold both"):
        emit_digits.evaluate_digits(
            battery.derivation.pruned(["heat_current_L"]), 20, point | {"kappa": 1.0}
        )
    found = battery.evaluate(digits=20, outputs=["heat_current_L"], **point).heat_current_L
    with mp.workdps(30):
        assert abs(found / mp.mpf("-6.0342030812187810302e-10860") - 1) < mp.mpf(10) ** -18


@pytest.mark.parametrize("target", ["jax", "mathematica"])
def test_large_energies_beside_a_bath_at_zero_are_written_in_every_language(target):
    baths = (Bath("L", 0, {1: 1}), Bath("R", 1, {2: 1}))
    battery = Battery(BatteryModel(Chain(2, J=1e8, Delta=0.5e8, B0=2e8), baths))
    if target == "mathematica":
        assert "inf" not in battery.source(target, outputs=["populations"]).lower().split()
    else:
        pytest.importorskip("jax")
        assert list(battery.emit(target, outputs=["populations"])().populations) == [1, 0, 0, 0]


@pytest.mark.parametrize("digits", [None, 20])
def test_a_value_far_below_its_terms_is_not_zero(digits):
    baths = (Bath("L", 2, {1: "g"}), Bath("M", 3, {1: 1}), Bath("R", 4, {4: 1}))
    battery = Battery(BatteryModel(Chain(4, J=1, Delta=0.5, B0=3), baths))
    # bound to both L and M, site 1 is at T_L; with g = 10**20 the current is the same to 20 digits
    found, near = (battery.evaluate(g=10**k, digits=digits).heat_current_L for k in (60, 20))
    assert float(found) == pytest.approx(float(near), rel=1e-12)
    chain = Chain(4, J=1, Delta=0.5, B0=3)
    tiny = Battery(BatteryModel(chain, (Bath("L", 2, {1: 1}), Bath("R", "T", {4: 1}))))
    currents = [tiny.evaluate(T="2." + "0" * k + "1", digits=20).heat_current_R for k in (99, 49)]
    assert float(currents[0] * mp.mpf(10) ** 50) == pytest.approx(float(currents[1]), rel=1e-15)


def test_a_current_beyond_the_bits_offered_is_refused_and_no_zero():
    baths = (Bath("L", 2, {1: 1}, spectrum=sp.Lambda(W, sp.exp(W**2))), Bath("R", 4, {2: 1}))
    battery = Battery(BatteryModel(Chain(2, J=1, Delta=0.5, B0=2000), baths))
    with pytest.raises(SymqbError, match="heat_current_L is not told to 20 digits"):
        battery.evaluate(digits=20, outputs=["heat_current_L"])


@pytest.mark.parametrize("J", [1, sp.sqrt(2), sp.exp(sp.Rational(1, 3))])
@pytest.mark.parametrize("Delta", [0, 2])
def test_levels_at_zero_are_zero_to_all_digits(J, Delta):
    # 2 J = Delta J: the singlet of two spins and a level of four are exactly there
    baths = (Bath("L", 2, {1: 1}), Bath("R", 4, {4: 1}))
    battery = Battery(BatteryModel(Chain(4, J=J, Delta=Delta * J, B0=3), baths))
    energies = battery.evaluate(digits=20).energies
    assert sum(energy == 0 for energy in energies) == (2 if Delta == 0 else 1)
    assert min(abs(energy) for energy in energies if energy) > 0.01


def test_frequencies_that_nearly_coincide_do_not_join_levels_that_do_not():
    # J and Delta but for a rounding: a chain of close frequencies joins what the rule holds apart
    baths = (Bath("L", "T_L", {1: 1, 4: "epsilon"}), Bath("R", "T_R", {4: 1}))
    chain = Chain(4, J="J", Delta="Delta", B0="B0")
    battery = Battery(BatteryModel(chain, baths, "kappa", "individual"))
    point = {"B0": 0.7849484601708002, "J": 1.3399908392395092, "Delta": 1.339990839239509}
    point |= {"epsilon": 0.550966059798645, "T_L": 5.718046174938294, "T_R": 13.043215291720061}
    steady = battery.evaluate(**point)
    (populations,) = battery.steady_states(**point)
    assert populations == pytest.approx(steady.populations, rel=1e-13)
    late = battery.evolve([np.inf], **point)
    assert late.populations[0] == pytest.approx(steady.populations, rel=1e-12)


@pytest.mark.parametrize("J", [1e-9, 1e-16])
def test_a_weak_bond_leaves_one_steady_state_however_weak(J):
    # the third spin meets its bath through J alone, at a rate of J^2, which doubles do not see
    baths = (Bath("L", 17.2, {1: 1}), Bath("R", 16.35, {6: 1, 5: 1}))
    chain = Chain(6, J=(2 / 3, "J", 0, 0.3, 2), Delta=0.5, B0=2.4)
    battery = Battery(BatteryModel(chain, baths, "kappa", "individual"))
    weak, stronger = battery.evaluate(J=J), battery.evaluate(J=1e-4)
    assert weak.populations == pytest.approx(stronger.populations, rel=1e-6)
    assert weak.heat_current_L / J**2 == pytest.approx(stronger.heat_current_L / 1e-8, rel=1e-3)
    with pytest.raises(SymqbError, match="not unique: there are 2"):
        battery.evaluate(J=0.0)


def density(text: str) -> sp.Lambda:
    return sp.Lambda(W, sp.sympify(text))


FROZEN = [
    # two baths at zero temperature
    (
        Chain(1, B0=2),
        (Bath("L", 0, {1: 1}, spectrum=density("w*exp(-w/3)")), Bath("R", 0, {1: 1})),
        [0.0, 1.0],
    ),
    # an Ising bond to a spin that is frozen; the same with all baths cold; a spin without energy
    # between two temperatures
    (
        Chain(2, J=0, Delta=-0.03, B0=0.3),
        (Bath("L", -0.0, {1: 1}, axis="y"), Bath("R", 2, {2: 1})),
        [1.2408755926231887, 0.5411566681502281, 0.4588433318497719],
    ),
    (
        Chain(2, J=0, Delta=-3.4087015850267814, B0=3.9),
        (Bath("L", 0.15, {1: -1}, spectrum=density("w/(1 + w**2)")), Bath("R", 0, {2: -0.5})),
        [5.0464012001057904e-21, 1.0, 6.904648030019821e-22],
    ),
    (
        Chain(2, J=0, Delta=0, B0=(3.5, 0)),
        (Bath("L", 1.6, {1: 1, 2: 1.5}), Bath("R", 1.3, {2: 1}, axis="y")),
        [0.01315182268946817, 0.44956068863497173, 0.05043931136502826],
    ),
]


@pytest.mark.parametrize("case", range(len(FROZEN)))
@pytest.mark.parametrize("entrance", ["evaluate", "15", "30", "numpy", "c", "mpmath", "arb"])
def test_where_nothing_flows_currents_and_entropy_production_are_zero(case, entrance):
    chain, baths, (exergy, *populations) = FROZEN[case]
    battery = Battery(BatteryModel(chain, baths))
    if entrance == "evaluate":
        found = battery.evaluate()
    elif entrance in ("15", "30"):
        found = battery.evaluate(digits=int(entrance))
    else:
        found = battery.emit(entrance)()
    assert found.heat_current_L == found.heat_current_R == found.entropy_production == 0
    assert float(found.exergy) == pytest.approx(exergy, rel=1e-12, abs=0)
    ascending = sorted({float(p) for p in found.populations} - {0.0})
    assert ascending == pytest.approx(sorted(populations), rel=1e-12, abs=0)


def test_a_rate_may_be_smaller_than_doubles_hold_and_still_make_the_state_one():
    # spin 1 turns at rates of e^-2900 alone, and coinciding levels have coherences
    wide = sp.Lambda(W, W * sp.exp(-W / 3))
    baths = (
        Bath("L", 500.0, {1: 1}, spectrum=SpectralDensity(5.0, 3)),
        Bath("R", 2400.0, {2: 1}),
        Bath("A", 1600.0, {2: 1, 1: 1}, spectrum=wide),
        Bath("B", 3000.0, {1: 1}, spectrum=SpectralDensity(5.0, 1)),
    )
    battery = Battery(BatteryModel(Chain(2, J=0, Delta=14800.0, B0=350.0), baths, "kappa"))
    right = battery.evaluate()
    program = battery.emit("mpmath")().populations
    assert right.populations == pytest.approx([float(p) for p in program], rel=1e-12)
    (populations,) = battery.steady_states()
    assert np.sort(populations) == pytest.approx(np.sort(right.populations), rel=1e-8)
    late = battery.evolve([np.inf])
    assert late.ergotropy[0] == pytest.approx(right.ergotropy, rel=1e-9)
    assert 0 < late.spectral_gap < 1e-300


def test_a_level_that_roots_nearly_cancel_in_is_not_zero():
    # energies of powers of two alone, which take no digits to write
    battery = two_spins(J=1, Delta=2, B0=("B", 0))
    for digits in (15, 30):
        point = {"B": 2.0**-120, "T_L": 2, "T_R": 3, "digits": digits, "outputs": ["energies"]}
        energies = battery.evaluate(**point).energies
        smallest = min(energies, key=abs)
        assert float(smallest) == pytest.approx(2.0**-243, rel=1e-14, abs=0)


@pytest.mark.parametrize(("spins", "capacity"), [(2, 5 / 3 * 1e-81), (4, 4.76538060479666e-81)])
def test_a_capacity_far_below_the_energies_is_not_zero(spins, capacity):
    # |0..0> is the top level but for a pairing of the square of eta
    baths = (Bath("L", 2, {1: 1}), Bath("R", 3, {spins: 1}))
    battery = Battery(BatteryModel(Chain(spins, J=1, Delta=0.5, B0=-3, eta="eta"), baths))
    found = battery.evaluate(eta=1e-40, digits=15)
    assert float(found.capacity) == pytest.approx(capacity, rel=1e-14, abs=0)
    assert float(found.charge) == pytest.approx(float(found.stored_energy) / capacity, rel=1e-13)
    with pytest.raises(SymqbError, match="charge does not exist here"):
        battery.evaluate(eta=0, digits=15, outputs=["charge"])


@pytest.mark.parametrize("J", [1e-10, 1e-30, 1e-200])
def test_a_tiny_bond_is_a_bond_where_steady_states_are_counted(J):
    # two spins that no bath reaches; the bath at the end reaches their neighbour through J
    chain = Chain(4, J=(1, 0, J), Delta=1.0, B0=0.75)
    battery = Battery(BatteryModel(chain, (Bath("L", 1.0, {4: -1}),), 1.0, "individual"))
    with pytest.raises(SymqbError, match="not unique: there are 3"):
        battery.evaluate()
    assert len(battery.steady_states()) == 3


def test_exergy_keeps_its_digits_where_levels_nearly_coincide():
    left, right = 0.6916238307469729, 0.6916238307469824
    baths = (Bath("L", left, {1: 1, 3: "epsilon"}), Bath("R", right, {3: 1}))
    chain = Chain(3, J="J", Delta=-0.4942274828399835, B0=3.072346993902104)
    battery = Battery(BatteryModel(chain, baths))
    for J in (1e-8, 1e-10, 1e-12):
        point = {"J": J, "epsilon": 1.1223913561533845}
        precise = battery.evaluate(**point, digits=30).exergy
        assert battery.evaluate(**point).exergy == pytest.approx(float(precise), rel=1e-12, abs=0)


FIELDS = (1, 2, 3.5, 5, 7.25, 9)


@pytest.mark.parametrize(
    ("spins", "J", "digits"),
    [
        (3, 1e-17, None),
        (4, 1e-12, 20),
        (4, 1e-40, None),
        (4, 1e-40, 20),
        (5, 1e-9, None),
        (6, 1e-7, 20),
    ],
)
def test_a_path_of_tiny_bonds_reaches_every_spin(spins, J, digits):
    # the far end is reached at J to the number of bonds, and is as warm as the bath
    chain = Chain(spins, J=J, Delta=0, B0=FIELDS[:spins])
    battery = Battery(BatteryModel(chain, (Bath("L", 3, {1: 1}),)))
    found = battery.evaluate(digits=digits)
    gibbs = np.exp(-np.array([float(x) for x in found.energies]) / 3)
    right = gibbs / gibbs.sum()
    assert np.allclose([float(x) for x in found.populations], right, rtol=1e-13, atol=0)
    assert len(battery.steady_states()) == 1 or spins > 4


@pytest.mark.parametrize("digits", [None, 15])
def test_a_path_of_tiny_bonds_between_two_baths_settles(digits):
    baths = (Bath("L", 3, {1: 1}), Bath("R", 1, {6: 1}))
    battery = Battery(BatteryModel(Chain(6, J=1e-17, Delta=0, B0=FIELDS), baths))
    populations = sorted(float(x) for x in battery.evaluate(digits=digits).populations)
    # each mode sits at one site, and is as warm as the nearer bath: J^2 to the distance decides
    right = np.ones(1)
    for energy, temperature in zip(FIELDS, (3, 3, 3, 1, 1, 1), strict=True):
        empty = 1 / (1 + np.exp(-energy / temperature))
        right = np.outer(right, [empty, 1 - empty]).ravel()
    assert np.allclose(populations, np.sort(right), rtol=1e-12, atol=0)


WEAK = [0.3479195, 0.1786278, 0.2241574, 0.2492952]
"""By the null space of the whole Lindblad generator, mpmath to 200 digits, singular values too."""


@pytest.mark.parametrize("digits", [None, 20])
@pytest.mark.parametrize("weight", [1e-8, 1e-20, 1e-60])
def test_a_tiny_weight_is_a_weight_where_steady_states_are_counted(weight, digits):
    baths = (Bath("L", 3, {1: 1, 2: 1}), Bath("R", 1, {2: weight}))
    model = BatteryModel(Chain(2, J=0, Delta=0, B0=1), baths, 1, "collective")
    found = [float(x) for x in Battery(model).evaluate(digits=digits).populations]
    assert np.allclose(found, WEAK, atol=1e-7)


@pytest.mark.parametrize("weight", [1e-8, 1e-30, 1e-200])
def test_a_tiny_weight_decides_where_a_state_ends(weight):
    baths = (Bath("L", 3, {1: 1, 2: 1}), Bath("R", 1, {2: weight}))
    battery = Battery(BatteryModel(Chain(2, J=0, Delta=0, B0=1), baths, 1, "collective"))
    followed = battery.evolve([np.inf])
    assert np.allclose(followed.populations[0], WEAK, atol=1e-7)
    assert len(battery.steady_states()) == 1
    # the slowest rate is quadratic in the weight
    rates = battery.evolve([1.0]).relaxation_rates
    assert rates[:2] == pytest.approx([0, max(1.394582732 * weight**2, 5e-324)], rel=1e-9, abs=0)


def test_weights_that_nearly_make_a_symmetry_make_none():
    weights = {1: 1, 4: 1 + Fraction(1, 10**40)}
    battery = Battery(BatteryModel(Chain(4, J=1, Delta=0.5, B0=1), (Bath("L", 3, weights),)))
    found = battery.evaluate(digits=20)
    gibbs = np.exp(-np.array([float(x) for x in found.energies]) / 3)
    assert np.allclose([float(x) for x in found.populations], gibbs / gibbs.sum(), rtol=1e-12)


def test_levels_that_coincide_are_told_beside_a_tiny_weight():
    baths = (Bath("L", 3, {1: 1e-21}), Bath("R", 1, {2: 1}))
    battery = Battery(BatteryModel(Chain(2, J=1, Delta=0, B0=1), baths))
    exact = [float(x) for x in battery.evaluate(digits=20).populations]
    assert np.allclose(battery.evaluate().populations, exact, rtol=1e-13, atol=0)


def test_a_float_in_a_model_is_exact_in_every_way_of_asking():
    # fields a rounding apart, and a bond of the same size
    chain = Chain(2, J=1e-16, Delta=0, B0=(1.0, 1.0000000000000002))
    baths = (Bath("L", 3, {1: 1, 2: 1}), Bath("R", 1, {2: 1}))
    battery = Battery(BatteryModel(chain, baths, 1, "individual"))
    populations = battery.evaluate().populations
    assert populations[0] == pytest.approx(0.363959, abs=1e-6)
    assert np.allclose(battery.evolve([np.inf]).populations[0], populations, rtol=1e-12)
    (state,) = battery.steady_states()
    assert np.allclose(state, populations, rtol=1e-12)
    # the judge of the fuzzer too: one reading, no level joined with another
    (reading,) = judge_at(battery.model, {}).readings()
    assert all(len(cluster) == 1 for cluster in reading)


@pytest.mark.parametrize("number", [float, Fraction])
def test_levels_of_a_long_chain_that_cross_exactly_are_told(number):
    # J = 2 Delta and B = 2 J let levels coincide that no symmetry joins
    chain = Chain(8, J=number(1), Delta=number(0.5), B0=number(2))
    battery = Battery(BatteryModel(chain, (Bath("L", 3, {1: 1}), Bath("R", 1, {8: 1}))))
    assert battery.evaluate().populations[0] == pytest.approx(0.04466959155359011, rel=1e-12)


def test_entropy_production_that_overflows_on_the_way_is_told_by_balls():
    fields = (sp.Rational(2, 3), 1.4, 3.1, 1.0, 1.8, -1)
    baths = (
        Bath("L", 0.01355143253488278, {1: 1, 3: 1.0000000009313226, 5: 1}, axis="y"),
        Bath("R", 0.013591656800394288, {6: 1}),
    )
    chain = Chain(6, J=1.96, Delta=0, B0=fields)
    found = Battery(BatteryModel(chain, baths, "kappa", "individual")).evaluate()
    # by the judge's null space at 60 digits, at J = (-1.4)**2
    assert found.entropy_production == pytest.approx(1.5102988894237842e-13, rel=1e-8)


def judged_alike(battery, point, names, **options):
    """Doubles beside many digits of the same floats."""
    fast = battery.evaluate(**point)
    slow = battery.evaluate(**point, digits=30)
    for name in names:
        assert np.allclose(
            np.asarray(fast[name], dtype=float), np.array(slow[name], dtype=float), **options
        )
    return fast


B, G = sp.symbols("B g")


@pytest.mark.parametrize("g", [-0.9999999999999999, -1.0000350092537724])
def test_a_field_whose_terms_cancel_keeps_its_digits(g):
    baths = (Bath("L", "T_L", {1: 1}), Bath("R", 1.5, {1: 1}))
    battery = Battery(BatteryModel(Chain(1, B0=B * (G + 1)), baths))
    point = {"B": 3.5244185058633097, "g": g, "T_L": 1.1}
    found = judged_alike(battery, point, ("energies", "stored_energy"), rtol=1e-14, atol=0)
    assert 0 < np.abs(found.energies).max() < 1e-3
    alone: dict = {}
    exec(battery.source("numpy", ("energies",)), alone)
    with pytest.raises(Exception, match="nearly cancel"):
        alone["evaluate"](**point, kappa=1.0)


def test_a_stored_energy_far_below_the_energies_keeps_its_digits():
    chain = Chain(2, J="J", Delta="Delta", B0="B0", eta="eta")
    battery = Battery(BatteryModel(chain, (Bath("L", "T", {1: 1}),)))
    point = {"eta": 1e-4, "J": -1.2398684354716698, "Delta": 0.005546834271964007}
    point |= {"B0": 3.5230194019941057, "T": 0.0037392642670528837}
    found = judged_alike(battery, point, ("stored_energy", "charge"), rtol=1e-12, atol=0)
    assert found.stored_energy == pytest.approx(-1.4192371453199418e-9, rel=1e-12, abs=0)


def test_a_domain_is_refused_though_other_outputs_are_in_doubt():
    """Answered before: the careful program was in doubt about what had not been asked of it."""
    T_M, half, g_k = sp.symbols("T_M DeltaT g_k")
    baths = (
        Bath("L", "T_L", {1: 1}),
        Bath("R", "T_R", {1: 1}),
        Bath("A", half / 2 + T_M, {1: 1}, axis="y"),
        Bath("B", 2, {1: 1}),
    )
    battery = Battery(BatteryModel(Chain(1, B0="B0"), baths, g_k - 1, "collective"))
    point = {"B0": 1.0, "T_L": 0.0, "T_R": 7.3, "T_M": 0.0, "DeltaT": -0.0095, "g_k": 1.0}
    with pytest.raises(DomainError, match="temperature of bath A"):
        battery.evaluate(**point)
    with pytest.raises(DomainError, match="dissipation strength"):
        battery.evaluate(**{**point, "DeltaT": 0.0095})


def test_levels_that_coincide_exactly_converge():
    """Four spins of free fermions beside a very cold bath: digits grew by sixteen a round."""
    point = {"B0": 1.3, "J": 1.0, "Delta": 0.0, "epsilon": 0.0, "T_L": 1e-3, "T_R": 0.0}
    found = xxz_battery(4).evaluate(**point)
    assert found.populations[0] == pytest.approx(1.0, rel=1e-15)


def test_frequencies_that_coincide_differ_by_no_rounding():
    chain = Chain(6, J=Fraction(1, 3), Delta="Delta", B0="B0")
    baths = (Bath("L", "T_L", {1: 1}, axis="y"), Bath("R", "T_R", {6: -1}))
    battery = Battery(BatteryModel(chain, baths, "kappa", "collective"))
    point = {"Delta": 0.0, "B0": 0.0, "T_L": 6.2, "T_R": 8.9, "kappa": 2.5}
    found = battery.evaluate(outputs=["smallest_frequency_difference"], **point)
    # the smallest difference of two modes, 2/3 (cos(pi/7) - cos(2 pi/7))
    assert found.smallest_frequency_difference == pytest.approx(0.18498604402912372, rel=1e-12)


def test_steady_states_are_counted_where_rates_are_hardly_there():
    """A coherence that nothing told was taken for one that decays."""
    baths = (Bath("L", "T_L", {1: 1, 3: "epsilon"}), Bath("R", "T_R", {3: 1}))
    chain = Chain(3, J="J", Delta="Delta", B0="B0")
    battery = Battery(BatteryModel(chain, baths, "kappa", "collective"))
    point = {"B0": 0.0, "J": 0.1, "Delta": -3.4217838000994263, "epsilon": 1.1, "kappa": 1.0}
    for cold in (0.0164, 1.0):
        assert len(battery.steady_states(**point, T_L=cold, T_R=cold * 1.1)) == 2


def test_fast_rates_leave_no_rounding_that_counts_as_a_steady_state():
    baths = (Bath("L", "T_L", {1: 1, 6: "epsilon"}), Bath("R", 0, {6: 1}))
    battery = Battery(BatteryModel(Chain(6, J=0, eta=0), baths, "kappa", "individual"))
    point = {"B0": 0.33, "Delta": 1.16, "epsilon": 173497.8, "T_L": 0.49, "kappa": 1.0}
    # the 16 configurations of spins 2 to 5, and two coherences between |.01.> and |.10.>
    assert len(battery.steady_states(**point)) == 20


def test_states_that_no_bath_feeds_are_empty_to_any_digits():
    # levels of |00> and |11> coincide and their coherence lives; the cold bath empties one mixture
    chain = Chain(2, J="J", Delta=0, B0=0, eta=0)
    battery = Battery(
        BatteryModel(chain, (Bath("L", "T_L", {1: 1}), Bath("R", 0, {2: 1}, axis="y")))
    )
    point = {"J": 1, "T_L": sp.Rational("0.96"), "kappa": 0.25}
    fast, slow = battery.evaluate(**point), battery.evaluate(**point, digits=30)
    assert sorted(map(float, slow.populations))[:2] == sorted(fast.populations)[:2] == [0.0, 0.0]
    # the two others are kept in balance by the bath at T_L alone
    other = sorted(slow.populations)[2]
    assert mp.almosteq(other / (1 - other), mp.exp(-1 / mp.mpf("0.96")), rel_eps=1e-15)
    assert slow.entropy_production == fast.entropy_production == 0


def test_rates_that_thousands_of_digits_compare_leave_one_steady_state():
    # exp(-Delta/T) is 10^-1770
    baths = (Bath("L", 0, {1: 0.5}, spectrum=SpectralDensity("c", 2)), Bath("R", 2, {2: 1}))
    battery = Battery(BatteryModel(Chain(2, J=0, eta=0), baths))
    (state,) = battery.steady_states(Delta=8151.0, B0=257.0, c=1250.0, kappa=1.0)
    assert state[3] == 1


@pytest.mark.parametrize(
    ("spins", "field"), [(2, 1.5), (3, 2.5068802284333467), (6, 3.1471188845657405)]
)
@pytest.mark.parametrize("temperature", [0.02, 0.05])
def test_what_is_stored_where_two_levels_share_the_population_is_no_rounding(
    spins, field, temperature
):
    # the lowest level with one spin up crosses |0..0>, and half of the population is in it
    battery = Battery(xxz_model(spins))
    point = {"J": 1.0, "Delta": 0.5 if spins == 2 else 0.7, "epsilon": 0.3, "kappa": 1.0}
    point |= {"B0": field * (1 + 1e-15), "T_L": temperature, "T_R": 1.1 * temperature}
    right = battery.evaluate(**point, digits=20)
    entrances = [battery.evaluate]
    if spins < 4:
        entrances += [battery.emit("numpy"), battery.emit("c")]
    for entrance in entrances:
        found = entrance(**point)
        for name in ("stored_energy", "charge"):
            assert found[name] == pytest.approx(float(right[name]), rel=1e-10, abs=0)


@pytest.mark.parametrize("field", [-0.1, -2.2026824808565307e-13])
def test_coherences_choose_states_of_any_population_with_all_digits(field):
    # at Delta = J/2 levels coincide; populations of 1e-156 were off by 2 %
    battery, J = Battery(xxz_model(6, "individual")), 1.1970542790702832
    point = {"J": J, "Delta": J / 2, "B0": field, "epsilon": -1.0, "kappa": 1.0}
    point |= {"T_L": 0.009186981578528782, "T_R": 0.018373963157057565}
    right = battery.evaluate(**point, digits=20).populations
    assert battery.evaluate(**point).populations == pytest.approx(
        [float(p) for p in right], rel=1e-10, abs=0
    )


def test_beyond_eight_spins_coherences_of_small_populations_are_refused():
    battery = Battery(xxz_model(9))
    point = {"J": 1.0, "Delta": 0.5, "B0": 0.7, "epsilon": 0.4, "kappa": 1.0}
    assert battery.evaluate(**point, T_L=0.3, T_R=0.2).populations.min() < 1e-15
    with pytest.raises(SymqbError, match="doubles do not tell in which states"):
        battery.evaluate(**point, T_L=0.012, T_R=0.008)


@pytest.mark.parametrize("temperature", [1e-3, 1e-5])
def test_exergy_of_a_state_however_close_to_its_ground_state_has_its_digits(temperature):
    # the other level holds up to 10^-86860; what the ground state lacks to 1 was lost
    baths = (Bath("L", 0, {1: 1}), Bath("R", "T_R", {1: 1}, axis="y"))
    battery = Battery(BatteryModel(Chain(1, B0=2), baths))
    found = battery.evaluate(T_R=temperature, kappa=1e-12, digits=30)
    with mp.workdps(40):
        T, p = mp.mpf(temperature), mp.mpf(found.populations[1])
        g = mp.exp(-2 / T)  # over 1 + g, which is 1 here to all 40 digits
        assert mp.almosteq(p, g / 2, rel_eps=1e-28)
        assert mp.almosteq(found.exergy, T * g / 2 * (1 - mp.log(2)), rel_eps=1e-28)


def test_a_point_in_the_cold_takes_the_engine_instead_of_tens_of_thousands_of_digits(monkeypatch):
    # a point took a quarter of a minute, and one of three spins many minutes
    carried, before = list[int](), emit_digits._round

    def counted(source, count, point, **options):
        carried.append(count)
        return before(source, count, point, **options)

    monkeypatch.setattr(emit_digits, "_round", counted)
    battery = Battery(xxz_model(2))
    point = {"B0": 1, "J": 1, "Delta": 0.5, "epsilon": 1, "T_L": 1e-5, "T_R": 2e-5, "kappa": 1}
    found, right = battery.emit("numpy")(**point), battery.evaluate(**point, digits=20)
    assert max(carried, default=0) < 1000
    for name in found:
        assert np.ravel(found[name]).tolist() == pytest.approx(
            [float(value) for value in np.ravel(right[name])], rel=1e-12, abs=1e-300
        )
