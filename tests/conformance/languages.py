"""Standalone sources run by their own tools: each a function of keyword parameters.

Fortran and Rust are compiled.  Mathematica's text is run by Mathics, an implementation of the
Wolfram Language that is not Wolfram's own.  Julia cannot be installed from the registries these
tests use: its text is run by a reader of their own, which knows nothing of what printed it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.conformance.julia_reader import julia_module

Point = Mapping[str, float]
Values = list[dict[str, Any]]

FORTRAN_MAIN = """
program main
  use symqb
  use, intrinsic :: iso_fortran_env, only: dp => real64
  implicit none
  real(dp) :: given(size(PARAMETERS)), values(size(ROWS))
  character(len=:), allocatable :: message
  integer :: k, failed
  do k = 1, size(ROWS)
    print '(a)', trim(ROWS(k))
  end do
  do
    read (*, *, iostat=failed) given
    if (failed /= 0) exit
    call evaluate(given, values, message)
    if (message /= "") then
      print '(a)', message
      error stop 3
    end if
    print '(*(es25.16e3))', values
  end do
end program
"""

RUST_MAIN = """
#[allow(dead_code)]
mod module;

fn main() {
    for row in module::ROWS {
        println!("{row}");
    }
    for line in std::io::stdin().lines() {
        let numbers: Vec<f64> = line.unwrap().split(' ').map(|x| x.parse().unwrap()).collect();
        match module::evaluate(numbers[..].try_into().unwrap()) {
            Ok(values) => println!("{}", values.map(|x| format!("{x:e}")).join(" ")),
            Err(message) => {
                println!("{message}");
                std::process::exit(3)
            }
        }
    }
}
"""


# to optimise takes two to six times as long as to compile
OPTIMISED = {"fortran": ["-O2"], "rust": ["-O"]}
PLAIN = {"fortran": ["-O0"], "rust": []}
WARNING = ["-Wall", "-Wextra", "-Wno-compare-reals", "-Wno-unused-function", "-Wno-zerotrip"]
COMPILERS = {
    "fortran": ["gfortran", "-std=f2008", *WARNING, "-Werror", "module.f90", "main.f90"],
    "rust": ["rustc", "--edition=2021", "-D", "warnings", "main.rs"],
}
FILES = {"fortran": ("module.f90", "main.f90"), "rust": ("module.rs", "main.rs")}
MAINS = {"fortran": FORTRAN_MAIN, "rust": RUST_MAIN}


def built(language: str, source: str, *, optimised: bool | None = None) -> Path:
    """A program that reads points and writes values, compiled once; a warning is an error.

    It is optimised among slow tests, unless told otherwise.
    """
    if optimised is None:
        optimised = os.environ.get("SYMQB_SLOW") == "1"
    options = (OPTIMISED if optimised else PLAIN)[language]
    command = [*COMPILERS[language], *options, "-o", "run"]
    key = hashlib.sha256("\n".join([*command, source]).encode()).hexdigest()
    kept = Path(os.environ["SYMQB_CACHE"])
    program = kept / f"{language}-{key}"
    if not program.exists():
        with TemporaryDirectory(dir=kept) as folder:
            for name, text in zip(FILES[language], (source, MAINS[language]), strict=True):
                (Path(folder) / name).write_text(text)
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[:3000]
            # another worker may have made the same
            (Path(folder) / "run").replace(program)
    return program


def _rows(names: Sequence[str], numbers: Sequence[float]) -> dict[str, Any]:
    """Numbers by output: those of all levels together."""
    found: dict[str, Any] = {}
    for name, value in zip(names, numbers, strict=True):
        level = re.fullmatch(r"(.*(?:energies|populations).*)_\d+", name)
        if level:
            found.setdefault(level[1], []).append(value)
        else:
            found[name] = value
    return found


def compiled(
    language: str,
    source: str,
    parameters: Sequence[str],
    points: list[Point],
    *,
    optimised: bool | None = None,
) -> Values:
    # in these languages each parameter has its place, and none a value of its own
    lines = [" ".join(repr(point.get(name, 1.0)) for name in parameters) for point in points]
    done = subprocess.run(
        [built(language, source, optimised=optimised)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
    )
    shown = done.stdout.splitlines()
    if done.returncode:
        raise ArithmeticError(shown[-1])
    names, values = shown[: -len(points)], shown[-len(points) :]
    return [_rows(names, [float(x) for x in line.split()]) for line in values]


def _association(text: str) -> dict[str, Any]:
    """What Mathics prints of an association of numbers and lists of them."""
    found: dict[str, Any] = {}
    for name, several, one in re.findall(r'"(\w+)" \S+ (?:\{(.*?)\}|([^,|]*))', text):
        numbers = [
            float(x.strip().replace("*^", "e").replace("Infinity", "inf"))
            for x in (several or one).split(",")
        ]
        found[name] = numbers if several else numbers[0]
    return found


def mathematica_lines(source: str, points: list[Point]) -> list[str]:
    """What Mathics prints at some points: an association, or a failure."""
    given = [
        ", ".join(f"{json.dumps(k, ensure_ascii=False)} -> {_wolfram(x)}" for k, x in p.items())
        for p in points
    ]
    calls = [f"Print[InputForm[evaluate[<|{point}|>]]];" for point in given]
    with TemporaryDirectory(prefix="symqb-mathematica-") as folder:
        file = Path(folder) / "run.wl"
        file.write_text(source + "\n" + "\n".join(calls))
        command = [shutil.which("mathics3") or "mathics3", "-f", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    shown = [line for line in done.stdout.splitlines() if line.startswith(("<|", "Failure["))]
    assert len(shown) == len(points), done.stdout[-2000:]
    return shown


def mathematica(source: str, parameters: Sequence[str], points: list[Point]) -> Values:
    shown = mathematica_lines(source, points)
    for line in shown:
        if line.startswith("Failure"):
            raise ArithmeticError(line)
    return [_association(line) for line in shown]


def _wolfram(x: float) -> str:
    """A number as one of machine precision."""
    if math.isnan(x) or math.isinf(x):
        return "Indeterminate" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    digits, _, exponent = repr(x).partition("e")
    return f"{digits}`" + (f"*^{int(exponent)}" if exponent else "")


def julia(source: str, parameters: Sequence[str], points: list[Point]) -> Values:
    evaluate = _julia(source)["evaluate"]
    return [evaluate(**point) for point in points]


_julia = cache(julia_module)


RUNNERS: dict[str, Callable[[str, Sequence[str], list[Point]], Values]] = {
    "fortran": lambda *given: compiled("fortran", *given),
    "rust": lambda *given: compiled("rust", *given),
    "mathematica": mathematica,
    "julia": julia,
}


def pointwise(run: Callable[[list[Point]], Values]) -> Callable[..., Mapping[str, Any]]:
    """A function of arrays from one that takes a list of points."""

    def call(**parameters: Any) -> dict[str, Any]:
        arrays = np.broadcast_arrays(*parameters.values())
        points = [
            dict(zip(parameters, map(float, point), strict=True))
            for point in zip(*(array.ravel() for array in arrays), strict=True)
        ]
        found = run(points)
        return {
            key: np.array([np.array(point[key], dtype=float) for point in found]).reshape(
                (*arrays[0].shape, *np.shape(found[0][key]))
            )
            for key in found[0]
        }

    return call
