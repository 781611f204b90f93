"""Whether a result left the range of normal doubles: the processor's own flags, where they work."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

MASKS = {"x86_64": 0x18, "AMD64": 0x18, "aarch64": 0x0C, "arm64": 0x0C}
"""``FE_UNDERFLOW | FE_OVERFLOW`` by machine."""


@dataclass(frozen=True)
class FloatFlags:
    """Two functions that compiled code can call, and whether they do what they should.

    Attributes
    ----------
    clear : callable
        Forget what happened so far.
    left_range : callable
        Whether a result over- or underflowed since.
    work : bool
        False where the flags are not to be had; then ``left_range`` never says so.
    """

    clear: Callable[[], None]
    left_range: Callable[[], bool]
    work: bool


def _nothing() -> FloatFlags:
    def clear() -> None:
        pass

    def left_range() -> bool:
        return False

    return FloatFlags(clear, left_range, work=False)


@cache
def float_flags() -> FloatFlags:
    """The flags of this machine, tried once: an underflow and an overflow must show.

    Examples
    --------
    >>> flags = float_flags()
    >>> flags.clear()
    >>> tiny = 1e-300
    >>> tiny = tiny * tiny
    >>> flags.left_range() or not flags.work
    True
    """
    mask = MASKS.get(platform.machine(), 0)
    try:
        library = ctypes.CDLL(None)
        test, forget = library.fetestexcept, library.feclearexcept
    except (OSError, AttributeError, TypeError):
        return _nothing()
    for function in (test, forget):
        function.argtypes, function.restype = (ctypes.c_int,), ctypes.c_int

    def clear() -> None:
        forget(mask)

    def left_range() -> bool:
        return bool(test(mask) != 0)

    found = FloatFlags(clear, left_range, work=True)
    return found if _shown(found, 1e-300) and _shown(found, 1e300) else _nothing()


def _shown(flags: FloatFlags, number: float) -> bool:
    """Whether squaring a number out of range shows, and one that stays in it does not."""
    flags.clear()
    inside, before = number * 1.0, flags.left_range()
    outside = inside * number
    return not before and flags.left_range() and outside != number
