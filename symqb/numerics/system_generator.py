"""The generator of a system's master equation as a real matrix over a Hermitian density matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
from flint import acb, arb, arb_mat

from symqb.numerics.mp_balls import Matrix, to_acb, to_arb
from symqb.numerics.system_engine import Place, unknowns
from symqb.numerics.system_numbers import LevelNumbers

Element = tuple[int, int]
"""Row and column of a density matrix over the levels."""

Columns = dict[Element, dict[Element, Any]]
"""What becomes of each element: ``{source: {target: coefficient}}``."""


@dataclass(frozen=True)
class Lindblad:
    """An operator between all levels, its rate, and what each of its jumps takes into a bath.

    ``heat`` is None where the operator has no one frequency; ``jump`` is the number of a jump that
    is taken as it stands.
    """

    bath: str | None
    operator: Matrix
    rate: Any
    heat: Any = None
    particles: int = 0
    jump: int | None = None


def full_generator(
    levels: LevelNumbers, operators: Sequence[Lindblad]
) -> tuple[list[Place], arb_mat]:
    """Write the generator, the Hamiltonian included, over all elements of the density matrix.

    Parameters
    ----------
    levels : LevelNumbers
    operators : sequence of Lindblad

    Returns
    -------
    places : list
        The unknowns: real and imaginary parts of the elements on and above the diagonal.
    matrix : arb_mat
        Their slopes, rows, by their values, columns.
    """
    size = len(levels.energies)
    columns: Columns = {(a, c): {} for a in range(size) for c in range(size)}
    sizes: Columns = {place: {} for place in columns}
    energies = [to_arb(energy) for energy in levels.energies]
    noise = arb(10) ** (-3 * mpmath.mp.dps // 4)
    largest = max(abs(energy) for energy in energies)
    for a, c in columns:
        turning = energies[c] - energies[a]
        # levels of one energy turn not at all
        if a != c and abs(turning) > noise * largest:
            columns[a, c][a, c] = acb(0, turning)
    for one in operators:
        for source, target, value in _dissipated(one, size):
            column, beside = columns[source], sizes[source]
            column[target] = column.get(target, acb(0)) + value
            beside[target] = beside.get(target, arb(0)) + abs(value)
    # what cancels is zero, not a slow rate: real and imaginary parts each for itself
    for source, column in columns.items():
        for target, size_of in sizes[source].items():
            column[target] = _settled(column[target], noise * size_of)
    places = unknowns([range(size)])
    return places, _over(places, columns)


def _settled(value: Any, small: Any) -> Any:
    """A complex number, a part of it that is below rounding taken for zero."""
    return acb(*(arb(0) if abs(x) < small else x for x in (value.real, value.imag)))


def _dissipated(one: Lindblad, size: int) -> Iterator[tuple[Element, Element, Any]]:
    """Give source, target and coefficient of what an operator's dissipator does."""
    rate = acb(to_arb(one.rate))
    small = max(map(abs, one.operator)) * mpmath.mpf(10) ** (-3 * mpmath.mp.dps // 4)
    entries = {
        (a, c): to_acb(one.operator[a, c])
        for a in range(size)
        for c in range(size)
        if abs(one.operator[a, c]) > small
    }
    lost: dict[Element, Any] = {}
    beside: dict[Element, Any] = {}
    for (a, c), x in entries.items():
        for (b, d), y in entries.items():
            yield (c, d), (a, b), rate * x * y.conjugate()
            if a == b:
                lost[c, d] = lost.get((c, d), acb(0)) + x.conjugate() * y
                beside[c, d] = beside.get((c, d), arb(0)) + abs(x) * abs(y)
    half, noise = -rate / 2, arb(10) ** (-3 * mpmath.mp.dps // 4)
    for (a, c), whole in lost.items():
        x = _settled(whole, noise * beside[a, c])
        for e in range(size):
            yield (c, e), (a, e), half * x
            yield (e, a), (e, c), half * x


def _over(places: Sequence[Place], columns: Mapping[Element, Mapping[Element, Any]]) -> arb_mat:
    """The real matrix of a generator that keeps matrices Hermitian."""
    index = {place: k for k, place in enumerate(places)}
    matrix, noise = arb_mat(len(places), len(places)), arb(10) ** (-3 * mpmath.mp.dps // 4)
    for column, (a, c, part) in enumerate(places):
        found: dict[Element, Any] = {}
        sizes: dict[Element, Any] = {}
        sources = {(a, c): acb(1) if part == "re" else acb(0, 1)}
        if a != c:
            sources[c, a] = sources[a, c].conjugate()
        for source, weight in sources.items():
            for target, value in columns[source].items():
                found[target] = found.get(target, acb(0)) + weight * value
                sizes[target] = sizes.get(target, arb(0)) + abs(value)
        for (i, j), whole in found.items():
            value = _settled(whole, noise * sizes[i, j])
            if (i, j, "re") in index:
                matrix[index[i, j, "re"], column] = value.real.mid()
            if (i, j, "im") in index:
                matrix[index[i, j, "im"], column] = value.imag.mid()
    return matrix


def hermitian(size: int, places: Sequence[Place], values: Any) -> npt.NDArray[np.complex128]:
    """Make Hermitian matrices of their unknowns.

    Parameters
    ----------
    size : int
    places : sequence of length m
    values : array, shape (m, n)
        One column a matrix.

    Returns
    -------
    array, shape (n, size, size)
    """
    found = np.zeros((np.shape(values)[1], size, size), dtype=np.complex128)
    for (a, c, part), row in zip(places, values, strict=True):
        one = row if part == "re" else 1j * row
        found[:, a, c] += one
        if a != c:
            found[:, c, a] += one.conj()
    return found
