"""Series of outputs are right order by order, at 60 digits and shrinking distances."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
import sympy as sp

import symqb
from symqb.models import NoClosedFormError, ParameterError
from symqb.show.forms.factoring import nested
from symqb.show.forms.series import Series

TWO = symqb.xxz_battery(2)
WEAK = TWO.at(epsilon=0, Delta=0)
EQUAL = TWO.at(T_L="T", T_R="T")
BIASED = {"T_L": "T + dT/2", "T_R": "T - dT/2"}
POINT: dict[str, Any] = {
    "B0": "3",
    "J": "1.1",
    "Delta": "0.4",
    "epsilon": "0.3",
    "T_L": "2.5",
    "T_R": "1.7",
    "T": "2",
    "kappa": "0.2",
}
SIGNS = {"B0": 3, "J": 1.1, "Delta": 0.4}

CASES: dict[str, tuple[symqb.Battery, str, dict[str, Any], int, dict[str, Any] | None]] = {
    "hot, stored energy": (EQUAL, "stored_energy", {"T": "oo"}, 3, None),
    "hot, populations": (
        TWO.at(epsilon=0, T_L="T", T_R="2*T"),
        "populations",
        {"T": "oo"},
        2,
        None,
    ),
    "one hot bath": (WEAK, "populations", {"T_L": "oo"}, 1, None),
    "weak epsilon": (TWO, "stored_energy", {"epsilon": 0}, 2, None),
    "weak epsilon, heat": (TWO, "heat_current_L", {"epsilon": 0}, 1, None),
    "strong epsilon": (TWO, "populations", {"epsilon": "oo"}, 2, None),
    "negative strong epsilon": (TWO, "stored_energy", {"epsilon": "-oo"}, 2, None),
    "conductance": (WEAK.at(**BIASED), "heat_current_L", {"dT": 0}, 2, None),
    "dissipation of a bias": (WEAK.at(**BIASED), "entropy_production", {"dT": 0}, 2, None),
    "charge near equilibrium": (WEAK.at(**BIASED), "charge", {"dT": 0}, 1, {"B0": 3, "J": 1}),
    "a crossing": (WEAK, "stored_energy", {"B0": "J"}, 2, None),
    "small Delta": (TWO.at(epsilon=0), "populations", {"Delta": 0}, 1, None),
    "small J": (EQUAL, "stored_energy", {"J": 0}, 2, None),
    "weak field": (WEAK, "stored_energy", {"B0": 0}, 1, None),
}


def errors(found: Series, battery: symqb.Battery, output: str, name: str, order: int) -> list[Any]:
    """Errors of the truncated series at three distances, each ten times smaller."""
    form = battery.formula(output)
    kept = []
    for k in (2, 3, 4):
        step = sp.Rational(1, 10**k)
        point = {n: sp.Rational(v) for n, v in POINT.items() if n in form.symbols}
        if found.point.is_infinite:
            point[name] = (1 if found.point == sp.oo else -1) / step
        else:
            base = found.point.subs({s: POINT[s.name] for s in found.point.free_symbols})
            point[name] = sp.Rational(base) + step
        exact = form.evaluate(60, **point)
        used = {n: point[n] for n in found.truncated.symbols}
        near = found.evaluate(60, **used)
        pairs = zip(exact, near, strict=True) if found.labels else [(exact, near)]
        kept.append(max(abs(a - b) for a, b in pairs))
    return kept


@pytest.mark.parametrize("which", CASES)
def test_every_series_is_right_to_its_order(which: str) -> None:
    battery, output, toward, order, where = CASES[which]
    found = battery.series(output, order=order, where=where, **toward)
    (name,) = toward
    first, second, third = errors(found, battery, output, name, order)
    with mpmath.workdps(60):
        tenfold = mpmath.mpf(10) ** (order + 1)
        assert second * tenfold <= first * 2
        assert third * tenfold <= second * mpmath.mpf("1.3")
        assert first > 0


def test_a_wrong_coefficient_is_seen() -> None:
    battery, output, toward, order, _ = CASES["hot, stored energy"]
    found = battery.series(output, order=order, **toward)
    (terms,) = found.terms
    moved = Series(found.output, found.parameter, found.point, order, ({**terms, 2: terms[2] * 2},))
    first, second, _ = errors(moved, battery, output, "T", order)
    assert second * mpmath.mpf(10) ** (order + 1) > first * 2


def test_a_cold_bath_says_which_signs_it_takes() -> None:
    battery = TWO.at(epsilon=0)
    found = battery.series("populations", T_R=0, order=0, where=SIGNS)
    assert len(found.conditions) == 4
    cold = battery.at(T_R=0).formula()
    point = {n: POINT[n] for n in ("B0", "J", "Delta", "T_L")}
    for near, exact in zip(found.evaluate(40, **point), cold.evaluate(40, **point), strict=True):
        assert abs(near - exact) < 1e-38
    with pytest.raises(ParameterError, match=r"the sign of .* decides.*values of B0, Delta, J"):
        battery.series("populations", T_R=0)
    with pytest.raises(ParameterError, match=r"values of J, as in series"):
        battery.series("populations", T_R=0, where={"B0": 3, "Delta": 0.5})


def test_closed_results_of_the_textbook() -> None:
    B0, J, Delta = sp.symbols("B0 J Delta", real=True)
    hot = EQUAL.series("stored_energy", T="oo", order=1)
    assert sp.expand(hot.coefficient(0) - (B0 - Delta / 2)) == 0
    assert sp.expand(hot.coefficient(1) + (2 * B0**2 + Delta**2 + 2 * J**2) / 4) == 0
    strong = TWO.series("populations", epsilon="oo", order=0)
    levels = {v.label: v.energy for v in TWO.eigensystem()}
    beta = 1 / sp.Symbol("T_L", positive=True)
    plain = {sp.Symbol(s.name): s for s in (B0, J, Delta)}
    weights = {k: sp.exp(-beta * energy.xreplace(plain)) for k, energy in levels.items()}
    point = {B0: 2, J: 1, Delta: sp.Rational(1, 3), 1 / beta: 3}
    for label, weight in weights.items():
        share = weight / sum(weights.values())
        assert abs((strong.coefficient(0, label) - share).subs(point).evalf(30)) < 1e-25
    current = WEAK.at(**BIASED).series("heat_current_L", dT=0, order=1)
    assert current.leading()[0] == 1
    known = current.truncated.symbols
    T, kappa = known["T"], known["kappa"]
    # the conductance of two modes, by an elementary calculation
    wanted = sum(kappa * w**3 / (8 * T**2 * sp.sinh(w / T)) for w in (B0 - J, B0 + J))
    values = {B0: 3, J: 1, T: 2, kappa: sp.Rational(1, 5)}
    assert abs((current.coefficient(1) - wanted).subs(values).evalf(30)) < 1e-25


def test_its_sum_is_a_closed_form_that_shows_itself() -> None:
    found = EQUAL.series("stored_energy", T="oo", order=1).truncated
    assert found.form == "series"
    assert r"\frac{" in str(found._repr_latex_())


def test_powers_and_levels_are_looked_up() -> None:
    found = EQUAL.series("populations", T="oo", order=1)
    assert found.coefficient(0, 1) == sp.Rational(1, 4)
    assert found.coefficient(-1, 1) == 0
    assert "rho_1 = (1/4)*(1/T)**0 + " in repr(found)
    assert "O((1/T)**2)" in repr(found)
    with pytest.raises(ParameterError, match="beyond the order 1; ask for more"):
        found.coefficient(2, 1)
    with pytest.raises(ParameterError, match="is no level of this series; levels: 1, 2, 3, 4"):
        found.coefficient(0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: TWO.series("populations"), ParameterError, "and was given 0"),
        (lambda: TWO.series("charge", J=0, B0=0), ParameterError, "and was given 2"),
        (lambda: TWO.series("populations", x=0), ParameterError, "series: 'x' is no parameter"),
        (lambda: TWO.series("energies", T_L=0), ParameterError, "does not depend on T_L"),
        (lambda: TWO.series("populations", T_L="oo", order=-1), ParameterError, "order=-1"),
        (lambda: TWO.series("populations", J="J"), ParameterError, "J is no other parameter"),
        (lambda: TWO.series("ergotropy", J=0), NoClosedFormError, "order of the populations"),
        (
            lambda: TWO.series("charge", epsilon=0, where={"x": 1}),
            ParameterError,
            "where: 'x' is no parameter",
        ),
    ],
)
def test_what_has_no_series_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_factoring_stays_quick_for_long_sums() -> None:
    symbols = sp.symbols("a:g")
    powers = [tuple((k >> i) & 1 for i in range(7)) for k in range(1, 60)]
    terms = dict.fromkeys(powers, 1)
    expr = nested(terms, symbols)
    assert sp.expand(expr).equals(
        sum(sp.Mul(*(s for s, p in zip(symbols, one, strict=True) if p)) for one in powers)
    )
