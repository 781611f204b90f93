"""Which blocks of the package each test enters: a mark at the beginning of each, at import.

The modules of a traced tree are compiled with a call at the beginning of every function and every
branch, which writes the name of the block to a file the first time it runs.  The files themselves
stay as they are, and a block that has been seen costs one look into a set, where tracing slows
every call of every library.
"""

from __future__ import annotations

import ast
import builtins
import os
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from types import CodeType

MARK = "__symqb_mark__"
BRANCHES = ("body", "orelse", "finalbody")


def block(source: str, line: int) -> str:
    """Name the innermost block around a line: ``f``, ``f#2`` (its second branch) or ``<module>``.

    Examples
    --------
    >>> block("def f(x):\\n    if x:\\n        x = 1\\n    return x\\n", 3)
    'f#1'
    """
    best, least = "<module>", float("inf")
    for name, body in blocks(ast.parse(source)):
        first, last = body[0].lineno, body[-1].end_lineno or body[-1].lineno
        if first <= line <= last and last - first <= least:
            best, least = name, last - first
    return best


def blocks(tree: ast.Module) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Every function's body and every branch in it, each with its name."""
    yield from _inside(tree, "", None)


def _inside(
    node: ast.AST, scope: str, counter: dict[str, int] | None
) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Blocks below a node; the counter numbers branches of the function around it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        name = scope + node.name
        yield name, node.body
        inner, below = f"{name}.<locals>.", {name: 0}
    elif isinstance(node, ast.ClassDef):
        inner, below = f"{scope}{node.name}.", None
    else:
        inner, below = scope, counter
        if counter is not None:
            for branch in BRANCHES:
                body = getattr(node, branch, None)
                if isinstance(body, list) and body:  # a lambda's is an expression
                    (name,) = counter
                    counter[name] += 1
                    yield f"{name}#{counter[name]}", body
    for child in ast.iter_child_nodes(node):
        yield from _inside(child, inner, below)


def marked(source: str, module: str) -> ast.Module:
    """The module with a mark at the beginning of every block."""
    tree = ast.parse(source)
    for name, body in list(blocks(tree)):
        skip = ast.get_docstring(ast.Module(body, [])) is not None
        call = ast.Call(ast.Name(MARK, ast.Load()), [ast.Constant(f"{module}::{name}")], [])
        mark = ast.copy_location(ast.Expr(call), body[0])
        body.insert(int(skip), ast.fix_missing_locations(mark))
    return tree


def install(root: str, file: str) -> None:
    """Compile what is imported from below ``root`` with marks, and append what runs to a file."""
    seen: set[str] = set()
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    plain = SourceFileLoader.get_code

    def mark(name: str) -> None:
        if name not in seen:
            seen.add(name)
            os.write(handle, f"{name}\n".encode())

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        if not path.startswith(root):
            return plain(self, fullname)
        module = path[len(root) :]
        mark(f"{module}::<module>")
        source = self.get_data(path).decode()
        return compile(marked(source, module), path, "exec", dont_inherit=True)

    setattr(builtins, MARK, mark)
    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]
