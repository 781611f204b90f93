"""Checking the numbers a user passes to an evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from symqb.models.errors import DomainError, ParameterError
from symqb.models.exact import LARGEST_MAGNITUDE as LARGEST_MAGNITUDE
from symqb.models.exact import SMALLEST_TEMPERATURE as SMALLEST_TEMPERATURE
from symqb.models.exact import exact_number, in_range, magnitude_message
from symqb.models.names import ARGUMENT_PLACES

if TYPE_CHECKING:
    from symqb.models.arrays import Array


def exact_value(name: str, value: object) -> Fraction:
    """A single finite real number without loss: int, float, Fraction, Decimal, mpf or text.

    Raises
    ------
    ParameterError, DomainError
        Not one real number, or a magnitude that double precision cannot hold.

    Examples
    --------
    >>> exact_value("Delta", "0.1")
    Fraction(1, 10)
    """
    found = exact_number(value, name)
    if found is None:
        raise ParameterError(
            f"{name}={value!r} is not a single finite real number; with digits give one point, "
            "as a float, a Fraction or a decimal string"
        )
    if not in_range(found):
        raise DomainError(magnitude_message(name, value))
    return found


def check_parameters(
    names: Iterable[str],
    values: Mapping[str, object],
    *,
    temperatures: Iterable[str] = (),
    kappa: str | None = None,
    defaults: Mapping[str, float] | None = None,
) -> dict[str, Array]:
    """The parameters ``names`` from ``values`` as float arrays that broadcast, or a clear error.

    Parameters
    ----------
    names : iterable of str
        The parameters the model takes.
    values : mapping
        What the user passed: name to scalar or array of real numbers.
    temperatures : iterable of str
        Which of them are temperatures (zero or positive).
    kappa : str, optional
        Which of them is a dissipation strength (positive).
    defaults : mapping, optional
        Values of parameters that may be left out.

    Returns
    -------
    dict
        Name to float64 array, not broadcast.

    Raises
    ------
    ParameterError
        An unknown or missing name, a value that is not a real number, shapes that do not broadcast.
    DomainError
        NaN, an infinity, a negative temperature, kappa not positive.

    Examples
    --------
    >>> check_parameters(["T"], {"T": -1.0}, temperatures=["T"])
    Traceback (most recent call last):
    symqb.models.errors.DomainError: T=-1.0: temperatures must be >= 0; T = 0 is allowed
    """
    # NumPy waits for the first numbers: a formula needs none
    from symqb.models.arrays import as_float, check_domain, check_labels, check_shapes

    names, temperatures = tuple(names), frozenset(temperatures)
    merged = {**(defaults or {}), **values}
    unknown = [name for name in values if name not in names]
    if unknown:
        hint = f". {ARGUMENT_PLACES[unknown[0]]}" if unknown[0] in ARGUMENT_PLACES else ""
        raise ParameterError(
            f"unknown parameter {unknown[0]!r}; this model takes {', '.join(names)}{hint}"
        )
    missing = [name for name in names if name not in merged]
    if missing:
        raise ParameterError(
            f"missing parameter {missing[0]!r}; this model takes {', '.join(names)}"
        )
    arrays: dict[str, Array] = {}
    for name in names:
        arrays[name] = as_float(name, merged[name])
        check_domain(name, arrays[name], temperatures, kappa)
    check_labels(merged)
    check_shapes(arrays)
    return arrays
