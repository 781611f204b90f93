"""Modules whose examples are run are imported as users import them, and once.

Asked for a file whose package is not imported yet, pytest imports the package, which may import
the file, and then runs the file again: a second copy of every class, which tests would patch in
vain.
"""

from __future__ import annotations

import contextlib
import importlib
from pathlib import Path

ROOT = Path(__file__).parent


def pytest_collect_file(file_path: Path) -> None:
    """Import a module of the package under its own name before pytest does."""
    if file_path.suffix != ".py" or file_path.name == "__main__.py":
        return
    parts = file_path.relative_to(ROOT).with_suffix("").parts
    if parts[0] == "symqb":
        # what cannot be imported pytest itself reports
        with contextlib.suppress(ImportError):
            importlib.import_module(".".join(parts).removesuffix(".__init__"))
