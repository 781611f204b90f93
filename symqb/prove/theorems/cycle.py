"""The steady state of the four-level cycle 1-3-2-4-1 for any positive rates."""

from __future__ import annotations

from functools import cache

import sympy

from symqb.prove.builder import Proof, Theorem, statement

RATES = "E31 A31 E41 A41 E23 A23 E24 A24"

# Flow out of each level minus flow into it, p being the populations; Eij is emission from i to
# j and Aij absorption from j to i, as in Eq. (14).
FLOWS = {
    "rate1": "(A31 + A41)*{p}1 - E31*{p}3 - E41*{p}4",
    "rate2": "(E23 + E24)*{p}2 - A23*{p}3 - A24*{p}4",
    "rate3": "(E31 + A23)*{p}3 - A31*{p}1 - E23*{p}2",
    "rate4": "(E41 + A24)*{p}4 - A41*{p}1 - E24*{p}2",
}


def equations(p: str = "p") -> dict[str, str]:
    """The rate equations and the normalisation, for populations called p1 ... p4."""
    found = {name: flow.format(p=p) + " = 0" for name, flow in FLOWS.items()}
    return found | {"total": f"{p}1 + {p}2 + {p}3 + {p}4 = 1"}


def edge(start: int, end: int) -> str:
    """The rate of the jump start -> end."""
    names = {
        (3, 1): "E31",
        (1, 3): "A31",
        (4, 1): "E41",
        (1, 4): "A41",
        (2, 3): "E23",
        (3, 2): "A23",
        (2, 4): "E24",
        (4, 2): "A24",
    }
    return names[start, end]


def tree(root: int) -> str:
    """Sum over the four spanning trees of the product of the jumps towards the root."""
    ring = [1, 3, 2, 4]
    position = ring.index(root)
    after = [ring[(position + k) % 4] for k in range(4)]
    terms = []
    for forward in range(4):
        jumps = [edge(after[k], after[k - 1]) for k in range(1, forward + 1)]
        jumps += [edge(after[k], after[(k + 1) % 4]) for k in range(forward + 1, 4)]
        terms.append("*".join(jumps))
    return " + ".join(terms)


def total_tree() -> str:
    """The sum of the tree sums of all four roots."""
    return " + ".join(tree(root) for root in (1, 2, 3, 4))


def cramer() -> dict[int, dict[str, str]]:
    """Multipliers of rate1, rate2, rate3 and total that give tree_sum p_i = tree_i."""
    rates = sympy.symbols(RATES)
    p = sympy.symbols("p1:5")
    scope = {str(s): s for s in (*rates, *p)}
    rows = [sympy.sympify(FLOWS[f"rate{i}"].format(p="p"), scope) for i in (1, 2, 3)] + [sum(p)]
    matrix = sympy.Matrix([[row.coeff(x) for x in p] for row in map(sympy.expand, rows)])
    sign = sympy.sign(matrix.det().subs(dict.fromkeys(rates, 1)))
    adjugate = matrix.adjugate()
    names = ("rate1", "rate2", "rate3", "total")
    text = {
        i + 1: {
            name: str((sign * adjugate[i, k]).expand()).replace("**", "^").replace(" ", "")
            for k, name in enumerate(names)
        }
        for i in range(4)
    }
    return {i: {n: m for n, m in row.items() if m != "0"} for i, row in text.items()}


def rates_positive() -> dict[str, str]:
    """Every rate is positive."""
    return {name: f"{name} > 0" for name in RATES.split()}


def prove_positive(p: Proof, fact: str, text: str) -> None:
    """A sum of products of positive rates is positive."""
    terms = [("1", term.split("*"), None) for term in text.split(" + ")]
    p.combine(fact, f"{text} > 0", terms)


@cache
def unique() -> Theorem:
    """Whatever solves the rate equations is the tree form, and positive."""
    conclusions = {f"tree{i}": f"({total_tree()})*p{i} = {tree(i)}" for i in (1, 2, 3, 4)}
    conclusions |= {f"positive{i}": f"p{i} > 0" for i in (1, 2, 3, 4)}
    p = Proof(
        statement(
            "cycle_unique", f"{RATES} p1 p2 p3 p4", [], rates_positive() | equations(), conclusions
        )
    )
    prove_positive(p, "Z", total_tree())
    multipliers = cramer()
    for i in (1, 2, 3, 4):
        p.combine(f"tree{i}", conclusions[f"tree{i}"], [], multipliers[i])
        terms = [("1", term.split("*"), None) for term in tree(i).split(" + ")]
        p.combine(f"scaled{i}", f"({total_tree()})*p{i} > 0", terms, {f"tree{i}": "1"})
        p.cancel(f"positive{i}", f"p{i} > 0", "Z", f"scaled{i}")
    return p.done()


@cache
def exists() -> Theorem:
    """For positive rates the tree form solves the rate equations and sums to one."""
    return existence("cycle_exists", rates_positive())


def existence(name: str, hypotheses: dict[str, str]) -> Theorem:
    """The tree form solves the rate equations; the hypotheses make its sums positive."""
    quotients = [("Z", "over", (total_tree(), "1"))]
    quotients += [(f"p{i}", "over", (tree(i), "Z")) for i in (1, 2, 3, 4)]
    p = Proof(
        statement(
            name,
            RATES,
            quotients,
            hypotheses,
            equations() | {f"positive{i}": f"p{i} > 0" for i in (1, 2, 3, 4)},
        )
    )
    p.define("Z")
    for i in (1, 2, 3, 4):
        if f"tree{i}" not in hypotheses:
            prove_positive(p, f"tree{i}", tree(i))
    p.combine("Z_pos", "Z > 0", [("1", [f"tree{i}"], None) for i in (1, 2, 3, 4)], {"Z": "1"})
    for i in (1, 2, 3, 4):
        p.define(f"p{i}", nonzero="Z_pos")
        p.combine(f"scaled{i}", f"Z*p{i} > 0", [("1", [f"tree{i}"], None)], {f"p{i}": "1"})
        p.cancel(f"positive{i}", f"p{i} > 0", "Z_pos", f"scaled{i}")
    for name, claim in equations().items():
        left = claim.split("=")[0] + ("- 1" if name == "total" else "")
        multipliers = ["1"] if name == "total" else RATES.split()
        used = {f"p{i}": multipliers for i in (1, 2, 3, 4)}
        p.search(f"{name}_scaled", f"Z*({left}) = 0", equal=used | {"Z": "1"})
        p.cancel(name, claim, "Z_pos", f"{name}_scaled")
    return p.done()
