"""A small open quantum system: a Hamiltonian, its baths, and jumps taken as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symqb.models.baths import Bath
from symqb.models.errors import DomainError, ParameterError
from symqb.models.names import check_symbols
from symqb.models.operators import (
    adjoint,
    charges,
    check_operator,
    is_operator,
    parts,
    vanishes,
)
from symqb.models.register import Register
from symqb.models.spectra import SpectralDensity, is_formula
from symqb.models.values import Value, check_count, check_nonnegative, check_positive

if TYPE_CHECKING:
    import sympy as sp

MOST_SHOWN = 4
"""Pairs of states that a message about an operator names."""


@dataclass(frozen=True)
class Jump:
    r"""A Lindblad operator that is taken as it stands, as in local master equations.

    It adds :math:`k\,(L\rho L^\dagger - \{L^\dagger L, \rho\}/2)`.

    Parameters
    ----------
    operator : matrix
        L, of the size of the system.
    rate : number, name or expression
        k, zero or positive.
    bath : str, optional
        Whose heat the jump's energy is, for the current of that name.

    Examples
    --------
    >>> import sympy as sp
    >>> Jump(sp.Matrix([[0, 0], [1, 0]]), "gamma").rate
    'gamma'
    """

    operator: Any
    rate: Value
    bath: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "operator", check_operator(self.operator, "jump operator"))
        if self.operator.is_zero_matrix:
            raise ParameterError(
                f"a jump operator of {self.operator.rows} states is zero and does nothing; leave "
                "that jump out"
            )
        rate = check_nonnegative(self.rate, "rate", " is negative; give a rate >= 0")
        object.__setattr__(self, "rate", rate)
        if self.bath is not None and not (isinstance(self.bath, str) and self.bath.isidentifier()):
            raise ParameterError(f"bath={self.bath!r} of a jump is no identifier; use e.g. 'L'")


@dataclass(frozen=True)
class System:
    """A Hamiltonian and what it is coupled to.

    Parameters
    ----------
    H : matrix
        Hermitian, SymPy: numbers and expressions in real parameters.
    baths : sequence of Bath
        Each with an operator of the size of H.
    jumps : sequence of Jump
        Lindblad operators taken as they stand.
    kappa : number, name or expression
        Coupling strength of the baths that have none of their own, positive.
    reference : int or "lowest", optional
        The level from which energy is stored, by its number.
    symmetries : sequence of matrices
        Signed permutations of bare states, each its own inverse, that commute with H: blocks are
        looked for within their sectors.
    register : Register, optional
        The sites that the states are those of: they have reduced states and entanglement.

    Raises
    ------
    ParameterError, DomainError
        H is not Hermitian, sizes that differ, a coupling that connects nothing, an operator of
        fermions that does not take out one particle, a symmetry that is none, a register of
        another size, bad values.

    Examples
    --------
    >>> import sympy as sp
    >>> w = sp.Symbol("w")
    >>> System(sp.diag(w, 0), [Bath("c", "T", sp.Matrix([[0, 1], [1, 0]]))]).size
    2
    """

    H: Any
    baths: Any
    jumps: Any = ()
    kappa: Value = "kappa"
    reference: int | str | None = None
    symmetries: Any = ()
    register: Register | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "H", check_operator(self.H, "H"))
        _check_hermitian(self.H, "H")
        if self.size < 2:
            raise ParameterError(
                f"H=[[{self.H[0, 0]}]] has one state, and nothing happens; give at least two"
            )
        for name, kind in (("baths", Bath), ("jumps", Jump)):
            object.__setattr__(self, name, _listed(getattr(self, name), name, kind))
        if not self.baths and not self.jumps:
            raise ParameterError(
                f"baths={self.baths} and jumps={self.jumps}: the system has neither a bath nor a "
                "jump; give at least one"
            )
        names = [bath.name for bath in self.baths]
        if len(set(names)) != len(names):
            raise ParameterError(f"baths {names} repeat a name; give each its own")
        for bath in self.baths:
            self._check_bath(bath)
        for k, jump in enumerate(self.jumps, 1):
            self._check_size(jump.operator, f"the operator of jump {k}")
        remedy = ": the coupling strength must be > 0; e.g. kappa=1"
        object.__setattr__(self, "kappa", check_positive(self.kappa, "kappa", remedy))
        self._check_reference()
        self._check_symmetries()
        self._check_register()
        check_symbols(self.values())

    @property
    def size(self) -> int:
        """The number of states."""
        return int(self.H.rows)

    def _check_size(self, operator: sp.ImmutableMatrix, name: str) -> None:
        if operator.rows != self.size:
            raise ParameterError(
                f"{name} has {operator.rows} states, and H has {self.size}; give both on the whole "
                "register"
            )

    def _check_bath(self, bath: Bath) -> None:
        if not bath.operators:
            raise ParameterError(
                f"bath {bath.name} couples to sites {dict(bath.couplings)}, as those of a chain "
                "do; give it an operator, such as Register(2, 2).x(1)"
            )
        name = f"the coupling of bath {bath.name}"
        for operator in bath.operators:
            self._check_size(operator, name)
            if _connects_nothing(operator):
                raise ParameterError(
                    f"{name} is {operator[0, 0]} times the identity and connects nothing; give an "
                    "operator that moves states"
                )
            if bath.statistics == "boson":
                _check_hermitian(operator, name)
                continue
            self._check_charge(operator, name)
        if bath.statistics == "fermion" and bath.dissipation == "collective":
            first, *rest = bath.operators
            self._check_charge(sum(rest, first), name)

    def _check_charge(self, operator: sp.ImmutableMatrix, name: str) -> None:
        if charges(self.H, operator) is None:
            raise ParameterError(
                f"{name}, {_moves(operator)}, has no definite charge beside H, {_moves(self.H)}: "
                "it must take one particle out of the system, and H must conserve their number; "
                "give e.g. Register(2).minus(1)"
            )

    def _check_reference(self) -> None:
        if self.reference is None or self.reference == "lowest":
            return
        if isinstance(self.reference, str):
            raise ParameterError(
                f"reference={self.reference!r} is unknown; give a level's number, or 'lowest'"
            )
        level = check_count(self.reference, "reference", 1)
        if level > self.size:
            raise DomainError(f"reference={level} is no level; give 1 to {self.size}")

    def _check_symmetries(self) -> None:
        given = [self.symmetries] if is_operator(self.symmetries) else self.symmetries
        if not isinstance(given, list | tuple):
            raise ParameterError(f"symmetries={given!r} is no list of matrices; give [] for none")
        checked = []
        for k, matrix in enumerate(given, 1):
            name = f"symmetry {k}"
            symmetry = check_operator(matrix, name)
            self._check_size(symmetry, name)
            rows: list[list[sp.Expr]] = [[] for _ in range(self.size)]
            for (i, _), x in symmetry.todok().items():
                rows[i].append(x)
            other = next((row for row in rows if len(row) != 1 or row[0] not in (1, -1)), None)
            if other is not None or symmetry * symmetry != symmetry.eye(self.size):
                has = "its square is not 1" if other is None else f"a row of it has {other}"
                raise ParameterError(
                    f"{name} is no signed permutation of bare states that is its own inverse "
                    f"({has}); give e.g. the exchange of two equal sites, or leave it out"
                )
            difference = symmetry * self.H - self.H * symmetry
            wrong = next((x for x in _filled(difference) if not vanishes(x)), None)
            if wrong is not None:
                raise ParameterError(
                    f"{name} does not commute with H: {wrong} is left; leave it out"
                )
            checked.append(symmetry)
        object.__setattr__(self, "symmetries", tuple(checked))

    def _check_register(self) -> None:
        if self.register is None:
            return
        if not isinstance(self.register, Register):
            raise ParameterError(
                f"register={self.register!r} is no Register; give e.g. Register(2, 2)"
            )
        if self.register.size != self.size:
            raise ParameterError(
                f"{self.register} has {self.register.size} states, and H has {self.size}; give the "
                "register that H was written on"
            )

    def values(self) -> Iterator[Value]:
        """Give every value of the system that may hold parameters, H first and kappa last."""
        yield from _filled(self.H)
        for bath in self.baths:
            for operator in bath.operators:
                yield from _filled(operator)
        for bath in self.baths:
            yield bath.temperature
            yield bath.mu
        for jump in self.jumps:
            yield from _filled(jump.operator)
            yield jump.rate
        for bath in self.baths:
            if isinstance(bath.spectrum, SpectralDensity):
                yield from (bath.spectrum.s, bath.spectrum.cutoff)
            elif is_formula(bath.spectrum):
                yield bath.spectrum
            if bath.occupation is not None:
                yield bath.occupation
        for bath in self.baths:
            if bath.kappa is not None:
                yield bath.kappa
        if any(bath.kappa is None for bath in self.baths):
            yield self.kappa


def _listed(values: Any, name: str, kind: type) -> tuple[Any, ...]:
    """One or several records of a kind as a tuple."""
    if isinstance(values, kind):
        values = (values,)
    if not isinstance(values, list | tuple):
        raise ParameterError(f"{name}={values!r} is no list; give e.g. [{kind.__name__}(...)]")
    for value in values:
        if not isinstance(value, kind):
            raise ParameterError(f"{name}: {value!r} is no {kind.__name__}; build one first")
    return tuple(values)


def _check_hermitian(operator: sp.ImmutableMatrix, name: str) -> None:
    """Refuse an operator that is not its own adjoint."""
    back = adjoint(operator)
    for i, j in sorted((operator - back).todok()):
        if i >= j and not vanishes(operator[i, j] - back[i, j]):
            raise ParameterError(
                f"{name} is not Hermitian: the entry at {(j, i)} is {operator[j, i]} and that at "
                f"{(i, j)} is {operator[i, j]}; make each the conjugate of the other, symbols "
                "being real"
            )


def _moves(operator: sp.ImmutableMatrix) -> str:
    """Say which states an operator takes where, some of them."""
    moved = [f"|{j + 1}> to |{i + 1}>" for i, j in sorted(operator.todok()) if i != j]
    shown = ", ".join(moved[:MOST_SHOWN]) + (", ..." if len(moved) > MOST_SHOWN else "")
    return f"which takes {shown}" if moved else "which is diagonal"


def _connects_nothing(operator: sp.ImmutableMatrix) -> bool:
    """Whether an operator is a multiple of the identity."""
    rest = operator - operator[0, 0] * type(operator).eye(operator.rows)
    return all(map(vanishes, _filled(rest)))


def _filled(operator: sp.ImmutableMatrix) -> Iterator[sp.Expr]:
    """The entries of an operator that are not zero, row by row."""
    yield from (entry for _, entry in sorted(operator.todok().items(), key=lambda item: item[0]))


def real_parts(operator: sp.ImmutableMatrix) -> dict[tuple[int, int], tuple[sp.Expr, sp.Expr]]:
    """Split the entries of an operator that are not zero into real and imaginary parts."""
    return {place: parts(entry) for place, entry in operator.todok().items()}
