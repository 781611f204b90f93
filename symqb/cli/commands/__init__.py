"""The commands, grouped by reason; a file dropped in here is read when the command line starts.

What a command needs beyond the core it imports when it runs, so that ``--help`` waits for nothing.
"""

from importlib import import_module
from pkgutil import iter_modules

__all__ = ["register"]

ORDER = ("battery", "proofs", "passivity", "papers", "sweep", "pages", "doctor")
"""The files in the order ``--help`` shows them; others come after, by name."""


def register() -> None:
    """Import every file of this folder, which adds its commands to the application."""
    found = sorted(module.name for module in iter_modules(__path__))
    for name in [*ORDER, *(name for name in found if name not in ORDER)]:
        import_module(f"{__name__}.{name}")
