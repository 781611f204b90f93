"""TOML files with the line of every key, so that errors can say where they come from."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symqb.models.errors import ParameterError, SymqbError

LARGEST_FILE = 2**20
"""Bytes of a file that is read."""

Place = tuple[str | int, ...]
"""Where in a file: names of tables and keys, and places in lists from 0."""

TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")|\'\'\'.*?\'\'\'(?!\')|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}\n]',
    re.DOTALL,
)
KEY = re.compile(r"""\s*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)\s*(\.?)""")
WHERE = re.compile(r"(.*) \(at line (\d+), column (\d+)\)", re.DOTALL)


class Typed(str):
    """A number with a point or an exponent as it was typed, so that 0.1 is a tenth."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class TomlFile:
    """What a file holds, and on which lines.

    Parameters
    ----------
    name : str
        The file's, for messages.
    tables : mapping
        As ``tomllib`` gives them, numbers with a point as :class:`Typed`.
    lines : mapping
        From places to lines, which count from 1.
    """

    name: str
    tables: Mapping[str, Any]
    lines: Mapping[Place, int]

    def where(self, *place: str | int) -> str:
        """Name the file and the line of a key, or of the nearest one above or below it."""
        for length in range(len(place), 0, -1):
            if place[:length] in self.lines:
                return f"{self.name}, line {self.lines[place[:length]]}"
        below = [line for key, line in self.lines.items() if place and key[: len(place)] == place]
        return f"{self.name}, line {min(below)}" if below else self.name

    def refuse(self, place: Place, message: str) -> ParameterError:
        """Make an error that begins with the file and the line."""
        return ParameterError(f"{self.where(*place)}: {message}")

    @contextmanager
    def at(self, *place: str | int) -> Iterator[None]:
        """Let errors of the library begin with the file and the line, as :meth:`told`."""
        try:
            yield
        except SymqbError as error:
            raise self.told(error, place) from None

    def told(self, error: SymqbError, place: Place) -> SymqbError:
        """Make an error of the same class that begins with the file and the line.

        Of a table, the line is that of its key that the message names first.
        """
        message = str(error)
        return type(error)(f"{self.where(*self._named(place, message))}: {message}")

    def _named(self, place: Place, told: str) -> Place:
        below = [key for key in self.lines if len(key) == len(place) + 1 and key[:-1] == place]
        found = [
            (match.start(), key)
            for key in below
            if (match := re.search(rf"(?<!\w){re.escape(str(key[-1]))}(?!\w)", told))
        ]
        return min(found)[1] if found else place


def read_toml(path: str | os.PathLike[str]) -> TomlFile:
    """Read a TOML file.

    Raises
    ------
    ParameterError
        No file, too large, not UTF-8, empty, not TOML; with the line, where there is one.
    """
    try:
        file = Path(path)
    except TypeError:
        raise ParameterError(
            f"path={path!r} is a {type(path).__name__}; give the path of a model file"
        ) from None
    return parse_toml(_text(file), str(file))


def _text(file: Path) -> str:
    remedy = "give the path of a model file in TOML"
    try:
        if not file.is_file():
            what = "is a folder" if file.is_dir() else "is no file"
            raise ParameterError(f"{file} {what}; {remedy}")
        if (size := file.stat().st_size) > LARGEST_FILE:
            raise ParameterError(
                f"{file} has {size} bytes, and a model file at most {LARGEST_FILE}; {remedy}"
            )
        content = file.read_bytes()
    except OSError as error:
        raise ParameterError(f"{file}: {error.strerror}; {remedy}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ParameterError(
            f"{file}, line {line}: byte {content[error.start]:#04x} is not UTF-8; save the file as "
            "UTF-8 text"
        ) from None
    if not text.strip():
        raise ParameterError(f"{file} is empty; {remedy}")
    return text


def parse_toml(text: str, name: str) -> TomlFile:
    """Read TOML from text.

    Raises
    ------
    ParameterError
        Not TOML; with the line.

    Examples
    --------
    >>> file = parse_toml('[system]\\nkappa = 0.10\\n', "two.toml")
    >>> file.tables, file.where("system", "kappa")
    ({'system': {'kappa': 0.10}}, 'two.toml, line 2')
    """
    try:
        tables = tomllib.loads(text, parse_float=Typed)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(_not_toml(name, text, str(error))) from None
    except (RecursionError, ValueError):
        raise ParameterError(
            f"{name} is nested too deeply, or has a number too long; give a model file"
        ) from None
    return TomlFile(name, tables, dict(_lines(text)))


def _not_toml(name: str, text: str, told: str) -> str:
    remedy = "write key = value, one on a line, formulas and names in quotes"
    if found := WHERE.fullmatch(told):
        shown = (text.splitlines() or [""])[min(int(found[2]), len(text.splitlines())) - 1].strip()
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        return f"{name}, line {found[2]}: {shown!r} is not TOML: {found[1]}; {remedy}"
    last = text.rstrip().count("\n") + 1
    return f"{name}, line {last}: not TOML: {told}; {remedy}"


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Split TOML into its statements, each with the line where it begins."""
    depth, start, line = 0, 0, 1
    for token in TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if token[0] == "\n" and not depth:
            statement = text[start : token.start()]
            yield line, statement
            line += statement.count("\n") + 1
            start = token.end()
    yield line, text[start:]


def _keys(text: str) -> Place:
    """The parts of a dotted key at the beginning of a text."""
    found: list[str | int] = []
    position = 0
    while match := KEY.match(text, position):
        part = match[1]
        found.append(next(iter(tomllib.loads(f"{part} = 0"))))
        position = match.end()
        if not match[2]:
            break
    return tuple(found)


def _lines(text: str) -> Iterator[tuple[Place, int]]:
    """Give the line of every table and key of a text that is TOML."""
    table: Place = ()
    count: dict[Place, int] = {}
    for line, statement in _statements(text):
        body = statement.strip()
        if not body or body.startswith("#"):
            continue
        if body.startswith("["):
            listed = body.startswith("[[")
            table = ()
            parts = _keys(body.lstrip("["))
            for part in parts[:-1]:
                table += (part,)
                table += (count[table] - 1,) if table in count else ()
            table += parts[-1:]
            if listed:
                count[table] = count.get(table, 0) + 1
                if count[table] == 1:
                    yield table, line
                table += (count[table] - 1,)
            yield table, line
            continue
        yield table + _keys(body), line
