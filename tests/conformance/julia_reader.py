"""Reads and runs as much of Julia as the emitted modules are written in.

No Julia can be had from the registries these tests install from.  This reader knows nothing of what
printed the text; what it does not know, it refuses.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

TOKEN = re.compile(
    r"""(?P<space>[ \t]+|\#[^\n]*)|(?P<doc>\"\"\".*?\"\"\")|(?P<string>"(?:\\.|[^"\\])*")
    |(?P<number>\d[\d.]*(?:e[+-]?\d+)?)|(?P<name>[^\W\d]\w*)|(?P<line>\n)
    |(?P<op>===|\.\.\.|\|\||&&|=>|->|<=|>=|==|!=|[-+*/<>=!?:,;(){}\[\]])""",
    re.VERBOSE | re.DOTALL,
)
LEVELS = (
    ("||",),
    ("&&",),
    ("in", "isa", "<", "<=", ">", ">=", "==", "===", "!="),
    ("+", "-"),
    ("*", "/"),
)


class JuliaError(ArithmeticError):
    """What the module throws."""


class Return(Exception):
    """A function's value."""


class Fields(dict[str, Any]):
    """The names a function sees: its own, then those of the module."""

    def __init__(self, outer: Mapping[str, Any]) -> None:
        self.outer = outer

    def __missing__(self, name: str) -> Any:
        return self.outer[name]


Node = Callable[[dict[str, Any]], Any]


def divide(a: float, b: float) -> float:
    if b == 0:
        sign = math.copysign(1, a) * math.copysign(1, b)
        return math.nan if a == 0 or a != a else math.copysign(math.inf, sign)
    return a / b


def log(x: float) -> float:
    if x < 0:
        raise JuliaError("log of a negative number")
    return math.log(x) if x else -math.inf


def sqrt(x: float) -> float:
    if x < 0:
        raise JuliaError("sqrt of a negative number")
    return math.sqrt(x)


def throw(error: str) -> None:
    raise JuliaError(error)


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divide,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "===": lambda a, b: a is b,
    "in": lambda a, b: a in b,
    "isa": isinstance,
}

BASE: dict[str, Any] = {
    "NaN": math.nan,
    "nothing": None,
    "Real": float,
    "abs": abs,
    "sqrt": sqrt,
    "log": log,
    "expm1": lambda x: math.expm1(x) if x < 709.782712893384 else math.inf,
    "ifelse": lambda c, x, y: x if c else y,
    "isfinite": math.isfinite,
    "isnan": math.isnan,
    "ArgumentError": str,
    "throw": throw,
    "String": str,
    "Float64": float,
    "Dict": dict,
    "get!": lambda d, key, value: d.setdefault(key, value),
    "haskey": lambda d, key: key in d,
    "keys": list,
    "zip": lambda *lists: zip(*lists, strict=True),
    "startswith": str.startswith,
    "all": lambda f, values: all(map(f, values if isinstance(values, list) else [values])),
}


class Reader:
    """A recursive descent over the tokens; each rule returns what runs the text it has read."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        place = depth = 0
        while place < len(text):
            match = TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                raise SyntaxError(text[place : place + 40])
            kind, place = match.lastgroup, match.end()
            token = match[0]
            depth += (token in {"(", "[", "{"}) - (token in {")", "]", "}"})
            if kind == "name" and text[place : place + 2] == "!(":
                token, place = f"{token}!", place + 1
            last = self.tokens[-1][1] if self.tokens else "\n"
            if kind in {"space", "doc"} or (
                kind == "line" and (depth or last in {"\n", "||", "&&", ","})
            ):
                continue
            self.tokens.append((kind, token))
        self.tokens.append(("line", "\n"))
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        kind, token = self.tokens[self.at]
        if wanted and token not in wanted and kind not in wanted:
            raise SyntaxError(f"{token!r} where {wanted} was to come")
        self.at += 1
        return token

    def skip(self, token: str) -> bool:
        found = self.peek() == token
        self.at += found
        return found

    # statements

    def block(self) -> Node:
        body: list[Node] = []
        while not self.skip("end"):
            if self.skip("\n"):
                continue
            body.append(self.statement())

        def run(names: dict[str, Any]) -> None:
            for step in body:
                step(names)

        return run

    def statement(self) -> Node:
        if self.skip("module"):
            self.take("name")
            return self.block()
        if self.skip("export"):
            while self.take() != "\n":
                pass
            return lambda names: None
        if self.skip("function"):
            return self.definition(self.take("name"))
        if self.skip("for"):
            return self.loop()
        if self.skip("return"):
            value = self.several()

            def give(names: dict[str, Any]) -> None:
                raise Return(value(names))

            return give
        self.skip("const")
        return self.assignment()

    def assignment(self) -> Node:
        start = self.at
        kinds = [kind for kind, _ in self.tokens[start : start + 2]]
        texts = [token for _, token in self.tokens[start : start + 2]]
        if kinds[0] == "name" and texts[1] in {"=", ","}:
            targets = [self.take("name")]
            while self.skip(","):
                targets.append(self.take("name"))
            self.take("=")
            value = self.several()

            def put(names: dict[str, Any]) -> None:
                found = value(names)
                names.update(
                    zip(targets, found, strict=True) if targets[1:] else {targets[0]: found}
                )

            return put
        if kinds[0] == "name" and texts[1] == "(" and self._defines(start):
            return self.definition(self.take("name"))
        return self.expression()

    def _defines(self, start: int) -> bool:
        close = next(k for k in range(start, len(self.tokens)) if self.tokens[k][1] == ")")
        return self.tokens[close + 1][1] == "="

    def definition(self, name: str) -> Node:
        self.take("(")
        keywords, args = self.skip(";"), []
        while not self.skip(")"):
            args.append(self.take("name"))
            self.skip("...")
            self.skip(",")
        body = self.expression() if self.skip("=") else self.block()

        def define(names: dict[str, Any]) -> None:
            def call(*given: Any, **options: Any) -> Any:
                own = Fields(names)
                own.update({args[0]: options} if keywords else zip(args, given, strict=True))
                try:
                    return body(own)
                except Return as done:
                    return done.args[0]

            names[name] = call

        return define

    def targets(self) -> list[str]:
        if not self.skip("("):
            return [self.take("name")]
        names = [self.take("name")]
        while self.skip(","):
            names.append(self.take("name"))
        self.take(")")
        return names

    def loop(self) -> Node:
        names_, over = self.targets(), self.take("in") and self.expression()
        body = self.block()

        def run(names: dict[str, Any]) -> None:
            for item in _items(over(names)):
                names.update(_bound(names_, item))
                body(names)

        return run

    # expressions

    def several(self) -> Node:
        parts = [self.expression()]
        while self.skip(","):
            parts.append(self.expression())
        return parts[0] if not parts[1:] else lambda names: [part(names) for part in parts]

    def expression(self) -> Node:
        if self.tokens[self.at][0] == "name" and self.tokens[self.at + 1][1] == "->":
            name = self.take("name")
            self.take("->")
            inner = self.expression()
            return lambda names: lambda value: inner({**_flat(names), name: value})
        first = self.binary(0)
        if self.skip("?"):
            one = self.expression()
            self.take(":")
            other = self.expression()
            return lambda names: one(names) if first(names) else other(names)
        if self.skip("=>"):
            second = self.expression()
            return lambda names: (first(names), second(names))
        return first

    def binary(self, level: int) -> Node:
        if level == len(LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.peek() in LEVELS[level]:
            left = _joined(self.take(), left, self.binary(level + 1))
        return left

    def unary(self) -> Node:
        if self.skip("-"):
            inner = self.unary()
            return lambda names: -inner(names)
        if self.skip("!"):
            inner = self.unary()
            return lambda names: not inner(names)
        return self.postfix()

    def postfix(self) -> Node:
        kind, token = self.tokens[self.at]
        if self.skip("("):
            bracketed = self.generated(")")
            return lambda names: bracketed(names)[0]
        if kind == "string":
            return self.string(self.take())
        if kind == "number":
            self.take()
            value = float(token) if re.search(r"[.e]", token) else int(token)
            return lambda names: value
        name = self.take("name")
        if self.skip("{"):
            while self.take() != "}":
                pass
        if self.skip("["):
            inside = self.generated("]")
            if name in {"Any", "Float64", "Int", "String"}:
                return inside
            return lambda names: names[name][inside(names)[0]]
        if not self.skip("("):
            return lambda names: names[name]
        given = self.generated(")")
        return lambda names: names[name](*given(names))

    def generated(self, close: str) -> Node:
        """A list up to a bracket, or a generator; ``...`` spreads the one argument there is."""
        if self.skip(close):
            return lambda names: []
        parts = [self.expression()]
        if self.skip("for"):
            targets = self.targets()
            over = self.take("in") and self.expression()
            self.take(close)
            return lambda names: [
                [
                    parts[0]({**_flat(names), **_bound(targets, item)})
                    for item in _items(over(names))
                ]
            ]
        if self.skip("..."):
            self.take(close)
            return lambda names: list(parts[0](names))
        while self.skip(","):
            parts.append(self.expression())
        self.take(close)
        return lambda names: [part(names) for part in parts]

    def string(self, token: str) -> Node:
        pieces = re.split(r"(?<!\\)\$(\w+)", token[1:-1])
        plain = [json.loads(f'"{piece.replace(chr(92) + "$", "$")}"') for piece in pieces[::2]]
        holes = pieces[1::2]

        def text(names: dict[str, Any]) -> str:
            filled = [str(names[name]) for name in holes]
            return "".join(a + b for a, b in zip(plain, [*filled, ""], strict=True))

        return text


def _flat(names: dict[str, Any]) -> dict[str, Any]:
    outer = _flat(names.outer) if isinstance(names, Fields) else {}  # type: ignore[arg-type]
    return {**outer, **names}


def _items(values: Any) -> Any:
    return values.items() if isinstance(values, dict) else values


def _bound(targets: list[str], item: Any) -> dict[str, Any]:
    return dict(zip(targets, item if targets[1:] else [item], strict=True))


def _joined(op: str, left: Node, right: Node) -> Node:
    if op == "&&":
        return lambda names: left(names) and right(names)
    if op == "||":
        return lambda names: left(names) or right(names)
    return lambda names: BINARY[op](left(names), right(names))


def julia_module(text: str) -> dict[str, Any]:
    """Everything a module defines, its functions to be called with keywords."""
    reader = Reader(text)
    names: dict[str, Any] = dict(BASE)
    while reader.at < len(reader.tokens):
        if not reader.skip("\n"):
            reader.statement()(names)
    return names
