"""Rates of all jumps of a system's baths at a point, to some thirty digits, with their doubts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
from flint import arb

from symqb.models.baths import bath_operators
from symqb.numerics.dense_levels import DenseLevels
from symqb.numerics.mp_balls import to_arb
from symqb.numerics.system_numbers import BathNumbers
from symqb.numerics.two_floats import Pair, add_pairs, multiply_pairs
from symqb.program.contexts import working_bits

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BITS, DIGITS = 160, 40
RESOLVED = 4.0
"""How far above its error an element must be to be told from zero."""


@dataclass(frozen=True, eq=False)
class Channel:
    """All jumps that one operator of a bath drives; of a lead there or back.

    Attributes
    ----------
    bath : BathNumbers
    taken : int
        How many particles a lead takes in a jump.
    rates : pair of arrays, shape (n, n)
        Rows: to which level; columns: from which.
    least, more : array, shape (n, n)
        What a rate is at least, and what may come on top.
    told : array of bool, shape (n, n)
        Which elements are told from zero.
    """

    bath: BathNumbers
    taken: int
    rates: Pair
    least: Array
    more: Array
    told: Bools

    def particles(self, frequencies: Pair) -> Any:
        """How many particles the bath takes in every jump."""
        return self.taken if self.bath.bath.statistics == "fermion" else np.sign(frequencies[0])

    def heats(self, frequencies: Pair) -> Pair:
        """The heat that the bath takes in every jump."""
        mu = _split(self.bath.mu)
        number = -self.particles(frequencies) * np.ones_like(frequencies[0])
        return add_pairs(frequencies, (number * mu[0], number * mu[1]))


def channels(levels: DenseLevels) -> Iterator[Channel]:
    """Give what every operator of every bath drives.

    Raises
    ------
    DomainError
        A value outside its domain.
    FloatingPointError
        Rates that span more than doubles hold.
    """
    with working_bits(BITS), mpmath.workdps(DIGITS):
        for model in levels.formulas.system.baths:
            bath = BathNumbers.of(model, levels)
            operators = [levels.between(operator) for operator in bath_operators(model)]
            forms = [(elements, errors, 1) for elements, errors in operators]
            if model.statistics == "fermion":
                forms += [((e[0].conj().T, e[1].conj().T), errors.T, -1) for e, errors in operators]
            for elements, errors, taken in forms:
                yield _channel(levels, bath, elements, errors, taken)


def _channel(
    levels: DenseLevels, bath: BathNumbers, elements: Pair, errors: Array, taken: int
) -> Channel:
    size = np.abs(elements[0])
    told = size > RESOLVED * errors
    if told.diagonal().any():
        # dephasing moves no population, but must be finite
        bath.factor(mpmath.mpf(0), taken)
    possible = told | (errors > 0)
    np.fill_diagonal(possible, val=False)
    factors = _Factors(levels, bath, taken).at(possible)
    squared = _squared(elements)
    rates = multiply_pairs(factors, (squared[0] * told, squared[1] * told))
    # of an element that is not told all is doubt; a rounding of an energy counts by its share
    with np.errstate(all="ignore"):
        share = np.where(told, 2 * errors / size, 1.0)
        cold = 1 / float(bath.temperature) if bath.temperature else 0.0
        moved = levels.noise * (8 / np.abs(levels.gaps[0]) + 2 * cold)
    moved[levels.gaps[0] == 0] = 0.0
    doubt = np.minimum(share + moved, 1.0)
    least = np.where(told, rates[0] * (1 - doubt), 0.0)
    unseen = factors[0] * np.square(size + errors) * (1 + moved)
    more = np.where(told, 3 * doubt * rates[0], unseen)
    return Channel(bath, taken, rates, least, more, told)


def _squared(elements: Pair) -> Pair:
    """The squared moduli of elements."""
    found = multiply_pairs(*2 * ((elements[0].real, elements[1].real),))
    if np.iscomplexobj(elements[0]):
        imaginary = elements[0].imag, elements[1].imag
        found = add_pairs(found, multiply_pairs(imaginary, imaginary))
    return found


@dataclass(frozen=True, eq=False)
class _Factors:
    """Rates over squared elements."""

    levels: DenseLevels
    bath: BathNumbers
    taken: int

    def at(self, wanted: Bools) -> Pair:
        """Rates over squared elements of the jumps wanted, zero elsewhere."""
        gaps, (most, rest) = self.levels.gaps, _split(self.bath.kappa)
        kappa = np.asarray(most), np.asarray(rest)
        if self.bath.bath.statistics == "fermion":
            places = np.nonzero(wanted)
            energies = gaps[0][places] * self.taken, gaps[1][places] * self.taken
            found = self._evaluate(places, energies, self._filled)
        else:
            upper = np.triu(wanted | wanted.T)
            places = np.nonzero(upper)
            signs = np.where(gaps[0][places] < 0, -1.0, 1.0)
            sizes = gaps[0][places] * signs, gaps[1][places] * signs
            high, low = self._evaluate(places, sizes, self._thermal)
            losing = gaps[0] > 0
            found = add_pairs((high + high.T, low + low.T), (gaps[0] * losing, gaps[1] * losing))
            found = multiply_pairs(found, self._densities(places, sizes))
        return multiply_pairs((found[0] * wanted, found[1] * wanted), kappa)

    def _densities(self, places: Any, sizes: Pair) -> Pair:
        """The spectral density over the Ohmic one; exactly 1 where there is none."""
        shape = self.levels.gaps[0].shape
        if self.bath.bath.spectrum is None:
            return np.ones(shape), np.zeros(shape)
        found = self._evaluate(places, sizes, self.bath.density)
        return found[0] + found[0].T, found[1] + found[1].T

    def _evaluate(self, places: Any, values: Pair, function: Callable[[Any], Any]) -> Pair:
        """A function of energies as a matrix, zero elsewhere."""
        shape = self.levels.gaps[0].shape
        found = np.zeros(shape), np.zeros(shape)
        numbers = [
            _split(function(mpmath.mpf(x) + mpmath.mpf(y)))
            for x, y in zip(values[0].tolist(), values[1].tolist(), strict=True)
        ]
        for part, column in zip(found, np.array(numbers).reshape(-1, 2).T, strict=True):
            part[places] = column
        return found

    def _thermal(self, size: Any) -> Any:
        """A frequency times the mean occupation at it."""
        T = self.bath.temperature
        if self.bath.bath.occupation is not None or self.bath.mu != 0 or T == 0 or size == 0:
            return self.bath.thermal(size)
        energy = to_arb(size)
        return energy / (energy / to_arb(T)).expm1()

    def _filled(self, energy: Any) -> Any:
        """What a lead has of a rate at the energy of a particle, its density included."""
        factor = self.bath.filled(self.taken * (energy - self.bath.mu))
        return factor if self.bath.bath.spectrum is None else factor * self.bath.density(energy)


def _split(value: Any) -> tuple[float, float]:
    """A number or a ball as two doubles.

    Raises
    ------
    FloatingPointError
        What is not zero becomes zero.
    """
    middle = value.mid() if isinstance(value, arb) else value
    high = float(middle)
    if high == 0 and middle != 0:
        raise FloatingPointError
    return high, float((value - high).mid() if isinstance(value, arb) else value - high)
