"""Grids of parameters."""

from __future__ import annotations

import typer

from symqb.cli.application import app
from symqb.cli.errors import extras


@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def sweep(ctx: typer.Context) -> None:
    """Evaluate a grid of parameters, chunk by chunk; goes on where it stopped."""
    with extras():
        from symqb.cli.sweep_arguments import sweep_command
    sweep_command(list(ctx.args))
