"""The derivation of one battery for the page, step by step."""

from __future__ import annotations

from symqb.battery import Battery, xxz_battery
from symqb.report.assets import fill
from symqb.report.measured import FIELDS
from symqb.report.panels import panel
from symqb.show.formulas import Formula
from symqb.show.level_diagram import level_diagram
from symqb.show.paper_latex import align
from symqb.show.sections import Section, sections

COLUMNS = {"levels": 2, "transitions": 3, "rates": 3, "balance": 2}
NAMES = {2: "Two spins", 3: "Three spins"}


def battery_section(battery: Battery) -> str:
    """Write all steps of a battery's derivation."""
    counts = battery.program.prune(["populations"]).operation_counts()
    collective = battery.model.dissipation == "collective"
    return fill(
        "battery.html",
        key=f"spins-{battery.spins}",
        name=NAMES.get(battery.spins, f"{battery.spins} spins"),
        operations=sum(counts.values()),
        bose=counts.get("bose", 0),
        steps=[_step(battery, section) for section in sections(battery.derivation)],
        individual=_individual(battery) if collective else None,
    )


def _step(battery: Battery, section: Section) -> dict[str, object]:
    """One step: heading, words, panels of formulas, a fold of others, diagrams."""
    shown, folded, summary = _split(section)
    columns, named = COLUMNS.get(section.key, 1), section.definitions
    panels = [panel(shown[:named])] if named else []
    panels += [panel(shown[named:], columns)] if shown else []
    aside = 2 if section.key in ("rates", "steady") else columns
    return {
        "key": section.key,
        "title": section.title,
        "paper": section.paper,
        "latex": align(section.formulas),
        "text": section.text,
        "panels": panels,
        "fold": {"summary": summary, "panel": panel(folded, aside)} if folded else None,
        "diagrams": _diagrams(battery) if section.key == "transitions" else [],
    }


def _individual(collective: Battery) -> dict[str, object]:
    """What differs where each site of the left bath dissipates on its own, formula by formula."""
    battery = xxz_battery(collective.spins, "individual")
    pairs = list(zip(sections(collective.derivation), sections(battery.derivation), strict=True))
    folds = []
    for section, other in pairs:
        known = {formula.latex for formula in section.formulas}
        changed = tuple(f for f in other.formulas if f.latex not in known)
        if changed:
            summary = f"{other.title}: {len(changed)} of {len(other.formulas)} formulas"
            few = len(changed) <= 6
            folds.append({"summary": summary, "panel": panel(changed, 2), "open": few})
    return {
        "same": [s.title for s, other in pairs if s.formulas == other.formulas],
        "folds": folds,
        "diagrams": _diagrams(battery),
    }


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


def _diagrams(battery: Battery) -> list[dict[str, object]]:
    """The levels at both couplings of the paper, with what a caption says of them."""
    field, dissipation = FIELDS.get(battery.spins, 2.0), battery.model.dissipation
    drawings: list[dict[str, object]] = []
    for epsilon in (0.0, 1.0):
        point = {"B0": field, "J": 1.0, "Delta": 0.5, "epsilon": epsilon}
        key = f"levels-{battery.spins}-{dissipation}-{epsilon:g}"
        svg = level_diagram(battery.derivation, point, key)
        drawn = {"svg": svg, "epsilon": epsilon, "dissipation": dissipation, "field": field}
        drawings.append(drawn)
    return drawings
