"""The report page."""

from __future__ import annotations

from typing import Annotated

import typer

from symqb.cli.application import app
from symqb.cli.errors import extras
from symqb.cli.options import Directory


@app.command()
def report(
    output: Directory,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out theorems, audit and figures.")
    ] = False,
) -> None:
    """Write the report page: one folder, no network needed to read it."""
    with extras():
        from symqb.report.page import write_report
    typer.echo(write_report(output, quick=quick))
