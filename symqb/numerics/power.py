r"""The power of charging from :math:`|0..0\rangle`: energy stored in a time, over that time."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb import derive, emit
from symqb.derive.derived import derivation_of
from symqb.emit.result import Result
from symqb.models import (
    BatteryModel,
    DegenerateLevelsError,
    DomainError,
    NoClosedFormError,
    SteadyStateError,
    check_parameters,
)
from symqb.models.errors import located
from symqb.numerics.block_rates import Spectrum, solve_spectrum
from symqb.numerics.chain_sectors import ChainNumbers, Convert, solve_sector
from symqb.numerics.degeneracy import coupled
from symqb.numerics.evolution import LARGEST_SPINS, evolve
from symqb.numerics.long_chain import UndecidedError, coinciding, refuse_close
from symqb.numerics.point_function import points_of
from symqb.numerics.semigroup import rate_powers
from symqb.program.differentiate import derivative_name, differentiate

Array = npt.NDArray[np.float64]

POWER = "charging_power"
CLOSE_IN_CLOSED_FORM, CLOSE_IN_NUMBERS = 1e-12, 1e-6
"""Levels this close, relative to the largest energy, go to the evolution with all coherences: there
it is decided whether they coincide, and their states are resolved."""
LARGEST_DENSE = 512


def check_time(time: Any) -> float:
    """A finite time of at least zero, as a float."""
    if isinstance(time, bool | str) or not np.isscalar(time) or not 0 <= float(time) < np.inf:  # type: ignore[arg-type]
        raise DomainError(
            f"time={time!r}: the power of charging needs the time to charge, a number >= 0 "
            "(0 is the power at the start)"
        )
    return float(time)  # type: ignore[arg-type]


class PowerFunction:
    r"""The mean power :math:`P(t) = \Delta E(t)/t` of charging from :math:`|0..0\rangle`.

    With :math:`\dot p = R p` the energy stored is :math:`\sum_i (E_i - E_0)(e^{Rt}p(0))_i`; at
    :math:`t = 0` the power is its slope there.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    time : float
        The time to charge, at least 0, in units of 1/energy.
    by : tuple of str
        Parameters to differentiate by, where there is a closed form: exact, from the derivatives of
        the emitted rates and the Frechet derivative of the exponential.
    """

    def __init__(self, model: BatteryModel, time: float, by: tuple[str, ...] = ()) -> None:
        self._derived = derived = derivation_of(model)
        self.parameters, self.temperatures = derived.parameters, derived.temperatures
        self.kappa = derived.kappa
        self.defaults = {self.kappa: 1.0} if self.kappa else {}
        self.model, self.time, self._by = model, check_time(time), by
        self.derivatives: tuple[str, ...] = ()
        self._edges: tuple[tuple[int, int], ...] = ()
        self._emitted = self._emit()

    def _emit(self) -> Any:
        try:
            eigensystem, transitions = self._derived.eigensystem, self._derived.transitions
            program = derive.derive_rate_program(self.model, eigensystem, transitions)
        except NoClosedFormError:
            return None
        place = {level.label: k for k, level in enumerate(eigensystem)}
        self._edges = tuple((place[t.upper], place[t.lower]) for t in transitions)
        self.derivatives = tuple(derivative_name(POWER, name) for name in self._by)
        if self._by:
            program = differentiate(program, self._by)
        return emit.emit_numpy(
            program,
            parameters=self.parameters,
            labels=self._derived.labels,
            temperatures=self.temperatures,
            kappa=self.kappa,
        )

    def __call__(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The power and its derivatives, at scalars or arrays that broadcast."""
        arrays = check_parameters(
            self.parameters,
            parameters,
            temperatures=self.temperatures,
            kappa=self.kappa,
            defaults=self.defaults,
        )
        shape, points = points_of(arrays)
        names = (POWER, *self.derivatives)
        values = {name: np.empty(shape) for name in names}
        for index, point in points:
            with located(point, index):
                row = self._point(point)
            for name, value in zip(names, row, strict=True):
                values[name][index] = value
        return {name: value if shape else float(value) for name, value in values.items()}

    def _point(self, point: Mapping[str, float]) -> list[float]:
        if self._emitted is None:
            return [chain_power(self.model, self.time, point)]
        try:
            found = self._emitted(**point)
        except (DegenerateLevelsError, SteadyStateError):
            # the program alone does not know this point; slopes need it
            if self._by:
                raise
            return [_mean_power(self.model, self.time, point)]
        return self._closed(found)

    def _generator(self, rates: Array, size: int) -> Array:
        R = np.zeros((size, size))
        for (upper, lower), (down, up) in zip(self._edges, rates.reshape(-1, 2), strict=True):
            R[lower, upper], R[upper, lower] = down, up
        return R - np.diag(R.sum(axis=0))

    def _closed(self, found: Result) -> list[float]:
        """Power and slopes of a closed form."""
        from scipy.linalg import expm, expm_frechet

        heights, start, t = found["heights"], found["start"], self.time
        R = self._generator(found["rates"], len(heights))
        charged = _charged(R, start, t)
        row = [float(heights @ charged)]
        if _may_coincide(heights, CLOSE_IN_CLOSED_FORM):
            row = [_mean_power(self.model, t, found.parameters)]
        flow = expm(t * R) if self._by and t else np.eye(len(R))
        for name in self._by:
            slopes = [
                np.asarray(found[derivative_name(of, name)]) for of in ("heights", "start", "rates")
            ]
            dR = self._generator(slopes[2], len(heights))
            if t == 0:
                moved = dR @ start + R @ slopes[1]
            else:
                turned = expm_frechet(t * R, t * dR, compute_expm=False)
                moved = (turned @ start + flow @ slopes[1]) / t
            row.append(float(slopes[0] @ charged + heights @ moved))
        return row


def _charged(R: Array, start: Array, time: float) -> Array:
    """What the populations gained in a time, over that time; at 0 their slope.

    The gain of the level that all started from is left with it: its height is zero.
    """
    if time == 0:
        return np.asarray(R @ start)
    return np.asarray(rate_powers(R, time).apply(start, [time])[:, 0].real / time)


def _may_coincide(energies: Array, width: float) -> bool:
    """Whether two levels come close, relative to all."""
    ordered = np.sort(energies)
    return bool((np.diff(ordered) <= width * np.abs(ordered).max(initial=0.0)).any())


def _mean_power(model: BatteryModel, time: float, point: Mapping[str, Any]) -> float:
    """The mean power with the coherences of coinciding levels."""
    numbers = {name: float(value) for name, value in point.items()}
    return float(evolve(model, [time], numbers).mean_power[0])


def _rate_matrix(spectrum: Spectrum) -> Any:
    """The generator of the rate equation over kappa, sparse; columns are the levels left."""
    from scipy.sparse import coo_array, diags_array

    ends = np.concatenate([[0], np.cumsum(spectrum.sizes)])
    rows, columns, values = [], [], []
    for k, _ in enumerate(pairwise(spectrum.sizes)):
        down, up = spectrum.rates(k)
        for rates, source, to in ((down, k + 1, k), (up, k, k + 1)):
            i, j = np.nonzero(rates)
            rows.append(ends[to] + j)
            columns.append(ends[source] + i)
            values.append(rates[i, j])
    triplets = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    flow = coo_array(triplets, shape=(ends[-1], ends[-1])).tocsr()
    return flow - diags_array(flow.sum(axis=0))


def _start(numbers: ChainNumbers, spectrum: Spectrum) -> Array:
    """The populations of ``|0..0>``, which XYZ bonds spread over the first sector."""
    start = np.zeros(sum(spectrum.sizes))
    first = solve_sector(numbers, 0)
    start[: spectrum.sizes[0]] = np.square(first.vectors[0])
    return start


def _coinciding(
    model: BatteryModel, point: Mapping[str, float], spectrum: Spectrum, convert: Convert
) -> list[list[int]]:
    try:
        return coinciding(model, point, spectrum, convert)
    except UndecidedError as error:
        raise refuse_close(str(error), model.chain.spins) from None


def chain_power(model: BatteryModel, time: float, point: Mapping[str, float]) -> float:
    """The mean power of charging a chain of any length that fits, from its rate equation.

    Raises
    ------
    DegenerateLevelsError
        Beyond seven spins: coinciding levels share a neighbour, so that populations couple to
        coherences.
    """
    from scipy.sparse.linalg import expm_multiply

    convert = Convert(point)
    spectrum = solve_spectrum(model, convert)
    energies = np.concatenate(spectrum.energies)
    if model.chain.spins <= LARGEST_SPINS:
        if _may_coincide(energies, CLOSE_IN_NUMBERS):
            return _mean_power(model, time, point)
    elif coupled(spectrum, _coinciding(model, point, spectrum, convert)):
        raise DegenerateLevelsError(
            "coinciding levels share a neighbour, so populations couple to coherences, which are "
            f"followed up to {LARGEST_SPINS} spins; move off the point, by 1e-6 say"
        )
    heights = energies - spectrum.empty_energy
    start = _start(ChainNumbers.of(model.chain, convert), spectrum)
    R = _rate_matrix(spectrum) * convert(model.kappa)
    if len(energies) <= LARGEST_DENSE:
        return float(heights @ _charged(R.toarray(), start, time))
    moved = R @ start if time == 0 else expm_multiply(time * R, start) / time
    return float(heights @ moved)
