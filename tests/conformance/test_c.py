"""The C itself: strict compilers, sanitizers, cache, and no compiler at all."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from symqb.emit.approximations import expm1_coefficients
from symqb.emit.plan import Plan
from symqb.emit.targets.c.compile import (
    CompilerError,
    cache_directory,
    compile_library,
    find_compiler,
)
from symqb.emit.targets.c.source import C, c_file
from symqb.emit.targets.numba.flags import float_flags
from symqb.program import Builder
from tests.conformance.harness import NAMES, battery

STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
POINT = (2.0, 1.0, 0.5, 1.0, 39.0, 1.0, 1.0)

MAIN = """
#include "kernel.h"
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
    enum { N = 300 };
    static const double scalars[7] = {2.0, 1.0, 0.5, 1.0, 39.0, 1.0, 1.0};
    static const unsigned char varies[7] = {1, 0, 0, 0, 1, 0, 0}, apart[10] = {0, 1};
    static const size_t widths[10] = {WIDTH, WIDTH, 1, 1, 1, 1, 1, 1, 1, 1};
    double *in[7], *out[10];
    unsigned status = 0;
    size_t k, i, count;
    for (k = 0; k < 7; k++) {
        in[k] = malloc((varies[k] ? N : 1) * sizeof(double));
        for (i = 0; i < (varies[k] ? (size_t)N : 1); i++)
            in[k][i] = scalars[k] - (k == 0 ? 0.02 * (double)i : 0.0);
    }
    for (count = 1; count <= N; count += 13) {
        for (k = 0; k < 10; k++)
            out[k] = malloc(count * widths[k] * sizeof(double));
        status |= symqb_evaluate(count, (const double *const *)in, varies, out, apart, 1);
        if (count == 1)
            for (k = 0; k < WIDTH; k++)
                printf("%.17g\\n", out[1][k]);
        for (k = 0; k < 10; k++)
            free(out[k]);
    }
    for (k = 0; k < 7; k++)
        free(in[k]);
    fprintf(stderr, "%u\\n", status);
    return 0;
}
"""


def compilers() -> list[str]:
    return [c for c in ("gcc", "clang") if shutil.which(c)]


@pytest.mark.needs_cc
@pytest.mark.parametrize("spins", [2, 3])
def test_strict_c99_without_a_warning(spins: int, tmp_path: Path) -> None:
    of = battery(spins)
    (tmp_path / "kernel.h").write_text(of.source("c-header"))
    (tmp_path / "kernel.c").write_text('#include "kernel.h"\n' + of.source("c"))
    for compiler in compilers():
        command = [compiler, *STRICT, "-O0", "-c", str(tmp_path / "kernel.c"), "-o", "kernel.o"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == 0, f"{compiler}: {done.stderr[:2000]}"
    assert compilers()


CHOICES = [("charge",), ("charge", "ergotropy"), ("populations",), ("energies", "charge")]


@pytest.mark.needs_cc
@pytest.mark.parametrize("outputs", CHOICES, ids="-".join)
@pytest.mark.parametrize("level", ["-O2", "-O3"])
def test_optimised_code_of_any_outputs_compiles_without_a_warning(
    outputs: tuple[str, ...], level: str, tmp_path: Path
) -> None:
    """Loops over the levels, unrolled, stay within rows that scalars alone do not have."""
    (tmp_path / "kernel.c").write_text(battery(2).source("c", outputs))
    for compiler in compilers():
        command = [compiler, *STRICT, "-Warray-bounds", level, "-c", "kernel.c", "-o", "kernel.o"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == 0, f"{compiler}: {done.stderr[:2000]}"


@pytest.mark.needs_cc
def test_the_strict_options_refuse_what_is_not_strict(tmp_path: Path) -> None:
    (tmp_path / "bad.c").write_text("float f(double x) { return x; }\n")
    command = [find_compiler(), *STRICT, "-c", "bad.c"]
    assert subprocess.run(command, capture_output=True, cwd=tmp_path, check=False).returncode


@pytest.mark.needs_cc
@pytest.mark.slow
@pytest.mark.parametrize("spins", [2, 3])
def test_sanitizers_find_nothing(spins: int, tmp_path: Path) -> None:
    """Address and undefined-behaviour sanitizers, exactly sized buffers, both signs of B0."""
    of = battery(spins)
    (tmp_path / "kernel.h").write_text(of.source("c-header"))
    (tmp_path / "kernel.c").write_text(of.source("c"))
    (tmp_path / "main.c").write_text(MAIN.replace("WIDTH", str(2**spins)))
    for compiler in compilers():
        command = [compiler, *STRICT, "-O1", "-g", "-fsanitize=address,undefined"]
        command += ["-fno-sanitize-recover=all", "main.c", "kernel.c", "-o", "run", "-lm"]
        subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)
        done = subprocess.run([tmp_path / "run"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = [float(line) for line in done.stdout.split()]
        expected = of.evaluate(**dict(zip((*NAMES, "kappa"), POINT, strict=True))).populations
        np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.needs_cc
@pytest.mark.slow
def test_the_sanitizer_run_can_fail(tmp_path: Path) -> None:
    of = battery(2)
    (tmp_path / "kernel.h").write_text(of.source("c-header"))
    (tmp_path / "kernel.c").write_text(of.source("c"))
    (tmp_path / "main.c").write_text(MAIN.replace("WIDTH", "3"))
    command = [compilers()[0], "-std=c99", "-g", "-fsanitize=address", "main.c", "kernel.c"]
    subprocess.run([*command, "-o", "run", "-lm"], check=True, cwd=tmp_path, capture_output=True)
    done = subprocess.run([tmp_path / "run"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "heap-buffer-overflow" in done.stderr


@pytest.mark.needs_cc
def test_expm1_in_c_is_accurate_over_its_whole_range(tmp_path: Path) -> None:
    b = Builder(("x",))
    source = c_file(Plan(b.build({"y": b.apply("expm1", "x")})), title="expm1")
    library = ctypes.CDLL(str(compile_library(source)))
    x = np.concatenate([np.geomspace(1e-300, 700, 20000), np.linspace(0.3, 0.8, 20000), [0.0]])
    y = np.empty_like(x)
    ins, outs = (ctypes.c_void_p * 1)(x.ctypes.data), (ctypes.c_void_p * 1)(y.ctypes.data)
    ones = (ctypes.c_ubyte * 1)(1)
    status = library.symqb_evaluate(ctypes.c_size_t(len(x)), ins, ones, outs, ones, 1)
    assert status == 0
    truth = np.expm1(x)
    assert np.max(np.abs(y[:-1] / truth[:-1] - 1)) < 6e-16
    assert y[-1] == 0.0
    assert len(expm1_coefficients()) == 10


def test_every_lowered_operation_has_a_form() -> None:
    for spins in (2, 3):
        assert set(Plan(battery(spins).program).general.operation_counts()) <= set(C.forms)


COLD = dict(zip(NAMES, (3.0, 1.0, 0.3, 0.6, 0.021, 0.02), strict=True))


def _values(source: str, point: Sequence[float], count: int = 8) -> np.ndarray:
    """The one output at ``count`` equal points from C source, through the array entry."""
    library = ctypes.CDLL(str(compile_library(source)))
    inputs = [np.full(count, value) for value in point]
    out = np.empty(count)
    ins = (ctypes.c_void_p * len(point))(*(a.ctypes.data for a in inputs))
    ones = (ctypes.c_ubyte * len(point))(*[1] * len(point))
    outs = (ctypes.c_void_p * 1)(out.ctypes.data)
    assert library.symqb_evaluate(ctypes.c_size_t(count), ins, ones, outs, ones, 1) == 0
    return out


@pytest.mark.needs_cc
def test_what_underflows_on_the_way_is_computed_by_the_general_variant() -> None:
    """Three ratios of order one, carried as products: two divisors alone multiply to 1e-320.

    Without the look at the processor's flags the value comes out wrong, and nothing says so.
    """
    names = ("w", "T", "x1", "x2", "x3", "y1", "y2", "y3")
    b = Builder(names)
    term = b.apply("bose", b.apply("abs", "w"), "T")
    plan = Plan(
        b.build({"q": b.product([term, *(b.div(f"y{k}", f"x{k}") for k in (1, 2, 3))])}), ("T",)
    )
    assert plan.quick is not None
    assert plan.quick.operation_counts()["div"] == 2 < plan.general.operation_counts()["div"]
    source = c_file(plan, title="Ratios.")
    blind = source.replace("&& !fetestexcept(RANGE)", "")
    assert blind != source

    def error(text: str, *scales: float) -> float:
        point = (1.0, 1.0, 1.6, 1.1, 1.0, 1.234, 1.717, 1.0)
        scaled = [x * s for x, s in zip(point, (1.0, 1.0, *scales, *scales), strict=True)]
        exact = 1.234 * 1.717 / (1.6 * 1.1) / np.expm1(1.0)
        return float(np.max(np.abs(_values(text, scaled) / exact - 1)))

    assert error(source, 1.0, 1.0, 1.0) < 1e-14 > error(blind, 1.0, 1.0, 1.0)
    assert error(source, 1e-160, 1e-160, 1e30) < 1e-14
    assert error(blind, 1e-160, 1e-160, 1e30) > 1e-6


@pytest.mark.needs_cc
def test_a_callers_floating_point_flags_are_left_as_they_were() -> None:
    """The kernel clears and reads underflow and overflow; whoever called it must not notice."""
    flags = float_flags()
    f = battery(2).emit("c", outputs=("populations",))
    columns = {name: np.full(300, value) for name, value in COLD.items()}
    flags.clear()
    f(**columns)
    assert flags.work
    assert not flags.left_range()
    tiny = float(columns["T_L"][0]) * 1e-300
    assert tiny * tiny == 0.0
    f(**columns)
    assert flags.left_range()
    flags.clear()


@pytest.mark.needs_cc
def test_compiled_once_and_kept_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMQB_CACHE", str(tmp_path))
    source = "int symqb_answer(void);\nint symqb_answer(void) { return 42; }\n"
    first = compile_library(source)
    stamp = first.stat().st_mtime_ns
    assert compile_library(source) == first
    assert first.stat().st_mtime_ns == stamp
    assert compile_library(source.replace("42", "43")) != first
    assert cache_directory() == tmp_path
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".so"]


def test_without_a_compiler_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(
        CompilerError, match=r"install gcc or clang or set CC, or use emit\('numpy'\)"
    ):
        battery(2).emit("c")
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(CompilerError, match="no-such-compiler"):
        find_compiler()


@pytest.mark.needs_cc
def test_source_that_does_not_compile_shows_the_compilers_message() -> None:
    with pytest.raises(CompilerError, match="undeclared_thing"):
        compile_library("int f(void) { return undeclared_thing; }\n")


def test_an_empty_name_of_the_cache_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMQB_CACHE", "")
    assert cache_directory().is_absolute()
    assert cache_directory().name == "symqb"


@pytest.mark.needs_cc
def test_a_cache_and_a_compiler_that_do_nothing_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cc").write_text("#!/bin/sh\n")
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.setenv("SYMQB_CACHE", str(tmp_path))
    monkeypatch.setenv("CC", str(tmp_path / "cc"))
    with pytest.raises(CompilerError, match="set CC to one that does"):
        compile_library("int x;")
    monkeypatch.delenv("CC")
    monkeypatch.setenv("SYMQB_CACHE", "/proc")
    with pytest.raises(CompilerError, match="cannot write to the cache /proc"):
        compile_library("int x;")
