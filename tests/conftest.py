"""Profiles, markers and the rule that CI skips nothing for want of a tool.

``SYMQB_PROFILE``        Hypothesis profile: ``ci`` (default, derandomised) or ``long``
``SYMQB_SLOW``           ``1``: slow tests as well, as ``--runslow`` does, those of
                         ``thorough.txt``, and those that need Coq or a browser: ``make targets``,
                         ``make coq`` and ``make browser`` run them
``SYMQB_REQUIRE_TOOLS``  ``1``: a missing tool is a failure; ``all``: so is every other skip
"""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

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
    derandomize=False,
    deadline=None,
    max_examples=2000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("SYMQB_PROFILE", "ci"))

# expressions and programs live long: walking them at every 700 objects takes 6 % of the time
gc.set_threshold(200_000, 20, 100)

TOOLS = {
    "needs_coq": ("coqc",),
    "needs_cc": ("cc", "gcc", "clang"),
    "needs_node": ("node",),
    "needs_gfortran": ("gfortran",),
    "needs_rustc": ("rustc",),
    "needs_mathics": ("mathics3",),
    "needs_lua": ("lua",),
    "needs_npm": ("npm",),
    "needs_latex": ("pdflatex",),
    "needs_pdftotext": ("pdftotext",),
    "needs_browser": ("chromium", "chromium-browser", "google-chrome"),
}

# examples in docstrings that run on more than `make test` installs
EXAMPLES_NEEDING = {
    "symqb.emit.result.Result.to_xarray": "xarray",
    "symqb.battery.Battery.sweep": "xarray",
    "symqb.numerics.sweep.sweep": "xarray",
    "symqb.open_system.OpenSystem.sweep": "xarray",
}


LATE = ("slow", "thorough", "needs_coq", "needs_browser")
"""Markers of tests with a command of their own, which wait for it."""

HERE = Path(__file__).resolve().parent
THOROUGH = HERE / "thorough.txt"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--runslow", action="store_true", help="run tests marked slow as well")


def _mark_thorough(items: list[pytest.Item], *, whole_files: bool) -> None:
    """Mark what ``make targets`` runs; a line of the list that no test answers to is an error."""
    lines = [line for line in THOROUGH.read_text().splitlines() if not line.startswith("#")]
    known = {item.nodeid for item in items}
    for item in items:
        slow_target = item.get_closest_marker("slow") and HERE / "conformance" in item.path.parents
        if slow_target or any(_answers(item.nodeid, line) for line in lines):
            item.add_marker("thorough")
    files = {nodeid.partition("::")[0] for nodeid in known}
    stale = [
        line
        for line in lines
        if line.partition("::")[0] in files and not any(_answers(name, line) for name in known)
    ]
    if whole_files and stale:
        raise pytest.UsageError(
            f"{THOROUGH.name} names tests that do not exist: {stale}; mend or delete these lines"
        )


def _answers(nodeid: str, line: str) -> bool:
    return nodeid.startswith(line[:-1]) if line.endswith("*") else nodeid == line


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    _mark_thorough(items, whole_files=not any("::" in argument for argument in config.args))
    for item in items:
        module = EXAMPLES_NEEDING.get(item.name)
        if module and _required() != "all" and importlib.util.find_spec(module) is None:
            item.add_marker(pytest.mark.skip(reason=f"{module} is not installed"))
    if config.getoption("--runslow") or os.environ.get("SYMQB_SLOW") == "1":
        return
    late = [item for item in items if any(map(item.get_closest_marker, LATE))]
    if late:
        config.hook.pytest_deselected(items=late)
        apart = set(late)
        items[:] = [item for item in items if item not in apart]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, commands in TOOLS.items():
        if item.get_closest_marker(marker) and not any(map(shutil.which, commands)):
            pytest.skip(f"{marker}: none of {', '.join(commands)} is installed")


@pytest.fixture(autouse=True, scope="session")
def compiled_code_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cache of compiled code for all workers: nothing compiled before this run is trusted."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "compiled"
    folder.mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMQB_CACHE", str(folder))
        yield folder


def _required() -> str:
    return os.environ.get("SYMQB_REQUIRE_TOOLS", "")


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport, tool: bool) -> None:
    required = _required()
    if (
        report.skipped
        and not hasattr(report, "wasxfail")
        and (required == "all" or (required and tool))
    ):
        report.outcome = "failed"
        report.longrepr = (
            f"skipped where SYMQB_REQUIRE_TOOLS={required} forbids it: {report.longrepr}"
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report, tool=any(item.get_closest_marker(marker) for marker in TOOLS))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report, tool=False)
    return report
