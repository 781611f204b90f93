"""A paper given as data is audited: a toy of five items, each decided, none taken on trust."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from types import ModuleType

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb.audit import (
    AuditError,
    Claim,
    Decision,
    Domain,
    Equation,
    Finding,
    Meaning,
    Notation,
    Paper,
    Step,
    Unchecked,
    audit_page,
    count_statuses,
    draw_figures,
    erratum,
    head,
)
from symqb.audit.arguments import every, fails, follows, identity
from symqb.audit.equations import Check
from symqb.audit.inequalities import chain, holds, search

x, y = sp.symbols("x y", positive=True)
w = head("w", r"\omega_{{{0}}}")


def square(parts: tuple[sp.Basic, ...]) -> Finding:
    """(x + 1)^2, expanded."""
    good = sp.expand(parts[0] - (x + 1) ** 2) == 0
    return Finding(good, "x^2 + 2 x + 1", "exact", "" if good else "x=1")


WRONG = Equation(
    "1",
    (x**2 + x + 1,),
    "(x+1)^2 = @1",
    square,
    fault="misprint",
    repaired=(x**2 + 2 * x + 1,),
    repair="2 x for x",
    consequence="none",
)
TOY = Paper(
    title="A toy",
    reference="Journal of Toys 1",
    items=(
        WRONG,
        Equation("2", (x * (x + 2) + 1,), "(x+1)^2 = @1", square),
        Step("arg-1", "confirmed", "w_1 + w_1 = 2 w_1", identity(w(1) + w(1), 2 * w(1))),
        Claim("claim-1", "x is small", "everywhere", Unchecked("small is not defined")),
        Claim("claim-2", "1 < 0", "numbers", lambda: Decision("wrong", "1 > 0", "exact", "1")),
    ),
    notation=Notation({x: "X"}),
    certificates={"2": ("T2_step",)},
)


def test_each_item_of_a_toy_paper_is_decided() -> None:
    rows = symqb.audit_paper(TOY)
    assert [(row.id, row.status) for row in rows] == [
        ("1", "misprint"),
        ("2", "confirmed"),
        ("arg-1", "confirmed"),
        ("claim-1", "uncheckable"),
        ("claim-2", "wrong"),
    ]
    assert count_statuses(rows)["confirmed"] == 2
    assert rows[0].printed == "(x+1)^2 = X^{2} + X + 1"
    assert rows[0].repair == "2 x for x\n(x+1)^2 = X^{2} + 2 X + 1"
    assert rows[1].evidence == "exact; certificates: T2_step proved"
    assert [row.id for row in symqb.audit_paper(TOY, ["2", "1"])] == ["2", "1"]


def test_a_module_with_a_paper_is_audited_and_another_refused() -> None:
    module = ModuleType("toy")
    with pytest.raises(symqb.ParameterError, match="whose PAPER is one"):
        symqb.audit_paper(module)
    module.PAPER = TOY  # type: ignore[attr-defined]
    assert [row.id for row in symqb.audit_paper(module, "1")] == ["1"]


def test_an_unknown_row_is_refused_with_the_ids_of_this_paper() -> None:
    with pytest.raises(symqb.ParameterError, match=r"'12a'; give .* such as '1'"):
        symqb.audit_paper(TOY, ["12a"])


def test_a_repair_that_does_not_repair_is_refused() -> None:
    with pytest.raises(AuditError, match="the repair fails its own check"):
        replace(WRONG, repaired=(x**2 + 3 * x + 1,)).row()


def test_two_items_of_one_id_and_stray_certificates_are_refused() -> None:
    with pytest.raises(symqb.ParameterError, match="two items are called '1'"):
        replace(TOY, items=(WRONG, WRONG))
    with pytest.raises(symqb.ParameterError, match="named for '3', which is no item"):
        replace(TOY, certificates={"3": ("T1",)})


def test_erratum_and_page_carry_the_papers_own_words() -> None:
    text = erratum(replace(TOY, headings={"claim": "Prose"}))
    assert r"\section*{Corrections to ``A toy'', Journal of Toys 1}" in text
    assert r"\item[\textbf{(1)}]" in text
    assert r"\section*{Prose}" in text
    assert "(2)" not in text
    page = audit_page(replace(TOY, ids="Ids are numbers.\n", remarks="A toy.\n"))
    assert "Ids are numbers." in page
    assert "### 1 — misprint" in page


def test_a_figure_that_a_paper_does_not_have_is_refused(tmp_path: object) -> None:
    with pytest.raises(symqb.ParameterError, match="figure '9' is not redrawn"):
        draw_figures(TOY.figures, ["9"], str(tmp_path))


def test_importing_the_engine_loads_no_paper() -> None:
    """The papers import the engine, not the reverse."""
    import subprocess

    code = "import sys, symqb.audit; print([m for m in sys.modules if 'symqb.papers' in m])"
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "[]\n"


DOMAIN = Domain(
    "positive",
    lambda: {"a": np.linspace(0.1, 9, 99), "b": np.linspace(5, 0.1, 99)},
    lambda expr: expr,
    slack={sp.Symbol("a"): x, sp.Symbol("b"): x + y},
    slack_means="b = a + y",
)
a, b = sp.symbols("a b")


def test_a_linear_inequality_is_decided_exactly_with_a_point_where_it_fails() -> None:
    assert chain(DOMAIN)((b, a)).agrees
    found = chain(DOMAIN)((b, 2 * a))
    assert not found.agrees
    assert found.counterexample
    values = dict(part.split("=") for part in found.counterexample.split(", "))
    assert sp.Rational(values["b"]) <= 2 * sp.Rational(values["a"])
    assert not chain(DOMAIN)((a, a)).agrees


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (a, a + 5),
        (a, a + sp.Rational(1, 10)),
        (a, sp.Integer(5)),
        (b, a + sp.Rational(1, 99)),
        (a, b),
    ],
)
@pytest.mark.parametrize("decide", [chain, holds])
def test_the_constant_of_a_linear_form_counts(
    decide: Callable[[Domain], Check], left: sp.Expr, right: sp.Expr
) -> None:
    found = decide(DOMAIN)((left, right))
    assert not found.agrees
    assert found.evidence.startswith("exact")
    values = dict(part.split("=") for part in found.counterexample.split(", "))
    assert (left - right).subs(values) <= 0
    assert sp.Rational(values["b"]) > sp.Rational(values["a"]) > 0
    assert decide(DOMAIN)((b + 1, a)).agrees


def test_a_form_that_is_not_linear_is_searched_and_refused_in_a_chain() -> None:
    found = holds(DOMAIN)((a, a**2))
    assert not found.agrees
    assert found.evidence.startswith("numerical")
    for left in (a**2, sp.sqrt(a), a * b, sp.Symbol("c")):
        with pytest.raises(AuditError, match="no linear form of the slack symbols"):
            chain(DOMAIN)((b, left))


def test_an_inequality_that_fails_somewhere_is_given_an_exact_counterexample() -> None:
    domain = replace(DOMAIN, slack=None)
    assert holds(domain)((a**2 + b**2, a * b)).agrees
    found = holds(domain)((a * a, b))
    assert not found.agrees
    assert "50 digits" in found.evidence
    assert found.counterexample.startswith("a=")


def test_a_counterexample_lies_in_the_domain() -> None:
    domain = replace(DOMAIN, slack=None, conditions=(a - 100 > 0,))
    found = holds(domain)((a * a, b))
    assert not found.agrees
    assert found.counterexample == ""
    assert "50 digits" not in found.evidence


def test_points_without_a_value_are_counted_and_minus_infinity_is_the_least() -> None:
    domain = replace(DOMAIN, slack=None)
    assert "undefined" not in holds(domain)((a + b, a)).evidence
    half = holds(domain)((sp.sqrt(b - a) + 9, sp.sqrt(b - a)))
    lost = int((domain.sample["b"] < domain.sample["a"]).sum())
    assert half.agrees
    assert f"99 points of the domain (positive), {lost} of them undefined" in half.evidence
    found = search(sp.Piecewise((1, a > 2), (-sp.oo, True)), sp.Integer(1), domain)
    assert found.margin == -np.inf
    assert found.counterexample
    with pytest.raises(AuditError, match="finite value at none of the 99 points"):
        holds(domain)((sp.sqrt(-a), b))


def test_steps_join_and_report_how() -> None:
    good = follows(square, x**2 + 2 * x + 1, prefix="Eq. (2): ")
    assert good() == (True, "Eq. (2): exact")
    assert every(good, good)() == (True, "Eq. (2): exact")
    assert every(good, fails("no"), fails("nor this"))() == (False, "no")
    with pytest.raises(AuditError, match="status confirmed"):
        Step("s", "confirmed", "x", fails("no")).row()


def test_a_status_is_refused_with_the_reason_of_the_printed_reading() -> None:
    step = Step("s", "confirmed", "x", fails("printed"), lambda: (True, "intended"))
    with pytest.raises(AuditError, match=r"against finding False \(printed\)"):
        step.row()
    row = replace(step, status="gap").row()
    assert row.evidence == (
        "as printed: does not follow (printed); intended reading: follows (intended)"
    )


def test_no_name_of_the_engine_means_two_things() -> None:
    meanings: dict[str, dict[int, str]] = {}
    for found in pkgutil.iter_modules(symqb.audit.__path__):
        module = importlib.import_module(f"symqb.audit.{found.name}")
        for name, value in vars(module).items():
            if name[0].isupper() and not name.isupper():
                meanings.setdefault(name, {}).setdefault(id(value), found.name)
    assert {name: list(at.values()) for name, at in meanings.items() if len(at) > 1} == {}


p, q, r = sp.symbols("p q r")


@pytest.mark.parametrize("names", list(permutations((p, q, r))))
def test_abbreviations_of_abbreviations_are_written_out_whatever_their_names(
    names: tuple[sp.Symbol, ...],
) -> None:
    first, second, third = names
    short = {first: second + 1, second: 2 * third, third: a}
    meaning = Meaning(None, abbreviations=short)
    for write in (meaning.resolve, meaning.in_parameters):
        assert sp.expand(write(p * q * r)) == 4 * a**3 + 2 * a**2
    rooted = Meaning(None, abbreviations=short, roots={a: sp.sqrt(b)})
    assert rooted.in_parameters(first) == 2 * sp.sqrt(b) + 1
    assert rooted.resolve(first) == 2 * a + 1


def test_abbreviations_in_a_circle_are_refused() -> None:
    meaning = Meaning(None, abbreviations={p: q + 1, q: p * a, r: a})
    for write in (meaning.resolve, meaning.in_parameters):
        with pytest.raises(AuditError, match="p, q lead into a circle of abbreviations"):
            write(p)
