"""The report page: one self-contained folder."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TypeVar

from symqb._version import __version__
from symqb.audit import audit_paper
from symqb.battery import Battery, xxz_battery
from symqb.derive import count_trees
from symqb.models import ParameterError
from symqb.papers import pra109_042619
from symqb.report.assets import asset
from symqb.report.chain_html import battery_section
from symqb.report.explorer import explorer_scripts, explorer_section
from symqb.report.findings import (
    audit_section,
    check_theorems,
    figures_section,
    theorems_section,
)
from symqb.report.html import cards, figure, number, table
from symqb.report.measured import FIELDS, GridCheck, check_passivity, evaluate_settings
from symqb.report.plots import bias_plot

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src 'self' data:"
)
"""Nothing from outside the folder may load."""

SpinChains = tuple[Battery, ...]
T = TypeVar("T")


def overview_section(
    batteries: SpinChains,
    checks: list[GridCheck],
    verdicts: Sequence[str] = (),
    statuses: Sequence[str] = (),
) -> str:
    """The headline figures; verdicts and statuses where theorems and audit are on the page."""
    items = [_operations(battery) for battery in batteries]
    if verdicts:
        counts = Counter(verdicts)
        shown = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
        items.append(
            (
                shown,
                f'of {len(verdicts)} <a href="#theorems">statements</a>, each by a certificate',
            )
        )
    if statuses:
        differ = len(statuses) - statuses.count("confirmed")
        items.append(
            (
                f"{differ} of {len(statuses)}",
                'printed equations, arguments and claims <a href="#audit">are not confirmed</a> '
                "as they stand",
            )
        )
    worst = max(check.worst for check in checks)
    reached = ", ".join(f"{number(c.strongest, 3)} ({c.spins} spins)" for c in checks)
    points = sum(check.points for check in checks)
    items.append(
        (
            f"W = {number(worst, 3)}",
            f'largest ergotropy at ε = 0 over {points:,} points, <a href="#zero">a test</a>; the '
            f"same grids reach {reached} at ε = 1",
        )
    )
    return (
        '<section id="overview" aria-labelledby="overview-h">'
        '<h2 id="overview-h">At a glance</h2>' + cards(items) + "</section>"
    )


def _operations(battery: Battery) -> tuple[str, str]:
    steady = battery.steady_state()
    trees = count_trees(steady.labels, steady.edges)
    return (
        f"{len(steady.elimination.steps)} operations",
        f"give all {len(steady.labels)} populations of "
        f'<a href="#spins-{battery.spins}">{battery.spins} spins</a> from the rates, without a '
        f"subtraction; each is a sum over {trees} spanning trees",
    )


def numbers_section(batteries: SpinChains, checks: list[GridCheck]) -> str:
    """Values on the paper's parameters, plots, and the check of zero ergotropy."""
    rows = []
    for setting, result in evaluate_settings():
        values = [setting.J, setting.Delta, setting.epsilon, setting.T_L, setting.T_R]
        outputs = [result[k] for k in ("charge", "ergotropy", "exergy", "heat_current_L")]
        populations = ", ".join(number(p, 4) for p in result.populations)
        rows.append(
            [
                setting.figure,
                str(setting.spins),
                *(number(v) for v in [FIELDS[setting.spins], *values, *outputs]),
                f'<div class="populations">{populations}</div>',
            ]
        )
    columns = ["Fig.", "spins", "B₀", "J", "Δ", "ε", "T<sub>L</sub>", "T<sub>R</sub>", "charge",
               "ergotropy", "exergy", "heat from L", "populations ρ₁₁, ρ₂₂, …"]  # fmt: skip
    caption = (
        "One point of each figure of the paper; B₀, J and the sign of Δ are the paper's, the "
        "temperatures lie in the figure's range. Energies in units of |J|, κ = 1."
    )
    plots = [
        figure(
            bias_plot(battery, output, label, f"plot-{battery.spins}-{output}"),
            f"{label[0].upper() + label[1:]}, {battery.spins} spins: "
            f"B₀ = {FIELDS[battery.spins]:g}, J = 1, Δ = 0.5.",
        )
        for battery in batteries
        for output, label in (("charge", "charge"), ("ergotropy", "ergotropy / |J|"))
    ]
    return (
        '<section id="numbers" aria-labelledby="numbers-h"><h2 id="numbers-h">Numbers</h2>'
        + table(caption, columns, rows, numeric=range(1, 12))
        + f'<div class="figures">{"".join(plots)}</div>'
        + '<h3 id="zero">Zero ergotropy at ε = 0</h3>'
        + "".join(map(_check_text, checks))
        + "</section>"
    )


def _check_text(check: GridCheck) -> str:
    verdict = "passes" if check.passed else "FAILS"
    point = ", ".join(f"{name} = {number(value, 4)}" for name, value in check.where.items())
    where = f", at {point}" if check.worst > 0 else ""
    return (
        f"<p>{check.spins} spins: the check <strong>{verdict}</strong>. Over {check.points:,} "
        "points (both signs of J, Δ from &minus;1 to 1, mean temperatures 0.5 to 50, temperature "
        f"differences over their whole range) the largest ergotropy is {number(check.worst, 3)} "
        f"|J|{where}. At ε = 1 the same grid reaches {number(check.strongest, 4)} |J|. This "
        "is a test, not a proof; <code>symqb prove</code> says what is proved.</p>"
    )


NAVIGATION = (
    ("overview", "At a glance"),
    ("explorer", "Explorer"),
    ("spins-2", "Two spins"),
    ("spins-3", "Three spins"),
    ("numbers", "Numbers"),
    ("theorems", "Theorems"),
    ("audit", "Audit"),
    ("figures", "Figures"),
    ("made", "How it was made"),
)


def _navigation(body: str) -> str:
    items = "".join(
        f'<li><a href="#{key}">{title}</a></li>'
        for key, title in NAVIGATION
        if f'<section id="{key}"' in body
    )
    return (
        '<nav class="bar" aria-label="Sections"><div><ul>' + items + "</ul>"
        '<button type="button" id="theme">Theme</button></div></nav>'
    )


def _made(seconds: dict[str, float]) -> str:
    times = ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items())
    commands = "symqb derive --spins 3\nsymqb latex --spins 3 --document\nsymqb prove\nsymqb audit"
    return (
        '<section id="made" aria-labelledby="made-h"><h2 id="made-h">How it was made</h2>'
        f"<p>Written by <code>symqb report</code>, version {escape(__version__)}; nothing on this "
        f"page was typed in. Time spent: {times}. The same from a terminal:</p>"
        f"<pre><code>{commands}</code></pre></section>"
    )


def page(body: str, scripts: str = "") -> str:
    """A whole page around its sections."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="{POLICY}">
<title>XXZ spin-chain quantum batteries: derived, proved, evaluated</title>
<link rel="icon" href="data:,">
<style>{asset("style.css")}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<h1>XXZ spin-chain quantum batteries</h1>
<p>Steady states of two- and three-spin batteries between heat baths, derived from their
Hamiltonians, evaluated on the paper's parameters (Phys. Rev. A 109, 042619), and checked.</p>
</header>
{_navigation(body)}
<main id="main">
{body}
</main>
<footer>Formulas copy as LaTeX with the button beside them. No part of this page comes from a
network.</footer>
<div id="said" role="status" aria-live="polite" class="hidden"></div>
<script>{asset("page.js")}</script>
{scripts}
</body>
</html>
"""


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
    folder = Path(output)
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"output={str(output)!r} is a file; give a folder")
    folder.mkdir(parents=True, exist_ok=True)
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
    parts.append(_made(seconds))
    parts.insert(0, overview_section(batteries, checks, verdicts, statuses))
    target = folder / "index.html"
    target.write_text(page("\n".join(parts), scripts), encoding="utf-8")
    return target
