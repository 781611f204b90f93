r"""The paper's symbols: they print as the paper prints, and mean nothing.

What :math:`\omega_{31}` or :math:`\gamma_{41}^{(L,e)}` stands for is said in
:mod:`symqb.papers.pra109_042619.meaning`, from derived objects only.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symqb.audit.notation import Head, Notation, Operator, head

B0, J, Delta, epsilon, kappa = sp.symbols("B0 J Delta epsilon kappa")
T_L, T_R, T_M = sp.symbols("T_L T_R T_M")
alpha, x, y = sp.symbols("alpha x y")
L, R, nu, e, a = sp.symbols("L R nu e a")
i, j, k = sp.symbols("i j k", integer=True)
H, rho_t, D_L, D_R = sp.symbols(r"H_B rho \mathfrak{D}_L \mathfrak{D}_R", commutative=False)
Aop, Ad, V1, V1d, V2, V2d = sp.symbols(
    r"A_\nu A_\nu^\dagger V^{(1)} V^{(1)\dagger} V^{(2)} V^{(2)\dagger}", commutative=False
)
mode_a, mode_ad, mode_b, mode_bd = sp.symbols(r"a_j a_j^\dagger b_j b_j^\dagger", commutative=False)
w_L, w_R, lam_L, lam_R = sp.symbols(
    r"\omega_j^{(L)} \omega_j^{(R)} \lambda_j^{(L)} \lambda_j^{(R)}"
)
rate, n_bath = sp.symbols(r"\mathcal{J}_\nu n_\nu")
matches, w = sp.symbols("omega_match omega")  # pairs with omega_ij = omega, or > 0
mean_energy, least_energy, overlap = sp.symbols("mean_energy least_energy overlap")
r_j, eps_i, delta_ij, E_gs = sp.symbols("r_j eps_i delta_ij E_gs")
U_p, S_p, F_eq, T_eq = sp.symbols("U_p S_p F_eq T_eq")

omega = head("omega", r"\omega_{{{0}{1}}}")  # a Bohr frequency
energy = head("energy", r"E_{{{0}}}")  # an energy of Eq. 2
gamma = head("gamma", r"\gamma_{{{0}{1}}}^{{({2},{3})}}")  # a rate: levels, bath, e or a
n = head("n", r"n_{{{0}}}({1})")  # a Bose number: bath, frequency
rho = head("rho", r"\rho_{{{0}{1}}}")  # a population
A = head("A", r"A_{{{0}{1}}}")  # absorption summed over the baths (Eq. 14)
E = head("E", r"E_{{{0}{1}}}")  # emission summed over the baths (Eq. 14)
eta = head("eta", r"\eta_{{{0}}}")  # the abbreviations of Eq. 14
jump = head("jump", r"L_{{\tau_{{{0}{1}}}}}")  # the dissipator of |Phi_i><Phi_j|
over = head("over", r"\frac{{1}}{{{0}}}")  # one over something, printed as a fraction
dissipator = head("dissipator", r"\mathcal{{L}}_{{{0}}}^{{({1})}}(\rho)")  # one site's (Eq. 10a)
cross = head("cross", r"\mathcal{{L}}_{{{0}}}^{{({1},{2})}}(\rho)")  # collective (Eq. 10b)
over_modes = head("over_modes", r"\sum_j {1}")  # a sum over the bath modes j
weight_3 = head("weight_3", r"|\langle\Psi_j|\sigma_x^{{(3)}}|\Psi_i\rangle|^2")  # levels i, j
sigma = head("sigma", r"\sigma_{{{0}}}^{{({1})}}", Operator)  # a Pauli operator: axis, site
bracket = head("bracket", "[{0},{1}]", Operator)  # a commutator


commutator = bracket(H, rho_t)

w23, w24, w31, w41 = omega(2, 3), omega(2, 4), omega(3, 1), omega(4, 1)
A23, A24, A31, A41 = A(2, 3), A(2, 4), A(3, 1), A(4, 1)
E23, E24, E31, E41 = E(2, 3), E(2, 4), E(3, 1), E(4, 1)


class ket(Head):
    """A bare state, one index a spin."""

    def _latex(self, printer: Any, exp: Any = None, **hints: Any) -> str:
        return r"|{}\rangle".format(",".join(map(str, self.args)))


class sandwich(Head):
    r"""Printed :math:`\sum |\Phi_j\rangle\langle\Phi_j|S|\Phi_i\rangle\langle\Phi_i|`.

    The second argument is 1 if the state j (lower) stands left; the third says which pairs the sum
    takes: ``omega_match`` for :math:`\omega_{ij}=\omega`, ``omega`` for all :math:`\omega_{ij}>0`.
    """

    def _latex(self, printer: Any, exp: Any = None, **hints: Any) -> str:
        operator, order, selection = self.args
        left, right = ("j", "i") if order == 1 else ("i", "j")
        where = r"\omega>0" if selection == w else r"\omega_{ij}=\omega>0"
        return (
            rf"\sum_{{{where}}} |\Phi_{left}\rangle\langle\Phi_{left}| ({sp.latex(operator)}) "
            rf"|\Phi_{right}\rangle\langle\Phi_{right}|"
        )


NOTATION = Notation(
    {
        mean_energy: r"\mathrm{Tr}(\rho H_B)",
        least_energy: r"\min_U \mathrm{Tr}(U\rho U^\dagger H_B)",
        overlap: r"|\langle r_j|\varepsilon_i\rangle|^2",
        eps_i: r"\varepsilon_i",
        delta_ij: r"\delta_{ij}",
        E_gs: r"E_{gs}",
        U_p: r"\mathrm{Tr}[H_B\rho_p]",
        S_p: r"S(\rho_p)",
        F_eq: r"\mathcal{F}(\rho_{eq})",
        T_eq: r"\beta_{eq}^{-1}",
        epsilon: r"\varepsilon",
    }
)


def bose(bath: sp.Expr, upper: sp.Expr | int, lower: sp.Expr | int) -> sp.Expr:
    r"""Write :math:`n_\nu(\omega_{ij})`."""
    return n(bath, omega(upper, lower))
