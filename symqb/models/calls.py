"""Refusing calls that are not understood: numbers without names, and unknown options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symqb.models.errors import CallError, ParameterError
from symqb.models.names import ARGUMENT_PLACES

LONGEST_SHOWN = 40


def refuse_unnamed(call: str, given: tuple[object, ...], names: Iterable[str]) -> None:
    """Refuse parameters that a call was given without their names.

    Parameters
    ----------
    call : str
        How the function is called, for the message.
    given : tuple
        What stood there without a name; nothing, in a good call.
    names : iterable of str
        The parameters that the function takes.

    Raises
    ------
    CallError
        There is something; it is a :class:`TypeError` too, as Python's own.

    Examples
    --------
    >>> refuse_unnamed("f", (), ["B0", "J"])
    >>> refuse_unnamed("f", (2.0,), ["B0", "J"])
    Traceback (most recent call last):
    ...
    symqb.models.errors.CallError: f takes its parameters by name, and was given 2.0 without one; \
call f(B0=..., J=...)
    """
    if not given:
        return
    shown = repr(given[0])
    if len(shown) > LONGEST_SHOWN:
        shown = f"{shown[: LONGEST_SHOWN - 3]}..."
    raise CallError(
        f"{call} takes its parameters by name, and was given {shown} without one; call "
        f"{call}({', '.join(f'{name}=...' for name in names)})"
    )


def refuse_options(
    call: str,
    unknown: Mapping[str, object],
    known: Iterable[str],
    parameters: Iterable[str],
    place: str = "the function that it returns",
) -> None:
    """Refuse options that a call does not know; say where they belong, if they are known elsewhere.

    ``parameters`` of the battery belong in ``place``.

    Raises
    ------
    CallError
        There is one.

    Examples
    --------
    >>> refuse_options("emit", {"J": 1.0}, ["target", "outputs"], ["B0", "J"])
    Traceback (most recent call last):
    ...
    symqb.models.errors.CallError: emit has no option 'J'; it takes target, outputs. Parameters \
are given to the function that it returns
    """
    for name in unknown:
        hint = ""
        if name in ARGUMENT_PLACES:
            hint = f". {ARGUMENT_PLACES[name]}"
        elif name in parameters:
            hint = f". Parameters are given to {place}"
        raise CallError(f"{call} has no option {name!r}; it takes {', '.join(known)}{hint}")


def refuse_no_mapping(name: str, value: object, wanted: str) -> None:
    """Refuse what is no mapping where one is ``wanted``, which says of what and gives an example.

    Raises
    ------
    CallError
        A value of another kind.

    Examples
    --------
    >>> refuse_no_mapping("at", 3, "parameters to their numbers, e.g. {'J': 1.0}")
    Traceback (most recent call last):
    ...
    symqb.models.errors.CallError: at=3 is no mapping; give one of parameters to their numbers, \
e.g. {'J': 1.0}
    """
    if not isinstance(value, Mapping):
        raise CallError(f"{name}={value!r} is no mapping; give one of {wanted}")


def choose_outputs(outputs: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The names of outputs that were asked for, one name or several, each once.

    Raises
    ------
    ParameterError
        A name that is none, or no name at all.

    Examples
    --------
    >>> choose_outputs("charge", ["charge", "ergotropy"])
    ('charge',)
    """
    known = tuple(known)
    try:
        chosen = (outputs,) if isinstance(outputs, str) else tuple(outputs)
    except TypeError:
        raise ParameterError(
            f"outputs={outputs!r} is not a name or several; choose {', '.join(known)}"
        ) from None
    unknown = [name for name in chosen if name not in known]
    if unknown or not chosen:
        shown = repr(unknown[0]) if unknown else "an empty choice"
        raise ParameterError(f"outputs: {shown} is unknown; choose {', '.join(known)}")
    return chosen
