"""A battery: a chain, its baths, and how several sites on one bath act together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symqb.models.baths import Bath
from symqb.models.chain import Chain
from symqb.models.errors import DomainError, ParameterError
from symqb.models.names import check_symbols
from symqb.models.spectra import SpectralDensity
from symqb.models.values import Value, check_choice, check_count, check_positive

DISSIPATIONS = ("collective", "individual")


@dataclass(frozen=True)
class BatteryModel:
    r"""A chain coupled weakly to any number of baths.

    Parameters
    ----------
    chain : Chain
        The spins.
    baths : tuple of Bath
        At least one; the last is the reference of the exergy (Eq. 19).
    kappa : number, name or expression
        Dissipation strength of the Ohmic spectral density, positive.
    dissipation : {"collective", "individual"}
        Whether the sites on one bath act through one operator (:math:`|\sum_s w_s a_s|^2`, with
        the cross term of Eq. 10b) or each for itself (:math:`\sum_s w_s^2|a_s|^2`).

    Raises
    ------
    ParameterError, DomainError
        No bath, two baths of one name, a site beyond the chain, an unknown dissipation.

    Examples
    --------
    >>> BatteryModel(Chain(2), (Bath("L", "T", {1: 1}),)).dissipation
    'collective'
    """

    chain: Chain
    baths: tuple[Bath, ...]
    kappa: Value = "kappa"
    dissipation: str = "collective"

    def __post_init__(self) -> None:
        if not isinstance(self.chain, Chain):
            raise ParameterError(f"chain={self.chain!r} is not a Chain; build one with Chain(...)")
        if not isinstance(self.baths, tuple | list):
            raise ParameterError(
                f"baths={self.baths!r} is not a tuple of baths; give e.g. (Bath(...),)"
            )
        for bath in self.baths:
            if not isinstance(bath, Bath):
                raise ParameterError(f"{bath!r} is not a Bath; build one with Bath(...)")
            if bath.beyond_chains:
                raise ParameterError(
                    f"bath {bath.name} has {bath.beyond_chains}, which a chain's baths have not; "
                    "give a Hamiltonian and its baths to symqb.System"
                )
        object.__setattr__(self, "baths", tuple(self.baths))
        if not self.baths:
            raise ParameterError("a battery needs at least one bath; got none")
        names = [bath.name for bath in self.baths]
        if len(set(names)) != len(names):
            raise ParameterError(f"baths {names} repeat a name; give each its own")
        for bath in self.baths:
            beyond = [site for site, _ in bath.couplings if site > self.chain.spins]
            if beyond:
                raise DomainError(
                    f"bath {bath.name} couples to site {beyond[0]}, but the chain has "
                    f"{self.chain.spins} sites; use 1 to {self.chain.spins}"
                )
        kappa = check_positive(
            self.kappa, "kappa", ": the dissipation strength must be > 0; e.g. kappa=1"
        )
        object.__setattr__(self, "kappa", kappa)
        check_choice(self.dissipation, "dissipation", DISSIPATIONS)
        check_symbols(self._values())

    def _values(self) -> Iterator[Value]:
        """Every value of the model that may hold parameters."""
        yield from (*self.chain.J, *self.chain.Delta, *self.chain.B0, *self.chain.eta, self.kappa)
        for bath in self.baths:
            yield bath.temperature
            yield from (weight for _, weight in bath.couplings)
            if isinstance(bath.spectrum, SpectralDensity):
                yield from (bath.spectrum.cutoff, bath.spectrum.s)
            else:
                yield bath.spectrum

    @property
    def beyond_the_paper(self) -> str | None:
        """What the paper does not have: None for XXZ bonds, sigma_x and Ohmic baths."""
        if not self.chain.conserves_magnetization:
            return "XYZ bonds"
        for bath in self.baths:
            if bath.axis != "x":
                return f"the sigma_{bath.axis} coupling of bath {bath.name}"
            if bath.spectrum is not None:
                return f"the spectral density of bath {bath.name}"
        return None


def xxz_model(
    spins: int, dissipation: str = "collective", *, epsilon: Value = "epsilon"
) -> BatteryModel:
    """The paper's battery: ends on two baths, the far end also on the left one (Eqs. 5, 22).

    Parameters
    ----------
    spins : int
        Number of spins, at least 2.
    dissipation : {"collective", "individual"}
        See :class:`BatteryModel`.
    epsilon : number, name or expression
        Weight of the extra coupling of the last spin to the left bath.

    Raises
    ------
    ParameterError, DomainError
        Fewer than two spins, or an unknown dissipation.

    Examples
    --------
    >>> [bath.sites for bath in xxz_model(3).baths]
    [((1, 1), (3, 'epsilon')), ((3, 1),)]
    """
    spins = check_count(spins, "spins", 2)
    baths = (
        Bath("L", "T_L", {1: 1, spins: epsilon}),
        Bath("R", "T_R", {spins: 1}),
    )
    return BatteryModel(Chain(spins), baths, "kappa", dissipation)
