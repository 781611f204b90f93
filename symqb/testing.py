"""For other people's tests: Hypothesis strategies for batteries and the invariants they obey.

Use the strategies to draw batteries and parameters, and the checks on whatever computes their
steady states, symqb's functions or your own.

Examples
--------
>>> import symqb
>>> from hypothesis import given, settings
>>> @settings(max_examples=5, deadline=None, database=None, derandomize=True)
... @given(parameters=parameters())
... def test_my_populations(parameters):
...     result = symqb.xxz_battery(2).evaluate(**parameters)
...     check_populations(result.populations)
...     check_heat_balance(result)
>>> test_my_populations()
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from symqb.battery import Battery, xxz_battery
from symqb.models import Bath, BatteryModel, Chain, SteadyStateError

ROUNDING = float(np.finfo(np.float64).eps)


def energies(magnitude: float = 10.0) -> st.SearchStrategy[float]:
    """Energies of either sign, none closer to zero than 1e-6 (J = 0 and B0 = 0 are degenerate)."""
    positive = st.floats(1e-6, magnitude)
    return st.one_of(positive, positive.map(lambda value: -value))


def temperatures(lowest: float = 0.05, highest: float = 1e4) -> st.SearchStrategy[float]:
    """Positive temperatures, spread evenly over their orders of magnitude."""
    return st.floats(float(np.log(lowest)), float(np.log(highest))).map(
        lambda exponent: float(np.exp(exponent))
    )


@st.composite
def parameters(
    draw: st.DrawFn, *, epsilon: st.SearchStrategy[float] | None = None
) -> dict[str, float]:
    """Keyword parameters of the paper's battery: B0 > 0, all signs of J and Delta."""
    return {
        "B0": draw(st.floats(1e-6, 10.0)),
        "J": draw(energies(2.0)),
        "Delta": draw(st.floats(-2.0, 2.0)),
        "epsilon": draw(epsilon if epsilon is not None else st.sampled_from([0.0, 0.3, 1.0])),
        "T_L": draw(temperatures()),
        "T_R": draw(temperatures()),
        "kappa": draw(st.floats(1e-3, 1.0)),
    }


def points(battery: Battery) -> st.SearchStrategy[dict[str, float]]:
    """Draw parameters of any battery: fields from 0, other energies and weights of any sign.

    Points without a single steady state are left out: at coincidences of levels coherences may
    never decay.

    Examples
    --------
    >>> from hypothesis import find
    >>> sorted(find(points(xxz_battery(2)), lambda point: True))
    ['B0', 'Delta', 'J', 'T_L', 'T_R', 'epsilon', 'kappa']
    """
    model = battery.model
    named = {str(bath.temperature): temperatures() for bath in model.baths}
    named |= {str(field): st.floats(1e-6, 10.0) for field in model.chain.fields}
    named |= {str(Delta): st.floats(-2.0, 2.0) for _, Delta in model.chain.bonds}
    named |= {str(w): st.floats(-2.0, 2.0) for bath in model.baths for _, w in bath.couplings}
    named[str(model.kappa)] = st.floats(1e-3, 1.0)
    drawn = {name: named.get(name, energies(2.0)) for name in battery.parameters}
    return st.fixed_dictionaries(drawn).filter(lambda point: _single_state(battery, point))


def _single_state(battery: Battery, point: Mapping[str, float]) -> bool:
    values: dict[str, Any] = dict(point)
    try:
        battery.evaluate(outputs="populations", **values)
    except SteadyStateError:
        return False
    return True


@st.composite
def passive_parameters(draw: st.DrawFn) -> dict[str, float]:
    """Parameters in the domain of the passivity theorem: epsilon = 0, B0 > ``|J| + |Delta|``."""
    drawn = draw(parameters(epsilon=st.just(0.0)))
    threshold = abs(drawn["J"]) + abs(drawn["Delta"])
    return {**drawn, "B0": threshold * (1 + draw(st.floats(1e-3, 5.0)))}


def chains(largest: int = 3) -> st.SearchStrategy[Chain]:
    """Uniform chains with symbolic couplings."""
    return st.integers(2, largest).map(Chain)


@st.composite
def baths(draw: st.DrawFn, spins: int, *, name: str = "b") -> Bath:
    """A bath on some sites of a chain, weights 1 or symbolic, the temperature ``T_<name>``."""
    sites = draw(st.lists(st.integers(1, spins), min_size=1, max_size=spins, unique=True))
    weights = [draw(st.sampled_from([1, f"w_{name}_{site}"])) for site in sites]
    return Bath(name, f"T_{name}", dict(zip(sites, weights, strict=True)))


@st.composite
def models(draw: st.DrawFn, largest: int = 3, most_baths: int = 3) -> BatteryModel:
    """Any uniform chain with one bath or several, the first of them on site 1 alone.

    That bath reaches every level, so that the steady state is unique whatever the others do.
    """
    chain = draw(chains(largest))
    count = draw(st.integers(0, most_baths - 1))
    others = tuple(draw(baths(chain.spins, name=f"b{k}")) for k in range(count))
    dissipation = draw(st.sampled_from(["collective", "individual"]))
    return BatteryModel(chain, (Bath("first", "T_first", {1: 1}), *others), "kappa", dissipation)


@st.composite
def batteries(draw: st.DrawFn, largest: int = 3) -> Battery:
    """The paper's battery, or one with a bath at every site, collective or individual."""
    chain = draw(chains(largest))
    dissipation = draw(st.sampled_from(["collective", "individual"]))
    if draw(st.booleans()):
        return xxz_battery(chain.spins, dissipation)
    baths = tuple(Bath(f"b{s}", f"T_{s}", {s: 1}) for s in range(1, chain.spins + 1))
    return Battery(BatteryModel(chain, baths, "kappa", dissipation))


def _require(holds: Any, message: str) -> None:
    if not np.all(holds):
        raise AssertionError(message)


def check_populations(populations: Any, *, tolerance: float = 1e-12) -> None:
    """Populations are finite, none negative, and sum to 1 over the last axis.

    Raises
    ------
    AssertionError
        With the worst value.
    """
    p = np.asarray(populations, dtype=np.float64)
    _require(np.isfinite(p), f"populations are not finite: {p}")
    _require(p >= 0, f"a population is negative: {p.min()}")
    excess = np.abs(p.sum(axis=-1) - 1)
    _require(excess <= tolerance, f"populations sum to 1 only within {excess.max():.3g}")


def check_gibbs(populations: Any, energies: Any, temperature: float, *, tolerance: float) -> None:
    """Populations are the Gibbs state at one temperature, to a relative tolerance.

    Raises
    ------
    AssertionError
        With the worst relative difference.
    """
    E = np.asarray(energies, dtype=np.float64)
    weights = np.exp(-(E - E.min(axis=-1, keepdims=True)) / temperature)
    expected = weights / weights.sum(axis=-1, keepdims=True)
    seen = expected > 1e-290
    difference = np.abs(np.asarray(populations)[seen] / expected[seen] - 1)
    _require(difference <= tolerance, f"off the Gibbs state by {difference.max(initial=0):.3g}")


def check_passive(populations: Any, energies: Any) -> None:
    """No level is more populated than a lower one.

    Raises
    ------
    AssertionError
        With the inverted pair.
    """
    order = np.argsort(energies)
    rise = np.diff(np.asarray(populations)[order])
    worst = int(np.argmax(rise))
    pair = (int(order[worst]) + 1, int(order[worst + 1]) + 1)
    _require(rise <= 0, f"levels {pair[0]} and {pair[1]} are inverted by {rise[worst]:.3g}")


def check_agreement(
    populations: Any, energies: Any, reference: Any, *, tolerance: float = 1e-9
) -> None:
    """Populations agree with a result of symqb level by level, both in ascending energy.

    Parameters
    ----------
    populations, energies : array, shape (levels,)
        What your code computed, levels in any order.
    reference : Result
        What :meth:`symqb.Battery.evaluate` gives at the same parameters.
    tolerance : float
        Largest absolute difference.

    Raises
    ------
    AssertionError
        With the worst level.  Levels closer than 1e-9 of the largest energy are compared as a
        group, by their sum.
    """
    mine, theirs = np.argsort(energies), np.argsort(reference.energies)
    E = np.asarray(reference.energies)[theirs]
    _require(len(mine) == len(E), f"{len(mine)} levels instead of {len(E)}")
    apart = np.abs(np.asarray(energies)[mine] - E).max()
    close = 1e-9 * (1 + np.abs(E).max())
    _require(apart <= close, f"energies differ by {apart:.3g}")
    group = np.cumsum(np.diff(E, prepend=E[0]) > close)
    sums = [
        np.bincount(group, np.asarray(p)[k])
        for p, k in ((populations, mine), (reference.populations, theirs))
    ]
    off = np.abs(sums[0] - sums[1])
    worst = int(np.argmax(off))
    level = reference.labels[theirs[int(np.argmax(group == worst))]]
    _require(
        off <= tolerance,
        f"population of level {level}: {sums[0][worst]:.6g} instead of {sums[1][worst]:.6g}",
    )


def check_second_law(result: Mapping[str, Any] | Any, *, tolerance: float = 1e-9) -> None:
    """The baths' entropy does not fall: ``-sum_nu Q_nu / T_nu >= 0``, up to rounding.

    Raises
    ------
    AssertionError
        With the entropy production.
    """
    produced = np.asarray(result["entropy_production"], dtype=np.float64)
    scale = 1 + float(np.abs(np.asarray(result["energies"])).max()) ** 2
    _require(produced >= -tolerance * scale, f"entropy production is {produced.min():.3g}")


def check_heat_balance(result: Mapping[str, Any] | Any, *, tolerance: float = 1e-9) -> None:
    """The heat currents of all baths cancel, relative to their size and that of rounding.

    Raises
    ------
    AssertionError
        With the imbalance.
    """
    names: Iterable[str] = result.keys()
    currents = np.array([result[n] for n in names if n.startswith("heat_current_")])
    scale = float(np.abs(currents).max(initial=0.0))
    level = float(np.abs(np.asarray(result["energies"])).max()) ** 2
    imbalance = abs(float(currents.sum()))
    bound = tolerance * scale + 1e4 * ROUNDING * (level + 1)
    _require(imbalance <= bound, f"heat currents {currents} leave {imbalance:.3g}")
