"""Dark states: what no bath moves, whatever the parameters are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath

from symqb.derive.liouvillian_elimination import SingularError
from symqb.derive.system_levels import SMALLEST_TRIAL, TRIAL_DIGITS, SystemEigensystem, Trial
from symqb.models import NoClosedFormError
from symqb.models.baths import bath_operators
from symqb.models.system import System


def not_unique(
    system: System,
    levels: SystemEigensystem,
    trials: Sequence[Trial],
    groups: Sequence[Sequence[int]],
    error: SingularError,
) -> NoClosedFormError:
    """Say that the steady state is not unique for all parameters, and what is dark."""
    found = [dark for group in groups for dark in dark_states(system, trials[0], group)]
    if found:
        shown = "; ".join(
            f"{text} (levels of energy {levels[group[0] + 1].energy})" for text, group in found
        )
        what = f"no bath moves {shown}"
    else:
        places = sorted({k + 1 for a, c, _ in error.left for k in (a, c)})
        what = f"nothing leads out of levels {places}, or lets their coherences decay"
    return NoClosedFormError(
        "levels coincide for all parameters and a bath mixes them, and the steady state is not "
        f"unique, whatever the parameters are: {what}. Couple a bath through an operator that "
        "does, or use steady_states(...) and evolve(...)"
    )


def dark_states(
    system: System, trial: Trial, group: Sequence[int]
) -> list[tuple[str, Sequence[int]]]:
    """Find the combinations of coinciding levels that every operator of every bath takes to none.

    A multiple of the state itself counts as none.
    """
    with mpmath.workdps(TRIAL_DIGITS):
        rows = []
        for bath in system.baths:
            for operator in bath_operators(bath):
                elements = trial.elements(operator)
                forms = [elements] if bath.statistics == "boson" else [elements, elements.H]
                for matrix in forms:
                    shift = _shift(matrix, group)
                    rows += [
                        [matrix[i, k] - (shift if i == k else 0) for k in group]
                        for i in range(matrix.rows)
                    ]
        return [(_shown(vector, group), group) for vector in kernel(rows, len(group))]


def _shift(matrix: Any, group: Sequence[int]) -> Any:
    """What the operator multiplies a dark state by, if it is a number: zero unless one level."""
    return matrix[group[0], group[0]] if len(group) == 1 else mpmath.mpf(0)


def kernel(rows: Sequence[Sequence[Any]], size: int) -> list[list[Any]]:
    """Give a basis of what all rows take to zero, by elimination with pivots."""
    left = [list(row) for row in rows]
    pivots: dict[int, list[Any]] = {}
    for column in range(size):
        best = max(left, key=lambda row: abs(row[column]), default=None)
        if best is None or abs(best[column]) < SMALLEST_TRIAL:
            continue
        left.remove(best)
        scaled = [x / best[column] for x in best]
        left = [_without(row, scaled, column) for row in left]
        pivots = {k: _without(row, scaled, column) for k, row in pivots.items()}
        pivots[column] = scaled
    free = [column for column in range(size) if column not in pivots]
    return [
        [
            mpmath.mpf(1) if k == f else -pivots[k][f] if k in pivots else mpmath.mpf(0)
            for k in range(size)
        ]
        for f in free
    ]


def _without(row: Sequence[Any], pivot: Sequence[Any], column: int) -> list[Any]:
    return [x - row[column] * y for x, y in zip(row, pivot, strict=True)]


def _shown(vector: Sequence[Any], group: Sequence[int]) -> str:
    """A combination of levels in words, its numbers to a few digits."""
    parts = []
    for x, k in zip(vector, group, strict=True):
        if abs(x) > SMALLEST_TRIAL:
            number = mpmath.nstr(mpmath.re(x) if abs(mpmath.im(x)) < SMALLEST_TRIAL else x, 4)
            scale = {"1.0": "", "-1.0": "-"}.get(number, f"{number} ")
            parts.append(f"{scale}|{k + 1}>")
    return " + ".join(parts).replace("+ -", "- ")
