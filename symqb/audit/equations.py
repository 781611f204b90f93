"""A printed equation as typed, and the comparison that judges any version of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import sympy as sp

from symqb.audit.notation import Notation
from symqb.audit.rows import AuditError, AuditRow, Finding

Parts = tuple[sp.Basic, ...]
Check = Callable[[Parts], Finding]


@dataclass(frozen=True)
class Equation:
    """An equation as typed, inert data, with the comparison that judges any version of it.

    Parameters
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
        One of :data:`~symqb.audit.KINDS`.
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

    def latex(self, parts: Parts | None = None, notation: Notation | None = None) -> str:
        """Echo the transcription as LaTeX, to hold against the paper."""
        text = self.template
        for number, part in enumerate(parts or self.parts, start=1):
            text = text.replace(f"@{number}", (notation or Notation()).latex(part))
        return text

    def row(self, notation: Notation | None = None) -> AuditRow:
        """Compare, and check that the repair, if one is needed, is accepted by the same check.

        Raises
        ------
        AuditError
            A repair that its own check refuses.
        """
        found, printed = self.check(self.parts), self.latex(None, notation)
        row = AuditRow(self.id, self.kind, "confirmed", printed, found.derived, found.evidence)
        if found.agrees:
            return replace(row, consequence="" if self.repaired else self.consequence)
        evidence, repair = found.evidence, self.repair
        if self.repaired is not None:
            again = self.check(self.repaired)
            if not again.agrees:
                raise AuditError(f"Eq. {self.id}: the repair fails its own check: {again.evidence}")
            evidence += "; the repaired form passes the same check"
            repair = f"{self.repair}\n{self.latex(self.repaired, notation)}"
        return replace(
            row,
            status=self.fault,
            evidence=evidence,
            repair=repair,
            counterexample=found.counterexample,
            consequence=self.consequence,
        )
