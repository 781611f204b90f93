"""Plots on a given matplotlib axis: level diagram, populations, a curve, a map.

Every function draws on ``axes`` (matplotlib's current ones if left out) and returns them, so that
labels, limits and titles stay the caller's.  Needs the extra ``plot``.  The functions are those of
:mod:`symqb.show.plots`.

Examples
--------
>>> import symqb
>>> from symqb import plot
>>> battery = symqb.xxz_battery(2)
>>> values = dict(B0=2.0, J=1.0, epsilon=1.0, T_L=39.0, T_R=1.0)
>>> from matplotlib.figure import Figure
>>> axes = Figure().add_subplot()
>>> plot.curve(battery, "ergotropy", axes, Delta=[0.1, 0.5, 0.9], **values).get_xlabel()
'$\\\\Delta$'
"""

from symqb.show.plots import curve, level_diagram, parameter_map, populations, symbol

__all__ = ["curve", "level_diagram", "parameter_map", "populations", "symbol"]
