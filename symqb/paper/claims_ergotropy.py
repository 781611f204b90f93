"""Claims about Figs. 7-10: populations, ergotropy and exergy of two spins."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from symqb.paper import literal_two
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
    exact_gap,
    gap,
    most,
    roots_along,
)

HALF = sp.Rational(1, 2)
SEVEN = "B0=2, T_M=20, Delta=+-1/2 (Fig. 7)"
EIGHT = "B0=2, |J|=1, |Delta|=d in [0,1], epsilon=1, T_M in [2,20], 0 <= Delta T <= 2 T_M"
LABELS = (1, 2, 3, 4)


def _flat() -> Decision:
    """How far populations move with Delta T at epsilon = 0."""
    moved = []
    for pair in BOTH.values():
        base = np.array(pair[0]("populations", 0.5, 0.0, 20.0))
        s = np.linspace(-1, 1, 4001)
        moved.append(float(np.abs(pair[0]("populations", 0.5, s, 20.0) - base).max()))
    exact = ANTI[0].exact("populations", HALF, sp.Rational(1, 1), 20)[1]
    base = ANTI[0].exact("populations", HALF, 0, 20)[1]
    return Decision(
        "conditional",
        "they move, by less than 0.1% of the whole",
        f"numerical, 4001 points: largest change {max(moved):.6f} (ferro {moved[0]:.6f}, "
        f"antiferro {moved[1]:.6f}); rho_22 of the antiferromagnet at Delta T = 2 T_M minus at 0: "
        f"{digits(exact - base)} (30 digits)",
        "Delta=1/2, T_M=20, Delta T=40: rho_22 differs from its value at Delta T=0",
        "say: changes by less than 0.001",
    )


def _only_positive() -> Decision:
    moved = {}
    for name, pair in BOTH.items():
        base = np.array(pair[1]("populations", 0.5, 0.0, 20.0))
        for side, s in (("< 0", np.linspace(-1, 0, 2001)), ("> 0", np.linspace(0, 1, 2001))):
            change = np.abs(pair[1]("populations", 0.5, s, 20.0) - base).max()
            moved[f"{name}, Delta T {side}"] = float(change)
    shown = "; ".join(f"{name}: {value:.4f}" for name, value in moved.items())
    small = max(v for k, v in moved.items() if "<" in k) < 1e-3
    return Decision(
        "confirmed" if small else "conditional",
        "populations change on both sides, more at positive bias",
        f"numerical, 2001 points a side, largest change: {shown}",
        "" if small else "Delta=-1/2, J=-1, T_M=20, Delta T=-40: rho_22 falls by 0.014",
    )


def _trend(kind: str, label: int, sign: int) -> Decision:
    """Whether rho_ii rises (sign 1) or falls with Delta T > 0, Fig. 7c, 7d."""
    setting = BOTH[kind][1]

    def margin(get: Get, s: Any) -> Any:
        d, T = (0.5, 20.0) if get is floats else (HALF, 20)
        ahead = get(setting, "populations", d, further(s), T)
        here = get(setting, "populations", d, s, T)
        if get is floats:
            ahead, here = np.moveaxis(ahead, -1, 0), np.moveaxis(here, -1, 0)
        return sign * (ahead[label - 1] - here[label - 1])

    def turning() -> str:
        found = edges(margin, "s", 0.0, 0.9989)
        return "turns at Delta T/(2 T_M) = " + ", ".join(digits(v, 6) for v in found)

    word = "rises" if sign > 0 else "falls"
    return sign_claim(
        margin,
        {"s": (0.0, 0.999)},
        derived=f"rho_{label}{label} {word} with Delta T",
        grid=2001,
        boundary=turning,
    )


def _trends(kind: str, up: tuple[int, ...]) -> Decision:
    return with_both({f"rho_{i}{i}": _trend(kind, i, 1 if i in up else -1) for i in LABELS})


def _signs(kind: str, positive: tuple[int, ...]) -> Decision:
    sign = BOTH[kind][1].sign
    energies = BOTH[kind][1].exact("energies", HALF, 0, 20)
    found = tuple(i for i in LABELS if energies[i - 1] > 0)
    shown = ", ".join(f"E_{i}={digits(v, 4)}" for i, v in zip(LABELS, energies, strict=True))
    return Decision(
        "confirmed" if found == positive else "wrong",
        f"J={sign}, Delta={sign}/2: {shown}",
        f"exact: the levels with positive energy are {' and '.join(map(str, found)) or 'none'}",
    )


def _contributions(kind: str, falling: tuple[int, ...]) -> Decision:
    """Sums rho_ii E_i against Delta T: which fall and which rise."""
    setting = BOTH[kind][1]
    energies = setting("energies", 0.5, 0.0, 20.0)
    s = np.linspace(0, 1, 2001)
    p = setting("populations", 0.5, s, 20.0)
    terms = p * energies
    group = terms[:, [i - 1 for i in falling]].sum(-1)
    rest = terms.sum(-1) - group
    drop, gain, total = group[-1] - group[0], rest[-1] - rest[0], np.diff(terms.sum(-1))
    fits = drop < 0 < gain

    def margin(get: Get, s: Any) -> Any:
        d, T = (0.5, 20.0) if get is floats else (HALF, 20)
        return get(setting, "charge", d, s, T) - get(setting, "charge", d, further(s), T)

    top = ", ".join(digits(v, 6) for v in edges(margin, "s", 0.0, 0.99))
    always = bool((np.diff(group) < 0).all() and (np.diff(rest) > 0).all() and (total < 0).all())
    levels = ", ".join(map(str, falling))
    throughout = f"{'' if always else 'not '}monotone throughout"
    return Decision(
        "confirmed" if always else ("conditional" if fits else "wrong"),
        "from Delta T = 0 to 2 T_M the first group falls, the rest rises, the sum falls",
        f"numerical, 2001 points: levels {levels} change by {drop:.4f}, the rest by {gain:.4f}, "
        f"the whole by {drop + gain:.4f}; {throughout}; the whole first rises by "
        f"{float(terms.sum(-1).max() - terms.sum(-1)[0]):.2g}",
        "" if always else f"the whole falls only beyond Delta T/(2 T_M) = {top}",
    )


def activity(setting: Setting, d: Any, T: Any) -> Any:
    """The bias above which the steady state is active, in units of 2 T_M, or None."""
    found = roots_along(
        lambda s: gap(setting, float(d), s, float(T)),
        lambda s: exact_gap(setting, d, s, T),
        0.001,
        0.9999,
        400,
    )
    return found[0] if found else None


def _active() -> Decision:
    thresholds = []
    for name, pair in BOTH.items():
        for d in ("1/4", "1/2", "3/4"):
            for T in (2, 20):
                at = activity(pair[1], sp.Rational(d), T)
                thresholds.append(
                    f"{name} |Delta|={d}, T_M={T}: " + (digits(at) if at else "never")
                )
    value = FERRO[1].exact("ergotropy", HALF, HALF / 50, 2)
    active = ANTI[1].exact("ergotropy", HALF, sp.Rational(9, 10), 20)
    return Decision(
        "conditional",
        "zero up to a threshold in Delta T, and at low T_M for some Delta never",
        f"ergotropy at Delta T/(2 T_M) above: {'; '.join(thresholds)}; active e.g. at J=1, "
        f"Delta=1/2, T_M=20, Delta T=36: {digits(active)}",
        f"J=-1, Delta=-1/2, T_M=2, Delta T=1/25: ergotropy {value} exactly (order of populations)",
        "say: at positive bias above a threshold",
    )


def never_active(derived: str, settings: dict[str, Setting], box: dict[str, Any]) -> Decision:
    """Whether the ergotropy is zero on a whole box."""
    found = {
        name: most(partial(setting, "ergotropy"), box, 41) for name, setting in settings.items()
    }
    worst = max(found.values(), key=lambda f: f.value)
    return Decision(
        "confirmed" if worst.value < 1e-12 else "conditional",
        derived,
        "numerical: largest ergotropy " + "; ".join(f"{n}: {f.text()}" for n, f in found.items()),
        "" if worst.value < 1e-12 else worst.text(),
    )


def _largest_at_end(setting: Setting) -> Decision:
    def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
        ahead = get(setting, "ergotropy", d, further(s), T_M)
        return ahead - get(setting, "ergotropy", d, s, T_M)

    return sign_claim(
        margin,
        {"d": D, "s": POSITIVE, "T_M": T_M},
        derived="ergotropy does not fall with Delta T",
        below=True,
    )


def _with_mean(setting: Setting, fixed_ratio: bool) -> Decision:
    def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
        hotter = larger(T_M)
        ratio = s if fixed_ratio else s * T_M / hotter
        return get(setting, "ergotropy", d, ratio, hotter) - get(setting, "ergotropy", d, s, T_M)

    return sign_claim(
        margin,
        {"d": D, "s": POSITIVE, "T_M": T_M},
        derived="ergotropy at 1.001 T_M minus ergotropy at T_M",
    )


def _at_end(setting: Setting) -> Decision:
    def margin(get: Get, d: Any, T_M: Any) -> Any:
        one = 1.0 + 0 * d if get is floats else 1
        return get(setting, "ergotropy", d, one, larger(T_M)) - get(
            setting, "ergotropy", d, one, T_M
        )

    return sign_claim(margin, {"d": D, "T_M": T_M}, derived="the same at Delta T = 2 T_M", grid=101)


def _grows() -> Decision:
    cases = {}
    for name, pair in BOTH.items():
        cases[f"{name}, Delta T = 2 T_M"] = _at_end(pair[1])
        cases[f"{name}, fixed Delta T/T_M"] = _with_mean(pair[1], True)
        cases[f"{name}, fixed Delta T"] = _with_mean(pair[1], False)
    return with_both(cases)


def _more_from_anti() -> Decision:
    def margin(get: Get, d: Any, s: Any, T_M: Any) -> Any:
        return get(ANTI[1], "ergotropy", d, s, T_M) - get(FERRO[1], "ergotropy", d, s, T_M)

    def boundary() -> str:
        places = []
        for T in (2, 5, 10, 20):
            found = edges(margin, "d", 0.001, 0.999, s=sp.Rational(999, 1000), T_M=T)
            places += [f"T_M={T}: |Delta| = {digits(v)}" for v in found]
        return "at Delta T = 1.998 T_M, " + "; ".join(places)

    return sign_claim(
        margin,
        {"d": D, "s": POSITIVE, "T_M": T_M},
        derived="antiferromagnetic minus ferromagnetic ergotropy",
        boundary=boundary,
    )


def _xx_best() -> Decision:
    two = 2.0
    return sign_claim(
        lambda get, d, T: _anti_exergy(get, 0 * d, T, two) - _anti_exergy(get, d, T, two),
        {"d": D, "T": (2.0, 40.0)},
        derived="exergy at Delta=0 minus exergy at Delta",
        grid=101,
    )


def _anti_exergy(get: Get, d: Any, T: Any, cold: float) -> Any:
    if get is floats:
        return ANTI[0].at("exergy", d, T, cold + 0 * T)
    return get(ANTI[0], "exergy", d, (T - 2) / (T + 2), (T + 2) / 2)


TEN = "B0=2, epsilon=0, T_R=T_eq=2, T_L in [2,40], d in [0,1]"


def _exergy(setting: Setting, what: str) -> Decision:
    def at(get: Get, d: Any, T: Any) -> Any:
        if get is floats:
            return setting.at("exergy", d, T, 2.0 + 0 * T)
        mean = (T + 2) / 2
        return get(setting, "exergy", d, (T - 2) / (T + 2), mean)

    def margin(get: Get, d: Any, T: Any) -> Any:
        if what == "T":
            return at(get, d, larger(T)) - at(get, d, T)
        step = at(get, further(d), T) - at(get, d, T)
        return step if what == "up" else -step

    # at T_L = 2 the exergy is zero for every Delta
    return sign_claim(margin, {"d": D, "T": (2.0, 40.0)}, derived=f"exergy, {what}", grid=101)


def _ferro_exergy() -> Decision:
    def margin(get: Get, d: Any, T: Any) -> Any:
        if get is floats:
            two = 2.0 + 0 * T
            return FERRO[0].at("exergy", d, T, two) - ANTI[0].at("exergy", d, T, two)
        args = (d, (T - 2) / (T + 2), (T + 2) / 2)
        return get(FERRO[0], "exergy", *args) - get(ANTI[0], "exergy", *args)

    return sign_claim(
        margin, {"d": D, "T": (2.0, 40.0)}, derived="difference at equal |Delta|", grid=101
    )


def _literal() -> Decision:
    """The two-spin system with gamma_41^(L) by the printed Eq. 12, at 24 points."""
    gaps, negative = {"charge": 0.0, "ergotropy": 0.0}, 0.0
    for pair in BOTH.values():
        setting = pair[1]
        for d in (0.1, 0.5, 0.9):
            s = np.array([-0.9, -0.25, 0.25, 0.9])
            for T in (2.0, 20.0):
                printed = literal_two.evaluate(
                    B0=2.0,
                    J=float(setting.sign),
                    Delta=setting.sign * d,
                    epsilon=1.0,
                    T_L=T * (1 + s),
                    T_R=T * (1 - s),
                )
                for name in gaps:
                    gap_ = np.abs(printed[name] - setting(name, d, s, T)).max()
                    gaps[name] = max(gaps[name], float(gap_))
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


INDIVIDUAL = {
    name: Setting(pair[1].sign, 1.0, dissipation="individual") for name, pair in BOTH.items()
}
WIDE = {"d": D, "s": ANY, "T_M": (0.3, 60.0)}

CLAIMS = (
    Claim(
        "fig7-claim-1",
        "in the symmetric setting the populations do not change with Delta T",
        SEVEN,
        _flat,
    ),
    Claim(
        "fig7-claim-2",
        "in the asymmetric setting they change, at positive bias",
        SEVEN,
        _only_positive,
    ),
    Claim(
        "fig7-claim-3",
        "Fig. 7(c): rho_11, rho_22, rho_44 increase and rho_33 decreases with Delta T > 0",
        SEVEN,
        lambda: _trends("ferromagnetic", (1, 2, 4)),
    ),
    Claim(
        "fig7-claim-4",
        "Fig. 7(d): rho_11, rho_22, rho_44 decrease and rho_33 increases with Delta T > 0",
        SEVEN,
        lambda: _trends("antiferromagnetic", (3,)),
    ),
    Claim(
        "fig7-claim-5",
        "E_2, E_3 are positive and E_1, E_4 negative for Delta=-1/2",
        SEVEN,
        lambda: _signs("ferromagnetic", (2, 3)),
    ),
    Claim(
        "fig7-claim-6",
        "E_2, E_4 are positive and E_1, E_3 negative for Delta=1/2",
        SEVEN,
        lambda: _signs("antiferromagnetic", (2, 4)),
    ),
    Claim(
        "fig7-claim-7",
        "ferromagnet: the fall of rho_11 E_1 + rho_33 E_3 + rho_44 E_4 prevails "
        "over the rise of rho_22 E_2",
        SEVEN,
        lambda: _contributions("ferromagnetic", (1, 3, 4)),
    ),
    Claim(
        "fig7-claim-8",
        "antiferromagnet: rho_22 E_2 + rho_33 E_3 + rho_44 E_4 falls, rho_11 E_1 rises",
        SEVEN,
        lambda: _contributions("antiferromagnetic", (2, 3, 4)),
    ),
    Claim(
        "fig89-claim-1",
        "the stored energy can be extracted at positive temperature bias",
        EIGHT,
        _active,
    ),
    Claim(
        "fig89-claim-2",
        "at negative bias no work can be extracted (implied by 'only positive')",
        "B0=2, epsilon=1, T_M in [0.3,60], Delta T < 0",
        lambda: never_active(
            "populations stay ordered at negative bias",
            {n: s[1] for n, s in BOTH.items()},
            {"d": D, "s": NEGATIVE, "T_M": (0.3, 60.0)},
        ),
    ),
    Claim(
        "fig89-claim-3",
        "the maximum work is extracted at Delta T = 2 T_M",
        EIGHT,
        lambda: with_both({n: _largest_at_end(s[1]) for n, s in BOTH.items()}),
    ),
    Claim("fig89-claim-4", "ergotropy increases with the mean temperature", EIGHT, _grows),
    Claim(
        "fig89-claim-5",
        "more energy can be extracted from the antiferromagnet",
        EIGHT,
        _more_from_anti,
    ),
    Claim(
        "fig89-claim-6",
        "without the collective dissipation no work can be extracted",
        "B0=2, individual dissipation, epsilon=1, d in [0,1], T_M in [0.3,60], any bias",
        lambda: never_active(
            "theorem T5 (eq18_passivity in proofs/coq): every transition sees one mixture of baths",
            INDIVIDUAL,
            WIDE,
        ),
    ),
    Claim("fig59-literal", "Eqs. (12)-(14) taken literally give Figs. 5-9", EIGHT, _literal),
    Claim(
        "fig10-claim-1",
        "exergy increases with the temperature gradient",
        TEN,
        lambda: with_both({n: _exergy(s[0], "T") for n, s in BOTH.items()}),
    ),
    Claim(
        "fig10-claim-2",
        "the ferromagnet's exergy exceeds the antiferromagnet's",
        TEN,
        _ferro_exergy,
    ),
    Claim(
        "fig10-claim-3",
        "the antiferromagnet's exergy grows as Delta falls",
        TEN,
        lambda: _exergy(ANTI[0], "down"),
    ),
    Claim(
        "fig10-claim-5", "the antiferromagnet's exergy is largest at Delta=0 (XX)", TEN, _xx_best
    ),
    Claim(
        "fig10-claim-4",
        "the ferromagnet's exergy is largest at Delta=-1 (XXX)",
        TEN,
        lambda: _exergy(FERRO[0], "up"),
    ),
)
