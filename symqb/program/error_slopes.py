r"""How the roundings of a program's steps add up at a point: slopes, and what each step rounds.

Let :math:`\delta_s` be the logarithm of what step s is off by: at most some roundings, of
:math:`2^{-53}` each.  To first order an output is off by
:math:`\sum_s \frac{\partial\ln v}{\partial\ln v_s}\delta_s`; the slopes come from one
pass from the output back.  The rest is of second order: between the point and one that is off by
the bound B that holds anywhere, every share in a sum of terms of one sign changes by a factor of at
most :math:`e^{2B}`, and so a slope by no more than :math:`2Bn` of the sum of the moduli of all
paths through n steps.  That sum is taken along, with the factor :data:`CURVED`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from symqb.program.arithmetic import FloatArithmetic
from symqb.program.core import LEAST, Program, ProgramError, Ref, Step
from symqb.program.rewrite import Lookup, walk

UNIT = 2.0**-53
LIBRARY = 2
"""Assumed of ``expm1``, ``exp``, ``log1p``: one unit in the last place, which is two roundings."""
CURVED = 2.0**-20
"""What slopes may change by, over the moduli of all paths."""

Values = Lookup[float]


def is_double(value: Fraction) -> bool:
    """Whether a constant is a double, so that using it rounds nothing."""
    try:
        return Fraction(float(value)) == value
    except OverflowError:
        return False


def is_power(value: Fraction) -> bool:
    """Whether a constant is a power of two, up to its sign: products with it are exact."""
    top, bottom = abs(value.numerator), value.denominator
    return bool(top) and not (top & (top - 1)) and not (bottom & (bottom - 1))


def point_values(program: Program, parameters: Mapping[str, float]) -> Values:
    """Run a program in doubles and look up the value of every step.

    Raises
    ------
    ProgramError
        A missing parameter.
    """
    missing = [name for name in program.inputs if name not in parameters]
    if missing:
        raise ProgramError(f"missing inputs {missing}; the program takes {list(program.inputs)}")
    arithmetic = FloatArithmetic()

    def operate(step: Step, value: Any) -> Any:
        return getattr(arithmetic, step.op)(*map(value, step.args))

    given = {name: float(parameters[name]) for name in program.inputs}
    return walk(program, given, arithmetic.constant, operate)


SMALLEST, GREATEST = 1e-290, 1e290


def in_range(steps: Iterable[Step], value: Values) -> bool:
    """Whether no step over- or underflows at a point, nor comes close to it."""
    for step in steps:
        size, args = abs(value(step.name)), [value(arg) for arg in step.args]
        if size and not SMALLEST < size < GREATEST:
            return False
        if size == 0 and step.op in {"mul", "div", "ratio"} and all(args):
            return False
        if size == 0 and step.op in {"bose", "boltzmann"} and args[1]:
            return False
    return True


def _planck(x: float) -> float:
    """x / (1 - exp(-x)): what ``expm1`` enlarges the error of its argument x >= 0 by."""
    return x / -math.expm1(-x) if x > 1e-300 else 1.0


def _quotient(a: float, T: float) -> float:
    return a / T if T else math.inf if a else 0.0


def own_roundings(step: Step, value: Values) -> float:
    """What a step is off by at most by itself, its operands being exact, in units of 2^-53."""
    if step.op in {"neg", "abs", "max", "min", "select", "held", "lifted"}:
        return 0.0
    if step.op == "mul" and any(isinstance(a, Fraction) and is_power(a) for a in step.args):
        return 0.0
    if step.op in {"expm1", "log1p"}:
        return LIBRARY
    if step.op in {"bose", "boltzmann"}:
        a, T = map(value, step.args)
        if a == 0 or T == 0:
            return 0.0
        # the exponent is rounded; beyond its range the exponential is that of exp itself
        grown = _planck(a / T) if step.op == "bose" else a / T
        return grown + LIBRARY + 1
    if step.op == "rootsum":
        return 2.0
    if step.op == "occupied":
        return value(step.args[0]) * value(step.args[1]) + LIBRARY + 2
    return LIBRARY + 1.0 if step.op == "vacant" else 1.0


_ARITHMETIC = FloatArithmetic()


def slopes(step: Step, value: Values) -> tuple[float, ...]:
    """The derivatives of a step by its operands at a point; at a kink those of the right side.

    Raises
    ------
    ProgramError
        An operation without them.
    """
    args = tuple(map(value, step.args))
    found = SLOPES.get(step.op)
    if found is None:
        raise ProgramError(f"{step.op} has no slopes here")
    return found(args, value(step.name))


def _choice(args: tuple[float, ...], v: float) -> tuple[float, ...]:
    return (0.0, 0.0, 1.0, 0.0) if args[0] <= args[1] else (0.0, 0.0, 0.0, 1.0)


def _larger(args: tuple[float, ...], v: float) -> tuple[float, ...]:
    # 0 and a frequency of 0: the frequency
    if args[0] == args[1]:
        return (0.0, 1.0) if args[0] == 0 else (1.0, 0.0)
    return (1.0, 0.0) if args[0] > args[1] else (0.0, 1.0)


def _smaller(args: tuple[float, ...], v: float) -> tuple[float, ...]:
    return (1.0, 0.0) if args[0] <= args[1] else (0.0, 1.0)


def _rootsum(args: tuple[float, ...], v: float) -> tuple[float, ...]:
    a, _, r = args
    if a >= 0:
        return (1.0, 0.0, 1.0)
    return (v / (r - a), 1 / (r - a), -v / (r - a))


def _boltzmann(args: tuple[float, ...], v: float) -> tuple[float, ...]:
    a, T = args
    return (-v / T, v * a / T / T) if T and v else (0.0, 0.0)


def _pair(args: tuple[float, ...], v: float) -> tuple[float, ...]:
    return (-args[1] * v, -args[0] * v)


def _vacant(args: tuple[float, ...], v: float) -> tuple[float, ...]:
    left = math.exp(-args[0] * args[1])
    return (args[1] * left, args[0] * left)


SLOPES: Mapping[str, Callable[[tuple[float, ...], float], tuple[float, ...]]] = {
    "add": lambda args, v: (1.0, 1.0),
    "sub": lambda args, v: (1.0, -1.0),
    "mul": lambda args, v: (args[1], args[0]),
    "div": lambda args, v: (1 / args[1], -v / args[1]),
    "ratio": lambda args, v: (1 / args[1], -v / args[1]) if args[1] else (0.0, 0.0),
    "neg": lambda args, v: (-1.0,),
    "abs": lambda args, v: (-1.0 if args[0] < 0 else 1.0,),
    "held": lambda args, v: (1.0,),
    "lifted": lambda args, v: (1.0,),
    "sqrt": lambda args, v: (0.5 / v if v else 0.0,),
    "max": _larger,
    "min": _smaller,
    "select": _choice,
    "rootsum": _rootsum,
    "expm1": lambda args, v: (v + 1.0,),
    "log1p": lambda args, v: (1 / (1 + args[0]),),
    "bose": lambda args, v: (_ARITHMETIC.bose_a(*args), _ARITHMETIC.bose_T(*args)),
    "boltzmann": _boltzmann,
    "occupied": _pair,
    "vacant": _vacant,
}
"""Operation to its derivatives by its operands, from these and the value."""


def sharpened(program: Program, ref: Ref, value: Values, coarse: float) -> float:
    """Add up the roundings of all steps at a point, each by its slope.

    Parameters
    ----------
    program : Program
        The program.
    ref : str or Fraction
        What the bound is of.
    value : callable
        The values at the point, from :func:`point_values`.
    coarse : float
        The bound that holds anywhere, in units of 2^-53.

    Returns
    -------
    float
        In units of 2^-53; infinite where the second order is not small, or the slopes leave the
        range of doubles.
    """
    if isinstance(ref, Fraction) or value(ref) == 0:
        return coarse
    if not 8 * coarse * len(program.steps) * UNIT < CURVED:
        return math.inf
    signed: dict[Ref, float] = {ref: 1 / value(ref)}
    paths: dict[Ref, float] = {ref: abs(1 / value(ref))}
    total = spread = 0.0
    for step in reversed(program.steps):
        slope = signed.get(step.name)
        if slope is None:
            continue
        size = abs(value(step.name)) * own_roundings(step, value)
        total += abs(slope) * size
        spread += paths[step.name] * size
        for arg, by in zip(step.args, slopes(step, value), strict=True):
            signed[arg] = signed.get(arg, 0.0) + slope * by
            paths[arg] = paths.get(arg, 0.0) + paths[step.name] * abs(by)
    for arg, slope in signed.items():
        if isinstance(arg, Fraction) and not is_double(arg) and abs(arg) != LEAST:
            total += abs(slope * float(arg))
            spread += paths[arg] * abs(float(arg))
    bound = total + CURVED * spread
    return bound if math.isfinite(bound) else math.inf
