"""Claims about Fig. 12, three spins, and the printed three-spin system taken literally."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from symqb.paper import literal
from symqb.paper.claims import Claim, Decision, Get, edges, further, sign_claim, with_both
from symqb.paper.claims_ergotropy import activity, never_active
from symqb.paper.meaning import battery
from symqb.paper.tools import POSITIVE, T_M, D, Setting, digits, most

TWELVE = "B0=5, J=1, Delta=d in [0,1], T_M in [2,20] (chosen), 0 <= Delta T <= 2 T_M"
THREE = {eps: Setting(1, float(eps), 3, 5.0) for eps in (0, 1)}
NAMES = {0: "symmetric", 1: "asymmetric"}
BOX = {"d": D, "s": POSITIVE, "T_M": T_M}
HALF = sp.Rational(1, 2)
GRID = 21


def _falls(epsilon: int, T: tuple[float, float]) -> Decision:
    def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
        here = get(THREE[epsilon], "charge", d, s, T_M)
        return here - get(THREE[epsilon], "charge", further(d), s, T_M)

    return sign_claim(
        margin, {**BOX, "T_M": T}, derived="charge at Delta minus charge a little above", grid=GRID
    )


def _monotone() -> Decision:
    return with_both({name: _falls(eps, T_M) for eps, name in NAMES.items()})


def _flat() -> Decision:
    d = np.linspace(0, 1, 401)
    shown, spread = [], 0.0
    for eps, name in NAMES.items():
        for s in (0.0, 0.5, 1.0):
            low, high = (
                THREE[eps]("charge", d, s, T).max() - THREE[eps]("charge", d, s, T).min()
                for T in (2.0, 20.0)
            )
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


def _helps(epsilon: int) -> Decision:
    def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
        base = get(THREE[epsilon], "charge", d, 0 * s, T_M)
        return get(THREE[epsilon], "charge", d, s, T_M) - base

    def boundary() -> str:
        places = []
        for d in ("0", "1/2", "1"):
            found = edges(margin, "T_M", 2, 20, 60, d=sp.Rational(d), s=sp.Rational(999, 1000))
            places += [f"Delta={d}: T_M = {digits(v)}" for v in found]
        return "at Delta T = 1.998 T_M, " + ("; ".join(places) or "no sign change")

    return sign_claim(
        margin, BOX, derived="charge minus its value at Delta T = 0", boundary=boundary, grid=GRID
    )


def _more_stored() -> Decision:
    def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
        return get(THREE[1], "charge", d, s, T_M) - get(THREE[0], "charge", d, s, T_M)

    def boundary() -> str:
        places = []
        for d in ("0", "1/2", "1"):
            for T in (2, 20):
                found = edges(margin, "s", 0.01, 0.999, 60, d=sp.Rational(d), T_M=T)
                places += [f"Delta={d}, T_M={T}: Delta T/(2 T_M) = {digits(v)}" for v in found]
        return "; ".join(places) or "no sign change at Delta = 0, 1/2, 1"

    return sign_claim(
        margin,
        BOX,
        derived="charge at epsilon=1 minus charge at epsilon=0",
        boundary=boundary,
        grid=GRID,
    )


def _only_switched_on() -> Decision:
    off = never_active("", {"epsilon=0": THREE[0]}, {**BOX, "s": (-1.0, 1.0)})
    places = []
    for d in ("0", "1/2", "1"):
        for T in (2, 20):
            at = activity(THREE[1], sp.Rational(d), T)
            places.append(f"Delta={d}, T_M={T}: " + (digits(at) if at else "never"))
    ok = off.status == "confirmed"
    return Decision(
        "confirmed" if ok else "conditional",
        "zero at epsilon=0 on this domain; at epsilon=1 above a threshold in Delta T",
        f"{off.evidence}; thresholds in Delta T/(2 T_M) at epsilon=1: {'; '.join(places)}",
        off.counterexample,
        consequence="at epsilon=0 theorem T8_far covers it at every temperature; the restriction "
        "to B0=5 matters: theorem T7_three_spins has an inversion at epsilon=0 in a weaker field",
    )


def _work_grows() -> Decision:
    def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
        ahead = get(THREE[1], "ergotropy", d, further(s), T_M)
        return ahead - get(THREE[1], "ergotropy", d, s, T_M)

    return sign_claim(margin, BOX, derived="ergotropy does not fall with Delta T", grid=GRID)


LITERAL_POINTS = tuple(
    (eps, d, s, T)
    for eps in (0, 1)
    for d in (0.1, 0.5, 0.9)
    for s in (0.25, 0.9)
    for T in (2.0, 20.0)
)
"""24 points of Figs. 12a and 12b (T_M and Delta T chosen)."""


def literal_table(points: tuple[Any, ...] = LITERAL_POINTS) -> list[dict[str, float]]:
    """Printed and derived charge and ergotropy of three spins, point by point."""
    function = battery(3).emit("numpy", outputs=("charge", "ergotropy"))
    rows = []
    for eps, d, s, T in points:
        where = {
            "B0": 5.0,
            "J": 1.0,
            "Delta": d,
            "epsilon": float(eps),
            "T_L": T * (1 + s),
            "T_R": T * (1 - s),
        }
        true, printed = function(**where), literal.evaluate(**where)
        rows.append(
            {
                **where,
                "charge_derived": float(true.charge),
                "charge_printed": float(printed["charge"]),
                "ergotropy_derived": float(true.ergotropy),
                "ergotropy_printed": float(printed["ergotropy"]),
            }
        )
    return rows


def _literal(quantity: str) -> Decision:
    rows = literal_table()
    gaps = [abs(r[f"{quantity}_printed"] - r[f"{quantity}_derived"]) for r in rows]
    off = [r for r in rows if r["epsilon"] == 0 and r["ergotropy_printed"] > 1e-12]
    worst = rows[int(np.argmax(gaps))]
    where = ", ".join(f"{k}={worst[k]:g}" for k in ("Delta", "epsilon", "T_L", "T_R"))
    box = {"d": (0.01, 1.0), "s": (0.0, 0.99), "T_M": T_M}

    def distance(eps: float) -> Any:
        def f(d: Any, s: Any, T_M: Any) -> Any:
            got = literal.evaluate(
                B0=5.0, J=1.0, Delta=d, epsilon=eps, T_L=T_M * (1 + s), T_R=T_M * (1 - s)
            )[quantity]
            return np.abs(got - Setting(1, eps, 3, 5.0)(quantity, d, s, T_M))

        return f

    far = {eps: most(distance(float(eps)), box, 13, 3) for eps in (0, 1)}
    extra = f"; printed ergotropy at epsilon=0 is positive at {len(off)} of 12 points"
    return Decision(
        "wrong",
        "the derived three-spin system has 14 transitions with their matrix elements",
        f"{len(rows)} points: largest difference in {quantity} {max(gaps):.4f} at {where} (printed "
        f"{worst[quantity + '_printed']:.4f}, derived {worst[quantity + '_derived']:.4f})"
        + (extra if quantity == "ergotropy" else "")
        + "".join(f"; epsilon={e}: up to {f.text()}" for e, f in far.items()),
        f"B0=5, J=1, {where}",
        "Eqs. (26), (27), (B3), (B9), (C3), (C5), (C7) as repaired",
        "Fig. 12 cannot be reproduced from the printed equations",
    )


CLAIMS = (
    Claim(
        "fig12-claim-1",
        "the stored energy is monotone in Delta (decreasing) in both settings",
        TWELVE,
        _monotone,
    ),
    Claim(
        "fig12-claim-2",
        "at low mean temperature it does not change significantly with Delta",
        "T_M=2 against T_M=20",
        _flat,
    ),
    Claim(
        "fig12-claim-3",
        "at high enough mean temperature it decreases with Delta",
        TWELVE.replace("[2,20]", "[10,20]"),
        lambda: with_both({n: _falls(e, (10.0, 20.0)) for e, n in NAMES.items()}),
    ),
    Claim(
        "fig12-claim-4",
        "nonequilibrium enhances the stored energy in both settings",
        TWELVE,
        lambda: with_both({n: _helps(e) for e, n in NAMES.items()}),
    ),
    Claim("fig12-claim-5", "more energy is stored in the asymmetric setting", TWELVE, _more_stored),
    Claim(
        "fig12-claim-6",
        "work can be extracted only when the switch is on",
        TWELVE,
        _only_switched_on,
    ),
    Claim(
        "fig12-claim-7",
        "nonequilibrium enhances the ergotropy; most at Delta T = 2 T_M",
        TWELVE,
        _work_grows,
    ),
    Claim(
        "fig12-literal-a",
        "Eqs. (26), (27), B, C taken literally give the stored energy of Fig. 12(a)",
        "24 points and a search, B0=5, J=1",
        lambda: _literal("charge"),
    ),
    Claim(
        "fig12-literal-b",
        "Eqs. (26), (27), B, C taken literally give the ergotropy of Fig. 12(b)",
        "24 points and a search, B0=5, J=1",
        lambda: _literal("ergotropy"),
    ),
)
