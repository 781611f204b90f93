"""How far C is from its Bose factors and from memory traffic alone, and what a thread brings."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.peers import NAMES
from benchmarks.timing import BOSE_FACTORS, MILLION, ours, parameters, seconds
from symqb.emit.function import ProgramFunction
from symqb.emit.targets import emit_function
from symqb.program import Builder, Program


def bose_factors(spins: int) -> Program:
    """As many terms ``a n(a, T)`` as the populations need, added up; nothing else."""
    b = Builder(NAMES)
    terms = []
    for k in range(BOSE_FACTORS[spins] // 2):
        frequency = b.apply("abs", b.add("B0", Fraction(k, 16)))
        terms += [b.apply("bose", frequency, T) for T in ("T_L", "T_R")]
    return b.build({"sum": b.sum(terms)})


def traffic(spins: int) -> Program:
    """Six arrays read and one number a level written, with one addition each."""
    b = Builder(NAMES)
    return b.build(
        {"rows": tuple(b.add(NAMES[k % 6], NAMES[(k + 1) % 6]) for k in range(2**spins))}
    )


def limits(budget: float) -> list[dict[str, Any]]:
    """Nanoseconds a point of both, in C."""
    rows = []
    for spins in BOSE_FACTORS:
        for what, program in (
            ("its Bose factors alone", bose_factors(spins)),
            ("memory traffic alone", traffic(spins)),
        ):
            ns = _time(program, spins, budget) / MILLION * 1e9
            rows.append({"spins": spins, "limit": what, "ns_a_point": ns})
    return rows


def _time(program: Program, spins: int, budget: float) -> float:
    """Seconds for a million points of a program with one output, into memory made beforehand."""
    cold = tuple(n for n in ("T_L", "T_R") if "bose" in program.operation_counts())
    labels = tuple(range(1, 2**spins + 1))
    f: ProgramFunction = emit_function(
        program, "c", parameters=program.inputs, labels=labels, temperatures=cold, kappa=None
    )
    columns = dict(zip(NAMES, parameters(MILLION), strict=True))
    named = {name: columns[name] for name in program.inputs}
    (output,) = f.outputs
    vector = isinstance(program.outputs[output], tuple)
    out = {output: np.empty((2**spins, MILLION)).T if vector else np.empty(MILLION)}
    return seconds(lambda: f(out=out, **named), time.process_time, budget)


def two_threads(spins: int, rounds: int) -> float:
    """Time on one thread over time on two, by the wall clock, the best of interleaved runs."""
    data = parameters(MILLION)
    one, two = ours("c", spins), ours("c", spins, threads=2)
    best = [np.inf, np.inf]
    for _ in range(rounds):
        for k, call in enumerate((one, two)):
            best[k] = min(best[k], seconds(lambda call=call: call(data), time.perf_counter, 0.05))
    return float(best[0] / best[1])


def scalars_and_temperatures(spins: int, target: str, budget: float) -> float:
    """Seconds a point with both temperatures arrays and four single numbers."""
    import symqb

    columns = parameters(MILLION)
    swept = [*(float(column[0]) for column in columns[:4]), *columns[4:]]
    buffer = {"populations": np.empty((2**spins, MILLION)).T}
    f = symqb.xxz_battery(spins).emit(target, outputs=("populations",))
    named = dict(zip(NAMES, swept, strict=True))
    return seconds(lambda: f(out=buffer, **named), time.process_time, budget) / MILLION
