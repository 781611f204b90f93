"""A sweep of 10^7 points on one process, on two local threads, and on two local dask workers.

    python -m benchmarks.sweeps                      # two and three spins, 10^7 points
    python -m benchmarks.sweeps --points 1000000 --spins 3

Prints seconds and processor seconds (all processes together) of each, the ratios, and whether the
results are the same bit by bit.  Two workers cannot gain more than ``most``: what the one process
computes, over its share of what all processes of the cluster compute between them.
"""

from __future__ import annotations

import argparse
import json
import os
import time

import numpy as np
import psutil

from symqb.models import xxz_model
from symqb.numerics.sweep import sweep


def grid(points):
    """A grid of about this many points over anisotropy and both temperatures."""
    side = round(points ** (1 / 3))
    return {
        "B0": 5.0,
        "J": 1.0,
        "Delta": np.linspace(-0.95, 0.95, side),
        "epsilon": 1.0,
        "T_L": np.linspace(0.5, 40.0, side),
        "T_R": np.linspace(0.5, 10.0, side),
    }


def processor_seconds():
    """Of this process and all it started."""
    this = psutil.Process()
    return sum(sum(p.cpu_times()[:2]) for p in (this, *this.children(recursive=True)))


def timed(label, spins, parameters, **options):
    start, used = time.perf_counter(), processor_seconds()
    data = sweep(xxz_model(spins), parameters, **options)
    row = {
        "run": label,
        "spins": spins,
        "points": int(np.prod([len(v) for v in parameters.values() if np.ndim(v)])),
        "seconds": round(time.perf_counter() - start, 2),
        "processor seconds": round(processor_seconds() - used, 2),
    }
    if not label.startswith("warm-up"):
        print(json.dumps(row), flush=True)
    return row, data


def same(a, b):
    return all(np.array_equal(a[name].values, b[name].values) for name in a.data_vars)


def measure(spins, points, workers):
    from distributed import Client, LocalCluster

    parameters = grid(points)
    # the first run also derives and compiles; leave that out of the times
    timed("warm-up", spins, grid(1000))
    one, alone = timed("one process", spins, parameters, workers=1)
    threads, together = timed("threads", spins, parameters, workers=workers)
    identical = same(alone, together)
    del together
    cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster):
        address = cluster.scheduler_address
        timed("warm-up on workers", spins, grid(1000), address=address, chunk=10)
        dask, apart = timed("dask workers", spins, parameters, address=address)
    row = {
        "spins": spins,
        "one process over threads": round(one["seconds"] / threads["seconds"], 2),
        "one process over dask workers": round(one["seconds"] / dask["seconds"], 2),
        "most": round(workers * one["processor seconds"] / dask["processor seconds"], 2),
        "identical": identical and same(alone, apart),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(row), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=10**7)
    parser.add_argument("--spins", type=int, nargs="+", default=[2, 3])
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    for spins in options.spins:
        measure(spins, options.points, options.workers)


if __name__ == "__main__":
    main()
