"""The derived eigensystem diagonalises the Hamiltonian exactly and is the paper's (Eqs. 2, 21)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import sympy as sp

import symqb
from symqb.derive import basis_states, derive_eigensystem
from symqb.models import Chain, xxz_model
from symqb.models.battery import BatteryModel

B0, J, Delta = sp.symbols("B0 J Delta")
ALPHA = sp.sqrt(Delta**2 + 8 * J**2)
PAULI = {
    "x": sp.Matrix([[0, 1], [1, 0]]),
    "y": sp.Matrix([[0, -sp.I], [sp.I, 0]]),
    "z": sp.Matrix([[1, 0], [0, -1]]),
}


def pauli(axis: str, site: int, spins: int) -> sp.Matrix:
    factors = [PAULI[axis] if k == site else sp.eye(2) for k in range(1, spins + 1)]
    return sp.Matrix(sp.kronecker_product(*factors))


def hamiltonian(spins: int) -> sp.Matrix:
    """Eqs. 1 and 20 from Pauli matrices; |1> is the first basis vector of a site."""
    total = sp.zeros(2**spins)
    for site in range(1, spins + 1):
        total += B0 * pauli("z", site, spins)
    for site in range(1, spins):
        for axis, strength in (("x", J), ("y", J), ("z", Delta)):
            total += strength * pauli(axis, site, spins) * pauli(axis, site + 1, spins)
    return total / 2


def ket(spins: int, amplitudes: dict[str, Any]) -> sp.Matrix:
    order = ["".join(map(str, state)) for state in basis_states(spins)]
    return sp.Matrix([amplitudes.get(name, 0) for name in order])


def printed_two() -> list[tuple[sp.Expr, sp.Matrix]]:
    """Eq. 2 as printed."""
    root = 1 / sp.sqrt(2)
    return [
        ((Delta - 2 * B0) / 2, ket(2, {"00": 1})),
        ((Delta + 2 * B0) / 2, ket(2, {"11": 1})),
        (-Delta / 2 - J, ket(2, {"01": root, "10": -root})),
        (-Delta / 2 + J, ket(2, {"10": root, "01": root})),
    ]


def printed_three() -> list[tuple[sp.Expr, sp.Matrix]]:
    """Eq. 21 as printed."""
    root = 1 / sp.sqrt(2)

    def mixed(sign: int, outer: str, middle: str, other: str) -> sp.Matrix:
        t = (Delta + sign * ALPHA) / J
        return ket(3, {outer: 2, middle: -t, other: 2}) / sp.sqrt(t**2 + 8)

    return [
        (-B0 / 2, ket(3, {"001": root, "100": -root})),
        (B0 / 2, ket(3, {"011": root, "110": -root})),
        ((2 * Delta - 3 * B0) / 2, ket(3, {"000": 1})),
        ((2 * Delta + 3 * B0) / 2, ket(3, {"111": 1})),
        (-(B0 + Delta + ALPHA) / 2, mixed(1, "100", "010", "001")),
        ((B0 - Delta - ALPHA) / 2, mixed(1, "110", "101", "011")),
        (-(B0 + Delta - ALPHA) / 2, mixed(-1, "100", "010", "001")),
        ((B0 - Delta + ALPHA) / 2, mixed(-1, "110", "101", "011")),
    ]


PRINTED = {2: printed_two, 3: printed_three}


def vanishes(expr: sp.Expr) -> bool:
    """Exact zero test in the field of rational functions with alpha adjoined."""
    a = sp.Symbol("a")
    rational = sp.together(sp.powdenest(sp.sympify(expr)).subs(ALPHA, a))
    numerator = sp.Poly(sp.numer(sp.cancel(rational)), a)
    return bool(sp.expand(sp.rem(numerator.as_expr(), a**2 - ALPHA**2, a)) == 0)


def unnormalised(level: Any) -> tuple[sp.Matrix, sp.Expr]:
    """Amplitudes and squared norm as the derivation keeps them, free of nested roots."""
    spins = len(next(iter(level.amplitudes)))
    vector = [
        level.amplitudes[s].expr if s in level.amplitudes else sp.Integer(0)
        for s in basis_states(spins)
    ]
    return sp.Matrix(vector), level.norm.expr


@pytest.mark.parametrize("spins", [2, 3, 4])
def test_hamiltonian_is_the_one_of_pauli_matrices(spins: int) -> None:
    assert sp.Matrix(symqb.xxz_battery(spins).hamiltonian) - hamiltonian(spins) == sp.zeros(
        2**spins
    )


def test_basis_runs_from_all_up_to_all_down() -> None:
    assert symqb.xxz_battery(3).basis == list(itertools.product((1, 0), repeat=3))


@pytest.mark.parametrize("spins", [2, 3])
def test_states_diagonalise_the_hamiltonian_exactly(spins: int) -> None:
    matrix = hamiltonian(spins)
    for level in symqb.xxz_battery(spins).eigensystem():
        vector, _ = unnormalised(level)
        assert any(entry != 0 for entry in vector)
        assert all(vanishes(entry) for entry in matrix * vector - level.energy * vector)


@pytest.mark.parametrize("spins", [2, 3])
def test_states_are_orthonormal_exactly(spins: int) -> None:
    levels = list(symqb.xxz_battery(spins).eigensystem())
    assert len(levels) == 2**spins
    for a in levels:
        left, norm = unnormalised(a)
        for b in levels:
            right, _ = unnormalised(b)
            product = (left.T * right)[0]
            assert vanishes(product - norm) if a is b else vanishes(product)


@pytest.mark.parametrize("spins", [2, 3])
def test_normalised_states_are_amplitudes_over_their_norm(spins: int) -> None:
    for level in symqb.xxz_battery(spins).eigensystem():
        vector, norm = unnormalised(level)
        for entry, amplitude in zip(level.state, vector, strict=True):
            # equal squares and equal signs
            assert vanishes(entry**2 * norm - amplitude**2)
            assert not (entry == 0) ^ (amplitude == 0)


@pytest.mark.parametrize("spins", [2, 3])
def test_levels_phases_and_order_are_the_papers(spins: int) -> None:
    levels = list(symqb.xxz_battery(spins).eigensystem())
    assert [level.label for level in levels] == list(range(1, 2**spins + 1))
    for level, (energy, state) in zip(levels, PRINTED[spins](), strict=True):
        assert vanishes(level.energy - energy)
        assert all(vanishes(a**2 - b**2) for a, b in zip(level.state, state, strict=True))
        for point in itertools.product((2, -3), (sp.Rational(1, 2), -5)):
            values = {J: point[0], Delta: point[1], B0: 1}
            ours, theirs = (sp.Matrix(v).subs(values).evalf(30) for v in (level.state, state))
            # one phase for every sign of J and Delta
            assert (ours - theirs).norm() < 1e-25, (level.label, values)


def test_the_exact_zero_test_can_fail() -> None:
    assert vanishes(ALPHA**2 - Delta**2 - 8 * J**2)
    assert not vanishes(ALPHA - Delta)
    assert not vanishes(ALPHA**2 - Delta**2 - 7 * J**2)


def test_chain_without_reflection_has_levels_too() -> None:
    chain = Chain(2, B0=("B_1", "B_2"))
    model = BatteryModel(chain, xxz_model(2).baths)
    matrix = sp.Matrix(symqb.Battery(model).hamiltonian)
    for level in derive_eigensystem(model):
        vector, _ = unnormalised(level)
        residual = matrix * vector - level.energy * vector
        assert all(sp.simplify(entry) == 0 for entry in residual)


def test_four_spins_have_no_closed_form() -> None:
    with pytest.raises(symqb.NoClosedFormError, match="evaluate"):
        symqb.xxz_battery(4).eigensystem()
