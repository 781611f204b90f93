"""axe-core finds nothing of weight on the page: both themes, desktop and phone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.needs_browser,
    pytest.mark.needs_npm,
    pytest.mark.xdist_group("axe"),
]

Browse = Callable[..., Any]
SCREENS = list(product(((1440, 900), (390, 844)), ("light", "dark")))
RUN = """(async () => {
  const result = await axe.run(document, { resultTypes: ['violations'] });
  return {
    passed: result.passes.map((rule) => rule.id),
    found: result.violations.map((rule) => `${rule.impact} ${rule.id}, ${rule.nodes.length} times: `
      + rule.nodes[0].html.slice(0, 200)),
  };
})()"""


def findings(browser: Any, axe: str) -> list[str]:
    """What axe-core objects to, each with its impact, with every fold open."""
    browser.unfold()
    browser.run(f"{axe};0")
    result = browser.run(RUN)
    missing = {"color-contrast", "label", "button-name", "aria-allowed-attr"} - {*result["passed"]}
    broken = {line.split()[1].rstrip(",") for line in result["found"]}
    assert missing <= broken, f"rules that did not run: {missing}"
    return [str(line) for line in result["found"]]


# formulas are all built alike: a few stand for hundreds, which take axe-core long
FEWER = "document.querySelectorAll('#spins-3, .formula:nth-child(n+3)').forEach((e) => e.remove())"


def test_nothing_is_found_on_a_phone_in_the_dark(browse: Browse, axe: str) -> None:
    browser = browse(390, 844, "dark")
    browser.run(FEWER)
    assert findings(browser, axe) == []


@pytest.mark.slow
@pytest.mark.parametrize(("size", "scheme"), SCREENS)
def test_nothing_is_found_on_the_whole_page(
    browse: Browse, axe: str, whole: Path, size: tuple[int, int], scheme: str
) -> None:
    browser = browse(*size, scheme)
    browser.open(whole.as_uri())
    assert findings(browser, axe) == []


PLANTED = {
    "color-contrast": "document.querySelector('h1').style.color = '#ddd'",
    "label": "document.querySelector('label[for=explore-B0]').remove()",
    "button-name": "document.getElementById('theme').textContent = '';"
    "document.getElementById('theme').removeAttribute('aria-label')",
    "aria-valid-attr-value": "document.querySelector('main').setAttribute('aria-busy', 'perhaps')",
    "heading-order": "document.querySelector('h2').outerHTML = '<h5>Explorer</h5>'",
}


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_violation_is_found(explore: Browse, axe: str, rule: str) -> None:
    browser = explore()
    browser.run(f"{PLANTED[rule]};0")
    assert rule in {line.split()[1].rstrip(",") for line in findings(browser, axe)}
