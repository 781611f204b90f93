"""A chain uneven in one kind of value alone is solved as it is, not as its mirror image."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import symqb
from symqb.models import Bath, BatteryModel, Chain
from symqb.numerics import evaluate_chain

PAULI = {
    "x": np.array([[0, 1], [1, 0]], dtype=complex),
    "y": np.array([[0, -1j], [1j, 0]]),
    "z": np.diag([1.0, -1.0]).astype(complex),
}
EVEN = {"J": 1.0, "Delta": 0.4, "B0": 2.3, "eta": 0.0}
POINT = {"T_L": 2.0, "T_R": 0.7, "kappa": 1.0}


def spread(spins: int, kind: str, change: float) -> dict[str, tuple[float, ...]]:
    """Values of the chain: one of one kind is another."""
    values = {}
    for name, value in EVEN.items():
        row = [value] * (spins if name == "B0" else spins - 1)
        if name == kind:
            row[-1] += change
        values[name] = tuple(row)
    return values


def at(axis: str, site: int, spins: int) -> Any:
    return reduce(np.kron, [PAULI[axis] if k == site else np.eye(2) for k in range(spins)])


def hamiltonian(spins: int, values: dict[str, tuple[float, ...]]) -> npt.NDArray[np.complex128]:
    """As the chain's documentation has it, from Kronecker products."""
    H = sum(b * at("z", k, spins) for k, b in enumerate(values["B0"]))
    bonds = zip(values["J"], values["Delta"], values["eta"], strict=True)
    for k, (J, Delta, eta) in enumerate(bonds):
        for axis, strength in (("x", J + eta), ("y", J - eta), ("z", Delta)):
            H = H + strength * at(axis, k, spins) @ at(axis, k + 1, spins)
    return np.asarray(H / 2)


def model(spins: int, values: dict[str, tuple[float, ...]]) -> BatteryModel:
    baths = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {spins: 1}))
    return BatteryModel(Chain(spins, **values), baths)


@pytest.mark.parametrize(
    ("kind", "spins"), [(kind, n) for kind in EVEN for n in (3, 4) if (kind, n) != ("eta", 4)]
)
def test_levels_of_an_uneven_chain_are_those_of_its_matrix(kind: str, spins: int) -> None:
    values = spread(spins, kind, 0.25)
    wanted = np.linalg.eigvalsh(hamiltonian(spins, values))
    if kind == "eta":
        # the engine takes chains that conserve magnetisation
        found = symqb.Battery(model(spins, values)).evaluate(outputs=["energies"], **POINT)
    else:
        found = evaluate_chain(model(spins, values), POINT)
    energies = np.sort(np.asarray(found["energies"], dtype=float))
    np.testing.assert_allclose(energies, wanted, atol=1e-13)
    mirrored = np.linalg.eigvalsh(hamiltonian(spins, spread(spins, kind, 0.0)))
    assert np.abs(wanted - mirrored).max() > 1e-3


@pytest.mark.parametrize("kind", ["J", "Delta", "B0"])
def test_an_uneven_chain_and_its_mirror_image_exchange_their_currents(kind: str) -> None:
    values = spread(4, kind, 0.25)
    mirror = {name: row[::-1] for name, row in values.items()}
    one = evaluate_chain(model(4, values), POINT)
    other = evaluate_chain(model(4, mirror), {"T_L": 0.7, "T_R": 2.0, "kappa": 1.0})
    even = evaluate_chain(model(4, spread(4, kind, 0.0)), POINT)
    assert float(one["heat_current_L"]) == pytest.approx(float(other["heat_current_R"]), rel=1e-10)
    assert float(one["heat_current_L"]) != pytest.approx(float(even["heat_current_L"]), rel=1e-3)
