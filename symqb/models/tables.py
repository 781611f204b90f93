"""Tables of results: shown in a notebook, and handed over to pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import import_module
from typing import Any

LONGEST_OPEN = 40
"""Rows that a table shows before it folds."""


def need(module: str, extra: str, purpose: str) -> Any:
    """A module of an extra, imported at its first use.

    Raises
    ------
    ImportError
        It is not installed; the message names the extra that brings it.

    Examples
    --------
    >>> need("json", "sweep", "this").dumps([1])
    '[1]'
    >>> need("nowhere_to_be_found", "sweep", "to_pandas()")
    Traceback (most recent call last):
    ...
    ImportError: to_pandas() needs nowhere_to_be_found; pip install 'symqb[sweep]'
    """
    try:
        return import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        raise ImportError(f"{purpose} needs {name}; pip install 'symqb[{extra}]'") from error


def text(value: Any) -> str:
    """A value as HTML text; numbers to six digits."""
    return escape(f"{value:.6g}" if isinstance(value, float) else str(value))


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, its values, and their HTML if it is not their text."""

    name: str
    values: Sequence[Any]
    html: Sequence[str] | None = None

    @property
    def cells(self) -> list[str]:
        """The values as HTML."""
        return list(map(text, self.values)) if self.html is None else list(self.html)


def html_table(columns: Sequence[Column]) -> str:
    """A table; one longer than a screen folds.

    Examples
    --------
    >>> html_table([Column("a", [1.0, 0.5])]).count("<tr>")
    3
    """
    head = "".join(f"<th>{escape(column.name)}</th>" for column in columns)
    rows = zip(*(column.cells for column in columns), strict=True)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    table = (
        f'<div style="overflow-x:auto"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
    count = len(columns[0].values) if columns else 0
    return fold(f"{count} rows", table) if count > LONGEST_OPEN else table


def fold(summary: str, body: str) -> str:
    """HTML behind a line that opens it."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


class Tabular:
    """What is a table: it shows as one and converts to pandas."""

    def columns(self) -> list[Column]:
        """The columns, in order."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return html_table(self.columns())

    def to_pandas(self) -> Any:
        """The table as a pandas data frame.

        Raises
        ------
        ImportError
            pandas is not installed; the extra ``sweep`` brings it.
        """
        pandas = need("pandas", "sweep", "to_pandas()")
        return pandas.DataFrame({column.name: list(column.values) for column in self.columns()})
