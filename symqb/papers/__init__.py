"""Papers given as data, one folder each: what is printed, for the audit to decide.

Each folder is a package whose ``PAPER`` is a :class:`symqb.audit.Paper`.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

__all__ = [found.name for found in iter_modules(__path__)]


def __getattr__(name: str) -> ModuleType:
    """A paper is imported when it is asked for."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
