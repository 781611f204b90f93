"""Claims about Figs. 3-6: the stored energy of two spins."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from symqb.paper.claims import (
    Claim,
    Decision,
    Get,
    edges,
    floats,
    further,
    larger,
    sign_claim,
    with_both,
)
from symqb.paper.meaning import battery, rates
from symqb.paper.tools import (
    ANTI,
    ANY,
    BOTH,
    FERRO,
    NEGATIVE,
    POSITIVE,
    T_M,
    D,
    Setting,
    digits,
    root,
)

WHOLE = {"d": D, "s": ANY, "T_M": T_M}
DOMAIN = "B0=2, |J|=1, |Delta|=d in [0,1], Delta T = 2 T_M s with s in [-1,1], T_M in [2,20]"
HALF = sp.Rational(1, 2)


def grows_with_mean(setting: Setting, fixed_ratio: bool) -> Decision:
    """Charge against T_M, at fixed Delta T/T_M or at fixed Delta T."""

    def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
        hotter = larger(T_M)
        ratio = s if fixed_ratio else s * T_M / hotter
        return get(setting, "charge", d, ratio, hotter) - get(setting, "charge", d, s, T_M)

    return sign_claim(margin, WHOLE, derived="charge at 1.001 T_M minus charge at T_M")


def _mean(label: str, epsilon: int) -> Decision:
    return with_both(
        {
            f"fixed Delta T/T_M, epsilon={epsilon}": grows_with_mean(BOTH[label][epsilon], True),
            f"fixed Delta T, epsilon={epsilon}": grows_with_mean(BOTH[label][epsilon], False),
        }
    )


def _slope(setting: Setting, sign: int) -> Decision:
    def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
        step = get(setting, "charge", further(d), s, T_M) - get(setting, "charge", d, s, T_M)
        return sign * step

    where = "|Delta| = 1" if sign > 0 else "Delta = 0"
    return sign_claim(
        margin, WHOLE, derived=f"charge is monotone in |Delta|, largest at {where}", below=True
    )


def _ferro_stores_more(epsilon: int) -> Decision:
    def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
        return get(FERRO[epsilon], "charge", d, s, T_M) - get(ANTI[epsilon], "charge", d, s, T_M)

    def boundary() -> str:
        T = sp.Integer(2)
        edge = root(
            lambda d: (
                FERRO[epsilon].exact("charge", d, 1, T) - ANTI[epsilon].exact("charge", d, 1, T)
            ),
            0.001,
            0.9,
        )
        return f"|Delta| = {digits(edge)} at T_M=2, Delta T=2 T_M"

    return sign_claim(
        margin,
        WHOLE,
        derived="ferromagnetic minus antiferromagnetic charge at equal |Delta|",
        boundary=boundary if epsilon else None,
        below=True,
    )


def _helps(setting: Setting, bias: tuple[float, float], T: float) -> Decision:
    """Whether a temperature difference raises the charge at one mean temperature."""

    def margin(get: Get, d: Any, s: Any) -> Any:
        mean = T if get is floats else sp.Rational(str(T))
        zero = 0 * s
        return get(setting, "charge", d, s, mean) - get(setting, "charge", d, zero, mean)

    def boundary() -> str:
        places = []
        for d in ("0", "1/4", "1/2", "3/4"):
            here = sp.Rational(d)
            ends = (bias[0] or 0.01, bias[1] or -0.01)
            found = edges(margin, "s", *ends, d=here)
            places += [f"|Delta|={d}: Delta T/(2 T_M) = {digits(v)}" for v in found]
        return "; ".join(places) or "no sign change at |Delta| = 0, 1/4, 1/2, 3/4"

    return sign_claim(
        margin,
        {"d": D, "s": bias},
        derived=f"charge minus its value at Delta T = 0, T_M={T:g}",
        boundary=boundary,
        grid=101,
    )


def _symmetric() -> Decision:
    """At epsilon = 0 both baths enter the total rates alike: exchanging them is exact."""
    swap = {sp.Symbol("T_L"): sp.Symbol("T_R"), sp.Symbol("T_R"): sp.Symbol("T_L")}
    found = rates(2)
    for (bath, source, target), left in found.items():
        if bath == "L":
            total = (left + found["R", source, target]).subs(sp.Symbol("epsilon"), 0)
            if sp.expand(total - total.subs(swap, simultaneous=True)) != 0:
                return Decision("wrong", "", f"exact: rate {source}->{target} is not symmetric")
    return Decision(
        "confirmed",
        "total rates are symmetric in T_L, T_R at epsilon = 0",
        "exact: all eight total rates are unchanged by exchanging T_L and T_R",
    )


def _asymmetric() -> Decision:
    values = {
        name: abs(s[1].exact("charge", HALF, HALF, 5) - s[1].exact("charge", HALF, -HALF, 5))
        for name, s in BOTH.items()
    }
    worst = min(values.values())
    return Decision(
        "confirmed" if worst > 1e-6 else "wrong",
        "charge(Delta T) differs from charge(-Delta T)",
        f"30 digits at |Delta|=1/2, T_M=5, Delta T=+-5: difference {float(worst):.6g} or more",
    )


def _balance() -> Decision:
    """Heat in equals heat out at the steady state for every epsilon, so it explains nothing."""
    function = battery(2).emit("numpy", outputs=("heat_current_L", "heat_current_R"))
    rng = np.random.default_rng(7)
    draw = rng.uniform(0.1, 1, (5, 2000))
    result = function(B0=2.0, J=1.0, Delta=draw[0], epsilon=1.0, T_L=20 * draw[1], T_R=20 * draw[2])
    sum_, size = result.heat_current_L + result.heat_current_R, abs(result.heat_current_L)
    worst = float(np.max(abs(sum_) / (1 + size)))
    if worst > 1e-12:
        return Decision("confirmed", "", f"heat currents do not cancel at epsilon=1: {worst}")
    return Decision(
        "gap",
        "symmetry of the total rates under exchange of the baths (exact, fig34-claim-4)",
        f"numerical: heat_current_L + heat_current_R = 0 within {worst:.1g} at epsilon = 1 too "
        "(2000 points), where the charge is not symmetric; so the reason given does not imply it",
        "epsilon=1, |Delta|=1/2, T_M=5, Delta T=+-5",
        "the reason is that the two baths see equal squared matrix elements",
    )


def _more_heat() -> Decision:
    def margin_for(label: str) -> Any:
        def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
            asymmetric = get(BOTH[label][1], "heat_current_L", d, s, T_M)
            return (asymmetric - get(BOTH[label][0], "heat_current_L", d, s, T_M)) / T_M

        return margin

    def boundary(label: str) -> str:
        places = []
        for T in (2, 20):
            margin = margin_for(label)
            found = edges(margin, "s", 0.01, 1.0, d=HALF, T_M=T)
            places += [f"T_M={T}, |Delta|=1/2: Delta T/(2 T_M) = {digits(v)}" for v in found]
        return "; ".join(places) or "none at |Delta|=1/2, T_M = 2, 20"

    return with_both(
        {
            label: sign_claim(
                margin_for(label),
                {"d": D, "s": POSITIVE, "T_M": T_M},
                derived="heat current from L at epsilon=1 minus that at epsilon=0, kappa=1",
                boundary=partial(boundary, label),
            )
            for label in BOTH
        }
    )


def _gain_at(d: Any, base: Any, s: Any) -> Any:
    return ANTI[1].exact("charge", d, s, 20) - base


def _limited() -> Decision:
    """Where the heat current starts to lower the charge, T_M = 20, antiferromagnet."""
    found: dict[str, Any] = {}
    for d in (sp.Rational(1, 4), HALF, sp.Rational(3, 4)):
        base = ANTI[1].exact("charge", d, 0, 20)
        grid = np.linspace(0.01, 1, 100)
        values = ANTI[1]("charge", float(d), grid, 20.0) - float(base)
        change = np.nonzero(np.diff(np.sign(values)))[0]
        if len(change):
            k = int(change[-1])
            found[str(d)] = root(partial(_gain_at, d, base), float(grid[k]), float(grid[k + 1]))
        else:
            found[str(d)] = 0
    worst = min(float(v) for v in found.values())
    shown = "; ".join(f"Delta={d}: {digits(v)}" for d, v in found.items())
    loss = _gain_at(HALF, ANTI[1].exact("charge", HALF, 0, 20), sp.Rational(3, 5))
    return Decision(
        "confirmed" if worst > 0.9 else "conditional",
        "the loss begins far below 2 T_M and is large only near it",
        f"roots of charge(Delta T) = charge(0) at T_M=20, in Delta T/(2 T_M): {shown} "
        "(0: destructive from the start)",
        f"Delta=1/2, T_M=20, Delta T=24: charge changes by {float(loss):.4g}",
    )


def _gain_at_end(setting: Setting, d: Any, T: Any) -> Any:
    return setting.exact("charge", d, 1, T) - setting.exact("charge", d, 0, T)


def _changes_role() -> Decision:
    """At Delta T = 2 T_M: the mean temperature where the role turns."""
    found, ok = [], True
    for name, pair in BOTH.items():
        for d in ("1/4", "1/2", "3/4"):
            here = sp.Rational(d)

            gain = partial(_gain_at_end, pair[1], here)
            low, high = float(gain(0.5)), float(gain(20.0))
            if low > 0 > high:
                found.append(f"{name} |Delta|={d}: T_M = {digits(root(gain, 0.5, 20.0))}")
            else:
                ok = False
                found.append(f"{name} |Delta|={d}: gain {low:.3g} at T_M=0.5, {high:.3g} at 20")
    return Decision(
        "confirmed" if ok else "conditional",
        "at Delta T = 2 T_M and epsilon = 1 the gain turns negative above a mean temperature",
        "roots of charge(2 T_M) = charge(0) in T_M: " + "; ".join(found),
    )


def _uneven() -> Decision:
    """The loss at Delta T = 2 T_M, T_M = 20, along |Delta|."""
    d = np.linspace(0.01, 0.99, 197)
    losses = {
        name: pair[1]("charge", d, 0.0, 20.0) - pair[1]("charge", d, 1.0, 20.0)
        for name, pair in BOTH.items()
    }
    uneven = all(loss.max() > 1.5 * loss.min() > 0 for loss in losses.values())
    shown = "; ".join(f"{n}: from {x.min():.4f} to {x.max():.4f}" for n, x in losses.items())
    return Decision(
        "confirmed" if uneven else "wrong",
        "the loss depends on Delta for both kinds",
        f"numerical, 197 values of |Delta|, loss of charge at T_M=20, Delta T=40: {shown}",
    )


def _both(decide: Any) -> Any:
    return lambda: with_both({name: decide(pair) for name, pair in BOTH.items()})


CLAIMS = (
    Claim(
        "fig34-claim-1",
        "the stored energy increases with the mean temperature",
        DOMAIN,
        lambda: with_both({n: _mean(n, 0) for n in BOTH}),
    ),
    Claim(
        "fig3-claim-2",
        "for given T_M the best storage of the ferromagnet is at Delta -> -1",
        DOMAIN,
        lambda: _slope(FERRO[0], 1),
    ),
    Claim(
        "fig4-claim-2",
        "for given T_M the best storage of the antiferromagnet is at Delta = 0",
        DOMAIN,
        lambda: _slope(ANTI[0], -1),
    ),
    Claim(
        "fig34-claim-2",
        "at epsilon=0 a ferromagnetic QB stores more than an antiferromagnetic one",
        DOMAIN,
        lambda: _ferro_stores_more(0),
    ),
    Claim(
        "fig34-claim-3",
        "nonequilibrium enhances the stored energy at low T_M (e.g. T_M=2)",
        DOMAIN.replace("T_M in [2,20]", "T_M=2, epsilon=0"),
        _both(lambda pair: _helps(pair[0], ANY, 2.0)),
    ),
    Claim(
        "fig34-claim-4",
        "the stored energy is symmetric in the temperature gradient (epsilon=0)",
        "all parameters",
        _symmetric,
    ),
    Claim(
        "fig34-arg-1",
        "the symmetry holds because absorbed and released heat are equal, the "
        "result of switching off the extra coupling",
        "all parameters",
        _balance,
        "argument",
    ),
    Claim(
        "fig56-claim-1",
        "at epsilon=1 the stored energy is not symmetric in the gradient",
        DOMAIN,
        _asymmetric,
    ),
    Claim(
        "fig56-claim-2",
        "more heat flows from left to right in the asymmetric setting",
        DOMAIN + ", s > 0",
        _more_heat,
    ),
    Claim(
        "fig56-claim-3",
        "at epsilon=1, too, nonequilibrium is constructive at low T_M",
        "T_M=2, both signs of the bias",
        _both(
            lambda pair: with_both(
                {
                    "Delta T > 0": _helps(pair[1], POSITIVE, 2.0),
                    "Delta T < 0": _helps(pair[1], NEGATIVE, 2.0),
                }
            )
        ),
    ),
    Claim(
        "fig56-claim-4",
        "with growing T_M the role turns destructive at positive bias",
        "B0=2, epsilon=1, Delta T = 2 T_M, T_M from 0.5 to 20",
        _changes_role,
    ),
    Claim(
        "fig6-claim-1",
        "in the antiferromagnet the destructive effects are limited roughly to "
        "near Delta T = 2 T_M",
        "T_M=20",
        _limited,
    ),
    Claim(
        "fig56-claim-7",
        "the destructive role is distributed unevenly across Delta",
        "B0=2, epsilon=1, T_M=20, Delta T = 2 T_M",
        _uneven,
    ),
    Claim(
        "fig56-claim-5",
        "the stored energy increases with T_M at epsilon=1",
        DOMAIN,
        lambda: with_both({n: _mean(n, 1) for n in BOTH}),
    ),
    Claim(
        "fig56-claim-6",
        "at epsilon=1 a ferromagnetic QB stores more than an antiferromagnetic one (Sec. IV)",
        DOMAIN,
        lambda: _ferro_stores_more(1),
    ),
)
