"""Claims about Figs. 7-10: populations, ergotropy and exergy of two spins."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from symqb.audit.claims import Boundary, Cases, Decide, Decision, Sign, Vanishes, edges, lines
from symqb.audit.search import Number, digits
from symqb.audit.settings import Reading, Setting, falls, first_inversion, further, larger, rises

from . import literal
from .claims_energy import HOTTER, HOTTER_SAME_BIAS
from .settings import (
    ANTI,
    ANY,
    BOTH,
    COLD,
    FERRO,
    HALF,
    INDIVIDUAL,
    MEAN,
    NEGATIVE,
    POSITIVE,
    D,
    both,
)

HOT = {"d": D, "s": POSITIVE, "T_M": MEAN}
WIDE = (0.3, 60.0)
LABELS = (1, 2, 3, 4)
AT = {"d": 0.5, "T_M": 20.0}
"""Where Fig. 7 is drawn."""


def _moved(setting: Setting, s: Any) -> float:
    """Find how far populations move from where they are without a temperature difference."""
    base = np.array(setting("populations", s=0.0, **AT))
    return float(np.abs(setting("populations", s=s, **AT) - base).max())


def _flat() -> Decision:
    """How far populations move with Delta T at epsilon = 0."""
    moved = [_moved(pair[0], np.linspace(-1, 1, 4001)) for pair in BOTH.values()]
    second = [ANTI[0].exact("populations", d=HALF, s=s, T_M=20)[1] for s in (1, 0)]
    return Decision(
        "conditional" if 0 < max(moved) < 1e-3 else "wrong",
        "they move, by less than 0.1% of the whole",
        f"numerical, 4001 points: largest change {max(moved):.6f} (ferro {moved[0]:.6f}, "
        f"antiferro {moved[1]:.6f}); rho_22 of the antiferromagnet at Delta T = 2 T_M minus at 0: "
        f"{digits(second[0] - second[1])} (30 digits)",
        "Delta=1/2, T_M=20, Delta T=40: rho_22 differs from its value at Delta T=0",
        "say: changes by less than 0.001",
    )


def _only_positive() -> Decision:
    sides = {"< 0": np.linspace(-1, 0, 2001), "> 0": np.linspace(0, 1, 2001)}
    moved = {
        f"{name}, Delta T {side}": _moved(pair[1], s)
        for name, pair in BOTH.items()
        for side, s in sides.items()
    }
    shown = "; ".join(f"{name}: {value:.4f}" for name, value in moved.items())
    small = max(v for k, v in moved.items() if "<" in k) < 1e-3
    return Decision(
        "confirmed" if small else "conditional",
        "populations change on both sides, more at positive bias",
        f"numerical, 2001 points a side, largest change: {shown}",
        "" if small else "Delta=-1/2, J=-1, T_M=20, Delta T=-40: rho_22 falls by 0.014",
    )


def _trend(setting: Setting, label: int, up: bool) -> Sign:
    """Whether rho_ii rises or falls with Delta T > 0, Figs. 7c, 7d."""
    ahead = Reading(setting, "populations", {**AT, "s": further("s")}, label)
    here = Reading(setting, "populations", AT, label)
    return Sign(
        ahead - here if up else here - ahead,
        {"s": (0.0, 0.999)},
        f"rho_{label}{label} {'rises' if up else 'falls'} with Delta T",
        Boundary(
            "s",
            0.0,
            0.9989,
            before="turns at Delta T/(2 T_M) = ",
            between=", ",
            places=6,
        ),
        grid=2001,
    )


def _trends(kind: str, up: tuple[int, ...]) -> Cases:
    return Cases({f"rho_{k}{k}": _trend(BOTH[kind][1], k, k in up) for k in LABELS})


def _signs(kind: str, positive: tuple[int, ...]) -> Decide:
    def decide() -> Decision:
        sign = 1 if kind == "antiferromagnetic" else -1
        energies = BOTH[kind][1].exact("energies", d=HALF, s=0, T_M=20)
        found = tuple(i for i in LABELS if energies[i - 1] > 0)
        shown = ", ".join(f"E_{i}={digits(v, 4)}" for i, v in zip(LABELS, energies, strict=True))
        return Decision(
            "confirmed" if found == positive else "wrong",
            f"J={sign}, Delta={sign}/2: {shown}",
            f"exact: the levels with positive energy are {' and '.join(map(str, found)) or 'none'}",
        )

    return decide


def _contributions(kind: str, falling: tuple[int, ...]) -> Decide:
    """Sums rho_ii E_i against Delta T: which fall and which rise."""

    def decide() -> Decision:
        setting = BOTH[kind][1]
        p = setting("populations", s=np.linspace(0, 1, 2001), **AT)
        terms = p * setting("energies", s=0.0, **AT)
        group, whole = terms[:, [i - 1 for i in falling]].sum(-1), terms.sum(-1)
        rest = whole - group
        drop, gain = group[-1] - group[0], rest[-1] - rest[0]
        margin = falls(setting, "charge", {"s": further("s")}, **AT)
        top = ", ".join(digits(v, 6) for v in edges(margin, "s", 0.0, 0.99))
        always = bool(
            (np.diff(group) < 0).all() and (np.diff(rest) > 0).all() and (np.diff(whole) < 0).all()
        )
        fits = drop < 0 < gain
        return Decision(
            "confirmed" if always else ("conditional" if fits else "wrong"),
            "from Delta T = 0 to 2 T_M the first group falls, the rest rises, the sum falls",
            f"numerical, 2001 points: levels {', '.join(map(str, falling))} change by {drop:.4f}, "
            f"the rest by {gain:.4f}, the whole by {drop + gain:.4f}; {'' if always else 'not '}"
            f"monotone throughout; the whole first rises by {float(whole.max() - whole[0]):.2g}",
            "" if always else f"the whole falls only beyond Delta T/(2 T_M) = {top}",
        )

    return decide


def activity(setting: Setting, d: Fraction, T: float) -> Number | None:
    """Find the bias above which the steady state is active, in units of 2 T_M, or None."""
    return first_inversion(setting, "s", 0.001, 0.9999, d=d, T_M=T)


def _active() -> Decision:
    thresholds = []
    for name, pair in BOTH.items():
        for d in ("1/4", "1/2", "3/4"):
            for T in (2, 20):
                at = activity(pair[1], Fraction(d), T)
                found = digits(at) if at else "never"
                thresholds.append(f"{name} |Delta|={d}, T_M={T}: {found}")
    value = FERRO[1].exact("ergotropy", d=HALF, s=HALF / 50, T_M=2)
    active = ANTI[1].exact("ergotropy", d=HALF, s="9/10", T_M=20)
    return Decision(
        "conditional" if value == 0 < active else "confirmed",
        "zero up to a threshold in Delta T, and at low T_M for some Delta never",
        f"ergotropy at Delta T/(2 T_M) above: {'; '.join(thresholds)}; active e.g. at J=1, "
        f"Delta=1/2, T_M=20, Delta T=36: {digits(active)}",
        f"J=-1, Delta=-1/2, T_M=2, Delta T=1/25: ergotropy {value} exactly (order of populations)",
        "say: at positive bias above a threshold",
    )


def _grows() -> Cases:
    cases: dict[str, Decide] = {}
    for name, pair in BOTH.items():
        read = (pair[1], "ergotropy")
        derived = "ergotropy at 1.001 T_M minus ergotropy at T_M"
        cases[f"{name}, Delta T = 2 T_M"] = Sign(
            rises(*read, HOTTER, s=1),
            {"d": D, "T_M": MEAN},
            "the same at Delta T = 2 T_M",
            grid=101,
        )
        cases[f"{name}, fixed Delta T/T_M"] = Sign(rises(*read, HOTTER), HOT, derived)
        cases[f"{name}, fixed Delta T"] = Sign(rises(*read, HOTTER_SAME_BIAS), HOT, derived)
    return Cases(cases)


def _exergy(margin: Any, derived: str, rounds: int = 8) -> Sign:
    return Sign(margin, {"d": D, "T": (2.0, 40.0)}, derived, grid=101, rounds=rounds)


def _literal() -> Decision:
    """The two-spin system with gamma_41^(L) by the printed Eq. 12, at 48 points."""
    gaps, negative = {"charge": 0.0, "ergotropy": 0.0}, 0.0
    s = np.array([-0.9, -0.25, 0.25, 0.9])
    for pair in BOTH.values():
        for d in (0.1, 0.5, 0.9):
            for T in (2.0, 20.0):
                where = {"d": d, "s": s, "T_M": T}
                printed = literal.evaluate(2, **pair[1].point(**where))
                for name in gaps:
                    gap = np.abs(printed[name] - pair[1](name, **where)).max()
                    gaps[name] = max(gaps[name], float(gap))
                negative = max(negative, float(printed["ergotropy"][s < 0].max()))
    return Decision(
        "wrong" if max(gaps.values()) > 1e-6 else "confirmed",
        "Eq. (12) with max(i, j) in the exponent",
        f"48 points (|Delta| = 0.1, 0.5, 0.9; T_M = 2, 20; both signs of the bias): largest "
        f"difference in charge {gaps['charge']:.4f}, in ergotropy {gaps['ergotropy']:.4f}; printed "
        f"ergotropy at negative bias up to {negative:.4f}, where the derived one is zero",
        "|Delta|=9/10, T_M=20, Delta T=-36, epsilon=1, J=1",
        "Eq. (12) as repaired",
        "Figs. 5-9 cannot be reproduced from Eqs. (12)-(14) as printed (drawn side by side)",
    )


DECIDE: dict[str, Decide] = {
    "fig7-claim-1": _flat,
    "fig7-claim-2": _only_positive,
    "fig7-claim-3": _trends("ferromagnetic", (1, 2, 4)),
    "fig7-claim-4": _trends("antiferromagnetic", (3,)),
    "fig7-claim-5": _signs("ferromagnetic", (2, 3)),
    "fig7-claim-6": _signs("antiferromagnetic", (2, 4)),
    "fig7-claim-7": _contributions("ferromagnetic", (1, 3, 4)),
    "fig7-claim-8": _contributions("antiferromagnetic", (2, 3, 4)),
    "fig89-claim-1": _active,
    "fig89-claim-2": Vanishes(
        "ergotropy",
        {name: pair[1] for name, pair in BOTH.items()},
        {"d": D, "s": NEGATIVE, "T_M": WIDE},
        "populations stay ordered at negative bias",
    ),
    "fig89-claim-3": both(
        lambda pair: Sign(
            rises(pair[1], "ergotropy", {"s": further("s")}),
            HOT,
            "ergotropy does not fall with Delta T",
            below="T_M",
        )
    ),
    "fig89-claim-4": _grows(),
    "fig89-claim-5": Sign(
        Reading(ANTI[1], "ergotropy") - Reading(FERRO[1], "ergotropy"),
        HOT,
        "antiferromagnetic minus ferromagnetic ergotropy",
        Boundary(
            "d",
            0.001,
            0.999,
            lines(s=["999/1000"], T_M=(2, 5, 10, 20)),
            "T_M={T_M}: |Delta| = {root}",
            "at Delta T = 1.998 T_M, ",
        ),
    ),
    "fig89-claim-6": Vanishes(
        "ergotropy",
        INDIVIDUAL,
        {"d": D, "s": ANY, "T_M": WIDE},
        "theorem T5 (eq18_passivity in proofs/coq): every transition sees one mixture of baths",
    ),
    "fig59-literal": _literal,
    # the least value lies where both baths are nearly alike, which doubles do not tell apart
    "fig10-claim-1": Cases(
        {
            name: _exergy(rises(cold, "exergy", {"T": larger("T")}), "exergy, T", rounds=2)
            for name, cold in COLD.items()
        }
    ),
    "fig10-claim-2": _exergy(
        Reading(COLD["ferromagnetic"], "exergy") - Reading(COLD["antiferromagnetic"], "exergy"),
        "difference at equal |Delta|",
    ),
    "fig10-claim-3": _exergy(
        falls(COLD["antiferromagnetic"], "exergy", {"d": further("d")}), "exergy, down"
    ),
    "fig10-claim-5": _exergy(
        rises(COLD["antiferromagnetic"], "exergy", {"d": 0}),
        "exergy at Delta=0 minus exergy at Delta",
    ),
    "fig10-claim-4": _exergy(
        rises(COLD["ferromagnetic"], "exergy", {"d": further("d")}), "exergy, up"
    ),
}
