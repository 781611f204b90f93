"""Ordered populations on the cycle 1-3-2-4-1 when both halves climb by the same energy."""

from __future__ import annotations

from functools import cache

from symqb.prove.builder import Definition, Proof, Theorem, statement
from symqb.prove.theorems import bose, cycle, exponential

# Frequencies of the four transitions; the fourth follows because both ways round climb equally.
FREQUENCIES = {"31": "w31", "41": "w41", "23": "w23", "24": "w31 + w23 - w41"}
ORDERS = {"p1_p3": "p1 > p3", "p3_p2": "p3 > p2", "p1_p4": "p1 > p4", "p4_p2": "p4 > p2"}


@cache
def half() -> Theorem:
    """One sense of the current: the edge inequalities order every neighbouring pair."""
    hypotheses = {
        v: f"{v} > 0" for v in ["N31", "N41", "N23", "N24", "A", "p1", "p2", "p3", "p4"]
    } | {
        "edge31": "N31*p1 <= (N31 + A)*p3",
        "edge23": "N23*p3 <= (N23 + A)*p2",
        "edge41": "(N41 + A)*p4 <= N41*p1",
        "edge24": "(N24 + A)*p2 <= N24*p4",
        "over31": "N41*N24*(N31 + A) < N31*(N41 + A)*(N24 + A)",
        "over23": "N41*N24*(N23 + A) < N23*(N41 + A)*(N24 + A)",
    }
    p = Proof(statement("half", "N31 N41 N23 N24 A p1 p2 p3 p4", [], hypotheses, ORDERS))
    p.search("s1", "N41*(p1 - p4) > 0", ["edge41", "A", "p4"], degree=2)
    p.cancel("p1_p4", ORDERS["p1_p4"], "N41", "s1")
    p.search("s2", "N24*(p4 - p2) > 0", ["edge24", "A", "p2"], degree=2)
    p.cancel("p4_p2", ORDERS["p4_p2"], "N24", "s2")
    p.combine("M41", "N41 + A > 0", [("1", ["N41"], None), ("1", ["A"], None)])
    p.combine("M31", "N31 + A > 0", [("1", ["N31"], None), ("1", ["A"], None)])
    p.combine("M23", "N23 + A > 0", [("1", ["N23"], None), ("1", ["A"], None)])
    p.combine("M24", "N24 + A > 0", [("1", ["N24"], None), ("1", ["A"], None)])
    p.combine("f1", "N41*N24*(N23 + A) > 0", [("1", ["N41", "N24", "M23"], None)])
    p.combine(
        "s3",
        "N41*N24*(N23 + A)*(p1 - p3) > 0",
        [
            ("1", ["M23", "N24", "edge41"], None),
            ("1", ["M23", "M41", "edge24"], None),
            ("1", ["M41", "M24", "edge23"], None),
            ("1", ["over23", "p3"], None),
        ],
    )
    p.cancel("p1_p3", ORDERS["p1_p3"], "f1", "s3")
    p.combine("f2", "N41*N24*(N31 + A) > 0", [("1", ["N41", "N24", "M31"], None)])
    p.combine(
        "s4",
        "N41*N24*(N31 + A)*(p3 - p2) > 0",
        [
            ("1", ["N41", "N24", "edge31"], None),
            ("1", ["N31", "N24", "edge41"], None),
            ("1", ["N31", "M41", "edge24"], None),
            ("1", ["over31", "p2"], None),
        ],
    )
    p.cancel("p3_p2", ORDERS["p3_p2"], "f2", "s4")
    return p.done()


@cache
def pair() -> Theorem:
    """The two middle levels: two edges at one end, and which of their numbers is larger."""
    p = Proof(
        statement(
            "pair",
            "N M A p q r",
            [],
            {v: f"{v} > 0" for v in ["N", "M", "A", "p", "q", "r"]}
            | {"low": "(M + A)*q <= M*r", "high": "N*r <= (N + A)*p", "order": "M < N"},
            {"pair": "q < p"},
        )
    )
    p.combine("M_A", "M + A > 0", [("1", ["M"], None), ("1", ["A"], None)])
    p.combine("f", "N*(M + A) > 0", [("1", ["N", "M_A"], None)])
    p.combine(
        "s",
        "N*(M + A)*(p - q) > 0",
        [("1", ["N", "low"], None), ("1", ["M", "high"], None), ("1", ["A", "order", "p"], None)],
    )
    p.cancel("pair", "q < p", "f", "s")
    return p.done()


@cache
def pair_top() -> Theorem:
    """The same with both edges at the other end."""
    p = Proof(
        statement(
            "pair_top",
            "N M A p q r",
            [],
            {v: f"{v} > 0" for v in ["N", "M", "A", "p", "q", "r"]}
            | {"low": "M*q <= (M + A)*r", "high": "(N + A)*r <= N*p", "order": "N < M"},
            {"pair": "q < p"},
        )
    )
    p.combine("N_A", "N + A > 0", [("1", ["N"], None), ("1", ["A"], None)])
    p.combine("M_A", "M + A > 0", [("1", ["M"], None), ("1", ["A"], None)])
    p.combine("f", "N*(M + A) > 0", [("1", ["N", "M_A"], None)])
    p.combine(
        "s",
        "N*(M + A)*(p - q) > 0",
        [
            ("1", ["N_A", "low"], None),
            ("1", ["M_A", "high"], None),
            ("1", ["A", "order", "q"], None),
        ],
    )
    p.cancel("pair", "q < p", "f", "s")
    return p.done()


def rate_definitions() -> list[Definition]:
    """Emission w (N + aL + aR) and absorption w N of each transition, as names of their own."""
    found: list[Definition] = []
    for label, w in FREQUENCIES.items():
        number = f"aL*nL{label} + aR*nR{label}"
        found.append((f"E{label}", "over", (f"({w})*({number} + aL + aR)", "1")))
        found.append((f"A{label}", "over", (f"({w})*({number})", "1")))
    return found


@cache
def ordered() -> Theorem:
    """Any two weighted baths, four positive frequencies, w31 + w23 = w41 + w24: ordered."""
    hypotheses = {v: f"{v} > 0" for v in ["w31", "w41", "w23", "bL", "bR", "aL", "aR"]}
    hypotheses |= {"w24": "w31 + w23 - w41 > 0", "split": "(w41 - w31)^2 > 0"}
    hypotheses |= cycle.equations()
    conclusions = {f"positive{i}": f"p{i} > 0" for i in (1, 2, 3, 4)} | ORDERS
    conclusions |= {"middle": "(w41 - w31)*(p3 - p4) > 0"}
    record = statement(
        "ordered",
        "w31 w41 w23 bL bR aL aR p1 p2 p3 p4",
        [*bose.bath_definitions(FREQUENCIES), *rate_definitions()],
        hypotheses,
        conclusions,
    )
    lemmas = [exponential.above_one(), bose.mixed(), bose.falls(), cycle.unique(), half()]
    p = Proof(record, [*lemmas, pair(), pair_top()])
    numbers_and_rates(p)
    names = {v: v for v in [*cycle.RATES.split(), "p1", "p2", "p3", "p4"]}
    p.lemma(cycle.unique(), names, {f"positive{i}": f"positive{i}" for i in (1, 2, 3, 4)})
    common_top(p)
    p.combine("A", "aL + aR > 0", [("1", ["aL"], None), ("1", ["aR"], None)])
    for one, (two, three) in {
        "31": ("41", "24"),
        "23": ("41", "24"),
        "41": ("31", "23"),
        "24": ("31", "23"),
    }.items():
        total = f"(N{two} + N{three} + aL + aR)"
        over = f"N{two}*N{three}*(N{one} + aL + aR) < "
        over += f"N{one}*(N{two} + aL + aR)*(N{three} + aL + aR)"
        over = over.replace("N", "N_")
        p.combine(
            f"S{one}",
            expand(total) + " > 0",
            [("1", [f"N{two}_pos"], None), ("1", [f"N{three}_pos"], None), ("1", ["A"], None)],
        )
        top = "low" if two == "31" else "upp"
        p.combine(
            f"over{one}",
            expand(over.replace("N_", "N")),
            [("1", ["A", f"below{one}", f"S{one}"], None), ("1", ["A", f"mixed_{top}"], None)],
        )
    p.split(
        "E31*p3 - A31*p1",
        conclusions_without_positivity(conclusions),
        lambda q: case(q, "3", "4"),
        lambda q: case(q, "4", "3"),
        ("current", "current"),
    )
    return p.done()


def conclusions_without_positivity(conclusions: dict[str, str]) -> dict[str, str]:
    """The conclusions about order."""
    return {k: v for k, v in conclusions.items() if not k.startswith("positive")}


def expand(text: str) -> str:
    """Write N31 out as the mixture of its two baths."""
    for label in ("31", "41", "23", "24"):
        text = text.replace(f"N{label}", f"(aL*nL{label} + aR*nR{label})")
    return text


def numbers_and_rates(p: Proof) -> None:
    """Introduce every Bose number and rate, all positive."""
    bose.define_bath_numbers(p, FREQUENCIES)
    for label, w in FREQUENCIES.items():
        weight = p.lookup(p.checker.relation(f"{w} > 0", p.context), w)
        p.combine(
            f"N{label}_pos",
            expand(f"N{label} > 0"),
            [("1", [f"a{h}", f"n{h}{label}_pos"], None) for h in "LR"],
        )
        p.define(f"E{label}", f"A{label}")
        parts = [("1", [weight, f"N{label}_pos"], None)]
        p.combine(f"A{label}_pos", f"A{label} > 0", parts, {f"A{label}": "1"})
        parts += [("1", [weight, "aL"], None), ("1", [weight, "aR"], None)]
        p.combine(f"E{label}_pos", f"E{label} > 0", parts, {f"E{label}": "1"})


def common_top(p: Proof) -> None:
    """The two ways round share the frequency x + y, so its Bose number bounds all four."""
    for h in "LR":
        p.exponential(f"X{h}s", f"b{h}*(w31 + w23)")
        p.combine(
            f"arg{h}s",
            f"b{h}*(w31 + w23) > 0",
            [("1", [f"b{h}", "w31"], None), ("1", [f"b{h}", "w23"], None)],
        )
        p.lemma(
            exponential.above_one(),
            {"t": f"b{h}*(w31 + w23)", "X": f"X{h}s"},
            {f"X{h}s_above": "above"},
            {"t": f"arg{h}s"},
        )
        p.quotient(f"n{h}s", "1", f"X{h}s - 1", f"X{h}s_above")
    for fact, x, y in (("low", "31", "23"), ("upp", "41", "24")):
        for one, two in ((x, y), (y, x)):
            names = {v: v for v in ("bL", "bR", "aL", "aR")}
            names |= {"x": FREQUENCIES[one], "y": FREQUENCIES[two]}
            for h in "LR":
                for place, label in (("x", one), ("y", two), ("z", "s")):
                    names |= {f"X{h}{place}": f"X{h}{label}", f"n{h}{place}": f"n{h}{label}"}
            gives = {f"below{one}": "below"}
            p.lemma(bose.mixed(), names, gives | ({f"mixed_{fact}": "mixed"} if one == x else {}))


def case(p: Proof, up: str, down: str) -> None:
    """The current goes from 1 through ``up`` to 2; the two middle levels trade places."""
    edges = {
        f"edge{up}1": f"A{up}1*p1 <= E{up}1*p{up}",
        f"edge2{up}": f"A2{up}*p{up} <= E2{up}*p2",
        f"edge{down}1": f"E{down}1*p{down} <= A{down}1*p1",
        f"edge2{down}": f"E2{down}*p2 <= A2{down}*p{down}",
    }
    for name, claim in edges.items():
        p.search(f"{name}_flow", claim, ["current"], {f"rate{i}": "1" for i in (1, 2, 3, 4)})
        label = name.removeprefix("edge")
        sides = claim.split(" <= ")
        scaled = [expand(rate_over_frequency(side)) for side in sides]
        p.combine(
            f"{name}_scaled",
            f"({FREQUENCIES[label]})*({scaled[1]} - ({scaled[0]})) >= 0",
            [("1", [f"{name}_flow"], None)],
            rate_multipliers(sides),
        )
        weight = p.lookup(p.checker.relation(f"{FREQUENCIES[label]} > 0", p.context), label)
        p.cancel(name, f"{scaled[0]} <= {scaled[1]}", weight, f"{name}_scaled")
    names = {
        f"N{a}": expand(f"N{b}")
        for a, b in zip(
            ("31", "41", "23", "24"), (f"{up}1", f"{down}1", f"2{up}", f"2{down}"), strict=True
        )
    }
    names |= {"A": "aL + aR", "p1": "p1", "p2": "p2", "p3": f"p{up}", "p4": f"p{down}"}
    back = {"p1_p3": f"p1_p{up}", "p3_p2": f"p{up}_p2"}
    back |= {"p1_p4": f"p1_p{down}", "p4_p2": f"p{down}_p2"}
    p.lemma(half(), names, {back[k]: k for k in ORDERS})
    middle_levels(p, up, down)


def rate_over_frequency(side: str) -> str:
    """E31*p3 -> (N31 + aL + aR)*p3 and A31*p1 -> N31*p1."""
    rate, population = side.split("*")
    extra = " + aL + aR" if rate[0] == "E" else ""
    return f"(N{rate[1:]}{extra})*{population}"


def rate_multipliers(sides: list[str]) -> dict[str, str]:
    """Multipliers of the definitions of the two rates of an edge."""
    low, high = (side.split("*") for side in sides)
    return {low[0]: low[1], high[0]: f"-{high[1]}"}


def middle_levels(p: Proof, up: str, down: str) -> None:
    """Which of 3 and 4 is fuller goes with the sign of w41 - w31, their splitting."""
    gap = f"{FREQUENCIES[f'{down}1']} - ({FREQUENCIES[f'{up}1']})"
    p.split(
        gap,
        {"middle": "(w41 - w31)*(p3 - p4) > 0"},
        lambda q: gap_above(q, gap, up, down),
        lambda q: gap_below(q, gap, up, down),
        ("gap", "gap"),
    )


def gap_above(p: Proof, gap: str, up: str, down: str) -> None:
    """Level ``down`` lies above ``up``: the two edges at level 1 decide."""
    p.combine("gap_one", f"{gap} + 1 > 0", [("1", ["gap"], None), ("1", [], None)])
    p.combine(
        "gap_product", f"({gap} + 1)*({gap}) > 0", [("1", ["split"], None), ("1", ["gap"], None)]
    )
    p.cancel("gap_strict", f"{gap} > 0", "gap_one", "gap_product")
    compare(p, f"{up}1", f"{down}1", "gap_strict")
    names = {"N": expand(f"N{up}1"), "M": expand(f"N{down}1"), "A": "aL + aR"}
    names |= {"p": f"p{up}", "q": f"p{down}", "r": "p1"}
    p.lemma(pair(), names, {"pair": "pair"})
    p.combine("middle", "(w41 - w31)*(p3 - p4) > 0", [("1", ["gap_strict", "pair"], None)])


def gap_below(p: Proof, gap: str, up: str, down: str) -> None:
    """Level ``down`` lies below ``up``: the two edges at level 2 decide."""
    compare(p, f"2{up}", f"2{down}", "gap")
    names = {"N": expand(f"N2{down}"), "M": expand(f"N2{up}"), "A": "aL + aR"}
    names |= {"p": f"p{down}", "q": f"p{up}", "r": "p2"}
    p.lemma(pair_top(), names, {"pair": "pair"})
    p.combine("middle", "(w41 - w31)*(p3 - p4) > 0", [("1", ["gap", "pair"], None)])


def compare(p: Proof, low: str, high: str, gap: str) -> None:
    """The lower frequency has the larger Bose number in each bath and in the mixture."""
    for h in "LR":
        names = {"b": f"b{h}", "w": FREQUENCIES[low], "v": FREQUENCIES[high]}
        names |= {"X": f"X{h}{low}", "n": f"n{h}{low}", "Y": f"X{h}{high}", "k": f"n{h}{high}"}
        p.lemma(bose.falls(), names, {f"falls{h}": "falls"}, {"order": gap})
    p.combine(
        "numbers",
        expand(f"N{high} < N{low}"),
        [("1", [f"a{h}", f"falls{h}"], None) for h in "LR"],
    )
