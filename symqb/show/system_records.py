"""How levels and transitions of any open system are shown: as tables, and as text at a prompt."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from symqb.derive.liouvillian_state import CoherentSteadyState
from symqb.derive.system_levels import SystemEigensystem, SystemLevel
from symqb.derive.system_transitions import SystemTransition, SystemTransitions
from symqb.models.displays import DISPLAYS, Display
from symqb.show.mathml import formula
from symqb.show.tables import Column


def _formulas(name: str, values: Iterable[sp.Basic]) -> Column:
    """A column of expressions, shown as formulas."""
    listed = list(values)
    return Column(name, listed, [formula(sp.latex(value)) for value in listed])


def level_columns(levels: SystemEigensystem) -> list[Column]:
    """Label, energy and state of every level.

    Examples
    --------
    >>> from symqb import Bath, Register, System
    >>> from symqb.derive.system_levels import derive_system_levels
    >>> reg = Register(2)
    >>> system = System(sp.Symbol("w") * reg.number(1), [Bath("c", "T", reg.x(1))])
    >>> [column.values for column in level_columns(derive_system_levels(system))][1]
    [w, 0]
    """
    return [
        Column("level", [level.label for level in levels]),
        _formulas("energy", [level.energy for level in levels]),
        _formulas("state", [levels.state(level.label) for level in levels]),
    ]


def levels_text(levels: SystemEigensystem) -> str:
    """All levels, one a line."""
    return "\n".join(map(level_text, levels))


def level_text(level: SystemLevel) -> str:
    """A level's energy, and the bare states it is made of."""
    states = ", ".join(str(state + 1) for state in level.block.states)
    return f"E_{level.label} = {level.energy}  (bare states {states})"


def transition_columns(transitions: SystemTransitions) -> list[Column]:
    """Levels, frequency, and by bath the squared matrix element."""
    names = list(transitions[0].baths) if transitions else []
    return [
        Column("upper", [t.upper for t in transitions]),
        Column("lower", [t.lower for t in transitions]),
        _formulas("frequency", [t.frequency for t in transitions]),
        *(
            _formulas(f"weight_{name}", [t.weights.get(name, sp.S.Zero) for t in transitions])
            for name in names
        ),
    ]


def transition_text(transition: SystemTransition) -> str:
    """A transition's levels, frequency and weights."""
    weights = ", ".join(f"{name} {weight}" for name, weight in transition.weights.items())
    return f"{transition.upper} -> {transition.lower}: {transition.frequency}  ({weights})"


def transitions_text(transitions: SystemTransitions) -> str:
    """All transitions, one a line, and the diagonal parts of couplings."""
    lines = [transition_text(transition) for transition in transitions]
    for diagonal in transitions.dephasing:
        elements = ", ".join(f"{label}: {x}" for label, x in diagonal.elements.items())
        lines.append(f"dephasing by {diagonal.bath}: {{{elements}}}, rate {diagonal.rate}")
    return "\n".join(lines)


def coherent_columns(steady: CoherentSteadyState) -> list[Column]:
    """Label and exact population of every level; of levels without, the density matrix.

    The elements ``rho_<i>_<j>`` are those on and above its diagonal, over the bare states.
    """
    if not steady.has_populations:
        size = len(steady.labels)
        places = [(i, j) for i in range(size) for j in range(i, size)]
        names = [f"rho_{i + 1}_{j + 1}" for i, j in places]
        return [
            Column("element", names),
            Column("value", [steady.density[place] for place in places]),
        ]
    return [Column("level", steady.labels), Column("population", steady.populations)]


def coherent_text(steady: CoherentSteadyState) -> str:
    """The unknowns of a steady state with coherences, and how many operations they take."""
    parts = [f"{part} rho_{a + 1}_{c + 1}" for a, c, part in steady.unknowns if a != c]
    steps = len(steady.elimination.steps)
    return (
        f"steady state of {len(steady.labels)} levels with coherences ({', '.join(parts)}): "
        f"{steps} operations by elimination"
    )


DISPLAYS |= {
    CoherentSteadyState: Display(columns=coherent_columns, text=coherent_text),
    SystemLevel: Display(
        latex=lambda level: sp.latex(level.energy, mode="inline"), text=level_text
    ),
    SystemEigensystem: Display(columns=level_columns, text=levels_text),
    SystemTransition: Display(
        latex=lambda transition: sp.latex(transition.frequency, mode="inline"),
        text=transition_text,
    ),
    SystemTransitions: Display(columns=transition_columns, text=transitions_text),
}
