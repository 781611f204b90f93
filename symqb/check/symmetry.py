"""Operators that commute with the Hamiltonian and all couplings: what no bath ever changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm
from random import Random
from typing import Any

import sympy as sp
from flint import fmpz_mat, nmod_mat
from sympy.polys.matrices import DomainMatrix

from symqb.check.findings import NUMERICAL, Finding
from symqb.check.subject import Subject
from symqb.models.baths import bath_operators
from symqb.models.operators import adjoint, components, connections
from symqb.models.system import System
from symqb.numerics.commutant import count_commuting
from symqb.numerics.residues import PRIME, residue

LARGEST_COMMUTANT = 16
"""Levels up to which all operators are asked whether they commute."""
LARGEST_IN_SYMBOLS = 4
"""Levels up to which operators that depend on parameters are sought."""
MOST_TERMS = 8
SEED = 11

REMEDY = (
    "let a bath couple through an operator that moves it, or say which steady state is meant: "
    "steady_states(...) lists all, evolve([inf], initial=...) gives the one reached from a state"
)


def conserved_quantities(subject: Subject, system: System, certainty: str) -> Iterator[Finding]:
    """Find operators that commute with H and all that acts on the system.

    Each is conserved, so that there are at least as many steady states as independent ones.
    """
    matrices = acting(system)
    parts = components(system.size, [p for matrix in matrices for p in connections(matrix)])
    if system.size > LARGEST_COMMUTANT:
        subject.skip(
            "operators that commute with all couplings",
            f"{system.size} levels, beyond {LARGEST_COMMUTANT}; only sets of bare states that "
            "nothing connects were looked for",
        )
        count = len(parts)
    else:
        count = generic_count(matrices)
    if len(parts) > 1:
        sets = [[state + 1 for state in part] for part in parts]
        yield _found(
            f"neither H nor any coupling connects the sets of bare states "
            f"{' and '.join(map(str, sets))}: the chance to be in each never changes",
            max(count, len(parts)),
            certainty,
            sets=sets,
        )
    elif count > 1:
        operator, exact = commuting(matrices)
        what = "an operator" if operator is None else _text(operator)
        yield _found(
            f"{what} commutes with H and with every coupling, and is conserved",
            exact if exact > 1 else count,
            certainty if exact > 1 else NUMERICAL,
            operator=None if operator is None else what,
        )


def _found(message: str, count: int, certainty: str, **values: Any) -> Finding:
    return Finding(
        "conserved-quantity",
        f"{message}; there are at least {count} independent steady states, and the baths do not "
        "bring the system to one",
        REMEDY,
        certainty,
        {"steady_states": count, **values},
    )


def acting(system: System) -> list[sp.ImmutableMatrix]:
    """List H and every operator that baths and jumps act by, adjoints among them."""
    found = [system.H]
    for operator in _operators(system):
        found.append(operator)
        if (back := adjoint(operator)) != operator:
            found.append(back)
    return found


def _operators(system: System) -> Iterator[sp.ImmutableMatrix]:
    for bath in system.baths:
        yield from bath_operators(bath)
    for jump in system.jumps:
        if jump.rate != 0:
            yield jump.operator


def generic_count(matrices: Sequence[sp.ImmutableMatrix]) -> int:
    """Count the operators that commute with all given ones, parameters being unrelated numbers.

    Modulo a large prime: roots and functions of parameters are numbers of their own there, so that
    there may be more, never fewer.
    """
    draw = Random(SEED)
    values: dict[sp.Expr, sp.Integer] = {}
    return count_commuting([_modulo(matrix, values, draw) for matrix in matrices])


def _modulo(matrix: sp.ImmutableMatrix, values: dict[sp.Expr, sp.Integer], draw: Random) -> Any:
    found = nmod_mat(matrix.rows, matrix.cols, PRIME)
    for place, entry in matrix.todok().items():
        for term in sp.Add.make_args(sp.expand(entry)):
            coefficient, rest = term.as_coeff_Mul()
            number = residue(Fraction(int(coefficient.p), int(coefficient.q)))
            for factor in sp.Mul.make_args(rest):
                base, power = factor.as_base_exp()
                if not (power.is_Integer and power > 0):
                    base, power = factor, sp.Integer(1)
                if base == 1:
                    continue
                if base not in values:
                    values[base] = sp.Integer(draw.randrange(1, PRIME))
                number *= residue(int(values[base])) ** int(power)
            found[place] += number
    return found


def commuting(matrices: Sequence[sp.ImmutableMatrix]) -> tuple[sp.ImmutableMatrix | None, int]:
    """Give an operator that commutes with all given ones, and how many such are exact.

    Those of numbers alone are sought among what commutes with every coefficient of the matrices;
    of few levels also those that depend on parameters.
    """
    found = _of_numbers(matrices)
    if len(found) < 2 and matrices[0].rows <= LARGEST_IN_SYMBOLS:
        found = _in_symbols(matrices)
    shapes = [shape for operator in found if (shape := _hermitian(operator)) is not None]
    # the one that is read most easily
    shapes.sort(key=lambda operator: (len(operator.todok()), sp.count_ops(operator)))
    return (shapes[0] if shapes else None), len(found)


def _of_numbers(matrices: Sequence[sp.ImmutableMatrix]) -> list[sp.ImmutableMatrix]:
    size = matrices[0].rows
    equations = []
    for coefficients in _coefficients(matrices):
        common = lcm(*(value.denominator for value in coefficients.values()))
        whole = {place: int(value * common) for place, value in coefficients.items()}
        equations += _commutator(whole, size, 0)
    kernel, nullity = fmpz_mat(equations).nullspace()
    return [
        sp.ImmutableMatrix(
            size, size, [sp.Integer(int(kernel[row, k])) for row in range(size * size)]
        )
        for k in range(nullity)
    ]


def _coefficients(
    matrices: Sequence[sp.ImmutableMatrix],
) -> Iterator[dict[tuple[int, int], Fraction]]:
    """Yield the matrices of rational numbers that symbols, roots and I stand before."""
    for matrix in matrices:
        found: dict[sp.Expr, dict[tuple[int, int], Fraction]] = {}
        for place, entry in matrix.todok().items():
            for term in sp.Add.make_args(sp.expand(entry)):
                coefficient, rest = term.as_coeff_Mul()
                found.setdefault(rest, {})[place] = Fraction(int(coefficient.p), int(coefficient.q))
        yield from found.values()


def _commutator(entries: dict[tuple[int, int], Any], size: int, zero: Any) -> list[list[Any]]:
    """Write M X - X M = 0 over the elements of X, one row an equation."""
    rows: dict[int, list[Any]] = {}
    for (i, j), value in entries.items():
        for m in range(size):
            for row, column, sign in (
                (i * size + m, j * size + m, 1),
                (m * size + j, m * size + i, -1),
            ):
                rows.setdefault(row, [zero] * (size * size))[column] += sign * value
    return list(rows.values())


def _in_symbols(matrices: Sequence[sp.ImmutableMatrix]) -> list[sp.ImmutableMatrix]:
    size = matrices[0].rows
    equations: list[list[Any]] = []
    for matrix in matrices:
        equations += _commutator(matrix.todok(), size, sp.S.Zero)
    kernel = DomainMatrix.from_Matrix(sp.Matrix(equations), extension=True).to_field().nullspace()
    return [
        sp.ImmutableMatrix(size, size, list(kernel.to_Matrix().row(k))).applyfunc(sp.factor)
        for k in range(kernel.shape[0])
    ]


def _hermitian(operator: sp.ImmutableMatrix) -> sp.ImmutableMatrix | None:
    """A Hermitian part of an operator that is no multiple of the identity."""
    back = adjoint(operator)
    for part in (operator + back, sp.I * (operator - back)):
        part = part.applyfunc(sp.factor)
        if not (part - part[0, 0] * sp.eye(part.rows)).is_zero_matrix:
            return _without_factor(part)
    return None


def _without_factor(operator: sp.ImmutableMatrix) -> sp.ImmutableMatrix:
    """An operator with what all its elements share taken out."""
    entries = [x for x in operator if x != 0]
    below = sp.lcm_list([sp.fraction(x)[1] for x in entries])
    shared = sp.gcd_list([sp.cancel(x * below) for x in entries])
    found: sp.ImmutableMatrix = operator.applyfunc(
        lambda x: sp.factor(sp.cancel(x * below / shared))
    )
    return found


def _text(operator: sp.ImmutableMatrix) -> str:
    """An operator over bare states, counted from 1."""
    entries = sorted(operator.todok().items())
    if len(entries) > MOST_TERMS:
        return f"an operator with {len(entries)} elements"
    terms = []
    for (i, j), value in entries:
        ket = f"|{i + 1}><{j + 1}|"
        terms.append(ket if value == 1 else f"({value})*{ket}")
    return " + ".join(terms)
