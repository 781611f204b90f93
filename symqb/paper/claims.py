"""Claims in words as statements over a domain, and how their status follows from a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symqb.models import SteadyStateError
from symqb.paper.rows import AuditRow
from symqb.paper.tools import Box, Extreme, Setting, digits, least, most, roots_along

Get = Callable[[Setting, str, Any, Any, Any], Any]
Margin = Callable[..., Any]
"""``margin(get, **point)``: positive where the claim holds; ``get`` reads floats or many digits."""

TOLERANCE = 1e-12
STEP = Fraction(1, 1000)


@dataclass(frozen=True)
class Decision:
    """A status with its grounds."""

    status: str
    derived: str
    evidence: str
    counterexample: str = ""
    repair: str = ""
    consequence: str = ""


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, the domain it is made for, and what decides it."""

    id: str
    statement: str
    domain: str
    decide: Callable[[], Decision]
    kind: str = "claim"

    def row(self) -> AuditRow:
        """The audit's row."""
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


def floats(setting: Setting, output: str, d: Any, s: Any, T_M: Any) -> Any:
    """Reads arrays."""
    return setting(output, d, s, T_M)


def exactly(setting: Setting, output: str, d: Any, s: Any, T_M: Any) -> Any:
    """Reads one point to 30 digits."""
    return setting.exact(output, d, s, T_M)


def _rational(extreme: Extreme, margin: Margin, sign: int) -> tuple[str, Any] | None:
    """A rational point near the extreme where the margin has the sign, confirmed to 30 digits."""
    for places in (1, 2, 3, 4, 6):
        point = {name: Fraction(f"{value:.{places}g}") for name, value in extreme.point.items()}
        try:
            value = margin(exactly, **point)
        except SteadyStateError:
            # an empty transition at T = 0: step off the edge
            point = {name: v * Fraction(999, 1000) for name, v in point.items()}
            value = margin(exactly, **point)
        if value * sign > 0:
            return ", ".join(f"{name}={v}" for name, v in point.items()), value
    return None


def sign_claim(
    margin: Margin,
    box: Box,
    *,
    derived: str,
    boundary: Callable[[], str] | None = None,
    strict: float = 0.0,
    grid: int = 33,
    consequence: str = "",
    below: bool = False,
) -> Decision:
    """Confirmed if the margin is nowhere negative, wrong if nowhere positive, else conditional.

    A counterexample is an exact rational point at which the margin is negative to 30 digits.
    ``below`` asks how far under the lowest T_M of the box a confirmed claim goes on to hold.
    """
    low = least(lambda **v: margin(floats, **v), box, grid)
    if low.value >= -TOLERANCE + strict:
        return Decision(
            "confirmed",
            derived,
            f"numerical: least margin {low.text()}, dense grid and refinement",
            consequence=consequence or (colder(margin, box) if below else ""),
        )
    high = most(lambda **v: margin(floats, **v), box, grid)
    found = _rational(low, margin, -1)
    where, value = found if found else ("", low.value)
    status = "conditional" if high.value > TOLERANCE else "wrong"
    edge = ""
    if status == "conditional":
        edge = f"; boundary: {boundary() if boundary else _boundary(margin, box, low)}"
    return Decision(
        status,
        derived,
        f"numerical: margin from {low.text()} to {high.text()}{edge}",
        f"{where}: margin {float(value):.6g} (30 digits)" if where else "",
        consequence=consequence,
    )


def edges(
    margin: Margin, name: str, low: float, high: float, count: int = 200, **fixed: Any
) -> list[Any]:
    """Where a margin changes sign along one parameter, the others fixed, to many digits."""

    def coarse(value: Any) -> Any:
        rest = {key: float(number) for key, number in fixed.items()}
        return margin(floats, **{name: value}, **rest)

    def fine(value: Any) -> Any:
        return margin(exactly, **{name: value}, **fixed)

    return roots_along(coarse, fine, low, high, count)


def _boundary(margin: Margin, box: Box, low: Extreme) -> str:
    """Sign changes on the lines through the worst point, one parameter at a time."""
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


def colder(margin: Margin, box: Box, low: float = 0.2) -> str:
    """Down to which mean temperature a margin stays nonnegative, below the domain it is made for.

    Bisection over T_M of the least value over the other parameters: numerical, six digits.
    """
    rest = {name: span for name, span in box.items() if name != "T_M"}

    def holds(T: float) -> bool:
        found = least(lambda **v: margin(floats, T_M=np.full_like(v["d"], T), **v), rest)
        return found.value >= -TOLERANCE

    steps = np.geomspace(box["T_M"][0], low, 25)
    failing = next((k for k, T in enumerate(steps) if not holds(float(T))), None)
    if failing is None:
        return f"also holds at 25 values of T_M down to {low:g}"
    if failing == 0:
        return f"fails just below T_M = {steps[0]:g} (outside the domain)"
    bad, good = float(steps[failing]), float(steps[failing - 1])
    for _ in range(24):
        middle = (bad + good) / 2
        bad, good = (bad, middle) if holds(middle) else (middle, good)
    return f"fails below T_M = {good:.6g} (outside the domain)"


def further(value: Any) -> Any:
    """A little further towards 1."""
    if isinstance(value, Fraction):
        return value + (1 - value) * STEP
    return value + (1 - value) * float(STEP)


def larger(value: Any) -> Any:
    """A little larger."""
    return value * (1 + STEP) if isinstance(value, Fraction) else value * (1 + float(STEP))


def with_both(decisions: dict[str, Decision]) -> Decision:
    """One decision from several cases: confirmed only if each is, wrong only if each is."""
    statuses = {d.status for d in decisions.values()}
    status = statuses.pop() if len(statuses) == 1 else "conditional"

    def join(field: str) -> str:
        parts = [f"{name}: {getattr(d, field)}" for name, d in decisions.items()]
        return " | ".join(part for part in parts if not part.endswith(": "))

    return Decision(
        status,
        next(iter(decisions.values())).derived,
        " | ".join(f"{name}: {d.status}, {d.evidence}" for name, d in decisions.items()),
        join("counterexample"),
        join("repair"),
        join("consequence"),
    )
