"""Steady states of long chains: seconds and peak memory, beside other ways to get them.

    python -m benchmarks.long_chains --solver engine --spins 8-14
    python -m benchmarks.long_chains --solver dense --spins 8-14
    python -m benchmarks.long_chains --solver sparse --spins 8-14
    python -m benchmarks.long_chains --solver qutip --spins 2-7
    python -m benchmarks.long_chains --estimate 18
    python -m benchmarks.long_chains --spins 12 --anisotropy 0      # levels coincide: free fermions
    python -m benchmarks.long_chains --spins 12 --anisotropy 0.5    # levels coincide at Delta = J/2
    python -m benchmarks.long_chains --modes 1000    # Delta = 0 and epsilon = 0, by its modes

Each length runs in a process of its own, which may take ``--memory`` GiB; a line of JSON each, the
first length that does not finish, then the fitted growth.  The estimate beforehand is that of
``symqb.numerics.estimate``, made in the same process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
import timeit
from math import comb, log2

import numpy as np

from symqb.models import xxz_model
from symqb.numerics import evaluate_chain
from symqb.numerics.block_rates import solve_spectrum
from symqb.numerics.chain_sectors import Convert
from symqb.numerics.progress import estimate as expectation
from symqb.numerics.progress import memory, operations
from symqb.xx_chain import xx_chain

POINT = {"B0": 5.0, "J": 1.0, "Delta": 0.3, "epsilon": 1.0, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}
FITTED_FROM = 8


def engine(spins):
    return evaluate_chain(xxz_model(spins), POINT).populations


def bare_operators(spins):
    """The Hamiltonian and both coupling operators as whole matrices."""
    size = 2**spins
    states = np.arange(size)
    H = np.zeros((size, size))
    z = [1 - 2.0 * ((states >> (spins - 1 - k)) & 1) for k in range(spins)]
    H[states, states] = POINT["B0"] * sum(z) / 2
    for k in range(spins - 1):
        H[states, states] += POINT["Delta"] * z[k] * z[k + 1] / 2
        opposite = states[z[k] != z[k + 1]]
        H[opposite ^ (3 << (spins - 2 - k)), opposite] += POINT["J"]
    ends = []
    for site in (0, spins - 1):
        S = np.zeros((size, size))
        S[states ^ (1 << (spins - 1 - site)), states] = 1.0
        ends.append(S)
    return H, ends[0] + POINT["epsilon"] * ends[1], ends[1]


def phi(w, T):
    with np.errstate(all="ignore"):
        return np.where(w == 0, T, w / -np.expm1(-w / T))


def dense(spins):
    """One eigenproblem and one linear system over all levels at once, by LAPACK."""
    H, left, right = bare_operators(spins)
    energies, states = np.linalg.eigh(H)
    gaps = np.subtract.outer(energies, energies)
    rates = sum(
        np.square(states.T @ (S @ states)) * phi(gaps, POINT[T])
        for S, T in ((left, "T_L"), (right, "T_R"))
    )
    system = rates.T
    system[np.diag_indices_from(system)] -= rates.sum(axis=1)
    system[-1] = 1.0
    unit = np.zeros(len(energies))
    unit[-1] = 1.0
    return np.linalg.solve(system, unit)


def sparse(spins):
    """The engine's rates, solved by a general sparse factorisation."""
    from scipy.sparse import bmat, csc_array, diags
    from scipy.sparse.linalg import splu

    spectrum = solve_spectrum(xxz_model(spins), Convert(POINT))
    sizes = spectrum.sizes
    blocks = [[None] * len(sizes) for _ in sizes]
    for k in range(len(sizes) - 1):
        down, up = spectrum.rates(k)
        blocks[k][k + 1], blocks[k + 1][k] = csc_array(down.T), csc_array(up.T)
    flow = bmat(blocks, format="csc")
    system = (flow - diags(np.asarray(flow.sum(axis=0)).ravel())).tocsc()
    # the ground state's weight is 1; its own equation follows from the others
    ends = np.concatenate([[0], np.cumsum(sizes)])
    ground = ends[spectrum.ground_sector]
    rest = np.delete(np.arange(ends[-1]), ground)
    right = -system[:, [ground]].toarray().ravel()[rest]
    weights = splu(system[rest][:, rest].tocsc()).solve(right)
    return np.insert(weights, ground, 1.0) / (1 + weights.sum())


def qutip(spins):
    """QuTiP's Bloch-Redfield tensor and its direct steady state."""
    from qutip import Qobj, bloch_redfield_tensor, steadystate

    H, left, right = bare_operators(spins)

    def spectrum(T):
        return lambda w: float(phi(np.float64(w), POINT[T]))

    baths = [[Qobj(left), spectrum("T_L")], [Qobj(right), spectrum("T_R")]]
    tensor = bloch_redfield_tensor(Qobj(H), baths, sec_cutoff=1e-6, fock_basis=True)
    return np.sort(np.real(np.linalg.eigvalsh(steadystate(tensor).full())))[::-1]


SOLVERS = {"engine": engine, "dense": dense, "sparse": sparse, "qutip": qutip}


def measure(solver, spins, limit, anisotropy):
    """Run one length here and print what it took."""
    POINT["Delta"] = anisotropy * POINT["J"]
    # some solvers take all the memory there is before they fail
    resource.setrlimit(resource.RLIMIT_AS, (int(limit * 2**30),) * 2)
    expected = expectation(spins).seconds if solver == "engine" else None
    start, used = time.perf_counter(), time.process_time()
    populations = SOLVERS[solver](spins)
    row = {
        "solver": solver,
        "spins": spins,
        "Delta": POINT["Delta"],
        "seconds": round(time.perf_counter() - start, 3),
        # on a shared machine the processor's time says more than the clock's
        "cpu_seconds": round(time.process_time() - used, 3),
        **({} if expected is None else {"estimated beforehand": float(f"{expected:.2g}")}),
        "GiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 3),
        "largest": float(np.max(populations)),
        "smallest": float(np.min(populations)),
    }
    print(json.dumps(row), flush=True)


def growth(pairs):
    """The exponent of seconds as a power of the number of levels, by least squares."""
    spins, values = np.array(pairs, dtype=float).T
    return float(np.polyfit(spins, np.log2(values), 1)[0])


def run(solver, lengths, limit, memory_limit, anisotropy):
    measured = []
    for n in lengths:
        command = [sys.executable, __file__, "--solver", solver, "--one", str(n)]
        command += ["--memory", str(memory_limit), "--anisotropy", str(anisotropy)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=limit, check=True
            )
        except subprocess.TimeoutExpired:
            print(json.dumps({"solver": solver, "spins": n, "stopped": f"after {limit} s"}))
            break
        except subprocess.CalledProcessError as error:
            last = (error.stderr.strip().splitlines() or [f"signal {-error.returncode}"])[-1]
            print(json.dumps({"solver": solver, "spins": n, "stopped": last[:200]}))
            break
        print(done.stdout.strip(), flush=True)
        measured.append((n, json.loads(done.stdout)["cpu_seconds"]))
    kept = [pair for pair in measured if pair[0] >= FITTED_FROM]
    if len(kept) > 2:
        theory = [(n, operations(n)) for n, _ in kept]
        print(
            json.dumps(
                {
                    "solver": solver,
                    "exponent of 2^N": round(growth(kept), 2),
                    "theory (operations)": round(growth(theory), 2),
                }
            )
        )


def estimate(spins, speed):
    """Operations, memory and time of a length on machines of a given speed."""
    pairs = sum(comb(spins, k) * comb(spins, k + 1) for k in range(spins))
    row = {
        "spins": spins,
        "levels": 2**spins,
        "largest sector": comb(spins, spins // 2),
        "rates": pairs,
        "operations": f"{operations(spins):.2e}",
        "GiB": round(memory(spins) / 2**30, 1),
        "hours": round(operations(spins) / speed / 3600, 2),
        "at operations/s": speed,
        "log2 operations": round(log2(operations(spins)), 1),
    }
    print(json.dumps(row))


def by_modes(spins):
    """Seconds for every output of a chain of free modes, and for another point of it."""
    start = time.perf_counter()
    chain = xx_chain(spins)
    point = {name: POINT[name] for name in ("B0", "J", "T_L", "T_R")}
    chain.evaluate(**point)
    first = time.perf_counter() - start
    again = min(timeit.repeat(lambda: chain.evaluate(**point), number=5, repeat=5)) / 5
    print(json.dumps({"spins": spins, "first, s": round(first, 3), "a point, s": round(again, 5)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--solver", choices=SOLVERS, default="engine")
    parser.add_argument("--spins", default="8-11", help="e.g. 8-12 or 14")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds for one length")
    parser.add_argument("--memory", type=float, default=12.0, help="GiB for one length")
    parser.add_argument(
        "--anisotropy", type=float, default=POINT["Delta"], help="Delta in units of J"
    )
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--estimate", type=int, help="a length to estimate on paper")
    parser.add_argument("--speed", type=float, default=1e13, help="operations a second")
    parser.add_argument("--modes", type=int, help="a length to solve by its modes")
    options = parser.parse_args()
    if options.modes:
        by_modes(options.modes)
    elif options.estimate:
        estimate(options.estimate, options.speed)
    elif options.one:
        measure(options.solver, options.one, options.memory, options.anisotropy)
    else:
        first, _, last = options.spins.partition("-")
        lengths = range(int(first), int(last or first) + 1)
        run(options.solver, lengths, options.limit, options.memory, options.anisotropy)


if __name__ == "__main__":
    main()
