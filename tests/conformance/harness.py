"""Every target behind one interface: keyword parameters in, outputs by name out."""

from __future__ import annotations

import json
import shutil
import subprocess
import types
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import symqb
from symqb.models import Bath, BatteryModel, Chain
from tests.conformance.languages import RUNNERS, Point, Values, pointwise

EPS = 2.2e-16
NAMES = ("B0", "J", "Delta", "epsilon", "T_L", "T_R")

Function = Callable[..., Mapping[str, Any]]

IN_PROCESS = (
    "numpy",
    pytest.param("c", marks=pytest.mark.needs_cc),
    pytest.param("numba", marks=pytest.mark.slow),
    pytest.param("jax", marks=pytest.mark.slow),
)
STANDALONE = (
    "numpy-module",
    pytest.param("javascript", marks=pytest.mark.needs_node),
    "julia",
    pytest.param("fortran", marks=pytest.mark.needs_gfortran),
    pytest.param("rust", marks=pytest.mark.needs_rustc),
)
PRECISE = ("mpmath", "arb")
EVERY = (*IN_PROCESS, *STANDALONE, *PRECISE)


@cache
def battery(spins: int, dissipation: str = "collective") -> symqb.Battery:
    return symqb.xxz_battery(spins, dissipation)


RENAMED = (
    {
        "B0": "const",
        "J": "int",
        "Delta": "double",
        "epsilon": "lambda",
        "T_L": "while",
        "T_R": "return",
        "kappa": "function",
    },
    {
        "B0": "in_0",
        "J": "out_1",
        "Delta": "write_0",
        "epsilon": "rows",
        "T_L": "i",
        "T_R": "work",
        "kappa": "trouble",
    },
    {
        "B0": "range",
        "J": "ROWS",
        "Delta": "RANGE",
        "epsilon": "chosen",
        "T_L": "DBL_MAX",
        "T_R": "symqb_min",
        "kappa": "LANES",
    },
)
"""Parameters named like the targets' own words, and like what their functions call their own."""


@cache
def renamed_battery(which: int) -> symqb.Battery:
    new = RENAMED[which]
    baths = (
        Bath("L", new["T_L"], {1: 1, 2: new["epsilon"]}),
        Bath("R", new["T_R"], {2: 1}),
    )
    chain = Chain(2, J=new["J"], Delta=new["Delta"], B0=new["B0"])
    return symqb.Battery(BatteryModel(chain, baths, kappa=new["kappa"], dissipation="collective"))


def _module(source: str) -> Any:
    module = types.ModuleType("emitted")
    exec(compile(source, "emitted", "exec"), module.__dict__)
    return module


def _javascript(source: str, folder: Path) -> Function:
    (folder / "module.mjs").write_text(source)
    (folder / "run.mjs").write_text(
        'import { evaluate } from "./module.mjs";\n'
        'const number = (k, v) => (typeof v === "string" ? Number(v) : v);\n'
        "const points = JSON.parse(process.argv[2], number);\n"
        "const name = (v) => Number.isFinite(v) ? v : String(v);\n"
        "try { console.log(JSON.stringify(points.map(evaluate), (k, v) =>\n"
        '  typeof v === "number" ? name(v) : v)); }\n'
        "catch (e) { console.error(String(e)); process.exit(3); }\n"
    )

    def run(points: list[Point]) -> Values:
        node = shutil.which("node") or "node"
        # JSON has no infinities
        spelled = [{k: str(x).replace("inf", "Infinity") for k, x in p.items()} for p in points]
        command = [node, str(folder / "run.mjs"), json.dumps(spelled)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ArithmeticError(done.stderr)
        return list(json.loads(done.stdout))

    return pointwise(run)


@cache
def _emitted(of: symqb.Battery, target: str, options: tuple[tuple[str, Any], ...]) -> Any:
    """In-process functions are made once: compiling takes seconds."""
    return of.emit(target, **dict(options))


def make(target: str, of: symqb.Battery, folder: Path, **options: Any) -> Function:
    """A target's function of a battery."""
    if target in {"numba", "jax"}:
        pytest.importorskip(target)
    if target == "numpy-module":
        module = _module(of.source("numpy", **options))
        return lambda **parameters: module.evaluate(**parameters)
    if target == "javascript":
        return _javascript(of.source("javascript", **options), folder)
    if target in RUNNERS:
        source = of.source(target, **options)
        return pointwise(lambda points: RUNNERS[target](source, of.parameters, points))
    if target in PRECISE:
        function = of.emit(target, **options)
        return pointwise(lambda points: [dict(function(digits=30, **point)) for point in points])
    names = tuple(options.items())
    return lambda **parameters: _emitted(of, target, names)(**parameters)


def exact(of: symqb.Battery, point: Mapping[str, float]) -> Mapping[str, Any]:
    """All outputs at one point to 50 digits, as mpmath numbers."""
    return _exact(of, tuple((name, float(value)) for name, value in point.items()))


@cache
def _exact(of: symqb.Battery, point: tuple[tuple[str, float], ...]) -> Mapping[str, Any]:
    """Every target is compared with the same values."""
    return MappingProxyType(dict(of.evaluate(digits=50, **dict(point))))


def allowance(of: symqb.Battery, point: Mapping[str, float], reference: Mapping[str, Any]) -> float:
    """The entrywise relative error granted to populations: ``eps (40 + 4 max|E| / min T)``."""
    coldest = min(point["T_L"], point["T_R"])
    energy = max(abs(float(e)) for e in reference["energies"])
    once = EPS * (40 + 4 * energy / coldest) if coldest else 1e-13
    return once if of.spins == 2 else 2 * once


def compare(
    of: symqb.Battery, found: Mapping[str, Any], index: tuple[int, ...], point: Mapping[str, float]
) -> int:
    """Assert that a target's values at one point are right; return how many were compared."""
    reference = exact(of, point)
    allowed = allowance(of, point, reference)
    compared = 0
    scale = max(abs(float(e)) for e in reference["energies"])
    kappa = point.get("kappa", 1.0)
    for name in found:
        values = np.atleast_1d(np.asarray(found[name])[index])
        truths = [float(v) for v in np.atleast_1d(np.array(reference[name], dtype=object))]
        for value, truth in zip(values, truths, strict=True):
            compared += 1
            if name == "populations":
                small = abs(truth) < 1e-290
                assert small or abs(value / truth - 1) <= allowed, (name, point, value, truth)
            elif np.isinf(truth):
                assert value == truth, (name, point)
            else:
                # sums of signed terms: to rounding of what is added up
                unit = scale * (1 + scale)
                if name.startswith(("heat", "entropy")):
                    unit *= kappa * (1 + max(point["T_L"], point["T_R"]))
                if name == "exergy":
                    unit += point["T_R"]
                if name == "entropy_production":
                    coldest = min(t for t in (point["T_L"], point["T_R"], np.inf) if t > 0)
                    unit *= 1 + 1 / coldest
                assert abs(value - truth) <= 40 * allowed * max(unit, abs(truth)), (
                    name,
                    point,
                    value,
                    truth,
                )
    return compared
