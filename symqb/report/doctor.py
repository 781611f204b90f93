"""What is available on this machine: packages, compilers, proof tools, accelerator, browser."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Sequence
from importlib import metadata
from importlib.util import find_spec
from typing import Any

CORE = ("sympy", "mpmath", "numpy", "python-flint", "hypothesis", "typer", "rich")
EXTRAS = {
    "numba": ("numba", "emit to Numba"),
    "jax": ("jax", "emit to JAX, gradients, accelerators"),
    "matplotlib": ("matplotlib", "plots and figures"),
    "latex2mathml": ("latex2mathml", "formulas on the report page"),
    "xarray": ("xarray", "labelled sweeps"),
    "dask": ("dask", "distributed sweeps"),
}
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


def _finding(part: str, detail: str | None, purpose: str) -> dict[str, Any]:
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


def _tool(part: str) -> dict[str, Any]:
    programs, arguments, purpose = TOOLS[part]
    for program in programs:
        path = shutil.which(program)
        if path is not None:
            answer = _run([path, *arguments])
            return _finding(part, f"{program}: {answer or 'present'}", purpose)
    return _finding(part, None, purpose)


def _accelerator() -> dict[str, Any]:
    purpose = "evaluate on a GPU"
    card = _run(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"])
    if card is None:
        return _finding("GPU", None, purpose)
    seen = "JAX is installed" if find_spec("jax") else "JAX is not installed"
    return _finding("GPU", f"{card}; {seen}", purpose)


def examine() -> list[dict[str, Any]]:
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
    from symqb import __version__

    findings = [
        _finding("Python", platform.python_version(), "run symqb"),
        _finding("symqb", __version__, "this package"),
    ]
    findings += [_finding(name, _package(name), "core") for name in CORE]
    findings += [
        _finding(part, _package(name), purpose) for part, (name, purpose) in EXTRAS.items()
    ]
    findings += [_tool(part) for part in TOOLS]
    findings.append(_accelerator())
    return findings
