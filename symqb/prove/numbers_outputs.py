"""The judge's outputs: work, heat and entropy of a steady state, each with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flint import arb

from symqb.prove.numbers_levels import Reading, Undecided, magnitude

Balls = Any


@dataclass(frozen=True)
class Value:
    """An output with its uncertainty: a ball, and the sum of the moduli of its terms.

    ``gross`` is that sum with each net flow as a difference of two: what a value that is exactly
    zero is nothing beside; ``seen`` is to how many digits.
    """

    ball: Any
    terms: Any
    gross: Any
    seen: int = 40

    def __float__(self) -> float:
        return float(self.ball.mid())


def _sum(terms: Sequence[Any], gross: Any = None) -> Value:
    size = sum((magnitude(t) for t in terms), arb(0))
    return Value(sum(terms, arb(0)), size, size if gross is None else gross)


def ascending(balls: Sequence[Any]) -> list[Any]:
    """Balls by their midpoints."""
    return sorted(balls, key=lambda ball: ball.mid())


def ergotropy(energies: Sequence[Any], populations: Sequence[Any]) -> Value:
    """Mean energy over that of the passive state (Eqs. 16-17); energies ascend.

    Its terms are both mean energies, and what is moved times the largest energy: work is right to a
    rounding of the energies, as ``docs/subtraction-free.md`` says of it, and of it alone.
    """
    passive = ascending(populations)[::-1]
    lowest, largest = energies[0], max(map(magnitude, (energies[0], energies[-1])))
    rows = [(E - lowest, p, q) for E, p, q in zip(energies, populations, passive, strict=True)]
    size = sum((height * (p + q) for height, p, q in rows), arb(0))
    rounded = largest * sum((magnitude(p - q) for _, p, q in rows), arb(0))
    return Value(sum((height * (p - q) for height, p, q in rows), arb(0)), size + rounded, size)


def exergy(energies: Sequence[Any], populations: Sequence[Any], T: Any, digits: int) -> Value:
    """Free energy of the passive state above that of the Gibbs state at T (Eq. 19).

    T times the sum of ``p ln(p/g) - p + g`` over the levels, g the Gibbs populations.
    """
    passive, lowest = ascending(populations)[::-1], energies[0]
    if T == 0:
        return _sum([(E - lowest) * p for E, p in zip(energies, passive, strict=True)])
    weights = [(-(E - lowest) / T).exp() for E in energies]
    partition = sum(weights, arb(0))
    terms = [T * _relative_entropy(p, w / partition) for p, w in zip(passive, weights, strict=True)]
    # a relative error of p or g enters squared
    return replace(_sum(terms, T), seen=3 * digits // 2)


def _relative_entropy(p: Any, g: Any) -> Any:
    """``p ln(p/g) - p + g``, by its series where the two are close."""
    if p == 0:
        return g
    if p.contains(0):
        # nothing tells it from zero, where p ln(p/g) - p vanishes and falls
        most = p.abs_upper()
        return g + arb(0, 1) * most * (1 + abs((most / g).log()))
    x = (p - g) / g
    if magnitude(x) + x.rad() > arb(10) ** -6:
        return p * (p / g).log() - p + g
    total, power = arb(0), x
    for k in range(2, 40):
        power = -power * x
        total -= power / (k * (k - 1))
    return g * total


def heat_currents(reading: Reading, populations: Balls, basis: Balls) -> dict[str, Value]:
    """Heat from each bath into the battery; the terms are the net flows over single edges."""
    names = [bath.name for bath in reading.numbers.baths]
    terms: dict[str, list[Any]] = {name: [] for name in names}
    gross = dict.fromkeys(names, arb(0))
    for bath, S in reading.operators:
        T = S if basis is None else basis.T.dot(S).dot(basis)
        for b in range(len(T)):
            for a in range(b):
                w = reading.frequency(b, a)
                if w == 0 or T[a, b] == 0:
                    continue
                down = reading.rate_between(bath, b, a) * populations[b]
                up = reading.rate_between(bath, a, b) * populations[a]
                weight = w * T[a, b] * T[a, b]
                terms[bath.name].append(weight * (up - down))
                gross[bath.name] += magnitude(weight * (up + down))
    return {name: _sum(terms[name], gross[name]) for name in names}


def entropy_production(reading: Reading, currents: dict[str, Value]) -> Value:
    """Entropy that the baths gain in unit time, infinite towards a bath at zero."""
    terms, infinite, gross = [], False, arb(0)
    for bath in reading.numbers.baths:
        current, T = currents[bath.name], bath.temperature
        if T:
            terms.append(-current.ball / arb(T))
            gross += current.gross / arb(T)
        elif not negligible(current):
            infinite = True
    if infinite:
        return Value(arb("inf"), arb("inf"), arb("inf"))
    return _sum(terms, gross)


def negligible(value: Value) -> bool:
    """Whether a value is nothing beside its terms to the digits that are seen."""
    return bool(magnitude(value.ball) <= value.gross * arb(10) ** -value.seen or value.ball == 0)


def outputs_of(reading: Reading, populations: Balls, basis: Balls) -> dict[str, Value]:
    """Every scalar output by name, from the steady populations of some states over the levels.

    Raises
    ------
    Undecided
        A population below zero: one that vanishes came out as noise, and it decides what is finite.
    """
    if any(arb(p).mid() < 0 for p in populations):
        raise Undecided("a population that vanishes came out below zero")
    energies, empty = reading.energies, reading.judge.empty
    stored = _sum([p * (E - empty) for p, E in zip(populations, energies, strict=True)])
    capacity = _sum([energies[-1], -empty])
    currents = heat_currents(reading, populations, basis)
    found = {
        "stored_energy": stored,
        "capacity": capacity,
        "ergotropy": ergotropy(energies, populations),
        "exergy": exergy(
            energies,
            populations,
            arb(reading.numbers.baths[-1].temperature),
            reading.judge.digits,
        ),
        **{f"heat_current_{name}": current for name, current in currents.items()},
        "entropy_production": entropy_production(reading, currents),
    }
    if not negligible(capacity):
        found["charge"] = Value(
            stored.ball / capacity.ball, stored.terms / capacity.ball, stored.gross / capacity.ball
        )
    return found
