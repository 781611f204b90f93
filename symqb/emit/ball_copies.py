"""Copying and pickling of python-flint's balls, which do not know how."""

from __future__ import annotations

import copyreg
from typing import Any

from flint import arb

SPARE = 60
"""Bits beyond those that flint keeps of a radius."""

End = tuple[int, int] | str
"""An exact number as mantissa and exponent of two, or the name of what is not finite."""


def _end(number: arb) -> End:
    if number.is_finite():
        mantissa, exponent = number.man_exp()
        return int(mantissa), int(exponent)
    if number.is_nan():
        return "nan"
    return "inf" if number > 0 else "-inf"


def ball(middle: End, radius: End) -> arb:
    """The ball with this exact middle and radius."""
    made = arb(middle, radius)
    if isinstance(radius, str) or made.rad() == arb(radius):
        return made
    # flint rounds a radius up to thirty bits, by one unit even where it has no more: a little less
    # comes out as what was meant
    mantissa, exponent = radius
    lowered = arb(middle, ((mantissa << SPARE) - 1, exponent - SPARE))
    return lowered if lowered.rad() == arb(radius) else made


def _parts(number: arb) -> tuple[Any, ...]:
    return ball, (_end(number.mid()), _end(number.rad()))


def make_balls_copyable() -> None:
    """Let ``copy`` and ``pickle`` rebuild a ball from its middle and radius, exactly.

    Examples
    --------
    >>> import pickle
    >>> make_balls_copyable()
    >>> root = arb(2).sqrt()
    >>> copied = pickle.loads(pickle.dumps(root))
    >>> copied.mid() == root.mid(), copied.rad() == root.rad()
    (True, True)
    """
    copyreg.pickle(arb, _parts)
