"""A report made once, browsers that show it, and axe-core."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.report.browser import Browser

AXE = "axe-core@4.14.1"


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, without the sections that take long."""
    from symqb.report.page import write_report

    return write_report(tmp_path_factory.mktemp("report"), quick=True)


@pytest.fixture(scope="session")
def browsers() -> Iterator[dict[tuple[int, int, str], Browser]]:
    """Browsers that are running, by size and colour scheme."""
    running: dict[tuple[int, int, str], Browser] = {}
    yield running
    for browser in running.values():
        browser.close()


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with everything on it."""
    from symqb.report.page import write_report

    return write_report(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="session")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that holds the explorer alone: it loads in no time."""
    from symqb.report.explorer import explorer_scripts, explorer_section
    from symqb.report.page import page

    written = tmp_path_factory.mktemp("explorer") / "index.html"
    written.write_text(page(explorer_section(), explorer_scripts()), encoding="utf-8")
    return written


@pytest.fixture
def start(browsers: dict[tuple[int, int, str], Browser]) -> Iterator[Callable[..., Browser]]:
    """Opens an address, loaded anew, at a size and colour scheme."""
    used: list[Browser] = []

    def opened(url: str, width: int = 1280, height: int = 900, scheme: str = "light") -> Browser:
        key = (width, height, scheme)
        if key not in browsers:
            browsers[key] = Browser(*key)
        used.append(browsers[key])
        browsers[key].open(url)
        return browsers[key]

    yield opened
    for browser in used:
        browser.run("localStorage.clear()")


@pytest.fixture
def browse(report: Path, start: Callable[..., Browser]) -> Callable[..., Browser]:
    """Opens the report."""
    return partial(start, report.as_uri())


@pytest.fixture
def explore(explorer: Path, start: Callable[..., Browser]) -> Callable[..., Browser]:
    """Opens the explorer, with words of its address if any."""

    def opened(words: str | None = None) -> Browser:
        return start(explorer.as_uri() + ("" if words is None else f"#explorer?{words}"))

    return opened


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, fetched by npm into a folder of this run."""
    folder = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, and axe-core comes by it")
    # offline, the answer should not take a minute
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=2000"]
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *patience, AXE]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    if done.returncode:
        pytest.skip(f"npm cannot install {AXE}: {done.stderr.strip()[:300]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
