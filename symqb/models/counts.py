"""What is counted along the jumps of a network: a weight for each jump."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symqb.models.errors import ParameterError
from symqb.models.exact import exact_number
from symqb.models.network import Jump, Network
from symqb.models.values import Value, check_value

NAME = re.compile(r"\w+")


@dataclass(frozen=True)
class Count:
    """A name, and what each jump adds to the count.

    Parameters
    ----------
    name : str
    weights : tuple of (jump, value)
        Jumps without a weight add nothing.
    """

    name: str
    weights: tuple[tuple[Jump, Value], ...]


@dataclass(frozen=True)
class JumpCount:
    """A name, and what each jump of a system, by its number, adds to the count.

    Parameters
    ----------
    name : str
    weights : tuple of (int, value)
        Jumps without a weight add nothing.
    """

    name: str
    weights: tuple[tuple[int, Value], ...]


def net_flux(pair: Jump) -> Count:
    """Count the jumps along a pair, those back as -1.

    Examples
    --------
    >>> net_flux(("a", "b"))
    Count(name='flux_a_b', weights=((('a', 'b'), 1), (('b', 'a'), -1)))
    """
    a, b = pair
    return Count(f"flux_{a}_{b}", (((a, b), 1), ((b, a), -1)))


def check_counts(counts: Mapping[str, Any], network: Network) -> tuple[Count, ...]:
    """Check what is to be counted, and give a record for each.

    Parameters
    ----------
    counts : mapping
        Name to a mapping from jumps ``(from, to)`` to weights (numbers, names of parameters, or
        SymPy expressions), or to a pair ``(a, b)``: the net flux from a to b.
    network : Network

    Raises
    ------
    ParameterError, DomainError
        No count; a name that no output can carry, or that two outputs would share; a jump that the
        network does not have; a weight that is no value; a count of nothing.
    """
    if not isinstance(counts, Mapping) or not counts:
        raise ParameterError(
            f"counts={counts!r} is no mapping of names to weights; give one such as "
            "{'steps': {('a', 'b'): 1, ('b', 'a'): -1}}"
        )
    found = tuple(_checked(name, weights, network) for name, weights in counts.items())
    _check_pairs([count.name for count in found])
    return found


def check_jump_counts(counts: Mapping[str, Any], jumps: int) -> tuple[JumpCount, ...]:
    """Check what is to be counted of a system's jumps, and give a record for each.

    Parameters
    ----------
    counts : mapping
        Name to a mapping from jumps, by their numbers from 1, to weights: numbers, names of
        parameters, or SymPy expressions.
    jumps : int
        How many jumps there are.

    Raises
    ------
    ParameterError, DomainError
        No count; a name that no output can carry, or that two outputs would share; a jump that the
        system does not have; a weight that is no value; a count of nothing.

    Examples
    --------
    >>> check_jump_counts({"photons": {1: 1, 2: -1}}, 2)
    (JumpCount(name='photons', weights=((1, 1), (2, -1))),)
    """
    if not isinstance(counts, Mapping) or not counts:
        raise ParameterError(
            f"counts={counts!r} is no mapping of names to weights; give one such as "
            "{'photons': {1: 1, 2: -1}}, jumps by their numbers"
        )
    if not jumps:
        raise ParameterError(
            f"counts={counts!r} count jumps, and the system has none that are taken as they "
            "stand; leave counts out for heat and particles, or give System(..., jumps=[...])"
        )
    found = []
    for name, weights in counts.items():
        _check_name(name)
        if not isinstance(weights, Mapping):
            raise ParameterError(
                f"the count {name} is {weights!r}; give the weight of each jump by its number, "
                "such as {1: 1, 2: -1}"
            )
        kept: list[tuple[int, Value]] = []
        for number, weight in weights.items():
            if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= jumps:
                raise ParameterError(
                    f"the count {name}: {number!r} is no jump of the system; give numbers from 1 "
                    f"to {jumps}"
                )
            value = check_value(weight, f"the weight of jump {number} in the count {name}")
            if exact_number(value) != 0:
                kept.append((number, value))
        if not kept:
            raise ParameterError(f"the count {name} has no weight other than 0; give a jump one")
        found.append(JumpCount(name, tuple(kept)))
    _check_pairs([count.name for count in found])
    return tuple(found)


def _check_name(name: Any) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ParameterError(
            f"the count {name!r} cannot be part of an output's name; call it by letters, digits "
            "and underscores"
        )


def _checked(name: Any, weights: Any, network: Network) -> Count:
    _check_name(name)
    if isinstance(weights, tuple) and len(weights) == 2:
        a, b = (network.check_state(state) for state in weights)
        along = [jump for jump in ((a, b), (b, a)) if jump in network.rates]
        weights = {jump: 1 if jump == (a, b) else -1 for jump in along or [(a, b)]}
    if not isinstance(weights, Mapping):
        raise ParameterError(
            f"the count {name} is {weights!r}; give the weight of each jump, such as "
            "{('a', 'b'): 1}, or a pair of states for the net flux"
        )
    found: dict[Jump, Value] = {}
    for key, weight in weights.items():
        jump = _checked_jump(name, key, network)
        value = check_value(weight, f"the weight of {jump[0]} -> {jump[1]} in the count {name}")
        if exact_number(value) != 0:
            found[jump] = value
    if not found:
        raise ParameterError(f"the count {name} has no weight other than 0; give a jump one")
    return Count(name, tuple(found.items()))


def _checked_jump(name: str, key: Any, network: Network) -> Jump:
    if not isinstance(key, tuple) or len(key) != 2:
        raise ParameterError(f"the count {name}: {key!r} is no jump (from, to); give two states")
    a, b = (network.check_state(state) for state in key)
    if (a, b) not in network.rates:
        raise ParameterError(
            f"the count {name}: no jump leads from {a} to {b}; give the network that rate, or "
            "leave out the weight"
        )
    return a, b


def _check_pairs(names: list[str]) -> None:
    """Refuse names of which two pairs would make one and the same covariance."""
    known: dict[str, tuple[str, str]] = {}
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            joined = f"{first}_{second}"
            if joined in known:
                one, other = (" and ".join(pair) for pair in (known[joined], (first, second)))
                raise ParameterError(
                    f"the counts {one}, {other} would both have covariance_{joined}; rename one"
                )
            known[joined] = (first, second)
