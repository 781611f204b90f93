"""The report page, and what this installation has."""

from __future__ import annotations

from typing import Annotated

import typer

from symqb.cli.application import app
from symqb.cli.errors import extras
from symqb.cli.options import Directory, Format, FormatOption
from symqb.cli.output import print_json


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


@app.command()
def doctor(format: FormatOption = Format.TEXT) -> None:
    """Show what is available here: compilers, node, Coq, accelerator, browser, extras."""
    from symqb.report import text
    from symqb.report.doctor import examine

    findings = examine()
    if format is Format.JSON:
        print_json(findings)
    else:
        text.print_doctor(findings)
