"""Sweeps: labelled, resumable, the same on threads and on a cluster, whatever dies on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from threading import Event

import numpy as np
import pytest

import symqb
from symqb.cli.sweep_arguments import sweep_command
from symqb.models import ParameterError, SteadyStateError, xxz_model
from symqb.numerics import sweep_runs
from symqb.numerics.point_function import PointFunction
from symqb.numerics.sweep import chunk_points, chunk_shape, sweep
from symqb.numerics.sweep_identity import git_hash
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


def same(a, b):
    assert set(a.data_vars) == set(b.data_vars)
    return all(np.array_equal(a[name].values, b[name].values) for name in a.data_vars)


def test_a_sweep_equals_the_battery_at_every_point():
    data = sweep(xxz_model(2), GRID, outputs=["charge", "populations"], chunk=20)
    battery = symqb.xxz_battery(2)
    point = data.sel(Delta=GRID["Delta"][3], T_L=GRID["T_L"][5], T_R=3.0)
    expected = battery.evaluate(
        **{**GRID, "Delta": GRID["Delta"][3], "T_L": GRID["T_L"][5], "T_R": 3.0}
    )
    assert float(point.charge) == pytest.approx(expected.charge, rel=1e-14)
    np.testing.assert_allclose(point.populations, expected.populations, rtol=1e-14)
    assert data.populations.dims == ("Delta", "T_L", "T_R", "level")


def test_long_chains_sweep_through_the_same_call():
    grid = {**GRID, "Delta": 0.3, "T_L": [1.0, 9.0]}
    data = sweep(xxz_model(4), grid, outputs=["ergotropy", "smallest_gap"])
    found = symqb.xxz_battery(4).evaluate(**{**grid, "T_L": 9.0, "T_R": 3.0})
    assert float(data.ergotropy.sel(T_L=9.0, T_R=3.0)) == found.ergotropy
    assert float(data.smallest_gap[0, 0]) == found.smallest_gap


@pytest.mark.parametrize("suffix", ["zarr", "nc"])
def test_stores_hold_the_data_and_where_they_came_from(tmp_path, suffix):
    path = tmp_path / f"grid.{suffix}"
    memory = sweep(xxz_model(2), GRID, chunk=30)
    with sweep(xxz_model(2), GRID, path=path, chunk=30) as stored:
        assert same(stored, memory)
        assert list(stored.data_vars) == list(memory.data_vars)
        assert stored.attrs["symqb_version"] == symqb.__version__
        assert json.loads(stored.attrs["fixed"])["B0"] == 2.0
        assert stored.attrs["symqb_git_hash"] in ("unknown", git_hash())


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("suffix", ["zarr", "nc"])
def test_an_interrupted_sweep_resumes_and_loses_nothing(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"grid.{suffix}"
    expected = sweep(xxz_model(2), GRID)
    write, written = SweepStore.write, []

    def failing_write(store, number, region, values):
        if len(written) == 3:
            raise Interrupted
        write(store, number, region, values)
        written.append(number)

    monkeypatch.setattr(SweepStore, "write", failing_write)
    with pytest.raises(Interrupted):
        sweep(xxz_model(2), GRID, path=path, chunk=20, workers=1)
    journal = next(tmp_path.glob("*.journal"))
    with journal.open("a") as handle:
        handle.write('{"chunk": 5')  # a line that a crash cut off
    resumed = []

    def counting_write(store, number, region, values):
        resumed.append(number)
        write(store, number, region, values)

    monkeypatch.setattr(SweepStore, "write", counting_write)
    with sweep(xxz_model(2), GRID, path=path, chunk=20, workers=1) as stored:
        assert same(stored, expected)
    assert set(written).isdisjoint(resumed)
    assert 5 in resumed


def test_a_finished_zarr_sweep_is_opened_and_not_run_again(tmp_path, monkeypatch):
    path = tmp_path / "grid.zarr"
    sweep(xxz_model(2), GRID, path=path).close()
    monkeypatch.setattr(sweep_runs, "run_task", None)
    with sweep(xxz_model(2), GRID, path=path) as again:
        assert same(again, sweep_in_memory())


def sweep_in_memory():
    function = symqb.xxz_battery(2).emit("numpy", outputs=("charge", "ergotropy"))
    shaped = {k: np.asarray(v) for k, v in GRID.items()}
    axes = [k for k, v in shaped.items() if v.ndim]
    for axis, name in enumerate(axes):
        shaped[name] = shaped[name].reshape([-1 if k == axis else 1 for k in range(len(axes))])
    result = function(**shaped)
    return xarray.Dataset(
        {name: (axes, result[name]) for name in ("charge", "ergotropy")},
        {name: GRID[name] for name in axes},
    )


def test_another_sweep_at_the_same_path_is_refused(tmp_path):
    path = tmp_path / "grid.zarr"
    sweep(xxz_model(2), GRID, path=path).close()
    with pytest.raises(ParameterError, match=r"another sweep: fixed: B0 is 2.0 there and 3.0 here"):
        sweep(xxz_model(2), {**GRID, "B0": 3.0}, path=path)


COLD = {**GRID, "B0": [0.0, 2.0, 3.0], "Delta": 0.1, "T_L": 0.0, "T_R": 0.0}
"""At temperature zero, where at no field two levels are never left."""


def test_refused_points_stop_the_sweep_or_become_nan():
    with pytest.raises(SteadyStateError, match="not unique"):
        sweep(xxz_model(2), COLD)
    data = sweep(xxz_model(2), COLD, outputs=["ergotropy", "charge"], skip_errors=True)
    assert data.ergotropy.sel(B0=0.0).isnull().all()
    assert data.ergotropy.sel(B0=[2.0, 3.0]).notnull().all()


def left_out(data):
    return json.loads(data.attrs["skipped"])


@pytest.mark.parametrize("spins", [2, 4])
def test_points_outside_a_domain_are_skipped_and_counted_with_the_reason(spins, tmp_path):
    grid = {**COLD, "T_L": [-1.0, 0.0, 1.0, 1e-300], "kappa": [0.0, 1.0], "B0": [0.0, 2.0]}
    with pytest.raises(ParameterError, match=r"T_L=-1.0 at index \(0,\): temperatures must be"):
        sweep(xxz_model(spins), {**grid, "kappa": 1.0})
    data = sweep(xxz_model(spins), grid, outputs=["energies", "charge"], skip_errors=True)
    refused = data.charge.isnull()
    assert refused.sel(T_L=-1.0).all()
    assert refused.sel(kappa=0.0).all()
    assert data.energies.isnull().all("level").sum() == 4 * 2 * 2 - 2 * 2
    assert bool(data.charge.sel(T_L=1.0, kappa=1.0, B0=2.0).notnull())
    found = left_out(data)
    assert found["points"] == int(refused.sum())
    reasons = {entry["reason"][:12]: entry for entry in found["reasons"]}
    assert reasons["temperatures"]["outputs"] == {"energies": 2, "charge": 2}
    assert reasons["temperatures"]["first"] == {"T_L": -1.0, "B0": 0.0, "kappa": 1.0}
    assert reasons["positive tem"]["outputs"]["charge"] == 2
    assert reasons["the dissipat"]["outputs"]["charge"] == 8
    alone = [entry for entry in found["reasons"] if "energies" not in entry["outputs"]]
    assert alone, "energies need no single steady state"
    total = sum(entry["outputs"].get("charge", 0) for entry in found["reasons"])
    assert total == found["points"]
    for name in ("kept.zarr", "kept.nc"):
        for chunk in (3, 3):
            with sweep(
                xxz_model(spins),
                grid,
                outputs=["energies", "charge"],
                skip_errors=True,
                path=tmp_path / name,
                chunk=chunk,
            ) as kept:
                again = left_out(kept)
                assert again["points"] == found["points"]
                assert {r["reason"]: r["outputs"] for r in again["reasons"]} == {
                    r["reason"]: r["outputs"] for r in found["reasons"]
                }


def test_what_was_left_out_is_computed_again_where_its_note_is_damaged(tmp_path):
    path = tmp_path / "grid.zarr"
    grid = {**COLD, "T_L": [-1.0, 1.0]}
    with sweep(xxz_model(2), grid, path=path, skip_errors=True, chunk=3) as data:
        before = left_out(data)
    journal = tmp_path / "grid.zarr.journal"
    told = '{\\"points\\": '
    start, _, rest = journal.read_text().partition(told)
    journal.write_text(f"{start}{told}9{rest[1:]}")
    assert rest[0] != "9"
    with sweep(xxz_model(2), grid, path=path, skip_errors=True, chunk=3) as data:
        assert left_out(data) == before


@pytest.mark.parametrize("bad", [{"T_L": -1.0}, {"kappa": 0.0}, {"Delta": [0.1, np.nan]}])
def test_a_value_for_the_whole_grid_and_a_label_must_be_good_all_the_same(bad):
    with pytest.raises(ParameterError, match=r"must be|not finite"):
        sweep(xxz_model(2), {**GRID, **bad}, skip_errors=True)


def test_a_file_of_another_sweep_is_refused_with_the_first_difference(tmp_path):
    path = tmp_path / "grid.nc"
    small = {**GRID, "Delta": [0.1, 0.2], "T_L": 2.0, "T_R": 1.0}
    sweep(xxz_model(2), small, path=path).close()
    for change, said in (
        ({"B0": 3.0}, "fixed: B0 is 2.0 there and 3.0 here"),
        ({"Delta": [0.1, 0.3]}, "values: Delta: last is 0.2 there and 0.3 here"),
        ({"Delta": [0.1, 0.2, 0.3]}, "axes: Delta is 2 there and 3 here"),
    ):
        with pytest.raises(ParameterError, match=said):
            sweep(xxz_model(2), {**small, **change}, path=path)
    with pytest.raises(ParameterError, match=r"model is .*spins=2,.* there and .*spins=3,"):
        sweep(xxz_model(3), small, path=path)
    with pytest.raises(ParameterError, match=r"outputs is \[.charge., .ergotropy.\] there"):
        sweep(xxz_model(2), small, path=path, outputs=["charge"])
    data = xarray.load_dataset(path)
    data.charge[0] += 1e-9
    data.to_netcdf(path)
    with pytest.raises(ParameterError, match="its numbers are damaged"):
        sweep(xxz_model(2), small, path=path)
    xarray.Dataset({"x": 1.0}).to_netcdf(path)
    with pytest.raises(ParameterError, match="symqb did not write it"):
        sweep(xxz_model(2), small, path=path)


def test_outputs_that_are_not_refused_keep_their_values_where_others_are():
    """Skipping a refusal of one output takes nothing from the others."""
    together = sweep(xxz_model(2), COLD, outputs=("energies", "ergotropy"), skip_errors=True)
    alone = sweep(xxz_model(2), COLD, outputs=("energies",))
    np.testing.assert_array_equal(together.energies, alone.energies)
    assert together.ergotropy.isnull().sum() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Delta": [[0.1, 0.2]]}, "one-dimensional"),
        ({"Delta": [0.1, 0.1]}, "distinct"),
        ({"Delta": []}, "no values"),
        ({"T_L": [1.0, -1.0]}, "T >= 0|>= 0"),
        ({"gamma": 1.0}, "unknown parameter"),
    ],
)
def test_bad_grids_are_refused_before_any_work(change, message, monkeypatch):
    monkeypatch.setattr(sweep_runs, "run_task", None)
    with pytest.raises(ParameterError, match=message):
        sweep(xxz_model(2), {**GRID, **change})


def test_unknown_outputs_and_endings_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="'fun' is unknown"):
        sweep(xxz_model(2), GRID, outputs=["fun"])
    with pytest.raises(ParameterError, match=r"ends in \.zarr or \.nc"):
        sweep(xxz_model(2), GRID, path=tmp_path / "grid.csv")


def test_chunks_keep_to_their_size():
    for points in (1, 7, 60, 10**6):
        assert np.prod(chunk_shape((4, 5, 6), points)) <= max(points, 1)


COMMAND = ["--B0", "2", "--J=1", "--Delta=-1:1:41", "--epsilon", "1", "--T-R", "0.5:3:31"]


def test_the_command_writes_what_the_call_gives(tmp_path, capsys):
    path = tmp_path / "grid.nc"
    sweep_command([*COMMAND, "--T-L", "1,2", "--output", str(path), "--quiet"])
    assert "charge, ergotropy over" in capsys.readouterr().out
    with xarray.open_dataset(path) as data:
        assert dict(data.sizes) == {"Delta": 41, "T_L": 2, "T_R": 31}
    with pytest.raises(ParameterError, match="first:last:count"):
        sweep_command([*COMMAND, "--T-L", "1:2", "--output", str(path)])


@pytest.mark.parametrize("form", ["{0} {1}", "{0}={1}"])
@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("Delta", "-1:1:5", [-1, -0.5, 0, 0.5, 1]),
        ("J", "-1,1", [-1, 1]),
        ("B0", "-.5:-1/4:2", [-0.5, -0.25]),
        ("epsilon", "-1e-3:1:2", [-1e-3, 1]),
        ("T_L", "-1:1:2", [-1, 1]),
        ("T-R", "-1:1:2", [-1, 1]),
        ("kappa", "-1:1:2", [-1, 1]),
    ],
)
def test_a_range_may_begin_below_zero(form, name, text, values, tmp_path, capsys):
    path = tmp_path / "grid.nc"
    point = {"B0": "2", "J": "1", "Delta": "0", "epsilon": "1", "T-L": "2", "T-R": "1"}
    point.pop(name.replace("_", "-"), None)
    words = [f"--{n}={v}" for n, v in point.items()]
    words += [*form.format(f"--{name}", text).split(" "), f"--output={path}", "--skip-errors"]
    sweep_command([*words, "--quiet"])
    with xarray.open_dataset(path) as data:
        np.testing.assert_array_equal(data[name.replace("-", "_")], values)
    shown = capsys.readouterr().out
    skipped = int(name in ("T_L", "T-R", "kappa"))
    assert f"points skipped: {skipped}\n" in shown
    assert ("must be > 0" in shown or "must be >= 0" in shown) == bool(skipped)


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "grid.zarr"
    arguments = [*COMMAND, "--T-L", "1:40:400", "--output", str(path), "--chunk=2000", "--quiet"]
    code = f"from symqb.cli.sweep_arguments import sweep_command; sweep_command({arguments!r})"
    journal = tmp_path / "grid.zarr.journal"
    process = subprocess.Popen([sys.executable, "-c", code])
    while not (journal.exists() and len(journal.read_text().splitlines()) > 5):
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(journal.read_text().splitlines())
    subprocess.run([sys.executable, "-c", code], check=True)
    assert len(journal.read_text().splitlines()) > before
    whole = tmp_path / "whole.zarr"
    sweep_command([*arguments[:-4], "--output", str(whole), "--chunk=2000", "--quiet"])
    with (
        xarray.open_zarr(path, consolidated=False) as a,
        xarray.open_zarr(whole, consolidated=False) as b,
    ):
        assert same(a, b)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_is_survived(tmp_path):
    distributed = pytest.importorskip("distributed")
    grid = {**GRID, "Delta": np.linspace(-0.9, 0.9, 40), "T_L": np.linspace(0.5, 40.0, 300)}
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        with distributed.Client(cluster) as client:
            pids = list(client.run(os.getpid).values())
        killed = []
        write = SweepStore.write

        def killing_write(store, number, region, values):
            write(store, number, region, values)
            if len(store.finished) == 5 and not killed:
                os.kill(pids[0], signal.SIGKILL)
                killed.append(pids[0])

        SweepStore.write = killing_write
        try:
            found = sweep(xxz_model(3), grid, address=cluster.scheduler_address, chunk=1000)
        finally:
            SweepStore.write = write
    assert killed
    assert same(found, sweep(xxz_model(3), grid, chunk=1000))


def test_chunks_of_long_chains_take_seconds_not_hours():
    """A grid of a few points is spread over the workers, and a crash loses little."""
    seen = [chunk_points(PointFunction(xxz_model(n), ("charge",))) for n in (3, 4, 8, 14)]
    assert seen[0] == 250_000
    assert seen[1:] == sorted(seen[1:], reverse=True)
    assert seen[-1] == 1


def test_the_next_chunks_are_solved_while_these_are_written(monkeypatch):
    started, order = Event(), []
    run = sweep_runs.run_task

    def noted(task):
        order.append("run")
        if len(order) > 1:
            started.set()
        return run(task)

    write = SweepStore.write

    def waiting_write(store, number, region, values):
        # the second chunk begins although the first is not written yet
        assert number or started.wait(20)
        write(store, number, region, values)

    monkeypatch.setattr(sweep_runs, "run_task", noted)
    monkeypatch.setattr(SweepStore, "write", waiting_write)
    assert same(sweep(xxz_model(2), GRID, chunk=20, workers=1), sweep_in_memory())


@pytest.mark.parametrize("option", [{"workers": -2}, {"workers": 0}, {"chunk": 0}, {"chunk": 1.5}])
def test_a_sweep_without_workers_or_points_is_refused(option: dict[str, float]) -> None:
    """It would leave every value NaN and say that it was done."""
    (name, value), *_ = option.items()
    with pytest.raises(symqb.ParameterError, match=f"{name}={value}"):
        sweep(symqb.xxz_battery(2).model, {"T_L": [1.0, 2.0]}, **option)  # type: ignore[arg-type]


def test_an_output_on_a_grid_is_the_same_whatever_is_asked_with_it() -> None:
    """The charge came from the engine where a gap was asked for, else from its program."""
    battery = symqb.xxz_battery(2)
    grid = {"B0": 2.0, "J": 1.0, "epsilon": 1.0, "T_L": 9.0, "T_R": 1.0}
    grid["Delta"] = np.linspace(-0.9, 0.9, 19)
    together = battery.sweep(grid, outputs=["charge", "smallest_gap"])
    alone = battery.evaluate(outputs=["charge", "smallest_gap"], **grid)
    assert np.array_equal(together.charge.values, battery.sweep(grid, outputs=["charge"]).charge)
    assert np.array_equal(together.charge.values, alone.charge)
    assert np.array_equal(together.smallest_gap.values, alone.smallest_gap)
