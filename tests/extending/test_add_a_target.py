"""The page on adding a target, followed from scratch: two files, and right values."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import symqb
from symqb.emit.plan import Plan
from symqb.emit.targets.julia import JULIA
from tests.conformance.test_languages import GOOD, REFUSED
from tests.extending.scratch import PAGES, files, follow, scratch

PAGE = PAGES / "add-a-target.md"
OUTPUTS = ("populations", "charge", "heat_current_L", "entropy_production")
WRITE = "import sys, symqb; print(symqb.xxz_battery(2).source('lua', sys.argv[1].split(',')))"
RUN = """
local battery = require("written")
for line in io.lines() do
  local point = load("return " .. line)()
  local right, found = pcall(battery.evaluate, point)
  if not right then print(found) else
    local numbers = {}
    for _, name in ipairs(battery.outputs) do
      for _, x in ipairs(type(found[name]) == "table" and found[name] or {found[name]}) do
        numbers[#numbers + 1] = string.format("%.17g", x)
      end
    end
    print(table.concat(numbers, " "))
  end
end
"""


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = scratch(tmp_path_factory.mktemp("scratch"))
    done = follow(PAGE, folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder


def run_lua(folder: Path, outputs: tuple[str, ...], points: list[dict[str, float]]) -> list[str]:
    command = [sys.executable, "-c", WRITE, ",".join(outputs)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    (folder / "written.lua").write_text(done.stdout)
    (folder / "run.lua").write_text(RUN)
    lines = [", ".join(f"{name}={_number(x)}" for name, x in p.items()) for p in points]
    text = "\n".join(f"{{{line}}}" for line in lines)
    done = subprocess.run(
        ["lua", "run.lua"], cwd=folder, input=text, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def _number(x: float) -> str:
    return {"nan": "0/0", "inf": "1/0"}.get(str(x), repr(x))


@pytest.mark.needs_lua
def test_a_target_is_two_files(followed: Path, tmp_path: Path) -> None:
    before, after = files(scratch(tmp_path)), files(followed)
    added = {name for name in set(after) - set(before) if name.startswith("symqb/")}
    assert added == {"symqb/emit/targets/lua.py"}
    changed = {name for name, content in before.items() if after[name] != content}
    assert changed == {"symqb/emit/targets/__init__.py"}
    lines = after["symqb/emit/targets/__init__.py"].count(b"\n")
    assert lines == before["symqb/emit/targets/__init__.py"].count(b"\n") + 1


@pytest.mark.needs_lua
def test_the_added_target_has_the_values_of_the_others(followed: Path) -> None:
    points = [GOOD, GOOD | {"B0": 5.0, "T_R": 0.0}, GOOD | {"Delta": 1.0}, GOOD | {"B0": 0.3}]
    for point, line in zip(points, run_lua(followed, OUTPUTS, points), strict=True):
        wanted = symqb.xxz_battery(2).evaluate(digits=30, outputs=OUTPUTS, **point)
        flat = [float(x) for name in OUTPUTS for x in _listed(wanted[name])]
        assert [float(x) for x in line.split()] == pytest.approx(flat, rel=1e-13)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


@pytest.mark.needs_lua
def test_the_added_target_refuses_in_the_words_of_the_others(followed: Path) -> None:
    refused = [REFUSED[name] for name in REFUSED if name != "cold"]
    lines = run_lua(followed, ("charge",), [GOOD | wrong for wrong, _ in refused])
    for line, (_, message) in zip(lines, refused, strict=True):
        assert line.endswith(message)
    assert run_lua(followed, ("charge",), [GOOD | {"x": 1.0}]) == ["unknown parameter x"]


@pytest.mark.needs_lua
def test_a_page_that_promises_another_value_is_seen(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    wrong = tmp_path / "page.md"
    wrong.write_text(text.replace("0.16053", "0.16054"))
    assert follow(wrong, scratch(tmp_path)).returncode != 0


def test_the_page_names_every_mark_there_is() -> None:
    plan = Plan(symqb.xxz_battery(2).program.prune(["charge"]), ("T_L",), "kappa")
    about = {"title": "", "version": "", "labels": (1, 2, 3, 4), "parameters": plan.inputs}
    marks = JULIA.marks(plan, **about)
    page = PAGE.read_text(encoding="utf-8")
    # the number as it is shown in a message, for languages whose literals have a suffix
    assert [mark for mark in marks if f"@{mark}@" not in page] == ["SMALLEST_SHOWN"]
