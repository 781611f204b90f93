r"""Formulas of derived objects as LaTeX in the paper's notation.

Kets :math:`|1,0,0\rangle`, named square roots (:math:`\alpha`), frequencies :math:`\omega_{31}`,
rates :math:`\gamma_{31}^{(L,e)}`, totals :math:`E_{31}`, :math:`A_{31}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from symqb.derive.eigensystem import Eigensystem, Level
from symqb.derive.spectra import over_ohmic
from symqb.derive.steady_state import Edge, SteadyState
from symqb.derive.surds import Surd
from symqb.derive.transitions import Transition
from symqb.derive.trees import tree_populations
from symqb.models import Bath, has_formula
from symqb.show.spelling import bath_latex, spellings, symbol_latex

STATE_LETTERS = {2: r"\Phi", 3: r"\Psi"}
TAKEN = re.compile(
    r"[CQWijk]|H_B|E|A|[EAWwrnJ]_\{.*\}|(\\rho|\\omega|\\gamma|\\eta|\\Gamma|\\chi)(_\{.*\})?"
    r"|\\(sigma|Sigma|phi|nu)"
)
"""What formulas mean by these already: a parameter called so is spelled as it is typed."""
LARGEST_TREE_COUNT = 16
"""Spanning trees up to which steady populations are written out."""
ROOTS = ("alpha", "beta", "zeta", "xi")
"""Names for square roots; the first that is no parameter's."""


@dataclass(frozen=True)
class Formula:
    """One displayed formula: a left side and the terms of the right side, signs included."""

    left: str
    terms: tuple[str, ...]
    relation: str = "="

    @property
    def latex(self) -> str:
        """The formula on one line."""
        return f"{self.left} {self.relation} {' '.join(self.terms)}".strip()


class _Printer(LatexPrinter):  # type: ignore[misc]
    """SymPy's printer with the paper's names; a sum does not start with a minus if it need not."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self._names = names

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        name = str(expr)
        return self._names.get(name) or symbol_latex(name)

    def _print_sign(self, expr: sp.Expr) -> str:
        return rf"\operatorname{{sgn}} {self.parenthesize(expr.args[0], PRECEDENCE['Mul'])}"

    def _as_ordered_terms(self, expr: sp.Expr, order: str | None = None) -> list[sp.Expr]:
        return positive_first(super()._as_ordered_terms(expr, order=order))


def positive_first(terms: Sequence[sp.Expr]) -> list[sp.Expr]:
    """The terms with the first positive one moved to the front."""
    ordered = list(terms)
    for k, term in enumerate(ordered):
        if not term.could_extract_minus_sign():
            return [ordered[k], *ordered[:k], *ordered[k + 1 :]]
    return ordered


def jump_names(edges: Iterable[Edge]) -> dict[str, str]:
    r"""Names of total rates: :math:`E_{ul}` down and :math:`A_{ul}` up (Eq. 14).

    Examples
    --------
    >>> jump_names([(3, 1)])
    {'Gamma_3_1': 'E_{31}', 'Gamma_1_3': 'A_{31}'}
    """
    names: dict[str, str] = {}
    for upper, lower in edges:
        names[f"Gamma_{upper}_{lower}"] = f"E_{{{pair(upper, lower)}}}"
        names[f"Gamma_{lower}_{upper}"] = f"A_{{{pair(upper, lower)}}}"
    return names


def pair(a: int, b: int) -> str:
    """Two level numbers as one index, with a comma where it would be ambiguous."""
    return f"{a}{b}" if max(a, b) < 10 else f"{a},{b}"


def plain_root(radicand: sp.Expr) -> sp.Expr | None:
    """The square root of a number times even powers of real parameters; None of anything else.

    Examples
    --------
    >>> J = sp.Symbol("J")
    >>> plain_root(2 * J**2), plain_root(J**2 + 1)
    (sqrt(2)*Abs(J), None)
    """
    number, rest = radicand.as_coeff_Mul()
    powers = {base: power for base, power in rest.as_powers_dict().items() if base != 1}
    if number < 0 or any(not base.is_Symbol or power % 2 for base, power in powers.items()):
        return None
    return sp.sqrt(number) * sp.Mul(*(sp.Abs(base) ** (p / 2) for base, p in powers.items()))


def _write_moduli(expr: sp.Expr) -> sp.Expr:
    """An expression with ``|J|`` for the root of a square."""
    return expr.replace(
        lambda e: e.is_Pow and abs(e.exp) == sp.Rational(1, 2) and plain_root(e.base) is not None,
        lambda e: plain_root(e.base) ** (2 * e.exp),
    )


def _write_signs(expr: sp.Expr) -> sp.Expr:
    """An expression with ``sgn J`` for ``|J|/J``."""
    for modulus in expr.atoms(sp.Abs):
        (x,) = modulus.args
        expr = expr.replace(
            lambda e, m=modulus, x=x: e.is_Mul and {m, 1 / x} <= set(e.args),
            lambda e, m=modulus, x=x: e / m * x * sp.sign(x),
        )
    return expr


def named_roots(surds: Iterable[Surd]) -> dict[sp.Expr, sp.Symbol]:
    """The radicands that occur in numbers, each with the name of its square root.

    Roots that read well as they are have no name.
    """
    found: dict[sp.Expr, None] = {}
    for surd in surds:
        for radicand in surd.radicands:
            under = sp.expand(surd.field.to_sympy(radicand))
            if plain_root(under) is None:
                found.setdefault(under)
    parameters = {str(symbol) for radicand in found for symbol in radicand.free_symbols}
    spelled = {symbol_latex(name).partition("_")[0] for name in parameters}
    root = next((name for name in ROOTS if symbol_latex(name) not in spelled), "root")
    names = [root] if len(found) == 1 else [f"{root}_{k + 1}" for k in range(len(found))]
    return {
        radicand: sp.Symbol(name, positive=True)
        for radicand, name in zip(found, names, strict=True)
    }


def parameter_spellings(names: Iterable[str]) -> dict[str, str]:
    r"""Parameters in LaTeX, none like another or like what formulas mean by a letter.

    Examples
    --------
    >>> parameter_spellings(["J", "E_1"])
    {'J': 'J', 'E_1': '\\mathrm{E\\_1}'}
    """
    return spellings(names, TAKEN.fullmatch)


@dataclass(frozen=True)
class Notation:
    """How the symbols of one battery are written."""

    roots: Mapping[sp.Expr, sp.Symbol] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, surds: Iterable[Surd], edges: Iterable[Edge] = ()) -> Notation:
        """The notation for some exact numbers and jumps."""
        surds = list(surds)
        fields = {id(surd.field): surd.field for surd in surds}.values()
        names = {str(symbol) for field in fields for symbol in field.symbols}
        return cls(named_roots(surds), {**parameter_spellings(names), **jump_names(edges)})

    def latex(self, expr: sp.Expr) -> str:
        """An expression as LaTeX."""
        return str(_Printer(self.names).doprint(expr))

    def name_roots(self, expr: sp.Expr) -> sp.Expr:
        """An expression with every known square root replaced by its name, or by a modulus."""
        for radicand, name in self.roots.items():
            # the name is positive, so that its square under a root becomes the name
            expr = expr.xreplace({radicand: name**2})
        return _write_moduli(expr)

    def tidy(self, expr: sp.Expr) -> sp.Expr:
        """An expression factored, roots named, signs moved where they read best."""
        return lift_sign(_write_signs(sp.factor(self.name_roots(expr))))

    def terms(self, expr: sp.Expr) -> tuple[str, ...]:
        """The terms of a sum as LaTeX, signs included; one term for anything else."""
        if not expr.is_Add:
            return (self.latex(expr),)
        ordered = positive_first(expr.as_ordered_terms())
        return signed(self.latex(term) for term in ordered)

    def definitions(self) -> list[Formula]:
        """What the named roots stand for."""
        return [
            Formula(self.latex(name), (rf"\sqrt{{{self.latex(radicand)}}}",))
            for radicand, name in self.roots.items()
        ]


def signed(terms: Iterable[str]) -> tuple[str, ...]:
    """Terms of a sum, each but the first with its sign in front.

    Examples
    --------
    >>> signed(["a", "- b", "c"])
    ('a', '- b', '+ c')
    """
    found: list[str] = []
    for term in terms:
        found.append(term if not found or term.startswith("-") else f"+ {term}")
    return tuple(found)


def lift_sign(expr: sp.Expr) -> sp.Expr:
    """``-(a - b) c`` as ``(b - a) c``."""
    if not expr.is_Mul or not expr.could_extract_minus_sign():
        return expr
    factors = list(expr.args)
    for k, factor in enumerate(factors):
        if factor.is_Add and not all(a.could_extract_minus_sign() for a in factor.args):
            mixed = any(a.could_extract_minus_sign() for a in factor.args)
            if mixed and factors[0].is_Rational:
                rest = [-factors[0], *factors[1:k], -factor, *factors[k + 1 :]]
                kept = [f for f in rest if f != 1]
                return sp.Mul(*kept, evaluate=False) if len(kept) > 1 else kept[0]
    return expr


def ket(spins: Sequence[int]) -> str:
    """A bare state, e.g. ``|1,0\\rangle``."""
    return f"|{','.join(map(str, spins))}\\rangle"


def state_name(label: int, spins: int) -> str:
    """The paper's letter for an eigenstate of a chain."""
    return rf"|{STATE_LETTERS.get(spins, chr(92) + 'chi')}_{{{label}}}\rangle"


def level_notation(level: Level) -> Notation:
    """One notation for a level's energy and state."""
    return Notation.of([level.exact_energy, *level.amplitudes.values()])


def state_formula(level: Level, notation: Notation | None = None) -> Formula:
    """An eigenstate in the bare basis with its normalisation (Eqs. 2, 21)."""
    notation = notation or level_notation(level)
    amplitudes = {s: notation.tidy(a.expr) for s, a in level.amplitudes.items()}
    left = state_name(level.label, len(next(iter(amplitudes))))
    ordered = sorted(amplitudes, reverse=True)
    start = next(k for k, s in enumerate(ordered) if not amplitudes[s].could_extract_minus_sign())
    ordered = [ordered[start], *ordered[:start], *ordered[start + 1 :]]
    parts = signed(_component(notation, amplitudes[s], s) for s in ordered)
    if len(parts) == 1:
        return Formula(left, parts)
    # the square of a sign is 1
    squared = {a: (a**2).replace(sp.sign, lambda x: sp.S.One) for a in amplitudes.values()}
    integers = sum(squared[a] for a in amplitudes.values() if squared[a].is_Integer)
    others = [a for a in amplitudes.values() if not squared[a].is_Integer]
    squares = [rf"\left({notation.latex(_magnitude(a))}\right)^2" for a in others]
    norm = " + ".join([*squares, *([str(integers)] if integers else [])])
    length = notation.latex(sp.sqrt(integers)) if not squares else rf"\sqrt{{{norm}}}"
    first, *rest = parts
    return Formula(
        left,
        (rf"\frac{{1}}{{{length}}}", rf"\bigl[{first}", *rest[:-1], rf"{rest[-1]}\bigr]"),
    )


def _magnitude(amplitude: sp.Expr) -> sp.Expr:
    return -amplitude if amplitude.could_extract_minus_sign() else amplitude


def _component(notation: Notation, amplitude: sp.Expr, state: Sequence[int]) -> str:
    if abs(amplitude) == 1:
        return ket(state) if amplitude == 1 else f"- {ket(state)}"
    return f"{notation.latex(amplitude)} {ket(state)}"


def energy_formula(level: Level, notation: Notation | None = None) -> Formula:
    """An energy (Eqs. 2, 21)."""
    notation = notation or level_notation(level)
    return Formula(f"E_{{{level.label}}}", (notation.latex(notation.tidy(level.energy)),))


def frequency_formula(transition: Transition, notation: Notation | None = None) -> Formula:
    """A Bohr frequency as a difference of energies and in the parameters."""
    notation = notation or Notation.of([transition.exact_frequency])
    index = pair(transition.upper, transition.lower)
    energy = notation.name_roots(transition.frequency)
    return Formula(rf"\omega_{{{index}}}", notation.terms(energy))


def rate_formulas(transition: Transition, notation: Notation | None = None) -> list[Formula]:
    """Emission and absorption rates bath by bath, as in Eqs. 12 and 27; zero rates left out.

    A bath that is not Ohmic has its spectral density in place of kappa omega.
    """
    weights = transition.exact_weights
    notation = notation or Notation.of([transition.exact_frequency, *weights.values()])
    index = pair(transition.upper, transition.lower)
    omega = rf"\omega_{{{index}}}"
    formulas: list[Formula] = []
    for bath, weight in transition.weights.items():
        if weight == 0:
            continue
        ohmic = transition.baths[bath].spectrum is None
        factor = notation.latex(notation.tidy(transition.kappa * weight if ohmic else weight))
        driven = omega if ohmic else rf"{density_name(bath)}({omega})"
        occupation = rf"n_{{{bath_latex(bath)}}}({omega})"
        for kind, thermal in (("e", rf"\bigl[1 + {occupation}\bigr]"), ("a", occupation)):
            left = rf"\gamma_{{{index}}}^{{({bath_latex(bath)},{kind})}}"
            formulas.append(Formula(left, (factor, rf"{driven}\, {thermal}")))
    return formulas


def density_name(bath: str) -> str:
    r"""The spectral density of a bath, e.g. ``\mathcal{J}_{L}``."""
    return rf"\mathcal{{J}}_{{{bath_latex(bath)}}}"


def density_formulas(
    baths: Iterable[Bath], kappa: sp.Expr, notation: Notation | None = None
) -> list[Formula]:
    """The spectral densities at positive frequencies, where one is not Ohmic and has a formula."""
    omega = sp.Symbol("omega", positive=True)
    notation = notation or Notation()
    return [
        Formula(
            rf"{density_name(bath.name)}(\omega)",
            (notation.latex(kappa * omega * over_ohmic(bath, omega)),),
        )
        for bath in baths
        if bath.spectrum is not None and has_formula(bath.spectrum)
    ]


def tree_formulas(steady: SteadyState) -> list[Formula]:
    """Populations as sums over spanning trees, in the total rates of Eq. 14."""
    notation = Notation.of((), steady.edges)
    formulas: list[Formula] = []
    populations = tree_populations(steady.labels, steady.edges)
    for label, population in zip(steady.labels, populations, strict=True):
        weight, _ = sp.fraction(population)
        formulas.append(Formula(f"W_{{{label}}}", notation.terms(weight)))
    total = signed(f"W_{{{label}}}" for label in steady.labels)
    formulas.append(Formula(r"\rho_{ii}", (rf"\frac{{W_i}}{{{' '.join(total)}}}",)))
    return formulas


def aligned(formulas: Iterable[Formula]) -> str:
    """Formulas under one another."""
    lines = (f"{f.left} &{f.relation} {' '.join(f.terms)}" for f in formulas)
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def eigensystem_notation(eigensystem: Eigensystem) -> Notation:
    """One notation for all levels of a chain."""
    return Notation.of(
        surd
        for level in eigensystem
        for surd in (level.exact_energy, *level.amplitudes.values(), level.norm)
    )
