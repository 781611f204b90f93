"""The errors a user can meet.  Each message shows the value, the rule it breaks and the remedy."""


class SymqbError(Exception):
    """Base of every error symqb raises on purpose."""


class ParameterError(SymqbError, ValueError):
    """A value is of the wrong kind, has no name symqb knows, or does not fit the others."""


class DomainError(ParameterError):
    """A number lies outside the domain on which the model is defined."""


class DegenerateLevelsError(DomainError):
    """Levels that share a neighbour coincide, so populations couple to coherences."""


class NoClosedFormError(SymqbError, NotImplementedError):
    """The request has no closed form here; the message names the numeric way."""


class SteadyStateError(SymqbError, ArithmeticError):
    """The steady state is not unique, or cannot be represented in double precision."""
