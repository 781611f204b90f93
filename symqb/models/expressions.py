"""Expressions in parameters as people type them: read by their grammar, never run."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from symqb.models.errors import ParameterError
from symqb.models.exact import exact_number
from symqb.models.names import check_name
from symqb.models.values import reads_as_number

if TYPE_CHECKING:
    import sympy as sp

LONGEST = 2000
"""Characters of an expression that are read."""

LARGEST_POWER = 64


def read_expression(text: str, name: str) -> sp.Expr:
    """Read numbers and names joined by ``+ - * / **``, brackets and ``sqrt``, numbers exactly.

    Parameters
    ----------
    text : str
        E.g. ``"T + dT/2"``.
    name : str
        What the value is for, for messages.

    Raises
    ------
    ParameterError
        Anything else, or a name that no parameter can have.

    Examples
    --------
    >>> read_expression("T + dT/2", "T_L"), read_expression("0.1", "J")
    (T + dT/2, 1/10)
    """
    from sympy import Rational, Symbol

    number = exact_number(text, name)
    if number is not None:
        return Rational(number.numerator, number.denominator)
    if text.isidentifier():
        return Symbol(check_name(text, name))  # also a word of Python's, such as lambda
    try:
        if len(text) > LONGEST:
            raise SyntaxError
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ParameterError(_refusal(name, text, "not an expression")) from None
    return _Reader(text.strip(), name).read(tree)


def _refusal(name: str, text: str, why: str) -> str:
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return (
        f"{name}={shown!r} is {why}; give a number, or numbers and names of parameters joined by "
        "+ - * / **, with brackets and sqrt, such as 'T + dT/2'"
    )


class _Reader:
    """Turn the tree of an expression into SymPy's."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name

    def refuse(self, why: str) -> ParameterError:
        return ParameterError(_refusal(self.name, self.text, why))

    def read(self, node: ast.expr) -> sp.Expr:
        import sympy as sp

        match node:
            case ast.Name(id=symbol):
                return sp.Symbol(check_name(symbol, self.name))
            case ast.Constant():
                return self._number(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.read(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self._joined(op, self.read(left), self.read(right))
            case ast.Call(func=ast.Name(id="sqrt"), args=[argument], keywords=[]):
                return sp.sqrt(self.read(argument))
        raise self.refuse("more than this reads")

    def _number(self, node: ast.Constant) -> sp.Expr:
        import sympy as sp

        # as it is typed: the decimal number, not the double next to it
        typed = ast.get_source_segment(self.text, node) or ""
        number = exact_number(typed, self.name) if reads_as_number(typed) else None
        if number is None:
            raise self.refuse("more than this reads")
        return sp.Rational(number.numerator, number.denominator)

    def _joined(self, op: ast.operator, left: sp.Expr, right: sp.Expr) -> sp.Expr:
        match op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                if right.is_zero:
                    raise self.refuse("divided by zero")
                return left / right
            case ast.Pow() if right.is_Rational and abs(right) <= LARGEST_POWER:
                if left.is_zero and right < 0:
                    raise self.refuse("divided by zero")
                return left**right
        raise self.refuse("more than this reads")
