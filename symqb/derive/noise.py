"""Long-time fluctuations of what is counted along jumps: variances without numerical derivatives.

With g the solution of Poisson's equation ``sum_j k_ij (w_ij + g_j - g_i) = J`` the count less its
mean ``J t`` is a martingale but for a bounded part, so that the variance grows by
``sum p_i k_ij (w_ij + g_j - g_i)^2``: a sum of squares.  Only g is a difference: beside every step
``w_ij + g_j - g_i`` its size is kept, the sum of the moduli of what it is made of.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from symqb.derive.passages import gather
from symqb.derive.steady_state import Shares
from symqb.program import Builder, Ref
from symqb.program.builder import ONE, ZERO

ROUNDED_TWICE = Fraction(1, 2**40)
"""Share of the product of two sizes that both steps lose to rounding, with room to spare."""


@dataclass(frozen=True)
class CountedJump:
    """A jump: from where to where, its rate, its flow in the steady state, what counts add at it.

    ``adds`` has the name of a count to what it adds and to the modulus of that.
    """

    source: int
    target: int
    rate: Ref
    flow: Ref
    adds: Mapping[str, tuple[Ref, Ref]]


@dataclass(frozen=True)
class _Steps:
    """What a count less its mean makes of every jump, and the sizes of these steps.

    ``weighted`` are the sizes times the flows.
    """

    steps: list[Ref]
    sizes: list[Ref]
    weighted: list[Ref]


class Noise:
    """Write variances and covariances of counts.

    Parameters
    ----------
    builder : Builder
    jumps : sequence of CountedJump
        All jumps of the states that are populated in the end.
    folded : sequence of (state, Shares)
        The elimination of these states but one.
    kept : int
        That one.
    """

    def __init__(
        self,
        builder: Builder,
        jumps: Sequence[CountedJump],
        folded: Sequence[tuple[int, Shares]],
        kept: int,
    ) -> None:
        self.builder, self.jumps, self.folded, self.kept = builder, jumps, folded, kept
        self._steps: dict[str, _Steps] = {}
        self._sizes: dict[str, dict[int, Ref]] = {}
        self._times = self._gathered(dict.fromkeys([kept, *(node for node, _ in folded)], ONE))

    def _gathered(self, sources: Mapping[int, Ref]) -> dict[int, Ref]:
        return gather(self.builder, self.folded, sources, [self.kept])

    def _sources(self, name: str, part: int) -> dict[int, Ref]:
        """What is counted a unit of time in every state: its value, or the sum of its moduli."""
        b, found = self.builder, dict[int, Ref]()
        for jump in self.jumps:
            if name in jump.adds:
                term = b.mul(jump.rate, jump.adds[name][part])
                found[jump.source] = b.add(found.get(jump.source, ZERO), term)
        return found

    def sizes(self, name: str, size: Ref) -> None:
        """Write the sizes of a count's steps, given that of its mean: products of positives."""
        b, own = self.builder, self._gathered(self._sources(name, 1))
        found = {k: b.add(x, b.mul(size, self._times[k])) for k, x in own.items()}
        sizes = [
            b.sum((jump.adds.get(name, (ZERO, ZERO))[1], found[jump.source], found[jump.target]))
            for jump in self.jumps
        ]
        weighted = [b.mul(jump.flow, x) for jump, x in zip(self.jumps, sizes, strict=True)]
        self._steps[name] = _Steps([], sizes, weighted)

    def steps(self, name: str, mean: Ref) -> None:
        """Write the steps of a count less its mean; its sizes come first."""
        b, own = self.builder, self._gathered(self._sources(name, 0))
        found = {k: b.sub(x, b.mul(mean, self._times[k])) for k, x in own.items()}
        for jump in self.jumps:
            ahead = b.sub(found[jump.target], found[jump.source])
            self._steps[name].steps.append(b.add(jump.adds.get(name, (ZERO, ZERO))[0], ahead))

    def covariance(self, first: str, second: str) -> tuple[Ref, Ref]:
        """Write by how much the covariance of two counts grows a unit of time, and its size.

        The variance where both are one.  The size is what relative errors of the steps' sizes are
        multiplied by.
        """
        b, one, other = self.builder, self._steps[first], self._steps[second]
        terms, sizes = list[Ref](), list[Ref]()
        for k, jump in enumerate(self.jumps):
            x, y = one.steps[k], other.steps[k]
            terms.append(b.mul(b.mul(jump.flow, x), y))
            for step, weighted in ((x, other.weighted[k]), (y, one.weighted[k])):
                sizes.append(b.mul(weighted, b.apply("abs", b.strip_sign(step))))
            both = b.mul(other.weighted[k], one.sizes[k])
            sizes.append(b.mul(ROUNDED_TWICE, both))
        return b.sum(terms), b.sum(sizes)


def is_gradient(jumps: Sequence[tuple[Hashable, Hashable, sp.Expr]]) -> bool:
    """Tell whether what jumps add is everywhere the difference of one function of the states.

    Only what is seen on expanding counts.

    Parameters
    ----------
    jumps : sequence of (source, target, expression)
        Which connect all states.

    Examples
    --------
    >>> one = sp.S.One
    >>> is_gradient([("a", "b", one), ("b", "a", -one)])
    True
    >>> is_gradient([("a", "b", one), ("b", "a", one)])
    False
    """
    links: dict[Hashable, list[tuple[Hashable, sp.Expr]]] = {}
    for a, c, w in jumps:
        links.setdefault(a, []).append((c, w))
        links.setdefault(c, []).append((a, -w))
    heights: dict[Hashable, sp.Expr] = {a: sp.S.Zero for a, _, _ in jumps[:1]}
    waiting = list(heights)
    while waiting:
        a = waiting.pop()
        for c, w in links[a]:
            if c not in heights:
                heights[c] = heights[a] + w
                waiting.append(c)
    return all(sp.expand(w - heights[c] + heights[a]) == 0 for a, c, w in jumps)
