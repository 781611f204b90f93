"""Random programs with the points they are defined at, and exact arithmetic to run them in.

A program is grown step by step, from raw steps that no builder has simplified, so that whatever
rewrites programs can be held against it.  Each value has a *sort* that holds at every point by the
way it was made, not by what :class:`symqb.program.signs.Signs` says of it: ``any`` sign, ``nonneg``
or ``positive``.  Only inputs and constants are compared in ``select``: elsewhere programs are
continuous, and a rounding on the way cannot turn one branch into another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from symqb.program import Guard, GuardKind, Program, Ref, Step

FREE, WARM, HOT = ("x", "y", "z"), ("S", "T"), ("a", "b")
"""Inputs of either sign, those that are zero or positive, and those that are positive."""

SORTS = ("any", "nonneg", "positive")
CONSTANTS = {
    "any": (Fraction(-1), Fraction(-2, 3), Fraction(0), Fraction(1), Fraction(5, 2)),
    "nonneg": (Fraction(0), Fraction(1), Fraction(3, 4), Fraction(2)),
    "positive": (Fraction(1), Fraction(1, 2), Fraction(9, 4)),
}

# operation, sorts of its arguments, sort of its value; "=" is the argument before once more,
# "input" an input or a constant, "const" a constant, "warm" an input that is zero or positive
Rule = tuple[str, tuple[str, ...], str]
FIELD: tuple[Rule, ...] = (
    ("add", ("any", "any"), "any"),
    ("add", ("nonneg", "nonneg"), "nonneg"),
    ("add", ("positive", "nonneg"), "positive"),
    ("sub", ("any", "any"), "any"),
    ("sub", ("positive", "positive"), "any"),
    ("mul", ("any", "any"), "any"),
    ("mul", ("any", "="), "nonneg"),
    ("mul", ("nonneg", "nonneg"), "nonneg"),
    ("mul", ("positive", "positive"), "positive"),
    ("div", ("any", "positive"), "any"),
    ("div", ("nonneg", "positive"), "nonneg"),
    ("div", ("positive", "positive"), "positive"),
    ("neg", ("any",), "any"),
)
ORDER: tuple[Rule, ...] = (
    ("abs", ("any",), "nonneg"),
    ("abs", ("positive",), "positive"),
    ("min", ("any", "any"), "any"),
    ("min", ("nonneg", "nonneg"), "nonneg"),
    ("min", ("positive", "positive"), "positive"),
    ("max", ("any", "any"), "any"),
    ("max", ("any", "zero"), "nonneg"),
    ("max", ("nonneg", "any"), "nonneg"),
    ("max", ("positive", "any"), "positive"),
    ("select", ("input", "input", "any", "any"), "any"),
    ("select", ("input", "input", "nonneg", "nonneg"), "nonneg"),
)
SPECIAL: tuple[Rule, ...] = (
    ("sqrt", ("positive",), "positive"),
    ("log", ("positive",), "any"),
    ("expm1", ("small",), "nonneg"),
    ("expm1", ("bounded",), "any"),
    ("log1p", ("nonneg",), "nonneg"),
    ("divergence", ("nonneg",), "nonneg"),
    ("held", ("bounded",), "any"),
    ("lifted", ("positive",), "positive"),
    ("bose", ("nonneg", "warm"), "nonneg"),
    ("bose", ("positive", "hot"), "positive"),
    ("bose_a", ("nonneg", "warm"), "any"),
    ("bose_T", ("nonneg", "warm"), "nonneg"),
    ("boltzmann", ("nonneg", "warm"), "nonneg"),
    ("entropy", ("nonneg",), "any"),
    ("power", ("nonneg", "exponent"), "nonneg"),
)
THERMAL: tuple[Rule, ...] = (
    ("bose", ("positive", "hot"), "positive"),
    ("bose", ("positive", "hot"), "positive"),
)


@dataclass
class Growing:
    """Steps so far, and the references of each sort."""

    draw: Any
    steps: list[Step]
    pools: dict[str, list[Ref]]

    def ref(self, sort: str) -> Ref:
        """A reference of a sort, or of a stricter one; seldom a constant."""
        special = {
            "zero": (Fraction(0),),
            "exponent": (Fraction(0), Fraction(1), Fraction(3, 2), Fraction(2)),
            "warm": WARM,
            "hot": HOT,
            "input": (*FREE, *WARM, *CONSTANTS["any"]),
        }
        if sort in special:
            return self.draw(st.sampled_from(special[sort]))
        if self.draw(st.integers(0, 5)) == 0:
            return self.draw(st.sampled_from(CONSTANTS[sort]))
        stricter = SORTS[SORTS.index(sort) :]
        return self.draw(st.sampled_from([ref for name in stricter for ref in self.pools[name]]))

    def step(self, op: str, args: tuple[Ref, ...], sort: str) -> Ref:
        """Append a step."""
        name = f"s{len(self.steps)}"
        self.steps.append(Step(name, op, args))
        self.pools[sort].append(name)
        return name

    def grow(self, rule: Rule) -> None:
        """Append a step after a rule, and what it needs beforehand."""
        op, sorts, sort = rule
        args: list[Ref] = []
        for wanted in sorts:
            if wanted == "=":
                args.append(args[-1])
            elif wanted in {"small", "bounded"}:
                # the exponential of an exponential leaves every range
                kind = "nonneg" if wanted == "small" else "any"
                args.append(self.step("min", (self.ref(kind), Fraction(3)), kind))
            else:
                args.append(self.ref(wanted))
        self.step(op, tuple(args), sort)

    def rootsum(self) -> None:
        """``a + sqrt(a^2 + b)`` with a root that is rational; b may be negative."""
        a = self.ref("any")
        square = self.step("mul", (a, a), "nonneg")
        if self.draw(st.booleans()):
            # b = (s^2 - 1) a^2, so that the root is s |a|
            s = self.draw(st.sampled_from([Fraction(n, 4) for n in (2, 3, 4, 7)]))
            sort = "any" if s < 1 else "nonneg"
            b = self.step("mul", (square, s * s - 1), sort)
        else:
            # b = c^2 + 2 |a| c, so that the root is |a| + c
            c, sort = self.ref("nonneg"), "nonneg"
            twice = self.step("mul", (self.step("abs", (a,), "nonneg"), c), "nonneg")
            b = self.step("add", (self.step("mul", (c, c), "nonneg"), twice), "nonneg")
            b = self.step("add", (b, twice), "nonneg")
        root = self.step("sqrt", (self.step("add", (square, b), "nonneg"),), "nonneg")
        self.step("rootsum", (a, b, root), sort)

    def rate(self) -> None:
        """A sum of terms with one frequency: thermal ones, the frequency itself, each weighted."""
        frequency, total = self.ref("positive"), None
        for _ in range(self.draw(st.integers(2, 3))):
            if self.draw(st.booleans()):
                term = self.step("bose", (frequency, self.ref("hot")), "positive")
            else:
                pair = [frequency, self.ref("positive")]
                term = self.step("mul", tuple(self.draw(st.permutations(pair))), "positive")
            if self.draw(st.booleans()):
                term = self.step("mul", (self.ref("positive"), term), "positive")
            total = term if total is None else self.step("add", (total, term), "positive")

    def ratio(self) -> None:
        """``t x / t``, which is 0 at t = 0."""
        t, x = self.ref("warm"), self.ref("any")
        self.step("ratio", (self.step("mul", (t, x), "any"), t), "any")


@st.composite
def programs(
    draw: st.DrawFn,
    *rules: tuple[Rule, ...],
    size: int = 12,
    roots: bool = True,
    rates: bool = False,
    guards: int = 0,
) -> Program:
    """A program after the given rules; every step of it is an output, and some are guarded."""
    pools: dict[str, list[Ref]] = {"any": [*FREE], "nonneg": [*WARM], "positive": [*HOT]}
    growing = Growing(draw, [], pools)
    choices = [rule for group in rules for rule in group]
    for _ in range(draw(st.integers(3, size))):
        kind = draw(st.integers(0, 11 if roots else 9))
        if rates and kind in {0, 1, 2}:
            growing.rate()
        elif kind == 11:
            growing.rootsum()
        elif kind == 10:
            growing.ratio()
        else:
            growing.grow(draw(st.sampled_from(choices)))
    names = [step.name for step in growing.steps]
    wanted = [*names, *FREE, *WARM, *HOT]
    guarded_refs: list[Ref] = []
    for _ in range(guards):
        kind = draw(st.integers(0, 2))
        roots_made = [step.name for step in growing.steps if step.op == "rootsum"]
        if kind < 2:
            # levels are guarded by sums with roots
            guarded_refs.append(draw(st.sampled_from((roots_made if kind else []) or wanted)))
        else:
            # as domains are guarded: the least of several, where it is positive
            least: Ref = draw(st.sampled_from(wanted))
            for ref in draw(st.lists(st.sampled_from(wanted), min_size=1, max_size=3)):
                least = growing.step("min", (least, ref), "any")
            guarded_refs.append(growing.step("max", (least, Fraction(0)), "nonneg"))
    outputs = {f"out {name}": name for name in names}
    guarded = tuple(
        Guard(
            ref,
            f"rule {k}",
            tuple(draw(st.sampled_from([(), (f"out {names[0]}",)]))),
            draw(st.sampled_from(GuardKind)),
        )
        for k, ref in enumerate(guarded_refs)
    )
    return Program((*FREE, *WARM, *HOT), tuple(growing.steps), outputs, guarded)


rationals = st.one_of(
    st.sampled_from([Fraction(n, 2) for n in range(-4, 5)]),
    st.builds(Fraction, st.integers(-30, 30), st.integers(1, 12)),
)


def points(*, cold: bool = True) -> st.SearchStrategy[dict[str, Fraction]]:
    """Exact inputs, often equal and often zero; without ``cold`` no temperature is zero."""
    some = st.builds(Fraction, st.integers(1, 40), st.integers(1, 8))
    warm = st.one_of(st.just(Fraction(0)), some) if cold else some
    named = dict.fromkeys(FREE, rationals) | dict.fromkeys(WARM, warm) | dict.fromkeys(HOT, some)
    return st.fixed_dictionaries(named)


class Rational:
    """Programs in exact arithmetic: fractions, and roots that are rational."""

    def constant(self, value: Fraction) -> Fraction:
        return value

    def add(self, a: Fraction, b: Fraction) -> Fraction:
        return a + b

    def sub(self, a: Fraction, b: Fraction) -> Fraction:
        return a - b

    def mul(self, a: Fraction, b: Fraction) -> Fraction:
        return a * b

    def div(self, a: Fraction, b: Fraction) -> Fraction:
        return a / b

    def neg(self, a: Fraction) -> Fraction:
        return -a

    def abs(self, a: Fraction) -> Fraction:
        return max(a, -a)

    def min(self, a: Fraction, b: Fraction) -> Fraction:
        return min(a, b)

    def max(self, a: Fraction, b: Fraction) -> Fraction:
        return max(a, b)

    def select(self, a: Fraction, b: Fraction, x: Fraction, y: Fraction) -> Fraction:
        return x if a <= b else y

    def sqrt(self, a: Fraction) -> Fraction:
        root = Fraction(math.isqrt(a.numerator), math.isqrt(a.denominator))
        if root**2 != a:
            raise ValueError(f"the square root of {a} is not rational")
        return root

    def rootsum(self, a: Fraction, b: Fraction, r: Fraction) -> Fraction:
        return a + r

    def ratio(self, a: Fraction, b: Fraction) -> Fraction:
        return Fraction(0) if a == 0 else a / b


def near(found: Mapping[str, Any], wanted: Mapping[str, Any], share: float) -> bool:
    """Whether two runs agree in every output, to a share of the largest number in them."""
    assert wanted
    scale = 1 + max(abs(value) for value in wanted.values())
    return all(abs(found[name] - value) <= share * scale for name, value in wanted.items())
