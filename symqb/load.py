"""Models from files: what a user types once, and every command takes."""

from __future__ import annotations

import os

from symqb.battery import Battery
from symqb.models import BatteryModel
from symqb.models.model_file import read_model_file
from symqb.open_system import OpenSystem


def load_model(path: str | os.PathLike[str]) -> Battery | OpenSystem:
    """Read a model file: a battery from a chain, an open system from a Hamiltonian.

    Parameters
    ----------
    path : str or path
        A file in TOML with the table ``[chain]``, or with ``[system]`` and, for formulas in
        operators, ``[register]``; and with ``[[baths]]``, ``[[jumps]]``.  Nothing in it is run.

    Raises
    ------
    ParameterError, DomainError
        What cannot be read, an unknown table, key or word, a value that the model refuses: with the
        file, the line, the rule and the remedy.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> text = '''
    ... [register]
    ... levels = [2]
    ... [system]
    ... H = "w*N1"
    ... [[baths]]
    ... name = "c"
    ... temperature = "T"
    ... coupling = "X1"
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "spin.toml")
    ...     _ = path.write_text(text)
    ...     spin = load_model(path)
    >>> spin, spin.parameters
    (OpenSystem(2 levels, baths=c), ('w', 'T', 'kappa'))
    """
    model = read_model_file(path)
    return Battery(model) if isinstance(model, BatteryModel) else OpenSystem(model)
