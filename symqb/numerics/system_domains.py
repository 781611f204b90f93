"""Points at which an expression of a system is no finite real number, or an operator not Hermitian.

Refused before anything is solved: an imaginary part left out would be a wrong number.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import mpmath
import sympy as sp

from symqb.derive.hamiltonian import as_expr
from symqb.derive.system_domains import Condition, conditions
from symqb.models import DomainError
from symqb.models.operators import adjoint, parts
from symqb.models.spectra import is_formula
from symqb.models.system import System

UNDEFINED = (ZeroDivisionError, ValueError, OverflowError)
"""What mpmath raises where a function has no value, or none that it can hold."""

REMEDY = "give values at which it is"


class Formulas(Hashable, Protocol):
    """A system and its expressions at values of its parameters."""

    @property
    def system(self) -> System: ...
    @property
    def symbols(self) -> tuple[sp.Symbol, ...]: ...
    def at(self, expr: sp.Expr, values: Sequence[Any]) -> Any: ...


@dataclass(frozen=True)
class _Checks:
    """What is looked at in a system, whatever the point.

    ``real`` are expressions, and real and imaginary parts of entries; ``pairs`` entries of
    Hermitian operators and what they must be, where that is not plain to see, by the operator's
    name.
    """

    conditions: tuple[Condition, ...]
    real: tuple[sp.Expr, ...]
    pairs: dict[str, list[tuple[sp.Expr, sp.Expr]]]


def check_domains(formulas: Formulas, point: Mapping[str, Any], values: Sequence[Any]) -> None:
    """Refuse a point outside the domain of an expression of a system.

    Parameters
    ----------
    formulas : SystemFormulas
    point : mapping
        Parameter to its value, taken exactly.
    values : sequence of mpf
        The same in the order of ``formulas.symbols``, at the working precision.

    Raises
    ------
    DomainError
        A division by zero, a root or a logarithm without a real value, any other entry, temperature
        or strength that is no finite real number, H or a coupling of bosons that is not Hermitian.
    """
    checks = _checks(formulas)
    for condition in checks.conditions:
        _check_condition(condition, formulas, point, values)
    for expr in checks.real:
        value = formulas.at(expr, values)
        if not _is_real(value):
            raise DomainError(
                f"{expr} must be a finite real number, and is {_shown(value)} here; {REMEDY}"
            )
    for name, pairs in checks.pairs.items():
        _check_hermitian(name, pairs, formulas, values)


@lru_cache(maxsize=64)
def _checks(formulas: Formulas) -> _Checks:
    system = formulas.system
    found: dict[sp.Expr, None] = {}
    for value in dict.fromkeys(v for v in system.values() if isinstance(v, sp.Basic)):
        if value.free_symbols and not value.is_Atom and not is_formula(value):
            found |= dict.fromkeys(parts(as_expr(value)))
    real = tuple(expr for expr in found if expr.free_symbols and not expr.is_Atom)
    operators = {"H": [system.H]}
    for bath in system.baths:
        if bath.statistics == "boson":
            operators[f"the coupling of bath {bath.name}"] = list(bath.operators)
    pairs = {name: list(_pairs(matrices)) for name, matrices in operators.items()}
    return _Checks(conditions(system), real, {n: found for n, found in pairs.items() if found})


def _pairs(operators: Sequence[sp.ImmutableMatrix]) -> Iterator[tuple[sp.Expr, sp.Expr]]:
    """Entries that differ as they are written from what they must be."""
    for operator in operators:
        back = adjoint(operator)
        for i, j in dict.fromkeys((*operator.todok(), *back.todok())):
            # what expands to nothing is equal for all values that make its parts real
            if operator[i, j] != back[i, j] and sp.expand(operator[i, j] - back[i, j]) != 0:
                yield operator[i, j], back[i, j]


def _check_condition(
    condition: Condition, formulas: Formulas, point: Mapping[str, Any], values: Sequence[Any]
) -> None:
    part, sign = _value(condition.part, formulas, point, values), condition.sign
    if condition.exponent is not None and formulas.at(condition.exponent, values) >= 0:
        sign = ">= 0"
    tests = {">= 0": lambda x: x >= 0, "> 0": lambda x: x > 0, "!= 0": lambda x: x != 0}
    if not (_is_real(part) and tests[sign](part)):
        raise DomainError(f"{condition.rule}, and is {_shown(part)} here; {REMEDY}")


def _value(
    part: sp.Expr, formulas: Formulas, point: Mapping[str, Any], values: Sequence[Any]
) -> Any:
    """An expression at a point; a rational one exactly, so that its zeros are told."""
    symbols = part.free_symbols
    if not part.is_rational_function(*symbols):
        return formulas.at(part, values)
    found = part.xreplace({s: as_expr(point[str(s)]) for s in symbols})
    if not found.is_Rational:
        return formulas.at(part, values)
    return mpmath.mpf(int(found.p)) / int(found.q)


def _check_hermitian(
    name: str,
    pairs: Sequence[tuple[sp.Expr, sp.Expr]],
    formulas: Formulas,
    values: Sequence[Any],
) -> None:
    """Refuse entries that are not the conjugates of those across, but for rounding."""
    numbers = [tuple(formulas.at(expr, values) for expr in pair) for pair in pairs]
    scale = max(abs(x) for pair in numbers for x in pair)
    small = scale * mpmath.mpf(10) ** (-mpmath.mp.dps * 3 // 5)
    for (one, _), (x, y) in zip(pairs, numbers, strict=True):
        if abs(x - y) > small:
            raise DomainError(
                f"{name} must be Hermitian, and is not here: {one} is {_shown(x)}, and the "
                f"conjugate of the entry across is {_shown(y)}; give values at which they agree"
            )


def _is_real(value: Any) -> bool:
    return bool(mpmath.im(value) == 0 and mpmath.isfinite(value))


def _shown(value: Any) -> str:
    return str(mpmath.nstr(value, 8))
