"""The populations of a steady state in each of the forms there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp
from flint import fmpz_mpoly, fmpz_mpoly_ctx

from symqb.derive.derivation import Derivation
from symqb.derive.steady_state import rate_name
from symqb.derive.trees import count_trees
from symqb.models import NoClosedFormError
from symqb.show.forms.factoring import factored, repeated_sums, terms_of
from symqb.show.forms.names import Driven, RateWriter
from symqb.show.forms.tree_sums import (
    FEW_NAMES,
    MOST_TREES,
    TreeSums,
    tree_sums,
    without_common_factor,
)
from symqb.show.named_program import name_steps

Populations = dict[int, sp.Expr]
"""Each level's population, in named parts."""


class PopulationWriter:
    """Write populations in one form after the rates have their names.

    Parameters
    ----------
    derivation : Derivation
    """

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.rates = RateWriter(derivation)
        self.names = self.rates.names
        self.labels = derivation.labels

    def _sums(self) -> TreeSums:
        rates = self.rates.rates()
        trees = count_trees(self.labels, [(t.upper, t.lower) for t in self.derivation.transitions])
        different = len(set(rates.values()))
        if trees > MOST_TREES and different > FEW_NAMES:
            raise NoClosedFormError(
                f"each population is a sum over {trees} spanning trees in {different} different "
                "rates: too long to be written out; use form='nested'"
            )
        return tree_sums(self.labels, rates)

    def trees(self) -> Populations:
        """Sums over spanning trees over one denominator, common factors taken out."""
        sums = self._sums()
        return self._over_one(sums, [factored(w, sums.symbols) for w in sums.weights])

    def _over_one(self, sums: TreeSums, weights: list[sp.Expr]) -> Populations:
        """Weights over their sum, with names for what occurs twice."""
        known: dict[sp.Expr, sp.Expr] = {}
        for k, repeated in enumerate(repeated_sums(weights), 1):
            named = repeated.xreplace(known)
            known[repeated] = self.names.define(f"s_{k}", named, f"s_{{{k}}}", positive=True)
        written = [weight.xreplace(known) for weight in weights]
        named = {
            label: self.names.define(f"W_{label}", weight, f"W_{{{label}}}", positive=True)
            for label, weight in zip(self.labels, written, strict=True)
        }
        total = self.names.define("W", sp.Add(*named.values()), r"\mathcal{W}", positive=True)
        return {label: weight / total for label, weight in named.items()}

    def product(self) -> Populations:
        """One factor a mode, where the sum of all weights is a product.

        Raises
        ------
        NoClosedFormError
            It is none.
        """
        sums = self._sums()
        if not sums.is_product:
            raise NoClosedFormError(
                "the populations are no product: their common denominator has one factor; "
                "use form='trees' or 'nested'"
            )
        found = {}
        for label, weight in zip(self.labels, sums.weights, strict=True):
            common = weight.gcd(sums.total)
            over, under = weight / common, sums.total / common
            found[label] = factored(over, sums.symbols) / factored(under, sums.symbols)
        return found

    def exponential(self) -> Populations:
        """Polynomials in Boltzmann factors over one denominator: no Bose number is left."""
        sums = self._sums()
        above, below = self._cleared()
        symbols = tuple(dict.fromkeys((*above.values(), *below.values())))
        symbols = tuple(symbol for symbol in symbols if symbol.is_Symbol)
        ring = fmpz_mpoly_ctx.get([symbol.name for symbol in symbols], "lex")

        def enter(expr: sp.Expr) -> fmpz_mpoly:
            return ring.gen(symbols.index(expr)) if expr.is_Symbol else ring.constant(int(expr))

        degrees = {under: _degree(sums, below, under) for under in set(below.values())}
        weights = []
        for weight in sums.weights:
            total = ring.constant(0)
            for powers, coefficient in terms_of(weight).items():
                term, left = ring.constant(coefficient), dict(degrees)
                for symbol, power in zip(sums.symbols, powers, strict=True):
                    term *= enter(above[symbol]) ** power
                    left[below[symbol]] -= power
                for under, power in left.items():
                    term *= enter(under) ** power
                total += term
            weights.append(total)
        cleared = without_common_factor(weights, symbols)
        return self._over_one(cleared, [factored(w, symbols) for w in cleared.weights])

    def _cleared(self) -> tuple[dict[sp.Symbol, sp.Expr], dict[sp.Symbol, sp.Expr]]:
        """Every rate's numerator and denominator in Boltzmann factors, named."""
        rates = self.rates.rates()
        above: dict[sp.Symbol, sp.Expr] = {}
        below: dict[sp.Symbol, sp.Expr] = {}
        for driven in self.rates.driven:
            upper, lower = driven.transition.upper, driven.transition.lower
            (down, up), under = self._fraction(driven)
            index = f"{upper}{lower}" if max(upper, lower) < 10 else f"{upper},{lower}"
            shared = self.names.define(f"D_{upper}_{lower}", under, f"D_{{{index}}}")
            pairs = (((upper, lower), down, "e"), ((lower, upper), up, "a"))
            for jump, over, letter in pairs:
                if jump in rates and rates[jump] not in above:
                    name = f"{letter}_{upper}_{lower}"
                    latex = rf"{letter}_{{{index}}}"
                    above[rates[jump]] = self.names.define(name, over, latex)
                    below[rates[jump]] = shared
        return above, below

    def _fraction(self, driven: Driven) -> tuple[tuple[sp.Expr, sp.Expr], sp.Expr]:
        """The rates down and up over a common denominator, and it."""
        omega, warm = driven.omega, []
        cold = [sp.Integer(0), sp.Integer(0)]
        for part in driven.parts:
            if omega == 0 or part.temperature == 0:
                for k, rate in enumerate(self.rates.of_bath(driven, part)[:: driven.sign]):
                    cold[k] += rate
            else:
                warm.append((part.weight, self.rates.boltzmann(driven, part)))
        factors = list(dict.fromkeys(1 - x for _, x in warm))
        under = sp.Mul(*factors)
        sums = [sp.Integer(0), sp.Integer(0)]
        for weight, x in warm:
            others = weight * sp.Mul(*(factor for factor in factors if factor != 1 - x))
            sums[0] += others
            sums[1] += others * x
        down, up = (omega * total + rate * under for total, rate in zip(sums, cold, strict=True))
        return ((down, up) if driven.sign > 0 else (up, down)), under

    def eta(self) -> Populations:
        r"""Two levels whose balance decides, :math:`\eta_1` and :math:`\eta_2`, as in Eqs. 13-14.

        Raises
        ------
        NoClosedFormError
            No two levels have all others between them.
        """
        rates = self.rates.rates()
        first, second = _hub(self.labels, rates)
        outer = [label for label in self.labels if label not in (first, second)]
        leaving = sp.Add(*(rates[first, o] for o in outer))
        eta_1, eta_2 = sp.Integer(0), sp.Integer(1)
        for o in outer:
            back = rates[o, first] / (leaving * (rates[o, first] + rates[o, second]))
            eta_1 += back * rates[second, o]
            eta_2 -= back * rates[first, o]
        one = self.names.define("eta_1", eta_1, r"\eta_1", positive=True)
        two = self.names.define("eta_2", eta_2, r"\eta_2", positive=True)
        relative = {first: one, second: two}
        for o in outer:
            arriving = rates[first, o] * one + rates[second, o] * two
            out = rates[o, first] + rates[o, second]
            latex = rf"v_{{{o}}}"
            relative[o] = self.names.define(f"v_{o}", arriving / out, latex, positive=True)
        total = sp.Add(*(relative[label] for label in self.labels))
        norm = self.names.define("W", total, r"\mathcal{W}", positive=True)
        return {label: relative[label] / norm for label in self.labels}

    def nested(self) -> Populations:
        """Elimination of one level after another, without a subtraction."""
        rates = self.rates.rates()
        elimination = self.derivation.steady_state().elimination
        known = {sp.Symbol(rate_name(*jump)): rate for jump, rate in rates.items()}
        absent = {sp.Symbol(name): sp.Integer(0) for name in elimination.inputs}
        known = absent | known
        named, outputs = name_steps(elimination)
        for k, (symbol, expr) in enumerate(named, 1):
            latex = f"g_{{{k}}}"
            known[symbol] = self.names.define(
                symbol.name, expr.xreplace(known), latex, positive=True
            )
        values = outputs["populations"]
        shares = values if isinstance(values, tuple) else (values,)
        return {
            label: share.xreplace(known) for label, share in zip(self.labels, shares, strict=True)
        }

    def gibbs(self) -> Populations:
        """Boltzmann factors over their sum, where all baths have one temperature above 0.

        Raises
        ------
        NoClosedFormError
            They have not.
        """
        found = {part.temperature for driven in self.rates.driven for part in driven.parts}
        if len(found) != 1 or 0 in found:
            raise NoClosedFormError(
                "the baths have no one temperature above 0, so that the state is no Gibbs state; "
                "use form='trees' or 'nested'"
            )
        (temperature,) = found
        factors = {}
        for level in self.derivation.eigensystem:
            surd = level.exact_energy - self.derivation.eigensystem.empty_energy
            height = self.rates.notation.name_roots(surd.expr)
            latex = rf"b_{{{level.label}}}"
            factors[level.label] = self.names.define(
                f"b_{level.label}", sp.exp(-height / temperature), latex, positive=True
            )
        total = self.names.define("Z", sp.Add(*factors.values()), "Z", positive=True)
        return {label: factor / total for label, factor in factors.items()}


FORMS: Mapping[str, Callable[[PopulationWriter], Populations]] = {
    "gibbs": PopulationWriter.gibbs,
    "product": PopulationWriter.product,
    "trees": PopulationWriter.trees,
    "eta": PopulationWriter.eta,
    "exponential": PopulationWriter.exponential,
    "nested": PopulationWriter.nested,
}
"""Every form of the populations."""


def _degree(sums: TreeSums, below: Mapping[sp.Symbol, sp.Expr], under: sp.Expr) -> int:
    """How many rates over one denominator a term has at most."""
    which = [k for k, symbol in enumerate(sums.symbols) if below[symbol] == under]
    monomials = (powers for weight in sums.weights for powers in terms_of(weight))
    return max(sum(powers[k] for k in which) for powers in monomials)


def _hub(labels: tuple[int, ...], rates: Mapping[tuple[int, int], sp.Expr]) -> tuple[int, int]:
    """Two levels not joined to each other, that all others are joined to and to nothing else."""
    for k, first in reversed(list(enumerate(labels))):
        for second in labels[k + 1 :]:
            outer = set(labels) - {first, second}
            wanted = {(h, o) for h in (first, second) for o in outer}
            if outer and set(rates) == wanted | {(o, h) for h, o in wanted}:
                return first, second
    raise NoClosedFormError(
        "no two levels have all others between them, as the form of Eqs. 13-14 wants; "
        "use form='trees' or 'nested'"
    )
