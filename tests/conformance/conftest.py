"""A cache of compiled code for these tests alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def compiled_code_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Nothing compiled before is trusted, and nothing is left behind."""
    saved = os.environ.get("SYMQB_CACHE")
    folder = tmp_path_factory.mktemp("cache")
    os.environ["SYMQB_CACHE"] = str(folder)
    yield folder
    if saved is None:
        del os.environ["SYMQB_CACHE"]
    else:
        os.environ["SYMQB_CACHE"] = saved
