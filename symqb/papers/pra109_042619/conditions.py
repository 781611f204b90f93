"""Conditions on the parameters, and claims about the model in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import numpy as np
import sympy as sp

from symqb.audit.claims import Decide, Decision, Unchecked
from symqb.audit.operators import close
from symqb.audit.rows import differing
from symqb.audit.search import Exact
from symqb.emit.result import Result

from . import notation as p
from .compare_dissipators import point
from .meaning import GENERIC, ROOT, battery, is_zero, meaning, rates, sigma_matrix
from .printed_dissipators import THREE_SPINS as DISSIPATORS_3
from .printed_dissipators import TWO_SPINS as DISSIPATORS_2
from .printed_rates import APPENDIX_B
from .printed_rates import TWO_SPINS as RATES_2

positive = sp.symbols("s delta j", positive=True)


def at(digits: int = 30, outputs: Iterable[str] | None = None, **changed: Exact) -> Result:
    """Evaluate the two-spin battery at a generic point, some parameters changed."""
    return battery(2).evaluate(digits=digits, outputs=outputs, **{**GENERIC, **changed})


def _nonnegative(form: sp.Expr) -> bool:
    coefficients = sp.Poly(sp.expand(form), *positive).coeffs()
    return all(c >= 0 for c in coefficients)


def _ground_two() -> Decision:
    """|0,0> is the ground state iff B0 > Delta + |J| and B0 > 0."""
    s, delta, j = positive
    gaps = {level: meaning(2).frequency(level, 1) for level in (2, 3, 4)}
    slack = [{p.J: k * j, p.Delta: k * delta, p.B0: s + j + delta} for k in (1, -1)]
    same_sign = all(
        _nonnegative(gap.subs(values, simultaneous=True))
        for gap in gaps.values()
        for values in slack
    )
    gap = gaps[4].subs({p.J: -1, p.Delta: sp.Rational(1, 2), p.B0: 1})
    if not same_sign or gap >= 0:
        return Decision("confirmed", "", "no failure found")
    return Decision(
        "conditional",
        "|0,0> is the ground state exactly if B0 > max(0, Delta + |J|)",
        "exact: all gaps are nonnegative forms in the slack for J, Delta of one sign; for opposite "
        f"signs E_4 - E_1 = {gap} at the counterexample, where |J + Delta| = 1/2 < B0",
        "J=-1, Delta=1/2, B0=1",
        "B0 > Delta + |J| (for passivity: B0 > |J| + |Delta|)",
        "sufficient for the paper's two kinds; for J < 0 < Delta the battery does not start in its "
        "ground state, and passivity fails too (theorem T7_field)",
    )


def _ground_three() -> Decision:
    """With B0 = thr + s all gaps above |0,0,0> are sums of nonnegative terms."""
    s = positive[0]
    thr = (3 * p.Delta + ROOT) / 2
    terms = {
        1: s + (p.Delta + ROOT) / 2,
        2: s + p.B0 + (p.Delta + ROOT) / 2,
        4: 3 * p.B0,
        5: s,
        6: s + p.B0,
        7: s + ROOT,
        8: s + p.B0 + ROOT,
    }
    bad = [
        f"level {i}"
        for i, term in terms.items()
        if not is_zero((meaning(3).frequency(i, 3) - term).subs(p.B0, thr + s))
    ]
    return Decision(
        "confirmed" if not bad else "wrong",
        "|0,0,0> is the ground state exactly if B0 > max(0, (3 Delta + alpha)/2)",
        "exact: above threshold + s every gap is a sum of s, B0, alpha, (Delta + alpha)/2 >= 0; "
        f"as identities, level by level: {differing(bad)}",
        consequence="the condition does not make the three-spin steady state passive at epsilon=0: "
        "theorem T7_three_spins",
    )


def _kappa() -> Decision:
    shares = (
        at(kappa=kappa, digits=40, outputs=("populations",)).populations for kappa in ("1/100", 7)
    )
    moved = sum(abs(sp.Float(str(a)) - sp.Float(str(b))) for a, b in zip(*shares, strict=True))
    return Decision(
        "wrong" if moved < 1e-35 else "confirmed",
        "kappa multiplies every rate; steady populations do not contain it",
        "a dimensionless kappa is compared with energies, and kappa << Delta excludes Delta = 0, "
        "which Figs. 4, 6, 9, 10 and 12 include; 40 digits: populations at kappa = 1/100 and 7 "
        f"differ by {sp.N(moved, 2)}",
        "Delta=0",
        "kappa max(omega, T) small against the differences of Bohr frequencies",
        "none for the steady state",
    )


def _range() -> Decision:
    found = []
    for sign in (1, -1):
        edge = sp.solve(sp.Abs(sign + sign * sp.Symbol("d", positive=True)) - 2)
        found.append(edge[0])
    return Decision(
        "conditional" if found == [1, 1] else "wrong",
        "at B0 = 2, |J| = 1 the strict condition B0 > |J + Delta| holds for |Delta| < 1 only",
        f"exact: |J + Delta| = B0 = 2 at |Delta| = {found[0]}, an end of the plotted range; "
        "there omega_31 (or omega_41 and omega_23 for J < 0) vanishes",
        "J=1, Delta=1, B0=2: E_1 = E_3",
        "B0 slightly above 2, or |Delta| < 1",
        "the rates have finite limits there, so the figures are not affected",
    )


def _switch() -> Decision:
    typed = (*DISSIPATORS_2, *DISSIPATORS_3)
    found = [e.check(e.parts).evidence for e in typed if e.id in ("9", "23")]
    good = all("{0, 1}" in text for text in found)
    return Decision(
        "confirmed" if good else "wrong",
        "with epsilon in {0, 1} Eqs. 9 and 23 hold as printed",
        "50 digits: " + "; ".join(found),
    )


def golden_rule(
    modes: int = 201, width: float = 2.0, coupling: float = 0.02
) -> tuple[float, float]:
    """Decay of one spin into a discretised bath at T = 0 against 2 pi sum lambda^2 delta.

    Returns
    -------
    tuple of float
        The rate seen, and ``2 pi lambda^2 / spacing``.
    """
    detunings = np.linspace(-width / 2, width / 2, modes)
    spacing = detunings[1] - detunings[0]
    H = np.diag(np.concatenate([[0.0], detunings]))
    H[0, 1:] = H[1:, 0] = coupling * np.sqrt(spacing)
    values, vectors = np.linalg.eigh(H)
    weights = vectors[0] ** 2
    t = np.array([200.0, 400.0])
    survival = np.abs((weights * np.exp(-1j * np.outer(t, values))).sum(-1)) ** 2
    rate = -np.diff(np.log(survival))[0] / 200.0
    return float(rate), float(2 * np.pi * coupling**2)


def _density() -> Decision:
    seen, expected = golden_rule()
    agrees = abs(seen / expected - 1) < 0.02
    return Decision(
        "misprint" if agrees else "uncheckable",
        "J_nu(omega) = 2 pi sum_j |lambda_j|^2 delta(omega - omega_j) for Eqs. 5-7",
        f"numerical: a spin coupled to 201 modes decays at {seen:.6f}; 2 pi sum lambda^2 delta is "
        f"{expected:.6f}, the printed pi sum lambda^2 delta {expected / 2:.6f}",
        "",
        "2 pi for pi (or half the rate in Eq. 7)",
        "none beyond the meaning of kappa: both baths scale alike",
    )


def _dark() -> Decision:
    left = [rates(2)["L", *pair].subs(p.epsilon, 1) for pair in ((3, 1), (1, 3), (2, 3), (3, 2))]
    others = [rates(2)["L", *pair].subs(p.epsilon, 1) for pair in ((4, 1), (2, 4))]
    good = all(rate == 0 for rate in left) and not any(rate == 0 for rate in others)
    return Decision(
        "confirmed" if good else "wrong",
        "the singlet is dark for sigma_x^(1) + sigma_x^(2)",
        "exact: gamma_31^(L), gamma_23^(L) vanish at epsilon=1, gamma_41^(L), gamma_24^(L) do not",
    )


def _decouple(spins: int) -> Decision:
    equation = battery(spins).master_equation()
    feeding = equation.coherences_feeding_populations()
    damped = all(equation.coherences_decay().values())
    good = not feeding and damped
    return Decision(
        "confirmed" if good else "wrong",
        "populations close among themselves; every coherence is strictly damped",
        f"exact, structure of the derived generator at generic parameters (J != 0): "
        f"{len(feeding)} couplings between populations and coherences; the damping argument "
        f"{'holds' if damped else 'fails'} for all {len(equation.coherences_decay())} coherences",
        consequence="J = 0 is excluded: levels 3 and 4 are degenerate there" if spins == 2 else "",
    )


def _blocks() -> Decision:
    blocks = [b for b in battery(3).master_equation().coherence_blocks() if len(b) > 1]
    pairs = sorted({tuple(sorted(pair)) for block in blocks for pair in block})
    elements = " and ".join(f"rho_{a}{b}" for a, b in pairs)
    return Decision(
        "wrong" if blocks else "confirmed",
        "omega_65 = omega_87 = B0 couples coherences in pairs",
        f"exact: {len(blocks)} sets of coupled coherences, of elements {elements}",
        "rho_57 and rho_68 at any parameters" if blocks else "",
        "one jump operator for 6-5 and 8-7 together, as Eqs. (24), (25) have it",
        "none in the steady state: they vanish all the same",
    )


def _eigenoperators() -> Decision:
    here, bad = point(2), []
    for site in (1, 2):
        for w, V in here.site_jumps(site):
            if not close(here.H * V - V * here.H, -w * V):
                bad.append(f"site {site} at {w}")
    return Decision(
        "confirmed" if not bad else "wrong",
        "[H_B, V] = -omega V for every derived V(omega)",
        f"50 digits, two sites, all frequencies; {differing(bad)}",
    )


def _isotropic() -> Decision:
    H = battery(2).hamiltonian.subs(p.B0, 0)
    total = [sum((sigma_matrix(a, s, 2) for s in (1, 2)), sp.zeros(4)) for a in "xyz"]
    commute = [all(sp.expand(e) == 0 for e in (H * S - S * H).subs(p.Delta, p.J)) for S in total]
    general = any(sp.expand(e) != 0 for e in H * total[0] - total[0] * H)
    return Decision(
        "confirmed" if all(commute) and general else "wrong",
        "at Delta = J the exchange part commutes with the total spin, and not otherwise",
        "exact: commutators with the three components of the total spin",
    )


def _collective_passive() -> Decision:
    """Two copies of a Gibbs state are passive: no collective process gains from them."""
    single = [(k, sp.Rational(1, 2) ** k) for k in range(3)]
    pairs = [(e1 + e2, q1 * q2) for (e1, q1), (e2, q2) in product(single, repeat=2)]
    ordered = all(q1 >= q2 for (e1, q1), (e2, q2) in product(pairs, repeat=2) if e1 < e2)
    return Decision(
        "wrong" if ordered else "confirmed",
        "not from Gibbs states, as the next sentence says",
        "exact: two copies of the Gibbs state with populations 1, 1/2, 1/4 (unnormalised) at "
        "energies 0, 1, 2 have ordered populations",
        "the Gibbs state with e^{-E/T} = 1, 1/2, 1/4",
        "insert 'other than thermal ones'",
    )


def _cited(number: str, meant: str, how: str, fails: Callable[[], bool]) -> Decide:
    """A wrong reference or name: ``fails`` checks that the printed one cannot be meant."""

    def decide() -> Decision:
        if not fails():
            return Decision("confirmed", number, f"the printed reading stands: {how}")
        return Decision("misprint", meant, how, "", f"read {meant} for {number}")

    return decide


def _six_has_no_site() -> bool:
    heads = {e.id: e.parts[0].atoms(p.dissipator) for e in DISSIPATORS_2 if e.id in ("6", "9")}
    return not heads["6"] and bool(heads["9"])


def _b12_is_left() -> bool:
    baths = {
        e.id: {n.args[0] for part in e.parts for n in part.atoms(p.n)}
        for e in (*APPENDIX_B, *RATES_2)
    }
    return p.R not in baths["B12"] and p.R in baths["12b"]


def _field_is_not_anisotropy() -> bool:
    H, Z = battery(2).hamiltonian, [sigma_matrix("z", site, 2) for site in (1, 2)]
    return bool(H.diff(p.B0) == (Z[0] + Z[1]) / 2 and H.diff(p.Delta) == Z[0] * Z[1] / 2)


def _energy_is_not_exergy() -> bool:
    found = at(epsilon=0, T_L=2, T_R=2, outputs=("exergy", "stored_energy"))
    return bool(abs(found.exergy) < 1e-25 < found.stored_energy)


def _undefined() -> Decision:
    result = at(epsilon=0)
    return Decision(
        "incomplete",
        "capacity = E_max - E(|0,0>), 2 B0 for B0 > |J| + |Delta|",
        f"the maximum in the normalisation of Sec. III is not defined; derived capacity "
        f"{result.capacity} at B0=2 (30 digits)",
        "",
        "define Delta E_B^max = 2 B0",
    )


DECIDE: dict[str, Decide] = {
    "cond-1": _ground_two,
    "cond-2": _ground_three,
    "cond-3": _kappa,
    "cond-4": _range,
    "cond-5": _switch,
    "cond-6": _density,
    "text-2": _dark,
    "text-3": lambda: _decouple(2),
    "text-4": lambda: _decouple(3),
    "text-5": _blocks,
    "text-6": _eigenoperators,
    "text-7": _isotropic,
    "text-8": _cited(
        "Eq. (6)",
        "Eq. (9)",
        "Eq. (6) does not contain the dissipators of Eq. (10); Eq. "
        "(9) does: exact, operators in the typed equations",
        _six_has_no_site,
    ),
    "text-9": _cited(
        "(B12)",
        "(12b)",
        "(B12) is a left rate of three spins (row B12); the right "
        "two-spin rates are in (12a), (12b): exact, Bose numbers in the typed equations",
        _b12_is_left,
    ),
    "text-10": _cited(
        "chain anisotropy",
        "uniform magnetic field",
        "B0 multiplies sigma_z in Eq. (1) "
        "and Delta sigma_z sigma_z: exact, derivatives of the derived Hamiltonian",
        _field_is_not_anisotropy,
    ),
    "text-11": _cited(
        "NESS energy",
        "NESS exergy",
        "the text says that Fig. 10 shows Eq. (19); at "
        "T_L = T_R = 2 exergy vanishes and energy does not (30 digits)",
        _energy_is_not_exergy,
    ),
    "text-12": _undefined,
    "text-13": _collective_passive,
    "text-14": Unchecked("a statement about devices; nothing here decides it"),
    "text-15": Unchecked("only captions are at hand; the four transitions of Fig. 2 are row 11"),
}
