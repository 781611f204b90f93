"""Operators on a register of sites, as SymPy matrices on all of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

from symqb.models.errors import DomainError, ParameterError
from symqb.models.values import check_count

if TYPE_CHECKING:
    import sympy as sp

LARGEST_REGISTER = 512
"""States of a register that can be written down as matrices."""


class Register:
    r"""Sites of given numbers of levels, and the operators on them.

    Sites count from 1, the first one is the leftmost factor of the tensor product.  A qubit's
    states come in the order :math:`|1\rangle, |0\rangle` with
    :math:`\sigma_z|1\rangle = +|1\rangle`; those of a larger site as
    :math:`|0\rangle, |1\rangle, \dots`.

    Parameters
    ----------
    *levels : int
        How many levels each site has, at least 2.

    Raises
    ------
    ParameterError, DomainError
        No site, a site of fewer than two levels, more than 512 states in all.

    Examples
    --------
    >>> reg = Register(2, 3)
    >>> reg.size, reg.z(1)[0, 0], reg.lower(2)[1, 2]
    (6, 1, sqrt(2))
    """

    __slots__ = ("levels",)

    def __init__(self, *levels: int) -> None:
        if not levels:
            raise ParameterError(
                "Register() names no site, and needs one; give e.g. Register(2, 2)"
            )
        self.levels = tuple(
            check_count(n, f"levels of site {k}", 2) for k, n in enumerate(levels, 1)
        )
        if self.size > LARGEST_REGISTER:
            raise DomainError(
                f"levels={self.levels} make {self.size} states; give at most {LARGEST_REGISTER}"
            )

    @property
    def size(self) -> int:
        """The number of states."""
        return prod(self.levels)

    def __repr__(self) -> str:
        return f"Register({', '.join(map(str, self.levels))})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Register) and other.levels == self.levels

    def __hash__(self) -> int:
        return hash(self.levels)

    def identity(self) -> sp.ImmutableMatrix:
        """Give the identity on the register."""
        from sympy import ImmutableMatrix, eye

        return ImmutableMatrix(eye(self.size))

    def x(self, site: int) -> sp.ImmutableMatrix:
        r"""Give :math:`\sigma_x` of a qubit.

        Examples
        --------
        >>> Register(2).x(1)
        Matrix([
        [0, 1],
        [1, 0]])
        """
        return self._qubit(site, [[0, 1], [1, 0]])

    def y(self, site: int) -> sp.ImmutableMatrix:
        r"""Give :math:`\sigma_y` of a qubit."""
        from sympy import I

        return self._qubit(site, [[0, -I], [I, 0]])

    def z(self, site: int) -> sp.ImmutableMatrix:
        r"""Give :math:`\sigma_z` of a qubit."""
        return self._qubit(site, [[1, 0], [0, -1]])

    def plus(self, site: int) -> sp.ImmutableMatrix:
        r"""Give :math:`|1\rangle\langle 0|` of a qubit."""
        return self._qubit(site, [[0, 1], [0, 0]])

    def minus(self, site: int) -> sp.ImmutableMatrix:
        r"""Give :math:`|0\rangle\langle 1|` of a qubit."""
        return self._qubit(site, [[0, 0], [1, 0]])

    def transition(self, site: int, to: int, source: int) -> sp.ImmutableMatrix:
        r"""Give :math:`|a\rangle\langle b|` of a site, a and b the names of its states.

        Examples
        --------
        >>> Register(3).transition(1, 0, 2)
        Matrix([
        [0, 0, 1],
        [0, 0, 0],
        [0, 0, 0]])
        >>> Register(2).transition(1, 1, 0) == Register(2).plus(1)
        True
        """
        count = self._levels(site)
        matrix: list[list[object]] = [[0] * count for _ in range(count)]
        matrix[self._place(site, to)][self._place(site, source)] = 1
        return self._on(site, matrix)

    def lower(self, site: int) -> sp.ImmutableMatrix:
        r"""Give the lowering operator, :math:`a|n\rangle = \sqrt n|n-1\rangle`, cut off."""
        from sympy import sqrt

        count = self._levels(site)
        matrix: list[list[object]] = [[0] * count for _ in range(count)]
        for below, above in pairwise(range(count)):
            matrix[self._place(site, below)][self._place(site, above)] = sqrt(above)
        return self._on(site, matrix)

    def raising(self, site: int) -> sp.ImmutableMatrix:
        """Give the raising operator, the adjoint of :meth:`lower`."""
        return self.lower(site).T

    def number(self, site: int) -> sp.ImmutableMatrix:
        r"""Give the number operator: :math:`n|n\rangle = n|n\rangle`, of a qubit 1 and 0."""
        count = self._levels(site)
        matrix: list[list[object]] = [[0] * count for _ in range(count)]
        for n in range(count):
            place = self._place(site, n)
            matrix[place][place] = n
        return self._on(site, matrix)

    def states(self) -> list[tuple[int, ...]]:
        """Give the bare states in the order of rows, each site's by its name.

        Examples
        --------
        >>> Register(2, 3).states()[:4]
        [(1, 0), (1, 1), (1, 2), (0, 0)]
        """
        found: list[tuple[int, ...]] = [()]
        for count in self.levels:
            names = (1, 0) if count == 2 else range(count)
            found = [(*state, name) for state in found for name in names]
        return found

    def _levels(self, site: int) -> int:
        number = check_count(site, "site", 1)
        if number > len(self.levels):
            raise DomainError(
                f"site={number} is beyond the register of {len(self.levels)} sites; use 1 to "
                f"{len(self.levels)}"
            )
        return self.levels[number - 1]

    def _place(self, site: int, name: int) -> int:
        """The row of a state of a site within that site."""
        count = self._levels(site)
        number = check_count(name, f"state of site {site}", 0)
        if number >= count:
            raise DomainError(
                f"state {number} of site {site} does not exist; its states are 0 to {count - 1}"
            )
        return 1 - number if count == 2 else number

    def _qubit(self, site: int, matrix: Sequence[Sequence[object]]) -> sp.ImmutableMatrix:
        count = self._levels(site)
        if count != 2:
            raise ParameterError(
                f"site {site} has {count} levels and no Pauli matrices; use transition(), lower(), "
                "raising() or number()"
            )
        return self._on(site, matrix)

    def _on(self, site: int, matrix: Sequence[Sequence[object]]) -> sp.ImmutableMatrix:
        """An operator of one site on the whole register."""
        from sympy import zeros

        before, after = prod(self.levels[: site - 1]), prod(self.levels[site:])
        count, whole = self.levels[site - 1], zeros(self.size)
        for i, j in ((i, j) for i in range(count) for j in range(count) if matrix[i][j] != 0):
            for left in range(before):
                for right in range(after):
                    row, column = ((left * count + k) * after + right for k in (i, j))
                    whole[row, column] = matrix[i][j]
        return whole.as_immutable()
