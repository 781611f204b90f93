"""The rust target: a standalone module with the same checks."""

from __future__ import annotations

import json
from typing import Any

from symqb.emit.language import Language, template, words

TEMPLATE = template("module.rs")

KEYWORDS = frozenset(
    """
    abstract as async await become box break const continue crate do dyn else enum extern false
    final fn for gen if impl in let loop macro match mod move mut override priv pub ref return
    self Self static struct super trait true try type typeof union unsafe unsized use virtual
    where while yield None Some Ok Err
    """.split()  # noqa: SIM905  # a list of words reads as one
)


def quote(value: Any) -> str:
    """Spell a string, None (as an empty one), or a tuple of strings."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(quote, value))}]"
    return json.dumps(value or "", ensure_ascii=False)


RUST = Language(
    forms={
        "add": "{0} + {1}",
        "sub": "{0} - {1}",
        "mul": "{0} * {1}",
        "div": "{0} / {1}",
        "neg": "-{0}",
        "abs": "f64::abs({0})",
        "sqrt": "f64::sqrt({0})",
        "log": "f64::ln({0})",
        # a constant of a program stands first: what is not a number, in the second place, stays
        "min": "if {0} < {1} {{ {0} }} else {{ {1} }}",
        "max": "if {0} > {1} {{ {0} }} else {{ {1} }}",
        "select": "if {0} <= {1} {{ {2} }} else {{ {3} }}",
        "expm1": "f64::exp_m1({0})",
    },
    reserved=KEYWORDS | words(TEMPLATE),
    assign="let {0}: f64 = {1};",
    load="let {0}: f64 = given[{1}];",
    quote=quote,
    template=TEMPLATE,
)
