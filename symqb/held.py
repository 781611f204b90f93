"""What everyone who holds a model can do with its programs: emit, print sources, evaluate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp

from symqb._version import __version__
from symqb.derive.composed import read_composed, used_outputs
from symqb.derive.derivation import Derivation
from symqb.derive.system_derivation import SystemDerivation
from symqb.emit import Result, emit_function, emit_source
from symqb.emit.digits import check_digits
from symqb.emit.result import leave_out_absent
from symqb.models import NoClosedFormError, ParameterError, check_parameters, exact_value
from symqb.models.assumed import check_assumed
from symqb.models.calls import choose_outputs, refuse_options, refuse_unnamed
from symqb.numerics.system_points import over_points
from symqb.program import Program

if TYPE_CHECKING:
    from symqb.emit import ProgramFunction

Outputs = Iterable[str] | Mapping[str, object] | None
"""Names, or names with expressions in outputs; None for all."""

Composed = Mapping[str, sp.Expr]


class Held(ABC):
    """The methods of whoever holds a derivation with its programs."""

    @property
    @abstractmethod
    def derivation(self) -> Derivation | SystemDerivation:
        """What follows from the model, derived when it is asked for."""

    @property
    @abstractmethod
    def symbols(self) -> Mapping[str, sp.Symbol]:
        """The SymPy symbols that occur in formulas, by name."""

    @property
    @abstractmethod
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs that can be asked for."""

    @property
    @abstractmethod
    def _numeric_outputs(self) -> tuple[str, ...]:
        """Outputs that are found in numbers alone, asked for by name."""

    @property
    @abstractmethod
    def _numeric_digits(self) -> tuple[str, ...]:
        """Those of them that are told to more digits."""

    @property
    def _unwritten(self) -> tuple[str, ...]:
        """Outputs beside those with a program that have none."""
        return ()

    @property
    @abstractmethod
    def _labels(self) -> tuple[int, ...]:
        """The levels' labels, with closed forms or without."""

    @property
    @abstractmethod
    def _title(self) -> str:
        """What a source text is of."""

    @abstractmethod
    def _points(self, composed: Composed) -> Any:
        """Who solves points that a program in doubles cannot."""

    def _solve_arrays(self, outputs: tuple[str, ...], arrays: Mapping[str, Any]) -> Result:
        """Evaluate outputs without a program, point by point; what has no other way says why."""
        raise NoClosedFormError(f"{', '.join(outputs)}: there is no closed form, and no other way")

    def _solve_point(
        self, outputs: tuple[str, ...], digits: int, point: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Evaluate outputs without a program, at one point to so many digits; as above."""
        raise NoClosedFormError(f"{', '.join(outputs)}: there is no closed form, and no other way")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, as evaluations take them."""
        return self.derivation.parameters

    @property
    def program(self) -> Program:
        """The straight-line program from the parameters to every output."""
        return self.derivation.program

    def _choose(
        self, outputs: Outputs, also: tuple[str, ...] = ()
    ) -> tuple[tuple[str, ...], Composed]:
        """The outputs asked for, and those among them that are made of others."""
        if outputs is None:
            return self.outputs, {}
        known = tuple(dict.fromkeys((*self.outputs, *also)))
        if isinstance(outputs, Mapping):
            numeric = [n for n in self._numeric_outputs if n in known and n not in self._unwritten]
            usable = [name for name in known if name not in numeric]
            return read_composed(outputs, usable, self.parameters, self._labels, numeric)
        return choose_outputs(outputs, known), {}

    def _read(self, outputs: Outputs) -> tuple[tuple[str, ...], Composed]:
        """The outputs of a program, and those among them that are made of others."""
        if isinstance(outputs, Mapping):
            chosen, composed = self._choose(outputs)
            if lost := [name for name in chosen if self._is_unwritten(name, composed)]:
                raise ParameterError(
                    f"{lost[0]}: {composed.get(lost[0], lost[0])} is found in numbers, not by a "
                    "program; ask for it in evaluate(outputs=...)"
                )
            return chosen, composed
        if outputs is not None and not isinstance(outputs, Mapping):
            listed = (outputs,) if isinstance(outputs, str) else tuple(outputs)
            lost = [name for name in listed if name in self._numeric_outputs]
            if lost and (lost[0] not in self.outputs or lost[0] in self._unwritten):
                raise ParameterError(
                    f"{lost[0]} is found in numbers, not by a program; ask for it in "
                    "evaluate(outputs=[...], ...)"
                )
            outputs = listed
        return self._choose(outputs)

    def _is_unwritten(self, name: str, composed: Composed) -> bool:
        """Whether an output, or one that it is made of, has no program where others do."""
        used = used_outputs(composed[name], self._labels) if name in composed else {name}
        return not used.isdisjoint(self._unwritten)

    def emit(
        self,
        target: str = "numpy",
        outputs: Outputs = None,
        *,
        derivatives: Iterable[str] = (),
        threads: int = 1,
        **unknown: Any,
    ) -> Any:
        """Make a fast function of the parameters, keyword only, scalars or broadcastable arrays.

        Parameters
        ----------
        target : {"numpy", "c", "numba", "jax", "mpmath", "arb"}
            What runs it.  ``"c"`` needs a C compiler, ``"numba"`` and ``"jax"`` their packages.
        outputs : iterable of str or mapping, optional
            Which outputs; all by default.  The program is pruned to them.  A mapping gives names to
            expressions in outputs and parameters, ``{"cop": "heat_current_c / heat_current_w"}``,
            which are compiled into the program; of levels name one, ``populations_1``.
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
        >>> from symqb import xxz_battery
        >>> f = xxz_battery(spins=2).emit("numpy", outputs=("populations",))
        >>> f(B0=2.0, J=1.0, Delta=0.5, epsilon=1.0, T_L=[39.0, 1.0], T_R=1.0).populations.shape
        (2, 4)
        """
        options = ("target", "outputs", "derivatives", "threads")
        refuse_options("emit", unknown, options, self.parameters)
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise ParameterError(f"threads={threads!r} is not a positive integer; give e.g. 2")
        derived = self.derivation
        chosen, composed = self._read(outputs)
        return emit_function(
            derived.pruned(chosen, derivatives, composed),
            target,
            plain=derived.plain(chosen, derivatives, composed),
            parameters=derived.parameters,
            labels=derived.labels,
            temperatures=derived.temperatures,
            kappa=derived.kappa,
            fallback=self._points(composed),
            threads=threads,
        )

    def source(
        self,
        target: str,
        outputs: Outputs = None,
        *,
        derivatives: Iterable[str] = (),
        **unknown: Any,
    ) -> str:
        """Give standalone source text for a target, e.g. a module that needs nothing but NumPy.

        Targets: ``numpy``, ``c``, ``c-header``, ``javascript``, ``julia``, ``fortran``, ``rust``,
        ``mathematica``, ``latex``, ``mathml``, ``json``; outputs as :meth:`emit` takes them.

        Raises
        ------
        ParameterError, NoClosedFormError
            As :meth:`emit`.
        """
        refuse_options("source", unknown, ("target", "outputs", "derivatives"), self.parameters)
        derived = self.derivation
        chosen, composed = self._read(outputs)
        return emit_source(
            derived.pruned(chosen, derivatives, composed),
            target,
            title=self._title,
            version=__version__,
            labels=derived.labels,
            parameters=derived.parameters,
            temperatures=derived.temperatures,
            kappa=derived.kappa or "",
        )

    def evaluate(
        self,
        *given: Any,
        digits: int | None = None,
        outputs: Outputs = None,
        **parameters: Any,
    ) -> Result:
        """Evaluate every output, or some, at given parameters.

        By the closed form where there is one, else by solving the master equation in numbers; so
        also where levels coincide.

        Parameters
        ----------
        digits : int, optional
            Decimal digits, 15 to 2000, at one point; parameters may then be exact (Fraction, or a
            decimal string such as ``"0.1"``).
        outputs : iterable of str or mapping, optional
            Which outputs; all by default.  Energies and capacity alone need no single steady state.
            A mapping gives names to expressions in outputs, as for :meth:`emit`.
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
        AbsentError
            An output asked for by name that does not exist here, as the charge where the capacity
            is zero; not asked for, it is left out.
        DegenerateLevelsError, SteadyStateError
            Levels too close for doubles in a chain too long for more digits; a steady state that is
            not unique, coherences that never decay counted.

        Examples
        --------
        >>> from symqb import xxz_battery
        >>> r = xxz_battery(2).evaluate(
        ...     digits=30, B0=2, J=1, Delta="0.1", epsilon=1, T_L=39, T_R=1
        ... )
        >>> print(r.charge)
        0.409730201701632597995126775571
        """
        refuse_unnamed("evaluate", given, self.parameters)
        also = self._numeric_outputs if digits is None else self._numeric_digits
        chosen, composed = self._choose(outputs, also=also)
        return leave_out_absent(
            lambda names: self._evaluate(names, composed, digits, parameters),
            chosen,
            named=outputs is not None,
        )

    def _evaluate(
        self,
        outputs: tuple[str, ...],
        composed: Composed,
        digits: int | None,
        parameters: Mapping[str, Any],
    ) -> Result:
        """The outputs by the program, and without it what it does not have."""
        in_numbers, closed = self._numeric_outputs, self.derivation.closed
        written = tuple(
            n
            for n in outputs
            if closed and not (n in in_numbers or self._is_unwritten(n, composed))
        )
        if written == outputs:
            return self._by_program(outputs, composed, digits, parameters)
        solving = tuple(name for name in outputs if name not in written)
        solved = self._without_program(solving, composed, digits, parameters)
        values = {name: solved[name] for name in solved}
        if written:
            values |= self._by_program(written, composed, digits, parameters).to_dict()
        return Result({name: values[name] for name in outputs}, solved.labels, solved.parameters)

    @cached_property
    def _functions(self) -> dict[Any, ProgramFunction]:
        return {}

    def _by_program(
        self,
        outputs: tuple[str, ...],
        composed: Composed,
        digits: int | None,
        parameters: Mapping[str, Any],
    ) -> Result:
        composed = {name: composed[name] for name in outputs if name in composed}
        if digits is not None:
            point, shown = self._exact_point(parameters)
            program = self.derivation.pruned(outputs, (), composed)
            values = self._points(composed)(program, point, check_digits(digits))
            return Result(values, self.derivation.labels, shown)
        key = outputs, tuple(composed.items())
        if key not in self._functions:
            asked = {name: composed.get(name, name) for name in outputs} if composed else outputs
            self._functions[key] = self.emit("numpy", asked)
        return self._functions[key](**parameters)

    def _without_program(
        self,
        outputs: tuple[str, ...],
        composed: Composed,
        digits: int | None,
        parameters: Mapping[str, Any],
    ) -> Result:
        made = {name: composed[name] for name in outputs if name in composed}
        if digits is not None:
            count = check_digits(digits)
            point, shown = self._exact_point(parameters)
            if made:
                values = self._points(made).solve(outputs, point, count)
            else:
                values = self._solve_point(outputs, count, point)
            return Result({n: values[n] for n in outputs}, self._labels, shown)
        if not made:
            return self._solve_arrays(outputs, self._check(parameters))
        arrays = self._check(parameters)
        found, shown = over_points(arrays, lambda p: self._points(made).solve(outputs, p))
        return Result(found, self._labels, shown)

    def _exact_point(self, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A point with exact numbers, floats as they are; and what the result shows of it."""
        exact = {name: exact_value(name, value) for name, value in parameters.items()}
        self._check({name: float(value) for name, value in exact.items()})
        if self.derivation.kappa:
            exact.setdefault(self.derivation.kappa, Fraction(1))
        # a float carries a rounding, which counts where levels nearly coincide
        return exact | {n: v for n, v in parameters.items() if isinstance(v, float)}, exact

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

    def _scalars(self, parameters: Mapping[str, Any]) -> dict[str, float]:
        arrays = self._check(parameters)
        for name, array in arrays.items():
            if array.shape:
                raise ParameterError(f"{name} has shape {array.shape}; give a scalar here")
        return {name: float(value) for name, value in arrays.items()}
