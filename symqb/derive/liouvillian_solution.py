"""The steady state of a generator as steps of a program: its unknowns, and what they decay by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import mpmath

from symqb.derive.liouvillian import Channel, Dynamics, Generator, Place, TrialNumbers, reached
from symqb.derive.liouvillian_bases import Basis, Complex, some
from symqb.derive.liouvillian_elimination import (
    Matrix,
    Pivot,
    Plan,
    SingularError,
    damped,
    eliminate,
    is_population,
    plan,
)
from symqb.derive.liouvillian_terms import NOTHING, Term, Terms
from symqb.derive.system_levels import TRIAL_DIGITS
from symqb.models import NoClosedFormError
from symqb.program import Builder, Program

Coefficient = tuple[tuple[int, int], Complex, Sequence[Term]]
"""An element of the density matrix, what it is multiplied by, and further factors."""

LARGEST_COHERENCES = 12
"""Real and imaginary parts of coherences that are eliminated at most."""

LARGEST_ELIMINATION = 1000
"""Entries that an elimination changes at most, counted again each time."""

LARGEST_APART = 6
"""Connected coherences, part by part, that populations do not reach and that are shown to decay."""


@dataclass(frozen=True)
class Trial:
    """A generator at a trial point, and the order in which its unknowns are eliminated.

    ``apart`` are the orders for coherences that populations do not reach; None where these are too
    many.
    """

    entries: Matrix
    places: frozenset[Place]
    order: Plan
    apart: tuple[Plan, ...] | None


def try_out(dynamics: Dynamics, places: Sequence[Place], kept: int | None) -> Trial:
    """Plan the elimination at a trial point.

    Parameters
    ----------
    dynamics : Dynamics
        In numbers.
    places : sequence of Place
        All unknowns that may be moved.
    kept : int, optional
        The state whose population is left, counted from 0; the fullest by default.

    Raises
    ------
    SingularError
        The steady state is not unique there.
    NoClosedFormError
        Too many unknowns.
    """
    with mpmath.workdps(TRIAL_DIGITS):
        entries = Generator(TrialNumbers(), frozenset(places)).entries(dynamics)
        found = reached(entries, places)
        inside = {key: x for key, x in entries.items() if found.issuperset(key)}
        coherences = sorted(place for place in found if not is_population(place))
        if len(coherences) > LARGEST_COHERENCES:
            raise NoClosedFormError(
                f"populations reach the coherences {_shown(coherences)}: {len(coherences)} "
                f"unknowns beside the populations, beyond {LARGEST_COHERENCES}, have no closed "
                "form here; use evaluate(...) for numbers"
            )
        order = _planned(inside, found, kept)
        taken = sum(len(fold.arriving) * len(fold.leaving) for fold in order.folds)
        if taken > LARGEST_ELIMINATION:
            raise NoClosedFormError(
                f"{len(found) - len(coherences)} populations and the coherences "
                f"{_shown(coherences)} that they reach take {taken} products to eliminate, beyond "
                f"{LARGEST_ELIMINATION}: no closed form is written; use evaluate(...) for numbers"
            )
        outside = set(places) - found
        try:
            apart: tuple[Plan, ...] | None = tuple(damped(entries, outside))
        except SingularError:
            raise SingularError(sorted(outside)) from None
        if apart and max(len(one.folds) for one in apart) > LARGEST_APART:
            apart = None
        return Trial(entries, frozenset(found), order, apart)


def _shown(coherences: Sequence[Place]) -> str:
    """Pairs of states, counted from 1, real and imaginary parts as one."""
    return ", ".join(dict.fromkeys(f"{a + 1}-{c + 1}" for a, c, _ in coherences))


def _planned(inside: Matrix, found: set[Place], kept: int | None) -> Plan:
    if kept is not None:
        return plan(inside, found, (kept, kept, "re"))
    error = SingularError(())
    for place in sorted(filter(is_population, found)):
        try:
            first = plan(inside, found, place)
        except SingularError as raised:
            error = raised
            continue
        fullest = max(filter(is_population, first.weights), key=lambda p: first.weights[p])
        return first if fullest == place else plan(inside, found, fullest)
    raise error


@dataclass(frozen=True)
class Solved:
    """A steady state in a basis: unknowns that are not zero, as terms."""

    basis: Basis
    trial: Trial
    density: Mapping[Place, Term]
    pivots: tuple[Pivot, ...]

    @property
    def terms(self) -> Terms:
        """What terms are written by."""
        return self.basis.terms

    def element(self, i: int, j: int) -> Complex:
        """Give an element of the density matrix."""
        a, c = min(i, j), max(i, j)
        re, im = (self.density.get((a, c, part)) for part in ("re", "im"))
        return re, im if im is None or i <= j else self.terms.scaled(-1, im)

    def coherent(self) -> list[tuple[int, int]]:
        """List the pairs of states with coherence between them."""
        return sorted({(a, c) for a, c, _ in self.density if a != c})

    def trace(self, coefficients: Sequence[Coefficient]) -> Term:
        """Sum the real parts of coefficients times elements of the density matrix."""
        found = list[Term]()
        for (i, j), x, factors in coefficients:
            for sign, p, q in zip((1, -1), x, self.element(i, j), strict=True):
                if p is not None and q is not None:
                    found.append(self.terms.scaled(sign, self.terms.product(*factors, p, q)))
        return self.terms.sum(found)

    def flow(self, channel: Channel) -> Term:
        """Write how many jumps of one kind there are in unit time."""
        rows: dict[int, list[tuple[int, Complex]]] = {}
        for (m, k), x in channel.entries.items():
            rows.setdefault(m, []).append((k, x))
        listed = []
        for sources in rows.values():
            for k, x in sources:
                for j, y in sources:
                    listed.append(((k, j), self.times(x, y), [channel.rate]))
        return self.trace(listed)

    def times(self, x: Complex, y: Complex) -> Complex:
        """Multiply a number by the conjugate of another."""
        (a, b), (c, d), terms = x, y, self.terms
        re = [terms.product(p, q) for p, q in ((a, c), (b, d)) if p is not None and q is not None]
        im = [terms.product(b, c)] if b is not None and c is not None else []
        if a is not None and d is not None:
            im.append(terms.scaled(-1, terms.product(a, d)))
        return terms.sum(re) if re else None, terms.sum(im) if im else None

    def between(self, left: Mapping[int, Complex], right: Mapping[int, Complex]) -> Complex:
        """Write the element of the density matrix between two vectors over the basis."""
        terms, re, im = self.terms, list[Term](), list[Term]()
        for i, x in left.items():
            for j, y in right.items():
                p, q = self.element(i, j)
                # conj(x) y, both parts
                a, b = self.times(y, x)
                re += [terms.product(u, v) for u, v in ((p, a),) if u is not None and v is not None]
                re += [
                    terms.scaled(-1, terms.product(u, v))
                    for u, v in ((q, b),)
                    if u is not None and v is not None
                ]
                im += [
                    terms.product(u, v)
                    for u, v in ((p, b), (q, a))
                    if u is not None and v is not None
                ]
        return some(terms.sum(re)), some(terms.sum(im))

    @cached_property
    def elimination(self) -> Program:
        """The program from free entries of the generator to the unknowns."""
        return elimination_program(self.trial)


def solve(basis: Basis, trial: Trial, written: Callable[[], Dynamics]) -> Solved:
    """Write the steady state of a generator."""
    terms, dynamics = basis.terms, written()
    inside = _written(terms, dynamics, trial.places, trial.entries)
    weights, pivots = eliminate(terms, inside, trial.order)
    apart = trial.apart or ()
    outside = frozenset(fold.node for one in apart for fold in one.folds)
    if outside:
        entries = _written(terms, dynamics, outside, trial.entries)
        for one in apart:
            pivots += eliminate(terms, entries, one)[1]
    norm = terms.inverse(terms.sum(weights[p] for p in sorted(weights) if is_population(p)))
    density = {place: terms.product(weights[place], norm) for place in sorted(weights)}
    return Solved(basis, trial, {p: x for p, x in density.items() if x.factor != 0}, tuple(pivots))


def _written(
    terms: Terms, dynamics: Dynamics, places: frozenset[Place], trial: Matrix
) -> dict[tuple[Place, Place], Term]:
    found = Generator(terms, places).entries(dynamics)
    return {key: value for key, value in found.items() if key in trial}


def entry_name(row: Place, column: Place) -> str:
    """Name an entry of the generator: by which the second unknown moves the first."""
    shown = ["_".join((part, str(a + 1), str(c + 1))) for a, c, part in (row, column)]
    return f"G_{shown[0]}_{shown[1]}"


def elimination_program(trial: Trial) -> Program:
    """Write the elimination over free entries of the generator, as for rates alone.

    A population's own entry is none of its inputs: what leaves it arrives elsewhere, so that the
    slopes of all populations add up to zero.

    Returns
    -------
    Program
        Output ``state``: the unknowns in order, populations adding up to one.
    """
    keys = sorted(
        (row, column)
        for row, column in trial.entries
        if {row, column} <= trial.places and not (row == column and is_population(row))
    )
    builder = Builder([entry_name(*key) for key in keys], prefix="g")
    terms = Terms(builder)
    entries = {key: terms.number(entry_name(*key)) for key in keys}
    weights, _ = eliminate(terms, entries, trial.order)
    norm = terms.inverse(terms.sum(weights[p] for p in sorted(weights) if is_population(p)))
    state = tuple(
        terms.value(terms.product(weights.get(p, NOTHING), norm)) for p in sorted(trial.places)
    )
    return builder.build({"state": state})
