"""Every way to a number: evaluations, emitted functions, digits, balls, sweeps and evolution."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from symqb.battery import Battery
from symqb.models import BatteryModel, NoClosedFormError, SymqbError
from symqb.prove.numbers_compare import Answer

Point = Mapping[str, Any]
Call = Callable[..., Any]

COMPILED = ("c", "numba", "jax")
STANDALONE = ("module", "javascript")
PRECISE = ("digits15", "digits30", "mpmath", "arb")
REPEATS = ("secular", "alone", "sweep")
"""What asks the same of the same code again: tried on the first points of a model."""
ENGINE = ("evaluate", "array", "secular", "alone", "sweep", "steady_states")
EVERY = (*ENGINE, "numpy", *COMPILED, *STANDALONE, *PRECISE)


def attempt(call: Call, **options: Any) -> Answer:
    """What a call gives; warnings count as failures."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            found = call(**options)
            return Answer({name: found[name] for name in found})
    except Exception as error:
        return Answer(None, error)


class Entrances:
    """All entrances to the numbers of one battery.

    Parameters
    ----------
    model : BatteryModel
        The battery.

    Raises
    ------
    SymqbError
        What building the battery raises.
    """

    def __init__(self, model: BatteryModel) -> None:
        self.model, self.battery = model, Battery(model)
        self._made: dict[str, Call | Exception] = {}

    @cached_property
    def closed(self) -> bool:
        """Whether there is a closed form to emit."""
        try:
            self.battery.emit("numpy")
        except NoClosedFormError:
            return False
        except SymqbError:
            return False
        return True

    @property
    def known(self) -> tuple[str, ...]:
        """The entrances that exist for this battery."""
        if self.closed:
            return EVERY
        return tuple(name for name in EVERY if name in (*ENGINE, "digits15", "digits30"))

    def at(self, entrance: str, points: Sequence[Point]) -> list[Answer]:
        """The answers of an entrance at some points."""
        if entrance == "array":
            return self._array(points)
        if entrance == "sweep":
            return [attempt(self._sweep, point=point) for point in points]
        if entrance == "javascript":
            return self._javascript(points)
        return [self._single(entrance, point) for point in points]

    def _single(self, entrance: str, point: Point) -> Answer:
        battery = self.battery
        if entrance == "evaluate":
            return attempt(battery.evaluate, **point)
        if entrance == "secular":
            outputs = [*battery.outputs, "secular_ratio"]
            return attempt(battery.evaluate, outputs=list(dict.fromkeys(outputs)), **point)
        if entrance == "alone":
            return self._alone(point)
        if entrance == "steady_states":
            return attempt(lambda: {"basis": battery.steady_states(**point)})
        if entrance.startswith("digits"):
            return attempt(battery.evaluate, digits=int(entrance[6:]), **point)
        made = self._function(entrance)
        return Answer(None, made) if isinstance(made, Exception) else attempt(made, **point)

    def _alone(self, point: Point) -> Answer:
        """Some outputs asked for by themselves."""
        found: dict[str, Any] = {}
        currents = [n for n in self.battery.outputs if n.startswith(("heat", "entropy"))]
        for names in (["energies", "populations"], ["ergotropy"], ["exergy"], currents[-2:]):
            answer = attempt(self.battery.evaluate, outputs=names, **point)
            if answer.outputs is None:
                return answer
            found.update(answer.outputs)
        return Answer(found)

    def _function(self, target: str) -> Call | Exception:
        """An emitted function, made once."""
        if target not in self._made:
            try:
                self._made[target] = self._make(target)
            except Exception as error:
                self._made[target] = error
        return self._made[target]

    def _make(self, target: str) -> Call:
        if target == "module":
            module = types.ModuleType("emitted")
            exec(compile(self.battery.source("numpy"), "emitted", "exec"), module.__dict__)
            call: Call = module.evaluate
            return lambda **point: _package_errors(call, point)
        made = self.battery.emit(target)
        if target in ("mpmath", "arb"):
            return lambda **point: made(digits=30, **point)
        return made  # type: ignore[no-any-return]

    def _array(self, points: Sequence[Point]) -> list[Answer]:
        """All points in one call; where that is refused, nothing is learned of single ones."""
        if not points:
            return []
        columns = {name: np.array([p[name] for p in points], dtype=float) for name in points[0]}
        answer = attempt(self.battery.evaluate, **columns)
        if answer.outputs is None:
            return [answer] * len(points)
        outputs = answer.outputs
        return [Answer({n: v[k] for n, v in outputs.items()}) for k in range(len(points))]

    def _sweep(self, point: Point) -> Mapping[str, Any]:
        name = next(iter(point))
        data = self.battery.sweep({**point, name: [float(point[name])]}, progress=False)
        if data.sizes.get(name) != 1:
            raise AssertionError(f"a sweep over {name} has sizes {dict(data.sizes)}")
        return {key: data[key].values[0] for key in data.data_vars}

    def _javascript(self, points: Sequence[Point]) -> list[Answer]:
        node = shutil.which("node")
        if node is None:
            return [Answer(None, FileNotFoundError("node"))] * len(points)
        try:
            source = self.battery.source("javascript")
        except Exception as error:
            return [Answer(None, error)] * len(points)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "module.mjs").write_text(source)
            Path(folder, "run.mjs").write_text(RUN)
            full = [
                {"kappa": 1.0, **p} if "kappa" in self.battery.parameters else p for p in points
            ]
            done = subprocess.run(
                [node, str(Path(folder, "run.mjs"))],
                input=json.dumps([{k: float(v) for k, v in p.items()} for p in full]),
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            return [Answer(None, RuntimeError(done.stderr[-300:]))] * len(points)
        return [_javascript_answer(entry) for entry in json.loads(done.stdout)]


RUN = """import { readFileSync } from "node:fs";
import { evaluate } from "./module.mjs";
const points = JSON.parse(readFileSync(0, "utf8"));
const shown = (k, v) => (typeof v === "number" && !Number.isFinite(v) ? String(v) : v);
const one = (p) => {
  try { return { found: evaluate(p) }; } catch (e) { return { error: String(e) }; }
};
console.log(JSON.stringify(points.map(one), shown));
"""


class StandaloneRefusal(SymqbError):
    """A standalone module refused a point; it knows none of the package's errors."""


def _package_errors(call: Call, point: Point) -> Mapping[str, Any]:
    try:
        return dict(call(**point))
    except (ValueError, ArithmeticError) as error:
        if isinstance(error, ZeroDivisionError | OverflowError):
            raise
        raise StandaloneRefusal(str(error)) from None


def _javascript_answer(entry: Mapping[str, Any]) -> Answer:
    if "error" in entry:
        text = str(entry["error"])
        refused = text.startswith(("Error", "RangeError"))
        return Answer(None, StandaloneRefusal(text) if refused else RuntimeError(text))
    words = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}

    def numbers(value: Any) -> Any:
        if isinstance(value, list):
            return [numbers(v) for v in value]
        return words[value] if isinstance(value, str) else value

    return Answer({name: numbers(value) for name, value in entry["found"].items()})
