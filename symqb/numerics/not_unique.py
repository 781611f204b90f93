"""The error for a steady state that is not unique: how many there are, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symqb.models import SteadyStateError
from symqb.numerics.limits import LARGEST_DENSITY
from symqb.numerics.zero_block import Component

SHOWN = 4
"""Reasons, and levels of each, that a message lists before it breaks off."""


class NotUniqueError(SteadyStateError):
    """There are several steady states; ``count`` says how many.

    Certain up to eight spins; beyond, what decays too slowly for doubles counts as steady.
    """

    count = 0


def not_unique(
    spins: int, count: int, reason: str, *, coherent: bool, cold: bool
) -> NotUniqueError:
    """Make the error for several steady states at a point.

    Parameters
    ----------
    spins : int
        The length of the chain; what can be asked instead depends on it.
    count : int
        How many independent steady states there are.
    reason : str
        What is conserved; see :func:`reason_in_classes` and :func:`reason_in_parts`.
    coherent : bool
        Whether coherences of coinciding levels count, so that populations alone are no state.
    cold : bool
        Whether the one reason is that levels are not left upwards at a temperature of zero.
    """
    ways: list[str] = []
    if spins <= LARGEST_DENSITY:
        how = "(density=True, ...)" if coherent else "(...)"
        ways.append(f"battery.steady_states{how} gives a basis of them")
        ways.append("battery.evolve([math.inf], initial=..., ...) the one that a state ends in")
    elif not coherent:
        ways.append("symqb.numerics.steady_states(...) gives a basis of them")
    asked = f"{', and '.join(ways)}; or " if ways else ""
    mended = (
        "raise the temperature that is 0"
        if cold
        else "move off the point, or couple the baths to more sites"
    )
    error = NotUniqueError(
        f"the steady state is not unique: there are {count}, as {reason}; {asked}{mended}"
    )
    error.count = count
    return error


def reason_in_classes(classes: Sequence[Sequence[int]]) -> str:
    """Say of sets of levels, as places from 0, that none of them is ever left."""
    return f"none of the sets of levels {_several([_levels(c) for c in classes])} is ever left"


def reason_in_parts(parts: Iterable[tuple[Component, int]]) -> str:
    """Say what is conserved in each component of the generator, given with its nullity."""
    parts = list(parts)
    whole = sum(any(a == b for a, b in part.pairs) for part, _ in parts) == 1
    # the real and the imaginary part of a coherence are one reason
    found: dict[str, None] = {}
    for part, nullity in parts:
        levels = sorted(a for a, b in part.pairs if a == b)
        if not levels:
            a, b = part.pairs[0]
            found[f"the coherence between levels {a + 1} and {b + 1} never decays"] = None
        elif nullity > 1:
            what = "" if part.populations else "populations and coherences of "
            found[f"{what}levels {_levels(levels)} settle in {nullity} independent ways"] = None
        elif not whole:
            found[f"levels {_levels(levels)} are never left"] = None
    return _several(list(found))


def _several(reasons: Sequence[str]) -> str:
    more = f" and {len(reasons) - SHOWN} more" if len(reasons) > SHOWN else ""
    return f"{' and '.join(reasons) if len(reasons) == 2 else ', '.join(reasons[:SHOWN])}{more}"


def _levels(places: Sequence[int]) -> str:
    shown = ", ".join(str(k + 1) for k in places[: 2 * SHOWN])
    return f"[{shown}{', ...' if len(places) > 2 * SHOWN else ''}]"
