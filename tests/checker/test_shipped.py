"""Every shipped certificate, before both checkers and under mutation."""

from __future__ import annotations

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


@cache
def read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_both_checkers_accept_a_shipped_certificate(path: Path, second_check: Any) -> None:
    verdict = check(path)
    assert verdict.verdict in ("proved", "refuted")
    assert second_check(read(path)) == verdict.verdict


def trial(path: Path, draw: Any, mutation: ModuleType, second_check: Any) -> tuple[str, Any]:
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
    if check(mutant, certificate["statement"]).verdict == "refused":
        return "refused", site
    assert mutant["statement"] == certificate["statement"]
    return "accepted", site


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
def test_ten_thousand_mutants(mutation: ModuleType, second_check: Any) -> None:
    """Every accepted mutant is listed in accepted_mutants.txt, with what was changed."""
    outcomes: Counter[str] = Counter()
    accepted: dict[str, None] = {}

    @settings(max_examples=MUTANTS, derandomize=True, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.data())
    def run(data: Any) -> None:
        path = data.draw(st.sampled_from(SMALL * 4 + SHIPPED))
        outcome, site = trial(path, data.draw, mutation, second_check)
        outcomes[outcome] += 1
        if outcome == "accepted":
            accepted[f"{path.stem}: {site[0]} at {'/'.join(map(str, site[1:]))}"] = None

    run()
    if target := os.environ.get("SYMQB_WRITE_MUTANTS"):
        lines = [f"# {dict(outcomes)}", *sorted(accepted)]
        Path(target).write_text("\n".join(lines) + "\n")
    print(dict(outcomes))
    assert outcomes["refused"] >= 10_000
