"""What is derived of a battery: its derivation, its numbers, its LaTeX, its source code."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.models import OptionInfo

from symqb.battery import Battery, xxz_battery
from symqb.cli.application import app
from symqb.cli.options import (
    Dissipation,
    DissipationOption,
    Format,
    FormatOption,
    ModelOption,
    Spins,
    chosen_outputs,
    comma_separated,
    read_settings,
    refuse_beside_model,
    typed,
)
from symqb.cli.output import print_json, write
from symqb.load import load_model
from symqb.models import ParameterError
from symqb.open_system import OpenSystem
from symqb.report import derivation, plain


class DeriveFormat(StrEnum):
    """How a derivation is printed."""

    TEXT = "text"
    JSON = "json"
    LATEX = "latex"


OUTPUTS_HELP = "Comma-separated, or NAME=EXPRESSION in outputs; all by default."
PARAMETERS = ("B0", "J", "Delta", "epsilon", "T_L", "T_R", "kappa")


def _chosen(
    ctx: typer.Context, model: Path | None, spins: int, dissipation: str
) -> Battery | OpenSystem:
    """The paper's battery of so many spins, or what a model file describes."""
    if model is None:
        return xxz_battery(spins=spins, dissipation=str(dissipation))
    refuse_beside_model(ctx, model, ("spins", "dissipation", *PARAMETERS))
    return load_model(model)


def _number(help_text: str, *names: str) -> OptionInfo:
    option: OptionInfo = typer.Option(*names, help=help_text, metavar="NUMBER")
    return option


def _texts_of_battery(given: dict[str, str | None], settings: list[str]) -> dict[str, str]:
    """The parameters of the paper's battery, as they were typed."""
    if settings:
        raise ParameterError(
            f"--set {settings[0]!r} is for parameters of --model FILE; give --B0, --J, ... here"
        )
    missing = [name for name, text in given.items() if text is None and name != "kappa"]
    if missing:
        options = [f"--{name.replace('_', '-')}" for name in missing]
        raise ParameterError(
            f"missing option {options[0]!r}; give {', '.join(options)}, or --model FILE with --set"
        )
    return {name: text for name, text in given.items() if text is not None}


@app.command()
def derive(
    ctx: typer.Context,
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    model: ModelOption = None,
    format: Annotated[DeriveFormat, typer.Option("--format")] = DeriveFormat.TEXT,
) -> None:
    """Derive levels, transitions, rates and the steady state from the Hamiltonian."""
    from symqb.report import latex_sections, systems, text

    battery = _chosen(ctx, model, spins, dissipation)
    if isinstance(battery, OpenSystem):
        if format is DeriveFormat.LATEX:
            typer.echo(battery.latex())
        elif format is DeriveFormat.JSON:
            print_json(systems.system_derivation(battery))
        else:
            text.print_system(battery)
    elif format is DeriveFormat.LATEX:
        typer.echo(latex_sections(battery))
    elif format is DeriveFormat.JSON:
        print_json(derivation(battery))
    else:
        text.print_derivation(battery)


@app.command()
def evaluate(
    ctx: typer.Context,
    B0: Annotated[str | None, _number("Field.", "--B0")] = None,
    J: Annotated[str | None, _number("Exchange; 0 leaves the spins to Delta.", "--J")] = None,
    Delta: Annotated[str | None, _number("Anisotropy.", "--Delta")] = None,
    epsilon: Annotated[
        str | None, _number("Weight of the last spin on the left bath.", "--epsilon")
    ] = None,
    T_L: Annotated[str | None, _number("Temperature of the left bath.", "--T-L", "--T_L")] = None,
    T_R: Annotated[str | None, _number("Temperature of the right bath.", "--T-R", "--T_R")] = None,
    kappa: Annotated[str | None, _number("Dissipation strength, 1 by default.", "--kappa")] = None,
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    model: ModelOption = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A parameter of the model file.", metavar="NAME=VALUE"),
    ] = None,
    outputs: Annotated[str | None, typer.Option("--outputs", help=OUTPUTS_HELP)] = None,
    digits: Annotated[
        int | None, typer.Option("--digits", help="Decimal digits, 15 to 2000; exact input.")
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Evaluate every output, or some, at one point: of the paper's battery by --B0, --J, --Delta,
    --epsilon, --T-L and --T-R, of a model file by --set.

    With --digits the parameters are read as exact decimals or fractions and the outputs are
    decimal strings in JSON.
    """
    battery = _chosen(ctx, model, spins, dissipation)
    if model is None:
        values = (B0, J, Delta, epsilon, T_L, T_R, kappa)
        texts = _texts_of_battery(dict(zip(PARAMETERS, values, strict=True)), settings or [])
    else:
        texts = read_settings(settings or [], model)
    exact = digits is not None
    parameters = {name: plain.read_number(name, text, exact=exact) for name, text in texts.items()}
    result = battery.evaluate(digits=digits, outputs=chosen_outputs(outputs), **parameters)
    record = plain.evaluation(result, digits)
    if format is Format.JSON:
        print_json(record)
        return
    from symqb.report import text

    text.print_evaluation(record)


@app.command()
def latex(
    ctx: typer.Context,
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    model: ModelOption = None,
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
    """Print the derived formulas as LaTeX; of an open system the program, line by line."""
    from symqb.show.paper_latex import latex_document
    from symqb.show.sections import split_only

    battery = _chosen(ctx, model, spins, dissipation)
    if isinstance(battery, OpenSystem):
        write(_system_latex(ctx, battery, only, document=document), output)
        return
    sections, outputs = split_only(only)
    body = battery.latex(sections, outputs, form=form, align=align, width=width)
    if document:
        packages = "amsmath,breqn" if align == "dmath" else "amsmath"
        body = latex_document(battery.derivation, width, body, packages)
    write(body, output)


def _system_latex(
    ctx: typer.Context, system: OpenSystem, only: str | None, *, document: bool
) -> str:
    """The program of an open system, line by line."""
    from symqb.report.systems import system_document

    given = typed(ctx, ("width", "form", "align"))
    if given:
        raise ParameterError(
            f"{given[0]} is for chains; of an open system the program is printed line by line, so "
            "leave it out"
        )
    body = system.latex(comma_separated(only))
    return system_document(body) if document else body


@app.command()
def emit(
    ctx: typer.Context,
    target: Annotated[str, typer.Option("--target", "-t", help="E.g. numpy, c, javascript.")],
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    model: ModelOption = None,
    outputs: Annotated[str | None, typer.Option("--outputs", help=OUTPUTS_HELP)] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File; standard output by default.")
    ] = None,
) -> None:
    """Write standalone source code that computes the outputs."""
    battery = _chosen(ctx, model, spins, dissipation)
    write(battery.source(target, chosen_outputs(outputs)), output)
