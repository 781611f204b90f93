"""Outputs made of other outputs, such as a coefficient of performance, written into the program.

Where terms nearly cancel a guard hands the point to more digits: outputs are right to some ten
digits, and a difference far below them would not be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from symqb.derive.balance import CANCELLED_RULE, keeps_digits
from symqb.derive.rate_expressions import LARGEST_TERMS, RateBuilder
from symqb.models import ParameterError
from symqb.models.exact import check_numbers
from symqb.models.expressions import Reader
from symqb.models.names import check_name
from symqb.program import Builder, Guard, GuardKind, Output, Program, Ref
from symqb.program.builder import ONE, ZERO
from symqb.program.rewrite import map_outputs, rewrite

SHARE = Fraction(1, 64)
"""A sum below this share of its terms' moduli is found with more digits."""

LONGEST_SHOWN = 60
"""Characters of an expression that a message about its numbers shows."""

VECTORS = ("energies", "populations")
"""Outputs along the levels."""

PRODUCTION = "entropy_production"
"""How outputs begin that are infinite where a bath at T = 0 is heated."""

NONNEGATIVE = ("populations_", PRODUCTION, "ergotropy", "exergy", "capacity")


IN_NUMBERS = "which is found in numbers and can be in no expression"
COMPUTED = "ask evaluate(outputs=[...]) for it as it is, and compute from the result"


class ComposedReader(Reader):
    """Reads an expression in outputs and parameters.

    Parameters
    ----------
    text, name : str
        What was typed, and what it is called.
    known : mapping
        The names that may occur to their symbols.
    vectors : iterable of str
        Outputs that are vectors, for the message.
    numeric : iterable of str
        Outputs that are found in numbers, for the message.
    """

    def __init__(
        self,
        text: str,
        name: str,
        known: Mapping[str, sp.Symbol],
        vectors: Iterable[str],
        numeric: Iterable[str] = (),
    ) -> None:
        super().__init__(text, f"outputs: {name}")
        self.known, self.vectors, self.numeric = known, tuple(vectors), tuple(numeric)
        self.remedy = (
            "give outputs and parameters joined by + - * / **, with brackets and sqrt, such as "
            "'heat_current_c / heat_current_w'"
        )

    def word(self, symbol: str) -> sp.Symbol:
        """Read a name: an output's or a parameter's."""
        if symbol in self.known:
            return self.known[symbol]
        if symbol in self.vectors:
            raise self.refuse(f"names the levels' {symbol}", f"name one, such as {symbol}_1")
        if symbol in self.numeric:
            raise self.refuse(f"names {symbol}, {IN_NUMBERS}", COMPUTED)
        raise self.refuse(
            f"names {symbol}, which is neither an output nor a parameter",
            f"choose from {', '.join(self.known)}",
        )


def output_symbols(
    outputs: Iterable[str], parameters: Iterable[str], labels: Iterable[int]
) -> dict[str, sp.Symbol]:
    """Give a symbol to everything that an expression in outputs may hold.

    Examples
    --------
    >>> list(output_symbols(["populations", "charge"], ["T"], (1, 2)))
    ['populations_1', 'populations_2', 'charge', 'T']
    """
    labels = tuple(labels)
    names: list[str] = []
    for output in outputs:
        vector = output in VECTORS
        names += [f"{output}_{label}" for label in labels] if vector else [output]
    signs = {name: True if name.startswith(NONNEGATIVE) else None for name in names}
    found = {name: sp.Symbol(name, nonnegative=sign) for name, sign in signs.items()}
    return {**found, **{name: sp.Symbol(name) for name in parameters}}


def read_composed(
    given: Mapping[str, object],
    outputs: Iterable[str],
    parameters: Iterable[str],
    labels: Iterable[int],
    numeric: Iterable[str] = (),
) -> tuple[tuple[str, ...], dict[str, sp.Expr]]:
    """Read outputs given by expressions in other outputs.

    Parameters
    ----------
    given : mapping
        Name to an expression, as text or SymPy's; an output under its own name is that output.
    outputs, parameters, labels : iterable
        What expressions may hold: outputs, those along the levels by their labels, and parameters.
    numeric : iterable of str
        Outputs without a program: as they are, in no expression.

    Returns
    -------
    names : tuple of str
        All of them, in order.
    composed : dict
        Those that are made of others, to their expressions.

    Raises
    ------
    ParameterError
        A name that is taken, an unknown name in an expression, a vector.
    """
    outputs, numeric = tuple(outputs), tuple(numeric)
    known = output_symbols(outputs, parameters, labels)
    outputs += numeric
    composed: dict[str, sp.Expr] = {}
    for name, text in given.items():
        if name in outputs and text == name:
            continue
        if not isinstance(name, str) or not name.isidentifier():
            raise ParameterError(f"outputs: {name!r} is no name; give an identifier such as 'cop'")
        if name in known or name in outputs:
            kind = "an output" if name in outputs else "a parameter or of a level's output"
            raise ParameterError(f"outputs: {name!r} is the name of {kind}; use another")
        check_name(name, "outputs", parameter=False)
        if name.startswith(PRODUCTION):
            raise ParameterError(
                f"outputs: {name!r} begins with {PRODUCTION}, as outputs do that may be infinite; "
                "use another name"
            )
        composed[name] = _expression(text, name, known, numeric)
        check_numbers(composed[name], f"outputs: {name}={_short(text)}", "write it in other units")
    if not given:
        raise ParameterError("outputs: an empty choice; give a name and an expression")
    return tuple(given), composed


def _short(text: object) -> str:
    shown = str(text)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[: LONGEST_SHOWN - 3]}..."


def _expression(
    text: object, name: str, known: Mapping[str, sp.Symbol], numeric: Iterable[str]
) -> sp.Expr:
    if isinstance(text, str):
        return sp.sympify(ComposedReader(text, name, known, VECTORS, numeric).result())
    if not isinstance(text, sp.Expr):
        raise ParameterError(
            f"outputs: {name}={text!r} is no expression; give text such as "
            "'heat_current_c / heat_current_w'"
        )
    unknown = sorted(str(s) for s in text.free_symbols if str(s) not in known)
    if lost := [symbol for symbol in unknown if symbol in numeric]:
        raise ParameterError(f"outputs: {name}={text} names {lost[0]}, {IN_NUMBERS}; {COMPUTED}")
    if unknown:
        raise ParameterError(
            f"outputs: {name}={text} names {unknown[0]}, which is neither an output nor a "
            f"parameter; choose from {', '.join(known)}"
        )
    return text.xreplace({s: known[str(s)] for s in text.free_symbols})


class _Writer(RateBuilder):
    """Writes expressions in outputs, which carry errors of their own: every sum may cancel."""

    exact_symbols = False


def compose(program: Program, composed: Mapping[str, sp.Expr], labels: Iterable[int]) -> Program:
    """Add outputs to a program that are expressions in others of it.

    Parameters
    ----------
    program : Program
        Of all outputs.
    composed : mapping
        Name to expression, in the symbols of :func:`output_symbols`.
    labels : iterable of int
        Of the levels.
    """
    numbers = tuple(labels)

    def ends(builder: Builder, ref: Callable[[Ref], Ref]) -> tuple[dict[str, Output], list[Guard]]:
        outputs, guards = map_outputs(program, ref)
        entries = _entries(outputs, numbers)
        users = {name: used_outputs(expr, numbers) for name, expr in composed.items()}
        # what holds for an output holds for all that is made of it
        guards = [
            replace(g, outputs=(*g.outputs, *(n for n in users if users[n] & {*g.outputs})))
            for g in guards
        ]
        for name, expr in composed.items():
            outputs[name], more = _written(builder, name, expr, entries)
            guards += more
        return outputs, guards

    return rewrite(program, ends=ends)


def _entries(outputs: Mapping[str, Output], labels: tuple[int, ...]) -> dict[str, Ref]:
    """Every number that the outputs hold, by its name."""
    found: dict[str, Ref] = {}
    for name, output in outputs.items():
        if isinstance(output, tuple):
            found |= {f"{name}_{k}": ref for k, ref in zip(labels, output, strict=True)}
        else:
            found[name] = output
    return found


def used_outputs(expr: sp.Expr, labels: Iterable[int]) -> set[str]:
    """Name the outputs, vectors whole, and parameters that an expression is made of."""
    entries = {f"{vector}_{k}": vector for k in labels for vector in VECTORS}
    return {entries.get(str(s), str(s)) for s in expr.free_symbols}


def _written(
    builder: Builder, name: str, expr: sp.Expr, entries: Mapping[str, Ref]
) -> tuple[Ref, list[Guard]]:
    """An expression as steps, and what guards it."""
    writer = _Writer(builder)
    bindings = {s: entries[str(s)] for s in expr.free_symbols if str(s) in entries}
    guards: list[Guard] = []
    with writer.bound(bindings):
        value = writer.expr(expr)
        for divisor in _divisors(expr):
            rule = f"{divisor} must not be 0, or {name} = {expr} does not exist"
            guards.append(Guard(writer.expr(divisor), rule, (name,), GuardKind.ABSENT))
        for base in _roots(expr):
            rule = f"{base} must be >= 0, or {name} = {expr} is not real"
            inside = builder.apply("select", ZERO, writer.expr(base), ONE, ZERO)
            guards.append(Guard(inside, rule, (name,)))
    for total, moduli in writer.sums.items():
        kept = keeps_digits(builder, total, moduli, SHARE)
        guards.append(Guard(kept, CANCELLED_RULE, (name,), GuardKind.RANGE))
    for size in writer.exponents:
        small = builder.apply("select", size, LARGEST_TERMS, ONE, ZERO)
        guards.append(Guard(small, CANCELLED_RULE, (name,), GuardKind.RANGE))
    return value, guards


def _divisors(expr: sp.Expr) -> list[sp.Expr]:
    powers = (p for p in sp.preorder_traversal(expr) if isinstance(p, sp.Pow))
    return list(dict.fromkeys(p.base for p in powers if p.exp.could_extract_minus_sign()))


def _roots(expr: sp.Expr) -> list[sp.Expr]:
    powers = (p for p in sp.preorder_traversal(expr) if isinstance(p, sp.Pow))
    return list(dict.fromkeys(p.base for p in powers if not p.exp.is_Integer))
