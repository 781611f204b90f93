"""What a cold reader of the checker tried to slip through, each attempt beside its good twin.

The reader did not write the checker.  Six short theorems are proved as they should be; an attempt
changes one of them, and its reason for refusal is pinned.  Both checkers are asked.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from symqb.certify import check, checker

POSITIVE = [{"fact": "c", "claim": "1 > 0", "combine": [{"c": "1"}]}]


def theorem(variables: str, definitions: Any, hypotheses: Any, conclusions: Any) -> Any:
    return {
        "name": "s",
        "variables": variables.split(),
        "definitions": definitions,
        "hypotheses": hypotheses,
        "conclusions": conclusions,
    }


def whole(statement: Any, proof: Any, lemmas: Any = (), **witness: Any) -> Any:
    at = {"steps": [], "with": {}, "given": {}} | witness
    return {
        "format": checker.FORMAT,
        "lemmas": list(lemmas),
        "statement": statement,
        "proof": proof,
        "consistent": at,
    }


def branch(exponent: str) -> Any:
    square = {"fact": "c", "claim": "x^2 >= 0", "combine": [{"c": "1", "square": "x"}]}
    return {"assume": "sign", "proof": [{"define": "n", "exp": exponent}, square]}


def scope() -> Any:
    """One name introduced anew in each branch, and again after them."""
    split = {
        "split": "x",
        "nonnegative": branch("x"),
        "negative": branch("2*x"),
        "gives": {"c": "x^2 >= 0"},
    }
    after = [{"define": "n", "exp": "3*x"}, {"define": "e"}]
    definitions = [{"name": "e", "exp": "x"}, {"name": "m", "is": "x + 1"}]
    statement = theorem("x", definitions, {}, {"c": "x^2 >= 0"})
    return whole(statement, [split, *after], **{"with": {"x": "1"}})


def quotient() -> Any:
    """A hypothesis that speaks of a quotient, usable once that is introduced."""
    statement = theorem(
        "x", [{"name": "q", "over": ["1", "x"]}], {"x": "x > 0", "h": "q > 2"}, {"c": "1 - 2*x > 0"}
    )
    terms = [{"c": "1", "facts": ["h", "x"]}, {"times": "-1", "equality": "q"}]
    proof = [
        {"define": "q", "nonzero": "x"},
        {"fact": "c", "claim": "1 - 2*x > 0", "combine": terms},
    ]
    steps = [
        {"define": "x", "over": ["1", "1/4"]},  # the witness may use the statement's names
        {"fact": "big", "claim": "x > 2", "combine": [{"times": "4", "equality": "x"}, {"c": "2"}]},
    ]
    at = {"with": {"x": "1/4", "q": "x"}, "given": {"h": "big"}}
    return whole(statement, proof, steps=steps, **at)


def lemma() -> Any:
    """exp t > 1 for t > 0, used at t = 2 x."""
    above = {
        "statement": theorem("t", [{"name": "X", "exp": "t"}], {"t": "t > 0"}, {"above": "X > 1"})
        | {"name": "L"},
        "proof": [
            {"define": "X"},
            {"fact": "low", "claim": "X >= 1 + t", "exp_bound": "X"},
            {
                "fact": "above",
                "claim": "X > 1",
                "combine": [{"c": "1", "facts": ["low"]}, {"c": "1", "facts": ["t"]}],
            },
        ],
    }
    use = {
        "lemma": "L",
        "with": {"t": "2*x", "X": "E"},
        "given": {"t": "tx"},
        "gives": {"c": {"conclusion": "above", "claim": "E > 1"}},
    }
    proof = [
        {"fact": "tx", "claim": "2*x > 0", "combine": [{"c": "2", "facts": ["x"]}]},
        {"define": "F", "exp": "x"},
        {"define": "E"},
        use,
    ]
    statement = theorem("x", [{"name": "E", "exp": "2*x"}], {"x": "x > 0"}, {"c": "E > 1"})
    return whole(statement, proof, [above], **{"with": {"x": "1"}})


def order() -> Any:
    """From x > 0, y >= 0 and x = z: x z > 0 and, cancelling x twice, 1 + y > 0."""
    hypotheses = {"x": "x > 0", "y": "y >= 0", "z": "z = x"}
    terms = [{"c": "1", "facts": ["x", "x"]}, {"times": "x", "equality": "z"}]
    proof = [
        {"fact": "c", "claim": "x*z > 0", "combine": terms},
        {
            "fact": "p",
            "claim": "x + x*y > 0",
            "combine": [{"c": "1", "facts": ["x"]}, {"c": "1", "facts": ["x", "y"]}],
        },
        {"fact": "d", "claim": "1 + y > 0", "cancel": {"factor": "x", "product": "p"}},
    ]
    statement = theorem("x y z", [], hypotheses, {"c": "x*z > 0", "d": "1 + y > 0"})
    return whole(statement, proof, **{"with": {"x": "2", "y": "0", "z": "2"}})


def refuted() -> Any:
    """1 / x > 1 for all x > 0, refuted at x = 1."""
    statement = theorem(
        "x",
        [{"name": "q", "over": ["1", "x"]}],
        {"x": "x > 0"},
        {"c": "q > 1", "d": "q >= 1", "e": "q = 2"},
    )
    steps = [
        {"define": "z", "over": ["1", "1"]},
        {"fact": "not", "claim": "1 - z >= 0", "combine": [{"times": "-1", "equality": "z"}]},
    ]
    body = {"steps": steps, "with": {"x": "1", "q": "z"}, "given": {}, "violates": "c", "by": "not"}
    return {"format": checker.FORMAT, "lemmas": [], "statement": statement, "refutation": body}


GOOD = {make.__name__: make for make in (scope, quotient, lemma, order, refuted)}
LEAST = {"fact": "c", "claim": "x^2 >= 0", "combine": [{"c": "1", "square": "x"}]}
GONE = object()
Edits = list[tuple[str, Any]]
Attempt = tuple[str, str, Edits, str]

# base, what is tried, where and what is put there, the reason for refusal
ATTEMPTS: list[Attempt] = [
    # names and facts that leave the branch they belong to
    (
        "scope",
        "a fact about a branch's own name",
        [
            ("proof/0/nonnegative/proof/+", {"fact": "g", "claim": "n >= 1 + x", "exp_bound": "n"}),
            ("proof/0/negative/proof/+", {"fact": "g", "claim": "n >= 1 + 2*x", "exp_bound": "n"}),
            ("proof/0/gives/g", "n >= 1 + x"),
        ],
        "no-such-name",
    ),
    (
        "scope",
        "a branch's name used after it",
        [("proof/1", LEAST | {"claim": "n^2 >= 0"})],
        "no-such-name",
    ),
    (
        "scope",
        "one branch's fact in the other",
        [
            (
                "proof/0/negative/proof/+",
                {"fact": "g", "claim": "x > 0", "combine": [{"c": "1", "facts": ["u"]}]},
            ),
            ("proof/0/nonnegative/assume", "u"),
        ],
        "no-such-fact",
    ),
    (
        "scope",
        "a conclusion that only a branch shows",
        [("proof/0/gives/c", GONE)],
        "conclusion-unproved",
    ),
    (
        "scope",
        "a definition that only the branches introduce",
        [
            ("proof/2", GONE),
            ("proof/0/nonnegative/proof/+", {"define": "e"}),
            ("proof/0/negative/proof/+", {"define": "e"}),
        ],
        "definition-missing",
    ),
    (
        "scope",
        "a branch that gives what was known outside",
        [("proof/-", {"fact": "c", "claim": "7 > 0", "combine": [{"c": "7"}]})],
        "name-taken",
    ),
    (
        "scope",
        "both cases assumed nonnegative",
        [
            (
                "proof/0/nonnegative/proof/+",
                {"fact": "g", "claim": "x >= 0", "combine": [{"c": "1", "facts": ["sign"]}]},
            ),
            (
                "proof/0/negative/proof/+",
                {"fact": "g", "claim": "x >= 0", "combine": [{"c": "1", "facts": ["sign"]}]},
            ),
            ("proof/0/gives/g", "x >= 0"),
        ],
        "not-identical",
    ),
    # names that hide others
    (
        "scope",
        "a name of its own for a definition of the statement",
        [("proof/1", {"define": "e", "exp": "2*x"})],
        "format",
    ),
    (
        "scope",
        "a name of its own for an abbreviation",
        [("proof/1", {"define": "m", "exp": "2*x"})],
        "name-taken",
    ),
    ("scope", "an abbreviation introduced", [("proof/1", {"define": "m"})], "format"),
    (
        "scope",
        "a name of its own for a variable",
        [("proof/1", {"define": "x", "over": ["1", "1"]})],
        "name-taken",
    ),
    (
        "scope",
        "a branch's name that is introduced outside",
        [("proof/-", {"define": "n", "exp": "0"})],
        "name-taken",
    ),
    (
        "scope",
        "a definition whose name is no string",
        [("statement/definitions/0/name", [])],
        "bad-name",
    ),
    ("scope", "an abbreviation of itself", [("statement/definitions/1/is", "m")], "no-such-name"),
    (
        "scope",
        "an abbreviation of what comes later",
        [("statement/definitions/-", {"name": "k", "is": "e"})],
        "no-such-name",
    ),
    # quotients whose denominator is not shown nonzero
    (
        "quotient",
        "a hypothesis about the quotient shows its denominator nonzero",
        [("proof/0/nonzero", "h")],
        "no-such-fact",
    ),
    (
        "quotient",
        "twice the denominator",
        [
            ("proof/-", {"fact": "t", "claim": "2*x > 0", "combine": [{"c": "2", "facts": ["x"]}]}),
            ("proof/1/nonzero", "t"),
        ],
        "denominator",
    ),
    (
        "quotient",
        "a denominator that may vanish",
        [("statement/hypotheses/x", "x >= 0")],
        "denominator",
    ),
    (
        "quotient",
        "a denominator that is zero",
        [("statement/hypotheses/x", "x = 0")],
        "denominator",
    ),
    (
        "quotient",
        "a denominator that cancels to zero",
        [("statement/definitions/0/over", ["1", "x - x"])],
        "denominator",
    ),
    (
        "quotient",
        "its own denominator",
        [("statement/definitions/0/over", ["1", "q"])],
        "no-such-name",
    ),
    (
        "quotient",
        "null for a missing proof",
        [("proof/-", {"define": "r", "over": ["1", "2"], "nonzero": None})],
        "denominator",
    ),
    (
        "quotient",
        "a needless proof",
        [("proof/-", {"define": "r", "over": ["1", "2"], "nonzero": "x"})],
        "denominator",
    ),
    ("quotient", "null for a needed proof", [("proof/0/nonzero", None)], "no-such-fact"),
    (
        "quotient",
        "a hypothesis whose name a fact took",
        [("proof/-", {"fact": "h", "claim": "1 > 0", "combine": [{"c": "1"}]})],
        "not-identical",
    ),
    (
        "quotient",
        "a quotient whose name a hypothesis took",
        [("statement/hypotheses/q", "2*x > x")],
        "name-taken",
    ),
    (
        "quotient",
        "a hypothesis before its quotient",
        [("proof/-", {"fact": "g", "claim": "1 > 0", "combine": [{"c": "1", "facts": ["h"]}]})],
        "no-such-fact",
    ),
    # strictness and signs
    (
        "order",
        "an inequality with the weight -0",
        [("proof/0/combine/0/c", "-0")],
        "negative-weight",
    ),
    (
        "order",
        "an equality among the factors",
        [("proof/0/combine/0/facts", ["x", "z"])],
        "not-an-inequality",
    ),
    (
        "order",
        "a strict claim of weak terms",
        [
            (
                "proof/1/combine",
                [{"c": "1", "facts": ["x", "y"]}, {"c": "1", "square": "1", "facts": ["x"]}],
            )
        ],
        "not-strict",
    ),
    (
        "order",
        "strict by a square that is 1",
        [("proof/1", {"fact": "p", "claim": "1 > 0", "combine": [{"c": "1", "square": "1"}]})],
        "not-strict",
    ),
    (
        "order",
        "nothing at all is positive",
        [("proof/1", {"fact": "p", "claim": "0 > 0", "combine": []})],
        "not-strict",
    ),
    (
        "order",
        "an equality from a strict inequality",
        [("proof/1/claim", "x + x*y = 0")],
        "not-an-equality",
    ),
    (
        "order",
        "cancel a factor that is zero",
        [("proof/2/cancel/factor", "z")],
        "factor-not-positive",
    ),
    (
        "order",
        "cancel a factor that may vanish",
        [("proof/2/cancel/factor", "y")],
        "factor-not-positive",
    ),
    ("order", "cancel with the sign changed", [("proof/2/claim", "-1 - y > 0")], "not-identical"),
    ("order", "cancel down to another relation", [("proof/2/claim", "1 + y = 0")], "not-identical"),
    (
        "order",
        "cancel the product by itself",
        [("proof/2", {"fact": "d", "claim": "-1 > 0", "cancel": {"factor": "p", "product": "p"}})],
        "not-identical",
    ),
    ("order", "a fact that stands on itself", [("proof/0/combine/0/facts", ["c"])], "no-such-fact"),
    (
        "order",
        "a conclusion that a weaker hypothesis of its name gives",
        [("statement/conclusions", {"y": "y > 0"})],
        "conclusion-unproved",
    ),
    (
        "order",
        "an equality the wrong way round",
        [("statement/conclusions", {"z": "x = z"})],
        "conclusion-unproved",
    ),
    # lemmas
    (
        "lemma",
        "the image of an exponential is another one",
        [("proof/3/with/X", "F")],
        "definition-differs",
    ),
    (
        "lemma",
        "the image of an exponential is a variable",
        [("proof/3/with/X", "x")],
        "definition-differs",
    ),
    (
        "lemma",
        "the image of an exponential in brackets",
        [("proof/3/with/X", "(E)")],
        "definition-differs",
    ),
    (
        "lemma",
        "the image of an exponential is the quotient of the same",
        [("proof/2", {"define": "F2", "over": ["2*x", "1"]}), ("proof/3/with/X", "F2")],
        "definition-differs",
    ),
    (
        "lemma",
        "the image of an exponential is not introduced yet",
        [("proof/2", GONE)],
        "definition-differs",
    ),
    ("lemma", "a variable left out", [("proof/3/with/t", GONE)], "no-image"),
    ("lemma", "an exponential left out", [("proof/3/with/X", GONE)], "no-image"),
    ("lemma", "a hypothesis left out", [("proof/3/given", {})], "no-such-fact"),
    ("lemma", "a hypothesis given by null", [("proof/3/given/t", None)], "no-such-fact"),
    (
        "lemma",
        "a hypothesis weakened",
        [("proof/0", {"fact": "tx", "claim": "2*x >= 0", "combine": [{"c": "2", "facts": ["x"]}]})],
        "hypothesis-unproved",
    ),
    ("lemma", "a hypothesis up to a factor", [("proof/3/given/t", "x")], "hypothesis-unproved"),
    (
        "lemma",
        "a false statement about numbers",
        [("proof/1/exp", "-1"), ("proof/3/with", {"t": "-1", "X": "F"}), ("proof/3/given", {})],
        "hypothesis-unproved",
    ),
    (
        "lemma",
        "a fact beside the point for a true statement about numbers",
        [
            ("proof/1/exp", "1"),
            ("proof/3/with", {"t": "1", "X": "F"}),
            ("proof/3/gives/c/claim", "F > 1"),
        ],
        "hypothesis-unproved",
    ),
    (
        "lemma",
        "more than the lemma concludes",
        [("proof/3/gives/c/claim", "E > 2")],
        "not-identical",
    ),
    (
        "lemma",
        "one conclusion under another's name",
        [("proof/3/gives/c/conclusion", "low")],
        "no-such-conclusion",
    ),
    (
        "lemma",
        "a lemma that uses itself",
        [
            (
                "lemmas/0/proof/2",
                {
                    "lemma": "L",
                    "with": {"t": "t", "X": "X"},
                    "given": {"t": "t"},
                    "gives": {"above": {"conclusion": "above", "claim": "X > 1"}},
                },
            )
        ],
        "no-such-lemma",
    ),
    ("lemma", "a lemma without proof", [("lemmas/0/proof", GONE)], "format"),
    (
        "lemma",
        "a lemma from contradictory hypotheses, used",
        [("lemmas/0/statement/hypotheses/f", "t < 0")],
        "no-such-fact",
    ),
    ("lemma", "an axiom", [("lemmas/0/proof", [])], "definition-missing"),
    # witnesses
    (
        "order",
        "contradictory hypotheses",
        [("statement/hypotheses/w", "x < 0")],
        "hypothesis-unproved",
    ),
    (
        "order",
        "a contradiction between equalities",
        [("statement/hypotheses/w", "z = x + 1")],
        "hypothesis-unproved",
    ),
    (
        "quotient",
        "a witness without the quotient of a hypothesis",
        [("consistent/with/q", GONE)],
        "no-image",
    ),
    (
        "quotient",
        "a witness that takes a hypothesis for granted",
        [("consistent/steps/1/combine", [{"c": "1", "facts": ["h"]}])],
        "no-such-fact",
    ),
    (
        "quotient",
        "a witness where the quotient is another",
        [("consistent/with/x", "1/3")],
        "definition-differs",
    ),
    (
        "quotient",
        "a witness whose quotient divides by zero",
        [("consistent/with/x", "0"), ("consistent/steps/0/over", ["1", "0"])],
        "denominator",
    ),
    ("order", "a witness in a variable", [("consistent/with/x", "y")], "no-such-name"),
    ("order", "no witness", [("consistent", GONE)], "inconsistent"),
    # refutations
    (
        "refuted",
        "outside the hypotheses",
        [
            ("refutation/with/x", "-1"),
            ("refutation/steps/0/over", ["1", "-1"]),
            ("refutation/steps/1/combine", [{"times": "1", "equality": "z"}, {"c": "2"}]),
        ],
        "hypothesis-unproved",
    ),
    (
        "refuted",
        "a quotient that is not defined there",
        [("refutation/with/x", "0"), ("refutation/steps/0/over", ["1", "0"])],
        "denominator",
    ),
    ("refuted", "a quotient left out", [("refutation/with/q", GONE)], "definition-missing"),
    ("refuted", "p >= 0 by -p >= 0", [("refutation/violates", "d")], "not-violated"),
    (
        "refuted",
        "p = 0 by -p >= 0",
        [
            ("refutation/violates", "e"),
            ("refutation/steps/1/claim", "2 - z >= 0"),
            ("refutation/steps/1/combine/+", {"c": "1"}),
        ],
        "not-violated",
    ),
    (
        "refuted",
        "p > 0 by p >= 0",
        [
            (
                "refutation/steps/1",
                {
                    "fact": "not",
                    "claim": "z - 1 >= 0",
                    "combine": [{"times": "1", "equality": "z"}],
                },
            )
        ],
        "not-violated",
    ),
    ("refuted", "a hypothesis violated", [("refutation/violates", "x")], "no-such-conclusion"),
    ("refuted", "a true fact beside the point", [("refutation/by", "z")], "not-violated"),
    # what JSON can hold that no certificate should
    (
        "refuted",
        "true for a conclusion called True",
        [("statement/conclusions/True", "q > 1"), ("refutation/violates", True)],
        "no-such-conclusion",
    ),
    (
        "lemma",
        "null for a conclusion called None",
        [
            ("lemmas/0/statement/conclusions/None", "t > 0"),
            ("proof/3/gives/c/conclusion", None),
            (
                "lemmas/0/proof/+",
                {"fact": "None", "claim": "t > 0", "combine": [{"c": "1", "facts": ["t"]}]},
            ),
        ],
        "no-such-conclusion",
    ),
    (
        "refuted",
        "a number of five thousand digits for a name",
        [("refutation/violates", 10**5000)],
        "no-such-conclusion",
    ),
    ("refuted", "a list for a name", [("refutation/by", ["not"])], "no-such-fact"),
    ("order", "a number for a relation", [("statement/hypotheses/x", 1)], "syntax"),
    ("order", "a text for a list of facts", [("proof/0/combine/0/facts", "xx")], "format"),
    ("order", "an object for a list of steps", [("proof", {"0": {}})], "format"),
    ("order", "a comment", [("comment", "")], "format"),
    ("order", "a comment in a step", [("proof/0/comment", "")], "format"),
    ("order", "proof and refutation", [("refutation", {})], "format"),
    ("refuted", "refutation and witness", [("consistent", {})], "format"),
    ("order", "no theorem's name", [("statement/name", "")], "bad-name"),
    (
        "order",
        "a hypothesis's name that is none",
        [("statement/hypotheses/a b", "1 > 0")],
        "bad-name",
    ),
]


def changed(base: str, edits: Edits) -> Any:
    """The good certificate with each place set, deleted, put first (-) or last (+) in its list."""
    certificate = GOOD[base]()
    for where, value in edits:
        *path, last = where.split("/")
        place = certificate
        for key in path:
            place = place[int(key)] if isinstance(place, list) else place[key]
        value = copy.deepcopy(value) if value is not GONE else value
        if last in "+-":
            place.insert(0 if last == "-" else len(place), value)
        elif value is GONE:
            del place[int(last) if isinstance(place, list) else last]
        else:
            place[int(last) if isinstance(place, list) else last] = value
    return certificate


@pytest.mark.parametrize("base", sorted(GOOD))
def test_the_good_twin_is_accepted(base: str, second_check: Any) -> None:
    wanted = "refuted" if base == "refuted" else "proved"
    assert check(GOOD[base]()).verdict == wanted
    assert second_check(GOOD[base]()) == wanted


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: f"{attempt[0]}: {attempt[1]}")
def test_an_attempt_is_refused_for_its_reason(attempt: Attempt, second_check: Any) -> None:
    base, _, edits, reason = attempt
    verdict = check(changed(base, edits))
    assert (verdict.verdict, verdict.reason.split(":")[0]) == ("refused", reason)
    assert second_check(changed(base, edits)).startswith("refused")


# at the witness x = z = 2, y = 0 a hypothesis in these is a true statement about numbers
READ = [
    "2*x > 1",
    "x^2 - 2/3*x >= 0",
    "-x^2 < 0",
    "  ( ( x ) )>0  ",
    "x^064 > 0",
    "007*x <= 14",
    "x^0 = 1",
    "0^0 = 1",
    "(x - z)^64 = 0",
    "(-x + 3)*(-1)^2 > 0",
]
UNREAD = [
    "",
    ">",
    "x >",
    "x",
    "x > 0 > -1",
    "x >== 0",
    "x => 0",
    "x == 2",
    "x != 0",
    "x <> 0",
    "x > > 0",
    "x > 0\n",
    "x\t> 0",
    "x\u00a0> 0",
    "\ufeffx > 0",
    "x > 0 # so",
    "x > 0, y > 0",
    "x \u2265 0",
    "2x > 0",
    "x y = 0",
    "x**2 > 0",
    "x^-1 > 0",
    "x^1/2 > 0",
    "x^(2) > 0",
    "x^y > 0",
    "x^2^2 > 0",
    "x^65 > 0",
    "x^0002 > 0",
    "x^ > 0",
    "x/2 > 0",
    "1/x > 0",
    "(x)/2 > 0",
    "2/ 3 > 0",
    "1/0 > 0",
    "1/00 > 0",
    "+x > 0",
    "--x > 0",
    "- -x > 0",
    "2*-x < 0",
    "x - -1 > 0",
    "1.5 > 0",
    "1e5 > 0",
    "0x1 > 0",
    "1_000 > 0",
    "inf > 0",
    "nan = 0",
    "\uff12 > 0",
    "\u0662 > 0",
    "x\u00b2 > 0",
    "\u0445 > 0",
    "x\u0301 > 0",
    "x\u200d > 0",
    "_x > 0",
    "x.real > 0",
    "x[0] > 0",
    "x() > 0",
    "True > 0",
    "exp(x) > 0",
    "__import__('os') > 0",
    "{x} > 0",
    "x;y > 0",
    "(x > 0",
    "x) > 0",
    "() > 0",
    "(" * 25 + "x" + ")" * 25 + " > 0",
    "(x^64)^2 > 0",
    "x*x^64 > 0",
    "x" * 41 + " > 0",
    "9" * 1201 + " > 0",
    "(" + "9" * 1200 + ")^2 > 0",
    "1/" + "9" * 1201 + " > 0",
    "x" + " " * 60_000 + " > 0",
    "x > 0 \x00",
    "\ud800 > 0",
]
WEIGHTS = [
    "",
    "0",
    "-0",
    "-1",
    "0/5",
    "1/0",
    "1/-1",
    "1//2",
    "1/2/3",
    "+1",
    "1.0",
    "1e5",
    "0x1",
    "1_0",
    " 1",
    "1 ",
    "1\n",
    "\uff11",
    "\u0661",
    "2*x",
    "x",
    "(1)",
    "1/",
    "/2",
    "9" * 1201,
    "NaN",
    "Infinity",
    1,
    1.0,
    True,
    None,
    ["1"],
    {"1": 1},
    float("nan"),
    float("inf"),
    10**5000,
]
NAMES = [
    "",
    "_x",
    "1x",
    "x y",
    "x-y",
    "x.y",
    "x" * 41,
    "\u03b5",
    "x\u0301",
    "\uff58",
    "x\n",
    " x",
    None,
    True,
    1,
    ["w"],
    {},
]


@pytest.mark.parametrize("text", READ)
def test_a_relation_is_read(text: str, second_check: Any) -> None:
    certificate = changed("order", [("statement/hypotheses/w", text)])
    assert check(certificate).verdict == second_check(certificate) == "proved"


@pytest.mark.parametrize("text", UNREAD, ids=lambda t: repr(t)[:30])
def test_what_is_no_relation_is_refused(text: str, second_check: Any) -> None:
    for place in ("statement/hypotheses/w", "statement/conclusions/w", "proof/0/claim"):
        certificate = changed("order", [(place, text)])
        reason = check(certificate).reason.split(":")[0]
        assert reason in ("syntax", "too-big", "no-such-name", "denominator"), reason
        assert second_check(certificate).startswith("refused")


@pytest.mark.parametrize("weight", WEIGHTS, ids=lambda w: repr(w)[:30] if w != 10**5000 else "huge")
def test_what_is_no_positive_number_is_no_weight(weight: Any, second_check: Any) -> None:
    certificate = changed("order", [("proof/0/combine/0/c", weight)])
    reason = check(certificate).reason.split(":")[0]
    assert reason in ("syntax", "denominator", "negative-weight"), reason
    assert second_check(certificate).startswith("refused")


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_what_is_no_name_is_refused_wherever_a_name_is_given(name: Any, second_check: Any) -> None:
    trivial = {"fact": name, "claim": "1 > 0", "combine": [{"c": "1"}]}
    for base, edit in (
        ("order", ("statement/name", name)),
        ("order", ("statement/variables/+", name)),
        ("scope", ("statement/definitions/+", {"name": name, "exp": "x"})),
        ("scope", ("statement/definitions/+", {"name": name, "is": "x"})),
        ("scope", ("proof/+", {"define": name, "exp": "x"})),
        ("scope", ("proof/0/negative/assume", name)),
        ("order", ("proof/+", trivial)),
    ):
        certificate = changed(base, [edit])
        assert check(certificate).reason.startswith("bad-name")
        assert second_check(certificate).startswith("refused")


# ---- files ----------------------------------------------------------------------------------


def test_a_key_that_occurs_twice_is_refused_wherever_it_does(
    tmp_path: Path, second_text: Any
) -> None:
    """A reader who sees the first value and a program that takes the last must not differ."""
    text = json.dumps(quotient())
    path = tmp_path / "twice.json"
    for key in "format name variables h c nonzero claim times steps q".split():  # noqa: SIM905
        place = text.index(f'"{key}": ')
        path.write_text(f'{text[:place]}"{key}": [], {text[place:]}')
        assert "twice" in check(path).reason
        assert second_text(path.read_bytes()).startswith("refused")
    path.write_text(text)
    assert check(path).verdict == second_text(path.read_bytes()) == "proved"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"null",
        b"NaN",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"{'format': 1}",
        b"[1,]",
        b'{"format": "symqb-certificate-1"} {}',
        b"// so\n{}",
        b'"\xed\xa0\x80"',
        b"9" * 5000,
        b'{"format": 1e999}',
        b"[" * 3000 + b"]" * 3000,
        b"\x00",
    ],
    ids=lambda d: repr(d[:20]),
)
def test_a_file_that_holds_no_certificate_is_refused(
    tmp_path: Path, data: bytes, second_text: Any
) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(data)
    assert check(path).reason.startswith("format")
    assert second_text(data).startswith("refused")


def test_a_path_that_no_system_has_is_refused(tmp_path: Path) -> None:
    for path in ("a\0b", tmp_path, tmp_path / "none", "\ud800" * 3):
        assert check(path).reason.startswith("unreadable")


def test_a_refusal_is_one_line_whatever_the_file_says(tmp_path: Path) -> None:
    """Else a refused file could print that another one is proved."""
    forged = "c\nother.json: proved (checked with 9 operations)\x1b[2K\ud800"
    gives = {forged: {"conclusion": "above", "claim": "E > 2"}}
    for edits in (
        [("proof/3/gives", gives)],
        [("proof/3/lemma", forged)],
        [("proof/3/given", {"t": forged})],
        [("proof/3/with/X", forged)],
        [("proof/+", {forged: 1})],
        [("proof/+", {"fact": forged, "claim": "1 > 0", "combine": [{"c": "1"}]})],
        [("statement/hypotheses/w", forged)],
        [("proof/0/combine/0/facts", [forged])],
        [("format", forged)],
    ):
        path = tmp_path / "forged.json"
        path.write_text(json.dumps(changed("lemma", edits)))
        verdict = check(path)
        assert verdict.verdict == "refused"
        assert verdict.reason.isprintable()


@pytest.mark.parametrize("options", [["-O"], ["-OO", "-I"]], ids=str)
def test_every_attempt_is_refused_without_assertions(tmp_path: Path, options: list[str]) -> None:
    attempts = [attempt for attempt in ATTEMPTS if "five thousand digits" not in attempt[1]]
    bad = [tmp_path / f"bad{k}.json" for k in range(len(attempts))]
    for path, (base, _, edits, _) in zip(bad, attempts, strict=True):
        path.write_text(json.dumps(changed(base, edits)))
    good = [tmp_path / f"{base}.json" for base in GOOD]
    for path in good:
        path.write_text(json.dumps(GOOD[path.stem]()))
    run = [sys.executable, *options, checker.__file__, *map(str, [*bad, *good])]
    result = subprocess.run(run, capture_output=True, text=True, check=False)
    verdicts = [line for line in result.stdout.splitlines() if ".json: " in line]
    refused = [line for line in verdicts if ".json: refused (" in line]
    assert (result.returncode, result.stderr) == (1, "")
    assert len(verdicts) - len(refused) == len(good)


# ---- work that is not counted ---------------------------------------------------------------


def lines_run(certificate: Any) -> int:
    """How many lines of the checker a check runs."""
    count = 0

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename != checker.__file__:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        check(certificate)
    finally:
        sys.settrace(before)
    return count


def many_hypotheses(n: int) -> Any:
    """Each introduction looked through all hypotheses: n^2 steps that nothing counted."""
    idle = [{"define": f"n{k}", "exp": "0"} for k in range(n)]
    hypotheses = {f"h{k}": "1 > 0" for k in range(n)}
    return whole(theorem("", [], hypotheses, {"c": "1 > 0"}), [*idle, *POSITIVE])


def many_variables(n: int) -> Any:
    """Each use of a lemma looked through all its variables."""
    names = " ".join(f"v{k}" for k in range(n))
    idle = {"statement": theorem(names, [], {}, {"c": "1 > 0"}), "proof": POSITIVE}
    use = {"lemma": "s", "with": {}, "given": {}, "gives": {}}
    return whole(theorem("", [], {}, {"c": "1 > 0"}), [use] * n + POSITIVE, [idle])


def many_zeros(n: int) -> Any:
    """Products with the polynomial 0 were free, and a power is sixty-four of them."""
    lemma = {
        "statement": theorem("v w", [], {"h": "v^64 + w^64 >= 0"}, {"c": "1 > 0"}),
        "proof": POSITIVE,
    }
    use = {"lemma": "s", "with": {"v": "0", "w": "0"}, "given": {}, "gives": {}}
    return whole(theorem("", [], {}, {"c": "1 > 0"}), [use] * n + POSITIVE, [lemma])


@pytest.mark.parametrize("make", [many_hypotheses, many_variables, many_zeros])
def test_what_is_done_is_counted(make: Any) -> None:
    """Lines run, for each operation counted and each item read, stay bounded as the file grows."""
    shares = []
    for n in (20, 160):
        certificate = make(n)
        verdict = check(certificate)
        assert verdict.verdict == "proved"
        work = int(verdict.reason.split()[2])
        shares.append(lines_run(certificate) / work)
    assert shares[1] < 1.5 * shares[0]


def test_exponents_that_collide_in_a_table_are_refused() -> None:
    """Powers that differ by 2^61 - 1 have one hash in CPython: tables of them took minutes."""
    tower = [{"name": "m0", "is": "x"}]
    tower += [{"name": f"m{k}", "is": f"m{k - 1}^2*x"} for k in range(1, 61)]
    sums = "1 + " + " + ".join(f"m60^{k}" for k in range(1, 64))
    tower.append({"name": "u", "is": sums})
    statement = theorem("x", tower, {}, {"c": "u*u >= 0"})
    assert check(whole(statement, [], **{"with": {"x": "1"}})).reason.startswith("too-big")
