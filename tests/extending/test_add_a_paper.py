"""The page on adding a paper, followed from scratch: it works, and touches its folder only."""

from __future__ import annotations

import re
from pathlib import Path

from tests.extending.scratch import PAGES, files, follow, scratch

PAGE = PAGES / "add-a-paper.md"


def test_a_paper_is_added_in_its_folder_only(tmp_path: Path) -> None:
    folder = scratch(tmp_path)
    before = files(folder)
    done = follow(PAGE, folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    after = files(folder)
    added = set(after) - set(before)
    assert added == {"symqb/papers/note/__init__.py"}
    assert all(after[name] == content for name, content in before.items())
    assert after["symqb/papers/note/__init__.py"].count(b"\n") < 100


def test_a_page_that_promises_another_verdict_is_seen(tmp_path: Path) -> None:
    wrong = tmp_path / "page.md"
    text = PAGE.read_text(encoding="utf-8").replace("2 misprint", "2 confirmed")
    assert text.count("2 confirmed") == 1
    wrong.write_text(text, encoding="utf-8")
    assert follow(wrong, scratch(tmp_path)).returncode != 0


def test_every_class_the_page_names_is_exported() -> None:
    import symqb.audit

    named = re.findall(r"~symqb\.audit\.(\w+)", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 5
    assert set(named) <= set(symqb.audit.__all__)


def test_every_page_on_extending_is_followed_by_a_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
    pages = [path.name for path in PAGE.parent.glob("*.md") if path.name != "index.md"]
    assert PAGE.name in pages
    assert [name for name in pages if f'"{name}"' not in tests] == []
