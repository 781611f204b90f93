"""Hypothesis strategies for the domain of a statement: rational points that meet its hypotheses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from hypothesis import assume
from hypothesis import strategies as st

from symqb.certify.checker import Checker, Fact, Polynomial, Statement
from symqb.prove.builder import Record, Unmetered

Point = dict[str, Fraction]
Q = Fraction
PYTHAGOREAN = [(Q(1), Q(0)), (Q(3, 5), Q(4, 5)), (Q(5, 13), Q(12, 13)), (Q(8, 17), Q(15, 17))]


def parse(record: Record) -> Statement:
    """A statement record as the checker understands it."""
    checker = Checker()
    checker.arithmetic = Unmetered()
    return checker.statement(record)


def positives() -> st.SearchStrategy[Fraction]:
    """Positive rationals: simple ones, fine ones, and both extremes."""
    simple = st.integers(1, 12).map(Fraction)
    fine = st.fractions(Q(1, 100), Q(20), max_denominator=100)
    small = st.integers(2, 30).map(lambda k: Q(1, k))
    extreme = st.builds(lambda k, s: Q(10) ** (k if s else -k), st.integers(1, 4), st.booleans())
    return st.one_of(simple, fine, small, extreme)


def signed() -> st.SearchStrategy[Fraction]:
    """Rationals of both signs, and zero."""
    return st.one_of(st.just(Q(0)), positives(), positives().map(lambda v: -v))


def value(polynomial: Polynomial, point: Mapping[str, Fraction]) -> Fraction:
    """A polynomial at a rational point."""
    total = Q(0)
    for monomial, coefficient in polynomial.items():
        for name, power in monomial:
            coefficient *= point[name] ** power
        total += coefficient
    return total


def variables_of(polynomial: Polynomial) -> set[str]:
    """The names that occur in a polynomial."""
    return {name for monomial in polynomial for name, _ in monomial}


def affine(polynomial: Polynomial, name: str, point: Point) -> tuple[Fraction, Fraction] | None:
    """(a, b) with polynomial = a name + b, if it is of that form where the rest is known."""
    a, b = Q(0), Q(0)
    for monomial, coefficient in polynomial.items():
        powers = dict(monomial)
        power = powers.pop(name, 0)
        if power > 1 or not powers.keys() <= point.keys():
            return None
        part = value({tuple(sorted(powers.items())): coefficient}, point)
        a, b = (a + part, b) if power else (a, b + part)
    return a, b


@st.composite
def points(draw: st.DrawFn, statement: Statement) -> Point:
    """A rational point for every variable that the equalities do not determine.

    Variables are drawn last to first, each within the bounds that hypotheses affine in it set.
    """
    point: Point = {}
    special(draw, statement, point)
    solved = determined(statement)
    inequalities = [f for f in statement.hypotheses.values() if f.relation != "="]
    exact = [f for f in statement.hypotheses.values() if f.relation == "="]
    for name in reversed(statement.variables):
        if name in point or name in solved:
            continue
        fixed = pinned(exact, name, point)
        point[name] = fixed if fixed is not None else bounded(draw, inequalities, name, point)
    known = [f for f in inequalities if variables_of(f.polynomial) <= point.keys()]
    assume(all(holds(f, point) for f in known))
    return point


def holds(fact: Fact, point: Point) -> bool:
    found = value(fact.polynomial, point)
    return found > 0 or (found == 0 and fact.relation == ">=")


def pinned(exact: Iterable[Fact], name: str, point: Point) -> Fraction | None:
    """The value an equality in this variable alone leaves it."""
    for fact in exact:
        if name in variables_of(fact.polynomial):
            line = affine(fact.polynomial, name, point)
            if line is not None and line[0]:
                return -line[1] / line[0]
    return None


def bounded(draw: st.DrawFn, facts: Iterable[Fact], name: str, point: Point) -> Fraction:
    """A value between the bounds set so far, often close to one of them."""
    low: Fraction | None = None
    high: Fraction | None = None
    for fact in facts:
        line = (
            affine(fact.polynomial, name, point) if name in variables_of(fact.polynomial) else None
        )
        if line is None or not line[0]:
            continue
        bound = -line[1] / line[0]
        if line[0] > 0:
            low = bound if low is None else max(low, bound)
        else:
            high = bound if high is None else min(high, bound)
    if low is not None and high is not None:
        assume(low < high)
        return low + (high - low) * draw(st.fractions(Q(1, 64), Q(63, 64), max_denominator=64))
    if low is not None:
        return low + draw(positives())
    return high - draw(positives()) if high is not None else draw(signed())


def determined(statement: Statement) -> list[str]:
    """Variables, last to first, in which all the equalities are affine jointly: solved for."""
    exact = [f.polynomial for f in statement.hypotheses.values() if f.relation == "="]
    names = [v for v in statement.variables if v[0] == "p" and v[1:].isdigit()]
    used = {n for p in exact for n in variables_of(p)}
    return [n for n in names if n in used]


def special(draw: st.DrawFn, statement: Statement, point: Point) -> None:
    """Families that no bound describes: doubly stochastic and unitary matrices, alpha."""
    names = set(statement.variables)
    if {"s1_1", "s2_2"} <= names:
        point |= stochastic(draw, size(names, "s"))
    if {"a1_1", "b1_1"} <= names:
        point |= orthogonal(draw, size(names, "a"))
    if {"alpha", "D", "J"} <= names:
        J = draw(positives())
        u = J * draw(st.sampled_from([Q(4), Q(2), Q(3), Q(5), Q(8), Q(1)]))
        point |= {"J": J, "D": (8 * J * J / u - u) / 2, "alpha": (u + 8 * J * J / u) / 2}


def size(names: Iterable[str], letter: str) -> int:
    return max(int(n[1:].split("_")[0]) for n in names if n[0] == letter and "_" in n)


def stochastic(draw: st.DrawFn, n: int) -> Point:
    """A mixture of up to three permutation matrices."""
    weights = draw(st.lists(st.integers(0, 6), min_size=3, max_size=3).filter(any))
    found = {f"s{i}_{j}": Q(0) for i in range(1, n + 1) for j in range(1, n + 1)}
    for weight in weights:
        for i, j in enumerate(draw(st.permutations(range(1, n + 1))), 1):
            found[f"s{i}_{j}"] += Q(weight, sum(weights))
    return found


def orthogonal(draw: st.DrawFn, n: int) -> Point:
    """A rational orthogonal matrix: rotations by Pythagorean angles, then a permutation."""
    order = draw(st.permutations(range(n)))
    rows = [[Q(int(j == order[i])) for j in range(n)] for i in range(n)]
    for _ in range(draw(st.integers(0, 3))):
        i, j = draw(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)))
        c, s = draw(st.sampled_from(PYTHAGOREAN))
        if i != j:
            first, second = rows[i], rows[j]
            rows[i] = [c * x + s * y for x, y in zip(first, second, strict=True)]
            rows[j] = [c * y - s * x for x, y in zip(first, second, strict=True)]
    found = {f"a{i + 1}_{j + 1}": rows[i][j] for i in range(n) for j in range(n)}
    return found | {f"b{i + 1}_{j + 1}": Q(0) for i in range(n) for j in range(n)}


__all__ = ["Point", "determined", "parse", "points", "value", "variables_of"]
