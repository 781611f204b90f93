"""The trial of the wheel covers every extra and page, and sees what is wrong."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    spec = importlib.util.spec_from_file_location("wheel_trial", ROOT / ".ci" / "wheel.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "wheel_trial", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(wheel: Any, tmp_path: Path) -> Any:
    """An environment whose commands are those of the one that runs the tests."""
    (tmp_path / "bin").mkdir()
    for name in ("python", "symqb"):
        script = tmp_path / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{Path(sys.executable).with_name(name)}" "$@"\n')
        script.chmod(0o755)
    return wheel.Environment(tmp_path)


def test_every_extra_and_every_page_is_tried(wheel: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    offered = set(project["optional-dependencies"]) - {"all", "test", "docs", "dev", "bench"}
    assert set(wheel.PROMISES) == offered
    assert len(wheel.PAGES) > 6
    for page in wheel.PAGES:
        assert set(wheel.needs(page.read_text()).get("extras", [])) <= offered


def test_a_package_from_elsewhere_is_refused(wheel: Any, checkout: Any) -> None:
    with pytest.raises(wheel.Failed, match="symqb comes from"):
        wheel.try_commands(checkout)


def test_a_command_that_prints_something_else_is_seen(
    wheel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = wheel.Environment(ROOT)
    monkeypatch.setattr(wheel, "COMMANDS", [([sys.executable, "-c", "print(1)"], 0, "2")])
    done = subprocess.CompletedProcess([], 0, f"{ROOT}/symqb/__init__.py", "")
    real = wheel.Environment.run
    monkeypatch.setattr(
        wheel.Environment,
        "run",
        lambda self, command, folder: (
            done if command[0] == "python" else real(self, command, folder)
        ),
    )
    with pytest.raises(wheel.Failed, match="not '2'"):
        wheel.try_commands(here)


def test_a_promise_that_is_not_kept_is_seen(
    wheel: Any, checkout: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What works already is no promise of an extra, and what fails says why."""
    monkeypatch.setattr(wheel, "PROMISES", {"plot": "assert battery.spins == 2"})
    assert not wheel.keep_promise(checkout, "plot")
    with pytest.raises(wheel.Failed, match="without the extra plot"):
        wheel.try_without(checkout)
    monkeypatch.setattr(wheel, "PROMISES", {"plot": "assert battery.spins == 3"})
    assert "AssertionError" in wheel.keep_promise(checkout, "plot")


@pytest.mark.slow
def test_a_user_s_types_are_those_of_the_package(
    wheel: Any, checkout: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mypy")
    monkeypatch.setattr(wheel, "TYPED", wheel.MISTYPED)
    with pytest.raises(wheel.Failed, match="mypy on"):
        wheel.try_types(checkout)
