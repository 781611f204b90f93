"""The page is whole, self-contained, and reads well in a browser, in both colour schemes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import symqb
from symqb import audit_paper
from symqb.models import ParameterError
from symqb.papers import pra109_042619
from symqb.report.assets import asset
from symqb.report.findings import audit_section
from symqb.report.measured import GridCheck, check_passivity
from symqb.report.page import page as page_around
from symqb.report.page import write_report
from symqb.show.level_diagram import level_diagram

VOID = {"meta", "link", "br", "img", "input", "hr", "path", "use", "line", "circle", "rect"}


class Reader(HTMLParser):
    """Collects what a test asks about, and complains about tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.faults: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.stack or self.stack.pop() != tag:
            self.faults.append(f"</{tag}>")

    def values(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


@pytest.fixture(scope="session")
def page(report: Path) -> Reader:
    return Reader(report.read_text(encoding="utf-8"))


def test_every_tag_is_closed_and_every_id_unique(page: Reader) -> None:
    assert page.faults == []
    assert page.stack == []
    assert [name for name, n in Counter(page.values("id")).items() if n > 1] == []
    assert Reader("<p><b></p>").faults != []


def test_every_reference_inside_the_page_resolves(page: Reader) -> None:
    known = set(page.values("id"))
    wanted = [link[1:] for link in page.values("href") if link.startswith("#")]
    wanted += [name for text in page.values("aria-labelledby") for name in text.split()]
    assert len(wanted) > 10
    assert [name for name in wanted if name not in known] == []


def test_nothing_comes_from_elsewhere(page: Reader, report: Path) -> None:
    sources = page.values("src") + page.values("href") + page.values("xlink:href")
    assert [s for s in sources if re.match(r"(?:[a-z]+:)?//", s)] == []
    text = report.read_text(encoding="utf-8")
    assert re.findall(r"@import|url\(\s*['\"]?(?!#)", text) == []
    assert "default-src 'none'" in text


def test_formulas_numbers_and_checks_are_there(page: Reader, report: Path) -> None:
    tags = Counter(tag for tag, _ in page.tags)
    copied = [attrs["data-latex"] for tag, attrs in page.tags if "data-latex" in attrs]
    assert tags["math"] > 200
    assert len(copied) > 200
    assert r"E_{3} = - \frac{\Delta + 2 J}{2}" in copied
    text = report.read_text(encoding="utf-8")
    assert text.count("the check <strong>passes</strong>") == 2
    assert text.count('class="plot"') == 4
    assert text.count('class="levels"') == 8
    assert text.count("Transitions: 4 of 12 formulas") == 1


def test_zero_ergotropy_is_checked_by_something_that_can_fail() -> None:
    check = check_passivity(symqb.xxz_battery(2), count=9)
    assert check.points == 2 * 9 * 9 * 9
    assert check.passed
    assert check.strongest > 0.1
    assert not GridCheck(2, 1, 1e-6, {}, 0.3).passed


@pytest.mark.parametrize(("epsilon", "hot"), [(0.0, 4), (1.0, 2)])
def test_the_level_diagram_is_figure_2(epsilon: float, hot: int) -> None:
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": epsilon}
    text = level_diagram(symqb.xxz_battery(2).derivation, point, "key")
    root = ElementTree.fromstring(text)
    lines = Counter(line.get("class") for line in root.iter("line"))
    assert lines == {"hot": hot, "cold": 4, "level": 4}
    described = root.findtext("desc")
    assert described is not None
    assert ("bath L drives 1 to 4, 4 to 2;" in described) == (epsilon == 1.0)


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    taken = tmp_path / "report"
    taken.write_text("")
    with pytest.raises(ParameterError, match="give a folder"):
        write_report(taken)


def colours(scheme: str) -> dict[str, str]:
    """The colour variables of a scheme."""
    style = asset("style.css")
    start = (
        style.index(":root {") if scheme == "light" else style.index(':root[data-theme="dark"] {\n')
    )
    body = style[start : style.index("}", start)]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", body))


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a: str, b: str) -> float:
    bright, dim = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_text_can_be_read(scheme: str) -> None:
    named = colours(scheme)
    texts = ("ink", "soft", "link", "hot", "cold", "good", "warn", "bad")
    poor = [
        (text, ground)
        for text, ground in product(texts, ("paper", "panel"))
        if contrast(named[text], named[ground]) < 4.5
    ]
    assert poor == []
    assert contrast(named["paper"], named["panel"]) < 4.5


Browse = Callable[..., Any]
UNNAMED = """[...document.querySelectorAll('button, a, input, select, canvas, svg[role=img], img')]
  .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.alt
    || (e.labels && e.labels.length) || e.getAttribute('aria-labelledby')))
  .map((e) => e.outerHTML.slice(0, 120))"""
OUTSIDE = """[...document.querySelectorAll('main *')].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.right > innerWidth + 1 && !e.closest('.scroll, .tablewrap, ul, pre, svg, .formula');
  }).map((e) => e.outerHTML.slice(0, 100))"""


@pytest.mark.needs_browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_page_opens_without_complaint_or_request(
    browse: Browse, report: Path, width: int, scheme: str
) -> None:
    browser = browse(width, 900, scheme)
    browser.unfold()
    assert browser.complaints() == []
    assert [url for url in browser.requests() if url != "data:,"] == [report.as_uri()]
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(OUTSIDE) == []
    assert browser.run(UNNAMED) == []
    assert browser.run("document.querySelectorAll('math').length") > 200
    paper = browser.run("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(20, 23, 27)") == (scheme == "dark")


SETTLED = """new Promise((ready) => { const wait = setInterval(() => {
  if (!document.documentElement.classList.contains('settled')) return;
  clearInterval(wait);
  requestAnimationFrame(() => setTimeout(() => ready(document.documentElement.scrollHeight), 50));
}, 20); })"""
LINKED = """new Promise((ready) => { location.hash = '#%s';
  setTimeout(() => ready(document.getElementById('%s').getBoundingClientRect().top), 150); })"""


@pytest.mark.needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_link_lands_though_what_is_out_of_sight_is_not_drawn(browse: Browse, width: int) -> None:
    browser = browse(width, 900, "light" if width > 600 else "dark")
    whole = browser.run("document.documentElement.scrollHeight")
    assert browser.run(SETTLED) == pytest.approx(whole, rel=0.01)
    for place in ("spins-3-steady", "spins-2-levels", "made"):
        top = browser.run(LINKED.replace("%s", place))
        assert (0 <= top < 150) or place == "made"
        assert top < 900


@pytest.mark.needs_browser
def test_complaints_and_requests_are_seen(browse: Browse) -> None:
    browser = browse()
    browser.run("console.error('seen'); fetch('https://example.invalid/').catch(() => 0)")
    assert any("seen" in text for text in browser.complaints())
    assert any("Content Security Policy" in text for text in browser.complaints())


COPIED = """new Promise((ready) => setTimeout(async () => {
  const button = document.activeElement;
  ready([await navigator.clipboard.readText(), button.dataset.latex, button.textContent]);
}, 150))"""
ASIDE = "Object.defineProperty(navigator.clipboard, 'writeText', { value: () => { throw 0; } });0"
BUTTONS = {".formula .copy": "H_B = ", ".stephead .copy": r"\begingroup\allowdisplaybreaks"}


@pytest.mark.needs_browser
@pytest.mark.parametrize("refused", [False, True])
def test_buttons_copy_their_latex(browse: Browse, refused: bool) -> None:
    browser = browse()
    rights = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    browser.send("Browser.grantPermissions", permissions=rights)
    browser.send("Page.bringToFront")
    browser.run("navigator.clipboard.writeText('nothing')")
    if refused:
        browser.run(ASIDE)
    for button, start in BUTTONS.items():
        browser.run(f"document.querySelector('{button}').focus()")
        browser.press("Enter", 13, "\r")
        clipboard, latex, word = browser.run(COPIED)
        assert clipboard == latex
        assert clipboard.startswith(start)
        assert word == "copied"


@pytest.mark.needs_browser
def test_a_button_that_may_not_copy_says_so(browse: Browse) -> None:
    browser = browse()
    browser.run(ASIDE)
    browser.run("document.execCommand = () => false; document.querySelector('.copy').focus()")
    browser.press("Enter", 13, "\r")
    wait = "new Promise((r) => setTimeout(() => r(document.activeElement.textContent), 150))"
    assert browser.run(wait) == "not copied"


@pytest.mark.needs_browser
def test_buttons_work_by_keyboard(browse: Browse) -> None:
    browser = browse()
    ground = "getComputedStyle(document.body).backgroundColor"
    before = browser.run(ground)
    browser.run("document.getElementById('theme').focus()")
    browser.press("Enter", 13, "\r")
    assert browser.run(ground) != before
    browser.run("document.querySelector('button.copy:not(.all)').focus()")
    browser.press("Enter", 13, "\r")
    said = (
        "new Promise((r) => setTimeout(() => r(document.getElementById('said').textContent), 200))"
    )
    assert browser.run(said) == "LaTeX copied"


PRESS = "document.querySelector('button[data-status=\"%s\"]').click()"
KIND = """(() => { const menu = document.getElementById('audit-table-kind');
  menu.value = '%s'; menu.dispatchEvent(new Event('change')); })()"""
WORDS = """(() => { const field = document.getElementById('audit-table-words');
  field.value = '%s'; field.dispatchEvent(new Event('input')); })()"""


@pytest.mark.needs_browser
def test_the_audit_is_filtered(start: Browse, tmp_path: Path) -> None:
    written = tmp_path / "audit.html"
    rows = audit_paper(pra109_042619, ["B9", "C3", "2a", "A-arg-17"])
    written.write_text(page_around(audit_section(rows)), encoding="utf-8")
    browser = start(written.as_uri())
    seen = (
        "[...document.querySelectorAll('#audit-table tbody tr')]"
        ".filter((row) => row.checkVisibility()).map((row) => row.id.replace('audit-', ''))"
    )

    def shown(action: str) -> list[str]:
        browser.run(f"{action};0")
        found: list[str] = browser.run(seen)
        said = browser.run("document.getElementById('said').textContent")
        assert said == f"{len(found)} rows shown"
        return found

    assert browser.run(seen) == ["B9", "C3", "2a", "A-arg-17"]
    assert shown(PRESS % "misprint") == ["B9"]
    assert shown(PRESS % "confirmed") == ["2a"]
    assert shown(PRESS % "") == ["B9", "C3", "2a", "A-arg-17"]
    assert shown(KIND % "argument") == ["A-arg-17"]
    assert shown(WORDS % "partner") == []
    assert shown(KIND % "equation") == ["B9"]
    assert shown(WORDS % "") == ["B9", "C3", "2a"]
    assert shown(PRESS % "gap") == []
    arrived = "new Promise((r) => { addEventListener('hashchange', () => setTimeout(r, 0)); %s })"
    browser.run(arrived % "location.hash = '#audit-2a';")
    assert "2a" in browser.run(seen)
    assert browser.complaints() == []


@pytest.mark.slow
@pytest.mark.needs_browser
@pytest.mark.xdist_group("axe")
def test_the_whole_page_stands_as_the_quick_one_does(browse: Browse, whole: Path) -> None:
    reader = Reader(whole.read_text(encoding="utf-8"))
    assert (reader.faults, reader.stack) == ([], [])
    assert {"theorems", "audit", "figures"} <= set(reader.values("id"))
    text = whole.read_text(encoding="utf-8")
    assert text.count("for all real ") == text.count('id="theorem-T') + text.count('id="theorem-A')
    missing = [s for s in reader.values("src") if not (whole.parent / s).is_file()]
    assert missing == []
    browser = browse(390, 900, "dark")
    browser.open(whole.as_uri())
    browser.unfold()
    assert browser.complaints() == []
    outside = [url for url in browser.requests() if not url.startswith(whole.parent.as_uri())]
    assert [url for url in outside if url != "data:,"] == []
    assert browser.run("document.documentElement.scrollWidth") <= 390
    assert browser.run(OUTSIDE) == []
    assert browser.run(UNNAMED) == []
