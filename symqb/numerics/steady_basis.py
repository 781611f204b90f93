"""A basis of all steady states of a battery: genuine states, as many as the null space has
dimensions.

Where populations close among themselves the basis are the closed classes of levels, elsewhere what
:mod:`symqb.numerics.state_basis` makes of the elements that never decay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel
from symqb.models.errors import located
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.chain import steady_states as steady_classes
from symqb.numerics.closed_basis import closed_rotation
from symqb.numerics.limits import LARGEST_DENSITY, check_chain
from symqb.numerics.secular import Component, Pair, SecularGenerator, secular_generator
from symqb.numerics.state_basis import basis_of_states
from symqb.numerics.steady_space import check_limits, limit_matrix, more_digits

Array = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

DIGITS = 60
LARGEST_SPINS = LARGEST_DENSITY


def steady_states(
    model: BatteryModel, point: Mapping[str, Any], *, density: bool = False
) -> list[Any]:
    """A basis of the steady states, as many as there are independent ones.

    Every steady state is a combination of them; which one is reached depends on the initial state
    and is what ``evolve`` gives at ``inf``.  Coherences that never decay count.

    Parameters
    ----------
    model : BatteryModel
        The battery.  Beyond seven spins populations alone are looked at.
    point : mapping
        Parameter name to float.
    density : bool
        Give density matrices over the levels instead of populations.

    Returns
    -------
    list of array
        Populations, shape (d,), or density matrices, shape (d, d), levels by label as in
        ``evaluate``; one entry where the state is unique.  Where a state has coherences between
        coinciding levels, their populations are the eigenvalues, ascending.

    Raises
    ------
    DegenerateLevelsError
        Beyond seven spins: populations alone are no steady state.

    Examples
    --------
    >>> from symqb.models import Bath, Chain
    >>> model = BatteryModel(Chain(2), (Bath("L", "T", {1: 1, 2: 1}),))
    >>> point = dict(B0=2.0, J=1.0, Delta=0.5, T=1.0, kappa=1.0)
    >>> [p.round(3).tolist() for p in steady_states(model, point)]
    [[0.909, 0.017, 0.0, 0.075], [0.0, 0.0, 1.0, 0.0]]
    """
    check_chain(model)
    if model.chain.spins > LARGEST_SPINS and not density:
        return list(steady_classes(model, point))
    with located(point):
        generator, found = _generator_and_basis(model, point)
    if not density:
        return [_populations(state, generator.levels.groups) for state in found]
    rotation = closed_rotation(model, point, generator.levels)
    return [rotation.T @ state @ rotation for state in found]


def _generator_and_basis(
    model: BatteryModel, point: Mapping[str, Any]
) -> tuple[SecularGenerator, list[ComplexArray]]:
    """The generator, to as many digits as its steady states take, and a basis of them."""
    digits = DIGITS
    while True:
        generator = secular_generator(model, point, digits, steady_only=True)
        try:
            return generator, _basis(generator)
        except MoreDigitsError:
            digits = more_digits(digits, model.chain.spins)


def _populations(state: ComplexArray, groups: Sequence[Sequence[int]]) -> Array:
    found = np.real(np.diag(state)).copy()
    for group in groups:
        part = state[np.ix_(group, group)]
        if (part - np.diag(np.diag(part))).any():
            found[list(group)] = np.maximum(np.linalg.eigvalsh(part), 0.0)
    return found


def _basis(generator: SecularGenerator) -> list[ComplexArray]:
    size = len(generator.energies)
    limits = [(c, limit_matrix(generator, c)) for c in generator.components]
    check_limits(generator, limits)
    classes: list[ComplexArray] = []
    elements: list[ComplexArray] = []
    mixed = np.zeros((size, size), dtype=np.complex128)
    for component, limit in limits:
        if component.rates:
            for column in _classes(limit):
                state = np.zeros((size, size), dtype=np.complex128)
                levels = [a for a, _ in component.pairs]
                state[levels, levels] = column
                classes.append(state)
        else:
            elements += _hermitian(limit, component, size)
            start = np.array([float(a == b) / size for a, b in component.pairs])
            _put(mixed, limit @ start, component.pairs)
    classes.sort(key=lambda state: int(np.argmax(np.diag(state).real > 0)))
    if not elements:
        return classes
    # classes that a coherence joins cannot be told from it
    mixed += sum((state / len(classes) for state in classes), np.zeros_like(mixed))
    return basis_of_states(mixed / np.trace(mixed).real, [*classes, *elements])


def _put(matrix: ComplexArray, column: npt.NDArray[Any], pairs: Sequence[Pair]) -> None:
    for (a, b), value in zip(pairs, column, strict=True):
        matrix[a, b] += value


def _classes(limit: Array) -> list[Array]:
    """What is left after all time in each closed class of a rate equation."""
    found: dict[tuple[bool, ...], Array] = {}
    for k in range(len(limit)):
        if limit[k, k] > 0:
            found.setdefault(tuple((limit[:, k] > 0).tolist()), limit[:, k])
    return list(found.values())


def _hermitian(limit: Array, component: Component, size: int) -> list[ComplexArray]:
    """A basis of the Hermitian elements that stay, each as a matrix over the levels."""
    if component.mirrored:
        wholes = [_whole(column, component.pairs, size) for column in _range(limit)]
        return [
            factor * whole + np.conj(factor) * whole.T for whole in wholes for factor in (1, 1j)
        ]
    # real and imaginary parts are counted each for itself: rounding is none of them
    place = {pair: k for k, pair in enumerate(component.pairs)}
    turned = [place[b, a] for a, b in component.pairs]
    return [
        factor * _whole(column, component.pairs, size)
        for factor, half in ((1, limit + limit[turned]), (1j, limit - limit[turned]))
        for column in _range(half / 2)
    ]


def _range(projection: Array) -> list[Array]:
    """Columns that span the range of a projection."""
    left, _, _ = np.linalg.svd(projection)
    return list(left[:, : round(float(np.trace(projection)))].T)


def _whole(column: Array, pairs: Sequence[Pair], size: int) -> ComplexArray:
    whole = np.zeros((size, size), dtype=np.complex128)
    _put(whole, column, pairs)
    return whole
