"""Standard streams that notice when what reads them has stopped reading, as ``head`` does."""

from __future__ import annotations

import io
import os
from typing import Any, TextIO


class _Raw(io.FileIO):
    """A file by its number that notes a closed pipe; Rich and Click turn the error into exit 1."""

    closed_by_reader = False

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            self.closed_by_reader = True
            raise


class Stream:
    """A standard stream, written to through a file that notes a closed pipe.

    Parameters
    ----------
    stream : text stream or None
        ``sys.stdout`` or ``sys.stderr``.  A terminal, and what is no file, stays as it is.

    Attributes
    ----------
    text : text stream or None
        What to write to in its place.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.text: Any = stream
        self._raw: _Raw | None = None
        try:
            if not isinstance(stream, io.TextIOWrapper) or stream.isatty():
                return
            raw = _Raw(stream.fileno(), "w", closefd=False)
        except (OSError, ValueError):
            return
        self._raw = raw
        self.text = io.TextIOWrapper(
            io.BufferedWriter(raw),
            encoding=stream.encoding,
            errors=stream.errors,
            line_buffering=stream.line_buffering,
        )

    @property
    def closed(self) -> bool:
        """Whether a write found the pipe closed."""
        return self._raw is not None and self._raw.closed_by_reader

    def finish(self) -> OSError | None:
        """Write what is left in the buffer; the error if that fails, after which all is dropped."""
        if self._raw is None or self.text is None:
            return None
        try:
            self.text.flush()
        except OSError as error:
            # Python would try once more when it ends, and complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._raw.fileno())
            return error
        return None
