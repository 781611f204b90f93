"""Points of a network that its program in doubles cannot do: more digits, and rates that are 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from symqb.derive.expression import ExpressionBuilder
from symqb.derive.hamiltonian import as_expr
from symqb.derive.rate_networks import NetworkDerivation
from symqb.emit.digits import evaluate_digits
from symqb.models import AbsentError
from symqb.models.errors import located
from symqb.models.network import Jump
from symqb.program import Builder, Program

DIGITS = 25
"""Decimal digits that doubles are rounded from."""


@dataclass(frozen=True)
class NetworkPoints:
    """Solves single points by digits, on the graph of the jumps that happen there.

    Parameters
    ----------
    derivation : NetworkDerivation
    write : callable
        From a derivation to the program that is evaluated.
    """

    derivation: NetworkDerivation
    write: Callable[[NetworkDerivation], Program]

    def __call__(
        self, program: Program, point: Mapping[str, Any], digits: int | None = None
    ) -> Mapping[str, Any]:
        """Evaluate the outputs of a program at a point, as mpmath numbers.

        Raises
        ------
        AbsentError
            The affinity of a cycle of which a rate is zero here.
        DomainError, SteadyStateError
            A negative rate; a steady state that is not unique, or a target that is never reached.
        """
        count = digits or DIGITS
        with located(point):
            happening = self._happening(point, count)
            if happening == self.derivation.jumps:
                return evaluate_digits(program, count, point)
            lost = tuple(name for name in program.outputs if name.startswith("affinity_"))
            if lost:
                raise AbsentError(
                    f"{lost[0]} is told only where every rate of the network is > 0; leave it out",
                    lost,
                )
            apart = self.write(replace(self.derivation, present=happening))
            return evaluate_digits(apart.prune(program.outputs), count, point)

    @cached_property
    def _rates(self) -> Program:
        builder = Builder(self.derivation.parameters)
        expressions = ExpressionBuilder(builder)
        rates = self.derivation.network.rates.values()
        return builder.build({"rates": tuple(expressions.expr(as_expr(rate)) for rate in rates)})

    def _happening(self, point: Mapping[str, Any], digits: int) -> tuple[Jump, ...]:
        """The jumps whose rates are not zero at a point."""
        found = evaluate_digits(self._rates, digits, point)["rates"]
        known = dict(zip(self.derivation.network.rates, found, strict=True))
        return tuple(jump for jump in self.derivation.jumps if known[jump] != 0)
