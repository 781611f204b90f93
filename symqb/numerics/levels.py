"""Levels and coupling operators of a battery at one point, to any number of digits.

Everything is exact as given: a float is the binary fraction it is.  Symmetry block by symmetry
block (charge, then reflection parity) the Hamiltonian is diagonalised in balls of python-flint;
every number below carries its own bound of error.

What stands on this file: the engine at many digits, the decision which levels coincide, evolution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb

from symqb.models import BatteryModel, DegenerateLevelsError
from symqb.numerics.block_structure import Block, chain_blocks
from symqb.numerics.degeneracy import coincidences, join
from symqb.numerics.distinct import count_distinct
from symqb.numerics.eigen_digits import (
    ball_matrix,
    binary_exponent,
    midpoints,
    object_array,
    solve_symmetric,
)
from symqb.numerics.exact_inputs import ExactInputs, Slot, by_midpoint, to_ball
from symqb.numerics.labels import label_order
from symqb.program.contexts import working_bits

Array = npt.NDArray[np.float64]
Balls = npt.NDArray[np.object_]
"""An array of ``flint.arb``."""

BITS_A_DIGIT = 3.3219281
SPARE_BITS = 24
SMALL = 60
"""A number of the Hamiltonian is tiny if it is this many bits below the largest."""
MOST_BITS = 8000
MOST_BITS_WITH_ROOTS = 1500
"""Where a number of the model is a root, equal levels are told from unequal ones this far."""


@dataclass(frozen=True)
class Coupling:
    r"""One operator through which a bath acts, in the energy basis.

    Attributes
    ----------
    bath : str
        The bath's name.
    axis : {"x", "y"}
        For ``"x"`` the operator is the real symmetric ``matrix``; for ``"y"`` it is
        :math:`i` times it, and ``matrix`` is real and antisymmetric.  So
        ``S rho S^+ = matrix @ rho @ matrix.T`` in both cases.
    matrix : array of arb, shape (levels, levels)
        ``matrix[a, b]`` is the element <a|S|b>, weights of the sites included.  Exactly zero is
        what symmetry forbids; what no digit tells from zero is a ball about zero, neither ``== 0``
        nor ``!= 0``.
    """

    bath: str
    axis: str
    matrix: Balls

    @cached_property
    def floats(self) -> Array:
        """The matrix as floats."""
        return midpoints(self.matrix)


@dataclass(frozen=True)
class Levels:
    """The levels of a battery at one point, in the order of their labels 1, 2, ...

    The order is the closed form's for models that have one (the paper's numbers for two and three
    spins), else ascending energy.

    Attributes
    ----------
    inputs : ExactInputs
        The model's numbers at the point, exact.
    bits : int
        The precision that was needed; balls are a little wider.
    charges, parities : tuple of int
        Up spins of each level (XYZ bonds: their number modulo 2); reflection parity, 0 without.
    energies : array of arb, shape (levels,)
    vectors : array of arb, shape (2**spins, levels)
        Columns are the levels in the bare basis of :func:`symqb.derive.basis_states`
        (``|1..1>`` first).  The first amplitude of more than half the largest is positive; the
        closed form's signs may differ.
    errors : array of float, shape (levels,)
        Bounds on each vector's distance from an exact one.
    couplings : tuple of Coupling
        One for each bath, or with individual dissipation one for each site of each bath.
    slopes : array of arb, shape (inputs, levels)
        x dE/dx for every input x that is a float; ``names`` says which.
    groups : tuple of tuple of int
        Places (from 0) of the levels that coincide by the one rule; every level is in one group.
    """

    inputs: ExactInputs
    bits: int
    charges: tuple[int, ...]
    parities: tuple[int, ...]
    energies: Balls
    vectors: Balls
    errors: Array
    couplings: tuple[Coupling, ...]
    names: tuple[str, ...]
    slopes: Balls
    groups: tuple[tuple[int, ...], ...]

    @property
    def model(self) -> BatteryModel:
        """The battery."""
        return self.inputs.model

    @property
    def size(self) -> int:
        """How many levels there are."""
        return len(self.energies)

    @cached_property
    def floats(self) -> Array:
        """The energies as floats, rounded once."""
        return midpoints(self.energies)

    @cached_property
    def gaps(self) -> Array:
        """``gaps[a, b] = E_a - E_b`` as floats, each rounded once; exactly 0 within a group."""
        with working_bits(self.bits):
            found = midpoints(np.subtract.outer(self.energies, self.energies))
        for group in self.groups:
            found[np.ix_(group, group)] = 0.0
        return found

    @cached_property
    def group_of(self) -> npt.NDArray[np.int64]:
        """The number of each level's group."""
        found = np.empty(self.size, dtype=np.int64)
        for k, group in enumerate(self.groups):
            found[list(group)] = k
        return found

    @cached_property
    def empty_energy(self) -> Any:
        """The mean energy of ``|0..0>`` as a ball."""
        empty = self.vectors[-1]
        with working_bits(self.bits):
            if self.model.chain.conserves_magnetization:
                (place,) = [k for k, charge in enumerate(self.charges) if charge == 0]
                return self.energies[place]
            return sum((a * a * E for a, E in zip(empty, self.energies, strict=True)), arb(0))


@dataclass
class _Solved:
    """Everything of one precision, block by block in the blocks' order."""

    blocks: tuple[Block, ...]
    energies: list[Any]
    errors: list[Any]
    slopes: list[list[Any]]
    vectors: list[Balls]
    slices: list[slice]


def _solve_blocks(inputs: ExactInputs, bits: int, scale: Any) -> _Solved:
    chain = inputs.model.chain
    blocks = chain_blocks(
        chain.spins, not chain.conserves_magnetization, chain.reflection_symmetric
    )
    values = {slot: inputs.ball(value) for slot, value in inputs.slots.items()}
    found = _Solved(blocks, [], [], [[] for _ in inputs.rounded], [], [])
    floor = arb(2) ** -bits
    for block in blocks:
        H = ball_matrix(block.hamiltonian(values, arb(0), arb(2).sqrt()))
        energies, vectors, errors = solve_symmetric(H, bits)
        for row, moved in zip(found.slopes, inputs.rounded.values(), strict=True):
            row += _slopes(block, moved, vectors)
        found.slices.append(slice(len(found.energies), len(found.energies) + block.size))
        found.energies += energies
        found.errors += [error + (floor if block.size > 1 else 0) for error in errors]
        found.vectors.append(vectors)
    return found


def _slopes(block: Block, moved: Mapping[Slot, float], vectors: Balls) -> list[Any]:
    """The mean of x dH/dx in each level (Hellmann and Feynman)."""
    kept = {slot: arb(value) for slot, value in moved.items() if value}
    terms = tuple(term for term in block.terms if term[2] in kept)
    if not terms:
        return [arb(0)] * block.size
    part = Block(block.charge, block.parity, block.leading, block.images, terms)
    derivative = ball_matrix(part.hamiltonian(kept, arb(0), arb(2).sqrt()))
    turned = object_array(derivative * ball_matrix(vectors))
    return [sum((vectors[:, k] * turned[:, k]).tolist(), arb(0)) for k in range(block.size)]


def _decide(inputs: ExactInputs, solved: _Solved, bits: int) -> list[list[int]] | None:
    """Groups of levels that coincide, or None where more digits are needed."""
    together, equal = coincidences(solved.energies, solved.slopes)
    if together is None:
        return None
    if equal:
        values = {slot: inputs.value(value) for slot, value in inputs.slots.items()}
        if all(isinstance(value, Fraction) for value in values.values()):
            # what a rounding joins may be equal too, and then counts once
            maybe = [
                (a, b) for a, b in together if (solved.energies[a] - solved.energies[b]).contains(0)
            ]
            pairs = join(len(solved.energies), [*equal, *maybe])
            part = {k for pair in equal for k in pair}
            chosen = [k for k, s in enumerate(solved.slices) if part & set(range(s.start, s.stop))]
            inside = {
                i for k in chosen for i in range(solved.slices[k].start, solved.slices[k].stop)
            }
            visible = sum(1 for group in pairs if inside & set(group))
            if count_distinct([solved.blocks[k] for k in chosen], values) != visible:
                return None
        elif bits < MOST_BITS_WITH_ROOTS:
            return None
    return join(len(solved.energies), [*together, *equal])


def _bare_vectors(solved: _Solved, spins: int) -> Balls:
    """All vectors over the bare basis, ``|1..1>`` first, with their signs settled."""
    top = 2**spins - 1
    found = np.full((2**spins, len(solved.energies)), arb(0), dtype=object)
    half = arb(2).rsqrt()
    for block, vectors, part in zip(solved.blocks, solved.vectors, solved.slices, strict=True):
        for row, (state, image) in enumerate(zip(block.leading, block.images, strict=True)):
            if state == image:
                found[top - state, part] = vectors[row]
            else:
                shared = vectors[row] * half
                found[top - state, part] = shared
                found[top - image, part] = shared * block.parity
    sizes = np.abs(midpoints(found))
    for k in range(found.shape[1]):
        first = int(np.argmax(sizes[:, k] > 0.5 * sizes[:, k].max()))
        if found[first, k] < 0:
            found[:, k] = -found[:, k]
    return found


def _site_matrix(
    vectors: Balls, charges: tuple[int, ...], site: int, axis: str, spins: int
) -> Balls:
    """sigma at a site over all levels (sigma_y over i), by pairs of neighbouring charges."""
    size, top = len(charges), 2**spins - 1
    found = np.full((size, size), arb(0), dtype=object)
    columns: dict[int, list[int]] = {}
    for k, charge in enumerate(charges):
        columns.setdefault(charge, []).append(k)
    parity_only = len(columns) == 2 and spins > 1
    bit = 1 << (spins - site)

    def charge_of(state: int) -> int:
        return state.bit_count() % 2 if parity_only else state.bit_count()

    for charge, below in columns.items():
        above = columns.get(charge + 1)
        if above is None:
            continue
        states = [
            s for s in range(top + 1) if charge_of(s) == charge and charge_of(s ^ bit) == charge + 1
        ]
        if not states:
            continue
        left = vectors[np.ix_([top - (s ^ bit) for s in states], above)]
        right = vectors[np.ix_([top - s for s in states], below)]
        if axis == "y":
            signs = np.array([1 if s & bit else -1 for s in states], dtype=object)
            right = right * signs[:, None]
        part = object_array(ball_matrix(left).transpose() * ball_matrix(right))
        found[np.ix_(above, below)] = part
        found[np.ix_(below, above)] = part.T if axis == "x" else -part.T
    return found


def _cleared(matrix: Balls, errors: list[Any], norm: Any) -> Balls:
    """Widened by the errors of the vectors; what then contains zero is a ball about zero."""
    zero, unit = arb(0), arb(0, 1)
    found = np.full(matrix.shape, zero, dtype=object)
    for a, b in zip(*np.nonzero(~(matrix == 0)), strict=True):
        found[a, b] = centred(matrix[a, b] + unit * ((errors[a] + errors[b]) * norm))
    return found


def centred(ball: Any) -> Any:
    """A ball that contains zero as one about zero; any other as it is."""
    return arb(0, ball.abs_upper()) if ball.contains(0) else ball


def _couplings(inputs: ExactInputs, vectors: Balls, charges: Any, errors: Any) -> list[Coupling]:
    model, known = inputs.model, {}
    found: list[Coupling] = []
    for bath in model.baths:
        parts = []
        for site, weight in bath.couplings:
            if (site, bath.axis) not in known:
                known[site, bath.axis] = _site_matrix(
                    vectors, charges, site, bath.axis, model.chain.spins
                )
            parts.append((known[site, bath.axis], inputs.ball(weight)))
        if model.dissipation == "collective":
            whole = sum(
                (matrix * weight for matrix, weight in parts[1:]), parts[0][0] * parts[0][1]
            )
            norm = sum((abs(weight) for _, weight in parts), arb(0))
            found.append(Coupling(bath.name, bath.axis, _cleared(whole, errors, norm)))
        else:
            found += [
                Coupling(bath.name, bath.axis, _cleared(matrix * weight, errors, abs(weight)))
                for matrix, weight in parts
            ]
    return found


def solve_levels(model: BatteryModel, point: Mapping[str, Any], digits: int = 40) -> Levels:
    """Levels, coupling operators and coincidences at one point.

    Parameters
    ----------
    model : BatteryModel
        The battery; its numbers are exact as given.
    point : mapping
        Parameter name to float, int, Fraction, decimal string or mpf, every parameter of the
        model's chain and couplings.  A float carries a rounding, the others none: see
        :mod:`symqb.numerics.degeneracy`.
    digits : int
        Decimal digits of the energies, relative to the largest number of the Hamiltonian; more
        where they are needed to tell levels apart.

    Returns
    -------
    Levels
        Everything in balls; ``floats`` and ``gaps`` are rounded to floats.

    Raises
    ------
    DegenerateLevelsError
        Levels that neither coincide nor lie apart at any number of digits tried.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=2.0, J=1.0, Delta=0.0, epsilon=0.5)
    >>> levels = solve_levels(xxz_model(4), point)
    >>> levels.floats[:3].round(6).tolist(), max(map(len, levels.groups))
    ([-4.0, -3.618034, -2.618034], 2)
    >>> levels.couplings[0].floats.shape
    (16, 16)
    """
    inputs = ExactInputs.of(model, point)
    bits = int(digits * BITS_A_DIGIT) + SPARE_BITS + _bits_of_small(inputs)
    # at least one round, however many digits are asked for
    most = max(bits, MOST_BITS)
    while bits <= most:
        with working_bits(bits + SPARE_BITS):
            solved = _solve_blocks(inputs, bits, None)
            groups = _decide(inputs, solved, bits)
            if groups is not None:
                return _finished(inputs, solved, groups, bits)
        bits *= 2
    raise DegenerateLevelsError(
        f"two levels come so close that {most} bits do not tell whether they "
        "coincide; move off the point, by 1e-9 say"
    )


def _bits_of_small(inputs: ExactInputs) -> int:
    """Bits in which what tiny numbers of the model alone bring about is seen.

    A rate that a tiny bond alone makes is its square, one at the end of several theirs; so are
    rates of tiny weights, which other baths' may hide.
    """
    numbers = _exponents(inputs, inputs.slots.values())
    hops = [value for (kind, _), value in inputs.slots.items() if kind in ("J", "eta")]
    largest = max(numbers, default=0)
    path = sum(largest - exponent for exponent in _exponents(inputs, hops))
    span = largest - min(numbers, default=0)
    weights = _exponents(inputs, (w for bath in inputs.model.baths for _, w in bath.couplings))
    spread = max(weights, default=0) - min(weights, default=0)
    lost = max(span if span > SMALL else 0, path if path > 2 * SMALL else 0)
    return 2 * lost + (3 * spread if spread > SMALL // 2 else 0)


def _exponents(inputs: ExactInputs, values: Iterable[Any]) -> list[int]:
    """The binary exponents of those numbers that are not zero."""
    sizes = [abs(inputs.ball(value)).mid() for value in values]
    return [binary_exponent(size) for size in sizes if size != 0]


def _finished(inputs: ExactInputs, solved: _Solved, groups: list[list[int]], bits: int) -> Levels:
    model = inputs.model
    keys = [(b.charge, b.parity) for b in solved.blocks for _ in range(b.size)]
    # levels that coincide keep the order of their blocks, whatever the last digit says
    ascending = sorted(groups, key=lambda group: by_midpoint(solved.energies[group[0]]))
    ranks = {k: float(rank) for rank, group in enumerate(ascending) for k in group}
    order = label_order(model, inputs.point, keys, [ranks[k] for k in range(len(keys))])
    place = {int(old): new for new, old in enumerate(order)}
    charges = tuple(keys[k][0] for k in order)
    vectors = _bare_vectors(solved, model.chain.spins)[:, order]
    errors = [solved.errors[k] for k in order]
    slopes = np.full((len(solved.slopes), len(order)), arb(0), dtype=object)
    for row, values in enumerate(solved.slopes):
        slopes[row] = [values[k] for k in order]
    return Levels(
        inputs,
        bits,
        charges,
        tuple(keys[k][1] for k in order),
        np.array([to_ball(solved.energies[k]) for k in order], dtype=object),
        vectors,
        np.array([float(error.upper()) for error in errors]),
        tuple(_couplings(inputs, vectors, charges, errors)),
        tuple(inputs.rounded),
        slopes,
        tuple(sorted(tuple(sorted(place[k] for k in group)) for group in groups)),
    )
