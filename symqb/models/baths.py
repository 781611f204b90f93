"""A heat bath and how it couples to the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from symqb.models.errors import ParameterError
from symqb.models.operators import check_operator, is_operator
from symqb.models.spectra import SpectralDensity, Spectrum, check_spectrum, is_formula
from symqb.models.values import (
    Value,
    check_choice,
    check_count,
    check_nonnegative,
    check_positive,
    check_value,
)

if TYPE_CHECKING:
    import sympy as sp

AXES = ("x", "y")
STATISTICS = ("boson", "fermion")
TOGETHER = ("collective", "individual")


@dataclass(frozen=True)
class Bath:
    r"""A heat bath and the operator through which it couples.

    To a chain it couples by :math:`S_\nu = \sum_s w_s\sigma_x^{(s)}` (Eqs. 5 and 22), or with
    :math:`\sigma_y`, to a :class:`symqb.System` by any Hermitian operator; a bath of fermions by
    the operator that takes a particle out of the system.
    The spectral density is Ohmic, :math:`\mathcal{J}(\omega) = \kappa\omega`, or another; that of
    fermions is flat, :math:`\kappa`.

    Parameters
    ----------
    name : str
        The bath's index in formulas, e.g. ``"L"``.
    temperature : number, name or expression
        Temperature in units of energy, zero or positive.
    sites : mapping or tuple of pairs; or a matrix, or several
        Of a chain: site (1 is the leftmost) to its dimensionless weight.  Of a system: the operator
        that couples, or a list of operators; also called ``coupling``.
    axis : {"x", "y"}
        Which Pauli matrix couples.
    spectrum : SpectralDensity, sympy.Lambda or callable, optional
        :math:`\mathcal{J}(\omega)/\kappa` for :math:`\omega > 0`: a power law with cut-off, a
        formula, or a function of an array; Ohmic by default.  A Python function is an undefined
        function in formulas and for numbers alone.  Of fermions a formula is in the signed energy.
    statistics : {"boson", "fermion"}
        Rates with n or with :math:`f(\omega) = 1/(e^{(\omega-\mu)/T} + 1)`.
    mu : number, name or expression
        Chemical potential; of bosons below every frequency.
    kappa : number, name or expression, optional
        Coupling strength of this bath alone, positive; by default that of the system.
    occupation : number, name, expression or sympy.Lambda, optional
        Mean occupation at a frequency (> 0), or the Lambda of it, in place of Bose's: a squeezed
        bath, a laser.
    dissipation : {"collective", "individual"}
        Whether several operators act as their sum, or each for itself.
    coupling : matrix or sequence of matrices, optional
        The operator or operators, by name.

    Raises
    ------
    ParameterError, DomainError
        No site, a repeated site, or a value of the wrong kind.

    Examples
    --------
    >>> Bath("L", "T_L", {1: 1, 2: "epsilon"}).sites
    ((1, 1), (2, 'epsilon'))
    >>> import sympy as sp
    >>> Bath("dot", "T", sp.Matrix([[0, 1], [0, 0]]), statistics="fermion", mu="mu").operators
    (Matrix([
    [0, 1],
    [0, 0]]),)
    """

    name: str
    temperature: Value
    sites: Mapping[int, Value] | tuple[tuple[int, Value], ...] | Any = ()
    axis: str = "x"
    spectrum: Spectrum = None
    _: KW_ONLY
    statistics: str = "boson"
    mu: Value = 0
    kappa: Value | None = None
    occupation: Any = None
    dissipation: str = "collective"
    coupling: Any = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ParameterError(f"bath name={self.name!r} is not an identifier; use e.g. 'L'")
        temperature = check_nonnegative(
            self.temperature, f"bath {self.name}: temperature", " is negative; give T >= 0"
        )
        object.__setattr__(self, "temperature", temperature)
        check_choice(self.axis, "axis", AXES)
        object.__setattr__(self, "spectrum", check_spectrum(self.spectrum, self.name))
        self._check_kind()
        if self._take_operators():
            return
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

    def _check_kind(self) -> None:
        """Check statistics, chemical potential, strength and occupation."""
        check_choice(self.statistics, "statistics", STATISTICS)
        check_choice(self.dissipation, "dissipation", TOGETHER)
        object.__setattr__(self, "mu", check_value(self.mu, f"bath {self.name}: mu"))
        if self.kappa is not None:
            remedy = ": the coupling strength must be > 0; e.g. kappa=1"
            kappa = check_positive(self.kappa, f"bath {self.name}: kappa", remedy)
            object.__setattr__(self, "kappa", kappa)
        if self.statistics == "fermion" and isinstance(self.spectrum, SpectralDensity):
            raise ParameterError(
                f"spectrum={self.spectrum!r} of bath {self.name} is a density of bosons; give a "
                "lead of fermions a SymPy Lambda of the energy, or None for a flat one"
            )
        if self.occupation is not None:
            self._check_occupation()

    def _check_occupation(self) -> None:
        if self.statistics == "fermion" or self.mu != 0:
            raise ParameterError(
                f"bath {self.name}: occupation stands in for Bose's, without a chemical potential; "
                "leave out mu, and statistics"
            )
        name = f"bath {self.name}: occupation"
        if is_formula(self.occupation):
            kept = check_spectrum(self.occupation, self.name, "occupation")
        elif callable(self.occupation) and not hasattr(self.occupation, "free_symbols"):
            raise ParameterError(
                f"{name}={self.occupation!r} is a Python function, which formulas cannot hold; "
                "give a SymPy Lambda of the frequency, a number or a parameter's name"
            )
        else:
            kept = check_nonnegative(self.occupation, name, " is negative; give n >= 0")
        object.__setattr__(self, "occupation", kept)

    def _take_operators(self) -> bool:
        """Keep the operators that were given in place of sites; False if there are none."""
        listed = isinstance(self.sites, list | tuple) and any(map(is_operator, self.sites))
        given = self.coupling
        if is_operator(self.sites) or listed:
            if given is not None:
                raise ParameterError(
                    f"bath {self.name} is given two couplings, {_sizes(self.sites)} and "
                    f"{_sizes(given)}; give its operators once"
                )
            given = self.sites
        if given is None:
            return False
        if not is_operator(self.sites) and not listed and self.sites:
            raise ParameterError(
                f"bath {self.name} is given sites and a coupling, {self.sites} and "
                f"{_sizes(given)}; give one of them"
            )
        several = [given] if is_operator(given) else given
        if not isinstance(several, list | tuple) or not several:
            raise ParameterError(
                f"coupling={given!r} of bath {self.name} is no matrix; give an operator such as "
                "Register(2, 2).x(1), or a list of them"
            )
        name = f"coupling of bath {self.name}"
        operators = tuple(check_operator(operator, name) for operator in several)
        object.__setattr__(self, "coupling", operators)
        object.__setattr__(self, "sites", ())
        return True

    @property
    def operators(self) -> tuple[sp.ImmutableMatrix, ...]:
        """The operators through which the bath couples; none if it names sites of a chain."""
        return self.coupling or ()

    @property
    def beyond_chains(self) -> str | None:
        """What of the bath only a :class:`symqb.System` has; None if nothing."""
        if self.coupling is not None:
            return "operators"
        if self.statistics != "boson":
            return f"statistics={self.statistics!r}"
        for name, default in (("mu", 0), ("kappa", None), ("occupation", None)):
            if getattr(self, name) != default:
                return f"{name}={getattr(self, name)!r}"
        return None if self.dissipation == "collective" else f"dissipation={self.dissipation!r}"

    @property
    def couplings(self) -> tuple[tuple[int, Value], ...]:
        """``(site, weight)`` of every site the bath acts on."""
        return tuple(self.sites)  # a tuple since construction


def bath_operators(bath: Bath) -> tuple[sp.ImmutableMatrix, ...]:
    """Give the operators that act one by one: the sum of all, or each for itself."""
    if bath.dissipation == "individual":
        return bath.operators
    first, *rest = bath.operators
    return (sum(rest, first),)


def _sizes(given: Any) -> str:
    """Operators by their shapes, for a message."""
    several = given if isinstance(given, list | tuple) else [given]
    shown = (f"a matrix of shape {x.shape}" if is_operator(x) else repr(x) for x in several)
    return ", ".join(shown)
