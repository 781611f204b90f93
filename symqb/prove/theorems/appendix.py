"""T6: the steps (A1)-(A12) and (A16)-(A18) of Appendix A."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from symqb.prove.builder import Definition, Proof, Record, Theorem, statement
from symqb.prove.theorems import bose, cycle, exponential, passivity
from symqb.prove.theorems.two_spins import (
    LEVELS,
    POSITIVE,
    TRANSITIONS,
    bose_definitions,
    expression,
    numbers_of_baths,
    physical_definitions,
    rates,
)

# The paper has J, Delta > 0 and B0 > J + Delta throughout.  Each theorem is stated with what its
# proof uses: ABOVE, and of the signs one strictly, both weakly, or none.
SIGNS = {"J": "J > 0", "D": "D > 0"}
WEAK = {"J": "J >= 0", "D": "D >= 0"}
ABOVE = {"field": "B0 - J - D > 0"}
ANTIFERRO = SIGNS | ABOVE
FERRO = {"J": "-J > 0", "D": "-D > 0", "field": "B0 + J + D > 0"}
WEAK_FERRO = {"J": "-J >= 0", "D": "-D >= 0", "field": "B0 + J + D > 0"}
N = {label: f"nL{label} + nR{label}" for label in TRANSITIONS}
LEMMAS: tuple[Callable[[], Theorem], ...] = (
    exponential.above_one,
    bose.falls,
    bose.mixed,
    cycle.exists,
    passivity.ordered,
)


def record(
    name: str,
    conclusion: Mapping[str, str],
    hypotheses: Mapping[str, str],
    extra: Sequence[Definition] = (),
) -> Record:
    """A statement about the two-spin battery at epsilon = 0."""
    return statement(
        name,
        "B0 J D TL TR kappa",
        [*physical_definitions("T3"), *extra],
        {v: f"{v} > 0" for v in POSITIVE} | dict(hypotheses),
        conclusion,
    )


def record_of_numbers(
    name: str,
    conclusion: Mapping[str, str],
    hypotheses: Mapping[str, str],
    extra: Sequence[Definition] = (),
) -> Record:
    """A statement about Bose numbers: no rate and no kappa."""
    return statement(
        name,
        "B0 J D TL TR",
        [*bose_definitions(), *extra],
        {"TL": "TL > 0", "TR": "TR > 0"} | dict(hypotheses),
        conclusion,
    )


def strictly(sign: str) -> dict[str, str]:
    """B0 > J + Delta, one sign strict, the other weak."""
    return WEAK | {sign: f"{sign} > 0"} | ABOVE


def start_of_numbers(statement_record: Record) -> Proof:
    """A proof in which every frequency and every Bose number is known to be positive."""
    p = Proof(statement_record, [lemma() for lemma in LEMMAS])
    numbers_of_baths(p, {}, ("field", "J", "D"))
    for label in TRANSITIONS:
        terms = [("1", [f"n{h}{label}_pos"], None) for h in "LR"]
        p.combine(f"N{label}_pos", f"{N[label]} > 0", terms)
    return p


def start(statement_record: Record) -> Proof:
    """The same, and every rate."""
    p = start_of_numbers(statement_record)
    rates(p, "T3", {})
    for label in TRANSITIONS:
        terms = [("1/2", ["kappa", f"w{label}_pos", f"n{h}{label}_pos"], None) for h in "LR"]
        p.combine(f"A{label}_pos", f"A{label} > 0", terms, {f"A{label}": "1"})
        terms.append(("1", ["kappa", f"w{label}_pos"], None))
        p.combine(f"E{label}_pos", f"E{label} > 0", terms, {f"E{label}": "1"})
    return p


def falls(p: Proof, low: str, high: str, gap: Sequence[str]) -> None:
    """Facts fallsL, fallsR: the lower frequency has the larger number in each bath."""
    wide = {k: expression(TRANSITIONS[k], {}) for k in (low, high)}
    p.search("gap", f"{wide[low]} < {wide[high]}", list(gap))
    for h in "LR":
        names = {"b": f"b{h}", "w": wide[low], "v": wide[high]}
        names |= {"X": f"X{h}{low}", "n": f"n{h}{low}", "Y": f"X{h}{high}", "k": f"n{h}{high}"}
        p.lemma(bose.falls(), names, {f"falls{h}": "falls"}, {"order": "gap"})


def core(p: Proof, one: str, x: str, y: str, gap: Sequence[str]) -> None:
    """Fact core: N(one) (N(x) + N(y) + 2) > N(x) N(y), as w_one < w_x + w_y."""
    names = {"bL": "bL", "bR": "bR", "aL": "1", "aR": "1"}
    names |= {"x": expression(TRANSITIONS[x], {}), "y": expression(TRANSITIONS[y], {})}
    for h in "LR":
        p.exponential(f"X{h}s", f"2*b{h}*B0")
        p.search(f"arg{h}s", f"2*b{h}*B0 > 0", [f"b{h}_pos", "field", "J", "D"], degree=2)
        p.lemma(
            exponential.above_one(),
            {"t": f"2*b{h}*B0", "X": f"X{h}s"},
            {f"X{h}s_above": "above"},
            {"t": f"arg{h}s"},
        )
        p.quotient(f"n{h}s", "1", f"X{h}s - 1", f"X{h}s_above")
        for place, label in (("x", x), ("y", y), ("z", "s")):
            names |= {f"X{h}{place}": f"X{h}{label}", f"n{h}{place}": f"n{h}{label}"}
    p.lemma(bose.mixed(), names, {"mixed": "mixed"})
    w = expression(TRANSITIONS[one], {})
    p.search("gap", f"{w} < 2*B0", list(gap))
    for h in "LR":
        names = {"b": f"b{h}", "w": w, "v": "2*B0", "X": f"X{h}{one}", "n": f"n{h}{one}"}
        p.lemma(
            bose.falls(),
            names | {"Y": f"X{h}s", "k": f"n{h}s"},
            {f"falls{h}": "falls"},
            {"order": "gap"},
        )
    p.combine(
        "S",
        f"{N[x]} + {N[y]} + 2 > 0",
        [("1", [f"N{x}_pos"], None), ("1", [f"N{y}_pos"], None), ("2", [], None)],
    )
    p.combine(
        "core",
        f"({N[one]})*({N[x]} + {N[y]} + 2) > ({N[x]})*({N[y]})",
        [("1", ["S", "fallsL"], None), ("1", ["S", "fallsR"], None), ("1", ["mixed"], None)],
    )


def rate_bodies() -> dict[str, str]:
    """The rates as polynomials in the Bose numbers."""
    found = {}
    for label, number in N.items():
        found[f"A{label}"] = f"1/2*kappa*w{label}*({number})"
        found[f"E{label}"] = f"1/2*kappa*w{label}*({number} + 2)"
    return found


def both(weight: str, facts: Sequence[str]) -> list[tuple[str, list[str], None]]:
    """The same term for both baths."""
    return [(weight, [*facts, f"falls{h}"], None) for h in "LR"]


# ---- the steps that hold --------------------------------------------------------------------


def order_of_frequencies(name: str, order: list[str], hypotheses: dict[str, str]) -> Theorem:
    """A chain of inequalities between frequencies."""
    macros = [(e, "is", v) for e, v in LEVELS.items()]
    macros += [(f"w{k}", "is", v) for k, v in TRANSITIONS.items()]
    claims = {f"w{a}_{b}": f"w{a} > w{b}" for a, b in pairwise(order)}
    p = Proof(statement(name, "B0 J D", macros, hypotheses, claims))
    for fact, claim in claims.items():
        p.search(fact, claim, list(hypotheses))
    return p.done()


def a1() -> Theorem:
    """(A1)."""
    return order_of_frequencies("A1", ["23", "24", "41", "31"], {"J": "J > 0", "case": "J < D"})


def a2() -> Theorem:
    """(A2)."""
    return order_of_frequencies("A2", ["23", "41", "24", "31"], {"D": "D > 0", "case": "J > D"})


def numbers(name: str, low: str, high: str, gap: str) -> Theorem:
    """(A3), (A4) or (A9): sums of Bose numbers compared."""
    claim = f"{N[low]} > {N[high]}"
    p = start_of_numbers(record_of_numbers(name, {"claim": claim}, strictly(gap)))
    falls(p, low, high, [gap])
    p.combine("claim", claim, both("1", []))
    return p.done()


def a3_printed() -> Theorem:
    """(A3) with the exponents as printed, omega/T - 1: it holds too."""
    definitions: list[Definition] = [
        ("bL", "over", ("1", "TL")),
        ("bR", "over", ("1", "TR")),
    ]
    for h in "LR":
        definitions += [
            (f"X{h}24", "exp", f"1 - b{h}*(B0 - J + D)"),
            (f"X{h}23", "exp", f"1 - b{h}*(B0 + J + D)"),
        ]
    return printed_exponents("A3_printed", definitions, "24", "23")


def a4_printed() -> Theorem:
    """(A4) with the exponents as printed: it holds too."""
    definitions: list[Definition] = [
        ("bL", "over", ("1", "TL")),
        ("bR", "over", ("1", "TR")),
    ]
    for h in "LR":
        definitions += [
            (f"X{h}31", "exp", f"1 - b{h}*(B0 - J - D)"),
            (f"X{h}41", "exp", f"1 - b{h}*(B0 + J - D)"),
        ]
    return printed_exponents("A4_printed", definitions, "31", "41")


def printed_exponents(name: str, definitions: Sequence[Definition], low: str, high: str) -> Theorem:
    """Sums of exp(1 - w/T), compared."""
    claim = f"XL{low} + XR{low} > XL{high} + XR{high}"
    hypotheses = {"TL": "TL > 0", "TR": "TR > 0", "J": "J > 0"}
    p = Proof(
        statement(name, "B0 J D TL TR", definitions, hypotheses, {"claim": claim}),
        [exponential.increasing()],
    )
    bose.inverse_temperatures(p)
    for h in "LR":
        p.define(f"X{h}{low}", f"X{h}{high}")
        arguments = {k: f"1 - b{h}*({expression(TRANSITIONS[k], {})})" for k in (low, high)}
        p.combine(
            f"gap{h}", f"{arguments[high]} < {arguments[low]}", [("2", [f"b{h}_pos", "J"], None)]
        )
        p.lemma(
            exponential.increasing(),
            {"s": arguments[high], "t": arguments[low], "X": f"X{h}{high}", "Y": f"X{h}{low}"},
            {f"up{h}": "increasing"},
            {"order": f"gap{h}"},
        )
    p.combine("claim", claim, [("1", [f"up{h}"], None) for h in "LR"])
    return p.done()


def scaled_numbers(name: str, low: str, high: str) -> Theorem:
    """(A5) or (A6)."""
    claim = f"2*w{high}*A{low} > 2*w{low}*A{high}"
    p = start(record(name, {"claim": claim}, strictly("J")))
    falls(p, low, high, ["J"])
    terms = both("1", ["kappa", f"w{low}_pos", f"w{high}_pos"])
    p.combine("claim", claim, terms, {f"A{low}": f"2*w{high}", f"A{high}": f"-2*w{low}"})
    return p.done()


def cross(p: Proof, fact: str, low: str, high: str) -> None:
    """A_low E_high > A_high E_low, from fallsL and fallsR."""
    body = rate_bodies()
    p.combine(
        fact,
        f"A{low}*E{high} > A{high}*E{low}",
        both("1/2", ["kappa", "kappa", f"w{low}_pos", f"w{high}_pos"]),
        {
            f"E{high}": f"A{low}",
            f"A{low}": body[f"E{high}"],
            f"E{low}": f"-A{high}",
            f"A{high}": f"-({body[f'E{low}']})",
        },
    )


def crossed(name: str, low: str, high: str) -> Theorem:
    """(A7) or (A8)."""
    p = start(record(name, {"claim": f"A{low}*E{high} > A{high}*E{low}"}, strictly("J")))
    falls(p, low, high, ["J"])
    cross(p, "claim", low, high)
    return p.done()


def a10() -> Theorem:
    """(A10)."""
    extra = [("q23", "over", ("w23", "A23")), ("q41", "over", ("w41", "A41"))]
    p = start(record("A10", {"claim": "q23 > q41"}, strictly("D"), extra))
    falls(p, "41", "23", ["D"])
    p.define("q23", nonzero="A23_pos")
    p.define("q41", nonzero="A41_pos")
    p.combine("AA", "A23*A41 > 0", [("1", ["A23_pos", "A41_pos"], None)])
    p.combine(
        "scaled",
        "A23*A41*(q23 - q41) > 0",
        both("1/2", ["kappa", "w41_pos", "w23_pos"]),
        {"q23": "A41", "q41": "-A23", "A41": "w23", "A23": "-w41"},
    )
    p.cancel("claim", "q23 > q41", "AA", "scaled")
    return p.done()


def excess(p: Proof, label: str) -> None:
    """E - A = kappa w, positive."""
    p.combine(
        f"excess{label}",
        f"E{label} > A{label}",
        [("1", ["kappa", f"w{label}_pos"], None)],
        {f"E{label}": "1", f"A{label}": "-1"},
    )


def a11() -> Theorem:
    """(A11)."""
    claim = "E23*A41*E31 > A31*E41*A23"
    p = start(record("A11", {"claim": claim}, strictly("D")))
    falls(p, "41", "23", ["D"])
    cross(p, "cross", "41", "23")
    excess(p, "31")
    p.combine(
        "claim",
        claim,
        [("1", ["cross", "E31_pos"], None), ("1", ["E41_pos", "A23_pos", "excess31"], None)],
    )
    return p.done()


def product_form(name: str, one: str, x: str, y: str) -> Proof:
    """A proof in which E_x E_y A_one > E_one A_x A_y is the fact ``cube``."""
    p = start(RECORDS[name])
    core(p, one, x, y, ["field", "J", "D"])
    body = rate_bodies()
    p.combine(
        "cube",
        f"E{x}*E{y}*A{one} > E{one}*A{x}*A{y}",
        [
            (
                "1/4",
                ["kappa", "kappa", "kappa", f"w{x}_pos", f"w{y}_pos", f"w{one}_pos", "core"],
                None,
            )
        ],
        {
            f"E{x}": f"E{y}*A{one}",
            f"E{y}": f"({body[f'E{x}']})*A{one}",
            f"A{one}": f"({body[f'E{x}']})*({body[f'E{y}']})",
            f"E{one}": f"-A{x}*A{y}",
            f"A{x}": f"-({body[f'E{one}']})*A{y}",
            f"A{y}": f"-({body[f'E{one}']})*({body[f'A{x}']})",
        },
    )
    return p


INVERSE = [(f"i{k}", "over", ("1", f"A{k}")) for k in ("41", "24", "23")]
RATIOS = [(f"r{k}", "over", (f"E{k}", f"A{k}")) for k in ("41", "24", "23")]
RECORDS: dict[str, Record] = {
    "A11_ferro": record("A11_ferro", {"claim": "E23*A41*E31 > A31*E41*A23"}, WEAK_FERRO),
    "A17": record(
        "A17",
        {"claim": "kappa^2*w41*w24*i41*i24 + kappa*w41*i41 + kappa*w24*i24 > kappa*w23*i23"},
        WEAK | ABOVE,
        INVERSE,
    ),
    "A17_printed": record(
        "A17_printed",
        {"claim": "2*w41*w24*i41*i24 + w41*i24 + w24*i24 > w23*i23"},
        ANTIFERRO,
        INVERSE,
    ),
    "A18": record("A18", {"claim": "r41*r24 > r23"}, WEAK | ABOVE, RATIOS),
}


def a11_ferro() -> Theorem:
    """(A11) itself holds for J, Delta < 0 too; only its derivation by way of (A10) does not."""
    p = product_form("A11_ferro", "41", "31", "23")
    p.combine("claim", "E23*A41*E31 > A31*E41*A23", [("1", ["cube"], None)])
    return p.done()


def a18() -> Theorem:
    """(A18), by the mixing lemma."""
    p = product_form("A18", "23", "41", "24")
    for k in ("41", "24", "23"):
        p.define(f"r{k}", nonzero=f"A{k}_pos")
    p.combine("AAA", "A41*A24*A23 > 0", [("1", ["A41_pos", "A24_pos", "A23_pos"], None)])
    p.combine(
        "scaled",
        "A41*A24*A23*(r41*r24 - r23) > 0",
        [("1", ["cube"], None)],
        {"r41": "A24*A23*r24", "r24": "A23*E41", "r23": "-A41*A24"},
    )
    p.cancel("claim", "r41*r24 > r23", "AAA", "scaled")
    return p.done()


def a17() -> Theorem:
    """(A17) as intended, with kappa and every A_ij where it belongs: (A18) written out."""
    p = product_form("A17", "23", "41", "24")
    for k in ("41", "24", "23"):
        p.define(f"i{k}", nonzero=f"A{k}_pos")
        p.combine(f"E{k}_sum", f"E{k} = A{k} + kappa*w{k}", [], {f"E{k}": "1", f"A{k}": "-1"})
    p.combine("AAA", "A41*A24*A23 > 0", [("1", ["A41_pos", "A24_pos", "A23_pos"], None)])
    claim = RECORDS["A17"]["conclusions"]["claim"]
    left, right = claim.split(" > ")
    p.combine(
        "scaled",
        f"A41*A24*A23*({left} - {right}) > 0",
        [("1", ["cube"], None)],
        {
            "i41": "A24*A23*(kappa^2*w41*w24*i24 + kappa*w41)",
            "i24": "A23*(kappa^2*w41*w24 + kappa*w24*A41)",
            "i23": "-kappa*w23*A41*A24",
            "E41_sum": "-E24*A23",
            "E24_sum": "-(A41 + kappa*w41)*A23",
            "E23_sum": "A41*A24",
        },
    )
    p.cancel("claim", claim, "AAA", "scaled")
    return p.done()


def a16() -> Theorem:
    """(A16) for every temperature of either bath, by the mixing lemma and not by (A14)-(A15)."""
    quotients = [(f"i{k}", "over", ("1", N[k])) for k in ("41", "24", "23")]
    claim = "2*i41*i24 + i41 + i24 > i23"
    p = start_of_numbers(record_of_numbers("A16", {"claim": claim}, WEAK | ABOVE, quotients))
    core(p, "23", "41", "24", ["field"])
    for k in ("41", "24", "23"):
        p.define(f"i{k}", nonzero=f"N{k}_pos")
    p.combine(
        "NNN",
        f"({N['41']})*({N['24']})*({N['23']}) > 0",
        [("1", ["N41_pos", "N24_pos", "N23_pos"], None)],
    )
    p.combine(
        "scaled",
        f"({N['41']})*({N['24']})*({N['23']})*(2*i41*i24 + i41 + i24 - i23) > 0",
        [("1", ["core"], None)],
        {
            "i41": f"({N['24']})*({N['23']})*(2*i24 + 1)",
            "i24": f"({N['23']})*(2 + {N['41']})",
            "i23": f"-({N['41']})*({N['24']})",
        },
    )
    p.cancel("claim", claim, "NNN", "scaled")
    return p.done()
