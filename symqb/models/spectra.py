"""Spectral densities of baths beyond the Ohmic one of the paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from symqb.models.assumed import refuse_unchecked
from symqb.models.errors import ParameterError
from symqb.models.exact import check_numbers, exact_expression
from symqb.models.names import check_name
from symqb.models.values import Value, check_positive

if TYPE_CHECKING:
    import sympy as sp


@dataclass(frozen=True)
class SpectralDensity:
    r"""A power law with exponential cut-off, over :math:`\kappa`.

    .. math:: \mathcal{J}(\omega)/\kappa
              = \omega\,(\omega/\omega_c)^{s-1}e^{-\omega/\omega_c},\qquad \omega > 0

    Parameters
    ----------
    cutoff : number, name or expression
        :math:`\omega_c` in units of energy, positive.
    s : number, name or expression
        Exponent, positive: below 1 sub-Ohmic, 1 Ohmic, above 1 super-Ohmic.

    Raises
    ------
    ParameterError, DomainError
        A value of the wrong kind, or not positive.

    Examples
    --------
    >>> SpectralDensity(cutoff=10.0, s=3).s
    3
    """

    cutoff: Value
    s: Value = 1

    def __post_init__(self) -> None:
        for name, value in (("cutoff", self.cutoff), ("s", self.s)):
            kept = check_positive(value, name, " is not positive; give a number above 0")
            object.__setattr__(self, name, kept)


Spectrum = SpectralDensity | Callable[[Any], Any] | None
"""None for the Ohmic bath of the paper, a power law, or a function of positive frequencies.

A function is a SymPy ``Lambda`` in one variable, which formulas and emitted code take as it is, or
any Python function of an array, which is for numbers alone.
"""


def is_formula(spectrum: object) -> TypeGuard[sp.Lambda]:
    """Whether a spectral density is a SymPy ``Lambda``."""
    return hasattr(spectrum, "free_symbols") and hasattr(spectrum, "signature")


def has_formula(spectrum: object) -> bool:
    """Whether a spectral density can be written down: not a plain Python function."""
    return spectrum is None or isinstance(spectrum, SpectralDensity) or is_formula(spectrum)


def check_spectrum(spectrum: object, bath: str, what: str = "spectrum") -> Spectrum:
    """``spectrum`` if it is one of the kinds of :data:`Spectrum`; a formula's numbers exact."""
    if is_formula(spectrum) and len(spectrum.signature) != 1:
        raise ParameterError(
            f"{what}={spectrum} of bath {bath} has {len(spectrum.signature)} variables; give a "
            "Lambda in the frequency alone, parameters as free symbols"
        )
    if is_formula(spectrum):
        for symbol in spectrum.free_symbols:
            check_name(symbol.name, f"{what} of bath {bath}")
            refuse_unchecked(symbol, f"{what} of bath {bath}")
        check_numbers(spectrum.expr, f"{what} of bath {bath}")
        return exact_expression(spectrum)  # type: ignore[no-any-return]
    if spectrum is None or isinstance(spectrum, SpectralDensity) or callable(spectrum):
        return spectrum
    raise ParameterError(
        f"spectrum={spectrum!r} of bath {bath} is none of these; give None (Ohmic), a "
        "SpectralDensity, a SymPy Lambda, or a function of an array of positive frequencies"
    )
