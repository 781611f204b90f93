"""Every model of the gallery against the whole Lindblad equation, which shares no code."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import scipy.linalg

from symqb import OpenSystem
from tests.gallery.pages import GALLERY, MODELS, page
from tests.repo.test_documents import PAGES
from tests.systems.cases import (
    TOLERANCE,
    Case,
    agree,
    compare,
    compare_digits,
    drawn,
    judged_baths,
    numbers,
    value,
)
from tests.systems.open_judge import judge
from tests.systems.test_states_in_time import judged_generator, random_state

QUICK, FEW, MANY = 2, 5, 50
HEAT = (0.4, 3.0)
Ranges = dict[str, tuple[float, float]]
THREE: Ranges = {"T_c": HEAT, "T_h": HEAT, "T_w": (1.0, 8.0)}
SPINS: Ranges = {
    **{f"B_{name}": (0.1, 2.0) for name in "LMR"},
    "D": (0.3, 2.0),
    **{f"T_{name}": HEAT for name in "LMR"},
}
SITES: Ranges = {f"T{site}": HEAT for site in (1, 2, 3)}

CLOSED: dict[str, Ranges] = {
    "three-level-maser": {"w_c": (0.5, 1.5), "w_h": (2.0, 4.0), **THREE},
    "absorption-refrigerator": {"w_c": (0.5, 1.5), "w_w": (1.6, 2.5), "g": (0.05, 0.6), **THREE},
    "thermal-transistor": SPINS,
    "transistor-third-bond": {**SPINS, "J": (0.1, 2.0)},
    "thermal-diode": {"w_L": (0.5, 2), "w_R": (0.1, 2), "J": (0.1, 3), "T_L": HEAT, "T_R": HEAT},
    "spin-boson-rectifier": {
        "w": (0.3, 3.0),
        "T_L": HEAT,
        "T_R": HEAT,
        "k_L": (0.1, 3.0),
        "k_R": (0.1, 3.0),
    },
    "coupled-otto": {"B": (0.5, 3.0), "s": (0.1, 3.0), "T": HEAT},
    "two-qubits-entangled": {"w": (0.5, 2.0), "g": (0.1, 3.0), "T_L": HEAT, "T_R": HEAT},
    "quantum-dot-engine": {
        "e": (-1.0, 3.0),
        "mu_h": (-1.0, 1.0),
        "mu_c": (-1.0, 1.0),
        "T_h": HEAT,
        "T_c": HEAT,
    },
    "trimer-with-dm": {"B": (0.2, 2.0), "J": (0.4, 1.5), "D": (0.1, 1.0), **SITES},
    "qubit-qutrit": {"w_c": (0.5, 1.5), "w_w": (1.6, 2.5), "g": (0.05, 0.6), **THREE},
    "jaynes-cummings": {
        "w_q": (0.8, 1.2),
        "w_o": (1.3, 1.9),
        "g": (0.1, 0.5),
        "T_q": HEAT,
        "T_o": HEAT,
    },
    "xx-chain": {"B0": (0.3, 3.0), "J": (0.2, 1.5), "T_L": HEAT, "T_R": HEAT},
}
COINCIDING: dict[str, Ranges] = {
    "ring": {"B": (0.5, 2.0), "J": (-1.0, 1.0), **SITES},
    "star": {"B": (0.5, 2.0), "g": (0.2, 1.5), **SITES, "T4": HEAT},
}
JUMPS: dict[str, Ranges] = {
    "local-refrigerator": {"w_c": (0.5, 1.5), "w_w": (1.6, 2.5), "g": (0.05, 0.6), **THREE},
    "local-valve": {"w_1": (0.5, 2), "w_2": (0.5, 2), "g": (0.1, 1.0), "T_1": HEAT, "T_2": HEAT},
    "dephasing-assisted-transport": {"step": (0.0, 3.0), "g": (0.3, 1.5), "gamma": (0.1, 5.0)},
}
COHERENT = ("ring", *JUMPS)
"""Closed with the coherences that populations meet."""
SEVERAL = "common-bath-dark-state"


def of_the_page(name: str) -> OpenSystem:
    system = page(name)["system"]
    assert isinstance(system, OpenSystem)
    return system


def same_state(system: OpenSystem, given: dict[str, float]) -> None:
    """Hold the density matrix over the bare states against the judge's."""
    point = {"kappa": 1.0} | given
    model = system.system
    jumps = [(numbers(jump.operator, point), value(jump.rate, point)) for jump in model.jumps]
    truth = judge(numbers(model.H, point), judged_baths(model, point), jumps=jumps)
    found = system.evaluate(outputs=["density"], **given).density
    assert np.abs(found - truth.density).max() < TOLERANCE


def check(name: str, seeds: range) -> None:
    """Hold a page's system against the judge at drawn points."""
    system = of_the_page(name)
    ranges = CLOSED.get(name) or COINCIDING.get(name) or JUMPS[name]
    number = page(name)["reg"].number(1) if name == "quantum-dot-engine" else None
    case = Case(system.system, ranges, number)
    for seed in seeds:
        point = drawn(case, seed)
        if name in CLOSED:
            compare(case, system, point)
        else:
            given = {key: x for key, x in point.items() if key in system.parameters}
            agree(system, given, jumps=name in JUMPS)
            same_state(system, given)


@pytest.mark.parametrize("name", [*CLOSED, *COINCIDING, *JUMPS])
def test_a_model_is_that_of_the_whole_lindblad_equation(name: str) -> None:
    assert of_the_page(name).closed == (name in CLOSED or name in COHERENT)
    check(name, range(QUICK))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CLOSED, *COINCIDING, *JUMPS])
def test_a_model_is_that_of_the_whole_lindblad_equation_at_fifty_points(name: str) -> None:
    check(name, range(QUICK, QUICK + MANY))


@pytest.mark.slow
@pytest.mark.parametrize("name", CLOSED)
def test_fifty_digits_of_a_closed_form_are_those_of_the_whole_lindblad_equation(name: str) -> None:
    system = of_the_page(name)
    case = Case(system.system, CLOSED[name])
    for seed in range(100, 100 + FEW):
        compare_digits(case, system, drawn(case, seed))


def limits(seeds: range) -> None:
    """Hold the limits that a common bath leads to against the exponential of its generator."""
    system = of_the_page(SEVERAL)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        point = {"w": rng.uniform(0.5, 2.0), "T": rng.uniform(0.3, 2.0), "kappa": 1.0}
        generator = judged_generator(system.system, point)
        kernel = np.linalg.svd(generator, compute_uv=False) < 1e-10
        assert len(system.steady_states(**point)) == int(kernel.sum()) == 2
        state = random_state(rng, 4, 4)
        # coherences between sectors turn at the frequency w: begin without them
        sectors = np.diag([1, 1, 1, 1]) + np.array(
            [[0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
        )
        state = state * sectors
        end = system.evolve([np.inf], initial=state, basis="bare", **point).bare_density[0]
        truth = scipy.linalg.expm(generator * 200.0) @ state.reshape(-1)
        assert np.abs(end.reshape(-1) - truth).max() < 1e-10


def test_limits_under_a_common_bath_are_those_of_the_whole_generator() -> None:
    limits(range(QUICK))


@pytest.mark.slow
def test_limits_under_a_common_bath_are_those_of_the_whole_generator_from_fifty_states() -> None:
    limits(range(QUICK, QUICK + MANY))


def test_every_page_is_judged_run_and_in_the_index() -> None:
    assert len(MODELS) >= 14
    assert {*CLOSED, *COINCIDING, *JUMPS, SEVERAL} == set(MODELS)
    assert {path.stem for path in PAGES if path.parent == GALLERY} == set(MODELS)
    index = (GALLERY / "index.md").read_text()
    listed, _, tree = index.partition("```{toctree}")
    assert set(re.findall(r"\]\(([\w-]+)\.md\)", listed)) == set(MODELS)
    assert set(re.findall(r"^([\w-]+)$", tree, re.M)) == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_a_page_names_its_paper_its_picture_and_its_check(name: str) -> None:
    text = (GALLERY / f"{name}.md").read_text()
    assert re.search(r"\*\*\d+\*\*,\s.*?\(\d{4}\)", text, re.S), "journal, volume and year"
    for wanted in ("## Model", "## Formulas", "## Picture", "- Published: ", "- Checked in "):
        assert wanted in text, wanted
    assert len(re.findall(r"\.set\(\s*xlabel=", text)) >= 1


def test_a_wrong_model_is_seen() -> None:
    """The comparison fails for another system than the judge is given."""
    system: Any = of_the_page("three-level-maser")
    case = Case(system.at(kappa="2*kappa").system, CLOSED["three-level-maser"])
    with pytest.raises(AssertionError):
        compare(case, system, drawn(case, 0))
