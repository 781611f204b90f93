"""Pages are templates filled with data: escaped, complete, and shipped with the package."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jinja2
import pytest

from symqb import audit_paper
from symqb.papers import pra109_042619
from symqb.report.assets import fill
from symqb.report.findings import audit_section
from symqb.show import pages

ROOT = Path(__file__).resolve().parents[2]


def test_what_a_page_shows_is_escaped() -> None:
    (row,) = audit_paper(pra109_042619, ["cond-1"])
    words = 'a < b & "c"</dd><script>alert(1)</script>'
    text = audit_section([replace(row, printed=words, evidence=words)])
    assert "<script>" not in text
    assert text.count("a &lt; b &amp; &#34;c&#34;&lt;/dd&gt;&lt;script&gt;") == 2


def test_data_of_the_explorer_cannot_end_their_script() -> None:
    data = {"b": "</script>", "a": "\N{GREEK SMALL LETTER KAPPA}"}
    text = fill("explorer_scripts.html", data=data, kernels={}, weights={}, drivers=[])
    assert r'{"b": "\u003c/script\u003e", "a": "\u03ba"}' in text


def test_a_template_that_shows_what_is_not_given_is_an_error() -> None:
    assert "version 1;" in fill("made.html", version=1, seconds={})
    with pytest.raises(jinja2.UndefinedError, match="'version' is undefined"):
        fill("made.html", seconds={})


def test_without_jinja_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pages._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ImportError, match=re.escape("pip install 'symqb[report]'")):
        fill("made.html", version=1, seconds={})


@pytest.mark.parametrize("package", ["audit", "report", "show"])
def test_every_template_is_filled_in_or_imported_somewhere(package: str) -> None:
    folder = ROOT / "symqb" / package
    names = {path.name for path in (folder / "templates").iterdir()}
    sources = [*(ROOT / "symqb").rglob("*.py"), *(folder / "templates").iterdir()]
    used = "".join(path.read_text(encoding="utf-8") for path in sources)
    assert names
    assert [name for name in names if f'"{name}"' not in used] == []
    assert {path.name for path in (files(f"symqb.{package}") / "templates").iterdir()} == names
