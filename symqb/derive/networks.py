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


def sort_descending_by(
    builder: Builder, keys: Sequence[Ref], *values: Sequence[Ref]
) -> tuple[list[Ref], list[list[Ref]]]:
    """Sort keys from largest to smallest; return them and the values carried along."""
    return _sort(builder, keys, values, largest_first=True)


def sort_ascending_by(
    builder: Builder, keys: Sequence[Ref], *values: Sequence[Ref]
) -> tuple[list[Ref], list[list[Ref]]]:
    """Sort keys from smallest to largest; return them and the values carried along."""
    return _sort(builder, keys, values, largest_first=False)


def _sort(
    builder: Builder, keys: Sequence[Ref], values: Sequence[Sequence[Ref]], *, largest_first: bool
) -> tuple[list[Ref], list[list[Ref]]]:
    wires, carried = list(keys), [list(row) for row in values]
    first, second = ("max", "min") if largest_first else ("min", "max")
    for i, j in comparators(len(wires)):
        a, b = wires[i], wires[j]
        wires[i], wires[j] = builder.apply(first, a, b), builder.apply(second, a, b)
        low, high = (b, a) if largest_first else (a, b)
        for row in carried:
            x, y = row[i], row[j]
            row[i] = builder.apply("select", low, high, x, y)
            row[j] = builder.apply("select", low, high, y, x)
    return wires, carried
