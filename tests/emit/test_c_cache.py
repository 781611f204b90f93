"""The cache of compiled libraries: what is damaged or foreign is never loaded, nothing is lost."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import symqb
from symqb.emit.targets.c import cache as c_cache
from symqb.emit.targets.c import compile as c_compile
from symqb.emit.targets.c.cache import cache_directory, distrust
from symqb.emit.targets.c.compile import CompilerError, compile_library, compiler, load_library

SOURCE = "int symqb_answer(void);\nint symqb_answer(void) { return 42; }\n"
P = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 1.0}

pytestmark = pytest.mark.needs_cc


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SYMQB_CACHE", str(folder))
    monkeypatch.delenv("CC", raising=False)
    return folder


def answer() -> int:
    """In a process of its own: a damaged library would take the interpreter with it."""
    code = (
        "from symqb.emit.targets.c.compile import load_library\n"
        f"print(load_library({SOURCE!r})[1].symqb_answer())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def rewrite(library: Path, content: bytes) -> None:
    """In a file of its own: where this process has loaded the old one, it must lose no byte."""
    mode = library.stat().st_mode
    library.unlink()
    library.write_bytes(content)
    library.chmod(mode)


def cut(library: Path) -> None:
    rewrite(library, library.read_bytes()[:5000])


def empty(library: Path) -> None:
    rewrite(library, b"")


def flip(library: Path) -> None:
    content = bytearray(library.read_bytes())
    content[len(content) // 2] ^= 1
    rewrite(library, bytes(content))


def replace(library: Path) -> None:
    rewrite(library, b"not a library")


def lengthen(library: Path) -> None:
    rewrite(library, library.read_bytes() + b"\0")


def open_to_all(library: Path) -> None:
    library.chmod(0o777)


@pytest.mark.parametrize("damage", [cut, empty, flip, replace, lengthen, open_to_all])
def test_a_damaged_library_is_compiled_again(place: Path, damage: Callable[[Path], None]) -> None:
    library = compile_library(SOURCE)
    content = library.read_bytes()
    damage(library)
    again = compile_library(SOURCE)
    assert again.read_bytes() == content
    assert distrust(again) is None
    assert [path.name for path in place.iterdir()] == [again.name]


def test_a_damaged_library_does_not_end_the_interpreter(place: Path) -> None:
    cut(compile_library(SOURCE))
    assert answer() == 42


def test_an_unreadable_library_is_compiled_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = compile_library(SOURCE)
    read = Path.read_bytes
    seen: list[Path] = []

    def refuse(path: Path) -> bytes:
        if path.parent == place and not seen:
            seen.append(path)
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert compile_library(SOURCE).exists()
    assert seen == [library]


def test_a_library_that_does_not_load_is_compiled_once_more(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def load(path: str) -> Any:
        calls.append(path)
        raise OSError("failed to map segment from shared object")

    monkeypatch.setattr(ctypes, "CDLL", load)
    with pytest.raises(CompilerError, match="a disk from which programs may run"):
        load_library(SOURCE)
    assert len(calls) == 2


def test_what_others_can_write_to_is_not_trusted(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)
    with pytest.raises(CompilerError, match="can be written by every user; set SYMQB_CACHE"):
        compile_library(SOURCE)
    assert not list(place.iterdir())
    place.chmod(0o700)
    assert compile_library(SOURCE).exists()


def test_what_belongs_to_another_user_is_not_trusted(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = compile_library(SOURCE)
    if os.getuid() == 0:
        os.chown(library, 12345, -1)
        assert compile_library(SOURCE).stat().st_uid == 0
        os.chown(place, 12345, -1)
    else:
        monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(CompilerError, match="belongs to another user; set SYMQB_CACHE"):
        compile_library(SOURCE)


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No word of where things are kept; temporary files in a place of the test's own."""
    for name in ("SYMQB_CACHE", "XDG_CACHE_HOME", "HOME", "CC"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_without_a_home_libraries_go_to_a_temporary_directory_of_our_own(
    homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", no_home)
    library = compile_library(SOURCE)
    assert library.parent == cache_directory() == homeless / f"symqb-{os.getuid()}"
    assert library.parent.stat().st_mode & 0o777 == 0o700
    assert compile_library(SOURCE) == library


def test_a_home_that_cannot_be_written_to_is_done_without(
    homeless: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("a file where a directory should be")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert compile_library(SOURCE).parent == homeless / f"symqb-{os.getuid()}"
    monkeypatch.setenv("HOME", "/proc")
    assert compile_library(SOURCE).parent == homeless / f"symqb-{os.getuid()}"


def test_a_temporary_directory_of_somebody_else_is_not_used(
    homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", no_home)
    theirs = homeless / f"symqb-{os.getuid()}"
    theirs.mkdir()
    theirs.chmod(0o777)
    c_cache._of_this_process.cache_clear()
    library = compile_library(SOURCE)
    assert library.parent != theirs
    assert library.parent.parent == homeless
    assert compile_library(SOURCE) == library


def test_a_relative_cache_is_an_absolute_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYMQB_CACHE", "here")
    assert cache_directory() == tmp_path / "here"
    monkeypatch.delenv("SYMQB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert "not" not in cache_directory().parts


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_full_disk_is_said(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = script(tmp_path / "full", 'echo "as: error: x.o: No space left on device" >&2; exit 1')
    monkeypatch.setenv("CC", str(full))
    with pytest.raises(CompilerError, match=r"No space left on device; .* with room"):
        compile_library(SOURCE)
    monkeypatch.delenv("CC")

    def no_room(made: Any, library: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", no_room)
    with pytest.raises(CompilerError, match=r"No space left on device; .* emit\('numpy'\)"):
        compile_library(SOURCE)
    assert not list(place.iterdir())


def test_a_full_cache_falls_back_to_temporary_files(
    homeless: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    move = os.replace

    def no_room(made: Any, library: Any) -> None:
        if str(library).startswith(str(tmp_path / "home")):
            raise OSError(28, "No space left on device")
        move(made, library)

    monkeypatch.setattr(os, "replace", no_room)
    assert compile_library(SOURCE).parent == homeless / f"symqb-{os.getuid()}"


def test_processes_and_threads_that_compile_at_once_all_succeed(place: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        threads = [pool.submit(compile_library, SOURCE) for _ in range(3)]
        processes = [pool.submit(answer) for _ in range(3)]
        assert {p.result() for p in processes} == {42}
        libraries = {t.result() for t in threads}
    assert all(library.exists() for library in libraries)
    assert answer() == 42
    assert all(path.suffix == ".so" for path in place.iterdir())


@pytest.mark.parametrize(
    ("wanted", "command", "options"),
    [
        ("cc -O1", ["cc"], ["-O1"]),
        ("ccache cc", ["ccache", "cc"], []),
        ("ccache cc -O1 -g", ["ccache", "cc"], ["-O1", "-g"]),
        ("with spaces/my cc", ["my cc"], []),
        ("'with spaces/my cc' -O2", ["my cc"], ["-O2"]),
    ],
)
def test_a_compiler_with_words_of_its_own_is_honoured(
    wanted: str,
    command: list[str],
    options: list[str],
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = tmp_path / "log"
    script(tmp_path / "with spaces" / "my cc", f'echo "my $@" >> "{log}"; exec cc "$@"')
    script(tmp_path / "bin" / "ccache", f'echo "ccache $@" >> "{log}"; exec "$@"')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CC", wanted)
    used = compiler()
    assert Path(used.command[0]).name == command[0]
    assert list(used.command[1:]) == command[1:]
    assert list(used.options) == options
    assert load_library(SOURCE)[1].symqb_answer() == 42
    if command != ["cc"]:
        called = log.read_text()
        assert "kernel.c" in called
        assert all(option in called for option in options)
        assert ("-O3" in called) is not any(option.startswith("-O") for option in options)


def test_another_compiler_or_option_makes_another_library(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compile_library(SOURCE)
    monkeypatch.setenv("CC", "cc -O1")
    assert compile_library(SOURCE).name.split("-")[0] != first.name.split("-")[0]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("no-such-compiler", "no C compiler found .*CC='no-such-compiler'"),
        ("no-such-compiler -O1", "no C compiler found .*CC='no-such-compiler -O1'"),
        ("cc 'unbalanced", "is no command: No closing quotation; set it anew"),
        ("cc -Ofast", "under -Ofast numbers would be wrong"),
        ("cc -O2 -ffast-math", "under -ffast-math numbers would be wrong"),
        ("/", "no C compiler found"),
        ("ccache-that-is-not-there cc", "no C compiler found"),
        ("'' ''", "no C compiler found"),
    ],
)
def test_a_compiler_that_cannot_be_had_is_named(
    wanted: str, message: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", wanted)
    with pytest.raises(CompilerError, match=message):
        symqb.xxz_battery(2).emit("c", ("charge",))


def test_a_file_that_is_no_program_is_named(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cc").write_bytes(b"\x7fELF but not really")
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.setenv("CC", str(tmp_path / "cc"))
    with pytest.raises(CompilerError, match=r"cannot call the C compiler .*emit\('numpy'\)"):
        compile_library(SOURCE)


def test_a_function_is_right_after_its_library_was_damaged(place: Path) -> None:
    battery = symqb.xxz_battery(2)
    before = battery.emit("c", ("charge",))(**P).charge
    for library in place.iterdir():
        cut(library)
    code = f"import symqb\nprint(repr(symqb.xxz_battery(2).emit('c', ('charge',))(**{P!r}).charge))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == repr(before)


def test_nothing_else_compiles_to_disk() -> None:
    """Numba's own cache is off: it would lie beside the package, under no key of ours."""
    from symqb.emit.targets.numba import kernel as numba_kernel

    assert numba_kernel.__file__ is not None
    assert "cache=True" not in Path(numba_kernel.__file__).read_text()
    assert c_compile.NO_SPACE in os.strerror(28)
