"""The mathematica target: a standalone package of the Wolfram Language with the same checks."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from symqb.emit.language import Language, template, words
from symqb.program.core import as_double

TEMPLATE = template("module.wl")


def literal(value: Fraction) -> str:
    """Spell a constant of machine precision."""
    digits, _, exponent = repr(abs(as_double(value))).partition("e")
    text = f"{digits if '.' in digits else f'{digits}.'}`"
    text += f"*^{int(exponent)}" if exponent else ""
    return text if value >= 0 else f"(-{text})"


def spell(name: str) -> str:
    """Spell a name without underscores; the system's own ones begin with capitals.

    Examples
    --------
    >>> spell("T_L"), spell("v12"), spell("x_T_L")
    ('x$T$L', 'v12', 'x$x$T$L')
    """
    plain = name[0].islower() and not name.startswith("x_")
    return ("" if plain else "x$") + name.replace("_", "$")


def quote(value: Any) -> str:
    """Spell a string, None, or a tuple of strings."""
    if isinstance(value, tuple):
        return f"{{{', '.join(map(quote, value))}}}"
    if value is None:
        return "None"
    # characters by their number, so that no encoding of the file matters
    shown = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isascii() else f"\\|{ord(c):06x}" for c in shown)


MATHEMATICA = Language(
    forms={
        "add": "{0} + {1}",
        "sub": "{0} - {1}",
        "mul": "times[{0}, {1}]",
        "div": "over[{0}, {1}]",
        "neg": "-{0}",
        "abs": "size[{0}]",
        "sqrt": "root[{0}]",
        "log": "logarithm[{0}]",
        "min": "lesser[{0}, {1}]",
        "max": "greater[{0}, {1}]",
        "select": "choose[{0}, {1}, {2}, {3}]",
        "expm1": "expm1[{0}]",
    },
    reserved=words(TEMPLATE),
    assign="{0} = {1};",
    load="{0} = given[[{1}]];",
    first=1,
    vector="{{{0}}}",
    literal=literal,
    quote=quote,
    spell=spell,
    template=TEMPLATE,
)
