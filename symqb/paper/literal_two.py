"""The two-spin populations taken literally: Eqs. 12-14 with gamma_41 by the printed rule."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from symqb.paper import notation as p
from symqb.paper.meaning import battery, frequency

Array = Any
ARGUMENTS = (p.B0, p.J, p.Delta, p.epsilon, p.T_L, p.T_R)


@cache
def _functions() -> tuple[Any, Any]:
    """Populations by Eqs. 13-14 in A_ij, E_ij, and these by Eq. 12, all as printed."""
    from symqb.paper import printed_rates, printed_steady

    equations = {e.id: e for e in (*printed_steady.EQUATIONS, *printed_rates.TWO_SPINS)}
    eta_1, eta_2 = equations["14"].parts[:2]
    third = equations["13c"].parts[0]
    parts = [equations[f"13{x}"].parts[0] for x in "abcd"]
    closed = [
        sp.sympify(part)
        .replace(p.rho, lambda *_: third)
        .replace(p.eta, lambda k: eta_1 if k == 1 else eta_2)
        for part in parts
    ]
    heads = sorted({h for part in closed for h in part.atoms(p.A, p.E)}, key=sp.default_sort_key)
    populations = sp.lambdify(heads, closed, "numpy", cse=True)
    temperatures, expm1 = {"L": p.T_L, "R": p.T_R}, sp.Function("expm1")
    rates = []
    for head in heads:
        rule = equations["12a" if isinstance(head, p.E) else "12b"].parts
        total = sum(part.subs({p.i: head.args[0], p.j: head.args[1]}) for part in rule)
        total = total.replace(p.omega, lambda i, j: frequency(2, i, j)).subs(p.kappa, 1)
        rates.append(total.replace(p.n, lambda bath, w: 1 / expm1(w / temperatures[str(bath)])))
    return populations, sp.lambdify(ARGUMENTS, rates, ["numpy", {"expm1": np.expm1}])


def evaluate(**parameters: Array) -> dict[str, Array]:
    """Populations, charge and ergotropy of the printed two-spin system."""
    arrays = np.broadcast_arrays(*(np.asarray(parameters[str(name)], float) for name in ARGUMENTS))
    populations, rates = _functions()
    with np.errstate(all="ignore"):
        found = populations(*rates(*arrays))
    p_ = np.stack(np.broadcast_arrays(*found), axis=-1)
    names = (p.B0, p.J, p.Delta)
    energies = np.stack(
        [
            sp.lambdify(names, level.energy, "numpy")(*arrays[:3])
            for level in battery(2).eigensystem()
        ],
        axis=-1,
    )
    mean = (p_ * energies).sum(-1)
    passive = (-np.sort(-p_, -1) * np.sort(energies, -1)).sum(-1)
    work = mean - passive
    stored = mean - energies[..., 0]
    return {
        "populations": p_,
        "charge": stored / (energies.max(-1) - energies[..., 0]),
        "ergotropy": np.where(np.abs(work) < 1e-13, 0.0, work),
    }
