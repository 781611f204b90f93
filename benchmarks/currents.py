"""Currents, entropy production and exergy against 60 digits and more, over their whole range.

    python -m benchmarks.currents --points 300 --targets numpy,c
    python -m benchmarks.currents --points 300 --targets numpy,c,numba,jax
    python -m benchmarks.currents --signs 1000000    # how often entropy production is negative

The hotter bath is above the colder one by 1e-12 to 1e6 of its temperature, which is 1e-3 to 1e8;
epsilon is 0 or from 1e-10 to 1e10, fields and bonds are of order one.  The judge is
``symqb.prove.numbers_judge``, which shares nothing with what it judges.  The error is relative to
the value itself, also where it is far below the terms it is made of; "beyond" counts values off by
more than 1e-10, and than eight times what is granted to populations, which is more where it is
cold.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict

import numpy as np

import symqb
from symqb.models import SymqbError
from symqb.prove.numbers import expect
from symqb.prove.numbers_compare import granted
from symqb.prove.numbers_outputs import negligible

OUTPUTS = ("heat_current_L", "heat_current_R", "entropy_production", "exergy")


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(math.log(low), math.log(high))))


def draw(rng):
    """One point; the hotter bath is on either side."""
    cold = log_uniform(rng, 1e-3, 1e8)
    hot = cold * (1 + log_uniform(rng, 1e-12, 1e6))
    left, right = (cold, hot) if rng.random() < 0.5 else (hot, cold)
    weight = 0.0 if rng.random() < 0.1 else log_uniform(rng, 1e-10, 1e10)
    return {
        "B0": float(rng.uniform(0.1, 6)),
        "J": float(rng.choice([-1, 1]) * rng.uniform(0.1, 2)),
        "Delta": float(rng.uniform(-2, 2)),
        "epsilon": float(rng.choice([-1, 1])) * weight,
        "T_L": left,
        "T_R": right,
        "kappa": 1.0,
    }


def draw_near(rng):
    """One point of moderate numbers, which programs in doubles answer by themselves."""
    T_L, T_R = np.exp(rng.uniform(np.log(0.2), np.log(50), size=2))
    return draw(rng) | {
        "epsilon": float(rng.uniform(-3, 3)),
        "T_L": float(T_L),
        "T_R": float(T_R),
    }


def call(function, point):
    """The outputs, or the refusal."""
    try:
        return function(**point), None
    except SymqbError as error:
        return None, type(error).__name__


def errors(spins, dissipation, targets, count, seed):
    """For each target and output: how many values, the worst relative error and where."""
    battery = symqb.xxz_battery(spins, dissipation)
    functions = {
        target: battery.evaluate if target == "evaluate" else battery.emit(target)
        for target in targets
    }
    rng = np.random.default_rng([seed, spins, len(dissipation)])
    found = defaultdict(lambda: {"values": 0, "beyond": 0, "refused": 0, "worst": 0.0, "at": None})
    for _ in range(count):
        point = draw(rng)
        expected = expect(battery.model, point)
        if expected is None or not expected.answers:
            continue
        for target, function in functions.items():
            outputs, refusal = call(function, point)
            for name in OUTPUTS:
                record = found[f"{spins} {dissipation} {target} {name}"]
                if refusal:
                    record["refused"] += 1
                    continue
                compare(record, float(outputs[name]), name, expected, point)
    return found


def compare(record, value, name, expected, point):
    """Count one value and keep the worst, by the reading of coincidence that fits best."""
    offs = []
    for verdict in expected.verdicts:
        right = verdict.outputs[name]
        if negligible(right):
            return
        off = abs(value / float(right) - 1) if abs(float(right)) > 1e-290 else 0.0
        offs.append((off, off > max(1e-10, 8 * granted(verdict)), float(right)))
    off, beyond, right = min(offs)
    record["values"] += 1
    record["beyond"] += beyond
    if not off <= record["worst"]:
        record["worst"] = off
        record["at"] = {**point, "given": value, "right": right, "beyond": bool(beyond)}


def negative(count, seed):
    """At how many of so many points entropy production is below zero, by target.

    One point in twenty lies where terms cancel, the rest where doubles answer by themselves.
    """
    rng = np.random.default_rng(seed)
    columns = {name: [] for name in draw(rng)}
    for k in range(count):
        for name, value in (draw_near if k % 20 else draw)(rng).items():
            columns[name].append(value)
    arrays = {name: np.array(column) for name, column in columns.items()}
    equal = {**arrays, "T_R": arrays["T_L"]}
    found = {}
    for spins in (2, 3):
        for target in ("numpy", "c"):
            function = symqb.xxz_battery(spins).emit(target, outputs=["entropy_production"])
            values = part(function, arrays)
            still = part(function, equal)
            found[f"{spins} spins, {target}"] = {
                "points": int(values.size),
                "negative": int(np.sum(values < 0)),
                "unknown": int(np.sum(np.isnan(values))),
                "not 0 at equal temperatures": int(np.sum(still != 0)),
            }
    return found


def part(function, arrays):
    """Values over all points; one by one where an array is refused."""
    try:
        return function(**arrays).entropy_production
    except SymqbError:
        size = len(next(iter(arrays.values())))
        if size == 1:
            return np.array([np.nan])
        half = size // 2
        return np.concatenate(
            [
                part(function, {name: a[:half] for name, a in arrays.items()}),
                part(function, {name: a[half:] for name, a in arrays.items()}),
            ]
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--targets", default="numpy,c")
    parser.add_argument("--spins", default="2,3")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--signs", type=int, default=0)
    options = parser.parse_args()
    if options.signs:
        print(json.dumps(negative(options.signs, options.seed), indent=2))
        return
    for spins in map(int, options.spins.split(",")):
        for dissipation in ("collective", "individual"):
            found = errors(
                spins, dissipation, options.targets.split(","), options.points, options.seed
            )
            for name, record in found.items():
                print(json.dumps({name: record}))


if __name__ == "__main__":
    main()
