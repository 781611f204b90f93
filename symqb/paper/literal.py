"""The three-spin system taken literally: Eqs. 26, 27, B1-B12 and C1-C8 as printed, solved.

Only the printed data enter; nothing here is used by the derivation.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from symqb.paper import notation as p
from symqb.paper.meaning import battery, frequency

Array = Any


class right_weight(sp.Function):  # type: ignore[misc]
    r"""Derived :math:`|\langle j|\sigma_x^{(3)}|i\rangle|^2`, for the repaired Eq. 27."""

    @classmethod
    def eval(cls, *labels: Any) -> sp.Expr | None:
        """The weight, once the labels are numbers."""
        if not all(label.is_Integer for label in labels):
            return None
        upper, lower = map(int, labels)
        for t in battery(3).transitions():
            if (t.upper, t.lower) == (upper, lower):
                return t.weights["R"]
        return sp.Integer(0)

    def _latex(self, printer: Any, **hints: Any) -> str:
        return r"|\langle\Psi_j|\sigma_x^{(3)}|\Psi_i\rangle|^2"


def printed_rates() -> dict[tuple[str, int, int, str], sp.Expr]:
    """Rate formulas by (bath, i, j, kind) from Appendix B and Eq. 27 as printed."""
    from symqb.paper import printed_rates as printed

    found: dict[tuple[str, int, int, str], sp.Expr] = {}
    for equation, (u, v) in zip(printed.APPENDIX_B, _B_PAIRS, strict=True):
        for kind, part in zip("ea", equation.parts, strict=True):
            found["L", u, v, kind] = sp.sympify(part)
    right = printed.THREE_SPINS[1].parts
    for u, v in printed.PRINTED_26:
        for kind, part in zip("ea", right, strict=True):
            found["R", u, v, kind] = sp.sympify(part).subs({p.i: u, p.j: v})
    return found


_B_PAIRS = (
    (1, 3),
    (6, 1),
    (8, 1),
    (4, 2),
    (2, 5),
    (2, 7),
    (4, 6),
    (4, 8),
    (6, 5),
    (6, 7),
    (8, 5),
    (8, 7),
)


@cache
def _rate_functions() -> list[tuple[tuple[str, int, int, str], Any]]:
    """Printed rates as functions of (B0, J, Delta, epsilon, T_L, T_R), kappa = 1."""
    arguments = (p.B0, p.J, p.Delta, p.epsilon, p.T_L, p.T_R)
    temperatures = {"L": p.T_L, "R": p.T_R}
    root = sp.sqrt(p.Delta**2 + 8 * p.J**2)
    x = (((p.Delta + root) / p.J) ** 2 + 8) ** sp.Rational(-1, 2)
    y = (((p.Delta - root) / p.J) ** 2 + 8) ** sp.Rational(-1, 2)
    expm1 = sp.Function("expm1")
    functions = []
    for key, expr in printed_rates().items():
        expr = expr.subs({p.kappa: 1, p.x: x, p.y: y, p.alpha: root})
        expr = expr.replace(p.omega, lambda i, j: frequency(3, i, j))
        expr = expr.replace(p.n, lambda bath, w: 1 / expm1(w / temperatures[str(bath)]))
        functions.append((key, sp.lambdify(arguments, expr, ["numpy", {"expm1": np.expm1}])))
    return functions


def _gamma(values: dict[tuple[str, int, int, str], Array], head: p.gamma, bath: str) -> Array:
    i, j, _, kind = head.args
    return values[bath, int(i), int(j), str(kind)]


def generator(parameters: dict[str, Array]) -> Array:
    """The matrix M of Appendix C as printed, levels 1 to 8, for scalars or arrays."""
    from symqb.paper import printed_rates as printed

    names = ("B0", "J", "Delta", "epsilon", "T_L", "T_R")
    arrays = np.broadcast_arrays(*(np.asarray(parameters[name], float) for name in names))
    # expm1 of a large argument is infinite and its reciprocal rightly zero
    with np.errstate(over="ignore"):
        values = {key: f(*arrays) * np.ones_like(arrays[0]) for key, f in _rate_functions()}
    M = np.zeros((*arrays[0].shape, 8, 8))
    for row, equation in enumerate(printed.APPENDIX_C):
        bracket = sp.expand(equation.parts[0])
        for column in range(8):
            coefficient = bracket.coeff(p.rho(column + 1, column + 1))
            for sign, head in _terms(coefficient):
                for bath in ("L", "R"):
                    M[..., row, column] += sign * _gamma(values, head, bath)
    return M


def _terms(coefficient: sp.Expr) -> Iterator[tuple[int, p.gamma]]:
    for term in sp.Add.make_args(coefficient):
        if term != 0:
            sign, head = term.as_coeff_Mul()
            yield int(sign), head


def evaluate(**parameters: Array) -> dict[str, Array]:
    """Populations, stored energy, charge and ergotropy of the printed three-spin system.

    Raises
    ------
    ValueError
        If the printed rates have no unique steady state.
    """
    M = generator(parameters)
    # the printed balances conserve probability, so one row may give way to the norm
    system = M.copy()
    system[..., -1, :] = 1.0
    right = np.zeros(M.shape[:-1])
    right[..., -1] = 1.0
    populations = np.linalg.solve(system, right[..., None])[..., 0]
    names = ("B0", "J", "Delta")
    energies = np.stack(
        np.broadcast_arrays(
            *(
                sp.lambdify([p.B0, p.J, p.Delta], level.energy, "numpy")(
                    *(np.asarray(parameters[name], float) for name in names)
                )
                + np.zeros(M.shape[:-2])
                for level in battery(3).eigensystem()
            )
        ),
        axis=-1,
    )
    stored = (populations * (energies - energies[..., 2:3])).sum(-1)
    order = np.argsort(energies, axis=-1)
    ordered = np.take_along_axis(energies, order, -1)
    passive = -np.sort(-populations, axis=-1)
    ergotropy = (populations * energies).sum(-1) - (passive * ordered).sum(-1)
    return {
        "populations": populations,
        "stored_energy": stored,
        "charge": stored / (energies.max(-1) - energies[..., 2]),
        "ergotropy": np.where(np.abs(ergotropy) < 1e-13, 0.0, ergotropy),
    }
