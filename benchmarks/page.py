"""``python -m benchmarks.page``: from a slider's input to the redraw, in a headless Chromium.

For every battery and every slider: milliseconds from the input event to the end of its handler, to
the first frame painted after it (levels and numbers), and to the painted map of 100 by 100 points
(sliders of the map's own axes do not redraw it).  A frame of a 60 Hz screen is 16.7 ms, and what is
painted waits for one.  The last column is processor time of the page's own thread, levels and map
together, mean of all moves: it does not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from symqb.report.explorer import POINTS, RANGES
from symqb.report.page import write_report
from tests.report.browser import Browser

BATTERIES = ("2-collective", "2-individual", "3-collective", "3-individual")
COLUMNS = ("handler", "levels", "map")
MOVES = 30
"""Positions of each slider, in no order that a cache could like."""

MEASURE = """(async ([battery, name, moves]) => {
  const [spins, dissipation] = battery.split('-');
  const state = window.symqbExplorer.state;
  const drawn = () => new Promise((r) => document.addEventListener('symqb-map', r, { once: true }));
  const painted = () => new Promise((r) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => r(performance.now());
    channel.port2.postMessage(0);
  }));
  const quiet = (ms) => new Promise((r) => setTimeout(r, ms));
  if (state.spins !== spins || state.dissipation !== dissipation) {
    Object.assign(state, { spins, dissipation });
    const first = drawn();
    window.symqbExplorer.update();
    await first;
  }
  const slider = document.getElementById(`explore-${name}`), times = [];
  for (let k = 0; k < moves; k++) {
    await quiet(20);
    slider.value = 40 + (k * 367) % 920;
    const map = name === state.x || name === state.y ? null : drawn().then(painted);
    const begun = performance.now();
    slider.dispatchEvent(new Event('input'));
    const handled = performance.now(), frame = await painted();
    times.push([handled - begun, frame - begun, map ? await map - begun : null]);
  }
  return times;
})(QUESTION)"""


def summary(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "worst": max(values)}


def measure(page: Path, moves: int) -> dict[str, Any]:
    """Median and worst milliseconds of every battery, all sliders together."""
    results: dict[str, Any] = {}

    def spent() -> float:
        metrics = browser.send("Performance.getMetrics")["metrics"]
        return 1000 * float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))

    with Browser(1440, 900) as browser:
        browser.send("Performance.enable", timeDomain="threadTicks")
        browser.open(page.as_uri())
        browser.run(
            "document.getElementById('explorer').scrollIntoView();"
            "new Promise((r) => setTimeout(r, 1500))"
        )
        agent = browser.run("navigator.userAgent")
        for battery in BATTERIES:
            before = spent()
            rows = [
                row
                for name in RANGES
                for row in browser.run(
                    MEASURE.replace("QUESTION", json.dumps([battery, name, moves]))
                )
            ]
            handled, frame, drawn = zip(*rows, strict=True)
            results[battery] = {
                "moves": len(rows),
                "handler": summary(list(handled)),
                "levels": summary(list(frame)),
                "map": summary([value for value in drawn if value is not None]),
                "processor": (spent() - before) / len(rows),
            }
    return {"browser": agent, "points": POINTS**2, "milliseconds": results}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, help="a page already written")
    parser.add_argument("--moves", type=int, default=MOVES, help="moves of each slider")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = options.page or write_report(folder, quick=True)
        found = measure(page.resolve(), options.moves)
        found["bytes"] = page.stat().st_size
    if options.format == "json":
        json.dump(found, sys.stdout, indent=2)
        print()
        return
    print(f"{found['browser']}\npage of {found['bytes']:,} bytes; milliseconds, median / worst")
    heads = ("handler", "levels painted", "map painted", "processor")
    print(f"{'battery':14}{'moves':>6}" + "".join(f"{head:>16}" for head in heads))
    for battery, row in found["milliseconds"].items():
        cells = [f"{row[k]['median']:.1f} / {row[k]['worst']:.1f}" for k in COLUMNS]
        cells.append(f"{row['processor']:.1f}")
        print(f"{battery:14}{row['moves']:>6}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
