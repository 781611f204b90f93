"""Every form of an output is the program's, exactly."""

from __future__ import annotations

import random
from fractions import Fraction
from math import isqrt
from typing import Any

import pytest
import sympy as sp

import symqb
from symqb.models import DegenerateLevelsError, NoClosedFormError, ParameterError
from symqb.program import Program, run
from symqb.show.forms.build import PREFERRED
from symqb.show.forms.closed_form import ClosedForm
from symqb.show.forms.populations import FORMS


class Temperature:
    """The real temperature at which ``exp(1/T)`` is a rational number."""

    def __init__(self, base: Fraction) -> None:
        self.base = base


class Exact:
    """Fractions, exact also through Bose numbers: frequencies are integers."""

    def __getattr__(self, name: str) -> Any:
        operations = {
            "add": lambda a, b: a + b,
            "sub": lambda a, b: a - b,
            "mul": lambda a, b: a * b,
            "div": lambda a, b: a / b,
            "neg": lambda a: -a,
            "abs": abs,
            "min": min,
            "max": max,
            "select": lambda a, b, x, y: x if a <= b else y,
            "rootsum": lambda a, b, r: a + r,
            "constant": lambda c: c,
        }
        return operations[name]

    def sqrt(self, a: Fraction) -> Fraction:
        root = Fraction(isqrt(a.numerator), isqrt(a.denominator))
        assert root * root == a
        return root

    def bose(self, a: Fraction, T: Temperature) -> Fraction:
        assert a.denominator == 1
        assert a > 0
        return a / (T.base ** int(a) - 1)


Point = dict[str, Fraction | Temperature]


def by_program(battery: symqb.Battery, point: Point) -> list[Fraction]:
    whole = battery.derivation.pruned(("populations",))
    program = Program(whole.inputs, whole.steps, whole.outputs).prune(["populations"])
    return list(run(program, Exact(), point)["populations"])


def by_form(form: ClosedForm, point: Point) -> list[Fraction]:
    """The values, every definition in turn, in rationals alone."""
    bases = {s: v.base for n, s in form.symbols.items() if isinstance(v := point[n], Temperature)}
    known = {
        s: sp.Rational(v.numerator, v.denominator)
        for n, s in form.symbols.items()
        if isinstance(v := point[n], Fraction)
    }

    def power(exponent: sp.Expr) -> sp.Expr:
        (T,) = exponent.free_symbols & set(bases)
        return sp.Rational(str(bases[T] ** int((exponent * T).xreplace(known))))

    def value(expr: sp.Expr) -> sp.Expr:
        found = expr.replace(sp.exp, power).xreplace(known)
        assert found.is_Rational, (expr, found)
        return found

    for symbol, expr in form.definitions:
        known[symbol] = value(expr)
    return [Fraction(int(v.p), int(v.q)) for v in map(value, form.values)]


def points(names: tuple[str, ...], energies: list[tuple[int, int, int]], seed: int) -> list[Point]:
    """Integer fields and couplings that leave no frequency zero; all else rational."""
    draw = random.Random(seed)
    found = []
    for B0, J, Delta in energies:
        point: Point = {n: Fraction(v) for n, v in (("B0", B0), ("J", J), ("Delta", Delta))}
        for name in names:
            if name.startswith("T"):
                point[name] = Temperature(1 + Fraction(draw.randint(1, 20), draw.randint(1, 20)))
            else:
                point.setdefault(name, Fraction(draw.randint(1, 30), draw.randint(1, 30)))
        found.append(point)
    return found


TWO = [(5, 1, 2), (1, 5, 2), (-7, 2, -3), (3, 1, 7), (2, -6, 1)]
THREE = [(11, 2, 2), (3, 2, 2), (5, 6, 14)]  # Delta^2 + 8 J^2 is a square
WEAK = [(2, 1, 0), (1, 3, 0), (-5, 2, 0)]
SYSTEMS = {
    "two": (symqb.xxz_battery(2), TWO, ("trees", "eta", "exponential", "nested")),
    "apart": (
        symqb.xxz_battery(2, "individual").at(epsilon=0),
        TWO,
        ("trees", "eta", "exponential", "nested"),
    ),
    "resonant": (
        symqb.xxz_battery(2).at(epsilon=0, Delta=0),
        WEAK,
        ("product", "trees", "eta", "exponential", "nested"),
    ),
    "cold": (
        symqb.xxz_battery(2).at(T_R=0),
        TWO,
        ("trees", "eta", "exponential", "nested"),
    ),
    "three": (symqb.xxz_battery(3), THREE, ("nested",)),
    "equal": (
        symqb.xxz_battery(2).at(T_L="T", T_R="T"),
        TWO,
        ("gibbs", "trees", "eta", "exponential", "nested"),
    ),
}


@pytest.mark.parametrize("which", SYSTEMS)
def test_every_form_of_the_populations_is_the_programs_exactly(which: str) -> None:
    battery, energies, forms = SYSTEMS[which]
    there = {}
    for name in FORMS:
        try:
            there[name] = battery.formula(form=name)
        except NoClosedFormError:
            continue
    assert set(there) == set(forms)
    for point in points(battery.parameters, energies, seed=len(which)):
        wanted = by_program(battery, point)
        assert sum(wanted) == 1
        for form in there.values():
            assert by_form(form, point) == wanted, (which, form.form)


def test_a_form_that_is_off_is_seen() -> None:
    battery, energies, _ = SYSTEMS["resonant"]
    form = battery.formula(form="trees")
    (symbol, expr), *rest = form.definitions
    moved = ClosedForm(form.output, "trees", ((symbol, expr + 1), *rest), form.values, form.labels)
    (point, *_) = points(battery.parameters, energies, seed=1)
    assert by_form(form, point) == by_program(battery, point)
    assert by_form(moved, point) != by_program(battery, point)


def test_the_xx_chain_of_three_spins_has_a_factor_a_mode() -> None:
    form = symqb.xxz_battery(3).at(epsilon=0, Delta=0).formula()
    assert form.form == "product"
    assert {sp.factor_list(sp.fraction(value)[1])[0] for value in form} == {1}
    assert {len(sp.Mul.make_args(sp.fraction(value)[1])) for value in form} == {3}
    battery = symqb.xxz_battery(3).at(epsilon=0, Delta=0)
    point: dict[str, Any] = {"B0": 3, "J": "0.7", "T_L": 2, "T_R": "0.5"}
    exact = battery.evaluate(digits=40, outputs=("populations",), kappa=1, **point).populations
    for found, wanted in zip(form.evaluate(40, **point), exact, strict=True):
        assert abs(found - wanted) < 1e-38


def test_operations_are_pinned() -> None:
    """Beside expressions with nothing named; the Bose numbers are counted in, 32 of them."""
    two = symqb.xxz_battery(2)
    nothing_named = [int(sp.count_ops(p)) for p in two.steady_state().populations]
    assert nothing_named == [923, 1168, 1262, 1258]
    bose = [expr for symbol, expr in two.formula().definitions if symbol.name.startswith("n_")]
    assert sum(int(sp.count_ops(expr)) for expr in bose) == 32
    counts = {
        "two": two.formula().operations,
        "eta": two.formula(form="eta").operations,
        "exponential": two.formula(form="exponential").operations,
        "nested": two.formula(form="nested").operations,
        "epsilon = 0": two.at(epsilon=0).formula().operations,
        "resonant": two.at(epsilon=0, Delta=0).formula().operations,
        "three, resonant": symqb.xxz_battery(3).at(epsilon=0, Delta=0).formula().operations,
    }
    assert counts == {
        "two": 107,
        "eta": 116,
        "exponential": 135,
        "nested": 102,
        "epsilon = 0": 91,
        "resonant": 48,
        "three, resonant": 117,
    }


def test_the_resonant_pair_is_the_product_of_two_modes() -> None:
    form = symqb.xxz_battery(2).at(epsilon=0, Delta=0).formula()
    A, a, B, b = (
        sp.Symbol(f"Gamma_{jump}", positive=True) for jump in ("3_1", "1_3", "4_1", "1_4")
    )
    norm = (A + a) * (B + b)
    assert form.form == "product"
    wanted = (A * B, a * b, a * B, A * b)
    assert [sp.cancel(v - w / norm) for v, w in zip(form, wanted, strict=True)] == [0] * 4


@pytest.mark.parametrize("form", [*FORMS, None])
@pytest.mark.parametrize(
    "output",
    ["stored_energy", "charge", "heat_current_L", "heat_current_R", "entropy_production"],
)
def test_other_outputs_are_the_programs_to_forty_digits(output: str, form: str | None) -> None:
    battery = symqb.xxz_battery(2)
    point: dict[str, Any] = {
        "B0": "2.5",
        "J": "1.1",
        "Delta": "0.3",
        "epsilon": "0.7",
        "T_L": "3.5",
        "T_R": "0.9",
        "kappa": "0.2",
    }
    if form == "product":
        fixed = {"Delta": 0, "epsilon": 0}
        battery = battery.at(**fixed)
        point = {name: value for name, value in point.items() if name not in fixed}
    elif form == "gibbs":
        battery = battery.at(T_R="T_L")
        point.pop("T_R")
    written = battery.formula(output, form)
    found = written.evaluate(40, **{name: point[name] for name in written.symbols})
    wanted = battery.evaluate(digits=40, outputs=(output,), **point)[output]
    assert abs(found - wanted) <= 1e-38 * (1 + abs(wanted))


def test_energies_and_capacity_need_no_steady_state() -> None:
    battery = symqb.xxz_battery(3)
    assert str(battery.formula("energies")[5]) == "-B0/2 - Delta/2 - alpha/2"
    form = battery.formula("capacity")
    point: dict[str, Any] = {"B0": 2, "J": 1, "Delta": "0.5"}
    assert form.form == "levels"
    assert form.evaluate(20, **point) == 6


def test_symbols_carry_their_assumptions() -> None:
    form = symqb.xxz_battery(2).formula("heat_current_L")
    assert {name: (s.is_positive, s.is_real) for name, s in form.symbols.items()} == {
        **dict.fromkeys(("B0", "J", "Delta", "epsilon"), (None, True)),
        **dict.fromkeys(("T_L", "T_R", "kappa"), (True, True)),
    }
    h = sp.Symbol("h", negative=True)
    assert symqb.xxz_battery(2).at(B0=h).formula("energies").symbols["h"] is h


def test_written_out_it_is_the_steady_state() -> None:
    battery = symqb.xxz_battery(2).at(epsilon=0, Delta=0)
    values = {"B0": 3, "J": 1, "T_L": 2, "T_R": 1}
    written, known_well = battery.formula().to_sympy(), battery.steady_state().populations
    for expr, other in zip(written, known_well, strict=True):
        known = {s: values[s.name] for s in expr.free_symbols}
        plain = {s: values.get(s.name, 1) for s in other.free_symbols}
        assert abs(expr.subs(known).evalf(30) - other.subs(plain).evalf(30)) < 1e-25


def test_a_parameter_named_like_a_part_keeps_its_name() -> None:
    form = symqb.xxz_battery(2).at(B0="omega_3_1", J="W").formula()
    names = [symbol.name for symbol, _ in form.definitions]
    assert {"omega_3_1", "W"} <= set(form.symbols)
    assert {"omega_3_1_", "W_"} <= set(names)
    assert len(set(names) | set(form.symbols)) == len(names) + len(form.symbols)


def test_a_frequency_and_its_negative_have_one_name() -> None:
    """What is emission at one is absorption at the other."""
    battery = symqb.xxz_battery(2).at(B0="J")
    form = battery.formula(form="exponential")
    assert dict(battery.formula("capacity").definitions) != {}
    names = [s.name for s, _ in form.definitions]
    assert [n for n in names if n.startswith("x_L")] == ["x_L_3_1", "x_L_4_1", "x_L_2_3"]
    (point,) = points(battery.parameters, [(2, 2, 5)], seed=3)
    assert by_form(form, point) == by_program(battery, point)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda b: b.formula(form="short"),
            ParameterError,
            "form='short' is unknown; choose gibbs",
        ),
        (lambda b: b.formula("heat"), ParameterError, "output='heat' is unknown; choose popul"),
        (lambda b: b.formula("ergotropy"), NoClosedFormError, "depends on the order"),
        (lambda b: b.formula(form="product"), NoClosedFormError, "are no product"),
        (lambda b: b.formula(form="gibbs"), NoClosedFormError, "no Gibbs state"),
        (lambda b: b.at(J=0).formula(), DegenerateLevelsError, "levels 4 and 3 coincide whatever"),
        (lambda b: b.at(T_R=0).formula("entropy_production"), NoClosedFormError, "T = 0"),
        (lambda b: b.formula()[7], ParameterError, "no entry 7; its levels are 1, 2, 3, 4"),
        (lambda b: b.formula("charge")[1], ParameterError, "it is one value"),
        (lambda b: b.formula().evaluate(B0=1), ParameterError, "missing 'Delta'"),
        (lambda b: b.formula("energies").evaluate(B0=1, J=1, Delta=1, x=1), ParameterError, "unkn"),
        (lambda b: b.formula("energies").evaluate(B0=1, J=1, Delta="x"), ParameterError, "single"),
    ],
)
def test_what_has_no_form_is_refused_with_those_there_are(
    call: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(symqb.xxz_battery(2))


def test_long_sums_are_refused_and_elimination_offered() -> None:
    with pytest.raises(NoClosedFormError, match=r"1280 spanning trees.*use form='nested'"):
        symqb.xxz_battery(3).formula(form="trees")


def test_it_shows_itself() -> None:
    form = symqb.xxz_battery(2).at(epsilon=0, Delta=0).formula()
    lines = repr(form).splitlines()
    assert lines[0] == f"populations in the form 'product', {form.operations} operations:"
    assert lines[1] == "  omega_3_1 = B0 - J"
    assert lines[-4].startswith("  rho_1 = Gamma_3_1*Gamma_4_1/(")
    assert set(PREFERRED) <= set(FORMS)
