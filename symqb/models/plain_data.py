"""Plain data: what a JSON text holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A value that JSON writes down."""
JsonObject: TypeAlias = "dict[str, Json]"
"""An object of JSON, as records give themselves."""
