"""The level diagram of the paper's Fig. 2, drawn from the derived transitions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

import sympy as sp

from symqb.derive import Level
from symqb.derive.derivation import Derivation
from symqb.derive.hamiltonian import parameter_symbols
from symqb.show.pages import fill

WIDTH, HEIGHT = 340.0, 330.0
MARGIN_X, MARGIN_Y = 46.0, 34.0
BAR = 46.0
NEAREST = 17.0  # px between bars of one column


def spread(heights: list[float]) -> list[float]:
    """Give heights moved apart so that labels do not touch, order kept."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + NEAREST) if placed else height)
    return placed


def layout(derivation: Derivation, point: Mapping[str, float]) -> dict[int, tuple[float, float]]:
    """Where each level is drawn: column by place in its sector, height by energy.

    Returns
    -------
    dict
        Label to the centre ``(x, y)`` of the level's bar, in pixels from the upper left.
    """
    levels = list(derivation.eigensystem)
    energies = {v.label: float(v.energy.subs(_values(derivation, point))) for v in levels}
    low, high = min(energies.values()), max(energies.values())
    scale = (HEIGHT - 2 * MARGIN_Y) / ((high - low) or 1.0)
    columns = level_columns(levels)
    count = max(columns.values()) + 1
    step = (WIDTH - 2 * MARGIN_X) / max(count - 1, 1)
    places: dict[int, tuple[float, float]] = {}
    for column in range(count):
        members = sorted((v for v, c in columns.items() if c == column), key=energies.__getitem__)
        heights = spread([(energies[v] - low) * scale for v in members])
        for label, height in zip(members, heights, strict=True):
            places[label] = (MARGIN_X + column * step, HEIGHT - MARGIN_Y - height)
    return places


def _values(derivation: Derivation, point: Mapping[str, float]) -> dict[sp.Symbol, float]:
    symbols = {str(symbol): symbol for symbol in parameter_symbols(derivation.model)}
    return {symbols[name]: value for name, value in point.items()}


def level_columns(levels: list[Level]) -> dict[int, int]:
    """A column for each level: single levels of a magnetisation in the middle."""
    rows = [
        list(g) for _, g in groupby(sorted(levels, key=lambda v: (v.up, v.label)), lambda v: v.up)
    ]
    widest = max(map(len, rows))
    count = widest if widest % 2 else widest + 1
    columns: dict[int, int] = {}
    for row in rows:
        places = (
            [count // 2]
            if len(row) == 1
            else [k * (count - 1) // (len(row) - 1) for k in range(len(row))]
        )
        columns |= {v.label: place for v, place in zip(row, places, strict=True)}
    return columns


def level_diagram(derivation: Derivation, point: Mapping[str, float], key: str) -> str:
    """An SVG of the levels and the transitions that each bath drives at a point.

    Parameters
    ----------
    derivation : Derivation
        With a closed form.
    point : mapping
        ``B0, J, Delta, epsilon``; a transition of zero weight there is left out.
    key : str
        Distinguishes the ids of several diagrams on one page.
    """
    places = layout(derivation, point)
    values = _values(derivation, point)
    arrows: list[dict[str, object]] = []
    said: dict[str, list[str]] = {bath.name: [] for bath in derivation.model.baths}
    for t in derivation.transitions:
        for side, (bath, weight) in enumerate(t.weights.items()):
            strength = float(weight.subs(values))
            if strength > 0:
                arrows.append(_arrow(places[t.lower], places[t.upper], side, strength))
                said[bath].append(f"{t.lower} to {t.upper}")
    return fill(
        "symqb.show",
        "levels.svg",
        key=key,
        width=WIDTH,
        height=HEIGHT,
        title=f"Levels and transitions at epsilon = {point['epsilon']:g}",
        text="; ".join(f"bath {bath} drives {', '.join(pairs)}" for bath, pairs in said.items()),
        kinds=("hot", "cold"),
        arrows=arrows,
        bars=[
            {"label": label, "left": (x - BAR / 2, y), "right": (x + BAR / 2, y)}
            for label, (x, y) in sorted(places.items())
        ],
    )


def _arrow(
    lower: tuple[float, float], upper: tuple[float, float], side: int, strength: float
) -> dict[str, object]:
    bath, shift = ("hot", -5.0) if side == 0 else ("cold", 5.0)
    return {
        "bath": bath,
        "lower": (lower[0] + shift, lower[1] - 6),
        "upper": (upper[0] + shift, upper[1] + 6),
        "width": 0.9 + 1.1 * min(strength, 2.0),
    }
