"""The latex target: a program as numbered definitions, intermediates named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

import sympy as sp

from symqb.emit.plan import Plan
from symqb.program import Program, Ref, Step
from symqb.program.core import flatten
from symqb.show.spelling import spellings, words_latex
from symqb.show.width import visible_width

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
    "held": "{0}",
    "lifted": "{0}",
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

TIGHT: Mapping[str, tuple[int, ...]] = {
    "log": (0,),
    "entropy": (0,),
    "bose": (1,),
    "boltzmann": (1,),
}
"""Arguments in which a product, too, needs brackets: after a slash or a function."""

ROOM = 28.0
"""Characters of a right side that fit a journal's narrow column, beside a name and a sign."""
COLUMN, SHORT = 34.0, 4.0
LETTERS = "xyzuvs"
"""Letters for intermediates; the first that is no parameter's."""
LEVELS = {"populations": "p", "energies": "E"}
TAKEN = re.compile(rf"[{''.join(LEVELS.values())}]_\{{?\d+\}}?")


def number_latex(number: Fraction) -> str:
    r"""An exact number; powers of ten as such where it is very large or small.

    Examples
    --------
    >>> number_latex(Fraction(-2, 3)), number_latex(Fraction(1, 10**40))
    ('- \\frac{2}{3}', '10^{-40}')
    """
    top, bottom = abs(number.numerator), number.denominator
    for part, exponent in ((top, 1), (bottom, -1)):
        digits = str(part)
        power = len(digits) - len(digits.rstrip("0"))
        other = bottom if exponent > 0 else top
        if power > 5 and (exponent > 0 or part == 10**power) and other < 10**6:
            factor = Fraction(part // 10**power, other) if exponent > 0 else Fraction(top)
            shown = "" if factor == 1 else rf"{number_latex(factor)} \cdot "
            return rf"{'-' if number < 0 else ''}{shown}10^{{{exponent * power}}}"
    text: str = sp.latex(sp.Rational(number.numerator, number.denominator))
    return text


class _Printer:
    """Prints a program's steps; what is used twice, or too wide to stay inside, has a name."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.text: dict[str, str] = spellings(program.inputs, TAKEN.fullmatch)
        self.op: dict[str, str] = {}
        """Operations of the steps that are written out where they are used."""
        self.uses = Counter(arg for step in program.steps for arg in step.args)
        self.uses.update(ref for out in program.outputs.values() for ref in flatten(out))
        self.equations: list[tuple[str, str]] = []
        first = {text[0] for text in self.text.values()}
        self.letter = next((letter for letter in LETTERS if letter not in first), r"\xi")

    def ref(self, ref: Ref, *, bracket: bool = False, tight: bool = False) -> str:
        if isinstance(ref, Fraction):
            text, loose = number_latex(ref), ref < 0
        else:
            text, op = self.text[ref], self.op.get(ref)
            loose = op in LOOSE or (tight and op == "mul")
        return rf"\left({text}\right)" if (bracket or tight) and loose else text

    def define(self, name: str) -> None:
        """Give a step that was written out a name and an equation of its own."""
        symbol = f"{self.letter}_{{{len(self.equations) + 1}}}"
        self.equations.append((symbol, self.text[name]))
        self.text[name] = symbol
        self.op.pop(name, None)

    def form(self, step: Step) -> str:
        """A step in its arguments, the widest of them named until it fits."""
        inside, tight = BRACKETED.get(step.op, ()), TIGHT.get(step.op, ())
        while True:
            args = [
                self.ref(arg, bracket=k in inside, tight=k in tight)
                for k, arg in enumerate(step.args)
            ]
            text = FORMS[step.op].format(*args)
            written = [arg for arg in step.args if isinstance(arg, str) and arg in self.op]
            if not written or visible_width(text) <= ROOM:
                return text
            self.define(max(written, key=lambda arg: visible_width(self.text[arg])))

    def run(self) -> None:
        """Print every step, where it is used or in an equation of its own."""
        for step in self.program.steps:
            self.text[step.name] = self.form(step)
            self.op[step.name] = step.op
            if self.uses[step.name] > 1:
                self.define(step.name)

    def output(self, left: str, ref: Ref) -> tuple[str, str]:
        """An output's equation, its right side named before if both are too wide together."""
        fits = visible_width(f"{left} = {self.ref(ref)}") <= COLUMN
        if not fits and isinstance(ref, str) and ref in self.op:
            self.define(ref)
        return left, self.ref(ref)


def equations(plan: Plan, labels: tuple[int, ...]) -> list[tuple[str, str]]:
    """Left and right sides: the named intermediates, then the outputs.

    Examples
    --------
    >>> from symqb.program import Builder
    >>> b = Builder(("x", "T_L"))
    >>> program = b.build({"total": b.mul(b.add("x", "T_L"), "x")})
    >>> equations(Plan(program), ())
    [('\\\\mathrm{total}', '\\\\left(T_L + x\\\\right) \\\\, x')]
    """
    printer = _Printer(plan.program)
    printer.run()
    found: list[tuple[str, str]] = []
    for name, out in plan.program.outputs.items():
        left = words_latex(name)
        if not isinstance(out, tuple):
            found.append(printer.output(left, out))
            continue
        letter = LEVELS.get(name, left)
        tags = labels if len(labels) == len(out) else range(1, len(out) + 1)
        found += [
            printer.output(f"{letter}_{{{k}}}", ref) for k, ref in zip(tags, out, strict=True)
        ]
    return [*printer.equations, *found]


def latex_program(plan: Plan, *, labels: Sequence[int] = (), title: str = "", **_: object) -> str:
    """The program as one ``align*`` environment that breaks over pages, intermediates first."""
    lines = [
        # a long name before the sign would push all signs to the right
        rf"{left} &= {right}" if visible_width(left) <= SHORT else rf"&{left} = {right}"
        for left, right in equations(plan, tuple(labels))
    ]
    body = " \\\\\n".join(lines)
    display = f"\\begin{{align*}}\n{body}\n\\end{{align*}}"
    display = f"\\begingroup\\allowdisplaybreaks\n{display}\n\\endgroup"
    return f"% {title}\n{display}\n"
