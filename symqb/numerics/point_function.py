"""One way to call any battery on arrays: the emitted function, or the engine point by point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from symqb import emit
from symqb.derive.derivation import Derivation
from symqb.derive.derived import derivation_of
from symqb.derive.energetics import output_names
from symqb.derive.system_derivation import SystemDerivation
from symqb.emit.result import Result
from symqb.models import BatteryModel, check_parameters
from symqb.models.calls import choose_outputs
from symqb.models.errors import located
from symqb.models.system import System
from symqb.numerics.apart import Apart
from symqb.numerics.chain import evaluate_chain
from symqb.numerics.composed_points import ComposedPoints
from symqb.numerics.degeneracy import DISTANCES
from symqb.numerics.limits import check_chain
from symqb.numerics.progress import operations
from symqb.numerics.system_points import over_points

Composed = tuple[tuple[str, sp.Expr], ...]
"""Outputs that are made of others: name and expression."""

DIGITS_TIMES = 30
"""About how much longer a point takes whose outputs are found by digits, as expressions are."""

WIDE = ("energies", "populations")


def points_of(
    arrays: Mapping[str, npt.NDArray[np.float64]],
) -> tuple[tuple[int, ...], Iterator[tuple[tuple[int, ...], dict[str, float]]]]:
    """The common shape of arrays that broadcast, and each index with the numbers there."""
    shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    whole = {name: np.broadcast_to(array, shape) for name, array in arrays.items()}
    points = (
        (index, {name: float(array[index]) for name, array in whole.items()})
        for index in np.ndindex(*shape)
    )
    return shape, points


class PointFunction:
    """The chosen outputs of a battery as a function of broadcastable parameters.

    Parameters
    ----------
    model : BatteryModel
        The battery; with a closed form its emitted NumPy function is used.
    outputs : tuple of str
        Which outputs.
    by : tuple of str
        Parameters to differentiate the outputs by, where there is a closed form.
    composed : tuple of pairs
        Those of the outputs that are made of others, with their expressions.

    Raises
    ------
    ParameterError
        An unknown output.
    """

    _derived: Derivation | SystemDerivation

    def __init__(
        self,
        model: BatteryModel,
        outputs: tuple[str, ...],
        by: tuple[str, ...] = (),
        composed: Composed = (),
    ) -> None:
        self.model = model
        self._derived = derivation_of(model)
        self.levels = 2**model.chain.spins
        known = (*output_names(model), *DISTANCES)
        self._begin(model, outputs, by, composed, known, in_numbers=DISTANCES)

    def _begin(
        self,
        model: BatteryModel | System,
        outputs: tuple[str, ...],
        by: tuple[str, ...],
        composed: Composed,
        known: tuple[str, ...],
        *,
        in_numbers: tuple[str, ...],
    ) -> None:
        """Check the outputs, and emit them if there is a program of all."""
        derived = self._derived
        self.outputs = outputs
        self.parameters, self.temperatures = derived.parameters, derived.temperatures
        self.kappa = derived.kappa
        self.defaults = {self.kappa: 1.0} if self.kappa else {}
        self._composed = dict(composed)
        self._made_at = ComposedPoints(model, composed)
        choose_outputs(outputs, (*known, *self._composed))
        self._by, self.derivatives = by, tuple[str, ...]()
        # an output comes by the same way whatever is asked for beside it
        self._written = tuple(n for n in outputs if n not in in_numbers) if derived.closed else ()
        self._emitted = self._emit(self._fallback()) if self._written else None

    def _fallback(self) -> Callable[..., Any]:
        """Who solves points that the program in doubles cannot."""
        return self._made_at if self._composed else Apart(self.model)

    @property
    def closed(self) -> bool:
        """Whether a closed form is evaluated, on whole arrays at once."""
        return len(self._written) == len(self.outputs)

    def wide(self, output: str) -> bool:
        """Whether an output has an axis of levels."""
        return output in WIDE

    @property
    def seconds(self) -> float:
        """About what a point takes that is solved by the engine: a millisecond a spin, then more.

        Matrix products take it where chains are long.
        """
        spins = self.model.chain.spins
        once = 0.0008 * spins + operations(spins) / 4e9
        return once * DIGITS_TIMES if self._composed else once

    def check_memory(self) -> None:
        """Refuse a model whose points do not fit into memory."""
        if not self.closed:
            check_chain(self.model)

    def _emit(self, fallback: Callable[..., Any]) -> Callable[..., Result]:
        derived = self._derived
        program = derived.pruned(self._written, self._by, self._composed)
        self.derivatives = tuple(name for name in program.outputs if name not in self.outputs)
        function: Callable[..., Result] = emit.emit_numpy(
            program,
            plain=derived.plain(self._written, self._by, self._composed),
            parameters=self.parameters,
            labels=derived.labels,
            temperatures=self.temperatures,
            kappa=self.kappa,
            fallback=fallback,
        )
        return function

    def __call__(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs, levels last, and their derivatives if there are any."""
        if self.closed and self._emitted is not None:
            return self._by_program(self._emitted, parameters)
        arrays = check_parameters(
            self.parameters,
            parameters,
            temperatures=self.temperatures,
            kappa=self.kappa,
            defaults=self.defaults,
        )
        solving = tuple(name for name in self.outputs if name not in self._written)
        made = tuple(name for name in solving if name in self._composed)
        found = self._made_by_point(arrays, made) if made else {}
        plain = tuple(name for name in solving if name not in made)
        if plain:
            found |= self._point_by_point(arrays, plain)
        if self._emitted is not None:
            found |= self._by_program(self._emitted, parameters)
        return found

    def _by_program(
        self, emitted: Callable[..., Result], parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        result = emitted(**parameters)
        return {name: result[name] for name in (*self._written, *self.derivatives)}

    def _made_by_point(self, arrays: Mapping[str, Any], outputs: tuple[str, ...]) -> dict[str, Any]:
        """Outputs made of others, without a program, from those that they are made of."""
        found, _ = over_points(arrays, lambda point: self._made_at.solve(outputs, point))
        return {name: np.asarray(found[name]) for name in outputs}

    def _point_by_point(
        self, arrays: Mapping[str, Any], outputs: tuple[str, ...]
    ) -> dict[str, Any]:
        """The outputs by the engine, at checked parameters."""
        shape, points = points_of(arrays)
        values: dict[str, Any] = {
            name: np.empty((*shape, self.levels) if self.wide(name) else shape) for name in outputs
        }
        for index, point in points:
            with located(index=index):
                solved = evaluate_chain(self.model, point, outputs=outputs, progress=False)
            for name in outputs:
                values[name][index] = solved[name]
        return values
