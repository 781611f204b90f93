"""One compiled copy of the Coq files for all tests, whatever the number of workers."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from symqb.prove.coq import SOURCE, NotChecked, compile_copy, link

WAIT = 600.0


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the compiled files run on one worker: another would only wait for them."""
    for item in items:
        if "built" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("coq"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Coq files compiled and linked; ``report.json`` has times and axioms."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "coq-built"
    report = folder / "report.json"
    try:
        folder.mkdir()
    except FileExistsError:
        start = time.monotonic()
        while not report.exists() and time.monotonic() - start < WAIT:
            time.sleep(0.2)
    else:
        try:
            seconds = compile_copy(SOURCE, folder)
            outcome: object = {"seconds": seconds, "axioms": link(folder)}
        except NotChecked as error:
            outcome = str(error)
        partial = folder / "report.part"
        partial.write_text(json.dumps(outcome))
        partial.rename(report)
    outcome = json.loads(report.read_text())
    assert isinstance(outcome, dict), outcome
    return folder
