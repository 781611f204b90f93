"""What a stored sweep is known by: everything that its values depend on."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel, has_formula
from symqb.models.system import System

Array = npt.NDArray[np.float64]

LAYERS = ("program", "models", "derive", "emit", "numerics")
"""The layers whose code makes the numbers."""
PROBES = np.logspace(-6, 6, 49)
"""Frequencies at which a spectral density that is a Python function is told from others."""


def checksum(*parts: str | bytes) -> str:
    """SHA-256 of some texts and bytes, each with its length before it, in hexadecimal.

    Examples
    --------
    >>> checksum("ab", "c") == checksum("a", "bc")
    False
    """
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(f"{len(data)}:".encode())
        found.update(data)
    return found.hexdigest()


def array_bytes(array: npt.ArrayLike) -> bytes:
    """The numbers of an array as little-endian doubles in C order; one NaN is like another."""
    values = np.ascontiguousarray(array, dtype="<f8")
    nan = np.isnan(values)
    return (np.where(nan, np.nan, values) if nan.any() else values).tobytes()


@lru_cache(maxsize=1)
def code_checksum() -> str:
    """The checksum of the source code that numbers come from, short.

    Examples
    --------
    >>> len(code_checksum())
    16
    """
    root = Path(__file__).resolve().parents[1]
    files = sorted(path for layer in LAYERS for path in (root / layer).rglob("*.py"))
    parts = [part for f in files for part in (f.relative_to(root).as_posix(), f.read_bytes())]
    return checksum(*parts)[:16]


@lru_cache(maxsize=1)
def git_hash() -> str:
    """The commit of the source tree this package runs from, or "unknown"."""
    here = Path(__file__)
    # an installed copy may lie inside some other repository, which does not track this file
    for arguments in (["ls-files", "--error-unmatch", here.name], ["rev-parse", "HEAD"]):
        try:
            found = subprocess.run(
                ["git", *arguments],
                cwd=here.parent,
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            )
        except (OSError, subprocess.SubprocessError):
            return "unknown"
    return found.stdout.strip()


def describe_model(model: BatteryModel | System) -> str:
    """A model as text that is the same in every process.

    The text of a Python function holds its address; in its place stand its name and the checksum
    of its values at some frequencies.
    """
    text = repr(model)
    for bath in model.baths:
        if not has_formula(bath.spectrum):
            text = text.replace(repr(bath.spectrum), _describe_function(bath.spectrum))
    return text


def _describe_function(function: Any) -> str:
    name = getattr(function, "__qualname__", type(function).__qualname__)
    try:
        with np.errstate(all="ignore"):
            values = checksum(array_bytes(np.broadcast_to(function(PROBES), PROBES.shape)))
    except Exception as error:  # whatever a user's function does not like
        values = type(error).__name__
    return f"<function {name}, values {values[:16]}>"


def attributes(
    model: BatteryModel | System,
    outputs: Mapping[str, str],
    axes: Mapping[str, Array],
    fixed: Mapping[str, float],
    *,
    chunk: tuple[int, ...],
    skip_errors: bool,
) -> dict[str, Any]:
    """What a data set says of its origin; outputs by name, with the expressions they stand for."""
    named = all(name == text for name, text in outputs.items())
    return {
        "model": describe_model(model),
        "fixed": json.dumps(dict(fixed)),
        "axes": json.dumps({name: len(values) for name, values in axes.items()}),
        "outputs": json.dumps(list(outputs) if named else dict(outputs)),
        "chunk": json.dumps(list(chunk)),
        "skip_errors": json.dumps(skip_errors),
        "symqb_version": version("symqb"),
        "symqb_code": code_checksum(),
        "symqb_git_hash": git_hash(),
        "units": "energies and temperatures in one unit, k_B = hbar = 1",
    }


def identity(noted: Mapping[str, Any], axes: Mapping[str, Array]) -> dict[str, Any]:
    """What two runs must share for one to finish the other's sweep: all but the commit's name.

    A commit may change documents alone; ``symqb_code`` says whether the numbers' code is the same.
    """
    kept = {name: value for name, value in noted.items() if name != "symqb_git_hash"}
    spans = {name: _span(values) for name, values in axes.items()}
    return {**kept, "values": spans}


def _span(values: Array) -> dict[str, Any]:
    return {
        "first": float(values[0]),
        "last": float(values[-1]),
        "count": len(values),
        "sha256": checksum(array_bytes(values)),
    }
