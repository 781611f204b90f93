"""One way to call any battery on arrays: the emitted function, or the engine point by point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb import emit
from symqb.derive.derivation import Derivation
from symqb.derive.energetics import output_names
from symqb.emit.result import Result
from symqb.models import BatteryModel, check_parameters
from symqb.models.calls import choose_outputs
from symqb.models.errors import located
from symqb.numerics.apart import Apart
from symqb.numerics.chain import evaluate_chain
from symqb.numerics.degeneracy import DISTANCES

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

    Raises
    ------
    ParameterError
        An unknown output.
    """

    def __init__(
        self, model: BatteryModel, outputs: tuple[str, ...], by: tuple[str, ...] = ()
    ) -> None:
        self.model, self.outputs = model, outputs
        self._derived = derived = Derivation(model)
        self.parameters, self.temperatures = derived.parameters, derived.temperatures
        self.kappa = derived.kappa
        self.defaults = {self.kappa: 1.0} if self.kappa else {}
        self.levels = 2**model.chain.spins
        known = (*output_names(model), *DISTANCES)
        choose_outputs(outputs, known)
        self._by, self.derivatives = by, tuple[str, ...]()
        self._emitted = self._emit()

    @property
    def closed(self) -> bool:
        """Whether a closed form is evaluated, on whole arrays at once."""
        return self._emitted is not None

    def wide(self, output: str) -> bool:
        """Whether an output has an axis of levels."""
        return output in WIDE

    def _emit(self) -> Callable[..., Result] | None:
        derived = self._derived
        if not derived.closed or set(self.outputs) & set(DISTANCES):
            return None
        program = derived.pruned(self.outputs, self._by)
        self.derivatives = tuple(name for name in program.outputs if name not in self.outputs)
        function: Callable[..., Result] = emit.emit_numpy(
            program,
            plain=derived.plain(self.outputs, self._by),
            parameters=self.parameters,
            labels=derived.labels,
            temperatures=self.temperatures,
            kappa=self.kappa,
            fallback=Apart(self.model),
        )
        return function

    def __call__(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs, levels last, and their derivatives if there are any."""
        if self._emitted is not None:
            result = self._emitted(**parameters)
            return {name: result[name] for name in (*self.outputs, *self.derivatives)}
        arrays = check_parameters(
            self.parameters,
            parameters,
            temperatures=self.temperatures,
            kappa=self.kappa,
            defaults=self.defaults,
        )
        shape, points = points_of(arrays)
        values: dict[str, Any] = {
            name: np.empty((*shape, self.levels) if self.wide(name) else shape)
            for name in self.outputs
        }
        for index, point in points:
            with located(index=index):
                solved = evaluate_chain(self.model, point, outputs=self.outputs, progress=False)
            for name in self.outputs:
                values[name][index] = solved[name]
        return values
