"""Derivatives of a program's outputs by its inputs: exact, step by step, in forward mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from symqb.program.builder import ONE, ZERO, Builder
from symqb.program.core import Output, Program, ProgramError, Ref, Step
from symqb.program.lower import lower
from symqb.program.rewrite import Ends, Lookup, copy, map_outputs, rewrite

DERIVATIVE = "d_"
HALF = Fraction(1, 2)

Rule = Callable[[Builder, tuple[Ref, ...], Ref, tuple[Ref, ...]], Ref]
"""Builder, arguments, value, derivatives of the arguments: to the derivative of the value."""


def derivative_name(output: str, parameter: str) -> str:
    """The name of the derivative of an output.

    Examples
    --------
    >>> derivative_name("ergotropy", "T_L")
    'd_ergotropy_d_T_L'
    """
    return f"{DERIVATIVE}{output}_d_{parameter}"


def _mul(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    return b.add(b.mul(d[0], args[1]), b.mul(args[0], d[1]))


def _div(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    return b.div(b.sub(d[0], b.mul(value, d[1])), args[1])


def _abs(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    # on the side of the argument as it stands: writers choose beside |x| by that same x
    return b.apply("select", ZERO, args[0], d[0], b.neg(d[0]))


def _select(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    return d[2] if d[2] == d[3] else b.apply("select", args[0], args[1], d[2], d[3])


def _lesser(b: Builder, args: tuple[Ref, ...], less: Ref, more: Ref) -> Ref:
    """Choose by which is the lesser; beside zero, on the side of ``abs(strip_sign(x))``."""
    x, y = args
    if less == more:
        return less
    if x == ZERO:
        return b.by_sign(y, less, more)
    return b.by_sign(x, more, less) if y == ZERO else b.apply("select", x, y, less, more)


def _min(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    return _lesser(b, args, d[0], d[1])


def _max(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    return _lesser(b, args, d[1], d[0])


def _bose(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    by_a = b.mul(b.apply("bose_a", *args), d[0]) if d[0] != ZERO else ZERO
    by_T = b.mul(b.apply("bose_T", *args), d[1]) if d[1] != ZERO else ZERO
    return b.add(by_a, by_T)


def _boltzmann(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    slope = b.apply("ratio", value, args[1])
    by_T = b.mul(b.apply("ratio", b.mul(args[0], slope), args[1]), d[1]) if d[1] != ZERO else ZERO
    return b.sub(by_T, b.mul(slope, d[0]))


def _entropy(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    return b.neg(b.mul(b.add(b.apply("log", args[0]), ONE), d[0]))


def _ratio(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    return b.apply("ratio", b.sub(d[0], b.mul(value, d[1])), args[1])


def _power(b: Builder, args: tuple[Ref, ...], value: Ref, d: tuple[Ref, ...]) -> Ref:
    # where the value is 0 so are both slopes, but for exponents up to 1 at a = 0
    by_a = b.mul(b.mul(args[1], b.apply("ratio", value, args[0])), d[0])
    if d[1] == ZERO:
        return by_a
    slope = b.apply("select", value, ZERO, ZERO, b.mul(value, b.apply("log", args[0])))
    return b.add(by_a, b.mul(slope, d[1]))


RULES: dict[str, Rule] = {
    "add": lambda b, args, value, d: b.add(*d),
    "sub": lambda b, args, value, d: b.sub(*d),
    "neg": lambda b, args, value, d: b.neg(*d),
    "mul": _mul,
    "div": _div,
    "abs": _abs,
    "min": _min,
    "max": _max,
    "select": _select,
    "sqrt": lambda b, args, value, d: b.div(b.mul(HALF, d[0]), value),
    "log": lambda b, args, value, d: b.div(d[0], args[0]),
    "expm1": lambda b, args, value, d: b.mul(b.add(value, ONE), d[0]),
    "log1p": lambda b, args, value, d: b.div(d[0], b.add(ONE, args[0])),
    "divergence": lambda b, args, value, d: b.mul(b.sub(args[0], value), d[0]),
    "held": lambda b, args, value, d: d[0],
    "lifted": lambda b, args, value, d: d[0],
    "bose": _bose,
    "boltzmann": _boltzmann,
    "entropy": _entropy,
    "ratio": _ratio,
    "power": _power,
}


def differentiate(
    program: Program, parameters: Iterable[str], outputs: Iterable[str] | None = None
) -> Program:
    """The program with derivatives of its outputs as further outputs.

    Parameters
    ----------
    program : Program
        What to differentiate.
    parameters : iterable of str
        Inputs to differentiate by.
    outputs : iterable of str, optional
        Outputs to differentiate; all by default.

    Returns
    -------
    Program
        All outputs of ``program``, and ``d_<output>_d_<parameter>`` for each pair.

    Raises
    ------
    ProgramError
        An operation without a rule, or a name that is not an input or output.

    Notes
    -----
    At a kink (where two populations or two energies change order) the derivative is that of one
    side; :func:`symqb.emit.order_margin` tells how near a kink is.

    Examples
    --------
    >>> b = Builder(("x", "y"))
    >>> p = differentiate(b.build({"z": b.mul("x", "y")}), ["x"])
    >>> p.outputs["d_z_d_x"]
    'y'
    """
    chosen, wanted = tuple(parameters), tuple(program.outputs if outputs is None else outputs)
    source = lower(program, keep=set(RULES))
    unknown = [n for n in chosen if n not in program.inputs]
    unknown += [n for n in wanted if n not in program.outputs]
    if unknown:
        raise ProgramError(
            f"{unknown[0]!r} is neither an input nor an output; inputs {list(program.inputs)}"
        )
    slopes: list[dict[Ref, Ref]] = [{name: ONE} for name in chosen]
    compared = {step.args[:2] for step in source.steps if step.op == "select"}

    def rule(b: Builder, step: Step, ref: Lookup[Ref]) -> Ref:
        args, value = tuple(map(ref, step.args)), copy(b, step, ref)
        # where both are equal, on the side of what is chosen beside it by the same comparison
        turned = step.op in {"min", "max"} and step.args[::-1] in compared
        args = args[::-1] if turned else args
        for slope in slopes:
            d = tuple(slope.get(arg, ZERO) for arg in args)
            if value not in slope and any(s != ZERO for s in d):
                slope[value] = _rule(step.op)(b, args, value, d)
        return value

    def ends(b: Builder, ref: Lookup[Ref]) -> Ends:
        made, guards = map_outputs(source, ref)
        for name in wanted:
            for parameter, slope in zip(chosen, slopes, strict=True):
                made[derivative_name(name, parameter)] = _slope(made[name], slope)
        return made, guards

    return rewrite(source, rule, ends)


def _rule(op: str) -> Rule:
    if op not in RULES:
        raise ProgramError(f"operation {op!r} has no derivative; known: {sorted(RULES)}")
    return RULES[op]


def _slope(output: Output, slope: dict[Ref, Ref]) -> Output:
    if isinstance(output, tuple):
        return tuple(slope.get(ref, ZERO) for ref in output)
    return slope.get(output, ZERO)
