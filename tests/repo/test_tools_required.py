"""Where tools are required, a skipped test is a failed one."""

from __future__ import annotations

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

@pytest.mark.slow
def test_slow():
    pass
"""
MARKERS = "[pytest]\nmarkers =\n    slow: s\n    needs_node: n\n"


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    shutil.copy(CONFTEST, pytester.path)
    pytester.makeini(MARKERS)
    pytester.makepyfile(SUITE)
    for name in ("SYMQB_REQUIRE_TOOLS", "SYMQB_SLOW"):
        monkeypatch.delenv(name, raising=False)
    return pytester


def test_a_skip_passes_at_home(suite: pytest.Pytester) -> None:
    suite.runpytest_subprocess().assert_outcomes(skipped=1, deselected=1)


def test_a_skip_fails_where_tools_are_required(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMQB_REQUIRE_TOOLS", "1")
    suite.runpytest_subprocess().assert_outcomes(failed=1, deselected=1)


def test_slow_tests_run_when_asked(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMQB_SLOW", "only")
    suite.runpytest_subprocess().assert_outcomes(passed=1, deselected=1)
