"""What a theorist asks of a system that is held: other parameters, formulas, LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Self

from symqb.derive.derivation import Derivation
from symqb.derive.derived import derivation_of
from symqb.derive.hamiltonian import check_couplings
from symqb.models import BatteryModel
from symqb.models.calls import refuse_unnamed
from symqb.models.fixed import fix_parameters
from symqb.show.forms.build import closed_form
from symqb.show.forms.closed_form import ClosedForm
from symqb.show.forms.series import Series, series
from symqb.show.latex_text import latex_text
from symqb.show.paper_latex import COLUMN


class Bench:
    """The methods of whoever holds a model and its derivation.

    Parameters
    ----------
    model : BatteryModel
        What everything follows from.
    """

    def __init__(self, model: BatteryModel) -> None:
        self.model = model

    @cached_property
    def derivation(self) -> Derivation:
        """What follows from the model: levels, transitions, programs, derived when asked for."""
        return derivation_of(self.model)

    def at(self, *given: Any, **fixed: Any) -> Self:
        """The same system with some parameters fixed exactly, derived anew.

        Values go into the model, not into results: what vanishes is not there, and formulas and
        programs are as short as the system left is simple.  At a temperature of 0 the limit is
        taken.

        Parameters
        ----------
        **fixed
            Parameters, each a number (taken exactly as it is: an int, a float, a Fraction, a text
            such as ``"0.1"``), another name, a text such as ``"T + dT/2"``, or a SymPy expression.
            All are put in at once.

        Raises
        ------
        ParameterError, DomainError
            A name that is no parameter's, a value that is none or outside its domain.

        Examples
        --------
        >>> from symqb import xxz_battery
        >>> resonant = xxz_battery(2).at(epsilon=0, Delta=0, J=1)
        >>> resonant.parameters
        ('B0', 'T_L', 'T_R', 'kappa')
        >>> [level.energy for level in resonant.eigensystem()]
        [-B0, B0, -1, 1]
        >>> xxz_battery(2).at(T_L="T + dT/2", T_R="T - dT/2").parameters
        ('B0', 'J', 'Delta', 'epsilon', 'T', 'dT', 'kappa')
        """
        refuse_unnamed("at", given, self.derivation.parameters)
        model = fix_parameters(self.model, fixed, self.derivation.parameters)
        check_couplings(model)
        return type(self)(model)

    def formula(self, output: str = "populations", form: str | None = None) -> ClosedForm:
        """An output as a closed form with named parts, as short as it was found.

        Equal rates have one name, the dissipation strength drops out of populations, and symbols
        know their signs: temperatures and kappa are positive, the others real.

        Parameters
        ----------
        output : str
            ``energies``, ``populations``, ``stored_energy``, ``capacity``, ``charge``,
            ``heat_current_<bath>`` or ``entropy_production``.
        form : {"trees", "product", "eta", "exponential", "nested", "gibbs"}, optional
            How the populations are written: as sums over spanning trees, as a product with a
            factor a mode, with the two numbers of Eqs. 13-14, in Boltzmann factors, by
            elimination, as a Gibbs state.  By default as takes fewest operations.

        Returns
        -------
        ClosedForm
            ``print(...)`` shows it; ``.to_sympy()``, ``.latex()``, ``.evaluate(digits, ...)``,
            ``.operations``.

        Raises
        ------
        ParameterError
            An unknown output or form.
        NoClosedFormError, DegenerateLevelsError
            There is no such form here; the message names those there are.

        Examples
        --------
        >>> from symqb import xxz_battery
        >>> resonant = xxz_battery(2).at(epsilon=0, Delta=0)
        >>> resonant.formula()[1]
        Gamma_3_1*Gamma_4_1/((Gamma_1_3 + Gamma_3_1)*(Gamma_1_4 + Gamma_4_1))
        >>> resonant.at(T_L="T", T_R="T").formula().form
        'gibbs'
        """
        return closed_form(self.derivation, output, form)

    def latex(
        self,
        sections: Iterable[str] | None = None,
        outputs: Iterable[str] | None = None,
        *,
        form: str | None = None,
        align: str = "align",
        names: Mapping[str, str] | None = None,
        width: float = COLUMN,
    ) -> str:
        r"""The derived formulas as the body of an article: it breaks over lines, columns and pages.

        Parameters
        ----------
        sections : iterable of str, optional
            ``hamiltonian``, ``levels``, ``transitions``, ``rates``, ``balance``, ``steady``,
            ``energetics``; all by default, none if ``outputs`` are given.
        outputs : iterable of str, optional
            Outputs as :meth:`formula` writes them, each with its named parts.
        form : str, optional
            The form of the populations, as in :meth:`formula`.
        align : {"align", "align*", "multline", "dmath"}
            Numbered or unnumbered lines, one display a formula, or those of the package breqn;
            the others need amsmath alone.
        names : mapping, optional
            The LaTeX of your own for parameters, e.g. ``{"epsilon": r"\epsilon"}``.
        width : float
            Characters that fit a line; 34 suits a journal's narrow column at ten points.

        Raises
        ------
        ParameterError
            An unknown section, output, form, environment or name.
        NoClosedFormError, DegenerateLevelsError
            There are no formulas, or not in that form.

        Examples
        --------
        >>> from symqb import xxz_battery
        >>> text = xxz_battery(2).latex(outputs=["energies"], align="align*", names={"B0": "h"})
        >>> print(text.splitlines()[4])
        E_{1} &= \frac{\Delta}{2} - h \\
        """
        return latex_text(
            self.derivation,
            sections,
            outputs,
            form=form,
            align=align,
            names=names or {},
            width=width,
        )

    def series(
        self,
        output: str,
        *,
        order: int = 1,
        where: Mapping[str, Any] | None = None,
        **toward: Any,
    ) -> Series:
        """An output as a series in one parameter: about a value, or at infinity.

        With :meth:`at`, one parameter stands for what one wants: all temperatures
        (``T_L="T", T_R="T"``), a bias (``T_L="T + dT/2", T_R="T - dT/2"``), a distance from a
        crossing of levels.

        Parameters
        ----------
        output : str
            As :meth:`formula` takes it.
        order : int
            The last power, of ``parameter - value``, or of ``1/parameter`` at infinity.
        where : mapping, optional
            Values of the other parameters, where the signs that matter are taken: a cold bath
            sees only which frequencies are positive.  The series says which signs it used.
        **toward
            One parameter and its value: a number, an expression in the others, ``"oo"``.

        Returns
        -------
        Series
            ``print(...)`` shows it; ``.coefficient(power, level)``, ``.leading(level)``,
            ``.truncated`` (a closed form), ``.evaluate(digits, ...)``.

        Raises
        ------
        ParameterError
            No single parameter, an unknown name or order, or a sign that ``where`` must tell.
        NoClosedFormError
            No closed form, or no expansion in whole powers.

        Examples
        --------
        >>> from symqb import xxz_battery
        >>> hot = xxz_battery(2).at(T_L="T", T_R="T")
        >>> hot.series("stored_energy", T="oo", order=0).coefficient(0)
        B0 - Delta/2
        """
        return series(self.derivation, output, toward, order, where)
