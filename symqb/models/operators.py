"""Operators as a user gives them: square SymPy matrices, checked entry by entry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from symqb.models.errors import DomainError, ParameterError
from symqb.models.exact import exact_expression
from symqb.models.values import check_value

if TYPE_CHECKING:
    import sympy as sp

LARGEST_OPERATOR = 512

CERTAINLY_IN_RANGE = 2**53
"""Integers up to this one need no check."""

TRIALS, TRIAL_DIGITS = 3, 40


def is_operator(value: object) -> bool:
    """Tell whether a value is a matrix of any kind."""
    return hasattr(value, "shape") and len(getattr(value, "shape", ())) == 2


def check_operator(value: Any, name: str) -> sp.ImmutableMatrix:
    """Check a square matrix, and return it with its numbers exact.

    Symbols stand for real parameters; ``I`` makes entries complex.

    Raises
    ------
    ParameterError, DomainError
        No matrix, not square, larger than 512, or an entry that is no number and no expression.

    Examples
    --------
    >>> import sympy as sp
    >>> check_operator(sp.Matrix([[0, sp.I * sp.Symbol("g") / 2], [0, 0.5]]), "H")
    Matrix([
    [0, I*g/2],
    [0,   1/2]])
    """
    from sympy import ImmutableMatrix

    if not is_operator(value):
        raise ParameterError(
            f"{name}={value!r} is not a matrix; give a SymPy matrix such as Register(2, 2).x(1)"
        )
    rows, columns = value.shape
    if rows != columns or not rows:
        raise ParameterError(
            f"{name} has shape {(rows, columns)} and is not square; give a matrix over all states"
        )
    if rows > LARGEST_OPERATOR:
        raise DomainError(f"{name} has {rows} states; give at most {LARGEST_OPERATOR}")
    if isinstance(value, ImmutableMatrix):
        # zeros need no check, and of many states most entries are
        given = value.todok()
        checked = {(i, j): _check_entry(x, f"{name}[{i}, {j}]") for (i, j), x in given.items()}
        if all(checked[place] is x for place, x in given.items()):
            return value
    entries = [
        [_check_entry(value[i, j], f"{name}[{i}, {j}]") for j in range(rows)] for i in range(rows)
    ]
    return ImmutableMatrix(entries)


def _check_entry(value: Any, name: str) -> sp.Expr:
    """An entry as an exact expression; its real and imaginary parts are values."""
    from sympy import I, Integer, SympifyError, sympify

    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= CERTAINLY_IN_RANGE:
        return Integer(value)
    try:
        entry = sympify(value, strict=True) if not isinstance(value, complex) else sympify(value)
    except (SympifyError, TypeError):
        raise ParameterError(
            f"{name}={value!r} is a {type(value).__name__}; give a number or a SymPy expression"
        ) from None
    if entry.is_Integer and abs(entry) <= CERTAINLY_IN_RANGE:
        return entry
    if not hasattr(entry, "free_symbols") or not hasattr(entry, "is_commutative"):
        raise ParameterError(f"{name}={value!r} is no expression; give a number or an expression")
    entry = exact_expression(entry)
    for part in parts(entry) if entry.has(I) else (entry,):
        check_value(part, name)
    return entry


def conjugate(entry: sp.Expr) -> sp.Expr:
    """Give the complex conjugate of an expression in real parameters."""
    from sympy import I

    return entry.xreplace({I: -I})


def parts(entry: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Split an expression in real parameters into its real and imaginary part.

    Examples
    --------
    >>> import sympy as sp
    >>> J, D, a = sp.symbols("J D a")
    >>> parts(J + sp.I * D), parts(sp.exp(sp.I * a))
    ((J, D), (cos(a), sin(a)))
    """
    from sympy import I, Integer, cos, exp, expand

    if not entry.has(I):
        return entry, Integer(0)
    back = conjugate(entry)
    found = [expand((entry + back) / 2), expand((entry - back) / (2 * I))]
    if found[0].has(I) or found[1].has(I):
        found = [expand(part.replace(exp, lambda x: exp(x).rewrite(cos))) for part in found]
    return found[0], found[1]


def adjoint(operator: sp.ImmutableMatrix) -> sp.ImmutableMatrix:
    """Give the adjoint of an operator in real parameters."""
    return operator.T.applyfunc(conjugate)


def vanishes(expression: sp.Expr) -> bool:
    """Tell whether an expression is zero for all real values of its symbols.

    A rational function is expanded, which decides; of any other that does not expand to zero the
    values at three random points tell, to 40 digits.

    Examples
    --------
    >>> import sympy as sp
    >>> x = sp.Symbol("x")
    >>> vanishes(sp.sqrt(x**2 + 2 * x + 1) ** 2 - (x + 1) ** 2), vanishes(sp.cos(x) ** 2 - 1)
    (True, False)
    >>> n = 1 / (sp.exp(x) - 1)
    >>> vanishes(n - (n + 1) * sp.exp(-x))
    True
    """
    if expression.is_Atom or (expression.is_number and expression.is_zero is not None):
        return bool(expression == 0 or expression.is_zero)
    from sympy import expand

    expanded = expand(expression)
    if expanded == 0:
        return True
    if expanded.is_polynomial(*expanded.free_symbols):
        return False
    return all(_is_zero_at(expression, trial) for trial in range(TRIALS))


def trial_point(symbols: Iterable[sp.Symbol], trial: int) -> dict[sp.Symbol, sp.Rational]:
    """Give rationals for symbols that no simple relation ties, of the signs they assume."""
    from sympy import Rational

    found = {}
    for k, symbol in enumerate(sorted(symbols, key=str)):
        # a multiplicative generator makes numbers that look unrelated, and always the same
        seed = (6364136223846793005 * (k + 1 + 97 * trial) + 1442695040888963407) % 2**64
        value = Rational(10**9 + seed % (2 * 10**9 + 11), 10**9 + 7)
        negative = symbol.is_nonpositive or (not symbol.is_nonnegative and seed >> 40 & 1)
        found[symbol] = -value if negative else value
    return found


def _is_zero_at(expression: sp.Expr, trial: int) -> bool:
    from sympy import Add

    point = trial_point(expression.free_symbols, trial)
    size = sum(abs(term.subs(point).evalf(TRIAL_DIGITS)) for term in Add.make_args(expression))
    value = abs(expression.subs(point).evalf(TRIAL_DIGITS, strict=False))
    # of a sum that cancels to the last digit SymPy knows none, and calls it not comparable
    known = value.is_comparable or value.is_Float
    return bool(value <= size * 10 ** (10 - TRIAL_DIGITS)) if known else False


def components(size: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Give the sets of states that pairs connect, each in order, by their first states.

    Examples
    --------
    >>> components(4, [(0, 2)])
    [[0, 2], [1], [3]]
    """
    part = list(range(size))

    def root(k: int) -> int:
        while part[k] != k:
            part[k] = part[part[k]]
            k = part[k]
        return k

    for a, b in pairs:
        first, second = sorted((root(a), root(b)))
        part[second] = first
    found: dict[int, list[int]] = {}
    for k in range(size):
        found.setdefault(root(k), []).append(k)
    return list(found.values())


def connections(operator: sp.ImmutableMatrix) -> list[tuple[int, int]]:
    """List the places ``(row, column)`` off the diagonal where an operator is not zero."""
    return [place for place in operator.todok() if place[0] != place[1]]


def charges(hamiltonian: sp.ImmutableMatrix, operator: sp.ImmutableMatrix) -> list[int] | None:
    """Count particles in every state, so that ``operator`` takes one out and H none.

    None where no such count exists.

    Examples
    --------
    >>> import sympy as sp
    >>> d = sp.ImmutableMatrix([[0, 0], [1, 0]])
    >>> charges(sp.ImmutableMatrix([[1, 0], [0, 0]]), d), charges(d + d.T, d)
    ([1, 0], None)
    """
    size = hamiltonian.rows
    blocks = components(size, connections(hamiltonian))
    block = {state: k for k, members in enumerate(blocks) for state in members}
    steps: dict[int, list[tuple[int, int]]] = {k: [] for k in range(len(blocks))}
    for to, source in operator.todok():
        steps[block[source]].append((block[to], -1))
        steps[block[to]].append((block[source], 1))
    count: dict[int, int] = {}
    for start in steps:
        if start in count:
            continue
        part, waiting = {start: 0}, [start]
        while waiting:
            k = waiting.pop()
            for other, change in steps[k]:
                if other not in part:
                    part[other] = part[k] + change
                    waiting.append(other)
                elif part[other] != part[k] + change:
                    return None
        least = min(part.values())
        count.update({k: n - least for k, n in part.items()})
    return [count[block[state]] for state in range(size)]
