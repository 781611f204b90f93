"""Loading of certificates, their damaged twins, and the second checker."""

from __future__ import annotations

import copy
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent
PROOFS = HERE.parents[1] / "proofs"


def neighbour(name: str) -> ModuleType:
    """A module that lies beside the tests."""
    full = f"checker_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


def damaged(record: dict[str, Any]) -> Any:
    """The good certificate with one thing changed."""
    certificate = json.loads((HERE / "accept" / f"{record['base']}.json").read_text())
    *path, last = record["at"]
    place = certificate
    for key in path:
        place = place[key]
    if record["to"] == "__delete__":
        del place[last]
    else:
        value = copy.deepcopy(place[last - 1]) if record["to"] == "__copy__" else record["to"]
        if isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    return certificate


@pytest.fixture(scope="session")
def second_check() -> Any:
    return neighbour("second").second_check


@pytest.fixture(scope="session")
def second_text() -> Any:
    return neighbour("second").second_check_text


@pytest.fixture(scope="session")
def explain() -> ModuleType:
    return neighbour("explain")


@pytest.fixture(scope="session")
def mutation() -> ModuleType:
    return neighbour("mutation")
