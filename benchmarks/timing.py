"""Points, clocks and the unit of the benchmarks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import symqb
from benchmarks.peers import NAMES
from symqb.emit.targets.c.compile import find_compiler

BOSE_FACTORS = {2: 8, 3: 26}
MILLION = 1_000_000


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
    """An emitted function of the populations, with output memory of the caller's for arrays."""
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


def bare_expm1(budget: float = 0.3) -> float:
    """Seconds an element of ``np.expm1`` over a million numbers."""
    x = np.random.default_rng(1).uniform(0.01, 20.0, MILLION)
    return seconds(lambda: np.expm1(x), time.process_time, budget) / MILLION


def vector_features() -> list[str]:
    """What NumPy dispatches to on this processor beyond its baseline and AVX2."""
    shown: Any = np.show_config(mode="dicts")
    found = shown["SIMD Extensions"].get("found", [])
    return [name for name in found if "512" in name or name == "X86_V4"]


COMPILER = """#!/bin/sh
for option do
  shift
  case "$option" in
    -march=native) set -- "$@" -march=x86-64-v3 ;;
    *) set -- "$@" "$option" ;;
  esac
done
exec {compiler} "$@"
"""


def without_avx512() -> dict[str, Any]:
    """The unit and the targets in a process that is kept to AVX2: NumPy, the compiler and numba."""
    with tempfile.TemporaryDirectory() as folder:
        compiler = Path(folder) / "cc"
        compiler.write_text(COMPILER.format(compiler=find_compiler()))
        compiler.chmod(0o755)
        environment = {
            **os.environ,
            "NPY_DISABLE_CPU_FEATURES": " ".join(vector_features()),
            "CC": str(compiler),
            "SYMQB_CACHE": folder,
            "NUMBA_CPU_NAME": "haswell",
            "NUMBA_CPU_FEATURES": "",
        }
        command = [sys.executable, "-m", "benchmarks.timing"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    unit = bare_expm1()
    found: dict[str, Any] = {"expm1_ns": unit * 1e9, "features": vector_features()}
    for spins in BOSE_FACTORS:
        for target in ("c", "numba", "numpy"):
            call, data = ours(target, spins), parameters(MILLION)
            call(data)
            taken = seconds(lambda call=call, data=data: call(data), time.process_time) / MILLION
            found[f"{target}_ns_{spins}"] = taken * 1e9
    print(json.dumps(found))


if __name__ == "__main__":
    main()
