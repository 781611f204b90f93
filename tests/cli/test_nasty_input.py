"""Whatever is typed is answered in words: exit status 2 or 1, no traceback, little memory."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import symqb
from symqb.cli import app
from symqb.cli.sweep_arguments import parse_values
from symqb.models import DomainError, ParameterError
from symqb.numerics import limits, sweep_runs
from symqb.numerics.limits import (
    available_memory,
    bytes_text,
    check_memory,
    free_space,
)
from symqb.numerics.progress import memory
from symqb.numerics.sweep import sweep

BIG = "99999999999999999999"
POINT = {"B0": "2", "J": "1", "Delta": "0.1", "epsilon": "1", "T_L": "39", "T_R": "1"}
MEMORY = 3 * 2**30
"""What all of these may take on top of what is taken already."""


def point(**changes: str) -> list[str]:
    return [f"--{name.replace('_', '-')}={v}" for name, v in {**POINT, **changes}.items()]


def evaluate(*more: str, **changes: str) -> list[str]:
    return ["evaluate", *point(**changes), *more]


def swept(*more: str, output: str = "x.nc", **changes: str) -> list[str]:
    return [
        "sweep",
        *point(**{"Delta": "0:1:3", **changes}),
        f"--output={output}",
        *more,
        "--quiet",
    ]


CASES: list[tuple[list[str], str]] = [
    # lengths of chains
    *((["evaluate", *point(), f"--spins={n}"], f"spins={n}") for n in (BIG, "40", "0", "-3", "1")),
    *((["derive", f"--spins={n}"], f"spins={n}") for n in (BIG, "40", "0", "-3", "17")),
    *((["latex", f"--spins={n}"], f"spins={n}") for n in (BIG, "40", "-3")),
    *((["emit", "-t", "c", f"--spins={n}"], f"spins={n}") for n in (BIG, "40", "0")),
    *((swept(f"--spins={n}"), f"spins={n}") for n in (BIG, "1000000000", "40", "17", "0", "-3")),
    (evaluate("--spins=1e3"), "--spins"),
    (evaluate("--spins=nan"), "--spins"),
    (swept("--spins=nan"), "--spins"),
    (evaluate("--spins=40", "--digits=30"), "leave out digits"),
    # numbers
    (evaluate(Delta="nan"), "not finite"),
    (evaluate(Delta="-1e400"), "not finite"),
    (evaluate(Delta="9" * 5000), "not finite"),
    (evaluate(Delta="1e101"), "scale all energies"),
    (evaluate(Delta="0x10"), "Delta='0x10' is not a number"),
    (evaluate(Delta="1_0"), "Delta='1_0' is not a number"),
    (evaluate(Delta="\uff11"), "is not a number"),
    (evaluate(Delta="½"), "is not a number"),
    (evaluate(Delta="1/" + "9" * 5000), "..."),
    (evaluate(Delta="1e9999999/3"), "is not a number"),
    (evaluate("--digits=30", Delta="1e999999999"), "magnitude outside"),
    (evaluate("--digits=30", Delta="1/1e9999999"), "is not a number"),
    (evaluate("--digits=30", Delta="1_0"), "is not a number"),
    (evaluate("--digits=0"), "digits=0"),
    (evaluate("--digits=-5"), "digits=-5"),
    (evaluate(f"--digits={BIG}"), "digits="),
    (evaluate("--digits=x"), "--digits"),
    # grids
    (swept(Delta="0:1:0"), "asks for 0 values"),
    (swept(Delta="1:2:-1"), "first:last:count"),
    (swept(Delta="0:1:1000000000000"), "asks for 1000000000000 values"),
    (swept(Delta=f"0:1:{BIG}"), "asks for"),
    (swept(Delta="0:1:1e12"), "first:last:count"),
    (swept(Delta="0:1"), "first:last:count"),
    (swept(Delta="0:1:2:3"), "first:last:count"),
    (swept(Delta="nan:1:5"), "does not end"),
    (swept(Delta="0:inf:5"), "does not end"),
    (swept(Delta="nan"), "not finite"),
    (swept(Delta="1,nan"), "not finite"),
    (swept(Delta="1e400"), "not finite"),
    (swept(Delta=","), "is not a number"),
    (swept(Delta="1,"), "is not a number"),
    (swept(Delta="1,1"), "repeats a value"),
    (swept(Delta=""), "is not a number"),
    (swept(T_L="0:-1:3"), "temperatures must be >= 0"),
    (swept(T_L="1e-300"), "cannot be resolved"),
    (swept("--kappa=0"), "must be > 0"),
    (swept(Delta="0:1:1000000", B0="1:2:1000000"), "= 1000000000000 points needs about"),
    (swept("--chunk=1", Delta="0:1:10000", B0="1:2:1000"), "a larger chunk"),
    (swept("--chunk=0"), "chunk=0"),
    (swept("--chunk=x"), "--chunk"),
    (swept("--workers=0"), "workers=0"),
    (swept("--workers=-1"), "workers=-1"),
    (swept("--outputs=work"), "'work' is unknown; choose energies"),
    (swept("--outputs="), "'' is unknown; choose energies"),
    (swept("--outputs=charge,,"), "'' is unknown; choose energies"),
    (swept("--dissipation=none"), "'none' is unknown; choose 'collective'"),
    (swept("--mass=1"), "--mass"),
    (swept("--spin=3"), "--spin"),
    (["sweep"], "--B0"),
    # schedulers
    (swept("--address=nowhere"), "address='nowhere': no dask scheduler answers"),
    (swept("--address=tcp://127.0.0.1:1"), "no dask scheduler answers"),
    (swept("--address=127.0.0.1:99999"), "no dask scheduler answers"),
    (swept("--address=foo://bar"), "no dask scheduler answers"),
    (swept("--address=:::"), "no dask scheduler answers"),
    # paths
    (swept(output="x.csv"), "ends in .zarr or .nc"),
    (swept(output=""), "ends in .zarr or .nc"),
    (swept(output="a\0b.nc"), "ends in .zarr or .nc"),
    (swept(output="file/x.nc"), "choose another path"),
    (swept(output="file.nc"), "give another path, or delete it"),
    (swept(output="folder.nc"), "give another path, or delete it"),
    (swept(output="damaged.zarr"), "is damaged"),
    (swept(output="x" * 300 + ".nc"), "choose another path"),
    (["emit", "-t", "c", "-o", "file/x.c"], "choose another path"),
    (["emit", "-t", "c", "-o", "folder.nc"], "choose another path"),
    (["latex", "-o", "folder.nc"], "choose another path"),
    (["certificates", "-o", "file"], "choose another path"),
    (["report", "--quick", "-o", "file"], "give a folder"),
    (["figures", "3", "-o", "file/x"], "choose another path"),
    (["check", "folder.nc"], "shipped"),
    (["check", ""], "not a file"),
    (["check", "empty.json"], "refused"),
    (["check", "bytes.json"], "refused"),
    (["check", "deep.json"], "refused"),
    # names
    (["emit", "-t", "nump"], "target='nump' is unknown; choose numpy"),
    (["emit", "-t", ""], "target='' is unknown; choose numpy"),
    (["emit", "-t", "numpy", "--outputs", "chrge"], "'chrge' is unknown; choose"),
    (["latex", "--width", BIG], "--width"),
    (["prove", "T2_stp"], "known: "),
    (["prove", ""], "known: "),
    (["prove", "T2_step", f"--workers={BIG}"], "--workers"),
    (["falsify", "T6x"], "known: "),
    (["audit", "12z"], "'12z'"),
    (["audit", "--status", "wrog"], "choose confirmed"),
    (["figures", "99", "-o", "figures"], "choose 3"),
    (["check", "T2_stp"], "shipped: "),
    (["derive", "--format", "yaml"], "--format"),
    (["derv"], "derv"),
    ([""], "command"),
    (["--nope"], "--nope"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sweep_runs, "PATIENCE", 0.5)
    (tmp_path / "file").write_text("")
    (tmp_path / "file.nc").write_text("")
    (tmp_path / "folder.nc").mkdir()
    (tmp_path / "damaged.zarr").mkdir()
    (tmp_path / "damaged.zarr.journal").write_text("{broken")
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\0")
    (tmp_path / "deep.json").write_text("[" * 10**5)
    return tmp_path


@pytest.fixture
def little_memory() -> Iterator[None]:
    """A limit that an allocation beyond reason runs into, instead of the machine."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.usefixtures("folder", "little_memory")
@pytest.mark.parametrize(
    ("command", "said"), CASES, ids=[f"{k}-{' '.join(c)[-40:]}" for k, (c, _) in enumerate(CASES)]
)
def test_nasty_input_is_answered_in_words(command: list[str], said: str) -> None:
    if command[0] == "sweep":
        for module in ("xarray", "zarr", "netCDF4", "distributed"):
            pytest.importorskip(module)
    if command[0] in ("figures", "report"):
        pytest.importorskip("matplotlib")
        pytest.importorskip("latex2mathml")
    left = sorted(path.name for path in Path.cwd().rglob("*"))
    result = CliRunner(env={"COLUMNS": "400"}).invoke(app, command)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (1, 2)
    assert said in result.output.replace("\n", " ")
    assert "Traceback" not in result.output
    assert len(result.output) < 10_000
    # an address is looked for when there is work; a sweep that was begun can go on
    if "figures" not in command and "--address" not in str(command):
        assert sorted(path.name for path in Path.cwd().rglob("*")) == left


def test_there_are_many_of_them() -> None:
    assert len(CASES) > 100


LONG = [
    ["derive", "--spins", "3"],
    ["latex", "--spins", "3"],
    ["emit", "--target", "c", "--spins", "3"],
]
WRITING = [*LONG, ["--help"], ["evaluate", *point()], ["sweep", "--help"]]
"""Printed by Rich, by Click, by Typer, by argparse."""


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_a_pipe_that_closes_ends_the_command_without_a_word(
    command: list[str], unbuffered: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "symqb.cli", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_a_pipe_that_takes_all_ends_well() -> None:
    command = [sys.executable, "-m", "symqb.cli", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"symqb {symqb.__version__}\n"


@pytest.mark.parametrize("command", [LONG[1], ["sweep", "--help"]], ids=" ".join)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_disk_that_is_full_is_said(command: list[str], unbuffered: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "symqb.cli", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )
    assert done.returncode == 2
    assert done.stderr == "symqb: No space left on device; choose another path\n"


def test_a_sweep_stopped_from_the_keyboard_says_so_and_goes_on(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("zarr")
    command = [
        sys.executable,
        "-m",
        "symqb.cli",
        *swept("--chunk=200", output="x.zarr", Delta="0:1:300", B0="1:2:301"),
    ]
    journal = tmp_path / "x.zarr.journal"
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (
        journal.exists() and journal.read_text().count("chunk") > 6
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 130
    assert error == "symqb: stopped; a sweep keeps what is finished and goes on from there\n"
    before = journal.read_text().count('"chunk":')
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    assert before < journal.read_text().count('"chunk":')
    with xarray.open_zarr(tmp_path / "x.zarr", consolidated=False) as data:
        assert bool(data.charge.notnull().all())


# --- the same limits for those who call from Python

HUGE = [
    (lambda: symqb.xxz_battery(10**20), "spins=1000"),
    (lambda: symqb.Chain.xyz(10**20), "spins=1000"),
    (lambda: symqb.xxz_battery(40).basis, "2\\*\\*40 states"),
    (lambda: symqb.xxz_battery(40).hamiltonian, "2\\*\\*40 states"),
    (lambda: symqb.xxz_battery(40).evaluate(**NUMBERS), "needs about .* of memory"),
    (lambda: symqb.xxz_battery(40).steady_states(**NUMBERS), "needs about .* of memory"),
    (lambda: symqb.xxz_battery(40).emit(), "2\\*\\*40 states"),
    (lambda: symqb.xxz_battery(400).evaluate(**NUMBERS), "needs about .* of memory"),
]
NUMBERS = {name: float(text) for name, text in POINT.items()}


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(("call", "said"), HUGE, ids=map(str, range(len(HUGE))))
def test_what_is_too_large_is_refused_before_it_is_allocated(call: Any, said: str) -> None:
    with pytest.raises((ParameterError, DomainError), match=said):
        call()


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("path", [None, "x.zarr", "x.nc"])
@pytest.mark.parametrize("spins", [2, 4])
def test_a_grid_too_large_is_refused_before_it_is_allocated(
    tmp_path: Path, path: str | None, spins: int
) -> None:
    pytest.importorskip("xarray")
    grid = {**NUMBERS, "Delta": np.linspace(0, 1, 10**6), "B0": np.linspace(1, 2, 10**6)}
    model = symqb.xxz_battery(spins).model
    with pytest.raises(ParameterError, match=r"1000000000000 points needs about .*iB"):
        sweep(model, grid, path=None if path is None else tmp_path / path)
    with pytest.raises(ParameterError, match="more than 10000000 values"):
        sweep(model, {**NUMBERS, "Delta": range(10**20)})
    assert list(tmp_path.iterdir()) == []


def test_a_chunk_too_large_for_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xarray")
    grid = {**NUMBERS, "Delta": np.linspace(0, 1, 1000), "B0": np.linspace(1, 2, 1000)}
    monkeypatch.setattr(limits, "available_memory", lambda: 40 * 10**6)
    with pytest.raises(ParameterError, match="give a smaller chunk"):
        sweep(symqb.xxz_battery(2).model, grid, outputs=("charge",), chunk=10**6)


def test_memory_is_estimated_for_both_kinds_of_bonds() -> None:
    assert memory(10) < memory(10, conserving=False) < memory(12, conserving=False)
    xyz = symqb.Battery(
        symqb.BatteryModel(symqb.Chain(16, eta=0.1), symqb.xxz_battery(16).model.baths)
    )
    with pytest.raises(ParameterError, match="spins=16"):
        check_memory(2.0**80, "spins=16", "give fewer")
    assert xyz.spins == 16


def test_what_is_available_is_known_here() -> None:
    available = available_memory()
    assert available is None or 2**20 < available < 2**50
    assert (free_space(Path("/nowhere/at/all")) or 1) > 0
    assert os.cpu_count()
    assert bytes_text(2**31) == "2 GiB"


@pytest.mark.parametrize(
    ("text", "value"), [("1/4", 0.25), ("-.5", -0.5), ("1e-3", 1e-3), ("0:1/2:3", [0, 0.25, 0.5])]
)
def test_values_are_decimals_and_fractions(text: str, value: Any) -> None:
    np.testing.assert_array_equal(parse_values(text, "J"), value)
