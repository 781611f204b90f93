r"""The secular (Davies) generator at one point, with as many digits as asked for.

For each bath and each Bohr frequency :math:`\omega` there is one jump operator :math:`A(\omega)`,
frequencies grouped by their numbers (Eqs. 6-8); :math:`A(0)`, which acts between coinciding levels,
is Hermitian and enters once.  The generator without the Hamiltonian,

.. math:: \mathcal{D}\rho = \sum_{\nu\omega}\gamma_\nu(\omega)\Big[A\rho A^\dagger
          - \tfrac12\{A^\dagger A, \rho\}\Big],

commutes with the unitary part and is a real matrix over the pairs :math:`|a\rangle\langle b|` of
levels.  It falls into components: populations, coherences, and where levels coincide both
together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flint import arb, arb_mat

from symqb.models import BatteryModel, DomainError, ParameterError
from symqb.numerics.ball_rates import absorbed, bath_balls, strength
from symqb.numerics.count_told import told_apart
from symqb.numerics.frequencies import FrequencyGroup, group_frequencies
from symqb.numerics.levels import BITS_A_DIGIT, Coupling, Levels, solve_levels
from symqb.numerics.zero_block import GOLDEN
from symqb.program.contexts import working_bits

Pair = tuple[int, int]
"""The element rho_ab of a density matrix: numbers of two levels, from 0."""


MOST_DIGITS = 2000
"""Where amplitudes are given up that are not told from zero."""
LARGEST_TERMS = 2_000_000
"""The most products of amplitudes that the jump operators of one generator may have."""


@dataclass(frozen=True)
class Jump:
    """One Lindblad operator: its rate, and its elements ``{(to, from): amplitude}``."""

    rate: Any
    elements: Mapping[Pair, Any]


@dataclass(frozen=True)
class Component:
    """Elements of a density matrix that the generator couples among themselves.

    Attributes
    ----------
    pairs : tuple of pairs
    matrix : arb_mat
        The generator over them, without the Hamiltonian.
    rates : bool
        Whether all are populations, so that this is the generator of a rate equation.
    mirrored : bool
        Whether the elements ``(b, a)`` are a component of their own, with the same matrix.
    at_zero : bool
        Whether they stand between coinciding levels, so that no phase turns them.
    """

    pairs: tuple[Pair, ...]
    matrix: Any
    rates: bool
    mirrored: bool
    at_zero: bool


@dataclass(frozen=True)
class SecularGenerator:
    """The generator of a battery's master equation at one point.

    Attributes
    ----------
    levels : Levels
        Energies, states and coupling operators they come from.
    energies : tuple of arb
        Energies with every coincidence exact.
    jumps : tuple of Jump
    bits : int
        Binary digits carried.
    steady_only : bool
        Follow populations and the coherences between coinciding levels alone.
    """

    levels: Levels
    energies: tuple[Any, ...]
    jumps: tuple[Jump, ...]
    bits: int
    steady_only: bool = False

    def _companions(self, a: int) -> Sequence[int]:
        """The levels b for which rho_ab is followed."""
        if self.steady_only:
            return self.levels.groups[self.levels.group_of[a]]
        return range(len(self.energies))

    @cached_property
    def _columns(self) -> dict[Pair, dict[Pair, Any]]:
        """``{source: {target: coefficient}}``, what cancels left out."""
        with working_bits(self.bits):
            sums = _Sums(2.0 ** (-0.75 * self.bits))
            for jump in self.jumps:
                leaving: dict[int, list[tuple[int, Any]]] = {}
                for (to, source), x in jump.elements.items():
                    leaving.setdefault(source, []).append((to, x))
                for c, from_c in leaving.items():
                    for d in set(self._companions(c)) & leaving.keys():
                        for a, x in from_c:
                            scaled = jump.rate * x
                            for b, y in leaving[d]:
                                sums.add((a, b), (c, d), scaled * y)
            for (c, d), (lost, size) in self._losses().items():
                half, half_size = lost / 2, size / 2
                for e in self._companions(c):
                    sums.add((c, e), (d, e), -half, half_size)
                    sums.add((e, c), (e, d), -half, half_size)
            return sums.columns()

    def _losses(self) -> dict[Pair, tuple[Any, Any]]:
        r"""The elements of :math:`\sum\gamma A^\dagger A`, with the sizes of their terms."""
        sums = _Sums(0.0)
        for jump in self.jumps:
            onto: dict[int, list[tuple[int, Any]]] = {}
            for (to, source), x in jump.elements.items():
                onto.setdefault(to, []).append((source, x))
            for reached in onto.values():
                for c, x in reached:
                    for d, y in reached:
                        sums.add((c, c), (d, d), jump.rate * x * y)
        return {(c, d): (value, size) for (d, _), (c, _), value, size in sums.entries()}

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """The components of all pairs of levels, of two mirrored ones one."""
        neighbours: dict[Pair, set[Pair]] = {
            (a, b): set() for a in range(len(self.energies)) for b in self._companions(a)
        }
        for source, targets in self._columns.items():
            for target in targets:
                neighbours[source].add(target)
                neighbours[target].add(source)
        found: list[Component] = []
        seen: set[Pair] = set()
        for start in neighbours:
            if start in seen:
                continue
            pairs = _reached(start, neighbours)
            mirror = {(b, a) for a, b in pairs}
            seen |= set(pairs) | mirror
            found.append(self._component(pairs, mirror != set(pairs)))
        return tuple(found)

    def _component(self, pairs: list[Pair], mirrored: bool) -> Component:
        a, b = pairs[0]
        return Component(
            tuple(pairs),
            self._over(pairs),
            all(a == b for a, b in pairs),
            mirrored,
            bool(self.levels.group_of[a] == self.levels.group_of[b]),
        )

    def _over(self, pairs: Sequence[Pair]) -> Any:
        """The generator over some pairs, what leaves them left out."""
        place = {pair: k for k, pair in enumerate(pairs)}
        matrix = arb_mat(len(pairs), len(pairs))
        for source in pairs:
            for target, value in self._columns.get(source, {}).items():
                if target in place:
                    matrix[place[target], place[source]] = value.mid()
        return matrix

    @cached_property
    def _told_apart(self) -> SecularGenerator:
        """The same with numbers of order 1 in place of the rates."""
        if not any(bath.cold for bath in bath_balls(self.levels.inputs).values()):
            # every jump has its reverse: what commutes with all of them counts, whatever the rates
            return replace(self, jumps=tuple(Jump(arb(1), jump.elements) for jump in self.jumps))
        numbers: dict[Any, Any] = {}
        for jump in self.jumps:
            numbers.setdefault(jump.rate.man_exp(), arb(1 + len(numbers) * GOLDEN % 1))
        jumps = tuple(Jump(numbers[jump.rate.man_exp()], jump.elements) for jump in self.jumps)
        return replace(self, jumps=jumps)

    def structure(self, component: Component) -> Any:
        """The generator over a component where no rate is small beside another.

        How many elements are steady does not depend on the values of the rates; beside a bath at
        zero it does where they happen to fit each other, and equal ones stay equal.
        """
        return self._told_apart._over(component.pairs)

    @cached_property
    def largest_rate(self) -> float:
        """A bound on how fast anything decays."""
        rates = [0.0]
        for component in self.components:
            matrix = component.matrix
            rates += [abs(float(matrix[k, k])) for k in range(matrix.nrows())]
        return 2 * max(rates)


class _Sums:
    """Sums with the sizes of their terms, so that what cancels is known to be zero."""

    def __init__(self, noise: float) -> None:
        self._noise = noise
        self._entries: dict[tuple[Pair, Pair], list[Any]] = {}

    def add(self, target: Pair, source: Pair, value: Any, size: Any = None) -> None:
        """Add to an entry; ``size`` is the sum of moduli if the value is a sum itself."""
        entry = self._entries.setdefault((source, target), [arb(0), arb(0)])
        entry[0] += value
        entry[1] += abs(value) if size is None else size

    def entries(self) -> Iterator[tuple[Pair, Pair, Any, Any]]:
        """Source, target, value, and sum of moduli."""
        for (source, target), (value, size) in self._entries.items():
            yield source, target, value, size

    def columns(self) -> dict[Pair, dict[Pair, Any]]:
        """``{source: {target: value}}``, what cancels left out."""
        found: dict[Pair, dict[Pair, Any]] = {}
        for source, target, value, size in self.entries():
            if abs(value).mid() > self._noise * size.mid():
                found.setdefault(source, {})[target] = value
        return found


def _reached(start: Pair, neighbours: Mapping[Pair, set[Pair]]) -> list[Pair]:
    seen, frontier = {start}, [start]
    while frontier:
        fresh = neighbours[frontier.pop()] - seen
        seen |= fresh
        frontier += fresh
    return sorted(seen)


def secular_generator(
    model: BatteryModel,
    point: Mapping[str, Any],
    digits: int = 40,
    *,
    steady_only: bool = False,
) -> SecularGenerator:
    """Build the generator at a point.

    Parameters
    ----------
    model : BatteryModel
        The battery, of at most some seven spins: pairs of levels are counted one by one.
    point : mapping
        Parameter name to number.
    digits : int
        Decimal digits to carry.
    steady_only : bool
        Leave out the coherences that turn.

    Raises
    ------
    DegenerateLevelsError, DomainError
        Levels or frequencies that cannot be told from coinciding ones; a spectral density that
        diverges at a frequency that occurs.
    ParameterError
        Too large, by an estimate.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=2.0, J=1.0, Delta=0.0, epsilon=0.5, T_L=3.0, T_R=1.0, kappa=1.0)
    >>> generator = secular_generator(xxz_model(2), point)
    >>> sorted({len(jump.elements) for jump in generator.jumps})
    [2]
    """
    levels = solve_levels(model, point, digits)
    while not told_apart(levels.couplings):
        digits *= 2
        if digits > MOST_DIGITS:
            raise DomainError(
                f"matrix elements of the baths lie so far apart that {digits // 2} digits do not "
                "tell the smallest from zero; move off the point"
            )
        levels = solve_levels(model, point, digits)
    bits = max(levels.bits, int(digits * BITS_A_DIGIT))
    with working_bits(bits):
        groups, energies = group_frequencies(levels)
        jumps = tuple(_jumps(levels, groups))
    terms = sum(len(jump.elements) ** 2 for jump in jumps)
    if terms > LARGEST_TERMS:
        raise ParameterError(
            f"{len(jumps)} jump operators move {terms} products of elements of the density matrix, "
            f"and at most {LARGEST_TERMS} are followed: too many frequencies coincide here; move "
            "off the point, or give fewer spins"
        )
    return SecularGenerator(levels, energies, jumps, bits, steady_only)


def _jumps(levels: Levels, groups: Sequence[FrequencyGroup]) -> Iterator[Jump]:
    kappa = strength(levels.model, levels.inputs)
    baths = bath_balls(levels.inputs)
    for coupling in levels.couplings:
        bath = baths[coupling.bath]
        for group in groups:
            down = _elements(levels, coupling, group)
            if not down:
                continue
            factor = kappa * bath.ratio(group.frequency)
            shared = absorbed(group.frequency, bath.temperature)
            emission, absorption = factor * (shared + group.frequency), factor * shared
            if emission != 0:
                yield Jump(emission.mid(), down)
            # A(0) is Hermitian and enters once
            if absorption != 0 and group.frequency != 0:
                yield Jump(absorption.mid(), {(j, i): x for (i, j), x in down.items()})


def _elements(levels: Levels, coupling: Coupling, group: FrequencyGroup) -> dict[Pair, Any]:
    """The elements of A(omega); over i for sigma_y, a factor that its dissipator does not see."""
    return {
        (i, j): coupling.matrix[i, j].mid()
        for lower, upper in group.pairs
        for i in levels.groups[lower]
        for j in levels.groups[upper]
        if coupling.matrix[i, j] != 0
    }
