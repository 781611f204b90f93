"""Null spaces of block-tridiagonal matrices by inverse iteration, in dense blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ROUNDS = 6
SEED = 20


class BlockInverse:
    """The inverse of a block-tridiagonal matrix less a shift, factorised once.

    Parameters
    ----------
    diagonal, above, below : sequences of arrays
        ``above[k]`` stands right of ``diagonal[k]``, ``below[k]`` left of ``diagonal[k + 1]``.
    shift : float
        Positive; a generator's blocks and all their Schur complements are then invertible.
    """

    def __init__(
        self,
        diagonal: Sequence[Array],
        above: Sequence[Array],
        below: Sequence[Array],
        shift: float,
    ) -> None:
        self._above, self._below = above, below
        self._inverses: list[Array] = []
        for k, block in enumerate(diagonal):
            kept = block.copy()
            kept[np.diag_indices(len(kept))] -= shift
            if k:
                kept -= below[k - 1] @ (self._inverses[-1] @ above[k - 1])
            self._inverses.append(np.asarray(np.linalg.inv(kept), dtype=np.float64))

    def solve(self, right: Array) -> Array:
        """The solution for a right-hand side of any number of columns."""
        parts = np.split(right, np.cumsum([len(inverse) for inverse in self._inverses])[:-1])
        for k in range(1, len(parts)):
            parts[k] = parts[k] - self._below[k - 1] @ (self._inverses[k - 1] @ parts[k - 1])
        parts[-1] = self._inverses[-1] @ parts[-1]
        for k in range(len(parts) - 2, -1, -1):
            parts[k] = self._inverses[k] @ (parts[k] - self._above[k] @ parts[k + 1])
        return np.concatenate(parts)


def apply_blocks(
    diagonal: Sequence[Array], above: Sequence[Array], below: Sequence[Array], vectors: Array
) -> Array:
    """The product of a block-tridiagonal matrix with some columns."""
    parts = np.split(vectors, np.cumsum([len(block) for block in diagonal])[:-1])
    found = [block @ part for block, part in zip(diagonal, parts, strict=True)]
    for k, block in enumerate(above):
        found[k] += block @ parts[k + 1]
        found[k + 1] += below[k] @ parts[k]
    return np.concatenate(found)


def small_subspace(
    diagonal: Sequence[Array],
    above: Sequence[Array],
    below: Sequence[Array],
    *,
    count: int,
    shift: float,
) -> tuple[Array, Array]:
    """The eigenvalues nearest to zero, by magnitude, and vectors for them.

    Parameters
    ----------
    diagonal, above, below : sequences of arrays
        As for :class:`BlockInverse`.
    count : int
        How many are looked for.
    shift : float
        Far below the eigenvalues that are not to count as zero.

    Returns
    -------
    values : array, shape (count,)
        Magnitudes, ascending.
    vectors : array, shape (n, count)
        Real, normed columns; for complex values the real part.

    Examples
    --------
    >>> blocks = [np.array([[-1.0]]), np.array([[-3.0]])]
    >>> small_subspace(blocks, [np.array([[3.0]])], [np.array([[1.0]])], count=1, shift=1e-9)[1]
    array([[0.9486833 ],
           [0.31622777]])
    """
    size = sum(len(block) for block in diagonal)
    count = min(count, size)
    inverse = BlockInverse(diagonal, above, below, shift)
    basis = np.random.default_rng(SEED).standard_normal((size, count))
    for _ in range(ROUNDS):
        basis, _ = np.linalg.qr(inverse.solve(basis))
    reduced = basis.T @ apply_blocks(diagonal, above, below, basis)
    values, turns = np.linalg.eig(reduced)
    order = np.argsort(np.abs(values))
    vectors = np.real(basis @ turns[:, order])
    vectors *= np.sign(vectors.sum(axis=0) + (vectors.sum(axis=0) == 0))
    return np.abs(values[order]), vectors / np.linalg.norm(vectors, axis=0)
