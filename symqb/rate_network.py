"""A network of rates as a user holds it: closed forms, functions and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy as sp

from symqb._version import __version__
from symqb.derive.expression import to_sympy
from symqb.derive.fluctuations import FluctuationDerivation
from symqb.derive.rate_networks import Cycle, NetworkDerivation
from symqb.emit import Result, emit_function, emit_source
from symqb.emit.digits import check_digits
from symqb.emit.result import leave_out_absent
from symqb.models import ParameterError, check_parameters, exact_value
from symqb.models.assumed import check_assumed
from symqb.models.calls import choose_outputs, refuse_no_mapping, refuse_options, refuse_unnamed
from symqb.models.counts import check_counts, net_flux
from symqb.models.exact import LARGEST_MAGNITUDE, exact_number
from symqb.models.network import Network
from symqb.numerics.network_points import NetworkPoints
from symqb.numerics.scaled_cumulant import scaled_cumulant
from symqb.program import ErrorBound, Program
from symqb.program.error_bound import error_bound


@dataclass(frozen=True)
class NetworkSolution:
    """What was derived of a network: a program with vectors over the states, and its functions.

    Attributes
    ----------
    derivation : NetworkDerivation
    write : callable
        From a derivation to the program.
    title : str
        What it is, for standalone text.
    """

    derivation: NetworkDerivation
    write: Callable[[Any], Program]
    title: str

    @cached_property
    def program(self) -> Program:
        """The straight-line program from the parameters to every output."""
        return self.write(self.derivation)

    @property
    def states(self) -> tuple[str, ...]:
        """The states, along the last axis of vectors."""
        return self.derivation.network.states

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, as evaluations take them."""
        return self.derivation.parameters

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs that can be asked for."""
        return tuple(self.program.outputs)

    @property
    def expressions(self) -> dict[str, Any]:
        """Every output as a SymPy expression, vectors as tuples."""
        # what guards the digits of doubles has no place in a formula, and is longer than most
        return to_sympy(replace(self.program, guards=()).prune(self.outputs))

    def _pruned(self, outputs: Iterable[str] | None) -> Program:
        chosen = self.outputs if outputs is None else choose_outputs(outputs, self.outputs)
        return self.program.prune(chosen)

    def error_bound(self) -> ErrorBound:
        """Derive a bound on the rounding errors of the outputs, for rates that are parameters.

        Fluxes and affinities, which are differences, have none.

        Examples
        --------
        >>> net = network({("a", "b"): "k", ("b", "a"): "q"})
        >>> net.error_bound().roundings("populations")
        (3.0, 5.0)
        """
        return error_bound(self.program, self.parameters)

    def emit(
        self,
        target: str = "numpy",
        outputs: Iterable[str] | None = None,
        *,
        threads: int = 1,
        **unknown: Any,
    ) -> Any:
        """Make a fast function of the parameters, as :meth:`symqb.Battery.emit` does.

        Examples
        --------
        >>> net = network({("a", "b"): "k", ("b", "a"): 1})
        >>> net.emit("numpy", outputs=["populations"])(k=[1.0, 3.0]).populations.tolist()
        [[0.5, 0.5], [0.25, 0.75]]
        """
        refuse_options("emit", unknown, ("target", "outputs", "threads"), self.parameters)
        return emit_function(
            self._pruned(outputs),
            target,
            parameters=self.parameters,
            labels=self.states,
            temperatures=(),
            kappa=None,
            fallback=NetworkPoints(self.derivation, self.write),
            threads=threads,
        )

    def source(self, target: str, outputs: Iterable[str] | None = None, **unknown: Any) -> str:
        """Give standalone source text, as :meth:`symqb.Battery.source` does.

        States are numbered from 1 in their order.
        """
        refuse_options("source", unknown, ("target", "outputs"), self.parameters)
        return emit_source(
            self._pruned(outputs),
            target,
            title=f"{self.title}; states {', '.join(self.states)}.",
            version=__version__,
            labels=tuple(range(1, len(self.states) + 1)),
            parameters=self.parameters,
            temperatures=(),
            kappa="",
        )

    def latex(self, outputs: Iterable[str] | None = None) -> str:
        """Print the derived formulas, step by step, as LaTeX."""
        return self.source("latex", outputs)

    @cached_property
    def _functions(self) -> dict[tuple[str, ...], Any]:
        return {}

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
            Scalars, or arrays that broadcast.

        Returns
        -------
        Result
            Outputs as attributes; vectors have the states along their last axis.

        Raises
        ------
        ParameterError, DomainError
            Bad input, a negative rate.
        SteadyStateError
            Where some rates are zero: a steady state that is not unique, a target never reached.
        AbsentError
            An output asked for by name that does not exist here.
        """
        refuse_unnamed("evaluate", given, self.parameters)
        chosen = self.outputs if outputs is None else choose_outputs(outputs, self.outputs)
        return leave_out_absent(
            lambda names: self._evaluate(names, digits, parameters),
            chosen,
            named=outputs is not None,
        )

    def _evaluate(
        self, outputs: tuple[str, ...], digits: int | None, parameters: Mapping[str, Any]
    ) -> Result:
        if digits is None:
            if outputs not in self._functions:
                self._functions[outputs] = self.emit("numpy", outputs)
            found: Result = self._functions[outputs](**parameters)
            return found
        count = check_digits(digits)
        exact = {name: _exact_rate(name, value) for name, value in parameters.items()}
        floats = {name: float(value) for name, value in exact.items()}
        check_assumed(self.derivation.symbols, check_parameters(self.parameters, floats))
        solve = NetworkPoints(self.derivation, self.write)
        values = solve(self.program.prune(outputs), exact, count)
        return Result(values, self.states, exact)


def _exact_rate(name: str, value: Any) -> Fraction:
    """A parameter without loss; its size is bounded as for doubles: rates are never squared."""
    number = exact_number(value, name)
    small = number is not None and abs(number) <= LARGEST_MAGNITUDE
    return number if number is not None and small else exact_value(name, value)


class Fluctuations(NetworkSolution):
    """Fluctuations of what is counted along a network; made by :meth:`RateNetwork.fluctuations`."""

    derivation: FluctuationDerivation

    def scaled_cumulant(
        self, chi: Mapping[str, Any], *given: Any, digits: int | None = None, **parameters: Any
    ) -> Any:
        """Find the scaled cumulant generating function in numbers, at one point.

        By how much the logarithm of the mean of ``exp(sum of chi N)`` grows a unit of time: its
        slope at chi = 0 is the mean of N, its curvature the variance.

        Parameters
        ----------
        chi : mapping
            Name of a count to a number; 0 for those left out.
        digits : int, optional
            Decimal digits, 15 to 2000; a double by default.
        **parameters
            Scalars.

        Returns
        -------
        float or mpf

        Raises
        ------
        ParameterError, DomainError
            Bad input, a negative rate; an unknown count.
        SteadyStateError
            The steady state is not unique.

        Examples
        --------
        >>> net = network({("a", "b"): "k", ("b", "a"): "k"})
        >>> net.fluctuations({"n": {("a", "b"): 2}}).scaled_cumulant({"n": 1}, k=1)
        1.7182818284590453
        """
        refuse_unnamed("scaled_cumulant", given, ("chi", *self.parameters))
        names = [count.name for count in self.derivation.counts]
        refuse_no_mapping("chi", chi, "names of counts to numbers, e.g. {'n': 1.0}")
        choose_outputs(chi, names) if chi else ()
        exponents = {name: exact_value(f"chi[{name!r}]", value) for name, value in chi.items()}
        exact = {name: _exact_rate(name, value) for name, value in parameters.items()}
        floats = {name: float(value) for name, value in exact.items()}
        check_assumed(self.derivation.symbols, check_parameters(self.parameters, floats))
        count = 20 if digits is None else check_digits(digits)
        found = scaled_cumulant(self.derivation, exponents, exact, count)
        return float(found) if digits is None else found


class RateNetwork(NetworkSolution):
    """A network of rates and its steady state; made by :func:`network`."""

    @property
    def network(self) -> Network:
        """The states and rates."""
        return self.derivation.network

    def __reduce__(self) -> tuple[Any, ...]:
        return network, (dict(self.network.rates),)

    def __repr__(self) -> str:
        return f"RateNetwork({len(self.states)} states, {len(self.network.jumps)} jumps)"

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """The fundamental cycles and their affinities, in the order of ``affinity_1`` on."""
        return self.derivation.cycles

    @property
    def closed_classes(self) -> list[tuple[str, ...]]:
        """The sets of states that are never left: one steady state each."""
        return self.derivation.closed_classes

    @property
    def symbols(self) -> Mapping[str, sp.Symbol]:
        """The SymPy symbols that occur in formulas, by name."""
        return {str(symbol): symbol for symbol in self.derivation.symbols}

    def first_passage_times(self, *targets: Any) -> NetworkSolution:
        """Derive the mean times to reach one of the targets first, from every state.

        Returns
        -------
        NetworkSolution
            Output ``times``, along the states; 0 at the targets.

        Raises
        ------
        ParameterError
            No such state.
        SteadyStateError
            A state from which no target is ever reached.

        Examples
        --------
        >>> net = network({("a", "b"): "k", ("b", "a"): "q", ("b", "c"): 1})
        >>> net.first_passage_times("c").evaluate(k=2, q=3).times.tolist()
        [3.0, 2.5, 0.0]
        """
        names = self._targets(targets)
        write = _FirstPassage(names)
        return NetworkSolution(self.derivation, write, f"Mean times to {', '.join(names)}")

    def splitting_probabilities(self, *targets: Any) -> NetworkSolution:
        """Derive the probabilities to reach each target before the others, from every state.

        Returns
        -------
        NetworkSolution
            Outputs ``probability_<target>``, each along the states.

        Raises
        ------
        ParameterError, SteadyStateError
            As for :meth:`first_passage_times`.

        Examples
        --------
        >>> net = network({("b", "a"): "q", ("b", "c"): "k"})
        >>> net.splitting_probabilities("a", "c").expressions["probability_a"][0]
        q/(k + q)
        """
        names = self._targets(targets)
        title = f"Probabilities to reach {', '.join(names)} first"
        return NetworkSolution(self.derivation, _Splitting(names), title)

    def fluctuations(
        self, counts: Mapping[str, Any] | None = None, *, covariances: bool | None = None
    ) -> Fluctuations:
        """Derive how what is counted along the jumps drifts and spreads over long times.

        Parameters
        ----------
        counts : mapping, optional
            Name to the weights that jumps add, ``{("a", "b"): w, ("b", "a"): -w}``, each a number,
            a parameter's name or a SymPy expression; or to a pair ``("a", "b")``, its net flux.  By
            default the net flux of every pair, named as :func:`network` does.
        covariances : bool, optional
            Whether to write the covariance of every two counts; where counts are given by default.

        Returns
        -------
        Fluctuations
            Outputs: of each count ``mean_<name>`` and ``variance_<name>``, what they grow by a unit
            of time; ``covariance_<first>_<second>``; ``fano_<name>``, the variance over the modulus
            of the mean; ``kinetic_<name>``, the variance times the activity over the squared mean,
            at least 1; of currents ``uncertainty_<name>``, with the entropy production in place of
            the activity, at least 2.  Ratios exist where the mean is not 0, the last one where the
            entropy production is finite.  ``entropy_production`` and ``activity``, all jumps a unit
            of time.

        Raises
        ------
        ParameterError, DomainError
            A count that is none of this network.
        SteadyStateError
            The steady state is not unique.

        Examples
        --------
        >>> net = network({("a", "b"): "k", ("b", "a"): "q"})
        >>> steps = net.fluctuations({"steps": {("a", "b"): 1}})
        >>> steps.expressions["mean_steps"].factor(), steps.expressions["fano_steps"].factor()
        (k*q/(k + q), (k**2 + q**2)/(k + q)**2)
        """
        given = counts is not None
        checked = (
            check_counts(counts, self.network)
            if counts is not None
            else tuple(map(net_flux, self.network.pairs))
        )
        derivation = FluctuationDerivation(
            self.network, counts=checked, covariances=given if covariances is None else covariances
        )
        return Fluctuations(derivation, FluctuationDerivation.fluctuations, "Fluctuations")

    def _targets(self, targets: Sequence[Any]) -> tuple[str, ...]:
        names = tuple(self.network.check_state(target) for target in targets)
        if len(set(names)) != len(names) or not names:
            raise ParameterError(
                f"targets={targets!r}: give one state or more, each once, "
                f"of {', '.join(self.states)}"
            )
        return names


@dataclass(frozen=True)
class _FirstPassage:
    targets: tuple[str, ...]

    def __call__(self, derivation: NetworkDerivation) -> Program:
        return derivation.first_passage(self.targets)


@dataclass(frozen=True)
class _Splitting:
    targets: tuple[str, ...]

    def __call__(self, derivation: NetworkDerivation) -> Program:
        return derivation.splitting(self.targets)


def network(rates: Mapping[Any, Any]) -> RateNetwork:
    """Build a network of rates: any directed graph of states and jumps.

    Parameters
    ----------
    rates : mapping
        ``(from, to)`` to the rate of that jump, in units of 1/time: a number, a parameter's name or
        a SymPy expression, each >= 0.  Jumps may go one way only.

    Returns
    -------
    RateNetwork
        Outputs: ``populations``; for each pair of states that a jump connects, in the order of the
        jumps, the net ``flux_a_b`` and the ``traffic_a_b`` of both directions;
        ``entropy_production`` (infinite where a flow has no way back); ``affinity_1`` ... of the
        fundamental :attr:`RateNetwork.cycles`.

    Raises
    ------
    ParameterError, DomainError
        What :class:`symqb.models.Network` refuses.

    Examples
    --------
    >>> net = network({("a", "b"): "k", ("b", "c"): 2, ("c", "a"): 1})
    >>> net.expressions["populations"][0].factor()
    2/(3*k + 2)
    >>> net.evaluate(k=4).flux_a_b
    0.5714285714285714
    """
    return RateNetwork(NetworkDerivation(Network(rates)), NetworkDerivation.steady, "Network")
