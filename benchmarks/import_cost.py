"""What importing and deriving cost, as ratios to ``import sympy``, all in one run.

Each figure is the least of several fresh processes; the reference runs between them.  Beside it
stands what ``Matrix.nullspace`` does with the same rate equations, within a time limit.

    python benchmarks/import_cost.py [--repeats 7] [--limit 120] [--format json]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOUNDS = {"import symqb": 1.5, "derive two spins": 3.0, "derive three spins": 15.0}

DERIVE = """
import symqb
battery = symqb.xxz_battery({spins})
levels = [(level.energy, level.state) for level in battery.eigensystem()]
rates = [(t.frequency, dict(t.emission), dict(t.absorption)) for t in battery.transitions()]
assert not battery.master_equation().coherences_feeding_populations()
state = battery.steady_state()
populations = state.populations if {spins} == 2 else state.populations_in_rates
assert len(populations) == {spins} ** 2 - ({spins} == 3)
function = battery.emit("numpy")
"""

NULLSPACE = """
import sympy as sp
import symqb
state = symqb.xxz_battery({spins}).steady_state()
size = len(state.labels)
matrix = sp.zeros(size)
for a, b in state.edges:
    for i, j in ((a, b), (b, a)):
        rate = sp.Symbol(f"Gamma_{{i}}_{{j}}", positive=True)
        matrix[j - 1, i - 1] += rate
        matrix[i - 1, i - 1] -= rate
(vector,) = matrix.nullspace()
"""

SCRIPTS = {
    "import sympy": "import sympy",
    "import symqb": "import symqb",
    "derive two spins": DERIVE.format(spins=2),
    "derive three spins": DERIVE.format(spins=3),
}


def seconds(script: str, limit: float | None = None) -> float | None:
    """CPU seconds of a fresh process, or None if it does not finish in time."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    before = os.times()
    try:
        subprocess.run(
            [sys.executable, "-c", script], check=True, timeout=limit, env=environment, cwd=ROOT
        )
    except subprocess.TimeoutExpired:
        return None
    after = os.times()
    spent = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return float(spent)


def measure(repeats: int, limit: float) -> dict[str, dict[str, float | None]]:
    least: dict[str, float] = {}
    for _ in range(repeats):
        for name, script in SCRIPTS.items():
            spent = seconds(script)
            assert spent is not None
            least[name] = min(least.get(name, spent), spent)
    figures: dict[str, dict[str, float | None]] = {
        name: {"ratio": value / least["import sympy"], "seconds": value, "bound": BOUNDS.get(name)}
        for name, value in least.items()
    }
    for spins, word in ((2, "two"), (3, "three")):
        spent = seconds(NULLSPACE.format(spins=spins), limit)
        ratio = None if spent is None else spent / least["import sympy"]
        figures[f"Matrix.nullspace, {word} spins"] = {
            "ratio": ratio,
            "seconds": spent,
            "bound": None,
        }
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for Matrix.nullspace")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    figures = measure(options.repeats, options.limit)
    if options.format == "json":
        print(json.dumps(figures, indent=2))
    else:
        for name, figure in figures.items():
            ratio, bound = figure["ratio"], figure["bound"]
            shown = f"over the limit of {options.limit:g} s" if ratio is None else f"{ratio:6.2f}"
            print(f"{name:30} {shown}" + (f"   (at most {bound:g})" if bound else ""))
    missed = [n for n, f in figures.items() if f["bound"] and (f["ratio"] or 0) > f["bound"]]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
