"""Passivity beyond the paper: verdicts in ball arithmetic, and what keeps them honest."""

import json
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from symqb.models import xxz_model
from symqb.numerics import evaluate_chain
from symqb.numerics.balls import enclose_phi, to_ball
from symqb.prove.passivity import proofs as passivity_proofs
from symqb.prove.passivity.cases import BOXES, CASES
from symqb.prove.passivity.map import certify, main
from symqb.prove.passivity.pictures import (
    VERDICTS,
    certified_couplings,
    certified_panel,
    draw,
)
from symqb.prove.passivity.proofs import (
    BallBattery,
    Cover,
    cover_temperatures,
    decide_passivity,
)
from symqb.prove.passivity.search import ordering, saturation_field, search

SHORT = [case for case in CASES if case.spins <= 6]
LONG = [case for case in CASES if case.spins > 6]


def _couplings(box):
    return {name: value for name, value in box.point.items() if name not in ("T_L", "T_R")}


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.name)
def test_every_stated_case_is_certified(case):
    assert case.holds(case.certify())


@pytest.mark.slow
@pytest.mark.parametrize("case", LONG, ids=lambda case: case.name)
def test_the_longer_cases_are_certified_too(case):
    assert case.holds(case.certify())


def floats(point):
    return {**{name: float(value) for name, value in point.items()}, "kappa": 1.0}


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.name)
def test_the_floating_point_engine_sees_the_same(case):
    found = ordering(xxz_model(case.spins), floats(case.point))
    assert found.passive == (case.verdict == "passive")
    certified = arb(case.certify().work)
    assert found.ergotropy > float(certified.lower()) * (1 - 1e-4)


def test_the_weights_enclose_the_populations():
    case = next(case for case in CASES if case.name == "symmetric-5")
    found = case.certify()
    populations = evaluate_chain(xxz_model(5), floats(case.point)).populations
    for enclosure in (found.lower[1], found.upper[1]):
        ball = arb(enclosure)
        assert min(abs(populations - float(ball.mid()))) < 1e-12


def test_too_few_bits_leave_a_case_open_instead_of_guessing():
    case = next(case for case in CASES if case.name == "symmetric-6")
    assert decide_passivity(xxz_model(6), case.point, precision=12).verdict == "open"


def test_a_case_fails_on_the_wrong_verdict_and_without_saturation():
    case = next(case for case in CASES if case.name == "symmetric-5")
    found = case.certify()
    assert not case.holds(passivity_proofs.BallVerdict("passive", "", above_saturation=True))
    assert not case.holds(passivity_proofs.BallVerdict("active", found.reason))
    weaker = {**case.point, "B0": Fraction(5)}
    assert not decide_passivity(xxz_model(5), weaker).above_saturation


def test_degenerate_levels_stay_open():
    point = {name: Fraction(1) for name in ("B0", "J", "epsilon", "T_L", "T_R")}
    found = decide_passivity(xxz_model(4), {**point, "Delta": Fraction(0)})
    assert found.verdict == "open"
    assert "not separated" in found.reason


def test_a_square_of_temperatures_is_proved_passive():
    point = _couplings(BOXES[0])
    square = (Fraction(2), Fraction(5, 2))
    cover = cover_temperatures(xxz_model(3), point, square, square)
    assert cover.verdict == "passive"
    assert cover.passive > 1
    assert (cover.active, cover.open) == (0, ())
    assert cover.above_saturation


@pytest.mark.slow
@pytest.mark.parametrize("box", BOXES, ids=lambda box: box.name)
def test_the_stated_rectangles_are_proved(box):
    assert box.holds(box.certify())


def test_a_rectangle_fails_on_the_wrong_verdict_a_mixture_and_without_saturation():
    box = next(box for box in BOXES if box.name == "active-5")
    assert not box.holds(Cover(3, 0, (), above_saturation=True))
    assert not box.holds(Cover(1, 3, (), above_saturation=True))
    assert not box.holds(Cover(0, 3, (), above_saturation=False))
    assert box.holds(Cover(0, 3, (), above_saturation=True))
    # T_L = 1, T_R = 4.3 is active at B0 = 5, too, and there the magnetisations overlap
    square = ((Fraction(1), Fraction("1.0001")), (Fraction("4.3"), Fraction("4.3001")))
    found = cover_temperatures(xxz_model(5), {**_couplings(box), "B0": Fraction(5)}, *square)
    assert not found.above_saturation
    assert not box.holds(found)


def test_the_verdict_of_every_pair_of_temperatures_in_a_picture_is_a_proof():
    temperatures = [Fraction(1, 2), Fraction(1), Fraction("4.3")]
    panel = certified_panel(certified_couplings(5), 5, temperatures)
    assert VERDICTS[panel[2, 1]] == "active"
    assert [VERDICTS[k] for k in np.diag(panel)] == ["passive"] * 3
    point = {**certified_couplings(5), "T_L": temperatures[1], "T_R": temperatures[2]}
    assert decide_passivity(xxz_model(5), point).verdict == "active"


@pytest.mark.slow
def test_pictures_are_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    paths = draw(tmp_path, [2, 3], 4)
    assert [path.stem.removeprefix("passivity-") for path in paths] == [
        "symmetric", "positive-bias", "negative-bias", "certified"
    ]  # fmt: skip
    assert all(path.stat().st_size > 5000 for path in paths)


def test_a_square_with_active_points_is_not_called_passive():
    case = next(case for case in CASES if case.name == "negative-bias-2")
    point = {name: value for name, value in case.point.items() if name[0] != "T"}
    cover = cover_temperatures(
        xxz_model(2), point, (Fraction(1, 10), Fraction(1)), (Fraction(6), Fraction(7))
    )
    assert cover.verdict in ("active", "both")


@given(
    w=st.fractions(-5, 5, max_denominator=1000).filter(bool),
    T=st.fractions("1/100", 50, max_denominator=1000),
    spread=st.fractions(0, "1/100", max_denominator=1000),
)
def test_phi_of_a_box_holds_phi_of_its_points(w, T, spread):
    low, high = sorted((w, w * (1 + spread)))
    box = enclose_phi(to_ball((low, high)), to_ball((T, T * (1 + spread))))
    for x in (low, (low + high) / 2, high):
        for t in (T, T * (1 + spread)):
            assert box.overlaps(enclose_phi(to_ball(x), to_ball(t)))


@pytest.mark.parametrize("spins", [2, 3, 4])
def test_no_inversion_is_found_above_saturation_up_to_four_spins(spins):
    found = list(search(spins, 60))
    assert len(found) > 50
    assert all(sample.found.passive for sample in found)


def test_inversions_are_found_above_saturation_from_five_spins_on():
    assert not all(sample.found.passive for sample in search(5, 150, field=(1.0, 1.2)))


@pytest.mark.parametrize(("J", "Delta"), [(1.0, 0.5), (-1.0, 0.5), (0.3, -0.8)])
def test_two_spins_saturate_where_the_paper_says(J, Delta):
    assert saturation_field(2, J, Delta) == pytest.approx(abs(J) + abs(Delta))


def test_the_command_prints_certificates_and_fails_on_a_false_one(capsys, monkeypatch):
    assert main(["certify", "--spins", "2-3"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["spins"] for row in rows} == {2, 3}
    assert all(row["holds"] for row in rows)
    monkeypatch.setattr(
        "symqb.prove.passivity.cases.decide_passivity",
        lambda model, point: passivity_proofs.BallVerdict("open", "for a test"),
    )
    assert main(["certify", "--spins", "2"]) == 1


def test_a_certified_rectangle_is_printed_without_a_temperature_of_its_own(monkeypatch):
    """Its temperatures are in the statement; among the numbers they would be read as a point."""
    box = next(box for box in BOXES if box.spins == 3)
    cover = Cover(3, 0, (), above_saturation=True)
    monkeypatch.setattr("symqb.prove.passivity.cases.cover_temperatures", lambda *_: cover)
    *_, row = certify([3], True)
    assert row["point"] == {name: str(value) for name, value in _couplings(box).items()}
    assert (row["name"], row["holds"]) == (box.name, True)


def test_temperatures_may_come_later_than_the_levels():
    case = next(case for case in CASES if case.name == "negative-bias-3")
    battery = BallBattery(xxz_model(3), case.point)
    assert battery.decide() == battery.decide(T_L=case.point["T_L"], T_R=case.point["T_R"])
    assert battery.decide(T_L=Fraction(2), T_R=Fraction(2)).verdict == "passive"
