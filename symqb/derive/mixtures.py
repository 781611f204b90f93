"""Matrix elements between two levels with a square root each, as steps without cancellation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from symqb.derive.eigensystem import Eigensystem, Level
from symqb.derive.expression import ExpressionBuilder
from symqb.derive.hamiltonian import Spins, as_expr
from symqb.derive.transitions import site_terms
from symqb.models import Bath, BatteryModel
from symqb.program import Ref


class MixtureWriter:
    r"""Writes squared matrix elements from the amplitudes of the states.

    A level of the block of :class:`symqb.derive.eigensystem.Mixing` with
    :math:`r = \sqrt{h^2 + bc}` has the amplitudes :math:`(b, |h| + r)` or :math:`(|h| + r, c)` as
    :math:`h < 0` or :math:`h \ge 0` on the upper branch, and those of the other sign of h, one
    negative, on the lower: sums of nonnegative numbers, and no quotient that could be 0/0.
    """

    def __init__(
        self, model: BatteryModel, eigensystem: Eigensystem, expressions: ExpressionBuilder
    ) -> None:
        self._baths: Mapping[str, Bath] = {bath.name: bath for bath in model.baths}
        self._collective = model.dissipation == "collective"
        self._eigensystem, self._expressions = eigensystem, expressions
        self._sums: dict[Ref, Ref] = {}

    def _amplitudes(self, level: Level) -> dict[Spins, Ref]:
        mixing, b = level.mixing, self._expressions.builder
        to_sympy = self._eigensystem.field.to_sympy
        if mixing is None:
            return {s: self._expressions.surd(a) for s, a in level.amplitudes.items()}
        half, right, left = (
            self._expressions.expr(sp.factor(to_sympy(x)))
            for x in (mixing.half, mixing.right, mixing.left)
        )
        root = b.apply("sqrt", b.add(b.mul(half, half), b.mul(right, left)))
        large = b.add(b.apply("abs", b.strip_sign(half)), root)
        if level.branch:
            first, second = b.by_sign(half, large, right), b.by_sign(half, left, large)
        else:
            first = b.by_sign(half, right, b.neg(large))
            second = b.by_sign(half, b.neg(large), left)
        return {
            state: ref if sign > 0 else b.neg(ref)
            for ref, combination in zip((first, second), mixing.basis, strict=True)
            for state, sign in combination
        }

    def weight(self, upper: int, lower: int, bath: str) -> Ref:
        """The squared matrix element of a bath between two levels."""
        b, couplings = self._expressions.builder, self._baths[bath].couplings
        up, down = (self._amplitudes(self._eigensystem[label]) for label in (upper, lower))
        axis = self._baths[bath].axis
        elements = [
            b.mul(self._expressions.expr(as_expr(weight)), self._element(up, down, site, axis))
            for site, weight in couplings
        ]
        parts = [self._whole(elements)] if self._collective else elements
        total = b.sum(b.mul(part, part) for part in parts)
        norms = [b.sum(b.mul(a, a) for a in amplitudes.values()) for amplitudes in (up, down)]
        return b.div(total, b.mul(*norms))

    def _whole(self, terms: Sequence[Ref]) -> Ref:
        """A sum that may cancel; it is kept with the sum of its moduli."""
        b = self._expressions.builder
        total = b.sum(terms)
        if total not in terms:
            self._sums[total] = b.sum(b.apply("abs", b.strip_sign(term)) for term in terms)
        return total

    def cancelling(self) -> list[tuple[Ref, Ref]]:
        """The sums of terms of either sign, each with the sum of their moduli."""
        return list(self._sums.items())

    def _element(
        self, up: Mapping[Spins, Ref], down: Mapping[Spins, Ref], site: int, axis: str
    ) -> Ref:
        b = self._expressions.builder
        terms = [
            b.mul(up[above], down[below]) if sign > 0 else b.neg(b.mul(up[above], down[below]))
            for above, below, sign in site_terms(up, down, site, axis)
        ]
        return self._whole(terms)
