"""The NumPy kernel: rows on cache lines, buffers used again, selection by bits."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import symqb
from symqb.emit.plan import Plan
from symqb.emit.targets.numpy.kernel import LINE, NumpyKernel, _aligned
from symqb.program import Builder, Program

SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1e300])
NAMES = ("a", "b", "c", "d")


def selection(*args: Fraction | str) -> Program:
    b = Builder(NAMES)
    return b.build({"chosen": b.apply("select", *args)})


@pytest.mark.parametrize(
    "args",
    [
        ("a", "b", "c", "d"),
        (Fraction(0), "b", "c", "d"),
        ("a", "b", Fraction(0), "d"),
        ("a", "b", "c", Fraction(1, 3)),
        ("a", "b", Fraction(0), Fraction(1)),
        ("a", "b", "b", "a"),
    ],
)
@pytest.mark.parametrize("scalar", [None, 0, 2, 3])
def test_selection_passes_every_bit_on(
    args: tuple[Fraction | str, ...], scalar: int | None
) -> None:
    """Infinities and NaN of the value not chosen leave no trace; so do signs of zero."""
    rng = np.random.default_rng(5)
    columns = [rng.choice(SPECIAL, 4000) for _ in NAMES]
    if scalar is not None:
        columns[scalar] = np.array([0.25])
    given = dict(zip(NAMES, columns, strict=True))
    a, b, c, d = (given[x] if isinstance(x, str) else float(x) for x in args)
    wanted = np.broadcast_to(np.where(np.less_equal(a, b), c, d), 4000)
    plan = Plan(selection(*args))
    found = np.empty((4000, 1))
    NumpyKernel(plan, block=512)([given[name] for name in plan.inputs], 4000, [found], 1)
    np.testing.assert_array_equal(
        found[:, 0].view(np.int64), np.ascontiguousarray(wanted).view(np.int64)
    )


@pytest.mark.parametrize("size", [1, 7, 8, 9, 1000, 8192])
def test_rows_begin_on_cache_lines_and_do_not_meet(size: int) -> None:
    rows = _aligned(5, size)
    starts = [row.ctypes.data for row in rows]
    assert [len(row) for row in rows] == [size] * 5
    assert all(start % (8 * LINE) == 0 for start in starts)
    assert min(np.diff(starts)) >= 8 * size
    assert len({start % 4096 for start in starts}) == 5


def test_a_buffer_is_not_given_away_before_its_last_use() -> None:
    """A value that is an output alone, and made by a selection, is copied at the very end."""
    b = Builder(NAMES)
    chosen = b.apply("select", "a", "b", "c", "d")
    later = b.add(b.mul("a", "b"), b.mul(b.add("c", "d"), b.sub("c", "d")))
    plan = Plan(b.build({"rows": (chosen, later, chosen)}))
    columns = np.random.default_rng(1).normal(size=(4, 1000))
    found = np.empty((1000, 3))
    assert NumpyKernel(plan)(list(columns), 1000, [found], 1) == 0
    one, two, three, four = columns
    np.testing.assert_array_equal(found[:, 0], np.where(one <= two, three, four))
    np.testing.assert_array_equal(found[:, 2], found[:, 0])
    np.testing.assert_allclose(found[:, 1], one * two + (three + four) * (three - four))


def test_inputs_may_have_the_names_of_the_kernels_own_variables() -> None:
    names = ("mask", "chosen", "other", "bits")
    b = Builder(names)
    first = b.apply("select", "mask", "chosen", "other", "bits")
    second = b.apply("select", "bits", "other", "chosen", "mask")
    plan = Plan(b.build({"rows": (first, second)}))
    mask, chosen, other, bits = columns = np.random.default_rng(2).normal(size=(4, 100))
    found = np.empty((100, 2))
    NumpyKernel(plan)(list(columns), 100, [found], 1)
    np.testing.assert_array_equal(found[:, 0], np.where(mask <= chosen, other, bits))
    np.testing.assert_array_equal(found[:, 1], np.where(bits <= other, chosen, mask))


def test_the_documented_count_of_operations() -> None:
    """`docs/benchmarks.md`: 75 beside the eight `expm1`, 14 of them divisions."""
    program = Plan(symqb.xxz_battery(2).program.prune(["populations"]), ("T_L", "T_R")).positive
    assert program is not None
    counts = program.operation_counts()
    assert (counts["expm1"], counts["div"], sum(counts.values())) == (8, 14, 83)
