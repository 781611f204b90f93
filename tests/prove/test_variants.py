"""No neighbour of a theorem is proved: a hypothesis less or weaker, a conclusion more.

The whole table, with counts: pytest tests/prove/test_variants.py --runslow -s
"""

from __future__ import annotations

from collections import Counter

import pytest

from symqb.certify import check
from symqb.prove.shipped import PROOFS
from symqb.prove.theorems.registry import THEOREMS
from symqb.prove.variants import (
    IMPLIED,
    attack_variants,
    certificate_for,
    implied,
    raise_claim,
    variants,
)

PROVED = [name for name, entry in THEOREMS.items() if entry.expected == "proved"]
LARGE = {n for n in PROVED if (PROOFS / THEOREMS[n].path).stat().st_size > 30_000}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in LARGE)) for n in PROVED]
)
def test_every_hypothesis_and_every_conclusion_is_touched_and_no_variant_is_proved(
    name: str,
) -> None:
    """Each theorem's own certificate is refused for each of its neighbours."""
    found, record = variants(name), THEOREMS[name].statement()
    changes = Counter(v.key for v in found)
    for key, text in record["hypotheses"].items():
        equality = ">" not in text and "<" not in text
        weakened = 2 if equality else int(">=" not in text and "<=" not in text)
        assert changes[key] == 1 + weakened + (key in record["conclusions"]), key
    assert set(changes) == record["hypotheses"].keys() | record["conclusions"].keys()
    for variant in found:
        assert variant.statement != record
        assert check(certificate_for(variant)).verdict == "refused", variant.change


def test_the_theorem_itself_is_proved_by_what_its_neighbours_are_given() -> None:
    """The good twin: the refusals above are not for some other reason."""
    variant = variants("A14")[0]
    unchanged = type(variant)("A14", "", "", THEOREMS["A14"].statement())
    assert check(certificate_for(unchanged)).verdict == "proved"


def test_a_redundant_hypothesis_would_be_noticed() -> None:
    variant = variants("A14")[0]
    record = THEOREMS["A14"].statement()
    record["hypotheses"]["J"] = "J > 0"
    certificate = certificate_for(type(variant)("A14", "", "", record))
    del certificate["statement"]["hypotheses"]["J"]
    assert check(certificate).verdict == "proved"


@pytest.mark.parametrize(
    ("claim", "more"),
    [
        ("a >= b", "a > b"),
        ("a <= b", "a < b"),
        ("a > b", "a > b + 1"),
        ("a < b", "a + 1 < b"),
        ("a = b", "a = b + 1"),
    ],
)
def test_a_claim_is_raised_and_never_lowered(claim: str, more: str) -> None:
    assert raise_claim(claim).split() == more.split()


def test_one_rate_equation_follows_from_the_others_and_that_is_said() -> None:
    touched = {v.change: implied(v) for v in variants("T3")}
    assert touched["without rate1"]
    assert touched["rate4 weakened to >="]
    assert not touched["without total"]
    assert not touched["without J"]


@pytest.mark.parametrize("name", ["A1", "A2", "A14"])
def test_every_neighbour_of_a_small_theorem_is_found_refuted(name: str) -> None:
    assert {o.verdict for o in attack_variants(name, "ci")} == {"refuted"}


def test_a_refuted_statement_has_no_neighbours() -> None:
    with pytest.raises(ValueError, match="is refuted, not proved"):
        attack_variants("T7_field")


@pytest.mark.slow
def test_the_table_of_all_attacked_statements() -> None:
    total: Counter[str] = Counter()
    for name in PROVED:
        outcomes = attack_variants(name)
        counts = Counter(o.verdict for o in outcomes)
        counts["true all the same"] = sum(o.reason == IMPLIED for o in outcomes)
        undecided = [o for o in outcomes if o.verdict == "inconclusive" and o.reason != IMPLIED]
        print(name, dict(counts), [o.change for o in undecided])
        total += counts
    print("all", sum(total.values()) - total["true all the same"], dict(total))
    assert total["proved"] == 0
    assert total["refuted"] > total["inconclusive"] - total["true all the same"]
