"""The errors a user can meet.  Each message shows the value, the rule it breaks and the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self


class SymqbError(Exception):
    """Base of every error symqb raises on purpose.

    Attributes
    ----------
    point : mapping or None
        Parameters and their values where this came up, if it did at a point; the message begins
        with them.
    index : tuple of int
        Which point of an array or a grid that is; empty where there is only one.

    Examples
    --------
    >>> str(SymqbError("levels coincide").at({"B0": 1.0, "J": 2}, (3,)))
    'B0=1.0, J=2 at index (3,): levels coincide'
    """

    point: Mapping[str, object] | None = None
    index: tuple[int, ...] = ()

    def at(self, point: Mapping[str, object] | None = None, index: tuple[int, ...] = ()) -> Self:
        """Note where this came up, unless that is known, and return the error."""
        if point is not None and self.point is None:
            self.point = dict(point)
        if index and not self.index:
            self.index = tuple(int(k) for k in index)
        return self

    def __str__(self) -> str:
        where = ", ".join(
            f"{name}={shown_value(value)}" for name, value in (self.point or {}).items()
        )
        if self.index:
            where = f"{where} at index {self.index}" if where else f"at index {self.index}"
        said = super().__str__()
        return f"{where}: {said}" if where else said


def shown_value(value: object) -> str:
    """Write a value so that it is read back as it is; a float in full, all else as text."""
    if hasattr(value, "dtype") and hasattr(value, "item"):
        value = value.item()
    return repr(value) if isinstance(value, float) else str(value)


class ParameterError(SymqbError, ValueError):
    """A value is of the wrong kind, has no name symqb knows, or does not fit the others."""


class CallError(ParameterError, TypeError):
    """A function is called in a way it does not know: numbers without names, an unknown option."""


class DomainError(ParameterError):
    """A number lies outside the domain on which the model is defined."""


class AbsentError(DomainError, AttributeError):
    """Outputs that do not exist at a point, as the charge of a battery without capacity.

    ``outputs`` names them.
    """

    def __init__(self, message: str, outputs: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.outputs = outputs

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.args[0], self.outputs), self.__dict__


class DegenerateLevelsError(DomainError):
    """Levels that share a neighbour coincide, so populations couple to coherences."""


class NoClosedFormError(SymqbError, NotImplementedError):
    """The request has no closed form here; the message names the numeric way."""


class SteadyStateError(SymqbError, ArithmeticError):
    """The steady state is not unique, or cannot be represented in double precision."""


@contextmanager
def located(
    point: Mapping[str, object] | None = None, index: tuple[int, ...] = ()
) -> Iterator[None]:
    """Let errors that depend on the point say at which parameters, and which of many, they arose.

    Examples
    --------
    >>> with located({"T": 0.0}):
    ...     raise SteadyStateError("the steady state is not unique")
    Traceback (most recent call last):
    ...
    symqb.models.errors.SteadyStateError: T=0.0: the steady state is not unique
    """
    try:
        yield
    except (DomainError, SteadyStateError) as error:
        error.at(point, index)
        raise
