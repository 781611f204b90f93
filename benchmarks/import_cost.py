"""What importing and deriving cost, as ratios to ``import sympy``, all in one run.

Of small open systems the derivation with its C source is measured.  Each figure is the least of
several fresh processes, their modules compiled before; the reference runs between them.  Beside it
stands what ``Matrix.nullspace`` does with the same rate equations, within a time limit.

    python benchmarks/import_cost.py [--repeats 7] [--limit 120] [--format json]
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOUNDS = {
    "import symqb": 1.5,
    "derive two spins": 3.0,
    "derive three spins": 15.0,
    "maser": 3.0,
    "absorption refrigerator": 5.0,
    "transistor": 5.0,
    "star of four": 10.0,
}

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

SYSTEM = """
import sympy as sp
import symqb
from symqb import Bath, OpenSystem, Register, System
{model}
opened = OpenSystem(System(H, baths))
state = opened.steady_state()
assert len(state.labels) == H.rows
text = opened.source("c")
assert "populations" in text
"""

MODELS = {
    "maser": """
reg = Register(3)
w_c, w_h = sp.symbols("w_c w_h")
H = w_c * reg.transition(1, 1, 1) + w_h * reg.transition(1, 2, 2)
def between(a, b):
    return reg.transition(1, a, b) + reg.transition(1, b, a)
ends = {"c": (0, 1), "h": (0, 2), "w": (1, 2)}
baths = [Bath(name, f"T_{name}", between(*pair)) for name, pair in ends.items()]
""",
    "absorption refrigerator": """
reg, g = Register(2, 2, 2), sp.Symbol("g")
w = sp.symbols("w1:4")
bond = reg.plus(1) * reg.minus(2) * reg.plus(3)
H = sum((w[k] * reg.number(k + 1) for k in range(3)), g * (bond + bond.T))
baths = [Bath(name, f"T_{name}", reg.x(k)) for k, name in enumerate("chw", 1)]
""",
    "transistor": """
baths = [Bath(name, f"T_{name}", {k: 1}) for k, name in enumerate("LMR", 1)]
bonds = {(1, 2): {"Delta": "J_LM"}, (2, 3): {"Delta": "J_MR"}, (1, 3): {"Delta": "J_LR"}}
stated = symqb.spins(3, baths, fields={1: "B_L", 2: "B_M", 3: "B_R"}, bonds=bonds)
H, baths = stated.H, stated.baths
""",
    "star of four": """
baths = [Bath(f"b{k}", f"T{k}", {k: 1}) for k in range(1, 5)]
bonds = {(1, k): {"Delta": f"J{k}"} for k in range(2, 5)}
stated = symqb.spins(4, baths, fields={k: f"B{k}" for k in range(1, 5)}, bonds=bonds)
H, baths = stated.H, stated.baths
""",
}

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
    **{name: SYSTEM.format(model=model) for name, model in MODELS.items()},
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
    for spins, word in ((2, "two"), (3, "three")) if limit > 0 else ():
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
    parser.add_argument(
        "--limit", type=float, default=120.0, help="seconds for Matrix.nullspace; 0: leave it out"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    # a module that is compiled at every import is no figure of the package
    compileall.compile_dir(ROOT / "symqb", quiet=1)
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
