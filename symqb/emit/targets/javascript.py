"""The javascript target: a standalone ES module with the same checks, for pages and node."""

from __future__ import annotations

import json

from symqb.emit.language import Language, template
from symqb.emit.names import JAVASCRIPT_KEYWORDS

JAVASCRIPT = Language(
    forms={
        "add": "{0} + {1}",
        "sub": "{0} - {1}",
        "mul": "{0} * {1}",
        "div": "{0} / {1}",
        "neg": "-{0}",
        "abs": "Math.abs({0})",
        "sqrt": "Math.sqrt({0})",
        "log": "Math.log({0})",
        "min": "Math.min({0}, {1})",
        "max": "Math.max({0}, {1})",
        "select": "{0} <= {1} ? {2} : {3}",
        "expm1": "Math.expm1({0})",
    },
    reserved=JAVASCRIPT_KEYWORDS,
    assign="const {0} = {1};",
    quote=json.dumps,
    template=template("module.mjs"),
)
