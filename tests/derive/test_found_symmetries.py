"""Symmetries that nobody named: found, right, and used where nothing else gives closed forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from itertools import combinations, permutations, product
from random import Random

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import Bath, OpenSystem, Register, System
from symqb.derive import found_symmetries, system_levels
from symqb.derive.found_symmetries import SignedPermutation, SymmetrySearch
from symqb.derive.system_blocks import derive_blocks, split_blocks
from symqb.derive.system_levels import SystemEigensystem, derive_system_levels
from symqb.numerics.system_outputs import evaluate_system
from tests.systems.cases import Case, agree, drawn, numbers

J, K, D, M, B, h = sp.symbols("J K Delta M B h")
Pairs = Iterable[tuple[int, int]]
Entries = dict[tuple[int, int], sp.Expr]


def bonds(reg: Register, pairs: Pairs, J: sp.Expr, D: sp.Expr, curl: sp.Expr = 0) -> sp.Matrix:
    found = sp.zeros(reg.size)
    for a, b in pairs:
        found += J / 2 * (reg.x(a) * reg.x(b) + reg.y(a) * reg.y(b)) + D / 2 * reg.z(a) * reg.z(b)
        found += curl / 2 * (reg.x(a) * reg.y(b) - reg.y(a) * reg.x(b))
    return found


def spins(count: int, pairs: Pairs, curl: sp.Expr = 0, x: sp.Expr = 0) -> System:
    reg = Register(*[2] * count)
    fields = sum((B * reg.z(k) + x * reg.x(k) for k in range(1, count + 1)), sp.zeros(reg.size))
    return on_x(reg, fields / 2 + bonds(reg, pairs, J, D, curl), 1, 2)


def on_x(reg: Register, H: sp.Matrix, *sites: int) -> System:
    return System(H, [Bath(f"b{k}", f"T{k}", reg.x(k)) for k in sites])


def ring(count: int) -> list[tuple[int, int]]:
    return [(k, k % count + 1) for k in range(1, count + 1)]


def arms(count: int) -> list[tuple[int, int]]:
    return [(1, k) for k in range(2, count + 1)]


def tilted() -> System:
    """A Heisenberg trimer in a field of any direction: a spin 3/2 and two spins 1/2."""
    reg = Register(2, 2, 2)
    fields = sum((B * reg.z(k) + h * reg.x(k) for k in (1, 2, 3)), sp.zeros(8))
    return on_x(reg, fields + bonds(reg, ring(3), J, J), 1)


def odd_ring() -> System:
    """A ring of three under couplings odd and even in the exchange of two sites."""
    reg = Register(2, 2, 2)
    fields = sum((B * reg.z(k) / 2 for k in (1, 2, 3)), sp.zeros(8))
    baths = [Bath("a", "T_a", reg.x(1)), Bath("o", "T_o", reg.x(2) - reg.x(3))]
    return System(fields + bonds(reg, ring(3), J, D), baths)


def unnamed_levels() -> System:
    """Six levels of no register: three equal pairs in a ring, one bond of the other sign."""
    H = sp.zeros(6)
    for a, b in ring(3):
        for i, j in ((a, b), (a + 3, b + 3)):
            H[i - 1, j - 1] = H[j - 1, i - 1] = J
    for k in range(3):
        H[k, k + 3] = H[k + 3, k] = K
    H[0, 1] = H[1, 0] = H[3, 4] = H[4, 3] = -J
    return System(H, [Bath("b", "T", sp.diag(0, 1, 2, 3, 4, 5))])


def chiral_ring() -> System:
    return spins(4, ring(4), curl=M)


LEVELS: dict[str, Callable[[], System]] = {
    "ring of three": lambda: spins(3, ring(3)),
    "ring of four": lambda: spins(4, ring(4)),
    "ring of four with DM": chiral_ring,
    "star of four": lambda: spins(4, arms(4)),
    "star of five": lambda: spins(5, arms(5)),
    "complete graph of four": lambda: spins(4, combinations(range(1, 5), 2)),
    "trimer in a tilted field": tilted,
    "levels of no register": unnamed_levels,
}


@cache
def solved(name: str) -> tuple[System, SystemEigensystem]:
    system = LEVELS[name]()
    return system, derive_system_levels(system)


@pytest.mark.parametrize("name", LEVELS)
def test_levels_are_closed_without_a_symmetry_named(name: str) -> None:
    system, levels = solved(name)
    with pytest.raises(symqb.NoClosedFormError):
        system_levels._solve_all(derive_blocks(system))
    symbols = sorted(system.H.free_symbols, key=str)
    rng = np.random.default_rng(5)
    point = dict(zip(map(str, symbols), rng.uniform(0.3, 2.0, len(symbols)), strict=True))
    H = numbers(system.H, point)
    values = {sp.Symbol(k): v for k, v in point.items()}
    energies = [complex(level.energy.subs(values)).real for level in levels]
    states = np.array([[complex(x.subs(values)) for x in levels.state(v.label)] for v in levels]).T
    assert np.sort(energies) == pytest.approx(np.linalg.eigvalsh(H), abs=1e-11)
    assert np.abs(H @ states - states * energies).max() < 1e-11
    assert np.abs(states.conj().T @ states - np.eye(system.size)).max() < 1e-11


@cache
def opened(make: Callable[[], System]) -> OpenSystem:
    return OpenSystem(make())


@pytest.mark.parametrize("make", [odd_ring, chiral_ring])
def test_steady_states_in_found_sectors_are_those_of_the_whole_lindblad_equation(
    make: Callable[[], System],
) -> None:
    """Levels coincide, and no bath mixes those of two sectors: populations alone are closed."""
    system = opened(make)
    assert system.closed, system.derivation.refusal
    for seed in range(5 if system.system.size < 16 else 1):
        draw = dict.fromkeys(system.parameters, (0.3, 2.0))
        point = drawn(Case(system.system, draw), seed)
        agree(system, point)


def test_numbers_have_the_levels_of_the_closed_form_in_its_order() -> None:
    """Those of one energy too, between which there are no coherences."""
    system = opened(odd_ring)
    point = {"B": 1.3, "J": 0.7, "Delta": 0.4, "T_a": 1.0, "T_o": 2.0, "kappa": 1.0}
    found = evaluate_system(system.system, ("energies", "populations"), point, 20)
    expected = system.evaluate(**point)
    for name in ("energies", "populations"):
        assert np.array(found[name], dtype=float) == pytest.approx(expected[name], rel=1e-11)


def test_what_closes_by_itself_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(system: System) -> None:
        raise AssertionError("searched without need")

    monkeypatch.setattr(system_levels, "split_blocks", never)
    equal = spins(2, [(1, 2)])
    assert len(derive_system_levels(equal)) == 4


def test_bonds_that_differ_have_no_symmetry() -> None:
    reg = Register(2, 2, 2)
    H = bonds(reg, [(1, 2)], J, D) + bonds(reg, [(2, 3)], K, D) + bonds(reg, [(1, 3)], M, D)
    uneven = on_x(reg, H + sum((B * reg.z(k) for k in (1, 2, 3)), sp.zeros(8)), 1)
    assert [len(b.basis) for b in split_blocks(uneven)] == [1, 3, 3, 1]
    with pytest.raises(symqb.NoClosedFormError, match="roots of degree 3"):
        derive_system_levels(uneven)


def entries(count: int, pairs: Pairs, value: sp.Expr = J) -> Entries:
    return {(a - 1, b - 1): value for pair in pairs for a, b in (pair, pair[::-1])}


def group(search: SymmetrySearch) -> set[SignedPermutation]:
    generators = list(search)
    known, new = set(generators), set(generators)
    while new:
        new = {a.after(b) for a in new for b in generators} - known
        known |= new
    return known


@pytest.mark.parametrize(
    ("count", "pairs", "order"),
    [(4, ring(4), 8), (5, ring(5), 10), (4, arms(4), 6), (4, combinations(range(1, 5), 2), 24)],
)
def test_generators_make_the_whole_group_of_a_graph(count: int, pairs: Pairs, order: int) -> None:
    found = group(SymmetrySearch(count, [entries(count, list(pairs))]))
    assert len({g.image for g in found}) == order


@pytest.mark.parametrize("negative", [1, 2])
def test_signs_go_around_a_ring_and_do_what_the_matrix_says(negative: int) -> None:
    matrix = entries(4, ring(4)) | entries(4, ring(4)[:negative], -J)
    found = group(SymmetrySearch(4, [matrix]))
    assert len({g.image for g in found}) == 8
    for turn in found:
        for (i, j), value in matrix.items():
            sign = turn.signs[i] * turn.signs[j]
            assert matrix[turn.image[i], turn.image[j]] == sign * value


def signed_permutations(size: int, matrix: Entries) -> set[tuple[int, ...]]:
    """All permutations that commute with a matrix for some signs, by trying every one."""
    found = set()
    places = [(i, j) for i in range(size) for j in range(size)]
    for image in permutations(range(size)):
        for signs in product((1, -1), repeat=size):
            if all(
                matrix.get((image[i], image[j]), 0) == signs[i] * signs[j] * matrix.get((i, j), 0)
                for i, j in places
            ):
                found.add(image)
                break
    return found


def test_of_random_matrices_all_symmetries_are_found_and_no_other() -> None:
    draw, sizes = Random(3), set[int]()
    for trial in range(40):
        size = 4 if trial % 4 else 5
        matrix: Entries = {}
        for i, j in combinations(range(size), 2):
            value = draw.choice([0, J, J, -J, sp.I * J] if trial % 2 else [0, J, -J])
            if value != 0:
                matrix |= {(i, j): value, (j, i): sp.conjugate(value).subs(sp.conjugate(J), J)}
        expected = signed_permutations(size, matrix)
        found = {turn.image for turn in group(SymmetrySearch(size, [matrix]))}
        assert found | {tuple(range(size))} == expected
        sizes.add(len(expected))
    # not all of them are without a symmetry, nor all alike
    assert len(sizes) > 3


def test_a_coupling_may_turn_its_sign_and_no_other() -> None:
    ends = entries(4, [(1, 2), (2, 3), (3, 4)])
    odd = {(0, 0): sp.S(1), (3, 3): sp.S(-1)}
    assert [g.image for g in SymmetrySearch(4, [ends], [odd])] == [(3, 2, 1, 0)]
    assert not list(SymmetrySearch(4, [ends, odd]))
    uneven = {(0, 0): sp.S(1), (3, 3): sp.S(-2)}
    assert not list(SymmetrySearch(4, [ends], [uneven]))


def test_a_search_ends_when_it_has_looked_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_symmetries, "MOST_STEPS", 20)
    system = spins(4, ring(4))
    assert [len(b.basis) for b in split_blocks(system)] == [1, 4, 6, 4, 1]


def test_of_levels_that_coincide_a_basis_that_the_couplings_keep_is_chosen() -> None:
    """A ring's two levels of one energy: even and odd under the exchange that the bath keeps."""
    reg = Register(2, 2, 2)
    states = reg.states()
    H = bonds(reg, ring(3), J, D) + sum((B * reg.z(k) for k in (1, 2, 3)), sp.zeros(8))
    for kept, (a, b) in ((1, (2, 3)), (2, (1, 3)), (3, (1, 2))):
        system = System(H, [Bath("b", "T", reg.x(kept) * (reg.z(a) - reg.z(b)))])
        one = {states.index(tuple(int(k == site) for k in (1, 2, 3))) for site in (a, b)}
        odd = [c for block in split_blocks(system) for c in block.basis if set(c) == one]
        assert sorted(sum(c.values()) for c in odd) == [0, 2]
