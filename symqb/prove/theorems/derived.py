"""The model that certificates speak of, written from what is derived and never typed.

Levels, frequencies and weights of the batteries as polynomials of the certificate language.  There
Delta is called D, and alpha, with alpha^2 = D^2 + 8 J^2, is a variable of its own.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import sympy as sp

from symqb.battery import xxz_battery

Pair = tuple[int, int]
"""Upper and lower level of a transition."""

_ORDER = ("alpha", "D", "B0", "J", "epsilon")
_B0, _J, _D, _alpha, _epsilon = sp.symbols("B0 J D alpha epsilon", real=True)
_KNOWN = {"B0": _B0, "J": _J, "Delta": _D, "epsilon": _epsilon}


def renamed(expression: sp.Expr) -> sp.Expr:
    """The expression with the certificates' names for Delta and (Delta^2 + 8 J^2)^(1/2)."""
    named = expression.subs({s: _KNOWN[s.name] for s in expression.free_symbols})
    return named.subs(sp.sqrt(_D**2 + 8 * _J**2), _alpha).subs(_D**2 + 8 * _J**2, _alpha**2)


def polynomial(expression: sp.Expr) -> str:
    """A polynomial as certificates write it: low degrees first, then in one order of names.

    Examples
    --------
    >>> polynomial(_D / 2 - _B0), polynomial(1 + _epsilon**2)
    ('1/2*D - B0', '1 + epsilon^2')
    """
    symbols = [sp.Symbol(name, real=True) for name in _ORDER]
    terms = sp.Poly(expression, *symbols).terms()
    text = ""
    for powers, value in sorted(terms, key=lambda term: (sum(term[0]), [-k for k in term[0]])):
        factors = [
            name + (f"^{k}" if k > 1 else "") for name, k in zip(_ORDER, powers, strict=True) if k
        ]
        number = Fraction(int(value.p), int(value.q))
        parts = [*([str(abs(number))] if abs(number) != 1 or not factors else []), *factors]
        sign = "-" if number < 0 else "+"
        text += f" {sign} " if text else "-" * (number < 0)
        text += "*".join(parts)
    return text or "0"


@cache
def levels(spins: int) -> dict[str, str]:
    """The energies e1, e2, ... as polynomials."""
    found = {
        f"e{level.label}": polynomial(renamed(level.energy))
        for level in xxz_battery(spins=spins).eigensystem().levels
    }
    return dict(sorted(found.items()))


@cache
def pairs(spins: int) -> tuple[Pair, ...]:
    """The transitions by upper and lower level, in the order of the lower, then of the upper.

    Raises
    ------
    ValueError
        A frequency that is not the difference of the two levels' energies.
    """
    derived = xxz_battery(spins=spins)
    energy = {level.label: level.energy for level in derived.eigensystem().levels}
    for t in derived.transitions():
        if sp.simplify(t.frequency - energy[t.upper] + energy[t.lower]) != 0:
            raise ValueError(f"the frequency of {t.upper}-{t.lower} is not E{t.upper} - E{t.lower}")
    found = [(t.upper, t.lower) for t in derived.transitions()]
    return tuple(sorted(found, key=lambda pair: pair[::-1]))


@cache
def weights(spins: int, dissipation: str = "collective") -> dict[Pair, dict[str, sp.Expr]]:
    """Squared matrix elements by transition and bath, kappa left out."""
    battery = xxz_battery(spins=spins, dissipation=dissipation)
    found = {(t.upper, t.lower): t.weights for t in battery.transitions()}
    return {
        pair: {bath: sp.factor(renamed(w)) for bath, w in found[pair].items()}
        for pair in pairs(spins)
    }


def common_weights(dissipation: str, **fixed: int) -> dict[str, str]:
    """kappa times the weight of each bath, which is the same for all transitions of two spins.

    Parameters
    ----------
    dissipation : str
        "collective" or "individual".
    **fixed : int
        Parameters put in.

    Raises
    ------
    ValueError
        The weights of two transitions differ.
    """
    values = {_KNOWN[name]: value for name, value in fixed.items()}
    found: dict[str, sp.Expr] = {}
    for by_bath in weights(2, dissipation).values():
        for bath, weight in by_bath.items():
            here = sp.expand(weight.subs(values))
            if found.setdefault(bath, here) != here:
                raise ValueError(f"bath {bath} has weights {found[bath]} and {here}, not one")
    return {f"a{bath}": with_kappa(weight) for bath, weight in found.items()}


def with_kappa(weight: sp.Expr) -> str:
    """The product of kappa and a weight: number, kappa, and a bracket if anything is left."""
    number, rest = sp.factor(weight).as_coeff_Mul()
    return f"{number}*kappa" + (f"*({polynomial(rest)})" if rest != 1 else "")


def sides() -> tuple[str, dict[str, str]]:
    """Two spins, collective: kappa times the right bath's weight; the left's over it, by pair.

    Raises
    ------
    ValueError
        The right bath's weights of two transitions differ.
    """
    right = {by_bath["R"] for by_bath in weights(2).values()}
    if len(right) != 1:
        raise ValueError(f"bath R has the weights {right}, not one")
    ratios = {
        f"{a}{b}": str(sp.factor(by_bath["L"] / by_bath["R"])).replace("**", "^")
        for (a, b), by_bath in weights(2).items()
    }
    return with_kappa(right.pop()), ratios


@cache
def equal_weights(spins: int) -> tuple[dict[str, tuple[str, str]], dict[Pair, str]]:
    """At epsilon = 0: names for the weights that are no numbers, and the weight of each pair.

    Returns
    -------
    dict, dict
        Numerator and denominator by name; name or number by pair.

    Raises
    ------
    ValueError
        The two baths see a transition differently, or there are more weights than names.
    """
    named: dict[str, tuple[str, str]] = {}
    found: dict[Pair, str] = {}
    for pair, by_bath in weights(spins).items():
        both = {sp.factor(weight.subs(_epsilon, 0)) for weight in by_bath.values()}
        if len(both) != 1:
            raise ValueError(f"the baths see the transition {pair} differently: {both}")
        weight = both.pop()
        if weight.is_number:
            found[pair] = str(weight)
            continue
        top, bottom = map(polynomial, sp.fraction(weight))
        names = [name for name, parts in named.items() if parts == (top, bottom)]
        if not names:
            names = ["xyuv"[len(named)]]
            named[names[0]] = top, bottom
        found[pair] = names[0]
    return named, found
