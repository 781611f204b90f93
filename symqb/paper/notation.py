r"""The paper's notation as inert SymPy heads: they print as the paper prints, and mean nothing.

What :math:`\omega_{31}` or :math:`\gamma_{41}^{(L,e)}` stands for is said in
:mod:`symqb.paper.meaning`, from derived objects only.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

B0, J, Delta, epsilon, kappa = sp.symbols("B0 J Delta epsilon kappa")
T_L, T_R, T_M = sp.symbols("T_L T_R T_M")
alpha, x, y = sp.symbols("alpha x y")
L, R, nu, e, a = sp.symbols("L R nu e a")
i, j, k = sp.symbols("i j k", integer=True)
H, rho_t = sp.symbols("H_B rho", commutative=False)


class _Head(sp.Function):  # type: ignore[misc]
    """A head with indices, printed by ``form``."""

    form = ""

    @classmethod
    def eval(cls, *args: Any) -> None:
        """Never evaluates."""

    def _latex(self, printer: Any, exp: Any = None, **hints: Any) -> str:
        text = self.form.format(*(printer._print(argument) for argument in self.args))
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


class omega(_Head):
    """A Bohr frequency."""

    form = r"\omega_{{{0}{1}}}"


class energy(_Head):
    """An energy of Eq. 2."""

    form = r"E_{{{0}}}"


class gamma(_Head):
    """A rate of one bath, emission e or absorption a."""

    form = r"\gamma_{{{0}{1}}}^{{({2},{3})}}"


class n(_Head):
    """A Bose number."""

    form = r"n_{{{0}}}({1})"


class rho(_Head):
    """A population."""

    form = r"\rho_{{{0}{1}}}"


class A(_Head):
    """Absorption summed over the baths (Eq. 14)."""

    form = r"A_{{{0}{1}}}"


class E(_Head):
    """Emission summed over the baths (Eq. 14)."""

    form = r"E_{{{0}{1}}}"


class eta(_Head):
    """The abbreviations of Eq. 14."""

    form = r"\eta_{{{0}}}"


class jump(_Head):
    r"""The dissipator :math:`L_{\tau_{ij}}` of :math:`\tau_{ij}=|\Phi_i\rangle\langle\Phi_j|`."""

    form = r"L_{{\tau_{{{0}{1}}}}}"


class ket(_Head):
    """A bare state, one index a spin."""

    def _latex(self, printer: Any, exp: Any = None, **hints: Any) -> str:
        return r"|{}\rangle".format(",".join(map(str, self.args)))


class over(_Head):
    """One over something, printed as a fraction."""

    form = r"\frac{{1}}{{{0}}}"


class dissipator(_Head):
    """One site's dissipator (Eq. 10a)."""

    form = r"\mathcal{{L}}_{{{0}}}^{{({1})}}(\rho)"


class cross(_Head):
    """The collective dissipator (Eq. 10b)."""

    form = r"\mathcal{{L}}_{{{0}}}^{{({1},{2})}}(\rho)"


class over_modes(_Head):
    """A sum over the bath modes j."""

    form = r"\sum_j {1}"


class _Operator(_Head):
    is_commutative = False


class sigma(_Operator):
    """A Pauli operator at a site."""

    form = r"\sigma_{{{0}}}^{{({1})}}"


class bracket(_Operator):
    """A commutator."""

    form = "[{0},{1}]"


SYMBOL_NAMES = {
    sp.Symbol("mean_energy"): r"\mathrm{Tr}(\rho H_B)",
    sp.Symbol("least_energy"): r"\min_U \mathrm{Tr}(U\rho U^\dagger H_B)",
    sp.Symbol("overlap"): r"|\langle r_j|\varepsilon_i\rangle|^2",
    sp.Symbol("eps_i"): r"\varepsilon_i",
    sp.Symbol("delta_ij"): r"\delta_{ij}",
    sp.Symbol("E_gs"): r"E_{gs}",
    sp.Symbol("U_p"): r"\mathrm{Tr}[H_B\rho_p]",
    sp.Symbol("S_p"): r"S(\rho_p)",
    sp.Symbol("F_eq"): r"\mathcal{F}(\rho_{eq})",
    sp.Symbol("T_eq"): r"\beta_{eq}^{-1}",
    epsilon: r"\varepsilon",
}
"""Symbols whose printed form is not their name."""


def bose(bath: sp.Expr, i_: Any, j_: Any) -> sp.Expr:
    r""":math:`n_\nu(\omega_{ij})`."""
    return n(bath, omega(i_, j_))
