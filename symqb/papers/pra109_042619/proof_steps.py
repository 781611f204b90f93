"""The steps of Appendix A, in the order of the text."""

from __future__ import annotations

import sympy as sp

from symqb.audit.arguments import Judgement, Step, every, fails, follows, identity
from symqb.audit.inequalities import chain, holds

from . import arguments as g
from . import notation as p
from .domains import ANTIFERRO, FERROMAGNET, values
from .notation import A23, A24, A31, A41, E23, E24, E31, E41, kappa, omega, w23, w24, w31, w41
from .printed_proof import EQUATIONS, N, expanded
from .printed_steady import ETA_1, ETA_2, D, P, S

half = sp.Rational(1, 2)
A16 = next(equation for equation in EQUATIONS if equation.id == "A16")


def ordered(*forms: sp.Expr) -> Judgement:
    """Read a step as a chain of linear forms, each above the next."""
    return follows(chain(ANTIFERRO), *forms)


T_M2 = 2 * p.T_M


def whole(temperature: sp.Expr) -> sp.Expr:
    """Write the numerator of (A13)."""
    return sp.exp((w24 + w41) / temperature) - 1


FIRST = (
    Step(
        "A-arg-1",
        "confirmed",
        "for B > |J + Delta|, J, Delta > 0: E_2 > E_4 > E_3 > E_1",
        ordered(p.energy(2), p.energy(4), p.energy(3), p.energy(1)),
    ),
    Step(
        "A-arg-2",
        "incomplete",
        "either J < Delta or Delta < J",
        fails("exact: J = Delta satisfies neither J < Delta nor J > Delta"),
        g.needed,
        "add J = Delta, the XXX chain: (A1) with equality in the middle; nothing else changes",
    ),
    Step(
        "A-arg-3",
        "confirmed",
        "(A1) and (A2) give w24 < w23 and w31 < w41, hence (A3), (A4) as Bose sums",
        every(ordered(w23, w24), ordered(w41, w31)),
    ),
    Step(
        "A-arg-4",
        "misprint",
        "multiplying (A3), (A4) by 2 w24 w23 and 2 w41 w31 gives (A5), (A6)",
        values(2 * w24 * w23 * N(2, 4), 2 * w23 * A24),
        every(
            values(kappa * w24 * w23 * N(2, 4), 2 * w23 * A24),
            values(kappa * w41 * w31 * N(3, 1), 2 * w41 * A31),
        ),
        "multiply by kappa w24 w23 and kappa w41 w31",
    ),
    Step(
        "A-arg-5",
        "misprint",
        "adding (g24 + g24) + (g23 + g23) to both sides of (A5) gives (A7)",
        values(2 * w23 * A24 + A24 + A23, A24 * E23),
        every(
            values(half * kappa * 2 * w23 * A24 + A24 * A23, A24 * E23),
            values(half * kappa * 2 * w24 * A23 + A24 * A23, A23 * E24),
        ),
        "multiply by kappa/2 and add the product A_24 A_23 (and A_31 A_41)",
        consequence="sums of rates and products of rates have different dimensions",
    ),
    Step(
        "A-arg-6",
        "misprint",
        "gamma_ij^(L,epsilon) = gamma_ij^(L,a) + kappa w_ij/2, a consequence "
        "of the symmetric setting",
        fails("the superscript epsilon names no rate"),
        g.superscript,
        "the superscript is e; with R added, E_ij = A_ij + kappa w_ij",
    ),
    Step(
        "A-arg-7",
        "confirmed",
        "(A7), (A8) divided by (A23 + E31)(E23 + E24), "
        "(A23 + E31)(A31 + A41) and added give eta_1 > eta_2, so rho_33 > rho_44",
        identity(ETA_1 - ETA_2, g.ETA_GAP / D),
    ),
    Step("A-arg-8", "confirmed", "(A1), (A2) give w41 < w23, hence (A9)", ordered(w23, w41)),
    Step(
        "A-arg-9",
        "misprint",
        "(A9) times 2 w41 w23 and Eq. (B12) give (A10)",
        fails("Eq. (B12) is a three-spin rate, 8 -> 7"),
        values(w23 / A23 - w41 / A41, 2 / kappa * (1 / N(2, 3) - 1 / N(4, 1))),
        "the equation meant is (12)",
    ),
    Step(
        "A-arg-10",
        "confirmed",
        "(A10) and E_31 > A_31 give (A11), with E = A + kappa w",
        identity(
            (A23 + p.kappa * w23) * A41 * E31 - A31 * (A41 + kappa * w41) * A23,
            A23 * A41 * (E31 - A31) + kappa * (w23 * A41 * E31 - w41 * A23 * A31),
        ),
    ),
)

SECOND = (
    Step(
        "A-arg-11",
        "misprint",
        "(E24 > A24) times [E23 A23/(E23 + E24) + eta_2], plus (A11) over "
        "(A31 + A41), gives eta_2 (E23 + E24) > eta_1 A23 + eta_2 A24",
        identity(g.A12_GAP * D, (E24 - A24) * (E23 * A23 / S + ETA_2) + g.A11_GAP / P),
        identity(g.A12_GAP * D, (E24 - A24) * (E23 * A23 / S + D * ETA_2) + g.A11_GAP / P),
        "eta_2 is (A23 + E31) eta_2 in the bracket (eta_2 has no dimension, the bracket is a rate)",
    ),
    Step(
        "A-arg-12",
        "misprint",
        "the transition frequency w23 is less than w24 + w14",
        ordered(omega(2, 4) + omega(1, 4), w23),
        ordered(w24 + w41, w23),
        "w24 + w41 (= 2 B0)",
        counterexample="J=1, Delta=1/2, B0=2: w23 = 7/2, w24 + w14 = -1",
    ),
    Step(
        "A-arg-13",
        "misprint",
        "(A13) with T = T_M and T = 2 T_M gives (A14), (A15)",
        every(
            values(whole(p.T_M), expanded(p.T_M, T_M2)),
            values(whole(T_M2), expanded(T_M2, p.T_M)),
        ),
        every(
            values(whole(p.T_M), expanded(p.T_M, p.T_M)),
            values(whole(T_M2), expanded(T_M2, T_M2)),
        ),
        "exchange the single terms of (A14) and (A15)",
    ),
    Step(
        "A-arg-14",
        "confirmed",
        "(A14), (A15) give (A16) at Delta T = 0 and Delta T = +-2 T_M",
        g.ends,
    ),
    Step(
        "A-arg-15",
        "confirmed",
        "both sides of (A16) rise on [-2 T_M, 0] and fall on [0, 2 T_M]",
        g.monotone,
    ),
    Step(
        "A-arg-16",
        "confirmed",
        "E_31 > A_31 and E_24 > A_24",
        every(
            identity(kappa * w31, (A31 + kappa * w31) - A31),
            ordered(w31, sp.Integer(0)),
            ordered(w24, sp.Integer(0)),
        ),
    ),
    Step(
        "A-arg-17",
        "gap",
        "so (A16) holds for any Delta T, and therefore for any T",
        g.interior,
        follows(
            A16.check,
            *A16.parts,
            prefix="(A16) itself: ",
            suffix="; proved as theorem T2 (ratio_submultiplicative in proofs/coq)",
        ),
        "1 + 2/N(w) is submultiplicative in w, at every pair of temperatures (theorem T2)",
        derived="(A16) is true on the whole domain: 1 + 2/N(x + y) <= (1 + 2/N(x))(1 + 2/N(y))",
        counterexample="f = 3(1-t)^4 + 1, g = 3 - 5t/2 at t = 1/2",
        consequence="rho_11 > rho_33 is not proved in the paper for 0 < |Delta T| < 2 T_M",
    ),
    Step(
        "A-arg-18",
        "misprint",
        "multiplying (A15) by w41 w24 and w23 gives (A17)",
        values(g.PRINTED_17_GAP, 2 / kappa * g.A16_GAP),
        values(g.CORRECT_17_GAP, 2 / kappa * g.A16_GAP),
        "start from (A16); kappa for 2 in the first term, A_41 below w41",
    ),
    Step(
        "A-arg-19",
        "misprint",
        "(A17) simplifies to (A18) with E_ij = A_ij + w_ij",
        values(E23, A23 + w23),
        every(values(E23, A23 + kappa * w23), values(kappa * g.CORRECT_17_GAP, g.A18_GAP)),
        "E_ij = A_ij + kappa w_ij",
    ),
    Step(
        "A-arg-20",
        "misprint",
        "(A18) times A23 A41 A24/(E23 + E24), plus (E31 > A31) times "
        "[E41 A41/(A31 + A41) + eta_1], gives eta_2 E41 + eta_1 E31 > eta_1 (A31 + A41)",
        identity(
            g.END_GAP * D, g.A18_GAP * A23 * A41 * A24 / S + (E31 - A31) * (E41 * A41 / P + ETA_1)
        ),
        identity(
            g.END_GAP * D,
            g.A18_GAP * A23 * A41 * A24 / S + (E31 - A31) * (E41 * A41 / P + D * ETA_1),
        ),
        "eta_1 is (A23 + E31) eta_1 in the bracket",
    ),
    Step(
        "A-arg-21",
        "gap",
        "for J, Delta < 0 one can in a similar manner prove passivity",
        follows(holds(FERROMAGNET), N(4, 1), N(2, 3), prefix="(A9) for J, Delta < 0: "),
        g.passive(FERROMAGNET),
        "theorem T3 covers every sign of J and Delta for B0 > |J| + |Delta|",
        derived="true: T3, and two_spin_passivity in proofs/coq",
        counterexample="J=-1, Delta=-1/2, B0=2, T_L=T_R=1: N(w41) < N(w23)",
        consequence="(A9) and (A10) are false for J, Delta < 0, where w41 > w23; (A11) stays true "
        "there but no longer follows from (A10)",
    ),
    Step(
        "A-arg-22",
        "confirmed",
        "rho_NESS is passive at epsilon = 0 for J, Delta > 0 "
        "(conclusion of the appendix; the printed argument has the gap A-arg-17)",
        g.passive(ANTIFERRO),
        derived="theorem T3; two_spin_passivity in proofs/coq",
    ),
)

STEPS = FIRST + SECOND
