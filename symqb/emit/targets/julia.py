"""The julia target: a standalone module with the same checks."""

from __future__ import annotations

import json
from typing import Any

from symqb.emit.language import Language, template, words

TEMPLATE = template("module.jl")

KEYWORDS = frozenset(
    """
    abstract baremodule begin break catch const continue do else elseif end export false finally
    for function global if import in isa let local macro module mutable new outer primitive quote
    return struct true try type using where while abs expm1 ifelse ccall cglobal ans pi im
    """.split()  # noqa: SIM905  # a list of words reads as one
)


def quote(value: Any) -> str:
    """Spell a string, None, or a tuple of strings."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("$", r"\$")
    return f"String[{', '.join(map(quote, value))}]"


JULIA = Language(
    forms={
        "add": "{0} + {1}",
        "sub": "{0} - {1}",
        "mul": "{0} * {1}",
        "div": "{0} / {1}",
        "neg": "-{0}",
        "abs": "abs({0})",
        "sqrt": "root({0})",
        "log": "logarithm({0})",
        # a constant of a program stands first: what is not a number, in the second place, stays
        "min": "ifelse({0} < {1}, {0}, {1})",
        "max": "ifelse({0} > {1}, {0}, {1})",
        "select": "ifelse({0} <= {1}, {2}, {3})",
        "expm1": "expm1({0})",
    },
    reserved=KEYWORDS | words(TEMPLATE),
    vector="Float64[{0}]",
    quote=quote,
    template=TEMPLATE,
)
