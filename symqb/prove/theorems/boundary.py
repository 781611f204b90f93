"""T7: where passivity ends, shown at exact rational points."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from symqb.battery import xxz_battery
from symqb.derive.steady_state import rate_name
from symqb.program import Step, walk
from symqb.program.core import flatten
from symqb.program.rewrite import Lookup
from symqb.prove.at_point import AtPoint
from symqb.prove.bounds import Interval
from symqb.prove.builder import Definition, Proof, Record, Witness, refutation, statement
from symqb.prove.theorems import bose, cycle, derived, elimination, exponential
from symqb.prove.theorems.two_spins import (
    FIELD,
    LEVELS,
    POSITIVE,
    TRANSITIONS,
    evaluate,
    expression,
)

Q = Fraction
PAIRS = [(1, 2), (1, 3), (1, 4), (3, 2), (4, 2), (3, 4)]


def two_spin_statement(name: str, hypotheses: Mapping[str, str]) -> Record:
    """Passivity of the two-spin battery with collective dissipation, for some domain."""
    definitions: list[Definition] = [(e, "is", value) for e, value in LEVELS.items()]
    definitions += [(f"w{label}", "is", value) for label, value in TRANSITIONS.items()]
    definitions += [("bL", "over", ("1", "TL")), ("bR", "over", ("1", "TR"))]
    definitions += bose.bath_definitions({label: f"w{label}" for label in TRANSITIONS})
    right, sides = derived.sides()
    for label in TRANSITIONS:
        for rate, extra in (("E", " + 1"), ("A", "")):
            body = f"{right}*w{label}*({sides[label]}*(nL{label}{extra}) + nR{label}{extra})"
            definitions.append((f"{rate}{label}", "over", (body, "1")))
    conclusions = {f"passive{i}{j}": f"(e{j} - e{i})*(p{i} - p{j}) >= 0" for i, j in PAIRS}
    return statement(
        name,
        "B0 J D epsilon TL TR kappa p1 p2 p3 p4",
        definitions,
        {v: f"{v} > 0" for v in POSITIVE} | dict(hypotheses) | {"J": "J^2 > 0"} | cycle.equations(),
        conclusions,
    )


def two_spin_point(values: Mapping[str, str]) -> tuple[Proof, dict[int, Interval], dict[str, str]]:
    """The steady state at a point, bounded, with the images of every name of the statement."""
    p = Proof(None, [exponential.positive(), exponential.monotone(), cycle.exists()])
    at = AtPoint(p, Q(values["TL"]), Q(values["TR"]))
    numbers = {k: Q(v) for k, v in values.items()}
    rates: dict[str, Interval] = {}
    for label, body in TRANSITIONS.items():
        w = evaluate(expression(body, {}), numbers)
        side = (numbers["epsilon"] + (1 if "4" in label else -1)) ** 2
        weights = {"L": numbers["kappa"] / 2 * side, "R": numbers["kappa"] / 2}
        bodies = tuple(
            f"{weights['L'] * w}*(nL{label}{extra}) + {weights['R'] * w}*(nR{label}{extra})"
            if weights["L"]
            else f"{weights['R'] * w}*(nR{label}{extra})"
            for extra in (" + 1", "")
        )
        bodies = (bodies[0].replace("+ -", "- "), bodies[1].replace("+ -", "- "))
        rates |= at.rates(f"E{label}", f"A{label}", label, w, weights, bodies)
    b = at.bounds
    trees = {
        i: b.total(
            [b.product([rates[r] for r in t.split("*")]) for t in cycle.tree(i).split(" + ")]
        )
        for i in (1, 2, 3, 4)
    }
    p.quotient("Z", cycle.total_tree(), "1")
    Z = b.named("Z", b.total(list(trees.values())))
    p.combine("Z_pos", "Z > 0", [("1", [Z.low_fact], None), (str(Z.low), [], None)])
    populations = {}
    for i in (1, 2, 3, 4):
        p.quotient(f"p{i}", cycle.tree(i), "Z", "Z_pos")
        populations[i] = b.quotient(f"p{i}", trees[i], Z, "Z_pos")
    names = {v: v for v in [*cycle.RATES.split(), "Z", "p1", "p2", "p3", "p4"]}
    p.lemma(cycle.exists(), names, {fact: fact for fact in cycle.equations()})
    same = ["bL", "bR", *cycle.RATES.split(), "p1", "p2", "p3", "p4"]
    same += [f"{k}{h}{label}" for k in "Xn" for h in "LR" for label in TRANSITIONS]
    return p, populations, dict(values) | {v: v for v in same}


def inverted(p: Proof, low: Interval, high: Interval, gap: Fraction) -> None:
    """Fact ``inverted``: the upper level, ``gap`` above, is the fuller one."""
    room = high.low - low.high
    if room <= 0:
        raise ValueError(f"not inverted there: {low} and {high}")
    p.combine(
        "inverted",
        f"-({gap})*({low.text} - {high.text}) > 0",
        [
            (str(gap), [low.high_fact], None),
            (str(gap), [high.low_fact], None),
            (str(gap * room), [], None),
        ],
    )


def two_spin_refutation(record: Record, values: Mapping[str, str], low: int, high: int) -> Record:
    """A certificate that level ``high`` outweighs level ``low`` at a point."""
    p, populations, names = two_spin_point(values)
    numbers = {k: Q(v) for k, v in values.items()}
    gap = evaluate(expression(f"e{high} - e{low}", {}), numbers)
    violated = f"passive{low}{high}"
    if (low, high) in PAIRS:
        inverted(p, populations[low], populations[high], gap)
    else:
        violated = f"passive{high}{low}"
        inverted(p, populations[low], populations[high], gap)
    given = {fact: fact for fact in cycle.equations()}
    witness = Witness({"steps": p.written, "with": names, "given": given}, tuple(p.needed.values()))
    return refutation(record, witness, violated, "inverted")


@cache
def epsilon_statement() -> Record:
    """epsilon = 1 is passive for B0 > abs(J) + abs(Delta)."""
    return two_spin_statement("T7_epsilon_1", FIELD | {"epsilon": "epsilon = 1"})


def epsilon() -> Record:
    """epsilon = 1: level 3 outweighs level 1."""
    values = {"B0": "3", "J": "1", "D": "1", "epsilon": "1", "TL": "50", "TR": "1/4", "kappa": "1"}
    return two_spin_refutation(epsilon_statement(), values, 1, 3)


@cache
def field_statement() -> Record:
    """epsilon = 0 is passive for B0 > abs(J + Delta)."""
    domain = {"field_plus": "B0 - J - D > 0", "field_minus": "B0 + J + D > 0"}
    return two_spin_statement("T7_field", domain | {"epsilon": "epsilon = 0"})


def field() -> Record:
    """B0 > |J + Delta| with J and Delta of opposite sign: level 4 above 2, and fuller."""
    values = {
        "B0": "17/10",
        "J": "1",
        "D": "-3/4",
        "epsilon": "0",
        "TL": "1/2",
        "TR": "1/20",
        "kappa": "1",
    }
    return two_spin_refutation(field_statement(), values, 2, 4)


# ---- three spins ----------------------------------------------------------------------------


@cache
def three_spin_statement() -> Record:
    """Three spins, epsilon = 0, B0 > |3 Delta + alpha|/2: is the steady state passive?"""
    named, weights = derived.equal_weights(3)
    definitions: list[Definition] = [
        *((e, "is", value) for e, value in derived.levels(3).items()),
        *((name, "over", parts) for name, parts in named.items()),
        ("bL", "over", ("1", "TL")),
        ("bR", "over", ("1", "TR")),
    ]
    frequencies = {f"{a}{b}": f"e{a} - e{b}" for a, b in weights}
    definitions += bose.bath_definitions(frequencies)
    for (a, b), weight in weights.items():
        label, w = f"{a}{b}", f"kappa*{weight}*(e{a} - e{b})"
        definitions.append((rate_name(a, b), "over", (f"{w}*(nL{label} + nR{label} + 2)", "1")))
        definitions.append((rate_name(b, a), "over", (f"{w}*(nL{label} + nR{label})", "1")))
    labels = range(1, 9)
    hypotheses = {v: f"{v} > 0" for v in (*POSITIVE, "alpha")} | {
        "alpha_is": "alpha^2 = D^2 + 8*J^2",
        "J": "J^2 > 0",
        "ground_plus": "2*B0 - 3*D - alpha > 0",
        "ground_minus": "2*B0 + 3*D + alpha > 0",
        **elimination.rate_equations(labels, list(weights), {k: f"p{k}" for k in labels}),
    }
    conclusions = {
        f"passive{i}{j}": f"(e{j} - e{i})*(p{i} - p{j}) >= 0"
        for i in labels
        for j in labels
        if i < j
    }
    variables = "B0 J D alpha TL TR kappa " + " ".join(f"p{k}" for k in labels)
    return statement("T7_three_spins", variables, definitions, hypotheses, conclusions)


def three_spins() -> Record:
    """B0 = 9/20, Delta = -J = -1 (alpha = 3), T_L = 1/4, T_R = 1/20: an inversion."""
    values = {
        "B0": "9/20",
        "J": "1",
        "D": "-1",
        "alpha": "3",
        "TL": "1/4",
        "TR": "1/20",
        "kappa": "1",
    }
    numbers = {k: Q(v) for k, v in values.items()}
    p = Proof(None, [exponential.positive(), exponential.monotone(), elimination.theorem(3)])
    at = AtPoint(p, numbers["TL"], numbers["TR"])
    named, weights = derived.equal_weights(3)
    parts = {name: tuple(evaluate(part, numbers) for part in both) for name, both in named.items()}
    for name, (top, bottom) in parts.items():
        p.quotient(name, str(top), str(bottom))
    energies = {e: evaluate(text, numbers) for e, text in derived.levels(3).items()}
    known: dict[str, Interval] = {}
    for (a, b), weight in weights.items():
        w = energies[f"e{a}"] - energies[f"e{b}"]
        top, bottom = parts.get(weight) or (Q(weight), Q(1))
        known |= three_spin_rate(at, (a, b), weight, (top, bottom), w)
    populations = run_program(at, known)
    labels = range(1, 9)
    names = dict(values) | {v: v for v in (*named, "bL", "bR")}
    names |= {f"{k}{h}{a}{b}": f"{k}{h}{a}{b}" for k in "Xn" for h in "LR" for a, b in weights}
    names |= {r: r for r in known} | {f"p{k}": populations[k].text for k in labels}
    low, high = max(
        ((i, j) for i in labels for j in labels if energies[f"e{i}"] < energies[f"e{j}"]),
        key=lambda ij: populations[ij[1]].low / populations[ij[0]].high,
    )
    inverted(p, populations[low], populations[high], energies[f"e{high}"] - energies[f"e{low}"])
    given = {fact: fact for fact in [*(f"rate{k}" for k in labels), "total"]}
    witness = Witness({"steps": p.written, "with": names, "given": given}, tuple(p.needed.values()))
    first, second = sorted((low, high))
    return refutation(three_spin_statement(), witness, f"passive{first}{second}", "inverted")


def three_spin_rate(
    at: AtPoint, pair: tuple[int, int], weight: str, parts: tuple[Fraction, Fraction], w: Fraction
) -> dict[str, Interval]:
    """Both rates of a pair; a weight that is a defined name has its equality used too."""
    a, b = pair
    value = parts[0] / parts[1]
    label, p = f"{a}{b}", at.p
    down, up = rate_name(a, b), rate_name(b, a)
    plain = tuple(f"{value * w}*(nL{label} + nR{label}{extra})" for extra in (" + 2", ""))
    found = at.rates(f"{down}_plain", f"{up}_plain", label, w, {"L": value, "R": value}, plain)  # type: ignore[arg-type]
    result = {}
    for name, extra in ((down, " + 2"), (up, "")):
        p.quotient(name, f"{w}*{weight}*(nL{label} + nR{label}{extra})", "1")
        equal = {name: "1", f"{name}_plain": "-1"}
        bodies = f"{w}*(nL{label} + nR{label}{extra})"
        if weight.isalpha():
            equal[weight] = f"{1 / parts[1]}*({bodies})"
        p.combine(f"{name}_same", f"{name} = {name}_plain", [], equal)
        old, one = found[f"{name}_plain"], Q(1)
        result[name] = at.bounds.state(
            name,
            old.low,
            old.high,
            [(one, [old.low_fact])],
            [(one, [old.high_fact])],
            ({f"{name}_same": "1"}, {f"{name}_same": "-1"}),
        )
        p.combine(
            f"{name}_pos",
            f"{name} > 0",
            [("1", [result[name].low_fact], None), (str(old.low), [], None)],
        )
    return result


def run_program(at: AtPoint, known: Mapping[str, Interval]) -> dict[int, Interval]:
    """Run the elimination program on bounds, and prove the rate equations by its theorem."""
    state = xxz_battery(spins=3).steady_state()
    program, p, b = state.elimination, at.p, at.bounds

    def bound(step: Step, value: Lookup[Interval]) -> Interval:
        first, second = map(value, step.args)
        if step.op == "div":
            bottom = step.args[1]
            p.quotient(step.name, str(step.args[0]), str(bottom), f"{bottom}_pos")
            interval = b.quotient(step.name, first, second, f"{bottom}_pos")
        else:
            _, _, (body, one) = elimination.definition(step)
            p.quotient(step.name, body, one)
            result = b.add(first, second) if step.op == "add" else b.multiply(first, second)
            interval = b.named(step.name, result)
        p.combine(
            f"{step.name}_pos",
            f"{step.name} > 0",
            [("1", [interval.low_fact], None), (str(interval.low), [], None)],
        )
        return interval

    value = walk(program, known, lambda constant: b.constant(Q(str(constant))), bound)
    names = {name: name for name in [*program.inputs, *(s.name for s in program.steps)]}
    facts = [*(f"rate{k}" for k in state.labels), "total"]
    p.lemma(elimination.theorem(3), names, {fact: fact for fact in facts})
    outputs = flatten(program.outputs["populations"])
    return {k: value(ref) for k, ref in zip(state.labels, outputs, strict=True)}
