"""What a paper's symbols stand for, from derived objects only, and exact comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import sympy as sp

from symqb.audit.equations import Check, Parts
from symqb.audit.notation import Head
from symqb.audit.rows import AuditError, Finding, differing
from symqb.derive.thermal import phi

Label: TypeAlias = sp.Integer | int


def _written_out(short: Mapping[sp.Symbol, sp.Expr]) -> dict[sp.Symbol, sp.Expr]:
    """Write abbreviations in terms of none of them.

    Raises
    ------
    AuditError
        If some stand for one another in a circle.
    """
    once = {symbol: sp.sympify(value) for symbol, value in short.items()}
    found = once
    for _ in short:
        found = {symbol: value.xreplace(once) for symbol, value in found.items()}
    left = [str(symbol) for symbol, value in found.items() if value.free_symbols & set(short)]
    if left:
        raise AuditError(
            f"{', '.join(left)} lead into a circle of abbreviations; define one of them in "
            "parameters"
        )
    return found


def _generic(symbols: Iterable[sp.Basic]) -> dict[sp.Basic, sp.Expr]:
    """Give each symbol a rational value of its own."""
    ordered = sorted(symbols, key=str)
    return {s: sp.Rational(2 * k + 3, 3 * k + 7) for k, s in enumerate(ordered)}


@dataclass(frozen=True, eq=False)
class Meaning:
    r"""A system, and the paper's symbols as what is derived of it.

    Parameters
    ----------
    system : object
        What has ``eigensystem`` and ``transitions``, such as a battery.
    heads : mapping
        For each head of the paper, what it stands for, as a function of its arguments.
    abbreviations : mapping
        Symbols the paper defines, as expressions in parameters and other abbreviations; a circle
        is refused with :class:`AuditError` where they are written out.
    roots : mapping
        Symbols that abbreviate a square root, as the root: identities hold modulo its square.
    bose : type of Head, optional
        The head of a Bose number: bath, frequency.
    temperatures : mapping
        The symbol of each bath's temperature.

    Examples
    --------
    >>> from symqb import xxz_battery
    >>> from symqb.audit import head
    >>> w = head("w", r"\omega_{{{0}{1}}}")
    >>> meaning = Meaning(xxz_battery(2))
    >>> meaning = Meaning(meaning.system, {w: meaning.frequency})
    >>> meaning.same(w(4, 3), 2 * sp.Symbol("J"))
    True
    """

    system: Any
    heads: Mapping[Any, Callable[..., sp.Expr]] = field(default_factory=dict)
    abbreviations: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    roots: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    bose: type[Head] | None = None
    temperatures: Mapping[str, sp.Symbol] = field(default_factory=dict)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The derived transitions ``(upper, lower)``."""
        return tuple((t.upper, t.lower) for t in self.system.transitions())

    @cached_property
    def rates(self) -> Mapping[tuple[str, int, int], sp.Expr]:
        """The derived rate of every jump ``(bath, from, to)``."""
        found: dict[tuple[str, int, int], sp.Expr] = {}
        for t in self.system.transitions():
            for bath in t.weights:
                found[bath, t.upper, t.lower] = t.emission[bath]
                found[bath, t.lower, t.upper] = t.absorption[bath]
        return found

    def rate(self, bath: sp.Symbol | str, source: Label, target: Label) -> sp.Expr:
        """Derive a rate; zero where no jump leads."""
        return self.rates.get((str(bath), int(source), int(target)), sp.Integer(0))

    def energy(self, label: Label) -> sp.Expr:
        """Derive the energy of a level."""
        return self.system.eigensystem()[int(label)].energy

    def frequency(self, upper: Label, lower: Label) -> sp.Expr:
        """Subtract the derived energies of two levels."""
        return self.energy(upper) - self.energy(lower)

    def resolve(self, expr: sp.Basic) -> sp.Basic:
        """Replace heads and abbreviations by what is derived."""
        for head, stands_for in self.heads.items():
            expr = expr.replace(head, stands_for)
        return expr.subs(self._abbreviations)

    @cached_property
    def _abbreviations(self) -> Mapping[sp.Symbol, sp.Expr]:
        return _written_out(self.abbreviations)

    @cached_property
    def _abbreviations_and_roots(self) -> Mapping[sp.Symbol, sp.Expr]:
        return _written_out({**self.abbreviations, **self.roots})

    def in_parameters(
        self, expr: sp.Expr, expm1: Callable[[sp.Expr], sp.Expr] = lambda x: sp.exp(x) - 1
    ) -> sp.Expr:
        """Write out abbreviations, roots and Bose numbers; ``expm1`` may be one's own."""
        expr = expr.subs(self._abbreviations_and_roots)
        if self.bose is None:
            return expr
        return expr.replace(self.bose, lambda bath, w: 1 / expm1(w / self.temperatures[str(bath)]))

    def to_bose(self, expr: sp.Expr) -> sp.Expr:
        r"""Write thermal functions in Bose numbers: :math:`\phi(\omega,T_\nu)=\omega(1+n_\nu)`.

        Each Bose number is an independent symbol; :math:`n(-\omega)=-1-n(\omega)`.
        """
        short = {root: symbol for symbol, root in self.roots.items()}
        baths = {symbol: name for name, symbol in self.temperatures.items()}

        def number(bath: Any, w: sp.Expr) -> sp.Expr:
            w = sp.expand(w.subs(short))
            if w.could_extract_minus_sign():
                return -1 - sp.Symbol(f"n_{bath}[{sp.sstr(sp.expand(-w))}]")
            return sp.Symbol(f"n_{bath}[{sp.sstr(w)}]")

        expr = expr.replace(phi, lambda w, T: w * (1 + number(baths.get(T, T), w)))
        return (expr.replace(self.bose, number) if self.bose else expr).subs(short)

    def is_zero(self, expr: sp.Expr) -> bool:
        """Whether an expression in parameters, Bose numbers and roots vanishes identically: exact.

        Bose numbers at different frequencies are algebraically independent of the parameters, so
        the question is one of polynomials modulo the square of each root.
        """
        if expr not in self._known:
            self._known[expr] = self._vanishes(expr)
        return self._known[expr]

    @cached_property
    def _known(self) -> dict[sp.Expr, bool]:
        # of a paper's many comparisons most are of what was compared before
        return {}

    def _vanishes(self, expr: sp.Expr) -> bool:
        expr = self.to_bose(expr)
        if self._differs_at_a_point(expr):
            return False
        numerator, _ = sp.fraction(sp.together(expr))
        polynomial = sp.expand(numerator)
        try:
            for symbol, root in self.roots.items():
                if polynomial != 0:
                    polynomial = sp.expand(sp.rem(polynomial, symbol**2 - root**2, symbol))
        except sp.PolynomialError:
            return self._vanishes_at_a_point(polynomial)
        return bool(polynomial == 0)

    def _vanishes_at_a_point(self, expr: sp.Expr) -> bool:
        """Zero test for a form with other radicals: 50 digits at one generic point."""
        expr = expr.subs(self.roots)
        values = _generic(expr.free_symbols)
        return bool(abs(sp.N(expr.subs(values), 60)) < sp.Float(10) ** -50)

    def _differs_at_a_point(self, expr: sp.Expr) -> bool:
        """Whether an expression is a number other than zero at a generic point: no identity.

        In 80 digits, 40 of which rounding may take; where there is no number, nothing is said.
        """
        names = expr.free_symbols.union(*(root.free_symbols for root in self.roots.values()))
        values: dict[sp.Basic, sp.Expr] = _generic(names - set(self.roots))
        roots = {symbol: sp.N(root.xreplace(values), 80) for symbol, root in self.roots.items()}
        value = sp.N(expr.xreplace({**values, **roots}), 80)
        return bool(value.is_finite and abs(value) > sp.Float(10) ** -40)

    def same(self, printed: sp.Basic, derived: sp.Expr) -> bool:
        """Whether a printed expression equals a derived one identically."""
        return self.is_zero(self.resolve(printed) - derived)

    def equals(self, *derived: sp.Expr, words: str = "") -> Check:
        """Compare each printed part with a derived expression, as an identity: exact."""

        def check(parts: Parts) -> Finding:
            both = enumerate(zip(parts, derived, strict=True), start=1)
            wrong = [f"part {k}" for k, (part, true) in both if not self.same(part, true)]
            return Finding(
                not wrong,
                words or "; ".join(map(sp.latex, derived)),
                f"exact, as an identity in all parameters; {differing(wrong)}",
            )

        return check
