"""Options and arguments that several commands take, each written once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from symqb.models import ParameterError


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
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", "-m", help="A model file in TOML, in place of the paper's battery."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="Text for people, JSON for tools.")]
Directory = Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")]


def typed(ctx: typer.Context, names: Iterable[str]) -> list[str]:
    """Which options among those of the names were typed, as they are spelled."""
    wanted = set(names)
    return [
        option.opts[0]
        for option in ctx.command.params
        if option.name in wanted and str(ctx.get_parameter_source(option.name)).endswith("LINE")
    ]


def refuse_beside_model(ctx: typer.Context, model: Path, names: Iterable[str]) -> None:
    """Refuse options that a model file leaves nothing to say for.

    Raises
    ------
    ParameterError
        One of them was typed.
    """
    given = typed(ctx, names)
    if given:
        raise ParameterError(
            f"{given[0]} and --model {model}: the file says what the model is; leave one of the "
            "two out"
        )


def comma_separated(text: str | None) -> tuple[str, ...] | None:
    """The names in a text with commas between them; None for None."""
    return None if text is None else tuple(name.strip() for name in text.split(","))


def chosen_outputs(text: str | None) -> tuple[str, ...] | dict[str, str] | None:
    """Outputs by name, or with expressions in them as ``cop=heat_current_c/heat_current_w``.

    Raises
    ------
    ParameterError
        A name with two meanings.

    Examples
    --------
    >>> chosen_outputs("charge, exergy"), chosen_outputs("charge,x=exergy/T")
    (('charge', 'exergy'), {'charge': 'charge', 'x': 'exergy/T'})
    """
    names = comma_separated(text)
    if names is None or not any("=" in name for name in names):
        return names
    found: dict[str, str] = {}
    for part in names:
        name, sign, expression = (piece.strip() for piece in part.partition("="))
        if name in found:
            raise ParameterError(f"--outputs gives {name!r} twice; give each name once")
        found[name] = expression if sign else name
    return found


def read_settings(settings: Iterable[str], model: Path) -> dict[str, str]:
    """The parameters of a model file's model, as ``--set`` types them.

    Raises
    ------
    ParameterError
        No ``NAME=VALUE``; a name given twice.
    """
    texts: dict[str, str] = {}
    for setting in settings:
        name, sign, text = setting.partition("=")
        name = name.strip()
        if not sign or not name:
            raise ParameterError(
                f"--set {setting!r} is no NAME=VALUE; give e.g. --set T_L=1/3, once a parameter"
            )
        if name in texts:
            raise ParameterError(
                f"--set {name} is given twice; give each parameter of {model} once"
            )
        texts[name] = text
    return texts
