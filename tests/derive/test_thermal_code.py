"""What SymPy's own printers make of ``phi``: never the golden ratio of the same name."""

from __future__ import annotations

import pytest
import sympy as sp

import symqb
from symqb import phi


@pytest.mark.parametrize("modules", ["mpmath", "numpy", "math"])
def test_lambdify_gives_the_values_of_evaluate(modules: str) -> None:
    battery = symqb.xxz_battery(2)
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 39.0, "T_R": 1.0}
    wanted = battery.evaluate(**point).populations
    symbols = [battery.symbols[name] for name in (*point, "kappa")]
    function = sp.lambdify(symbols, list(battery.steady_state().populations), modules)
    found = function(*point.values(), 1.0)
    assert [float(p) for p in found] == pytest.approx(list(wanted), rel=1e-12)


def test_code_in_other_languages_has_the_exponential() -> None:
    x, T = sp.symbols("x T", positive=True)
    for printed in (sp.ccode(phi(x, T)), sp.pycode(phi(x, T)), sp.jscode(phi(x, T))):
        assert "exp" in printed
        assert "phi" not in printed
    assert sp.nsolve(phi(x, 3) - 4, x, 2) == pytest.approx(1.81757993)
