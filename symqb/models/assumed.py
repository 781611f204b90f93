"""What SymPy symbols assume of themselves: SymPy simplifies by it, so a value must keep to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from symqb.models.errors import DomainError, ParameterError

if TYPE_CHECKING:
    import sympy as sp

SIGNS: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("is_positive", "> 0", lambda x: x > 0),
    ("is_negative", "< 0", lambda x: x < 0),
    ("is_nonnegative", ">= 0", lambda x: x >= 0),
    ("is_nonpositive", "<= 0", lambda x: x <= 0),
    ("is_nonzero", "!= 0", lambda x: x != 0),
)
"""Assumptions that are checked: attribute, rule, test; the narrower come first."""

UNCHECKED = ("is_integer", "is_rational", "is_algebraic", "is_zero")
"""Assumptions that no parameter can keep to, as its values are real numbers of any kind."""


def assumed_sign(symbol: sp.Symbol) -> str | None:
    """The rule that a symbol's assumptions make for its values; None if they may have any sign.

    Examples
    --------
    >>> import sympy as sp
    >>> assumed_sign(sp.Symbol("h", positive=True)), assumed_sign(sp.Symbol("J", real=True))
    ('> 0', None)
    """
    return next((rule for name, rule, _ in SIGNS if getattr(symbol, name)), None)


def refuse_unchecked(symbol: sp.Symbol, name: str) -> None:
    """Refuse a symbol that assumes to be an integer or the like.

    Raises
    ------
    ParameterError
        It does.
    """
    for assumption in UNCHECKED:
        value = getattr(symbol, assumption)
        if value if assumption == "is_zero" else value is not None:
            raise ParameterError(
                f"{name}: the symbol {symbol} assumes {assumption[3:]}={value}, which no parameter "
                "keeps to; use one that is real, or positive"
            )


def check_assumed(symbols: Iterable[sp.Symbol], values: Mapping[str, object]) -> None:
    """Refuse values that a symbol excludes: what SymPy made of it there does not hold.

    Raises
    ------
    DomainError
        A value of the wrong sign.

    Examples
    --------
    >>> import sympy as sp
    >>> check_assumed([sp.Symbol("h", positive=True)], {"h": -1.0})
    Traceback (most recent call last):
    ...
    symqb.models.errors.DomainError: h=-1.0: its symbol assumes > 0; give such values, or use a \
symbol without that assumption
    """
    import numpy as np

    for symbol in symbols:
        for attribute, rule, test in SIGNS:
            if getattr(symbol, attribute) and symbol.name in values:
                given = np.asarray(values[symbol.name])
                kept = test(given)
                if not np.all(kept):
                    index = tuple(int(k) for k in np.argwhere(~kept)[0])
                    raise DomainError(
                        f"its symbol assumes {rule}; give such values, or use a symbol without "
                        "that assumption"
                    ).at({symbol.name: float(given[index])}, index)
                break
