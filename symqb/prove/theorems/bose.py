"""Bose numbers: monotone, added, and mixed over two baths; theorem T2."""

from __future__ import annotations

from functools import cache

from symqb.prove.builder import Definition, Proof, Record, Theorem, statement
from symqb.prove.theorems import exponential

BATHS = ("L", "R")


def bose_number(p: Proof, n: str, exponential_name: str, argument: str) -> None:
    """Introduce X = exp(argument) and n = 1/(X - 1), argument > 0 being known."""
    p.named_exponential(exponential_name, argument)
    positive_argument = p.lookup(p.checker.relation(f"{argument} > 0", p.context), argument)
    above = f"{exponential_name}_above"
    p.lemma(
        exponential.above_one(),
        {"t": argument, "X": exponential_name},
        {above: "above"},
        {"t": positive_argument},
    )
    p.named_quotient(n, "1", f"{exponential_name} - 1", above)
    p.combine(f"{n}_product", f"({exponential_name} - 1)*{n} > 0", [("1", [], None)], {n: "1"})
    p.cancel(f"{n}_pos", f"{n} > 0", above, f"{n}_product")


@cache
def falls() -> Theorem:
    """0 < w < v implies n(w) > n(v)."""
    p = Proof(
        statement(
            "bose_falls",
            "b w v",
            [
                ("X", "exp", "b*w"),
                ("n", "over", ("1", "X - 1")),
                ("Y", "exp", "b*v"),
                ("k", "over", ("1", "Y - 1")),
            ],
            {"b": "b > 0", "w": "w > 0", "order": "w < v"},
            {"falls": "n > k"},
        ),
        [exponential.above_one(), exponential.increasing()],
    )
    p.combine("bw", "b*w > 0", [("1", ["b", "w"], None)])
    p.combine("bv", "b*v > 0", [("1", ["b", "w"], None), ("1", ["b", "order"], None)])
    p.combine("bwv", "b*w < b*v", [("1", ["b", "order"], None)])
    bose_number(p, "n", "X", "b*w")
    bose_number(p, "k", "Y", "b*v")
    p.lemma(
        exponential.increasing(),
        {"s": "b*w", "t": "b*v", "X": "X", "Y": "Y"},
        {"up": "increasing"},
        {"order": "bwv"},
    )
    p.combine("falls", "n > k", [("1", ["n_pos", "k_pos", "up"], None)], {"n": "k", "k": "-n"})
    return p.done()


@cache
def addition() -> Theorem:
    """n(x + y) (n(x) + n(y) + 1) = n(x) n(y): the addition law."""
    p = Proof(
        statement(
            "bose_addition",
            "b x y",
            [
                ("X", "exp", "b*x"),
                ("m", "over", ("1", "X - 1")),
                ("Y", "exp", "b*y"),
                ("k", "over", ("1", "Y - 1")),
                ("Z", "exp", "b*(x + y)"),
                ("s", "over", ("1", "Z - 1")),
            ],
            {"b": "b > 0", "x": "x > 0", "y": "y > 0"},
            {"addition": "s*(m + k + 1) = m*k"},
        ),
        [exponential.above_one()],
    )
    p.combine("bx", "b*x > 0", [("1", ["b", "x"], None)])
    p.combine("by", "b*y > 0", [("1", ["b", "y"], None)])
    p.combine("bz", "b*(x + y) > 0", [("1", ["b", "x"], None), ("1", ["b", "y"], None)])
    bose_number(p, "m", "X", "b*x")
    bose_number(p, "k", "Y", "b*y")
    bose_number(p, "s", "Z", "b*(x + y)")
    p.exp_sum("sum", "X", "Y", "Z")
    p.combine(
        "addition",
        "s*(m + k + 1) = m*k",
        [],
        {"s": "m*k", "sum": "-m*k*s", "m": "-s*k*Y", "k": "-s*(m + 1)"},
    )
    return p.done()


def comonotone_statement() -> Record:
    """The statement of :func:`comonotone`: two frequencies, each at two temperatures."""
    definitions: list[Definition] = []
    for exponential_name, number, argument in (
        ("X1", "m1", "b1*x"),
        ("X2", "m2", "b2*x"),
        ("Y1", "k1", "b1*y"),
        ("Y2", "k2", "b2*y"),
    ):
        definitions.append((exponential_name, "exp", argument))
        definitions.append((number, "over", ("1", f"{exponential_name} - 1")))
    return statement(
        "bose_comonotone",
        "b1 b2 x y",
        definitions,
        {"b1": "b1 > 0", "order": "b1 <= b2", "x": "x > 0", "y": "y > 0"},
        {"comonotone": "m2*(k1 + 1) <= m1*(k2 + 1)"},
    )


@cache
def comonotone() -> Theorem:
    """n(x, T)/(n(y, T) + 1) does not fall when T rises, that is when b = 1/T falls."""
    p = Proof(comonotone_statement(), [exponential.above_one(), exponential.chord()])
    p.combine("b1_weak", "b1 >= 0", [("1", ["b1"], None)])
    p.combine("b2", "b2 > 0", [("1", ["b1"], None), ("1", ["order"], None)])
    for b, w in (("b1", "x"), ("b2", "x"), ("b1", "y"), ("b2", "y")):
        p.combine(f"{b}{w}", f"{b}*{w} > 0", [("1", [b, w], None)])
    for i in "12":
        bose_number(p, f"m{i}", f"X{i}", f"b{i}*x")
        bose_number(p, f"k{i}", f"Y{i}", f"b{i}*y")
        p.exponential(f"V{i}", f"-b{i}*y")
    p.exponential("Z", "0")
    p.exp_zero("zero", "Z")
    chord = exponential.chord()
    given = {"p": "b1_weak", "order": "order"}
    p.lemma(chord, {"p": "b1", "q": "b2", "z": "x", "X": "X1", "Y": "X2"}, {"up": "chord"}, given)
    p.lemma(chord, {"p": "b1", "q": "b2", "z": "-y", "X": "V1", "Y": "V2"}, {"dn": "chord"}, given)
    for i in "12":
        p.exp_sum(f"inverse{i}", f"Y{i}", f"V{i}", "Z")
        p.combine(
            f"unit{i}",
            f"(k{i} + 1)*(1 - V{i}) = 1",
            [],
            {f"k{i}": f"V{i}", f"inverse{i}": f"k{i}", "zero": f"-k{i}"},
        )
    p.combine(
        "high",
        "b2*m2 <= b1*m1",
        [("1", ["m1_pos", "m2_pos", "up"], None)],
        {"m1": "b2*m2", "m2": "-b1*m1"},
    )
    p.combine("next1", "k1 + 1 > 0", [("1", ["k1_pos"], None), ("1", [], None)])
    p.combine("next2", "k2 + 1 > 0", [("1", ["k2_pos"], None), ("1", [], None)])
    p.combine(
        "low",
        "b2*(k2 + 1) >= b1*(k1 + 1)",
        [("1", ["next1", "next2", "dn"], None)],
        {"unit1": "-b2*(k2 + 1)", "unit2": "b1*(k1 + 1)"},
    )
    p.combine(
        "scaled",
        "b1*(m1*(k2 + 1) - m2*(k1 + 1)) >= 0",
        [("1", ["high", "next2"], None), ("1", ["m2_pos", "low"], None)],
    )
    p.cancel("comonotone", "m2*(k1 + 1) <= m1*(k2 + 1)", "b1", "scaled")
    return p.done()


@cache
def two_baths_algebra() -> Theorem:
    """Two numbers obeying the addition law, mixed: the identity of the note, made a bound."""
    p = Proof(
        statement(
            "two_baths_algebra",
            "a1 a2 m1 k1 s1 m2 k2 s2",
            [
                ("U", "is", "a1*m1 + a2*m2"),
                ("V", "is", "a1*k1 + a2*k2"),
                ("W", "is", "a1*s1 + a2*s2"),
                ("A", "is", "a1 + a2"),
            ],
            {
                **{v: f"{v} > 0" for v in ["a1", "a2", "m1", "k1", "m2", "k2"]},
                "law1": "s1*(m1 + k1 + 1) = m1*k1",
                "law2": "s2*(m2 + k2 + 1) = m2*k2",
                "first": "m2*(k1 + 1) <= m1*(k2 + 1)",
                "second": "k2*(m1 + 1) <= k1*(m2 + 1)",
            },
            {"mixed": "W*(U + V + A) >= U*V"},
        )
    )
    for i in "12":
        p.combine(
            f"S{i}",
            f"m{i} + k{i} + 1 > 0",
            [("1", [f"m{i}"], None), ("1", [f"k{i}"], None), ("1", [], None)],
        )
    p.combine("S", "(m1 + k1 + 1)*(m2 + k2 + 1) > 0", [("1", ["S1", "S2"], None)])
    p.combine(
        "scaled",
        "(m1 + k1 + 1)*(m2 + k2 + 1)*(W*(U + V + A) - U*V) >= 0",
        [("1", ["a1", "a2", "first", "second"], None)],
        {"law1": "(m2 + k2 + 1)*a1*(U + V + A)", "law2": "(m1 + k1 + 1)*a2*(U + V + A)"},
    )
    p.cancel("mixed", "W*(U + V + A) >= U*V", "S", "scaled")
    return p.done()


def bath_definitions(names: dict[str, str]) -> list[Definition]:
    """For each frequency (label -> polynomial) and bath: the exponential and the number."""
    found: list[Definition] = []
    for label, frequency in names.items():
        for bath in BATHS:
            found.append((f"X{bath}{label}", "exp", f"b{bath}*({frequency})"))
            found.append((f"n{bath}{label}", "over", ("1", f"X{bath}{label} - 1")))
    return found


def define_bath_numbers(p: Proof, names: dict[str, str]) -> None:
    """Introduce them in a proof that knows bL, bR and every frequency to be positive."""
    for label, frequency in names.items():
        w = p.lookup(p.checker.relation(f"{frequency} > 0", p.context), frequency)
        for bath in BATHS:
            b = p.lookup(p.checker.relation(f"b{bath} > 0", p.context), bath)
            argument = f"b{bath}*({frequency})"
            p.combine(f"arg{bath}{label}", f"{argument} > 0", [("1", [b, w], None)])
            bose_number(p, f"n{bath}{label}", f"X{bath}{label}", argument)


PAIR = {"x": "x", "y": "y", "z": "x + y"}


@cache
def mixed() -> Theorem:
    """N(x+y) (N(x) + N(y) + A) >= N(x) N(y) and N(x+y) < N(x), N(y), for two weighted baths."""
    macros = [(f"N{f}", "is", f"aL*nL{f} + aR*nR{f}") for f in "xyz"]
    p = Proof(
        statement(
            "mixed",
            "x y bL bR aL aR",
            [*bath_definitions(PAIR), *macros, ("A", "is", "aL + aR")],
            {v: f"{v} > 0" for v in ["x", "y", "bL", "bR", "aL", "aR"]},
            {"mixed": "Nz*(Nx + Ny + A) >= Nx*Ny", "positive": "Nz > 0", "below": "Nz < Nx"},
        ),
        [exponential.above_one(), addition(), comonotone(), two_baths_algebra(), falls()],
    )
    p.combine("z", "x + y > 0", [("1", ["x"], None), ("1", ["y"], None)])
    p.combine("xz", "x < x + y", [("1", ["y"], None)])
    define_bath_numbers(p, PAIR)
    for h in BATHS:
        names = {"b": f"b{h}", "x": "x", "y": "y", "X": f"X{h}x", "m": f"n{h}x", "Y": f"X{h}y"}
        names |= {"k": f"n{h}y", "Z": f"X{h}z", "s": f"n{h}z"}
        p.lemma(addition(), names, {f"law{h}": "addition"})
        p.lemma(
            falls(),
            {
                "b": f"b{h}",
                "w": "x",
                "v": "x + y",
                "X": f"X{h}x",
                "n": f"n{h}x",
                "Y": f"X{h}z",
                "k": f"n{h}z",
            },
            {f"falls{h}": "falls"},
        )
    p.combine("positive", "Nz > 0", [("1", [f"a{h}", f"n{h}z_pos"], None) for h in BATHS])
    p.combine("below", "Nz < Nx", [("1", [f"a{h}", f"falls{h}"], None) for h in BATHS])
    p.split(
        "bR - bL",
        {"mixed": "Nz*(Nx + Ny + A) >= Nx*Ny"},
        lambda q: mix(q, "L", "R"),
        lambda q: mix(q, "R", "L"),
        ("order", "order"),
    )
    return p.done()


def mix(p: Proof, one: str, two: str) -> None:
    """The case in which bath ``one`` is not the colder."""
    if one == "R":
        p.combine("weak", "bR <= bL", [("1", ["order"], None)])
    for fact, u, v in (("first", "x", "y"), ("second", "y", "x")):
        names = {"b1": f"b{one}", "b2": f"b{two}", "x": u, "y": v}
        for i, h in (("1", one), ("2", two)):
            names |= {f"X{i}": f"X{h}{u}", f"m{i}": f"n{h}{u}"}
            names |= {f"Y{i}": f"X{h}{v}", f"k{i}": f"n{h}{v}"}
        p.lemma(comonotone(), names, {fact: "comonotone"})
    names = {"a1": f"a{one}", "a2": f"a{two}"}
    for i, h in (("1", one), ("2", two)):
        names |= {f"m{i}": f"n{h}x", f"k{i}": f"n{h}y", f"s{i}": f"n{h}z"}
    p.lemma(two_baths_algebra(), names, {"mixed": "mixed"})


@cache
def t2() -> Theorem:
    """T2: g = emission/absorption exceeds 1, rises, and g(x + y) <= g(x) g(y); two baths."""
    macros = [(f"N{f}", "is", f"aL*nL{f} + aR*nR{f}") for f in "xyz"]
    ratios = [(f"g{f}", "over", (f"N{f} + aL + aR", f"N{f}")) for f in "xyz"]
    inverse = [("bL", "over", ("1", "TL")), ("bR", "over", ("1", "TR"))]
    p = Proof(
        statement(
            "T2",
            "x y TL TR aL aR",
            [*inverse, *bath_definitions(PAIR), *macros, *ratios],
            {v: f"{v} > 0" for v in ["x", "y", "TL", "TR", "aL", "aR"]},
            {"submultiplicative": "gz <= gx*gy", "increasing": "gx < gz", "above_one": "gx > 1"},
        ),
        [exponential.above_one(), mixed()],
    )
    inverse_temperatures(p)
    p.combine("z", "x + y > 0", [("1", ["x"], None), ("1", ["y"], None)])
    define_bath_numbers(p, PAIR)
    p.combine("A", "aL + aR > 0", [("1", ["aL"], None), ("1", ["aR"], None)])
    for f in "xyz":
        p.combine(f"N{f}_pos", f"N{f} > 0", [("1", [f"a{h}", f"n{h}{f}_pos"], None) for h in BATHS])
        p.define(f"g{f}", nonzero=f"N{f}_pos")
    names = {v: v for v in ["x", "y", "bL", "bR", "aL", "aR"]}
    names |= {f"{k}{h}{f}": f"{k}{h}{f}" for k in "Xn" for h in BATHS for f in "xyz"}
    p.lemma(mixed(), names, {"mix": "mixed", "below": "below"})
    p.combine("above_product", "Nx*(gx - 1) > 0", [("1", ["A"], None)], {"gx": "1"})
    p.cancel("above_one", "gx > 1", "Nx_pos", "above_product")
    p.combine("NxNz", "Nx*Nz > 0", [("1", ["Nx_pos", "Nz_pos"], None)])
    p.combine(
        "rise_product",
        "Nx*Nz*(gz - gx) > 0",
        [("1", ["A", "below"], None)],
        {"gz": "Nx", "gx": "-Nz"},
    )
    p.cancel("increasing", "gx < gz", "NxNz", "rise_product")
    p.combine("NNN", "Nx*Ny*Nz > 0", [("1", ["Nx_pos", "Ny_pos", "Nz_pos"], None)])
    p.combine(
        "sub_product",
        "Nx*Ny*Nz*(gx*gy - gz) >= 0",
        [("1", ["A", "mix"], None)],
        {"gx": "Nz*Ny*gy", "gy": "Nz*(Nx + aL + aR)", "gz": "-Nx*Ny"},
    )
    p.cancel("submultiplicative", "gz <= gx*gy", "NNN", "sub_product")
    return p.done()


def inverse_temperatures(p: Proof) -> None:
    """bL = 1/TL and bR = 1/TR are positive."""
    for h in BATHS:
        p.define(f"b{h}", nonzero=f"T{h}")
        p.combine(f"b{h}_product", f"T{h}*b{h} > 0", [("1", [], None)], {f"b{h}": "1"})
        p.cancel(f"b{h}_pos", f"b{h} > 0", f"T{h}", f"b{h}_product")


@cache
def t2_step() -> Theorem:
    """One more bath: the induction step from any number of baths, hottest first, to the next.

    U, V, A, W are a N(x), a N(y), a, a N(x + y) summed over the baths so far and u, v, a, w the
    same for the next one, which is not hotter; u1, v1, a1 belong to any later bath.
    """
    hypotheses = {f"{v}_pos": f"{v} {'>' if v in 'Aa' else '>='} 0" for v in "UVAuva"} | {
        "so_far": "W*(U + V + A) >= U*V",
        "next": "w*(u + v + a) >= u*v",
        "colder_x": "u*(V + A) <= U*(v + a)",
        "colder_y": "v*(U + A) <= V*(u + a)",
        "later_x": "u1*(V + A) <= U*(v1 + a1)",
        "later_y": "v1*(U + A) <= V*(u1 + a1)",
        "after_x": "u1*(v + a) <= u*(v1 + a1)",
        "after_y": "v1*(u + a) <= v*(u1 + a1)",
    }
    p = Proof(
        statement(
            "T2_step",
            "U V A W u v a w u1 v1 a1",
            [],
            hypotheses,
            {
                "mixed": "(W + w)*(U + u + V + v + A + a) >= (U + u)*(V + v)",
                "still_x": "u1*(V + v + A + a) <= (U + u)*(v1 + a1)",
                "still_y": "v1*(U + u + A + a) <= (V + v)*(u1 + a1)",
            },
        )
    )
    p.combine("S1", "U + V + A > 0", [("1", [f"{v}_pos"], None) for v in "UVA"])
    p.combine("S2", "u + v + a > 0", [("1", [f"{v}_pos"], None) for v in "uva"])
    p.combine("S12", "(U + V + A)*(u + v + a) > 0", [("1", ["S1", "S2"], None)])
    p.combine(
        "scaled",
        "(U + V + A)*(u + v + a)*((W + w)*(U + u + V + v + A + a) - (U + u)*(V + v)) >= 0",
        [
            ("1", ["S2", "S1", "so_far"], None),
            ("1", ["S2", "S2", "so_far"], None),
            ("1", ["S1", "S1", "next"], None),
            ("1", ["S1", "S2", "next"], None),
            ("1", ["colder_x", "colder_y"], None),
        ],
    )
    mixed_claim = "(W + w)*(U + u + V + v + A + a) >= (U + u)*(V + v)"
    p.cancel("mixed", mixed_claim, "S12", "scaled")
    both = [("1", ["later_x"], None), ("1", ["after_x"], None)]
    p.combine("still_x", "u1*(V + v + A + a) <= (U + u)*(v1 + a1)", both)
    both = [("1", ["later_y"], None), ("1", ["after_y"], None)]
    p.combine("still_y", "v1*(U + u + A + a) <= (V + v)*(u1 + a1)", both)
    return p.done()
