"""Randomised search for counterexamples: drawn, shrunk, then decided exactly.

What survives is *tested*, never "proved"; what is found is a rational point at which balls show
that every hypothesis holds and a conclusion fails.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import Any

import mpmath
from flint import arb, ctx
from hypothesis import HealthCheck, Phase, given, settings, target

from symqb.certify.checker import Fact, Polynomial, Statement
from symqb.prove.builder import Record
from symqb.prove.fields import DIGITS, Balls, Digits, E, Field, Undefined
from symqb.prove.neighbourhood import proposals, simpler
from symqb.prove.sampling import Point, holds, parse, pivots, points, value, variables_of
from symqb.prove.theorems.registry import THEOREMS
from symqb.prove.zero_test import Powers, Undecided, common_unit

EXAMPLES = {"quick": 60, "ci": 250, "long": 2500}
FROZEN = 300  # guard digits of a point too cold to start from
SOLVABLE = 24  # highest power of an exponential in equations that are solved exactly


class Vanishing(Undefined):
    """A denominator of the statement is exactly zero; ``known`` was evaluated before that."""

    def __init__(self, name: str, known: dict[str, Any]) -> None:
        super().__init__(f"the denominator of {name} is zero")
        self.name, self.known = name, known


@dataclass(frozen=True)
class Attack:
    """What a search for counterexamples found.

    Attributes
    ----------
    name : str
        The theorem.
    verdict : str
        "refuted", with an exact witness, or "tested".
    examples : int
        Points drawn that met every hypothesis.
    margin : str
        Smallest relative margin of a conclusion, at 60 digits: its value over the sum of the
        magnitudes of its terms; "0" if it is nothing in 60 digits.
    closest : dict
        Where that was.
    witness : dict or None
        A rational point that refutes, minimal.
    violates : str
        The conclusion that fails there, or "NAME is defined" for a denominator that is zero.
    """

    name: str
    verdict: str
    examples: int
    margin: str
    closest: dict[str, str]
    witness: dict[str, str] | None = None
    violates: str = ""


class Found(Exception):
    """A counterexample."""

    def __init__(self, point: Point, conclusion: str) -> None:
        super().__init__(conclusion)
        self.point, self.conclusion = point, conclusion


def terms(polynomial: Polynomial, values: Mapping[str, E], field: Field[E]) -> list[E]:
    """The value of each monomial."""
    found = []
    for monomial, coefficient in polynomial.items():
        term = field.number(coefficient)
        for name, power in monomial:
            term = term * values[name] ** power
        found.append(term)
    return found


def total(polynomial: Polynomial, values: Mapping[str, E], field: Field[E]) -> E:
    """The value of a polynomial."""
    return sum(terms(polynomial, values, field), field.number(Fraction(0)))


def extend(statement: Statement, point: Point, field: Field[E]) -> dict[str, E]:
    """Values of all variables and definitions, unknowns of the equalities solved for.

    What is rational is computed exactly, so that a denominator that is zero is seen to be.
    """
    exact = dict(point)
    values = {name: field.number(number) for name, number in point.items()}
    for name, body in statement.definitions.items():
        if variables_of(body.first) | variables_of(body.second) <= exact.keys():
            number = value(body.first, exact)
            if body.kind == "exp":
                values[name] = field.exp(field.number(number))
                exact |= {} if number else {name: Fraction(1)}
                continue
            if not value(body.second, exact):
                raise Vanishing(name, values)
            exact[name] = number / value(body.second, exact)
            values[name] = field.number(exact[name])
            continue
        first = total(body.first, values, field)
        if body.kind == "exp":
            values[name] = field.exp(first)
            continue
        try:
            values[name] = field.divide(first, total(body.second, values, field))
        except ZeroDivisionError:
            raise Vanishing(name, values) from None
    return values | solve(statement, values, field)


def solve(statement: Statement, values: dict[str, E], field: Field[E]) -> dict[str, E]:
    """Solve those equalities that are independent for the unknowns they determine."""
    pairs = [(name, label) for name, label in pivots(statement) if name not in values]
    if not pairs:
        return {}
    unknowns = [name for name, _ in pairs]
    rows, right = [], []
    for polynomial in (statement.hypotheses[label].polynomial for _, label in pairs):
        row = dict.fromkeys(unknowns, field.number(Fraction(0)))
        rest = field.number(Fraction(0))
        for monomial, coefficient in polynomial.items():
            inside = [n for n, _ in monomial if n in unknowns]
            others = tuple((n, k) for n, k in monomial if n not in unknowns)
            part = total({others: coefficient}, values, field)
            if inside:
                row[inside[0]] = row[inside[0]] + part
            else:
                rest = rest - part
        rows.append([row[n] for n in unknowns])
        right.append(rest)
    return dict(zip(unknowns, field.solve(rows, right), strict=True))


def guard_digits(statement: Statement, point: Point) -> int:
    """Digits lost to the spread of the exponentials, estimated in floating point."""
    biggest = 1.0
    values: dict[str, float] = {name: float(value) for name, value in point.items()}
    for name, body in statement.definitions.items():
        try:
            first = sum(
                float(c) * math.prod(values[n] ** k for n, k in m) for m, c in body.first.items()
            )
            if body.kind == "exp":
                biggest = max(biggest, abs(first))
                values[name] = math.exp(min(max(first, -700), 700))
            else:
                second = sum(
                    float(c) * math.prod(values[n] ** k for n, k in m)
                    for m, c in body.second.items()
                )
                values[name] = first / second
        except (OverflowError, ZeroDivisionError):
            values[name] = 1.0
    return 40 + int(4 * biggest / 2.3)


def margins(statement: Statement, point: Point) -> dict[str, mpmath.mpf]:
    """Relative margin of every conclusion, at 60 digits and as many more as are lost."""
    guard = guard_digits(statement, point)
    if guard > 800:
        raise Undefined("the exponentials are too far apart to evaluate here")
    field = Digits(DIGITS + guard)
    values = extend(statement, point, field)
    for fact in statement.hypotheses.values():
        slack = total(fact.polynomial, values, field)
        if (fact.relation == ">" and slack <= 0) or (
            fact.relation == ">=" and slack < -field.noise
        ):
            raise Undefined("a hypothesis does not hold here")
    found = {}
    for name, fact in statement.conclusions.items():
        parts = terms(fact.polynomial, values, field)
        size = sum((abs(x) for x in parts), field.context.zero)
        if fact.relation != "=":
            margin = sum(parts, field.context.zero) / size if size else field.context.zero
            found[name] = margin if abs(margin) > field.noise else field.context.zero
    return found


def refutes(statement: Statement, point: Point) -> str | None:
    """The conclusion that certainly fails at a point where every hypothesis certainly holds."""
    old = ctx.prec
    try:
        ctx.prec = 256 + int(4 * guard_digits(statement, point))
        field = Balls(ctx.prec)
        try:
            values = extend(statement, point, field)
        except Vanishing as gap:
            return f"{gap.name} is defined" if allowed(statement, point, gap.known, field) else None
        except Undefined:
            return None
        if not allowed(statement, point, values, field):
            return None
        for name, fact in statement.conclusions.items():
            found = total(fact.polynomial, values, field)
            if (fact.relation == ">" and found <= 0) or (fact.relation == ">=" and found < 0):
                return name
            if fact.relation == "=" and not found.contains(0):
                return name
            if fact.relation == ">" and found.contains(0) and is_zero(statement, point, fact):
                return name
        return None
    finally:
        ctx.prec = old


def is_zero(statement: Statement, point: Point, fact: Fact) -> bool:
    """Whether the two sides are exactly equal at a point; False if that cannot be decided."""
    try:
        look = Powers(first=True)
        extend(statement, point, look)
        field = Powers(common_unit(look.exponents))
        if pivots(statement) and field.degree(look.exponents) > SOLVABLE:
            return False
        return bool(total(fact.polynomial, extend(statement, point, field), field).is_zero())
    except (Undecided, ZeroDivisionError, Undefined):
        return False


def allowed(statement: Statement, point: Point, values: dict[str, arb], field: Balls) -> bool:
    """Whether every hypothesis about names that have a value certainly holds.

    About rationals that is decided exactly; equalities among the others were solved.
    """
    for fact in statement.hypotheses.values():
        names = variables_of(fact.polynomial)
        if names <= point.keys():
            if not holds(fact, point):
                return False
        elif names <= values.keys():
            found = total(fact.polynomial, values, field)
            certain = {">": found > 0, ">=": found >= 0, "=": found.contains(0)}
            if not certain[fact.relation]:
                return False
    return True


def falsify(
    name: str | Record, profile: str = "ci", *, shrink: bool = True, near: Record | None = None
) -> Attack:
    """Look for a counterexample to a theorem, or to a statement of your own.

    Parameters
    ----------
    name : str or dict
        A theorem of the ledger, or a statement record.
    profile : str
        "quick", "ci" or "long": 60, 250 or 2500 points, and as many again at the edges of the
        hypotheses and at other scales.
    shrink : bool
        Whether to look on for the simplest witness once there is one.
    near : dict, optional
        A statement whose hypotheses' edges are visited too, on both sides.

    Returns
    -------
    Attack
        "refuted" with a minimal rational witness, or "tested" with the smallest margin met.

    Raises
    ------
    KeyError
        An unknown theorem or profile.

    Examples
    --------
    >>> falsify("A9_ferro", "quick").verdict
    'refuted'
    >>> falsify("A1", "quick").verdict
    'tested'
    """
    record = THEOREMS[name].statement() if isinstance(name, str) else name
    search = Search(parse(record), shrink)
    edges = parse(near).hypotheses.values() if near is not None else ()
    found = (
        search.run(profile)
        or search.visit(profile, edges)
        or (search.run(profile) if search.seek_gap() else None)
    )
    return Attack(
        name if isinstance(name, str) else str(record["name"]),
        "refuted" if found else "tested",
        search.count,
        search.margin(),
        {k: str(v) for k, v in search.closest.items()},
        {k: str(v) for k, v in found.point.items()} if found else None,
        found.conclusion if found else "",
    )


@dataclass
class Search:
    """One run of Hypothesis over a statement's domain, and what it met.

    A conclusion that fails is looked for first; only if none is found, a denominator that is zero.
    """

    statement: Statement
    shrink: bool = True
    count: int = 0
    least: mpmath.mpf | None = None
    closest: Point = field(default_factory=dict)
    seen: list[Point] = field(default_factory=list)
    drawing: bool = False
    gaps: bool = False
    seeking_gap: bool = False

    def seek_gap(self) -> bool:
        """Look for a zero denominator from now on, if one was met."""
        self.seeking_gap = self.gaps
        return self.gaps

    def margin(self) -> str:
        """The smallest margin met, as text."""
        if self.least is None:
            return "exact"
        return mpmath.nstr(self.least, 10) if self.least else f"below 1e-{DIGITS}"

    def run(self, profile: str) -> Found | None:
        """Draw points; the simplest counterexample, if there is one."""

        @settings(
            max_examples=EXAMPLES[profile],
            deadline=None,
            database=None,
            derandomize=profile != "long",
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.target, *[Phase.shrink] * self.shrink],
        )
        @given(points(self.statement))
        def attack(point: Point) -> None:
            self.attempt(point)

        self.drawing = True
        try:
            attack()
        except Found as found:
            return found
        finally:
            self.drawing = False
        return None

    def visit(self, profile: str, near: Iterable[Fact]) -> Found | None:
        """Move points that were drawn to the edges of the domain; a counterexample, if any."""
        # in the order drawn: later ones crowd where the margin is smallest
        bases = [p for p in self.seen if guard_digits(self.statement, p) < FROZEN]
        for point in islice(proposals(self.statement, bases, near), EXAMPLES[profile]):
            try:
                self.attempt(point)
            except Found as found:
                return self.simplest(found) if self.shrink else found
        return None

    def simplest(self, found: Found) -> Found:
        """The counterexample with each value as simple as it may be for itself."""
        for name in found.point:
            for near in simpler(found.point[name]):
                point = found.point | {name: near}
                violated = refutes(self.statement, point)
                if violated is not None and not violated.endswith("is defined"):
                    found = Found(point, violated)
                    break
        return found

    def attempt(self, point: Point) -> None:
        """Margins at a point; whatever looks like a counterexample is decided exactly."""
        try:
            found = margins(self.statement, point)
        except Vanishing:
            self.gaps = True
            if self.seeking_gap:
                decide(self.statement, point)
            return
        except Undefined:
            return
        if not self.seeking_gap:
            self.record(found, point)
        strict = [n for n, f in self.statement.conclusions.items() if f.relation == ">"]
        suspicious = any(m < 0 for m in found.values()) or any(found[n] == 0 for n in strict)
        if suspicious or len(found) < len(self.statement.conclusions):
            decide(self.statement, point)

    def record(self, found: Mapping[str, mpmath.mpf], point: Point) -> None:
        """Count the point, and keep it if its margin is the smallest."""
        self.count += 1
        if len(self.seen) < EXAMPLES["ci"]:
            self.seen.append(dict(point))
        if not found:
            return
        least = min(found.values())
        if self.drawing:
            target(-float(least))
        if self.least is None or least < self.least:
            self.least, self.closest = least, dict(point)


def decide(statement: Statement, point: Point) -> None:
    """Raise ``Found`` if the point certainly refutes the statement."""
    violated = refutes(statement, point)
    if violated is not None:
        raise Found(point, violated)


def falsify_all(profile: str = "ci") -> list[Attack]:
    """Attack every theorem of the registry."""
    return [falsify(name, profile) for name in THEOREMS]
