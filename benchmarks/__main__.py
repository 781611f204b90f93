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
from benchmarks.peers import NAMES, PEERS, NotPossible

BOSE_FACTORS = {2: 8, 3: 26}
COUNTS = (1, 1000, 1_000_000)
LONGEST = 2.0
"""Seconds a single measurement may take; beyond, fewer points are measured and scaled."""


def parameters(count: int) -> list[Any]:
    """Random points with positive frequencies; at one point, plain floats."""
    rng = np.random.default_rng(20240601)
    ranges = ((3.0, 6.0), (-1.0, 1.0), (-1.0, 1.0), (-1.0, 1.0), (0.5, 40.0), (0.5, 40.0))
    columns = [rng.uniform(low, high, count) for low, high in ranges]
    return [float(c[0]) for c in columns] if count == 1 else columns


def seconds(call: Callable[[], Any], clock: Callable[[], float], budget: float = 1.0) -> float:
    """The least time of one call, over repeats within a budget; short calls are looped."""
    begin = clock()
    call()
    loops = max(1, int(2e-4 / max(clock() - begin, 1e-9)))
    best, spent = np.inf, 0.0
    while spent < budget:
        begin = clock()
        for _ in range(loops):
            call()
        taken = clock() - begin
        best, spent = min(best, taken / loops), spent + max(taken, 1e-6)
    return float(best)


def ours(target: str, spins: int, threads: int = 1) -> Callable[[Sequence[Any]], Any]:
    f = symqb.xxz_battery(spins).emit(target, outputs=("populations",), threads=threads)
    buffers: dict[int, Any] = {}

    def call(p: Sequence[Any]) -> Any:
        named = dict(zip(NAMES, p, strict=True))
        if isinstance(p[0], float):
            return f(**named).populations
        if len(p[0]) not in buffers:
            buffers[len(p[0])] = np.empty((2**spins, len(p[0]))).T
        return f(out={"populations": buffers[len(p[0])]}, **named).populations

    return call


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


def measure(name: str, make: Callable[[], Any], spins: int, expm1: float) -> dict[str, Any]:
    """One contestant at one point, a thousand and a million."""
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
        taken = seconds(lambda data=data: call(data), time.process_time) / measured
        estimate = taken
        row[f"ns_a_point_at_{count}"] = taken * 1e9
        if measured < count:
            row[f"scaled_from_at_{count}"] = measured
    row["expm1_passes"] = row[f"ns_a_point_at_{COUNTS[-1]}"] / (BOSE_FACTORS[spins] * expm1 * 1e9)
    row["worst_error"] = None if name == "QuTiP" else worst_error(spins, call)
    return row


def limits(expm1: float) -> list[dict[str, Any]]:
    """How far C is from its own Bose factors alone, and from moving the data alone."""
    import ctypes

    from symqb.emit.c_compile import compile_library
    from symqb.emit.c_source import c_file
    from symqb.emit.plan import Plan
    from symqb.program import Builder

    rows = []
    for spins, factors in BOSE_FACTORS.items():
        b = Builder(NAMES)
        # the same number of quotients a / expm1(a / T), nothing else
        total: Any = b.apply("expm1", b.mul("B0", "T_L"))
        for k in range(factors):
            x = b.mul(b.add("B0", symqb_fraction(k)), ("T_L", "T_R")[k % 2])
            total = (
                b.add(total, b.div(x, b.apply("expm1", x))) if k else b.div(x, b.apply("expm1", x))
            )
        bare = b.build({"sum": total})
        move = b.build({f"o{k}": b.add(NAMES[k % 6], NAMES[(k + 1) % 6]) for k in range(2**spins)})
        for what, program in (("its Bose factors alone", bare), ("memory traffic alone", move)):
            library = ctypes.CDLL(str(compile_library(c_file(Plan(program), title=what))))
            columns = dict(zip(NAMES, parameters(COUNTS[-1]), strict=True))
            arrays = [columns[name] for name in program.inputs]
            outs = [np.empty(COUNTS[-1]) for _ in program.outputs]
            n_in, n_out = len(arrays), len(outs)
            call = (
                ctypes.c_size_t(COUNTS[-1]),
                (ctypes.c_void_p * n_in)(*[a.ctypes.data for a in arrays]),
                (ctypes.c_ubyte * n_in)(*[1] * n_in),
                (ctypes.c_void_p * n_out)(*[a.ctypes.data for a in outs]),
                (ctypes.c_ubyte * n_out)(*[1] * n_out),
                1,
            )
            taken = seconds(
                lambda call=call, library=library: library.symqb_evaluate(*call), time.process_time
            )
            ns = taken / COUNTS[-1] * 1e9
            rows.append(
                {
                    "spins": spins,
                    "limit": what,
                    "ns_a_point": ns,
                    "expm1_passes": ns / (factors * expm1 * 1e9),
                }
            )
    return rows


def symqb_fraction(k: int) -> Any:
    from fractions import Fraction

    return Fraction(k + 1, 16)


def two_threads(spins: int) -> float:
    """Time on one thread over time on two, by the wall clock, the best of interleaved runs."""
    data = parameters(COUNTS[-1])
    one, two = ours("c", spins), ours("c", spins, threads=2)
    best = [np.inf, np.inf]
    for _ in range(12):
        for k, call in enumerate((one, two)):
            best[k] = min(best[k], seconds(lambda call=call: call(data), time.perf_counter, 0.05))
    return float(best[0] / best[1])


def show(rows: Sequence[dict[str, Any]], spins: int) -> None:
    print(f"\n{spins} spins, {BOSE_FACTORS[spins]} Bose factors a point; ns a point, CPU time")
    header = ("", "1", "10^3", "10^6", "expm1 passes", "first call s", "worst error")
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for row in rows:
        if row["spins"] != spins:
            continue
        if "not_possible" in row:
            print(f"| {row['name']} | {row['not_possible']} |" + " |" * 5)
            continue
        times = [f"{row[f'ns_a_point_at_{n}']:.4g}" for n in COUNTS]
        error = "" if row["worst_error"] is None else f"{row['worst_error']:.1e}"
        cells = [
            row["name"],
            *times,
            f"{row['expm1_passes']:.2f}",
            f"{row['first_call_s']:.2g}",
            error,
        ]
        print("| " + " | ".join(cells) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    parser.add_argument("--spins", type=int, nargs="*", default=[2, 3])
    parser.add_argument("--only", nargs="*", help="contestants by name")
    chosen = parser.parse_args()
    # first calls are those of a machine that has compiled nothing yet
    os.environ["SYMQB_CACHE"] = tempfile.mkdtemp(prefix="symqb-bench-")
    x = np.random.default_rng(1).uniform(0.01, 20.0, COUNTS[-1])

    def bare() -> float:
        return seconds(lambda: np.expm1(x), time.process_time, 0.3) / COUNTS[-1]

    rows = []
    expm1 = bare()
    for spins in chosen.spins:
        for name, target in OURS.items():
            if not chosen.only or name in chosen.only:
                expm1 = min(expm1, bare())
                rows.append(measure(name, lambda t=target, s=spins: ours(t, s), spins, expm1))
        for name, make in PEERS.items():
            if not chosen.only or name in chosen.only:
                rows.append(measure(name, lambda m=make, s=spins: m(s), spins, expm1))
        show(rows, spins)
    columns = parameters(COUNTS[-1])
    swept = [*(float(column[0]) for column in columns[:4]), *columns[4:]]
    for spins in chosen.spins:
        for target in ("c", "numpy"):
            buffer = {"populations": np.empty((2**spins, COUNTS[-1])).T}
            f = symqb.xxz_battery(spins).emit(target, outputs=("populations",))
            named = dict(zip(NAMES, swept, strict=True))
            taken = seconds(lambda f=f, b=buffer, n=named: f(out=b, **n), time.process_time)
            passes = taken / COUNTS[-1] / (BOSE_FACTORS[spins] * expm1)
            print(f"{spins} spins, {target}, T_L and T_R arrays, four scalars: {passes:.2f} passes")
    found: dict[str, Any] = {
        "machine": platform.processor() or platform.machine(),
        "numpy": np.__version__,
        "expm1_ns": expm1 * 1e9,
        "rows": rows,
        "limits": limits(expm1),
        "two_threads": {str(s): two_threads(s) for s in chosen.spins},
    }
    print(f"\nbare np.expm1: {expm1 * 1e9:.3g} ns an element")
    for limit in found["limits"]:
        print(
            f"{limit['spins']} spins, C limited by {limit['limit']}: "
            f"{limit['expm1_passes']:.2f} expm1 passes"
        )
    print("C, one thread over two:", {k: round(v, 2) for k, v in found["two_threads"].items()})
    if chosen.output:
        chosen.output.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
