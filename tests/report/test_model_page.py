"""The page of a model file: whole, self-contained, its numbers the library's, its gaps told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import symqb
from symqb import ParameterError
from symqb.report.model_page import write_model_report
from symqb.show.system_diagram import system_diagram
from tests.report.test_page import Reader

BATHS = """
[[baths]]
name = "L"
temperature = "T_L"
coupling = "X1"
[[baths]]
name = "R"
temperature = "T_R"
coupling = "X2"
"""
PAIR = '[register]\nlevels = [2, 2]\n[system]\nH = "w*(N1 + N2) + g*(P1*M2 + M1*P2)"\n' + BATHS
CUBIC = """
[register]
levels = [3]
[system]
H = "w*T1_11 + v*T1_22 + g*(T1_01 + T1_10) + f*(T1_12 + T1_21)"
[[baths]]
name = "L"
temperature = "T_L"
coupling = "T1_01 + T1_10"
[[baths]]
name = "R"
temperature = "T_R"
coupling = "T1_12 + T1_21"
"""
LOCAL = """
[register]
levels = [2]
[system]
H = "w*N1"
[[jumps]]
operator = "M1"
rate = "down"
bath = "c"
[[jumps]]
operator = "P1"
rate = "up"
bath = "c"
"""
PAPER = """
[chain]
spins = 2
[[baths]]
name = "L"
temperature = "T_L"
sites = { 1 = 1, 2 = "epsilon" }
[[baths]]
name = "R"
temperature = "T_R"
sites = { 2 = 1 }
"""
COMMON = """
[register]
levels = [2, 2]
[system]
H = "w*(N1 + N2)"
[[baths]]
name = "c"
temperature = "T"
coupling = "X1 + X2"
"""
POINT = {"w": 1.0, "g": 0.1, "T_L": 0.5, "T_R": 2.0}

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a model file and its page; gives the page."""

    def written(text: str, point: dict[str, float] | None = None) -> str:
        path = tmp_path / "model.toml"
        path.write_text(text)
        page = write_model_report(symqb.load_model(path), tmp_path / "out", point, path.name)
        return page.read_text(encoding="utf-8")

    return written


def words(page: str) -> str:
    """What a person reads, formulas and drawings left out."""
    for tag in ("math", "svg", "script", "style"):
        page = re.sub(rf"<{tag}\b.*?</{tag}>", " ", page, flags=re.DOTALL)
    page = re.sub(r"</?(strong|code|span|sup)[^>]*>", "", page)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def row(text: str, name: str) -> str:
    """What stands behind a name in a table."""
    found = re.search(rf"{re.escape(name)} +(\S+)", text)
    assert found, name
    return found[1].replace("\N{MINUS SIGN}", "-")


def test_the_page_of_a_pair_has_its_formulas_and_the_numbers_of_the_library(write: Write) -> None:
    page = write(PAIR, POINT)
    reader = Reader(page)
    assert (reader.faults, reader.stack) == ([], [])
    assert [name for name, n in Counter(reader.values("id")).items() if n > 1] == []
    assert not [x for x in reader.values("src") + reader.values("href") if x[:4] == "http"]
    known = set(reader.values("id"))
    assert {link[1:] for link in reader.values("href") if link.startswith("#")} <= known
    copied = reader.values("data-latex")
    assert "E_{2} = w - g" in copied
    assert r"|2\rangle = \left[\begin{matrix}0 & \frac{\sqrt{2}}{2}" in " ".join(copied)
    assert sum(text.startswith(r"k_{") for text in copied) == 16
    text = words(page)
    system = symqb.OpenSystem(_pair())
    truth = system.evaluate(**POINT)
    for name in ("exergy", "heat_current_L", "entropy_production"):
        assert float(row(text, name)) == pytest.approx(truth[name], rel=1e-9)
    one = system.evaluate(outputs=["effective_temperature_1"], **POINT).effective_temperature_1
    assert float(row(text, "effective_temperature_1")) == pytest.approx(one, rel=1e-9)
    assert "kappa = 1, w = 1, g = 0.1" in text
    assert "Nothing found." in text
    assert "--set T_L=0.5" in text


def _pair() -> symqb.System:
    import sympy as sp

    reg, (w, g) = symqb.Register(2, 2), sp.symbols("w g")
    swap = reg.plus(1) * reg.minus(2)
    H = w * (reg.number(1) + reg.number(2)) + g * (swap + swap.T)
    baths = [symqb.Bath("L", "T_L", reg.x(1)), symqb.Bath("R", "T_R", reg.x(2))]
    return symqb.System(H, baths, register=reg)


def test_without_a_point_the_page_says_how_to_have_numbers(write: Write) -> None:
    text = words(write(PAIR))
    assert "With --set NAME=VALUE once for each of w, g, T_L, T_R, kappa" in text
    assert "no point is given" in text


def test_a_battery_keeps_the_levels_of_the_paper(write: Write) -> None:
    point = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 1.0, "T_L": 39.0, "T_R": 1.0}
    text = words(write(PAPER, point))
    truth = symqb.xxz_battery(2).evaluate(**point)
    for label, energy, p in zip(truth.labels, truth.energies, truth.populations, strict=True):
        shown = re.search(rf" {label} (\S+) (\S+) ", text[text.index("energy population") :])
        assert shown
        numbers = [float(x.replace("\N{MINUS SIGN}", "-")) for x in shown.groups()]
        assert numbers == pytest.approx([energy, p], rel=1e-9)
    assert float(row(text, "charge")) == pytest.approx(truth.charge, rel=1e-9)


@pytest.mark.parametrize(
    ("model", "point"),
    [
        (CUBIC, {"w": 1.0, "v": 1.3, "f": 0.4, "g": 0.2, "T_L": 1.0, "T_R": 2.0}),
        (LOCAL, {"w": 1.0, "down": 2.0, "up": 0.5}),
    ],
    ids=["cubic", "local"],
)
def test_what_has_no_closed_form_says_so_and_shows_numbers(
    model: str, point: dict[str, float], write: Write, tmp_path: Path
) -> None:
    text = words(write(model, point))
    held: Any = symqb.load_model(tmp_path / "model.toml")
    assert held.closed or "No closed form: " in text
    assert not (held.closed and model == CUBIC)
    truth = held.evaluate(**point)
    assert float(row(text, "ergotropy")) == pytest.approx(truth.ergotropy, abs=1e-9)
    shown = re.search(r" 1 (\S+) (\S+) ", text[text.index("energy population") :])
    assert shown
    assert float(shown[2]) == pytest.approx(truth.populations[0], rel=1e-9)


def test_a_refused_point_and_a_fault_are_told_on_the_page(write: Write) -> None:
    text = words(write(COMMON, {"w": 1.0, "T": 1.0}))
    assert "Refused." in text
    assert "the steady state is not unique" in text
    assert "conserved-quantity proved for all parameters" in text
    assert "Remedy: " in text


def test_bad_input_is_told_before_anything_is_written(write: Write, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="T_L"):
        write(PAIR, {"w": 1.0})
    with pytest.raises(ParameterError, match="T_L"):
        write(PAIR, {**POINT, "T_L": -1.0})
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").write_text("")
    with pytest.raises(ParameterError, match="give a folder"):
        write(PAIR)


def test_names_on_the_page_are_escaped(tmp_path: Path) -> None:
    model = symqb.OpenSystem(_pair())
    page = write_model_report(model, tmp_path, None, "<script>alert(1)</script>.toml")
    assert "<script>alert" not in page.read_text(encoding="utf-8")


def test_a_diagram_draws_every_bath_that_drives_a_transition() -> None:
    driven = {f"b{k}": [(2, 1, 0.5), (3, 2, 0.0)] for k in range(5)}
    root = ElementTree.fromstring(system_diagram({1: 0.0, 2: 1.0, 3: 1.0}, driven, "key"))
    lines = Counter(line.get("class") for line in root.iter("line"))
    assert lines == {"bath-1": 2, "bath-2": 1, "bath-3": 1, "bath-4": 1, "level": 3}
    described = root.findtext("desc")
    assert described is not None
    assert described.startswith("bath b0 drives 1 to 2; bath b1")
