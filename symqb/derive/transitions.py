"""Bohr frequencies, squared matrix elements and transition rates (Eqs. 8, 12, 27, App. B)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import sympy as sp

from symqb.derive.eigensystem import Eigensystem, Level
from symqb.derive.hamiltonian import Spins, as_expr, flip, to_field
from symqb.derive.spectra import over_ohmic
from symqb.derive.surds import Surd
from symqb.derive.thermal import phi
from symqb.models import Bath, BatteryModel
from symqb.models.displays import Displayed, Tabular


@dataclass(frozen=True, repr=False)
class Transition(Displayed):
    r"""An allowed pair of levels, the upper with one spin up more than the lower.

    ``elements[nu]`` lists, site by site, the exact weighted products of unnormalised amplitudes;
    ``exact_weights[nu]`` is the squared matrix element :math:`|\langle l|S_\nu|u\rangle|^2`.
    """

    upper: int
    lower: int
    exact_frequency: Surd
    exact_weights: Mapping[str, Surd]
    baths: Mapping[str, Bath]
    kappa: sp.Expr

    @cached_property
    def frequency(self) -> sp.Expr:
        """``E_upper - E_lower``; negative where the field is weak."""
        return self.exact_frequency.expr

    @cached_property
    def weights(self) -> Mapping[str, sp.Expr]:
        """Squared matrix elements by bath."""
        return MappingProxyType(
            {name: sp.factor(weight.expr) for name, weight in self.exact_weights.items()}
        )

    def rate(self, bath: str, *, down: bool) -> sp.Expr:
        """Rate of the jump that one bath drives, down (emission) or up (absorption)."""
        omega = self.frequency if down else -self.frequency
        thermal = phi(omega, as_expr(self.baths[bath].temperature))
        density = over_ohmic(self.baths[bath], self.frequency)
        return self.kappa * self.weights[bath] * density * thermal

    @cached_property
    def emission(self) -> Mapping[str, sp.Expr]:
        """Rate upper -> lower by bath, valid for every sign of the frequency (Eq. 12a)."""
        return MappingProxyType({name: self.rate(name, down=True) for name in self.weights})

    @cached_property
    def absorption(self) -> Mapping[str, sp.Expr]:
        """Rate lower -> upper by bath, valid for every sign of the frequency (Eq. 12b)."""
        return MappingProxyType({name: self.rate(name, down=False) for name in self.weights})


class Transitions(Tabular, tuple[Transition, ...]):
    """All transitions of a battery: a tuple that a notebook shows as a table."""

    __slots__ = ()


def site_terms(
    upper: Collection[Spins], lower: Collection[Spins], site: int, axis: str = "x"
) -> Iterator[tuple[Spins, Spins, int]]:
    """What the matrix element of sigma at one site adds up: upper and lower bare state, and sign.

    The elements of sigma_y are i times those added here.
    """
    for state in lower:
        image = flip(state, site)
        if image in upper:
            yield image, state, 1 if axis == "x" or state[site - 1] else -1


def site_element(upper: Level, lower: Level, site: int, zero: Surd, axis: str = "x") -> Surd:
    """The unnormalised matrix element of sigma at one site; of sigma_y without its factor i."""
    up, down = upper.amplitudes, lower.amplitudes
    return sum((down[b] * up[a] * sign for a, b, sign in site_terms(up, down, site, axis)), zero)


def bath_elements(eigensystem: Eigensystem, upper: Level, lower: Level, bath: Bath) -> list[Surd]:
    """The weighted, unnormalised matrix elements of a bath's sites."""
    zero = Surd.rational(eigensystem.field, 0)
    return [
        site_element(upper, lower, site, zero, bath.axis) * to_field(eigensystem.field, weight)
        for site, weight in bath.couplings
    ]


def _weight(elements: list[Surd], norms: tuple[Surd, Surd], dissipation: str) -> Surd:
    zero = norms[0] - norms[0]
    collective = dissipation == "collective"
    parts = [sum(elements, zero)] if collective else elements
    squared = sum((part * part for part in parts), zero)
    # one root after the other: quicker than the quotient by their product
    return squared / norms[0] / norms[1] if squared else zero


def derive_transitions(model: BatteryModel, eigensystem: Eigensystem) -> Transitions:
    """All transitions that at least one bath can drive, with their rates (Eqs. 8, 12, App. B).

    Parameters
    ----------
    model : BatteryModel
        The battery.
    eigensystem : Eigensystem
        Its levels.

    Returns
    -------
    Transitions
        A tuple of :class:`Transition`, ordered by magnetisation, lower and upper label.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> from symqb.derive import derive_eigensystem
    >>> model = xxz_model(2)
    >>> [(t.upper, t.lower) for t in derive_transitions(model, derive_eigensystem(model))]
    [(3, 1), (4, 1), (2, 3), (2, 4)]
    """
    baths = MappingProxyType({bath.name: bath for bath in model.baths})
    found: list[Transition] = []
    for lower in sorted(eigensystem, key=lambda level: (level.up, level.label)):
        for upper in eigensystem:
            if upper.up != lower.up + 1:
                continue
            norms = upper.norm, lower.norm
            weights = {
                bath.name: _weight(
                    bath_elements(eigensystem, upper, lower, bath), norms, model.dissipation
                )
                for bath in model.baths
            }
            if not any(weights.values()):
                continue
            frequency = upper.exact_energy - lower.exact_energy
            found.append(
                Transition(
                    upper.label,
                    lower.label,
                    frequency,
                    MappingProxyType(weights),
                    baths,
                    as_expr(model.kappa),
                )
            )
    return Transitions(found)
