"""Baths that act on a part of the Hamiltonian of their own, and so exchange no heat.

Such a part X commutes with the Hamiltonian and with what every other bath acts by, and its bath
changes nothing but X.  In a steady state the mean of X stands still, so its bath gives no heat; and
where every temperature has a part of its own, the state is that of Gibbs with a temperature for
each part, in which nothing flows.  Two ends of an XX chain without a field are an example: they act
on Majorana modes that never meet.

The parts are found modulo a large prime, as the operators of :mod:`symqb.numerics.commutant` are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flint import nmod_mat

from symqb.numerics.commutant import bath_operators, exact_hamiltonian
from symqb.numerics.exact_inputs import ExactInputs
from symqb.numerics.residues import PRIME

LARGEST = 16
"""The largest matrices for which parts are looked for: four spins."""


def separate_baths(
    inputs: ExactInputs, temperatures: Mapping[str, Any]
) -> tuple[frozenset[str], bool]:
    """Find baths that exchange no heat as they have a part of the Hamiltonian of their own.

    Parameters
    ----------
    inputs : ExactInputs
    temperatures : mapping
        Bath name to what tells its temperature from others.

    Returns
    -------
    frozenset of str, bool
        The baths, and whether nothing flows at all.  Nothing is found beyond four spins.  The
        chance that a prime misleads is below 1e-12.

    Examples
    --------
    >>> from symqb.models import Bath, BatteryModel, Chain
    >>> chain = Chain(2, J=1, Delta=0, B0=0)
    >>> baths = Bath("L", 2, {1: 1}, axis="y"), Bath("R", 1, {2: 1})
    >>> inputs = ExactInputs.of(BatteryModel(chain, baths), {})
    >>> names, nothing = separate_baths(inputs, {"L": 2, "R": 1})
    >>> sorted(names), nothing
    (['L', 'R'], True)
    >>> baths = Bath("L", 2, {1: 1}), Bath("R", 1, {2: 1})
    >>> separate_baths(ExactInputs.of(BatteryModel(chain, baths), {}), {"L": 2, "R": 1})
    (frozenset(), False)
    """
    if 2**inputs.model.chain.spins > LARGEST:
        return frozenset(), False
    H = exact_hamiltonian(inputs)
    operators = bath_operators(inputs)
    groups: dict[Any, list[str]] = {}
    for name, temperature in temperatures.items():
        groups.setdefault(temperature, []).append(name)

    def apart(names: Sequence[str]) -> bool:
        own = [S for name in names for S in operators[name]]
        foreign = [S for name, found in operators.items() if name not in names for S in found]
        return _has_part(H, own, foreign)

    if all(map(apart, groups.values())):
        return frozenset(temperatures), True
    return frozenset(name for name in temperatures if apart([name])), False


def _has_part(H: Any, own: Sequence[Any], foreign: Sequence[Any]) -> bool:
    """Whether some X commutes with H and foreign operators, and H - X with one's own."""
    size = H.nrows()
    matrices = [H, *foreign, *own]
    rights = [None] * (1 + len(foreign)) + [H * S - S * H for S in own]
    wide = size * size + 1
    found = nmod_mat(size * size * len(matrices), wide, PRIME)
    for k, (matrix, right) in enumerate(zip(matrices, rights, strict=True)):
        row = k * size * size
        for i in range(size):
            for j in range(size):
                value = matrix[i, j]
                if right is not None:
                    found[row + i * size + j, wide - 1] += right[i, j]
                if value != 0:
                    for m in range(size):
                        # X G, then -G X
                        found[row + m * size + j, m * size + i] += value
                        found[row + i * size + m, j * size + m] -= value
    reduced, rank = found.rref()
    # solvable unless a row says 0 = 1
    return not rank or any(int(x) for x in reduced.table()[rank - 1][: wide - 1])
