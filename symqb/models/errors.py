"""The errors a user can meet.  Each message shows the value, the rule it breaks and the remedy."""

from __future__ import annotations


class SymqbError(Exception):
    """Base of every error symqb raises on purpose."""


class ParameterError(SymqbError, ValueError):
    """A value is of the wrong kind, has no name symqb knows, or does not fit the others."""


class DomainError(ParameterError):
    """A number lies outside the domain on which the model is defined."""


class AbsentError(DomainError, AttributeError):
    """Outputs that do not exist at a point, as the charge of a battery without capacity.

    ``outputs`` names them.
    """

    def __init__(self, message: str, outputs: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.outputs = outputs

    def __reduce__(self) -> tuple[type[AbsentError], tuple[str, tuple[str, ...]]]:
        return type(self), (str(self), self.outputs)


class DegenerateLevelsError(DomainError):
    """Levels that share a neighbour coincide, so populations couple to coherences."""


class NoClosedFormError(SymqbError, NotImplementedError):
    """The request has no closed form here; the message names the numeric way."""


class SteadyStateError(SymqbError, ArithmeticError):
    """The steady state is not unique, or cannot be represented in double precision."""
