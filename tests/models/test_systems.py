"""Registers, operators and systems: what their operators are."""

from __future__ import annotations

import sympy as sp

import symqb
from symqb import Bath, Register, System

TWO, MIXED = Register(2, 2), Register(2, 3)
J, D, g, w = sp.symbols("J D g w")
EXCHANGE = TWO.plus(1) * TWO.minus(2)
H = w * TWO.number(1) + g * (EXCHANGE + EXCHANGE.T)
COLD = Bath("c", "T_c", TWO.x(1))


def test_pauli_matrices_multiply_as_they_do_on_every_site() -> None:
    for site in (1, 2):
        x, y, z = TWO.x(site), TWO.y(site), TWO.z(site)
        assert x * y == sp.I * z
        assert x * x == TWO.identity()
        assert TWO.plus(site) == (x + sp.I * y) / 2
        assert TWO.minus(site) == TWO.plus(site).T
        assert TWO.number(site) == (TWO.identity() + z) / 2
    assert TWO.x(1) * TWO.z(2) == TWO.z(2) * TWO.x(1)


def test_states_and_operators_of_a_register_agree() -> None:
    states = MIXED.states()
    for k, (spin, level) in enumerate(states):
        assert MIXED.z(1)[k, k] == 2 * spin - 1
        assert MIXED.number(2)[k, k] == level
    number = MIXED.raising(2) * MIXED.lower(2)
    assert number == MIXED.number(2)
    assert MIXED.transition(2, 0, 2) * MIXED.transition(2, 2, 0) == MIXED.transition(2, 0, 0)


def test_a_spin_chain_in_a_register_is_the_chain() -> None:
    chain = symqb.xxz_battery(2).hamiltonian
    B, J, Delta = sp.symbols("B0 J Delta")
    bond = J * (TWO.x(1) * TWO.x(2) + TWO.y(1) * TWO.y(2)) + Delta * TWO.z(1) * TWO.z(2)
    assert (B * (TWO.z(1) + TWO.z(2)) + bond) / 2 == chain


def test_symbols_stand_for_real_numbers_and_numbers_are_exact() -> None:
    system = System(
        TWO.z(1) / 2 + D * (sp.I * EXCHANGE - sp.I * EXCHANGE.T) + 0.5 * TWO.z(2), [COLD]
    )
    assert system.H[1, 1] == 0
    assert system.H[1, 2] == sp.I * D
    assert {str(s) for v in system.values() for s in sp.sympify(v).free_symbols} == {
        *("D", "T_c", "kappa")
    }
