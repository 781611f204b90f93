r"""All states that a generator leaves alone, and the one that an initial state ends in.

Steady are the elements of the null space of the generator over populations and the coherences
between coinciding levels.  A component that is a rate equation is solved without a subtraction, by
its closed classes (an exact zero outside them); any other by its null spaces, left and right, with
more digits until every pivot is surely zero or surely not.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb, arb_mat

from symqb.models import DomainError
from symqb.numerics.ball_elimination import closed_classes, stationary
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.count_told import check_steady
from symqb.numerics.eigen_digits import midpoints, object_array
from symqb.numerics.secular import Component, SecularGenerator
from symqb.numerics.semigroup import as_doubles
from symqb.program.contexts import working_bits

Array = npt.NDArray[np.float64]

NEGLIGIBLE = 1e-14
"""A coherence of a user's state below this is rounding."""
MOST_DIGITS = {1: 16000, 2: 16000, 3: 8000}
"""The most to try, by number of spins."""
MOST_DIGITS_BEYOND = 3200


def more_digits(digits: int, spins: int) -> int:
    """Twice the digits, or a refusal where they no longer help.

    Raises
    ------
    DomainError
        Rates lie so far apart that no reasonable number of digits compares them.
    """
    if 2 * digits > MOST_DIGITS.get(spins, MOST_DIGITS_BEYOND):
        raise DomainError(
            f"rates lie so far apart that {digits} digits do not tell which states are steady; "
            "raise the lowest temperature, or give it as exactly 0"
        )
    return 2 * digits


def check_limits(generator: SecularGenerator, limits: Iterable[tuple[Component, Array]]) -> None:
    """Check that as many elements are steady as there are steady states.

    Parameters
    ----------
    generator : SecularGenerator
    limits : iterable of pairs
        Its components with what :func:`limit_matrix` has of each, at least of those at zero.

    Raises
    ------
    MoreDigitsError
        More seem steady than are.
    """
    ranks = [
        round(float(np.trace(limit))) * (1 + component.mirrored)
        for component, limit in limits
        if component.at_zero
    ]
    check_steady(generator.levels, sum(ranks))


def final_elements(
    generator: SecularGenerator,
    component: Component,
    limit: Array,
    initial: npt.NDArray[np.complex128],
) -> npt.NDArray[np.complex128]:
    """What is left of a component's elements after all time.

    Parameters
    ----------
    generator : SecularGenerator
    component : Component
        One of its components.
    limit : array, shape (m, m)
        What :func:`limit_matrix` has of it.
    initial : array, shape (m,)

    Raises
    ------
    DomainError
        Something is left that turns for ever: there is no limit.
    """
    left = limit @ initial
    if not component.at_zero and np.abs(left).max(initial=0.0) > NEGLIGIBLE:
        a, b = component.pairs[int(np.argmax(np.abs(left)))]
        upper, lower = float(generator.energies[a]), float(generator.energies[b])
        raise DomainError(
            "times: inf has no limit from this state: a coherence between levels of energies "
            f"{upper:.6g} and {lower:.6g} never decays and turns at frequency "
            f"{abs(upper - lower):.6g}; give finite times, or a state without it"
        )
    return np.asarray(left)


def limit_matrix(generator: SecularGenerator, component: Component) -> Array:
    """The matrix that takes a component's elements to what is left of them after all time.

    Its rank is the number of independent steady elements.

    Raises
    ------
    MoreDigitsError
        More bits are needed.
    """
    with working_bits(generator.bits):
        if component.rates:
            return _absorbed(component.matrix)
        return as_doubles(
            projection(component.matrix, generator.bits, _steady(generator, component))
        )


def steady_elements(matrix: Any, bits: int) -> tuple[list[list[Any]], Array]:
    """Find a basis of what a generator leaves alone, and what all elements end in.

    Parameters
    ----------
    matrix : arb_mat, m x m
        The generator of a bounded semigroup.
    bits : int
        Binary digits it carries.

    Returns
    -------
    basis : list
        Of columns of balls.
    limit : array, shape (m, m)
        Takes elements to what is left of them after all time, those that turn left out.

    Raises
    ------
    MoreDigitsError
        More bits are needed.
    """
    basis = null_space(matrix, bits)
    return basis, as_doubles(projection(matrix, bits, basis))


def projection(matrix: Any, bits: int, right: list[list[Any]]) -> Any:
    """Project onto the null space of a matrix, along its range, from a basis of it."""
    if not right:
        return arb_mat(matrix.nrows(), matrix.nrows())
    left = null_space(matrix.transpose(), bits, len(right))
    R, L = arb_mat(right).transpose(), arb_mat(left)
    return R * (L * R).inv() * L


def kernel_dimension(generator: SecularGenerator, component: Component) -> int:
    """How many independent elements of a component stay for ever.

    Raises
    ------
    MoreDigitsError
        More bits are needed.
    """
    with working_bits(generator.bits):
        if component.rates:
            return len(closed_classes(_rates(component.matrix) != 0))
        return len(_steady(generator, component))


def _steady(generator: SecularGenerator, component: Component) -> list[list[Any]]:
    """A basis of the steady elements of a component that is no rate equation.

    Slow rates beside fast ones look like none, so their values are left out where more elements
    than must be seem steady.
    """
    bits = generator.bits
    must = int(any(a == b for a, b in component.pairs))
    # none found is not the same as none told
    with suppress(MoreDigitsError):
        found = null_space(component.matrix, bits)
        if len(found) == must:
            return found
    return null_space(component.matrix, bits, counted_dimension(generator, component))


def counted_dimension(generator: SecularGenerator, component: Component) -> int:
    """How many elements stay for ever where no rate is small beside another."""
    with working_bits(generator.bits):
        return len(null_space(generator.structure(component), generator.bits))


def null_space(matrix: Any, bits: int, count: int | None = None) -> list[list[Any]]:
    """A basis of the null space of a square matrix of balls, by complete pivoting.

    ``count`` says how many dimensions it has, if that is known.

    Raises
    ------
    MoreDigitsError
        A pivot neither surely zero nor surely not, or a space of another dimension.

    Examples
    --------
    >>> [[float(x) for x in v] for v in null_space(arb_mat([[-1, 1], [1, -1]]), 100)]
    [[1.0, 1.0]]
    """
    size = matrix.nrows()
    rows = [[x.mid() for x in row] for row in matrix.tolist()]
    columns = list(range(size))
    scale = max((abs(x) for row in rows for x in row), default=arb(0))
    surely_zero, surely_not = scale * arb(2) ** -(3 * bits // 4), scale * arb(2) ** -(bits // 2)
    rank = 0
    while rank < size:
        pivot, i, j = max(
            ((abs(rows[i][j]), i, j) for i in range(rank, size) for j in range(rank, size)),
            key=lambda entry: entry[0],
        )
        if pivot <= surely_zero:
            break
        if pivot < surely_not and count is None:
            raise MoreDigitsError
        rows[rank], rows[i] = rows[i], rows[rank]
        for row in rows:
            row[rank], row[j] = row[j], row[rank]
        columns[rank], columns[j] = columns[j], columns[rank]
        _clear(rows, rank)
        rank += 1
    if count is not None and size - rank != count:
        raise MoreDigitsError
    return [_null_vector(rows, columns, rank, free) for free in range(rank, size)]


def _clear(rows: list[list[Any]], rank: int) -> None:
    """Eliminate below the pivot."""
    top = rows[rank]
    for row in rows[rank + 1 :]:
        if row[rank] != 0:
            factor = (row[rank] / top[rank]).mid()
            for k in range(rank + 1, len(row)):
                if top[k] != 0:
                    row[k] = (row[k] - factor * top[k]).mid()
            row[rank] = arb(0)


def _null_vector(rows: list[list[Any]], columns: list[int], rank: int, free: int) -> list[Any]:
    found = [arb(0)] * len(columns)
    found[columns[free]] = arb(1)
    for i in range(rank - 1, -1, -1):
        total = rows[i][free]
        for k in range(i + 1, rank):
            total = total + rows[i][k] * found[columns[k]]
        found[columns[i]] = (-total / rows[i][i]).mid()
    return found


def _rates(matrix: Any) -> npt.NDArray[np.object_]:
    """The rates of a rate equation from row to column."""
    rates = object_array(matrix).T.copy()
    np.fill_diagonal(rates, arb(0))
    return rates


def _absorbed(matrix: Any) -> Array:
    """Where the probability of each state of a rate equation ends; one column a state."""
    rates = _rates(matrix)
    size = len(rates)
    classes = closed_classes(rates != 0)
    ends = np.full((size, size), arb(0), dtype=object)
    for members in classes:
        for target, weight in stationary(rates, members).items():
            ends[members, target] = weight
    inside = {state for members in classes for state in members}
    _transient(rates, ends, [state for state in range(size) if state not in inside])
    return midpoints(ends.T)


def _transient(
    rates: npt.NDArray[np.object_], ends: npt.NDArray[np.object_], transient: list[int]
) -> None:
    """Fill in the ends of states that are left for ever, from those they lead to."""
    chances: list[tuple[int, npt.NDArray[np.object_]]] = []
    for k in transient:
        chance = rates[k] / sum(rates[k].tolist(), arb(0))
        chances.append((k, chance))
        arriving, onward = np.flatnonzero(rates[:, k] != 0), np.flatnonzero(chance != 0)
        rates[np.ix_(arriving, onward)] += np.multiply.outer(rates[arriving, k], chance[onward])
        rates[:, k] = arb(0)
        # what came back to where it started did not leave
        np.fill_diagonal(rates, arb(0))
    for k, chance in reversed(chances):
        for j in np.flatnonzero(chance != 0):
            ends[k] += chance[j] * ends[j]
