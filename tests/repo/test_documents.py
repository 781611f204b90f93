"""README and docs cannot rot: every example in them runs and prints what they show."""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in path.parts),
]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```(?:python|pycon)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def python_failures(text: str, name: str) -> tuple[int, int]:
    """Failures and examples of the ``>>>`` lines in a document."""
    source = re.sub(r"^```.*$", "", text, flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(source, {}, name, name, 0)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    results = runner.run(test)
    return results.failed, results.attempted


def commands(text: str) -> list[tuple[str, str]]:
    """Each ``$ symqb ...`` line of the console blocks with the output shown below it."""
    found: list[tuple[str, str]] = []
    for block in CONSOLE.findall(text):
        for chunk in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = chunk.partition("\n")
            while line.endswith("\\"):
                following, _, output = output.partition("\n")
                line = line[:-1] + following
            found.append((line, output))
    return found


def run(line: str, folder: Path) -> str:
    words = shlex.split(line)
    program = str(Path(sys.executable).with_name(words[0]))
    if words[0] == "python":
        program = sys.executable
    result = subprocess.run(
        [program, *words[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    return result.stdout + result.stderr


def matches(shown: str, printed: str) -> bool:
    return doctest.OutputChecker().check_output(shown, printed, FLAGS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_python_examples_run(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed, _ = python_failures(path.read_text(), path.name)
    assert failed == 0, capsys.readouterr().out[-3000:]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_console_examples_print_what_they_show(path: Path, tmp_path: Path) -> None:
    for line, shown in commands(path.read_text()):
        assert line.split()[0] in ("symqb", "python"), (
            f"{line}: show what is not run in an sh block"
        )
        printed = run(line, tmp_path)
        assert matches(shown, printed), f"$ {line}\n{printed}"


def unchecked(text: str) -> list[str]:
    """Python blocks without a prompt, which nothing would run."""
    return [block for block in PYTHON.findall(text) if ">>> " not in block]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_python_block_goes_unchecked(path: Path) -> None:
    assert not unchecked(path.read_text())


def make_targets(text: str) -> set[str]:
    return set(re.findall(r"\bmake ([a-z]+)\b(?=`|\s+#)", text))


def test_the_make_commands_named_in_documents_exist() -> None:
    rules = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    texts = [path.read_text() for path in (*DOCUMENTS, ROOT / "CONTRIBUTING.md")]
    named = set().union(*map(make_targets, texts))
    assert {"report", "test"} <= named <= rules
    assert make_targets("`make nosuch`") == {"nosuch"}


def test_examples_are_found_and_can_fail(capsys: pytest.CaptureFixture[str]) -> None:
    assert python_failures("```python\n>>> 1 + 1\n3\n```\n", "wrong") == (1, 1)
    assert sum(python_failures(path.read_text(), path.name)[1] for path in DOCUMENTS) > 10
    assert commands("```console\n$ symqb --version\n0\n```\n") == [("symqb --version", "0\n")]
    assert not matches("0\n", "1\n")
    assert unchecked("```python\nprint(1)\n```\n") == ["print(1)\n"]
    capsys.readouterr()
