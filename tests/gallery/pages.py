"""What the pages of the gallery define: their cells are run, all but the pictures."""

from __future__ import annotations

import contextlib
import io
from functools import cache
from pathlib import Path
from typing import Any

from tests.repo.test_documents import run_page

GALLERY = Path(__file__).resolve().parents[2] / "docs" / "gallery"
MODELS = tuple(sorted(path.stem for path in GALLERY.glob("*.md") if path.stem != "index"))


@cache
def page(name: str) -> dict[str, Any]:
    """Run a page's cells in order and give the names they define, ``system`` among them."""
    names: dict[str, Any] = {"__name__": name}
    for block in run_page.blocks((GALLERY / f"{name}.md").read_text(encoding="utf-8")):
        if block.kind == "cell" and "matplotlib" not in block.body:
            code = compile("\n" * (block.line - 1) + block.body, f"{name}.md", "exec")
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, names)
    return names
