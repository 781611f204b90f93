"""Jumps taken as they stand: rates against a temperature, and heat that goes the wrong way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from symqb.check.findings import NUMERICAL, Finding
from symqb.check.subject import Subject, digits, shown
from symqb.derive.hamiltonian import as_expr
from symqb.models import Bath, SymqbError
from symqb.models.operators import adjoint, vanishes
from symqb.models.system import Jump, System
from symqb.open_system import OpenSystem

AGREE = 1e-9
"""Temperatures, and rates over what they should be, that a user gives in doubles agree to this."""
WRONG_WAY = 1e-10
"""An entropy production below minus this times its terms is negative."""


@dataclass(frozen=True)
class JumpPair:
    """A jump of a bath by which the system loses an energy, and the one that gives it back.

    ``down`` and ``up`` are the rates of one and the same operator and its adjoint.
    """

    bath: str
    number: int
    operator: sp.ImmutableMatrix
    down: sp.Expr
    up: sp.Expr


def jump_pairs(jumps: Sequence[Jump]) -> list[JumpPair]:
    """Pair the jumps of each bath with their adjoints; one that has none goes back at rate 0.

    Several jumps by one operator are one.
    """
    found: list[JumpPair] = []
    left = [k for k, jump in enumerate(jumps) if jump.bath is not None]
    while left:
        first = left.pop(0)
        jump, back = jumps[first], adjoint(jumps[first].operator)
        down, up = as_expr(jump.rate), sp.S.Zero
        for other in [k for k in left if jumps[k].bath == jump.bath]:
            partner = jumps[other]
            if (scale := _multiple(partner.operator, back)) is not None:
                up += as_expr(partner.rate) * scale
            elif (scale := _multiple(partner.operator, jump.operator)) is not None:
                down += as_expr(partner.rate) * scale
            else:
                continue
            left.remove(other)
        found.append(JumpPair(str(jump.bath), first + 1, jump.operator, down, up))
    return found


def _multiple(one: sp.ImmutableMatrix, other: sp.ImmutableMatrix) -> sp.Expr | None:
    """The squared modulus of the number that one operator is of another; None if it is none."""
    entries, others = one.todok(), other.todok()
    if set(entries) != set(others):
        return None
    ratios = [sp.cancel(entries[place] / others[place]) for place in entries]
    if not all(vanishes(ratio - ratios[0]) for ratio in ratios[1:]):
        return None
    return sp.simplify(ratios[0] * ratios[0].xreplace({sp.I: -sp.I}))


def lost_energy(H: sp.ImmutableMatrix, operator: sp.ImmutableMatrix) -> sp.Expr | None:
    """Give the energy that a jump takes from the system, if it is the same from every state."""
    moved = H * operator - operator * H
    entries = operator.todok()
    found = [sp.cancel(-moved[place] / entry) for place, entry in entries.items()]
    if all(vanishes(x) for x in moved + found[0] * operator):
        return sp.expand(found[0])
    return None


def against_temperature(subject: Subject, system: System, certainty: str) -> Iterator[Finding]:
    """Find jumps whose rates are not in detailed balance at the temperature of their bath."""
    temperatures = {bath.name: as_expr(bath.temperature) for bath in system.baths if bath.mu == 0}
    for pair in jump_pairs(system.jumps):
        energy = lost_energy(system.H, pair.operator) if pair.bath in temperatures else None
        if energy is None or vanishes(energy):
            continue
        T = temperatures[pair.bath]
        rates = sp.cancel(pair.up / pair.down) if pair.down != 0 else sp.oo
        known = energy.free_symbols | T.free_symbols
        if rates.free_symbols - known or (T == 0 and energy.free_symbols):
            # rates of the user's own may be chosen to agree
            continue
        if not _balanced(pair, energy, T):
            right = sp.exp(-energy / T) if T != 0 else sp.S.Zero
            yield Finding(
                "detailed-balance",
                f"jump {pair.number} and its reverse, of bath {pair.bath} at temperature "
                f"{shown(T)}, take the energy {shown(energy)} at rates whose ratio up to down is "
                f"{shown(rates)}, and not exp(-energy/temperature) = {shown(right)}",
                "make the ratio exp(-energy/temperature), or state the temperature that it has",
                certainty,
                {"bath": pair.bath, "jump": pair.number, "energy": shown(energy)},
            )


def _balanced(pair: JumpPair, energy: sp.Expr, T: sp.Expr) -> bool:
    if T == 0:
        against = pair.up if energy > 0 else pair.down
        return bool(vanishes(against))
    left, right = pair.up, pair.down * sp.exp(-energy / T)
    if not (left - right).free_symbols:
        # of numbers that a user gives in doubles
        gap, size = (abs(sp.N(x, 30)) for x in (left - right, left + right))
        return bool(gap <= AGREE * size)
    positive = {one: sp.Dummy(one.name, positive=True) for one in (left - right).free_symbols}
    return vanishes((left - right).subs(positive))


@dataclass(frozen=True)
class _Local:
    """A bath of jumps at the point: its temperature, and the pairs with their energies."""

    temperature: Any
    pairs: tuple[tuple[JumpPair, Any], ...]


def heat_from_cold(subject: Subject) -> Iterator[Finding]:
    """Find local master equations by which entropy decreases; the secular one beside them."""
    system, steady = subject.fixed, subject.steady
    if system is None or steady is None or not system.jumps:
        return
    with digits():
        baths = dict(_local_baths(system))
        names = [name for name, bath in baths.items() if bath.temperature is not None]
        stated = {b.name: subject.number(b.temperature) for b in subject.system.baths}
        temperatures = {**{n: baths[n].temperature for n in names}, **stated}
        if untold := sorted(set(baths) - set(temperatures)):
            subject.skip(
                "heat from cold to hot",
                f"the rates of the jumps of {', '.join(untold)} tell no temperature",
            )
            return
        if len(temperatures) < 2:
            return
        currents = {name: steady.current(name, "heat")[0] for name in temperatures}
        if not _decreases(currents, temperatures):
            return
    texts = [
        f"{mpmath.nstr(currents[n], 6)} from bath {n} at temperature {mpmath.nstr(T, 6)}"
        for n, T in temperatures.items()
    ]
    secular = None if system.baths else _secular(system, baths)
    beside = (
        ""
        if secular is None
        else ". In the secular form they are "
        + ", ".join(f"{value:.6g} from bath {name}" for name, value in secular.items())
    )
    yield Finding(
        "heat-from-cold-to-hot",
        f"the jumps move heat against the second law: the currents are {', '.join(texts)} (that of "
        f"its rates){beside}",
        "give the baths their coupling operators in place of jumps (the secular form), or keep "
        "the local form to where the coupling and the detuning are small; in a rotating frame the "
        "energies of H are not those that the baths see, and these currents say nothing",
        NUMERICAL,
        {
            "currents": {name: float(value) for name, value in currents.items()},
            "temperatures": {name: float(T) for name, T in temperatures.items()},
            "secular": secular,
        },
    )


def _decreases(currents: dict[str, Any], temperatures: dict[str, Any]) -> bool:
    scale = max(map(abs, currents.values()))
    terms = []
    for name, T in temperatures.items():
        if T > 0:
            terms.append(-currents[name] / T)
        elif currents[name] > WRONG_WAY * scale:
            return True
    return bool(sum(terms) < -WRONG_WAY * sum(map(abs, terms)))


def _local_baths(system: System) -> Iterator[tuple[str, _Local]]:
    """The baths of jumps; without a temperature where their rates tell of none, or of several."""
    bare = sp.ImmutableMatrix(sp.diag(*[system.H[k, k] for k in range(system.size)]))
    found: dict[str, list[tuple[JumpPair, Any]]] = {}
    for pair in jump_pairs(system.jumps):
        energy = lost_energy(bare, pair.operator)
        value = None if energy is None else mpmath.mpmathify(sp.N(energy, mpmath.mp.dps))
        found.setdefault(pair.bath, []).append((pair, value))
    for name, pairs in found.items():
        each = [_temperature(pair, energy) for pair, energy in pairs]
        first = each[0]
        agree = first is not None and all(
            T is not None and abs(T - first) <= AGREE * abs(first) for T in each
        )
        yield name, _Local(first if agree else None, tuple(pairs))


def _temperature(pair: JumpPair, energy: Any) -> Any:
    """The temperature at which the rates of a pair are in balance; None if there is none."""
    down, up = (mpmath.mpmathify(sp.N(rate, mpmath.mp.dps)) for rate in (pair.down, pair.up))
    if energy is None or energy == 0:
        return None
    if energy < 0:
        down, up, energy = up, down, -energy
    if up == 0:
        return mpmath.mpf(0)
    return energy / mpmath.log(down / up) if down > up else None


def _secular(system: System, baths: dict[str, _Local]) -> dict[str, float] | None:
    """The heat currents of the secular form whose rates are those of the jumps where H is bare."""
    found = []
    with digits():
        for name, local in baths.items():
            if len(local.pairs) != 1:
                return None
            pair, energy = local.pairs[0]
            down, up = (sp.N(rate, 30) for rate in (pair.down, pair.up))
            kappa = sp.Rational(float((down - up) / energy))
            T = sp.Rational(float(local.temperature))
            coupling = pair.operator + adjoint(pair.operator)
            if not kappa > 0:
                return None
            found.append(Bath(name, T, coupling, kappa=kappa))
    if any(jump.bath is None for jump in system.jumps):
        return None
    outputs = [f"heat_current_{bath.name}" for bath in found]
    with suppress(SymqbError):
        result = OpenSystem(System(system.H, found)).evaluate(outputs=outputs)
        return {bath.name: float(result[f"heat_current_{bath.name}"]) for bath in found}
    return None
