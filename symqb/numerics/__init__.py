"""Numbers where closed forms end: chains of any length, evolution, ergotropy of any state.

The engine is imported at its first use: a formula for two spins should not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from symqb.numerics.ergotropy import ergotropy

if TYPE_CHECKING:
    from symqb.numerics.chain import evaluate_chain, evaluate_chain_digits
    from symqb.numerics.degeneracy import DISTANCES
    from symqb.numerics.evolution import Evolution, evolve
    from symqb.numerics.grid import evaluate_grid
    from symqb.numerics.mode_digits import sum_digits
    from symqb.numerics.mode_sums import ModeSums, fock_states
    from symqb.numerics.progress import Estimate, estimate
    from symqb.numerics.steady_basis import steady_states

__all__ = [
    "DISTANCES",
    "Estimate",
    "Evolution",
    "ModeSums",
    "ergotropy",
    "estimate",
    "evaluate_chain",
    "evaluate_chain_digits",
    "evaluate_grid",
    "evolve",
    "fock_states",
    "steady_states",
    "sum_digits",
]

_HOMES = {
    "DISTANCES": "degeneracy",
    "Estimate": "progress",
    "Evolution": "evolution",
    "ModeSums": "mode_sums",
    "estimate": "progress",
    "evaluate_chain": "chain",
    "evaluate_chain_digits": "chain",
    "evaluate_grid": "grid",
    "evolve": "evolution",
    "fock_states": "mode_sums",
    "steady_states": "steady_basis",
    "sum_digits": "mode_digits",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
