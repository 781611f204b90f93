"""States of coinciding levels that are empty in the steady state whatever the rates are.

An eigenvalue of a block of the density matrix that is exactly zero is a ball about zero at any
number of digits.  As an algebraic function of the rates it vanishes for all of them if it does for
one draw of independent ones, but for draws of measure zero: this is a test by chance, no proof.
With rates of order one, what is not zero is not small either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import Any

import numpy as np
from flint import arb

from symqb.numerics.ball_rates import BathBalls, MoreDigitsError
from symqb.numerics.eigen_digits import ball_matrix, solve_symmetric
from symqb.numerics.levels import Levels
from symqb.numerics.zero_block import (
    Component,
    Rate,
    components,
    generator,
    solve_component,
    true_rates,
)


def empty_counts(
    levels: Levels, baths: Mapping[str, BathBalls], energies: Sequence[Any], held: Component
) -> list[int]:
    """How many states of each group of levels are empty for all rates, as far as balls tell.

    Parameters
    ----------
    levels : Levels
    baths : mapping of BathBalls
    energies : sequence of arb
        Coinciding levels at their mean.
    held : Component
        What holds the trace.
    """
    drawn = {name: _drawn_rates(bath) for name, bath in baths.items()}
    with suppress(MoreDigitsError):
        entries = generator(levels.couplings, drawn, energies, levels.groups)
        parts = components(entries, levels.groups, symmetric=True)
        part = next((part for part in parts if set(held.pairs) <= set(part.pairs)), None)
        if part is not None:
            density = solve_component(part)
            least = _least(levels)
            return [_count(levels, group, density, least) for group in levels.groups]
    return [0] * len(levels.groups)


def _count(
    levels: Levels, group: Sequence[int], density: Mapping[tuple[int, int], Any], least: Any
) -> int:
    block = [[density.get((min(a, b), max(a, b)), arb(0)) for b in group] for a in group]
    values, _, _ = solve_symmetric(ball_matrix(np.array(block, dtype=object)), levels.bits)
    return sum(bool(abs(p) < least) for p in values)


def _least(levels: Levels) -> Any:
    """What no population is below that takes a path of all amplitudes, there and back."""
    sizes = [abs(x) for coupling in levels.couplings for x in coupling.matrix.ravel() if x != 0]
    ratio = min(size.lower() for size in sizes) / max(size.upper() for size in sizes)
    return ratio ** (4 * levels.size) * 2.0**-40


def _drawn_rates(bath: BathBalls) -> Rate:
    """Independent rates of order one for all that are not zero."""
    true = true_rates(bath)

    def rate(size: Any) -> tuple[Any, Any]:
        draw = Random(f"{bath.name} {float(size)!r}")
        up, down = true(size)
        absorption, emission = (arb(1 + draw.random()) for _ in range(2))
        return absorption * int(up != 0), (emission if size != 0 else absorption) * int(down != 0)

    return rate
