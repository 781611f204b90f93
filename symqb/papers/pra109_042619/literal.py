"""The printed systems taken literally: Eqs. 12-14, and Eqs. 26, 27, B and C, as printed, solved.

Of the derivation only the energies enter, which are printed right; nothing here is used by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from . import notation as p
from .meaning import battery, in_parameters, meaning
from .printed_rates import APPENDIX_B, APPENDIX_C, PRINTED_26, THREE_SPINS, TWO_SPINS
from .printed_steady import EQUATIONS, ETA_1, ETA_2

Array = Any
ARGUMENTS = (p.B0, p.J, p.Delta, p.epsilon, p.T_L, p.T_R)
EMPTY = {2: 1, 3: 3}
"""The level in which no spin is up, by the number of spins."""


def _function(expressions: Any, spins: int) -> Any:
    """Compile printed rates as functions of :data:`ARGUMENTS`, kappa = 1."""
    expm1 = sp.Function("expm1")

    def written(expr: sp.Expr) -> sp.Expr:
        expr = expr.replace(p.omega, meaning(spins).frequency)
        return in_parameters(expr, expm1).subs(p.kappa, 1)

    found = [written(expr) for expr in expressions]
    return sp.lambdify(ARGUMENTS, found, ["numpy", {"expm1": np.expm1}])


def _arrays(parameters: dict[str, Array]) -> list[Array]:
    given = (np.asarray(parameters[str(name)], float) for name in ARGUMENTS)
    return list(np.broadcast_arrays(*given))


@cache
def _two_spins() -> tuple[Any, Any]:
    """Compile populations by Eqs. 13-14 in A_ij, E_ij, and these by Eq. 12, all as printed."""
    printed = {equation.id: equation.parts for equation in (*EQUATIONS, *TWO_SPINS)}
    (third,) = printed["13c"]
    closed = [
        sp.sympify(printed[f"13{letter}"][0])
        .replace(p.rho, lambda *_: third)
        .replace(p.eta, lambda number: ETA_1 if number == 1 else ETA_2)
        for letter in "abcd"
    ]
    heads = sorted({h for part in closed for h in part.atoms(p.A, p.E)}, key=sp.default_sort_key)
    rates = [
        sum(part.subs({p.i: head.args[0], p.j: head.args[1]}) for part in printed[rule])
        for head in heads
        for rule in ["12a" if isinstance(head, p.E) else "12b"]
    ]
    return sp.lambdify(heads, closed, "numpy", cse=True), _function(rates, 2)


@cache
def three_spin_rates() -> tuple[
    tuple[tuple[str, int, int, str], ...], Callable[..., Sequence[Array]]
]:
    """List (bath, i, j, kind) of Appendix B and Eq. 27, and compile the rates in this order."""
    found: dict[tuple[str, int, int, str], sp.Expr] = {}
    right = THREE_SPINS[1].parts
    for line, (u, v) in zip(APPENDIX_B, PRINTED_26, strict=True):
        for kind, left, rate in zip("ea", line.parts, right, strict=True):
            found["L", u, v, kind] = sp.sympify(left)
            found["R", u, v, kind] = sp.sympify(rate).subs({p.i: u, p.j: v})
    return tuple(found), _function(found.values(), 3)


def _terms(coefficient: sp.Expr) -> Iterator[tuple[int, Any]]:
    for term in sp.Add.make_args(coefficient):
        if term != 0:
            sign, head = term.as_coeff_Mul()
            yield int(sign), head


def generator(**parameters: Array) -> Array:
    """Write the matrix M of Appendix C as printed, levels 1 to 8, for scalars or arrays."""
    arrays = _arrays(parameters)
    keys, function = three_spin_rates()
    # expm1 of a large argument is infinite and its reciprocal rightly zero
    with np.errstate(over="ignore"):
        values = dict(zip(keys, function(*arrays), strict=True))
    M = np.zeros((*arrays[0].shape, 8, 8))
    for row, equation in enumerate(APPENDIX_C):
        bracket = sp.expand(equation.parts[0])
        for column in range(8):
            for sign, head in _terms(bracket.coeff(p.rho(column + 1, column + 1))):
                i, j, _, kind = head.args
                for bath in ("L", "R"):
                    M[..., row, column] += sign * values[bath, int(i), int(j), str(kind)]
    return M


def populations(spins: int, **parameters: Array) -> Array:
    """Solve the printed system: Eqs. 13 for two spins, Appendix C for three.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the printed rates of three spins have no unique steady state.
    """
    if spins == 2:
        closed, rates = _two_spins()
        with np.errstate(all="ignore"):
            found = closed(*rates(*_arrays(parameters)))
        return np.stack(np.broadcast_arrays(*found), axis=-1)
    # the printed balances conserve probability, so one row may give way to the norm
    system = generator(**parameters)
    system[..., -1, :] = 1.0
    right = np.zeros((*system.shape[:-1], 1))
    right[..., -1, :] = 1.0
    return np.linalg.solve(system, right)[..., 0]


def evaluate(spins: int, **parameters: Array) -> dict[str, Array]:
    """Evaluate populations, charge and ergotropy of a printed system."""
    p_, arrays = populations(spins, **parameters), _arrays(parameters)
    levels = [level.energy for level in battery(spins).eigensystem()]
    found = sp.lambdify(ARGUMENTS[:3], levels, "numpy")(*arrays[:3])
    energies = np.stack(found, axis=-1)
    empty = energies[..., EMPTY[spins] - 1]
    mean = (p_ * energies).sum(-1)
    work = mean - (-np.sort(-p_, -1) * np.sort(energies, -1)).sum(-1)
    return {
        "populations": p_,
        "charge": (mean - empty) / (energies.max(-1) - empty),
        "ergotropy": np.where(np.abs(work) < 1e-13, 0.0, work),
    }
