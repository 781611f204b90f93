"""Where compiled libraries are kept, and how one is found again that is whole and our own."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from symqb.models import SymqbError


class CacheError(SymqbError, OSError):
    """A directory that cannot be trusted with code, or cannot be made."""


def cache_directory() -> Path:
    """Where libraries are kept: ``SYMQB_CACHE``, else the platform's cache directory.

    Without a home directory it is one of our own among the temporary ones.
    """
    return next(_candidates())


def cache_directories() -> Iterator[Path]:
    """Directories to try in turn, made and found trustworthy: ``SYMQB_CACHE`` alone if it is set.

    Raises
    ------
    CacheError
        None can be used; the message says why, and what to do.
    """
    faults = []
    for directory in _candidates():
        try:
            prepare(directory)
        except OSError as error:
            faults.append(f"cannot use the cache {directory}: {reason(error)}")
        else:
            yield directory
    if faults:
        raise CacheError(
            f"{'; '.join(faults)}; set SYMQB_CACHE to a directory of your own that can be written"
        )


def reason(error: OSError) -> str:
    """What went wrong, without numbers and paths."""
    return error.strerror or str(error)


def _candidates() -> Iterator[Path]:
    if os.environ.get("SYMQB_CACHE"):
        yield Path(os.environ["SYMQB_CACHE"]).absolute()
        return
    # a user without an entry in the password file has no home
    with suppress(RuntimeError):
        found = _of_platform()
        if found.is_absolute():
            yield found
    user = os.getuid() if hasattr(os, "getuid") else "user"
    yield Path(tempfile.gettempdir()).absolute() / f"symqb-{user}"
    yield _of_this_process()


def _of_platform() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "symqb"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "symqb"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(xdg) if os.path.isabs(xdg) else Path.home() / ".cache") / "symqb"


@cache
def _of_this_process() -> Path:
    """A fresh directory, where the others are somebody else's."""
    return Path(tempfile.mkdtemp(prefix="symqb-"))


def prepare(directory: Path) -> None:
    """Make a directory for code, or see that nobody else can write to the one that is there.

    Raises
    ------
    OSError
        It cannot be made, is no directory, belongs to another user or is writable by all.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    fault = distrust(directory)
    if fault:
        raise CacheError(fault)


def distrust(path: Path) -> str | None:
    """Why code at a place may not be our own; None if only we, or the system, can write there."""
    if not hasattr(os, "getuid"):
        return None
    found = path.stat()
    if found.st_uid not in (os.getuid(), 0):
        return f"{path} belongs to another user"
    if found.st_mode & stat.S_IWOTH:
        return f"{path} can be written by every user"
    return None


def find(directory: Path, key: str) -> Path | None:
    """The library of a key that is there, whole and ours; what is damaged is removed.

    The name ends with a digest of the content, so that a library cut short, changed or unreadable
    is noticed before it is loaded.
    """
    for library in sorted(directory.glob(f"{key}-*.so")):
        try:
            if distrust(library) is None and library.name == name_of(key, library.read_bytes()):
                return library
        except OSError:
            pass
        with suppress(OSError):
            library.unlink()
    return None


def name_of(key: str, content: bytes) -> str:
    """The file name of a library: what it was made from, and what it holds."""
    return f"{key}-{hashlib.sha256(content).hexdigest()[:32]}.so"


def keep(directory: Path, key: str, made: Path) -> Path:
    """Move a library that was just made to its place in a directory on the same disk."""
    library = directory / name_of(key, made.read_bytes())
    # a rename is atomic: another process sees a whole library or none
    os.replace(made, library)
    return library
