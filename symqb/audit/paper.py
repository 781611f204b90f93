"""What the audit is given of a paper: one record, all of it data or functions that build data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Protocol

from symqb.audit.figures import Panels
from symqb.audit.notation import Notation
from symqb.audit.rows import AuditRow
from symqb.models import ParameterError

HEADINGS = {
    "equation": "Equations",
    "condition": "Conditions",
    "argument": "Arguments",
    "claim": "Statements in words",
}


class Item(Protocol):
    """A printed item: an :class:`Equation`, a :class:`Step`, a :class:`Claim`, or your own."""

    @property
    def id(self) -> str:
        """The row's id, as printed or chosen."""

    def row(self, notation: Notation | None = None) -> AuditRow:
        """Hold the item against the derivation."""


@dataclass(frozen=True, eq=False)
class Paper:
    """A paper given as data.

    Parameters
    ----------
    title, reference : str
        As LaTeX text, for the erratum.
    items : tuple of Item
        What is printed, in the order of the report; each decides itself.
    notation : Notation
        How the paper prints its symbols.
    certificates : mapping
        Theorems of the ledger (``symqb prove NAME``) that bear on a row, by the row's id.
    figures : mapping
        What builds the panels of each figure, by its number.
    headings : mapping
        Titles of the erratum's sections, by kind, where they differ from :data:`HEADINGS`.
    ids, remarks : str
        For the page: how ids are to be read, and what else a reader must know.

    Raises
    ------
    ParameterError
        Two items of one id, or a certificate for a row that does not exist.
    """

    title: str
    reference: str
    items: tuple[Item, ...]
    notation: Notation = field(default_factory=Notation)
    certificates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    figures: Mapping[str, Callable[[], Panels]] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    ids: str = ""
    remarks: str = ""

    def __post_init__(self) -> None:
        counts = Counter(item.id for item in self.items)
        twice = [id_ for id_, count in counts.items() if count > 1]
        if twice:
            raise ParameterError(f"two items are called {twice[0]!r}; each id names one row")
        stray = [id_ for id_ in self.certificates if id_ not in counts]
        if stray:
            raise ParameterError(
                f"certificates are named for {stray[0]!r}, which is no item; correct the id"
            )

    def heading(self, kind: str) -> str:
        """Title the erratum's section of a kind."""
        return self.headings.get(kind, HEADINGS[kind])


def as_paper(paper: Paper | ModuleType) -> Paper:
    """Take a paper, or the one a module or package holds under the name ``PAPER``.

    Raises
    ------
    ParameterError
        Neither a paper nor a module with one.
    """
    found = getattr(paper, "PAPER", paper)
    if not isinstance(found, Paper):
        raise ParameterError(
            f"paper={paper!r} holds no printed items; give a symqb.audit.Paper, or a module or "
            "package whose PAPER is one"
        )
    return found
