"""T4: ordered populations have zero ergotropy."""

from __future__ import annotations

from functools import cache

from symqb.prove.builder import Proof, Theorem, Witness, point, statement
from symqb.prove.theorems import cycle, exponential, two_spins


def entries(n: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(1, n + 1) for j in range(1, n + 1)]


def order_hypotheses(n: int) -> dict[str, str]:
    """Energies do not fall and populations do not rise along the labels."""
    found = {f"up{k}": f"E{k + 1} - E{k} >= 0" for k in range(1, n)}
    return found | {f"down{k}": f"p{k} - p{k + 1} >= 0" for k in range(1, n)}


def stochastic(n: int, entry: str) -> dict[str, str]:
    """Rows and columns of the matrix with the given entries sum to one."""
    found: dict[str, str] = {}
    for k in range(1, n + 1):
        row = " + ".join(entry.format(i=k, j=j) for j in range(1, n + 1))
        column = " + ".join(entry.format(i=i, j=k) for i in range(1, n + 1))
        found |= {f"row{k}": f"{row} = 1", f"column{k}": f"{column} = 1"}
    return found


def energy(n: int, entry: str) -> str:
    """sum E_i S_ij p_j >= sum E_i p_i: no unitary lowers the energy."""
    after = " + ".join(f"E{i}*p{j}*({entry.format(i=i, j=j)})" for i, j in entries(n))
    before = " + ".join(f"E{i}*p{i}" for i in range(1, n + 1))
    return f"{after} >= {before}"


@cache
def doubly_stochastic(n: int) -> Theorem:
    """For any doubly stochastic S, by summation by parts over both orders.

    Of the entries only those below the diagonal, and above it by two places or more, need not be
    negative.
    """
    variables = " ".join(
        [f"E{i}" for i in range(1, n + 1)]
        + [f"p{i}" for i in range(1, n + 1)]
        + [f"s{i}_{j}" for i, j in entries(n)]
    )
    hypotheses = order_hypotheses(n) | {
        f"s{i}_{j}": f"s{i}_{j} >= 0" for i, j in entries(n) if j < i or j > i + 1
    }
    hypotheses |= stochastic(n, "s{i}_{j}")
    claim = energy(n, "s{i}_{j}")
    p = Proof(statement(f"T4_{n}", variables, [], hypotheses, {"passive": claim}))
    terms = []
    rows = {i: f"p{n}*(E{i} - E1)" for i in range(1, n + 1)}
    columns = {j: f"E1*p{j}" for j in range(1, n + 1)}
    for k in range(1, n):
        for m in range(1, n):
            lower = m <= k
            for i, j in entries(n):
                if (i > k and j <= m) if lower else (i <= k and j > m):
                    terms.append(("1", [f"up{k}", f"down{m}", f"s{i}_{j}"], None))
            if not lower:
                step = f"(E{k + 1} - E{k})*(p{m} - p{m + 1})"
                for j in range(1, m + 1):
                    columns[j] += f" + {step}"
                for i in range(1, k + 1):
                    rows[i] += f" - {step}"
    equal = {f"row{i}": text for i, text in rows.items()}
    equal |= {f"column{j}": text for j, text in columns.items()}
    p.combine("passive", claim, terms, equal)
    return p.done()


def doubly_stochastic_witness(n: int) -> Witness:
    """The identity matrix, energies ascending."""
    values = {f"E{i}": str(i) for i in range(1, n + 1)}
    values |= {f"p{i}": str(n - i) for i in range(1, n + 1)}
    return point(**values, **{f"s{i}_{j}": str(int(i == j)) for i, j in entries(n)})


@cache
def unitary(n: int) -> Theorem:
    """The same for S_ij = |U_ij|^2, U having rows and columns of unit length."""
    entry = "a{i}_{j}^2 + b{i}_{j}^2"
    variables = " ".join(
        [f"E{i}" for i in range(1, n + 1)]
        + [f"p{i}" for i in range(1, n + 1)]
        + [f"a{i}_{j} b{i}_{j}" for i, j in entries(n)]
    )
    hypotheses = order_hypotheses(n) | stochastic(n, entry)
    claim = {"passive": energy(n, entry)}
    p = Proof(
        statement(f"T4_unitary_{n}", variables, [], hypotheses, claim), [doubly_stochastic(n)]
    )
    apply(p, n, [str(i) for i in range(1, n + 1)], {})
    return p.done()


def apply(p: Proof, n: int, labels: list[str], levels: dict[str, str]) -> None:
    """Use the lemma with the levels named ``labels``, ascending in energy."""
    names: dict[str, str] = {}
    for i, level in enumerate(labels, 1):
        names |= {f"E{i}": levels.get(f"E{i}", f"E{level}"), f"p{i}": f"p{level}"}
        for j, other in enumerate(labels, 1):
            a, b = f"a{level}_{other}", f"b{level}_{other}"
            fact = f"S{level}_{other}"
            if fact not in p.context.facts:
                p.combine(fact, f"{a}^2 + {b}^2 >= 0", [("1", [], a), ("1", [], b)])
            names[f"s{i}_{j}"] = f"{a}^2 + {b}^2"
    p.lemma(doubly_stochastic(n), names, {"passive": "passive"})


def unitary_witness(n: int) -> Witness:
    """The identity, energies ascending."""
    values = {f"E{i}": str(i) for i in range(1, n + 1)}
    values |= {f"p{i}": str(n - i) for i in range(1, n + 1)}
    values |= {f"a{i}_{j}": str(int(i == j)) for i, j in entries(n)}
    return point(**values, **{f"b{i}_{j}": "0" for i, j in entries(n)})


@cache
def battery(name: str) -> Theorem:
    """The steady state of T3 or T5 has zero ergotropy: no unitary lowers its energy."""
    passive = two_spins.passive(name)
    entry = "a{i}_{j}^2 + b{i}_{j}^2"
    entries_named = " ".join(f"a{i}_{j} b{i}_{j}" for i, j in entries(4))
    levels = {f"E{i}": f"e{i}" for i in range(1, 5)}
    claim = energy(4, entry)
    for old, new in levels.items():
        claim = claim.replace(old, new)
    base = passive.statement
    record = base | {
        "name": f"T4_{name}",
        "variables": [*base["variables"], *entries_named.split()],
        "hypotheses": base["hypotheses"] | stochastic(4, entry),
        "conclusions": {"passive": claim},
    }
    p = Proof(record, [passive, doubly_stochastic(4), exponential.above_one()])
    two_spins.setting(p, name, {})
    names = {v: v for v in [*base["variables"], *p.context.statement.definitions]}  # type: ignore[union-attr]
    gives = {f"{i}{j}": f"passive{i}{j}" for i, j in ((1, 3), (3, 2), (1, 4), (4, 2), (3, 4))}
    p.lemma(passive, names, {f"pair{k}": v for k, v in gives.items()})
    p.split(
        "J",
        {"passive": claim},
        lambda q: ordered_case(q, "3", "4"),
        lambda q: ordered_case(q, "4", "3"),
        ("sign", "sign"),
    )
    return p.done()


def ordered_case(p: Proof, low: str, high: str) -> None:
    """Levels 1, low, high, 2 in ascending order."""
    p.combine("gap", f"e{high} - e{low} >= 0", [("2", ["sign"], None)])
    p.combine(
        "gap1",
        "2*J + 1 > 0" if low == "3" else "-2*J + 1 > 0",
        [("2", ["sign"], None), ("1", [], None)],
    )
    gap = "2*J" if low == "3" else "-2*J"
    p.combine(
        "gap_product", f"({gap} + 1)*({gap}) > 0", [("4", ["J"], None), ("2", ["sign"], None)]
    )
    p.cancel("gap_strict", f"{gap} > 0", "gap1", "gap_product")
    p.combine(
        "fall_product",
        f"({gap})*(p{low} - p{high}) > 0",
        [("1", ["pair34"], None)],
    )
    for fact, i, j in (("fall_1", "1", low), ("fall_2", high, "2"), ("fall", low, high)):
        factor = {"fall_1": f"w{low}1_pos", "fall_2": f"w2{high}_pos", "fall": "gap_strict"}[fact]
        product = {"fall_1": f"pair1{low}", "fall_2": f"pair{high}2", "fall": "fall_product"}[fact]
        p.cancel(f"{fact}_strict", f"p{i} - p{j} > 0", factor, product)
        p.combine(f"{fact}_weak", f"p{i} - p{j} >= 0", [("1", [f"{fact}_strict"], None)])
    p.combine("up_1", f"e{low} - e1 >= 0", [("1", [f"w{low}1_pos"], None)])
    p.combine("up_2", f"e2 - e{high} >= 0", [("1", [f"w2{high}_pos"], None)])
    labels = ["1", low, high, "2"]
    apply(p, 4, labels, {f"E{i}": f"e{level}" for i, level in enumerate(labels, 1)})


def battery_witness(name: str) -> Witness:
    """The point of the passivity theorem, and the identity."""
    base = two_spins.witness(name)
    values = {f"a{i}_{j}": str(int(i == j)) for i, j in entries(4)}
    values |= {f"b{i}_{j}": "0" for i, j in entries(4)}
    record = base.record | {"with": base.record["with"] | values}
    return Witness(record, base.lemmas)


__all__ = [
    "battery",
    "battery_witness",
    "cycle",
    "doubly_stochastic",
    "doubly_stochastic_witness",
    "unitary",
    "unitary_witness",
]
