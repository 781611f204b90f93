"""Claims in words as statements over a domain, and how their status follows from a search."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from symqb.audit.notation import Notation
from symqb.audit.rows import AuditRow
from symqb.audit.search import (
    Box,
    Exact,
    Extreme,
    Number,
    digits,
    least,
    most,
    remembered,
    roots_along,
)
from symqb.audit.settings import Quantity, Reading, Setting
from symqb.models import ParameterError, SteadyStateError

TOLERANCE = 1e-12


@dataclass(frozen=True)
class Decision:
    """A status with its grounds."""

    status: str
    derived: str
    evidence: str
    counterexample: str = ""
    repair: str = ""
    consequence: str = ""


Decide = Callable[[], Decision]


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, the domain it is made for, and what decides it."""

    id: str
    statement: str
    domain: str
    decide: Decide
    kind: str = "claim"

    def row(self, notation: Notation | None = None) -> AuditRow:
        """Decide, and write the audit's row."""
        found = self.decide()
        return AuditRow(
            self.id,
            self.kind,
            found.status,
            f"{self.statement} [domain: {self.domain}]",
            found.derived,
            found.evidence,
            found.repair,
            found.counterexample,
            found.consequence,
        )


def read_claims(text: str, decide: Mapping[str, Decide]) -> tuple[Claim, ...]:
    """Read claims from TOML, and join each to what decides it.

    Parameters
    ----------
    text : str
        A table ``claims``: ids with the domain, the sentence and, if it is no claim, the kind.  A
        domain may be named in a table ``domains``.
    decide : mapping
        What decides each claim, by id.

    Raises
    ------
    ParameterError
        A claim that nothing decides, or a decision of no claim.

    Examples
    --------
    >>> text = '''claims.c-1 = ["everywhere", "all is well"]'''
    >>> read_claims(text, {"c-1": Unchecked("not said what")})[0].row().status
    'uncheckable'
    """
    data = tomllib.loads(text)
    for id_ in {**data["claims"], **decide}:
        if (id_ in data["claims"]) != (id_ in decide):
            lacks, where = (
                ("decision", "decide") if id_ in data["claims"] else ("claim", "the text")
            )
            raise ParameterError(f"{id_!r} has no {lacks}; add it to {where}")
    domains = data.get("domains", {})
    return tuple(
        Claim(id_, statement, domains.get(domain, domain), decide[id_], *kind)
        for id_, (domain, statement, *kind) in data["claims"].items()
    )


@dataclass(frozen=True)
class Unchecked:
    """What nothing in the derivation decides, and why."""

    why: str

    def __call__(self) -> Decision:
        """Say so."""
        return Decision("uncheckable", "", self.why)


@dataclass(frozen=True)
class Cases:
    """A claim made for several cases: confirmed only if each is, wrong only if each is."""

    cases: Mapping[str, Decide]

    def __call__(self) -> Decision:
        """Decide each case, and join them."""
        return join({name: decide() for name, decide in self.cases.items()})


def join(decisions: Mapping[str, Decision]) -> Decision:
    """Make one decision of several."""
    statuses = {d.status for d in decisions.values()}
    status = statuses.pop() if len(statuses) == 1 else "conditional"

    def all_of(field: str) -> str:
        parts = [f"{name}: {getattr(d, field)}" for name, d in decisions.items()]
        return " | ".join(part for part in parts if not part.endswith(": "))

    return Decision(
        status,
        next(iter(decisions.values())).derived,
        " | ".join(f"{name}: {d.status}, {d.evidence}" for name, d in decisions.items()),
        all_of("counterexample"),
        all_of("repair"),
        all_of("consequence"),
    )


@dataclass(frozen=True)
class Boundary:
    """Lines along which to look for where a claim stops to hold, and how to say what was found.

    Parameters
    ----------
    name : str
        The coordinate along which a line runs, from ``low`` to ``high``.
    at : tuple of mappings
        The other coordinates, one mapping a line; numbers or text such as ``"1/2"``.
    text : str
        How to tell one root: a format with ``{root}`` and the fixed coordinates.
    before, between, none : str
        What stands before all and between two, and what to say if there is none.
    """

    name: str
    low: float
    high: float
    at: tuple[Mapping[str, Exact], ...] = ({},)
    text: str = "{root}"
    before: str = ""
    between: str = "; "
    none: str = ""
    count: int = 200
    places: int = 15

    def find(self, margin: Quantity) -> str:
        """Tell every sign change on the lines."""
        found = []
        for line in self.at:
            fixed = {name: Fraction(str(value)) for name, value in line.items()}
            for root in edges(margin, self.name, self.low, self.high, self.count, **fixed):
                found.append(self.text.format(root=digits(root, self.places), **line))
        return self.before + (self.between.join(found) or self.none)


def lines(**choices: Iterable[Exact]) -> tuple[Mapping[str, Exact], ...]:
    """List the lines on which coordinates take each of the chosen values.

    Examples
    --------
    >>> lines(d=["0", "1/2"], T_M=[2])
    ({'d': '0', 'T_M': 2}, {'d': '1/2', 'T_M': 2})
    """
    return tuple(dict(zip(choices, values, strict=True)) for values in product(*choices.values()))


@dataclass(frozen=True)
class Sign:
    """That a quantity is nowhere negative on a box.

    Confirmed if so, wrong if it is nowhere positive, else conditional.  A counterexample is an
    exact rational point at which it is negative to 30 digits.

    Parameters
    ----------
    margin : Quantity
        Positive where the claim holds.
    box : mapping
        The range of each coordinate.
    derived : str
        What was derived, in words.
    boundary : Boundary, optional
        Where to look for the edge of what holds; lines through the worst point if left out.
    grid : int
        Points along each coordinate in the first search.
    below : str
        A coordinate for which to ask how far under its lowest value a confirmed claim holds.
    rounds : int
        How many grids are tried, each closer around the best point of the one before.
    """

    margin: Quantity
    box: Box
    derived: str
    boundary: Boundary | None = None
    grid: int = 33
    below: str = ""
    rounds: int = 8

    def __call__(self) -> Decision:
        """Search the box."""
        margin, box = self.margin, self.box
        floats = remembered(margin.floats)
        low = least(floats, box, self.grid, self.rounds)
        if low.value >= -TOLERANCE:
            return Decision(
                "confirmed",
                self.derived,
                f"numerical: least margin {low.text()}, dense grid and refinement",
                consequence=_below(margin, box, self.below) if self.below else "",
            )
        high = most(floats, box, self.grid, self.rounds)
        status, edge = "wrong", ""
        if high.value > TOLERANCE:
            found = self.boundary.find(margin) if self.boundary else _boundary(margin, box, low)
            status, edge = "conditional", f"; boundary: {found}"
        counterexample = _counterexample(margin, low, box)
        if not counterexample:
            edge += "; no point of the box with at most 6 digits is negative to 30 digits"
        return Decision(
            status,
            self.derived,
            f"numerical: margin from {low.text()} to {high.text()}{edge}",
            counterexample,
        )


def _counterexample(margin: Quantity, low: Extreme, box: Box) -> str:
    """Name a rational point of the box near the least value that is negative to 30 digits."""
    for places in (1, 2, 3, 4, 6):
        rounded = {name: Fraction(f"{value:.{places}g}") for name, value in low.point.items()}
        point, value = _exact_inside(margin, rounded, box)
        if value is not None and value < 0:
            where = ", ".join(f"{name}={v}" for name, v in point.items())
            return f"{where}: margin {float(value):.6g} (30 digits)"
    return ""


def _exact_inside(
    margin: Quantity, point: Mapping[str, Fraction], box: Box
) -> tuple[Mapping[str, Fraction], Number | None]:
    """Evaluate at a point, or just off it where T = 0 empties a transition.

    None outside the box, whose ends count as they are written.
    """
    for factor in (Fraction(1), Fraction(999, 1000)):
        at = {name: value * factor for name, value in point.items()}
        ends = ((Fraction(str(a)), at[name], Fraction(str(b))) for name, (a, b) in box.items())
        if not all(low <= value <= high for low, value, high in ends):
            break
        try:
            return at, margin.exact(**at)
        except SteadyStateError:
            continue
    return point, None


def edges(
    margin: Quantity,
    name: str,
    low: float,
    high: float,
    count: int = 200,
    **fixed: Fraction | float,
) -> list[Number]:
    """Find where a quantity changes sign along one coordinate, the others fixed."""
    rest = {key: float(number) for key, number in fixed.items()}
    return roots_along(
        lambda value: margin.floats(**{name: value}, **rest),
        lambda value: margin.exact(**{name: value}, **fixed),
        low,
        high,
        count,
    )


def _boundary(margin: Quantity, box: Box, low: Extreme) -> str:
    """Tell sign changes on the lines through the worst point, one coordinate at a time."""
    at = {name: Fraction(f"{value:.3g}") for name, value in low.point.items()}
    places = []
    for name, (start, end) in box.items():
        rest = {other: value for other, value in at.items() if other != name}
        width = (end - start) / 1000
        try:
            found = edges(margin, name, start + width, end - width, 100, **rest)
        except SteadyStateError:
            continue
        if found:
            fixed = ", ".join(f"{other}={value}" for other, value in rest.items())
            roots = ", ".join(digits(value, 12) for value in found)
            places.append(f"{name} = {roots}" + (f" at {fixed}" if fixed else ""))
    return "; ".join(places) or "none on the lines through the worst point"


def _below(margin: Quantity, box: Box, name: str, low: float = 0.2) -> str:
    """Tell how far under a coordinate's range a quantity stays nonnegative.

    Bisection of the least value over the other coordinates: numerical, six digits.
    """
    rest = {other: span for other, span in box.items() if other != name}

    def holds(at: float) -> bool:
        def here(**point: Any) -> Any:
            return margin.floats(**{name: np.full_like(next(iter(point.values())), at)}, **point)

        return least(here, rest).value >= -TOLERANCE

    steps = np.geomspace(box[name][0], low, 25)
    failing = next((k for k, at in enumerate(steps) if not holds(float(at))), None)
    if failing is None:
        return f"also holds at 25 values of {name} down to {low:g}"
    if failing == 0:
        return f"fails just below {name} = {steps[0]:g} (outside the domain)"
    bad, good = float(steps[failing]), float(steps[failing - 1])
    for _ in range(24):
        middle = (bad + good) / 2
        bad, good = (bad, middle) if holds(middle) else (middle, good)
    return f"fails below {name} = {good:.6g} (outside the domain)"


@dataclass(frozen=True)
class Vanishes:
    """That a nonnegative output is zero on a whole box, for each of several settings."""

    output: str
    settings: Mapping[str, Setting]
    box: Box
    derived: str

    def __call__(self) -> Decision:
        """Search for the greatest value."""
        found = {
            name: most(Reading(setting, self.output).floats, self.box, 41)
            for name, setting in self.settings.items()
        }
        worst = max(found.values(), key=lambda extreme: extreme.value)
        zero = worst.value < TOLERANCE
        return Decision(
            "confirmed" if zero else "conditional",
            self.derived,
            f"numerical: largest {self.output} "
            + "; ".join(f"{name}: {extreme.text()}" for name, extreme in found.items()),
            "" if zero else worst.text(),
        )
