"""The tables of targets: functions to call, and source text to keep."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from symqb.emit.language import Language
from symqb.emit.plan import Plan, guard_constants
from symqb.models import ParameterError
from symqb.program import Program

if TYPE_CHECKING:
    from symqb.emit.function import Kernel, ProgramFunction

FUNCTION_TARGETS: Mapping[str, str] = {
    "numpy": "symqb.emit.targets.numpy.kernel:NumpyKernel",
    "c": "symqb.emit.targets.c.kernel:CKernel",
    "numba": "symqb.emit.targets.numba.kernel:NumbaKernel",
    "jax": "symqb.emit.targets.jax:JaxFunction",
    "mpmath": "symqb.emit.targets.precise:MPFunction",
    "arb": "symqb.emit.targets.precise:ArbFunction",
}
"""Targets with an in-process callable, loaded when first asked for."""

SOURCE_TARGETS: dict[str, str] = {
    "numpy": "symqb.emit.targets.numpy.source:numpy_module",
    "c": "symqb.emit.targets.c.source:c_file",
    "c-header": "symqb.emit.targets.c.source:c_header",
    "javascript": "symqb.emit.targets.javascript:JAVASCRIPT",
    "julia": "symqb.emit.targets.julia:JULIA",
    "fortran": "symqb.emit.targets.fortran:FORTRAN",
    "rust": "symqb.emit.targets.rust:RUST",
    "mathematica": "symqb.emit.targets.mathematica:MATHEMATICA",
    "json": "symqb.emit.targets:program_json",
}
"""Targets with standalone source text; :mod:`symqb.show` adds LaTeX and MathML."""


def program_json(plan: Plan, **options: Any) -> str:
    """The program itself as canonical JSON; see :meth:`symqb.program.Program.from_json`."""
    return plan.program.to_json()


def _load(table: Mapping[str, str], target: str) -> Any:
    if target not in table:
        raise ParameterError(f"target={target!r} is unknown; choose {', '.join(table)}")
    module, name = table[target].split(":")
    return getattr(import_module(module), name)


def emit_function(
    program: Program, target: str, *, plain: Program | None = None, **options: Any
) -> Any:
    """A callable for one target; options as for :class:`ProgramFunction`.

    Parameters
    ----------
    program : Program
        Gives every output its digits; pruned to the outputs wanted.
    target : str
        What runs it.
    plain : Program, optional
        The same outputs in fewer steps, with guards where they lose digits: targets in doubles run
        it first.

    Raises
    ------
    ParameterError
        An unknown target.
    CompilerError, ImportError
        The target's compiler or library is missing; the message says what to install.
    """
    from symqb.emit.function import ProgramFunction

    made = _load(FUNCTION_TARGETS, target)
    program, plain = guard_constants(program), plain and guard_constants(plain)
    everything = {"plain": plain, **options}
    domain = tuple(options["temperatures"]), options["kappa"]
    if hasattr(made, "function"):
        return made.function(Plan(program, *domain), **everything).made_with(everything)
    kernel: Kernel = made(Plan(plain or program, *domain))
    return ProgramFunction(target, program, kernel, **everything).made_with(everything)


def emit_numpy(program: Program, **options: Any) -> ProgramFunction:
    """The in-process NumPy function of a program; options as for :class:`ProgramFunction`."""
    function: ProgramFunction = emit_function(program, "numpy", **options)
    return function


def emit_source(program: Program, target: str, **options: Any) -> str:
    """Source text of a program for one target.

    Raises
    ------
    ParameterError
        An unknown target.
    """
    plan = Plan(
        guard_constants(program),
        tuple(options.pop("temperatures", ())),
        options.pop("kappa", None) or None,
    )
    made = _load(SOURCE_TARGETS, target)
    text: str = (
        made.module(plan, **options) if isinstance(made, Language) else made(plan, **options)
    )
    return text
