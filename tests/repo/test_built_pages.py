"""The built documentation is whole by itself: formulas are set already, and nothing is fetched."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
CONF = "extensions = ['myst_parser', 'browser_math']\nhtml_math_renderer = 'mathml'\n" + (
    "html_theme = 'furo'\nmyst_enable_extensions = ['dollarmath', 'amsmath']\n"
)


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch) -> Any:
    for package in ("sphinx", "furo", "myst_parser", "latex2mathml"):
        pytest.importorskip(package)
    monkeypatch.syspath_prepend(str(DOCS))
    import browser_math  # type: ignore[import-not-found]

    return browser_math


def build(folder: Path, page: str) -> str:
    """The HTML of a page built with the settings that the documentation has."""
    from sphinx.application import Sphinx

    source, out = folder / "source", folder / "html"
    source.mkdir()
    (source / "conf.py").write_text(CONF)
    (source / "index.md").write_text(f"# Page\n\n{page}\n")
    app = Sphinx(source, source, out, folder / "trees", "html", status=None, warning=sys.stderr)
    app.build()
    assert app.statuscode == 0
    return (out / "index.html").read_text()


def test_formulas_are_set_when_the_page_is_built(extension: Any, tmp_path: Path) -> None:
    formulas = (
        "A $|0\\rangle$.\n\n$$\\frac{a'}{\\hat b} \\le \\sum_i c_i$$\n\n$$x = 1$$ (named)\n\n"
        "```{math}\na = b\n\nc = d\n```\n\nBy {eq}`named`."
    )
    html = build(tmp_path, formulas)
    assert html.count("<math ") == 5
    assert html.count('display="block"') == 4
    assert '<span class="eqno">(1)' in html
    for trace in ("mathjax@", "\\frac", "\\(", "$"):
        assert trace not in html.lower()


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("\\nosuch{x}", r"\\nosuch"),
        ("a \\\\ b", "outside a table"),
        ("\\mathcal J", "script"),
        ("\\frac{a}", "mfrac with 1 parts"),
        ("\\begin{nosuch} a \\end{nosuch}", "environment"),
    ],
)
def test_a_formula_that_a_browser_cannot_set_ends_the_build(
    extension: Any, tmp_path: Path, formula: str, reason: str
) -> None:
    from sphinx.errors import ExtensionError

    with pytest.raises(ExtensionError, match=rf"index.md:\d+: .*has no MathML, for .*{reason}"):
        build(tmp_path, f"Text.\n\nHere $${formula}$$ stands.")


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="https://cdn.invalid/a.js"></script>',
        '<img alt="" src="//host.invalid/a.png">',
        '<link rel="stylesheet" href="http://host.invalid/a.css">',
        "<style>@font-face { src: url('https://host.invalid/a.woff2') }</style>",
        '<style>@import "https://host.invalid/a.css";</style>',
        '<p style="background: url(https://host.invalid/a.png)">',
    ],
)
def test_a_page_that_fetches_from_elsewhere_ends_the_build(
    extension: Any, tmp_path: Path, markup: str
) -> None:
    from sphinx.errors import ExtensionError

    with pytest.raises(ExtensionError, match=r"fetch from elsewhere: index\.html: \S*//\w+\.inv"):
        build(tmp_path, markup)


def test_a_link_and_a_style_sheet_are_told_apart(extension: Any, tmp_path: Path) -> None:
    assert build(tmp_path, '<a href="https://host.invalid/">x</a> url(https://host.invalid/)')
    (tmp_path / "a.css").write_text("p { background: url(//host.invalid/a.png) }")
    (found,) = extension.foreign_requests(tmp_path)
    assert found == "a.css: //host.invalid/a.png"


def test_the_documentation_is_built_so() -> None:
    conf = (DOCS / "conf.py").read_text()
    assert '"browser_math"' in conf
    assert 'html_math_renderer = "mathml"' in conf
    assert '"sphinx.ext.mathjax"' not in conf
