"""Copying and pickling of read-only mappings, which the standard library leaves out."""

from __future__ import annotations

import copyreg
from types import MappingProxyType
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


def read_only(items: dict[K, V]) -> MappingProxyType[K, V]:
    """A view of a dictionary that cannot be written to."""
    return MappingProxyType(items)


def _parts(mapping: MappingProxyType[Any, Any]) -> tuple[Any, ...]:
    return read_only, (dict(mapping),)


def make_mappings_copyable() -> None:
    """Let ``copy`` and ``pickle`` rebuild a ``MappingProxyType`` from a dictionary.

    Examples
    --------
    >>> import pickle
    >>> make_mappings_copyable()
    >>> pickle.loads(pickle.dumps(read_only({"a": 1})))
    mappingproxy({'a': 1})
    """
    copyreg.pickle(MappingProxyType, _parts)
