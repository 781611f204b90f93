"""Profiles, markers and the rule that CI skips nothing for want of a tool."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=50,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long",
    deadline=None,
    max_examples=2000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("SYMQB_PROFILE", "ci"))

TOOLS = {
    "needs_coq": ("coqc",),
    "needs_cc": ("cc", "gcc", "clang"),
    "needs_node": ("node",),
    "needs_browser": ("chromium", "chromium-browser", "google-chrome"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--runslow", action="store_true", help="run tests marked slow as well")


def _slow_mode(config: pytest.Config) -> str:
    """``skip`` (default), ``with`` the others, or ``only`` the slow ones."""
    chosen = os.environ.get("SYMQB_SLOW", "")
    if chosen == "only":
        return "only"
    return "with" if config.getoption("--runslow") or chosen == "1" else "skip"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mode = _slow_mode(config)
    unwanted = [item for item in items if mode == "only" and "slow" not in item.keywords]
    if mode == "skip":
        unwanted = [item for item in items if "slow" in item.keywords]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        dropped = set(map(id, unwanted))
        items[:] = [item for item in items if id(item) not in dropped]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, commands in TOOLS.items():
        if marker in item.keywords and not any(map(shutil.which, commands)):
            pytest.skip(f"{marker}: none of {', '.join(commands)} is installed")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    outcome = yield
    report = outcome.get_result()
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("SYMQB_REQUIRE_TOOLS"):
        report.outcome = "failed"
        report.longrepr = f"skipped where SYMQB_REQUIRE_TOOLS forbids it: {report.longrepr}"
