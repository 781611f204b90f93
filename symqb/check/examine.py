"""The examination of a model: every question asked in turn, structure first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from symqb.battery import Battery
from symqb.check.baths import chemical_potential, drives_nothing, not_thermal, zero_frequency
from symqb.check.currents import vanishing_currents
from symqb.check.findings import EXACT, NUMERICAL, PROVED, Finding, Report
from symqb.check.local import against_temperature, heat_from_cold
from symqb.check.nearness import WEAK, too_close
from symqb.check.steady import cut_off, several_steady_states
from symqb.check.subject import LONGEST_CHAIN, Subject, as_system, battery_of
from symqb.check.symmetry import conserved_quantities
from symqb.models import BatteryModel, ParameterError, SymqbError, check_parameters
from symqb.models.assumed import check_assumed
from symqb.models.calls import refuse_no_mapping
from symqb.models.system import System
from symqb.open_system import OpenSystem

ALGEBRAIC: tuple[Callable[[Subject, System, str], Iterator[Finding]], ...] = (
    conserved_quantities,
    drives_nothing,
    against_temperature,
)
"""Questions that algebra answers: for all parameters, then with a point's numbers put in."""

EXPLAINED = {"mu-above-frequency", "zero-frequency"}
"""Where one of these is found it is why rates are refused; else the point is bad input."""

OTHERS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    zero_frequency,
    chemical_potential,
    not_thermal,
    vanishing_currents,
    too_close,
    heat_from_cold,
    cut_off,
)

Model = System | OpenSystem | Battery | BatteryModel


def check_model(model: Model, at: Mapping[str, Any] | None = None) -> Report:
    """Name what in a model makes plausible numbers wrong, in words with the remedy.

    Parameters
    ----------
    model : System, OpenSystem, Battery or BatteryModel
        What is examined.  A chain of more than four spins is asked at a point alone, whether its
        levels are too close and how many steady states there are.
    at : mapping, optional
        Every parameter's number, to ask what depends on them as well.  Without a ``kappa`` that is
        common to the baths nothing is said of levels too close; the report names the limit.

    Returns
    -------
    Report
        A sequence of :class:`symqb.check.Finding`, each proved for all parameters, exact at the
        point, or numerical; true where something was found.  ``skipped`` says what was not asked.

    Raises
    ------
    ParameterError, DomainError
        Something that is no model; a point that lacks a parameter or is outside its domain.

    Examples
    --------
    >>> import sympy as sp
    >>> from symqb import Bath, Register
    >>> reg, w = Register(2, 2), sp.Symbol("w")
    >>> H = w * (reg.number(1) + reg.number(2))
    >>> report = check_model(System(H, [Bath("c", "T", reg.x(1) + reg.x(2))]))
    >>> report.codes, report[0].certainty, report[0].values["steady_states"]
    (('conserved-quantity',), 'proved for all parameters', 2)
    >>> bool(check_model(System(H, [Bath("c", "T", reg.x(1) + 2 * reg.x(2))])))
    False
    """
    if at is not None:
        refuse_no_mapping("at", at, "every parameter to its number, e.g. {'T': 1.0}")
    battery = battery_of(model)
    if battery is not None and battery.chain.spins > LONGEST_CHAIN:
        return _long_chain(Battery(battery), at)
    if battery is not None:
        system = as_system(battery)
    elif isinstance(model, OpenSystem):
        system = model.system
    elif isinstance(model, System):
        system = model
    else:
        raise ParameterError(
            f"model={model!r} is no System, OpenSystem or Battery; build one, or load_model(path)"
        )
    held = OpenSystem(system) if battery is None else Battery(battery)
    point = None if at is None else _point(held, at)
    return _examine(Subject(system, point, at or ()))


def _point(held: OpenSystem | Battery, at: Mapping[str, Any]) -> dict[str, Any]:
    """The point with every parameter, checked as an evaluation does."""
    derived = held.derivation
    arrays = check_parameters(
        held.parameters,
        at,
        temperatures=derived.temperatures,
        kappa=derived.kappa,
        defaults={derived.kappa: 1.0} if derived.kappa else {},
    )
    check_assumed(held.symbols.values(), arrays)
    for name, value in arrays.items():
        if np.shape(value):
            raise ParameterError(f"{name} has shape {np.shape(value)}; give a scalar here")
    return {name: float(value) for name, value in arrays.items()}


def _examine(subject: Subject) -> Report:
    found: list[Finding] = []
    for question in ALGEBRAIC:
        found += question(subject, subject.system, PROVED)
        if subject.fixed is not None:
            told = {_about(finding) for finding in found}
            at_point = question(subject, subject.fixed, EXACT)
            found += [finding for finding in at_point if _about(finding) not in told]
    for other in OTHERS:
        found += other(subject)
    if subject.refused is not None and not EXPLAINED & {finding.code for finding in found}:
        raise subject.refused.at(subject.point)
    known = [f.values["steady_states"] for f in found if f.code == "conserved-quantity"]
    found += several_steady_states(subject, max(known, default=1))
    if subject.point is None:
        subject.skip(
            "what depends on numbers",
            "no point is given; give at={...} with every parameter",
        )
    return Report(tuple(found), tuple(subject.skipped))


def _about(finding: Finding) -> tuple[Any, ...]:
    """What a finding is about, whatever its certainty."""
    return finding.code, finding.values.get("bath"), finding.values.get("jump")


def _long_chain(battery: Battery, at: Mapping[str, Any] | None) -> Report:
    """What the engine of long chains tells at a point."""
    skipped = [f"structure: {battery.spins} spins, beyond {LONGEST_CHAIN}"]
    if at is None:
        return Report((), (*skipped, "what depends on numbers: no point is given"))
    point, found = _point(battery, at), list[Finding]()
    for ask in (_chain_secular, _chain_steady_states):
        try:
            found += ask(battery, point, at)
        except SymqbError as error:
            skipped.append(f"{ask.__doc__}: {error}".replace("\n", " "))
    return Report(tuple(found), tuple(skipped))


def _chain_secular(
    battery: Battery, point: Mapping[str, Any], at: Mapping[str, Any]
) -> Iterator[Finding]:
    """Levels too close."""
    if battery.derivation.kappa is not None and battery.derivation.kappa not in at:
        raise ParameterError(f"{battery.derivation.kappa} is not given")
    names = ["smallest_gap", "smallest_frequency_difference", "secular_ratio"]
    found = battery.evaluate(outputs=names, **point)
    ratio = float(found.secular_ratio)
    if ratio > WEAK:
        gaps = float(found.smallest_gap) <= float(found.smallest_frequency_difference)
        what = "gap of levels" if gaps else "difference of frequencies"
        distance = min(float(found.smallest_gap), float(found.smallest_frequency_difference))
        yield Finding(
            "levels-too-close" if gaps else "frequencies-too-close",
            f"the smallest {what} that the baths drive is {distance:.4g}, and kappa {ratio:.4g} "
            "times that: coherences then count, which the secular form leaves out",
            "lower kappa, or move the levels apart",
            NUMERICAL,
            {"distance": distance, "ratio": ratio},
        )


def _chain_steady_states(
    battery: Battery, point: Mapping[str, Any], at: Mapping[str, Any]
) -> Iterator[Finding]:
    """How many steady states there are."""
    count = len(battery.steady_states(**point))
    if count > 1:
        yield Finding(
            "several-steady-states",
            f"there are {count} independent steady states here: which one is reached depends on "
            "the initial state",
            "steady_states(...) lists them, evolve([inf], initial=...) gives the one reached",
            NUMERICAL,
            {"steady_states": count},
        )
