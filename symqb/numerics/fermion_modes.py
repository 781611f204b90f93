r"""Modes of a chain without anisotropy: their frequencies, and their amplitudes at both ends.

The uniform chain has them in closed form (:mod:`symqb.derive.free_fermions`).  Any other has those
of its one-particle matrix, which is tridiagonal: frequencies by LAPACK, refined by Rayleigh
quotients whose residuals are summed without loss; amplitudes by eliminating from both ends towards
the site where the mode is large, so that small amplitudes keep their digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import mpmath
import numpy as np
import numpy.typing as npt

from symqb.models import Bath, BatteryModel, DegenerateLevelsError, DomainError
from symqb.numerics.degeneracy import TOLERANCE
from symqb.numerics.exact_inputs import ExactInputs
from symqb.numerics.free_fermions import ChainModes, Distances
from symqb.numerics.two_floats import Pair, add_pairs, multiply_pairs, two_product, two_sum

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SUSPICIOUS = 1e-9
"""Differences of |frequency|, over the largest one, that are looked at more closely."""
NOTHING = 2.0**-95
"""What two doubles leave of a difference that is zero, over the largest energy."""
LARGEST_UNEVEN = 3000
"""Spins up to which the matrices of a chain that is not uniform are held."""
LARGEST_CAREFUL = 40
"""Spins up to which modes that doubles do not tell apart are solved for with many digits."""
ROUNDS = 3
CLOSEST = 1e-12
"""Distances of modes, over the largest frequency, below which doubles may mix them up."""

Slopes = dict[str, Array]


@dataclass(frozen=True)
class Modes:
    """The modes of a chain at one point.

    Attributes
    ----------
    frequencies : pair of arrays, each of shape (modes,)
        As sums of two doubles.
    first, last : array, shape (modes,)
        Amplitudes at the first and at the last site; of no definite sign.
    scale : float
        The size of the largest terms that frequencies are made of.
    slopes : callable
        For each parameter x given as a float :math:`x\\,\\partial\\omega_k/\\partial x`.
    """

    frequencies: Pair
    first: Array
    last: Array
    scale: float
    slopes: Callable[[], Slopes]

    def without_zeros(self) -> tuple[Modes, Bools]:
        """The modes with those that vanish by the one rule at exactly 0, and which these are."""
        high, low = self.frequencies
        zeros = np.abs(high) <= SUSPICIOUS * self.scale
        if zeros.any():
            zeros &= np.abs(high + low) <= self._reach(lambda slope: slope)
        pair = np.where(zeros, 0.0, high), np.where(zeros, 0.0, low)
        return replace(self, frequencies=pair), zeros

    def check_apart(self) -> None:
        r"""Refuse two modes of one :math:`|\omega|`, by the rule of :mod:`.degeneracy`.

        Raises
        ------
        DegenerateLevelsError
            There are such.
        """
        sizes = np.abs(self.frequencies[0])
        order = np.argsort(sizes, kind="stable")
        for step in range(1, len(order)):
            near = sizes[order[step:]] - sizes[order[:-step]] <= SUSPICIOUS * self.scale
            if not near.any():
                return
            self._check_pairs(order[:-step][near], order[step:][near])

    def _check_pairs(self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> None:
        high, low = self.frequencies
        alike = np.where((high[one] < 0) == (high[other] < 0), -1.0, 1.0)
        gap, rest = add_pairs((high[one], low[one]), (alike * high[other], alike * low[other]))
        reach = self._reach(lambda slope: slope[one] + alike * slope[other])
        same = np.abs(gap + rest) <= reach
        if same.any():
            j, k = int(one[same][0]) + 1, int(other[same][0]) + 1
            sign = "" if alike[same][0] < 0 else "-"
            raise DegenerateLevelsError(
                f"modes {j} and {k} have one frequency: omega_{j} = {sign}omega_{k} = "
                f"{high[one][same][0]:.6g}, so that populations of modes couple to coherences; "
                "move off the point, or take the chain as a Battery if it is short"
            )

    def _reach(self, combine: Callable[[Array], Array]) -> Array | float:
        """Up to where a combination of frequencies counts as zero."""
        moved: Array | float = 0.0
        for slope in self.slopes().values():
            moved = moved + np.abs(combine(slope))
        return np.maximum(TOLERANCE * moved, NOTHING * self.scale)


@cache
def uniform_circle(spins: int) -> tuple[Pair, Array]:
    """cos(pi k/(N+1)) as pairs, and sqrt(2/(N+1)) sin(pi k/(N+1)), for k = 1 ... N."""
    context = mpmath.MPContext()
    context.dps = 40
    angles = [context.mpf(k) / (spins + 1) for k in range(1, spins + 1)]
    cosines = [context.cospi(angle) for angle in angles]
    high = np.array([float(c) for c in cosines])
    low = np.array([float(c - h) for c, h in zip(cosines, high.tolist(), strict=True)])
    norm = context.sqrt(context.mpf(2) / (spins + 1))
    return (high, low), np.array([float(norm * context.sinpi(angle)) for angle in angles])


def uniform_frequencies(spins: int, field: Pair, J: Pair) -> Pair:
    """:math:`B_0 + 2J\\cos(\\pi k/(N+1))` with the modes along a further axis, as pairs."""
    high, low = (np.atleast_1d(part)[..., None] for part in J)
    hopping = multiply_pairs((2 * high, 2 * low), uniform_circle(spins)[0])
    high, low = (np.atleast_1d(part)[..., None] for part in field)
    found = add_pairs((high, low), hopping)
    return found if np.ndim(field[0]) else (found[0][0], found[1][0])


def surely_apart(frequencies: Array, scale: Array) -> Bools:
    """Whether, point by point, no frequency comes near zero and no two sizes near each other."""
    sizes = np.sort(np.abs(frequencies), axis=-1)
    least = np.minimum(sizes[..., 0], np.diff(sizes, axis=-1).min(axis=-1))
    return np.asarray(least > SUSPICIOUS * scale)


def uniform_modes(model: BatteryModel, point: Mapping[str, float]) -> Modes:
    """The modes of a uniform chain: :math:`B_0 + 2J\\cos(\\pi k/(N+1))`, k = 1 ... N.

    Raises
    ------
    DomainError
        J = 0: the spins are free, and no bath moves those between the ends.
    """
    chain, spins = model.chain, model.chain.spins
    exact = ExactInputs(point, model)
    (field, rest), (J, J_rest) = exact.wide(chain.fields[0]), exact.wide(chain.J[0])
    if J == 0:
        raise _cut(1)
    cosine, amplitude = uniform_circle(spins)[0][0], uniform_circle(spins)[1]
    found = uniform_frequencies(
        spins, (np.array(field), np.array(rest)), (np.array(J), np.array(J_rest))
    )

    def slopes() -> Slopes:
        short = replace(
            model,
            chain=replace(chain, spins=2, J=chain.J[:1], Delta=0, B0=chain.fields[:2], eta=0),
            baths=_at_first(model),
        )
        moved = ExactInputs(point, short).rounded
        return {
            name: at.get(("B", 0), 0.0) + 2 * at.get(("J", 0), 0.0) * cosine
            for name, at in moved.items()
        }

    scale = abs(field) + 2 * abs(J)
    return Modes(found, amplitude, amplitude, scale, slopes)


def _at_first(model: BatteryModel) -> tuple[Bath, ...]:
    return tuple(replace(bath, sites={1: 1}) for bath in model.baths)


def _cut(bond: int) -> DomainError:
    return DomainError(
        f"bond {bond} is 0 here and cuts the chain, so that no bath may move its middle; give "
        "every J != 0, or take the pieces for themselves"
    )


@dataclass(frozen=True)
class _Tridiagonal:
    """The one-particle matrix: fields on the diagonal and bonds beside it, as pairs."""

    fields: Pair
    bonds: Pair

    def eigenvalues(self) -> Array:
        h = np.diag(self.fields[0])
        beside = np.arange(len(h) - 1)
        h[beside, beside + 1] = h[beside + 1, beside] = self.bonds[0]
        return np.asarray(np.linalg.eigvalsh(h), dtype=np.float64)

    def shifted(self, value: Pair) -> Array:
        """Fields minus every eigenvalue, each difference to its own rounding: (sites, modes)."""
        high, low = two_sum(self.fields[0][:, None], -value[0])
        return high + (low + (self.fields[1][:, None] - value[1]))

    def residual(self, value: Pair, z: Array) -> Array:
        """(h - value) z, free of cancellation, for every mode."""
        high, low = two_sum(self.fields[0][:, None], -value[0])
        total, rest = two_product(high, z)
        rest += (low + (self.fields[1][:, None] - value[1])) * z
        bond, bond_rest = self.bonds[0][:, None], self.bonds[1][:, None]
        for here, there in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
            product, error = two_product(bond, z[there])
            total[here], lost = two_sum(total[here], product)
            rest[here] += lost + error + bond_rest * z[there]
        return total + rest


def twisted_vectors(shifted: Array, bonds: Array) -> Array:
    """Eigenvectors from both ends, shape (sites, modes), of length one (Dhillon and Parlett).

    Parameters
    ----------
    shifted : array, shape (sites, modes)
        Diagonal minus eigenvalue.
    bonds : array, shape (sites - 1,)
        Beside the diagonal; none is zero.
    """
    sites, square = len(shifted), bonds * bonds
    least = np.finfo(float).tiny / np.finfo(float).eps
    plus, minus = shifted.copy(), shifted.copy()
    for i in range(1, sites):
        plus[i] -= square[i - 1] / _away(plus[i - 1], least)
        j = sites - 1 - i
        minus[j] -= square[j] / _away(minus[j + 1], least)
    gamma = np.abs(plus)
    gamma[:-1] = np.abs(plus[:-1] - square[:, None] / _away(minus[1:], least))
    twist = gamma.argmin(axis=0)
    z = np.zeros_like(shifted)
    z[twist, np.arange(z.shape[1])] = 1.0
    for i in range(sites - 2, -1, -1):
        z[i] = np.where(i < twist, -bonds[i] / _away(plus[i], least) * z[i + 1], z[i])
    for i in range(sites - 1):
        z[i + 1] = np.where(i >= twist, -bonds[i] / _away(minus[i + 1], least) * z[i], z[i + 1])
    length: Array = np.sqrt((z * z).sum(axis=0))
    return z / length


def _away(pivot: Array, least: float) -> Array:
    return np.where(np.abs(pivot) < least, least, pivot)


def uneven_modes(model: BatteryModel, point: Mapping[str, float]) -> Modes:
    """The modes of a chain with bonds and fields of its own, by ascending frequency.

    Raises
    ------
    DomainError
        A bond that is zero; a chain too long for its matrices.
    DegenerateLevelsError
        Modes, or amplitudes, that doubles do not tell, in a chain too long for more digits.
    """
    chain, spins = model.chain, model.chain.spins
    if spins > LARGEST_UNEVEN:
        raise DomainError(
            f"spins={spins}: bonds or fields of their own take matrices of {spins} rows; give at "
            f"most {LARGEST_UNEVEN}, or one J and one B0 for all"
        )
    exact = ExactInputs(point, model)
    fields, bonds = (_pairs([exact.wide(v) for v in vs]) for vs in (chain.fields, chain.J))
    if not bonds[0].all():
        raise _cut(int(np.flatnonzero(bonds[0] == 0)[0]) + 1)
    # powers of two keep every digit, and products of bonds far from the ends of the range
    unit = 2.0 ** int(np.frexp(max(np.abs(fields[0]).max(), np.abs(bonds[0]).max()))[1])
    matrix = _Tridiagonal(*((p[0] / unit, p[1] / unit) for p in (fields, bonds)))
    with np.errstate(all="ignore"):
        found = _solve(matrix)
    if found is None:
        return _careful_modes(model, point)
    value, z = found

    def slopes() -> Slopes:
        return {name: _slope(at, z) for name, at in exact.rounded.items()}

    scale = unit * float(np.abs(value[0]).max())
    return Modes((value[0] * unit, value[1] * unit), z[0], z[-1], scale, slopes)


def _pairs(values: list[tuple[float, float]]) -> Pair:
    high, low = np.array(values).T
    return high, low


def _slope(moved: Mapping[tuple[str, int], float], z: Array) -> Array:
    total = np.zeros(z.shape[1])
    for (kind, i), size in moved.items():
        if kind == "B":
            total += size * z[i] ** 2
        elif kind == "J":
            total += 2 * size * z[i] * z[i + 1]
    return total


def _solve(matrix: _Tridiagonal) -> tuple[Pair, Array] | None:
    """Eigenvalues and eigenvectors; None where doubles do not tell them to their digits."""
    start = matrix.eigenvalues()
    largest = np.abs(start).max()
    if (np.diff(start) <= CLOSEST * largest).any():
        return None
    value: Pair = start, np.zeros_like(start)
    for _ in range(ROUNDS):
        z = twisted_vectors(matrix.shifted(value), matrix.bonds[0])
        value = two_sum(value[0], value[1] + (z * matrix.residual(value, z)).sum(axis=0))
    moved = np.abs(value[0] - start).max()
    if not moved <= CLOSEST / 4 * largest:
        return None
    shifted = matrix.shifted(value)
    z = twisted_vectors(shifted, matrix.bonds[0])
    return (value, z) if _keeps_digits(matrix, shifted, z) else None


def _keeps_digits(matrix: _Tridiagonal, shifted: Array, z: Array) -> bool:
    """Whether the ends stay when every entry is moved by some roundings."""
    rng, most = np.random.default_rng(1), 1e-13 + 2.0**-52 * 40 * len(z)
    for _ in range(2):
        by = 1 + 2.0**-51 * rng.uniform(-1, 1, len(z))
        beside = matrix.bonds[0] * (1 + 2.0**-51 * rng.uniform(-1, 1, len(z) - 1))
        other = twisted_vectors(shifted * by[:, None], beside)
        ends = np.abs(z[[0, -1]])
        if not (np.abs(np.abs(other[[0, -1]]) - ends) <= most * ends).all():
            return False
        if not (ends > 1e-120).all():
            return False
    return True


def _careful_modes(model: BatteryModel, point: Mapping[str, float]) -> Modes:
    """The modes from as many digits as their smallest amplitude takes."""
    source = ChainModes(model, point)
    found = source.accurate_modes() if model.chain.spins <= LARGEST_CAREFUL else None
    if found is None or found.smallest_amplitude < 1e-120:
        raise DegenerateLevelsError(
            "two modes come so close, or one is so small at an end, that doubles do not tell its "
            f"amplitude there; move off the point, or take at most {LARGEST_CAREFUL} spins"
        )
    energies = found.energies
    high = [float(E) for E in energies]
    low = [float(E - h) for E, h in zip(energies, high, strict=True)]
    first, last = (np.array([float(v) for v in ends]) for ends in (found.first, found.last))
    distances = Distances(source, found)

    def slopes() -> Slopes:
        return {
            name: np.array([float(s) for s in slope]) for name, slope in distances.slopes.items()
        }

    scale = max(map(abs, high))
    return Modes((np.array(high), np.array(low)), first, last, scale, slopes)
