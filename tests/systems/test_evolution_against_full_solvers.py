"""Evolution against the whole master equation: at coincidences, weak coupling and long times."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import qutip
from scipy.linalg import expm

from symqb import Bath, Battery, BatteryModel, Chain
from tests.systems.full_lindblad import System, on_site

WORST = 1e-9
TIMES = (1e-2, 1.0, 30.0, 1e4)
"""In units of 1/kappa."""
KINDS = ("any", "Delta = 0", "crossing", "J = 0", "no field", "Delta = J", "fields", "XYZ", "cold")
KAPPAS = (1.0, 0.3, 1e-3, 1e-8, 1e-12)


def draw_chain(rng: Any, kind: str, spins: int) -> Chain:
    """Numbers in eighths, so that what coincides does so exactly."""
    J, Delta, B = (float(rng.integers(1, 17)) / 8 * rng.choice([-1, 1]) for _ in range(3))
    B = abs(B)
    if kind == "Delta = 0":
        return Chain(spins, J=J, Delta=0.0, B0=B)
    if kind == "crossing":
        return Chain(spins, J=J, Delta=Delta, B0=abs(Delta + J) if Delta + J else abs(J))
    if kind == "J = 0":
        fields = tuple(float(rng.integers(0, 3)) for _ in range(spins))
        return Chain(spins, J=0.0, Delta=rng.choice([0.0, Delta]), B0=fields)
    if kind == "no field":
        return Chain(spins, J=J, Delta=Delta, B0=0.0)
    if kind == "Delta = J":
        return Chain(spins, J=J, Delta=J, B0=B)
    if kind == "fields":
        fields = tuple(float(rng.integers(-8, 9)) / 4 for _ in range(spins))
        return Chain(spins, J=J, Delta=Delta, B0=fields)
    if kind == "XYZ":
        return Chain(spins, J=J, Delta=Delta, B0=B, eta=float(rng.integers(1, 9)) / 8)
    return Chain(spins, J=J, Delta=Delta, B0=B)


def draw_baths(rng: Any, kind: str, spins: int) -> tuple[Bath, ...]:
    sites = [1, int(rng.integers(1, spins + 1))]
    temperatures = [float(rng.uniform(0.3, 5)) for _ in sites]
    if kind == "cold":
        temperatures[int(rng.integers(2))] = 0.0
    found = []
    for name, site, T in zip("LR", sites, temperatures, strict=True):
        weights: dict[int, float] = {site: 1.0}
        if rng.random() < 0.6:
            weights[spins] = float(rng.choice([0.6, -1.0, 1.0, 0.25]))
        found.append(Bath(name, T, weights, axis=str(rng.choice(["x", "x", "y"]))))
    return tuple(found)


def draw_state(rng: Any, size: int) -> Any:
    """A random state in the bare basis: pure, or mixed."""
    rank = int(rng.choice([1, size]))
    A = rng.normal(size=(size, rank)) + 1j * rng.normal(size=(size, rank))
    rho = A @ A.conj().T
    return rho / np.trace(rho).real


def draw(case: int, spins: int) -> tuple[BatteryModel, Any]:
    rng = np.random.default_rng([2611, spins, case])
    kind = KINDS[case % len(KINDS)]
    kappa = KAPPAS[int(rng.integers(len(KAPPAS)))]
    dissipation = str(rng.choice(["collective", "individual"]))
    chain, baths = draw_chain(rng, kind, spins), draw_baths(rng, kind, spins)
    return BatteryModel(chain, baths, kappa, dissipation), draw_state(rng, 2**spins)


def judge(model: BatteryModel) -> System:
    """The model's numbers for the judge."""
    spins = model.chain.spins
    bonds = zip(model.chain.J, model.chain.eta, model.chain.Delta, strict=True)
    baths = []
    for bath in model.baths:
        parts = [weight * on_site(bath.axis, site, spins) for site, weight in bath.couplings]
        together = model.dissipation == "collective"
        baths.append(((sum(parts),) if together else tuple(parts), bath.temperature))
    return System(
        model.chain.fields,
        tuple((J + eta, J - eta, Delta) for J, eta, Delta in bonds),
        tuple(baths),
        model.kappa,
    )


def worst_error(model: BatteryModel, rho: Any) -> float:
    times = [time / model.kappa for time in TIMES]
    ours = Battery(model).evolve(times, initial=rho, basis="bare").bare_density
    return float(np.abs(ours - judge(model).evolve(rho, times)).max())


def check(spins: int, cases: range) -> None:
    errors = {case: worst_error(*draw(case, spins)) for case in cases}
    case = max(errors, key=lambda case: errors[case])
    print(f"{spins} spins, {len(errors)} models: worst error {errors[case]:.1e} in case {case}")
    assert errors[case] <= WORST, draw(case, spins)[0]


@pytest.mark.parametrize(("spins", "count"), [(2, 9), (3, 9)])
def test_evolution_is_that_of_the_whole_master_equation(spins: int, count: int) -> None:
    check(spins, range(count))


@pytest.mark.slow
@pytest.mark.parametrize(("spins", "count"), [(2, 60), (3, 45), (4, 18)])
def test_evolution_is_that_of_the_whole_master_equation_100_models(spins: int, count: int) -> None:
    check(spins, range(count))


def qutip_evolution(model: BatteryModel, rho: Any, times: list[float]) -> Any:
    """QuTiP's superoperator of our judge's jumps, exponentiated."""
    system = judge(model)
    states = system.states
    H = states @ np.diag([float(E) for E in system.energies]) @ states.T
    jumps = [
        np.sqrt(rate) * qutip.Qobj(states @ A @ states.T) for rate, A in system.jumps() if rate > 0
    ]
    L = qutip.liouvillian(qutip.Qobj(H), jumps).full()
    start = rho.reshape(-1, order="F")
    return np.array([(expm(L * t) @ start).reshape(rho.shape, order="F") for t in times])


def qutip_error(spins: int, case: int) -> float:
    model, rho = draw(case, spins)
    model = BatteryModel(model.chain, model.baths, 0.2, model.dissipation)
    times = [time / 0.2 for time in TIMES]
    ours = Battery(model).evolve(times, initial=rho, basis="bare").bare_density
    return float(np.abs(ours - qutip_evolution(model, rho, times)).max())


@pytest.mark.parametrize(("spins", "case"), list(itertools.product([2, 3], range(1, 40, 7))))
def test_evolution_is_qutips(spins: int, case: int) -> None:
    assert qutip_error(spins, case) < WORST


@pytest.mark.slow
@pytest.mark.parametrize(("spins", "count"), [(2, 54), (3, 36), (4, 10)])
def test_evolution_is_qutips_100_models(spins: int, count: int) -> None:
    errors = [qutip_error(spins, case) for case in range(1000, 1000 + count)]
    print(f"{spins} spins, {count} models: worst difference from QuTiP {max(errors):.1e}")
    assert max(errors) < WORST


def test_the_judge_sees_a_small_difference() -> None:
    model, rho = draw(1, 2)
    other = BatteryModel(model.chain, model.baths, model.kappa * (1 + 1e-5), model.dissipation)
    times = [1.0 / model.kappa]
    ours = Battery(model).evolve(times, initial=rho, basis="bare").bare_density
    assert np.abs(ours - judge(other).evolve(rho, times)).max() > 1e-8
