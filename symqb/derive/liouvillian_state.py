"""The steady state of a system whose populations meet coherences, as formulas and programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symqb.derive.expression import to_sympy
from symqb.derive.liouvillian import Place
from symqb.derive.liouvillian_elimination import is_population
from symqb.derive.liouvillian_fractions import rational_outputs
from symqb.derive.liouvillian_solution import Trial, elimination_program, entry_name
from symqb.models import NoClosedFormError
from symqb.models.displays import Tabular
from symqb.program import Program

LARGEST_SIMPLIFIED = 200
"""Steps of an elimination up to which rational functions are brought to lowest terms."""


@dataclass(frozen=True, repr=False)
class CoherentSteadyState(Tabular):
    """The steady state: populations of levels and the density matrix, as a program and as formulas.

    Attributes
    ----------
    labels : tuple of int
        The levels.
    full : Program
        From the parameters to ``populations``, where these have a closed form, and to the elements
        ``density_re_<i>_<j>`` and ``density_im_<i>_<j>`` over the bare states.
    trial : Trial
        Which unknowns there are, and how they are eliminated.
    symbols : mapping
        The parameters by name.
    """

    labels: tuple[int, ...]
    full: Program
    trial: Trial
    symbols: Mapping[str, sp.Symbol]

    @property
    def program(self) -> Program:
        """From the parameters to the populations and the density matrix."""
        return self.full

    @property
    def unknowns(self) -> tuple[Place, ...]:
        """The populations and the parts of coherences that are solved for, states from 0.

        Of bare states or of levels, whichever are fewer.
        """
        return tuple(sorted(self.trial.places))

    @property
    def entries(self) -> dict[str, tuple[Place, Place]]:
        """The entries of the generator that :attr:`elimination` takes: which moves which."""
        return {
            entry_name(row, column): (row, column)
            for row, column in sorted(self.trial.entries)
            if {row, column} <= self.trial.places and not (row == column and is_population(row))
        }

    @cached_property
    def elimination(self) -> Program:
        """From entries of the generator to the :attr:`unknowns`, ``state``."""
        return elimination_program(self.trial)

    def _formulas(self, names: Iterable[str]) -> dict[str, Any]:
        """Outputs as SymPy expressions, in lowest terms where they are rational functions."""
        full = self.full
        bare = Program.from_checked(full.inputs, full.steps, full.outputs, ()).prune(names)
        made = None
        if len(self.elimination.steps) <= LARGEST_SIMPLIFIED:
            made = rational_outputs(bare, self.symbols)
        return to_sympy(bare, self.symbols) if made is None else made

    @property
    def has_populations(self) -> bool:
        """Whether the populations of the levels have a closed form."""
        return "populations" in self.full.outputs

    @cached_property
    def populations(self) -> tuple[sp.Expr, ...]:
        """The populations of the levels as SymPy expressions in the parameters, exact.

        Raises
        ------
        NoClosedFormError
            The levels have none, or three that coincide are coherent; see :attr:`density`.
        """
        if not self.has_populations:
            raise NoClosedFormError(
                "the levels, or populations of coinciding ones, have no closed form; the density "
                "matrix has: use .density, or evaluate(...) for numbers"
            )
        return tuple(self._formulas(["populations"])["populations"])

    @cached_property
    def density(self) -> sp.ImmutableMatrix:
        """The density matrix over the bare states as SymPy expressions, exact."""
        size = len(self.labels)
        found = sp.zeros(size, size)
        elements = [name for name in self.full.outputs if name.startswith("density_")]
        for name, value in self._formulas(elements).items():
            _, part, i, j = name.split("_")
            row, column = int(i) - 1, int(j) - 1
            unit = sp.S.One if part == "re" else sp.I
            found[row, column] += unit * value
            if row != column:
                found[column, row] += sp.conjugate(unit) * value
        return sp.ImmutableMatrix(found)
