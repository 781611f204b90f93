"""The object a user holds: a thin front on derivation, emission and numerics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp

from symqb import derive, numerics
from symqb.derive.chain_systems import system_of
from symqb.derive.energetics import output_names
from symqb.derive.hamiltonian import parameter_symbols
from symqb.emit import Result
from symqb.held import Composed, Held
from symqb.models import (
    BatteryModel,
    NoClosedFormError,
    ParameterError,
    xxz_model,
)
from symqb.models.calls import refuse_unnamed
from symqb.numerics.apart import Apart
from symqb.numerics.composed_points import ComposedPoints, labels_of
from symqb.open_system import OpenSystem
from symqb.show.bench import Bench

if TYPE_CHECKING:
    pass


class Battery(Bench, Held):
    """A spin-chain quantum battery: formulas, functions and numbers.

    Parameters
    ----------
    model : BatteryModel
        Chain, baths and dissipation.

    Examples
    --------
    >>> battery = xxz_battery(spins=2)
    >>> battery
    Battery(spins=2, baths=L, R, dissipation='collective')
    >>> result = battery.evaluate(B0=2, J=1, Delta=0.5, epsilon=0, T_L=3, T_R=1)
    >>> result.ergotropy
    0.0
    """

    def __init__(self, model: BatteryModel) -> None:
        if not isinstance(model, BatteryModel):
            raise ParameterError(f"model={model!r} is not a BatteryModel; build one first")
        super().__init__(model)

    def __reduce__(self) -> tuple[Any, ...]:
        # what was derived is derived again, and not carried along
        return type(self), (self.model,)

    def __repr__(self) -> str:
        baths = ", ".join(bath.name for bath in self.model.baths)
        return f"Battery(spins={self.spins}, baths={baths}, dissipation={self.model.dissipation!r})"

    @property
    def spins(self) -> int:
        """The number of spins."""
        return self.model.chain.spins

    @cached_property
    def symbols(self) -> Mapping[str, sp.Symbol]:
        """The SymPy symbols that occur in formulas, by name."""
        return {str(symbol): symbol for symbol in parameter_symbols(self.model)}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs that can be asked for."""
        names = output_names(self.model)
        return names if self.derivation.closed else (*names, *numerics.DISTANCES)

    @property
    def basis(self) -> list[tuple[int, ...]]:
        """The bare basis in tensor-product order, from ``|1..1>`` to ``|0..0>``."""
        return derive.basis_states(self.spins)

    @cached_property
    def hamiltonian(self) -> sp.ImmutableMatrix:
        """The Hamiltonian in the bare basis ``|1..1>`` ... ``|0..0>`` (Eqs. 1, 3, 20)."""
        return derive.hamiltonian_matrix(self.model.chain)

    def eigensystem(self) -> derive.Eigensystem:
        """The levels with label, energy and state (Eqs. 2, 21).

        Raises
        ------
        NoClosedFormError
            A sector larger than 2 x 2; use :meth:`evaluate`.
        """
        return self.derivation.eigensystem

    def transitions(self) -> derive.Transitions:
        """The allowed transitions with frequency, emission and absorption rates (Eqs. 12, 27)."""
        return self.derivation.transitions

    def master_equation(self) -> derive.MasterEquation:
        """The jump operators and superoperator in the energy basis (Eqs. 6-11, 23-26)."""
        return derive.derive_master_equation(
            self.model, self.derivation.eigensystem, self.derivation.transitions
        )

    def steady_state(self) -> derive.SteadyState:
        """The steady populations, exact, and the program that computes them (Eqs. 13-14).

        Where a spectral density is a Python function it stands in the formulas as an undefined
        function, ``J_L`` for bath L, and there is no program.
        """
        return self.derivation.steady_state()

    @property
    def _numeric_outputs(self) -> tuple[str, ...]:
        return numerics.DISTANCES

    # distances between levels are told in doubles alone
    _numeric_digits = ()

    @property
    def _labels(self) -> tuple[int, ...]:
        return labels_of(self.model)

    @property
    def _title(self) -> str:
        battery = f"{'XXZ' if self.model.chain.conserves_magnetization else 'XYZ'} battery"
        return f"{battery} of {self.spins} spins, {self.model.dissipation} dissipation."

    def _points(self, composed: Composed) -> Any:
        if composed:
            return ComposedPoints(self.model, tuple(composed.items()))
        return Apart(self.model)

    def _solve_arrays(self, outputs: tuple[str, ...], arrays: Mapping[str, Any]) -> Result:
        return numerics.evaluate_grid(self.model, arrays, outputs)

    def _solve_point(
        self, outputs: tuple[str, ...], digits: int, point: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        return numerics.evaluate_chain_digits(self.model, digits, point, outputs=outputs).to_dict()

    def open_system(self) -> OpenSystem:
        """Give the same chain and baths as an :class:`symqb.OpenSystem`.

        It has the state's outputs too: density matrix, reduced states, concurrence, negativity.
        Its levels are numbered in the order of their blocks, not as the paper does.

        Raises
        ------
        ParameterError
            A chain too long to be written as matrices.

        Examples
        --------
        >>> point = dict(B0=2.0, J=5.0, Delta=0.0, epsilon=0.0, T_L=1.0, T_R=1.0)
        >>> names = ["concurrence_1_2", "stored_energy"]
        >>> xxz_battery(2).open_system().evaluate(outputs=names, **point)
        Result(concurrence_1_2=0.938837982640575, stored_energy=-2.851345022106495)
        """
        return OpenSystem(system_of(self.model))

    def steady_states(self, *given: Any, density: bool = False, **parameters: Any) -> list[Any]:
        """A basis of the steady states at a point, as many as there are independent ones.

        One entry where the steady state is unique; several where :meth:`evaluate` raises
        :class:`SteadyStateError`: some levels are never left, or coherences between coinciding
        levels never decay.  Which one is reached from a state is what :meth:`evolve` gives at
        ``inf``.

        Parameters
        ----------
        density : bool
            Give density matrices over the levels instead of populations.
        **parameters
            Scalars, as for :meth:`evaluate`.

        Returns
        -------
        list of array
            Populations, levels as in :meth:`evaluate`, or density matrices.

        Raises
        ------
        ParameterError, DomainError
            Bad input.

        Examples
        --------
        >>> point = dict(B0=2.0, J=1.0, Delta=0.5, epsilon=1.0, T_L=0.0, T_R=0.0)
        >>> [p.tolist() for p in xxz_battery(2).steady_states(**point)]
        [[1.0, 0.0, 0.0, 0.0]]
        """
        refuse_unnamed("steady_states", given, self.parameters)
        point = self._scalars(parameters)
        return list(numerics.steady_states(self.model, point, density=density))

    def sweep(self, parameters: Mapping[str, Any], **options: Any) -> Any:
        """Outputs on the grid of the parameters, as a labelled xarray data set.

        Needs the extra ``sweep``.  Options are those of :func:`symqb.numerics.sweep.sweep`:
        ``outputs, path, address, workers, chunk, skip_errors, progress``.

        Parameters
        ----------
        parameters : mapping
            Each parameter's value, or a one-dimensional array of distinct values.

        Returns
        -------
        xarray.Dataset
            One variable an output, one axis an array among the parameters.

        Raises
        ------
        ParameterError, DomainError
            Bad input.
        DegenerateLevelsError, SteadyStateError
            A refused point, unless ``skip_errors=True``.

        Examples
        --------
        >>> grid = dict(B0=2.0, J=1.0, Delta=[0.1, 0.5], epsilon=1.0, T_L=39.0, T_R=1.0)
        >>> xxz_battery(2).sweep(grid, outputs=["charge"]).charge.values.round(3).tolist()
        [0.41, 0.318]
        """
        from symqb.numerics.sweep import sweep

        return sweep(self.model, parameters, **options)

    def evolve(
        self,
        times: Sequence[float],
        *given: Any,
        initial: Any = None,
        basis: str = "energy",
        **parameters: Any,
    ) -> numerics.Evolution:
        """The state at given times, from ``|0..0>`` or any other, for up to seven spins.

        Neither coinciding levels nor several steady states are an obstacle.

        Parameters
        ----------
        times : sequence of float
            Times in units of 1/energy, zero or positive; ``inf`` for the limit.
        initial : array, shape (levels, levels), optional
            Density matrix; ``|0..0>`` by default.
        basis : {"energy", "bare"}
            In which ``initial`` is given: the levels by label, or the states of :attr:`basis`.
            From four spins on the signs of the levels are conventions; prefer ``"bare"``.
        **parameters
            Scalars, as for :meth:`evaluate`.

        Returns
        -------
        Evolution
            Density matrices, populations, stored energy, ergotropy, charge and power at every
            time; relaxation rates and spectral gap.

        Raises
        ------
        ParameterError, DomainError
            Bad input, a system too large, or no limit at ``inf``.

        Examples
        --------
        >>> e = xxz_battery(2).evolve(
        ...     [0.0, 50.0], B0=2, J=1, Delta=0.5, epsilon=0, T_L=3, T_R=1
        ... )
        >>> e.stored_energy.round(6).tolist()
        [0.0, 0.781028]
        """
        refuse_unnamed("evolve", given, ("times", *self.parameters))
        point = self._scalars(parameters)
        closed = None
        with suppress(NoClosedFormError):
            closed = self.derivation.eigensystem
        return numerics.evolve(self.model, times, point, initial, basis=basis, eigensystem=closed)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle H_B = {sp.latex(self.hamiltonian)}$"


def xxz_battery(spins: int = 2, dissipation: str = "collective") -> Battery:
    """The paper's XXZ battery: site 1 on the left bath, the last on the right, and, with weight
    epsilon, on the left as well (Eqs. 1, 5, 20, 22).

    Parameters
    ----------
    spins : int
        Number of spins, at least 2; closed forms for 2 and 3, numbers beyond.
    dissipation : {"collective", "individual"}
        With or without the cross term between the two sites on the left bath (Eqs. 10b, 18).

    Raises
    ------
    ParameterError, DomainError
        Not an integer, fewer than two spins, an unknown dissipation.

    Examples
    --------
    >>> [level.energy for level in xxz_battery(2).eigensystem()]
    [-B0 + Delta/2, B0 + Delta/2, -Delta/2 - J, -Delta/2 + J]
    """
    return Battery(xxz_model(spins, dissipation))
