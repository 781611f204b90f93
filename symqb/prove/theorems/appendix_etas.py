"""T6: what Appendix A says of eta_1 and eta_2: (A12), and the sentences after (A8) and (A18)."""

from __future__ import annotations

from symqb.prove.builder import Definition, Proof, Theorem
from symqb.prove.theorems import cycle, passivity
from symqb.prove.theorems.appendix import record, start, strictly
from symqb.prove.theorems.two_spins import TRANSITIONS, expression


def etas(name: str, claim: str) -> Theorem:
    """A conclusion about eta_1 and eta_2 of Eq. (14), from the ordering of the populations."""
    first, second = "(A23 + E31)*(A31 + A41)", "(A23 + E31)*(E23 + E24)"
    parts = [
        ("u1", "A31*E41", first),
        ("u2", "E23*A24", second),
        ("v1", "A31*E31", first),
        ("v2", "E23*A23", second),
    ]
    extra: list[Definition] = [(n, "over", (t, b)) for n, t, b in parts]
    extra += [("eta1", "is", "u1 + u2"), ("eta2", "is", "1 - v1 - v2")]
    p = start(record(name, {"claim": claim}, strictly("J"), extra))
    for fact, a, b in (("s1", "A31", "A41"), ("s2", "E23", "E24"), ("s3", "A23", "E31")):
        p.combine(fact, f"{a} + {b} > 0", [("1", [f"{a}_pos"], None), ("1", [f"{b}_pos"], None)])
    p.combine("d1", f"{first} > 0", [("1", ["s3", "s1"], None)])
    p.combine("d2", f"{second} > 0", [("1", ["s3", "s2"], None)])
    for part, _, _ in parts:
        p.define(part, nonzero="d1" if part.endswith("1") else "d2")
    full = "(A23 + E31)*(A31 + A41)*(E23 + E24)"
    p.combine("d", f"{full} > 0", [("1", ["s3", "s1", "s2"], None)])
    p.combine(
        "eta1_tree", f"{full}*eta1 = {cycle.tree(3)}", [], {"u1": "E23 + E24", "u2": "A31 + A41"}
    )
    p.combine(
        "eta2_tree",
        f"{full}*eta2 = {cycle.tree(4)}",
        [],
        {"v1": "-(E23 + E24)", "v2": "-(A31 + A41)"},
    )
    populations(p)
    finish_eta(p, claim, full)
    return p.done()


def populations(p: Proof) -> None:
    """The tree form as names p1 ... p4, and their order."""
    solution_of(p)
    p.combine("split", "(2*J)^2 > 0", [("4", ["J", "J"], None)])
    names = {f"w{k}": expression(TRANSITIONS[k], {}) for k in ("31", "41", "23")}
    names |= {"aL": "1/2*kappa", "aR": "1/2*kappa", "bL": "bL", "bR": "bR"}
    same = [*cycle.RATES.split(), "p1", "p2", "p3", "p4"]
    same += [f"{k}{h}{label}" for k in "Xn" for h in "LR" for label in TRANSITIONS]
    p.lemma(
        passivity.ordered(),
        names | {v: v for v in same},
        {"p1_p3": "p1_p3", "p4_p2": "p4_p2", "middle": "middle"},
    )


def solution_of(p: Proof) -> None:
    """Introduce the tree form and show that it solves the rate equations."""
    p.quotient("Z", cycle.total_tree(), "1")
    terms = [
        ("1", [f"{r}_pos" for r in t.split("*")], None) for t in cycle.total_tree().split(" + ")
    ]
    p.combine("Z_pos", "Z > 0", terms, {"Z": "1"})
    for i in (1, 2, 3, 4):
        p.quotient(f"p{i}", cycle.tree(i), "Z", "Z_pos")
    names = {v: v for v in [*cycle.RATES.split(), "Z", "p1", "p2", "p3", "p4"]}
    p.lemma(cycle.exists(), names, {name: name for name in cycle.equations()})


def finish_eta(p: Proof, claim: str, full: str) -> None:
    """Multiply by the common denominator, where the claim is one about trees."""
    left, right = claim.split(" > ")
    product = f"{full}*({left} - ({right})) > 0"
    if claim == "eta1 > eta2":
        p.combine("pair_product", "2*J*(p3 - p4) > 0", [("1", ["middle"], None)])
        p.combine("J2", "2*J > 0", [("2", ["J"], None)])
        p.cancel("pair", "p3 - p4 > 0", "J2", "pair_product")
        p.combine(
            "scaled",
            product,
            [("1", ["Z_pos", "pair"], None)],
            {"eta1_tree": "1", "eta2_tree": "-1", "p3": "-1", "p4": "1"},
        )
    elif claim.startswith("eta2*(E23"):
        p.combine(
            "scaled",
            product,
            [("1", ["Z_pos", "s2", "p4_p2"], None)],
            {
                "eta2_tree": "E23 + E24 - A24",
                "eta1_tree": "-A23",
                "p4": "-(E23 + E24)",
                "p2": "E23 + E24",
            },
        )
    else:
        p.combine(
            "scaled",
            product,
            [("1", ["Z_pos", "s1", "p1_p3"], None)],
            {
                "eta2_tree": "E41",
                "eta1_tree": "E31 - A31 - A41",
                "p1": "-(A31 + A41)",
                "p3": "A31 + A41",
            },
        )
    p.cancel("claim", claim, "d", "scaled")
