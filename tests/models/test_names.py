"""Names of parameters: no output of a system or of its fluctuations may be one."""

from __future__ import annotations

import pytest
import sympy as sp

from symqb import Bath, Jump, OpenSystem, ParameterError, Register, System
from symqb.models.names import check_name

PAIR = Register(2, 2)
W, G = sp.Symbol("w", positive=True), sp.Symbol("g", positive=True)
EXCHANGE = PAIR.plus(1) * PAIR.minus(2) + PAIR.minus(1) * PAIR.plus(2)
H = W * (PAIR.number(1) + PAIR.number(2)) + G * EXCHANGE
SYSTEMS = {
    "secular": System(H, [Bath("L", "T", PAIR.x(1)), Bath("R", "S", PAIR.x(2))]),
    "coherent": System(H, [], jumps=[Jump(PAIR.minus(1), "a"), Jump(PAIR.plus(2), "b")]),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_output_may_be_the_name_of_a_parameter(name: str) -> None:
    opened = OpenSystem(SYSTEMS[name])
    noise = opened.fluctuations() if name == "secular" else opened.fluctuations({"n": {1: 1}})
    outputs = {*opened.outputs, *opened.state_outputs, *opened.density_elements, *noise.outputs}
    for output in sorted(outputs):
        with pytest.raises(ParameterError, match=r"is the name of an (output|argument)"):
            check_name(output, "w")
        with pytest.raises(ParameterError, match=f"{output}.*use another"):
            System(sp.Symbol(output) * Register(2).number(1), [])


def test_the_name_proposed_instead_is_free() -> None:
    for taken in ("mean_n", "heat_current_L", "charge", "density_re_1_1"):
        with pytest.raises(ParameterError) as refused:
            check_name(taken, "w")
        proposed = str(refused.value).split("'")[-2]
        assert check_name(proposed, "w") == proposed
