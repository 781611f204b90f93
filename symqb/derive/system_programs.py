"""From the parameters of a system to every output, as one straight-line program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from symqb.derive.balance import (
    CANCELLED,
    CANCELLED_RULE,
    LARGEST_THETA,
    LOST,
    Balance,
    balance_outputs,
    keeps_digits,
    plain_balance_outputs,
)
from symqb.derive.energetics import (
    BLURRED_RULE,
    CAPACITY_RULE,
    COARSE_RULE,
    ELEMENT_RULE,
    SINGLE_RULE,
    UNDERFLOW_RULE,
    connected_levels,
)
from symqb.derive.rate_writer import extreme
from symqb.derive.steady_state import elimination_order, elimination_program
from symqb.derive.system_levels import SystemEigensystem
from symqb.derive.system_transitions import SystemTransitions
from symqb.derive.system_writer import (
    SystemWriter,
    connected,
    exchanges_particles,
    has_bose_factor,
)
from symqb.models import SteadyStateError
from symqb.models.system import System
from symqb.program import Guard, GuardKind, Output, Program, Ref
from symqb.program.builder import ONE, ZERO

ROUNDED_RULE = "terms of an energy, a rate or a coupling nearly cancel, so that doubles lose digits"
EXPONENT_RULE = "terms of an exponent are so large that doubles lose the digits of the exponential"

CAPACITY = CAPACITY_RULE.replace("|0..0>", "the reference")

SYSTEM_LEVEL_OUTPUTS = frozenset({"energies", "capacity"})
"""Outputs that need no steady state."""

SYSTEM_ALIKE = SYSTEM_LEVEL_OUTPUTS | {"populations", "ergotropy", "stored_energy", "charge"}
"""Outputs that are written alike, plain or not."""


def system_outputs(system: System) -> tuple[str, ...]:
    """List the outputs that a system has.

    Examples
    --------
    >>> from symqb.models import Bath, Register
    >>> dot = Register(2)
    >>> lead = Bath("L", "T", dot.minus(1), statistics="fermion", mu="mu")
    >>> system_outputs(System(dot.number(1), [lead]))[2:]
    ('ergotropy', 'exergy', 'heat_current_L', 'particle_current_L', 'entropy_production')
    """
    found = ["energies", "populations"]
    if system.reference is not None:
        found += ["stored_energy", "capacity", "charge"]
    found.append("ergotropy")
    if system.baths and system.baths[-1].occupation is None:
        found.append("exergy")
    names = [*(bath.name for bath in system.baths), *(jump.bath for jump in system.jumps)]
    found += [f"heat_current_{name}" for name in dict.fromkeys(names) if name is not None]
    found += [f"particle_current_{b.name}" for b in system.baths if exchanges_particles(b)]
    if not system.jumps and all(bath.occupation is None for bath in system.baths):
        found.append("entropy_production")
    return tuple(found)


def state_outputs(system: System) -> tuple[str, ...]:
    """Name what is read off the density matrix of a system, in numbers alone.

    The coherence between bare states; of a system with a register the state and the ergotropy of
    every site, the effective temperature of a qubit, the negativity of every pair of sites, and the
    concurrence of every pair of qubits.

    Examples
    --------
    >>> from symqb.models import Bath, Register
    >>> reg = Register(2, 3)
    >>> names = state_outputs(System(reg.number(2), [Bath("c", "T", reg.x(1))], register=reg))
    >>> names[:5]
    ('density', 'reduced_1', 'reduced_2', 'negativity_1_2', 'coherence_l1')
    >>> names[5:]
    ('coherence_entropy', 'effective_temperature_1', 'local_ergotropy_1', 'local_ergotropy_2')
    """
    sizes = () if system.register is None else system.register.levels
    pairs = list(combinations(range(1, len(sizes) + 1), 2))
    qubits = [(a, b) for a, b in pairs if sizes[a - 1] == sizes[b - 1] == 2]
    sites = range(1, len(sizes) + 1)
    return (
        "density",
        *(f"reduced_{k}" for k in sites if len(sizes) > 1),
        *(f"negativity_{a}_{b}" for a, b in pairs),
        *(f"concurrence_{a}_{b}" for a, b in qubits),
        "coherence_l1",
        "coherence_entropy",
        *(f"effective_temperature_{k}" for k in sites if sizes[k - 1] == 2),
        *(f"local_ergotropy_{k}" for k in sites),
    )


def derive_system_level_program(system: System, levels: SystemEigensystem) -> Program:
    """Write the outputs that need no steady state."""
    writer = SystemWriter(system, levels, SystemTransitions())
    outputs: dict[str, Output] = {
        "energies": tuple(writer.energy(level.exact_energy) for level in levels)
    }
    guards = writer.domains()
    if system.reference is not None:
        reference = None if system.reference == "lowest" else int(system.reference)
        heights = writer.above(reference)
        stored, more = stored_outputs(writer, [ZERO] * len(levels), heights)
        outputs["capacity"] = stored["capacity"]
        guards += [guard for guard in more if "capacity" in guard.outputs]
    guards += [
        Guard(keeps_digits(writer.builder, total, size, LOST), ROUNDED_RULE, (), GuardKind.RANGE)
        for total, size in writer.rounded()
    ]
    return writer.builder.build(outputs, guards)


def derive_system_program(
    system: System,
    levels: SystemEigensystem,
    transitions: SystemTransitions,
    *,
    plain: bool = False,
) -> Program:
    """Write the program of a system: its parameters to every output of :func:`system_outputs`.

    Parameters
    ----------
    plain : bool
        Write currents, entropy production and exergy as differences, guarded where these lose
        digits; so they are anyway where a bath is not of bosons in equilibrium.

    Raises
    ------
    NoClosedFormError
        A density, an occupation or an entry that no program can hold.
    SteadyStateError
        Levels that no bath connects.
    """
    writer = SystemWriter(system, levels, transitions)
    b, labels = writer.builder, [level.label for level in levels]
    order, elimination = system_elimination(levels, transitions)
    populations = writer.populations(elimination)
    found = dict(zip(labels, populations, strict=True))
    lowest = system.reference if isinstance(system.reference, int) else transitions.lowest
    heights = writer.above(None if system.reference == "lowest" else lowest)
    balance = Balance(writer)
    outputs: dict[str, Output] = {
        "energies": tuple(writer.energy(level.exact_energy) for level in levels),
        "populations": populations,
        "ergotropy": balance.ergotropy(heights, populations),
    }
    guards: list[Guard] = []
    if system.reference is not None:
        stored, guards = stored_outputs(writer, populations, heights)
        outputs |= stored
    if all(map(has_bose_factor, system.baths)):
        driven, more = _in_equilibrium(balance, order, found, heights, plain=plain)
        if len(system.baths) > 1:
            guards.append(Guard(writer.unfrozen(), COARSE_RULE, tuple(driven), GuardKind.RANGE))
            guards.append(Guard(writer.resolved(), COARSE_RULE, ("exergy",), GuardKind.RANGE))
    else:
        driven, more = exchanged(writer, balance, found, heights)
    outputs |= driven
    guards += more
    blurred = [Guard(r, BLURRED_RULE, tuple(driven), GuardKind.RANGE) for r in writer.blurred()]
    outputs = {name: outputs[name] for name in system_outputs(system)}
    return b.build(outputs, [*system_guards(writer, outputs), *guards, *blurred])


def _in_equilibrium(
    balance: Balance,
    order: Sequence[int],
    populations: Mapping[int, Ref],
    heights: Sequence[Ref],
    *,
    plain: bool,
) -> tuple[dict[str, Ref], list[Guard]]:
    """Write currents, entropy production and exergy beside baths of bosons in equilibrium."""
    if plain and len(balance.model.baths) > 1:
        return plain_balance_outputs(balance, order, populations, heights)
    b, network = balance.builder, balance.network(order)
    found, guards = balance_outputs(balance, order, populations, heights, network)
    sizes = [b.apply("abs", b.strip_sign(x)) for x in network.exponents() if x != ZERO]
    if sizes:
        kept = b.apply("select", extreme(b, "max", sizes), LARGEST_THETA, ONE, ZERO)
        guards.append(Guard(kept, EXPONENT_RULE, ("exergy",), GuardKind.RANGE))
    return found, guards


def stored_outputs(
    writer: SystemWriter, populations: Sequence[Ref], heights: Sequence[Ref]
) -> tuple[dict[str, Output], list[Guard]]:
    """Write stored energy, capacity and charge, and what guards them."""
    b = writer.builder
    terms = list(map(b.mul, populations, heights))
    stored, capacity = b.sum(terms), extreme(b, "max", list(heights))
    sizes = b.sum(b.apply("abs", b.strip_sign(term)) for term in terms)
    kept = keeps_digits(b, stored, b.add(sizes, writer.span()), CANCELLED)
    margin = b.sub(capacity, b.mul(CANCELLED, writer.span()))
    wide = b.apply("select", capacity, ZERO, ONE, b.apply("max", margin, ZERO))
    guards = [
        Guard(kept, CANCELLED_RULE, ("stored_energy", "charge"), GuardKind.RANGE),
        Guard(wide, CANCELLED_RULE, ("capacity", "charge"), GuardKind.RANGE),
        Guard(b.apply("max", capacity, ZERO), CAPACITY, ("charge",), GuardKind.ABSENT),
    ]
    outputs: dict[str, Output] = {
        "stored_energy": stored,
        "capacity": capacity,
        "charge": b.div(stored, capacity),
    }
    return outputs, guards


def exchanged(
    writer: SystemWriter, balance: Balance, populations: Mapping[int, Ref], heights: Sequence[Ref]
) -> tuple[dict[str, Ref], list[Guard]]:
    """Write currents of heat and particles, entropy production and exergy, as differences."""
    b = balance.builder
    sums: dict[str, tuple[Ref, Ref]] = {}
    heats = []
    for bath in balance.model.baths:
        scaled = [
            b.mul(writer.prefactor, x) for x in balance.by_differences(populations, bath.name)
        ]
        heats.append((scaled[0], scaled[1]))
        sums[f"heat_current_{bath.name}"] = heats[-1]
    for bath in balance.model.baths:
        if exchanges_particles(bath):
            name = f"particle_current_{bath.name}"
            sums[name] = _particles(writer, populations, bath.name)
    sums["entropy_production"] = balance.by_currents(heats)
    guards = [
        Guard(keeps_digits(b, value, size, LOST), CANCELLED_RULE, (name,), GuardKind.RANGE)
        for name, (value, size) in sums.items()
    ]
    found = {name: value for name, (value, _) in sums.items()}
    found["exergy"], lasting = balance.exergy(heights, list(populations.values()), None)
    guards.append(Guard(lasting, CANCELLED_RULE, ("exergy",), GuardKind.RANGE))
    return found, guards


def _particles(writer: SystemWriter, populations: Mapping[int, Ref], bath: str) -> tuple[Ref, Ref]:
    """Write the particles that flow from a bath into the system, and the moduli of its terms."""
    b, terms, moduli = writer.builder, list[Ref](), list[Ref]()
    for jump in writer.jumps:
        if bath in jump.weights:
            channel, (upper, lower) = writer.channel(jump, bath), jump.edge
            down = b.mul(channel.there, populations[upper])
            up = b.mul(channel.back, populations[lower])
            terms.append(b.mul(writer.particles(jump, bath), b.sub(up, down)))
            moduli.append(b.add(up, down))
    return b.mul(writer.prefactor, b.sum(terms)), b.mul(writer.prefactor, b.sum(moduli))


def system_guards(writer: SystemWriter, outputs: Mapping[str, Output]) -> list[Guard]:
    """Everything that must not vanish for the outputs to mean what they say."""
    b = writer.builder
    steady = tuple(name for name in outputs if name not in SYSTEM_LEVEL_OUTPUTS)
    guards = [*writer.domains(), *writer.domain]
    guards += [replace(guard, outputs=steady) for guard in writer.densities.guards()]
    guards += [replace(guard, outputs=steady) for guard in writer.coinciding()]
    guards.append(Guard(writer.single(), SINGLE_RULE, steady, GuardKind.LEVELS))
    for total, size in writer.cancelling():
        # by levels, not by range: only there is told what is exactly zero
        kept = keeps_digits(b, total, size, CANCELLED * CANCELLED)
        guards.append(Guard(kept, ELEMENT_RULE, steady, GuardKind.LEVELS))
    for total, size in writer.rounded():
        kept = keeps_digits(b, total, size, LOST)
        guards.append(Guard(kept, ROUNDED_RULE, (), GuardKind.RANGE))
    small = writer.exponents()
    guards += [Guard(ref, EXPONENT_RULE, (), GuardKind.RANGE) for ref in small]
    guards.append(Guard(writer.headroom(), UNDERFLOW_RULE, steady, GuardKind.RANGE))
    return guards


def system_elimination(
    levels: SystemEigensystem, transitions: SystemTransitions
) -> tuple[tuple[int, ...], Program]:
    """Give an order of elimination that keeps the lowest level, and its program.

    Raises
    ------
    SteadyStateError
        Levels that no bath connects.
    """
    labels, edges = [level.label for level in levels], connected(transitions)
    parts = connected_levels(labels, edges)
    if len(parts) > 1:
        shown = " and ".join(map(str, parts))
        raise SteadyStateError(
            f"the steady state is not unique, whatever the parameters are: there are at least "
            f"{len(parts)}, as no bath connects levels {shown}; couple a bath through an operator "
            "that does"
        )
    order = elimination_order(labels, edges, transitions.lowest)
    return order, elimination_program(labels, edges, order)
