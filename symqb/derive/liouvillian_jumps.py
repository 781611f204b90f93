"""Jumps that are taken as they stand: their generator in the basis where less of it is reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import mpmath
import sympy as sp

from symqb.derive.hamiltonian import as_expr
from symqb.derive.liouvillian import Channel, Dynamics, Place
from symqb.derive.liouvillian_bases import BareBasis, Basis, Complex, LevelBasis, nonzero
from symqb.derive.liouvillian_terms import NOTHING, Term
from symqb.derive.system_levels import (
    SMALLEST_TRIAL,
    TRIAL_DIGITS,
    SystemEigensystem,
    Trial,
    number,
)
from symqb.derive.system_transitions import SystemTransitions
from symqb.derive.system_writer import SystemWriter
from symqb.models import NoClosedFormError
from symqb.models.operators import adjoint, parts
from symqb.models.system import Jump, System
from symqb.program import Guard, GuardKind, Ref
from symqb.program.builder import ONE, ZERO

LARGEST_RATE = Fraction(10**70)
"""Rates and elements beyond this, or below its inverse, leave doubles when they are multiplied."""

LARGEST_IN_LEVELS = 8
"""Levels up to which it is seen whether fewer coherences are reached over them."""

RATE_RULE = "rates of jumps or elements of H lie so far apart that products of them leave doubles"


class JumpWriter(SystemWriter):
    """Write a system of jumps alone.

    Parameters
    ----------
    levels : SystemEigensystem
        Empty where the Hamiltonian has none in closed form.
    """

    def __init__(self, system: System, levels: SystemEigensystem) -> None:
        super().__init__(system, levels, SystemTransitions())

    def apart(self, k: int, m: int) -> Ref:
        """Write what is zero where two levels coincide."""
        return self._apart(k, m)

    def rate(self, jump: Jump) -> Ref:
        """Write the rate of a jump."""
        return self.expressions.expr(as_expr(jump.rate))

    @cached_property
    def moduli(self) -> dict[str, list[sp.Symbol]]:
        """Write the moduli of all rates, and of the parts of all elements that are sums of none.

        Each with the parameters that it has as factors: where one of them is zero, so is it.
        """
        b, found = self.builder, dict[Ref, list[sp.Symbol]]()
        values = [as_expr(jump.rate) for jump in self.model.jumps]
        matrices = [self.model.H, *(jump.operator for jump in self.model.jumps)]
        for matrix in matrices:
            for entry in matrix.todok().values():
                for part in parts(entry):
                    values += sp.Add.make_args(sp.expand(part))
        for value in values:
            if not value.is_number:
                ref = b.apply("abs", b.strip_sign(self.expressions.expr(value)))
                powers = value.as_powers_dict().items()
                found[ref] = [s for s, power in powers if s.is_Symbol and power.is_positive]
        return {ref: factors for ref, factors in found.items() if isinstance(ref, str)}

    def rate_guards(self) -> Iterator[Guard]:
        """Guard that rates are not negative, and within a range that doubles multiply."""
        b = self.builder
        for jump in self.model.jumps:
            ref, shown = self.rate(jump), as_expr(jump.rate)
            if isinstance(ref, str):
                rule = f"the rate {shown} of a jump must be >= 0"
                yield Guard(b.apply("select", ZERO, ref, ONE, ZERO), rule)
        for ref, factors in self.moduli.items():
            least = b.apply("select", 1 / LARGEST_RATE, ref, ONE, ZERO)
            for factor in factors:
                # exactly zero is in range: nothing of it is lost; the product may underflow
                size = b.apply("abs", str(factor))
                least = b.apply("select", size, ZERO, ONE, least)
            kept = b.apply("select", ref, LARGEST_RATE, least, ZERO)
            yield Guard(kept, RATE_RULE, (), GuardKind.RANGE)


@dataclass(frozen=True)
class JumpTrial:
    """A system of jumps at a trial point.

    ``levels`` is the trial of the levels, None where these have no closed form.
    """

    system: System
    point: Mapping[sp.Symbol, Any]
    levels: Trial | None

    @cached_property
    def rates(self) -> list[Any]:
        """The rates there."""
        found = []
        with mpmath.workdps(TRIAL_DIGITS):
            for jump in self.system.jumps:
                value = number(as_expr(jump.rate), self.point)
                if mpmath.im(value) != 0 or not mpmath.isfinite(value):
                    raise NoClosedFormError(
                        f"the rate {jump.rate} of a jump is no real number at the point tried; "
                        "use evaluate(...) for numbers"
                    )
                found.append(abs(mpmath.re(value)))
        return found

    def dynamics(self, basis: Basis) -> Dynamics:
        """Give the generator's parts in a basis, in numbers."""
        with mpmath.workdps(TRIAL_DIGITS):
            H = basis.tried(self.system.H)
            scale = max(abs(x) for x in H) or mpmath.mpf(1)
            off = {place: x for place, x in nonzero(H).items() if place[0] != place[1]}
            gaps = {}
            for i in range(H.rows):
                for j in range(H.rows):
                    gap = mpmath.re(H[i, i] - H[j, j])
                    if abs(gap) > SMALLEST_TRIAL * scale:
                        gaps[i, j] = gap
            channels = [
                Channel(nonzero(basis.tried(jump.operator)), rate, jump.bath)
                for jump, rate in zip(self.system.jumps, self.rates, strict=True)
                if rate != 0
            ]
            return Dynamics(off, gaps, channels)


def bases(writer: JumpWriter, terms: Any, trial: JumpTrial) -> list[Basis]:
    """Give the bases that the generator may be written in, the bare one first."""
    found: list[Basis] = [BareBasis(writer, terms, trial.point)]
    if trial.levels is not None and writer.model.size <= LARGEST_IN_LEVELS:
        found.append(LevelBasis(writer, terms, trial.levels))
    return found


def written(basis: Basis, writer: JumpWriter, trial: Dynamics, needed: Sequence[Place]) -> Dynamics:
    """Write the generator's parts in a basis, as far as they are not zero at the trial point."""
    pairs = {(a, c) for a, c, _ in needed}
    gaps = {pair: basis.gap(*pair) for pair in trial.gaps if pair in pairs}
    off: dict[tuple[int, int], Complex] = {}
    for (i, j), (re, im) in trial.hamiltonian.items():
        h, g = basis.element(i, writer.model.H, j)
        off[i, j] = (None if re is None else h, None if im is None else g)
    return Dynamics(off, gaps, channels(basis, writer))


def channels(basis: Basis, writer: JumpWriter) -> list[Channel]:
    """Write the jumps as channels, those that never happen left out."""
    found = []
    for jump in writer.model.jumps:
        rate = rate_term(basis, writer, jump)
        if rate.factor != 0:
            found.append(Channel(basis.entries(jump.operator), rate, jump.bath))
    return found


def rate_term(basis: Basis, writer: JumpWriter, jump: Jump) -> Term:
    """Write a rate as a term that is never negative."""
    factor, rest = as_expr(jump.rate).as_coeff_Mul()
    if factor == 0:
        return NOTHING
    if rest == 1 or not factor.is_positive:
        return basis.terms.number(writer.rate(jump), positive=True)
    number_of = basis.terms.number(writer.expressions.expr(rest), positive=True)
    scale = writer.expressions.expr(factor)
    return basis.terms.product(basis.terms.number(scale, positive=True), number_of)


def energy_change(system: System, jump: Jump) -> sp.ImmutableMatrix:
    """Give how the energy changes by a jump of unit rate: ``L^+ H L - (L^+ L H + H L^+ L)/2``.

    Its mean is what flows into the system by it.
    """
    L, H = jump.operator, system.H
    back = adjoint(L)
    lost = back * L
    return (back * H * L - (lost * H + H * lost) / 2).applyfunc(sp.expand)


def irreducible(system: System) -> bool:
    """Tell whether the jumps alone generate all matrices, whatever the parameters are.

    Then no subspace is left invariant (Burnside), and where all rates are above zero the steady
    state is unique, whatever the Hamiltonian is.  Told modulo a prime, which errs to "no" alone.

    Examples
    --------
    >>> from symqb.models import Register
    >>> reg = Register(2)
    >>> both = [Jump(reg.minus(1), "a"), Jump(reg.plus(1), "b")]
    >>> irreducible(System(reg.z(1), [], both)), irreducible(System(reg.z(1), [], both[:1]))
    (True, False)
    """
    prime, size = 2**31 - 1, system.size
    operators = []
    for jump in system.jumps:
        entries = jump.operator.todok()
        if all(x.is_Rational for x in entries.values()) and as_expr(jump.rate) != 0:
            operators.append(
                {place: int(x.p) * pow(int(x.q), -1, prime) % prime for place, x in entries.items()}
            )
    rows: dict[int, list[int]] = {}
    waiting = [{(k, k): 1 for k in range(size)}]
    while waiting and len(rows) < size * size:
        word = waiting.pop()
        if _independent(rows, word, size, prime):
            waiting += [_multiplied(L, word, prime) for L in operators]
    return len(rows) == size * size


def _multiplied(
    left: Mapping[tuple[int, int], int], right: Mapping[tuple[int, int], int], prime: int
) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for (i, k), x in left.items():
        for (m, j), y in right.items():
            if k == m:
                found[i, j] = (found.get((i, j), 0) + x * y) % prime
    return {place: x for place, x in found.items() if x}


def _independent(
    rows: dict[int, list[int]], word: Mapping[tuple[int, int], int], size: int, prime: int
) -> bool:
    """Reduce a matrix by those known; keep what is left of it, if anything is."""
    vector = [word.get((k // size, k % size), 0) for k in range(size * size)]
    for place in range(size * size):
        if not vector[place]:
            continue
        if place not in rows:
            inverse = pow(vector[place], -1, prime)
            rows[place] = [x * inverse % prime for x in vector]
            return True
        factor = vector[place]
        vector = [(x - factor * y) % prime for x, y in zip(vector, rows[place], strict=True)]
    return False
