"""axe-core finds nothing of weight on the page: both themes, desktop and phone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

import symqb
from symqb.report.model_page import write_model_report

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


ASKED = frozenset({"color-contrast", "label", "button-name", "aria-allowed-attr"})


def findings(browser: Any, axe: str, asked: frozenset[str] = ASKED) -> list[str]:
    """What axe-core objects to, each with its impact, with every fold open."""
    browser.unfold()
    browser.run(f"{axe};0")
    result = browser.run(RUN)
    missing = asked - {*result["passed"]}
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_found_on_the_page_of_a_model(
    start: Browse, axe: str, scheme: str, tmp_path: Path
) -> None:
    """With a diagram, a table of jumps, findings and what was not examined."""
    reg, (w, g) = symqb.Register(2, 2), sp.symbols("w g")
    swap = reg.plus(1) * reg.minus(2)
    H = w * (reg.number(1) + reg.number(2)) + g * (swap + swap.T)
    jumps = [symqb.Jump(reg.minus(1), "k", "L"), symqb.Jump(reg.plus(1), "u", "L")]
    system = symqb.System(H, [symqb.Bath("R", "T", reg.x(2))], jumps=jumps, register=reg)
    point = {"w": 1.0, "g": 0.1, "T": 1.0, "k": 1.0, "u": 0.2, "kappa": 1.0}
    written = write_model_report(symqb.OpenSystem(system), tmp_path, point, "pair.toml")
    browser = start(written.as_uri(), 1440, 900, scheme)
    # nothing to fill in there
    assert findings(browser, axe, ASKED - {"label"}) == []
