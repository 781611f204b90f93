"""Open systems held against the judge of ``open_judge``: how points are drawn, what is compared."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy as sp

import symqb
from symqb import Bath, OpenSystem, Register, System
from tests.systems.open_judge import JudgedBath, judge, judge_digits

TOLERANCE = 1e-10


@dataclass
class Case:
    """A system, how its parameters are drawn, and the number of particles that leads count."""

    system: System
    draw: dict[str, tuple[float, float]]
    number: Any = None


def one(reg: Register, a: int, b: int, site: int = 1) -> Any:
    """Give the operator that couples two states of a site."""
    return reg.transition(site, a, b) + reg.transition(site, b, a)


def hopping(reg: Register, a: int, b: int) -> Any:
    """Give the exchange of two qubits."""
    swap = reg.plus(a) * reg.minus(b)
    return swap + swap.T


def drawn(case: Case, seed: int) -> dict[str, float]:
    """Draw a point, one for each seed."""
    source = random.Random(f"{seed} {case.system.size} {sorted(case.draw)}")
    return {name: source.uniform(*ends) for name, ends in case.draw.items()} | {
        "kappa": source.uniform(0.3, 2.0)
    }


def numbers(matrix: Any, point: dict[str, float]) -> Any:
    """Give an operator at a point in numbers."""
    entries = sp.Matrix(matrix).subs({sp.Symbol(k): v for k, v in point.items()})
    return np.array(entries.evalf(20).tolist(), dtype=complex)


def value(given: Any, point: dict[str, float]) -> Any:
    """Give a parameter, name or expression at a point."""
    expr = sp.Symbol(given) if isinstance(given, str) else sp.sympify(given)
    return float(expr.subs({sp.Symbol(k): v for k, v in point.items()}))


def judged_baths(system: System, point: dict[str, float]) -> list[JudgedBath]:
    """Give the judge's baths at a point."""
    found = []
    for bath in system.baths:
        operators = [numbers(S, point) for S in bath.operators]
        if bath.dissipation == "collective":
            operators = [sum(operators)]
        fermion, density, occupation = bath.statistics == "fermion", None, None
        if isinstance(bath.spectrum, symqb.SpectralDensity):
            cutoff = value(bath.spectrum.cutoff, point)
            density = lambda w, cutoff=cutoff: np.exp(-w / cutoff)  # noqa: E731
        elif bath.spectrum is not None:
            density = lambda w, J=bath.spectrum: float(J(w)) / w  # noqa: E731
        if bath.occupation is not None:
            occupation = lambda w, n=bath.occupation: value(n(w), point)  # noqa: E731
        kappa = value(system.kappa if bath.kappa is None else bath.kappa, point)
        T, mu = value(bath.temperature, point), value(bath.mu, point)
        found.append(JudgedBath(operators, T, kappa, fermion, mu, density, occupation))
    return found


def compare(case: Case, opened: OpenSystem, point: dict[str, float]) -> None:
    """Compare energies, populations and currents with the judge's."""
    given = {k: v for k, v in point.items() if k in opened.parameters}
    result = opened.evaluate(**given)
    number = None if case.number is None else numbers(case.number, point)
    truth = judge(numbers(case.system.H, point), judged_baths(case.system, point), number)
    order = np.argsort(result.energies, kind="stable")
    assert np.allclose(result.energies[order], truth.energies, rtol=0, atol=TOLERANCE)
    assert np.allclose(result.populations[order], truth.populations, rtol=0, atol=TOLERANCE)
    largest = max(1.0, *map(abs, truth.heat))
    for k, bath in enumerate(case.system.baths):
        mu = value(bath.mu, point)
        if not (mu and bath.statistics == "boson"):
            current = result[f"heat_current_{bath.name}"]
            assert abs(current - truth.heat[k]) < TOLERANCE * largest, bath.name
        if bath.statistics == "fermion":
            found = result[f"particle_current_{bath.name}"]
            assert abs(found - truth.particles[k]) < TOLERANCE * largest, bath.name
    if "entropy_production" in result:
        assert result.entropy_production >= 0


def judged_exactly(bath: Bath, system: System, exactly: Callable[[Any], Any]) -> JudgedBath:
    """Give a judge's bath, to many digits."""
    given = list(bath.operators)
    if bath.dissipation == "collective":
        given = [sum(given[1:], given[0])]
    operators = [np.array(S.tolist(), dtype=object) for S in given]
    operators = [np.vectorize(exactly, otypes=[object])(S) for S in operators]
    density = None
    if bath.spectrum is not None:
        cutoff = exactly(bath.spectrum.cutoff)
        density = lambda w: mpmath.exp(-w / cutoff)  # noqa: E731
    kappa = exactly(system.kappa if bath.kappa is None else bath.kappa)
    T, mu, fermion = exactly(bath.temperature), exactly(bath.mu), bath.statistics == "fermion"
    return JudgedBath(operators, T, kappa, fermion, mu, density)


def compare_digits(case: Case, opened: OpenSystem, rough: dict[str, float]) -> None:
    """Compare fifty digits of populations, and of heat currents where no particles flow."""
    exact = {name: sp.Rational(str(round(x, 3))) for name, x in rough.items()}
    given = {k: str(sp.Float(v, 30)) for k, v in exact.items() if k in opened.parameters}
    names = [f"heat_current_{b.name}" for b in case.system.baths if b.statistics == "boson"]
    result = opened.evaluate(digits=50, outputs=["energies", "populations", *names], **given)
    with mpmath.workdps(70):
        point = {sp.Symbol(k): v for k, v in exact.items()}

        def exactly(value: Any) -> Any:
            expr = sp.Symbol(value) if isinstance(value, str) else sp.sympify(value)
            return mpmath.mpmathify(sp.N(expr.subs(point), 80))

        H = mpmath.matrix(sp.Matrix(case.system.H).subs(point).evalf(80).tolist())
        baths = [judged_exactly(bath, case.system, exactly) for bath in case.system.baths]
        populations, heat = judge_digits(H, baths, 50)
        order = sorted(range(case.system.size), key=lambda k: result.energies[k])
        for place, truth in zip(order, populations, strict=True):
            assert abs(result.populations[place] - truth) < abs(truth) * mpmath.mpf(10) ** -49
        for name, truth in zip(names, heat if names else [], strict=True):
            assert abs(result[name] - truth) < mpmath.mpf(10) ** -49


def agree(opened: OpenSystem, point: dict[str, Any], *, jumps: bool = False) -> None:
    """Compare energies, the spectrum of the state and the currents with the judge's."""
    system, result = opened.system, opened.evaluate(**point)
    floats = {"kappa": 1.0} | {k: float(v) for k, v in point.items()}
    operators = [
        (numbers(jump.operator, floats), value(jump.rate, floats)) for jump in system.jumps
    ]
    truth = judge(numbers(system.H, floats), judged_baths(system, floats), jumps=operators)
    assert np.allclose(np.sort(result.energies), truth.energies, rtol=0, atol=TOLERANCE)
    if not jumps:
        spectrum = np.linalg.eigvalsh(truth.density)
        assert np.allclose(np.sort(result.populations), spectrum, rtol=0, atol=TOLERANCE)
    names = [bath.name for bath in system.baths] + [jump.bath for jump in system.jumps]
    for name in dict.fromkeys(names):
        heat = sum(h for h, other in zip(truth.heat, names, strict=True) if other == name)
        assert abs(result[f"heat_current_{name}"] - heat) < TOLERANCE, name
    # work of ordering: from the judge's state
    H, rho = numbers(system.H, floats), truth.density
    passive = truth.energies @ np.sort(np.linalg.eigvalsh(rho))[::-1]
    assert abs(result.ergotropy - (np.trace(H @ rho).real - passive)) < 1e-9
