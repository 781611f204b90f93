"""The numba target itself: loops that LLVM vectorises, and what it does without flags."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from symqb import DomainError
from symqb.emit.targets.numba.flags import FloatFlags
from tests.conformance.harness import NAMES, battery

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("numba")]

POINT = dict(zip(NAMES, (5.0, 1.0, 0.5, 1.0, 3.0, 1.0), strict=True))


@pytest.fixture
def numba() -> Any:
    return pytest.importorskip("numba")


def columns(count: int) -> dict[str, object]:
    return {**POINT, "T_L": np.linspace(1.0, 3.0, count)}


@pytest.mark.parametrize("spins", [2, 3])
def test_the_loop_is_vectorised_without_a_test_of_overlap(spins: int) -> None:
    """Divisions of vectors in the loop; LLVM's tests of memory would stand in its name."""
    function = battery(spins).emit("numba", outputs=("populations",))
    function(**columns(1000))
    quick = {f.__name__: f for f in _dispatchers(function)}["quick"]
    (text,) = quick.inspect_llvm().values()
    assert re.search(r"fdiv (\w+ )*<(2|4|8) x double>", text)
    assert "vector.body" in text
    assert "memcheck" not in text


def _dispatchers(function: object) -> list[object]:
    """Every compiled function a driver reaches through its closures."""
    found, queue = [], [function._kernel._driver]  # type: ignore[attr-defined]
    while queue:
        one = queue.pop()
        if one in found:
            continue
        found.append(one)
        cells = one.py_func.__closure__ or ()
        queue += [c.cell_contents for c in cells if hasattr(c.cell_contents, "py_func")]
    return found


def test_arrays_that_may_overlap_are_not_vectorised_so(numba: Any) -> None:
    """The same loop over numba's own arrays is guarded or scalar: the search above can fail."""

    @numba.njit(error_model="numpy")
    def plain(a, b, c, d, e):  # type: ignore[no-untyped-def]
        for i in range(len(a)):
            b[i] = 1.0 / a[i]
            c[i] = 2.0 / a[i]
            d[i] = 3.0 / a[i]
            e[i] = 4.0 / a[i]

    plain(*np.ones((5, 10)))
    (text,) = plain.inspect_llvm().values()
    assert "memcheck" in text or not re.search(r"fdiv (\w+ )*<(2|4|8) x double>", text)


@pytest.mark.parametrize(("name", "value"), [("T_R", -1.0), ("B0", 1e150), ("T_L", 1e-300)])
def test_bad_input_is_found_where_there_are_no_flags(
    name: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing() -> None:
        pass

    def never() -> bool:
        return False

    monkeypatch.setattr(
        "symqb.emit.targets.numba.kernel.float_flags",
        lambda: FloatFlags(nothing, never, work=False),
    )
    function = battery(2).emit("numba", outputs=("populations",))
    assert "positive" in {f.__name__ for f in _dispatchers(function)}  # type: ignore[attr-defined]
    array = np.full(300, POINT[name])
    assert np.isfinite(function(**(POINT | {name: array})).populations).all()
    array[77] = value
    with pytest.raises(DomainError, match=name):
        function(**(POINT | {name: array}))
