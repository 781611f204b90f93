"""Sphinx sets formulas as MathML while it builds, and the pages ask no host for anything.

``sphinx.ext.mathjax`` would have every reader's browser fetch a script, and show raw TeX offline.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.math import get_node_equation_number

from symqb.models import NoClosedFormError
from symqb.show.mathml import mathml

FETCHED = {"src", "srcset", "data", "poster"}
IN_STYLE = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])([^\"')\s]+)", re.IGNORECASE)
ELSEWHERE = re.compile(r"(?:[a-z]+:)?//", re.IGNORECASE)


class _Requests(HTMLParser):
    """Collects what a browser fetches for a page without being asked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.style = tag == "style"
        for name, value in attrs:
            if name in FETCHED or (tag in ("link", "image", "use") and name.endswith("href")):
                self.found.append((value or "").strip())
            elif name == "style":
                self.found += IN_STYLE.findall(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.style = False

    def handle_data(self, data: str) -> None:
        if self.style:
            self.found += IN_STYLE.findall(data)


def foreign_requests(folder: Path) -> list[str]:
    """``page: address`` of all that pages and style sheets below a folder fetch from elsewhere."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".html":
            page = _Requests()
            page.feed(path.read_text(encoding="utf-8"))
            asked = page.found
        elif path.suffix == ".css":
            asked = IN_STYLE.findall(path.read_text(encoding="utf-8"))
        else:
            continue
        found += [f"{path.relative_to(folder)}: {a}" for a in asked if ELSEWHERE.match(a)]
    return found


def _markup(translator: Any, node: nodes.Element, latex: str, *, displayed: bool) -> str:
    """The formula; one that has no MathML ends the build with its page and line."""
    try:
        return mathml(latex.strip(), displayed=displayed)
    except NoClosedFormError as error:
        where = f"{node.source or translator.docnames[0]}:{node.line or '?'}"
        raise ExtensionError(f"{where}: {error}") from None


def visit_math(translator: Any, node: nodes.math) -> None:
    """A formula in a line."""
    start = translator.starttag(node, "span", "", CLASS="math notranslate nohighlight")
    translator.body.append(
        f"{start}{_markup(translator, node, node.astext(), displayed=False)}</span>"
    )
    raise nodes.SkipNode


def visit_displaymath(translator: Any, node: nodes.math_block) -> None:
    """Formulas on lines of their own, one to a paragraph."""
    body = translator.body
    body.append(translator.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        body.append("</span>")
    parts = [part for part in re.split(r"\n\s*\n", node.astext()) if part.strip()]
    body += [_markup(translator, node, part, displayed=True) for part in parts]
    body.append("</div>\n")
    raise nodes.SkipNode


def refuse_foreign_requests(app: Any, failure: Exception | None) -> None:
    """End a build whose pages would fetch something from elsewhere."""
    if failure is None and app.builder.format == "html":
        found = foreign_requests(Path(app.outdir))
        if found:
            raise ExtensionError("pages fetch from elsewhere: " + ", ".join(found))


def setup(app: Any) -> dict[str, bool]:
    """Register the renderer ``mathml`` and the check of what was built."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    app.connect("build-finished", refuse_foreign_requests)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
