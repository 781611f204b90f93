"""Names of parameters: which can be used everywhere, and why the others cannot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from symqb.models.errors import ParameterError

ARGUMENT_PLACES = {
    "digits": "Digits are given to battery.evaluate(digits=30, ...), or to the function of target "
    "'mpmath' or 'arb': battery.emit('mpmath')(digits=30, ...)",
    "outputs": "Outputs are chosen in battery.evaluate(outputs=..., ...) or battery.emit(target, "
    "outputs)",
    "out": "Arrays to write to are given to functions of targets 'numpy', 'c', 'numba' and 'jax'",
    "times": "Times are given to battery.evolve(times, ...)",
    "initial": "An initial state is given to battery.evolve(times, initial=..., ...)",
    "basis": "The basis of an initial state is given to battery.evolve(times, basis=..., ...)",
    "density": "Density matrices are asked for in battery.steady_states(density=True, ...)",
}
"""Arguments of evaluations and emitted functions, and where each belongs."""

ARGUMENTS = frozenset({"self", *ARGUMENT_PLACES})
"""A call could not tell a parameter from these."""

OUTPUTS = frozenset(
    """
    energies populations stored_energy capacity charge ergotropy exergy entropy_production
    smallest_gap smallest_frequency_difference secular_ratio coherence_l1 coherence_entropy
    """.split()  # noqa: SIM905  # a list of words reads as one
)
"""Outputs: a table of results, or an expression in them, could not tell a parameter from them."""

MORE_OUTPUTS = re.compile(
    r"(heat|particle)_current_.+|(populations|energies|reduced)_\d+|d_.+_d_.+"
    r"|(concurrence|negativity|density_re|density_im)_\d+_\d+"
    r"|(effective_temperature|local_ergotropy)_\d+"
)
"""Outputs there are several of: one for each bath, level, site or derivative."""

COUNTED = re.compile(r"(mean|variance|covariance|fano|kinetic|uncertainty)_.+|activity")
"""Outputs of fluctuations, by names of counts that a user is free to give."""

NO_NUMBERS = frozenset({"nan", "inf", "infinity"})
"""What floats have besides numbers, in lower case."""

COMPOSED = re.compile(r"[-+*/^(]|^\s*\d")
"""What an expression has, and a name has not: an operation, a factor before it."""

IDENTIFIER = re.compile(r"(?<![\w.])(?!0[box])\d*((?!e[+-]?\d)[^\W\d]\w*)(?!\w*\()", re.IGNORECASE)
"""What may be a name in a text, also after a factor (``2x``); no function, no exponent."""

AXES = re.compile(r"level|point(_\d+)?")
"""Axes of labelled results that are no parameters."""


def check_name(name: str, where: str, *, parameter: bool = True) -> str:
    """``name`` if a parameter can be called so in every target.

    What is no ``parameter`` but made of outputs may be called as outputs of fluctuations are.

    Raises
    ------
    ParameterError
        No identifier, or one that Python reads as another; a number's name (``nan``, ``inf``); the
        name of an argument, an output or an axis.

    Examples
    --------
    >>> check_name("lambda", "J")
    'lambda'
    >>> check_name("charge", "J")
    Traceback (most recent call last):
    ...
    symqb.models.errors.ParameterError: J='charge' is the name of an output; use another, such as \
'charge_0'
    """
    if not name.isidentifier():
        raise ParameterError(no_name_message(name, where))
    normal = unicodedata.normalize("NFKC", name)
    if normal != name:
        raise ParameterError(
            f"{where}={name!r} is a name that Python reads as {normal!r}; write it so"
        )
    if name.lower() in NO_NUMBERS:
        raise ParameterError(
            f"{where}={name!r} is the name of no finite number; give a finite one, or another name"
        )
    if name.startswith("__") or (name.startswith("_") and not name.strip("_")):
        raise ParameterError(
            f"{where}={name!r} is a name that languages keep for themselves; use another, such as "
            f"'{name.strip('_') or 'x'}'"
        )
    kind = _taken_by(name, parameter)
    if kind:
        other = f"x_{name}" if _taken_by(f"{name}_0", parameter) else f"{name}_0"
        raise ParameterError(
            f"{where}={name!r} is the name of {kind}; use another, such as {other!r}"
        )
    return name


def name_in(text: str) -> str | None:
    """Find the first name in a text like an expression; None in a bad number, and in a bad name.

    Examples
    --------
    >>> [name_in(text) for text in ("2*x", "3J", "cos(theta)", "1e400", "-inf", "0x10", "J 1")]
    ['x', 'J', 'theta', None, None, None, None]
    """
    for found in IDENTIFIER.findall(text) if COMPOSED.search(text) else ():
        if found.isidentifier() and found.lower() not in NO_NUMBERS:
            return str(found)
    return None


def no_name_message(text: str, where: str) -> str:
    """Say what may stand where a text does that is no name: a SymPy expression, if it is like one.

    Examples
    --------
    >>> print(no_name_message("2*x + y", "J"))
    J='2*x + y' is neither a number nor a parameter's name; for an expression in parameters give \
SymPy's, such as sympy.Symbol('x')*2
    """
    found = name_in(text)
    if found is None:
        return f"{where}={text!r} is not a parameter name; use a number or a name such as 'J'"
    return (
        f"{where}={text!r} is neither a number nor a parameter's name; for an expression in "
        f"parameters give SymPy's, such as sympy.Symbol({found!r})*2"
    )


def _taken_by(name: str, parameter: bool) -> str | None:
    if name in ARGUMENTS:
        return "an argument of every evaluation"
    if name in OUTPUTS or MORE_OUTPUTS.fullmatch(name) or (parameter and COUNTED.fullmatch(name)):
        return "an output"
    if AXES.fullmatch(name):
        return "an axis of labelled results"
    return None


def check_symbols(values: Iterable[object]) -> None:
    """Refuse one name for two SymPy symbols among a model's values: both would get one value.

    A name given as text is the symbol without assumptions.

    Raises
    ------
    ParameterError
        Two symbols that differ in their assumptions alone.

    Examples
    --------
    >>> import sympy as sp
    >>> h = sp.Symbol("h", positive=True)
    >>> check_symbols(["J", sp.Symbol("J"), 2 * h, h, 0.5])
    >>> check_symbols(["h", h])
    Traceback (most recent call last):
    ...
    symqb.models.errors.ParameterError: one name, two symbols: Symbol('h') and Symbol('h', \
positive=True); use one of them throughout, or two names
    """
    values = list(values)
    symbols = [symbol for value in values for symbol in getattr(value, "free_symbols", ())]
    if not symbols:
        return
    from sympy import Symbol, srepr

    found = {value: Symbol(value) for value in values if isinstance(value, str)}
    for symbol in symbols:
        other = found.setdefault(symbol.name, symbol)
        if other != symbol:
            shown = " and ".join(sorted(map(srepr, (other, symbol))))
            raise ParameterError(
                f"one name, two symbols: {shown}; use one of them throughout, or two names"
            )
