"""The straight-line program: the one artefact from which everything else is made.

A program is a list of single assignments from named inputs to named outputs.  It is built once,
by :mod:`symqb.derive`; it is then printed, emitted, evaluated at any precision and enclosed by
balls without a second formula ever being written.
"""

from symqb.program.arithmetic import Arithmetic, FloatArithmetic, MPArithmetic, run
from symqb.program.builder import Builder
from symqb.program.core import (
    OPERATIONS,
    Guard,
    GuardKind,
    Operation,
    Output,
    Program,
    ProgramError,
    Ref,
    Step,
    count_operations,
    single,
)
from symqb.program.error_bound import ErrorBound, NoBoundError
from symqb.program.lower import lower
from symqb.program.rewrite import inline, rewrite, walk

__all__ = [
    "OPERATIONS",
    "Arithmetic",
    "Builder",
    "ErrorBound",
    "FloatArithmetic",
    "Guard",
    "GuardKind",
    "MPArithmetic",
    "NoBoundError",
    "Operation",
    "Output",
    "Program",
    "ProgramError",
    "Ref",
    "Step",
    "count_operations",
    "inline",
    "lower",
    "rewrite",
    "run",
    "single",
    "walk",
]
