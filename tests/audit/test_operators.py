"""Operators at many digits: products that leave zeros out are the whole products."""

from __future__ import annotations

import sympy as sp

from symqb.audit.operators import close, evaluate, mp, times

SPARSE = mp.matrix([[0, 2, 0], [0, 0, 0], [mp.mpf(1) / 3, 0, mp.mpc(0, 1)]])
FULL = mp.matrix([[1, -2, 5], [mp.sqrt(2), 4, mp.mpc(1, 3)], [7, mp.pi, 9]])


def test_a_product_that_leaves_zeros_out_is_the_whole_product() -> None:
    for x in (SPARSE, FULL, mp.matrix(3)):
        for y in (SPARSE, FULL, mp.matrix(3)):
            assert close(times(x, y), x * y)
    assert times(SPARSE, 2) == SPARSE * 2
    assert times(2, SPARSE) == SPARSE * 2
    assert times(2, 3) == 6
    tall, wide = FULL[:, :1], FULL[:1, :]
    assert close(times(tall, wide), tall * wide)
    assert close(times(wide, tall), wide * tall)


def test_operators_keep_their_order() -> None:
    X, Y = sp.symbols("X Y", commutative=False)
    values = {X: SPARSE, Y: FULL}
    assert close(evaluate(X * Y, values), SPARSE * FULL)
    assert not close(evaluate(Y * X, values), SPARSE * FULL)
