"""One way to call any battery on arrays: the emitted function, or the engine point by point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb import derive, emit
from symqb.derive.energetics import output_names
from symqb.derive.hamiltonian import as_expr
from symqb.emit.result import Result
from symqb.models import BatteryModel, NoClosedFormError, ParameterError, check_parameters
from symqb.numerics.apart import Apart
from symqb.numerics.chain import evaluate_chain
from symqb.numerics.degeneracy import DISTANCES
from symqb.program.differentiate import derivative_name, differentiate

CLOSED_FORM_SPINS = 3
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
        self.parameters = derive.parameter_names(model)
        names = [str(as_expr(bath.temperature)) for bath in model.baths]
        self.temperatures = tuple(name for name in names if name in self.parameters)
        kappa = str(as_expr(model.kappa))
        self.kappa = kappa if kappa in self.parameters else None
        self.defaults = {self.kappa: 1.0} if self.kappa else {}
        self.levels = 2**model.chain.spins
        known = (*output_names(model), *DISTANCES)
        unknown = [name for name in outputs if name not in known]
        if unknown or not outputs:
            shown = repr(unknown[0]) if unknown else "an empty choice"
            raise ParameterError(f"outputs: {shown} is unknown; choose {', '.join(known)}")
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
        closed = self.model.chain.spins <= CLOSED_FORM_SPINS
        if not closed or set(self.outputs) & set(DISTANCES):
            return None
        try:
            eigensystem = derive.derive_eigensystem(self.model)
            transitions = derive.derive_transitions(self.model, eigensystem)
            program = derive.derive_program(self.model, eigensystem, transitions)
            plain = derive.derive_program(self.model, eigensystem, transitions, plain=True)
        except NoClosedFormError:
            return None
        if self._by:
            names = tuple(derivative_name(o, name) for o in self.outputs for name in self._by)
            program = differentiate(program, self._by, self.outputs)
            self.derivatives = names
        function: Callable[..., Result] = emit.emit_numpy(
            program.prune([*self.outputs, *self.derivatives]),
            plain=None if self._by else plain.prune(self.outputs),
            parameters=self.parameters,
            labels=tuple(level.label for level in eigensystem),
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
            solved = evaluate_chain(self.model, point, progress=False)
            for name in self.outputs:
                values[name][index] = solved[name]
        return values
