"""The report page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symqb.cli.application import app
from symqb.cli.errors import extras
from symqb.cli.options import Directory, ModelOption, read_settings
from symqb.models import ParameterError


@app.command()
def report(
    output: Directory,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out theorems, audit and figures.")
    ] = False,
    model: ModelOption = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A parameter of the model file.", metavar="NAME=VALUE"),
    ] = None,
) -> None:
    """Write the report page: one folder, no network needed to read it.

    Of the paper's batteries; with --model of a model file: its derivation, what is wrong with it,
    and with --set for every parameter its numbers.
    """
    if model is None and settings:
        raise ParameterError(
            f"--set {settings[0]!r} is for parameters of --model FILE; give the file, or leave it "
            "out"
        )
    if model is not None:
        if quick:
            raise ParameterError(
                f"--quick and --model {model}: a model's page has no theorems to leave out; leave "
                "one of the two out"
            )
        typer.echo(_model_report(model, settings or [], output))
        return
    with extras():
        from symqb.report.page import write_report
    typer.echo(write_report(output, quick=quick))


def _model_report(path: Path, settings: list[str], output: Path) -> Path:
    """Write the page of a model file."""
    from symqb.load import load_model
    from symqb.report import plain

    with extras():
        from symqb.report.model_page import write_model_report
    model = load_model(path)
    texts = read_settings(settings, path)
    point = {name: plain.read_number(name, value, exact=False) for name, value in texts.items()}
    # a file without a parameter is a point already
    open_ones = set(model.parameters) - {model.derivation.kappa}
    return write_model_report(model, output, point if point or not open_ones else None, path.name)
