r"""The basis of coinciding levels in which populations close, for chains of any length.

Where levels of one energy share a neighbour, populations meet coherences.  In the eigenbasis of the
steady density matrix they do not: there its populations obey a rate equation as everywhere else,
with the squared elements of that basis.  So the coherences are solved for only to find the basis,
from the null space of the generator of :mod:`symqb.numerics.pair_blocks`; populations and currents
then come from elimination without subtraction, and are checked against that null space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel, DegenerateLevelsError, SteadyStateError
from symqb.numerics.block_elimination import steady_weights
from symqb.numerics.block_inverse import apply_blocks, small_subspace
from symqb.numerics.block_rates import Spectrum
from symqb.numerics.chain_sectors import ChainNumbers, Convert
from symqb.numerics.close_levels import Sectors
from symqb.numerics.limits import available_memory, bytes_text
from symqb.numerics.not_unique import not_unique
from symqb.numerics.pair_blocks import (
    CouplingBlocks,
    Grouped,
    PairBlocks,
    RateBlocks,
    Unknowns,
    coupling_blocks,
)

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SINGULAR, REGULAR = 1e-11, 1e-9
"""Eigenvalues of a generator of rates 0 and 1 below this are zeros, above that are none."""
SHIFT = 1e-5
"""Of inverse iteration, over the scale of rates: what blocks lose by it is far below SINGULAR."""
SUBSPACE = 6
"""Vectors of inverse iteration: more than there are slow modes beside the steady state."""
FLOOR = 1e-150
"""Populations far below this are not resolved where the basis is found."""
AGREEMENT = 1e-9
"""How far elimination and the null space may differ in a population."""
RESOLVED = 1e-11
"""How far they may differ, over the population, where coherences choose the states."""


@dataclass(frozen=True)
class Closed:
    """A spectrum whose populations close.

    Attributes
    ----------
    spectrum : Spectrum
        By charge as before, or in two sectors by its parity where levels of different charge mix.
    places : integer array, shape (levels,)
        For each level of ``spectrum``, sector after sector, its place in the spectrum before.
        Within a group of coinciding levels the assignment means nothing.
    expected : array, shape (levels,)
        Populations in the order of the spectrum before, as the null space has them: to an absolute
        accuracy.  None where no coherence was in play.
    turned : integer array, shape (m,)
        Places in the spectrum before whose states coherences have chosen.
    """

    spectrum: Spectrum
    places: Integers
    expected: Array | None = None
    turned: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @classmethod
    def unchanged(cls, spectrum: Spectrum) -> Closed:
        """A spectrum whose populations close as they are."""
        return cls(spectrum, np.arange(sum(spectrum.sizes)))

    def as_before(self, populations: Sequence[Array]) -> Array:
        """Populations of all levels in the order of the spectrum before, checked.

        Raises
        ------
        SteadyStateError
            Elimination and the null space disagree.
        """
        found = np.empty(len(self.places))
        found[self.places] = np.concatenate(list(populations))
        if self.expected is None:
            return found
        apart = np.abs(found - self.expected)
        worst = float(apart.max())
        if not worst <= AGREEMENT:
            raise SteadyStateError(
                f"two ways to the populations of coinciding levels differ by {worst:.1e}, at most "
                f"{AGREEMENT:g} is allowed: rates span too much for doubles; raise the lowest "
                "temperature, or move off the point"
            )
        small, apart = found[self.turned], apart[self.turned]
        # an exact zero is what the elimination proves it to be
        if (apart > RESOLVED * small)[small > 0].any():
            raise SteadyStateError(
                f"coinciding levels hold populations down to {small[small > 0].min():.1e}, and "
                "doubles do not tell in which states; raise the lowest temperature, or move off "
                "the point"
            )
        return found


def needed_bytes(levels: Grouped, baths: int) -> int:
    """Bytes held at most while the coherences of these levels are solved for."""
    total = 0
    for pairs in (levels.populations_and_pairs(), levels.pairs(1)):
        sizes = Unknowns(levels, *pairs).sizes
        square = sum(n * n for n in sizes)
        beside = sum(2 * m * n for m, n in pairwise(sizes))
        total = max(total, 2 * square + beside + 6 * max(sizes, default=0) ** 2)
    elements = sum(m * n for m, n in pairwise(levels.sizes))
    return 8 * int(total + 2 * (baths + 1) * elements) + 100 * 2**20


def _check_memory(levels: Grouped, baths: int) -> None:
    needed, free = needed_bytes(levels, baths), available_memory()
    if free is not None and needed > free:
        pairs = len(levels.populations_and_pairs()[0]) + len(levels.pairs(1)[0])
        raise DegenerateLevelsError(
            f"{sum(map(len, levels.groups))} levels coincide with another and share a neighbour; "
            f"populations and coherences together are {pairs} unknowns and take "
            f"{bytes_text(needed)}, of which {bytes_text(free)} are free. Move off the point, by "
            "1e-6 say, or give the run more memory"
        )


def closing_spectrum(
    model: BatteryModel,
    spectrum: Spectrum,
    convert: Convert,
    groups: Sequence[Sequence[int] | Integers],
) -> Closed:
    """Turn coinciding levels into the basis in which populations see no coherence.

    Call it where coinciding levels share a neighbour; then go on with its spectrum as with any.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    spectrum : Spectrum
        Its levels from :func:`symqb.numerics.block_rates.solve_spectrum`.
    convert : callable
        From the model's values to floats.
    groups : sequence of sequences of int
        All levels, as places in the concatenated sectors, those that coincide together; which do
        says :mod:`symqb.numerics.degeneracy`.

    Raises
    ------
    SteadyStateError
        The steady state is not unique, counted with coherences, or doubles cannot tell.
    DegenerateLevelsError
        The coherences take more memory than is free.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> from symqb.numerics.block_rates import solve_spectrum
    >>> from symqb.numerics.chain_sectors import Convert
    >>> point = dict(B0=2.0, J=1.0, Delta=0.0, epsilon=0.5, T_L=2.0, T_R=1.0, kappa=1.0)
    >>> convert = Convert(point)
    >>> spectrum = solve_spectrum(xxz_model(4), convert)
    >>> apart = [[level] for level in range(16)]
    >>> closing_spectrum(xxz_model(4), spectrum, convert, apart).spectrum.sizes
    (1, 4, 6, 4, 1)
    """
    levels = Grouped.of(spectrum, groups)
    _check_memory(levels, len(spectrum.baths))
    sectors = spectrum.sectors or Sectors(ChainNumbers.of(model.chain, convert))
    couplings = coupling_blocks(model, convert, sectors)
    rates = RateBlocks(levels, couplings)
    unknowns = _one_state(levels, couplings, rates.structure())
    if unknowns.alone.all():
        return Closed.unchanged(spectrum)
    density = _density(PairBlocks(unknowns, couplings, rates), _guess(spectrum))
    rotations, eigenvalues = _eigenbasis(unknowns, density)
    closed = _rotated(spectrum, levels, couplings, rotations)
    turned = np.concatenate([members for members, _ in rotations])
    return replace(closed, expected=eigenvalues, turned=turned)


def _one_state(levels: Grouped, couplings: list[CouplingBlocks], structure: RateBlocks) -> Unknowns:
    """The pairs that populations lead to, after all pairs are seen to have one steady state."""
    unknowns = Unknowns(levels, *levels.populations_and_pairs())
    generator = PairBlocks(unknowns, couplings, structure)
    count, reached = _nullity(generator), _reached(generator)
    for parity in (0, 1):
        pairs = levels.pairs(parity)
        for sign in (-1,) if parity == 0 else (1, -1):
            if len(pairs[0]):
                coherences = Unknowns(levels, *pairs)
                count += _nullity(PairBlocks(coherences, couplings, structure, sign=sign))
    if count != 1:
        spins = sum(levels.sizes).bit_length() - 1
        reason = "coherences between coinciding levels that never decay count"
        raise not_unique(spins, count, reason, coherent=True, cold=False)
    return Unknowns(levels, unknowns.left[reached], unknowns.right[reached])


def _nullity(generator: PairBlocks) -> int:
    scale = float(generator.losses.max(initial=0.0)) or 1.0
    wanted = SUBSPACE
    while True:
        values, _ = small_subspace(*generator.blocks, count=wanted, shift=SHIFT * scale)
        unsure = values[(values > SINGULAR * scale) & (values < REGULAR * scale)]
        if len(unsure):
            raise SteadyStateError(
                f"a coherence between coinciding levels decays {unsure[0] / scale:.1e} times as "
                "fast as others, which doubles do not tell from never, so the steady state may not "
                "be unique; set the smallest coupling to exactly 0, or make it larger"
            )
        found = int(np.sum(values <= SINGULAR * scale))
        if found < wanted or len(values) < wanted:
            return found
        wanted *= 2


def _reached(generator: PairBlocks) -> npt.NDArray[np.bool_]:
    """Which pairs populations feed, at once or through other pairs."""
    unknowns = generator.unknowns
    diagonal, above, below = (
        [np.asarray(block != 0, dtype=np.float64) for block in blocks]
        for blocks in generator.blocks
    )
    reached = unknowns.alone
    while True:
        fed = apply_blocks(diagonal, above, below, reached[:, None].astype(np.float64))[:, 0] > 0
        if not (fed & ~reached).any():
            return reached
        reached = reached | fed


def _guess(spectrum: Spectrum) -> Array:
    """Populations without coherences, which tell the orders of magnitude."""
    with np.errstate(all="ignore"):
        weights = steady_weights(spectrum.sizes, spectrum.rates, spectrum.ground_sector)
        flat = np.concatenate(weights)
        if not np.isfinite(flat).all() or not flat.any():
            return np.ones(len(flat))
        return np.asarray(np.maximum(flat / flat.max(), FLOOR))


def _density(generator: PairBlocks, guess: Array) -> Array:
    """The null vector over the pairs, populations with a sum of 1.

    Each pair is counted in units of the populations expected, and each equation in units of its
    loss, so that small populations keep their digits.
    """
    unknowns = generator.unknowns
    units = np.sqrt(guess[unknowns.left] * guess[unknowns.right])
    losses = np.where(generator.losses > 0, generator.losses, 1.0)
    generator.scale(1 / (losses * units), units)
    _, vectors = small_subspace(*generator.blocks, count=SUBSPACE, shift=SHIFT)
    density = vectors[:, 0] * units
    return np.asarray(density / density[unknowns.alone].sum())


def _eigenbasis(unknowns: Unknowns, density: Array) -> tuple[list[tuple[Integers, Array]], Array]:
    """Rotations of the levels that the density matrix mixes, and its eigenvalues by place."""
    eigenvalues = np.zeros(len(unknowns.levels.energies))
    eigenvalues[unknowns.left[unknowns.alone]] = density[unknowns.alone]
    places = unknowns.places
    rotations: list[tuple[Integers, Array]] = []
    for group in unknowns.levels.groups:
        for members in _connected(group.tolist(), places):
            block = np.zeros((len(members),) * 2)
            for i, j in zip(*np.triu_indices(len(members)), strict=True):
                place = places.get((members[i], members[j]))
                block[i, j] = block[j, i] = 0.0 if place is None else density[place]
            values, turn = np.linalg.eigh(block)
            chosen = np.array(members, dtype=np.int64)
            eigenvalues[chosen] = values
            rotations.append((chosen, turn))
    return rotations, eigenvalues


def _connected(members: list[int], places: dict[tuple[int, int], int]) -> list[list[int]]:
    """Members of a group that coherences connect; those without any are left out."""
    found: list[list[int]] = []
    open_ = list(members)
    while open_:
        part, frontier = [], [open_.pop(0)]
        while frontier:
            here = frontier.pop()
            part.append(here)
            near = [c for c in open_ if (min(here, c), max(here, c)) in places]
            open_ = [c for c in open_ if c not in near]
            frontier += near
        if len(part) > 1:
            found.append(sorted(part))
    return found


def _rotated(
    spectrum: Spectrum,
    levels: Grouped,
    couplings: list[CouplingBlocks],
    rotations: list[tuple[Integers, Array]],
) -> Closed:
    """The spectrum in the rotated basis, by charge, or by its parity where charges mix."""
    charges, ends = levels.charges, levels.ends
    if all((charges[members] == charges[members[0]]).all() for members, _ in rotations):
        sectors = [np.arange(a, b) for a, b in pairwise(ends)]
        parities = spectrum.parities
        matrices = [list(part.parts) for part in couplings]
    else:
        sectors = [np.flatnonzero(charges % 2 == parity) for parity in (0, 1)]
        parities = tuple(np.zeros(len(sector), dtype=np.int64) for sector in sectors)
        matrices = [[_by_parity(part, levels)] for part in couplings]
    place = np.empty(len(charges), dtype=np.int64)
    sector_of = np.empty(len(charges), dtype=np.int64)
    for k, sector in enumerate(sectors):
        place[sector], sector_of[sector] = np.arange(len(sector)), k
    for parts in matrices:
        parts[:] = [part.copy() for part in parts]
        for members, turn in rotations:
            k, inside = int(sector_of[members[0]]), place[members]
            if k < len(parts):
                parts[k][:, inside] = parts[k][:, inside] @ turn
            if k:
                parts[k - 1][inside] = turn.T @ parts[k - 1][inside]
    energies = tuple(levels.energies[sector] for sector in sectors)
    rests = tuple(levels.rests[sector] for sector in sectors)
    squared = [
        _squared(spectrum, couplings, matrices, k, np.subtract.outer(energies[k + 1], energies[k]))
        for k in range(len(sectors) - 1)
    ]
    closed = replace(
        spectrum, energies=energies, parities=parities, squared=tuple(squared), rests=rests
    )
    return Closed(closed, np.concatenate(sectors))


def _by_parity(coupling: CouplingBlocks, levels: Grouped) -> Array:
    """One operator from all sectors of even charge to all of odd charge."""
    sectors = [np.flatnonzero(levels.charges % 2 == parity) for parity in (0, 1)]
    whole = np.zeros((len(sectors[1]), len(sectors[0])))
    for k, part in enumerate(coupling.parts):
        upward = k % 2 == 0
        to, source = (k + 1, k) if upward else (k, k + 1)
        rows = np.searchsorted(sectors[1], np.arange(*levels.ends[to : to + 2]))
        columns = np.searchsorted(sectors[0], np.arange(*levels.ends[source : source + 2]))
        back = part.T if coupling.bath.axis == "x" else -part.T
        whole[np.ix_(rows, columns)] = part if upward else back
    return whole


def _squared(
    spectrum: Spectrum,
    couplings: list[CouplingBlocks],
    matrices: list[list[Array]],
    k: int,
    gaps: Array,
) -> dict[str, Array]:
    """Squared elements between two sectors, bath by bath, times the density over the Ohmic one."""
    found: dict[str, Array] = {}
    for bath in spectrum.baths:
        total = np.zeros_like(gaps)
        for coupling, parts in zip(couplings, matrices, strict=True):
            if coupling.bath.name == bath.name:
                squares = np.square(parts[k])
                squares[squares < coupling.negligible] = 0.0
                total += squares
        found[bath.name] = np.asarray(total * bath.over_ohmic(gaps))
    return found
