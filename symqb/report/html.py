"""Small pieces of HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any


def number(value: Any, digits: int = 6) -> str:
    """A number for a table: few digits, a real minus sign, powers of ten written out.

    Examples
    --------
    >>> number(-0.25), number(0.0), number(1.5e-17, 2)
    ('&minus;0.25', '0', '1.5 &times; 10<sup>&minus;17</sup>')
    """
    text = f"{float(value):.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    shown = mantissa.replace("-", "&minus;")
    if not exponent:
        return shown
    power = str(int(exponent)).replace("-", "&minus;")
    return f"{shown} &times; 10<sup>{power}</sup>"


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: Iterable[int] = (),
    identifier: str = "",
    row_data: Sequence[str] | None = None,
) -> str:
    """A table in a container that scrolls; cells are HTML.

    ``row_data`` is an attribute text for each row; ``numeric`` are the columns set to the right.
    A table with an ``identifier`` becomes a list of cards on a narrow screen, its cells named by
    their columns; roles are written out, as a browser drops them where a table is not laid out as
    one.
    """
    right = set(numeric)
    css = [' class="n"' if k in right else "" for k in range(len(columns))]
    labels = [f' data-label="{escape(re.sub("<[^>]+>", "", c))}"' for c in columns]

    def role(name: str) -> str:
        return f' role="{name}"' if identifier else ""

    head = "".join(
        f'<th scope="col"{role("columnheader")}{css[k]}>{c}</th>' for k, c in enumerate(columns)
    )
    body = []
    for index, row in enumerate(rows):
        first, *rest = row
        cells = f'<th scope="row"{role("rowheader")}{css[0]}>{first}</th>'
        cells += "".join(
            f"<td{role('cell')}{css[k]}{labels[k] if identifier else ''}>{cell}</td>"
            for k, cell in enumerate(rest, 1)
        )
        extra = f" {row_data[index]}" if row_data else ""
        body.append(f"<tr{role('row')}{extra}>{cells}</tr>")
    name = f' id="{identifier}" class="stacks"' if identifier else ""
    group = role("rowgroup")
    return (
        f'<div class="tablewrap"><table{name}{role("table")}>'
        f"<caption><span>{caption}</span></caption><thead{group}><tr{role('row')}>{head}</tr>"
        f"</thead><tbody{group}>{''.join(body)}</tbody></table></div>"
    )


def cards(items: Iterable[tuple[str, str]]) -> str:
    """Headline figures with what they mean."""
    inner = "".join(
        f"<li><strong>{figure}</strong><span>{text}</span></li>" for figure, text in items
    )
    return f'<ul class="cards">{inner}</ul>'


def tag(word: str) -> str:
    """A verdict or status as a coloured label."""
    return f'<span class="tag {escape(word)}">{escape(word)}</span>'


def figure(content: str, caption: str) -> str:
    """A drawing with its caption."""
    return f"<figure>{content}<figcaption>{caption}</figcaption></figure>"


def long_text(value: Any) -> str:
    """Text of any length for a table cell."""
    text = value if isinstance(value, str) else "; ".join(map(str, value))
    return f'<div class="long">{escape(text)}</div>'
