"""All steady states of a system at a point, as many as there are independent ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
from flint import arb_mat

from symqb.models import ParameterError
from symqb.models.system import System
from symqb.numerics.ball_rates import MoreDigitsError
from symqb.numerics.evolution import BASES
from symqb.numerics.mp_balls import as_doubles
from symqb.numerics.state_basis import basis_of_states
from symqb.numerics.steady_space import steady_elements
from symqb.numerics.system_digits import Operator, check_rates, next_digits
from symqb.numerics.system_engine import (
    Place,
    bath_jumps,
    group_generator,
    populations_within,
    steady_classes,
)
from symqb.numerics.system_generator import full_generator, hermitian
from symqb.numerics.system_lindblad import check_density_size, lindblad_operators
from symqb.numerics.system_numbers import LevelNumbers, solve_levels, system_formulas
from symqb.program.contexts import working_bits

ComplexArray = npt.NDArray[np.complex128]

DIGITS = 50
NOISE = 1e-12
"""What doubles leave of coherences that are none, over the most that they can be."""


def system_steady_states(
    system: System, point: Mapping[str, Any], *, density: bool = False, basis: str = "energy"
) -> list[Any]:
    """Find states that span all steady ones, coherences that never decay among them.

    Parameters
    ----------
    system : System
    point : mapping
        Parameter name to number.
    density : bool
        Give density matrices instead of populations of the levels.
    basis : {"energy", "bare"}
        Over what density matrices are.

    Returns
    -------
    list of array
        Shape (d,), or (d, d).  Where a state has coherences between coinciding levels, their
        populations are the eigenvalues, ascending; without, they keep their places.

    Raises
    ------
    ParameterError, DomainError
        An unknown basis; a system too large; rates too far apart.
    """
    if basis not in BASES:
        raise ParameterError(f"basis={basis!r} is unknown; choose 'energy' or 'bare'")
    formulas = system_formulas(system)
    digits = DIGITS
    while True:
        with working_bits(int(3.34 * digits) + 40), mpmath.workdps(digits):
            try:
                levels = solve_levels(formulas, point)
                found = _states(levels)
            except MoreDigitsError as error:
                digits = next_digits(error, digits)
                continue
            if not density:
                return [_populations(state, levels.groups) for state in found]
            if basis == "energy":
                return found
            states = as_doubles(levels.states)
            return [states @ state @ states.conj().T for state in found]


def _states(levels: LevelNumbers) -> list[ComplexArray]:
    """Density matrices over the levels."""
    size = len(levels.energies)
    if levels.formulas.system.jumps:
        check_density_size(size)
        operators = lindblad_operators(levels)
        return _spanning(size, *full_generator(levels, operators), operators)
    jumps = tuple(bath_jumps(levels))
    if any(len(group) > 1 for group in levels.groups):
        return _spanning(size, *group_generator(levels, jumps), jumps)
    return [
        np.diag([complex(populations.get(k, 0)) for k in range(size)])
        for populations in steady_classes(size, jumps).values()
    ]


def _spanning(
    size: int, places: Sequence[Place], matrix: arb_mat, operators: Sequence[Operator]
) -> list[ComplexArray]:
    """States that span the null space of a generator."""
    check_rates(matrix, operators)
    elements, limit = steady_elements(matrix, mpmath.mp.prec)
    mixed = limit @ np.array([float(a == c) / size for a, c, _ in places])
    columns = [mixed, *([float(x) for x in element] for element in elements)]
    mean, *wholes = hermitian(size, places, np.array(columns).T)
    return basis_of_states(mean / np.trace(mean).real, wholes)


def _populations(state: ComplexArray, groups: Sequence[Sequence[int]]) -> npt.NDArray[np.float64]:
    """The populations of the levels, of coinciding ones in the basis that makes it diagonal."""
    found = np.diag(state).real.copy()
    for group in groups:
        if len(group) > 1:
            part = mpmath.matrix(state[np.ix_(group, group)].tolist())
            found[group] = [float(x) for x in populations_within(part, NOISE)]
    return found
