"""The spin chain: sites, bond couplings and fields."""

from __future__ import annotations

from dataclasses import dataclass

from symqb.models.errors import DomainError, ParameterError
from symqb.models.values import Value, as_expression, check_count, check_value, same_value

LARGEST_CHAIN = 10_000
"""Sites of a chain that can be described; how many can be solved is a matter of memory."""


def _check_spins(value: object) -> int:
    spins = check_count(value, "spins", 1)
    if spins > LARGEST_CHAIN:
        raise DomainError(f"spins={spins} is too large; give at most {LARGEST_CHAIN}")
    return spins


def _spread(value: Value | tuple[Value, ...], name: str, count: int) -> tuple[Value, ...]:
    values = tuple(value) if isinstance(value, tuple | list) else (value,) * count
    if len(values) != count:
        raise ParameterError(
            f"{name}={value!r} has {len(values)} entries, the chain needs {count}; "
            "give one value for all or one for each"
        )
    if not isinstance(value, tuple | list):
        return (check_value(value, name),) * count
    return tuple(check_value(v, f"{name}[{k}]") for k, v in enumerate(values))


@dataclass(frozen=True)
class Chain:
    r"""An open XXZ or XYZ chain of spins 1/2 in a field along z (Eqs. 1 and 20).

    .. math:: H = \tfrac12\Big[\sum_i B_i\sigma_z^{(i)} + \sum_i J_i(\sigma_x^{(i)}\sigma_x^{(i+1)}
              + \sigma_y^{(i)}\sigma_y^{(i+1)}) + \Delta_i\sigma_z^{(i)}\sigma_z^{(i+1)}
              + \eta_i(\sigma_x^{(i)}\sigma_x^{(i+1)} - \sigma_y^{(i)}\sigma_y^{(i+1)})\Big]

    Parameters
    ----------
    spins : int
        Number of sites, at least 1.
    J, Delta : number, name or expression, or a tuple with one for each bond
        Exchange and anisotropy of the bonds, in units of energy.
    B0 : number, name or expression, or a tuple with one for each site
        Field at the sites, in units of energy.
    eta : number, name or expression, or a tuple with one for each bond
        Half the difference of :math:`J_x = J + \eta` and :math:`J_y = J - \eta`; 0 is XXZ.
        :meth:`xyz` takes :math:`J_x` and :math:`J_y` themselves.

    Raises
    ------
    ParameterError, DomainError
        A value of the wrong kind, not finite, or tuples of the wrong length.

    Examples
    --------
    >>> Chain(3).bonds
    (('J', 'Delta'), ('J', 'Delta'))
    """

    spins: int
    J: Value | tuple[Value, ...] = "J"
    Delta: Value | tuple[Value, ...] = "Delta"
    B0: Value | tuple[Value, ...] = "B0"
    eta: Value | tuple[Value, ...] = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "spins", _check_spins(self.spins))
        object.__setattr__(self, "J", _spread(self.J, "J", self.spins - 1))
        object.__setattr__(self, "Delta", _spread(self.Delta, "Delta", self.spins - 1))
        object.__setattr__(self, "B0", _spread(self.B0, "B0", self.spins))
        object.__setattr__(self, "eta", _spread(self.eta, "eta", self.spins - 1))

    @classmethod
    def xyz(
        cls,
        spins: int,
        Jx: Value | tuple[Value, ...] = "Jx",
        Jy: Value | tuple[Value, ...] = "Jy",
        Delta: Value | tuple[Value, ...] = "Delta",
        B0: Value | tuple[Value, ...] = "B0",
    ) -> Chain:
        """An XYZ chain from the couplings along x and y of its bonds.

        Examples
        --------
        >>> Chain.xyz(2).eta
        (Jx/2 - Jy/2,)
        """
        spins = _check_spins(spins)
        pairs = tuple(zip(_spread(Jx, "Jx", spins - 1), _spread(Jy, "Jy", spins - 1), strict=True))
        J = tuple((as_expression(x) + as_expression(y)) / 2 for x, y in pairs)
        eta = tuple((as_expression(x) - as_expression(y)) / 2 for x, y in pairs)
        return cls(spins, J, Delta, B0, eta)

    @property
    def bonds(self) -> tuple[tuple[Value, Value], ...]:
        """``(J, Delta)`` of each bond, from left to right."""
        return tuple(zip(self.J, self.Delta, strict=True))

    @property
    def conserves_magnetization(self) -> bool:
        """Whether all bonds are XXZ, so that the number of up spins is conserved."""
        return all(value == 0 for value in self.eta)

    @property
    def fields(self) -> tuple[Value, ...]:
        """The field at each site, from left to right."""
        return tuple(self.B0)

    @property
    def reflection_symmetric(self) -> bool:
        """Whether the chain is its own mirror image."""
        return all(
            same_value(one, other)
            for values in (self.J, self.Delta, self.B0, self.eta)
            for one, other in zip(values, reversed(values), strict=True)
        )
