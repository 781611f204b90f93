"""The journal of a sweep: whose it is, who writes it, and the checksum of every chunk that is in.

A text file, one JSON object a line, only ever appended to.  ``{"sweep": ..., "sha256": ...}`` says
what is swept; ``{"run": ...}`` which process went on with it and when; ``{"chunk": 7, "sha256":
...}`` that chunk 7 is in, with ``skipped`` and its checksum if points were left out of it.  A line
that a crash cut off or that was damaged does not count: its chunk is computed again.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from symqb.models import ParameterError
from symqb.numerics.sweep_identity import checksum
from symqb.numerics.sweep_skipped import Skipped

try:
    import fcntl
except ImportError:  # pragma: no cover  (not a Unix)
    fcntl = None  # type: ignore[assignment]

LONGEST_SHOWN = 60


class Journal:
    """An open journal, locked for this process until it is closed.

    The lock is the system's own: it ends with the process, however that ends, so that none is
    ever stale.  Where a file system has no locks two runs may share a store: chunks are replaced
    as a whole, by the same values, and checked before they are used.

    Parameters
    ----------
    path : Path
        The file; it is made if it is not there.
    identity : mapping
        What identifies the sweep, of JSON's own types.

    Attributes
    ----------
    checksums : dict
        Number of each chunk that is noted to its checksum.
    skipped : dict
        Number of each chunk to what was left out of it.
    known : bool
        Whether the journal says that it is this sweep's.
    used : bool
        Whether anything stood in it.

    Raises
    ------
    ParameterError
        Another process writes it, or it belongs to another sweep.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        self.path = path
        self._identity = dict(identity)
        self.checksums: dict[int, str] = {}
        self.skipped: dict[int, Skipped] = {}
        self.known = self.used = False
        self._file = self._lock()
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def _lock(self) -> int:
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                if fcntl is not None:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                raise ParameterError(self._busy()) from None
            except OSError:
                return file  # no locks on this file system
            try:
                if os.path.samestat(os.fstat(file), self.path.stat()):
                    return file
            except FileNotFoundError:
                pass
            os.close(file)  # the run that held it has finished and removed it

    def _busy(self) -> str:
        runs = [record["run"] for record in self._records() if isinstance(record.get("run"), dict)]
        last = runs[-1] if runs else {}
        who = f"process {last.get('process', '?')} on {last.get('host', '?')}"
        return (
            f"{self.path}: the sweep is being written by {who}, since {last.get('since', '?')}; "
            "wait for it, stop it, or give another path"
        )

    def _records(self) -> Iterator[dict[str, Any]]:
        for line in self.path.read_bytes().split(b"\n"):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):  # cut off or damaged
                continue
            if isinstance(record, dict):
                yield record

    def _read(self) -> None:
        whole = self.path.read_bytes()
        self.used = bool(whole)
        if whole and not whole.endswith(b"\n"):
            # what a crash left half written becomes a line of its own
            self._append(b"\n")
        for record in self._records():
            sweep, number, found = record.get("sweep"), record.get("chunk"), record.get("sha256")
            if isinstance(sweep, dict) and found == checksum(json.dumps(sweep, sort_keys=True)):
                if sweep != self._identity:
                    raise ParameterError(self._other(sweep))
                self.known = True
            elif type(number) is int and isinstance(found, str):
                with suppress(ValueError, KeyError, TypeError, AttributeError):
                    self.skipped[number] = _skipped(record)
                    self.checksums[number] = found

    def _other(self, sweep: Mapping[str, Any]) -> str:
        return (
            f"{self.path} belongs to another sweep: {first_difference(sweep, self._identity)}; "
            f"give another path, or delete it together with {folder_of(self.path)}"
        )

    def begin(self) -> None:
        """Note what is swept, unless that is noted already, and who goes on."""
        if not self.known:
            sweep = checksum(json.dumps(self._identity, sort_keys=True))
            self.note({"sweep": self._identity, "sha256": sweep})
            self.known = True
        since = time.strftime("%Y-%m-%d %H:%M:%S%z")
        run = {"process": os.getpid(), "host": socket.gethostname(), "since": since}
        self.note({"run": run})

    def note(self, entry: Mapping[str, Any]) -> None:
        """Append one record and wait until the disk has it."""
        self._append(json.dumps(entry).encode() + b"\n")
        os.fsync(self._file)

    def note_chunk(self, number: int, found: str, skipped: Skipped) -> None:
        """Note that a chunk is in, and what was left out of it."""
        entry: dict[str, Any] = {"chunk": number, "sha256": found}
        if skipped.points:
            text = skipped.text()
            entry |= {"skipped": text, "skipped_sha256": checksum(text)}
        self.note(entry)
        self.checksums[number], self.skipped[number] = found, skipped

    def _append(self, line: bytes) -> None:
        while line:
            line = line[os.write(self._file, line) :]

    def close(self) -> None:
        """Unlock the journal for others."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _skipped(record: Mapping[str, Any]) -> Skipped:
    """What a chunk's record says was left out.

    Raises
    ------
    ValueError
        It was damaged.
    """
    if "skipped" not in record:
        return Skipped()
    if record.get("skipped_sha256") != checksum(record["skipped"]):
        raise ValueError
    return Skipped.read(record["skipped"])


def folder_of(journal: Path) -> Path:
    """The folder of chunks that a journal lies beside."""
    return journal.with_suffix("")


def first_difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """Say in what the identities of two sweeps differ first; empty if they do not.

    Examples
    --------
    >>> first_difference({"chunk": 2, "fixed": '{"J": 1}'}, {"chunk": 2, "fixed": '{"J": 2}'})
    'fixed: J is 1 there and 2 here'
    """
    names = [*here, *(name for name in there if name not in here)]
    differing = next((n for n in names if there.get(n) != here.get(n)), None)
    if differing is None:
        return ""
    values = [_loaded(there.get(differing)), _loaded(here.get(differing))]
    if all(isinstance(value, dict) for value in values):
        return f"{differing}: {first_difference(*values)}"
    one, other = _difference(*values)
    return f"{differing} is {one} there and {other} here"


def _loaded(value: Any) -> Any:
    """A mapping that is kept as JSON text; anything else as it is."""
    if isinstance(value, str) and value.startswith("{"):
        with suppress(ValueError):
            return json.loads(value)
    return value


def _difference(there: Any, here: Any) -> tuple[str, str]:
    """Two values for people, from where they begin to differ if they are long."""
    texts = [
        "absent" if v is None else v if isinstance(v, str) else json.dumps(v, sort_keys=True)
        for v in (there, here)
    ]
    start = next((k for k, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), 0)
    start = 0 if max(map(len, texts)) <= LONGEST_SHOWN else max(0, start - LONGEST_SHOWN // 3)
    shown = []
    for text in texts:
        cut = text[start : start + LONGEST_SHOWN]
        shown.append(f"{'...' if start else ''}{cut}{'...' if text[start:] != cut else ''}")
    return shown[0], shown[1]
