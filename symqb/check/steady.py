"""Steady states at a point: how many there are, and whether an oscillator was cut off too low."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from math import prod

import mpmath
import sympy as sp

from symqb.check.findings import NUMERICAL, Finding
from symqb.check.subject import Subject, digits
from symqb.check.symmetry import acting
from symqb.models import Register, SymqbError
from symqb.models.system import System
from symqb.numerics.system_states import reduced_state
from symqb.open_system import OpenSystem

CONVERGED = 1e-3
"""An oscillator is cut off high enough where its top level is populated less than this."""


def several_steady_states(subject: Subject, known: int) -> Iterator[Finding]:
    """Count the steady states at the point, coherences among them.

    Parameters
    ----------
    subject : Subject
    known : int
        How many a conserved quantity has told already.
    """
    if subject.point is None:
        return
    try:
        count = len(subject.held.steady_states(**subject.point))
    except SymqbError as error:
        subject.skip("how many steady states there are", error)
        return
    if count <= max(known, 1):
        return
    cold = [bath.name for bath in subject.system.baths if subject.number(bath.temperature) == 0]
    if cold and _warmed(subject, cold) == 1:
        yield Finding(
            "zero-temperature",
            f"with {_named(cold)} at temperature 0 there are {count} steady states, and at any "
            "temperature above 0 there is one: the limit of low temperatures is none of what a "
            "solver picks at 0",
            "take a small temperature, or the limit of the formula: series(...), or say from which "
            "state: evolve([inf], initial=...)",
            NUMERICAL,
            {"baths": cold, "steady_states": count},
        )
        return
    yield Finding(
        "several-steady-states",
        f"there are {count} independent steady states here, coherences counted: which one is "
        "reached depends on the initial state",
        "steady_states(...) lists them, evolve([inf], initial=...) gives the one reached from a "
        "state; or move off the point, or couple the baths to more",
        NUMERICAL,
        {"steady_states": count},
    )


def _named(baths: Sequence[str]) -> str:
    return f"bath {baths[0]}" if len(baths) == 1 else f"baths {', '.join(baths)}"


def _warmed(subject: Subject, cold: Sequence[str]) -> int | None:
    """Count the steady states with cold baths at the size of the energies; None if not told."""
    if subject.levels is None or subject.point is None:
        return None
    scale = max(abs(energy) for energy in subject.levels.energies)
    warm = sp.Rational(float(scale)) if scale > 0 else sp.Integer(1)
    baths = [
        replace(bath, temperature=warm) if bath.name in cold else bath
        for bath in subject.system.baths
    ]
    warmed = OpenSystem(replace(subject.system, baths=baths))
    with suppress(SymqbError):
        return len(
            warmed.steady_states(**{name: subject.point[name] for name in warmed.parameters})
        )
    return None


def cut_off(subject: Subject) -> Iterator[Finding]:
    """Find oscillators whose highest level that was kept is populated."""
    register = subject.system.register
    if register is None or subject.steady is None:
        return
    for site, count in enumerate(register.levels, 1):
        if count < 3 or not _is_oscillator(subject.system, register, site):
            continue
        with digits():
            density = subject.steady.levels.bare(subject.steady.whole)
            reduced = reduced_state(density, register.levels, [site - 1])
        top = float(mpmath.re(reduced[count - 1, count - 1]))
        if top > CONVERGED:
            yield Finding(
                "oscillator-cut-off",
                f"site {site} is an oscillator cut off at {count} levels, and the highest is "
                f"populated by {top:.3g} here: what is above it is missing",
                "give the site more levels until the answer no longer changes, or lower the "
                "temperature or the drive",
                NUMERICAL,
                {"site": site, "levels": count, "population": top},
            )


def _is_oscillator(system: System, register: Register, site: int) -> bool:
    """Whether an operator steps along a site as a lowering operator does, by square roots."""
    return any(_steps(matrix, register, site) for matrix in acting(system))


def _steps(matrix: sp.ImmutableMatrix, register: Register, site: int) -> bool:
    count, after = register.levels[site - 1], prod(register.levels[site:])
    steps: dict[tuple[int, int], dict[int, sp.Expr]] = {}
    for (row, column), entry in matrix.todok().items():
        to, source = row // after % count, column // after % count
        if source == to + 1:
            # what all other sites do, the step of this one taken out
            rest = row - to * after, column - source * after
            steps.setdefault(rest, {})[to] = entry
    return any(
        len(found) == count - 1
        and all(sp.simplify(found[n] ** 2 - (n + 1) * found[0] ** 2) == 0 for n in found)
        for found in steps.values()
    )
