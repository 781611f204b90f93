"""Exact linear programming over FLINT's matrices: what is found solves, what is not has none."""

from __future__ import annotations

from fractions import Fraction as Q

from flint import fmpq, fmpq_mat
from hypothesis import given
from hypothesis import strategies as st

from symqb.prove.search import Combination, Echelon, combine, nonnegative_solution, nonzero

SMALL = st.integers(-3, 3)


def tables(rows: int, columns: int) -> st.SearchStrategy[fmpq_mat]:
    entries = st.lists(SMALL, min_size=rows * columns, max_size=rows * columns)
    return entries.map(lambda values: fmpq_mat(rows, columns, values))


@given(tables(3, 5), st.lists(st.integers(0, 4), min_size=5, max_size=5))
def test_a_system_with_a_nonnegative_solution_is_solved(A: fmpq_mat, x: list[int]) -> None:
    b = A * fmpq_mat(5, 1, x)
    found = nonnegative_solution(fmpq_mat([[*A.table()[i], b[i, 0]] for i in range(3)]))
    assert found is not None
    assert min(found) >= 0
    assert A * fmpq_mat(5, 1, found) == b


@given(tables(3, 5), st.lists(SMALL, min_size=3, max_size=3))
def test_a_system_with_none_is_not_solved(A: fmpq_mat, y: list[int]) -> None:
    """y A >= 0 and y b < 0 show that there is none (Farkas)."""
    row = fmpq_mat(1, 3, y) * A
    columns = [k for k in range(5) if row[0, k] >= 0]
    if any(y):
        lines = [[*(A[i, k] for k in columns), fmpq(-y[i])] for i in range(3)]
        assert nonnegative_solution(fmpq_mat(lines)) is None


def test_a_rewarded_coordinate_is_positive_if_any_solution_has_it_so() -> None:
    table = fmpq_mat(1, 3, [1, 1, 2])  # x + y = 2
    assert nonnegative_solution(table) == [fmpq(2), fmpq(0)]
    assert nonnegative_solution(table, [1]) == [fmpq(0), fmpq(2)]
    assert nonnegative_solution(fmpq_mat(2, 3, [1, 1, 2, 1, 0, 2]), [1]) == [fmpq(2), fmpq(0)]


@given(tables(4, 5), tables(2, 5))
def test_rows_are_reduced_and_told_by_the_first_that_span_them(
    rows: fmpq_mat, table: fmpq_mat
) -> None:
    remainders, used = Echelon.of(rows).reduce(table)
    assert table == remainders + used * rows
    for i in range(2):
        assert Echelon.of(rows).reduce(remainders)[0] == remainders
        for k in range(4):
            first = fmpq_mat(rows.table()[: k + 1])
            dependent = k > 0 and first.rank() == fmpq_mat(rows.table()[:k]).rank()
            assert used[i, k] == 0 or not dependent


def test_a_combination_names_its_weights_and_multiples() -> None:
    x, y, one = (("x", 1),), (("y", 1),), ()
    target = {x: Q(3), one: Q(-1)}
    found = combine(target, [{x: Q(1)}, {y: Q(1)}], [{y: Q(2), one: Q(1)}, {}])
    # 3 x - 1 = 3 (x) + 2 (y) - 1 (2 y + 1)
    assert found == Combination({0: Q(3), 1: Q(2)}, {0: Q(-1)})
    assert combine({x: Q(-1)}, [{x: Q(1)}], []) is None
    assert combine({}, [], []) == Combination({}, {})
    assert nonzero([fmpq(0), fmpq(2, 3)]) == {1: Q(2, 3)}
