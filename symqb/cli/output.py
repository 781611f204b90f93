"""How commands print and write."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from symqb.report import plain


def print_json(value: object) -> None:
    """Print plain data as JSON on standard output."""
    typer.echo(json.dumps(plain.plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def write(text: str, output: Path | None) -> None:
    """Write text to a file, or to standard output for ``None`` and ``-``."""
    if output is None or str(output) == "-":
        typer.echo(text, nl=not text.endswith("\n"))
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    typer.echo(f"wrote {output}", err=True)
