"""One statement, two readings: text for Coq and numbers for Python.

A statement is written once, in Python's expression syntax.  `to_coq` prints it for Coq;
`evaluate` computes its hypotheses and its conclusion at given numbers.  The shipped proofs are
compared with the first by Coq itself, and the second is tested against steady states, so neither
side can drift away from the other.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_COQ_NAMES = {"abs": "Rabs"}
_BINARY: dict[type[ast.AST], tuple[str, int]] = {
    ast.Add: ("+", 50),
    ast.Sub: ("-", 50),
    ast.Mult: ("*", 40),
    ast.Div: ("/", 40),
    ast.Pow: ("^", 30),
}
_COMPARE: dict[type[ast.AST], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Eq: "="}
_ATOM = 0


@dataclass(frozen=True)
class Let:
    """A local definition: ``name(arguments) = body``, real-valued or a proposition."""

    name: str
    body: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spelled:
    """A statement spelled out on plain reals.

    Attributes
    ----------
    variables : tuple of str
        The universally quantified reals.
    domain : tuple of str
        Hypotheses on them alone.
    lets : tuple of Let
        Local definitions, each using what stands above it.
    premises : tuple of str
        Hypotheses that use the definitions.
    conclusion : str
        What follows; parts joined by ``and``.
    """

    variables: tuple[str, ...]
    domain: tuple[str, ...]
    lets: tuple[Let, ...]
    premises: tuple[str, ...]
    conclusion: str

    def to_coq(self) -> str:
        """The statement as Coq reads it.

        Examples
        --------
        >>> print(Spelled(("x",), ("0 < x",), (Let("y", "-x / 2"),), (), "y < 0").to_coq())
        forall x : R,
          0 < x ->
          let y := - x / 2 in
          y < 0
        """
        lines = [f"forall {' '.join(self.variables)} : R,"] if self.variables else []
        lines += [f"  {to_coq(part)} ->" for part in self.domain]
        lines += [f"  {_let_to_coq(let)}" for let in self.lets]
        lines += [f"  {to_coq(part)} ->" for part in self.premises]
        parts = _conjuncts(self.conclusion)
        lines += [f"  {part}" for part in " /\\\n".join(parts).split("\n")]
        return "\n".join(lines)

    def evaluate(self, values: Mapping[str, float]) -> dict[str, object]:
        """Every name, hypothesis and part of the conclusion at these numbers.

        Parameters
        ----------
        values : mapping
            A number for each variable.  An equality holds if it does to 1e-9.

        Returns
        -------
        dict
            The local definitions by name; ``"domain"`` and ``"premises"``, the truth of each
            hypothesis; ``"conclusion"``, its truth.

        Raises
        ------
        TypeError
            The statement has a quantifier inside; numbers cannot decide it.
        """
        scope: dict[str, Any] = {**_PYTHON, **values}
        for let in self.lets:
            scope[let.name] = _python_let(let, scope)

        def truths(parts: tuple[str, ...]) -> tuple[bool, ...]:
            return tuple(bool(_value(part, scope)) for part in parts)

        return {
            **{let.name: scope[let.name] for let in self.lets},
            "domain": truths(self.domain),
            "premises": truths(self.premises),
            "conclusion": truths((self.conclusion,))[0],
        }


def to_coq(text: str) -> str:
    """An expression of Python's syntax as Coq writes it.

    Parameters
    ----------
    text : str
        Numbers, names, ``+ - * / **``, calls, ``< <= ==``, ``and``, ``implies(a, b)``,
        ``forall(x, y, body)``, ``exists(x, y, body)``.

    Raises
    ------
    ValueError
        Anything else stands in it.

    Examples
    --------
    >>> to_coq("kappa * w / 2 * (1 + n_L(w))")
    'kappa * w / 2 * (1 + n_L w)'
    >>> to_coq("implies(E1 < E3, p3 < p1)")
    '(E1 < E3 -> p3 < p1)'
    """
    return _print(ast.parse(text, mode="eval").body)[0]


def _let_to_coq(let: Let) -> str:
    arguments = f" ({' '.join(let.arguments)} : R)" if let.arguments else ""
    head, body = f"let {let.name}{arguments} :=", _conjuncts(let.body)
    if len(body) == 1:
        return f"{head} {body[0]} in"
    inner = " /\\\n    ".join(body)
    return f"{head}\n    {inner} in"


def _conjuncts(text: str) -> list[str]:
    node = ast.parse(text, mode="eval").body
    parts = node.values if isinstance(node, ast.BoolOp) else [node]
    return [_print(part)[0] for part in parts]


def _inner(node: ast.expr, level: int) -> str:
    text, own = _print(node)
    return text if own <= level else f"({text})"


def _print(node: ast.expr) -> tuple[str, int]:
    """Coq's text and its level (Coq's own numbers: the higher, the looser)."""
    match node:
        case ast.Constant(value=int() as number):
            return str(number), _ATOM
        case ast.Name(id=name):
            return _COQ_NAMES.get(name, name), _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return f"-{number}", 35
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"- {_inner(operand, 30)}", 35
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            sign, level = _BINARY[type(op)]
            if level == 30:
                return f"{_inner(left, 29)} ^ {_inner(right, _ATOM)}", 30
            return f"{_inner(left, level)} {sign} {_inner(right, level - 1)}", level
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return f"{_inner(left, 50)} {_COMPARE[type(op)]} {_inner(right, 50)}", 70
        case ast.BoolOp(op=ast.And(), values=values):
            return " /\\ ".join(_inner(value, 79) for value in values), 80
        case ast.Call(func=ast.Name(id="implies"), args=[condition, result]):
            return f"({_inner(condition, 80)} -> {_print(result)[0]})", _ATOM
        case ast.Call(func=ast.Name(id=("forall" | "exists") as word), args=[*names, body]):
            bound = " ".join(_print(name)[0] for name in names)
            return f"({word} {bound} : R, {_print(body)[0]})", _ATOM
        case ast.Call(func=function, args=arguments, keywords=[]):
            listed = " ".join(_inner(argument, _ATOM) for argument in arguments)
            return f"{_print(function)[0]} {listed}", 10
    raise ValueError(
        f"{ast.unparse(node)!r} is outside the language of statements; "
        "write it with + - * / **, calls, comparisons, and, implies, forall, exists"
    )


def _python_let(let: Let, scope: dict[str, Any]) -> Any:
    if not let.arguments:
        return _value(let.body, scope)

    def function(*numbers: float) -> Any:
        return _value(let.body, {**scope, **dict(zip(let.arguments, numbers, strict=True))})

    return function


def _value(text: str, scope: dict[str, Any]) -> Any:
    if re.search(r"\b(forall|exists)\(", text):
        raise TypeError(f"numbers cannot decide a statement with a quantifier inside: {text!r}")
    tree = ast.fix_missing_locations(_Equalities().visit(ast.parse(text, mode="eval")))
    return eval(compile(tree, "<statement>", "eval"), {"__builtins__": {}}, scope)


class _Equalities(ast.NodeTransformer):
    """``a == b`` becomes ``equal(a, b)``: floats meet an equation to rounding only."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.ops[0], ast.Eq):
            return node
        name = ast.Name(id="equal", ctx=ast.Load())
        return ast.Call(func=name, args=[node.left, node.comparators[0]], keywords=[])


def _equal(left: float, right: float) -> bool:
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)


def _implies(condition: bool, result: bool) -> bool:
    return not condition or result


def _exp(number: float) -> float:
    try:
        return math.exp(number)
    except OverflowError:
        return math.inf


_PYTHON: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "exp": _exp,
    "equal": _equal,
    "implies": _implies,
}
