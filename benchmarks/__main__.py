"""``python -m benchmarks``: symqb and its peers side by side, as ratios, and as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import symqb
from benchmarks.limits import limits, scalars_and_temperatures, two_threads
from benchmarks.peers import NAMES, PEERS, NotPossible
from benchmarks.show import COUNTS, summary, table
from benchmarks.timing import (
    BOSE_FACTORS,
    bare_expm1,
    ours,
    parameters,
    seconds,
    without_avx512,
)

LONGEST = 2.0
"""Seconds a single measurement may take; beyond, fewer points are measured and scaled."""

SLOW = ("QuTiP", "lambdify", "autowrap", "symqb jax", "JAX, closed form")
"""Left out of a quick run: minutes of compiling, or of calling."""

OURS = {f"symqb {t}": t for t in ("c", "numba", "numpy", "jax")}


def worst_error(spins: int, call: Callable[[Sequence[Any]], Any]) -> float | None:
    """Entrywise relative error of populations at 40 points against 40 digits."""
    points = [column[:40] for column in parameters(1000)]
    try:
        found = np.asarray(call(points), dtype=float)
    except (TypeError, ValueError):
        return None
    if found.shape == (2**spins, 40):
        found = found.T
    if found.shape != (40, 2**spins):
        return None
    worst, of = 0.0, symqb.xxz_battery(spins)
    for k in range(40):
        point = {name: float(column[k]) for name, column in zip(NAMES, points, strict=True)}
        exact = of.evaluate(digits=40, outputs=("populations",), **point).populations
        worst = max(
            worst, *(abs(float(f) / float(e) - 1) for f, e in zip(found[k], exact, strict=True))
        )
    return worst


def measure(name: str, make: Callable[[], Any], spins: int, budget: float) -> dict[str, Any]:
    """One contestant at one point, a thousand and a million, the unit beside it."""
    print(f"measuring {name}, {spins} spins", file=sys.stderr, flush=True)
    begin = time.perf_counter()
    try:
        call = make()
        call(parameters(1))
    except (NotPossible, ImportError) as error:
        return {"name": name, "spins": spins, "not_possible": str(error)}
    row: dict[str, Any] = {
        "name": name,
        "spins": spins,
        "first_call_s": time.perf_counter() - begin,
    }
    estimate = 0.0
    for count in COUNTS:
        measured = min(count, max(1, int(LONGEST / estimate)) if estimate else count)
        data = parameters(measured)
        call(data)
        taken = seconds(lambda data=data: call(data), time.process_time, budget) / measured
        estimate = taken
        row[f"ns_a_point_at_{count}"] = taken * 1e9
        if measured < count:
            row[f"scaled_from_at_{count}"] = measured
    row["worst_error"] = None if name == "QuTiP" else worst_error(spins, call)
    return row


def contestants(only: Sequence[str] | None, quick: bool) -> dict[str, Callable[[int], Any]]:
    """Emitted targets and peers by name: each makes a function for so many spins."""
    every: dict[str, Callable[[int], Any]] = {
        **{name: lambda spins, t=target: ours(t, spins) for name, target in OURS.items()},
        **PEERS,
    }
    if only:
        return {name: every[name] for name in only}
    return {name: make for name, make in every.items() if not (quick and name in SLOW)}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    parser.add_argument("--spins", type=int, nargs="*", default=[2, 3])
    parser.add_argument("--only", nargs="*", help="contestants by name")
    parser.add_argument("--quick", action="store_true", help=f"a few minutes: no {', '.join(SLOW)}")
    return parser.parse_args()


def machine() -> str:
    """The processor's name where it is to be had."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def in_passes(found: dict[str, Any]) -> None:
    """Every time over that of the bare passes."""
    for row in [*found["rows"], *found["limits"], *found["swept"]]:
        ns = row.get("ns_a_point", row.get(f"ns_a_point_at_{COUNTS[-1]}"))
        if ns is not None:
            row["expm1_passes"] = ns / (BOSE_FACTORS[row["spins"]] * found["expm1_ns"])


def main() -> None:
    chosen = arguments()
    budget = 0.3 if chosen.quick else 1.0
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    # first calls are those of a machine that has compiled nothing yet
    os.environ["SYMQB_CACHE"] = tempfile.mkdtemp(prefix="symqb-bench-")
    units, rows, swept = [bare_expm1()], [], []
    for spins in chosen.spins:
        for name, make in contestants(chosen.only, chosen.quick).items():
            units.append(bare_expm1())
            rows.append(measure(name, lambda m=make, s=spins: m(s), spins, budget))
        for target in ("c", "numpy"):
            taken = scalars_and_temperatures(spins, target, budget) * 1e9
            swept.append({"spins": spins, "target": target, "ns_a_point": taken})
    found: dict[str, Any] = {
        "machine": machine(),
        "numpy": np.__version__,
        "load": load,
        "expm1_ns": min(units) * 1e9,
        "avx2": without_avx512(),
        "rows": rows,
        "limits": limits(budget),
        "swept": swept,
        "two_threads": {str(s): two_threads(s, 4 if chosen.quick else 12) for s in chosen.spins},
    }
    in_passes(found)
    for spins in chosen.spins:
        print(f"\n{spins} spins, {BOSE_FACTORS[spins]} Bose factors a point; ns a point, CPU time")
        print(table(found, spins))
    print("\n" + summary(found))
    if chosen.output:
        chosen.output.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
