"""The derivation of one battery as HTML, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from symqb.battery import Battery, xxz_battery
from symqb.report.diagram import level_diagram
from symqb.report.formulas import Section, sections
from symqb.report.html import figure
from symqb.report.latex import align
from symqb.report.mathml import formula_list
from symqb.report.measured import FIELDS
from symqb.show.formulas import Formula

COLUMNS = {"levels": 2, "transitions": 3, "rates": 3, "balance": 2}
NAMES = {2: "Two spins", 3: "Three spins"}


def battery_section(battery: Battery) -> str:
    """All steps of a battery's derivation."""
    name = f"spins-{battery.spins}"
    counts = battery.program.prune(["populations"]).operation_counts()
    parts = [
        f'<section id="{name}" aria-labelledby="{name}-h">',
        f'<h2 id="{name}-h">{_name(battery)}</h2>',
        f"<p>From the Hamiltonian and the coupling operators alone. The populations take "
        f"{sum(counts.values())} operations from the parameters, {counts.get('bose', 0)} of them "
        f"Bose factors.</p>",
    ]
    for step, section in enumerate(sections(battery), 1):
        parts.append(_step(battery, step, section))
    if battery.model.dissipation == "collective":
        parts.append(_individual(battery))
    parts.append("</section>")
    return "\n".join(parts)


def _name(battery: Battery) -> str:
    return NAMES.get(battery.spins, f"{battery.spins} spins")


def _step(battery: Battery, step: int, section: Section) -> str:
    head = (
        f'<div class="stephead"><h3 id="spins-{battery.spins}-{section.key}">'
        f'<span class="step">{step}</span> '
        f'{escape(section.title)} <span class="eq">{escape(section.paper)}</span></h3>'
        f'<button type="button" class="copy all" data-latex="{escape(align(section.formulas))}" '
        f'aria-label="Copy all as LaTeX: {escape(section.title)}, {_name(battery)}">'
        "Copy all as LaTeX</button></div>"
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
        parts.append(_diagrams(battery, (0.0, 1.0)))
    return "\n".join(parts)


def _individual(collective: Battery) -> str:
    """What differs where each site of the left bath dissipates on its own, formula by formula."""
    battery = xxz_battery(collective.spins, "individual")
    pairs = list(zip(sections(collective), sections(battery), strict=True))
    same = [s.title for s, other in pairs if s.formulas == other.formulas]
    name = f"spins-{battery.spins}-individual"
    parts = [
        f'<h3 id="{name}">Individual dissipation</h3>',
        "<p>The same derivation without the cross term between the two sites that share the left "
        f"bath. Unchanged, formula by formula: {', '.join(same)}. Changed:</p>",
    ]
    for section, other in pairs:
        known = {formula.latex for formula in section.formulas}
        changed = tuple(f for f in other.formulas if f.latex not in known)
        if changed:
            inner = formula_list(changed, 2)
            title = f"{escape(other.title)}: {len(changed)} of {len(other.formulas)} formulas"
            fold = "" if len(changed) > 6 else " open"
            parts.append(f"<details{fold}><summary>{title}</summary>{inner}</details>")
    parts.append(_diagrams(battery, (0.0, 1.0)))
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


def _diagrams(battery: Battery, couplings: Sequence[float]) -> str:
    field = FIELDS.get(battery.spins, 2.0)
    drawings = []
    for epsilon in couplings:
        point = {"B0": field, "J": 1.0, "Delta": 0.5, "epsilon": epsilon}
        key = f"levels-{battery.spins}-{battery.model.dissipation}-{epsilon:g}"
        caption = (
            f"ε = {epsilon:g}, {battery.model.dissipation}: "
            '<span class="key hot"></span>left bath, '
            f'<span class="key cold"></span>right bath; thicker lines, larger matrix elements. '
            f"Heights are energies at B₀ = {field:g}, J = 1, Δ = 0.5, moved apart where levels "
            "nearly touch."
        )
        drawings.append(figure(level_diagram(battery, point, key), caption))
    return f'<div class="figures">{"".join(drawings)}</div>'
