"""An estimate beforehand and a progress bar for long runs."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from math import comb
from types import TracebackType
from typing import Any

import numpy as np

WORTH_SHOWING = 5.0


@dataclass(frozen=True)
class Estimate:
    """What a steady state of a chain is expected to take on this machine.

    Attributes
    ----------
    seconds : float
        Wall-clock time.
    bytes : int
        Peak memory.
    """

    seconds: float
    bytes: int

    def __str__(self) -> str:
        size = self.bytes / 2**30
        return f"about {self.seconds:.3g} s and {size:.2g} GiB"


def operations(spins: int) -> float:
    """Floating-point operations of one steady state, in units of those of matrix products."""
    sizes = [comb(spins, k) for k in range(spins + 1)]
    return float(sum(COST * n**3 for n in sizes))


COST = 24.0
"""Operations for each cube of a sector's size: products 12, diagonalisation by parity the rest."""


def memory(spins: int, baths: int = 2, *, conserving: bool = True) -> int:
    """Bytes held at most: squared elements, elimination steps, and the largest sector's work.

    Parameters
    ----------
    spins, baths : int
        How many there are.
    conserving : bool
        Whether the bonds are XXZ, with a sector for each number of spins up; if not, there are
        two sectors.

    Examples
    --------
    >>> memory(14) < 4 * 2**30 < 2**60 < memory(40)
    True
    """
    sizes = sector_sizes(spins, conserving=conserving)
    pairs = sum(a * b for a, b in pairwise(sizes))
    return 8 * ((baths + 1) * pairs + 12 * max(sizes) ** 2) + 100 * 2**20


def sector_sizes(spins: int, *, conserving: bool = True) -> list[int]:
    """How many states each sector has: of one magnetisation, or of one parity.

    Examples
    --------
    >>> sector_sizes(3), sector_sizes(3, conserving=False)
    ([1, 3, 3, 1], [4, 4])
    """
    if conserving:
        return [comb(spins, k) for k in range(spins + 1)]
    return [2 ** max(spins - 1, 0)] * 2


def _speed() -> float:
    """Operations a second of matrix products on this machine, now."""
    matrix = np.ones((512, 512))
    matrix @ matrix
    start = time.perf_counter()
    for _ in range(4):
        matrix @ matrix
    return 4 * 2 * 512.0**3 / (time.perf_counter() - start)


def estimate(spins: int, baths: int = 2) -> Estimate:
    """The time and memory that one steady state of a chain of this length will take here.

    Parameters
    ----------
    spins : int
        The number of spins.
    baths : int
        The number of baths.

    Examples
    --------
    >>> estimate(12).bytes < 2 * 2**30
    True
    """
    return Estimate(operations(spins) / _speed(), memory(spins, baths))


class Steps:
    """Progress over the sectors, solved and then eliminated; silent unless asked or worth it."""

    def __init__(self, spins: int, baths: int, wanted: bool | None) -> None:
        self._bar: Any = None
        self._sizes = [comb(spins, k) ** 3 for k in range(spins + 1)]
        if wanted is False or (wanted is None and not (spins > 10 and sys.stderr.isatty())):
            return
        expected = estimate(spins, baths)
        if wanted is None and expected.seconds < WORTH_SHOWING:
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._bar.console.print(f"{spins} spins, {2**spins} levels: {expected}")

    def __enter__(self) -> Steps:
        if self._bar is not None:
            self._bar.start()
            total = sum(self._sizes)
            self._solve = self._bar.add_task("levels and elements", total=total)
            self._eliminate = self._bar.add_task("steady state", total=total)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def solved(self, sector: int) -> None:
        """One sector's levels are known."""
        if self._bar is not None:
            self._bar.advance(self._solve, self._sizes[sector])

    def eliminated(self, sector: int) -> None:
        """One sector is eliminated."""
        if self._bar is not None and sector < len(self._sizes):
            self._bar.advance(self._eliminate, self._sizes[sector])
