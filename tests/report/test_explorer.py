"""The explorer, driven in a browser: its numbers, sliders, address, map, keys and words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import symqb
from symqb.models.battery import DISSIPATIONS
from symqb.report.explorer import DEFAULTS, POINTS, RANGES, SCALARS, presets
from tests.report.browser import Browser

pytestmark = pytest.mark.needs_browser

Explore = Callable[..., Browser]
Point = tuple[int, str, dict[str, float]]
NAMES = ("energies", "populations", *SCALARS)
BATTERIES = {key: symqb.xxz_battery(*key) for key in product((2, 3), DISSIPATIONS)}

# ---- numbers --------------------------------------------------------------------------------

EDGES: list[dict[str, float]] = [
    {"B0": 1.5, "J": 1.0, "Delta": 0.5},  # two spins: omega_31 = 0
    {"B0": 0.5, "J": 1.0, "Delta": 0.5},  # two spins: omega_24 = omega_41 - 2 Delta = 0
    {"B0": 2.0, "J": -1.0, "Delta": 1.0},  # two spins: omega_41 = 0; three: omega_81 = 0 at 2 J = 2
    {"epsilon": 0.0},
    {"epsilon": 1.0},
    {"T_L": 3.0, "T_R": 3.0},
    {"T_L": 0.05, "T_R": 0.05, "epsilon": 0.5},
    {"T_L": 0.05, "T_R": 100.0},
    {"Delta": 0.0},
    {"J": -1.0, "Delta": -0.5, "epsilon": 0.0},
]


def explorer_points() -> list[Point]:
    """Fifty points: twenty on edges, in turn for every battery, thirty over the whole ranges."""
    keys = list(BATTERIES)
    points = [
        (*keys[(k + shift) % 4], {**DEFAULTS, **edge, "kappa": 1.0})
        for shift in (0, 2)
        for k, edge in enumerate(EDGES)
    ]
    random = Random(50)
    for k in range(30):
        point = {name: random.uniform(*span) for name, span in RANGES.items()}
        point |= {name: 10 ** random.uniform(-1, 2) for name in ("T_L", "T_R")}
        points.append((*keys[k % 4], {**point, "kappa": 1.0}))
    return points


def computed(browser: Browser, points: list[Point]) -> list[dict[str, Any]]:
    """What the page's own kernels give."""
    asked = [[f"{spins}-{kind}", point] for spins, kind, point in points]
    call = "(points) => points.map(([key, point]) => window.symqbKernels[key](point))"
    answers: list[dict[str, Any]] = browser.run(f"({call})({json.dumps(asked)})")
    return answers


def differing(points: list[Point], answers: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """Where the browser and the package differ by more than 1e-12, relative or absolute."""
    found = []
    for index, ((spins, kind, point), answer) in enumerate(zip(points, answers, strict=True)):
        expected = BATTERIES[spins, kind].evaluate(**point)
        for name in NAMES:
            if answer[name] != pytest.approx(expected[name], rel=1e-12, abs=1e-12):
                found.append((index, name))
    return found


def test_the_browser_computes_what_the_package_computes(explore: Explore) -> None:
    points = explorer_points()
    assert len(points) == 50
    assert {point[:2] for point in points} == set(BATTERIES)
    assert differing(points, computed(explore(), points)) == []


def test_the_points_hold_a_transition_of_zero_frequency() -> None:
    gaps = [
        (spins, kind)
        for spins, kind, point in explorer_points()
        for t in BATTERIES[spins, kind].transitions()
        if abs(_energy(spins, kind, point, t.upper) - _energy(spins, kind, point, t.lower)) == 0
    ]
    assert {spins for spins, _ in gaps} == {2, 3}


def _energy(spins: int, kind: str, point: dict[str, float], label: int) -> float:
    battery = BATTERIES[spins, kind]
    labels = [level.label for level in battery.eigensystem()]
    return float(battery.evaluate(**point).energies[labels.index(label)])


@pytest.mark.parametrize("bug", ["T_L: p.T_L * (1 + 1e-9)", "T_L: p.T_R, T_R: p.T_L"])
def test_a_wrong_kernel_is_seen(explore: Explore, bug: str) -> None:
    browser, points = explore(), explorer_points()
    browser.run(
        "for (const [key, kernel] of Object.entries(symqbKernels))"
        f"symqbKernels[key] = (p) => kernel({{ ...p, {bug} }}); 0"
    )
    assert len(differing(points, computed(browser, points))) > 50


# ---- sliders --------------------------------------------------------------------------------

STATE = """(() => {
  const text = (id) => document.getElementById(id).textContent;
  const lines = [...document.querySelectorAll('#explore-levels .filled')];
  return {
    hash: location.hash,
    levels: text('explore-levels-text'),
    bars: lines.map((line) => line.getAttribute('x2') - line.getAttribute('x1')),
    places: lines.map((line) => Number(line.getAttribute('y1'))),
    shown: Object.fromEntries([...document.querySelectorAll('#explorer dd')]
      .map((e) => [e.id.replace('explore-out-', ''), e.textContent])),
    hot: [...document.querySelectorAll('#explore-levels .hot')]
      .filter((line) => line.getAttribute('stroke-width') !== '0').length,
    ring: document.getElementById('explore-here').getAttribute('style'),
    message: text('explore-message'),
    numbers: Object.fromEntries([...document.querySelectorAll('#explorer input[type=number]')]
      .map((e) => [e.id.replace('explore-', '').replace('-number', ''), Number(e.value)])),
  };
})()"""
DRAWN = "new Promise((r) => document.addEventListener('symqb-map', () => r(1), { once: true }))"
PICTURE = """(() => { const m = document.getElementById('explore-map');
  return [...m.getContext('2d').getImageData(0, 0, m.width, m.height).data].join(); })()"""


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def agrees(state: dict[str, Any], spins: int, kind: str) -> None:
    """What is written on the page is what the package gives for the numbers in the fields."""
    expected = BATTERIES[spins, kind].evaluate(**state["numbers"])
    for name in SCALARS:
        assert number(state["shown"][name]) == pytest.approx(
            float(expected[name]), rel=1e-5, abs=1e-9
        ), name
    half = max(state["bars"]) / max(expected.populations)
    assert [bar / half for bar in state["bars"]] == pytest.approx(
        list(map(float, expected.populations)), abs=2e-3
    )


def nudge(browser: Browser, name: str) -> dict[str, Any]:
    """The state after three steps of a slider by keyboard."""
    browser.run(f"document.getElementById('explore-{name}').focus()")
    for _ in range(3):
        browser.press("ArrowLeft", 37)
    state: dict[str, Any] = browser.run(STATE)
    return state


MOVES_LEVELS = {"B0", "J", "Delta"}


@pytest.mark.parametrize("name", list(RANGES))
def test_every_slider_moves_what_it_should(explore: Explore, name: str) -> None:
    browser = explore()
    before, after = browser.run(STATE), nudge(browser, name)
    moved = {key for key, value in after["numbers"].items() if value != before["numbers"][key]}
    assert moved == {name}
    assert after["numbers"][name] < before["numbers"][name]
    assert {key for key in SCALARS if after["shown"][key] == before["shown"][key]} == set()
    assert (after["places"] != before["places"]) == (name in MOVES_LEVELS)
    assert (after["ring"] != before["ring"]) == (name in ("Delta", "T_L"))
    assert f"{name}={after['numbers'][name]:g}" in after["hash"].replace("?", "&").split("&")
    agrees(after, 2, "collective")
    assert browser.complaints() == []


@pytest.mark.parametrize("name", [n for n in RANGES if n not in ("Delta", "T_L")])
def test_every_slider_but_those_of_its_axes_redraws_the_map(explore: Explore, name: str) -> None:
    browser = explore()
    browser.run(DRAWN)
    before = browser.run(PICTURE)
    browser.run(f"document.getElementById('explore-{name}').value = 300; 0")
    wait = DRAWN.replace(
        "once: true }))",
        "once: true });"
        f"document.getElementById('explore-{name}').dispatchEvent(new Event('input')); }})",
    ).replace("(r) => document", "(r) => { document")
    browser.run(wait)
    assert browser.run(PICTURE) != before


def test_a_slider_that_moves_nothing_is_seen(explore: Explore) -> None:
    browser = explore()
    browser.run(
        "document.getElementById('explore-B0')"
        ".addEventListener('input', (e) => e.stopImmediatePropagation(), true);"
        "document.getElementById('explorer')"
        ".addEventListener('input', (e) => e.stopPropagation(), true)"
    )
    before = browser.run(STATE)
    assert nudge(browser, "B0")["shown"] == before["shown"]


@pytest.mark.parametrize(("spins", "kind"), [(2, "individual"), (3, "collective")])
def test_another_battery_is_chosen_by_keyboard(explore: Explore, spins: int, kind: str) -> None:
    browser = explore()
    group = "spins-2" if spins == 3 else "dissipation-collective"
    browser.run(f"document.getElementById('explore-{group}').focus()")
    browser.press("ArrowRight", 39)
    state = browser.run(STATE)
    assert len(state["bars"]) == 2**spins
    agrees(state, spins, kind)


def test_a_point_of_the_paper_is_chosen(explore: Explore) -> None:
    browser = explore()
    name, wanted = list(presets().items())[-1]
    browser.run(
        f"const menu = document.getElementById('explore-preset'); menu.value = {json.dumps(name)};"
        "menu.dispatchEvent(new Event('change'))"
    )
    state = browser.run(STATE)
    assert state["numbers"] == {key: wanted[key] for key in RANGES}
    agrees(state, 3, "collective")


def test_a_number_may_be_typed_and_its_range_is_kept(explore: Explore) -> None:
    browser = explore()
    typed = "const f = document.getElementById('explore-B0-number'); f.value = '{}';"
    for text, value in (("3.25", 3.25), ("1e9", 10.0), ("", 10.0), ("-4", 0.1)):
        browser.run(f"(() => {{ {typed.format(text)} f.dispatchEvent(new Event('change')); }})()")
        state = browser.run(STATE)
        assert state["numbers"]["B0"] == value
        assert ("0.1 to 10 is possible" in state["message"]) == (text != "3.25")


def test_the_live_diagram_loses_two_transitions_at_epsilon_1(explore: Explore) -> None:
    browser = explore()
    assert browser.run(STATE)["hot"] == 2
    browser.run("document.getElementById('explore-epsilon').focus()")
    browser.press("Home", 36)
    assert browser.run(STATE)["hot"] == 4
    assert browser.run(STATE)["shown"]["ergotropy"] == "0"


def test_a_point_without_steady_state_shows_no_numbers(explore: Explore) -> None:
    browser = explore()
    browser.run("symqbExplorer.state.J = 0; symqbExplorer.update()")
    state = browser.run(STATE)
    assert "must not coincide" in state["message"]
    assert set(state["shown"].values()) == {"undefined here"}
    assert "No steady state" in state["levels"]
    browser.run("symqbExplorer.state.J = 1; symqbExplorer.update()")
    assert browser.run(STATE)["message"] == ""
    agrees(browser.run(STATE), 2, "collective")
    assert browser.complaints() == []


# ---- the address ----------------------------------------------------------------------------


def test_the_address_restores_the_state(explore: Explore) -> None:
    words = "spins=3&dissipation=individual&B0=5&J=-1&Delta=0.25&epsilon=0.5&T_L=7&T_R=3"
    browser = explore(f"{words}&x=B0&y=T_R&quantity=charge")
    state = browser.run(STATE)
    agrees(state, 3, "individual")
    assert state["message"] == ""
    chosen = (
        "['x', 'y', 'quantity'].map((name) => document.getElementById(`explore-${name}`).value)"
    )
    assert browser.run(chosen) == ["B0", "T_R", "charge"]


def test_what_the_page_writes_it_reads_back(explore: Explore) -> None:
    browser = explore()
    random = Random(8)
    for _ in range(5):
        point = {name: random.uniform(*span) for name, span in RANGES.items()}
        state = {**point, "spins": random.choice("23"), "dissipation": random.choice(DISSIPATIONS)}
        browser.run(
            f"Object.assign(symqbExplorer.state, {json.dumps(state)});symqbExplorer.update()"
        )
        link = browser.run("document.getElementById('explore-link').click(); location.href")
        assert parse_qs(urlsplit(link).fragment)["T_L"] == [str(point["T_L"])]
        browser.open(link)
        again = browser.run("symqbExplorer.state")
        assert {key: again[key] for key in state} == state
        assert browser.run(STATE)["message"] == ""


HOSTILE = {
    "%": None,
    "%E0%A4%A&B0=%ZZ": "B0=%ZZ",
    "B0=1e999&J=Infinity": "B0=1e999",
    "B0=NaN&T_L=": "T_L=",
    "B0=0x10": "B0=0x10",
    "T_L=-5": "0.05 to 100 is possible, 0.05 shown",
    "T_R=1e300": "0.05 to 100 is possible, 100 shown",
    "spins=9": "spins=9: 2 shown",
    "spins=__proto__&quantity=constructor": "spins=__proto__",
    "x=B0&y=B0": "x and y are the same",
    "B0=<img src=x onerror=alert(1)>": "B0=<img src=x onerror=alert",
    "quantity=" + "a" * 5000: "quantity=aaaaaaaaaaaaaaaaaaaaaaaa…",
    "B0=2&B0=3&__proto__=1&unknown=%00": None,
}


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: words[:30])
def test_a_hostile_address_is_survived_and_said(explore: Explore, words: str) -> None:
    browser, expected = explore(words), HOSTILE[words]
    state = browser.run(STATE)
    if expected is None:
        assert state["message"] == ""
    else:
        assert "The address asks for what cannot be" in state["message"]
        assert expected in state["message"]
    agrees(state, 2, "collective")
    assert browser.run("document.querySelectorAll('#explorer img').length") == 0
    assert len(state["message"]) < 300
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith(("file:", "data:,"))] == []


def test_a_changed_address_changes_the_page(explore: Explore) -> None:
    browser = explore()
    browser.run(
        "new Promise((r) => { addEventListener('hashchange', () => r(1), { once: true });"
        "location.hash = '#explorer?B0=7&J=-1'; })"
    )
    state = browser.run(STATE)
    assert (state["numbers"]["B0"], state["numbers"]["J"]) == (7, -1)
    agrees(state, 2, "collective")


# ---- the map --------------------------------------------------------------------------------

AT = """(() => {
  const r = document.getElementById('explore-map').getBoundingClientRect();
  return { clientX: r.left + r.width * %s, clientY: r.top + r.height * %s, bubbles: true };
})()"""


def test_the_map_holds_the_kernel_s_values(explore: Explore) -> None:
    browser = explore()
    browser.run(DRAWN)
    shown = []
    for right, down in ((0.005, 0.005), (0.305, 0.105), (0.605, 0.205)):
        at = AT % (right, down)
        browser.run(
            "document.getElementById('explore-map')"
            f".dispatchEvent(new PointerEvent('pointermove', {at}))"
        )
        text = browser.run("document.getElementById('explore-pointed').textContent")
        found = re.fullmatch(r"ergotropy (\S+) at anisotropy Δ (\S+), left temperature (\S+)", text)
        assert found, text
        shown.append([number(word) for word in found.groups()])
    low, high = RANGES["T_L"]
    for (W, Delta, T_L), column, line in zip(shown, (0, 30, 60), (99, 89, 79), strict=True):
        assert pytest.approx(-2 + 4 * (column + 0.5) / POINTS, rel=1e-3) == Delta
        assert pytest.approx(low * (high / low) ** ((line + 0.5) / POINTS), rel=1e-3) == T_L
        point = {**DEFAULTS, "Delta": -2 + 4 * (column + 0.5) / POINTS}
        point["T_L"] = low * (high / low) ** ((line + 0.5) / POINTS)
        expected = float(BATTERIES[2, "collective"].evaluate(**point).ergotropy)
        assert pytest.approx(expected, rel=1e-5) == W
    assert max(W for W, *_ in shown) > 0.1
    label = browser.run("document.getElementById('explore-map').getAttribute('aria-label')")
    assert label.startswith("Map of ergotropy over anisotropy Δ and left temperature, from 0 to 0.")


def test_a_click_on_the_map_goes_there(explore: Explore) -> None:
    browser = explore()
    browser.run(
        f"document.getElementById('explore-map').dispatchEvent(new MouseEvent('click',"
        f"{AT % (0.25, 0.25)}))"
    )
    state = browser.run(STATE)
    assert state["numbers"]["Delta"] == pytest.approx(-1, abs=0.02)
    agrees(state, 2, "collective")


def test_a_map_over_points_without_steady_state_is_grey_there(explore: Explore) -> None:
    browser = explore("x=J&y=epsilon&Delta=2&B0=0.1&quantity=charge")
    browser.run(DRAWN)
    assert browser.run("document.getElementById('explore-map-low').textContent") != ""
    browser.run("symqbExplorer.state.x = 'epsilon'; symqbExplorer.state.y = 'Delta'; 0")
    wait = DRAWN.replace(
        "once: true }))", "once: true }); symqbExplorer.state.J = 0; symqbExplorer.update(); })"
    ).replace("(r) => document", "(r) => { document")
    browser.run(wait)
    label = browser.run("document.getElementById('explore-map').getAttribute('aria-label')")
    assert label.endswith("defined nowhere")
    assert set(browser.run(PICTURE).split(",")) == {"128", "255"}


# ---- words and focus ------------------------------------------------------------------------


def test_changes_are_announced_once_they_have_settled(explore: Explore) -> None:
    browser = explore()
    said = "document.getElementById('said').textContent"
    assert browser.run(said) == ""
    nudge(browser, "B0")
    assert browser.run(said) == ""
    later = f"new Promise((r) => setTimeout(() => r({said}), 1000))"
    assert re.fullmatch(
        r"charge \S+, ergotropy \S+, heat from the left bath \S+", browser.run(later)
    )


def test_focus_can_be_seen_and_reaches_every_control(explore: Explore) -> None:
    browser = explore()
    browser.run("document.getElementById('explore-spins-2').focus()")
    reached = []
    for _ in range(24):
        reached.append(browser.run("document.activeElement.id"))
        if browser.run("document.activeElement === document.body"):
            break
        outline = browser.run("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", reached
        browser.press("Tab", 9)
    wanted = {f"explore-{name}" for name in RANGES} | {f"explore-{name}-number" for name in RANGES}
    wanted |= {"explore-dissipation-collective", "explore-preset", "explore-link"}
    wanted |= {"explore-quantity", "explore-x", "explore-y"}
    assert wanted <= set(reached)


def test_a_slider_says_its_value(explore: Explore) -> None:
    browser = explore()
    nudge(browser, "J")
    slider = "document.getElementById('explore-J')"
    assert browser.run(f"{slider}.labels[0].textContent") == "exchange J"
    assert browser.run(f"{slider}.getAttribute('aria-valuetext')") == "0.988"
