"""A theorem's neighbours: a hypothesis less or weaker, a conclusion more; none may come out proved.

Each is given to the checker, under the theorem's own certificate, and to the falsifier.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from symqb.certify import check
from symqb.prove.builder import Record
from symqb.prove.falsify import falsify
from symqb.prove.sampling import parse
from symqb.prove.search import combine
from symqb.prove.shipped import PROOFS
from symqb.prove.theorems.registry import THEOREMS

RELATION = re.compile(r"(>=|<=|>|<|=)")
WEAKER = {">": [">="], "<": ["<="], "=": [">=", "<="], ">=": [], "<=": []}
IMPLIED = "true: the other equalities imply the one that was touched"


@dataclass(frozen=True)
class Variant:
    """A statement next to a theorem.

    Attributes
    ----------
    theorem : str
        The theorem.
    change : str
        "without H", "H weakened to ...", or "more than C".
    key : str
        The hypothesis or conclusion that was touched.
    statement : dict
        The changed statement.
    """

    theorem: str
    change: str
    key: str
    statement: Record


@dataclass(frozen=True)
class Outcome:
    """What became of a variant.

    Attributes
    ----------
    theorem, change : str
        Which variant.
    verdict : str
        "refuted" with a witness, "inconclusive", or "proved", which must not be.
    examples : int
        Points tried.
    witness : dict or None
        Where it fails.
    violates : str
        What fails there.
    reason : str
        Why the checker refuses the theorem's certificate for it; or that it is true all the same.
    """

    theorem: str
    change: str
    verdict: str
    examples: int
    witness: dict[str, str] | None
    violates: str
    reason: str


def variants(name: str) -> list[Variant]:
    """Every variant of a theorem: each hypothesis dropped, each weakened, each conclusion raised.

    Parameters
    ----------
    name : str
        A theorem of the ledger.

    Returns
    -------
    list of Variant

    Raises
    ------
    KeyError
        An unknown theorem.

    Examples
    --------
    >>> [v.change for v in variants("A14")]
    ['without T', 'T weakened to >=', 'without field', 'field weakened to >=', 'more than claim']
    """
    return list(_variants(name, THEOREMS[name].statement()))


def _variants(name: str, record: Record) -> Iterator[Variant]:
    for key, text in record["hypotheses"].items():
        dropped = copy.deepcopy(record)
        del dropped["hypotheses"][key]
        yield Variant(name, f"without {key}", key, dropped)
        left, sign, right = RELATION.split(text)
        for weaker in WEAKER[sign]:
            weakened = copy.deepcopy(record)
            weakened["hypotheses"][key] = f"{left}{weaker}{right}"
            yield Variant(name, f"{key} weakened to {weaker}", key, weakened)
    for key, text in record["conclusions"].items():
        raised = copy.deepcopy(record)
        raised["conclusions"] = {key: raise_claim(text)}
        yield Variant(name, f"more than {key}", key, raised)


def raise_claim(text: str) -> str:
    """a >= b becomes a > b, a > b becomes a > b + 1, and a = b becomes a = b + 1."""
    left, sign, right = RELATION.split(text)
    if sign in (">=", "<="):
        return f"{left}{sign[0]}{right}"
    return f"{left} + 1 <{right}" if sign == "<" else f"{left}{sign}{right} + 1"


def certificate_for(variant: Variant) -> Record:
    """The theorem's certificate with the variant's statement put in its place."""
    path = PROOFS / THEOREMS[variant.theorem].path
    certificate: Record = json.loads(path.read_text(encoding="utf-8"))
    certificate["statement"] = variant.statement
    given = certificate["consistent"]["given"]
    known = variant.statement["hypotheses"]
    certificate["consistent"]["given"] = {k: v for k, v in given.items() if k in known}
    return certificate


def implied(variant: Variant) -> bool:
    """Whether an equality that was touched is a combination of those that were not."""
    statement = parse(THEOREMS[variant.theorem].statement())
    touched = statement.hypotheses.get(variant.key)
    if variant.change.startswith("more than") or touched is None or touched.relation != "=":
        return False
    others = [
        f.polynomial
        for k, f in statement.hypotheses.items()
        if k != variant.key and f.relation == "="
    ]
    return combine(touched.polynomial, [], others) is not None


def attack_variants(name: str, profile: str = "quick") -> list[Outcome]:
    """Attack every variant of a theorem.

    Parameters
    ----------
    name : str
        A theorem of the ledger that is proved.
    profile : str
        How long to look for a counterexample to each; see :func:`symqb.prove.falsify`.

    Returns
    -------
    list of Outcome
        In the order of :func:`variants`.

    Raises
    ------
    KeyError
        An unknown theorem or profile.
    ValueError
        A statement that is itself refuted: it has no certificate to be attacked.

    Examples
    --------
    >>> any(outcome.verdict == "proved" for outcome in attack_variants("A2"))
    False
    """
    if THEOREMS[name].expected != "proved":
        raise ValueError(f"name={name!r} is refuted, not proved; variants are of theorems")
    return [attack_variant(variant, profile) for variant in variants(name)]


def attack_variant(variant: Variant, profile: str) -> Outcome:
    """Give one variant to the checker and to the falsifier."""
    checked = check(certificate_for(variant))
    if checked.verdict != "refused":
        return Outcome(variant.theorem, variant.change, "proved", 0, None, "", checked.reason)
    if implied(variant):
        return Outcome(variant.theorem, variant.change, "inconclusive", 0, None, "", IMPLIED)
    theorem = THEOREMS[variant.theorem].statement()
    found = falsify(variant.statement, profile, shrink=False, near=theorem)
    verdict = "refuted" if found.verdict == "refuted" else "inconclusive"
    return Outcome(
        variant.theorem,
        variant.change,
        verdict,
        found.examples,
        found.witness,
        found.violates,
        checked.reason,
    )


__all__ = [
    "Outcome",
    "Variant",
    "attack_variant",
    "attack_variants",
    "certificate_for",
    "implied",
    "raise_claim",
    "variants",
]
