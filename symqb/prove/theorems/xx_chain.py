"""T8: three spins with Delta = 0 (the XX chain), in every field that separates the magnetisations.

At Delta = 0 two pairs of levels do not couple, and what is left rises along every path for every
concave f, whatever its bending: rational arithmetic decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from symqb.battery import xxz_battery
from symqb.models.plain_data import JsonObject
from symqb.prove.boxes import Box
from symqb.prove.polynomials import rational
from symqb.prove.theorems.far_field import Ends, Path, in_theta, integrals, upward_paths

Q = Fraction
HALF = Q(1, 2)
# all levels of one magnetisation lie below the next for B0/alpha above this
THRESHOLD = Q(1)


@cache
def uncoupled() -> frozenset[frozenset[int]]:
    """The pairs of levels whose squared matrix element vanishes at Delta = 0; derived."""
    found = set()
    for transition in xxz_battery(spins=3).transitions():
        elements = [in_theta(weight) for weight in transition.weights.values()]
        values = [sum((c * HALF**k for k, c in enumerate(e)), Q(0)) for e in elements]
        if not any(values):
            found.add(frozenset((transition.upper, transition.lower)))
    return frozenset(found)


def rises_above(path: Path, field: Fraction) -> bool:
    """Whether X > 0 for every concave f and every B0/alpha above ``field``.

    A path with as many steps down as up does not feel the field.  One with a step up more gains
    B0/alpha - field in each integral of n, so zero suffices at ``field`` itself.
    """
    up, down = ([s + rational(field) for s in steps] for steps in Ends.of(HALF, HALF).hardest(path))
    found = integrals(up, down)
    if min([*up, *down]) <= 0 or min(found) < 0:
        return False
    return len(up) > len(down) or bool(found[-1] > 0)


@dataclass(frozen=True)
class XXChain:
    """The statement that X > 0 on every path at Delta = 0, for B0 > ``field`` alpha."""

    name: str = "T8_xx"
    field: Fraction = THRESHOLD

    @property
    def title(self) -> str:
        return (
            "three spins, epsilon = 0, Delta = 0, B0 > 2 sqrt(2) |J|: strictly passive at all "
            "temperatures"
        )

    @property
    def root(self) -> Box:
        return ((HALF, HALF),)

    @property
    def scope(self) -> str:
        return "J != 0, Delta = 0, T_hot > 0, T_cold >= 0, B0 > 2 sqrt(2) |J|"

    def to_json(self) -> JsonObject:
        """The statement as a JSON object."""
        return {
            "name": self.name,
            "box": {"theta": ["1/2", "1/2"]},
            "field": str(self.field),
            "uncoupled": sorted("-".join(map(str, sorted(pair))) for pair in uncoupled()),
        }

    def decide(self, box: Box) -> int | None:
        """None if every path rises; there is nothing to halve otherwise."""
        if box != self.root:
            raise ValueError(f"T8_xx is a statement at theta = 1/2, not on {box}")
        rising = (rises_above(path, self.field) for path in upward_paths(uncoupled()))
        return None if all(rising) else 0
