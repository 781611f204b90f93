"""What is certified about passivity beyond the paper: exact points, and rectangles of temperatures.

Each is a statement for a tree of boxes (:mod:`symqb.prove.boxes`), like those of T8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

from symqb.models import xxz_model
from symqb.models.plain_data import JsonObject
from symqb.prove.boxes import UNDECIDED, Box, Statement
from symqb.prove.passivity.proofs import (
    BallBattery,
    BallVerdict,
    check_temperatures,
    coarsest,
    decide_passivity,
)

WORDS = {"passive": "passive everywhere", "active": "passive nowhere"}


@dataclass(frozen=True)
class Case:
    """The steady state of the paper's battery at one exact point, and its verdict.

    Attributes
    ----------
    name : str
        What it is called.
    spins : int
        Length of the chain.
    point : mapping
        Exact parameters.
    verdict : str
        What ball arithmetic must come to: ``"active"`` or ``"passive"``.
    saturated : bool
        Whether it is stated that the field is above saturation.
    """

    name: str
    spins: int
    point: Mapping[str, Fraction] = field(hash=False)
    verdict: str = "active"
    saturated: bool = False

    def certify(self) -> BallVerdict:
        """Decide the point in ball arithmetic."""
        return decide_passivity(xxz_model(self.spins), self.point)

    def holds(self, found: BallVerdict) -> bool:
        """Whether a verdict is the one stated."""
        return found.verdict == self.verdict and (found.above_saturation or not self.saturated)

    def to_json(self) -> JsonObject:
        """The case as a JSON object."""
        return {
            "name": self.name,
            "spins": self.spins,
            "point": {name: str(value) for name, value in self.point.items()},
            "verdict": self.verdict,
            "above_saturation": self.saturated,
        }


@dataclass(frozen=True)
class Points:
    """The statement that each of some cases is as stated; there is nothing to halve."""

    name: str
    title: str
    cases: tuple[Case, ...]

    @property
    def root(self) -> Box:
        return ()

    @property
    def scope(self) -> str:
        return f"the {len(self.cases)} points of the statement"

    def decide(self, box: Box) -> int | None:
        """None if every case holds."""
        return None if all(case.holds(case.certify()) for case in self.cases) else UNDECIDED

    def to_json(self) -> JsonObject:
        """The statement as a JSON object."""
        return {"name": self.name, "points": [case.to_json() for case in self.cases]}


@cache
def _battery(spins: int, couplings: tuple[tuple[str, Fraction], ...]) -> BallBattery:
    """The levels and matrix elements, enclosed once for all boxes of temperatures."""
    return BallBattery(xxz_model(spins), dict(couplings))


@dataclass(frozen=True)
class Rectangle:
    """The statement of one verdict throughout a rectangle of temperatures, above saturation.

    Attributes
    ----------
    name : str
        What it is called.
    spins : int
        Length of the chain.
    couplings : mapping
        The other parameters, exact.
    T_L, T_R : pair of Fraction
        The rectangle.
    verdict : str
        ``"active"`` or ``"passive"``.

    Raises
    ------
    DomainError
        A rectangle that touches zero temperature.
    """

    name: str
    spins: int
    couplings: Mapping[str, Fraction] = field(hash=False)
    T_L: tuple[Fraction, Fraction]
    T_R: tuple[Fraction, Fraction]
    verdict: str = "passive"

    def __post_init__(self) -> None:
        check_temperatures(self.root)

    @property
    def title(self) -> str:
        at = ", ".join(f"{name} = {value}" for name, value in self.couplings.items())
        return f"{self.spins} spins, {at}: above saturation and {WORDS[self.verdict]}"

    @property
    def root(self) -> Box:
        return (self.T_L, self.T_R)

    @property
    def scope(self) -> str:
        (a, b), (c, d) = self.root
        return f"T_L in [{a}, {b}], T_R in [{c}, {d}]"

    def holds(self, found: BallVerdict) -> bool:
        """Whether a verdict is the one stated, above saturation."""
        return found.verdict == self.verdict and found.above_saturation

    def decide(self, box: Box) -> int | None:
        """None if the verdict holds on a box of temperatures, else the one to halve.

        ``UNDECIDED`` where another verdict holds, and no halving will change it.
        """
        battery = _battery(self.spins, tuple(self.couplings.items()))
        found = battery.decide(T_L=box[0], T_R=box[1])
        if self.holds(found):
            return None
        return coarsest(box) if found.verdict == "open" else UNDECIDED

    def to_json(self) -> JsonObject:
        """The statement as a JSON object."""
        sides = dict(zip(("T_L", "T_R"), self.root, strict=True))
        return {
            "name": self.name,
            "spins": self.spins,
            "point": {name: str(value) for name, value in self.couplings.items()},
            "box": {name: [str(low), str(high)] for name, (low, high) in sides.items()},
            "verdict": self.verdict,
            "above_saturation": True,
        }


def _couplings(epsilon: int, B0: str, J: int, Delta: str) -> dict[str, Fraction]:
    values = {"epsilon": str(epsilon), "B0": B0, "J": str(J), "Delta": Delta}
    return {name: Fraction(value) for name, value in values.items()}


def _point(epsilon: int, B0: str, J: int, Delta: str, T_L: str, T_R: str) -> dict[str, Fraction]:
    return _couplings(epsilon, B0, J, Delta) | {"T_L": Fraction(T_L), "T_R": Fraction(T_R)}


SYMMETRIC = tuple(
    Case(f"symmetric-{n}", n, _point(0, B, 1, D, T_L, T_R), saturated=True)
    for n, B, D, T_L, T_R in (
        (5, "5.7", "0.5", "1", "4.3"),
        (6, "7.1", "0.525", "1.2", "4.9"),
        (7, "8.3", "0.52", "5.9", "1.5"),
        (8, "9.3", "0.022", "9", "2"),
    )
)
WEAK = tuple(
    Case(f"weak-field-{n}", n, _point(0, B, 1, D, T_L, T_R))
    for n, B, D, T_L, T_R in (
        (2, "1.6", "-0.617", "0.13", "0.018"),
        (3, "2", "0.89", "0.05", "0.9"),
        *((n, "2", "-0.78", "2.3", "0.05") for n in range(4, 9)),
    )
)
NEGATIVE = tuple(
    Case(
        f"negative-bias-{n}{'' if J == 1 else '-ferro'}",
        n,
        _point(1, "2", J, D, "0.1", T_R),
        saturated=n == 2,
    )
    for n, J, D, T_R in (
        (2, 1, "-0.6", "6"),
        (2, -1, "0.75", "14"),
        (3, 1, "-0.9", "2.3"),
        (3, -1, "-0.9", "2.3"),
        (4, 1, "-0.92", "2.3"),
        (4, -1, "-0.93", "2.1"),
        (5, 1, "-0.88", "2.1"),
        (5, -1, "-0.88", "2.1"),
        (6, 1, "-0.9", "2.1"),
        (6, -1, "-0.7", "1.9"),
        *((n, J, "-0.88", "2.1") for n in (7, 8) for J in (1, -1)),
    )
)
STRONG = tuple(
    Case(
        f"negative-bias-strong-field-{n}",
        n,
        _point(1, "15", -1, "-0.7", "0.3", "10"),
        saturated=True,
    )
    for n in range(2, 9)
)
POSITIVE = tuple(
    Case(f"positive-bias-{n}", n, _point(1, "10", 1, "0.55", "39", "1")) for n in range(2, 9)
)
CASES = (*SYMMETRIC, *WEAK, *NEGATIVE, *STRONG, *POSITIVE)

POINTS = tuple(
    Points(f"T10_{name}", f"{title}: not passive at an exact point", cases)
    for name, title, cases in (
        ("symmetric", "five to eight spins, epsilon = 0, above saturation", SYMMETRIC),
        ("weak_field", "two to eight spins, epsilon = 0, weak field", WEAK),
        ("negative_bias", "two to eight spins, epsilon = 1, T_L < T_R, B0 = 2 |J|", NEGATIVE),
        ("strong_field", "two to eight spins, epsilon = 1, T_L < T_R, above saturation", STRONG),
        ("positive_bias", "two to eight spins, epsilon = 1, T_L > T_R", POSITIVE),
    )
)


def _rectangle(
    spins: int, B0: str, Delta: str, T_L: tuple[str, str], T_R: tuple[str, str], verdict: str
) -> Rectangle:
    left, right = ((Fraction(low), Fraction(high)) for low, high in (T_L, T_R))
    couplings = _couplings(0, B0, 1, Delta)
    return Rectangle(f"T10_{verdict}_{spins}", spins, couplings, left, right, verdict)


RECTANGLES = (
    _rectangle(3, "5", "0.5", ("1", "4"), ("1", "4"), "passive"),
    _rectangle(4, "5", "0.5", ("1", "3"), ("1", "3"), "passive"),
    _rectangle(5, "5.7", "0.5", ("2", "2.1"), ("2", "2.1"), "passive"),
    _rectangle(5, "5.7", "0.5", ("0.99", "1.01"), ("4.28", "4.32"), "active"),
    _rectangle(6, "7.1", "0.525", ("2", "2.01"), ("2", "2.01"), "passive"),
    _rectangle(6, "7.1", "0.525", ("1.195", "1.205"), ("4.89", "4.91"), "active"),
)

MAP: tuple[Statement, ...] = (*POINTS, *RECTANGLES)
"""T10, as the ledger has it."""
