"""What is derived of any model, for its page: each step with formulas, or why it has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import sympy as sp

from symqb.battery import Battery
from symqb.derive import SteadyState, count_trees
from symqb.models import Bath, NoClosedFormError, SteadyStateError, has_formula
from symqb.models.spectra import is_formula
from symqb.open_system import OpenSystem
from symqb.report.panels import WIDTHS, shown
from symqb.report.systems import bare_states
from symqb.show.formula_mathml import displayed_formula
from symqb.show.formulas import (
    LARGEST_TREE_COUNT,
    Formula,
    Notation,
    pair,
    parameter_spellings,
    tree_formulas,
)
from symqb.show.spelling import bath_latex

Model = Battery | OpenSystem
Step = dict[str, object]

LARGEST_MATRIX = 16
"""Bare states up to which Hamiltonian and levels are written out as vectors."""
LARGEST_PRINTED = 64
"""Levels up to which formulas are put on a page."""
LARGEST_WRITTEN = 60
"""Operations of an elimination up to which populations with coherences are written out."""
LARGEST_OPEN = 12
"""Formulas of a step that stand unfolded."""


def model_steps(model: Model) -> list[Step]:
    """Write every step of a derivation: Hamiltonian, levels, transitions, rates, steady state."""
    notation = Notation(names=parameter_spellings(model.parameters))
    size = model.hamiltonian.rows if isinstance(model, OpenSystem) else 2**model.spins
    if size > LARGEST_PRINTED:
        words = (
            f"{size} levels are too many for formulas on a page; symqb derive prints those that "
            "there are."
        )
        return [_step("hamiltonian", "Hamiltonian", words)]
    found: list[Step] = []
    try:
        for step in (_hamiltonian, _levels, _transitions, _rates):
            found.append(step(model, notation))
    except (NoClosedFormError, SteadyStateError) as error:
        found.append(_without(("Hamiltonian", "Levels", "Transitions", "Rates")[len(found)], error))
    try:
        found.append(_steady(model.steady_state(), notation))
    except (NoClosedFormError, SteadyStateError) as error:
        lacking = _without("Steady state", error)
        if lacking["text"] != found[-1]["text"]:
            found.append(lacking)
    return found


def _without(title: str, error: Exception) -> Step:
    """A step that has no closed form, with the reason."""
    return _step(title.lower().replace(" ", "-"), title, f"No closed form: {error}.")


def _step(key: str, title: str, text: str, formulas: tuple[Formula, ...] = ()) -> Step:
    rows = [_row(formula) for formula in formulas]
    few = len(rows) <= LARGEST_OPEN
    return {
        "key": key,
        "title": title,
        "text": text,
        "panel": {"columns": 1, "rows": rows} if rows else None,
        "fold": "" if few else f"Show all {len(rows)} formulas",
        "table": None,
    }


def _row(formula: Formula) -> dict[str, str]:
    """A formula set, or its LaTeX where it has no MathML."""
    try:
        math = displayed_formula(formula, WIDTHS[1])
    except NoClosedFormError:
        math = f"<code>{escape(formula.latex)}</code>"
    return shown(math, formula.latex, formula.left)


def _states(model: Model) -> list[str]:
    if isinstance(model, OpenSystem):
        return bare_states(model)
    return [f"|{','.join(map(str, state))}>" for state in model.basis]


def _hamiltonian(model: Model, notation: Notation) -> Step:
    """The matrix over the bare states."""
    H, states = model.hamiltonian, _states(model)
    basis = f"Over {len(states)} bare states"
    if len(states) > LARGEST_MATRIX:
        return _step("hamiltonian", "Hamiltonian", f"{basis}, not written out here.")
    text = f"{basis}: {', '.join(states)}."
    return _step("hamiltonian", "Hamiltonian", text, (Formula("H", (notation.latex(H),)),))


def _levels(model: Model, notation: Notation) -> Step:
    """Energies and states."""
    levels = model.eigensystem()
    formulas = []
    for level in levels:
        formulas.append(Formula(f"E_{{{level.label}}}", notation.terms(level.energy)))
        if model.hamiltonian.rows <= LARGEST_MATRIX:
            formulas.append(_state(model, levels, level, notation))
    text = "Energies, and states over the bare ones in the order above."
    return _step("levels", "Levels", text, tuple(formulas))


def _state(model: Model, levels: Any, level: Any, notation: Notation) -> Formula:
    vector = levels.state(level.label) if isinstance(model, OpenSystem) else level.state
    row = notation.latex(sp.Matrix([list(vector)]))
    return Formula(rf"|{level.label}\rangle", (rf"{row}^{{\top}}",))


def _transitions(model: Model, notation: Notation) -> Step:
    """What each bath drives: a table of frequencies and squared matrix elements."""
    transitions: list[Any] = list(model.transitions())
    baths = [bath.name for bath in _baths(model)]
    made = _step(
        "transitions",
        "Transitions",
        "Frequencies, and the squared matrix element of each bath's coupling.",
    )
    rows = [
        [f"{t.upper} → {t.lower}", *(str(x) for x in (t.frequency, *map(_weight(t), baths)))]
        for t in transitions
    ]
    made["table"] = {"head": ["jump", "frequency", *(f"bath {b}" for b in baths)], "rows": rows}
    diagonal = getattr(model.transitions(), "dephasing", ())
    if diagonal:
        said = "; ".join(f"bath {d.bath} at the rate {d.rate}" for d in diagonal)
        made["text"] = f"{made['text']} Dephasing, which drives no population: {said}."
    return made


def _weight(transition: Any) -> Callable[[str], sp.Expr]:
    return lambda bath: transition.weights.get(bath, sp.S.Zero)


def _rates(model: Model, notation: Notation) -> Step:
    """The rate of every jump, bath by bath."""
    formulas = []
    for t in model.transitions():
        for source, end, rates in (
            (t.upper, t.lower, t.emission),
            (t.lower, t.upper, t.absorption),
        ):
            for bath, rate in rates.items():
                left = rf"k_{{{source} \to {end}}}^{{{bath_latex(bath)}}}"
                formulas.append(Formula(left, notation.terms(rate)))
    text = "From the upper level to the lower and back; valid for every sign of the frequency."
    if any(bath.statistics == "boson" for bath in _baths(model)):
        text += " φ(ω, T) = ω/(1 - exp(-ω/T))."
    return _step("rates", "Rates", text, tuple(formulas))


def _steady(steady: Any, notation: Notation) -> Step:
    """Populations in terms of total rates where they are short, and the size of the program."""
    operations = sum(steady.elimination.operation_counts().values())
    if not isinstance(steady, SteadyState):
        text = f"Populations and coherences together; an elimination in {operations} operations."
        if operations > LARGEST_WRITTEN:
            text += " Too many to write out: symqb latex prints the program."
            return _step("steady", "Steady state", text)
        if steady.has_populations:
            values = {(k, k): p for k, p in enumerate(steady.populations, 1)}
        else:
            text += " Levels' populations have no closed form: elements over the bare states."
            size, rho = len(steady.labels), steady.density
            values = {(i + 1, j + 1): rho[i, j] for i in range(size) for j in range(i, size)}
        formulas = (
            Formula(rf"\rho_{{{pair(*place)}}}", notation.terms(value))
            for place, value in values.items()
        )
        return _step("steady", "Steady state", text, tuple(formulas))
    trees = count_trees(steady.labels, steady.edges)
    text = (
        f"{trees} spanning {'tree' if trees == 1 else 'trees'} a root; elimination without a "
        f"subtraction in {operations} operations."
    )
    if trees > LARGEST_TREE_COUNT:
        text += " Too many to write out: symqb latex prints the program."
        return _step("steady", "Steady state", text)
    text += " In total rates of all baths: E for a jump of the table above, A for the jump back."
    return _step("steady", "Steady state", text, tuple(tree_formulas(steady)))


def _baths(model: Model) -> tuple[Bath, ...]:
    return model.system.baths if isinstance(model, OpenSystem) else model.model.baths


def bath_rows(model: Model) -> list[dict[str, str]]:
    """List the baths in words: temperature, statistics, spectral density, strength."""
    found = []
    for bath in _baths(model):
        density = "flat" if bath.statistics == "fermion" else "Ohmic"
        if is_formula(bath.spectrum):
            density = str(bath.spectrum)
        elif bath.spectrum is not None:
            density = str(bath.spectrum) if has_formula(bath.spectrum) else "a Python function"
        about = bath.statistics if bath.occupation is None else "occupation of its own"
        found.append(
            {
                "name": bath.name,
                "temperature": str(bath.temperature),
                "statistics": about,
                "mu": str(bath.mu),
                "density": density,
                "kappa": "common" if bath.kappa is None else str(bath.kappa),
            }
        )
    return found


def jump_rows(model: Model) -> list[dict[str, str]]:
    """List the jumps that are taken as they stand: rate, and whose heat they carry."""
    jumps = model.system.jumps if isinstance(model, OpenSystem) else ()
    return [
        {"number": str(k), "rate": str(jump.rate), "bath": jump.bath or ""}
        for k, jump in enumerate(jumps, 1)
    ]


def driven_pairs(
    model: Model, point: Mapping[str, float]
) -> dict[str, list[tuple[int, int, float]]]:
    """Give by bath the pairs of levels that it connects at a point, with squared elements.

    Raises
    ------
    NoClosedFormError
        As :meth:`symqb.OpenSystem.transitions`.
    """
    values = {model.symbols[name]: value for name, value in point.items()}
    found: dict[str, list[tuple[int, int, float]]] = {bath.name: [] for bath in _baths(model)}
    for t in model.transitions():
        for bath, weight in t.weights.items():
            strength = sp.re(sp.sympify(weight).subs(values).evalf(15))
            if strength.is_number and strength.is_finite:
                found[bath].append((t.upper, t.lower, float(strength)))
    return found
