"""A closed form: named parts one after another, and what the output is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import mpmath
import sympy as sp

from symqb.models import ParameterError
from symqb.models.displays import Displayed
from symqb.models.exact import exact_number

Definition = tuple[sp.Symbol, sp.Expr]
"""A name, and what it stands for in the parameters and in names before it."""

GUARD_DIGITS = 15
"""Digits carried beyond those asked for, so that differences keep theirs."""


def count_operations(expr: sp.Expr) -> int:
    """The number of operations of an expression, as SymPy counts them."""
    return int(sp.count_ops(expr))


def needed(
    definitions: Mapping[sp.Symbol, sp.Expr], values: tuple[sp.Expr, ...]
) -> list[Definition]:
    """The definitions that some expressions need, in order."""
    wanted = {symbol for value in values for symbol in value.free_symbols}
    kept: list[Definition] = []
    for symbol, expr in reversed(list(definitions.items())):
        if symbol in wanted:
            kept.append((symbol, expr))
            wanted |= expr.free_symbols
    return kept[::-1]


@dataclass(frozen=True, repr=False)
class ClosedForm(Displayed):
    """An output of a system as a formula with named parts.

    Attributes
    ----------
    output, form : str
        What it is, and how it is written.
    definitions : tuple of pairs
        Symbol and expression of every named part, each in parameters and parts before it.
    values : tuple of expressions
        The output in parameters and named parts: one, or one a level.
    labels : tuple of int
        The levels that the values belong to; empty for a single one.
    spelled : mapping
        The LaTeX of named parts and of the left side, by name.
    arguments : mapping
        Of parts that are written as functions, what they are functions of.

    Examples
    --------
    >>> from symqb import xxz_battery
    >>> formula = xxz_battery(2).at(epsilon=0, Delta=0).formula("populations")
    >>> formula.form, formula[1]
    ('product', Gamma_3_1*Gamma_4_1/((Gamma_1_3 + Gamma_3_1)*(Gamma_1_4 + Gamma_4_1)))
    """

    output: str
    form: str
    definitions: tuple[Definition, ...]
    values: tuple[sp.Expr, ...]
    labels: tuple[int, ...] = ()
    spelled: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, sp.Expr] = field(default_factory=dict)

    def __iter__(self) -> Iterator[sp.Expr]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, label: int) -> sp.Expr:
        """The value of a level, by its label."""
        if label not in self.labels:
            levels = f"its levels are {', '.join(map(str, self.labels))}"
            hint = levels if self.labels else "it is one value: .values[0]"
            raise ParameterError(f"{self.output} has no entry {label!r}; {hint}")
        return self.values[self.labels.index(label)]

    @property
    def operations(self) -> int:
        """How many operations it takes, as SymPy counts them, each named part once."""
        return sum(map(count_operations, (*(expr for _, expr in self.definitions), *self.values)))

    @property
    def lefts(self) -> tuple[str, ...]:
        """The names of the values."""
        letter = {"populations": "rho", "energies": "E"}.get(self.output, self.output)
        return tuple(f"{letter}_{label}" for label in self.labels) or (letter,)

    @cached_property
    def symbols(self) -> Mapping[str, sp.Symbol]:
        """The parameters in it, by name: temperatures and kappa positive, the others real."""
        named = {symbol for symbol, _ in self.definitions}
        parts = (*(expr for _, expr in self.definitions), *self.values)
        free = {symbol for expr in parts for symbol in expr.free_symbols} - named
        return {symbol.name: symbol for symbol in sorted(free, key=str)}

    def to_sympy(self) -> sp.Expr | tuple[sp.Expr, ...]:
        """The values with every named part written out: SymPy expressions in the parameters."""
        known: dict[sp.Symbol, sp.Expr] = {}
        for symbol, expr in self.definitions:
            known[symbol] = expr.xreplace(known)
        written = tuple(value.xreplace(known) for value in self.values)
        return written if self.labels else written[0]

    def evaluate(self, digits: int = 30, **parameters: Any) -> Any:
        """The values at a point, to a number of digits, by mpmath.

        Removable points, such as a frequency of exactly zero, are not filled in: those are
        ``battery.evaluate``'s.

        Raises
        ------
        ParameterError
            A parameter is missing, unknown, or no number.
        """
        unknown = [name for name in parameters if name not in self.symbols]
        missing = [name for name in self.symbols if name not in parameters]
        if unknown or missing:
            kind = f"unknown parameter {unknown[0]!r}" if unknown else f"missing {missing[0]!r}"
            raise ParameterError(f"{kind}; this formula takes {', '.join(self.symbols)}")
        with mpmath.workdps(digits + GUARD_DIGITS):
            names = [*self.symbols.values(), *(symbol for symbol, _ in self.definitions)]
            known = [_number(name, parameters[name]) for name in self.symbols]
            for k, (_, expr) in enumerate(self.definitions):
                found = sp.lambdify(names[: len(self.symbols) + k], expr, "mpmath")(*known)
                known.append(found)
            values = [sp.lambdify(names, value, "mpmath")(*known) for value in self.values]
        with mpmath.workdps(digits):
            rounded = [+mpmath.mpf(value) for value in values]
        return rounded if self.labels else rounded[0]

    def __repr__(self) -> str:
        lines = [f"{self.output} in the form {self.form!r}, {self.operations} operations:"]
        lines += [f"  {symbol} = {expr}" for symbol, expr in self.definitions]
        lines += [
            f"  {left} = {value}" for left, value in zip(self.lefts, self.values, strict=True)
        ]
        return "\n".join(lines)


def _number(name: str, value: Any) -> Any:
    number = exact_number(value, name)
    if number is None:
        raise ParameterError(f"{name}={value!r} is not a single real number; give one")
    return mpmath.mpf(number.numerator) / number.denominator
