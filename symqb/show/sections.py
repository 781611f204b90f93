"""The derivation as an ordered chain of formulas, which the LaTeX document and the page show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sympy as sp

from symqb.derive import Transition, basis_states, count_trees, eta_form, hamiltonian_matrix
from symqb.derive.derivation import Derivation
from symqb.derive.hamiltonian import as_expr
from symqb.show.formulas import (
    LARGEST_TREE_COUNT,
    Formula,
    Notation,
    eigensystem_notation,
    energy_formula,
    frequency_formula,
    jump_names,
    ket,
    pair,
    parameter_spellings,
    rate_formulas,
    signed,
    state_formula,
    tree_formulas,
)
from symqb.show.named_program import name_steps
from symqb.show.spelling import index_latex


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


def _notation(derivation: Derivation) -> Notation:
    roots = eigensystem_notation(derivation.eigensystem).roots
    edges = [(t.upper, t.lower) for t in derivation.transitions]
    return Notation(roots, {**parameter_spellings(derivation.parameters), **jump_names(edges)})


def hamiltonian_section(derivation: Derivation) -> Section:
    """The operator, and its matrix by number of up spins."""
    notation = Notation(names=parameter_spellings(derivation.parameters))
    formulas = [Formula("H_B", _operator_terms(derivation, notation))]
    chain = derivation.model.chain
    matrix, basis = hamiltonian_matrix(chain), basis_states(chain.spins)
    for up in range(chain.spins, -1, -1):
        chosen = [k for k, state in enumerate(basis) if sum(state) == up]
        block = matrix.extract(chosen, chosen)
        kets = r",\, ".join(ket(basis[k]) for k in chosen)
        terms = (_matrix(block, notation), rf"\quad \text{{on }} {kets}")
        formulas.append(Formula(rf"H_B^{{({up})}}", terms))
    text = (
        "The Hamiltonian conserves the number of spins up, so its matrix in the bare basis falls "
        "into one block for each number."
    )
    return Section("hamiltonian", "Hamiltonian", "Eqs. 1, 3, 20", text, tuple(formulas))


def _matrix(block: sp.Matrix, notation: Notation) -> str:
    if block.shape == (1, 1):
        return notation.latex(block[0, 0])
    rows = r" \\ ".join(" & ".join(notation.latex(x) for x in row) for row in block.tolist())
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def _operator_terms(derivation: Derivation, notation: Notation) -> tuple[str, ...]:
    chain = derivation.model.chain
    fields, bonds = chain.fields, chain.bonds

    def tex(value: object) -> str:
        return notation.latex(as_expr(value))

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
    for (J, Delta), (i, j, total) in zip(bonds, pairs, strict=True):
        for strength, axis in ((J, "x"), (J, "y"), (Delta, "z")):
            product = rf"\sigma_{axis}^{{({i})}}\sigma_{axis}^{{({j})}}"
            terms.append(rf"\frac{{{tex(strength)}}}{{2}} {total}{product}")
    return signed(terms)


def levels_section(derivation: Derivation) -> Section:
    """Energies and states."""
    notation = _notation(derivation)
    formulas = notation.definitions()
    for level in derivation.eigensystem:
        formulas += [state_formula(level, notation), energy_formula(level, notation)]
    text = "Levels by magnetisation and mirror parity, in the paper's numbering and phases."
    named = len(notation.roots)
    return Section("levels", "Levels", "Eqs. 2, 21", text, tuple(formulas), definitions=named)


def transitions_section(derivation: Derivation) -> Section:
    """Frequencies and squared matrix elements."""
    notation = _notation(derivation)
    formulas: list[Formula] = []
    for t in derivation.transitions:
        formulas.append(frequency_formula(t, notation))
        formulas += [
            Formula(
                rf"w_{{{pair(t.upper, t.lower)}}}^{{({index_latex(bath)})}}",
                (notation.latex(notation.tidy(weight)),),
            )
            for bath, weight in t.weights.items()
        ]
    text = (
        "Bohr frequencies and squared matrix elements of each bath's coupling operator between "
        "the levels; all other pairs have none."
    )
    return Section("transitions", "Transitions", "Eqs. 8, 10", text, tuple(formulas))


def rates_section(derivation: Derivation) -> Section:
    """Emission and absorption rates, and the one expression behind them."""
    notation = _notation(derivation)
    formulas = [
        Formula(r"\Gamma_{i\to j}^{(\nu)}", (r"\kappa\, w_{ij}^{(\nu)}\, \phi(E_i - E_j, T_\nu)",)),
        Formula(r"\phi(\omega, T)", (r"\frac{\omega}{1 - e^{-\omega/T}}",)),
        Formula(r"n_\nu(\omega)", (r"\frac{1}{e^{\omega/T_\nu} - 1}",)),
    ]
    for t in derivation.transitions:
        formulas += rate_formulas(t, notation)
    text = (
        "One expression gives every rate for every sign of the frequency; for positive "
        "frequencies it is emission (e) and absorption (a) in the paper's form."
    )
    return Section("rates", "Rates", "Eqs. 12, 18, 27, B1-B12", text, tuple(formulas))


def balance_section(derivation: Derivation) -> Section:
    """The closed equations of the populations."""
    formulas = [
        Formula(
            rf"{kind}_{{ij}}",
            signed(
                rf"\gamma_{{ij}}^{{({index_latex(bath.name)},{small})}}"
                for bath in derivation.model.baths
            ),
        )
        for kind, small in (("A", "a"), ("E", "e"))
    ]
    transitions = derivation.transitions
    for level in derivation.eigensystem:
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


def steady_section(derivation: Derivation) -> Section:
    """The populations: tree sums and the eta-form, or the named elimination."""
    steady = derivation.steady_state()
    trees = count_trees(steady.labels, steady.edges)
    if trees <= LARGEST_TREE_COUNT:
        text = (
            f"Each population is a sum over {trees} spanning trees, all terms positive; then the "
            "same populations in the form of Eqs. 13-14."
        )
        formulas = [*tree_formulas(steady), *_eta_formulas(derivation)]
        return Section("steady", "Steady state", "Eqs. 13-14", text, tuple(formulas))
    counts = steady.elimination.operation_counts()
    counted = ", ".join(f"{n} {op}" for op, n in counts.items())
    text = (
        f"The paper leaves these populations out as too complex: each is a sum over {trees} "
        f"spanning trees. Elimination without a subtraction needs {sum(counts.values())} "
        f"operations ({counted}), written here with named intermediates."
    )
    notation = _notation(derivation)
    named, outputs = name_steps(steady.elimination)
    formulas = [Formula(notation.latex(name), notation.terms(expr)) for name, expr in named]
    formulas += [
        Formula(rf"\rho_{{{pair(label, label)}}}", notation.terms(expr))
        for label, expr in zip(steady.labels, outputs["populations"], strict=True)
    ]
    return Section("steady", "Steady state", "Sec. V", text, tuple(formulas), folded=True)


def _eta_formulas(derivation: Derivation) -> list[Formula]:
    steady, notation = derivation.steady_state(), _notation(derivation)
    inner = [v.label for v in derivation.eigensystem if v.up == 1]
    if derivation.model.chain.spins != 2 or len(inner) != 2:
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


def energetics_section(derivation: Derivation) -> Section:
    """Stored energy, capacity, ergotropy, exergy, heat currents, entropy production."""
    notation = _notation(derivation)
    levels = derivation.eigensystem
    empty = levels.empty
    heights = [
        (level, notation.latex(notation.tidy(level.energy - empty.energy)))
        for level in levels
        if level.label != empty.label
    ]
    stored = signed(rf"{_bracketed(h)} \rho_{{{pair(v.label, v.label)}}}" for v, h in heights)
    most = (*(rf"{h}," for _, h in heights[:-1]), rf"{heights[-1][1]}\bigr\}}")
    reference = as_expr(derivation.model.baths[-1].temperature)
    cold = _bracketed(notation.latex(reference)) if reference.is_Add else notation.latex(reference)
    formulas = [
        Formula(r"\Delta E_B", stored),
        Formula("C", (r"\max\bigl\{0,", *most)),
        Formula("Q", (r"\Delta E_B / C",)),
        Formula("W", (r"\sum_i E_i\,\rho_{ii} - \sum_k E_k^{\uparrow}\, r_k^{\downarrow}",)),
        Formula(
            r"\Sigma_{\mathrm{ex}}",
            (
                r"\sum_k E_k^{\uparrow} r_k^{\downarrow}",
                rf"+ {cold} \sum_k r_k \ln r_k",
                rf"+ {cold} \ln \sum_k e^{{-E_k/{cold}}}",
            ),
        ),
    ]
    for bath in derivation.model.baths:
        formulas.append(_current(bath.name, derivation.transitions))
    names = [index_latex(bath.name) for bath in derivation.model.baths]
    production = signed(
        rf"- \frac{{J_{{{n}}}}}{{{notation.latex(as_expr(b.temperature))}}}"
        for n, b in zip(names, derivation.model.baths, strict=True)
    )
    formulas.append(Formula(r"\sigma", production))
    text = (
        "Energies above the empty battery weighted with the populations, and how much of it work "
        "can use: arrows mean sorted in rising and falling order. Heat flows from bath to battery."
    )
    paper = "Eqs. 15-17, 19"
    return Section("energetics", "Energetics", paper, text, tuple(formulas))


def _bracketed(factor: str) -> str:
    plain_factor = not any(sign in factor for sign in "+-") or factor.startswith(r"\frac")
    return factor if plain_factor else rf"\bigl({factor}\bigr)"


def _current(bath: str, transitions: Sequence[Transition]) -> Formula:
    terms, name = [], index_latex(bath)
    for t in transitions:
        if t.weights[bath] == 0:
            continue
        index = pair(t.upper, t.lower)
        upper, lower = pair(t.upper, t.upper), pair(t.lower, t.lower)
        gain = rf"\gamma_{{{index}}}^{{({name},a)}}\rho_{{{lower}}}"
        loss = rf"\gamma_{{{index}}}^{{({name},e)}}\rho_{{{upper}}}"
        terms.append(rf"\omega_{{{index}}}\bigl[{gain} - {loss}\bigr]")
    return Formula(f"J_{{{name}}}", signed(terms))


def sections(derivation: Derivation) -> list[Section]:
    """The whole chain from the Hamiltonian to the energetics.

    Raises
    ------
    NoClosedFormError
        More spins than have closed forms.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> [s.key for s in sections(Derivation(xxz_model(2)))][:3]
    ['hamiltonian', 'levels', 'transitions']
    """
    build = (
        hamiltonian_section,
        levels_section,
        transitions_section,
        rates_section,
        balance_section,
        steady_section,
        energetics_section,
    )
    return [make(derivation) for make in build]
