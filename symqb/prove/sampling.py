"""Hypothesis strategies for the domain of a statement: rational points that meet its hypotheses."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache, lru_cache

from hypothesis import assume
from hypothesis import strategies as st

from symqb.certify.checker import Checker, Fact, Monomial, Polynomial, Statement
from symqb.prove.builder import Record, Unmetered

Point = dict[str, Fraction]
Terms = tuple[tuple[Monomial, Fraction], ...]
Bound = tuple[Fraction, bool]  # where, and whether it is itself allowed
Q = Fraction
PYTHAGOREAN = [(Q(1), Q(0)), (Q(3, 5), Q(4, 5)), (Q(5, 13), Q(12, 13)), (Q(8, 17), Q(15, 17))]


def parse(record: Record) -> Statement:
    """A statement record as the checker understands it."""
    checker = Checker()
    checker.arithmetic = Unmetered()
    return checker.statement(record)


@cache
def positives() -> st.SearchStrategy[Fraction]:
    """Positive rationals: simple ones, fine ones, and both extremes."""
    simple = st.integers(1, 12).map(Fraction)
    fine = st.fractions(Q(1, 100), Q(20), max_denominator=100)
    small = st.integers(2, 30).map(lambda k: Q(1, k))
    extreme = st.builds(lambda k, s: Q(10) ** (k if s else -k), st.integers(1, 4), st.booleans())
    return st.one_of(simple, fine, small, extreme)


def positive(draw: st.DrawFn, near: list[Fraction]) -> Fraction:
    """A positive rational, at times equal or close to one drawn before, or a small part of it."""
    if near and draw(st.integers(0, 4)) == 4:
        return near[draw(st.integers(0, len(near) - 1))] * draw(st.sampled_from(FACTORS))
    return draw(positives())


def signed(draw: st.DrawFn, near: list[Fraction]) -> Fraction:
    """A rational of either sign, or zero."""
    sign = draw(st.integers(0, 4))
    return Q(0) if sign == 0 else positive(draw, near) * (1 if sign < 3 else -1)


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


FACTORS = (Q(1), 1 + Q(1, 10**6), 1 - Q(1, 10**6), Q(101, 100), Q(1, 10), Q(1, 100))
SLIGHT = (Q(1, 2), Q(1, 4), Q(1, 10), Q(1, 100), Q(1, 10**4), Q(1, 10**6))


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
    hypotheses = statement.hypotheses.values()
    known = [f for f in hypotheses if variables_of(f.polynomial) <= point.keys()]
    assume(all(holds(f, point) for f in known))
    return point


def holds(fact: Fact, point: Point) -> bool:
    """Whether a fact is true at a rational point."""
    found = value(fact.polynomial, point)
    return (
        found > 0 if fact.relation == ">" else found == 0 or (found > 0 and fact.relation == ">=")
    )


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
    ends: dict[int, list[Bound]] = {1: [], -1: []}
    for fact in facts:
        line = (
            affine(fact.polynomial, name, point) if name in variables_of(fact.polynomial) else None
        )
        if line is not None and line[0]:
            ends[1 if line[0] > 0 else -1].append((-line[1] / line[0], fact.relation == ">="))
    low, high = max(ends[1], default=None, key=first), min(ends[-1], default=None, key=first)
    closed = [end[0] for end in (low, high) if end is not None and end[1]]
    if closed and draw(st.integers(0, 3)) == 3:
        return draw(st.sampled_from(closed))
    if low is not None and high is not None:
        assume(low[0] < high[0])
        return low[0] + (high[0] - low[0]) * draw(inside())
    near = [abs(v) for v in point.values() if v]
    if low is not None and low[0] and draw(st.integers(0, 2)) == 2:
        return low[0] + abs(low[0]) * draw(st.sampled_from(SLIGHT))
    if low is not None:
        return low[0] + positive(draw, near)
    return high[0] - positive(draw, near) if high is not None else signed(draw, near)


def first(bound: Bound) -> Fraction:
    """Where a bound is."""
    return bound[0]


@cache
def inside() -> st.SearchStrategy[Fraction]:
    """A share of an interval, often close to one of its ends."""
    close = st.integers(2, 6).map(lambda k: Q(1, 10**k))
    return st.one_of(
        st.fractions(Q(1, 64), Q(63, 64), max_denominator=64), close, close.map(lambda e: 1 - e)
    )


def determined(statement: Statement) -> list[str]:
    """Populations that the equalities, affine in them jointly, leave no choice of."""
    return [name for name, _ in pivots(statement)]


def pivots(statement: Statement) -> list[tuple[str, str]]:
    """Pairs (population, equality): as many as the equalities are independent of each other.

    Independence is judged at random values of all that the coefficients are made of.
    """
    candidates = tuple(v for v in statement.variables if v[0] == "p" and v[1:].isdigit())
    exact = tuple(
        (label, tuple(fact.polynomial.items()))
        for label, fact in statement.hypotheses.items()
        if fact.relation == "=" and variables_of(fact.polynomial) & set(candidates)
    )
    return list(_pivots(candidates, exact))


@lru_cache(maxsize=64)
def _pivots(
    candidates: tuple[str, ...], exact: tuple[tuple[str, Terms], ...]
) -> tuple[tuple[str, str], ...]:
    chance = random.Random(1)
    at: dict[str, Fraction] = {}
    rows: list[tuple[str, dict[str, Fraction]]] = []
    found: list[tuple[str, str]] = []
    for label, terms in exact:
        row = dict.fromkeys(candidates, Q(0))
        for monomial, coefficient in terms:
            for name, power in monomial:
                if name not in row:
                    at.setdefault(name, Q(chance.randint(1, 10**6)))
                    coefficient *= at[name] ** power
            for name in {n for n, _ in monomial} & row.keys():
                row[name] += coefficient
        for pivot, earlier in rows:
            share = row[pivot] / earlier[pivot]
            row = {n: v - share * earlier[n] for n, v in row.items()}
        left = [n for n, v in row.items() if v]
        if left:
            rows.append((left[0], row))
            found.append((left[0], label))
    return tuple(found)


def special(draw: st.DrawFn, statement: Statement, point: Point) -> None:
    """Families that no bound describes: doubly stochastic and unitary matrices, alpha, baths."""
    names = set(statement.variables)
    if {"s1_1", "s2_2"} <= names:
        point |= stochastic(draw, size(names, "s"))
    if {"U", "V", "A", "u1", "v1", "a1"} <= names:
        point |= baths(draw)
    if {"a1_1", "b1_1"} <= names:
        point |= orthogonal(draw, size(names, "a"))
    if {"alpha", "D", "J"} <= names:
        J = draw(positives())
        u = J * draw(st.sampled_from([Q(4), Q(2), Q(3), Q(5), Q(8), Q(1)]))
        point |= {"J": J, "D": (8 * J * J / u - u) / 2, "alpha": (u + 8 * J * J / u) / 2}


def baths(draw: st.DrawFn) -> Point:
    """Three baths that get colder, in the variables of the induction step, one perturbed."""
    x, y = draw(positives()), draw(positives())
    point: Point = {}
    for scale in (("U", "V", "A"), ("u", "v", "a"), ("u1", "v1", "a1")):
        weight = draw(positives())
        point |= dict(zip(scale, (weight * x, weight * y, weight), strict=True))
        x, y = (v * draw(st.sampled_from([Q(1), Q(1, 2), Q(9, 10), Q(1, 100)])) for v in (x, y))
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(point)))
        point[name] = draw(st.sampled_from([Q(-1), Q(0), Q(1, 2), Q(2), Q(99, 100)])) * point[name]
    return point


def size(names: Iterable[str], letter: str) -> int:
    return max(int(n[1:].split("_")[0]) for n in names if n[0] == letter and "_" in n)


def stochastic(draw: st.DrawFn, n: int) -> Point:
    """A mixture of up to three permutation matrices, at times with one entry made smaller.

    Rows and columns still sum to one: four entries change, by turns down and up.
    """
    weights = draw(st.lists(st.integers(0, 6), min_size=3, max_size=3).filter(any))
    found = {f"s{i}_{j}": Q(0) for i in range(1, n + 1) for j in range(1, n + 1)}
    for weight in weights:
        for i, j in enumerate(draw(st.permutations(range(1, n + 1))), 1):
            found[f"s{i}_{j}"] += Q(weight, sum(weights))
    if draw(st.booleans()):
        i, j = draw(st.tuples(st.integers(1, n), st.integers(1, n)))
        full = [
            (k, m)
            for k in range(1, n + 1)
            for m in range(1, n + 1)
            if k != i and m != j and found[f"s{k}_{m}"] > 0
        ]
        assume(full)
        k, m = draw(st.sampled_from(full))
        step = found[f"s{k}_{m}"] * draw(st.sampled_from([Q(1), Q(1, 2), Q(1, 100)]))
        for a, b, sign in ((i, j, -1), (k, m, -1), (i, m, 1), (k, j, 1)):
            found[f"s{a}_{b}"] += sign * step
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


__all__ = ["Point", "determined", "parse", "pivots", "points", "value", "variables_of"]
