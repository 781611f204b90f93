r"""The thermal function :math:`\phi(\omega, T) = \omega/(1 - e^{-\omega/T})` of Eqs. 7 and 12."""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp


class _Thermal(sp.Function):  # type: ignore[misc]
    """A function of a frequency and a temperature that is elementary where it is smooth."""

    nargs = 2

    def _elementary(self) -> sp.Expr:
        return self.rewrite(sp.exp)

    def _eval_rewrite_as_tractable(self, omega: sp.Expr, T: sp.Expr, **hints: Any) -> sp.Expr:
        return self._elementary()

    def _eval_nseries(self, x: sp.Symbol, n: int, logx: Any, cdir: Any = 0) -> sp.Expr:
        return self._elementary()._eval_nseries(x, n=n, logx=logx, cdir=cdir)

    def _eval_as_leading_term(self, x: sp.Symbol, logx: Any = None, cdir: Any = 0) -> sp.Expr:
        return self._elementary().as_leading_term(x, logx=logx, cdir=cdir)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The derivative with respect to one argument."""
        omega, T = sp.Dummy("omega"), sp.Dummy("T")
        derivative = sp.diff(self.func(omega, T).rewrite(sp.exp), (omega, T)[argindex - 1])
        return derivative.subs({omega: self.args[0], T: self.args[1]})

    def _as_code(self, printer: Any) -> str:
        """The exponential: by its name alone mpmath would take phi for the golden ratio."""
        return f"({printer._print(self.rewrite(sp.exp))})"

    _mpmathcode = _numpycode = _scipycode = _pythoncode = _ccode = _fcode = _javascript = _as_code


class phi(_Thermal):
    r"""Rate factor of an Ohmic bath for every sign of the frequency.

    .. math:: \phi(\omega, T) = \frac{\omega}{1 - e^{-\omega/T}}

    For :math:`\omega > 0` it is :math:`\omega(1 + n(\omega))`, emission; for :math:`\omega < 0` it
    is :math:`|\omega|n(|\omega|)`, absorption (Eqs. 7, 12); :math:`\phi(0, T) = T` and
    :math:`\phi(\omega, 0) = \max(\omega, 0)` are its limits.  SymPy's ``limit`` and ``series`` know
    it.

    Parameters
    ----------
    omega, T : SymPy expressions
        Frequency (any sign) and temperature (zero or positive), in one unit of energy.

    Examples
    --------
    >>> phi(0, 3), phi(-2, 0), phi(sp.Symbol("omega"), sp.Symbol("T")), phi(2, sp.oo)
    (3, 0, phi(omega, T), oo)
    >>> w, T = sp.symbols("w T", positive=True)
    >>> sp.limit(phi(w, T), T, sp.oo), sp.limit(phi(-w, T), T, 0), sp.limit(phi(w, T) / T, T, sp.oo)
    (oo, 0, 1)
    >>> phi(w, T).series(w, 0, 3)
    w**2/(12*T) + w/2 + T + O(w**3)
    """

    @classmethod
    def eval(cls, omega: sp.Expr, T: sp.Expr) -> sp.Expr | None:
        """The removable points, and the values at infinity."""
        if sp.nan in (omega, T):
            return sp.nan
        if omega.is_zero:
            return T
        if T.is_zero:
            return sp.Max(omega, 0)
        if T is sp.oo and omega.is_finite:
            return sp.oo
        if omega.is_infinite and T.is_finite:
            return sp.oo if omega is sp.oo else sp.Integer(0) if omega == -sp.oo else None
        return None

    def _eval_evalf(self, precision: int) -> sp.Expr:
        with mpmath.workprec(precision + 10):
            # an integer comes as Python's, whose quotients are floats
            omega, T = (mpmath.mpf(a._to_mpmath(precision + 10)) for a in self.args)
            value = -omega / mpmath.expm1(-omega / T)
        return sp.Float._new(value._mpf_, precision)

    def _eval_rewrite_as_exp(self, omega: sp.Expr, T: sp.Expr, **hints: Any) -> sp.Expr:
        return omega / (1 - sp.exp(-omega / T))

    def _latex(self, printer: Any, **hints: Any) -> str:
        omega, T = map(printer._print, self.args)
        return rf"\phi\left({omega},{T}\right)"


class bose(_Thermal):
    r"""The Bose number of a mode.

    .. math:: n(\omega, T) = \frac{1}{e^{\omega/T} - 1}

    Parameters
    ----------
    omega, T : SymPy expressions
        Frequency (positive, or of any sign but zero) and temperature, in one unit of energy.

    Examples
    --------
    >>> w, T = sp.symbols("w T", positive=True)
    >>> bose(w, 0), bose(w, sp.oo), bose(sp.oo, T), bose(-w, T) + bose(w, T)
    (0, oo, 0, -1)
    >>> sp.limit(bose(w, T) / T, T, sp.oo), bose(w, T).series(w, 0, 2)
    (1/w, w/(12*T) - 1/2 + T/w + O(w**2))
    """

    @classmethod
    def eval(cls, omega: sp.Expr, T: sp.Expr) -> sp.Expr | None:
        """The limits, and a negative frequency by its positive one."""
        if sp.nan in (omega, T):
            return sp.nan
        if omega.is_zero and T.is_positive:
            return sp.zoo
        if omega.is_negative or (omega.is_positive is None and omega.could_extract_minus_sign()):
            return -1 - cls(-omega, T)
        if omega.is_positive and omega.is_finite and T in (0, sp.oo):
            return sp.Integer(0) if T == 0 else sp.oo
        if omega is sp.oo and T.is_finite:
            return sp.Integer(0)
        return None

    def _eval_evalf(self, precision: int) -> sp.Expr:
        with mpmath.workprec(precision + 10):
            # an integer comes as Python's, whose quotients are floats
            omega, T = (mpmath.mpf(a._to_mpmath(precision + 10)) for a in self.args)
            value = 1 / mpmath.expm1(omega / T)
        return sp.Float._new(value._mpf_, precision)

    def _eval_rewrite_as_exp(self, omega: sp.Expr, T: sp.Expr, **hints: Any) -> sp.Expr:
        return 1 / (sp.exp(omega / T) - 1)

    def _latex(self, printer: Any, **hints: Any) -> str:
        omega, T = map(printer._print, self.args)
        return rf"n\left({omega},{T}\right)"
