r"""A basis of all steady states of a battery: genuine states, as many as the null space has
dimensions.

Where populations close among themselves the basis are the closed classes of levels.  Elsewhere,
with :math:`\bar\rho` the state that the mixture of all levels ends in and Y a general steady
element, the eigenprojections :math:`\Pi` of :math:`\bar\rho^{-1/2}Y\bar\rho^{-1/2}` give states
:math:`\bar\rho^{1/2}\Pi\bar\rho^{1/2}` on orthogonal supports; coherences that never decay between
these are added to :math:`\bar\rho` as far as it stays positive.
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
from symqb.numerics.steady_space import check_limits, limit_matrix, more_digits

Array = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

DIGITS = 60
LARGEST_SPINS = LARGEST_DENSITY
ROUNDING = 1e-13
SEPARATE = 1e-7
"""Eigenvalues of a general steady element closer than this belong to one projection."""


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
    return _general(mixed / np.trace(mixed).real, [*classes, *elements])


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


def _rank(matrices: Sequence[ComplexArray]) -> int:
    stacked = np.array([np.concatenate([m.real.ravel(), m.imag.ravel()]) for m in matrices])
    scaled = stacked / np.linalg.norm(stacked, axis=1, keepdims=True)
    return int((np.linalg.svd(scaled, compute_uv=False) > 1e-9).sum())


def _general(mean: ComplexArray, elements: Sequence[ComplexArray]) -> list[ComplexArray]:
    """A basis of states from the steady state of full support and all Hermitian elements."""
    wanted = len(elements)
    if wanted == 1:
        return [mean]
    values, vectors = np.linalg.eigh((mean + mean.conj().T) / 2)
    kept = values > ROUNDING
    root = vectors[:, kept] * np.sqrt(values[kept])
    inverse = vectors[:, kept] / np.sqrt(values[kept])
    weighted = [inverse.conj().T @ element @ inverse for element in elements]
    # square roots of primes are independent, so no projection is missed by accident
    general = sum(
        np.sqrt(prime) * part / np.abs(part).max()
        for prime, part in zip(_primes(len(weighted)), weighted, strict=True)
    )
    found: list[ComplexArray] = []
    numbers, states = np.linalg.eigh((general + general.conj().T) / 2)
    widths = np.diff(numbers)
    cuts = np.flatnonzero(widths > SEPARATE * max(1.0, np.abs(numbers).max()))
    # small populations are told apart by rounding; there are no more projections than elements
    cuts = np.sort(cuts[np.argsort(-widths[cuts])][: wanted - 1]) + 1
    for part in np.split(np.arange(len(numbers)), cuts):
        half = root @ states[:, part]
        found.append(_clean(half @ half.conj().T))
    for element, part in zip(elements, weighted, strict=True):
        if len(found) < wanted:
            reach = float(np.abs(np.linalg.eigvalsh((part + part.conj().T) / 2)).max())
            state = _clean(mean + element / reach)
            if _rank([*found, state]) > len(found):
                found.append(state)
    return found


def _clean(state: ComplexArray) -> ComplexArray:
    """Trace 1, and no rounding where there is zero."""
    scaled = state / np.trace(state).real
    scaled[np.abs(scaled) < ROUNDING] = 0.0
    return np.asarray(scaled)


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found
