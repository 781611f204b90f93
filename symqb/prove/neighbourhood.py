"""Where a false hypothesis shows: on the edge of the domain, and at other scales.

A threshold that is too weak by a thousandth is wrong in a sliver that random points miss.  So
points that were drawn are moved to the edge of each hypothesis, met or missed by 10^-k of its
size, and along the scalings under which the rest of the statement stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from math import lcm

from flint import fmpq, fmpq_mat

from symqb.certify.checker import Fact, Polynomial, Statement
from symqb.prove.polynomials import fraction
from symqb.prove.sampling import Point, affine, determined, holds, variables_of

Q = Fraction
Weights = dict[str, int]

STEPS = (Q(1, 10**12), Q(9, 10**4), Q(9, 10**7))
MANY, FEW = 12, 3  # points at an edge between variables, and at one of a variable's sign
SCALES = (0, -3, 3, -6, 6)  # powers of ten


def symmetries(statement: Statement) -> list[Weights]:
    """Scalings x -> s^weight x that keep definitions, equalities and conclusions what they are.

    Inequalities among the hypotheses may break them: that is where a threshold that does not
    scale is found wrong.

    Parameters
    ----------
    statement : Statement
        As the checker reads it.

    Returns
    -------
    list of dict
        Independent ones: the weights of the variables, but for those of weight zero.

    Examples
    --------
    >>> from symqb.prove.sampling import parse
    >>> from symqb.prove.builder import statement as record
    >>> symmetries(parse(record("s", "x T", [("X", "exp", "2"), ("q", "over", ("x", "T"))], {},
    ...                         {"c": "q > X"})))
    [{'x': 1, 'T': 1}]
    """
    names = [*statement.variables, *statement.definitions]
    place = {name: k for k, name in enumerate(names)}
    rows: list[list[int]] = []

    def same(
        polynomials: Sequence[Polynomial], name: str | None = None, zero: bool = False
    ) -> None:
        """All monomials of a polynomial weigh the same; of a quotient, its name is the rest."""
        first: list[list[int]] = []
        for polynomial in polynomials:
            weights = [weigh(monomial, place) for monomial in polynomial]
            rows.extend(difference(w, weights[0]) for w in weights[1:])
            first += weights[:1]
        if zero:
            rows.extend(first)
        elif name is not None and len(first) == 2:
            rows.append(difference(difference(*first), weigh(((name, 1),), place)))

    for name, body in statement.definitions.items():
        if body.kind == "exp":
            same([body.first], zero=True)
            rows.append(weigh(((name, 1),), place))
        else:
            same([body.first, body.second], name)
    equalities = [f for f in statement.hypotheses.values() if f.relation == "="]
    for fact in [*equalities, *statement.conclusions.values()]:
        same([fact.polynomial])
    free = set(statement.variables) - set(determined(statement))
    found = []
    for vector in null_space(rows, len(names)):
        weights = {n: w for n, w in zip(names, vector, strict=True) if w and n in free}
        found += [weights] if weights else []
    return found


def weigh(monomial: Iterable[tuple[str, int]], place: dict[str, int]) -> list[int]:
    """The powers of all names in a monomial."""
    row = [0] * len(place)
    for name, power in monomial:
        row[place[name]] += power
    return row


def difference(a: Sequence[int], b: Sequence[int]) -> list[int]:
    """One row of numbers less another."""
    return [x - y for x, y in zip(a, b, strict=True)]


def null_space(rows: Sequence[Sequence[int]], size: int) -> list[list[int]]:
    """Independent whole vectors on which every row vanishes."""
    distinct = list({tuple(row) for row in rows if any(row)}) or [(0,) * size]
    reduced, rank = fmpq_mat([[fmpq(x) for x in row] for row in distinct]).rref()
    pivots = [next(k for k in range(size) if reduced[i, k] != 0) for i in range(rank)]
    found = []
    for k in sorted(set(range(size)) - set(pivots)):
        vector = [Q(0)] * size
        vector[k] = Q(1)
        for i, pivot in enumerate(pivots):
            vector[pivot] = -fraction(reduced[i, k])
        common = lcm(*(x.denominator for x in vector))
        found.append([int(x * common) for x in vector])
    return found


def scaled(point: Point, weights: Weights, power: int) -> Point:
    """The point with each variable times ten to the power of its weight."""
    return {n: x * Q(10) ** (power * weights.get(n, 0)) for n, x in point.items()}


def proposals(
    statement: Statement, bases: Sequence[Point], near: Iterable[Fact] = ()
) -> Iterator[Point]:
    """Points of the domain close to the edge of a hypothesis, the closest first.

    Parameters
    ----------
    statement : Statement
        Whose domain it is.
    bases : sequence of dict
        Points of the domain to start from; each edge takes the first of those that reach it.
    near : iterable of Fact
        More inequalities, which need not hold: both sides of their edges are visited.
    """
    inside = [f for f in statement.hypotheses.values() if f.relation != "="]
    outside = [f for f in near if f.relation != "=" and f not in inside]
    edges = [(f, 1) for f in inside] + [(f, side) for f in outside for side in (1, -1)]
    between = [e for e in edges if len(e[0].polynomial) > 1]
    signs = [e for e in edges if len(e[0].polynomial) < 2]
    scalings = symmetries(statement)
    for power in SCALES:
        for weights in scalings if power else [Weights()]:
            moved = [scaled(base, weights, power) for base in bases]
            yield from visits(statement, between, moved, MANY)
            yield from visits(statement, signs, moved, FEW)


def visits(
    statement: Statement, edges: Sequence[tuple[Fact, int]], bases: Sequence[Point], count: int
) -> Iterator[Point]:
    """So many points at each edge, by turns, the closest first."""
    reach = [
        list(
            islice(
                (b for b in bases if next(at_edge(statement, fact, b, side * STEPS[0]), None)),
                count,
            )
        )
        for fact, side in edges
    ]
    for step in STEPS:
        for turn in range(count):
            for (fact, side), reached in zip(edges, reach, strict=True):
                for base in reached[turn : turn + 1]:
                    yield from at_edge(statement, fact, base, side * step)


def at_edge(statement: Statement, fact: Fact, base: Point, step: Fraction) -> Iterator[Point]:
    """The point with one variable moved until a fact holds by ``step`` of the variable's size.

    The first variable that the fact is affine in is moved, provided that the point stays in the
    domain.
    """
    for name in statement.variables:
        if name not in base or name not in variables_of(fact.polynomial):
            continue
        line = affine(fact.polynomial, name, {k: v for k, v in base.items() if k != name})
        if line is None or not line[0]:
            continue
        edge = -line[1] / line[0]
        size = abs(edge) or max((abs(x) for x in base.values()), default=Q(1))
        point = base | {name: edge + size * step * (1 if line[0] > 0 else -1)}
        known = (
            f for f in statement.hypotheses.values() if variables_of(f.polynomial) <= point.keys()
        )
        if all(holds(f, point) for f in known):
            yield point
            return


def simpler(value: Fraction) -> Iterator[Fraction]:
    """Rationals close to a value with ever larger denominators, the value itself left out."""
    for digits in range(13):
        near = value.limit_denominator(10**digits)
        if near != value:
            yield near
