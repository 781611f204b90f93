"""Names of the parts of a closed form: equal frequencies, occupations and rates have one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sympy as sp

from symqb.derive.derivation import Derivation
from symqb.derive.hamiltonian import as_expr
from symqb.derive.spectra import over_ohmic
from symqb.derive.surds import Surd
from symqb.derive.transitions import Transition
from symqb.show.formulas import Notation, pair
from symqb.show.spelling import bath_latex

Jump = tuple[int, int]


class Names:
    """Named parts in order; what is named twice has one name.

    Parameters
    ----------
    taken : iterable of str
        Names of parameters, which no part may have.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._known: dict[sp.Expr, sp.Symbol] = {}
        self.definitions: dict[sp.Symbol, sp.Expr] = {}
        self.spelled: dict[str, str] = {}
        self.arguments: dict[str, sp.Expr] = {}

    def define(self, name: str, expr: sp.Expr, latex: str, *, positive: bool = False) -> sp.Expr:
        """Name an expression, unless it is a number or a symbol or has a name already.

        Examples
        --------
        >>> names, x = Names(["s"]), sp.Symbol("x")
        >>> names.define("s", x + 1, "s"), names.define("t", 1 + x, "t"), names.define("u", x, "u")
        (s_, s_, x)
        """
        if expr.is_Atom:
            return expr
        if expr not in self._known:
            while name in self._taken:
                name += "_"
            self._taken.add(name)
            symbol = sp.Symbol(name, positive=True) if positive else sp.Symbol(name, real=True)
            self._known[expr] = symbol
            self.definitions[symbol] = expr
            self.spelled[name] = latex
        return self._known[expr]


@dataclass(frozen=True)
class Part:
    """What one bath adds to the rates of a transition: ``weight * (1 + n)`` times the frequency."""

    bath: str
    weight: sp.Expr
    temperature: sp.Expr


@dataclass
class Driven:
    """One transition: its frequency as ``sign`` times a named one, and what every bath adds."""

    transition: Transition
    omega: sp.Expr
    sign: int
    parts: list[Part] = field(default_factory=list)

    @property
    def frequency(self) -> sp.Expr:
        """The frequency in named parts."""
        return self.sign * self.omega


class RateWriter:
    """Write the rates of a derivation in named parts, over their common prefactor.

    Parameters
    ----------
    derivation : Derivation
    """

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        transitions, levels = derivation.transitions, derivation.eigensystem
        surds = [s for t in transitions for s in (t.exact_frequency, *t.exact_weights.values())]
        self.notation = Notation.of([*surds, *(level.exact_energy for level in levels)])
        self.names = Names(derivation.parameters)
        for radicand, symbol in self.notation.roots.items():
            self.names.definitions[symbol] = sp.sqrt(radicand)
        weights = [weight for t in transitions for weight in t.weights.values() if weight != 0]
        self.content = sp.gcd_list([abs(weight.as_coeff_Mul()[0]) for weight in weights])
        self.prefactor = self.content * as_expr(derivation.model.kappa)
        self._frequencies: dict[Surd, sp.Expr] = {}
        self.driven = [self._drive(transition) for transition in transitions]

    def _drive(self, t: Transition) -> Driven:
        found = Driven(t, *self._frequency(t))
        for name, weight in t.weights.items():
            if weight == 0:
                continue
            index, letter = f"{name}_{t.upper}_{t.lower}", bath_latex(name)
            upper = rf"_{{{pair(t.upper, t.lower)}}}^{{({letter})}}"
            shared = self.notation.tidy(weight) / self.content
            shared = self.names.define(f"c_{index}", shared, f"c{upper}")
            density = over_ohmic(t.baths[name], self.notation.name_roots(found.omega))
            dense = self.names.define(f"d_{index}", density, f"d{upper}")
            temperature = as_expr(t.baths[name].temperature)
            found.parts.append(Part(name, shared * dense, temperature))
        return found

    def _frequency(self, t: Transition) -> tuple[sp.Expr, int]:
        surd = t.exact_frequency
        if -surd in self._frequencies:
            return self._frequencies[-surd], -1
        if surd not in self._frequencies:
            expr = self.notation.name_roots(t.frequency)
            latex = rf"\omega_{{{pair(t.upper, t.lower)}}}"
            self._frequencies[surd] = self.names.define(f"omega_{t.upper}_{t.lower}", expr, latex)
        return self._frequencies[surd], 1

    def occupation(self, driven: Driven, part: Part) -> sp.Expr:
        """The Bose number of a bath at the named frequency of a transition."""
        omega, t = driven.omega, driven.transition
        expr = 1 / (sp.exp(omega / part.temperature) - 1)
        latex = rf"n_{{{bath_latex(part.bath)}}}"
        found = self.names.define(f"n_{part.bath}_{t.upper}_{t.lower}", expr, latex)
        self.names.arguments.setdefault(str(found), omega)
        return found

    def boltzmann(self, driven: Driven, part: Part) -> sp.Expr:
        """The Boltzmann factor of a bath at the named frequency of a transition."""
        omega, t = driven.omega, driven.transition
        latex = rf"x_{{{pair(t.upper, t.lower)}}}^{{({bath_latex(part.bath)})}}"
        expr = sp.exp(-omega / part.temperature)
        return self.names.define(f"x_{part.bath}_{t.upper}_{t.lower}", expr, latex, positive=True)

    def of_bath(self, driven: Driven, part: Part) -> tuple[sp.Expr, sp.Expr]:
        """What one bath adds to the rates down and up a transition, over the prefactor."""
        omega, weight = driven.omega, part.weight
        if omega == 0:
            return weight * part.temperature, weight * part.temperature
        if part.temperature == 0:
            rates = weight * sp.Max(omega, 0), weight * sp.Max(-omega, 0)
        else:
            n = self.occupation(driven, part)
            rates = omega * weight * (1 + n), omega * weight * n
        return rates[:: driven.sign]

    def total(self, driven: Driven) -> tuple[sp.Expr, sp.Expr]:
        """The rates of all baths down and up a transition, the frequency before a bracket."""
        omega, sums = driven.omega, []
        for k in (0, 1):
            warm, cold = sp.Integer(0), sp.Integer(0)
            for part in driven.parts:
                if omega == 0 or part.temperature == 0:
                    cold += self.of_bath(driven, part)[:: driven.sign][k]
                else:
                    n = self.occupation(driven, part)
                    warm += part.weight * (n + 1 if k == 0 else n)
            sums.append(omega * warm + cold)
        down, up = sums[:: driven.sign]
        return down, up

    def rates(self) -> dict[Jump, sp.Expr]:
        """The total rate of every jump, named; equal rates have one name."""
        found: dict[Jump, sp.Expr] = {}
        for driven in self.driven:
            down, up = self.total(driven)
            upper, lower = driven.transition.upper, driven.transition.lower
            for jump, rate, letter in (((upper, lower), down, "E"), ((lower, upper), up, "A")):
                name, latex = (
                    f"Gamma_{jump[0]}_{jump[1]}",
                    rf"\bar{{{letter}}}_{{{pair(upper, lower)}}}",
                )
                if rate != 0:
                    found[jump] = self.names.define(name, rate, latex, positive=True)
        return found

    def symbols(self) -> Mapping[sp.Symbol, sp.Symbol]:
        """The parameters' symbols with what is known of them: positive or real."""
        positive = {*self.derivation.temperatures, self.derivation.kappa}
        found: dict[sp.Symbol, sp.Symbol] = {}
        for name in self.derivation.parameters:
            known = {"positive": True} if name in positive else {"real": True}
            found[sp.Symbol(name)] = sp.Symbol(name, **known)
        return found
