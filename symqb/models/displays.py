"""How a record finds its display: records know of none, :mod:`symqb.show` registers them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas

Shown = Callable[[Any], Any]


@dataclass(frozen=True)
class Display:
    """How records of one type are shown; not in the ways that are None.

    Parameters
    ----------
    html, latex : callable, optional
        From a record to what a notebook shows.
    text : callable, optional
        From a record to what a prompt shows.
    columns : callable, optional
        From a record to the columns of its table.
    pandas, xarray : callable, optional
        From a record to a data frame, and to a labelled data set.
    """

    html: Shown | None = None
    latex: Shown | None = None
    columns: Shown | None = None
    pandas: Shown | None = None
    xarray: Shown | None = None
    text: Shown | None = None


DISPLAYS: dict[type, Display] = {}
"""Filled when :mod:`symqb.show` is imported."""


class Displayed:
    """A record that is shown as its type's entry in :data:`DISPLAYS` says."""

    __slots__ = ()

    def _shown(self, way: str) -> Any:
        known = (DISPLAYS[kind] for kind in type(self).__mro__ if kind in DISPLAYS)
        display = next((shown for entry in known if (shown := getattr(entry, way))), None)
        return None if display is None else display(self)

    def __repr__(self) -> str:
        text: str | None = self._shown("text")
        return super().__repr__() if text is None else text

    def _repr_html_(self) -> str | None:
        html: str | None = self._shown("html")
        return html

    def _repr_latex_(self) -> str | None:
        latex: str | None = self._shown("latex")
        return latex


class TableColumn(Protocol):
    """A column of a table: its name, its values, and how they are shown."""

    @property
    def name(self) -> str: ...

    @property
    def values(self) -> Sequence[object]: ...

    @property
    def cells(self) -> list[str]:
        """The values as HTML."""
        ...


class Tabular(Displayed):
    """A record that is a table: it converts to pandas as well."""

    __slots__ = ()

    def columns(self) -> Sequence[TableColumn]:
        """The columns of the table, in order: :class:`symqb.show.tables.Column`."""
        return list(self._shown("columns"))

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a pandas data frame.

        Raises
        ------
        ImportError
            pandas is not installed; the extra ``sweep`` brings it.
        """
        return self._shown("pandas")
