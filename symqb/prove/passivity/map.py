"""The rows of the map of passivity: what is certified at points, and what a search counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

from symqb.prove.passivity.cases import POINTS
from symqb.prove.passivity.search import count, search

REGIONS = (
    ("symmetric, above saturation", 0.0, (1.0, 4.0)),
    ("symmetric, below saturation", 0.0, (0.0, 1.0)),
    ("asymmetric, above saturation", 1.0, (1.0, 4.0)),
)


class CertifiedRow(TypedDict):
    """What ball arithmetic says of a stated point."""

    name: str
    theorem: str
    spins: int
    point: dict[str, str]
    holds: bool
    verdict: str
    reason: str
    work: str
    above_saturation: bool


class CountedRow(TypedDict):
    """What a search finds in a region."""

    spins: int
    region: str
    bias: str
    points: int
    active: int
    largest: float


def certify(spins: Sequence[int]) -> Iterator[CertifiedRow]:
    """Decide each stated point of these lengths in ball arithmetic.

    Yields
    ------
    dict
        The case, whether it ``holds``, the verdict with the pair of levels that is inverted, an
        enclosure of the work from exchanging them, and the theorem of the ledger it belongs to.

    Examples
    --------
    >>> [row["reason"] for row in certify([2]) if row["name"] == "weak-field-2"]
    ['levels 3 and 4 from below are inverted']
    """
    for theorem in POINTS:
        for case in theorem.cases:
            if case.spins in spins:
                found = case.certify()
                yield {
                    "name": case.name,
                    "theorem": theorem.name,
                    "spins": case.spins,
                    "point": {name: str(value) for name, value in case.point.items()},
                    "holds": case.holds(found),
                    "verdict": found.verdict,
                    "reason": found.reason,
                    "work": found.work,
                    "above_saturation": found.above_saturation,
                }


def counts(spins: Sequence[int], points: int) -> Iterator[CountedRow]:
    """Count the points that are not passive, by length, field, coupling and bias.

    This is a test at random points in floating point, not a proof.

    Yields
    ------
    dict
        ``spins``, ``region`` and ``bias``; how many ``points`` there were, how many are
        ``active``, and the ``largest`` ergotropy.
    """
    for n in spins:
        for name, epsilon, field in REGIONS:
            samples = list(search(n, points, epsilon=epsilon, field=field))
            for bias in ("positive", "negative") if epsilon else ("any",):
                kept = [
                    s
                    for s in samples
                    if bias == "any" or (s.point["T_L"] > s.point["T_R"]) == (bias == "positive")
                ]
                found = count(kept)
                yield {
                    "spins": n,
                    "region": name,
                    "bias": bias,
                    "points": found.points,
                    "active": found.active,
                    "largest": found.best.found.ergotropy if found.best else 0.0,
                }
