"""The jax target: a traceable float64 function for jit, vmap and grad, and a checked callable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.emit.function import ProgramFunction
from symqb.emit.numpy_kernel import domain_status
from symqb.emit.plan import UNKNOWN, ZERO_GUARD, Plan
from symqb.models import ParameterError
from symqb.models.tables import need
from symqb.program import Builder, Program, lower, run

Array = npt.NDArray[np.float64]

KEPT = ("bose",)
"""Left whole, so that its derivative is the program's own and not that of its limits."""


class JaxArithmetic:
    """Lowered operations on traced arrays."""

    def __init__(self, jax: Any) -> None:
        self.jnp = jax.numpy
        self.bose = _bose_with_derivative(jax, self)

    def constant(self, value: Fraction) -> float:
        return float(value)

    def add(self, a: Any, b: Any) -> Any:
        return a + b

    def sub(self, a: Any, b: Any) -> Any:
        return a - b

    def mul(self, a: Any, b: Any) -> Any:
        return a * b

    def div(self, a: Any, b: Any) -> Any:
        return self.jnp.divide(a, b)

    def neg(self, a: Any) -> Any:
        return -a

    def abs(self, a: Any) -> Any:
        return self.jnp.abs(a)

    def sqrt(self, a: Any) -> Any:
        return self.jnp.sqrt(a)

    def log(self, a: Any) -> Any:
        return self.jnp.log(a)

    def expm1(self, a: Any) -> Any:
        return self.jnp.expm1(a)

    def min(self, a: Any, b: Any) -> Any:
        return self.jnp.minimum(a, b)

    def max(self, a: Any, b: Any) -> Any:
        return self.jnp.maximum(a, b)

    def select(self, a: Any, b: Any, x: Any, y: Any) -> Any:
        return self.jnp.where(self.jnp.less_equal(a, b), x, y)


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


def pure_function(plan: Plan) -> Callable[..., dict[str, Any]]:
    """The program as a function of keyword arrays, for jit, vmap, grad and devices.

    It checks nothing but the precision: outside the domain, and where levels are degenerate, the
    values mean nothing.

    Raises
    ------
    ImportError
        jax is not installed.
    ParameterError
        When called: 64-bit floats are not enabled.
    """
    jax = need("jax", "jax", "target 'jax'")
    arithmetic = JaxArithmetic(jax)
    program = lower(plan.program, keep=KEPT)
    names = {*plan.inputs}

    def function(**parameters: Any) -> dict[str, Any]:
        if jax.numpy.result_type(float) != np.float64:
            raise ParameterError(
                "jax runs in float32 here, in which populations lose their digits; call "
                "jax.config.update('jax_enable_x64', True) first"
            )
        arrays = {
            name: jax.numpy.asarray(value, dtype=np.float64)
            for name, value in parameters.items()
            if name in names
        }
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
        outputs = run(program, arithmetic, arrays)
        return {name: _stack(jax, value, shape) for name, value in outputs.items()}

    return function


def _stack(jax: Any, value: Any, shape: tuple[int, ...]) -> Any:
    whole = jax.numpy.broadcast_to
    if isinstance(value, list):
        return jax.numpy.stack([whole(v, shape) for v in value], axis=-1)
    return whole(value, shape)


class JaxKernel:
    """Runs a plan as one jitted function; 64-bit floats are enabled for the call alone."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._jax = plan, need("jax", "jax", "target 'jax'")
        self._arithmetic = JaxArithmetic(self._jax)
        marked = {f"guard {k}": guard.ref for k, guard in enumerate(plan.general.guards)}
        program = Program(
            plan.general.inputs, plan.general.steps, {**plan.general.outputs, **marked}
        )
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

    pure: Callable[..., dict[str, Any]]

    @classmethod
    def function(cls, plan: Plan, **options: Any) -> JaxFunction:
        """The function of a plan; options as for :class:`ProgramFunction`."""
        made = cls("jax", plan.program, JaxKernel(plan), **options)
        made.pure = pure_function(plan)
        return made
