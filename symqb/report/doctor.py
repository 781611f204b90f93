"""What is available on this machine: packages, compilers, proof tools, accelerator, browser."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from importlib import metadata
from importlib.util import find_spec
from typing import TypedDict

from symqb._version import __version__
from symqb.prove.shipped import PROOFS

PURPOSES = {
    "numba": "emit to Numba",
    "jax": "emit to JAX, gradients, accelerators",
    "plot": "plots and figures",
    "sweep": "labelled and distributed sweeps, pandas, xarray",
    "optimize": "the best parameters",
    "squares": "search for sums of squares",
    "report": "the report page",
}
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)[^;]*(?:;\s*extra == ['\"](?P<extra>\w+)['\"])?$")
TOOLS: dict[str, tuple[Sequence[str], Sequence[str], str]] = {
    "C compiler": (("cc", "gcc", "clang"), ("--version",), "compile the emitted C"),
    "node": (("node", "nodejs"), ("--version",), "run the emitted JavaScript"),
    "Coq": (("coqc", "rocq"), ("--version",), "check the formal proofs"),
    "LaTeX": (("pdflatex", "lualatex", "tectonic"), ("--version",), "typeset what latex prints"),
    "browser": (
        ("chromium", "chromium-browser", "google-chrome", "firefox"),
        ("--version",),
        "open the report page",
    ),
}


class Finding(TypedDict):
    """One part of an installation."""

    part: str
    available: bool
    detail: str
    purpose: str


def _finding(part: str, detail: str | None, purpose: str) -> Finding:
    return {
        "part": part,
        "available": detail is not None,
        "detail": detail or "not found",
        "purpose": purpose,
    }


def _run(command: Sequence[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0].strip() if done.returncode == 0 and lines else None


def _package(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def requirements() -> dict[str, list[str]]:
    """The packages that symqb asks for, by extra; those it always needs under ``""``.

    Examples
    --------
    >>> requirements()["plot"]
    ['matplotlib']
    """
    found: dict[str, list[str]] = {}
    for text in metadata.requires("symqb") or ():
        match = REQUIREMENT.match(text)
        if match and match["name"] != "symqb":
            found.setdefault(match["extra"] or "", []).append(match["name"])
    return found


def _extra(extra: str, names: Sequence[str]) -> Finding:
    """Whether every package of an extra is here; the versions, or how to get what is missing."""
    versions = {name: _package(name) for name in names}
    here = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    missing = [name for name, version in versions.items() if version is None]
    purpose = PURPOSES[extra]
    if not missing:
        return _finding(f"extra {extra}", here, purpose)
    remedy = f"without {', '.join(missing)}; pip install 'symqb[{extra}]'"
    return {**_finding(f"extra {extra}", None, purpose), "detail": remedy}


def _certificates() -> Finding:
    count = len(list(PROOFS.glob("*/*.json")))
    return _finding("certificates", f"{count} in {PROOFS}" if count else None, "symqb prove, check")


def _tool(part: str) -> Finding:
    programs, arguments, purpose = TOOLS[part]
    for program in programs:
        path = shutil.which(program)
        if path is not None:
            answer = _run([path, *arguments])
            return _finding(part, f"{program}: {answer or 'present'}", purpose)
    return _finding(part, None, purpose)


def _accelerator() -> Finding:
    purpose = "evaluate on a GPU"
    card = _run(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"])
    if card is None:
        return _finding("GPU", None, purpose)
    seen = "JAX is installed" if find_spec("jax") else "JAX is not installed"
    return _finding("GPU", f"{card}; {seen}", purpose)


def examine() -> list[Finding]:
    """Everything symqb can use, with what was found here.

    Returns
    -------
    list of dict
        ``part``, ``available``, ``detail`` (version or "not found") and ``purpose``.

    Examples
    --------
    >>> [row["part"] for row in examine()][:2]
    ['Python', 'symqb']
    """
    findings = [
        _finding("Python", platform.python_version(), "run symqb"),
        _finding("symqb", __version__, "this package"),
    ]
    asked = requirements()
    findings += [_finding(name, _package(name), "core") for name in asked[""]]
    findings.append(_certificates())
    findings += [_extra(extra, asked[extra]) for extra in PURPOSES if extra in asked]
    findings += [_tool(part) for part in TOOLS]
    findings.append(_accelerator())
    return findings
