"""Fewer divisions: quotients are carried as numerator over denominator, reciprocals are shared.

A vector division takes as long as some thirty products.  Every rewriting here is an identity of
rational functions; what it can cost is range, since products of many factors over- or underflow
sooner.  Whoever runs the result in doubles must notice that and fall back on the program itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symqb.program.builder import ONE, Builder
from symqb.program.core import Program, Ref, Step
from symqb.program.lower import map_outputs, rebuild

Factors = Counter[Ref]

DIVISION = 16
"""What a division costs, in products."""

GROUP = 8
"""How many reciprocals are made from one division."""


@dataclass(frozen=True)
class _Quotient:
    """Factors above and below, not multiplied out; ``whole`` ones above stay together."""

    over: Factors
    under: Factors
    whole: bool = False


def _single(ref: Ref) -> _Quotient:
    return _Quotient(Counter([ref] if ref != ONE else []), Counter())


def _cancelled(over: Factors, under: Factors) -> _Quotient:
    common = over & under
    return _Quotient(over - common, under - common)


class _Carrying:
    """Copies a program and puts divisions off: all of them, or those of one transition's rates."""

    def __init__(self, program: Program, *, settle: bool) -> None:
        self.builder, self.settle = Builder(program.inputs), settle
        self.values: dict[Ref, _Quotient] = {name: _single(name) for name in program.inputs}
        self.uses = Counter(arg for step in program.steps for arg in step.args)
        self.steps = {step.name: step for step in program.steps}
        self.thermal: set[Ref] = set()

    def value(self, ref: Ref) -> _Quotient:
        return self.values[ref] if isinstance(ref, str) else _single(ref)

    def product(self, factors: Factors) -> Ref:
        """Factors multiplied, the oldest first, so that equal beginnings are shared."""
        return self.builder.product(sorted(factors.elements(), key=self._age))

    def _age(self, ref: Ref) -> tuple[int, str]:
        made = isinstance(ref, str) and ref[1:].isdigit()
        return (int(str(ref)[1:]) if made else -1, str(ref))

    def plain(self, value: _Quotient) -> Ref:
        """A value written out: the division is carried out here."""
        over = self.product(value.over)
        return self.builder.div(over, self.product(value.under)) if value.under else over

    def resolve(self, ref: Ref) -> Ref:
        return self.plain(self.value(ref))

    def _joined(self, value: _Quotient) -> Factors:
        return Counter([self.product(value.over)]) if value.whole else value.over

    def mul(self, x: _Quotient, y: _Quotient) -> _Quotient:
        return _cancelled(self._joined(x) + self._joined(y), x.under + y.under)

    def div(self, x: _Quotient, y: _Quotient) -> _Quotient:
        divisor = Counter([self.product(y.over)])
        found = _cancelled(self._joined(x) + y.under, x.under + divisor)
        return _single(self.plain(found)) if self.settle else found

    def terms(self, ref: Ref) -> list[Ref]:
        """What is added up to ``ref``, through sums that nothing else uses."""
        step = self.steps.get(ref) if isinstance(ref, str) else None
        if step is None or step.op != "add":
            return [ref]
        return [t for a in step.args for t in (self.terms(a) if self.uses[a] == 1 else [a])]

    def sum(self, refs: Iterable[Ref]) -> _Quotient:
        """A sum over the least common denominator, common factors taken out."""
        values = [self.value(ref) for ref in refs]
        under: Factors = Counter()
        common = Counter(values[0].over)
        for value in values:
            under |= value.under
            common &= value.over
        total = self.builder.sum(
            self.product(value.over - common + (under - value.under)) for value in values
        )
        if under and set(under) <= self.thermal:
            # the same two factors belong to emission and absorption: one name for their product
            under = Counter([self.product(under)])
            if self.settle:
                share = self.builder.div(self.product(common), self.product(under))
                return _single(self.builder.mul(total, share))
        return _Quotient(common + Counter([total]), under, whole=True)

    def bose(self, a: Ref, T: Ref) -> _Quotient:
        pair = (a, self.builder.div(ONE, T))
        occupied, vacant = (self.builder.apply(op, *pair) for op in ("occupied", "vacant"))
        self.thermal.add(vacant)
        return _Quotient(Counter([a, occupied]), Counter([vacant]))

    def step(self, step: Step) -> _Quotient:
        if step.op == "add":
            return self.sum(self.terms(step.name))
        if step.op == "mul":
            return self.mul(*map(self.value, step.args))
        if step.op == "div":
            return self.div(*map(self.value, step.args))
        args = tuple(map(self.resolve, step.args))
        if step.op == "bose":
            return self.bose(*args)
        return _single(rebuild(self.builder, step.op, args))


def _carried(program: Program, *, settle: bool) -> Program:
    work = _Carrying(program, settle=settle)
    for step in program.steps:
        work.values[step.name] = work.step(step)
    return share_reciprocals(work.builder.build(*map_outputs(program, work.resolve)))


def cost(program: Program) -> int:
    """The length of a program in products."""
    return sum(DIVISION if step.op == "div" else 1 for step in program.steps)


def clear_divisions(program: Program) -> Program:
    """The same program with few divisions, for positive frequencies and temperatures.

    ``bose`` becomes ``a occupied / vacant``.  Of two ways, to carry every denominator to the end or
    to settle each transition's rates first, the cheaper one is taken.

    Examples
    --------
    >>> b = Builder(("a", "T", "S"))
    >>> rate = b.add(b.apply("bose", "a", "T"), b.apply("bose", "a", "S"))
    >>> clear_divisions(b.build({"share": b.div(rate, b.add(rate, "a"))})).operation_counts()
    {'add': 2, 'div': 2, 'mul': 9, 'occupied': 2, 'vacant': 2}
    """
    return min((_carried(program, settle=settle) for settle in (False, True)), key=cost)


def share_reciprocals(program: Program, group: int = GROUP) -> Program:
    """Divisions that do not wait for one another are made from one reciprocal, in groups.

    Examples
    --------
    >>> b = Builder(("x", "y"))
    >>> both = b.build({"p": b.div("x", "y"), "q": b.div("y", "x")})
    >>> share_reciprocals(both).operation_counts()
    {'div': 1, 'mul': 5}
    """
    depth: dict[Ref, int] = {}
    for step in program.steps:
        deepest = max((depth.get(arg, 0) for arg in step.args), default=0)
        depth[step.name] = deepest + (step.op == "div")
    builder = Builder(program.inputs)
    refs: dict[str, Ref] = {name: name for name in program.inputs}

    def resolve(ref: Ref) -> Ref:
        return refs[ref] if isinstance(ref, str) else ref

    inverses: dict[Ref, Ref] = {}
    for level in range(max(depth.values(), default=0) + 1):
        steps = [step for step in program.steps if depth[step.name] == level]
        divisions = [step for step in steps if step.op == "div"]
        divisors = dict.fromkeys(resolve(step.args[1]) for step in divisions)
        fresh = [divisor for divisor in divisors if divisor not in inverses]
        for part in _parts(fresh, group):
            inverses.update(_inverses(builder, part))
        for step in divisions:
            over, under = map(resolve, step.args)
            refs[step.name] = builder.mul(over, inverses[under])
        for step in steps:
            if step.op != "div":
                refs[step.name] = rebuild(builder, step.op, tuple(map(resolve, step.args)))
    return builder.build(*map_outputs(program, resolve))


def _parts(refs: Sequence[Ref], group: int) -> list[Sequence[Ref]]:
    """As few parts of at most ``group`` as will do, of nearly equal length."""
    count = -(-len(refs) // group)
    return [refs[k * len(refs) // count : (k + 1) * len(refs) // count] for k in range(count)]


def _inverses(builder: Builder, divisors: Sequence[Ref]) -> dict[Ref, Ref]:
    """``1/d`` for each divisor from one division, by a tree of products."""
    if len(divisors) == 1:
        return {divisors[0]: builder.div(ONE, divisors[0])}
    pairs = [divisors[k : k + 2] for k in range(0, len(divisors), 2)]
    products = [builder.product(pair) for pair in pairs]
    upper = _inverses(builder, products)
    found: dict[Ref, Ref] = {}
    for pair, whole in zip(pairs, products, strict=True):
        found[pair[-1]] = upper[whole]
        if len(pair) == 2:
            found[pair[0]] = builder.mul(upper[whole], pair[1])
            found[pair[1]] = builder.mul(upper[whole], pair[0])
    return found
