"""Tables of results: shown in a notebook, and handed over to pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from symqb.models.displays import DISPLAYS, Display, TableColumn, Tabular
from symqb.models.extras import need

if TYPE_CHECKING:
    import pandas

LONGEST_OPEN = 40
"""Rows that a table shows before it folds."""


def text(value: object) -> str:
    """A value as HTML text; numbers to six digits."""
    return escape(f"{value:.6g}" if isinstance(value, float | complex) else str(value))


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, its values, and their HTML if it is not their text."""

    name: str
    values: Sequence[object]
    html: Sequence[str] | None = None

    @property
    def cells(self) -> list[str]:
        """The values as HTML."""
        return list(map(text, self.values)) if self.html is None else list(self.html)


def html_table(columns: Sequence[TableColumn]) -> str:
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


def table_html(record: Tabular) -> str:
    """Show a record that is a table."""
    return html_table(record.columns())


def table_pandas(record: Tabular) -> pandas.DataFrame:
    """Convert a record that is a table to a pandas data frame."""
    package = need("pandas", "to_pandas()")
    frame: pandas.DataFrame = package.DataFrame(
        {column.name: list(column.values) for column in record.columns()}
    )
    return frame


DISPLAYS[Tabular] = Display(html=table_html, pandas=table_pandas)
