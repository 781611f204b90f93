"""Sums over the modes of a chain without anisotropy, at one point or at arrays of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.derive.derivation import Derivation
from symqb.derive.free_fermions import OF_MODES, ModeBattery
from symqb.derive.hamiltonian import as_expr
from symqb.models import AbsentError, BatteryModel, ParameterError, SteadyStateError
from symqb.models.errors import located
from symqb.models.exact import exact_number
from symqb.numerics.fermion_modes import (
    Modes,
    surely_apart,
    uneven_modes,
    uniform_circle,
    uniform_frequencies,
    uniform_modes,
)

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Emit = Callable[[tuple[str, ...]], Any]

BLOCK = 2**18
"""Modes times points that are evaluated at once."""
FREE = {"free_energy": "exergy"}
"""A mode has no ergotropy: its exergy is its free energy, and free energies add up."""
FROZEN = 1600.0
"""Exponents beyond which even the largest energies squared times the exponential are 0."""
NO_CHARGE = (
    "charge does not exist here: |0..0> is the top level, so the capacity is 0; leave out charge, "
    "or raise the field"
)


def needed(names: tuple[str, ...]) -> tuple[str, ...]:
    """The outputs of a mode's battery from which those of the chain are summed."""
    own = {*OF_MODES, "energy", "stored_energy", "capacity", "charge"}
    filled = any(name not in {"frequencies", "capacity"} for name in names if name in own)
    others = (FREE.get(name, name) for name in names if name not in own)
    return (*(("populations",) if filled else ()), *others)


def check_zero(model: BatteryModel, cold: bool) -> None:
    """Refuse a mode at zero frequency that some bath may not move.

    Elsewhere populations of such a mode are equal, and its coherences decay: the two ends act on
    it through different operators, and on every other mode.

    Raises
    ------
    SteadyStateError
        A temperature is zero, or a density is not Ohmic.
    """
    if cold or any(bath.spectrum is not None for bath in model.baths):
        raise SteadyStateError(
            "a mode has frequency 0, where a bath at zero temperature, or with a density that is "
            "not Ohmic, may not move it; raise the temperature, or move off the point"
        )
    ends = {site for bath in model.baths for site, weight in bath.couplings if weight != 0}
    if len(ends) < 2:
        raise SteadyStateError(
            "a mode has frequency 0, and one end alone is coupled: its coherences never decay; "
            "couple a bath to the other end, or move off the point"
        )


@dataclass(frozen=True)
class ModeSums:
    """Evaluates the battery of a mode at all modes, and adds up.

    Parameters
    ----------
    model : BatteryModel
        The chain.
    mode, derivation
        The battery of its modes, and what was derived of it.
    emit : callable
        From names of outputs to a function of that battery's parameters.
    uniform : bool
        Whether the modes have a closed form.
    """

    model: BatteryModel
    mode: ModeBattery
    derivation: Derivation
    emit: Emit
    uniform: bool

    def evaluate(self, arrays: Mapping[str, Array], names: tuple[str, ...]) -> dict[str, Any]:
        """Evaluate outputs at checked parameters that broadcast.

        Raises
        ------
        ParameterError
            Parameters that broadcast to no point.
        DomainError, DegenerateLevelsError, SteadyStateError, AbsentError
            As :meth:`symqb.xx_chain.XXChain.evaluate`.
        """
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
        count = int(np.prod(shape, dtype=np.int64))
        if not count:
            raise ParameterError(f"parameters broadcast to the empty shape {shape}; give values")
        # what is one number for all points stays one
        flat = {
            n: a.reshape(1) if a.size == 1 else np.broadcast_to(a, shape).reshape(count)
            for n, a in arrays.items()
        }
        size = max(1, BLOCK // self.model.chain.spins)
        parts = []
        for start in range(0, count, size):
            part = {n: a if a.size == 1 else a[start : start + size] for n, a in flat.items()}
            parts.append(self._block(part, names, start, shape))
        found = {name: np.concatenate([part[name] for part in parts]) for name in names}
        return {
            name: _shaped(np.broadcast_to(value, (count, *value.shape[1:])), shape)
            for name, value in found.items()
        }

    def _block(
        self, flat: Mapping[str, Array], names: tuple[str, ...], start: int, shape: tuple[int, ...]
    ) -> dict[str, Array]:
        frequencies, amplitudes, zeros = self._modes(flat, start, shape)
        values = self._of_modes(flat, frequencies, amplitudes, zeros, names)
        count = max(len(frequencies), *(len(a) for a in flat.values()))
        found = _sums(names, frequencies, values)
        if "charge" in names and (found["capacity"] == 0).any():
            at = start + int(np.flatnonzero(found["capacity"] == 0)[0])
            raise AbsentError(NO_CHARGE, ("charge",)).at(index=_index(at, shape))
        return {
            name: np.broadcast_to(found[name], (count, *found[name].shape[1:])) for name in names
        }

    def _of_modes(
        self,
        flat: Mapping[str, Array],
        frequencies: Array,
        amplitudes: tuple[Array, Array],
        zeros: Bools,
        names: tuple[str, ...],
    ) -> dict[str, Array]:
        """The outputs of a mode's battery, shape (points, modes); nothing flows at frequency 0."""
        wanted = needed(names)
        if not wanted:
            return {}
        inputs = {name: a[:, None] for name, a in flat.items() if name in self._others}
        # a mode of frequency -w is one of w, filled for empty; zeros get their limit below
        frozen = self._frozen(flat, np.abs(frequencies))
        inputs[self.mode.frequency] = np.where(zeros | frozen, 1.0, np.abs(frequencies))
        for name in self.derivation.temperatures if frozen.any() else ():
            inputs[name] = np.where(frozen, 1.0, inputs[name])
        for bath, name in self.mode.amplitudes.items():
            inputs[name] = amplitudes[0 if self.mode.first[bath] else 1]
        result = self._function(wanted)(**inputs)
        values = {name: np.asarray(result[name]) for name in wanted}
        if "exergy" in values:
            values["free_energy"] = values.pop("exergy")
        if "populations" in values:
            both = values.pop("populations")
            lower = self.derivation.labels.index(self.derivation.transitions[0].lower)
            low, high = both[..., lower], both[..., 1 - lower]
            values["vacancies"] = np.where(frequencies < 0, high, low)
            values["occupations"] = np.where(frequencies < 0, low, high)
        if frozen.any():
            limits: dict[str, Any] = {"vacancies": frequencies > 0, "occupations": frequencies < 0}
            if "entropy_production" in values:
                limits["entropy_production"] = self._into_nothing(flat)
            values = {n: np.where(frozen, limits.get(n, 0.0), v) for n, v in values.items()}
        if zeros.any():
            half = {"vacancies", "occupations"}
            values = {n: np.where(zeros, 0.5 if n in half else 0.0, v) for n, v in values.items()}
        return values

    def _frozen(self, flat: Mapping[str, Array], sizes: Array) -> Bools:
        """Where all exponentials of a mode are below the range of doubles: it is full or empty."""
        names = self.derivation.temperatures
        plain = all(isinstance(bath.temperature, str) for bath in self.model.baths)
        weighed = all(
            exact_number(weight) is not None
            for bath in self.model.baths
            for _, weight in bath.couplings
        )
        if not (plain and weighed):
            return np.zeros(sizes.shape, dtype=bool)
        hottest = np.max(np.broadcast_arrays(*(flat[name] for name in names)), axis=0)
        return np.asarray(sizes > FROZEN * hottest[:, None])

    def _into_nothing(self, flat: Mapping[str, Array]) -> Array:
        """The entropy that a flow too small for doubles produces: infinite in a bath at zero."""
        every = np.broadcast_arrays(*(flat[name] for name in self.derivation.temperatures))
        some = (np.min(every, axis=0) == 0) & (np.max(every, axis=0) > 0)
        return np.where(some, np.inf, 0.0)[:, None]

    @cached_property
    def _functions(self) -> dict[tuple[str, ...], Any]:
        return {}

    def _function(self, outputs: tuple[str, ...]) -> Any:
        if outputs not in self._functions:
            self._functions[outputs] = self.emit(outputs)
        return self._functions[outputs]

    @cached_property
    def _others(self) -> frozenset[str]:
        """The parameters that a mode's battery shares with the chain's."""
        own = {self.mode.frequency, *self.mode.amplitudes.values()}
        return frozenset(self.derivation.parameters) - own

    @cached_property
    def of_chain(self) -> frozenset[str]:
        """The parameters that bonds and fields depend on."""
        chain = self.model.chain
        values = (chain.J[0], chain.fields[0]) if self.uniform else (*chain.J, *chain.fields)
        return frozenset(str(s) for value in set(values) for s in as_expr(value).free_symbols)

    def at(self, point: Mapping[str, Any]) -> Modes:
        """The modes at one point, of which no two are one; see :class:`Modes`."""
        found = (uniform_modes if self.uniform else uneven_modes)(self.model, point)
        found.check_apart()
        return found

    def _modes(
        self, flat: Mapping[str, Array], start: int, shape: tuple[int, ...]
    ) -> tuple[Array, tuple[Array, Array], Bools]:
        """Frequencies, amplitudes and zeros; one row if all points share the modes."""
        count = max((flat[name].size for name in self.of_chain), default=1)
        found = self._uniform(flat, count) if self.uniform else None
        if found is None:
            doubtful = np.ones(count, dtype=bool)
            spins = self.model.chain.spins
            frequencies, first, last = (np.empty((count, spins)) for _ in range(3))
        else:
            frequencies, amplitude, doubtful = found
            first = last = amplitude[None, :]
        zeros = np.zeros(frequencies.shape, dtype=bool)
        for k in map(int, np.flatnonzero(doubtful)):
            point = {n: float(flat[n][k % flat[n].size]) for n in flat}
            with located(point, _index(start + k, shape) if count > 1 else ()):
                modes, zeros[k] = self.at(point).without_zeros()
                if zeros[k].any():
                    check_zero(self.model, self.is_cold(point if count > 1 else flat))
            frequencies[k] = modes.frequencies[0]
            if found is None:
                first[k], last[k] = modes.first, modes.last
        return frequencies, (first, last), zeros

    def _uniform(self, flat: Mapping[str, Array], count: int) -> tuple[Array, Array, Bools] | None:
        """All points of a uniform chain at once, and which of them must be looked at closely."""
        chain = self.model.chain
        values = [self._pair(value, flat) for value in (chain.fields[0], chain.J[0])]
        known = [pair for pair in values if pair is not None]
        if len(known) < len(values):
            return None
        field, J = ((np.broadcast_to(h, count), np.broadcast_to(r, count)) for h, r in known)
        with np.errstate(under="ignore"):
            frequencies = uniform_frequencies(chain.spins, field, J)[0]
        scale = np.abs(field[0]) + 2 * np.abs(J[0])
        doubtful = ~surely_apart(frequencies, scale) | (J[0] == 0)
        return frequencies, uniform_circle(chain.spins)[1], doubtful

    @staticmethod
    def _pair(value: Any, flat: Mapping[str, Array]) -> tuple[Array, Array] | None:
        """A value as a sum of two doubles at all points; None for an expression."""
        if isinstance(value, str):
            return flat[value], np.zeros(1)
        number = exact_number(value)
        if number is None:
            return None
        high = float(number)
        return np.array([high]), np.array([float(number - Fraction(high))])

    def is_cold(self, values: Mapping[str, Any]) -> bool:
        """Whether a temperature is zero, at one of the points."""
        for bath in self.model.baths:
            number = exact_number(bath.temperature)
            if number is None and isinstance(bath.temperature, str):
                number = np.min(np.asarray(values[bath.temperature], dtype=float))
            if number is None or number == 0:
                return True
        return False


def _sums(
    names: tuple[str, ...], frequencies: Array, values: Mapping[str, Array]
) -> dict[str, Array]:
    """The outputs of the chain from those of its modes, modes along the last axis."""
    found: dict[str, Array] = {"frequencies": frequencies}
    for name, value in values.items():
        found[name] = value if name in OF_MODES else value.sum(axis=-1)
    found["capacity"] = np.maximum(frequencies, 0.0).sum(axis=-1)
    if "occupations" in values:
        filled, empty = values["occupations"], values["vacancies"]
        found["stored_energy"] = (frequencies * filled).sum(axis=-1)
        # over the mean of all levels: every term has one sign
        found["energy"] = (frequencies * (filled - empty)).sum(axis=-1) / 2
        if "charge" in names:
            with np.errstate(divide="ignore", invalid="ignore"):
                found["charge"] = found["stored_energy"] / found["capacity"]
    return found


def _index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(k) for k in np.unravel_index(flat, shape)) if shape else ()


def _shaped(value: Array, shape: tuple[int, ...]) -> Any:
    whole = np.array(value.reshape((*shape, *value.shape[1:])))
    return whole if whole.shape else float(whole)


def fock_states(values: Mapping[str, Any]) -> tuple[dict[str, Array], tuple[tuple[int, ...], ...]]:
    """Energies and populations of all states of filled and empty modes, and which are filled."""
    energies = np.array([-float(np.sum(values["frequencies"])) / 2])
    populations = np.ones(1)
    labels: list[tuple[int, ...]] = [()]
    modes = zip(values["frequencies"], values["occupations"], values["vacancies"], strict=True)
    for k, (frequency, filled, empty) in enumerate(modes, 1):
        energies = np.concatenate([energies, energies + frequency])
        populations = np.concatenate([populations * empty, populations * filled])
        labels += [(*label, k) for label in labels]
    return {"energies": energies, "populations": populations}, tuple(labels)
