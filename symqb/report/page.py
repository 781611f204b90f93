"""The report page: one self-contained folder."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from symqb._version import __version__
from symqb.audit import audit_paper
from symqb.battery import Battery, xxz_battery
from symqb.derive import count_trees
from symqb.emit import Result
from symqb.papers import pra109_042619
from symqb.report.assets import fill
from symqb.report.chain import battery_section
from symqb.report.explorer import explorer_scripts, explorer_section
from symqb.report.findings import (
    audit_section,
    check_theorems,
    figures_section,
    theorems_section,
)
from symqb.report.frame import page_around, report_folder
from symqb.report.measured import (
    FIELDS,
    GridCheck,
    Setting,
    check_passivity,
    evaluate_settings,
)
from symqb.report.plots import bias_plot

SpinChains = tuple[Battery, ...]
T = TypeVar("T")


def overview_section(
    batteries: SpinChains,
    checks: Sequence[GridCheck],
    verdicts: Sequence[str] = (),
    statuses: Sequence[str] = (),
) -> str:
    """Write the headline figures; verdicts and statuses where theorems and audit are shown."""
    return fill(
        "overview.html",
        batteries=[_operations(battery) for battery in batteries],
        checks=checks,
        verdicts=Counter(verdicts),
        statuses=statuses,
    )


def _operations(battery: Battery) -> dict[str, int]:
    steady = battery.steady_state()
    return {
        "spins": battery.spins,
        "operations": len(steady.elimination.steps),
        "populations": len(steady.labels),
        "trees": count_trees(steady.labels, steady.edges),
    }


def numbers_section(batteries: SpinChains, checks: Sequence[GridCheck]) -> str:
    """Write values on the paper's parameters, plots, and the check of zero ergotropy."""
    plots = [
        {
            "svg": bias_plot(battery, output, label, f"plot-{battery.spins}-{output}"),
            "label": label,
            "spins": battery.spins,
            "field": FIELDS[battery.spins],
        }
        for battery in batteries
        for output, label in (("charge", "charge"), ("ergotropy", "ergotropy / |J|"))
    ]
    points = [_point(setting, result) for setting, result in evaluate_settings()]
    return fill("numbers.html", points=points, plots=plots, checks=checks)


def _point(setting: Setting, result: Result) -> dict[str, object]:
    """A row of the table of numbers."""
    given = (FIELDS[setting.spins], setting.J, setting.Delta, setting.epsilon)
    outputs = [result[k] for k in ("charge", "ergotropy", "exergy", "heat_current_L")]
    return {
        "figure": setting.figure,
        "numbers": [setting.spins, *given, setting.T_L, setting.T_R, *outputs],
        "populations": list(result.populations),
    }


NAVIGATION = {
    "overview": "At a glance",
    "explorer": "Explorer",
    "spins-2": "Two spins",
    "spins-3": "Three spins",
    "numbers": "Numbers",
    "theorems": "Theorems",
    "audit": "Audit",
    "figures": "Figures",
    "made": "How it was made",
}

HEADING = "XXZ spin-chain quantum batteries"
LEAD = (
    "Steady states of two- and three-spin batteries between heat baths, derived from their "
    "Hamiltonians, evaluated on the paper's parameters (Phys. Rev. A 109, 042619), and checked."
)


def page(body: str, scripts: str = "") -> str:
    """Write a whole page around the sections on the paper's batteries."""
    shown = {k: title for k, title in NAVIGATION.items() if f'<section id="{k}"' in body}
    title = f"{HEADING}: derived, proved, evaluated"
    return page_around(body, shown, title=title, heading=HEADING, lead=LEAD, scripts=scripts)


def write_report(output: Path | str, *, quick: bool = False) -> Path:
    """Derive both batteries and write the page.

    Parameters
    ----------
    output : path
        Folder for ``index.html`` and the figures; made if it does not exist.
    quick : bool
        Leave out theorems, audit and figures.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ParameterError
        ``output`` is a file.
    ImportError
        A package of ``symqb[report]`` is not installed; the message names it.
    """
    folder = report_folder(output)
    seconds: dict[str, float] = {}

    def timed(name: str, make: Callable[[], T]) -> T:
        start = time.perf_counter()
        made = make()
        seconds[name] = time.perf_counter() - start
        return made

    batteries = tuple(xxz_battery(spins) for spins in sorted(FIELDS))
    scripts = timed("explorer", explorer_scripts)
    parts = [explorer_section()]
    parts.append(timed("derivation", lambda: "\n".join(map(battery_section, batteries))))
    checks = timed("test of zero ergotropy", lambda: [check_passivity(b) for b in batteries])
    parts.append(timed("numbers", lambda: numbers_section(batteries, checks)))
    verdicts: list[str] = []
    statuses: list[str] = []
    if not quick:
        results, others = timed("theorems", check_theorems)
        rows = timed("audit", lambda: audit_paper(pra109_042619))
        verdicts, statuses = [r.verdict for r in results], [row.status for row in rows]
        parts += [theorems_section(results, others), audit_section(rows)]
        parts.append(timed("figures", lambda: figures_section(folder)))
    parts.append(fill("made.html", version=__version__, seconds=seconds))
    parts.insert(0, overview_section(batteries, checks, verdicts, statuses))
    target = folder / "index.html"
    target.write_text(page("\n".join(parts), scripts), encoding="utf-8")
    return target
