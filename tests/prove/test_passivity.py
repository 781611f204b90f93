"""Passivity beyond the paper: verdicts in ball arithmetic, and what keeps them honest."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from symqb.models import DomainError, xxz_model
from symqb.numerics import evaluate_chain
from symqb.numerics.balls import enclose_phi
from symqb.numerics.exact_inputs import to_ball
from symqb.prove import certify_boxes, check_boxes, prove
from symqb.prove.boxes import UNDECIDED, Search
from symqb.prove.ledger import PROOFS, check_file
from symqb.prove.passivity.cases import CASES, MAP, POINTS, RECTANGLES, Case, Points
from symqb.prove.passivity.map import certify
from symqb.prove.passivity.pictures import (
    VERDICTS,
    certified_couplings,
    certified_panel,
    draw,
)
from symqb.prove.passivity.proofs import (
    BallBattery,
    BallVerdict,
    cover_temperatures,
    decide_passivity,
)
from symqb.prove.passivity.search import ordering, saturation_field, search

QUICK = ("T10_passive_3", "T10_active_5")
SHORT = [case for case in CASES if case.spins <= 6]
LONG = [case for case in CASES if case.spins > 6]


def rectangle(name):
    return next(box for box in RECTANGLES if box.name == name)


def certificate(name):
    return json.loads((PROOFS / "T10" / f"{name}.json").read_text())


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
    assert not case.holds(BallVerdict("passive", "", above_saturation=True))
    assert not case.holds(BallVerdict("active", found.reason))
    weaker = {**case.point, "B0": Fraction(5)}
    assert not decide_passivity(xxz_model(5), weaker).above_saturation


def test_degenerate_levels_stay_open():
    point = {name: Fraction(1) for name in ("B0", "J", "epsilon", "T_L", "T_R")}
    found = decide_passivity(xxz_model(4), {**point, "Delta": Fraction(0)})
    assert found.verdict == "open"
    assert "not separated" in found.reason


def test_a_square_of_temperatures_is_proved_passive():
    square = (Fraction(2), Fraction(5, 2))
    cover = cover_temperatures(xxz_model(3), RECTANGLES[0].couplings, square, square)
    assert cover.verdict == "passive"
    assert cover.passive > 1
    assert (cover.active, cover.open) == (0, ())
    assert cover.above_saturation


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(statement.name, marks=() if statement.name in QUICK else pytest.mark.slow)
        for statement in MAP
    ],
)
def test_the_ledger_proves_each_region_of_the_map_from_the_tree_that_is_found(name):
    (line,) = prove([name])
    assert (line.verdict, line.reason) == ("proved", "")
    assert line.certificate == f"proofs/T10/{name}.json"
    (statement,) = (statement for statement in MAP if statement.name == name)
    assert certify_boxes(statement) == certificate(name)


def test_the_ledger_has_every_case_and_every_rectangle_of_the_map():
    assert {line.stem for line in (PROOFS / "T10").glob("*.json")} == {s.name for s in MAP}
    page = (PROOFS / "T10" / "README.md").read_text()
    assert all(f"`{statement.name}.json`" in page for statement in MAP)
    assert [case for points in POINTS for case in points.cases] == list(CASES)
    assert len({case.name for case in CASES}) == len(CASES) == 39


def forgeries():
    return {
        "another verdict": lambda c: c["statement"].update(verdict="passive"),
        "a wider rectangle": lambda c: c["statement"]["box"].update(T_R=["107/25", "5"]),
        "another field": lambda c: c["statement"]["point"].update(B0="5"),
        "saturation left out": lambda c: c["statement"].pop("above_saturation"),
        "a box missing": lambda c: c.update(tree=c["tree"][:-1]),
        "an open box": lambda c: c.update(tree=c["tree"][:-1] + "?"),
        "boxes too wide": lambda c: c.update(tree="."),
    }


@pytest.mark.parametrize("what", sorted(forgeries()))
def test_a_forged_tree_of_the_map_proves_nothing(what, tmp_path):
    forged = certificate("T10_active_5")
    forgeries()[what](forged)
    path = tmp_path / "T10_active_5.json"
    path.write_text(json.dumps(forged))
    found = check_file(path)
    assert (found.verdict, found.assumes) == ("inconclusive", ())
    assert found.reason


def test_a_rectangle_fails_on_the_wrong_verdict_a_mixture_and_without_saturation():
    box = rectangle("T10_active_5")
    corner = ((box.T_L[0],) * 2, (box.T_R[0],) * 2)
    assert box.decide(corner) is None
    for wrong in (
        replace(box, verdict="passive"),
        # T_L = 1, T_R = 4.3 is active at B0 = 5, too, and there the magnetisations overlap
        replace(box, couplings={**box.couplings, "B0": Fraction(5)}),
    ):
        assert wrong.decide(corner) == UNDECIDED
        assert "?" in Search(wrong, limit=10).run()
    assert not box.holds(BallVerdict("active", "", above_saturation=False))
    mixed = replace(box, T_L=(Fraction(1),) * 2, T_R=(Fraction(1), Fraction("4.3")))
    ends = [((Fraction(1),) * 2, (end,) * 2) for end in mixed.T_R]
    assert [mixed.decide(end) for end in ends] == [UNDECIDED, None]
    assert check_boxes(certify_boxes(mixed, limit=10), mixed).verdict == "inconclusive"


def test_points_fail_if_one_of_them_does():
    case = next(case for case in CASES if case.name == "negative-bias-2")
    true = Points("points", "true", (case,))
    assert check_boxes(certify_boxes(true), true).verdict == "proved"
    for wrong in (replace(case, verdict="passive"), replace(case, saturated=True, spins=3)):
        false = Points("points", "false", (case, wrong))
        assert certify_boxes(false)["tree"] == "?"
        forged = {**certify_boxes(false), "tree": "."}
        assert check_boxes(forged, false).reason == "not shown"


def test_statements_of_the_map_are_shared_among_processes():
    box = replace(rectangle("T10_passive_3"), T_L=(Fraction(2), Fraction(3)))
    tree = certify_boxes(box)
    assert check_boxes(tree, box, workers=2).verdict == "proved"


@pytest.mark.parametrize(
    ("T_L", "T_R"), [((0, 1), (1, 2)), ((1, 2), (-1, 2)), ((1, 2), (2, 1))], ids=str
)
def test_a_rectangle_that_touches_zero_temperature_is_refused(T_L, T_R):
    """Halving towards T = 0, which no ball is separated from, went on for ever."""
    sides = [(Fraction(low), Fraction(high)) for low, high in (T_L, T_R)]
    box = RECTANGLES[0]
    with pytest.raises(DomainError, match="two temperatures above zero"):
        cover_temperatures(xxz_model(3), box.couplings, *sides)
    with pytest.raises(DomainError, match="two temperatures above zero"):
        replace(box, T_L=sides[0], T_R=sides[1])


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
        "symmetric",
        "positive-bias",
        "negative-bias",
        "certified",
    ]
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


def test_the_rows_of_the_map_say_what_is_certified_and_what_is_not(monkeypatch):
    rows = list(certify([2, 3]))
    assert {row["spins"] for row in rows} == {2, 3}
    assert all(row["holds"] and arb(row["work"]) > 0 for row in rows)
    assert {row["theorem"] for row in rows} <= {points.name for points in POINTS}
    monkeypatch.setattr(Case, "certify", lambda self: BallVerdict("open", "for a test"))
    assert not any(row["holds"] for row in certify([2]))


def test_temperatures_may_come_later_than_the_levels():
    case = next(case for case in CASES if case.name == "negative-bias-3")
    battery = BallBattery(xxz_model(3), case.point)
    assert battery.decide() == battery.decide(T_L=case.point["T_L"], T_R=case.point["T_R"])
    assert battery.decide(T_L=Fraction(2), T_R=Fraction(2)).verdict == "passive"
