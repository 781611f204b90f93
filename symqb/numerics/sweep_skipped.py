"""What a sweep that skips refused points leaves out, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_REASONS = 50
"""Reasons kept apart in one sweep; what comes after is counted under ``OTHERS``."""
OTHERS = "other reasons"


@dataclass(frozen=True)
class Chunk:
    """What a chunk came to: the numbers of each output, and what was left out."""

    values: Mapping[str, Any]
    skipped: Skipped


@dataclass
class Skipped:
    """The refused points of a chunk or a sweep, counted reason by reason.

    Attributes
    ----------
    points : int
        Points at which at least one output is NaN because it was refused.
    reasons : dict
        Each reason to how often each output was refused for it, ``outputs``, and the parameters of
        the first such point, ``first``.

    Examples
    --------
    >>> skipped = Skipped()
    >>> skipped.add("T must be >= 0", ["charge"], 3, {"T": -1.0})
    >>> skipped.points = 3
    >>> print(Skipped.of([skipped, skipped]).text())
    {"points": 6, "reasons": [{"reason": "T must be >= 0", "outputs": {"charge": 6}, \
"first": {"T": -1.0}}]}
    """

    points: int = 0
    reasons: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(
        self, reason: str, outputs: Iterable[str], count: int, first: Mapping[str, float]
    ) -> None:
        """Count outputs at so many points under a reason."""
        if reason not in self.reasons and len(self.reasons) >= MOST_REASONS:
            reason = OTHERS
        entry = self.reasons.setdefault(reason, {"outputs": {}, "first": dict(first)})
        for name in outputs:
            entry["outputs"][name] = entry["outputs"].get(name, 0) + count

    def include(self, other: Skipped) -> None:
        """Add what another part of the grid left out."""
        self.points += other.points
        for reason, entry in other.reasons.items():
            for name, count in entry["outputs"].items():
                self.add(reason, [name], count, entry["first"])

    @classmethod
    def of(cls, parts: Iterable[Skipped]) -> Skipped:
        """All parts together."""
        whole = cls()
        for part in parts:
            whole.include(part)
        return whole

    def text(self) -> str:
        """Write as JSON; as the attribute ``skipped`` of a data set has it."""
        listed = [{"reason": reason, **entry} for reason, entry in self.reasons.items()]
        return json.dumps({"points": self.points, "reasons": listed})

    @classmethod
    def read(cls, text: str) -> Skipped:
        """Read what :meth:`text` wrote.

        Raises
        ------
        ValueError, KeyError, TypeError, AttributeError
            Text of another form.
        """
        found = json.loads(text)
        listed: Sequence[Mapping[str, Any]] = found["reasons"]
        reasons = {r["reason"]: {"outputs": r["outputs"], "first": r["first"]} for r in listed}
        return cls(int(found["points"]), reasons)
