"""A large sweep on one process, on local threads, and on local dask workers.

    python benchmarks/sweeps.py --points 10000000 --workers 2

Prints seconds of each and their ratios, and compares the results bit by bit.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

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


def timed(label, parameters, **options):
    start = time.perf_counter()
    data = sweep(xxz_model(options.pop("spins")), parameters, **options)
    seconds = time.perf_counter() - start
    points = int(np.prod([len(v) for v in parameters.values() if np.ndim(v)]))
    print(json.dumps({"run": label, "points": points, "seconds": round(seconds, 2)}), flush=True)
    return seconds, data


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=10**6)
    parser.add_argument("--spins", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    from distributed import Client, LocalCluster

    parameters, common = grid(options.points), {"spins": options.spins}
    # the first run also derives and compiles; leave that out of the times
    timed("warm-up", grid(1000), **common)
    one, alone = timed("one process", parameters, workers=1, **common)
    threads, together = timed("threads", parameters, workers=options.workers, **common)
    cluster = LocalCluster(n_workers=options.workers, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster):
        address = cluster.scheduler_address
        timed("warm-up on workers", grid(1000), address=address, chunk=10, **common)
        dask, apart = timed("dask workers", parameters, address=address, **common)
    same = all(
        np.array_equal(alone[name].values, other[name].values)
        for name in alone.data_vars
        for other in (together, apart)
    )
    ratios = {"threads": round(one / threads, 2), "dask workers": round(one / dask, 2)}
    print(json.dumps({"one process over": ratios, "identical": same}))


if __name__ == "__main__":
    main()
