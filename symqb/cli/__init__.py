"""The command line: a thin front on the library.

A command is a function of a file in :mod:`symqb.cli.commands`.  Exit status: 0 success, 1 a failed
check, 2 bad input (or something this installation lacks), 130 stopped from the keyboard, 141 closed
by what reads the output (128 and the signal, as in shells).
"""

from symqb.cli.application import app
from symqb.cli.commands import register
from symqb.cli.process import main

register()

__all__ = ["app", "main"]
