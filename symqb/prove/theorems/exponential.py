"""What is needed of the exponential, from exp(x+y) = exp(x) exp(y), exp(0) = 1, 1+t <= exp(t)."""

from __future__ import annotations

from functools import cache

from symqb.prove.builder import Proof, Theorem, statement


@cache
def positive() -> Theorem:
    """exp(t) > 0: (X + N) X = X^2 + 1 with N = exp(-t) and X + N >= 2."""
    p = Proof(statement("exp_positive", "t", [("X", "exp", "t")], {}, {"positive": "X > 0"}))
    p.define("X")
    p.exponential("N", "-t")
    p.exponential("Z", "0")
    p.exp_sum("sum", "X", "N", "Z")
    p.exp_zero("zero", "Z")
    p.exp_bound("lowX", "X")
    p.exp_bound("lowN", "N")
    p.combine(
        "factor", "X + N > 0", [("2", [], None), ("1", ["lowX"], None), ("1", ["lowN"], None)]
    )
    p.combine(
        "product", "(X + N)*X > 0", [("1", [], None), ("1", [], "X")], {"sum": "-1", "zero": "1"}
    )
    p.cancel("positive", "X > 0", "factor", "product")
    return p.done()


@cache
def above_one() -> Theorem:
    """exp(t) > 1 for t > 0."""
    p = Proof(
        statement("exp_above_one", "t", [("X", "exp", "t")], {"t": "t > 0"}, {"above": "X > 1"})
    )
    p.define("X")
    p.exp_bound("low", "X")
    p.search("above", "X > 1", ["low", "t"])
    return p.done()


@cache
def increasing() -> Theorem:
    """s < t implies exp(s) < exp(t)."""
    p = Proof(
        statement(
            "exp_increasing",
            "s t",
            [("X", "exp", "s"), ("Y", "exp", "t")],
            {"order": "s < t"},
            {"increasing": "X < Y"},
        ),
        [positive()],
    )
    p.define("X", "Y")
    p.exponential("D", "t - s")
    p.exp_sum("sum", "X", "D", "Y")
    p.exp_bound("low", "D")
    p.lemma(positive(), {"t": "s", "X": "X"}, {"X_pos": "positive"})
    p.combine(
        "increasing",
        "X < Y",
        [("1", ["X_pos", "low"], None), ("1", ["X_pos", "order"], None)],
        {"sum": "1"},
    )
    return p.done()


@cache
def chord() -> Theorem:
    """0 <= p <= q implies q exp(p z) <= p exp(q z) + (q - p): the chord bound."""
    p = Proof(
        statement(
            "chord",
            "p q z",
            [("X", "exp", "p*z"), ("Y", "exp", "q*z")],
            {"p": "p >= 0", "order": "p <= q"},
            {"chord": "q*X <= p*Y + q - p"},
        ),
        [positive()],
    )
    p.define("X", "Y")
    p.exponential("D", "(q - p)*z")
    p.exponential("N", "-p*z")
    p.exponential("Z", "0")
    p.exp_sum("sum", "X", "D", "Y")
    p.exp_sum("inverse", "X", "N", "Z")
    p.exp_zero("zero", "Z")
    p.exp_bound("lowD", "D")
    p.exp_bound("lowN", "N")
    p.lemma(positive(), {"t": "p*z", "X": "X"}, {"X_pos": "positive"})
    p.combine(
        "chord",
        "q*X <= p*Y + q - p",
        [("1", ["p", "X_pos", "lowD"], None), ("1", ["order", "X_pos", "lowN"], None)],
        {"sum": "p", "inverse": "q - p", "zero": "p - q"},
    )
    return p.done()


@cache
def monotone() -> Theorem:
    """s <= t implies exp(s) <= exp(t)."""
    p = Proof(
        statement(
            "exp_monotone",
            "s t",
            [("X", "exp", "s"), ("Y", "exp", "t")],
            {"order": "s <= t"},
            {"monotone": "X <= Y"},
        ),
        [positive()],
    )
    p.define("X", "Y")
    p.exponential("D", "t - s")
    p.exp_sum("sum", "X", "D", "Y")
    p.exp_bound("low", "D")
    p.lemma(positive(), {"t": "s", "X": "X"}, {"X_pos": "positive"})
    p.combine(
        "monotone",
        "X <= Y",
        [("1", ["X_pos", "low"], None), ("1", ["X_pos", "order"], None)],
        {"sum": "1"},
    )
    return p.done()
