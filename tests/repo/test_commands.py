"""`make` and `.ci/run` do what they say, tried with stand-ins for what they call."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAGES = ["test", "lint", "types", "targets", "docs", "coq", "browser", "wheel"]
TOOLS = ("coqc", "cc", "node", "chromium")


def script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def stand_ins(tmp_path: Path) -> Path:
    """A folder of commands that do nothing, first on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        script(folder / name, "exit 0")
    return folder


def run(command: list[str], folder: Path, first: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{first}:{os.environ['PATH']}", "HOME": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci")
    for name in ("pyproject.toml", "constraints.txt"):
        (folder / name).touch()
    return folder


@pytest.mark.parametrize("target", ["report", "test"])
def test_an_old_python_is_named_with_the_remedy(
    target: str, project: Path, stand_ins: Path
) -> None:
    script(stand_ins / "python3", '[ "$1" = --version ] && echo "Python 3.9.2" && exit 0; exit 1')
    result = run(["make", target], project, stand_ins)
    assert result.returncode != 0
    assert "needs Python 3.11 or newer; python3 is Python 3.9.2" in result.stderr
    assert "make PYTHON=" in result.stderr
    assert not (project / ".venv").exists()


STAND_IN_PYTHON = """
case "$*" in
  -c*) exit 0;;
  "-m venv --clear .venv")
    mkdir -p .venv/bin && cp "$0" .venv/bin/python && cp "$0" .venv/bin/symqb;;
esac
echo "$(basename "$0") $*" >> calls
"""


def test_the_environment_is_made_and_filled_once(project: Path, stand_ins: Path) -> None:
    script(stand_ins / "python3", STAND_IN_PYTHON)
    first = run(["make", "test"], project, stand_ins)
    assert first.returncode == 0, first.stderr
    calls = (project / "calls").read_text().splitlines()
    assert calls[0] == "python3 -m venv --clear .venv"
    assert re.fullmatch(
        r"python -m pip install .*-c constraints.txt -e \.\[test,report\]", calls[1]
    )
    assert calls[2].startswith("python -m pytest")
    (project / "calls").unlink()
    assert run(["make", "test"], project, stand_ins).returncode == 0
    assert len((project / "calls").read_text().splitlines()) == 1


def test_a_changed_pin_installs_again(project: Path, stand_ins: Path) -> None:
    script(stand_ins / "python3", STAND_IN_PYTHON)
    run(["make", "report"], project, stand_ins)
    later = (project / ".venv" / "stamps" / "report").stat().st_mtime + 10
    os.utime(project / "constraints.txt", (later, later))
    (project / "calls").unlink()
    run(["make", "report"], project, stand_ins)
    assert "pip install" in (project / "calls").read_text()


def test_ci_types_the_command_of_the_readme_first_and_requires_tools(
    project: Path, stand_ins: Path
) -> None:
    script(stand_ins / "make", 'echo "$1 $CI $SYMQB_REQUIRE_TOOLS" >> calls; echo "done $1"')
    result = run([".ci/run"], project, stand_ins)
    assert result.returncode == 0, result.stderr
    calls = (project / "calls").read_text().splitlines()
    first = ("test", "lint", "targets")
    assert calls[:3] == [f"{stage} true 1" for stage in first]
    # the others run beside each other, two at a time
    assert sorted(calls) == sorted(f"{stage} true 1" for stage in STAGES)
    summary = result.stdout.partition("=== summary")[2]
    assert all(re.search(rf"^{x}\s+ok\s+\d+ s  done {x}$", summary, re.MULTILINE) for x in STAGES)
    assert "CI passed in" in summary


@pytest.mark.parametrize("stage", ["types", "wheel"])
def test_ci_fails_when_one_stage_fails_and_runs_the_others(
    stage: str, project: Path, stand_ins: Path
) -> None:
    script(stand_ins / "make", f'echo "$1" >> calls; [ "$1" != {stage} ]')
    result = run([".ci/run"], project, stand_ins)
    assert result.returncode == 1
    assert sorted((project / "calls").read_text().split()) == sorted(STAGES)
    assert re.search(rf"^{stage}\s+FAILED", result.stdout, re.MULTILINE)
    assert "CI failed after" in result.stdout


def test_ci_covers_what_make_check_covers() -> None:
    check = re.search(r"^check: ([a-z ]+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert check is not None
    assert check.group(1).split() == STAGES
