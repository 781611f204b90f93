"""Boxes: what is false is refused, what is no number is refused, what is left can be resumed."""

from __future__ import annotations

import json
import math
from fractions import Fraction as Q
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from symqb.program import Builder, Program
from symqb.prove.balls import Jet, Jets, NotFinite, ball, exactly, mean_value, positive, times
from symqb.prove.boxes import (
    BoxStatement,
    Search,
    certify_boxes,
    check_boxes,
    decide,
    evaluate,
    leaves,
)
from symqb.prove.ledger import PROOFS, prove
from symqb.prove.theorems.registry import BOXES
from symqb.prove.theorems.three_spins import EDGES, all_paths
from symqb.prove.thresholds import check_thresholds, inverted_pair, row_parameters


def program(build: Any, *inputs: str) -> Program:
    b = Builder(inputs or ("x",))
    return b.build({"goal": build(b)})


def claim(build: Any, low: Any = 0, high: Any = 1) -> BoxStatement:
    return BoxStatement("claim", "a claim", program(build), {"x": (Q(low), Q(high))})


def square_plus(constant: Q) -> Any:
    return lambda b: b.add(b.mul(b.sub("x", Q(1, 3)), b.sub("x", Q(1, 3))), constant)


def test_a_true_statement_on_a_box_is_proved() -> None:
    true = claim(square_plus(Q(1, 1000)))
    assert check_boxes(certify_boxes(true), true).verdict == "proved"


@pytest.mark.parametrize("shortfall", [Q(0), Q(-1, 10**12), Q(-1, 10)])
def test_a_planted_false_statement_is_refused(shortfall: Q) -> None:
    false = claim(square_plus(shortfall))
    tree = certify_boxes(false, limit=300)
    assert check_boxes(tree, false).verdict == "inconclusive"
    for forged in (".", "0..", "00..0.."):
        assert check_boxes(tree | {"tree": forged}, false).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("build", "low", "high"),
    [
        (lambda b: b.sub("x", Q(2)), 1, 1),
        (lambda b: b.sub("x", Q(1)), 1, 1),
        (lambda b: b.apply("max", b.sub("x", Q(9)), Q(-1)), 0, 1),
        (lambda b: b.div(b.sub(b.mul("x", "x"), Q(1)), b.sub("x", Q(1))), 1, 1),
    ],
    ids=["negative", "zero", "flat", "undefined"],
)
def test_a_false_statement_where_no_slope_can_be_blamed_is_refused(
    build: Any, low: int, high: int
) -> None:
    """At a point, or where the claim is flat, halving never helps; that must not count as proof."""
    false = claim(build, low, high)
    assert decide(false.program, false.root) is not None
    tree = certify_boxes(false, limit=20)
    assert check_boxes(tree, false).verdict == "inconclusive"
    for forged in (".", "0..", "00..0.."):
        verdict = check_boxes(tree | {"tree": forged}, false)
        assert verdict.reason.startswith("not shown on ")


def test_a_bose_function_is_enclosed_below_zero_too() -> None:
    """bose(x, 1) rises above 1 for x < 0, however little of the box lies there."""
    for margin, verdict in ((Q(1, 10**8), "inconclusive"), (Q(1, 10**6), "proved")):
        near = claim(lambda b, m=margin: b.sub(1 + m, b.apply("bose", "x", Q(1))), Q(-1, 10**7), 1)
        assert check_boxes(certify_boxes(near, limit=60), near).verdict == verdict
    jets = Jets(2)
    jet = jets.bose(
        jets.variable(0, ball(Q(-1, 10**7), Q(1))), jets.variable(1, ball(Q(1, 2), Q(1)))
    )
    with ctx.workprec(300):
        x = exactly(Q(-1, 10**7))
        for T in (arb("0.5"), arb(1)):
            e = (x / T).exp()
            assert jet.value.contains(x / (e - 1))
            assert jet.slopes[0].contains((e - 1 - x / T * e) / (e - 1) ** 2)
            assert jet.slopes[1].contains((x / T) ** 2 * e / (e - 1) ** 2)


def test_a_temperature_below_zero_is_outside_the_domain() -> None:
    below = BoxStatement(
        "cold",
        "bose(1, T) > -1/10",
        program(lambda b: b.add(b.apply("bose", Q(1), "x"), Q(1, 10))),
        {"x": (Q(-1, 10**7), Q(1))},
    )
    assert check_boxes(certify_boxes(below, limit=60), below).verdict == "inconclusive"
    from_zero = claim(lambda b: b.add(b.apply("bose", Q(1), "x"), Q(1, 10)))
    assert check_boxes(certify_boxes(from_zero), from_zero).verdict == "proved"


def test_a_slope_that_is_no_number_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    false = claim(square_plus(Q(-1)))
    honest = Jets.mul

    def broken(self: Jets, a: Jet, b: Jet) -> Jet:
        return Jet(honest(self, a, b).value, (arb("nan"),) * self.count)

    monkeypatch.setattr(Jets, "mul", broken)
    assert decide(false.program, false.root) is not None


def test_a_statement_that_claims_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing is claimed"):
        BoxStatement("empty", "nothing", Builder(()).build({"goal": ()}), {})


def test_a_nan_ball_and_an_infinite_ball_prove_nothing() -> None:
    for value in (arb("nan"), arb("inf"), arb(0, "inf"), arb("-inf"), arb(1, "inf")):
        assert not positive(value)
    assert positive(arb(1))
    assert not positive(arb(0, 1))
    for build in (
        lambda b: b.div("x", b.sub("x", Q(1, 2))),
        lambda b: b.apply("log", b.sub("x", Q(1))),
    ):
        false = claim(build)
        assert check_boxes(certify_boxes(false, limit=100), false).verdict == "inconclusive"


def test_a_square_root_or_logarithm_of_what_may_be_negative_raises() -> None:
    jets = Jets(1)
    x = jets.variable(0, arb(0, 1))
    for operation in (jets.sqrt, jets.log):
        with pytest.raises(NotFinite):
            operation(x)
    with pytest.raises(NotFinite):
        jets.bose(x, jets.constant(Q(1)))


def test_a_tree_must_cover_the_box_exactly() -> None:
    root = ((Q(0), Q(1)),)
    assert len(list(leaves(root, "0.0.."))) == 3
    for bad in ("", "0.", "0...", "?", "1..", "0.x", "0.0.?", "\u0660..", "\u00b2", "0" * 10**5):
        with pytest.raises(ValueError, match=r"."):
            list(leaves(root, bad))


def test_a_tree_for_another_box_or_program_is_refused() -> None:
    one, other = claim(square_plus(Q(1))), claim(square_plus(Q(2)))
    wide = claim(square_plus(Q(1)), 0, 2)
    tree = certify_boxes(one)
    assert check_boxes(tree, one).verdict == "proved"
    for wrong in (other, wide):
        assert "another statement" in check_boxes(tree, wrong).reason


def test_a_search_goes_on_where_it_stopped(tmp_path: Path) -> None:
    hard = claim(square_plus(Q(1, 10**5)))
    path = tmp_path / "tree.json"
    first = certify_boxes(hard, path=path, limit=5)
    assert "?" in first["tree"]
    seen: list[int] = []
    whole = certify_boxes(hard, path=path, progress=lambda done, left: seen.append(left))
    assert "?" not in whole["tree"]
    assert whole["tree"] == Search(hard).run()
    assert json.loads(path.read_text()) == whole
    assert check_boxes(whole, hard, workers=2).verdict == "proved"


def test_a_shared_search_finds_the_same_tree_and_saves_as_it_goes(tmp_path: Path) -> None:
    hard = claim(square_plus(Q(1, 10**6)))
    saved: list[str] = []
    found = Search(hard, workers=2, save=saved.append).run()
    assert found == Search(hard).run()
    assert len(saved) > 10
    assert all(len(a) <= len(b) for a, b in pairwise(saved))
    half = saved[len(saved) // 2]
    assert "?" in half
    assert Search(hard, half).run() == found


def test_a_search_stops_at_its_limit_and_at_points(tmp_path: Path) -> None:
    false = claim(square_plus(Q(-1)))
    tree = Search(false, limit=50).run()
    assert 50 <= len(tree) <= 50 + tree.count("?") + 1
    point = claim(square_plus(Q(-1)), Q(1, 3), Q(1, 3))
    assert Search(point).run() == "?"


# Points at which mpmath.iv.exp, at 53 bits, returns an interval that misses the value.
MISSED_BY_MPMATH = (15.017915913803549, 4.782268013433498e-21)


def iv_encloses(x: float) -> bool:
    reference = mpmath.MPContext()
    reference.dps = 80
    low, high = (reference.mpf(end) for end in mpmath.iv.exp(mpmath.iv.mpf(x))._mpi_)
    return bool(low <= reference.exp(reference.mpf(x)) <= high)


@pytest.mark.parametrize("x", MISSED_BY_MPMATH)
def test_balls_enclose_exp_where_mpmath_iv_does_not(x: float) -> None:
    assert not iv_encloses(x), "mpmath encloses this one now: find another, or retire the test"
    enclosure = arb(x).exp()
    with ctx.workprec(400):
        finer = arb(x).exp()
    assert enclosure.contains(finer)
    for factor in (1 - Q(1, 10**13), 1 + Q(1, 10**13)):
        b = Builder(("x",))
        bose, near = b.apply("bose", "x", Q(1)), Q(mpmath.nstr(bose_at(x), 60)) * factor
        true, false = b.sub(bose, near), b.sub(near, bose)
        if factor > 1:
            true, false = false, true
        point = BoxStatement("p", "p", b.build({"goal": true}), {"x": (Q(x), Q(x))})
        assert check_boxes(certify_boxes(point), point).verdict == "proved"
        point = BoxStatement("p", "p", b.build({"goal": false}), {"x": (Q(x), Q(x))})
        assert check_boxes(certify_boxes(point), point).verdict == "inconclusive"


def bose_at(x: float) -> Any:
    reference = mpmath.MPContext()
    reference.dps = 80
    return reference.mpf(x) / reference.expm1(reference.mpf(x))


@given(
    st.floats(0.01, 30),
    st.floats(0, 5),
    st.floats(0.01, 20),
    st.floats(0, 5),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_bose_encloses_the_function_and_its_slopes(
    a: float, wide: float, T: float, warm: float, s: float, t: float
) -> None:
    jets = Jets(2)
    box = ball(Q(a), Q(a + wide)), ball(Q(T), Q(T + warm))
    jet = jets.bose(jets.variable(0, box[0]), jets.variable(1, box[1]))
    mp = mpmath.MPContext()
    mp.dps = 40
    at_a, at_T = mp.mpf(a + s * wide), mp.mpf(T + t * warm)
    at_a, at_T = min(at_a, mp.mpf(a + wide)), min(at_T, mp.mpf(T + warm))
    x = at_a / at_T
    value = at_a / mp.expm1(x)
    by_T = x**2 * mp.exp(x) / mp.expm1(x) ** 2
    by_a = (mp.expm1(x) - x * mp.exp(x)) / mp.expm1(x) ** 2
    for enclosure, true in ((jet.value, value), (jet.slopes[0], by_a), (jet.slopes[1], by_T)):
        slack = abs(float(true)) * 1e-14 + 1e-300
        assert float(enclosure.lower()) <= float(true) + slack
        assert float(true) <= float(enclosure.upper()) + slack


@given(
    st.floats(-2, 2),
    st.floats(0, 2),
    st.floats(-2, 2),
    st.floats(0, 2),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_products_enclose_and_keep_the_sign(
    a: float, p: float, b: float, q: float, s: float, t: float
) -> None:
    product = times(ball(Q(a), Q(a) + Q(p)), ball(Q(b), Q(b) + Q(q)))
    true = (Q(a) + Q(s) * Q(p)) * (Q(b) + Q(t) * Q(q))
    assert product.contains(exactly(true))


def test_the_mean_value_form_encloses() -> None:
    build = square_plus(Q(1, 10))
    jets = evaluate(program(build), ((Q(0), Q(1)),), slopes=True)
    centre = evaluate(program(build), ((Q(1, 2), Q(1, 2)),), slopes=False)
    enclosure = mean_value(centre[0].value, jets[0].slopes, [arb(0, "0.5")])
    for k in range(11):
        assert enclosure.contains(exactly((Q(k, 10) - Q(1, 3)) ** 2 + Q(1, 10)))


def test_there_are_234_paths_on_the_graph_that_symqb_derives() -> None:
    import symqb

    assert len(all_paths()) == 234
    transitions = symqb.xxz_battery(spins=3).transitions()
    assert {(t.upper, t.lower) for t in transitions} == set(EDGES)


def test_three_spins_at_the_field_of_figure_12_are_passive() -> None:
    (line,) = prove(["T8_figure"])
    assert line.verdict == "proved", line.reason
    assert "Delta in [0, 1]" in line.scope


def test_a_leaf_taken_out_of_a_shipped_tree_is_noticed() -> None:
    statement = BOXES["T8_figure"].statement()
    certificate = json.loads((PROOFS / "T8" / "T8_figure.json").read_text())
    for tree in (certificate["tree"][:-1], ".", certificate["tree"].replace("0..", ".", 1)):
        assert check_boxes(certificate | {"tree": tree}, statement).verdict == "inconclusive"


def test_thresholds_are_certified_and_a_changed_one_is_not() -> None:
    (line,) = prove(["T9"])
    assert line.verdict == "proved", line.reason
    certificate = json.loads((PROOFS / "T9" / "T9.json").read_text())
    row = next(r for r in certificate["rows"] if r["high"] is not None)
    for key, value in (
        ("low", "1"),
        ("high", row["low"]),
        ("high", "2"),
        ("pair", [3, 4]),
        ("tree", "0."),
    ):
        changed = json.loads(json.dumps(certificate))
        next(r for r in changed["rows"] if r["high"] is not None)[key] = value
        assert check_thresholds(changed)
    parameters = row_parameters(Q(row["T_M"]), Q(row["s"]))
    assert inverted_pair(parameters, Q(row["low"])) is None
    assert math.isclose(float(Q(row["high"])), float(Q(row["low"])), abs_tol=1.1e-4)
