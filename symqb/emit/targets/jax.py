"""The jax target: a traceable float64 function for jit, vmap and grad, and a checked callable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.emit.function import ProgramFunction
from symqb.emit.plan import UNKNOWN, ZERO_GUARD, Plan
from symqb.emit.targets.numpy.kernel import domain_status
from symqb.models import ParameterError
from symqb.models.calls import refuse_unnamed
from symqb.models.extras import need
from symqb.program import Builder, Program, lower, run
from symqb.program.arithmetic import Field
from symqb.program.core import as_double

Array = npt.NDArray[np.float64]

KEPT = ("bose", "log1p")
"""Not lowered, so that JAX uses their derivatives, right at zero."""


class JaxArithmetic(Field):
    """Lowered operations on traced arrays."""

    def __init__(self, jax: Any) -> None:
        self.jnp = jax.numpy
        self.bose = _bose_with_derivative(jax, self)
        self.min = _one_sided(jax, jax.numpy.minimum, first_is_least=True)
        self.max = _one_sided(jax, jax.numpy.maximum, first_is_least=False)

    def constant(self, value: Fraction) -> float:
        return as_double(value)

    def div(self, a: Any, b: Any) -> Any:
        return self.jnp.divide(a, b)

    def abs(self, a: Any) -> Any:
        # JAX's slope at 0 is that of the side above, which is wanted, see _one_sided; a comparison
        # in its place would leave -0.0 as it is, and a quotient by it of the wrong sign
        return self.jnp.abs(a)

    def sqrt(self, a: Any) -> Any:
        return self.jnp.sqrt(a)

    def log(self, a: Any) -> Any:
        return self.jnp.log(a)

    def expm1(self, a: Any) -> Any:
        return self.jnp.expm1(a)

    def log1p(self, a: Any) -> Any:
        return self.jnp.log1p(a)

    def select(self, a: Any, b: Any, x: Any, y: Any) -> Any:
        return self.jnp.where(self.jnp.less_equal(a, b), x, y)


def _one_sided(jax: Any, extreme: Any, *, first_is_least: bool) -> Callable[..., Any]:
    """A minimum or maximum that has the slope of one argument where both are equal.

    JAX halves there, but takes one side of a modulus.  Rates are made of both, smooth in the
    frequency though no part is: all parts must take the same side, that of
    :mod:`symqb.program.differentiate`.
    """
    made = jax.custom_jvp(lambda a, b: extreme(a, b))

    def derivative(primals: Any, tangents: Any) -> Any:
        chosen = tangents if first_is_least else tangents[::-1]
        ordered = jax.numpy.less_equal(*primals)
        return extreme(*primals), jax.numpy.where(ordered, *chosen)

    made.defjvp(derivative)
    function: Callable[..., Any] = made
    return function


def _bose_with_derivative(jax: Any, arithmetic: JaxArithmetic) -> Callable[..., Any]:
    """``bose`` with the derivatives the program defines, right at a = 0 as well."""
    builder = Builder(("a", "T"))
    parts = {op: builder.apply(op, "a", "T") for op in ("bose", "bose_a", "bose_T")}
    program = lower(builder.build(parts))
    value_only = program.prune(["bose"])

    def bose(a: Any, T: Any) -> Any:
        return run(value_only, arithmetic, {"a": a, "T": T})["bose"]

    made = jax.custom_jvp(bose)

    def derivative(primals: Any, tangents: Any) -> Any:
        found = run(program, arithmetic, dict(zip(("a", "T"), primals, strict=True)))
        return found["bose"], found["bose_a"] * tangents[0] + found["bose_T"] * tangents[1]

    made.defjvp(derivative)
    function: Callable[..., Any] = made
    return function


class PureFunction:
    """The program as a function of keyword arrays, for jit, vmap, grad and devices.

    It checks nothing but the precision: outside the domain, and where levels are degenerate, the
    values mean nothing.  Its first derivatives, forward and reverse, are right also where a
    frequency is zero.  At a kink they are those of one side: ergotropy and exergy where two
    populations or two energies change order, capacity where two levels change places at the top,
    and a spectral density with a cut-off, or a power other than an odd one, at frequency zero;
    :func:`symqb.emit.order_margin` tells how near a kink of order is.

    Raises
    ------
    ImportError
        jax is not installed.
    ParameterError
        When called: 64-bit floats are not enabled.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan, self._jax = plan, need("jax", "target 'jax'")
        self._arithmetic = JaxArithmetic(self._jax)
        self._program = lower(plan.program, keep=KEPT)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._plan,)

    def __call__(self, *given: Any, **parameters: Any) -> dict[str, Any]:
        """Every output; levels along the last axis."""
        jax, names = self._jax, self._plan.inputs
        refuse_unnamed("f.pure", given, names)
        if jax.numpy.result_type(float) != np.float64:
            raise ParameterError(
                "jax runs in float32 here, in which populations lose their digits; call "
                "jax.config.update('jax_enable_x64', True) first"
            )
        masked = [name for name, value in parameters.items() if np.ma.is_masked(value)]
        if masked:
            raise ParameterError(f"{masked[0]} has masked entries; fill them, or leave them out")
        arrays = {
            name: jax.numpy.asarray(value, dtype=np.float64)
            for name, value in parameters.items()
            if name in names
        }
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
        outputs = run(self._program, self._arithmetic, arrays)
        return {name: _stack(jax, value, shape) for name, value in outputs.items()}


def _stack(jax: Any, value: Any, shape: tuple[int, ...]) -> Any:
    whole = jax.numpy.broadcast_to
    if isinstance(value, list):
        return jax.numpy.stack([whole(v, shape) for v in value], axis=-1)
    return whole(value, shape)


class JaxKernel:
    """Runs a plan as one jitted function; 64-bit floats are enabled for the call alone."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._jax = plan, need("jax", "target 'jax'")
        self._arithmetic = JaxArithmetic(self._jax)
        marked = {f"guard {k}": guard.ref for k, guard in enumerate(plan.general.guards)}
        program = plan.general.with_outputs(marked)
        self._run = self._jax.jit(lambda arrays: self._flat(program, arrays))

    def _flat(self, program: Program, arrays: Mapping[str, Any]) -> Any:
        values = run(program, self._arithmetic, arrays)
        jnp = self._jax.numpy
        guards = [values.pop(name) for name in list(values) if name.startswith("guard ")]
        zero = jnp.array([jnp.any(jnp.equal(guard, 0.0)) for guard in guards])
        # a dictionary would come back in the order of its keys
        return list(values.values()), zero

    def __call__(
        self, inputs: Sequence[Array], count: int, outputs: Sequence[Array], threads: int
    ) -> int:
        status = domain_status(self._plan, inputs)
        with _double_precision(self._jax):
            arrays = dict(zip(self._plan.inputs, map(self._jax.numpy.asarray, inputs), strict=True))
            values, zero = self._run(arrays)
            status |= ZERO_GUARD if bool(np.any(zero)) else 0
            rows = [
                np.asarray(v)
                for value in values
                for v in (value if isinstance(value, list) else [value])
            ]
        columns = [table[:, k] for table in outputs for k in range(table.shape[1])]
        for row, column, strict in zip(rows, columns, self._plan.finite, strict=True):
            column[...] = row
            if not (np.isfinite(column).all() if strict else not np.isnan(column).any()):
                status |= UNKNOWN
        return status


def _double_precision(jax: Any) -> Any:
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax import experimental

    return getattr(experimental, "enable_x64")(True)  # noqa: B009  # gone from newer versions


class JaxFunction(ProgramFunction):
    """The jax target: called like any other, and ``.pure`` to be traced.

    Examples
    --------
    ``jax.grad(lambda B0: f.pure(B0=B0, J=1.0, ...)["ergotropy"])`` differentiates the ergotropy.
    """

    pure: PureFunction

    @classmethod
    def function(cls, plan: Plan, **options: Any) -> JaxFunction:
        """The function of a plan; options as for :class:`ProgramFunction`."""
        first = Plan(options["plain"] or plan.program, plan.temperatures, plan.kappa)
        made = cls("jax", plan.program, JaxKernel(first), **options)
        made.pure = PureFunction(plan)
        return made
