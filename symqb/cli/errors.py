"""What a command says, in one line, of bad input and of what is not installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from symqb.models import ParameterError, SymqbError

FAILED, BAD_INPUT, STOPPED, CLOSED = 1, 2, 130, 141

T = TypeVar("T")


class MissingPart(Exception):
    """The command needs something this installation does not have."""


TOLD = (SymqbError, MissingPart, OSError, ImportError, MemoryError)
"""Errors that a command answers with a message in place of a traceback."""


def message(error: Exception) -> str:
    """Say what went wrong and what to do about it."""
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; give fewer spins, points or digits"
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    where = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
    # some say themselves what to do
    remedy = "" if ";" in error.strerror else "; choose another path"
    return f"{where}{error.strerror}{remedy}"


@contextmanager
def extras() -> Iterator[None]:
    """Name what to install where an import inside fails for want of another package.

    Raises
    ------
    MissingPart
        A package that is not installed.
    """
    try:
        yield
    except ImportError as error:
        if not error.name or error.name.startswith("symqb"):
            raise
        raise MissingPart(
            f"this command needs {error.name!r}, which is not installed; "
            "install it with: pip install 'symqb[all]'"
        ) from None


def named(run: Callable[[], T]) -> T:
    """Look something up by name; an unknown name is bad input.

    Raises
    ------
    ParameterError
        In place of a ``KeyError``.
    """
    try:
        return run()
    except KeyError as error:
        raise ParameterError(str(error.args[0])) from None
