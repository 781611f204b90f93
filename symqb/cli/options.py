"""Options and arguments that several commands take, each written once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How a command prints."""

    TEXT = "text"
    JSON = "json"


class Dissipation(StrEnum):
    """Whether two sites on one bath act together."""

    COLLECTIVE = "collective"
    INDIVIDUAL = "individual"


class Profile(StrEnum):
    """How long a randomised search runs."""

    QUICK = "quick"
    CI = "ci"
    LONG = "long"


Spins = Annotated[int, typer.Option("--spins", "-n", help="Number of spins, at least 2.")]
DissipationOption = Annotated[
    Dissipation, typer.Option("--dissipation", help="With or without the cross term (Eq. 10b).")
]
FormatOption = Annotated[Format, typer.Option("--format", help="Text for people, JSON for tools.")]
Directory = Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")]
