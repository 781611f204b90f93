"""The derived formulas of a battery as LaTeX."""

from __future__ import annotations

from symqb.battery import Battery
from symqb.show import paper_latex
from symqb.show.paper_latex import COLUMN


def latex_sections(battery: Battery, *, width: float = COLUMN) -> str:
    """The derived formulas of a battery as the body of a LaTeX document.

    Parameters
    ----------
    battery : Battery
        With closed forms: two or three spins.
    width : int
        Characters that fit a line; 34 suits a journal's narrow column at ten points.

    Raises
    ------
    NoClosedFormError
        More spins than have closed forms.

    Examples
    --------
    >>> from symqb import xxz_battery
    >>> print(latex_sections(xxz_battery(2)).splitlines()[0])
    \\section*{Hamiltonian (Eqs. 1, 3, 20)}
    """
    return paper_latex.latex_sections(battery.derivation, width)


def latex_document(battery: Battery, *, width: float = COLUMN) -> str:
    """The derived formulas of a battery as a whole two-column document.

    Parameters
    ----------
    battery : Battery
        With closed forms: two or three spins.
    width : int
        Characters that fit a line.
    """
    return paper_latex.latex_document(battery.derivation, width)
