"""The estimate beforehand and the progress bar: shown when asked for, silent otherwise."""

from math import comb

import numpy as np
import pytest

from symqb.models import SteadyStateError, xxz_model
from symqb.numerics import chain, estimate, evaluate_chain
from symqb.numerics.progress import memory, operations

POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.3, "epsilon": 1.0, "T_L": 3.0, "T_R": 1.0, "kappa": 1.0}


def test_a_bar_and_an_estimate_are_shown_on_standard_error_if_asked(capsys):
    plain = evaluate_chain(xxz_model(6), POINT)
    assert capsys.readouterr() == ("", "")
    shown = evaluate_chain(xxz_model(6), POINT, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "6 spins, 64 levels: about" in err
    assert "steady state" in err
    assert np.array_equal(plain.populations, shown.populations)


def test_estimates_grow_like_the_work():
    assert str(estimate(8)).startswith("about ")
    assert operations(14) / operations(13) == pytest.approx(
        sum(comb(14, k) ** 3 for k in range(15)) / sum(comb(13, k) ** 3 for k in range(14))
    )
    # less than a single matrix over all levels
    assert memory(16) < 8 * 4**16
    assert memory(14) < 12 * 2**30
    assert memory(12) < 2 * 2**30


def test_a_point_whose_rates_span_too_much_for_doubles_is_solved_in_balls(monkeypatch):
    plain = evaluate_chain(xxz_model(6), POINT)

    def overflow(*arguments):
        raise SteadyStateError("for a test")

    monkeypatch.setattr(chain, "steady_weights", overflow)
    again = evaluate_chain(xxz_model(6), POINT)
    np.testing.assert_allclose(again.populations, plain.populations, rtol=1e-13)
    with pytest.raises(SteadyStateError, match="for a test"):
        evaluate_chain(xxz_model(9), POINT)


@pytest.mark.parametrize("T", [1e-3, 0.0])
def test_cold_baths_leave_the_ground_state_however_weak_the_field(T):
    found = evaluate_chain(xxz_model(6), {**POINT, "B0": 0.4, "T_L": T, "T_R": T})
    assert found.populations[0] == pytest.approx(1.0, abs=1e-12)
    assert np.isfinite(found.populations).all()
