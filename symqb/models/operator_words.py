"""Operators and expressions as model files spell them: ``J/2*(X1*X2 + Y1*Y2)``, never run."""

from __future__ import annotations

import ast
import keyword
import re
from difflib import get_close_matches
from functools import lru_cache, reduce
from math import comb, prod
from typing import TYPE_CHECKING, Any, ClassVar

from symqb.models.errors import ParameterError
from symqb.models.expressions import Reader
from symqb.models.names import check_name
from symqb.models.register import Register

if TYPE_CHECKING:
    import sympy as sp

LARGEST_OPERATOR_POWER = 8

LARGEST_ARGUMENT = 10_000
"""Of a number of which a function is taken."""

LARGEST_TERMS = 2000
"""Terms that an entry may have when it is written out."""

METHODS = {
    "X": "x",
    "Y": "y",
    "Z": "z",
    "P": "plus",
    "M": "minus",
    "N": "number",
    "A": "lower",
    "C": "raising",
}
"""The letter of a word to what a register calls the operator."""

KEYWORD = re.compile(rf"\b({'|'.join(w for w in keyword.kwlist if w.islower())})\b")
MARK = "_is_a_name"
"""What makes a name of a word of Python's, such as lambda."""

WORD = re.compile(r"([XYZPMNAC])([0-9]+)")
TRANSITION = re.compile(r"T([0-9]+)_([0-9])([0-9])")
ALIKE = re.compile(r"[XYZPMNAC]|[XYZPMNAC]_[0-9]+|[xyz][0-9]+|s(igma)?_?[xyzpm]_?[0-9]+")
"""What is nearly a word: refused among operators, where it would count as a parameter."""

OPERATORS = (
    "operators of a site are X1 Y1 Z1 P1 M1 N1 (Pauli matrices, |1><0|, |0><1|, number), A1 C1 "
    "(lower, raise) and transition(1, 0, 2) (|0><2|)"
)
OPERATOR_REMEDY = (
    "give operators and parameters joined by + - * / **, with brackets, such as 'w*Z1 + g*X1*X2'; "
    + OPERATORS
)
SCALAR_REMEDY = (
    "give a number, or numbers and names of parameters joined by + - * / **, with brackets, sqrt, "
    "cos, sin and exp, such as 'T + dT/2'"
)


class WordReader(Reader):
    """Read expressions in parameters, and with a register those in operators.

    Parameters
    ----------
    text, name : str
        What was typed, and what it is for.
    register : Register, optional
        On which operators act; without one there are none.
    declared : tuple of str, optional
        The only parameters that there may be; any, if None.
    wanted : bool
        Whether an operator is wanted: then what is nearly the name of one is no parameter's.

    Examples
    --------
    >>> WordReader("w*N1^2 + g/2*(1 + Z1)", "H", Register(2), wanted=True).result()
    Matrix([
    [g + w, 0],
    [    0, 0]])
    >>> WordReader("sqrt(g)*cos(2*theta)", "rate").result()
    sqrt(g)*cos(2*theta)
    """

    functions: ClassVar[tuple[str, ...]] = ("sqrt", "cos", "sin", "exp")

    def __init__(
        self,
        text: str,
        name: str,
        register: Register | None = None,
        declared: tuple[str, ...] | None = None,
        *,
        wanted: bool = False,
    ) -> None:
        super().__init__(text, name)
        # lines of a long text, the other sign of powers, names such as lambda
        self.parsed = KEYWORD.sub(rf"\g<0>{MARK}", " ".join(text.split()).replace("^", "**"))
        self.register, self.declared, self.wanted = register, declared, wanted
        self.remedy = OPERATOR_REMEDY if wanted else SCALAR_REMEDY

    def word(self, symbol: str) -> Any:
        """Read a name: an operator's, a constant's or a parameter's."""
        import sympy as sp

        if (plain := symbol.removesuffix(MARK)) in keyword.kwlist:
            symbol = plain
        if symbol in ("i", "I"):
            return sp.I
        if symbol == "pi":
            return sp.pi
        if symbol in self.functions or symbol in ("transition", "swap"):
            raise self.refuse(f"holds {symbol} without its brackets", f"write {symbol}(...)")
        if self.register is not None:
            operator = self._operator(symbol, self.register)
            if operator is not None:
                return operator
        return sp.Symbol(self._parameter(symbol))

    def _operator(self, symbol: str, register: Register) -> sp.ImmutableMatrix | None:
        if symbol == "Id":
            return register.identity()
        if found := WORD.fullmatch(symbol):
            return self._on(METHODS[found[1]], int(found[2]))
        if found := TRANSITION.fullmatch(symbol):
            return self._on("transition", *map(int, found.groups()))
        if self.wanted and ALIKE.fullmatch(symbol) and symbol not in (self.declared or ()):
            raise self.refuse(
                f"holds {symbol!r}, which is no operator",
                f"{OPERATORS}; a parameter of that name is declared: parameters = [{symbol!r}, "
                "...] at the top of the file",
            )
        return None

    def _sites(self) -> Register:
        if self.register is None:
            raise self.refuse("holds an operator, and there is no register", "write [register]")
        return self.register

    def _on(self, method: str, *numbers: int) -> sp.ImmutableMatrix:
        """An operator of the register; what it refuses is told with the text."""
        try:
            return _site_operator(self._sites(), method, *numbers)
        except ParameterError as error:
            rule, _, remedy = str(error).partition("; ")
            if method in ("x", "y", "z", "plus", "minus"):
                remedy = f"use transition({numbers[0]}, 0, 1), A, C or N"
            if "beyond" in rule:
                remedy = str(error).partition("; ")[2]
            raise type(error)(str(self.refuse(f"is refused: {rule}", remedy))) from None

    def _parameter(self, symbol: str) -> str:
        name = check_name(symbol, self.name)
        if self.declared is not None and name not in self.declared:
            near = get_close_matches(name, self.declared, 1)
            hint = f"did you mean {near[0]!r}?" if near else "add it there, or mend the name"
            raise self.refuse(
                f"holds {name!r}, which is not among parameters = {list(self.declared)}", hint
            )
        return name

    def call(self, function: str, arguments: list[ast.expr]) -> Any:
        """Read a function of a number, or an operator by the numbers of site and states."""
        if self.register is not None and function in ("transition", "swap"):
            numbers = [self._whole(argument, function) for argument in arguments]
            if function == "transition" and len(numbers) == 3:
                return self._on("transition", *numbers)
            if function == "swap" and len(numbers) == 2:
                return self._swap(*numbers)
            wanted = "(site, to, from)" if function == "transition" else "(site, site)"
            raise self.refuse(f"gives {function} {len(numbers)} numbers", f"it takes {wanted}")
        if function not in self.functions or len(arguments) != 1:
            raise self.refuse(f"calls {function}, which is more than this reads")
        value = self.read(arguments[0])
        if is_matrix(value):
            raise self.refuse(
                f"takes {function} of an operator, where a number is wanted",
                "give it an expression in parameters",
            )
        return self._function(function, value)

    def _function(self, function: str, value: sp.Expr) -> sp.Expr:
        import sympy as sp

        if value.has(sp.I) and function != "exp":
            raise self.refuse(
                f"takes {function} of {value}, which is not real", "write phases as exp(i*phi)"
            )
        if value.is_number and abs(value.evalf(5)) > LARGEST_ARGUMENT:
            raise self.refuse(
                f"takes {function} of a number beyond {LARGEST_ARGUMENT}",
                "write the number that is meant",
            )
        return getattr(sp, function)(value)

    def _whole(self, node: ast.expr, function: str) -> int:
        value = self.read(node)
        if is_matrix(value) or not value.is_Integer:
            raise self.refuse(
                f"gives {function} what is no whole number", f"write {function}(1, ...)"
            )
        return int(value)

    def _swap(self, first: int, second: int) -> sp.ImmutableMatrix:
        """Exchange two sites."""
        from sympy import ImmutableMatrix, zeros

        levels, states = self._sites().levels, self._sites().states()
        for site in (first, second):
            if not 1 <= site <= len(levels):
                raise self.refuse(f"names site {site}", f"sites are 1 to {len(levels)}")
        if levels[first - 1] != levels[second - 1]:
            raise self.refuse(
                f"exchanges sites of {levels[first - 1]} and {levels[second - 1]} levels",
                "exchange equal sites",
            )
        place = {state: k for k, state in enumerate(states)}
        matrix = zeros(len(states))
        for k, state in enumerate(states):
            turned = list(state)
            turned[first - 1], turned[second - 1] = state[second - 1], state[first - 1]
            matrix[place[tuple(turned)], k] = 1
        return ImmutableMatrix(matrix)

    def result(self) -> Any:
        """Read the whole text, as :meth:`Reader.result`; refuse what is too long written out."""
        if "#" in self.text:
            raise self.refuse("holds a comment", "write comments outside the quotes")
        found = super().result()
        if _terms(found) > LARGEST_TERMS:
            raise self._too_long()
        return found

    def _too_long(self) -> ParameterError:
        return self.refuse(
            f"has more than {LARGEST_TERMS} terms when it is written out",
            "give names to its parts, or lower powers",
        )

    def _product(self, left: Any, right: Any) -> Any:
        """A product with an operator, if it is not too long."""
        if _terms(left) * _terms(right) > LARGEST_TERMS:
            raise self._too_long()
        return left * right

    def joined(self, op: ast.operator, left: Any, right: Any) -> Any:
        """Join numbers as ever, and operators by sums, products, whole powers."""
        if not (is_matrix(left) or is_matrix(right)):
            return super().joined(op, left, right)
        match op:
            case ast.Add():
                return self._as_operator(left) + self._as_operator(right)
            case ast.Sub():
                return self._as_operator(left) - self._as_operator(right)
            case ast.Mult():
                return self._product(left, right)
            case ast.Div() if not is_matrix(right):
                return super().joined(op, left, right)
            case ast.Pow() if not is_matrix(right) and right.is_Integer:
                if 0 <= right <= LARGEST_OPERATOR_POWER:
                    return reduce(self._product, [left] * int(right), left**0)
        raise self.refuse(
            "divides by an operator, or raises one to what is no whole number from 0 to "
            f"{LARGEST_OPERATOR_POWER}",
            "join operators by + - * and such powers",
        )

    def _as_operator(self, value: Any) -> Any:
        """A number that is added to an operator as that multiple of the identity."""
        if is_matrix(value):
            return value
        if value.free_symbols:
            raise self.refuse(
                f"adds {value}, which holds no operator, to operators",
                f"{OPERATORS}; a constant energy is a multiple of the identity: ({value})*Id",
            )
        return value * self._sites().identity()


@lru_cache(maxsize=64)
def _site_operator(register: Register, method: str, *numbers: int) -> sp.ImmutableMatrix:
    """An operator by what the register calls it: each word occurs many times in a Hamiltonian."""
    found: sp.ImmutableMatrix = getattr(register, method)(*numbers)
    return found


def _terms(value: Any) -> int:
    """How many terms an expression has at most when it is written out; of an operator, an entry."""
    if is_matrix(value):
        return max(map(_terms, value.todok().values()), default=1)
    if not value.args:
        return 1
    if value.is_Add:
        return sum(map(_terms, value.args))
    if value.is_Pow and value.exp.is_Integer and value.exp > 0:
        times = int(value.exp)
        return comb(_terms(value.base) + times - 1, times)
    return prod(map(_terms, value.args))


def is_matrix(value: Any) -> bool:
    """Tell an operator from a number, both as SymPy has them."""
    return bool(getattr(value, "is_Matrix", False))


def read_operator(
    text: str, name: str, register: Register, declared: tuple[str, ...] | None = None
) -> sp.ImmutableMatrix:
    """Read an operator on a register.

    Raises
    ------
    ParameterError, DomainError
        What is no expression, an unknown word, a site or state beyond the register, a Pauli matrix
        of a site of more levels than two; a number.

    Examples
    --------
    >>> read_operator("i*(P1*M1 - M1*P1)", "H", Register(2))
    Matrix([
    [I,  0],
    [0, -I]])
    """
    reader = WordReader(text, name, register, declared, wanted=True)
    found = reader.result()
    if not is_matrix(found):
        raise reader.refuse(
            "holds no operator, and one is wanted", f"{OPERATORS}; the identity is Id"
        )
    return found


def read_scalar(
    text: str,
    name: str,
    register: Register | None = None,
    declared: tuple[str, ...] | None = None,
) -> sp.Expr:
    """Read an expression in parameters; with a register its words are refused, not taken for names.

    Raises
    ------
    ParameterError
        What is no expression; an operator.

    Examples
    --------
    >>> read_scalar("gamma*exp(-0.1/T)", "rate")
    gamma*exp(-1/(10*T))
    """
    reader = WordReader(text, name, register, declared)
    found = reader.result()
    if is_matrix(found):
        raise reader.refuse(
            "is an operator where a number is wanted",
            "give a number or an expression in parameters; words such as X1 and N1 are operators "
            "here, so rename a parameter of that name",
        )
    return found
