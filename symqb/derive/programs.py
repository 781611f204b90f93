"""Programs of some outputs of a derivation, kept once made: plain, derived, composed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import ClassVar

import sympy as sp

from symqb.derive.composed import compose
from symqb.models import ParameterError
from symqb.program import Program
from symqb.program.differentiate import derivative_name, differentiate

NONE: Mapping[str, sp.Expr] = {}

Key = tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, sp.Expr], ...]]


class Programs(ABC):
    """What a derivation has of programs, each pruned to the outputs asked for.

    Attributes
    ----------
    level_outputs : frozenset of str
        Outputs that need no steady state.
    alike : frozenset of str
        Outputs that are written alike, plain or not.
    """

    level_outputs: ClassVar[frozenset[str]]
    alike: ClassVar[frozenset[str]]

    @property
    @abstractmethod
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, in order."""

    @property
    @abstractmethod
    def labels(self) -> tuple[int, ...]:
        """The levels' labels."""

    @property
    @abstractmethod
    def program(self) -> Program:
        """From the parameters to every output."""

    @property
    @abstractmethod
    def _plain(self) -> Program:
        """As ``program`` in fewer steps, guarded where they lose digits."""

    @property
    @abstractmethod
    def _levels_alone(self) -> Program:
        """The program of the outputs that need no steady state."""

    @property
    def _has_plain(self) -> bool:
        """Whether there is a shorter program."""
        return True

    def pruned(
        self,
        outputs: Iterable[str],
        by: Iterable[str] = (),
        composed: Mapping[str, sp.Expr] = NONE,
    ) -> Program:
        """Give the program of some outputs, and of their derivatives by some parameters.

        Parameters
        ----------
        outputs : iterable of str
        by : iterable of str
            Parameters to differentiate every output by.
        composed : mapping
            Outputs made of others: name to expression.

        Raises
        ------
        ParameterError
            What is differentiated by is no parameter.
        SteadyStateError
            Levels that no bath connects, if an output needs a steady state.
        """
        chosen, by = tuple(outputs), (by,) if isinstance(by, str) else tuple(by)
        unknown = [name for name in by if name not in self.parameters]
        if unknown:
            raise ParameterError(
                f"derivatives: {unknown[0]!r} is not a parameter; choose from "
                f"{', '.join(self.parameters)}"
            )
        key = (chosen, by, tuple(composed.items()))
        if key not in self._pruned:
            levels_do = set(chosen) <= self.level_outputs
            whole = self._levels_alone if levels_do else self.program
            self._pruned[key] = self._of(whole, key)
        return self._pruned[key]

    @cached_property
    def _pruned(self) -> dict[Key, Program]:
        # what is made of a program is kept with it, so that it is to be the same one
        return {}

    def plain(
        self,
        outputs: Iterable[str],
        by: Iterable[str] = (),
        composed: Mapping[str, sp.Expr] = NONE,
    ) -> Program | None:
        """Write what :meth:`pruned` does in fewer steps, guarded where they lose digits.

        None where there is none such; see :func:`symqb.derive.energetics.derive_program`.
        """
        chosen, by = tuple(outputs), (by,) if isinstance(by, str) else tuple(by)
        if set(chosen) <= self.alike or not self._has_plain:
            return None
        return self._of(self._plain, (chosen, by, tuple(composed.items())))

    def _of(self, whole: Program, key: Key) -> Program:
        outputs, by, composed = key
        if composed:
            whole = compose(whole, dict(composed), self.labels)
        return with_slopes(whole, outputs, by)


def with_slopes(program: Program, outputs: tuple[str, ...], by: tuple[str, ...]) -> Program:
    """Some outputs of a program, and their derivatives by some parameters."""
    if not by:
        return program.prune(outputs)
    wanted = [derivative_name(name, parameter) for name in outputs for parameter in by]
    return differentiate(program, by, outputs).prune([*outputs, *wanted])
