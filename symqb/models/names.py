"""Names of parameters: which can be used everywhere, and why the others cannot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from symqb.models.errors import ParameterError

ARGUMENTS = frozenset({"self", "out", "digits", "outputs", "times", "initial", "basis", "density"})
"""Arguments of evaluations and emitted functions: a call could not tell a parameter from them."""

OUTPUTS = frozenset(
    """
    energies populations stored_energy capacity charge ergotropy exergy entropy_production
    smallest_gap smallest_frequency_difference secular_ratio
    """.split()  # noqa: SIM905  # a list of words reads as one
)
"""Outputs: a table of results, or an expression in them, could not tell a parameter from them."""

MORE_OUTPUTS = re.compile(r"heat_current_.+|(populations|energies)_\d+|d_.+_d_.+")
"""Outputs there are several of: one for each bath, level or derivative."""

AXES = re.compile(r"level|point(_\d+)?")
"""Axes of labelled results that are no parameters."""


def check_name(name: str, where: str) -> str:
    """``name`` if a parameter can be called so in every target.

    Raises
    ------
    ParameterError
        No identifier, or one that Python reads as another; a number's name (``nan``, ``inf``); the
        name of an argument, an output or an axis.

    Examples
    --------
    >>> check_name("lambda", "J")
    'lambda'
    >>> check_name("charge", "J")
    Traceback (most recent call last):
    ...
    symqb.models.errors.ParameterError: J='charge' is the name of an output; use another, such as \
'charge_0'
    """
    if not name.isidentifier():
        raise ParameterError(
            f"{where}={name!r} is not a parameter name; use a number or a name such as 'J'"
        )
    normal = unicodedata.normalize("NFKC", name)
    if normal != name:
        raise ParameterError(
            f"{where}={name!r} is a name that Python reads as {normal!r}; write it so"
        )
    if name.lower() in {"nan", "inf", "infinity"}:
        raise ParameterError(
            f"{where}={name!r} is the name of no finite number; give a finite one, or another name"
        )
    if name.startswith("__") or (name.startswith("_") and not name.strip("_")):
        raise ParameterError(
            f"{where}={name!r} is a name that languages keep for themselves; use another, such as "
            f"'{name.strip('_') or 'x'}'"
        )
    kind = _taken_by(name)
    if kind:
        raise ParameterError(
            f"{where}={name!r} is the name of {kind}; use another, such as '{name}_0'"
        )
    return name


def _taken_by(name: str) -> str | None:
    if name in ARGUMENTS:
        return "an argument of every evaluation"
    if name in OUTPUTS or MORE_OUTPUTS.fullmatch(name):
        return "an output"
    if AXES.fullmatch(name):
        return "an axis of labelled results"
    return None


def check_symbols(values: Iterable[Any]) -> None:
    """Refuse one name for two SymPy symbols among a model's values: both would get one value.

    A name given as text is the symbol without assumptions.

    Raises
    ------
    ParameterError
        Two symbols that differ in their assumptions alone.

    Examples
    --------
    >>> import sympy as sp
    >>> h = sp.Symbol("h", positive=True)
    >>> check_symbols(["J", sp.Symbol("J"), 2 * h, h, 0.5])
    >>> check_symbols(["h", h])
    Traceback (most recent call last):
    ...
    symqb.models.errors.ParameterError: one name, two symbols: Symbol('h') and Symbol('h', \
positive=True); use one of them throughout, or two names
    """
    values = list(values)
    symbols = [symbol for value in values for symbol in getattr(value, "free_symbols", ())]
    if not symbols:
        return
    from sympy import Symbol, srepr

    found = {value: Symbol(value) for value in values if isinstance(value, str)}
    for symbol in symbols:
        other = found.setdefault(symbol.name, symbol)
        if other != symbol:
            shown = " and ".join(sorted(map(srepr, (other, symbol))))
            raise ParameterError(
                f"one name, two symbols: {shown}; use one of them throughout, or two names"
            )
