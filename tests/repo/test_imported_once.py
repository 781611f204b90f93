"""A module whose examples run is the module that tests patch, whatever the order of the files."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: A module, and a name in it that another module has imported.
USED = (("symqb.prove.balls", "symqb.prove.boxes", "Jets"),)


def test_the_copy_in_use_is_the_one_that_tests_see() -> None:
    for owner, user, name in USED:
        found = (getattr(importlib.import_module(module), name) for module in (owner, user))
        assert len(set(map(id, found))) == 1, owner


def test_it_is_so_when_the_module_is_named_before_the_tests() -> None:
    """pytest by itself would run the file twice: once for the package, once for its examples."""
    own = f"{Path(__file__).relative_to(ROOT)}::test_the_copy_in_use_is_the_one_that_tests_see"
    options = ("-q", "-n", "0", "-p", "no:cacheprovider", "--randomly-dont-reorganize")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "symqb/prove/balls.py", own],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
