"""The arguments of ``symqb sweep``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from symqb.battery import xxz_battery
from symqb.cli.options import chosen_outputs, read_settings
from symqb.load import load_model
from symqb.models import ParameterError
from symqb.models.texts import read_float
from symqb.numerics.sweep_layout import LARGEST_AXIS, SKIPPED
from symqb.numerics.sweep_skipped import Skipped

PARAMETERS = ("B0", "J", "Delta", "epsilon", "T_L", "T_R", "kappa")
COUNT = re.compile(r"\d+", re.ASCII)
NEGATIVE = re.compile(r"-(\d|\.|inf|nan)", re.ASCII | re.IGNORECASE)
LONG_OPTION = re.compile(r"--[^=]+")


def parse_values(text: str, name: str) -> Any:
    """A number, ``a,b,c``, or ``first:last:count`` evenly spaced, as a float or an array.

    Raises
    ------
    ParameterError
        Text of another form, or a count that no axis can have.

    Examples
    --------
    >>> parse_values("0:1:5", "Delta").tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    if ":" in text:
        return _spaced(text, name)
    if "," in text:
        return np.array([read_float(name, part) for part in text.split(",")])
    return read_float(name, text)


def _spaced(text: str, name: str) -> Any:
    parts = text.split(":")
    if len(parts) != 3 or not COUNT.fullmatch(parts[2].strip()):
        raise ParameterError(
            f"{name}={text!r} is not understood; give 1.5, or 1,2,4, or first:last:count with a "
            "whole number for count"
        )
    first, last = (read_float(name, part) for part in parts[:2])
    if not (isfinite(first) and isfinite(last)):
        raise ParameterError(f"{name}={text!r} does not end; give finite real numbers")
    digits = parts[2].strip().lstrip("0")
    if not digits or len(digits) > len(str(LARGEST_AXIS)) or int(digits) > LARGEST_AXIS:
        raise ParameterError(
            f"{name}={text!r} asks for {digits or 0} values; give 1 to {LARGEST_AXIS}"
        )
    return np.linspace(first, last, int(digits))


def _parser(*, model: bool = False) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="symqb sweep",
        allow_abbrev=False,
        description="Evaluate a grid of parameters; each is a number, a,b,c or first:last:count.",
    )
    parser.add_argument("--model", type=Path, help="a model file; its parameters by --set")
    if model:
        parser.add_argument("--set", action="append", default=[], help="NAME=VALUES, by its names")
    else:
        parser.add_argument("--spins", type=int, default=2)
        parser.add_argument("--dissipation", default="collective")
    for name in () if model else PARAMETERS:
        default = "1" if name == "kappa" else None
        names = list(dict.fromkeys([f"--{name.replace('_', '-')}", f"--{name}"]))
        parser.add_argument(*names, dest=name, required=default is None, default=default)
    parser.add_argument(
        "--outputs",
        default=None if model else "charge,ergotropy",
        help="names or NAME=EXPRESSION, commas between; of an open system all by default",
    )
    parser.add_argument("--output", required=True, help="a .zarr folder or a .nc file")
    parser.add_argument("--address", help="a dask scheduler, e.g. tcp://host:8786")
    parser.add_argument("--workers", type=int, default=1, help="local threads")
    parser.add_argument("--chunk", type=int, help="points in a chunk, about; chosen if left out")
    parser.add_argument(
        "--skip-errors",
        action="store_true",
        help="NaN at refused points instead of stopping; says how many, and why",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


def join_values(arguments: Sequence[str]) -> list[str]:
    """Join each value that begins with a minus sign to the option before it.

    argparse takes such values for options, all but plain negative numbers.

    Examples
    --------
    >>> join_values(["--Delta", "-1:1:5", "--J", "2", "--quiet"])
    ['--Delta=-1:1:5', '--J', '2', '--quiet']
    """
    joined: list[str] = []
    for argument in arguments:
        if NEGATIVE.match(argument) and joined and LONG_OPTION.fullmatch(joined[-1]):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def sweep_command(arguments: Sequence[str]) -> None:
    """Run a sweep from command-line arguments and print what was written."""
    by_file = any(argument.partition("=")[0] == "--model" for argument in arguments)
    options = _parser(model=by_file).parse_args(join_values(arguments))
    if by_file:
        battery = load_model(options.model)
        texts = read_settings(options.set, options.model)
    else:
        battery = xxz_battery(options.spins, options.dissipation)
        texts = {name: getattr(options, name) for name in PARAMETERS}
    chosen = {} if options.outputs is None else {"outputs": chosen_outputs(options.outputs)}
    data = battery.sweep(
        {name: parse_values(text, name) for name, text in texts.items()},
        **chosen,
        path=options.output,
        address=options.address,
        workers=options.workers,
        chunk=options.chunk,
        skip_errors=options.skip_errors,
        progress=not options.quiet,
    )
    sizes = " x ".join(f"{name}[{size}]" for name, size in data.sizes.items()) or "one point"
    print(f"{options.output}: {', '.join(data.data_vars)} over {sizes}")
    if options.skip_errors:
        _print_skipped(Skipped.read(data.attrs[SKIPPED]))
    data.close()


def _print_skipped(skipped: Skipped) -> None:
    """How many points were skipped; for each reason the outputs, and the first such point."""
    print(f"points skipped: {skipped.points}")
    for reason, entry in skipped.reasons.items():
        counts = ", ".join(f"{name} {count}" for name, count in entry["outputs"].items())
        first = ", ".join(f"{name}={value!r}" for name, value in entry["first"].items())
        print(f"  {counts}: {reason}{f' (first at {first})' if first else ''}")
