"""A sweep's store: killed, damaged, doubled, full or closed, it loses nothing and lies never."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symqb
from symqb.models import Bath, BatteryModel, Chain, ParameterError, xxz_model
from symqb.numerics import sweep_journal, sweep_runs, sweep_store
from symqb.numerics.sweep import sweep
from symqb.numerics.sweep_runs import Task, run_task
from symqb.numerics.sweep_store import SweepStore

xarray = pytest.importorskip("xarray")
zarr = pytest.importorskip("zarr")

GRID = {
    "B0": 2.0,
    "J": 1.0,
    "Delta": np.linspace(-0.9, 0.9, 7),
    "epsilon": 1.0,
    "T_L": np.linspace(0.5, 40.0, 11),
    "T_R": [0.7, 3.0],
}
OUTPUTS = ("charge", "populations")
CHUNKS = 7


def run(path: Path | None, **changes: Any) -> Any:
    options: dict[str, Any] = {"outputs": OUTPUTS, "chunk": 30, "path": path, **changes}
    grid = options.pop("grid", GRID)
    with sweep(options.pop("model", xxz_model(2)), grid, **options) as data:
        return data.load()


@pytest.fixture(scope="module")
def whole() -> Any:
    return run(None)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished store, to be copied and damaged."""
    folder = tmp_path_factory.mktemp("kept")
    run(folder / "grid.zarr")
    return folder


def copied(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept, tmp_path / "store")
    return tmp_path / "store" / "grid.zarr"


def same(found: Any, expected: Any) -> None:
    for name in OUTPUTS:
        np.testing.assert_array_equal(found[name].values, expected[name].values)
    assert (
        found.drop_attrs().coords.to_dataset().identical(expected.drop_attrs().coords.to_dataset())
    )


def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the chunks that are written from now on."""
    numbers: list[int] = []
    write = SweepStore.write

    def noted(store: SweepStore, number: int, *rest: Any) -> None:
        write(store, number, *rest)
        numbers.append(number)

    monkeypatch.setattr(SweepStore, "write", noted)
    return numbers


def chunk_files(path: Path, name: str) -> list[Path]:
    return sorted(f for f in (path / name).rglob("*") if f.is_file() and f.name[0].isdigit())


@pytest.mark.parametrize("seed", range(15))
def test_a_flipped_bit_anywhere_in_the_store_changes_nothing(
    kept: Path, tmp_path: Path, whole: Any, seed: int
) -> None:
    path = copied(kept, tmp_path)
    draw = random.Random(seed)
    file = draw.choice(sorted(f for f in path.parent.rglob("*") if f.is_file()))
    data = bytearray(file.read_bytes())
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    file.write_bytes(data)
    same(run(path), whole)
    same(run(path), whole)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_many_flipped_bits_change_nothing(
    kept: Path, tmp_path: Path, whole: Any, seed: int
) -> None:
    test_a_flipped_bit_anywhere_in_the_store_changes_nothing(kept, tmp_path, whole, seed)


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("fault", ["removed", "emptied", "cut", "garbage", "zeros"])
def test_a_chunk_that_is_damaged_is_computed_again_and_no_other(
    kept: Path, tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch, name: str, fault: str
) -> None:
    path = copied(kept, tmp_path)
    file = chunk_files(path, name)[3]
    data = file.read_bytes()
    if fault == "removed":
        file.unlink()
    else:
        changed = {"emptied": b"", "cut": data[:-3], "garbage": data[::-1], "zeros": bytes(160)}
        file.write_bytes(changed[fault])
    numbers = computed(monkeypatch)
    same(run(path), whole)
    assert len(numbers) == 1
    same(run(path), whole)
    assert len(numbers) == 1


def test_chunks_that_changed_places_are_computed_again(
    kept: Path, tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copied(kept, tmp_path)
    first, second = chunk_files(path, "charge")[:2]
    one, other = first.read_bytes(), second.read_bytes()
    assert one != other
    first.write_bytes(other)
    second.write_bytes(one)
    numbers = computed(monkeypatch)
    same(run(path), whole)
    assert len(numbers) == 2


def test_a_chunk_of_another_sweep_is_computed_again(
    kept: Path, tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, foreign = copied(kept, tmp_path), tmp_path / "grid.zarr"
    run(foreign, grid={**GRID, "B0": 3.0})
    # the whole store but the first line of the journal is another sweep's
    line, *_ = path.with_suffix(".zarr.journal").read_text().splitlines()
    _, *rest = foreign.with_suffix(".zarr.journal").read_text().splitlines()
    path.with_suffix(".zarr.journal").write_text("\n".join([line, *rest]) + "\n")
    for name in OUTPUTS:
        for file in chunk_files(foreign, name):
            shutil.copy(file, path / file.relative_to(foreign))
    numbers = computed(monkeypatch)
    same(run(path), whole)
    assert len(set(numbers)) == CHUNKS


def test_a_chunk_that_turns_into_a_folder_is_refused_and_the_advice_works(
    kept: Path, tmp_path: Path, whole: Any
) -> None:
    path = copied(kept, tmp_path)
    file = chunk_files(path, "charge")[3]
    file.unlink()
    file.mkdir()
    with pytest.raises(OSError, match="same call again"):
        run(path)
    file.rmdir()
    same(run(path), whole)


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_half_written_line_of_the_journal_counts_for_nothing_however_often_resumed(
    kept: Path, tmp_path: Path, whole: Any, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copied(kept, tmp_path)
    journal = path.with_suffix(".zarr.journal")
    journal.write_bytes(journal.read_bytes()[:-cut])
    numbers = computed(monkeypatch)
    for _ in range(3):
        same(run(path), whole)
    # where the line's end alone is lost the line is whole
    assert len(numbers) == (cut > 1)
    for line in journal.read_text().splitlines()[-2:]:
        json.loads(line)


@pytest.mark.parametrize("text", [b"", b"\x00\xff\xfe garbage", b"[1, 2]\n{}\n", b"[" * 10**5])
def test_a_journal_that_says_nothing_is_refused_and_the_advice_works(
    kept: Path, tmp_path: Path, whole: Any, text: bytes
) -> None:
    path = copied(kept, tmp_path)
    journal = path.with_suffix(".zarr.journal")
    journal.write_bytes(text)
    with pytest.raises(ParameterError, match="damaged") as refused:
        run(path)
    assert f"delete it and {path}" in str(refused.value)
    journal.unlink()
    with pytest.raises(ParameterError, match="or delete it"):
        run(path)
    shutil.rmtree(path)
    same(run(path), whole)


def test_a_damaged_first_line_is_no_matter_where_the_chunks_tell_whose_they_are(
    kept: Path, tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copied(kept, tmp_path)
    journal = path.with_suffix(".zarr.journal")
    _, *rest = journal.read_text().splitlines()
    journal.write_text("\n".join(["{broken", *rest]) + "\n")
    with pytest.raises(ParameterError, match="whose sweep"):
        run(path, grid={**GRID, "B0": 3.0})
    numbers = computed(monkeypatch)
    same(run(path), whole)
    assert numbers == []


def test_a_folder_without_its_chunks_is_filled_again(
    kept: Path, tmp_path: Path, whole: Any
) -> None:
    path = copied(kept, tmp_path)
    shutil.rmtree(path)
    same(run(path), whole)


def bright(frequency: Any) -> Any:
    return frequency


def dim(frequency: Any) -> Any:
    return frequency / 2


def spectral(function: Any) -> BatteryModel:
    left = Bath("L", "T_L", {1: 1, 2: "epsilon"}, spectrum=function)
    return BatteryModel(Chain(2), (left, Bath("R", "T_R", {2: 1})))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"grid": {"B0": 3.0}}, "fixed: B0 is"),
        ({"grid": {"T_R": [0.7, 3.5]}}, "values: T_R: "),
        ({"grid": {"T_R": [3.0, 0.7]}}, "values: T_R: "),
        ({"skip_errors": True}, "skip_errors is false there and true here"),
        ({"outputs": ("charge",)}, "outputs is"),
        ({"chunk": 2}, "chunk is"),
        ({"model": xxz_model(2, dissipation="individual")}, "model is"),
        ({"model": spectral(dim)}, "model is"),
    ],
)
def test_whatever_changes_values_makes_another_sweep_and_the_advice_works(
    tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    path = tmp_path / "grid.zarr"
    first = {"model": spectral(bright)} if "model" in change else {}
    small = {**GRID, "Delta": [0.1], "T_L": [2.0, 3.0]}
    run(path, **{"grid": small, **first})
    altered = {"grid": small, **change}
    altered["grid"] = {**small, **altered["grid"]}
    with pytest.raises(ParameterError, match="another sweep") as refused:
        run(path, **altered)
    assert named in str(refused.value)
    (tmp_path / "grid.zarr.journal").unlink()
    shutil.rmtree(path)
    run(path, **altered)


def test_a_python_function_is_known_by_its_values_not_by_its_address(tmp_path: Path) -> None:
    path = tmp_path / "grid.zarr"
    small = {**GRID, "Delta": [0.1], "T_L": [2.0, 3.0]}
    found = run(path, grid=small, model=spectral(bright))

    def moved(frequency: Any) -> Any:
        return frequency

    moved.__qualname__ = bright.__qualname__
    assert run(path, grid=small, model=spectral(moved)).identical(found)


def test_a_sweep_of_other_code_is_not_finished_by_this_one(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copied(kept, tmp_path)
    monkeypatch.setattr("symqb.numerics.sweep_identity.code_checksum", lambda: "0" * 16)
    with pytest.raises(ParameterError, match=r"symqb_code is .* there and 0{16} here"):
        run(path)


def test_a_worker_with_another_symqb_is_refused() -> None:
    task = Task(xxz_model(2), ("charge",), (), (("B0", 1.0),), False, "elsewhere")
    with pytest.raises(ParameterError, match=r"another symqb .* install one version"):
        run_task(task)


def test_a_second_run_on_a_store_is_refused_while_the_first_one_writes(
    tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grid.zarr"
    write, refused = SweepStore.write, []

    def doubled(store: SweepStore, number: int, *rest: Any) -> None:
        with pytest.raises(ParameterError) as error:
            run(path)
        refused.append(str(error.value))
        write(store, number, *rest)

    monkeypatch.setattr(SweepStore, "write", doubled)
    same(run(path), whole)
    assert len(refused) == CHUNKS
    assert f"being written by process {os.getpid()} on " in refused[0]
    monkeypatch.setattr(SweepStore, "write", write)
    same(run(path), whole)


def test_runs_on_a_disk_without_locks_share_a_store_unharmed(
    tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grid.zarr"

    class Lockless:
        LOCK_EX = LOCK_NB = 0

        @staticmethod
        def flock(*_: Any) -> None:
            raise OSError(95, "Operation not supported")

    monkeypatch.setattr(sweep_journal, "fcntl", Lockless)
    write, depth = SweepStore.write, []

    def doubled(store: SweepStore, number: int, *rest: Any) -> None:
        write(store, number, *rest)
        if len(depth) == 0 and number == 4:
            depth.append(number)
            same(run(path), whole)

    monkeypatch.setattr(SweepStore, "write", doubled)
    same(run(path), whole)
    assert depth == [4]


def test_an_error_lets_the_store_go(tmp_path: Path, whole: Any, monkeypatch: Any) -> None:
    path = tmp_path / "grid.nc"
    work = sweep_runs.run_task

    def stopped(task: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep_runs, "run_task", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(path)
    monkeypatch.setattr(sweep_runs, "run_task", work)
    same(run(path), whole)


@pytest.mark.parametrize(
    ("suffix", "allowed"), [("zarr", 0), ("zarr", 1), ("zarr", 5), ("nc", 3), ("nc", 2 + CHUNKS)]
)
def test_a_full_disk_is_said_and_what_is_finished_is_kept(
    tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch, allowed: int, suffix: str
) -> None:
    path = tmp_path / f"grid.{suffix}"
    fsync, calls = os.fsync, []

    def full(file: int) -> None:
        calls.append(file)
        if len(calls) > allowed:
            raise OSError(28, "No space left on device")
        fsync(file)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left on device; what is finished is kept"):
            run(path)
    numbers = computed(monkeypatch)
    same(run(path), whole)
    assert len(numbers) <= CHUNKS - max(0, allowed - 2)


def test_netcdf_that_cannot_be_written_is_said_and_nothing_is_lost(
    tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grid.nc"

    def full(*_: Any, **__: Any) -> None:
        raise RuntimeError("NetCDF: HDF error")

    with monkeypatch.context() as patched:
        patched.setattr(xarray.Dataset, "to_netcdf", full)
        with pytest.raises(OSError, match=r"netCDF could not write .* same call again"):
            run(path)
    assert not path.exists()
    numbers = computed(monkeypatch)
    same(run(path), whole)
    assert numbers == []
    assert sorted(f.name for f in tmp_path.iterdir()) == ["grid.nc"]


def test_a_disk_that_does_not_keep_what_is_written_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = SweepStore.write

    def forgetful(store: SweepStore, number: int, *rest: Any) -> None:
        write(store, number, *rest)
        for file in chunk_files(tmp_path / "grid.zarr", "charge"):
            file.write_bytes(b"")

    monkeypatch.setattr(SweepStore, "write", forgetful)
    with pytest.raises(OSError, match="not read back as they were written"):
        run(tmp_path / "grid.zarr")


def test_a_finished_netcdf_file_is_opened_and_not_run_again(
    tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grid.nc"
    same(run(path), whole)
    numbers = computed(monkeypatch)
    before = path.stat().st_mtime_ns
    same(run(path), whole)
    assert (numbers, path.stat().st_mtime_ns) == ([], before)
    with pytest.raises(ParameterError, match="is not this sweep, whole or interrupted"):
        run(path, grid={**GRID, "B0": 3.0})


@pytest.mark.parametrize("seed", range(8))
def test_a_finished_netcdf_file_with_a_flipped_bit_is_never_passed_off(
    tmp_path: Path, whole: Any, seed: int
) -> None:
    path = tmp_path / "grid.nc"
    run(path)
    draw = random.Random(seed)
    data = bytearray(path.read_bytes())
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    path.write_bytes(data)
    try:
        found = run(path)  # the bit may be of no account
    except ParameterError as error:
        found = None
        said = str(error)
    if found is None:
        assert f"{path} exists" in said and "delete it" in said  # noqa: PT018
        path.unlink()
        found = run(path)
    same(found, whole)


def test_something_else_at_the_path_is_left_alone(tmp_path: Path) -> None:
    for name in ("grid.zarr", "grid.nc"):
        path = tmp_path / name
        path.write_text("mine")
        with pytest.raises(ParameterError, match="give another path, or delete it"):
            run(path)
        assert path.read_text() == "mine"
        assert [f.name for f in tmp_path.iterdir()] == [name]
        path.unlink()
        path.mkdir()
        with pytest.raises(ParameterError, match="give another path, or delete it"):
            run(path)
        path.rmdir()


@pytest.mark.parametrize("place", ["file/grid.zarr", "file/deep/grid.nc"])
def test_a_path_below_a_file_is_refused_in_words(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="choose another path"):
        run(tmp_path / place)


def test_folders_on_the_way_are_made(tmp_path: Path, whole: Any) -> None:
    same(run(tmp_path / "new" / "deep" / "grid.nc"), whole)


SCRIPT = """
import sys
import numpy as np
from symqb.models import xxz_model
from symqb.numerics.sweep import sweep
grid = dict(B0=2.0, J=1.0, Delta=np.linspace(-0.9, 0.9, 30), epsilon=1.0,
            T_L=np.linspace(0.5, 40.0, 20), T_R=np.linspace(0.5, 3.0, 15))
sweep(xxz_model(2), grid, outputs=("charge", "populations"), path=sys.argv[1], chunk=90).close()
"""
PIECES = 120
"""How many chunks such a run writes."""


def pieces(journal: Path) -> int:
    try:
        return journal.read_text().count('{"chunk":')
    except FileNotFoundError:
        return 0


def killed_at_random(path: Path, draw: random.Random) -> None:
    """Start a run and kill it at a random moment, from its first chunk to after its last."""
    folder = path.with_name(path.name + (".partial.zarr" if path.suffix == ".nc" else ""))
    journal = folder.with_name(folder.name + ".journal")
    wanted = draw.randrange(pieces(journal), PIECES + 10)
    with subprocess.Popen([sys.executable, "-c", SCRIPT, str(path)]) as process:
        while process.poll() is None and pieces(journal) < min(wanted, PIECES):
            time.sleep(0.001)
        time.sleep(draw.random() * (0.01 if wanted < PIECES else 0.3))
        running = process.poll() is None
        process.kill()
    assert running or wanted > PIECES - 20


def killed_and_resumed(tmp_path: Path, seed: int, kills: int) -> None:
    draw = random.Random(seed)
    path = tmp_path / ("grid.nc" if seed % 2 else "grid.zarr")
    for _ in range(kills):
        killed_at_random(path, draw)
    subprocess.run([sys.executable, "-c", SCRIPT, str(path)], check=True)
    grid = {"B0": 2.0, "J": 1.0, "Delta": np.linspace(-0.9, 0.9, 30), "epsilon": 1.0}
    grid |= {"T_L": np.linspace(0.5, 40.0, 20), "T_R": np.linspace(0.5, 3.0, 15)}
    options = {} if path.suffix == ".nc" else {"engine": "zarr", "consolidated": False}
    with xarray.open_dataset(path, **options) as found:
        same(found, sweep(xxz_model(2), grid, outputs=OUTPUTS))
    left = {f.name for f in tmp_path.iterdir()}
    assert left <= {path.name, f"{path.name}.journal"}


def test_a_run_killed_at_a_random_moment_goes_on_and_loses_nothing(tmp_path: Path) -> None:
    killed_and_resumed(tmp_path, 0, 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_runs_killed_at_twenty_random_moments_go_on_and_lose_nothing(
    tmp_path: Path, seed: int
) -> None:
    killed_and_resumed(tmp_path, seed, 2)


@pytest.mark.slow
def test_two_processes_on_one_store_do_not_harm_it(tmp_path: Path) -> None:
    path = tmp_path / "grid.zarr"
    command = [sys.executable, "-c", SCRIPT, str(path)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ends = [(process.communicate()[1], process.returncode) for process in both]
    assert 0 in [code for _, code in ends]
    for error, code in ends:
        assert code == 0 or "the sweep is being written by process" in error
    killed_and_resumed(tmp_path, 0, 0)


def test_a_journal_can_be_read_by_people(kept: Path) -> None:
    """What the page on sweeps says of it."""
    lines = (kept / "grid.zarr.journal").read_text().splitlines()
    first, second, *rest = map(json.loads, lines)
    assert first["sweep"]["symqb_version"] == symqb.__version__
    assert first["sweep"]["skip_errors"] == "false"
    assert set(second["run"]) == {"process", "host", "since"}
    assert sorted(record["chunk"] for record in rest) == list(range(CHUNKS))
    assert all(len(record["sha256"]) == 64 for record in rest)
    assert sweep_store.JOURNAL == ".journal"
