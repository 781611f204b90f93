"""Plots on a given matplotlib axis: level diagram, populations, a curve, a map.

Imported as :mod:`symqb.plot`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
import sympy as sp

from symqb.derive.eigensystem import Eigensystem
from symqb.derive.transitions import Transitions
from symqb.emit.result import Result
from symqb.models import BatteryModel, ParameterError
from symqb.models.extras import need
from symqb.show.spelling import symbol_latex

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["curve", "level_diagram", "parameter_map", "populations"]

BATH_COLOURS = ("tab:red", "tab:blue", "tab:green", "tab:purple")
HALF_BAR = 0.14
LARGEST_DOT = 900.0  # square points, at a population of 1
DRAWN = 1e-12  # squared matrix elements below are those of forbidden jumps


class Solved(Protocol):
    """What a plot asks of a battery; :class:`symqb.Battery` is one."""

    @property
    def model(self) -> BatteryModel: ...

    @property
    def symbols(self) -> Mapping[str, sp.Symbol]: ...

    def eigensystem(self) -> Eigensystem: ...

    def transitions(self) -> Transitions: ...

    @property
    def evaluate(self) -> Callable[..., Result]: ...


def _axes(axes: Axes | None) -> Axes:
    if axes is not None:
        return axes
    current: Axes = need("matplotlib.pyplot", "symqb.plot without axes").gca()
    return current


def symbol(name: str) -> str:
    """A parameter as matplotlib sets it.

    Examples
    --------
    >>> symbol("T_L"), symbol("J")
    ('$T_L$', '$J$')
    """
    return f"${symbol_latex(name)}$"


def _title(output: str) -> str:
    return output.replace("_", " ")


def level_diagram(battery: Solved, axes: Axes | None = None, **parameters: object) -> Axes:
    r"""The levels by energy, with the jumps that each bath drives.

    A line joins levels :math:`u, l` where :math:`|\langle l|S_\nu|u\rangle|^2 > 0`, in the colour
    of bath :math:`\nu` and as wide as the element's magnitude (Fig. 2).  Dots have the area of
    the steady populations.

    Parameters
    ----------
    battery : Battery
        With a closed form: two or three spins.
    axes : matplotlib.axes.Axes, optional
    **parameters
        Scalars, as for :meth:`symqb.Battery.evaluate`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ParameterError, DomainError, DegenerateLevelsError, NoClosedFormError
        As :meth:`symqb.Battery.evaluate` and :meth:`symqb.Battery.eigensystem`.
    ImportError
        matplotlib is not installed.
    """
    result = battery.evaluate(outputs=("energies", "populations"), **parameters)
    if np.ndim(result.populations) != 1:
        raise ParameterError("a level diagram shows one point; give every parameter as a number")
    axes = _axes(axes)
    places = _places(battery, result)
    values = {battery.symbols[k]: v for k, v in result.parameters.items()}
    for side, bath in enumerate(battery.model.baths):
        shift = 0.025 * (side - (len(battery.model.baths) - 1) / 2)
        colour, named = BATH_COLOURS[side % len(BATH_COLOURS)], False
        for t in battery.transitions():
            weight = float(t.weights[bath.name].subs(values))
            if weight > DRAWN:
                (x0, y0), (x1, y1) = places[t.lower], places[t.upper]
                label = None if named else f"bath {bath.name}"
                width = 0.6 + 1.2 * min(weight**0.5, 2.5)
                axes.plot(
                    [x0 + shift, x1 + shift],
                    [y0, y1],
                    color=colour,
                    lw=width,
                    label=label,
                    zorder=1,
                )
                named = True
    for number, population in zip(result.labels, result.populations, strict=True):
        x, y = places[number]
        axes.plot([x - HALF_BAR, x + HALF_BAR], [y, y], color="black", lw=2.5, zorder=2)
        axes.scatter([x], [y], s=LARGEST_DOT * population, color="tab:orange", alpha=0.7, zorder=3)
        axes.annotate(str(number), (x + HALF_BAR, y), (3, -3), textcoords="offset points")
    axes.set_ylabel("energy")
    axes.set_xticks([])
    axes.margins(0.12)
    axes.legend(loc="upper left")
    return axes


def _places(battery: Solved, result: Result) -> dict[int, tuple[float, float]]:
    """Where each level stands: the levels of one magnetisation side by side, by label."""
    energies = dict(zip(result.labels, result.energies, strict=True))
    places: dict[int, tuple[float, float]] = {}
    sectors = groupby(sorted(battery.eigensystem(), key=lambda v: (v.up, v.label)), lambda v: v.up)
    for _, levels in sectors:
        members = [level.label for level in levels]
        across = np.linspace(-1.0, 1.0, len(members)) if len(members) > 1 else [0.0]
        places |= {
            label: (float(x), energies[label]) for label, x in zip(members, across, strict=True)
        }
    return places


def populations(result: Result, axes: Axes | None = None) -> Axes:
    """The steady populations: bars by level at one point, a line a level over one parameter.

    Parameters
    ----------
    result : Result
        With the output ``populations``, at one point or over one axis of points.
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ParameterError
        A result without populations, or over more than one axis.
    ImportError
        matplotlib is not installed.
    """
    if "populations" not in result:
        raise ParameterError(
            f"this result holds {', '.join(result.keys())}; evaluate the output 'populations'"
        )
    p = np.asarray(result.populations, dtype=np.float64)
    if p.ndim > 2:
        raise ParameterError(
            f"populations of shape {p.shape} lie over {p.ndim - 1} axes; give one parameter at "
            "most as an array"
        )
    axes = _axes(axes)
    if p.ndim == 1:
        axes.bar([str(label) for label in result.labels], p)
        axes.set_xlabel("level")
    else:
        name, values = _varying(result.parameters, p.shape[0])
        for label, row in zip(result.labels, p.T, strict=True):
            axes.plot(values, row, label=f"level {label}")
        axes.set_xlabel(symbol(name) if name else "point")
        axes.legend()
    axes.set_ylabel("population")
    return axes


def _varying(parameters: Mapping[str, object], count: int) -> tuple[str, npt.NDArray[np.float64]]:
    """The one parameter that varies, or the number of the point where several do."""
    arrays = {k: np.asarray(v, dtype=np.float64).reshape(-1) for k, v in parameters.items()}
    names = [name for name, array in arrays.items() if array.size == count > 1]
    if len(names) == 1:
        return names[0], arrays[names[0]]
    return "", np.arange(count, dtype=np.float64)


def curve(
    battery: Solved,
    output: str,
    axes: Axes | None = None,
    *,
    label: str | None = None,
    **parameters: object,
) -> Axes:
    """One output over one parameter: the one given as an array.

    Parameters
    ----------
    battery : Battery
    output : str
        A scalar output, e.g. ``"ergotropy"``.
    axes : matplotlib.axes.Axes, optional
    label : str, optional
        Name of the curve in a legend.
    **parameters
        As for :meth:`symqb.Battery.evaluate`; exactly one of them a one-dimensional array.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ParameterError, DomainError, DegenerateLevelsError
        Bad input, or another number of arrays than one.
    ImportError
        matplotlib is not installed.
    """
    ((name, values),) = _grid(parameters, 1).items()
    result = battery.evaluate(outputs=_scalar(output), **parameters)
    axes = _axes(axes)
    axes.plot(values, result[output], label=label)
    axes.set_xlabel(symbol(name))
    axes.set_ylabel(_title(output))
    return axes


def parameter_map(
    battery: Solved,
    output: str,
    axes: Axes | None = None,
    *,
    colorbar: bool = True,
    **parameters: object,
) -> Axes:
    """One output over two parameters as colours: the first array across, the second upwards.

    Parameters
    ----------
    battery : Battery
    output : str
        A scalar output, e.g. ``"charge"``.
    axes : matplotlib.axes.Axes, optional
    colorbar : bool
        Draw the scale beside the axes.
    **parameters
        As for :meth:`symqb.Battery.evaluate`; exactly two of them one-dimensional arrays.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ParameterError, DomainError, DegenerateLevelsError
        Bad input, or another number of arrays than two.
    ImportError
        matplotlib is not installed.
    """
    (across, x), (upwards, y) = _grid(parameters, 2).items()
    grid = {**parameters, across: x, upwards: y[:, None]}
    result = battery.evaluate(outputs=_scalar(output), **grid)
    axes = _axes(axes)
    values = np.broadcast_to(result[output], (y.size, x.size))
    mesh = axes.pcolormesh(x, y, values, shading="nearest", rasterized=True)
    if colorbar:
        axes.figure.colorbar(mesh, ax=axes, label=_title(output))
    axes.set_xlabel(symbol(across))
    axes.set_ylabel(symbol(upwards))
    return axes


def _scalar(output: str) -> tuple[str]:
    if output in ("energies", "populations"):
        raise ParameterError(f"output={output!r} has a value for every level; choose a scalar one")
    return (output,)


def _grid(parameters: Mapping[str, object], wanted: int) -> dict[str, npt.NDArray[np.float64]]:
    """The parameters that are arrays, which must be so many."""
    given = {name: np.asarray(value) for name, value in parameters.items()}
    arrays = {name: value for name, value in given.items() if value.ndim}
    if len(arrays) != wanted or any(value.ndim != 1 for value in arrays.values()):
        shown = {name: value.shape for name, value in arrays.items()} or "none"
        raise ParameterError(
            f"arrays among the parameters: {shown}; give exactly {wanted}, of one dimension"
        )
    return {name: np.asarray(value, dtype=np.float64) for name, value in arrays.items()}
