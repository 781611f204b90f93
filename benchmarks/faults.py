"""Single-place faults in Python source: where one can be planted, and the text with it planted.

Faults are those a person makes: an operator or a comparison for another, a bound off by one, a
constant changed, a condition negated or left out, arguments or branches exchanged, a term or a
statement dropped.  What changes no number is left alone: docstrings, annotations, messages of
errors, imports, decorators, ``strict=`` and ``__repr__``.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
PAIRS = ("min max", "minimum maximum", "any all", "argmin argmax", "floor ceil", "upper lower")
EXCHANGED = {x: y for pair in PAIRS for x, y in (pair.split(), pair.split()[::-1])}
UNORDERED = {"zip", "isinstance", "cast", "min", "max", "minimum", "maximum"}
DROPPED = (ast.Add, ast.Sub, ast.Mult, ast.Div)
UNSEEN = {"__repr__", "__str__", "_repr_html_", "__all__"}


@dataclass(frozen=True)
class Fault:
    """One place of one module and what stands there instead.

    Attributes
    ----------
    module : str
        The file, from the root of the tree.
    function : str
        Qualified name of the innermost function around the place; empty outside of any.
    line, begin, end : int
        The line, and the bytes of the file that are replaced.
    kind, before, after : str
        What sort of fault it is, and the two texts.
    """

    module: str
    function: str
    line: int
    kind: str
    begin: int
    end: int
    before: str
    after: str
    occurrence: int = 0

    @property
    def id(self) -> str:
        """Ten hexadecimal digits that stay when other functions of the module change."""
        parts = (self.module, self.function, self.kind, self.before, self.after, self.occurrence)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:10]

    def planted(self, source: str) -> str:
        """The module's text with the fault in it."""
        data = source.encode()
        return (data[: self.begin] + self.after.encode() + data[self.end :]).decode()


def faults(source: str, module: str = "") -> list[Fault]:
    """Every fault that can be planted in a module, in the order of its text.

    Examples
    --------
    >>> for fault in faults("def f(a, b):\\n    return a - b\\n"):
    ...     print(fault.kind, "->", fault.after)
    operator -> (a + b)
    term dropped -> (a)
    term dropped -> (b)
    """
    finder = _Finder(source, module)
    finder.visit(ast.parse(source))
    counts: dict[tuple[str, ...], int] = {}
    numbered = []
    for fault in finder.found:
        key = (fault.function, fault.kind, fault.before, fault.after)
        counts[key] = counts.get(key, -1) + 1
        numbered.append(Fault(**{**vars(fault), "occurrence": counts[key]}))
    return numbered


class _Finder(ast.NodeVisitor):
    """Walks over a module and notes what could be wrong at each node."""

    def __init__(self, source: str, module: str) -> None:
        self.module, self.found = module, list[Fault]()
        self._data = source.encode()
        self._starts = [0]
        for line in self._data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._scope: list[str] = []
        self._functions: list[str] = [""]

    # what is walked into

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt | ast.expr):
            for kind, after in _changed(node):
                self._note(node, kind, after)
        super().visit(node)

    def _scoped(self, node: ast.FunctionDef | ast.ClassDef, *, function: bool) -> None:
        if node.name in UNSEEN:
            return
        self._scope.append(node.name)
        if function:
            self._functions.append(".".join(self._scope))
            self._scope.append("<locals>")
        for statement in node.body:
            self.visit(statement)
        if function:
            self._scope.pop()
            self._functions.pop()
        self._scope.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(default)
        self._scoped(node, function=True)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scoped(node, function=False)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        named = {target.id for target in node.targets if isinstance(target, ast.Name)}
        alias = not self._scope and isinstance(node.value, ast.Subscript | ast.BinOp)
        if not (named & UNSEEN or (alias and _is_type(node.value))):
            self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        if "TYPE_CHECKING" in ast.dump(node.test):
            return
        self._note(node.test, "negation", f"(not ({ast.unparse(node.test)}))")
        for always in ("True", "False"):
            self._note(node.test, "branch", always)
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in {"strict", "dtype"}:
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in {"isinstance", "cast", "TypeVar"}:
            return
        self.generic_visit(node)

    def _leave(self, node: ast.AST) -> None:
        """Nothing inside changes a number: texts of errors, f-strings, imports."""

    visit_Raise = visit_JoinedStr = visit_Import = visit_ImportFrom = _leave

    # what is noted

    def _note(self, node: ast.stmt | ast.expr, kind: str, after: str) -> None:
        begin = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        before = self._data[begin:end].decode()
        fault = Fault(
            self.module, self._functions[-1], node.lineno, kind, begin, end, before, after
        )
        self.found.append(fault)


def _is_type(node: ast.expr) -> bool:
    """Whether an assignment outside of functions names a type."""
    return any(isinstance(part, ast.BitOr | ast.Subscript) for part in ast.walk(node))


def _changed(node: ast.stmt | ast.expr) -> Iterator[tuple[str, str]]:
    """Kinds of fault at one node, and the text in its place."""
    if isinstance(node, ast.stmt):
        yield from _statement(node)
    else:
        for kind, other in _expression(node):
            yield kind, f"({ast.unparse(other)})"


def _statement(node: ast.stmt) -> Iterator[tuple[str, str]]:
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if called or isinstance(node, ast.AugAssign | ast.Raise | ast.Continue | ast.Break):
        yield "statement dropped", "pass"
    if isinstance(node, ast.AugAssign):
        other = ARITHMETIC.get(type(node.op))
        if other is not None:
            yield "operator", ast.unparse(ast.AugAssign(node.target, other(), node.value))


def _expression(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.BinOp):
        yield from _binary(node)
    elif isinstance(node, ast.Compare):
        yield from _comparison(node)
    elif isinstance(node, ast.BoolOp):
        yield (
            "and, or",
            ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values),
        )
        for k in range(len(node.values)):
            rest = node.values[:k] + node.values[k + 1 :]
            yield "condition dropped", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield ("sign" if isinstance(node.op, ast.USub) else "negation"), node.operand
    elif isinstance(node, ast.IfExp):
        yield "branch", node.body
        yield "branch", node.orelse
        yield "negation", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        yield from _comprehension(node)


def _binary(node: ast.BinOp) -> Iterator[tuple[str, ast.expr]]:
    text = any(
        isinstance(x, ast.Constant) and isinstance(x.value, str) for x in (node.left, node.right)
    )
    if text or isinstance(node.left, ast.JoinedStr):
        return
    other = ARITHMETIC.get(type(node.op))
    if other is not None:
        yield "operator", ast.BinOp(node.left, other(), node.right)
    if isinstance(node.op, DROPPED):
        yield "term dropped", node.left
        yield "term dropped", node.right


def _comparison(node: ast.Compare) -> Iterator[tuple[str, ast.expr]]:
    for k, operator in enumerate(node.ops):
        for kind, table in (("off by one", BOUNDARY), ("comparison", FLIPPED)):
            if type(operator) in table:
                ops = [*node.ops[:k], table[type(operator)](), *node.ops[k + 1 :]]
                yield kind, ast.Compare(node.left, ops, node.comparators)


def _constant(node: ast.Constant) -> Iterator[tuple[str, ast.expr]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int):
        yield "constant", ast.Constant(value + 1)
        yield "constant", ast.Constant(value - 1 if value else 2)
    elif isinstance(value, float):
        yield "constant", ast.Constant(2 * value if value else 1.0)
        yield "constant", ast.Constant(value / 1024 if value else -1.0)
    elif isinstance(value, str) and value in EXCHANGED:
        yield "extreme", ast.Constant(EXCHANGED[value])


def _call(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in EXCHANGED:
        function = copy.copy(node.func)
        setattr(function, "attr" if isinstance(function, ast.Attribute) else "id", EXCHANGED[name])
        yield "extreme", ast.Call(function, node.args, node.keywords)
    if name in {"abs", "absolute", "fabs"} and len(node.args) == 1:
        yield "sign", node.args[0]
    if name in UNORDERED or any(isinstance(arg, ast.Starred) for arg in node.args):
        return
    for k, (one, two) in enumerate(pairwise(node.args)):
        if ast.dump(one) != ast.dump(two):
            swapped = [*node.args[:k], two, one, *node.args[k + 2 :]]
            yield "arguments", ast.Call(node.func, swapped, node.keywords)


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
) -> Iterator[tuple[str, ast.expr]]:
    for k, generator in enumerate(node.generators):
        for j, condition in enumerate(generator.ifs):
            rest = [*generator.ifs[:j], *generator.ifs[j + 1 :]]
            for kind, ifs in (
                ("condition dropped", rest),
                ("negation", [*rest, ast.UnaryOp(ast.Not(), condition)]),
            ):
                other = copy.deepcopy(node)
                other.generators[k].ifs = ifs
                yield kind, other
