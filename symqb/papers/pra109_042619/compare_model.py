"""Comparing printed Hamiltonians, states and couplings with derived ones: Eqs. 1-5, 20-22."""

from __future__ import annotations

from itertools import product
from typing import Any

import sympy as sp
from sympy.physics.quantum import Commutator, Dagger
from sympy.physics.quantum.boson import BosonOp

from symqb.audit.equations import Check, Parts
from symqb.audit.rows import Finding, differing

from . import notation as p
from .meaning import ROOT, battery, is_zero, ket_vector, operator_matrix, sigma_matrix


def hamiltonian(spins: int) -> Check:
    """A sum of Pauli products against the derived matrix (Eqs. 1, 20)."""

    def check(parts: Parts) -> Finding:
        difference = operator_matrix(parts[0], spins) - battery(spins).hamiltonian
        wrong = [entry for entry in sp.flatten(difference) if sp.expand(entry) != 0]
        return Finding(
            not wrong,
            sp.latex(battery(spins).hamiltonian),
            f"exact: {4**spins} matrix entries in the bare basis, {len(wrong)} differ",
        )

    return check


def matrix(parts: Parts) -> Finding:
    """Eq. 3 entry by entry."""
    derived = battery(2).hamiltonian
    wrong = [
        (r + 1, c + 1)
        for r, c in product(range(4), repeat=2)
        if sp.expand(parts[0][r, c] - derived[r, c]) != 0
    ]
    return Finding(not wrong, sp.latex(derived), f"exact: 16 entries; {differing(wrong)}")


def level(spins: int, label: int) -> Check:
    """A printed eigenstate and energy: normalised, H v = E v, and the derived energy."""

    def check(parts: Parts) -> Finding:
        found = battery(spins).eigensystem()[label]
        vector, value = ket_vector(parts[0], spins), parts[1]
        image = battery(spins).hamiltonian * vector - value * vector
        failures = []
        if not all(is_zero(sp.sympify(entry) ** 2) for entry in image):
            failures.append("H v != E v")
        if not is_zero(sum(entry**2 for entry in vector) - 1):
            failures.append("norm is not 1")
        if not is_zero(value - found.energy):
            failures.append("energy differs")
        overlap = (vector.T * found.state)[0, 0]
        if failures == [] and not is_zero(overlap**2 - 1):
            failures.append("not the derived state")
        return Finding(
            not failures,
            f"E_{label} = {sp.latex(found.energy.subs(ROOT, p.alpha))}",
            "exact: eigenvector, norm, energy and overlap with the derived level; "
            + ("; ".join(failures) or "all hold"),
        )

    return check


def reservoirs(parts: Parts) -> Finding:
    """Eq. 4: [H_res, a] = -omega a for each mode, so that n(omega) is its thermal occupation."""
    lowers = {"L": BosonOp("a"), "R": BosonOp("b")}
    bosons = {p.mode_a: lowers["L"], p.mode_b: lowers["R"]}
    bosons |= {p.mode_ad: Dagger(lowers["L"]), p.mode_bd: Dagger(lowers["R"])}
    terms = sp.Add.make_args(sp.expand(parts[0]).subs(bosons))

    def commutator(lower: sp.Expr) -> sp.Expr:
        brackets = (Commutator(term, lower).expand(commutator=True) for term in terms)
        return sp.Add(*(bracket.doit(independent=True) for bracket in brackets))

    wrong = [
        name
        for name, w in (("L", p.w_L), ("R", p.w_R))
        if sp.expand(commutator(lowers[name]) + w * lowers[name]) != 0
    ]
    return Finding(
        not wrong,
        r"[H_{res}, a_j] = -\omega_j^{(L)} a_j",
        f"exact: commutators with a_j and b_j by [a, a+] = 1; {differing(wrong)}",
    )


def coupling(spins: int) -> Check:
    """Eqs. 5, 22 against the derived model's baths: sites and weights, both sums over modes."""

    def check(parts: Parts) -> Finding:
        wrong: list[str] = []
        modes = {
            "L": p.lam_L * (p.mode_a + p.mode_ad),
            "R": p.lam_R * (p.mode_b + p.mode_bd),
        }
        baths: Any = battery(spins).model.baths
        for bath, part in zip(baths, parts, strict=True):
            if not isinstance(part, p.over_modes):
                wrong.append(f"bath {bath.name}: index j is not summed over")
                continue
            terms = (
                sp.sympify(weight) * p.sigma(sp.Symbol("x"), site) for site, weight in bath.sites
            )
            expected = sp.expand(sp.Add(*terms) * modes[bath.name])
            if sp.expand(part.args[1]) != expected:
                wrong.append(f"bath {bath.name}: operator differs")
        shown = "; ".join(f"{bath.name}: {dict(bath.sites)}" for bath in battery(spins).model.baths)
        return Finding(
            not wrong,
            f"sites and weights {shown}",
            "exact: operators term by term; " + ("; ".join(wrong) or "all agree"),
        )

    return check


def spin_half(parts: Parts) -> Finding:
    """The operators of Eq. 1: which multiple of the Pauli matrix gives Eq. 3's energies."""
    z = parts[0] * sigma_matrix("z", 1, 1)
    square = z * z
    return Finding(
        square == sp.eye(2),
        "Pauli matrices, eigenvalues +1 and -1",
        f"exact: with the printed operators sigma_z^2 = {square[0, 0]}, and Eq. 3 needs 1",
    )
