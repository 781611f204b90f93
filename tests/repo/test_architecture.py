"""The order of imports is the architecture."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from benchmarks.house import circles, imports, trees

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "symqb"
LONGEST_FUNCTION = 60
LONGEST_MODULE = 500
HEAVY = (
    "numpy",
    "matplotlib",
    "jax",
    "numba",
    "xarray",
    "dask",
    "typer",
    "rich",
    "scipy",
    "qutip",
    "clarabel",
)
CHECKER_LIMIT = 800  # one file on purpose: it is read in one sitting, apart from the rest


OPTIONS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
LAYERS = OPTIONS["contracts"][0]["layers"]  # the topmost first


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """A project of empty layers under this project's contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for layer in ["", *LAYERS]:
        folder = tmp_path / "symqb" / layer
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    return tmp_path


def test_imports_follow_the_layers() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout[-3000:]
    assert "2 kept, 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "found"),
    [
        (
            "models/planted.py",
            "from symqb.derive import phi",
            "symqb.models.planted -> symqb.derive",
        ),
        ("certify/planted.py", "import numpy", "symqb.certify.planted -> numpy"),
        ("certify/planted.py", "import symqb.models", "symqb.certify.planted -> symqb.models"),
        ("stray.py", "", "symqb.stray"),
    ],
)
def test_an_import_against_the_order_is_seen(
    skeleton: Path, module: str, line: str, found: str
) -> None:
    assert lint_imports(skeleton).returncode == 0
    (skeleton / "symqb" / module).write_text(f"{line}\n")
    result = lint_imports(skeleton)
    assert result.returncode != 0
    assert found in result.stdout, result.stdout[-2000:]


def test_every_folder_of_the_package_is_a_package() -> None:
    """A folder without ``__init__.py`` is invisible to the check of layers."""
    missing = {
        str(path.parent.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    }
    assert not missing


def imports_by_name(layer: str, source: str) -> list[str]:
    """Modules of layers above that a string names, as in ``import_module("symqb.cli")``.

    The check of layers does not see these.  The bare ``"symqb"`` counts where it is imported.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            found += [a.value for a in node.args if getattr(a, "value", None) == "symqb"]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = re.fullmatch(r"symqb\.(\w+)[\w.]*", node.value)
            if name and name[1] in LAYERS and LAYERS.index(name[1]) < LAYERS.index(layer):
                found.append(node.value)
    return found


def test_no_import_by_name_goes_against_the_order() -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for path in PACKAGE.rglob("*.py")
        if (layer := path.relative_to(PACKAGE).parts[0].removesuffix(".py")) in LAYERS
        if (names := imports_by_name(layer, path.read_text()))
    }
    assert not found


@pytest.mark.parametrize("argument", ["symqb", "symqb.battery", "symqb.audit.rows"])
def test_an_import_by_name_against_the_order_is_seen(argument: str) -> None:
    source = f"from importlib import import_module\n\nfound = import_module({argument!r})\n"
    assert imports_by_name("numerics", source) == [argument]
    assert not imports_by_name("numerics", source.replace(argument, "symqb.models.chain"))


def foreign_imports(source: str) -> set[str]:
    """What is imported from neither the standard library nor the checker itself."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return {
        name
        for name in found
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith("symqb.certify")
    }


def test_the_checker_rests_on_the_standard_library_alone() -> None:
    files = sorted((PACKAGE / "certify").rglob("*.py"))
    assert files
    for path in files:
        assert not foreign_imports(path.read_text()), path.name


@pytest.mark.parametrize(
    "line", ["import numpy", "from sympy import S", "from ..models import Chain", "import symqb"]
)
def test_a_foreign_import_in_the_checker_is_seen(line: str) -> None:
    assert foreign_imports(f"import json\n\ndef late():\n    {line}\n")
    assert not foreign_imports("import json\nfrom collections.abc import Mapping\n")


def test_the_checker_runs_with_nothing_else_installed(tmp_path: Path) -> None:
    """Isolated, without site-packages: the plain script answers an empty certificate."""
    certificate = tmp_path / "empty.json"
    certificate.write_text("{}")
    script = PACKAGE / "certify" / "checker.py"
    result = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(certificate)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode in (1, 2)
    assert "Traceback" not in result.stderr
    assert result.stdout + result.stderr


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


def long_modules(root: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in (root / "symqb").rglob("*.py"):
        name = str(path.relative_to(root))
        length = len(path.read_text().splitlines())
        if length > (CHECKER_LIMIT if name == "symqb/certify/checker.py" else LONGEST_MODULE):
            found[name] = length
    return found


def test_modules_have_one_reason_to_exist() -> None:
    assert not long_modules(ROOT)


def test_a_long_module_is_seen(tmp_path: Path) -> None:
    (tmp_path / "symqb" / "certify").mkdir(parents=True)
    (tmp_path / "symqb" / "certify" / "checker.py").write_text("\n" * (CHECKER_LIMIT + 1))
    (tmp_path / "symqb" / "long.py").write_text("\n" * (LONGEST_MODULE + 1))
    (tmp_path / "symqb" / "short.py").write_text("\n" * LONGEST_MODULE)
    assert set(long_modules(tmp_path)) == {"symqb/certify/checker.py", "symqb/long.py"}


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


def test_no_modules_import_each_other_in_circles(tmp_path: Path) -> None:
    """Nor do they inside functions, or for type checkers only."""
    assert circles(imports(trees(ROOT / "symqb"))) == []
    package = tmp_path / "symqb"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "a.py").write_text("from symqb.b import x\n")
    (package / "b.py").write_text("def f():\n    from symqb import a\n    return a\n")
    assert circles(imports(trees(package))) == [["symqb.a", "symqb.b"]]
