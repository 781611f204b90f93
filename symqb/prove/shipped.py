"""Where the shipped certificates lie: inside an installed package, beside it in a checkout."""

from __future__ import annotations

import shutil
from pathlib import Path

from symqb.certify import checker
from symqb.models import ParameterError

PACKAGE = Path(__file__).resolve().parents[1]
PLACES = (PACKAGE / "proofs", PACKAGE.parent / "proofs")
PROOFS = next((place for place in PLACES if place.is_dir()), PLACES[0])
"""The folder of certificates, one folder a theorem, and the Coq files in ``coq``."""


def shipped_certificate(name: str) -> Path:
    """The path of a shipped certificate by its theorem's name.

    Raises
    ------
    ParameterError
        No certificate of that name is shipped.

    Examples
    --------
    >>> shipped_certificate("T2_step").name
    'T2_step.json'
    """
    found = {path.stem: path for path in sorted(PROOFS.glob("*/*.json"))}
    if name not in found:
        known = ", ".join(found) or "none: the folder of certificates is not installed"
        raise ParameterError(f"{name!r} is no shipped certificate; shipped: {known}")
    return found[name]


def copy_certificates(target: Path) -> list[Path]:
    """Copy every certificate, and the checker as a plain script, into a folder of their own.

    Parameters
    ----------
    target : Path
        A folder; made if it is not there.  Files of the same names are replaced.

    Returns
    -------
    list of Path
        The files written, the checker first.

    Raises
    ------
    ParameterError
        No certificates are installed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     copied = copy_certificates(Path(folder))
    >>> copied[0].name, "T2_step.json" in {path.name for path in copied}
    ('checker.py', True)
    """
    certificates = sorted(PROOFS.glob("*/*.json"))
    if not certificates:
        raise ParameterError(
            f"{PROOFS}: no certificates there; install symqb from its wheel or a clone"
        )
    sources = {Path("checker.py"): Path(checker.__file__)}
    sources |= {path.relative_to(PROOFS): path for path in certificates}
    written = []
    for name, source in sources.items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
        written.append(place)
    return written
