"""The map of passivity: points and regions where steady states yield no work, or do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symqb.cli.application import app
from symqb.cli.errors import FAILED, extras
from symqb.cli.options import Format, FormatOption
from symqb.cli.output import print_json
from symqb.models import ParameterError

PIXELS = 40
"""Points along each side of a picture."""
Lengths = Annotated[
    list[int] | None,
    typer.Argument(metavar="[SPINS]...", min=2, help="Lengths of the chain; 2 to 6 by default."),
]


@app.command()
def passivity(
    spins: Lengths = None,
    points: Annotated[
        int | None,
        typer.Option(
            "--points", min=1, help="Count by search at so many random points a region instead."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw the map into this folder instead.")
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Decide where steady states yield no work, point by point; 1 if a stated verdict fails.

    Each stated point is decided by proof, in ball arithmetic; the ledger has them as T10.
    The counts of --points are tests in floating point, not proofs.
    """
    lengths = spins or [2, 3, 4, 5, 6]
    if points is not None and output is not None:
        raise ParameterError(f"--points {points} and --output {output}: give one of them")
    if output is not None:
        with extras():
            from symqb.prove.passivity.pictures import draw
        paths = [str(path) for path in draw(output, lengths, PIXELS)]
        print_json(paths) if format is Format.JSON else typer.echo("\n".join(paths))
    elif points is not None:
        _count(lengths, points, format)
    elif not _decide(lengths, format):
        raise typer.Exit(FAILED)


def _decide(lengths: list[int], format: Format) -> bool:
    """Print the verdict of each stated point; whether all are as stated."""
    with extras():
        from symqb.prove.passivity.map import certify
        from symqb.report import text
    rows = list(certify(lengths))
    if not rows:
        raise ParameterError(f"no point is stated for {lengths} spins; give lengths from 2 to 8")
    print_json(rows) if format is Format.JSON else text.print_passivity(rows)
    return all(row["holds"] for row in rows)


def _count(lengths: list[int], points: int, format: Format) -> None:
    """Print how many points of each region are active, by search."""
    with extras():
        from symqb.prove.passivity.map import counts
        from symqb.report import text
    rows = list(counts(lengths, points))
    print_json(rows) if format is Format.JSON else text.print_counts(rows)
