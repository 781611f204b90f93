"""The batteries of the paper's figures, in the coordinates its claims speak in.

``d`` is the modulus of Delta, ``T_M`` the mean temperature and ``s`` the bias: Delta T = 2 T_M s.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from symqb.audit.claims import Cases, Decide
from symqb.audit.settings import Setting

from .meaning import battery

d, s, T_M, T = sp.symbols("d s T_M T")
HALF = sp.Rational(1, 2)


def setting(
    sign: int, epsilon: int, spins: int = 2, B0: int = 2, dissipation: str = "collective"
) -> Setting:
    """Fix a battery: J, Delta > 0 for ``sign`` +1, antiferromagnetic, and < 0 for -1."""
    fixed = {"B0": B0, "J": sign, "Delta": sign * d, "epsilon": epsilon}
    return Setting(
        battery(spins, dissipation), fixed | {"T_L": T_M * (1 + s), "T_R": T_M * (1 - s)}
    )


FERRO = {epsilon: setting(-1, epsilon) for epsilon in (0, 1)}
ANTI = {epsilon: setting(1, epsilon) for epsilon in (0, 1)}
BOTH = {"ferromagnetic": FERRO, "antiferromagnetic": ANTI}
THREE = {epsilon: setting(1, epsilon, 3, 5) for epsilon in (0, 1)}
INDIVIDUAL = {
    name: setting(sign, 1, dissipation="individual")
    for name, sign in zip(BOTH, (-1, 1), strict=True)
}
COLD = {
    name: Setting(
        battery(2),
        {"B0": 2, "J": sign, "Delta": sign * d, "epsilon": 0, "T_L": T, "T_R": 2},
    )
    for name, sign in zip(BOTH, (-1, 1), strict=True)
}
"""The batteries of Fig. 10, whose right bath stays at 2; the coordinates are ``d`` and ``T``."""


def both(decide: Callable[[dict[int, Setting]], Decide]) -> Cases:
    """Make a claim for both kinds, each given as its settings at epsilon 0 and 1."""
    return Cases({name: decide(pair) for name, pair in BOTH.items()})


D = (0.0, 1.0)
MEAN = (2.0, 20.0)
"""Mean temperatures between the two the text names, T_M = 2 ("low") and T_M = 20 (Fig. 7)."""
POSITIVE, NEGATIVE, ANY = (0.0, 1.0), (-1.0, 0.0), (-1.0, 1.0)
