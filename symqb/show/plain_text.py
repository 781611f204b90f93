"""Records as plain text for a prompt: aligned tables, roots named, no line over the terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

import sympy as sp

from symqb.derive.eigensystem import Eigensystem, Level
from symqb.derive.steady_state import SteadyState, rate_name
from symqb.derive.transitions import Transition
from symqb.derive.trees import count_trees, spanning_trees
from symqb.show.formulas import (
    LARGEST_TREE_COUNT,
    Notation,
    eigensystem_notation,
    level_notation,
    positive_first,
)

NARROWEST = 24
"""Characters that the last column has at least; with less a row is a paragraph."""


def terminal_width() -> int:
    """Columns of the terminal, or of the usual one."""
    return shutil.get_terminal_size((100, 24)).columns


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Columns under one another, the last one broken where a line would be too long.

    Where columns would be too narrow, each row is a paragraph.

    Examples
    --------
    >>> print(text_table(["a", "b"], [["1", "x + y"], ["22", "z"]], 80))
    a   b
    1   x + y
    22  z
    """
    lines = [list(head), *map(list, rows)]
    sizes = [max(len(line[k]) for line in lines) for k in range(len(head) - 1)]
    indent = sum(sizes) + 2 * len(sizes)
    room = width - indent
    if room < NARROWEST:
        return "\n\n".join(
            "\n".join(_fill(f"{name}: {cell}", width) for name, cell in zip(head, row, strict=True))
            for row in rows
        )
    found = []
    for line in lines:
        start = "".join(f"{cell:<{size}}  " for cell, size in zip(line, sizes, strict=False))
        first, *rest = textwrap.wrap(line[-1], room, break_on_hyphens=False) or [""]
        found.append((start + first).rstrip())
        found += [" " * indent + more for more in rest]
    return "\n".join(found)


def expression(notation: Notation, expr: sp.Expr) -> str:
    """An expression as text, roots by their names, a positive term first."""
    return _spelled(notation.tidy(expr))


def _spelled(expr: sp.Expr) -> str:
    if not expr.is_Add:
        return str(expr)
    first, *rest = positive_first(expr.as_ordered_terms())
    parts = [str(first)]
    for term in rest:
        negative = term.could_extract_minus_sign()
        parts.append(f"- {-term}" if negative else f"+ {term}")
    return " ".join(parts)


def _where(notation: Notation, shown: str) -> str:
    """What the named roots in a text stand for, on a line of their own."""
    named = [
        f"{name} = sqrt({_spelled(radicand)})"
        for radicand, name in notation.roots.items()
        if name.name in shown
    ]
    return f"\nwhere {', '.join(named)}" if named else ""


def ket_text(spins: Sequence[int]) -> str:
    """A bare state: ``|1,0>``."""
    return f"|{','.join(map(str, spins))}>"


def state_text(level: Level, notation: Notation) -> str:
    """A state in the bare basis, its norm behind it."""
    parts: list[str] = []
    for spins in sorted(level.amplitudes, reverse=True):
        amplitude = notation.tidy(level.amplitudes[spins].expr)
        negative = amplitude.could_extract_minus_sign()
        size = -amplitude if negative else amplitude
        factor = "" if size == 1 else f"({_spelled(size)}) " if size.is_Add else f"{size} "
        sign = ("- " if negative else "+ ") if parts else ("-" if negative else "")
        parts.append(f"{sign}{factor}{ket_text(spins)}")
    if len(parts) == 1:
        return parts[0]
    norm = _spelled(notation.tidy(level.norm.expr))
    return f"({' '.join(parts)})/sqrt({norm})"


def energy_text(level: Level, notation: Notation) -> str:
    """An energy, term by term."""
    return _spelled(notation.name_roots(level.energy))


def level_text(level: Level) -> str:
    """One level on a line or two."""
    notation = level_notation(level)
    energy, state = energy_text(level, notation), state_text(level, notation)
    lines = f"level {level.label}: energy {energy}, state {state}"
    return _folded(lines + _where(notation, lines))


def _folded(text: str) -> str:
    """Lines broken where they would be longer than the terminal."""
    width = terminal_width()
    return "\n".join(_fill(line, width) for line in text.split("\n"))


def _fill(line: str, width: int) -> str:
    return textwrap.fill(line, width, subsequent_indent="  ", break_on_hyphens=False)


def eigensystem_text(eigensystem: Eigensystem) -> str:
    """All levels as a table."""
    notation = eigensystem_notation(eigensystem)
    rows = [
        [
            str(level.label),
            ", ".join(map(str, level.magnetizations)),
            energy_text(level, notation),
            state_text(level, notation),
        ]
        for level in eigensystem
    ]
    head = ["level", "magnetization", "energy", "state"]
    table = text_table(head, rows, terminal_width())
    return table + _where(notation, table)


def transitions_text(transitions: Sequence[Transition]) -> str:
    """Jump, frequency and squared matrix elements of every transition as a table."""
    surds = [s for t in transitions for s in (t.exact_frequency, *t.exact_weights.values())]
    notation = Notation.of(surds)
    baths = list(transitions[0].weights) if transitions else []
    rows = [
        [
            f"{t.upper} -> {t.lower}",
            _spelled(notation.name_roots(t.frequency)),
            *(expression(notation, t.weights[bath]) for bath in baths),
        ]
        for t in transitions
    ]
    table = text_table(
        ["jump", "frequency", *(f"weight_{bath}" for bath in baths)], rows, terminal_width()
    )
    return table + _where(notation, table)


def transition_text(transition: Transition) -> str:
    """One transition on a line or two."""
    notation = Notation.of([transition.exact_frequency, *transition.exact_weights.values()])
    parts = [
        f"{transition.upper} -> {transition.lower}: frequency "
        f"{_spelled(notation.name_roots(transition.frequency))}",
        *(f"weight_{b} {expression(notation, w)}" for b, w in transition.weights.items()),
    ]
    line = ", ".join(parts)
    return _folded(line + _where(notation, line))


def steady_state_text(steady: SteadyState) -> str:
    """The sums over spanning trees, or how many there are where they fill pages."""
    trees = count_trees(steady.labels, steady.edges)
    steps = len(steady.elimination.steps)
    lines = [
        f"steady state of {len(steady.labels)} levels: {trees} spanning trees a root, "
        f"{steps} operations by elimination"
    ]
    if trees <= LARGEST_TREE_COUNT:
        lines.append(f"rho_i = W_i/({' + '.join(f'W_{label}' for label in steady.labels)})")
        for root in steady.labels:
            found = spanning_trees(steady.labels, steady.edges, root)
            terms = ("*".join(rate_name(*jump) for jump in tree) for tree in found)
            lines.append(f"W_{root} = {' + '.join(terms)}")
    return _folded("\n".join(lines))
