"""What Figs. 3-10 and 12 show: derived, and as printed where the printed equations differ."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from symqb.audit.figures import Panel, Panels
from symqb.audit.settings import Setting

from . import literal
from .settings import ANTI, BOTH, COLD, FERRO, THREE

CHOSEN_T_M = (2.0, 10.0, 20.0)
"""The text names T_M = 2 and T_M = 20; the third panel is chosen."""
GRID = 61
LABELS = {
    "charge": r"$\Delta E_B(\infty)$",
    "ergotropy": r"$W(\rho_{\mathrm{NESS}})$",
    "exergy": r"$\Sigma_{\mathrm{ex}}$",
}


def _map(setting: Setting, output: str, T: float, printed: bool) -> Panel:
    # the printed Bose numbers have no value where a frequency or a temperature is zero
    d, s = np.linspace(0, 1, GRID), np.linspace(-1, 1, GRID)
    if printed:
        d, s = np.linspace(0.001, 0.999, GRID), np.linspace(-0.99, 0.99, GRID)
    mesh_d, mesh_s = np.meshgrid(d, s, indexing="ij")
    if printed:
        values = literal.evaluate(2, **setting.point(d=mesh_d, s=mesh_s, T_M=T))[output]
    else:
        values = setting(output, d=mesh_d, s=mesh_s, T_M=T)
    chosen = "" if T in (2.0, 20.0) else ", chosen"
    return Panel(
        f"$T_M={T:g}${chosen}; {'Eqs. (12)-(14) printed' if printed else 'derived'}",
        r"$\Delta$",
        r"$\Delta T$",
        float(setting.parameters["J"]) * d,
        2 * T * s,
        {output: values},
        LABELS[output],
    )


def _maps(setting: Setting, output: str) -> Panels:
    sources = (False, True) if setting.parameters["epsilon"] else (False,)
    return [[_map(setting, output, T, printed) for T in CHOSEN_T_M] for printed in sources]


def _populations() -> Panels:
    s, letters = np.linspace(-1, 1, 401), iter("abcd")

    def panel(epsilon: int, name: str) -> Panel:
        p = BOTH[name][epsilon]("populations", d=0.5, s=s, T_M=20.0)
        values = {rf"$\rho_{{{i}{i}}}$": p[:, i - 1] for i in (1, 2, 3, 4)}
        title = f"({next(letters)}) {name}, $\\varepsilon={epsilon}$, derived"
        return Panel(title, r"$\Delta T$", "population", 40 * s, None, values)

    return [[panel(epsilon, name) for name in BOTH] for epsilon in (0, 1)]


def _exergy() -> Panels:
    d, T = np.linspace(0, 1, GRID), np.linspace(2, 20, GRID)
    mesh_d, mesh_T = np.meshgrid(d, T, indexing="ij")

    def panel(letter: str, name: str) -> Panel:
        setting = COLD[name]
        return Panel(
            f"({letter}) {name}; $T_L\\leq 20$ chosen",
            r"$\Delta$",
            r"$T_L$",
            float(setting.parameters["J"]) * d,
            T,
            {"exergy": setting("exergy", d=mesh_d, T=mesh_T)},
            LABELS["exergy"],
        )

    return [[panel("a", "antiferromagnetic"), panel("b", "ferromagnetic")]]


CASES_12 = (
    (0, 2.0, 0.5),
    (0, 20.0, 1.0),
    (1, 2.0, 0.5),
    (1, 2.0, 1.0),
    (1, 20.0, 0.5),
    (1, 20.0, 1.0),
)
"""(epsilon, T_M, Delta T / 2 T_M), all chosen: the text names none of them."""


def _three() -> Panels:
    d = np.linspace(0.01, 1, 100)

    def line(output: str, printed: bool, epsilon: int, T: float, s: float) -> Any:
        # the printed rates need a temperature above zero
        where = {"d": d, "s": min(s, 0.999), "T_M": T}
        if printed:
            return literal.evaluate(3, **THREE[epsilon].point(**where))[output]
        return THREE[epsilon](output, **where)

    def panel(letter: str, output: str, printed: bool) -> Panel:
        lines = {
            rf"$\varepsilon={epsilon}$, $T_M={T:g}$, $\Delta T={2 * s * T:g}$": line(
                output, printed, epsilon, T, s
            )
            for epsilon, T, s in CASES_12
        }
        source = "(26), (27), B, C printed" if printed else "derived"
        title = f"({letter}) {source}; values chosen"
        return Panel(title, r"$\Delta$", LABELS[output], d, None, lines)

    shown = {"a": "charge", "b": "ergotropy"}
    return [[panel(*item, printed) for printed in (False, True)] for item in shown.items()]


FIGURES: dict[str, Callable[[], Panels]] = {
    "3": partial(_maps, FERRO[0], "charge"),
    "4": partial(_maps, ANTI[0], "charge"),
    "5": partial(_maps, FERRO[1], "charge"),
    "6": partial(_maps, ANTI[1], "charge"),
    "7": _populations,
    "8": partial(_maps, FERRO[1], "ergotropy"),
    "9": partial(_maps, ANTI[1], "ergotropy"),
    "10": _exergy,
    "12": _three,
}
"""What builds each figure, by its number in the paper."""
