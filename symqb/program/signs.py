"""What is known of signs, and the shorter program where more is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from symqb.program.builder import ZERO, Builder
from symqb.program.core import Program, Ref, Step
from symqb.program.rewrite import Ends, Lookup, copy, map_outputs, rewrite

ALWAYS = frozenset({"abs", "sqrt", "bose", "bose_T", "boltzmann", "power", "lifted"})
IF_ALL = frozenset({"add", "mul", "div", "min", "expm1", "log1p", "ratio", "held"})


class Signs:
    """Which references are known to be zero or positive; assumed ones are taken to be positive.

    Examples
    --------
    >>> b = Builder(("x",))
    >>> square, shifted = b.mul("x", "x"), b.sub("x", Fraction(1))
    >>> signs = Signs(b.build({"z": (square, shifted)}).steps, ())
    >>> signs.nonnegative(square), signs.nonnegative(shifted)
    (True, False)
    """

    def __init__(self, steps: Iterable[Step], known: Iterable[Ref]) -> None:
        self._known: set[Ref] = set(known)
        self._strict: set[Ref] = set(known)
        for step in steps:
            self.note(step)

    def note(self, step: Step) -> None:
        """Take in one more step."""
        if self._follows(step):
            self._known.add(step.name)
        if self._follows_strictly(step):
            self._strict.add(step.name)

    def assume(self, ref: Ref) -> None:
        """Take a reference to be positive."""
        self._known.add(ref)
        self._strict.add(ref)

    def positive(self, ref: Ref) -> bool:
        """Whether a reference is certainly positive."""
        return ref > 0 if isinstance(ref, Fraction) else ref in self._strict

    def _follows_strictly(self, step: Step) -> bool:
        signs = [self.positive(arg) for arg in step.args]
        if step.op in {"min", "abs", "held"}:
            return all(signs)
        if step.op == "lifted":
            return True
        return step.op == "max" and any(signs)

    def nonnegative(self, ref: Ref) -> bool:
        """Whether a reference is certainly zero or positive."""
        return ref >= 0 if isinstance(ref, Fraction) else ref in self._known

    def _follows(self, step: Step) -> bool:
        signs = [self.nonnegative(arg) for arg in step.args]
        if step.op in ALWAYS:
            return True
        if step.op in IF_ALL and all(signs):
            return True
        if step.op == "mul" and step.args[0] == step.args[1]:
            return True
        if step.op == "max":
            return any(signs)
        if step.op == "rootsum":
            return signs[1]
        return step.op == "select" and signs[2] and signs[3]


def sign_conditions(program: Program) -> tuple[Ref, ...]:
    """The frequencies whose sign decides between emission and absorption.

    They are the arguments of ``abs`` that reach ``bose``.
    """
    magnitudes = {step.name: step.args[0] for step in program.steps if step.op == "abs"}
    found = (magnitudes.get(str(step.args[0])) for step in program.steps if step.op == "bose")
    return tuple(dict.fromkeys(ref for ref in found if ref is not None))


def bose_temperatures(program: Program) -> tuple[Ref, ...]:
    """The temperatures of the baths: the second arguments of ``bose``."""
    return tuple(dict.fromkeys(step.args[1] for step in program.steps if step.op == "bose"))


def assume_positive(program: Program, positive: Iterable[Ref]) -> Program:
    """The shorter program that equals ``program`` wherever the given references are positive.

    Examples
    --------
    >>> b = Builder(("w",))
    >>> p = b.build({"emission": b.apply("max", "w", ZERO), "size": b.apply("abs", "w")})
    >>> assume_positive(p, ["w"]).outputs["emission"]
    'w'
    """
    assumed = set(positive)
    signs = Signs((), assumed & set(program.inputs))

    def rule(b: Builder, step: Step, ref: Lookup[Ref]) -> Ref:
        args = tuple(map(ref, step.args))
        made = _shortened(step.op, args, signs)
        if made is None:
            made = copy(b, step, ref)
            signs.note(Step(str(made), step.op, args))
        if step.name in assumed:
            signs.assume(made)
        return made

    def ends(b: Builder, ref: Lookup[Ref]) -> Ends:
        outputs, guards = map_outputs(program, ref)
        return outputs, [guard for guard in guards if not signs.positive(guard.ref)]

    return _shorter_guards(rewrite(program, rule, ends), signs)


def _shorter_guards(program: Program, signs: Signs) -> Program:
    """Guards ``max(min(a, b), 0)`` without what is positive anyhow: they vanish as before."""
    steps = {step.name: step for step in program.steps}

    def doubtful(ref: Ref) -> list[Ref]:
        step = steps.get(ref) if isinstance(ref, str) else None
        if step is not None and step.op == "min":
            return [part for arg in step.args for part in doubtful(arg)]
        return [] if signs.positive(ref) else [ref]

    def shorter(b: Builder, old: Ref, ref: Lookup[Ref]) -> Ref:
        step = steps.get(old) if isinstance(old, str) else None
        if step is None or step.op != "max" or ZERO not in step.args:
            return ref(old)
        least, *others = (ref(part) for arg in step.args if arg != ZERO for part in doubtful(arg))
        for part in others:
            least = b.apply("min", least, part)
        return b.apply("max", least, ZERO)

    def ends(b: Builder, ref: Lookup[Ref]) -> Ends:
        outputs, _ = map_outputs(program, ref)
        return outputs, [replace(g, ref=shorter(b, g.ref, ref)) for g in program.guards]

    return rewrite(program, ends=ends)


def _shortened(op: str, args: tuple[Ref, ...], signs: Signs) -> Ref | None:
    """What ``op(*args)`` reduces to where the signs are known."""
    if op == "abs" and signs.nonnegative(args[0]):
        return args[0]
    if op in {"max", "min"} and ZERO in args:
        (other,) = [arg for arg in args if arg != ZERO] or [ZERO]
        if signs.nonnegative(other):
            return other if op == "max" else ZERO
    return None
