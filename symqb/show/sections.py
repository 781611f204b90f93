"""The derivation as an ordered chain of formulas, which the LaTeX document and the page show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from symqb.derive import Transition, basis_states, count_trees, eta_form, hamiltonian_matrix
from symqb.derive.derivation import Derivation
from symqb.derive.eigensystem import Level
from symqb.derive.hamiltonian import as_expr
from symqb.models import Chain, ParameterError
from symqb.show.formulas import (
    LARGEST_TREE_COUNT,
    Formula,
    Notation,
    density_formulas,
    energy_formula,
    frequency_formula,
    ket,
    pair,
    rate_formulas,
    signed,
    state_formula,
    tree_formulas,
)
from symqb.show.named_program import name_steps
from symqb.show.spelling import bath_latex
from symqb.show.writing import Writing


@dataclass(frozen=True)
class Section:
    """One step of the chain: what it says in words, and its formulas.

    ``paper`` names the equations of the paper it corresponds to.
    """

    key: str
    title: str
    paper: str
    text: str
    formulas: tuple[Formula, ...]
    folded: bool = False
    definitions: int = 0
    """How many of the formulas, from the first, say what a name stands for."""


def hamiltonian_section(page: Writing) -> Section:
    """The operator, and its matrix block by block."""
    formulas = [Formula("H_B", _operator_terms(page))]
    chain = page.model.chain
    matrix, basis = hamiltonian_matrix(chain), basis_states(chain.spins)
    conserved = chain.conserves_magnetization
    for index, ups in _blocks(chain.spins, conserved):
        chosen = [k for k, state in enumerate(basis) if sum(state) in ups]
        block = matrix.extract(chosen, chosen)
        kets = r",\, ".join(ket(basis[k]) for k in chosen)
        terms = (_matrix(block, page.notation), rf"\quad \text{{on }} {kets}")
        formulas.append(Formula(rf"H_B^{{({index})}}", terms))
    text = (
        "The Hamiltonian conserves the number of spins up, so its matrix in the bare basis falls "
        "into one block for each number."
        if conserved
        else "The Hamiltonian turns pairs of spins: it conserves whether the number of spins up is "
        "even or odd, so its matrix in the bare basis falls into two blocks."
    )
    return Section("hamiltonian", "Hamiltonian", "Eqs. 1, 3, 20", text, tuple(formulas))


def _blocks(spins: int, conserved: bool) -> list[tuple[str, range]]:
    """The blocks of the Hamiltonian: an index, and the numbers of spins up in it."""
    if conserved:
        return [(str(up), range(up, up + 1)) for up in range(spins, -1, -1)]
    names = {0: r"\mathrm{even}", 1: r"\mathrm{odd}"}
    return [(names[rest], range(rest, spins + 1, 2)) for rest in (0, 1)]


def _matrix(block: sp.Matrix, notation: Notation) -> str:
    if block.shape == (1, 1):
        return notation.latex(block[0, 0])
    rows = r" \\ ".join(" & ".join(notation.latex(x) for x in row) for row in block.tolist())
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def _operator_terms(page: Writing) -> tuple[str, ...]:
    chain, tex = page.model.chain, page.tex
    fields, bonds = chain.fields, [_strengths(chain, k) for k in range(chain.spins - 1)]
    if len(set(fields)) == 1 and len(set(bonds)) == 1:
        fields, sites = fields[:1], [("i", rf"\sum_{{i=1}}^{{{chain.spins}}} ")]
        bond_sum = rf"\sum_{{i=1}}^{{{chain.spins - 1}}} "
        bonds = bonds[:1]
        pairs = [("i", "i+1", bond_sum)] if chain.spins > 2 else [("1", "2", "")]
    else:
        sites = [(str(i), "") for i in range(1, chain.spins + 1)]
        pairs = [(str(i), str(i + 1), "") for i in range(1, chain.spins)]
    terms = [
        rf"\frac{{{tex(value)}}}{{2}} {total}\sigma_z^{{({i})}}"
        for value, (i, total) in zip(fields, sites, strict=True)
    ]
    for strengths, (i, j, total) in zip(bonds, pairs, strict=True):
        for strength, axis in zip(strengths, "xyz", strict=True):
            product = rf"\sigma_{axis}^{{({i})}}\sigma_{axis}^{{({j})}}"
            terms.append(rf"\frac{{{tex(strength)}}}{{2}} {total}{product}")
    return signed(terms)


def _strengths(chain: Chain, bond: int) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """The strengths of a bond along x, y and z."""
    J, Delta, eta = (as_expr(v[bond]) for v in (chain.J, chain.Delta, chain.eta))
    return sp.expand(J + eta), sp.expand(J - eta), Delta


def levels_section(page: Writing) -> Section:
    """Energies and states."""
    notation = page.notation
    formulas = notation.definitions()
    for level in page.derivation.eigensystem:
        formulas += [state_formula(level, notation), energy_formula(level, notation)]
    text = "Levels by magnetisation and mirror parity, in the paper's numbering and phases."
    if not page.of_paper:
        text = "Energies and states, block by block."
    named = len(notation.roots)
    return Section("levels", "Levels", "Eqs. 2, 21", text, tuple(formulas), definitions=named)


def transitions_section(page: Writing) -> Section:
    """Frequencies and squared matrix elements."""
    notation = page.notation
    formulas: list[Formula] = []
    for t in page.derivation.transitions:
        formulas.append(frequency_formula(t, notation))
        formulas += [
            Formula(
                rf"w_{{{pair(t.upper, t.lower)}}}^{{({bath_latex(bath)})}}",
                (notation.latex(notation.tidy(weight)),),
            )
            for bath, weight in t.weights.items()
        ]
    text = (
        "Bohr frequencies and squared matrix elements of each bath's coupling operator between "
        "the levels; all other pairs have none."
    )
    return Section("transitions", "Transitions", "Eqs. 8, 10", text, tuple(formulas))


def rates_section(page: Writing) -> Section:
    """Emission and absorption rates, and the one expression behind them."""
    notation, transitions = page.notation, page.derivation.transitions
    ohmic = all(bath.spectrum is None for bath in page.model.baths)
    kappa = as_expr(page.model.kappa)
    strength = "" if kappa == 1 else rf"{page.tex(kappa)}\, "
    thermal = r"\phi(E_i - E_j, T_\nu)"
    driven: tuple[str, ...] = (rf"{strength}w_{{ij}}^{{(\nu)}}\, {thermal}",)
    if not ohmic:
        size = r"|E_i - E_j|"
        driven = (
            r"w_{ij}^{(\nu)}",
            rf"\frac{{\mathcal{{J}}_\nu({size})}}{{{size}}}\, {thermal}",
        )
    formulas = [
        Formula(r"\Gamma_{i\to j}^{(\nu)}", driven),
        Formula(r"\phi(\omega, T)", (r"\frac{\omega}{1 - e^{-\omega/T}}",)),
        Formula(r"n_\nu(\omega)", (r"\frac{1}{e^{\omega/T_\nu} - 1}",)),
    ]
    if not ohmic:
        formulas += density_formulas(page.model.baths, kappa, notation)
    for t in transitions:
        formulas += rate_formulas(t, notation)
    text = (
        "One expression gives every rate for every sign of the frequency; for positive "
        "frequencies it is emission (e) and absorption (a) in the paper's form."
    )
    if not page.of_paper:
        text = text.replace(" in the paper's form", "")
    return Section("rates", "Rates", "Eqs. 12, 18, 27, B1-B12", text, tuple(formulas))


def balance_section(page: Writing) -> Section:
    """The closed equations of the populations."""
    formulas = [
        Formula(
            rf"{kind}_{{ij}}",
            signed(
                rf"\gamma_{{ij}}^{{({bath_latex(bath.name)},{small})}}" for bath in page.model.baths
            ),
        )
        for kind, small in (("A", "a"), ("E", "e"))
    ]
    transitions = page.derivation.transitions
    for level in page.derivation.eigensystem:
        terms = signed(_balance_terms(level.label, transitions))
        formulas.append(Formula(rf"\dot\rho_{{{pair(level.label, level.label)}}}", terms))
    text = (
        "The superoperator feeds populations from populations only, so they close among "
        "themselves; every coherence decays."
    )
    paper = "Eqs. 11, 26, C1-C8"
    return Section("balance", "Rate equations", paper, text, tuple(formulas))


def _balance_terms(label: int, transitions: Sequence[Transition]) -> Iterator[str]:
    for t in transitions:
        index, upper, lower = pair(t.upper, t.lower), pair(*[t.upper] * 2), pair(*[t.lower] * 2)
        down, up = rf"E_{{{index}}}\rho_{{{upper}}}", rf"A_{{{index}}}\rho_{{{lower}}}"
        if t.lower == label:
            yield from (down, f"- {up}")
        elif t.upper == label:
            yield from (up, f"- {down}")


def steady_section(page: Writing) -> Section:
    """The populations: tree sums and the eta-form, or the named elimination."""
    steady = page.derivation.steady_state()
    trees = count_trees(steady.labels, steady.edges)
    if trees <= LARGEST_TREE_COUNT:
        eta, which = _eta_formulas(page), "of Eqs. 13-14" if page.of_paper else "of two levels"
        text = f"Each population is a sum over {trees} spanning trees, all terms positive"
        text += f"; then the same populations in the form {which}." if eta else "."
        formulas = [*tree_formulas(steady), *eta]
        return Section("steady", "Steady state", "Eqs. 13-14", text, tuple(formulas))
    counts = steady.elimination.operation_counts()
    counted = ", ".join(f"{n} {op}" for op, n in counts.items())
    start = "The paper leaves these populations out as too complex: e" if page.of_paper else "E"
    text = (
        f"{start}ach is a sum over {trees} "
        f"spanning trees. Elimination without a subtraction needs {sum(counts.values())} "
        f"operations ({counted}), written here with named intermediates."
    )
    notation = page.notation
    named, outputs = name_steps(steady.elimination)
    formulas = [Formula(notation.latex(name), notation.terms(expr)) for name, expr in named]
    formulas += [
        Formula(rf"\rho_{{{pair(label, label)}}}", notation.terms(expr))
        for label, expr in zip(steady.labels, outputs["populations"], strict=True)
    ]
    return Section("steady", "Steady state", "Sec. V", text, tuple(formulas), folded=True)


def _eta_formulas(page: Writing) -> list[Formula]:
    steady, notation = page.derivation.steady_state(), page.notation
    inner = [v.label for v in page.derivation.eigensystem if v.up == 1]
    around = {(a, b) for a, b in steady.edges if (a in inner) != (b in inner)}
    if page.model.chain.spins != 2 or len(inner) != 2 or len(around) != 4:
        return []
    form = eta_form(steady.edges, (inner[0], inner[1]))
    first = pair(inner[0], inner[0])
    formulas = [Formula(rf"\eta_{k}", notation.terms(form[f"eta_{k}"])) for k in (1, 2)]
    eta = {form["eta_1"]: sp.Symbol("eta_1"), form["eta_2"]: sp.Symbol("eta_2")}
    reference = form[f"rho_{inner[0]}"]
    for label in steady.labels:
        if label == inner[0]:
            continue
        ratio = _ratio(form[f"rho_{label}"], reference, eta)
        left = rf"\rho_{{{pair(label, label)}}}"
        formulas.append(Formula(left, (rf"{notation.latex(ratio)} \rho_{{{first}}}",)))
    total = signed(rf"\rho_{{{pair(v, v)}}}" for v in steady.labels)
    formulas.append(Formula("1", total))
    return formulas


def _ratio(numerator: sp.Expr, reference: sp.Expr, eta: dict[sp.Expr, sp.Symbol]) -> sp.Expr:
    """A population relative to the reference, in eta_1 and eta_2."""
    names = list(eta.items())
    # both share the normalisation, so their quotient is free of it
    quotient = numerator / reference
    for value, name in names:
        quotient = quotient.subs(value, name)
    return quotient


def energetics_section(page: Writing) -> Section:
    """Stored energy, capacity, ergotropy, exergy, heat currents, entropy production."""
    notation = page.notation
    heights = [
        (level, notation.latex(notation.tidy(height)))
        for level, height in _heights(page.derivation)
    ]
    stored = signed(rf"{_bracketed(h)} \rho_{{{pair(v.label, v.label)}}}" for v, h in heights)
    most = (*(rf"{h}," for _, h in heights[:-1]), rf"{heights[-1][1]}\bigr\}}")
    reference = as_expr(page.model.baths[-1].temperature)
    cold = _bracketed(notation.latex(reference)) if reference.is_Add else notation.latex(reference)
    formulas = [
        Formula(r"\Delta E_B", stored),
        Formula("C", (r"\max\bigl\{0,", *most)),
        Formula("Q", (r"\Delta E_B / C",)),
        Formula("W", (r"\sum_i E_i\,\rho_{ii} - \sum_k E_k^{\uparrow}\, r_k^{\downarrow}",)),
        Formula(r"\Sigma_{\mathrm{ex}}", _exergy(reference, cold)),
    ]
    baths = page.model.baths
    formulas += [_current(bath.name, page.derivation.transitions) for bath in baths]
    if all(as_expr(bath.temperature) != 0 for bath in baths):
        production = signed(
            rf"- \frac{{J_{{{bath_latex(bath.name)}}}}}{{{page.tex(bath.temperature)}}}"
            for bath in baths
        )
        formulas.append(Formula(r"\sigma", production))
    text = (
        "Energies above the empty battery weighted with the populations, and how much of it work "
        "can use: arrows mean sorted in rising and falling order. Heat flows from bath to battery."
    )
    paper = "Eqs. 15-17, 19"
    return Section("energetics", "Energetics", paper, text, tuple(formulas))


def _exergy(reference: sp.Expr, cold: str) -> tuple[str, ...]:
    """The exergy above the Gibbs state of the reference bath, or above its ground state."""
    energy = r"\sum_k E_k^{\uparrow} r_k^{\downarrow}"
    if reference == 0:
        return energy, r"- E_1^{\uparrow}"
    return (
        energy,
        rf"+ {cold} \sum_k r_k \ln r_k",
        rf"+ {cold} \ln \sum_k e^{{-E_k/{cold}}}",
    )


def _heights(derivation: Derivation) -> list[tuple[Level, sp.Expr]]:
    """Levels with their energies above that of ``|0..0>``, those at zero left out."""
    levels = derivation.eigensystem
    surds = ((level, level.exact_energy - levels.empty_energy) for level in levels)
    return [(level, surd.expr) for level, surd in surds if surd]


def _bracketed(factor: str) -> str:
    plain_factor = not any(sign in factor for sign in "+-") or factor.startswith(r"\frac")
    return factor if plain_factor else rf"\bigl({factor}\bigr)"


def _current(bath: str, transitions: Sequence[Transition]) -> Formula:
    terms, name = [], bath_latex(bath)
    for t in transitions:
        if t.weights[bath] == 0:
            continue
        index = pair(t.upper, t.lower)
        upper, lower = pair(t.upper, t.upper), pair(t.lower, t.lower)
        gain = rf"\gamma_{{{index}}}^{{({name},a)}}\rho_{{{lower}}}"
        loss = rf"\gamma_{{{index}}}^{{({name},e)}}\rho_{{{upper}}}"
        terms.append(rf"\omega_{{{index}}}\bigl[{gain} - {loss}\bigr]")
    return Formula(f"J_{{{name}}}", signed(terms))


BUILDERS: Mapping[str, Callable[[Writing], Section]] = {
    "hamiltonian": hamiltonian_section,
    "levels": levels_section,
    "transitions": transitions_section,
    "rates": rates_section,
    "balance": balance_section,
    "steady": steady_section,
    "energetics": energetics_section,
}
"""Every section, in order."""


def sections(
    derivation: Derivation,
    only: Iterable[str] | None = None,
    names: Mapping[str, str] | None = None,
) -> list[Section]:
    """The chain from the Hamiltonian to the energetics, or some of its sections.

    Parameters
    ----------
    derivation : Derivation
    only : iterable of str, optional
        Keys of :data:`BUILDERS`.
    names : mapping, optional
        The user's own LaTeX of parameters.

    Raises
    ------
    NoClosedFormError
        More spins than have closed forms.
    ParameterError
        An unknown section or name.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> [s.key for s in sections(Derivation(xxz_model(2)))][:3]
    ['hamiltonian', 'levels', 'transitions']
    """
    page = Writing(derivation, names or {})
    chosen = tuple(BUILDERS) if only is None else tuple(only)
    for key in chosen:
        if key not in BUILDERS:
            raise ParameterError(f"sections: {key!r} is unknown; choose {', '.join(BUILDERS)}")
    found = [build(page) for key, build in BUILDERS.items() if key in chosen]
    return found if page.of_paper else [replace(section, paper="") for section in found]


def split_only(text: str | None) -> tuple[list[str] | None, list[str] | None]:
    """Names with commas between them, as sections and as outputs; None where there are none.

    Examples
    --------
    >>> split_only("rates, populations"), split_only("levels"), split_only(None)
    ((['rates'], ['populations']), (['levels'], None), (None, None))
    """
    if text is None:
        return None, None
    names = [name.strip() for name in text.split(",")]
    keys = [name for name in names if name in BUILDERS]
    others = [name for name in names if name not in BUILDERS]
    return keys or None, others or None
