"""What the audit finds: rows, and what a comparison says of one printed item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from symqb.models.displays import Tabular
from symqb.models.errors import SymqbError
from symqb.show.mathml import formula
from symqb.show.tables import Column, html_table, text

KINDS = ("equation", "condition", "argument", "claim")
STATUSES = (
    "confirmed",
    "misprint",
    "incomplete",
    "wrong",
    "gap",
    "conditional",
    "uncheckable",
)


class AuditError(SymqbError):
    """The audit contradicts itself: a repair does not repair, or a status has no ground."""


@dataclass(frozen=True)
class AuditRow:
    """One printed item and what became of it.

    Attributes
    ----------
    id : str
        As printed, without brackets (``"12a"``, ``"B9"``), or a name the paper's folder gives.
    kind, status : str
        One of :data:`KINDS`, one of :data:`STATUSES`.
    printed, derived : str
        What the paper prints (LaTeX for equations) and what the derivation gives.
    evidence : str
        The check that decided the row and what it found.
    repair, counterexample, consequence : str
        The least change that makes it true (for an equation, the repaired LaTeX on a second
        line), an exact point where it fails, and what follows
        downstream; empty where there is none.
    """

    id: str
    kind: str
    status: str
    printed: str
    derived: str
    evidence: str
    repair: str = ""
    counterexample: str = ""
    consequence: str = ""

    def __post_init__(self) -> None:
        for name, known in (("kind", KINDS), ("status", STATUSES)):
            value = getattr(self, name)
            if value not in known:
                raise AuditError(f"row {self.id}: {name}={value!r} is unknown; choose from {known}")
        if not self.evidence:
            raise AuditError(f"row {self.id} has no evidence; say which check decided it")

    @property
    def _printed_html(self) -> str:
        return formula(self.printed) if self.kind == "equation" else text(self.printed)

    def _repr_html_(self) -> str:
        shown = {field.name: text(getattr(self, field.name)) for field in fields(self)}
        shown["printed"] = self._printed_html
        kept = {name: value for name, value in shown.items() if value}
        return html_table([Column("row", list(kept)), Column(self.id, (), list(kept.values()))])


class AuditRows(Tabular, list[AuditRow]):
    """Rows of the audit: a list that a notebook shows as a table."""

    def columns(self) -> list[Column]:
        """Id, kind, status, what is printed, what was derived and the evidence."""
        printed = Column("printed", [r.printed for r in self], [r._printed_html for r in self])
        names = ("id", "kind", "status", "printed", "derived", "evidence")
        plain = {name: Column(name, [getattr(row, name) for row in self]) for name in names}
        return list((plain | {"printed": printed}).values())


@dataclass(frozen=True)
class Finding:
    """What a comparison found: whether printed and derived agree, and how it was decided."""

    agrees: bool
    derived: str
    evidence: str
    counterexample: str = ""


def differing(found: Sequence[object]) -> str:
    """Say in words what a comparison one by one has found.

    Examples
    --------
    >>> differing([]), differing(["E_23"]), differing(["bath L", "bath R"])
    ('none differs', 'E_23 differs', 'bath L, bath R differ')
    """
    if not found:
        return "none differs"
    return f"{', '.join(map(str, found))} differ{'s' if len(found) == 1 else ''}"


def count_statuses(rows: Iterable[AuditRow]) -> dict[str, int]:
    """Count the rows of each status.

    Examples
    --------
    >>> row = AuditRow("1", "equation", "confirmed", "x", "x", "exact")
    >>> count_statuses([row, row])
    {'confirmed': 2}
    """
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.status] = counts.get(row.status, 0) + 1
    return counts
