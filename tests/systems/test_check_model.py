"""Faults planted in models are found, and a twin that differs in that one thing is not blamed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from symqb import (
    Bath,
    Jump,
    OpenSystem,
    ParameterError,
    Register,
    SpectralDensity,
    System,
    xxz_battery,
)
from symqb.check import Finding, Report, check_model
from symqb.check.findings import CERTAINTIES, EXACT, NUMERICAL, PROVED
from symqb.check.symmetry import acting, commuting, generic_count

FLAT = sp.Lambda(sp.Symbol("v"), 1 + 0 * sp.Symbol("v"))
PAIR = Register(2, 2)
w, w_1, w_2, g, T, a, b = sp.symbols("w w_1 w_2 g T a b")


@dataclass
class Planted:
    """A model by what is varied, and where it is looked at: the fault, and its sound twin."""

    code: str
    certainty: str
    model: Callable[[Any], System]
    fault: Any
    sound: Any
    at: dict[str, float] | None = None
    twin_at: dict[str, float] = field(default_factory=dict)


def step(reg: Register, lower: int, upper: int) -> Any:
    return reg.transition(1, lower, upper) + reg.transition(1, upper, lower)


def exchange(strength: Any) -> Any:
    swap = PAIR.plus(1) * PAIR.minus(2)
    return strength * (swap + swap.T)


def coupled_pair(_: Any = None) -> System:
    H = w_1 * PAIR.number(1) + w_2 * PAIR.number(2) + exchange(g)
    return System(H, [Bath("L", "T_L", PAIR.x(1)), Bath("R", "T_R", PAIR.x(2))])


def detuned_shift(_: Any = None) -> System:
    H = w_1 * PAIR.number(1) + w_2 * PAIR.number(2) + g * PAIR.number(1) * PAIR.number(2)
    return System(H, [Bath("L", "T_L", PAIR.x(1)), Bath("R", "T_R", PAIR.x(2))])


def common_bath(weight: Any) -> System:
    H = w * (PAIR.number(1) + PAIR.number(2))
    return System(H, [Bath("c", "T", PAIR.x(1) + weight * PAIR.x(2))])


def uncoupled_third(site: int) -> System:
    reg = Register(2, 2, 2)
    swap = reg.plus(1) * reg.minus(2)
    H = w * (reg.number(1) + reg.number(2) + reg.number(3)) + g * (swap + swap.T)
    return System(H, [Bath("L", "T_L", reg.x(1)), Bath("R", "T_R", reg.x(site))])


def vee(upper: Any, also: bool = False) -> System:
    reg = Register(3)
    H = w_1 * reg.transition(1, 1, 1) + upper * reg.transition(1, 2, 2)
    baths = [Bath("c", "T", a * step(reg, 0, 1) + b * step(reg, 0, 2))]
    return System(H, [*baths, *([Bath("d", "T_d", step(reg, 1, 2))] if also else [])])


def lambda_system(_: Any = None) -> System:
    """Two lower levels that only transitions through the highest one connect."""
    reg = Register(3)
    H = w_1 * reg.transition(1, 1, 1) + w_2 * reg.transition(1, 2, 2)
    return System(H, [Bath("c", "T", step(reg, 0, 2)), Bath("h", "T", step(reg, 1, 2))])


def biased_qubit(spectrum: Any) -> System:
    reg = Register(2)
    return System(w * reg.z(1) / 2, [Bath("c", "T", reg.x(1) + reg.z(1), spectrum=spectrum)])


def ladder(spectrum: Any) -> System:
    reg = Register(3)
    H = w_1 * reg.transition(1, 1, 1) + w_2 * reg.transition(1, 2, 2)
    return System(
        H, [Bath("c", "T", step(reg, 0, 1)), Bath("h", "T", step(reg, 1, 2), spectrum=spectrum)]
    )


def valve(weight: Any) -> System:
    """Two qubits that exchange energy, each emitting into and absorbing from its own bath."""
    H = w_1 * PAIR.number(1) + w_2 * PAIR.number(2) + exchange(g)
    jumps = []
    for name, site, size in (("L", 1, w_1), ("R", 2, w_2)):
        mean = 1 / (sp.exp(size / sp.Symbol(f"T_{name}")) - 1)
        jumps.append(Jump(PAIR.minus(site), weight * (mean + 1), bath=name))
        jumps.append(Jump(PAIR.plus(site), weight * mean, bath=name))
    return System(H, [], jumps=jumps)


def driven(up: Any) -> System:
    """A qubit with a bath, whose other part is taken as jumps."""
    reg = Register(2)
    jumps = [Jump(reg.minus(1), "rate", bath="c")]
    if up is not None:
        jumps.append(Jump(reg.plus(1), sp.Symbol("rate") * up, bath="c"))
    return System(w * reg.number(1), [Bath("c", "T", reg.x(1))], jumps=jumps)


def squeezed(occupation: Any) -> System:
    reg = Register(2)
    return System(w * reg.number(1), [Bath("c", "T", reg.x(1), occupation=occupation)])


def three_levels(third: bool) -> System:
    reg = Register(3)
    H = w_1 * reg.transition(1, 1, 1) + w_2 * reg.transition(1, 2, 2)
    baths = [Bath("c", "T_c", step(reg, 0, 1)), Bath("h", "T_h", step(reg, 0, 2))]
    return System(H, [*baths, *([Bath("w", "T_w", step(reg, 1, 2))] if third else [])])


def oscillator(levels: int) -> System:
    reg = Register(levels)
    x = reg.lower(1) + reg.raising(1)
    return System(w * reg.number(1), [Bath("c", "T", x)], register=reg)


def massive(mu: Any) -> System:
    reg = Register(2)
    return System(w * reg.number(1), [Bath("c", "T", reg.x(1), mu=mu)])


def axis(operator: Any) -> System:
    H = w_1 * PAIR.number(1) + w_2 * PAIR.number(2) + g * PAIR.z(1) * PAIR.z(2)
    return System(H, [Bath("c", "T", PAIR.x(1) + PAIR.x(2)), Bath("d", "T", operator)])


def emitting(rate: Any) -> System:
    reg = Register(2)
    jumps = [Jump(reg.minus(1), "k"), Jump(reg.plus(1), "n"), Jump(reg.z(1), rate)]
    return System(w * reg.number(1), [], jumps=jumps)


V = sp.Symbol("v", positive=True)
THERMAL = 1 / (sp.exp(V / T) - 1)
WEAK = {"kappa": 1e-4}
HOT_COLD = {"T_L": 2.0, "T_R": 1.0}
DETUNED = {"w_1": 2.0, "w_2": 1.0, "g": 0.01, "T_L": 1.0, "T_R": 0.9}

PLANTED = {
    "levels closer than the rates": Planted(
        "levels-too-close",
        NUMERICAL,
        coupled_pair,
        None,
        None,
        {"w_1": 1.0, "w_2": 1.0, "g": 1e-3, **HOT_COLD, "kappa": 1e-2},
        {"kappa": 1e-6},
    ),
    "frequencies closer than the rates": Planted(
        "frequencies-too-close",
        NUMERICAL,
        detuned_shift,
        None,
        None,
        {"w_1": 1.0, "w_2": 2.0, "g": 1e-3, **HOT_COLD, "kappa": 1e-3},
        {"g": 0.5},
    ),
    "two equal qubits on one operator": Planted(
        "conserved-quantity", PROVED, common_bath, 1, 2, {"w": 1.0, "T": 1.0, **WEAK}
    ),
    "two equal qubits on one operator, without a point": Planted(
        "conserved-quantity", PROVED, common_bath, -1, 2
    ),
    "a qubit that nothing touches": Planted(
        "conserved-quantity",
        PROVED,
        uncoupled_third,
        2,
        3,
    ),
    "a dark state that depends on the weights": Planted(
        "conserved-quantity", PROVED, vee, w_1, w_2
    ),
    "weights equal at the point alone": Planted(
        "conserved-quantity",
        EXACT,
        common_bath,
        a,
        a,
        {"w": 1.0, "a": 1.0, "T": 1.0, **WEAK},
        {"a": 2.0},
    ),
    "levels that coincide by rounding": Planted(
        "several-steady-states",
        NUMERICAL,
        lambda upper: vee(upper),
        w_2 + b / 10,
        w_2 + b / 10,
        {"w_1": 0.3, "w_2": 0.1, "a": 1.0, "b": 2.0, "T": 1.0, **WEAK},
        {"w_2": 0.6},
    ),
    "two levels that are never left at temperature zero": Planted(
        "zero-temperature",
        NUMERICAL,
        lambda_system,
        None,
        None,
        {"w_1": 1.0, "w_2": 3.0, "T": 0.0, **WEAK},
        {"T": 0.5},
    ),
    "a flat density and a coupling with a diagonal part": Planted(
        "zero-frequency", PROVED, biased_qubit, FLAT, None
    ),
    "a sub-Ohmic density and a diagonal part": Planted(
        "zero-frequency",
        PROVED,
        biased_qubit,
        SpectralDensity(10, "1/2"),
        SpectralDensity(10, 2),
        {"w": 1.0, "T": 1.0, **WEAK},
    ),
    "a flat density where a frequency can vanish": Planted(
        "zero-frequency", PROVED, ladder, FLAT, None
    ),
    "a flat density at a small frequency": Planted(
        "zero-frequency",
        NUMERICAL,
        ladder,
        FLAT,
        FLAT,
        {"w_1": 1.0, "w_2": 1.005, "T": 1.0, "kappa": 1e-4},
        {"w_2": 2.5},
    ),
    "a local equation far from resonance": Planted(
        "heat-from-cold-to-hot",
        NUMERICAL,
        valve,
        sp.Rational(1, 1000),
        sp.Rational(1, 1000),
        DETUNED,
        {"w_1": 1.0},
    ),
    "rates at half the temperature": Planted(
        "detailed-balance",
        PROVED,
        driven,
        sp.exp(-2 * w / T),
        sp.exp(-w / T),
    ),
    "a jump that does not go back": Planted(
        "detailed-balance", PROVED, driven, None, sp.exp(-w / T)
    ),
    "rates of one's own that disagree at the point": Planted(
        "detailed-balance",
        EXACT,
        driven,
        sp.Symbol("r"),
        sp.Symbol("r"),
        {"w": 1.0, "T": 0.5, "rate": 1e-4, "r": 0.5, **WEAK},
        {"r": 0.1353352832366127},
    ),
    "an occupation that is not Bose's": Planted(
        "occupation-not-thermal",
        PROVED,
        squeezed,
        sp.Lambda(V, 1 / (sp.exp(V / T) - 1) + 1),
        sp.Lambda(V, THERMAL),
    ),
    "an occupation that disagrees at the point": Planted(
        "occupation-not-thermal",
        NUMERICAL,
        squeezed,
        "n",
        "n",
        {"w": 1.0, "T": 1.0, "n": 2.0, **WEAK},
        {"n": 0.5819767068693265},
    ),
    "two baths and no cycle": Planted("current-vanishes", PROVED, three_levels, False, True),
    "two qubits that do not interact": Planted(
        "current-vanishes",
        NUMERICAL,
        coupled_pair,
        None,
        None,
        {"w_1": 1.0, "w_2": 2.0, "g": 0.0, **HOT_COLD, **WEAK},
        {"g": 0.5},
    ),
    "an oscillator cut off too low": Planted(
        "oscillator-cut-off", NUMERICAL, oscillator, 4, 8, {"w": 1.0, "T": 0.8, "kappa": 1e-4}
    ),
    "bosons with too high a chemical potential": Planted(
        "mu-above-frequency",
        NUMERICAL,
        massive,
        "mu",
        "mu",
        {"w": 1.0, "T": 1.0, "mu": 1.5, **WEAK},
        {"mu": 0.5},
    ),
    "a coupling that moves nothing": Planted("drives-nothing", PROVED, axis, PAIR.z(1), PAIR.x(1)),
    "a jump of rate zero": Planted("drives-nothing", PROVED, emitting, 0, 1),
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_fault_is_found_and_its_twin_is_not_blamed(planted: Planted) -> None:
    found = check_model(planted.model(planted.fault), planted.at)
    assert planted.code in found.codes, found
    first = next(finding for finding in found if finding.code == planted.code)
    assert first.certainty == planted.certainty, found
    assert first.message
    assert first.remedy
    json.dumps(found.to_dict())
    twin_at = None if planted.at is None else planted.at | planted.twin_at
    twin = check_model(planted.model(planted.sound), twin_at)
    assert not twin, twin


def test_a_fault_of_every_code_in_the_documentation_is_planted() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "check-a-model.md"
    codes = set(re.findall(r"^\| `([a-z-]+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert {planted.code for planted in PLANTED.values()} == codes
    assert {planted.certainty for planted in PLANTED.values()} == set(CERTAINTIES)
    assert len(PLANTED) >= 15


def maser() -> System:
    reg = Register(3)
    H = w_1 * reg.transition(1, 1, 1) + w_2 * reg.transition(1, 2, 2)
    parts = (("c", 0, 1), ("h", 0, 2), ("w", 1, 2))
    return System(H, [Bath(n, f"T_{n}", step(reg, i, k)) for n, i, k in parts])


def dots(_: Any = None) -> System:
    left, right = PAIR.minus(1), PAIR.z(1) * PAIR.minus(2)
    H = w_1 * PAIR.number(1) + w_2 * PAIR.number(2) + g * (left.T * right + right.T * left)
    leads = (("L", left), ("R", right))
    return System(H, [Bath(n, f"T_{n}", d, statistics="fermion", mu=f"mu_{n}") for n, d in leads])


def resonant_level() -> System:
    """A level at energy zero: particles come and go, and carry no energy but that of a lead."""
    reg = Register(2)
    leads = [Bath(n, "T", reg.minus(1), statistics="fermion", mu=f"mu_{n}") for n in "LR"]
    return System(reg.number(1) * 0, leads)


MASER = {"w_1": 1.0, "w_2": 3.0, "T_c": 1.0, "T_h": 8.0, "T_w": 2.0, **WEAK}
DOTS = {"w_1": 1.0, "w_2": 1.5, "g": 0.3, **HOT_COLD, "mu_L": 0.2, "mu_R": 0.1, **WEAK}
BATTERY = {"B0": 5.0, "J": 1.0, "Delta": 0.5, "T_L": 3.0, "T_R": 1.0, **WEAK}


@pytest.mark.parametrize(
    ("model", "at"),
    [
        (maser(), MASER),
        (dots(), DOTS),
        (resonant_level(), {"T": 1.0, "mu_L": 0.2, "mu_R": 0.1, **WEAK}),
        (xxz_battery(2), BATTERY | {"epsilon": 0.0}),
        (xxz_battery(2, dissipation="individual"), BATTERY | {"epsilon": 0.0}),
        (xxz_battery(3), BATTERY | {"epsilon": 0.5}),
        (xxz_battery(5).model, BATTERY | {"epsilon": 0.5, "kappa": 1e-7}),
    ],
    ids=str,
)
def test_published_models_are_not_blamed(model: Any, at: dict[str, float]) -> None:
    assert not check_model(model)
    assert not check_model(model, at)


def test_a_long_chain_is_asked_for_its_distances_and_its_steady_states() -> None:
    chain = xxz_battery(5)
    close = check_model(chain, BATTERY | {"epsilon": 0.5, "kappa": 1.0})
    ratio = chain.evaluate(outputs=["secular_ratio"], **BATTERY | {"epsilon": 0.5, "kappa": 1.0})
    assert close[0].values["ratio"] == ratio.secular_ratio
    assert any("spins" in text for text in close.skipped)


def test_the_operator_that_is_named_commutes_with_all_that_acts() -> None:
    for system in (common_bath(1), common_bath(-1), vee(w_1)):
        matrices = acting(system)
        operator, count = commuting(matrices)
        assert count == generic_count(matrices)
        assert operator is not None
        assert operator - operator[0, 0] * sp.eye(system.size) != sp.zeros(system.size)
        for matrix in matrices:
            assert (matrix * operator - operator * matrix).expand().is_zero_matrix


def test_as_many_steady_states_are_told_as_there_are() -> None:
    for system in (common_bath(1), common_bath(-1)):
        told = check_model(system)[0].values["steady_states"]
        assert told == len(OpenSystem(system).steady_states(w=1.0, T=1.0))


def test_the_secular_currents_stand_beside_the_local_ones() -> None:
    local = valve(sp.Rational(1, 1000))
    finding = next(f for f in check_model(local, DETUNED) if f.code == "heat-from-cold-to-hot")
    asked = ["heat_current_L", "heat_current_R"]
    currents = OpenSystem(local).evaluate(outputs=asked, **DETUNED)
    assert finding.values["currents"]["R"] == pytest.approx(currents.heat_current_R)
    assert finding.values["temperatures"] == pytest.approx({"L": 1.0, "R": 0.9})
    # emission and absorption differ by the rate, which kappa times the frequency is
    baths = [
        Bath("L", "T_L", PAIR.x(1), kappa="1/2000"),
        Bath("R", "T_R", PAIR.x(2), kappa="1/1000"),
    ]
    H = w_1 * PAIR.number(1) + w_2 * PAIR.number(2) + exchange(g)
    secular = OpenSystem(System(H, baths)).evaluate(outputs=asked, **DETUNED)
    assert finding.values["secular"]["R"] == pytest.approx(secular.heat_current_R)
    assert finding.values["secular"]["R"] < 0 < finding.values["currents"]["R"]


def test_emission_in_two_jumps_is_in_balance_as_it_is_in_one() -> None:
    reg, mean = Register(2), 1 / (sp.exp(w / T) - 1)
    jumps = [
        Jump(reg.minus(1), "k", bath="c"),
        Jump(2 * reg.minus(1), sp.Symbol("k") * mean / 4, bath="c"),
        Jump(-sp.I * reg.plus(1), sp.Symbol("k") * mean, bath="c"),
    ]
    system = System(w * reg.number(1), [Bath("c", "T", reg.x(1))], jumps=jumps)
    assert not check_model(system)


def test_without_kappa_the_report_says_up_to_which_one_the_form_holds() -> None:
    at = {name: value for name, value in MASER.items() if name != "kappa"}
    report = check_model(maser(), at)
    assert not report
    (said,) = report.skipped
    limit = float(said.split("well below ")[1].split()[0])
    assert check_model(maser(), at | {"kappa": 0.12 * limit})
    assert not check_model(maser(), at | {"kappa": 0.08 * limit})


@pytest.mark.parametrize(
    ("model", "at", "said"),
    [
        ("maser", None, "model='maser' is no System"),
        (maser(), {"w_1": 1.0}, "missing parameter"),
        (maser(), MASER | {"T_c": -1.0}, "T_c=-1.0"),
        (maser(), MASER | {"w_1": [1.0, 2.0]}, "w_1 has shape (2,)"),
        (maser(), MASER | {"kappa": 0.0}, "kappa=0"),
        (
            System(w * PAIR.number(1), [Bath("c", T - 1, PAIR.x(1) + PAIR.x(2))]),
            {"w": 1.0, "T": 0.5, **WEAK},
            "bath c: temperature=-1/2 is negative",
        ),
        (
            System(
                w * PAIR.number(1), [Bath("c", T, PAIR.x(1), spectrum=sp.Lambda(V, V * (V - 2)))]
            ),
            {"w": 1.0, "T": 0.5, **WEAK},
            "w=1.0, T=0.5, kappa=0.0001: the spectral density of bath c must be finite and >= 0",
        ),
    ],
)
def test_what_is_no_model_or_no_point_is_refused(model: Any, at: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(said)):
        check_model(model, at)


def test_a_report_is_a_sequence_a_text_and_plain_data() -> None:
    report = check_model(common_bath(1))
    assert len(report) == len(list(report)) == 1
    assert report[0] in report
    assert report[:1] == report.findings
    record = json.loads(json.dumps(report.to_dict()))
    assert list(record) == ["findings", "skipped"]
    assert list(record["findings"][0]) == ["code", "message", "remedy", "certainty", "values"]
    assert repr(report).startswith("conserved-quantity (proved for all parameters)\n  |1><1|")
    assert "Remedy: let a bath couple" in repr(report)
    assert repr(Report(())) == "nothing found"
    with pytest.raises(ParameterError, match="certainty='sure' is unknown"):
        Finding("a", "b", "c", "sure")


def test_a_density_of_python_s_own_is_looked_at_near_zero() -> None:
    at = {"w_1": 1.0, "w_2": 1.005, "T": 1.0, **WEAK}
    flat = check_model(ladder(lambda v: 1 + 0 * v), at)
    assert flat[0].code == "zero-frequency"
    assert flat[0].values["levels"] == [2, 3]
    assert flat[0].values["frequency"] == pytest.approx(0.005)
    assert not check_model(ladder(lambda v: v), at)


def test_a_frequency_is_compared_with_its_own_rate() -> None:
    report = check_model(massive(0), {"w": 0.01, "T": 1.0, "kappa": 2e-3})
    assert report.codes == ("levels-too-close",)
    assert report[0].values["distance"] == pytest.approx(0.01)
    assert not check_model(massive(0), {"w": 0.01, "T": 1.0, "kappa": 5e-4})


def test_more_levels_than_are_asked_for_operators_are_said_to_be() -> None:
    reg = Register(*[2] * 5)
    H = sum((w * reg.number(k) for k in range(2, 6)), w * reg.number(1))
    report = check_model(System(H, [Bath("c", "T", reg.x(1))]))
    assert report[0].values["sets"][0] == list(range(1, 33, 16))
    assert report[0].values["steady_states"] == 16
    assert any("32 levels, beyond 16" in text for text in report.skipped)


def test_what_is_proved_is_not_said_again_of_the_point() -> None:
    report = check_model(common_bath(1), {"w": 1.0, "T": 1.0, **WEAK})
    assert len(report) == 1
    assert report[0].certainty == PROVED


def test_cold_baths_are_not_blamed_for_states_that_warm_ones_leave_alone() -> None:
    at = {"w_1": 0.3, "w_2": 0.1, "a": 1.0, "b": 2.0, **WEAK}
    report = check_model(vee(w_2 + b / 10), at | {"T": 0.0})
    assert report.codes == ("several-steady-states",)


def test_without_a_cycle_an_occupation_of_one_s_own_drives_no_current() -> None:
    reg = Register(3)
    H = w_1 * reg.transition(1, 1, 1) + w_2 * reg.transition(1, 2, 2)
    cold, sun = step(reg, 0, 1), step(reg, 0, 2)
    star = System(H, [Bath("c", "T", cold), Bath("h", "T_h", sun, occupation="n")])
    assert {finding.values["bath"] for finding in check_model(star)} == {"c", "h"}
    pair = System(H, [Bath("c", "T", cold + sun), Bath("h", "T_h", sun, occupation="n")])
    assert not check_model(pair)
