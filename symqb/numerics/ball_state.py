"""The steady state of a battery at one point in balls: unique, or refused with the count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb

from symqb.numerics.ball_elimination import closed_classes, rate_matrix, stationary
from symqb.numerics.ball_rates import BathBalls, Edge, MoreDigitsError, bath_balls, edges_of
from symqb.numerics.count_told import check_classes, check_parts, told_apart
from symqb.numerics.degeneracy import join
from symqb.numerics.eigen_digits import (
    ball_matrix,
    midpoints,
    object_array,
    solve_symmetric,
)
from symqb.numerics.empty_states import empty_counts
from symqb.numerics.exact_inputs import by_midpoint
from symqb.numerics.levels import Coupling, Levels, centred
from symqb.numerics.not_unique import (
    not_unique,
    reason_in_classes,
    reason_in_parts,
)
from symqb.numerics.zero_block import (
    Component,
    components,
    generator,
    numbered_rates,
    solve_component,
    true_rates,
    unit_rates,
)

Balls = npt.NDArray[np.object_]


@dataclass(frozen=True)
class BallState:
    """Levels, populations and what the baths drive, everything in balls and label order.

    Where coherences join the populations of coinciding levels, these levels are the eigenstates of
    the density matrix, populations ascending.
    """

    levels: Levels
    energies: tuple[Any, ...]
    populations: tuple[Any, ...]
    baths: Mapping[str, BathBalls]
    edges: Mapping[str, Sequence[Edge]]


def joined_energies(levels: Levels) -> list[Any]:
    """The energies, of coinciding levels their mean."""
    energies = list(levels.energies)
    for group in levels.groups:
        if len(group) > 1:
            mean = sum((energies[k] for k in group), arb(0)) / len(group)
            for k in group:
                energies[k] = mean.mid()
    return energies


def _symmetric_parts(
    levels: Levels, baths: Mapping[str, BathBalls], energies: Sequence[Any]
) -> list[Component]:
    """The components of the symmetric part at the true rates, after one steady state was counted.

    Raises
    ------
    NotUniqueError
        There are others.
    """
    rates = {name: true_rates(bath) for name, bath in baths.items()}
    entries = generator(levels.couplings, rates, energies, levels.groups)
    parts = components(entries, levels.groups, symmetric=True)
    if any(bath.cold for bath in baths.values()):
        counted, turning = parts, components(entries, levels.groups, symmetric=False)
    else:
        # without a bath at T = 0 the number does not depend on the rates: 1 is best to tell by
        ones = {name: unit_rates(bath) for name, bath in baths.items()}
        plain = generator(levels.couplings, ones, energies, levels.groups)
        counted = components(plain, levels.groups, symmetric=True)
        turning = components(plain, levels.groups, symmetric=False)
    nullities = [(part, part.nullity()) for part in [*counted, *turning]]
    count = sum(nullity for _, nullity in nullities)
    if count != 1:
        if counted is parts and _count_numbered(levels, baths, energies) < count:
            raise MoreDigitsError
        check_parts(levels, baths, count)
        kept = [(part, nullity) for part, nullity in nullities if nullity]
        coherent = not all(part.populations for part, _ in kept)
        raise not_unique(
            levels.inputs.model.chain.spins,
            count,
            reason_in_parts(kept),
            coherent=coherent,
            # one rate equation that is connected: what keeps its ends apart is the cold alone
            cold=not coherent and len(kept) == 1,
        )
    return parts


def _count_numbered(levels: Levels, baths: Mapping[str, BathBalls], energies: Sequence[Any]) -> int:
    """How many steady states there are where no rate is small beside another.

    Fewer than at the true rates are a sign of slow ones that these digits take for zero.
    """
    numbers: dict[Any, Any] = {}
    rates = {name: numbered_rates(bath, numbers) for name, bath in baths.items()}
    entries = generator(levels.couplings, rates, energies, levels.groups)
    return sum(
        part.nullity()
        for symmetric in (True, False)
        for part in components(entries, levels.groups, symmetric=symmetric)
    )


def solve_state(levels: Levels) -> BallState:
    """The steady state at the precision of the levels; call it with that many bits in force.

    Raises
    ------
    SteadyStateError
        Not unique; populations and coherences between coinciding levels are counted.
    DomainError
        A temperature below zero, a spectral density outside its domain.
    MoreDigitsError
        The precision does not decide.
    """
    if not told_apart(levels.couplings):
        raise MoreDigitsError
    baths = bath_balls(levels.inputs)
    if all(len(group) == 1 for group in levels.groups):
        return _from_rates(levels, list(levels.energies), baths)
    apart, places = in_pieces(levels)
    return _ascending(_solve_groups(apart, baths), places)


def _ascending(state: BallState, places: Iterable[Sequence[int]]) -> BallState:
    """The state with the populations of each of some sets of levels made ascending."""
    new = list(range(len(state.populations)))
    for members in places:
        order = sorted(members, key=lambda k: by_midpoint(state.populations[k]))
        for old, place in zip(order, members, strict=True):
            new[old] = place
    if new == sorted(new):
        return state
    populations = list(state.populations)
    for old, place in enumerate(new):
        populations[place] = state.populations[old]
    edges = {
        name: [replace(edge, lower=new[edge.lower], upper=new[edge.upper]) for edge in part]
        for name, part in state.edges.items()
    }
    return replace(state, populations=tuple(populations), edges=edges)


def _solve_groups(levels: Levels, baths: Mapping[str, BathBalls]) -> BallState:
    """The state where levels coincide."""
    energies = list(levels.energies)
    joined = joined_energies(levels)
    parts = _symmetric_parts(levels, baths, joined)
    coherent = [part for part in parts if len(part.pairs) > 1 and not part.populations]
    coherent = [part for part in coherent if any(a == b for a, b in part.pairs)]
    if not coherent:
        return _from_rates(levels, energies, baths)
    return _from_components(levels, joined, baths, parts)


def _links(rates: Balls) -> npt.NDArray[np.bool_]:
    return np.asarray(rates != 0, dtype=bool)


def _from_rates(levels: Levels, energies: list[Any], baths: Mapping[str, BathBalls]) -> BallState:
    edges = edges_of(levels.couplings, baths, energies, levels.group_of.tolist())
    rates = rate_matrix(levels.size, (edge for part in edges.values() for edge in part))
    links = _links(rates)
    classes = closed_classes(links)
    if len(classes) != 1:
        check_classes(levels, baths, links, len(classes))
        cold = len(closed_classes(links | links.T)) == 1
        reason = reason_in_classes(classes)
        raise not_unique(
            levels.inputs.model.chain.spins, len(classes), reason, coherent=False, cold=cold
        )
    ordered = sorted(classes[0], key=lambda k: float(levels.floats[k]))
    found = stationary(rates, ordered)
    populations = tuple(found.get(k, arb(0)) for k in range(levels.size))
    return BallState(levels, tuple(energies), populations, baths, edges)


def _from_components(
    levels: Levels, energies: list[Any], baths: Mapping[str, BathBalls], parts: list[Component]
) -> BallState:
    """Solve the component that holds the trace, and turn coinciding levels to its eigenstates."""
    density = np.full((levels.size,) * 2, arb(0), dtype=object)
    held = [part for part in parts if any(a == b for a, b in part.pairs) and part.nullity()]
    if len(held) != 1:
        raise MoreDigitsError
    (part,) = held
    if part.populations:
        return _from_rates(levels, list(levels.energies), baths)
    for (a, b), value in solve_component(part).items():
        density[a, b] = density[b, a] = value
    turn = np.full((levels.size,) * 2, arb(0), dtype=object)
    populations = [density[k, k] for k in range(levels.size)]
    doubts = [arb(0)] * levels.size
    told = arb(2) ** -(levels.bits // 2)
    for group in levels.groups:
        block = density[np.ix_(group, group)]
        diagonal = all(block[i, j] == 0 for i in range(len(group)) for j in range(i))
        if diagonal:
            turn[group, group] = arb(1)
            continue
        found, vectors, errors = solve_symmetric(ball_matrix(block), levels.bits)
        turn[np.ix_(group, group)] = vectors
        if not all(error < told for error in errors):
            # what may be zero is left out below, and so it must be next to nothing
            raise MoreDigitsError
        for k, p, error in zip(group, _with_coherences(block, vectors, found), errors, strict=True):
            populations[k], doubts[k] = p, error
    if any(p.contains(0) and p.rad() > 0 for p in populations):
        counts = empty_counts(levels, baths, energies, part)
        for group, count in zip(levels.groups, counts, strict=True):
            for k in sorted(group, key=lambda k: by_midpoint(populations[k]))[:count]:
                populations[k] = arb(0)
    turned = tuple(_turn(coupling, turn, doubts) for coupling in levels.couplings)
    edges = edges_of(turned, baths, energies, levels.group_of.tolist())
    return BallState(levels, tuple(energies), tuple(populations), baths, edges)


def _with_coherences(block: Balls, vectors: Balls, found: Sequence[Any]) -> list[Any]:
    """Populations in a basis that makes a state nearly diagonal, with what is left beside them.

    Of populations that agree to all digits any basis serves: what flows from the coherences left is
    at most what would from as much population.
    """
    inside = object_array(
        ball_matrix(vectors).transpose() * ball_matrix(block) * ball_matrix(vectors)
    )
    size = range(len(found))
    left = [sum((abs(inside[k, j]).upper() for j in size if j != k), arb(0)) for k in size]
    return [p + arb(0, 1) * rest for p, rest in zip(found, left, strict=True)]


def _bare_parts(levels: Levels) -> Any:
    """The number of the piece of the Hamiltonian's graph that each bare state is in, as balls."""
    inputs = levels.inputs
    spins = inputs.model.chain.spins
    linked = {slot for slot, value in inputs.slots.items() if inputs.ball(value) != 0}
    pairs = []
    for state in range(2**spins):
        for i in range(spins - 1):
            flipped = state ^ (3 << (spins - 2 - i))
            alike = (state.bit_count() - flipped.bit_count()) != 0
            if state < flipped and (("eta" if alike else "J"), i) in linked:
                # |1..1> is first among the bare states
                pairs.append((2**spins - 1 - state, 2**spins - 1 - flipped))
    part = [0] * 2**spins
    for number, members in enumerate(join(2**spins, pairs)):
        for state in members:
            part[state] = number
    return np.array([arb(number) for number in part], dtype=object)


def empty_level(levels: Levels) -> int | None:
    """Find the level that ``|0..0>`` is; None where bonds mix it with other states."""
    if levels.model.chain.conserves_magnetization:
        return levels.charges.index(0)
    parts = _bare_parts(levels)
    if (parts == parts[-1]).sum() > 1:
        return None
    return int(np.argmax(np.abs(midpoints(levels.vectors[-1]))))


def in_pieces(levels: Levels) -> tuple[Levels, list[list[int]]]:
    """Turn levels of one energy that lie in several pieces of the chain to lie in one each.

    Where a bond is zero, energies of the pieces coincide; states that mix them would have baths
    join populations with coherences that are none, and zeros that balls do not tell.

    Returns
    -------
    Levels
        With couplings turned.
    list of lists of int
        Places of the levels that were turned, those of one energy together.
    """
    parts = _bare_parts(levels)
    turn = np.full((levels.size,) * 2, arb(0), dtype=object)
    for k in range(levels.size):
        turn[k, k] = arb(1)
    doubts, turned = [arb(0)] * levels.size, list[list[int]]()
    for group in levels.groups:
        spread = [k for k in group if len(set(parts[levels.vectors[:, k] != 0].tolist())) > 1]
        alike = [
            (a, b)
            for a, b in combinations(spread, 2)
            if levels.charges[a] == levels.charges[b]
            and (levels.energies[a] - levels.energies[b]).contains(0)
        ]
        for members in {tuple(sorted(m)) for m in join(levels.size, alike) if len(m) > 1}:
            vectors = levels.vectors[:, members]
            numbers = ball_matrix(vectors).transpose() * ball_matrix(vectors * parts[:, None])
            _, found, errors = solve_symmetric(numbers, levels.bits)
            turn[np.ix_(members, members)] = found
            for k, error in zip(members, errors, strict=True):
                doubts[k] = error
            turned.append(list(members))
    if not turned:
        return levels, []
    couplings = tuple(_turn(coupling, turn, doubts) for coupling in levels.couplings)
    return replace(levels, couplings=couplings), sorted(turned)


def _turn(coupling: Coupling, turn: Balls, doubts: Sequence[Any]) -> Coupling:
    U = ball_matrix(turn)
    matrix = object_array(U.transpose() * ball_matrix(coupling.matrix) * U)
    norm = max((abs(x).upper() for x in coupling.matrix.ravel()), default=arb(0)) * len(turn)
    unit = arb(0, 1)
    for a in range(len(turn)):
        for b in range(len(turn)):
            matrix[a, b] = centred(matrix[a, b] + unit * (doubts[a] + doubts[b]) * norm)
    return replace(coupling, matrix=matrix)
