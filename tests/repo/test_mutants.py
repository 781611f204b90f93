"""The mutation tool plants what it says, where it says, the same for the same seed, and judges."""

from __future__ import annotations

import ast
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from benchmarks import mutants
from benchmarks.faults import Fault, faults
from benchmarks.marks import MARK, block, marked
from benchmarks.mutants import (
    AREAS,
    Record,
    Tree,
    all_faults,
    chosen,
    judge,
    mentions,
    order,
    summary,
    together,
)

ROOT = Path(__file__).resolve().parents[2]
SOURCE = '''"""Text is no fault: 1 < 2 and min."""

from __future__ import annotations

Number = int | float


def clamp(x: float, low: float = 0.0, strict: bool = True) -> float:
    """Not less than 0, and not 1 more."""
    if x < low and strict:
        raise ValueError(f"{x + 1} is too small" + "!")
    total = abs(x) - low * 2
    return max(total, f(x, low)) if total >= 0 else -total


def f(x, y):
    return [k for k in (x, y) if k != 0]
'''


def texts(kind: str) -> set[tuple[str, str]]:
    return {(f.before, f.after) for f in faults(SOURCE) if f.kind == kind}


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("operator", "low * 2", "(low / 2)"),
        ("term dropped", "abs(x) - low * 2", "(abs(x))"),
        ("off by one", "x < low", "(x <= low)"),
        ("comparison", "total >= 0", "(total <= 0)"),
        ("constant", "2", "(3)"),
        ("constant", "True", "(False)"),
        ("sign", "-total", "(total)"),
        ("sign", "abs(x)", "(x)"),
        ("arguments", "f(x, low)", "(f(low, x))"),
        ("extreme", "max(total, f(x, low))", "(min(total, f(x, low)))"),
        ("and, or", "x < low and strict", "(x < low or strict)"),
        ("condition dropped", "x < low and strict", "(strict)"),
        ("branch", "x < low and strict", "False"),
        ("condition dropped", "[k for k in (x, y) if k != 0]", "([k for k in (x, y)])"),
    ],
)
def test_faults_a_person_makes_are_planted(kind: str, before: str, after: str) -> None:
    assert (before, after) in texts(kind)


def test_each_fault_changes_one_place_and_no_text() -> None:
    found = faults(SOURCE)
    assert len({fault.id for fault in found}) == len(found)
    for fault in found:
        planted = fault.planted(SOURCE)
        assert planted != SOURCE
        assert SOURCE.encode()[fault.begin : fault.end].decode() == fault.before
        for kept in ("1 < 2 and min.", "Not less than 0, and not 1 more.", "int | float"):
            assert kept in planted
        assert "x + 1" in planted or fault.kind == "statement dropped"
        assert ast.dump(ast.parse(planted)) != ast.dump(ast.parse(SOURCE))


def test_functions_are_named_as_they_name_themselves() -> None:
    source = (
        "class A:\n    def f(self):\n        def g():\n            return 1\n        return g\n"
    )
    names: dict[str, object] = {}
    exec(source, names)
    made = names["A"]().f()  # type: ignore[operator]
    assert {fault.function for fault in faults(source)} == {made.__code__.co_qualname}


def test_the_same_seed_draws_the_same_faults_from_every_area() -> None:
    areas = ("program", "papers")
    some, again, other = (chosen(ROOT, seed, 8, areas) for seed in (1, 1, 2))
    assert [f.id for f in some] == [f.id for f in again]
    assert {f.id for f in some} != {f.id for f in other}
    assert [f.module.split("/")[1] for f in some] == [*areas] * 4


def test_every_area_has_modules_and_tests() -> None:
    for modules, folders in AREAS.values():
        assert all([*ROOT.glob(pattern)] for pattern in modules)
        assert all((ROOT / "tests" / folder).is_dir() for folder in folders)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A tree with one module, a test that sees a sign, and one that sees nothing."""
    base = tmp_path / "base"
    (base / "symqb" / "program").mkdir(parents=True)
    (base / "tests" / "program").mkdir(parents=True)
    (base / "symqb" / "program" / "small.py").write_text("def less(a, b):\n    return a - b\n")
    path = str(base / "symqb" / "program")
    head = (
        f"import sys\nsys.path.insert(0, {path.replace('base', 'work/tree')!r})\nimport small\n\n\n"
    )
    (base / "tests" / "program" / "test_blind.py").write_text("def test_nothing():\n    pass\n")
    seeing = "def test_less():\n    assert small.less(3, 1) == 2\n"
    (base / "tests" / "program" / "test_seeing.py").write_text(head + seeing)
    (base / "pyproject.toml").write_text("[tool.pytest.ini_options]\nminversion = '6'\n")
    return base


def test_a_fault_is_found_by_the_test_that_sees_it_and_survives_the_blind(
    small: Path, tmp_path: Path
) -> None:
    tree = Tree(small, tmp_path / "work")
    record = Record(tmp_path / "record.json")
    (fault, *_) = all_faults(small, ["symqb/program/*.py"])
    row = judge(fault, tree, record, 100.0)
    assert row["verdict"] == "killed"
    assert row["by"] == "tests/program/test_seeing.py::test_less"
    assert (tree.root / fault.module).read_text() == (small / fault.module).read_text()
    blind = {"passed": True, "seconds": 1.0, "blocks": [f"{fault.module}::less"]}
    unaware = {"passed": True, "seconds": 1.0, "blocks": []}
    names = ("tests/program/test_blind.py", "tests/program/test_seeing.py")
    record.files = dict(zip(names, (blind, unaware), strict=True))
    assert judge(fault, tree, record, 100.0)["verdict"] == "survived"


def test_blocks_are_functions_and_their_branches() -> None:
    body = "    def g(self):\n        if self:\n            return 1\n        return [2]\n"
    source = f"a = 1\nclass A:\n{body}"
    assert [block(source, n) for n in (1, 3, 4, 5, 6)] == [*["<module>"] * 2, "A.g", "A.g#1", "A.g"]
    names: dict[str, Any] = {MARK: (seen := list[str]()).append}
    exec(compile(marked(source, "m.py"), "m.py", "exec"), names)
    assert names["A"].g(0) == [2]
    assert seen == ["m.py::A.g"]
    assert names["A"].g(1) == 1
    assert seen[1:] == ["m.py::A.g", "m.py::A.g#1"]


@pytest.mark.slow
def test_the_record_says_which_tests_enter_a_block(small: Path, tmp_path: Path) -> None:
    record = Record(tmp_path / "record.json")
    trees: SimpleQueue[Tree] = SimpleQueue()
    trees.put(Tree(small, tmp_path / "work"))
    mutants.make_record(small, trees, record, 1)
    (fault, *_) = all_faults(small, ["symqb/program/*.py"])
    assert order(fault, Record.load(record.path), small) == ["tests/program/test_seeing.py"]


def test_files_share_a_process_up_to_a_time_and_keep_their_order() -> None:
    record = Record(ROOT / "nowhere.json")
    seconds = {"a": 10.0, "b": 14.0, "c": 2.0, "d": 500.0, "e": 1.0}
    record.files = {name: {"seconds": time} for name, time in seconds.items()}
    assert [*together("abcde", record)] == [["a", "b"], ["c"], ["d"], ["e"]]
    assert [*together("", record)] == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("from symqb.emit.plan import Plan", True),
        ("from symqb.emit import names, plan", True),
        ("import symqb.emit.plan", True),
        ("made = Plan(program)", True),
        ("from symqb.emit.planet import Mars", False),
        ("from symqb.emit import Planet", False),
    ],
)
def test_tests_that_import_a_module_or_name_a_class_of_it_are_asked_first(
    text: str, named: bool
) -> None:
    fault = Fault("symqb/emit/plan.py", "Plan.values", 1, "sign", 0, 1, "-", "")
    assert mentions(text, fault) is named


def test_a_share_counts_no_equivalents() -> None:
    def row(verdict: str) -> dict[str, str]:
        return {"module": "symqb/emit/plan.py", "verdict": verdict}

    rows = [row(v) for v in ("killed", "killed", "killed", "survived", "equivalent", "unfinished")]
    assert summary(rows).endswith(
        "found 3 of 4 that are no equivalents: 75 %; with the 1 unfinished at least 60 %"
    )
    assert summary(rows[:4]).endswith("equivalents: 75 %")


def test_an_id_stays_when_lines_move() -> None:
    moved = faults("# a line\n" + SOURCE)
    assert [f.id for f in moved] == [f.id for f in faults(SOURCE)]
    assert isinstance(moved[0], Fault)
