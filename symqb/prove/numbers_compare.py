"""What is granted to a number, and the verdict on one answer: right, wrong, loose, or refused.

The bounds are those of the promise on numbers: populations entrywise to
``eps (40 + 4 max|E| / min T)`` times a small factor, with the number of levels in place of 40
where that is more; currents, entropy production and exergy to 1e-10.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from flint import arb

from symqb.models import SymqbError
from symqb.prove.numbers_judge import Verdict
from symqb.prove.numbers_levels import Judge, SeveralStates
from symqb.prove.numbers_outputs import Value, negligible

EPS = 2.0**-52
FACTOR = {1: 2.0, 2: 2.0}
"""Granted above the promise: the energies and temperatures themselves come from expressions with a
few roundings more than the promise counts; ``LONGER`` from three spins on, where there are two
levels of elimination."""
LONGER = 4.0
RELATIVE = 1e-10
SMALL_TERMS = 1e-6
UNSEEN = 1e-290
ALIKE = 1e-12
"""Levels this close, relative to the largest, may change places where only their energies tell."""


@dataclass(frozen=True)
class Finding:
    """One comparison that failed: an output, what was given, what is right, and how far off."""

    output: str
    given: str
    right: str
    error: float
    granted: float
    loose: bool = False


@dataclass(frozen=True)
class Expected:
    """What the judge expects at a point.

    Attributes
    ----------
    verdicts : sequence of Verdict
        One, or two where the rule of coincidence leaves both readings open.
    refusal : str
        Why an error is right here: "domain", "several", "divergent"; "" where there is an answer.
    count : int
        The number of steady states.
    exact : Expected or None
        What input that no rounding moves may give besides.
    refusable : bool
        Whether a refusal is right as well: rates diverge in another reading of the point.
    """

    judge: Judge | None
    verdicts: Sequence[Verdict]
    refusal: str = ""
    count: int = 1
    exact: Expected | None = None
    refusable: bool = False

    @property
    def answers(self) -> bool:
        """Whether there is a unique steady state."""
        return not self.refusal


def granted(verdict: Verdict) -> float:
    """The entrywise relative error granted to populations at a point."""
    judge = verdict.judge
    spins = judge.numbers.spins
    cold = [float(b.temperature) for b in judge.numbers.baths if b.temperature]
    steep = max([1 / T for T in cold] + [verdict.steep])
    size = max(40, judge.size)
    return FACTOR.get(spins, LONGER) * EPS * (size + 4 * judge.scale * steep)


def seen(verdict: Verdict) -> bool:
    """Whether the capacity is more than a rounding of the energies, so that there is a charge."""
    return abs(float(verdict.outputs["capacity"])) > 1e-14 * verdict.judge.scale


def number(value: Any) -> Any:
    """Any real number as a ball: float, mpf or ball."""
    if isinstance(value, arb):
        return value
    # an infinite mpf would become no number
    return arb(float(value)) if mpmath.isinf(value) else arb(value)


def _text(value: Any) -> str:
    return mpmath.nstr(mpmath.mpf(value._mpf_), 17) if isinstance(value, arb) else repr(value)


def _relative(given: Any, right: Any) -> float:
    if right == 0:
        return 0.0 if given == 0 else math.inf
    return float(abs((given - right) / right).mid())


def compare(
    outputs: Mapping[str, Any], verdict: Verdict, digits: int | None = None
) -> list[Finding]:
    """Every output of an answer that the judge does not share."""
    with verdict.judge.precision():
        allowed, joined = granted(verdict), verdict.clusters != verdict.judge.exact_reading()
        if joined:
            # the state is that of levels which coincide to a rounding of doubles only
            digits = None
        elif digits is not None:
            allowed = 10.0 ** (1 - digits)
        found = _energies(outputs, verdict, allowed if digits else 16 * EPS)
        if "populations" in outputs:
            found += _populations(outputs, verdict, allowed, digits)
        for name, value in outputs.items():
            if name in ("energies", "populations"):
                continue
            right = verdict.outputs.get(name)
            if right is None or (name == "charge" and digits is None and not seen(verdict)):
                continue
            given, rounding = number(value), 8 * allowed * right.gross
            # which levels that are joined lie where is a rounding of every flow
            if not (joined and given.is_finite() and abs(given - right.ball) <= rounding):
                found += _scalar(name, given, right, allowed, digits)
        if verdict.judge.equal_temperatures() and outputs.get("entropy_production", 0) != 0:
            given = _text(number(outputs["entropy_production"]))
            found.append(Finding("entropy_production", given, "exactly 0", math.inf, 0.0))
        return found


def _energies(outputs: Mapping[str, Any], verdict: Verdict, allowed: float) -> list[Finding]:
    if "energies" not in outputs:
        return []
    given = sorted(map(number, outputs["energies"]), key=lambda E: E.mid())
    scale = max(verdict.judge.scale, 1e-300)
    for E, right in zip(given, verdict.judge.energies, strict=True):
        off = float(abs(E - right).mid()) / scale
        if not off <= max(allowed, 40 * EPS if allowed > 1e-15 else 0):
            return [Finding("energies", _text(E), _text(right), off, allowed)]
    return []


def _groups(verdict: Verdict) -> list[list[int]]:
    """Levels whose energies do not tell them apart in doubles, together."""
    energies = [float(E) for E in verdict.judge.energies]
    groups = [[0]]
    for k in range(1, len(energies)):
        if energies[k] - energies[k - 1] <= ALIKE * verdict.judge.scale:
            groups[-1].append(k)
        else:
            groups.append([k])
    return groups


def _moved(verdict: Verdict, group: Sequence[int], population: Any) -> float:
    """What the rounding of inputs that joins levels moves a population by, over itself.

    Beside a bath at zero temperature rates are as small as the gap, which that rounding takes.
    """
    exact = verdict.judge.exact_reading()
    if verdict.clusters == exact:
        return 0.0
    try:
        before, after = verdict.state[0], Verdict(verdict.judge, exact).state[0]
    except SeveralStates:
        return 0.0
    here, there = (sorted((p[k] for k in group), key=lambda p: p.mid()) for p in (before, after))
    return next(_relative(b, a) for a, b in zip(here, there, strict=True) if a is population)


def _populations(
    outputs: Mapping[str, Any], verdict: Verdict, allowed: float, digits: int | None
) -> list[Finding]:
    rights, _ = verdict.state
    given = list(map(number, outputs["populations"]))
    if "energies" in outputs:
        places = np.argsort(np.array([float(E) for E in outputs["energies"]]), kind="stable")
        given = [given[k] for k in places]
        groups = _groups(verdict)
    else:
        groups = [list(range(len(given)))]
    worst: Finding | None = None
    for group in groups:
        pair = zip(
            sorted((given[k] for k in group), key=lambda p: p.mid()),
            sorted((rights[k] for k in group), key=lambda p: p.mid()),
            strict=True,
        )
        for p, right in pair:
            if abs(right.mid()) < UNSEEN and 0 <= p.mid() < 2 * UNSEEN:
                continue
            if digits is not None and p.rad() > 0 and p.overlaps(right):
                continue
            off = _relative(p, right)
            # where levels coincide the granted error is that of eigenvalues
            if not off <= allowed and (worst is None or off > worst.error):
                bound = allowed + LONGER * _moved(verdict, group, right)
                if off <= bound:
                    continue
                loose = bool(abs(p - right) < 1e-13)
                worst = Finding("populations", _text(p), _text(right), off, bound, loose)
    return [worst] if worst else []


def _scalar(
    name: str, given: Any, right: Value, allowed: float, digits: int | None
) -> list[Finding]:
    truth = right.ball
    if not truth.is_finite():
        same = not (given.is_finite() or truth.is_nan()) and bool(given > 0)
        shown = "not a number" if truth.is_nan() else "inf"
        return [] if same else [Finding(name, _text(given), shown, math.inf, 0.0)]
    if not given.is_finite():
        return [Finding(name, _text(given), _text(truth), math.inf, 0.0)]
    if negligible(right):
        off = float(abs(given).mid()) / (float(right.gross.mid()) or 1.0)
        bound = max(allowed, EPS) if digits is None else allowed
        return [] if off <= bound else [Finding(name, _text(given), "0", off, bound)]
    if digits is not None and given.rad() > 0 and given.overlaps(truth):
        return []
    if digits is None and abs(truth) < UNSEEN and abs(given) < UNSEEN:
        return []
    if truth.contains(0) and given.overlaps(truth):
        return []  # so small that the judge has none of its digits
    off, share = _relative(given, truth), float((abs(truth) / right.terms).mid())
    if name == "entropy_production" and given < 0:
        return [Finding(name, _text(given), _text(truth), off, 0.0)]
    bound = allowed if digits is not None else max(RELATIVE, 8 * allowed)
    if name in ("stored_energy", "ergotropy", "charge", "capacity") and digits is None:
        # an error of the energies, beside the terms
        bound = max(bound, 8 * allowed / share if share else math.inf)
    if off <= bound:
        return []
    loose = digits is None and share < SMALL_TERMS and off * share <= 8 * allowed
    return [Finding(name, _text(given), _text(truth), off, bound, loose)]


@dataclass(frozen=True)
class Answer:
    """What an entrance gave at a point: outputs or an error."""

    outputs: Mapping[str, Any] | None
    error: Exception | None = None

    @property
    def crashed(self) -> bool:
        """Whether it failed with an error that is not one of the package's own."""
        return self.error is not None and not isinstance(self.error, SymqbError)


def judged(answer: Answer, expected: Expected, digits: int | None = None) -> tuple[str, Any]:
    """The verdict on an answer: its kind, and findings or the error behind it.

    Kinds: right, wrong, loose, refused, needless, crashed, unlawful (an answer outside the domain,
    or where there is no single state).
    """
    if answer.crashed:
        return "crashed", answer.error
    if answer.error is not None:
        lawful = expected.refusable or not expected.answers
        return ("refused" if lawful else "needless"), answer.error
    outputs = answer.outputs or {}
    if not expected.answers:
        steady = set(outputs) - {"energies", "capacity"}
        return (
            ("unlawful", expected.refusal)
            if steady or expected.refusal == "domain"
            else ("right", [])
        )
    best: list[Finding] | None = None
    for verdict in expected.verdicts:
        try:
            found = compare(outputs, verdict, digits)
        except SeveralStates:
            continue
        if best is None or len(found) < len(best):
            best = found
    if not best:
        return "right", []
    return ("loose" if all(f.loose for f in best) else "wrong"), best
