"""What is public is documented, typed and importable."""

from __future__ import annotations

import ast
import doctest
import functools
import importlib
import importlib.metadata
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import symqb

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"[a-z0-9-]+==[0-9][A-Za-z0-9.]*")
PACKAGE = ROOT / "symqb"
LAYERS = ["symqb", *sorted(f"symqb.{path.parent.name}" for path in PACKAGE.glob("*/__init__.py"))]
# written apart so that this file does not name what it looks for
MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w.])/(?:work|root)/",
            r"(?<![\w.])/(?:home|Users|tmp)/\w",
            r"\bpypi[.]org|python[h]osted|npm[j]s|conda[.]anaconda|deb[.]debian",
            r"--(?:extra-)?index-[u]rl",
        ]
    )
)


def own_doc(value: object) -> str:
    """The docstring an object has itself, not one inherited from its class or base."""
    return getattr(value, "__doc__", None) or ""


def undocumented(name: str, value: object, *, methods: bool) -> list[str]:
    """Classes and functions without a docstring, and with ``methods`` their public methods."""
    if not (inspect.isclass(value) or callable(value)):
        return []
    found = [] if own_doc(value).strip() else [name]
    if methods and inspect.isclass(value):
        for key, member in vars(value).items():
            described = inspect.isfunction(member) or isinstance(
                member, property | classmethod | staticmethod | functools.cached_property
            )
            if described and not key.startswith("_") and not own_doc(member).strip():
                found.append(f"{name}.{key}")
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_every_export_is_documented(layer: str) -> None:
    module = importlib.import_module(layer)
    assert own_doc(module).strip(), f"{layer} does not say what it is for"
    assert module.__all__
    assert len(set(module.__all__)) == len(module.__all__)
    missing = [
        gap
        for name in module.__all__
        for gap in undocumented(name, getattr(module, name), methods=layer == "symqb")
    ]
    assert not missing


def test_a_missing_docstring_is_seen() -> None:
    class Documented:
        """Something."""

        def method(self) -> None: ...

        @property
        def value(self) -> int:
            return 1

    class Inheriting(Documented): ...

    assert undocumented("x", Documented, methods=True) == ["x.method", "x.value"]
    assert undocumented("x", Documented, methods=False) == []
    assert undocumented("x", Inheriting, methods=False) == ["x"]
    assert undocumented("x", lambda: None, methods=False) == ["x"]


def exported_functions() -> list[str]:
    """What a user calls: exported functions and classes that are not errors."""
    return [
        name
        for name in symqb.__all__
        if callable(value := getattr(symqb, name))
        and not (inspect.isclass(value) and issubclass(value, Exception))
    ]


@pytest.mark.parametrize("name", exported_functions())
def test_every_export_shows_an_example(name: str) -> None:
    value = getattr(symqb, name)
    members = vars(value).values() if inspect.isclass(value) else ()
    assert any(">>> " in own_doc(item) for item in (value, *members))


def examples(path: Path) -> int:
    """How many examples the docstrings of a module hold, found without importing it."""
    parser = doctest.DocTestParser()
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return sum(
        len(parser.get_examples(ast.get_docstring(node) or ""))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, documented)
    )


def test_every_example_in_the_package_is_collected_and_run() -> None:
    """pytest finds an item in every module whose docstrings hold examples, and skips none."""
    with_examples = {
        str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*.py") if examples(path)
    }
    assert with_examples
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-qq", "symqb"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:]
    collected = set(re.findall(r"^(symqb/\S+?\.py)\b", result.stdout, flags=re.MULTILINE))
    assert collected >= with_examples
    skipped = [path for path in with_examples if "doctest: +" + "SKIP" in (ROOT / path).read_text()]
    assert not skipped


def test_a_plain_pytest_runs_the_examples_too() -> None:
    """The package itself is among what ``pytest`` alone runs."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert "symqb" in options["testpaths"]
    assert "--doctest-modules" in options["addopts"]
    assert options["filterwarnings"] == ["error"]


def test_exports_exist_and_the_version_has_one_source() -> None:
    assert all(hasattr(symqb, name) for name in symqb.__all__)
    assert importlib.metadata.version("symqb") == symqb.__version__
    assert f"version: {symqb.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    cited = (ROOT / "docs" / "how-to" / "cite.md").read_text()
    assert f"{{version {symqb.__version__}}}" in cited


def tracked() -> list[Path]:
    result = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode:
        pytest.fail("not a git checkout: run the tests from a clone")
    return [ROOT / name for name in result.stdout.split("\0") if name]


def naming_a_machine(paths: list[Path]) -> list[str]:
    return [
        f"{path}: {match.group()}"
        for path in paths
        if path.is_file()
        for match in [MACHINE.search(path.read_text(errors="replace"))]
        if match
    ]


def test_nothing_tracked_names_a_machine_or_a_registry() -> None:
    assert not naming_a_machine(tracked())


@pytest.mark.parametrize(
    "text",
    [
        "see /ho" + "me/someone/x",
        "'/wo" + "rk/x'",
        "https://py" + "pi.org/simple",
        "--index" + "-url x",
    ],
)
def test_a_machine_path_is_seen(text: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted.md"
    planted.write_text(f"{text}\n")
    assert naming_a_machine([planted])
    planted.write_text("https://example.org/work/of/others, docs/home/page\n")
    assert not naming_a_machine([planted])


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-oldest.txt"])
def test_constraints_hold_names_and_versions_only(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    assert len(lines) > 10
    assert all(PIN.fullmatch(line) for line in lines)
    assert not PIN.fullmatch("x @ https://example.org/x.whl")


def pins(name: str) -> dict[str, str]:
    return dict(line.split("==") for line in (ROOT / name).read_text().splitlines())


def requirements(*extras: str) -> list[Requirement]:
    """What the core and the given extras (all of them, if none is given) ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    groups = [project["dependencies"], *(optional[name] for name in extras or optional)]
    return [Requirement(text) for group in groups for text in group if "symqb[" not in text]


def test_constraints_pin_every_dependency_within_its_bounds() -> None:
    pinned = pins("constraints.txt")
    wanted = requirements()
    assert len(wanted) > 20
    assert not [str(r) for r in wanted if not r.specifier.contains(pinned.get(r.name, "0"))]


def test_the_oldest_constraints_are_the_lower_bounds() -> None:
    """`make oldest` tests the versions that pyproject.toml promises, and no later ones."""
    oldest = pins("constraints-oldest.txt")
    later = [
        str(requirement)
        for requirement in requirements("test", "report")
        for bound in requirement.specifier
        if Version(oldest.get(requirement.name, "9999")) != Version(bound.version)
    ]
    assert not later


def test_the_package_is_typed() -> None:
    assert (ROOT / "symqb" / "py.typed").exists()
