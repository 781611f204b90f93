"""What the steps of Appendix A speak of, and the checks that are more than an identity."""

from __future__ import annotations

from itertools import pairwise

import sympy as sp

from symqb.audit.arguments import Judgement
from symqb.audit.inequalities import Domain, chain, search
from symqb.audit.rows import AuditError

from . import notation as p
from .domains import ANTIFERRO, plain, same_value
from .meaning import is_zero, resolve
from .notation import A23, A24, A31, A41, E23, E24, E31, E41, gamma, kappa, w23, w24, w31, w41
from .printed_proof import A16, CORRECT_17, PRINTED_17, RIGHT_17
from .printed_steady import ETA_1, ETA_2, P, S


def needed() -> tuple[bool, str]:
    """Only w31 < w41 < w23 and w24 < w23 enter, none of which compares 24 with 41."""
    found = [chain(ANTIFERRO)(pair) for pair in ((w23, w24), (w23, w41), (w41, w31))]
    return all(f.agrees for f in found), "exact: the inequalities used hold for J = Delta too"


def superscript() -> tuple[bool, str]:
    """E_ij = A_ij + kappa omega_ij holds at epsilon = 0 and not at 1."""
    equal = same_value(E23, A23 + kappa * w23)
    gap = resolve(gamma(2, 4, p.L, p.e) - gamma(2, 4, p.L, p.a) - kappa * w24 / 2, 2)
    fails = not is_zero(gap.subs(p.epsilon, 1))
    return equal and fails, "exact difference kappa omega (epsilon+-1)^2/2 against kappa omega/2"


def monotone() -> tuple[bool, str]:
    """n is convex in T: n'' = n(1+n) x (x coth(x/2) - 2)/T^2, so N grows with |Delta T|."""
    w, T = sp.symbols("omega T", positive=True)
    n = 1 / (sp.exp(w / T) - 1)
    x = w / T
    claim = n * (1 + n) * x / T**2 * (x * sp.coth(x / 2) - 2)
    difference = sp.simplify((sp.diff(n, T, 2) - claim).rewrite(sp.exp))
    return difference == 0, (
        "exact: n'' = n(1+n) x (x coth(x/2) - 2)/T^2 with x = omega/T, and x coth(x/2) > 2 since "
        "tanh t < t; n is convex in T, so both sides fall with |Delta T|"
    )


def interior() -> tuple[bool, str]:
    """The inference 'ordered at both ends, both monotone, so ordered between' is invalid."""
    t = sp.Symbol("t")
    first, second = (1 - t) ** 4 * 3 + 1, 3 - 5 * t / 2
    ends = all((first - second).subs(t, end) > 0 for end in (0, 1))
    falling = all(sp.diff(f, t).subs(t, v) <= 0 for f in (first, second) for v in (0, 1))
    crossed = (first - second).subs(t, sp.Rational(1, 2)) < 0
    if not (ends and falling and crossed):
        raise AuditError("the example of crossing monotone functions does not cross")
    return False, (
        "exact: f = 3(1-t)^4 + 1 and g = 3 - 5t/2 both fall on [0, 1], f > g at both ends, and "
        f"f - g = {(first - second).subs(t, sp.Rational(1, 2))} at t = 1/2"
    )


def passive(domain: Domain) -> Judgement:
    """Read a step as the order of all four populations on a domain."""

    def decide() -> tuple[bool, str]:
        order = (1, 3, 4, 2) if domain is ANTIFERRO else (1, 4, 3, 2)
        inner = {
            1: (E31 * ETA_1 + E41 * ETA_2) / (ETA_1 * P),
            2: (A23 * ETA_1 + A24 * ETA_2) / (ETA_1 * S),
            3: sp.Integer(1),
            4: ETA_2 / ETA_1,
        }
        least = min(
            search(
                plain(inner[high]) - plain(inner[low]),
                plain(inner[high]) + plain(inner[low]),
                domain,
            )[0]
            for high, low in pairwise(order)
        )
        chained = ">".join(f"rho_{k}{k}" for k in order)
        return least > 0, f"numerical, 20000 points, {chained}, least relative margin {least:.2g}"

    return decide


def ends() -> tuple[bool, str]:
    """A16 at Delta T = 0 is A14/2; at the ends it is A15 plus a positive product."""
    x, y, z = sp.symbols("x y z", positive=True)  # e^{w/T} - 1 for 24, 41, 23

    def sixteen(scale: int) -> sp.Expr:
        n24, n41, n23 = scale / x, scale / y, scale / z
        return 2 / (n41 * n24) + 1 / n41 + 1 / n24 - 1 / n23

    line = x * y + x + y - z
    middle = sp.expand(sixteen(2) - line / 2) == 0
    ends = sp.expand(sixteen(1) - line - x * y) == 0
    return middle and ends, (
        "exact: at Delta T = 0 it is (A14)/2, at +-2 T_M it is (A15) plus a positive product "
        "(not (A15)/2)"
    )


ETA_GAP = (A31 * E41 - A41 * E31) / P + (E23 * A24 - A23 * E24) / S
A12_GAP = ETA_2 * S - ETA_1 * A23 - ETA_2 * A24
A11_GAP = E23 * A41 * E31 - A31 * E41 * A23
END_GAP = ETA_2 * E41 + ETA_1 * E31 - ETA_1 * P
A18_GAP = E41 * E24 / (A41 * A24) - E23 / A23
CORRECT_17_GAP, PRINTED_17_GAP = CORRECT_17 - RIGHT_17, PRINTED_17 - RIGHT_17
A16_GAP = A16[0] - A16[1]
