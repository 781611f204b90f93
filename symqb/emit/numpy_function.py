"""The numpy target in process: a checked, keyword-only callable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from symqb.emit import numpy_runtime
from symqb.emit.numpy_source import function_source
from symqb.emit.result import Result
from symqb.models import DegenerateLevelsError, DomainError, SteadyStateError, check_parameters
from symqb.program import Program

UNDERFLOW = "rates"
"""How the rule of a guard begins that asks for the fallback, not for an error."""

Fallback = Callable[[Mapping[str, float]], Result]


class NumpyFunction:
    """A program as a NumPy function of keyword parameters.

    Parameters
    ----------
    program : Program
        The steps to run, pruned to the outputs wanted.
    parameters : tuple of str
        Every parameter of the battery; those the outputs do not need are checked all the same.
    labels : tuple of int
        Levels along the last axis of vector outputs.
    temperatures, kappa
        Which parameters are temperatures, and which the dissipation strength (default 1).
    fallback : callable, optional
        Solves single points whose rates underflow in the program's fixed order of elimination.
    """

    def __init__(
        self,
        program: Program,
        *,
        parameters: tuple[str, ...],
        labels: tuple[int, ...],
        temperatures: tuple[str, ...],
        kappa: str | None,
        fallback: Fallback | None = None,
    ) -> None:
        self.program = program
        self.parameters = parameters
        self.labels = labels
        self._temperatures, self._kappa, self._fallback = temperatures, kappa, fallback
        namespace: dict[str, Any] = {"np": np}
        for name in ("bose", "boltzmann", "entropy", "ratio"):
            namespace[name] = getattr(numpy_runtime, name)
        exec(compile(function_source(program, "program"), "<symqb numpy>", "exec"), namespace)
        self._run: Callable[..., Any] = namespace["program"]

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return tuple(self.program.outputs)

    def __call__(self, **parameters: Any) -> Result:
        """Evaluate at scalars or broadcastable arrays, keyword only.

        Raises
        ------
        ParameterError, DomainError
            Bad input; see :func:`symqb.models.check_parameters`.
        DegenerateLevelsError
            Levels that share a neighbour coincide exactly.
        SteadyStateError
            The steady state is not unique.
        """
        defaults = {self._kappa: 1.0} if self._kappa else {}
        arrays = check_parameters(
            self.parameters,
            parameters,
            temperatures=self._temperatures,
            kappa=self._kappa,
            defaults=defaults,
        )
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
        with np.errstate(all="ignore"):
            outputs, guards = self._run(*(arrays[name] for name in self.program.inputs))
        self._check_guards(guards, arrays)
        stacked = {
            name: _stack(value, shape) for name, value in zip(self.outputs, outputs, strict=True)
        }
        suspect = np.zeros(shape, dtype=bool)
        for value, guard in zip(guards, self.program.guards, strict=True):
            if guard.rule.startswith(UNDERFLOW):
                suspect |= np.equal(value, 0.0)
        self._repair(stacked, arrays, suspect)
        scalar = {k: v if v.shape else float(v) for k, v in stacked.items()}
        return Result(
            scalar, self.labels, {k: v if v.shape else float(v) for k, v in arrays.items()}
        )

    def _check_guards(self, guards: Any, arrays: Mapping[str, Any]) -> None:
        for value, guard in zip(guards, self.program.guards, strict=True):
            zero = np.equal(value, 0.0)
            if guard.rule.startswith(UNDERFLOW) or not zero.any():
                continue
            index = tuple(int(k) for k in np.argwhere(zero)[0])
            shown = ", ".join(
                f"{name}={float(np.broadcast_to(a, zero.shape)[index]):g}"
                for name, a in arrays.items()
                if np.broadcast_shapes(a.shape, zero.shape) == zero.shape
            )
            error = DegenerateLevelsError if guard.rule.startswith("levels") else DomainError
            raise error(
                f"{shown}: {guard.rule}, which is 0 here; there populations couple to coherences "
                "and the limit is not the value. Move off the point, by 1e-9 say"
                if error is DegenerateLevelsError
                else f"{shown}: {guard.rule}; leave out that output or raise the field"
            )

    def _repair(self, stacked: dict[str, Any], arrays: Mapping[str, Any], suspect: Any) -> None:
        if not any(name != "energies" for name in stacked):
            return
        shape, bad = suspect.shape, suspect
        for name, value in stacked.items():
            unknown = np.isnan(value) if name == "entropy_production" else ~np.isfinite(value)
            bad = bad | (unknown.any(axis=-1) if value.ndim > len(shape) else unknown)
        for index in map(tuple, np.argwhere(bad)):
            point = {
                name: float(np.broadcast_to(array, shape)[index]) for name, array in arrays.items()
            }
            if self._fallback is None:
                raise SteadyStateError(
                    f"no steady state in double precision at {point}: rates underflow, or the "
                    "steady state is not unique; battery.evaluate(...) tells which"
                )
            solved = self._fallback(point)
            for name, value in stacked.items():
                value[index] = solved[name]


def _stack(value: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(value, tuple):
        return np.stack([np.broadcast_to(v, shape) for v in value], axis=-1).astype(np.float64)
    return np.array(np.broadcast_to(value, shape), dtype=np.float64)


def emit_numpy(program: Program, **options: Any) -> NumpyFunction:
    """The in-process NumPy function of a program; options as for :class:`NumpyFunction`."""
    return NumpyFunction(program, **options)
