"""What doubles do not hold is told by digits, or refused; it is never another number."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from symqb import Bath, DomainError, OpenSystem, Register, System
from symqb.emit import emit_function, emit_source
from symqb.emit.digits import evaluate_digits
from symqb.program import Builder, Program

v = sp.Symbol("v")
QUBIT = Register(2)
DOUBLES = ["numpy", "c", "numba", "jax"]
ABOVE = r"energies is 1\.0e\+450 here, above all doubles; ask for digits=15, or scale all"


@pytest.fixture(autouse=True)
def installed(request: pytest.FixtureRequest) -> None:
    target = getattr(request.node, "callspec", None)
    if target is not None and target.params.get("target") in ("numba", "jax"):
        pytest.importorskip(target.params["target"])


def steep() -> OpenSystem:
    return OpenSystem(System(v**5 * QUBIT.number(1), [Bath("L", "T", QUBIT.x(1))]))


@pytest.mark.parametrize("target", DOUBLES)
@pytest.mark.parametrize("energies", [1e90, [1.0, 1e90]], ids=["point", "array"])
def test_an_energy_above_all_doubles_is_refused(target: str, energies: Any) -> None:
    f = steep().emit(target, outputs=["energies", "populations"])
    with pytest.raises(DomainError, match=ABOVE):
        f(v=energies, T=1.0)


def test_evaluate_refuses_it_too_and_tells_it_by_digits() -> None:
    with pytest.raises(DomainError, match=ABOVE):
        steep().evaluate(v=1e90, T=1.0)
    told = steep().evaluate(v=10**90, T=1.0, outputs=["energies"], digits=20).energies[0]
    assert mpmath.nstr(told, 18, strip_zeros=True) == "1.0e+450"


@pytest.mark.parametrize("target", DOUBLES)
def test_what_is_made_of_it_is_refused_under_its_own_name(target: str) -> None:
    f = steep().emit(target, outputs={"y": "2 * energies_1"})
    assert f(v=2.0, T=1.0).y == 64.0
    with pytest.raises(DomainError, match=r"y is 2\.0e\+450 here, above all doubles"):
        f(v=1e90, T=1.0)


def test_an_energy_without_a_program_is_refused_too() -> None:
    """A density that is a Python function leaves numbers, point by point."""
    bath = Bath("L", "T", QUBIT.x(1), spectrum=lambda x: 1.0 * x)
    system = OpenSystem(System(v**5 * QUBIT.number(1), [bath]))
    assert not system.closed
    with pytest.raises(DomainError, match=ABOVE):
        system.evaluate(v=1e90, T=1.0, outputs=["energies"])


@pytest.mark.parametrize("target", DOUBLES)
def test_an_infinite_entropy_production_is_an_answer_and_twice_it_is_none(target: str) -> None:
    baths = [Bath("L", "T", QUBIT.x(1)), Bath("R", "Q", QUBIT.x(1))]
    pair = OpenSystem(System(v * QUBIT.number(1), baths))
    point = {"v": 1.0, "T": 0.0, "Q": 1.0}
    assert pair.emit(target, ["entropy_production"])(**point).entropy_production == np.inf
    f = pair.emit(target, outputs={"y": "2 * entropy_production"})
    with pytest.raises(DomainError, match="no finite real number"):
        f(**point)


BIG = Fraction(10) ** 400
SMALL = Fraction(1, 10**310)


def share(constant: Fraction) -> Program:
    """x / (x + 3), both of its terms times a constant."""
    b = Builder(("x",))
    part = b.mul("x", constant)
    return b.build({"y": b.apply("div", part, b.add(part, 3 * constant))})


@pytest.mark.parametrize("constant", [BIG, SMALL], ids=["large", "small"])
@pytest.mark.parametrize("target", DOUBLES)
def test_constants_beyond_the_doubles_are_taken_exactly(target: str, constant: Fraction) -> None:
    f = emit_function(
        share(constant),
        target,
        parameters=("x",),
        labels=(),
        temperatures=(),
        kappa=None,
        fallback=lambda program, point, digits=None: evaluate_digits(program, 20, point),
    )
    assert f(x=1e-7).y == pytest.approx(1e-7 / (3 + 1e-7), rel=1e-15, abs=0)
    assert f(x=np.array([2.0, 1.0])).y.tolist() == [0.4, 0.25]


@pytest.mark.parametrize("constant", [BIG, SMALL], ids=["large", "small"])
def test_a_source_with_such_constants_refuses(constant: Fraction) -> None:
    text = emit_source(share(constant), "numpy", title="", version="", labels=(), parameters=("x",))
    module: dict[str, Any] = {}
    exec(text, module)
    with pytest.raises(ValueError, match="a constant of this program is beyond the doubles"):
        module["evaluate"](x=2.0)


def test_the_numpy_source_refuses_an_energy_above_all_doubles() -> None:
    module: dict[str, Any] = {}
    exec(steep().source("numpy", outputs=["energies"]), module)
    assert module["evaluate"](v=2.0, T=1.0)["energies"].tolist() == [32.0, 0.0]
    with pytest.raises(ArithmeticError):
        module["evaluate"](v=1e90, T=1.0)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_javascript_source_refuses_an_energy_above_all_doubles(tmp_path: Any) -> None:
    (tmp_path / "steep.mjs").write_text(steep().source("javascript", outputs=["energies"]))
    for energy, refused in ((2.0, False), (1e90, True)):
        call = f"console.log(evaluate({json.dumps({'v': energy, 'T': 1.0})}).energies[0])"
        (tmp_path / "run.mjs").write_text(f"import {{evaluate}} from './steep.mjs'; {call}")
        found = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True)
        if refused:
            assert re.search("RangeError: energies is unknown here", found.stderr), found.stderr
        else:
            assert float(found.stdout) == 32.0
