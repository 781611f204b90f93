"""Where tools are required, a skipped test is a failed one."""

from __future__ import annotations

import inspect
import pydoc
import runpy
import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
SUITE = """
import pytest

@pytest.mark.needs_node
def test_with_a_tool():
    pytest.skip("no tool")

def test_with_an_extra():
    pytest.importorskip("nowhere_to_be_found")

@pytest.mark.slow
def test_slow():
    pass

def test_plain():
    pass
"""
MODULE_SKIPPED = "import pytest\n\npytest.importorskip('nowhere_to_be_found')\n"
MARKERS = "[pytest]\nmarkers =\n    slow: s\n    thorough: t\n    needs_node: n\n"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project with this one's conftest, in an environment that asks for nothing."""
    shutil.copy(CONFTEST, pytester.path)
    (pytester.path / "thorough.txt").write_text("# none\n")
    pytester.makeini(MARKERS)
    for name in ("SYMQB_REQUIRE_TOOLS", "SYMQB_SLOW", "SYMQB_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester


@pytest.fixture
def suite(project: pytest.Pytester) -> pytest.Pytester:
    project.makepyfile(SUITE)
    return project


def test_a_skip_passes_at_home(suite: pytest.Pytester) -> None:
    suite.runpytest_subprocess().assert_outcomes(passed=1, skipped=2, deselected=1)


def test_a_skip_for_want_of_a_tool_fails_where_tools_are_required(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMQB_REQUIRE_TOOLS", "1")
    result = suite.runpytest_subprocess()
    result.assert_outcomes(passed=1, failed=1, skipped=1, deselected=1)
    result.stdout.fnmatch_lines(["*skipped where SYMQB_REQUIRE_TOOLS=1 forbids it*no tool*"])


def test_any_skip_fails_where_everything_is_installed(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMQB_REQUIRE_TOOLS", "all")
    result = suite.runpytest_subprocess()
    result.assert_outcomes(passed=1, failed=2, deselected=1)
    result.stdout.fnmatch_lines(["*REQUIRE_TOOLS=all forbids it*nowhere_to_be_found*"])


@pytest.mark.parametrize(("required", "outcome"), [("1", {"skipped": 1}), ("all", {"errors": 1})])
def test_a_module_skipped_as_a_whole_counts(
    required: str,
    outcome: dict[str, int],
    project: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SYMQB_REQUIRE_TOOLS", required)
    project.makepyfile(MODULE_SKIPPED)
    project.runpytest_subprocess().assert_outcomes(**outcome)


EXAMPLES = runpy.run_path(str(CONFTEST))["EXAMPLES_NEEDING"]


@pytest.mark.parametrize(("required", "outcome"), [("1", {"skipped": 1}), ("all", {"failed": 1})])
def test_an_example_that_needs_an_extra_runs_where_everything_is_installed(
    required: str,
    outcome: dict[str, int],
    project: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SYMQB_REQUIRE_TOOLS", required)
    text = (project.path / "conftest.py").read_text()
    name = next(iter(EXAMPLES))
    text = text.replace(f'"{name}": "{EXAMPLES[name]}"', '"thing.f": "nowhere_to_be_found"')
    (project.path / "conftest.py").write_text(text)
    project.makepyfile(thing='def f():\n    """\n    >>> 1 + 1\n    3\n    """\n')
    project.runpytest_subprocess("--doctest-modules", "thing.py").assert_outcomes(**outcome)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_said_to_need_an_extra_exist(name: str) -> None:
    assert ">>> " in (inspect.getdoc(pydoc.locate(name)) or "")


TOOLS = runpy.run_path(str(CONFTEST))["TOOLS"]


@pytest.mark.parametrize("marker", TOOLS)
def test_ci_brings_what_a_marker_needs(marker: str, pytestconfig: pytest.Config) -> None:
    script = (CONFTEST.parents[1] / ".ci" / "run").read_text()
    assert any(f"command -v {command} " in script for command in TOOLS[marker])
    assert any(line.startswith(f"{marker}:") for line in pytestconfig.getini("markers"))


def test_slow_tests_run_when_asked(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.runpytest_subprocess("--runslow").assert_outcomes(passed=2, skipped=2)
    monkeypatch.setenv("SYMQB_SLOW", "1")
    suite.runpytest_subprocess().assert_outcomes(passed=2, skipped=2)


def test_an_unknown_profile_is_refused(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMQB_PROFILE", "nosuch")
    result = suite.runpytest_subprocess()
    assert result.ret != 0
    result.stderr.fnmatch_lines(["*nosuch*"])


@pytest.mark.parametrize(("profile", "derandomized"), [("ci", True), ("long", False)])
def test_the_profile_decides_on_randomness(
    profile: str, derandomized: bool, project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMQB_PROFILE", profile)
    project.makepyfile(
        "from hypothesis import settings\n\n"
        f"def test_profile():\n    assert settings().derandomize is {derandomized}\n"
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_thorough_test_waits_for_its_command(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = next(suite.path.glob("test_*.py")).name
    (suite.path / "thorough.txt").write_text(f"# longer cases\n{name}::test_pla*\n")
    suite.runpytest_subprocess().assert_outcomes(skipped=2, deselected=2)
    suite.runpytest_subprocess("--runslow", "-m", "thorough").assert_outcomes(
        passed=1, deselected=3
    )


def test_a_thorough_test_that_does_not_exist_is_an_error(suite: pytest.Pytester) -> None:
    name = next(suite.path.glob("test_*.py")).name
    (suite.path / "thorough.txt").write_text(f"{name}::test_plane\n")
    result = suite.runpytest_subprocess()
    result.stderr.fnmatch_lines([f"*names tests that do not exist: [[]'{name}::test_plane'[]]*"])
    # one test asked for by name says nothing about the others
    suite.runpytest_subprocess(f"{name}::test_plain").assert_outcomes(passed=1)
