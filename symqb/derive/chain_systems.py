"""A battery's chain and baths as a system like any other."""

from __future__ import annotations

import sympy as sp

from symqb.derive.hamiltonian import hamiltonian_matrix
from symqb.models import BatteryModel, Register
from symqb.models.spin_systems import empty_level, with_operators
from symqb.models.system import System


def system_of(model: BatteryModel) -> System:
    """State a battery as a system: its Hamiltonian over bare states, its baths by operators.

    Where the chain is its own mirror image, reflection splits its blocks.  The reference is the
    level ``|0..0>``; there is none where bonds are anisotropic.

    Raises
    ------
    ParameterError
        More spins than can be written as matrices.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> system = system_of(xxz_model(2))
    >>> system.H[1, 2], system.reference, system.register
    (J, 4, Register(2, 2))
    >>> sum(system.baths[0].operators, sp.zeros(4))[0, 1:3]
    Matrix([[epsilon, 1]])
    """
    spins = model.chain.spins
    register = Register(*[2] * spins)
    H = hamiltonian_matrix(model.chain)
    mirror = _reflection(register)
    return System(
        H,
        [with_operators(bath, register, model.dissipation) for bath in model.baths],
        kappa=model.kappa,
        symmetries=[mirror] if spins > 1 and H * mirror == mirror * H else [],
        register=register,
        reference=empty_level(H),
    )


def _reflection(register: Register) -> sp.ImmutableMatrix:
    """What turns the chain round."""
    states = register.states()
    place = {state: k for k, state in enumerate(states)}
    return sp.ImmutableMatrix(
        len(states), len(states), lambda i, j: int(place[states[j][::-1]] == i)
    )
