"""The fortran target: a standalone Fortran 2008 module with the same checks."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from zlib import crc32

from symqb.emit.language import Language, number, template, words

TEMPLATE = template("module.f90")

WIDTH = 120
"""Bytes of a line; the standard allows 132."""


def spell(name: str) -> str:
    """Shorten a name to the 63 characters of the standard; a checksum tells long ones apart."""
    return name if len(name) < 60 else f"{name[:50]}_{crc32(name.lower().encode()):08x}"


def literal(value: Fraction) -> str:
    """Spell a constant of double precision."""
    return f"{number(value)}_dp" if value >= 0 else f"(-{number(-value)}_dp)"


def quote(value: Any) -> str:
    """Spell a string, None (as an empty one), or a tuple of strings."""
    if isinstance(value, str) or value is None:
        return '"' + (value or "").replace('"', '""') + '"'
    # all strings of an array are of one length
    longest = max((len(text.encode()) for text in value), default=1)
    return f"[character(len={longest}) :: {', '.join(map(quote, value))}]"


def break_lines(text: str) -> str:
    """Break long statements after a space, in strings too; a comment may be of any length.

    Examples
    --------
    >>> [len(line) for line in break_lines("x = " + "a + " * 40).split("\\n")]
    [121, 45]
    """
    lines: list[str] = []
    for line in text.split("\n"):
        rest = line
        while len(rest.encode()) > WIDTH and not line.lstrip().startswith("!"):
            cut = rest.rfind(" ", 1, WIDTH // 2 if not rest.isascii() else WIDTH) + 1
            # no space: a word may be broken, but not between two quotes, which are one
            cut = cut if rest[:cut].strip(" &") else WIDTH // 4
            while rest[cut - 1] == '"':
                cut -= 1
            lines.append(f"{rest[:cut]}&")
            rest = f"&{rest[cut:]}"
        lines.append(rest)
    return "\n".join(lines)


FORTRAN = Language(
    forms={
        "add": "{0} + {1}",
        "sub": "{0} - {1}",
        "mul": "{0} * {1}",
        "div": "{0} / {1}",
        "neg": "-{0}",
        "abs": "abs({0})",
        "sqrt": "sqrt({0})",
        "log": "log({0})",
        # a constant of a program stands first: what is not a number, in the second place, stays
        "min": "merge({0}, {1}, {0} < {1})",
        "max": "merge({0}, {1}, {0} > {1})",
        "select": "merge({2}, {3}, {0} <= {1})",
        "expm1": "expm1({0})",
    },
    reserved=words(TEMPLATE) | {"merge", "sqrt"},
    load="{0} = given({1})",
    declare="real(dp) :: {0}",
    first=1,
    literal=literal,
    quote=quote,
    spell=spell,
    fold=str.lower,
    layout=break_lines,
    template=TEMPLATE,
)
