"""The level diagram of any system at a point, drawn from energies and squared matrix elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symqb.show.level_diagram import BAR, HEIGHT, MARGIN_X, MARGIN_Y, WIDTH, spread
from symqb.show.pages import fill

COLUMNS = 4
"""Columns that the levels are spread over, upwards from left to right."""

KINDS = 4
"""Ways to draw a bath's arrows; with more baths they begin anew."""

Drives = Sequence[tuple[int, int, float]]
"""Pairs of levels, the upper first, with the squared matrix element."""


def place_levels(energies: Mapping[int, float]) -> dict[int, tuple[float, float]]:
    """Give the centre of each level's bar in pixels from the upper left, by label.

    Heights are energies; the bars of one column are moved apart where labels would touch.

    Examples
    --------
    >>> place_levels({1: 0.0, 2: 1.0})
    {1: (46.0, 296.0), 2: (294.0, 34.0)}
    """
    order = sorted(energies, key=lambda label: energies[label])
    low, high = energies[order[0]], energies[order[-1]]
    scale = (HEIGHT - 2 * MARGIN_Y) / ((high - low) or 1.0)
    count = min(COLUMNS, len(order))
    step = (WIDTH - 2 * MARGIN_X) / max(count - 1, 1)
    places: dict[int, tuple[float, float]] = {}
    for column in range(count):
        members = order[column::count]
        heights = spread([(energies[label] - low) * scale for label in members])
        x = MARGIN_X + column * step
        places |= {n: (x, HEIGHT - MARGIN_Y - h) for n, h in zip(members, heights, strict=True)}
    return places


def bath_kind(number: int) -> str:
    """Give the class of a bath's arrows, by its place from 0."""
    return f"bath-{number % KINDS + 1}"


def system_diagram(energies: Mapping[int, float], driven: Mapping[str, Drives], key: str) -> str:
    """Draw levels and the transitions that each bath drives, as SVG.

    Parameters
    ----------
    energies : mapping
        Label to energy.
    driven : mapping
        Bath to the pairs of levels that it connects; elements of 0 are left out.
    key : str
        Distinguishes the ids of several diagrams on one page.
    """
    places = place_levels(energies)
    arrows: list[dict[str, object]] = []
    said: list[str] = []
    for number, (bath, pairs) in enumerate(driven.items()):
        shift = 5.0 * (number - (len(driven) - 1) / 2)
        shown = [pair for pair in pairs if pair[2] > 0]
        for upper, lower, strength in shown:
            (x0, y0), (x1, y1) = places[lower], places[upper]
            ends = {"lower": (x0 + shift, y0 - 6), "upper": (x1 + shift, y1 + 6)}
            width = 0.9 + 1.1 * min(strength, 2.0)
            arrows.append({"bath": bath_kind(number), **ends, "width": width})
        names = ", ".join(f"{lower} to {upper}" for upper, lower, _ in shown)
        said.append(f"bath {bath} drives {names or 'nothing'}")
    return fill(
        "symqb.show",
        "levels.svg",
        key=key,
        width=WIDTH,
        height=HEIGHT,
        title="Levels and transitions at the point",
        text="; ".join(said),
        kinds=sorted({str(arrow["bath"]) for arrow in arrows}),
        arrows=arrows,
        bars=[
            {"label": label, "left": (x - BAR / 2, y), "right": (x + BAR / 2, y)}
            for label, (x, y) in sorted(places.items())
        ],
    )
