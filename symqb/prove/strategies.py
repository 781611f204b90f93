"""Ways to find a step of a proof: substitution, sums of squares, splitting on orders.

The fourth, linear programming over products of facts, is :meth:`symqb.prove.Proof.search`.  Each
writes steps the checker replays, or raises ``NotFound``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from flint import fmpq_mpoly

from symqb.certify.checker import Polynomial, constant
from symqb.prove.builder import NotFound, Proof, write
from symqb.prove.polynomials import Ring, rational
from symqb.prove.sampling import variables_of
from symqb.prove.squares import Block, decompose, pruned


def substitution(p: Proof, fact: str, claim: str, places: Mapping[str, str]) -> None:
    """Write the claim in nonnegative variables; it holds if no coefficient is negative.

    Parameters
    ----------
    p : Proof
        The proof to be continued.
    fact, claim : str
        Name and relation to show.
    places : dict
        For each variable, the fact that takes its place: the fact's polynomial is c v + (others),
        c > 0, and v becomes (fact - others)/c.  Places are taken in order, so a fact about ``B0``
        may involve variables that are replaced after it.  Every name in the claim needs a place.

    Raises
    ------
    NotFound
        A fact that is not of this form, a name without a place, or a negative coefficient, which
        the message names.

    Examples
    --------
    >>> from symqb.prove import Proof, statement
    >>> from symqb.prove.strategies import substitution
    >>> stated = statement("s", "B J D", [], {"J": "J > 0", "D": "D > 0", "field": "B > J + D"},
    ...                    {"c": "B^2 > J^2 + D^2"})
    >>> p = Proof(stated)
    >>> substitution(p, "c", "B^2 > J^2 + D^2", {"B": "field", "J": "J", "D": "D"})
    >>> p.done().name
    's'
    """
    target = p.checker.relation(claim, p.context)
    image = target.polynomial
    for variable, place in places.items():
        image = _replace(p, image, variable, place)
    missing = {n for n in variables_of(image) if not n.startswith("_")}
    if missing:
        raise NotFound(f"{fact}: no fact takes the place of {', '.join(sorted(missing))}")
    negative = next((m for m, v in image.items() if v < 0), None)
    if negative is not None:
        name = write({negative: image[negative]}).replace("_", "")
        raise NotFound(f"{fact}: in the facts {', '.join(places.values())} there is a term {name}")
    terms = [
        (str(value), [n[1:] for n, power in monomial for _ in range(power)], None)
        for monomial, value in image.items()
    ]
    if target.relation == ">" and not any(
        all(p.fact(n).relation == ">" for n in names) for _, names, _ in terms
    ):
        raise NotFound(f"{fact}: no term is strictly positive")
    p.combine(fact, claim, terms)


def _replace(p: Proof, polynomial: Polynomial, variable: str, fact: str) -> Polynomial:
    """The polynomial with the variable written as (_fact - others)/c."""
    arithmetic, place = p.checker.arithmetic, p.fact(fact).polynomial
    alone = ((variable, 1),)
    scale = place.get(alone, Fraction(0))
    others = {m: v for m, v in place.items() if m != alone}
    if scale <= 0 or variable in variables_of(others):
        raise NotFound(f"{fact} is not of the form c {variable} + others with c > 0")
    images: dict[str, Polynomial] = {n: {((n, 1),): Fraction(1)} for n in variables_of(polynomial)}
    image = arithmetic.add({((f"_{fact}", 1),): Fraction(1)}, others, -1)
    images[variable] = arithmetic.multiply(constant(1 / scale), image)
    return arithmetic.substitute(polynomial, images)


def sum_of_squares(
    p: Proof,
    fact: str,
    claim: str,
    facts: Sequence[str] = (),
    equal: Mapping[str, Sequence[str] | str] | None = None,
    degree: int = 1,
    top: int | None = None,
) -> None:
    """Find claim = sum over products of facts of (product times a sum of squares).

    Parameters
    ----------
    p : Proof
        The proof to be continued.
    fact, claim : str
        Name and relation to show; not an equality.
    facts : sequence of str
        Inequalities that may be multiplied with squares, and with each other.
    equal : dict, optional
        For each equality that may be used, the terms its multiplier may have.
    degree : int
        At most so many different facts in a product.
    top : int, optional
        Greatest degree of a product times its squares; by default that of the claim, made even.

    Raises
    ------
    NotFound
        If none was found, which does not mean that there is none.
    ImportError
        Without the extra ``squares``.

    Examples
    --------
    >>> from symqb.prove import Proof, statement
    >>> from symqb.prove.strategies import sum_of_squares
    >>> claim = "x^4 + y^4 >= x^3*y + x*y^3"
    >>> p = Proof(statement("s", "x y", [], {}, {"c": claim}))
    >>> sum_of_squares(p, "c", claim)
    >>> p.done().name
    's'
    """
    target = p.checker.relation(claim, p.context)
    if target.relation == "=":
        raise NotFound(f"{fact}: squares do not show an equality")
    columns = _columns(p, equal or {})
    known = [p.fact(name).polynomial for name in facts]
    used = [(m, p.fact(e).polynomial) for e, m in columns]
    ring = Ring([target.polynomial, *known, *itertools.chain(*used)])
    goal = ring.enter(target.polynomial)
    highest = goal.total_degree() + goal.total_degree() % 2 if top is None else top
    chosen, blocks = _blocks(ring, facts, known, degree, highest)
    if len(blocks) == 1 and not columns:
        blocks = [Block(blocks[0].multiplier, tuple(pruned(goal, blocks[0].basis)))]
    found = decompose(goal, blocks, [ring.enter(m) * ring.enter(e) for m, e in used])
    if found is None:
        raise NotFound(f"no sum of squares was found that gives {fact}: {claim}")
    multiples = _multiples(ring, columns, found.multiples)
    _write(p, fact, claim, ring, zip(chosen, found.squares, strict=True), multiples)


def _columns(p: Proof, equal: Mapping[str, Sequence[str] | str]) -> list[tuple[str, Polynomial]]:
    """Each term that the multiplier of an equality may have, with the equality's name."""
    return [
        (name, p.polynomial(text))
        for name, texts in equal.items()
        for text in ([texts] if isinstance(texts, str) else texts)
    ]


def _multiples(
    ring: Ring, columns: Sequence[tuple[str, Polynomial]], values: Sequence[Fraction]
) -> dict[str, Polynomial]:
    """The multiplier of each equality, summed from the terms it may have."""
    total: dict[str, fmpq_mpoly] = {}
    for (name, term), value in zip(columns, values, strict=True):
        total[name] = total.get(name, 0) + rational(value) * ring.enter(term)
    return {name: ring.leave(multiplier) for name, multiplier in total.items()}


def _blocks(
    ring: Ring, facts: Sequence[str], known: Sequence[Polynomial], degree: int, highest: int
) -> tuple[list[tuple[str, ...]], list[Block]]:
    """Every product of different facts, with the monomials whose squares it may multiply."""
    chosen: list[tuple[str, ...]] = []
    blocks: list[Block] = []
    for size in range(min(degree, len(facts)) + 1):
        for some in itertools.combinations(zip(facts, known, strict=True), size):
            multiplier = math.prod((ring.enter(k) for _, k in some), start=ring.enter(constant(1)))
            room = highest - max(multiplier.total_degree(), 0)
            if room >= 0:
                chosen.append(tuple(name for name, _ in some))
                blocks.append(Block(multiplier, tuple(ring.monomials(room // 2))))
    return chosen, blocks


def _write(
    p: Proof,
    fact: str,
    claim: str,
    ring: Ring,
    squares: Iterable[tuple[tuple[str, ...], list[tuple[Fraction, fmpq_mpoly]]]],
    multiples: Mapping[str, Polynomial],
) -> None:
    """The decomposition as one step; the square of a constant is left to its weight."""
    terms: list[tuple[str, Sequence[str], str | None]] = []
    for names, found in squares:
        for weight, entered in found:
            root = ring.leave(entered)
            plain = root.keys() == {()}
            scale = weight * root[()] ** 2 if plain else weight
            terms.append((str(scale), names, None if plain else write(root)))
    if p.checker.relation(claim, p.context).relation == ">" and not any(
        root is None and all(p.fact(n).relation == ">" for n in names) for _, names, root in terms
    ):
        raise NotFound(f"{fact}: the squares found may all vanish, so the claim is not strict")
    p.combine(fact, claim, terms, {name: write(m) for name, m in multiples.items() if m})


def split_on_orders(
    p: Proof,
    names: Sequence[str],
    gives: Mapping[str, str],
    branch: Callable[[Proof, list[str], list[str]], None],
) -> None:
    """Split into every order of some names, and write each case.

    Parameters
    ----------
    p : Proof
        The proof to be continued.
    names : sequence of str
        What is ordered: variables, or polynomials.
    gives : dict
        The facts every case has to show, by name.
    branch : callable
        Writes a case.  It is handed the branch, the names from the greatest to the least, and the
        facts that say so: each name minus the next is not negative.

    Examples
    --------
    >>> from symqb.prove import Proof, statement
    >>> from symqb.prove.strategies import split_on_orders
    >>> schur = "x*(x - y)*(x - z) + y*(y - x)*(y - z) + z*(z - x)*(z - y) >= 0"
    >>> hypotheses = {v: f"{v} >= 0" for v in "xyz"}
    >>> p = Proof(statement("schur", "x y z", [], hypotheses, {"c": schur}))
    >>> def case(q, order, gaps):
    ...     q.search("c", schur, [*gaps, *order], degree=3)
    >>> split_on_orders(p, ["x", "y", "z"], {"c": schur}, case)
    >>> p.done().name
    'schur'
    """
    _insert(p, list(names[1:]), [names[0]], [], gives, branch, 0)


def _insert(
    p: Proof,
    rest: list[str],
    order: list[str],
    gaps: list[str],
    gives: Mapping[str, str],
    branch: Callable[[Proof, list[str], list[str]], None],
    place: int,
) -> None:
    """Put the next name into the order, asking from the greatest down where it belongs."""
    if not rest:
        branch(p, order, gaps)
        return
    new = rest[0]
    if place == len(order):
        _insert(p, rest[1:], [*order, new], gaps, gives, branch, 0)
        return
    above, below = f"o{len(order)}_{place}", f"u{len(order)}_{place}"

    def before(q: Proof) -> None:
        follow = gaps[: max(place - 1, 0)] + ([] if place == 0 else [f"u{len(order)}_{place - 1}w"])
        follow += [above, *gaps[place:]]
        _insert(q, rest[1:], [*order[:place], new, *order[place:]], follow, gives, branch, 0)

    def after(q: Proof) -> None:
        q.combine(f"{below}w", f"{order[place]} - ({new}) >= 0", [("1", [below], None)])
        last = place + 1 == len(order)
        follow = [*gaps, f"{below}w"] if last else gaps
        _insert(q, rest, order, follow, gives, branch, place + 1)

    p.split(f"{new} - ({order[place]})", gives, before, after, (above, below))


__all__ = ["split_on_orders", "substitution", "sum_of_squares"]
