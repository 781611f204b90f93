"""Spins 1/2 with bonds between any sites, stated as a system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from symqb.models.baths import Bath
from symqb.models.errors import DomainError, ParameterError
from symqb.models.operator_words import read_operator
from symqb.models.operators import check_operator, connections, is_operator
from symqb.models.register import Register
from symqb.models.system import System
from symqb.models.values import Value, as_expression, check_count, check_value

if TYPE_CHECKING:
    import sympy as sp

MOST_SPINS = 9
"""Spins whose states can be written down as matrices."""

Word = tuple[tuple[int, str], ...]
"""A product of Pauli matrices: sites, each with the letter of its matrix."""

STRENGTHS = ("J", "Delta", "eta", "D")

SHAPES: dict[str, Callable[[int], list[tuple[int, int]]]] = {
    "chain": lambda n: list(pairwise(range(1, n + 1))),
    "ring": lambda n: [(k, k % n + 1) for k in range(1, n + 1)],
    "star": lambda n: [(1, k) for k in range(2, n + 1)],
    "complete": lambda n: list(combinations(range(1, n + 1), 2)),
    "legs": lambda n: [b for k in (1, n // 2 + 1) for b in pairwise(range(k, k + n // 2))],
    "rungs": lambda n: [(k, k + n // 2) for k in range(1, n // 2 + 1)],
}
"""Bonds by the name of what they make; a ladder has legs 1 to n/2, n/2 + 1 to n, and rungs."""


def spins(
    count: int,
    baths: Sequence[Bath] | Bath,
    *,
    fields: Value | Mapping[int, Any] | Sequence[Value] = 0,
    bonds: Mapping[Any, Mapping[str, Any]] | None = None,
    terms: str | Sequence[Any] | Mapping[str, Any] = (),
    jumps: Any = (),
    kappa: Value = "kappa",
    reference: int | str | None = "empty",
    symmetries: Any = (),
) -> System:
    r"""State spins 1/2 in fields, with bonds between any of them, as a system.

    .. math:: H = \tfrac12\Big[\sum_i \vec B_i\cdot\vec\sigma^{(i)} + \sum_{ab}
              J_{ab}(\sigma_x^{(a)}\sigma_x^{(b)} + \sigma_y^{(a)}\sigma_y^{(b)})
              + \Delta_{ab}\sigma_z^{(a)}\sigma_z^{(b)}
              + \eta_{ab}(\sigma_x^{(a)}\sigma_x^{(b)} - \sigma_y^{(a)}\sigma_y^{(b)})
              + \vec D_{ab}\cdot(\vec\sigma^{(a)}\times\vec\sigma^{(b)})\Big] + \text{terms}

    Units and signs are those of :class:`symqb.Chain`.

    Parameters
    ----------
    count : int
        Number of spins, 1 to 9.
    baths : Bath, or several
        Coupled to sites by weights, as those of a chain, or by operators on ``Register(2, ...)``.
    fields : value, three values, or mapping
        The field along z, or along x, y and z, of all spins or of each by its site.
    bonds : mapping
        Pairs of sites, or the name of what bonds make, to their strengths by name: ``J``,
        ``Delta``, ``eta`` and the Dzyaloshinskii-Moriya ``D`` (along z, or three values).  What
        they make is ``"chain"``, ``"ring"``, ``"star"`` (site 1 in the middle), ``"complete"``, and
        of a ladder ``"legs"`` (sites 1 to n/2, and the others) and ``"rungs"``.  Strengths of a
        pair named more than once add up, as of ``(1, 2)`` beside ``(2, 1)`` or ``"chain"``.
    terms : text or matrix, several, or mapping
        What else is in H, as it stands: products of words such as ``"K*X1*Y2*Z3"``, or such words
        to their strengths, ``{"X1*Y2*Z3": "K"}``.
    jumps, kappa, symmetries
        As :class:`symqb.System` has them.
    reference : int, "lowest", "empty" or None
        The level from which energy is stored; ``"empty"`` is :math:`|0\dots0\rangle` where that is
        a level, and none elsewhere.

    Raises
    ------
    ParameterError, DomainError
        A site or a pair that does not exist, an unknown name, bad values.

    Examples
    --------
    >>> ring = spins(3, Bath("c", "T", {1: 1}), fields="B", bonds={"ring": {"J": "J", "D": "D"}})
    >>> ring.H[3, 5], ring.H[0, 0], ring.reference
    (I*D + J, 3*B/2, 8)
    >>> spins(2, Bath("c", "T", {1: 1}), fields={2: ("h", 0, "B")}, terms={"Z1*Z2": "K"}).H[0, :]
    Matrix([[B/2 + K, h/2, 0, 0]])
    """
    count = check_count(count, "count", 1)
    if count > MOST_SPINS:
        raise DomainError(
            f"count={count} is too large to write down 2**{count} states; give at most "
            f"{MOST_SPINS}, or a chain to Battery"
        )
    register = Register(*[2] * count)
    words = [*_field_words(fields, count), *_bond_words({} if bonds is None else bonds, count)]
    H = _matrix(words, register)
    for term, strength in _listed(terms):
        H += strength * _term(term, register)
    listed = [baths] if isinstance(baths, Bath) else baths
    if not isinstance(listed, list | tuple):
        raise ParameterError(f"baths={baths!r} is no list; give e.g. [Bath('c', 'T', {{1: 1}})]")
    on_operators = [with_operators(bath, register) for bath in listed]
    if reference == "empty":
        reference = empty_level(H)
    return System(
        H,
        on_operators,
        jumps,
        kappa=kappa,
        reference=reference,
        symmetries=symmetries,
        register=register,
    )


def with_operators(bath: Bath, register: Register, dissipation: str | None = None) -> Bath:
    """Give a bath that names sites as one of operators; any other as it is.

    ``dissipation``, if given, is whether the sites act together.

    Raises
    ------
    DomainError
        A site beyond the register.
    """
    if not isinstance(bath, Bath) or bath.operators:
        return bath
    act = register.x if bath.axis == "x" else register.y
    operators = [as_expression(weight) * act(site) for site, weight in bath.couplings]
    together = bath.dissipation if dissipation is None else dissipation
    return replace(bath, sites=(), axis="x", coupling=operators, dissipation=together)


def empty_level(hamiltonian: sp.ImmutableMatrix) -> int | None:
    """Give the number of the level whose state is the last bare one; None if there is none.

    Levels come in the order of the first bare states of their blocks.
    """
    last = hamiltonian.rows - 1
    alone = all(last not in place for place in connections(hamiltonian))
    return last + 1 if alone else None


def _field_words(fields: Any, count: int) -> Iterator[tuple[sp.Expr, Word]]:
    """The terms of the fields, each with its strength."""
    if fields is None or isinstance(fields, bool | set | frozenset | Iterator):
        raise ParameterError(
            f"fields={fields!r} is no field; give one along z, three along x, y and z, or such "
            "fields by their sites, e.g. {1: 'B'}"
        )
    by_site = fields if isinstance(fields, Mapping) else dict.fromkeys(range(1, count + 1), fields)
    for site, field in by_site.items():
        _check_site(site, count, "fields")
        for letter, strength in zip("xyz", _vector(field, f"field at site {site}"), strict=True):
            yield strength, ((site, letter),)


def _bond_words(bonds: Any, count: int) -> Iterator[tuple[sp.Expr, Word]]:
    """The terms of the bonds, each with its strength."""
    if not isinstance(bonds, Mapping):
        raise ParameterError(
            f"bonds={bonds!r} is no mapping of pairs of sites; give e.g. {{(1, 2): {{'J': 'J'}}}}"
        )
    for key, strengths in bonds.items():
        if not isinstance(strengths, Mapping):
            raise ParameterError(
                f"bonds: {key!r} has {strengths!r}; give its strengths by name, such as "
                "{'J': 'J', 'Delta': 0.5}"
            )
        for name in strengths:
            if name not in STRENGTHS:
                near = get_close_matches(str(name), STRENGTHS, 1, 0.4)
                hint = f"did you mean {near[0]!r}?" if near else f"give {', '.join(STRENGTHS)}"
                raise ParameterError(f"bonds: {key!r} has an unknown strength {name!r}; {hint}")
        for a, b in _pairs(key, count):
            yield from _bond(a, b, strengths)


def _bond(a: int, b: int, strengths: Mapping[str, Any]) -> Iterator[tuple[sp.Expr, Word]]:
    where = f"of bond {(a, b)}"
    J, Delta, eta = (
        as_expression(check_value(strengths.get(name, 0), f"{name} {where}"))
        for name in ("J", "Delta", "eta")
    )
    for letter, strength in (("x", J + eta), ("y", J - eta), ("z", Delta)):
        yield strength, ((a, letter), (b, letter))
    D = _vector(strengths.get("D", 0), f"D {where}")
    for strength, first, second in zip(D, "yzx", "zxy", strict=True):
        yield strength, ((a, first), (b, second))
        yield -strength, ((a, second), (b, first))


def _pairs(key: Any, count: int) -> list[tuple[int, int]]:
    """The pairs of sites that a key of the bonds stands for."""
    if isinstance(key, str):
        if key not in SHAPES:
            near = get_close_matches(key, SHAPES, 1, 0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"give {', '.join(SHAPES)}"
            raise ParameterError(f"bonds: {key!r} is no shape that has a name; {hint}, or pairs")
        if key in ("legs", "rungs") and count % 2:
            raise ParameterError(
                f"bonds: {key!r} of {count} spins: a ladder has two legs of equal length; give an "
                "even number of spins"
            )
        if key == "ring" and count < 3:
            raise ParameterError(f"bonds: 'ring' of {count} spins; give three, or 'chain'")
        return SHAPES[key](count)
    if not isinstance(key, tuple) or len(key) != 2 or key[0] == key[1]:
        raise ParameterError(f"bonds: {key!r} is no pair of two sites; give e.g. (1, 2)")
    a, b = (_check_site(site, count, "bonds") for site in key)
    return [(a, b)]


def _check_site(site: Any, count: int, name: str) -> int:
    number = check_count(site, f"{name}: site", 1)
    if number > count:
        raise DomainError(f"{name}: site {number} is beyond the {count} spins; use 1 to {count}")
    return number


def _vector(value: Any, name: str) -> list[sp.Expr]:
    """Three components; of one value that along z."""
    parts = list(value) if isinstance(value, list | tuple) else [0, 0, value]
    if len(parts) != 3:
        raise ParameterError(
            f"{name}={value!r} has {len(parts)} components; give one along z, or three"
        )
    return [as_expression(check_value(part, name)) for part in parts]


def _matrix(words: Sequence[tuple[sp.Expr, Word]], register: Register) -> sp.ImmutableMatrix:
    """Half the sum of products of Pauli matrices times their strengths."""
    from sympy import I, Integer, MutableDenseMatrix, expand

    entries: dict[tuple[int, int], sp.Expr] = {}
    states = register.states()
    place = {state: k for k, state in enumerate(states)}
    for strength, word in words:
        if strength == 0:
            continue
        for column, state in enumerate(states):
            image, phase = list(state), Integer(1)
            for site, letter in word:
                up = state[site - 1]
                if letter != "z":
                    image[site - 1] = 1 - up
                if letter != "x":
                    phase *= (1 if up else -1) * (I if letter == "y" else 1)
            row = place[tuple(image)]
            entries[row, column] = entries.get((row, column), Integer(0)) + phase * strength / 2
    found = MutableDenseMatrix.zeros(register.size)
    for where, entry in entries.items():
        found[where] = expand(entry)
    return found.as_immutable()


def _listed(terms: Any) -> list[tuple[Any, sp.Expr]]:
    """Terms, each with its strength."""
    if isinstance(terms, Mapping):
        strengths = {t: check_value(x, f"terms: the strength of {t!r}") for t, x in terms.items()}
        return [(term, as_expression(strength)) for term, strength in strengths.items()]
    listed = [terms] if isinstance(terms, str) or is_operator(terms) else terms
    if not isinstance(listed, list | tuple):
        raise ParameterError(
            f"terms={terms!r} is a {type(terms).__name__}; give words such as 'K*X1*Y2*Z3', a "
            "matrix, a list of them, or words with their strengths, e.g. {'X1*Y2*Z3': 'K'}"
        )
    return [(term, as_expression(1)) for term in listed]


def _term(term: Any, register: Register) -> sp.ImmutableMatrix:
    if isinstance(term, str):
        return read_operator(term, "terms", register)
    matrix = check_operator(term, "terms: a term")
    if matrix.rows != register.size:
        raise ParameterError(
            f"terms: a matrix of {matrix.rows} states; give one on {register}, or words such as "
            "'K*X1*Y2*Z3'"
        )
    return matrix
