"""The javascript target: a standalone ES module with the same checks, for pages and node."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from importlib import resources
from typing import Any

from symqb.emit.names import JAVASCRIPT_KEYWORDS, unique_names
from symqb.emit.plan import Plan
from symqb.emit.targets.numpy.source import literal
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Program, Ref

FORMS: Mapping[str, str] = {
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
}


def _program_source(program: Program) -> str:
    names = unique_names(
        [*program.inputs, *(step.name for step in program.steps)], JAVASCRIPT_KEYWORDS
    )

    def ref(value: Ref) -> str:
        return literal(value) if isinstance(value, Fraction) else names[value]

    lines = [f"function program({', '.join(names[n] for n in program.inputs)}) {{"]
    for step in program.steps:
        form = FORMS[step.op].format(*map(ref, step.args))
        lines.append(f"  const {names[step.name]} = {form};")
    outputs = ", ".join(
        f"[{', '.join(map(ref, out))}]" if isinstance(out, tuple) else ref(out)
        for out in program.outputs.values()
    )
    guards = ", ".join(ref(guard.ref) for guard in program.guards)
    lines.append(f"  return [[{outputs}], [{guards}]];\n}}")
    return "\n".join(lines)


def javascript_module(plan: Plan, **options: Any) -> str:
    """A standalone ES module exporting ``evaluate({B0: ..., ...})``.

    Options: ``title``, ``version``, ``labels`` and ``parameters`` (all that are checked).
    """
    program = plan.general
    marks = {
        "TITLE": str(options["title"]).replace("*/", "* /"),
        "VERSION": options["version"],
        "DIGEST": plan.program.digest[:16],
        "PARAMETERS": json.dumps(list(options["parameters"])),
        "INPUTS": json.dumps(list(program.inputs)),
        "OUTPUTS": json.dumps(list(plan.outputs)),
        "LEVELS": json.dumps(list(options["labels"])),
        "RULES": json.dumps([guard.rule for guard in program.guards]),
        "TEMPERATURES": json.dumps(list(plan.temperatures)),
        "KAPPA": json.dumps(plan.kappa),
        "LARGEST": repr(LARGEST_MAGNITUDE),
        "SMALLEST": repr(SMALLEST_TEMPERATURE),
        "PROGRAM": _program_source(program),
    }
    text = resources.files("symqb.emit").joinpath("templates", "module.mjs").read_text()
    for mark, value in marks.items():
        text = text.replace(f"@{mark}@", str(value))
    return text
