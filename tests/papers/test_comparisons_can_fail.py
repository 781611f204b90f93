"""Every comparison looks at every item: one item wrong by 1 %, printed or derived, is flagged.

What is printed is spoiled in one place, part by part, term by term, bath by bath; then what is
derived is spoiled under the comparison's feet, so that no derived item is left uncompared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pytest
import sympy as sp

from symqb.audit import operators
from symqb.papers.pra109_042619 import (
    EQUATIONS,
    compare_dissipators,
    compare_model,
    compare_rates,
    compare_steady,
    meaning,
)
from symqb.papers.pra109_042619 import notation as p
from symqb.papers.pra109_042619.notation import sandwich

BY_ID = {equation.id: equation for equation in EQUATIONS if not equation.id.startswith("A")}
PERCENT = sp.Rational(101, 100)
MOST = 3
"""Terms of a long sum that are tried; of those that take a second each, the whole alone."""
LONG = {"24", "25"}


@pytest.fixture(autouse=True)
def no_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The values shown at a point take longer than the comparison that decides."""
    monkeypatch.setattr(compare_rates, "_example", lambda *args: "")


def right(id_: str) -> tuple[Any, ...]:
    return BY_ID[id_].repaired or BY_ID[id_].parts


def flagged(id_: str, parts: tuple[Any, ...]) -> bool:
    return not BY_ID[id_].check(parts).agrees


def versions(parts: tuple[Any, ...], k: int, changed: Any) -> tuple[Any, ...]:
    return (*parts[:k], changed, *parts[k + 1 :])


def by_a_percent(part: Any, most: int = MOST) -> Iterator[Any]:
    """Each entry, term or whole, larger by 1 %."""
    if isinstance(part, sp.MatrixBase):
        for r, c in ((r, c) for r in range(part.rows) for c in range(part.cols)):
            copy = part.as_mutable()
            copy[r, c] = copy[r, c] * PERCENT if copy[r, c] != 0 else sp.Rational(1, 100)
            yield sp.ImmutableMatrix(copy)
    elif isinstance(part, p.over_modes | sandwich):
        inside = 1 if isinstance(part, p.over_modes) else 0
        for changed in by_a_percent(part.args[inside], most):
            yield part.func(*part.args[:inside], changed, *part.args[inside + 1 :])
    else:
        whole = sp.expand(part)
        terms = sp.Add.make_args(whole)
        yield whole * PERCENT
        for term in terms[:: -(-len(terms) // most)] if most else ():
            yield whole + term / 100


@pytest.mark.parametrize("id_", list(BY_ID))
def test_every_printed_term_is_compared_to_a_percent(id_: str) -> None:
    parts, tried = right(id_), 0
    assert BY_ID[id_].check(parts).agrees
    for k, part in enumerate(parts):
        for changed in by_a_percent(part, 0 if id_ in LONG else MOST):
            tried += 1
            version = versions(parts, k, changed)
            assert flagged(id_, version), BY_ID[id_].latex(version)
    assert tried >= len(parts)


@pytest.mark.parametrize("bath", [p.L, p.R])
@pytest.mark.parametrize("id_", ["11", "26", *(f"C{k}" for k in range(1, 9))])
def test_a_rate_that_is_right_for_one_bath_only_is_flagged(id_: str, bath: sp.Symbol) -> None:
    """The printed sum runs over both: one rate that names a bath is wrong for the other."""
    (whole,) = right(id_)
    rates = sorted(whole.atoms(p.gamma), key=str)
    for rate in rates[:: 1 + len(rates) // 3]:
        named = rate.subs(p.nu, bath)
        assert flagged(id_, (sp.expand(whole).xreplace({rate: named}),)), rate


@pytest.mark.parametrize(("part", "wrong"), [(2, p.L), (2, p.R), (3, p.L), (3, p.R)])
def test_each_baths_share_of_the_sums_of_eq_14_is_compared(part: int, wrong: sp.Symbol) -> None:
    parts = right("14")
    (share,) = (rate for rate in parts[part].atoms(p.gamma) if rate.args[2] == wrong)
    assert flagged("14", versions(parts, part, parts[part] + share / 100))
    other = p.R if wrong == p.L else p.L
    assert flagged(
        "14", versions(parts, part, parts[part].xreplace({share: share.subs(wrong, other)}))
    )


# what is derived, spoiled


class Spoiled:
    """An object with some attributes of another value."""

    def __init__(self, of: Any, **changed: Any) -> None:
        self._of = of
        self.__dict__.update(changed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)


def larger(values: Mapping[Any, Any], key: Any) -> Mapping[Any, Any]:
    return MappingProxyType({**values, key: values[key] * PERCENT})


RATES_2 = list(meaning.rates(2))
RATES_3 = list(meaning.rates(3))


@pytest.mark.parametrize("key", RATES_2)
def test_every_derived_rate_of_two_spins_is_compared(
    key: tuple[str, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = larger(meaning.rates(2), key)
    monkeypatch.setattr(compare_rates, "rates", lambda spins: found)
    assert flagged("11", right("11"))


@pytest.mark.parametrize("key", RATES_3[::7])
def test_every_derived_rate_of_three_spins_is_compared(
    key: tuple[str, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the sum over jumps, as a gain of one level and as a loss of another."""
    found = larger(meaning.rates(3), key)
    monkeypatch.setattr(compare_rates, "rates", lambda spins: found)
    _, source, target = key
    lines = {f"C{label}" for label in (source, target)}
    for id_ in ("26", *lines):
        assert flagged(id_, right(id_)), id_


def test_a_derived_jump_that_is_not_printed_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {**meaning.rates(2), ("L", 3, 4): p.kappa}
    monkeypatch.setattr(compare_rates, "rates", lambda spins: more)
    monkeypatch.setattr(compare_rates, "pairs", lambda spins: (*meaning.pairs(2), (4, 3)))
    assert flagged("11", right("11"))


def spoiled_transitions(spins: int, dissipation: str, at: int, kind: str, bath: str) -> Any:
    of = meaning.battery(spins, dissipation)
    found = list(of.transitions())
    changed = larger(getattr(found[at], kind), bath)
    found[at] = Spoiled(found[at], **{kind: changed})
    return lambda *_: Spoiled(of, transitions=lambda: found)


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize(
    ("id_", "dissipation", "kind", "bath"),
    [
        ("12a", "collective", "emission", "L"),
        ("12a", "collective", "emission", "R"),
        ("12b", "collective", "absorption", "L"),
        ("12b", "collective", "absorption", "R"),
        ("18", "individual", "emission", "L"),
        ("18", "individual", "absorption", "L"),
    ],
)
def test_every_transition_of_two_spins_is_compared_in_every_rule(
    at: int, id_: str, dissipation: str, kind: str, bath: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = spoiled_transitions(2, dissipation, at, kind, bath)
    monkeypatch.setattr(compare_rates, "battery", spoiled)
    assert flagged(id_, right(id_))


@pytest.mark.parametrize("kind", ["emission", "absorption"])
@pytest.mark.parametrize("at", range(0, 14, 3))
def test_every_transition_of_three_spins_is_compared(
    at: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = spoiled_transitions(3, "collective", at, kind, "R")
    monkeypatch.setattr(compare_rates, "battery", spoiled)
    assert flagged("27", right("27"))


@pytest.mark.parametrize("kind", ["emission", "absorption"])
@pytest.mark.parametrize("id_", [f"B{k}" for k in range(1, 13)])
def test_both_rates_of_each_line_of_appendix_b_are_compared(
    id_: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (rate, *_) = right(id_)[0].atoms(p.omega)
    pair = tuple(map(int, rate.args))
    at = [(t.upper, t.lower) for t in meaning.battery(3).transitions()].index(pair)
    spoiled = spoiled_transitions(3, "collective", at, kind, "L")
    monkeypatch.setattr(compare_rates, "battery", spoiled)
    assert flagged(id_, right(id_))


@pytest.mark.parametrize("label", [1, 2, 3, 4])
def test_each_derived_population_is_compared(label: int, monkeypatch: pytest.MonkeyPatch) -> None:
    true = compare_steady.tree_populations

    def changed(*args: Any) -> list[Any]:
        found = list(true(*args))
        found[label - 1] *= PERCENT
        return found

    monkeypatch.setattr(compare_steady, "tree_populations", changed)
    assert flagged(f"13{'abcd'[label - 1]}", right(f"13{'abcd'[label - 1]}"))


@pytest.mark.parametrize("name", ["eta_1", "eta_2"])
def test_each_abbreviation_of_eq_14_is_compared(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    true = compare_steady.eta_form
    monkeypatch.setattr(compare_steady, "eta_form", lambda *args: larger(true(*args), name))
    assert flagged("14", right("14"))


@pytest.mark.parametrize("upper", [2, 3, 4])
def test_eq_14_is_compared_at_every_transition(upper: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pair has a check of its own: spoil what is printed for transitions of one level only."""
    parts = right("14")
    wrong = sp.Piecewise((PERCENT, sp.Eq(p.i, upper)), (1, True))
    for k in (2, 3):
        version = versions(parts, k, parts[k] * wrong)
        assert flagged("14", version) is (upper in {u for u, _ in meaning.pairs(2)}), upper


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize(
    ("id_", "name"), [("15", "stored_energy"), ("16", "ergotropy"), ("19", "exergy")]
)
def test_derived_energetics_are_compared_at_every_point(
    index: int, id_: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = compare_steady._evaluated

    def changed(at: int) -> dict[str, Any]:
        found = true(at)
        return {**found, name: found[name] + sp.Rational(1, 10**40)} if at == index else found

    monkeypatch.setattr(compare_steady, "_evaluated", changed)
    assert flagged(id_, right(id_))


@pytest.mark.parametrize("spins", [2, 3])
def test_every_entry_of_the_hamiltonian_is_compared(
    spins: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = meaning.battery(spins)
    for place in range(4**spins):
        wrong = sp.Matrix(of.hamiltonian)
        wrong[place] = wrong[place] * PERCENT if wrong[place] != 0 else p.J
        monkeypatch.setattr(compare_model, "battery", lambda _, H=wrong: Spoiled(of, hamiltonian=H))
        for id_ in ("1", "3") if spins == 2 else ("20",):
            assert flagged(id_, right(id_)), (id_, place)


LEVELS = {f"2{x}": (2, k) for k, x in enumerate("abcd", start=1)}
LEVELS |= {f"21{x}": (3, k) for k, x in enumerate("abcdefgh", start=1)}


@pytest.mark.parametrize("id_", list(LEVELS))
def test_energy_and_state_of_every_level_are_compared(
    id_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spins, label = LEVELS[id_]
    of = meaning.battery(spins)
    level = of.eigensystem()[label]
    other = of.eigensystem()[label % 2**spins + 1]
    for wrong in (
        Spoiled(level, energy=level.energy * PERCENT),
        Spoiled(level, state=other.state),
        Spoiled(level, state=level.state * PERCENT),
    ):
        levels = {label: wrong}
        fake = Spoiled(of, eigensystem=lambda levels=levels: levels)
        monkeypatch.setattr(compare_model, "battery", lambda _, fake=fake: fake)
        assert flagged(id_, right(id_))


@pytest.mark.parametrize("spins", [2, 3])
@pytest.mark.parametrize("bath", [0, 1])
def test_sites_and_weights_of_each_bath_are_compared(
    bath: int, spins: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = meaning.battery(spins)
    for sites in (((1, 1),), ((2, 1),), ((spins, sp.Rational(101, 100)),)):
        baths = list(of.model.baths)
        if tuple(baths[bath].sites) == sites:
            continue
        baths[bath] = Spoiled(baths[bath], sites=sites)
        fake = Spoiled(of, model=Spoiled(of.model, baths=baths))
        monkeypatch.setattr(compare_model, "battery", lambda _, fake=fake: fake)
        id_ = "5" if spins == 2 else "22"
        assert flagged(id_, right(id_)), sites


@pytest.mark.parametrize("bath", ["L", "R"])
@pytest.mark.parametrize("id_", ["7", "10a", "24"])
def test_each_baths_derived_occupation_is_compared(
    id_: str, bath: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bose numbers enter what is printed and what is derived: only the derived ones are spoiled."""
    if id_ == "7":
        true = compare_dissipators.derived
        monkeypatch.setattr(
            compare_dissipators,
            "derived",
            lambda *args: true(*args) * operators.mp.mpf("1.01") if bath in args else true(*args),
        )
    else:
        true_lindblad = compare_dissipators._lindblad

        def spoiled(here: Any, V: Any, frequency: Any, of: str) -> Any:
            value = true_lindblad(here, V, frequency, of)
            return value * operators.mp.mpf("1.01") if of == bath else value

        monkeypatch.setattr(compare_dissipators, "_lindblad", spoiled)
    assert flagged(id_, right(id_))


@pytest.mark.parametrize("id_", ["10b", "25"])
def test_each_of_the_three_derived_terms_of_the_cross_dissipator_counts(
    id_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = compare_dissipators._lindblad
    for number in range(3):
        calls = iter(range(10**6))

        def spoiled(*args: Any, number: int = number, calls: Iterator[int] = calls) -> Any:
            value = true(*args)
            return value * operators.mp.mpf("1.01") if next(calls) % 3 == number else value

        monkeypatch.setattr(compare_dissipators, "_lindblad", spoiled)
        assert flagged(id_, right(id_)), number


@pytest.mark.parametrize("id_", ["8a", "8b", "10c"])
def test_every_derived_jump_operator_is_compared(id_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = compare_dissipators.point(2)
    name, key = ("site_jumps", 1) if id_ == "10c" else ("jumps", "L" if id_ == "8a" else "R")
    true = getattr(here, name)(key)
    assert len(true) == 4
    for number in range(len(true)):
        found = list(true)
        found[number] = (found[number][0], found[number][1] * operators.mp.mpf("1.01"))
        every = {key: found}

        def jumps(of: Any, every: dict[Any, Any] = every) -> Any:
            return every.get(of) or getattr(here, name)(of)

        fake = Spoiled(here, **{name: jumps})
        monkeypatch.setattr(compare_dissipators, "point", lambda _, fake=fake: fake)
        assert flagged(id_, right(id_)), number


@pytest.mark.parametrize("epsilon", ["0", "1", "1/2"])
@pytest.mark.parametrize("id_", ["9", "23"])
def test_the_sum_of_dissipators_is_compared_at_every_epsilon(
    id_: str, epsilon: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = compare_dissipators.derived
    monkeypatch.setattr(
        compare_dissipators,
        "derived",
        lambda spins, at: true(spins, at) * (operators.mp.mpf("1.01") if at == epsilon else 1),
    )
    assert flagged(id_, right(id_))


def test_the_generator_is_compared_with_both_baths_and_the_commutator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    true = compare_dissipators.derived
    for wrong in (true(2, "1/2", "L"), true(2, "1/2", "R")):
        monkeypatch.setattr(
            compare_dissipators,
            "derived",
            lambda *args, wrong=wrong: true(*args) + wrong / 100 if len(args) == 1 else true(*args),
        )
        assert flagged("6", right("6"))
