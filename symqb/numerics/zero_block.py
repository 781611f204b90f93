r"""Populations and coherences between coinciding levels, in balls.

Levels of one energy form a group e with a density matrix :math:`\rho_e`; coherences between groups
turn with a phase and decay by themselves.  Eqs. 6-8 restricted to the groups read

.. math:: \dot\rho_e = \sum_{\nu,f}\phi_\nu(E_f-E_e)\,S_{ef}\rho_f S_{fe}
          - \tfrac12\Big\{\sum_{\nu,f}\phi_\nu(E_e-E_f)\,S_{ef}S_{fe},\ \rho_e\Big\}.

The generator is real, so real symmetric and imaginary antisymmetric parts keep apart; each falls
into components.  A component of populations alone is a rate equation.  The number of steady states
is the dimension of the null space of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb, arb_mat

from symqb.numerics.ball_elimination import closed_classes
from symqb.numerics.ball_rates import BathBalls, MoreDigitsError, absorbed
from symqb.numerics.eigen_digits import midpoints
from symqb.numerics.levels import Coupling, centred

Pair = tuple[int, int]
Balls = npt.NDArray[np.object_]

SURELY_NOT = 1e-7
"""A singular value above this times the largest is not zero; below it pivots in balls decide."""

GOLDEN = (5**0.5 - 1) / 2
"""Its multiples modulo 1 are told apart well."""

Rate = Callable[[Any], tuple[Any, Any]]
"""From a gap >= 0 to the rates of absorption and emission."""


def true_rates(bath: BathBalls) -> Rate:
    """The rates of a bath."""

    def rate(size: Any) -> tuple[Any, Any]:
        factor, shared = bath.ratio(size), absorbed(size, bath.temperature)
        return factor * shared, factor * (shared + size)

    return rate


def unit_rates(bath: BathBalls) -> Rate:
    """1 for every rate that is not zero: above zero temperature the steady states are as many."""

    def rate(size: Any) -> tuple[Any, Any]:
        up, down = true_rates(bath)(size)
        return arb(int(up != 0)), arb(int(down != 0))

    return rate


def numbered_rates(bath: BathBalls, numbers: dict[Any, Any]) -> Rate:
    """A number of order 1 for every rate that is not zero, equal ones for equal rates.

    Of rates that are no special ones there are as many steady states as of these; ``numbers`` is
    shared among baths.
    """

    def numbered(rate: Any) -> Any:
        if rate == 0:
            return arb(0)
        return numbers.setdefault(rate.mid().man_exp(), arb(1 + len(numbers) * GOLDEN % 1))

    def rate(size: Any) -> tuple[Any, Any]:
        up, down = true_rates(bath)(size)
        return numbered(up), numbered(down)

    return rate


class _Sums:
    """Entries of a generator with the sum of their moduli: what cancels is a ball about zero."""

    def __init__(self) -> None:
        self._values: dict[tuple[Pair, Pair], Any] = {}
        self._sizes: dict[tuple[Pair, Pair], Any] = {}

    def add(self, target: Pair, source: Pair, value: Any, size: Any = None) -> None:
        """Add to an entry; ``size`` is the sum of moduli if the value is a sum itself."""
        key = target, source
        self._values[key] = self._values.get(key, arb(0)) + value
        self._sizes[key] = self._sizes.get(key, arb(0)) + abs(value if size is None else size)

    def entries(self) -> dict[tuple[Pair, Pair], Any]:
        found: dict[tuple[Pair, Pair], Any] = {}
        for key, value in self._values.items():
            if value.contains(0) and value.rad() * 2.0**20 > self._sizes[key]:
                raise MoreDigitsError
            found[key] = centred(value)
        return found


def generator(
    couplings: Iterable[Coupling],
    rates: Mapping[str, Rate],
    energies: Sequence[Any],
    groups: Sequence[Sequence[int]],
) -> dict[tuple[Pair, Pair], Any]:
    """The generator over all ordered pairs within groups: ``{(target, source): entry}``."""
    sums = _Sums()
    for coupling in couplings:
        S = coupling.matrix
        used = [np.flatnonzero((S[list(g)] != 0).any(axis=0)) for g in groups]
        group_of = {k: n for n, group in enumerate(groups) for k in group}
        for e, source in enumerate(groups):
            loss: dict[Pair, tuple[Any, Any]] = {}
            for f in sorted({group_of[int(k)] for k in used[e]}):
                target = groups[f]
                rate = _rate(rates[coupling.bath], e, f, energies[source[0]], energies[target[0]])
                if rate != 0:
                    _gain(sums, S, source, target, rate)
                    _add_loss(loss, S, source, target, rate)
            for (a, c), (lost, size) in loss.items():
                for b in source:
                    sums.add((a, b), (c, b), -lost / 2, size)
                    sums.add((b, a), (b, c), -lost / 2, size)
    return sums.entries()


def _rate(rates: Rate, e: int, f: int, leaving: Any, to: Any) -> Any:
    if e == f:
        return rates(arb(0))[0]
    size = to - leaving
    if size.contains(0):
        raise MoreDigitsError
    return rates(size)[0] if size > 0 else rates(-size)[1]


def _gain(sums: _Sums, S: Balls, source: Sequence[int], target: Sequence[int], rate: Any) -> None:
    links = [(c, a, S[c, a]) for c in target for a in source if S[c, a] != 0]
    for c, a, x in links:
        scaled = rate * x
        for d, b, y in links:
            sums.add((c, d), (a, b), scaled * y)


def _add_loss(
    loss: dict[Pair, tuple[Any, Any]],
    S: Balls,
    source: Sequence[int],
    target: Sequence[int],
    rate: Any,
) -> None:
    for c in target:
        onto = [(a, S[c, a]) for a in source if S[c, a] != 0]
        for a, x in onto:
            for b, y in onto:
                value, size = loss.get((a, b), (arb(0), arb(0)))
                part = rate * x * y
                loss[a, b] = value + part, size + abs(part)


@dataclass(frozen=True)
class Component:
    """Elements of the density matrix that move among themselves, and the generator over them."""

    pairs: tuple[Pair, ...]
    entries: Mapping[tuple[int, int], Any]

    @property
    def populations(self) -> bool:
        """Whether it is a rate equation."""
        return all(a == b for a, b in self.pairs)

    @cached_property
    def matrix(self) -> Balls:
        """The generator as an array of balls."""
        found = np.full((len(self.pairs),) * 2, arb(0), dtype=object)
        for key, value in self.entries.items():
            found[key] = value
        return found

    def nullity(self) -> int:
        """The dimension of its null space.

        Raises
        ------
        MoreDigitsError
            Singular values that doubles do not tell from zero.
        """
        size = len(self.pairs)
        if self.populations:
            links = np.zeros((size, size), dtype=bool)
            for (target, source), value in self.entries.items():
                links[source, target] = not value.contains(0)
            return len(closed_classes(links))
        return size - rank(self.matrix)


def rank(matrix: Balls) -> int:
    """The rank of a square matrix of balls: by doubles where it is full, else by pivots.

    Raises
    ------
    MoreDigitsError
        Pivots neither surely zero nor surely not.
    """
    floats = midpoints(matrix)
    largest = np.abs(floats).max(initial=0.0)
    if largest > 0:
        values = np.linalg.svd(floats / largest, compute_uv=False)
        if values[-1] > SURELY_NOT * values[0]:
            return len(values)
    return _rank_by_pivots(matrix.copy())


def _largest(balls: Balls) -> int | None:
    """The place of the ball that is farthest from zero; None where all may be zero."""
    sizes = [x.abs_lower() for x in balls]
    floats = np.array([float(size) for size in sizes])
    place = int(np.argmax(floats))
    if floats[place] == 0:
        # some may be smaller than doubles hold
        place = max(range(len(sizes)), key=lambda k: sizes[k].fmpq())
    return place if sizes[place] > 0 else None


def _rank_by_pivots(work: Balls) -> int:
    """The number of pivots of complete pivoting.

    What is left counts as zero where it is nothing beside the smallest entry: slow rates beside
    fast ones are no zeros.
    """
    size = len(work)
    nothing = min((abs(x).mid() for x in work.ravel() if x != 0), default=arb(0)) * 2.0**-40
    for k in range(size):
        part = work[k:, k:]
        place = _largest(part.ravel())
        if place is None:
            if any(x.abs_upper() > nothing for x in part.ravel()):
                raise MoreDigitsError
            return k
        i, j = k + place // (size - k), k + place % (size - k)
        work[[k, i]] = work[[i, k]]
        work[:, [k, j]] = work[:, [j, k]]
        # a ball about zero is neither equal to zero nor unequal
        rows = k + 1 + np.flatnonzero(~(work[k + 1 :, k] == 0))
        columns = k + 1 + np.flatnonzero(~(work[k, k + 1 :] == 0))
        factors = work[rows, k] / work[k, k]
        work[np.ix_(rows, columns)] -= np.multiply.outer(factors, work[k, columns])
    return size


def components(
    entries: Mapping[tuple[Pair, Pair], Any], groups: Sequence[Sequence[int]], *, symmetric: bool
) -> list[Component]:
    """The real symmetric part (or the imaginary antisymmetric one) cut into components."""
    unknowns = [
        (a, b) for group in groups for a in group for b in group if (a <= b if symmetric else a < b)
    ]
    place = {pair: k for k, pair in enumerate(unknowns)}
    folded: dict[tuple[int, int], Any] = {}
    for ((c, d), (a, b)), value in entries.items():
        row = place.get((c, d))
        if row is None:
            continue
        sign = 1 if symmetric or a < b else -1
        column = place.get((min(a, b), max(a, b)))
        if column is not None:
            folded[row, column] = folded.get((row, column), arb(0)) + sign * value
    part = _connected(
        len(unknowns), [key for key, value in folded.items() if not value.contains(0)]
    )
    found: list[Component] = []
    for members in part:
        inside = {k: n for n, k in enumerate(members)}
        # what may be zero joins no components, but counts within one
        rows = {
            (inside[i], inside[j]): centred(value)
            for (i, j), value in folded.items()
            if i in inside and j in inside
        }
        found.append(Component(tuple(unknowns[k] for k in members), rows))
    return found


def _connected(size: int, links: Iterable[tuple[int, int]]) -> list[list[int]]:
    neighbours: list[set[int]] = [set() for _ in range(size)]
    for i, j in links:
        neighbours[i].add(j)
        neighbours[j].add(i)
    seen: set[int] = set()
    found: list[list[int]] = []
    for start in range(size):
        if start in seen:
            continue
        reached, frontier = {start}, [start]
        while frontier:
            fresh = neighbours[frontier.pop()] - reached
            reached |= fresh
            frontier += fresh
        seen |= reached
        found.append(sorted(reached))
    return found


def solve_component(component: Component) -> dict[Pair, Any]:
    """The steady elements of a component with a single steady state of trace 1."""
    size = len(component.pairs)
    matrix = component.matrix.copy()
    populations = [k for k, (a, b) in enumerate(component.pairs) if a == b]
    # one equation of a population follows from the others; the trace takes its place
    matrix[populations[0]] = [arb(int(k in set(populations))) for k in range(size)]
    right = arb_mat(size, 1, [arb(int(k == populations[0])) for k in range(size)])
    try:
        solution = arb_mat(size, size, matrix.ravel().tolist()).solve(right)
    except ZeroDivisionError:
        raise MoreDigitsError from None
    return {pair: solution[k, 0] for k, pair in enumerate(component.pairs)}
