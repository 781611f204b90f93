"""Entrywise accuracy of populations at 10^5 random points, with a plain LU solve beside it.

    python -m benchmarks.accuracy [--points 100000] [--spins 2 3]

The judge is the program itself in 113-bit arithmetic (GCC's __float128), checked at 200 of the
points against 40 decimal digits.  Points: B0 in [0, 5], J and Delta in [-2, 2], epsilon in [-2, 2],
both temperatures log-uniform over six decades, 10^-2 to 10^4.  Once more with B0 in [8, 13] and
temperatures in ascending order: there all frequencies are positive, and the quick variant of the C
runs wherever its range allows.  Errors are in units of the bound ``eps (40 + 4 max|E| / min T)``,
twice that for three spins, eps = 2.2e-16; populations below 1e-290 are not judged.

Derivatives of the populations by T_L and B0 are judged where they are well conditioned: where one
per cent of the parameter moves the population by at least 1e-4 of itself, ``|x dp/dx| >= p / 100``.
Smaller ones are differences of terms that nearly cancel.  Temperatures there start at 10^-1.
"""

from __future__ import annotations

import argparse
import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import symqb
from benchmarks.peers import NAMES, lapack
from symqb.emit.language import number
from symqb.emit.plan import Plan
from symqb.program import Program
from symqb.program.core import flatten

EPS = 2.2e-16
SMALLEST = 1e-290
WELL_CONDITIONED = 0.01
FORMS = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "neg": "-{0}",
    "abs": "fabsq({0})",
    "sqrt": "sqrtq({0})",
    "min": "({0} < {1} ? {0} : {1})",
    "max": "({0} > {1} ? {0} : {1})",
    "select": "({0} <= {1} ? {2} : {3})",
    "expm1": "expm1q({0})",
}


def quad_source(program: Program) -> str:
    """The lowered program as a loop in quadruple precision; halves are exact constants."""

    def ref(value: Any) -> str:
        return value if isinstance(value, str) else f"(__float128){number(value)}"

    lines = [f"const __float128 {n} = in[{k}][i];" for k, n in enumerate(program.inputs)]
    for step in program.steps:
        form = FORMS[step.op].format(*map(ref, step.args))
        lines.append(f"const __float128 {step.name} = {form};")
    rows = [ref for output in program.outputs.values() for ref in flatten(output)]
    lines += [f"out[i * {len(rows)} + {k}] = (double)({ref(r)});" for k, r in enumerate(rows)]
    body = "\n".join(lines)
    return (
        "#include <quadmath.h>\n#include <stddef.h>\n"
        "void judge(size_t n, const double *const *in, double *out)\n"
        f"{{\nfor (size_t i = 0; i < n; i++) {{\n{body}\n}}\n}}\n"
    )


def judge(plan: Plan, columns: list[Any]) -> Any:
    """All outputs of a plan at every point, row by row, in quadruple precision."""
    gcc = shutil.which("gcc")
    if gcc is None:
        raise SystemExit("the judge needs gcc with libquadmath")
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "judge.c", Path(folder) / "judge.so"
        source.write_text(quad_source(plan.general))
        subprocess.run(
            [gcc, "-O2", "-shared", "-fPIC", source, "-o", library, "-lquadmath", "-lm"], check=True
        )
        run = ctypes.CDLL(str(library)).judge
        out = np.empty((len(columns[0]), plan.rows))
        named = {**dict(zip(NAMES, columns, strict=True)), "kappa": np.ones_like(columns[0])}
        pointers = [named[name].ctypes.data for name in plan.general.inputs]
        run(
            ctypes.c_size_t(len(out)),
            (ctypes.c_void_p * len(pointers))(*pointers),
            ctypes.c_void_p(out.ctypes.data),
        )
    return out


def points(count: int, *, positive: bool = False, coldest: float = -2.0) -> list[Any]:
    """Columns in the order of NAMES; ``coldest`` is the exponent of the least temperature."""
    rng = np.random.default_rng(7)
    ranges = ((8.0, 13.0) if positive else (0.0, 5.0), (-2.0, 2.0), (-2.0, 2.0), (-2.0, 2.0))
    linear = [rng.uniform(low, high, count) for low, high in ranges]
    hot = [10 ** rng.uniform(coldest, 4.0, count) for _ in range(2)]
    return [*linear, *(np.sort(T) if positive else T for T in hot)]


def check_judge(spins: int, columns: list[Any], truth: Any, count: int = 200) -> float:
    of, worst = symqb.xxz_battery(spins), 0.0
    for k in range(count):
        point = {name: float(column[k]) for name, column in zip(NAMES, columns, strict=True)}
        exact = of.evaluate(digits=40, outputs=("populations",), **point).populations
        for value, digits in zip(truth[k], exact, strict=True):
            if float(digits) > SMALLEST:
                worst = max(worst, abs(value / float(digits) - 1))
    return worst


def report(spins: int, count: int, *, positive: bool) -> dict[str, Any]:
    columns = points(count, positive=positive)
    named = dict(zip(NAMES, columns, strict=True))
    of = symqb.xxz_battery(spins)
    truth = judge(Plan(of.program.prune(["populations"]), ("T_L", "T_R"), "kappa"), columns)
    energies = np.abs(of.emit("numpy", ("energies",))(**named).energies).max(axis=-1)
    bound = EPS * (40 + 4 * energies / np.minimum(named["T_L"], named["T_R"]))
    bound = (bound if spins == 2 else 2 * bound)[:, None]
    judged = truth > SMALLEST
    print(
        f"{spins} spins, {count} points{', frequencies positive' * positive}; "
        "judge against 40 digits: "
        f"{check_judge(spins, columns, truth):.1e}"
    )
    with np.errstate(all="ignore"):
        found = {
            "C": of.emit("c", ("populations",))(**named).populations,
            "NumPy": of.emit("numpy", ("populations",))(**named).populations,
            "LU solve": lapack(spins)(columns),
        }
    worst = {}
    for name, values in found.items():
        error = np.where(judged, np.abs(values / np.where(judged, truth, 1.0) - 1), 0.0)
        error = np.where(np.isnan(error), np.inf, error)
        share = error / bound
        worst[name] = float(share.max())
        print(
            f"  {name:9s} worst error over bound {share.max():9.3g}, worst error "
            f"{error.max():9.3g}, median of points' worst {np.median(error.max(axis=1)):.2g}, "
            f"negative {int((values < 0).sum())}"
        )
    return worst


def report_derivatives(spins: int, count: int) -> dict[str, float]:
    """Worst relative error of the derivatives where they are well conditioned."""
    columns, of = points(count, coldest=-1.0), symqb.xxz_battery(spins)
    options: dict[str, Any] = {"outputs": ("populations",), "derivatives": ("T_L", "B0")}
    program = of.emit("mpmath", **options).program
    plan = Plan(program, ("T_L", "T_R"), "kappa")
    truth = judge(plan, columns)
    levels, size = 2**spins, np.abs(truth)
    named = dict(zip(NAMES, columns, strict=True))
    share = np.zeros_like(truth)
    for k, name in enumerate(options["derivatives"], start=1):
        part = slice(k * levels, (k + 1) * levels)
        share[:, part] = np.abs(named[name])[:, None] * size[:, part] / truth[:, :levels]
    chosen = share >= WELL_CONDITIONED
    worst = {}
    for target in ("c", "numpy"):
        f = of.emit(target, **options)
        found = f(**named)
        rows = np.concatenate([found[name] for name in f.outputs], axis=1)
        error = np.where(chosen, np.abs(rows - truth) / np.where(size > 0, size, 1.0), 0.0)
        worst[target] = float(error.max())
        print(
            f"  derivatives, {target:5s}: {int(chosen.sum())} of {len(truth) * 2 * levels} are "
            f"well conditioned; worst relative error {worst[target]:.2g}"
        )
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy")
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--spins", type=int, nargs="*", default=[2, 3])
    chosen = parser.parse_args()
    for spins in chosen.spins:
        for positive in (False, True):
            report(spins, chosen.points, positive=positive)
        report_derivatives(spins, min(chosen.points, 10_000))


if __name__ == "__main__":
    main()
