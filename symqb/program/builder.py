"""Building programs: every distinct operation is assigned once (hash-consing)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import isqrt

from symqb.program.core import COMMUTATIVE, Guard, Names, Output, Program, Ref, Step

ZERO, ONE = Fraction(0), Fraction(1)


class Builder:
    """Collects steps; asking twice for the same operation gives the same name.

    Examples
    --------
    >>> b = Builder(("x", "y"))
    >>> b.mul("x", "y") == b.mul("y", "x")
    True
    >>> b.build({"z": b.add(b.mul("x", "y"), b.mul("x", "y"))}).operation_counts()
    {'add': 1, 'mul': 1}
    """

    def __init__(self, inputs: Sequence[str], prefix: str = "v") -> None:
        self._inputs = tuple(inputs)
        self._names = Names(self._inputs)
        # names of inputs and of steps are one namespace: an input may be called v0
        while any(n.startswith(prefix) and n[len(prefix) :].isdecimal() for n in self._inputs):
            prefix += "_"
        self._prefix = prefix
        self._steps: list[Step] = []
        self._seen: dict[tuple[str, tuple[Ref, ...]], str] = {}
        self._negatives: dict[Ref, Ref] = {}

    def apply(self, op: str, *args: Ref) -> Ref:
        """The reference to ``op(*args)``: a constant where it is one, a new step only if new."""
        folded = _folded(op, args)
        if folded is not None:
            return folded
        if op in COMMUTATIVE:
            args = tuple(sorted(args, key=_order))
        key = (op, args)
        name = self._seen.get(key)
        if name is None:
            name = f"{self._prefix}{len(self._steps)}"
            step = Step(name, op, args)
            self._names.take(step)
            self._steps.append(step)
            self._seen[key] = name
            if op == "neg":
                self._negatives[name] = args[0]
        return name

    def add(self, a: Ref, b: Ref) -> Ref:
        """The sum; adding an exact zero is no operation."""
        if isinstance(a, Fraction) or isinstance(b, Fraction):
            if isinstance(a, Fraction) and isinstance(b, Fraction):
                return a + b
            if ZERO in (a, b):
                return b if a == ZERO else a
        for x, y in ((a, b), (b, a)):
            if (negated := self._negatives.get(y)) is not None:
                return self.sub(x, negated)
        return self.apply("add", a, b)

    def sub(self, a: Ref, b: Ref) -> Ref:
        """The difference."""
        if isinstance(b, Fraction):
            if isinstance(a, Fraction):
                return a - b
            if b == ZERO:
                return a
        elif (negated := self._negatives.get(b)) is not None:
            return self.add(a, negated)
        if isinstance(a, Fraction) and a == ZERO:
            return self.neg(b)
        return self.apply("sub", a, b)

    def mul(self, a: Ref, b: Ref) -> Ref:
        """The product; multiplying by an exact one or zero is no operation."""
        if not isinstance(a, Fraction):
            # comparing names with numbers is slow, and most factors are names
            if not isinstance(b, Fraction):
                return self.apply("mul", a, b)
            a, b = b, a
        if isinstance(b, Fraction):
            return a * b
        if a == ZERO:
            return ZERO
        if a == ONE:
            return b
        return self.neg(b) if a == -ONE else self.apply("mul", a, b)

    def div(self, a: Ref, b: Ref) -> Ref:
        """The quotient; a constant divisor becomes an exact factor, a zero one stays."""
        if isinstance(b, Fraction) and b != 0:
            return self.mul(a, 1 / b)
        if isinstance(a, Fraction) and a == ZERO and b != 0:
            return ZERO
        return self.apply("div", a, b)

    def neg(self, a: Ref) -> Ref:
        """The negative."""
        negated = self._negatives.get(a)
        return self.apply("neg", a) if negated is None else negated

    def strip_sign(self, a: Ref) -> Ref:
        """What was negated, if the last operation was a negation: for use under ``abs``."""
        return abs(a) if isinstance(a, Fraction) else self._negatives.get(a, a)

    def by_sign(self, x: Ref, positive: Ref, negative: Ref) -> Ref:
        """Choose by the sign of x, at zero on the side that the slope of its modulus takes.

        So that what holds ``abs(strip_sign(x))`` beside a choice by the sign of x has one slope at
        zero.  Either choice must be right there.
        """
        size = self.strip_sign(x)
        if size == x:
            return self.apply("select", ZERO, x, positive, negative)
        return self.apply("select", ZERO, size, negative, positive)

    def sum(self, terms: Iterable[Ref]) -> Ref:
        """The sum of all terms, from the left."""
        total: Ref = ZERO
        for term in terms:
            total = self.add(total, term)
        return total

    def product(self, factors: Iterable[Ref]) -> Ref:
        """The product of all factors, from the left."""
        total: Ref = ONE
        for factor in factors:
            total = self.mul(total, factor)
        return total

    def build(self, outputs: Mapping[str, Output], guards: Iterable[Guard] = ()) -> Program:
        """The finished program, pruned to what the outputs need."""
        guards = tuple(guards)
        self._names.check_ends(outputs, guards)
        program = Program.from_checked(self._inputs, tuple(self._steps), outputs, guards)
        return program.prune(outputs)


def _order(ref: Ref) -> tuple[bool, str]:
    return isinstance(ref, str), str(ref)


def _folded(op: str, args: tuple[Ref, ...]) -> Ref | None:
    """What an operation on constants is, or on equal arguments; None where it stays a step."""
    if op in {"min", "max"} and args[0] == args[1]:
        return args[0]
    if op == "bose" and ZERO in args:
        return args[1]  # the temperature at frequency 0, and 0 at temperature 0
    first, *rest = args
    if isinstance(first, str):
        return None
    if op in {"abs", "neg"}:
        return abs(first) if op == "abs" else -first
    if first == ZERO and op in {"sqrt", "expm1", "log1p", "divergence", "entropy", "ratio"}:
        return ZERO
    if op == "sqrt":
        return _rational_root(first)
    if not rest or not isinstance(rest[0], Fraction):
        return None
    if op == "select":
        return rest[1] if first <= rest[0] else rest[2]
    return {"min": min, "max": max}[op](first, rest[0]) if op in {"min", "max"} else None


def _rational_root(value: Fraction) -> Fraction | None:
    """The square root of a positive rational, if it is rational."""
    if value <= 0:
        return None
    roots = isqrt(value.numerator), isqrt(value.denominator)
    exact = roots[0] ** 2 == value.numerator and roots[1] ** 2 == value.denominator
    return Fraction(*roots) if exact else None
