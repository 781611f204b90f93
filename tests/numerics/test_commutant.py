"""The exact count of steady states."""

import pytest
import sympy as sp

from symqb import Bath, Battery, BatteryModel, Chain, SymqbError


def test_a_bond_of_roots_that_is_zero_is_none_where_steady_states_are_counted():
    zero = sp.sqrt(5 + 2 * sp.sqrt(6)) - sp.sqrt(2) - sp.sqrt(3)
    chain = Chain(3, J=(1, zero), Delta=0.3, B0=(1, 2, 4))
    battery = Battery(BatteryModel(chain, (Bath("L", 3, {1: 1}),)))
    with pytest.raises(SymqbError, match="not unique: there are 2"):
        battery.evaluate(digits=20)
