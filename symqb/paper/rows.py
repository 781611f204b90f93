"""What the audit is made of: rows, findings, and the printed items they are about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import sympy as sp

from symqb.models.errors import SymqbError
from symqb.models.mathml import formula
from symqb.models.tables import Column, Tabular, html_table, text
from symqb.paper.notation import SYMBOL_NAMES

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
        As printed, without brackets (``"12a"``, ``"B9"``); ``cond-``, ``text-``, ``A-arg-`` and
        ``fig5-`` prefixes for conditions, prose, steps of Appendix A and claims about a figure.
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
        if self.kind not in KINDS:
            raise AuditError(f"row {self.id}: kind={self.kind!r} is unknown; choose from {KINDS}")
        if self.status not in STATUSES:
            raise AuditError(
                f"row {self.id}: status={self.status!r} is unknown; choose from {STATUSES}"
            )
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
    """What a comparison one by one has found, in words.

    Examples
    --------
    >>> differing([]), differing(["E_23"]), differing(["bath L", "bath R"])
    ('none differs', 'E_23 differs', 'bath L, bath R differ')
    """
    if not found:
        return "none differs"
    return f"{', '.join(map(str, found))} differ{'s' if len(found) == 1 else ''}"


Parts = tuple[sp.Basic, ...]
Check = Callable[[Parts], Finding]


@dataclass(frozen=True)
class Equation:
    """A numbered equation as typed, inert data, with the comparison that judges any version of it.

    Attributes
    ----------
    id : str
    parts : tuple of SymPy objects
        The right-hand sides as printed, errors included.
    template : str
        LaTeX with ``@1``, ``@2`` ... for the parts, for the echo.
    check : callable
        Parts to :class:`Finding`.  It is given the printed parts, the repaired ones, and in the
        tests deliberately spoiled ones.
    fault : str
        The status if printed and derived differ.
    repaired : tuple of SymPy objects, optional
        The least change of ``parts`` that the check accepts.
    repair, consequence : str
        The same in words, and what the difference does downstream.
    kind : str
        One of :data:`KINDS`.
    """

    id: str
    parts: Parts
    template: str
    check: Check
    fault: str = "wrong"
    repaired: Parts | None = None
    repair: str = ""
    consequence: str = ""
    kind: str = "equation"

    def latex(self, parts: Parts | None = None) -> str:
        """The transcription echoed back as LaTeX, to hold against the paper."""
        text = self.template
        for number, part in enumerate(parts or self.parts, start=1):
            text = text.replace(f"@{number}", sp.latex(part, symbol_names=SYMBOL_NAMES))
        return text

    def row(self) -> AuditRow:
        """Compare, and check that the repair, if one is needed, is accepted by the same check."""
        found = self.check(self.parts)
        if found.agrees:
            return AuditRow(
                self.id,
                self.kind,
                "confirmed",
                self.latex(),
                found.derived,
                found.evidence,
                consequence=self.consequence if self.repaired is None else "",
            )
        evidence = found.evidence
        repair = self.repair
        if self.repaired is not None:
            again = self.check(self.repaired)
            if not again.agrees:
                raise AuditError(f"Eq. {self.id}: the repair fails its own check: {again.evidence}")
            evidence += "; the repaired form passes the same check"
            repair = f"{self.repair}\n{self.latex(self.repaired)}"
        return AuditRow(
            self.id,
            self.kind,
            self.fault,
            self.latex(),
            found.derived,
            evidence,
            repair,
            found.counterexample,
            self.consequence,
        )
