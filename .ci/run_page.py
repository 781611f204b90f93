"""Do what a page of the documentation tells the reader to do, in the current folder.

    python run_page.py PAGE.md

In the order of the page: Python cells and blocks share one session; a block with prompts must
print what it shows; ``sh`` blocks run in bash and must succeed; in ``console`` blocks each ``$``
line must print what stands below it; any other block with a caption is written to the file that
the caption names.  ``text`` blocks are for reading.  Standard library only, so that it runs in any
environment, and the commands are those of the environment that runs it.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FENCE = re.compile(r"^(```+|:::+)(?:\{([\w-]+)\})? *([\w-]*)[^\n]*\n(.*?)^\1 *$", re.M | re.S)
OPTION = re.compile(r":([\w-]+): *(.*)\n")
LISTED = re.compile(r"^(extras|tools): *\[(.*)\]$", re.M)
RAISES = "raises-exception"


class Failed(Exception):
    """A block did not do what the page says."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind (``cell``, ``python``, ``sh``, ``console``, ``file``, ``text``)."""

    kind: str
    body: str
    line: int
    options: dict[str, str]


def needs(page: str) -> dict[str, list[str]]:
    """The extras and tools that the front matter of a page asks for."""
    front = page.split("---\n", 2)[1] if page.startswith("---\n") else ""
    return {key: re.findall(r"[\w-]+", value) for key, value in LISTED.findall(front)}


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for match in FENCE.finditer(page):
        _, directive, language, body = match.groups()
        options: dict[str, str] = {}
        while directive and (option := OPTION.match(body)):
            options[option[1]] = option[2]
            body = body[option.end() :]
        if directive == "code-cell":
            kind = "cell"
        elif "caption" in options:
            kind = "file"
        elif directive not in (None, "code-block"):
            continue
        else:
            kind = {"pycon": "python", "py": "python"}.get(language, language)
        line = page[: match.end() - len(body)].count("\n") + 1 - match[1].count("\n")
        yield Block(kind, body, line, options)


def run_page(path: Path) -> dict[str, int]:
    """Do every block of a page; how many there were of each kind.

    Raises
    ------
    Failed
        The first block that fails, with the page's line.
    """
    names: dict[str, object] = {"__name__": "__main__"}
    done: dict[str, int] = {}
    for block in blocks(path.read_text(encoding="utf-8")):
        action = ACTIONS.get(block.kind)
        if action is None:
            continue
        try:
            action(block, names, path.name)
        except Failed as failure:
            raise Failed(f"{path.name}, line {block.line}: {failure}") from None
        done[block.kind] = done.get(block.kind, 0) + 1
    return done


def _python(block: Block, names: dict[str, object], page: str) -> None:
    if ">>> " in block.body:
        test = doctest.DocTestParser().get_doctest(block.body, {}, page, page, block.line)
        test.globs = names
        report = io.StringIO()
        result = doctest.DocTestRunner(optionflags=FLAGS).run(
            test, out=report.write, clear_globs=False
        )
        if result.failed:
            raise Failed(report.getvalue())
        return
    raised = ""
    try:
        _execute(block, names, page)
    except BaseException:
        raised = traceback.format_exc()
    if bool(raised) != (RAISES in block.options.get("tags", "")):
        raise Failed(raised or f"nothing was raised, though the cell is tagged {RAISES}")


def _execute(block: Block, names: dict[str, object], page: str) -> None:
    code = compile("\n" * (block.line - 1) + block.body, page, "exec")
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, names)


def _shell(line: str) -> subprocess.CompletedProcess[str]:
    here = str(Path(sys.executable).parent)
    environment = os.environ | {"PATH": f"{here}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment["COLUMNS"] = "100"
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", line],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _run(block: Block, names: dict[str, object], page: str) -> None:
    done = _shell(block.body)
    if done.returncode:
        raise Failed(f"exit status {done.returncode}\n{block.body}{done.stdout}{done.stderr}")


def _console(block: Block, names: dict[str, object], page: str) -> None:
    for chunk in re.split(r"^\$ ", block.body, flags=re.M)[1:]:
        line, _, shown = chunk.partition("\n")
        while line.endswith("\\"):
            more, _, shown = shown.partition("\n")
            line = line[:-1] + more
        done = _shell(line)
        printed = done.stdout + done.stderr
        if not doctest.OutputChecker().check_output(shown, printed, FLAGS):
            raise Failed(f"$ {line}\nexpected:\n{shown}\nprinted:\n{printed}")


def _file(block: Block, names: dict[str, object], page: str) -> None:
    place = Path(block.options["caption"].strip("`"))
    if place.is_absolute() or ".." in place.parts:
        raise Failed(f"{place} is not inside the current folder")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(block.body, encoding="utf-8")


ACTIONS = {"cell": _python, "python": _python, "sh": _run, "console": _console, "file": _file}


def main() -> int:
    os.environ.setdefault("MPLBACKEND", "Agg")
    try:
        done = run_page(Path(sys.argv[1]).resolve())
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    counts = ", ".join(f"{count} {kind}" for kind, count in done.items())
    print(f"{Path(sys.argv[1]).name}: {counts or 'nothing to do'}")
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
