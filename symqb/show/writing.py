"""How one derivation is written: its notation, the user's own names, whether it is the paper's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from symqb.derive.derivation import Derivation
from symqb.derive.hamiltonian import as_expr
from symqb.models import BatteryModel, ParameterError
from symqb.show.formulas import Notation, eigensystem_notation, jump_names, parameter_spellings
from symqb.show.spelling import bath_latex


@dataclass(frozen=True)
class Writing:
    """A derivation, and how its symbols are written.

    Parameters
    ----------
    derivation : Derivation
    names : mapping
        The user's own LaTeX of some parameters.

    Raises
    ------
    ParameterError
        A name of no parameter, LaTeX that is none, or one spelling for two parameters.
    """

    derivation: Derivation
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = self.derivation.parameters
        for name, latex in self.names.items():
            if name not in known:
                raise ParameterError(
                    f"names: {name!r} is no parameter; choose from {', '.join(known)}"
                )
            if not _is_latex(latex):
                raise ParameterError(
                    f"names: {name}={latex!r} is no LaTeX of a symbol; give e.g. '\\\\varepsilon', "
                    "every brace closed"
                )
        alike: dict[str, str] = {}
        for name, latex in self.spelled.items():
            other = alike.setdefault(re.sub(r"[{}\s]", "", latex), name)
            if other != name:
                raise ParameterError(
                    f"names: {other} and {name} would both be written {latex}; give one of them "
                    "another name"
                )

    @cached_property
    def spelled(self) -> dict[str, str]:
        """The LaTeX of every parameter; the index of a bath's temperature upright like its name."""
        found = parameter_spellings(self.derivation.parameters)
        for bath in self.derivation.model.baths:
            if f"T_{bath.name}" in found and bath.name.isalpha():
                found[f"T_{bath.name}"] = f"T_{{{bath_latex(bath.name)}}}"
        return found | dict(self.names)

    @cached_property
    def notation(self) -> Notation:
        """The notation of all formulas: roots named, jumps as E and A."""
        roots = eigensystem_notation(self.derivation.eigensystem).roots
        edges = [(t.upper, t.lower) for t in self.derivation.transitions]
        return Notation(roots, {**self.spelled, **jump_names(edges)})

    def tex(self, value: object) -> str:
        """A value of the model in LaTeX."""
        return self.notation.latex(sp.together(as_expr(value)))

    @property
    def model(self) -> BatteryModel:
        """The model that is written about."""
        return self.derivation.model

    @cached_property
    def of_paper(self) -> bool:
        """Whether the system is one of the paper's, so that its equations can be named."""
        chain, baths = self.model.chain, self.model.baths
        if chain.spins not in (2, 3) or self.model.beyond_the_paper or len(baths) != 2:
            return False
        even = all(len(set(values)) == 1 for values in (chain.fields, chain.J, chain.Delta))
        sites = [tuple(site for site, _ in bath.couplings) for bath in baths]
        return even and sites[0] in ((1,), (1, chain.spins)) and sites[1] == (chain.spins,)


def _is_latex(latex: object) -> bool:
    """Whether a text may be a symbol: not blank, on one line, braces closed in turn."""
    if not isinstance(latex, str) or not latex.strip() or re.search(r"[\n%&$#]", latex):
        return False
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0
