r"""The generator on pairs of coinciding levels, in dense blocks that couple to neighbours only.

Levels of one energy form a group e with a density matrix :math:`\rho_e` of its own; all other
coherences decay by themselves.  Eqs. 6-8 restricted to these groups read

.. math:: \dot\rho_e = \sum_{\nu,f}\phi_\nu(E_f-E_e)\,S_{ef}\rho_f S_{fe}
          - \tfrac12\Big\{\sum_{\nu,f}\phi_\nu(E_e-E_f)\,S_{ef}S_{fe},\ \rho_e\Big\}.

The unknowns are the pairs (a, c) of coinciding levels, populations (a, a) among them; as the
generator is real, symmetric and antisymmetric :math:`\rho` keep apart.  A coupling operator changes
the charge of both levels by one, so that the sum of both charges changes by 0 or 2: sorted by it,
the generator is block tridiagonal, pairs of an even sum (populations are) apart from those of an
odd one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel
from symqb.numerics.block_rates import (
    FORBIDDEN,
    BathNumbers,
    PairElements,
    Spectrum,
    bath_numbers,
    thermal_factor,
)
from symqb.numerics.chain_sectors import Convert, SectorLevels
from symqb.numerics.close_levels import Sectors

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CouplingBlocks:
    """One coupling operator: its bath, and its elements from each sector to the next.

    ``parts[k]`` has the levels of sector k + 1 as rows and those of sector k as columns.  For
    sigma_y the elements are i times a real antisymmetric matrix, which serves in ``S rho S^+``.
    Squared elements below ``negligible`` are rounding of zero.
    """

    bath: BathNumbers
    parts: tuple[Array, ...]
    negligible: float


def coupling_blocks(
    model: BatteryModel, convert: Convert, sectors: Sectors
) -> list[CouplingBlocks]:
    """Every coupling operator of a battery, one a bath or one a site of each.

    The sectors are those of the spectrum that it goes with: where levels coincide, vectors are one
    choice among many.
    """
    numbers = sectors.numbers
    baths = bath_numbers(model, convert)
    operators = [(bath, least) for bath in baths for least in _negligible(bath, model.dissipation)]
    found: list[list[Array]] = [[] for _ in operators]
    lower: SectorLevels | None = None
    for charge in range(numbers.charges):
        upper = sectors.solve(charge)
        if lower is not None:
            pair = PairElements(lower, upper, numbers)
            parts = [part for bath in baths for part in pair.bath(bath, model.dissipation)]
            for kept, part, (_, least) in zip(found, parts, operators, strict=True):
                kept.append(np.where(np.square(part) < least, 0.0, part))
        lower = upper
    pairs = zip(operators, found, strict=True)
    return [CouplingBlocks(bath, tuple(parts), least) for (bath, least), parts in pairs]


def _negligible(bath: BathNumbers, dissipation: str) -> list[float]:
    if dissipation == "collective":
        return [bath.negligible]
    return [FORBIDDEN * weight**2 for _, weight in bath.sites]


class RateBlocks:
    """Rates between neighbouring sectors, whatever the elements, computed once a bath.

    ``blocks[bath][k]`` holds the rates over kappa from sector k + 1 (rows) down to sector k
    (columns), and those up, in the same shape.
    """

    def __init__(self, levels: Grouped, couplings: list[CouplingBlocks]) -> None:
        parts = np.split(levels.energies, levels.ends[1:-1])
        self.blocks: dict[str, list[tuple[Array, Array]]] = {}
        for bath in {coupling.bath.name: coupling.bath for coupling in couplings}.values():
            found = self.blocks[bath.name] = []
            for below, above in pairwise(parts):
                gaps = np.subtract.outer(above, below)
                thermal, density = (
                    thermal_factor(np.abs(gaps), bath.temperature),
                    bath.over_ohmic(gaps),
                )
                down = (thermal + np.maximum(gaps, 0.0)) * density
                found.append((down, (thermal + np.maximum(-gaps, 0.0)) * density))

    def structure(self) -> RateBlocks:
        """The same with 1 for every rate that is not zero.

        Steady states are as many, and none hides behind a small rate.
        """
        found = copy(self)
        found.blocks = {
            bath: [
                ((down > 0).astype(np.float64), (up > 0).astype(np.float64)) for down, up in part
            ]
            for bath, part in self.blocks.items()
        }
        return found


@dataclass(frozen=True)
class Grouped:
    """Levels, sector after sector, with the groups of those that coincide.

    Attributes
    ----------
    energies : array, shape (levels,)
        Exactly equal within a group.
    rests : array, shape (levels,)
        What rounding took from them.
    sizes : tuple of int
        Levels in each sector.
    groups : tuple of integer arrays
        Places, ascending, of levels that coincide; two at least in each.
    """

    energies: Array
    rests: Array
    sizes: tuple[int, ...]
    groups: tuple[Integers, ...]

    @classmethod
    def of(cls, spectrum: Spectrum, groups: Sequence[Sequence[int] | Integers]) -> Grouped:
        """From a spectrum and groups of places; groups of one level are left out."""
        energies = np.concatenate(spectrum.energies)
        rests = np.concatenate(spectrum.rests) if spectrum.rests else np.zeros(len(energies))
        kept = tuple(np.sort(np.asarray(g, dtype=np.int64)) for g in groups if len(g) > 1)
        for group in kept:
            energies[group], rests[group] = energies[group[0]], rests[group[0]]
        return cls(energies, rests, spectrum.sizes, kept)

    @cached_property
    def ends(self) -> Integers:
        """Where each sector begins; the last entry is the number of levels."""
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    @cached_property
    def charges(self) -> Integers:
        """The sector of each level."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def pairs(self, parity: int) -> tuple[Integers, Integers]:
        """Coherences (a, c), a < c, whose charges have an even (0) or odd (1) sum."""
        left, right = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for group in self.groups:
            rows, columns = np.triu_indices(len(group), 1)
            a, c = group[rows], group[columns]
            kept = (self.charges[a] + self.charges[c]) % 2 == parity
            left.append(a[kept])
            right.append(c[kept])
        return np.concatenate(left), np.concatenate(right)

    def populations_and_pairs(self) -> tuple[Integers, Integers]:
        """Populations (a, a), then all coherences of an even sum of charges."""
        alone = np.arange(len(self.energies))
        left, right = self.pairs(0)
        return np.concatenate([alone, left]), np.concatenate([alone, right])


class Unknowns:
    """Some pairs (a, c), a <= c, in blocks of one sum of charges."""

    def __init__(self, levels: Grouped, left: Integers, right: Integers) -> None:
        self.levels = levels
        charges = levels.charges
        total = charges[left] + charges[right]
        # populations first in every block, then by the charges, so that kinds are slices
        order = np.lexsort((charges[left], left != right, total))
        self.left, self.right = left[order], right[order]
        values, starts = np.unique(total[order], return_index=True)
        self.blocks = [slice(a, b) for a, b in pairwise([*starts.tolist(), len(order)])]
        self.sums = [int(value) for value in values]

    def __len__(self) -> int:
        return len(self.left)

    @property
    def sizes(self) -> list[int]:
        """Unknowns in each block."""
        return [block.stop - block.start for block in self.blocks]

    @cached_property
    def alone(self) -> npt.NDArray[np.bool_]:
        """Which of them are populations."""
        return np.asarray(self.left == self.right)

    @cached_property
    def places(self) -> dict[tuple[int, int], int]:
        """The place of each pair, its levels in ascending order."""
        pairs = zip(self.left.tolist(), self.right.tolist(), strict=True)
        return {pair: place for place, pair in enumerate(pairs)}

    def kinds(self, block: int) -> Iterator[slice]:
        """Local slices of a block: its populations, then coherences of equal charges each."""
        part = self.blocks[block]
        charges = self.levels.charges[self.left[part]]
        cuts = np.flatnonzero((np.diff(charges) != 0) | np.diff(self.alone[part])) + 1
        yield from (slice(a, b) for a, b in pairwise([0, *cuts.tolist(), len(charges)]))


class PairBlocks:
    """The generator over some pairs, as dense blocks on and beside the diagonal.

    Parameters
    ----------
    unknowns : Unknowns
        The pairs; they must be closed under the generator.
    couplings : list of CouplingBlocks
        The operators of all baths.
    rates : RateBlocks
        Their rates between the levels.
    sign : int
        1 for symmetric matrices, -1 for antisymmetric ones, which have no populations.
    """

    def __init__(
        self,
        unknowns: Unknowns,
        couplings: list[CouplingBlocks],
        rates: RateBlocks,
        *,
        sign: int = 1,
    ) -> None:
        self.unknowns, self._couplings = unknowns, couplings
        self._rate_blocks, self._sign = rates.blocks, sign
        self._levels = unknowns.levels
        sizes = unknowns.sizes
        # a sum may be missing: then the blocks on both sides are not coupled
        near = [b - a == 2 for a, b in pairwise(unknowns.sums)]
        self.diagonal = [np.zeros((n, n)) for n in sizes]
        self.above = [np.zeros((m, n)) for m, n in pairwise(sizes)]
        self.below = [np.zeros((n, m)) for m, n in pairwise(sizes)]
        for k in range(len(sizes)):
            self._gain(self.diagonal[k], k, k)
            if k + 1 < len(sizes) and near[k]:
                self._gain(self.above[k], k, k + 1)
                self._gain(self.below[k], k + 1, k)
        self._lose()

    @property
    def blocks(self) -> tuple[list[Array], list[Array], list[Array]]:
        """The blocks on, above and below the diagonal."""
        return self.diagonal, self.above, self.below

    def scale(self, rows: Array, columns: Array) -> None:
        """Multiply every row and every column by a number of its own."""
        parts = self.unknowns.blocks
        for block, part in zip(self.diagonal, parts, strict=True):
            block *= rows[part, None] * columns[None, part]
        for k, (first, second) in enumerate(pairwise(parts)):
            self.above[k] *= rows[first, None] * columns[None, second]
            self.below[k] *= rows[second, None] * columns[None, first]

    def _rates(self, bath: BathNumbers, to: Integers, source: Integers) -> Array:
        """Rates ``source -> to`` between levels of one charge each; rows are ``to``."""
        charges, ends = self._levels.charges, self._levels.ends
        upper, lower = int(charges[to[0]]), int(charges[source[0]])
        blocks = self._rate_blocks[bath.name]
        if upper > lower:
            return blocks[lower][1][np.ix_(to - ends[upper], source - ends[lower])]
        return blocks[upper][0][np.ix_(source - ends[lower], to - ends[upper])].T

    def _elements(self, part: CouplingBlocks, to: Integers, source: Integers) -> Array | None:
        """Elements between levels of one charge each; None where the charges are not neighbours."""
        charges, ends = self._levels.charges, self._levels.ends
        upper, lower = int(charges[to[0]]), int(charges[source[0]])
        if upper == lower + 1:
            return part.parts[lower][np.ix_(to - ends[upper], source - ends[lower])]
        if upper == lower - 1:
            back = part.parts[upper][np.ix_(source - ends[lower], to - ends[upper])].T
            return back if part.bath.axis == "x" else -back
        return None

    def _gain(self, target: Array, row: int, column: int) -> None:
        unknowns, charges = self.unknowns, self._levels.charges
        rows, columns = unknowns.blocks[row], unknowns.blocks[column]
        for here in unknowns.kinds(row):
            a, c = unknowns.left[rows][here], unknowns.right[rows][here]
            for there in unknowns.kinds(column):
                b, d = unknowns.left[columns][there], unknowns.right[columns][there]
                for part in self._couplings:
                    moved = self._moved(part, (a, c), (b, d))
                    if moved is not None:
                        # either way of pairing the four levels has the one frequency
                        straight = abs(int(charges[a[0]]) - int(charges[b[0]])) == 1
                        moves = (a, b) if straight else (a, d)
                        target[here, there] += moved * self._rates(part.bath, *moves)

    def _moved(
        self,
        part: CouplingBlocks,
        to: tuple[Integers, Integers],
        source: tuple[Integers, Integers],
    ) -> Array | None:
        """What ``S rho S^T`` brings to the pairs ``to`` from a unit of the pairs ``source``."""
        (a, c), (b, d) = to, source
        first, second = self._elements(part, a, b), self._elements(part, c, d)
        total = None if first is None or second is None else first * second
        if (b == d).all():
            return total
        first, second = self._elements(part, a, d), self._elements(part, c, b)
        if first is None or second is None:
            return total
        crossed = self._sign * first * second
        return crossed if total is None else total + crossed

    def _lose(self) -> None:
        unknowns = self.unknowns
        block_of = np.repeat(np.arange(len(unknowns.blocks)), unknowns.sizes)
        alone = self._diagonal_losses()
        self.losses = (alone[unknowns.left] + alone[unknowns.right]) / 2
        for k, part in enumerate(unknowns.blocks):
            self.diagonal[k][np.diag_indices(part.stop - part.start)] -= self.losses[part]
        for row, column, value in self._mixing():
            k, j = int(block_of[row]), int(block_of[column])
            target = self.diagonal[k] if k == j else self.above[k] if j > k else self.below[j]
            target[row - unknowns.blocks[k].start, column - unknowns.blocks[j].start] -= value

    def _diagonal_losses(self) -> Array:
        """The rate at which each level is left."""
        ends = self._levels.ends
        total = np.zeros(len(self._levels.energies))
        for coupling in self._couplings:
            rates = self._rate_blocks[coupling.bath.name]
            for k, (part, (down, up)) in enumerate(zip(coupling.parts, rates, strict=True)):
                squared = np.square(part)
                total[ends[k + 1] : ends[k + 2]] += (squared * down).sum(axis=1)
                total[ends[k] : ends[k + 1]] += (squared * up).sum(axis=0)
        return total

    def _mixing(self) -> Iterator[tuple[int, int, float]]:
        """Losses that turn one pair into another: row, column and rate."""
        places = self.unknowns.places
        for group in self._levels.groups:
            loss = self._group_losses(group)
            np.fill_diagonal(loss, 0.0)
            members = group.tolist()
            for i, j in zip(*(x.tolist() for x in np.nonzero(loss)), strict=True):
                a, b = members[i], members[j]
                for c in members:
                    row, column = (
                        places.get((min(a, c), max(a, c))),
                        places.get((min(b, c), max(b, c))),
                    )
                    if row is None or column is None:
                        continue
                    turned = self._sign if (a > c) != (b > c) else 1
                    # a population loses through both of its indices
                    yield row, column, turned * loss[i, j] / (1 if a == c else 2)

    def _group_losses(self, group: Integers) -> Array:
        r""":math:`\sum_f \phi(E_e - E_f) S_{ef}S_{fe}` within one group."""
        charges, ends = self._levels.charges, self._levels.ends
        total = np.zeros((len(group), len(group)))
        for coupling in self._couplings:
            for charge in range(len(self._levels.sizes)):
                seen = np.flatnonzero(np.abs(charges[group] - charge) == 1)
                if not len(seen):
                    continue
                inner = np.arange(ends[charge], ends[charge + 1])
                columns = np.empty((len(inner), len(seen)))
                for value in np.unique(charges[group[seen]]):
                    chosen = charges[group[seen]] == value
                    part = self._elements(coupling, inner, group[seen][chosen])
                    # charges one apart always have elements
                    columns[:, chosen] = 0.0 if part is None else part
                rates = self._rates(coupling.bath, inner, group[seen[:1]])
                total[np.ix_(seen, seen)] += columns.T @ (rates * columns)
        return total
