"""T1: whatever solves the rate equations is what the elimination program computes.

Every step of the elimination is forced: the rate equation of the level eliminated determines its
population by the others', since the pivot is positive, and the equations of the others become
those of the smaller graph.  At the end one level is left, and the normalisation determines it.
"""

from __future__ import annotations

from functools import cache

from symqb.battery import xxz_battery
from symqb.program.core import flatten
from symqb.prove.builder import Proof, Theorem, Witness, point, statement
from symqb.prove.theorems.elimination import (
    Replay,
    Stage,
    definition,
    detour_fact,
    equation,
    introduce,
    rate_equations,
    rates_hypotheses,
    stage_facts,
    sum_facts,
    text,
)


@cache
def theorem(spins: int) -> Theorem:
    """A steady state is the one that the emitted program computes, and so there is but one.

    The rates are those of `elimination.theorem`: all that vanish at Delta = 0 may.  The rate
    equation of the level kept to the end is not assumed; it follows from the others.
    """
    state = xxz_battery(spins=spins).steady_state()
    program, labels, edges = state.elimination, state.labels, state.edges
    replay = Replay(labels, edges, program)
    equations = rate_equations(labels, edges, {k: f"p{k}" for k in labels})
    del equations[f"rate{replay.kept()}"]
    computed = dict(zip(labels, flatten(program.outputs["populations"]), strict=True))
    p = Proof(
        statement(
            f"T1_unique_{spins}",
            " ".join([*program.inputs, *(f"p{k}" for k in labels)]),
            [definition(s) for s in program.steps],
            rates_hypotheses(spins) | equations,
            {f"unique{k}": f"p{k} = {computed[k]}" for k in labels},
        )
    )
    introduce(p, program)
    levels = {k: f"p{k}" for k in labels}
    for j in (name for name in equations if name != "total"):
        k = int(j.removeprefix("rate"))
        p.search(f"of0_{k}", equation(replay.stages[0].before, levels, k), equal={j: ["1", "-1"]})
    for depth, stage in enumerate(replay.stages):
        eliminate(p, replay, stage, depth)
    substitute_back(p, replay, text(replay.norm))
    for k in labels:
        name = text(computed[k])
        if k == replay.kept():
            p.combine(f"unique{k}", f"p{k} = {name}", [], {"kept": "1"})
        else:
            equal = {f"back{k}": "1", "kept": text(replay.weights[k]), name: "-1"}
            p.combine(f"unique{k}", f"p{k} = {name}", [], equal)
    return p.done()


def eliminate(p: Proof, replay: Replay, stage: Stage, depth: int) -> None:
    """The population of a level by those of its neighbours, and the equations of the others."""
    n = stage.node
    names = {k: f"p{k}" for pair in stage.before for k in pair}
    stage_facts(p, replay, stage)
    arrivals = " + ".join(f"p{i}*{share}" for i, share in stage.shares.items())
    equal: dict[str, list[str]] = {f"of{depth}_{n}": ["-1"], f"S{n}": [f"p{n}"]}
    equal |= {f"F{n}_{i}": [f"p{i}"] for i in stage.around}
    p.search(f"forced{n}_scaled", f"({stage.total})*(p{n} - ({arrivals})) = 0", equal=equal)
    p.cancel(f"forced{n}", f"p{n} - ({arrivals}) = 0", f"{stage.total}_pos", f"forced{n}_scaled")
    for j in sorted(names.keys() - {n, replay.kept()}):
        earlier, claim = f"of{depth}_{j}", equation(stage.after, names, j)
        if j not in stage.around:
            p.combine(f"of{depth + 1}_{j}", claim, [], {earlier: "1"})
            continue
        uses: dict[str, list[str]] = {earlier: ["1"], f"forced{n}": [text(stage.before[n, j])]}
        for i in stage.around:
            if i != j:
                for a, b in ((i, j), (j, i)):
                    detour_fact(p, replay, stage, a, b)
                    uses[f"D{n}_{a}_{b}"] = [f"p{a}"]
        uses |= {f"F{n}_{j}": [f"p{j}"], f"S{n}": [f"p{j}*{stage.shares[j]}"]}
        p.search(f"of{depth + 1}_{j}", claim, equal=uses)


def substitute_back(p: Proof, replay: Replay, norm: str) -> None:
    """Facts back_n: p_n is its weight times the population kept; kept: that is the norm."""
    w, kept = replay.weights, replay.kept()
    for stage in reversed(replay.stages):
        n = stage.node
        equal = {f"back{i}": [text(share)] for i, share in stage.shares.items() if i != kept}
        equal |= {f"forced{n}": ["1"], f"W{n}": [f"p{kept}"]}
        p.search(f"back{n}", f"p{n} = ({w[n]})*p{kept}", equal=equal)
    bottom = next(s.args[1] for s in replay.program.steps if s.name == norm)
    used = sum_facts(replay.program, bottom, set(w.values()))
    equal = {name: [f"p{kept}*{norm}"] for name in used} | {"total": [norm], norm: [f"p{kept}"]}
    equal |= {f"back{k}": [norm] for k in replay.labels if k != kept}
    p.search("kept", f"p{kept} = {norm}", equal=equal)


def witness(spins: int) -> Witness:
    """All rates one, all populations equal."""
    state = xxz_battery(spins=spins).steady_state()
    share = f"1/{len(state.labels)}"
    rates = dict.fromkeys(state.elimination.inputs, "1")
    return point(**rates, **{f"p{k}": share for k in state.labels})
