"""Claims of the abstract and the summary, decided again or by the rows they rest on."""

from __future__ import annotations

from typing import Any

from symqb.audit.claims import Boundary, Cases, Decide, Decision, Sign, Vanishes, lines
from symqb.audit.search import digits

from .claims_energy import gain
from .claims_ergotropy import WIDE, activity
from .settings import ANTI, ANY, BOTH, FERRO, HALF, MEAN, NEGATIVE, THREE, D, both


def _active() -> Decision:
    found = {name: activity(pair[1], HALF, 2) for name, pair in BOTH.items()}
    shown = "; ".join(f"{n}: {digits(v)}" for n, v in found.items())
    below = ANTI[1].exact("ergotropy", d=HALF, s="1/4", T_M=2)
    return Decision(
        "conditional" if below == 0 else "confirmed",
        "above a threshold in Delta T, see fig89-claim-1",
        f"thresholds in Delta T/(2 T_M) at |Delta|=1/2, T_M=2: {shown}",
        "J=1, Delta=1/2, T_M=2, Delta T=1: zero ergotropy",
        "say: at large enough positive bias",
    )


def _end_gain(epsilon: int, s: int) -> Cases:
    return both(
        lambda pair: Sign(
            gain(pair[epsilon], s=s),
            {"d": (0.01, 0.99), "T_M": MEAN},
            "charge at the end of the range minus charge at Delta T = 0",
            grid=101,
        )
    )


def _change(setting: Any, s: Any) -> Any:
    """Charge at |Delta|=1/2, T_M=20 minus its value at Delta T = 0."""
    return gain(setting).exact(d=HALF, s=s, T_M=20)


def _destructive() -> Decision:
    """Whether at high T_M a bias lowers the charge in both settings."""
    off, on = _end_gain(0, 1)(), _end_gain(1, 1)()
    return Decision(
        "conditional" if off.status == "confirmed" else "confirmed",
        "destructive at epsilon = 1 only; at epsilon = 0 the bias always helps",
        f"epsilon=0, gain at Delta T = 2 T_M: {off.evidence} || epsilon=1: {on.evidence}",
        f"epsilon=0, |Delta|=1/2, T_M=20, Delta T=40: gain {float(_change(FERRO[0], 1)):.6g}",
        "restrict the sentence to the asymmetric setting (Sec. III does)",
    )


def _suppressed() -> Decision:
    """Gain at negative bias: at epsilon = 1 minus at epsilon = 0."""
    boundary = Boundary(
        "s",
        -0.999,
        -0.01,
        lines(d=["1/2"], T_M=(2, 20)),
        "T_M={T_M}, |Delta|=1/2: Delta T/(2 T_M)={root}",
        none="no sign change at |Delta|=1/2, T_M = 2, 20",
    )
    box = {"d": D, "s": NEGATIVE, "T_M": MEAN}
    derived = "gain at epsilon=1 minus gain at epsilon=0, negative bias"
    found = both(lambda pair: Sign(gain(pair[1]) - gain(pair[0]), box, derived, boundary))()
    off = _end_gain(0, -1)()
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
        half, whole = (pair[1].exact("ergotropy", d=HALF, s=s, T_M=20) for s in (HALF, 1))
        ratios[name] = whole / half
    shown = "; ".join(f"{n}: {digits(v, 6)}" for n, v in ratios.items())
    good = all(v > 2 for v in ratios.values())
    return Decision(
        "confirmed" if good else "conditional",
        "W(2 T_M) is a multiple of W(T_M)",
        f"30 digits, |Delta|=1/2, T_M=20: W at Delta T = 2 T_M over W at Delta T = T_M: {shown}",
    )


def _more_spins() -> Decision:
    """The two-spin conclusions, asked of three."""
    two, three = _change(ANTI[1], 1), _change(THREE[1], 1)
    box = {"d": D, "s": ANY, "T_M": MEAN}
    passive = Vanishes("ergotropy", {"epsilon=0": THREE[0]}, box, "")()
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


DECIDE: dict[str, Decide] = {
    "abs-claim-1": Vanishes(
        "ergotropy",
        {name: pair[0] for name, pair in BOTH.items()},
        {"d": D, "s": ANY, "T_M": WIDE},
        "theorems T3 and T4_T3; two_spin_zero_ergotropy in proofs/coq",
    ),
    "abs-claim-2": _active,
    "sum-claim-1": _destructive,
    "sum-claim-2": _suppressed,
    "sum-claim-3": _near_end,
    "sum-claim-4": _more_spins,
}
