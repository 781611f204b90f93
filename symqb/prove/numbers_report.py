"""What a run of the fuzzer of numbers has seen: counts, reasons, and each fault with its code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

FAULTS = ("wrong", "loose", "unlawful", "crashed", "count")
"""Kinds of verdict that a run must not contain; a needless refusal is listed beside them."""


@dataclass(frozen=True)
class Failure:
    """A number that is wrong, a crash or a needless refusal, with the code that shows it."""

    kind: str
    entrance: str
    spins: int
    seed: int
    reason: str
    reproducer: str


@dataclass
class Report:
    """What a run has seen.

    Attributes
    ----------
    models, points, undecided : int
        Models and points drawn; points on which the judge gave no verdict.
    verdicts : dict
        Entrance to counts by kind: right, wrong, loose (right beside the terms it is made of, not
        beside itself), unlawful (an answer where there is none), crashed, count (another number of
        steady states), refused (rightly), needless.
    refusals, needless : Counter
        Refusals that are right, and those that are not, by entrance and reason.
    failures : list of Failure
        The first of each sort, shrunk.
    """

    models: int = 0
    points: int = 0
    undecided: int = 0
    unbuilt: Counter[str] = field(default_factory=Counter)
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    needless: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many answers of all entrances are of a kind."""
        return sum(counts[kind] for counts in self.verdicts.values())

    @property
    def faults(self) -> int:
        """Answers that a run must not contain."""
        return sum(self.count(kind) for kind in FAULTS)

    def record(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "models": self.models,
            "points": self.points,
            "undecided": self.undecided,
            "faults": self.faults,
            "unbuilt": dict(self.unbuilt.most_common()),
            "verdicts": {name: dict(counts) for name, counts in self.verdicts.items()},
            "refusals": dict(self.refusals.most_common()),
            "needless": dict(self.needless.most_common()),
            "failures": [asdict(failure) for failure in self.failures],
        }


def lines(report: Report) -> Iterator[str]:
    """A report as text."""
    yield (
        f"{report.models} models, {report.points} points; the judge is silent on {report.undecided}"
    )
    for entrance, counts in report.verdicts.items():
        shown = ", ".join(f"{n} {kind}" for kind, n in counts.most_common())
        yield f"{entrance:14} {shown}"
    for title, reasons in (("refused", report.refusals), ("needless", report.needless)):
        for reason, n in reasons.most_common():
            yield f"{title} {n:6}  {reason}"
    for reason, n in report.unbuilt.most_common():
        yield f"no battery {n:4}  {reason}"
