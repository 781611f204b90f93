"""Claims of the abstract and the summary, decided again or by the rows they rest on."""

from __future__ import annotations

from functools import partial
from typing import Any

import sympy as sp

from symqb.paper.claims import Claim, Decision, Get, edges, floats, sign_claim, with_both
from symqb.paper.claims_ergotropy import activity, never_active
from symqb.paper.claims_three import THREE
from symqb.paper.tools import ANTI, BOTH, FERRO, NEGATIVE, T_M, D, Setting, digits

WIDE = {"d": D, "s": (-1.0, 1.0), "T_M": (0.3, 60.0)}
HALF = sp.Rational(1, 2)


def _passive() -> Decision:
    return never_active(
        "theorems T3 and T4_T3; two_spin_zero_ergotropy in proofs/coq",
        {name: pair[0] for name, pair in BOTH.items()},
        WIDE,
    )


def _active() -> Decision:
    found = {name: activity(pair[1], HALF, 2) for name, pair in BOTH.items()}
    shown = "; ".join(f"{n}: {digits(v)}" for n, v in found.items())
    return Decision(
        "conditional",
        "above a threshold in Delta T, see fig89-claim-1",
        f"thresholds in Delta T/(2 T_M) at |Delta|=1/2, T_M=2: {shown}",
        "J=1, Delta=1/2, T_M=2, Delta T=1: zero ergotropy",
        "say: at large enough positive bias",
    )


def _gain(epsilon: int, sign: float) -> dict[str, Decision]:
    def margin_for(pair: Any) -> Any:
        def margin(get: Get, d: Any, T_M: Any) -> Any:
            s = (sign + 0 * d) if get is floats else sp.Integer(int(sign))
            base = get(pair[epsilon], "charge", d, 0 * s, T_M)
            return get(pair[epsilon], "charge", d, s, T_M) - base

        return margin

    return {
        name: sign_claim(
            margin_for(pair),
            {"d": (0.01, 0.99), "T_M": T_M},
            derived="charge at the end of the range minus charge at Delta T = 0",
            grid=101,
        )
        for name, pair in BOTH.items()
    }


def _change(setting: Setting, s: Any) -> Any:
    """Charge at |Delta|=1/2, T_M=20 minus its value at Delta T = 0."""
    return setting.exact("charge", HALF, s, 20) - setting.exact("charge", HALF, 0, 20)


def _destructive() -> Decision:
    """Whether at high T_M a bias lowers the charge in both settings."""
    off, on = with_both(_gain(0, 1.0)), with_both(_gain(1, 1.0))
    return Decision(
        "conditional" if off.status == "confirmed" else "confirmed",
        "destructive at epsilon = 1 only; at epsilon = 0 the bias always helps",
        f"epsilon=0, gain at Delta T = 2 T_M: {off.evidence} || epsilon=1: {on.evidence}",
        f"epsilon=0, |Delta|=1/2, T_M=20, Delta T=40: gain {float(_change(FERRO[0], 1)):.6g}",
        "restrict the sentence to the asymmetric setting (Sec. III does)",
    )


def _suppressed() -> Decision:
    """Gain at negative bias: at epsilon = 1 minus at epsilon = 0."""

    def margin_for(pair: Any) -> Any:
        def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
            gains = [
                get(pair[e], "charge", d, s, T_M) - get(pair[e], "charge", d, 0 * s, T_M)
                for e in (1, 0)
            ]
            return gains[0] - gains[1]

        return margin

    def boundary(pair: Any) -> str:
        places = []
        for T in (2, 20):
            found = edges(margin_for(pair), "s", -0.999, -0.01, d=HALF, T_M=T)
            places += [f"T_M={T}, |Delta|=1/2: Delta T/(2 T_M)={digits(v)}" for v in found]
        return "; ".join(places) or "no sign change at |Delta|=1/2, T_M = 2, 20"

    found = with_both(
        {
            name: sign_claim(
                margin_for(pair),
                {"d": D, "s": NEGATIVE, "T_M": T_M},
                derived="gain at epsilon=1 minus gain at epsilon=0, negative bias",
                boundary=partial(boundary, pair),
            )
            for name, pair in BOTH.items()
        }
    )
    off = with_both(_gain(0, -1.0))
    if off.status != "confirmed":
        return found
    return Decision(
        "wrong",
        "at epsilon = 0 a bias of either sign raises the charge: nothing to suppress",
        f"epsilon=0, gain at Delta T = -2 T_M: {off.evidence} || epsilon=1 against 0: "
        f"{found.evidence}",
        "J=1, Delta=1/2, T_M=20, Delta T=-20: the charge falls at epsilon=1 by "
        f"{-float(_change(ANTI[1], -HALF)):.4g}"
        " and rises at epsilon=0",
        consequence="at high T_M the asymmetry adds a small loss at negative bias",
    )


def _near_end() -> Decision:
    ratios = {}
    for name, pair in BOTH.items():
        values = [pair[1].exact("ergotropy", HALF, s, 20) for s in (HALF, 1)]
        ratios[name] = values[1] / values[0]
    shown = "; ".join(f"{n}: {digits(v, 6)}" for n, v in ratios.items())
    good = all(v > 2 for v in ratios.values())
    return Decision(
        "confirmed" if good else "conditional",
        "W(2 T_M) is a multiple of W(T_M)",
        f"30 digits, |Delta|=1/2, T_M=20: W at Delta T = 2 T_M over W at Delta T = T_M: {shown}",
    )


def _more_spins() -> Decision:
    """The two-spin conclusions, asked of three."""
    two = ANTI[1].exact("charge", HALF, 1, 20) - ANTI[1].exact("charge", HALF, 0, 20)
    three = THREE[1].exact("charge", HALF, 1, 20) - THREE[1].exact("charge", HALF, 0, 20)
    passive = never_active("", {"epsilon=0": THREE[0]}, {**WIDE, "T_M": T_M})
    kept = passive.status == "confirmed"
    changed = two < 0 < three
    return Decision(
        "conditional" if kept and changed else ("confirmed" if kept else "wrong"),
        "passive at epsilon=0 and active at epsilon=1: kept; the role of the heat current: changed",
        f"at T_M=20, Delta=1/2, Delta T=40, epsilon=1 the bias changes the charge by {digits(two)} "
        f"(two spins, B0=2) and {digits(three)} (three spins, B0=5); {passive.evidence}",
        "T_M=20, Delta=1/2, epsilon=1: destructive for two spins, constructive for three",
        "and only in a strong field: passive at epsilon=0 by theorem T8_far, while T7_three_spins "
        "is an inversion for B0 > |3 Delta + alpha|/2",
    )


CLAIMS = (
    Claim(
        "abs-claim-1",
        "in the symmetric setting no work can be extracted by unitaries",
        "B0 > |J| + |Delta|, any temperatures",
        _passive,
    ),
    Claim(
        "abs-claim-2",
        "work can be extracted at positive bias when both ends share the hot bath",
        "B0=2, epsilon=1, Delta T > 0",
        _active,
    ),
    Claim(
        "sum-claim-1",
        "nonequilibrium acts constructively at low and destructively at high temperature",
        "B0=2, both settings, T_M in [2,20]",
        _destructive,
    ),
    Claim(
        "sum-claim-2",
        "the asymmetry suppresses the destructive effects at large negative bias",
        "B0=2, T_M in [2,20]",
        _suppressed,
    ),
    Claim(
        "sum-claim-3",
        "ergotropy is significantly enhanced close to Delta T = 2 T_M",
        "B0=2, epsilon=1",
        _near_end,
    ),
    Claim(
        "sum-claim-4", "more spins do not change the conclusions", "three spins, B0=5", _more_spins
    ),
)
