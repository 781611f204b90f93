"""``python -m benchmarks.house``: count what the design wants few of, in any copy of the package.

Lines by folder; functions and files that one evaluation and one emission run through; the share of
``Any`` in signatures; circles of imports, those inside functions and under ``TYPE_CHECKING``
included; the longest function and module; pairs of places that are written alike.  ``--root`` names
another copy to count, such as that of an older commit, so that a change is told in figures.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
Function = ast.FunctionDef | ast.AsyncFunctionDef

ALIKE = 5
"""Consecutive statements, names and numbers apart, that make two places look alike."""

WALK = """
import json, sys
import symqb
seen, checks = set(), 0
root = symqb.__file__.rsplit("/", 1)[0]
def profile(frame, event, arg):
    global checks
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(root):
        seen.add((code.co_filename, code.co_qualname, code.co_firstlineno))
        checks += code.co_name in ("_check_step", "take")
battery = symqb.xxz_battery(2)
point = dict(J=1.0, Delta=0.5, B0=2.0, epsilon=0.3, T_L=1.0, T_R=2.0)
def walk():
    {call}
sys.setprofile(profile)
walk()
sys.setprofile(None)
seen = {s for s in seen if s[1] not in ("<lambda>", "<listcomp>", "<genexpr>", "<dictcomp>",
                                        "<setcomp>", "<module>")}
print(json.dumps([len(seen), len({s[0] for s in seen}), checks]))
"""
CALLS = {
    "evaluate, two spins": "battery.evaluate(**point)",
    'emit("c"), two spins': 'battery.emit("c")',
}


def trees(package: Path) -> dict[str, ast.Module]:
    """Every module's syntax tree by its dotted name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text())
    return found


def lines_by_folder(package: Path) -> dict[str, int]:
    """Lines of Python under each folder of the package."""
    counts: Counter[str] = Counter()
    for path in package.rglob("*.py"):
        inside = path.relative_to(package).parts
        counts[inside[0] if len(inside) > 1 else "."] += len(path.read_text().splitlines())
    return dict(sorted(counts.items())) | {"all": sum(counts.values())}


def walks(root: Path) -> dict[str, list[int]]:
    """Functions and files run through, and steps checked, each walk in a fresh process."""
    found = {}
    for title, call in CALLS.items():
        done = subprocess.run(
            [sys.executable, "-c", WALK.replace("{call}", call)],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
        found[title] = json.loads(done.stdout.splitlines()[-1])
    return found


def signatures(tree: ast.Module) -> Iterator[tuple[bool, list[ast.expr]]]:
    """Whether each function is public, and its annotations."""

    def visit(node: ast.AST, public: bool) -> Iterator[tuple[bool, list[ast.expr]]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function | ast.ClassDef):
                shown = public and not child.name.startswith("_")
                if isinstance(child, Function):
                    spec = child.args
                    every = [
                        *spec.posonlyargs,
                        *spec.args,
                        *spec.kwonlyargs,
                        spec.vararg,
                        spec.kwarg,
                    ]
                    given = [a.annotation for a in every if a is not None]
                    yield shown, [x for x in [*given, child.returns] if x is not None]
                    shown = False
                yield from visit(child, shown)

    yield from visit(tree, True)


def any_share(modules: Mapping[str, ast.Module]) -> dict[str, str]:
    """How many annotations of signatures speak of ``Any``, public ones and those inside."""
    counts: dict[bool, Counter[str]] = defaultdict(Counter)
    for tree in modules.values():
        for public, given in signatures(tree):
            for annotation in given:
                named = any(isinstance(n, ast.Name) and n.id == "Any" for n in ast.walk(annotation))
                counts[public]["any" if named else "other"] += 1
    return {
        title: f"{c['any']} of {c.total()} ({100 * c['any'] / c.total():.1f} %)"
        for title, c in (("public", counts[True]), ("inside", counts[False]))
    }


def imports(modules: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """Module to the modules of the package it imports, wherever the import stands."""
    found: dict[str, set[str]] = {name: set() for name in modules}
    for name, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found[name] |= {a.name for a in node.names if a.name in modules}
            elif isinstance(node, ast.ImportFrom) and node.module in modules:
                whole = {f"{node.module}.{a.name}" for a in node.names}
                found[name] |= whole & modules.keys() or {str(node.module)}
    return found


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Sets of modules that import each other in circles."""

    def reached(start: str) -> set[str]:
        seen, left = set[str](), [start]
        while left:
            for other in graph[left.pop()] - seen:
                seen.add(other)
                left.append(other)
        return seen

    reach = {name: reached(name) for name in graph}
    groups = {
        frozenset(other for other in reach[name] if name in reach[other])
        for name in graph
        if name in reach[name]
    }
    return sorted(sorted(group) for group in groups if len(group) > 1)


def longest(modules: Mapping[str, ast.Module]) -> dict[str, str]:
    """The longest function and the longest module."""
    functions = [
        ((node.end_lineno or 0) - node.lineno + 1, f"{name}.{node.name}")
        for name, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, Function)
    ]
    sizes = [
        (max((getattr(n, "end_lineno", 0) or 0 for n in tree.body), default=0), name)
        for name, tree in modules.items()
    ]
    return {
        title: f"{size} lines, {name}"
        for title, (size, name) in (("function", max(functions)), ("module", max(sizes)))
    }


class _Blank(ast.NodeTransformer):
    """Takes names and constants out of a statement."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Name("x", node.ctx), node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.copy_location(ast.Constant(0), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = "a"
        return node


def look_alikes(modules: Mapping[str, ast.Module]) -> int:
    """Pairs of places with :data:`ALIKE` statements on end that differ in names only."""
    places: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for name, tree in modules.items():
        blank = _Blank()
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if not isinstance(body, list) or isinstance(node, ast.Module | ast.ClassDef):
                continue
            shapes = [
                ast.dump(blank.visit(ast.parse(ast.unparse(statement)))) for statement in body
            ]
            for k in range(len(shapes) - ALIKE + 1):
                places["\n".join(shapes[k : k + ALIKE])].add((name, body[k].lineno))
    return sum(1 for found in places.values() for _ in combinations(found, 2))


def count(root: Path) -> dict[str, Any]:
    """Every count of a copy of the repository."""
    package = root / "symqb"
    modules = trees(package)
    found = circles(imports(modules))
    return {
        "lines": lines_by_folder(package),
        "functions, files, steps checked": walks(root),
        "annotations with Any": any_share(modules),
        "circles of imports": [len(group) for group in found],
        "in circles": [", ".join(group) for group in found],
        "longest": longest(modules),
        "pairs of places alike": look_alikes(modules),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.house", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="another copy to count")
    print(json.dumps(count(parser.parse_args().root.resolve()), indent=2))


if __name__ == "__main__":
    main()
