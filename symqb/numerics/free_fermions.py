r"""Chains without anisotropy as free fermions: the basis in which their populations close.

With :math:`\Delta_i = 0` the Jordan-Wigner transformation turns the chain into hopping fermions,
:math:`H = \sum_{ij} h_{ij}c_i^\dagger c_j - \tfrac12\sum_i B_i` with :math:`h` tridiagonal (fields
on its diagonal, :math:`J_i` beside it).  Let :math:`\omega_k` and :math:`v_k` be its eigenvalues
and eigenvectors and :math:`\eta_k` the modes.  The first spin is linear in them, the last one times
the parity :math:`P` of the number of particles,

.. math:: \sigma_x^{(1)} = \sum_k v_{1k}(\eta_k + \eta_k^\dagger), \qquad
          \sigma_x^{(N)} = P\sum_k v_{Nk}(\eta_k - \eta_k^\dagger),

and :math:`\sigma_y` differs by phases.  So :math:`a\sigma^{(1)} + b\sigma^{(N)}` moves one mode at
a time, with squared element :math:`(a v_{1k} + s\,b\,v_{Nk})^2` between two Fock states, s = +1 or
-1 as the other modes hold an even or odd number of particles.  Where no two modes that one operator
moves have the same :math:`|\omega|`, every jump operator takes one Fock state to one, whatever
levels coincide: populations of Fock states see no coherence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from mpmath import MPContext

from symqb.models import BatteryModel
from symqb.numerics.block_rates import BathNumbers, Spectrum, bath_numbers
from symqb.numerics.chain_sectors import Convert

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DIGITS, MOST_DIGITS = 60, 1000
SPARE = 20
"""Digits of an amplitude that must be left when it is small."""
ROUNDING = 4 * 2.0**-53
"""Modes count as one if a relative change of the parameters by this could make them so."""
SUSPICIOUS = 1e-9
"""Distances between modes, over the largest energy, that are looked at more closely."""


@dataclass(frozen=True)
class EndModes:
    """Energies and amplitudes at both ends of the modes of one chain, as mpmath numbers."""

    context: Any
    energies: tuple[Any, ...]
    first: tuple[Any, ...]
    last: tuple[Any, ...]

    @classmethod
    def of(cls, context: Any, fields: list[Any], exchange: list[Any]) -> EndModes:
        """Solve each connected piece by itself, so that amplitudes beyond it are exactly zero."""
        cuts = [0, *(i + 1 for i, J in enumerate(exchange) if J == 0), len(fields)]
        energies: list[Any] = []
        first: list[Any] = []
        last: list[Any] = []
        zero = context.mpf(0)
        for start, stop in pairwise(cuts):
            h = context.zeros(stop - start)
            for i in range(start, stop):
                h[i - start, i - start] = fields[i]
                if i + 1 < stop:
                    h[i - start, i + 1 - start] = h[i + 1 - start, i - start] = exchange[i]
            values, vectors = context.eigsy(h)
            size = stop - start
            energies += [values[k] for k in range(size)]
            first += [vectors[0, k] if start == 0 else zero for k in range(size)]
            last += [vectors[size - 1, k] if stop == len(fields) else zero for k in range(size)]
        return cls(context, tuple(energies), tuple(first), tuple(last))

    @property
    def frequencies(self) -> Array:
        """The energies as floats: the frequencies at which the modes are moved."""
        return np.array([float(energy) for energy in self.energies])

    @property
    def smallest_amplitude(self) -> Any:
        """The smallest amplitude at an end that is not zero."""
        return min(abs(v) for v in (*self.first, *self.last) if v)


class ChainModes:
    """The one-particle matrix of a chain at a point, at any precision and beside the point."""

    def __init__(self, model: BatteryModel, point: Mapping[str, float]) -> None:
        self._chain, self._point = model.chain, point

    def value(self, context: Any, value: Any, shift: Mapping[str, Any]) -> Any:
        """A number, name or expression of the model as an mpmath number, inputs taken exactly."""
        if isinstance(value, str):
            return context.convert(self._point[value]) * (1 + shift.get(value, 0))
        if hasattr(value, "free_symbols"):
            from sympy import Float

            digits = context.dps + SPARE
            names = [str(s) for s in value.free_symbols]
            inputs = {n: Float(str(self.value(context, n, shift)), digits) for n in names}
            return context.convert(str(value.evalf(digits, subs=inputs)))
        if hasattr(value, "numerator") and not isinstance(value, int | float):
            return context.mpf(int(value.numerator)) / int(value.denominator)
        return context.convert(value)

    def modes(self, digits: int, shift: Mapping[str, Any] | None = None) -> EndModes:
        """The modes, parameters named in ``shift`` changed by that relative amount."""
        context = MPContext()
        context.dps = digits
        beside = shift or {}
        fields = [self.value(context, B, beside) for B in self._chain.fields]
        exchange = [self.value(context, J, beside) for J in self._chain.J]
        return EndModes.of(context, fields, exchange)

    def accurate_modes(self) -> EndModes | None:
        """The modes with digits enough for their smallest amplitude, or None."""
        digits = DIGITS
        while digits <= MOST_DIGITS:
            modes = self.modes(digits)
            if modes.smallest_amplitude > modes.context.mpf(10) ** (SPARE - digits):
                return modes
            digits *= 2
        return None

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that fields and bonds depend on."""
        names: set[str] = set()
        for value in (*self._chain.fields, *self._chain.J):
            if isinstance(value, str):
                names.add(value)
            else:
                names.update(str(s) for s in getattr(value, "free_symbols", ()))
        return tuple(sorted(names))


@dataclass(frozen=True)
class _Drive:
    """One coupling operator ``a sigma(1) + b sigma(N)`` of a bath."""

    bath: BathNumbers
    first: float
    last: float

    def weights(self, modes: EndModes, sign: int) -> Array:
        """Squared elements of every mode, the others' parity being ``sign``; exact zeros kept."""
        found = []
        for left, right in zip(modes.first, modes.last, strict=True):
            a, b = left * self.first, sign * right * self.last
            total = a + b
            cancelled = abs(total) <= (abs(a) + abs(b)) * modes.context.eps * 10**SPARE
            found.append(0.0 if cancelled else float(total * total))
        return np.array(found)

    def moves(self, modes: EndModes) -> npt.NDArray[np.bool_]:
        """Which modes the operator moves in one parity or the other."""
        return (self.weights(modes, 1) > 0) | (self.weights(modes, -1) > 0)


def _drives(model: BatteryModel, baths: tuple[BathNumbers, ...]) -> list[_Drive] | None:
    """The operators of all baths; None if one acts beside the ends."""
    spins, found = model.chain.spins, []
    for bath in baths:
        ends = {site: weight for site, weight in bath.sites if weight}
        if not set(ends) <= {1, spins}:
            return None
        a, b = ends.get(1, 0.0), ends.get(spins, 0.0) if spins > 1 else 0.0
        together = model.dissipation == "collective"
        pairs = [(a, b)] if together else [(a, 0.0), (0.0, b)]
        found += [_Drive(bath, *pair) for pair in pairs if any(pair)]
    return found


class Distances:
    """Which differences and sums of mode energies vanish, to the rounding of the inputs."""

    def __init__(self, chain: ChainModes, modes: EndModes) -> None:
        self._chain, self._modes = chain, modes
        self._scale = max(map(abs, modes.energies)) or modes.context.mpf(1)

    def vanishes(self, *terms: tuple[int, int]) -> bool:
        """Whether a sum of sign times mode energy is zero, terms being (mode, sign)."""
        total = abs(sum(sign * self._modes.energies[k] for k, sign in terms))
        if total > SUSPICIOUS * self._scale:
            return False
        # numbers in the model alone cannot be off: there a zero shows all digits as zeros
        noise = self._scale * self._modes.context.eps * 10**SPARE
        return bool(total <= max(ROUNDING * self._moved(terms), noise))

    def _moved(self, terms: Iterable[tuple[int, int]]) -> Any:
        """What a relative change of the inputs moves such a sum by, per unit of change."""
        return sum(abs(sum(sign * slope[k] for k, sign in terms)) for slope in self.slopes.values())

    def with_zeros(self) -> EndModes:
        """The modes, an energy that vanishes by the rule taken as exactly 0."""
        energies = self._modes.energies
        kept = (0 * E if self.vanishes((k, 1)) else E for k, E in enumerate(energies))
        return replace(self._modes, energies=tuple(kept))

    def groups(self, fock: _Fock) -> list[list[int]]:
        """Places of Fock states whose energies coincide, sectors one after the other."""
        masks = np.concatenate(fock.masks)
        totals = np.concatenate(fock.totals)
        order = sorted(range(len(totals)), key=lambda place: totals[place])
        most = (
            2
            * sum(max(map(abs, slope)) for slope in self.slopes.values())
            * len(self._modes.energies)
        )
        reach = ROUNDING * most / fock.unit
        pairs: list[tuple[int, int]] = []
        for a, b in pairwise(order):
            gap = totals[b] - totals[a]
            if gap <= reach and (gap == 0 or self._same(gap * fock.unit, masks[a], masks[b])):
                pairs.append((a, b))
        return _runs(pairs)

    def _same(self, gap: Any, first: int, second: int) -> bool:
        modes = range(len(self._modes.energies))
        terms = [(k, int(second >> k & 1) - int(first >> k & 1)) for k in modes]
        return bool(gap <= ROUNDING * self._moved(terms))

    @cached_property
    def slopes(self) -> dict[str, tuple[Any, ...]]:
        r""":math:`x\,\partial\omega_k/\partial x` of every mode, by parameter x."""
        return {name: self._slope(name) for name in self._chain.parameters}

    def _slope(self, name: str) -> tuple[Any, ...]:
        """``x d omega_k / dx`` of every mode, from a step far below any difference of interest."""
        context = self._modes.context
        step = context.mpf(10) ** (-context.dps // 2)
        beside = self._chain.modes(context.dps, {name: step}).energies
        pairs = zip(beside, self._modes.energies, strict=True)
        return tuple((there - here) / step for there, here in pairs)


def _runs(pairs: list[tuple[int, int]]) -> list[list[int]]:
    """Groups from pairs of neighbours in order: a pair goes on where the one before ended."""
    found: list[list[int]] = []
    for a, b in pairs:
        if found and found[-1][-1] == a:
            found[-1].append(b)
        else:
            found.append([a, b])
    return found


def _closes(drives: list[_Drive], modes: EndModes, distances: Distances) -> bool:
    """Whether no operator moves two modes of the same frequency, up or down, at once."""
    for drive in drives:
        moved = np.flatnonzero(drive.moves(modes))
        for j, k in combinations(map(int, moved), 2):
            if distances.vanishes((j, 1), (k, -1)) or distances.vanishes((j, 1), (k, 1)):
                return False
    return True


def _decays(drives: list[_Drive], modes: EndModes, distances: Distances) -> bool:
    r"""Whether coherences between Fock states of one energy all die out, a sufficient condition.

    Such a coherence keeps the modes A that are filled on its left alone and B on its right alone.
    Each of them only ever takes from it, at half the rate that fills or empties it, and all others
    pass it on with amplitudes no larger than their loss: with every mode moved in both parities
    the loss exceeds the gain.  A mode at zero frequency gives a coherence back; there another mode
    must lose, one that is moved at both ends: its amplitudes in the two parities differ by more
    than a sign.
    """
    for sign in (1,) if len(modes.energies) == 1 else (1, -1):
        moved = np.zeros(len(modes.energies))
        for drive in drives:
            moved += drive.weights(modes, sign) * drive.bath.over_ohmic(modes.frequencies)
        if not moved.all():
            return False
    zeros = [k for k in range(len(modes.energies)) if distances.vanishes((k, 1))]
    if not zeros:
        return True
    if len(zeros) > 1 or any(drive.bath.temperature == 0 for drive in drives):
        return False
    even = np.any([[bool(drive.first * v) for v in modes.first] for drive in drives], axis=0)
    odd = np.any([[bool(drive.last * v) for v in modes.last] for drive in drives], axis=0)
    return bool(np.delete(even & odd, zeros).any())


@dataclass(frozen=True)
class _Fock:
    """The Fock states by number of particles, as masks over the modes, with exact energies.

    ``totals`` are the energies as integers in a ``unit`` far below rounding; levels that coincide
    identically have one and the same.
    """

    masks: tuple[Integers, ...]
    parities: tuple[Integers, ...]
    totals: tuple[npt.NDArray[np.object_], ...]
    unit: Any

    @classmethod
    def of(cls, modes: EndModes, empty: Any, symmetric: bool) -> _Fock:
        """Sort as :func:`symqb.numerics.chain_sectors.solve_sector` does: parity, then energy."""
        context, count = modes.context, len(modes.energies)
        scale = max(map(abs, (*modes.energies, empty))) or context.mpf(1)
        unit = scale * context.eps * 10 ** (SPARE // 2)
        totals = np.array([int(context.nint(empty / unit))], dtype=object)
        numbers, parity = np.zeros(1, np.int64), np.ones(1, np.int64)
        for energy, first, last in zip(modes.energies, modes.first, modes.last, strict=True):
            step = int(context.nint(energy / unit))
            totals = np.concatenate([totals, totals + step])
            parity = np.concatenate([parity, parity * (1 if first * last > 0 else -1)])
            numbers = np.concatenate([numbers, numbers + 1])
        # sums of a few roundings each: drop them
        totals = np.array([(t + 2**9) >> 10 for t in totals], dtype=object)
        parity = parity * (1 - 2 * (numbers * (numbers - 1) // 2 % 2))
        masks, parities, sorted_totals = [], [], []
        for number in range(count + 1):
            states = np.flatnonzero(numbers == number)
            odd = parity[states] if symmetric else np.zeros(len(states), np.int64)
            order = sorted(range(len(states)), key=lambda i: (odd[i], totals[states[i]]))
            masks.append(states[order].astype(np.int64))
            parities.append(odd[order])
            sorted_totals.append(totals[states[order]])
        return cls(tuple(masks), tuple(parities), tuple(sorted_totals), unit * 2**10)

    def energies(self) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """Energies of every sector as floats, and what rounding took from them."""
        energies, rests = [], []
        for totals in self.totals:
            exact = [total * self.unit for total in totals]
            energies.append(np.array([float(E) for E in exact]))
            rests.append(
                np.array([float(E - F) for E, F in zip(exact, energies[-1].tolist(), strict=True)])
            )
        return tuple(energies), tuple(rests)

    def elements(self, number: int, weights: Array) -> Array:
        """The weight of the one mode filled, upper sector (rows) by lower sector (columns)."""
        lower, upper = self.masks[number], self.masks[number + 1]
        place = np.empty(2 ** len(weights), dtype=np.int64)
        place[upper] = np.arange(len(upper))
        found = np.zeros((len(upper), len(lower)))
        for mode, weight in enumerate(weights):
            empty = np.flatnonzero(~(lower >> mode) & 1)
            found[place[lower[empty] | (1 << mode)], empty] = weight
        return found


@dataclass(frozen=True)
class FockLevels:
    """A spectrum in the Fock basis, with the levels that coincide.

    Attributes
    ----------
    spectrum : Spectrum
        Sectors and order of levels as from ``solve_spectrum``.
    groups : list of lists of int
        Places, sectors one after the other, of the levels that coincide by the one rule; those of
        one level are left out.  No coherence lives in them: they only order labels.
    """

    spectrum: Spectrum
    groups: list[list[int]]


def fock_levels(model: BatteryModel, point: Mapping[str, float]) -> FockLevels | None:
    """Levels of a chain without anisotropy, and what its baths drive, in the basis of its modes.

    In this basis populations see no coherence, also where levels coincide, and the spectrum goes
    through the same elimination, currents and outputs as that of
    :func:`symqb.numerics.block_rates.solve_spectrum`, whose order of levels it has.  Where levels
    coincide, its populations are the eigenvalues of the density matrix, in no special order.

    Use it first, wherever :func:`symqb.numerics.block_rates.solve_spectrum` is used for
    populations.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    point : mapping
        Parameter name to float.

    Returns
    -------
    FockLevels or None
        None where it does not apply: a bond with anisotropy or XYZ part, a bath beside the ends,
        two modes of one frequency (:math:`\\omega_j = \\pm\\omega_k`) moved by one operator, or
        coherences that might not decay.

    Raises
    ------
    DomainError
        A spectral density that is not finite and nonnegative at a frequency of the chain.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=5.0, J=1.0, Delta=0.0, epsilon=0.5, T_L=2.0, T_R=1.0, kappa=1.0)
    >>> fock_levels(xxz_model(4), point).groups
    [[8, 9]]
    """
    convert, chain = Convert(point), model.chain
    # with XYZ bonds there are two sectors elsewhere, also where eta happens to be 0
    if not chain.conserves_magnetization or any(convert(value) for value in chain.Delta):
        return None
    baths = bath_numbers(model, convert)
    drives = _drives(model, baths)
    source = ChainModes(model, point)
    modes = source.accurate_modes()
    if not drives or modes is None:
        return None
    distances = Distances(source, modes)
    modes = distances.with_zeros()
    if not _closes(drives, modes, distances) or not _decays(drives, modes, distances):
        return None
    empty = -sum(source.value(modes.context, B, {}) for B in chain.fields) / 2
    fock = _Fock.of(modes, empty, chain.reflection_symmetric)
    energies, rests = fock.energies()
    squared = tuple(_squared(fock, drives, baths, modes, n) for n in range(chain.spins))
    spectrum = Spectrum(energies, fock.parities, squared, baths, float(empty), rests, None, True)
    return FockLevels(spectrum, distances.groups(fock))


def _squared(
    fock: _Fock,
    drives: list[_Drive],
    baths: tuple[BathNumbers, ...],
    modes: EndModes,
    number: int,
) -> dict[str, Array]:
    """Squared elements between ``number`` and ``number + 1`` particles, bath by bath."""
    sign = -1 if number % 2 else 1
    found: dict[str, Array] = {}
    for bath in baths:
        weights = np.zeros(len(modes.energies))
        for drive in drives:
            if drive.bath.name == bath.name:
                weights += drive.weights(modes, sign)
        found[bath.name] = fock.elements(number, weights * bath.over_ohmic(modes.frequencies))
    return found
