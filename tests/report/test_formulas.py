"""Printed formulas are balanced, fit their column, become MathML and say what was derived."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree

import pytest
import sympy as sp

import symqb
from symqb.derive import eta_form
from symqb.report import latex_document
from symqb.show.formula_mathml import displayed_formula, inline_formula
from symqb.show.formulas import Formula, eigensystem_notation
from symqb.show.named_program import name_steps
from symqb.show.paper_latex import COLUMN, INDENT, break_lines
from symqb.show.sections import sections
from symqb.show.width import visible_width

CHAINS = {
    "two": symqb.xxz_battery(2),
    "three": symqb.xxz_battery(3),
    "three, individual": symqb.xxz_battery(3, "individual"),
    "two, uneven": symqb.Battery(
        symqb.BatteryModel(
            symqb.Chain(2, B0=("B1", "B2")),
            (symqb.Bath("H", "T_H", {1: 1}), symqb.Bath("C", "T_C", {2: "w"})),
        )
    ),
}
XX = symqb.Battery(symqb.BatteryModel(symqb.Chain(3, Delta=0), CHAINS["three"].model.baths))
ENVIRONMENT = re.compile(r"\\(begin|end)\{([a-z*]+)\}")


def faults(latex: str) -> list[str]:
    """What is left open or closed too often: braces, environments, stretched brackets."""
    found: list[str] = []
    depth = 0
    for token in re.findall(r"\\.|[{}]", latex):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth < 0:
            found.append("a brace closed too often")
            depth = 0
    if depth:
        found.append(f"{depth} braces left open")
    stack: list[str] = []
    for kind, name in ENVIRONMENT.findall(latex):
        if kind == "begin":
            stack.append(name)
        elif not stack or stack.pop() != name:
            found.append(f"{name} ended without a beginning")
    found += [f"{name} left open" for name in stack]
    if latex.count(r"\left") - latex.count(r"\leftarrow") != latex.count(r"\right"):
        found.append("left and right differ")
    if latex.count(r"\bigl") != latex.count(r"\bigr"):
        found.append("bigl and bigr differ")
    return found


def formulas(battery: symqb.Battery) -> Iterable[Formula]:
    return (formula for section in sections(battery.derivation) for formula in section.formulas)


@pytest.mark.parametrize("name", CHAINS)
def test_the_document_is_balanced(name: str) -> None:
    assert faults(latex_document(CHAINS[name])) == []
    assert [f.latex for f in formulas(CHAINS[name]) if faults(f.latex)] == []


@pytest.mark.parametrize("broken", ["{", "}", r"\begin{align}", r"\end{x}", r"\left(", r"\bigl["])
def test_an_unbalanced_document_is_seen(broken: str) -> None:
    assert faults(latex_document(CHAINS["two"]) + broken) != []


def widest(battery: symqb.Battery, width: float) -> float:
    """How far the widest line of several stands out of the column; a matrix stands alone."""
    return max(
        visible_width(line) + (INDENT if k else visible_width(formula.left + formula.relation))
        for formula in formulas(battery)
        for k, line in enumerate(break_lines(formula, width))
        if r"\begin" not in line
    )


@pytest.mark.parametrize("name", CHAINS)
def test_every_line_fits_the_column(name: str) -> None:
    assert widest(CHAINS[name], COLUMN) <= COLUMN


def test_a_line_too_wide_is_seen() -> None:
    assert widest(CHAINS["three"], 10) > 10


@pytest.mark.parametrize(
    ("latex", "width"),
    [
        ("x", 1),
        ("x y", 2),
        (r"\frac{abc}{d}", 3),
        (r"x_{1}", 1.7),
        (r"x_{1}^{2}", 1.7),
        (r"\frac {a b c} {d}", 3),
        (r"\frac{a{b}}{c} d", 3),
    ],
)
def test_widths_are_counted_as_set(latex: str, width: float) -> None:
    assert visible_width(latex) == pytest.approx(width)


@pytest.mark.parametrize("name", CHAINS)
def test_every_formula_becomes_wellformed_mathml(name: str) -> None:
    count = 0
    for formula in formulas(CHAINS[name]):
        tree = ElementTree.fromstring(displayed_formula(formula))
        text = "".join(tree.itertext())
        assert tree.tag == "math"
        assert not set("\\&{}") & set(text.replace("max{", "").replace("}", ""))
        count += 1
    assert count > 40


def test_a_table_has_mathml_and_an_environment_of_no_known_name_has_not() -> None:
    tree = ElementTree.fromstring(inline_formula(r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}"))
    assert ["".join(row.itertext()) for row in tree.iter() if row.tag.endswith("mtr")] == [
        "ab",
        "cd",
    ]
    lines = ElementTree.fromstring(inline_formula(r"\begin{aligned} a &= b \end{aligned}"))
    assert "".join(lines.itertext()) == "a=b"
    with pytest.raises(symqb.NoClosedFormError, match="an unknown environment"):
        inline_formula(r"\begin{pmatrix} a \end{pmatrix} + \begin{nothing} b \end{nothing}")


def test_levels_read_as_in_the_paper() -> None:
    printed = {f.left: " ".join(f.terms) for f in formulas(CHAINS["three"])}
    assert printed[r"\alpha"] == r"\sqrt{\Delta^{2} + 8 J^{2}}"
    assert printed["E_{5}"] == r"- \frac{B_0 + \Delta + \alpha}{2}"
    assert printed["E_{6}"] == r"\frac{B_0 - \Delta - \alpha}{2}"
    assert printed[r"|\Psi_{1}\rangle"] == (
        r"\frac{1}{\sqrt{2}} \bigl[|0,0,1\rangle - |1,0,0\rangle\bigr]"
    )
    assert printed[r"|\Psi_{5}\rangle"] == (
        r"\frac{1}{\sqrt{\left(\frac{\Delta + \alpha}{J}\right)^2 + 8}} \bigl[2 |1,0,0\rangle "
        r"- \frac{\Delta + \alpha}{J} |0,1,0\rangle + 2 |0,0,1\rangle\bigr]"
    )
    assert printed[r"\gamma_{13}^{(\mathrm{R},e)}"] == (
        r"\frac{\kappa}{2} \omega_{13}\, \bigl[1 + n_{\mathrm{R}}(\omega_{13})\bigr]"
    )


def test_roots_of_squares_are_moduli_and_have_no_name() -> None:
    printed = {f.left: " ".join(f.terms) for f in formulas(XX)}
    assert all("<math" in displayed_formula(formula) for formula in formulas(XX))
    assert printed["E_{5}"] == r"- \frac{B_0 + 2 \sqrt{2} \left|{J}\right|}{2}"
    assert printed[r"|\Psi_{5}\rangle"] == (
        r"\frac{1}{4} \bigl[2 |1,0,0\rangle - 2 \sqrt{2} \operatorname{sgn} J |0,1,0\rangle "
        r"+ 2 |0,0,1\rangle\bigr]"
    )
    assert r"\alpha" not in printed
    assert r"\alpha" in {f.left for f in formulas(CHAINS["three"])}
    notebook = XX.eigensystem()._repr_latex_() + XX.eigensystem()[5]._repr_latex_()
    for trace in (r"\alpha", "J^{2}"):
        assert trace not in notebook
    fixed = symqb.Battery(symqb.BatteryModel(symqb.Chain(3, Delta=0, J=-1), XX.model.baths))
    assert r"+ 2 \sqrt{2} |0,1,0\rangle" in fixed.eigensystem()[5]._repr_latex_()


@pytest.mark.parametrize("J", [sp.Rational(3, 2), -2])
def test_moduli_and_signs_have_the_value_that_was_derived(J: sp.Expr) -> None:
    eigensystem = XX.eigensystem()
    notation = eigensystem_notation(eigensystem)
    for level in eigensystem:
        for derived in (level.energy, *(a.expr for a in level.amplitudes.values())):
            shown = notation.tidy(derived)
            assert sp.simplify((shown - derived).subs(sp.Symbol("J"), J)) == 0


def test_named_steps_compute_what_the_program_computes() -> None:
    steady = CHAINS["three"].steady_state()
    named, outputs = name_steps(steady.elimination)
    rates = {
        name: sp.Rational(3 * k + 2, k + 5) for k, name in enumerate(steady.elimination.inputs)
    }
    values: dict[sp.Symbol, sp.Expr] = {sp.Symbol(name): rate for name, rate in rates.items()}
    for name, expr in named:
        values[name] = expr.xreplace(values)
    populations = [expr.xreplace(values) for expr in outputs["populations"]]
    for label, population in zip(steady.labels, populations, strict=True):
        flow = sp.Integer(0)
        for a, b in [*steady.edges, *((b, a) for a, b in steady.edges)]:
            if label == b:
                flow += populations[steady.labels.index(a)] * rates[f"Gamma_{a}_{b}"]
            if label == a:
                flow -= population * rates[f"Gamma_{a}_{b}"]
        assert flow == 0
    assert sum(populations) == 1
    assert len(named) < 60


def test_the_eta_form_prints_the_derived_ratios() -> None:
    steady = CHAINS["two"].steady_state()
    form = eta_form(steady.edges, (3, 4))
    printed = {f.left: " ".join(f.terms) for f in formulas(CHAINS["two"])}
    assert printed[r"\rho_{44}"] == r"\frac{\eta_{2}}{\eta_{1}} \rho_{33}"
    assert printed[r"\rho_{11}"] == (
        r"\frac{E_{31} \eta_{1} + E_{41} \eta_{2}}{\eta_{1} \left(A_{31} + A_{41}\right)} \rho_{33}"
    )
    assert sp.simplify(form["rho_4"] / form["rho_3"] - form["eta_2"] / form["eta_1"]) == 0


def test_results_show_themselves_as_formulas() -> None:
    battery = CHAINS["three"]
    shown = [
        battery.eigensystem()._repr_latex_(),
        battery.eigensystem()[5]._repr_latex_(),
        battery.transitions()[0]._repr_latex_(),
        battery.steady_state()._repr_latex_(),
        CHAINS["two"].steady_state()._repr_latex_(),
        battery.evaluate(B0=5, J=1, Delta=0.5, epsilon=1, T_L=2, T_R=0, kappa=1)._repr_latex_(),
    ]
    assert [text for text in shown if faults(text) or text[0] != "$" or text[-1] != "$"] == []
    assert r"\alpha" in shown[0]
    assert "1280 trees" in shown[3]
    assert r"\infty" in shown[5]
