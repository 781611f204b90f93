r"""An independent judge of numbers: the secular Lindblad equation from Pauli matrices, in balls.

Nothing of the derivation, the programs or the engines is used: Hamiltonian and couplings are
Kronecker products, each connected block is diagonalised by mpmath, and everything after that is
done in balls of python-flint at the same digits, so the judge knows its own uncertainty.

For each bath and Bohr frequency :math:`\omega` there is one jump operator
:math:`A(\omega) = \sum_{E_b - E_a = \omega}|a\rangle\langle a|S|b\rangle\langle b|` with the rate
:math:`\gamma(\omega) = \kappa\,\mathcal J(|\omega|)/|\omega|\;\omega/(1 - e^{-\omega/T})`; levels
of one cluster count as coinciding and keep their coherences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
from flint import arb, arb_mat, ctx

from symqb.prove.numbers_hamiltonian import (
    Build,
    JudgedBath,
    Number,
    Numbers,
    hamiltonian,
    on_site,
)

Matrix = Any

EPS = 2.0**-53
TOGETHER, APART = 1.0, 16.0
"""Gaps below the one times ``EPS u`` coincide, above the other they do not; the rule says 4."""

MOST_DIGITS = 1500
LARGEST_BLOCK = 420


class Undecided(ArithmeticError):
    """The judge has no verdict here: too many digits or unknowns would be needed."""


class Divergent(ArithmeticError):
    """A rate is infinite: a spectral density diverges at a frequency of 0."""


class SeveralStates(ArithmeticError):
    """The steady state is not unique; ``count`` says how many there are."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} steady states")
        self.count = count


def coupling_matrices(numbers: Numbers, bath: JudgedBath) -> list[Any]:
    """A bath's operators, sigma_y over i so that they are real; one for each site apart."""
    parts = []
    for site, weight in bath.sites:
        bare = on_site(bath.axis, (site,), numbers.spins)
        bare = (bare if bath.axis == "x" else bare / 1j).real
        whole = np.zeros(bare.shape, dtype=object)
        for a, b in np.argwhere(bare):
            whole[a, b] = weight * int(bare[a, b])
        parts.append(whole)
    return [sum(parts[1:], parts[0])] if numbers.collective else parts


def _blocks(H: Any) -> list[list[int]]:
    """The connected components of the Hamiltonian's graph over bare states."""
    left, found = set(range(len(H))), []
    while left:
        part, new = set(), {min(left)}
        while new:
            part |= new
            new = {int(b) for a in new for b in np.flatnonzero(H[a])} - part
        left -= part
        found.append(sorted(part))
    return found


def _halves(H: Any, block: list[int], spins: int) -> list[list[dict[int, int]]]:
    """A block in combinations that are even or odd under reflection, where that is a symmetry."""

    def mirror(state: int) -> int:
        return int(format(state, f"0{spins}b")[::-1], 2)

    members = set(block)
    symmetric = all(
        mirror(a) in members and all(H[a, b] == H[mirror(a), mirror(b)] for b in block)
        for a in block
    )
    if not symmetric:
        return [[{a: 1} for a in block]]
    even = [{a: 1, mirror(a): 1} for a in block if a <= mirror(a)]
    odd = [{a: 1, mirror(a): -1} for a in block if a < mirror(a)]
    return [part for part in (even, odd) if part]


def eigensystem(mp: Any, H: Any, spins: int) -> tuple[list[Number], Matrix]:
    """Energies in ascending order, and the states as columns, in an mpmath context."""
    energies, states = [], []
    for block in _blocks(H):
        for basis in _halves(H, block, spins):
            size = len(basis)
            reduced = mp.matrix(size)
            for i, left in enumerate(basis):
                for j, right in enumerate(basis):
                    inner = sum(s * t * H[a, b] for a, s in left.items() for b, t in right.items())
                    reduced[i, j] = mp.mpf(inner) / mp.sqrt(len(left) * len(right))
            values, vectors = (
                symmetric_eigen(mp, reduced) if size > 1 else (reduced, mp.matrix([[1]]))
            )
            for k in range(size):
                state = {
                    a: sign * vectors[i, k] / mp.sqrt(len(combination))
                    for i, combination in enumerate(basis)
                    for a, sign in combination.items()
                }
                energies.append(values[k])
                states.append(state)
    order = sorted(range(len(energies)), key=lambda k: energies[k])
    matrix = np.zeros((len(order),) * 2, dtype=object)
    for column, k in enumerate(order):
        for row, amplitude in states[k].items():
            matrix[row, column] = amplitude
    return [energies[k] for k in order], matrix


def symmetric_eigen(mp: Any, matrix: Any) -> tuple[Any, Any]:
    """Eigenvalues in ascending order and eigenvectors as columns; mpmath's, or by rotations.

    mpmath's iteration may not end where most of a matrix is nothing beside the rest.
    """
    try:
        return mp.eigsy(matrix)  # type: ignore[no-any-return]
    except RuntimeError:
        return _rotations(mp, matrix.copy())


def _rotations(mp: Any, A: Any) -> tuple[Any, Any]:
    """Jacobi's method, every element in turn, until nothing is left off the diagonal."""
    size, V = A.rows, mp.eye(A.rows)
    floor = mp.mpf(10) ** (-mp.dps) * (mp.mnorm(A, "f") or 1)
    for _ in range(200):
        if max(abs(A[p, q]) for p in range(size) for q in range(p)) <= floor:
            break
        for p in range(size):
            for q in range(p + 1, size):
                if A[p, q]:
                    _rotate(mp, A, V, p, q)
    else:
        raise Undecided("a matrix that is not diagonalised in 200 rounds")
    order = sorted(range(size), key=lambda k: A[k, k])
    vectors = mp.matrix([[V[row, k] for k in order] for row in range(size)])
    return mp.matrix([A[k, k] for k in order]), vectors


def _rotate(mp: Any, A: Any, V: Any, p: int, q: int) -> None:
    """Turn the p-q plane so that ``A[p, q]`` vanishes."""
    half = (A[q, q] - A[p, p]) / (2 * A[p, q])
    t = (1 if half >= 0 else -1) / (abs(half) + mp.sqrt(half * half + 1))
    c = 1 / mp.sqrt(t * t + 1)
    s = t * c
    for k in range(A.rows):
        A[k, p], A[k, q] = c * A[k, p] - s * A[k, q], s * A[k, p] + c * A[k, q]
    for k in range(A.rows):
        A[p, k], A[q, k] = c * A[p, k] - s * A[q, k], s * A[p, k] + c * A[q, k]
        V[k, p], V[k, q] = c * V[k, p] - s * V[k, q], s * V[k, p] + c * V[k, q]


def eigensystem_of(mp: Any, block: Any) -> tuple[list[Any], Any]:
    """Eigenvalues in ascending order and eigenvectors of a symmetric array of balls, as balls."""
    size = len(block)
    if size == 1:
        return [block[0, 0]], np.array([[arb(1)]], dtype=object)
    matrix = mp.matrix(size)
    for index in np.ndindex(size, size):
        matrix[index] = mp.make_mpf(block[index]._mpf_)
    values, vectors = symmetric_eigen(mp, matrix)
    found = np.empty((size, size), dtype=object)
    for index in np.ndindex(size, size):
        found[index] = arb(vectors[index])
    return [arb(value) for value in values], found


def _balls(matrix: Any) -> arb_mat:
    rows, columns = matrix.shape
    return arb_mat(rows, columns, [_ball(x) for x in matrix.reshape(-1)])


def _ball(x: Number) -> arb:
    return x if isinstance(x, arb) else arb(x)


def _array(matrix: arb_mat) -> Any:
    found = np.empty((matrix.nrows(), matrix.ncols()), dtype=object)
    found.reshape(-1)[:] = matrix.entries()
    return found


def _square(x: Any) -> Any:
    # a power of a ball about 0 is no number
    return x * x


def magnitude(x: Any) -> Any:
    """The midpoint's modulus, a float or a ball without radius."""
    return abs(arb(x).mid())


@dataclass
class Judge:
    """The battery at one point, solved at a number of digits.

    Parameters
    ----------
    build : callable
        See :data:`Build`.
    digits : int
        Decimal digits to work with; raised where populations differ by more.

    Raises
    ------
    Undecided
        More than ``MOST_DIGITS`` digits would be needed.
    """

    build: Build
    digits: int = 120
    numbers: Numbers = field(init=False)
    energies: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.mp = mpmath.MPContext()
        self.mp.dps = self.digits
        self.numbers, moved, self.step = self.build(self.mp)
        H = hamiltonian(self.numbers)
        self._energies, self.amplitudes = eigensystem(self.mp, H, self.numbers.spins)
        with self.precision():
            self.energies = [_ball(E) for E in self._energies]
            states = _balls(self.amplitudes)
            self.transposed, self.states = states.transpose(), states
            self.slopes = [
                _array(self.transposed * _balls(hamiltonian(n) - H) * states) for n in moved
            ]
            self.empty = _ball(H[-1, -1])

    def precision(self) -> Any:
        """The context of balls in which the judge's numbers are made."""
        return ctx.workprec(int(3.33 * self.digits) + 20)

    @property
    def size(self) -> int:
        """The number of levels."""
        return len(self.energies)

    @property
    def scale(self) -> float:
        """The largest modulus of an energy, or 1 where all vanish."""
        return max(abs(float(E.mid())) for E in self.energies) or 1.0

    @cached_property
    def distances(self) -> list[tuple[Any, float]]:
        """For each pair of neighbouring levels the gap and how far a rounding may move it."""
        found = []
        with self.precision():
            for a in range(self.size - 1):
                gap = self.mp.make_mpf(((self.energies[a + 1] - self.energies[a]).mid())._mpf_)
                found.append((gap, self._moved(a, a + 1)))
        return found

    def _moved(self, a: int, b: int) -> float:
        """What a relative change of each parameter moves a gap by: sum of ``|x dg/dx|``."""
        total = 0.0
        for slope in self.slopes:
            spread = _square(slope[a, a] - slope[b, b])
            if self._close(a, b):
                spread += 4 * _square(slope[a, b])
            total += float((arb(abs(spread.mid())).sqrt() / _ball(self.step)).mid())
        return total

    def _close(self, a: int, b: int) -> bool:
        return abs(float((self.energies[b] - self.energies[a]).mid())) < 1e-14 * self.scale

    def readings(self) -> list[list[list[int]]]:
        """The ways to cut the levels into clusters that the rule of coincidence leaves open.

        One almost always; two where a gap is too near the rule's bound to insist.
        """
        together, apart = self._cuts(TOGETHER), self._cuts(APART)
        for a in range(self.size - 2):
            for b in range(a + 2, self.size):
                # neighbours are compared: what lies beyond one must not coincide across it, nor
                # be joined by what lies between
                joined = _joined(together, a, b)
                if not (joined or self._close(a, b)):
                    break
                gap = float((self.energies[b] - self.energies[a]).mid())
                alike = gap <= APART * EPS * self._moved(a, b) or gap <= self._noise
                if alike != joined:
                    raise Undecided("coincidence of three levels is not transitive")
        return [together] if together == apart else [together, apart]

    def blurred(self) -> bool:
        """Whether a gap is neither visible nor as small as a rounding: more digits will tell."""
        with self.precision():
            unit = arb(10) ** -self.digits * arb(self.scale)
            gaps = [(b - a).mid() for a, b in pairwise(self.energies)]
            visible = unit * arb(10) ** (self.digits // 2)
            return any(unit * 10**12 < gap < visible for gap in gaps)

    def equal_temperatures(self) -> bool:
        """Whether all baths have exactly the same temperature."""
        return len({bath.temperature for bath in self.numbers.baths}) == 1

    def exact_reading(self) -> list[list[int]]:
        """The clusters of input that no rounding moves: levels coincide only exactly."""
        return self._cuts(0.0)

    @property
    def _noise(self) -> Any:
        """What :meth:`blurred` has seen to: a gap below this is a rounding."""
        return self.mp.mpf(10) ** (-self.digits // 2) * self.scale

    def _cuts(self, factor: float) -> list[list[int]]:
        steps = [gap > max(self._noise, factor * EPS * moved) for gap, moved in self.distances]
        return _cut(steps)


def _joined(clusters: Sequence[Sequence[int]], a: int, b: int) -> bool:
    return any(a in cluster and b in cluster for cluster in clusters)


def _cut(steps: Sequence[bool]) -> list[list[int]]:
    clusters = [[0]]
    for level, step in enumerate(steps, 1):
        if step:
            clusters.append([level])
        else:
            clusters[-1].append(level)
    return clusters


class Reading:
    """A battery at a point, for one way to cut its levels into clusters: operators and rates."""

    def __init__(self, judge: Judge, clusters: list[list[int]]) -> None:
        self.judge, self.clusters = judge, clusters
        self.numbers = judge.numbers
        with judge.precision():
            self.energies = self._mean_energies()

    def _mean_energies(self) -> list[Any]:
        energies = list(self.judge.energies)
        for cluster in self.clusters:
            mean = sum((energies[k] for k in cluster), arb(0)) / len(cluster)
            for k in cluster:
                energies[k] = mean
        return energies

    @property
    def together(self) -> bool:
        """Whether some levels coincide."""
        return len(self.clusters) < self.judge.size

    @cached_property
    def cluster_of(self) -> list[int]:
        """The cluster of each level."""
        return [k for k, cluster in enumerate(self.clusters) for _ in cluster]

    @cached_property
    def _floor(self) -> Any:
        return arb(10) ** (-self.judge.digits // 2)

    @cached_property
    def operators(self) -> list[tuple[JudgedBath, Any]]:
        """Each bath's coupling operators over the levels, rounding of zeros taken out."""
        judge, found = self.judge, []
        for bath in self.numbers.baths:
            for bare in coupling_matrices(self.numbers, bath):
                matrix = _array(judge.transposed * _balls(bare) * judge.states)
                largest = max((magnitude(x) for x in matrix.reshape(-1)), default=arb(0))
                for index in np.ndindex(matrix.shape):
                    if magnitude(matrix[index]) <= self._floor * largest:
                        matrix[index] = arb(0)
                found.append((bath, matrix))
        return found

    def frequency(self, source: int, to: int) -> Any:
        """Energy set free from one level to another; exactly 0 within a cluster."""
        if self.cluster_of[source] == self.cluster_of[to]:
            return arb(0)
        return self.energies[source] - self.energies[to]

    def rate(self, bath: JudgedBath, w: Any) -> Any:
        """The rate of a frequency, w > 0 for emission, with kappa and density."""
        T = _ball(bath.temperature)
        if w == 0:
            thermal = T
        elif T == 0:
            thermal = w if w > 0 else arb(0)
        else:
            thermal = w / -(-w / T).expm1()
        return thermal * self.density(bath, w) * _ball(self.numbers.kappa)

    def density(self, bath: JudgedBath, w: Any) -> Any:
        """The spectral density over the Ohmic one; its limit where the frequency is 0."""
        if bath.density is None:
            return arb(1)
        mp = self.judge.mp
        at = abs(mp.make_mpf(w._mpf_))
        tiny = mp.mpf(10) ** (-4 * self.judge.digits)
        ratio = bath.density(at or tiny)
        if w == 0:
            # a limit has been reached; what grows or falls without end goes on doing so
            further = bath.density(mp.sqrt(tiny))
            slope = 2 * mp.log(ratio / further) / mp.log(tiny) if ratio and further else mp.inf
            if slope < -1e-6:
                raise Divergent(f"the density of bath {bath.name} diverges at a frequency of 0")
            ratio = ratio if slope < 1e-6 else mp.zero
        return _ball(ratio)

    @staticmethod
    def driven(S: Any) -> list[tuple[int, int]]:
        """The pairs of levels (to, from) that an operator joins."""
        return [index for index in np.ndindex(S.shape) if S[index] != 0]

    @cached_property
    def _rates(self) -> dict[tuple[str, int, int], Any]:
        return {}

    def rate_between(self, bath: JudgedBath, source: int, to: int) -> Any:
        """The rate of a bath from one cluster to another, without its matrix elements."""
        key = (bath.name, self.cluster_of[source], self.cluster_of[to])
        if key not in self._rates:
            self._rates[key] = self.rate(bath, self.frequency(source, to))
        return self._rates[key]

    @cached_property
    def steep(self) -> float:
        """The largest ``|d ln rate / d frequency|`` of a driven transition: at most 1 / min T."""
        largest = 0.0
        with self.judge.precision():
            for bath, S in self.operators:
                for a, b in self.driven(S):
                    w = self.frequency(b, a)
                    step = magnitude(w) * arb(2) ** -40
                    if w == 0:
                        step = arb(2) ** -80 * self.judge.scale
                    low, high = self.rate(bath, w), self.rate(bath, w + step)
                    if low > 0 and high > 0:
                        slope = magnitude((high / low).log() / step)
                        largest = max(largest, float(slope))
        return largest

    @cached_property
    def spread(self) -> float:
        """How many digits lie between the fastest and the slowest transition; 0 if one diverges."""
        orders: list[float] = []
        with self.judge.precision():
            for bath, S in self.operators:
                for a, b in self.driven(S):
                    try:
                        rate = magnitude(S[a, b] * S[a, b] * self.rate_between(bath, b, a))
                    except Divergent:
                        return 0.0
                    if rate > 0:
                        orders.append(float(rate.log()) / 2.3)
        return max(orders, default=0.0) - min(orders, default=0.0)

    def exit_rates(self) -> list[Any]:
        """The rate at which each level is left."""
        with self.judge.precision():
            found = [arb(0)] * self.judge.size
            for bath, S in self.operators:
                for a, b in self.driven(S):
                    if a != b:
                        found[b] += S[a, b] * S[a, b] * self.rate_between(bath, b, a)
            return found
