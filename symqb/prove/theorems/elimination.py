"""T1: the elimination program satisfies the rate equations identically.

The statement carries the very program that is emitted, step by step, as its definitions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import sympy as sp

from symqb.battery import xxz_battery
from symqb.derive.steady_state import elimination_order, rate_name
from symqb.program import Builder, Program, Ref, Step, walk
from symqb.program.core import flatten
from symqb.program.rewrite import Lookup
from symqb.prove.builder import NotFound, Proof, Theorem, Witness, point, statement

Edge = tuple[int, int]


def text(ref: Ref) -> str:
    """A name or an exact constant as text."""
    return str(ref)


def definition(step: Step) -> tuple[str, str, tuple[str, str]]:
    """A step of the program as a definition of the certificate language."""
    a, b = map(text, step.args)
    if step.op == "div":
        return step.name, "over", (a, b)
    if step.op not in ("add", "mul"):
        raise NotFound(f"step {step.name} uses {step.op}; only add, mul and div are handled")
    return step.name, "over", (f"{a} {'+' if step.op == 'add' else '*'} {b}", "1")


def rate_equations(
    labels: Sequence[int], edges: Sequence[Edge], p: Mapping[int, Ref]
) -> dict[str, str]:
    """Flow out of each level equals flow in, and the populations sum to one."""
    pairs = sorted([*edges, *((b, a) for a, b in edges)])
    found = {}
    for j in labels:
        out = " + ".join(rate_name(a, b) for a, b in pairs if a == j)
        into = " + ".join(f"{p[a]}*{rate_name(a, b)}" for a, b in pairs if b == j)
        found[f"rate{j}"] = f"{p[j]}*({out}) = {into}"
    return found | {"total": " + ".join(text(p[j]) for j in labels) + " = 1"}


@dataclass
class Stage:
    """What eliminating one level did: rates before and after, and the shares it hands out."""

    node: int
    around: list[int]
    before: dict[Edge, Ref]
    after: dict[Edge, Ref]
    total: Ref
    shares: dict[int, Ref]


@dataclass
class Replay:
    """The elimination once more, kept with the names the program gave to everything."""

    labels: Sequence[int]
    edges: Sequence[Edge]
    program: Program
    stages: list[Stage] = field(default_factory=list)
    weights: dict[int, Ref] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pairs = sorted([*self.edges, *((b, a) for a, b in self.edges)])
        self.builder = Builder([rate_name(*pair) for pair in pairs], prefix="g")
        rates: dict[Edge, Ref] = {pair: rate_name(*pair) for pair in pairs}
        kept = self.kept()
        for node in elimination_order(self.labels, self.edges, kept):
            rates = self.eliminate(node, rates)
        b, self.weights = self.builder, {kept: Fraction(1)}
        for stage in reversed(self.stages):
            shares = stage.shares.items()
            self.weights[stage.node] = b.sum(b.mul(self.weights[i], f) for i, f in shares)
        self.norm = b.div(Fraction(1), b.sum(self.weights[k] for k in self.labels))
        populations = tuple(b.mul(self.weights[k], self.norm) for k in self.labels)
        if b.build({"populations": populations}).to_json() != self.program.to_json():
            raise NotFound("the replayed elimination is not the program")

    def kept(self) -> int:
        """The level kept to the end: the one whose population is the bare norm."""
        plain = [
            k
            for k, ref in zip(
                self.labels, flatten(self.program.outputs["populations"]), strict=True
            )
            if next(s for s in self.program.steps if s.name == ref).op == "div"
        ]
        return plain[0]

    def eliminate(self, node: int, rates: dict[Edge, Ref]) -> dict[Edge, Ref]:
        b, around = self.builder, sorted({j for i, j in rates if i == node})
        total = b.sum(rates[node, j] for j in around)
        after = {pair: ref for pair, ref in rates.items() if node not in pair}
        if len(around) == 1:
            shares = {around[0]: b.div(rates[around[0], node], total)}
        else:
            inverse = b.div(Fraction(1), total)
            shares = {i: b.mul(rates[i, node], inverse) for i in around}
            for i in around:
                for j in around:
                    if i != j:
                        detour = b.mul(shares[i], rates[node, j])
                        after[i, j] = b.add(after.get((i, j), Fraction(0)), detour)
        self.stages.append(Stage(node, around, rates, after, total, shares))
        return after


@cache
def vanishing(spins: int) -> tuple[str, ...]:
    """The rates that vanish at Delta = 0, whatever the other parameters: derived."""
    found: list[str] = []
    for transition in xxz_battery(spins=spins).transitions():
        pair = transition.upper, transition.lower
        weights = (sp.sympify(w) for w in transition.weights.values())
        if all(w.subs({x: 0 for x in w.free_symbols if x.name == "Delta"}) == 0 for w in weights):
            found += [rate_name(*pair), rate_name(*pair[::-1])]
    return tuple(found)


def may_vanish(program: Program, first: Sequence[str] = ()) -> set[str]:
    """Rates that may be zero together: the others make every divisor and population positive.

    Those in ``first`` are asked before the others.
    """
    found: set[str] = set()
    for rate in dict.fromkeys((*first, *program.inputs)):
        if stays_positive(program, found | {rate}):
            found.add(rate)
    return found


def stays_positive(program: Program, zero: set[str]) -> bool:
    """Whether divisors and outputs are positive when these inputs are zero, others positive."""
    divisors: list[bool] = []

    def sign(step: Step, positive: Lookup[bool]) -> bool:
        known = [positive(arg) for arg in step.args]
        divisors.extend(known[1:] if step.op == "div" else [])
        return any(known) if step.op == "add" else all(known)

    inputs = {name: name not in zero for name in program.inputs}
    positive = walk(program, inputs, lambda constant: True, sign)
    return all(divisors) and all(map(positive, flatten(program.outputs["populations"])))


def introduce(p: Proof, program: Program) -> None:
    """Every name of the program is defined and positive, or at least not negative."""
    for step in program.steps:
        facts = [f"{a}_pos" for a in step.args if isinstance(a, str)]
        strict = [p.fact(fact).relation == ">" for fact in facts]
        strict += [True for a in step.args if not isinstance(a, str)]
        relation = ">" if (any(strict) if step.op == "add" else all(strict)) else ">="
        if step.op == "div":
            top, bottom = step.args
            p.named_quotient(step.name, text(top), text(bottom), f"{bottom}_pos")
            terms = [("1", [f"{top}_pos"] if isinstance(top, str) else [], None)]
            scaled = f"{step.name}_scaled"
            p.combine(scaled, f"{bottom}*{step.name} {relation} 0", terms, {step.name: "1"})
            p.cancel(f"{step.name}_pos", f"{step.name} {relation} 0", f"{bottom}_pos", scaled)
            continue
        name, _, (body, one) = definition(step)
        p.named_quotient(name, body, one)
        constants = [a for a in step.args if not isinstance(a, str)]
        if step.op == "mul":
            terms = [("1", facts, None)]
        else:
            terms = [("1", [fact], None) for fact in facts]
            terms += [(text(c), [], None) for c in constants]
        p.combine(f"{name}_pos", f"{name} {relation} 0", terms, {name: "1"})


def sum_facts(program: Program, total: Ref, leaves: set[Ref]) -> list[str]:
    """The names of the additions and products that make up a sum of the given leaves."""
    steps = {step.name: step for step in program.steps}
    found: list[str] = []
    todo = [total]
    while todo:
        ref = todo.pop()
        if isinstance(ref, str) and ref not in leaves and ref in steps:
            found.append(ref)
            if steps[ref].op == "add":
                todo += steps[ref].args
    return found


def stage_facts(p: Proof, replay: Replay, stage: Stage) -> None:
    """What the program computes at a stage: the pivot S, the shares F, the weight W."""
    program, w, n = replay.program, replay.weights, stage.node
    out = " + ".join(text(stage.before[n, j]) for j in stage.around)
    leaves: set[Ref] = {stage.before[n, j] for j in stage.around}
    p.search(
        f"S{n}",
        f"{stage.total} = {out}",
        equal=dict.fromkeys(sum_facts(program, stage.total, leaves), "1"),
    )
    for i, share in stage.shares.items():
        into = stage.before[i, n]
        wanted = (Fraction(1), stage.total)
        divisions = (x.name for x in program.steps if x.op == "div" and x.args == wanted)
        inverse = next(divisions, None)
        shared: dict[str, str] = {text(share): text(stage.total) if len(stage.around) > 1 else "1"}
        if inverse is not None and len(stage.around) > 1:
            shared[inverse] = text(into)
        p.search(f"F{n}_{i}", f"{share}*({stage.total}) = {into}", equal=shared)
    arrivals = " + ".join(f"({w[i]})*{f}" for i, f in stage.shares.items())
    used = sum_facts(program, w[n], set())
    p.search(f"W{n}", f"{w[n]} = {arrivals}", equal=dict.fromkeys(used, "1"))


def prove_stage(p: Proof, replay: Replay, stage: Stage, depth: int) -> None:
    """The equations before a level was eliminated, from those after."""
    w, n, s = replay.weights, stage.node, f"S{stage.node}"
    stage_facts(p, replay, stage)
    equal_n: dict[str, list[str]] = {f"F{n}_{i}": [text(w[i])] for i in stage.around}
    equal_n |= {f"W{n}": [text(stage.total)], s: [text(w[n])]}
    p.search(f"eq{depth}_{n}", equation(stage.before, w, n), equal=equal_n)
    for j in sorted({a for pair in stage.before for a in pair} - {n}):
        earlier = f"eq{depth + 1}_{j}"
        if j not in stage.around:
            p.combine(f"eq{depth}_{j}", equation(stage.before, w, j), [], {earlier: "1"})
            continue
        equal: dict[str, list[str]] = {earlier: ["1"]}
        for i in stage.around:
            if i != j:
                for a, b in ((i, j), (j, i)):
                    detour_fact(p, replay, stage, a, b)
                    equal[f"D{n}_{a}_{b}"] = [text(w[a])]
        equal |= {f"W{n}": [text(stage.before[n, j])], f"F{n}_{j}": [text(w[j])]}
        equal[s] = [f"({w[j]})*{stage.shares[j]}"]
        p.search(f"eq{depth}_{j}", equation(stage.before, w, j), equal=equal)


def detour_fact(p: Proof, replay: Replay, stage: Stage, i: int, j: int) -> None:
    """The new rate i -> j is the old one plus the way through the eliminated level."""
    name = f"D{stage.node}_{i}_{j}"
    if name in p.context.facts:
        return
    old = stage.before.get((i, j))
    leaves: set[Ref] = {old} if old is not None else set()
    used = sum_facts(replay.program, stage.after[i, j], leaves)
    first = f"{old} + " if old is not None else ""
    claim = f"{stage.after[i, j]} = {first}{stage.shares[i]}*{stage.before[stage.node, j]}"
    p.search(name, claim, equal=dict.fromkeys(used, "1"))


def equation(rates: Mapping[Edge, Ref], w: Mapping[int, Ref], j: int) -> str:
    """The rate equation of level j, for unnormalised weights w."""
    into = " + ".join(f"({w[a]})*{r}" for (a, b), r in sorted(rates.items()) if b == j)
    out = " + ".join(text(r) for (a, _), r in sorted(rates.items()) if a == j)
    return f"{into} = ({w[j]})*({out})"


def rates_hypotheses(spins: int) -> dict[str, str]:
    """Every rate is positive, or at least not negative; those that vanish at Delta = 0 are."""
    program = xxz_battery(spins=spins).steady_state().elimination
    zero = may_vanish(program, vanishing(spins))
    return {f"{rate}_pos": f"{rate} {'>=' if rate in zero else '>'} 0" for rate in program.inputs}


@cache
def theorem(spins: int) -> Theorem:
    """The emitted program's populations are positive and stationary, for any positive rates.

    Some of the rates may also be zero; the certificate's hypotheses say which.
    """
    state = xxz_battery(spins=spins).steady_state()
    program, labels, edges = state.elimination, state.labels, state.edges
    replay = Replay(labels, edges, program)
    populations = dict(zip(labels, flatten(program.outputs["populations"]), strict=True))
    conclusions = rate_equations(labels, edges, populations)
    conclusions |= {f"positive{k}": f"{populations[k]} > 0" for k in labels}
    p = Proof(
        statement(
            f"T1_program_{spins}",
            " ".join(program.inputs),
            [definition(s) for s in program.steps],
            rates_hypotheses(spins),
            conclusions,
        )
    )
    introduce(p, program)
    kept = replay.kept()
    p.combine(f"eq{len(replay.stages)}_{kept}", "0 = 0")
    for depth in range(len(replay.stages) - 1, -1, -1):
        prove_stage(p, replay, replay.stages[depth], depth)
    norm = text(replay.norm)
    for j in labels:
        names = [text(populations[k]) for k in labels if k != kept]
        equal = {name: list(program.inputs) for name in names}
        p.search(f"rate{j}", conclusions[f"rate{j}"], equal=equal | {f"eq0_{j}": [norm]})
        p.combine(
            f"positive{j}", conclusions[f"positive{j}"], [("1", [f"{populations[j]}_pos"], None)]
        )
    bottom = next(s.args[1] for s in program.steps if s.name == norm)
    used = sum_facts(program, bottom, set(replay.weights.values()))
    equal = {key: [norm] for key in used} | {norm: ["1"]}
    equal |= {text(populations[k]): ["1"] for k in labels if k != kept}
    p.search("total", conclusions["total"], equal=equal)
    return p.done()


def witness(spins: int) -> Witness:
    """All rates equal to one."""
    program = xxz_battery(spins=spins).steady_state().elimination
    return point(**dict.fromkeys(program.inputs, "1"))
