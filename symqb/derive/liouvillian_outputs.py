"""What is read off a steady state with coherences: the density matrix, populations, ergotropy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symqb.derive.balance import CANCELLED_RULE, LOST, keeps_digits
from symqb.derive.liouvillian_bases import Complex
from symqb.derive.liouvillian_solution import Solved
from symqb.derive.liouvillian_terms import Term, Terms
from symqb.derive.networks import sort_ascending_by, sort_descending_by
from symqb.models.operators import components
from symqb.program import Builder, Guard, GuardKind, Output, Ref
from symqb.program.builder import ZERO

KEPT = Fraction(1, 256)
"""Share of its size below which a population is found with more digits.

Sizes grow with every rounding, so that a number is right to some 20 units of it over that share.
"""

FIRM = Fraction(1, 10**6)
"""Share of its size below which what an unknown decays by is found with more digits."""

VANISHED = Fraction(1, 10**25)
"""Share of its size below which it is zero, whatever digits are carried."""

MOVED = Fraction(1, 10**4)
"""Share of its size below which a current or a coherence is found with more digits."""


@dataclass
class Outputs:
    """Collects outputs of a program, each with what guards its digits."""

    terms: Terms
    values: dict[str, Output] = field(default_factory=dict)
    guards: list[Guard] = field(default_factory=list)

    @property
    def builder(self) -> Builder:
        """Where the steps go."""
        return self.terms.builder

    def put(self, name: str, term: Term, share: Fraction) -> None:
        """Put an output, guarded where it is below a share of its size."""
        self.values[name] = self.terms.value(term)
        self.keep([term], share, (name,))

    def keep(self, terms: Sequence[Term], share: Fraction, names: tuple[str, ...]) -> None:
        """Guard outputs where a term is below a share of its size."""
        for term in terms:
            if self.terms.sized(term):
                value, size = self.terms.value(term), self.terms.size(term)
                kept = keeps_digits(self.builder, value, size, share)
                self.guards.append(Guard(kept, CANCELLED_RULE, names, GuardKind.RANGE))


def pivot_guards(solved: Solved, names: tuple[str, ...]) -> list[Guard]:
    """Guard what the unknowns decay by: where that is zero the steady state may not be unique."""
    terms, found = solved.terms, dict[Guard, None]()
    for pivot in solved.pivots:
        value = terms.value(pivot.total)
        if not isinstance(value, str):
            continue
        a, c, _ = pivot.node
        what = f"what leaves state {a + 1}" if a == c else f"the decay of coherence {a + 1}-{c + 1}"
        rule = f"{what} must not vanish, or the steady state may not be unique"
        if not terms.sized(pivot.total):
            found[Guard(value, rule, names, GuardKind.LEVELS)] = None
            continue
        size = terms.size(pivot.total)
        gone = keeps_digits(terms.builder, value, size, VANISHED)
        # where all terms are zero nothing is kept either
        gone = terms.builder.apply("select", size, ZERO, ZERO, gone)
        found[Guard(gone, rule, names, GuardKind.LEVELS)] = None
        kept = keeps_digits(terms.builder, value, size, FIRM)
        found[Guard(kept, CANCELLED_RULE, names, GuardKind.RANGE)] = None
    return list(found)


def bare_density(solved: Solved) -> dict[tuple[int, int], Complex]:
    """Write the elements of the density matrix over the bare states, on and above the diagonal."""
    states = solved.basis.states()
    found = {}
    for i, left in enumerate(states):
        for j in range(i, len(states)):
            re, im = solved.between(left, states[j])
            if i == j:
                im = None
            if re is not None or im is not None:
                found[i, j] = re, im
    return found


def put_density(outputs: Outputs, solved: Solved) -> None:
    """Put the elements of the density matrix over the bare states as outputs."""
    for (i, j), parts in bare_density(solved).items():
        for part, term in zip(("re", "im"), parts, strict=True):
            if term is not None:
                share = KEPT if i == j else MOVED
                outputs.put(f"density_{part}_{i + 1}_{j + 1}", term, share)


def eigenvalues(terms: Terms, first: Term, second: Term, between: Complex) -> tuple[Term, Term]:
    """Write the eigenvalues of a density matrix of two states, the lower first.

    The lower is the determinant over the upper one, which is a sum without a difference.
    """
    some = [x for x in between if x is not None]
    half = [terms.scaled(Fraction(1, 2), x) for x in (first, second)]
    apart = terms.sum([half[0], terms.scaled(-1, half[1])])
    root = terms.root_of_squares([apart, *some])
    upper = terms.sum([*half, root])
    squares = [terms.scaled(-1, terms.product(x, x)) for x in some]
    determinant = terms.sum([terms.product(first, second), *squares])
    return terms.product(determinant, terms.inverse(upper)), upper


def spectrum(solved: Solved) -> list[Term] | None:
    """Write all eigenvalues of the density matrix; None where three states are coherent."""
    found, size = list[Term](), solved.basis.size
    for part in components(size, solved.coherent()):
        if len(part) > 2:
            return None
        populations = [solved.density.get((k, k, "re"), Term(ZERO)) for k in part]
        if len(part) == 1:
            found += populations
        else:
            between = solved.element(*part)
            found += eigenvalues(solved.terms, populations[0], populations[1], between)
    return found


@dataclass(frozen=True)
class Populations:
    """Hold the populations of levels, of coinciding ones in the basis that makes them diagonal.

    ``refs`` are the ``terms`` written; ``coherent`` are pairs of levels that do not coincide, with
    coherence between them.
    """

    terms: list[Term]
    refs: tuple[Ref, ...]
    coherent: list[tuple[int, int]]


def level_populations(solved: Solved, groups: Sequence[Sequence[int]]) -> Populations | None:
    """Write the populations of levels, ascending among coinciding ones that are coherent.

    Parameters
    ----------
    solved : Solved
    groups : sequence of sequences of int
        Levels that coincide for all parameters, counted from 0.

    Returns
    -------
    Populations or None
        None where three coinciding levels and more are coherent.
    """
    columns, size = solved.basis.columns(), solved.basis.size
    found = [solved.between(column, column)[0] or Term(ZERO) for column in columns]
    between = {
        (k, m): pair
        for k in range(size)
        for m in range(k + 1, size)
        if (pair := solved.between(columns[k], columns[m])) != (None, None)
    }
    group_of = {k: number for number, group in enumerate(groups) for k in group}
    within = [pair for pair in between if group_of[pair[0]] == group_of[pair[1]]]
    for part in components(size, within):
        if len(part) > 2:
            return None
        if len(part) == 2:
            k, m = part
            found[k], found[m] = eigenvalues(solved.terms, found[k], found[m], between[k, m])
    apart = [pair for pair in between if pair not in within]
    return Populations(found, tuple(map(solved.terms.value, found)), apart)


def put_ergotropy(
    outputs: Outputs, heights: Sequence[Ref], populations: Sequence[Ref], eigenvalues: list[Term]
) -> None:
    """Put the ergotropy of a state with coherences: what a unitary can draw from it.

    Every step up in energy times what is above it beyond the passive state, which has the
    eigenvalues in order.
    """
    b, terms = outputs.builder, outputs.terms
    passive, _ = sort_descending_by(b, [terms.value(x) for x in eigenvalues])
    ordered, (carried,) = sort_ascending_by(b, heights, populations)
    total: Ref = ZERO
    sizes: Ref = ZERO
    excess: Ref = ZERO
    above: Ref = ZERO
    for k in range(len(ordered) - 1, 0, -1):
        excess = b.add(excess, b.sub(carried[k], passive[k]))
        above = b.add(above, b.add(carried[k], passive[k]))
        step = b.sub(ordered[k], ordered[k - 1])
        total = b.add(total, b.mul(step, excess))
        sizes = b.add(sizes, b.mul(step, above))
    outputs.values["ergotropy"] = b.apply("max", total, ZERO)
    kept = keeps_digits(b, total, sizes, LOST)
    outputs.guards.append(Guard(kept, CANCELLED_RULE, ("ergotropy",), GuardKind.RANGE))
