"""Steady states of any system of many levels: seconds and peak memory, beside QuTiP's.

    python -m benchmarks.dense --levels 16,32,64,128,256,512
    python -m benchmarks.dense --levels 16,32,64 --solver qutip
    python -m benchmarks.dense --levels 16,32,64 --ratio        # both, one after the other

Two oscillators cut off with a qubit between them, a bath on each.  Each size runs in a process of
its own; a line of JSON each.  ``stated`` is the time to write the system down, ``first`` to its
first point, ``next`` to another point of the same system, ``cpu`` how long it kept processors busy.
QuTiP gets the Hamiltonian and the couplings as arrays, makes its Bloch-Redfield tensor in secular
form, and solves for the steady state.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
import sympy as sp

from symqb import Bath, OpenSystem, Register, System

SITES = {
    16: (2, 4),
    32: (4, 4),
    64: (4, 8),
    128: (8, 8),
    256: (8, 16),
    512: (16, 16),
}
"""Levels to the numbers of those of the two oscillators."""

COUPLING, WARM, COLD = 0.21, 2.0, 0.7


def system(levels):
    register, g = Register(*SITES[levels], 2), sp.Symbol("g")
    one, two = (register.lower(k) + register.raising(k) for k in (1, 2))
    H = register.number(1) + sp.Rational(13, 10) * register.number(2)
    H = H + sp.Rational(11, 10) * register.number(3) + g * (one + two) * register.x(3)
    return System(H, [Bath("a", "T_a", one), Bath("b", "T_b", two)], kappa=1)


def engine(levels):
    """Populations, and seconds of what is done once and again."""
    start = time.perf_counter()
    held = OpenSystem(system(levels))
    times = [time.perf_counter() - start]
    for coupling in (COUPLING * 0.9, COUPLING):
        start, busy = time.perf_counter(), time.process_time()
        found = held.evaluate(
            outputs=["populations", "heat_current_a"], g=coupling, T_a=WARM, T_b=COLD
        )
        times.append(time.perf_counter() - start)
    times.append(time.process_time() - busy)
    return found.populations, dict(zip(("stated", "first", "next", "cpu"), times, strict=True))


def qutip(levels):
    """As :func:`engine`, by a Bloch-Redfield tensor."""
    import qutip as qt

    stated = system(levels)
    H = np.array(sp.Matrix(stated.H.subs("g", COUPLING))).astype(float)
    couplings = [np.array(sp.Matrix(bath.coupling)).astype(float) for bath in stated.baths]

    def spectrum(T):
        return lambda w: w / -np.expm1(-w / T) if w else T

    start, busy = time.perf_counter(), time.process_time()
    pairs = zip(couplings, (WARM, COLD), strict=True)
    operators = [[qt.Qobj(S), spectrum(T)] for S, T in pairs]
    tensor = qt.bloch_redfield_tensor(qt.Qobj(H), operators, sec_cutoff=1e-9, fock_basis=True)
    state = qt.steadystate(tensor).full()
    states = np.linalg.eigh(H)[1]
    populations = np.diag(states.T @ state @ states).real
    times = {"next": time.perf_counter() - start, "cpu": time.process_time() - busy}
    return populations, times


def measured(solver, levels):
    populations, times = {"engine": engine, "qutip": qutip}[solver](levels)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = {"solver": solver, "levels": levels, "peak_MiB": round(peak)}
    row |= {name: round(value, 3) for name, value in times.items()}
    return row | {"populations": sorted(populations.tolist())}


def in_a_process(solver, levels, limit):
    command = [sys.executable, "-m", "benchmarks.dense", "--one", f"{solver}:{levels}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        return {"solver": solver, "levels": levels, "next": None, "why": f"over {limit:g} s"}
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1:]
        return {"solver": solver, "levels": levels, "next": None, "why": " ".join(last)}
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--levels", default="16,32,64")
    parser.add_argument("--solver", default="engine", choices=("engine", "qutip"))
    parser.add_argument("--ratio", action="store_true", help="both solvers, and QuTiP over engine")
    parser.add_argument("--limit", type=float, default=500.0, help="seconds a run may take")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        solver, levels = given.one.split(":")
        print(json.dumps(measured(solver, int(levels))))
        return
    for levels in map(int, given.levels.split(",")):
        solvers = ("engine", "qutip") if given.ratio else (given.solver,)
        rows = [in_a_process(solver, levels, given.limit) for solver in solvers]
        states = [np.array(row.pop("populations")) for row in rows if "populations" in row]
        for row in rows:
            print(json.dumps(row), flush=True)
        if len(states) == 2:
            apart = float(np.abs(states[0] - states[1]).max())
            ratio = round(rows[1]["next"] / rows[0]["next"], 1)
            print(json.dumps({"levels": levels, "qutip_over_engine": ratio, "apart": apart}))


if __name__ == "__main__":
    main()
