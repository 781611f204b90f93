"""Every printed equation has a row, and every comparison can fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sympy as sp

from symqb.audit import Equation
from symqb.papers.pra109_042619 import EQUATIONS
from symqb.papers.pra109_042619.printed_model import SPIN_OPERATORS

NUMBERED = [
    *("1", "2a", "2b", "2c", "2d", "3", "4", "5", "6", "7", "8a", "8b", "9"),
    *("10a", "10b", "10c", "11", "12a", "12b", "13a", "13b", "13c", "13d"),
    *map(str, range(14, 21)),
    *(f"21{x}" for x in "abcdefgh"),
    *map(str, range(22, 28)),
    *(f"A{k}" for k in range(1, 19)),
    *(f"B{k}" for k in range(1, 13)),
    *(f"C{k}" for k in range(1, 9)),
]
DIFFERING = {
    "9": "conditional",
    "10c": "misprint",
    "11": "misprint",
    "12a": "misprint",
    "12b": "misprint",
    "18": "wrong",
    "22": "misprint",
    "23": "conditional",
    "26": "incomplete",
    "27": "incomplete",
    "A3": "misprint",
    "A4": "misprint",
    "A13": "misprint",
    "A14": "misprint",
    "A15": "misprint",
    "A17": "misprint",
    "B3": "misprint",
    "B9": "misprint",
    "C3": "incomplete",
    "C5": "incomplete",
    "C7": "incomplete",
}
BY_ID = {equation.id: equation for equation in EQUATIONS}
EQUAL = {("9", "subscript")}
"""A change that changes nothing: by mirror symmetry sites 1 and 2 have the same dissipator."""
INEQUALITIES = [f"A{k}" for k in range(1, 19)]


def exponent_mutants(expr: sp.Basic) -> Iterator[sp.Basic]:
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer:
        yield expr.func(expr.base, expr.exp + 1)
    yield from _inside(expr, exponent_mutants)


def sign_mutants(expr: sp.Basic) -> Iterator[sp.Basic]:
    if isinstance(expr, sp.Add):
        for k, term in enumerate(expr.args):
            yield expr.func(*expr.args[:k], -term, *expr.args[k + 1 :])
    yield from _inside(expr, sign_mutants)


def factor_mutants(expr: sp.Basic) -> Iterator[sp.Basic]:
    if expr.is_Mul:
        yield 3 * expr
    yield from _inside(expr, factor_mutants)


def subscript_mutants(expr: sp.Basic) -> Iterator[sp.Basic]:
    """One index of one head: 3 -> 4, 4 -> 3, 1 -> 2, 2 -> 1 (a bit of a ket is turned)."""
    if isinstance(expr, sp.Function) and not isinstance(expr, sp.exp):
        other = {1: 2, 2: 1, 3: 4, 4: 3, 0: 1, 5: 6, 6: 5, 7: 8, 8: 7}
        for k, argument in enumerate(expr.args):
            if argument.is_Integer:
                index = 1 - argument if type(expr).__name__ == "ket" else other[int(argument)]
                yield expr.func(*expr.args[:k], sp.Integer(index), *expr.args[k + 1 :])
    yield from _inside(expr, subscript_mutants)


def _inside(expr: sp.Basic, mutate: object) -> Iterator[sp.Basic]:
    if isinstance(expr, sp.MatrixBase):
        for r in range(expr.rows):
            for c in range(expr.cols):
                for entry in mutate(expr[r, c]):  # type: ignore[operator]
                    copy = expr.as_mutable()
                    copy[r, c] = entry
                    yield sp.ImmutableMatrix(copy)
        return
    for k, argument in enumerate(expr.args):
        for changed in mutate(argument):  # type: ignore[operator]
            yield expr.func(*expr.args[:k], changed, *expr.args[k + 1 :])


MUTATIONS = {
    "exponent": exponent_mutants,
    "sign": sign_mutants,
    "factor": factor_mutants,
    "subscript": subscript_mutants,
}


def spoiled(equation: Equation, kind: str) -> list[tuple[sp.Basic, ...]]:
    """All versions of the right form with one change of one kind."""
    right = equation.repaired or equation.parts
    versions = []
    for k, part in enumerate(right):
        for changed in MUTATIONS[kind](part):
            version = (*right[:k], changed, *right[k + 1 :])
            if version != right and version not in versions:
                versions.append(version)
    return versions


def is_flagged(equation: Equation, version: tuple[sp.Basic, ...]) -> bool:
    """Flagged, or refused: a transcription that cannot be read is not confirmed either."""
    try:
        return not equation.check(version).agrees
    except (KeyError, ValueError, TypeError, ZeroDivisionError, IndexError):
        return True


def sample(versions: list, count: int) -> list:
    if len(versions) <= count:
        return versions
    return [versions[(2 * k + 1) * len(versions) // (2 * count)] for k in range(count)]


def test_every_numbered_equation_is_typed_in_once() -> None:
    assert [equation.id for equation in EQUATIONS] == NUMBERED


@pytest.mark.parametrize("id_", NUMBERED)
def test_printed_form_is_judged_and_its_repair_accepted(id_: str) -> None:
    equation = BY_ID[id_]
    row = equation.row()
    assert row.status == DIFFERING.get(id_, "confirmed"), row.evidence
    if id_ in DIFFERING:
        # row() itself refuses a repair that fails the check
        assert equation.repaired is not None
        assert row.repair
        assert row.consequence


@pytest.mark.parametrize("id_", [n for n in NUMBERED if n not in INEQUALITIES])
def test_a_spoiled_transcription_is_flagged(id_: str) -> None:
    equation = BY_ID[id_]
    tried = 0
    for kind in MUTATIONS:
        if (id_, kind) in EQUAL:
            continue
        for version in sample(spoiled(equation, kind), 1):
            tried += 1
            assert is_flagged(equation, version), f"{kind}: {equation.latex(version)}"
    assert tried


@pytest.mark.parametrize("id_", INEQUALITIES)
def test_a_reversed_inequality_is_flagged(id_: str) -> None:
    equation = BY_ID[id_]
    right = equation.repaired or equation.parts
    assert equation.check(right).agrees
    assert is_flagged(equation, tuple(reversed(right)))


@pytest.mark.parametrize("id_", INEQUALITIES)
def test_some_spoiled_inequality_is_flagged(id_: str) -> None:
    equation = BY_ID[id_]
    for kind in ("subscript", "sign"):
        versions = sample(spoiled(equation, kind), 6)
        if versions and any(is_flagged(equation, version) for version in versions):
            return
    pytest.fail("no spoiled version of this inequality is flagged")


@pytest.mark.slow
@pytest.mark.parametrize("id_", [n for n in NUMBERED if n not in INEQUALITIES])
def test_many_spoiled_transcriptions_are_flagged(id_: str) -> None:
    equation = BY_ID[id_]
    for kind in MUTATIONS:
        if (id_, kind) in EQUAL:
            continue
        for version in sample(spoiled(equation, kind), 12):
            assert is_flagged(equation, version), f"{kind}: {equation.latex(version)}"


def test_spin_operators_are_pauli_matrices() -> None:
    assert SPIN_OPERATORS.row().status == "misprint"


def test_latex_echo_shows_the_printed_indices() -> None:
    echo = BY_ID["11"].latex()
    assert r"\gamma_{14}^{(\nu,e)}" in echo
    assert r"L_{\tau_{14}}" in echo
    assert r"\frac{1}{e^{" in BY_ID["A3"].latex()
