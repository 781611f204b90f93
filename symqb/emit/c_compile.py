"""Compiling C once: a shared library in the user's cache, named by the hash of what made it."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from symqb.models import SymqbError

COMPILERS = ("cc", "gcc", "clang")
BASE = ("-std=c99", "-O3", "-fPIC", "-shared", "-ffp-contract=fast", "-fno-math-errno")
# from the fastest down: a compiler that refuses one set of options gets the next
OPTIONS: tuple[tuple[str, ...], ...] = (
    ("-march=native", "-mprefer-vector-width=512", "-fno-trapping-math", "-fopenmp"),
    ("-march=native", "-mprefer-vector-width=512", "-fno-trapping-math"),
    ("-march=native", "-fno-trapping-math"),
    (),
)


class CompilerError(SymqbError, RuntimeError):
    """No C compiler is at hand, or it did not compile."""


def find_compiler() -> str:
    """The C compiler's command: the environment variable ``CC``, else the first one found.

    Raises
    ------
    CompilerError
        None is installed.
    """
    wanted = os.environ.get("CC")
    for command in (wanted,) if wanted else COMPILERS:
        path = shutil.which(command)
        if path:
            return path
    shown = f"CC={wanted!r}" if wanted else ", ".join(COMPILERS)
    raise CompilerError(
        f"no C compiler found (looked for {shown}); install gcc or clang or set CC, "
        "or use emit('numpy'), which needs none"
    )


def cache_directory() -> Path:
    """Where libraries are kept: ``SYMQB_CACHE``, else the platform's cache directory."""
    if os.environ.get("SYMQB_CACHE"):
        return Path(os.environ["SYMQB_CACHE"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "symqb"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "symqb"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "symqb"


@cache
def _identity(compiler: str) -> str:
    """What besides the source decides the machine code: compiler, processor and its features."""
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False)
    features = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return "\n".join([compiler, version.stdout, platform.machine(), features])


def compile_library(source: str) -> Path:
    """The shared library of a C source, compiled unless it is in the cache already.

    Raises
    ------
    CompilerError
        No compiler, or it refuses the source; the message holds what it printed.
    """
    compiler = find_compiler()
    key = "\n".join([source, _identity(compiler), repr((BASE, OPTIONS))])
    directory = cache_directory()
    library = directory / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.so"
    if library.exists():
        return library
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory) as scratch:
            made = _compile(compiler, source, Path(scratch))
            # a rename is atomic: another process sees a whole library or none
            os.replace(made, library)
    except OSError as error:
        raise CompilerError(
            f"cannot write to the cache {directory}: {error}; set SYMQB_CACHE to a directory "
            "that can be written"
        ) from None
    return library


def _compile(compiler: str, source: str, scratch: Path) -> Path:
    file, made = scratch / "kernel.c", scratch / "kernel.so"
    file.write_text(source)
    message = ""
    for options in OPTIONS:
        command = [compiler, *BASE, *options, str(file), "-o", str(made), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0 and made.exists():
            return made
        message = done.stderr or f"it printed nothing and ended with {done.returncode}"
    raise CompilerError(
        f"{compiler} does not compile the emitted C; set CC to one that does, or use "
        f"emit('numpy'):\n{message[:2000]}"
    )
