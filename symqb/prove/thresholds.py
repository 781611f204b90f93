"""T9: where along epsilon passivity ends, enclosed for given parameters and temperatures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from symqb.models.plain_data import JsonObject
from symqb.program import Builder, FloatArithmetic, Program, Ref, run
from symqb.prove.balls import positive
from symqb.prove.boxes import FORMAT as BOX_FORMAT
from symqb.prove.boxes import BoxStatement, Search, check_boxes, evaluate
from symqb.prove.theorems.three_spins import ordered

Q = Fraction
FORMAT = "symqb-thresholds-1"
BASE = {"B0": Q(2), "J": Q(1), "Delta": Q(1, 2)}
POINTS = tuple((Q(T), Q(s)) for T in (2, 5, 10, 20, 40) for s in ("1/4", "1/2", "3/4", "19/20"))


@dataclass(frozen=True)
class Threshold:
    """Passive for every epsilon in [0, low]; not passive at high, levels ``pair`` inverted.

    ``high`` and ``pair`` are None if the state is passive up to epsilon = 1.
    """

    low: Fraction
    high: Fraction | None
    pair: tuple[int, int] | None
    tree: str


def order(parameters: Mapping[str, Fraction]) -> tuple[int, ...]:
    """The two-spin levels in ascending energy, for B0 > |J| + |Delta|."""
    B0, J, Delta = (parameters[k] for k in ("B0", "J", "Delta"))
    if abs(J) + abs(Delta) >= B0 or J == 0:
        raise ValueError(f"thresholds need B0 > |J| + |Delta| and J != 0, not {dict(parameters)}")
    return (1, 3, 4, 2) if J > 0 else (1, 4, 3, 2)


@cache
def _program(items: tuple[tuple[str, Fraction], ...]) -> Program:
    values: dict[str, Ref] = dict(items)
    b = Builder(("epsilon",))
    goals = ordered(b, values | {"epsilon": "epsilon"}, 2, order(dict(items)))
    return b.build({"ordered": tuple(goals)})


def program(parameters: Mapping[str, Fraction]) -> Program:
    """Gaps and log-ratios of neighbouring populations as a program of epsilon."""
    return _program(tuple(sorted(parameters.items())))


def statement(parameters: Mapping[str, Fraction], low: Fraction) -> BoxStatement:
    """Passive for every epsilon in [0, low]."""
    box = {"epsilon": (Q(0), low)}
    return BoxStatement("T9_row", "passive up to the threshold", program(parameters), box)


def passivity_threshold(parameters: Mapping[str, Fraction], digits: int = 4) -> Threshold:
    """Enclose the smallest epsilon in [0, 1] at which the two-spin state is not passive.

    Parameters
    ----------
    parameters : mapping
        Exact B0, J, Delta, T_L, T_R with B0 > |J| + |Delta| and J nonzero.
    digits : int
        Decimals of the enclosure.

    Returns
    -------
    Threshold
        Certified on both sides.

    Raises
    ------
    ValueError
        Parameters outside the domain, or a threshold that could not be enclosed so closely.

    Examples
    --------
    >>> from fractions import Fraction as Q
    >>> hot = dict(B0=Q(2), J=Q(1), Delta=Q(1, 2), T_L=Q(39), T_R=Q(1))
    >>> found = passivity_threshold(hot)
    >>> float(found.low), float(found.high), found.pair
    (0.2461, 0.2462, (1, 3))
    """
    step = Q(1, 10**digits)
    count = 0
    lower, upper = 0, 10**digits
    if _worst(parameters, Q(1)) > 0:
        lower = upper
    while upper - lower > 1:
        middle = (lower + upper) // 2
        if _worst(parameters, middle * step) > 0:
            lower = middle
        else:
            upper = middle
        count += 1
    low = lower * step
    high = None if lower == 10**digits else upper * step
    tree = Search(statement(parameters, low), limit=4000).run()
    pair = None if high is None else inverted_pair(parameters, high)
    if "?" in tree or (high is not None and pair is None):
        raise ValueError(f"no enclosure to {digits} digits at {dict(parameters)}; ask for fewer")
    return Threshold(low, high, pair, tree)


def _worst(parameters: Mapping[str, Fraction], epsilon: Fraction) -> float:
    """The smallest goal in floating point: a guess, nothing more."""
    outputs = run(program(parameters), FloatArithmetic(), {"epsilon": float(epsilon)})
    return float(min(outputs["ordered"]))


def inverted_pair(parameters: Mapping[str, Fraction], epsilon: Fraction) -> tuple[int, int] | None:
    """Two neighbours in energy of which the upper is certainly the fuller, if any."""
    levels = order(parameters)
    jets = evaluate(program(parameters), ((epsilon, epsilon),), slopes=False)
    for k, (i, j) in enumerate(pairwise(levels)):
        if positive(-jets[2 * k + 1].value):
            return i, j
    return None


def row_parameters(T_M: Fraction, s: Fraction) -> dict[str, Fraction]:
    """T_L = T_M (1 + s), T_R = T_M (1 - s), and the field and couplings of the figures."""
    return BASE | {"T_L": T_M * (1 + s), "T_R": T_M * (1 - s)}


def threshold_table() -> JsonObject:
    """The certificate of T9: an enclosure for each of twenty pairs of temperatures."""
    rows = []
    for T_M, s in POINTS:
        found = passivity_threshold(row_parameters(T_M, s))
        rows.append(
            {
                "T_M": str(T_M),
                "s": str(s),
                "low": str(found.low),
                "high": None if found.high is None else str(found.high),
                "pair": None if found.pair is None else list(found.pair),
                "tree": found.tree,
            }
        )
    return {"format": FORMAT, "rows": rows}


def _rational(text: Any) -> Fraction:
    """A number as the table writes it: digits over digits, so that no exponent makes it endless."""
    if not isinstance(text, str) or not re.fullmatch("[0-9]{1,40}(/[0-9]{1,40})?", text):
        raise ValueError(f"{str(text)[:40]!r} is not a number like 3 or 2/3, in quotes")
    return Q(text)


def check_thresholds(certificate: object) -> str:
    """Empty if every row of the table is certified, else the reason it is not."""
    if not isinstance(certificate, dict) or certificate.get("format") != FORMAT:
        return f"the format is not {FORMAT}"
    rows = certificate.get("rows", [])
    points = [(_rational(row["T_M"]), _rational(row["s"])) for row in rows]
    if points != list(POINTS):
        return "the rows are not those of the statement"
    objections = (_row_objection(row, point) for row, point in zip(rows, points, strict=True))
    return next((objection for objection in objections if objection), "")


def _row_objection(row: Mapping[str, Any], point: tuple[Fraction, Fraction]) -> str:
    """Why a row of the table is not certified; empty if it is."""
    parameters, low = row_parameters(*point), _rational(row["low"])
    claim = statement(parameters, low)
    boxes = {"format": BOX_FORMAT, "statement": claim.to_json(), "tree": row["tree"]}
    found = check_boxes(boxes, claim)
    if found.verdict != "proved":
        return f"row {point}: {found.reason}"
    if row["high"] is None:
        return "" if low == 1 and row["pair"] is None else f"row {point}: passive to {low} only"
    high = _rational(row["high"])
    if not low < high <= min(Q(1), low + Q(1, 10**4)):
        return f"row {point}: the enclosure leaves [0, 1] or is wider than a ten-thousandth"
    pair = inverted_pair(parameters, high)
    if pair is None or row["pair"] != list(pair):
        return f"row {point}: no inversion of {row['pair']} is shown at {high}"
    return ""
