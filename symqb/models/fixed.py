"""Models with parameters fixed: values put into the description, before anything is derived."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from symqb.models.baths import Bath
from symqb.models.battery import BatteryModel
from symqb.models.chain import Chain
from symqb.models.errors import DomainError, ParameterError
from symqb.models.exact import exact_number
from symqb.models.expressions import read_expression
from symqb.models.names import ARGUMENT_PLACES
from symqb.models.spectra import SpectralDensity, is_formula
from symqb.models.system import System
from symqb.models.values import Value, as_expression, check_value

if TYPE_CHECKING:
    import sympy as sp

INFINITE = re.compile(r"[+-]?(oo|inf|infinity|nan)", re.IGNORECASE)

Model = TypeVar("Model", BatteryModel, System)

Put = Callable[[Value], Value]
"""From a value of a model to what becomes of it."""


def fix_parameters(model: Model, fixed: Mapping[str, object], parameters: Iterable[str]) -> Model:
    """Put exact values, expressions or other symbols for some of a model's parameters, all at once.

    Parameters
    ----------
    model : BatteryModel or System
    fixed : mapping
        Name to a number (taken exactly as it is), a text such as ``"T + dT/2"``, or a SymPy
        expression.
    parameters : iterable of str
        The names that the model has.

    Raises
    ------
    ParameterError, DomainError
        A name that is no parameter's, or a value outside the domain of what it is put into.

    Examples
    --------
    >>> from symqb.models import xxz_model
    >>> names = ("epsilon", "T_L", "T_R")
    >>> model = fix_parameters(xxz_model(2), {"epsilon": 0, "T_L": "T + dT/2"}, names)
    >>> [(bath.temperature, bath.sites) for bath in model.baths]
    [(T + dT/2, ((1, 1), (2, 0))), ('T_R', ((2, 1),))]
    """
    known = tuple(parameters)
    for name in fixed:
        if name not in known:
            hint = f". {ARGUMENT_PLACES[name]}" if name in ARGUMENT_PLACES else ""
            raise ParameterError(
                f"at: {name!r} is no parameter; choose from {', '.join(known)}{hint}"
            )
    return put_values(model, substitution({n: _value(v, n) for n, v in fixed.items()}))


def _value(value: object, name: str) -> sp.Expr:
    """A value as an exact expression."""
    if isinstance(value, str) and not INFINITE.fullmatch(value.strip()):
        value = read_expression(value, name)
    if exact_number(value, name) is None and _infinite(value):
        raise DomainError(
            f"{name}={value} is not a finite real number; give one here, or take the limit of an "
            f"output: series(output, {name}=...)"
        )
    return as_expression(check_value(value, name))


def _infinite(value: Any) -> bool:
    """Whether a number of any kind is infinite, or no number at all."""
    if isinstance(value, str):
        return True
    if isinstance(value, float):
        return value != value or value in (float("inf"), -float("inf"))
    return getattr(value, "is_finite", None) is False


def substitution(values: Mapping[str, sp.Expr]) -> Put:
    """The rule that puts expressions for names, whatever their symbols assume, all at once.

    Examples
    --------
    >>> import sympy as sp
    >>> put = substitution({"x": sp.Symbol("y"), "y": sp.Symbol("x")})
    >>> put("x"), put(sp.Symbol("x") + 2 * sp.Symbol("y")), put(0.5), put("z")
    (y, 2*x + y, 0.5, 'z')
    """

    def put(value: Value) -> Value:
        if exact_number(value) is not None:
            return value
        expression = as_expression(value)
        found = {s: values[s.name] for s in expression.free_symbols if s.name in values}
        return expression.xreplace(found) if found else value

    return put


def put_values(model: Model, put: Put) -> Model:
    """Rebuild a model with every value in it mapped; the records check themselves anew."""
    changed: dict[str, Any] = {
        "baths": tuple(_bath(bath, put) for bath in model.baths),
        "kappa": put(model.kappa),
    }
    if isinstance(model, BatteryModel):
        changed["chain"] = _chain(model.chain, put)
    else:
        changed["H"] = _operator(model.H, put)
        changed["jumps"] = tuple(
            replace(jump, operator=_operator(jump.operator, put), rate=put(jump.rate))
            for jump in model.jumps
        )
    return replace(model, **changed)


def _chain(chain: Chain, put: Put) -> Chain:
    J, Delta, B0, eta = (
        tuple(map(put, values)) for values in (chain.J, chain.Delta, chain.B0, chain.eta)
    )
    return Chain(chain.spins, J, Delta, B0, eta)


def _bath(bath: Bath, put: Put) -> Bath:
    changed: dict[str, Any] = {
        "temperature": put(bath.temperature),
        "spectrum": _function(bath.spectrum, put),
        "mu": put(bath.mu),
        "kappa": None if bath.kappa is None else put(bath.kappa),
    }
    if bath.occupation is not None:
        changed["occupation"] = _function(bath.occupation, put)
    if bath.operators:
        changed["coupling"] = [_operator(operator, put) for operator in bath.operators]
    else:
        changed["sites"] = tuple((site, put(weight)) for site, weight in bath.couplings)
    return replace(bath, **changed)


def _operator(operator: sp.ImmutableMatrix, put: Put) -> sp.ImmutableMatrix:
    return operator.applyfunc(lambda entry: as_expression(put(entry)))


def _function(given: Any, put: Put) -> Any:
    """A spectral density or an occupation with its values mapped; a Python function as it is."""
    if isinstance(given, SpectralDensity):
        return SpectralDensity(put(given.cutoff), put(given.s))
    if given is None or (callable(given) and not is_formula(given)):
        return given
    if not is_formula(given):
        return put(given)
    from sympy import Dummy, Lambda

    (frequency,) = given.signature
    # another variable: the frequency's own name may occur in what is put in
    variable = Dummy(str(frequency), positive=True)
    body = as_expression(put(given(variable)))
    kept = frequency if frequency not in body.free_symbols else variable
    return Lambda(kept, body.xreplace({variable: kept}))
