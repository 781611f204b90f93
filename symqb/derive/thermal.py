r"""The thermal function :math:`\phi(\omega, T) = \omega/(1 - e^{-\omega/T})` of Eqs. 7 and 12."""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp


class phi(sp.Function):  # type: ignore[misc]
    r"""Rate factor of an Ohmic bath for every sign of the frequency.

    .. math:: \phi(\omega, T) = \frac{\omega}{1 - e^{-\omega/T}}

    For :math:`\omega > 0` it is :math:`\omega(1 + n(\omega))`, emission; for :math:`\omega < 0` it
    is :math:`|\omega|n(|\omega|)`, absorption (Eqs. 7, 12); :math:`\phi(0, T) = T` and
    :math:`\phi(\omega, 0) = \max(\omega, 0)` are its limits.

    Parameters
    ----------
    omega, T : SymPy expressions
        Frequency (any sign) and temperature (zero or positive), in one unit of energy.

    Examples
    --------
    >>> phi(0, 3), phi(-2, 0), phi(sp.Symbol("omega"), sp.Symbol("T"))
    (3, 0, phi(omega, T))
    """

    nargs = 2

    @classmethod
    def eval(cls, omega: sp.Expr, T: sp.Expr) -> sp.Expr | None:
        """The removable points."""
        if omega.is_zero:
            return T
        if T.is_zero:
            return sp.Max(omega, 0)
        return None

    def _eval_evalf(self, precision: int) -> sp.Expr:
        omega, T = (argument._to_mpmath(precision + 10) for argument in self.args)
        with mpmath.workprec(precision + 10):
            value = -omega / mpmath.expm1(-omega / T)
        return sp.Float._new(value._mpf_, precision)

    def _eval_rewrite_as_exp(self, omega: sp.Expr, T: sp.Expr, **hints: Any) -> sp.Expr:
        return omega / (1 - sp.exp(-omega / T))

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The derivative with respect to one argument."""
        omega, T = self.args
        form = self._eval_rewrite_as_exp(omega, T)
        return (
            sp.diff(form, (omega, T)[argindex - 1]) if omega.is_Symbol else _chain(self, argindex)
        )

    def _latex(self, printer: Any, **hints: Any) -> str:
        omega, T = map(printer._print, self.args)
        return rf"\phi\left({omega},{T}\right)"

    def _as_code(self, printer: Any) -> str:
        """The exponential: by its name alone mpmath would take it for the golden ratio."""
        return f"({printer._print(self.rewrite(sp.exp))})"

    _mpmathcode = _numpycode = _scipycode = _pythoncode = _ccode = _fcode = _javascript = _as_code


def _chain(function: phi, argindex: int) -> sp.Expr:
    omega, T = sp.Dummy("omega"), sp.Dummy("T")
    derivative = sp.diff(omega / (1 - sp.exp(-omega / T)), (omega, T)[argindex - 1])
    return derivative.subs({omega: function.args[0], T: function.args[1]})
