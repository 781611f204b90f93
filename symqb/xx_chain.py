"""A chain without anisotropy as a user holds it: modes, sums over them, formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy as sp

from symqb import numerics
from symqb.derive.derived import derivation_of
from symqb.derive.free_fermions import (
    ModeFormulas,
    UniformModes,
    is_uniform,
    mode_battery,
    mode_formulas,
    mode_outputs,
    one_particle_matrix,
    uniform_modes,
)
from symqb.derive.hamiltonian import as_expr, parameter_symbols
from symqb.emit import Result, emit_function
from symqb.emit.digits import check_digits
from symqb.emit.result import leave_out_absent
from symqb.models import (
    Bath,
    BatteryModel,
    Chain,
    DomainError,
    NoClosedFormError,
    ParameterError,
    check_parameters,
    exact_value,
)
from symqb.models.assumed import check_assumed
from symqb.models.calls import choose_outputs, refuse_unnamed
from symqb.models.errors import located
from symqb.models.values import Value
from symqb.numerics.apart import Apart
from symqb.show.mode_formulas import modes_latex

LARGEST_FOCK = 20
"""Spins up to which all states of the modes are multiplied out."""


class XXChain:
    """A spin chain without anisotropy, a bath on each end: free modes, each for itself.

    Parameters
    ----------
    model : BatteryModel
        Delta = 0 on every bond; bonds and fields of any kind.  Every bath is on site 1 alone or on
        the last site alone, with any weight.

    Raises
    ------
    ParameterError
        A model that is no such chain.
    NoClosedFormError
        A spectral density that is a Python function.

    Examples
    --------
    >>> chain = xx_chain(1000)
    >>> r = chain.evaluate(B0=2.5, J=1, T_L=3, T_R=1)
    >>> round(r.heat_current_L, 6), r.occupations.shape
    (1.123914, (1000,))
    """

    def __init__(self, model: BatteryModel) -> None:
        if not isinstance(model, BatteryModel):
            raise ParameterError(f"model={model!r} is not a BatteryModel; build one first")
        self.model = model
        self._mode = mode_battery(model)
        self._derivation = derivation_of(self._mode.model)
        if not self._derivation.closed:
            raise NoClosedFormError(
                "a spectral density that is a Python function has no formula; give a "
                "SpectralDensity or a SymPy Lambda"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model,)

    def __repr__(self) -> str:
        kind = "uniform" if self.uniform else "bonds and fields of its own"
        return f"XXChain(spins={self.spins}, {kind})"

    @property
    def spins(self) -> int:
        """The number of spins, and of modes."""
        return self.model.chain.spins

    @cached_property
    def uniform(self) -> bool:
        """Whether all bonds are one and all fields: then the modes have a closed form."""
        return is_uniform(self.model)

    @cached_property
    def symbols(self) -> Mapping[str, sp.Symbol]:
        """The SymPy symbols that occur in formulas, by name."""
        return {str(symbol): symbol for symbol in parameter_symbols(self.model)}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, as evaluations take them."""
        return tuple(self.symbols)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs that can be asked for."""
        return mode_outputs(self.model)

    @property
    def matrix(self) -> sp.ImmutableMatrix:
        """The one-particle matrix: fields on its diagonal, bonds beside it."""
        return one_particle_matrix(self.model.chain)

    @cached_property
    def modes(self) -> UniformModes:
        """Frequencies and amplitudes of a uniform chain in closed form.

        Raises
        ------
        NoClosedFormError
            Bonds or fields of their own.

        Examples
        --------
        >>> xx_chain(3).modes.frequency
        B0 + 2*J*cos(pi*k/4)
        """
        if not self.uniform:
            raise NoClosedFormError(
                "bonds or fields of their own: the modes are those of chain.matrix, in numbers; "
                "use evaluate, or one J and one B0 for all"
            )
        chain = self.model.chain
        return uniform_modes(self.spins, as_expr(chain.J[0]), as_expr(chain.fields[0]))

    @cached_property
    def formulas(self) -> ModeFormulas:
        """Rates, occupation and heat currents of one mode, in its frequency and amplitudes."""
        return mode_formulas(self._mode)

    def latex(self) -> str:
        """Print the formulas: modes, occupations, and the sums over modes."""
        return modes_latex(
            self.model, self._mode, self.formulas, self.modes if self.uniform else None
        )

    def evaluate(
        self,
        *given: Any,
        digits: int | None = None,
        outputs: Iterable[str] | None = None,
        **parameters: Any,
    ) -> Result:
        """Evaluate every output, or some, at given parameters.

        Parameters
        ----------
        digits : int, optional
            Decimal digits, 15 to 2000, at one point; parameters may then be exact.
        outputs : iterable of str, optional
            Which outputs; all that exist by default.
        **parameters
            Scalars, or arrays that broadcast; ``kappa`` is 1 unless given.

        Returns
        -------
        Result
            ``frequencies``, ``occupations`` and ``vacancies`` with the modes along their last axis
            (k = 1 ... N where the chain is uniform, else by ascending frequency); ``energy``;
            ``free_energy`` above the last bath's Gibbs state, which is ergotropy and exergy
            together; stored energy, capacity, charge, currents and entropy production as of a
            :class:`symqb.Battery`.

        Raises
        ------
        ParameterError, DomainError
            Bad input; a bond that is zero.
        DegenerateLevelsError
            Two modes of one :math:`|\\omega|`: populations of modes couple to coherences.
        SteadyStateError
            A mode at zero frequency where a bath does not move it.
        AbsentError
            An output asked for by name that does not exist here: the charge without capacity.

        Examples
        --------
        >>> chain = xx_chain(4)
        >>> chain.evaluate(B0=3, J=1, T_L=[1, 2], T_R=1).heat_current_L.round(6).tolist()
        [0.0, 0.718951]
        >>> print(chain.evaluate(B0=3, J="0.1", T_L=2, T_R=1, digits=25).stored_energy)
        1.520098252042513779507494
        """
        refuse_unnamed("evaluate", given, self.parameters)
        chosen = self.outputs if outputs is None else choose_outputs(outputs, self.outputs)
        find: Callable[[tuple[str, ...]], Result]
        if digits is None:
            arrays = self._check(parameters)

            def find(names: tuple[str, ...]) -> Result:
                values = self._sums.evaluate(arrays, names)
                return Result(values, self._labels, parameters)
        else:
            count, exact = check_digits(digits), self._exact(parameters)

            def find(names: tuple[str, ...]) -> Result:
                with located(exact):
                    values = numerics.sum_digits(self._sums, exact, count, names)
                return Result(values, self._labels, exact)

        return leave_out_absent(find, chosen, named=outputs is not None)

    def fock(self, *given: Any, **parameters: Any) -> Result:
        """Multiply the modes out: energies and populations of all states, for short chains.

        Returns
        -------
        Result
            ``energies`` and ``populations`` of 2^N states; a label holds the numbers of the modes
            that are filled.

        Raises
        ------
        DomainError
            More than twenty spins.
        ParameterError, DegenerateLevelsError, SteadyStateError
            As for :meth:`evaluate`.

        Examples
        --------
        >>> r = xx_chain(2).fock(B0=2, J=1, T_L=3, T_R=1)
        >>> r.labels, r.energies.round(6).tolist()
        (((), (1,), (2,), (1, 2)), [-2.0, 1.0, -1.0, 2.0])
        """
        refuse_unnamed("fock", given, self.parameters)
        if self.spins > LARGEST_FOCK:
            raise DomainError(
                f"spins={self.spins}: there are 2**{self.spins} states; of at most {LARGEST_FOCK} "
                "spins they are multiplied out; evaluate(...) has the modes"
            )
        arrays = self._check(parameters)
        for name, array in arrays.items():
            if array.shape:
                raise ParameterError(f"{name} has shape {array.shape}; give a scalar here")
        names = ("energy", "frequencies", "occupations", "vacancies", "stored_energy")
        return Result(*numerics.fock_states(self._sums.evaluate(arrays, names)), parameters)

    @property
    def _labels(self) -> tuple[int, ...]:
        return tuple(range(1, self.spins + 1))

    @cached_property
    def _sums(self) -> numerics.ModeSums:
        def emit(outputs: tuple[str, ...]) -> Any:
            derived = self._derivation
            return emit_function(
                derived.pruned(outputs),
                "numpy",
                plain=derived.plain(outputs),
                parameters=derived.parameters,
                labels=derived.labels,
                temperatures=derived.temperatures,
                kappa=derived.kappa,
                fallback=Apart(self._mode.model),
            )

        return numerics.ModeSums(self.model, self._mode, self._derivation, emit, self.uniform)

    def _check(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        kappa = self._derivation.kappa
        arrays = check_parameters(
            self.parameters,
            parameters,
            temperatures=self._derivation.temperatures,
            kappa=kappa,
            defaults={kappa: 1.0} if kappa else {},
        )
        check_assumed(self.symbols.values(), arrays)
        return arrays

    def _exact(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters without loss; floats stay floats, as these carry a rounding."""
        exact: dict[str, Any] = {name: exact_value(name, v) for name, v in parameters.items()}
        self._check({name: float(value) for name, value in exact.items()})
        if self._derivation.kappa:
            exact.setdefault(self._derivation.kappa, Fraction(1))
        return exact | {n: v for n, v in parameters.items() if isinstance(v, float)}


def xx_chain(
    spins: int,
    J: Value | tuple[Value, ...] = "J",
    B0: Value | tuple[Value, ...] = "B0",
) -> XXChain:
    """Build the paper's battery at Delta = 0 and epsilon = 0, of any length.

    Bath L is on site 1, bath R on the last.

    Parameters
    ----------
    spins : int
        Number of spins, 2 to 10,000; to 3,000 where bonds or fields differ.
    J : number, name or expression, or a tuple with one for each bond
    B0 : number, name or expression, or a tuple with one for each site

    Examples
    --------
    >>> xx_chain(3, J=("a", "b")).matrix
    Matrix([
    [B0, a,  0],
    [ a, B0, b],
    [ 0,  b, B0]])
    """
    chain = Chain(spins, J, 0, B0)
    baths = (Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {chain.spins: 1}))
    return XXChain(BatteryModel(chain, baths, "kappa"))
