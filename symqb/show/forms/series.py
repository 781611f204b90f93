"""Asymptotics: any closed form as a series in one parameter about a point, to a given order."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import mpmath
import sympy as sp

from symqb.derive.derivation import Derivation
from symqb.models import NoClosedFormError, ParameterError
from symqb.models.displays import Displayed
from symqb.models.exact import exact_number
from symqb.models.expressions import read_expression
from symqb.show.forms.build import closed_form
from symqb.show.forms.closed_form import ClosedForm, Definition, count_operations, needed
from symqb.show.forms.jets import (
    DIGITS,
    Coefficient,
    Jet,
    JetAlgebra,
    PrecisionError,
)
from symqb.show.forms.tidy import tidy

POINTS = 2
SPARE, MOST_TERMS = 4, 40
"""Terms carried beyond those asked for, and at most."""

LARGEST_ORDER = 12


@dataclass(frozen=True, repr=False)
class Series(Displayed):
    """An output as a series in one parameter.

    Attributes
    ----------
    output, parameter : str
    point : expression
        Where: the parameter's value, or ``oo``, ``-oo``.
    order : int
        The last power of ``parameter - point``, or of ``1/parameter``, that is there.
    terms : tuple of mappings
        Of every value, power to coefficient, zeros left out.
    definitions : tuple of pairs
        What is named in the coefficients.
    labels : tuple of int
        The levels that the values belong to; empty for a single one.
    conditions : tuple of relations
        Signs, found where the series was asked for, on which it depends.
    """

    output: str
    parameter: sp.Symbol
    point: sp.Expr
    order: int
    terms: tuple[Mapping[int, sp.Expr], ...]
    definitions: tuple[Definition, ...] = ()
    labels: tuple[int, ...] = ()
    conditions: tuple[sp.Expr, ...] = field(default=())

    @property
    def variable(self) -> sp.Expr:
        """What the powers are of."""
        if self.point.is_infinite:
            return 1 / self.parameter
        return self.parameter - self.point

    def _which(self, label: int | None) -> Mapping[int, sp.Expr]:
        if not self.labels and label is None:
            return self.terms[0]
        if label not in self.labels:
            levels = ", ".join(map(str, self.labels)) or "none: leave the label out"
            raise ParameterError(f"label={label!r} is no level of this series; levels: {levels}")
        return self.terms[self.labels.index(label)]

    def coefficient(self, power: int, label: int | None = None) -> sp.Expr:
        """The coefficient of a power, every named part written out."""
        if power > self.order:
            raise ParameterError(f"power={power} is beyond the order {self.order}; ask for more")
        known: dict[sp.Symbol, sp.Expr] = {}
        for symbol, expr in self.definitions:
            known[symbol] = expr.xreplace(known)
        found: sp.Expr = self._which(label).get(power, sp.Integer(0)).xreplace(known)
        return found

    def leading(self, label: int | None = None) -> tuple[int, sp.Expr]:
        """The lowest power and its coefficient; the order's, and zero, if all vanish."""
        power = min(self._which(label), default=self.order)
        return power, self.coefficient(power, label)

    @property
    def truncated(self) -> ClosedForm:
        """The sum of all terms as a closed form, to be written out or evaluated."""
        values = tuple(
            sp.Add(*(c * self.variable**power for power, c in terms.items()))
            for terms in self.terms
        )
        return ClosedForm(self.output, "series", self.definitions, values, self.labels)

    def evaluate(self, digits: int = 30, **parameters: Any) -> Any:
        """The sum of all terms at a point."""
        return self.truncated.evaluate(digits, **parameters)

    def __repr__(self) -> str:
        near = f"{self.parameter} -> {self.point}"
        lines = [f"{self.output} for {near}, to order {self.order}:"]
        lines += [f"  {symbol} = {expr}" for symbol, expr in self.definitions]
        form = self.truncated
        for left, terms in zip(form.lefts, self.terms, strict=True):
            written = [f"({c})*({self.variable})**{power}" for power, c in sorted(terms.items())]
            rest = f"O(({self.variable})**{self.order + 1})"
            lines.append(f"  {left} = {' + '.join([*written, rest])}")
        lines += [f"  where {condition}" for condition in self.conditions]
        return "\n".join(lines)


def series(
    derivation: Derivation,
    output: str,
    toward: Mapping[str, object],
    order: int,
    where: Mapping[str, object] | None = None,
) -> Series:
    """Expand an output in one parameter.

    Parameters
    ----------
    derivation : Derivation
    output : str
        As :func:`symqb.show.forms.build.closed_form` takes it.
    toward : mapping
        One parameter to its value, or to ``oo`` or ``-oo``.
    order : int
        The last power that is wanted.
    where : mapping, optional
        Values of the other parameters where signs that matter are to be taken.

    Raises
    ------
    ParameterError
        No single parameter, an order that is none, a point without the signs it needs.
    NoClosedFormError
        No expansion in whole powers.
    """
    if len(toward) != 1:
        raise ParameterError(
            f"series expands in one parameter, and was given {len(toward)}: say e.g. epsilon=0; "
            "give several a common one by at(...)"
        )
    ((name, value),) = toward.items()
    if name not in derivation.parameters:
        known = ", ".join(derivation.parameters)
        raise ParameterError(f"series: {name!r} is no parameter; choose from {known}")
    if isinstance(order, bool) or not isinstance(order, int) or not 0 <= order <= LARGEST_ORDER:
        raise ParameterError(f"order={order!r} is no whole number from 0 to {LARGEST_ORDER}")
    for other in where or {}:
        if other not in derivation.parameters:
            raise ParameterError(
                f"where: {other!r} is no parameter; choose from {', '.join(derivation.parameters)}"
            )
    form = closed_form(derivation, output)
    if name not in form.symbols:
        raise ParameterError(f"{output} does not depend on {name}; {name} has no series in it")
    point = _point(name, value, form)
    length = order + SPARE
    while length <= MOST_TERMS:
        found = _Expansion(form, name, point, length, where or {}).run(order)
        if found is not None:
            return found
        length *= 2
    raise NoClosedFormError(f"{output} has no series in {name} here within {MOST_TERMS} terms")


def _point(name: str, value: object, form: ClosedForm) -> sp.Expr:
    """Where a series is taken, in the symbols of the form."""
    if isinstance(value, str):
        text = value.strip()
        if text in ("oo", "inf", "-oo", "-inf"):
            return -sp.oo if text[0] == "-" else sp.oo
        value = read_expression(text, name)
    number = exact_number(value, name)
    if number is not None:
        return sp.Rational(number.numerator, number.denominator)
    expr = sp.sympify(value)
    if expr.is_infinite:
        return expr
    known = {symbol: form.symbols.get(symbol.name, symbol) for symbol in expr.free_symbols}
    found: sp.Expr = expr.xreplace(known)
    unknown = [s.name for s in found.free_symbols if s.name not in form.symbols or s.name == name]
    if unknown:
        raise ParameterError(f"{name}={value}: {unknown[0]} is no other parameter of the formula")
    return found


class _Expansion:
    """One walk through a closed form with jets for all that depends on the parameter."""

    def __init__(
        self,
        form: ClosedForm,
        name: str,
        point: sp.Expr,
        length: int,
        where: Mapping[str, object],
    ) -> None:
        self.form, self.point, self.where = form, point, where
        self.parameter = form.symbols[name]
        self.algebra = JetAlgebra(length, POINTS, self._sign)
        self.definitions: dict[sp.Symbol, sp.Expr] = {}
        self.conditions: dict[sp.Expr, None] = {}
        self.jets: dict[sp.Symbol, Any] = {}
        for symbol, values in self._trials().items():
            sizes = tuple(map(abs, values))
            self.jets[symbol] = self.algebra.constant(Coefficient(symbol, values, sizes))
        self.jets[self.parameter] = self._moving()

    def _trials(self) -> dict[sp.Symbol, tuple[Any, ...]]:
        """Values of every parameter at the trial points: where it is said, or drawn."""
        draw = random.Random(1)
        found = {}
        with mpmath.workdps(DIGITS):
            for name, symbol in self.form.symbols.items():
                number = exact_number(self.where[name], name) if name in self.where else None
                if number is None:
                    pair = [mpmath.mpf(draw.randint(2**20, 2**22)) / 2**20 for _ in range(POINTS)]
                else:
                    start = mpmath.mpf(number.numerator) / number.denominator
                    pair = [start * (1 + k * mpmath.mpf(draw.random()) / 4096) for k in (0, 1)]
                found[symbol] = tuple(pair)
        return found

    def _moving(self) -> Jet:
        """The parameter as a jet."""
        one = Coefficient.number(sp.Integer(1), POINTS)
        zeros = (self.algebra.zero,) * (self.algebra.length - 1)
        if self.point.is_infinite:
            sign = Coefficient.number(sp.Integer(1 if self.point == sp.oo else -1), POINTS)
            return Jet(-1, (sign, *zeros))
        start, step = self._visit(self.point), Jet(1, (one, *zeros))
        moving: Jet = self.algebra.add([start, step])
        return moving

    def _sign(self, coefficient: Coefficient) -> int:
        """The sign of a coefficient: as its symbols assume, or where it was asked for."""
        expr = sp.factor(self._written(coefficient.expr))
        if expr.is_positive or expr.is_negative:
            return 1 if expr.is_positive else -1
        # what is positive whatever the parameters are decides nothing
        open_ = sp.Mul(*(f for f in sp.Mul.make_args(expr) if not f.is_positive))
        missing = sorted(s.name for s in open_.free_symbols if s.name not in self.where)
        if missing:
            raise ParameterError(
                f"the sign of {open_} decides what the series is; say where it is wanted, with "
                f"values of {', '.join(missing)}, as in series(..., where={{{missing[0]!r}: 3}})"
            )
        positive = coefficient.values[0] > 0
        self.conditions[open_ > 0 if positive else open_ < 0] = None
        return 1 if positive else -1

    def _written(self, expr: sp.Expr) -> sp.Expr:
        known: dict[sp.Symbol, sp.Expr] = {}
        for symbol, value in self.definitions.items():
            known[symbol] = value.xreplace(known)
        found: sp.Expr = expr.xreplace(known)
        return found

    def _visit(self, expr: sp.Expr) -> Any:
        algebra = self.algebra
        if expr.is_Rational:
            return algebra.number(expr)
        if expr.is_Symbol:
            return self.jets[expr]
        if expr.is_Add:
            return algebra.add([self._visit(term) for term in expr.args])
        if expr.is_Mul:
            found = self._visit(expr.args[0])
            for factor in expr.args[1:]:
                found = algebra.mul(found, self._visit(factor))
            return found
        if isinstance(expr, sp.exp):
            return algebra.exp(self._visit(expr.args[0]))
        if expr.is_Pow:
            return algebra.power(self._visit(expr.base), expr.exp)
        if isinstance(expr, sp.Max):
            return self._largest([self._visit(argument) for argument in expr.args])
        if isinstance(expr, sp.Abs):
            jet = self._visit(expr.args[0])
            minus = algebra.number(sp.Integer(-1))
            return jet if algebra.positive(jet) else algebra.mul(minus, jet)
        raise NoClosedFormError(f"{expr} has no expansion here")

    def _largest(self, jets: list[Any]) -> Any:
        minus = self.algebra.number(sp.Integer(-1))
        best = jets[0]
        for jet in jets[1:]:
            if self.algebra.positive(self.algebra.add([jet, self.algebra.mul(minus, best)])):
                best = jet
        return best

    def run(self, order: int) -> Series | None:
        """The series, or None where more terms have to be carried."""
        moving = {self.parameter}
        try:
            for symbol, expr in self.form.definitions:
                jet = self._visit(expr)
                if expr.free_symbols & moving:
                    moving.add(symbol)
                    self.jets[symbol] = self._named(symbol, jet)
                else:
                    self.definitions[symbol] = expr
                    (first, *_) = jet.coefficients
                    sizes = tuple(map(abs, first.values))
                    constant = Coefficient(symbol, first.values, sizes)
                    self.jets[symbol] = self.algebra.constant(constant)
            jets = [self._visit(value) for value in self.form.values]
        except PrecisionError:
            return None
        if any(not isinstance(jet, Jet) for jet in jets):
            raise NoClosedFormError(f"{self.form.output} grows here faster than any power")
        if any(jet.known <= order for jet in jets):
            return None
        return self._finished(jets, order)

    def _named(self, symbol: sp.Symbol, jet: Any) -> Any:
        """A jet with a name for every coefficient that is a formula."""
        if not isinstance(jet, Jet):
            return jet
        named = []
        for k, coefficient in enumerate(jet.coefficients):
            if count_operations(coefficient.expr) > 1:
                power = jet.valuation + k
                index = f"{power}" if power >= 0 else f"m{-power}"
                name = sp.Symbol(f"{symbol.name}__{index}", real=True)
                self.definitions[name] = coefficient.expr
                sizes = tuple(map(abs, coefficient.values))
                coefficient = Coefficient(name, coefficient.values, sizes)
            named.append(coefficient)
        return Jet(jet.valuation, tuple(named))

    def _finished(self, jets: list[Jet], order: int) -> Series:
        terms: list[dict[int, sp.Expr]] = []
        for jet in jets:
            powers = range(jet.valuation, order + 1)
            kept = {p: c for p in powers if (c := jet.at(p)) is not None and not c.is_zero}
            terms.append({p: tidy(c.expr, self.definitions) for p, c in kept.items()})
        used = tuple(expr for one in terms for expr in one.values())
        return Series(
            self.form.output,
            self.parameter,
            self.point,
            order,
            tuple(terms),
            tuple(needed(self.definitions, used)),
            self.form.labels,
            tuple(self.conditions),
        )
