"""Results as plain data: what the command line prints as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from symqb.emit.result import Result
from symqb.models import exact_value
from symqb.models.plain_data import Json, JsonObject
from symqb.models.texts import check_number_text, read_float

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record: TypeAlias = DataclassInstance | Mapping[str, object]

THEOREM_KEYS = ("name", "statement", "verdict", "scope", "assumes", "certificate", "seconds")
AUDIT_KEYS = ("id", "kind", "status", "printed", "derived", "evidence")


def plain(value: object) -> Json:
    """A value made of JSON's own types; what has no such form becomes its text.

    Infinite and undefined floats become the strings ``"Infinity"``, ``"-Infinity"`` and
    ``"NaN"``: JSON has no number for them, and ``float`` of every language reads these.

    Examples
    --------
    >>> plain({"a": (1, float("inf")), "b": Fraction(1, 3)})
    {'a': [1, 'Infinity'], 'b': '1/3'}
    """
    if value is None or isinstance(value, str | bool | int):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _special(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return record(value)
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return str(value)


def _special(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def record(value: Record) -> JsonObject:
    """A dataclass, or any mapping, as a plain dictionary."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return {f.name: plain(getattr(value, f.name)) for f in fields(value)}


def _ordered(value: Record, keys: tuple[str, ...]) -> JsonObject:
    whole = record(value)
    missing = [key for key in keys if key not in whole]
    if missing:
        raise ValueError(f"{type(value).__name__} lacks {missing}; the contract names them")
    return {key: whole[key] for key in keys} | whole


def theorem_record(value: Record) -> JsonObject:
    """A theorem's result under the contract's keys."""
    return _ordered(value, THEOREM_KEYS)


def audit_record(value: Record) -> JsonObject:
    """A row of the audit under the contract's keys."""
    return _ordered(value, AUDIT_KEYS)


def read_number(name: str, text: str, *, exact: bool) -> float | Fraction:
    """A decimal number or a fraction ``p/q`` from text: exact, or as the nearest float.

    Raises
    ------
    ParameterError
        Text that is no number, or (if ``exact``) not finite or beyond double precision's range.

    Examples
    --------
    >>> read_number("J", "0.1", exact=True), read_number("J", "1/4", exact=False)
    (Fraction(1, 10), 0.25)
    """
    if exact:
        return exact_value(name, check_number_text(name, text))
    return read_float(name, text)


LEVELS = {"energies": "energy", "populations": "population"}
"""Outputs with a value a level, and what one value is called."""


def evaluation(result: Result, digits: int | None = None) -> JsonObject:
    """An evaluation in the contract's layout: levels, then the scalars in their order.

    With ``digits`` every number is a decimal string, since a JSON number would be read back as a
    double.  Outputs that do not exist at the point are under ``absent``, with the reason; without
    any there is no such key, and without energies and populations no levels.  Density matrices have
    their parts under ``real`` and ``imag``.
    """

    def number(value: Any) -> Json:
        if digits is None:
            return plain(float(value))
        return str(value.context.nstr(value, digits))

    def written(value: Any) -> Json:
        rows = value.tolist() if hasattr(value, "tolist") else value
        if not isinstance(rows, list):
            return number(value)
        return {
            part: [[number(getattr(entry, part)) for entry in row] for row in rows]
            for part in ("real", "imag")
        }

    columns = {one: result[name] for name, one in LEVELS.items() if name in list(result)}
    levels = [
        {"label": label, **{one: number(values[k]) for one, values in columns.items()}}
        for k, label in enumerate(result.labels)
    ]
    scalars = {name: written(result[name]) for name in result if name not in LEVELS}
    absent = {"absent": dict(result.absent)} if result.absent else {}
    return {**({"levels": levels} if columns else {}), **scalars, **absent}
