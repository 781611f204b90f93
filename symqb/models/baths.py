"""A heat bath and how it couples to the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symqb.models.errors import ParameterError
from symqb.models.spectra import Spectrum, check_spectrum
from symqb.models.values import Value, check_choice, check_count, check_nonnegative, check_value

AXES = ("x", "y")


@dataclass(frozen=True)
class Bath:
    r"""A heat bath coupled through a weighted sum of :math:`\sigma_x` (Eqs. 5 and 22).

    The bath couples by :math:`S_\nu = \sum_s w_s\sigma_x^{(s)}`, or with :math:`\sigma_y`, and
    has the Ohmic spectral density :math:`\mathcal{J}(\omega) = \kappa\omega` or another.

    Parameters
    ----------
    name : str
        The bath's index in formulas, e.g. ``"L"``.
    temperature : number, name or expression
        Temperature in units of energy, zero or positive.
    sites : mapping or tuple of pairs
        Site (1 is the leftmost) to its dimensionless weight.
    axis : {"x", "y"}
        Which Pauli matrix couples.
    spectrum : SpectralDensity, sympy.Lambda or callable, optional
        :math:`\mathcal{J}(\omega)/\kappa` for :math:`\omega > 0`: a power law with cut-off, a
        formula, or a function of an array; Ohmic by default.  A Python function is an undefined
        function in formulas and for numbers alone.

    Raises
    ------
    ParameterError, DomainError
        No site, a repeated site, or a value of the wrong kind.

    Examples
    --------
    >>> Bath("L", "T_L", {1: 1, 2: "epsilon"}).sites
    ((1, 1), (2, 'epsilon'))
    """

    name: str
    temperature: Value
    sites: Mapping[int, Value] | tuple[tuple[int, Value], ...]
    axis: str = "x"
    spectrum: Spectrum = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ParameterError(f"bath name={self.name!r} is not an identifier; use e.g. 'L'")
        temperature = check_nonnegative(
            self.temperature, f"bath {self.name}: temperature", " is negative; give T >= 0"
        )
        object.__setattr__(self, "temperature", temperature)
        check_choice(self.axis, "axis", AXES)
        object.__setattr__(self, "spectrum", check_spectrum(self.spectrum, self.name))
        try:
            pairs = dict(self.sites).items() if isinstance(self.sites, Mapping) else self.sites
            listed = [(site, weight) for site, weight in pairs]
        except (TypeError, ValueError):
            raise ParameterError(
                f"sites={self.sites!r} of bath {self.name} are not site and weight in pairs; "
                "give e.g. {1: 1}"
            ) from None
        sites = tuple(
            (check_count(s, f"site of bath {self.name}", 1), check_value(w, f"weight at site {s}"))
            for s, w in listed
        )
        if not sites:
            raise ParameterError(f"bath {self.name} couples to no site; give at least one")
        if len({s for s, _ in sites}) != len(sites):
            raise ParameterError(f"bath {self.name} names a site twice: {sites}; add the weights")
        object.__setattr__(self, "sites", sites)

    @property
    def couplings(self) -> tuple[tuple[int, Value], ...]:
        """``(site, weight)`` of every site the bath acts on."""
        return tuple(self.sites)  # type: ignore[arg-type]  # a tuple since construction
