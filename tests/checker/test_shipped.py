"""Every shipped certificate, before both checkers and under mutation."""

from __future__ import annotations

import copy
import json
import os
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symqb.certify import check

PROOFS = Path(__file__).parents[2] / "proofs"
SHIPPED = sorted(
    path for path in PROOFS.glob("T*/*.json") if '"symqb-certificate-1"' in path.read_text()[:60]
)
SMALL = [path for path in SHIPPED if path.stat().st_size < 25_000]
MUTANTS = 12_000
HEAD = """\
# Mutants that both checkers accept, each for the unchanged statement: test_ten_thousand_mutants,
# SYMQB_WRITE_MUTANTS=FILE pytest tests/checker/test_shipped.py --runslow -k ten_thousand
# CERTIFICATE: KIND at PLACE (a text: 'before' to 'after'); CLASS: what differs
#   same   every fact and every image is the same polynomial with the same relation
#   order  the same facts and images in another order
#   fewer  some that nothing used are left out
#   other  the one named is another: mostly a weaker fact that suffices, or another good point
# The test compares all facts to find the class, and fails at an "other" that is not listed."""


@cache
def read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_both_checkers_accept_a_shipped_certificate(path: Path, second_check: Any) -> None:
    verdict = check(path)
    assert verdict.verdict in ("proved", "refuted")
    assert second_check(read(path)) == verdict.verdict


def trial(path: Path, draw: Any, mutation: ModuleType, second_check: Any) -> tuple[Any, ...]:
    """One mutant: refused, or accepted for the very same statement; the checkers agree on it."""
    certificate = read(path)
    site = draw(st.sampled_from(sites_of(path, mutation)))
    pool = pool_of(path, mutation)
    mutant = mutation.mutate(certificate, site, draw(st.integers(0, 10_000)), pool)
    if mutant is None:
        return "unchanged", site
    verdict = check(mutant)
    if not verdict.reason.startswith("too-much-work"):  # which each checker counts as it likes
        assert second_check(mutant).split(":")[0] == verdict.verdict
    if verdict.verdict == "refused" or mutant["statement"] != certificate["statement"]:
        return "refused", site  # the latter as a proof of another statement, which it is
    return "accepted", site, mutant


@cache
def sites_of(path: Path, mutation: ModuleType) -> list[Any]:
    return mutation.sites(read(path))


@cache
def pool_of(path: Path, mutation: ModuleType) -> list[str]:
    return mutation.names(read(path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_a_mutant_is_refused_or_proves_the_same(
    mutation: ModuleType, second_check: Any, data: Any
) -> None:
    trial(data.draw(st.sampled_from(SMALL)), data.draw, mutation, second_check)


@pytest.mark.slow
def test_ten_thousand_mutants(mutation: ModuleType, explain: ModuleType, second_check: Any) -> None:
    """An accepted mutant proves the same statement: to the letter, say both checkers.

    It shows the same facts, or the same in another order, or fewer; any other is listed in
    accepted_mutants.txt, with the fact in which it differs.
    """
    outcomes: Counter[str] = Counter()
    accepted: dict[str, None] = {}

    @settings(
        max_examples=MUTANTS,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def run(data: Any) -> None:
        path = data.draw(st.sampled_from(SMALL * 4 + SHIPPED))
        outcome, site, *rest = trial(path, data.draw, mutation, second_check)
        outcomes[outcome] += 1
        if rest:
            certificate, (mutant,) = read(path), rest
            how = explain.difference(certificate, mutant)
            outcomes[how.split(":")[0]] += 1
            accepted[f"{path.stem}: {explain.place(certificate, mutant, site)}; {how}"] = None

    run()
    print(dict(outcomes))
    if target := os.environ.get("SYMQB_WRITE_MUTANTS"):
        Path(target).write_text("\n".join([HEAD, f"# {dict(outcomes)}", *sorted(accepted), ""]))
    listed = (Path(__file__).parent / "accepted_mutants.txt").read_text().splitlines()
    assert [line for line in accepted if "; other: " in line and line not in listed] == []
    assert outcomes["refused"] >= 10_000


def test_the_difference_of_a_mutant_is_seen(explain: ModuleType) -> None:
    """The classes by which accepted mutants are told apart, each on a planted change."""
    certificate = read(PROOFS / "T6" / "A14.json")
    assert explain.difference(certificate, certificate).startswith("same")
    same = copy.deepcopy(certificate)
    same["proof"][-1]["claim"] += " + 0"
    assert explain.difference(certificate, same).startswith("same")
    order = copy.deepcopy(certificate)
    steps = order["lemmas"][0]["proof"]
    k = next(k for k in range(len(steps) - 1) if "exp" in steps[k] and "exp" in steps[k + 1])
    steps[k], steps[k + 1] = steps[k + 1], steps[k]
    assert explain.difference(certificate, order).split(":")[0] in ("same", "order")
    more = copy.deepcopy(certificate)
    more["proof"].insert(0, {"fact": "idle", "claim": "2 > 0", "combine": [{"c": "2"}]})
    assert explain.difference(certificate, more) == "other: 2 > 0 besides"
    assert explain.difference(more, certificate).startswith("fewer: does without 1 ")
    point = copy.deepcopy(certificate)
    point["consistent"]["with"]["T"] = "2"
    assert explain.difference(certificate, point) == "other: A14.T = 2 for A14.T = 1"


@pytest.mark.slow
def test_the_checkers_agree_on_every_mutant_of_the_small_certificates(
    mutation: ModuleType, second_check: Any
) -> None:
    """Every place of every certificate of tests/checker/accept, with every change there is."""
    seen: Counter[str] = Counter()
    for path in sorted((Path(__file__).parent / "accept").glob("*.json")):
        certificate, pool = read(path), [*pool_of(path, mutation), "other"]
        for site in sites_of(path, mutation):
            named = site[0] == "key" or site[2] == "word"
            for choice in range(len(pool) if named else 6 if site[2] == "number" else 1):
                mutant = mutation.mutate(certificate, site, choice, pool)
                if mutant is not None:
                    verdict = check(mutant).verdict
                    assert second_check(mutant).split(":")[0] == verdict, (path.stem, site, choice)
                    seen[verdict] += 1
    assert seen["refused"] > 10_000
    assert seen["proved"] > 0
    assert seen["refuted"] > 0
