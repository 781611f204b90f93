"""Digits are given once two rounds of computation agree on them."""

from __future__ import annotations

import pytest

import symqb
from symqb.emit.digits import _settled
from symqb.program.contexts import digits_context

CONTEXT = digits_context(80)
POINT = {"B0": 2, "J": 1, "Delta": "0.5", "epsilon": 1, "T_L": 39, "T_R": 1}


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("apart", ["1e-10", "-1e-10", "1e-16", "-1e-16"])
def test_rounds_that_differ_within_the_digits_asked_for_do_not_settle(
    sign: str, apart: str
) -> None:
    fine = CONTEXT.mpf(f"{sign}3")
    rough = fine + CONTEXT.mpf(apart)
    assert _settled([fine, rough], [fine, fine], 20, 50) is None


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("apart", ["0", "1e-25", "-1e-25"])
def test_rounds_that_agree_settle_on_the_finer_one_rounded(sign: str, apart: str) -> None:
    fine = CONTEXT.mpf(f"{sign}2.{'3' * 40}")
    found = _settled([fine + CONTEXT.mpf(apart)], [fine], 20, 50)
    assert found is not None
    assert found == [digits_context(20).mpf(fine)]


def test_what_falls_with_the_digits_carried_is_zero() -> None:
    assert _settled([CONTEXT.mpf("1e-50")], [CONTEXT.mpf("-1e-99")], 20, 50) == [0]
    assert _settled([CONTEXT.mpf("1e-50")], [CONTEXT.mpf("-1e-60")], 20, 50) is None


def test_fifteen_and_two_thousand_digits_are_given_and_one_beyond_is_not() -> None:
    battery = symqb.xxz_battery(2)
    for digits in (15, 2000):
        (energy, *_) = battery.evaluate(digits=digits, outputs=("energies",), **POINT).energies
        assert abs(energy - CONTEXT.mpf(-7) / 4) < CONTEXT.mpf(10) ** (1 - digits)
    for digits in (14, 2001):
        with pytest.raises(symqb.ParameterError, match=f"digits={digits}.*give 15 to 2000"):
            battery.evaluate(digits=digits, outputs=("energies",), **POINT)
