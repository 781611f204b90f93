"""Claims about Fig. 12, three spins, and the printed three-spin system taken literally."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from symqb.audit.claims import Boundary, Cases, Decide, Decision, Sign, Vanishes, lines
from symqb.audit.search import digits, most
from symqb.audit.settings import falls, further, rises

from . import literal
from .claims_energy import charge, gain
from .claims_ergotropy import activity
from .settings import ANY, MEAN, POSITIVE, THREE, D

NAMES = {"symmetric": THREE[0], "asymmetric": THREE[1]}
BOX = {"d": D, "s": POSITIVE, "T_M": MEAN}
GRID = 21
ENDS = ("0", "1/2", "1")


def _falls(T_M: tuple[float, float]) -> Cases:
    derived = "charge at Delta minus charge a little above"
    return Cases(
        {
            name: Sign(
                falls(setting, "charge", {"d": further("d")}),
                {**BOX, "T_M": T_M},
                derived,
                grid=GRID,
            )
            for name, setting in NAMES.items()
        }
    )


def _flat() -> Decision:
    d = np.linspace(0, 1, 401)
    shown, spread = [], 0.0
    for name, setting in NAMES.items():
        for s in (0.0, 0.5, 1.0):
            values = [setting("charge", d=d, s=s, T_M=T) for T in (2.0, 20.0)]
            low, high = (value.max() - value.min() for value in values)
            spread = max(spread, low / max(high, 1e-300)) if s < 1 else spread
            shown.append(f"{name}, Delta T/(2 T_M)={s}: {low:.4f} at T_M=2, {high:.4f} at T_M=20")
    return Decision(
        "conditional" if spread > 1 else "confirmed",
        "the change with Delta at T_M=2 is larger than at T_M=20 where the bias is small",
        "numerical, 401 points: spread of the charge over Delta: " + "; ".join(shown),
        "epsilon=0, Delta T=0: the charge changes more over Delta at T_M=2 than at T_M=20"
        if spread > 1
        else "",
    )


def _only_switched_on() -> Decision:
    off = Vanishes("ergotropy", {"epsilon=0": THREE[0]}, {**BOX, "s": ANY}, "")()
    places = []
    for d in ENDS:
        for T in (2, 20):
            at = activity(THREE[1], Fraction(d), T)
            places.append(f"Delta={d}, T_M={T}: " + (digits(at) if at else "never"))
    return Decision(
        off.status,
        "zero at epsilon=0 on this domain; at epsilon=1 above a threshold in Delta T",
        f"{off.evidence}; thresholds in Delta T/(2 T_M) at epsilon=1: {'; '.join(places)}",
        off.counterexample,
        consequence="at epsilon=0 theorem T8_far covers it at every temperature; the restriction "
        "to B0=5 matters: theorem T7_three_spins has an inversion at epsilon=0 in a weaker field",
    )


LITERAL_POINTS = tuple(
    (epsilon, d, s, T)
    for epsilon in (0, 1)
    for d in (0.1, 0.5, 0.9)
    for s in (0.25, 0.9)
    for T in (2.0, 20.0)
)
"""24 points of Figs. 12a and 12b (T_M and Delta T chosen)."""


def literal_table(
    points: tuple[tuple[int, float, float, float], ...] = LITERAL_POINTS,
) -> list[dict[str, float]]:
    """List printed and derived charge and ergotropy of three spins, point by point."""
    rows = []
    for epsilon, d, s, T in points:
        coordinates = {"d": d, "s": s, "T_M": T}
        where = THREE[epsilon].point(**coordinates)
        printed = literal.evaluate(3, **where)
        row = dict(where)
        for name in ("charge", "ergotropy"):
            row[f"{name}_derived"] = float(THREE[epsilon](name, **coordinates))
            row[f"{name}_printed"] = float(printed[name])
        rows.append(row)
    return rows


def _distance(quantity: str, epsilon: int, **point: Any) -> Any:
    printed = literal.evaluate(3, **THREE[epsilon].point(**point))[quantity]
    return np.abs(printed - THREE[epsilon](quantity, **point))


def _literal(quantity: str) -> Decide:
    def decide() -> Decision:
        rows = literal_table()
        gaps = [abs(r[f"{quantity}_printed"] - r[f"{quantity}_derived"]) for r in rows]
        off = [r for r in rows if r["epsilon"] == 0 and r["ergotropy_printed"] > 1e-12]
        worst = rows[int(np.argmax(gaps))]
        where = ", ".join(f"{k}={worst[k]:g}" for k in ("Delta", "epsilon", "T_L", "T_R"))
        box = {"d": (0.01, 1.0), "s": (0.0, 0.99), "T_M": MEAN}
        far = {e: most(partial(_distance, quantity, e), box, 13, 3) for e in (0, 1)}
        extra = f"; printed ergotropy at epsilon=0 is positive at {len(off)} of 12 points"
        return Decision(
            "wrong" if max(gaps) > 1e-6 else "confirmed",
            "the derived three-spin system has 14 transitions with their matrix elements",
            f"{len(rows)} points: largest difference in {quantity} {max(gaps):.4f} at {where} "
            f"(printed {worst[quantity + '_printed']:.4f}, derived "
            f"{worst[quantity + '_derived']:.4f})"
            + (extra if quantity == "ergotropy" else "")
            + "".join(f"; epsilon={e}: up to {f.text()}" for e, f in far.items()),
            f"B0=5, J=1, {where}",
            "Eqs. (26), (27), (B3), (B9), (C3), (C5), (C7) as repaired",
            "Fig. 12 cannot be reproduced from the printed equations",
        )

    return decide


DECIDE: dict[str, Decide] = {
    "fig12-claim-1": _falls(MEAN),
    "fig12-claim-2": _flat,
    "fig12-claim-3": _falls((10.0, 20.0)),
    "fig12-claim-4": Cases(
        {
            name: Sign(
                gain(setting),
                BOX,
                "charge minus its value at Delta T = 0",
                Boundary(
                    "T_M",
                    2,
                    20,
                    lines(d=ENDS, s=["999/1000"]),
                    "Delta={d}: T_M = {root}",
                    "at Delta T = 1.998 T_M, ",
                    none="no sign change",
                    count=60,
                ),
                GRID,
            )
            for name, setting in NAMES.items()
        }
    ),
    "fig12-claim-5": Sign(
        charge(THREE[1]) - charge(THREE[0]),
        BOX,
        "charge at epsilon=1 minus charge at epsilon=0",
        Boundary(
            "s",
            0.01,
            0.999,
            lines(d=ENDS, T_M=(2, 20)),
            "Delta={d}, T_M={T_M}: Delta T/(2 T_M) = {root}",
            none="no sign change at Delta = 0, 1/2, 1",
            count=60,
        ),
        GRID,
    ),
    "fig12-claim-6": _only_switched_on,
    "fig12-claim-7": Sign(
        rises(THREE[1], "ergotropy", {"s": further("s")}),
        BOX,
        "ergotropy does not fall with Delta T",
        grid=GRID,
    ),
    "fig12-literal-a": _literal("charge"),
    "fig12-literal-b": _literal("ergotropy"),
}
