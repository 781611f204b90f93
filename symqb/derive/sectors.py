"""Symmetry sectors: magnetisation, and reflection where the chain is its own mirror image."""

from __future__ import annotations

from dataclasses import dataclass

from symqb.derive.hamiltonian import Spins, basis_states
from symqb.models import Chain

Combination = tuple[tuple[Spins, int], ...]
"""An unnormalised combination of bare states with integer amplitudes."""


@dataclass(frozen=True)
class Sector:
    """Orthogonal combinations of bare states that the Hamiltonian maps among themselves.

    ``up`` is the number of up spins; with XYZ bonds its parity.
    """

    up: int
    parity: int | None
    basis: tuple[Combination, ...]


def _reflected(states: list[Spins], parity: int) -> tuple[Combination, ...]:
    combinations: list[Combination] = []
    for state in states:
        mirror = state[::-1]
        if mirror == state and parity == 1:
            combinations.append(((state, 1),))
        elif mirror < state:
            # the paper's phases: |..10..> and its mirror |..01..>, the mirror positive when odd
            combinations.append(((state, parity), (mirror, 1)))
    return tuple(combinations)


def derive_sectors(chain: Chain) -> list[Sector]:
    """The sectors of a chain, by number of up spins (with XYZ bonds their parity), then reflection
    parity (odd first).

    Examples
    --------
    >>> [(s.up, s.parity, len(s.basis)) for s in derive_sectors(Chain(3))]
    [(0, 1, 1), (1, -1, 1), (1, 1, 2), (2, -1, 1), (2, 1, 2), (3, 1, 1)]
    """
    states = basis_states(chain.spins)
    sectors: list[Sector] = []
    # XYZ bonds turn pairs of spins: only the parity of their number is conserved
    charges = chain.spins + 1 if chain.conserves_magnetization else 2
    for up in range(charges):
        members = [state for state in states if sum(state) in range(up, chain.spins + 1, charges)]
        if not chain.reflection_symmetric:
            sectors.append(Sector(up, None, tuple(((s, 1),) for s in members)))
            continue
        for parity in (-1, 1):
            basis = _reflected(members, parity)
            if basis:
                sectors.append(Sector(up, parity, basis))
    return sectors
