"""Numbers where closed forms end: numeric eigensystems and dense elimination, up to 8 spins."""

from symqb.numerics.dense import LARGEST_DENSE, evaluate_dense
from symqb.numerics.ergotropy import ergotropy
from symqb.numerics.evolution import Evolution, evolve

__all__ = ["LARGEST_DENSE", "Evolution", "ergotropy", "evaluate_dense", "evolve"]
