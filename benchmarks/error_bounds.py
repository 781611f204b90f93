"""Derived bounds of rounding errors beside the worst errors seen at random points.

    python -m benchmarks.error_bounds --points 2000

A line of JSON for each program: the errors of its populations (or mean times) in doubles against
balls of 300 bits, the bound at the same points, and the number of roundings that holds anywhere,
all in units of 2^-53.
"""

from __future__ import annotations

import argparse
import json
import math
import time

import numpy as np
from flint import arb, ctx

import symqb
from symqb.emit.plan import Plan
from symqb.emit.targets.precise import ArbArithmetic
from symqb.program import FloatArithmetic, run
from symqb.program.error_slopes import UNIT

TEMPERATURES = ("T_L", "T_R")


class Balls(ArbArithmetic):
    """What shorter variants use besides."""

    def occupied(self, a, b):
        return (-a * b).exp()

    def vacant(self, a, b):
        return -(-a * b).expm1()


def errors(program, point, name):
    inexact = run(program, FloatArithmetic(), point)[name]
    exact = run(program, Balls(), {key: arb(value) for key, value in point.items()})[name]
    for made, true in zip(inexact, exact, strict=True):
        yield 0.0 if made == 0 and true == 0 else abs(float((arb(made) - true) / true)) / UNIT


def measure(label, program, positive, draw, points):
    (name,), start = program.outputs, time.process_time()
    bound = program.error_bound(positive)
    worst = largest = 0.0
    least, below = math.inf, 0
    for _ in range(points):
        point = draw()
        for error, told in zip(errors(program, point, name), bound.at(**point)[name], strict=True):
            worst, largest, below = max(worst, error), max(largest, told), below + (error > told)
            least = min(least, told / error) if error else least
    row = {
        "program": label,
        "points": points,
        "steps": len(program.steps),
        "worst error": round(worst, 1),
        "largest bound": round(largest, 1),
        "least bound over error": round(least, 2),
        "bounds below the error": below,
        "roundings anywhere": max(bound.roundings(name)),
        "processor s": round(time.process_time() - start, 1),
    }
    print(json.dumps(row), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=2000)
    points = parser.parse_args().points
    ctx.prec = 300
    rng = np.random.default_rng(1)

    def battery(**fixed):
        sizes = {"B0": 4, "J": 2, "Delta": 2, "epsilon": 1.5}
        found = {name: rng.uniform(-size, size) for name, size in sizes.items()}
        found |= {name: 10 ** rng.uniform(-1, 1.5) for name in TEMPERATURES}
        return found | {"kappa": 1.0} | fixed

    two, three = (symqb.xxz_battery(n).derivation.pruned(("populations",)) for n in (2, 3))
    plan = Plan(two, TEMPERATURES, "kappa")
    quick = plan.quick.prune(["populations"])
    measure("two spins", two, None, battery, points)
    measure("two spins, lowered", plan.general, TEMPERATURES, battery, points)
    known = {*TEMPERATURES, *plan.conditions(plan.quick)}
    measure("two spins, quick", quick, known, lambda: battery(B0=5.0), points)
    measure("three spins", three, None, battery, max(points // 8, 1))
    states = range(5)
    net = symqb.network({(a, b): f"k{a}{b}" for a in states for b in states if a != b})

    def rates():
        return {name: 10 ** rng.uniform(-8, 8) for name in net.parameters}

    steady, passage = net.program.prune(["populations"]), net.first_passage_times("4").program
    measure("network of five states", steady, net.parameters, rates, points)
    measure("mean times in it", passage, net.parameters, rates, points)


if __name__ == "__main__":
    main()
