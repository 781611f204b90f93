"""Randomised search for counterexamples: drawn, shrunk, then decided exactly.

What survives is *tested*, never "proved"; what is found is a rational point at which balls show
that every hypothesis holds and a conclusion fails.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
from flint import arb, arb_mat, ctx, fmpq
from hypothesis import HealthCheck, given, settings, target

from symqb.certify.checker import Polynomial, Statement
from symqb.prove.builder import Record
from symqb.prove.sampling import Point, determined, parse, points
from symqb.prove.theorems.registry import THEOREMS

EXAMPLES = {"quick": 40, "ci": 100, "long": 2000}
DIGITS = 60


class Undefined(ArithmeticError):
    """The statement says nothing at this point, or it cannot be evaluated there."""


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
        Points drawn that met the hypotheses.
    margin : str
        Smallest relative margin of a conclusion, at 60 digits: its value over the sum of the
        magnitudes of its terms.
    closest : dict
        Where that was.
    witness : dict or None
        A rational point that refutes, minimal.
    violates : str
        The conclusion that fails there.
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


class Balls:
    """Evaluation in ball arithmetic at a precision."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def number(self, value: Fraction) -> Any:
        return arb(fmpq(value.numerator, value.denominator))

    def exp(self, value: Any) -> Any:
        return value.exp()

    def solve(self, rows: list[list[Any]], right: list[Any]) -> list[Any]:
        try:
            solution = arb_mat(rows).solve(arb_mat([[x] for x in right]))
        except ZeroDivisionError:
            raise Undefined("the equalities do not determine their unknowns") from None
        return [solution[k, 0] for k in range(len(rows))]

    def divide(self, a: Any, b: Any) -> Any:
        if b.contains(0):
            raise Undefined("a denominator may vanish")
        return a / b


class Digits:
    """Evaluation by mpmath at a number of digits, in a context of its own."""

    def __init__(self, digits: int) -> None:
        self.context = mpmath.MPContext()
        self.context.dps = digits

    def number(self, value: Fraction) -> Any:
        return self.context.mpf(value.numerator) / value.denominator

    def exp(self, value: Any) -> Any:
        return self.context.exp(value)

    def solve(self, rows: list[list[Any]], right: list[Any]) -> list[Any]:
        try:
            return list(
                self.context.lu_solve(self.context.matrix(rows), self.context.matrix(right))
            )
        except ZeroDivisionError:
            raise Undefined("the equalities do not determine their unknowns") from None

    def divide(self, a: Any, b: Any) -> Any:
        if b == 0:
            raise Undefined("a denominator vanishes")
        return a / b


def terms(polynomial: Polynomial, values: Mapping[str, Any], field: Any) -> list[Any]:
    """The value of each monomial."""
    found = []
    for monomial, coefficient in polynomial.items():
        term = field.number(coefficient)
        for name, power in monomial:
            term = term * values[name] ** power
        found.append(term)
    return found


def total(polynomial: Polynomial, values: Mapping[str, Any], field: Any) -> Any:
    """The value of a polynomial."""
    return sum(terms(polynomial, values, field), field.number(Fraction(0)))


def extend(statement: Statement, point: Point, field: Any) -> dict[str, Any]:
    """Values of all variables and definitions, unknowns of the equalities solved for."""
    values = {name: field.number(value) for name, value in point.items()}
    unknowns = [name for name in determined(statement) if name not in point]
    for name, body in statement.definitions.items():
        first = total(body.first, values, field)
        if body.kind == "exp":
            values[name] = field.exp(first)
        else:
            values[name] = field.divide(first, total(body.second, values, field))
    if unknowns:
        values |= solve(statement, unknowns, values, field)
    return values


def solve(
    statement: Statement, unknowns: list[str], values: dict[str, Any], field: Any
) -> dict[str, Any]:
    """Solve the equalities, dropping those that the others imply (one rate equation)."""
    equations = [
        f.polynomial for f in statement.hypotheses.values()
        if f.relation == "=" and any(n in unknowns for m in f.polynomial for n, _ in m)
    ]  # fmt: skip
    rows, right = [], []
    for polynomial in equations[len(equations) - len(unknowns) :]:
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


def margins(statement: Statement, point: Point) -> dict[str, Any]:
    """Relative margin of every conclusion, at 60 digits and as many more as are lost."""
    guard = guard_digits(statement, point)
    if guard > 800:
        raise Undefined("the exponentials are too far apart to evaluate here")
    field = Digits(DIGITS + guard)
    values = extend(statement, point, field)
    found = {}
    for name, fact in statement.conclusions.items():
        parts = terms(fact.polynomial, values, field)
        size = sum((abs(x) for x in parts), field.context.zero)
        if fact.relation != "=":
            found[name] = sum(parts, field.context.zero) / size if size else field.context.zero
    return found


def refutes(statement: Statement, point: Point) -> str | None:
    """The conclusion that certainly fails at a point where every hypothesis certainly holds."""
    old = ctx.prec
    try:
        ctx.prec = 256 + int(4 * guard_digits(statement, point))
        field = Balls(ctx.prec)
        try:
            values = extend(statement, point, field)
        except Undefined:
            return None
        for fact in statement.hypotheses.values():
            found = total(fact.polynomial, values, field)
            if fact.relation == ">" and not found > 0:
                return None
            if fact.relation == ">=" and not found >= 0:
                return None
        for name, fact in statement.conclusions.items():
            found = total(fact.polynomial, values, field)
            if (fact.relation == ">" and found <= 0) or (fact.relation == ">=" and found < 0):
                return name
            if fact.relation == "=" and not found.contains(0):
                return name
        return None
    finally:
        ctx.prec = old


def falsify(name: str | Record, profile: str = "ci") -> Attack:
    """Look for a counterexample to a theorem, or to a statement of your own.

    Parameters
    ----------
    name : str or dict
        A theorem of the ledger, or a statement record.
    profile : str
        "quick", "ci" or "long": 40, 100 or 2000 points.

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
    statement = parse(record)
    best: dict[str, Any] = {"margin": None, "point": {}, "count": 0}

    @settings(
        max_examples=EXAMPLES[profile], deadline=None, database=None,
        derandomize=profile != "long", print_blob=False, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(points(statement))
    def attack(point: Point) -> None:
        try:
            found = margins(statement, point)
        except Undefined:
            return
        best["count"] += 1
        if found:
            target(-float(min(found.values())))
        for margin in found.values():
            if best["margin"] is None or margin < best["margin"]:
                best["margin"], best["point"] = margin, dict(point)
        suspicious = any(m < 0 for m in found.values()) or len(found) < len(statement.conclusions)
        strict = any(
            f.relation == ">" and found[n] == 0
            for n, f in statement.conclusions.items()
            if n in found
        )
        if suspicious or strict:
            violated = refutes(statement, point)
            if violated is not None:
                raise Found(point, violated)

    witness, violates, verdict = None, "", "tested"
    try:
        attack()
    except Found as found:
        witness = {k: str(v) for k, v in found.point.items()}
        violates, verdict = found.conclusion, "refuted"
    margin = "exact" if best["margin"] is None else mpmath.nstr(best["margin"], 10)
    closest = {k: str(v) for k, v in best["point"].items()}
    label = name if isinstance(name, str) else str(record["name"])
    return Attack(label, verdict, best["count"], margin, closest, witness, violates)


def falsify_all(profile: str = "ci") -> list[Attack]:
    """Attack every theorem of the registry."""
    return [falsify(name, profile) for name in THEOREMS]
