"""The LaTeX to paste into an article: pdflatex sets it, nothing stands out, and it is true."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import symqb
from symqb.cli import app
from symqb.models import ParameterError

OVERFULL = 3.0
"""Points by which a line may stand out of its column: about half a letter."""

ODD = symqb.Battery(
    symqb.BatteryModel(
        symqb.Chain(2, "λ", "Δ", "ħ"),
        (symqb.Bath("hot_1", "T_μ", {1: 1, 2: "ж"}), symqb.Bath("μ", "θ", {2: 1})),
        "κ_ж",
    )
)
XYZ = symqb.Battery(
    symqb.BatteryModel(
        symqb.Chain.xyz(2),
        (
            symqb.Bath("hot", "T_hot", {1: 1}, spectrum=symqb.SpectralDensity("x", 3)),
            symqb.Bath("cold", "T_cold", {2: 1}, axis="y"),
        ),
    )
)
TWO = symqb.xxz_battery(2)
RESONANT = TWO.at(epsilon=0, Delta=0)
OUTPUTS = ("populations", "charge", "entropy_production")


def typeset(folder: Path, body: str, document: str) -> tuple[str, list[float]]:
    """The text of the pages, and by how much lines stand out of them."""
    source = f"{document}\\begin{{document}}\n{body}\n\\end{{document}}\n"
    (folder / "article.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "article.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    log = (folder / "article.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, [line for line in log.splitlines() if line.startswith("!")]
    wide = re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log)
    show = ["pdftotext", "-layout", "article.pdf", "-"]
    text = subprocess.run(show, cwd=folder, capture_output=True, check=True).stdout
    return text.decode(errors="replace"), [float(points) for points in wide]


def classes() -> list[str]:
    found = [r"\documentclass{article}", r"\documentclass[twocolumn]{article}"]
    kpsewhich = shutil.which("kpsewhich")
    if kpsewhich:
        asked = subprocess.run([kpsewhich, "revtex4-2.cls"], capture_output=True, check=False)
        if asked.stdout.strip():
            found.append(r"\documentclass[twocolumn,aps,pra]{revtex4-2}")
    return found


@pytest.mark.needs_latex
@pytest.mark.needs_pdftotext
@pytest.mark.parametrize("align", ["align", "align*", "multline", "dmath"])
@pytest.mark.parametrize(
    ("battery", "options"),
    [
        (TWO, {"outputs": OUTPUTS}),
        (RESONANT, {"sections": ["rates", "steady"], "form": "product"}),
        (ODD, {"outputs": ["heat_current_hot_1"], "form": "exponential"}),
        (XYZ, {"outputs": OUTPUTS, "sections": ["hamiltonian", "energetics"], "form": "eta"}),
    ],
    ids=["two", "resonant", "odd", "xyz"],
)
def test_what_is_pasted_into_an_article_is_set_within_its_columns(
    tmp_path: Path, battery: symqb.Battery, options: dict[str, Any], align: str
) -> None:
    body = battery.latex(align=align, **options)
    package = r"\usepackage{amsmath}" + (r"\usepackage{breqn}" if align == "dmath" else "")
    for document in classes():
        text, wide = typeset(tmp_path, body, document + package)
        assert [points for points in wide if points > OVERFULL] == [], document
        numbered = {int(number) for number in re.findall(r"\((\d+)\)", text)}
        count = 0 if align == "align*" else formulas_in(body)
        assert set(range(1, count + 1)) <= numbered


def formulas_in(body: str) -> int:
    """Numbered formulas: lines of an align, less those that go on, or displays."""
    aligned = re.findall(r"\\begin\{align\}(.*?)\\end\{align\}", body, re.DOTALL)
    lines = sum(len(re.findall(r" &(?:=|\\)", block)) for block in aligned)
    return lines or len(re.findall(r"\\begin\{(?:equation|multline|dmath)\}", body))


@pytest.mark.needs_latex
@pytest.mark.needs_pdftotext
def test_a_line_that_stands_out_would_be_seen(tmp_path: Path) -> None:
    body = TWO.latex(["steady"], width=200)
    _, wide = typeset(tmp_path, body, classes()[1] + r"\usepackage{amsmath}")
    assert max(wide) > OVERFULL


def test_sections_and_outputs_are_chosen_and_said_once() -> None:
    body = TWO.latex(["levels"], ["populations", "charge"])
    assert re.findall(r"\\section\*\{([^}]*)\}", body) == [
        "Levels (Eqs. 2, 21)",
        "Populations",
        "Charge",
    ]
    lines = [line.rstrip(" \\") for line in body.splitlines() if " &=" in line]
    assert len(lines) == len(set(lines))
    assert TWO.latex(["steady"], ["populations"], form="trees").count("section*") == 1
    assert TWO.latex("rates") == TWO.latex(["rates"])


def test_names_of_ones_own_are_used_in_every_formula() -> None:
    names = {"epsilon": r"\epsilon", "B0": "h", "T_L": r"T_1"}
    body = TWO.latex(names=names) + TWO.latex(outputs=OUTPUTS, names=names)
    assert r"\varepsilon" not in body
    assert "B_0" not in body
    assert r"T_{\mathrm{L}}" not in body
    assert all(latex in body for latex in names.values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": {"x": "y"}}, "names: 'x' is no parameter; choose from B0"),
        ({"names": {"J": "B_{0"}}, "no LaTeX of a symbol"),
        ({"names": {"J": "B_0"}}, "B0 and J would both be written B_0"),
        ({"names": {"J": " "}}, "no LaTeX of a symbol"),
        ({"align": "gather"}, "align='gather' is unknown; choose align, align"),
        ({"sections": ["rate"]}, "sections: 'rate' is unknown; choose hamiltonian"),
        ({"sections": []}, "sections: an empty choice"),
        ({"outputs": ["heat"]}, "outputs: 'heat' is unknown; choose populations"),
        ({"form": "short"}, "form='short' is unknown"),
    ],
)
def test_what_cannot_be_written_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)):
        TWO.latex(**options)


def test_the_hamiltonian_of_unequal_bonds_has_both_of_them() -> None:
    """Once the mean of J_x and J_y stood for both, in blocks that the operator does not have."""
    body = XYZ.latex(["hamiltonian"])
    assert r"\frac{J_x}{2} \sigma_x^{(1)}\sigma_x^{(2)}" in body
    assert r"\frac{J_y}{2} \sigma_y^{(1)}\sigma_y^{(2)}" in body
    assert r"H_B^{(\mathrm{even})} &= \begin{pmatrix} B_0" in body
    assert "conserves the number of spins up" not in body
    assert "Eqs." not in body


def test_energies_are_above_the_mean_energy_of_the_empty_battery() -> None:
    """With unequal bonds the empty battery is no level: the lowest height is not zero."""
    body = XYZ.latex(["energetics"])
    assert r"\rho_{11}" in body.split("C &=")[0]


def test_densities_that_are_not_ohmic_are_in_the_rates_and_defined() -> None:
    body = XYZ.latex(["rates"])
    assert r"\frac{\mathcal{J}_\nu(|E_i - E_j|)}{|E_i - E_j|}" in body
    assert r"\mathcal{J}_{\mathrm{hot}}(\omega) &= " in body


def test_beside_a_bath_at_zero_nothing_is_divided_by_zero() -> None:
    body = TWO.at(T_R=0).latex(["energetics"])
    assert r"{0}" not in body.replace("_{0}", "")
    assert r"\sigma &=" not in body
    assert r"- E_1^{\uparrow}" in body


def test_the_command_prints_some_sections_and_outputs(tmp_path: Path) -> None:
    run = CliRunner().invoke
    shown = run(app, ["latex", "--only", "populations,rates", "--align", "align*"])
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.strip() == TWO.latex(["rates"], ["populations"], align="align*").strip()
    target = tmp_path / "two.tex"
    options = ["--document", "--align", "dmath", "--form", "eta", "-o", str(target)]
    assert run(app, ["latex", *options]).exit_code == 0
    assert r"\usepackage{amsmath,breqn}" in target.read_text()
    refused = run(app, ["latex", "--only", "populatons"])
    assert refused.exit_code != 0
