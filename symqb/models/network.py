"""A network of rates: states, and with which rate each jumps to which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symqb.models.errors import DomainError, ParameterError
from symqb.models.exact import exact_number
from symqb.models.values import Value, check_value

STATE = re.compile(r"\w+")
"""What a state may be called: outputs are named after states, in every language."""

Jump = tuple[str, str]
"""From which state to which."""


@dataclass(frozen=True, eq=False)
class Network:
    """States and the rates of the jumps between them; any directed graph.

    Parameters
    ----------
    rates : mapping
        ``(from, to)`` to the rate of that jump: a number, a parameter's name or a SymPy expression
        in parameters, each >= 0.  A number 0 is no jump.  States are called by words or integers.

    Raises
    ------
    ParameterError, DomainError
        No jump; a key that is no pair of two states; a state's name that no output can carry; two
        pairs of states whose outputs would have one name; a rate that is no number, name or
        expression, or is negative.

    Examples
    --------
    >>> Network({("a", "b"): "k", ("b", "a"): 2}).states
    ('a', 'b')
    """

    rates: Mapping[Any, Value]

    def __post_init__(self) -> None:
        if not isinstance(self.rates, Mapping) or not self.rates:
            raise ParameterError(
                f"rates={self.rates!r} is no mapping of jumps; give one such as "
                "{('a', 'b'): 'k_ab', ('b', 'a'): 'k_ba'}"
            )
        found: dict[Jump, Value] = {}
        for key, rate in self.rates.items():
            jump = _checked_jump(key)
            if jump in found:
                raise ParameterError(f"the jump {jump} is given twice; add the two rates")
            found[jump] = _checked_rate(rate, jump)
        object.__setattr__(self, "rates", found)
        _check_joined(self.pairs)

    def __eq__(self, other: object) -> bool:
        # the order of the rates is that of the states, and so of populations
        if not isinstance(other, Network):
            return NotImplemented
        return tuple(self.rates.items()) == tuple(other.rates.items())

    def __hash__(self) -> int:
        return hash(tuple(self.rates.items()))

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The states in the order in which the jumps name them."""
        return tuple(dict.fromkeys(state for jump in self.rates for state in jump))

    @cached_property
    def jumps(self) -> tuple[Jump, ...]:
        """The jumps that happen: those whose rate is not the number 0."""
        return tuple(jump for jump, rate in self.rates.items() if exact_number(rate) != 0)

    @cached_property
    def pairs(self) -> tuple[Jump, ...]:
        """The pairs of states that some jump connects, in the order of the jumps."""
        found: dict[Jump, None] = {}
        for a, b in self.rates:
            if (b, a) not in found:
                found[a, b] = None
        return tuple(found)

    def check_state(self, state: object) -> str:
        """The name of a state, or an error that lists them."""
        name = str(state)
        if name not in self.states:
            raise ParameterError(
                f"{state!r} is no state of this network; it has {', '.join(self.states)}"
            )
        return name


def _checked_jump(key: Any) -> Jump:
    if not isinstance(key, tuple) or len(key) != 2:
        raise ParameterError(f"the jump {key!r} is no pair (from, to); give two states")
    for state in key:
        named = isinstance(state, str | int) and not isinstance(state, bool)
        if not named or not STATE.fullmatch(str(state)):
            raise ParameterError(
                f"the state {state!r} of the jump {key!r} cannot be part of an output's name; call "
                "it by letters, digits and underscores"
            )
    source, target = map(str, key)
    if source == target:
        raise ParameterError(f"the jump {key!r} leads nowhere; leave it out, populations keep")
    return source, target


def _check_joined(pairs: Iterable[Jump]) -> None:
    """Refuse pairs of states whose outputs would have the same name."""
    known: dict[str, Jump] = {}
    for pair in pairs:
        name = "_".join(pair)
        if name in known:
            first, second = (" and ".join(states) for states in (known[name], pair))
            raise ParameterError(
                f"the pairs {first}, {second} would both be called flux_{name}; rename a state"
            )
        known[name] = pair


def _checked_rate(rate: Value, jump: Jump) -> Value:
    name = f"the rate {jump[0]} -> {jump[1]}"
    found = check_value(rate, name)
    number = exact_number(found)
    if number is not None and number < 0:
        raise DomainError(f"{name} is {rate}, and must be >= 0; give the jump back its own rate")
    return found
