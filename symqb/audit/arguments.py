"""The steps of a printed argument: does each line follow from those before it?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from symqb.audit.equations import Check
from symqb.audit.notation import Head, Notation
from symqb.audit.rows import AuditError, AuditRow

Judgement = Callable[[], tuple[bool, str]]
"""Whether a step follows, and how that was decided."""


@dataclass(frozen=True)
class Step:
    """A step as printed and, where it fails, with the reading that must have been intended.

    The status is stated, and refused where the finding does not bear it out.
    """

    id: str
    status: str
    printed: str
    as_printed: Judgement
    as_intended: Judgement | None = None
    repair: str = ""
    derived: str = ""
    consequence: str = ""
    counterexample: str = ""

    def row(self, notation: Notation | None = None) -> AuditRow:
        """Decide both readings.

        Raises
        ------
        AuditError
            A status that does not fit what was found, or an intended reading that fails.
        """
        good, how = self.as_printed()
        evidence = f"as printed: {'follows' if good else 'does not follow'} ({how})"
        if self.as_intended is not None:
            intended, how_intended = self.as_intended()
            if not intended:
                raise AuditError(f"{self.id}: the intended reading fails too ({how_intended})")
            evidence += f"; intended reading: follows ({how_intended})"
        if good != (self.status == "confirmed"):
            raise AuditError(f"{self.id}: status {self.status} against finding {good} ({how})")
        return AuditRow(
            self.id,
            "argument",
            self.status,
            self.printed,
            self.derived or self.repair or "as printed",
            evidence,
            self.repair,
            self.counterexample,
            self.consequence,
        )


def identity(left: sp.Expr, right: sp.Expr) -> Judgement:
    """Ask whether two expressions agree, every head a free symbol: exact."""

    def decide() -> tuple[bool, str]:
        heads = sorted((left - right).atoms(Head), key=sp.default_sort_key)
        names = {head: sp.Symbol(f"u{number}") for number, head in enumerate(heads)}
        if sp.cancel(sp.together((left - right).xreplace(names))) == 0:
            return True, "exact identity in free rates"
        return False, "exact: the two sides differ as rational functions of free rates"

    return decide


def follows(check: Check, *parts: sp.Expr, prefix: str = "", suffix: str = "") -> Judgement:
    """Read a step off the comparison of an equation or inequality."""

    def decide() -> tuple[bool, str]:
        found = check(parts)
        return found.agrees, prefix + found.evidence + suffix

    return decide


def every(*steps: Judgement) -> Judgement:
    """Join steps: all must follow; the first that fails says why, or the first of all how."""

    def decide() -> tuple[bool, str]:
        found = [step() for step in steps]
        return next((step for step in found if not step[0]), found[0])

    return decide


def fails(why: str) -> Judgement:
    """State why a step as printed cannot follow."""
    return lambda: (False, why)
