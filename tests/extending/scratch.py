"""A copy of the package in which a page on extending is followed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "extending"
RUNNER = ROOT / ".ci" / "run_page.py"


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def scratch(tmp_path: Path) -> Path:
    """A copy of the package, which a Python started in this folder imports."""
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "symqb", tmp_path / "symqb", ignore=skip)
    return tmp_path


def follow(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RUNNER), str(page)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
