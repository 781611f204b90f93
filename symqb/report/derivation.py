"""A derivation as data: everything the report and ``symqb derive`` show."""

from __future__ import annotations

from symqb.battery import Battery
from symqb.derive import count_trees
from symqb.models.plain_data import JsonObject
from symqb.program import Program


def program_record(program: Program) -> JsonObject:
    """A program's inputs, size and operation counts."""
    return {
        "inputs": list(program.inputs),
        "steps": len(program.steps),
        "operations": program.operation_counts(),
        "digest": program.digest,
    }


def derivation(battery: Battery) -> JsonObject:
    """Levels, transitions, rates and steady state of a battery, formulas as SymPy text.

    Parameters
    ----------
    battery : Battery
        With closed forms: two or three spins.

    Returns
    -------
    dict
        Plain data, ready for JSON.

    Raises
    ------
    NoClosedFormError
        More spins than have closed forms.

    Examples
    --------
    >>> from symqb import xxz_battery
    >>> derivation(xxz_battery(2))["levels"][2]["energy"]
    '-Delta/2 - J'
    """
    levels, transitions = battery.eigensystem(), battery.transitions()
    steady = battery.steady_state()
    trees = count_trees(steady.labels, steady.edges)
    return {
        "spins": battery.spins,
        "dissipation": battery.model.dissipation,
        "parameters": list(battery.parameters),
        "basis": ["".join(map(str, state)) for state in battery.basis],
        "hamiltonian": [[str(x) for x in row] for row in battery.hamiltonian.tolist()],
        "levels": [
            {
                "label": level.label,
                "energy": str(level.energy),
                "magnetization": str(level.magnetization),
                "state": [str(x) for x in level.state],
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
        "steady_state": {
            "spanning_trees": trees,
            "elimination": program_record(steady.elimination),
            "populations": program_record(steady.program),
            "all_outputs": program_record(battery.program),
        },
    }
