"""Operation counts of the programs are pinned; run this file as a script to write them anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import symqb

GOLDEN = Path(__file__).with_name("operation_counts.json")
CASES = [(spins, d) for spins in (2, 3) for d in ("collective", "individual")]


def counts(spins: int, dissipation: str) -> dict[str, Any]:
    """Steps by operation, from rates to populations and from parameters to populations."""
    state = symqb.xxz_battery(spins, dissipation).steady_state()
    return {
        "elimination": state.elimination.operation_counts(),
        "populations": state.program.operation_counts(),
        "trees_a_root": symqb.derive.count_trees(state.labels, state.edges),
    }


def measured() -> dict[str, Any]:
    return {f"{spins} spins, {d}": counts(spins, d) for spins, d in CASES}


@pytest.mark.parametrize(("spins", "dissipation"), CASES)
def test_operation_counts_are_the_pinned_ones(spins: int, dissipation: str) -> None:
    pinned = json.loads(GOLDEN.read_text())
    assert set(pinned) == set(measured())
    assert counts(spins, dissipation) == pinned[f"{spins} spins, {dissipation}"]


def test_counts_differ_between_batteries() -> None:
    assert counts(2, "collective") != counts(3, "collective")


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(measured(), indent=2, sort_keys=True) + "\n")
