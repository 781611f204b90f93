"""Threads change the time, not the values."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symqb
from tests.conformance.harness import battery

TARGETS = (
    pytest.param("c", marks=pytest.mark.needs_cc),
    pytest.param("numba", marks=pytest.mark.slow),
)
COLUMNS = {"J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": np.linspace(1, 39, 5001), "T_R": 1.0}


@pytest.mark.parametrize("target", TARGETS)
def test_two_threads_give_the_values_of_one(target: str, tmp_path: Path) -> None:
    if target == "numba":
        pytest.importorskip("numba")
    one = battery(2).emit(target, outputs=("charge", "populations"))
    two = battery(2).emit(target, outputs=("charge", "populations"), threads=2)
    a, b = one(B0=2.0, **COLUMNS), two(B0=2.0, **COLUMNS)
    np.testing.assert_array_equal(a.charge, b.charge)
    np.testing.assert_array_equal(a.populations, b.populations)
    with pytest.raises(symqb.SteadyStateError, match="not unique"):
        two(B0=np.where(np.arange(5001) == 5000, 0.0, 2.0), **COLUMNS)


FORKING = """
import os, signal, sys
import numpy as np
import symqb

function = symqb.xxz_battery(2).emit(sys.argv[1], outputs=("charge",), threads=2)
columns = dict(B0=2.0, J=1.0, Delta=0.5, epsilon=1.0, T_L=np.linspace(1, 39, 5001), T_R=1.0)
wanted = function(**columns).charge
child = os.fork()
if child == 0:
    signal.alarm(30)
    os._exit(0 if np.array_equal(function(**columns).charge, wanted) else 1)
print(os.waitpid(child, 0)[1])
"""


@pytest.mark.parametrize("target", TARGETS)
def test_a_forked_process_goes_on(target: str) -> None:
    """Threads do not live on in a child; it must neither wait for them nor give other values."""
    if target == "numba":
        pytest.importorskip("numba")
    command = [sys.executable, "-c", FORKING, target]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


@pytest.mark.parametrize("target", TARGETS)
def test_a_signal_handler_may_call_the_function_it_interrupts(target: str) -> None:
    """Its point has buffers of its own: no call returns another's numbers."""
    if target == "numba":
        pytest.importorskip("numba")
    function = battery(2).emit(target, outputs=("populations",))
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_R": 1.0}
    wanted, calls = function(T_L=3.0, **point).populations, 0

    def handler(*_: object) -> None:
        nonlocal calls
        calls += 1
        function(T_L=20.0, **point)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    try:
        wrong = sum(
            not np.array_equal(function(T_L=3.0, **point).populations, wanted) for _ in range(20000)
        )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert calls > 100
    assert not wrong
