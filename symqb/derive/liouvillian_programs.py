"""Programs of systems whose populations meet coherences: jumps as they stand, coinciding levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import sympy as sp

from symqb.derive.balance import CANCELLED_RULE, LOST, Balance, keeps_digits
from symqb.derive.energetics import BLURRED_RULE
from symqb.derive.liouvillian import Dynamics, all_places
from symqb.derive.liouvillian_bases import Basis, LevelBasis, nonzero
from symqb.derive.liouvillian_baths import (
    Exchange,
    GroupWriter,
    coinciding_groups,
    exchanges,
    tried,
)
from symqb.derive.liouvillian_baths import written as written_baths
from symqb.derive.liouvillian_dark import not_unique
from symqb.derive.liouvillian_elimination import SingularError
from symqb.derive.liouvillian_jumps import (
    JumpTrial,
    JumpWriter,
    bases,
    energy_change,
    irreducible,
    rate_term,
)
from symqb.derive.liouvillian_jumps import written as written_jumps
from symqb.derive.liouvillian_outputs import (
    KEPT,
    MOVED,
    Outputs,
    level_populations,
    pivot_guards,
    put_density,
    put_ergotropy,
    spectrum,
)
from symqb.derive.liouvillian_solution import Solved, Trial, solve, try_out
from symqb.derive.liouvillian_terms import Term, Terms
from symqb.derive.rate_writer import COARSE, extreme
from symqb.derive.system_levels import (
    TRIAL_DIGITS,
    SystemEigensystem,
    derive_system_levels,
    derive_trials,
)
from symqb.derive.system_levels import Trial as LevelTrial
from symqb.derive.system_programs import (
    EXPONENT_RULE,
    ROUNDED_RULE,
    SYSTEM_LEVEL_OUTPUTS,
    stored_outputs,
    system_guards,
    system_outputs,
)
from symqb.derive.system_transitions import SystemTransitions
from symqb.derive.system_writer import exchanges_particles, has_bose_factor, system_symbols
from symqb.models import NoClosedFormError, SteadyStateError
from symqb.models.operators import trial_point
from symqb.models.system import System
from symqb.program import Guard, GuardKind, Output, Program, Ref
from symqb.program.builder import ONE, ZERO

LEVELS_TOLD = ("energies", "capacity", "populations", "stored_energy", "charge", "ergotropy")
"""Outputs that take the levels, where the state is found over the bare states."""

COLD_RULE = "the entropy production may be infinite where a bath is at T = 0"

UNTRIED = 1000
"""The number of a trial point that none of the levels' has."""

LARGEST_PROGRAM = 40_000
"""Steps of a program at most, of those that guard it too."""


@dataclass(frozen=True)
class Coherent:
    """The program of a system whose populations meet coherences.

    ``trial`` is how it was eliminated.
    """

    program: Program
    trial: Trial


def derive_in_groups(
    system: System,
    levels: SystemEigensystem,
    trials: Sequence[LevelTrial],
    transitions: SystemTransitions,
) -> Coherent:
    """Write the program of a system of which a bath mixes levels that coincide for all parameters.

    Outputs are those of :func:`symqb.derive.system_programs.system_outputs` that have a closed
    form, and ``density_re_<i>_<j>``, ``density_im_<i>_<j>``, the elements of the density matrix
    over the bare states on and above its diagonal that are not zero for all parameters.

    Raises
    ------
    NoClosedFormError
        Too many unknowns; a steady state that is not unique, whatever the parameters are.
    """
    return _checked(_of_groups(system, levels, trials, transitions))


def derive_under_jumps(system: System) -> Coherent:
    """Write the program of a system of jumps that are taken as they stand.

    Outputs as for :func:`derive_in_groups`.

    Raises
    ------
    NoClosedFormError
        As :func:`derive_in_groups`; baths beside the jumps.
    """
    return _checked(_of_jumps(system))


def _checked(found: Coherent) -> Coherent:
    steps = len(found.program.steps)
    if steps > LARGEST_PROGRAM:
        raise NoClosedFormError(
            f"the closed form takes {steps} operations, beyond {LARGEST_PROGRAM}; use "
            "evaluate(...) for numbers"
        )
    return found


# ------------------------------------------------------------------------------- coinciding levels


def _of_groups(
    system: System,
    levels: SystemEigensystem,
    trials: Sequence[LevelTrial],
    transitions: SystemTransitions,
) -> Coherent:
    groups = coinciding_groups(trials)
    writer = GroupWriter(system, levels, transitions, groups)
    with mpmath.workdps(TRIAL_DIGITS):
        found = list(exchanges(writer, trials[0]))
        dynamics = tried(found, writer)
    places = all_places(len(levels), groups)
    try:
        trial = try_out(dynamics, places, transitions.lowest - 1)
    except SingularError as error:
        raise not_unique(system, levels, trials, groups, error) from None
    if trial.apart is None:
        raise NoClosedFormError(
            "too many coherences between levels that coincide for all parameters have no closed "
            "form here; use evaluate(...) for numbers"
        )
    basis = LevelBasis(writer, Terms(writer.builder), trials[0])
    with mpmath.workdps(TRIAL_DIGITS):
        pairs = written_baths(found, basis, writer)
    flat = [channel for pair in pairs for channel in pair]
    solved = solve(basis, trial, lambda: replace(dynamics, channels=flat))
    return Coherent(_group_outputs(writer, solved, found, pairs), trial)


def _group_outputs(
    writer: GroupWriter, solved: Solved, found: Sequence[Exchange], pairs: Sequence[Any]
) -> Program:
    outputs, b, system = Outputs(solved.terms), writer.builder, writer.model
    outputs.values["energies"] = tuple(writer.energy(x.exact_energy) for x in writer.levels)
    balance = Balance(writer)
    currents = _currents(outputs, writer, solved, _flows(writer, solved, found, pairs))
    if all(bath.occupation is None for bath in system.baths):
        _put_production(outputs, balance, currents)
    populations = level_populations(solved, writer.groups)
    if populations is not None:
        _put_populations(outputs, writer, populations.refs, populations.terms)
        _, heights = _heights(writer)
        outputs.values["ergotropy"] = balance.ergotropy(heights, populations.refs)
        if system.baths[-1].occupation is None:
            exergy, lasting = balance.exergy(heights, list(populations.refs), None)
            outputs.values["exergy"] = exergy
            cold = b.apply("min", lasting, writer.temperatures[system.baths[-1].name])
            outputs.guards.append(Guard(cold, CANCELLED_RULE, ("exergy",), GuardKind.RANGE))
        outputs.keep(populations.terms, KEPT, ("ergotropy", "exergy"))
    put_density(outputs, solved)
    return _built(outputs, writer, solved, system_guards(writer, outputs.values))


def _flows(
    writer: GroupWriter, solved: Solved, found: Sequence[Exchange], pairs: Sequence[Any]
) -> list[tuple[Exchange, Term]]:
    """Write the net flow up by every exchange between groups."""
    terms, flows = solved.terms, []
    for one, channels in zip(found, pairs, strict=True):
        if one.jump is not None:
            down, up = map(solved.flow, channels)
            flows.append((one, terms.sum([up, terms.scaled(-1, down)])))
    return flows


def _currents(
    outputs: Outputs, writer: GroupWriter, solved: Solved, flows: Sequence[tuple[Exchange, Term]]
) -> dict[str, tuple[Ref, Ref]]:
    """Put the currents of heat and particles; give those of heat with their sizes."""
    terms, baths = solved.terms, writer.model.baths
    prefactor = terms.number(writer.prefactor, positive=True)

    def current(bath: str) -> tuple[Ref, Ref]:
        listed = [
            terms.product(_taken(writer, terms, one), net)
            for one, net in flows
            if one.bath.name == bath
        ]
        total = terms.sum(listed)
        return terms.value(total), terms.size(total)

    if len(baths) == 1:
        # what it gives it takes
        currents: dict[str, tuple[Ref, Ref]] = {baths[0].name: (ZERO, ZERO)}
    elif all(map(has_bose_factor, baths)):
        currents = Balance(writer).heat_currents(current)
    else:
        scale = terms.value(prefactor)
        currents = {
            bath.name: (b_scaled[0], b_scaled[1])
            for bath in baths
            if (b_scaled := [writer.builder.mul(scale, x) for x in current(bath.name)])
        }
    for name, (value, size) in currents.items():
        outputs.put(f"heat_current_{name}", terms.number(value, size=size), MOVED)
    for bath in filter(exchanges_particles, baths):
        listed = [
            terms.product(terms.number(writer.particles(one.jump, bath.name)), net)
            for one, net in flows
            if one.bath is bath and one.jump is not None and len(baths) > 1
        ]
        moved = terms.product(prefactor, terms.sum(listed))
        outputs.put(f"particle_current_{bath.name}", moved, MOVED)
    return currents


def _taken(writer: GroupWriter, terms: Terms, one: Exchange) -> Term:
    """Write the energy that a bath gives for going up, with what rounding leaves of it."""
    if one.jump is None:
        return Term(ZERO)
    b, taken = terms.builder, writer.taken(one.jump, one.bath.name)
    size = b.apply("abs", b.strip_sign(taken))
    return terms.number(taken, size=b.add(size, b.mul(COARSE / MOVED, writer.span())))


def _put_production(
    outputs: Outputs, balance: Balance, currents: Mapping[str, tuple[Ref, Ref]]
) -> None:
    """Put the entropy production; infinite where a bath at T = 0 takes up heat: told in numbers."""
    b, name, writer = outputs.builder, ("entropy_production",), balance.writer
    if len(currents) == 2 and all(map(has_bose_factor, balance.model.baths)):
        value, size = next(iter(currents.values()))
        outputs.values[name[0]] = balance.of_two(value)
        kept = keeps_digits(b, value, size, MOVED)
    else:
        value, size = balance.by_currents(list(currents.values()))
        outputs.values[name[0]] = value
        kept = keeps_digits(b, value, size, MOVED)
    warm = extreme(b, "min", list(writer.temperatures.values()))
    outputs.guards += [
        Guard(kept, CANCELLED_RULE, name, GuardKind.RANGE),
        Guard(warm, COLD_RULE, name, GuardKind.RANGE),
    ]
    outputs.guards += [Guard(r, BLURRED_RULE, name, GuardKind.RANGE) for r in writer.blurred()]


# ------------------------------------------------------------------------------ jumps as they stand


def _of_jumps(system: System) -> Coherent:
    if system.baths:
        raise NoClosedFormError(
            "jumps that are taken as they stand, beside baths in their secular form, have no "
            "closed form here; use evaluate(...) for numbers, or give the baths as jumps"
        )
    writer, point = _jump_writer(system)
    terms, trials = Terms(writer.builder), list[tuple[Basis, Dynamics, Trial]]()
    error: SingularError | NoClosedFormError | None = None
    places = all_places(system.size, [range(system.size)])
    for basis in bases(writer, terms, point):
        if trials and len(trials[0][2].places) == system.size:
            break
        dynamics = point.dynamics(basis)
        try:
            trials.append((basis, dynamics, try_out(dynamics, places, None)))
        except (SingularError, NoClosedFormError) as raised:
            error = error or raised
    if not trials:
        if isinstance(error, NoClosedFormError):
            raise error
        raise NoClosedFormError(
            "the steady state is not unique, whatever the parameters are: there is more than one "
            "under these jumps; add a jump or a bath that connects them, or use steady_states(...)"
        )
    basis, dynamics, trial = min(trials, key=lambda found: len(found[2].places))
    alone = trial.apart is None
    if alone and not irreducible(system):
        raise NoClosedFormError(
            f"{system.size**2 - len(trial.places)} coherences that populations do not reach are "
            "too many to show that they decay; use evaluate(...) for numbers"
        )
    apart = [fold.node for one in trial.apart or () for fold in one.folds]
    needed = [*trial.places, *apart]
    solved = solve(basis, trial, lambda: written_jumps(basis, writer, dynamics, needed))
    return Coherent(_jump_outputs(writer, solved, alone=alone), trial)


def _jump_writer(system: System) -> tuple[JumpWriter, JumpTrial]:
    """Write over the levels where these have a closed form, and over none where not."""
    symbols = system_symbols(system)
    try:
        levels = derive_system_levels(system)
        trial = derive_trials(system, levels)[0]
        writer = JumpWriter(system, levels)
        for level in levels:
            writer.energy(level.exact_energy)
    except (NoClosedFormError, SteadyStateError):
        writer = JumpWriter(system, SystemEigensystem(system.size, ()))
        return writer, JumpTrial(system, _positive(symbols), None)
    # of rates given by name the levels know nothing
    more = _positive([s for s in symbols if s not in trial.point])
    return writer, JumpTrial(system, {**trial.point, **more}, trial)


def _positive(symbols: Iterable[sp.Symbol]) -> dict[sp.Symbol, sp.Rational]:
    """Values that no relation ties to those of the levels' trials, positive unless assumed not."""
    point = trial_point(symbols, UNTRIED)
    return {s: x if s.is_nonpositive else abs(x) for s, x in point.items()}


def _jump_outputs(writer: JumpWriter, solved: Solved, *, alone: bool) -> Program:
    outputs, system = Outputs(solved.terms), writer.model
    _jump_currents(outputs, writer, solved)
    put_density(outputs, solved)
    if len(writer.levels):
        _jump_levels(outputs, writer, solved)
    steady = tuple(name for name in outputs.values if name not in SYSTEM_LEVEL_OUTPUTS)
    guards = [*writer.domains(), *writer.rate_guards()]
    if alone:
        rule = "the rate {} of a jump must be > 0, or the steady state may not be unique"
        for jump in system.jumps:
            rate = writer.rate(jump)
            if isinstance(rate, str):
                guards.append(Guard(rate, rule.format(jump.rate), steady, GuardKind.LEVELS))
    b = writer.builder
    for total, size in writer.cancelling():
        kept = keeps_digits(b, total, size, KEPT)
        guards.append(Guard(kept, CANCELLED_RULE, steady, GuardKind.RANGE))
    within = writer.expressions.sums
    levels = () if isinstance(solved.basis, LevelBasis) else LEVELS_TOLD
    for total, size in writer.rounded():
        kept, told = keeps_digits(b, total, size, LOST), () if total in within else levels
        guards.append(Guard(kept, ROUNDED_RULE, told, GuardKind.RANGE))
    guards += [Guard(ref, EXPONENT_RULE, (), GuardKind.RANGE) for ref in writer.exponents()]
    return _built(outputs, writer, solved, guards)


def _jump_currents(outputs: Outputs, writer: JumpWriter, solved: Solved) -> None:
    """Put what flows into the system by the jumps of every bath: how they change its energy."""
    basis, names = solved.basis, [jump.bath for jump in writer.model.jumps]
    for name in dict.fromkeys(filter(None, names)):
        listed = []
        if set(names) == {name}:
            # what it gives it takes
            outputs.put(f"heat_current_{name}", Term(ZERO), MOVED)
            continue
        for jump in writer.model.jumps:
            if jump.bath != name:
                continue
            change, rate = energy_change(writer.model, jump), rate_term(basis, writer, jump)
            with mpmath.workdps(TRIAL_DIGITS):
                places = nonzero(basis.tried(change))
            for (i, j), kept in places.items():
                if i <= j:
                    parts = zip(kept, basis.element(i, change, j), strict=True)
                    re, im = (None if x is None else term for x, term in parts)
                    twice = Term(ONE if i == j else 2 * ONE)
                    listed.append(((j, i), (re, im), [twice, rate]))
        outputs.put(f"heat_current_{name}", solved.trace(listed), MOVED)


def _jump_levels(outputs: Outputs, writer: JumpWriter, solved: Solved) -> None:
    """Put what takes the levels: energies, populations, ergotropy."""
    outputs.values["energies"] = tuple(writer.energy(x.exact_energy) for x in writer.levels)
    trials = derive_trials(writer.model, writer.levels)
    populations = level_populations(solved, coinciding_groups(trials))
    if populations is None:
        return
    _put_populations(outputs, writer, populations.refs, populations.terms)
    names = ("populations", "stored_energy", "charge", "ergotropy")
    for k, m in populations.coherent:
        levels = f"levels {k + 1} and {m + 1} must not coincide, as there is coherence between them"
        outputs.guards.append(Guard(writer.apart(k + 1, m + 1), levels, names, GuardKind.LEVELS))
    eigenvalues = spectrum(solved)
    if eigenvalues is not None:
        _, heights = _heights(writer)
        put_ergotropy(outputs, heights, populations.refs, eigenvalues)
        outputs.keep(populations.terms, KEPT, ("ergotropy",))


# ------------------------------------------------------------------------------------------- both


def _heights(writer: Any) -> tuple[int | None, list[Ref]]:
    reference = writer.model.reference
    number = reference if isinstance(reference, int) else None
    return number, writer.above(number)


def _put_populations(
    outputs: Outputs, writer: Any, populations: tuple[Ref, ...], terms: list[Term]
) -> None:
    outputs.values["populations"] = populations
    names = ["populations"]
    if writer.model.reference is not None:
        stored, guards = stored_outputs(writer, populations, _heights(writer)[1])
        outputs.values |= stored
        outputs.guards += guards
        names += ["stored_energy", "charge"]
    outputs.keep(terms, KEPT, tuple(names))


def _built(outputs: Outputs, writer: Any, solved: Solved, guards: Sequence[Guard]) -> Program:
    known = [name for name in system_outputs(writer.model) if name in outputs.values]
    rest = [name for name in outputs.values if name.startswith("density_")]
    values: dict[str, Output] = {name: outputs.values[name] for name in (*known, *rest)}
    steady = tuple(name for name in values if name not in SYSTEM_LEVEL_OUTPUTS)
    pivots = pivot_guards(solved, steady)
    return outputs.builder.build(values, [*guards, *pivots, *outputs.guards])
