"""What optional packages bring, and the one place where they are asked for."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType, ModuleType

EXTRAS = MappingProxyType(
    {
        "clarabel": "squares",
        "dask": "sweep",
        "jax": "jax",
        "jinja2": "report",
        "latex2mathml": "report",
        "matplotlib": "plot",
        "netCDF4": "sweep",
        "numba": "numba",
        "pandas": "sweep",
        "scipy": "optimize",
        "xarray": "sweep",
        "zarr": "sweep",
    }
)
"""Package to the extra of symqb that brings it."""


def need(module: str, purpose: str, extra: str = "") -> ModuleType:
    """Import a module of an extra at its first use.

    Parameters
    ----------
    module : str
        Dotted name.
    purpose : str
        What needs it.
    extra : str, optional
        The extra that brings it, where it is not that of :data:`EXTRAS`.

    Raises
    ------
    ImportError
        It is not installed; the message names the extra.

    Examples
    --------
    >>> need("json", "this").dumps([1])
    '[1]'
    >>> need("nowhere_to_be_found", "to_pandas()", "sweep")
    Traceback (most recent call last):
    ...
    ImportError: to_pandas() needs nowhere_to_be_found; pip install 'symqb[sweep]'
    """
    try:
        return import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        brought = extra or EXTRAS[name]
        raise ImportError(f"{purpose} needs {name}; pip install 'symqb[{brought}]'") from error
