"""What a prompt shows of every record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import symqb
from symqb.models.displays import Displayed
from symqb.show.plain_text import text_table


def shown(battery: symqb.Battery) -> Iterator[object]:
    levels, transitions = battery.eigensystem(), battery.transitions()
    yield from (battery, battery.derivation, levels, transitions, battery.steady_state())
    yield from (*levels, *transitions)
    yield [level.amplitudes for level in levels]
    yield [t.exact_weights for t in transitions]
    yield battery.formula("energies")


@pytest.mark.parametrize("spins", [2, 3])
def test_no_object_shows_its_address(spins: int) -> None:
    for record in shown(symqb.xxz_battery(spins)):
        assert " object at 0x" not in repr(record)


@pytest.mark.parametrize("width", [60, 100])
def test_no_line_is_longer_than_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    battery = symqb.xxz_battery(3)
    records = (battery.eigensystem(), battery.steady_state(), battery.eigensystem()[7])
    for record in (*records, *battery.transitions()):
        assert max(map(len, repr(record).splitlines())) <= width, record


def test_levels_are_a_table_with_named_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    lines = repr(symqb.xxz_battery(3).eigensystem()).splitlines()
    assert lines[0].split() == ["level", "magnetization", "energy", "state"]
    assert lines[1].split("  ")[-1] == "(-|1,0,0> + |0,0,1>)/sqrt(2)"
    assert lines[-1] == "where alpha = sqrt(Delta**2 + 8*J**2)"
    assert "sqrt" not in lines[5].split("(2 |1")[0]


def test_one_level_and_one_transition_are_a_line() -> None:
    battery = symqb.xxz_battery(2)
    assert repr(battery.eigensystem()[3]) == (
        "level 3: energy -Delta/2 - J, state (-|1,0> + |0,1>)/sqrt(2)"
    )
    assert repr(battery.transitions()[0]) == (
        "3 -> 1: frequency B0 - Delta - J, weight_L (epsilon - 1)**2/2, weight_R 1/2"
    )


def test_a_steady_state_shows_its_sums_or_their_number() -> None:
    assert "W_1 = Gamma_2_3*Gamma_3_1*Gamma_4_1 + " in repr(symqb.xxz_battery(2).steady_state())
    assert "1280 spanning trees a root, 157 operations" in repr(symqb.xxz_battery(3).steady_state())


def test_exact_numbers_show_what_they_are() -> None:
    weight = symqb.xxz_battery(2).transitions()[0].exact_weights["R"]
    assert repr(weight) == "Surd(1/2)"


def test_what_has_no_text_shows_itself_as_before() -> None:
    class Plain(Displayed, tuple[int, ...]):
        __slots__ = ()

    assert repr(Plain((1, 2))) == "(1, 2)"


def test_the_last_column_of_a_table_is_broken() -> None:
    table = text_table(["a", "b"], [["1", "one two three four five six seven"]], 30)
    assert table.splitlines() == ["a  b", "1  one two three four five six", "   seven"]
    narrow = text_table(["a", "b"], [["1", "one two three"], ["2", "four"]], 16)
    assert narrow == "a: 1\nb: one two three\n\na: 2\nb: four"
