"""The map of passivity as commands: certify the stated cases, count by search, draw."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from symqb.prove.passivity.cases import BOXES, CASES
from symqb.prove.passivity.pictures import draw
from symqb.prove.passivity.search import count, search


def certify(spins: Sequence[int], boxes: bool) -> Iterator[dict[str, Any]]:
    """Each case of these lengths with its verdict, enclosures and time."""
    for case in CASES:
        if case.spins in spins:
            start = perf_counter()
            found = case.certify()
            yield {
                "name": case.name,
                "statement": case.statement,
                "spins": case.spins,
                "point": {name: str(value) for name, value in case.point.items()},
                "holds": case.holds(found),
                "verdict": found.verdict,
                "reason": found.reason,
                "work": found.work,
                "above_saturation": found.above_saturation,
                "seconds": round(perf_counter() - start, 2),
            }
    for box in BOXES if boxes else ():
        if box.spins in spins:
            start = perf_counter()
            cover = box.certify()
            yield {
                "name": box.name,
                "statement": box.statement,
                "spins": box.spins,
                "point": {k: str(v) for k, v in box.point.items() if k not in ("T_L", "T_R")},
                "holds": box.holds(cover),
                "verdict": cover.verdict,
                "reason": f"{cover.passive} boxes passive, {cover.active} active, "
                f"{len(cover.open)} open",
                "work": "",
                "above_saturation": cover.above_saturation,
                "seconds": round(perf_counter() - start, 2),
            }


def counts(spins: Sequence[int], points: int) -> Iterator[dict[str, Any]]:
    """Random search: how many points are not passive, by length, field, coupling and bias."""
    regions = (
        ("symmetric, above saturation", 0.0, (1.0, 4.0)),
        ("symmetric, below saturation", 0.0, (0.0, 1.0)),
        ("asymmetric, above saturation", 1.0, (1.0, 4.0)),
    )
    for n in spins:
        for name, epsilon, field in regions:
            samples = list(search(n, points, epsilon=epsilon, field=field))
            for bias in ("positive", "negative") if epsilon else ("any",):
                kept = [
                    s
                    for s in samples
                    if bias == "any" or (s.point["T_L"] > s.point["T_R"]) == (bias == "positive")
                ]
                found = count(iter(kept))
                best = found.pop("best")
                ergotropy = best.found.ergotropy if best else 0.0
                yield {"spins": n, "region": name, "bias": bias, **found, "largest": ergotropy}


def _lengths(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands; 0 if every case holds, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m symqb.prove.passivity.map")
    parser.add_argument("command", choices=("certify", "count", "draw"))
    parser.add_argument("--spins", type=_lengths, default=list(range(2, 7)), help="e.g. 2-6")
    parser.add_argument("--boxes", action="store_true", help="certify the passive boxes as well")
    parser.add_argument("--points", type=int, default=300, help="points in each search")
    parser.add_argument("--size", type=int, default=40, help="pixels along each axis of a map")
    parser.add_argument("--output", type=Path, default=Path("passivity"))
    options = parser.parse_args(arguments)
    if options.command == "draw":
        for path in draw(options.output, options.spins, options.size):
            print(path)
        return 0
    rows = (
        certify(options.spins, options.boxes)
        if options.command == "certify"
        else counts(options.spins, options.points)
    )
    good = True
    for row in rows:
        print(json.dumps(row), flush=True)
        good &= row.get("holds", True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
