"""Trees, eta-form and elimination are one and the same for two spins, exactly (Eqs. 13-14)."""

from __future__ import annotations

import sympy as sp

import symqb
from symqb.derive import eta_form, rate_name, tree_populations

STATE = symqb.xxz_battery(2).steady_state()


def gamma(source: int, target: int) -> sp.Symbol:
    return sp.Symbol(rate_name(source, target))


def equal(a: sp.Expr, b: sp.Expr) -> bool:
    """Equality of rational functions by cross-multiplication of polynomials."""
    left, right = (sp.fraction(sp.together(x)) for x in (a, b))
    return bool(sp.expand(left[0] * right[1] - right[0] * left[1]) == 0)


def test_trees_eta_form_and_elimination_agree() -> None:
    trees = tree_populations(STATE.labels, STATE.edges)
    eta = eta_form(STATE.edges, hub=(3, 4))
    for label, tree, eliminated in zip(
        STATE.labels, trees, STATE.populations_in_rates, strict=True
    ):
        assert equal(tree, eliminated)
        assert equal(tree, eta[f"rho_{label}"])


def test_eta_form_is_eqs_13_and_14() -> None:
    """E_ij is the rate i -> j down, A_ij the rate j -> i up, with the pairs as printed."""
    E = {(i, j): gamma(i, j) for i, j in ((3, 1), (4, 1), (2, 3), (2, 4))}
    A = {(i, j): gamma(j, i) for i, j in E}
    hub = A[2, 3] + E[3, 1]
    eta_1 = A[3, 1] * E[4, 1] / (hub * (A[3, 1] + A[4, 1]))
    eta_1 += E[2, 3] * A[2, 4] / (hub * (E[2, 3] + E[2, 4]))
    eta_2 = 1 - A[3, 1] * E[3, 1] / (hub * (A[3, 1] + A[4, 1]))
    eta_2 -= E[2, 3] * A[2, 3] / (hub * (E[2, 3] + E[2, 4]))
    ours = eta_form(STATE.edges, hub=(3, 4))
    assert equal(ours["eta_1"], eta_1)
    assert equal(ours["eta_2"], eta_2)
    rho_1 = (E[3, 1] * eta_1 + E[4, 1] * eta_2) / (eta_1 * (A[3, 1] + A[4, 1]))
    rho_2 = (A[2, 3] * eta_1 + A[2, 4] * eta_2) / (eta_1 * (E[2, 3] + E[2, 4]))
    assert equal(ours["rho_1"] / ours["rho_3"], rho_1)
    assert equal(ours["rho_2"] / ours["rho_3"], rho_2)
    assert equal(ours["rho_4"] / ours["rho_3"], eta_2 / eta_1)


def test_equality_by_cross_multiplication_can_fail() -> None:
    trees = tree_populations(STATE.labels, STATE.edges)
    assert not equal(trees[0], trees[1])
    assert not equal(trees[0], trees[0].subs(gamma(3, 1), gamma(1, 3)))


def test_populations_in_parameters_satisfy_the_rate_equations() -> None:
    point = {
        "B0": 2,
        "J": -1,
        "Delta": sp.Rational(1, 2),
        "epsilon": 1,
        "T_L": 3,
        "T_R": 1,
        "kappa": 2,
    }
    values = {sp.Symbol(k): sp.Float(v, 50) for k, v in point.items()}
    rates = {name: rate.subs(values) for name, rate in STATE.rates.items()}
    populations = {
        label: p.xreplace(values).evalf(40)
        for label, p in zip(STATE.labels, STATE.populations, strict=True)
    }
    for level in STATE.labels:
        flow = sum(
            populations[i] * rates[rate_name(i, level)]
            - populations[level] * rates[rate_name(level, i)]
            for i in STATE.labels
            if rate_name(i, level) in rates
        )
        assert abs(flow) < 1e-35
    assert abs(sum(populations.values()) - 1) < 1e-35
