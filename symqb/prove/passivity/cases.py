"""What is certified about passivity beyond the paper: exact points, each with what it refutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from symqb.models import xxz_model
from symqb.prove.passivity.proofs import BallVerdict, Cover, cover_temperatures, decide_passivity


@dataclass(frozen=True)
class Case:
    """A statement about the steady state of the paper's battery at one exact point.

    Attributes
    ----------
    name, statement : str
        What it is called and what it says.
    spins : int
        Length of the chain.
    point : mapping
        Exact parameters.
    verdict : str
        What the certificate must come to: ``"active"`` or ``"passive"``.
    saturated : bool
        Whether the statement includes that the field is above saturation.
    """

    name: str
    statement: str
    spins: int
    point: Mapping[str, Fraction]
    verdict: str = "active"
    saturated: bool = False

    def certify(self) -> BallVerdict:
        """Decide the point in ball arithmetic."""
        return decide_passivity(xxz_model(self.spins), self.point)

    def holds(self, found: BallVerdict) -> bool:
        """Whether a verdict is the one stated."""
        return found.verdict == self.verdict and (found.above_saturation or not self.saturated)


def _point(epsilon: int, B0: str, J: int, Delta: str, T_L: str, T_R: str) -> Mapping[str, Fraction]:
    values = {"epsilon": str(epsilon), "B0": B0, "J": str(J), "Delta": Delta}
    values |= {"T_L": T_L, "T_R": T_R}
    return MappingProxyType({name: Fraction(value) for name, value in values.items()})


SYMMETRIC = "symmetric coupling, all magnetisations separated, yet not passive"
WEAK = "symmetric coupling, weak field, not passive"
NEGATIVE = "asymmetric coupling, negative bias T_L < T_R, yet not passive"
POSITIVE = "asymmetric coupling, positive bias, not passive"

CASES = (
    *(
        Case(f"symmetric-{n}", SYMMETRIC, n, _point(0, B, 1, D, T_L, T_R), saturated=True)
        for n, B, D, T_L, T_R in (
            (5, "5.7", "0.5", "1", "4.3"),
            (6, "7.1", "0.525", "1.2", "4.9"),
            (7, "8.3", "0.52", "5.9", "1.5"),
            (8, "9.3", "0.022", "9", "2"),
        )
    ),
    *(
        Case(f"weak-field-{n}", WEAK, n, _point(0, B, 1, D, T_L, T_R))
        for n, B, D, T_L, T_R in (
            (2, "1.6", "-0.617", "0.13", "0.018"),
            (3, "2", "0.89", "0.05", "0.9"),
            *((n, "2", "-0.78", "2.3", "0.05") for n in range(4, 9)),
        )
    ),
    *(
        Case(f"negative-bias-{n}{'' if J == 1 else '-ferro'}", NEGATIVE, n, point, saturated=n == 2)
        for n, J, point in (
            (2, 1, _point(1, "2", 1, "-0.6", "0.1", "6")),
            (2, -1, _point(1, "2", -1, "0.75", "0.1", "14")),
            (3, 1, _point(1, "2", 1, "-0.9", "0.1", "2.3")),
            (3, -1, _point(1, "2", -1, "-0.9", "0.1", "2.3")),
            (4, 1, _point(1, "2", 1, "-0.92", "0.1", "2.3")),
            (4, -1, _point(1, "2", -1, "-0.93", "0.1", "2.1")),
            (5, 1, _point(1, "2", 1, "-0.88", "0.1", "2.1")),
            (5, -1, _point(1, "2", -1, "-0.88", "0.1", "2.1")),
            (6, 1, _point(1, "2", 1, "-0.9", "0.1", "2.1")),
            (6, -1, _point(1, "2", -1, "-0.7", "0.1", "1.9")),
            *((n, J, _point(1, "2", J, "-0.88", "0.1", "2.1")) for n in (7, 8) for J in (1, -1)),
        )
    ),
    *(
        Case(f"negative-bias-strong-field-{n}", NEGATIVE, n, point, saturated=True)
        for point in (_point(1, "15", -1, "-0.7", "0.3", "10"),)
        for n in range(2, 9)
    ),
    *(
        Case(f"positive-bias-{n}", POSITIVE, n, _point(1, "10", 1, "0.55", "39", "1"))
        for n in range(2, 9)
    ),
)


@dataclass(frozen=True)
class BoxCase:
    """A rectangle of temperatures with one verdict throughout, above saturation, all else exact."""

    name: str
    spins: int
    point: Mapping[str, Fraction]
    T_L: tuple[Fraction, Fraction]
    T_R: tuple[Fraction, Fraction]
    verdict: str = "passive"

    @property
    def statement(self) -> str:
        """What it says."""
        (a, b), (c, d) = self.T_L, self.T_R
        return f"{self.verdict} for all T_L in [{a}, {b}], T_R in [{c}, {d}]"

    def holds(self, found: Cover) -> bool:
        """Whether every box of a cover has the verdict stated, above saturation."""
        return found.verdict == self.verdict and found.above_saturation

    def certify(self) -> Cover:
        """Cover the square by boxes, each decided in ball arithmetic."""
        point = {name: value for name, value in self.point.items() if name not in ("T_L", "T_R")}
        return cover_temperatures(xxz_model(self.spins), point, self.T_L, self.T_R)


def _box(
    spins: int, B0: str, Delta: str, T_L: tuple[str, str], T_R: tuple[str, str], verdict: str
) -> BoxCase:
    point = _point(0, B0, 1, Delta, T_L[0], T_R[0])
    left, right = ((Fraction(low), Fraction(high)) for low, high in (T_L, T_R))
    return BoxCase(f"{verdict}-{spins}", spins, point, left, right, verdict)


BOXES = (
    _box(3, "5", "0.5", ("1", "4"), ("1", "4"), "passive"),
    _box(4, "5", "0.5", ("1", "3"), ("1", "3"), "passive"),
    _box(5, "5.7", "0.5", ("2", "2.1"), ("2", "2.1"), "passive"),
    _box(5, "5.7", "0.5", ("0.99", "1.01"), ("4.28", "4.32"), "active"),
    _box(6, "7.1", "0.525", ("2", "2.01"), ("2", "2.01"), "passive"),
    _box(6, "7.1", "0.525", ("1.195", "1.205"), ("4.89", "4.91"), "active"),
)
