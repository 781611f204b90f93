"""What is printed: LaTeX, MathML, JSON, names; and that importing stays light."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import symqb
from symqb.emit import FUNCTION_TARGETS, SOURCE_TARGETS, order_margin
from symqb.emit.names import C_KEYWORDS, unique_names
from symqb.emit.plan import Plan
from symqb.program import Program
from symqb.program.core import OPERATIONS
from symqb.show.program_latex import FORMS, equations

BATTERY = symqb.xxz_battery(2)


def test_every_operation_can_be_printed() -> None:
    assert set(FORMS) == set(OPERATIONS)


def test_latex_defines_each_name_before_its_use_and_every_output() -> None:
    found = equations(Plan(BATTERY.program), (1, 2, 3, 4))
    left = [name for name, _ in found]
    assert {"p_{1}", "p_{4}", "E_{2}", r"\mathrm{heat\ current\ L}"} <= set(left)
    for k, (_, right) in enumerate(found):
        assert right.count("{") == right.count("}")
        assert right.count(r"\left") == right.count(r"\right")
        for later in left[k:]:
            assert not later.startswith("x_") or later not in right
    assert BATTERY.source("latex").count(r"\\") == len(found) - 1 + sum(
        right.count(r"\\") for _, right in found
    )


def test_mathml_is_well_formed() -> None:
    pytest.importorskip("latex2mathml")
    from xml.etree import ElementTree

    tree = ElementTree.fromstring(BATTERY.source("mathml", outputs=("populations",)))
    assert len(tree.findall("p")) > 4


def test_json_is_the_program() -> None:
    program = Program.from_json(BATTERY.source("json", outputs=("charge",)))
    assert program == BATTERY.program.prune(["charge"])


@pytest.mark.parametrize("target", [t for t in SOURCE_TARGETS if t != "mathml"])
def test_sources_are_the_same_every_time(target: str) -> None:
    again = symqb.xxz_battery(2).source(target, outputs=("ergotropy",))
    assert BATTERY.source(target, outputs=("ergotropy",)) == again


def test_unknown_targets_are_refused_with_the_known_ones() -> None:
    with pytest.raises(symqb.ParameterError, match=", ".join(FUNCTION_TARGETS)):
        BATTERY.emit("cobol")
    with pytest.raises(symqb.ParameterError, match=", ".join(SOURCE_TARGETS)):
        BATTERY.source("cobol")
    with pytest.raises(symqb.ParameterError, match="threads"):
        BATTERY.emit("numpy", threads=0)


def test_names_never_collide() -> None:
    names = unique_names(["double", "double_", "in", "x"], C_KEYWORDS)
    assert len(set(names.values())) == 4
    assert not set(names.values()) & C_KEYWORDS


def test_order_margin_is_zero_on_a_kink_only() -> None:
    assert order_margin([0.5, 0.25, 0.25]) == 0.0
    assert order_margin([0.5, 0.25, 0.125]) == 0.5


def test_importing_symqb_loads_no_compiler() -> None:
    code = (
        "import sys, symqb; symqb.xxz_battery(2).emit('numpy')\n"
        "heavy = ('numba', 'jax', 'llvmlite', 'symqb.emit.targets.c.compile')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("spread", [1, 20])
def test_kernels_are_handed_aligned_memory_only(spread: int) -> None:
    """Reading doubles at odd addresses is undefined in C, though this processor may do it."""
    function, handed = BATTERY.emit("numpy", outputs=("energies",)), []
    function._kernel = lambda inputs, *_: handed.extend(inputs) or 0
    odd = np.frombuffer(b"." + np.ones(20).tobytes(), offset=1)
    function(J=odd, B0=odd[:spread], Delta=1.0, epsilon=1.0, T_L=1.0, T_R=1.0)
    assert not odd.flags.aligned
    assert len(handed) == 3
    assert all(array.flags.aligned for array in handed)
