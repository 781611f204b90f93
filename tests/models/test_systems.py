"""Registers, operators and systems: what their operators are, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import Bath, Jump, Register, System

TWO, MIXED = Register(2, 2), Register(2, 3)
J, D, g, w = sp.symbols("J D g w")
EXCHANGE = TWO.plus(1) * TWO.minus(2)
H = w * TWO.number(1) + g * (EXCHANGE + EXCHANGE.T)
COLD = Bath("c", "T_c", TWO.x(1))
SWAP = sp.Matrix([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])


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


CASES: list[tuple[str, Callable[[], Any], str, str, str]] = [
    ("no site", lambda: Register(), "register", "needs a site", "give"),
    ("one level", lambda: Register(1), "site 1=1", "too small", "give"),
    ("too large", lambda: Register(*[2] * 10), "1024 states", "at most 512", "give"),
    ("no such site", lambda: TWO.x(3), "site=3", "beyond the register", "use 1 to 2"),
    ("Pauli of a qutrit", lambda: MIXED.x(2), "site 2 has 3 levels", "no Pauli", "use trans"),
    ("no such state", lambda: TWO.transition(1, 0, 2), "state 2", "does not exist", "0 to 1"),
    ("H no matrix", lambda: System(3, [COLD]), "H=3", "not a matrix", "give a SymPy"),
    ("H not square", lambda: System(sp.zeros(2, 3), [COLD]), "(2, 3)", "not square", "give"),
    ("H of one state", lambda: System(sp.eye(1), [COLD]), "one state", "nothing", "give"),
    (
        "H not Hermitian",
        lambda: System(TWO.plus(1), [COLD]),
        "the entry at (0, 2) is 1",
        "not Hermitian",
        "make each the conjugate",
    ),
    (
        "H complex on the diagonal",
        lambda: System(sp.I * TWO.z(1), [COLD]),
        "(0, 0) is I",
        "not Hermitian",
        "make",
    ),
    ("H not finite", lambda: System(sp.oo * TWO.z(1), [COLD]), "oo", "not real", "give"),
    ("H with text", lambda: System(np.array([["a"]]), [COLD]), "'a'", "str_", "give a number"),
    ("no bath", lambda: System(H, []), "neither a bath", "nor a jump", "give at least one"),
    ("no list of baths", lambda: System(H, 3), "baths=3", "no list", "give e.g."),
    ("a bath that is none", lambda: System(H, ["c"]), "'c'", "no Bath", "build one"),
    ("a name twice", lambda: System(H, [COLD, COLD]), "['c', 'c']", "repeat", "give each"),
    (
        "sizes that differ",
        lambda: System(H, [Bath("c", 1, MIXED.x(1))]),
        "6 states",
        "H has 4",
        "give both",
    ),
    (
        "sites of a chain",
        lambda: System(H, [Bath("c", 1, {1: 1})]),
        "{1: 1}",
        "as those of a chain",
        "give it an operator",
    ),
    (
        "nothing connected",
        lambda: System(H, [Bath("c", 1, w * TWO.identity())]),
        "bath c",
        "connects nothing",
        "give an operator",
    ),
    (
        "coupling not Hermitian",
        lambda: System(H, [Bath("c", 1, TWO.minus(1))]),
        "coupling of bath c",
        "not Hermitian",
        "make",
    ),
    (
        "fermions without a charge",
        lambda: System(H, [Bath("c", 1, TWO.x(1), statistics="fermion")]),
        "bath c",
        "no definite charge",
        "give e.g.",
    ),
    (
        "H that makes particles",
        lambda: System(TWO.x(1), [Bath("c", 1, TWO.minus(1), statistics="fermion")]),
        "bath c",
        "no definite charge",
        "H must conserve",
    ),
    ("statistics", lambda: Bath("c", 1, TWO.x(1), statistics="anyon"), "'anyon'", "unknown", "ch"),
    ("negative T", lambda: Bath("c", -1, TWO.x(1)), "temperature=-1", "negative", "give T >= 0"),
    ("negative kappa", lambda: Bath("c", 1, TWO.x(1), kappa=-2), "kappa=-2", "> 0", "e.g. kappa"),
    ("kappa zero", lambda: System(H, [COLD], kappa=0), "kappa=0", "must be > 0", "e.g. kappa"),
    (
        "negative occupation",
        lambda: Bath("c", 1, TWO.x(1), occupation=-1),
        "occupation=-1",
        "negative",
        "give n >= 0",
    ),
    (
        "occupation and mu",
        lambda: Bath("c", 1, TWO.x(1), occupation=1, mu=1),
        "bath c",
        "in for Bose",
        "leave out mu",
    ),
    (
        "a bosonic density for fermions",
        lambda: Bath(
            "c", 1, TWO.minus(1), statistics="fermion", spectrum=symqb.SpectralDensity(1.0)
        ),
        "SpectralDensity",
        "density of bosons",
        "give a",
    ),
    ("mu no number", lambda: Bath("c", 1, TWO.x(1), mu=1j), "1j", "complex", "give a real"),
    ("coupling no matrix", lambda: Bath("c", 1, coupling=3), "coupling=3", "no matrix", "give"),
    (
        "two couplings",
        lambda: Bath("c", 1, TWO.x(1), coupling=TWO.x(2)),
        "bath c",
        "two couplings",
        "give its operators once",
    ),
    (
        "sites and a coupling",
        lambda: Bath("c", 1, {1: 1}, coupling=TWO.x(2)),
        "bath c",
        "sites and a coupling",
        "give one",
    ),
    ("a negative rate", lambda: Jump(TWO.minus(1), -1), "rate=-1", "negative", "give a rate >= 0"),
    ("a jump of zero", lambda: Jump(sp.zeros(2, 2), 1), "operator is zero", "nothing", "leave"),
    (
        "a jump of another size",
        lambda: System(H, [COLD], jumps=[Jump(sp.Matrix([[0, 1], [0, 0]]), 1)]),
        "2 states",
        "H has 4",
        "give both",
    ),
    ("reference", lambda: System(H, [COLD], reference=5), "reference=5", "no level", "give 1 to 4"),
    ("reference", lambda: System(H, [COLD], reference="top"), "'top'", "unknown", "give a level"),
    (
        "a symmetry that is none",
        lambda: System(H, [COLD], symmetries=[SWAP]),
        "symmetry 1",
        "does not commute",
        "leave it out",
    ),
    (
        "a symmetry that is no permutation",
        lambda: System(H, [COLD], symmetries=[2 * TWO.identity()]),
        "symmetry 1",
        "no signed permutation",
        "give e.g.",
    ),
    (
        "one name, two symbols",
        lambda: System(H, [Bath("c", sp.Symbol("w", positive=True), TWO.x(1))]),
        "positive=True",
        "one name, two symbols",
        "use one",
    ),
    (
        "an operator for a chain",
        lambda: symqb.BatteryModel(symqb.Chain(2), (COLD,)),
        "bath c has operators",
        "a chain's baths have not",
        "symqb.System",
    ),
]


@pytest.mark.parametrize(("what", "call", "value", "rule", "remedy"), CASES)
def test_bad_systems_are_refused(
    what: str, call: Callable[[], Any], value: str, rule: str, remedy: str
) -> None:
    with pytest.raises(symqb.ParameterError) as refused:
        call()
    for part in (value, rule, remedy):
        assert part in str(refused.value), (what, part, str(refused.value))
