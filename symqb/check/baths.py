"""What a bath alone does wrong: nothing, too much at frequency zero, or against its temperature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from symqb.check.findings import NUMERICAL, PROVED, Finding
from symqb.check.subject import Subject, digits, shown
from symqb.derive.hamiltonian import as_expr
from symqb.derive.spectra import over_ohmic
from symqb.derive.system_transitions import SystemTransitions, occupation
from symqb.models import Bath
from symqb.models.baths import bath_operators
from symqb.models.operators import trial_point, vanishes
from symqb.models.spectra import has_formula
from symqb.models.system import System
from symqb.numerics.system_engine import Jumps
from symqb.numerics.system_numbers import LevelNumbers

TRIALS = 60
"""Points at which the sign of a frequency is looked at."""
SMALL = 1e-3
"""A frequency is near zero below this times the largest one, where no strength is given."""
WEAK = 0.1
"""Rates below this times a frequency are weak against it."""
NEAR_ZERO = (1e-9, 1e-12)
"""Two frequencies near zero: there a density that is no formula is looked at."""
SAME = mpmath.mpf(10) ** -9
"""Numbers that a user gives in doubles agree to this."""


def drives_nothing(subject: Subject, system: System, certainty: str) -> Iterator[Finding]:
    """Find baths whose couplings commute with H: they exchange nothing."""
    for bath in system.baths:
        # a lead may exchange particles where no energy goes with them
        bosons = bath.statistics == "boson"
        if bosons and all(_commute(system.H, operator) for operator in bath_operators(bath)):
            yield Finding(
                "drives-nothing",
                f"the coupling of bath {bath.name} commutes with H: it exchanges no energy, its "
                "heat current is 0 whatever its temperature, and it only dephases",
                "couple it through an operator that moves energy, such as x in place of z; leave "
                "it as it is if dephasing is what it is for",
                certainty,
                {"bath": bath.name},
            )
    for number, jump in enumerate(system.jumps, 1):
        if vanishes(as_expr(jump.rate)):
            yield Finding(
                "drives-nothing",
                f"the rate of jump {number} is 0: it does nothing",
                "give it a rate above 0, or leave that jump out",
                certainty,
                {"jump": number},
            )


def _commute(H: sp.ImmutableMatrix, operator: sp.ImmutableMatrix) -> bool:
    return all(vanishes(x) for x in H * operator - operator * H)


def _divergent(bath: Bath, subject: Subject) -> bool:
    """Whether a bath of bosons has a density that falls slower than the frequency towards zero."""
    if bath.statistics == "fermion" or bath.spectrum is None:
        return False
    if not has_formula(bath.spectrum):
        density: Any = bath.spectrum
        near, nearer = (float(np.ravel(density(np.array([w])))[0]) / w for w in NEAR_ZERO)
        return nearer > 10 * near
    frequency = sp.Dummy("omega", positive=True)
    ratio = over_ohmic(bath, frequency)
    if subject.point is not None:
        values = zip(subject.derivation.symbols, subject.derivation.parameters, strict=True)
        ratio = ratio.subs({symbol: sp.Rational(subject.point[n]) for symbol, n in values})
    try:
        return bool(sp.limit(ratio, frequency, 0).is_infinite)
    except (NotImplementedError, ValueError):
        subject.skip(f"density of bath {bath.name} at frequency 0", "its limit is not known")
        return False


def zero_frequency(subject: Subject) -> Iterator[Finding]:
    """Find rates that diverge at frequency zero: of dephasing, or of a frequency that vanishes."""
    for bath in subject.system.baths:
        if not _divergent(bath, subject):
            continue
        if subject.transitions is not None and (
            (found := _always_at_zero(bath, subject.transitions)) is not None
        ):
            yield found
        elif subject.levels is not None:
            yield from _near_zero(bath, subject, subject.levels)
        elif subject.transitions is not None and _as_bose(bath):
            yield from _may_vanish(bath, subject.transitions)


def _as_bose(bath: Bath) -> bool:
    """Whether the occupation of a bath diverges as that of light towards frequency zero."""
    return bath.occupation is None and bath.mu == 0


def _at_zero(bath: Bath, what: str, certainty: str, **values: Any) -> Finding:
    return Finding(
        "zero-frequency",
        f"the spectral density of bath {bath.name} over the frequency grows without bound towards "
        f"frequency 0, and {what}: that rate diverges, and no weak coupling is weak there",
        "give a density that falls at least as the frequency (Ohmic), or a coupling without a part "
        "at frequency 0",
        certainty,
        {"bath": bath.name, **values},
    )


def _always_at_zero(bath: Bath, transitions: SystemTransitions) -> Finding | None:
    levels = [one.elements for one in transitions.dephasing if one.bath == bath.name]
    if not levels:
        return None
    named = sorted({level for elements in levels for level in elements})
    what = f"its coupling has a part at frequency 0, diagonal in levels {named}"
    return _at_zero(bath, what, PROVED, levels=named)


def _may_vanish(bath: Bath, transitions: SystemTransitions) -> Iterator[Finding]:
    """Frequencies of both signs: somewhere between they are zero."""
    for transition in transitions:
        if bath.name in transition.elements and _both_signs(transition.frequency):
            pair = [transition.lower, transition.upper]
            what = f"the frequency {shown(transition.frequency)} of levels {pair} can vanish"
            yield _at_zero(bath, what, PROVED, levels=pair, frequency=shown(transition.frequency))
            return


def _both_signs(frequency: sp.Expr) -> bool:
    """Whether an expression has both signs at positive values of its symbols."""
    signs = set()
    for trial in range(TRIALS):
        point = trial_point(frequency.free_symbols, trial)
        # numbers in (1, 3), spread over decades
        spread = {
            symbol: abs(x) ** ((-1) ** (trial >> k & 1) * (1 + trial % 5))
            for k, (symbol, x) in enumerate(point.items())
        }
        value = sp.N(frequency.subs(spread), 30)
        if value.is_real:
            signs.add(sp.sign(value))
    return {1, -1} <= signs


def _near_zero(bath: Bath, subject: Subject, levels: LevelNumbers) -> Iterator[Finding]:
    """A part at frequency zero here, or a frequency that its own rate is not small against."""
    driven = list(_driven(bath, levels))
    if any(size == 0 for size, _ in driven):
        pair = next(pair for size, pair in driven if size == 0)
        where = f"in level {pair[0]}" if len({*pair}) == 1 else f"between levels {list(pair)}"
        what = f"its coupling has a part at frequency 0 here, {where}"
        yield _at_zero(bath, what, NUMERICAL, levels=list(pair))
        return
    if not driven or not _as_bose(bath):
        return
    largest = max(size for size, _ in driven)
    size, pair = min(driven)
    ratio = _rate_over(bath, subject, pair)
    if (ratio is None and size < SMALL * largest) or (ratio is not None and ratio > WEAK):
        text = mpmath.nstr(size, 6)
        rate = "" if ratio is None else f", its rate {mpmath.nstr(ratio, 3)} times that"
        what = f"the frequency of levels {list(pair)} is as small as {text} here{rate}"
        yield _at_zero(bath, what, NUMERICAL, levels=list(pair), frequency=float(size))


def _rate_over(bath: Bath, subject: Subject, pair: tuple[int, int]) -> Any:
    """The largest rate of a bath between two levels over their frequency; None if not known."""
    if not subject.strength_known or subject.jumps is None or subject.levels is None:
        return None
    with digits():
        rates = [
            _size(jumps)
            for jumps in subject.jumps
            if jumps.bath == bath.name
            and {pair[0] - 1, pair[1] - 1} <= {*jumps.source, *jumps.to}
            and jumps.source != jumps.to
        ]
        energies = subject.levels.energies
        return max(rates) / abs(energies[pair[0] - 1] - energies[pair[1] - 1]) if rates else None


def _size(jumps: Jumps) -> Any:
    return jumps.rate * max(abs(x) for x in jumps.operator) ** 2


def _driven(bath: Bath, levels: LevelNumbers) -> Iterator[tuple[Any, tuple[int, int]]]:
    """Sizes of the frequencies that a bath drives, 0 within a group, and two levels of each."""
    with digits():
        small = mpmath.mpf(10) ** (-mpmath.mp.dps * 3 // 5)
        place = {k: number for number, group in enumerate(levels.groups) for k in group}
        for operator in levels.operators[bath.name]:
            largest = max(abs(x) for x in operator)
            for a in range(operator.rows):
                for c in range(operator.cols):
                    if abs(operator[a, c]) > small * largest:
                        gap = abs(levels.energies[a] - levels.energies[c])
                        same = place[a] == place[c]
                        yield mpmath.mpf(0) if same else gap, (a + 1, c + 1)


def chemical_potential(subject: Subject) -> Iterator[Finding]:
    """Find baths of bosons with a chemical potential at or above a frequency that they drive."""
    for bath in subject.system.baths:
        if bath.statistics == "fermion" or bath.mu == 0:
            continue
        above = _above_for_all(bath, subject.transitions or ())
        if above is not None:
            yield _above(bath, *above, PROVED)
        elif subject.levels is not None:
            driven = list(_driven(bath, subject.levels))
            mu = subject.number(bath.mu)
            if driven and mu >= min(driven)[0] * (1 - SAME):
                lowest, (a, c) = min(driven)
                yield _above(bath, mpmath.nstr(lowest, 8), [a, c], NUMERICAL, mpmath.nstr(mu, 8))


def _above_for_all(bath: Bath, transitions: Any) -> tuple[str, list[int]] | None:
    for one in transitions:
        if bath.name in one.elements:
            excess = as_expr(bath.mu) - sp.Abs(one.frequency)
            if excess.is_nonnegative or (excess.is_number and sp.N(excess, 30) >= 0):
                return shown(one.frequency), [one.lower, one.upper]
    return None


def _above(
    bath: Bath, frequency: str, levels: list[int], certainty: str, mu: str | None = None
) -> Finding:
    value = f"{bath.mu}" if mu is None else f"{bath.mu} = {mu}"
    return Finding(
        "mu-above-frequency",
        f"the chemical potential {value} of bath {bath.name} is not below the frequency "
        f"{frequency} of levels {levels} that it drives: Bose's occupation is negative there",
        "give a mu below every frequency, or statistics='fermion'",
        certainty,
        {"bath": bath.name, "levels": levels, "frequency": frequency},
    )


def not_thermal(subject: Subject) -> Iterator[Finding]:
    """Find occupations of a user's own that are not Bose's at the temperature that is stated."""
    for bath in subject.system.baths:
        if bath.occupation is None:
            continue
        sizes = _frequencies(bath, subject)
        found = next((s for s in sizes if _contradicts_for_all(bath, s)), None)
        if found is not None:
            yield _contradiction(bath, f"at frequency {shown(_bare(found))}", PROVED)
        elif subject.levels is not None:
            yield from _not_thermal_here(bath, subject, subject.levels)


def _bare(size: sp.Expr) -> sp.Expr:
    """The size of a frequency as it is written where the frequency is positive."""
    return size.replace(sp.Abs, lambda frequency: frequency)


def _frequencies(bath: Bath, subject: Subject) -> list[sp.Expr]:
    """The frequencies in closed form that a bath drives."""
    transitions = subject.transitions or ()
    return [sp.Abs(one.frequency) for one in transitions if bath.name in one.elements]


def _contradicts_for_all(bath: Bath, size: sp.Expr) -> bool:
    """Whether an occupation that only frequency and temperature tell is not Bose's."""
    T = as_expr(bath.temperature)
    w = sp.Dummy("omega", positive=True)
    mean = occupation(bath, w)
    if mean.free_symbols - {w} - T.free_symbols - size.free_symbols:
        return False
    # away from where a frequency changes sign its size is itself
    positive = {one: sp.Dummy(one.name, positive=True) for one in size.free_symbols}
    thermal = sp.S.Zero if T == 0 else 1 / (sp.exp(size / T) - 1)
    return not vanishes((mean.subs(w, size) - thermal).subs(positive))


def _not_thermal_here(bath: Bath, subject: Subject, levels: LevelNumbers) -> Iterator[Finding]:
    T = subject.number(bath.temperature)
    with digits():
        for size, pair in _driven(bath, levels):
            if size == 0:
                continue
            mean = levels.formulas.occupations[bath.name](size, levels.values)
            thermal = 1 / mpmath.expm1(size / T) if T > 0 else mpmath.mpf(0)
            if abs(mean - thermal) > SAME * max(abs(mean), thermal):
                meant = (
                    "no temperature" if mean <= 0 else mpmath.nstr(size / mpmath.log1p(1 / mean), 6)
                )
                where = (
                    f"at frequency {mpmath.nstr(size, 6)} of levels {list(pair)} it is "
                    f"{mpmath.nstr(mean, 6)}, that of the temperature is {mpmath.nstr(thermal, 6)} "
                    f"(its own temperature there is {meant})"
                )
                yield _contradiction(bath, where, NUMERICAL)
                return


def _contradiction(bath: Bath, where: str, certainty: str) -> Finding:
    return Finding(
        "occupation-not-thermal",
        f"the occupation {bath.occupation} of bath {bath.name} is not Bose's at its temperature "
        f"{bath.temperature}: {where}. An entropy production or a Carnot bound with that "
        "temperature is not meaningful",
        "leave out the occupation, or the thermodynamics of that bath: the stated temperature does "
        "not enter its rates",
        certainty,
        {"bath": bath.name},
    )
