"""LaTeX that pdflatex sets: names of every kind, every equation on a page, no line out of it."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

import symqb
from symqb.emit.plan import Plan
from symqb.program import Builder
from symqb.report.latex import latex_document, latex_sections
from symqb.show.formulas import parameter_spellings
from symqb.show.mathml import mathml
from symqb.show.program_latex import equations, latex_program, number_latex
from symqb.show.sections import sections
from symqb.show.spelling import IN_TEXT, index_latex, spellings, symbol_latex, words_latex

OVERFULL = 3.0
"""Points by which a line may stand out of its column: about half a letter."""

NAMES = tuple(
    """λ Δ ħ x_ _x a__b alpha1 alpha E_1 x_1 x1 Q T_hot ж 名 é ø omegabar J_L W_1 lambda ffλ
    rho_1 x9y a_b_c T_μ""".split()  # noqa: SIM905  # a list of words reads as one
)


def battery(*names: str) -> symqb.Battery:
    """Two spins with nine names."""
    J, Delta, B0, left, weight, hot, cold, right, kappa = names
    baths = (
        symqb.Bath(hot, left, {1: 1, 2: weight}),
        symqb.Bath(cold, right, {2: 1}),
    )
    return symqb.Battery(symqb.BatteryModel(symqb.Chain(2, J, Delta, B0), baths, kappa))


ODD = [battery(*(NAMES[(3 * k + i) % len(NAMES)] for i in range(9))) for k in range(9)]


@cache
def paper(spins: int) -> symqb.Battery:
    return symqb.xxz_battery(spins)


def typeset(folder: Path, body: str, options: str = "") -> tuple[str, list[float]]:
    """The text of the pages that an article shows, and by how much lines stand out of it."""
    source = (
        rf"\documentclass[{options}]{{article}}\usepackage{{amsmath}}\begin{{document}}"
        f"\n{body}\n\\end{{document}}\n"
    )
    (folder / "article.tex").write_text(source, encoding="utf-8")
    return compiled(folder)


def compiled(folder: Path) -> tuple[str, list[float]]:
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "article.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    log = (folder / "article.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, [line for line in log.splitlines() if line.startswith("!")]
    wide = re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log)
    show = ["pdftotext", "-layout", "article.pdf", "-"]
    text = subprocess.run(show, cwd=folder, capture_output=True, check=True).stdout
    return text.decode(errors="replace"), [float(points) for points in wide]


def numbers(text: str) -> set[int]:
    """The numbers of equations that stand on the pages."""
    return {int(number) for number in re.findall(r"\((\d+)\)", text)}


@pytest.mark.needs_latex
@pytest.mark.needs_pdftotext
@pytest.mark.parametrize("options", ["", "twocolumn", "a4paper,11pt"])
@pytest.mark.parametrize("spins", [2, 3])
def test_every_equation_of_an_article_is_on_a_page_and_no_line_out_of_it(
    tmp_path: Path, spins: int, options: str
) -> None:
    found = paper(spins)
    expected = sum(len(section.formulas) for section in sections(found.derivation))
    text, wide = typeset(tmp_path, latex_sections(found), options)
    assert set(range(1, expected + 1)) <= numbers(text)
    assert [points for points in wide if points > OVERFULL] == []
    assert expected == {2: 68, 3: 191}[spins]


@pytest.mark.needs_latex
@pytest.mark.needs_pdftotext
def test_equations_that_a_page_loses_would_be_seen(tmp_path: Path) -> None:
    body = latex_sections(paper(3)).replace(r"\allowdisplaybreaks", "")
    text, wide = typeset(tmp_path, body)
    assert not set(range(1, 192)) <= numbers(text)
    assert max(wide) > 100


@pytest.mark.needs_latex
@pytest.mark.needs_pdftotext
@pytest.mark.parametrize(
    ("options", "outputs"),
    [
        ("twocolumn", None),
        ("", ("ergotropy", "entropy_production")),
        pytest.param("", None, marks=pytest.mark.slow),
    ],
)
def test_emitted_programs_fit_their_column_and_go_on_over_pages(
    tmp_path: Path, options: str, outputs: tuple[str, ...] | None
) -> None:
    found = paper(3)
    text, wide = typeset(tmp_path, found.source("latex", outputs=outputs), options)
    assert [points for points in wide if points > OVERFULL] == []
    assert "production" in text


@pytest.mark.needs_latex
@pytest.mark.needs_pdftotext
@pytest.mark.parametrize("number", range(len(ODD)))
def test_names_of_every_kind_are_set(tmp_path: Path, number: int) -> None:
    """In the article, in an emitted program, and in what a notebook shows."""
    found = ODD[number]
    shown = [
        latex_sections(found),
        found.source("latex", outputs=("energies", "charge")),
        found.eigensystem()._repr_latex_(),
        found.transitions()[0]._repr_latex_(),
        found.steady_state()._repr_latex_(),
    ]
    text, _ = typeset(tmp_path, "\n\n".join(shown), "twocolumn")
    assert "(68)" in text


@pytest.mark.needs_latex
@pytest.mark.needs_pdftotext
def test_a_document_compiles_on_its_own(tmp_path: Path) -> None:
    (tmp_path / "article.tex").write_text(latex_document(ODD[0]), encoding="utf-8")
    text, _ = compiled(tmp_path)
    assert "(68)" in text


@pytest.mark.parametrize("number", range(len(ODD)))
def test_only_letters_that_text_has_are_printed_and_no_two_names_alike(number: int) -> None:
    found = ODD[number]
    for source in (latex_sections(found), found.source("latex")):
        assert {letter for letter in source if not letter.isascii()} <= IN_TEXT
    spelled = parameter_spellings(found.parameters)
    assert len({re.sub("[{}]", "", latex) for latex in spelled.values()}) == len(spelled)
    printed = latex_sections(found)
    assert [name for name, latex in spelled.items() if latex not in printed] == []


def test_names_become_mathml_too() -> None:
    pytest.importorskip("latex2mathml")
    for name in NAMES:
        assert mathml(symbol_latex(name)).startswith("<math")
        assert mathml(words_latex(f"heat_current_{name}")).startswith("<math")
        assert mathml(f"n_{{{index_latex(name)}}}").startswith("<math")


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("B0", "B_0"),
        ("Delta", r"\Delta"),
        ("Δ", r"\Delta"),
        ("λ_2", r"\lambda_{2}"),
        ("ħ", r"\hbar"),
        ("B12", "B_{12}"),
        ("x_", r"\mathrm{x\_}"),
        ("a__b", r"\mathrm{a\_\_b}"),
        ("T_hot", r"T_{\mathrm{hot}}"),
        ("ä", r"\ddot{a}"),
        ("ж", r"\mathrm{[0436]}"),
    ],
)
def test_names_are_spelled_as_people_write_them(name: str, latex: str) -> None:
    assert symbol_latex(name) == latex


@pytest.mark.parametrize(
    "names",
    [("x1", "x_1"), ("λ", "lambda"), ("a_b_c", "a_b_c_"), ("B0", "B_0"), ("T_Δ", "T_Delta")],
)
def test_names_that_would_look_alike_are_told_apart(names: tuple[str, str]) -> None:
    first, second = spellings(names).values()
    assert re.sub("[{}]", "", first) != re.sub("[{}]", "", second)


def test_a_parameter_is_not_printed_like_a_quantity_of_the_formulas() -> None:
    """Nor like the name of a square root: three spins have one, and a parameter alpha."""
    names = ("E_1", "W", "Q", "rho_11", "omega_31", "J_L")
    assert all(r"\mathrm" in latex for latex in parameter_spellings(names).values())
    bonds = symqb.Chain(3, J="alpha")
    found = symqb.Battery(symqb.BatteryModel(bonds, paper(3).model.baths))
    printed = {f.left: f.latex for section in sections(found.derivation) for f in section.formulas}
    assert printed[r"\beta"] == r"\beta = \sqrt{\Delta^{2} + 8 \alpha^{2}}"
    assert r"\alpha" not in printed


def test_intermediates_of_a_program_take_a_letter_that_is_no_parameters() -> None:
    b = Builder(("x_1", "y"))
    total = b.add("x_1", "y")
    program = b.build({"total": b.mul(total, total)})
    assert equations(Plan(program), ())[0] == ("z_{1}", "x_{1} + y")


def test_a_slash_and_a_logarithm_hold_their_arguments_together() -> None:
    b = Builder(("x", "a", "c"))
    program = b.build(
        {
            "p": b.apply("boltzmann", "x", b.mul("a", "c")),
            "q": b.apply("bose", "x", b.sub("a", "c")),
            "r": b.apply("log", b.mul("c", "x")),
        }
    )
    found = dict(equations(Plan(program), ()))
    assert found[r"\mathrm{p}"] == r"e^{-x/\left(a \, c\right)}"
    assert found[r"\mathrm{q}"] == r"\frac{x}{e^{x/\left(a - c\right)} - 1}"
    assert found[r"\mathrm{r}"] == r"\ln \left(c \, x\right)"


def test_very_small_numbers_are_powers_of_ten() -> None:
    assert number_latex(Fraction(3, 10**136)) == r"3 \cdot 10^{-136}"
    assert number_latex(Fraction(-(10**9), 7)) == r"-\frac{1}{7} \cdot 10^{9}"
    assert number_latex(Fraction(-2, 3)) == r"- \frac{2}{3}"


def test_a_body_may_be_broken_over_pages_and_nothing_after_it_changes() -> None:
    body = latex_sections(paper(2))
    assert body.count(r"\allowdisplaybreaks") == body.count(r"\begin{align}")
    assert body.count(r"\begingroup") == body.count(r"\endgroup") == body.count(r"\end{align}")
    b = Builder(("x",))
    assert r"\allowdisplaybreaks" in latex_program(Plan(b.build({"y": b.neg("x")})))
