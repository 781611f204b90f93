"""Points outside the domain of an expression of a system are refused at every entrance."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import (
    Bath,
    Battery,
    BatteryModel,
    Chain,
    DomainError,
    Jump,
    OpenSystem,
    Register,
    SpectralDensity,
    System,
)
from symqb.derive.system_domains import conditions
from symqb.models import xxz_model

v, w, s, T = sp.symbols("v w s T")
q, pair = Register(2), Register(2, 2)
N, X, down, up = q.number(1), q.x(1), q.minus(1), q.plus(1)
EXCHANGE = pair.plus(1) * pair.minus(2)
HOP = EXCHANGE + EXCHANGE.T
COLD = Bath("c", 1, X)


def detuned(hopping: sp.Expr) -> System:
    """Two qubits that differ, between a hot and a cold bath."""
    baths = [Bath("L", 2, pair.x(1)), Bath("c", 1, pair.x(2))]
    return System(pair.number(1) + 2 * pair.number(2) + hopping * HOP, baths)


def lead(mu: sp.Expr) -> Bath:
    return Bath("c", 1, down, statistics="fermion", mu=mu)


BOSE = 1 / (sp.exp(w / T) - 1)

# by what is meant: the system, a point outside, and what the message says must be so
OUTSIDE: dict[str, tuple[System, dict[str, Any], str]] = {
    "hopping": (detuned(sp.sqrt(v)), {"v": -0.04}, "v must be >= 0 for sqrt"),
    "strong hopping": (detuned(sp.sqrt(v)), {"v": -4.0}, "v must be >= 0 for sqrt"),
    "third root": (System(v ** sp.Rational(1, 3) * N, [COLD]), {"v": -1.0}, "v must be >= 0"),
    "power": (System(v**s * N, [COLD]), {"v": -1.0, "s": 0.5}, "or 0 where s is >= 0"),
    "power at zero": (System(v**s * N, [COLD]), {"v": 0.0, "s": -0.5}, "or 0 where s is >= 0"),
    "difference": (System((1 + sp.sqrt(v - w)) * N, [COLD]), {"v": 1.0, "w": 2.0}, "v - w must be"),
    "logarithm": (System(sp.log(v) * N, [COLD]), {"v": -2.0}, "v must be > 0 for log"),
    "arccosine": (System(sp.acos(v) * N, [COLD]), {"v": 2.0}, "acos(v) must be a finite real"),
    "quotient": (System(w / v * N, [COLD]), {"v": 0.0, "w": 1.0}, "v must be != 0 for 1/v"),
    "temperature": (System(N, [Bath("c", sp.sqrt(v), X)]), {"v": -1.0}, "sqrt(v)"),
    "infinite T": (System(N, [Bath("c", 1 / v, X)]), {"v": 0.0}, "1/v"),
    "T of log": (System(N, [Bath("c", sp.log(v), X)]), {"v": 0.0}, "v must be > 0 for log"),
    "mu": (System(N, [lead(sp.sqrt(v))]), {"v": -1.0}, "v must be >= 0 for sqrt"),
    "infinite mu": (System(N, [lead(1 / v)]), {"v": 0.0}, "v must be != 0 for 1/v"),
    "mu of bosons": (System(N, [Bath("c", 1, X, mu=-sp.sqrt(v))]), {"v": -1.0}, "v must be >= 0"),
    "kappa": (System(N, [COLD], kappa=sp.sqrt(v)), {"v": -1.0}, "sqrt(v)"),
    "own kappa": (System(N, [Bath("c", 1, X, kappa=1 / v)]), {"v": 0.0}, "1/v"),
    "coupling": (System(N, [Bath("c", 1, sp.sqrt(v) * X)]), {"v": -1.0}, "v must be >= 0"),
    "coupling of log": (System(N, [Bath("c", 1, sp.log(v) * X)]), {"v": -2.0}, "v must be > 0"),
    "infinite coupling": (System(N, [Bath("c", 1, X / v)]), {"v": 0.0}, "v must be != 0"),
    "jump rate": (System(N, [COLD], [Jump(down, sp.sqrt(v))]), {"v": -1.0}, "v must be >= 0"),
    "jump operator": (System(N, [COLD], [Jump(sp.sqrt(v) * up, 1)]), {"v": -1.0}, "v must be >= 0"),
    "Bose rate": (
        System(w * N, [COLD], [Jump(up, BOSE)]),
        {"w": 0.0, "T": 1.0},
        "exp(w/T) - 1 must be != 0",
    ),
    "Bose rate at T = 0": (
        System(w * N, [COLD], [Jump(up, BOSE)]),
        {"w": 1.0, "T": 0.0},
        "T must be != 0",
    ),
    "occupation": (System(N, [Bath("c", 1, X, occupation=sp.sqrt(v))]), {"v": -1.0}, "v must be"),
    "cut-off": (
        System(N, [Bath("c", 1, X, spectrum=SpectralDensity(sp.sqrt(v)))]),
        {"v": -1.0},
        "v must be >= 0",
    ),
    "spectrum": (
        System(N, [Bath("c", 1, X, spectrum=sp.Lambda(w, w * sp.sqrt(v)))]),
        {"v": -1.0},
        "v must be >= 0",
    ),
}

Entrance = Callable[[OpenSystem, dict[str, Any]], Any]


def evolved(held: OpenSystem, point: dict[str, Any]) -> Any:
    start = [1.0] + [0.0] * (held.system.size - 1)
    return held.evolve([1.0, float("inf")], initial=start, basis="bare", **point)


def swept(held: OpenSystem, point: dict[str, Any]) -> Any:
    pytest.importorskip("xarray")
    grid = {name: [value, value + 10.0] for name, value in point.items()}
    return held.sweep(grid, outputs=["populations"])


ENTRANCES: dict[str, Entrance] = {
    "evaluate": lambda held, p: held.evaluate(**p),
    "energies": lambda held, p: held.evaluate(outputs=["energies"], **p),
    "arrays": lambda held, p: held.evaluate(
        outputs=["populations"], **{n: [x + 10.0, x] for n, x in p.items()}
    ),
    "digits": lambda held, p: held.evaluate(digits=20, outputs=["heat_current_c"], **p),
    "composed": lambda held, p: held.evaluate(outputs={"y": "2*heat_current_c"}, **p),
    "density": lambda held, p: held.evaluate(outputs=["density"], **p),
    "evolve": evolved,
    "steady_states": lambda held, p: held.steady_states(**p),
    "sweep": swept,
}

HERE = {n: f for n, f in ENTRANCES.items() if n != "sweep" or find_spec("xarray")}
"""Those whose packages are installed."""

WRITTEN = ("numpy", "c", "mpmath", "arb", "fluctuations")


def written(held: OpenSystem, target: str, point: dict[str, Any]) -> Any:
    if target == "fluctuations":
        return held.fluctuations().evaluate(**point)
    return held.emit(target, ["populations"])(**point)


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("what", OUTSIDE)
def test_a_point_outside_is_refused_by_the_rule(what: str, entrance: str) -> None:
    system, point, rule = OUTSIDE[what]
    with pytest.raises(DomainError) as refused:
        ENTRANCES[entrance](OpenSystem(system), point)
    message = str(refused.value)
    assert rule in message
    assert "give values" in message


@pytest.mark.parametrize("entrance", WRITTEN)
@pytest.mark.parametrize("what", [n for n, case in OUTSIDE.items() if OpenSystem(case[0]).closed])
def test_emitted_programs_refuse_a_point_outside(what: str, entrance: str) -> None:
    system, point, rule = OUTSIDE[what]
    with pytest.raises(DomainError, match="give values") as refused:
        written(OpenSystem(system), entrance, point)
    assert rule in str(refused.value)


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_a_chain_as_a_system_is_refused_outside(entrance: str) -> None:
    baths = (Bath("L", 2, {1: 1}), Bath("c", 1, {2: 1}))
    battery = Battery(BatteryModel(Chain(2, J=sp.sqrt(v), Delta=0.5, B0=2), baths))
    with pytest.raises(DomainError, match="v must be >= 0 for sqrt"):
        ENTRANCES[entrance](battery.open_system(), {"v": -1.0})


def test_an_expression_put_in_for_a_parameter_is_refused_outside() -> None:
    held = OpenSystem(System(w * N, [COLD])).at(w="sqrt(v)")
    for entrance in HERE.values():
        with pytest.raises(DomainError, match="v must be >= 0 for sqrt"):
            entrance(held, {"v": -1.0})


FILE = """
[register]
levels = [2]

[system]
H = "w/v*N1"

[[baths]]
name = "c"
temperature = 1
coupling = "X1"
"""


def test_a_model_file_is_refused_outside(tmp_path: Any) -> None:
    (tmp_path / "model.toml").write_text(FILE)
    held = symqb.load_model(tmp_path / "model.toml")
    assert isinstance(held, OpenSystem)
    for entrance in HERE.values():
        with pytest.raises(DomainError, match="v must be != 0 for 1/v"):
            entrance(held, {"v": 0.0, "w": 1.0})


@pytest.mark.parametrize(
    ("spectrum", "value"),
    [(w * sp.log(v), -1.0), (w / (w - v), 1.0), (w * sp.acos(v - w), 4.0)],
    ids=str,
)
def test_a_density_that_is_no_number_at_its_frequency_is_refused(
    spectrum: sp.Expr, value: float
) -> None:
    held = OpenSystem(System(N, [Bath("c", 1, X, spectrum=sp.Lambda(w, spectrum))]))
    for name in ("evaluate", "digits", "density", "evolve", "steady_states"):
        with pytest.raises(DomainError, match=r"spectral density of bath c|for log\(v\)"):
            ENTRANCES[name](held, {"v": value})


@pytest.mark.parametrize("given", [1 + sp.log(v - w), 1 / (w - v - sp.Rational(1, 2))], ids=str)
def test_an_occupation_that_is_no_number_at_its_frequency_is_refused(given: sp.Expr) -> None:
    held = OpenSystem(System(N, [Bath("c", 1, X, occupation=sp.Lambda(w, given))]))
    for name in ("evaluate", "digits", "density", "evolve", "steady_states"):
        with pytest.raises(DomainError, match="occupation of bath c must be"):
            ENTRANCES[name](held, {"v": 0.5})


def test_what_is_hermitian_at_some_values_alone_is_refused_at_others() -> None:
    H = sp.Matrix([[1, sp.Max(v, 5)], [5, 0]])
    held = OpenSystem(System(H, [COLD]))
    assert held.evaluate(outputs=["energies"], v=4.0).energies.shape == (2,)
    with pytest.raises(DomainError, match=r"H must be Hermitian.*give values"):
        held.evaluate(outputs=["energies"], v=6.0)


@pytest.mark.parametrize("entrance", ["evaluate", "density", "steady_states"])
def test_the_edge_of_a_root_belongs_to_its_domain(entrance: str) -> None:
    found = ENTRANCES[entrance](OpenSystem(detuned(sp.sqrt(v))), {"v": 0.0})
    wanted = ENTRANCES[entrance](OpenSystem(detuned(v)), {"v": 0.0})
    if entrance == "steady_states":
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
        return
    for name in found:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-12, atol=1e-15)


def test_within_its_domain_a_root_is_what_its_value_is() -> None:
    found = OpenSystem(detuned(sp.sqrt(v))).evaluate(v=0.25)
    wanted = OpenSystem(detuned(w)).evaluate(w=0.5)
    for name in found:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-12, atol=1e-15)


def test_zeros_of_rational_divisors_are_told_exactly() -> None:
    # 1/10 + 2/10 - 3/10 is nothing in no binary arithmetic
    held = OpenSystem(System(N, [COLD], [Jump(down, 1 / (v + w - s))]))
    with pytest.raises(DomainError, match="must be != 0"):
        held.evaluate(digits=20, outputs=["density"], v="0.1", w="0.2", s="0.3")


def test_the_case_that_is_not_taken_is_not_looked_at() -> None:
    rate = sp.Piecewise((sp.sqrt(v), v > 0), (0, True))
    held = OpenSystem(System(N, [Bath("c", 1, X)], [Jump(up, rate)]))
    assert held.evaluate(outputs=["populations"], v=-1.0).populations[0] == pytest.approx(
        1 / (1 + np.e)
    )


@pytest.mark.parametrize(
    "energy", [abs(v), sp.Max(v, 1 / sp.Integer(2)), v * sp.sign(v), sp.floor(v + 2), sp.frac(v)]
)
def test_energies_with_kinks_and_steps_are_evaluated_and_followed(energy: sp.Expr) -> None:
    held = OpenSystem(System(energy * N, [Bath("c", "T", X)]))
    value = float(energy.subs(v, sp.Rational(3, 4)))
    wanted = 1 / (1 + np.exp(value))
    point = {"v": 0.75, "T": 1.0}
    assert held.evaluate(outputs=["populations"], **point).populations[0] == pytest.approx(wanted)
    limit = held.evolve([float("inf")], initial=[1, 0], basis="bare", **point)
    assert limit.populations[0, 0] == pytest.approx(wanted)


def test_a_complex_hopping_is_no_complex_energy() -> None:
    turned = EXCHANGE * sp.exp(sp.I * v) + EXCHANGE.T * sp.exp(-sp.I * v)
    H = pair.number(1) + 2 * pair.number(2) + turned / 2
    held = OpenSystem(System(H, [Bath("L", 2, pair.x(1)), Bath("c", 1, pair.x(2))]))
    found = held.evaluate(outputs=["heat_current_c"], v=0.3).heat_current_c
    still = OpenSystem(detuned(sp.Rational(1, 2))).evaluate(outputs=["heat_current_c"])
    assert found == pytest.approx(still.heat_current_c, rel=1e-10)


def test_systems_without_such_expressions_have_no_conditions() -> None:
    positive = sp.Symbol("p", positive=True)
    plain = detuned(v * w + sp.exp(w) + sp.sqrt(positive) + sp.sqrt(v**2 + w**2) + 1 / positive)
    assert not conditions(plain)
    assert not conditions(Battery(xxz_model(2)).open_system().system)
