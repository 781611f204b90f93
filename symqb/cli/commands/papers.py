"""What is printed in a paper: the audit of its items, and its figures drawn anew."""

from __future__ import annotations

from typing import Annotated

import typer

from symqb.cli.application import app
from symqb.cli.errors import extras
from symqb.cli.options import Directory, Format, FormatOption
from symqb.cli.output import print_json
from symqb.models import ParameterError
from symqb.report import plain


@app.command()
def audit(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help='E.g. "12a".')] = None,
    status: Annotated[
        list[str] | None, typer.Option("--status", help="Only rows of this status; repeatable.")
    ] = None,
    erratum: Annotated[
        bool, typer.Option("--erratum", help="Print a draft erratum instead.")
    ] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Compare every printed equation, condition, argument and claim with the derivation."""
    with extras():
        from symqb.audit import STATUSES, audit_paper
        from symqb.audit import erratum as draft
        from symqb.papers.pra109_042619 import PAPER
        from symqb.report import text
    if erratum:
        drafted = draft(PAPER)
        print_json({"erratum": drafted}) if format is Format.JSON else typer.echo(drafted)
        return
    unknown = [name for name in status or [] if name not in STATUSES]
    if unknown:
        raise ParameterError(f"status={unknown[0]!r} is unknown; choose {', '.join(STATUSES)}")
    rows = [row for row in audit_paper(PAPER, ids or None) if not status or row.status in status]
    if format is Format.JSON:
        print_json([plain.audit_record(row) for row in rows])
    else:
        text.print_audit(rows)


@app.command()
def figures(
    output: Directory,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[FIG]...", help="E.g. 3; all by default.")
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Draw the paper's figures from the derived formulas."""
    with extras():
        from symqb.audit import draw_figures
        from symqb.papers.pra109_042619 import PAPER
    paths = draw_figures(PAPER.figures, names or None, output)
    if format is Format.JSON:
        print_json([str(path) for path in paths])
    else:
        for path in paths:
            typer.echo(path)
