"""The best parameters within bounds: for an output of the steady state, or power of charging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from symqb.models import BatteryModel, DomainError, ParameterError, SymqbError, check_parameters
from symqb.models.extras import need
from symqb.numerics.point_function import WIDE, PointFunction
from symqb.numerics.power import POWER, PowerFunction, check_time

Array = npt.NDArray[np.float64]

STEP = 1e-6
"""Of the range of a parameter: the step of a central difference."""


@dataclass(frozen=True)
class Optimum:
    """The best point found.

    Attributes
    ----------
    parameters : mapping
        All parameters at the best point, the fixed ones too.
    value : float
        The output there.
    path : tuple of (mapping, float)
        The best point after each start that beat those before, and its value.
    steps : tuple of (mapping, float)
        The way of the best start: its first point, then every iterate of the optimiser.
    evaluations : int
        How many points were evaluated.
    exact_gradient : bool
        Whether gradients came from the program, or from differences.
    message : str
        What the optimiser said of the best start.
    """

    parameters: Mapping[str, float]
    value: float
    path: tuple[tuple[Mapping[str, float], float], ...]
    steps: tuple[tuple[Mapping[str, float], float], ...]
    evaluations: int
    exact_gradient: bool
    message: str


class _Objective:
    """An output as a function of the unit cube, with its gradient.

    The gradient is the emitted one where there is a closed form, else by central differences.
    """

    def __init__(
        self,
        model: BatteryModel,
        output: str,
        bounds: Mapping[str, tuple[float, float]],
        fixed: Mapping[str, float],
        time: float | None = None,
    ) -> None:
        self._function: PointFunction | PowerFunction
        if output == POWER:
            self._function = PowerFunction(model, check_time(time), tuple(bounds))
        else:
            self._function = PointFunction(model, (output,), tuple(bounds))
        self._output, self._fixed = output, {**self._function.defaults, **fixed}
        self.names = tuple(bounds)
        self.low = np.array([bounds[name][0] for name in self.names], dtype=np.float64)
        self.high = np.array([bounds[name][1] for name in self.names], dtype=np.float64)
        self.evaluations = 0
        for corner in (self.low, self.high):
            check_parameters(
                self._function.parameters,
                {**self._fixed, **dict(zip(self.names, corner.tolist(), strict=True))},
                temperatures=self._function.temperatures,
                kappa=self._function.kappa,
            )

    def point(self, x: Array) -> dict[str, float]:
        """The parameters at a place in the unit cube."""
        values = self.low + np.clip(x, 0.0, 1.0) * (self.high - self.low)
        return {**self._fixed, **dict(zip(self.names, values.tolist(), strict=True))}

    def values(self, places: Array) -> Array:
        """The output at several places; minus infinity where a point is refused."""
        self.evaluations += len(places)
        points = [self.point(place) for place in places]
        columns = {name: np.array([p[name] for p in points]) for name in points[0]}
        try:
            return np.asarray(self._function(columns)[self._output], dtype=np.float64)
        except SymqbError:
            if len(places) == 1:
                return np.array([-np.inf])
            return np.concatenate([self.values(place[None]) for place in places])

    @property
    def exact_gradient(self) -> bool:
        """Whether the gradient comes from the program and not from differences."""
        return bool(self._function.derivatives)

    def cost_and_gradient(self, x: Array) -> tuple[float, Array]:
        """Minus the output and its gradient; differences are one-sided at the bounds."""
        if self.exact_gradient:
            return self._emitted(x)
        steps = np.eye(len(x)) * STEP
        ahead, behind = np.clip(x + steps, 0.0, 1.0), np.clip(x - steps, 0.0, 1.0)
        found = self.values(np.concatenate([x[None], ahead, behind]))
        width = np.diag(ahead) - np.diag(behind)
        with np.errstate(invalid="ignore"):
            slope = (found[1 : len(x) + 1] - found[len(x) + 1 :]) / width
        return _cost(found[0], slope)

    def _emitted(self, x: Array) -> tuple[float, Array]:
        self.evaluations += 1
        try:
            found = self._function(self.point(x))
        except SymqbError:
            return _cost(np.nan, np.zeros(len(x)))
        slope = np.array([float(found[name]) for name in self._function.derivatives])
        return _cost(float(found[self._output]), slope * (self.high - self.low))


def _cost(value: float, slope: Array) -> tuple[float, Array]:
    """What is minimised; a refused point costs more than any other and has no slope."""
    cost = -float(value) if np.isfinite(value) else 1e300
    return cost, -np.where(np.isfinite(slope), slope, 0.0)


def maximise(
    model: BatteryModel,
    output: str,
    bounds: Mapping[str, tuple[float, float]],
    fixed: Mapping[str, float] | None = None,
    *,
    time: float | None = None,
    starts: int = 16,
    seed: int = 0,
) -> Optimum:
    """The largest value of an output over parameters within bounds.

    Starts of L-BFGS-B (SciPy, extra ``optimize``) from the best of many random points; a local
    method many times over, so the best found, not a proof that there is none better.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    output : str
        A scalar output, e.g. ``"ergotropy"`` or ``"charge"``, or ``"charging_power"``, the energy
        stored from ``|0..0>`` within ``time``, over that time.
    bounds : mapping
        Parameter name to its least and largest value.
    fixed : mapping, optional
        The other parameters.
    time : float, optional
        For ``"charging_power"``: how long the battery is charged, in units of 1/energy; 0 for the
        power at the start.
    starts : int
        Local searches.
    seed : int
        Of the random starting points.

    Returns
    -------
    Optimum
        The best point, and the path of bests that led to it.

    Raises
    ------
    ParameterError, DomainError
        An output with an axis of levels, bounds that are not ordered, bad parameters.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> best = maximise(
    ...     xxz_model(2), "charge", {"T_L": (1.0, 9.0)},
    ...     dict(B0=2.0, J=-1.0, Delta=-0.5, epsilon=0.0, T_R=1.0), starts=2,
    ... )
    >>> best.parameters["T_L"]
    9.0
    """
    if output in WIDE:
        raise ParameterError(f"output={output!r} has an axis of levels; choose a scalar one")
    if time is not None and output != POWER:
        raise ParameterError(f"time={time!r} is for output={POWER!r} alone; leave it out")
    if not bounds:
        raise ParameterError("bounds are empty; give at least one parameter and its range")
    for name, (low, high) in bounds.items():
        if not low < high:
            raise DomainError(f"bounds of {name}: {low!r} is not below {high!r}; give low < high")
    minimize = need("scipy.optimize", "maximise").minimize

    objective = _Objective(model, output, bounds, fixed or {}, time)
    rng = np.random.default_rng(seed)
    places = rng.random((32 * starts, len(bounds)))
    ranked = places[np.argsort(-objective.values(places), kind="stable")][:starts]
    path: list[tuple[Mapping[str, float], float]] = []
    messages: list[str] = []
    best_way: list[Array] = []
    for place in ranked:
        way = [place]
        found = minimize(
            objective.cost_and_gradient,
            place,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, 1.0)] * len(bounds),
            callback=lambda x, way=way: way.append(x.copy()),
        )
        if not path or -found.fun > path[-1][1]:
            best_way = way
            path.append((MappingProxyType(objective.point(found.x)), -float(found.fun)))
            messages.append(str(found.message))
    best, value = path[-1]
    gains = objective.values(np.array(best_way)).tolist()
    return Optimum(
        best,
        value,
        tuple(path),
        tuple(
            (MappingProxyType(objective.point(x)), g) for x, g in zip(best_way, gains, strict=True)
        ),
        objective.evaluations,
        objective.exact_gradient,
        messages[-1],
    )
