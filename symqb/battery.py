"""The object a user holds: a thin front on derivation, emission and numerics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp

from symqb import derive, numerics
from symqb._version import __version__
from symqb.derive.energetics import output_names
from symqb.derive.hamiltonian import parameter_symbols
from symqb.emit import Result, emit_function, emit_source
from symqb.emit.digits import check_digits
from symqb.emit.result import leave_out_absent
from symqb.models import (
    BatteryModel,
    NoClosedFormError,
    ParameterError,
    check_parameters,
    exact_value,
    xxz_model,
)
from symqb.models.assumed import check_assumed
from symqb.models.calls import choose_outputs, refuse_options, refuse_unnamed
from symqb.numerics.apart import Apart
from symqb.program import Program
from symqb.show.bench import Bench

if TYPE_CHECKING:
    from symqb.emit import ProgramFunction


class Battery(Bench):
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

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, as evaluations take them."""
        return self.derivation.parameters

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

    @property
    def program(self) -> Program:
        """The straight-line program from the parameters to every output."""
        return self.derivation.program

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

    def _choose(self, outputs: Iterable[str] | None, also: tuple[str, ...] = ()) -> tuple[str, ...]:
        if outputs is None:
            return self.outputs
        return choose_outputs(outputs, dict.fromkeys((*self.outputs, *also)))

    def emit(
        self,
        target: str = "numpy",
        outputs: Iterable[str] | None = None,
        *,
        derivatives: Iterable[str] = (),
        threads: int = 1,
        **unknown: Any,
    ) -> Any:
        """A fast function of the parameters, keyword only, scalars or broadcastable arrays.

        Parameters
        ----------
        target : {"numpy", "c", "numba", "jax", "mpmath", "arb"}
            What runs it.  ``"c"`` needs a C compiler, ``"numba"`` and ``"jax"`` their packages.
        outputs : iterable of str, optional
            Which outputs; all by default.  The program is pruned to them.
        derivatives : iterable of str
            Parameters to differentiate every output by; exact, as further outputs named
            ``d_<output>_d_<parameter>``.
        threads : int
            How many threads ``"c"`` and ``"numba"`` may use.

        Returns
        -------
        callable
            ``f(B0=..., J=..., Delta=..., epsilon=..., T_L=..., T_R=..., kappa=1.0)`` returning a
            :class:`symqb.Result`; ``out={"populations": array}`` writes into given arrays.

        Raises
        ------
        ParameterError, NoClosedFormError
            An unknown target, output or parameter; no closed form.
        CompilerError, ImportError
            The target's compiler or package is missing.

        Examples
        --------
        >>> f = xxz_battery(spins=2).emit("numpy", outputs=("populations",))
        >>> f(B0=2.0, J=1.0, Delta=0.5, epsilon=1.0, T_L=[39.0, 1.0], T_R=1.0).populations.shape
        (2, 4)
        """
        options = ("target", "outputs", "derivatives", "threads")
        refuse_options("emit", unknown, options, self.parameters)
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise ParameterError(f"threads={threads!r} is not a positive integer; give e.g. 2")
        derived, chosen = self.derivation, self._choose(outputs)
        return emit_function(
            derived.pruned(chosen, derivatives),
            target,
            plain=derived.plain(chosen, derivatives),
            parameters=derived.parameters,
            labels=derived.labels,
            temperatures=derived.temperatures,
            kappa=derived.kappa,
            fallback=Apart(self.model),
            threads=threads,
        )

    def source(
        self,
        target: str,
        outputs: Iterable[str] | None = None,
        *,
        derivatives: Iterable[str] = (),
        **unknown: Any,
    ) -> str:
        """Standalone source text for a target, e.g. a module that needs nothing but NumPy.

        Targets: ``numpy``, ``c``, ``c-header``, ``javascript``, ``julia``, ``fortran``, ``rust``,
        ``mathematica``, ``latex``, ``mathml``, ``json``.
        """
        refuse_options("source", unknown, ("target", "outputs", "derivatives"), self.parameters)
        derived, bonds = self.derivation, self.model.chain.conserves_magnetization
        battery = f"{'XXZ' if bonds else 'XYZ'} battery of {self.spins} spins"
        return emit_source(
            derived.pruned(self._choose(outputs), derivatives),
            target,
            title=f"{battery}, {self.model.dissipation} dissipation.",
            version=__version__,
            labels=derived.labels,
            parameters=derived.parameters,
            temperatures=derived.temperatures,
            kappa=derived.kappa or "",
        )

    @cached_property
    def _functions(self) -> dict[tuple[str, ...], ProgramFunction]:
        return {}

    def _function(self, outputs: tuple[str, ...]) -> ProgramFunction:
        """The NumPy function of these outputs, made once."""
        if outputs not in self._functions:
            self._functions[outputs] = self.emit("numpy", outputs)
        return self._functions[outputs]

    def evaluate(
        self,
        *given: Any,
        digits: int | None = None,
        outputs: Iterable[str] | None = None,
        **parameters: Any,
    ) -> Result:
        """Every output at given parameters, for any number of spins.

        Parameters
        ----------
        digits : int, optional
            Decimal digits, 15 to 2000, through mpmath at one point; parameters may then be exact
            (Fraction, or a decimal string such as ``"0.1"``).
        outputs : iterable of str, optional
            Which outputs; all by default.  Energies and capacity alone need no single steady state.
        **parameters
            ``B0, J, Delta, epsilon, T_L, T_R`` and ``kappa`` (default 1) in units of ``|J|``;
            scalars, or arrays that broadcast.

        Returns
        -------
        Result
            Outputs as attributes.  Where there is no closed form (from four spins on, three with
            unequal or XYZ bonds, a spectral density that is a Python function) also, elsewhere if
            asked for: ``smallest_gap`` of levels that do not coincide and whose coherence baths
            could drive, ``smallest_frequency_difference`` of driven transitions, and
            ``secular_ratio``, kappa over the smaller of them (well below 1?).

        Raises
        ------
        ParameterError, DomainError
            Bad input.
        AbsentError
            An output asked for by name that does not exist here, as the charge where the capacity
            is zero; not asked for, it is left out.
        DegenerateLevelsError, SteadyStateError
            Levels too close for doubles in a chain too long for more digits; a steady state that is
            not unique, coherences that never decay counted.

        Examples
        --------
        >>> r = xxz_battery(2).evaluate(
        ...     digits=30, B0=2, J=1, Delta="0.1", epsilon=1, T_L=39, T_R=1
        ... )
        >>> print(r.charge)
        0.409730201701632597995126775571
        """
        refuse_unnamed("evaluate", given, self.parameters)
        chosen = self._choose(outputs, also=() if digits else numerics.DISTANCES)

        def found(names: tuple[str, ...]) -> Result:
            if digits is not None:
                return self._evaluate_digits(digits, names, parameters)
            return self._evaluate(names, parameters)

        return leave_out_absent(found, chosen, named=outputs is not None)

    def _evaluate(self, chosen: tuple[str, ...], parameters: Mapping[str, Any]) -> Result:
        """The outputs by the closed form, and by the engine what only that has."""
        by_engine = numerics.DISTANCES if self.derivation.closed else chosen
        closed = tuple(name for name in chosen if name not in by_engine)
        if len(closed) == len(chosen):
            return self._function(closed)(**parameters)
        solving = tuple(name for name in chosen if name not in closed)
        solved = numerics.evaluate_grid(self.model, self._check(parameters), solving)
        values = {name: solved[name] for name in solving}
        if closed:
            values |= self._function(closed)(**parameters).to_dict()
        return Result({k: values[k] for k in chosen}, solved.labels, solved.parameters)

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
        point = {name: float(value) for name, value in self._scalars(parameters).items()}
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

    def _check(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        arrays = check_parameters(
            self.parameters,
            parameters,
            temperatures=self.derivation.temperatures,
            kappa=self.derivation.kappa,
            defaults={self.derivation.kappa: 1.0} if self.derivation.kappa else {},
        )
        check_assumed(self.symbols.values(), arrays)
        return arrays

    def _evaluate_digits(
        self, digits: int, outputs: tuple[str, ...], parameters: Mapping[str, Any]
    ) -> Result:
        count = check_digits(digits)
        exact = {name: exact_value(name, value) for name, value in parameters.items()}
        self._check({name: float(value) for name, value in exact.items()})
        if self.derivation.kappa:
            exact.setdefault(self.derivation.kappa, Fraction(1))
        # a float carries a rounding, which counts where levels nearly coincide
        point = exact | {n: v for n, v in parameters.items() if isinstance(v, float)}
        if self.derivation.closed:
            values = Apart(self.model)(self.derivation.pruned(outputs), point, count)
            return Result(values, self.derivation.labels, exact)
        solved = numerics.evaluate_chain_digits(self.model, count, point, outputs=outputs)
        return Result({name: solved[name] for name in outputs}, solved.labels, exact)

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
        point = {name: float(value) for name, value in self._scalars(parameters).items()}
        closed = None
        with suppress(NoClosedFormError):
            closed = self.derivation.eigensystem
        return numerics.evolve(self.model, times, point, initial, basis=basis, eigensystem=closed)

    def _scalars(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        arrays = self._check(parameters)
        for name, array in arrays.items():
            if array.shape:
                raise ParameterError(f"{name} has shape {array.shape}; give a scalar here")
        return arrays

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
