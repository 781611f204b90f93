"""T6: the exponential steps (A13)-(A15), and the steps that are refuted."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symqb.prove.at_point import AtPoint
from symqb.prove.bounds import Bounds, Interval
from symqb.prove.builder import Definition, Proof, Record, Theorem, Witness, refutation, statement
from symqb.prove.theorems import exponential
from symqb.prove.theorems.appendix import (
    ABOVE,
    ANTIFERRO,
    FERRO,
    RECORDS,
    SIGNS,
    WEAK,
    N,
    record,
)
from symqb.prove.theorems.two_spins import (
    LEVELS,
    TRANSITIONS,
    evaluate,
    expression,
)


def exponentials(name: str, conclusion: str, signs: Mapping[str, str] = WEAK) -> Proof:
    """(A13)-(A15): three exponentials at T_M and at 2 T_M."""
    definitions: list[Definition] = [("b", "over", ("1", "T"))]
    for k, f in (("24", "B0 - J + D"), ("41", "B0 + J - D"), ("23", "B0 + J + D")):
        definitions += [(f"x{k}", "exp", f"b*({f})"), (f"h{k}", "exp", f"1/2*b*({f})")]
    if name == "A13":
        definitions += [("y", "exp", "2*b*B0"), ("q", "over", ("y - 1", "x23 - 1"))]
    hypotheses = {"T": "T > 0"} | dict(signs) | ABOVE
    p = Proof(
        statement(name, "B0 J D T", definitions, hypotheses, {"claim": conclusion}),
        [exponential.above_one(), exponential.increasing()],
    )
    return p


def exponential_order(p: Proof, half: bool) -> None:
    """x24 x41 > x23 at T, or at 2 T."""
    atom, factor = ("h", "1/2*b") if half else ("x", "b")
    p.exponential(f"{atom}s", f"{factor}*2*B0")
    p.exp_sum("sum", f"{atom}24", f"{atom}41", f"{atom}s")
    weight = "1/2" if half else "1"
    p.combine("gap", f"{factor}*(B0 + J + D) < {factor}*2*B0", [(weight, ["b_pos", "field"], None)])
    p.lemma(
        exponential.increasing(),
        {"s": f"{factor}*(B0 + J + D)", "t": f"{factor}*2*B0", "X": f"{atom}23", "Y": f"{atom}s"},
        {"over": "increasing"},
        {"order": "gap"},
    )
    p.combine("product", f"{atom}24*{atom}41 > {atom}23", [("1", ["over"], None)], {"sum": "-1"})


def begin_exponentials(p: Proof) -> None:
    """1/T and the six exponentials of (A13)-(A15)."""
    p.define("b", nonzero="T")
    p.combine("b_product", "T*b > 0", [("1", [], None)], {"b": "1"})
    p.cancel("b_pos", "b > 0", "T", "b_product")
    p.define(*[f"{a}{k}" for k in ("24", "41", "23") for a in "xh"])


def a13() -> Theorem:
    """(A13) with omega_41 for the printed omega_14."""
    p = exponentials("A13", "q > 1")
    begin_exponentials(p)
    p.define("y")
    p.search("argument", "b*(B0 + J + D) > 0", ["b_pos", "field", "J", "D"], degree=2)
    p.lemma(
        exponential.above_one(),
        {"t": "b*(B0 + J + D)", "X": "x23"},
        {"above": "above"},
        {"t": "argument"},
    )
    p.define("q", nonzero="above")
    p.combine("gap", "b*(B0 + J + D) < 2*b*B0", [("1", ["b_pos", "field"], None)])
    p.lemma(
        exponential.increasing(),
        {"s": "b*(B0 + J + D)", "t": "2*b*B0", "X": "x23", "Y": "y"},
        {"over": "increasing"},
        {"order": "gap"},
    )
    p.combine("scaled", "(x23 - 1)*(q - 1) > 0", [("1", ["over"], None)], {"q": "1"})
    p.cancel("claim", "q > 1", "above", "scaled")
    return p.done()


def a14() -> Theorem:
    """(A14) with T_M throughout; it needs B0 > J + Delta alone, not the signs."""
    claim = "(x24 - 1)*(x41 - 1) + (x24 - 1) + (x41 - 1) > x23 - 1"
    p = exponentials("A14", claim, {})
    begin_exponentials(p)
    exponential_order(p, half=False)
    p.combine("claim", claim, [("1", ["product"], None)])
    return p.done()


def a15() -> Theorem:
    """(A15) with 2 T_M throughout; the same."""
    claim = "(h24 - 1)*(h41 - 1) + (h24 - 1) + (h41 - 1) > h23 - 1"
    p = exponentials("A15", claim, {})
    begin_exponentials(p)
    exponential_order(p, half=True)
    p.combine("claim", claim, [("1", ["product"], None)])
    return p.done()


def a15_printed() -> Theorem:
    """(A15) as printed, with T_M in two of its terms: weaker, and true."""
    claim = "(h24 - 1)*(h41 - 1) + (x24 - 1) + (x41 - 1) > h23 - 1"
    p = exponentials("A15_printed", claim)
    begin_exponentials(p)
    exponential_order(p, half=True)
    for k, w in (("24", "B0 - J + D"), ("41", "B0 + J - D")):
        p.exp_sum(f"square{k}", f"h{k}", f"h{k}", f"x{k}")
        p.search(f"argument{k}", f"1/2*b*({w}) > 0", ["b_pos", "field", "J", "D"], degree=2)
        p.lemma(
            exponential.above_one(),
            {"t": f"1/2*b*({w})", "X": f"h{k}"},
            {f"above{k}": "above"},
            {"t": f"argument{k}"},
        )
    p.combine(
        "claim",
        claim,
        [
            ("1", ["product"], None),
            ("1", ["above24", "above24"], None),
            ("1", ["above24"], None),
            ("1", ["above41", "above41"], None),
            ("1", ["above41"], None),
        ],
        {"square24": "1", "square41": "1"},
    )
    return p.done()


# ---- the steps that do not ------------------------------------------------------------------


def a13_printed_statement() -> Record:
    """omega_23 < omega_24 + omega_14, with omega_14 = E_1 - E_4 by the paper's own definition."""
    macros = [(e, "is", v) for e, v in LEVELS.items()]
    macros += [("w23", "is", "e2 - e3"), ("w24", "is", "e2 - e4"), ("w14", "is", "e1 - e4")]
    return statement("A13_printed", "B0 J D", macros, ANTIFERRO, {"claim": "w23 < w24 + w14"})


def by_numbers(stated: Record, values: Mapping[str, str], shortfall: str) -> Record:
    """A refutation at a rational point where the conclusion fails by a number."""
    p = Proof(None)
    p.combine("fails", f"{shortfall} >= 0", [(shortfall, [], None)])
    witness = Witness({"steps": p.written, "with": dict(values), "given": {}})
    return refutation(stated, witness, "claim", "fails")


def a13_printed() -> Record:
    """At B0 = 3, J = Delta = 1: omega_23 = 5, but omega_24 + omega_14 = 0."""
    return by_numbers(a13_printed_statement(), {"B0": "3", "J": "1", "D": "1"}, "5")


A14_PRINTED = "(x24 - 1)*(x41 - 1) + (h24 - 1) + (h41 - 1) > x23 - 1"


def a14_printed_statement() -> Record:
    """(A14) with 2 T_M in two of its terms, as printed."""
    return exponentials("A14_printed", A14_PRINTED, SIGNS).stated_record()


def a14_printed() -> Record:
    """(A14) as printed: false at B0 = 21/10, J = Delta = 1, T_M = 1."""
    stated = a14_printed_statement()
    p = Proof(None, [exponential.positive(), exponential.monotone()])
    p.quotient("b", "1", "1")
    bounds = Bounds(p)
    atoms = {
        "h24": "21/20",
        "h41": "21/20",
        "x24": "21/10",
        "x41": "21/10",
        "x23": "41/10",
        "h23": "41/20",
    }
    known = {
        name: bounds.exponential_of(name, f"{value}*b", Fraction(value), {"b": value})
        for name, value in atoms.items()
    }
    square = bounds.multiply(known["x24"], known["x41"])
    room = known["x23"].low + known["x24"].low + known["x41"].low
    room -= square.high + known["h24"].high + known["h41"].high
    used = [
        known["x23"].low_fact,
        known["x24"].low_fact,
        known["x41"].low_fact,
        square.high_fact,
        known["h24"].high_fact,
        known["h41"].high_fact,
    ]
    left, right = A14_PRINTED.split(" > ")
    terms = [("1", [fact], None) for fact in used] + [(str(room), [], None)]
    p.combine("fails", f"({right}) - ({left}) >= 0", terms)
    values = {"B0": "21/10", "J": "1", "D": "1", "T": "1", "b": "b"} | {n: n for n in atoms}
    record = {"steps": p.written, "with": values, "given": {}}
    return refutation(stated, Witness(record, tuple(p.needed.values())), "claim", "fails")


def ferro_statement(name: str) -> Record:
    """(A9) or (A10) for J, Delta < 0."""
    if name == "A9_ferro":
        return record(name, {"claim": f"{N['41']} > {N['23']}"}, FERRO)
    extra = [("q23", "over", ("w23", "A23")), ("q41", "over", ("w41", "A41"))]
    return record(name, {"claim": "q23 > q41"}, FERRO, extra)


def ferro(name: str) -> Record:
    """B0 = 3, J = Delta = -1, T_L = T_R = 1: omega_41 = 3 exceeds omega_23 = 1."""
    values = {"B0": "3", "J": "-1", "D": "-1", "TL": "1", "TR": "1", "kappa": "1"}
    p, rates, at = at_point(values)
    first, second = (at.numbers[h, "41"][0] for h in "LR")
    third, fourth = (at.numbers[h, "23"][0] for h in "LR")
    if name == "A9_ferro":
        room = third.low + fourth.low - first.high - second.high
        used = [third.low_fact, fourth.low_fact, first.high_fact, second.high_fact]
        claim = f"{N['23']} - ({N['41']}) >= 0"
    else:
        one, three = at.bounds.constant(Fraction(1)), at.bounds.constant(Fraction(3))
        p.quotient("q23", "1", "A23", "A23_pos")
        p.quotient("q41", "3", "A41", "A41_pos")
        q23 = at.bounds.quotient("q23", one, rates["A23"], "A23_pos")
        q41 = at.bounds.quotient("q41", three, rates["A41"], "A41_pos")
        room, used, claim = q41.low - q23.high, [q41.low_fact, q23.high_fact], "q41 - q23 >= 0"
    p.combine("fails", claim, [("1", [fact], None) for fact in used] + [(str(room), [], None)])
    names = values | {n: n for n in definitions_of(ferro_statement(name))}
    witness = Witness({"steps": p.written, "with": names, "given": {}}, tuple(p.needed.values()))
    return refutation(ferro_statement(name), witness, "claim", "fails")


def definitions_of(stated: Record) -> list[str]:
    """The names a statement defines, abbreviations apart."""
    return [d["name"] for d in stated["definitions"] if "is" not in d]


def at_point(values: Mapping[str, str]) -> tuple[Proof, dict[str, Interval], AtPoint]:
    """Rates of the two-spin battery at epsilon = 0, bounded at a point."""
    p = Proof(None, [exponential.positive(), exponential.monotone()])
    numbers = {k: Fraction(v) for k, v in values.items()}
    at = AtPoint(p, numbers["TL"], numbers["TR"])
    rates: dict[str, Interval] = {}
    half = numbers["kappa"] / 2
    for label, text in TRANSITIONS.items():
        w = evaluate(expression(text, {}), numbers)
        bodies = (f"{half * w}*(nL{label} + nR{label} + 2)", f"{half * w}*(nL{label} + nR{label})")
        weights = {"L": half, "R": half}
        rates |= at.rates(f"E{label}", f"A{label}", label, w, weights, bodies)
    return p, rates, at


def a17_printed() -> Record:
    """B0 = 3000, J = 2000, Delta = 500, both baths at 500, kappa = 100."""
    values = {"B0": "3000", "J": "2000", "D": "500", "TL": "500", "TR": "500", "kappa": "100"}
    p, rates, at = at_point(values)
    b, one = at.bounds, at.bounds.constant(Fraction(1))
    inverse = {}
    for k in ("41", "24", "23"):
        p.quotient(f"i{k}", "1", f"A{k}", f"A{k}_pos")
        inverse[k] = b.quotient(f"i{k}", one, rates[f"A{k}"], f"A{k}_pos")
    product = b.scale(Fraction(2 * 4500 * 1500), b.multiply(inverse["41"], inverse["24"]))
    left = b.add(product, b.scale(Fraction(4500 + 1500), inverse["24"]))
    right = b.scale(Fraction(5500), inverse["23"])
    room = right.low - left.high
    terms = [("1", [right.low_fact], None), ("1", [left.high_fact], None), (str(room), [], None)]
    claim = "5500*i23 - (2*4500*1500*i41*i24 + 4500*i24 + 1500*i24) >= 0"
    p.combine("fails", claim, terms)
    names = dict(values) | {n: n for n in definitions_of(RECORDS["A17_printed"])}
    witness = Witness({"steps": p.written, "with": names, "given": {}}, tuple(p.needed.values()))
    return refutation(RECORDS["A17_printed"], witness, "claim", "fails")


def a16_argument_statement() -> Record:
    """Two rising functions f and g, f above g at both ends: then f is above g between."""
    hypotheses = {
        "f_rises": "f0 < f1",
        "f_rises_on": "f1 < f2",
        "g_rises": "g0 < g1",
        "g_rises_on": "g1 < g2",
        "left_end": "f0 > g0",
        "right_end": "f2 > g2",
    }
    claim = {"claim": "f1 > g1"}
    return statement("A16_argument", "f0 f1 f2 g0 g1 g2", [], hypotheses, claim)


def a16_argument() -> Record:
    """f = 1, 2, 5 and g = 0, 3, 4 cross between the ends."""
    values = {"f0": "1", "f1": "2", "f2": "5", "g0": "0", "g1": "3", "g2": "4"}
    return by_numbers(a16_argument_statement(), values, "1")
