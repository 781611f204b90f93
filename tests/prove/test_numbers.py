"""The judge of numbers against right values and the whole equation; the fuzzer against faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import symqb
from symqb import Bath, Battery, BatteryModel, Chain, SpectralDensity
from symqb.prove import numbers_entrances
from symqb.prove.numbers import Fuzzer, expect, fuzz_numbers
from symqb.prove.numbers_compare import Answer, judged
from symqb.prove.numbers_draw import ModelDraw, PointDraw, code
from symqb.prove.numbers_evolution import evolve
from symqb.prove.numbers_judge import Verdict, verdicts
from symqb.prove.numbers_levels import Judge, SeveralStates, Undecided
from symqb.prove.numbers_lindblad import full_generator, full_steady_states
from symqb.prove.numbers_model import build_of, judge_at
from symqb.prove.numbers_report import Report

# --- the judge -----------------------------------------------------------------------------------

ENDS = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {2: 1}))


def paper(spins: int) -> BatteryModel:
    return symqb.xxz_battery(spins).model


def verdict_at(model: BatteryModel, **point: Any) -> Verdict:
    if model.kappa == "kappa":
        point = {"kappa": 1.0, **point}
    (found,) = verdicts(judge_at(model, point))
    return found


WARM = {"B0": 3.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.5}
RIGHT: list[tuple[BatteryModel, Mapping[str, float], Mapping[str, float]]] = [
    (
        BatteryModel(Chain(2, J=2, Delta=1, B0=3), ENDS),
        {"T_L": 5.0, "T_R": 2.0},
        {"heat_current_L": 1.870616622525504},
    ),
    (
        BatteryModel(Chain(2, J=0, Delta="D", B0="B"), ENDS),
        {"D": 0.4, "B": 1.5, "T_L": 3.0, "T_R": 1.0},
        {"heat_current_L": 0.0257929789041343},
    ),
    (
        paper(4),
        {"B0": 3.0, "J": 1e-4, "Delta": 0.4, "epsilon": 0.3, "T_L": 4.0, "T_R": 1.0},
        {"ergotropy": 4.24677794363e-13, "charge": 0.22561280218378},
    ),
    (
        paper(2),
        {"B0": 3.0, "J": 1.0, "Delta": -0.4, "epsilon": 1e9, "T_L": 30.0, "T_R": 2.0},
        {"heat_current_L": 4.6958660838746929, "entropy_production": 2.1914041724748567},
    ),
    (
        paper(3),
        {"B0": 4.0, "J": 1.0, "Delta": 0.3, "epsilon": 1e8, "T_L": 30.0, "T_R": 2.0},
        {"heat_current_L": 7.681086659520541, "entropy_production": 3.5845071077762524},
    ),
    (
        paper(2),
        {**WARM, "T_L": 2 + 2.0**-20, "T_R": 2.0},
        {"entropy_production": 1.7303543038197312e-13, "exergy": 3.7930639320320412e-14},
    ),
    (paper(2), {**WARM, "T_L": 3.0, "T_R": 1e7}, {"exergy": 3.7274944748526981e-7}),
]


@pytest.mark.parametrize(("model", "point", "right"), RIGHT)
def test_the_judge_gives_the_values_known_to_be_right(
    model: BatteryModel, point: Mapping[str, float], right: Mapping[str, float]
) -> None:
    verdict = verdict_at(model, **point)
    for name, value in right.items():
        # some are known to twelve digits only
        assert float(verdict.outputs[name]) == pytest.approx(value, rel=1e-12), name


def test_the_judge_gives_the_populations_known_to_be_right() -> None:
    model, point, _ = RIGHT[0]
    populations, _ = verdict_at(model, **point).state
    found = sorted(float(p) for p in populations)
    right = sorted([0.39533680, 0.07596913, 0.39743403, 0.13126003])
    np.testing.assert_allclose(found, right, atol=6e-9)


def test_the_judge_takes_a_float_of_a_model_as_it_is() -> None:
    model = BatteryModel(Chain(2, J=1.0, Delta=0.25, B0=1.2500000003), ENDS)
    populations, _ = verdict_at(model, T_L=1e-10, T_R=1e-10).state
    gap = float(Fraction(1.2500000003) - Fraction(5, 4))
    assert float(populations[1] / populations[0]) == pytest.approx(np.exp(-gap / 1e-10), rel=1e-9)


def test_the_judge_counts_coherences_that_never_decay() -> None:
    verdict = verdict_at(paper(3), B0=0.0, J=1.0, Delta=0.4, epsilon=0.5, T_L=3.0, T_R=1.0)
    with pytest.raises(SeveralStates):
        _ = verdict.state
    assert verdict.count() == 2


def test_the_judge_takes_no_slow_rate_for_none() -> None:
    # spin 1 turns at rates of e^-2000 and, with spin 2, e^-3300
    baths = (
        Bath("L", 500.0, {1: 1}, spectrum=SpectralDensity(5.0, 3)),
        Bath("R", 2400.0, {2: 1}),
        Bath("A", 1600.0, {2: 1, 1: 1}, spectrum=SpectralDensity(3.0, 1)),
    )
    model = BatteryModel(Chain(2, J=0, Delta=10000.0, B0=350.0), baths, 1.0)
    few = Judge(build_of(model, {}), 120)
    with pytest.raises(Undecided, match="too far apart"):
        Verdict(few, few.readings()[0]).count()
    verdict = verdict_at(model)
    populations = sorted(map(float, verdict.state[0]))
    assert populations == pytest.approx(sorted(Battery(model).evaluate().populations), rel=1e-12)


def small_model(rng: np.random.Generator) -> BatteryModel:
    """One to three spins in numbers that like to coincide, two baths of any kind."""
    spins = int(rng.integers(1, 4))

    def some(count: int, *choices: float) -> tuple[float, ...]:
        return tuple(float(rng.choice([*choices, rng.normal()])) for _ in range(count))

    def bath(name: str) -> Bath:
        members = rng.choice(np.arange(1, spins + 1), rng.integers(1, spins + 1), replace=False)
        sites = {int(s): float(rng.choice([1, -1, 0.5])) for s in members}
        spectrum = SpectralDensity(3.0, 2) if rng.random() < 0.3 else None
        T = float(rng.choice([0.5, 1, 3]))
        return Bath(name, T, sites, str(rng.choice(["x", "y"])), spectrum)

    chain = Chain(
        spins,
        J=some(spins - 1, 0, 1, -1, 0.5),
        Delta=some(spins - 1, 0, 1, -1, 0.5),
        B0=some(spins, 0, 1, 2, 2),
        eta=some(spins - 1, 0, 0, 0.5),
    )
    kind = str(rng.choice(["collective", "individual"]))
    return BatteryModel(chain, (bath("a"), bath("b")), 0.3, kind)


@pytest.mark.parametrize("first", [0, 12])
def test_both_judges_agree_on_states_their_number_and_their_evolution(first: int) -> None:
    unique = together = 0
    for seed in range(first, first + 12):
        rng = np.random.default_rng([7, seed])
        model = small_model(rng)
        judge = Judge(build_of(model, {}))
        verdict = verdicts(judge)[0]
        null, _ = full_steady_states(judge.numbers)
        assert verdict.count() == len(null), model
        if len(null) == 1:
            unique += 1
            together += verdict.together
            rho = null[0] / np.trace(null[0])
            right = [np.linalg.eigvalsh(rho[np.ix_(c, c)]) for c in verdict.clusters]
            found = [float(p) for p in verdict.state[0]]
            np.testing.assert_allclose(found, np.concatenate(right), atol=1e-11)
        _compare_evolution(judge, verdict, rng)
    assert unique > 4
    assert together > 0


def _compare_evolution(judge: Judge, verdict: Verdict, rng: np.random.Generator) -> None:
    L, vectors, energies = full_generator(judge.numbers)
    size, times = len(energies), [0.3, 5.0]
    psi = rng.normal(size=size) + 1j * rng.normal(size=size)
    initial = np.outer(psi, psi.conj()) / np.linalg.norm(psi) ** 2
    found = evolve(verdict, initial, times).density
    start = (vectors.T @ initial @ vectors).reshape(-1)
    for time, state in zip(times, found, strict=True):
        moved = (scipy.linalg.expm(L * time) @ start).reshape(size, size)
        np.testing.assert_allclose(state, vectors @ moved @ vectors.T, atol=1e-11)


def test_a_coincidence_within_a_rounding_is_read_as_one_and_beside_it_as_none() -> None:
    point = {"B0": 0.5, "J": 1.0, "Delta": 0.1, "epsilon": 0.5, "T_L": 3.0, "T_R": 1.0}
    crossing = {**point, "kappa": 1.0, "Delta": 0.5 - 1.0}
    exact = judge_at(paper(2), crossing).readings()
    assert [len(way) for way in exact] == [3]
    beside = judge_at(paper(2), {**crossing, "Delta": -0.5 * (1 + 1e-13)}).readings()
    assert [len(way) for way in beside] == [4]


# --- what is drawn -------------------------------------------------------------------------------


def test_what_is_drawn_has_every_kind_and_its_code_builds_it_again() -> None:
    seen: set[str] = set()
    names = {"np": np, "sp": __import__("sympy"), "Fraction": Fraction}
    for seed in range(150):
        model = ModelDraw(np.random.default_rng(seed)).draw().model
        again = eval(code(model), {**vars(symqb), **names})
        assert again == model or code(again) == code(model)
        seen |= {f"{model.chain.spins} spins", model.dissipation, f"{len(model.baths)} baths"}
        seen |= {bath.axis for bath in model.baths}
        seen |= {type(bath.spectrum).__name__ for bath in model.baths}
        seen |= {"XXZ" if model.chain.conserves_magnetization else "XYZ"}
    wanted = {
        "1 spins",
        "2 spins",
        "3 spins",
        "4 spins",
        "5 spins",
        "6 spins",
        "collective",
        "individual",
        "1 baths",
        "4 baths",
        "x",
        "y",
        "SpectralDensity",
        "Lambda",
        "NoneType",
        "XXZ",
        "XYZ",
    }
    assert wanted <= seen


def test_drawn_points_meet_coincidences_and_leave_the_domain() -> None:
    refusals: dict[str, int] = {}
    met = 0
    for seed in range(28):
        rng = np.random.default_rng([3, seed])
        drawn = ModelDraw(rng, spins=2).draw()
        draw = PointDraw(rng, drawn)
        for _ in range(4):
            expected = expect(drawn.model, draw.draw())
            if expected is None:
                continue
            refusals[expected.refusal] = refusals.get(expected.refusal, 0) + 1
            met += any(verdict.together for verdict in expected.verdicts)
    assert refusals[""] > 50
    assert refusals["domain"] >= 3
    assert refusals["several"] >= 3
    assert met >= 10


# --- the fuzzer ----------------------------------------------------------------------------------


def run(seed: int = 0, models: int = 3, **options: Any) -> Report:
    return Fuzzer(seed, minimise=False, **options).run(models, 3)


Change = Callable[[BatteryModel], BatteryModel]


def change_bath(model: BatteryModel, which: int, **changes: Any) -> BatteryModel:
    baths = list(model.baths)
    baths[which] = replace(baths[which], **changes)
    return replace(model, baths=tuple(baths))


FAULTS: dict[str, Change] = {
    "a bath is dropped": lambda m: replace(m, baths=m.baths[-1:]),
    "a temperature": lambda m: change_bath(m, 0, temperature=m.baths[-1].temperature),
    "a weight": lambda m: change_bath(m, 0, sites={m.baths[0].couplings[0][0]: 1.0}),
    "the sign of Delta": lambda m: replace(m, chain=replace(m.chain, Delta=-1.0)),
    "the cross term": lambda m: replace(
        m, dissipation="individual" if m.dissipation == "collective" else "collective"
    ),
    "kappa": lambda m: replace(m, kappa=2),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_of_the_model_is_found(fault: str, monkeypatch: Any) -> None:
    model, point = (
        paper(2),
        {"B0": 3.0, "J": 1.0, "Delta": 0.4, "epsilon": 0.5, "T_L": 4.0, "T_R": 1.5, "kappa": 1.0},
    )
    expected = expect(model, point)
    assert expected is not None
    right = numbers_entrances.Entrances(model).at("evaluate", [point])[0]
    assert judged(right, expected)[0] == "right"
    faulty = Battery(FAULTS[fault](model))
    known = {name: point[name] for name in faulty.parameters}
    kind, findings = judged(numbers_entrances.attempt(faulty.evaluate, **known), expected)
    assert kind == "wrong"
    assert findings


def shift(name: str, factor: float) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    return lambda outputs: {**outputs, name: np.multiply(outputs[name], factor)}


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("populations", 1 + 1e-12),
        ("energies", 1 + 1e-13),
        ("heat_current_L", -1.0),
        ("heat_current_R", 1 + 1e-9),
        ("entropy_production", 1 + 1e-9),
        ("exergy", 1 - 1e-9),
        ("ergotropy", 1 + 1e-9),
        ("charge", 1 + 1e-9),
    ],
)
def test_a_number_that_is_slightly_off_is_found(name: str, factor: float) -> None:
    model = paper(2)
    point = {
        "B0": 2.0,
        "J": 1.0,
        "Delta": 0.5,
        "epsilon": 1.0,
        "T_L": 39.0,
        "T_R": 1.0,
        "kappa": 1.0,
    }
    expected = expect(model, point)
    assert expected is not None
    (answer,) = numbers_entrances.Entrances(model).at("evaluate", [point])
    assert answer.outputs is not None
    assert judged(answer, expected)[0] == "right"
    changed = Answer(shift(name, factor)(answer.outputs))
    kind, findings = judged(changed, expected)
    assert kind == "wrong"
    assert name in [finding.output for finding in findings]


def test_an_answer_where_there_is_none_and_a_refusal_where_there_is_one_are_found() -> None:
    model = paper(2)
    point = {**WARM, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
    fine, outside = expect(model, point), expect(model, {**point, "T_R": -1.0})
    several = expect(paper(3), {**point, "B0": 0.0})
    assert fine is not None
    assert outside is not None
    assert several is not None
    (answer,) = numbers_entrances.Entrances(model).at("evaluate", [point])
    assert judged(answer, outside)[0] == "unlawful"
    assert judged(answer, several)[0] == "unlawful"
    refusal = Answer(None, symqb.SteadyStateError("no"))
    assert judged(refusal, several)[0] == "refused"
    assert judged(refusal, fine)[0] == "needless"
    assert judged(Answer(None, KeyError("charge")), fine)[0] == "crashed"


def test_a_fault_found_by_a_run_is_shrunk_and_its_code_shows_it(monkeypatch: Any) -> None:
    class Faulty(Battery):
        def evaluate(self, **options: Any) -> Any:
            found = super().evaluate(**options).to_dict()
            return {**found, "stored_energy": -found["stored_energy"]}

    monkeypatch.setattr(numbers_entrances, "Battery", Faulty)
    report = fuzz_numbers(2, 3, seed=5, spins=1, targets=["evaluate"])
    assert report.faults
    first = report.failures[0]
    assert first.kind == "wrong"
    assert "stored_energy" in first.reason
    names = {"np": np, "sp": __import__("sympy"), "Fraction": Fraction}
    exec(first.reproducer, {**vars(symqb), **names})


@pytest.mark.parametrize("models", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_a_short_run_finds_nothing_wrong_and_compares_something_at_every_entrance(
    models: int,
) -> None:
    targets = (
        "evaluate",
        "array",
        "secular",
        "alone",
        "steady_states",
        "numpy",
        "module",
        "digits15",
        "mpmath",
        "arb",
        "evolve",
    )
    report = run(seed=1, models=models, targets=targets, spins=2)
    assert not report.faults, [f.reason + chr(10) + f.reproducer for f in report.failures]
    for target in targets:
        assert report.verdicts[target]["right"] > 0, target


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_long_run_finds_nothing_wrong(seed: int) -> None:
    report = fuzz_numbers(25, 6, seed=seed, minimise=False)
    assert not report.faults, report.failures
    assert not report.needless, report.needless
    assert report.count("right") > 500


def test_the_judge_knows_the_exergy_of_a_level_whose_population_nothing_tells_from_zero():
    # an Ising bond to a spin frozen at T = 0: two levels are empty
    baths = (
        Bath("L", 0, {1: 1}, axis="y", spectrum=SpectralDensity(5.0, 1.7)),
        Bath("R", 2, {2: 1}),
    )
    model = BatteryModel(Chain(2, J=0, Delta=-0.0308125992298439, B0=0.3), baths)
    (verdict,) = expect(model, {"kappa": 1.0}).verdicts
    assert float(verdict.outputs["exergy"]) == pytest.approx(1.2408474728776784, rel=1e-15)


def test_the_judge_grants_what_a_rounding_of_the_inputs_moves_beside_a_bath_at_zero() -> None:
    """Levels 3e-16 apart, which the rule joins, and a rate as small as that gap."""
    baths = (Bath("L", 0, {1: 1}), Bath("R", "T", {2: 1}))
    chain = Chain(2, J="J", Delta="Delta", B0=("B0", 2), eta="eta")
    model = BatteryModel(chain, baths, "kappa", "individual")
    point = {"eta": 1.3708607128852766, "J": -0.4112328400369818, "Delta": 1.4689629729108726}
    point |= {"B0": 1.1125501837990548, "T": 2.2069814695849, "kappa": 1.0}
    expected = expect(model, point)
    assert expected is not None
    answer = dict(Battery(model).evaluate(**point))
    assert judged(Answer(answer), expected) == ("right", [])
    answer["populations"] = answer["populations"] * (1 + 1e-11)
    assert judged(Answer(answer), expected)[0] in ("loose", "wrong")
