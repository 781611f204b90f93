"""What is wrong with a model, and what this installation has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symqb.cli.application import app
from symqb.cli.errors import FAILED
from symqb.cli.options import Format, FormatOption, ModelOption, read_settings
from symqb.cli.output import print_json
from symqb.models import ParameterError


@app.command()
def doctor(
    model: ModelOption = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A parameter of the model file.", metavar="NAME=VALUE"),
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show what is available here, packages, compilers, tools; of a model file what makes its
    numbers wrong.

    With --model: without --set what holds for all parameters, with one for every parameter what
    depends on them as well; 1 if something is found.
    """
    if model is not None:
        _examine_model(model, settings or [], format)
        return
    if settings:
        raise ParameterError(
            f"--set {settings[0]!r} is for parameters of --model FILE; give the file, or leave it "
            "out"
        )
    from symqb.report import text
    from symqb.report.doctor import examine

    findings = examine()
    if format is Format.JSON:
        print_json(findings)
    else:
        text.print_doctor(findings)


def _examine_model(path: Path, settings: list[str], format: Format) -> None:
    from symqb.check import check_model
    from symqb.load import load_model
    from symqb.report import plain

    model = load_model(path)
    texts = read_settings(settings, path)
    point = {name: plain.read_number(name, value, exact=False) for name, value in texts.items()}
    # a file without a parameter is a point already
    open_ones = set(model.parameters) - {model.derivation.kappa}
    report = check_model(model, point if point or not open_ones else None)
    if format is Format.JSON:
        print_json(report.to_dict())
    else:
        typer.echo(repr(report))
    if report:
        raise typer.Exit(FAILED)
