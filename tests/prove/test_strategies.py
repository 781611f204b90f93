"""The four ways to find a step: each finds what it should, nothing false, or says so."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from symqb.certify import check
from symqb.prove import (
    NotFound,
    Proof,
    certificate,
    point,
    split_on_orders,
    statement,
    substitution,
    sum_of_squares,
)
from symqb.prove.bounds import Bounds, Interval

SCHUR = "x*(x - y)*(x - z) + y*(y - x)*(y - z) + z*(z - x)*(z - y) >= 0"
MOTZKIN = "x^4*y^2 + x^2*y^4 - 3*x^2*y^2 + 1"
POSITIVE = {v: f"{v} >= 0" for v in "xyz"}


def proof(variables: str, claim: str, hypotheses: dict[str, str] | None = None) -> Proof:
    return Proof(statement("s", variables, [], hypotheses or {}, {"c": claim}))


def accepted(p: Proof, **at: str) -> Any:
    """The finished certificate, which the checker proves."""
    found = certificate(p.done(), point(**at))
    assert check(found, p.record).verdict == "proved"
    return found


# ---- sums of squares ------------------------------------------------------------------------

PLAIN = {
    "equality on a line": ("x y", "x^4 + y^4 >= x^3*y + x*y^3"),
    "a perfect fourth power": ("x", "x^4 - 4*x^3 + 6*x^2 - 4*x + 1 >= 0"),
    "strict": ("x y", "2*x^2 + 2*x*y + y^2 - 2*x - 2*y + 3 > 0"),
    "means of three sixth powers": ("x y z", "x^6 + y^6 + z^6 >= 3*x^2*y^2*z^2"),
    "Muirhead": ("x y z", "x^4 + y^4 + z^4 >= x*y*z*(x + y + z)"),
    "Cauchy and Schwarz": (
        "a b c x y z",
        "(a^2 + b^2 + c^2)*(x^2 + y^2 + z^2) >= (a*x + b*y + c*z)^2",
    ),
    "Motzkin in three variables times a square sum": (
        "x y z",
        "(x^2 + y^2 + z^2)*(x^4*y^2 + x^2*y^4 - 3*x^2*y^2*z^2 + z^6) >= 0",
    ),
}


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_a_sum_of_squares_is_found_and_checked(name: str) -> None:
    variables, claim = PLAIN[name]
    p = proof(variables, claim)
    sum_of_squares(p, "c", claim)
    found = accepted(p, **dict.fromkeys(variables.split(), "1"))
    assert all("times" not in term for term in found["proof"][0]["combine"])


def test_hypotheses_and_their_products_multiply_squares() -> None:
    claim = "x^3 + y^3 + z^3 >= 3*x*y*z"
    p = proof("x y z", claim, POSITIVE)
    sum_of_squares(p, "c", claim, ["x", "y", "z"], top=3)
    accepted(p, x="1", y="1", z="1")
    claim, simplex = "4*x*y <= 1", {"x": "x >= 0", "y": "y >= 0", "rest": "x + y <= 1"}
    p = proof("x y", claim, simplex)
    with pytest.raises(NotFound):
        sum_of_squares(p, "c", claim, ["rest"])
    sum_of_squares(p, "c", claim, ["x", "y", "rest"], degree=2)
    accepted(p, x="0", y="0")


def test_equalities_are_used_with_any_sign() -> None:
    claim = "2*x*y <= 1"
    p = proof("x y", claim, {"circle": "x^2 + y^2 = 1"})
    sum_of_squares(p, "c", claim, equal={"circle": ["1", "x", "y"]})
    accepted(p, x="1", y="0")


def test_two_baths_mix_convexly() -> None:
    """(aL nL + aR nR)^2 <= (aL + aR)(aL nL^2 + aR nR^2), the inequality of the mean of g."""
    claim = "(aL*nL + aR*nR)^2 <= (aL + aR)*(aL*nL^2 + aR*nR^2)"
    p = proof("aL aR nL nR", claim, {"aL": "aL > 0", "aR": "aR > 0"})
    sum_of_squares(p, "c", claim, ["aL", "aR"], degree=2)
    accepted(p, aL="1", aR="1", nL="1", nR="2")


def test_motzkin_is_no_sum_of_squares_but_times_a_positive_factor_it_is() -> None:
    p = proof("x y", f"{MOTZKIN} >= 0")
    with pytest.raises(NotFound, match="no sum of squares was found"):
        sum_of_squares(p, "c", f"{MOTZKIN} >= 0")
    sum_of_squares(p, "factor", "x^2 + y^2 + 1 > 0")
    sum_of_squares(p, "product", f"(x^2 + y^2 + 1)*({MOTZKIN}) >= 0")
    p.cancel("c", f"{MOTZKIN} >= 0", "factor", "product")
    accepted(p, x="0", y="0")


FALSE = {
    "negative somewhere": ("x y", "x^4 + y^4 >= 3*x^2*y^2", {}),
    "negative by little": ("x y", "x^4 + y^4 - 2*x^2*y^2 + 1/1000000 >= 1/100000", {}),
    "not strict": ("x y", "x^2 + y^2 > 0", {}),
    "odd": ("x", "x^3 >= 0", {}),
    "constrained, false at a corner": ("x y", "x + y <= 1", {"x": "x >= 0", "y": "1 - y >= 0"}),
    "Schur the wrong way": ("x y z", SCHUR.replace(">=", "<="), POSITIVE),
}


@pytest.mark.parametrize("name", sorted(FALSE))
def test_a_false_claim_is_never_written(name: str) -> None:
    variables, claim, hypotheses = FALSE[name]
    p = proof(variables, claim, hypotheses)
    for degree in (1, 2):
        with pytest.raises(NotFound):
            sum_of_squares(p, "c", claim, list(hypotheses), degree=degree)
    assert p.written == []


def test_an_equality_is_no_business_of_squares() -> None:
    with pytest.raises(NotFound, match="do not show an equality"):
        sum_of_squares(proof("x", "x^2 = 0"), "c", "x^2 = 0")


def test_without_the_solver_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "clarabel", None)
    with pytest.raises(ImportError, match=r"pip install 'symqb\[squares\]'"):
        sum_of_squares(proof("x", "x^2 >= 0"), "c", "x^2 >= 0")


# ---- substitution, linear programming, orders ------------------------------------------------


def test_substitution_writes_the_claim_in_nonnegative_variables() -> None:
    claim = "(B0 + J)*(B0 + D)*(B0 + J + D) > J^3 + D^3 + 6*J^2*D"
    setting = {"J": "J >= 0", "D": "D >= 0", "field": "B0 - J - D > 0"}
    p = proof("B0 J D", claim, setting)
    substitution(p, "c", claim, {"B0": "field", "J": "J", "D": "D"})
    accepted(p, B0="3", J="1", D="1")


def test_substitution_says_what_stands_in_its_way() -> None:
    p = proof("B0 J", "B0 > 2*J", {"J": "J > 0", "field": "B0 - J > 0", "square": "J^2 > 0"})
    with pytest.raises(NotFound, match="there is a term -J"):
        substitution(p, "c", "B0 > 2*J", {"B0": "field", "J": "J"})
    with pytest.raises(NotFound, match="no fact takes the place of J"):
        substitution(p, "c", "B0 > 2*J", {"B0": "field"})
    with pytest.raises(NotFound, match="square is not of the form"):
        substitution(p, "c", "J > 0", {"J": "square"})
    with pytest.raises(NotFound, match="no term is strictly positive"):
        substitution(p, "c", "0 > 0", {"J": "J"})


def test_linear_programming_finds_products_of_facts_but_no_square() -> None:
    facts = {"x": "x >= 0", "y": "y >= 0", "rest": "1 - x - y >= 0"}
    claim = "x*y <= x + y - x^2 - y^2 + x*y"
    p = proof("x y", claim, facts)
    p.search("c", claim, list(facts), degree=2)
    accepted(p, x="0", y="0")
    p = proof("x y", "x^2 + y^2 >= 2*x*y", facts)
    with pytest.raises(NotFound):
        p.search("c", "x^2 + y^2 >= 2*x*y", list(facts), degree=4)


def test_intervals_that_may_be_negative_are_not_multiplied_whichever_comes_first() -> None:
    bounds = Bounds(proof("x y", "x^2 + y^2 >= 0"))
    negative, positive = (
        Interval(name, low, Fraction(2), f"{name}_low", f"{name}_high")
        for name, low in (("x", Fraction(-1)), ("y", Fraction(0)))
    )
    for pair in ((negative, positive), (positive, negative), (negative, negative)):
        with pytest.raises(NotFound, match="only nonnegative intervals"):
            bounds.multiply(*pair)


def test_schur_needs_the_split_on_orders() -> None:
    """Neither products of the hypotheses nor squares of this degree give it; six cases do."""
    p = proof("x y z", SCHUR, POSITIVE)
    with pytest.raises(NotFound):
        p.search("c", SCHUR, ["x", "y", "z"], degree=3)
    with pytest.raises(NotFound):
        sum_of_squares(p, "c", SCHUR, ["x", "y", "z"], degree=3, top=3)
    orders: list[tuple[str, ...]] = []

    def case(q: Proof, order: list[str], gaps: list[str]) -> None:
        orders.append(tuple(order))
        substitution(q, "c", SCHUR, dict(zip(order, [*gaps, order[-1]], strict=True)))

    split_on_orders(p, ["x", "y", "z"], {"c": SCHUR}, case)
    assert len(set(orders)) == len(orders) == 6
    accepted(p, x="1", y="1", z="1")


def test_a_split_hands_out_the_order_it_claims() -> None:
    """Four names, twenty-four orders, in each the facts that the order says."""
    claim = "(a - b)^2 + (c - d)^2 >= 0"
    p = proof("a b c d", claim)
    seen = []

    def case(q: Proof, order: list[str], gaps: list[str]) -> None:
        for gap, great, less in zip(gaps, order, order[1:], strict=False):
            assert q.fact(gap).polynomial == q.polynomial(f"{great} - {less}")
            assert q.fact(gap).relation == ">="
        seen.append(tuple(order))
        q.combine("c", claim, [("1", [], "a - b"), ("1", [], "c - d")])

    split_on_orders(p, ["a", "b", "c", "d"], {"c": claim}, case)
    assert len(set(seen)) == 24
    accepted(p, a="0", b="0", c="0", d="0")
