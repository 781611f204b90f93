"""Expressions in parameters as people type them: read by their grammar, never run."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, ClassVar

from symqb.models.errors import ParameterError
from symqb.models.exact import exact_number
from symqb.models.names import check_name
from symqb.models.values import reads_as_number

if TYPE_CHECKING:
    import sympy as sp

LONGEST = 2000
"""Characters of an expression that are read."""

LARGEST_POWER = 64

LARGEST_NUMBER = 20_000
"""Bits of a number that powers may make."""

REMEDY = (
    "give a number, or numbers and names of parameters joined by + - * / **, with brackets and "
    "sqrt, such as 'T + dT/2'"
)


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
    return Reader(text, name).result()


class Reader:
    """Turn the tree of an expression into SymPy's.

    A grammar that knows more words and functions overrides :meth:`word`, :meth:`call` and
    :meth:`joined`, and says so in ``remedy``.

    Parameters
    ----------
    text : str
        What was typed.
    name : str
        What the value is for, for messages.
    """

    functions: ClassVar[tuple[str, ...]] = ("sqrt",)
    remedy: str = REMEDY

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.parsed = text.strip()

    def refuse(self, why: str, remedy: str | None = None) -> ParameterError:
        """Make the error that shows the text, the rule and the remedy."""
        shown = self.text if len(self.text) <= 60 else f"{self.text[:57]}..."
        return ParameterError(f"{self.name}={shown!r} {why}; {remedy or self.remedy}")

    def result(self) -> Any:
        """Read the whole text.

        Raises
        ------
        ParameterError
            What is no expression, or holds more than the grammar has.
        """
        try:
            # what follows a hash would be a comment, and not read
            if len(self.text) > LONGEST or "#" in self.text:
                raise SyntaxError
            return self.read(ast.parse(self.parsed, mode="eval").body)
        except (SyntaxError, RecursionError, MemoryError):
            raise self.refuse("is not an expression") from None
        except ValueError as error:
            if isinstance(error, ParameterError):
                raise
            raise self.refuse("is not an expression") from None

    def read(self, node: ast.expr) -> Any:
        """Read a part of the tree."""
        match node:
            case ast.Name(id=symbol):
                return self.word(symbol)
            case ast.Constant():
                return self._number(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.read(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self.joined(op, self.read(left), self.read(right))
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
                return self.call(function, arguments)
        raise self.more()

    def more(self) -> ParameterError:
        """Make the error for what the grammar does not have."""
        return self.refuse("is more than this reads")

    def word(self, symbol: str) -> Any:
        """Read a name: a parameter's."""
        from sympy import Symbol

        return Symbol(check_name(symbol, self.name))

    def call(self, function: str, arguments: list[ast.expr]) -> Any:
        """Read a function of one expression."""
        import sympy as sp

        if function not in self.functions or len(arguments) != 1:
            raise self.more()
        return getattr(sp, function)(self.read(arguments[0]))

    def _number(self, node: ast.Constant) -> sp.Expr:
        import sympy as sp

        # as it is typed: the decimal number, not the double next to it
        typed = ast.get_source_segment(self.parsed, node) or ""
        number = exact_number(typed, self.name) if reads_as_number(typed) else None
        if number is None:
            raise self.more()
        return sp.Rational(number.numerator, number.denominator)

    def joined(self, op: ast.operator, left: Any, right: Any) -> Any:
        """Join two values that were read."""
        match op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                if right.is_zero:
                    raise self.refuse("is divided by zero")
                return left / right
            case ast.Pow() if right.is_Rational and abs(right) <= LARGEST_POWER:
                if left.is_zero and right < 0:
                    raise self.refuse("is divided by zero")
                if left.is_Rational and _bits(left) * abs(right) > LARGEST_NUMBER:
                    raise self.refuse("makes a number that is too long")
                return left**right
        raise self.more()


def _bits(number: sp.Rational) -> int:
    """The length of a fraction."""
    return max(int(number.p).bit_length(), int(number.q).bit_length())
