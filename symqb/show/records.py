"""How derived records and results are shown in a notebook: formulas, tables, labelled arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

from symqb.derive.eigensystem import Eigensystem, Level
from symqb.derive.steady_state import SteadyState
from symqb.derive.transitions import Transition, Transitions
from symqb.derive.trees import count_trees
from symqb.emit.result import Result
from symqb.models.displays import DISPLAYS, Display
from symqb.show.formulas import (
    LARGEST_TREE_COUNT,
    Formula,
    Notation,
    aligned,
    density_formulas,
    eigensystem_notation,
    energy_formula,
    frequency_formula,
    level_notation,
    rate_formulas,
    state_formula,
    tree_formulas,
)
from symqb.show.mathml import formula
from symqb.show.plain_text import (
    eigensystem_text,
    level_text,
    steady_state_text,
    transition_text,
    transitions_text,
)
from symqb.show.spelling import words_latex
from symqb.show.tables import Column, table_html


def display(body: str) -> str:
    """A formula as a notebook takes it."""
    return rf"$\displaystyle {body}$"


def level_latex(level: Level) -> str:
    """A level for a notebook."""
    notation = level_notation(level)
    formulas = [state_formula(level, notation), energy_formula(level, notation)]
    parts = [f.latex for f in [*formulas, *notation.definitions()]]
    return display(r",\quad ".join(parts))


def eigensystem_latex(eigensystem: Eigensystem) -> str:
    """All levels for a notebook."""
    notation = eigensystem_notation(eigensystem)
    formulas = [
        Formula(
            state_formula(level, notation).left,
            (
                *state_formula(level, notation).terms,
                rf",\quad {energy_formula(level, notation).latex}",
            ),
        )
        for level in eigensystem
    ]
    return display(aligned([*formulas, *notation.definitions()]))


def eigensystem_columns(eigensystem: Eigensystem) -> list[Column]:
    """Label, magnetization, energy and state of every level."""
    notation = eigensystem_notation(eigensystem)
    return [
        Column("level", [v.label for v in eigensystem]),
        Column("magnetization", [", ".join(map(str, v.magnetizations)) for v in eigensystem]),
        Column(
            "energy",
            [v.energy for v in eigensystem],
            [formula(" ".join(energy_formula(v, notation).terms)) for v in eigensystem],
        ),
        Column(
            "state",
            [v.state for v in eigensystem],
            [formula(" ".join(state_formula(v, notation).terms)) for v in eigensystem],
        ),
    ]


def eigensystem_html(eigensystem: Eigensystem) -> str:
    """The table of levels, and below it what its named roots stand for."""
    notation = eigensystem_notation(eigensystem)
    shown = "".join(energy_formula(level, notation).latex for level in eigensystem)
    named = [f for f in notation.definitions() if f.left in shown]
    where = ", ".join(formula(definition.latex) for definition in named)
    return table_html(eigensystem) + (f"<p>where {where}</p>" if named else "")


def transition_latex(transition: Transition) -> str:
    """A transition for a notebook."""
    notation = Notation.of([transition.exact_frequency, *transition.exact_weights.values()])
    formulas = [frequency_formula(transition, notation), *rate_formulas(transition, notation)]
    defined = [
        *density_formulas(transition.baths.values(), transition.kappa),
        *notation.definitions(),
    ]
    return display(aligned([*formulas, *defined]))


def transition_columns(transitions: Transitions) -> list[Column]:
    """Levels, frequency, and by bath the squared matrix element."""
    surds = [s for t in transitions for s in (t.exact_frequency, *t.exact_weights.values())]
    notation = Notation.of(surds)
    found = [
        Column("upper", [t.upper for t in transitions]),
        Column("lower", [t.lower for t in transitions]),
        Column(
            "frequency",
            [t.frequency for t in transitions],
            [formula(" ".join(frequency_formula(t, notation).terms)) for t in transitions],
        ),
    ]
    for bath in transitions[0].weights if transitions else ():
        weights = [t.weights[bath] for t in transitions]
        shown = [formula(notation.latex(notation.tidy(weight))) for weight in weights]
        found.append(Column(f"weight_{bath}", weights, shown))
    return found


def steady_state_latex(steady: SteadyState) -> str:
    """A steady state for a notebook, as one formula."""
    lines = steady_state_lines(steady)
    return display(lines[0] if len(lines) == 1 else aligned(tree_formulas(steady)))


def steady_state_lines(steady: SteadyState) -> list[str]:
    """The tree sums line by line, or only their rule where they fill pages."""
    trees = count_trees(steady.labels, steady.edges)
    if trees <= LARGEST_TREE_COUNT:
        return [line.latex for line in tree_formulas(steady)]
    steps = len(steady.elimination.steps)
    return [
        r"\rho_{ii} = \frac{W_i}{\sum_j W_j}, \quad W_i = \sum_{\text{trees to } i}\,"
        r"\prod_{k \to l} \Gamma_{k \to l} \quad"
        rf"\text{{({trees} trees a root; {steps} operations by elimination)}}"
    ]


def steady_state_columns(steady: SteadyState) -> list[Column]:
    """Label and exact population of every level."""
    return [Column("level", steady.labels), Column("population", steady.populations)]


def steady_state_html(steady: SteadyState) -> str:
    """The populations as tree sums, and the program of the elimination."""
    lines = "".join(formula(line, displayed=True) for line in steady_state_lines(steady))
    return f"{lines}{steady.elimination._repr_html_()}"


def quantities_latex(quantities: Mapping[str, object]) -> str:
    """Named numbers under one another for a notebook."""
    return display(
        aligned(
            Formula(words_latex(name), (quantity_latex(value),))
            for name, value in quantities.items()
        )
    )


def quantity_latex(value: object) -> str:
    """A number, a few of them, or a stand-in with its shape for an array.

    Examples
    --------
    >>> quantity_latex(0.5), quantity_latex(1e-30)
    ('0.5', '1 \\\\times 10^{-30}')
    """
    shape = getattr(value, "shape", ())
    if len(shape) > 1 or (shape and shape[0] > 8):
        sizes = r" \times ".join(map(str, shape))
        return rf"\text{{array of shape }} {sizes}"
    if isinstance(value, Iterable) and (shape or isinstance(value, list | tuple)):
        entries = r",\ ".join(map(quantity_latex, value))
        return f"({entries})"
    text = str(value)
    if "inf" in text or "nan" in text:
        return text.replace("inf", r"\infty").replace("nan", r"\text{undefined}")
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else text


def _labelled(way: str) -> Callable[[Result], Any]:
    """A function of :mod:`symqb.show.labelled`, which imports NumPy, at its first use."""

    def shown(result: Result) -> Any:
        labelled = import_module("symqb.show.labelled")
        return getattr(labelled, way)(result.to_dict(), result.labels, result.parameters)

    return shown


DISPLAYS |= {
    Level: Display(latex=level_latex, text=level_text),
    Eigensystem: Display(
        eigensystem_html, eigensystem_latex, eigensystem_columns, text=eigensystem_text
    ),
    Transition: Display(latex=transition_latex, text=transition_text),
    Transitions: Display(columns=transition_columns, text=transitions_text),
    SteadyState: Display(
        steady_state_html, steady_state_latex, steady_state_columns, text=steady_state_text
    ),
    Result: Display(
        html=_labelled("result_html"),
        latex=lambda result: quantities_latex(result.to_dict()),
        pandas=_labelled("to_pandas"),
        xarray=_labelled("to_xarray"),
    ),
}
