"""T1: the elimination's certificates speak of Delta = 0 too, and of every steady state."""

from __future__ import annotations

import copy
import json
from fractions import Fraction

import numpy as np
import pytest

import symqb
from symqb.certify import check
from symqb.derive.steady_state import rate_name
from symqb.prove.sampling import holds, parse
from symqb.prove.shipped import PROOFS
from symqb.prove.theorems.elimination import may_vanish, stays_positive, vanishing
from symqb.prove.theorems.registry import THEOREMS

NAMES = [f"T1_{kind}_{n}" for kind in ("program", "unique") for n in (2, 3)]


def rates_at(spins: int, **values: float) -> dict[str, float]:
    """The rates between the levels of a battery, as its transitions give them."""
    found = {}
    values = {"kappa": 1.0, **values}
    for t in symqb.xxz_battery(spins=spins).transitions():
        at = {s: values[s.name] for s in t.frequency.free_symbols}
        w = float(t.frequency.subs(at))
        for place, name in enumerate((rate_name(t.upper, t.lower), rate_name(t.lower, t.upper))):
            total = 0.0
            for bath, weight in t.weights.items():
                square = float(weight.subs({s: values[s.name] for s in weight.free_symbols}))
                v = w if place == 0 else -w
                total += square * float(symqb.phi(v, values[f"T_{bath}"]))
            found[name] = total
    return found


def test_the_rates_that_vanish_at_delta_zero_are_derived() -> None:
    assert set(vanishing(3)) == {"Gamma_5_8", "Gamma_8_5", "Gamma_6_7", "Gamma_7_6"}
    assert vanishing(2) == ()
    for epsilon in (0.0, 0.7, -1.3):
        rates = rates_at(3, B0=4.0, J=1.0, Delta=0.0, epsilon=epsilon, T_L=3.0, T_R=1.0)
        assert {name for name, rate in rates.items() if abs(rate) < 1e-15} == set(vanishing(3))


@pytest.mark.parametrize("Delta", [0.0, 0.5, -1.5])
@pytest.mark.parametrize("name", NAMES)
def test_the_hypotheses_hold_of_the_rates_of_a_battery(name: str, Delta: float) -> None:
    """With doubles for rates, made rational: zero where they vanish, positive elsewhere."""
    spins = int(name[-1])
    rates = rates_at(spins, B0=6.0, J=1.0, Delta=Delta, epsilon=0.6, T_L=3.0, T_R=1.0)
    point = {k: Fraction(0) if abs(v) < 1e-15 else Fraction(v) for k, v in rates.items()}
    stated = parse(THEOREMS[name].statement())
    assert set(stated.variables) >= point.keys()
    known = [fact for key, fact in stated.hypotheses.items() if key.startswith("Gamma")]
    assert len(known) == len(point)
    assert all(holds(fact, point) for fact in known)


def test_any_of_the_rates_left_is_needed_by_the_program() -> None:
    program = symqb.xxz_battery(spins=3).steady_state().elimination
    chosen = may_vanish(program, vanishing(3))
    assert stays_positive(program, chosen)
    assert chosen > set(vanishing(3))
    assert not any(stays_positive(program, chosen | {r}) for r in set(program.inputs) - chosen)


def test_two_disconnected_halves_have_no_certificate_of_uniqueness() -> None:
    """The same certificate, asked for rates that may all vanish, is refused."""
    certificate = json.loads((PROOFS / "T1" / "T1_unique_3.json").read_text())
    assert check(certificate).verdict == "proved"
    for label, text in certificate["statement"]["hypotheses"].items():
        if text.endswith(" > 0"):
            weaker = copy.deepcopy(certificate)
            weaker["statement"]["hypotheses"][label] = text.replace(">", ">=")
            assert check(weaker).verdict == "refused", label


@pytest.mark.parametrize("change", [*(f"rate{k}" for k in (1, 2, 4, 5, 6, 7, 8)), "total"])
def test_uniqueness_needs_the_equations_of_all_levels_but_one(change: str) -> None:
    """That of the level kept to the end follows from the others, and is not assumed."""
    certificate = json.loads((PROOFS / "T1" / "T1_unique_3.json").read_text())
    hypotheses = certificate["statement"]["hypotheses"]
    assert "rate3" not in hypotheses
    del hypotheses[change]
    assert check(certificate).verdict == "refused"


def test_the_elimination_is_what_a_solver_finds_at_delta_zero() -> None:
    rates = rates_at(3, B0=4.0, J=1.0, Delta=0.0, epsilon=0.6, T_L=3.0, T_R=1.0)
    matrix = np.zeros((8, 8))
    for name, rate in rates.items():
        i, j = (int(k) - 1 for k in name.split("_")[1:])
        matrix[j, i] += rate
        matrix[i, i] -= rate
    assert np.linalg.matrix_rank(matrix, tol=1e-12) == 7
    system = np.vstack([matrix[:7], np.ones(8)])
    expected = np.linalg.solve(system, [0.0] * 7 + [1.0])
    battery = symqb.xxz_battery(spins=3)
    found = battery.evaluate(B0=4.0, J=1.0, Delta=0.0, epsilon=0.6, T_L=3.0, T_R=1.0, kappa=1.0)
    assert np.allclose(found.populations, expected, rtol=1e-10, atol=0)
