"""The Typer application that every command belongs to."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperGroup

import symqb
from symqb.cli.errors import BAD_INPUT, STOPPED, TOLD, message


class Commands(TyperGroup):
    """A group whose commands answer bad input with one message instead of a traceback."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo(
                "symqb: stopped; a sweep keeps what is finished and goes on from there", err=True
            )
            raise typer.Exit(STOPPED) from None
        except TOLD as error:
            if isinstance(error, BrokenPipeError):
                raise
            typer.echo(f"symqb: {message(error)}", err=True)
            raise typer.Exit(BAD_INPUT) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Derive, prove and evaluate XXZ spin-chain quantum batteries.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"symqb {symqb.__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass
