"""Energies and eigenstates in closed form, sector by sector (Eqs. 2 and 21)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy as sp

from symqb.derive.hamiltonian import (
    Spins,
    basis_states,
    coefficient_field,
    hamiltonian_terms,
    to_field,
)
from symqb.derive.sectors import Combination, Sector, derive_sectors
from symqb.derive.surds import Surd, split_square
from symqb.models import BatteryModel, Chain, NoClosedFormError
from symqb.models.displays import Displayed, Tabular

PAPER_LABELS: dict[int, dict[tuple[int, int, int], int]] = {
    # (up spins, reflection parity, branch from below) -> the paper's number; names only
    2: {(0, 1, 0): 1, (2, 1, 0): 2, (1, -1, 0): 3, (1, 1, 0): 4},
    3: {
        (1, -1, 0): 1,
        (2, -1, 0): 2,
        (0, 1, 0): 3,
        (3, 1, 0): 4,
        (1, 1, 0): 5,
        (2, 1, 0): 6,
        (1, 1, 1): 7,
        (2, 1, 1): 8,
    },
}


@dataclass(frozen=True)
class Mixing:
    r"""What a level of a 2 x 2 block is made of, apart from its root.

    The block is :math:`\begin{pmatrix} m + h & b\\ c & m - h\end{pmatrix}` over two combinations
    of bare states; the level has energy :math:`m \pm \sqrt{h^2 + bc}`, the sign in ``branch``.
    """

    half: Any
    right: Any
    left: Any
    basis: tuple[Combination, Combination]


@dataclass(frozen=True, repr=False)
class Level(Displayed):
    """An eigenstate: its number, energy, and amplitudes in the bare basis.

    ``amplitudes`` are unnormalised exact numbers, ``norm`` is their sum of squares.  With XYZ
    bonds ``up`` is that of the level it becomes as eta vanishes in a positive field.
    """

    label: int
    up: int
    parity: int | None
    branch: int
    exact_energy: Surd
    amplitudes: dict[Spins, Surd]
    norm: Surd
    mixing: Mixing | None = None

    @cached_property
    def energy(self) -> sp.Expr:
        """The energy as a SymPy expression, in the units of the parameters."""
        return self.exact_energy.expr

    @cached_property
    def state(self) -> sp.ImmutableMatrix:
        """The normalised state as a column in the bare basis, tensor-product order."""
        spins = len(next(iter(self.amplitudes)))
        zero = sp.Integer(0)
        norm = sp.sqrt(sp.factor_terms(self.norm.expr))
        entries = [
            self.amplitudes[s].expr / norm if s in self.amplitudes else zero
            for s in basis_states(spins)
        ]
        return sp.ImmutableMatrix(entries)

    @property
    def magnetization(self) -> Fraction:
        """The z component of the total spin, in units of hbar.

        Raises
        ------
        NoClosedFormError
            XYZ bonds mix several.
        """
        first, *more = self.magnetizations
        if more:
            ups = sorted({sum(state) for state in self.amplitudes})
            raise NoClosedFormError(
                f"level {self.label} mixes states of {ups} up spins; XYZ bonds do not "
                "conserve the magnetization"
            )
        return first

    @property
    def magnetizations(self) -> tuple[Fraction, ...]:
        """The z components of the total spin that occur in the state: several with XYZ bonds."""
        spins = len(next(iter(self.amplitudes)))
        found = sorted({sum(state) for state in self.amplitudes})
        return tuple(Fraction(2 * up - spins, 2) for up in found)


@dataclass(frozen=True, repr=False)
class Eigensystem(Tabular):
    """All levels of a chain, in the paper's order for two and three spins."""

    spins: int
    field: Any
    levels: tuple[Level, ...]
    empty_energy: Surd

    def __iter__(self) -> Iterator[Level]:
        return iter(self.levels)

    def __len__(self) -> int:
        return len(self.levels)

    def __getitem__(self, label: int) -> Level:
        for level in self.levels:
            if level.label == label:
                return level
        raise KeyError(f"no level {label}; levels are 1 to {len(self.levels)}")

    @property
    def empty(self) -> Level:
        """The level ``|0..0>``, from which the battery is charged (Eq. 15).

        With XYZ bonds ``|0..0>`` is no level, and this is the one it becomes as eta vanishes.
        """
        return next(level for level in self.levels if level.up == 0)


def _block(chain: Any, field: Any, sector: Sector) -> list[list[Any]]:
    """Columns of images of the sector's basis: H e_k = sum_l block[l][k] e_l."""
    leading = {combination[0][0]: row for row, combination in enumerate(sector.basis)}
    size = len(sector.basis)
    block = [[field.zero] * size for _ in range(size)]
    for k, combination in enumerate(sector.basis):
        for state, sign in combination:
            for image, amplitude in hamiltonian_terms(chain, state):
                if image in leading:
                    row = leading[image]
                    # the amplitude of the leading state, relative to the basis vector's own
                    own = sector.basis[row][0][1]
                    block[row][k] += to_field(field, amplitude) * sign * own
    return block


def _refuse(chain: Chain, sector: Sector) -> NoClosedFormError:
    if chain.conserves_magnetization:
        which, hint = f"{sector.up} spins up", ""
        if chain.spins == 3:
            hint = " (three spins have them if the chain is its own mirror image)"
    else:
        which = f"an {'odd' if sector.up else 'even'} number of spins up"
        hint = " (XYZ bonds have them for two spins)"
    return NoClosedFormError(
        f"spins={chain.spins}: the sector with {which} has a block of size "
        f"{len(sector.basis)}, and only blocks up to 2 x 2 have a closed form here{hint}; "
        "use battery.evaluate(...) for numbers"
    )


def _solve(field: Any, block: list[list[Any]]) -> list[tuple[Surd, list[Surd]]]:
    """Eigenvalues (ascending) and unnormalised eigenvectors of a 1 x 1 or 2 x 2 block."""
    one, zero = Surd.rational(field, 1), Surd.rational(field, 0)
    if len(block) == 1:
        return [(Surd.rational(field, block[0][0]), [one])]
    (a, b), (b_back, c) = block
    if not b:
        return [(Surd.rational(field, a), [one, zero]), (Surd.rational(field, c), [zero, one])]
    half = (a - c) / 2
    scale, radicand = split_square(field, half * half + b * b_back)
    root = Surd.root(field, radicand) * field.from_sympy(scale)
    solutions = []
    for signed in (-root, root):
        offset = signed - half
        # cleared of the factor 1/2, as the paper prints it
        solutions.append((signed + (a + c) / 2, [one * 2, offset * 2 / b]))
    return solutions


def _mixing(sector: Sector, block: list[list[Any]]) -> Mixing | None:
    if len(block) == 1 or not block[0][1]:
        return None
    (a, b), (back, c) = block
    return Mixing((a - c) / 2, b, back, (sector.basis[0], sector.basis[1]))


def _empty_energy(chain: Chain, field: Any) -> Surd:
    """The mean energy of ``|0..0>``."""
    empty = (0,) * chain.spins
    terms = [to_field(field, a) for image, a in hamiltonian_terms(chain, empty) if image == empty]
    return Surd.rational(field, sum(terms, field.zero))


def _expand(basis: tuple[Combination, ...], vector: list[Surd]) -> dict[Spins, Surd]:
    return {
        state: component * sign
        for component, combination in zip(vector, basis, strict=True)
        if component
        for state, sign in combination
    }


def _label(chain: Chain, key: tuple[int, int | None, int], position: int) -> int:
    table = PAPER_LABELS.get(chain.spins, {}) if chain.conserves_magnetization else {}
    up, parity, branch = key
    return position if parity is None else table.get((up, parity, branch), position)


def derive_eigensystem(model: BatteryModel) -> Eigensystem:
    """Diagonalise the Hamiltonian in closed form by magnetisation and reflection (Eqs. 2, 21).

    Parameters
    ----------
    model : BatteryModel
        The battery; only its chain matters here.

    Returns
    -------
    Eigensystem
        Levels in the paper's order for two and three uniform spins.

    Raises
    ------
    NoClosedFormError
        A sector larger than 2 x 2.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> [level.energy for level in derive_eigensystem(xxz_model(2))]
    [-B0 + Delta/2, B0 + Delta/2, -Delta/2 - J, -Delta/2 + J]
    """
    chain = model.chain
    field = coefficient_field(model)
    levels: list[Level] = []
    for sector in derive_sectors(chain):
        if len(sector.basis) > 2:
            raise _refuse(chain, sector)
        block = _block(chain, field, sector)
        mixing = _mixing(sector, block)
        for branch, (energy, vector) in enumerate(_solve(field, block)):
            amplitudes = _expand(sector.basis, vector)
            norm = sum((a * a for a in amplitudes.values()), Surd.rational(field, 0))
            key = (sector.up, sector.parity, branch)
            label = _label(chain, key, len(levels) + 1)
            # with XYZ bonds the upper of two even levels comes from two spins up
            even = not chain.conserves_magnetization and not sector.up
            up = 2 * branch if even else sector.up
            levels.append(Level(label, up, *key[1:], energy, amplitudes, norm, mixing))
    ordered = tuple(sorted(levels, key=lambda level: level.label))
    return Eigensystem(chain.spins, field, ordered, _empty_energy(chain, field))
