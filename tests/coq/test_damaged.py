"""The checks can fail: a damaged copy does not compile, and breaks where it should."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from symqb.prove.coq import NotChecked, files, run_coqc

pytestmark = pytest.mark.needs_coq


@dataclass(frozen=True)
class Damage:
    """One text replaced once in one file (after a landmark), and what has to come of it."""

    what: str
    file: str
    old: str
    new: str
    breaks: str
    message: str
    after: str = ""

    def __str__(self) -> str:
        return self.what.replace(" ", "-")


#: What Coq says where linear arithmetic does not close a goal.
WITNESS = "Cannot find witness|No applicable tactic"
FIELD = "not a valid field equation"

DAMAGES = [
    Damage(
        "conclusion flipped",
        "Cycle.v",
        "(Ei < Ej -> pj < pi) /\\ (Ej < Ei -> pi < pj)",
        "(Ei < Ej -> pi < pj) /\\ (Ej < Ei -> pj < pi)",
        "Passivity.v: passivity_forward",
        'Unable to unify "p4 < p3" with "p1 < p2"',
    ),
    Damage(
        "conclusion flipped in the headline",
        "Headlines.v",
        "(Ei < Ej -> pj < pi)",
        "(Ei < Ej -> pi < pj)",
        "Headlines.v: two_spin_passivity",
        "No such assumption",
        after="Theorem two_spin_passivity",
    ),
    Damage(
        "hypothesis weakened to B0 > |J + Delta|",
        "Passivity.v",
        "Rabs J + Rabs Delta < B0",
        "Rabs (J + Delta) < B0",
        "Passivity.v: frequencies_positive",
        WITNESS,
        after="Lemma frequencies_positive",
    ),
    Damage(
        "hypothesis weakened in the headline",
        "Headlines.v",
        "Rabs J + Rabs Delta < B0",
        "Rabs (J + Delta) < B0",
        "Headlines.v: two_spin_passivity",
        "Rabs \\(J \\+ Delta\\) < B0.*while it is expected to have type",
        after="Theorem two_spin_passivity",
    ),
    Damage(
        "a temperature allowed to vanish",
        "Bose.v",
        "0 < w -> 0 < T -> 0 < bose w T",
        "0 < w -> 0 <= T -> 0 < bose w T",
        "Bose.v: bose_pos",
        "T0.*0 <= T.*while it is expected to have type",
        after="Lemma bose_pos",
    ),
    Damage(
        "a sign changed in a rate equation",
        "Cycle.v",
        "e31 * p3 + e41 * p4 - (a31 + a41) * p1 = 0",
        "e31 * p3 - e41 * p4 - (a31 + a41) * p1 = 0",
        "Cycle.v: balanced_mirror",
        WITNESS,
    ),
    Damage(
        "a sign changed in a rate",
        "RateEquations.v",
        "/ 2 * (1 + bose w T_L)",
        "/ 2 * (1 - bose w T_L)",
        "RateEquations.v: master_equation_populations",
        FIELD,
    ),
    Damage(
        "emission with n instead of 1 + n",
        "RateEquations.v",
        "/ 2 * (1 + bose w T_L)",
        "/ 2 * bose w T_L",
        "RateEquations.v: master_equation_populations",
        FIELD,
    ),
    Damage(
        "Eq. 12 with (epsilon - (-1)^j)^2",
        "RateEquations.v",
        "(eps + sign) ^ 2 / 2 * (1 + bose w T_L)",
        "(eps - sign) ^ 2 / 2 * (1 + bose w T_L)",
        "RateEquations.v: master_equation_populations",
        FIELD,
    ),
    Damage(
        "Eq. 12 without its factor 1 over 2",
        "RateEquations.v",
        "kappa * w * (eps + sign) ^ 2 / 2 * bose w T_L",
        "kappa * w * (eps + sign) ^ 2 * bose w T_L",
        "RateEquations.v: master_equation_populations",
        FIELD,
        after="Definition rate_a",
    ),
    Damage(
        "Bose numbers misread as Fermi numbers",
        "Bose.v",
        "1 / (exp (w / T) - 1)",
        "1 / (exp (w / T) + 1)",
        "Bose.v: bose_addition",
        FIELD,
        after="Definition bose",
    ),
    Damage(
        "populations rising with energy",
        "Ergotropy.v",
        "E i < E j -> p j <= p i",
        "E i < E j -> p i <= p j",
        "Ergotropy.v: above_total",
        WITNESS,
        after="Definition passive",
    ),
    Damage(
        "any matrix instead of a unitary one",
        "Headlines.v",
        "unitary n U ->",
        "",
        "Headlines.v: ordered_populations_zero_ergotropy",
        "unitary n U.*while it is expected to have type",
        after="Theorem ordered_populations_zero_ergotropy",
    ),
    Damage(
        "the inversion claimed at epsilon = 0",
        "Refutations.v",
        "39 1 kappa 1 p1 p2 p3 p4",
        "39 1 kappa 0 p1 p2 p3 p4",
        "Refutations.v: inversion_at_eps_1",
        WITNESS,
        after="Theorem inversion_at_eps_1",
    ),
]


def theorem_at(text: str, line: int) -> str:
    above = "\n".join(text.splitlines()[:line])
    return re.findall(r"^\s*(?:Theorem|Lemma|Definition) (\w+)", above, flags=re.MULTILINE)[-1]


def recompile(folder: Path, first: str) -> None:
    order = files()
    for name in order[order.index(first) :]:
        run_coqc(folder, name)


def copy_before(built: Path, target: Path, first: str) -> None:
    order = files()
    for name in order:
        (target / name).write_bytes((built / name).read_bytes())
        if order.index(name) < order.index(first):
            compiled = f"{name}o"
            (target / compiled).write_bytes((built / compiled).read_bytes())


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_a_damaged_copy_breaks_where_expected(damage: Damage, built: Path, tmp_path: Path) -> None:
    copy_before(built, tmp_path, damage.file)
    path = tmp_path / damage.file
    text = path.read_text()
    where = text.index(damage.old, text.index(damage.after))
    path.write_text(text[:where] + damage.new + text[where + len(damage.old) :])
    with pytest.raises(NotChecked) as caught:
        recompile(tmp_path, damage.file)
    message = str(caught.value)
    place = re.search(r'File "\./(\w+\.v)", line (\d+)', message)
    assert place, message
    broken = theorem_at((tmp_path / place[1]).read_text(), int(place[2]))
    assert f"{place[1]}: {broken}" == damage.breaks, message
    assert re.search(damage.message, message, re.DOTALL), message


def test_an_undamaged_copy_compiles(built: Path, tmp_path: Path) -> None:
    copy_before(built, tmp_path, "Refutations.v")
    recompile(tmp_path, "Refutations.v")
