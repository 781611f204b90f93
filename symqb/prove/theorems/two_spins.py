"""Theorems on the two-spin battery: T1 (forms of the steady state), T3 and T5 (passivity)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from symqb.prove.builder import Definition, Proof, Theorem, Witness, point, statement
from symqb.prove.theorems import bose, cycle, derived, exponential, passivity

# The model is derived, not typed; tests/prove/test_derived.py compares it with the batteries.
LEVELS = derived.levels(2)
TRANSITIONS = {f"{a}{b}": f"e{a} - e{b}" for a, b in derived.pairs(2)}
# B0 > |J| + |Delta|, which is these four together.
FIELD = {
    "field_a": "B0 - J - D > 0",
    "field_b": "B0 + J - D > 0",
    "field_c": "B0 + J + D > 0",
    "field_d": "B0 - J + D > 0",
}
WEIGHTS = {
    "T3": derived.common_weights("collective", epsilon=0),
    "T5": derived.common_weights("individual"),
}
POSITIVE = ("TL", "TR", "kappa")


def bose_definitions() -> list[Definition]:
    """Levels, frequencies, inverse temperatures, exponentials, Bose numbers: Eqs. (2), (12)."""
    found: list[Definition] = [(e, "is", value) for e, value in LEVELS.items()]
    found += [(f"w{label}", "is", value) for label, value in TRANSITIONS.items()]
    found += [("bL", "over", ("1", "TL")), ("bR", "over", ("1", "TR"))]
    return found + bose.bath_definitions({label: f"w{label}" for label in TRANSITIONS})


def physical_definitions(name: str) -> list[Definition]:
    """What Bose numbers rest on, and the rates of Eq. (14)."""
    found = bose_definitions()
    found += [(f"a{h}", "is", WEIGHTS[name][f"a{h}"]) for h in "LR"]
    for label in TRANSITIONS:
        both = f"w{label}*(aL*(nL{label} + 1) + aR*(nR{label} + 1))"
        found.append((f"E{label}", "over", (both, "1")))
        found.append((f"A{label}", "over", (f"w{label}*(aL*nL{label} + aR*nR{label})", "1")))
    return found


def variables(name: str) -> str:
    """The variables of T3 or T5."""
    return "B0 J D TL TR kappa" + (" epsilon" if name == "T5" else "")


def images(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """What the names of the general lemma are here."""
    found = {label: expression(TRANSITIONS[label[1:]], values) for label in ("w31", "w41", "w23")}
    found |= {f"a{h}": expression(WEIGHTS[name][f"a{h}"], values) for h in "LR"}
    same = ["bL", "bR", *cycle.RATES.split()]
    same += [f"{k}{h}{label}" for k in "Xn" for h in "LR" for label in TRANSITIONS]
    return found | {v: v for v in same}


def expression(text: str, values: Mapping[str, str]) -> str:
    """Levels written out, and numbers put in where they are given."""
    for level, value in LEVELS.items():
        text = text.replace(level, f"({value})")
    for variable, value in values.items():
        text = text.replace(variable, f"({value})")
    return text


def evaluate(text: str, values: Mapping[str, Fraction]) -> Fraction:
    """A polynomial of the certificate language at a rational point."""
    p = Proof(None)
    for name, value in values.items():
        text = text.replace(name, f"({value})")
    return p.polynomial(text).get((), Fraction(0))


def frequencies(values: Mapping[str, str]) -> dict[str, str]:
    """The frequency of each transition, as a polynomial."""
    return {k: expression(f"e{k[0]} - e{k[1]}", values) for k in TRANSITIONS}


def setting(
    p: Proof, name: str, values: Mapping[str, str], field: tuple[str, ...] = tuple(FIELD)
) -> None:
    """Introduce the definitions; ``values`` are numbers when the proof is of one point.

    ``field`` names the hypotheses from which every frequency is found positive.
    """
    numbers_of_baths(p, values, field)
    rates(p, name, values)


def numbers_of_baths(p: Proof, values: Mapping[str, str], field: tuple[str, ...]) -> None:
    """Inverse temperatures, positive frequencies, Bose numbers."""
    for h in "LR":
        temperature = values.get(f"T{h}", f"T{h}")
        if values:
            p.quotient(f"b{h}", "1", temperature)
            weight = f"1/{temperature}"
            p.combine(f"b{h}_pos", f"b{h} > 0", [(weight, [], None)], {f"b{h}": weight})
    if not values:
        bose.inverse_temperatures(p)
    for label, text in frequencies(values).items():
        p.search(f"w{label}_pos", f"{text} > 0", [] if values else list(field))
    bose.define_bath_numbers(p, frequencies(values))


def rates(p: Proof, name: str, values: Mapping[str, str]) -> None:
    """The weights of the baths, positive, and the rates."""
    for h in "LR":
        text = expression(WEIGHTS[name][f"a{h}"], values)
        facts = [] if values else ["kappa"]
        squares = ["epsilon"] if name == "T5" and not values else []
        p.search(f"a{h}_pos", f"{text} > 0", facts, squares=squares)
    for label, text in frequencies(values).items():
        number = " + ".join(
            f"({expression(WEIGHTS[name][f'a{h}'], values)})*n{h}{label}" for h in "LR"
        )
        both = " + ".join(f"({expression(WEIGHTS[name][f'a{h}'], values)})" for h in "LR")
        p.named_quotient(f"E{label}", f"({text})*({number} + {both})", "1")
        p.named_quotient(f"A{label}", f"({text})*({number})", "1")


@cache
def passive(name: str) -> Theorem:
    """T3 or T5: strictly passive, positive, unique for B0 > |J| + |Delta| and J not zero."""
    hypotheses = {v: f"{v} > 0" for v in POSITIVE} | FIELD | {"J": "J^2 > 0"} | cycle.equations()
    conclusions = {f"positive{i}": f"p{i} > 0" for i in (1, 2, 3, 4)}
    conclusions |= {
        f"tree{i}": f"({cycle.total_tree()})*p{i} = {cycle.tree(i)}" for i in (1, 2, 3, 4)
    }
    pairs = [(1, 2), (1, 3), (1, 4), (3, 2), (4, 2), (3, 4)]
    conclusions |= {f"passive{i}{j}": f"(e{j} - e{i})*(p{i} - p{j}) > 0" for i, j in pairs}
    record = statement(
        name, f"{variables(name)} p1 p2 p3 p4", physical_definitions(name), hypotheses, conclusions
    )
    p = Proof(record, [exponential.above_one(), passivity.ordered(), cycle.unique()])
    setting(p, name, {})
    p.combine("split", "4*J^2 > 0", [("4", ["J"], None)])
    names = images(name, {}) | {f"p{i}": f"p{i}" for i in (1, 2, 3, 4)}
    gives = {f"positive{i}": f"positive{i}" for i in (1, 2, 3, 4)}
    gives |= {k: k for k in passivity.ORDERS} | {"passive34": "middle"}
    p.lemma(passivity.ordered(), names, gives)
    for label in TRANSITIONS:
        terms = [("1", [f"a{h}_pos", f"w{label}_pos", f"n{h}{label}_pos"], None) for h in "LR"]
        p.combine(f"A{label}_pos", f"A{label} > 0", terms, {f"A{label}": "1"})
        terms += [("1", [f"a{h}_pos", f"w{label}_pos"], None) for h in "LR"]
        p.combine(f"E{label}_pos", f"E{label} > 0", terms, {f"E{label}": "1"})
    names = {v: v for v in [*cycle.RATES.split(), "p1", "p2", "p3", "p4"]}
    p.lemma(cycle.unique(), names, {f"tree{i}": f"tree{i}" for i in (1, 2, 3, 4)})
    for i, j in ((1, 3), (1, 4), (3, 2), (4, 2)):
        label = f"{j}{i}"
        claim = f"(e{j} - e{i})*(p{i} - p{j}) > 0"
        p.combine(f"passive{i}{j}", claim, [("1", [f"w{label}_pos", f"p{i}_p{j}"], None)])
    ends = [
        ("1", [f"w{label}_pos", step], None)
        for label in ("31", "23")
        for step in ("p1_p3", "p3_p2")
    ]
    p.combine("passive12", "(e2 - e1)*(p1 - p2) > 0", ends)
    return p.done()


@cache
def existing(name: str) -> Theorem:
    """The populations of T3 or T5 exist: the tree form is a solution."""
    trees = [("Z", "over", (cycle.total_tree(), "1"))]
    trees += [(f"p{i}", "over", (cycle.tree(i), "Z")) for i in (1, 2, 3, 4)]
    record = statement(
        f"{name}_existence",
        variables(name),
        [*physical_definitions(name), *trees],
        {v: f"{v} > 0" for v in POSITIVE} | FIELD,
        cycle.equations(),
    )
    p = Proof(record, [exponential.above_one(), cycle.exists()])
    setting(p, name, {})
    solution(p, name, {}, list(cycle.equations()))
    return p.done()


def solution(p: Proof, name: str, values: Mapping[str, str], wanted: list[str]) -> None:
    """Introduce the tree form and show that it solves the rate equations."""
    for label in TRANSITIONS:
        terms = [("1", [f"a{h}_pos", f"w{label}_pos", f"n{h}{label}_pos"], None) for h in "LR"]
        p.combine(f"A{label}_pos", f"A{label} > 0", terms, {f"A{label}": "1"})
        terms += [("1", [f"a{h}_pos", f"w{label}_pos"], None) for h in "LR"]
        p.combine(f"E{label}_pos", f"E{label} > 0", terms, {f"E{label}": "1"})
    p.named_quotient("Z", cycle.total_tree(), "1")
    terms = [
        ("1", [f"{r}_pos" for r in t.split("*")], None) for t in cycle.total_tree().split(" + ")
    ]
    p.combine("Z_pos", "Z > 0", terms, {"Z": "1"})
    for i in (1, 2, 3, 4):
        p.named_quotient(f"p{i}", cycle.tree(i), "Z", "Z_pos")
    names = {v: v for v in [*cycle.RATES.split(), "Z", "p1", "p2", "p3", "p4"]}
    p.lemma(cycle.exists(), names, {name: name for name in wanted})


POINT = {"B0": "3", "J": "1", "D": "1/2", "TL": "2", "TR": "1", "kappa": "1"}


def witness(name: str, exists: bool = False) -> Witness:
    """A point of the domain; for the populations it is the tree form there."""
    values = POINT | ({"epsilon": "1"} if name == "T5" else {})
    if exists:
        return point(**values)
    p = Proof(None, [exponential.above_one(), cycle.exists()])
    setting(p, name, values)
    solution(p, name, values, list(cycle.equations()))
    same = ["bL", "bR", *cycle.RATES.split(), "p1", "p2", "p3", "p4"]
    same += [f"{k}{h}{label}" for k in "Xn" for h in "LR" for label in TRANSITIONS]
    given = {fact: fact for fact in cycle.equations()}
    record = {"steps": p.written, "with": values | {v: v for v in same}, "given": given}
    return Witness(record, tuple(p.needed.values()))


@cache
def t1() -> Theorem:
    """T1: the tree form, the form of Eqs. (13)-(14) and the null vector are one thing."""
    first, second = "(A23 + E31)*(A31 + A41)", "(A23 + E31)*(E23 + E24)"
    parts = [
        ("u1", "A31*E41", first),
        ("u2", "E23*A24", second),
        ("v1", "A31*E31", first),
        ("v2", "E23*A23", second),
    ]
    definitions: list[Definition] = [(n, "over", (t, b)) for n, t, b in parts]
    definitions += [
        ("eta1", "is", "u1 + u2"),
        ("eta2", "is", "1 - v1 - v2"),
        ("r1", "over", ("E31*eta1 + E41*eta2", "eta1*(A31 + A41)")),
        ("r2", "over", ("A23*eta1 + A24*eta2", "eta1*(E23 + E24)")),
        ("r4", "over", ("eta2", "eta1")),
        ("h3", "over", ("1", "r1 + r2 + r4 + 1")),
    ]
    populations = {1: "r1*h3", 2: "r2*h3", 3: "h3", 4: "r4*h3"}
    conclusions = {f"eta_form{i}": f"p{i} = {populations[i]}" for i in (1, 2, 3, 4)}
    conclusions |= {
        f"tree{i}": f"({cycle.total_tree()})*p{i} = {cycle.tree(i)}" for i in (1, 2, 3, 4)
    }
    conclusions |= {f"positive{i}": f"p{i} > 0" for i in (1, 2, 3, 4)}
    record = statement(
        "T1",
        f"{cycle.RATES} p1 p2 p3 p4",
        definitions,
        cycle.rates_positive() | cycle.equations(),
        conclusions,
    )
    p = Proof(record, [cycle.unique()])
    eta_form(p, [part for part, _, _ in parts])
    names = {v: v for v in [*cycle.RATES.split(), "p1", "p2", "p3", "p4"]}
    gives = [f"tree{i}" for i in (1, 2, 3, 4)] + [f"positive{i}" for i in (1, 2, 3, 4)]
    p.lemma(cycle.unique(), names, {n: n for n in gives})
    p.combine(
        "S_scaled",
        f"({cycle.total_tree()})*(h3 - p3) = 0",
        [],
        {"h3": f"{cycle.tree(3)}", "sum3": "-h3", "tree3": "-1"},
    )
    p.cancel("eta3", "h3 - p3 = 0", "Z", "S_scaled")
    p.combine("eta_form3", "p3 = h3", [], {"eta3": "-1"})
    for i in (1, 2, 4):
        p.combine(
            f"eta{i}_scaled",
            f"({cycle.total_tree()})*(p{i} - r{i}*h3) = 0",
            [],
            {
                f"tree{i}": "1",
                "eta3": f"-r{i}*({cycle.total_tree()})",
                "tree3": f"-r{i}",
                f"ratio{i}": "-1",
            },
        )
        p.cancel(f"eta_form{i}", f"p{i} = r{i}*h3", "Z", f"eta{i}_scaled")
    return p.done()


def eta_form(p: Proof, parts: list[str]) -> None:
    """Show every denominator of Eqs. (13)-(14) positive, and the ratios to be those of trees."""
    for name, a, b in (("s1", "A31", "A41"), ("s2", "E23", "E24"), ("s3", "A23", "E31")):
        p.combine(name, f"{a} + {b} > 0", [("1", [a], None), ("1", [b], None)])
    p.combine("d1", "(A23 + E31)*(A31 + A41) > 0", [("1", ["s3", "s1"], None)])
    p.combine("d2", "(A23 + E31)*(E23 + E24) > 0", [("1", ["s3", "s2"], None)])
    for part in parts:
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
    positive = [("1", t.split("*"), None) for t in cycle.tree(3).split(" + ")]
    p.combine("eta1_product", f"{full}*eta1 > 0", positive, {"eta1_tree": "1"})
    p.cancel("eta1_pos", "eta1 > 0", "d", "eta1_product")
    p.combine("eta1_s1", "eta1*(A31 + A41) > 0", [("1", ["eta1_pos", "s1"], None)])
    p.combine("eta1_s2", "eta1*(E23 + E24) > 0", [("1", ["eta1_pos", "s2"], None)])
    for ratio, nonzero in (("r1", "eta1_s1"), ("r2", "eta1_s2"), ("r4", "eta1_pos")):
        p.define(ratio, nonzero=nonzero)
    t3, t4 = cycle.tree(3), cycle.tree(4)
    p.combine("ratio4", f"r4*({t3}) = {t4}", [], {"r4": full, "eta1_tree": "-r4", "eta2_tree": "1"})
    for i, s, e3, e4 in ((1, "A31 + A41", "E31", "E41"), (2, "E23 + E24", "A23", "A24")):
        p.combine(
            f"ratio{i}_scaled",
            f"({s})*(r{i}*({t3}) - ({cycle.tree(i)})) = 0",
            [],
            {f"r{i}": full, "eta1_tree": f"{e3} - r{i}*({s})", "eta2_tree": e4},
        )
        p.cancel(f"ratio{i}", f"r{i}*({t3}) = {cycle.tree(i)}", f"s{i}", f"ratio{i}_scaled")
    cycle.prove_positive(p, "Z", cycle.total_tree())
    cycle.prove_positive(p, "t3", t3)
    p.combine(
        "sum3",
        f"({t3})*(r1 + r2 + r4 + 1) = {cycle.total_tree()}",
        [],
        {"ratio1": "1", "ratio2": "1", "ratio4": "1"},
    )
    p.combine("sum_product", f"({t3})*(r1 + r2 + r4 + 1) > 0", [("1", ["Z"], None)], {"sum3": "1"})
    p.cancel("sum_pos", "r1 + r2 + r4 + 1 > 0", "t3", "sum_product")
    p.define("h3", nonzero="sum_pos")


@cache
def t1_existence() -> Theorem:
    """T1: wherever the four tree sums are positive, the tree form is a positive solution."""
    hypotheses = {f"tree{i}": f"{cycle.tree(i)} > 0" for i in (1, 2, 3, 4)}
    return cycle.existence("T1_existence", hypotheses)
