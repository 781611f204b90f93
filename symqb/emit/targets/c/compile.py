"""Compiling C once: a shared library in the user's cache, named by the hash of what made it."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from symqb.emit.targets.c.cache import cache_directories, find, keep, reason
from symqb.emit.targets.c.cache import cache_directory as cache_directory
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
UNSAFE = frozenset(
    f"-{word}"
    for word in (
        "Ofast",
        "ffast-math",
        "funsafe-math-optimizations",
        "ffinite-math-only",
        "fassociative-math",
        "freciprocal-math",
    )
)
"""Options under which C no longer computes what it says."""

NO_SPACE = "No space left on device"


class CompilerError(SymqbError, RuntimeError):
    """No C compiler is at hand, or it did not compile."""


@dataclass(frozen=True)
class Compiler:
    """How a compiler is called: the words of its command, and options that were asked for."""

    command: tuple[str, ...]
    options: tuple[str, ...] = ()


def compiler() -> Compiler:
    """The C compiler: what the environment variable ``CC`` says, else the first one found.

    ``CC`` may be a path, also with spaces, or a command with options such as ``gcc -O1`` or
    ``ccache gcc``.

    Raises
    ------
    CompilerError
        None is installed, or ``CC`` asks for what breaks floating-point arithmetic.
    """
    wanted = os.environ.get("CC", "").strip()
    whole = shutil.which(wanted) if wanted else None
    if whole:
        return Compiler((whole,))
    for words in [_words(wanted)] if wanted else [[name] for name in COMPILERS]:
        path = shutil.which(words[0])
        if path:
            count = next((k for k, word in enumerate(words) if word.startswith("-")), len(words))
            return Compiler((path, *words[1:count]), tuple(words[count:]))
    shown = f"CC={wanted!r}" if wanted else ", ".join(COMPILERS)
    raise CompilerError(
        f"no C compiler found (looked for {shown}); install gcc or clang or set CC, "
        "or use emit('numpy'), which needs none"
    )


def _words(wanted: str) -> list[str]:
    try:
        words = shlex.split(wanted)
    except ValueError as error:
        raise CompilerError(f"CC={wanted!r} is no command: {error}; set it anew") from None
    unsafe = sorted(UNSAFE.intersection(words))
    if unsafe:
        raise CompilerError(
            f"CC={wanted!r}: under {unsafe[0]} numbers would be wrong without a word; set CC "
            "without it"
        )
    return words or [""]


def find_compiler() -> str:
    """The path of the program that :func:`compiler` calls."""
    return compiler().command[0]


@cache
def _identity(used: Compiler) -> str:
    """What besides the source decides the machine code: compiler, processor and its features."""
    version = _called([*used.command, "--version"]).stdout
    features = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return "\n".join([repr(used), version, platform.machine(), str(platform.libc_ver()), features])


def _called(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)
    except OSError as error:
        raise CompilerError(
            f"cannot call the C compiler {command[0]}: {reason(error)}; set CC to one that runs, "
            "or use emit('numpy')"
        ) from None


def compile_library(source: str, *, anew: bool = False) -> Path:
    """The shared library of a C source, compiled unless it is in the cache already.

    Parameters
    ----------
    source : str
        C99.
    anew : bool
        Compile it also if it is there.

    Raises
    ------
    CompilerError
        No compiler, it refuses the source (the message holds what it printed), or there is no
        place to keep the library.
    """
    used = compiler()
    text = "\n".join([source, _identity(used), repr((BASE, OPTIONS))])
    key = hashlib.sha256(text.encode()).hexdigest()[:32]
    faults: list[str] = []
    try:
        for directory in cache_directories():
            library = None if anew else find(directory, key)
            if library is not None:
                return library
            try:
                with tempfile.TemporaryDirectory(dir=directory) as scratch:
                    return keep(directory, key, _compile(used, source, Path(scratch)))
            except OSError as error:
                faults.append(f"cannot write to the cache {directory}: {reason(error)}")
    except OSError as error:  # no directory is left, or there is none for temporary files
        faults.append(str(error))
    raise CompilerError(
        f"{'; '.join(faults)}; set SYMQB_CACHE to a directory of your own with room, or use "
        "emit('numpy'), which needs none"
    )


def load_library(source: str) -> tuple[Path, ctypes.CDLL]:
    """The library of a C source and where it lies; compiled again if it cannot be loaded.

    Raises
    ------
    CompilerError
        As :func:`compile_library`; or code may not run where the library lies.
    """
    library = compile_library(source)
    try:
        return library, ctypes.CDLL(str(library.resolve()))
    except OSError:
        library = compile_library(source, anew=True)
    try:
        return library, ctypes.CDLL(str(library.resolve()))
    except OSError as error:
        raise CompilerError(
            f"{library} was compiled and cannot be loaded: {error}; set SYMQB_CACHE to a directory "
            "on a disk from which programs may run, or use emit('numpy')"
        ) from None


def _compile(used: Compiler, source: str, scratch: Path) -> Path:
    """Compile in a directory of its own.

    Raises
    ------
    OSError
        The disk is full.
    CompilerError
        The compiler refuses the source under every set of options.
    """
    file, made = scratch / "kernel.c", scratch / "kernel.so"
    file.write_text(source)
    base = [word for word in BASE if not (word == "-O3" and _sets_level(used.options))]
    message = ""
    for options in OPTIONS:
        flags = [*base, *options, *used.options]
        command = [*used.command, *flags, str(file), "-o", str(made), "-lm"]
        # what the compiler writes on the way goes where the library will lie
        done = _called(command, env=os.environ | {"TMPDIR": str(scratch)})
        if done.returncode == 0 and made.exists():
            return made
        if NO_SPACE in done.stderr:
            raise OSError(NO_SPACE)
        message = done.stderr or f"it printed nothing and ended with {done.returncode}"
    raise CompilerError(
        f"{shlex.join(used.command)} does not compile the emitted C; set CC to one that does, or "
        f"use emit('numpy'):\n{message[:2000]}"
    )


def _sets_level(options: tuple[str, ...]) -> bool:
    return any(option.startswith("-O") for option in options)
