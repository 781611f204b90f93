"""Programs as data: operations, steps, guards, and the checks a program makes of itself."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

Ref = str | Fraction
"""The name of an input or of an earlier step, or an exact constant."""


class ProgramError(ValueError):
    """A program is not well formed, or was asked for something it does not hold."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the straight-line program: its number of arguments and its meaning."""

    arity: int
    meaning: str


LARGEST_EXPONENT = Fraction(600)
"""Where doubles let an exponential stand for any larger one."""

LEAST = Fraction(1, 10**300)
"""Stands in, in doubles, for a temperature, an exponent or a population of zero."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "add": Operation(2, "a + b"),
        "sub": Operation(2, "a - b"),
        "mul": Operation(2, "a b"),
        "div": Operation(2, "a / b"),
        "neg": Operation(1, "-a"),
        "abs": Operation(1, "|a|"),
        "sqrt": Operation(1, "square root of a >= 0"),
        "log": Operation(1, "natural logarithm of a > 0"),
        "min": Operation(2, "the smaller of a and b"),
        "max": Operation(2, "the larger of a and b"),
        "select": Operation(4, "c if a <= b else d"),
        "rootsum": Operation(
            3, "a + r with r = sqrt(a^2 + b); as b / (r - a), free of cancellation, if a < 0"
        ),
        "bose": Operation(2, "a n(a, T) = a / (exp(a/T) - 1), a, T >= 0; T at a = 0, 0 at T = 0"),
        "bose_a": Operation(2, "derivative of bose(a, T) by a: -1/2 at a = 0 < T, 0 at T = 0"),
        "bose_T": Operation(2, "derivative of bose(a, T) by T: 1 at a = 0, else 0 at T = 0"),
        "occupied": Operation(2, "u of a pair u, v >= 0 with u / v = 1 / (exp(a b) - 1); a, b > 0"),
        "vacant": Operation(2, "v of that pair, which is fixed up to a common factor"),
        "expm1": Operation(1, "exp(a) - 1, infinite beyond the range"),
        "log1p": Operation(1, "log(1 + a) for a > -1"),
        "divergence": Operation(1, "a + exp(-a) - 1, never negative, free of cancellation"),
        "held": Operation(1, "a; doubles: at most 600, so that exp(a) is finite"),
        "lifted": Operation(1, "a >= 0; doubles: at least 1e-300, so that log(a) is finite"),
        "boltzmann": Operation(2, "exp(-a/T) for a, T >= 0; at T = 0: 1 if a = 0 else 0"),
        "entropy": Operation(1, "-a log(a) for a >= 0, 0 at a = 0"),
        "ratio": Operation(2, "a / b for b >= 0, and 0 where a = 0 whatever b"),
        "power": Operation(2, "a to the power b, a >= 0; at a = 0: 0, 1, infinite as b >, =, < 0"),
    }
)


def as_double(value: Fraction) -> float:
    """The double nearest to a constant; the largest one beyond them all."""
    try:
        return float(value)
    except OverflowError:
        return sys.float_info.max if value > 0 else -sys.float_info.max


COMMUTATIVE = frozenset({"add", "mul", "min", "max"})


@dataclass(frozen=True, slots=True)
class Step:
    """A single assignment ``name = op(*args)``."""

    name: str
    op: str
    args: tuple[Ref, ...]


class GuardKind(Enum):
    """What a guard at zero means, and so what is to be done."""

    DOMAIN = "domain"
    """A value lies outside its domain: refuse."""
    ABSENT = "absent"
    """The outputs it protects do not exist here: refuse them, or leave them out."""
    LEVELS = "levels"
    """Levels may coincide, or coherences may not decay: ask who solves for coherences too."""
    RANGE = "range"
    """Doubles may not hold what is computed on the way: ask for more digits."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A quantity that must not vanish, the rule it stands for and the outputs it protects."""

    ref: Ref
    rule: str
    outputs: tuple[str, ...] = ()
    kind: GuardKind = GuardKind.DOMAIN

    @property
    def idle(self) -> bool:
        """Whether it can never vanish."""
        return isinstance(self.ref, Fraction) and self.ref != 0


INFIX = MappingProxyType({"add": "+", "sub": "-", "mul": "*", "div": "/"})


def _spelled(step: Step) -> str:
    """A step's right-hand side."""
    if step.op in INFIX:
        return f"{step.args[0]} {INFIX[step.op]} {step.args[1]}"
    return f"{step.op}({', '.join(map(str, step.args))})"


Output = Ref | tuple[Ref, ...]


def _names(refs: Iterable[Ref]) -> list[str]:
    return [ref for ref in refs if isinstance(ref, str)]


def single(output: Output) -> Ref:
    """The reference of a scalar output.

    Raises
    ------
    ProgramError
        A vector.
    """
    if isinstance(output, tuple):
        raise ProgramError(f"an output of {len(output)} entries is no scalar; take one of them")
    return output


def flatten(output: Output) -> tuple[Ref, ...]:
    """The references of an output, scalar or vector, as a tuple."""
    return output if isinstance(output, tuple) else (output,)


class Names:
    """The names a program may use so far: takes its steps in order, and checks each once.

    Raises
    ------
    ProgramError
        An input's name is repeated.
    """

    def __init__(self, inputs: Sequence[str]) -> None:
        self._known = set(inputs)
        if len(self._known) != len(inputs):
            raise ProgramError(f"inputs {inputs} repeat a name; give each input its own")

    def take(self, step: Step) -> None:
        """Check a step, and let later ones use its name.

        Raises
        ------
        ProgramError
            An unknown operation, a wrong number of arguments, a name used before or assigned twice.
        """
        operation, known = OPERATIONS.get(step.op), self._known
        if operation is None:
            raise ProgramError(
                f"step {step.name!r} uses unknown operation {step.op!r}; "
                f"known: {sorted(OPERATIONS)}"
            )
        if len(step.args) != operation.arity:
            raise ProgramError(
                f"step {step.name!r}: {step.op} takes {operation.arity} arguments, "
                f"got {len(step.args)}"
            )
        for name in step.args:
            if isinstance(name, str) and name not in known:
                raise ProgramError(f"step {step.name!r} uses {name!r} before it is assigned")
        if step.name in known:
            raise ProgramError(f"{step.name!r} is assigned twice; names are single-assignment")
        known.add(step.name)

    def check_ends(self, outputs: Mapping[str, Output], guards: Iterable[Guard]) -> None:
        """Check that what outputs and guards refer to has been taken.

        Raises
        ------
        ProgramError
            One of them is never assigned.
        """
        wanted = [ref for output in outputs.values() for ref in flatten(output)]
        for ref in _names([*wanted, *(guard.ref for guard in guards)]):
            if ref not in self._known:
                raise ProgramError(f"output or guard {ref!r} is never assigned; add its step")


ANALYSES: dict[str, Callable[..., Any]] = {}
"""What can be asked of a program by its methods; filled by the modules that answer."""


@dataclass(frozen=True)
class Program:
    """A straight-line program from named inputs to named outputs.

    Parameters
    ----------
    inputs : tuple of str
        Names of the inputs, in order.
    steps : tuple of Step
        Single assignments; each argument is an input, an earlier step or an exact constant.
    outputs : mapping
        Name of each output to a reference (scalar) or a tuple of references (vector).
    guards : tuple of Guard
        Quantities that must not be zero for the outputs to mean what they say.

    Raises
    ------
    ProgramError
        An unknown operation, a wrong number of arguments, a name used before or assigned twice.

    Examples
    --------
    >>> from fractions import Fraction
    >>> p = Program(("x",), (Step("y", "mul", ("x", Fraction(2))),), {"twice": "y"})
    >>> p.operation_counts()
    {'mul': 1}
    """

    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    outputs: Mapping[str, Output]
    guards: tuple[Guard, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "outputs", MappingProxyType(dict(self.outputs)))
        names = Names(self.inputs)
        for step in self.steps:
            names.take(step)
        names.check_ends(self.outputs, self.guards)

    @classmethod
    def from_checked(
        cls,
        inputs: tuple[str, ...],
        steps: tuple[Step, ...],
        outputs: Mapping[str, Output],
        guards: tuple[Guard, ...],
    ) -> Program:
        """Make a program of steps that :class:`Names` has taken: nothing is checked again."""
        made = object.__new__(cls)
        parts = (inputs, steps, MappingProxyType(dict(outputs)), guards)
        for name, part in zip(("inputs", "steps", "outputs", "guards"), parts, strict=True):
            object.__setattr__(made, name, part)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_json, (self.to_json(),)

    def with_outputs(self, more: Mapping[str, Output]) -> Program:
        """Add outputs to a program.

        Raises
        ------
        ProgramError
            One of them is never assigned.
        """
        outputs = {**self.outputs, **more}
        Names([*self.inputs, *(step.name for step in self.steps)]).check_ends(outputs, ())
        return self.from_checked(self.inputs, self.steps, outputs, self.guards)

    def prune(self, outputs: Iterable[str]) -> Program:
        """The same program with only the steps, inputs and guards that ``outputs`` need."""
        chosen = tuple(outputs)
        unknown = [name for name in chosen if name not in self.outputs]
        if unknown:
            raise ProgramError(f"unknown outputs {unknown}; this program has {list(self.outputs)}")
        guards = tuple(
            guard
            for guard in self.guards
            if not guard.idle and (not guard.outputs or set(guard.outputs) & set(chosen))
        )
        kept = {name: self.outputs[name] for name in chosen}
        needed = set(_names(ref for output in kept.values() for ref in flatten(output)))
        needed |= set(_names(guard.ref for guard in guards))
        steps: list[Step] = []
        for step in reversed(self.steps):
            if step.name in needed:
                steps.append(step)
                needed.update(_names(step.args))
        inputs = tuple(name for name in self.inputs if name in needed)
        return self.from_checked(inputs, tuple(reversed(steps)), kept, guards)

    def error_bound(self, positive: Iterable[Ref] | None = None) -> Any:
        """Derive a bound on the rounding errors of the outputs.

        Returns
        -------
        ErrorBound
            See :func:`symqb.program.error_bound.error_bound`.
        """
        return ANALYSES["error_bound"](self, positive)

    def operation_counts(self) -> dict[str, int]:
        """How often each operation occurs, by name."""
        return dict(sorted(Counter(step.op for step in self.steps).items()))

    def to_json(self) -> str:
        """A canonical JSON text: equal programs give equal texts."""

        def ref(value: Ref) -> Any:
            return value if isinstance(value, str) else {"q": str(value)}

        import json  # here, so that importing symqb stays quick

        return json.dumps(
            {
                "inputs": list(self.inputs),
                "steps": [[s.name, s.op, *map(ref, s.args)] for s in self.steps],
                "outputs": {
                    name: [ref(r) for r in out] if isinstance(out, tuple) else ref(out)
                    for name, out in self.outputs.items()
                },
                "guards": [
                    [ref(g.ref), g.rule, list(g.outputs), g.kind.value] for g in self.guards
                ],
            },
            separators=(",", ":"),
        )

    def listing(self) -> str:
        """The assignments, one a line, and then what each output is.

        Examples
        --------
        >>> print(Program(("x",), (Step("y", "mul", ("x", "x")),), {"square": "y"}).listing())
        y = x * x
        square: y
        """
        lines = [f"{step.name} = {_spelled(step)}" for step in self.steps]
        for name, output in self.outputs.items():
            lines.append(f"{name}: {', '.join(map(str, flatten(output)))}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        counts = ", ".join(f"{n} {op}" for op, n in self.operation_counts().items())
        summary = f"program of {len(self.steps)} steps ({counts})"
        return (
            f"<details><summary>{escape(summary)}</summary>"
            f"<pre>{escape(self.listing())}</pre></details>"
        )

    @classmethod
    def from_json(cls, text: str) -> Program:
        """The program whose :meth:`to_json` is ``text``; it checks itself again."""

        def ref(value: Any) -> Ref:
            return Fraction(value["q"]) if isinstance(value, dict) else str(value)

        import json

        data = json.loads(text)
        return cls(
            tuple(data["inputs"]),
            tuple(Step(s[0], s[1], tuple(map(ref, s[2:]))) for s in data["steps"]),
            {
                name: tuple(map(ref, out)) if isinstance(out, list) else ref(out)
                for name, out in data["outputs"].items()
            },
            tuple(
                Guard(ref(g[0]), g[1], tuple(g[2]), GuardKind(g[3] if len(g) > 3 else "domain"))
                for g in data["guards"]
            ),
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON: the identity of a program in caches and certificates."""
        # loading OpenSSL is a noticeable share of importing symqb
        import hashlib

        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.digest)


def count_operations(program: Program) -> int:
    """The number of steps, all operations counted alike."""
    return len(program.steps)
