"""From a model to formulas: sectors, eigensystem, transitions, rates, steady state, energetics."""

from symqb.derive.eigensystem import Eigensystem, Level, derive_eigensystem
from symqb.derive.energetics import (
    derive_level_program,
    derive_program,
    derive_rate_program,
    derive_steady_state,
    output_names,
    parameter_names,
)
from symqb.derive.expression import SymPyArithmetic, to_sympy
from symqb.derive.hamiltonian import basis_states, hamiltonian_matrix
from symqb.derive.master_equation import MasterEquation, derive_master_equation
from symqb.derive.spectra import densities_are_programs
from symqb.derive.steady_state import (
    SteadyState,
    elimination_order,
    elimination_program,
    rate_name,
)
from symqb.derive.thermal import phi
from symqb.derive.transitions import Transition, Transitions, derive_transitions
from symqb.derive.trees import count_trees, eta_form, spanning_trees, tree_populations

__all__ = [
    "Eigensystem",
    "Level",
    "MasterEquation",
    "SteadyState",
    "SymPyArithmetic",
    "Transition",
    "Transitions",
    "basis_states",
    "count_trees",
    "densities_are_programs",
    "derive_eigensystem",
    "derive_level_program",
    "derive_master_equation",
    "derive_program",
    "derive_rate_program",
    "derive_steady_state",
    "derive_transitions",
    "elimination_order",
    "elimination_program",
    "eta_form",
    "hamiltonian_matrix",
    "output_names",
    "parameter_names",
    "phi",
    "rate_name",
    "spanning_trees",
    "to_sympy",
    "tree_populations",
]
