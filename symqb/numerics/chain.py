"""Every output of a battery at one point, for a chain of any length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.derive.eigensystem import PAPER_LABELS
from symqb.emit.result import Result
from symqb.models import BatteryModel, DegenerateLevelsError, SteadyStateError
from symqb.numerics.block_elimination import (
    closed_classes,
    normalise,
    stationary,
    steady_weights,
)
from symqb.numerics.block_rates import Spectrum, solve_spectrum
from symqb.numerics.chain_sectors import Convert, converter
from symqb.numerics.degeneracy import coupled_degeneracies, smallest_distances
from symqb.numerics.full_block import by_sector, solve_clusters
from symqb.numerics.limits import check_chain
from symqb.numerics.observables import heat_currents, outputs_of
from symqb.numerics.progress import Steps

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LARGEST_MERGED = 1024


def _classes(spectrum: Spectrum) -> list[list[Bools]]:
    linked: dict[int, tuple[Bools, Bools]] = {}

    def links(k: int) -> tuple[Bools, Bools]:
        if k not in linked:
            down, up = spectrum.rates(k)
            linked[k] = (down > 0, up > 0)
        return linked[k]

    return closed_classes(spectrum.sizes, links)


def _restricted(
    spectrum: Spectrum, masks: Sequence[Bools]
) -> tuple[list[int], list[npt.NDArray[np.int64]], Callable[[int], tuple[Array, Array]]]:
    """A closed class as a chain of its own: its sectors, the levels in them, and their rates."""
    used = [k for k, mask in enumerate(masks) if mask.any()]
    first = used[0]
    # lowest levels last, so that elimination runs downhill
    order = [
        np.flatnonzero(masks[k])[np.argsort(-spectrum.energies[k][masks[k]], kind="stable")]
        for k in used
    ]

    def rates(k: int) -> tuple[Array, Array]:
        down, up = spectrum.rates(first + k)
        return down[np.ix_(order[k + 1], order[k])], up[np.ix_(order[k], order[k + 1])]

    return used, order, rates


def _merged(sizes: Sequence[int], rates: Any, energies: Array) -> Array:
    """Weights from one dense elimination in the order of the energies, highest first."""
    ends = np.concatenate([[0], np.cumsum(sizes)])
    whole = np.zeros((ends[-1], ends[-1]))
    for k in range(len(sizes) - 1):
        below, above = slice(ends[k], ends[k + 1]), slice(ends[k + 1], ends[k + 2])
        whole[above, below], whole[below, above] = rates(k)
    order = np.argsort(-energies, kind="stable")
    weights = np.empty(len(order))
    weights[order] = stationary(whole[np.ix_(order, order)])
    return weights


def class_populations(
    spectrum: Spectrum, masks: Sequence[Bools], advance: Callable[[int], Any] = lambda k: None
) -> tuple[Array, ...]:
    """The steady populations of one closed class, sector by sector, zero outside the class."""
    used, order, rates = _restricted(spectrum, masks)
    sizes = [len(levels) for levels in order]
    lowest = [spectrum.energies[k][levels].min() for k, levels in zip(used, order, strict=True)]
    with np.errstate(all="ignore"):
        try:
            weights = steady_weights(sizes, rates, int(np.argmin(lowest)), advance)
            populations = normalise(weights)
        except SteadyStateError:
            if sum(sizes) > LARGEST_MERGED:
                raise
            energies = [spectrum.energies[k][levels] for k, levels in zip(used, order, strict=True)]
            flat = _merged(sizes, rates, np.concatenate(energies))
            populations = np.split(normalise([flat])[0], np.cumsum(sizes)[:-1])
    result = [np.zeros(size) for size in spectrum.sizes]
    for k, levels, part in zip(used, order, populations, strict=True):
        result[k][levels] = part
    return tuple(result)


def _order(model: BatteryModel, spectrum: Spectrum) -> npt.NDArray[np.int64]:
    """Sector order to label order: the paper's for two and three spins, else ascending energy."""
    energies = np.concatenate(spectrum.energies)
    table = PAPER_LABELS.get(model.chain.spins)
    xyz = not model.chain.conserves_magnetization
    if table is None or (xyz and model.chain.spins > 2):
        return np.argsort(energies, kind="stable")
    if xyz or not model.chain.reflection_symmetric:
        return np.arange(len(energies))
    keys = [
        (up, int(parity), branch)
        for up, parities in enumerate(spectrum.parities)
        for sign in (-1, 1)
        for branch, parity in enumerate(parities[parities == sign])
    ]
    return np.argsort([table[key] for key in keys], kind="stable")


def _unique(classes: list[list[Bools]], order: npt.NDArray[np.int64]) -> list[Bools]:
    if len(classes) == 1:
        return classes[0]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(1, len(order) + 1)
    shown = ", ".join(
        _shorten(sorted(place[np.concatenate(masks)].tolist())) for masks in classes[:4]
    )
    more = f" and {len(classes) - 4} more" if len(classes) > 4 else ""
    raise SteadyStateError(
        f"the steady state is not unique: there are {len(classes)}, on levels {shown}{more}, "
        "that are never left; steady_states(...) gives a basis of them; or couple the baths to "
        "more sites, or raise a temperature above zero"
    )


def _shorten(labels: list[int]) -> str:
    shown = ", ".join(map(str, labels[:6]))
    return f"[{shown}{', ...' if len(labels) > 6 else ''}]"


def evaluate_chain(
    model: BatteryModel, point: Mapping[str, float], *, progress: bool | None = None
) -> Result:
    """Every output at one point, for a chain of any length.

    The steady populations come from block elimination without subtraction over the sectors of
    magnetisation; no matrix over all levels is ever held.  Where coinciding levels share a
    neighbour, populations are solved for together with their coherences, and are then the
    eigenvalues of the density matrix.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    point : mapping
        Parameter name to float.
    progress : bool, optional
        Show an estimate and a progress bar on standard error; by default where that is a terminal
        and the run is long.

    Returns
    -------
    Result
        Levels by ascending energy from four spins on, the paper's before.  Beside the outputs of
        the contract: ``smallest_gap``, ``smallest_frequency_difference``, and ``secular_ratio``,
        kappa over the smaller of them, which must be well below 1 for the rate equation to hold.

    Raises
    ------
    DegenerateLevelsError, SteadyStateError
        Where the rate equation does not hold, or has no single steady state.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=5.0, J=1.0, Delta=0.5, epsilon=0.0, T_L=2.0, T_R=1.0, kappa=1.0)
    >>> evaluate_chain(xxz_model(4), point).populations.shape
    (16,)
    """
    check_chain(model)
    convert: Convert = converter(point)
    steps = Steps(model.chain.spins, len(model.baths), progress)
    with steps:
        spectrum = solve_spectrum(model, convert, steps.solved)
        order = _order(model, spectrum)
        if coupled_degeneracies(spectrum):
            state = solve_clusters(model, spectrum, convert)
            populations, currents = by_sector(spectrum, state.populations), state.currents
        else:
            members = _unique(_classes(spectrum), order)
            populations = class_populations(spectrum, members, steps.eliminated)
            currents = heat_currents(spectrum, populations)
        outputs = outputs_of(model, spectrum, populations, currents, order, convert)
        outputs.update(smallest_distances(spectrum, convert(model.kappa)))
    return Result(outputs, tuple(range(1, len(order) + 1)), point)


def steady_states(model: BatteryModel, point: Mapping[str, float]) -> list[Array]:
    """A basis of the steady states: one vector of populations for each closed class of levels.

    Every steady state without coherences is a mixture of them; which one is reached depends on
    the initial state.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    point : mapping
        Parameter name to float.

    Returns
    -------
    list of array
        Populations, levels as in :func:`evaluate_chain`; one entry where the state is unique.

    Raises
    ------
    DegenerateLevelsError
        Coinciding levels share a neighbour, so that populations alone are no steady state.

    Examples
    --------
    >>> from symqb.models import Bath, BatteryModel, Chain
    >>> model = BatteryModel(Chain(2), (Bath("L", "T", {1: 1, 2: 1}),))
    >>> point = dict(B0=2.0, J=1.0, Delta=0.5, T=1.0, kappa=1.0)
    >>> [p.round(3).tolist() for p in steady_states(model, point)]
    [[0.909, 0.017, 0.0, 0.075], [0.0, 0.0, 1.0, 0.0]]
    """
    spectrum = solve_spectrum(model, converter(point))
    if coupled_degeneracies(spectrum):
        raise DegenerateLevelsError(
            "coinciding levels share a neighbour, so populations couple to coherences; "
            "move off the point, by 1e-6 say"
        )
    order = _order(model, spectrum)
    return [
        np.concatenate(class_populations(spectrum, masks))[order] for masks in _classes(spectrum)
    ]
