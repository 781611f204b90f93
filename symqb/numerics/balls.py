"""Levels, couplings and populations of a chain enclosed in balls of python-flint.

Every ball contains the true number, at an exact point or for all points of a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import acb_mat, arb

from symqb.derive.hamiltonian import flip, hamiltonian_terms
from symqb.derive.sectors import derive_sectors
from symqb.models import BatteryModel, DomainError
from symqb.numerics.exact_inputs import to_ball

Interval = tuple[Fraction, Fraction]


class Undecided(Exception):
    """A comparison that the balls leave open."""


@dataclass(frozen=True)
class BallLevel:
    """A level: spins up, energy enclosed, and its column among the vectors of its magnetisation."""

    up: int
    energy: Any
    column: int


def ball_converter(point: Mapping[str, Any]) -> Any:
    """From a model's values to balls at a point or over a box."""
    balls = {name: to_ball(value) for name, value in point.items()}

    def convert(value: Any) -> Any:
        if isinstance(value, str):
            return balls[value]
        if isinstance(value, int | Fraction):
            return to_ball(value)
        raise DomainError(
            f"{value!r} in the model is neither a parameter nor rational; use one of them"
        )

    return convert


def _enclose_sector(chain: Any, sector: Any, convert: Any) -> tuple[list[Any], Any]:
    """Enclosures of a sector's energies, and its eigenvectors as columns over its basis."""
    size = len(sector.basis)
    leading = {combination[0][0]: row for row, combination in enumerate(sector.basis)}
    block = acb_mat(size, size)
    for k, combination in enumerate(sector.basis):
        for state, sign in combination:
            for image, amplitude in hamiltonian_terms(chain, state, convert):
                row = leading.get(image)
                if row is not None:
                    block[row, k] += amplitude * (sign * sector.basis[row][0][1])
    try:
        values, vectors = block.eig(right=True, algorithm="rump")
    except ValueError:
        raise Undecided(
            f"the levels with {sector.up} up spins, parity {sector.parity}, are not separated"
        ) from None
    # the Hamiltonian is symmetric, so the simple eigenvalue in each enclosure is real
    return [value.real for value in values], vectors


def enclose_levels(model: BatteryModel, convert: Any) -> tuple[list[BallLevel], list[Any]]:
    """All levels, and for each magnetisation the vectors over its bare states as columns."""
    levels: list[BallLevel] = []
    matrices: list[Any] = []
    sectors = derive_sectors(model.chain)
    for up in range(model.chain.spins + 1):
        parts = [sector for sector in sectors if sector.up == up]
        states = sorted({s for part in parts for comb in part.basis for s, _ in comb})
        index = {state: row for row, state in enumerate(states)}
        whole = acb_mat(len(states), len(states))
        column = 0
        for part in parts:
            energies, vectors = _enclose_sector(model.chain, part, convert)
            for branch, energy in enumerate(energies):
                for k, combination in enumerate(part.basis):
                    for state, sign in combination:
                        whole[index[state], column] = vectors[k, branch] * sign
                levels.append(BallLevel(up, energy, column))
                column += 1
        matrices.append((index, whole))
    return levels, matrices


def _conjugate_transpose(matrix: Any) -> Any:
    rows = [
        [matrix[i, j].conjugate() for i in range(matrix.nrows())] for j in range(matrix.ncols())
    ]
    return acb_mat(rows)


def _absolute_square(value: Any) -> Any:
    # a power of a ball around 0 is not a number in flint; a product is
    return value.real * value.real + value.imag * value.imag


def _site_elements(matrices: Sequence[Any], up: int, site: int) -> Any:
    """Unnormalised elements of sigma_x, the upper magnetisation in rows."""
    (lower_index, lower), (upper_index, upper) = matrices[up], matrices[up + 1]
    moved = acb_mat(upper.nrows(), lower.ncols())
    for state, row in lower_index.items():
        image = upper_index.get(flip(state, site))
        if image is not None:
            for column in range(lower.ncols()):
                moved[image, column] = lower[row, column]
    return _conjugate_transpose(upper) * moved


def _ends(ball: Any) -> tuple[Any, Any]:
    return arb(ball.lower()), arb(ball.upper())


def enclose_phi(w: Any, T: Any) -> Any:
    """``w / (1 - exp(-w/T))``; increasing in w and in T, so the ends of the balls suffice."""

    def at(w: Any, T: Any) -> Any:
        x = -w / T
        if x == 0:
            return T
        if x.contains(0):
            raise Undecided("a transition frequency is not separated from 0")
        return w / -x.expm1()

    if not T > 0:
        raise Undecided("a temperature is not separated from 0")
    (w_low, w_high), (T_low, T_high) = _ends(w), _ends(T)
    return at(w_low, T_low).union(at(w_high, T_high))


@dataclass(frozen=True)
class BallCoupling:
    """A pair of levels that a bath drives, by position in descending energy."""

    upper: int
    lower: int
    bath: int
    square: Any
    frequency: Any


def enclose_couplings(
    model: BatteryModel, levels: Sequence[BallLevel], matrices: Sequence[Any], convert: Any
) -> list[BallCoupling]:
    """Squared elements and frequencies; levels come in descending energy."""
    place = {(level.up, level.column): k for k, level in enumerate(levels)}
    norms = [
        [sum(_absolute_square(m[i, j]) for i in range(m.nrows())) for j in range(m.ncols())]
        for _, m in matrices
    ]
    found: list[BallCoupling] = []
    for up in range(model.chain.spins):
        known = {site: _site_elements(matrices, up, site) for site in _sites(model)}
        for number, bath in enumerate(model.baths):
            weighted = [(known[site], convert(weight)) for site, weight in bath.couplings]
            for j, upper_norm in enumerate(norms[up + 1]):
                for i, lower_norm in enumerate(norms[up]):
                    parts = [elements[j, i] * weight for elements, weight in weighted]
                    if model.dissipation == "collective":
                        parts = [sum(parts[1:], parts[0])]
                    square = sum(map(_absolute_square, parts), arb(0)) / (upper_norm * lower_norm)
                    a, b = place[up + 1, j], place[up, i]
                    frequency = levels[a].energy - levels[b].energy
                    found.append(BallCoupling(a, b, number, square, frequency))
    return found


def _sites(model: BatteryModel) -> set[int]:
    return {site for bath in model.baths for site, _ in bath.couplings}


def eliminate_balls(rates: list[list[Any]]) -> list[Any]:
    """Stationary weights by elimination in the given order; no subtraction widens the balls."""
    size = len(rates)
    work = [row[:] for row in rates]
    shares: list[list[Any]] = []
    for k in range(size - 1):
        total = sum(work[k][k + 1 :], arb(0))
        if not total > 0:
            raise Undecided("a level's rate of leaving is not separated from 0")
        share = [work[i][k] / total for i in range(k + 1, size)]
        for i, part in enumerate(share, start=k + 1):
            row, source = work[i], work[k]
            for j in range(k + 1, size):
                if i != j:
                    row[j] += part * source[j]
        shares.append(share)
    weights = [arb(1)]
    for share in reversed(shares):
        weights.insert(0, sum((w * s for w, s in zip(weights, share, strict=True)), arb(0)))
    return weights
