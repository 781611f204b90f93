"""The latex target: a program as numbered definitions, intermediates named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from symqb.emit.plan import Plan
from symqb.program import Program, Ref
from symqb.program.core import flatten

FORMS: Mapping[str, str] = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": r"{0} \, {1}",
    "div": r"\frac{{{0}}}{{{1}}}",
    "neg": "-{0}",
    "abs": r"\left|{0}\right|",
    "sqrt": r"\sqrt{{{0}}}",
    "log": r"\ln {0}",
    "min": r"\min\!\left({0}, {1}\right)",
    "max": r"\max\!\left({0}, {1}\right)",
    "select": r"\begin{{cases}} {2} & {0} \le {1} \\ {3} & \text{{otherwise}} \end{{cases}}",
    "rootsum": "{0} + {2}",
    "bose": r"\frac{{{0}}}{{e^{{{0}/{1}}} - 1}}",
    "boltzmann": r"e^{{-{0}/{1}}}",
    "entropy": r"-{0} \ln {0}",
    "ratio": r"\frac{{{0}}}{{{1}}}",
    "bose_a": r"\partial_a \left.\frac{{a}}{{e^{{a/T}} - 1}}\right|_{{a = {0},\, T = {1}}}",
    "bose_T": r"\partial_T \left.\frac{{a}}{{e^{{a/T}} - 1}}\right|_{{a = {0},\, T = {1}}}",
    "power": r"\left({0}\right)^{{{1}}}",
    "expm1": r"\left(e^{{{0}}} - 1\right)",
    "log1p": r"\ln\left(1 + {0}\right)",
    "divergence": r"\left({0} + e^{{-\left({0}\right)}} - 1\right)",
    "occupied": r"e^{{-{0} {1}}}",
    "vacant": r"\left(1 - e^{{-{0} {1}}}\right)",
}

LOOSE = frozenset({"add", "sub", "neg", "entropy", "rootsum"})
"""Operations whose result needs brackets as a factor or a subtrahend."""

BRACKETED: Mapping[str, tuple[int, ...]] = {
    "sub": (1,),
    "mul": (0, 1),
    "neg": (0,),
    "log": (0,),
    "bose": (0,),
    "boltzmann": (0,),
    "entropy": (0,),
    "occupied": (0, 1),
    "vacant": (0, 1),
}

LONGEST = 60
"""Characters of source beyond which an intermediate keeps a name of its own."""


def symbol(name: str) -> str:
    """A parameter's name in LaTeX."""
    text: str = sp.latex(sp.Symbol(name))
    return text


class _Printer:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.text: dict[str, str] = {name: symbol(name) for name in program.inputs}
        self.op: dict[str, str] = {}
        self.uses = Counter(arg for step in program.steps for arg in step.args)
        self.uses.update(ref for out in program.outputs.values() for ref in flatten(out))
        self.equations: list[tuple[str, str]] = []

    def ref(self, ref: Ref, *, bracket: bool = False) -> str:
        if isinstance(ref, Fraction):
            text: str = sp.latex(sp.Rational(ref.numerator, ref.denominator))
            loose = ref < 0
        else:
            text, loose = self.text[ref], self.op.get(ref) in LOOSE
        return rf"\left({text}\right)" if bracket and loose else text

    def run(self) -> list[tuple[str, str]]:
        for step in self.program.steps:
            inside = BRACKETED.get(step.op, ())
            args = [self.ref(arg, bracket=k in inside) for k, arg in enumerate(step.args)]
            text = FORMS[step.op].format(*args)
            if self.uses[step.name] > 1 or len(text) > LONGEST:
                name = f"x_{{{len(self.equations) + 1}}}"
                self.equations.append((name, text))
                self.text[step.name] = name
            else:
                self.text[step.name], self.op[step.name] = text, step.op
        return self.equations


def equations(plan: Plan, labels: tuple[int, ...]) -> list[tuple[str, str]]:
    """Left and right sides: the named intermediates, then the outputs.

    Examples
    --------
    >>> from symqb.program import Builder
    >>> b = Builder(("x", "T_L"))
    >>> program = b.build({"total": b.mul(b.add("x", "T_L"), "x")})
    >>> equations(Plan(program), ())
    [('\\\\mathrm{total}', '\\\\left(T_{L} + x\\\\right) \\\\, x')]
    """
    printer = _Printer(plan.program)
    found = list(printer.run())
    for name, out in plan.program.outputs.items():
        words = name.replace("_", r"\ ")
        left = rf"\mathrm{{{words}}}"
        if not isinstance(out, tuple):
            found.append((left, printer.ref(out)))
            continue
        letter = {"populations": "p", "energies": "E"}.get(name, left)
        tags = labels if len(labels) == len(out) else range(1, len(out) + 1)
        found += [(f"{letter}_{{{k}}}", printer.ref(ref)) for k, ref in zip(tags, out, strict=True)]
    return found


def latex_program(plan: Plan, **options: Any) -> str:
    """The program as one ``align*`` environment, named intermediates first."""
    lines = [
        rf"{left} &= {right}" for left, right in equations(plan, tuple(options.get("labels", ())))
    ]
    body = " \\\\\n".join(lines)
    return f"% {options.get('title', '')}\n\\begin{{align*}}\n{body}\n\\end{{align*}}\n"
