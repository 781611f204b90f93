"""Any small open quantum system as a user holds it: formulas, functions and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp

from symqb._version import __version__
from symqb.derive.steady_state import SteadyState
from symqb.derive.system_derivation import SystemDerivation
from symqb.derive.system_levels import SystemEigensystem
from symqb.derive.system_transitions import SystemTransitions
from symqb.emit import Result, emit_function, emit_source
from symqb.emit.digits import check_digits
from symqb.emit.result import leave_out_absent
from symqb.models import ParameterError, check_parameters, exact_value
from symqb.models.assumed import check_assumed
from symqb.models.calls import choose_outputs, refuse_options, refuse_unnamed
from symqb.models.system import System
from symqb.numerics.system_points import SystemPoints, evaluate_points
from symqb.program import Program

if TYPE_CHECKING:
    from symqb.emit import ProgramFunction


class OpenSystem:
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
        return SystemDerivation(self.system)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, as evaluations take them."""
        return self.derivation.parameters

    @cached_property
    def symbols(self) -> Mapping[str, sp.Symbol]:
        """The SymPy symbols that occur in formulas, by name."""
        return {str(symbol): symbol for symbol in self.derivation.symbols}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs that can be asked for."""
        return self.derivation.outputs

    @property
    def hamiltonian(self) -> sp.ImmutableMatrix:
        """The Hamiltonian over the bare states."""
        return self.system.H

    @property
    def closed(self) -> bool:
        """Whether there are closed forms, and programs of them."""
        return self.derivation.closed

    @property
    def program(self) -> Program:
        """The straight-line program from the parameters to every output."""
        return self.derivation.program

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

    def steady_state(self) -> SteadyState:
        """Give the steady populations, exact, and the program that computes them.

        Raises
        ------
        NoClosedFormError, SteadyStateError
            As :meth:`transitions`; levels that no bath connects.
        """
        return self.derivation.steady_state()

    def _choose(self, outputs: Iterable[str] | None) -> tuple[str, ...]:
        return self.outputs if outputs is None else choose_outputs(outputs, self.outputs)

    def emit(
        self,
        target: str = "numpy",
        outputs: Iterable[str] | None = None,
        *,
        derivatives: Iterable[str] = (),
        threads: int = 1,
        **unknown: Any,
    ) -> Any:
        """Make a fast function of the parameters, as :meth:`symqb.Battery.emit` does.

        Parameters
        ----------
        target : {"numpy", "c", "numba", "jax", "mpmath", "arb"}
            What runs it.
        outputs : iterable of str, optional
            Which outputs; all by default.
        derivatives : iterable of str
            Parameters to differentiate every output by.
        threads : int
            How many threads ``"c"`` and ``"numba"`` may use.

        Raises
        ------
        ParameterError, NoClosedFormError
            An unknown target, output or parameter; no closed form.
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
            fallback=SystemPoints(self.system),
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
        """Give standalone source text, for the targets of :meth:`symqb.Battery.source`.

        Raises
        ------
        ParameterError, NoClosedFormError
            As :meth:`emit`.
        """
        refuse_options("source", unknown, ("target", "outputs", "derivatives"), self.parameters)
        derived = self.derivation
        baths = ", ".join(bath.name for bath in self.system.baths)
        return emit_source(
            derived.pruned(self._choose(outputs), derivatives),
            target,
            title=f"Open system of {self.system.size} levels, baths {baths}.",
            version=__version__,
            labels=derived.labels,
            parameters=derived.parameters,
            temperatures=derived.temperatures,
            kappa=derived.kappa or "",
        )

    def latex(self, outputs: Iterable[str] | None = None) -> str:
        """Print the derived formulas, step by step, as LaTeX."""
        return self.source("latex", outputs)

    @cached_property
    def _functions(self) -> dict[tuple[str, ...], ProgramFunction]:
        return {}

    def evaluate(
        self,
        *given: Any,
        digits: int | None = None,
        outputs: Iterable[str] | None = None,
        **parameters: Any,
    ) -> Result:
        """Evaluate every output, or some, at given parameters.

        By the closed form where there is one, else by solving the master equation in numbers with
        as many digits as it takes; so also where levels coincide.

        Parameters
        ----------
        digits : int, optional
            Decimal digits, 15 to 2000, at one point; parameters may then be exact.
        outputs : iterable of str, optional
            Which outputs; all by default.
        **parameters
            Scalars, or arrays that broadcast; ``kappa`` is 1 by default.

        Returns
        -------
        Result
            Outputs as attributes; vectors have the levels along their last axis.  Heat and
            particles flow from the baths into the system.

        Raises
        ------
        ParameterError, DomainError
            Bad input.
        SteadyStateError
            A steady state that is not unique.
        AbsentError
            An output asked for by name that does not exist here.
        """
        refuse_unnamed("evaluate", given, self.parameters)
        return leave_out_absent(
            lambda names: self._evaluate(names, digits, parameters),
            self._choose(outputs),
            named=outputs is not None,
        )

    def _evaluate(
        self, outputs: tuple[str, ...], digits: int | None, parameters: Mapping[str, Any]
    ) -> Result:
        derived = self.derivation
        if digits is not None:
            count = check_digits(digits)
            exact = {name: exact_value(name, value) for name, value in parameters.items()}
            self._check({name: float(value) for name, value in exact.items()})
            if derived.kappa:
                exact.setdefault(derived.kappa, Fraction(1))
            # a float carries a rounding, which counts where levels nearly coincide
            point = exact | {n: v for n, v in parameters.items() if isinstance(v, float)}
            solve, program = SystemPoints(self.system), None
            if derived.closed:
                program = derived.pruned(outputs)
            return Result(solve.solve(program, outputs, point, count), derived.labels, exact)
        if not derived.closed:
            arrays = self._check(parameters)
            return evaluate_points(self.system, outputs, arrays, derived.labels)
        if outputs not in self._functions:
            self._functions[outputs] = self.emit("numpy", outputs)
        return self._functions[outputs](**parameters)

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

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle H = {sp.latex(self.hamiltonian)}$"
