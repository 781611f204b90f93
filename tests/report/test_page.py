"""The page is whole, self-contained, and reads well in a browser, in both colour schemes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest

import symqb
from symqb.models import ParameterError
from symqb.models.battery import DISSIPATIONS
from symqb.paper import audit
from symqb.report.assets import asset
from symqb.report.diagram import level_diagram
from symqb.report.explorer import RANGES, SCALARS
from symqb.report.findings import audit_section
from symqb.report.measured import GridCheck, check_passivity
from symqb.report.page import page as page_around
from symqb.report.page import write_report

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
    assert text.count('class="levels"') == 4


def test_zero_ergotropy_is_checked_by_something_that_can_fail() -> None:
    check = check_passivity(symqb.xxz_battery(2), count=9)
    assert check.points == 2 * 9 * 9 * 9
    assert check.passed
    assert check.strongest > 0.1
    assert not GridCheck(2, 1, 1e-6, {}, 0.3).passed


@pytest.mark.parametrize(("epsilon", "hot"), [(0.0, 4), (1.0, 2)])
def test_the_level_diagram_is_figure_2(epsilon: float, hot: int) -> None:
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": epsilon}
    text = level_diagram(symqb.xxz_battery(2), point, "key")
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
    browser.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert browser.complaints() == []
    assert [url for url in browser.requests() if url != "data:,"] == [report.as_uri()]
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(OUTSIDE) == []
    assert browser.run(UNNAMED) == []
    assert browser.run("document.querySelectorAll('math').length") > 200
    paper = browser.run("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(20, 23, 27)") == (scheme == "dark")


@pytest.mark.needs_browser
def test_complaints_and_requests_are_seen(browse: Browse) -> None:
    browser = browse()
    browser.run("console.error('seen'); fetch('https://example.invalid/').catch(() => 0)")
    assert any("seen" in text for text in browser.complaints())
    assert any("Content Security Policy" in text for text in browser.complaints())


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


EXPLORER = """(points) => points.map(([key, point]) => window.symqbKernels[key](point))"""


def explorer_points() -> list[tuple[int, str, dict[str, float]]]:
    """Fifty points over the explorer's ranges, the same in every run."""
    random = Random(50)
    points = []
    for k in range(50):
        point = {name: random.uniform(*span) for name, span in RANGES.items()}
        point |= {name: 10 ** random.uniform(-1, 2) for name in ("T_L", "T_R")}
        points.append((2 + k % 2, DISSIPATIONS[k // 2 % 2], {**point, "kappa": 1.0}))
    return points


@pytest.mark.needs_browser
def test_the_browser_computes_what_the_package_computes(browse: Browse) -> None:
    browser = browse()
    points = explorer_points()
    asked = [[f"{spins}-{kind}", point] for spins, kind, point in points]
    answers = browser.run(f"({EXPLORER})({json.dumps(asked)})")
    assert len(answers) == 50
    batteries = {key: symqb.xxz_battery(*key) for key in product((2, 3), DISSIPATIONS)}
    for (spins, kind, point), answer in zip(points, answers, strict=True):
        expected = batteries[spins, kind].evaluate(**point)
        for name in ("energies", "populations", *SCALARS):
            assert answer[name] == pytest.approx(expected[name], rel=1e-12, abs=1e-12), (
                name,
                point,
            )


STATE = """(() => {
  const text = (id) => document.getElementById(id).textContent;
  const lines = [...document.querySelectorAll('#explore-levels .filled')];
  return {
    hash: location.hash,
    charge: text('explore-out-charge'),
    ergotropy: text('explore-out-ergotropy'),
    heat: text('explore-out-heat_current_L'),
    levels: text('explore-levels-text'),
    bars: lines.map((line) => line.getAttribute('x2') - line.getAttribute('x1')),
    hot: [...document.querySelectorAll('#explore-levels .hot')]
      .filter((line) => line.getAttribute('stroke-width') !== '0').length,
  };
})()"""


@pytest.mark.needs_browser
@pytest.mark.parametrize("name", list(RANGES))
def test_every_slider_moves_levels_numbers_and_address(browse: Browse, name: str) -> None:
    browser = browse()
    browser.run(f"document.getElementById('explore-{name}').focus()")
    before = browser.run(STATE)
    for _ in range(3):
        browser.press("ArrowLeft", 37)
    after = browser.run(STATE)
    changed = {part for part in before if before[part] != after[part]}
    assert {"hash", "charge", "heat", "levels", "bars"} <= changed
    assert browser.complaints() == []


@pytest.mark.needs_browser
def test_the_address_restores_the_state(browse: Browse, report: Path) -> None:
    browser = browse()
    words = "spins=3&dissipation=individual&B0=5&J=-1&Delta=0.25&epsilon=0.5&T_L=7&T_R=3"
    browser.open(f"{report.as_uri()}#explorer?{words}&x=B0&y=T_R&quantity=charge")
    state = browser.run(STATE)
    expected = symqb.xxz_battery(3, "individual").evaluate(
        B0=5, J=-1, Delta=0.25, epsilon=0.5, T_L=7, T_R=3
    )
    assert float(state["charge"]) == pytest.approx(float(expected.charge), rel=1e-5)
    assert len(state["bars"]) == 8
    assert words in state["hash"]


@pytest.mark.needs_browser
def test_the_live_diagram_loses_two_transitions_at_epsilon_1(browse: Browse) -> None:
    browser = browse()
    assert browser.run(STATE)["hot"] == 2
    browser.run("document.getElementById('explore-epsilon').focus()")
    browser.press("Home", 36)
    assert browser.run(STATE)["hot"] == 4
    assert browser.run(STATE)["ergotropy"] == "0"


CLICK = """(() => {
  const box = document.getElementById('explore-map');
  const r = box.getBoundingClientRect();
  const at = { clientX: r.left + r.width / 4, clientY: r.top + r.height / 4, bubbles: true };
  box.dispatchEvent(new MouseEvent('click', at));
})()"""


@pytest.mark.needs_browser
def test_the_map_is_drawn_and_answers_a_click(browse: Browse) -> None:
    browser = browse()
    browser.run(
        "new Promise((r) => { const t = setInterval(() => {"
        "if (window.symqbTimes.length) { clearInterval(t); r(1); } }, 20); })"
    )
    pixels = browser.run(
        "new Set(document.getElementById('explore-map').getContext('2d')"
        ".getImageData(0, 0, 100, 100).data).size"
    )
    assert pixels > 50
    before = browser.run(STATE)
    browser.run(CLICK)
    after = browser.run(STATE)
    (Delta,) = re.findall(r"&Delta=([-0-9.]+)&", after["hash"])
    assert float(Delta) == pytest.approx(-1, abs=0.02)
    assert after["charge"] != before["charge"]


@pytest.mark.needs_browser
def test_a_point_without_steady_state_says_so(browse: Browse) -> None:
    browser = browse()
    browser.run("symqbExplorer.state.J = 0; symqbExplorer.update()")
    assert "must not coincide" in browser.run(
        "document.getElementById('explore-message').textContent"
    )
    assert browser.complaints() == []


@pytest.mark.needs_browser
def test_the_audit_is_filtered_by_status(
    browse: Browse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = audit(["B9", "C3", "2a"])
    monkeypatch.setattr("symqb.paper.audit", lambda ids: rows)
    written = tmp_path / "audit.html"
    written.write_text(page_around(audit_section()), encoding="utf-8")
    browser = browse()
    browser.open(written.as_uri())
    seen = "[...document.querySelectorAll('#audit-table tbody tr')].filter((r) => !r.hidden).length"
    assert browser.run(seen) == 3
    browser.run("document.querySelector('button[data-status=misprint]').click()")
    assert browser.run(seen) == 1
    assert browser.run("document.getElementById('said').textContent") == "1 rows shown"
    assert browser.complaints() == []


@pytest.mark.slow
@pytest.mark.needs_browser
def test_the_whole_page_stands_as_the_quick_one_does(browse: Browse, tmp_path: Path) -> None:
    whole = write_report(tmp_path / "whole")
    reader = Reader(whole.read_text(encoding="utf-8"))
    assert (reader.faults, reader.stack) == ([], [])
    assert {"theorems", "audit", "figures"} <= set(reader.values("id"))
    missing = [s for s in reader.values("src") if not (whole.parent / s).is_file()]
    assert missing == []
    browser = browse(390, 900, "dark")
    browser.open(whole.as_uri())
    assert browser.complaints() == []
    outside = [url for url in browser.requests() if not url.startswith(whole.parent.as_uri())]
    assert [url for url in outside if url != "data:,"] == []
    assert browser.run("document.documentElement.scrollWidth") <= 390
    assert browser.run(OUTSIDE) == []
    assert browser.run(UNNAMED) == []
