"""The derivation of any open system as data and as LaTeX."""

from __future__ import annotations

from symqb.derive import SteadyState, count_trees
from symqb.derive.liouvillian_state import CoherentSteadyState
from symqb.derive.system_transitions import SystemTransitions
from symqb.models.plain_data import JsonObject
from symqb.open_system import OpenSystem
from symqb.report.derivation import program_record


def bare_states(system: OpenSystem) -> list[str]:
    """Name the bare states: of a register by its sites, of other systems by their numbers.

    Examples
    --------
    >>> from symqb import Bath, Register, System
    >>> reg = Register(2, 3)
    >>> system = System(reg.number(2), [Bath("c", "T", reg.x(1))], register=reg)
    >>> bare_states(OpenSystem(system))[:2]
    ['|1,0>', '|1,1>']
    """
    register = system.system.register
    if register is None:
        return [f"|{k}>" for k in range(1, system.system.size + 1)]
    return [f"|{','.join(map(str, state))}>" for state in register.states()]


def system_derivation(system: OpenSystem) -> JsonObject:
    """Levels, transitions, rates and steady state of a system, formulas as SymPy text.

    Parameters
    ----------
    system : OpenSystem
        With closed forms.

    Returns
    -------
    dict
        Plain data, ready for JSON.

    Raises
    ------
    NoClosedFormError, SteadyStateError
        As :meth:`symqb.OpenSystem.steady_state`.

    Examples
    --------
    >>> from symqb import Bath, Register, System
    >>> from sympy import Symbol
    >>> reg = Register(2)
    >>> spin = System(Symbol("w") * reg.number(1), [Bath("c", "T", reg.x(1))])
    >>> system_derivation(OpenSystem(spin))["levels"][0]
    {'label': 1, 'energy': 'w', 'state': ['1', '0']}
    """
    levels, steady = system.eigensystem(), system.steady_state()
    coherent = isinstance(steady, CoherentSteadyState)
    # where populations meet coherences rates between pairs of levels do not tell all
    transitions = SystemTransitions() if coherent else system.transitions()
    return {
        "parameters": list(system.parameters),
        "basis": bare_states(system),
        "hamiltonian": [[str(x) for x in row] for row in system.hamiltonian.tolist()],
        "levels": [
            {
                "label": level.label,
                "energy": str(level.energy),
                "state": [str(x) for x in levels.state(level.label)],
            }
            for level in levels
        ],
        "transitions": [
            {
                "upper": t.upper,
                "lower": t.lower,
                "frequency": str(t.frequency),
                "weights": {bath: str(w) for bath, w in t.weights.items()},
                "emission": {bath: str(r) for bath, r in t.emission.items()},
                "absorption": {bath: str(r) for bath, r in t.absorption.items()},
            }
            for t in transitions
        ],
        "dephasing": [
            {
                "bath": d.bath,
                "elements": {str(label): str(x) for label, x in d.elements.items()},
                "rate": str(d.rate),
            }
            for d in getattr(transitions, "dephasing", ())
        ],
        "steady_state": {
            **_counted(steady),
            "elimination": program_record(steady.elimination),
            "all_outputs": program_record(system.program),
        },
    }


def _counted(steady: SteadyState | CoherentSteadyState) -> JsonObject:
    """How large an elimination is: by spanning trees, or by its coherences."""
    if isinstance(steady, CoherentSteadyState):
        unknowns = (place for place in steady.unknowns if place[0] != place[1])
        return {"coherences": [f"{part} {a + 1} {c + 1}" for a, c, part in unknowns]}
    return {"spanning_trees": count_trees(steady.labels, steady.edges)}


def system_document(body: str) -> str:
    """Make a whole document of the LaTeX of a system."""
    return "\n".join(
        [
            r"\documentclass{article}",
            r"\usepackage{amsmath}",
            r"\begin{document}",
            r"\title{Open system}\author{Derived by symqb}\date{}\maketitle",
            body,
            r"\end{document}",
            "",
        ]
    )
