"""Sorting without branches: Batcher's odd-even merge network as program steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symqb.program import Builder, Ref


def comparators(count: int) -> Iterator[tuple[int, int]]:
    """The comparators of Batcher's odd-even merge sort for any number of wires.

    Examples
    --------
    >>> len(list(comparators(4))), len(list(comparators(8)))
    (5, 19)
    """
    p = 1
    while p < count:
        k = p
        while k >= 1:
            for j in range(k % p, count - k, 2 * k):
                for i in range(min(k, count - j - k)):
                    if (i + j) // (2 * p) == (i + j + k) // (2 * p):
                        yield i + j, i + j + k
            k //= 2
        p *= 2


def sort_descending(builder: Builder, values: Sequence[Ref]) -> list[Ref]:
    """References to the values from largest to smallest."""
    wires = list(values)
    for i, j in comparators(len(wires)):
        a, b = wires[i], wires[j]
        wires[i], wires[j] = builder.apply("max", a, b), builder.apply("min", a, b)
    return wires


def sort_ascending_by(
    builder: Builder, keys: Sequence[Ref], values: Sequence[Ref]
) -> tuple[list[Ref], list[Ref]]:
    """References to the keys from smallest to largest, and to the values carried along."""
    wires, carried = list(keys), list(values)
    for i, j in comparators(len(wires)):
        a, b, x, y = wires[i], wires[j], carried[i], carried[j]
        wires[i], wires[j] = builder.apply("min", a, b), builder.apply("max", a, b)
        carried[i] = builder.apply("select", a, b, x, y)
        carried[j] = builder.apply("select", a, b, y, x)
    return wires, carried
