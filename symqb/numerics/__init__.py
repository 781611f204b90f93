"""Numbers where closed forms end: chains of any length, evolution, ergotropy of any state."""

from symqb.numerics.chain import evaluate_chain, steady_states
from symqb.numerics.degeneracy import DISTANCES
from symqb.numerics.ergotropy import ergotropy
from symqb.numerics.evolution import Evolution, evolve
from symqb.numerics.progress import Estimate, estimate
from symqb.numerics.sweep_command import sweep_command

__all__ = [
    "DISTANCES",
    "Estimate",
    "Evolution",
    "ergotropy",
    "estimate",
    "evaluate_chain",
    "evolve",
    "steady_states",
    "sweep_command",
]
