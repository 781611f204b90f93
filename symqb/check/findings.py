"""What an examination of a model found: records, and the report that holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import fill
from types import MappingProxyType
from typing import Any, overload

from symqb.models import ParameterError
from symqb.models.plain_data import JsonObject

PROVED = "proved for all parameters"
EXACT = "exact at the point"
NUMERICAL = "numerical"
CERTAINTIES = (PROVED, EXACT, NUMERICAL)

WIDTH = 92


@dataclass(frozen=True)
class Finding:
    """One thing of a model that makes plausible numbers wrong.

    Parameters
    ----------
    code : str
        Its short name, the same in every release.
    message : str
        What is wrong, with the values that show it.
    remedy : str
        What to do about it.
    certainty : str
        ``"proved for all parameters"``, ``"exact at the point"`` or ``"numerical"``.
    values : mapping
        The numbers and names in the message, as plain data.

    Examples
    --------
    >>> Finding("drives-nothing", "bath c drives nothing", "couple it to more", PROVED).code
    'drives-nothing'
    """

    code: str
    message: str
    remedy: str
    certainty: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.certainty not in CERTAINTIES:
            known = ", ".join(map(repr, CERTAINTIES))
            raise ParameterError(f"certainty={self.certainty!r} is unknown; choose from {known}")
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    def __str__(self) -> str:
        head = f"{self.code} ({self.certainty})"
        return "\n".join([head, _indented(self.message), _indented(f"Remedy: {self.remedy}")])

    def to_dict(self) -> JsonObject:
        """Give the finding as plain data."""
        return {
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "certainty": self.certainty,
            "values": dict(self.values),
        }


@dataclass(frozen=True, repr=False)
class Report(Sequence[Finding]):
    """All findings on a model, and what could not be examined.

    A sequence of :class:`Finding`.  As of any sequence its truth value is whether it holds
    something: ``if report:`` reads "if something was found".

    Parameters
    ----------
    findings : tuple of Finding
    skipped : tuple of str
        Questions that were not asked, each with its reason.

    Examples
    --------
    >>> report = Report((), ("levels too close: no point is given",))
    >>> bool(report), len(report)
    (False, 0)
    >>> report
    nothing found
    <BLANKLINE>
    not examined
      levels too close: no point is given
    """

    findings: tuple[Finding, ...]
    skipped: tuple[str, ...] = ()

    @overload
    def __getitem__(self, place: int) -> Finding: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Finding]: ...
    def __getitem__(self, place: int | slice) -> Finding | Sequence[Finding]:
        return self.findings[place]

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the findings, each once, in order."""
        return tuple(dict.fromkeys(finding.code for finding in self.findings))

    def __repr__(self) -> str:
        texts = [str(finding) for finding in self.findings] or ["nothing found"]
        if self.skipped:
            texts.append("\n".join(["not examined", *map(_indented, self.skipped)]))
        return "\n\n".join(texts)

    def to_dict(self) -> JsonObject:
        """Give the report as plain data: ``findings`` and ``skipped``."""
        return {
            "findings": [finding.to_dict() for finding in self.findings],
            "skipped": list(self.skipped),
        }


def _indented(text: str) -> str:
    return fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
