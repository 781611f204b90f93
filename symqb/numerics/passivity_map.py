"""The map of passivity as commands: certify the stated cases, count by search, draw."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from symqb.models import SymqbError, xxz_model
from symqb.numerics.passivity import count, ordering, saturation_field, search
from symqb.numerics.passivity_cases import BOXES, CASES


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
                "statement": f"passive for all T_L, T_R in [{box.T[0]}, {box.T[1]}]",
                "spins": box.spins,
                "point": {k: str(v) for k, v in box.point.items() if k not in ("T_L", "T_R")},
                "holds": cover.verdict == "passive",
                "verdict": cover.verdict,
                "reason": f"{cover.passive} boxes passive, {len(cover.rest)} not",
                "work": "",
                "above_saturation": True,
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


def _panel(n: int, epsilon: float, T: tuple[float, float], size: int) -> Any:
    """Logarithm of ergotropy over B0, or NaN, on a grid of Delta and B0/saturation."""
    values = np.full((size, size), np.nan)
    model = xxz_model(n)
    for i, Delta in enumerate(np.linspace(-0.997, 0.993, size)):
        saturation = saturation_field(n, 1.0, float(Delta))
        for j, ratio in enumerate(np.linspace(0.02, 1.5, size)):
            point = {"B0": ratio * saturation, "J": 1.0, "Delta": float(Delta), "kappa": 1.0}
            point |= {"epsilon": epsilon, "T_L": T[0], "T_R": T[1]}
            try:
                found = ordering(model, point)
            except SymqbError:
                continue
            if not found.passive and found.ergotropy > 0:
                values[j, i] = np.log10(max(found.ergotropy / point["B0"], 1e-12))
    return values


def draw(folder: Path, spins: Sequence[int], size: int) -> list[Path]:
    """Maps over anisotropy and field: white is passive, colour the decimal logarithm of work."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, epsilon, T in (
        ("symmetric", 0.0, (1.0, 4.0)),
        ("positive-bias", 1.0, (10.0, 1.0)),
        ("negative-bias", 1.0, (1.0, 10.0)),
    ):
        figure, axes = pyplot.subplots(
            1, len(spins), figsize=(3 * len(spins) + 1, 3), sharey=True, squeeze=False
        )
        for axis, n in zip(axes[0], spins, strict=True):
            image = axis.imshow(
                _panel(n, epsilon, T, size),
                origin="lower",
                extent=(-1, 1, 0, 1.5),
                aspect="auto",
                vmin=-12,
                vmax=-1,
            )
            axis.axhline(1.0, color="black", linewidth=0.8)
            axis.set(title=f"{n} spins", xlabel="Delta / J")
        axes[0][0].set_ylabel("B0 / saturation field")
        figure.colorbar(image, ax=axes[0].tolist(), label="log10 (ergotropy / B0)")
        figure.suptitle(f"epsilon = {epsilon:g}, T_L = {T[0]:g} J, T_R = {T[1]:g} J", y=1.02)
        paths.append(folder / f"passivity-{name}.png")
        figure.savefig(paths[-1], dpi=120, bbox_inches="tight")
        pyplot.close(figure)
    return paths


def _lengths(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands; 0 if every case holds, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m symqb.numerics.passivity_map")
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
