"""README and docs cannot rot: every example in them runs and prints what they show."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from symqb import cli
from symqb.derive.energetics import output_names
from symqb.models import xxz_model
from symqb.numerics.degeneracy import DISTANCES

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in path.parts),
]
RUNNER = ROOT / ".ci" / "run_page.py"
spec = importlib.util.spec_from_file_location("run_page", RUNNER)
run_page: Any = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
sys.modules["run_page"] = run_page
spec.loader.exec_module(run_page)  # type: ignore[union-attr]
# pages that are done as a reader would do them, block by block, also in the installed wheel
PAGES = [
    path for path in DOCUMENTS if path.parent.name == "how-to" or "{code-cell}" in path.read_text()
]
# pages on extending are followed in a scratch copy of the package, by tests/extending
PLAIN = [path for path in DOCUMENTS if path not in PAGES and path.parent.name != "extending"]
MODULES = {
    "plot": "matplotlib",
    "sweep": "xarray",
    "jax": "jax",
    "numba": "numba",
    "squares": "clarabel",
}
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```(?:python|pycon)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXTRAS = {"long-chains.md": ["xarray"]}  # what a page needs beyond `test` and `report`
COMPILED = ["emission.md"]  # pages that compile C


def python_failures(text: str, name: str) -> tuple[int, int]:
    """Failures and examples of the Python blocks in a document, which share their names.

    A block without a prompt counts as one example that shows nothing and must not raise.
    """
    names: dict[str, object] = {"__name__": "document"}
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    plain = 0
    for match in PYTHON.finditer(text):
        block, line = match[1], text[: match.start(1)].count("\n")
        if ">>> " in block:
            test = doctest.DocTestParser().get_doctest(block, {}, name, name, line)
            test.globs = names
            runner.run(test, clear_globs=False)
        else:
            plain += 1
            exec(compile("\n" * line + block, name, "exec"), names)
    return runner.failures, runner.tries + plain


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


def page(path: Path) -> object:
    marks = [pytest.mark.needs_cc] if path.name in COMPILED else []
    return pytest.param(path, id=path.name, marks=marks)


@pytest.mark.parametrize("path", [page(path) for path in PLAIN])
def test_python_examples_run(
    path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in EXTRAS.get(path.name, []):
        pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    failed, _ = python_failures(path.read_text(), path.name)
    assert failed == 0, capsys.readouterr().out[-3000:]


def tried(path: Path) -> object:
    """A page whose extra is missing here is left to ``make wheel``, which installs it."""
    needed = run_page.needs(path.read_text())
    absent = [e for e in needed.get("extras", []) if importlib.util.find_spec(MODULES[e]) is None]
    marks = [pytest.mark.skip(reason=f"{MODULES[extra]} is not installed") for extra in absent]
    if "cc" in needed.get("tools", []) and not absent:
        marks.append(pytest.mark.needs_cc)
    return pytest.param(path, id=path.stem, marks=marks)


@pytest.mark.parametrize("path", [tried(path) for path in PAGES])
def test_a_page_does_what_it_says(path: Path, tmp_path: Path) -> None:
    environment = os.environ | {"MPLBACKEND": "Agg", "SYMQB_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, str(RUNNER), str(path)]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ("```{code-cell} ipython3\nassert 1 > 2\n```\n", "line 3: .*AssertionError"),
        ("```python\n>>> 1 + 1\n3\n```\n", "Got:\n    2"),
        ("```python\n1 / 0\n```\n", "ZeroDivisionError"),
        ("```sh\nfalse\ntrue\n```\n", "exit status 1"),
        ("```console\n$ echo 1\n2\n```\n", "printed:\n1"),
        (
            "```{code-cell} ipython3\n:tags: [raises-exception]\n1\n```\n",
            "nothing was raised",
        ),
        ("```{code-block} c\n:caption: ../main.c\nx\n```\n", "not inside the current folder"),
    ],
)
def test_a_block_that_fails_is_seen(
    body: str, failure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"\n{body}")
    with pytest.raises(run_page.Failed, match=f"(?s){failure}"):
        run_page.run_page(page)


def test_blocks_share_a_session_and_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "---\nextras: [plot, sweep]\ntools: [cc]\n---\n"
        "```{code-block} text\n:caption: a.txt\nhello\n```\n"
        "```sh\ncat a.txt > b.txt\n```\n"
        "```{code-cell} ipython3\nfrom pathlib import Path\ntext = Path('b.txt').read_text()\n```\n"
        "```python\n>>> text\n'hello\\n'\n```\n"
        "```console\n$ cat \\\nb.txt\nhello\n```\n"
        "```text\nnot run\n```\n"
    )
    assert run_page.run_page(page) == {"file": 1, "sh": 1, "cell": 1, "python": 1, "console": 1}
    assert run_page.needs(page.read_text()) == {"extras": ["plot", "sweep"], "tools": ["cc"]}


def test_every_page_that_is_tried_has_something_to_do() -> None:
    assert len(PAGES) > 8
    for path in PAGES:
        assert any(b.kind in run_page.ACTIONS for b in run_page.blocks(path.read_text())), path


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
def test_console_examples_print_what_they_show(path: Path, tmp_path: Path) -> None:
    for line, shown in commands(path.read_text()):
        assert line.split()[0] in ("symqb", "python"), (
            f"{line}: show what is not run in an sh block"
        )
        printed = run(line, tmp_path)
        assert matches(shown, printed), f"$ {line}\n{printed}"


def prompts_outside(text: str) -> list[str]:
    """Lines with a prompt that stand in no Python block, where nothing would run them."""
    return re.findall(r"^[ >]*>>> .*$", PYTHON.sub("", text), flags=re.MULTILINE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_prompt_stands_in_a_python_block(path: Path) -> None:
    assert not prompts_outside(path.read_text())


def shell_commands(text: str) -> list[str]:
    """Lines of the sh blocks that call symqb; those are shown and not run."""
    lines = "".join(SHELL.findall(text)).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("symqb ")]


def parse(line: str) -> None:
    """Let the command line parse a command, without running it."""
    group: Any = typer.main.get_command(cli.app)
    name, *arguments = shlex.split(line, comments=True)[1:]
    context = group.make_context("symqb", [name], resilient_parsing=True)
    command = group.get_command(context, name)
    assert command is not None, f"no command {name}"
    command.make_context(name, arguments)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_shown_commands_parse(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for line in shell_commands(path.read_text()):
        parse(line)


@pytest.mark.parametrize(
    "line", ["symqb derive --spin 2", "symqb nosuch", "symqb derive --spins x"]
)
def test_a_command_that_does_not_parse_is_seen(line: str) -> None:
    assert shell_commands(f"```sh\n{line}  # why\n```\n") == [f"{line}  # why"]
    with pytest.raises((*typer.BadParameter.__bases__, AssertionError)):
        parse(line)


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
    assert sum(len(PYTHON.findall(path.read_text())) for path in DOCUMENTS) > 10
    assert commands("```console\n$ symqb --version\n0\n```\n") == [("symqb --version", "0\n")]
    assert not matches("0\n", "1\n")
    assert python_failures("```python\nx = 1\n```\n\n```python\n>>> x\n1\n```\n", "shared") == (
        0,
        2,
    )
    with pytest.raises(AssertionError):
        python_failures("```python\nassert False\n```\n", "plain")
    assert prompts_outside("```\n>>> 1\n```\n```python\n>>> 1\n1\n```\n") == [">>> 1"]
    capsys.readouterr()


def test_every_field_of_a_result_is_defined_where_the_physics_is() -> None:
    page = (ROOT / "docs" / "physics.md").read_text()
    defined = page[page.index("## What one asks") : page.index("## What the model leaves out")]
    names = (*output_names(xxz_model(2)), *DISTANCES)
    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in defined] == []
