"""The order of imports is the architecture."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "symqb"
LONGEST_FUNCTION = 60
LONGEST_MODULE = 500
HEAVY = ("matplotlib", "jax", "numba", "xarray", "dask", "typer", "rich", "scipy", "qutip")
CHECKER_LIMIT = 800  # one file on purpose: it is read in one sitting, apart from the rest


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, folder / "symqb", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_imports_follow_the_layers() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout[-3000:]
    assert "1 kept, 0 broken" in result.stdout


def test_an_import_against_the_order_is_seen(copied: Path) -> None:
    planted = copied / "symqb" / "models" / "planted.py"
    planted.write_text("from symqb.derive import phi\n\n__all__ = ['phi']\n")
    try:
        result = lint_imports(copied)
    finally:
        planted.unlink()
    assert result.returncode != 0
    assert "symqb.models.planted -> symqb.derive" in result.stdout


def imported_modules(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {name.split(".")[0] if not name.startswith("symqb") else name for name in found}


def test_the_checker_rests_on_the_standard_library_alone() -> None:
    files = sorted((PACKAGE / "certify").glob("*.py"))
    assert files
    for path in files:
        foreign = {
            name
            for name in imported_modules(path)
            if name not in sys.stdlib_module_names and not name.startswith("symqb.certify")
        }
        assert not foreign, f"{path.name} imports {foreign}"


def long_functions(source: str, limit: int = LONGEST_FUNCTION) -> list[str]:
    return [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and body_length(node) > limit
    ]


def body_length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    skipped = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (node.end_lineno or 0) - node.lineno + 1 - skipped


def test_functions_fit_on_a_screen() -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for path in PACKAGE.rglob("*.py")
        if (names := long_functions(path.read_text()))
    }
    assert not found


def test_a_long_function_is_seen() -> None:
    body = "\n".join(f"    x{k} = {k}" for k in range(LONGEST_FUNCTION + 1))
    assert long_functions(f"def f():\n{body}\n")


def test_modules_have_one_reason_to_exist() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    checker = lengths.pop("symqb/certify/checker.py", 0)
    assert checker <= CHECKER_LIMIT
    assert not {name: n for name, n in lengths.items() if n > LONGEST_MODULE}


def asserts(source: str) -> list[int]:
    return [node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]


def test_no_check_vanishes_under_optimisation() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := asserts(path.read_text()))
    }
    assert not found
    assert asserts("assert True\n") == [1]


def test_importing_symqb_loads_nothing_heavy_but_sympy() -> None:
    code = "import sys, symqb; print(','.join(m for m in sys.argv[1:] if m in sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code, *HEAVY, "sympy"], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "sympy"
