"""From parameters to every output of the contract, as one straight-line program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from symqb.derive.balance import (
    CANCELLED,
    CANCELLED_RULE,
    Balance,
    balance_outputs,
    keeps_digits,
    plain_balance_outputs,
)
from symqb.derive.eigensystem import Eigensystem
from symqb.derive.hamiltonian import as_expr, parameter_symbols
from symqb.derive.program_writer import ProgramWriter
from symqb.derive.rate_writer import COARSE, extreme, is_exact_term
from symqb.derive.steady_state import (
    Edge,
    SteadyState,
    elimination_order,
    elimination_program,
)
from symqb.derive.transitions import Transition
from symqb.models import BatteryModel, SteadyStateError
from symqb.program import Guard, GuardKind, Output, Program, Ref, single
from symqb.program.builder import ONE, ZERO

ELEMENT_RULE = "terms of a matrix element nearly cancel, so that doubles lose its digits"
BLURRED_RULE = "temperatures of two baths nearly agree, so that doubles lose their difference"
SUMMED = Fraction(1, 2**4)
"""Share of its terms' moduli below which a factor of a squared element lacks promised digits."""

VALUE_RULE = "terms of a number of the Hamiltonian nearly cancel, so that doubles lose its digits"
STORED_RULE = "the stored energy is lost in the rounding of the energies"
CAPACITY_RULE = "capacity must be positive: |0..0> is the top level"
SINGLE_RULE = (
    "levels must not all coincide with others, or coherences among them may never decay and the "
    "steady state not be unique"
)

COARSE_RULE = "a frequency near 0 is lost in the rounding of the energies"
UNDERFLOW_RULE = (
    "rates underflow: all baths are too cold where a level is left by absorption alone, "
    "or the squares of energies are too small"
)


def parameter_names(model: BatteryModel) -> tuple[str, ...]:
    """The names of a model's parameters, in the order of :func:`parameter_symbols`."""
    return tuple(map(str, parameter_symbols(model)))


def output_names(model: BatteryModel) -> tuple[str, ...]:
    """The outputs a battery offers; one heat current for each bath.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> output_names(xxz_model(2))[-3:]
    ('heat_current_L', 'heat_current_R', 'entropy_production')
    """
    currents = tuple(f"heat_current_{bath.name}" for bath in model.baths)
    return (
        "energies",
        "populations",
        "stored_energy",
        "capacity",
        "charge",
        "ergotropy",
        "exergy",
        *currents,
        "entropy_production",
    )


LEVEL_OUTPUTS = frozenset({"energies", "capacity"})
"""Outputs that need no steady state."""

ALIKE = LEVEL_OUTPUTS | {"populations", "stored_energy", "charge", "ergotropy"}
"""Outputs that :func:`derive_program` writes alike, plain or not."""


def derive_level_program(model: BatteryModel, eigensystem: Eigensystem) -> Program:
    """Write the outputs that need no steady state: :data:`LEVEL_OUTPUTS`.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> from symqb.derive import derive_eigensystem
    >>> model = xxz_model(2)
    >>> sorted(derive_level_program(model, derive_eigensystem(model)).outputs)
    ['capacity', 'energies']
    """
    writer = ProgramWriter(model, eigensystem, ())
    outputs, guards = _level_outputs(writer)
    return writer.builder.build(outputs, [*writer.domains(), *guards])


def _level_outputs(writer: ProgramWriter) -> tuple[dict[str, Output], list[Guard]]:
    b = writer.builder
    capacity = extreme(b, "max", writer.above_empty())
    energies = tuple(writer.expressions.surd(level.exact_energy) for level in writer.eigensystem)
    margin = b.sub(capacity, b.mul(CANCELLED, writer.span()))
    # where it is exactly zero there is no charge, which another guard tells
    kept = b.apply("select", capacity, ZERO, ONE, b.apply("max", margin, ZERO))
    guard = Guard(kept, CANCELLED_RULE, ("capacity", "charge"), GuardKind.RANGE)
    return {"energies": energies, "capacity": capacity}, [guard, *_values(writer)]


def _values(writer: ProgramWriter) -> list[Guard]:
    """Guard numbers of the Hamiltonian that are written as sums, which energies take apart.

    A difference of two parameters keeps its digits: these are exact.
    """
    b, guards = writer.builder, list[Guard]()
    chain = writer.model.chain
    for value in dict.fromkeys(map(as_expr, (*chain.fields, *chain.Delta, *chain.J, *chain.eta))):
        terms = sp.Add.make_args(sp.expand(value))
        if len(terms) < 2 or (len(terms) == 2 and all(map(is_exact_term, terms))):
            continue
        sizes = b.sum(b.apply("abs", b.strip_sign(writer.expressions.expr(t))) for t in terms)
        kept = keeps_digits(b, writer.expressions.expr(value), sizes, SUMMED)
        guards.append(Guard(kept, VALUE_RULE, (), GuardKind.RANGE))
    return guards


def derive_program(
    model: BatteryModel,
    eigensystem: Eigensystem,
    transitions: Sequence[Transition],
    *,
    plain: bool = False,
) -> Program:
    """The battery's full program: parameters to every output of :func:`output_names`.

    Populations are computed from rates without their common prefactor (kappa drops out of them);
    every quantity that could cancel is arranged not to.

    Parameters
    ----------
    model : BatteryModel
    eigensystem : Eigensystem
    transitions : sequence of Transition
    plain : bool
        Write currents, entropy production and exergy as differences, a quarter of the steps, with
        guards where these lose their digits.  Of one bath they are zero, whichever way.

    Raises
    ------
    NoClosedFormError
        A bath whose spectral density is a Python function.
    SteadyStateError
        Levels that no bath connects.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> from symqb.derive import derive_eigensystem, derive_transitions
    >>> model = xxz_model(2)
    >>> eigensystem = derive_eigensystem(model)
    >>> program = derive_program(model, eigensystem, derive_transitions(model, eigensystem))
    >>> program.prune(["populations"]).operation_counts()["bose"]
    8
    """
    writer = ProgramWriter(model, eigensystem, transitions)
    b = writer.builder
    labels = [level.label for level in eigensystem]
    order, elimination = _elimination(eigensystem, transitions)
    populations = writer.populations(elimination)
    heights = writer.above_empty()
    stored = b.sum(map(b.mul, populations, heights))
    levels, level_guards = _level_outputs(writer)
    balance = Balance(writer)
    write = plain_balance_outputs if plain and len(model.baths) > 1 else balance_outputs
    found, guards = write(balance, order, dict(zip(labels, populations, strict=True)), heights)
    outputs: dict[str, Output] = {
        "energies": levels["energies"],
        "populations": populations,
        "stored_energy": stored,
        "capacity": levels["capacity"],
        "charge": b.div(stored, single(levels["capacity"])),
        "ergotropy": balance.ergotropy(heights, populations),
        **found,
    }
    guards.append(_stored_guard(writer, populations, heights, stored))
    driven = tuple(found)
    guards += [Guard(r, BLURRED_RULE, driven, GuardKind.RANGE) for r in writer.blurred()]
    if len(model.baths) > 1:
        guards.append(Guard(writer.unfrozen(), COARSE_RULE, driven, GuardKind.RANGE))
        guards.append(Guard(writer.resolved(), COARSE_RULE, ("exergy",), GuardKind.RANGE))
    return b.build(outputs, [*_guards(writer, outputs), *guards, *level_guards])


def _stored_guard(
    writer: ProgramWriter, populations: Sequence[Ref], heights: Sequence[Ref], stored: Ref
) -> Guard:
    """Guard against heights that are lost in the rounding of the energies where they are filled."""
    b = writer.builder
    filled = b.sum(p for p, height in zip(populations, heights, strict=True) if height != ZERO)
    # where |0..0> alone is filled nothing is stored
    kept = keeps_digits(b, stored, b.mul(filled, writer.span()), COARSE)
    return Guard(kept, STORED_RULE, ("stored_energy", "charge"), GuardKind.RANGE)


def _guards(writer: ProgramWriter, outputs: Mapping[str, Output]) -> list[Guard]:
    """Everything that must not vanish for the outputs to mean what they say."""
    b = writer.builder
    steady = tuple(name for name in outputs if name not in LEVEL_OUTPUTS)
    guards = writer.domains()
    guards += [replace(guard, outputs=steady) for guard in writer.densities.guards()]
    guards += [replace(guard, outputs=steady) for guard in writer.guards()]
    guards.append(Guard(writer.single(), SINGLE_RULE, steady, GuardKind.LEVELS))
    for total, moduli in (*writer.mixtures.cancelling(), *writer.expressions.sums.items()):
        kept = keeps_digits(
            b, total, moduli, SUMMED if total in writer.expressions.sums else CANCELLED
        )
        # by levels, not by range: only there is told what is exactly zero
        guards.append(Guard(kept, ELEMENT_RULE, steady, GuardKind.LEVELS))
    capacity = single(outputs["capacity"])
    guards.append(Guard(capacity, CAPACITY_RULE, ("charge",), GuardKind.ABSENT))
    guards.append(Guard(writer.headroom(), UNDERFLOW_RULE, steady, GuardKind.RANGE))
    return guards


def derive_rate_program(
    model: BatteryModel, eigensystem: Eigensystem, transitions: Sequence[Transition]
) -> Program:
    """What the rate equation needs: from the parameters to the rates and what they act on.

    Outputs: ``rates``, down and up for each transition in turn, all baths together; ``heights``,
    energies above ``|0..0>``; ``start``, the populations of ``|0..0>``.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> from symqb.derive import derive_eigensystem, derive_transitions
    >>> model = xxz_model(2)
    >>> eigensystem = derive_eigensystem(model)
    >>> program = derive_rate_program(model, eigensystem, derive_transitions(model, eigensystem))
    >>> len(program.outputs["rates"]), program.outputs["start"]
    (8, (Fraction(1, 1), Fraction(0, 1), Fraction(0, 1), Fraction(0, 1)))
    """
    writer = ProgramWriter(model, eigensystem, transitions)
    b = writer.builder
    common = writer.prefactor
    rates = tuple(b.mul(common, rate) for jump in writer.jumps for rate in (jump.down, jump.up))
    empty = (0,) * eigensystem.spins
    start: list[Ref] = []
    for level in eigensystem:
        amplitude = level.amplitudes.get(empty)
        squared = amplitude * amplitude / level.norm if amplitude else None
        start.append(writer.expressions.weight(squared, Fraction(1)) if squared else ZERO)
    outputs = {"rates": rates, "heights": tuple(writer.above_empty()), "start": tuple(start)}
    return b.build(outputs, [*writer.domains(), *writer.guards(), *writer.densities.guards()])


def _elimination(
    eigensystem: Eigensystem, transitions: Sequence[Transition]
) -> tuple[tuple[int, ...], Program]:
    """An order of elimination and its program."""
    labels = [level.label for level in eigensystem]
    edges = [(t.upper, t.lower) for t in transitions]
    parts = connected_levels(labels, edges)
    if len(parts) > 1:
        shown = " and ".join(map(str, parts))
        raise SteadyStateError(
            f"the steady state is not unique, whatever the parameters are: there are at least "
            f"{len(parts)}, as no bath connects levels {shown}; battery.steady_states(...) gives a "
            "basis of them at a point; or couple a bath to more sites, or one that is not "
            "symmetric under reflection"
        )
    order = elimination_order(labels, edges, eigensystem.empty.label)
    return order, elimination_program(labels, edges, order)


def connected_levels(labels: Sequence[int], edges: Sequence[Edge]) -> list[list[int]]:
    """The sets of levels that transitions connect.

    Examples
    --------
    >>> connected_levels([1, 2, 3, 4], [(1, 4), (4, 2)])
    [[1, 2, 4], [3]]
    """
    part = {label: {label} for label in labels}
    for a, b in edges:
        joined = part[a] | part[b]
        for label in joined:
            part[label] = joined
    return sorted(map(sorted, {frozenset(members) for members in part.values()}))


def derive_steady_state(
    eigensystem: Eigensystem, transitions: Sequence[Transition], program: Program | None
) -> SteadyState:
    """The steady state of a battery from its levels, transitions and full program, if any."""
    labels = tuple(level.label for level in eigensystem)
    return SteadyState(
        labels,
        tuple(transitions),
        _elimination(eigensystem, transitions)[1],
        program.prune(["populations"]) if program else None,
    )
