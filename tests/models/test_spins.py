"""Spins with bonds between any sites: what they say, and that it is what a chain says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import Bath, Battery, BatteryModel, Chain, DomainError, OpenSystem, ParameterError, spins
from tests.systems.cases import Case, agree, drawn
from tests.systems.test_one_model_many_ways import POINT, compare

ENDS = [Bath("L", "T_L", {1: 1}), Bath("R", "T_R", {2: 1})]


def xxz(count: int) -> symqb.System:
    baths = [Bath("L", "T_L", {1: 1, count: "epsilon"}), Bath("R", "T_R", {count: 1})]
    bonds = {"chain": {"J": "J", "Delta": "Delta"}}
    return spins(count, baths, fields="B0", bonds=bonds)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_chain_stated_by_its_bonds_is_the_battery(count: int) -> None:
    battery, opened = symqb.xxz_battery(count), OpenSystem(xxz(count))
    assert opened.system.H == battery.open_system().system.H
    assert opened.system.reference == battery.open_system().system.reference
    compare(battery, opened, POINT)


def test_uneven_anisotropic_chains_have_the_hamiltonian_of_their_bonds() -> None:
    chain = Chain(3, J=("J", 1), Delta=(0.25, "D"), B0=(1.0, "B", 2.0), eta=("e", 0))
    baths = (Bath("L", "T", {1: 1, 3: "w"}, "y"), Bath("R", 1, {2: 1}))
    bonds = {(1, 2): {"J": "J", "Delta": 0.25, "eta": "e"}, (2, 3): {"J": 1, "Delta": "D"}}
    stated = spins(3, baths, fields={1: 1.0, 2: "B", 3: 2.0}, bonds=bonds)
    of_chain = Battery(BatteryModel(chain, baths)).open_system().system
    assert stated.H == of_chain.H
    assert [b.operators for b in stated.baths] == [b.operators for b in of_chain.baths]
    assert stated.reference is of_chain.reference is None


X, Y, Z = (np.array(m) for m in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]))


def on(count: int, **sites: Any) -> Any:
    """Kronecker product of matrices by site."""
    total = np.eye(1)
    for k in range(1, count + 1):
        total = np.kron(total, sites.get(f"s{k}", np.eye(2)))
    return total


def bond(count: int, a: int, b: int, J: float, Delta: float, D: Any = (0, 0, 0)) -> Any:
    """A bond in numbers, by Kronecker products alone."""
    pauli = (X, Y, Z)
    found = sum(
        s * on(count, **{f"s{a}": m, f"s{b}": m}) for s, m in zip((J, J, Delta), pauli, strict=True)
    )
    for k, strength in enumerate(D):
        p, q = pauli[(k + 1) % 3], pauli[(k + 2) % 3]
        both = on(count, **{f"s{a}": p, f"s{b}": q}) - on(count, **{f"s{a}": q, f"s{b}": p})
        found = found + strength * both
    return found / 2


def field(count: int, *B: float) -> Any:
    return sum(
        s * on(count, **{f"s{k}": m}) / 2
        for k in range(1, count + 1)
        for s, m in zip(B, (X, Y, Z), strict=True)
    )


MODELS: dict[str, tuple[Callable[[], symqb.System], Callable[..., Any]]] = {
    "ring of four": (
        lambda: spins(4, ENDS, fields="B", bonds={"ring": {"J": "J", "Delta": "D", "D": "M"}}),
        lambda B, J, D, M, **_: (
            field(4, 0, 0, B) + sum(bond(4, k, k % 4 + 1, J, D, (0, 0, M)) for k in range(1, 5))
        ),
    ),
    "ladder of four": (
        lambda: spins(
            4, ENDS, fields="B", bonds={"legs": {"J": "J", "Delta": "J"}, "rungs": {"J": "K"}}
        ),
        lambda B, J, K, **_: (
            field(4, 0, 0, B)
            + bond(4, 1, 2, J, J)
            + bond(4, 3, 4, J, J)
            + bond(4, 1, 3, K, 0)
            + bond(4, 2, 4, K, 0)
        ),
    ),
    "star": (
        lambda: spins(
            4,
            [*ENDS, Bath("S", 0.7, {3: "w"}, "y")],
            fields={1: "B"},
            bonds={"star": {"J": "J", "Delta": 1}},
        ),
        lambda B, J, **_: B * on(4, s1=Z) / 2 + sum(bond(4, 1, k, J, 1) for k in (2, 3, 4)),
    ),
    "DM trimer with three bodies": (
        lambda: spins(
            3,
            ENDS,
            fields="B",
            bonds={"ring": {"J": "J", "Delta": "J", "D": ("P", 0.5, "M")}},
            terms=["K*X1*Y2*Z3", "Q*Z1*Z2*Z3"],
        ),
        lambda B, J, P, M, K, Q, **_: (
            field(3, 0, 0, B)
            + sum(bond(3, k, k % 3 + 1, J, J, (P, 0.5, M)) for k in (1, 2, 3))
            + K * on(3, s1=X, s2=Y, s3=Z)
            + Q * on(3, s1=Z, s2=Z, s3=Z)
        ),
    ),
    "tilted fields": (
        lambda: spins(
            2, ENDS, fields={1: ("h", "g", "B"), 2: (0, 0.3, "B")}, bonds={(1, 2): {"J": "J"}}
        ),
        lambda h, g, B, J, **_: (
            h * on(2, s1=X) / 2
            + g * on(2, s1=Y) / 2
            + B * on(2, s1=Z) / 2
            + 0.15 * on(2, s2=Y)
            + B * on(2, s2=Z) / 2
            + bond(2, 1, 2, J, 0)
        ),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_bonds_of_every_kind_are_those_of_kronecker_products(name: str) -> None:
    make, in_numbers = MODELS[name]
    system = make()
    opened = OpenSystem(system)
    case = Case(system, dict.fromkeys(opened.parameters, (0.3, 2.0)))
    for seed in range(2):
        point = drawn(case, seed)
        H = in_numbers(**point)
        symbols = {str(s): s for s in system.H.free_symbols}
        found = system.H.subs({s: point[n] for n, s in symbols.items()}).evalf()
        assert np.abs(np.array(found.tolist(), dtype=complex) - H).max() < 1e-13
    agree(opened, point)


def test_strengths_of_the_same_pair_add_up() -> None:
    bonds = {"ring": {"J": "J"}, (1, 2): {"J": "K", "D": "D"}, (2, 1): {"D": "D"}}
    H = spins(3, ENDS, bonds=bonds).H
    # the curl changes its sign with the order of the sites
    assert str(H[2, 4]) == "J + K"


def test_strengths_and_jumps_of_words_are_in_the_system() -> None:
    K, w = sp.symbols("K w")
    terms = {"X1*X2": 5, "Z1": "K", "Y1*Y2": w / 2, "Z2": 0.5}
    lost = symqb.Jump(symqb.Register(2, 2).minus(1), "g")
    made = spins(2, [], terms=terms, jumps=[lost])
    apart = spins(2, ENDS, terms=["5*X1*X2", "K*Z1", "w*Y1*Y2/2", "Z2/2"])
    assert (made.H, made.jumps) == (apart.H, (lost,))
    assert made.H[0, 0] == K + sp.Rational(1, 2)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"count": 12}, DomainError, "count=12 is too large.*at most 9"),
    ({"bonds": {(1, 4): {"J": 1}}}, DomainError, "bonds: site 4 is beyond the 3 spins"),
    ({"bonds": {(2, 2): {"J": 1}}}, ParameterError, r"\(2, 2\) is no pair of two sites"),
    ({"bonds": {(1, 2): {"Dalta": 1}}}, ParameterError, "'Dalta'; did you mean 'Delta'"),
    ({"bonds": {"rnig": {"J": 1}}}, ParameterError, "'rnig'.*did you mean 'ring'"),
    ({"bonds": {"legs": {"J": 1}}}, ParameterError, "an even number of spins"),
    ({"bonds": {(1, 2): "J"}}, ParameterError, "give its strengths by name"),
    ({"bonds": ["ring"]}, ParameterError, "no mapping of pairs"),
    ({"fields": {4: 1}}, DomainError, "fields: site 4 is beyond"),
    ({"fields": (1, 2)}, ParameterError, "2 components; give one along z, or three"),
    ({"terms": "K*X1*Y9"}, DomainError, "site=9 is beyond the register"),
    ({"terms": {"X1*X2": None}}, ParameterError, r"strength of 'X1\*X2'.*give a real number"),
    ({"terms": 3}, ParameterError, "terms=3 is a int; give words"),
    ({"terms": None}, ParameterError, "terms=None .*give words"),
    ({"terms": True}, ParameterError, "terms=True .*give words"),
    ({"terms": sp.Symbol("K")}, ParameterError, "terms=K .*give words"),
    ({"terms": {"X1*X2", "Z1"}}, ParameterError, "is a set; give words"),
    ({"terms": (w for w in ("X1",))}, ParameterError, "is a generator; give words"),
    ({"terms": [3]}, ParameterError, "terms: a term=3 is not a matrix"),
    ({"bonds": 0}, ParameterError, "bonds=0 is no mapping of pairs"),
    ({"bonds": ""}, ParameterError, "bonds='' is no mapping of pairs"),
    ({"fields": None}, ParameterError, "fields=None is no field; give one along z"),
    ({"fields": {1, 2, 3}}, ParameterError, "is no field; give one along z"),
    ({"terms": symqb.Register(2).x(1)}, ParameterError, "a matrix of 2 states"),
    ({"baths": [Bath("c", "T", {5: 1})]}, DomainError, "site=5 is beyond the register"),
]


@pytest.mark.parametrize(("given", "error", "message"), BAD)
def test_what_is_no_model_of_spins_is_refused(
    given: dict[str, Any], error: type[Exception], message: str
) -> None:
    whole: dict[str, Any] = {"count": 3, "baths": ENDS} | given
    with pytest.raises(error, match=message):
        spins(**whole)
