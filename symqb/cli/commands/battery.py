"""What is derived of a battery: its derivation, its numbers, its LaTeX, its source code."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.models import OptionInfo

from symqb.battery import Battery, xxz_battery
from symqb.cli.application import app
from symqb.cli.options import Dissipation, DissipationOption, Format, FormatOption, Spins
from symqb.cli.output import print_json, write
from symqb.report import derivation, plain


class DeriveFormat(StrEnum):
    """How a derivation is printed."""

    TEXT = "text"
    JSON = "json"
    LATEX = "latex"


def _battery(spins: int, dissipation: str) -> Battery:
    return xxz_battery(spins=spins, dissipation=str(dissipation))


def _number(help_text: str, *names: str) -> OptionInfo:
    option: OptionInfo = typer.Option(*names, help=help_text, metavar="NUMBER")
    return option


@app.command()
def derive(
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    format: Annotated[DeriveFormat, typer.Option("--format")] = DeriveFormat.TEXT,
) -> None:
    """Derive levels, transitions, rates and the steady state from the Hamiltonian."""
    from symqb.report import latex_sections, text

    battery = _battery(spins, dissipation)
    if format is DeriveFormat.LATEX:
        typer.echo(latex_sections(battery))
    elif format is DeriveFormat.JSON:
        print_json(derivation(battery))
    else:
        text.print_derivation(battery)


@app.command()
def evaluate(
    B0: Annotated[str, _number("Field.", "--B0")],
    J: Annotated[str, _number("Exchange; 0 leaves the spins to Delta alone.", "--J")],
    Delta: Annotated[str, _number("Anisotropy.", "--Delta")],
    epsilon: Annotated[str, _number("Weight of the last spin on the left bath.", "--epsilon")],
    T_L: Annotated[str, _number("Temperature of the left bath.", "--T-L", "--T_L")],
    T_R: Annotated[str, _number("Temperature of the right bath.", "--T-R", "--T_R")],
    kappa: Annotated[str, _number("Dissipation strength.", "--kappa")] = "1",
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    digits: Annotated[
        int | None, typer.Option("--digits", help="Decimal digits, 15 to 2000; exact input.")
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Evaluate every output at one point, energies and temperatures in units of |J|.

    With --digits the parameters are read as exact decimals or fractions and the outputs are
    decimal strings in JSON.
    """
    battery = _battery(spins, dissipation)
    texts = {"B0": B0, "J": J, "Delta": Delta, "epsilon": epsilon}
    texts |= {"T_L": T_L, "T_R": T_R, "kappa": kappa}
    exact = digits is not None
    parameters = {name: plain.read_number(name, text, exact=exact) for name, text in texts.items()}
    record = plain.evaluation(battery.evaluate(digits=digits, outputs=None, **parameters), digits)
    if format is Format.JSON:
        print_json(record)
        return
    from symqb.report import text

    text.print_evaluation(record)


@app.command()
def latex(
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    width: Annotated[
        int,
        typer.Option("--width", help="Characters that fit a line of the column.", min=20, max=1000),
    ] = 34,
    document: Annotated[
        bool, typer.Option("--document", help="A whole document instead of its body.")
    ] = False,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            help="Comma-separated sections (hamiltonian, levels, transitions, rates, balance, "
            "steady, energetics) and outputs (populations, charge, heat_current_L, ...).",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--form", help="Of the populations: trees, eta, nested, exponential, ..."),
    ] = None,
    align: Annotated[
        str, typer.Option("--align", help="align, align*, multline, or dmath (package breqn).")
    ] = "align",
    output: Annotated[Path | None, typer.Option("--output", "-o")] = None,
) -> None:
    """Print the derived formulas as LaTeX in the paper's notation."""
    from symqb.show.paper_latex import latex_document
    from symqb.show.sections import split_only

    battery = _battery(spins, dissipation)
    sections, outputs = split_only(only)
    body = battery.latex(sections, outputs, form=form, align=align, width=width)
    if document:
        packages = "amsmath,breqn" if align == "dmath" else "amsmath"
        body = latex_document(battery.derivation, width, body, packages)
    write(body, output)


@app.command()
def emit(
    target: Annotated[str, typer.Option("--target", "-t", help="E.g. numpy, c, javascript.")],
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    outputs: Annotated[
        str | None, typer.Option("--outputs", help="Comma-separated; all by default.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File; standard output by default.")
    ] = None,
) -> None:
    """Write standalone source code that computes the outputs."""
    chosen = tuple(name.strip() for name in outputs.split(",")) if outputs is not None else None
    write(_battery(spins, dissipation).source(target, chosen), output)
