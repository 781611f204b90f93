"""What is public is documented, typed and importable."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
from pathlib import Path

import pytest

import symqb

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ["", ".models", ".program", ".derive", ".emit", ".numerics", ".certify", ".prove"]
MACHINE = re.compile(r"/work/|/home/\w|/root/|/tmp/\w|pypi\.org|pythonhosted|npmjs|deb\.debian")


@pytest.mark.parametrize("layer", LAYERS)
def test_every_export_is_documented(layer: str) -> None:
    module = importlib.import_module(f"symqb{layer}")
    names = module.__all__
    assert names
    for name in names:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), f"symqb{layer}.{name} has no docstring"


def test_exports_are_explicit_and_sorted() -> None:
    assert sorted(symqb.__all__, key=str.casefold) == sorted(set(symqb.__all__), key=str.casefold)
    assert all(hasattr(symqb, name) for name in symqb.__all__)


def tracked() -> list[Path]:
    result = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode:
        pytest.fail("not a git checkout: run the tests from a clone")
    return [ROOT / name for name in result.stdout.split("\0") if name]


def naming_a_machine(paths: list[Path]) -> list[str]:
    return [
        f"{path.name}: {match.group()}"
        for path in paths
        if path.is_file() and path != Path(__file__)
        for match in [MACHINE.search(path.read_text(errors="replace"))]
        if match
    ]


def test_nothing_tracked_names_a_machine_or_a_registry() -> None:
    assert not naming_a_machine(tracked())


def test_a_machine_path_is_seen(tmp_path: Path) -> None:
    planted = tmp_path / "planted.md"
    planted.write_text("see " + "/ho" + "me/someone/x\n")
    assert naming_a_machine([planted])


def test_constraints_hold_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert len(lines) > 30
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][A-Za-z0-9.]*", line) for line in lines)


def test_the_package_is_typed() -> None:
    assert (ROOT / "symqb" / "py.typed").exists()
