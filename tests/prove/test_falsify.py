"""Every theorem is attacked; every refuted statement is found refuted, and its witness is exact."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest

from symqb.prove.falsify import falsify, refutes
from symqb.prove.sampling import parse
from symqb.prove.theorems.registry import THEOREMS

QUICK = (
    "T1", "T2", "T3", "T5", "T4_4", "A1", "A7", "A11_ferro", "A16",
    "A9_ferro", "A10_ferro", "A13_printed", "A14_printed", "A16_argument", "A17_printed",
)  # fmt: skip


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
    # the weak-field corner is small: it takes the longer search to meet it
    attacked(name, "long" if name == "T7_field" else "ci")


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


def test_an_unknown_theorem_or_profile_is_an_error() -> None:
    with pytest.raises(KeyError):
        falsify("T99")
    with pytest.raises(KeyError):
        falsify("A1", "endless")
