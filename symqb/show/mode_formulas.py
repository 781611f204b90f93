"""LaTeX of a chain without anisotropy: its modes, how full they are, and the sums over them."""

from __future__ import annotations

import sympy as sp

from symqb.derive.free_fermions import ModeBattery, ModeFormulas, UniformModes, one_particle_matrix
from symqb.models import BatteryModel
from symqb.show.formulas import Formula
from symqb.show.paper_latex import align
from symqb.show.spelling import symbol_latex

WIDTH = 60
LARGEST_SHOWN = 6
"""Spins up to which the one-particle matrix is written out."""


def modes_latex(
    model: BatteryModel, mode: ModeBattery, formulas: ModeFormulas, modes: UniformModes | None
) -> str:
    """All formulas as one ``align``, for mode k of N.

    Parameters
    ----------
    model : BatteryModel
        The chain.
    mode, formulas
        The battery of a mode, and what holds for it.
    modes : UniformModes or None
        The modes in closed form; None where only the one-particle matrix has them.
    """
    k, names = "k", {mode.frequency: r"\omega_k"}
    names |= {name: f"g_{{k,{symbol_latex(bath)}}}" for bath, name in mode.amplitudes.items()}

    def text(expression: sp.Expr) -> str:
        symbols = {s: names.get(str(s)) or symbol_latex(str(s)) for s in expression.free_symbols}
        return str(sp.latex(expression, symbol_names=symbols))

    spins = model.chain.spins
    rows: list[Formula] = []
    for bath, name in mode.amplitudes.items():
        site = 1 if mode.first[bath] else spins
        shown = f"v_{{k,{site}}}" if modes is None else text(modes.amplitude.subs(modes.site, site))
        rows.append(Formula(names[name], (shown,)))
    if modes is not None:
        rows.insert(
            0, Formula(r"\omega_k", (text(modes.frequency), f",\\quad k = 1, \\dots, {spins}"))
        )
    else:
        matrix = text(one_particle_matrix(model.chain)) if spins <= LARGEST_SHOWN else "h"
        rows.insert(0, Formula(matrix + " v_k", (r"\omega_k v_k",)))
    for way, rates in (("E", formulas.emission), ("A", formulas.absorption)):
        for bath, rate in rates.items():
            rows.append(Formula(f"{way}_{{{k},{symbol_latex(bath)}}}", (text(rate),)))
    baths = [symbol_latex(bath) for bath in formulas.emission]
    up, down = ([f"{way}_{{k,{bath}}}" for bath in baths] for way in "AE")
    total = " + ".join([*up, *down])
    rows.append(Formula("f_k", (rf"\frac{{{' + '.join(up)}}}{{{total}}}",)))
    rows.append(Formula("p(n)", (r"\prod_k f_k^{n_k} (1 - f_k)^{1 - n_k}",)))
    rows.append(Formula("E - E_{0 \\dots 0}", (r"\sum_k \omega_k f_k",)))
    for one in baths:
        pairs = " ".join(
            f"+ A_{{k,{one}}} E_{{k,{other}}} - E_{{k,{one}}} A_{{k,{other}}}"
            for other in baths
            if other != one
        )
        shown = rf"\sum_k \omega_k \frac{{{pairs.removeprefix('+ ')}}}{{{total}}}" if pairs else "0"
        rows.append(Formula(f"\\dot{{Q}}_{{{one}}}", (shown,)))
    return align(rows, WIDTH)
