"""The command line as a process: its streams and its exit status."""

from __future__ import annotations

import sys

import typer

from symqb.cli.application import app
from symqb.cli.errors import BAD_INPUT, CLOSED, message
from symqb.report.pipes import Stream


def main() -> None:
    """Run the command line; end quietly where what reads its output stops reading."""
    out, error = Stream(sys.stdout), Stream(sys.stderr)
    sys.stdout, sys.stderr = out.text, error.text
    try:
        app()
    except SystemExit as end:
        lost, _ = out.finish(), error.finish()
        if out.closed or error.closed:
            sys.exit(CLOSED)
        if lost is not None and not end.code:
            typer.echo(f"symqb: {message(lost)}", err=True)
            sys.exit(BAD_INPUT)
        raise
