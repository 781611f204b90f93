"""Every output of a battery at one point, for a chain of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.derive.energetics import LEVEL_OUTPUTS
from symqb.emit.result import Result
from symqb.models import (
    AbsentError,
    BatteryModel,
    DegenerateLevelsError,
    DomainError,
    SteadyStateError,
)
from symqb.models.errors import located
from symqb.numerics.ball_engine import LARGEST_SPINS, evaluate_balls
from symqb.numerics.block_elimination import closed_classes, normalise, steady_weights
from symqb.numerics.block_rates import Spectrum, solve_spectrum
from symqb.numerics.chain_sectors import Convert
from symqb.numerics.degeneracy import DISTANCES, TOLERANCE
from symqb.numerics.exact_inputs import ExactInputs
from symqb.numerics.free_fermions import fock_levels
from symqb.numerics.full_block import Closed, closing_spectrum
from symqb.numerics.limits import check_chain
from symqb.numerics.long_chain import (
    UndecidedError,
    balanced,
    coinciding,
    distances,
    largest_move,
    refuse_close,
)
from symqb.numerics.moved_elements import MOST_MOVED, check_elements
from symqb.numerics.not_unique import not_unique, reason_in_classes
from symqb.numerics.observables import PROMISE, Outputs, capacity_error, difference
from symqb.numerics.progress import Steps

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

NEVER_ABSENT = ("energies", "populations")
"""Without these there is no result, whatever is asked for."""
ALWAYS_BALLS = 5
"""Up to so many spins balls are quick enough to be the only way."""


def _classes(spectrum: Spectrum, *, warmed: bool = False) -> list[list[Bools]]:
    """The closed classes, as matrix elements and temperatures have them, not rounded rates.

    With ``warmed`` as they would be with every temperature above zero.
    """
    cold = {bath.name for bath in spectrum.baths if bath.temperature == 0 and not warmed}

    def links(k: int) -> tuple[Bools, Bools]:
        squared, gaps = spectrum.squared[k], spectrum.gaps(k)
        warm = np.zeros(gaps.shape, dtype=bool)
        frozen = warm.copy()
        for name, part in squared.items():
            target = frozen if name in cold else warm
            target |= part > 0
        return warm | (frozen & (gaps > 0)), (warm | (frozen & (gaps < 0))).T

    return closed_classes(spectrum.sizes, links)


def _restricted(
    spectrum: Spectrum, masks: Sequence[Bools]
) -> tuple[list[int], list[Integers], Callable[[int], tuple[Array, Array]]]:
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


def class_populations(
    spectrum: Spectrum, masks: Sequence[Bools], advance: Callable[[int], Any] = lambda k: None
) -> tuple[Array, ...]:
    """The steady populations of one closed class, sector by sector, zero outside the class.

    Raises
    ------
    SteadyStateError
        Rates that span more than doubles hold.
    """
    used, order, rates = _restricted(spectrum, masks)
    sizes = [len(levels) for levels in order]
    lowest = [spectrum.energies[k][levels].min() for k, levels in zip(used, order, strict=True)]
    with np.errstate(all="ignore"):
        populations = normalise(steady_weights(sizes, rates, int(np.argmin(lowest)), advance))
    result = [np.zeros(size) for size in spectrum.sizes]
    for k, levels, part in zip(used, order, populations, strict=True):
        result[k][levels] = part
    return tuple(result)


def _ranks(energies: Array, groups: Sequence[Sequence[int]]) -> Integers:
    """The rank of each level by energy, one for all of a group."""
    ranks = np.empty(len(energies), dtype=np.int64)
    ranks[np.argsort(energies, kind="stable")] = np.arange(len(energies))
    for group in groups:
        ranks[list(group)] = ranks[list(group)].min()
    return ranks


def _unique(spectrum: Spectrum, place: Integers, *, coherent: bool) -> list[Bools]:
    """The one closed class; ``place`` numbers the levels for the message.

    ``coherent`` says whether levels coincide, so that steady states may have coherences.
    """
    classes = _classes(spectrum)
    if len(classes) == 1:
        return classes[0]
    shown = [sorted((place[np.concatenate(masks)] - 1).tolist()) for masks in classes]
    spins = sum(spectrum.sizes).bit_length() - 1
    cold = len(_classes(spectrum, warmed=True)) == 1
    reason = reason_in_classes(shown)
    raise not_unique(spins, len(classes), reason, coherent=coherent, cold=cold)


def evaluate_chain(
    model: BatteryModel,
    point: Mapping[str, float],
    *,
    outputs: Iterable[str] | None = None,
    progress: bool | None = None,
) -> Result:
    """Every output at one point, for a chain of any length.

    Up to five spins everything is computed in balls, with as many digits as it takes, and rounded
    once.  Beyond, the steady populations come from block elimination without subtraction over the
    sectors of magnetisation; no matrix over all levels is ever held, and what doubles do not decide
    or cannot promise goes to balls again, up to eight spins.

    Which levels coincide is decided by the one rule of :mod:`symqb.numerics.degeneracy`.  Where
    they share a neighbour, populations are solved for together with their coherences, and are then
    the eigenvalues of the density matrix.

    Parameters
    ----------
    model : BatteryModel
        The battery.
    point : mapping
        Parameter name to number.
    outputs : iterable of str, optional
        Outputs that must be there; one that does not exist here is an error then, and left out
        otherwise.  Values do not depend on what is asked for; energies and capacity alone need no
        single steady state.
    progress : bool, optional
        Show an estimate and a progress bar on standard error; by default where that is a terminal
        and the run is long.

    Returns
    -------
    Result
        Levels as the closed form has them, else by ascending energy.  Beside the outputs of
        the contract: ``smallest_gap``, ``smallest_frequency_difference``, and ``secular_ratio``,
        kappa over the smaller of them, which must be well below 1 for the rate equation to hold.

    Raises
    ------
    SteadyStateError
        No single steady state; coherences between coinciding levels count.
    DegenerateLevelsError
        Levels too close for doubles, in a chain too long for more digits.
    AbsentError
        An output asked for by name that does not exist here, or not to its promise.
    ParameterError
        A chain that does not fit into memory.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=5.0, J=1.0, Delta=0.5, epsilon=0.0, T_L=2.0, T_R=1.0, kappa=1.0)
    >>> evaluate_chain(xxz_model(4), point).populations.shape
    (16,)
    """
    check_chain(model)
    outputs = None if outputs is None else tuple(outputs)
    with located(point):
        if outputs and set(outputs) <= LEVEL_OUTPUTS:
            return _chosen(*_of_levels(model, point), outputs)
        if model.chain.spins <= ALWAYS_BALLS:
            result, refused = evaluate_balls(model, point)
        else:
            result, refused = _evaluate_long(model, point, progress)
        return _chosen(result, refused, outputs)


def _of_levels(model: BatteryModel, point: Mapping[str, Any]) -> tuple[Result, dict[str, str]]:
    """What levels alone tell, also where no steady state is unique."""
    if model.chain.spins <= LARGEST_SPINS:
        return evaluate_balls(model, point, levels_only=True)
    spectrum = solve_spectrum(model, Convert(point))
    energies = np.sort(np.concatenate(spectrum.energies))
    capacity = float(energies[-1] - _empty_energy(model, spectrum))
    found, refused = {"energies": energies, "capacity": capacity}, dict[str, str]()
    error = capacity_error(energies, capacity)
    if error > PROMISE * capacity:
        del found["capacity"]
        reason = difference("capacity", capacity, error, model.chain.spins)
        refused["capacity"] = reason + "; leave out that output, or raise the field"
    return Result(found, tuple(range(1, len(energies) + 1)), point), refused


def evaluate_chain_digits(
    model: BatteryModel,
    digits: int,
    point: Mapping[str, Any],
    *,
    outputs: Iterable[str] | None = None,
) -> Result:
    """Every output at one point as mpmath numbers, each right to that many decimal digits.

    Parameters
    ----------
    model : BatteryModel
        A chain of at most eight spins.
    digits : int
        Decimal digits.
    point : mapping
        Parameter name to a number of any kind; a float carries a rounding, all others are exact
        (see :mod:`symqb.numerics.degeneracy`).
    outputs : iterable of str, optional
        As for :func:`evaluate_chain`.

    Raises
    ------
    DomainError
        Too many spins.
    NoClosedFormError
        A spectral density that is a Python function.
    AbsentError
        An output asked for by name that does not exist here, or is not told to these digits.
    SteadyStateError, DegenerateLevelsError
        As for :func:`evaluate_chain`.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=3, J="1e-4", Delta="0.4", epsilon="0.3", T_L=4, T_R=1, kappa=1)
    >>> print(evaluate_chain_digits(xxz_model(4), 20, point).ergotropy)
    4.246777943632792726e-13
    """
    if model.chain.spins > LARGEST_SPINS:
        raise DomainError(
            f"digits={digits}: chains of {model.chain.spins} spins take too long with more digits "
            f"than doubles have; up to {LARGEST_SPINS} spins do not; leave out digits"
        )
    outputs = None if outputs is None else tuple(outputs)
    levels_only = bool(outputs) and set(outputs or ()) <= LEVEL_OUTPUTS
    with located(point):
        result, refused = evaluate_balls(model, point, digits, levels_only=levels_only)
        return _chosen(result, refused, outputs)


def _chosen(result: Result, refused: Mapping[str, str], outputs: Iterable[str] | None) -> Result:
    """The result, if all is there that must be."""
    lacking = tuple(name for name in outputs or NEVER_ABSENT if name in refused)
    for name in NEVER_ABSENT:
        if name in lacking:
            raise SteadyStateError(refused[name])
    if lacking:
        raise AbsentError("; ".join(refused[name] for name in lacking), lacking)
    return result


def _evaluate_long(
    model: BatteryModel, point: Mapping[str, Any], progress: bool | None
) -> tuple[Result, dict[str, str]]:
    """In doubles; where they are not enough in balls, up to a size.

    What decays too slowly for doubles looks as if it never did, so that several steady states are
    certain from balls alone.
    """
    short = model.chain.spins <= LARGEST_SPINS
    try:
        result, refused = _in_doubles(model, point, progress)
    except UndecidedError as error:
        if not short:
            raise refuse_close(str(error), model.chain.spins) from None
    except SteadyStateError:
        # several steady states, or rates that span too much; for doubles at least
        if not short:
            raise
    else:
        doubtful = refused.keys() - {"charge"}
        if not (doubtful and short):
            return result, refused
    return evaluate_balls(model, point)


def _in_doubles(
    model: BatteryModel, point: Mapping[str, Any], progress: bool | None
) -> tuple[Result, dict[str, str]]:
    convert = Convert(point)
    with Steps(model.chain.spins, len(model.baths), progress) as steps:
        spectrum, closed, groups = _closed_spectrum(model, point, convert, steps)
        energies = np.concatenate(spectrum.energies)
        ranks = _ranks(energies, groups)
        before = np.argsort(np.lexsort((np.arange(len(ranks)), ranks))) + 1
        masks = _unique(closed.spectrum, before[closed.places], coherent=bool(groups))
        populations = class_populations(closed.spectrum, masks, steps.eliminated)
        if model.chain.spins <= MOST_MOVED:
            check_elements(closed.spectrum, populations, lambda s: class_populations(s, masks))
        flat = closed.as_before(populations)
        order = np.lexsort((flat, ranks))
        heights = energies - _empty_energy(model, spectrum)
        whole = Outputs(
            model,
            closed.spectrum,
            populations,
            energies[order],
            flat[order],
            heights[order],
            _strength(model, convert),
            balanced(model, point, spectrum),
        )
        found = whole.all()
        reach = TOLERANCE * largest_move(ExactInputs.of(model, point))
        found.update(distances(spectrum, groups, whole.kappa, reach))
        for name in DISTANCES:
            if name not in found:
                whole.refused[name] = (
                    f"{name}: levels or frequencies come closer than doubles tell; move off"
                )
    return Result(found, tuple(range(1, len(order) + 1)), point), whole.refused


def _strength(model: BatteryModel, convert: Convert) -> float:
    kappa = convert(model.kappa)
    if not kappa > 0:
        raise DomainError(f"kappa={kappa:g}: the dissipation strength must be > 0; e.g. kappa=1")
    return kappa


def _empty_energy(model: BatteryModel, spectrum: Spectrum) -> float:
    # the very number among the energies, so that its height is exactly 0
    conserved = model.chain.conserves_magnetization
    return float(spectrum.energies[0][0]) if conserved else spectrum.empty_energy


def _closed_spectrum(
    model: BatteryModel, point: Mapping[str, Any], convert: Convert, steps: Steps
) -> tuple[Spectrum, Closed, list[list[int]]]:
    """The levels; those in whose basis populations close; groups that coincide."""
    fock = fock_levels(model, point)
    if fock is not None:
        return fock.spectrum, Closed.unchanged(fock.spectrum), fock.groups
    spectrum = solve_spectrum(model, convert, steps.solved)
    groups = coinciding(model, point, spectrum, convert)
    if not groups:
        return spectrum, Closed.unchanged(spectrum), groups
    return spectrum, closing_spectrum(model, spectrum, convert, groups), groups


def steady_states(model: BatteryModel, point: Mapping[str, float]) -> list[Array]:
    """A basis of the steady states of a long chain: populations of each closed class of levels.

    Chains short enough for coherences go to :func:`symqb.numerics.steady_basis.steady_states`.

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
        Levels coincide, so that coherences between them may be steady too.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> point = dict(B0=8.0, J=1.0, Delta=0.3, epsilon=1.0, T_L=0.0, T_R=0.0, kappa=1.0)
    >>> [float(p[0]) for p in steady_states(xxz_model(6), point)]
    [1.0]
    """
    convert = Convert(point)
    with located(point):
        spectrum = solve_spectrum(model, convert)
        try:
            groups = coinciding(model, point, spectrum, convert)
        except UndecidedError as error:
            raise refuse_close(str(error), model.chain.spins) from None
        if groups:
            raise DegenerateLevelsError(
                "levels coincide, so that coherences between them may be steady too, and the "
                "chain is too long to count them; move off the point, by 1e-6 say"
            )
        order = np.argsort(np.concatenate(spectrum.energies), kind="stable")
        classes = _classes(spectrum)
        return [np.concatenate(class_populations(spectrum, masks))[order] for masks in classes]
