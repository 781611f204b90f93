"""A fuzzer of numbers: random batteries and points, every entrance, an independent judge.

What agrees is *tested*, with counts; what does not is printed as Python code that shows it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import mpmath
import numpy as np

from symqb.models import AbsentError, BatteryModel, ParameterError, SpectralDensity, SymqbError
from symqb.prove.numbers_compare import Answer, Expected, Finding, judged, seen
from symqb.prove.numbers_draw import ModelDraw, Point, PointDraw, code
from symqb.prove.numbers_entrances import EVERY, REPEATS, STANDALONE, Entrances
from symqb.prove.numbers_evolution import evolve
from symqb.prove.numbers_judge import Verdict
from symqb.prove.numbers_levels import Divergent, Judge, Undecided
from symqb.prove.numbers_model import Reader, exact_number, judge_at
from symqb.prove.numbers_report import FAULTS, Failure, Report, lines
from symqb.prove.numbers_shrink import shrink

EVOLUTION_ERROR = 1e-9
FEW = 3
"""Points of each model that the slower entrances see."""
SLOW_TO_START = ("c", "javascript", "sweep")
"""Entrances that start a compiler, an interpreter or a pool: one of them a model, in turn."""
LONGEST_EVOLUTION = 3
LONGEST_TIME = 1e100
DEFAULT_TARGETS = (*(name for name in EVERY if name not in ("numba", "jax")), "evolve")
DIGITS = {"digits15": 15, "digits30": 30, "mpmath": 30, "arb": 30}


def outside(model: BatteryModel, point: Point) -> bool:
    """Whether a temperature, kappa or cut-off is outside its domain at a point."""
    mp = mpmath.MPContext()
    mp.dps = 60
    try:
        reader = Reader(mp, {name: exact_number(mp, value) for name, value in point.items()})
        for bath in model.baths:
            spectrum = bath.spectrum
            if reader.number(bath.temperature) < 0:
                return True
            if isinstance(spectrum, SpectralDensity) and (
                min(reader.number(spectrum.cutoff), reader.number(spectrum.s)) <= 0
            ):
                return True
        return bool(reader.number(model.kappa) <= 0)
    except ZeroDivisionError:
        return True


def expect(model: BatteryModel, point: Point) -> Expected | None:
    """What the judge expects at a point; None where it gives no verdict."""
    if outside(model, point):
        return Expected(None, (), "domain")
    try:
        judge = judge_at(model, point)
        readings = judge.readings()
        found = _expected(judge, readings)
        exact = judge.exact_reading()
        if found is None or exact in readings:
            return found
        alone = _expected(judge, [exact])
        if found.refusal == "divergent" and alone is not None and alone.answers:
            # a rate grows beyond bounds towards the coincidence: its limit is no worse than that
            return replace(alone, refusable=True)
        return replace(found, exact=alone)
    except Undecided:
        return None


def _expected(judge: Judge, readings: Sequence[list[list[int]]]) -> Expected | None:
    """What is expected of some ways to cut the levels into clusters; None if they disagree."""
    verdicts, counts = list[Verdict](), set[int]()
    for clusters in readings:
        verdict = Verdict(judge, clusters)
        with suppress(Divergent):
            counts.add(verdict.count())
            verdicts.append(verdict)
    if not verdicts:
        return Expected(None, (), "divergent")
    if len(counts) > 1:
        return None
    count, open_ = counts.pop(), len(verdicts) < len(readings)
    return Expected(judge, verdicts, "" if count == 1 else "several", count, refusable=open_)


@dataclass
class Fuzzer:
    """A seeded run over models and points.

    Parameters
    ----------
    seed : int
        Model number k is drawn from ``(seed, k)``.
    targets : sequence of str
        Entrances to try, of :data:`symqb.prove.numbers_entrances.EVERY` and ``"evolve"``.
    spins : int, optional
        Only models of this length.
    minimise : bool
        Whether to shrink what fails.
    tell : callable
        Told each new failure as it is found.
    """

    seed: int = 0
    targets: Sequence[str] = DEFAULT_TARGETS
    spins: int | None = None
    minimise: bool = True
    tell: Callable[[Failure], None] = lambda failure: None
    report: Report = field(default_factory=Report)
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    def run(self, models: int, points: int, seconds: float = float("inf")) -> Report:
        """Draw models and points until there are enough, or time is up."""
        end = time.monotonic() + seconds
        for number in range(models):
            if time.monotonic() > end:
                break
            self.one(number, points)
        return self.report

    def one(self, number: int, points: int) -> None:
        """One model with its points, through every entrance."""
        rng = np.random.default_rng([self.seed, number])
        drawn = ModelDraw(rng, self.spins).draw()
        draw = PointDraw(rng, drawn)
        drawn_points = [draw.draw() for _ in range(points)]
        self.report.models += 1
        try:
            entrances = Entrances(drawn.model)
        except SymqbError as error:
            self.report.unbuilt[_reason(error)] += 1
            return
        pairs = [(point, expect(drawn.model, point)) for point in drawn_points]
        self.report.points += len(pairs)
        known = [(point, expected) for point, expected in pairs if expected is not None]
        self.report.undecided += len(pairs) - len(known)
        waiting = [name for name in SLOW_TO_START if name in self.targets]
        waiting = [name for k, name in enumerate(waiting) if (number - k) % len(waiting)]
        for entrance in self.targets:
            if entrance in waiting:
                continue
            if entrance == "evolve":
                self._evolve(entrances, known, rng, number)
            elif entrance in entrances.known:
                self._compare(entrances, entrance, known, number)

    def _compare(
        self,
        entrances: Entrances,
        entrance: str,
        known: Sequence[tuple[Point, Expected]],
        number: int,
    ) -> None:
        if entrance == "array":
            known = [(p, e) for p, e in known if e.answers and not e.refusable and _has_charge(e)]
        if entrance in REPEATS:
            known = known[:FEW]
        elif entrance in DIGITS:
            # the slowest entrances take turns: a point is seen by one of them or two
            known = known[list(DIGITS).index(entrance) % FEW :: FEW]
        answers = entrances.at(entrance, [point for point, _ in known])
        for (point, expected), answer in zip(known, answers, strict=True):
            kind, why = verdict_of(entrance, answer, expected)
            self._note(entrance, kind, why, entrances.model, point, number)

    def _evolve(
        self, entrances: Entrances, known: Sequence[tuple[Point, Expected]], rng: Any, number: int
    ) -> None:
        for point, expected in known:
            if len(expected.verdicts) != 1 or entrances.model.chain.spins > LONGEST_EVOLUTION:
                continue
            kind, why = evolution_verdict(entrances, point, expected, rng)
            if kind:
                self._note("evolve", kind, why, entrances.model, point, number)

    def _note(
        self, entrance: str, kind: str, why: Any, model: BatteryModel, point: Point, number: int
    ) -> None:
        report = self.report
        report.verdicts.setdefault(entrance, Counter())[kind] += 1
        if kind == "right":
            return
        reason = _reason(why)
        if kind in ("refused", "needless"):
            reasons = report.refusals if kind == "refused" else report.needless
            reasons[f"{entrance}: {reason}"] += 1
        if kind == "refused":
            return
        spins = model.chain.spins
        # one failure a sort: the same number is wrong at most entrances at once
        sort = (
            kind,
            _sort(why),
            "closed" if spins < 4 else "engine",
            entrance if entrance in (*DIGITS, "evolve", "steady_states") else "",
        )
        if sort in self._seen:
            return
        self._seen.add(sort)
        if self.minimise and entrance not in ("evolve", "array"):
            model, point, why = shrink(model, point, why, self._again(entrance, kind, _sort(why)))
        shown = reproducer(entrance, model, point)
        failure = Failure(kind, entrance, model.chain.spins, number, _shown(why), shown)
        report.failures.append(failure)
        self.tell(failure)

    @staticmethod
    def _again(entrance: str, kind: str, sort: str) -> Callable[[BatteryModel, Point], Any]:
        """Whether a simpler model and point fail in the same way: what is wrong there, or None."""

        def again(model: BatteryModel, point: Point) -> Any:
            expected = expect(model, point)
            if expected is None:
                return None
            answer = Entrances(model).at(entrance, [point])[0]
            found, why = verdict_of(entrance, answer, expected)
            return why if (found, _sort(why)) == (kind, sort) else None

        return again


def verdict_of(entrance: str, answer: Answer, expected: Expected) -> tuple[str, Any]:
    """The verdict on an entrance's answer at a point."""
    if entrance == "steady_states":
        return _basis_verdict(answer, expected)
    if isinstance(answer.error, AbsentError) and expected.answers and not _has_charge(expected):
        return "refused", answer.error
    if isinstance(answer.error, FileNotFoundError):
        return "refused", answer.error
    kind, why = judged(answer, expected, DIGITS.get(entrance))
    exact = expected.exact
    # numbers as they are given, where a rounding of them would join levels, are right as well
    if kind in FAULTS and exact is not None:
        other, because = judged(answer, exact, DIGITS.get(entrance))
        if other not in FAULTS or _worst(because) < _worst(why):
            kind, why = other, because
    if kind == "needless" and entrance in STANDALONE:
        # no engine travels with standalone text: what its guards send away is refused
        return "refused", why
    return kind, why


def _worst(why: Any) -> float:
    return max((f.error for f in why), default=0.0) if isinstance(why, list) else float("inf")


def _has_charge(expected: Expected) -> bool:
    """Whether there is a charge, in every reading."""
    return all(map(seen, expected.verdicts)) and all(
        verdict.outputs["capacity"].ball > 0 for verdict in expected.verdicts
    )


def _basis_verdict(answer: Answer, expected: Expected) -> tuple[str, Any]:
    if answer.outputs is None or expected.refusal in ("domain", "divergent"):
        refusal = "" if expected.judge else "domain"
        several = replace(expected, refusal=refusal, exact=None)
        return judged(answer, several)
    count = len(answer.outputs["basis"])
    if count == expected.count:
        return "right", []
    return "count", f"{count} steady states where there are {expected.count}"


def evolution_verdict(
    entrances: Entrances, point: Point, expected: Expected, rng: Any
) -> tuple[str, Any]:
    """Evolution from a random pure or mixed state, in the bare basis, against the judge."""
    verdict = expected.verdicts[0]
    size = verdict.judge.size
    vectors = rng.normal(size=(size, 2)) + 1j * rng.normal(size=(size, 2))
    weights = np.array([1.0, rng.choice([0.0, 0.5])])
    initial = (vectors * weights) @ vectors.conj().T
    initial /= np.trace(initial).real
    rate = max(float(r) for r in verdict.exit_rates()) or 1.0
    times = [min(float(x / rate), LONGEST_TIME) for x in 10.0 ** rng.uniform(-2, 4, size=2)]
    try:
        right = evolve(verdict, initial, times)
    except Undecided:
        return "", None
    try:
        found = entrances.battery.evolve(times, initial=initial, basis="bare", **point)
        off = float(np.abs(found.bare_density - right.density).max())
    except SymqbError as error:
        return "refused" if expected.refusable else "needless", error
    except Exception as error:
        return "crashed", error
    # phases of doubles: the frequencies times the time, rounded once
    bound = EVOLUTION_ERROR + right.turned
    if off <= bound:
        return "right", []
    if verdict.clusters != verdict.judge.exact_reading():
        # which frequencies coincide is not the rule's to say where it joined levels of its own
        return "", None
    return "wrong", [Finding("density", f"times={times}", "", off, bound)]


def _reason(why: Any) -> str:
    """An error without its numbers, or the outputs that are off."""
    if isinstance(why, Exception):
        text = str(why).split("\n")[0]
        words = [w for w in text.split() if not any(c.isdigit() or c == "=" for c in w)]
        return f"{type(why).__name__}: {' '.join(words)[:110]}"
    return _shown(why)


def _sort(why: Any) -> str:
    if isinstance(why, list):
        return why[0].output if why else ""
    return _reason(why)[:50]


def _shown(why: Any) -> str:
    if isinstance(why, list):
        parts = (
            f"{f.output} = {f.given}, right is {f.right} (off by {f.error:.2g}, granted "
            f"{f.granted:.2g})"
            for f in why[:3]
        )
        return "; ".join(parts)
    return f"{type(why).__name__}: {why}" if isinstance(why, Exception) else str(why)


def reproducer(entrance: str, model: BatteryModel, point: Point) -> str:
    """Python code that shows a failure."""
    given = ", ".join(f"{name!r}: {value!r}" for name, value in point.items())
    call = {
        "steady_states": "steady_states(**p)",
        "evaluate": "evaluate(**p)",
        "digits15": "evaluate(digits=15, **p)",
        "digits30": "evaluate(digits=30, **p)",
        "secular": "evaluate(outputs=[*b.outputs, 'secular_ratio'], **p)",
        "module": "source('numpy')",
        "javascript": "source('javascript')",
        "sweep": "sweep(p)",
        "evolve": "evolve(times, initial=state, basis='bare', **p)",
    }.get(entrance, f"emit({entrance!r})(**p)")
    if entrance in ("alone", "array"):
        call = f"evaluate(**p)  # {entrance}"
    return f"b = Battery({code(model)})\np = {{{given}}}\nprint(b.{call})"


def fuzz_numbers(
    models: int = 200,
    points: int = 10,
    *,
    seed: int = 0,
    seconds: float = float("inf"),
    targets: Sequence[str] | None = None,
    spins: int | None = None,
    minimise: bool = True,
    tell: Callable[[Failure], None] = lambda failure: None,
) -> Report:
    """Compare every entrance with the judge at random points of random batteries.

    Parameters
    ----------
    models, points : int
        How many models, and points of each.
    seed : int
        The same seed draws the same models and points.
    seconds : float
        When to stop drawing models.
    targets : sequence of str, optional
        Entrances; all but numba and jax by default.
    spins : int, optional
        Only models of this length; 1 to 6 spins by default.
    minimise : bool
        Whether to shrink what fails.
    tell : callable
        Told each new sort of failure.

    Raises
    ------
    ParameterError
        An unknown target.

    Examples
    --------
    >>> report = fuzz_numbers(2, 2, targets=["evaluate"], spins=2)
    >>> report.models, report.points
    (2, 4)
    """
    chosen = tuple(targets) if targets else DEFAULT_TARGETS
    known = (*EVERY, "evolve")
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise ParameterError(f"target {unknown[0]!r} is unknown; choose {', '.join(known)}")
    return Fuzzer(seed, chosen, spins, minimise, tell).run(models, points, seconds)


def numbers_command(
    models: int,
    points: int,
    seed: int,
    seconds: float,
    targets: Sequence[str] | None,
    aloud: bool,
) -> dict[str, Any]:
    """Run from the command line: the report as plain data, also as text if ``aloud``.

    Raises
    ------
    ParameterError
        An unknown target, or a run that compared nothing.
    """

    def tell(failure: Failure) -> None:
        if aloud:
            shown = f"# {failure.kind}, {failure.entrance}: {failure.reason}"
            print(f"{shown}\n{failure.reproducer}\n", flush=True)

    report = fuzz_numbers(models, points, seed=seed, seconds=seconds, targets=targets, tell=tell)
    if aloud:
        print(*lines(report), sep="\n")
    if not report.count("right"):
        raise ParameterError(
            f"nothing was compared: {report.models} models, {report.points} points; give more"
        )
    return report.record()
