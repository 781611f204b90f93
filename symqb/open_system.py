"""Any small open quantum system as a user holds it: formulas, functions and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import sympy as sp

from symqb.derive.derived import derivation_of
from symqb.derive.liouvillian_state import CoherentSteadyState
from symqb.derive.steady_state import SteadyState
from symqb.derive.system_derivation import SystemDerivation
from symqb.derive.system_levels import SystemEigensystem
from symqb.derive.system_programs import state_outputs
from symqb.derive.system_transitions import SystemTransitions
from symqb.emit import Result
from symqb.held import Composed, Held, Outputs
from symqb.models import ParameterError
from symqb.models.calls import refuse_unnamed
from symqb.models.fixed import fix_parameters
from symqb.models.system import System
from symqb.numerics.composed_points import ComposedPoints
from symqb.numerics.system_points import SystemPoints, evaluate_points
from symqb.system_fluctuations import SystemFluctuations

if TYPE_CHECKING:
    from symqb.numerics.system_evolution import SystemEvolution


class OpenSystem(Held):
    """A Hamiltonian and its baths: formulas, functions and numbers of the steady state.

    Parameters
    ----------
    system : System
        What is derived from.

    Examples
    --------
    >>> from symqb import Bath, Register, System
    >>> reg, w_c, w_h = Register(3), *sp.symbols("w_c w_h")
    >>> def between(a, b):
    ...     return reg.transition(1, a, b) + reg.transition(1, b, a)
    >>> H = w_c * reg.transition(1, 1, 1) + w_h * reg.transition(1, 2, 2)
    >>> maser = OpenSystem(System(H, [
    ...     Bath("c", "T_c", between(0, 1)),
    ...     Bath("h", "T_h", between(0, 2)),
    ...     Bath("w", "T_w", between(1, 2)),
    ... ]))
    >>> maser
    OpenSystem(3 levels, baths=c, h, w)
    >>> point = dict(w_c=1.0, w_h=3.0, T_c=1.0, T_h=4.0, T_w=10.0)
    >>> maser.evaluate(outputs=["populations"], **point).populations.round(4)
    array([0.5155, 0.2608, 0.2237])
    """

    def __init__(self, system: System) -> None:
        if not isinstance(system, System):
            raise ParameterError(f"system={system!r} is not a System; build one first")
        self.system = system

    def __reduce__(self) -> tuple[Any, ...]:
        # what was derived is derived again, and not carried along
        return type(self), (self.system,)

    def __repr__(self) -> str:
        baths = ", ".join(bath.name for bath in self.system.baths)
        jumps = f", {len(self.system.jumps)} jumps" if self.system.jumps else ""
        return f"OpenSystem({self.system.size} levels, baths={baths}{jumps})"

    @cached_property
    def derivation(self) -> SystemDerivation:
        """What follows from the system: levels, transitions, programs, derived when asked for."""
        return derivation_of(self.system)

    @cached_property
    def symbols(self) -> Mapping[str, sp.Symbol]:
        """The SymPy symbols that occur in formulas, by name."""
        return {str(symbol): symbol for symbol in self.derivation.symbols}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs that can be asked for."""
        return self.derivation.outputs

    @property
    def state_outputs(self) -> tuple[str, ...]:
        """The outputs that :meth:`evaluate` reads off the density matrix, asked for by name.

        - ``density`` over the bare states; ``coherence_l1``, the sum of the moduli of what stands
          beside its diagonal, and ``coherence_entropy``, what the entropy (in nats) of its diagonal
          is above its own.
        - Of a system with a register ``reduced_<site>``, ``negativity_<a>_<b>``, and
          ``concurrence_<a>_<b>`` of two qubits.
        - ``local_ergotropy_<site>``: the work that a unitary of that site can draw from its reduced
          state, by its own Hamiltonian: the trace of H over the others, divided by the number of
          their states, so that what is left over of H has no term of that site alone.
        - ``effective_temperature_<site>`` of a qubit: at which two levels apart by the gap w of its
          own Hamiltonian have its populations in those levels, w / ln(p_lower / p_upper); coherence
          between them is not looked at.  Infinite where both are filled alike, negative where the
          upper one is fuller, 0 where it is empty; it does not exist where only the upper one is
          filled, or the gap is 0.

        Examples
        --------
        >>> from symqb import Bath, Register, System
        >>> reg, g = Register(2, 2), sp.Symbol("g")
        >>> swap = reg.plus(1) * reg.minus(2)
        >>> H = reg.number(1) + reg.number(2) + g * (swap + swap.T)
        >>> baths = [Bath("L", "T_L", reg.x(1)), Bath("R", "T_R", reg.x(2))]
        >>> pair = OpenSystem(System(H, baths, register=reg))
        >>> pair.state_outputs[:5]
        ('density', 'reduced_1', 'reduced_2', 'negativity_1_2', 'concurrence_1_2')
        >>> pair.evaluate(outputs=["concurrence_1_2"], g=3.0, T_L=0.4, T_R=0.1)
        Result(concurrence_1_2=0.9960561797819121)
        >>> pair.evaluate(outputs=["effective_temperature_1"], g=0.0, T_L=0.4, T_R=0.1)
        Result(effective_temperature_1=0.4)
        """
        return state_outputs(self.system)

    @property
    def density_elements(self) -> tuple[str, ...]:
        """The elements of the density matrix that have a closed form, outputs by name.

        ``density_re_<i>_<j>`` and ``density_im_<i>_<j>`` on and above the diagonal, over the bare
        states; those that are zero for all parameters have none.  Of systems whose populations meet
        coherences: under jumps, and where a bath mixes levels that coincide for all parameters.
        """
        return self.derivation.elements

    @property
    def hamiltonian(self) -> sp.ImmutableMatrix:
        """The Hamiltonian over the bare states."""
        return self.system.H

    @property
    def closed(self) -> bool:
        """Whether there are closed forms, and programs of them."""
        return self.derivation.closed

    def eigensystem(self) -> SystemEigensystem:
        """Give the levels with label, energy and state, in the order of their blocks.

        Raises
        ------
        NoClosedFormError
            A block that has none in closed form, which the message names; use :meth:`evaluate`.

        Examples
        --------
        >>> from symqb import Bath, Register, System
        >>> reg, w, g = Register(2, 2), *sp.symbols("w g")
        >>> swap = reg.plus(1) * reg.minus(2)
        >>> H = w * (reg.number(1) + reg.number(2)) + g * (swap + swap.T)
        >>> pair = OpenSystem(System(H, [Bath("c", "T", reg.x(1))]))
        >>> [level.energy for level in pair.eigensystem()]
        [2*w, -g + w, g + w, 0]
        """
        return self.derivation.eigensystem

    def transitions(self) -> SystemTransitions:
        """Give the transitions that baths drive, with frequencies and rates; and dephasing.

        Raises
        ------
        NoClosedFormError
            As :meth:`eigensystem`; levels that coincide for all parameters and that a bath mixes.
        """
        return self.derivation.transitions

    def steady_state(self) -> SteadyState | CoherentSteadyState:
        """Give the steady populations, exact, and the program that computes them.

        Where populations meet coherences, under jumps that are taken as they stand and among levels
        that coincide for all parameters, also the density matrix: ``.density``.

        Raises
        ------
        NoClosedFormError, SteadyStateError
            As :meth:`transitions`; levels that no bath connects.
        """
        return self.derivation.steady_state()

    def latex(self, outputs: Iterable[str] | None = None) -> str:
        """Print the derived formulas, step by step, as LaTeX."""
        return self.source("latex", outputs)

    def at(self, *given: Any, **fixed: Any) -> Self:
        """Fix some parameters exactly, and derive the system that is left anew.

        As :meth:`symqb.Battery.at`: values go into the Hamiltonian, the operators and the baths.

        Parameters
        ----------
        **fixed
            Parameters, each a number (taken exactly as it is), another name, a text such as
            ``"T + dT/2"``, or a SymPy expression.  All are put in at once.

        Raises
        ------
        ParameterError, DomainError
            A name that is no parameter's, a value that is none or outside its domain.

        Examples
        --------
        >>> from symqb import Bath, Register, System
        >>> reg, w, g = Register(2, 2), *sp.symbols("w g")
        >>> swap = reg.plus(1) * reg.minus(2)
        >>> H = w * (reg.number(1) + reg.number(2)) + g * (swap + swap.T)
        >>> pair = OpenSystem(System(H, [Bath("c", "T", reg.x(1))])).at(w=1, g="1/3")
        >>> pair.parameters, [level.energy for level in pair.eigensystem()]
        (('T', 'kappa'), [2, 2/3, 4/3, 0])
        """
        refuse_unnamed("at", given, self.parameters)
        return type(self)(fix_parameters(self.system, fixed, self.parameters))

    def evolve(
        self,
        times: Sequence[float],
        *given: Any,
        initial: Any = None,
        basis: str | None = None,
        **parameters: Any,
    ) -> SystemEvolution:
        """Follow the state in time, jumps and coherences in it, for up to sixteen levels.

        Neither coinciding levels nor several steady states are an obstacle.

        Parameters
        ----------
        times : sequence of float
            Times in units of 1/energy, zero or positive; ``inf`` for the limit.
        initial : array, shape (d, d) or (d,), optional
            Density matrix, or amplitudes of a pure state; the reference level by default.
        basis : {"energy", "bare"}
            In which ``initial`` is given: over the levels by number, or over the bare states that
            the Hamiltonian is written in.
        **parameters
            Scalars, as for :meth:`evaluate`.

        Returns
        -------
        SystemEvolution
            Density matrices over the levels and the bare states, populations, energy, ergotropy,
            heat and particle currents at every time; relaxation rates.

        Raises
        ------
        ParameterError, DomainError
            Bad input, a system too large, or no limit at ``inf``.

        Examples
        --------
        >>> from symqb import Bath, Register, System
        >>> reg, w = Register(2), sp.Symbol("w")
        >>> qubit = OpenSystem(System(w * reg.number(1), [Bath("c", "T", reg.x(1))]))
        >>> e = qubit.evolve([0, 1, float("inf")], initial=[1, 0], basis="bare", w=1.0, T=0.0)
        >>> e.energy.round(6).tolist(), e.heat_currents["c"].round(6).tolist()
        ([1.0, 0.367879, 0.0], [-1.0, -0.367879, 0.0])
        """
        from symqb.numerics.system_evolution import evolve_system

        refuse_unnamed("evolve", given, ("times", *self.parameters))
        return evolve_system(self.system, times, self._scalars(parameters), initial, basis=basis)

    def steady_states(
        self, *given: Any, density: bool = False, basis: str = "energy", **parameters: Any
    ) -> list[Any]:
        """Find states that span all steady ones, as many as there are independent ones.

        One where the steady state is unique; several where :meth:`evaluate` raises
        :class:`SteadyStateError`: a dark state beside a bright one, levels that are never left.
        Which one is reached from a state is what :meth:`evolve` gives at ``inf``.

        Parameters
        ----------
        density : bool
            Give density matrices instead of populations of the levels.
        basis : {"energy", "bare"}
            Over what density matrices are: the levels by number, or the bare states.
        **parameters
            Scalars, as for :meth:`evaluate`.

        Returns
        -------
        list of array
            Populations, shape (d,), or density matrices, shape (d, d).

        Raises
        ------
        ParameterError, DomainError
            Bad input; a system too large; rates too far apart.

        Examples
        --------
        >>> from symqb import Bath, Register, System
        >>> reg = Register(2, 2)
        >>> H = reg.number(1) + reg.number(2)
        >>> pair = OpenSystem(System(H, [Bath("c", "T", reg.x(1) + reg.x(2))]))
        >>> [p.round(3).tolist() for p in pair.steady_states(T=0.0)]
        [[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
        """
        from symqb.numerics.system_steady import system_steady_states

        refuse_unnamed("steady_states", given, self.parameters)
        point = self._scalars(parameters)
        return system_steady_states(self.system, point, density=density, basis=basis)

    def sweep(self, parameters: Mapping[str, Any], **options: Any) -> Any:
        """Evaluate outputs on the grid of the parameters, as a labelled xarray data set.

        Needs the extra ``sweep``.  Options are those of :func:`symqb.numerics.sweep.sweep`:
        ``outputs`` (all scalars and levels by default), ``path, address, workers, chunk,
        skip_errors, progress``.

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
        SteadyStateError
            A refused point, unless ``skip_errors=True``.

        Examples
        --------
        >>> from symqb import Bath, Register, System
        >>> reg, w = Register(2), sp.Symbol("w")
        >>> qubit = OpenSystem(System(w * reg.number(1), [Bath("c", "T", reg.x(1))]))
        >>> data = qubit.sweep(dict(w=1.0, T=[0.5, 1.0]), outputs=["populations"])
        >>> data.populations.sel(level=1).values.round(4).tolist()
        [0.1192, 0.2689]
        """
        from symqb.numerics.sweep import sweep

        return sweep(self.system, parameters, **{"outputs": self.outputs, **options})

    def fluctuations(self, counts: Mapping[str, Any] | None = None) -> SystemFluctuations:
        """Derive how heat, particles and counts of jumps drift and spread over long times.

        In closed form of classical populations, as they are where levels that a bath mixes do not
        coincide; else in numbers, from all of the density matrix that populations meet.

        Parameters
        ----------
        counts : mapping, optional
            Counts of jumps that are taken as they stand: name to weights by the jumps' numbers from
            1, ``{"photons": {1: 1, 2: -1}}``, each a number, a parameter's name or a SymPy
            expression.  By default the heat and the particles from every bath, and every jump.

        Returns
        -------
        SystemFluctuations
            With ``evaluate``, ``emit``, ``source`` and ``latex``.  Outputs: ``mean_heat_<bath>``
            and ``variance_heat_<bath>``, what they grow by a unit of time, and
            ``mean_particles_<bath>`` ... likewise, from the bath into the system, and
            ``mean_jump_<number>`` ..., or those of the counts given;
            ``covariance_<first>_<second>``; ``fano_<name>``, the variance over the modulus of the
            mean; ``kinetic_<name>``, the variance times the activity over the squared mean;
            ``uncertainty_<name>``, with the entropy production in its place, at least 2 of
            populations alone; ``activity``, all jumps a unit of time; ``entropy_production``, to
            which a jump and the one back add by the logarithm of the ratio of their rates: the
            heat at the jumps' own energies over the temperature.  Ratios exist where the mean is
            not 0.

        Raises
        ------
        ParameterError, DomainError
            A count that is none.
        NoClosedFormError, SteadyStateError
            As :meth:`transitions`, for formulas and functions; levels that no bath connects.

        Examples
        --------
        >>> from symqb import Bath, Jump, Register, System
        >>> reg, w = Register(2), sp.Symbol("w")
        >>> leads = [
        ...     Bath(k, f"T_{k}", reg.minus(1), statistics="fermion", mu=f"mu_{k}") for k in "LR"
        ... ]
        >>> dot = OpenSystem(System(w * reg.number(1), leads)).fluctuations()
        >>> point = dict(w=1.0, T_L=1.0, T_R=1.0, mu_L=40.0, mu_R=-40.0)
        >>> round(dot.evaluate(outputs=["fano_particles_L"], **point).fano_particles_L, 12)
        0.5

        Photons of a driven qubit come one by one:

        >>> driven = System(w * reg.x(1), [], jumps=[Jump(reg.minus(1), 1)])
        >>> light = OpenSystem(driven).fluctuations({"photons": {1: 1}})
        >>> round(float(light.evaluate(outputs=["fano_photons"], w=0.25).fano_photons), 4)
        0.3333
        """
        return SystemFluctuations(self.system, counts)

    @property
    def _numeric_outputs(self) -> tuple[str, ...]:
        return (*self.state_outputs, *self.derivation.in_numbers)

    _numeric_digits = _numeric_outputs

    @property
    def _unwritten(self) -> tuple[str, ...]:
        return self.derivation.in_numbers

    def _choose(
        self, outputs: Outputs, also: tuple[str, ...] = ()
    ) -> tuple[tuple[str, ...], Composed]:
        # elements of the density matrix have a program where populations meet coherences
        return super()._choose(outputs, (*also, *self.derivation.elements))

    def _read(self, outputs: Outputs) -> tuple[tuple[str, ...], Composed]:
        if outputs is None:
            return tuple(name for name in self.outputs if name not in self._unwritten), {}
        return super()._read(outputs)

    @property
    def _labels(self) -> tuple[int, ...]:
        return self.derivation.labels

    @property
    def _title(self) -> str:
        baths = ", ".join(bath.name for bath in self.system.baths)
        return f"Open system of {self.system.size} levels, baths {baths}."

    def _points(self, composed: Composed) -> Any:
        if composed:
            return ComposedPoints(self.system, tuple(composed.items()))
        return SystemPoints(self.system)

    def _solve_arrays(self, outputs: tuple[str, ...], arrays: Mapping[str, Any]) -> Result:
        return evaluate_points(self.system, outputs, arrays, self._labels)

    def _solve_point(
        self, outputs: tuple[str, ...], digits: int, point: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        return SystemPoints(self.system).solve(None, outputs, point, digits)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle H = {sp.latex(self.hamiltonian)}$"
