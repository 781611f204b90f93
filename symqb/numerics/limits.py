"""What a run may take on this machine: estimated first, refused in words before it is taken."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from symqb.models import BatteryModel, ParameterError
from symqb.numerics.progress import memory

LARGEST_DENSITY = 7
"""Spins up to which whole density matrices are followed, coherences and all."""

CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)
"""Where a container's limit stands and what of it is used, in the two kinds of Linux."""


def available_memory() -> int | None:
    """Bytes this process may still take, the container's limit considered; None if unknown."""
    found = []
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found.append(1024 * int(line.split()[1]))
    except (OSError, ValueError):
        pass
    for limit, used in CGROUPS:
        try:
            found.append(int(Path(limit).read_text()) - int(Path(used).read_text()))
        except (OSError, ValueError):
            continue
    if not found:
        try:
            found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
        except (AttributeError, OSError, ValueError):
            return None
    return max(0, min(found))


def free_space(path: Path) -> int | None:
    """Free bytes where a file is to be, in the nearest folder that exists; None if unknown."""
    for folder in (path.absolute(), *path.absolute().parents):
        if folder.is_dir():
            try:
                return shutil.disk_usage(folder).free
            except OSError:
                return None
    return None


def bytes_text(count: float) -> str:
    """A number of bytes for people.

    Examples
    --------
    >>> bytes_text(1.6e13), bytes_text(500)
    ('14.6 TiB', '500 bytes')
    """
    for power, unit in ((50, "PiB"), (40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")):
        if count >= 2**power:
            return f"{count / 2**power:.3g} {unit}"
    return f"{count:.0f} bytes"


def check_memory(needed: float, what: str, remedy: str) -> None:
    """Refuse what needs more memory than there is.

    Raises
    ------
    ParameterError
        With the estimate, what is available, and the remedy.

    Examples
    --------
    >>> check_memory(2.0**70, "a grid of 1e20 points", "give fewer points")
    Traceback (most recent call last):
    ...
    symqb.models.errors.ParameterError: a grid of 1e20 points needs about ...; give fewer points
    """
    available = available_memory()
    if available is not None and needed > available:
        raise ParameterError(
            f"{what} needs about {bytes_text(needed)} of memory, {bytes_text(available)} are "
            f"available; {remedy}"
        )


def check_chain(model: BatteryModel) -> None:
    """Refuse a chain whose steady state does not fit into memory, before anything is allocated.

    Raises
    ------
    ParameterError
        With the estimate, and what is available.
    """
    spins = model.chain.spins
    check_memory(
        memory(spins, len(model.baths), conserving=model.chain.conserves_magnetization),
        f"spins={spins}: the steady state of a chain of {spins} spins",
        "give fewer spins",
    )
