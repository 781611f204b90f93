"""Every theorem is attacked; every refuted statement is found refuted, and its witness is exact."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from symqb.certify.checker import Fact
from symqb.prove import statement
from symqb.prove.falsify import falsify, is_zero, refutes
from symqb.prove.neighbourhood import proposals, scaled, symmetries
from symqb.prove.sampling import parse, points
from symqb.prove.theorems.registry import THEOREMS

QUICK = (
    "T1",
    "T2",
    "T3",
    "T5",
    "T4_4",
    "A1",
    "A7",
    "A11_ferro",
    "A16",
    "A9_ferro",
    "A10_ferro",
    "A13_printed",
    "A14_printed",
    "A16_argument",
    "A17_printed",
    "T7_epsilon_1",
    "T7_field",
    "T7_three_spins",
)


def attacked(name: str, profile: str) -> None:
    entry, attack = THEOREMS[name], falsify(name, profile)
    assert attack.verdict == ("refuted" if entry.expected == "refuted" else "tested"), attack
    assert attack.examples > 0
    if attack.witness is not None:
        point = {k: Fraction(v) for k, v in attack.witness.items()}
        assert refutes(parse(entry.statement()), point) == attack.violates


@pytest.mark.parametrize("name", QUICK)
def test_a_theorem_survives_and_a_refuted_statement_is_found_refuted(name: str) -> None:
    attacked(name, "quick")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(THEOREMS) - set(QUICK)))
def test_the_rest_at_greater_length(name: str) -> None:
    attacked(name, "ci")


def without(name: str, *keys: str) -> Any:
    record = copy.deepcopy(THEOREMS[name].statement())
    for key in keys:
        del record["hypotheses"][key]
    return record


def concluding(name: str, **conclusions: str) -> Any:
    record = copy.deepcopy(THEOREMS[name].statement())
    record["conclusions"] = conclusions
    return record


FALSE = {
    "g is not multiplicative": concluding("T2", c="gz >= gx*gy"),
    "g is not bounded by two": concluding("T2", c="gx < 2"),
    "the antiferromagnetic step needs J > 0": without("A5", "J"),
    "T3 is not degenerate in 3 and 4": concluding("T3", c="p3 > p4"),
    "populations are not equal": concluding("T3", c="2*p2 > p1"),
    "T4 needs the populations ordered": without("T4_4", "down1"),
    "T4 needs the energies ordered": without("T4_4", "up2"),
    "(A14) needs the field": without("A14", "field"),
}


@pytest.mark.parametrize(
    "what",
    [pytest.param(k, marks=[pytest.mark.slow] * k.startswith("T4")) for k in sorted(FALSE)],
)
def test_a_false_variant_is_found_refuted(what: str) -> None:
    attack = falsify(FALSE[what], "ci")
    assert attack.verdict == "refuted", attack
    assert attack.witness is not None


def test_a_denominator_that_vanishes_refutes_and_is_named() -> None:
    """Weakened to T >= 0, (A14) speaks of 1/0; a statement is about quotients that exist."""
    record = copy.deepcopy(THEOREMS["A14"].statement())
    record["hypotheses"]["T"] = "T >= 0"
    attack = falsify(record, "quick")
    assert (attack.verdict, attack.violates) == ("refuted", "b is defined")
    assert attack.witness is not None
    assert attack.witness["T"] == "0"


def test_a_conclusion_that_fails_is_preferred_to_a_denominator_that_vanishes() -> None:
    stated = statement("p", "x", [("q", "over", ("1", "x"))], {"x": "x >= 0"}, {"c": "3 > x"})
    assert falsify(stated, "quick").violates == "c"


def test_only_points_that_meet_every_hypothesis_count() -> None:
    """A hypothesis about an exponential cannot be drawn for; it is judged at 60 digits."""
    stated = statement(
        "e", "x", [("X", "exp", "x")], {"large": "X > 2"}, {"c": "4*x > 2", "weak": "X > 1"}
    )
    attack = falsify(stated, "ci")
    assert attack.verdict == "tested"
    assert 0 < attack.examples < 250
    assert all(Fraction(v) > Fraction(69, 100) for v in attack.closest.values())


def test_a_margin_that_is_nothing_in_sixty_digits_says_so() -> None:
    stated = statement("m", "x", [], {"x": "x > 0"}, {"c": "x >= x"})
    assert falsify(stated, "quick").margin == "below 1e-60"


def test_the_domain_includes_extremes_and_near_degeneracies() -> None:
    seen: list[dict[str, Fraction]] = []

    @settings(
        max_examples=400,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(points(parse(THEOREMS["T3"].statement())))
    def look(point: dict[str, Fraction]) -> None:
        seen.append(point)

    look()
    near = Fraction(1, 10**5)
    hottest, coldest = (f(t for p in seen for t in (p["TL"], p["TR"])) for f in (max, min))
    assert hottest >= 1000
    assert coldest <= Fraction(1, 1000)
    assert any(p["TL"] == p["TR"] for p in seen)
    assert any(0 < abs(p["TL"] / p["TR"] - 1) < near for p in seen)
    assert any(0 < abs(abs(p["J"]) - abs(p["D"])) < near * abs(p["J"]) for p in seen)
    edge = [p["B0"] / (abs(p["J"]) + abs(p["D"])) - 1 for p in seen]
    assert 0 < min(edge) < Fraction(1, 1000)
    signs = {(p["J"] > 0, p["D"] > 0) for p in seen if p["D"]}
    assert len(signs) == 4


def test_an_unknown_theorem_or_profile_is_an_error() -> None:
    with pytest.raises(KeyError):
        falsify("T99")
    with pytest.raises(KeyError):
        falsify("A1", "endless")


def test_an_equality_between_exponentials_is_decided_exactly() -> None:
    """exp(x) exp(y) > exp(x + y) fails by nothing, which no ball shows and no digits prove."""
    exps = [("X", "exp", "1/3*x"), ("Y", "exp", "y"), ("Z", "exp", "1/3*x + y")]
    hypotheses = {"x": "x > 0", "y": "y > 0"}
    stated = statement("e", "x y", exps, hypotheses, {"c": "X*Y > Z"})
    assert falsify(stated, "quick").verdict == "refuted"
    more = f"X*Y + 1/{10**80} > Z"
    near = statement("e", "x y", exps, hypotheses, {"c": more})
    assert falsify(near, "quick").verdict == "tested"


@pytest.mark.parametrize("point", [{"x": "1/3"}, {"x": "7"}])
def test_the_zero_test_tells_zero_from_nearly_zero(point: dict[str, str]) -> None:
    exps = [("X", "exp", "x"), ("H", "exp", "1/2*x"), ("n", "over", ("1", "X - 1"))]
    stated = parse(
        statement(
            "z",
            "x",
            exps,
            {},
            {
                "zero": "(H + 1)*(H - 1)*n > 1",
                "near": f"(H + 1)*(H - 1)*n > 1 - 1/{10**90}",
                "other": "H^2 + H > X",
            },
        )
    )
    at = {k: Fraction(v) for k, v in point.items()}
    assert is_zero(stated, at, stated.conclusions["zero"])
    assert not is_zero(stated, at, stated.conclusions["near"])
    assert not is_zero(stated, at, stated.conclusions["other"])


def test_an_exponent_that_is_not_rational_is_not_decided() -> None:
    exps = [("X", "exp", "x"), ("Y", "exp", "X")]
    stated = parse(statement("z", "x", exps, {}, {"c": "Y > Y"}))
    assert not is_zero(stated, {"x": Fraction(1)}, Fact({(("Y", 1),): Fraction(1)}, ">"))


# ---- thresholds that are too weak by little --------------------------------------------------

FIELDS = {
    "field_a": "B0 - {f}*J - {f}*D",
    "field_b": "B0 + {f}*J - {f}*D",
    "field_c": "B0 + {f}*J + {f}*D",
    "field_d": "B0 - {f}*J + {f}*D",
}


def weakened(name: str, key: str, part: Fraction, absolute: bool) -> Any:
    """A theorem whose field may be lower by a part of |J| + |Delta|, or by a number."""
    record = copy.deepcopy(THEOREMS[name].statement())
    edge = FIELDS[key].format(f="1" if absolute else 1 - part)
    record["hypotheses"][key] = f"{edge} + {part} > 0" if absolute else f"{edge} > 0"
    return record


PLANTED = [
    pytest.param(
        name, key, k, absolute, marks=[pytest.mark.slow] * ((name, key, k) != ("T3", "field_d", 6))
    )
    for name in ("T3", "T5")
    for key in FIELDS
    for k in (3, 6)
    for absolute in (False, True)
]


@pytest.mark.parametrize(("name", "key", "digits", "absolute"), PLANTED)
def test_a_field_that_is_too_low_by_little_is_found(
    name: str, key: str, digits: int, absolute: bool
) -> None:
    record = weakened(name, key, Fraction(1, 10**digits), absolute)
    attack = falsify(record, "ci", shrink=False)
    assert attack.verdict == "refuted", attack
    assert attack.witness is not None
    point = {k: Fraction(v) for k, v in attack.witness.items()}
    assert refutes(parse(record), point) == attack.violates
    assert refutes(parse(THEOREMS[name].statement()), point) is None


def test_the_scalings_of_a_statement_are_found() -> None:
    """Energies and temperatures together, and kappa alone: T3 in other units is T3."""
    found = symmetries(parse(THEOREMS["T3"].statement()))
    energies = {"B0", "J", "D", "TL", "TR"}
    assert len(found) == 2
    assert {frozenset(w.keys() - {"kappa"}) for w in found} == {frozenset(energies), frozenset()}
    assert all(len({w[name] for name in energies & w.keys()}) <= 1 for w in found)
    stated = statement("s", "x y", [], {"x": "x > 0"}, {"c": "x*y > x + y"})
    assert symmetries(parse(stated)) == []


def test_a_scaling_that_is_none_would_change_the_verdict() -> None:
    """Every scaling keeps a refutation one where the hypotheses scale too."""
    stated = parse(THEOREMS["T7_field"].statement())
    values = {
        "B0": "17/10",
        "J": "1",
        "D": "-3/4",
        "epsilon": "0",
        "TL": "1/2",
        "TR": "1/20",
        "kappa": "1",
    }
    point = {k: Fraction(v) for k, v in values.items()}
    for weights in symmetries(stated):
        for power in (-3, 3):
            assert refutes(stated, scaled(point, weights, power)) is not None


@pytest.mark.parametrize("relation", [">", ">="])
def test_points_at_an_edge_are_in_the_domain_and_close_to_it(relation: str) -> None:
    stated = parse(statement("s", "x y", [], {"h": f"x - y {relation} 0"}, {"c": "x >= y"}))
    bases = [{"x": Fraction(5), "y": Fraction(2)}]
    found = list(proposals(stated, bases))
    assert found
    assert all(0 < point["x"] - point["y"] <= abs(point["y"]) / 1000 for point in found)
    other = parse(statement("s", "x y", [], {"h": "x + y > 0"}, {"c": "x > y"})).hypotheses["h"]
    free = parse(statement("s", "x y", [], {}, {"c": "x >= y"}))
    sums = {point["x"] + point["y"] > 0 for point in proposals(free, bases, [other])}
    assert sums == {True, False}
