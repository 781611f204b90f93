r"""A bound on the rounding errors of a program, derived by one pass over its steps.

Errors are measured as :math:`|\ln(\hat v/v)|` in units of :math:`2^{-53}`, the rounding of one
operation.  In that measure products and quotients add, sums of terms of one sign keep the larger
error, and each operation adds one.  Energies, which are differences of parameters, and exponentials
enlarge errors by factors that depend on the point: these are kept apart, as quotients of values of
the program.  So the bound is a number of roundings and multiples of such terms; it holds anywhere.

At a point it is made sharper by slopes, see :mod:`symqb.program.error_slopes`.

A difference is bounded where its operands are exact, or where both are energies: made of parameters
by sums, products and roots alone.  Any other difference of terms that may have one sign has no
bound, and the first such step is named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from symqb.program.builder import ZERO
from symqb.program.core import ANALYSES, LEAST, Program, ProgramError, Ref, Step, flatten
from symqb.program.error_slopes import (
    LIBRARY,
    Values,
    in_range,
    is_double,
    is_power,
    point_values,
    sharpened,
)
from symqb.program.error_terms import Error
from symqb.program.signs import bose_temperatures

SECOND_ORDER = 1 + 2.0**-10
"""Covers products of errors, as long as the bound is below :data:`LARGEST`."""
LARGEST = 2.0**40
"""Bounds beyond this, some 1e-4 relative, are not told."""

LARGE_IF_LOST = Fraction(1, 2**10)
"""Makes a bound of :data:`LARGEST` of an error of 2^50, that loses the sign of what is compared."""

ENERGIES = frozenset({"add", "sub", "mul", "neg", "abs", "sqrt", "rootsum", "div", "min", "max"})
"""Operations that make energies and amplitudes of parameters."""


class NoBoundError(ProgramError):
    """A step whose rounding errors have no bound in this recursion."""


@dataclass(frozen=True)
class _Known:
    """What is known of a value: its error, its sign, and whether :data:`ENERGIES` made it."""

    error: Error
    nonnegative: bool
    nonpositive: bool
    energy: bool


class _Pass:
    """The rule for every step; a step without a bound spoils only what depends on it."""

    def __init__(self, program: Program, positive: Iterable[Ref]) -> None:
        self.steps = {step.name: step for step in program.steps}
        self.refused: dict[str, str] = {}
        self.known: dict[Ref, _Known] = {}
        self.positive = above = frozenset(positive)
        for name in program.inputs:
            self.known[name] = _Known(Error(), name in above, False, name not in above)
        for step in program.steps:
            self._note(step)

    def of(self, ref: Ref) -> _Known:
        """What is known of a reference."""
        if isinstance(ref, Fraction):
            exact = is_double(ref) or abs(ref) == LEAST
            return _Known(Error(ZERO if exact else Fraction(1)), ref >= 0, ref <= 0, True)
        return self.known[ref]

    def _note(self, step: Step) -> None:
        spoiled = next((a for a in step.args if isinstance(a, str) and a in self.refused), None)
        if spoiled is not None:
            self.refused[step.name] = self.refused[spoiled]
            return
        args = [self.of(arg) for arg in step.args]
        energy = step.op in ENERGIES and all(a.energy for a in args)
        rule = getattr(self, f"_{step.op}", None)
        try:
            if rule is None:
                raise NoBoundError(f"no rule for {step.op}")
            error = rule(step, *args)
        except NoBoundError as reason:
            shown = f"{step.op}({', '.join(map(str, step.args))})"
            self.refused[step.name] = f"step {step.name} = {shown}: {reason}"
            return
        up, down = _signs(step, args)
        self.known[step.name] = _Known(error, up or step.name in self.positive, down, energy)

    # sums

    def _add(self, step: Step, a: _Known, b: _Known) -> Error:
        if a.error.exact and b.error.exact:
            return Error(Fraction(1))
        if _alike(step, a, b):
            first, second = (self._share(step, *x) for x in zip(step.args, (a, b), strict=True))
            return first.larger(second).plus(Error(), 1)
        if not (a.energy and b.energy):
            raise NoBoundError("a difference of terms that may have one sign, and are no energies")
        total = Error(Fraction(1))
        for arg, x in zip(step.args, (a, b), strict=True):
            if not x.error.exact:
                total = total.plus(x.error.times([arg], [step.name], difference=True))
        return total

    _sub = _add

    def _share(self, step: Step, arg: Ref, x: _Known) -> Error:
        """An operand's error, that of differences in it weighed by its share in the sum."""
        plain, apart = x.error.split()
        if apart.exact:
            return x.error
        weighed = apart.times(self._factors(arg), [step.name], gates=self._gates(arg))
        return plain.plus(weighed)

    def _gates(self, ref: Ref) -> list[str]:
        """What a value, but for its sign, is the positive or the negative part of something as."""
        step = self.steps.get(ref) if isinstance(ref, str) else None
        if step is None:
            return []
        if step.op == "neg":
            return self._gates(step.args[0])
        return [step.name] if step.op in {"max", "min"} and ZERO in step.args else []

    def _factors(self, ref: Ref) -> list[Ref]:
        """What a value is at most the product of, in moduli."""
        step = self.steps.get(ref) if isinstance(ref, str) else None
        if step is None:
            return [ref]
        if step.op == "mul":
            return [f for arg in step.args for f in self._factors(arg)]
        if step.op in {"neg", "abs"}:
            return self._factors(step.args[0])
        if step.op in {"max", "min"} and ZERO in step.args:
            return [f for arg in step.args if arg != ZERO for f in self._factors(arg)]
        return [ref]

    # products, quotients and roots

    def _mul(self, step: Step, a: _Known, b: _Known) -> Error:
        exact = any(isinstance(arg, Fraction) and is_power(arg) for arg in step.args)
        return a.error.plus(b.error, 0 if exact else 1)

    def _div(self, step: Step, a: _Known, b: _Known) -> Error:
        planck = self._planck(step)
        if planck is None:
            return a.error.plus(b.error, 1)
        # a / expm1(a t): the error of a counts a t times at most, that of t and of a t once more
        t, exponent = planck
        of_exponent = self.of(t).error.plus(Error(), 1)
        own = a.error.times([*self._factors(step.args[0]), t], [])
        return own.plus(of_exponent).plus(of_exponent.times([exponent], []), LIBRARY + 1)

    def _planck(self, step: Step) -> tuple[Ref, Ref] | None:
        """The factor t and the exponent a t of ``a / expm1(a t)``, a floor of the divisor apart."""
        found = self.steps.get(str(step.args[1]))
        if found is not None and found.op == "max" and LEAST in found.args:
            found = next((self.steps[str(a)] for a in found.args if a in self.steps), None)
        if found is None or found.op != "expm1":
            return None
        inner = self.steps.get(str(found.args[0]))
        if inner is None or inner.op != "mul" or step.args[0] not in inner.args:
            return None
        (t,) = [arg for arg in inner.args if arg != step.args[0]] or [step.args[0]]
        return t, inner.name

    def _neg(self, step: Step, a: _Known) -> Error:
        return a.error

    _abs = _held = _lifted = _neg

    def _ratio(self, step: Step, a: _Known, b: _Known) -> Error:
        return a.error.plus(b.error, 1)

    def _sqrt(self, step: Step, a: _Known) -> Error:
        return a.error.scaled(Fraction(1, 2)).plus(Error(), 1)

    def _rootsum(self, step: Step, a: _Known, b: _Known, root: _Known) -> Error:
        # of a + r and b / (r - a), whichever it is; both are no more sensitive than their operands
        if not (b.nonnegative and root.nonnegative):
            raise NoBoundError("the root is not known to be larger than the first term")
        return a.error.larger(root.error).plus(b.error, 2)

    # choices

    def _max(self, step: Step, a: _Known, b: _Known) -> Error:
        parts = [
            x.error if ZERO in step.args else self._within(step, arg, x)
            for arg, x in zip(step.args, (a, b), strict=True)
        ]
        return parts[0].larger(parts[1])

    def _within(self, step: Step, arg: Ref, x: _Known) -> Error:
        """The error of what a maximum is at least; where it is not chosen, it counts for less."""
        plain, apart = x.error.split()
        if apart.exact or not x.nonnegative:
            return x.error
        return plain.plus(apart.times(self._factors(arg), [step.name], difference=True))

    def _min(self, step: Step, a: _Known, b: _Known) -> Error:
        return a.error.larger(b.error)

    def _select(self, step: Step, a: _Known, b: _Known, x: _Known, y: _Known) -> Error:
        # a value with a relative error below 1 has the sign of the true one
        settled = ZERO in step.args[:2] or (a.error.exact and b.error.exact)
        if not settled and step.args[2] != step.args[3]:
            raise NoBoundError("a choice by values that are rounded")
        # the bound is that large before a sign is lost
        doubt = (z.error.split()[1].scaled(LARGE_IF_LOST) for z in (a, b))
        return x.error.larger(y.error).plus(next(doubt)).plus(next(doubt))

    # exponentials

    def _expm1(self, step: Step, a: _Known) -> Error:
        grown = a.error.plus(Error(), LIBRARY)
        return grown if a.nonpositive else grown.plus(a.error.times(step.args, []))

    def _log1p(self, step: Step, a: _Known) -> Error:
        if not a.nonnegative:
            raise NoBoundError("the logarithm of what may be below 1")
        return a.error.plus(Error(), LIBRARY)

    def _bose(self, step: Step, a: _Known, T: _Known) -> Error:
        over = self._factors(step.args[0])
        of_exponent = T.error.plus(Error(), 1)
        own = a.error.times(over, [step.args[1]])
        grown = of_exponent.times(over, [step.args[1]])
        return own.plus(of_exponent).plus(grown, LIBRARY + 1)

    def _boltzmann(self, step: Step, a: _Known, T: _Known) -> Error:
        over = self._factors(step.args[0])
        exponent = T.error.plus(Error(), 1)
        own = a.error.times(over, [step.args[1]])
        return own.plus(exponent.times(over, [step.args[1]]), LIBRARY)

    def _occupied(self, step: Step, a: _Known, b: _Known) -> Error:
        # 1 / (1 + expm1(a b))
        product = a.error.plus(b.error, 1)
        return product.times([*self._factors(step.args[0]), step.args[1]], []).plus(
            Error(), LIBRARY + 2
        )

    def _vacant(self, step: Step, a: _Known, b: _Known) -> Error:
        # -expm1(-a b), no more sensitive than its argument
        return a.error.plus(b.error, 1 + LIBRARY)


def _alike(step: Step, a: _Known, b: _Known) -> bool:
    """Whether the terms of a sum, or of a difference, certainly have one sign."""
    if step.op == "add":
        return (a.nonnegative and b.nonnegative) or (a.nonpositive and b.nonpositive)
    return (a.nonnegative and b.nonpositive) or (a.nonpositive and b.nonnegative)


ALWAYS = frozenset({"abs", "sqrt", "bose", "boltzmann", "lifted", "occupied", "vacant"})
ALIKE = frozenset({"expm1", "log1p", "held"})


def _signs(step: Step, args: list[_Known]) -> tuple[bool, bool]:
    """Whether a value is certainly >= 0, and whether certainly <= 0."""
    up, down = [a.nonnegative for a in args], [a.nonpositive for a in args]
    if step.op in ALWAYS:
        return True, False
    if step.op in ALIKE:
        return up[0], down[0]
    if step.op == "neg":
        return down[0], up[0]
    if step.op == "add":
        return all(up), all(down)
    if step.op == "sub":
        return up[0] and down[1], down[0] and up[1]
    if step.op in {"mul", "div", "ratio"}:
        square = step.op == "mul" and step.args[0] == step.args[1]
        return (
            square or all(up) or all(down),
            not square and ((up[0] and down[1]) or (down[0] and up[1])),
        )
    if step.op in {"max", "min"}:
        some, every = (any, all) if step.op == "max" else (all, any)
        return some(up), every(down)
    if step.op == "rootsum":
        return up[1], False
    return (up[2] and up[3], down[2] and down[3]) if step.op == "select" else (False, False)


@dataclass(frozen=True)
class ErrorBound:
    """What is proved of the rounding errors of a program's outputs.

    Attributes
    ----------
    program : Program
        The program.
    errors : mapping
        Output to a tuple with one :class:`Error` an entry, in units of 2^-53.
    refused : mapping
        Output without a bound to the step that spoils it, and why.
    """

    program: Program
    errors: Mapping[str, tuple[Error, ...]]
    refused: Mapping[str, str]

    def roundings(self, output: str) -> tuple[float, ...]:
        """The part of the bound that does not depend on the point, entry by entry.

        Raises
        ------
        NoBoundError
            An output without a bound.
        """
        return tuple(float(error.roundings) for error in self._entries(output))

    def anywhere(self, **parameters: float) -> dict[str, tuple[float, ...]]:
        """Evaluate the bound that holds anywhere at a point, in units of 2^-53.

        Infinite where it says nothing: beyond 2^40 roundings, or where a step leaves the range
        in which doubles keep their digits.  Outputs without a bound are left out.

        Raises
        ------
        ProgramError
            A missing parameter.
        """
        return self._coarse(point_values(self.program, parameters))

    def _coarse(self, values: Values) -> dict[str, tuple[float, ...]]:
        found = {}
        for name, errors in self.errors.items():
            held = in_range(self._needed[name], values)
            found[name] = tuple(_told(e.at(values)) if held else math.inf for e in errors)
        return found

    @cached_property
    def _needed(self) -> dict[str, tuple[Step, ...]]:
        """The steps that lead to each output."""
        program = replace(self.program, guards=())
        return {name: program.prune([name]).steps for name in self.errors}

    def at(self, **parameters: float) -> dict[str, tuple[float, ...]]:
        """Bound the relative errors of all entries at a point by slopes, in units of 2^-53.

        Examples
        --------
        >>> from symqb.program import Builder
        >>> b = Builder(("x", "y"))
        >>> p = b.build({"share": b.div("x", b.add("x", "y"))})
        >>> found = error_bound(p, ["x", "y"])
        >>> [round(bound, 2) for bound in found.at(x=1.0, y=3.0)["share"]]
        [2.0]
        """
        values = point_values(self.program, parameters)
        found = {}
        for name, bounds in self._coarse(values).items():
            refs = flatten(self.program.outputs[name])
            found[name] = tuple(
                min(bound, SECOND_ORDER * sharpened(self.program, ref, values, bound))
                for ref, bound in zip(refs, bounds, strict=True)
            )
        return found

    def _entries(self, output: str) -> tuple[Error, ...]:
        if output in self.refused:
            raise NoBoundError(f"no bound for {output}: {self.refused[output]}")
        return self.errors[output]

    def __str__(self) -> str:
        lines = [
            f"{name}[{k}]: {error}" if len(errors) > 1 else f"{name}: {error}"
            for name, errors in self.errors.items()
            for k, error in enumerate(errors, 1)
        ]
        lines += [f"{name}: no bound; {reason}" for name, reason in self.refused.items()]
        return "\n".join(lines)


def _told(bound: float) -> float:
    return bound * SECOND_ORDER if bound <= LARGEST else math.inf


def error_bound(program: Program, positive: Iterable[Ref] | None = None) -> ErrorBound:
    """Derive a bound on the relative rounding error of every output.

    The parameters are taken exactly as they are.  Assumed are the rounding of the four operations
    and the root to nearest, and of the library's exponentials an error of at most one unit in the
    last place.

    Parameters
    ----------
    program : Program
        As derived, or lowered to what targets run.
    positive : iterable of str, optional
        Inputs that are zero or positive, and no energies, and steps that are; by default the
        temperatures of baths.

    Examples
    --------
    >>> from symqb.program import Builder
    >>> b = Builder(("x", "y"))
    >>> total = b.add("x", "y")
    >>> p = b.build({"share": b.div("x", total), "rest": b.sub(b.div("y", total), "x")})
    >>> print(error_bound(p, ["x", "y"]))
    share: 2
    rest: no bound; step v3 = sub(v2, x): a difference of terms that may have one sign, and are \
no energies
    """
    if positive is None:
        positive = bose_temperatures(program)
    done = _Pass(program, positive)
    errors: dict[str, tuple[Error, ...]] = {}
    refused: dict[str, str] = {}
    for name, output in program.outputs.items():
        refs = flatten(output)
        spoiled = next((done.refused[str(r)] for r in refs if r in done.refused), None)
        if spoiled is None:
            errors[name] = tuple(done.of(ref).error for ref in refs)
        else:
            refused[name] = spoiled
    return ErrorBound(program, errors, refused)


ANALYSES["error_bound"] = error_bound
