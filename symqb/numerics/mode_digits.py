"""Sums over the modes of a chain without anisotropy to many digits, at one point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mpmath import MPContext

from symqb.models import AbsentError, DomainError
from symqb.numerics.apart import Apart
from symqb.numerics.exact_inputs import ExactPoint
from symqb.numerics.fermion_modes import LARGEST_CAREFUL
from symqb.numerics.free_fermions import ChainModes
from symqb.numerics.mode_sums import NO_CHARGE, ModeSums, check_zero, needed
from symqb.program.contexts import digits_context

SPARE = 15
"""Decimal digits that sums and modes are carried beyond those asked for."""
ROUNDS = 5


def sum_digits(
    sums: ModeSums, point: Mapping[str, Any], digits: int, names: tuple[str, ...]
) -> dict[str, Any]:
    """Evaluate outputs as mpmath numbers, from more and more digits until two rounds agree.

    Parameters
    ----------
    sums : ModeSums
        The chain and the battery of its modes.
    point : mapping
        Parameter name to a float, which carries a rounding, or to an exact number.
    digits : int
        Decimal digits of every output.
    names : tuple of str
        The outputs.

    Raises
    ------
    DomainError
        A chain too long; an output that does not settle.
    AbsentError
        The charge of a chain without capacity.
    DegenerateLevelsError, SteadyStateError
        As in doubles.
    """
    if not sums.uniform and sums.model.chain.spins > LARGEST_CAREFUL:
        raise DomainError(
            f"digits={digits}: {sums.model.chain.spins} spins with bonds or fields of their own "
            f"take too long with more digits than doubles have; up to {LARGEST_CAREFUL} do not"
        )
    modes, zeros = sums.at(point).without_zeros()
    rounded = bool(modes.slopes())
    carried, before = digits + SPARE, None
    for _ in range(ROUNDS):
        found = _round(sums, point, carried, names, zeros.tolist(), rounded=rounded)
        if before is not None and all(_agree(before[n], found[n], digits) for n in names):
            return {name: _rounded(found[name], digits) for name in names}
        before, carried = found, carried + digits + SPARE
    raise DomainError(
        f"the sums over modes do not settle to {digits} digits; move off the point, or leave out "
        "what cancels"
    )


def _round(
    sums: ModeSums,
    point: Mapping[str, Any],
    digits: int,
    names: tuple[str, ...],
    zeros: list[bool],
    *,
    rounded: bool,
) -> dict[str, Any]:
    """All outputs from modes of so many digits."""
    context = digits_context(digits)
    frequencies, ends = _modes(sums, point, digits)
    scale, wanted = max(map(abs, frequencies)), needed(names)
    filled, empty, totals = [], [], dict.fromkeys(wanted, context.zero)
    solve, program = Apart(sums.mode.model), sums.derivation.pruned(wanted) if wanted else None
    shared = {n: v for n, v in point.items() if n in sums.derivation.parameters}
    for k, (frequency, amplitudes) in enumerate(zip(frequencies, ends, strict=True)):
        # exact inputs have no rounding in which a frequency other than 0 could be lost
        if zeros[k] and (rounded or abs(frequency) < scale * context.mpf(10) ** (5 - digits)):
            check_zero(sums.model, sums.is_cold(point))
            frequencies[k] = context.zero
            filled.append(context.mpf(1) / 2)
            empty.append(context.mpf(1) / 2)
            continue
        if program is None:
            continue
        at = shared | {sums.mode.frequency: frequency}
        for bath, name in sums.mode.amplitudes.items():
            at[name] = amplitudes[0 if sums.mode.first[bath] else 1]
        values = dict(solve(program, at, digits))
        if "populations" in values:
            lower = sums.derivation.labels.index(sums.derivation.transitions[0].lower)
            both = values.pop("populations")
            empty.append(both[lower])
            filled.append(both[1 - lower])
        for name, value in values.items():
            totals[name] += value
    if "exergy" in totals:
        totals["free_energy"] = totals["exergy"]
    return totals | _combined(context, frequencies, filled, empty, names)


def _combined(
    context: Any, frequencies: list[Any], filled: list[Any], empty: list[Any], names: Iterable[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {"frequencies": frequencies, "occupations": filled, "vacancies": empty}
    found["capacity"] = context.fsum(max(w, 0) for w in frequencies)
    if filled:
        triples = list(zip(frequencies, filled, empty, strict=True))
        found["stored_energy"] = context.fsum(w * f for w, f, _ in triples)
        found["energy"] = context.fsum(w * (f - e) for w, f, e in triples) / 2
    if "charge" in names:
        if found["capacity"] == 0:
            raise AbsentError(NO_CHARGE, ("charge",))
        found["charge"] = found["stored_energy"] / found["capacity"]
    return found


def _modes(
    sums: ModeSums, point: Mapping[str, Any], digits: int
) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """Frequencies and amplitudes at both ends, as numbers of the context of these digits."""
    context, wide = digits_context(digits), MPContext()
    wide.dps = digits + SPARE
    chain, spins = sums.model.chain, sums.model.chain.spins
    if not sums.uniform:
        exact = ExactPoint(point).rationals
        source = ChainModes(
            sums.model, {n: wide.mpf(v.numerator) / v.denominator for n, v in exact.items()}
        )
        found = source.modes(digits + SPARE)
        pairs = zip(found.first, found.last, strict=True)
        return [context.mpf(w) for w in found.energies], [
            (context.mpf(a), context.mpf(b)) for a, b in pairs
        ]
    values = {
        n: wide.mpf(v.numerator) / v.denominator for n, v in ExactPoint(point).rationals.items()
    }
    source = ChainModes(sums.model, values)
    field, J = (source.value(wide, v, {}) for v in (chain.fields[0], chain.J[0]))
    norm = wide.sqrt(wide.mpf(2) / (spins + 1))
    angles = [wide.mpf(k) / (spins + 1) for k in range(1, spins + 1)]
    ends = [context.mpf(norm * wide.sinpi(angle)) for angle in angles]
    frequencies = [context.mpf(field + 2 * J * wide.cospi(angle)) for angle in angles]
    return frequencies, [(g, g) for g in ends]


def _agree(rough: Any, fine: Any, digits: int) -> bool:
    if isinstance(fine, list):
        return all(_agree(a, b, digits) for a, b in zip(rough, fine, strict=True))
    if rough == fine:
        return True
    return bool(abs(rough - fine) <= abs(fine) * fine.context.mpf(10) ** (-digits - 2))


def _rounded(value: Any, digits: int) -> Any:
    if isinstance(value, list):
        return [_rounded(part, digits) for part in value]
    return +digits_context(digits).mpf(value)
