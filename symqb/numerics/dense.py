"""A plain dense engine: numeric sectors, all rates, elimination from the highest level down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.derive.eigensystem import PAPER_LABELS
from symqb.derive.hamiltonian import basis_states, flip, hamiltonian_terms
from symqb.derive.sectors import Sector, derive_sectors
from symqb.emit.numpy_runtime import boltzmann, bose
from symqb.emit.numpy_runtime import entropy as entropy_terms
from symqb.emit.result import Result
from symqb.models import BatteryModel, DegenerateLevelsError, NoClosedFormError, SteadyStateError

Array = npt.NDArray[np.float64]

LARGEST_DENSE = 8
DEGENERATE = 1e-12


@dataclass(frozen=True)
class _Levels:
    """Numeric levels: labels, energies, normalised states as columns over the bare basis."""

    labels: tuple[int, ...]
    energies: Array
    states: Array
    up: npt.NDArray[np.int64]


def _number(point: Mapping[str, float]) -> Any:
    def convert(value: Any) -> float:
        if isinstance(value, str):
            return point[value]
        if hasattr(value, "free_symbols"):
            return float(value.subs({s: point[str(s)] for s in value.free_symbols}))
        return float(value)

    return convert


def _solve_sector(model: BatteryModel, sector: Sector, convert: Any) -> tuple[Array, Array]:
    """Energies (ascending) and normalised vectors over the sector's own combinations."""
    size = len(sector.basis)
    leading = {combination[0][0]: row for row, combination in enumerate(sector.basis)}
    norms = np.array([np.sqrt(len(combination)) for combination in sector.basis])
    block = np.zeros((size, size))
    for k, combination in enumerate(sector.basis):
        for state, sign in combination:
            for image, amplitude in hamiltonian_terms(model.chain, state, convert):
                row = leading.get(image)
                if row is not None:
                    block[row, k] += amplitude * sign * sector.basis[row][0][1]
    block *= norms[:, None] / norms[None, :]
    energies, vectors = np.linalg.eigh((block + block.T) / 2)
    return energies, vectors / norms[:, None]


def _levels(model: BatteryModel, convert: Any) -> _Levels:
    spins = model.chain.spins
    index = {state: k for k, state in enumerate(basis_states(spins))}
    table = PAPER_LABELS.get(spins, {})
    rows: list[tuple[Any, float, int, Array]] = []
    for sector in derive_sectors(model.chain):
        energies, vectors = _solve_sector(model, sector, convert)
        for branch, energy in enumerate(energies):
            state = np.zeros(2**spins)
            for component, combination in zip(vectors[:, branch], sector.basis, strict=True):
                for bare, sign in combination:
                    state[index[bare]] = component * sign
            paper = table.get((sector.up, sector.parity, branch)) if sector.parity else None
            rows.append((paper if paper else energy, float(energy), sector.up, state))
    if model.chain.reflection_symmetric or not table:
        rows.sort(key=lambda row: row[0])
    return _Levels(
        tuple(range(1, len(rows) + 1)),
        np.array([row[1] for row in rows]),
        np.stack([row[3] for row in rows], axis=1),
        np.array([row[2] for row in rows]),
    )


def _squared_elements(model: BatteryModel, levels: _Levels, convert: Any) -> dict[str, Array]:
    """|<j|S_nu|i>|^2 by bath, collective or individual."""
    states = basis_states(model.chain.spins)
    index = {state: k for k, state in enumerate(states)}
    squared: dict[str, Array] = {}
    for bath in model.baths:
        elements = []
        for site, weight in bath.couplings:
            flipped = np.array([index[flip(state, site)] for state in states])
            elements.append(convert(weight) * (levels.states.T @ levels.states[flipped]))
        if model.dissipation == "collective":
            squared[bath.name] = np.square(np.sum(elements, axis=0))
        else:
            squared[bath.name] = np.sum(np.square(elements), axis=0)
        allowed = np.abs(levels.up[:, None] - levels.up[None, :]) == 1
        # what is below rounding of the amplitudes is a forbidden transition
        squared[bath.name][~allowed | (squared[bath.name] < 1e-28)] = 0.0
    return squared


def _rates(squared: Array, gaps: Array, temperature: float) -> Array:
    """Rates i -> j over kappa, by one expression for every sign of the frequency."""
    with np.errstate(all="ignore"):
        thermal = bose(np.abs(gaps), np.float64(temperature))
    return np.asarray(squared * (thermal + np.maximum(gaps, 0.0)))


def _check_degeneracy(levels: _Levels, connected: npt.NDArray[np.bool_]) -> None:
    shared = (connected.astype(float) @ connected.astype(float)) > 0
    np.fill_diagonal(shared, False)
    gaps = np.abs(levels.energies[:, None] - levels.energies[None, :])
    scale = float(np.abs(levels.energies).max()) or 1.0
    pairs = np.argwhere(shared & (gaps <= DEGENERATE * scale))
    if len(pairs):
        a, c = (levels.labels[k] for k in pairs[0])
        raise DegenerateLevelsError(
            f"levels {a} and {c} coincide at E={levels.energies[pairs[0][0]]:.12g} and share a "
            "neighbour; there populations couple to coherences. Move off the point, by 1e-9 say"
        )


def _closed_classes(rates: Array) -> list[list[int]]:
    """The sets of levels that, once entered, are never left."""
    reach = (rates > 0) | np.eye(len(rates), dtype=bool)
    for _ in range(len(rates).bit_length()):
        reach = (reach.astype(float) @ reach.astype(float)) > 0
    recurrent = [i for i in range(len(rates)) if (reach[:, i] | ~reach[i]).all()]
    classes = {tuple(np.flatnonzero(reach[i])) for i in recurrent}
    return [list(map(int, members)) for members in sorted(classes)]


def eliminate(rates: Array, energies: Array) -> Array:
    """Populations by elimination without subtraction, from the highest level down.

    Raises
    ------
    SteadyStateError
        More than one closed class of levels: the steady state is not unique.

    Examples
    --------
    >>> eliminate(np.array([[0.0, 1.0], [3.0, 0.0]]), np.array([0.0, 1.0]))
    array([0.75, 0.25])
    """
    classes = _closed_classes(rates)
    if len(classes) != 1:
        shown = ", ".join(str([k + 1 for k in members]) for members in classes)
        raise SteadyStateError(
            f"the steady state is not unique: levels {shown} are never left; "
            "couple the baths to more sites or raise a temperature above zero"
        )
    members = classes[0]
    work = rates[np.ix_(members, members)].copy()
    order = [int(k) for k in np.argsort(-energies[members], kind="stable")]
    shares: list[Array] = []
    alive = np.ones(len(members), dtype=bool)
    for node in order[:-1]:
        alive[node] = False
        total = work[node, alive].sum()
        share = np.where(alive, work[:, node] / total, 0.0)
        work += np.outer(share, np.where(alive, work[node], 0.0))
        shares.append(share)
    weights = np.zeros(len(members))
    weights[order[-1]] = 1.0
    for node, share in zip(reversed(order[:-1]), reversed(shares), strict=True):
        weights[node] = weights @ share
    populations = np.zeros(len(rates))
    populations[members] = weights / weights.sum()
    return populations


def _entropy_production(currents: Mapping[str, float], temperatures: Mapping[str, float]) -> float:
    total = 0.0
    for name, current in currents.items():
        if current != 0:
            T = temperatures[name]
            total -= current / T if T else np.copysign(np.inf, current)
    return total


def _exergy(heights: Array, passive: Array, temperature: float) -> float:
    with np.errstate(all="ignore"):
        partition = np.sum(boltzmann(heights, np.float64(temperature)))
        entropy = float(np.sum(entropy_terms(passive)))
    return max(float(heights @ passive) + temperature * (float(np.log(partition)) - entropy), 0.0)


def evaluate_dense(model: BatteryModel, point: Mapping[str, float]) -> Result:
    """Every output at one point, for chains up to eight spins.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    point : mapping
        Parameter name to float.

    Returns
    -------
    Result
        Levels by ascending energy from four spins on, the paper's before.

    Raises
    ------
    NoClosedFormError
        More than eight spins.
    DegenerateLevelsError, SteadyStateError
        Where the rate equation does not hold, or has no single steady state.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=5.0, J=1.0, Delta=0.5, epsilon=0.0, T_L=2.0, T_R=1.0, kappa=1.0)
    >>> evaluate_dense(xxz_model(4), point).populations.shape
    (16,)
    """
    if model.chain.spins > LARGEST_DENSE:
        raise NoClosedFormError(
            f"spins={model.chain.spins} is beyond the dense engine; use at most {LARGEST_DENSE}"
        )
    convert = _number(point)
    levels = _levels(model, convert)
    squared = _squared_elements(model, levels, convert)
    gaps = levels.energies[:, None] - levels.energies[None, :]
    _check_degeneracy(levels, np.sum(list(squared.values()), axis=0) > 0)
    temperatures = {bath.name: convert(bath.temperature) for bath in model.baths}
    rates = {name: _rates(squared[name], gaps, temperatures[name]) for name in squared}
    total = np.sum(list(rates.values()), axis=0)
    populations = eliminate(total, levels.energies)
    empty = levels.energies[int(np.argmin(levels.up))]
    heights = levels.energies - empty
    kappa = convert(model.kappa)
    currents = {
        name: kappa * float(populations @ (rate * -gaps) @ np.ones(len(gaps)))
        for name, rate in rates.items()
    }
    order = np.argsort(levels.energies, kind="stable")
    passive = np.sort(populations)[::-1]
    above = levels.energies[order] - levels.energies[order[0]]
    stored, capacity = float(populations @ heights), float(heights.max())
    outputs: dict[str, Any] = {
        "energies": levels.energies,
        "populations": populations,
        "stored_energy": stored,
        "capacity": capacity,
        "charge": stored / capacity if capacity else float("nan"),
        "ergotropy": float(above @ (populations[order] - passive)),
        "exergy": _exergy(above, passive, temperatures[model.baths[-1].name]),
        **{f"heat_current_{name}": current for name, current in currents.items()},
        "entropy_production": _entropy_production(currents, temperatures),
    }
    return Result(outputs, levels.labels, point)
