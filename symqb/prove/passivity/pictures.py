"""Pictures of the map of passivity: by search in floating point, and point by point with proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import SymqbError, xxz_model
from symqb.prove.passivity.cases import RECTANGLES, SYMMETRIC
from symqb.prove.passivity.proofs import BallBattery
from symqb.prove.passivity.search import ordering, saturation_field

VERDICTS = ("passive", "active", "open")
COLOURS = ("#cfe8d5", "#c0392b", "#9e9e9e")


def searched_panel(
    spins: int, epsilon: float, T: tuple[float, float], size: int
) -> npt.NDArray[np.float64]:
    """Logarithm of ergotropy over B0, or NaN, on a grid of Delta and B0/saturation."""
    values = np.full((size, size), np.nan)
    model = xxz_model(spins)
    for i, Delta in enumerate(np.linspace(-0.997, 0.993, size)):
        saturation = saturation_field(spins, 1.0, float(Delta))
        for j, ratio in enumerate(np.linspace(0.02, 1.5, size)):
            point = {"B0": ratio * saturation, "J": 1.0, "Delta": float(Delta), "kappa": 1.0}
            point |= {"epsilon": epsilon, "T_L": T[0], "T_R": T[1]}
            try:
                found = ordering(model, point)
            except SymqbError:
                continue
            if not found.passive and found.ergotropy > 0:
                values[j, i] = np.log10(max(found.ergotropy / point["B0"], 1e-12))
    return values


def certified_couplings(spins: int) -> Mapping[str, Fraction]:
    """Couplings and field, above saturation at epsilon = 0, of the stated cases of a length."""
    stated = [box.couplings for box in RECTANGLES if box.spins == spins]
    stated += [case.point for case in SYMMETRIC if case.spins == spins]
    return {name: value for name, value in stated[-1].items() if name not in ("T_L", "T_R")}


def certified_panel(
    couplings: Mapping[str, Fraction], spins: int, temperatures: Sequence[Fraction]
) -> npt.NDArray[np.int64]:
    """The verdict at every pair of temperatures, proved, as an index of ``VERDICTS``.

    Rows are T_R, columns T_L.
    """
    battery = BallBattery(xxz_model(spins), couplings)
    return np.array(
        [
            [VERDICTS.index(battery.decide(T_L=a, T_R=b).verdict) for a in temperatures]
            for b in temperatures
        ]
    )


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def _save(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=120, bbox_inches="tight")
    _pyplot().close(figure)
    return path


def draw_searched(folder: Path, spins: Sequence[int], size: int) -> list[Path]:
    """Maps over anisotropy and field: white is passive, colour the decimal logarithm of work."""
    pyplot, paths = _pyplot(), []
    for name, epsilon, T in (
        ("symmetric", 0.0, (1.0, 4.0)),
        ("positive-bias", 1.0, (10.0, 1.0)),
        ("negative-bias", 1.0, (1.0, 10.0)),
    ):
        figure, axes = pyplot.subplots(
            1, len(spins), figsize=(2.6 * len(spins) + 1, 3), sharey=True, squeeze=False
        )
        for axis, n in zip(axes[0], spins, strict=True):
            image = axis.imshow(
                searched_panel(n, epsilon, T, size),
                origin="lower",
                extent=(-1, 1, 0, 1.5),
                aspect="auto",
                vmin=-8,
                vmax=-1,
            )
            axis.axhline(1.0, color="black", linewidth=0.8)
            axis.set(title=f"{n} spins", xlabel=r"$\Delta/J$")
        axes[0][0].set_ylabel(r"$B_0$ / saturation field")
        label = r"$\log_{10}$ (ergotropy / $B_0$)"
        figure.colorbar(image, ax=axes[0].tolist(), label=label, extend="min")
        figure.suptitle(rf"$\epsilon = {epsilon:g}$, $T_L = {T[0]:g}J$, $T_R = {T[1]:g}J$", y=1.04)
        paths.append(_save(figure, folder / f"passivity-{name}.png"))
    return paths


def draw_certified(folder: Path, spins: Sequence[int], size: int) -> Path:
    """Verdicts of ball arithmetic over both temperatures, at epsilon = 0 above saturation."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    pyplot = _pyplot()
    edges = np.geomspace(0.25, 16, size + 1)
    # the middle of each cell, rounded to an exact number
    temperatures = [Fraction(round(1000 * x), 1000) for x in np.sqrt(edges[:-1] * edges[1:])]
    figure, axes = pyplot.subplots(
        1, len(spins), figsize=(2.6 * len(spins) + 1, 3), sharey=True, squeeze=False
    )
    for axis, n in zip(axes[0], spins, strict=True):
        couplings = certified_couplings(n)
        panel = certified_panel(couplings, n, temperatures)
        axis.pcolormesh(edges, edges, panel, cmap=ListedColormap(COLOURS), vmin=0, vmax=2)
        axis.set(xscale="log", yscale="log", xlabel=r"$T_L/J$", box_aspect=1)
        shown = rf"$B_0 = {float(couplings['B0']):g}J$, $\Delta = {float(couplings['Delta']):g}J$"
        axis.set_title(f"{n} spins\n{shown}", fontsize=9)
    axes[0][0].set_ylabel(r"$T_R/J$")
    keys = [Patch(color=c, label=v) for c, v in zip(COLOURS, VERDICTS, strict=True)]
    figure.legend(handles=keys, loc="lower center", ncols=3, bbox_to_anchor=(0.5, -0.12))
    return _save(figure, folder / "passivity-certified.png")


def draw(folder: Path, spins: Sequence[int], size: int) -> list[Path]:
    """All pictures of these lengths; proofs for three to six spins."""
    folder.mkdir(parents=True, exist_ok=True)
    proved = [n for n in spins if 3 <= n <= 6]
    paths = draw_searched(folder, spins, size)
    return [*paths, draw_certified(folder, proved, size)] if proved else paths
