"""The c target's source text: one strict C99 file, and its header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from importlib import resources

import mpmath

from symqb.emit.names import C_KEYWORDS, unique_names
from symqb.emit.plan import Plan
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Program, Ref

FORMS: Mapping[str, str] = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "neg": "-{0}",
    "abs": "fabs({0})",
    "sqrt": "sqrt({0})",
    "log": "log({0})",
    # the constants of a program stand first: a NaN in the second operand survives
    "min": "({0} < {1} ? {0} : {1})",
    "max": "({0} > {1} ? {0} : {1})",
    "select": "({0} <= {1} ? {2} : {3})",
    "expm1": "symqb_expm1({0})",
}

EXPM1_DEGREE = 9


@cache
def expm1_coefficients() -> tuple[float, ...]:
    """``(expm1(r) - r) / r^2`` on ``|r| <= log(2)/2`` by Chebyshev points, highest power first."""
    context = mpmath.MPContext()
    context.dps = 40

    def quotient(r: mpmath.mpf) -> mpmath.mpf:
        if abs(r) < context.mpf(10) ** -15:
            return context.mpf(1) / 2 + r / 6
        return (context.expm1(r) - r) / (r * r)

    half = context.log(2) / 2
    return tuple(float(c) for c in context.chebyfit(quotient, [-half, half], EXPM1_DEGREE + 1))


def number(value: Fraction) -> str:
    """A constant as a C literal that reads back to the same double."""
    text = repr(float(value))
    return text if value >= 0 else f"({text})"


def _sum(terms: list[str]) -> str:
    return " + ".join(terms)


def _least(terms: list[str]) -> str:
    """The smallest of some expressions, as nested selections."""
    least = terms[0]
    for term in terms[1:]:
        least = f"symqb_min({least}, {term})"
    return least


class _Loop:
    """The statements of one variant for one point: loads, steps, stores, tests."""

    def __init__(self, plan: Plan, program: Program) -> None:
        self.plan, self.program = plan, program
        self.names = unique_names(
            [*program.inputs, *(step.name for step in program.steps)], C_KEYWORDS
        )

    def ref(self, value: Ref) -> str:
        return number(value) if isinstance(value, Fraction) else self.names[value]

    def loads(self) -> list[str]:
        return [
            f"const double {self.names[name]} = in_{self.plan.inputs.index(name)}[base + i];"
            for name in self.program.inputs
        ]

    def steps(self) -> list[str]:
        return [
            f"const double {self.names[step.name]} = "
            f"{FORMS[step.op].format(*map(self.ref, step.args))};"
            for step in self.program.steps
        ]

    def stores(self) -> list[str]:
        values = self.plan.values(self.program)
        return [f"out[{row}][base + i] = {self.ref(value)};" for row, value in enumerate(values)]

    def inputs(self, wanted: Iterable[str]) -> list[str]:
        return [self.names[name] for name in self.program.inputs if name in wanted]

    def sizes(self) -> str:
        return _sum([f"fabs({name})" for name in self.inputs(self.plan.inputs)])

    def temperatures(self) -> list[str]:
        return [f"({v} == 0.0 ? 1.0 : {v})" for v in self.inputs(self.plan.temperatures)]

    def guards(self) -> list[str]:
        return [f"fabs({self.ref(guard.ref)})" for guard in self.program.guards]

    def values(self, *, finite: bool) -> list[str]:
        pairs = zip(self.plan.values(self.program), self.plan.finite, strict=True)
        return [self.ref(value) for value, strict in pairs if strict or not finite]

    def tests(self) -> list[str]:
        """Each failure by its kind."""
        lines = [f"bad |= (uint64_t)!({self.sizes()} <= {LARGEST_MAGNITUDE!r});"]
        if self.temperatures():
            lowest = _least(self.temperatures())
            lines.append(f"bad |= (uint64_t)!({lowest} >= {SMALLEST_TEMPERATURE!r});")
        lines += [f"bad |= (uint64_t)!({v} > 0.0);" for v in self.inputs([self.plan.kappa or ""])]
        finite, every = self.values(finite=True), self.values(finite=False)
        if finite:
            lines.append(f"unknown |= (uint64_t)!(fabs({_sum(finite)}) <= DBL_MAX);")
        lines += [f"unknown |= (uint64_t)({v} != {v});" for v in every if v not in finite]
        if self.guards():
            lines.append(f"zero |= (uint64_t)!({_least(self.guards())} > 0.0);")
        return lines

    def quick_tests(self) -> list[str]:
        """Two comparisons that no failure passes; what they wrongly stop is looked at again."""
        positive = [
            *(self.ref(value) for value in self.plan.conditions(self.program)),
            *self.guards(),
            *self.temperatures(),
            *self.inputs([self.plan.kappa or ""]),
        ]
        total = _sum(self.values(finite=False))
        bounded = f"{self.sizes()} + 1e-300 * fabs({total}) <= {LARGEST_MAGNITUDE!r}"
        return [
            f"trouble |= (uint64_t)!({_least(positive)} >= {SMALLEST_TEMPERATURE!r});",
            f"trouble |= (uint64_t)!({bounded});",
        ]

    def statements(self, *, fast: bool) -> list[str]:
        tests = self.quick_tests() if fast else self.tests()
        return [*self.loads(), *self.steps(), *self.stores(), *tests]


def _function(plan: Plan, program: Program, name: str, prefix: str, *, fast: bool) -> str:
    loop = _Loop(plan, program)
    pointers = "\n".join(
        f"    const double *restrict in_{plan.inputs.index(n)} = in[{plan.inputs.index(n)}];"
        for n in program.inputs
    )
    body = "\n            ".join(loop.statements(fast=fast))
    counters = "trouble = 0" if fast else "bad = 0, zero = 0, unknown = 0"
    result = (
        "trouble ? TROUBLE : 0u"
        if fast
        else f"(bad ? {prefix}_BAD_INPUT : 0u) | (zero ? {prefix}_ZERO_GUARD : 0u)\n"
        f"        | (unknown ? {prefix}_UNKNOWN : 0u)"
    )
    return f"""static unsigned {name}(const double *const *in, double (*restrict out)[BLOCK],
    size_t count)
{{
{pointers}
    uint64_t {counters};
    size_t base, i;
    for (base = 0; base < count; base += LANES) {{
        for (i = 0; i < LANES; i++) {{
            {body}
        }}
    }}
    return {result};
}}
"""


def _comment(text: str) -> str:
    return text.replace("*/", "* /")


def _fill(template: str, plan: Plan, options: Mapping[str, object]) -> str:
    """A template file with its @MARKS@ replaced."""
    prefix = str(options.get("prefix", "symqb"))
    functions = [_function(plan, plan.general, "general", prefix.upper(), fast=False)]
    if plan.positive is not None:
        functions.append(_function(plan, plan.positive, "positive", prefix.upper(), fast=True))
    marks = {
        "TITLE": _comment(str(options.get("title", "A program."))),
        "VERSION": options.get("version", ""),
        "DIGEST": plan.program.digest[:16],
        "PREFIX": prefix.upper(),
        "prefix": prefix,
        "INPUTS": str(len(plan.inputs)),
        "OUTPUTS": str(len(plan.outputs)),
        "ROWS": str(plan.rows),
        "WIDTHS": ", ".join(str(max(width, 1)) for width in plan.widths),
        "INPUT_LIST": "\n".join(f" *   in[{k}]  {n}" for k, n in enumerate(plan.inputs)),
        "OUTPUT_LIST": "\n".join(
            f" *   out[{k}]  {name}" + (f", {width} a point" if width else "")
            for k, (name, width) in enumerate(zip(plan.outputs, plan.widths, strict=True))
        ),
        "RULES": "\n".join(f" *   {_comment(g.rule)}" for g in plan.program.guards) or " *   none",
        "VARIANTS": "\n".join(functions),
        "FIRST": "general" if plan.positive is None else "positive",
        "HORNER": "\n".join(f"    p = p * r + {c!r};" for c in expm1_coefficients()[1:]),
        "LEADING": repr(expm1_coefficients()[0]),
    }
    text = resources.files("symqb.emit").joinpath("templates", template).read_text()
    for mark, value in marks.items():
        text = text.replace(f"@{mark}@", str(value))
    return text


def c_file(plan: Plan, **options: object) -> str:
    """The standalone C99 file of a plan; ``title``, ``version`` and ``prefix`` are options.

    Raises
    ------
    KeyError
        An operation the target has no form for.
    """
    return _fill("kernel.c", plan, options)


def c_header(plan: Plan, **options: object) -> str:
    """The header that declares what :func:`c_file` defines."""
    return _fill("kernel.h", plan, options)
