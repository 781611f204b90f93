"""The Hamiltonian and the coupling operators in the bare basis (Eqs. 1, 3, 5, 20, 22)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import sympy as sp

from symqb.models import (
    BatteryModel,
    Chain,
    NoClosedFormError,
    ParameterError,
    SpectralDensity,
    is_formula,
)
from symqb.models.exact import exact_number

Spins = tuple[int, ...]


LONGEST_BASIS, LONGEST_MATRIX = 14, 11
"""Spins up to which all states are listed, and the symbolic matrix between them is held."""


def _check_listed(spins: int, most: int) -> None:
    """Refuse a list or a symbolic matrix over more states than memory should hold."""
    if spins > most:
        raise ParameterError(
            f"spins={spins}: there are 2**{spins} states, too many to write down beyond "
            f"spins={most}; evaluate() needs no such list"
        )


def basis_states(spins: int) -> list[Spins]:
    """The bare basis in tensor-product order, from ``|1..1>`` to ``|0..0>``; 1 means sigma_z = +1.

    Examples
    --------
    >>> basis_states(2)
    [(1, 1), (1, 0), (0, 1), (0, 0)]
    """
    _check_listed(spins, LONGEST_BASIS)
    top = 2**spins - 1
    return [
        tuple((k >> (spins - 1 - site)) & 1 for site in range(spins)) for k in range(top, -1, -1)
    ]


def flip(state: Spins, site: int) -> Spins:
    """``state`` with the spin at ``site`` (from 1) turned: what sigma_x does."""
    return (*state[: site - 1], 1 - state[site - 1], *state[site:])


def as_expr(value: Any) -> sp.Expr:
    """Convert a model's value (number, name or expression) to SymPy, numbers exactly as given.

    Examples
    --------
    >>> as_expr("J"), as_expr(0.5), as_expr("0.1"), as_expr(0.1) == as_expr("0.1")
    (J, 1/2, 1/10, False)
    """
    number = exact_number(value)
    if number is not None:
        return sp.Rational(number.numerator, number.denominator)
    if isinstance(value, str):
        return sp.Symbol(value)
    expr = sp.sympify(value)
    return expr.xreplace({number: as_expr(number) for number in expr.atoms(sp.Float)})


def _density_values(spectrum: Any) -> tuple[Any, ...]:
    if isinstance(spectrum, SpectralDensity):
        return spectrum.s, spectrum.cutoff
    return (spectrum,) if is_formula(spectrum) else ()


def parameter_symbols(model: BatteryModel) -> tuple[sp.Symbol, ...]:
    """The free parameters of a model in a fixed order: chain, weights, temperatures, kappa.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> parameter_symbols(xxz_model(2))
    (B0, J, Delta, epsilon, T_L, T_R, kappa)
    """
    chain = model.chain
    values = [
        *chain.fields,
        *(J for J, _ in chain.bonds),
        *(Delta for _, Delta in chain.bonds),
        *chain.eta,
        *(weight for bath in model.baths for _, weight in bath.couplings),
        *(bath.temperature for bath in model.baths),
        *(value for bath in model.baths for value in _density_values(bath.spectrum)),
        model.kappa,
    ]
    found: dict[sp.Symbol, None] = {}
    for value in values:
        for symbol in sorted(as_expr(value).free_symbols, key=str):
            found.setdefault(symbol)
    return tuple(found)


def hamiltonian_terms(
    chain: Chain, state: Spins, convert: Callable[[Any], Any] = as_expr
) -> Iterator[tuple[Spins, Any]]:
    """``H |state>`` as pairs of a bare state and its amplitude (Eqs. 1, 20).

    ``convert`` turns the chain's values into symbols, or into numbers for a numeric matrix.
    """
    z = [2 * s - 1 for s in state]
    diagonal = sum(convert(B) * z[i] for i, B in enumerate(chain.fields))
    for i, (J, Delta) in enumerate(chain.bonds):
        diagonal += convert(Delta) * z[i] * z[i + 1]
        if z[i] != z[i + 1]:
            # (sigma_x sigma_x + sigma_y sigma_y)/2 exchanges opposite neighbours
            yield flip(flip(state, i + 1), i + 2), convert(J)
        elif chain.eta[i] != 0:
            # (sigma_x sigma_x - sigma_y sigma_y)/2 turns equal neighbours both
            yield flip(flip(state, i + 1), i + 2), convert(chain.eta[i])
    yield state, diagonal / 2


def hamiltonian_matrix(chain: Chain) -> sp.ImmutableMatrix:
    """The Hamiltonian in the bare basis, tensor-product order (Eqs. 1, 3, 20).

    Examples
    --------
    >>> hamiltonian_matrix(Chain(2))[1, 2]
    J
    """
    _check_listed(chain.spins, LONGEST_MATRIX)
    states = basis_states(chain.spins)
    index = {state: k for k, state in enumerate(states)}
    matrix = sp.zeros(len(states))
    for column, state in enumerate(states):
        for image, amplitude in hamiltonian_terms(chain, state):
            matrix[index[image], column] += sp.expand(amplitude)
    return sp.ImmutableMatrix(matrix)


def coefficient_field(model: BatteryModel) -> Any:
    """The field of rational functions in the parameters of chain and couplings."""
    temperatures = {s for bath in model.baths for s in as_expr(bath.temperature).free_symbols}
    elsewhere = temperatures | as_expr(model.kappa).free_symbols | _density_only(model)
    symbols = [s for s in parameter_symbols(model) if s not in elsewhere]
    return sp.QQ.frac_field(*(symbols or [sp.Symbol("unit")]))


def _density_only(model: BatteryModel) -> set[sp.Symbol]:
    """The parameters that only spectral densities have."""
    ohmic = tuple(replace(bath, spectrum=None) for bath in model.baths)
    return set(parameter_symbols(model)) - set(parameter_symbols(replace(model, baths=ohmic)))


def to_field(field: Any, value: Any) -> Any:
    """A value as an element of the coefficient field, or an error naming what is not rational."""
    expr = as_expr(value)
    try:
        return field.from_sympy(expr)
    except (sp.CoercionFailed, ValueError):  # SymPy raises either for what is not rational
        if expr.free_symbols - set(field.symbols):
            raise ParameterError(
                f"{value!r} uses a temperature or kappa where a coupling stands; rename it"
            ) from None
        raise NoClosedFormError(
            f"{value!r} is not a rational function of the parameters; "
            "use a symbol for it and pass its value to evaluate()"
        ) from None


def check_couplings(model: BatteryModel) -> None:
    """Refuse temperatures, kappa and what only densities have where a coupling or field stands.

    Raises
    ------
    ParameterError
        One symbol is used as both.
    """
    field, chain = coefficient_field(model), model.chain
    weights = (weight for bath in model.baths for _, weight in bath.couplings)
    for value in (*chain.fields, *chain.J, *chain.Delta, *chain.eta, *weights):
        with suppress(NoClosedFormError):
            to_field(field, value)
