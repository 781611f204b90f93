"""The derivation of one battery as HTML, step by step."""

from __future__ import annotations

from html import escape

from symqb.battery import Battery
from symqb.derive.printing import Formula
from symqb.report.diagram import level_diagram
from symqb.report.formulas import Section, sections
from symqb.report.html import figure
from symqb.report.latex import align
from symqb.report.mathml import formula_list
from symqb.report.measured import FIELDS

COLUMNS = {"levels": 2, "transitions": 3, "rates": 3, "balance": 2}
NAMES = {2: "Two spins", 3: "Three spins"}


def battery_section(battery: Battery) -> str:
    """All steps of a battery's derivation."""
    name = f"spins-{battery.spins}"
    counts = battery.program.prune(["populations"]).operation_counts()
    parts = [
        f'<section id="{name}" aria-labelledby="{name}-h">',
        f'<h2 id="{name}-h">{NAMES.get(battery.spins, f"{battery.spins} spins")}</h2>',
        f"<p>From the Hamiltonian and the coupling operators alone. The populations take "
        f"{sum(counts.values())} operations from the parameters, {counts.get('bose', 0)} of them "
        f"Bose factors.</p>",
    ]
    for step, section in enumerate(sections(battery), 1):
        parts.append(_step(battery, step, section))
    parts.append("</section>")
    return "\n".join(parts)


def _step(battery: Battery, step: int, section: Section) -> str:
    head = (
        f'<div class="stephead"><h3 id="spins-{battery.spins}-{section.key}">'
        f'<span class="step">{step}</span> '
        f'{escape(section.title)} <span class="eq">{escape(section.paper)}</span></h3>'
        f'<button type="button" class="copy all" data-latex="{escape(align(section.formulas))}" '
        f'aria-label="Copy all formulas of this step as LaTeX">Copy all as LaTeX</button></div>'
    )
    parts = [head, f"<p>{escape(section.text)}</p>"]
    shown, folded, summary = _split(section)
    columns = COLUMNS.get(section.key, 1)
    if section.definitions:
        parts.append(formula_list(shown[: section.definitions]))
    if shown:
        parts.append(formula_list(shown[section.definitions :], columns))
    if folded:
        inner = formula_list(folded, 2 if section.key in ("rates", "steady") else columns)
        parts.append(f"<details><summary>{escape(summary)}</summary>{inner}</details>")
    if section.key == "transitions":
        parts.append(_diagrams(battery))
    return "\n".join(parts)


def _split(section: Section) -> tuple[tuple[Formula, ...], tuple[Formula, ...], str]:
    """What is shown at once, what is folded, and the words on the fold."""
    if section.folded:
        return (), section.formulas, f"Show all {len(section.formulas)} formulas"
    if section.key == "rates":
        general, each = section.formulas[:3], section.formulas[3:]
        return general, each, f"Show all {len(each)} emission and absorption rates"
    if section.key == "transitions" and len(section.formulas) > 20:
        return (), section.formulas, f"Show all {len(section.formulas)} formulas"
    return section.formulas, (), ""


def _diagrams(battery: Battery) -> str:
    field = FIELDS.get(battery.spins, 2.0)
    drawings = []
    for epsilon in (0.0, 1.0):
        point = {"B0": field, "J": 1.0, "Delta": 0.5, "epsilon": epsilon}
        key = f"levels-{battery.spins}-{epsilon:g}"
        caption = (
            f'ε = {epsilon:g}: <span class="key hot"></span>left bath, '
            f'<span class="key cold"></span>right bath; thicker lines, larger matrix elements. '
            f"Heights are energies at B₀ = {field:g}, J = 1, Δ = 0.5, moved apart where levels "
            "nearly touch."
        )
        drawings.append(figure(level_diagram(battery, point, key), caption))
    return f'<div class="figures">{"".join(drawings)}</div>'
